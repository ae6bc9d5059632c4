/* Does nothing of one user's session reach the next, and is what broke, aged or idled replaced? */
#include "live/pool_fixture.h"

#include <stdio.h>

static int backend_of(qc_db *db)
{
    return SCALAR(db, SELECT(RAW(INTEGER, "pg_backend_pid()")));
}

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
        expect_error(db, QC_ERROR_DISCONNECTED, "");
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
    pause_ms(1100);
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
    pause_ms(1100);
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

Suite *pool_sessions_suite(void)
{
    Suite *suite = suite_create("pool_sessions");
    TCase *tests = tcase_create("pool_sessions");
    tcase_set_timeout(tests, 60);
    tcase_add_unchecked_fixture(tests, pool_begin, pool_end);
    tcase_add_test(tests, sqlite_sessions_that_changed_are_replaced);
    if (database_pooler() == NO_POOLER) { /* behind one, sessions are the pooler's */
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
