/* A flush at work. */
#ifndef QC_ORM_FLUSH_H
#define QC_ORM_FLUSH_H

#include "engine/orm.h"
#include "orm/session.h"

/* Entities of one table that are written alike. */
typedef struct qc_batch {
    const qc_table *table;
    qc_entity **entities;
    size_t count;
} qc_batch;

/* The columns of a relationship that the flush has met; in the current arena. */
typedef struct qc_met_ends {
    struct qc_met_ends *next;
    const qc_relation *relation;
    qc_ends ends;
} qc_met_ends;

/* A new object that has taken over the row of a deleted one; in the current arena. */
typedef struct qc_switch {
    struct qc_switch *next;
    qc_entity *old, *new;
} qc_switch;

typedef struct qc_flush {
    qc_session *session;
    const qc_site *site;
    qc_met_ends **met;
    qc_switch **switches;
} qc_flush;

bool qc_flush_nomem(const qc_flush *flush);

/* ---- Keys from relationships; flush_keys.c. ---- */

/* What an entity's foreign keys wait for. */
enum qc_readiness { QC_READY, QC_WAITS, QC_BROKEN };
/* Copies the keys of what the entity's BELONGS_TO fields point to, where they changed. WAITS: one
 * of these has no key yet; BROKEN: an error is set. */
enum qc_readiness qc_flush_keys(const qc_flush *flush, qc_entity *entity);

/* What the relationship makes equal; NULL and an error: it is wrong, or memory is out. */
const qc_ends *qc_flush_ends(const qc_flush *flush, const qc_relation *relation);
/* Says, behind what the database said of a UNIQUE value, which object has it until later in the
 * flush; unique_values.c. */
void qc_flush_explain(const qc_flush *flush);
/* Whether the entity's key may be NULL, now that it belongs to nobody; else an error. */
bool qc_flush_may_leave(const qc_flush *flush, const qc_entity *entity, const qc_end *key,
                        const qc_relation *relation);

/* A new object's collection has the member already: it follows. False: no memory; ties.c. */
bool qc_tie_reached(qc_session *session, const qc_relation *relation, qc_entity *owner,
                    qc_entity *member);
/* The relationship that BACK names, or NULL; ties.c. */
const qc_relation *qc_back_of(const qc_relation *relation);
/* Whether it would write the object, or what ADD_TO and REMOVE_FROM said of it; flush.c. */
bool qc_flush_has(const qc_entity *entity);
/* What waits for keys of ADD_TO and REMOVE_FROM: as qc_flush_keys; ties.c. */
enum qc_readiness qc_flush_ties(const qc_flush *flush, qc_entity *entity);
/* New objects that left their owners by DELETE_ORPHAN, and have found no other, are not inserted
 * but forgotten; ties.c. */
bool qc_flush_forget_orphans(const qc_flush *flush);
/* Whether one of the two was forgotten since; ties.c. */
bool qc_tie_is_void(const qc_tie *tie);
/* Collections as they are now are those a rollback brings back; lists.c. */
bool qc_flush_lists(const qc_flush *flush);
/* Rows of associations that come, or go; associations.c. */
bool qc_flush_associations(const qc_flush *flush);
/* What goes with doomed objects is doomed, or loses its key; cascade.c. */
bool qc_flush_cascade(const qc_flush *flush);
/* The same of one, before what was said of others is written: what leaves it is left alone. */
bool qc_flush_cascade_from(const qc_flush *flush, const qc_entity *owner);
/* Whether ADD_TO or REMOVE_FROM said something of the member's key; ties.c. */
bool qc_tie_moves(const qc_session *session, const qc_relation *relation, const qc_entity *member);

/* Pending objects with the key of a doomed one take over its row, which is to be updated then. Adds
 * their number to *ret_count; row_switch.c */
bool qc_flush_switch(const qc_flush *flush, qc_entity *const *entities, size_t count,
                     size_t *ret_count);
