/* From clauses to a statement and its binds, as fast as a cached statement can be found. */
#ifndef QC_ENGINE_PREPARE_H
#define QC_ENGINE_PREPARE_H

#include "engine/db.h"

typedef struct qc_prepared {
    const qc_statement *statement;
    const qc_node *const *binds; /* of $1, $2 …; in the current arena */
    qc_cached *cached;           /* a reference: end it with qc_prepared_end */
} qc_prepared;

/* What the key of a statement says of it beside its clauses. */
enum qc_variant { QC_VARIANT_ROWS, QC_VARIANT_FIRST, QC_VARIANT_PAGES };
/* The key of clauses that are complete; its hash is not made yet. False and an error when they are
 * wrong, or memory is out. */
bool qc_make_key(qc_db *db, const qc_site *site, const qc_clause *clauses, uint64_t variant,
                 qc_key *ret);

/* False, an error with the line of the query, and *ret untouched when it cannot be compiled. */
bool qc_prepare(qc_db *db, const qc_site *site, const qc_clause *clauses, bool first,
                qc_prepared *ret);

static inline void qc_prepared_end(const qc_prepared *prepared)
{
    qc_cached_release(prepared->cached);
}

/* An aggregate without GROUP BY has one row as it is. */
bool qc_is_one_row(const qc_clause *clauses);

/* What a sink of rows says of a statement that returns none. */
extern const char qc_no_rows[];

/* Runs it, with trace and hook. Rows go to `fetch`, which is prepared for the statement's shape
 * here (arena and limit are the caller's); NULL when nobody wants them. */
bool qc_run_prepared(qc_db *db, const qc_site *site, const qc_prepared *prepared,
                     qc_fetch *fetch, int64_t *ret_affected);

#endif
