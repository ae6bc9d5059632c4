/* The order of tables by their foreign keys. */
#include "schema/schema.h"

static size_t place_of(const qc_table *const *tables, size_t count, const qc_table *table)
{
    size_t i = 0;
    while (i < count && tables[i] != table)
        i++;
    return i;
}

static size_t schema_count(const qc_schema *schema)
{
    size_t count = 0;
    while (schema->tables[count])
        count++;
    return count;
}

/* The first table that `table` references and that is still among the waiting ones. */
static size_t waits_for(const qc_table *const *waiting, size_t count, const qc_table *table)
{
    for (qc_column_walk walk = {.table = table}; qc_next_column(&walk);) {
        const qc_table *other = walk.column.references;
        const size_t place = other && other != table ? place_of(waiting, count, other) : count;
        if (place < count)
            return place;
    }
    return count;
}

/* The first that waits for none; where each waits for another, one of a cycle. */
static size_t next_table(const qc_table *const *waiting, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (waits_for(waiting, count, waiting[i]) == count)
            return i;
    size_t place = 0;
    for (size_t step = 0; step < count; step++)
        place = waits_for(waiting, count, waiting[place]);
    return place;
}

const qc_table **qc_schema_order(qc_arena *arena, const qc_schema *schema, size_t *ret_count)
{
    const size_t most = schema_count(schema);
    const qc_table **order = qc_arena_alloc(arena, (most + 1) * sizeof(*order));
    const qc_table **waiting = qc_arena_alloc(arena, (most + 1) * sizeof(*waiting));
    size_t count = 0;
    if (!order || !waiting)
        return NULL;
    for (size_t i = 0; i < most; i++)
        if (!qc_is_within_base(schema->tables[i]))
            waiting[count++] = schema->tables[i];
    for (size_t left = count; left > 0; left--) {
        const size_t next = next_table(waiting, left);
        order[count - left] = waiting[next];
        for (size_t i = next; i + 1 < left; i++)
            waiting[i] = waiting[i + 1];
    }
    *ret_count = count;
    return order;
}

bool qc_key_is_late(const qc_table *const *order, size_t count, const qc_column *column)
{
    if (!column->references)
        return false;
    const size_t place = place_of(order, count, column->references);
    return place < count && place > place_of(order, count, column->table);
}
