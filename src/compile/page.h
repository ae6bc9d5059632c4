/* Pages: what the rows of a query are ordered by, and the query for the rows behind a position.
 *
 * A plan completes the ORDER BY with what makes every row's place its own (primary keys; what is
 * grouped or selected DISTINCT), so that a row's values of all keys say where the next page begins.
 * Queries with the same fingerprint have one plan but for their nodes: its outline, which is kept.
 */
#ifndef QC_COMPILE_PAGE_H
#define QC_COMPILE_PAGE_H

#include "compile/statement.h"

typedef struct qc_page_key {
    const qc_node *order; /* as it stands in ORDER BY, without its direction */
    const qc_node *value; /* what is compared and fetched */
    uint8_t flags;        /* QC_ORDER_*, as written */
    bool descending;
    bool nulls_last; /* by its flags, or as the database does */
    bool nullable;
} qc_page_key;

typedef struct qc_page_plan {
    const qc_page_key *keys;
    size_t count;
    bool grouped;   /* the position is looked for among groups */
    uint64_t shape; /* a hash of the query's text and of the types of its keys */
} qc_page_plan;

/* Where a page begins: behind (or, with `at`, at) a row with these values. */
typedef struct qc_page_position {
    const qc_node *const *values; /* a BIND a key; NULL: where the rows begin */
    bool backward;                /* the page ends there */
    bool at;
} qc_page_position;

/* Plans the pages of `clauses`, a flat query without LOAD clauses that was compiled as `statement`.
 * All in the current arena. False and an error. */
bool qc_page_plan_make(const qc_clause *clauses, const qc_statement *statement,
                       const qc_dialect *dialect, qc_error_record *error, qc_page_plan *ret);
/* A key's value, of what stands in ORDER BY; poison: memory is out. */
const qc_node *qc_page_value(const qc_node *order);

/* ---- page_outline.c ---- */

typedef struct qc_page_outline qc_page_outline;

/* The outline of a plan of `clauses`, in `arena`; NULL: memory is out. */
const qc_page_outline *qc_page_outline_of(qc_arena *arena, const qc_page_plan *plan,
                                          const qc_clause *clauses);
/* The plan of `clauses`, whose fingerprint is that of those the outline was made of. In the current
 * arena; it lives no longer than the outline. False: memory is out. */
bool qc_page_plan_fill(const qc_page_outline *outline, const qc_clause *clauses, qc_page_plan *ret);

/* ---- page_seek.c ---- */

/* The query of `limit` rows of a page, nearest to the position first; LOAD clauses stay. NULL:
 * memory is out. */
const qc_clause *qc_page_clauses(const qc_page_plan *plan, const qc_clause *clauses,
                                 const qc_page_position *position, int64_t limit);

#endif
