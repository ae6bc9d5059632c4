/* Deadlines and cancelling on both databases: what is late is stopped, nothing else is, and the
 * connection stays usable. */
#include "busy.h"
#include "databases.h"

#include "base/base.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

MODEL(Tick, "ticks",
    COLUMN(id, BIGINT, PRIMARY_KEY),
    COLUMN(word, TEXT))
SCHEMA(ticks, Tick)

/* Statements that take for ever, and about 4 ms. */
static const char *const endless[] = {
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) "
    "SELECT count(*) FROM n",
    "SELECT pg_sleep(60)"};
static const char *const brief[] = {
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
    "SELECT count(*) FROM n",
    "SELECT pg_sleep(0.004)"};

static qc_db *db;
static int database;

static void setup(int which)
{
    database = which;
    db = database_open(which);
    ck_assert(qc_drop_all(db, &ticks) && qc_create_all(db, &ticks));
    database_run(db, "INSERT INTO ticks VALUES (1, 'one')");
}

static void teardown(void)
{
    ck_assert(qc_drop_all(db, &ticks));
    qc_close(db);
}

#define ON_BOTH(name)                                                                              \
    static void name##_body(void);                                                                 \
    START_TEST(name)                                                                               \
    {                                                                                              \
        setup(_i);                                                                                 \
        name##_body();                                                                             \
        teardown();                                                                                \
    }                                                                                              \
    END_TEST                                                                                       \
    static void name##_body(void)

static int elapsed_ms(int64_t began)
{
    return (int)((qc_now_us() - began) / 1000);
}

static void expect_error(enum qc_code code, const char *sqlstate)
{
    if (qc_error(db)->code != code)
        database_fail(db, qc_code_name(code));
    if (strcmp(qc_error(db)->sqlstate, sqlstate) != 0)
        database_fail(db, sqlstate);
}

static void expect_late(void)
{
    expect_error(QC_ERROR_TIMEOUT, "57014");
}

static void expect_usable(void)
{
    int64_t id = SCALAR(db, SELECT(Tick_id).WHERE(EQ(Tick_word, "one")));
    if (!qc_ok(db))
        database_fail(db, "the connection is not usable");
    ck_assert_int_eq(id, 1);
}

static int64_t add_two(void)
{
    return EXEC(db, INSERT(Tick).SET(Tick_id, 2).SET(Tick_word, "two"));
}

/* ---- Deadlines. ---- */

ON_BOTH(a_late_statement_is_stopped_and_the_connection_kept)
{
    qc_set_timeout(db, 100);
    for (int i = 0; i < 3; i++) {
        const int64_t began = qc_now_us();
        ck_assert(!qc_execute(db, endless[database]));
        ck_assert_int_ge(elapsed_ms(began), 95);
        ck_assert_int_lt(elapsed_ms(began), 100 + BUSY_MS);
        expect_late();
        qc_set_timeout(db, 100);
        expect_usable();
    }
}

/* As if the first cancel had come before the server began the statement. */
START_TEST(a_cancel_that_is_ignored_is_repeated)
{
    setup(POSTGRESQL_DATABASE);
    qc_set_timeout(db, 50);
    qc_set_cancel_timeout(db, 1000);
    ck_assert(!qc_execute(db, "DO $$ BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN "
                              "PERFORM pg_sleep(60); END $$"));
    expect_late();
    qc_set_timeout(db, 30000);
    expect_usable();
    teardown();
}
END_TEST

ON_BOTH(a_late_statement_fails_its_transaction_only)
{
    ck_assert(qc_begin(db));
    ck_assert_int_eq(add_two(), 1);
    qc_set_timeout(db, 50);
    ck_assert(!qc_execute(db, endless[database]));
    expect_late();
    ck_assert(qc_rollback(db));
    expect_usable();
    int64_t count = SCALAR(db, SELECT(COUNT(Tick_id)));
    ck_assert_int_eq(count, 1);
}

ON_BOTH(a_deadline_bounds_everything_inside)
{
    const int64_t began = qc_now_us();
    int done = 0;
    QC_DEADLINE(db, 150) {
        while (qc_execute(db, brief[database]))
            done++;
    }
    expect_late();
    ck_assert_int_gt(done, 1);
    ck_assert_int_ge(elapsed_ms(began), 140);
    ck_assert_int_lt(elapsed_ms(began), 150 + BUSY_MS);
    expect_usable();
}

