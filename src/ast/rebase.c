/* The same expression over another range: EQ(Order_status, x), read from an alias of Order. */
#include "ast/make.h"

#include <string.h>

typedef struct rebasing {
    const qc_table *table;
    const qc_node *range;
    bool entangled, nomem;
} rebasing;

static const qc_node *rebase(rebasing *to, const qc_node *node);

static bool is_table(const rebasing *to, const qc_node *node)
{
    return node->kind == QC_NODE_TABLE && node->u.table == to->table;
}

static bool names_nothing(void *data, const qc_node *node)
{
    return !is_table(data, node);
}

/* Whether the select list, FROM or a JOIN of a nested query names the table. Whose range it then
 * means depends on the queries around it. */
static bool brings_table(rebasing *to, const qc_clause *clauses)
{
    for (; clauses->kind != QC_CLAUSE_END; clauses++) {
        const bool lists = clauses->kind == QC_CLAUSE_HEAD || clauses->kind == QC_CLAUSE_ITEMS ||
                           clauses->kind == QC_CLAUSE_FROM;
        const bool joins = clauses->kind >= QC_CLAUSE_JOIN && clauses->kind <= QC_CLAUSE_CROSS_JOIN;
        if (joins && clauses->node->kind == QC_NODE_RELATION &&
            clauses->node->u.relation->target == to->table)
            return true;
        for (size_t i = 0; lists && clauses->list && clauses->list[i]; i++)
            if (!qc_walk(clauses->list[i], names_nothing, to))
                return true;
        if ((lists || joins) && clauses->node && !qc_walk(clauses->node, names_nothing, to))
            return true;
    }
    return false;
}

static void *take(rebasing *to, size_t size)
{
    void *memory = qc_take(size);
    to->nomem |= !memory;
    return memory;
}

static const qc_node *const *rebase_list(rebasing *to, const qc_node *const *list)
{
    size_t count = 0;
    while (list[count])
        count++;
    const qc_node **made = take(to, (count + 1) * sizeof(*made));
    for (size_t i = 0; made && i <= count; i++)
        made[i] = list[i] ? rebase(to, list[i]) : NULL;
    return made;
}

static const qc_node *rebase_query(rebasing *to, const qc_node *query)
{
    size_t count = 0;
    const qc_clause *clauses = qc_flatten(qc_current_arena(), query->u.clauses);
    to->nomem |= !clauses;
    if (!clauses || (to->entangled |= brings_table(to, clauses)))
        return query;
    while (clauses[count].kind != QC_CLAUSE_END)
        count++;
    qc_node *made = take(to, sizeof(*made));
    qc_clause *copies = take(to, (count + 1) * sizeof(*copies));
    if (!made || !copies)
        return query;
    memcpy(copies, clauses, (count + 1) * sizeof(*copies));
    for (size_t i = 0; i < count; i++) {
        const unsigned parts = qc_clause_parts[copies[i].kind];
        if (parts & QC_PART_NODE && copies[i].node)
            copies[i].node = rebase(to, copies[i].node);
        if (parts & QC_PART_ON && copies[i].on.node)
            copies[i].on.node = rebase(to, copies[i].on.node);
        if (parts & QC_PART_LIST && copies[i].list)
            copies[i].list = rebase_list(to, copies[i].list);
    }
    *made = *query;
    made->u.clauses = copies;
    return made;
}

static const qc_node *rebase(rebasing *to, const qc_node *node)
{
    if (is_table(to, node))
        return to->range;
    if (node->kind == QC_NODE_QUERY)
        return rebase_query(to, node);
    if (node->kind == QC_NODE_LABEL)
        return rebase(to, qc_kid(node, 0));
    if (!node->count || node->kind == QC_NODE_BIND || node->kind == QC_NODE_ARRAY ||
        node->kind == QC_NODE_ALIAS)
        return node;
    qc_node *made = take(to, sizeof(*made) + node->count * sizeof(node));
    if (!made)
        return node;
    *made = *node;
    made->flags &= (uint8_t)~QC_NODE_CONSTANT;
    const qc_node **kids = (const qc_node **)(made + 1);
    for (size_t i = 0; i < node->count; i++)
        kids[i] = rebase(to, qc_kid(node, i));
    return made;
}

const qc_node *qc_rebase(const qc_node *node, const qc_table *table, const qc_node *range)
{
    rebasing to = {.table = table, .range = range};
    const qc_node *made = rebase(&to, node);
    return to.nomem ? &qc_nomem_node : to.entangled ? NULL : made;
}
