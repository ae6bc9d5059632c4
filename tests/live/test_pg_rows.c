/* The PostgreSQL driver alone: rows one by one, and rows in bulk. */
#include "live/pg_fixture.h"

#include "databases.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

RECORD(PgCounted, COLUMN(plain, INTEGER), COLUMN(maybe, NULLABLE(INTEGER)), COLUMN(text, TEXT))
RECORD(PgTurned, COLUMN(plain, NULLABLE(INTEGER)), COLUMN(maybe, INTEGER), COLUMN(text, TEXT))
MODEL(PgItem, "pg_driver items", COLUMN(id, BIGINT, PRIMARY_KEY),
      COLUMN(name, NULLABLE(VARCHAR(20)), UNIQUE), COLUMN(amount, NULLABLE(NUMERIC(10, 2))),
      COLUMN(flag, NULLABLE(BOOLEAN)), COLUMN(at, TIMESTAMPTZ), COLUMN(code, NULLABLE(UUID)),
      COLUMN(data, NULLABLE(JSONB)), COLUMN(raw, NULLABLE(BYTEA)), COLUMN(score, NULLABLE(DOUBLE)))

static pg_db db;

static void open_db(void)
{
    pg_open(&db);
}

static void close_db(void)
{
    pg_close(&db);
}

/* ---- Lists. ---- */

START_TEST(rows_and_limits)
{
    const qc_statement statement =
        pg_statement(&db, "SELECT n, n, repeat('x', n % 7) FROM generate_series(1, 1000) n",
                     &qc_table_PgCounted, NO_PARAMETERS);
    for (size_t limit = 0; limit <= 1000; limit += 125) {
        qc_fetch fetch = {.shape = &statement.shape, .arena = db.arena, .limit = limit};
        int64_t affected;
        ck_assert_int_eq(qc_postgresql_driver.execute(db.connection, &statement, NO_PARAMETERS,
                                                      &fetch, &affected),
                         0);
        struct PgCounted **rows = (struct PgCounted **)qc_fetch_finish(&fetch);
        ck_assert_uint_eq(qc_count(rows), limit ? limit : 1000);
        for (size_t i = 0; i < qc_count(rows); i++) {
            ck_assert_int_eq(rows[i]->plain, (int)i + 1);
            ck_assert_uint_eq(strlen(rows[i]->text), (i + 1) % 7);
        }
        ck_assert_ptr_null(rows[qc_count(rows)]);
    }
}
END_TEST

static void *only_row(const qc_statement *statement)
{
    qc_fetch fetch = {.shape = &statement->shape, .arena = db.arena};
    int64_t affected;
    ck_assert_int_eq(qc_postgresql_driver.execute(db.connection, statement, NO_PARAMETERS, &fetch,
                                                  &affected),
                     0);
    ck_assert_uint_eq(fetch.count, 1);
    return qc_fetch_finish(&fetch)[0];
}

/* They share a prepared statement, and each has its numbers. */
START_TEST(statements_of_one_text_and_two_shapes)
{
    const char *sql = "SELECT 7, 8, 'x'";
    qc_statement straight = pg_statement(&db, sql, &qc_table_PgCounted, NO_PARAMETERS);
    qc_statement turned = pg_statement(&db, sql, &qc_table_PgTurned, NO_PARAMETERS);
    straight.serial = UINT64_MAX;
    turned.serial = UINT64_MAX - 1;
    for (int i = 0; i < 4; i++) {
        const struct PgCounted *one = only_row(&straight);
        ck_assert(one->plain == 7 && one->maybe.set && one->maybe.value == 8);
        const struct PgTurned *other = only_row(&turned);
        ck_assert(other->plain.set && other->plain.value == 7 && other->maybe == 8);
        ck_assert_str_eq(other->text, "x");
    }
}
END_TEST

typedef struct pair {
    int64_t id;
    struct pet {
        int64_t id;
        const char *name;
    } * pet;
} pair;

