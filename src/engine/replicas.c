/* READ_ONLY: reads go to replicas, writes nowhere. */
#include "engine/replicas.h"

#include "engine/pool.h"
#include "engine/trace.h"

#include <string.h>

enum { CONNECT_MS = 2000, FIRST_PAUSE_US = 100 * 1000, LONGEST_PAUSE_US = 5 * 1000 * 1000 };

/* ---- Those of an engine. ---- */

static bool add_replica(qc_engine *engine, const char *url)
{
    qc_replica *replica = &engine->replicas.list[engine->replicas.count++];
    const size_t room = (size_t)engine->options.max_size * sizeof(qc_connection *);
    *replica = (qc_replica){.url = qc_arena_copy(engine->texts, url, strlen(url)),
                            .idle = qc_arena_alloc(engine->texts, room)};
    return replica->url && replica->idle;
}

bool qc_replicas_open(qc_engine *engine)
{
    const char *const *urls = engine->options.replicas;
    size_t count = 0;
    engine->options.replicas = NULL; /* the caller's own */
    engine->replicas.options = engine->session;
    engine->replicas.options.notice = NULL;
    while (urls && urls[count])
        count++;
    engine->replicas.list = qc_arena_alloc(engine->texts, (count + 1) * sizeof(qc_replica));
    if (!engine->replicas.list)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!add_replica(engine, urls[i]))
            return false;
    return true;
}

static void close_idle(qc_engine *engine, qc_replica *replica)
{
    while (replica->idle_count)
        engine->driver->close(replica->idle[--replica->idle_count]);
}

void qc_replicas_close(qc_engine *engine)
{
    for (size_t i = 0; i < engine->replicas.count; i++)
        close_idle(engine, &engine->replicas.list[i]);
    qc_error_free(&engine->replicas.error);
}

/* ---- One for a block. ---- */

/* The next replica that is not set aside, or NULL; *ret: its idle connection, or NULL. */
static qc_replica *choose(qc_engine *engine, qc_connection **ret)
{
    qc_replicas *all = &engine->replicas;
    qc_replica *chosen = NULL;
    pthread_mutex_lock(&engine->lock);
    for (size_t i = 0; i < all->count && !chosen; i++) {
        qc_replica *replica = &all->list[all->next++ % all->count];
        if (!replica->failures || (!replica->probing && qc_now_us() >= replica->not_before))
            chosen = replica;
    }
    *ret = chosen && chosen->idle_count ? chosen->idle[--chosen->idle_count] : NULL;
    if (chosen)
        chosen->probing = chosen->failures > 0;
    pthread_mutex_unlock(&engine->lock);
    return chosen;
}

static void set_aside(qc_engine *engine, qc_replica *replica)
{
    pthread_mutex_lock(&engine->lock);
    const int doublings = replica->failures < 6 ? replica->failures : 6;
    const int64_t pause = (int64_t)FIRST_PAUSE_US << doublings;
    replica->failures++;
    replica->probing = false;
    replica->not_before = qc_now_us() + (pause < LONGEST_PAUSE_US ? pause : LONGEST_PAUSE_US);
    pthread_mutex_unlock(&engine->lock);
}

static void take_back(qc_engine *engine, qc_replica *replica)
{
    pthread_mutex_lock(&engine->lock);
    replica->failures = 0;
    replica->probing = false;
    pthread_mutex_unlock(&engine->lock);
}

static qc_connection *open_replica(qc_db *db, const qc_site *site, const qc_replica *replica)
{
    const int timeout = db->options.timeout_ms;
    db->options.timeout_ms = timeout && timeout < CONNECT_MS ? timeout : CONNECT_MS;
    const qc_timing began = qc_timing_begin(db);
    qc_inside_begin(&db->inside);
    qc_connection *made = db->driver->open(replica->url, &db->options, &db->error);
    qc_inside_end(&db->inside);
    db->options.timeout_ms = timeout;
    qc_tell_of_connection(db, site, QC_EVENT_CONNECT, began ? qc_now_us() - began : 0);
    return made;
}

/* One that is idle and lost: those that were opened before it may be, too. */
static void drop_lost(qc_engine *engine, qc_replica *replica, qc_connection *lost)
{
    engine->driver->close(lost);
    for (bool more = true; more;) {
        pthread_mutex_lock(&engine->lock);
        more = replica->idle_count > 0;
        lost = more ? replica->idle[--replica->idle_count] : NULL;
        pthread_mutex_unlock(&engine->lock);
        engine->driver->close(lost);
    }
}

/* A connection to the replica, in the place of the primary's. */
static bool attach(qc_db *db, const qc_site *site, qc_replica *replica, qc_connection *idle)
{
    qc_engine *engine = db->pool.engine;
    if (idle) {
        db->driver->attach(idle, &db->options, &db->error);
        if (db->driver->link(idle, true) == QC_LINK_LOST) {
            drop_lost(engine, replica, idle);
            idle = NULL;
        }
    }
    qc_connection *connection = idle ? idle : open_replica(db, site, replica);
    if (!connection) {
        set_aside(engine, replica);
        return false;
    }
    take_back(engine, replica);
    db->reading.primary = db->connection;
    db->reading.replica = replica;
    db->connection = connection;
    return true;
}

