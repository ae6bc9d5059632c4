/* INSERT, UPDATE and DELETE as text. Columns that are written or returned stand without their
 * table's name: SQLite knows no alias there. */
#include "compile/render.h"

/* The value of an assignment, as its column holds it. */
static void put_assigned(qc_render *render, const qc_node *assignment)
{
    const qc_column *column = qc_kid(assignment, 0)->u.column;
    const bool fits = column->type == QC_TYPE_numeric && column->modifier &&
                      *render->dialect->numeric_fit;
    if (fits)
        qc_put_text(render, render->dialect->numeric_fit);
    qc_render_expression(render, qc_kid(assignment, 1), QC_LOOSE);
    if (!fits)
        return;
    QC_PUT(render, ", ");
    qc_put_number(render, (uint64_t)(column->modifier >> 16));
    QC_PUT(render, ", ");
    qc_put_number(render, (uint64_t)(column->modifier & 0xFFFF));
    qc_put_char(render, ')');
}

/* ---- INSERT. ---- */

/* Whether the statement writes what the assignment says: the tenant's column it fills itself. */
static bool is_written(const qc_render *render, const qc_node *assignment)
{
    return qc_stands(assignment) &&
           qc_kid(assignment, 0)->u.column != render->query->filled;
}

/* A value that is given for the tenant's column. */
static void note_given(qc_render *render, const qc_node *assignment)
{
    if (render->query->filled && qc_stands(assignment) &&
        qc_kid(assignment, 0)->u.column == render->query->filled &&
        qc_kid(assignment, 1)->kind == QC_NODE_BIND)
        qc_note_given(render, qc_kid(assignment, 1));
}

/* The assignments of one row: a VALUES clause's list, or one of several SET clauses. */
static void insert_columns(qc_render *render, const qc_node *const *assignments)
{
    size_t written = 0;
    for (; *assignments; assignments++) {
        if (!is_written(render, *assignments))
            continue;
        qc_put_text(render, written++ ? ", " : " (");
        qc_put_name(render, qc_kid(*assignments, 0)->u.column->name);
    }
    if (render->query->filled) {
        qc_put_text(render, written++ ? ", " : " (");
        qc_put_name(render, render->query->filled->name);
    }
    qc_put_text(render, written ? ") VALUES " : " DEFAULT VALUES");
}

static void insert_values(qc_render *render, const qc_node *const *assignments)
{
    size_t written = 0;
    for (; *assignments; assignments++) {
        note_given(render, *assignments);
        if (!is_written(render, *assignments))
            continue;
        qc_put_text(render, written++ ? ", " : "(");
        put_assigned(render, *assignments);
    }
    if (render->query->filled) {
        qc_put_text(render, written++ ? ", " : "(");
        qc_put_tenant(render, render->query->filled);
    }
    if (written)
        qc_put_char(render, ')');
}

static void values(qc_render *render, const qc_query *query)
{
    size_t rows = 0;
    for (const qc_clause *clause = query->clauses; clause->kind; clause++) {
        if (clause->kind != QC_CLAUSE_VALUES)
            continue;
        if (rows++)
            QC_PUT(render, ", ");
        else
            insert_columns(render, clause->list);
        insert_values(render, clause->list);
    }
}

/* SET clauses before ON_CONFLICT as the list of one row. */
static void single_row(qc_render *render, const qc_query *query)
{
    size_t count = 0;
    for (const qc_clause *clause = query->clauses; clause->kind; clause++)
        count += clause->kind == QC_CLAUSE_SET;
    const qc_node **assignments = qc_scratch(render->compiler, (count + 1) * sizeof(*assignments));
    if (!assignments)
        return;
    count = 0;
    for (const qc_clause *clause = query->clauses; clause->kind; clause++)
        if (clause->kind == QC_CLAUSE_SET && qc_stands(clause->node) &&
            !qc_is_of_conflict(query, clause))
            assignments[count++] = clause->node;
    assignments[count] = NULL;
    insert_columns(render, assignments);
    insert_values(render, assignments);
}

static void insert_query(qc_render *render, const qc_query *query)
{
    const qc_node *source = NULL;
    for (const qc_clause *clause = query->clauses; clause->kind; clause++) {
        if (clause->kind == QC_CLAUSE_SOURCE)
            source = clause->node;
        if (clause->kind != QC_CLAUSE_COLUMNS)
            continue;
        for (const qc_node *const *column = clause->list; *column; column++) {
            qc_put_text(render, column == clause->list ? " (" : ", ");
            qc_put_name(render, (*column)->u.column->name);
        }
        if (query->filled) {
            QC_PUT(render, ", ");
            qc_put_name(render, query->filled->name);
        }
        qc_put_char(render, ')');
    }
    const qc_query *nested = qc_query_opened(query, NULL, source);
    qc_put_char(render, ' ');
    if (!nested)
        return;
    qc_render_select(render, nested, QC_SELECT_AS_IT_IS);
    /* What is not ended reads ON of ON CONFLICT as that of a join (SQLite, "UPSERT", 2.2). */
    if (query->conflict && !nested->limit && !nested->offset)
        qc_put_text(render, render->dialect->no_limit);
}

/* ---- What the three share. ---- */

