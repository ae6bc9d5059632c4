/* Do threads disturb each other? Sixteen of them, each with a connection of its own, share models,
 * kept filters' text and nothing else; then sixteen share an engine of four connections. The thread
 * sanitizer watches in its own configuration. */
#include "../databases.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

MODEL(Visit, "visits",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(thread, INTEGER),
    COLUMN(page, TEXT),
    COLUMN(price, NUMERIC(10, 2)),
    COLUMN(seen_at, TIMESTAMPTZ, SERVER_DEFAULT("now()")))

SCHEMA(threads, Visit)

enum { THREADS = 16, ROUNDS = 40, ROWS = 8 };

typedef struct worker {
    pthread_t thread;
    qc_engine *engine;
    int database, number;
    char problem[256];
} worker;

static bool note(worker *w, const qc_db *db, const char *what)
{
    snprintf(w->problem, sizeof(w->problem), "%s: %s", what, qc_error(db)->message);
    return false;
}

static bool work_once(worker *w, qc_db *db, int round)
{
    char page[32];
    struct Visit visits[ROWS] = {{0}};
    snprintf(page, sizeof(page), "page %d of %d", round, w->number);
    for (int i = 0; i < ROWS; i++)
        visits[i] = (struct Visit){.thread = w->number, .page = page, .price = {"1.25"}};
    if (EXEC(db, INSERT_ROWS(Visit, visits, ROWS)) != ROWS)
        return note(w, db, "insert");
    qc_bool mine = AND(EQ(Visit_thread, w->number), EQ(Visit_page, page));
    qc_numeric_value sum = SCALAR(db, SELECT(SUM(Visit_price)).WHERE(mine));
    if (!sum.text || qc_numeric_to_double(sum) != 1.25 * ROWS)
        return note(w, db, "sum");
    int streamed = 0;
    STREAM(visit, db, SELECT(Visit).WHERE(mine).ORDER_BY(Visit_id)) {
        streamed += visit->thread == w->number;
    }
    if (streamed != ROWS || !qc_ok(db))
        return note(w, db, "stream");
    if (EXEC(db, DELETE(Visit).WHERE(mine)) != ROWS)
        return note(w, db, "delete");
    return true;
}

static void *run(void *data)
{
    worker *w = data;
    qc_db *db = qc_open(database_url(w->database));
    bool good = qc_ok(db) || note(w, db, "open");
    if (good && w->database == SQLITE_DATABASE)
        good = qc_create_all(db, &threads) || note(w, db, "create");
    for (int round = 0; good && round < ROUNDS; round++) {
        qc_mark mark = qc_arena_mark(qc_current_arena());
        QC_SCOPE(db) {
            good = work_once(w, db, round);
        }
        qc_arena_release(qc_current_arena(), mark);
    }
    qc_close(db);
    return NULL;
}

