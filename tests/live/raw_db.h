/* A connection of a driver without the engine around it; binds and shapes made by hand. */
#ifndef TESTS_RAW_DB_H
#define TESTS_RAW_DB_H

#include "driver/driver.h"

#include <quercus/quercus.h>

/* An open connection. It must not move. */
typedef struct raw_db {
    qc_driver_options options;
    qc_error_record error;
    qc_connection *connection;
    qc_arena *arena;
} raw_db;

/* Bind nodes in the arena of `db`. */
const qc_node *bind_integer(raw_db *db, int type, int64_t value);
const qc_node *bind_real(raw_db *db, int type, double value);
const qc_node *bind_bytes(raw_db *db, int type, const void *data, size_t size);
const qc_node *bind_text(raw_db *db, int type, const char *text);
const qc_node *bind_null(raw_db *db, int type);
const qc_node *bind_array(raw_db *db, int type, const void *elements, size_t count);

/* The shape of a model's or record's struct. */
qc_shape shape_of(raw_db *db, const qc_table *table);

#define PARAMETERS(...) ((const qc_node *const[]){__VA_ARGS__, NULL})
#define NO_PARAMETERS ((const qc_node *const[]){NULL})

#endif
