/* Operators of one operand, arithmetic, CONCAT, CAST. */
#include "ast/make.h"
#include "model/type_info.h"

const qc_node *qc_unary(int op, int type, const qc_node *x)
{
    bool tests_null = op == QC_OP_IS_NULL || op == QC_OP_IS_NOT_NULL;
    qc_node base = {.kind = QC_NODE_UNARY, .type = (uint8_t)type, .op = (uint8_t)op};
    return qc_make_1_of(base, x, tests_null ? QC_NODE_AGGREGATE : QC_INHERITED);
}

/* The node of a C value beside `other`, poison when it would make the result wider than `type`. */
static const qc_node *number_beside(const qc_node *other, int type, int operand, const void *value)
{
    const qc_node *x = qc_operand_node(other->type, operand, value);
    if (operand != QC_OPERAND_HANDLE && x->kind == QC_NODE_BIND && x->type > type)
        return qc_poison(QC_ERROR_VALUE, "a number does not fit the %s beside it; CAST that",
                         qc_type_infos[type].word);
    return x;
}

const qc_node *qc_arithmetic(int op, int type, int operands, const void *a, const void *b)
{
    int left = operands & 0xFF, right = operands >> 8;
    const qc_node *x, *y;
    if (left == QC_OPERAND_HANDLE) {
        x = *(const qc_node *const *)a;
        y = x ? number_beside(x, type, right, b) : &qc_zeroed_node;
    } else {
        y = *(const qc_node *const *)b;
        x = y ? number_beside(y, type, left, a) : &qc_zeroed_node;
    }
    return qc_make_2(
        (qc_node){.kind = QC_NODE_BINARY, .type = (uint8_t)type, .op = (uint8_t)op}, x, y);
}

const qc_node *qc_concat(const qc_node *const *items)
{
    qc_node base = {.kind = QC_NODE_BINARY, .type = QC_TYPE_text, .op = QC_OP_CONCAT};
    const qc_node *concat = qc_make_list(base, NULL, items);
    if (concat->kind == QC_NODE_POISON || concat->count > 1)
        return concat;
    return concat->count ? qc_kid(concat, 0) : qc_refusal(&qc_absent);
}

const qc_node *qc_cast(const qc_node *x, int type, int form, int modifier)
{
    int flags = form == QC_FORM_VARCHAR ? QC_NODE_VARCHAR : form == QC_FORM_CHAR ? QC_NODE_CHAR : 0;
    return qc_make_1((qc_node){.kind = QC_NODE_CAST,
                               .type = (uint8_t)type,
                               .flags = (uint8_t)flags,
                               .u.integer = modifier},
                     x);
}
