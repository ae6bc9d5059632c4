/* The SQLite driver alone: errors, locks, deadlines, transactions, streams, bulk inserts. */
#include "live/sqlite_fixture.h"

#include "busy.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

MODEL(User, "users", COLUMN(id, BIGINT, PRIMARY_KEY), COLUMN(email, NULLABLE(TEXT)),
      COLUMN(age, INTEGER))
RECORD(Pair, COLUMN(id, BIGINT), COLUMN(email, TEXT))

static const char SCHEMA_TEXT[] =
    "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, age INTEGER NOT NULL "
    "CONSTRAINT grown_up CHECK (age >= 0));"
    "CREATE TABLE orders (user_id BIGINT NOT NULL REFERENCES users(id), line INTEGER, code TEXT, "
    "PRIMARY KEY (user_id, line)) WITHOUT ROWID;"
    "CREATE UNIQUE INDEX one_code ON orders (code, line);"
    "CREATE UNIQUE INDEX lower_code ON orders (lower(code))";
static const char ENDLESS[] = "SELECT count(*), 'x' FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION "
                              "ALL SELECT i + 1 FROM n) SELECT i FROM n)";

static sqlite_db db;
static char path[40], url[60];

static void must_run(sqlite_db *on, const char *sql)
{
    if (sqlite_run(on, sql) != QC_ERROR_OK)
        ck_abort_msg("%s: %s", sql, on->error.error.message);
}

static void open_memory(void)
{
    ck_assert(sqlite_open(&db, "sqlite::memory:"));
    must_run(&db, SCHEMA_TEXT);
}

static void open_file(void)
{
    snprintf(path, sizeof(path), "sqlite-XXXXXX");
    int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    close(file);
    snprintf(url, sizeof(url), "sqlite:%s", path);
    ck_assert(sqlite_open(&db, url));
    must_run(&db, SCHEMA_TEXT);
}

static void close_memory(void)
{
    sqlite_close(&db);
}

static void close_file(void)
{
    sqlite_close(&db);
    unlink(path);
}

static void expect_error(const sqlite_db *on, enum qc_code code, const char *sqlstate,
                         const char *part)
{
    const struct qc_error *error = &on->error.error;
    if (error->code != code || strcmp(error->sqlstate, sqlstate) != 0 ||
        !strstr(error->message ? error->message : "", part))
        ck_abort_msg("expected %s [%s] …%s…, got %s [%s] %s", qc_code_name(code), sqlstate, part,
                     qc_code_name(error->code), error->sqlstate, error->message);
}

static void expect_text(const char *text, const char *expected)
{
    if (expected)
        ck_assert_str_eq(text ? text : "(null)", expected);
    else
        ck_assert_ptr_null(text);
}

static const char *count_users(sqlite_db *on)
{
    return sqlite_text(on, "SELECT CAST(count(*) AS TEXT) FROM users");
}

/* ---- Errors. ---- */

