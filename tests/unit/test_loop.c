/* Tasks and their loop, without a database: order, waits, arenas, threads. */
#include "base/base.h"
#include "base/wait.h"

#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <quercus/loop.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static qc_loop *loop;
static char seen[256];

static void setup(void)
{
    loop = qc_loop_new();
    ck_assert_ptr_nonnull(loop);
    *seen = '\0';
}

static void teardown(void)
{
    ck_assert(qc_loop_free(loop));
}

static void start(qc_task_fn *fn, void *data)
{
    ck_assert(qc_loop_start(loop, fn, data));
}

static void run_all(void)
{
    ck_assert(qc_loop_run(loop, 20000));
}

static void note(const char *what)
{
    ck_assert_uint_lt(strlen(seen) + strlen(what), sizeof(seen));
    strcat(seen, what);
}

/* ---- Order. ---- */

static void note_it(void *data)
{
    note(data);
}

static void note_twice(void *data)
{
    note(data);
    qc_task_yield();
    note(data);
}

static void start_others(void *data)
{
    note("(");
    start(note_twice, data);
    start(note_it, "b");
    note(")");
}

START_TEST(tasks_run_in_the_order_they_were_started_and_yielded)
{
    start(note_twice, "a");
    start(note_twice, "b");
    start(note_it, "c");
    ck_assert_str_eq(seen, "");
    ck_assert_uint_eq(qc_advance(loop), 2);
    ck_assert_str_eq(seen, "abc");
    ck_assert_int_eq(qc_poll_timeout(loop), 0);
    ck_assert_uint_eq(qc_advance(loop), 0);
    ck_assert_str_eq(seen, "abcab");
    ck_assert_int_eq(qc_poll_timeout(loop), -1);
}
END_TEST

START_TEST(a_task_starts_tasks)
{
    start(start_others, "a");
    run_all();
    ck_assert_str_eq(seen, "()aba");
}
END_TEST

static void advance_inside(void *data)
{
    (void)data;
    ck_assert_uint_eq(qc_advance(loop), 1);
    ck_assert(!qc_loop_run(loop, 0));
    ck_assert(!qc_loop_free(loop));
}

START_TEST(a_loop_does_not_turn_in_its_own_tasks)
{
    start(advance_inside, NULL);
    run_all();
}
END_TEST

START_TEST(a_loop_with_tasks_is_not_freed)
{
    start(note_it, "a");
    ck_assert(!qc_loop_free(loop));
    run_all();
    ck_assert(qc_loop_free(NULL));
}
END_TEST

START_TEST(no_loop_has_no_tasks)
{
    ck_assert(!qc_loop_start(NULL, note_it, "a"));
    ck_assert_uint_eq(qc_advance(NULL), 0);
    ck_assert(qc_loop_run(NULL, -1));
    qc_loop *idle = qc_loop_new();
    ck_assert(qc_loop_run(idle, -1));
    ck_assert(qc_loop_free(idle));
    ck_assert_int_eq(qc_poll_fd(NULL), -1);
    ck_assert_int_eq(qc_poll_timeout(NULL), -1);
}
END_TEST

static void run_another(void *data)
{
    qc_loop *ours = loop;
    loop = qc_loop_new();
    start(note_twice, "i");
    start(note_it, "j");
    run_all();
    ck_assert(qc_loop_free(loop));
    loop = ours;
    note(data);
}

START_TEST(a_loop_runs_inside_a_task_of_another)
{
    start(run_another, "o");
    run_all();
    ck_assert_str_eq(seen, "ijio");
}
END_TEST

/* ---- Time. ---- */

static void sleep_and_note(void *data)
{
    const char *text = data;
    qc_task_sleep((*text - '0') * 10);
    note(text);
}

