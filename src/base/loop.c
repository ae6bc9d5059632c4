/* The event loop: tasks that are ready, tasks that wait, and one epoll descriptor for all of them.
 *
 * A task is in one state: *running*; *ready*, in the list `ready`; or *aside*, and then a
 * descriptor in epoll, its timer or qc_task_wake makes it ready. All of that belongs to the thread
 * of the loop. What other threads say (a new task, a wake) goes through the inbox, under the lock,
 * and a byte in `bell` ends the wait of the loop.
 */
#include "base/arena_inline.h"
#include "base/base.h"
#include "base/fiber.h"
#include "base/task.h"
#include "base/timers.h"
#include "base/wait.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { MOST_SPARE = 256, MOST_EVENTS = 128, LARGEST_SPARE_ARENA = 128 * 1024 };

struct qc_task {
    qc_timer timer; /* first: timers are tasks */
    qc_fiber fiber;
    qc_loop *loop;
    qc_task_fn *fn;
    void *data;
    qc_arena *arena; /* its current arena, while it does not run; maybe qc_no_arena */
    qc_task_end *ends;
    qc_task *next; /* among the ready or the spare ones */
    qc_task *next_told;
    bool told; /* is in the inbox */
    bool aside;
    bool woken; /* the last wait did not end by its deadline */
};

typedef struct list {
    qc_task *first, *last;
} list;

struct qc_loop {
    int epoll, bell;
    bool owned, turning;
    pthread_t owner;
    list ready;
    qc_timers timers;
    pthread_mutex_t lock; /* for what follows */
    qc_task *told, *last_told;
    size_t count;
    qc_task *spare;
    size_t spare_count;
};

_Thread_local qc_task *qc_this_task;

/* ---- Tasks that are ready. ---- */

static void append(list *tasks, qc_task *task)
{
    task->next = NULL;
    if (tasks->first)
        tasks->last->next = task;
    else
        tasks->first = task;
    tasks->last = task;
}

static qc_task *take_first(list *tasks)
{
    qc_task *task = tasks->first;
    tasks->first = task->next;
    return task;
}

static void make_ready(qc_task *task, bool woken)
{
    if (!task->aside)
        return;
    task->aside = false;
    task->woken = woken;
    qc_timer_clear(&task->loop->timers, &task->timer);
    append(&task->loop->ready, task);
}

/* ---- The inbox. ---- */

static void tell(qc_loop *loop, qc_task *task)
{
    if (task->told)
        return;
    task->told = true;
    task->next_told = NULL;
    if (loop->told) {
        loop->last_told->next_told = task;
    } else {
        const uint64_t one = 1;
        loop->told = task;
        while (write(loop->bell, &one, sizeof(one)) < 0 && errno == EINTR) {
        }
    }
    loop->last_told = task;
}

static void empty_inbox(qc_loop *loop)
{
    uint64_t rung;
    pthread_mutex_lock(&loop->lock);
    if (loop->told)
        while (read(loop->bell, &rung, sizeof(rung)) < 0 && errno == EINTR) {
        }
    for (qc_task *task = loop->told; task; task = task->next_told) {
        task->told = false;
        make_ready(task, true);
    }
    loop->told = NULL;
    pthread_mutex_unlock(&loop->lock);
}

void qc_task_wake(qc_task *task)
{
    qc_loop *loop = task->loop;
    if (qc_this_task && qc_this_task->loop == loop) {
        make_ready(task, true);
        return;
    }
    pthread_mutex_lock(&loop->lock);
    tell(loop, task);
    pthread_mutex_unlock(&loop->lock);
}

void qc_task_forget_wake(void)
{
    empty_inbox(qc_this_task->loop);
}

/* ---- Inside a task. ---- */

bool qc_task_wait(int64_t deadline)
{
    qc_task *task = qc_this_task;
    task->aside = true;
    if (deadline)
        qc_timer_set(&task->loop->timers, &task->timer, deadline);
    qc_fiber_leave(&task->fiber);
    return task->woken;
}

/* A descriptor stays in epoll, asleep, for the next wait; closing it takes it out. */
static bool arm(qc_task *task, int fd, short events)
{
    const uint32_t in = events & POLLIN ? EPOLLIN : 0, out = events & POLLOUT ? EPOLLOUT : 0;
    struct epoll_event event = {.events = EPOLLONESHOT | in | out, .data.ptr = task};
    const int epoll = task->loop->epoll;
    return epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event) == 0 ||
           (errno == ENOENT && epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0);
}

