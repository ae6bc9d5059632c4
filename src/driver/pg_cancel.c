/* Cancelling a statement: by its own call, when the deadline has passed, or by another thread.
 *
 * The server ends the connection of a cancel request once the signal to the session is on its way;
 * a session that has nothing to do ignores it (PostgreSQL, ProcessInterrupts). So no request may
 * still be under way when the next statement is sent, and then it cannot be hit. Dekker's rule
 * makes that sure between threads: a statement first takes its number, then looks for requests; a
 * request first counts itself, then looks whether its statement's number is still there.
 *
 * PQcancel connects, sends and waits without a deadline, so a thread of its own does it.
 */
#include "driver/pg.h"

#include "base/aside.h"

#include <stdlib.h>

enum { MOST_US = 5 * 1000 * 1000 };

/* Shared by the connection and by requests that may outlive it. */
struct qc_pg_canceller {
    atomic_int references;
    PGcancel *cancel;
};

static qc_pg_canceller *new_canceller(PGconn *link)
{
    qc_pg_canceller *canceller = malloc(sizeof(*canceller));
    PGcancel *cancel = canceller ? PQgetCancel(link) : NULL;
    if (!cancel) {
        free(canceller);
        return NULL;
    }
    atomic_init(&canceller->references, 1);
    canceller->cancel = cancel;
    return canceller;
}

static void release_canceller(qc_pg_canceller *canceller)
{
    if (!canceller || atomic_fetch_sub(&canceller->references, 1) > 1)
        return;
    PQfreeCancel(canceller->cancel);
    free(canceller);
}

bool qc_pg_activity_begin(qc_connection *c)
{
    c->activity.canceller = new_canceller(c->link);
    if (!c->activity.canceller)
        return false;
    if (qc_park_init(&c->activity.no_cancels))
        return true;
    release_canceller(c->activity.canceller);
    c->activity.canceller = NULL;
    return false;
}

void qc_pg_activity_end(qc_connection *c)
{
    if (!c->activity.canceller)
        return;
    release_canceller(c->activity.canceller);
    qc_park_destroy(&c->activity.no_cancels);
}

/* ---- Requests. ---- */

typedef struct request {
    qc_pg_canceller *canceller;
    bool taken; /* the server has taken note */
} request;

static void send_request(void *data)
{
    request *request = data;
    char text[256];
    request->taken = PQcancel(request->canceller->cancel, text, sizeof(text));
}

static void free_request(void *data)
{
    request *request = data;
    release_canceller(request->canceller);
    free(request);
}

static bool ask(qc_pg_canceller *canceller, int64_t microseconds, bool *ret_ended)
{
    request *request = malloc(sizeof(*request));
    *ret_ended = true;
    if (!request)
        return false;
    atomic_fetch_add(&canceller->references, 1);
    request->canceller = canceller;
    const qc_aside_end end =
        qc_aside(send_request, free_request, request, qc_now_us() + microseconds);
    *ret_ended = end != QC_ASIDE_LATE;
    if (end != QC_ASIDE_DONE)
        return false;
    const bool taken = request->taken;
    free_request(request);
    return taken;
}

bool qc_pg_cancel(qc_connection *c, int64_t microseconds, bool *ret_ended)
{
    return ask(c->activity.canceller, microseconds, ret_ended);
}

/* ---- From other threads. ---- */

uint64_t qc_pg_running(qc_connection *c)
{
    const uint64_t number = atomic_load(&c->activity.number);
    return number & 1 ? number : 0;
}

bool qc_pg_cancel_statement(qc_connection *c, uint64_t number)
{
    qc_pg_activity *activity = &c->activity;
    bool taken = false, ended = true;
    if (c->process != qc_process)
        return false;
    atomic_fetch_add(&activity->cancels, 1);
    if (number && atomic_load(&activity->number) == number) {
        atomic_store(&activity->asked, number);
        taken = ask(activity->canceller, MOST_US, &ended);
    }
    if (!ended)
        atomic_store(&activity->uncertain, true);
    if (atomic_fetch_sub(&activity->cancels, 1) == 1)
        qc_unpark(&activity->no_cancels);
    return taken;
}

bool qc_pg_was_cancelled(qc_connection *c)
{
    return atomic_load(&c->activity.asked) == atomic_load(&c->activity.number);
}

/* ---- Statements. ---- */

static enum qc_code wait_for_cancels(qc_connection *c)
{
    qc_pg_activity *activity = &c->activity;
    bool in_time = true;
    qc_inside_begin(&c->inside);
    while (in_time && atomic_load(&activity->cancels) > 0)
        in_time = qc_park(&activity->no_cancels, c->deadline);
    qc_inside_end(&c->inside);
    if (in_time && !atomic_load(&activity->uncertain))
        return QC_ERROR_OK;
    c->broken = true;
    return qc_error_set(c->error, QC_ERROR_TIMEOUT,
                        "the cancelling of an earlier statement did not end; the connection was "
                        "given up, nothing was sent");
}

enum qc_code qc_pg_statement_begin(qc_connection *c)
{
    qc_pg_activity *activity = &c->activity;
    const uint64_t last = atomic_load_explicit(&activity->number, memory_order_relaxed);
    atomic_store(&activity->number, (last | 1) + 2);
    return atomic_load(&activity->cancels) == 0 && !atomic_load(&activity->uncertain)
               ? QC_ERROR_OK
               : wait_for_cancels(c);
}

void qc_pg_statement_end(qc_connection *c)
{
    const uint64_t last = atomic_load_explicit(&c->activity.number, memory_order_relaxed);
    if (last & 1)
        atomic_store_explicit(&c->activity.number, last + 1, memory_order_release);
}
