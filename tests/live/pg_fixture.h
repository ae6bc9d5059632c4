/* A PostgreSQL connection without the engine around it, and statements made by hand. */
#ifndef TESTS_PG_FIXTURE_H
#define TESTS_PG_FIXTURE_H

#include "live/raw_db.h"

typedef raw_db pg_db;

RECORD(PgNumber, COLUMN(n, BIGINT))

/* QUERCUS_TEST_PG; the test fails when it is not set. */
const char *pg_url(void);
/* The test fails when it cannot be opened. */
void pg_open(pg_db *db);
/* False, with db->error set, when it cannot. Close in every case. */
bool pg_try_open(pg_db *db, const char *url);
void pg_close(pg_db *db);

/* A statement of this text; `table` NULL: it returns no rows. `binds` ends with NULL. */
qc_statement pg_statement(pg_db *db, const char *sql, const qc_table *table,
                          const qc_node *const *binds);

/* Runs a statement; rows come as a list (qc_count), NULL on error. */
void *pg_rows(pg_db *db, const char *sql, const qc_table *table, const qc_node *const *binds);
enum qc_code pg_exec(pg_db *db, const char *sql, const qc_node *const *binds,
                     int64_t *ret_affected);
/* SQL text as it is; the second fails the test when it fails. */
enum qc_code pg_run(pg_db *db, const char *sql);
void pg_must(pg_db *db, const char *sql);
enum qc_code pg_commit(pg_db *db);
/* The process that serves the connection; ending it by way of another connection. */
int64_t pg_backend(pg_db *db);
void pg_terminate(pg_db *other, int64_t pid);
/* One that sends rows may wait to send its last words too, until they are read: nobody waits for it. */
void pg_terminate_sender(pg_db *other, int64_t pid);
/* The first column of the first row, which is a BIGINT; the test fails when there is none. */
int64_t pg_number(pg_db *db, const char *sql);
/* Fails the test unless the connection's error is this, and its message has `part`. */
void pg_expect(pg_db *db, enum qc_code code, const char *sqlstate, const char *part);
/* Fails the test unless the connection answers. */
void pg_expect_clean(pg_db *db);

#endif
