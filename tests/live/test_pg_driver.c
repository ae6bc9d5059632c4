/* The PostgreSQL driver alone: errors, deadlines, lost links, COMMIT, prepared statements, opening.
 */
#include "live/pg_fixture.h"

#include "busy.h"
#include "databases.h"

#include <arpa/inet.h>
#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

RECORD(PgWord, COLUMN(word, TEXT))

static pg_db db, other;

static void open_dbs(void)
{
    pg_open(&db);
    pg_open(&other);
}

static void close_dbs(void)
{
    pg_close(&db);
    pg_close(&other);
}

static int64_t elapsed_ms(int64_t since)
{
    return (qc_now_us() - since) / 1000;
}

/* ---- Errors. ---- */

START_TEST(every_field_of_an_error)
{
    pg_must(&db, "CREATE TEMP TABLE people (id int PRIMARY KEY, age int NOT NULL CHECK (age > 0), "
                 "CONSTRAINT old_enough CHECK (age < 200))");
    pg_must(&db, "INSERT INTO people VALUES (1, 5)");
    const struct qc_error *error = &db.error.error;
    ck_assert_int_eq(pg_exec(&db, "INSERT INTO people VALUES (1, 6)", NO_PARAMETERS, NULL),
                     QC_ERROR_SERVER);
    pg_expect(&db, QC_ERROR_SERVER, "23505", "duplicate key value");
    ck_assert_str_eq(error->constraint, "people_pkey");
    ck_assert_str_eq(error->table, "people");
    ck_assert(strncmp(error->schema, "pg_temp", 7) == 0);
    ck_assert_str_eq(error->detail, "Key (id)=(1) already exists.");
    pg_exec(&db, "INSERT INTO people VALUES (2, NULL)", NO_PARAMETERS, NULL);
    pg_expect(&db, QC_ERROR_SERVER, "23502", "null value");
    ck_assert_str_eq(error->column, "age");
    pg_exec(&db, "INSERT INTO people VALUES (2, 200)", NO_PARAMETERS, NULL);
    pg_expect(&db, QC_ERROR_SERVER, "23514", "");
    ck_assert_str_eq(error->constraint, "old_enough");
    pg_exec(&db, "SELECT nam FROM people", NO_PARAMETERS, NULL);
    pg_expect(&db, QC_ERROR_SERVER, "42703", "nam");
    ck_assert_int_eq(error->position, 8);
    pg_exec(&db, "SELECT round('x')", NO_PARAMETERS, NULL);
    pg_exec(&db, "SELECT abs(true)", NO_PARAMETERS, NULL);
    pg_expect(&db, QC_ERROR_SERVER, "42883", "abs(boolean)");
    ck_assert_ptr_nonnull(error->hint);
    pg_expect_clean(&db);
}
END_TEST

START_TEST(texts_with_several_statements)
{
    pg_run(&db, "SELECT 1; SELECT 1 / 0; SELECT 2");
    pg_expect(&db, QC_ERROR_SERVER, "22012", "division by zero");
    pg_must(&db, "SELECT 1; SELECT 2");
    pg_must(&db, "");
    pg_expect_clean(&db);
}
END_TEST

START_TEST(copy_as_text)
{
    pg_must(&db, "CREATE TEMP TABLE t (a int)");
    pg_run(&db, "COPY t FROM STDIN; SELECT 1");
    pg_expect(&db, QC_ERROR_UNSUPPORTED, "", "COPY");
    pg_expect_clean(&db);
    pg_run(&db, "COPY (SELECT generate_series(1, 100000)) TO STDOUT");
    pg_expect(&db, QC_ERROR_UNSUPPORTED, "", "COPY");
    pg_expect_clean(&db);
}
END_TEST

