/* INSERT of structs: the ROWS clause becomes a VALUES clause a struct. */
#include "ast/make.h"
#include "model/lineage.h"

#include <string.h>

const qc_node *const qc_row_pointers[] = {NULL};

typedef struct expansion {
    qc_arena *arena;
    const qc_table *table;
    qc_structs structs;    /* from the first of the statement on */
    qc_node_1 *columns;    /* a COLUMN node each */
    bool *left_out;        /* columns that are left to their defaults, or filled by the statement */
    bool all_tenants;
    size_t used;           /* the others */
} expansion;

qc_structs qc_structs_of(const qc_clause *rows, const qc_table *table, size_t from)
{
    const size_t stride = rows->list ? 0 : table->size;
    const size_t size = stride ? stride : sizeof(void *);
    const size_t count = rows->count > from ? rows->count - from : 0;
    return (qc_structs){rows->rows ? (const char *)rows->rows + from * size : NULL, stride, count};
}

static const void *row_at(const qc_structs *structs, size_t i)
{
    return structs->first ? qc_struct_at(structs, i) : NULL;
}

static bool has_default(const qc_table *table)
{
    for (uint32_t i = 0; i < table->column_count; i++)
        if (table->columns[i].identity || table->columns[i].server_default)
            return true;
    return false;
}

static bool leave_out_the_same(const qc_table *table, const void *a, const void *b)
{
    for (uint32_t i = 0; i < table->column_count; i++) {
        const qc_column *column = &table->columns[i];
        if ((column->identity || column->server_default) &&
            qc_field_is_default(column, a) != qc_field_is_default(column, b))
            return false;
    }
    return true;
}

size_t qc_uniform_structs(const qc_structs *structs, const qc_table *table, size_t limit)
{
    const size_t most = structs->count < limit ? structs->count : limit;
    const void *first = most ? row_at(structs, 0) : NULL;
    const bool differ = has_default(table);
    size_t same = most ? 1 : 0;
    for (const void *row; first && same < most; same++)
        if (!(row = row_at(structs, same)) || (differ && !leave_out_the_same(table, first, row)))
            break;
    return same;
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
        from->left_out[i] = row && (!qc_is_stored(column) || qc_field_is_default(column, row) ||
                                    (column->mark == QC_MARK_TENANT && !from->all_tenants));
        from->used += !from->left_out[i];
    }
    return true;
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

const qc_clause *qc_replace_clause(qc_arena *arena, const qc_clause *clauses,
                                   const qc_clause *replaced, const qc_clause *with, size_t count)
{
    const qc_clause *end = replaced;
    while (end->kind != QC_CLAUSE_END)
        end++;
    const size_t before = (size_t)(replaced - clauses), after = (size_t)(end - replaced);
    qc_clause *made = qc_arena_alloc(arena, (before + count + after) * sizeof(*made));
    if (!made)
        return NULL;
    memcpy(made, clauses, before * sizeof(*made));
    if (count)
        memcpy(made + before, with, count * sizeof(*made));
    memcpy(made + before + count, replaced + 1, after * sizeof(*made));
    return made;
}

/* The VALUES clauses of the first `count` structs. */
static const qc_clause *all_values(const expansion *from, size_t count)
{
    qc_clause *values = qc_arena_alloc(from->arena, (count + 1) * sizeof(*values));
    for (size_t i = 0; values && i < count; i++) {
        values[i] = values_of(from, row_at(&from->structs, i));
        if (!values[i].list)
            return NULL;
    }
    return values;
}

const qc_clause *qc_expand_rows(qc_arena *arena, const qc_clause *clauses, size_t first,
                                size_t limit, size_t *ret_count)
{
    const qc_clause *rows = clauses;
    while (rows->kind != QC_CLAUSE_END && rows->kind != QC_CLAUSE_ROWS)
        rows++;
    *ret_count = 0;
    if (rows->kind != QC_CLAUSE_ROWS || !clauses->node || clauses->node->kind != QC_NODE_TABLE)
        return clauses;
    const qc_table *table = clauses->node->u.table;
    expansion from = {
        .arena = arena, .table = table, .structs = qc_structs_of(rows, table, first)};
    for (const qc_clause *clause = clauses; clause->kind != QC_CLAUSE_END; clause++)
        from.all_tenants |= clause->kind == QC_CLAUSE_ALL_TENANTS;
    if (!begin(&from, from.structs.count ? row_at(&from.structs, 0) : NULL))
        return NULL;
    /* DEFAULT VALUES is one row. */
    size_t batch = qc_uniform_structs(&from.structs, table, from.used || limit < 1 ? limit : 1);
    const qc_clause *values = all_values(&from, batch);
    *ret_count = batch;
    return values ? qc_replace_clause(arena, clauses, rows, values, batch) : NULL;
}
