/* Tasks on both databases: whatever waits inside one lets the others go on. */
#include "busy.h"
#include "databases.h"

#include "base/base.h"
#include "base/wait.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

MODEL(Job, "jobs",
    COLUMN(id, BIGINT, PRIMARY_KEY),
    COLUMN(owner, INTEGER),
    COLUMN(word, TEXT))
SCHEMA(jobs, Job)

static const char *const endless[] = {
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) "
    "SELECT count(*) FROM n",
    "SELECT pg_sleep(60)"};

static char file[64], file_url[80];
static const char *url;
static qc_loop *loop;
static int database, finished;

static void remove_file(void)
{
    static const char *const ends[] = {"", "-journal", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        char path[80];
        snprintf(path, sizeof(path), "%s%s", file, ends[i]);
        unlink(path);
    }
}

static qc_db *open_db(void)
{
    qc_db *db = qc_open(url);
    if (!qc_ok(db))
        database_fail(db, "open");
    qc_set_named_statements(db, database_names_statements());
    qc_set_cancel_timeout(db, BUSY_MS);
    return db;
}

static void setup(int which)
{
    database = which;
    snprintf(file, sizeof(file), "/tmp/quercus_tasks_%ld.db", (long)getpid());
    snprintf(file_url, sizeof(file_url), "sqlite:%s", file);
    url = which == SQLITE_DATABASE ? file_url : database_url(which);
    remove_file();
    qc_db *db = open_db();
    ck_assert(qc_drop_all(db, &jobs) && qc_create_all(db, &jobs));
    qc_close(db);
    loop = qc_loop_new();
    ck_assert_ptr_nonnull(loop);
    finished = 0;
}