START_TEST(affected_rows)
{
    int64_t affected = -1;
    pg_must(&db, "CREATE TEMP TABLE t (a int)");
    ck_assert_int_eq(
        pg_exec(&db, "INSERT INTO t SELECT generate_series(1, 9)", NO_PARAMETERS, &affected), 0);
    ck_assert_int_eq(affected, 9);
    ck_assert_int_eq(pg_exec(&db, "UPDATE t SET a = 0 WHERE a > 5", NO_PARAMETERS, &affected), 0);
    ck_assert_int_eq(affected, 4);
    ck_assert_int_eq(pg_exec(&db, "DELETE FROM t WHERE a > 50", NO_PARAMETERS, &affected), 0);
    ck_assert_int_eq(affected, 0);
}
END_TEST

START_TEST(too_many_and_too_big)
{
    static const qc_node *binds[65537];
    const qc_node *one = bind_integer(&db, QC_TYPE_int, 1);
    for (int i = 0; i < 65536; i++)
        binds[i] = one;
    pg_exec(&db, "SELECT 1", binds, NULL);
    pg_expect(&db, QC_ERROR_TOO_MANY, "", "65536");
    static const char byte[1];
    pg_exec(&db, "SELECT $1", PARAMETERS(bind_bytes(&db, QC_TYPE_text, byte, 0x3fffffff)), NULL);
    pg_expect(&db, QC_ERROR_TOO_BIG, "", "1 GiB");
    pg_exec(&db, "SELECT $1", PARAMETERS(bind_bytes(&db, QC_TYPE_json, byte, SIZE_MAX)), NULL);
    pg_expect(&db, QC_ERROR_TOO_BIG, "", "1 GiB");
    pg_exec(&db, "SELECT $1", PARAMETERS(bind_array(&db, QC_TYPE_int, byte, SIZE_MAX / 2)), NULL);
    pg_expect(&db, QC_ERROR_TOO_BIG, "", "1 GiB");
    pg_expect_clean(&db);
}
END_TEST

/* ---- Deadlines. ---- */

START_TEST(deadline)
{
    db.options.timeout_ms = 200;
    const int64_t began = qc_now_us();
    ck_assert_int_eq(pg_exec(&db, "SELECT pg_sleep(20)", NO_PARAMETERS, NULL), QC_ERROR_TIMEOUT);
    pg_expect(&db, QC_ERROR_TIMEOUT, "57014", "after 200 ms");
    ck_assert_int_ge(elapsed_ms(began), 195);
    ck_assert_int_le(elapsed_ms(began), 200 + BUSY_MS);
    pg_expect_clean(&db);
    ck_assert_int_eq(pg_number(&other, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE "
                                       "'SELECT pg_sleep(20)%' AND state = 'active'"),
                     0);
}
END_TEST

START_TEST(no_deadline)
{
    db.options.timeout_ms = 0;
    ck_assert_int_eq(pg_exec(&db, "SELECT pg_sleep(0.3)", NO_PARAMETERS, NULL), QC_ERROR_OK);
}
END_TEST

START_TEST(statement_timeout)
{
    pg_must(&db, "SET statement_timeout = 50");
    pg_exec(&db, "SELECT pg_sleep(20)", NO_PARAMETERS, NULL);
    pg_expect(&db, QC_ERROR_TIMEOUT, "57014", "statement timeout");
    pg_expect_clean(&db);
}
END_TEST

static void ignore_signal(int signal)
{
    (void)signal;
}

START_TEST(interrupted_waits)
{
    struct sigaction action = {.sa_handler = ignore_signal};
    const struct itimerval often = {{0, 1000}, {0, 1000}}, never = {{0, 0}, {0, 0}};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    const int64_t began = qc_now_us();
    ck_assert_int_eq(pg_exec(&db, "SELECT pg_sleep(0.5)", NO_PARAMETERS, NULL), QC_ERROR_OK);
    ck_assert_int_ge(elapsed_ms(began), 500);
    db.options.timeout_ms = 300;
    ck_assert_int_eq(pg_exec(&db, "SELECT pg_sleep(20)", NO_PARAMETERS, NULL), QC_ERROR_TIMEOUT);
    setitimer(ITIMER_REAL, &never, NULL);
}
END_TEST

/* ---- Lost links. ---- */

