/* The order of tables: each stands behind those whose rows its own need. Where tables need each
 * other, a key that may be NULL is loose: it does not count, since it can be written later than its
 * row. */
#include "orm/flush.h"

#include "model/lineage.h"

#include <string.h>

enum { TABLES_MOST = 64 };

/* The hierarchies that a search has met. */
typedef struct met {
    const qc_table *roots[TABLES_MOST];
    size_t count;
} met;

static bool is_new(met *seen, const qc_table *root)
{
    size_t i = 0;
    while (i < seen->count && seen->roots[i] != root)
        i++;
    if (i < seen->count || i == TABLES_MOST)
        return false;
    seen->roots[seen->count++] = root;
    return true;
}

/* Whether rows of `from`, of whatever model, name rows that name … rows of `root`. */
static bool reaches(const qc_table *from, const qc_table *root, met *seen)
{
    size_t at = 0;
    from = qc_root_of(from);
    if (from == root)
        return true;
    if (!is_new(seen, from))
        return false;
    for (const qc_table *each = from; each; each = qc_next_submodel(from, &at))
        for (uint32_t i = 0; i < each->column_count; i++)
            if (each->columns[i].references && reaches(each->columns[i].references, root, seen))
                return true;
    return false;
}

bool qc_flush_is_loose(const qc_column *column)
{
    const qc_table *root = qc_root_of(column->table);
    met seen = {.count = 0};
    return column->references && column->nullable && qc_root_of(column->references) != root &&
           reaches(column->references, root, &seen);
}

/* The tables above, on the way to this one. */
typedef struct path {
    const struct path *above;
    const qc_table *table;
    size_t depth;
} path;

static bool is_on(const path *way, const qc_table *table)
{
    while (way && way->table != table)
        way = way->above;
    return way != NULL;
}

static size_t rank(const qc_table *table, const path *above);

/* Behind whatever the named rows may be. */
static size_t rank_behind(const qc_table *other, const path *way)
{
    const bool own = qc_root_of(other) == qc_root_of(way->table);
    size_t most = 0, at = 0;
    for (const qc_table *each = other; each; each = own ? NULL : qc_next_submodel(other, &at)) {
        const size_t below = is_on(way, each) ? 0 : rank(each, way) + 1;
        most = below > most ? below : most;
    }
    return most;
}

static size_t rank(const qc_table *table, const path *above)
{
    const path here = {above, table, above ? above->depth + 1 : 1};
    const qc_table *base = qc_base_of(table);
    size_t most = 0;
    if (here.depth == TABLES_MOST)
        return 0;
    for (uint32_t i = 0; i < table->column_count; i++) {
        const qc_column *column = &table->columns[i];
        const size_t below = !column->references || qc_flush_is_loose(column)
                                 ? 0
                                 : rank_behind(column->references, &here);
        most = below > most ? below : most;
    }
    const size_t of_base = base ? rank(base, &here) : 0;
    return of_base > most ? of_base : most;
}

size_t qc_flush_rank(const qc_table *table)
{
    return rank(table, NULL);
}
