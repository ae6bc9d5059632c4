/* Cancelling a statement within a given time.
 *
 * PQcancel connects, sends and waits without a deadline, so a thread of its own does it: the caller
 * waits for the thread as long as it can afford, and leaves it behind when that is not enough.
 */
#include "driver/pg.h"

#include "base/wait.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Owned by the thread. */
typedef struct cancelling {
    PGcancel *cancel;
    int done; /* a byte is written here at the end */
} cancelling;

static void free_task(cancelling *task)
{
    PQfreeCancel(task->cancel);
    close(task->done);
    free(task);
}

static void *run_task(void *argument)
{
    cancelling *task = argument;
    char text[256];
    const char done = (char)PQcancel(task->cancel, text, sizeof(text));
    send(task->done, &done, 1, MSG_NOSIGNAL);
    free_task(task);
    return NULL;
}

/* Signals are for the program's own threads. */
static bool start_thread(cancelling *task)
{
    sigset_t all, before;
    pthread_t thread;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const bool started = pthread_create(&thread, NULL, run_task, task) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (started)
        pthread_detach(thread);
    return started;
}

/* The end to wait at, or -1. */
static int start_task(qc_connection *c)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        return -1;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    cancelling *made = malloc(sizeof(*made));
    if (made) {
        *made = (cancelling){PQgetCancel(c->link), ends[1]};
        if (made->cancel && start_thread(made))
            return ends[0];
        free_task(made);
    } else {
        close(ends[1]);
    }
    close(ends[0]);
    return -1;
}

bool qc_pg_cancel(qc_connection *c, int64_t microseconds)
{
    const int end = start_task(c);
    if (end < 0)
        return false;
    char done = 0;
    if (qc_wait_fd(end, POLLIN, qc_about_now_us() + microseconds) > 0 && read(end, &done, 1) != 1)
        done = 0;
    close(end);
    return done;
}
