/* Walking: the nodes of a clause, the nodes of a tree. */
#include "ast/make.h"

bool qc_clause_nodes(const qc_clause *clause, qc_visit *visit, void *data)
{
    unsigned parts = qc_clause_parts[clause->kind];
    if (parts & QC_PART_NODE && clause->node && !visit(data, clause->node))
        return false;
    if (parts & QC_PART_ON && clause->on.node && !visit(data, clause->on.node))
        return false;
    if (!(parts & QC_PART_LIST) || !clause->list)
        return true;
    for (size_t i = 0; clause->list[i]; i++)
        if (!visit(data, clause->list[i]))
            return false;
    return true;
}

typedef struct walk {
    qc_visit *visit;
    void *data;
} walk;

static bool walk_on(void *data, const qc_node *node)
{
    const walk *to = data;
    return qc_walk(node, to->visit, to->data);
}

/* The query's own clauses, then those of the one it extends, and so on. */
static bool walk_query(const qc_clause *clauses, walk *to)
{
    for (;;) {
        const qc_clause *extending = qc_extends(clauses) ? clauses : NULL;
        for (const qc_clause *at = clauses + !!extending; at->kind != QC_CLAUSE_END; at++)
            if (!qc_clause_nodes(at, walk_on, to))
                return false;
        if (!extending)
            return true;
        if (!to->visit(to->data, extending->node))
            return false;
        clauses = extending->node->u.clauses;
    }
}

bool qc_walk(const qc_node *node, qc_visit *visit, void *data)
{
    if (!visit(data, node))
        return false;
    if (node->kind == QC_NODE_QUERY)
        return walk_query(node->u.clauses, &(walk){visit, data});
    for (size_t i = 0; i < node->count; i++)
        if (!qc_walk(qc_kid(node, i), visit, data))
            return false;
    return true;
}
