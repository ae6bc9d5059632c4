/* Pipelines on libpq's pipeline mode (PostgreSQL manual, 34.5).
 *
 * What was sent and is not answered stands in a queue, in the order of the answers. libpq holds
 * back what is sent until it is worth a packet; once a packet's worth, what has arrived is taken
 * in. A send waits only while the socket takes nothing more, and reads meanwhile, so neither side
 * can stop the other. The server keeps short answers back until Sync: who waits for one before that
 * asks it to flush.
 *
 * A statement that is new is prepared on the way. Whether that worked is known with its answer;
 * until then, units behind that one send it without a name. The parameters of the unit being sent
 * are kept, up to a size: a unit that failed because a prepared statement was stale is sent again,
 * once, without names, if no transaction is open and nothing was sent behind it.
 */
#include "driver/pg_pipeline.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum { PACKET = 8 * 1024, OVERHEAD = 64 };

/* ---- The queue. ---- */

/* A statement leaves room for the end of its unit, which so cannot fail for memory. */
enum { FIRST_ROOM = 64, FOR_END = 2, FOR_STATEMENT = 2 + FOR_END };

static bool reserve(qc_pg_pipeline *p, size_t room_for)
{
    if (p->count + room_for <= p->room)
        return true;
    if (p->head > p->room / 2) {
        p->count -= p->head;
        memmove(p->queue, p->queue + p->head, p->count * sizeof(*p->queue));
        p->head = 0;
        return true;
    }
    const size_t room = p->room ? p->room * 2 : FIRST_ROOM;
    qc_pg_sent *queue = realloc(p->queue, room * sizeof(*queue));
    if (!queue)
        return false;
    p->queue = queue;
    p->room = room;
    return true;
}

static void push(qc_pg_pipeline *p, enum qc_pg_sent_kind kind, qc_pg_prepared *entry,
                 const qc_statement *statement)
{
    p->queue[p->count++] = (qc_pg_sent){kind, entry, statement};
    p->unflushed++;
}

static qc_pg_sent pop(qc_pg_pipeline *p)
{
    const qc_pg_sent oldest = p->queue[p->head++];
    if (p->head == p->count)
        p->head = p->count = 0;
    return oldest;
}

/* ---- Begin and end. ---- */

/* A command that was only half written leaves the link useless. */
static enum qc_code fail_send(qc_connection *c)
{
    c->broken = true;
    return qc_pg_fail_link(c);
}

/* libpq forgets the mode of single rows of a stream only when the next command begins outside of a
 * pipeline; the first of a pipeline would inherit it. This one begins, and has no text to be sent. */
static void forget_single_rows(qc_connection *c)
{
    (void)PQsendQueryParams(c->link, NULL, 0, NULL, NULL, NULL, NULL, 0);
}

static enum qc_code begin(qc_connection *c)
{
    const enum qc_code code = qc_pg_enter(c);
    if (code != QC_ERROR_OK)
        return code;
    qc_pg_pipeline *p = c->pipeline ? c->pipeline : calloc(1, sizeof(*p));
    if (!p)
        return qc_pg_nomem(c);
    *p = (qc_pg_pipeline){.queue = p->queue,
                          .room = p->room,
                          .kept = {.bytes = p->kept.bytes, .room = p->kept.room},
                          .unit = 1,
                          .answering = 1,
                          .fresh = true,
                          .alone = PQtransactionStatus(c->link) == PQTRANS_IDLE};
    c->pipeline = p;
    if (!reserve(p, FOR_END))
        return qc_pg_nomem(c);
    forget_single_rows(c);
    return PQenterPipelineMode(c->link) ? QC_ERROR_OK : fail_send(c);
}

static void end(qc_connection *c)
{
    if (!c->broken && !PQexitPipelineMode(c->link))
        c->broken = true;
    qc_pg_statement_end(c);
    if (c->pipeline->unsettled)
        qc_pg_cache_settle(&c->prepared);
}

void qc_pg_pipeline_free(qc_pg_pipeline *p)
{
    if (!p)
        return;
    free(p->queue);
    free(p->kept.bytes);
    free(p);
}

/* ---- What is kept of a unit. ---- */

enum { KEPT_MOST = 1024 * 1024 };

typedef struct kept_head {
    const qc_statement *statement;
    int count; /* parameters */
} kept_head;

