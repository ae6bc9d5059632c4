/* Telling what happens: the hook, and the trace on stderr. */
#ifndef QC_ENGINE_TRACE_H
#define QC_ENGINE_TRACE_H

#include "engine/db.h"

static inline bool qc_is_watched(const qc_db *db)
{
    return (db->hook || db->trace) && !db->in_hook;
}

/* When a statement began, in microseconds; 0 when nobody looks. */
typedef int64_t qc_timing;

static inline qc_timing qc_timing_begin(const qc_db *db)
{
    return qc_is_watched(db) ? qc_now_us() : 0;
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

/* Called after every statement. */
void qc_report(qc_db *db, const qc_report_of *report, qc_timing began);
/* Called for a warning of the check, before the statement is run. */
void qc_warn(qc_db *db, const qc_site *site, const qc_statement *statement);
/* Takes the trace's switches from the environment: QC_TRACE, NO_COLOR. */
void qc_trace_begin(qc_db *db);

/* "$1 = 'x', $2 = 7" */
void qc_print_binds(qc_strbuf *out, char placeholder, const qc_node *const *binds, size_t count);

#endif
