/* See hostile_table.h. What MODEL makes as constant data, made by hand. */
#include "hostile_table.h"

#include <string.h>

void hostile_table_init(hostile_table *h, const char *table, const char *column, const char *index)
{
    *h = (hostile_table){
        .table = {.name = table, .model = "Hostile", .file = __FILE__, .line = __LINE__},
        .schema = {.name = "hostile"},
        .range = {.kind = QC_NODE_TABLE}};
    static const qc_relation *const no_relations[] = {NULL};
    h->columns[0] = (qc_column){.name = "id", .type = QC_TYPE_bigint, .primary_key = true,
                                .offset = offsetof(struct hostile_row, id)};
    h->columns[1] = (qc_column){.name = column, .type = QC_TYPE_text,
                                .offset = offsetof(struct hostile_row, text)};
    h->range.u.table = &h->table;
    for (int i = 0; i < 2; i++) {
        h->columns[i].table = &h->table;
        h->nodes[i] = (qc_node_1){{.kind = QC_NODE_COLUMN, .type = h->columns[i].type, .count = 1,
                                   .u.column = &h->columns[i]},
                                  &h->range};
    }
    if (index)
        h->indexes[0] = (qc_index){index, "id", false};
    h->table.columns = h->columns;
    h->table.column_count = 2;
    h->table.size = sizeof(struct hostile_row);
    h->table.range = &h->range;
    h->table.relations = no_relations;
    h->table.indexes = h->indexes;
    h->tables[0] = &h->table;
    h->schema.tables = h->tables;
}

qc_text hostile_column(const hostile_table *h)
{
    return (qc_text){&h->nodes[1].base};
}

qc_bigint hostile_id(const hostile_table *h)
{
    return (qc_bigint){&h->nodes[0].base};
}

static const qc_site site = {__FILE__, "hostile", 1};

int64_t hostile_insert(qc_db *db, const hostile_table *h, const char *text)
{
    const qc_mark mark = qc_begin_query();
    int64_t id = 1;
    const qc_clause clauses[] = {
        {.kind = QC_CLAUSE_HEAD, .node = &h->range},
        {.kind = QC_CLAUSE_INSERT},
        {.kind = QC_CLAUSE_SET,
         .node = qc_assign(hostile_id(h).node, qc_operand(QC_TYPE_bigint, QC_OPERAND_LONG, &id))},
        {.kind = QC_CLAUSE_SET,
         .node =
             qc_assign(hostile_column(h).node, qc_operand(QC_TYPE_text, QC_OPERAND_TEXT, &text))},
        {.kind = QC_CLAUSE_END}};
    return qc_exec(db, &site, mark, clauses);
}

const char *hostile_find(qc_db *db, const hostile_table *h, const char *text)
{
    return SCALAR(db, SELECT(hostile_column(h)).WHERE(EQ(hostile_column(h), text))
        .WHERE(GT(hostile_id(h), 0)).ORDER_BY(DESC(hostile_column(h))));
}

int64_t hostile_delete(qc_db *db, const hostile_table *h, const char *text)
{
    const qc_mark mark = qc_begin_query();
    const qc_clause clauses[] = {{.kind = QC_CLAUSE_HEAD, .node = &h->range},
                                 {.kind = QC_CLAUSE_DELETE},
                                 {.kind = QC_CLAUSE_WHERE, .where = EQ(hostile_column(h), text)},
                                 {.kind = QC_CLAUSE_END}};
    return qc_exec(db, &site, mark, clauses);
}
