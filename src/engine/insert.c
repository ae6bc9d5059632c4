/* INSERT of structs: which way the rows go.
 *
 * From BULK_FROM rows on, when nothing is returned and every row writes the same columns, the
 * driver's bulk way is faster than any INSERT. Otherwise rows that write the same columns are one
 * statement: as arrays, one bind a column, where the database takes those and there are enough of
 * them; else as a VALUES list of at most BATCH rows, so that texts stay short and are found in the
 * cache again.
 */
#include "engine/tenant.h"
#include "engine/budget.h"
#include "engine/trace.h"
#include "engine/write.h"
#include "model/lineage.h"

enum { BATCH = 128, BULK_FROM = 100 };

/* ---- Statements. ---- */

/* The most rows of a VALUES list. */
static size_t batch_size(const qc_dialect *dialect, const qc_table *table)
{
    const size_t columns = table && table->column_count ? table->column_count : 1;
    const size_t most = dialect->max_binds / columns;
    return most < 1 ? 1 : most < BATCH ? most : BATCH;
}

/* The columns that the first struct does not leave to their defaults, or the statement to itself;
 * ends with NULL. */
static const qc_column **written_columns(const qc_write *write, const void *row)
{
    const qc_table *table = qc_write_table(write);
    const bool fills = !qc_write_has(write, QC_CLAUSE_ALL_TENANTS);
    const qc_column **columns =
        qc_arena_alloc(qc_current_arena(), (table->column_count + 1) * sizeof(*columns));
    size_t used = 0;
    for (uint32_t i = 0; columns && i < table->column_count; i++)
        if (qc_is_stored(&table->columns[i]) && !qc_field_is_default(&table->columns[i], row) &&
            !(fills && table->columns[i].mark == QC_MARK_TENANT))
            columns[used++] = &table->columns[i];
    if (columns)
        columns[used] = NULL;
    return columns;
}

static const qc_clause *as_arrays(const qc_write *write, const qc_column *const *columns,
                                  const qc_structs *structs, size_t *ret_count)
{
    qc_arena *arena = qc_current_arena();
    qc_clause arrays = {.kind = QC_CLAUSE_ARRAYS};
    arrays.list = qc_field_arrays(arena, columns, structs, true, ret_count);
    return arrays.list ? qc_replace_clause(arena, write->clauses, write->rows, &arrays, 1) : NULL;
}

const qc_clause *qc_insert_next(const qc_dialect *dialect, const qc_write *write, size_t first,
                                size_t *ret_count)
{
    const qc_table *table = qc_write_table(write);
    if (table && dialect->unnest_from && write->rows->rows) {
        qc_structs structs = qc_structs_of(write->rows, table, first);
        structs.count = qc_uniform_structs(&structs, table, QC_ARRAY_ROWS);
        if (structs.count >= dialect->unnest_from) {
            const qc_column **columns = written_columns(write, qc_struct_at(&structs, 0));
            if (!columns || *columns)
                return columns ? as_arrays(write, columns, &structs, ret_count) : NULL;
        }
    }
    return qc_expand_rows(qc_current_arena(), write->clauses, first, batch_size(dialect, table),
                          ret_count);
}

/* ---- The bulk way. ---- */

static bool is_plain_insert(const qc_write *write)
{
    const qc_table *table = qc_write_table(write);
    if (!table || (qc_is_joined(table) && !qc_write_has(write, QC_CLAUSE_OWN_TABLE)))
        return false;
    for (const qc_clause *clause = write->clauses; clause->kind != QC_CLAUSE_END; clause++)
        if (clause->kind != QC_CLAUSE_HEAD && clause->kind != QC_CLAUSE_INSERT &&
            clause->kind != QC_CLAUSE_OWN_TABLE && clause != write->rows)
            return false;
    return write->rows->rows && !qc_tenant_column(table);
}

/* A NULL among pointers is for the statements to refuse. */
static bool has_null(const qc_structs *structs)
{
    for (size_t i = 0; !structs->stride && i < structs->count; i++)
        if (!qc_struct_at(structs, i))
            return true;
    return false;
}

/* Whether every row has a value for the column, or none has; a DEFAULT of the model is no value. */
static bool is_uniform(const qc_structs *structs, const qc_column *column)
{
    if (!column->identity && !column->server_default && !column->value.set)
        return true;
    const bool expected = qc_field_is_default(column, qc_struct_at(structs, 0));
    for (size_t i = 0; i < structs->count; i++) {
        const void *row = qc_struct_at(structs, i);
        if (qc_field_is_default(column, row) != expected ||
            (!expected && qc_field_takes_default(column, row)))
            return false;
    }
    return true;
}

/* The columns to write; *ret_count is 0 when rows differ in them or none is left. */
static const qc_column **bulk_columns(const qc_table *table, const qc_structs *structs,
                                       size_t *ret_count)
{
    const qc_column **columns =
        qc_arena_alloc(qc_current_arena(), (table->column_count + 1) * sizeof(*columns));
    *ret_count = 0;
    for (uint32_t i = 0; columns && i < table->column_count; i++) {
        const qc_column *column = &table->columns[i];
        if (!qc_is_stored(column))
            continue;
        if (!is_uniform(structs, column)) {
            *ret_count = 0;
            return columns;
        }
        if (!qc_field_is_default(column, qc_struct_at(structs, 0)))
            columns[(*ret_count)++] = column;
    }
    return columns;
}

static const void *const *bulk_rows(const qc_structs *structs)
{
    if (!structs->stride)
        return structs->first;
    const void **rows = qc_arena_alloc(qc_current_arena(), structs->count * sizeof(*rows));
    for (size_t i = 0; rows && i < structs->count; i++)
        rows[i] = qc_struct_at(structs, i);
    return rows;
}

static bool run_bulk(qc_db *db, const qc_site *site, const qc_bulk *bulk)
{
    if (!qc_may_write(db, site) || !qc_may_send(db, site))
        return false;
    const char *text =
        qc_arena_printf(qc_current_arena(), "bulk insert into %s", bulk->table->name);
    if (!text)
        return qc_write_nomem(db, site);
    qc_report_of report = {.site = site, .sql = text};
    const qc_timing timing = qc_report_begin(db, &report);
    db->tx.wrote = true;
    const bool good = qc_bulk_insert(db->driver, db->connection, bulk) == QC_ERROR_OK;
    if (!good)
        qc_blame(db, site, NULL);
    report.rows = good ? (int64_t)bulk->count : -1;
    qc_report(db, &report, timing);
    return good;
}

bool qc_insert_in_bulk(qc_db *db, const qc_site *site, const qc_write *write, bool *ret_good)
{
    if (write->rows->count < BULK_FROM || !db->driver->copy_begin || !is_plain_insert(write))
        return false;
    const qc_table *table = qc_write_table(write);
    const qc_structs structs = qc_structs_of(write->rows, table, 0);
    if (has_null(&structs))
        return false;
    qc_bulk bulk = {.table = table, .count = structs.count};
    bulk.columns = bulk_columns(table, &structs, &bulk.column_count);
    if (bulk.columns && bulk.column_count == 0)
        return false;
    bulk.rows = bulk.columns ? bulk_rows(&structs) : NULL;
    *ret_good = bulk.rows ? run_bulk(db, site, &bulk) : qc_write_nomem(db, site);
    return true;
}
