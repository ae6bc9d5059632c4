/* What comes back in a pipeline: answers to statements, and ends of units. */
#include "engine/budget.h"
#include "engine/pipeline.h"

#include "base/arena_inline.h"

/* ---- Answers. ---- */

static size_t wanted_rows(const qc_queued *queued)
{
    switch ((enum qc_queued_kind)queued->kind) {
    case QC_QUEUED_ALL:
        return 0;
    case QC_QUEUED_ONE:
    case QC_QUEUED_ONE_OR_NONE:
        return 2;
    default:
        return 1;
    }
}

bool qc_pipeline_fetch(const qc_pipeline *p, const qc_sent *sent, qc_fetch *ret)
{
    const qc_queued *queued = &p->list[sent->number];
    if (p->leaving || queued->kind == QC_QUEUED_EXEC || !sent->statement->returns_rows)
        return false;
    *ret = (qc_fetch){.shape = &sent->statement->shape,
                      .items = sent->statement->items,
                      .arena = p->rows,
                      .limit = wanted_rows(queued)};
    return true;
}

/* Generic rows name their items in the statement, which therefore stays as long as they do. */
static bool keep_names(const qc_sent *sent, qc_arena *rows)
{
    if (!sent->statement->shape.generic)
        return true;
    if (!qc_arena_defer(rows, qc_cached_release, sent->cached))
        return false;
    sent->cached->references++;
    return true;
}

static bool add_rows(const qc_sent *sent, qc_queued *queued, qc_fetch *fetch)
{
    qc_piece *piece = qc_arena_take(fetch->arena, sizeof(*piece));
    void **list = piece ? qc_fetch_finish(fetch) : NULL;
    if (!list || !keep_names(sent, fetch->arena))
        return false;
    *piece = (qc_piece){queued->got.rows, list, fetch->count};
    queued->got.rows = piece;
    return true;
}

static void take_rows(qc_db *db, const qc_sent *sent, const qc_reply *reply, qc_fetch *fetch)
{
    qc_queued *queued = &db->pipeline->list[sent->number];
    if (sent->watched)
        sent->watched->rows = reply->affected;
    if (queued->kind == QC_QUEUED_EXEC)
        queued->got.affected += reply->affected;
    else if (fetch && queued->state != QC_QUEUED_NO_MEMORY && !add_rows(sent, queued, fetch))
        queued->state = QC_QUEUED_NO_MEMORY;
}

static const qc_fault *keep_fault(qc_db *db, const qc_sent *sent)
{
    const qc_pipeline *p = db->pipeline;
    const qc_fault *fault = qc_fault_keep(db, p->list[sent->number].site, sent->statement->sql,
                                          sent->number, sent->number);
    qc_error_clear(&db->error);
    return fault;
}

/* It ran, and its rows do not reach the program. */
static void refuse_rows(qc_db *db, const qc_sent *sent)
{
    qc_queued *queued = &db->pipeline->list[sent->number];
    queued->fault = keep_fault(db, sent);
    queued->state = QC_QUEUED_FAILED;
}

/* Where the unit is still being queued, what follows would not be run. */
static void fail_unit(qc_db *db, const qc_sent *sent, bool again)
{
    qc_pipeline *p = db->pipeline;
    const qc_fault *fault = keep_fault(db, sent);
    if (!p->answering)
        p->answering = fault;
    if (p->unit == p->queued && !again && !p->failing)
        p->failing = p->answering;
}

/* ---- The end of a unit. ---- */

static void judge_statement(qc_db *db, size_t number, const qc_fault *fault)
{
    qc_queued *queued = &db->pipeline->list[number];
    if (!fault) {
        if (queued->state == QC_QUEUED_WAITING)
            queued->state = (uint8_t)qc_queued_check(queued);
        return;
    }
    queued->fault = fault;
    queued->state = number == fault->number ? QC_QUEUED_FAILED
                    : number < fault->at    ? QC_QUEUED_UNDONE
                                            : QC_QUEUED_NOT_RUN;
}

/* Tells who watches, and lets go of what was sent. */
static void report(qc_db *db, const qc_sent *sent)
{
    const qc_pipeline *p = db->pipeline;
    const qc_watched *watched = sent->watched;
    if (watched) {
        qc_queued_error(p, sent->number, &db->error);
        const bool good = db->error.error.code == QC_ERROR_OK;
        qc_report(db,
                  &(qc_report_of){.site = p->list[sent->number].site,
                                  .sql = sent->statement->sql,
                                  .printed = watched->binds,
                                  .bind_count = sent->statement->bind_count,
                                  .rows = good ? watched->rows : -1},
                  watched->began);
        qc_error_clear(&db->error);
    }
    qc_cached_release(sent->cached);
}

