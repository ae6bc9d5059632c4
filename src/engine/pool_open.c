/* Connections of a pool: opened through a gate that closes when the server refuses, and closed. */
#include "engine/pool.h"
#include "engine/trace.h"

#include <string.h>

/* ---- The gate. ---- */

enum { FIRST_PAUSE_US = 50 * 1000, LONGEST_PAUSE_US = 1000 * 1000 };

bool qc_pool_may_open(const qc_engine *engine)
{
    if (engine->total >= engine->most)
        return false;
    return engine->failures == 0 || (!engine->probing && qc_now_us() >= engine->not_before);
}

static bool is(const struct qc_error *error, const char *sqlstate)
{
    return strcmp(error->sqlstate, sqlstate) == 0;
}

/* The server has no room (53300), starts, stops or recovers (57P03), or is not there at all. */
static bool is_refusal(const struct qc_error *error)
{
    return is(error, "53300") || is(error, "57P03") || error->code == QC_ERROR_TIMEOUT ||
           (error->code == QC_ERROR_CONNECT && is(error, ""));
}

/* xorshift64 (Marsaglia 2003). */
static uint64_t next_random(qc_engine *engine)
{
    engine->random ^= engine->random << 13;
    engine->random ^= engine->random >> 7;
    engine->random ^= engine->random << 17;
    return engine->random;
}

/* Twice as long after each failure, and anywhere from half of that to one and a half. */
static int64_t next_pause(qc_engine *engine, const struct qc_error *error)
{
    const int doublings = engine->failures < 6 ? engine->failures - 1 : 5;
    int64_t pause = (int64_t)FIRST_PAUSE_US << doublings;
    if (pause > LONGEST_PAUSE_US || (is(error, "53300") && engine->out > 0))
        pause = LONGEST_PAUSE_US;
    return pause / 2 + (int64_t)(next_random(engine) % (uint64_t)pause);
}

static void close_gate(qc_engine *engine, const struct qc_error *error)
{
    engine->failures++;
    engine->not_before = qc_now_us() + next_pause(engine, error);
    qc_error_set(&engine->refusal, error->code, "%s", error->message);
    memcpy(engine->refusal.error.sqlstate, error->sqlstate, sizeof(error->sqlstate));
}

/* ---- Opening. ---- */

static int milliseconds_until(int64_t deadline)
{
    const int64_t left = (deadline - qc_now_us()) / 1000;
    return left < 1 ? 1 : (int)left;
}

static void enlist(qc_engine *engine, qc_db *db, const qc_request *request)
{
    db->pool.engine = engine;
    db->pool.place = engine->all_count;
    db->pool.out = true;
    db->pool.holder = qc_wait_self();
    db->pool.site = *request->site;
    db->pool.opened = qc_about_now_us();
    db->pool.generation = engine->generation;
    engine->all[engine->all_count++] = db;
    engine->out++;
    engine->counts.connects++;
    engine->was_connected = true;
    engine->failures = 0;
}

/* Whether another attempt may succeed: one that never did is most likely wrongly configured. */
static bool note_failure(qc_engine *engine, const qc_request *request)
{
    const struct qc_error *error = &request->error.error;
    engine->total--;
    engine->counts.failures++;
    if (!is_refusal(error))
        return false;
    close_gate(engine, error);
    return (engine->was_connected || !is(error, "")) &&
           engine->not_before < request->connect_deadline;
}

static qc_db *connect_db(const qc_engine *engine, qc_request *request)
{
    qc_db *db = qc_db_new(engine->driver);
    if (!db) {
        qc_error_set(&request->error, QC_ERROR_NOMEM, "out of memory");
        return NULL;
    }
    qc_pool_dress(engine, db);
    db->counters = &db->pool.counters;
    db->options.timeout_ms = milliseconds_until(request->connect_deadline);
    if (qc_db_connect(db, request->site, engine->url)) {
        db->options.timeout_ms = engine->session.timeout_ms;
        return db;
    }
    qc_error_free(&request->error);
    request->error = db->error;
    db->error = (qc_error_record){0};
    qc_db_end(db);
    return NULL;
}

/* The first attempt of a checkout that waited has all of its time. */
static void set_connect_deadline(const qc_engine *engine, qc_request *request)
{
    if (request->senior)
        return;
    request->connect_deadline = qc_now_us() + (int64_t)engine->options.connect_timeout_ms * 1000;
    if (engine->options.checkout_timeout_ms >= 0 && request->deadline < request->connect_deadline)
        request->connect_deadline = request->deadline;
}

qc_db *qc_pool_open(qc_engine *engine, qc_request *request, bool *ret_again)
{
    set_connect_deadline(engine, request);
    qc_db *db = connect_db(engine, request);
    pthread_mutex_lock(&engine->lock);
    engine->opening--;
    engine->probing = false;
    if (db)
        enlist(engine, db, request);
    *ret_again = !db && note_failure(engine, request);
    qc_pool_stir(engine);
    if (!*ret_again)
        qc_pool_leave(engine);
    else
        pthread_mutex_unlock(&engine->lock);
    return db;
}

/* ---- Closing. ---- */

void qc_pool_delist(qc_engine *engine, qc_db *db)
{
    qc_db *last = engine->all[--engine->all_count];
    engine->all[db->pool.place] = last;
    last->pool.place = db->pool.place;
    qc_counters_add(&engine->gone, &db->pool.counters);
    engine->counts.discarded++;
}

void qc_pool_discard(qc_engine *engine, qc_db *db)
{
    pthread_mutex_lock(&engine->lock);
    qc_pool_delist(engine, db);
    pthread_mutex_unlock(&engine->lock);
    qc_db_end(db);
    pthread_mutex_lock(&engine->lock);
    engine->total--;
    engine->out--;
    qc_pool_stir(engine);
    qc_pool_leave(engine);
}
