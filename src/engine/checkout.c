/* Checkout and checkin. One short lock each way, and no other system call, as long as a connection
 * is idle and nothing is to be made as new. */
#include "engine/orm.h"
#include "engine/pool.h"
#include "engine/trace.h"

/* ---- Checkout. ---- */

/* A handle that only tells why there is no connection. */
static qc_db *refused(const qc_driver *driver, qc_error_record *error, const qc_site *site)
{
    qc_db *db = qc_db_new(driver);
    if (!db) {
        qc_error_free(error);
        return NULL;
    }
    db->error = *error;
    qc_blame(db, site, NULL);
    return db;
}

static void begin(const qc_engine *engine, qc_request *request)
{
    const int checkout_ms = engine->options.checkout_timeout_ms;
    const int64_t now = qc_now_us();
    request->deadline = now + (checkout_ms < 0 ? 0 : (int64_t)checkout_ms * 1000);
    request->connect_deadline = now + (int64_t)engine->options.connect_timeout_ms * 1000;
}

/* What an idle connection did not serve. `unfit` is one that was taken and is of no use. */
static qc_db *check_out_slowly(qc_engine *engine, qc_db *unfit, qc_request *request)
{
    begin(engine, request);
    for (;;) {
        request->senior |= unfit != NULL;
        if (unfit)
            qc_pool_discard(engine, unfit);
        unfit = NULL;
        qc_db *db = NULL;
        bool again = false;
        switch (qc_pool_take(engine, request, &db)) {
        case QC_TAKEN_NOTHING:
            return NULL;
        case QC_TAKEN_ROOM:
            db = qc_pool_open(engine, request, &again);
            if (db || !again)
                return db;
            request->senior = true;
            break;
        case QC_TAKEN_DB:
            if (qc_pool_is_fit(engine, db, qc_about_now_us()))
                return db;
            unfit = db;
        }
    }
}

static void count_wait(qc_engine *engine, int64_t waited)
{
    pthread_mutex_lock(&engine->lock);
    engine->counts.checkouts++;
    engine->counts.waited += (uint64_t)waited;
    engine->counts.by_wait[qc_bucket_of(waited)]++;
    pthread_mutex_unlock(&engine->lock);
}

/* An idle connection that need not be asked anything; *ret_unfit: one that is of no use. */
static qc_db *check_out_idle(qc_engine *engine, const qc_site *site, qc_db **ret_unfit)
{
    const int64_t now = qc_about_now_us();
    qc_db *db = NULL;
    *ret_unfit = NULL;
    pthread_mutex_lock(&engine->lock);
    if (!engine->closed && !engine->first)
        db = qc_pool_pop(engine, site, qc_wait_self());
    if (db) {
        engine->counts.checkouts++;
        engine->counts.by_wait[0]++;
    }
    pthread_mutex_unlock(&engine->lock);
    if (!db || qc_pool_is_fit(engine, db, now))
        return db;
    *ret_unfit = db;
    return NULL;
}

qc_db *qc_checkout_at(qc_engine *engine, const qc_site *site)
{
    if (!engine)
        return NULL;
    const qc_driver *driver = engine->driver;
    qc_request request = {.site = site};
    if (engine->process != qc_process) {
        qc_error_set(&request.error, QC_ERROR_MISUSE,
                     "the engine belongs to the process that opened it, before fork");
        return refused(driver, &request.error, site);
    }
    qc_db *unfit, *db = check_out_idle(engine, site, &unfit);
    if (!db) {
        const bool counted = unfit != NULL;
        db = check_out_slowly(engine, unfit, &request);
        if (!db)
            return refused(driver, &request.error, site);
        qc_error_free(&request.error);
        if (!counted)
            count_wait(engine, request.waited);
    }
    if (db->hook_mask & QC_ON(CHECKOUT))
        qc_tell_of_connection(db, site, QC_EVENT_CHECKOUT, request.waited);
    return db;
}

/* ---- Checkin. ---- */

static bool is_kept(const qc_engine *engine)
{
    return !engine->closed && engine->total <= (size_t)engine->options.max_size;
}

/* The one that is idle for longest, when that is too long; it is the caller's then. */
static qc_db *take_stale(qc_engine *engine, int64_t now)
{
    const int64_t most = (int64_t)engine->options.idle_s * 1000000;
    if (!most || engine->idle_count == 0 || engine->total <= (size_t)engine->options.min_size)
        return NULL;
    qc_db *db = engine->idle[0];
    if (now - db->pool.idle < most)
        return NULL;
    engine->idle_count--;
    for (size_t i = 0; i < engine->idle_count; i++)
        engine->idle[i] = engine->idle[i + 1];
    engine->out++;
    db->pool.out = true;
    return db;
}

/* The connection that is to be closed now, or NULL. */
static qc_db *give_back(qc_engine *engine, qc_db *db)
{
    const int64_t now = qc_about_now_us();
    qc_db *extra = NULL;
    pthread_mutex_lock(&engine->lock);
    if (!engine->closed && engine->first) {
        engine->out--;
        qc_pool_hand_over(engine, db);
    } else if (is_kept(engine)) {
        extra = take_stale(engine, now);
        engine->out--;
        db->pool.out = false;
        db->pool.idle = now;
        engine->idle[engine->idle_count++] = db;
    } else {
        extra = db;
    }
    pthread_mutex_unlock(&engine->lock);
    return extra;
}

static void check_in(qc_engine *engine, qc_db *db)
{
    qc_orm_hooks.stop(db);
    const bool good = qc_pool_renew(engine, db) && !db->closed.file; /* again, meanwhile */
    if (db->hook_mask & QC_ON(CHECKIN))
        qc_tell_of_connection(db, &db->pool.site, QC_EVENT_CHECKIN, 0);
    qc_db *extra = good ? give_back(engine, db) : db;
    if (extra)
        qc_pool_discard(engine, extra);
}

/* In a child of fork only the copy is closed; the parent's engine is left alone. */
static void end_use(void *data)
{
    qc_db *db = data;
    qc_engine *engine = db->pool.engine;
    db->closed = (qc_site){0};
    if (engine && engine->process == qc_process)
        check_in(engine, db);
    else
        qc_db_end(db);
}

static void end_nothing(void *holder)
{
    (void)holder;
}

/* Whether a task waits on it in a call, and would go on with what is freed. */
static bool is_awaited(qc_db *db, const qc_site *site)
{
    qc_task *task = db->connection ? db->driver->interrupt(db->connection) : NULL;
    if (!task)
        task = db->inside.task;
    if (!task)
        return false;
    db->closed = *site;
    if (!db->busy.word)
        db->busy = (qc_busy){.word = "qc_close", .site = &db->closed, .end = end_nothing};
    db->end.fn = end_use;
    db->end.data = db;
    qc_task_at_end(task, &db->end);
    return true;
}

void qc_checkin_at(qc_db *db, const qc_site *site)
{
    if (!db || (db->pool.engine && !db->pool.out) || db->closed.file)
        return; /* given back already */
    if (!is_awaited(db, site))
        end_use(db);
}

void qc_checkin_scope(qc_db **db)
{
    if (*db)
        qc_checkin_at(*db, &(*db)->pool.site);
}
