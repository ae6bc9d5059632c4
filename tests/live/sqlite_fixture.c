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

enum qc_code sqlite_commit(sqlite_db *db)
{
    bool unknown;
    return qc_sqlite_driver.commit(db->connection, &unknown);
}

enum qc_code sqlite_run(sqlite_db *db, const char *sql)
{
    qc_error_clear(&db->error);
    return qc_sqlite_driver.run(db->connection, sql, NULL);
}

const char *sqlite_text(sqlite_db *db, const char *sql)
{
    struct OneText **rows = sqlite_rows(db, sql, &qc_table_OneText, NO_PARAMETERS);
    return qc_count(rows) ? rows[0]->text : NULL;
}