START_TEST(terminated_while_idle)
{
    pg_terminate(&other, pg_backend(&db));
    pg_exec(&db, "SELECT 1", NO_PARAMETERS, NULL);
    pg_expect(&db, QC_ERROR_DISCONNECTED, "57P01", "administrator command");
    pg_exec(&db, "SELECT 1", NO_PARAMETERS, NULL);
    pg_expect(&db, QC_ERROR_DISCONNECTED, "", "nothing was sent");
}
END_TEST

START_TEST(terminated_by_itself)
{
    pg_exec(&db, "SELECT pg_terminate_backend(pg_backend_pid())", NO_PARAMETERS, NULL);
    pg_expect(&db, QC_ERROR_DISCONNECTED, "57P01", "");
}
END_TEST

START_TEST(terminated_in_a_transaction)
{
    const int64_t pid = pg_backend(&db);
    pg_must(&db, "BEGIN");
    pg_terminate(&other, pid);
    ck_assert_int_eq(pg_commit(&db), QC_ERROR_DISCONNECTED);
    pg_expect(&db, QC_ERROR_DISCONNECTED, "57P01", "unknown");
}
END_TEST

START_TEST(idle_in_transaction)
{
    pg_must(&db, "SET idle_in_transaction_session_timeout = 50");
    pg_must(&db, "BEGIN");
    poll(NULL, 0, 300);
    pg_exec(&db, "SELECT 1", NO_PARAMETERS, NULL);
    pg_expect(&db, QC_ERROR_DISCONNECTED, "25P03", "");
}
END_TEST

START_TEST(a_child_process)
{
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        const enum qc_code code = pg_exec(&db, "SELECT 1", NO_PARAMETERS, NULL);
        pg_close(&db);
        _exit(code == QC_ERROR_MISUSE ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    pg_expect_clean(&db);
}
END_TEST

/* ---- COMMIT. ---- */

START_TEST(commits)
{
    pg_must(&db, "BEGIN");
    ck_assert(qc_postgresql_driver.in_transaction(db.connection));
    ck_assert_int_eq(pg_commit(&db), QC_ERROR_OK);
    ck_assert(!qc_postgresql_driver.in_transaction(db.connection));
    pg_must(&db, "BEGIN");
    pg_run(&db, "SELECT 1 / 0");
    ck_assert(qc_postgresql_driver.in_transaction(db.connection));
    ck_assert_int_eq(pg_commit(&db), QC_ERROR_SERVER);
    pg_expect(&db, QC_ERROR_SERVER, "",
              "COMMIT was answered with ROLLBACK: the transaction had failed");
    ck_assert(!qc_postgresql_driver.in_transaction(db.connection));
    pg_must(&db, "CREATE TEMP TABLE t (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)");
    pg_must(&db, "BEGIN; INSERT INTO t VALUES (1), (1)");
    pg_commit(&db);
    pg_expect(&db, QC_ERROR_SERVER, "23505", "");
    ck_assert_int_eq(pg_number(&db, "SELECT count(*) FROM t"), 0);
}
END_TEST

/* ---- Prepared statements. ---- */

static int64_t prepared_count(void)
{
    return pg_number(&db, "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'qc_%'");
}

START_TEST(prepared_once)
{
    const int64_t before = prepared_count();
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(pg_number(&db, "SELECT 5::bigint"), 5);
    ck_assert_int_eq(prepared_count() - before, 1);
    ck_assert_int_eq(pg_number(&db, "SELECT max(length(name))::bigint FROM pg_prepared_statements"),
                     19);
    pg_exec(&db, "SELECT 1 / (7 - 7)", NO_PARAMETERS, NULL);
    pg_exec(&db, "SELECT 1 / (7 - 7)", NO_PARAMETERS, NULL);
    pg_expect(&db, QC_ERROR_SERVER, "22012", "");
    pg_exec(&db, "SELECT nonsense", NO_PARAMETERS, NULL);
    pg_exec(&db, "SELECT nonsense", NO_PARAMETERS, NULL);
    pg_expect(&db, QC_ERROR_SERVER, "42703", "");
    pg_expect_clean(&db);
}
END_TEST

START_TEST(without_names)
{
    db.options.named_statements = false;
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(pg_number(&db, "SELECT 5::bigint"), 5);
    ck_assert_int_eq(prepared_count(), 0);
}
END_TEST

/* The same text with other parameter types is another statement. */
START_TEST(parameter_types)
{
    struct PgWord **rows = pg_rows(&db, "SELECT pg_typeof($1)::text", &qc_table_PgWord,
                                   PARAMETERS(bind_integer(&db, QC_TYPE_int, 1)));
    ck_assert_str_eq(rows[0]->word, "integer");
    rows = pg_rows(&db, "SELECT pg_typeof($1)::text", &qc_table_PgWord,
                   PARAMETERS(bind_integer(&db, QC_TYPE_bigint, 1)));
    ck_assert_str_eq(rows[0]->word, "bigint");
}
END_TEST

/* Two texts with one hash, as if by chance. */
START_TEST(equal_hashes)
{
    for (int i = 0; i < 6; i++) {
        const char *sql = i % 2 ? "SELECT 1::bigint" : "SELECT 2::bigint";
        qc_statement statement = pg_statement(&db, sql, &qc_table_PgNumber, NO_PARAMETERS);
        statement.hash = 42;
        qc_fetch fetch = {.shape = &statement.shape, .arena = db.arena};
        int64_t affected;
        ck_assert_int_eq(qc_postgresql_driver.execute(db.connection, &statement, NO_PARAMETERS,
                                                      &fetch, &affected),
                         0);
        struct PgNumber **rows = (struct PgNumber **)qc_fetch_finish(&fetch);
        ck_assert_int_eq(rows[0]->n, i % 2 ? 1 : 2);
    }
}
END_TEST

START_TEST(many_statements)
{
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 700; i++) {
            char sql[64];
            snprintf(sql, sizeof(sql), "SELECT %d::bigint", i);
            ck_assert_int_eq(pg_number(&db, sql), i);
        }
    }
    ck_assert_int_le(prepared_count(), 512);
    ck_assert_int_ge(prepared_count(), 500);
}
END_TEST

