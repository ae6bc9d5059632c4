/* What the engine asks of the session layer, which stands above it: the room orm/ has the one
 * instance, which the linker finds. */
#ifndef QC_ENGINE_ORM_H
#define QC_ENGINE_ORM_H

#include "engine/db.h"

/* What a sink wants of a query. */
typedef struct qc_wanted {
    bool first;   /* LIMIT 1 will do */
    size_t limit; /* rows; 0: all */
    const struct qc_page_walk *page; /* the rows are of a page; NULL: they are not */
} qc_wanted;

typedef struct qc_row_list {
    void **list; /* ends with NULL; in the result arena */
    size_t count;
    const qc_row_item *items; /* of generic rows */
} qc_row_list;

typedef struct qc_orm {
    /* Runs a query of a session, or with LOAD clauses: its rows with their relationships. False and
     * an error, and what stands in the result arena then is the caller's to release. */
    bool (*fetch)(qc_db *db, const qc_site *site, const qc_clause *clauses, qc_wanted wanted,
                  qc_row_list *ret);
    /* Before a statement of a session that is not such a query. False and an error: not now. */
    bool (*before)(qc_db *db, const qc_site *site);
    /* Before a COMMIT, or a savepoint: what changed is written. */
    bool (*flush)(qc_db *db, const qc_site *site);
    /* After the transaction, or the savepoint at `depth`, ended. */
    void (*ended)(qc_db *db, int depth, bool lasts);
    /* Before the connection gets another tenant. False and an error: not now. */
    bool (*tenant)(qc_db *db, const qc_site *site, const qc_bind *value);
    /* The connection is about to be closed, or given back. */
    void (*stop)(qc_db *db);
} qc_orm;
extern const qc_orm qc_orm_hooks __attribute__((visibility("hidden")));

/* Begins a call that reads or writes rows: a session flushes first. False and an error. sinks.c */
bool qc_enter_flushed(qc_db *db, const qc_site *site);
/* Whether a query has LOAD clauses, or its model loads relationships by itself. sinks.c */
bool qc_has_loaders(const qc_clause *clauses);
/* Runs a query without LOAD clauses. sinks.c */
bool qc_fetch_plain(qc_db *db, const qc_site *site, const qc_clause *clauses, qc_wanted wanted,
                    qc_row_list *ret);
/* The same for its effect: rows affected, or -1. */
int64_t qc_exec_plain(qc_db *db, const qc_site *site, const qc_clause *clauses);
/* Runs queries in one round trip, where the driver sends ahead: a list of rows each. together.c */
bool qc_fetch_together(qc_db *db, const qc_site *site, const qc_clause *const *queries,
                       size_t count, qc_row_list *ret);

#endif
