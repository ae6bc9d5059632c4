/* CURSOR: a query that is read in pieces while other statements run. */
#include "engine/budget.h"
#include "engine/cursor.h"

#include "engine/orm.h"
#include "engine/prepare.h"
#include "engine/trace.h"

#include <quercus/cursor.h>
#include <quercus/transaction.h>
#include <stdlib.h>

struct qc_cursor {
    qc_db *db; /* NULL: the connection was closed */
    const qc_site *site;
    qc_cached *cached;
    qc_statement statement;
    qc_driver_cursor *open;
    qc_arena *own, *rows;
    qc_tx tx; /* of its own, where none was open */
    bool hold;
    size_t depth; /* of transactions, and the innermost, when it was opened */
    unsigned serial;
    qc_cursor *next; /* of the connection */
};

static void free_cursor(qc_cursor *cursor)
{
    qc_cached_release(cursor->cached);
    qc_arena_free(cursor->rows);
    qc_arena_free(cursor->own);
    free(cursor);
}

static bool nomem(const qc_cursor *cursor, const qc_site *site)
{
    qc_fail(cursor->db, site, QC_ERROR_NOMEM, "out of memory");
    return false;
}

/* ---- Opening. ---- */

static bool prepare(qc_cursor *cursor, const qc_clause *clauses, qc_prepared *ret)
{
    qc_db *db = cursor->db;
    if (!qc_prepare(db, cursor->site, clauses, false, ret))
        return false;
    cursor->cached = ret->cached;
    cursor->statement = *ret->statement;
    qc_statement *statement = &cursor->statement;
    if (statement->sql != ret->cached->statement->sql)
        statement->sql = qc_arena_copy(cursor->own, statement->sql, statement->sql_length);
    if (!statement->sql)
        return nomem(cursor, cursor->site);
    if (statement->returns_rows && !statement->writes)
        return true;
    qc_fail(db, cursor->site, QC_ERROR_QUERY, "a cursor is for SELECT");
    return false;
}

static bool begin_transaction(qc_cursor *cursor, bool hold)
{
    qc_db *db = cursor->db;
    if (hold || db->driver->in_transaction(db->connection))
        return true;
    cursor->tx = qc_tx_begin(db, cursor->site,
                             &(const qc_tx_options){.version = 1, .read_only = true});
    if (cursor->tx.open)
        db->tx.frames[db->tx.depth - 1].own = true;
    return cursor->tx.open;
}

static bool start(qc_cursor *cursor, const qc_clause *clauses, bool hold)
{
    qc_db *db = cursor->db;
    qc_prepared prepared;
    cursor->own = qc_arena_new();
    cursor->rows = qc_arena_new();
    if (!cursor->own || !cursor->rows)
        return nomem(cursor, cursor->site);
    if (!db->driver->cursor_open) {
        qc_fail(db, cursor->site, QC_ERROR_UNSUPPORTED, "this database has no cursors");
        return false;
    }
    if (!prepare(cursor, clauses, &prepared) || !begin_transaction(cursor, hold))
        return false;
    qc_report_of report = {.site = cursor->site,
                           .sql = cursor->statement.sql,
                           .binds = prepared.binds,
                           .bind_count = cursor->statement.bind_count};
    const qc_timing began = qc_report_begin(db, &report);
    const bool good = db->driver->cursor_open(db->connection, &cursor->statement, prepared.binds,
                                              hold, &cursor->open) == QC_ERROR_OK;
    if (!good)
        qc_blame(db, cursor->site, cursor->statement.sql);
    report.rows = good ? 0 : -1;
    qc_report(db, &report, began);
    return good;
}

static qc_cursor *open_cursor(qc_db *db, const qc_site *site, const qc_clause *clauses, bool hold)
{
    qc_cursor *cursor = calloc(1, sizeof(*cursor));
    if (!cursor) {
        qc_fail(db, site, QC_ERROR_NOMEM, "out of memory");
        return NULL;
    }
    *cursor = (qc_cursor){.db = db, .site = site};
    if (!start(cursor, clauses, hold)) {
        if (cursor->tx.open)
            qc_tx_leave(&cursor->tx);
        free_cursor(cursor);
        return NULL;
    }
    cursor->hold = hold;
    cursor->depth = db->tx.depth;
    cursor->serial = cursor->depth ? db->tx.frames[cursor->depth - 1].serial : 0;
    cursor->next = db->cursors;
    db->cursors = cursor;
    return cursor;
}

qc_cursor *qc_cursor_open(qc_db *db, const qc_site *site, qc_mark mark, const qc_clause *clauses,
                          bool hold)
{
    qc_cursor *cursor = qc_enter_flushed(db, site) ? open_cursor(db, site, clauses, hold) : NULL;
    qc_arena_release(qc_current_arena(), mark);
    return cursor;
}

/* ---- Rows. ---- */

