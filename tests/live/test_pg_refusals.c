/* The PostgreSQL driver alone: what every one of its functions says of a connection that cannot
 * serve it. */
#include "live/pg_fixture.h"

#include "databases.h"
#include "driver/pg.h"

#include <check.h>
#include <limits.h>

MODEL(PgRefused, "pg_refused", COLUMN(id, BIGINT, PRIMARY_KEY))

static const qc_driver *const driver = &qc_postgresql_driver;
static pg_db db;
static qc_driver_cursor *cursor;

/* ---- Every function that asks the server something. ---- */

static qc_statement select_one(void)
{
    return pg_statement(&db, "SELECT 1::bigint", &qc_table_PgNumber, NO_PARAMETERS);
}

static enum qc_code run(void)
{
    return driver->run(db.connection, "SELECT 1", NULL);
}

static enum qc_code execute(void)
{
    const qc_statement statement = select_one();
    qc_fetch fetch = {.shape = &statement.shape, .arena = db.arena};
    int64_t affected;
    return driver->execute(db.connection, &statement, NO_PARAMETERS, &fetch, &affected);
}

static void name_it(void)
{
    ck_assert_int_eq(execute(), QC_ERROR_OK);
}

static void name_nothing(void)
{
    db.options.named_statements = false;
}

static enum qc_code stream_begin(void)
{
    const qc_statement statement = select_one();
    return driver->stream_begin(db.connection, &statement, NO_PARAMETERS, 1);
}

static enum qc_code copy_begin(void)
{
    const qc_bulk bulk = {.table = &qc_table_PgRefused,
                          .columns = (const qc_column *const[]){&qc_table_PgRefused.columns[0]},
                          .column_count = 1};
    return driver->copy_begin(db.connection, &bulk);
}

static enum qc_code copy_out_begin(void)
{
    const qc_statement statement = select_one();
    return driver->copy_out_begin(db.connection, &statement);
}

static enum qc_code cursor_open(void)
{
    const qc_statement statement = select_one();
    return driver->cursor_open(db.connection, &statement, NO_PARAMETERS, false, &cursor);
}

static void open_cursor(void)
{
    pg_must(&db, "BEGIN");
    ck_assert_int_eq(cursor_open(), QC_ERROR_OK);
}

static enum qc_code cursor_step(void)
{
    const qc_statement statement = select_one();
    qc_fetch fetch = {.shape = &statement.shape, .arena = db.arena};
    int64_t rows;
    return driver->cursor_step(db.connection, cursor, &statement, (qc_step){QC_STEP_FORWARD, 1},
                               &fetch, &rows);
}

static enum qc_code begin(void)
{
    char text[QC_BEGIN_SIZE];
    return driver->begin(db.connection, &(qc_tx_options){0}, text);
}

static void begin_one(void)
{
    pg_must(&db, "BEGIN");
}

static enum qc_code rollback(void)
{
    return driver->rollback(db.connection);
}

static enum qc_code commit(void)
{
    bool unknown;
    return driver->commit(db.connection, &unknown);
}

static enum qc_code two_phase(void)
{
    bool unknown;
    return driver->two_phase(db.connection, QC_ROLLBACK_PREPARED, "nobody's", &unknown);
}

static enum qc_code list_prepared(void)
{
    const char **list = NULL;
    return driver->list_prepared(db.connection, db.arena, &list);
}

static enum qc_code identify(void)
{
    qc_tx_identity identity;
    return driver->identify(db.connection, &identity);
}

static enum qc_code resolve(void)
{
    const qc_tx_identity identity = {.known = true, .id = "3", .session = "1"};
    enum qc_outcome outcome = QC_OUTCOME_COMMITTED;
    const enum qc_code code = driver->resolve(db.connection, &identity, &outcome);
    ck_assert_int_ne(outcome, QC_OUTCOME_COMMITTED);
    return code;
}

static enum qc_code lock(void)
{
    bool got = false;
    return driver->lock(db.connection, 7, false, false, &got);
}

static enum qc_code try_lock(void)
{
    bool got = false;
    return driver->lock(db.connection, 7, false, true, &got);
}

static enum qc_code unlock(void)
{
    return driver->unlock(db.connection, 7, false);
}

static enum qc_code pipeline(void)
{
    const qc_statement statement = pg_statement(&db, "SELECT 1", NULL, NO_PARAMETERS);
    qc_reply reply = {.kind = QC_REPLY_NONE};
    enum qc_code code = driver->pipeline->begin(db.connection);
    if (code != QC_ERROR_OK)
        return code;
    driver->pipeline->start(db.connection);
    code = driver->pipeline->send(db.connection, &statement, NO_PARAMETERS);
    if (code == QC_ERROR_OK)
        code = driver->pipeline->sync(db.connection, false);
    while (code == QC_ERROR_OK && reply.kind != QC_REPLY_LOST && reply.kind != QC_REPLY_SYNCED)
        driver->pipeline->receive(db.connection, true, NULL, &reply);
    driver->pipeline->end(db.connection);
    return reply.kind == QC_REPLY_LOST ? db.error.error.code : code;
}

