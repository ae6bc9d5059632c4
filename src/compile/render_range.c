/* A range as text: the table of its model, and where the model lies in several, the others beside
 * it under names made from its own. */
#include "compile/render.h"

/* ---- Tables beside the range's own. ---- */

static void put_beside(qc_render *render, const qc_range *range, const char *table)
{
    const char *name = qc_arena_printf(render->compiler->scratch, "%s_%s", range->name, table);
    if (!name)
        qc_refuse(render->compiler, QC_ERROR_NOMEM, "out of memory");
    else
        qc_put_name(render, name);
}

/* The name of the table that holds a column of a model of a hierarchy. */
static void put_home(qc_render *render, const qc_range *range, const qc_column *column)
{
    const char *home = qc_home_of(column);
    if (strcmp(home, range->table->name) == 0)
        qc_put(render, range->text, range->text_length);
    else
        put_beside(render, range, home);
}

static void keep_known(const qc_render *render, const qc_column *column, size_t at)
{
    const size_t length = (size_t)(render->next - render->start) - at;
    qc_known_column *known = qc_known_place(render->compiler->known, column);
    if (length > sizeof(known->text) || render->full || render->compiler->failed)
        return;
    *known = (qc_known_column){.column = column, .length = (uint8_t)length};
    memcpy(known->text, render->start + at, length);
}

void qc_put_new_key(qc_render *render, const qc_range *range, const qc_column *column)
{
    const size_t at = (size_t)(render->next - render->start);
    if (qc_inherits(column->table))
        put_home(render, range, column);
    else
        qc_put(render, range->text, range->text_length);
    qc_put_char(render, '.');
    qc_put_name(render, column->name);
    if (range->constant)
        keep_known(render, column, at);
}

/* Joins the table of `model` by the key, which has the same name everywhere. */
static void join_beside(qc_render *render, const qc_range *range, const qc_table *model,
                        const char *word)
{
    size_t written = 0;
    qc_put_text(render, word);
    qc_put_name(render, model->name);
    QC_PUT(render, " AS ");
    put_beside(render, range, model->name);
    for (uint32_t i = 0; i < model->column_count; i++) {
        if (!model->columns[i].primary_key)
            continue;
        qc_put_text(render, written++ ? " AND " : " ON ");
        put_beside(render, range, model->name);
        qc_put_char(render, '.');
        qc_put_name(render, model->columns[i].name);
        QC_PUT(render, " = ");
        qc_put(render, range->text, range->text_length);
        qc_put_char(render, '.');
        qc_put_name(render, model->columns[i].name);
    }
}

/* Whether a submodel before `model` lies in its table already, or the range does. */
static bool is_joined_before(const qc_range *range, const qc_table *model)
{
    size_t at = 0;
    if (strcmp(model->name, range->table->name) == 0)
        return true;
    for (const qc_table *below; (below = qc_next_submodel(range->table, &at)) != model;)
        if (strcmp(below->name, model->name) == 0)
            return true;
    return false;
}

static bool lies_beside(const qc_range *range)
{
    size_t at = 0;
    if (qc_is_joined(range->table))
        return true;
    for (const qc_table *below; range->whole && (below = qc_next_submodel(range->table, &at));)
        if (!is_joined_before(range, below))
            return true;
    return false;
}

/* Those the range's own rows need; with the filter, in the last one's condition. */
static void tables_above(qc_render *render, const qc_range *range, bool filtered)
{
    bool follows = true;
    for (const qc_table *above = range->table; (above = qc_table_above(above));)
        join_beside(render, range, above, " JOIN ");
    if (filtered)
        qc_render_filter(render, range, &follows);
}

static void tables_below(qc_render *render, const qc_range *range)
{
    size_t at = 0;
    for (const qc_table *below; range->whole && (below = qc_next_submodel(range->table, &at));)
        if (!is_joined_before(range, below))
            join_beside(render, range, below, " LEFT JOIN ");
}

/* ---- The range. ---- */

static void plain_range(qc_render *render, const qc_range *range)
{
    if (range->node->kind == QC_NODE_ALIAS) {
        qc_put_name(render, range->table->name);
        QC_PUT(render, " AS ");
    }
    qc_put(render, range->text, range->text_length);
}

/* A filtered range under a RIGHT or FULL JOIN: neither ON nor WHERE would leave out its rows
 * without losing those of the other side. */
static void derived_range(qc_render *render, const qc_range *range)
{
    bool follows = false;
    QC_PUT(render, "(SELECT * FROM ");
    plain_range(render, range);
    QC_PUT(render, " WHERE ");
    qc_render_filter(render, range, &follows);
    QC_PUT(render, ") AS ");
    qc_put(render, range->text, range->text_length);
}

void qc_render_range(qc_render *render, const qc_query *query, const qc_range *range, bool enclosed)
{
    const bool beside = qc_inherits(range->table) && lies_beside(range);
    const bool derived = qc_is_derived(query, range);
    const bool joined = beside && qc_is_joined(range->table);
    if (beside && enclosed)
        qc_put_char(render, '(');
    if (derived && !joined)
        derived_range(render, range);
    else
        plain_range(render, range);
    if (joined)
        tables_above(render, range, derived);
    if (beside)
        tables_below(render, range);
    if (beside && enclosed)
        qc_put_char(render, ')');
}
