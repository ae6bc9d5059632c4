/* One field of many structs as an array: how rows travel in as many binds as they have columns. */
#include "ast/make.h"
#include "model/type_info.h"

#include <string.h>

/* A statement takes about so many bytes of texts and the like at most. */
enum { MOST_BYTES = 4 * 1024 * 1024 };

qc_bind qc_field_array_at(const qc_field_array *array, size_t i)
{
    const void *row = qc_struct_at(&array->structs, i);
    if (array->unset && qc_field_takes_default(array->column, row))
        return *(const qc_bind *)array->unset;
    return qc_field_bind(array->column, row);
}

/* Adds to bytes[i] what the row's field points to; the poison of one that cannot be stored. */
static const qc_node *measure(const qc_column *const *columns, const void *row, size_t *bytes,
                              size_t *total)
{
    for (size_t i = 0; columns[i]; i++) {
        if (!qc_type_infos[columns[i]->type].pointer)
            continue;
        const qc_bind value = qc_field_bind(columns[i], row);
        const qc_node *problem = qc_field_problem(columns[i], &value);
        if (problem)
            return problem;
        bytes[i] += value.size;
        *total += value.size;
    }
    return NULL;
}

/* How many structs are a statement of good size; 0, and the reason, when one cannot be stored. */
static size_t fitting(const qc_column *const *columns, const qc_structs *structs, size_t *bytes,
                      const qc_node **ret_problem)
{
    size_t count = 0, total = 0;
    *ret_problem = NULL;
    for (; count < structs->count && total <= MOST_BYTES; count++) {
        const void *row = qc_struct_at(structs, count);
        *ret_problem = row ? measure(columns, row, bytes, &total)
                           : qc_poison(QC_ERROR_MISUSE, "a struct of the list is a NULL pointer");
        if (*ret_problem)
            return 0;
    }
    return count;
}

static const qc_node *array_of(qc_arena *arena, const qc_column *column, const qc_structs *structs,
                               bool defaults, size_t bytes)
{
    qc_node_1 *target = qc_arena_alloc(arena, sizeof(*target));
    qc_field_array *made = qc_arena_alloc(arena, sizeof(*made));
    qc_node_2 *assign = qc_arena_alloc(arena, sizeof(*assign));
    if (!target || !made || !assign)
        return NULL;
    const qc_node *unset =
        defaults && column->value.set ? qc_default_node(arena, column) : NULL;
    if (unset && unset->kind == QC_NODE_POISON)
        return unset;
    *target = qc_column_node(column, column->table->range);
    *made = (qc_field_array){
        .array = {{.kind = QC_NODE_ARRAY, .type = column->type, .flags = QC_NODE_FIELDS},
                  structs->count},
        .column = column,
        .structs = *structs,
        .unset = unset,
        .bytes = bytes};
    *assign = (qc_node_2){{.kind = QC_NODE_ASSIGN, .count = 2, .depth = 1},
                          &target->base,
                          &made->array.base};
    return &assign->base;
}

const qc_node *const *qc_field_arrays(qc_arena *arena, const qc_column *const *columns,
                                      const qc_structs *structs, bool defaults, size_t *ret_count)
{
    size_t width = 0;
    while (columns[width])
        width++;
    const qc_node **list = qc_arena_alloc(arena, (width + 2) * sizeof(*list));
    size_t *bytes = qc_arena_alloc(arena, (width + 1) * sizeof(*bytes));
    if (!list || !bytes)
        return NULL;
    memset(bytes, 0, (width + 1) * sizeof(*bytes));
    qc_structs taken = *structs;
    taken.count = *ret_count = fitting(columns, structs, bytes, &list[0]);
    list[1] = NULL;
    if (list[0])
        return list;
    for (size_t i = 0; i < width; i++) {
        list[i] = array_of(arena, columns[i], &taken, defaults, bytes[i]);
        if (!list[i])
            return NULL;
    }
    list[width] = NULL;
    return list;
}
