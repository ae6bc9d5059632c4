/* Does an engine hand out good connections, to everyone, in turn, and as new? */
#include "live/pool_fixture.h"

#include "busy.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

MODEL(Guest, "guests",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(name, TEXT))
SCHEMA(pool_models, Guest)

static void add_guest(qc_db *db, const char *name)
{
    int64_t added = EXEC(db, INSERT(Guest).SET(Guest_name, name));
    ck_assert_int_eq(added, 1);
}

/* ---- Out and back. ---- */

START_TEST(a_connection_is_used_again)
{
    qc_engine *engine = open_engine(_i, NULL);
    qc_db *db = take(engine);
    qc_checkin(db);
    ck_assert_ptr_eq(take(engine), db);
    qc_db *other = take(engine);
    ck_assert_ptr_ne(other, db);
    qc_close(db);
    qc_checkin(other);
    ck_assert_ptr_eq(take(engine), other);
    qc_checkin(other);
    qc_engine_close(engine);
}
END_TEST

START_TEST(the_next_user_finds_it_as_new)
{
    qc_engine *engine = open_engine(_i, QC_ENGINE_OPTIONS(.max_size = 1));
    CHECKOUT(db, engine) {
        ck_assert(qc_create_all(db, &pool_models));
        add_guest(db, "kept");
        ck_assert(qc_begin(db));
        add_guest(db, "lost");
        qc_set_timeout(db, 1);
        EXEC(db, SELECT(Guest).WHERE(EQ(Guest_id, 1)).WHERE(RAW(BOOLEAN, "nonsense(")));
        ck_assert(!qc_ok(db));
    }
    CHECKOUT(db, engine) {
        ck_assert(qc_ok(db));
        int64_t count = SCALAR(db, SELECT(COUNT()).FROM(Guest));
        ck_assert_int_eq(count, 1);
        ck_assert(qc_begin(db));
        ck_assert(qc_rollback(db));
        ck_assert(qc_drop_all(db, &pool_models));
    }
    qc_engine_close(engine);
}
END_TEST

START_TEST(leaving_the_block_early_gives_it_back)
{
    qc_engine *engine = open_engine(_i, QC_ENGINE_OPTIONS(.max_size = 1));
    for (int i = 0; i < 3; i++) {
        CHECKOUT(db, engine) {
            ck_assert(qc_ok(db));
            if (i == 0)
                break;
            if (i == 1)
                continue;
            goto out;
        }
    }
out:
    CHECKOUT(db, engine) {
        ck_assert(qc_ok(db));
    }
    qc_engine_close(engine);
}
END_TEST

START_TEST(memory_is_one_database_for_all)
{
    qc_engine *engine = qc_engine_open("sqlite::memory:", QC_ENGINE_OPTIONS(.max_size = 4));
    CHECKOUT(db, engine) {
        ck_assert(qc_create_all(db, &pool_models));
        ck_assert(qc_execute(db, "CREATE TEMP TABLE t (x); PRAGMA cache_size = 100"));
    }
    CHECKOUT(db, engine) {
        add_guest(db, "x");
        CHECKOUT(second, engine) {
            expect_error(second, QC_ERROR_MISUSE, "would wait for ever");
        }
    }
    qc_engine_close(engine);
}
END_TEST

/* ---- Nothing free. ---- */

START_TEST(an_exhausted_pool_says_so_in_time)
{
    qc_engine *engine =
        open_engine(_i, QC_ENGINE_OPTIONS(.max_size = 1, .overflow = 1, .checkout_timeout_ms = 1000));
    qc_db *one = take(engine);
    qc_db *two = take(engine);
    qc_checkin(one); /* of two, one is too many when it comes back */
    qc_checkin(two);
    ck_assert_uint_eq(stats_of(engine).open, 1);
    const int line = __LINE__ + 1;
    two = qc_checkout(engine);
    one = take(engine);
    CHECKOUT(db, engine) {
        char there[64];
        snprintf(there, sizeof(there), "test_pool.c:%d", line);
        expect_error(db, QC_ERROR_MISUSE, "would wait for ever");
        expect_error(db, QC_ERROR_MISUSE, there);
        ck_assert_int_eq(qc_error(db)->line, __LINE__ - 5);
    }
    qc_checkin(one);
    qc_checkin(two);
    qc_engine_close(engine);
}
END_TEST

