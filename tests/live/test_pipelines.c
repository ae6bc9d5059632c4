/* Pipelines on both databases: what comes back, and what an error undoes. */
#include "shop.h"

#include <stdio.h>
#include <string.h>

static size_t customers(void)
{
    return (size_t)SCALAR(db, SELECT(COUNT(Customer_id)));
}

static void expect_numbered(size_t number, enum qc_code code, const char *message, int line)
{
    const struct qc_error *error = qc_pipeline_error(db, number);
    ck_assert_msg(error->code == code && strstr(error->message ? error->message : "", message),
                  "%zu on %s: %s: %s", number, qc_dialect_name(db), qc_code_name(error->code),
                  error->message);
    if (line)
        ck_assert_int_eq(error->line, line);
}

/* ---- Rows. ---- */

IN_SHOP(every_word)
{
    struct Customer *first, *one, *none, **all;
    qc_row **rows;
    int64_t count, changed, *absent = NULL;
    const char *city;
    qc_opt_int most, nothing;
    QUERY_OF(Customer) kept = QUERY(SELECT(Customer).ORDER_BY(Customer_id));
    PIPELINE(db) {
        size_t number = QUEUE_FIRST(db, &first, SELECT(Customer).ORDER_BY(DESC(Customer_id)));
        ck_assert_uint_eq(number, 0);
        QUEUE_ONE(db, &one, SELECT(Customer).WHERE(EQ(Customer_name, "bob")));
        QUEUE_ONE_OR_NONE(db, &none, SELECT(Customer).WHERE(EQ(Customer_name, "eve")));
        QUEUE_ALL(db, &all, kept);
        QUEUE_ALL(db, &rows, SELECT(Customer_name, Customer_city).ORDER_BY(Customer_id).LIMIT(3));
        QUEUE_SCALAR(db, &count, SELECT(COUNT(Customer_id)));
        QUEUE_SCALAR(db, &city, SELECT(Customer_city).WHERE(EQ(Customer_id, 1)));
        QUEUE_SCALAR_OR_NULL(db, &most, SELECT(MAX(Sale_qty)));
        QUEUE_SCALAR_OR_NULL(db, &nothing, SELECT(MAX(Sale_qty)).WHERE(GT(Sale_id, 99)));
        QUEUE_EXEC(db, &changed,
                   UPDATE(Customer).SET(Customer_city, "Bern").WHERE(LE(Customer_id, 2)));
        number = QUEUE_EXEC(db, absent, DELETE(CustomerTag).ALL_ROWS);
        ck_assert_uint_eq(number, 10);
        ck_assert_ptr_null(first);
        ck_assert_ptr_null(all);
        ck_assert_int_eq(changed, -1);
        ck_assert_int_eq(count, 0);
    }
    expect_ok();
    ck_assert_uint_eq(qc_pipeline_count(db), 11);
    ck_assert_str_eq(first->name, "dan");
    ck_assert_str_eq(one->name, "bob");
    ck_assert_ptr_null(none);
    expect_names(all, "ann bob cyd dan");
    expect_rows(rows, "ann|Rome, bob|Rome, cyd|NULL");
    ck_assert_int_eq(count, 4);
    ck_assert_str_eq(city, "Rome");
    ck_assert(most.set && most.value == 5);
    ck_assert(!nothing.set);
    ck_assert_int_eq(changed, 2);
    for (size_t i = 0; i < 11; i++)
        ck_assert_int_eq(qc_pipeline_error(db, i)->code, QC_ERROR_OK);
    expect_int(SCALAR(db, SELECT(COUNT(CustomerTag_tag_id))), 0);
}

