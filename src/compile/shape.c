/* Where the columns of a result go: into a struct, a record and its entities, or a generic row. */
#include "compile/query.h"

#include <string.h>

size_t qc_entity_width(const qc_table *table)
{
    size_t width = table->column_count, at = 0;
    for (const qc_table *below; (below = qc_next_submodel(table, &at));)
        width += below->column_count - table->column_count;
    return width;
}

size_t qc_column_count(const qc_query *query)
{
    size_t count = 0;
    for (uint32_t i = 0; i < query->item_count; i++)
        count += qc_is_range(query->items[i]) ? qc_entity_width(qc_range_table(query->items[i])) : 1;
    return count;
}

uint32_t qc_result_place(const qc_query *query, const qc_node *node)
{
    uint32_t place = 1;
    for (uint32_t i = 0; i < query->item_count; i++) {
        const qc_node *item = query->items[i];
        if (!qc_is_range(item)) {
            if (qc_equal_nodes(item, node))
                return place;
            place++;
            continue;
        }
        const qc_table *table = qc_range_table(item);
        if (node->kind == QC_NODE_COLUMN && qc_same_range(qc_kid(node, 0), item))
            return place + (uint32_t)(node->u.column - table->columns);
        place += (uint32_t)qc_entity_width(table);
    }
    return 0;
}

typedef struct shaping {
    qc_compiler *compiler;
    const qc_query *query;
    qc_result_column *columns;
    qc_result_part *parts;
    uint16_t column_count, part_count;
    bool pointers, failed;
} shaping;

static void *kept(shaping *to, size_t size)
{
    void *memory = qc_arena_take(to->compiler->results, size);
    if (!memory) {
        qc_refuse(to->compiler, QC_ERROR_NOMEM, "out of memory");
        to->failed = true;
    }
    return memory;
}

/* "users.email" */
static const char *column_name(shaping *to, const char *range, const char *column)
{
    size_t before = strlen(range), after = strlen(column);
    char *name = kept(to, before + after + 2);
    if (!name)
        return "";
    memcpy(name, range, before);
    name[before] = '.';
    memcpy(name + before + 1, column, after + 1);
    return name;
}

static const char *copy(shaping *to, const char *text)
{
    size_t size = strlen(text) + 1;
    char *made = kept(to, size);
    return made ? memcpy(made, text, size) : "";
}

static void add_column(shaping *to, qc_result_column column)
{
    to->pointers |= qc_type_infos[column.type].pointer;
    to->columns[to->column_count++] = column;
}

/* The columns of `table` from a place on. */
static void add_columns(shaping *to, const qc_node *range, const qc_table *table, uint32_t from,
                        uint16_t part)
{
    for (uint32_t i = from; i < table->column_count; i++) {
        const qc_column *column = &table->columns[i];
        add_column(to, (qc_result_column){
                           .name = column_name(to, qc_range_name(range), column->name),
                           .type = column->type,
                           .nullable = column->nullable,
                           .part = part,
                           .offset = column->offset});
    }
}

/* The entity of a part, and parts for what its submodels have beside it. */
static void add_entity(shaping *to, const qc_node *range, uint16_t part)
{
    const qc_table *table = qc_range_table(range);
    size_t at = 0;
    add_columns(to, range, table, 0, part);
    if (to->query->kind != QC_SELECTS)
        return;
    for (const qc_table *below; (below = qc_next_submodel(table, &at));) {
        to->parts[part].model = table;
        to->parts[to->part_count] = (qc_result_part){
            .size = below->size, .optional = true, .submodel = true, .of = part, .model = below};
        add_columns(to, range, below, table->column_count, to->part_count++);
    }
}

/* An entity beside others: a part of its own, pointed to from `pointer`. */
static void add_part(shaping *to, const qc_node *range, uint32_t pointer)
{
    int place = qc_find_range(to->query, range);
    uint16_t part = to->part_count++;
    to->parts[part] = (qc_result_part){
        .size = (uint32_t)qc_largest_size(qc_range_table(range)),
        .pointer = pointer,
        .optional = place >= 0 && to->query->ranges[place].optional};
    add_entity(to, range, part);
}

static void add_expression(shaping *to, const qc_node *node, uint32_t offset, bool nullable)
{
    const qc_node *inner = qc_unlabelled(node);
    const char *name = inner->kind == QC_NODE_COLUMN
                           ? column_name(to, qc_range_name(qc_kid(inner, 0)), inner->u.column->name)
                           : copy(to, qc_expression_name(node));
    add_column(to, (qc_result_column){
                       .name = name, .type = node->type, .nullable = nullable, .offset = offset});
}

