/* A SQLite connection without the engine around it, and statements made by hand. */
#include "live/sqlite_fixture.h"

#include <string.h>
#include <xxhash.h>

RECORD(OneText, COLUMN(text, NULLABLE(TEXT)))

bool sqlite_open(sqlite_db *db, const char *url)
{
    *db = (sqlite_db){.options = {.timeout_ms = 10000}, .arena = qc_arena_new()};
    db->connection = qc_sqlite_driver.open(url, &db->options, &db->error);
    return db->connection;
}

void sqlite_close(sqlite_db *db)
{
    qc_sqlite_driver.close(db->connection);
    qc_error_free(&db->error);
    qc_arena_free(db->arena);
}

static qc_node *make(sqlite_db *db, int kind, int type, size_t size)
{
    qc_bind *node = qc_arena_alloc(db->arena, sizeof(*node));
    *node = (qc_bind){{.kind = (uint8_t)kind, .type = (uint8_t)type}, size};
    return &node->base;
}

const qc_node *bind_integer(sqlite_db *db, int type, int64_t value)
{
    qc_node *node = make(db, QC_NODE_BIND, type, 0);
    node->u.integer = value;
    return node;
}

const qc_node *bind_real(sqlite_db *db, int type, double value)
{
    qc_node *node = make(db, QC_NODE_BIND, type, 0);
    node->u.real = value;
    return node;
}

const qc_node *bind_bytes(sqlite_db *db, int type, const void *data, size_t size)
{
    qc_node *node = make(db, QC_NODE_BIND, type, size);
    node->u.data = data;
    return node;
}

const qc_node *bind_text(sqlite_db *db, int type, const char *text)
{
    return bind_bytes(db, type, text, strlen(text));
}

const qc_node *bind_null(sqlite_db *db, int type)
{
    qc_node *node = make(db, QC_NODE_BIND, type, 0);
    node->flags = QC_NODE_NULL_VALUE;
    return node;
}

const qc_node *bind_array(sqlite_db *db, int type, const void *elements, size_t count)
{
    qc_node *node = make(db, QC_NODE_ARRAY, type, count);
    node->u.data = elements;
    return node;
}

qc_shape shape_of(sqlite_db *db, const qc_table *table)
{
    qc_result_column *columns = qc_arena_alloc(db->arena, table->column_count * sizeof(*columns));
    qc_result_part *part = qc_arena_alloc(db->arena, sizeof(*part));
    *part = (qc_result_part){.size = table->size};
    for (uint32_t i = 0; i < table->column_count; i++) {
        const qc_column *column = &table->columns[i];
        columns[i] = (qc_result_column){
            .name = qc_arena_printf(db->arena, "%s.%s", table->name ? table->name : table->model,
                                    column->name),
            .type = column->type,
            .nullable = column->nullable,
            .offset = column->offset};
    }
    return (qc_shape){columns, part, (uint16_t)table->column_count, 1, false, true};
}

qc_statement statement_of(const char *sql, const qc_shape *shape, size_t binds)
{
    qc_statement statement = {.sql = sql,
                              .sql_length = strlen(sql),
                              .hash = XXH3_64bits(sql, strlen(sql)),
                              .bind_count = (uint32_t)binds,
                              .returns_rows = shape,
                              .writes = strncmp(sql, "SELECT", 6) != 0};
    if (shape)
        statement.shape = *shape;
    return statement;
}

static size_t length_of(const qc_node *const *binds)
{
    size_t count = 0;
    while (binds[count])
        count++;
    return count;
}

void *sqlite_rows(sqlite_db *db, const char *sql, const qc_table *table,
                  const qc_node *const *binds)
{
    qc_shape shape = shape_of(db, table);
    qc_statement statement = statement_of(sql, &shape, length_of(binds));
    qc_fetch fetch = {.shape = &statement.shape, .arena = db->arena};
    int64_t affected;
    qc_error_clear(&db->error);
    if (qc_sqlite_driver.execute(db->connection, &statement, binds, &fetch, &affected))
        return NULL;
    return qc_fetch_finish(&fetch);
}

enum qc_code sqlite_exec(sqlite_db *db, const char *sql, const qc_node *const *binds,
                         int64_t *ret_affected)
{
    qc_statement statement = statement_of(sql, NULL, length_of(binds));
    qc_error_clear(&db->error);
    return qc_sqlite_driver.execute(db->connection, &statement, binds, NULL, ret_affected);
}

enum qc_code sqlite_run(sqlite_db *db, const char *sql)
{
    qc_error_clear(&db->error);
    return qc_sqlite_driver.run(db->connection, sql);
}

const char *sqlite_text(sqlite_db *db, const char *sql)
{
    struct OneText **rows = sqlite_rows(db, sql, &qc_table_OneText, NO_PARAMETERS);
    return qc_count(rows) ? rows[0]->text : NULL;
}
