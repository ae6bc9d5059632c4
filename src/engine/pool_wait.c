/* The queue of a pool: who waits, for what, and who may not. */
#include "engine/pool.h"

/* ---- Taking. ---- */

static void hand_out(qc_engine *engine, qc_db *db, const qc_site *site, const void *self)
{
    db->pool.out = true;
    db->pool.holder = self;
    db->pool.site = *site;
    db->pool.suspect = db->pool.generation < engine->generation;
    db->pool.condemned = db->pool.generation < engine->condemned;
    db->pool.generation = engine->generation;
    engine->out++;
}

qc_db *qc_pool_pop(qc_engine *engine, const qc_site *site, const void *self)
{
    if (engine->idle_count == 0)
        return NULL;
    qc_db *db = engine->idle[--engine->idle_count];
    hand_out(engine, db, site, self);
    return db;
}

static enum qc_taken try_take(qc_engine *engine, const qc_request *request, qc_db **ret)
{
    *ret = qc_pool_pop(engine, request->site, qc_wait_self());
    if (*ret)
        return QC_TAKEN_DB;
    if (!qc_pool_may_open(engine))
        return QC_TAKEN_NOTHING;
    engine->total++;
    engine->opening++;
    engine->probing = engine->failures > 0;
    return QC_TAKEN_ROOM;
}

/* ---- The queue. ---- */

static void enqueue(qc_engine *engine, qc_waiter *waiter, bool in_front)
{
    waiter->previous = in_front ? NULL : engine->last;
    waiter->next = in_front ? engine->first : NULL;
    *(waiter->previous ? &waiter->previous->next : &engine->first) = waiter;
    *(waiter->next ? &waiter->next->previous : &engine->last) = waiter;
}

static void dequeue(qc_engine *engine, qc_waiter *waiter)
{
    *(waiter->previous ? &waiter->previous->next : &engine->first) = waiter->next;
    *(waiter->next ? &waiter->next->previous : &engine->last) = waiter->previous;
}

bool qc_pool_hand_over(qc_engine *engine, qc_db *db)
{
    qc_waiter *waiter = engine->first;
    if (!waiter)
        return false;
    dequeue(engine, waiter);
    hand_out(engine, db, waiter->site, waiter->self);
    waiter->given = db;
    qc_unpark(&waiter->parking);
    return true;
}

/* Waiters are told under the lock: they take it before they go away. */
void qc_pool_stir(qc_engine *engine)
{
    if (engine->first)
        qc_unpark(&engine->first->parking);
}

void qc_pool_leave(qc_engine *engine)
{
    const bool last = engine->closed && engine->total == 0 && engine->waiting == 0;
    pthread_mutex_unlock(&engine->lock);
    if (last)
        qc_pool_free(engine);
}

/* ---- Those who would wait for themselves. ---- */

static bool is_waiting(const qc_engine *engine, const void *self)
{
    for (const qc_waiter *w = engine->first; w; w = w->next)
        if (w->self == self)
            return true;
    return false;
}

/* One that `self` holds; NULL: none. */
static const qc_db *held_by(const qc_engine *engine, const void *self)
{
    for (size_t i = 0; i < engine->all_count; i++)
        if (engine->all[i]->pool.out && engine->all[i]->pool.holder == self)
            return engine->all[i];
    return NULL;
}

/* Whether every connection is held by someone who waits for another, or by `self`. */
static bool is_deadlock(const qc_engine *engine, const void *self)
{
    if (engine->all_count < engine->most || !held_by(engine, self))
        return false;
    for (size_t i = 0; i < engine->all_count; i++) {
        const void *holder = engine->all[i]->pool.holder;
        if (!engine->all[i]->pool.out)
            return false;
        if (holder != self && !is_waiting(engine, holder))
            return false;
    }
    return true;
}

static enum qc_taken refuse_deadlock(qc_engine *engine, qc_request *request)
{
    const qc_db *held = held_by(engine, qc_wait_self());
    qc_error_set(&request->error, QC_ERROR_MISUSE,
                 "the checkout at %s:%d would wait for ever: every connection of the engine (%zu) "
                 "is held by a thread that waits for another one, and this thread holds the one "
                 "checked out at %s:%d",
                 request->site->file, request->site->line, engine->most, held->pool.site.file,
                 held->pool.site.line);
    return QC_TAKEN_NOTHING;
}

/* ---- Waiting. ---- */

