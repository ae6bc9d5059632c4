/* Calls that block, in a thread of their own. */
#ifndef QC_BASE_ASIDE_H
#define QC_BASE_ASIDE_H

#include <stdint.h>

typedef enum qc_aside_end {
    QC_ASIDE_DONE,
    QC_ASIDE_LATE, /* the deadline passed first: the thread goes on, and has `data` to itself */
    QC_ASIDE_NOT_STARTED /* no thread, or no memory for it: nothing was called */
} qc_aside_end;

/* Runs call(data) in another thread and waits for its end, inside a task without blocking the loop.
 * Unless that is done, abandon(data) is called: at the end of the call, or at once where there is
 * none. */
qc_aside_end qc_aside(void (*call)(void *data), void (*abandon)(void *data), void *data,
                      int64_t deadline);

#endif
