/* Notifications (PostgreSQL manual, NOTIFY; libpq, "Asynchronous Notification").
 *
 * libpq keeps what it receives in a list without an end: it is taken from there into a ring of
 * bounded size whenever something was read, once the session has listened to anything.
 */
#include "driver/pg.h"

#include "base/strbuf.h"
#include "base/wait.h"

#include <poll.h>
#include <stdlib.h>

enum { FIRST_CAPACITY = 16 };

/* ---- The ring. ---- */

static bool make_room(qc_pg_inbox *inbox)
{
    if (inbox->count < inbox->capacity)
        return true;
    const size_t capacity = inbox->capacity ? inbox->capacity * 2 : FIRST_CAPACITY;
    PGnotify **ring = malloc(capacity * sizeof(PGnotify *));
    if (!ring)
        return false;
    for (size_t i = 0; i < inbox->count; i++)
        ring[i] = inbox->ring[(inbox->first + i) % inbox->capacity];
    free(inbox->ring);
    inbox->ring = ring;
    inbox->capacity = capacity;
    inbox->first = 0;
    return true;
}

static PGnotify *take_first(qc_pg_inbox *inbox)
{
    PGnotify *first = inbox->ring[inbox->first];
    inbox->first = (inbox->first + 1) % inbox->capacity;
    inbox->count--;
    return first;
}

/* What cannot be kept for want of memory stays with libpq. */
bool qc_pg_take_notifications(qc_connection *c)
{
    qc_pg_inbox *inbox = &c->inbox;
    PGnotify *next;
    bool room;
    while ((room = make_room(inbox)) && (next = PQnotifies(c->link))) {
        inbox->ring[(inbox->first + inbox->count++) % inbox->capacity] = next;
        if (inbox->count <= QC_NOTIFICATIONS_MOST)
            continue;
        PQfreemem(take_first(inbox));
        inbox->missed++;
    }
    return room;
}

void qc_pg_drop_notifications(qc_connection *c)
{
    qc_pg_inbox *inbox = &c->inbox;
    PGnotify *next;
    while (inbox->count)
        PQfreemem(take_first(inbox));
    while (c->link && (next = PQnotifies(c->link)))
        PQfreemem(next);
    PQfreemem(inbox->given);
    free(inbox->ring);
    *inbox = (qc_pg_inbox){.listens = inbox->listens};
}

/* ---- LISTEN. ---- */

enum qc_code qc_pg_listen(qc_connection *c, const char *channel, bool on)
{
    qc_strbuf sql = {0};
    enum qc_code code = qc_pg_enter_text(c);
    if (code != QC_ERROR_OK)
        return code;
    qc_strbuf_puts(&sql, on ? "LISTEN " : "UNLISTEN ");
    const bool named = channel ? qc_identifier(&sql, &qc_postgresql_dialect, channel) : true;
    if (!channel)
        qc_strbuf_putc(&sql, '*');
    c->inbox.listens |= on;
    if (sql.failed)
        code = qc_pg_nomem(c);
    else if (!named)
        code = qc_error_set(c->error, QC_ERROR_VALUE, "the channel has no name PostgreSQL can hold");
    else
        code = qc_pg_run_text(c, sql.text, NULL);
    if (code == QC_ERROR_OK && !channel)
        qc_pg_drop_notifications(c);
    qc_strbuf_free(&sql);
    return code;
}

/* ---- Waiting. ---- */

static enum qc_code fail_lost(qc_connection *c)
{
    c->broken = true;
    return qc_error_set(c->error, QC_ERROR_DISCONNECTED,
                        "the connection was lost while waiting for a notification");
}

/* Reads until there is one, or the deadline has passed. */
static enum qc_code receive(qc_connection *c, int64_t deadline)
{
    for (;;) {
        if (!PQconsumeInput(c->link))
            return fail_lost(c);
        if (!qc_pg_take_notifications(c))
            return qc_pg_nomem(c);
        if (c->inbox.count)
            return QC_ERROR_OK;
        if (PQstatus(c->link) != CONNECTION_OK)
            return fail_lost(c);
        if (qc_pg_holds_input(c))
            continue;
        qc_inside_begin(&c->inside);
        const int ready = qc_wait_fd(PQsocket(c->link), POLLIN, deadline);
        qc_inside_end(&c->inside);
        if (ready < 0)
            return fail_lost(c);
        if (ready == 0)
            return QC_ERROR_OK;
    }
}

static enum qc_code fill(qc_connection *c, int milliseconds)
{
    if (c->inbox.count)
        return QC_ERROR_OK;
    if (PQtransactionStatus(c->link) != PQTRANS_IDLE)
        return qc_error_set(c->error, QC_ERROR_MISUSE,
                            "notifications are not received inside of a transaction; end it first");
    const int64_t now = qc_about_now_us();
    return receive(c, milliseconds < 0 ? 0 : now + (int64_t)milliseconds * 1000 + 1);
}

enum qc_code qc_pg_notification(qc_connection *c, int milliseconds,
                                const struct qc_notification **ret)
{
    qc_pg_inbox *inbox = &c->inbox;
    *ret = NULL;
    enum qc_code code = qc_pg_check_usable(c);
    if (code == QC_ERROR_OK)
        code = fill(c, milliseconds);
    if (code != QC_ERROR_OK || !inbox->count)
        return code;
    PQfreemem(inbox->given);
    inbox->given = take_first(inbox);
    inbox->told = (struct qc_notification){.channel = inbox->given->relname,
                                           .payload = inbox->given->extra,
                                           .sender = inbox->given->be_pid,
                                           .missed = inbox->missed};
    inbox->missed = 0;
    *ret = &inbox->told;
    return QC_ERROR_OK;
}
