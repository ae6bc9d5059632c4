/* What stands around an expression: labels, DISTINCT, FILTER, orderings, ONLY_IF, SET. */
#include "ast/make.h"

#include <string.h>

const qc_node *qc_label(const qc_node *x, const char *name)
{
    if (qc_is_absent(x))
        return x;
    if (!qc_usable(x))
        return qc_refusal(x);
    if (!name)
        return qc_poison(QC_ERROR_MISUSE, "the name of AS is NULL");
    if (x->depth >= QC_MAX_DEPTH)
        return &qc_too_deep_node;
    size_t length = strlen(name), count = length / sizeof(uint64_t) + 1;
    qc_label_node *made = qc_take(sizeof(*made) + count * sizeof(uint64_t));
    if (!made)
        return &qc_nomem_node;
    made->words[count - 1] = 0;
    made->count = count;
    made->base.kid = x;
    made->base.base = (qc_node){.kind = QC_NODE_LABEL,
                                .type = x->type,
                                .flags = x->flags & QC_INHERITED,
                                .count = 1,
                                .depth = x->depth + 1u,
                                .u.text = memcpy(made->words, name, length)};
    return &made->base.base;
}

const qc_node *qc_distinct(const qc_node *x)
{
    return qc_make_1((qc_node){.kind = QC_NODE_DISTINCT, .type = x ? x->type : 0}, x);
}

const qc_node *qc_filter(const qc_node *aggregate, qc_bool condition)
{
    if (!qc_usable(aggregate))
        return qc_refusal(aggregate);
    bool may_be_aggregate =
        aggregate->kind == QC_NODE_FUNC ||
        (aggregate->kind == QC_NODE_CALL && qc_functions[aggregate->op].aggregate);
    if (!may_be_aggregate)
        return qc_poison(QC_ERROR_MISUSE, "FILTER stands around COUNT, SUM or another aggregate");
    if (qc_is_absent(condition.node))
        return aggregate;
    return qc_make_2((qc_node){.kind = QC_NODE_FILTER, .type = aggregate->type}, aggregate,
                     condition.node);
}

const qc_node *qc_only_if(bool condition, const qc_node *x)
{
    return condition ? x : &qc_absent;
}

/* NULLS_LAST(DESC(x)) is one ordering. */
const qc_node *qc_order_by(const qc_node *x, int flags)
{
    if (qc_is_absent(x))
        return x;
    int all = flags;
    if (x && x->kind == QC_NODE_ORDER) {
        all |= x->op;
        x = qc_kid(x, 0);
    }
    return qc_make_1((qc_node){.kind = QC_NODE_ORDER, .op = (uint8_t)all}, x);
}

const qc_node *qc_assign(const qc_node *column, const qc_node *value)
{
    if (qc_is_absent(value))
        return value;
    if (column && column->kind != QC_NODE_COLUMN && column->kind != QC_NODE_POISON)
        return qc_poison(QC_ERROR_MISUSE, "SET takes a column and its value");
    return qc_make_2((qc_node){.kind = QC_NODE_ASSIGN}, column, value);
}

const qc_node *qc_excluded(const qc_node *column)
{
    if (!qc_usable(column))
        return qc_refusal(column);
    if (column->kind != QC_NODE_COLUMN)
        return qc_poison(QC_ERROR_MISUSE, "EXCLUDED takes a column");
    const qc_node *range = qc_make_1(
        (qc_node){.kind = QC_NODE_ALIAS, .op = QC_ALIAS_EXCLUDED, .u.text = "excluded"},
        column->u.column->table->range);
    if (!qc_usable(range))
        return range;
    return qc_make_1((qc_node){.kind = QC_NODE_COLUMN,
                               .type = column->type,
                               .flags = column->flags & QC_NODE_NULLABLE,
                               .u.column = column->u.column},
                     range);
}

const qc_node *qc_limit(int64_t rows)
{
    if (rows < 0)
        return qc_poison(QC_ERROR_VALUE,
                         "LIMIT or OFFSET is %lld; a number of rows cannot be negative",
                         (long long)rows);
    return qc_operand(QC_TYPE_bigint, QC_OPERAND_LLONG, &(long long){rows});
}
