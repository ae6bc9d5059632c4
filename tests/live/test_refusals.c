/* What does each call say when it cannot be served? On a connection that was never opened, that is
 * busy, whose transaction has failed, whose time is up; and of objects that are not the session's.
 */
#include "shop.h"

#include <string.h>
#include <time.h>

/* Each says whether it was served. Those of an object get one. */
static struct Customer *object;

static bool do_first(void)
{
    return FIRST(db, SELECT(Customer).WHERE(EQ(Customer_id, 1))) != NULL;
}

static bool do_one(void)
{
    return ONE(db, SELECT(Customer).WHERE(EQ(Customer_id, 1))) != NULL;
}

static bool do_one_or_none(void)
{
    return ONE_OR_NONE(db, SELECT(Customer).WHERE(EQ(Customer_id, 1))) != NULL;
}

static bool do_all(void)
{
    return ALL(db, SELECT(Customer)) != NULL;
}

static bool do_scalar(void)
{
    return SCALAR(db, SELECT(COUNT()).FROM(Customer)) == 4;
}

static bool do_scalar_or_null(void)
{
    return SCALAR_OR_NULL(db, SELECT(MAX(Customer_id))).set;
}

static bool do_page(void)
{
    qc_page page = {.size = 2};
    return PAGE(db, &page, SELECT(Customer).ORDER_BY(Customer_name)) != NULL;
}

static bool do_exec(void)
{
    return EXEC(db, UPDATE(Tag).SET(Tag_word, "x").WHERE(EQ(Tag_id, 1))) == 1;
}

static bool do_insert_rows(void)
{
    struct Tag tags[] = {{.id = 71, .word = "a"}, {.id = 72, .word = "b"}};
    return EXEC(db, INSERT_ROWS(Tag, tags, 2)) == 2;
}

static bool do_insert_many(void)
{
    static struct Tag tags[300];
    for (int i = 0; i < 300; i++)
        tags[i] = (struct Tag){.id = 1000 + i, .word = "many"};
    return EXEC(db, INSERT_ROWS(Tag, tags, 300)) == 300;
}

static bool do_insert_returning(void)
{
    struct Tag tags[] = {{.id = 73, .word = "a"}, {.id = 74, .word = "b"}};
    return ALL(db, INSERT_ROWS(Tag, tags, 2).RETURNING()) != NULL;
}

static bool do_update_rows(void)
{
    struct Tag tags[] = {{.id = 1, .word = "a"}, {.id = 2, .word = "b"}};
    return EXEC(db, UPDATE_ROWS(Tag, tags, 2)) == 2;
}

static bool do_text(void)
{
    return qc_execute(db, "SELECT 1");
}

static bool do_explain(void)
{
    return EXPLAIN(db, SELECT(Customer)) != NULL;
}

static bool do_stream(void)
{
    int rows = 0;
    STREAM (row, db, SELECT(Customer))
        rows += row != NULL;
    return rows == 4;
}

static bool do_chunks(void)
{
    size_t rows = 0;
    STREAM_CHUNKS(chunk, db, 3, SELECT(Customer))
    rows += qc_count(chunk);
    return rows == 4;
}

static bool do_copy_in(void)
{
    COPY_IN(db, Tag, writer)
    qc_copy_put(writer, (&(struct Tag){.id = 75, .word = "copied"}));
    return qc_ok(db) && qc_copy_rows(db) == 1;
}

static bool do_copy_out(void)
{
    int rows = 0;
    COPY_OUT(row, db, SELECT(Customer))
    rows += row != NULL;
    return rows == 4;
}

static bool do_cursor(void)
{
    size_t rows = 0;
    CURSOR(cursor, db, SELECT(Customer))
    rows = qc_count(qc_cursor_next(cursor, 10));
    return rows == 4;
}

static bool do_pipeline(void)
{
    int64_t count = 0;
    PIPELINE(db)
    QUEUE_SCALAR(db, &count, SELECT(COUNT()).FROM(Customer));
    return qc_ok(db) && count == 4;
}

static bool do_begin(void)
{
    return qc_begin(db) && qc_rollback(db);
}

static bool do_transaction(void)
{
    bool ran = false;
    TRANSACTION(db)
    ran = true;
    return ran;
}

static bool do_retry(void)
{
    bool ran = false;
    TRANSACTION_RETRY(db, 3)
    ran = true;
    return ran;
}

static bool do_create(void)
{
    return qc_create_all(db, &shop);
}

static bool do_tenant(void)
{
    return qc_reset_tenant(db);
}

static bool do_deadline(void)
{
    bool ran = false;
    DEADLINE(db, 60000)
    ran = do_first();
    return ran;
}

static bool do_lock(void)
{
    bool ran = false;
    ADVISORY_LOCK(db, 7)
    ran = true;
    return ran;
}

static bool do_try_lock(void)
{
    bool ran = false;
    TRY_ADVISORY_LOCK(db, 7)
    ran = true;
    return ran;
}

