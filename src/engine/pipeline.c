/* Pipelines: beginning, ends of units, and the end. Where the driver cannot send ahead, each
 * statement is run as it is queued, and a unit is a transaction. */
#include "engine/orm.h"
#include "engine/pipeline.h"

#include <stdlib.h>

/* ---- Memory. ---- */

static void let_go(qc_pipeline *p)
{
    while (p->settled < p->sent_count)
        qc_cached_release(p->sent[p->settled++].cached);
    qc_faults_free(p);
    qc_arena_free(p->rows);
    qc_arena_free(p->notes);
    p->rows = p->notes = NULL;
}

void qc_pipeline_free(qc_db *db)
{
    qc_pipeline *p = db->pipeline;
    if (!p)
        return;
    let_go(p);
    qc_error_free(&p->asked);
    free(p->list);
    free(p->sent);
    free(p);
    db->pipeline = NULL;
}

/* The one of before is used again, with its memory. */
static qc_pipeline *renew(qc_db *db, const qc_site *site)
{
    qc_pipeline *p = db->pipeline ? db->pipeline : calloc(1, sizeof(*p));
    if (!p)
        return NULL;
    let_go(p);
    qc_error_free(&p->asked);
    *p = (qc_pipeline){.list = p->list,
                       .room = p->room,
                       .sent = p->sent,
                       .sent_room = p->sent_room,
                       .remote = db->driver->pipeline != NULL,
                       .site = *site};
    return db->pipeline = p;
}

/* ---- Beginning. ---- */

static void leave(void *db)
{
    qc_pipeline_abandon(db);
}

/* The unit it stands in fails with it, so that nothing is done by half. */
static bool refuse_nested(qc_db *db, const qc_site *site)
{
    qc_pipeline *p = db->pipeline;
    qc_fail(db, site, QC_ERROR_MISUSE, "a PIPELINE stands inside the PIPELINE at %s:%d",
            p->site.file, p->site.line);
    db->refused_pipelines++;
    p->orphan = qc_fault_keep(db, site, NULL, SIZE_MAX, p->count);
    if (!p->failing)
        p->failing = p->orphan;
    return false;
}

static bool begin(qc_db *db, const qc_site *site, bool (*enter)(qc_db *, const qc_site *))
{
    if (!db)
        return false;
    if (db->pipeline && db->pipeline->open)
        return refuse_nested(db, site);
    if (!enter(db, site)) {
        db->refused_pipelines++;
        return false;
    }
    qc_pipeline *p = renew(db, site);
    if (!p) {
        qc_fail(db, site, QC_ERROR_NOMEM, "out of memory");
        db->refused_pipelines++;
        return false;
    }
    p->open = true;
    db->busy = (qc_busy){"PIPELINE", &p->site, leave, db};
    p->inside = db->driver->in_transaction(db->connection);
    if (!p->remote || db->driver->pipeline->begin(db->connection) == QC_ERROR_OK)
        return true;
    p->refused = true;
    qc_pipeline_lose(db, QC_QUEUED_FAILED);
    return false;
}

bool qc_pipeline_begin(qc_db *db, const qc_site *site)
{
    return begin(db, site, qc_enter_flushed);
}

bool qc_pipeline_begin_inside(qc_db *db, const qc_site *site)
{
    return begin(db, site, qc_enter);
}

/* ---- Ends of units. ---- */

static void end_local_unit(qc_db *db)
{
    qc_pipeline *p = db->pipeline;
    const qc_atomic atomic = p->atomic;
    const bool good = !p->failing && !p->leaving;
    p->atomic = (qc_atomic){0};
    if (!qc_atomic_end(db, &p->site, &atomic, good) && good)
        qc_pipeline_take(db, &(qc_reply){.kind = QC_REPLY_REFUSED}, NULL);
    qc_pipeline_take(db, &(qc_reply){.kind = QC_REPLY_SYNCED}, NULL);
}

static void end_unit(qc_db *db)
{
    qc_pipeline *p = db->pipeline;
    if (p->lost || p->queued == p->count)
        return;
    qc_queued *last = &p->list[p->count - 1];
    const bool is_ours = p->failing && p->failing != p->answering;
    last->ends_unit = true;
    if (is_ours) {
        last->fault = p->failing;
        last->state = QC_QUEUED_WAITING;
    }
    p->queued = p->count;
    if (!p->remote)
        end_local_unit(db);
    else if (db->driver->pipeline->sync(db->connection, is_ours || (p->leaving && !p->inside)) !=
             QC_ERROR_OK)
        qc_pipeline_lose(db, QC_QUEUED_LOST);
    if (!p->lost)
        p->failing = NULL;
}

bool qc_pipeline_sync_at(qc_db *db, const qc_site *site)
{
    if (!db || db->refused_pipelines)
        return false;
    if (!db->pipeline || !db->pipeline->open) {
        qc_fail(db, site, QC_ERROR_MISUSE, "qc_pipeline_sync needs a PIPELINE block around it");
        return false;
    }
    qc_pipeline *p = db->pipeline;
    const bool good = !p->failing;
    if (p->remote && !p->lost)
        db->driver->pipeline->start(db->connection);
    end_unit(db);
    if (p->remote && !p->lost)
        qc_pipeline_flow(db);
    return good && !p->lost;
}

/* ---- The end. ---- */

static void close_pipeline(qc_db *db)
{
    qc_pipeline *p = db->pipeline;
    if (p->remote && !p->lost)
        db->driver->pipeline->start(db->connection);
    end_unit(db);
    if (p->remote)
        qc_pipeline_drain(db);
    if (p->remote && !p->refused)
        db->driver->pipeline->end(db->connection);
    p->open = false;
    db->busy = (qc_busy){0};
}

/* One that was refused says so until its end. */
static bool end_refused(qc_db *db)
{
    db->refused_pipelines--;
    if (db->error.error.code == QC_ERROR_OK)
        qc_fail(db, NULL, QC_ERROR_MISUSE, "the PIPELINE could not begin");
    return false;
}

bool qc_pipeline_end(qc_db *db)
{
    if (!db)
        return false;
    if (db->refused_pipelines)
        return end_refused(db);
    if (!db->pipeline || !db->pipeline->open) {
        qc_fail(db, NULL, QC_ERROR_MISUSE, "no pipeline is open");
        return false;
    }
    close_pipeline(db);
    qc_pipeline_fill(db);
    const bool good = qc_pipeline_judge(db);
    qc_arena_free(db->pipeline->notes);
    db->pipeline->notes = NULL;
    return good;
}

/* The error of whatever made the program leave stays. */
void qc_pipeline_abandon(qc_db *db)
{
    if (!db || !db->pipeline)
        return;
    if (db->refused_pipelines) {
        db->refused_pipelines--;
        return;
    }
    if (!db->pipeline->open)
        return;
    qc_error_record saved = db->error;
    db->error = (qc_error_record){0};
    db->pipeline->leaving = true;
    close_pipeline(db);
    let_go(db->pipeline);
    db->pipeline->count = 0;
    qc_error_free(&db->error);
    db->error = saved;
}

void qc_pipeline_finish(qc_pipeline_scope *scope)
{
    scope->open = false;
    qc_pipeline_end(scope->db);
}

void qc_pipeline_leave(qc_pipeline_scope *scope)
{
    if (scope->open)
        qc_pipeline_abandon(scope->db);
    scope->open = false;
}