START_TEST(forgotten)
{
    pg_expect_clean(&db);
    qc_postgresql_driver.forget(db.connection);
    pg_must(&db, "BEGIN");
    ck_assert_int_eq(prepared_count(), 1);
    ck_assert_int_eq(pg_commit(&db), QC_ERROR_OK);
    pg_expect_clean(&db);
}
END_TEST

/* Somebody else has dropped our statements. */
START_TEST(gone)
{
    pg_expect_clean(&db);
    pg_must(&db, "DISCARD ALL");
    pg_must(&db, "BEGIN");
    pg_expect_clean(&db);
    ck_assert_int_eq(pg_commit(&db), QC_ERROR_OK);
    pg_must(&db, "DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$");
    pg_expect_clean(&db);
    pg_expect_clean(&db);
    ck_assert_int_eq(prepared_count(), 2);
}
END_TEST

/* Somebody else has made them, which is how a pooler of transactions looks: names are over. */
START_TEST(there)
{
    pg_expect_clean(&db);
    struct PgWord **names = pg_rows(&db,
                                    "SELECT name FROM pg_prepared_statements WHERE statement = "
                                    "'SELECT 7::bigint'",
                                    &qc_table_PgWord, NO_PARAMETERS);
    ck_assert_uint_eq(qc_count(names), 1);
    char sql[128];
    pg_must(&db, "DISCARD ALL");
    snprintf(sql, sizeof(sql), "PREPARE %s AS SELECT 8::bigint", names[0]->word);
    pg_must(&db, sql);
    pg_expect_clean(&db);
    pg_expect_clean(&db);
    ck_assert_int_eq(pg_number(&db, "SELECT 9::bigint"), 9);
    ck_assert_int_eq(prepared_count(), 1);
}
END_TEST