static void teardown(void)
{
    ck_assert(qc_loop_free(loop));
    qc_db *db = open_db();
    ck_assert(qc_drop_all(db, &jobs));
    qc_close(db);
    remove_file();
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

static void start(qc_task_fn *fn, void *data)
{
    ck_assert(qc_loop_start(loop, fn, data));
}

static void run_all(int expected)
{
    ck_assert(qc_loop_run(loop, 60000));
    ck_assert_int_eq(finished, expected);
}

/* ---- Connections of their own. ---- */

static void write_and_read(void *data)
{
    const int owner = *(int *)data;
    qc_db *db = open_db();
    char word[32];
    for (int i = 0; i < 10; i++) {
        snprintf(word, sizeof(word), "job %d of %d", i, owner);
        struct Job job = {owner * 100 + i, owner, word};
        ck_assert_int_eq(EXEC(db, INSERT_ROW(Job, &job)), 1);
    }
    int seen = 0;
    STREAM(job, db, SELECT(Job).WHERE(EQ(Job_owner, owner)).ORDER_BY(Job_id)) {
        snprintf(word, sizeof(word), "job %d of %d", seen++, owner);
        ck_assert_str_eq(job->word, word);
    }
    ck_assert_int_eq(seen, 10);
    qc_close(db);
    finished++;
}

ON_BOTH(tasks_with_connections_of_their_own)
{
    int owners[20];
    for (int i = 0; i < 20; i++) {
        owners[i] = i;
        start(write_and_read, &owners[i]);
    }
    run_all(20);
}

static void sleep_in_server(void *data)
{
    (void)data;
    qc_db *db = open_db();
    database_run(db, "SELECT pg_sleep(1)");
    qc_close(db);
    finished++;
}

START_TEST(statements_wait_at_the_same_time)
{
    setup(POSTGRESQL_DATABASE);
    for (int i = 0; i < 20; i++)
        start(sleep_in_server, NULL);
    const int64_t began = qc_now_us();
    run_all(20);
    ck_assert_int_lt(qc_now_us() - began, 15 * 1000 * 1000); /* 20 s one by one */
    teardown();
}
END_TEST

/* ---- A few connections for many. ---- */

enum { CONNECTIONS = 8, QUERIES = 1000 };

typedef struct waiter {
    struct waiter *next;
    qc_parking parking;
} waiter;

static qc_db *idle[CONNECTIONS];
static int idle_count;
static waiter *first_waiter, **last_waiter = &first_waiter;

/* Whoever comes while all are taken waits in line; nothing else runs between a look and a wait. */
static qc_db *take(void)
{
    while (idle_count == 0) {
        waiter me = {.next = NULL};
        ck_assert(qc_park_init(&me.parking));
        *last_waiter = &me;
        last_waiter = &me.next;
        ck_assert(qc_park(&me.parking, 0));
        qc_park_destroy(&me.parking);
    }
    return idle[--idle_count];
}

static void give_back(qc_db *db)
{
    idle[idle_count++] = db;
    waiter *next = first_waiter;
    if (!next)
        return;
    first_waiter = next->next;
    if (!first_waiter)
        last_waiter = &first_waiter;
    qc_unpark(&next->parking);
}

static void query(void *data)
{
    const int number = *(int *)data;
    const qc_bool mine = EQ(Job_id, number % 50);
    while (idle_count == 0 && number % 3 == 0)
        qc_task_yield();
    qc_db *db = take();
    QC_SCOPE(db) {
        struct Job *job = ONE(db, SELECT(Job).WHERE(mine).WHERE(EQ(Job_owner, number % 7)));
        if (!job)
            ck_assert_int_eq(qc_error(db)->code, QC_ERROR_NOT_FOUND);
        else
            ck_assert_int_eq(job->id, number % 50);
        if (number % 50 % 7 == number % 7)
            ck_assert_ptr_nonnull(job);
    }
    give_back(db);
    finished++;
}

ON_BOTH(a_thousand_queries_over_eight_connections)
{
    static int numbers[QUERIES];
    for (idle_count = 0; idle_count < CONNECTIONS; idle_count++)
        idle[idle_count] = open_db();
    struct Job rows[50];
    for (int i = 0; i < 50; i++)
        rows[i] = (struct Job){i, i % 7, "job"};
    ck_assert_int_eq(EXEC(idle[0], INSERT_ROWS(Job, rows, 50)), 50);
    for (int i = 0; i < QUERIES; i++) {
        numbers[i] = i;
        start(query, &numbers[i]);
    }
    run_all(QUERIES);
    ck_assert_int_eq(idle_count, CONNECTIONS);
    while (idle_count > 0)
        qc_close(idle[--idle_count]);
}

/* ---- One connection for two. ---- */

static qc_db *shared;

static void be_slow(void *data)
{
    (void)data;
    database_run(shared, database
                             ? "SELECT pg_sleep(0.1)"
                             : "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                               "WHERE i < 100000) SELECT count(*) FROM n");
    finished++;
}

static void intrude(void *data)
{
    (void)data;
    ck_assert(!qc_execute(shared, "SELECT 1"));
    ck_assert_int_eq(qc_error(shared)->code, QC_ERROR_MISUSE);
    ck_assert_ptr_nonnull(strstr(qc_error(shared)->message, "another task"));
    finished++;
}

ON_BOTH(a_connection_is_for_one_task_at_a_time)
{
    shared = open_db();
    start(be_slow, NULL);
    start(intrude, NULL);
    run_all(2);
    database_run(shared, "SELECT 1");
    qc_close(shared);
}

/* ---- Closed while another task's call waits. ---- */

static int closing_line;

static void wait_long(qc_db *db)
{
    if (database == SQLITE_DATABASE)
        SCALAR(db, SELECT(RAW(BIGINT, "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
                                      "FROM n WHERE i < 1000000000) SELECT count(*) FROM n)")));
    else
        SCALAR(db, SELECT(RAW(TEXT, "pg_sleep(60)::text")));
}

static void expect_closed(qc_db *db)
{
    char place[64];
    const struct qc_error *error = qc_error(db);
    snprintf(place, sizeof(place), "test_tasks.c:%d,", closing_line);
    ck_assert_int_eq(error->code, QC_ERROR_MISUSE);
    ck_assert_msg(strstr(error->message, place), "%s", error->message);
}

/* Nor is there another call. */
static void wait_on_shared(void *data)
{
    (void)data;
    wait_long(shared);
    expect_closed(shared);
    ck_assert_str_eq(qc_error(shared)->function, "wait_long");
    wait_long(shared);
    expect_closed(shared);
    qc_close(shared); /* as it should be */
    finished++;
}

static void close_shared(void *data)
{
    (void)data;
    closing_line = __LINE__ + 1;
    qc_close(shared);
    finished++;
}

ON_BOTH(a_call_on_what_another_task_closes_fails)
{
    shared = open_db();
    start(wait_on_shared, NULL);
    start(close_shared, NULL);
    run_all(2);
}

ON_BOTH(so_does_one_on_what_is_closed_outside_of_tasks)
{
    shared = open_db();
    start(wait_on_shared, NULL);
    qc_advance(loop);
    close_shared(NULL);
    run_all(2);
}

static void wait_in_checkout(void *data)
{
    CHECKOUT(db, (qc_engine *)data) {
        shared = db;
        wait_long(db);
        expect_closed(db);
    }
    finished++;
}

/* The place in the pool is free again. */
ON_BOTH(a_pool_goes_on_after_that)
{
    qc_engine *engine = qc_engine_open(url, QC_ENGINE_OPTIONS(.max_size = 1));
    shared = NULL;
    start(wait_in_checkout, engine);
    while (!shared)
        qc_loop_run(loop, 1);
    close_shared(NULL);
    run_all(2);
    CHECKOUT(db, engine)
        database_run(db, "SELECT 1");
    qc_engine_close(engine);
}

static void wait_for_word(void *data)
{
    ck_assert(qc_listen(shared, "word"));
    *(bool *)data = true;
    ck_assert_ptr_null(qc_wait_notification(shared, -1));
    expect_closed(shared);
    finished++;
}

START_TEST(a_wait_for_a_notification_ends_too)
{
    setup(POSTGRESQL_DATABASE);
    shared = open_db();
    bool waits = false;
    start(wait_for_word, &waits);
    while (!waits)
        qc_loop_run(loop, 1);
    close_shared(NULL);
    run_all(2);
    teardown();
}
END_TEST

/* ---- Locks. ---- */

static bool held, released;

/* Holds the row for a while; on SQLite the whole database. */
static void hold(void *data)
{
    (void)data;
    qc_db *db = open_db();
    ck_assert(qc_begin(db));
    int64_t added = EXEC(db, INSERT(Job).SET(Job_id, 1).SET(Job_owner, 1).SET(Job_word, "held"));
    ck_assert_msg(added == 1, "%s", qc_error(db)->message);
    held = true;
    qc_task_sleep(50);
    released = true;
    ck_assert(qc_commit(db));
    qc_close(db);
    finished++;
}

/* The lock is free before the one who held it hears that. */
static void want(void *data)
{
    (void)data;
    qc_db *db = open_db();
    while (!held)
        qc_task_sleep(1);
    int64_t changed = EXEC(db, INSERT(Job).SET(Job_id, 1).SET(Job_owner, 2).SET(Job_word, "late"));
    ck_assert_int_eq(changed, -1);
    ck_assert_str_eq(qc_error(db)->sqlstate, "23505");
    ck_assert(released);
    qc_close(db);
    finished++;
}

ON_BOTH(a_lock_of_another_task_is_waited_for)
{
    held = released = false;
    start(hold, NULL);
    start(want, NULL);
    run_all(2);
}

/* ---- Deadlines, cancelling. ---- */

static void be_late(void *data)
{
    qc_db *db = *(qc_db **)data = open_db();
    const int64_t began = qc_now_us();
    DEADLINE(db, 80)
        ck_assert(!qc_execute(db, endless[database]));
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_TIMEOUT);
    ck_assert_int_lt(qc_now_us() - began, (80 + BUSY_MS) * 1000);
    int64_t count = SCALAR(db, SELECT(COUNT(Job_id)));
    ck_assert(qc_ok(db));
    ck_assert_int_eq(count, 0);
    ck_assert(!qc_execute(db, endless[database]));
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_CANCELLED);
    finished++;
}