static void report_until(qc_db *db, size_t number)
{
    qc_pipeline *p = db->pipeline;
    while (p->settled < p->sent_count && p->sent[p->settled].number < number)
        report(db, &p->sent[p->settled++]);
    if (p->answered < p->settled)
        p->answered = p->settled;
    if (p->settled == p->sent_count)
        p->settled = p->answered = p->sent_count = 0;
}

/* The one that failed first. */
static const qc_fault *earlier(const qc_fault *a, const qc_fault *b)
{
    if (!a || !b)
        return a ? a : b;
    return b->at < a->at ? b : a;
}

/* An open transaction has failed with it, whatever the pipeline ends with. */
static void fail_transaction(qc_db *db, const qc_fault *fault)
{
    qc_fault_tell(fault, &db->error);
    qc_clear(db);
}

static void settle(qc_db *db)
{
    qc_pipeline *p = db->pipeline;
    size_t last = p->unit;
    while (!p->list[last].ends_unit)
        last++;
    const bool is_known = p->list[last].state == QC_QUEUED_WAITING;
    const qc_fault *fault = earlier(is_known ? p->list[last].fault : NULL, p->answering);
    for (size_t i = p->unit; i <= last; i++)
        judge_statement(db, i, fault);
    if (fault && p->inside)
        fail_transaction(db, fault);
    p->unit = last + 1;
    p->answering = NULL;
    report_until(db, p->unit);
}

static void start_again(qc_pipeline *p)
{
    p->answering = NULL;
    p->answered = p->settled;
    for (size_t i = p->unit; i < p->count; i++) {
        p->list[i].state = QC_QUEUED_WAITING;
        p->list[i].fault = NULL;
        if (p->list[i].kind == QC_QUEUED_EXEC)
            p->list[i].got.affected = 0;
        else
            p->list[i].got.rows = NULL;
    }
}

void qc_pipeline_lose(qc_db *db, enum qc_queued_state state)
{
    qc_pipeline *p = db->pipeline;
    const qc_fault *fault = qc_fault_keep(db, &p->site, NULL, SIZE_MAX, p->unit);
    p->lost = true;
    p->failing = p->orphan = fault;
    for (size_t i = p->unit; i < p->count; i++) {
        p->list[i].state = (uint8_t)state;
        p->list[i].fault = fault;
    }
    p->unit = p->queued = p->count;
    report_until(db, p->count);
}

/* ---- Replies. ---- */

void qc_pipeline_take(qc_db *db, const qc_reply *reply, qc_fetch *fetch)
{
    qc_pipeline *p = db->pipeline;
    const qc_sent *sent = &p->sent[p->answered];
    switch (reply->kind) {
    case QC_REPLY_NONE:
        break;
    case QC_REPLY_DONE:
        p->answered++;
        if (fetch && !qc_may_keep(db, p->list[sent->number].site, sent->statement, fetch))
            refuse_rows(db, sent);
        else
            take_rows(db, sent, reply, fetch);
        break;
    case QC_REPLY_UNREADABLE:
        p->answered++;
        refuse_rows(db, sent);
        break;
    case QC_REPLY_FAILED:
        p->answered++;
        fail_unit(db, sent, reply->again);
        break;
    case QC_REPLY_SKIPPED:
        p->answered++;
        break;
    case QC_REPLY_REFUSED:
        p->answering = qc_fault_keep(db, &p->site, NULL, SIZE_MAX, SIZE_MAX);
        qc_error_clear(&db->error);
        break;
    case QC_REPLY_SYNCED:
        settle(db);
        break;
    case QC_REPLY_AGAIN:
        start_again(p);
        break;
    case QC_REPLY_LOST:
        qc_pipeline_lose(db, QC_QUEUED_LOST);
        break;
    }
}

/* Whether something has come. */
static bool receive(qc_db *db, bool wait)
{
    qc_pipeline *p = db->pipeline;
    qc_fetch fetch;
    qc_reply reply;
    const bool fetches =
        p->answered < p->sent_count && qc_pipeline_fetch(p, &p->sent[p->answered], &fetch);
    db->driver->pipeline->receive(db->connection, wait, fetches ? &fetch : NULL, &reply);
    qc_pipeline_take(db, &reply, fetches ? &fetch : NULL);
    return reply.kind != QC_REPLY_NONE;
}

void qc_pipeline_flow(qc_db *db)
{
    const qc_pipeline *p = db->pipeline;
    const bool full = p->sent_count - p->answered > QC_PIPELINE_MOST;
    while (!p->lost && full && p->sent_count - p->answered > QC_PIPELINE_MOST / 2)
        receive(db, true);
    while (!p->lost && receive(db, false)) {
    }
}

void qc_pipeline_drain(qc_db *db)
{
    const qc_pipeline *p = db->pipeline;
    while (!p->lost && p->unit < p->queued)
        receive(db, true);
}
