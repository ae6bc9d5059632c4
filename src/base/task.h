/* Tasks from the inside: what the waits of wait.h do in one. */
#ifndef QC_BASE_TASK_H
#define QC_BASE_TASK_H

#include <quercus/loop.h>
#include <stdint.h>

typedef struct qc_task qc_task;

/* The task that runs in this thread, or NULL. */
extern _Thread_local qc_task *qc_this_task
    __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* Who is inside a call, in a wait, so that others run meanwhile. */
typedef struct qc_inside {
    bool waits;
    qc_task *task; /* NULL: the thread itself */
} qc_inside;
static inline void qc_inside_begin(qc_inside *inside)
{
    *inside = (qc_inside){true, qc_this_task};
}
static inline void qc_inside_end(qc_inside *inside)
{
    *inside = (qc_inside){false, NULL};
}

/* Sets this task aside until it is woken (true) or the deadline has passed. */
bool qc_task_wait(int64_t deadline);
/* As qc_wait_fd. */
int qc_task_wait_fd(int fd, short events, int64_t deadline);
/* From any thread, once for each wait, which need not have begun: its thread may still be on the
 * way there. */
void qc_task_wake(qc_task *task);
/* What is to be done when a task's function has returned, still inside the task. The caller's,
 * zeroed before; in the thread of the task's loop only. */
typedef struct qc_task_end {
    struct qc_task_end *next;
    qc_task *task; /* NULL: of none */
    void (*fn)(void *data);
    void *data;
} qc_task_end;
void qc_task_at_end(qc_task *task, qc_task_end *end);
/* Takes it back, if it is of a task. */
void qc_task_not_at_end(qc_task_end *end);
/* Takes back a qc_task_wake of this task that came when its wait had ended by itself. Whoever would
 * wake it must not be able to any more. */
void qc_task_forget_wake(void);

#endif
