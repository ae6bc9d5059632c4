/* The databases that tests run on: SQLite in memory, and the PostgreSQL of QUERCUS_TEST_PG. */
#ifndef TESTS_DATABASES_H
#define TESTS_DATABASES_H

#include <quercus/quercus.h>

#include <check.h>

enum { SQLITE_DATABASE, POSTGRESQL_DATABASE, DATABASE_COUNT };

/* Unchecked fixtures: make and drop a PostgreSQL schema of this process's own, in which the tests
 * run beside others; behind a pooler, which passes no settings on, a database of its own. Without
 * QUERCUS_TEST_PG the tests fail. */
void databases_begin(void);
void databases_end(void);
/* What QUERCUS_TEST_PG leads to: QUERCUS_TEST_POOLER is "session" or "transaction" where that is a
 * PgBouncer in this mode. */
enum database_pooler { NO_POOLER, SESSION_POOLER, TRANSACTION_POOLER };
enum database_pooler database_pooler(void);
/* Whether statements of the tests' connections have names: not when QUERCUS_TEST_UNNAMED is set. */
bool database_names_statements(void);
/* The URL of a database; of PostgreSQL's with the schema. */
const char *database_url(int database);
/* A new connection; the test fails when there is none. */
qc_db *database_open(int database);
/* Runs SQL text; the test fails when that does. */
void database_run(qc_db *db, const char *sql);
/* Fails the test with the connection's error. */
void database_fail(qc_db *db, const char *what);

/* Whether long sweeps were asked for. */
bool long_tests(void);

/* TEST_WITHIN(name, place, begin, end) { … }: the test name_place runs it between begin(database)
 * and end(). */
#define TEST_WITHIN(name, place, begin, end)                                                       \
    static void name(void);                                                                        \
    START_TEST(name##_##place)                                                                     \
    {                                                                                              \
        begin(_i);                                                                                 \
        name();                                                                                    \
        end();                                                                                     \
    }                                                                                              \
    END_TEST                                                                                       \
    static void name(void)

#endif
