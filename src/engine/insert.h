/* INSERT of structs: one statement, several in one transaction, or the database's bulk way. */
#ifndef QC_ENGINE_INSERT_H
#define QC_ENGINE_INSERT_H

#include "engine/db.h"

typedef struct qc_insert {
    const qc_clause *clauses; /* without extended queries */
    const qc_clause *rows;    /* the ROWS clause among them; NULL: no structs are inserted */
} qc_insert;

/* Looks for structs to insert. What it leaves in ret->clauses is what to go on with, NULL when
 * memory is out. */
void qc_insert_find(const qc_clause *clauses, qc_insert *ret);
bool qc_insert_returns(const qc_insert *insert);
/* The clauses, with structs to insert as the first statement they would go in; NULL when memory is
 * out. */
const qc_clause *qc_insert_first(const qc_dialect *dialect, const qc_clause *clauses);
/* The rows from `from` on that go in one statement, *ret_count of them, in the current arena; NULL
 * when memory is out. */
const qc_clause *qc_insert_batch(const qc_dialect *dialect, const qc_insert *insert, size_t from,
                                 size_t *ret_count);
/* Whether INSERT_ROWS takes so many. */
bool qc_insert_countable(qc_db *db, const qc_site *site, const qc_insert *insert);
/* Inserts all or nothing; *ret_affected is the number of rows. */
bool qc_insert_run(qc_db *db, const qc_site *site, const qc_insert *insert, int64_t *ret_affected);
/* The same with RETURNING: the rows as stored, in the order of the structs. */
bool qc_insert_fetch(qc_db *db, const qc_site *site, const qc_insert *insert, void ***ret_list,
                     size_t *ret_count);

#endif
