/* Engines: opening and closing; connections that go out and come back. */
#include "engine/pool.h"
#include "engine/trace.h"

#include <stdlib.h>
#include <string.h>

/* ---- Options. ---- */

enum {
    DEFAULT_SIZE = 5,
    DEFAULT_CHECKOUT_MS = 30000,
    DEFAULT_CONNECT_MS = 10000,
    DEFAULT_STATEMENT_MS = 30000,
    MOST_CONNECTIONS = 1 << 20
};

static int or_default(int value, int otherwise)
{
    return value ? value : otherwise;
}

static const char *options_problem(const char *url, const qc_engine_options *o)
{
    if (o->version != QC_ENGINE_OPTIONS_VERSION)
        return "the options must have .version = QC_ENGINE_OPTIONS_VERSION, as "
               "QC_ENGINE_OPTIONS(...) gives them";
    if (o->min_size < 0 || o->max_size < 0 || o->overflow < 0 || o->recycle_s < 0 || o->idle_s < 0 ||
        o->cancel_timeout_ms < 0)
        return "sizes, ages and cancel_timeout_ms in the options may not be negative";
    if (o->cursor_key && strlen(o->cursor_key) < QC_CURSOR_KEY_LEAST)
        return "cursor_key in the options is too short; take 16 bytes or more that nobody can guess";
    if (o->max_size > MOST_CONNECTIONS || o->overflow > MOST_CONNECTIONS)
        return "an engine takes at most 1,048,576 connections";
    if (o->min_size > or_default(o->max_size, DEFAULT_SIZE))
        return "min_size may not be over max_size";
    for (const char *const *replica = o->replicas; replica && *replica; replica++)
        if (qc_driver_find(*replica) != qc_driver_find(url))
            return "a replica's URL is of another kind of database than the engine's";
    return NULL;
}

/* A database of the connection's own lives as long as that. */
static void use_one(qc_engine_options *options)
{
    options->max_size = 1;
    options->min_size = options->min_size > 1 ? 1 : options->min_size;
    options->overflow = options->recycle_s = options->idle_s = 0;
}

/* Texts of the options are copied; false when memory is out. */
static bool keep_text(qc_engine *engine, const char **text)
{
    if (*text)
        *text = qc_arena_copy(engine->texts, *text, strlen(*text));
    return *text != NULL;
}

static bool keep_options(qc_engine *engine, const char *url, const qc_engine_options *options)
{
    qc_engine_options *o = &engine->options;
    *o = *options;
    o->max_size = or_default(o->max_size, DEFAULT_SIZE);
    o->checkout_timeout_ms = or_default(o->checkout_timeout_ms, DEFAULT_CHECKOUT_MS);
    o->connect_timeout_ms = or_default(o->connect_timeout_ms, DEFAULT_CONNECT_MS);
    o->cancel_timeout_ms = or_default(o->cancel_timeout_ms, QC_CANCEL_TIMEOUT_MS);
    o->hook_mask = o->hook_mask ? o->hook_mask : QC_ON_ALL;
    const int statement_ms = or_default(o->statement_timeout_ms, DEFAULT_STATEMENT_MS);
    engine->url = url;
    if (!keep_text(engine, &engine->url) ||
        (o->application_name && !keep_text(engine, &o->application_name)))
        return false;
    if (o->cursor_key) {
        engine->has_cursor_key =
            qc_mac_key(o->cursor_key, strlen(o->cursor_key), engine->cursor_key);
        o->cursor_key = NULL;
        if (!engine->has_cursor_key)
            return false;
    }
    engine->session = (qc_driver_options){.timeout_ms = statement_ms > 0 ? statement_ms : 0,
                                          .cancel_timeout_ms = o->cancel_timeout_ms,
                                          .named_statements = !o->unnamed_statements,
                                          .pooled = true,
                                          .application_name = o->application_name,
                                          .notice = qc_tell_notice};
    if (engine->driver->is_private(url))
        use_one(o);
    return true;
}