static const qc_result_column pair_columns[] = {
    {"owners.id", QC_TYPE_bigint, false, 0, offsetof(pair, id)},
    {"pets.id", QC_TYPE_bigint, false, 1, offsetof(struct pet, id)},
    {"pets.name", QC_TYPE_text, true, 1, offsetof(struct pet, name)}};
static const qc_result_part pair_parts[] = {
    {.size = sizeof(pair)},
    {.size = sizeof(struct pet), .pointer = offsetof(pair, pet), .optional = true}};

static pair **fetch_pairs(const char *sql)
{
    qc_statement statement = pg_statement(&db, sql, NULL, NO_PARAMETERS);
    statement.returns_rows = true;
    statement.shape = (qc_shape){.columns = pair_columns,
                                 .parts = pair_parts,
                                 .column_count = 3,
                                 .part_count = 2,
                                 .pointers = true};
    qc_fetch fetch = {.shape = &statement.shape, .arena = db.arena};
    int64_t affected;
    qc_error_clear(&db.error);
    if (qc_postgresql_driver.execute(db.connection, &statement, NO_PARAMETERS, &fetch, &affected))
        return NULL;
    return (pair **)qc_fetch_finish(&fetch);
}

START_TEST(entities_of_outer_joins)
{
    pair **pairs =
        fetch_pairs("SELECT * FROM (VALUES (1::bigint, 5::bigint, 'Rex'), (2, NULL, NULL), "
                    "(3, 6, NULL)) v ORDER BY 1");
    ck_assert_uint_eq(qc_count(pairs), 3);
    ck_assert_int_eq(pairs[0]->pet->id, 5);
    ck_assert_str_eq(pairs[0]->pet->name, "Rex");
    ck_assert_ptr_null(pairs[1]->pet);
    ck_assert_int_eq(pairs[2]->pet->id, 6);
    ck_assert_ptr_null(pairs[2]->pet->name);
    ck_assert_ptr_null(fetch_pairs("SELECT 1::bigint, NULL::bigint, 'Rex'"));
    pg_expect(&db, QC_ERROR_NULL_RESULT, "",
              "pets.id is NULL, but its field has no place for that: make it NULLABLE(BIGINT)");
}
END_TEST

/* ---- Streams. ---- */

static enum qc_code stream_begin(qc_statement *ret, const char *sql)
{
    *ret = pg_statement(&db, sql, &qc_table_PgNumber, NO_PARAMETERS);
    qc_error_clear(&db.error);
    return qc_postgresql_driver.stream_begin(db.connection, ret, NO_PARAMETERS, 1);
}

/* The number of rows read; stops after `most`. */
static int64_t stream_rows(const qc_statement *statement, int64_t most, enum qc_code *ret_code)
{
    const qc_mark mark = qc_arena_mark(db.arena);
    for (int64_t count = 0;; count++) {
        struct PgNumber *row = NULL;
        qc_fetch fetch = {.shape = &statement->shape, .arena = db.arena};
        void *found = NULL;
        if (count < most)
            *ret_code = qc_postgresql_driver.stream_next(db.connection, &fetch, &found);
        row = found;
        if (!row)
            return count;
        ck_assert_int_eq(row->n, count + 1);
        qc_arena_release(db.arena, mark);
    }
}

START_TEST(whole_stream)
{
    qc_statement statement;
    enum qc_code code;
    for (int64_t rows = 0; rows < 100000; rows = rows * 10 + 1) {
        char sql[100];
        snprintf(sql, sizeof(sql), "SELECT generate_series(1, %d)::bigint", (int)rows);
        ck_assert_int_eq(stream_begin(&statement, sql), QC_ERROR_OK);
        ck_assert_int_eq(stream_rows(&statement, INT64_MAX, &code), rows);
        ck_assert_int_eq(code, QC_ERROR_OK);
        qc_postgresql_driver.stream_end(db.connection);
        pg_expect_clean(&db);
    }
    ck_assert_uint_lt(qc_arena_bytes(db.arena), 1000000);
}
END_TEST