typedef struct guest {
    pthread_t thread;
    qc_engine *engine;
    int number, *order, *served;
    pthread_mutex_t *lock;
    int took_ms;
    enum qc_code code;
} guest;

static void *wait_for_one(void *data)
{
    guest *g = data;
    const int64_t began = clock_ms();
    CHECKOUT(db, g->engine) {
        g->code = qc_error(db)->code;
    }
    g->took_ms = (int)(clock_ms() - began);
    return NULL;
}

START_TEST(a_checkout_ends_at_its_deadline)
{
    qc_engine *engine = open_engine(
        _i, QC_ENGINE_OPTIONS(.min_size = 1, .max_size = 1, .checkout_timeout_ms = 200));
    qc_engine *impatient =
        open_engine(_i, QC_ENGINE_OPTIONS(.max_size = 1, .checkout_timeout_ms = -1));
    guest one = {.engine = engine}, two = {.engine = impatient};
    qc_db *db = take(engine), *other = take(impatient);
    ck_assert_int_eq(pthread_create(&one.thread, NULL, wait_for_one, &one), 0);
    ck_assert_int_eq(pthread_create(&two.thread, NULL, wait_for_one, &two), 0);
    pthread_join(one.thread, NULL);
    pthread_join(two.thread, NULL);
    ck_assert_int_eq(one.code, QC_ERROR_TIMEOUT);
    ck_assert_int_ge(one.took_ms, 195);
    ck_assert_int_le(one.took_ms, 200 + BUSY_MS);
    ck_assert_int_eq(two.code, QC_ERROR_TIMEOUT);
    ck_assert_int_le(two.took_ms, BUSY_MS);
    qc_checkin(db);
    qc_checkin(other);
    qc_engine_close(engine);
    qc_engine_close(impatient);
}
END_TEST

static void *queue_up(void *data)
{
    guest *g = data;
    CHECKOUT(db, g->engine) {
        pthread_mutex_lock(g->lock);
        g->order[(*g->served)++] = g->number;
        pthread_mutex_unlock(g->lock);
        g->code = qc_error(db)->code;
    }
    return NULL;
}

START_TEST(first_come_first_served)
{
    enum { GUESTS = 8 };
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    int order[GUESTS], served = 0;
    guest guests[GUESTS];
    qc_engine *engine = open_engine(_i, QC_ENGINE_OPTIONS(.max_size = 1));
    qc_db *db = take(engine);
    for (int i = 0; i < GUESTS; i++) {
        guests[i] = (guest){
            .engine = engine, .number = i, .order = order, .served = &served, .lock = &lock};
        ck_assert_int_eq(pthread_create(&guests[i].thread, NULL, queue_up, &guests[i]), 0);
        while (stats_of(engine).waiting <= (uint64_t)i)
            pause_ms(1);
    }
    qc_checkin(db);
    for (int i = 0; i < GUESTS; i++)
        pthread_join(guests[i].thread, NULL);
    for (int i = 0; i < GUESTS; i++)
        ck_assert_int_eq(order[i], i);
    qc_engine_close(engine);
}
END_TEST

/* Fifty threads, two connections each, of five: someone must be told to give way, at once. */
static void *take_two(void *data)
{
    guest *g = data;
    const int64_t began = clock_ms();
    for (int round = 0; round < 5; round++) {
        CHECKOUT(one, g->engine) {
            if (!qc_ok(one))
                g->code = qc_error(one)->code;
            pause_ms(1);
            CHECKOUT(two, g->engine) {
                if (!qc_ok(two) && qc_error(two)->code != QC_ERROR_MISUSE)
                    g->code = qc_error(two)->code;
            }
        }
    }
    g->took_ms = (int)(clock_ms() - began);
    return NULL;
}

