/* Timers, the earliest first: a pairing heap, which needs no memory but the timers themselves. */
#ifndef QC_BASE_TIMERS_H
#define QC_BASE_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroed is in no heap. */
typedef struct qc_timer {
    int64_t time;
    bool set; /* is in a heap */
    struct qc_timer *child, *next;
    struct qc_timer *before; /* the one before it among the children, or the parent */
} qc_timer;

/* Zeroed is empty. */
typedef struct qc_timers {
    qc_timer *first; /* the earliest, or NULL */
} qc_timers;

void qc_timer_set(qc_timers *timers, qc_timer *timer, int64_t time);
/* Nothing when it is not set. */
void qc_timer_clear(qc_timers *timers, qc_timer *timer);

#endif