/* The rows are written: functions of the model hear of the deleted ones. */
bool qc_flush_switched(const qc_flush *flush);
void qc_flush_forget_switches(const qc_flush *flush);

/* The object of a row that goes with another; one that is new to the session is forgotten again
 * when the flush fails, and, where it is to be deleted, when its transaction is rolled back. NULL:
 * no memory; cascade.c. */
qc_entity *qc_flush_adopt(const qc_flush *flush, const qc_table *table, const void *row,
                          bool deleted);
/* The key of the owner's children, or of its rows in the association, is the owner's; cascade.c. */
const qc_node *qc_flush_belongs(const qc_end *theirs, const qc_end *owners, const char *owner);
/* The owner's row has got the primary key that its object has: objects whose rows the database has
 * moved with it follow; follow_keys.c. */
bool qc_flush_follow(const qc_flush *flush, const qc_entity *owner);
/* What goes with soft-deleted objects is soft-deleted, what went with restored ones restored;
 * soft_delete.c. */
bool qc_flush_soft_deletions(const qc_flush *flush);

/* ---- Order, and objects that need each other; flush_order.c, flush_cycles.c. ---- */

/* Sorts tables so that each stands behind those its REFERENCES name; cycles are cut where a key is
 * loose. Returns the place of `table`. */
size_t qc_flush_rank(const qc_table *table);
/* Whether it names rows that lead back to its own table, and may be NULL. */
bool qc_flush_is_loose(const qc_column *column);
/* Whether no row can be without what the key names. */
bool qc_flush_is_firm(const qc_end *key);

/* A new object whose key another waits for; NULL: none. */
typedef struct qc_awaited {
    qc_entity *entity;
    bool firm;
} qc_awaited;
/* *ret becomes one that a tie of the member waits for, where there is one, and none before or a
 * firm one; ties.c. False, with an error. */
bool qc_tie_awaited(const qc_flush *flush, const qc_entity *member, qc_awaited *ret);
/* All that are new among the entities wait for each other: inserts some that can do without. */
bool qc_flush_cut(const qc_flush *flush, qc_entity *const *entities, size_t count,
                  size_t *ret_count);
/* Takes loose keys from doomed entities, those of one table side by side, that are in the way. */
bool qc_flush_untie(const qc_flush *flush, qc_entity *const *entities, size_t count);
/* Whether so many rows of the model are deleted by one statement a table; flush_delete.c. */
bool qc_flush_is_one_delete(const qc_table *table, size_t count);

/* The objects of a batch as ROWS; these are NULL when memory is out. */
qc_clause qc_flush_rows(const qc_batch *batch);

/* ---- Statements; flush_insert.c, flush_update.c, flush_delete.c. ---- */

bool qc_flush_insert(const qc_flush *flush, const qc_batch *batch);
bool qc_flush_update(const qc_flush *flush, const qc_batch *batch);
bool qc_flush_delete(const qc_flush *flush, const qc_batch *batch);
/* The columns of the primary key, and one more (NULL: none), for RETURNING. NULL: no memory. */
const qc_node *const *qc_flush_key_columns(const qc_table *table, const qc_column *also);

/* ---- Versions, and rows that are gone; flush_version.c. ---- */

/* The VERSION column; NULL: there is none. */
const qc_column *qc_version_of(const qc_table *table);
/* The same, where it lies in the table of the model's name. */
const qc_column *qc_stored_version(const qc_table *table);
void qc_version_begin(const qc_column *column, char *row);
void qc_version_next(const qc_column *column, char *row);
int64_t qc_version_in(const qc_column *column, const void *row);
/* Condition: the key as it was, and the version of the object. NULL: no memory. */
const qc_node *qc_flush_row(const qc_table *table, const qc_entity *entity);
/* Says that the row of the first of a batch whose key is not among those written (NULL: those there
 * are) is gone, or changed; `verb`: what it was not. False. */
bool qc_flush_stale_among(const qc_flush *flush, const qc_batch *batch, const qc_row_list *written,
                          const char *verb);

#endif
