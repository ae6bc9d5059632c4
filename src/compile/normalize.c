/* Completing an INSERT: DEFAULT(x) of a column is a value of the program, so it is bound. */
#include "compile/normalize.h"

#include "ast/make.h"
#include "model/type_info.h"

#include <string.h>

/* The value of a DEFAULT written as text, for types that are not text. */
static const qc_node *parsed(const qc_column *column, const char *text)
{
    qc_date_value date;
    qc_time_value time;
    qc_timestamp_value timestamp;
    qc_uuid_value uuid;
    switch (qc_type_infos[column->type].cls) {
    case QC_CLASS_DATE:
        if (qc_date_parse(text, &date))
            return qc_operand(column->type, QC_OPERAND_DATE, &date);
        break;
    case QC_CLASS_TIME:
        if (qc_time_parse(text, &time))
            return qc_operand(column->type, QC_OPERAND_TIME, &time);
        break;
    case QC_CLASS_TIMESTAMP:
        if (qc_timestamp_parse(text, &timestamp))
            return qc_operand(column->type, QC_OPERAND_TIMESTAMP, &timestamp);
        break;
    case QC_CLASS_UUID:
        if (qc_uuid_parse(text, &uuid))
            return qc_operand(column->type, QC_OPERAND_UUID, &uuid);
        break;
    case QC_CLASS_NUMBER:
        return qc_operand(column->type, QC_OPERAND_NUMERIC, &(qc_numeric_value){text});
    default: return qc_operand(column->type, QC_OPERAND_TEXT, &text);
    }
    return qc_poison(QC_ERROR_VALUE, "DEFAULT(\"%s\") of %s.%s is no %s", text,
                     column->table->model, column->name, qc_type_infos[column->type].word);
}

static const qc_node *default_of(const qc_column *column)
{
    const qc_default *value = &column->value;
    if (column->discriminator)
        return parsed(column, column->table->lineage->identity);
    if (value->text)
        return parsed(column, value->text);
    bool whole = value->integer || (value->real >= 0 && value->real <= 0);
    if (column->type == QC_TYPE_bool)
        return qc_operand(column->type, QC_OPERAND_BOOL, &(bool){value->integer != 0});
    if (whole)
        return qc_operand(column->type, QC_OPERAND_LLONG, &(long long){value->integer});
    return qc_operand(column->type, QC_OPERAND_DOUBLE, &value->real);
}

static bool is_set(const qc_clause *clauses, const qc_column *column)
{
    for (; clauses->kind && clauses->kind != QC_CLAUSE_ON_CONFLICT; clauses++)
        if (clauses->kind == QC_CLAUSE_SET && clauses->node &&
            clauses->node->kind == QC_NODE_ASSIGN &&
            qc_kid(clauses->node, 0)->u.column == column)
            return true;
    return false;
}

/* Whether the clauses insert one row of SETs; *ret_count is their number with QC_CLAUSE_END. */
static bool inserts_by_set(const qc_clause *clauses, size_t *ret_count)
{
    bool inserts = false, other = false;
    const qc_clause *at = clauses;
    for (; at->kind; at++) {
        inserts |= at->kind == QC_CLAUSE_INSERT;
        other |= at->kind == QC_CLAUSE_ROWS || at->kind == QC_CLAUSE_VALUES ||
                 at->kind == QC_CLAUSE_SOURCE || at->kind == QC_CLAUSE_ARRAYS;
    }
    *ret_count = (size_t)(at - clauses) + 1;
    return inserts && !other;
}

/* The SET of a column to its DEFAULT. */
static qc_clause set_default(const qc_column *column, qc_node_1 *node, const qc_node *range)
{
    *node = qc_column_node(column, range);
    const qc_node base = {.kind = QC_NODE_ASSIGN, .op = QC_ASSIGN_DEFAULT};
    return (qc_clause){.kind = QC_CLAUSE_SET,
                       .node = qc_make_2(base, &node->base, default_of(column))};
}

/* What stands behind ON_CONFLICT stays there. */
static const qc_clause *with_defaults(qc_arena *arena, const qc_clause *clauses, size_t count,
                                      const qc_table *table)
{
    qc_clause *all = qc_arena_alloc(arena, (count + table->column_count) * sizeof(*all));
    if (!all)
        return NULL;
    size_t used = 0;
    while (used < count - 1 && clauses[used].kind != QC_CLAUSE_ON_CONFLICT)
        used++;
    const size_t before = used;
    memcpy(all, clauses, before * sizeof(*all));
    for (uint32_t i = 0; i < table->column_count; i++) {
        const qc_column *column = &table->columns[i];
        if (!column->value.set || is_set(clauses, column))
            continue;
        qc_node_1 *node = qc_arena_alloc(arena, sizeof(*node));
        if (!node)
            return NULL;
        all[used++] = set_default(column, node, all[0].node);
    }
    memcpy(all + used, clauses + before, (count - before) * sizeof(*all));
    return all;
}

static bool has_defaults(const qc_table *table)
{
    for (uint32_t i = 0; table && i < table->column_count; i++)
        if (table->columns[i].value.set)
            return true;
    return false;
}

const qc_clause *qc_normalize(qc_arena *arena, const qc_clause *clauses)
{
    size_t count;
    clauses = qc_flatten(arena, clauses);
    if (!clauses || clauses[1].kind != QC_CLAUSE_INSERT || !inserts_by_set(clauses, &count))
        return clauses;
    const qc_table *table = qc_table_of(clauses[0].node);
    return has_defaults(table) ? with_defaults(arena, clauses, count, table) : clauses;
}
