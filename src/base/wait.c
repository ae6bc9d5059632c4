/* Waiting: for descriptors, for a time, for each other. */
#include "base/wait.h"

#include "base/task.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <time.h>

/* Milliseconds until then, rounded up, for poll. */
static int remaining_ms(int64_t deadline)
{
    if (!deadline)
        return -1;
    const int64_t left = (deadline - qc_about_now_us() + 999) / 1000;
    return left <= 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

int qc_wait_fd(int fd, short events, int64_t deadline)
{
    if (fd < 0)
        return -1;
    if (qc_this_task)
        return qc_task_wait_fd(fd, events, deadline);
    struct pollfd waiting = {.fd = fd, .events = events};
    for (;;) {
        const int ready = poll(&waiting, 1, remaining_ms(deadline));
        if (ready >= 0)
            return ready;
        if (errno != EINTR && errno != EAGAIN)
            return -1;
    }
}

static struct timespec as_timespec(int64_t time)
{
    return (struct timespec){.tv_sec = time / 1000000, .tv_nsec = time % 1000000 * 1000};
}

void qc_wait_until(int64_t time)
{
    if (qc_this_task) {
        qc_task_wait(time > 0 ? time : 1);
        return;
    }
    const struct timespec end = as_timespec(time);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) == EINTR) {
    }
}

const void *qc_wait_self(void)
{
    static _Thread_local char self;
    return qc_this_task ? (const void *)qc_this_task : &self;
}

/* ---- Parking. ---- */

bool qc_park_init(qc_parking *parking)
{
    *parking = (qc_parking){.told = false};
    pthread_condattr_t monotonic;
    if (pthread_condattr_init(&monotonic) != 0)
        return false;
    bool made = pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0 &&
                pthread_cond_init(&parking->changed, &monotonic) == 0;
    pthread_condattr_destroy(&monotonic);
    if (made && pthread_mutex_init(&parking->lock, NULL) != 0) {
        pthread_cond_destroy(&parking->changed);
        made = false;
    }
    return made;
}

void qc_park_destroy(qc_parking *parking)
{
    pthread_mutex_destroy(&parking->lock);
    pthread_cond_destroy(&parking->changed);
}

static void wait_in_thread(qc_parking *parking, int64_t deadline)
{
    const struct timespec end = as_timespec(deadline);
    int waited = 0;
    while (!parking->told && waited == 0)
        waited = deadline ? pthread_cond_timedwait(&parking->changed, &parking->lock, &end)
                          : pthread_cond_wait(&parking->changed, &parking->lock);
}

static void wait_in_task(qc_parking *parking, int64_t deadline)
{
    parking->task = qc_this_task;
    pthread_mutex_unlock(&parking->lock);
    const bool woken = qc_task_wait(deadline);
    pthread_mutex_lock(&parking->lock);
    parking->task = NULL;
    if (parking->told && !woken)
        qc_task_forget_wake();
}

bool qc_park(qc_parking *parking, int64_t deadline)
{
    pthread_mutex_lock(&parking->lock);
    if (!parking->told && qc_this_task)
        wait_in_task(parking, deadline);
    else if (!parking->told)
        wait_in_thread(parking, deadline);
    const bool told = parking->told;
    parking->told = false;
    pthread_mutex_unlock(&parking->lock);
    return told;
}

void qc_unpark(qc_parking *parking)
{
    pthread_mutex_lock(&parking->lock);
    if (!parking->told && parking->task)
        qc_task_wake(parking->task);
    parking->told = true;
    pthread_cond_signal(&parking->changed);
    pthread_mutex_unlock(&parking->lock);
}
