/* Budgets from the inside: a chain on the connection, the innermost first. */
#ifndef QC_ENGINE_BUDGET_H
#define QC_ENGINE_BUDGET_H

#include <quercus/budget.h>

#include "engine/db.h"

/* ---- budget.c. ---- */

bool qc_budget_take_statement(qc_db *db, const qc_site *site);
bool qc_budget_take_rows(qc_db *db, const qc_site *site, const qc_fetch *fetch, bool may_fail);
size_t qc_budget_limit(const qc_db *db, size_t limit);

/* Whether one more statement may be sent, which is counted; else the error says why not. */
static inline bool qc_may_send(qc_db *db, const qc_site *site)
{
    return !db->budget || qc_budget_take_statement(db, site);
}

/* The same of rows that have come; those of a write are always good. */
static inline bool qc_may_keep(qc_db *db, const qc_site *site, const qc_statement *statement,
                               const qc_fetch *fetch)
{
    return !db->budget || qc_budget_take_rows(db, site, fetch, !statement->writes);
}

/* How many rows of a query need to be read; 0: all. */
static inline size_t qc_rows_to_read(const qc_db *db, size_t limit)
{
    return db->budget ? qc_budget_limit(db, limit) : limit;
}

/* The connection goes away from who opened them: they count no more. */
void qc_budgets_abandon(qc_db *db);

/* ---- alike.c: what repeats. ---- */

/* A statement that is about to be sent. */
void qc_alike_note_statement(qc_db *db, const qc_site *site, const qc_statement *statement,
                             const qc_clause *clauses);
static inline void qc_alike_statement(qc_db *db, const qc_site *site,
                                      const qc_statement *statement, const qc_clause *clauses)
{
    if (db->budget && !db->as_one)
        qc_alike_note_statement(db, site, statement, clauses);
}
/* A LOAD that asks the database, for an object that the query at `from` found (NULL: unknown). */
void qc_alike_note_load(qc_db *db, const qc_site *site, const qc_relation *relation,
                        const qc_site *from);
/* Tells what repeated, and frees the notes. */
void qc_alike_end(qc_budget *budget);

#endif
