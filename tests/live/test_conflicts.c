/* What do transactions do that meet others? Retries, deadlocks, locks, on two or more connections. */
#include "rivals.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* ---- Conflicts and retries. ---- */

enum { THREADS = 16, ROUNDS = 10, PATIENCE = 200 };

typedef struct counting {
    pthread_t thread;
    int attempts;
    char problem[256];
} counting;

/* Reads and writes apart, as a program that does not know about UPDATE … SET n = n + 1. */
static void *count_up(void *data)
{
    counting *c = data;
    qc_db *own = open_one();
    for (int i = 0; i < ROUNDS && !*c->problem; i++) {
        TRANSACTION_RETRY(own, PATIENCE, .isolation = QC_SERIALIZABLE) {
            const int64_t n = SCALAR(own, SELECT(Tally_n).WHERE(EQ(Tally_id, 1)));
            EXEC(own, UPDATE(Tally).SET(Tally_n, n + 1).WHERE(EQ(Tally_id, 1)));
        }
        c->attempts += qc_attempt(own);
        if (!qc_ok(own))
            snprintf(c->problem, sizeof(c->problem), "%s", qc_error(own)->message);
    }
    qc_close(own);
    return NULL;
}

START_TEST(a_serializable_counter_is_exact)
{
    counting threads[THREADS] = {0};
    int attempts = 0;
    open_both(_i);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i].thread, NULL, count_up, &threads[i]), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i].thread, NULL);
    for (int i = 0; i < THREADS; i++) {
        ck_assert_msg(!*threads[i].problem, "%s", threads[i].problem);
        attempts += threads[i].attempts;
    }
    ck_assert_int_eq(value_of(db, 1), THREADS * ROUNDS);
    ck_assert_int_ge(attempts, THREADS * ROUNDS);
    if (database == POSTGRESQL_DATABASE)
        ck_assert_int_gt(attempts, THREADS * ROUNDS);
    close_both();
}
END_TEST

typedef struct crossing {
    pthread_t thread;
    pthread_barrier_t *barrier;
    int64_t first, second;
    int attempts;
    bool good;
} crossing;

static void *cross(void *data)
{
    crossing *c = data;
    qc_db *own = open_one();
    TRANSACTION_RETRY(own, 10) {
        add(own, c->first, 1);
        if (qc_attempt(own) == 1)
            pthread_barrier_wait(c->barrier);
        add(own, c->second, 1);
    }
    c->good = qc_ok(own) && qc_outcome(own) == QC_OUTCOME_COMMITTED;
    c->attempts = qc_attempt(own);
    qc_close(own);
    return NULL;
}

START_TEST(crossed_sessions_are_repeated)
{
    pthread_barrier_t barrier;
    open_both(POSTGRESQL_DATABASE);
    pthread_barrier_init(&barrier, NULL, 2);
    crossing both[] = {{.barrier = &barrier, .first = 1, .second = 2},
                       {.barrier = &barrier, .first = 2, .second = 1}};
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_create(&both[i].thread, NULL, cross, &both[i]), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(both[i].thread, NULL);
    pthread_barrier_destroy(&barrier);
    ck_assert(both[0].good && both[1].good);
    ck_assert_int_ge(both[0].attempts + both[1].attempts, 3);
    ck_assert_int_eq(value_of(db, 1), 2);
    ck_assert_int_eq(value_of(db, 2), 2);
    close_both();
}
END_TEST

/* What another writes in between makes `db` fail with 40001 on PostgreSQL. */
static void disturb(void)
{
    must(other, add(other, 1, 100), "disturb");
}

START_TEST(attempts_are_bounded)
{
    int runs = 0;
    open_both(POSTGRESQL_DATABASE);
    TRANSACTION_RETRY(db, 3, .isolation = QC_REPEATABLE_READ) {
        value_of(db, 1);
        disturb();
        add(db, 1, 1);
        runs++;
    }
    ck_assert_int_eq(runs, 3);
    ck_assert_int_eq(qc_attempt(db), 3);
    expect_code(QC_ERROR_SERVER, "could not serialize");
    expect_state("40001");
    ck_assert_int_eq(qc_outcome(db), QC_OUTCOME_ROLLED_BACK);
    ck_assert_int_eq(value_of(db, 1), 300);
    close_both();
}
END_TEST