START_TEST(errors_say_what_where_and_why)
{
    static const struct {
        const char *sql, *sqlstate, *constraint, *table, *column;
        int position;
    } cases[] = {
        {"INSERT INTO users VALUES (2, 'a', 1)", "23505", "users_email_key", "users", "email", 0},
        {"INSERT INTO users VALUES (1, 'b', 1)", "23505", "users_pkey", "users", "id", 0},
        {"INSERT INTO orders VALUES (1, 1, 'z')", "23505", "orders_pkey", "orders", NULL, 0},
        {"INSERT INTO orders VALUES (1, 2, 'C')", "23505", "lower_code", NULL, NULL, 0},
        {"INSERT INTO users VALUES (3, NULL, 1)", "23502", NULL, "users", "email", 0},
        {"INSERT INTO users VALUES (3, 'c', -1)", "23514", "grown_up", NULL, NULL, 0},
        {"INSERT INTO orders VALUES (9, 1, 'd')", "23503", NULL, NULL, NULL, 0},
        {"SELECT 'é', id FORM users", "42601", NULL, NULL, NULL, 21},
        {"SELECT id, emial FROM users", "42703", NULL, NULL, NULL, 12},
        {"SELECT * FROM persons", "42P01", NULL, NULL, NULL, 0},
        {"SELECT unknown()", "42883", NULL, NULL, NULL, 8},
        {"SELECT \"email\" FROM orders", "42703", NULL, NULL, NULL, 8},
        {"CREATE TABLE users (id INTEGER)", "42P07", NULL, NULL, NULL, 14},
        {"SELECT id FROM users AS a, users AS b", "42702", NULL, NULL, NULL, 8},
        {"SELECT sum(9223372036854775807) FROM (SELECT 1 UNION ALL SELECT 2)", "22003", NULL, NULL,
         NULL, 0},
        {"SELECT quercus_div(1, 0)", "22012", NULL, NULL, NULL, 0},
        {"RELEASE nowhere", "3B001", NULL, NULL, NULL, 0},
        {"PRAGMA query_only = ON; DELETE FROM users", "25006", NULL, NULL, NULL, 0},
    };
    must_run(&db, "INSERT INTO users VALUES (1, 'a', 30); INSERT INTO orders VALUES (1, 1, 'c')");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ck_assert_int_ne(sqlite_run(&db, cases[i].sql), QC_ERROR_OK);
        expect_error(&db, QC_ERROR_SERVER, cases[i].sqlstate, "");
        const struct qc_error *error = &db.error.error;
        expect_text(error->constraint, cases[i].constraint);
        expect_text(error->table, cases[i].table);
        expect_text(error->column, cases[i].column);
        if (cases[i].position)
            ck_assert_int_eq(error->position, cases[i].position);
        ck_assert_ptr_nonnull(error->sql);
    }
}
END_TEST

START_TEST(a_named_unique_index_is_named)
{
    must_run(&db, "INSERT INTO users VALUES (1, 'a', 30); INSERT INTO orders VALUES (1, 1, 'c')");
    must_run(&db, "DROP INDEX lower_code; INSERT INTO users VALUES (2, 'b', 1)");
    sqlite_run(&db, "INSERT INTO orders VALUES (2, 1, 'c')");
    expect_error(&db, QC_ERROR_SERVER, "23505", "orders.code, orders.line");
    expect_text(db.error.error.constraint, "one_code");
}
END_TEST

START_TEST(sqlite_is_made_strict)
{
    ck_assert_str_eq(sqlite_text(&db, "SELECT CAST('A' LIKE 'a' AS TEXT)"), "0");
    ck_assert_int_ne(sqlite_run(&db, "CREATE INDEX i ON users (\"no such column\")"), QC_ERROR_OK);
    ck_assert_int_ne(sqlite_run(&db, "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema"),
                     QC_ERROR_OK);
    ck_assert_str_eq(sqlite_text(&db, "SELECT CAST(foreign_keys AS TEXT) FROM pragma_foreign_keys"),
                     "1");
}
END_TEST

START_TEST(one_text_is_one_statement)
{
    int64_t affected;
    sqlite_exec(&db, "DELETE FROM orders; DROP TABLE users", NO_PARAMETERS, &affected);
    expect_error(&db, QC_ERROR_QUERY, "", "several");
    sqlite_exec(&db, "-- nothing", NO_PARAMETERS, &affected);
    expect_error(&db, QC_ERROR_QUERY, "", "none");
    sqlite_exec(&db, "DELETE FROM users WHERE id = ?2",
                PARAMETERS(bind_integer(&db, QC_TYPE_int, 1)), &affected);
    expect_error(&db, QC_ERROR_QUERY, "", "2 parameters where 1 are expected");
    ck_assert_ptr_null(sqlite_rows(&db, "SELECT 1, 2, 3", &qc_table_Pair, NO_PARAMETERS));
    expect_error(&db, QC_ERROR_QUERY, "", "3 columns where 2 are expected");
    ck_assert_int_eq(sqlite_exec(&db, "DELETE FROM users; -- all", NO_PARAMETERS, &affected),
                     QC_ERROR_OK);
    ck_assert_str_eq(count_users(&db), "0");
}
END_TEST

