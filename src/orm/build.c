/* Pieces of queries, made in the current arena. */
#include "orm/build.h"

#include "model/index_text.h"

#include <string.h>

const qc_node *qc_build_column(const qc_column *column, const qc_node *range)
{
    qc_node_1 *made = qc_arena_alloc(qc_current_arena(), sizeof(*made));
    if (!made)
        return NULL;
    *made = qc_column_node(column, range);
    return &made->base;
}

qc_bool qc_build_equal(const qc_column *column, const qc_node *range, const qc_column *of,
                       const void *row)
{
    const qc_node *sides[] = {qc_build_column(column, range), qc_field_value(of, row)};
    if (!sides[0])
        return (qc_bool){NULL};
    return (qc_bool){
        qc_compare(QC_OP_EQ, QC_OPERAND_HANDLE | QC_OPERAND_HANDLE << 8, &sides[0], &sides[1])};
}

const qc_node *qc_build_next(const qc_column *column, const qc_node *range)
{
    const int32_t one = 1, *amount = &one;
    const qc_node *node = qc_build_column(column, range);
    if (!node)
        return NULL;
    return qc_assign(node, qc_arithmetic(QC_OP_ADD, column->type,
                                         QC_OPERAND_HANDLE | QC_OPERAND_INT << 8, &node, amount));
}

const qc_node *qc_build_key(const qc_table *table, const void *row)
{
    qc_bool tests[QC_KEY_MOST];
    size_t count = 0;
    for (uint32_t i = 0; i < table->column_count && count < QC_KEY_MOST; i++) {
        const qc_column *column = &table->columns[i];
        if (!column->primary_key)
            continue;
        tests[count] = qc_build_equal(column, table->range, column, row);
        if (!tests[count++].node)
            return NULL;
    }
    return qc_and_array(tests, count).node;
}

const qc_node *const *qc_build_list(const qc_node *item)
{
    const qc_node **list = qc_arena_alloc(qc_current_arena(), 2 * sizeof(*list));
    if (list) {
        list[0] = item;
        list[1] = NULL;
    }
    return list;
}

const qc_node *qc_build_relation(const qc_relation *relation)
{
    qc_node_1 *node = qc_arena_alloc(qc_current_arena(), sizeof(*node));
    if (!node)
        return NULL;
    *node = qc_relation_node(relation, relation->parent->range);
    return &node->base;
}

/* ---- ORDERED_BY. ---- */

static const qc_node *ordering(const qc_relation *relation, const qc_index_column *by)
{
    const qc_table *target = relation->target, *parent = relation->parent;
    for (uint32_t i = 0; i < target->column_count; i++) {
        const qc_column *column = &target->columns[i];
        if (strlen(column->name) != by->length || memcmp(column->name, by->name, by->length) != 0)
            continue;
        const qc_node *node = qc_build_column(column, target->range);
        return node ? qc_order_by(node, by->descending ? QC_ORDER_DESC : 0) : NULL;
    }
    return qc_poison(QC_ERROR_MISUSE,
                     "%s has no column %.*s, which ORDERED_BY of %s_%s names "
                     "(%s:%d)",
                     target->model, (int)by->length, by->name, parent->model, relation->name,
                     parent->file, parent->line);
}

static const qc_node *unknown_order(const qc_relation *relation, const char *at)
{
    const qc_table *parent = relation->parent;
    return qc_poison(
        QC_ERROR_MISUSE,
        "ORDERED_BY of %s_%s takes columns and DESC(column); this is neither: %s (%s:%d)",
        parent->model, relation->name, at, parent->file, parent->line);
}

const qc_node *const *qc_build_order(const qc_relation *relation)
{
    qc_arena *arena = qc_current_arena();
    const size_t most = relation->order ? strlen(relation->order) + 1 : 0;
    const qc_node **list = qc_arena_alloc(arena, (most + 1) * sizeof(*list));
    size_t count = 0;
    qc_index_column column;
    for (const char *at = relation->order; list && at && *at;) {
        const bool known = qc_index_next(&at, &column);
        list[count] = known ? ordering(relation, &column) : unknown_order(relation, at);
        if (!list[count++])
            return NULL;
        if (!known)
            break;
    }
    if (list)
        list[count] = NULL;
    return list;
}
