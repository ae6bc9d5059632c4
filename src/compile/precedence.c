/* How tightly expressions hold together: the one table, see enum qc_precedence. */
#include "compile/render.h"

const uint8_t qc_operator_precedence[QC_OP_COUNT] = {
    [QC_OP_EQ] = QC_PREDICATE,
    [QC_OP_NE] = QC_PREDICATE,
    [QC_OP_LT] = QC_PREDICATE,
    [QC_OP_LE] = QC_PREDICATE,
    [QC_OP_GT] = QC_PREDICATE,
    [QC_OP_GE] = QC_PREDICATE,
    [QC_OP_LIKE] = QC_PREDICATE,
    [QC_OP_NOT_LIKE] = QC_PREDICATE,
    [QC_OP_ILIKE] = QC_PREDICATE,
    [QC_OP_NOT_ILIKE] = QC_PREDICATE,
    [QC_OP_IS_DISTINCT_FROM] = QC_PREDICATE,
    [QC_OP_IS_NOT_DISTINCT_FROM] = QC_PREDICATE,
    [QC_OP_IN] = QC_PREDICATE,
    [QC_OP_NOT_IN] = QC_PREDICATE,
    [QC_OP_IS_NULL] = QC_PREDICATE,
    [QC_OP_IS_NOT_NULL] = QC_PREDICATE,
    [QC_OP_BETWEEN] = QC_PREDICATE,
    [QC_OP_NOT_BETWEEN] = QC_PREDICATE,
    [QC_OP_ADD] = QC_SUM_TERM,
    [QC_OP_SUB] = QC_SUM_TERM,
    [QC_OP_MUL] = QC_FACTOR,
    [QC_OP_DIV] = QC_FACTOR,
    [QC_OP_MOD] = QC_FACTOR,
    [QC_OP_NEG] = QC_SIGNED,
    [QC_OP_CONCAT] = QC_CONCATENATED,
    [QC_OP_NOT] = QC_NOT,
    [QC_OP_AND] = QC_AND,
    [QC_OP_OR] = QC_OR};

/* What is written by the program's own text (OP, RAW) is taken for the loosest. */
int qc_precedence_of(const qc_node *node)
{
    switch (node->kind) {
    case QC_NODE_UNARY:
    case QC_NODE_BINARY:
    case QC_NODE_BETWEEN: return qc_operator_precedence[node->op];
    case QC_NODE_IN: return node->count > 1 ? QC_PREDICATE : QC_TIGHT;
    case QC_NODE_LOGIC:
        return node->count > 1    ? qc_operator_precedence[node->op]
               : node->count == 1 ? qc_precedence_of(qc_kid(node, 0))
                                  : QC_TIGHT;
    case QC_NODE_LABEL: return qc_precedence_of(qc_unlabelled(node));
    case QC_NODE_OP:
    case QC_NODE_RAW: return QC_LOOSE;
    default: return QC_TIGHT;
    }
}
