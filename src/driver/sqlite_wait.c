/* Waits of SQLite: for another connection's lock, and for its own work. Both end at the deadline of
 * the call, or when another thread cancels the statement; inside a task both let others run. */
#include "driver/sqlite.h"

#include "base/wait.h"

#include <quercus/loop.h>

enum { OPERATIONS_PER_LOOK = 4000 };

void qc_sqlite_start_clock(qc_connection *c)
{
    c->timed_out = false;
    c->deadline = qc_call_deadline(c->options);
}

static bool is_over(qc_connection *c)
{
    c->timed_out |= c->deadline && qc_about_now_us() >= c->deadline;
    return c->timed_out || qc_sqlite_was_cancelled(c);
}

/* Waits a little for another connection's lock; 0 gives up. */
static int wait_for_lock(void *data, int tries)
{
    qc_connection *c = data;
    if (is_over(c))
        return 0;
    const int64_t pause = tries < 10 ? 1 + tries : tries < 30 ? 20 : 50;
    int64_t end = qc_now_us() + pause * 1000;
    if (c->deadline && c->deadline < end)
        end = c->deadline + 1000;
    qc_inside_begin(&c->inside);
    qc_wait_until(end);
    qc_inside_end(&c->inside);
    return 1;
}

/* Called while a statement works; nonzero interrupts it. */
static int look_around(void *data)
{
    qc_connection *c = data;
    qc_inside_begin(&c->inside);
    qc_task_yield();
    qc_inside_end(&c->inside);
    return is_over(c);
}

void qc_sqlite_watch(qc_connection *c)
{
    sqlite3_busy_handler(c->db, wait_for_lock, c);
    sqlite3_progress_handler(c->db, OPERATIONS_PER_LOOK, look_around, c);
}

/* ---- What runs, and who would stop it. ---- */

void qc_sqlite_statement_begin(qc_connection *c)
{
    const uint64_t last = atomic_load_explicit(&c->number, memory_order_relaxed);
    atomic_store_explicit(&c->number, (last | 1) + 2, memory_order_release);
}

enum qc_code qc_sqlite_statement_end(qc_connection *c, enum qc_code code)
{
    const uint64_t last = atomic_load_explicit(&c->number, memory_order_relaxed);
    if (last & 1)
        atomic_store_explicit(&c->number, last + 1, memory_order_release);
    return code;
}

bool qc_sqlite_was_cancelled(qc_connection *c)
{
    const uint64_t asked = atomic_load_explicit(&c->asked, memory_order_relaxed);
    return asked && asked == atomic_load_explicit(&c->number, memory_order_relaxed);
}

uint64_t qc_sqlite_running(qc_connection *c)
{
    const uint64_t number = atomic_load(&c->number);
    return number & 1 ? number : 0;
}

bool qc_sqlite_cancel(qc_connection *c, uint64_t number)
{
    if (!number || atomic_load(&c->number) != number)
        return false;
    atomic_store(&c->asked, number);
    return true;
}

qc_task *qc_sqlite_interrupt(qc_connection *c)
{
    if (c->inside.task)
        qc_sqlite_cancel(c, qc_sqlite_running(c));
    return c->inside.task;
}
