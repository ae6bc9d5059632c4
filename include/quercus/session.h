/* Sessions: a connection that remembers what it loaded, and writes back what changed.
 *
 *     qc_session_start(db, NULL);
 *     struct User *user = NEW(db, User, .email = "ann@example.org");
 *     struct Order *order = NEW(db, Order, .user = user);     the key comes from the relationship
 *     qc_flush(db);                                           INSERT users, INSERT orders
 *     user->email = "anna@example.org";                       a plain assignment …
 *     qc_flush(db);                                           … is one UPDATE of one column
 *
 * Identity: within a session one row is one pointer, whichever query found it. What a struct holds
 * never changes behind the caller's back: only flushes (keys and defaults that were made),
 * qc_refresh, qc_merge and rollbacks change it.
 *
 * Ownership: objects, their texts and the lists in their fields are the session's, until it ends,
 * also when they were deleted or expunged; structs given to qc_add stay the caller's. A text that
 * is assigned is the caller's until a flush has copied it. What queries return otherwise lives as
 * without a session. A session belongs to one thread or task at a time, as its connection does.
 *
 * Errors: what returns bool is false, and what returns a pointer NULL, with qc_error(db) set.
 * MISUSE: the connection is no session, or an object is NULL, was deleted, or is of no session or
 * another.
 *
 * Model: SQLAlchemy's Session (docs.sqlalchemy.org, "Session Basics"); Fowler, "Patterns of
 * Enterprise Application Architecture", chapter 11 (Unit of Work, Identity Map).
 */
#ifndef QUERCUS_SESSION_H
#define QUERCUS_SESSION_H

#include <quercus/engine.h>
#include <quercus/load.h>

/* The one list of states, and their names. NEW and qc_add make an object pending, a flush makes it
 * persistent; qc_delete makes it doomed, a flush deleted; qc_expunge makes it transient, as a
 * rollback does with what was new. */
#define QC_STATES(X)                                                                               \
    X(TRANSIENT, "transient")   /* not of this session, or not any more */                         \
    X(PENDING, "pending")       /* new: the next flush inserts it */                               \
    X(PERSISTENT, "persistent") /* has a row */                                                    \
    X(DOOMED, "doomed")         /* the next flush deletes it */                                    \
    X(DELETED, "deleted")       /* its row was deleted in this transaction */
enum qc_state {
#define QC_ROW(name, text) QC_STATE_##name,
    QC_STATES(QC_ROW)
#undef QC_ROW
        QC_STATE_COUNT
};

enum { QC_SESSION_OPTIONS_VERSION = 1 };
typedef struct qc_session_options {
    int version;       /* QC_SESSION_OPTIONS_VERSION */
    const struct qc_options_must_be_named *unnamed; /* none: QC_SESSION_OPTIONS(true) is refused */
    bool no_autoflush; /* queries do not flush first */
    bool strict;       /* LOAD is an error where the query did not load the relationship */
    void *context;     /* handed to the hooks of models (hooks.h); the caller's */
} qc_session_options;
#define QC_SESSION_OPTIONS(...)                                                                    \
    (&(const qc_session_options){.version = QC_SESSION_OPTIONS_VERSION, __VA_ARGS__})

/* From now on `db` is a session: qc_session_start(db, QC_SESSION_OPTIONS(.strict = true)), or without
 * options, which NULL says as well; they are copied. False: MISUSE when it is one already, or when
 * options were not made by QC_SESSION_OPTIONS; NOMEM. */
#define qc_session_start(...)                                                                      \
    QC_CAT(QC_SESSION_START_, QC_IS_ONE(__VA_ARGS__))(__VA_ARGS__)
#define QC_SESSION_START_1(db) qc_session_start_at(db, QC_HERE, NULL)
#define QC_SESSION_START_0(db, ...)                                                                \
    qc_session_start_at(db, QC_HERE,                                                               \
                        (const struct options_are_written_in_QC_SESSION_OPTIONS){__VA_ARGS__}.it)
struct options_are_written_in_QC_SESSION_OPTIONS {
    const qc_session_options *it;
};
bool qc_session_start_at(qc_db *db, const qc_site *site, const qc_session_options *options);
/* Frees every object, which must not be used any more, and forgets what was not flushed; nothing is
 * sent. qc_close and qc_checkin do the same. */
void qc_session_stop(qc_db *db);

/* NEW(db, User, .email = "…"): a pending object of the session with these fields, and the DEFAULT
 * or DEFAULT_BY of those that are not named. Texts are copied at once; members of a collection or
 * HAS_ONE are added to it, as by ADD_TO; nothing is sent. NULL:
 * MISUSE when `db` is no session, the model has no PRIMARY_KEY, or the field of TENANT names
 * another tenant; NOMEM. */
