/* Loaders: filling relationships of rows that were fetched. */
#ifndef QC_ORM_LOAD_H
#define QC_ORM_LOAD_H

#include "engine/orm.h"
#include "orm/keys.h"
#include "orm/related.h"

/* Rows of one table, none of them NULL. */
typedef struct qc_level {
    const qc_table *table;
    void **rows;
    size_t count;
    const qc_clause *source; /* the query that found them; NULL: it cannot be asked again */
    bool with_deleted, all_tenants; /* as that query says, what is loaded for them is looked for */
} qc_level;

/* One loader at work. */
typedef struct qc_load_job {
    qc_db *db;
    const qc_site *site;
    const qc_node *loader;
    const qc_relation *relation;
    qc_ends ends;
    qc_level parents;
    const qc_clause **queries; /* what it asks the database */
    size_t query_count;
    const qc_clause *source;   /* of its rows, as qc_level says */
    struct qc_joined *joined;  /* what its query fetches beside them; NULL: nothing */
} qc_load_job;

/* Rows and what is to be loaded for them. */
typedef struct qc_load_task {
    struct qc_load_task *next;
    qc_level level;
    const qc_node *const *loaders; /* ends with NULL */
} qc_load_task;

/* The loaders of a query of `table`, a list that ends with NULL, with those that LOAD_BY asks for,
 * to any depth; NULL: no memory. defaults.c */
const qc_node *const *qc_loaders_complete(const qc_table *table, const qc_node *const *loaders);
/* The same of one loader: what is below it. */
const qc_node *qc_loader_complete(const qc_node *loader);

/* Runs the loaders of each task, and then theirs over what they load, level by level: the statements
 * of a level do not wait for each other. False and an error when one fails. */
bool qc_load_tasks(qc_db *db, const qc_site *site, const qc_load_task *tasks);
/* The same of one. */
bool qc_load_level(qc_db *db, const qc_site *site, qc_level level, const qc_node *const *loaders);
/* The same for rows of several items, each loader for the entities of the item that its relationship
 * is of; `common` says what holds for all of them. load_rows.c */
bool qc_load_rows(qc_db *db, const qc_site *site, const qc_clause *clauses,
                  const qc_node *const *loaders, qc_level common, const qc_row_list *rows);
/* Whether a query selects several items with whole structs among them. load_rows.c */
bool qc_holds_entities(const qc_clause *clauses);
/* Where rows of a query with that head have the pointer to the entity of an item. load_rows.c */
size_t qc_item_offset(const qc_node *head, size_t item);
/* The loaders among the parts of one; ends with NULL. NULL: no memory. */
const qc_node *const *qc_load_nested(const qc_node *loader);
/* The first column in a part of a loader, outside of nested queries, that is of neither table; NULL:
 * there is none. `through` may be NULL. */
const qc_node *qc_load_stranger(const qc_node *part, const qc_table *target,
                                const qc_table *through);

/* Writes the job's queries; false when memory is out. */
bool qc_selectin_ask(qc_load_job *job);
/* Shares out their rows, one list a query; *ret is what was loaded. False and an error. */
bool qc_selectin_take(const qc_load_job *job, const qc_row_list *answers, qc_level *ret);

/* In a session: replaces the structs of a level by the session's objects. */
bool qc_load_track(const qc_load_job *job, const qc_level *level);

/* ---- Into the fields of parents; share.c. ---- */

/* Whether the parent has what a loader of LOAD_BY asks for: the session keeps what it has loaded.
 */
bool qc_load_is_done(const qc_load_job *job, const void *parent);
/* Puts what was loaded into a parent's field, unless that was changed since the last flush. False: no
 * memory. */
bool qc_load_set(const qc_load_job *job, void *parent, void *value);
/* Once a relationship was loaded: what ADD_TO and REMOVE_FROM have said since the last flush holds.
 * False: no memory. */
bool qc_load_tie(const qc_load_job *job);

/* Children side by side: those of group `g` lie from ends[g - 1] to ends[g], in their order. */
typedef struct qc_shares {
    uint32_t *ends;
    void **children;
} qc_shares;
/* Child `i` is of group_of[i], below `groups`, or of QC_NO_GROUP. False: no memory. */
bool qc_shares_make(const uint32_t *group_of, void *const *children, size_t count, uint32_t groups,
                    qc_shares *ret);
/* Puts a list of the group's children into the parent's field. False: no memory. */
bool qc_load_set_list(const qc_load_job *job, void *parent, const qc_shares *shares,
                      uint32_t group);
/* Puts children into the fields of the job's parents. `child_key` is, in `carriers`, what equals
 * the parents' key; carrier i carries child i. False and an error. */
bool qc_load_share(const qc_load_job *job, const qc_key_fields *child_key, void *const *carriers,
                   void *const *children, size_t count);

#endif
