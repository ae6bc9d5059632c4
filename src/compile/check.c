/* The walk: every clause, every expression. */
#include "compile/check.h"

#include <string.h>

const char *const qc_place_words[QC_PLACE_COUNT] = {
    [QC_IN_SELECT] = "SELECT",     [QC_IN_ON] = "a JOIN's condition",
    [QC_IN_WHERE] = "WHERE",       [QC_IN_GROUP_BY] = "GROUP BY",
    [QC_IN_HAVING] = "HAVING",     [QC_IN_ORDER_BY] = "ORDER BY",
    [QC_IN_SET] = "SET",           [QC_IN_CONFLICT] = "SET",
    [QC_IN_RETURNING] = "RETURNING"};

static void go_to(qc_visit_at *at, enum qc_place place)
{
    at->place = place;
    at->of_group = at->query->grouped && (place == QC_IN_SELECT || place == QC_IN_HAVING ||
                                          place == QC_IN_ORDER_BY);
}

/* ---- Nested queries. ---- */

static bool nested(qc_visit_at *at, const qc_node *node, qc_query **ret)
{
    qc_query *query = qc_query_child(at->compiler, at->query, at->query, node);
    *ret = query;
    return query && qc_check_query(at->compiler, query);
}

static bool one_column(qc_visit_at *at, const qc_node *node, const char *word)
{
    qc_query *query;
    return nested(at, node, &query) && qc_check_one_column(at->compiler, query, word);
}

/* ---- Expressions. ---- */

static bool kids(qc_visit_at *at, const qc_node *node)
{
    const qc_node *const *kid = qc_kids(node), *const *end = kid + node->count;
    while (kid < end && ((*kid)->kind == QC_NODE_BIND || qc_check_expression(at, *kid)))
        kid++;
    return kid == end;
}

static bool in(qc_visit_at *at, const qc_node *node)
{
    for (size_t i = 0; i < node->count; i++) {
        const qc_node *kid = qc_kid(node, i);
        if (kid->kind == QC_NODE_QUERY && i == 1 ? !one_column(at, kid, "IN")
                                                 : !qc_check_expression(at, kid))
            return false;
    }
    return true;
}

static bool filter(qc_visit_at *at, const qc_node *node)
{
    const qc_node *outside = at->aggregate;
    if (!qc_check_expression(at, qc_kid(node, 0)))
        return false;
    at->aggregate = qc_kid(node, 0);
    bool good = qc_check_expression(at, qc_kid(node, 1));
    at->aggregate = outside;
    return good;
}

static bool opaque(qc_visit_at *at, const qc_node *node)
{
    bool outside = at->opaque;
    at->opaque = true;
    bool good = kids(at, node);
    at->opaque = outside;
    return good;
}

/* A ? outside quotes stands for a kid, ?? for a question mark. */
static size_t placeholders(const char *sql)
{
    size_t count = 0;
    char quote = '\0';
    for (; *sql; sql++) {
        if (*sql == '\'' || *sql == '"')
            quote = !quote ? *sql : quote == *sql ? '\0' : quote;
        if (*sql != '?' || quote)
            continue;
        if (sql[1] == '?')
            sql++;
        else
            count++;
    }
    return count;
}

static bool raw(qc_visit_at *at, const qc_node *node)
{
    size_t count = placeholders(node->u.text);
    if (count != node->count)
        return qc_refuse(at->compiler, QC_ERROR_QUERY,
                         "RAW(\"%s\") has %zu question mark%s, but %u argument%s", node->u.text,
                         count, qc_plural(count), (unsigned)node->count, qc_plural(node->count));
    return opaque(at, node);
}

static bool misplaced(qc_visit_at *at, const qc_node *node)
{
    const char *place = qc_place_words[at->place];
    switch (node->kind) {
    case QC_NODE_POISON: return qc_refuse(at->compiler, node->op, "%s", node->u.text);
    case QC_NODE_TABLE:
    case QC_NODE_ALIAS:
        return qc_refuse(at->compiler, QC_ERROR_QUERY,
                         "%s is a model, where %s needs a value; name one of its columns",
                         qc_range_word(node), place);
    case QC_NODE_RELATION:
        return qc_refuse(at->compiler, QC_ERROR_QUERY,
                         "%s is a relationship, where %s needs a value; it belongs into .JOIN()",
                         qc_relation_word(at->compiler, node->u.relation), place);
    case QC_NODE_RECORD:
        return qc_refuse(at->compiler, QC_ERROR_QUERY,
                         "%s is a RECORD; write SELECT_AS(%s, …)", node->u.table->model,
                         node->u.table->model);
    case QC_NODE_QUERY:
        return qc_refuse(at->compiler, QC_ERROR_QUERY,
                         "a kept query stands in %s, where a value is needed; run it by itself, or "
                         "nest it with IN, EXISTS or SUBQUERY",
                         place);
    case QC_NODE_ORDER:
        return qc_refuse(at->compiler, QC_ERROR_QUERY,
                         "ASC, DESC, NULLS_FIRST and NULLS_LAST belong into ORDER BY, not into %s",
                         place);
    case QC_NODE_DISTINCT:
        return qc_refuse(at->compiler, QC_ERROR_QUERY,
                         "DISTINCT(x) stands inside an aggregate, as in COUNT(DISTINCT(x)); for "
                         "SELECT DISTINCT write .DISTINCT()");
    default:
        return qc_refuse(at->compiler, QC_ERROR_QUERY,
                         "something that is no value stands in %s (ONLY_IF and SET have places of "
                         "their own)",
                         place);
    }
}