START_TEST(gone_in_a_transaction)
{
    pg_expect_clean(&db);
    pg_must(&db, "DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$");
    pg_must(&db, "BEGIN");
    ck_assert_ptr_null(pg_rows(&db, "SELECT 7::bigint", &qc_table_PgNumber, NO_PARAMETERS));
    pg_expect(&db, QC_ERROR_SERVER, "26000", "");
    ck_assert_int_eq(pg_commit(&db), QC_ERROR_SERVER);
    pg_expect_clean(&db);
}
END_TEST

START_TEST(changed_by_ddl)
{
    pg_must(&db, "CREATE TEMP TABLE t (n int); INSERT INTO t VALUES (5)");
    ck_assert_int_eq(pg_number(&db, "SELECT * FROM t"), 5);
    pg_must(&db, "ALTER TABLE t ALTER n TYPE bigint");
    ck_assert_int_eq(pg_number(&db, "SELECT * FROM t"), 5);
    pg_must(&db, "ALTER TABLE t ALTER n TYPE smallint");
    pg_must(&db, "BEGIN");
    ck_assert_ptr_null(pg_rows(&db, "SELECT * FROM t", &qc_table_PgNumber, NO_PARAMETERS));
    pg_expect(&db, QC_ERROR_SERVER, "0A000", "");
    pg_must(&db, "ROLLBACK");
    ck_assert_int_eq(pg_number(&db, "SELECT * FROM t"), 5);
}
END_TEST

/* ---- Opening. ---- */

START_TEST(settings_of_the_session)
{
    struct PgWord **rows =
        pg_rows(&db,
                "SELECT current_setting('client_encoding') || ' ' || application_name FROM "
                "pg_stat_activity WHERE pid = pg_backend_pid()",
                &qc_table_PgWord, NO_PARAMETERS);
    ck_assert_str_eq(rows[0]->word, "UTF8 quercus");
}
END_TEST

static void refused(const char *url, enum qc_code code, const char *sqlstate, const char *part)
{
    pg_db tried;
    ck_assert(!pg_try_open(&tried, url));
    pg_expect(&tried, code, sqlstate, part);
    if (strstr(tried.error.error.message, "s3cr"))
        ck_abort_msg("a password got out: %s", tried.error.error.message);
    pg_close(&tried);
}

START_TEST(passwords_stay_inside)
{
    refused("postgresql://u:s3cr%zz@h/d", QC_ERROR_CONNECT, "", "percent");
    refused("postgresql://u:x@s3cr@h/d", QC_ERROR_CONNECT, "", "%40");
    refused("postgresql://u:x/s3cr@h/d", QC_ERROR_CONNECT, "", "%40");
    refused("postgresql://u:s3cr/x@h/d", QC_ERROR_CONNECT, "", "%40");
    refused("postgresql://[u:s3cr@h/d", QC_ERROR_CONNECT, "", "");
    refused("host=/nowhere password=a s3cr", QC_ERROR_CONNECT, "", "\"...\"");
    refused("password='s3cr", QC_ERROR_CONNECT, "", "quoted");
    refused("mysql://u:s3cr@h/d", QC_ERROR_CONNECT, "", "postgresql://");
    refused("postgresql://u:s3cret@/d?host=/nowhere&bogus=s3cret", QC_ERROR_CONNECT, "", "");
    refused("postgresql://u:s3cret@/s3cret?host=/nowhere", QC_ERROR_CONNECT, "", "/nowhere");
    refused("dbname=s3cret password=s3cret host=/s3cret", QC_ERROR_CONNECT, "", "******");
}
END_TEST

