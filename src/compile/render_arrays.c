/* Rows that travel as arrays, one bind a column: unnest in a select list makes rows of them again, one
 * after another and in order, without a place to keep them all as there is for one in FROM
 * (PostgreSQL manual, 38.5.9). */
#include "compile/render.h"

/* No table is called like that. */
#define RANGE "quercus_rows"

static const qc_node *const *arrays_of(const qc_query *query)
{
    const qc_clause *clause = query->clauses;
    while (clause->kind && clause->kind != QC_CLAUSE_ARRAYS)
        clause++;
    return clause->kind ? clause->list : NULL;
}

static const qc_column *column_of(const qc_node *assignment)
{
    return qc_kid(assignment, 0)->u.column;
}

static void unnest(qc_render *render, const qc_node *assignment)
{
    QC_PUT(render, "unnest(");
    qc_put_bind(render, qc_kid(assignment, 1));
    qc_put_char(render, ')');
}

void qc_render_arrays_insert(qc_render *render, const qc_query *query)
{
    const qc_node *const *arrays = arrays_of(query);
    for (size_t i = 0; arrays[i]; i++) {
        qc_put_text(render, i ? ", " : " (");
        qc_put_name(render, column_of(arrays[i])->name);
    }
    if (query->filled) {
        QC_PUT(render, ", ");
        qc_put_name(render, query->filled->name);
    }
    for (size_t i = 0; arrays[i]; i++) {
        qc_put_text(render, i ? ", " : ") SELECT ");
        unnest(render, arrays[i]);
    }
    if (query->filled) {
        QC_PUT(render, ", ");
        qc_put_tenant(render, query->filled);
    }
}

/* The fields of a struct are called c1, c2 … */
static void field(qc_render *render, size_t i)
{
    QC_PUT(render, RANGE ".c");
    qc_put_number(render, i + 1);
}

/* The key, and what is not set by the array, says which row is meant. */
static bool is_compared(const qc_query *query, const qc_column *column)
{
    if (column->primary_key || query->kind == QC_DELETES)
        return true;
    for (const qc_clause *clause = query->clauses; clause->kind; clause++)
        if (clause->kind == QC_CLAUSE_SET && qc_stands(clause->node) &&
            column_of(clause->node) == column)
            return true;
    return false;
}

void qc_render_arrays_set(qc_render *render, const qc_query *query, size_t *written)
{
    const qc_node *const *arrays = arrays_of(query);
    for (size_t i = 0; arrays && arrays[i]; i++) {
        if (is_compared(query, column_of(arrays[i])))
            continue;
        qc_put_text(render, (*written)++ ? ", " : " SET ");
        qc_put_name(render, column_of(arrays[i])->name);
        QC_PUT(render, " = ");
        field(render, i);
    }
}

static void rows(qc_render *render, const qc_node *const *arrays)
{
    for (size_t i = 0; arrays[i]; i++) {
        qc_put_text(render, i ? ", " : "(SELECT ");
        unnest(render, arrays[i]);
        QC_PUT(render, " AS c");
        qc_put_number(render, i + 1);
    }
    QC_PUT(render, ") AS " RANGE);
}

void qc_render_arrays_join(qc_render *render, const qc_query *query, const char *word)
{
    const qc_node *const *arrays = arrays_of(query);
    size_t keys = 0;
    if (!arrays)
        return;
    qc_put_text(render, word);
    rows(render, arrays);
    for (size_t i = 0; arrays[i]; i++) {
        if (!is_compared(query, column_of(arrays[i])))
            continue;
        qc_put_text(render, keys++ ? " AND " : " WHERE ");
        qc_put(render, query->ranges[0].text, query->ranges[0].text_length);
        qc_put_char(render, '.');
        qc_put_name(render, column_of(arrays[i])->name);
        QC_PUT(render, " = ");
        field(render, i);
    }
}