START_TEST(left_stream)
{
    qc_statement statement;
    enum qc_code code;
    for (int64_t most = 0; most < 100000; most = most * 10 + 1) {
        const int64_t began = qc_now_us();
        ck_assert_int_eq(
            stream_begin(&statement, "SELECT generate_series(1::bigint, 1000000000000)"), 0);
        ck_assert_int_eq(stream_rows(&statement, most, &code), most);
        qc_postgresql_driver.stream_end(db.connection);
        ck_assert_int_lt(qc_now_us() - began, 5000000);
        for (int i = 0; i < 20; i++)
            pg_expect_clean(&db);
    }
}
END_TEST

START_TEST(left_stream_near_its_end)
{
    qc_statement statement;
    enum qc_code code;
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(stream_begin(&statement, "SELECT generate_series(1::bigint, 2000)"), 0);
        ck_assert_int_eq(stream_rows(&statement, 1900 + i, &code), 1900 + i);
        qc_postgresql_driver.stream_end(db.connection);
        pg_expect_clean(&db);
    }
}
END_TEST

START_TEST(left_stream_in_a_transaction)
{
    qc_statement statement;
    enum qc_code code;
    pg_must(&db, "BEGIN");
    ck_assert_int_eq(stream_begin(&statement, "SELECT generate_series(1::bigint, 300000)"), 0);
    ck_assert_int_eq(stream_rows(&statement, 10, &code), 10);
    qc_postgresql_driver.stream_end(db.connection);
    pg_expect_clean(&db);
    ck_assert_int_eq(pg_commit(&db), QC_ERROR_OK);
}
END_TEST

START_TEST(error_in_a_stream)
{
    qc_statement statement;
    enum qc_code code;
    ck_assert_int_eq(
        stream_begin(&statement,
                     "SELECT g + 0 / (500 - g) FROM generate_series(1::bigint, 1000) g"),
        0);
    ck_assert_int_eq(stream_rows(&statement, INT64_MAX, &code), 499);
    ck_assert_int_eq(code, QC_ERROR_SERVER);
    qc_postgresql_driver.stream_end(db.connection);
    pg_expect(&db, QC_ERROR_SERVER, "22012", "division by zero");
    ck_assert_int_eq(stream_begin(&statement, "SELECT nonsense"), QC_ERROR_SERVER);
    pg_expect(&db, QC_ERROR_SERVER, "42703", "");
    pg_expect_clean(&db);
}
END_TEST

START_TEST(calls_during_a_stream)
{
    qc_statement statement, second;
    enum qc_code code;
    ck_assert_int_eq(stream_begin(&statement, "SELECT generate_series(1::bigint, 9)"), 0);
    ck_assert_int_eq(pg_exec(&db, "SELECT 1", NO_PARAMETERS, NULL), QC_ERROR_MISUSE);
    ck_assert_int_eq(pg_run(&db, "SELECT 1"), QC_ERROR_MISUSE);
    ck_assert_int_eq(pg_commit(&db), QC_ERROR_MISUSE);
    ck_assert_int_eq(stream_begin(&second, "SELECT 1::bigint"), QC_ERROR_MISUSE);
    ck_assert_int_eq(stream_rows(&statement, INT64_MAX, &code), 9);
    qc_postgresql_driver.stream_end(db.connection);
    pg_expect_clean(&db);
}
END_TEST

START_TEST(stale_stream)
{
    qc_statement statement;
    enum qc_code code;
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(stream_begin(&statement, "SELECT generate_series(1::bigint, 9)"), 0);
        ck_assert_int_eq(stream_rows(&statement, INT64_MAX, &code), 9);
        qc_postgresql_driver.stream_end(db.connection);
        pg_must(&db, "DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$");
    }
}
END_TEST

