/* JOINED and NESTED: relationships fetched by the statement of their parents.
 *
 * A plan adds a LEFT JOIN for each loader that says JOINED and an array of rows for each that says
 * NESTED, to any depth; the rows that come back are folded: each parent once, with its children.
 * What one statement cannot say, or not without changing which parents come back, is left to the
 * strategies that ask again.
 */
#ifndef QC_ORM_JOINED_H
#define QC_ORM_JOINED_H

#include "orm/load.h"

enum { QC_JOINED_MOST = 24 }; /* levels */
#define QC_NO_INSTANCE UINT32_MAX

/* Rows of one loader; the first level is the query's own. Each row is found once: an instance. */
typedef struct qc_joined_level {
    qc_load_job job; /* its `parents` are unused */
    const qc_table *table;
    const qc_node *range;
    qc_key_fields key; /* primary */
    uint32_t parent;   /* the level its parents are of */
    bool nested;       /* NESTED: each row of its parents has an array of its rows */
    uint32_t cell;     /* of its entity in a row; `nested`: of the array, in a row of its parents */
    bool many;         /* more than one of it may belong to a parent */
    bool shared;       /* BELONGS_TO: one instance for all its parents */
    bool unique;       /* no two rows of the result are one instance */
    const qc_node *const *rest; /* loaders that run afterwards; ends with NULL */
    /* Instances, in the order they came. */
    void **rows;
    void **origins;      /* the row that each came in first */
    uint64_t *words;     /* a hash of the key, or the key itself */
    uint32_t *parents;   /* of each, the instance it was found with first */
    uint32_t *of_parent; /* of a pointer: the one of each parent, or QC_NO_INSTANCE */
    uint32_t *slots;     /* an instance + 1, by hash; NULL: `unique` */
    size_t mask;
    uint32_t count, last; /* last: of the row before */
} qc_joined_level;

typedef struct qc_joined {
    qc_db *db;
    const qc_site *site;
    const qc_clause *clauses; /* to run */
    qc_wanted wanted;
    qc_joined_level *levels;
    uint32_t count; /* 1: nothing is joined, and rows are as the query says */
    uint32_t last;  /* the level of the last that is `many` */
    bool many;
} qc_joined;

/* Plans `clauses`, a query of structs of `table`. False and an error. */
bool qc_join_plan(qc_db *db, const qc_site *site, const qc_clause *clauses, const qc_table *table,
                  const qc_node *const *loaders, qc_wanted wanted, qc_joined *ret);
/* An alias of the table that no query of a program can have; `mark` is no letter. NULL: memory is
 * out. */
const qc_node *qc_join_range(char mark, uint32_t level, const qc_table *table);
/* Adds to a plan what it fetches; false when memory is out. join_query.c */
bool qc_join_query(qc_joined *joined, const qc_clause *clauses);
/* Whether a query gives no more than some of its rows. */
bool qc_join_is_limited(const qc_clause *clauses, const qc_wanted *wanted);
/* How a level is joined: LEFT JOINs into `ret`, which has room for two, and their number; 0: memory
 * is out. */
size_t qc_join_clauses(const qc_joined *joined, const qc_joined_level *level, qc_clause *ret);
/* The orderings of a level, those of its loader first; ends with NULL. NULL: memory is out. */
const qc_node *const *qc_join_order(const qc_joined_level *level);

/* The item that fetches a nested level with those below it; NULL: memory is out. nested.c */
const qc_node *qc_nested_item(qc_joined *joined, uint32_t level);
/* Makes the instances of a nested level from the rows of its parents. False and an error. */
bool qc_nested_unpack(const qc_joined *joined, uint32_t level);
/* Makes the rows of the plan those of its first level. */
bool qc_join_fold(qc_joined *joined, qc_row_list *rows);
/* Fills the relationships; the rows of the first level may have become objects of a session since.
 */
bool qc_join_share(qc_joined *joined);
/* Adds what remains to be loaded for the other levels, the way it is for the first, to a list of
 * tasks. */
bool qc_join_tasks(const qc_joined *joined, const qc_level *first, qc_load_task ***end);

#endif