static bool do_listen(void)
{
    return qc_listen(db, "refusals") && qc_unlisten(db, "refusals") && qc_unlisten_all(db);
}

static bool do_notify(void)
{
    return qc_notify(db, "refusals", "x");
}

static bool do_list_prepared(void)
{
    return qc_prepared_transactions(db) != NULL;
}

/* ---- Of sessions. ---- */

static bool do_get(void)
{
    return GET(db, Customer, 3) != NULL;
}

static bool do_new(void)
{
    return NEW(db, Tag, .id = 80, .word = "new") != NULL;
}

static bool do_add(void)
{
    static struct Tag tag;
    tag = (struct Tag){.id = 81, .word = "added"};
    return qc_add(db, Tag, &tag);
}

static bool do_merge(void)
{
    struct Tag tag = {.id = 1, .word = "merged"};
    return qc_merge(db, Tag, &tag) != NULL;
}

static bool do_flush(void)
{
    return qc_flush(db);
}

static bool do_refresh(void)
{
    return qc_refresh(db, object);
}

static bool do_load(void)
{
    return LOAD(db, object, Customer_sales) != NULL;
}

static bool do_add_to(void)
{
    static int32_t id = 2000;
    struct Tag *tag = NEW(db, Tag, .id = id++, .word = "tied");
    return ADD_TO(db, object, Customer_tags, tag) && REMOVE_FROM(db, object, Customer_tags, tag);
}

static bool do_delete(void)
{
    return qc_delete(db, object);
}

static bool do_expunge(void)
{
    return qc_expunge(db, object);
}

typedef struct call {
    const char *name;
    bool (*run)(void);
    bool offline;    /* asks the database nothing */
    bool ends;       /* serves to end a transaction that has failed */
    bool postgresql; /* the other has none */
} call;
static const call calls[] = {
    {.name = "FIRST", .run = do_first},
    {.name = "ONE", .run = do_one},
    {.name = "ONE_OR_NONE", .run = do_one_or_none},
    {.name = "ALL", .run = do_all},
    {.name = "SCALAR", .run = do_scalar},
    {.name = "SCALAR_OR_NULL", .run = do_scalar_or_null},
    {.name = "PAGE", .run = do_page},
    {.name = "EXEC", .run = do_exec},
    {.name = "INSERT_ROWS", .run = do_insert_rows},
    {.name = "INSERT_ROWS of many", .run = do_insert_many},
    {.name = "INSERT_ROWS … RETURNING", .run = do_insert_returning},
    {.name = "UPDATE_ROWS", .run = do_update_rows},
    {.name = "qc_execute", .run = do_text},
    {.name = "EXPLAIN", .run = do_explain},
    {.name = "STREAM", .run = do_stream},
    {.name = "STREAM_CHUNKS", .run = do_chunks},
    {.name = "COPY_IN", .run = do_copy_in},
    {.name = "COPY_OUT", .run = do_copy_out},
    {.name = "CURSOR", .run = do_cursor},
    {.name = "PIPELINE", .run = do_pipeline},
    {.name = "qc_begin", .run = do_begin},
    {.name = "TRANSACTION", .run = do_transaction},
    {.name = "TRANSACTION_RETRY", .run = do_retry},
    {.name = "qc_create_all", .run = do_create},
    {.name = "DEADLINE", .run = do_deadline},
    {.name = "qc_reset_tenant", .run = do_tenant, .offline = true, .ends = true},
    {.name = "ADVISORY_LOCK", .run = do_lock, .postgresql = true},
    {.name = "TRY_ADVISORY_LOCK", .run = do_try_lock, .postgresql = true},
    {.name = "qc_listen", .run = do_listen, .postgresql = true},
    {.name = "qc_notify", .run = do_notify, .postgresql = true},
    {.name = "qc_prepared_transactions", .run = do_list_prepared, .postgresql = true},
};
static const call session_calls[] = {
    {.name = "GET", .run = do_get},
    {.name = "NEW", .run = do_new, .offline = true},
    {.name = "qc_add", .run = do_add, .offline = true},
    {.name = "qc_merge", .run = do_merge},
    {.name = "qc_refresh", .run = do_refresh},
    {.name = "LOAD", .run = do_load},
    {.name = "ADD_TO", .run = do_add_to, .offline = true},
    {.name = "qc_flush", .run = do_flush, .offline = true},
    {.name = "qc_delete", .run = do_delete, .offline = true},
};
#define EACH_CALL(call, of)                                                                        \
    for (const struct call *call = of; call < of + sizeof(of) / sizeof(*of); call++)               \
        if (database == POSTGRESQL_DATABASE || !call->postgresql)

static void expect_refusal(const call *call, enum qc_code code, const char *message)
{
    const bool served = call->run();
    const struct qc_error *error = qc_error(db);
    ck_assert_msg(!served, "%s was served", call->name);
    ck_assert_msg(error->code == code && strstr(error->message, message), "%s: %s: %s", call->name,
                  qc_code_name(error->code), error->message);
}

