/* A SQLite connection without the engine around it, and statements made by hand. */
#ifndef TESTS_SQLITE_FIXTURE_H
#define TESTS_SQLITE_FIXTURE_H

#include "driver/driver.h"

#include <quercus/quercus.h>

/* An open connection. `error` must not move. */
typedef struct sqlite_db {
    qc_driver_options options;
    qc_error_record error;
    qc_connection *connection;
    qc_arena *arena;
} sqlite_db;

/* False, with db->error set, when the driver cannot open it. Close in every case. */
bool sqlite_open(sqlite_db *db, const char *url);
void sqlite_close(sqlite_db *db);

/* Bind nodes in the arena of `db`. */
const qc_node *bind_integer(sqlite_db *db, int type, int64_t value);
const qc_node *bind_real(sqlite_db *db, int type, double value);
const qc_node *bind_bytes(sqlite_db *db, int type, const void *data, size_t size);
const qc_node *bind_text(sqlite_db *db, int type, const char *text);
const qc_node *bind_null(sqlite_db *db, int type);
const qc_node *bind_array(sqlite_db *db, int type, const void *elements, size_t count);

/* The shape of a model's or record's struct. */
qc_shape shape_of(sqlite_db *db, const qc_table *table);
/* A statement of this text; `shape` NULL: it returns no rows. */
qc_statement statement_of(const char *sql, const qc_shape *shape, size_t binds);

/* Runs a statement; `binds` ends with NULL. Rows come as a list (qc_count), NULL on error. */
void *sqlite_rows(sqlite_db *db, const char *sql, const qc_table *table,
                  const qc_node *const *binds);
enum qc_code sqlite_exec(sqlite_db *db, const char *sql, const qc_node *const *binds,
                         int64_t *ret_affected);
enum qc_code sqlite_run(sqlite_db *db, const char *sql);
/* The first column of the first row as text; NULL on error. */
const char *sqlite_text(sqlite_db *db, const char *sql);

#define PARAMETERS(...) ((const qc_node *const[]){__VA_ARGS__, NULL})
#define NO_PARAMETERS ((const qc_node *const[]){NULL})

#endif
