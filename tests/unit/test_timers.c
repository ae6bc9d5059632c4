/* The heap of timers against a sorted look at all of them. */
#include "base/timers.h"

#include <check.h>
#include <stdlib.h>

enum { TIMERS = 300, STEPS = 20000 };

static const qc_timer *earliest(const qc_timer *timers)
{
    const qc_timer *first = NULL;
    for (int i = 0; i < TIMERS; i++)
        if (timers[i].set && (!first || timers[i].time < first->time))
            first = &timers[i];
    return first;
}

START_TEST(the_earliest_is_first)
{
    qc_timer timers[TIMERS] = {{0}};
    qc_timers heap = {0};
    srand(20260101);
    for (int step = 0; step < STEPS; step++) {
        qc_timer *timer = &timers[rand() % TIMERS];
        if (timer->set || rand() % 3 == 0)
            qc_timer_clear(&heap, timer);
        else
            qc_timer_set(&heap, timer, rand() % 1000);
        const qc_timer *expected = earliest(timers);
        ck_assert_int_eq(!heap.first, !expected);
        if (expected)
            ck_assert_int_eq(heap.first->time, expected->time);
    }
}
END_TEST

START_TEST(they_leave_in_order)
{
    qc_timer timers[TIMERS] = {{0}};
    qc_timers heap = {0};
    srand(20260102);
    for (int i = 0; i < TIMERS; i++)
        qc_timer_set(&heap, &timers[i], rand() % 100);
    int64_t last = 0;
    int count = 0;
    for (; heap.first; count++) {
        ck_assert_int_ge(heap.first->time, last);
        last = heap.first->time;
        qc_timer_clear(&heap, heap.first);
    }
    ck_assert_int_eq(count, TIMERS);
}
END_TEST

Suite *timers_suite(void)
{
    Suite *suite = suite_create("timers");
    TCase *tests = tcase_create("timers");
    tcase_add_test(tests, the_earliest_is_first);
    tcase_add_test(tests, they_leave_in_order);
    suite_add_tcase(suite, tests);
    return suite;
}
