/* Pieces of queries, made in the current arena. */
#include "orm/build.h"

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
