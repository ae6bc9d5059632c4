/* Telling what happens: the hook, the trace on stderr, and the counters of an engine. */
#ifndef QC_ENGINE_TRACE_H
#define QC_ENGINE_TRACE_H

#include "engine/db.h"

static inline bool qc_is_watched(const qc_db *db)
{
    return (db->hook || db->trace) && !db->in_hook;
}

/* When a statement began, in microseconds; 0 when nobody looks or counts. */
typedef int64_t qc_timing;

static inline qc_timing qc_timing_begin(const qc_db *db)
{
    return db->counters || qc_is_watched(db) ? qc_now_us() : 0;
}

/* A statement that was run; its error is the connection's current one. */
typedef struct qc_report_of {
    const qc_site *site;
    const char *sql;
    const char *printed; /* the binds as text; NULL: they are still here */
    const qc_node *const *binds;
    size_t bind_count;
    int64_t rows; /* -1: it failed */
} qc_report_of;

/* Called before every statement, but for its rows. */
void qc_tell_before(qc_db *db, const qc_report_of *report);
static inline qc_timing qc_report_begin(qc_db *db, const qc_report_of *report)
{
    if (db->hook_mask & QC_ON(BEFORE))
        qc_tell_before(db, report);
    return qc_timing_begin(db);
}
/* Called after every statement. */
void qc_report(qc_db *db, const qc_report_of *report, qc_timing began);
/* Called for a warning of the check, before the statement is run. */
void qc_warn(qc_db *db, const qc_site *site, const qc_statement *statement);
/* Like statements of one line repeated. */
void qc_tell_alike(qc_db *db, const qc_site *site, const char *sql, int64_t count,
                   const char *text);
/* What became of a transaction: COMMIT or ROLLBACK; not `good`: the error is the connection's. */
void qc_tell_outcome(qc_db *db, const qc_site *site, enum qc_event_kind kind, bool good);
/* CONNECT, CLOSE, CHECKOUT, CHECKIN. */
void qc_tell_of_connection(qc_db *db, const qc_site *site, enum qc_event_kind kind,
                           int64_t microseconds);
/* For qc_driver_options.notice; `data` is the qc_db. */
void qc_tell_notice(void *data, const char *severity, const char *text);

/* Takes the trace's switches from the environment: QC_TRACE, NO_COLOR. */
void qc_trace_begin(qc_db *db);
void qc_print_event(const qc_event *event);
/* "$1 = 'x', $2 = 7" */
void qc_print_binds(qc_strbuf *out, char placeholder, const qc_node *const *binds, size_t count);
/* Appends text with control characters escaped. */
void qc_put_clean(qc_strbuf *out, const char *text);

#endif
