/* Do the clauses make a statement: the right ones, once where once is enough? */
#include "compile/check.h"

#include <string.h>

#define BIT(name) (UINT64_C(1) << QC_CLAUSE_##name)
#define MIXINS (BIT(WITH_DELETED) | BIT(ALL_TENANTS))
#define HEADS (BIT(INSERT) | BIT(UPDATE) | BIT(DELETE))

static const uint64_t allowed[] = {
    [QC_SELECTS] = BIT(HEAD) | BIT(ITEMS) | BIT(DISTINCT) | BIT(FROM) | BIT(JOIN) | BIT(LEFT_JOIN) |
                   BIT(RIGHT_JOIN) | BIT(FULL_JOIN) | BIT(CROSS_JOIN) | BIT(WHERE) | BIT(GROUP_BY) |
                   BIT(HAVING) | BIT(UNION) | BIT(UNION_ALL) | BIT(INTERSECT) | BIT(EXCEPT) |
                   BIT(ORDER_BY) | BIT(LIMIT) | BIT(OFFSET) | BIT(KEYS) | MIXINS,
    [QC_INSERTS] = BIT(HEAD) | BIT(INSERT) | BIT(ROWS) | BIT(VALUES) | BIT(COLUMNS) | BIT(SOURCE) |
                   BIT(SET) | BIT(RETURNING) | BIT(ON_CONFLICT) | BIT(DO_NOTHING) |
                   BIT(DO_UPDATE) | BIT(WHERE) | BIT(ARRAYS) | BIT(OWN_TABLE) | MIXINS,
    [QC_UPDATES] = BIT(HEAD) | BIT(UPDATE) | BIT(SET) | BIT(WHERE) | BIT(RETURNING) |
                   BIT(ALL_ROWS) | BIT(ARRAYS) | BIT(OWN_TABLE) | MIXINS,
    [QC_DELETES] = BIT(HEAD) | BIT(DELETE) | BIT(WHERE) | BIT(RETURNING) | BIT(ALL_ROWS) |
                   BIT(ARRAYS) | BIT(OWN_TABLE) | MIXINS};

static const char *const statements[] = {
    [QC_SELECTS] = "SELECT", [QC_INSERTS] = "INSERT", [QC_UPDATES] = "UPDATE",
    [QC_DELETES] = "DELETE"};

static uint32_t lowest(uint64_t bits)
{
    uint32_t kind = 0;
    while (!(bits >> kind & 1))
        kind++;
    return kind;
}

static const char *clause_word(uint32_t kind)
{
    switch (kind) {
    case QC_CLAUSE_ALL_ROWS: return "ALL_ROWS";
    case QC_CLAUSE_COLUMNS: return "COLUMNS";
    case QC_CLAUSE_SOURCE: return "FROM_QUERY";
    case QC_CLAUSE_ON_CONFLICT: return "ON_CONFLICT";
    case QC_CLAUSE_DO_NOTHING: return "DO_NOTHING";
    case QC_CLAUSE_DO_UPDATE: return "DO_UPDATE";
    case QC_CLAUSE_WITH_DELETED: return "WITH_DELETED";
    case QC_CLAUSE_ALL_TENANTS: return "ALL_TENANTS";
    default: return qc_clause_texts[kind];
    }
}

/* What to write instead. */
static const char *hint(const qc_query *query, uint32_t kind)
{
    bool changes = query->kind == QC_UPDATES || query->kind == QC_DELETES;
    if (kind == QC_CLAUSE_LOAD)
        return "; it stands in the query of a FIRST, ONE, ONE_OR_NONE or ALL";
    if (kind == QC_CLAUSE_RETURNING)
        return "; what it selects comes back anyway";
    if (kind == QC_CLAUSE_ALL_ROWS && query->kind == QC_SELECTS)
        return "; it reads all rows unless WHERE says which";
    if (changes && kind >= QC_CLAUSE_FROM && kind <= QC_CLAUSE_CROSS_JOIN)
        return "; look at other tables with IN(…, SELECT(…)) or EXISTS(SELECT(…)) in WHERE";
    if (changes && kind >= QC_CLAUSE_ORDER_BY && kind <= QC_CLAUSE_OFFSET)
        return "; choose the rows with IN(key, SELECT(key)….LIMIT(n)) in WHERE";
    return "";
}