static void begin_session(void)
{
    ck_assert(qc_session_start(db, NULL));
    object = GET(db, Customer, 1);
    ck_assert_ptr_nonnull(object);
}

/* ---- Nothing is in the way. ---- */

IN_SHOP(each_is_served)
{
    EACH_CALL(call, calls)
    ck_assert_msg(call->run(), "%s: %s", call->name, qc_error(db)->message);
    begin_session();
    EACH_CALL(call, session_calls)
    ck_assert_msg(call->run(), "%s: %s", call->name, qc_error(db)->message);
}

/* ---- The connection. ---- */

IN_SHOP(without_a_connection)
{
    qc_db *open = db;
    db = qc_open(database == SQLITE_DATABASE ? "sqlite:/nowhere/at/all"
                                             : "postgresql:///x?host=/nowhere/at/all");
    EACH_CALL(call, calls)
    expect_refusal(call, QC_ERROR_CONNECT, "");
    EACH_CALL(call, session_calls)
    ck_assert_msg(!call->run(), "%s", call->name);
    ck_assert(!qc_session_start(db, NULL));
    ck_assert_int_eq(qc_depth(db), 0);
    ck_assert_int_eq(qc_state(db, &database), QC_STATE_TRANSIENT);
    ck_assert(!qc_is_dirty(db, &database));
    ck_assert(!qc_cancel(db));
    ck_assert_uint_eq(qc_running(db), 0);
    ck_assert(!qc_cancel_only(db, 1));
    qc_close(db);
    db = open;
}

IN_SHOP(while_a_stream_is_open)
{
    begin_session();
    STREAM (row, db, SELECT(Tag)) {
        EACH_CALL(call, calls)
        expect_refusal(call, QC_ERROR_MISUSE, "busy with the STREAM");
        EACH_CALL(call, session_calls)
        if (call->run != do_delete)
            expect_refusal(call, QC_ERROR_MISUSE, "busy with the STREAM");
        break;
    }
    expect_int(COUNT_OF(Customer), 4);
}

IN_SHOP(in_a_transaction_that_has_failed)
{
    begin_session();
    ck_assert(qc_begin(db));
    ck_assert(!qc_execute(db, "SELECT * FROM nothing_of_this_name"));
    EACH_CALL(call, calls)
    if (!call->ends)
        expect_refusal(call, QC_ERROR_SERVER, "the transaction");
    EACH_CALL(call, session_calls)
    if (!call->offline)
        expect_refusal(call, QC_ERROR_SERVER, "the transaction");
    ck_assert(qc_rollback(db));
    expect_int(COUNT_OF(Customer), 4);
}

IN_SHOP(after_the_deadline)
{
    begin_session();
    DEADLINE(db, 1)
    {
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
        EACH_CALL(call, calls)
        if (!call->offline)
            expect_refusal(call, QC_ERROR_TIMEOUT, "");
        EACH_CALL(call, session_calls)
        if (!call->offline)
            expect_refusal(call, QC_ERROR_TIMEOUT, "");
    }
    expect_int(COUNT_OF(Customer), 4);
}

/* ---- Sessions. ---- */

IN_SHOP(without_a_session)
{
    EACH_CALL(call, session_calls)
    expect_refusal(call, QC_ERROR_MISUSE, "session");
    expect_refusal(&(call){.name = "qc_expunge", .run = do_expunge}, QC_ERROR_MISUSE, "session");
}

IN_SHOP(of_an_object_of_nobody)
{
    static const call of_object[] = {
        {.name = "qc_refresh", .run = do_refresh}, {.name = "LOAD", .run = do_load},
        {.name = "ADD_TO", .run = do_add_to},      {.name = "qc_delete", .run = do_delete},
        {.name = "qc_expunge", .run = do_expunge},
    };
    struct Customer nobody = {.id = 1};
    begin_session();
    object = &nobody;
    EACH_CALL(call, of_object)
    expect_refusal(call, QC_ERROR_MISUSE, "not of this session");
    object = NULL;
    EACH_CALL(call, of_object)
    expect_refusal(call, QC_ERROR_MISUSE, "NULL");
    EACH_CALL (call, of_object) {
        object = GET(db, Customer, 4);
        if (!qc_begin(db) || !qc_delete(db, object) || !qc_flush(db))
            database_fail(db, "delete");
        expect_refusal(call, QC_ERROR_MISUSE, "deleted");
        ck_assert(qc_rollback(db));
    }
}

Suite *refusals_suite(void)
{
    Suite *suite = suite_create("refusals");
    TCase *tests = shop_case(suite);
    ADD_IN_SHOP(tests, each_is_served);
    ADD_IN_SHOP(tests, without_a_connection);
    ADD_IN_SHOP(tests, while_a_stream_is_open);
    ADD_IN_SHOP(tests, in_a_transaction_that_has_failed);
    ADD_IN_SHOP(tests, after_the_deadline);
    ADD_IN_SHOP(tests, without_a_session);
    ADD_IN_SHOP(tests, of_an_object_of_nobody);
    return suite;
}