START_TEST(terminated_in_a_stream)
{
    qc_statement statement;
    enum qc_code code;
    pg_db other;
    pg_open(&other);
    const int64_t pid = pg_backend(&db);
    ck_assert_int_eq(stream_begin(&statement, "SELECT generate_series(1::bigint, 1000000000)"), 0);
    ck_assert_int_eq(stream_rows(&statement, 5, &code), 5);
    pg_terminate_sender(&other, pid);
    pg_close(&other);
    while (code == QC_ERROR_OK) {
        qc_fetch fetch = {.shape = &statement.shape, .arena = db.arena};
        void *row;
        code = qc_postgresql_driver.stream_next(db.connection, &fetch, &row);
        ck_assert(row || code != QC_ERROR_OK);
    }
    ck_assert_int_eq(db.error.error.code, QC_ERROR_DISCONNECTED);
    qc_postgresql_driver.stream_end(db.connection);
}
END_TEST

/* ---- Bulk inserts. ---- */

static void create_items(void)
{
    pg_must(&db, "CREATE TEMP TABLE \"pg_driver items\" (id bigint PRIMARY KEY, "
                 "name varchar(20) UNIQUE, amount numeric(10,2), flag boolean, "
                 "at timestamptz NOT NULL, code uuid, data jsonb, raw bytea, score float8)");
}

static enum qc_code insert_items(const struct PgItem *items, size_t count)
{
    const void **rows = malloc((count + 1) * sizeof(*rows));
    const qc_column *columns[9];
    for (size_t i = 0; i < count; i++)
        rows[i] = &items[i];
    for (size_t i = 0; i < 9; i++)
        columns[i] = &qc_table_PgItem.columns[i];
    const qc_bulk bulk = {&qc_table_PgItem, columns, 9, rows, count};
    qc_error_clear(&db.error);
    const enum qc_code code = qc_bulk_insert(&qc_postgresql_driver, db.connection, &bulk);
    free(rows);
    return code;
}

START_TEST(bulk_of_many)
{
    enum { COUNT = 100000 };
    struct PgItem *items = calloc(COUNT, sizeof(*items));
    create_items();
    for (int i = 0; i < COUNT; i++) {
        items[i].id = i + 1;
        items[i].name = i % 3 ? NULL : qc_arena_printf(db.arena, "name %d", i);
        items[i].amount.text = i % 2 ? "12.50" : NULL;
        items[i].flag = (qc_opt_bool){i % 4 == 0, i % 8 == 0};
        items[i].at.microseconds = i;
        items[i].code.set = i % 5 == 0;
        items[i].code.value.bytes[15] = 7;
        items[i].data = i % 7 ? NULL : "{\"a\": 1}";
        items[i].raw = (qc_bytea_value){i % 6 ? NULL : "\0\1\2", i % 6 ? 0 : 3};
        items[i].score = (qc_opt_double){true, i / 2.0};
    }
    ck_assert_int_eq(insert_items(items, COUNT), QC_ERROR_OK);
    free(items);
    ck_assert_int_eq(pg_number(&db, "SELECT count(*) FROM \"pg_driver items\""), COUNT);
    ck_assert_int_eq(
        pg_number(&db, "SELECT count(*) FROM \"pg_driver items\" WHERE id = 1 + 3 * 7 * 8 * 25 "
                       "AND name = 'name 4200' AND amount IS NULL AND flag AND score = 2100 AND "
                       "code = '00000000-0000-0000-0000-000000000007' AND data->>'a' = '1' AND "
                       "raw = '\\x000102' AND at = '2000-01-01 UTC'::timestamptz + '4.2 ms'"),
        1);
    ck_assert_int_eq(pg_number(&db, "SELECT count(*) FROM \"pg_driver items\" WHERE id = 2 AND "
                                    "name IS NULL AND amount = 12.5 AND flag IS NULL AND code IS "
                                    "NULL AND data IS NULL AND raw IS NULL"),
                     1);
}
END_TEST

START_TEST(bulk_of_none)
{
    create_items();
    ck_assert_int_eq(insert_items(NULL, 0), QC_ERROR_OK);
    pg_expect_clean(&db);
}
END_TEST

