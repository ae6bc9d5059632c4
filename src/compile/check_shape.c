/* Numbers and types of columns: records, parts of a UNION, nested queries, INSERT from a query. */
#include "compile/check.h"

#include <string.h>

static const char *type_word(int type)
{
    return qc_type_infos[type].word;
}

/* ---- SELECT_AS. ---- */

static bool refuse_entity(qc_compiler *compiler, const qc_table *record, const qc_column *field,
                          const qc_node *item, uint32_t place)
{
    if (!field->entity)
        return qc_refuse(compiler, QC_ERROR_QUERY,
                         "item %u of SELECT_AS is the model %s, but the field %s of %s is %s; "
                         "declare it with ENTITY(%s, %s)",
                         (unsigned)place, qc_range_table(item)->model, field->name, record->model,
                         type_word(field->type), field->name, qc_range_table(item)->model);
    if (!qc_is_range(item))
        return qc_refuse(compiler, QC_ERROR_QUERY,
                         "the field %s of %s is an ENTITY of %s, but item %u of SELECT_AS is a "
                         "value",
                         field->name, record->model, field->entity->model, (unsigned)place);
    return qc_refuse(compiler, QC_ERROR_QUERY,
                     "the field %s of %s is an ENTITY of %s, but item %u of SELECT_AS is the model "
                     "%s",
                     field->name, record->model, field->entity->model, (unsigned)place,
                     qc_range_table(item)->model);
}

static bool check_field(qc_compiler *compiler, const qc_table *record, const qc_column *field,
                        const qc_node *item, uint32_t place)
{
    bool is_entity = qc_is_range(item);
    if (is_entity || field->entity)
        return (is_entity && field->entity == qc_range_table(item)) ||
               refuse_entity(compiler, record, field, item, place);
    return item->type == field->type ||
           qc_refuse(compiler, QC_ERROR_QUERY,
                     "the field %s of %s is %s, but item %u of SELECT_AS (%s) is %s; change the "
                     "field, or CAST the item",
                     field->name, record->model, type_word(field->type), (unsigned)place,
                     qc_expression_name(item), type_word(item->type));
}

static bool check_record(qc_compiler *compiler, const qc_query *query)
{
    const qc_table *record = query->record;
    if (record->column_count != query->item_count)
        return qc_refuse(compiler, QC_ERROR_QUERY,
                         "%s has %u field%s, but SELECT_AS gives %u item%s", record->model,
                         (unsigned)record->column_count, qc_plural(record->column_count),
                         (unsigned)query->item_count, qc_plural(query->item_count));
    for (uint32_t i = 0; i < query->item_count; i++)
        if (!check_field(compiler, record, &record->columns[i], query->items[i], i + 1))
            return false;
    return true;
}

/* ---- RETURNING. ---- */

static bool check_returning(qc_compiler *compiler, const qc_query *query)
{
    const qc_table *table = query->ranges[0].table;
    if (query->kind != QC_INSERTS && qc_is_range(query->items[0]) &&
        qc_next_submodel(table, &(size_t){0}))
        return qc_refuse(compiler, QC_ERROR_QUERY,
                         "rows of %s may be of models below it, which RETURNING does not fill; name "
                         "the columns, as in .RETURNING(%s_%s)",
                         table->model, table->model, table->columns[0].name);
    for (uint32_t i = 0; i < query->item_count; i++) {
        const qc_node *item = query->items[i];
        bool whole = qc_is_range(item) && query->item_count == 1;
        bool own = item->kind == QC_NODE_COLUMN &&
                   qc_same_range(qc_kid(item, 0), query->ranges[0].node);
        if (!(whole && qc_same_range(item, query->ranges[0].node)) && !own)
            return qc_refuse(compiler, QC_ERROR_QUERY,
                             "RETURNING fills struct %s: it takes columns of %s, or nothing for "
                             "all of them",
                             query->ranges[0].table->model, query->ranges[0].name);
    }
    return true;
}

bool qc_check_items(qc_compiler *compiler, const qc_query *query)
{
    size_t count = qc_column_count(query);
    for (const qc_node *const *key = query->keys; key && *key; key++)
        count++;
    if (count > compiler->dialect->max_columns)
        return qc_refuse(compiler, QC_ERROR_TOO_MANY,
                         "the query selects %zu columns; a result of %s can have %u", count,
                         compiler->dialect->title, (unsigned)compiler->dialect->max_columns);
    if (query->kind != QC_SELECTS)
        return check_returning(compiler, query);
    return !query->record || check_record(compiler, query);
}

