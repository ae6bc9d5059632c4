/* A session from the inside: its objects, and how they are found. */
#ifndef QC_ORM_SESSION_H
#define QC_ORM_SESSION_H

#include <quercus/session.h>
#include <quercus/transaction.h>

#include "engine/db.h"
#include "orm/keys.h"
#include "orm/related.h"

/* One object: the struct the caller has, and a copy of what is in the database. Both lie in the
 * session's arena; the copy's relationship fields are those last loaded or flushed, and the texts
 * of both are the same until the caller points to others. */
typedef struct qc_entity {
    const qc_table *table;
    char *object;
    char *snapshot;         /* of a pending object: zeroed; marks of relationships lie behind it */
    uint32_t hash;          /* of its primary key, while `keyed` */
    unsigned siblings : 24; /* number of those from the same query; 0: there are none */
    unsigned state : 3;     /* enum qc_state */
    bool switched : 1;      /* in the flush at work: it has taken over the row of a deleted one */
    bool keyed : 1;         /* found by its key */
    bool tied : 1;          /* a tie may change its key */
    bool cascaded : 1;      /* in the flush at work: what goes with it is doomed as well */
    bool softened : 1;      /* in the flush at work: its soft deletion has been followed */
} qc_entity;

/* What an entity knows of a relationship: its field says what there is; RAISE forbids to load it;
 * what the field of a collection or HAS_ONE has, beside what was loaded, is known. */
enum { QC_MARK_LOADED = 1, QC_MARK_REFUSED = 2, QC_MARK_TIED = 4 };

/* What one query found: a relationship is loaded for all of it at once. */
typedef struct qc_siblings {
    qc_site site;          /* of the query */
    const qc_relation *by; /* that it loaded them by; NULL: it found them itself */
    bool got;              /* it is a GET */
    size_t count;
    uint32_t places[]; /* in the session's list */
} qc_siblings;

/* Places of entities in the session's list, by a hash; grows. Open addressing: a slot's tag has
 * bits of the hash, so that few others are looked at. */
typedef struct qc_entity_map {
    uint32_t *places;
    uint8_t *tags;            /* behind the places */
    size_t mask, count, used; /* used: with removed ones */
} qc_entity_map;

/* What ADD_TO and REMOVE_FROM said, until it is flushed: a key of `member` follows `owner`, or,
 * through an association, a row of that comes or goes. */
typedef struct qc_tie {
    struct qc_tie *next;
    struct qc_tie *next_of_member; /* in a ring, oldest behind newest */
    const qc_relation *relation;
    qc_entity *owner, *member;
    const void *pointer; /* of the member to its owner, then */
    bool removed;
    bool known; /* the collection said that the member was in it, before */
    bool done;  /* of an association: written, or outdone by another, in the flush at work */
} qc_tie;

/* A collection of ours that grows in place: nothing but an object's field knows it. */
typedef struct qc_grown {
    void **list;
    size_t capacity;
} qc_grown;
enum { QC_GROWN_MOST = 64 }; /* a power of two */

typedef struct qc_session {
    qc_db *db;
    qc_session_options options;
    qc_arena *arena;    /* of objects and copies */
    qc_entity **chunks; /* the entities, in the order they came; qc_entity_listed */
    size_t count, chunk_count;
    qc_siblings **siblings; /* by their number - 1 */
    size_t siblings_count;
    qc_entity_map by_key, by_address;
    qc_tie *ties, *last_tie; /* oldest first; in the arena */
    qc_tie **last_ties;      /* of each place in the list, those whose member is there */
    size_t last_ties_count;
    qc_grown grown[QC_GROWN_MOST]; /* by a hash of the list; what is not here is copied to grow */
    bool doomed;                   /* qc_delete was called since the last flush */
    struct qc_undo *undo;          /* newest first: what a rollback brings back; undo.c */
} qc_session;

/* The session of a connection, or NULL and QC_ERROR_MISUSE. */
qc_session *qc_session_of(qc_db *db, const qc_site *site);
/* The table of a model, or of an alias of one, with a primary key; NULL and an error, or without a
 * session. */
const qc_table *qc_session_table(qc_session *session, const qc_site *site, const qc_node *model);
/* The entity of an object; NULL and an error when it is none, or deleted. */
qc_entity *qc_session_entity(qc_session *session, const qc_site *site, const void *object);

/* What is changed is flushed before it is asked for, unless the session's options forbid it. */
bool qc_autoflush(qc_session *session, const qc_site *site);