static bool grow_kept(qc_pg_kept *kept, size_t size)
{
    if (size <= kept->room - kept->used)
        return true;
    const size_t room = (kept->used + size) * 2;
    char *bytes = kept->used + size <= KEPT_MOST ? realloc(kept->bytes, room) : NULL;
    if (!bytes)
        return false;
    kept->bytes = bytes;
    kept->room = room;
    return true;
}

static void put(qc_pg_kept *kept, const void *data, size_t size)
{
    if (size)
        memcpy(kept->bytes + kept->used, data, size);
    kept->used += size;
}

static void keep(qc_pg_kept *kept, const qc_statement *statement, const qc_pg_parameters *own,
                 size_t bytes)
{
    const kept_head head = {statement, own->count};
    kept->texts += statement->sql_length;
    kept->over = kept->over || kept->texts > KEPT_MOST ||
                 !grow_kept(kept, sizeof(head) + (size_t)own->count * sizeof(int) + bytes);
    if (kept->over)
        return;
    put(kept, &head, sizeof(head));
    for (int i = 0; i < own->count; i++) {
        const int length = own->values[i] ? own->lengths[i] : QC_PG_NULL;
        put(kept, &length, sizeof(length));
    }
    for (int i = 0; i < own->count; i++)
        put(kept, own->values[i], own->values[i] ? (size_t)own->lengths[i] : 0);
}

/* Points the parameters into what is kept at `from`; returns what follows. */
static const char *point(const char *from, qc_pg_parameters *ret)
{
    const char *lengths = from;
    from += (size_t)ret->count * sizeof(int);
    for (int i = 0; i < ret->count; i++) {
        int length;
        memcpy(&length, lengths + (size_t)i * sizeof(int), sizeof(length));
        ret->values[i] = length == QC_PG_NULL ? NULL : from;
        ret->lengths[i] = length == QC_PG_NULL ? 0 : length;
        ret->formats[i] = 1;
        from += ret->lengths[i];
    }
    return from;
}

static bool send_kept(qc_connection *c, const kept_head *head, const char **from)
{
    const qc_pg_parameters own = c->parameters;
    const size_t count = (size_t)head->count + 1;
    char *arrays = malloc(count * (sizeof(char *) + 2 * sizeof(int)));
    if (!arrays)
        return false;
    c->parameters =
        (qc_pg_parameters){.count = head->count, .values = (const char **)(void *)arrays};
    c->parameters.lengths = (int *)(void *)(c->parameters.values + count);
    c->parameters.formats = c->parameters.lengths + count;
    *from = point(*from, &c->parameters);
    qc_pg_piped sent;
    const bool good = qc_pg_send_piped(c, head->statement, 0, &sent) == QC_ERROR_OK;
    c->parameters = own;
    free(arrays);
    if (good)
        push(c->pipeline, QC_PG_SENT_EXECUTE, NULL, head->statement);
    return good;
}

/* ---- Sending. ---- */

static void start(qc_connection *c)
{
    c->late = false;
    qc_pg_start_clock(c);
}

static size_t parameter_bytes(const qc_pg_parameters *own)
{
    size_t bytes = 0;
    for (int i = 0; i < own->count; i++)
        bytes += (size_t)own->lengths[i];
    return bytes;
}

static void begin_unit(qc_pg_pipeline *p)
{
    p->fresh = false;
    p->kept.used = p->kept.texts = 0;
    p->kept.over = !p->alone;
}

static enum qc_code send_statement(qc_connection *c, const qc_statement *statement,
                                   const qc_node *const *binds)
{
    qc_pg_pipeline *p = c->pipeline;
    qc_pg_piped sent;
    enum qc_code code = qc_pg_bind(c, statement, binds);
    if (code != QC_ERROR_OK)
        return code;
    if (!reserve(p, FOR_STATEMENT))
        return qc_pg_nomem(c);
    code = qc_pg_send_piped(c, statement, p->unit, &sent);
    if (code != QC_ERROR_OK)
        return code;
    const size_t bytes = parameter_bytes(&c->parameters);
    if (p->fresh)
        begin_unit(p);
    if (sent.prepares)
        push(p, QC_PG_SENT_PREPARE, sent.entry, statement);
    push(p, QC_PG_SENT_EXECUTE, sent.entry, statement);
    p->unsettled |= sent.prepares;
    keep(&p->kept, statement, &c->parameters, bytes);
    p->unlooked += bytes + OVERHEAD;
    p->look |= p->unlooked >= PACKET;
    return QC_ERROR_OK;
}

