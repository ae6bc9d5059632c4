/* Tasks from the inside: what the waits of wait.h do in one. */
#ifndef QC_BASE_TASK_H
#define QC_BASE_TASK_H

#include <quercus/loop.h>
#include <stdint.h>

typedef struct qc_task qc_task;

/* The task that runs in this thread, or NULL. */
extern _Thread_local qc_task *qc_this_task
    __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* Sets this task aside until it is woken (true) or the deadline has passed. */
bool qc_task_wait(int64_t deadline);
/* As qc_wait_fd. */
int qc_task_wait_fd(int fd, short events, int64_t deadline);
/* From any thread, once for each wait, which need not have begun: its thread may still be on the
 * way there. */
void qc_task_wake(qc_task *task);
/* Takes back a qc_task_wake of this task that came when its wait had ended by itself. Whoever would
 * wake it must not be able to any more. */
void qc_task_forget_wake(void);

#endif