/* Fetched in a failed attempt is freed with it; what was there before stays. */
START_TEST(a_failed_attempt_leaves_no_memory)
{
    open_both(POSTGRESQL_DATABASE);
    struct Tally *kept = FIRST(db, SELECT(Tally).WHERE(EQ(Tally_id, 2)));
    const struct Tally *rows[4] = {NULL};
    qc_arena *arena = qc_current_arena();
    qc_mark marks[4];
    int runs = 0;
    TRANSACTION_RETRY(db, 4, .isolation = QC_REPEATABLE_READ) {
        marks[runs] = qc_arena_mark(arena);
        rows[runs] = FIRST(db, SELECT(Tally).WHERE(EQ(Tally_id, 1)));
        ck_assert_ptr_nonnull(qc_arena_alloc(arena, 1000));
        if (runs++ < 3)
            disturb();
        add(db, 1, 1);
    }
    ck_assert_int_eq(runs, 4);
    ck_assert_int_eq(kept->id, 2);
    ck_assert_int_eq(rows[3]->n, 300);
#ifndef QC_DEBUG_ARENA
    ck_assert_ptr_eq(rows[3], rows[0]);
    ck_assert_uint_eq(marks[3].used, marks[0].used);
#else
    (void)marks;
#endif
    close_both();
}
END_TEST

static bool leaves_by_return(int *runs)
{
    TRANSACTION_RETRY(db, 5) {
        ++*runs;
        add(db, 1, 1);
        return true;
    }
    return false;
}

START_TEST(only_conflicts_are_repeated)
{
    int runs = 0;
    open_both(_i);
    ck_assert(leaves_by_return(&runs));
    TRANSACTION_RETRY(db, 5) {
        runs++;
        add(db, 1, 1);
        break;
    }
    ck_assert_int_eq(value_of(db, 1), 0);
    TRANSACTION_RETRY(db, 5) {
        runs++;
        EXEC(db, INSERT(Tally).SET(Tally_id, 1).SET(Tally_n, 1));
    }
    expect_state("23505");
    TRANSACTION_RETRY(db, 5) {
        runs++;
        add(db, 1, 1);
        if (qc_ok(db))
            continue;
        ck_abort_msg("continue went on");
    }
    ck_assert_int_eq(runs, 4);
    ck_assert_int_eq(value_of(db, 1), 1);
    TRANSACTION(db) {
        TRANSACTION_RETRY(db, 5)
            ck_abort_msg("inside another one");
        expect_code(QC_ERROR_MISUSE, "test_conflicts.c");
    }
    TRANSACTION_RETRY(db, 0)
        ck_abort_msg("no attempt");
    expect_code(QC_ERROR_MISUSE, "at least one");
    close_both();
}
END_TEST

static void *commit_later(void *data)
{
    (void)data;
    sleep_ms(150);
    must(other, qc_commit(other), "commit");
    return NULL;
}

START_TEST(a_busy_file_is_waited_for_and_tried_again)
{
    pthread_t thread;
    open_both(SQLITE_DATABASE);
    qc_set_timeout(db, 40);
    must(other, qc_begin(other), "begin");
    add(other, 1, 5);
    TRANSACTION(db)
        ck_abort_msg("the file was free");
    expect_state("55P03");
    expect_code(QC_ERROR_TIMEOUT, "");
    ck_assert_int_eq(pthread_create(&thread, NULL, commit_later, NULL), 0);
    TRANSACTION_RETRY(db, 50)
        add(db, 1, 1);
    pthread_join(thread, NULL);
    ck_assert(qc_ok(db));
    ck_assert_int_gt(qc_attempt(db), 1);
    ck_assert_int_eq(value_of(db, 1), 6);
    close_both();
}
END_TEST

START_TEST(readers_do_not_wait_for_a_writer)
{
    open_both(SQLITE_DATABASE);
    qc_set_timeout(db, 100);
    must(other, qc_begin(other), "begin");
    add(other, 1, 5);
    TRANSACTION(db, .read_only = true)
        ck_assert_int_eq(value_of(db, 1), 0);
    ck_assert(qc_ok(db));
    must(other, qc_rollback(other), "rollback");
    close_both();
}
END_TEST

/* ---- Locks. ---- */

START_TEST(a_lock_timeout)
{
    open_both(POSTGRESQL_DATABASE);
    database_run(db, "SET lock_timeout = 50");
    must(other, qc_begin(other) && add(other, 1, 1), "lock");
    TRANSACTION(db)
        add(db, 1, 1);
    expect_state("55P03");
    ck_assert_int_eq(qc_outcome(db), QC_OUTCOME_ROLLED_BACK);
    must(other, qc_commit(other), "commit");
    TRANSACTION(db)
        add(db, 1, 1);
    ck_assert(qc_ok(db));
    ck_assert_int_eq(value_of(db, 1), 2);
    close_both();
}
END_TEST

static bool is_held(int64_t key)
{
    bool got = false;
    TRY_ADVISORY_LOCK(other, key)
        got = true;
    must(other, qc_ok(other), "try");
    return !got;
}

static void leave_lock(int64_t key, int how)
{
    ADVISORY_LOCK(db, key) {
        ck_assert(is_held(key));
        if (how == 0)
            continue;
        if (how == 1)
            break;
        if (how == 2)
            return;
        if (how == 3)
            goto out;
    }
out:
    ck_assert(!is_held(key));
}