/* ---- Opening and closing. ---- */

void qc_pool_free(qc_engine *engine)
{
    qc_replicas_close(engine);
    pthread_mutex_destroy(&engine->lock);
    qc_error_free(&engine->error);
    qc_error_free(&engine->refusal);
    qc_arena_free(engine->texts);
    free(engine);
}

static qc_engine *new_engine(const char *url, const qc_engine_options *options)
{
    qc_engine *engine = qc_watch_forks() ? calloc(1, sizeof(*engine)) : NULL;
    if (!engine || pthread_mutex_init(&engine->lock, NULL) != 0) {
        free(engine);
        return NULL;
    }
    engine->driver = qc_driver_find(url);
    engine->process = qc_process;
    engine->random = (uint64_t)qc_now_us() | 1;
    engine->texts = qc_arena_new();
    if (engine->texts && keep_options(engine, url, options)) {
        engine->most = (size_t)engine->options.max_size + (size_t)engine->options.overflow;
        engine->idle = qc_arena_alloc(engine->texts, engine->most * sizeof(qc_db *));
        engine->all = qc_arena_alloc(engine->texts, engine->most * sizeof(qc_db *));
        if (engine->idle && engine->all && qc_replicas_open(engine))
            return engine;
    }
    qc_pool_free(engine);
    return NULL;
}

/* Opens one more; false with the engine's error set. */
static bool open_one(qc_engine *engine, const qc_site *site)
{
    qc_request request = {.site = site};
    bool again;
    engine->total++;
    engine->opening++;
    request.deadline = qc_now_us() + (int64_t)engine->options.connect_timeout_ms * 1000;
    qc_db *db = qc_pool_open(engine, &request, &again);
    if (db)
        qc_checkin(db);
    else
        engine->error = request.error;
    return db != NULL;
}

qc_engine *qc_engine_open_at(const qc_site *site, const char *url,
                             const qc_engine_options *options)
{
    const qc_engine_options *given = options ? options : QC_ENGINE_OPTIONS();
    const char *target = url ? url : "";
    const char *problem = options_problem(target, given);
    qc_engine *engine = new_engine(target, problem ? QC_ENGINE_OPTIONS() : given);
    if (!engine)
        return NULL;
    if (problem) {
        qc_error_set(&engine->error, QC_ERROR_MISUSE, "%s", problem);
        qc_place_error(&engine->error, site);
        engine->refuses = true;
        return engine;
    }
    for (int i = 0; i < engine->options.min_size; i++)
        if (!open_one(engine, site))
            break;
    return engine;
}

const struct qc_error *qc_engine_error(const qc_engine *engine)
{
    return engine ? &engine->error.error : &qc_error_nomem;
}

/* In a child of fork nobody else uses the copy, and its lock may stay locked for ever. */
static void close_in_child(qc_engine *engine)
{
    for (size_t i = 0; i < engine->idle_count; i++)
        qc_db_end(engine->idle[i]);
    engine->idle_count = 0;
    qc_replicas_close(engine);
}

void qc_engine_close(qc_engine *engine)
{
    if (!engine)
        return;
    if (engine->process != qc_process) {
        close_in_child(engine);
        return;
    }
    pthread_mutex_lock(&engine->lock);
    engine->closed = true;
    for (qc_waiter *w = engine->first; w; w = w->next)
        qc_unpark(&w->parking);
    const size_t count = engine->idle_count;
    engine->idle_count = 0;
    engine->total++; /* so that the engine stays meanwhile */
    for (size_t i = 0; i < count; i++)
        qc_pool_delist(engine, engine->idle[i]);
    pthread_mutex_unlock(&engine->lock);
    for (size_t i = 0; i < count; i++)
        qc_db_end(engine->idle[i]);
    pthread_mutex_lock(&engine->lock);
    engine->total -= count + 1;
    qc_pool_leave(engine);
}