static enum qc_taken refuse_closed(const qc_engine *engine, qc_request *request)
{
    const struct qc_error *error = &engine->error.error;
    qc_error_set(&request->error, QC_ERROR_MISUSE, "%s",
                 error->code == QC_ERROR_MISUSE ? error->message : "the engine was closed");
    return QC_TAKEN_NOTHING;
}

static void copy_refusal(const qc_engine *engine, qc_request *request)
{
    const struct qc_error *last = &engine->refusal.error;
    qc_error_set(&request->error, last->code, "%s", last->message);
    for (size_t i = 0; i < sizeof(last->sqlstate); i++)
        request->error.error.sqlstate[i] = last->sqlstate[i];
}

static enum qc_taken refuse_late(qc_engine *engine, qc_request *request)
{
    engine->counts.timeouts++;
    if (engine->failures) {
        copy_refusal(engine, request);
        return QC_TAKEN_NOTHING;
    }
    const qc_db *held = held_by(engine, qc_wait_self());
    const int timeout = engine->options.checkout_timeout_ms;
    qc_error_set(&request->error, QC_ERROR_TIMEOUT,
                 "none of the engine's %zu connections became free within %d ms", engine->most,
                 timeout < 0 ? 0 : timeout);
    if (held)
        qc_error_set(&request->error, QC_ERROR_TIMEOUT,
                     "%s; this thread holds the one checked out at %s:%d",
                     request->error.error.message, held->pool.site.file, held->pool.site.line);
    return QC_TAKEN_NOTHING;
}

/* Where nothing is out, only a new connection can help. */
static int64_t end_of(const qc_engine *engine, const qc_request *request)
{
    const bool must_open = engine->failures && engine->out == 0;
    return must_open && request->connect_deadline < request->deadline ? request->connect_deadline
                                                                      : request->deadline;
}

/* Until when the waiter sleeps: the oldest is the one who tries the gate. */
static int64_t next_look(const qc_engine *engine, const qc_waiter *waiter, int64_t end)
{
    const bool tries = waiter == engine->first && engine->failures && !engine->probing &&
                       engine->total < engine->most;
    return tries && engine->not_before < end ? engine->not_before : end;
}

static enum qc_taken wait_in_queue(qc_engine *engine, qc_request *request, qc_waiter *self,
                                   qc_db **ret)
{
    for (;;) {
        const int64_t end = end_of(engine, request), look = next_look(engine, self, end);
        pthread_mutex_unlock(&engine->lock);
        qc_park(&self->parking, look);
        pthread_mutex_lock(&engine->lock);
        if ((*ret = self->given))
            return QC_TAKEN_DB;
        enum qc_taken taken = QC_TAKEN_NOTHING;
        const bool late = qc_now_us() >= end;
        if (engine->closed)
            refuse_closed(engine, request);
        else if (self == engine->first)
            taken = try_take(engine, request, ret);
        if (taken == QC_TAKEN_NOTHING && !engine->closed && late)
            refuse_late(engine, request);
        if (taken != QC_TAKEN_NOTHING || engine->closed || late) {
            dequeue(engine, self);
            return taken;
        }
    }
}

static enum qc_taken wait_for_turn(qc_engine *engine, qc_request *request, qc_db **ret)
{
    qc_waiter waiter = {.self = qc_wait_self(), .site = request->site};
    if (engine->options.checkout_timeout_ms < 0 && !engine->failures)
        return refuse_late(engine, request);
    if (is_deadlock(engine, waiter.self))
        return refuse_deadlock(engine, request);
    if (!qc_park_init(&waiter.parking)) {
        qc_error_set(&request->error, QC_ERROR_NOMEM, "out of memory");
        return QC_TAKEN_NOTHING;
    }
    enqueue(engine, &waiter, request->senior);
    engine->waiting++;
    const int64_t began = qc_now_us();
    const enum qc_taken taken = wait_in_queue(engine, request, &waiter, ret);
    engine->waiting--;
    engine->counts.waits++;
    request->waited += qc_now_us() - began;
    qc_pool_stir(engine);
    qc_park_destroy(&waiter.parking);
    return taken;
}

enum qc_taken qc_pool_take(qc_engine *engine, qc_request *request, qc_db **ret)
{
    enum qc_taken taken = QC_TAKEN_NOTHING;
    pthread_mutex_lock(&engine->lock);
    if (engine->closed || engine->refuses) {
        taken = refuse_closed(engine, request);
    } else {
        if (request->senior || !engine->first)
            taken = try_take(engine, request, ret);
        if (taken == QC_TAKEN_NOTHING)
            taken = wait_for_turn(engine, request, ret);
    }
    qc_pool_leave(engine);
    return taken;
}
