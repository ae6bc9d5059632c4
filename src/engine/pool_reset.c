/* Between two users of a connection: is it still good, and does the next find it as new? */
#include "engine/budget.h"
#include "engine/cursor.h"
#include "engine/pool.h"
#include "engine/tenant.h"
#include "engine/trace.h"

#include <string.h>

enum {
    LOOK_AFTER_US =
        1000 * 1000, /* a connection idle for longer is looked at: that takes no answer */
    PING_MS = 2000,
    KEPT_BYTES = 1024 * 1024 /* of results; what is more goes back to the system */
};

/* ---- Broken ones. ---- */

/* What broke this connection may have broken those opened before now. */
static void retire(qc_engine *engine, const qc_db *db, bool condemn)
{
    pthread_mutex_lock(&engine->lock);
    if (db->pool.generation == engine->generation && !db->pool.suspect)
        engine->generation++;
    if (condemn)
        engine->condemned = engine->generation;
    pthread_mutex_unlock(&engine->lock);
}

static bool answers(qc_engine *engine, qc_db *db)
{
    const int timeout = db->options.timeout_ms;
    db->options.timeout_ms = timeout > 0 && timeout < PING_MS ? timeout : PING_MS;
    const enum qc_code code = db->driver->ping(db->connection);
    db->options.timeout_ms = timeout;
    qc_error_clear(&db->error);
    if (code != QC_ERROR_OK)
        retire(engine, db, code == QC_ERROR_TIMEOUT);
    db->pool.suspect = false;
    return code == QC_ERROR_OK;
}

/* ---- Before. ---- */

static bool is_old(qc_engine *engine, const qc_db *db, int64_t now)
{
    if (!engine->options.recycle_s ||
        now - db->pool.opened < (int64_t)engine->options.recycle_s * 1000000)
        return false;
    pthread_mutex_lock(&engine->lock);
    engine->counts.recycled++;
    pthread_mutex_unlock(&engine->lock);
    return true;
}

bool qc_pool_is_fit(qc_engine *engine, qc_db *db, int64_t now)
{
    if (db->pool.condemned || is_old(engine, db, now))
        return false;
    if (db->pool.suspect || engine->options.pre_ping)
        return answers(engine, db);
    if (now - db->pool.idle < LOOK_AFTER_US)
        return true;
    const bool good = db->driver->link(db->connection, true) == QC_LINK_GOOD;
    if (!good)
        retire(engine, db, false);
    return good;
}

void qc_pool_dress(const qc_engine *engine, qc_db *db)
{
    db->options = engine->session;
    db->options.notice_data = db;
    db->redact = db->site_comments = false;
    db->has_cursor_key = engine->has_cursor_key;
    memcpy(db->cursor_key, engine->cursor_key, sizeof(db->cursor_key));
    qc_set_hook(db, engine->options.hook_mask, engine->options.hook, engine->options.hook_data);
}

/* ---- After. ---- */

static bool drop_results(qc_db *db)
{
    qc_release(db);
    if (qc_arena_bytes(db->results) <= KEPT_BYTES)
        return true;
    qc_arena_free(db->results);
    db->results = qc_arena_new();
    return db->results != NULL;
}

static bool make_as_new(qc_engine *engine, qc_db *db)
{
    const bool thoroughly = engine->options.reset == QC_RESET_ALWAYS ||
                            (engine->options.reset == QC_RESET_WHEN_NEEDED && db->touched);
    const bool open = db->driver->in_transaction(db->connection);
    db->touched = false;
    if (!thoroughly && !open)
        return true;
    pthread_mutex_lock(&engine->lock);
    engine->counts.resets++;
    pthread_mutex_unlock(&engine->lock);
    if (open)
        qc_count_up(&db->pool.counters.rollbacks, 1);
    return db->driver->reset(db->connection, thoroughly) == QC_ERROR_OK;
}

bool qc_pool_renew(qc_engine *engine, qc_db *db)
{
    qc_end_busy(db);
    qc_cursors_end(db);
    qc_read_only_abandon(db);
    qc_budgets_abandon(db);
    db->touched |= db->tx.held || db->tx.due_count;
    qc_tx_abandon(db);
    qc_pool_dress(engine, db);
    qc_tenant_forget(db);
    bool good = drop_results(db);
    if (good && db->driver->link(db->connection, false) == QC_LINK_GOOD)
        good = make_as_new(engine, db);
    const enum qc_link link = db->driver->link(db->connection, false);
    if (link != QC_LINK_GOOD)
        retire(engine, db, link == QC_LINK_DEMOTED);
    if (db->error.error.code != QC_ERROR_OK)
        qc_error_clear(&db->error);
    return good && link == QC_LINK_GOOD;
}
