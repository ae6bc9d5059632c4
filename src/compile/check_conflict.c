/* ON_CONFLICT: which unique key, and what becomes of the row that is there. */
#include "compile/check.h"

/* ---- What DO UPDATE takes over. ---- */

static const qc_clause *clause_of(const qc_query *query, enum qc_clause_kind kind)
{
    const qc_clause *clause = query->clauses;
    while (clause->kind && clause->kind != (uint32_t)kind)
        clause++;
    return clause->kind ? clause : NULL;
}

static bool names(const qc_clause *clause, const qc_column *column)
{
    for (const qc_node *const *item = clause->list; item && *item; item++)
        if ((*item)->kind == QC_NODE_COLUMN && (*item)->u.column == column)
            return true;
    return false;
}

/* Whether an assignment writes a value that its program gave. */
static bool gives(const qc_node *assignment, const qc_column *column)
{
    return qc_stands(assignment) && assignment->kind == QC_NODE_ASSIGN &&
           qc_kid(assignment, 0)->u.column == column && assignment->op != QC_ASSIGN_DEFAULT;
}

static bool inserts(const qc_query *query, const qc_column *column)
{
    const qc_clause *columns = clause_of(query, QC_CLAUSE_COLUMNS);
    const qc_clause *values = clause_of(query, QC_CLAUSE_VALUES);
    if (!values)
        values = clause_of(query, QC_CLAUSE_ARRAYS);
    if (columns)
        return names(columns, column);
    for (const qc_node *const *item = values ? values->list : NULL; item && *item; item++)
        if (gives(*item, column))
            return true;
    for (const qc_clause *clause = query->clauses; clause != query->conflict; clause++)
        if (clause->kind == QC_CLAUSE_SET && gives(clause->node, column))
            return true;
    return false;
}

bool qc_takes_excluded(const qc_query *query, const qc_column *column)
{
    const qc_clause *update = query->conflict ? clause_of(query, QC_CLAUSE_DO_UPDATE) : NULL;
    if (!update || update->list)
        return update && names(update, column);
    return !column->primary_key && !column->on_update && column != query->filled &&
           !names(query->conflict, column) && !qc_sets(query, column, true) &&
           inserts(query, column);
}

/* ---- The check. ---- */

/* Words that have a meaning only behind ON_CONFLICT. */
static bool check_without(qc_compiler *compiler, const qc_query *query)
{
    if (qc_has(query, QC_CLAUSE_WHERE))
        return qc_refuse(compiler, QC_ERROR_QUERY,
                         "WHERE has no place in INSERT, unless it stands behind ON_CONFLICT and "
                         "says which rows DO UPDATE changes");
    if (!qc_has(query, QC_CLAUSE_DO_NOTHING) && !qc_has(query, QC_CLAUSE_DO_UPDATE))
        return true;
    return qc_refuse(compiler, QC_ERROR_QUERY,
                     "%s says what to do on a conflict, and the INSERT does not say which; add "
                     ".ON_CONFLICT(column)",
                     qc_has(query, QC_CLAUSE_DO_NOTHING) ? "DO_NOTHING" : "DO_UPDATE");
}

/* Every item is a column of the table, once; *ret_count of them stand. */
static bool check_columns(qc_compiler *compiler, const qc_query *query, const qc_clause *clause,
                          const char *word, size_t *ret_count)
{
    *ret_count = 0;
    for (const qc_node *const *item = clause->list; item && *item; item++) {
        if (!qc_stands(*item))
            continue;
        if ((*item)->kind == QC_NODE_POISON)
            return qc_refuse(compiler, (*item)->op, "%s", (*item)->u.text);
        if ((*item)->kind != QC_NODE_COLUMN ||
            !qc_same_range(qc_kid(*item, 0), query->ranges[0].node))
            return qc_refuse(compiler, QC_ERROR_QUERY,
                             "%s takes columns of %s, the table of INSERT", word,
                             query->ranges[0].name);
        for (const qc_node *const *other = clause->list; other != item; other++)
            if (qc_stands(*other) && (*other)->u.column == (*item)->u.column)
                return qc_refuse(compiler, QC_ERROR_QUERY, "%s names %s twice", word,
                                 qc_column_text(compiler, *item));
        ++*ret_count;
    }
    return !clause->list || *ret_count ||
           qc_refuse(compiler, QC_ERROR_QUERY, "ONLY_IF dropped every column of %s", word);
}

