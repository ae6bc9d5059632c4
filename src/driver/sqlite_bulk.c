/* Structs in: one prepared INSERT, its parameters bound straight from the structs, all inside a
 * savepoint, so that either every row is stored or none. */
#include "driver/sqlite.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* The deadline is for so many rows, however many there are in all. */
enum { ROWS_PER_DEADLINE = 1000 };

static bool put_insert(qc_strbuf *sql, const qc_bulk *bulk)
{
    const qc_dialect *dialect = &qc_sqlite_dialect;
    qc_strbuf_puts(sql, "INSERT INTO ");
    bool named = qc_identifier(sql, dialect, bulk->table->name);
    for (size_t i = 0; i < bulk->column_count; i++) {
        qc_strbuf_puts(sql, i ? ", " : " (");
        named = qc_identifier(sql, dialect, bulk->columns[i]->name) && named;
    }
    qc_strbuf_puts(sql, ") VALUES (");
    for (size_t i = 0; i < bulk->column_count; i++)
        qc_strbuf_printf(sql, i ? ", ?%zu" : "?%zu", i + 1);
    qc_strbuf_putc(sql, ')');
    return named;
}

static enum qc_code prepare(qc_connection *c, const qc_bulk *bulk, qc_sqlite_prepared **ret)
{
    qc_strbuf sql = {0};
    enum qc_code code;
    if (bulk->column_count > (size_t)sqlite3_limit(c->db, SQLITE_LIMIT_VARIABLE_NUMBER, -1))
        code = qc_error_set(c->error, QC_ERROR_TOO_MANY, "%s has more columns than SQLite takes",
                            bulk->table->model);
    else if (!put_insert(&sql, bulk) && !sql.failed)
        code = qc_error_set(c->error, QC_ERROR_QUERY, "%s: a name that SQLite cannot hold",
                            bulk->table->model);
    else if (sql.failed)
        code = qc_sqlite_nomem(c);
    else
        code = qc_sqlite_prepare(c, sql.text, sql.length, XXH3_64bits(sql.text, sql.length), ret);
    qc_strbuf_free(&sql);
    return code;
}

static enum qc_code insert_row(qc_connection *c, sqlite3_stmt *stmt, const qc_sqlite_copy *copy,
                               const char *fields)
{
    for (size_t i = 0; i < copy->column_count; i++) {
        const qc_column *column = copy->columns[i];
        qc_sqlite_place place = {(uint32_t)i + 1, column, copy->rows};
        qc_sqlite_value value;
        qc_sqlite_load(&value, column->type, column->nullable, fields + column->offset);
        enum qc_code code = qc_sqlite_bind(c, stmt, &value, &place, SQLITE_STATIC);
        if (code != QC_ERROR_OK)
            return code;
    }
    int rc = sqlite3_step(stmt);
    if (rc != SQLITE_DONE) {
        qc_sqlite_fail(c, rc, sqlite3_sql(stmt));
        if (!c->error->error.detail)
            c->error->error.detail =
                qc_arena_printf(c->error->texts, "row %zu", copy->rows + 1);
        return c->error->error.code;
    }
    sqlite3_reset(stmt);
    return QC_ERROR_OK;
}

static enum qc_code savepoint(qc_connection *c, const char *sql)
{
    int rc = sqlite3_exec(c->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? QC_ERROR_OK : qc_sqlite_fail(c, rc, sql);
}

static const qc_column **copy_columns(const qc_bulk *bulk)
{
    const qc_column **columns = malloc((bulk->column_count + 1) * sizeof(*columns));
    for (size_t i = 0; columns && i < bulk->column_count; i++)
        columns[i] = bulk->columns[i];
    return columns;
}

/* ---- Begin, put, end. ---- */

void qc_sqlite_copy_free(qc_connection *c)
{
    if (c->copy.prepared)
        qc_sqlite_return(c->copy.prepared);
    free(c->copy.columns);
    c->copy = (qc_sqlite_copy){0};
}

enum qc_code qc_sqlite_copy_begin(qc_connection *c, const qc_bulk *bulk)
{
    qc_sqlite_prepared *prepared;
    enum qc_code code = qc_sqlite_enter(c);
    if (code == QC_ERROR_OK && c->copy.prepared)
        code = qc_error_set(c->error, QC_ERROR_MISUSE, "a COPY is open on the connection");
    if (code == QC_ERROR_OK)
        code = prepare(c, bulk, &prepared);
    if (code != QC_ERROR_OK)
        return qc_sqlite_statement_end(c, code);
    c->copy = (qc_sqlite_copy){.prepared = prepared,
                               .columns = copy_columns(bulk),
                               .column_count = bulk->column_count,
                               .stride = bulk->table->size,
                               .was_open = !sqlite3_get_autocommit(c->db)};
    code = c->copy.columns ? savepoint(c, "SAVEPOINT quercus_bulk") : qc_sqlite_nomem(c);
    if (code == QC_ERROR_OK)
        return QC_ERROR_OK;
    qc_sqlite_copy_free(c);
    return qc_sqlite_statement_end(c, code);
}

enum qc_code qc_sqlite_copy_put(qc_connection *c, const void *rows, size_t count)
{
    const char *row = rows;
    enum qc_code code = QC_ERROR_OK;
    for (; count && code == QC_ERROR_OK; count--, row += c->copy.stride) {
        if (c->copy.rows % ROWS_PER_DEADLINE == 0)
            qc_sqlite_start_clock(c);
        code = insert_row(c, c->copy.prepared->stmt, &c->copy, row);
        c->copy.rows += code == QC_ERROR_OK;
    }
    return code;
}

enum qc_code qc_sqlite_copy_end(qc_connection *c, bool keep, int64_t *ret_rows)
{
    enum qc_code code = QC_ERROR_OK;
    const bool was_open = c->copy.was_open;
    qc_sqlite_start_clock(c);
    *ret_rows = keep ? (int64_t)c->copy.rows : 0;
    qc_sqlite_copy_free(c);
    if (keep)
        code = savepoint(c, "RELEASE quercus_bulk");
    if (!keep || code != QC_ERROR_OK) {
        sqlite3_exec(c->db, "ROLLBACK TO quercus_bulk; RELEASE quercus_bulk", NULL, NULL, NULL);
        *ret_rows = 0;
    }
    c->lost = was_open && sqlite3_get_autocommit(c->db);
    return qc_sqlite_statement_end(c, code);
}