START_TEST(who_sleeps_less_wakes_first)
{
    start(sleep_and_note, "3");
    start(sleep_and_note, "1");
    start(sleep_and_note, "5");
    start(sleep_and_note, "0");
    const int64_t began = qc_now_us();
    run_all();
    ck_assert_int_ge(qc_now_us() - began, 50 * 1000);
    ck_assert_str_eq(seen, "0135");
}
END_TEST

static void sleep_30(void *data)
{
    qc_task_sleep(30);
    ++*(int *)data;
}

START_TEST(a_thousand_sleep_at_the_same_time)
{
    int slept = 0;
    for (int i = 0; i < 1000; i++)
        start(sleep_30, &slept);
    const int64_t began = qc_now_us();
    run_all();
    ck_assert_int_eq(slept, 1000);
    ck_assert_int_lt(qc_now_us() - began, 5 * 1000 * 1000);
}
END_TEST

START_TEST(a_run_ends_with_its_time)
{
    int slept = 0;
    start(sleep_30, &slept);
    ck_assert(!qc_loop_run(loop, 5));
    ck_assert_int_eq(slept, 0);
    run_all();
    ck_assert_int_eq(slept, 1);
}
END_TEST

START_TEST(outside_a_task_a_sleep_blocks)
{
    const int64_t began = qc_now_us();
    qc_task_yield();
    qc_task_sleep(20);
    ck_assert_int_ge(qc_now_us() - began, 20 * 1000);
}
END_TEST

/* ---- Descriptors. ---- */

typedef struct link {
    int ends[2];
    int rounds;
    int64_t deadline;
    int ready;
} link_t;

static void open_link(link_t *link)
{
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, link->ends), 0);
}

static void close_link(link_t *link)
{
    close(link->ends[0]);
    close(link->ends[1]);
}

static void bounce(link_t *link, int end)
{
    for (int i = 0; i < link->rounds; i++) {
        char byte = 'x';
        if (end == 0)
            ck_assert_int_eq(write(link->ends[0], &byte, 1), 1);
        ck_assert_int_eq(qc_wait_fd(link->ends[end], POLLIN, 0), 1);
        ck_assert_int_eq(read(link->ends[end], &byte, 1), 1);
        if (end == 1)
            ck_assert_int_eq(write(link->ends[1], &byte, 1), 1);
    }
}

static void ping(void *data)
{
    bounce(data, 0);
}

static void pong(void *data)
{
    bounce(data, 1);
}

START_TEST(many_pairs_talk_at_once)
{
    enum { PAIRS = 100 };
    link_t links[PAIRS];
    for (int i = 0; i < PAIRS; i++) {
        open_link(&links[i]);
        links[i].rounds = 20 + i % 7;
        start(ping, &links[i]);
        start(pong, &links[i]);
    }
    run_all();
    for (int i = 0; i < PAIRS; i++)
        close_link(&links[i]);
}
END_TEST

static void wait_to_read(void *data)
{
    link_t *link = data;
    link->ready = qc_wait_fd(link->ends[0], POLLIN, link->deadline);
}

START_TEST(a_wait_ends_at_its_deadline)
{
    link_t link = {.deadline = qc_now_us() + 20 * 1000, .ready = -2};
    open_link(&link);
    start(wait_to_read, &link);
    run_all();
    ck_assert_int_eq(link.ready, 0);
    ck_assert_int_ge(qc_now_us(), link.deadline);

    ck_assert_int_eq(write(link.ends[1], "x", 1), 1);
    start(wait_to_read, &link); /* its deadline has passed, but it is ready */
    run_all();
    ck_assert_int_eq(link.ready, 1);
    close_link(&link);

    link.ends[0] = -1;
    start(wait_to_read, &link);
    run_all();
    ck_assert_int_eq(link.ready, -1);
}
END_TEST

