/* A PostgreSQL connection without the engine around it, and statements made by hand. */
#include "live/pg_fixture.h"

#include "busy.h"
#include "databases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

const char *pg_url(void)
{
    const char *url = getenv("QUERCUS_TEST_PG");
    if (!url || !*url)
        ck_abort_msg("QUERCUS_TEST_PG is not set: give it the URL of a PostgreSQL for tests, or "
                     "run scripts/test");
    return url;
}

bool pg_try_open(pg_db *db, const char *url)
{
    *db = (pg_db){.options = {.timeout_ms = 20000,
                              .cancel_timeout_ms = BUSY_MS,
                              .named_statements = database_names_statements()},
                  .arena = qc_arena_new()};
    db->connection = qc_postgresql_driver.open(url, &db->options, &db->error);
    return db->connection;
}

void pg_open(pg_db *db)
{
    if (!pg_try_open(db, pg_url()))
        ck_abort_msg("open: %s", db->error.error.message);
}

void pg_close(pg_db *db)
{
    qc_arena_free(db->arena);
    qc_postgresql_driver.close(db->connection);
    qc_error_free(&db->error);
}

/* ---- Statements. ---- */

qc_statement pg_statement(pg_db *db, const char *sql, const qc_table *table,
                          const qc_node *const *binds)
{
    size_t count = 0;
    while (binds[count])
        count++;
    uint32_t *oids = qc_arena_alloc(db->arena, (count + 1) * sizeof(*oids));
    for (size_t i = 0; i < count; i++) {
        const qc_type_info *info = &qc_type_infos[binds[i]->type];
        oids[i] = binds[i]->kind == QC_NODE_ARRAY ? info->array_oid : info->oid;
    }
    qc_statement statement = {.sql = sql,
                              .sql_length = strlen(sql),
                              .hash = XXH3_64bits(sql, strlen(sql)),
                              .bind_oids = oids,
                              .bind_count = (uint32_t)count,
                              .returns_rows = table,
                              .writes = strncmp(sql, "SELECT", 6) != 0};
    if (table)
        statement.shape = shape_of(db, table);
    return statement;
}

void *pg_rows(pg_db *db, const char *sql, const qc_table *table, const qc_node *const *binds)
{
    const qc_statement statement = pg_statement(db, sql, table, binds);
    qc_fetch fetch = {.shape = &statement.shape, .arena = db->arena};
    int64_t affected;
    qc_error_clear(&db->error);
    if (qc_postgresql_driver.execute(db->connection, &statement, binds, &fetch, &affected))
        return NULL;
    return qc_fetch_finish(&fetch);
}

enum qc_code pg_exec(pg_db *db, const char *sql, const qc_node *const *binds, int64_t *ret_affected)
{
    const qc_statement statement = pg_statement(db, sql, NULL, binds);
    int64_t affected;
    qc_error_clear(&db->error);
    return qc_postgresql_driver.execute(db->connection, &statement, binds, NULL,
                                        ret_affected ? ret_affected : &affected);
}

enum qc_code pg_run(pg_db *db, const char *sql)
{
    qc_error_clear(&db->error);
    return qc_postgresql_driver.run(db->connection, sql, NULL);
}

void pg_must(pg_db *db, const char *sql)
{
    if (pg_run(db, sql) != QC_ERROR_OK)
        ck_abort_msg("%s: %s", sql, db->error.error.message);
}

int64_t pg_number(pg_db *db, const char *sql)
{
    struct PgNumber **rows = pg_rows(db, sql, &qc_table_PgNumber, NO_PARAMETERS);
    if (!rows)
        ck_abort_msg("%s: %s", sql, db->error.error.message);
    ck_assert_uint_ge(qc_count(rows), 1);
    return rows[0]->n;
}

enum qc_code pg_commit(pg_db *db)
{
    qc_error_clear(&db->error);
    bool unknown;
    return qc_postgresql_driver.commit(db->connection, &unknown);
}

int64_t pg_backend(pg_db *db)
{
    return pg_number(db, "SELECT pg_backend_pid()::bigint");
}

static void terminate(pg_db *other, int64_t pid, int wait_ms)
{
    char sql[100];
    snprintf(sql, sizeof(sql), "SELECT pg_terminate_backend(%d, %d)::int::bigint", (int)pid,
             wait_ms);
    ck_assert_int_eq(pg_number(other, sql), 1);
}

void pg_terminate(pg_db *other, int64_t pid)
{
    terminate(other, pid, 10000);
}

void pg_terminate_sender(pg_db *other, int64_t pid)
{
    terminate(other, pid, 0);
}

void pg_expect(pg_db *db, enum qc_code code, const char *sqlstate, const char *part)
{
    const struct qc_error *error = &db->error.error;
    if (error->code != code || strcmp(error->sqlstate, sqlstate) != 0 ||
        !strstr(error->message ? error->message : "", part))
        ck_abort_msg("expected %s (%s) \"%s\", but it is %s (%s) \"%s\"", qc_code_name(code),
                     sqlstate, part, qc_code_name(error->code), error->sqlstate,
                     error->message ? error->message : "");
}

void pg_expect_clean(pg_db *db)
{
    ck_assert_int_eq(pg_number(db, "SELECT 7::bigint"), 7);
}
