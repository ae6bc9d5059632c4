/* Errors of pipelines: one that happened, and what it means for each statement around it. */
#include "engine/pipeline.h"

#include <stdlib.h>
#include <string.h>

static void copy_texts(qc_error_record *to, const struct qc_error *from)
{
    struct qc_error *error = &to->error;
    memcpy(error->sqlstate, from->sqlstate, sizeof(error->sqlstate));
    error->detail = qc_error_text(to, from->detail);
    error->hint = qc_error_text(to, from->hint);
    error->constraint = qc_error_text(to, from->constraint);
    error->schema = qc_error_text(to, from->schema);
    error->table = qc_error_text(to, from->table);
    error->column = qc_error_text(to, from->column);
    error->sql = qc_error_text(to, from->sql);
    error->position = from->position;
    error->file = from->file;
    error->line = from->line;
    error->function = from->function;
}

static void copy_error(qc_error_record *to, const struct qc_error *from)
{
    qc_error_set(to, from->code, "%s", from->message ? from->message : "");
    copy_texts(to, from);
}

/* ---- Faults. ---- */

const qc_fault *qc_fault_keep(qc_db *db, const qc_site *site, const char *sql, size_t number,
                              size_t at)
{
    qc_pipeline *p = db->pipeline;
    qc_blame(db, site, sql);
    qc_fault *fault = calloc(1, sizeof(*fault));
    if (!fault) {
        p->nomem = (qc_fault){.record.error = qc_error_nomem,
                              .what = "the statement queued",
                              .number = number,
                              .at = at};
        p->nomem.record.error.code = db->error.error.code;
        p->nomem.record.error.file = site->file;
        p->nomem.record.error.line = site->line;
        return &p->nomem;
    }
    fault->what = number == SIZE_MAX ? "the PIPELINE" : "the statement queued";
    fault->number = number;
    fault->at = at;
    copy_error(&fault->record, &db->error.error);
    fault->next = p->faults;
    return p->faults = fault;
}

void qc_fault_tell(const qc_fault *fault, qc_error_record *ret)
{
    copy_error(ret, &fault->record.error);
}

void qc_faults_free(qc_pipeline *p)
{
    while (p->faults) {
        qc_fault *next = p->faults->next;
        qc_error_free(&p->faults->record);
        free(p->faults);
        p->faults = next;
    }
}

/* ---- A statement's error. ---- */

/* "undone: the statement queued at f.c:10 failed" */
static void set_consequence(qc_error_record *ret, const char *word, const qc_fault *fault)
{
    const struct qc_error *why = &fault->record.error;
    qc_error_set(ret, why->code, "%s: %s at %s:%d failed", word, fault->what,
                 why->file ? why->file : "?", why->line);
    memcpy(ret->error.sqlstate, why->sqlstate, sizeof(ret->error.sqlstate));
}

static void set_own(qc_error_record *ret, enum qc_queued_state state)
{
    switch (state) {
    case QC_QUEUED_NO_ROW:
        qc_error_set(ret, QC_ERROR_NOT_FOUND, "the query found no row");
        break;
    case QC_QUEUED_NOT_UNIQUE:
        qc_error_set(ret, QC_ERROR_NOT_UNIQUE, "the query found more than one row");
        break;
    case QC_QUEUED_NULL:
        qc_error_set(ret, QC_ERROR_NULL_RESULT,
                     "the value is NULL; take it with QUEUE_SCALAR_OR_NULL");
        break;
    default:
        qc_error_set(ret, QC_ERROR_NOMEM, "out of memory");
    }
}

void qc_queued_error(const qc_pipeline *p, size_t number, qc_error_record *ret)
{
    const qc_queued *queued = &p->list[number];
    const qc_fault *fault = queued->fault;
    switch ((enum qc_queued_state)queued->state) {
    case QC_QUEUED_WAITING:
    case QC_QUEUED_DONE:
        qc_error_clear(ret);
        return;
    case QC_QUEUED_FAILED:
        copy_error(ret, &fault->record.error);
        break;
    case QC_QUEUED_NOT_RUN:
        set_consequence(ret, "not run", fault);
        break;
    case QC_QUEUED_UNDONE:
        set_consequence(ret, "undone", fault);
        break;
    case QC_QUEUED_LOST:
        qc_error_set(ret, fault->record.error.code, "not acknowledged: %s",
                     fault->record.error.message);
        break;
    default:
        set_own(ret, queued->state);
    }
    if (queued->site && queued->state != QC_QUEUED_FAILED) {
        ret->error.file = queued->site->file;
        ret->error.line = queued->site->line;
        ret->error.function = queued->site->function;
    }
}

bool qc_pipeline_judge(qc_db *db)
{
    const qc_pipeline *p = db->pipeline;
    size_t i = 0;
    while (i < p->count && p->list[i].state == QC_QUEUED_DONE)
        i++;
    if (i == p->count && !p->orphan) {
        qc_error_clear(&db->error);
        return true;
    }
    if (i == p->count) {
        copy_error(&db->error, &p->orphan->record.error);
        return false;
    }
    const qc_queued *first = &p->list[i];
    if (first->fault)
        copy_error(&db->error, &first->fault->record.error);
    else
        qc_queued_error(p, i, &db->error);
    return false;
}

/* ---- Asked by the program. ---- */

const struct qc_error *qc_pipeline_error(qc_db *db, size_t number)
{
    if (!db)
        return &qc_error_nomem;
    if (!db->pipeline || number >= db->pipeline->count) {
        qc_fail(db, NULL, QC_ERROR_MISUSE, "no statement of the pipeline has that number");
        return &db->error.error;
    }
    qc_pipeline *p = db->pipeline;
    if (p->asked_number != number + 1)
        qc_queued_error(p, number, &p->asked);
    p->asked_number = p->open ? 0 : number + 1;
    return &p->asked.error;
}

size_t qc_pipeline_count(const qc_db *db)
{
    return db && db->pipeline ? db->pipeline->count : 0;
}