START_TEST(bad_urls_are_refused)
{
    static const char *const urls[][2] = {
        {"sqlite:", "needs a path"},
        {"sqlite:/nonexistent/directory/file", "cannot open \"/nonexistent/directory/file\""},
        {"sqlite:/", "cannot open \"/\""},
        {"sqlite:/proc/self/exe", "cannot open"},
    };
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        sqlite_db refused;
        ck_assert(!sqlite_open(&refused, urls[i][0]));
        ck_assert_int_eq(refused.error.error.code, QC_ERROR_CONNECT);
        ck_assert_ptr_nonnull(strstr(refused.error.error.message, urls[i][1]));
        sqlite_close(&refused);
    }
    ck_assert(qc_sqlite_driver.accepts("sqlite::memory:"));
    ck_assert(!qc_sqlite_driver.accepts("postgresql://localhost"));
}
END_TEST

/* ---- Rows. ---- */

START_TEST(rows_are_counted_and_limited)
{
    int64_t affected = 0;
    sqlite_exec(&db, "INSERT INTO users VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3)",
                NO_PARAMETERS, &affected);
    ck_assert_int_eq(affected, 3);
    sqlite_exec(&db, "UPDATE users SET age = age + 1 WHERE id > 1", NO_PARAMETERS, &affected);
    ck_assert_int_eq(affected, 2);
    qc_shape shape = shape_of(&db, &qc_table_Pair);
    qc_statement select = statement_of("SELECT id, email FROM users", &shape, 0);
    qc_fetch fetch = {.shape = &shape, .arena = db.arena, .limit = 2};
    qc_sqlite_driver.execute(db.connection, &select, NO_PARAMETERS, &fetch, &affected);
    ck_assert_int_eq(affected, 2);
    ck_assert_uint_eq(fetch.count, 2);
    qc_statement update = statement_of("UPDATE users SET age = 9 RETURNING id, email", &shape, 0);
    fetch = (qc_fetch){.shape = &shape, .arena = db.arena, .limit = 1};
    qc_sqlite_driver.execute(db.connection, &update, NO_PARAMETERS, &fetch, &affected);
    ck_assert_int_eq(affected, 3);
    ck_assert_uint_eq(fetch.count, 1);
    ck_assert_str_eq(sqlite_text(&db, "SELECT CAST(sum(age) AS TEXT) FROM users"), "27");
}
END_TEST

struct Family {
    struct User *parent;
    struct Pair *child;
};

START_TEST(parts_of_an_outer_join_may_be_absent)
{
    const qc_result_column columns[] = {
        {"users.id", QC_TYPE_bigint, false, 1, offsetof(struct User, id)},
        {"users.email", QC_TYPE_text, true, 1, offsetof(struct User, email)},
        {"pair.id", QC_TYPE_bigint, false, 2, offsetof(struct Pair, id)},
        {"pair.email", QC_TYPE_text, false, 2, offsetof(struct Pair, email)},
    };
    const qc_result_part parts[] = {
        {.size = sizeof(struct Family)},
        {.size = sizeof(struct User), .pointer = offsetof(struct Family, parent)},
        {.size = sizeof(struct Pair), .pointer = offsetof(struct Family, child), .optional = true},
    };
    const qc_shape shape = {
        .columns = columns, .parts = parts, .column_count = 4, .part_count = 3, .pointers = true};
    qc_statement select = statement_of("SELECT 1, NULL, NULL, NULL UNION ALL SELECT 2, 'b', 3, 'c' "
                                       "UNION ALL SELECT 4, 'd', 5, NULL",
                                       &shape, 0);
    qc_fetch fetch = {.shape = &shape, .arena = db.arena, .limit = 2};
    int64_t affected;
    qc_sqlite_driver.execute(db.connection, &select, NO_PARAMETERS, &fetch, &affected);
    struct Family **rows = (struct Family **)qc_fetch_finish(&fetch);
    ck_assert_uint_eq(qc_count(rows), 2);
    ck_assert(rows[0]->parent->id == 1 && !rows[0]->parent->email && !rows[0]->child);
    ck_assert(rows[1]->child->id == 3);
    ck_assert_str_eq(rows[1]->child->email, "c");
    fetch.limit = 0;
    qc_sqlite_driver.execute(db.connection, &select, NO_PARAMETERS, &fetch, &affected);
    expect_error(&db, QC_ERROR_NULL_RESULT, "",
                 "pair.email is NULL, but its field has no place for that: make it NULLABLE(TEXT)");
}
END_TEST