static void poll_own(void *data)
{
    link_t *link = data;
    ck_assert_int_eq(qc_task_poll(link->ends[0], POLLIN, 0), 0);
    ck_assert_int_eq(qc_task_poll(link->ends[0], POLLIN, 10), 0);
    ck_assert_int_eq(qc_task_poll(link->ends[0], POLLOUT, -1), 1);
    ck_assert_int_eq(qc_task_poll(-1, POLLIN, -1), -1);
    link->ready++;
}

START_TEST(a_task_waits_for_descriptors_of_its_own)
{
    link_t link = {.ready = 0};
    open_link(&link);
    start(poll_own, &link);
    run_all();
    poll_own(&link);
    ck_assert_int_eq(link.ready, 2);
    close_link(&link);
}
END_TEST

static void sleep_after_waiting(void *data)
{
    link_t *link = data;
    ck_assert_int_eq(qc_wait_fd(link->ends[0], POLLIN, qc_now_us() + 5000), 0);
    ck_assert_int_eq(write(link->ends[1], "x", 1), 1);
    const int64_t end = qc_now_us() + 20 * 1000;
    qc_wait_until(end);
    ck_assert_int_ge(qc_now_us(), end);
}

START_TEST(a_wait_that_is_over_wakes_nobody)
{
    link_t link;
    open_link(&link);
    start(sleep_after_waiting, &link);
    run_all();
    close_link(&link);
}
END_TEST

START_TEST(a_number_used_again_is_another_descriptor)
{
    for (int i = 0; i < 3; i++) {
        link_t link = {.rounds = 2};
        open_link(&link);
        start(ping, &link);
        start(pong, &link);
        run_all();
        close_link(&link);
    }
}
END_TEST

START_TEST(a_closed_peer_ends_a_wait)
{
    link_t link = {.ready = -2};
    open_link(&link);
    start(wait_to_read, &link);
    ck_assert_uint_eq(qc_advance(loop), 1);
    close(link.ends[1]);
    run_all();
    ck_assert_int_eq(link.ready, 1);
    close(link.ends[0]);
}
END_TEST

START_TEST(outside_a_task_a_wait_blocks)
{
    link_t link;
    open_link(&link);
    const int64_t now = qc_now_us();
    ck_assert_int_eq(qc_wait_fd(link.ends[0], POLLIN, now + 20 * 1000), 0);
    ck_assert_int_ge(qc_now_us(), now + 15 * 1000);
    ck_assert_int_eq(qc_wait_fd(link.ends[0], POLLIN | POLLOUT, 0), 1);
    ck_assert_int_eq(qc_wait_fd(-1, POLLIN, 0), -1);
    close_link(&link);
}
END_TEST

START_TEST(another_loop_drives_ours)
{
    link_t link = {.rounds = 50};
    open_link(&link);
    start(ping, &link);
    start(pong, &link);
    start(sleep_and_note, "1");
    while (qc_advance(loop) > 0) {
        struct pollfd outer = {.fd = qc_poll_fd(loop), .events = qc_poll_events(loop)};
        ck_assert_int_ge(poll(&outer, 1, qc_poll_timeout(loop)), 0);
    }
    ck_assert_str_eq(seen, "1");
    close_link(&link);
}
END_TEST

/* ---- Parking. ---- */

typedef struct place {
    qc_parking parking;
    int64_t deadline;
    bool told;
} place;

static void park(void *data)
{
    place *here = data;
    here->told = qc_park(&here->parking, here->deadline);
    note(here->told ? "told " : "late ");
}

static void unpark(void *data)
{
    place *there = data;
    note("tells ");
    qc_unpark(&there->parking);
}

static void *unpark_slowly(void *data)
{
    place *there = data;
    qc_wait_until(qc_now_us() + 10 * 1000);
    qc_unpark(&there->parking);
    return NULL;
}

