/* The SQLite driver: statements and streams. SQLite runs inside the calling thread, so a
 * wait is either for another connection's lock (the busy handler) or for its own work (the progress
 * handler); both look at the deadline of the call. */
#include "driver/sqlite.h"

#include <limits.h>
#include <string.h>

static bool accepts(const char *url)
{
    return strncmp(url, "sqlite:", 7) == 0;
}

static enum qc_code refuse_lost(qc_connection *c)
{
    qc_error_set(c->error, QC_ERROR_SERVER,
                 "the transaction was rolled back by SQLite after an earlier error; ROLLBACK it");
    memcpy(c->error->error.sqlstate, "25P02", 6);
    return QC_ERROR_SERVER;
}

enum qc_code qc_sqlite_enter(qc_connection *c)
{
    if (c->process != qc_process)
        return qc_error_set(c->error, QC_ERROR_MISUSE,
                            "the connection belongs to the process that opened it, before fork");
    if (c->inside.waits)
        return qc_error_set(c->error, QC_ERROR_MISUSE,
                            "the connection is in the middle of another task's call; a connection "
                            "is for one task at a time");
    const enum qc_code code = qc_check_limit(c->options, c->error);
    if (code != QC_ERROR_OK)
        return code;
    qc_sqlite_start_clock(c);
    qc_sqlite_statement_begin(c);
    return c->lost ? refuse_lost(c) : QC_ERROR_OK;
}

/* Whether what follows the first statement holds another one. */
static bool has_more(sqlite3 *db, const char *tail)
{
    sqlite3_stmt *next = NULL;
    bool more = *tail && (sqlite3_prepare_v3(db, tail, -1, 0, &next, NULL) != SQLITE_OK || next);
    sqlite3_finalize(next);
    return more;
}

enum qc_code qc_sqlite_prepare(qc_connection *c, const char *sql, size_t length, uint64_t hash,
                               qc_sqlite_prepared **ret)
{
    *ret = qc_sqlite_find(&c->prepared, hash, sql, length);
    if (*ret)
        return QC_ERROR_OK;
    sqlite3_stmt *stmt = NULL;
    const char *tail = "";
    int rc = sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, &tail);
    if (rc != SQLITE_OK)
        return qc_sqlite_fail(c, rc, sql);
    if (!stmt || has_more(c->db, tail)) {
        sqlite3_finalize(stmt);
        qc_error_set(c->error, QC_ERROR_QUERY, "the text must hold one statement, not %s",
                     stmt ? "several" : "none");
        c->error->error.sql = qc_error_text(c->error, sql);
        return QC_ERROR_QUERY;
    }
    *ret = qc_sqlite_keep(&c->prepared, hash, stmt);
    return *ret ? QC_ERROR_OK : qc_sqlite_nomem(c);
}

/* ---- Statements. ---- */

static enum qc_code refuse_shape(qc_connection *c, const qc_statement *statement, const char *what,
                                 unsigned have, unsigned expected)
{
    qc_error_set(c->error, QC_ERROR_QUERY, "the statement has %u %s where %u are expected", have,
                 what, expected);
    c->error->error.sql = qc_error_text(c->error, statement->sql);
    return QC_ERROR_QUERY;
}

enum qc_code qc_sqlite_start(qc_connection *c, const qc_statement *statement,
                             const qc_node *const *binds, sqlite3_destructor_type lifetime,
                             qc_sqlite_prepared **ret)
{
    enum qc_code code = qc_sqlite_enter(c);
    if (code == QC_ERROR_OK)
        code = qc_sqlite_prepare(c, statement->sql, statement->sql_length, statement->hash, ret);
    if (code != QC_ERROR_OK)
        return code;
    sqlite3_stmt *stmt = (*ret)->stmt;
    unsigned parameters = (unsigned)sqlite3_bind_parameter_count(stmt);
    unsigned columns = (unsigned)sqlite3_column_count(stmt);
    if (parameters != statement->bind_count)
        code = refuse_shape(c, statement, "parameters", parameters, statement->bind_count);
    else if (statement->returns_rows && columns != statement->shape.column_count)
        code = refuse_shape(c, statement, "columns", columns, statement->shape.column_count);
    else
        code = qc_sqlite_bind_all(c, stmt, statement, binds, lifetime);
    if (code != QC_ERROR_OK)
        qc_sqlite_return(*ret);
    return code;
}

int qc_sqlite_step(qc_connection *c, sqlite3_stmt *stmt)
{
    bool was_open = !sqlite3_get_autocommit(c->db);
    int rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW || rc == SQLITE_DONE)
        return rc;
    qc_sqlite_fail(c, rc, sqlite3_sql(stmt));
    c->lost = was_open && sqlite3_get_autocommit(c->db);
    return rc;
}

static enum qc_code fetch_rows(qc_connection *c, sqlite3_stmt *stmt, qc_fetch *fetch, bool writes,
                               int64_t *ret_count)
{
    int rc;
    while ((rc = qc_sqlite_step(c, stmt)) == SQLITE_ROW) {
        ++*ret_count;
        if (!fetch || (fetch->limit && fetch->count >= fetch->limit))
            continue;
        void *row = qc_fetch_row(fetch);
        if (!row)
            return qc_sqlite_nomem(c);
        enum qc_code code = qc_sqlite_decode_row(c, stmt, fetch->shape, fetch->arena, row);
        if (code != QC_ERROR_OK)
            return code;
        if (!writes && fetch->count == fetch->limit)
            return QC_ERROR_OK;
    }
    return rc == SQLITE_DONE ? QC_ERROR_OK : c->error->error.code;
}