static enum qc_code next_pair(qc_arena *arena, const qc_shape *shape, struct Pair **ret)
{
    void *row;
    qc_arena_reset(arena);
    qc_fetch fetch = {.shape = shape, .arena = arena};
    enum qc_code code = qc_sqlite_driver.stream_next(db.connection, &fetch, &row);
    *ret = row;
    return code;
}

START_TEST(streams_give_row_after_row)
{
    qc_arena *arena = qc_arena_new();
    qc_shape shape = shape_of(&db, &qc_table_Pair);
    qc_statement select = statement_of(
        "SELECT value, ?2 || value FROM (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT "
        "value + 1 FROM n WHERE value < ?1) SELECT value FROM n)",
        &shape, 2);
    char prefix[] = "row ";
    ck_assert_int_eq(
        qc_sqlite_driver.stream_begin(db.connection, &select,
                                      PARAMETERS(bind_integer(&db, QC_TYPE_int, 20000),
                                                 bind_text(&db, QC_TYPE_text, prefix)), 1),
        QC_ERROR_OK);
    memset(prefix, 'X', sizeof(prefix) - 1); /* the stream has its own copy */
    struct Pair *pair;
    for (int i = 1; i <= 20000; i++) {
        ck_assert_int_eq(next_pair(arena, &shape, &pair), QC_ERROR_OK);
        ck_assert_int_eq(pair->id, i);
        ck_assert_int_eq(atoi(pair->email + 4), i);
    }
    ck_assert_int_eq(strncmp(pair->email, "row ", 4), 0);
    ck_assert_int_eq(next_pair(arena, &shape, &pair), QC_ERROR_OK);
    ck_assert_ptr_null(pair);
    qc_sqlite_driver.stream_end(db.connection);
    ck_assert_uint_lt(qc_arena_bytes(arena), 100000);
    ck_assert_int_eq(next_pair(arena, &shape, &pair), QC_ERROR_MISUSE);
    qc_arena_free(arena);
}
END_TEST

START_TEST(a_stream_is_alone_but_not_in_the_way)
{
    must_run(&db, "INSERT INTO users VALUES (1, 'a', 1), (2, 'b', 2)");
    qc_arena *arena = qc_arena_new();
    qc_shape shape = shape_of(&db, &qc_table_Pair);
    static const char sql[] = "SELECT id, email FROM users ORDER BY id";
    qc_statement select = statement_of(sql, &shape, 0);
    struct Pair *pair;
    ck_assert_int_eq(qc_sqlite_driver.stream_begin(db.connection, &select, NO_PARAMETERS, 1),
                     QC_ERROR_OK);
    ck_assert_int_eq(qc_sqlite_driver.stream_begin(db.connection, &select, NO_PARAMETERS, 1),
                     QC_ERROR_MISUSE);
    next_pair(arena, &shape, &pair);
    ck_assert_uint_eq(qc_count(sqlite_rows(&db, sql, &qc_table_Pair, NO_PARAMETERS)), 2);
    qc_sqlite_driver.forget(db.connection);
    ck_assert_int_eq(next_pair(arena, &shape, &pair), QC_ERROR_OK);
    ck_assert_int_eq(pair->id, 2);
    qc_sqlite_driver.stream_end(db.connection);
    qc_sqlite_driver.stream_end(db.connection);
    ck_assert_int_eq(qc_sqlite_driver.stream_begin(db.connection, &select, NO_PARAMETERS, 1),
                     QC_ERROR_OK);
    qc_arena_free(arena); /* and the connection closes with the stream open */
}
END_TEST