ON_BOTH(the_sooner_of_two_deadlines_counts)
{
    const int64_t began = qc_now_us();
    DEADLINE(db, 60) {
        DEADLINE(db, 60000)
            ck_assert(!qc_execute(db, endless[database]));
        expect_late();
        ck_assert_ptr_nonnull(strstr(qc_error(db)->message, database ? "DEADLINE" : "interrupted"));
    }
    ck_assert_int_lt(elapsed_ms(began), BUSY_MS);
    DEADLINE(db, 60000) {
        DEADLINE(db, 60)
            ck_assert(!qc_execute(db, endless[database]));
        ck_assert_int_lt(elapsed_ms(began), 2 * BUSY_MS);
        expect_usable();
        qc_set_timeout(db, 50);
        ck_assert(!qc_execute(db, endless[database]));
        qc_set_timeout(db, 30000);
        ck_assert_int_lt(elapsed_ms(began), 3 * BUSY_MS);
    }
    expect_usable();
}

ON_BOTH(what_begins_after_its_deadline_is_not_sent)
{
    DEADLINE(db, 1) {
        qc_task_sleep(10);
        ck_assert_int_eq(add_two(), -1);
        expect_late();
        ck_assert_ptr_nonnull(strstr(qc_error(db)->message, "nothing was sent"));
    }
    int64_t count = SCALAR(db, SELECT(COUNT(Tick_id)));
    ck_assert_int_eq(count, 1);
}

ON_BOTH(a_rollback_may_be_late)
{
    DEADLINE(db, 30) {
        ck_assert(qc_begin(db));
        ck_assert_int_eq(add_two(), 1);
        ck_assert(!qc_execute(db, endless[database]));
        ck_assert(qc_rollback(db));
    }
    int64_t count = SCALAR(db, SELECT(COUNT(Tick_id)));
    ck_assert_int_eq(count, 1);
    DEADLINE(NULL, 10)
        expect_usable();
}

static void add_400(void)
{
    struct Tick rows[400];
    for (int i = 0; i < 400; i++)
        rows[i] = (struct Tick){i + 2, "word"};
    ck_assert_int_eq(EXEC(db, INSERT_ROWS(Tick, rows, 400)), 400);
}

ON_BOTH(a_stream_ends_at_its_deadline)
{
    ALIAS(Tick, other);
    ALIAS(Tick, third);
    add_400();
    for (int slow = 0; slow < 2; slow++) { /* the database is ahead of a slow reader */
        const int64_t began = qc_now_us();
        int64_t count = 0;
        DEADLINE(db, 100)
            STREAM(row, db,
                   SELECT(Tick_id, other.word, third.id).CROSS_JOIN(other).CROSS_JOIN(third))
                if (++count % 500 == 0 && slow)
                    qc_task_sleep(2);
        ck_assert_int_lt(elapsed_ms(began), 100 + BUSY_MS);
        expect_late();
        expect_usable();
    }
}

/* What a reader holds open beside its rows is closed even when the time is up. */
ON_BOTH(a_late_copy_leaves_no_transaction)
{
    DEADLINE(db, 50)
        COPY_OUT(tick, db, SELECT(Tick)) {
            ck_assert_int_eq(tick->id, 1);
            qc_task_sleep(80);
        }
    ck_assert_int_eq(add_two(), 1);
}

ON_BOTH(a_late_copy_that_is_left_keeps_the_connection)
{
    ALIAS(Tick, other);
    ALIAS(Tick, third);
    add_400();
    DEADLINE(db, 50)
        COPY_OUT(row, db, SELECT(Tick_id, other.id, third.id).CROSS_JOIN(other).CROSS_JOIN(third)) {
            ck_assert(!qc_row_is_null(row, 0));
            qc_task_sleep(80);
            break;
        }
    expect_usable();
    const int64_t deleted = EXEC(db, DELETE(Tick).WHERE(GT(Tick_id, 1)));
    ck_assert_int_eq(deleted, 400);
}

