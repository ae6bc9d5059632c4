/* The check: is the query right, and if not, what is wrong in the words of who wrote it?
 *
 * One walk goes through every expression of a query, clause by clause, and asks each rule about
 * what it meets; rules that look at a query as a whole come before or after it. A nested query is
 * opened and checked where the walk meets it.
 */
#ifndef QC_COMPILE_CHECK_H
#define QC_COMPILE_CHECK_H

#include "compile/query.h"

enum qc_place {
    QC_IN_SELECT,
    QC_IN_ON,
    QC_IN_WHERE,
    QC_IN_GROUP_BY,
    QC_IN_HAVING,
    QC_IN_ORDER_BY,
    QC_IN_SET,
    QC_IN_CONFLICT, /* SET behind ON_CONFLICT */
    QC_IN_RETURNING,
    QC_PLACE_COUNT
};
extern const char *const qc_place_words[QC_PLACE_COUNT];

/* Where the walk is. */
typedef struct qc_visit_at {
    qc_compiler *compiler;
    qc_query *query;
    enum qc_place place;
    bool of_group;            /* rows stand for groups there: a column must say which value */
    uint32_t visible;         /* ranges a JOIN's condition may name */
    uint32_t parts;           /* of a UNION that were met, without the first */
    const qc_node *aggregate; /* the one it is in */
    bool opaque;              /* in FUNC, OP or RAW, which may be an aggregate of the database */
} qc_visit_at;

bool qc_check_expression(qc_visit_at *at, const qc_node *node);
/* Whether a column here must be one of the group. */
static inline bool qc_is_of_group(const qc_visit_at *at)
{
    return at->of_group && !at->aggregate && !at->opaque;
}

/* ---- check_scope.c: does the query read what it names? ---- */

bool qc_check_names(qc_compiler *compiler, const qc_query *query);
bool qc_check_column(qc_visit_at *at, const qc_node *node);
/* A predicate, part by part: what it ties together. */
bool qc_check_condition(qc_visit_at *at, const qc_node *node);
void qc_tie_joins(qc_query *query);
/* Warns of ranges that nothing ties together. */
void qc_check_product(qc_compiler *compiler, const qc_query *query);

/* ---- check_aggregate.c: aggregates and what stands beside them. ---- */

bool qc_take_groups(qc_compiler *compiler, qc_query *query);
bool qc_check_aggregate(qc_visit_at *at, const qc_node *call);
/* Whether the expression is one of GROUP BY. */
bool qc_is_one_of_groups(const qc_query *query, const qc_node *node);
static inline bool qc_is_grouped(const qc_query *query, const qc_node *node)
{
    return query->group_kinds >> node->kind & 1 && qc_is_one_of_groups(query, node);
}
/* A column of this query where every row stands for a group. */
bool qc_check_ungrouped(qc_visit_at *at, const qc_node *node, const qc_range *range);

/* ---- check_shape.c: numbers and types of columns. ---- */

bool qc_check_items(qc_compiler *compiler, const qc_query *query);
bool qc_check_one_column(qc_compiler *compiler, const qc_query *query, const char *word);
bool qc_check_part(qc_compiler *compiler, const qc_query *first, const qc_query *part,
                   const char *word, uint32_t place);
bool qc_check_source(qc_compiler *compiler, const qc_query *insert, const qc_query *source);

/* ---- check_statement.c: do the clauses make a statement? ---- */

bool qc_check_clauses(qc_compiler *compiler, const qc_query *query);
bool qc_check_assignments(qc_compiler *compiler, const qc_query *query);
bool qc_check_order(qc_compiler *compiler, const qc_query *query, const qc_node *node);

/* ---- check_tenant.c: who writes the column that says whose a row is? ---- */

/* Of INSERT, UPDATE, DELETE on a filtered table: finds query->filled. */
bool qc_check_tenant(qc_compiler *compiler, qc_query *query);
/* The same of the query an INSERT takes its rows from, which has been checked. */
bool qc_check_tenant_source(qc_compiler *compiler, qc_query *insert, qc_query *source);

/* ---- check_conflict.c: ON_CONFLICT and what it does. ---- */

bool qc_check_conflict(qc_compiler *compiler, const qc_query *query);

#endif
