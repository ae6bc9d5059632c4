/* Tables from models. */
#ifndef QUERCUS_SCHEMA_H
#define QUERCUS_SCHEMA_H

#include <quercus/engine.h>

/* Creates every table and index of the schema that does not exist yet, in the order of their
 * foreign keys, in one transaction. False and an error when the database refuses. */
#define qc_create_all(db, ...) qc_create_all_at(db, QC_HERE, __VA_ARGS__)
bool qc_create_all_at(qc_db *db, const qc_site *site, const qc_schema *schema);
/* Drops them in the opposite order; those that do not exist are passed over. */
#define qc_drop_all(db, ...) qc_drop_all_at(db, QC_HERE, __VA_ARGS__)
bool qc_drop_all_at(qc_db *db, const qc_site *site, const qc_schema *schema);
/* The statements of the two, one a line, for "postgresql" or "sqlite"; malloc'd, freed by the
 * caller. NULL when memory is out or the schema is wrong; then *ret_error says what is, when
 * ret_error is not NULL (malloc'd as well). */
char *qc_create_all_sql(const qc_schema *schema, const char *dialect, char **ret_error);
char *qc_drop_all_sql(const qc_schema *schema, const char *dialect, char **ret_error);

#endif
