/* Waiters: ready, late, and bells that ring for a deadline that has moved on. */
#include "base/waiter.h"

#include "busy.h"

#include <check.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MS = 1000 };

static int pair[2];
static qc_waiter waiter;

static void set_up(void)
{
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    waiter = (qc_waiter){0};
}

static void tear_down(void)
{
    qc_waiter_close(&waiter);
    close(pair[0]);
    close(pair[1]);
}

static void say(void)
{
    ck_assert_int_eq(write(pair[1], "x", 1), 1);
}

static void hear(void)
{
    char c;
    ck_assert_int_eq(read(pair[0], &c, 1), 1);
}

/* The same as wait_ms, for the rest of an answer. */
static int wait_more(int ms)
{
    return qc_waiter_wait(&waiter, pair[0], ms ? qc_about_now_us() + ms * MS : 0);
}

/* Waits `ms` milliseconds from now for an answer; 0: without a deadline. */
static int wait_ms(int ms)
{
    qc_waiter_expect(&waiter);
    return wait_more(ms);
}

/* Nothing is said: the wait ends at its deadline. */
static void ends_in_time(int ms)
{
    int64_t begin = qc_now_us();
    ck_assert_int_eq(wait_ms(ms), 0);
    int64_t waited = qc_now_us() - begin;
    ck_assert_msg(waited >= (ms - 10) * MS && waited < (ms + BUSY_MS) * MS, "waited %lld us of %d ms",
                  (long long)waited, ms);
}

START_TEST(what_is_ready_is_told)
{
    say();
    ck_assert_int_eq(wait_ms(1000), 1);
    ck_assert(waiter.made);
    hear();
    ends_in_time(20);
    say();
    qc_waiter_expect(&waiter);
    ck_assert_int_eq(qc_waiter_wait(&waiter, pair[0], 1), 1);
    ck_assert_int_eq(qc_waiter_wait(&waiter, -1, 1), -1);
}
END_TEST

START_TEST(deadlines_come_and_go)
{
    ends_in_time(30);
    ends_in_time(30);
    say();
    ck_assert_int_eq(wait_ms(60000), 1);
    hear();
    ends_in_time(30);
    ck_assert_int_eq(qc_waiter_wait(&waiter, pair[0], 1), 0);
}
END_TEST

/* The kernel tells of it once; the rest is found all the same. */
START_TEST(what_was_told_is_still_there)
{
    say();
    say();
    ck_assert_int_eq(wait_ms(1000), 1);
    ck_assert_int_eq(wait_more(1000), 1);
    hear();
    ck_assert_int_eq(wait_more(0), 1);
    hear();
    ck_assert_int_eq(wait_more(20), 0);
}
END_TEST

/* Something is left unread when the next question is asked. */
START_TEST(an_answer_is_told_whatever_lies_before_it)
{
    say();
    ck_assert_int_eq(wait_ms(1000), 1);
    say();
    ck_assert_int_eq(wait_ms(1000), 1);
    hear();
    hear();
    ends_in_time(20);
}
END_TEST

/* The bell was set for an earlier wait. */
START_TEST(an_early_bell_is_set_again)
{
    say();
    ck_assert_int_eq(wait_ms(20), 1);
    hear();
    int64_t rings = waiter.rings;
    ck_assert_int_ne(rings, 0);
    ends_in_time(100);
    say();
    ck_assert_int_eq(wait_ms(20), 1);
    say();
    ck_assert_int_eq(wait_ms(60000), 1);
    ck_assert_int_lt(waiter.rings, qc_now_us() + BUSY_MS * MS);
    poll(NULL, 0, 40);
    say();
    ck_assert_int_eq(wait_ms(60000), 1);
}
END_TEST

START_TEST(without_a_deadline_bells_do_not_end_it)
{
    say();
    ck_assert_int_eq(wait_ms(20), 1);
    hear();
    pid_t child = fork();
    if (child == 0) {
        poll(NULL, 0, 80);
        _exit(write(pair[1], "x", 1) != 1);
    }
    ck_assert_int_eq(wait_ms(0), 1);
    ck_assert_int_eq(waiter.rings, 0);
}
END_TEST

START_TEST(an_end_is_something_to_read)
{
    shutdown(pair[1], SHUT_RDWR);
    ck_assert_int_eq(wait_ms(1000), 1);
}
END_TEST

/* The end came with an answer, and nothing more will come. */
START_TEST(an_end_that_was_told_is_found_again)
{
    say();
    shutdown(pair[1], SHUT_WR);
    ck_assert_int_eq(wait_ms(1000), 1);
    hear();
    ck_assert_int_eq(wait_ms(60000), 1);
    ck_assert_int_eq(wait_ms(0), 1);
}
END_TEST

START_TEST(another_file_is_polled)
{
    int other[2];
    say();
    ck_assert_int_eq(wait_ms(1000), 1);
    ck_assert_int_eq(pipe(other), 0);
    qc_waiter_expect(&waiter);
    ck_assert_int_eq(qc_waiter_wait(&waiter, other[0], qc_about_now_us() + 20 * MS), 0);
    waiter.refused = true;
    ck_assert_int_eq(wait_ms(1000), 1);
    close(other[0]);
    close(other[1]);
}
END_TEST

Suite *waiter_suite(void)
{
    Suite *suite = suite_create("waiter");
    TCase *all = tcase_create("waiter");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, what_is_ready_is_told);
    tcase_add_test(all, what_was_told_is_still_there);
    tcase_add_test(all, an_answer_is_told_whatever_lies_before_it);
    tcase_add_test(all, deadlines_come_and_go);
    tcase_add_test(all, an_early_bell_is_set_again);
    tcase_add_test(all, without_a_deadline_bells_do_not_end_it);
    tcase_add_test(all, an_end_is_something_to_read);
    tcase_add_test(all, an_end_that_was_told_is_found_again);
    tcase_add_test(all, another_file_is_polled);
    suite_add_tcase(suite, all);
    return suite;
}