IN_SHOP(structs_are_inserted_in_batches)
{
    static struct Tag tags[1000];
    struct Tag **made, **none;
    int64_t count, zero;
    for (int i = 0; i < 1000; i++)
        tags[i] = (struct Tag){.id = 100 + i, .word = "bulk"};
    PIPELINE(db) {
        QUEUE_EXEC(db, &count, INSERT_ROWS(Tag, tags, 700));
        QUEUE_ALL(db, &made, INSERT_ROWS(Tag, tags + 700, 300).RETURNING());
        QUEUE_EXEC(db, &zero, INSERT_ROWS(Tag, tags, 0));
        QUEUE_ALL(db, &none, INSERT_ROWS(Tag, tags, 0).RETURNING());
    }
    expect_ok();
    ck_assert_int_eq(count, 700);
    ck_assert_int_eq(zero, 0);
    ck_assert_uint_eq(qc_count(made), 300);
    ck_assert_uint_eq(qc_count(none), 0);
    for (int i = 0; i < 300; i++)
        ck_assert_int_eq(made[i]->id, 800 + i);
    expect_int(SCALAR(db, SELECT(COUNT(Tag_id))), 1002);
}

IN_SHOP(rows_live_as_long_as_those_of_other_sinks)
{
    struct Customer **kept, **freed;
    PIPELINE(db) {
        QC_SCOPE(db) {
            QUEUE_ALL(db, &kept, SELECT(Customer).ORDER_BY(Customer_id));
        }
        qc_release(db);
    }
    expect_names(kept, "ann bob cyd dan");
    QC_SCOPE(db) {
        PIPELINE(db)
            QUEUE_ALL(db, &freed, SELECT(Customer).ORDER_BY(Customer_id));
        expect_names(freed, "ann bob cyd dan");
    }
    expect_names(kept, "ann bob cyd dan");
}

/* libpq's mode of single rows ends with the next command outside of a pipeline. */
IN_SHOP(a_pipeline_may_follow_a_stream)
{
    for (int i = 0; i < 2; i++) { /* the second time the statement is prepared */
        int64_t streamed = 0, count = 0;
        STREAM (customer, db, SELECT(Customer))
            streamed++;
        PIPELINE(db)
            QUEUE_SCALAR(db, &count, SELECT(COUNT(Customer_id)));
        expect_ok();
        ck_assert_int_eq(count, streamed);
    }
}

IN_SHOP(an_empty_pipeline)
{
    PIPELINE(db) {
    }
    expect_ok();
    ck_assert_uint_eq(qc_pipeline_count(db), 0);
    PIPELINE(db)
        ck_assert(qc_pipeline_sync(db));
    expect_ok();
    ck_assert_uint_eq(customers(), 4);
}

/* ---- Errors. ---- */

static int64_t done[4];
static int lines[4];

static void insert_four(const char *const names[4])
{
    PIPELINE(db)
        for (int i = 0; i < 4; i++) {
            lines[i] = __LINE__ + 1;
            QUEUE_EXEC(db, &done[i], INSERT(Customer).SET(Customer_name, names[i]));
        }
}

IN_SHOP(one_duplicate_undoes_all)
{
    static const char *const names[] = {"eve", "fay", "gus", "hal"};
    for (int wrong = 0; wrong < 4; wrong++) {
        const char *tried[4];
        memcpy(tried, names, sizeof(names));
        tried[wrong] = "ann";
        insert_four(tried);
        expect_failure(QC_ERROR_SERVER, "", lines[wrong]);
        ck_assert_str_eq(qc_error(db)->sqlstate, "23505");
        ck_assert_ptr_nonnull(strstr(qc_error(db)->sql, "INSERT"));
        char place[64];
        snprintf(place, sizeof(place), "test_pipelines.c:%d failed", lines[wrong]);
        for (int i = 0; i < 4; i++) {
            ck_assert_int_eq(done[i], -1);
            expect_numbered((size_t)i, QC_ERROR_SERVER,
                            i == wrong ? "" : i < wrong ? "undone: the statement" : "not run: the",
                            lines[i]);
            if (i != wrong)
                ck_assert_ptr_nonnull(strstr(qc_pipeline_error(db, (size_t)i)->message, place));
        }
        ck_assert_str_eq(qc_pipeline_error(db, (size_t)wrong)->sqlstate, "23505");
        ck_assert_uint_eq(customers(), 4);
    }
    insert_four(names);
    expect_ok();
    ck_assert_uint_eq(customers(), 8);
}

