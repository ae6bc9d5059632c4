/* Every wait of the PostgreSQL driver, each with the call's deadline; and reading all results of a
 * command, whatever the server sends. */
#include "driver/pg.h"

#include "base/wait.h"

#include <poll.h>

void qc_pg_start_clock(qc_connection *c)
{
    if (!c->late)
        c->deadline = qc_call_deadline(c->options);
}

enum qc_code qc_pg_begin_call(qc_connection *c)
{
    c->late = false;
    qc_pg_start_clock(c);
    const enum qc_code code = qc_check_limit(c->options, c->error);
    return code == QC_ERROR_OK ? qc_pg_statement_begin(c) : code;
}

static bool give_up(qc_connection *c)
{
    c->broken = true;
    if (c->limited)
        qc_error_set(c->error, QC_ERROR_TIMEOUT,
                     "no answer from the database before the DEADLINE around the statement; the "
                     "connection was given up");
    else
        qc_error_set(c->error, QC_ERROR_TIMEOUT,
                     "no answer from the database within %d ms; the connection was given up",
                     c->options->timeout_ms);
    return false;
}

void qc_pg_tell_late(qc_connection *c)
{
    if (c->limited)
        qc_error_set(c->error, QC_ERROR_TIMEOUT,
                     "the statement was cancelled: the DEADLINE around it has passed");
    else
        qc_error_set(c->error, QC_ERROR_TIMEOUT, "the statement was cancelled after %d ms",
                     c->options->timeout_ms);
}

/* A cancel that reaches a server before it has begun the statement is ignored; so there are two. */
static bool may_cancel(const qc_connection *c)
{
    return !c->late || c->deadline < c->given_up_at;
}

/* The connection stays usable when the answer to the cancel comes soon. */
static bool cancel_late(qc_connection *c)
{
    const bool first = !c->late;
    const int64_t now = qc_about_now_us();
    if (first) {
        c->limited = c->options->limit && c->deadline == c->options->limit;
        c->given_up_at = now + (int64_t)c->options->cancel_timeout_ms * 1000;
    }
    c->late = true;
    c->deadline = c->given_up_at;
    bool ended;
    if (!qc_pg_cancel(c, c->given_up_at - now, &ended))
        return give_up(c);
    if (first)
        c->deadline -= (c->given_up_at - qc_about_now_us()) / 2;
    return true;
}

/* A failure that leaves the link usable for libpq leaves it in an unknown state. */
static bool fail(qc_connection *c)
{
    if (PQstatus(c->link) == CONNECTION_OK) {
        c->broken = true;
        qc_pg_fail_link(c);
    }
    return false;
}

/* Nothing tells how much of a packet of GSSAPI libpq still holds; of 16 KiB it reads 8 KiB or more
 * at a time. */
static bool consume(qc_connection *c)
{
    for (int reads = c->encrypted && PQgssEncInUse(c->link) ? 3 : 1; reads; reads--)
        if (!PQconsumeInput(c->link))
            return fail(c);
    if (c->inbox.listens)
        qc_pg_take_notifications(c);
    return true;
}

bool qc_pg_wait(qc_connection *c, short events)
{
    if (qc_pg_holds_input(c))
        return consume(c);
    qc_inside_begin(&c->inside);
    const int socket = PQsocket(c->link);
    const int ready = events == POLLIN ? qc_waiter_wait(&c->waiter, socket, c->deadline)
                                       : qc_wait_fd(socket, events, c->deadline);
    const bool cancelled = ready == 0 && may_cancel(c) && cancel_late(c);
    qc_inside_end(&c->inside);
    if (ready > 0)
        return consume(c);
    if (ready < 0)
        return fail(c);
    return cancelled || (!c->broken && give_up(c));
}

bool qc_pg_flush(qc_connection *c)
{
    int unsent;
    while ((unsent = PQflush(c->link)) > 0)
        if (!qc_pg_wait(c, POLLIN | POLLOUT))
            return false;
    return unsent == 0 ? true : fail(c);
}

