/* What does an engine do when its server refuses, goes away, comes back, or is another one now?
 *
 * The ledger: every committed row is noted here at once, so that it can be told afterwards whether
 * what was reported is what is stored. */
#include "fault/servers.h"

#include "busy.h"

#include <quercus/quercus.h>

#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

MODEL(Entry, "entries", COLUMN(id, BIGINT, PRIMARY_KEY), COLUMN(worker, INTEGER))
SCHEMA(ledger, Entry)

enum { WORKERS = 8, MOST_ROWS = 200000 };

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

static void configure(const char *server, const char *setting)
{
    char sql[128];
    snprintf(sql, sizeof(sql), "ALTER SYSTEM SET %s", setting);
    qc_db *db = qc_open(servers_url(server, ""));
    ck_assert_msg(qc_execute(db, sql), "%s", qc_error(db)->message);
    ck_assert(qc_execute(db, "SELECT pg_reload_conf()"));
    qc_close(db);
    sleep_ms(200);
}

static void create_ledger(void)
{
    qc_db *db = qc_open(servers_url("one", ""));
    ck_assert_msg(qc_create_all(db, &ledger), "%s", qc_error(db)->message);
    qc_close(db);
}

/* 1, or -1 on error. */
static int64_t add(qc_db *db, int64_t id)
{
    return EXEC(db, INSERT(Entry).SET(Entry_id, id).SET(Entry_worker, 0));
}

/* ---- Workers. ---- */

static struct {
    qc_engine *engine;
    atomic_bool stop, drained;
    _Atomic int64_t next, last_commit_ms;
    atomic_int commits, reads, replica_reads, failures, wrong;
    atomic_uchar outcome[MOST_ROWS]; /* enum qc_outcome of each row */
} work;

static void write_row(qc_db *db, int number)
{
    const int64_t id = atomic_fetch_add(&work.next, 1);
    if (id >= MOST_ROWS)
        return;
    TRANSACTION(db)
    {
        EXEC(db, INSERT(Entry).SET(Entry_id, id).SET(Entry_worker, number));
    }
    const enum qc_outcome outcome = qc_depth(db) == 0 ? qc_outcome(db) : QC_OUTCOME_UNKNOWN;
    work.outcome[id] =
        (unsigned char)(outcome == QC_OUTCOME_NONE ? QC_OUTCOME_ROLLED_BACK : outcome);
    if (outcome == QC_OUTCOME_COMMITTED) {
        atomic_fetch_add(&work.commits, 1);
        atomic_store(&work.last_commit_ms, now_ms());
    } else {
        atomic_fetch_add(&work.failures, 1);
    }
}

static void read_row(qc_db *db)
{
    READ_ONLY(db)
    {
        EXEC(db, SELECT(Entry).LIMIT(1));
        if (!qc_ok(db))
            break;
        atomic_fetch_add(&work.reads, 1);
        if (qc_on_replica(db))
            atomic_fetch_add(&work.replica_reads, 1);
        const bool refused = add(db, -1) == -1;
        atomic_fetch_add(&work.wrong, !refused || qc_error(db)->code != QC_ERROR_MISUSE);
    }
}

static void *write_and_read(void *data)
{
    const int number = *(const int *)data;
    while (!atomic_load(&work.stop)) {
        CHECKOUT(db, work.engine)
        {
            if (qc_ok(db))
                write_row(db, number);
            else
                atomic_fetch_add(&work.failures, 1);
        }
        CHECKOUT(db, work.engine)
        {
            if (qc_ok(db))
                read_row(db);
        }
        sleep_ms(1);
    }
    return NULL;
}

static int numbers[WORKERS];
static pthread_t threads[WORKERS];

static void start_work(qc_engine *engine)
{
    memset(&work, 0, sizeof(work));
    work.engine = engine;
    for (int i = 0; i < WORKERS; i++) {
        numbers[i] = i;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, write_and_read, &numbers[i]), 0);
    }
}

static void stop_work(void)
{
    atomic_store(&work.stop, true);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(threads[i], NULL);
}

/* Milliseconds until something is committed again; the test fails when that takes too long. */
static int await_commit(int most_ms)
{
    const int64_t since = now_ms();
    while (atomic_load(&work.last_commit_ms) <= since && now_ms() - since < most_ms)
        sleep_ms(1);
    ck_assert_msg(atomic_load(&work.last_commit_ms) > since, "nothing is committed");
    return (int)(now_ms() - since);
}