int qc_task_wait_fd(int fd, short events, int64_t deadline)
{
    qc_task *task = qc_this_task;
    if (!arm(task, fd, events))
        return -1;
    const bool ready = qc_task_wait(deadline);
    if (!ready)
        epoll_ctl(task->loop->epoll, EPOLL_CTL_DEL, fd, NULL);
    return ready;
}

void qc_task_yield(void)
{
    qc_task *task = qc_this_task;
    if (!task)
        return;
    append(&task->loop->ready, task);
    qc_fiber_leave(&task->fiber);
}

void qc_task_sleep(int milliseconds)
{
    qc_wait_until(qc_now_us() + (int64_t)(milliseconds > 0 ? milliseconds : 0) * 1000);
}

int qc_task_poll(int fd, short events, int milliseconds)
{
    const int64_t now = qc_now_us();
    return qc_wait_fd(fd, events, milliseconds < 0 ? 0 : now + (int64_t)milliseconds * 1000);
}

/* ---- Making and ending tasks. ---- */

static void free_arena(qc_task *task)
{
    if (task->arena != &qc_no_arena)
        qc_arena_free(task->arena);
    task->arena = &qc_no_arena;
}

static void empty_arena(qc_task *task)
{
    if (task->arena == &qc_no_arena)
        return;
    qc_arena_reset(task->arena);
    if (qc_arena_bytes(task->arena) > LARGEST_SPARE_ARENA)
        free_arena(task);
}

static void free_task(qc_task *task)
{
    qc_fiber_free(&task->fiber);
    free_arena(task);
    free(task);
}

static qc_task *new_task(void)
{
    qc_task *task = calloc(1, sizeof(*task));
    if (!task)
        return NULL;
    task->arena = &qc_no_arena;
    if (qc_fiber_init(&task->fiber))
        return task;
    free(task);
    return NULL;
}

static qc_task *take_spare(qc_loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    qc_task *task = loop->spare;
    if (task) {
        loop->spare = task->next;
        loop->spare_count--;
    }
    pthread_mutex_unlock(&loop->lock);
    return task;
}

bool qc_loop_start(qc_loop *loop, qc_task_fn *fn, void *data)
{
    if (!loop)
        return false;
    qc_task *task = take_spare(loop);
    if (!task)
        task = new_task();
    if (!task)
        return false;
    task->loop = loop;
    task->fn = fn;
    task->data = data;
    task->aside = true;
    pthread_mutex_lock(&loop->lock);
    loop->count++;
    tell(loop, task);
    pthread_mutex_unlock(&loop->lock);
    return true;
}

static void end_task(qc_task *task)
{
    qc_loop *loop = task->loop;
    empty_arena(task);
    pthread_mutex_lock(&loop->lock);
    loop->count--;
    const bool keep = loop->spare_count < MOST_SPARE;
    if (keep) {
        task->next = loop->spare;
        loop->spare = task;
        loop->spare_count++;
    }
    pthread_mutex_unlock(&loop->lock);
    if (!keep)
        free_task(task);
}

void qc_task_at_end(qc_task *task, qc_task_end *end)
{
    end->task = task;
    end->next = task->ends;
    task->ends = end;
}

void qc_task_not_at_end(qc_task_end *end)
{
    if (!end->task)
        return;
    qc_task_end **at = &end->task->ends;
    while (*at != end)
        at = &(*at)->next;
    *at = end->next;
    end->task = NULL;
}

static void run_to_end(void *data)
{
    qc_task *task = data;
    task->fn(task->data);
    while (task->ends) {
        qc_task_end *end = task->ends;
        qc_task_not_at_end(end);
        end->fn(end->data);
    }
}

/* ---- Turning. ---- */

/* With the task's own current arena. A loop may turn inside a task of another one. */
static void run_task(qc_task *task)
{
    qc_task *outer = qc_this_task;
    qc_arena *outer_arena = qc_thread_arena;
    qc_this_task = task;
    qc_thread_arena = task->arena;
    if (task->fiber.running)
        qc_fiber_enter(&task->fiber);
    else
        qc_fiber_begin(&task->fiber, run_to_end, task);
    task->arena = qc_thread_arena;
    qc_thread_arena = outer_arena;
    qc_this_task = outer;
    if (!task->fiber.running)
        end_task(task);
}