START_TEST(nested_checkouts_do_not_hang)
{
    enum { GUESTS = 50 };
    static guest guests[GUESTS];
    qc_engine *engine = open_engine(_i, QC_ENGINE_OPTIONS(.max_size = 5));
    for (int i = 0; i < GUESTS; i++) {
        guests[i] = (guest){.engine = engine};
        ck_assert_int_eq(pthread_create(&guests[i].thread, NULL, take_two, &guests[i]), 0);
    }
    for (int i = 0; i < GUESTS; i++) {
        pthread_join(guests[i].thread, NULL);
        ck_assert_int_eq(guests[i].code, QC_ERROR_OK);
        ck_assert_int_le(guests[i].took_ms, 10000);
    }
    qc_engine_close(engine);
}
END_TEST

/* ---- The end of engines, and of processes. ---- */

START_TEST(connections_outlive_their_engine)
{
    qc_engine *engine = open_engine(_i, QC_ENGINE_OPTIONS(.min_size = 3));
    qc_db *one = take(engine), *two = take(engine);
    qc_engine_close(engine);
    int64_t number = SCALAR(one, SELECT(RAW(BIGINT, "7")));
    ck_assert_int_eq(number, 7);
    qc_checkin(one);
    number = SCALAR(two, SELECT(RAW(BIGINT, "7")));
    ck_assert_int_eq(number, 7);
    qc_checkin(two);
}
END_TEST

static void be_a_child(qc_engine *engine, qc_db *held)
{
    bool good = true;
    CHECKOUT(db, engine) {
        good &= qc_error(db)->code == QC_ERROR_MISUSE;
        good &= strstr(qc_error(db)->message, "fork") != NULL;
    }
    EXEC(held, SELECT(RAW(BIGINT, "1")));
    good &= qc_error(held)->code == QC_ERROR_MISUSE;
    qc_checkin(held);
    qc_engine_close(engine);
    _exit(good ? 0 : 1);
}

START_TEST(a_child_of_fork_leaves_the_parent_alone)
{
    qc_engine *engine = open_engine(_i, QC_ENGINE_OPTIONS(.min_size = 3));
    qc_db *held = take(engine);
    const pid_t child = fork();
    if (child == 0)
        be_a_child(engine, held);
    int status = -1;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    for (int i = 0; i < 5; i++) {
        CHECKOUT(db, engine) {
            int64_t number = SCALAR(db, SELECT(RAW(BIGINT, "7")));
            ck_assert_int_eq(number, 7);
        }
    }
    int64_t number = SCALAR(held, SELECT(RAW(BIGINT, "7")));
    ck_assert_int_eq(number, 7);
    qc_checkin(held);
    qc_engine_close(engine);
}
END_TEST

START_TEST(what_is_given_back_twice_is_in_the_pool_once)
{
    qc_engine *engine = open_engine(_i, QC_ENGINE_OPTIONS(.max_size = 2));
    CHECKOUT(db, engine) {
        qc_close(db);
    }
    qc_stats stats = stats_of(engine);
    ck_assert_int_eq(stats.in_use, 0);
    ck_assert_int_eq(stats.idle, 1);
    qc_db *one = take(engine), *other = take(engine);
    ck_assert_ptr_ne(one, other);
    qc_checkin(one);
    qc_checkin(other);
    qc_engine_close(engine);
}
END_TEST

