/* Every wait of the library. It blocks the thread or, inside a task, sets the task aside (so no
 * lock may be held). Times are qc_about_now_us(); a deadline of 0 is none. */
#ifndef QC_BASE_WAIT_H
#define QC_BASE_WAIT_H

#include "base/base.h"

#include <pthread.h>

/* 1: `fd` is ready for one of the POLL… `events`, or has failed; 0: the deadline passed; -1: it
 * could not be waited for. */
int qc_wait_fd(int fd, short events, int64_t deadline);
void qc_wait_until(int64_t time);

/* Who asks: the task, or the thread. The same address as long as it lives. */
const void *qc_wait_self(void);

/* A place where one waits for another to say "go on". */
typedef struct qc_parking {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct qc_task *task; /* that waits, or NULL */
    bool told;            /* qc_unpark was called, qc_park has not returned since */
} qc_parking;

bool qc_park_init(qc_parking *parking);
void qc_park_destroy(qc_parking *parking);
/* True as soon as qc_unpark was called, before or meanwhile; false when the deadline passed. Only
 * one may wait at a time. */
bool qc_park(qc_parking *parking, int64_t deadline);
/* From any thread. The one who waits may destroy the parking when it goes on. */
void qc_unpark(qc_parking *parking);

#endif