START_TEST(a_late_cursor_is_closed)
{
    setup(POSTGRESQL_DATABASE);
    DEADLINE(db, 50)
        CURSOR_WITH_HOLD(cursor, db, SELECT(Tick)) {
            struct Tick **list = qc_cursor_next(cursor, 1);
            ck_assert_uint_eq(qc_count(list), 1);
            qc_task_sleep(80);
        }
    int64_t open = SCALAR(
        db, SELECT(RAW(BIGINT, "(SELECT count(*) FROM pg_cursors WHERE name LIKE 'quercus%')")));
    ck_assert(qc_ok(db));
    ck_assert_int_eq(open, 0);
    teardown();
}
END_TEST

START_TEST(a_lock_is_waited_for_until_the_deadline)
{
    setup(POSTGRESQL_DATABASE);
    qc_db *holder = database_open(POSTGRESQL_DATABASE);
    ck_assert(qc_begin(holder));
    database_run(holder, "LOCK TABLE ticks");
    struct Tick rows[2000];
    for (int i = 0; i < 2000; i++)
        rows[i] = (struct Tick){i + 2, "word"};
    DEADLINE(db, 50)
        ck_assert_int_eq(EXEC(db, INSERT_ROWS(Tick, rows, 2000)), -1);
    expect_late();
    ck_assert(qc_rollback(holder));
    expect_usable();
    ck_assert_int_eq(EXEC(db, INSERT_ROWS(Tick, rows, 2000)), 2000);
    qc_close(holder);
    teardown();
}
END_TEST

/* ---- A deadline that hits the end of its statement. ---- */

static int rounds(int normally, int at_length)
{
    return long_tests() ? at_length : normally;
}

/* On a busy machine all may be hit at first, or none. */
static bool goes_on(int i, int most, int hit)
{
    return i < most || ((hit == 0 || hit == i) && i < 20 * most);
}

ON_BOTH(a_deadline_never_hits_the_next_statement)
{
    const int most = rounds(150, 10000);
    int late = 0;
    srand(20260103);
    int i = 0;
    for (; goes_on(i, most, late); i++) {
        const int longest = late == i ? 10 + i : 10; /* what is enough on this machine */
        qc_set_timeout(db, 1 + rand() % longest);
        const bool good = qc_execute(db, brief[database]);
        if (!good)
            expect_late();
        late += !good;
        qc_set_timeout(db, 0);
        expect_usable();
        ck_assert(qc_execute(db, brief[database]));
    }
    ck_assert_int_gt(late, 0);
    ck_assert_int_lt(late, i);
}

/* ---- Cancelling. ---- */

typedef struct watchdog {
    atomic_int delay_us;     /* -1: the end */
    atomic_bool asked, over; /* to watch; the statement has ended */
    int told;
} watchdog;

static void wait_us(int64_t duration)
{
    for (const int64_t end = qc_now_us() + duration; qc_now_us() < end;)
        sched_yield();
}

/* A server that was too busy to begin the statement has nothing to cancel: it is asked again. */
static bool cancel(uint64_t statement)
{
    if (!qc_cancel_only(db, statement))
        return false;
    for (int i = 1; qc_running(db) == statement; i++) {
        wait_us(1000);
        if (i % 500 == 0)
            qc_cancel_only(db, statement);
    }
    return true;
}

/* Cancels the statement that ran when it first looked, some time later. */
static void *watch(void *data)
{
    watchdog *dog = data;
    for (;;) {
        while (!atomic_load(&dog->asked))
            sched_yield();
        const int delay = atomic_load(&dog->delay_us);
        if (delay < 0)
            return NULL;
        uint64_t statement = 0;
        while (!statement && !atomic_load(&dog->over))
            statement = qc_running(db);
        if (atomic_load(&dog->over))
            statement = 0; /* it may be the next one */
        wait_us(delay);
        dog->told += cancel(statement);
        atomic_store(&dog->asked, false);
    }
}

static void ask(watchdog *dog, int delay_us)
{
    while (atomic_load(&dog->asked))
        sched_yield();
    atomic_store(&dog->delay_us, delay_us);
    atomic_store(&dog->over, false);
    atomic_store(&dog->asked, true);
}

