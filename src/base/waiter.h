/* Waiting again and again for one descriptor, with deadlines, at the price of waiting for ever.
 *
 * A timeout of poll() starts and stops a timer of the kernel at every call, which is a tenth of what
 * a short statement costs its client. A waiter keeps its timer: deadlines mostly move on, so one that
 * rings too early is set to the next deadline when it does, not before.
 */
#ifndef QC_BASE_WAITER_H
#define QC_BASE_WAITER_H

#include "base/wait.h"

typedef struct qc_waiter {
    bool made;      /* the rest is valid */
    bool refused;   /* it could not be made */
    int fd;         /* it waits for */
    int poll, bell; /* the descriptors of epoll and of the timer */
    int64_t rings;  /* when the timer does; 0: never */
} qc_waiter;

/* As qc_wait_fd with POLLIN, which it is in a task and where no waiter can be made. A zeroed waiter
 * is made at its first call; until it is closed, `fd` must stay the same open file. */
int qc_waiter_wait(qc_waiter *waiter, int fd, int64_t deadline);
void qc_waiter_close(qc_waiter *waiter);

#endif
