/* A SQLite connection from the outside, as a pool sees it: what has its user changed that outlasts
 * him? */
#include "driver/sqlite.h"

#include <string.h>

static bool is_temporary(int action)
{
    switch (action) {
    case SQLITE_CREATE_TEMP_INDEX:
    case SQLITE_CREATE_TEMP_TABLE:
    case SQLITE_CREATE_TEMP_TRIGGER:
    case SQLITE_CREATE_TEMP_VIEW:
        return true;
    default:
        return false;
    }
}

/* SQLite asks before it prepares anything: nothing is forbidden, but noted. */
static int note_action(void *data, int action, const char *a, const char *b, const char *c,
                       const char *d)
{
    (void)c, (void)d;
    qc_connection *connection = data;
    if (is_temporary(action) || action == SQLITE_ATTACH || action == SQLITE_DETACH ||
        (action == SQLITE_PRAGMA && b))
        connection->changed = true;
    if (action == SQLITE_TRANSACTION)
        connection->commits = strcmp(a, "COMMIT") == 0;
    return SQLITE_OK;
}

void qc_sqlite_watch_session(qc_connection *c)
{
    sqlite3_set_authorizer(c->db, note_action, c);
}

bool qc_sqlite_is_private(const char *url)
{
    return strcmp(url, "sqlite::memory:") == 0;
}

enum qc_link qc_sqlite_link(qc_connection *c, bool look)
{
    (void)c, (void)look;
    return QC_LINK_GOOD;
}

enum qc_code qc_sqlite_ping(qc_connection *c)
{
    return qc_sqlite_enter(c);
}

/* A database in memory lives as long as its connection: it is kept as it is. */
enum qc_code qc_sqlite_reset(qc_connection *c, bool thoroughly)
{
    c->lost = false;
    if (!sqlite3_get_autocommit(c->db) &&
        sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL) != SQLITE_OK)
        return qc_error_set(c->error, QC_ERROR_SERVER, "the open transaction cannot be undone");
    qc_sqlite_end_reading(c);
    const char *file = sqlite3_db_filename(c->db, "main");
    if (thoroughly && c->changed && file && *file)
        return qc_error_set(c->error, QC_ERROR_UNSUPPORTED,
                            "SQLite cannot make a changed session as new");
    return QC_ERROR_OK;
}

void qc_sqlite_attach(qc_connection *c, const qc_driver_options *options, qc_error_record *error)
{
    c->options = options;
    c->error = error;
}

enum qc_code qc_sqlite_set_read_only(qc_connection *c, bool on)
{
    const enum qc_code code = qc_sqlite_enter(c);
    if (code != QC_ERROR_OK)
        return code;
    const bool changed = c->changed;
    const int rc = sqlite3_exec(c->db, on ? "PRAGMA query_only = 1" : "PRAGMA query_only = 0", NULL,
                                NULL, NULL);
    c->changed = changed;
    return rc == SQLITE_OK ? QC_ERROR_OK : qc_sqlite_fail(c, rc, NULL);
}
