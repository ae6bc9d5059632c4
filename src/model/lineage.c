/* Hierarchies of models: who is what, and in which table a column lies. */
#include "model/lineage.h"

#include <string.h>

const qc_table *qc_root_of(const qc_table *table)
{
    while (qc_base_of(table))
        table = qc_base_of(table);
    return table;
}

bool qc_is_a(const qc_table *table, const qc_table *above)
{
    while (table && table != above)
        table = qc_base_of(table);
    return table != NULL;
}

const qc_table *qc_next_submodel(const qc_table *table, size_t *at)
{
    const qc_table *const *all = qc_inherits(table) ? qc_root_of(table)->lineage->submodels : NULL;
    while (all && all[*at]) {
        const qc_table *each = all[(*at)++];
        if (each != table && qc_is_a(each, table))
            return each;
    }
    return NULL;
}

const qc_table *qc_model_of(const qc_table *table, const char *identity)
{
    size_t at = 0;
    for (const qc_table *each = table; each; each = qc_next_submodel(table, &at))
        if (identity && strcmp(each->lineage->identity, identity) == 0)
            return each;
    return NULL;
}

const qc_column *qc_discriminator(const qc_table *table)
{
    for (uint32_t i = 0; qc_inherits(table) && i < table->column_count; i++)
        if (table->columns[i].discriminator)
            return &table->columns[i];
    return NULL;
}

const char *qc_identity_in(const qc_table *table, const void *row)
{
    const qc_column *column = qc_discriminator(table);
    const char *identity = NULL;
    if (column)
        memcpy(&identity, (const char *)row + column->offset, sizeof(identity));
    return identity;
}

size_t qc_largest_size(const qc_table *table)
{
    size_t size = table->size, at = 0;
    for (const qc_table *each; (each = qc_next_submodel(table, &at));)
        size = each->size > size ? each->size : size;
    return size;
}

void *qc_as_a(const qc_table *table, void *object)
{
    return object && qc_model_of(table, qc_identity_in(table, object)) ? object : NULL;
}

/* ---- Tables. ---- */

static bool shares_table(const qc_table *a, const qc_table *b)
{
    return strcmp(a->name, b->name) == 0;
}

bool qc_is_within_base(const qc_table *table)
{
    return qc_base_of(table) && shares_table(table, qc_base_of(table));
}

const qc_table *qc_table_owner(const qc_table *table)
{
    while (qc_is_within_base(table))
        table = qc_base_of(table);
    return table;
}

const qc_table *qc_table_above(const qc_table *table)
{
    const qc_table *above = qc_base_of(table);
    while (above && shares_table(above, table))
        above = qc_base_of(above);
    return above;
}

bool qc_is_joined(const qc_table *table)
{
    return qc_table_above(table) != NULL;
}

const qc_table *qc_next_part(const qc_table *table, const qc_table *part)
{
    if (part == table)
        return NULL;
    while (qc_table_above(table) != part)
        table = qc_table_above(table);
    return table;
}

/* A model's columns begin with its base's, so a place says who has the column first. */
const qc_column *qc_home_column(const qc_column *column)
{
    const qc_table *home = column->table;
    const uint32_t place = (uint32_t)(column - home->columns);
    while (qc_base_of(home) && place < qc_base_of(home)->column_count)
        home = qc_base_of(home);
    return &home->columns[place];
}

const char *qc_home_of(const qc_column *column)
{
    const qc_table *home = qc_home_column(column)->table;
    return column->primary_key || shares_table(home, column->table) ? column->table->name
                                                                    : home->name;
}
