/* Does the query read what it names, under names that differ, and does something tie its tables
 * together? */
#include "compile/check.h"

#include <string.h>

static bool refuse_name(qc_compiler *compiler, const qc_range *range)
{
    const char *model = range->table->model;
    if (range->keys.count)
        return qc_refuse(compiler, QC_ERROR_QUERY,
                         "two of the tables the query reads are called %s; read one under another "
                         "name: ALIAS(%s, name) and .JOIN(TO(%s, name))",
                         range->name, model,
                         qc_relation_word(compiler, range->join->node->u.relation));
    return qc_refuse(compiler, QC_ERROR_QUERY,
                     "two of the tables the query reads are called %s; read one under another "
                     "name: ALIAS(%s, name) and .JOIN(name, condition)",
                     range->name, model);
}

bool qc_check_names(qc_compiler *compiler, const qc_query *query)
{
    for (uint32_t i = 1; i < query->range_count; i++)
        for (uint32_t k = 0; k < i; k++) {
            const qc_range *range = &query->ranges[i];
            if (range->name == query->ranges[k].name ||
                strcmp(range->name, query->ranges[k].name) == 0)
                return refuse_name(compiler, range);
        }
    return true;
}

/* ---- Columns. ---- */

/* A relationship from a range of the query to the table, when there is one. */
static const qc_relation *way_to(const qc_query *query, const qc_table *table)
{
    for (uint32_t i = 0; i < query->range_count; i++) {
        const qc_table *from = query->ranges[i].table;
        if (query->ranges[i].node->kind != QC_NODE_TABLE || !from->relations)
            continue;
        for (const qc_relation *const *relation = from->relations; *relation; relation++)
            if ((*relation)->target == table)
                return *relation;
    }
    return NULL;
}

static bool is_excluded(const qc_node *column)
{
    const qc_node *range = qc_kid(column, 0);
    return range->kind == QC_NODE_ALIAS && range->op == QC_ALIAS_EXCLUDED;
}

static bool refuse_excluded(qc_visit_at *at, const qc_node *node)
{
    const qc_column *column = node->u.column;
    return qc_refuse(at->compiler, QC_ERROR_QUERY,
                     "EXCLUDED(%s_%s) is what INSERT(%s) was to write; it stands only in SET and "
                     "WHERE behind its .ON_CONFLICT(…)",
                     column->table->model, column->name, column->table->model);
}

static bool refuse_unread(qc_visit_at *at, const qc_node *node)
{
    qc_compiler *compiler = at->compiler;
    if (is_excluded(node))
        return refuse_excluded(at, node);
    const qc_query *query = at->query;
    const qc_node *range = qc_kid(node, 0);
    const char *column = qc_column_text(compiler, node);
    const char *read = qc_ranges_text(compiler, query), *word = qc_range_word(range);
    const qc_relation *way = way_to(query, qc_range_table(range));
    if (query->kind != QC_SELECTS)
        return qc_refuse(compiler, QC_ERROR_QUERY,
                         "%s is used, but the statement reads only %s; ask for it in a query of "
                         "its own, with IN, EXISTS or SUBQUERY",
                         column, read);
    if (way && range->kind == QC_NODE_TABLE)
        return qc_refuse(compiler, QC_ERROR_QUERY,
                         "%s is used, but the query reads only %s; add .JOIN(%s) or .FROM(%s)",
                         column, read, qc_relation_word(compiler, way), word);
    if (!query->range_count)
        return qc_refuse(compiler, QC_ERROR_QUERY,
                         "%s is used, but the query reads no table; add .FROM(%s)", column, word);
    return qc_refuse(compiler, QC_ERROR_QUERY,
                     "%s is used, but the query reads only %s; add .JOIN(%s, condition) or "
                     ".FROM(%s)",
                     column, read, word, word);
}

/* A range of an outer query cannot be named where a nearer one has its name. */
static bool check_hidden(qc_visit_at *at, const qc_node *node, const qc_query *owner)
{
    const qc_node *range = qc_kid(node, 0);
    for (const qc_query *query = at->query; query != owner; query = query->outer)
        for (uint32_t i = 0; i < query->range_count; i++)
            if (strcmp(query->ranges[i].name, qc_range_name(range)) == 0)
                return qc_refuse(at->compiler, QC_ERROR_QUERY,
                                 "%s of the outer query is hidden: the nested query has another "
                                 "table called %s; give one another name with ALIAS",
                                 qc_column_text(at->compiler, node), qc_range_name(range));
    return true;
}