static bool check_places(qc_compiler *compiler, const qc_query *query)
{
    static const uint64_t once =
        BIT(LIMIT) | BIT(OFFSET) | BIT(RETURNING) | BIT(COLUMNS) | BIT(SOURCE) |
        BIT(ON_CONFLICT) | BIT(DO_NOTHING) | BIT(DO_UPDATE) | HEADS;
    if (query->node && query->kind != QC_SELECTS)
        return qc_refuse(compiler, QC_ERROR_QUERY, "%s stands inside a query; only SELECT can",
                         statements[query->kind]);
    uint64_t wrong = query->present & ~allowed[query->kind];
    if (wrong)
        return qc_refuse(compiler, QC_ERROR_QUERY, "%s has no place in %s%s",
                         clause_word(lowest(wrong)), statements[query->kind],
                         hint(query, lowest(wrong)));
    wrong = query->repeated & once;
    return !wrong || qc_refuse(compiler, QC_ERROR_QUERY, "%s stands twice in the query",
                               clause_word(lowest(wrong)));
}

static bool check_features(qc_compiler *compiler, const qc_query *query)
{
    uint64_t wrong = query->present & (BIT(RIGHT_JOIN) | BIT(FULL_JOIN));
    if (qc_has(query, QC_CLAUSE_ARRAYS) && !compiler->dialect->unnest_from)
        return qc_refuse(compiler, QC_ERROR_UNSUPPORTED, "%s takes no rows from arrays",
                         compiler->dialect->title);
    return !wrong || compiler->dialect->full_join ||
           qc_refuse(compiler, QC_ERROR_UNSUPPORTED, "%s has no %s", compiler->dialect->title,
                     clause_word(lowest(wrong)));
}

/* ---- INSERT, UPDATE, DELETE. ---- */

/* Whether SETs give the row that is inserted. */
static bool inserts_by_set(const qc_query *query)
{
    for (const qc_clause *clause = query->clauses; clause->kind; clause++)
        if (clause->kind == QC_CLAUSE_SET && !qc_is_of_conflict(query, clause))
            return true;
    return false;
}

static bool check_insert(qc_compiler *compiler, const qc_query *query)
{
    int ways = inserts_by_set(query) +
               (qc_has(query, QC_CLAUSE_VALUES) || qc_has(query, QC_CLAUSE_ARRAYS)) +
               (qc_has(query, QC_CLAUSE_SOURCE) || qc_has(query, QC_CLAUSE_COLUMNS));
    if (qc_has(query, QC_CLAUSE_ROWS))
        return qc_refuse(compiler, QC_ERROR_MISUSE, "INSERT of structs has no rows");
    if (ways > 1)
        return qc_refuse(compiler, QC_ERROR_QUERY,
                         "INSERT takes its values from SET, from structs, or from a query; this "
                         "one has two of them");
    if (qc_has(query, QC_CLAUSE_COLUMNS) && !qc_has(query, QC_CLAUSE_SOURCE))
        return qc_refuse(compiler, QC_ERROR_QUERY,
                         "COLUMNS says what a query fills, and there is none; add "
                         ".FROM_QUERY(…), or write .SET(column, value)");
    return qc_check_conflict(compiler, query);
}

static bool has_live(const qc_query *query, enum qc_clause_kind kind)
{
    for (const qc_clause *clause = query->clauses; clause->kind; clause++)
        if (clause->kind == (uint32_t)kind && qc_stands(clause->node))
            return true;
    return false;
}

static bool check_change(qc_compiler *compiler, const qc_query *query)
{
    const char *statement = statements[query->kind];
    if (qc_has(query, QC_CLAUSE_ARRAYS))
        return true;
    if (query->kind == QC_UPDATES && !has_live(query, QC_CLAUSE_SET))
        return qc_refuse(compiler, QC_ERROR_QUERY,
                         qc_has(query, QC_CLAUSE_SET)
                             ? "ONLY_IF dropped every SET of this UPDATE; when there is nothing to "
                               "change, do not run it"
                             : "UPDATE sets nothing; add .SET(column, value)");
    if (qc_has(query, QC_CLAUSE_ALL_ROWS) || has_live(query, QC_CLAUSE_WHERE))
        return true;
    if (qc_has(query, QC_CLAUSE_WHERE))
        return qc_refuse(compiler, QC_ERROR_QUERY,
                         "ONLY_IF dropped the WHERE of this %s, so it would change every row of "
                         "%s; add .ALL_ROWS if that is meant",
                         statement, query->ranges[0].name);
    return qc_refuse(compiler, QC_ERROR_QUERY,
                     "%s without WHERE changes every row of %s; add .WHERE(…), or .ALL_ROWS if "
                     "that is meant",
                     statement, query->ranges[0].name);
}