/* A transaction fails with a statement that it cannot run. */
static bool send_undo(qc_connection *c)
{
    const char *sql = c->pipeline->alone
                          ? "ROLLBACK"
                          : "ROLLBACK TO SAVEPOINT \"quercus: a pipeline was not sent whole\"";
    push(c->pipeline, QC_PG_SENT_UNDO, NULL, NULL);
    return PQsendQueryParams(c->link, sql, 0, NULL, NULL, NULL, NULL, 1);
}

static bool send_sync(qc_connection *c)
{
    qc_pg_pipeline *p = c->pipeline;
    push(p, QC_PG_SENT_SYNC, NULL, NULL);
    p->unflushed = 0;
    p->look = true;
    return PQpipelineSync(c->link);
}

static enum qc_code fail_for_memory(qc_connection *c)
{
    c->broken = true;
    return qc_pg_nomem(c);
}

static enum qc_code sync_unit(qc_connection *c, bool undo)
{
    qc_pg_pipeline *p = c->pipeline;
    if (!reserve(p, FOR_END))
        return fail_for_memory(c);
    p->kept.over |= undo;
    if ((undo && !send_undo(c)) || !send_sync(c))
        return fail_send(c);
    p->unit++;
    p->fresh = true;
    return QC_ERROR_OK;
}

/* ---- Sending a unit again. ---- */

/* Whether the unit being answered can still be sent again when it ends. */
static bool may_repeat(const qc_pg_pipeline *p)
{
    const bool is_last = p->answering == p->unit || (p->answering + 1 == p->unit && p->fresh);
    return is_last && p->alone && !p->kept.over && !p->repeated;
}

static bool repeat_unit(qc_connection *c)
{
    qc_pg_pipeline *p = c->pipeline;
    const char *from = p->kept.bytes, *last = from + p->kept.used;
    p->repeated = true;
    p->stale = p->swallow = false;
    while (from < last) {
        kept_head head;
        memcpy(&head, from, sizeof(head));
        from += sizeof(head);
        if (!reserve(p, FOR_STATEMENT) || !send_kept(c, &head, &from))
            return false;
    }
    return reserve(p, FOR_END) && send_sync(c);
}

/* ---- Receiving. ---- */

/* Sends and takes in until there is a result: 1; until all is sent: 0; -1: the link is lost. */
static int flow(qc_connection *c)
{
    while (PQisBusy(c->link)) {
        const int unsent = PQflush(c->link);
        if (unsent < 0 || !PQconsumeInput(c->link))
            return -1;
        if (!PQisBusy(c->link))
            break;
        if (unsent == 0) {
            c->pipeline->look = false;
            c->pipeline->unlooked = 0;
            return 0;
        }
        if (!qc_pg_wait(c, POLLIN | POLLOUT))
            return -1;
    }
    return 1;
}

static bool ask_for_answers(qc_connection *c)
{
    qc_pg_pipeline *p = c->pipeline;
    if (p->unflushed < p->count - p->head)
        return true;
    p->unflushed = 0;
    return PQsendFlushRequest(c->link);
}

/* 1: *ret is a result, or NULL between those of two commands; 0: nothing has come; -1: the link is
 * lost. */
static int take(qc_connection *c, bool wait, PGresult **ret)
{
    *ret = NULL;
    if (c->broken || (wait && !ask_for_answers(c)))
        return -1;
    if (wait) {
        *ret = qc_pg_next(c);
        return c->broken ? -1 : 1;
    }
    const int ready = c->pipeline->look ? flow(c) : 0;
    if (ready > 0)
        *ret = PQgetResult(c->link);
    return ready;
}

static bool is_good(const PGresult *result)
{
    const ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
}

/* Without an SQLSTATE the error is libpq's own, and the statement may well have run. */
static enum qc_reply_kind fail_statement(qc_connection *c, const PGresult *result,
                                         qc_pg_prepared *entry, qc_reply *ret)
{
    qc_pg_pipeline *p = c->pipeline;
    qc_pg_fail_result(c, result);
    if (PQresultErrorField(result, PG_DIAG_SQLSTATE) == NULL)
        return PQstatus(c->link) == CONNECTION_OK ? QC_REPLY_UNREADABLE : QC_REPLY_LOST;
    if (c->stale != QC_PG_FRESH) {
        p->stale = true;
        ret->again = may_repeat(p);
        c->forget |= c->stale == QC_PG_CHANGED;
        p->unsettled |= entry != NULL;
        if (entry)
            entry->gone = true;
    }
    return QC_REPLY_FAILED;
}

