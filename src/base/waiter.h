/* Waiting for the answers that come over one descriptor, with deadlines, for less than poll() takes
 * to wait for ever.
 *
 * A timeout of poll() starts and stops a timer of the kernel at every call, which is a tenth of what
 * a short statement costs its client. A waiter keeps its timer: deadlines mostly move on, so one that
 * rings too early is set to the next deadline when it does, not before.
 *
 * And it is told of what arrives once (EPOLLET), not for as long as it lies there, which would have
 * the kernel look again at each wait. So it serves only the first wait behind a question: whatever
 * was said before, the answer is still to be told.
 */
#ifndef QC_BASE_WAITER_H
#define QC_BASE_WAITER_H

#include "base/wait.h"

typedef struct qc_waiter {
    bool made;      /* the rest is valid */
    bool refused;   /* it could not be made */
    bool expects;   /* an answer of which nothing was told yet */
    bool ended;     /* the other side has closed its end, or there was an error */
    int fd;         /* it waits for */
    int poll, bell; /* the descriptors of epoll and of the timer */
    int64_t rings;  /* when the timer does; 0: never */
} qc_waiter;

/* A question was sent, and the answers to all before it were read. */
static inline void qc_waiter_expect(qc_waiter *waiter)
{
    waiter->expects = true;
}
/* As qc_wait_fd with POLLIN, which it is in a task, where no waiter can be made, and but for the
 * first call after qc_waiter_expect. A zeroed waiter is made at its first wait; until it is closed,
 * `fd` must stay the same open file. */
int qc_waiter_wait(qc_waiter *waiter, int fd, int64_t deadline);
void qc_waiter_close(qc_waiter *waiter);

#endif