START_TEST(statements_are_kept_and_forgotten)
{
    char sql[64];
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 700; i++) {
            snprintf(sql, sizeof(sql), "SELECT '%d'", i);
            ck_assert_int_eq(atoi(sqlite_text(&db, sql)), i);
        }
    must_run(&db, "INSERT INTO users VALUES (1, 'a', 1)");
    ck_assert_str_eq(sqlite_text(&db, "SELECT email FROM users"), "a");
    must_run(&db, "ALTER TABLE users ADD COLUMN more TEXT");
    ck_assert_str_eq(sqlite_text(&db, "SELECT email FROM users"), "a");
    qc_sqlite_driver.forget(db.connection);
    ck_assert_str_eq(sqlite_text(&db, "SELECT email FROM users"), "a");
}
END_TEST

/* ---- Waiting. ---- */

START_TEST(endless_work_meets_its_deadline)
{
    db.options.timeout_ms = 100;
    int64_t start = qc_now_us();
    ck_assert_ptr_null(sqlite_rows(&db, ENDLESS, &qc_table_Pair, NO_PARAMETERS));
    ck_assert_int_lt(qc_now_us() - start, (100 + BUSY_MS) * 1000);
    expect_error(&db, QC_ERROR_TIMEOUT, "57014", "interrupted");
    ck_assert_str_eq(sqlite_text(&db, "SELECT 'well'"), "well");
}
END_TEST

START_TEST(a_lost_transaction_is_not_silent)
{
    must_run(&db, "BEGIN; INSERT INTO users VALUES (1, 'a', 1)");
    db.options.timeout_ms = 50;
    int64_t affected;
    sqlite_exec(&db,
                "INSERT INTO users SELECT i, i, i FROM (WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL "
                "SELECT i + 1 FROM n) SELECT i FROM n)",
                NO_PARAMETERS, &affected);
    expect_error(&db, QC_ERROR_TIMEOUT, "57014", "interrupted");
    db.options.timeout_ms = 0;
    ck_assert(qc_sqlite_driver.in_transaction(db.connection));
    sqlite_exec(&db, "INSERT INTO users VALUES (7, 'late', 1)", NO_PARAMETERS, &affected);
    expect_error(&db, QC_ERROR_SERVER, "25P02", "rolled back");
    sqlite_run(&db, "INSERT INTO users VALUES (8, 'later', 1)");
    expect_error(&db, QC_ERROR_SERVER, "25P02", "rolled back");
    ck_assert_int_eq(sqlite_commit(&db), QC_ERROR_SERVER);
    expect_error(&db, QC_ERROR_SERVER, "25P02", "rolled back");
    ck_assert(!qc_sqlite_driver.in_transaction(db.connection));
    must_run(&db, " rollback transaction ;");
    ck_assert_str_eq(count_users(&db), "0");
}
END_TEST

START_TEST(locks_are_waited_for)
{
    sqlite_db other;
    ck_assert(sqlite_open(&other, url));
    must_run(&other, "BEGIN IMMEDIATE");
    db.options.timeout_ms = 100;
    int64_t start = qc_now_us();
    sqlite_run(&db, "INSERT INTO users VALUES (1, 'a', 1)");
    expect_error(&db, QC_ERROR_TIMEOUT, "55P03", "locked");
    ck_assert_int_ge(qc_now_us() - start, 90000);
    ck_assert_int_lt(qc_now_us() - start, (100 + BUSY_MS) * 1000);
    must_run(&other, "COMMIT");
    must_run(&db, "INSERT INTO users VALUES (1, 'a', 1)");
    sqlite_close(&other);
}
END_TEST

