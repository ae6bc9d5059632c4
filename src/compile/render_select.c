/* SELECT as text, clause by clause. */
#include "compile/render.h"

static const qc_word words[QC_CLAUSE_KIND_COUNT] = {
#define QC_ROW(name, text) [QC_CLAUSE_##name] = QC_WORD(" " text " "),
    QC_CLAUSES(QC_ROW)
#undef QC_ROW
};

/* ---- The select list. ---- */

static void entity(qc_render *render, const qc_node *range)
{
    const qc_table *table = qc_range_table(range);
    for (uint32_t i = 0; i < table->column_count; i++) {
        if (i)
            QC_PUT(render, ", ");
        qc_render_column(render, range, &table->columns[i]);
    }
    size_t at = 0;
    for (const qc_table *below; (below = qc_next_submodel(table, &at));)
        for (uint32_t i = table->column_count; i < below->column_count; i++) {
            QC_PUT(render, ", ");
            qc_render_column(render, range, &below->columns[i]);
        }
}

static void select_list(qc_render *render, const qc_query *query)
{
    for (uint32_t i = 0; i < query->item_count; i++) {
        const qc_node *item = query->items[i];
        if (i)
            QC_PUT(render, ", ");
        if (qc_is_range(item)) {
            entity(render, item);
            continue;
        }
        qc_render_expression(render, item, QC_LOOSE);
        if (item->kind == QC_NODE_LABEL) {
            QC_PUT(render, " AS ");
            qc_put_name(render, item->u.text);
        }
    }
    if (query->filled) {
        QC_PUT(render, ", ");
        qc_put_tenant(render, query->filled);
    }
    for (const qc_node *const *key = query->keys; key && *key; key++)
        if (!qc_result_place(query, *key)) {
            QC_PUT(render, ", ");
            qc_render_expression(render, *key, QC_LOOSE);
        }
}

/* ---- FROM and JOIN. ---- */

static void equal_keys(qc_render *render, const qc_query *query, const qc_range *range)
{
    const qc_key_pairs *keys = &range->keys;
    for (uint32_t i = 0; i < keys->count; i++) {
        if (i > 0)
            QC_PUT(render, " AND ");
        qc_put_key(render, range, keys->pairs[i].column);
        QC_PUT(render, " = ");
        qc_put_key(render, &query->ranges[keys->to], keys->pairs[i].other);
    }
}

/* The association of a LEFT JOIN and its target, when that is filtered: a row of the association
 * without one is no row. */
static bool is_pair(const qc_query *query, const qc_range *range)
{
    const qc_range *target = range + 1;
    return range->join->kind == QC_CLAUSE_LEFT_JOIN && range->node != range->join->node &&
           target < query->ranges + query->range_count && target->join == range->join &&
           qc_is_filtered(target) && !qc_is_derived(query, target);
}

/* "keys AND filter", of what stands; *follows says whether something does. */
static void on_itself(qc_render *render, const qc_query *query, const qc_range *range,
                      bool *follows)
{
    equal_keys(render, query, range);
    *follows = range->keys.count > 0;
    if (!qc_is_derived(query, range))
        qc_render_filter(render, range, follows);
}

/* (association JOIN target ON …) */
static void pair(qc_render *render, const qc_query *query, const qc_range *range)
{
    bool follows;
    qc_put_char(render, '(');
    qc_render_range(render, query, range, true);
    QC_PUT(render, " JOIN ");
    qc_render_range(render, query, range + 1, true);
    QC_PUT(render, " ON ");
    on_itself(render, query, range + 1, &follows);
    qc_put_char(render, ')');
}

/* Returns the last range of what it wrote. */
static const qc_range *join(qc_render *render, const qc_query *query, const qc_range *range)
{
    const bool paired = is_pair(query, range);
    const qc_range *last = range + paired;
    bool follows = false;
    qc_put_word(render, &words[range->join->kind]);
    if (paired)
        pair(render, query, range);
    else
        qc_render_range(render, query, range, true);
    if (range->join->kind == QC_CLAUSE_CROSS_JOIN)
        return last;
    QC_PUT(render, " ON ");
    on_itself(render, query, range, &follows);
    if (follows && last->conditional)
        QC_PUT(render, " AND ");
    if (last->conditional)
        qc_render_expression(render, range->join->on.node, follows ? QC_AND : QC_LOOSE);
    return last;
}

/* JOIN holds together more than a comma, and a condition may name every range before it: so with
 * joins, what FROM lists is joined too. */
