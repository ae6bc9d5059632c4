/* A SQLite connection without the engine around it, and statements made by hand. */
#ifndef TESTS_SQLITE_FIXTURE_H
#define TESTS_SQLITE_FIXTURE_H

#include "live/raw_db.h"

typedef raw_db sqlite_db;

/* False, with db->error set, when the driver cannot open it. Close in every case. */
bool sqlite_open(sqlite_db *db, const char *url);
void sqlite_close(sqlite_db *db);

/* A statement of this text; `shape` NULL: it returns no rows. */
qc_statement statement_of(const char *sql, const qc_shape *shape, size_t binds);

/* Runs a statement; `binds` ends with NULL. Rows come as a list (qc_count), NULL on error. */
void *sqlite_rows(sqlite_db *db, const char *sql, const qc_table *table,
                  const qc_node *const *binds);
enum qc_code sqlite_exec(sqlite_db *db, const char *sql, const qc_node *const *binds,
                         int64_t *ret_affected);
enum qc_code sqlite_run(sqlite_db *db, const char *sql);
enum qc_code sqlite_commit(sqlite_db *db);
/* The first column of the first row as text; NULL on error. */
const char *sqlite_text(sqlite_db *db, const char *sql);

#endif