START_TEST(tasks_wake_each_other)
{
    place here = {.told = false};
    ck_assert(qc_park_init(&here.parking));
    start(park, &here);
    start(unpark, &here);
    run_all();
    start(unpark, &here); /* before it parks */
    start(unpark, &here); /* which is told only once */
    start(park, &here);
    run_all();
    here.deadline = qc_now_us() + 5 * 1000;
    start(park, &here);
    run_all();
    ck_assert_str_eq(seen, "tells told tells tells told late ");
    qc_park_destroy(&here.parking);
}
END_TEST

START_TEST(a_thread_wakes_a_task_and_a_thread)
{
    place here = {.told = false};
    pthread_t thread;
    ck_assert(qc_park_init(&here.parking));
    start(park, &here);
    ck_assert_int_eq(pthread_create(&thread, NULL, unpark_slowly, &here), 0);
    run_all();
    ck_assert_str_eq(seen, "told ");
    pthread_join(thread, NULL);

    ck_assert_int_eq(pthread_create(&thread, NULL, unpark_slowly, &here), 0);
    ck_assert(qc_park(&here.parking, 0));
    pthread_join(thread, NULL);
    ck_assert(!qc_park(&here.parking, qc_now_us() + 5 * 1000));
    ck_assert(!qc_park(&here.parking, 1));
    qc_park_destroy(&here.parking);
}
END_TEST

/* Many times around the deadline, on a parking that goes away at once. */
typedef struct race {
    _Atomic(qc_parking *) parking;
    int rounds, told;
    atomic_bool over;
} race;

static void *tell_sometimes(void *data)
{
    race *race = data;
    while (!race->over) {
        qc_parking *parking = atomic_exchange(&race->parking, NULL);
        if (parking)
            qc_unpark(parking);
    }
    return NULL;
}

static void park_often(void *data)
{
    race *race = data;
    for (int i = 0; i < race->rounds; i++) {
        qc_parking parking;
        ck_assert(qc_park_init(&parking));
        race->parking = &parking;
        const int64_t deadline = qc_now_us() + i % 40;
        bool told = qc_park(&parking, deadline);
        ck_assert(told || qc_now_us() >= deadline);
        if (!told && !atomic_exchange(&race->parking, NULL))
            told = qc_park(&parking, 0);
        race->told += told;
        qc_park_destroy(&parking);
        if (i % 5 == 0)
            qc_task_yield();
    }
    race->over = true;
}

START_TEST(a_wake_at_the_deadline_is_not_lost)
{
    race race = {.rounds = 20000};
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, tell_sometimes, &race), 0);
    start(park_often, &race);
    run_all();
    pthread_join(thread, NULL);
    ck_assert_int_gt(race.told, 0);
}
END_TEST

/* ---- Arenas and stacks. ---- */

typedef struct writer {
    int number;
    int *finished;
} writer;

static void fill(void *data)
{
    writer *writer = data;
    qc_arena *arena = qc_current_arena();
    const qc_mark mark = qc_arena_mark(arena);
    char *texts[5];
    for (int i = 0; i < 5; i++) {
        texts[i] = qc_arena_printf(arena, "%d of %d", i, writer->number);
        qc_task_yield();
        ck_assert_ptr_eq(qc_current_arena(), arena);
    }
    for (int i = 0; i < 5; i++) {
        char expected[40];
        snprintf(expected, sizeof(expected), "%d of %d", i, writer->number);
        ck_assert_str_eq(texts[i], expected);
    }
    qc_arena_release(arena, mark);
    ++*writer->finished;
}

static void run_writers(int count)
{
    int finished = 0;
    writer *writers = calloc((size_t)count, sizeof(*writers));
    ck_assert_ptr_nonnull(writers);
    for (int i = 0; i < count; i++) {
        writers[i] = (writer){i, &finished};
        start(fill, &writers[i]);
    }
    run_all();
    ck_assert_int_eq(finished, count);
    free(writers);
}

START_TEST(every_task_has_its_own_current_arena)
{
    qc_arena *ours = qc_current_arena();
    run_writers(10);
    ck_assert_ptr_eq(qc_current_arena(), ours);
}
END_TEST

