/* Connections: opening, closing, options, the error record, results and their scopes. */
#include "engine/db.h"
#include "engine/budget.h"
#include "engine/orm.h"
#include "engine/pipeline.h"
#include "engine/pool.h"
#include "engine/cursor.h"
#include "engine/trace.h"

#include <stdlib.h>
#include <string.h>

enum { DEFAULT_TIMEOUT_MS = 30000 };

/* ---- Opening and closing. ---- */

static void free_db(qc_db *db)
{
    qc_task_not_at_end(&db->end);
    qc_pipeline_free(db);
    qc_arena_free(db->results); /* may hold references to cached statements */
    qc_cache_free(&db->cache);
    qc_error_free(&db->error);
    qc_tx_free(&db->tx);
    qc_mac_free(db->mac);
    free(db->tenant);
    free(db->url);
    free(db);
}

static char *copy(const char *text)
{
    char *made = malloc(strlen(text) + 1);
    return made ? strcpy(made, text) : NULL;
}

qc_db *qc_db_new(const qc_driver *driver)
{
    qc_db *db = calloc(1, sizeof(*db));
    if (!db)
        return NULL;
    db->driver = driver;
    db->options = (qc_driver_options){.timeout_ms = DEFAULT_TIMEOUT_MS,
                                      .cancel_timeout_ms = QC_CANCEL_TIMEOUT_MS,
                                      .named_statements = true,
                                      .notice = qc_tell_notice,
                                      .notice_data = db};
    db->cache.limit = QC_CACHE_DEFAULT;
    qc_trace_begin(db);
    db->results = qc_arena_new();
    if (db->results)
        return db;
    free_db(db);
    return NULL;
}

bool qc_db_connect(qc_db *db, const qc_site *site, const char *url)
{
    const qc_timing began = qc_timing_begin(db);
    free(db->url);
    db->url = copy(url);
    if (db->url)
        db->connection = db->driver->open(url, &db->options, &db->error);
    else
        qc_error_set(&db->error, QC_ERROR_NOMEM, "out of memory");
    if (!db->connection)
        qc_place_error(&db->error, site);
    qc_tell_of_connection(db, site, QC_EVENT_CONNECT, began ? qc_now_us() - began : 0);
    return db->connection != NULL;
}

void qc_db_end(qc_db *db)
{
    qc_end_busy(db);
    qc_cursors_end(db);
    qc_orm_hooks.stop(db);
    qc_read_only_abandon(db);
    qc_budgets_abandon(db);
    if (db->connection) {
        qc_tell_of_connection(db, NULL, QC_EVENT_CLOSE, 0);
        db->driver->close(db->connection);
    }
    free_db(db);
}

qc_db *qc_open_with(const qc_driver *driver, const qc_site *site, const char *url)
{
    qc_db *db = qc_db_new(driver);
    if (db)
        qc_db_connect(db, site, url);
    return db;
}

qc_db *qc_open_at(const char *url, const qc_site *site)
{
    const char *text = url ? url : "";
    return qc_open_with(qc_driver_find(text), site, text);
}

void qc_close_at(qc_db *db, const qc_site *site)
{
    qc_checkin_at(db, site);
}

/* ---- Options. ---- */

const char *qc_dialect_name(const qc_db *db)
{
    return db ? db->driver->dialect->name : "";
}

void qc_set_timeout(qc_db *db, int milliseconds)
{
    if (db)
        db->options.timeout_ms = milliseconds > 0 ? milliseconds : 0;
}

void qc_set_cancel_timeout(qc_db *db, int milliseconds)
{
    if (db)
        db->options.cancel_timeout_ms = milliseconds > 0 ? milliseconds : 0;
}

void qc_set_named_statements(qc_db *db, bool on)
{
    if (db)
        db->options.named_statements = on;
}

void qc_set_cache_size(qc_db *db, size_t statements)
{
    if (db)
        qc_cache_resize(&db->cache, statements);
}

void qc_set_site_comments(qc_db *db, bool on)
{
    if (db)
        db->site_comments = on;
}

/* ---- Errors. ---- */

const struct qc_error *qc_error(const qc_db *db)
{
    return db ? &db->error.error : &qc_error_nomem;
}