static void from(qc_render *render, const qc_query *query)
{
    if (!query->range_count)
        return;
    QC_PUT(render, " FROM ");
    for (uint32_t i = 0; i < query->range_count; i++) {
        const qc_range *range = &query->ranges[i];
        if (i >= query->from_count) {
            i = (uint32_t)(join(render, query, range) - query->ranges);
            continue;
        }
        if (i && query->from_count < query->range_count)
            QC_PUT(render, " CROSS JOIN ");
        else if (i)
            QC_PUT(render, ", ");
        qc_render_range(render, query, range, i > 0);
    }
}

/* ---- WHERE, GROUP BY, HAVING. ---- */

/* In groups where the database nests each AND by the one before. */
static void many_conditions(qc_render *render, const qc_query *query, const qc_clause *clause)
{
    const uint32_t most = render->dialect->max_chain;
    uint32_t written = 0;
    for (; clause; clause = qc_next_alike(query, clause)) {
        if (!qc_stands(clause->node))
            continue;
        if (written && written % most == 0)
            QC_PUT(render, ") AND (");
        else if (written)
            QC_PUT(render, " AND ");
        else
            qc_put_char(render, '(');
        qc_render_expression(render, clause->node, QC_AND);
        written++;
    }
    qc_put_char(render, ')');
}

void qc_render_conditions(qc_render *render, const qc_query *query, enum qc_clause_kind kind)
{
    const bool of_where = kind == QC_CLAUSE_WHERE;
    const uint32_t count = of_where ? query->where_count : query->having_count;
    const qc_clause *clause = of_where ? query->where : query->having;
    /* The condition that ties structs to rows stands before. */
    bool follows = qc_has(query, QC_CLAUSE_ARRAYS) && query->kind != QC_INSERTS;
    if (query->filtered && of_where)
        qc_render_where_filters(render, query, &follows);
    if (!count)
        return;
    if (follows)
        QC_PUT(render, " AND ");
    else
        qc_put_word(render, &words[kind]);
    if (render->dialect->max_chain && count > render->dialect->max_chain) {
        many_conditions(render, query, clause);
        return;
    }
    const int least = count > 1 || follows ? QC_AND : QC_LOOSE;
    for (uint32_t left = count; clause; clause = qc_next_alike(query, clause)) {
        if (!qc_stands(clause->node))
            continue;
        qc_render_expression(render, clause->node, least);
        if (!--left)
            return;
        QC_PUT(render, " AND ");
    }
}

static void group_by(qc_render *render, const qc_query *query)
{
    size_t written = 0;
    const qc_clause *clause = query->group_by;
    for (; clause; clause = qc_next_alike(query, clause))
        for (const qc_node *const *item = clause->list; *item; item++) {
            if (!qc_stands(*item))
                continue;
            if (written++)
                QC_PUT(render, ", ");
            else
                QC_PUT(render, " GROUP BY ");
            if (qc_is_range(*item))
                entity(render, *item);
            else
                qc_render_compared(render, *item, QC_LOOSE);
        }
}

/* ---- UNION and the like. ---- */

enum {
    PARTS = 1 << QC_CLAUSE_UNION | 1 << QC_CLAUSE_UNION_ALL | 1 << QC_CLAUSE_INTERSECT |
            1 << QC_CLAUSE_EXCEPT,
    ENDS = 1 << QC_CLAUSE_ORDER_BY | 1 << QC_CLAUSE_LIMIT | 1 << QC_CLAUSE_OFFSET
};

static bool is_part(const qc_clause *clause)
{
    return clause->kind >= QC_CLAUSE_UNION && clause->kind <= QC_CLAUSE_EXCEPT;
}

/* The parts go from left to right. Where INTERSECT would be taken first, what stands before it
 * needs a parenthesis for each INTERSECT behind something else. */
static bool closes_before(const qc_render *render, const qc_clause *clause, bool mixed)
{
    return render->dialect->intersect_first && clause->kind == QC_CLAUSE_INTERSECT && mixed;
}

static void open_parts(qc_render *render, const qc_query *query)
{
    bool mixed = false;
    for (const qc_clause *clause = query->clauses; clause->kind; clause++) {
        if (!is_part(clause))
            continue;
        if (closes_before(render, clause, mixed)) {
            qc_put_char(render, '(');
            mixed = false;
        }
        mixed = mixed || clause->kind != QC_CLAUSE_INTERSECT;
    }
}

static void part(qc_render *render, const qc_query *query, const qc_node *node)
{
    const qc_query *nested = qc_query_opened(query, query->outer, node);
    if (!nested)
        return;
    bool enclosed = (nested->present & (PARTS | ENDS)) != 0;
    if (enclosed)
        qc_put_text(render, render->dialect->part_open);
    qc_render_select(render, nested, QC_SELECT_AS_IT_IS);
    if (enclosed)
        qc_put_char(render, ')');
}