/* A statement writes one table. */
static bool check_tables(qc_compiler *compiler, const qc_query *query)
{
    const qc_table *table = query->range_count ? query->ranges[0].table : NULL;
    if (query->kind == QC_SELECTS || !table || qc_has(query, QC_CLAUSE_OWN_TABLE) ||
        !qc_is_joined(table))
        return true;
    return qc_refuse(compiler, QC_ERROR_QUERY,
                     "the rows of %s lie in the tables %s and %s, and %s writes one; write them in "
                     "a session: NEW, qc_flush, qc_delete",
                     table->model, table->name, qc_table_above(table)->name,
                     statements[query->kind]);
}

bool qc_check_clauses(qc_compiler *compiler, const qc_query *query)
{
    if (!check_places(compiler, query) || !check_features(compiler, query) ||
        !check_tables(compiler, query))
        return false;
    switch (query->kind) {
    case QC_INSERTS: return check_insert(compiler, query);
    case QC_UPDATES:
    case QC_DELETES: return check_change(compiler, query);
    default: return true;
    }
}

/* ---- SET. ---- */

static bool check_assignment(qc_compiler *compiler, const qc_query *query, const qc_clause *set)
{
    const qc_node *column = qc_kid(set->node, 0);
    if (!qc_same_range(qc_kid(column, 0), query->ranges[0].node))
        return qc_refuse(compiler, QC_ERROR_QUERY, "SET names %s, but the statement writes %s",
                         qc_column_text(compiler, column), query->ranges[0].name);
    for (const qc_clause *other = query->clauses; other != set; other++)
        if (other->kind == QC_CLAUSE_SET && qc_stands(other->node) &&
            qc_is_of_conflict(query, other) == qc_is_of_conflict(query, set) &&
            other->node->kind == QC_NODE_ASSIGN &&
            qc_kid(other->node, 0)->u.column == column->u.column)
            return qc_refuse(compiler, QC_ERROR_QUERY, "%s is set twice",
                             qc_column_text(compiler, column));
    return true;
}

bool qc_check_assignments(qc_compiler *compiler, const qc_query *query)
{
    if (!qc_has(query, QC_CLAUSE_SET))
        return true;
    for (const qc_clause *clause = query->clauses; clause->kind; clause++)
        if (clause->kind == QC_CLAUSE_SET && qc_stands(clause->node) &&
            clause->node->kind == QC_NODE_ASSIGN && !check_assignment(compiler, query, clause))
            return false;
    return true;
}

/* Whether UPDATE of many structs writes the column. */
static bool is_written(const qc_query *query, const qc_column *column)
{
    for (const qc_clause *clause = query->clauses; clause->kind; clause++)
        if (clause->kind == QC_CLAUSE_ARRAYS)
            for (const qc_node *const *item = clause->list; *item; item++)
                if (qc_kid(*item, 0)->u.column == column)
                    return true;
    return false;
}

bool qc_sets(const qc_query *query, const qc_column *column, bool of_conflict)
{
    if (query->kind == QC_UPDATES && is_written(query, column))
        return true;
    for (const qc_clause *clause = query->clauses; clause->kind; clause++)
        if (clause->kind == QC_CLAUSE_SET && qc_stands(clause->node) &&
            clause->node->kind == QC_NODE_ASSIGN &&
            qc_is_of_conflict(query, clause) == of_conflict &&
            qc_kid(clause->node, 0)->u.column == column)
            return true;
    return false;
}

/* ---- ORDER BY. ---- */

static bool is_selected(const qc_query *query, const qc_node *node)
{
    for (uint32_t i = 0; i < query->item_count; i++) {
        const qc_node *item = query->items[i];
        if (qc_is_range(item) ? node->kind == QC_NODE_COLUMN && qc_same_range(qc_kid(node, 0), item)
                              : qc_equal_nodes(item, node))
            return true;
    }
    return false;
}

bool qc_check_order(qc_compiler *compiler, const qc_query *query, const qc_node *node)
{
    enum { PARTS = BIT(UNION) | BIT(UNION_ALL) | BIT(INTERSECT) | BIT(EXCEPT) };
    bool of_parts = (query->present & PARTS) != 0;
    if ((!of_parts && !qc_has(query, QC_CLAUSE_DISTINCT)) || node->kind == QC_NODE_POISON ||
        is_selected(query, qc_unlabelled(node)))
        return true;
    return qc_refuse(compiler, QC_ERROR_QUERY,
                     "%s orders by %s, which it does not select; add it to the select list",
                     of_parts ? "a UNION, INTERSECT or EXCEPT" : "SELECT DISTINCT",
                     node->kind == QC_NODE_COLUMN ? qc_column_text(compiler, node)
                                                  : qc_expression_name(node));
}