IN_SHOP(what_is_not_sent_undoes_as_well)
{
    int64_t inserted, updated, after;
    struct Customer **rows;
    PIPELINE(db) {
        QUEUE_EXEC(db, &inserted, INSERT(Customer).SET(Customer_name, "eve"));
        QUEUE_ALL(db, &rows, UPDATE(Customer).SET(Customer_city, "Bern").WHERE(EQ(Customer_id, 1)));
        ck_assert_int_eq(qc_error(db)->code, QC_ERROR_QUERY);
        QUEUE_EXEC(db, &updated, UPDATE(Customer).SET(Customer_city, "Bern").ALL_ROWS);
        ck_assert(!qc_pipeline_sync(db));
        QUEUE_EXEC(db, &after, INSERT(Customer).SET(Customer_name, "gus"));
    }
    expect_failure(QC_ERROR_QUERY, "returns no rows", __LINE__ - 6);
    ck_assert_int_eq(inserted, -1);
    ck_assert_int_eq(updated, -1);
    ck_assert_int_eq(after, 1);
    ck_assert_ptr_null(rows);
    expect_numbered(0, QC_ERROR_QUERY, "undone", 0);
    const char *kept = qc_pipeline_error(db, 0)->message;
    ck_assert_int_eq(qc_pipeline_error(db, 0)->code, QC_ERROR_QUERY);
    ck_assert_ptr_eq(qc_pipeline_error(db, 0)->message, kept);
    expect_numbered(1, QC_ERROR_QUERY, "returns no rows", 0);
    expect_numbered(2, QC_ERROR_QUERY, "not run", 0);
    expect_numbered(3, QC_ERROR_OK, "", 0);
    expect_names(ALL(db, SELECT(Customer).WHERE(GT(Customer_id, 4))), "gus");
    expect_int(SCALAR(db, SELECT(COUNT(Customer_id)).WHERE(EQ(Customer_city, "Bern"))), 0);
}

IN_SHOP(units_stand_for_themselves)
{
    int64_t counts[5];
    PIPELINE(db) {
        QUEUE_EXEC(db, &counts[0], INSERT(Customer).SET(Customer_name, "eve"));
        ck_assert(qc_pipeline_sync(db));
        QUEUE_EXEC(db, &counts[1], INSERT(Customer).SET(Customer_name, "fay"));
        QUEUE_EXEC(db, &counts[2], INSERT(Customer).SET(Customer_name, "ann"));
        qc_pipeline_sync(db);
        qc_pipeline_sync(db);
        QUEUE_EXEC(db, &counts[3], INSERT(Customer).SET(Customer_name, "gus"));
        QUEUE_EXEC(db, &counts[4], INSERT(Customer).SET(Customer_name, "hal"));
    }
    expect_failure(QC_ERROR_SERVER, "", __LINE__ - 6);
    static const int64_t expected[] = {1, -1, -1, 1, 1};
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(counts[i], expected[i]);
    expect_names(ALL(db, SELECT(Customer).WHERE(GT(Customer_id, 4)).ORDER_BY(Customer_name)),
                 "eve gus hal");
}

IN_SHOP(wrong_rows_undo_nothing)
{
    struct Customer *absent, *several, **all;
    int64_t inserted, number;
    const char *city;
    PIPELINE(db) {
        QUEUE_EXEC(db, &inserted, INSERT(Customer).SET(Customer_name, "eve"));
        QUEUE_ONE(db, &absent, SELECT(Customer).WHERE(EQ(Customer_id, 99)));
        QUEUE_ONE_OR_NONE(db, &several, SELECT(Customer));
        QUEUE_SCALAR(db, &city, SELECT(Customer_city).WHERE(EQ(Customer_id, 3)));
        QUEUE_SCALAR(db, &number, SELECT(Customer_id).WHERE(EQ(Customer_id, 99)));
        QUEUE_ALL(db, &all, SELECT(Customer).WHERE(LE(Customer_id, 2)).ORDER_BY(Customer_id));
    }
    expect_failure(QC_ERROR_NOT_FOUND, "no row", __LINE__ - 6);
    ck_assert_int_eq(inserted, 1);
    ck_assert_ptr_null(absent);
    ck_assert_ptr_null(several);
    ck_assert_ptr_null(city);
    ck_assert_uint_eq(qc_count(all), 2);
    expect_numbered(0, QC_ERROR_OK, "", 0);
    expect_numbered(1, QC_ERROR_NOT_FOUND, "no row", 0);
    expect_numbered(2, QC_ERROR_NOT_UNIQUE, "more than one", 0);
    expect_numbered(3, QC_ERROR_NULL_RESULT, "SCALAR_OR_NULL", 0);
    expect_numbered(4, QC_ERROR_NOT_FOUND, "no row", 0);
    expect_numbered(5, QC_ERROR_OK, "", 0);
    expect_numbered(6, QC_ERROR_MISUSE, "number", 0);
    ck_assert_uint_eq(customers(), 5);
}