static void begin(shaping *to, uint32_t size)
{
    to->parts[to->part_count++] = (qc_result_part){.size = size};
}

/* ---- The three kinds of rows. ---- */

static void into_entity(shaping *to, const qc_node *range)
{
    begin(to, (uint32_t)qc_largest_size(qc_range_table(range)));
    add_entity(to, range, 0);
}

/* RETURNING of some columns fills those fields of the struct. */
static void into_fields(shaping *to)
{
    begin(to, (uint32_t)qc_largest_size(to->query->ranges[0].table));
    for (uint32_t i = 0; i < to->query->item_count; i++) {
        const qc_column *column = to->query->items[i]->u.column;
        add_expression(to, to->query->items[i], column->offset, column->nullable);
    }
}

static void into_record(shaping *to)
{
    const qc_table *record = to->query->record;
    begin(to, record->size);
    for (uint32_t i = 0; i < to->query->item_count; i++) {
        const qc_column *field = &record->columns[i];
        const qc_node *item = to->query->items[i];
        if (qc_is_range(item))
            add_part(to, item, field->offset);
        else
            add_expression(to, item, field->offset, field->nullable);
    }
}

static void into_cells(shaping *to, qc_statement *statement)
{
    uint32_t count = to->query->item_count;
    qc_row_item *items = kept(to, count * sizeof(*items));
    if (!items)
        return;
    statement->items = items;
    begin(to, (uint32_t)sizeof(struct qc_row) + count * QC_CELL_SIZE);
    for (uint32_t i = 0; i < count; i++) {
        const qc_node *item = to->query->items[i];
        uint32_t offset = (uint32_t)sizeof(struct qc_row) + i * QC_CELL_SIZE;
        items[i] = (qc_row_item){copy(to, qc_expression_name(item)), item->type};
        if (qc_is_range(item))
            add_part(to, item, offset);
        else
            add_expression(to, item, offset, true);
    }
}

/* ---- The keys of a page. ---- */

static size_t key_count(const qc_query *query)
{
    size_t count = 0;
    while (query->keys && query->keys[count])
        count++;
    return count;
}

/* Those that the select list has are read from there, the others from cells behind the struct. */
static void add_keys(shaping *to, qc_statement *statement)
{
    const qc_query *query = to->query;
    uint16_t *places = kept(to, key_count(query) * sizeof(*places)), count = 0;
    for (const qc_node *const *key = query->keys; places && *key; key++) {
        const uint32_t place = qc_result_place(query, *key);
        places[count++] = (uint16_t)(place ? place - 1 : to->column_count);
        if (place)
            continue;
        qc_result_part *row = &to->parts[0];
        const uint32_t offset = (row->size + QC_ROW_ALIGN - 1) / QC_ROW_ALIGN * QC_ROW_ALIGN;
        row->size = offset + QC_CELL_SIZE;
        add_expression(to, *key, offset, true);
        statement->shape.hidden++;
    }
    statement->shape.keys = places;
    statement->shape.key_count = count;
}

/* ---- All of them. ---- */

static size_t part_room(const qc_query *query)
{
    size_t room = query->item_count + 1;
    for (uint32_t i = 0; i < query->item_count; i++)
        for (size_t at = 0; qc_is_range(query->items[i]) &&
                            qc_next_submodel(qc_range_table(query->items[i]), &at);)
            room++;
    return room;
}

static bool make_room(shaping *to, size_t columns)
{
    to->columns = kept(to, columns * sizeof(*to->columns));
    to->parts = to->failed ? NULL : kept(to, part_room(to->query) * sizeof(*to->parts));
    return !to->failed;
}

bool qc_make_shape(qc_compiler *compiler, const qc_query *query, qc_statement *statement)
{
    shaping to = {.compiler = compiler, .query = query};
    statement->returns_rows = query->kind == QC_SELECTS || qc_has(query, QC_CLAUSE_RETURNING);
    if (!statement->returns_rows)
        return true;
    if (!make_room(&to, qc_column_count(query) + key_count(query)))
        return false;
    bool is_list = qc_has(query, QC_CLAUSE_ITEMS);
    if (query->record)
        into_record(&to);
    else if (!is_list && query->item_count == 1 && qc_is_range(query->items[0]))
        into_entity(&to, query->items[0]);
    else if (query->kind != QC_SELECTS)
        into_fields(&to);
    else
        into_cells(&to, statement);
    if (query->keys && !to.failed)
        add_keys(&to, statement);
    statement->shape.columns = to.columns;
    statement->shape.parts = to.parts;
    statement->shape.column_count = to.column_count;
    statement->shape.part_count = to.part_count;
    statement->shape.generic = statement->items != NULL;
    statement->shape.pointers = to.pointers;
    return !to.failed;
}
