/* INSERT of structs: the ROWS clause becomes a VALUES clause a struct. */
#include "ast/make.h"

#include <string.h>

typedef struct expansion {
    qc_arena *arena;
    const qc_table *table;
    const qc_clause *rows; /* the ROWS clause */
    qc_node_1 *columns;    /* a COLUMN node each */
    bool *left_out;        /* columns that are left to their defaults */
    size_t used;           /* the others */
} expansion;

static const void *row_at(const expansion *from, size_t i)
{
    const void *rows = from->rows->rows;
    if (!rows)
        return NULL;
    return from->rows->list ? ((const void *const *)rows)[i]
                            : (const char *)rows + i * from->table->size;
}

/* Notes what the first row leaves out; false when memory is out. */
static bool begin(expansion *from, const void *row)
{
    size_t count = from->table->column_count;
    from->columns = qc_arena_alloc(from->arena, count * sizeof(from->columns[0]));
    from->left_out = qc_arena_alloc(from->arena, count * sizeof(from->left_out[0]));
    if (!from->columns || !from->left_out)
        return false;
    for (size_t i = 0; i < count; i++) {
        const qc_column *column = &from->table->columns[i];
        from->columns[i] = qc_column_node(column, from->table->range);
        from->left_out[i] = row && qc_field_is_default(column, row);
        from->used += !from->left_out[i];
    }
    return true;
}

static bool leaves_out_the_same(const expansion *from, const void *row)
{
    for (size_t i = 0; row && i < from->table->column_count; i++)
        if (from->left_out[i] != qc_field_is_default(&from->table->columns[i], row))
            return false;
    return row;
}

static const qc_node *assignment(const expansion *from, size_t i, const void *row)
{
    const qc_node *value = qc_field_node(from->arena, &from->table->columns[i], row);
    if (value->kind == QC_NODE_POISON)
        return value;
    qc_node_2 *assign = qc_arena_take(from->arena, sizeof(*assign));
    if (!assign)
        return &qc_nomem_node;
    *assign = (qc_node_2){
        {.kind = QC_NODE_ASSIGN, .count = 2, .depth = 1}, &from->columns[i].base, value};
    return &assign->base;
}

/* The VALUES clause of a row; its list is NULL when memory is out. */
static qc_clause values_of(const expansion *from, const void *row)
{
    const qc_node **list = qc_arena_alloc(from->arena, (from->used + 2) * sizeof(*list));
    size_t used = 0;
    if (list && !row)
        list[used++] = qc_poison(QC_ERROR_MISUSE, "INSERT was given a NULL instead of a struct");
    for (size_t i = 0; list && row && i < from->table->column_count; i++)
        if (!from->left_out[i])
            list[used++] = assignment(from, i, row);
    if (list)
        list[used] = NULL;
    return (qc_clause){.kind = QC_CLAUSE_VALUES, .list = list};
}

/* How many rows from `first` on fit one statement. */
static size_t batch_size(const expansion *from, size_t first, size_t limit)
{
    size_t left = from->rows->count > first ? from->rows->count - first : 0, size = 1;
    size_t most = left < limit ? left : limit;
    while (size < most && leaves_out_the_same(from, row_at(from, first + size)))
        size++;
    return most ? size : 0;
}

const qc_clause *qc_expand_rows(qc_arena *arena, const qc_clause *clauses, size_t first,
                                size_t limit, size_t *ret_count)
{
    const qc_clause *rows = clauses, *end = clauses;
    for (; end->kind != QC_CLAUSE_END; end++)
        rows = end->kind == QC_CLAUSE_ROWS ? end : rows;
    *ret_count = 0;
    if (rows->kind != QC_CLAUSE_ROWS || !clauses->node || clauses->node->kind != QC_NODE_TABLE)
        return clauses;
    expansion from = {.arena = arena, .table = clauses->node->u.table, .rows = rows};
    if (!begin(&from, rows->count > first ? row_at(&from, first) : NULL))
        return NULL;
    size_t batch = batch_size(&from, first, limit), before = (size_t)(rows - clauses);
    size_t after = (size_t)(end - rows); /* with the end, without ROWS */
    qc_clause *made = qc_arena_alloc(arena, (before + batch + after) * sizeof(*made));
    if (!made)
        return NULL;
    memcpy(made, clauses, before * sizeof(*made));
    for (size_t i = 0; i < batch; i++) {
        made[before + i] = values_of(&from, row_at(&from, first + i));
        if (!made[before + i].list)
            return NULL;
    }
    memcpy(made + before + batch, rows + 1, after * sizeof(*made));
    *ret_count = batch;
    return made;
}