START_TEST(wrong_use_is_told)
{
    qc_engine *engine = qc_engine_open(url_of(_i), &(const qc_engine_options){.max_size = 2});
    ck_assert_int_eq(qc_engine_error(engine)->code, QC_ERROR_MISUSE);
    CHECKOUT(db, engine) {
        expect_error(db, QC_ERROR_MISUSE, "QC_ENGINE_OPTIONS_VERSION");
    }
    qc_engine_close(engine);
    engine = qc_engine_open(url_of(_i), QC_ENGINE_OPTIONS(.min_size = 9, .max_size = 8));
    ck_assert_int_eq(qc_engine_error(engine)->code, QC_ERROR_MISUSE);
    qc_engine_close(engine);
    const qc_engine_options *const wrong[] = {
        QC_ENGINE_OPTIONS(.min_size = -1),        QC_ENGINE_OPTIONS(.max_size = -1),
        QC_ENGINE_OPTIONS(.overflow = -1),        QC_ENGINE_OPTIONS(.recycle_s = -1),
        QC_ENGINE_OPTIONS(.idle_s = -1),          QC_ENGINE_OPTIONS(.cancel_timeout_ms = -1),
        QC_ENGINE_OPTIONS(.max_size = INT32_MAX), QC_ENGINE_OPTIONS(.overflow = INT32_MAX),
        QC_ENGINE_OPTIONS(.min_size = 6),         QC_ENGINE_OPTIONS(.cursor_key = "short")};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        engine = qc_engine_open(url_of(_i), wrong[i]);
        ck_assert_msg(qc_engine_error(engine)->code == QC_ERROR_MISUSE, "options %zu", i);
        qc_engine_close(engine);
    }
    const char *const foreign[] = {_i == POSTGRESQL_DATABASE ? "sqlite:shop.db" : "host=nowhere",
                                   NULL};
    engine = qc_engine_open(url_of(_i), QC_ENGINE_OPTIONS(.replicas = foreign));
    ck_assert_int_eq(qc_engine_error(engine)->code, QC_ERROR_MISUSE);
    ck_assert_ptr_nonnull(strstr(qc_engine_error(engine)->message, "replica"));
    qc_engine_close(engine);
    ck_assert_ptr_null(qc_checkout(NULL));
    qc_checkin(NULL);
    qc_engine_close(NULL);
    ck_assert_int_eq(qc_engine_error(NULL)->code, QC_ERROR_NOMEM);
}
END_TEST

START_TEST(a_server_that_is_not_there_is_told_at_once)
{
    qc_engine *engine = qc_engine_open("host=/nowhere", QC_ENGINE_OPTIONS(.min_size = 1));
    ck_assert_int_eq(qc_engine_error(engine)->code, QC_ERROR_CONNECT);
    ck_assert_int_eq(qc_engine_error(engine)->line, __LINE__ - 2);
    ck_assert_str_eq(qc_engine_error(engine)->file, __FILE__);
    const int64_t began = clock_ms();
    CHECKOUT(db, engine) {
        expect_error(db, QC_ERROR_CONNECT, "/nowhere");
        ck_assert_ptr_nonnull(qc_error(db)->file);
    }
    ck_assert_int_le(clock_ms() - began, BUSY_MS);
    qc_engine_close(engine);
}
END_TEST

Suite *pool_suite(void)
{
    Suite *suite = suite_create("pool");
    TCase *tests = tcase_create("pool");
    const int databases = database_pooler() == TRANSACTION_POOLER ? 1 : DATABASE_COUNT;
    tcase_set_timeout(tests, 60);
    tcase_add_unchecked_fixture(tests, pool_begin, pool_end);
    tcase_add_loop_test(tests, a_connection_is_used_again, 0, databases);
    tcase_add_loop_test(tests, the_next_user_finds_it_as_new, 0, databases);
    tcase_add_loop_test(tests, leaving_the_block_early_gives_it_back, 0, databases);
    tcase_add_test(tests, memory_is_one_database_for_all);
    tcase_add_loop_test(tests, an_exhausted_pool_says_so_in_time, 0, databases);
    tcase_add_loop_test(tests, a_checkout_ends_at_its_deadline, 0, databases);
    tcase_add_loop_test(tests, first_come_first_served, 0, databases);
    tcase_add_loop_test(tests, nested_checkouts_do_not_hang, 0, databases);
    tcase_add_loop_test(tests, connections_outlive_their_engine, 0, databases);
    tcase_add_loop_test(tests, a_child_of_fork_leaves_the_parent_alone, 0, databases);
    tcase_add_loop_test(tests, what_is_given_back_twice_is_in_the_pool_once, 0, databases);
    tcase_add_loop_test(tests, wrong_use_is_told, 0, databases);
    tcase_add_test(tests, a_server_that_is_not_there_is_told_at_once);
    suite_add_tcase(suite, tests);
    return suite;
}