/* False, with the error of the last that was tried, when none serves. */
static bool attach_any(qc_db *db, const qc_site *site)
{
    qc_engine *engine = db->pool.engine;
    const size_t count = engine ? engine->replicas.count : 0;
    for (size_t i = 0; i < count; i++) {
        qc_connection *idle;
        qc_replica *replica = choose(engine, &idle);
        if (!replica)
            return false;
        if (attach(db, site, replica, idle))
            return true;
    }
    return false;
}

/* What a block leaves behind must not reach the next user of the replica's connection. */
static bool renew(qc_engine *engine, qc_connection *connection, bool touched)
{
    const qc_driver *driver = engine->driver;
    qc_error_record unheard = {0};
    driver->attach(connection, &engine->replicas.options, &unheard);
    bool good = driver->link(connection, false) != QC_LINK_LOST;
    if (good && (touched || driver->in_transaction(connection)))
        good = driver->reset(connection, touched) == QC_ERROR_OK;
    driver->attach(connection, &engine->replicas.options, &engine->replicas.error);
    qc_error_free(&unheard);
    return good;
}

static void detach_replica(qc_db *db)
{
    qc_engine *engine = db->pool.engine;
    qc_connection *connection = db->connection;
    qc_replica *replica = db->reading.replica;
    db->connection = db->reading.primary;
    db->reading.primary = NULL;
    const bool touched = db->touched && engine->options.reset != QC_RESET_NEVER;
    bool kept = renew(engine, connection, touched || engine->options.reset == QC_RESET_ALWAYS);
    pthread_mutex_lock(&engine->lock);
    kept &= !engine->closed && replica->idle_count < (size_t)engine->options.max_size;
    if (kept)
        replica->idle[replica->idle_count++] = connection;
    pthread_mutex_unlock(&engine->lock);
    if (!kept)
        db->driver->close(connection);
}

/* ---- The block. ---- */

static bool enter_block(qc_db *db, const qc_site *site)
{
    if (!qc_enter(db, site))
        return false;
    if (db->driver->in_transaction(db->connection))
        return true;
    if (attach_any(db, site)) {
        db->reading.touched = db->touched;
        db->touched = false;
        qc_error_clear(&db->error);
        return true;
    }
    const bool may_fall_back = !db->pool.engine || !db->pool.engine->options.replicas_only;
    if (may_fall_back)
        qc_error_clear(&db->error);
    else if (qc_ok(db))
        qc_fail(db, site, QC_ERROR_CONNECT, "every replica of the engine is set aside for now");
    qc_blame(db, may_fall_back ? NULL : site, NULL);
    return may_fall_back;
}

qc_read_only qc_read_only_begin(qc_db *db, const qc_site *site)
{
    if (!db || (db->reading.depth == 0 && !enter_block(db, site)))
        return (qc_read_only){.open = false};
    if (db->reading.depth++ == 0)
        db->reading.site = *site;
    return (qc_read_only){db, true};
}

static void leave_block(qc_db *db)
{
    qc_reading *reading = &db->reading;
    if (reading->primary || reading->guarded)
        qc_end_busy(db);
    if (reading->primary) {
        if (db->tx.depth)
            qc_tx_abandon(db);
        detach_replica(db);
        db->touched = reading->touched;
    }
    if (reading->guarded) {
        qc_error_record before = db->error;
        db->error = (qc_error_record){0};
        db->touched |= db->driver->set_read_only(db->connection, false) != QC_ERROR_OK;
        qc_error_free(&db->error);
        db->error = before;
    }
    *reading = (qc_reading){.depth = 0};
}

void qc_read_only_end(qc_read_only *block)
{
    if (!block->open)
        return;
    block->open = false;
    if (block->db->reading.depth && --block->db->reading.depth == 0)
        leave_block(block->db);
}

void qc_read_only_abandon(qc_db *db)
{
    if (db->reading.depth)
        leave_block(db);
}

bool qc_on_replica(const qc_db *db)
{
    return db && db->reading.primary;
}

/* ---- What may run. ---- */

bool qc_refuse_write(qc_db *db, const qc_site *site)
{
    const qc_site *block = &db->reading.site;
    qc_fail(db, site, QC_ERROR_MISUSE,
            "the READ_ONLY block at %s:%d takes no writes, and no text of qc_execute; nothing was "
            "sent",
            block->file, block->line);
    return false;
}

/* A function may write. A replica refuses that by itself, the primary when it is told to. */
bool qc_guard_reading(qc_db *db, const qc_site *site, bool foreign)
{
    if (!foreign || db->reading.primary || db->reading.guarded ||
        db->driver->in_transaction(db->connection))
        return true;
    db->reading.guarded = db->driver->set_read_only(db->connection, true) == QC_ERROR_OK;
    if (!db->reading.guarded)
        qc_blame(db, site, NULL);
    return db->reading.guarded;
}