/* What a call takes of the current arena and of the results, to be given back at its end. */
typedef struct qc_meantime {
    qc_arena *arena;
    qc_mark nodes, rows;
} qc_meantime;
/* False and an error: memory is out. */
bool qc_meantime_begin(qc_session *session, const qc_site *site, qc_meantime *ret);
void qc_meantime_end(qc_session *session, const qc_meantime *meantime);

/* The one row whose key is that of `row`, also a deleted one with `deleted`. False and an error;
 * *ret NULL: there is none. get.c */
bool qc_fetch_by_key(qc_db *db, const qc_site *site, const qc_table *table, const void *row,
                     bool deleted, void **ret);

/* ---- Identity; identity.c. ---- */

/* The i-th of the session's `count`, in the order they came; NULL: it was forgotten. */
qc_entity *qc_entity_listed(const qc_session *session, size_t i);
/* Where an object of the session stands in the list. */
uint32_t qc_entity_place(const qc_session *session, const void *object);
/* The entity of an object, of a key as `row` has it in `key`; NULL when there is none. */
qc_entity *qc_entity_at(const qc_session *session, const void *object);
qc_entity *qc_entity_keyed(const qc_session *session, const qc_table *table,
                           const qc_key_fields *key, const void *row);
/* A new, pending entity with a copy of the struct at `row`, texts too, relationships NULL. NULL: no
 * memory. */
qc_entity *qc_entity_add(qc_session *session, const qc_table *table, const void *row);
/* A new, pending entity of a struct of the caller's. NULL: no memory. */
qc_entity *qc_entity_attach(qc_session *session, const qc_table *table, void *object);
/* The object of a fetched row: the one there is, or a new one. NULL: out of memory. */
void *qc_entity_adopt(qc_session *session, const qc_table *table, const void *row);
/* So many rows are about to be adopted. */
void qc_entity_expect(qc_session *session, size_t count);
/* Enters it by the primary key its object has now. Another one of that key is forgotten: the row it
 * was loaded from has gone with a transaction. False when memory is out. */
bool qc_entity_enter(qc_session *session, qc_entity *entity);
void qc_entity_leave(qc_session *session, qc_entity *entity);
/* Forgets it. */
void qc_entity_remove(qc_session *session, qc_entity *entity);
/* Takes it back, pending as it was; not without memory. */
void qc_entity_restore(qc_session *session, qc_entity *entity);

/* ---- What an entity has; entity.c. ---- */

/* Gives it an object, a copy of `row` with its texts and without relationships; or the caller's.
 * The snapshot is zeroed. False: no memory. */
bool qc_entity_copy(qc_session *session, qc_entity *entity, const void *row);
bool qc_entity_hold(qc_session *session, qc_entity *entity, void *object);
/* The model that a struct says it is, `table` or one below it. */
const qc_table *qc_entity_model(const qc_table *table, const void *row);
/* A new object says which model it is; what the caller said does not count. */
void qc_entity_identify(const qc_entity *entity);
/* The marks of a relationship of its model, or of one above that. */
uint8_t *qc_entity_marks(const qc_entity *entity, const qc_relation *relation);
/* Whether loading would say what the object's field does not say yet. */
bool qc_entity_lacks(const qc_entity *entity, const qc_relation *relation);
/* Whether the key of a BELONGS_TO was assigned since it was in the database, and the field was not.
 */
bool qc_entity_lost_key(const qc_entity *entity, const qc_relation *relation, const qc_ends *ends);
/* Whether the object's field is as it was last loaded or flushed. */
static inline bool qc_entity_is_settled(const qc_entity *entity, const qc_relation *relation)
{
    return qc_related(entity->object, relation) == qc_related(entity->snapshot, relation);
}
/* Whether the column differs from the snapshot. */
bool qc_entity_changed(const qc_entity *entity, const qc_column *column);
bool qc_entity_dirty(const qc_entity *entity);
/* Takes the object's fields, as they are now, for those of the database. */
bool qc_entity_settle(qc_session *session, qc_entity *entity);
/* Copies one field of `row` into the object. */
bool qc_entity_take(qc_session *session, qc_entity *entity, const qc_column *column,
                    const void *row);
/* Copies the fields of `row` into the object and its snapshot. */
bool qc_entity_fill(qc_session *session, qc_entity *entity, const void *row);
/* Copies the snapshot's fields back, relationships too. */
void qc_entity_revert(qc_entity *entity);
/* A new object is what it was before it was flushed, but its texts are the session's copies. */
void qc_entity_renew(qc_entity *entity, const char *before);
/* Appends the primary key as it is in the database: "7", or "(7, 2)". */
void qc_entity_print_key(qc_strbuf *text, const qc_entity *entity);
/* "a new Order", "Order 7"; NULL text: no memory. */
qc_strbuf qc_entity_name(const qc_entity *entity);

