/* Waiters: epoll over the descriptor and a timer's. */
#include "base/waiter.h"

#include "base/task.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

static bool add(const qc_waiter *waiter, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    return epoll_ctl(waiter->poll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void close_both(const qc_waiter *waiter)
{
    if (waiter->poll >= 0)
        close(waiter->poll);
    if (waiter->bell >= 0)
        close(waiter->bell);
}

static bool make(qc_waiter *waiter, int fd)
{
    *waiter = (qc_waiter){.fd = fd,
                          .expects = waiter->expects,
                          .poll = epoll_create1(EPOLL_CLOEXEC),
                          .bell = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)};
    waiter->made = waiter->poll >= 0 && waiter->bell >= 0 &&
                   add(waiter, fd, EPOLLIN | EPOLLRDHUP | EPOLLET) &&
                   add(waiter, waiter->bell, EPOLLIN);
    waiter->refused = !waiter->made;
    if (!waiter->made)
        close_both(waiter);
    return waiter->made;
}

static bool serves(qc_waiter *waiter, int fd)
{
    if (!waiter->expects || waiter->ended || waiter->refused || qc_this_task)
        return false;
    return waiter->made ? waiter->fd == fd : make(waiter, fd);
}

/* Also silences it; 0: for good. */
static bool set_bell(qc_waiter *waiter, int64_t time)
{
    const struct itimerspec at = {
        .it_value = {.tv_sec = time / 1000000, .tv_nsec = time % 1000000 * 1000}};
    waiter->rings = time;
    return timerfd_settime(waiter->bell, TFD_TIMER_ABSTIME, &at, NULL) == 0;
}

/* 1: ready; 0: the bell rang; -1: neither can be waited for. A link that has ended says nothing
 * more, not even that. */
static int wait_for_either(qc_waiter *waiter)
{
    struct epoll_event events[2];
    int count;
    do
        count = epoll_wait(waiter->poll, events, 2, -1);
    while (count < 0 && errno == EINTR);
    for (int i = 0; i < count; i++)
        if (events[i].data.fd == waiter->fd) {
            waiter->expects = false;
            waiter->ended = events[i].events != EPOLLIN;
            return 1;
        }
    return count > 0 ? 0 : -1;
}

int qc_waiter_wait(qc_waiter *waiter, int fd, int64_t deadline)
{
    if (fd < 0 || !serves(waiter, fd))
        return qc_wait_fd(fd, POLLIN, deadline);
    bool late = deadline && (!waiter->rings || deadline < waiter->rings);
    for (;;) {
        if (late && !set_bell(waiter, deadline))
            return qc_wait_fd(fd, POLLIN, deadline);
        const int ready = wait_for_either(waiter);
        if (ready != 0)
            return ready;
        if (deadline && qc_now_us() >= deadline)
            return set_bell(waiter, 0) ? 0 : -1;
        late = true;
    }
}

void qc_waiter_close(qc_waiter *waiter)
{
    if (waiter->made)
        close_both(waiter);
    *waiter = (qc_waiter){0};
}