static bool enter(const qc_cursor *cursor, const qc_site *site)
{
    return cursor && cursor->db && qc_enter(cursor->db, site);
}

/* Makes a step; the rows go to `fetch`, or nowhere. */
static bool make_step(qc_cursor *cursor, const qc_site *site, qc_step step, qc_fetch *fetch,
                      int64_t *ret_rows)
{
    qc_db *db = cursor->db;
    if (step.count < INT32_MIN + 1 || step.count > INT32_MAX) {
        qc_fail(db, site, QC_ERROR_VALUE, "a cursor moves over at most %ld rows at once",
                (long)INT32_MAX);
        return false;
    }
    if (fetch) {
        qc_arena_reset(cursor->rows);
        *fetch = (qc_fetch){.shape = &cursor->statement.shape,
                            .items = cursor->statement.items,
                            .arena = cursor->rows};
    }
    if (db->driver->cursor_step(db->connection, cursor->open, &cursor->statement, step, fetch,
                                ret_rows) == QC_ERROR_OK &&
        (!fetch || qc_may_keep(db, site, &cursor->statement, fetch)))
        return true;
    qc_blame(db, site, cursor->statement.sql);
    return false;
}

static void **fetch_list(qc_cursor *cursor, const qc_site *site, qc_step step)
{
    qc_fetch fetch;
    int64_t rows = 0;
    if (!make_step(cursor, site, step, &fetch, &rows) || rows == 0)
        return NULL;
    void **list = qc_fetch_finish(&fetch);
    if (!list)
        nomem(cursor, site);
    return list;
}

void *qc_cursor_fetch(qc_cursor *cursor, const qc_site *site, bool back, int64_t n)
{
    if (!enter(cursor, site))
        return NULL;
    if (n < 1) {
        qc_fail(cursor->db, site, QC_ERROR_VALUE, "a cursor fetches 1 row or more at a time");
        return NULL;
    }
    return fetch_list(cursor, site, (qc_step){back ? QC_STEP_BACKWARD : QC_STEP_FORWARD, n});
}

void *qc_cursor_row(qc_cursor *cursor, const qc_site *site, int64_t number)
{
    if (!enter(cursor, site))
        return NULL;
    void **list = fetch_list(cursor, site, (qc_step){QC_STEP_ABSOLUTE, number});
    return list ? list[0] : NULL;
}

int64_t qc_cursor_skip(qc_cursor *cursor, const qc_site *site, int64_t n)
{
    int64_t rows = 0;
    const bool back = n < 0;
    if (!enter(cursor, site))
        return -1;
    if (n < -INT32_MAX)
        n = INT64_C(-1) - INT32_MAX;
    const qc_step step = {back ? QC_STEP_BACKWARD : QC_STEP_FORWARD, back ? -n : n};
    return n == 0 || make_step(cursor, site, step, NULL, &rows) ? rows : -1;
}

/* ---- Closing. ---- */

static void forget(qc_cursor *cursor)
{
    qc_cursor **link = &cursor->db->cursors;
    while (*link != cursor)
        link = &(*link)->next;
    *link = cursor->next;
}

/* Whether the transaction it was opened in has taken it along, or will: CLOSE of what is not there
 * would fail the one around. */
static bool is_gone(const qc_cursor *cursor)
{
    const qc_db *db = cursor->db;
    const size_t depth = cursor->depth;
    const bool open = !depth || (db->tx.depth >= depth &&
                                 db->tx.frames[depth - 1].serial == cursor->serial);
    const bool kept = cursor->hold && !db->driver->in_transaction(db->connection);
    return cursor->tx.open || (!open && !kept);
}

static void close_cursor(qc_cursor *cursor, bool finished)
{
    qc_db *db = cursor->db;
    forget(cursor);
    db->options.undoing = true;
    db->driver->cursor_close(db->connection, cursor->open, is_gone(cursor));
    db->options.undoing = false;
    if (cursor->tx.open && finished)
        qc_tx_end(&cursor->tx);
    if (cursor->tx.open)
        qc_tx_leave(&cursor->tx);
}

void qc_cursors_end(qc_db *db)
{
    while (db->cursors) {
        qc_cursor *cursor = db->cursors;
        close_cursor(cursor, false);
        cursor->db = NULL;
    }
}

const qc_site *qc_cursor_of_tenant(const qc_db *db)
{
    for (const qc_cursor *cursor = db->cursors; cursor; cursor = cursor->next)
        if (cursor->statement.tenant)
            return cursor->site;
    return NULL;
}

static void end(qc_cursor **handle, bool finished)
{
    qc_cursor *cursor = *handle;
    *handle = NULL;
    if (!cursor)
        return;
    if (cursor->db)
        close_cursor(cursor, finished);
    free_cursor(cursor);
}

void qc_cursor_end(qc_cursor **handle)
{
    end(handle, true);
}

void qc_cursor_leave(void *variable)
{
    end(variable, false);
}
