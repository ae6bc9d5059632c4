/* The column that says whose a row is: INSERT fills it, nothing else writes it. */
#include "compile/check.h"

static bool refuse_change(qc_compiler *compiler, const qc_query *query, const qc_column *column)
{
    return qc_refuse(compiler, QC_ERROR_QUERY,
                     "%s.%s says whose the row is (TENANT), and only a statement with .ALL_TENANTS "
                     "gives rows to another tenant",
                     query->ranges[0].name, column->name);
}

/* What the program gives is compared with the tenant when the statement is run: so it is a value.
 */
static bool check_given(qc_compiler *compiler, const qc_query *query, const qc_node *assignment)
{
    const qc_column *tenant = query->ranges[0].tenant;
    if (!qc_stands(assignment) || assignment->kind != QC_NODE_ASSIGN ||
        qc_kid(assignment, 0)->u.column != tenant)
        return true;
    if (qc_kid(assignment, 1)->kind == QC_NODE_BIND)
        return true;
    return qc_refuse(compiler, QC_ERROR_QUERY,
                     "%s.%s says whose the row is (TENANT), and is filled in; leave it out, give a "
                     "value, or add .ALL_TENANTS",
                     query->ranges[0].name, tenant->name);
}

static bool check_inserted(qc_compiler *compiler, const qc_query *query)
{
    for (const qc_clause *clause = query->clauses; clause->kind; clause++) {
        const bool listed = clause->kind == QC_CLAUSE_VALUES || clause->kind == QC_CLAUSE_ARRAYS;
        for (const qc_node *const *item = listed ? clause->list : NULL; item && *item; item++)
            if (!check_given(compiler, query, *item))
                return false;
        if (clause->kind == QC_CLAUSE_SET && !qc_is_of_conflict(query, clause) &&
            !check_given(compiler, query, clause->node))
            return false;
    }
    return true;
}

bool qc_check_tenant(qc_compiler *compiler, qc_query *query)
{
    const qc_column *tenant = query->ranges[0].tenant;
    if (!tenant || query->kind == QC_DELETES)
        return true;
    const bool inserts = query->kind == QC_INSERTS;
    if (qc_sets(query, tenant, inserts) && !(tenant->primary_key && !inserts))
        return refuse_change(compiler, query, tenant);
    if (!inserts)
        return true;
    query->filled = tenant;
    return check_inserted(compiler, query);
}

/* ---- INSERT from a query. ---- */

/* Whether item `place` of the query is the tenant: such a column of a range that has only its rows.
 */
static bool is_tenant(const qc_query *query, size_t place)
{
    size_t at = 0;
    for (uint32_t i = 0; i < query->item_count; i++) {
        const qc_node *item = query->items[i];
        const qc_node *node = qc_is_range(item) ? item : qc_unlabelled(item);
        const bool whole = qc_is_range(node);
        const qc_table *table = whole ? qc_range_table(node) : NULL;
        const size_t count = whole ? table->column_count : 1;
        if (place >= at + count) {
            at += count;
            continue;
        }
        if (!whole && node->kind != QC_NODE_COLUMN)
            return false;
        const int range = qc_find_range(query, whole ? node : qc_kid(node, 0));
        const qc_column *column = whole ? &table->columns[place - at] : node->u.column;
        return range >= 0 && query->ranges[range].tenant == column &&
               !query->ranges[range].optional;
    }
    return false;
}

typedef bool each_part(qc_query *query, void *data);

/* The query and what UNION and the like add to it. */
static bool for_parts(qc_query *query, each_part *visit, void *data)
{
    if (!visit(query, data))
        return false;
    for (const qc_clause *clause = query->clauses; clause->kind; clause++)
        for (qc_query *child = query->children; child; child = child->next)
            if (clause->kind >= QC_CLAUSE_UNION && clause->kind <= QC_CLAUSE_EXCEPT &&
                child->node == clause->node && !for_parts(child, visit, data))
                return false;
    return true;
}

static bool gives_tenant(qc_query *query, void *place)
{
    return is_tenant(query, *(const size_t *)place);
}

static bool fill(qc_query *query, void *column)
{
    query->filled = column;
    return true;
}

bool qc_check_tenant_source(qc_compiler *compiler, qc_query *insert, qc_query *source)
{
    const qc_column *tenant = insert->filled;
    const qc_clause *columns = insert->clauses;
    while (columns->kind != QC_CLAUSE_COLUMNS)
        columns++;
    for (size_t i = 0; columns->list[i]; i++) {
        if (columns->list[i]->u.column != tenant)
            continue;
        insert->filled = NULL;
        return for_parts(source, gives_tenant, &i) ||
               qc_refuse(compiler, QC_ERROR_QUERY,
                         "%s.%s says whose the row is (TENANT), and column %zu of the query is not "
                         "known to be the tenant's; leave it out, and it is filled in, or add "
                         ".ALL_TENANTS",
                         insert->ranges[0].name, tenant->name, i + 1);
    }
    return for_parts(source, fill, (void *)(uintptr_t)tenant);
}