START_TEST(a_commit_that_waits_in_vain_can_be_repeated)
{
    sqlite_db other;
    ck_assert(sqlite_open(&other, url));
    must_run(&db, "INSERT INTO users VALUES (1, 'a', 1), (2, 'b', 1)");
    qc_shape shape = shape_of(&other, &qc_table_Pair);
    qc_statement select = statement_of("SELECT id, email FROM users", &shape, 0);
    qc_fetch fetch = {.shape = &shape, .arena = other.arena};
    void *row;
    qc_sqlite_driver.stream_begin(other.connection, &select, NO_PARAMETERS, 1);
    qc_sqlite_driver.stream_next(other.connection, &fetch, &row);
    db.options.timeout_ms = 50;
    must_run(&db, "BEGIN; INSERT INTO users VALUES (3, 'c', 1)");
    ck_assert_int_eq(sqlite_commit(&db), QC_ERROR_TIMEOUT);
    expect_error(&db, QC_ERROR_TIMEOUT, "55P03", "locked");
    ck_assert(qc_sqlite_driver.in_transaction(db.connection));
    qc_sqlite_driver.stream_end(other.connection);
    ck_assert_int_eq(sqlite_commit(&db), QC_ERROR_OK);
    ck_assert_str_eq(count_users(&other), "3");
    sqlite_close(&other);
}
END_TEST

START_TEST(a_refused_commit_ends_the_transaction)
{
    must_run(&db, "CREATE TABLE late (user_id INTEGER REFERENCES users(id) DEFERRABLE INITIALLY "
                  "DEFERRED); BEGIN; INSERT INTO late VALUES (77)");
    ck_assert_int_eq(sqlite_commit(&db), QC_ERROR_SERVER);
    expect_error(&db, QC_ERROR_SERVER, "23503", "FOREIGN KEY");
    ck_assert(!qc_sqlite_driver.in_transaction(db.connection));
    ck_assert_str_eq(sqlite_text(&db, "SELECT CAST(count(*) AS TEXT) FROM late"), "0");
    ck_assert_int_eq(sqlite_commit(&db), QC_ERROR_SERVER);
    expect_error(&db, QC_ERROR_SERVER, "25P01", "no transaction");
}
END_TEST

/* ---- Bulk inserts. ---- */

static enum qc_code insert_users(struct User *users, size_t count)
{
    const void **rows = qc_arena_alloc(db.arena, count * sizeof(*rows));
    for (size_t i = 0; i < count; i++)
        rows[i] = &users[i];
    const qc_column *all = qc_table_User.columns;
    const qc_column *columns[] = {&all[0], &all[1], &all[2]};
    qc_bulk bulk = {&qc_table_User, columns, 3, rows, count};
    qc_error_clear(&db.error);
    return qc_bulk_insert(&qc_sqlite_driver, db.connection, &bulk);
}

START_TEST(a_bulk_insert_is_all_or_nothing)
{
    enum { COUNT = 1000 };
    static struct User users[COUNT];
    static char emails[COUNT][20];
    for (int i = 0; i < COUNT; i++) {
        snprintf(emails[i], sizeof(emails[i]), "user %d", i);
        users[i] = (struct User){i, emails[i], i};
    }
    ck_assert_int_eq(insert_users(users, 10), QC_ERROR_OK);
    insert_users(users + 5, COUNT - 5);
    expect_error(&db, QC_ERROR_SERVER, "23505", "users.");
    ck_assert_str_eq(db.error.error.detail, "row 1");
    users[500].age = -1;
    insert_users(users + 10, COUNT - 10);
    expect_error(&db, QC_ERROR_SERVER, "23514", "grown_up");
    ck_assert_str_eq(db.error.error.detail, "row 491");
    ck_assert_str_eq(count_users(&db), "10");
    must_run(&db, "BEGIN; DELETE FROM users WHERE id = 0");
    ck_assert_int_ne(insert_users(users + 10, COUNT - 10), QC_ERROR_OK);
    ck_assert_int_eq(sqlite_commit(&db), QC_ERROR_OK);
    ck_assert_str_eq(count_users(&db), "9");
    users[500].age = 1;
    ck_assert_int_eq(insert_users(users + 10, COUNT - 10), QC_ERROR_OK);
    ck_assert_int_eq(insert_users(users, 0), QC_ERROR_OK);
    ck_assert_str_eq(count_users(&db), "999");
}
END_TEST