/* The work goes on. */
static void await_commits(int count)
{
    const int64_t since = now_ms();
    while (atomic_load(&work.commits) < count && now_ms() - since < 30000)
        sleep_ms(1);
    ck_assert_int_ge(atomic_load(&work.commits), count);
}

static void check_ledger(const char *server, int *ret_unknown)
{
    qc_db *db = qc_open(servers_url(server, ""));
    static bool stored[MOST_ROWS];
    memset(stored, 0, sizeof(stored));
    STREAM (entry, db, SELECT(Entry)) {
        stored[entry->id] = true;
    }
    ck_assert_msg(qc_ok(db), "%s", qc_error(db)->message);
    *ret_unknown = 0;
    for (int64_t id = 0; id < atomic_load(&work.next) && id < MOST_ROWS; id++) {
        const int outcome = work.outcome[id];
        *ret_unknown += outcome == QC_OUTCOME_UNKNOWN;
        if (outcome == QC_OUTCOME_UNKNOWN)
            continue;
        ck_assert_msg(stored[id] == (outcome == QC_OUTCOME_COMMITTED),
                      "row %lld: reported %d, stored %d", (long long)id, outcome, stored[id]);
    }
    qc_close(db);
}

/* ---- A standby is promoted under load. ---- */

START_TEST(a_promoted_standby_is_found)
{
    int unknown;
    servers_start("one", "");
    create_ledger();
    servers_copy("two");
    servers_start("two", "");
    configure("one", "synchronous_standby_names = '*'"); /* what is committed is on both */
    const char *const replicas[] = {servers_url("two", ""), NULL};
    qc_engine *engine =
        qc_engine_open(servers_url("one,two", "target_session_attrs=read-write"),
                       QC_ENGINE_OPTIONS(.max_size = 6, .min_size = 2, .replicas = replicas,
                                         .statement_timeout_ms = 5000));
    ck_assert_msg(qc_engine_error(engine)->code == QC_ERROR_OK, "%s",
                  qc_engine_error(engine)->message);
    start_work(engine);
    sleep_ms(1000);
    const int before = atomic_load(&work.commits), read = atomic_load(&work.replica_reads);
    ck_assert_int_gt(before, 50);
    ck_assert_int_gt(read, 50);
    servers_kill("one");
    servers_promote("two");
    const int found = await_commit(30000);
    await_commits(before + 51);
    stop_work();
    ck_assert_int_le(found, 2000 + BUSY_MS);
    ck_assert_int_eq(atomic_load(&work.wrong), 0);
    qc_engine_close(engine);
    check_ledger("two", &unknown);
    printf("# promoted: %d commits, %d reads of %d on a replica, %d failures, %d unknown, written "
           "again after %d ms\n",
           atomic_load(&work.commits), atomic_load(&work.replica_reads), atomic_load(&work.reads),
           atomic_load(&work.failures), unknown, found);
}
END_TEST

/* The server stays up but takes no writes any more: those who were on it must leave it. */
START_TEST(a_server_that_became_read_only_is_left)
{
    servers_start("one", "");
    create_ledger();
    servers_copy("two");
    servers_start("two", "");
    servers_promote("two"); /* a second one that takes writes */
    qc_engine *engine = qc_engine_open(servers_url("one,two", "target_session_attrs=read-write"),
                                       QC_ENGINE_OPTIONS(.max_size = 3));
    qc_db *held[3];
    for (int i = 0; i < 3; i++)
        held[i] = qc_checkout(engine);
    for (int i = 0; i < 3; i++)
        qc_checkin(held[i]);
    configure("one", "default_transaction_read_only = on");
    int failed = 0;
    for (int64_t id = 0; id < 10; id++) {
        CHECKOUT(db, engine)
        {
            if (add(db, id) == 1)
                continue;
            ck_assert_str_eq(qc_error(db)->sqlstate, "25006");
            failed++;
        }
    }
    ck_assert_int_le(failed, 1);
    qc_engine_close(engine);
}
END_TEST

/* A transaction of the program's own that is READ ONLY says nothing about the server. */
START_TEST(a_read_only_transaction_evicts_nobody)
{
    servers_start("one", "");
    create_ledger();
    qc_engine *engine = qc_engine_open(servers_url("one", ""), NULL);
    for (int i = 0; i < 10; i++) {
        CHECKOUT(db, engine)
        {
            TRANSACTION(db, .read_only = true)
            {
                ck_assert(add(db, 1) == -1);
            }
            ck_assert_str_eq(qc_error(db)->sqlstate, "25006");
        }
    }
    qc_stats stats = {.version = QC_STATS_VERSION};
    ck_assert(qc_engine_stats(engine, &stats));
    ck_assert_uint_eq(stats.connects, 1);
    qc_engine_close(engine);
}
END_TEST

