/* What a page's rows are ordered by: the ORDER BY of the query, and what makes it unique. */
#include "compile/check.h"
#include "compile/page.h"

#include "ast/make.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

typedef struct planning {
    qc_compiler compiler;
    const qc_query *query;
    qc_page_key *keys;
    size_t count;
} planning;

static bool no_memory(planning *to)
{
    return qc_refuse(&to->compiler, QC_ERROR_NOMEM, "out of memory");
}

/* ---- Which queries have pages. ---- */

static bool check_clauses(planning *to)
{
    static const uint32_t ends[] = {QC_CLAUSE_LIMIT, QC_CLAUSE_OFFSET};
    const qc_query *query = to->query;
    if (query->kind != QC_SELECTS)
        return qc_refuse(&to->compiler, QC_ERROR_QUERY, "PAGE takes a SELECT");
    for (uint32_t kind = QC_CLAUSE_UNION; kind <= QC_CLAUSE_EXCEPT; kind++)
        if (qc_has(query, kind))
            return qc_refuse(&to->compiler, QC_ERROR_QUERY,
                             "PAGE cannot walk a %s: a position is looked for in one SELECT",
                             qc_clause_texts[kind]);
    for (size_t i = 0; i < 2; i++)
        if (qc_has(query, ends[i]))
            return qc_refuse(&to->compiler, QC_ERROR_QUERY,
                             "PAGE says itself how many rows it takes and where they begin; leave "
                             "out %s",
                             qc_clause_texts[ends[i]]);
    return true;
}

/* ---- Keys. ---- */

static bool has_key(const planning *to, const qc_node *node)
{
    for (size_t i = 0; i < to->count; i++)
        if (qc_equal_nodes(qc_unlabelled(to->keys[i].order), node))
            return true;
    return false;
}

/* Only of a column, or a COUNT, it is known that it has a value. */
static bool may_be_null(const planning *to, const qc_node *node)
{
    if (node->kind == QC_NODE_CALL && node->op == QC_FUNCTION_COUNT)
        return false;
    if (node->kind != QC_NODE_COLUMN || node->u.column->nullable)
        return true;
    const int place = qc_find_range(to->query, qc_kid(node, 0));
    return place < 0 || to->query->ranges[place].optional;
}

/* CHAR(n) compares without the blanks behind it, but has them in a result. */
const qc_node *qc_page_value(const qc_node *order)
{
    const qc_node *node = qc_unlabelled(order);
    const bool padded = node->kind == QC_NODE_COLUMN && node->u.column->form == QC_FORM_CHAR;
    return padded ? qc_cast(node, QC_TYPE_text, QC_FORM_PLAIN, 0) : node;
}

static bool add_key(planning *to, const qc_node *order, int flags)
{
    const qc_node *node = qc_unlabelled(order);
    if (has_key(to, node))
        return true;
    if (node->type == QC_TYPE_json)
        return qc_refuse(&to->compiler, QC_ERROR_QUERY,
                         "PAGE cannot order by JSON; order by a part of it, as a text or number");
    const bool descending = flags & QC_ORDER_DESC;
    const bool nulls_last =
        flags & QC_ORDER_NULLS_LAST ||
        (!(flags & QC_ORDER_NULLS_FIRST) && descending != to->compiler.dialect->nulls_largest);
    to->keys[to->count] = (qc_page_key){.order = order,
                                        .value = qc_page_value(order),
                                        .flags = (uint8_t)flags,
                                        .descending = descending,
                                        .nulls_last = nulls_last,
                                        .nullable = may_be_null(to, node)};
    return to->keys[to->count++].value->kind != QC_NODE_POISON || no_memory(to);
}

static bool add_ordering(planning *to)
{
    for (const qc_clause *clause = to->query->order_by; clause && clause->kind; clause++) {
        if (clause->kind != QC_CLAUSE_ORDER_BY)
            continue;
        for (const qc_node *const *item = clause->list; *item; item++) {
            const qc_node *node = *item;
            int flags = 0;
            for (; node->kind == QC_NODE_ORDER; node = qc_kid(node, 0))
                flags |= node->op;
            if (qc_stands(node) && !add_key(to, node, flags))
                return false;
        }
    }
    return true;
}

/* ---- What makes them unique. ---- */

static bool add_column(planning *to, const qc_node *range, const qc_column *column)
{
    qc_node_1 *made = qc_scratch(&to->compiler, sizeof(*made));
    if (!made)
        return false;
    *made = qc_column_node(column, range);
    return add_key(to, &made->base, 0);
}

static bool has_column(const planning *to, const qc_node *range, const qc_column *column)
{
    const qc_node_1 node = qc_column_node(column, range);
    return has_key(to, &node.base);
}

/* *ret_any: there is one. */
static bool add_primary(planning *to, const qc_node *range, bool *ret_any)
{
    const qc_table *table = qc_range_table(range);
    *ret_any = false;
    for (uint32_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].primary_key && !add_column(to, range, &table->columns[i]))
            return false;
        *ret_any |= table->columns[i].primary_key;
    }
    return true;
}

