/* Aggregates: where they may stand, and which columns may stand beside them. */
#include "compile/check.h"

/* ---- GROUP BY. ---- */

static bool has_aggregate(const qc_query *query)
{
    for (uint32_t i = 0; i < query->item_count; i++)
        if (query->items[i]->flags & QC_NODE_AGGREGATE)
            return true;
    const qc_clause *clause = query->order_by;
    for (; clause; clause = qc_next_alike(query, clause))
        for (const qc_node *const *item = clause->list; *item; item++)
            if ((*item)->flags & QC_NODE_AGGREGATE)
                return true;
    return false;
}

/* As many as there can be. */
static size_t group_places(const qc_query *query)
{
    size_t count = 0;
    const qc_clause *clause = query->group_by;
    for (; clause; clause = qc_next_alike(query, clause))
        for (const qc_node *const *item = clause->list; *item; item++)
            count++;
    return count;
}

static void add_groups(qc_query *query, const qc_node *const *item)
{
    for (; *item; item++) {
        if (!qc_stands(*item))
            continue;
        const qc_node *group = qc_unlabelled(*item);
        query->groups[query->group_count++] = group;
        query->group_kinds |= UINT64_C(1) << group->kind;
    }
}

bool qc_take_groups(qc_compiler *compiler, qc_query *query)
{
    if (query->kind != QC_SELECTS)
        return true;
    if (query->group_by) {
        query->groups = qc_scratch(compiler, group_places(query) * sizeof(*query->groups));
        if (!query->groups)
            return false;
        const qc_clause *clause = query->group_by;
        for (; clause; clause = qc_next_alike(query, clause))
            add_groups(query, clause->list);
    }
    query->grouped = query->group_count || qc_has(query, QC_CLAUSE_HAVING) || has_aggregate(query);
    return true;
}

bool qc_is_one_of_groups(const qc_query *query, const qc_node *node)
{
    for (uint32_t i = 0; i < query->group_count; i++) {
        const qc_node *group = query->groups[i];
        if (group == node || (group->kind == node->kind && qc_equal_nodes(group, node)))
            return true;
    }
    return false;
}

/* ---- Columns beside aggregates. ---- */

static bool has_group(const qc_query *query, const qc_range *range, const qc_column *column)
{
    for (uint32_t i = 0; i < query->group_count; i++) {
        const qc_node *group = query->groups[i];
        if (qc_is_range(group) ? qc_same_range(group, range->node)
                               : group->kind == QC_NODE_COLUMN && group->u.column == column &&
                                     qc_same_range(qc_kid(group, 0), range->node))
            return true;
    }
    return false;
}

/* A row of the range is one group when its primary key is grouped: so is every column of it. */
static bool has_grouped_key(const qc_query *query, const qc_range *range)
{
    bool keyed = false;
    for (uint32_t i = 0; i < range->table->column_count; i++) {
        const qc_column *column = &range->table->columns[i];
        if (column->primary_key && !has_group(query, range, column))
            return false;
        keyed |= column->primary_key;
    }
    return keyed;
}

static bool has_alike(const qc_node *node, const qc_node *group)
{
    if (node->kind == group->kind && qc_alike_nodes(node, group))
        return true;
    for (size_t i = 0; node->kind != QC_NODE_COLUMN && i < node->count; i++)
        if (has_alike(qc_kid(node, i), group))
            return true;
    return false;
}

/* Whether the select list has an expression of GROUP BY, but with other binds. */
static bool selects_alike(const qc_query *query)
{
    for (uint32_t g = 0; g < query->group_count; g++)
        for (uint32_t i = 0; i < query->item_count; i++)
            if (query->groups[g]->kind != QC_NODE_COLUMN && !qc_is_range(query->items[i]) &&
                has_alike(query->items[i], query->groups[g]))
                return true;
    return false;
}

bool qc_check_ungrouped(qc_visit_at *at, const qc_node *node, const qc_range *range)
{
    const qc_query *query = at->query;
    if (query->group_count &&
        (has_group(query, range, node->u.column) || has_grouped_key(query, range)))
        return true;
    const char *text = qc_column_text(at->compiler, node);
    const char *word = qc_column_word(at->compiler, node);
    if (at->place == QC_IN_SELECT && selects_alike(query))
        return qc_refuse(at->compiler, QC_ERROR_QUERY,
                         "SELECT has an expression of GROUP BY, but with a value of its own: for "
                         "the database that is another one; keep it in a variable and write that "
                         "twice");
    if (query->group_count)
        return qc_refuse(at->compiler, QC_ERROR_QUERY,
                         "%s stands in %s, but the query has a row for each group and %s is not "
                         "grouped; add it to .GROUP_BY(), or choose a value with MIN(%s) or "
                         "MAX(%s)",
                         text, qc_place_words[at->place], text, word, word);
    return qc_refuse(at->compiler, QC_ERROR_QUERY,
                     "%s stands beside an aggregate or HAVING, which makes one row of all; add "
                     ".GROUP_BY(%s), or choose a value with MIN(%s) or MAX(%s)",
                     text, word, word, word);
}

/* ---- Aggregates. ---- */

static bool refuse_place(qc_visit_at *at, const qc_node *call)
{
    const char *word = qc_functions[call->op].word;
    switch (at->place) {
    case QC_IN_WHERE:
        return qc_refuse(at->compiler, QC_ERROR_QUERY,
                         "%s stands in WHERE, which looks at single rows before they are grouped; "
                         "write .HAVING(…), or compare with a SUBQUERY",
                         word);
    case QC_IN_ON:
    case QC_IN_GROUP_BY:
        return qc_refuse(at->compiler, QC_ERROR_QUERY,
                         "%s stands in %s, which is decided before there are groups", word,
                         qc_place_words[at->place]);
    default:
        return qc_refuse(at->compiler, QC_ERROR_QUERY,
                         "%s stands in %s, which writes single rows; write "
                         "SUBQUERY(SELECT(%s(…)))",
                         word, qc_place_words[at->place], word);
    }
}

bool qc_check_aggregate(qc_visit_at *at, const qc_node *call)
{
    if (at->place != QC_IN_SELECT && at->place != QC_IN_HAVING && at->place != QC_IN_ORDER_BY)
        return refuse_place(at, call);
    if (at->aggregate)
        return qc_refuse(at->compiler, QC_ERROR_QUERY,
                         "%s stands inside %s; an aggregate of aggregates needs its own query",
                         qc_functions[call->op].word,
                         at->aggregate->kind == QC_NODE_CALL
                             ? qc_functions[at->aggregate->op].word
                             : qc_expression_name(at->aggregate));
    at->aggregate = call;
    bool good = !call->count || qc_check_expression(at, qc_kid(call, 0));
    at->aggregate = NULL;
    return good;
}