static void end_watch(watchdog *dog, pthread_t thread)
{
    ask(dog, -1);
    pthread_join(thread, NULL);
}

ON_BOTH(a_cancel_stops_the_statement)
{
    watchdog dog = {.told = 0};
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, watch, &dog), 0);
    for (int i = 0; i < 3; i++) {
        ask(&dog, 20000);
        const int64_t began = qc_now_us();
        ck_assert(!qc_execute(db, endless[database]));
        expect_error(QC_ERROR_CANCELLED, "57014");
        ck_assert_int_lt(elapsed_ms(began), BUSY_MS);
        atomic_store(&dog.over, true);
        expect_usable();
    }
    end_watch(&dog, thread);
    ck_assert_int_eq(dog.told, 3);
}

ON_BOTH(a_cancel_when_nothing_runs_does_nothing)
{
    ck_assert_uint_eq(qc_running(db), 0);
    ck_assert(!qc_cancel(db));
    ck_assert(!qc_cancel_only(db, 1));
    ck_assert(!qc_cancel(NULL));
    ck_assert_uint_eq(qc_running(NULL), 0);
    for (int i = 0; i < 10; i++) {
        expect_usable();
        ck_assert(!qc_cancel(db));
    }
}

/* At random microseconds around the end of the statement; what comes next is sent at once. */
ON_BOTH(a_cancel_hits_only_its_statement)
{
    const int most = rounds(300, 10000);
    watchdog dog = {.told = 0};
    pthread_t thread;
    int cancelled = 0;
    srand(20260104);
    ck_assert_int_eq(pthread_create(&thread, NULL, watch, &dog), 0);
    int i = 0;
    for (; goes_on(i, most, cancelled); i++) {
        const int longest = cancelled == i ? 7000 + 1000 * i : 7000; /* as above */
        ask(&dog, rand() % longest);
        const bool good = qc_execute(db, brief[database]);
        atomic_store(&dog.over, true);
        if (!good)
            expect_error(QC_ERROR_CANCELLED, "57014");
        cancelled += !good;
        database_run(db, brief[database]);
        expect_usable();
    }
    end_watch(&dog, thread);
    ck_assert_int_gt(cancelled, 0);
    ck_assert_int_lt(cancelled, i);
    ck_assert_int_ge(dog.told, cancelled);
}

Suite *deadlines_suite(void);
Suite *deadlines_suite(void)
{
    Suite *suite = suite_create("deadlines");
    TCase *tests = tcase_create("deadlines");
    tcase_add_unchecked_fixture(tests, databases_begin, databases_end);
    tcase_set_timeout(tests, long_tests() ? 600 : 60);
    tcase_add_loop_test(tests, a_late_statement_is_stopped_and_the_connection_kept, 0, 2);
    tcase_add_test(tests, a_cancel_that_is_ignored_is_repeated);
    tcase_add_loop_test(tests, a_late_statement_fails_its_transaction_only, 0, 2);
    tcase_add_loop_test(tests, a_deadline_bounds_everything_inside, 0, 2);
    tcase_add_loop_test(tests, the_sooner_of_two_deadlines_counts, 0, 2);
    tcase_add_loop_test(tests, what_begins_after_its_deadline_is_not_sent, 0, 2);
    tcase_add_loop_test(tests, a_rollback_may_be_late, 0, 2);
    tcase_add_loop_test(tests, a_stream_ends_at_its_deadline, 0, 2);
    tcase_add_loop_test(tests, a_late_copy_leaves_no_transaction, 0, 2);
    tcase_add_loop_test(tests, a_late_copy_that_is_left_keeps_the_connection, 0, 2);
    tcase_add_test(tests, a_late_cursor_is_closed);
    tcase_add_test(tests, a_lock_is_waited_for_until_the_deadline);
    tcase_add_loop_test(tests, a_deadline_never_hits_the_next_statement, 0, 2);
    tcase_add_loop_test(tests, a_cancel_stops_the_statement, 0, 2);
    tcase_add_loop_test(tests, a_cancel_when_nothing_runs_does_nothing, 0, 2);
    tcase_add_loop_test(tests, a_cancel_hits_only_its_statement, 0, 2);
    suite_add_tcase(suite, tests);
    return suite;
}
