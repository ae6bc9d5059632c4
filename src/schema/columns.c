/* The columns of a table that several models of a hierarchy lie in, or that holds only what a model
 * has beside its base. */
#include "schema/schema.h"

#include <string.h>

const qc_table *qc_next_in_table(const qc_table *table, size_t *at)
{
    const qc_table *below;
    while ((below = qc_next_submodel(table, at)))
        if (qc_table_owner(below) == table)
            return below;
    return NULL;
}

bool qc_is_own_index(const qc_table *table, const qc_index *index)
{
    while ((table = qc_base_of(table)))
        for (const qc_index *other = table->indexes; other->name; other++)
            if (strcmp(other->name, index->name) == 0)
                return false;
    return true;
}

/* Submodels that have a column of one name and type share it. */
static bool is_repeated(const qc_column_walk *walk, const qc_column *column)
{
    size_t at = 0;
    for (const qc_table *model = walk->table; model != walk->model;
         model = qc_next_in_table(walk->table, &at))
        for (uint32_t i = 0; i < model->column_count; i++)
            if (strcmp(model->columns[i].name, column->name) == 0)
                return true;
    return false;
}

/* The key of a table of its own is that of the row above. */
static void take_key_above(qc_column *column)
{
    column->identity = false;
    column->references = qc_table_above(column->table);
    column->references_column = column->name;
    column->on_delete = "CASCADE";
}

static void take(qc_column_walk *walk, const qc_column *column)
{
    walk->column = *column;
    if (column->primary_key && qc_is_joined(column->table))
        take_key_above(&walk->column);
    if (walk->column.references)
        walk->column.references = qc_table_owner(walk->column.references);
    walk->column.nullable |= walk->model != walk->table;
    walk->column.table = walk->table;
}

static bool is_of_table(const qc_column_walk *walk, const qc_column *column)
{
    return walk->model == walk->table ? qc_is_stored(column) : !is_repeated(walk, column);
}

bool qc_next_column(qc_column_walk *walk)
{
    if (!walk->model)
        walk->model = walk->table;
    while (walk->model) {
        while (walk->place < walk->model->column_count) {
            const qc_column *column = &walk->model->columns[walk->place++];
            if (!is_of_table(walk, column))
                continue;
            take(walk, column);
            return true;
        }
        walk->model = qc_next_in_table(walk->table, &walk->at);
        walk->place = walk->model ? qc_base_of(walk->model)->column_count : 0;
    }
    return false;
}