static bool check_outer(qc_visit_at *at, const qc_node *node)
{
    for (qc_query *owner = at->query->outer; owner; owner = owner->outer) {
        int place = qc_find_range(owner, qc_kid(node, 0));
        if (place < 0)
            continue;
        owner->met |= QC_MET(place);
        for (qc_query *query = at->query; query != owner; query = query->outer)
            query->met |= QC_MET_OUTSIDE;
        return check_hidden(at, node, owner);
    }
    return refuse_unread(at, node);
}

/* In SET, in the condition of a JOIN, or beside groups. */
static bool check_place(qc_visit_at *at, const qc_node *node, uint32_t place)
{
    const qc_range *range = &at->query->ranges[place];
    if (at->place == QC_IN_ON && place >= at->visible)
        return qc_refuse(at->compiler, QC_ERROR_QUERY,
                         "the condition of a JOIN names %s, but %s is joined only after it; "
                         "change the order of the JOINs",
                         qc_column_text(at->compiler, node), range->name);
    return !qc_is_of_group(at) || qc_check_ungrouped(at, node, range);
}

static bool refuse_in_insert(qc_visit_at *at, const qc_node *node)
{
    return is_excluded(node)
               ? refuse_excluded(at, node)
               : qc_refuse(at->compiler, QC_ERROR_QUERY,
                           "a value of INSERT cannot be %s: there is no row yet to read it from",
                           qc_column_text(at->compiler, node));
}

static inline bool check_own(qc_visit_at *at, const qc_node *node, uint32_t place)
{
    at->query->met |= QC_MET(place);
    return at->place == QC_IN_WHERE || check_place(at, node, place);
}

static __attribute__((noinline)) bool check_any(qc_visit_at *at, const qc_node *node)
{
    const int place = qc_find_range(at->query, qc_kid(node, 0));
    if (at->place == QC_IN_SET && at->query->kind == QC_INSERTS)
        return refuse_in_insert(at, node);
    return place < 0 ? check_outer(at, node) : check_own(at, node, (uint32_t)place);
}

bool qc_check_column(qc_visit_at *at, const qc_node *node)
{
    const int place = qc_find_range_node(at->query, qc_kid(node, 0));
    return place < 0 || at->place == QC_IN_SET ? check_any(at, node)
                                               : check_own(at, node, (uint32_t)place);
}

/* ---- What is tied together. ---- */

static uint32_t root_of(const qc_query *query, uint32_t place)
{
    while (query->ranges[place].tied != place)
        place = query->ranges[place].tied;
    return place;
}

static void tie(qc_query *query, uint32_t a, uint32_t b)
{
    a = root_of(query, a);
    b = root_of(query, b);
    query->ranges[a > b ? a : b].tied = a > b ? b : a;
}

/* Ties what one predicate named. */
static void tie_met(qc_query *query)
{
    uint32_t before = 0; /* + 1 */
    if (!(query->met & (query->met - 1)))
        return;
    for (uint32_t i = 0; i < query->range_count; i++) {
        if (!(query->met & QC_MET(i)))
            continue;
        if (before)
            tie(query, before - 1, i);
        before = i + 1;
    }
    if (!before || !(query->met & QC_MET_OUTSIDE))
        return;
    if (query->tied_outside)
        tie(query, query->tied_outside - 1, before - 1);
    query->tied_outside = before;
}

bool qc_check_condition(qc_visit_at *at, const qc_node *node)
{
    if (at->query->range_count < 2)
        return qc_check_expression(at, node);
    if (node->kind == QC_NODE_LOGIC && node->op == QC_OP_AND) {
        for (size_t i = 0; i < node->count; i++)
            if (!qc_check_condition(at, qc_kid(node, i)))
                return false;
        return true;
    }
    uint64_t before = at->query->met;
    at->query->met = 0;
    bool good = qc_check_expression(at, node);
    tie_met(at->query);
    at->query->met |= before;
    return good;
}

void qc_tie_joins(qc_query *query)
{
    for (uint32_t i = query->from_count; i < query->range_count; i++) {
        if (query->ranges[i].keys.count)
            tie(query, i, query->ranges[i].keys.to);
        else if (i && query->ranges[i].join->kind == QC_CLAUSE_CROSS_JOIN)
            tie(query, i, 0);
    }
}

void qc_check_product(qc_compiler *compiler, const qc_query *query)
{
    uint32_t loose = 1;
    while (loose < query->range_count && root_of(query, loose) == root_of(query, 0))
        loose++;
    if (loose == query->range_count || compiler->warning)
        return;
    compiler->warning = qc_arena_printf(
        compiler->scratch,
        "nothing ties %s to %s: every row of one meets every row of the other; add a condition, or "
        "write .CROSS_JOIN(%s) if that is meant",
        query->ranges[loose].name, query->ranges[0].name,
        qc_range_word(query->ranges[loose].node));
}