MODEL(Node, "pipeline_nodes", COLUMN(id, BIGINT, PRIMARY_KEY), COLUMN(next, BIGINT))

IN_SHOP(a_commit_that_is_refused)
{
    int64_t first, second;
    database_run(db, "CREATE TABLE pipeline_nodes (id BIGINT PRIMARY KEY, next BIGINT NOT NULL "
                     "REFERENCES pipeline_nodes (id) DEFERRABLE INITIALLY DEFERRED)");
    PIPELINE(db) {
        QUEUE_EXEC(db, &first, INSERT(Node).SET(Node_id, 1).SET(Node_next, 2));
        QUEUE_EXEC(db, &second, INSERT(Node).SET(Node_id, 3).SET(Node_next, 3));
    }
    expect_failure(QC_ERROR_SERVER, "", 0);
    ck_assert_str_eq(qc_error(db)->sqlstate, "23503");
    ck_assert_int_eq(first, -1);
    ck_assert_int_eq(second, -1);
    expect_numbered(0, QC_ERROR_SERVER, "undone: the PIPELINE at", 0);
    expect_int(SCALAR(db, SELECT(COUNT(Node_id))), 0);
    PIPELINE(db) {
        QUEUE_EXEC(db, &first, INSERT(Node).SET(Node_id, 1).SET(Node_next, 2));
        QUEUE_EXEC(db, &second, INSERT(Node).SET(Node_id, 2).SET(Node_next, 1));
    }
    expect_ok();
    expect_int(SCALAR(db, SELECT(COUNT(Node_id))), 2);
    database_run(db, "DROP TABLE pipeline_nodes");
}

/* ---- Ways out. ---- */

static int leave_by(int way)
{
    int64_t count = 5;
    for (int i = 0; i < 1; i++)
        PIPELINE(db) {
            QUEUE_EXEC(db, &count, INSERT(Customer).SET(Customer_name, "eve"));
            if (way == 0)
                break;
            if (way == 1)
                return 1;
            if (way == 2)
                goto out;
            if (way == 3)
                continue;
            qc_pipeline_sync(db);
            QUEUE_EXEC(db, &count, INSERT(Customer).SET(Customer_name, "fay"));
            break;
        }
out:
    return (int)count;
}

IN_SHOP(ways_out)
{
    for (int way = 0; way < 3; way++) {
        ck_assert_int_eq(leave_by(way), way == 1 ? 1 : -1);
        ck_assert_uint_eq(customers(), 4);
    }
    ck_assert_int_eq(leave_by(3), 1);
    ck_assert_uint_eq(customers(), 5);
    EXEC(db, DELETE(Customer).WHERE(GT(Customer_id, 4)));
    ck_assert_int_eq(leave_by(4), -1);
    expect_names(ALL(db, SELECT(Customer).WHERE(GT(Customer_id, 4))), "eve");
}

/* ---- Misuse. ---- */