START_TEST(bulk_refused)
{
    enum { COUNT = 50000 };
    struct PgItem *items = calloc(COUNT, sizeof(*items));
    for (int i = 0; i < COUNT; i++)
        items[i].id = i == COUNT / 10 ? 5 : i;
    ck_assert_int_eq(insert_items(items, COUNT), QC_ERROR_SERVER);
    pg_expect(&db, QC_ERROR_SERVER, "42P01", "");
    create_items();
    ck_assert_int_eq(insert_items(items, COUNT), QC_ERROR_SERVER);
    pg_expect(&db, QC_ERROR_SERVER, "23505", "");
    ck_assert_str_eq(db.error.error.constraint, "pg_driver items_pkey");
    items[COUNT / 10].id = -1;
    items[COUNT - 1].name = "more than twenty characters";
    ck_assert_int_eq(insert_items(items, COUNT), QC_ERROR_SERVER);
    pg_expect(&db, QC_ERROR_SERVER, "22001", "");
    items[COUNT - 1].name = NULL;
    items[COUNT - 1].amount.text = "twelve";
    ck_assert_int_eq(insert_items(items, COUNT), QC_ERROR_VALUE);
    pg_expect(&db, QC_ERROR_VALUE, "", "pg_driver items.amount in row 50000: the text is not a NUMERIC");
    ck_assert_int_eq(pg_number(&db, "SELECT count(*) FROM \"pg_driver items\""), 0);
    free(items);
}
END_TEST

START_TEST(bulk_of_large_values)
{
    const size_t size = 3 * 1000 * 1000;
    struct PgItem items[3] = {{.id = 1}, {.id = 2}, {.id = 3}};
    char *data = calloc(1, size);
    for (int i = 0; i < 3; i++)
        items[i].raw = (qc_bytea_value){data, size};
    create_items();
    ck_assert_int_eq(insert_items(items, 3), QC_ERROR_OK);
    ck_assert_int_eq(pg_number(&db, "SELECT sum(length(raw)) FROM \"pg_driver items\""),
                     3 * (int)size);
    free(data);
}
END_TEST

START_TEST(terminated_in_a_bulk)
{
    struct PgItem item = {.id = 1};
    create_items();
    pg_must(&db, "CREATE FUNCTION pg_temp.die() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM "
                 "pg_terminate_backend(pg_backend_pid()); RETURN NEW; END'; "
                 "CREATE TRIGGER die BEFORE INSERT ON \"pg_driver items\" FOR EACH ROW EXECUTE "
                 "FUNCTION pg_temp.die()");
    ck_assert_int_eq(insert_items(&item, 1), QC_ERROR_DISCONNECTED);
    pg_expect(&db, QC_ERROR_DISCONNECTED, "57P01", "");
}
END_TEST

/* Its tables are of a session: behind a pooler of transactions there is none. */
Suite *pg_rows_suite(void)
{
    Suite *suite = suite_create("postgresql rows");
    if (database_pooler() == TRANSACTION_POOLER)
        return suite;
    TCase *tcase = tcase_create("rows");
    tcase_add_checked_fixture(tcase, open_db, close_db);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, rows_and_limits);
    tcase_add_test(tcase, statements_of_one_text_and_two_shapes);
    tcase_add_test(tcase, entities_of_outer_joins);
    tcase_add_test(tcase, whole_stream);
    tcase_add_test(tcase, left_stream);
    tcase_add_test(tcase, left_stream_near_its_end);
    tcase_add_test(tcase, left_stream_in_a_transaction);
    tcase_add_test(tcase, error_in_a_stream);
    tcase_add_test(tcase, calls_during_a_stream);
    tcase_add_test(tcase, stale_stream);
    tcase_add_test(tcase, terminated_in_a_stream);
    tcase_add_test(tcase, bulk_of_many);
    tcase_add_test(tcase, bulk_of_none);
    tcase_add_test(tcase, bulk_refused);
    tcase_add_test(tcase, bulk_of_large_values);
    tcase_add_test(tcase, terminated_in_a_bulk);
    suite_add_tcase(suite, tcase);
    return suite;
}
