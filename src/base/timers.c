/* A pairing heap (Fredman, Sedgewick, Sleator, Tarjan, 1986): every timer stands above later ones.
 */
#include "base/timers.h"

#include <stddef.h>

/* The later becomes the first child of the earlier. */
static qc_timer *join(qc_timer *one, qc_timer *other)
{
    if (!one || !other)
        return one ? one : other;
    qc_timer *top = other->time < one->time ? other : one, *below = top == one ? other : one;
    below->before = top;
    below->next = top->child;
    if (top->child)
        top->child->before = below;
    top->child = below;
    return top;
}

/* Pairs from the left, then all of those from the right. */
static qc_timer *join_all(qc_timer *siblings)
{
    qc_timer *pairs = NULL, *joined = NULL;
    while (siblings) {
        qc_timer *one = siblings, *other = one->next;
        siblings = other ? other->next : NULL;
        one->next = NULL;
        if (other)
            other->next = NULL;
        one = join(one, other);
        one->next = pairs;
        pairs = one;
    }
    while (pairs) {
        qc_timer *next = pairs->next;
        pairs->next = NULL;
        joined = join(joined, pairs);
        pairs = next;
    }
    return joined;
}

void qc_timer_set(qc_timers *timers, qc_timer *timer, int64_t time)
{
    *timer = (qc_timer){.time = time, .set = true};
    timers->first = join(timers->first, timer);
}

static void cut(qc_timer *timer)
{
    if (timer->before->child == timer)
        timer->before->child = timer->next;
    else
        timer->before->next = timer->next;
    if (timer->next)
        timer->next->before = timer->before;
}

void qc_timer_clear(qc_timers *timers, qc_timer *timer)
{
    if (!timer->set)
        return;
    qc_timer *below = join_all(timer->child);
    if (timer == timers->first) {
        timers->first = below;
    } else {
        cut(timer);
        timers->first = join(timers->first, below);
    }
    *timer = (qc_timer){.set = false};
}