IN_SHOP(only_queue_words_inside)
{
    struct Customer *row, *other, **rows;
    int begun = __LINE__ + 1;
    PIPELINE(db) {
        QUEUE_FIRST(db, &row, SELECT(Customer).ORDER_BY(Customer_id));
        other = FIRST(db, SELECT(Customer));
        expect_failure(QC_ERROR_MISUSE, "busy with the PIPELINE", __LINE__ - 1);
        char place[64];
        snprintf(place, sizeof(place), "test_pipelines.c:%d", begun);
        ck_assert_ptr_nonnull(strstr(qc_error(db)->message, place));
        ck_assert_ptr_null(other);
        ck_assert(!qc_begin(db));
    }
    expect_ok();
    ck_assert_str_eq(row->name, "ann");
    size_t number = QUEUE_ALL(db, &rows, SELECT(Customer));
    expect_failure(QC_ERROR_MISUSE, "PIPELINE block", __LINE__ - 1);
    ck_assert_uint_eq(number, QC_NOT_QUEUED);
    ck_assert_ptr_null(rows);
    ck_assert(!qc_pipeline_sync(db));
    STREAM(customer, db, SELECT(Customer)) {
        PIPELINE(db)
            QUEUE_ALL(db, &rows, SELECT(Customer));
        expect_failure(QC_ERROR_MISUSE, "busy with the STREAM", 0);
        ck_assert_ptr_null(rows);
        ck_assert_ptr_nonnull(customer->name);
        break;
    }
    ck_assert_uint_eq(customers(), 4);
}

IN_SHOP(a_pipeline_in_a_pipeline)
{
    int64_t before, inside, after;
    PIPELINE(db) {
        QUEUE_EXEC(db, &before, INSERT(Customer).SET(Customer_name, "eve"));
        PIPELINE(db)
            QUEUE_EXEC(db, &inside, INSERT(Customer).SET(Customer_name, "fay"));
        expect_failure(QC_ERROR_MISUSE, "inside the PIPELINE at", __LINE__ - 2);
        QUEUE_EXEC(db, &after, INSERT(Customer).SET(Customer_name, "gus"));
    }
    expect_failure(QC_ERROR_MISUSE, "", 0);
    ck_assert(before == -1 && inside == -1 && after == -1);
    ck_assert_uint_eq(qc_pipeline_count(db), 2);
    ck_assert_uint_eq(customers(), 4);
}

/* ---- Transactions. ---- */

IN_SHOP(inside_a_transaction)
{
    int64_t counts[2];
    ck_assert(qc_begin(db));
    PIPELINE(db) {
        QUEUE_EXEC(db, &counts[0], INSERT(Customer).SET(Customer_name, "eve"));
        qc_pipeline_sync(db);
        QUEUE_EXEC(db, &counts[1], INSERT(Customer).SET(Customer_name, "fay"));
    }
    expect_ok();
    ck_assert(counts[0] == 1 && counts[1] == 1);
    ck_assert(qc_rollback(db));
    ck_assert_uint_eq(customers(), 4);
}

static void fail_in_transaction(bool sent)
{
    struct Customer **rows;
    int64_t counts[3];
    PIPELINE(db) {
        QUEUE_EXEC(db, &counts[0], INSERT(Customer).SET(Customer_name, "eve"));
        if (sent)
            QUEUE_EXEC(db, &counts[1], INSERT(Customer).SET(Customer_name, "ann"));
        else
            QUEUE_ALL(db, &rows, DELETE(Customer).ALL_ROWS);
        qc_pipeline_sync(db);
        QUEUE_EXEC(db, &counts[2], INSERT(Customer).SET(Customer_name, "fay"));
    }
    expect_failure(sent ? QC_ERROR_SERVER : QC_ERROR_QUERY, "", __LINE__ - (sent ? 6 : 4));
    ck_assert(counts[0] == -1 && counts[2] == -1);
    expect_numbered(0, sent ? QC_ERROR_SERVER : QC_ERROR_QUERY, "undone", 0);
    ck_assert_str_eq(qc_pipeline_error(db, 2)->sqlstate, "25P02");
}

