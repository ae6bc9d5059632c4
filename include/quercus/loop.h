/* Event loops: any code of the library inside a task gives way instead of blocking.
 *
 * A task is a function on a stack of its own. Wherever a call inside it would wait (connecting, a
 * statement, a pool, COPY, a retry's pause), the task is set aside until its socket is ready or
 * its deadline has passed, and the loop goes on with others. A connection belongs to one task at a
 * time, as it belongs to one thread. Each task has its own current arena. One thread, any number of
 * tasks (a stack takes two of Linux's vm.max_map_count):
 *
 *     qc_loop *loop = qc_loop_new();
 *     for (int i = 0; i < 1000; i++)
 *         qc_loop_start(loop, serve, &requests[i]);
 *     while (qc_advance(loop) > 0)
 *         poll(&(struct pollfd){qc_poll_fd(loop), qc_poll_events(loop), 0}, 1, qc_poll_timeout(loop));
 *
 * libuv, GLib, io_uring and plain poll() need only that one descriptor.
 */
#ifndef QUERCUS_LOOP_H
#define QUERCUS_LOOP_H

#include <stdbool.h>
#include <stddef.h>

typedef struct qc_loop qc_loop;
typedef void qc_task_fn(void *data);

/* A loop belongs to the thread that advances it first; NULL when memory or descriptors are out,
 * which the other functions take for a loop that has no tasks and starts none. */
qc_loop *qc_loop_new(void);
/* Only without tasks: false, and nothing is freed, when there are some. */
bool qc_loop_free(qc_loop *loop);
/* Queues a task that runs `fn(data)` on a stack of 256 KiB; false when memory is out. May be called
 * inside a task, and from other threads. */
bool qc_loop_start(qc_loop *loop, qc_task_fn *fn, void *data);
/* Runs every task that can go on, once, without waiting; how many tasks are left. Does nothing
 * inside a task of the loop, and in other threads than its own. */
size_t qc_advance(qc_loop *loop);
/* Until when to wait before the next qc_advance: a descriptor (level triggered, the same as long as
 * the loop lives), the events of poll(), and milliseconds (-1: no limit, 0: at once). */
int qc_poll_fd(const qc_loop *loop);
short qc_poll_events(const qc_loop *loop);
int qc_poll_timeout(const qc_loop *loop);
/* Advances and waits until no task is left, or the time has passed (-1: none); true when none is. */
bool qc_loop_run(qc_loop *loop, int milliseconds);
/* Inside a task: lets others run first. Elsewhere: nothing. */
void qc_task_yield(void);
/* Waits without blocking the loop, inside a task; elsewhere sleeps. */
void qc_task_sleep(int milliseconds);
/* The same for a descriptor of the caller's own and events of poll(): 1: it is ready, or has failed;
 * 0: the time has passed (-1: none); -1: it cannot be waited for. One task a descriptor. */
int qc_task_poll(int fd, short events, int milliseconds);

#endif