START_TEST(ten_thousand_tasks)
{
    run_writers(10000);
    run_writers(100);
}
END_TEST

static int dig(int depth)
{
    volatile char room[1024];
    room[depth % 1024] = (char)depth;
    return depth == 0 ? room[0] : dig(depth - 1) + room[depth % 1024] - (char)depth;
}

static void dig_deep(void *data)
{
    *(int *)data = dig(180);
}

START_TEST(a_stack_has_room)
{
    int dug = 1;
    start(dig_deep, &dug);
    run_all();
    ck_assert_int_eq(dug, 0);
}
END_TEST

/* ---- Threads. ---- */

static void count_up(void *data)
{
    ++*(int *)data;
}

static void *start_from_outside(void *data)
{
    for (int i = 0; i < 1000; i++)
        start(count_up, data);
    return NULL;
}

static void wait_for_thousands(void *data)
{
    const int *count = data;
    while (*count < 3000)
        qc_task_sleep(1);
}

START_TEST(other_threads_start_tasks)
{
    int count = 0;
    pthread_t threads[3];
    start(wait_for_thousands, &count);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, start_from_outside, &count), 0);
    run_all();
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    ck_assert_int_eq(count, 3000);
}
END_TEST

static void *advance_ours(void *data)
{
    *(size_t *)data = qc_advance(loop);
    return NULL;
}

START_TEST(only_its_own_thread_turns_a_loop)
{
    size_t left = 0;
    pthread_t thread;
    start(note_twice, "a");
    ck_assert_uint_eq(qc_advance(loop), 1);
    ck_assert_int_eq(pthread_create(&thread, NULL, advance_ours, &left), 0);
    pthread_join(thread, NULL);
    ck_assert_uint_eq(left, 1);
    ck_assert_str_eq(seen, "a");
    run_all();
}
END_TEST

Suite *loop_suite(void)
{
    Suite *suite = suite_create("loop");
    TCase *tests = tcase_create("loop");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, tasks_run_in_the_order_they_were_started_and_yielded);
    tcase_add_test(tests, a_task_starts_tasks);
    tcase_add_test(tests, a_loop_does_not_turn_in_its_own_tasks);
    tcase_add_test(tests, a_loop_with_tasks_is_not_freed);
    tcase_add_test(tests, no_loop_has_no_tasks);
    tcase_add_test(tests, a_loop_runs_inside_a_task_of_another);
    tcase_add_test(tests, who_sleeps_less_wakes_first);
    tcase_add_test(tests, a_thousand_sleep_at_the_same_time);
    tcase_add_test(tests, a_run_ends_with_its_time);
    tcase_add_test(tests, outside_a_task_a_sleep_blocks);
    tcase_add_test(tests, many_pairs_talk_at_once);
    tcase_add_test(tests, a_wait_ends_at_its_deadline);
    tcase_add_test(tests, a_task_waits_for_descriptors_of_its_own);
    tcase_add_test(tests, a_wait_that_is_over_wakes_nobody);
    tcase_add_test(tests, a_number_used_again_is_another_descriptor);
    tcase_add_test(tests, a_closed_peer_ends_a_wait);
    tcase_add_test(tests, outside_a_task_a_wait_blocks);
    tcase_add_test(tests, another_loop_drives_ours);
    tcase_add_test(tests, tasks_wake_each_other);
    tcase_add_test(tests, a_thread_wakes_a_task_and_a_thread);
    tcase_add_test(tests, a_wake_at_the_deadline_is_not_lost);
    tcase_add_test(tests, every_task_has_its_own_current_arena);
    tcase_add_test(tests, ten_thousand_tasks);
    tcase_add_test(tests, a_stack_has_room);
    tcase_add_test(tests, other_threads_start_tasks);
    tcase_add_test(tests, only_its_own_thread_turns_a_loop);
    suite_add_tcase(suite, tests);
    return suite;
}