START_TEST(threads_do_not_disturb_each_other)
{
    worker workers[THREADS] = {{0}};
    qc_db *db = database_open(_i);
    ck_assert(qc_create_all(db, &threads));
    for (int i = 0; i < THREADS; i++) {
        workers[i].database = _i;
        workers[i].number = i;
        ck_assert_int_eq(pthread_create(&workers[i].thread, NULL, run, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(workers[i].thread, NULL);
    for (int i = 0; i < THREADS; i++)
        ck_assert_str_eq(workers[i].problem, "");
    int64_t left = SCALAR(db, SELECT(COUNT()).FROM(Visit));
    ck_assert_int_eq(left, 0);
    ck_assert(qc_drop_all(db, &threads));
    qc_close(db);
}
END_TEST

/* ---- One engine. ---- */

static void count_event(const qc_event *event, void *data)
{
    int *counts = data;
    __atomic_fetch_add(&counts[event->kind], 1, __ATOMIC_RELAXED);
}

static void *run_pooled(void *data)
{
    worker *w = data;
    bool good = true;
    for (int round = 0; good && round < ROUNDS; round++) {
        qc_mark mark = qc_arena_mark(qc_current_arena());
        CHECKOUT(db, w->engine) {
            good = qc_ok(db) || note(w, db, "checkout");
            good = good && work_once(w, db, round);
            if (round % 8 == w->number % 8)
                good = good && (qc_begin(db) || note(w, db, "begin"));
        }
        qc_arena_release(qc_current_arena(), mark);
        char *metrics = round % 16 == 0 ? qc_engine_metrics(w->engine, "threads") : NULL;
        free(metrics);
    }
    return NULL;
}

START_TEST(threads_share_an_engine)
{
    char file[] = "/tmp/quercus_threads.XXXXXX", url[64];
    worker workers[THREADS] = {{0}};
    int counts[QC_EVENT_KIND_COUNT] = {0};
    close(mkstemp(file));
    snprintf(url, sizeof(url), "sqlite:%s", file);
    qc_engine *engine =
        qc_engine_open(_i == SQLITE_DATABASE ? url : database_url(_i),
                       QC_ENGINE_OPTIONS(.max_size = 3, .overflow = 1, .statement_timeout_ms = 60000,
                                         .hook = count_event, .hook_data = counts));
    CHECKOUT(db, engine) {
        ck_assert(qc_create_all(db, &threads));
    }
    for (int i = 0; i < THREADS; i++) {
        workers[i].engine = engine;
        workers[i].number = i;
        ck_assert_int_eq(pthread_create(&workers[i].thread, NULL, run_pooled, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(workers[i].thread, NULL);
    for (int i = 0; i < THREADS; i++)
        ck_assert_str_eq(workers[i].problem, "");
    CHECKOUT(db, engine) {
        ck_assert(qc_drop_all(db, &threads));
    }
    qc_stats stats = {.version = QC_STATS_VERSION};
    ck_assert(qc_engine_stats(engine, &stats));
    ck_assert_uint_eq(stats.checkouts, THREADS * ROUNDS + 2);
    ck_assert_uint_eq(stats.errors, 0);
    ck_assert_uint_le(stats.open, 3);
    qc_engine_close(engine);
    ck_assert_int_eq(counts[QC_EVENT_CHECKOUT], THREADS * ROUNDS + 2);
    ck_assert_int_eq(counts[QC_EVENT_CHECKIN], THREADS * ROUNDS + 2);
    ck_assert_int_eq(counts[QC_EVENT_CONNECT], counts[QC_EVENT_CLOSE]);
    unlink(file);
}
END_TEST

/* ---- One engine, an event loop a thread. ---- */

enum { LOOPS = 4, TASKS = 100 };

static void run_task(void *data)
{
    worker *w = data;
    CHECKOUT(db, w->engine) {
        bool good = qc_ok(db) || note(w, db, "checkout");
        for (int round = 0; good && round < 2; round++)
            good = work_once(w, db, round);
    }
}

typedef struct looping {
    pthread_t thread;
    worker tasks[TASKS];
    bool finished;
} looping;

static void *run_loop(void *data)
{
    looping *l = data;
    qc_loop *loop = qc_loop_new();
    l->finished = loop != NULL;
    for (int i = 0; i < TASKS && l->finished; i++)
        l->finished = qc_loop_start(loop, run_task, &l->tasks[i]);
    l->finished = l->finished && qc_loop_run(loop, 100 * 1000) && qc_loop_free(loop);
    return NULL;
}

START_TEST(loops_share_an_engine)
{
    static looping loops[LOOPS];
    char file[] = "/tmp/quercus_threads.XXXXXX", url[64];
    close(mkstemp(file));
    snprintf(url, sizeof(url), "sqlite:%s", file);
    qc_engine *engine = qc_engine_open(_i == SQLITE_DATABASE ? url : database_url(_i),
                                       QC_ENGINE_OPTIONS(.max_size = 3, .overflow = 1,
                                                         .statement_timeout_ms = 60000,
                                                         .checkout_timeout_ms = 90000));
    CHECKOUT(db, engine) {
        ck_assert(qc_create_all(db, &threads));
    }
    for (int i = 0; i < LOOPS; i++) {
        for (int k = 0; k < TASKS; k++)
            loops[i].tasks[k] = (worker){.engine = engine, .number = i * TASKS + k};
        ck_assert_int_eq(pthread_create(&loops[i].thread, NULL, run_loop, &loops[i]), 0);
    }
    for (int i = 0; i < LOOPS; i++)
        pthread_join(loops[i].thread, NULL);
    for (int i = 0; i < LOOPS * TASKS; i++)
        ck_assert_str_eq(loops[i / TASKS].tasks[i % TASKS].problem, "");
    for (int i = 0; i < LOOPS; i++)
        ck_assert(loops[i].finished);
    CHECKOUT(db, engine) {
        ck_assert(qc_drop_all(db, &threads));
    }
    qc_engine_close(engine);
    unlink(file);
}
END_TEST

Suite *threads_suite(void)
{
    Suite *suite = suite_create("threads");
    TCase *tests = tcase_create("threads");
    tcase_set_timeout(tests, 120);
    tcase_add_unchecked_fixture(tests, databases_begin, databases_end);
    tcase_add_loop_test(tests, threads_do_not_disturb_each_other, 0, DATABASE_COUNT);
    tcase_add_loop_test(tests, threads_share_an_engine, 0, DATABASE_COUNT);
    tcase_add_loop_test(tests, loops_share_an_engine, 0, DATABASE_COUNT);
    suite_add_tcase(suite, tests);
    return suite;
}