bool qc_ok(const qc_db *db)
{
    return qc_error(db)->code == QC_ERROR_OK;
}

/* What ended the call is that another task closed the connection. */
static void tell_closed(qc_db *db)
{
    qc_error_set(&db->error, QC_ERROR_MISUSE,
                 "the connection was closed at %s:%d, while a task's call was waiting on it",
                 db->closed.file, db->closed.line);
}

void qc_blame(qc_db *db, const qc_site *site, const char *sql)
{
    struct qc_error *error = &db->error.error;
    if (db->closed.file &&
        (error->code == QC_ERROR_DISCONNECTED || error->code == QC_ERROR_CANCELLED))
        tell_closed(db);
    if (!error->sql)
        error->sql = qc_error_text(&db->error, sql);
    qc_place_error(&db->error, site);
}

void qc_place_error(qc_error_record *record, const qc_site *site)
{
    struct qc_error *error = &record->error;
    if (!site || error->file)
        return;
    error->file = site->file;
    error->line = site->line;
    error->function = site->function;
}

void qc_fail(qc_db *db, const qc_site *site, enum qc_code code, const char *format, ...)
{
    qc_arena *arena = qc_current_arena();
    const qc_mark mark = qc_arena_mark(arena);
    va_list arguments;
    va_start(arguments, format);
    char *message = qc_arena_vprintf(arena, format, arguments);
    va_end(arguments);
    qc_error_set(&db->error, message ? code : QC_ERROR_NOMEM, "%s",
                 message ? message : "out of memory");
    qc_arena_release(arena, mark);
    qc_blame(db, site, NULL);
}

bool qc_fail_nomem(qc_db *db, const qc_site *site)
{
    if (qc_ok(db))
        qc_fail(db, site, QC_ERROR_NOMEM, "out of memory");
    return false;
}

bool qc_fail_poison(qc_db *db, const qc_site *site, const qc_node *poison)
{
    qc_fail(db, site, (enum qc_code)poison->op, "%s", poison->u.text);
    return false;
}

static bool is_free(qc_db *db, const qc_site *site)
{
    if (db->in_hook) {
        qc_fail(db, site, QC_ERROR_MISUSE, "a hook may not use the connection it was called for");
        return false;
    }
    if (db->closed.file) {
        tell_closed(db);
        qc_blame(db, site, NULL);
        return false;
    }
    if (!db->busy.word) {
        qc_tx_refuse(db, site);
        return false;
    }
    qc_fail(db, site, QC_ERROR_MISUSE,
            "the connection is busy with the %s at %s:%d; use it after that block, or open "
            "another connection",
            db->busy.word, db->busy.site->file, db->busy.site->line);
    return false;
}

void qc_clear(qc_db *db)
{
    qc_tx_note(db);
    qc_error_clear(&db->error);
    db->tx.settled = false;
}

bool qc_enter(qc_db *db, const qc_site *site)
{
    if (!db || !db->connection)
        return false;
    if (db->error.error.code != QC_ERROR_OK && !db->in_hook)
        qc_clear(db);
    return !(db->busy.word || db->in_hook || db->tx.failed) || is_free(db, site);
}

bool qc_enter_failed(qc_db *db, const qc_site *site)
{
    if (!db || !db->connection)
        return false;
    if (!db->in_hook)
        qc_clear(db);
    return !(db->busy.word || db->in_hook) || is_free(db, site);
}

void qc_end_busy(qc_db *db)
{
    const qc_busy busy = db->busy;
    db->busy = (qc_busy){0};
    if (busy.word)
        busy.end(busy.holder);
}

/* ---- Results. ---- */

void qc_release(qc_db *db)
{
    if (!db)
        return;
    db->releases++;
    qc_arena_reset(db->results);
}

qc_scope qc_scope_begin(qc_db *db)
{
    if (!db)
        return (qc_scope){.open = true};
    return (qc_scope){db, qc_arena_mark(db->results), db->releases, true};
}

void qc_scope_end(qc_scope *scope)
{
    if (!scope->open)
        return;
    scope->open = false;
    if (scope->db && scope->db->releases == scope->releases)
        qc_arena_release(scope->db->results, scope->mark);
}
