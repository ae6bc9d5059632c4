/* Does an engine hand out good connections, to everyone, in turn, and as new? */
#include "databases.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

MODEL(Guest, "guests",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(name, TEXT))
SCHEMA(pool_models, Guest)

static char folder[64];
static char file_url[128];

static void begin(void)
{
    databases_begin();
    strcpy(folder, "/tmp/quercus_pool.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(file_url, sizeof(file_url), "sqlite:%s/file.db", folder);
}

static void end(void)
{
    char path[128];
    static const char *const names[] = {"file.db", "file.db-wal", "file.db-shm"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
    databases_end();
}

static const char *url_of(int database)
{
    return database == SQLITE_DATABASE ? file_url : database_url(database);
}

static qc_engine *open_engine(int database, const qc_engine_options *options)
{
    qc_engine *engine = qc_engine_open(url_of(database), options);
    ck_assert_msg(qc_engine_error(engine)->code == QC_ERROR_OK, "%s",
                  qc_engine_error(engine)->message);
    return engine;
}

static qc_db *take(qc_engine *engine)
{
    qc_db *db = qc_checkout(engine);
    if (!qc_ok(db))
        database_fail(db, "checkout");
    return db;
}

static qc_stats stats_of(qc_engine *engine)
{
    qc_stats stats = {.version = QC_STATS_VERSION};
    ck_assert(qc_engine_stats(engine, &stats));
    return stats;
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void sleep_ms(int milliseconds)
{
    nanosleep(&(struct timespec){milliseconds / 1000, milliseconds % 1000 * 1000000L}, NULL);
}

static int backend_of(qc_db *db)
{
    return SCALAR(db, SELECT(RAW(INTEGER, "pg_backend_pid()")));
}

static void add_guest(qc_db *db, const char *name)
{
    int64_t added = EXEC(db, INSERT(Guest).SET(Guest_name, name));
    ck_assert_int_eq(added, 1);
}

static void expect(const qc_db *db, enum qc_code code, const char *part)
{
    const struct qc_error *error = qc_error(db);
    ck_assert_msg(error->code == code, "%s: %s", qc_code_name(error->code), error->message);
    ck_assert_msg(strstr(error->message, part), "'%s' has no '%s'", error->message, part);
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
            expect(second, QC_ERROR_MISUSE, "would wait for ever");
        }
    }
    qc_engine_close(engine);
}
END_TEST

/* ---- Nothing free. ---- */

START_TEST(an_exhausted_pool_says_so_in_time)
{
    qc_engine *engine =
        open_engine(_i, QC_ENGINE_OPTIONS(.max_size = 1, .overflow = 1, .checkout_timeout_ms = 150));
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
        expect(db, QC_ERROR_MISUSE, "would wait for ever");
        expect(db, QC_ERROR_MISUSE, there);
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
    const int64_t began = now_ms();
    CHECKOUT(db, g->engine) {
        g->code = qc_error(db)->code;
    }
    g->took_ms = (int)(now_ms() - began);
    return NULL;
}

START_TEST(a_checkout_ends_at_its_deadline)
{
    qc_engine *engine =
        open_engine(_i, QC_ENGINE_OPTIONS(.max_size = 1, .checkout_timeout_ms = 200));
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
    ck_assert_int_le(one.took_ms, 450);
    ck_assert_int_eq(two.code, QC_ERROR_TIMEOUT);
    ck_assert_int_le(two.took_ms, 100);
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
            sleep_ms(1);
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
    const int64_t began = now_ms();
    for (int round = 0; round < 5; round++) {
        CHECKOUT(one, g->engine) {
            if (!qc_ok(one))
                g->code = qc_error(one)->code;
            sleep_ms(1);
            CHECKOUT(two, g->engine) {
                if (!qc_ok(two) && qc_error(two)->code != QC_ERROR_MISUSE)
                    g->code = qc_error(two)->code;
            }
        }
    }
    g->took_ms = (int)(now_ms() - began);
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

/* ---- What must not leak to the next user (PostgreSQL). ---- */

static const struct {
    const char *change, *look;
} leaks[] = {
    {"SET ROLE pg_read_all_data", "SELECT current_user = session_user"},
    {"SET SESSION AUTHORIZATION pg_monitor", "SELECT session_user = current_user AND "
                                             "session_user <> 'pg_monitor'"},
    {"SET search_path = pg_catalog", "SELECT current_setting('search_path') <> 'pg_catalog'"},
    {"SET TimeZone = 'Asia/Tokyo'", "SELECT current_setting('TimeZone') <> 'Asia/Tokyo'"},
    {"SET statement_timeout = 12345", "SELECT current_setting('statement_timeout') = '0'"},
    {"SET my.secret = 'x'", "SELECT coalesce(current_setting('my.secret', true), '') = ''"},
    {"CREATE TEMP TABLE leftover (x int)", "SELECT to_regclass('leftover') IS NULL"},
    {"SELECT pg_advisory_lock(77)", "SELECT NOT EXISTS (SELECT FROM pg_locks WHERE locktype = "
                                    "'advisory' AND objid = 77 AND pid = pg_backend_pid())"},
    {"LISTEN leak", "SELECT NOT EXISTS (SELECT pg_listening_channels())"},
    {"DECLARE leak CURSOR WITH HOLD FOR SELECT 1", "SELECT NOT EXISTS (SELECT FROM pg_cursors)"},
    {"PREPARE leak AS SELECT 1", "SELECT NOT EXISTS (SELECT FROM pg_prepared_statements WHERE "
                                 "from_sql)"},
    {"BEGIN; SET LOCAL TimeZone = 'Asia/Tokyo'", "SELECT current_setting('TimeZone') <> "
                                                 "'Asia/Tokyo'"},
    {"BEGIN ISOLATION LEVEL SERIALIZABLE", "SELECT current_setting('transaction_isolation') = "
                                           "'read committed'"},
    {"BEGIN; SELECT 1 / 0", "SELECT true"},
    {"SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
     "SELECT current_setting('transaction_read_only') = 'off'"},
};

START_TEST(nothing_leaks_to_the_next_user)
{
    const qc_engine_options *options =
        QC_ENGINE_OPTIONS(.max_size = 1, .reset = _i % 2 ? QC_RESET_ALWAYS : QC_RESET_WHEN_NEEDED);
    qc_engine *engine = open_engine(POSTGRESQL_DATABASE, options);
    int backend = 0;
    CHECKOUT(db, engine) {
        backend = backend_of(db);
        qc_execute(db, leaks[_i / 2].change);
    }
    CHECKOUT(db, engine) {
        char look[512];
        snprintf(look, sizeof(look), "DO $$ BEGIN ASSERT (%s); END $$", leaks[_i / 2].look);
        ck_assert_msg(qc_execute(db, look), "%s: %s", leaks[_i / 2].change,
                      qc_error(db)->message);
        ck_assert_int_eq(backend_of(db), backend);
    }
    qc_engine_close(engine);
}
END_TEST

START_TEST(a_function_that_sets_something_is_undone)
{
    qc_engine *engine = open_engine(POSTGRESQL_DATABASE, QC_ENGINE_OPTIONS(.max_size = 1));
    CHECKOUT(db, engine) {
        SCALAR(db, SELECT(FUNC("set_config", TEXT, "my.user", "7", VALUE((bool)false))));
        if (!qc_ok(db))
            database_fail(db, "set_config");
    }
    CHECKOUT(db, engine) {
        const char *left = SCALAR(db, SELECT(RAW(TEXT, "coalesce(current_setting('my.user', "
                                                       "true), '')")));
        ck_assert_str_eq(left, "");
    }
    qc_engine_close(engine);
}
END_TEST

START_TEST(sqlite_sessions_that_changed_are_replaced)
{
    static const char *const changes[] = {"CREATE TEMP TABLE leftover (x)",
                                          "PRAGMA foreign_keys = OFF",
                                          "ATTACH ':memory:' AS other"};
    qc_engine *engine = open_engine(SQLITE_DATABASE, QC_ENGINE_OPTIONS(.max_size = 1));
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        CHECKOUT(db, engine) {
            database_run(db, changes[i]);
        }
        CHECKOUT(db, engine) {
            int64_t temporary =
                SCALAR(db, SELECT(RAW(BIGINT, "(SELECT count(*) FROM sqlite_temp_schema)")));
            int64_t databases =
                SCALAR(db, SELECT(RAW(BIGINT, "(SELECT count(*) FROM pragma_database_list "
                                              "WHERE name <> 'temp')")));
            int64_t keys = SCALAR(db, SELECT(RAW(BIGINT, "(SELECT foreign_keys FROM "
                                                         "pragma_foreign_keys)")));
            ck_assert_int_eq(temporary, 0);
            ck_assert_int_eq(databases, 1);
            ck_assert_int_eq(keys, 1);
        }
    }
    qc_engine_close(engine);
}
END_TEST

/* ---- Broken connections. ---- */

static void kill_backends(const int *backends, int count)
{
    qc_db *other = database_open(POSTGRESQL_DATABASE);
    for (int i = 0; i < count; i++) {
        bool ended = SCALAR(other, SELECT(FUNC("pg_terminate_backend", BOOLEAN, backends[i],
                                               VALUE((int64_t)5000))));
        ck_assert_msg(ended, "%s", qc_error(other)->message);
    }
    qc_close(other);
}

/* Opens so many, notes their backends, and puts them all back. */
static void warm(qc_engine *engine, int *backends, int count)
{
    qc_db *dbs[8];
    for (int i = 0; i < count; i++) {
        dbs[i] = take(engine);
        backends[i] = backend_of(dbs[i]);
    }
    for (int i = 0; i < count; i++)
        qc_checkin(dbs[i]);
}

START_TEST(one_broken_connection_retires_the_others)
{
    enum { SIZE = 5 };
    int backends[SIZE], failed = 0;
    qc_engine *engine = open_engine(POSTGRESQL_DATABASE, QC_ENGINE_OPTIONS(.pre_ping = _i));
    warm(engine, backends, SIZE);
    kill_backends(backends, SIZE);
    for (int round = 0; round < 2 * SIZE; round++) {
        CHECKOUT(db, engine) {
            ck_assert(qc_ok(db));
            backend_of(db);
            failed += !qc_ok(db);
        }
    }
    ck_assert_int_eq(failed, _i ? 0 : 1);
    qc_engine_close(engine);
}
END_TEST

START_TEST(good_ones_of_a_retired_generation_stay)
{
    enum { SIZE = 4 };
    int backends[SIZE], kept = 0;
    qc_engine *engine = open_engine(POSTGRESQL_DATABASE, NULL);
    warm(engine, backends, SIZE);
    kill_backends(&backends[SIZE - 1], 1); /* the one that is handed out first */
    CHECKOUT(db, engine) {
        backend_of(db);
        expect(db, QC_ERROR_DISCONNECTED, "");
    }
    int again[SIZE];
    warm(engine, again, SIZE);
    for (int i = 0; i < SIZE; i++)
        for (int j = 0; j < SIZE; j++)
            kept += again[i] == backends[j];
    ck_assert_int_eq(kept, SIZE - 1);
    qc_engine_close(engine);
}
END_TEST

START_TEST(a_connection_that_died_while_idle_is_noticed)
{
    int backend;
    qc_engine *engine = open_engine(POSTGRESQL_DATABASE, NULL);
    warm(engine, &backend, 1);
    kill_backends(&backend, 1);
    sleep_ms(1100);
    CHECKOUT(db, engine) {
        ck_assert_int_ne(backend_of(db), backend);
        ck_assert(qc_ok(db));
    }
    qc_engine_close(engine);
}
END_TEST

/* ---- Age. ---- */

START_TEST(old_and_idle_ones_are_replaced)
{
    enum { SIZE = 3 };
    int before[SIZE], after[SIZE];
    qc_engine *engine = open_engine(POSTGRESQL_DATABASE, QC_ENGINE_OPTIONS(.recycle_s = 1));
    qc_engine *shrinking =
        open_engine(POSTGRESQL_DATABASE, QC_ENGINE_OPTIONS(.idle_s = 1, .min_size = 1));
    warm(engine, before, SIZE);
    warm(shrinking, after, SIZE);
    sleep_ms(1100);
    warm(engine, after, SIZE);
    for (int i = 0; i < SIZE; i++)
        for (int j = 0; j < SIZE; j++)
            ck_assert_int_ne(before[i], after[j]);
    for (int i = 0; i < 2 * SIZE; i++)
        qc_checkin(take(shrinking));
    ck_assert_uint_eq(stats_of(shrinking).open, 1);
    ck_assert_uint_eq(stats_of(engine).recycled, SIZE);
    qc_engine_close(engine);
    qc_engine_close(shrinking);
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

START_TEST(wrong_use_is_told)
{
    qc_engine *engine = qc_engine_open(url_of(_i), &(const qc_engine_options){.max_size = 2});
    ck_assert_int_eq(qc_engine_error(engine)->code, QC_ERROR_MISUSE);
    CHECKOUT(db, engine) {
        expect(db, QC_ERROR_MISUSE, "QC_ENGINE_OPTIONS_VERSION");
    }
    qc_engine_close(engine);
    engine = qc_engine_open(url_of(_i), QC_ENGINE_OPTIONS(.min_size = 9, .max_size = 8));
    ck_assert_int_eq(qc_engine_error(engine)->code, QC_ERROR_MISUSE);
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
    const int64_t began = now_ms();
    CHECKOUT(db, engine) {
        expect(db, QC_ERROR_CONNECT, "/nowhere");
        ck_assert_ptr_nonnull(qc_error(db)->file);
    }
    ck_assert_int_le(now_ms() - began, 1000);
    qc_engine_close(engine);
}
END_TEST

Suite *pool_suite(void)
{
    Suite *suite = suite_create("pool");
    TCase *tests = tcase_create("pool");
    /* Behind a pooler sessions are the pooler's. */
    const bool direct = database_pooler() == NO_POOLER;
    const int databases = database_pooler() == TRANSACTION_POOLER ? 1 : DATABASE_COUNT;
    tcase_set_timeout(tests, 60);
    tcase_add_unchecked_fixture(tests, begin, end);
    tcase_add_loop_test(tests, a_connection_is_used_again, 0, databases);
    tcase_add_loop_test(tests, the_next_user_finds_it_as_new, 0, databases);
    tcase_add_loop_test(tests, leaving_the_block_early_gives_it_back, 0, databases);
    tcase_add_test(tests, memory_is_one_database_for_all);
    tcase_add_loop_test(tests, an_exhausted_pool_says_so_in_time, 0, databases);
    tcase_add_loop_test(tests, a_checkout_ends_at_its_deadline, 0, databases);
    tcase_add_loop_test(tests, first_come_first_served, 0, databases);
    tcase_add_loop_test(tests, nested_checkouts_do_not_hang, 0, databases);
    tcase_add_test(tests, sqlite_sessions_that_changed_are_replaced);
    tcase_add_loop_test(tests, connections_outlive_their_engine, 0, databases);
    tcase_add_loop_test(tests, a_child_of_fork_leaves_the_parent_alone, 0, databases);
    tcase_add_loop_test(tests, wrong_use_is_told, 0, databases);
    tcase_add_test(tests, a_server_that_is_not_there_is_told_at_once);
    if (direct) {
        tcase_add_loop_test(tests, nothing_leaks_to_the_next_user, 0,
                            2 * (int)(sizeof(leaks) / sizeof(leaks[0])));
        tcase_add_test(tests, a_function_that_sets_something_is_undone);
        tcase_add_loop_test(tests, one_broken_connection_retires_the_others, 0, 2);
        tcase_add_test(tests, good_ones_of_a_retired_generation_stay);
        tcase_add_test(tests, a_connection_that_died_while_idle_is_noticed);
        tcase_add_test(tests, old_and_idle_ones_are_replaced);
    }
    suite_add_tcase(suite, tests);
    return suite;
}
