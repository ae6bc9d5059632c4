/* Cursors: a statement that stays open between its rows. SQLite steps forward only. */
#include "driver/sqlite.h"

#include <stdlib.h>

struct qc_driver_cursor {
    qc_sqlite_prepared *prepared;
    bool done; /* another step would begin again */
};

enum qc_code qc_sqlite_cursor_open(qc_connection *c, const qc_statement *statement,
                                   const qc_node *const *binds, bool hold, qc_driver_cursor **ret)
{
    (void)hold;
    qc_driver_cursor *cursor = malloc(sizeof(*cursor));
    if (!cursor)
        return qc_sqlite_nomem(c);
    *cursor = (qc_driver_cursor){0};
    const enum qc_code code =
        qc_sqlite_start(c, statement, binds, SQLITE_TRANSIENT, &cursor->prepared);
    if (code == QC_ERROR_OK)
        *ret = cursor;
    else
        free(cursor);
    return qc_sqlite_statement_end(c, code);
}

static enum qc_code read_rows(qc_connection *c, qc_driver_cursor *cursor, int64_t count,
                              qc_fetch *fetch, int64_t *ret_rows)
{
    sqlite3_stmt *stmt = cursor->prepared->stmt;
    for (; !cursor->done && *ret_rows < count; ++*ret_rows) {
        const int rc = qc_sqlite_step(c, stmt);
        cursor->done = rc != SQLITE_ROW;
        if (cursor->done)
            return rc == SQLITE_DONE ? QC_ERROR_OK : c->error->error.code;
        void *row = fetch ? qc_fetch_row(fetch) : NULL;
        if (fetch && !row)
            return qc_sqlite_nomem(c);
        const enum qc_code code =
            fetch ? qc_sqlite_decode_row(c, stmt, fetch->shape, fetch->arena, row) : QC_ERROR_OK;
        if (code != QC_ERROR_OK)
            return code;
    }
    return QC_ERROR_OK;
}

enum qc_code qc_sqlite_cursor_step(qc_connection *c, qc_driver_cursor *cursor,
                                   const qc_statement *statement, qc_step step, qc_fetch *fetch,
                                   int64_t *ret_rows)
{
    (void)statement;
    if (step.kind != QC_STEP_FORWARD)
        return qc_error_set(c->error, QC_ERROR_UNSUPPORTED, "a cursor of SQLite goes forward only");
    enum qc_code code = qc_sqlite_enter(c);
    qc_sqlite_decode_begin(c);
    if (code == QC_ERROR_OK && fetch && !qc_fetch_begin(fetch, 0))
        code = qc_sqlite_nomem(c);
    *ret_rows = 0;
    if (code == QC_ERROR_OK)
        code = read_rows(c, cursor, step.count, fetch, ret_rows);
    return qc_sqlite_statement_end(c, code);
}

void qc_sqlite_cursor_close(qc_connection *c, qc_driver_cursor *cursor, bool gone)
{
    (void)c, (void)gone;
    qc_sqlite_return(cursor->prepared);
    free(cursor);
}
