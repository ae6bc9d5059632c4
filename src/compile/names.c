/* What things are called in messages and results: in SQL, and as the program wrote them. */
#include "compile/query.h"

#include <string.h>

static const char *joined(qc_compiler *compiler, const char *a, const char *between, const char *b)
{
    const char *text = qc_arena_printf(compiler->scratch, "%s%s%s", a, between, b);
    return text ? text : a;
}

const char *qc_range_name(const qc_node *range)
{
    return range->kind == QC_NODE_ALIAS ? range->u.text : range->u.table->name;
}

const char *qc_range_word(const qc_node *range)
{
    return range->kind == QC_NODE_ALIAS ? range->u.text : range->u.table->model;
}

const char *qc_column_text(qc_compiler *compiler, const qc_node *node)
{
    return joined(compiler, qc_range_name(qc_kid(node, 0)), ".", node->u.column->name);
}

const char *qc_column_word(qc_compiler *compiler, const qc_node *node)
{
    const qc_node *range = qc_kid(node, 0);
    return joined(compiler, qc_range_word(range), range->kind == QC_NODE_ALIAS ? "." : "_",
                  node->u.column->name);
}

const char *qc_relation_word(qc_compiler *compiler, const qc_relation *relation)
{
    return joined(compiler, relation->parent->model, "_", relation->name);
}

const char *qc_ranges_text(qc_compiler *compiler, const qc_query *query)
{
    const char *text = query->range_count ? query->ranges[0].name : "nothing";
    for (uint32_t i = 1; i < query->range_count; i++)
        text = joined(compiler, text, i + 1 == query->range_count ? " and " : ", ",
                      query->ranges[i].name);
    return text;
}

const char *qc_expression_name(const qc_node *node)
{
    switch (node->kind) {
    case QC_NODE_LABEL:
    case QC_NODE_FUNC: return node->u.text;
    case QC_NODE_COLUMN: return node->u.column->name;
    case QC_NODE_CALL: return qc_functions[node->op].name;
    case QC_NODE_CAST:
    case QC_NODE_FILTER:
    case QC_NODE_DISTINCT: return qc_expression_name(qc_kid(node, 0));
    case QC_NODE_TABLE:
    case QC_NODE_ALIAS: return qc_range_name(node);
    default: return "expression";
    }
}