START_TEST(refused_by_the_server)
{
    char url[512];
    pg_run(&other, "DROP ROLE IF EXISTS qc_test_few");
    pg_must(&other, "CREATE ROLE qc_test_few LOGIN CONNECTION LIMIT 0");
    const char *host = strchr(pg_url(), '?');
    snprintf(url, sizeof(url), "postgresql://qc_test_few@/postgres%s", host ? host : "");
    refused(url, QC_ERROR_CONNECT, "53300", "too many connections");
    pg_must(&other, "DROP ROLE qc_test_few");
    snprintf(url, sizeof(url), "postgresql://qc_no_role@/postgres%s", host ? host : "");
    refused(url, QC_ERROR_CONNECT, "28000", "FATAL: role \"qc_no_role\" does not exist");
}
END_TEST

/* A listener that never answers. */
START_TEST(a_silent_server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, size), 0);
    ck_assert_int_eq(listen(listener, 5), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    char url[128];
    snprintf(url, sizeof(url), "postgresql://u:s3cret@127.0.0.1:%d/d?connect_timeout=1",
             (int)ntohs(address.sin_port));
    const int64_t began = qc_now_us();
    refused(url, QC_ERROR_TIMEOUT, "", "did not answer within 1");
    ck_assert_int_ge(elapsed_ms(began), 1000);
    ck_assert_int_le(elapsed_ms(began), 1000 + BUSY_MS);
    close(listener);
}
END_TEST

/* Drivers of URLs. */
START_TEST(drivers)
{
    ck_assert_ptr_eq(qc_driver_find("sqlite::memory:"), &qc_sqlite_driver);
    ck_assert_ptr_eq(qc_driver_find("postgresql://h/d"), &qc_postgresql_driver);
    ck_assert_ptr_eq(qc_driver_find("host=h"), &qc_postgresql_driver);
    ck_assert_ptr_eq(qc_driver_find(""), &qc_postgresql_driver);
}
END_TEST

static void add_statements(TCase *tcase)
{
    tcase_add_test(tcase, every_field_of_an_error);
    tcase_add_test(tcase, texts_with_several_statements);
    tcase_add_test(tcase, copy_as_text);
    tcase_add_test(tcase, affected_rows);
    tcase_add_test(tcase, too_many_and_too_big);
    tcase_add_test(tcase, commits);
    tcase_add_test(tcase, without_names);
    tcase_add_test(tcase, parameter_types);
    tcase_add_test(tcase, equal_hashes);
}

static void add_prepared(TCase *tcase)
{
    if (!database_names_statements())
        return;
    tcase_add_test(tcase, prepared_once);
    tcase_add_test(tcase, many_statements);
    tcase_add_test(tcase, forgotten);
    tcase_add_test(tcase, gone);
    tcase_add_test(tcase, there);
    tcase_add_test(tcase, gone_in_a_transaction);
    tcase_add_test(tcase, changed_by_ddl);
}

static void add_faults(TCase *tcase)
{
    tcase_add_test(tcase, deadline);
    tcase_add_test(tcase, no_deadline);
    tcase_add_test(tcase, statement_timeout);
    tcase_add_test(tcase, interrupted_waits);
    tcase_add_test(tcase, terminated_while_idle);
    tcase_add_test(tcase, terminated_by_itself);
    tcase_add_test(tcase, terminated_in_a_transaction);
    tcase_add_test(tcase, idle_in_transaction);
    tcase_add_test(tcase, a_child_process);
    tcase_add_test(tcase, settings_of_the_session);
    tcase_add_test(tcase, passwords_stay_inside);
    if (database_pooler() == NO_POOLER)
        tcase_add_test(tcase, refused_by_the_server);
    tcase_add_test(tcase, a_silent_server);
    tcase_add_test(tcase, drivers);
}

/* Sessions are what it is about: behind a pooler of transactions there are none. */
Suite *pg_driver_suite(void)
{
    Suite *suite = suite_create("postgresql driver");
    void (*const groups[])(TCase *) = {add_statements, add_prepared, add_faults};
    if (database_pooler() == TRANSACTION_POOLER)
        return suite;
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        TCase *tcase = tcase_create("driver");
        tcase_add_checked_fixture(tcase, open_dbs, close_dbs);
        tcase_set_timeout(tcase, 60);
        groups[i](tcase);
        suite_add_tcase(suite, tcase);
    }
    return suite;
}