/* A server that is always ahead of its reader leaves no wait that would time out. */
static bool in_time(qc_connection *c)
{
    if (!c->deadline || qc_about_now_us() < c->deadline)
        return true;
    return may_cancel(c) ? cancel_late(c) : give_up(c);
}

/* Waits for something to read, sending meanwhile. */
static bool wait_once(qc_connection *c)
{
    if (!in_time(c))
        return false;
    const int unsent = PQflush(c->link);
    if (unsent < 0)
        return fail(c);
    return qc_pg_wait(c, unsent ? POLLIN | POLLOUT : POLLIN);
}

/* Once the link is lost PQgetResult does not wait: it hands out what was received, then an error.
 */
PGresult *qc_pg_next(qc_connection *c)
{
    while (!c->broken && PQisBusy(c->link))
        if (!wait_once(c))
            break;
    return c->broken ? NULL : PQgetResult(c->link);
}

/* ---- Answers. ---- */

static void refuse_copy(qc_connection *c, qc_pg_answer *answer)
{
    if (!answer->failed)
        qc_error_set(c->error, QC_ERROR_UNSUPPORTED,
                     "COPY from or to the client cannot be run here");
    answer->failed = true;
}

int qc_pg_next_data(qc_connection *c, char **ret)
{
    int length;
    bool lost = false; /* with what was received before it still there */
    *ret = NULL;
    while (!c->broken && (length = PQgetCopyData(c->link, ret, 1)) == 0) {
        if (lost)
            return -1;
        lost = !wait_once(c);
        if (lost && PQstatus(c->link) == CONNECTION_OK)
            return -2;
    }
    return c->broken ? -2 : length < 0 ? -1 : length;
}

void qc_pg_drop_data(qc_connection *c)
{
    char *data;
    while (qc_pg_next_data(c, &data) >= 0)
        PQfreemem(data);
}

void qc_pg_take(qc_connection *c, qc_pg_answer *answer, PGresult *result)
{
    PGresult *dropped = result;
    if (qc_pg_is_piece(result)) {
        PQclear(result);
        return;
    }
    switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_EMPTY_QUERY:
        dropped = answer->result;
        answer->result = result;
        break;
    case PGRES_COPY_IN:
        refuse_copy(c, answer);
        c->broken = PQputCopyEnd(c->link, "no data") <= 0;
        break;
    case PGRES_COPY_OUT:
        refuse_copy(c, answer);
        qc_pg_drop_data(c);
        break;
    case PGRES_COPY_BOTH:
        refuse_copy(c, answer);
        c->broken = true;
        break;
    case PGRES_PIPELINE_SYNC:
        break;
    default:
        if (!answer->failed)
            qc_pg_fail_result(c, result);
        answer->failed = true;
    }
    PQclear(dropped);
}

enum qc_code qc_pg_settle(qc_connection *c, qc_pg_answer *answer, PGresult **ret)
{
    const bool lost = PQstatus(c->link) != CONNECTION_OK;
    qc_pg_statement_end(c);
    if (lost && !c->broken && answer->failed)
        c->error->error.code = QC_ERROR_DISCONNECTED;
    else if (lost && !c->broken)
        qc_pg_fail_link(c);
    else if (!c->broken && !answer->failed && !answer->result)
        qc_error_set(c->error, QC_ERROR_DISCONNECTED, "the database gave no answer");
    c->broken |= lost || (!answer->failed && !answer->result);
    if (c->broken || answer->failed || !ret) {
        PQclear(answer->result);
        answer->result = NULL;
    }
    if (c->broken || answer->failed)
        return c->error->error.code;
    if (ret)
        *ret = answer->result;
    return QC_ERROR_OK;
}

const char *qc_pg_text_at(const PGresult *result, int row, int column)
{
    const bool exists = row < PQntuples(result) && column < PQnfields(result);
    return exists ? PQgetvalue(result, row, column) : "";
}

enum qc_code qc_pg_collect(qc_connection *c, PGresult **ret)
{
    qc_pg_answer answer = {0};
    PGresult *result;
    while ((result = qc_pg_next(c)))
        qc_pg_take(c, &answer, result);
    return qc_pg_settle(c, &answer, ret);
}
