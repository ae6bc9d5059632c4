/* Binds and shapes made by hand. */
#include "live/raw_db.h"

#include <string.h>

static qc_node *make(raw_db *db, int kind, int type, size_t size)
{
    qc_bind *node = qc_arena_alloc(db->arena, sizeof(*node));
    *node = (qc_bind){{.kind = (uint8_t)kind, .type = (uint8_t)type}, size};
    return &node->base;
}

const qc_node *bind_integer(raw_db *db, int type, int64_t value)
{
    qc_node *node = make(db, QC_NODE_BIND, type, 0);
    node->u.integer = value;
    return node;
}

const qc_node *bind_real(raw_db *db, int type, double value)
{
    qc_node *node = make(db, QC_NODE_BIND, type, 0);
    node->u.real = value;
    return node;
}

const qc_node *bind_bytes(raw_db *db, int type, const void *data, size_t size)
{
    qc_node *node = make(db, QC_NODE_BIND, type, size);
    node->u.data = data;
    return node;
}

const qc_node *bind_text(raw_db *db, int type, const char *text)
{
    return bind_bytes(db, type, text, strlen(text));
}

const qc_node *bind_null(raw_db *db, int type)
{
    qc_node *node = make(db, QC_NODE_BIND, type, 0);
    node->flags = QC_NODE_NULL_VALUE;
    return node;
}

const qc_node *bind_array(raw_db *db, int type, const void *elements, size_t count)
{
    qc_node *node = make(db, QC_NODE_ARRAY, type, count);
    node->u.data = elements;
    return node;
}

qc_shape shape_of(raw_db *db, const qc_table *table)
{
    qc_result_column *columns = qc_arena_alloc(db->arena, table->column_count * sizeof(*columns));
    qc_result_part *part = qc_arena_alloc(db->arena, sizeof(*part));
    *part = (qc_result_part){.size = table->size};
    for (uint32_t i = 0; i < table->column_count; i++) {
        const qc_column *column = &table->columns[i];
        columns[i] = (qc_result_column){
            .name = qc_arena_printf(db->arena, "%s.%s", table->name ? table->name : table->model,
                                    column->name),
            .type = column->type,
            .nullable = column->nullable,
            .offset = column->offset};
    }
    return (qc_shape){.columns = columns,
                      .parts = part,
                      .column_count = (uint16_t)table->column_count,
                      .part_count = 1,
                      .pointers = true};
}
