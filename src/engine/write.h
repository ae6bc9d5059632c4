/* INSERT, UPDATE and DELETE of structs: in as many statements as it takes, all or nothing. */
#ifndef QC_ENGINE_WRITE_H
#define QC_ENGINE_WRITE_H

#include "engine/db.h"

/* So many rows a statement takes from arrays at most. */
enum { QC_ARRAY_ROWS = 1000 };

typedef struct qc_write {
    const qc_clause *clauses; /* without extended queries */
    const qc_clause *rows;    /* the ROWS clause among them; NULL: no structs are written */
    const qc_column *const *columns; /* of UPDATE and DELETE: what is sent; ends with NULL */
} qc_write;

/* Looks for structs to write. What it leaves in ret->clauses is what to go on with, NULL when
 * memory is out. */
void qc_write_find(const qc_clause *clauses, qc_write *ret);
bool qc_write_returns(const qc_write *write);
/* The clauses, with structs as the first statement they would go in; NULL when memory is out. */
const qc_clause *qc_write_first(const qc_dialect *dialect, const qc_clause *clauses);
/* The clauses of the statement that takes the structs from `first` on, *ret_count of them, in the
 * current arena; NULL when memory is out. */
const qc_clause *qc_write_next(const qc_dialect *dialect, const qc_write *write, size_t first,
                               size_t *ret_count);
/* Whether one call takes so many, and the connection's tenant these. */
bool qc_write_countable(qc_db *db, const qc_site *site, const qc_write *write);
/* Writes all or nothing; *ret_affected is the number of rows. */
bool qc_write_run(qc_db *db, const qc_site *site, const qc_write *write, int64_t *ret_affected);
/* The same with RETURNING: the rows as stored; those of INSERT in the order of the structs. */
bool qc_write_fetch(qc_db *db, const qc_site *site, const qc_write *write, void ***ret_list,
                    size_t *ret_count);

/* ---- What the files of this header do for each other. ---- */

bool qc_write_has(const qc_write *write, uint32_t kind);
/* The model; NULL when the head is none. */
const qc_table *qc_write_table(const qc_write *write);
/* Sets the error; returns false. */
bool qc_write_nomem(qc_db *db, const qc_site *site);

/* insert.c: qc_write_next of an INSERT; *ret_count 0: the clauses hold what is wrong. */
const qc_clause *qc_insert_next(const qc_dialect *dialect, const qc_write *write, size_t first,
                                size_t *ret_count);
/* The driver's bulk way. False, with *ret_good untouched, when the rows must go as statements. */
bool qc_insert_in_bulk(qc_db *db, const qc_site *site, const qc_write *write, bool *ret_good);

/* by_key.c: the same of UPDATE and DELETE. Opening makes its columns. */
void qc_by_key_open(qc_write *write);
const qc_clause *qc_by_key_next(const qc_dialect *dialect, const qc_write *write, size_t first,
                                size_t *ret_count);

#endif
