/* Pieces of queries, made in the current arena. Each is NULL when memory is out. */
#ifndef QC_ORM_BUILD_H
#define QC_ORM_BUILD_H

#include "orm/keys.h"

/* Clauses one behind another; there is room for all. */
typedef struct qc_chain {
    qc_clause *clauses;
    size_t count;
} qc_chain;
static inline void qc_chain_put(qc_chain *to, qc_clause clause)
{
    to->clauses[to->count++] = clause;
}

const qc_node *qc_build_column(const qc_column *column, const qc_node *range);
/* column = the value that `of` has in `row`; `column` is read from `range`. */
qc_bool qc_build_equal(const qc_column *column, const qc_node *range, const qc_column *of,
                       const void *row);
/* column = column + 1, for SET. */
const qc_node *qc_build_next(const qc_column *column, const qc_node *range);
/* The primary key is that of `row`. */
const qc_node *qc_build_key(const qc_table *table, const void *row);

/* A list of one. */
const qc_node *const *qc_build_list(const qc_node *item);
/* Structs to be written, each behind a pointer. */
static inline qc_clause qc_build_rows(const void *rows, size_t count)
{
    return (qc_clause){.kind = QC_CLAUSE_ROWS,
                       .count = qc_row_count(count),
                       .rows = rows,
                       .list = qc_row_pointers};
}
const qc_node *qc_build_relation(const qc_relation *relation);

/* The orderings of ORDERED_BY, ends with NULL; a name that is no column is poison. */
const qc_node *const *qc_build_order(const qc_relation *relation);

#endif
