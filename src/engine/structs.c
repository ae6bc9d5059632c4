/* The calls of rows.h: the clauses that INSERT_ROWS and the like expand to, made at run time. */
#include <quercus/rows.h>

#include "ast/make.h"

static qc_clause rows_of(const void *const *structs, size_t count)
{
    return (qc_clause){.rows = structs,
                       .list = qc_row_pointers,
                       .count = qc_row_count(count),
                       .kind = QC_CLAUSE_ROWS};
}

static int64_t write_structs(qc_db *db, const qc_site *site, const qc_table *table, uint32_t kind,
                             qc_clause rows)
{
    return qc_exec(db, site, qc_begin_query(),
                   (const qc_clause[]){{.kind = QC_CLAUSE_HEAD, .node = table->range},
                                       {.kind = kind},
                                       rows,
                                       {.kind = QC_CLAUSE_END}});
}

int64_t qc_insert_structs(qc_db *db, const qc_site *site, const qc_table *table,
                          const void *const *structs, size_t count)
{
    return write_structs(db, site, table, QC_CLAUSE_INSERT, rows_of(structs, count));
}

void **qc_insert_structs_returning(qc_db *db, const qc_site *site, const qc_table *table,
                                   const void *const *structs, size_t count)
{
    return qc_all(db, site, qc_begin_query(),
                  (const qc_clause[]){{.kind = QC_CLAUSE_HEAD, .node = table->range},
                                      {.kind = QC_CLAUSE_INSERT},
                                      rows_of(structs, count),
                                      {.kind = QC_CLAUSE_RETURNING},
                                      {.kind = QC_CLAUSE_END}});
}

/* COLUMN nodes; what memory there is not for is poison. */
static const qc_node *const *nodes_of(const qc_column *const *columns)
{
    static const qc_node *const nomem[] = {&qc_nomem_node, NULL};
    size_t count = 0;
    while (columns[count])
        count++;
    qc_node_1 *nodes = qc_take((count + 1) * sizeof(*nodes));
    const qc_node **list = qc_take((count + 1) * sizeof(*list));
    if (!nodes || !list)
        return nomem;
    for (size_t i = 0; i < count; i++) {
        nodes[i] = qc_column_node(columns[i], columns[i]->table->range);
        list[i] = &nodes[i].base;
    }
    list[count] = NULL;
    return list;
}

int64_t qc_update_structs(qc_db *db, const qc_site *site, const qc_table *table,
                          const void *const *structs, size_t count,
                          const qc_column *const *columns)
{
    const qc_mark mark = qc_begin_query();
    if (!columns)
        return write_structs(db, site, table, QC_CLAUSE_UPDATE, rows_of(structs, count));
    return qc_exec(db, site, mark,
                   (const qc_clause[]){{.kind = QC_CLAUSE_HEAD, .node = table->range},
                                       {.kind = QC_CLAUSE_UPDATE},
                                       rows_of(structs, count),
                                       {.kind = QC_CLAUSE_COLUMNS, .list = nodes_of(columns)},
                                       {.kind = QC_CLAUSE_END}});
}

int64_t qc_delete_structs(qc_db *db, const qc_site *site, const qc_table *table,
                          const void *const *structs, size_t count)
{
    return write_structs(db, site, table, QC_CLAUSE_DELETE, rows_of(structs, count));
}
