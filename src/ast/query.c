/* Queries as nodes: keeping, extending, nesting.
 *
 * A kept query that extends another holds only its own clauses and, as its HEAD, the other; so that
 * extending in a loop costs what is added. qc_flatten makes one list of them. Queries inside
 * queries are flattened when they are nested, so only outermost ones are ever chains.
 */
#include "ast/make.h"

#include <string.h>

/* Without QC_CLAUSE_END. */
static size_t clause_count(const qc_clause *clauses)
{
    size_t count = 0;
    while (clauses[count].kind != QC_CLAUSE_END)
        count++;
    return count;
}

static bool holds_query(const qc_clause *clause)
{
    return clause->kind == QC_CLAUSE_SOURCE ||
           (clause->kind >= QC_CLAUSE_UNION && clause->kind <= QC_CLAUSE_EXCEPT);
}

/* ---- Copying clauses into the arena. ---- */

typedef struct copying {
    unsigned depth;        /* of the deepest node */
    const qc_node *poison; /* the first */
} copying;

static void note(copying *to, const qc_node *node)
{
    const qc_node *poison = !node ? &qc_zeroed_node : node->kind == QC_NODE_POISON ? node : NULL;
    if (poison && !to->poison)
        to->poison = poison;
    if (node && node->depth > to->depth)
        to->depth = node->depth;
}

static const qc_node *const *copy_list(const qc_node *const *list, copying *to)
{
    size_t count = 0;
    for (; list[count]; count++)
        note(to, list[count]);
    const qc_node **copy = qc_take((count + 1) * sizeof(*copy));
    if (!copy) {
        note(to, &qc_nomem_node);
        return NULL;
    }
    return memcpy(copy, list, (count + 1) * sizeof(*copy));
}

static void copy_clause(qc_clause *copy, const qc_clause *clause, copying *to)
{
    unsigned parts = qc_clause_parts[clause->kind];
    *copy = *clause;
    if (holds_query(clause))
        copy->node = qc_nested(qc_current_arena(), clause->node);
    if (parts & QC_PART_NODE && (copy->node || clause->kind != QC_CLAUSE_HEAD))
        note(to, copy->node);
    if (parts & QC_PART_ON && clause->on.node)
        note(to, clause->on.node);
    if (parts & QC_PART_LIST && clause->list)
        copy->list = copy_list(clause->list, to);
}

static const qc_node *query_of(const qc_clause *clauses, unsigned depth)
{
    qc_node *query = qc_take(sizeof(*query));
    if (!query)
        return &qc_nomem_node;
    *query = (qc_node){.kind = QC_NODE_QUERY, .depth = depth, .u.clauses = clauses};
    return query;
}

const qc_node *qc_query_node(const qc_clause *clauses)
{
    size_t count = clause_count(clauses) + 1;
    qc_clause *copies = qc_take(count * sizeof(*copies));
    if (!copies)
        return &qc_nomem_node;
    copying all = {0};
    bool extends = qc_extends(clauses);
    for (size_t i = extends; i < count; i++)
        copy_clause(&copies[i], &clauses[i], &all);
    if (all.poison)
        return all.poison;
    unsigned depth = all.depth + 1;
    if (extends) {
        copies[0] = clauses[0];
        depth = clauses->node->depth > depth ? clauses->node->depth : depth;
    }
    return depth > QC_MAX_DEPTH ? &qc_too_deep_node : query_of(copies, depth);
}

/* ---- Flattening. ---- */

static bool needs_flattening(const qc_clause *clauses)
{
    if (qc_extends(clauses))
        return true;
    for (; clauses->kind != QC_CLAUSE_END; clauses++)
        if (holds_query(clauses) && clauses->node && clauses->node->kind == QC_NODE_QUERY &&
            qc_extends(clauses->node->u.clauses))
            return true;
    return false;
}

/* Clauses of a query and those it extends, with QC_CLAUSE_END. */
static size_t flat_count(const qc_clause *clauses)
{
    size_t count = clause_count(clauses) + 1;
    for (; qc_extends(clauses); clauses = clauses->node->u.clauses)
        count += clause_count(clauses->node->u.clauses) - 1;
    return count;
}

const qc_clause *qc_flatten(qc_arena *arena, const qc_clause *clauses)
{
    if (!needs_flattening(clauses))
        return clauses;
    size_t left = flat_count(clauses);
    qc_clause *flat = qc_arena_alloc(arena, left * sizeof(*flat));
    if (!flat)
        return NULL;
    flat[--left] = (qc_clause){.kind = QC_CLAUSE_END};
    while (qc_extends(clauses)) {
        size_t own = clause_count(clauses) - 1;
        left -= own;
        memcpy(flat + left, clauses + 1, own * sizeof(*flat));
        clauses = clauses->node->u.clauses;
    }
    memcpy(flat, clauses, left * sizeof(*flat));
    for (qc_clause *at = flat; at->kind != QC_CLAUSE_END; at++)
        if (holds_query(at))
            at->node = qc_nested(arena, at->node);
    return flat;
}

const qc_node *qc_nested(qc_arena *arena, const qc_node *query)
{
    if (!qc_usable(query))
        return qc_refusal(query);
    if (query->kind != QC_NODE_QUERY)
        return qc_poison(QC_ERROR_MISUSE, "an expression stands where a query is needed");
    if (!qc_extends(query->u.clauses))
        return query;
    const qc_clause *flat = qc_flatten(arena, query->u.clauses);
    qc_node *nested = flat ? qc_arena_alloc(arena, sizeof(*nested)) : NULL;
    if (!nested)
        return &qc_nomem_node;
    *nested = *query;
    nested->u.clauses = flat;
    return nested;
}

const qc_node *qc_subquery(const qc_node *query, int type)
{
    qc_node base = {
        .kind = QC_NODE_SUBQUERY, .type = (uint8_t)type, .flags = QC_NODE_NULLABLE};
    return qc_make_1(base, qc_nested(qc_current_arena(), query));
}
