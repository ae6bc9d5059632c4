/* See databases.h. The schema is made with libpq alone, so that no fault of ours is in its way. */
#include "databases.h"

#include "busy.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char name[32]; /* of the schema, or of the database */
static char postgresql_url[1024];

static void run_alone(const char *action)
{
    char sql[128];
    snprintf(sql, sizeof(sql), action, name);
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

/* The URL with one more parameter, written as in a URI or as in a conninfo string. */
static void add_parameter(const char *url, const char *in_uri, const char *in_conninfo)
{
    const bool is_uri = strstr(url, "://");
    const char separator = !is_uri ? ' ' : strchr(url, '?') ? '&' : '?';
    const int length = snprintf(postgresql_url, sizeof(postgresql_url), "%s%c%s%s", url, separator,
                                is_uri ? in_uri : in_conninfo, name);
    ck_assert_int_lt(length, (int)sizeof(postgresql_url));
}

void databases_begin(void)
{
    const char *url = getenv("QUERCUS_TEST_PG");
    if (!url || !*url)
        ck_abort_msg("QUERCUS_TEST_PG is not set: give it the URL of a PostgreSQL for tests, or "
                     "run scripts/test");
    snprintf(name, sizeof(name), "quercus_test_%ld", (long)getpid());
    if (database_pooler() == NO_POOLER) {
        add_parameter(url, "options=-csearch_path%3D", "options=-csearch_path=");
        run_alone("CREATE SCHEMA %s");
    } else {
        add_parameter(url, "dbname=", "dbname=");
        run_alone("CREATE DATABASE %s");
    }
}

void databases_end(void)
{
    run_alone(database_pooler() == NO_POOLER
                  ? "SET client_min_messages = error; DROP SCHEMA %s CASCADE"
                  : "DROP DATABASE %s WITH (FORCE)");
}

enum database_pooler database_pooler(void)
{
    const char *mode = getenv("QUERCUS_TEST_POOLER");
    return !mode || !*mode                ? NO_POOLER
           : strcmp(mode, "session") == 0 ? SESSION_POOLER
                                          : TRANSACTION_POOLER;
}

bool database_names_statements(void)
{
    return !getenv("QUERCUS_TEST_UNNAMED");
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
    qc_set_named_statements(db, database_names_statements());
    qc_set_cancel_timeout(db, BUSY_MS);
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