/* Those that become ready meanwhile have their turn next time. */
static void run_ready(qc_loop *loop)
{
    list turn = loop->ready;
    loop->ready.first = NULL;
    while (turn.first)
        run_task(take_first(&turn));
}

static void collect_events(qc_loop *loop, int milliseconds)
{
    struct epoll_event events[MOST_EVENTS];
    const int count = epoll_wait(loop->epoll, events, MOST_EVENTS, milliseconds);
    for (int i = 0; i < count; i++)
        if (events[i].data.ptr)
            make_ready(events[i].data.ptr, true);
}

static void collect_timers(qc_loop *loop)
{
    const int64_t now = loop->timers.first ? qc_now_us() : 0;
    while (loop->timers.first && loop->timers.first->time <= now)
        make_ready((qc_task *)loop->timers.first, false);
}

static bool may_turn(qc_loop *loop)
{
    if (!loop->owned) {
        loop->owned = true;
        loop->owner = pthread_self();
    }
    return !loop->turning && pthread_equal(loop->owner, pthread_self());
}

static size_t tasks_left(qc_loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    const size_t left = loop->count;
    pthread_mutex_unlock(&loop->lock);
    return left;
}

static size_t turn(qc_loop *loop, int milliseconds)
{
    loop->turning = true;
    collect_events(loop, milliseconds);
    empty_inbox(loop);
    collect_timers(loop);
    run_ready(loop);
    loop->turning = false;
    return tasks_left(loop);
}

size_t qc_advance(qc_loop *loop)
{
    if (!loop)
        return 0;
    return may_turn(loop) ? turn(loop, 0) : tasks_left(loop);
}

static int until_ms(int64_t time)
{
    const int64_t left = (time - qc_now_us() + 999) / 1000;
    return left <= 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

/* Waits without blocking the loop around it, when there is one. */
static size_t turn_until(qc_loop *loop, int64_t end)
{
    int milliseconds = qc_poll_timeout(loop);
    const int left = end ? until_ms(end) : -1;
    if (left >= 0 && (milliseconds < 0 || left < milliseconds))
        milliseconds = left;
    if (qc_this_task && milliseconds != 0) {
        const int64_t until = qc_now_us() + (int64_t)milliseconds * 1000;
        qc_wait_fd(loop->epoll, POLLIN, milliseconds < 0 ? 0 : until);
        milliseconds = 0;
    }
    return turn(loop, milliseconds);
}

bool qc_loop_run(qc_loop *loop, int milliseconds)
{
    const int64_t end = milliseconds < 0 ? 0 : qc_now_us() + (int64_t)milliseconds * 1000;
    if (!loop)
        return true;
    if (!may_turn(loop))
        return false;
    size_t left = tasks_left(loop);
    while (left > 0 && (left = turn_until(loop, end)) > 0)
        if (end && qc_now_us() >= end)
            return false;
    return true;
}

/* ---- For the loops around. ---- */

int qc_poll_fd(const qc_loop *loop)
{
    return loop ? loop->epoll : -1;
}

short qc_poll_events(const qc_loop *loop)
{
    (void)loop;
    return POLLIN;
}

int qc_poll_timeout(const qc_loop *loop)
{
    if (!loop)
        return -1;
    if (loop->ready.first)
        return 0;
    return loop->timers.first ? until_ms(loop->timers.first->time) : -1;
}

/* ---- Loops. ---- */

static void free_loop(qc_loop *loop)
{
    while (loop->spare) {
        qc_task *task = loop->spare;
        loop->spare = task->next;
        free_task(task);
    }
    if (loop->epoll >= 0)
        close(loop->epoll);
    if (loop->bell >= 0)
        close(loop->bell);
    pthread_mutex_destroy(&loop->lock);
    free(loop);
}

qc_loop *qc_loop_new(void)
{
    qc_loop *loop = calloc(1, sizeof(*loop));
    if (!loop)
        return NULL;
    pthread_mutex_init(&loop->lock, NULL);
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    if (loop->epoll >= 0 && loop->bell >= 0 &&
        epoll_ctl(loop->epoll, EPOLL_CTL_ADD, loop->bell, &event) == 0)
        return loop;
    free_loop(loop);
    return NULL;
}

bool qc_loop_free(qc_loop *loop)
{
    if (!loop)
        return true;
    if (tasks_left(loop) > 0)
        return false;
    free_loop(loop);
    return true;
}