static enum qc_reply_kind end_preparation(qc_connection *c, const PGresult *result, qc_reply *ret)
{
    const qc_pg_sent sent = pop(c->pipeline);
    if (is_good(result))
        sent.entry->unit = 0;
    if (is_good(result) || PQresultStatus(result) == PGRES_PIPELINE_ABORTED)
        return QC_REPLY_NONE;
    c->pipeline->swallow = true;
    return fail_statement(c, result, NULL, ret);
}

static enum qc_reply_kind end_statement(qc_connection *c, PGresult **result, qc_fetch *fetch,
                                        qc_reply *ret)
{
    const qc_pg_sent sent = pop(c->pipeline);
    if (c->pipeline->swallow) {
        c->pipeline->swallow = false;
        return QC_REPLY_NONE;
    }
    if (PQresultStatus(*result) == PGRES_PIPELINE_ABORTED)
        return QC_REPLY_SKIPPED;
    if (!is_good(*result))
        return fail_statement(c, *result, sent.entry, ret);
    c->current = sent.entry;
    PGresult *taken = *result;
    *result = NULL;
    return qc_pg_take_rows(c, sent.statement, taken, fetch, &ret->affected) == QC_ERROR_OK
               ? QC_REPLY_DONE
               : QC_REPLY_UNREADABLE;
}

static enum qc_reply_kind end_unit(qc_connection *c, const PGresult *result)
{
    qc_pg_pipeline *p = c->pipeline;
    if (PQresultStatus(result) != PGRES_PIPELINE_SYNC) {
        qc_pg_fail_result(c, result);
        return PQresultErrorField(result, PG_DIAG_SQLSTATE) ? QC_REPLY_REFUSED : QC_REPLY_LOST;
    }
    pop(p);
    if (p->stale && may_repeat(p) && !c->late && PQtransactionStatus(c->link) == PQTRANS_IDLE)
        return repeat_unit(c) ? QC_REPLY_AGAIN : QC_REPLY_LOST;
    p->stale = p->swallow = p->repeated = false;
    p->answering++;
    return QC_REPLY_SYNCED;
}

static enum qc_reply_kind answer(qc_connection *c, PGresult *result, qc_fetch *fetch, qc_reply *ret)
{
    enum qc_reply_kind kind = QC_REPLY_NONE;
    switch (c->pipeline->queue[c->pipeline->head].kind) {
    case QC_PG_SENT_PREPARE:
        kind = end_preparation(c, result, ret);
        break;
    case QC_PG_SENT_EXECUTE:
        kind = end_statement(c, &result, fetch, ret);
        break;
    case QC_PG_SENT_SYNC:
        kind = end_unit(c, result);
        break;
    case QC_PG_SENT_UNDO:
        pop(c->pipeline);
        break;
    }
    PQclear(result);
    return kind;
}

static enum qc_reply_kind lose(qc_connection *c)
{
    if (c->error->error.code == QC_ERROR_OK)
        qc_pg_fail_link(c);
    c->broken = true;
    return QC_REPLY_LOST;
}

/* libpq puts one NULL behind the results of a command, and none behind a Sync. */
static void receive(qc_connection *c, bool wait, qc_fetch *fetch, qc_reply *ret)
{
    qc_pg_pipeline *p = c->pipeline;
    *ret = (qc_reply){.kind = QC_REPLY_NONE};
    for (int nulls = 0; ret->kind == QC_REPLY_NONE && (p->head < p->count || c->broken);) {
        PGresult *result;
        const int got = take(c, wait, &result);
        if (got == 0)
            return;
        nulls = result ? 0 : nulls + 1;
        if (result)
            ret->kind = answer(c, result, fetch, ret);
        if (got < 0 || nulls > 1 || ret->kind == QC_REPLY_LOST)
            ret->kind = lose(c);
    }
}

const qc_pipeline_driver qc_pg_pipeline_driver = {
    .begin = begin,
    .start = start,
    .send = send_statement,
    .sync = sync_unit,
    .receive = receive,
    .end = end,
};