static bool has_set(const qc_query *query)
{
    for (const qc_clause *clause = query->conflict; clause->kind; clause++)
        if (clause->kind == QC_CLAUSE_SET && qc_stands(clause->node))
            return true;
    return false;
}

/* What DO_UPDATE takes over and SET sets are not the same columns, and are some. */
static bool check_update(qc_compiler *compiler, const qc_query *query)
{
    const qc_table *table = query->ranges[0].table;
    const qc_clause *update = clause_of(query, QC_CLAUSE_DO_UPDATE);
    size_t count = 0;
    if (update && !check_columns(compiler, query, update, "DO_UPDATE", &count))
        return false;
    for (uint32_t i = 0; i < table->column_count; i++) {
        const qc_column *column = &table->columns[i];
        const bool taken = qc_takes_excluded(query, column), set = qc_sets(query, column, true);
        if (taken && set)
            return qc_refuse(compiler, QC_ERROR_QUERY, "%s.%s is set by SET and by DO_UPDATE",
                             query->ranges[0].name, column->name);
        count += taken;
    }
    if (count || has_set(query))
        return true;
    if (update)
        return qc_refuse(compiler, QC_ERROR_QUERY,
                         "DO_UPDATE() has nothing to change: all that is inserted is of the key; "
                         "write .DO_NOTHING, or name columns");
    return qc_refuse(compiler, QC_ERROR_QUERY,
                     "ON_CONFLICT does not say what to do; add .DO_NOTHING, .DO_UPDATE(columns) or "
                     ".SET(column, value)");
}

static bool check_action(qc_compiler *compiler, const qc_query *query, size_t columns)
{
    const bool updates = qc_has(query, QC_CLAUSE_DO_UPDATE) || has_set(query);
    if (!qc_has(query, QC_CLAUSE_DO_NOTHING)) {
        if (updates && !columns)
            return qc_refuse(compiler, QC_ERROR_QUERY,
                             "ON_CONFLICT() is any conflict, on which only .DO_NOTHING is "
                             "possible; name the columns of the key whose row is to be updated");
        return check_update(compiler, query);
    }
    if (updates)
        return qc_refuse(compiler, QC_ERROR_QUERY,
                         "DO_NOTHING and an update (DO_UPDATE, SET) stand behind one ON_CONFLICT");
    return !qc_has(query, QC_CLAUSE_WHERE) ||
           qc_refuse(compiler, QC_ERROR_QUERY,
                     "WHERE behind ON_CONFLICT says which rows are updated, and DO_NOTHING updates "
                     "none");
}

static bool writes_columns(const qc_query *query)
{
    const qc_table *table = query->ranges[0].table;
    bool given = qc_has(query, QC_CLAUSE_SOURCE);
    for (uint32_t i = 0; i < table->column_count && !given; i++)
        given = inserts(query, &table->columns[i]) ||
                (table->columns[i].value.set && !qc_has(query, QC_CLAUSE_VALUES) &&
                 !qc_has(query, QC_CLAUSE_ARRAYS));
    return given;
}

bool qc_check_conflict(qc_compiler *compiler, const qc_query *query)
{
    size_t columns;
    if (!query->conflict)
        return check_without(compiler, query);
    for (const qc_clause *clause = query->clauses; clause != query->conflict; clause++)
        if (clause->kind == QC_CLAUSE_WHERE)
            return qc_refuse(compiler, QC_ERROR_QUERY,
                             "WHERE of an INSERT stands behind ON_CONFLICT");
    if (!check_columns(compiler, query, query->conflict, "ON_CONFLICT", &columns) ||
        !check_action(compiler, query, columns))
        return false;
    return writes_columns(query) ||
           qc_refuse(compiler, QC_ERROR_QUERY,
                     "INSERT with ON_CONFLICT writes no column; add .SET(column, value)");
}