START_TEST(a_full_database_says_so)
{
    must_run(&db, "PRAGMA max_page_count = 20; BEGIN; INSERT INTO users VALUES (1, 'a', 1)");
    int64_t affected;
    sqlite_exec(&db, "INSERT INTO users SELECT 2, hex(zeroblob(1000000)), 1", NO_PARAMETERS,
                &affected);
    expect_error(&db, QC_ERROR_SERVER, "53100", "full");
    bool lost = sqlite_commit(&db) != QC_ERROR_OK;
    ck_assert_str_eq(count_users(&db), lost ? "0" : "1");
}
END_TEST

MODEL(Price, "prices", COLUMN(id, BIGINT, PRIMARY_KEY), COLUMN(amount, NUMERIC(6, 2)))

START_TEST(numbers_are_rounded_to_the_scale_of_their_column)
{
    must_run(&db, "CREATE TABLE prices (id INTEGER PRIMARY KEY, amount DECIMAL_TEXT)");
    struct Price prices[] = {{1, {"9.5"}}, {2, {"1.005"}}, {3, {"-9999.99"}}, {4, {"9999.995"}}};
    const void *rows[] = {&prices[0], &prices[1], &prices[2], &prices[3]};
    const qc_column *columns[] = {&qc_table_Price.columns[0], &qc_table_Price.columns[1]};
    qc_bulk bulk = {&qc_table_Price, columns, 2, rows, 4};
    ck_assert_int_eq(qc_bulk_insert(&qc_sqlite_driver, db.connection, &bulk), QC_ERROR_VALUE);
    expect_error(&db, QC_ERROR_VALUE, "", "prices.amount in row 4: the number has too many digits");
    bulk.count = 3;
    ck_assert_int_eq(qc_bulk_insert(&qc_sqlite_driver, db.connection, &bulk), QC_ERROR_OK);
    ck_assert_str_eq(sqlite_text(&db, "SELECT group_concat(amount, ' ') FROM prices"),
                     "9.50 1.01 -9999.99");
}
END_TEST

Suite *sqlite_driver_suite(void)
{
    Suite *suite = suite_create("sqlite: the driver");
    TCase *memory = tcase_create("in memory"), *file = tcase_create("in a file");
    tcase_add_checked_fixture(memory, open_memory, close_memory);
    tcase_add_test(memory, errors_say_what_where_and_why);
    tcase_add_test(memory, a_named_unique_index_is_named);
    tcase_add_test(memory, sqlite_is_made_strict);
    tcase_add_test(memory, one_text_is_one_statement);
    tcase_add_test(memory, bad_urls_are_refused);
    tcase_add_test(memory, rows_are_counted_and_limited);
    tcase_add_test(memory, parts_of_an_outer_join_may_be_absent);
    tcase_add_test(memory, streams_give_row_after_row);
    tcase_add_test(memory, a_stream_is_alone_but_not_in_the_way);
    tcase_add_test(memory, statements_are_kept_and_forgotten);
    tcase_add_test(memory, endless_work_meets_its_deadline);
    tcase_add_test(memory, a_lost_transaction_is_not_silent);
    tcase_add_test(memory, a_refused_commit_ends_the_transaction);
    tcase_add_test(memory, a_bulk_insert_is_all_or_nothing);
    tcase_add_test(memory, a_full_database_says_so);
    tcase_add_test(memory, numbers_are_rounded_to_the_scale_of_their_column);
    suite_add_tcase(suite, memory);
    tcase_add_checked_fixture(file, open_file, close_file);
    tcase_add_test(file, locks_are_waited_for);
    tcase_add_test(file, a_commit_that_waits_in_vain_can_be_repeated);
    suite_add_tcase(suite, file);
    return suite;
}