static void parts(qc_render *render, const qc_query *query)
{
    bool mixed = false;
    for (const qc_clause *clause = query->clauses; clause->kind; clause++) {
        if (!is_part(clause))
            continue;
        if (closes_before(render, clause, mixed)) {
            qc_put_char(render, ')');
            mixed = false;
        }
        mixed = mixed || clause->kind != QC_CLAUSE_INTERSECT;
        qc_put_word(render, &words[clause->kind]);
        part(render, query, clause->node);
    }
}

/* ---- ORDER BY, LIMIT, OFFSET. ---- */

static bool selects_label(const qc_query *query, const qc_node *label)
{
    for (uint32_t i = 0; i < query->item_count; i++)
        if (query->items[i] == label)
            return true;
    for (uint32_t i = 0; i < query->item_count; i++)
        if (query->items[i]->kind == QC_NODE_LABEL &&
            strcmp(query->items[i]->u.text, label->u.text) == 0)
            return true;
    return false;
}

/* A label of the select list by its name; what a UNION selects by its place. */
static void order_item(qc_render *render, const qc_query *query, const qc_node *node)
{
    int flags = 0;
    for (; node->kind == QC_NODE_ORDER; node = qc_kid(node, 0))
        flags |= node->op;
    bool by_place = (query->present & PARTS) != 0;
    bool by_name = node->kind == QC_NODE_LABEL && selects_label(query, node);
    if (!by_place && !by_name) {
        qc_render_compared(render, node, QC_LOOSE);
    } else {
        if (by_name)
            qc_put_name(render, node->u.text);
        else
            qc_put_number(render, qc_result_place(query, qc_unlabelled(node)));
        if (node->type == QC_TYPE_numeric)
            qc_put_text(render, render->dialect->numeric_collation);
    }
    if (flags & QC_ORDER_DESC)
        QC_PUT(render, " DESC");
    if (flags & QC_ORDER_NULLS_FIRST)
        QC_PUT(render, " NULLS FIRST");
    if (flags & QC_ORDER_NULLS_LAST)
        QC_PUT(render, " NULLS LAST");
}

static void order_by(qc_render *render, const qc_query *query)
{
    size_t written = 0;
    const qc_clause *clause = query->order_by;
    for (; clause; clause = qc_next_alike(query, clause))
        for (const qc_node *const *item = clause->list; *item; item++) {
            if (!qc_stands(*item))
                continue;
            if (written++)
                QC_PUT(render, ", ");
            else
                QC_PUT(render, " ORDER BY ");
            order_item(render, query, *item);
        }
}

static void limit_and_offset(qc_render *render, const qc_query *query, bool first)
{
    if (query->limit) {
        QC_PUT(render, " LIMIT ");
        qc_render_expression(render, query->limit, QC_LOOSE);
    } else if (first) {
        QC_PUT(render, " LIMIT 1");
    } else if (query->offset) {
        qc_put_text(render, render->dialect->no_limit);
    }
    if (query->offset) {
        QC_PUT(render, " OFFSET ");
        qc_render_expression(render, query->offset, QC_LOOSE);
    }
}

/* ---- The whole. ---- */

static void quote_ranges(qc_render *render, const qc_query *query)
{
    for (uint32_t i = 0; i < query->range_count; i++)
        if (!query->ranges[i].text)
            qc_quote_name(render, query->ranges[i].name, &query->ranges[i].text,
                          &query->ranges[i].text_length);
}

/* Whether the query has a row does not depend on what it selects. */
static bool is_plain_test(const qc_query *query)
{
    return !query->grouped && !(query->present & (PARTS | ENDS | 1 << QC_CLAUSE_DISTINCT));
}

void qc_render_select(qc_render *render, const qc_query *query, enum qc_select_mode mode)
{
    const qc_query *around = render->query;
    render->query = query;
    quote_ranges(render, query);
    if (query->present & PARTS)
        open_parts(render, query);
    QC_PUT(render, "SELECT ");
    if (qc_has(query, QC_CLAUSE_DISTINCT))
        QC_PUT(render, "DISTINCT ");
    if (mode == QC_SELECT_TEST && is_plain_test(query))
        qc_put_char(render, '1');
    else
        select_list(render, query);
    from(render, query);
    qc_render_conditions(render, query, QC_CLAUSE_WHERE);
    group_by(render, query);
    qc_render_conditions(render, query, QC_CLAUSE_HAVING);
    if (query->present & PARTS)
        parts(render, query);
    order_by(render, query);
    limit_and_offset(render, query, mode == QC_SELECT_FIRST);
    render->query = around;
}