/* ---- Columns of two queries. ---- */

bool qc_check_one_column(qc_compiler *compiler, const qc_query *query, const char *word)
{
    size_t count = qc_column_count(query);
    return count == 1 ||
           qc_refuse(compiler, QC_ERROR_QUERY,
                     "%s needs a query of one column, but this one selects %zu; select the one "
                     "that is meant",
                     word, count);
}

/* The types of the result columns, in order. */
static const uint8_t *column_types(qc_compiler *compiler, const qc_query *query)
{
    uint8_t *types = qc_scratch(compiler, qc_column_count(query));
    size_t count = 0;
    for (uint32_t i = 0; types && i < query->item_count; i++) {
        const qc_node *item = query->items[i];
        if (!qc_is_range(item)) {
            types[count++] = item->type;
            continue;
        }
        const qc_table *table = qc_range_table(item);
        for (uint32_t k = 0; k < table->column_count; k++)
            types[count++] = table->columns[k].type;
        size_t at = 0;
        for (const qc_table *below; (below = qc_next_submodel(table, &at));)
            for (uint32_t k = table->column_count; k < below->column_count; k++)
                types[count++] = below->columns[k].type;
    }
    return types;
}

bool qc_check_part(qc_compiler *compiler, const qc_query *first, const qc_query *part,
                   const char *word, uint32_t place)
{
    size_t count = qc_column_count(first), other = qc_column_count(part);
    if (count != other)
        return qc_refuse(compiler, QC_ERROR_QUERY,
                         "part %u of %s selects %zu column%s, but the first part selects %zu",
                         (unsigned)place, word, other, qc_plural(other), count);
    const uint8_t *types = column_types(compiler, first);
    const uint8_t *others = types ? column_types(compiler, part) : NULL;
    for (size_t i = 0; others && i < count; i++)
        if (types[i] != others[i])
            return qc_refuse(compiler, QC_ERROR_QUERY,
                             "column %zu of part %u of %s is %s, but that of the first part is %s; "
                             "CAST one of them",
                             i + 1, (unsigned)place, word, type_word(others[i]),
                             type_word(types[i]));
    return others != NULL;
}

/* ---- INSERT from a query. ---- */

static const qc_clause *columns_of(const qc_query *insert)
{
    for (const qc_clause *clause = insert->clauses; clause->kind; clause++)
        if (clause->kind == QC_CLAUSE_COLUMNS)
            return clause;
    return NULL;
}

static bool check_target(qc_compiler *compiler, const qc_query *insert, const qc_node *column)
{
    if (column->kind == QC_NODE_COLUMN &&
        qc_same_range(qc_kid(column, 0), insert->ranges[0].node))
        return true;
    return qc_refuse(compiler, QC_ERROR_QUERY, "COLUMNS takes columns of %s, the table of INSERT",
                     insert->ranges[0].name);
}

bool qc_check_source(qc_compiler *compiler, const qc_query *insert, const qc_query *source)
{
    const qc_clause *columns = columns_of(insert);
    size_t count = 0, selected = qc_column_count(source);
    if (!columns)
        return qc_refuse(compiler, QC_ERROR_QUERY,
                         "INSERT from a query does not say which columns it fills; add "
                         ".COLUMNS(%s_…)",
                         insert->ranges[0].table->model);
    while (columns->list[count])
        if (!check_target(compiler, insert, columns->list[count++]))
            return false;
    if (count != selected)
        return qc_refuse(compiler, QC_ERROR_QUERY,
                         "COLUMNS names %zu column%s, but the query selects %zu", count,
                         qc_plural(count), selected);
    const uint8_t *types = column_types(compiler, source);
    for (size_t i = 0; types && i < count; i++)
        if (qc_type_infos[types[i]].cls != qc_type_infos[columns->list[i]->type].cls)
            return qc_refuse(compiler, QC_ERROR_QUERY,
                             "%s is %s, but column %zu of the query is %s; CAST it",
                             qc_column_text(compiler, columns->list[i]),
                             type_word(columns->list[i]->type), i + 1, type_word(types[i]));
    return types != NULL;
}