START_TEST(advisory_locks)
{
    open_both(POSTGRESQL_DATABASE);
    for (int how = 0; how < 5; how++) {
        leave_lock(INT64_MIN + how, how);
        ck_assert(!is_held(INT64_MIN + how));
    }
    ADVISORY_LOCK(db, 7)
        ADVISORY_LOCK(db, 7)
            ck_assert(is_held(7));
    ck_assert(!is_held(7));
    bool shared = false;
    ADVISORY_LOCK_SHARED(db, 7) {
        ck_assert(is_held(7));
        TRY_ADVISORY_LOCK_SHARED(other, 7)
            shared = true;
        TRY_ADVISORY_LOCK(db, 8)
            ck_assert(is_held(8));
    }
    ck_assert(shared && !is_held(7) && !is_held(8));
    ck_assert(qc_ok(db));
    close_both();
}
END_TEST

START_TEST(an_advisory_lock_is_waited_for)
{
    open_both(POSTGRESQL_DATABASE);
    database_run(db, "SET lock_timeout = 77");
    qc_set_timeout(db, 500);
    ADVISORY_LOCK(other, 7) {
        ADVISORY_LOCK(db, 7)
            ck_abort_msg("two hold it");
        expect_state("55P03");
        TRANSACTION(db) {
            ck_assert(add(db, 1, 1));
            ADVISORY_LOCK(db, 7)
                ck_abort_msg("two hold it");
        }
        expect_state("55P03");
    }
    qc_set_timeout(db, 3000);
    TRANSACTION(db)
        ADVISORY_LOCK(db, 7)
            ck_assert(is_held(7) && add(db, 1, 1));
    ck_assert(qc_ok(db));
    const char *setting = SCALAR(db, SELECT(FUNC("current_setting", TEXT, "lock_timeout")));
    ck_assert_str_eq(setting, "77ms");
    ck_assert_int_eq(value_of(db, 1), 1);
    close_both();
}
END_TEST

START_TEST(an_advisory_lock_in_a_failed_transaction)
{
    open_both(POSTGRESQL_DATABASE);
    TRANSACTION(db) {
        TRANSACTION(db) {
            ADVISORY_LOCK(db, 9) {
                EXEC(db, INSERT(Tally).SET(Tally_id, 1).SET(Tally_n, 1));
                expect_state("23505");
            }
            expect_state("23505");
            ck_assert(is_held(9));
        }
        expect_state("23505");
        ck_assert(!is_held(9));
    }
    ck_assert(qc_ok(db));
    close_both();
}
END_TEST

START_TEST(sqlite_has_no_such_things)
{
    open_both(SQLITE_DATABASE);
    ADVISORY_LOCK(db, 7)
        ck_abort_msg("SQLite has no locks");
    expect_code(QC_ERROR_UNSUPPORTED, "no advisory locks");
    must(db, qc_begin(db), "begin");
    ck_assert(!qc_prepare_transaction(db, "x"));
    expect_code(QC_ERROR_UNSUPPORTED, "no two-phase commit");
    must(db, qc_rollback(db), "rollback");
    ck_assert(!qc_commit_prepared(db, "x") && !qc_rollback_prepared(db, "x"));
    ck_assert_ptr_null(qc_prepared_transactions(db));
    expect_code(QC_ERROR_UNSUPPORTED, "no two-phase commit");
    close_both();
}
END_TEST

Suite *conflicts_suite(void)
{
    Suite *suite = suite_create("conflicts");
    TCase *tests = tcase_create("conflicts");
    tcase_add_unchecked_fixture(tests, rivals_begin, rivals_end);
    tcase_set_timeout(tests, 30);
    suite_add_tcase(suite, tests);
    tcase_add_loop_test(tests, a_serializable_counter_is_exact, SQLITE_DATABASE, DATABASE_COUNT);
    tcase_add_loop_test(tests, only_conflicts_are_repeated, SQLITE_DATABASE, DATABASE_COUNT);
    tcase_add_test(tests, crossed_sessions_are_repeated);
    tcase_add_test(tests, attempts_are_bounded);
    tcase_add_test(tests, a_failed_attempt_leaves_no_memory);
    tcase_add_test(tests, a_busy_file_is_waited_for_and_tried_again);
    tcase_add_test(tests, readers_do_not_wait_for_a_writer);
    tcase_add_test(tests, sqlite_has_no_such_things);
    if (database_pooler() == TRANSACTION_POOLER) /* settings and advisory locks are of a session */
        return suite;
    tcase_add_test(tests, a_lock_timeout);
    tcase_add_test(tests, advisory_locks);
    tcase_add_test(tests, an_advisory_lock_is_waited_for);
    tcase_add_test(tests, an_advisory_lock_in_a_failed_transaction);
    return suite;
}