static enum qc_code listen(void)
{
    return driver->listen(db.connection, "news", true);
}

static enum qc_code ping(void)
{
    return driver->ping(db.connection);
}

static enum qc_code reset(void)
{
    return driver->reset(db.connection, false);
}

static enum qc_code reset_thoroughly(void)
{
    return driver->reset(db.connection, true);
}

static enum qc_code set_read_only(void)
{
    return driver->set_read_only(db.connection, true);
}

static const struct operation {
    const char *name;
    enum qc_code (*call)(void);
    void (*prepare)(void);
} operations[] = {
    {"run", run, NULL},
    {"execute", execute, NULL},
    {"execute what is prepared", execute, name_it},
    {"execute without a name", execute, name_nothing},
    {"stream", stream_begin, NULL},
    {"stream what is prepared", stream_begin, name_it},
    {"copy in", copy_begin, NULL},
    {"copy out", copy_out_begin, NULL},
    {"open a cursor", cursor_open, begin_one},
    {"step", cursor_step, open_cursor},
    {"begin", begin, NULL},
    {"roll back", rollback, begin_one},
    {"commit", commit, begin_one},
    {"two phases", two_phase, NULL},
    {"list prepared", list_prepared, NULL},
    {"identify", identify, begin_one},
    {"resolve", resolve, NULL},
    {"lock", lock, NULL},
    {"try to lock", try_lock, NULL},
    {"unlock", unlock, NULL},
    {"pipeline", pipeline, NULL},
    {"listen", listen, NULL},
    {"ping", ping, NULL},
    {"reset", reset, begin_one},
    {"reset thoroughly", reset_thoroughly, NULL},
    {"read only", set_read_only, NULL},
};

/* ---- What is wrong with the connection. ---- */

static void each(void (*spoil)(void), void (*expect)(const char *name, enum qc_code code))
{
    for (size_t i = 0; i < sizeof(operations) / sizeof(*operations); i++) {
        pg_open(&db);
        if (operations[i].prepare)
            operations[i].prepare();
        qc_error_clear(&db.error);
        spoil();
        expect(operations[i].name, operations[i].call());
        if (cursor)
            driver->cursor_close(db.connection, cursor, false);
        cursor = NULL;
        pg_close(&db);
    }
}

/* libpq sends nothing while an answer is due. */
static void leave_unanswered(void)
{
    ck_assert(PQsendQuery(db.connection->link, "SELECT 1"));
}

static void expect_given_up(const char *name, enum qc_code code)
{
    ck_assert_msg(code != QC_ERROR_OK && code == db.error.error.code, "%s", name);
    ck_assert_msg(driver->link(db.connection, false) == QC_LINK_LOST, "%s", name);
    ck_assert_int_eq(driver->run(db.connection, "SELECT 1", NULL), QC_ERROR_DISCONNECTED);
}

START_TEST(what_cannot_be_sent_gives_the_connection_up)
{
    each(leave_unanswered, expect_given_up);
}
END_TEST

static void fork_before(void)
{
    db.connection->process--;
}

static void expect_misuse(const char *name, enum qc_code code)
{
    ck_assert_msg(code == QC_ERROR_MISUSE, "%s: %s", name, qc_code_name(code));
    pg_expect(&db, QC_ERROR_MISUSE, "", "fork");
    db.connection->process++;
    ck_assert_msg(driver->link(db.connection, false) == QC_LINK_GOOD, "%s", name);
    pg_must(&db, "SELECT 1");
}

START_TEST(a_child_may_do_nothing)
{
    each(fork_before, expect_misuse);
}
END_TEST

static void end_session(void)
{
    pg_db other;
    pg_open(&other);
    pg_terminate(&other, pg_backend(&db));
    pg_close(&other);
}

static void expect_disconnected(const char *name, enum qc_code code)
{
    ck_assert_msg(code == QC_ERROR_DISCONNECTED, "%s: %s", name, qc_code_name(code));
}

START_TEST(an_ended_session_is_told)
{
    each(end_session, expect_disconnected);
}
END_TEST

static void come_late(void)
{
    db.options.limit = 1;
}

static void expect_timeout(const char *name, enum qc_code code)
{
    ck_assert_msg(code == QC_ERROR_TIMEOUT, "%s: %s", name, qc_code_name(code));
    db.options.limit = 0;
    ck_assert_msg(driver->link(db.connection, false) == QC_LINK_GOOD, "%s", name);
}

START_TEST(after_the_limit_nothing_is_asked)
{
    each(come_late, expect_timeout);
}
END_TEST

Suite *pg_refusals_suite(void)
{
    Suite *suite = suite_create("pg_refusals");
    TCase *all = tcase_create("connections");
    tcase_set_timeout(all, 60);
    tcase_add_test(all, what_cannot_be_sent_gives_the_connection_up);
    tcase_add_test(all, a_child_may_do_nothing);
    if (database_pooler() != TRANSACTION_POOLER) /* behind which a session is everybody's */
        tcase_add_test(all, an_ended_session_is_told);
    tcase_add_test(all, after_the_limit_nothing_is_asked);
    suite_add_tcase(suite, all);
    return suite;
}