/* An item of a select list or of GROUP BY: of a model its primary key, which says all of it. */
static bool add_item(planning *to, const qc_node *item)
{
    bool keyed;
    if (!qc_is_range(item))
        return add_key(to, item, 0);
    if (!add_primary(to, item, &keyed))
        return false;
    const qc_table *table = qc_range_table(item);
    for (uint32_t i = 0; i < table->column_count && !keyed; i++)
        if (!add_column(to, item, &table->columns[i]))
            return false;
    return true;
}

/* A row has one row of a range that is joined by its primary key, or none. */
static bool follows(const qc_range *range)
{
    if (!range->keys.count ||
        (range->join->kind != QC_CLAUSE_JOIN && range->join->kind != QC_CLAUSE_LEFT_JOIN))
        return false;
    uint32_t primary = 0;
    for (uint32_t i = 0; i < range->table->column_count; i++)
        primary += range->table->columns[i].primary_key;
    for (uint32_t i = 0; i < range->keys.count; i++)
        if (!range->keys.pairs[i].column->primary_key)
            return false;
    return range->keys.count == primary;
}

static bool is_unique(const planning *to, const qc_range *range)
{
    bool keyed = false, whole = true;
    for (uint32_t i = 0; i < range->table->column_count; i++) {
        const qc_column *column = &range->table->columns[i];
        if (!column->primary_key && (!column->unique || column->nullable))
            continue;
        const bool has = has_column(to, range->node, column);
        if (has && column->unique && !column->nullable)
            return true;
        keyed |= column->primary_key;
        whole &= has || !column->primary_key;
    }
    return keyed && whole;
}

static bool add_range(planning *to, const qc_range *range)
{
    bool keyed;
    if (!add_primary(to, range->node, &keyed))
        return false;
    return keyed ||
           qc_refuse(&to->compiler, QC_ERROR_QUERY,
                     "PAGE needs an order in which every row has its own place, and %s has no "
                     "PRIMARY_KEY; order by columns of it that are UNIQUE and not NULLABLE",
                     range->table->model);
}

static bool complete(planning *to)
{
    const qc_query *query = to->query;
    if (qc_has(query, QC_CLAUSE_DISTINCT)) {
        for (uint32_t i = 0; i < query->item_count; i++)
            if (!add_item(to, query->items[i]))
                return false;
        return true;
    }
    for (uint32_t i = 0; i < query->group_count; i++)
        if (!add_item(to, query->groups[i]))
            return false;
    for (uint32_t i = 0; i < query->range_count && !query->grouped; i++)
        if (!follows(&query->ranges[i]) && !is_unique(to, &query->ranges[i]) &&
            !add_range(to, &query->ranges[i]))
            return false;
    return to->count > 0 || qc_refuse(&to->compiler, QC_ERROR_QUERY,
                                      "the query has one row, and nothing to order pages by");
}

static size_t most_keys(const qc_query *query)
{
    size_t count = query->item_count + query->group_count;
    for (const qc_clause *clause = query->order_by; clause && clause->kind; clause++)
        for (size_t i = 0; clause->kind == QC_CLAUSE_ORDER_BY && clause->list[i]; i++)
            count++;
    for (uint32_t i = 0; i < query->range_count; i++)
        count += query->ranges[i].table->column_count;
    for (uint32_t i = 0; i < query->item_count; i++)
        count += qc_is_range(query->items[i]) ? qc_range_table(query->items[i])->column_count : 0;
    return count;
}

/* ---- The plan. ---- */

static uint64_t shape_of(const planning *to, const qc_statement *statement)
{
    uint64_t hash = statement->hash;
    for (size_t i = 0; i < to->count; i++) {
        const qc_page_key *key = &to->keys[i];
        const uint8_t what[] = {key->value->type, key->flags};
        hash = XXH3_64bits_withSeed(what, sizeof(what), hash);
    }
    return hash;
}

bool qc_page_plan_make(const qc_clause *clauses, const qc_statement *statement,
                       const qc_dialect *dialect, qc_error_record *error, qc_page_plan *ret)
{
    qc_arena *arena = qc_current_arena();
    planning to = {
        .compiler = {.results = arena, .scratch = arena, .dialect = dialect, .error = error}};
    qc_query *query = qc_query_open(&to.compiler, NULL, NULL, NULL, clauses);
    to.query = query;
    if (!query || !check_clauses(&to) || !qc_check_query(&to.compiler, query))
        return false;
    to.keys = qc_scratch(&to.compiler, most_keys(query) * sizeof(*to.keys));
    if (!to.keys || !add_ordering(&to) || !complete(&to))
        return false;
    *ret = (qc_page_plan){to.keys, to.count, query->grouped, shape_of(&to, statement)};
    return true;
}