static void begin(qc_render *render, const qc_query *query)
{
    qc_range *range = &query->ranges[0];
    render->query = query;
    for (uint32_t i = 0; i < query->range_count; i++)
        qc_quote_name(render, range[i].name, &range[i].text, &range[i].text_length);
    if (range->node->kind == QC_NODE_ALIAS) {
        qc_put_name(render, range->table->name);
        QC_PUT(render, " AS ");
    }
    qc_put(render, range->text, range->text_length);
}

static void returning(qc_render *render, const qc_query *query)
{
    if (!qc_has(query, QC_CLAUSE_RETURNING))
        return;
    const qc_table *table = query->ranges[0].table;
    bool all = qc_is_range(query->items[0]);
    uint32_t count = all ? table->column_count : query->item_count;
    for (uint32_t i = 0; i < count; i++) {
        qc_put_text(render, i ? ", " : " RETURNING ");
        if (query->kind != QC_INSERTS && qc_has(query, QC_CLAUSE_ARRAYS)) {
            qc_put(render, query->ranges[0].text, query->ranges[0].text_length);
            qc_put_char(render, '.');
        }
        qc_put_name(render, all ? table->columns[i].name : query->items[i]->u.column->name);
    }
}

/* ---- What an UPDATE sets. ---- */

/* "column = value, …" of the SET clauses; *written counts all that was. */
static void set_values(qc_render *render, const qc_query *query, size_t *written)
{
    for (const qc_clause *clause = query->clauses; clause->kind; clause++) {
        if (clause->kind != QC_CLAUSE_SET || !qc_stands(clause->node) ||
            (query->conflict && !qc_is_of_conflict(query, clause)))
            continue;
        qc_put_text(render, (*written)++ ? ", " : " SET ");
        qc_put_name(render, qc_kid(clause->node, 0)->u.column->name);
        QC_PUT(render, " = ");
        put_assigned(render, clause->node);
    }
}

static void set_on_update(qc_render *render, const qc_query *query)
{
    const qc_table *table = query->ranges[0].table;
    for (uint32_t i = 0; i < table->column_count; i++) {
        const qc_column *column = &table->columns[i];
        if (!column->on_update || qc_sets(query, column, query->conflict != NULL) ||
            qc_takes_excluded(query, column))
            continue;
        QC_PUT(render, ", ");
        qc_put_name(render, column->name);
        QC_PUT(render, " = ");
        qc_put_text(render, render->dialect->default_text(column->on_update, column->type));
    }
}

/* ---- ON CONFLICT. ---- */

static void set_excluded(qc_render *render, const qc_query *query, size_t *written)
{
    const qc_table *table = query->ranges[0].table;
    const qc_range *excluded = &query->ranges[1];
    for (uint32_t i = 0; i < table->column_count; i++) {
        if (!qc_takes_excluded(query, &table->columns[i]))
            continue;
        qc_put_text(render, (*written)++ ? ", " : " SET ");
        qc_put_name(render, table->columns[i].name);
        QC_PUT(render, " = ");
        qc_put(render, excluded->text, excluded->text_length);
        qc_put_char(render, '.');
        qc_put_name(render, table->columns[i].name);
    }
}

static void conflict(qc_render *render, const qc_query *query)
{
    size_t written = 0;
    QC_PUT(render, " ON CONFLICT");
    const qc_node *const *column = query->conflict->list;
    for (; column && *column; column++) {
        if (!qc_stands(*column))
            continue;
        qc_put_text(render, written++ ? ", " : " (");
        qc_put_name(render, (*column)->u.column->name);
    }
    if (written)
        qc_put_char(render, ')');
    if (qc_has(query, QC_CLAUSE_DO_NOTHING)) {
        QC_PUT(render, " DO NOTHING");
        return;
    }
    QC_PUT(render, " DO UPDATE");
    written = 0;
    set_excluded(render, query, &written);
    set_values(render, query, &written);
    set_on_update(render, query);
    qc_render_conditions(render, query, QC_CLAUSE_WHERE);
}

/* ---- INSERT, UPDATE and DELETE. ---- */

void qc_render_insert(qc_render *render, const qc_query *query)
{
    QC_PUT(render, "INSERT INTO ");
    begin(render, query);
    if (qc_has(query, QC_CLAUSE_SOURCE))
        insert_query(render, query);
    else if (qc_has(query, QC_CLAUSE_VALUES))
        values(render, query);
    else if (qc_has(query, QC_CLAUSE_ARRAYS))
        qc_render_arrays_insert(render, query);
    else
        single_row(render, query);
    if (query->conflict)
        conflict(render, query);
    returning(render, query);
}

void qc_render_update(qc_render *render, const qc_query *query)
{
    size_t written = 0;
    QC_PUT(render, "UPDATE ");
    begin(render, query);
    qc_render_arrays_set(render, query, &written);
    set_values(render, query, &written);
    set_on_update(render, query);
    qc_render_arrays_join(render, query, " FROM ");
    qc_render_conditions(render, query, QC_CLAUSE_WHERE);
    returning(render, query);
}

void qc_render_delete(qc_render *render, const qc_query *query)
{
    QC_PUT(render, "DELETE FROM ");
    begin(render, query);
    qc_render_arrays_join(render, query, " USING ");
    qc_render_conditions(render, query, QC_CLAUSE_WHERE);
    returning(render, query);
}
