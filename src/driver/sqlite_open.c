/* Opening a SQLite database, as strict as SQLite can be, and closing it. */
#include "driver/sqlite.h"

#include <stdlib.h>
#include <string.h>

enum { OLDEST_VERSION = 3039000 };

static bool set(sqlite3 *db, int what, int value)
{
    int is = -1;
    return sqlite3_db_config(db, what, value, &is) == SQLITE_OK && is == value;
}

static int make_strict(sqlite3 *db)
{
    sqlite3_extended_result_codes(db, 1);
    bool strict = set(db, SQLITE_DBCONFIG_ENABLE_FKEY, 1) && set(db, SQLITE_DBCONFIG_DQS_DDL, 0) &&
                  set(db, SQLITE_DBCONFIG_DQS_DML, 0) &&
                  set(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0) &&
                  set(db, SQLITE_DBCONFIG_DEFENSIVE, 1);
    int rc = strict ? qc_sqlite_register(db) : SQLITE_ERROR;
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, "PRAGMA case_sensitive_like = ON", NULL, NULL, NULL);
    return rc;
}

static enum qc_code fail_to_open(qc_connection *c, int rc, const char *path)
{
    enum qc_code code = qc_sqlite_fail(c, rc, NULL);
    if (code == QC_ERROR_NOMEM || code == QC_ERROR_TIMEOUT)
        return code;
    char sqlstate[6];
    memcpy(sqlstate, c->error->error.sqlstate, sizeof(sqlstate));
    qc_error_set(c->error, QC_ERROR_CONNECT, "cannot open \"%s\": %s", path,
                 c->error->error.message);
    memcpy(c->error->error.sqlstate, sqlstate, sizeof(sqlstate));
    return QC_ERROR_CONNECT;
}

/* In WAL mode readers and the writer do not wait for each other. A file that cannot have it, or is
 * just given it by another connection, is good as it is. */
static int let_readers_pass(sqlite3 *db)
{
    const int rc = sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
    return rc == SQLITE_NOMEM ? rc : SQLITE_OK;
}

/* Reading schema_version tells at once whether the file is a database that can be read. */
static enum qc_code open_file(qc_connection *c, const char *path)
{
    enum { FLAGS = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX };
    qc_sqlite_start_clock(c);
    int rc = sqlite3_open_v2(path, &c->db, FLAGS, NULL);
    if (rc == SQLITE_OK) {
        qc_sqlite_watch(c);
        rc = make_strict(c->db);
    }
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(c->db, "PRAGMA schema_version", NULL, NULL, NULL);
    if (rc == SQLITE_OK && c->options->pooled)
        rc = let_readers_pass(c->db);
    if (rc == SQLITE_OK)
        qc_sqlite_watch_session(c);
    return rc == SQLITE_OK ? QC_ERROR_OK : fail_to_open(c, rc, path);
}

qc_connection *qc_sqlite_open(const char *url, const qc_driver_options *options,
                              qc_error_record *error)
{
    const char *path = url + strlen("sqlite:");
    if (sqlite3_libversion_number() < OLDEST_VERSION) {
        qc_error_set(error, QC_ERROR_CONNECT, "SQLite 3.39.0 or newer is needed; this is %s",
                     sqlite3_libversion());
        return NULL;
    }
    if (!*path) {
        qc_error_set(error, QC_ERROR_CONNECT,
                     "\"sqlite:\" needs a path behind it, or \":memory:\"");
        return NULL;
    }
    qc_connection *c = qc_watch_forks() ? calloc(1, sizeof(*c)) : NULL;
    if (!c) {
        qc_error_set(error, QC_ERROR_NOMEM, "out of memory");
        return NULL;
    }
    c->options = options;
    c->error = error;
    c->process = qc_process;
    if (open_file(c, path) == QC_ERROR_OK)
        return c;
    qc_sqlite_close(c);
    return NULL;
}

/* A child of the process that opened it leaves the file and its locks alone. */
void qc_sqlite_close(qc_connection *c)
{
    if (!c || c->process != qc_process)
        return;
    qc_sqlite_forget(&c->prepared);
    if (c->stream)
        qc_sqlite_return(c->stream);
    qc_sqlite_copy_free(c);
    sqlite3_close_v2(c->db);
    free(c->nulls);
    free(c);
}