/* ---- A restart, and a server without room. ---- */

START_TEST(a_restart_is_ridden_out)
{
    int unknown;
    servers_start("one", "");
    create_ledger();
    qc_engine *engine = qc_engine_open(servers_url("one", ""), QC_ENGINE_OPTIONS(.max_size = 6));
    start_work(engine);
    sleep_ms(700);
    servers_kill("one");
    sleep_ms(700);
    servers_start("one", "");
    const int found = await_commit(30000);
    sleep_ms(300);
    qc_stats stats = {.version = QC_STATS_VERSION};
    ck_assert(qc_engine_stats(engine, &stats));
    stop_work();
    qc_engine_close(engine);
    ck_assert_int_le(found, 2000 + BUSY_MS);
    ck_assert_uint_le(stats.connect_failures, 30); /* one at a time, with pauses */
    check_ledger("one", &unknown);
    ck_assert_int_eq(unknown, 0);
    printf("# restarted: %d commits, %d failures, %d attempts refused, again after %d ms\n",
           atomic_load(&work.commits), atomic_load(&work.failures), (int)stats.connect_failures,
           found);
}
END_TEST

START_TEST(a_server_without_room_sees_no_storm)
{
    enum { SIZE = 20 };
    servers_start("one", "-c max_connections=10");
    create_ledger();
    qc_engine *engine = qc_engine_open(servers_url("one", ""), QC_ENGINE_OPTIONS(.max_size = SIZE));
    qc_db *others[6];
    for (int i = 0; i < 6; i++)
        others[i] = qc_open(servers_url("one", ""));
    start_work(engine);
    sleep_ms(2000);
    const int refused = servers_logged("one", "too many clients") +
                        servers_logged("one", "remaining connection slots");
    ck_assert_int_gt(atomic_load(&work.commits), 50);
    for (int i = 0; i < 6; i++)
        qc_close(others[i]);
    const int found = await_commit(30000);
    stop_work();
    qc_engine_close(engine);
    ck_assert_int_eq(atomic_load(&work.failures), 0);
    ck_assert_int_ge(refused, 1);
    ck_assert_int_le(refused, SIZE);
    printf("# no room: %d commits, %d attempts refused in 2 s, next commit after %d ms\n",
           atomic_load(&work.commits), refused, found);
}
END_TEST

START_TEST(a_session_that_was_ended_for_idling_is_not_used_again)
{
    servers_start("one", "-c idle_in_transaction_session_timeout=200");
    create_ledger();
    qc_engine *engine = qc_engine_open(servers_url("one", ""), QC_ENGINE_OPTIONS(.max_size = 1));
    CHECKOUT(db, engine)
    {
        ck_assert(qc_begin(db));
        ck_assert(add(db, 1) == 1);
        sleep_ms(500);
        ck_assert(add(db, 2) == -1);
        ck_assert_int_eq(qc_error(db)->code, QC_ERROR_DISCONNECTED);
    }
    CHECKOUT(db, engine)
    {
        int64_t count = SCALAR(db, SELECT(COUNT()).FROM(Entry));
        ck_assert_msg(qc_ok(db), "%s", qc_error(db)->message);
        ck_assert_int_eq(count, 0);
    }
    qc_engine_close(engine);
}
END_TEST

Suite *failover_suite(void)
{
    Suite *suite = suite_create("failover");
    TCase *tests = tcase_create("failover");
    tcase_set_timeout(tests, 120);
    tcase_add_unchecked_fixture(tests, servers_open, servers_close);
    tcase_add_checked_fixture(tests, servers_begin, servers_end);
    tcase_add_test(tests, a_promoted_standby_is_found);
    tcase_add_test(tests, a_server_that_became_read_only_is_left);
    tcase_add_test(tests, a_read_only_transaction_evicts_nobody);
    tcase_add_test(tests, a_restart_is_ridden_out);
    tcase_add_test(tests, a_server_without_room_sees_no_storm);
    tcase_add_test(tests, a_session_that_was_ended_for_idling_is_not_used_again);
    suite_add_tcase(suite, tests);
    return suite;
}