#define QC_NEW(...) QC_CAT(QC_NEW_, QC_QUERY_3(__VA_ARGS__))(__VA_ARGS__)
#define QC_NEW_0(db, model, ...)                                                                   \
    __extension__({                                                                                \
        QC_ASSERT_DB(db, QC_WANTED_OF_NEW);                                                        \
        (__typeof__(QC_NAMED(model).qc_row))qc_new(                                                \
            db, QC_HERE, QC_MODEL_IN(QC_WANTED_OF_NEW, model),                                     \
            &(const __typeof__(*QC_NAMED(model).qc_row)){__VA_ARGS__}, #__VA_ARGS__);              \
    })
#define QC_NEW_MISSING(...) QC_CAT(QC_NEW_MISSING_, QC_IS_ONE(__VA_ARGS__))(__VA_ARGS__)
#define QC_NEW_MISSING_0(db, model) QC_NEW_0(db, model, 0)
#define QC_NEW_MISSING_1(db) QC_MISUSED(QC_WANTED_OF_NEW, (void *)0)
#define QC_WANTED_OF_NEW                                                                           \
    "NEW: the arguments must be a qc_db *, a model and its fields, as in "                         \
    "NEW(db, User, .email = text)"
/* `initializers`: the text of those that made *fields. */
void *qc_new(qc_db *db, const qc_site *site, const qc_node *model, const void *fields,
             const char *initializers);

/* What a function of one object does first: QC_OBJECT_CALL("qc_delete", qc_delete_at, db, user). */
#define QC_OBJECT_CALL(word, fn, db, object) QC_OBJECT_CALL_(word, fn, db, object, QC_LOCAL)
#define QC_OBJECT_CALL_(word, fn, db, object, O)                                                   \
    __extension__({                                                                                \
        __auto_type O = (object);                                                                  \
        QC_ASSERT_DB(db, QC_WANTED_OF_OBJECT(word));                                               \
        _Static_assert(QC_IS_OBJECT(O), QC_WANTED_OF_OBJECT(word));                                \
        fn(db, QC_HERE, O);                                                                        \
    })
#define QC_WANTED_OF_OBJECT(word)                                                                  \
    word ": the arguments must be a qc_db * and a pointer to an object, as in " word "(db, user)"

/* qc_add(db, User, &user): a struct of the caller's becomes a pending object, and so does what its
 * relationships lead to, however far, but for those with CASCADE(NONE). They stay where they are,
 * and must until the session ends or forgets them (qc_expunge); their texts are copied by the
 * flush. What is of the session already is left alone. False and an error: nothing was added. */
#define qc_add(...) QC_CAT(QC_ADD_, QC_QUERY_3(__VA_ARGS__))(__VA_ARGS__)
#define QC_ADD_0(db, model, object)                                                                \
    __extension__({                                                                                \
        QC_ASSERT_DB(db, QC_WANTED_OF_ADD);                                                        \
        _Static_assert(QC_IS_MODEL(model),                                                         \
                       "qc_add: the second argument must be a model, as in qc_add(db, User, "      \
                       "&user)");                                                                  \
        _Static_assert(QC_OF_TYPE(object, model, __typeof__(&*QC_NAMED(model).qc_row): 1),         \
                       "qc_add: the third argument must point to a struct of the model");          \
        qc_add_at(db, QC_HERE, QC_NAMED(model).qc_head, object);                                   \
    })
#define QC_ADD_MISSING(...) QC_MISUSED(QC_WANTED_OF_ADD, (_Bool)0)
#define QC_WANTED_OF_ADD                                                                           \
    "qc_add: the arguments must be a qc_db *, a model and a pointer to a struct of it, as in "     \
    "qc_add(db, User, &user)"
bool qc_add_at(qc_db *db, const qc_site *site, const qc_node *model, void *object);

/* Writes what changed: INSERTs, UPDATEs of the changed columns only, rows of associations, DELETEs,
 * in an order the foreign keys allow; all or nothing, as a transaction of its own where none is
 * open. Keys and defaults that the database makes are filled in. Also called before whatever else
 * reads or writes rows, unless .no_autoflush, and before COMMIT and savepoints. True when there is
 * nothing to write. False: nothing was written, objects are as the caller left them, and an open
 * transaction has failed. STALE: somebody else changed or deleted a row; INVALID: a VALIDATE
 * refused an object; MISUSE: a pointer leads to an object of no session, or a key that may not be
 * NULL would be; else what the statement met. */
#define qc_flush(db) qc_flush_at(db, QC_HERE)
bool qc_flush_at(qc_db *db, const qc_site *site);
/* Marks an object for deletion by the next flush, with what CASCADE says of its relationships; a
 * pending one is forgotten at once. The struct stays readable. */
#define qc_delete(db, object) QC_OBJECT_CALL("qc_delete", qc_delete_at, db, object)
bool qc_delete_at(qc_db *db, const qc_site *site, void *object);
/* Reads the row again: fields as they are in the database, what was changed is lost, and so is what
 * was assigned to BELONGS_TO fields. One that was loaded for another key is not loaded any more;
 * collections stay. STALE when the row is gone, MISUSE when the object is pending. */
#define qc_refresh(db, object) QC_OBJECT_CALL("qc_refresh", qc_refresh_at, db, object)
bool qc_refresh_at(qc_db *db, const qc_site *site, void *object);
/* The session forgets the object and writes nothing of it any more; its memory stays until the
 * session's end. */
#define qc_expunge(db, object) QC_OBJECT_CALL("qc_expunge", qc_expunge_at, db, object)
bool qc_expunge_at(qc_db *db, const qc_site *site, void *object);
/* qc_merge(db, User, user): copies the state of a struct of no session, as a form filled it in or
 * as another session left it, onto the session's object of the same primary key, which is loaded if
 * need be; where there is no such row, or no key, a pending one is made. Gives that object; the
 * struct stays the caller's. Relationships that are not NULL are merged likewise, to any depth, and
 * a collection becomes what was given, an array with NULL at its end: what is not in it leaves it.
 * What the database fills in is copied only where it is set; texts are copied. Flushes first, as a
 * query does. NULL and an error (MISUSE when the object is to be deleted, is of another tenant, or
 * of another model of its hierarchy); what was merged until then stays. */
#define qc_merge(...) QC_CAT(QC_MERGE_, QC_QUERY_3(__VA_ARGS__))(__VA_ARGS__)
#define QC_MERGE_0(db, model, object)                                                              \
    __extension__({                                                                                \
        QC_ASSERT_DB(db, QC_WANTED_OF_MERGE);                                                      \
        _Static_assert(QC_IS_MODEL(model),                                                         \
                       "qc_merge: the second argument must be a model, as in qc_merge(db, User, "  \
                       "&form)");                                                                  \
        _Static_assert(QC_OF_TYPE(object, model, __typeof__(&*QC_NAMED(model).qc_row): 1,          \
                                  const __typeof__(*QC_NAMED(model).qc_row) *: 1),                 \
                       "qc_merge: the third argument must point to a struct of the model");        \
        (__typeof__(QC_NAMED(model).qc_row))qc_merge_at(db, QC_HERE, QC_NAMED(model).qc_head,      \
                                                        object);                                   \
    })
#define QC_MERGE_MISSING(...) QC_MISUSED(QC_WANTED_OF_MERGE, (void *)0)
#define QC_WANTED_OF_MERGE                                                                         \
    "qc_merge: the arguments must be a qc_db *, a model and a pointer to a struct of it, as in "   \
    "qc_merge(db, User, &form)"
void *qc_merge_at(qc_db *db, const qc_site *site, const qc_node *model, const void *object);
/* TRANSIENT where `db` is no session, and for NULL. Never an error, as the next two. */
enum qc_state qc_state(const qc_db *db, const void *object);
/* "persistent" …; "" out of range. Static. */
const char *qc_state_name(enum qc_state state);
/* Whether a flush would write the object, or what was assigned, added or removed in a
 * relationship. */
bool qc_is_dirty(const qc_db *db, const void *object);

/* GET(db, User, 7): the object with this primary key (its parts in order), from the session without
 * a statement if it is there. Does not flush first. NULL without an error when there is no such
 * row, or it is soft-deleted, doomed, or of another tenant; MISUSE when the key's columns cannot
 * hold the values, or there are more or fewer of these. */
#define QC_GET(...) QC_CAT(QC_GET_, QC_QUERY_3(__VA_ARGS__))(QC_LOCAL, __VA_ARGS__)
#define QC_GET_0(M, db, model, ...)                                                                \
    __extension__({                                                                                \
        QC_ASSERT_DB(db, QC_WANTED_OF_GET);                                                        \
        const qc_mark M = qc_begin_query();                                                        \
        (__typeof__(QC_NAMED(model).qc_row))qc_get(                                                \
            db, QC_HERE, M, QC_MODEL_IN(QC_WANTED_OF_GET, model),                                  \
            (const qc_node *const[]){QC_LIST(QC_GET_PART, ~, __VA_ARGS__) NULL});                  \
    })
#define QC_GET_MISSING(...) QC_MISUSED(QC_WANTED_OF_GET, (void *)0)
#define QC_WANTED_OF_GET                                                                           \
    "GET: the arguments must be a qc_db *, a model and its key, as in GET(db, User, 7)"
#define QC_GET_PART(c, x)                                                                          \
    QC_VALUE_OF("GET: a part of the key has a C type that no column has", x, QC_LOCAL, QC_LOCAL).node,
void *qc_get(qc_db *db, const qc_site *site, qc_mark mark, const qc_node *model,
             const qc_node *const *key);

/* ADD_TO(db, user, User_orders, order), REMOVE_FROM(…): puts an object into a collection (or a
 * HAS_ONE) or takes it out, on both sides where BACK names the other; the flush writes the key, or
 * the row of the association. What is added leaves the collection it was in. A collection that was
 * not loaded stays so; one that was may be another array afterwards. What leaves a relationship of
 * CASCADE(DELETE_ORPHAN) is deleted. False: MISUSE, also for a BELONGS_TO, which is assigned;
 * NOMEM. */
#define QC_ADD_TO(...)                                                                             \
    QC_CAT(QC_TIE_, QC_QUERY_4(__VA_ARGS__))("ADD_TO", qc_add_to, __VA_ARGS__)
#define QC_REMOVE_FROM(...)                                                                        \
    QC_CAT(QC_TIE_, QC_QUERY_4(__VA_ARGS__))("REMOVE_FROM", qc_remove_from, __VA_ARGS__)
#define QC_TIE_0(word, fn, db, owner, relation, member)                                            \
    __extension__({                                                                                \
        QC_ASSERT_DB(db, QC_WANTED_OF_TIE(word));                                                  \
        _Static_assert(QC_IS_RELATION(relation),                                                   \
                       word ": the third argument must be a relationship, as in " word             \
                            "(db, user, User_orders, order)");                                     \
        _Static_assert(QC_OF_TYPE(owner, relation, __typeof__(&*QC_NAMED(relation).qc_owner): 1),  \
                       word ": the second argument must be an object of the model that has the "   \
                            "relationship");                                                       \
        _Static_assert(QC_OF_TYPE(member, relation, __typeof__(&*QC_NAMED(relation).qc_row): 1),   \
                       word ": the last argument must be an object of the model the relationship " \
                            "leads to");                                                           \
        fn(db, QC_HERE, owner, QC_NAMED(relation).qc_head, member);                                \
    })
#define QC_TIE_MISSING(word, ...) QC_MISUSED(QC_WANTED_OF_TIE(word), (_Bool)0)
#define QC_WANTED_OF_TIE(word)                                                                     \
    word ": the arguments must be a qc_db *, an object, its relationship and the other object, "   \
         "as in " word "(db, user, User_orders, order)"
bool qc_add_to(qc_db *db, const qc_site *site, void *owner, const qc_node *relation, void *member);
bool qc_remove_from(qc_db *db, const qc_site *site, void *owner, const qc_node *relation,
                    void *member);

/* LOAD(db, user, User_orders): what belongs to an object, as its field holds it then; it is the
 * session's. Where it was not loaded, one statement loads it for all objects that came from the
 * same query, so that a loop over them costs one. Of none a collection is an empty list, a single
 * object NULL. NULL and an error: MISUSE where the session is strict, or the query or the model
 * says RAISE; else what the flush or the statement met. */
#define QC_LOAD_LAZILY(session, object, relation)                                                  \
    __extension__({                                                                                \
        QC_ASSERT_DB(session, QC_WANTED_OF_LOAD);                                                  \
        _Static_assert(QC_IS_RELATION(relation),                                                   \
                       "LOAD: the third argument must be a relationship, as in "                   \
                       "LOAD(db, user, User_orders)");                                             \
        _Static_assert(QC_OF_TYPE(object, relation, __typeof__(&*QC_NAMED(relation).qc_owner): 1), \
                       "LOAD: the object must be of the model that has the relationship");         \
        (__typeof__(*QC_NAMED(relation).qc_field))qc_load_lazily(                                  \
            session, QC_HERE, object, QC_NAMED(relation).qc_head);                                 \
    })
void *qc_load_lazily(qc_db *db, const qc_site *site, void *object, const qc_node *relation);

#endif