IN_SHOP(an_error_fails_the_transaction)
{
    for (int sent = 0; sent < 2; sent++) {
        ck_assert(qc_begin(db));
        fail_in_transaction(sent);
        struct Customer *refused = FIRST(db, SELECT(Customer));
        expect_failure(QC_ERROR_SERVER, "", __LINE__ - 1);
        ck_assert_ptr_null(refused);
        ck_assert(!qc_commit(db));
        ck_assert_uint_eq(customers(), 4);
        TRANSACTION(db)
            fail_in_transaction(sent);
        ck_assert(!qc_ok(db));
        ck_assert_uint_eq(customers(), 4);
    }
}

/* ---- Waits and lost connections. ---- */

static void queue_around(qc_bigint expression, int64_t counts[2])
{
    qc_opt_bigint nothing;
    PIPELINE(db) {
        QUEUE_EXEC(db, &counts[0], INSERT(Customer).SET(Customer_name, "eve"));
        QUEUE_SCALAR_OR_NULL(db, &nothing, SELECT(expression).FROM(Card).LIMIT(1));
        QUEUE_EXEC(db, &counts[1], INSERT(Customer).SET(Customer_name, "fay"));
    }
}

IN_SHOP(the_deadline_passes)
{
    int64_t counts[2];
    if (database != POSTGRESQL_DATABASE)
        return;
    qc_set_timeout(db, 200);
    queue_around(RAW(BIGINT, "(SELECT 1 FROM pg_sleep(20))"), counts);
    expect_failure(QC_ERROR_TIMEOUT, "", 0);
    ck_assert(counts[0] == -1 && counts[1] == -1);
    for (size_t i = 0; i < 3; i++)
        expect_numbered(i, QC_ERROR_TIMEOUT, "", 0);
    qc_set_timeout(db, 30000);
    ck_assert_uint_eq(customers(), 4);
}

IN_SHOP(the_connection_is_lost)
{
    int64_t counts[2];
    if (database != POSTGRESQL_DATABASE)
        return;
    queue_around(RAW(BIGINT, "(SELECT 1 FROM pg_terminate_backend(pg_backend_pid()))"), counts);
    expect_failure(QC_ERROR_DISCONNECTED, "", 0);
    ck_assert(counts[0] == -1 && counts[1] == -1);
    for (size_t i = 0; i < 3; i++)
        expect_numbered(i, QC_ERROR_DISCONNECTED, "not acknowledged", 0);
    PIPELINE(db)
        QUEUE_EXEC(db, &counts[0], INSERT(Customer).SET(Customer_name, "gus"));
    expect_failure(QC_ERROR_DISCONNECTED, "lost earlier", 0);
    expect_numbered(0, QC_ERROR_DISCONNECTED, "lost earlier", 0);
    qc_close(db);
    db = database_open(database);
    ck_assert_uint_eq(customers(), 4);
}

Suite *pipelines_suite(void)
{
    Suite *suite = suite_create("pipelines");
    TCase *tests = shop_case(suite);
    tcase_set_timeout(tests, 60);
    ADD_IN_SHOP(tests, every_word);
    ADD_IN_SHOP(tests, structs_are_inserted_in_batches);
    ADD_IN_SHOP(tests, rows_live_as_long_as_those_of_other_sinks);
    ADD_IN_SHOP(tests, a_pipeline_may_follow_a_stream);
    ADD_IN_SHOP(tests, an_empty_pipeline);
    ADD_IN_SHOP(tests, one_duplicate_undoes_all);
    ADD_IN_SHOP(tests, what_is_not_sent_undoes_as_well);
    ADD_IN_SHOP(tests, units_stand_for_themselves);
    ADD_IN_SHOP(tests, wrong_rows_undo_nothing);
    ADD_IN_SHOP(tests, a_commit_that_is_refused);
    ADD_IN_SHOP(tests, ways_out);
    ADD_IN_SHOP(tests, only_queue_words_inside);
    ADD_IN_SHOP(tests, a_pipeline_in_a_pipeline);
    ADD_IN_SHOP(tests, inside_a_transaction);
    ADD_IN_SHOP(tests, an_error_fails_the_transaction);
    ADD_IN_SHOP(tests, the_deadline_passes);
    ADD_IN_SHOP(tests, the_connection_is_lost);
    return suite;
}
