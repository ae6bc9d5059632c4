/* Structs in by pointers, for code that knows their table only at run time.
 *
 * `structs` are `count` pointers to structs of `table`'s model (&qc_table_User). Each call stores all
 * of them or none, in as many statements as it takes, and may stand inside a transaction. `site` says
 * where the error is to point to; NULL: nowhere.
 */
#ifndef QUERCUS_ROWS_H
#define QUERCUS_ROWS_H

#include <quercus/engine.h>

/* INSERT_ROWS. Rows inserted; -1 on error. */
int64_t qc_insert_structs(qc_db *db, const qc_site *site, const qc_table *table,
                          const void *const *structs, size_t count);
/* The same with RETURNING(): the rows as stored, in the order of the structs, as ALL returns them. */
void **qc_insert_structs_returning(qc_db *db, const qc_site *site, const qc_table *table,
                                   const void *const *structs, size_t count);
/* UPDATE_ROWS of `columns`, which ends with NULL; NULL: of all. Rows found; -1 on error. */
int64_t qc_update_structs(qc_db *db, const qc_site *site, const qc_table *table,
                          const void *const *structs, size_t count,
                          const qc_column *const *columns);
/* DELETE_ROWS. Rows deleted; -1 on error. */
int64_t qc_delete_structs(qc_db *db, const qc_site *site, const qc_table *table,
                          const void *const *structs, size_t count);

#endif