static enum qc_code execute(qc_connection *c, const qc_statement *statement,
                            const qc_node *const *binds, qc_fetch *fetch, int64_t *ret_affected)
{
    qc_sqlite_prepared *prepared;
    enum qc_code code = qc_sqlite_start(c, statement, binds, SQLITE_STATIC, &prepared);
    if (code != QC_ERROR_OK)
        return qc_sqlite_statement_end(c, code);
    int64_t rows = 0;
    qc_sqlite_decode_begin(c);
    if (fetch && !qc_fetch_begin(fetch, 0))
        code = qc_sqlite_nomem(c);
    if (code == QC_ERROR_OK)
        code = fetch_rows(c, prepared->stmt, fetch, statement->writes, &rows);
    if (statement->writes && !statement->returns_rows)
        rows = sqlite3_changes64(c->db);
    qc_sqlite_return(prepared);
    if (code == QC_ERROR_OK)
        *ret_affected = rows;
    return qc_sqlite_statement_end(c, code);
}

/* ---- Streams. ---- */

static enum qc_code stream_begin(qc_connection *c, const qc_statement *statement,
                                 const qc_node *const *binds, int most)
{
    if (c->stream)
        return qc_error_set(c->error, QC_ERROR_MISUSE, "a stream is already open");
    qc_sqlite_prepared *prepared;
    enum qc_code code = qc_sqlite_start(c, statement, binds, SQLITE_TRANSIENT, &prepared);
    if (code != QC_ERROR_OK)
        return code;
    c->stream = prepared;
    c->stream_most = most;
    c->stream_done = false;
    return QC_ERROR_OK;
}

static enum qc_code fetch_piece(qc_connection *c, qc_fetch *fetch, void **ret_row)
{
    sqlite3_stmt *stmt = c->stream->stmt;
    while (fetch->count < (size_t)c->stream_most) {
        int rc = qc_sqlite_step(c, stmt);
        c->stream_done = rc != SQLITE_ROW;
        if (c->stream_done)
            return rc == SQLITE_DONE ? QC_ERROR_OK : c->error->error.code;
        void *row = qc_fetch_row(fetch), *first = *ret_row ? *ret_row : row;
        *ret_row = NULL;
        if (!row)
            return qc_sqlite_nomem(c);
        enum qc_code code = qc_sqlite_decode_row(c, stmt, fetch->shape, fetch->arena, row);
        if (code != QC_ERROR_OK)
            return code;
        *ret_row = first;
    }
    return QC_ERROR_OK;
}

static enum qc_code stream_next(qc_connection *c, qc_fetch *fetch, void **ret_row)
{
    *ret_row = NULL;
    if (!c->stream)
        return qc_error_set(c->error, QC_ERROR_MISUSE, "no stream is open");
    if (c->stream_done)
        return QC_ERROR_OK;
    qc_sqlite_start_clock(c);
    qc_sqlite_decode_begin(c);
    if (!qc_fetch_begin(fetch, c->stream_most == 1))
        return qc_sqlite_nomem(c);
    return fetch_piece(c, fetch, ret_row);
}

static void stream_end(qc_connection *c)
{
    if (c->stream)
        qc_sqlite_return(c->stream);
    c->stream = NULL;
    qc_sqlite_statement_end(c, QC_ERROR_OK);
}

static void forget(qc_connection *c)
{
    qc_sqlite_forget(&c->prepared);
}

/* The same transaction may not meet these again: another wrote after our snapshot, or holds the
 * lock. */
static const char *const conflicts[] = {"40001", "55P03", NULL};

const qc_driver qc_sqlite_driver = {
    .name = "sqlite",
    .dialect = &qc_sqlite_dialect,
    .accepts = accepts,
    .open = qc_sqlite_open,
    .close = qc_sqlite_close,
    .execute = execute,
    .stream_begin = stream_begin,
    .stream_next = stream_next,
    .stream_end = stream_end,
    .run = qc_sqlite_run,
    .in_transaction = qc_sqlite_in_transaction,
    .conflicts = conflicts,
    .begin = qc_sqlite_begin,
    .rollback = qc_sqlite_rollback,
    .commit = qc_sqlite_commit,
    .copy_begin = qc_sqlite_copy_begin,
    .copy_put = qc_sqlite_copy_put,
    .copy_end = qc_sqlite_copy_end,
    .cursor_open = qc_sqlite_cursor_open,
    .cursor_step = qc_sqlite_cursor_step,
    .cursor_close = qc_sqlite_cursor_close,
    .unpack = qc_sqlite_unpack,
    .forget = forget,
    .is_private = qc_sqlite_is_private,
    .link = qc_sqlite_link,
    .ping = qc_sqlite_ping,
    .reset = qc_sqlite_reset,
    .attach = qc_sqlite_attach,
    .running = qc_sqlite_running,
    .cancel = qc_sqlite_cancel,
    .interrupt = qc_sqlite_interrupt,
    .set_read_only = qc_sqlite_set_read_only,
};