static bool value(qc_visit_at *at, const qc_node *node)
{
    (void)at;
    (void)node;
    return true;
}

static bool call(qc_visit_at *at, const qc_node *node)
{
    return qc_functions[node->op].aggregate ? qc_check_aggregate(at, node) : kids(at, node);
}

static bool exists(qc_visit_at *at, const qc_node *node)
{
    qc_query *query;
    return nested(at, qc_kid(node, 0), &query);
}

static bool subquery(qc_visit_at *at, const qc_node *node)
{
    return one_column(at, qc_kid(node, 0), "SUBQUERY");
}

static bool distinct(qc_visit_at *at, const qc_node *node)
{
    return at->opaque || (at->aggregate && qc_kid(at->aggregate, 0) == node)
               ? kids(at, node)
               : misplaced(at, node);
}

/* What is not among them has no place in an expression. */
static bool (*const rules[QC_NODE_KIND_COUNT])(qc_visit_at *at, const qc_node *node) = {
    [QC_NODE_BIND] = value,        [QC_NODE_ARRAY] = value,
    [QC_NODE_COLUMN] = qc_check_column,
    [QC_NODE_CALL] = call,         [QC_NODE_UNARY] = kids,
    [QC_NODE_BINARY] = kids,       [QC_NODE_BETWEEN] = kids,
    [QC_NODE_LOGIC] = kids,        [QC_NODE_CAST] = kids,
    [QC_NODE_CASE] = kids,         [QC_NODE_WHEN] = kids,
    [QC_NODE_ELSE] = kids,         [QC_NODE_TUPLE] = kids,
    [QC_NODE_LABEL] = kids,        [QC_NODE_IN] = in,
    [QC_NODE_FUNC] = opaque,       [QC_NODE_OP] = opaque,
    [QC_NODE_RAW] = raw,           [QC_NODE_FILTER] = filter,
    [QC_NODE_EXISTS] = exists,     [QC_NODE_SUBQUERY] = subquery,
    [QC_NODE_DISTINCT] = distinct};

bool qc_check_expression(qc_visit_at *at, const qc_node *node)
{
    if (qc_is_of_group(at) && qc_is_grouped(at->query, node))
        return true;
    bool (*rule)(qc_visit_at *, const qc_node *) = rules[node->kind];
    return rule ? rule(at, node) : misplaced(at, node);
}

/* ---- Clauses. ---- */

/* Every column of an entity is one of the group. */
static bool grouped_entity(qc_visit_at *at, const qc_node *range)
{
    const qc_table *table = qc_range_table(range);
    int place = qc_find_range(at->query, range);
    for (uint32_t i = 0; place >= 0 && i < table->column_count; i++) {
        qc_node_1 column = {
            {.kind = QC_NODE_COLUMN, .count = 1, .u.column = &table->columns[i]}, range};
        if (!qc_check_ungrouped(at, &column.base, &at->query->ranges[place]))
            return false;
    }
    return true;
}

static bool items(qc_visit_at *at)
{
    go_to(at, at->query->kind == QC_SELECTS ? QC_IN_SELECT : QC_IN_RETURNING);
    for (uint32_t i = 0; i < at->query->item_count; i++) {
        const qc_node *item = at->query->items[i];
        if (!qc_is_range(item)) {
            if (!qc_check_expression(at, item))
                return false;
            continue;
        }
        if (at->query->grouped && !grouped_entity(at, item))
            return false;
    }
    return true;
}

static bool list(qc_visit_at *at, const qc_clause *clause, enum qc_place place)
{
    go_to(at, place);
    for (const qc_node *const *item = clause->list; *item; item++) {
        const qc_node *node = *item;
        if (!qc_stands(node) || (place == QC_IN_GROUP_BY && qc_is_range(node)))
            continue;
        if (place == QC_IN_ORDER_BY) {
            while (node->kind == QC_NODE_ORDER)
                node = qc_kid(node, 0);
            if (!qc_check_order(at->compiler, at->query, node))
                return false;
        }
        if (!qc_check_expression(at, node))
            return false;
    }
    return true;
}

static bool page_keys(qc_visit_at *at, const qc_clause *clause)
{
    go_to(at, QC_IN_ORDER_BY);
    for (const qc_node *const *key = clause->list; *key; key++)
        if (!qc_check_expression(at, *key))
            return false;
    return true;
}

