/* CASE, WHEN, ELSE. */
#include "ast/make.h"

const qc_node *qc_when(qc_bool condition, int operand, const void *value)
{
    const qc_node *x = qc_operand(0, operand, value);
    if (qc_is_absent(condition.node))
        return condition.node;
    const qc_node *when =
        qc_make_2((qc_node){.kind = QC_NODE_WHEN, .type = x->type}, condition.node, x);
    if (when->kind == QC_NODE_WHEN && !(x->flags & QC_NODE_NULLABLE))
        ((qc_node *)when)->flags &= (uint8_t)~QC_NODE_NULLABLE;
    return when;
}

const qc_node *qc_else(int operand, const void *value)
{
    const qc_node *x = qc_operand(0, operand, value);
    return qc_make_1((qc_node){.kind = QC_NODE_ELSE, .type = x->type}, x);
}

/* Whether the arms are one WHEN or more, then at most one ELSE. */
static bool is_well_formed(const qc_node *node)
{
    for (size_t i = 0; i < node->count; i++) {
        int kind = qc_kid(node, i)->kind;
        bool is_last = i + 1 == node->count;
        if (kind != QC_NODE_WHEN && !(kind == QC_NODE_ELSE && is_last && i > 0))
            return false;
    }
    return node->count > 0;
}

const qc_node *qc_case(int type, const qc_node *const *arms)
{
    if (!arms[0])
        return &qc_zeroed_node;
    const qc_node *made =
        qc_make_list((qc_node){.kind = QC_NODE_CASE, .type = (uint8_t)type}, NULL, arms);
    if (made->kind != QC_NODE_CASE)
        return made;
    if (!is_well_formed(made))
        return qc_poison(QC_ERROR_MISUSE,
                         "CASE takes one WHEN or more, then at most one ELSE, which is the last");
    if (qc_kid(made, made->count - 1u)->kind == QC_NODE_WHEN)
        ((qc_node *)made)->flags |= QC_NODE_NULLABLE;
    return made;
}