/* Fields of an all-zero row that have a DEFAULT or DEFAULT_BY take it. omitted.c */
void qc_set_defaults(const qc_table *table, char *row);
/* Fields of a new object that no initializer gave a value take their DEFAULT or DEFAULT_BY. False:
 * memory is out. omitted.c */
bool qc_set_omitted(qc_session *session, qc_entity *entity, const char *initializers);

/* ---- What was loaded together; track.c, lazy.c. ---- */

/* Replaces the structs among the rows of a query by the session's objects. */
struct qc_row_list;
bool qc_track_rows(qc_session *session, const qc_site *site, const qc_clause *clauses,
                   struct qc_row_list *rows);
/* Makes objects siblings. NULL: no memory. */
qc_siblings *qc_track_siblings(qc_session *session, const qc_site *site, void *const *objects,
                               size_t count);
/* NULL: there are none. */
const qc_siblings *qc_siblings_of(const qc_session *session, const qc_entity *entity);
/* Loads a relationship for the entity and its siblings, whatever the session forbids. */
bool qc_load_now(qc_session *session, const qc_site *site, qc_entity *entity,
                 const qc_node *relation);

/* ---- What ADD_TO and REMOVE_FROM said; ties.c. ---- */

/* Forgets it. */
void qc_ties_forget(qc_session *session);
/* Collections of the relationship, some of which were loaded now, are as was said since the last
 * flush. False: no memory. */
bool qc_ties_reapply(qc_session *session, const qc_relation *relation);

/* ---- TENANT and SOFT_DELETE; mixins.c. ---- */

/* Whether a new object with these fields may be of the connection's tenant; else an error. */
bool qc_mixins_allow(qc_session *session, const qc_site *site, const qc_table *table,
                     const void *fields);
/* Fills in the tenant of a new object. False when memory is out. */
bool qc_mixins_fill(qc_session *session, qc_entity *entity);
/* Whether a query would find the object: it is the tenant's, and not soft-deleted. False also with
 * an error: the connection has no tenant. */
bool qc_mixins_show(qc_session *session, const qc_site *site, const qc_entity *entity);
/* Whether an object that a key led to is of the connection's tenant; else an error. */
bool qc_mixins_meet(qc_session *session, const qc_site *site, const qc_entity *entity);
/* Whether objects of one model are of the connection's tenant, and may be written; else an error.
 */
bool qc_mixins_own(qc_session *session, const qc_site *site, qc_entity *const *entities,
                   size_t count);
/* qc_orm.tenant */
bool qc_mixins_change_tenant(qc_db *db, const qc_site *site, const qc_bind *value);

/* ---- What a rollback brings back; undo.c. ---- */

/* How an entity was before a flush, or one relationship of it before it was loaded. Entries of one
 * flush that fails are all undone; those of one that succeeds inside a transaction stay until that
 * ends. */
typedef struct qc_undo {
    struct qc_undo *next;
    qc_entity *entity;
    int depth;                   /* of the transaction; qc_depth */
    uint8_t state;               /* enum qc_state */
    uint8_t marks;               /* of the relationship */
    bool adopted;                /* the flush has loaded it, for itself */
    bool forgotten;              /* the flush has forgotten the new object */
    bool unseen;                 /* and nobody else gets it: it was deleted at once */
    const qc_relation *relation; /* NULL: all of the entity */
    char *object, *snapshot;     /* of the relationship: its field */
} qc_undo;

/* Notes how the entity is now. False when memory is out. */
bool qc_undo_note(qc_session *session, qc_entity *entity);
/* The same of one relationship, which is about to be loaded; only inside a transaction. */
bool qc_undo_note_load(qc_session *session, qc_entity *entity, const qc_relation *relation);
/* Undoes what was noted since `until`, fields as the caller had them: a flush failed. */
void qc_undo_flush(qc_session *session, const qc_undo *until);
/* Forgets what was noted: it lasts. */
void qc_undo_forget(qc_session *session, const qc_undo *until);
/* A savepoint at `depth` was released: what was noted in it is undone with what is around it. */
void qc_undo_keep(qc_session *session, int depth);
/* A rollback to `depth`: objects are as they were in the database before. */
void qc_undo_transaction(qc_session *session, int depth);

#endif