static bool condition(qc_visit_at *at, const qc_node *node, enum qc_place place)
{
    go_to(at, place);
    if (!node)
        return qc_refuse(at->compiler, QC_ERROR_MISUSE, "a zeroed handle was used as %s",
                         qc_place_words[place]);
    return node->kind == QC_NODE_ABSENT || qc_check_condition(at, node);
}

static bool assignment(qc_visit_at *at, const qc_node *node, enum qc_place place)
{
    go_to(at, place);
    if (!node)
        return qc_refuse(at->compiler, QC_ERROR_MISUSE, "a zeroed handle was used as SET");
    if (node->kind != QC_NODE_ASSIGN)
        return node->kind == QC_NODE_ABSENT || misplaced(at, node);
    return qc_check_expression(at, qc_kid(node, 1));
}

static bool values(qc_visit_at *at, const qc_clause *clause)
{
    for (const qc_node *const *item = clause->list; *item; item++)
        if (!assignment(at, *item, QC_IN_SET))
            return false;
    return true;
}

static bool join(qc_visit_at *at, const qc_clause *clause)
{
    for (uint32_t i = at->query->from_count; i < at->query->range_count; i++)
        if (at->query->ranges[i].join == clause)
            at->visible = i + 1;
    bool good = !qc_stands(clause->on.node) || condition(at, clause->on.node, QC_IN_ON);
    at->visible = at->query->range_count;
    return good;
}

/* A part of a UNION, or the query an INSERT takes its rows from: it sees what this one sees. */
static bool beside(qc_visit_at *at, const qc_clause *clause)
{
    if (!clause->node || clause->node->kind != QC_NODE_QUERY)
        return clause->node ? misplaced(at, clause->node)
                            : qc_refuse(at->compiler, QC_ERROR_MISUSE,
                                        "a zeroed handle was used as a query");
    qc_query *query = qc_query_child(at->compiler, at->query, at->query->outer, clause->node);
    if (!query || !qc_check_query(at->compiler, query))
        return false;
    return clause->kind == QC_CLAUSE_SOURCE
               ? qc_check_source(at->compiler, at->query, query) &&
                     (!at->query->filled ||
                      qc_check_tenant_source(at->compiler, at->query, query))
               : qc_check_part(at->compiler, at->query, query, qc_clause_texts[clause->kind],
                               ++at->parts + 1);
}

static bool one_clause(qc_visit_at *at, const qc_clause *clause)
{
    switch (clause->kind) {
    case QC_CLAUSE_JOIN:
    case QC_CLAUSE_LEFT_JOIN:
    case QC_CLAUSE_RIGHT_JOIN:
    case QC_CLAUSE_FULL_JOIN: return join(at, clause);
    case QC_CLAUSE_WHERE: return condition(at, clause->node, QC_IN_WHERE);
    case QC_CLAUSE_HAVING: return condition(at, clause->node, QC_IN_HAVING);
    case QC_CLAUSE_GROUP_BY: return list(at, clause, QC_IN_GROUP_BY);
    case QC_CLAUSE_ORDER_BY: return list(at, clause, QC_IN_ORDER_BY);
    case QC_CLAUSE_KEYS: return page_keys(at, clause);
    case QC_CLAUSE_SET:
        return assignment(at, clause->node,
                          qc_is_of_conflict(at->query, clause) ? QC_IN_CONFLICT : QC_IN_SET);
    case QC_CLAUSE_VALUES: return values(at, clause);
    case QC_CLAUSE_UNION:
    case QC_CLAUSE_UNION_ALL:
    case QC_CLAUSE_INTERSECT:
    case QC_CLAUSE_EXCEPT:
    case QC_CLAUSE_SOURCE: return beside(at, clause);
    case QC_CLAUSE_LIMIT:
    case QC_CLAUSE_OFFSET:
        return !clause->node || clause->node->kind != QC_NODE_POISON || misplaced(at, clause->node);
    default: return true;
    }
}

static bool clauses(qc_visit_at *at)
{
    for (const qc_clause *clause = at->query->clauses; clause->kind; clause++)
        if (!one_clause(at, clause))
            return false;
    return true;
}

bool qc_check_query(qc_compiler *compiler, qc_query *query)
{
    if (query->checked)
        return true;
    query->checked = true;
    qc_visit_at at = {.compiler = compiler, .query = query, .visible = query->range_count};
    if (!qc_check_clauses(compiler, query) || !qc_check_names(compiler, query) ||
        !qc_check_assignments(compiler, query) || !qc_take_groups(compiler, query))
        return false;
    if (query->filtered && query->kind != QC_SELECTS && !qc_check_tenant(compiler, query))
        return false;
    if (query->range_count > 1)
        qc_tie_joins(query);
    bool returns = query->kind == QC_SELECTS || qc_has(query, QC_CLAUSE_RETURNING);
    if ((returns && (!items(&at) || !qc_check_items(compiler, query))) || !clauses(&at))
        return false;
    if (query->range_count > 1 && query->kind == QC_SELECTS)
        qc_check_product(compiler, query);
    return true;
}