static void stop_it(void *data)
{
    qc_db **db = data;
    while (finished < 1) {
        qc_task_sleep(5);
        const uint64_t statement = qc_running(*db);
        qc_task_sleep(150);
        if (statement && finished < 1)
            qc_cancel_only(*db, statement);
    }
    finished++;
}

ON_BOTH(a_task_stops_the_statement_of_another)
{
    qc_db *db = NULL;
    start(be_late, &db);
    start(stop_it, &db);
    run_all(2);
    qc_close(db);
}

/* ---- Stacks. ---- */

static void nest(void *data)
{
    (void)data;
    qc_db *db = open_db();
    qc_bool deep = EQ(Job_id, 1);
    for (int i = 0; i < 900; i++)
        deep = NOT(deep);
    SCALAR(db, SELECT(COUNT(Job_id)).WHERE(deep));
    ck_assert(qc_ok(db) || qc_error(db)->code == QC_ERROR_TOO_DEEP);
    qc_close(db);
    finished++;
}

ON_BOTH(deep_queries_fit_a_stack)
{
    start(nest, NULL);
    start(nest, NULL);
    run_all(2);
}

Suite *tasks_suite(void);
Suite *tasks_suite(void)
{
    Suite *suite = suite_create("tasks");
    TCase *tests = tcase_create("tasks");
    tcase_add_unchecked_fixture(tests, databases_begin, databases_end);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, tasks_with_connections_of_their_own, 0, 2);
    /* It finds, behind a pooler, statements that the one above has prepared. */
    tcase_add_loop_test(tests, a_lock_of_another_task_is_waited_for, 0, 2);
    tcase_add_test(tests, statements_wait_at_the_same_time);
    tcase_add_loop_test(tests, a_thousand_queries_over_eight_connections, 0, 2);
    tcase_add_loop_test(tests, a_connection_is_for_one_task_at_a_time, 0, 2);
    tcase_add_loop_test(tests, a_call_on_what_another_task_closes_fails, 0, 2);
    tcase_add_loop_test(tests, so_does_one_on_what_is_closed_outside_of_tasks, 0, 2);
    tcase_add_loop_test(tests, a_pool_goes_on_after_that, 0, 2);
    tcase_add_test(tests, a_wait_for_a_notification_ends_too);
    tcase_add_loop_test(tests, a_task_stops_the_statement_of_another, 0, 2);
    tcase_add_loop_test(tests, deep_queries_fit_a_stack, 0, 2);
    suite_add_tcase(suite, tests);
    return suite;
}
