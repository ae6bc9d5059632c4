/* See databases.h. The schema is made with libpq alone, so that no fault of ours is in its way. */
#include "databases.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char schema[32];
static char postgresql_url[1024];

static void run_alone(const char *action)
{
    char sql[128];
    snprintf(sql, sizeof(sql), action, schema);
    PGconn *connection = PQconnectdb(getenv("QUERCUS_TEST_PG"));
    PGresult *result = PQexec(connection, sql);
    char message[256];
    snprintf(message, sizeof(message), "%s", PQerrorMessage(connection));
    bool good = PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
    PQfinish(connection);
    if (!good)
        ck_abort_msg("%s: %s", sql, message);
}

void databases_begin(void)
{
    const char *url = getenv("QUERCUS_TEST_PG");
    if (!url || !*url)
        ck_abort_msg("QUERCUS_TEST_PG is not set: give it the URL of a PostgreSQL for tests, or "
                     "run scripts/test");
    snprintf(schema, sizeof(schema), "quercus_test_%ld", (long)getpid());
    bool is_uri = strstr(url, "://");
    int length =
        snprintf(postgresql_url, sizeof(postgresql_url),
                 is_uri ? "%s%coptions=-csearch_path%%3D%s" : "%s%coptions='-csearch_path=%s'", url,
                 !is_uri            ? ' '
                 : strchr(url, '?') ? '&'
                                    : '?',
                 schema);
    ck_assert_int_lt(length, (int)sizeof(postgresql_url));
    run_alone("CREATE SCHEMA %s");
}

void databases_end(void)
{
    run_alone("SET client_min_messages = error; DROP SCHEMA %s CASCADE");
}

const char *database_url(int database)
{
    return database == SQLITE_DATABASE ? "sqlite::memory:" : postgresql_url;
}

void database_fail(qc_db *db, const char *what)
{
    const struct qc_error *error = qc_error(db);
    ck_abort_msg("%s on %s: %s (%s, %s): %.300s", what, qc_dialect_name(db),
                 error->message ? error->message : "no error", qc_code_name(error->code),
                 error->sqlstate, error->sql ? error->sql : "");
}

qc_db *database_open(int database)
{
    qc_db *db = qc_open(database_url(database));
    if (!qc_ok(db))
        database_fail(db, "open");
    return db;
}

void database_run(qc_db *db, const char *sql)
{
    if (!qc_execute(db, sql))
        database_fail(db, sql);
}

bool long_tests(void)
{
    return getenv("QUERCUS_TEST_LONG") != NULL;
}
