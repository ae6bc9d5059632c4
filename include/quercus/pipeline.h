/* Pipelines: many statements on their way at once, typed results when all of them were answered.
 *
 *     struct User *user; struct Order **orders; int64_t seen;
 *     PIPELINE(db) {
 *         QUEUE_FIRST(db, &user, SELECT(User).WHERE(EQ(User_id, 7)));
 *         QUEUE_ALL(db, &orders, SELECT(Order).WHERE(EQ(Order_user_id, 7)));
 *         QUEUE_EXEC(db, &seen, UPDATE(User).SET(User_seen, NOW()).WHERE(EQ(User_id, 7)));
 *     }
 *     if (!qc_ok(db)) …                       the first statement that failed
 *
 * A statement is sent when it is queued; its values are copied then. Its destination is emptied
 * (NULL, zero; -1 for EXEC) when it is queued and filled at the end of the block, after the server
 * acknowledged Sync (PostgreSQL manual, 34.5): it must live until then.
 *
 * A unit is what was queued up to the end of the block, or to qc_pipeline_sync. Outside a
 * transaction a unit is one: a statement that fails undoes those before it, and those after it are
 * not run; all their destinations stay empty. Inside a transaction it fails the transaction. A
 * statement whose rows are not what was asked for (NOT_FOUND and NOT_UNIQUE of ONE, NULL_RESULT,
 * DECODE, or no memory for them) did run: only its own destination stays empty.
 *
 * A block that is left early (break, return, goto) takes its last unit back, outside a transaction,
 * waits for what was sent, and fills no destination. Until its end the connection serves nothing
 * but QUEUE.
 *
 * Rows belong to the connection as those of other sinks do. Every QUEUE and the end of the block
 * wait as long as qc_set_timeout says. SQLite runs each statement as it is queued, a unit being a
 * transaction.
 */
#ifndef QUERCUS_PIPELINE_H
#define QUERCUS_PIPELINE_H

#include <quercus/engine.h>

/* PIPELINE(db) { … } */
#define QC_PIPELINE(db) QC_PIPELINE_(db, QC_LOCAL)
#define QC_PIPELINE_(db, S) QC_PIPELINE__(db, S)
#define QC_PIPELINE__(db, S)                                                                       \
    for (qc_pipeline_scope S __attribute__((cleanup(qc_pipeline_leave))) =                         \
             qc_pipeline_enter(db, QC_HERE);                                                       \
         S.open; qc_pipeline_finish(&S))

/* Each of these answers the statement's number in the pipeline, from 0, for qc_pipeline_error;
 * QC_NOT_QUEUED when there is no pipeline to queue it in. */
#define QC_NOT_QUEUED SIZE_MAX

/* The first row, or NULL. */
#define QC_QUEUE_FIRST(...)                                                                        \
    QC_QUEUE(qc_queue_first, QC_IS_ROW_DESTINATION, "QUEUE_FIRST", QC_MUST_BE_ROW, __VA_ARGS__)
/* The only row; none is QC_ERROR_NOT_FOUND, several QC_ERROR_NOT_UNIQUE. */
#define QC_QUEUE_ONE(...)                                                                          \
    QC_QUEUE(qc_queue_one, QC_IS_ROW_DESTINATION, "QUEUE_ONE", QC_MUST_BE_ROW, __VA_ARGS__)
/* The only row, or NULL; several are QC_ERROR_NOT_UNIQUE. */
#define QC_QUEUE_ONE_OR_NONE(...)                                                                  \
    QC_QUEUE(qc_queue_one_or_none, QC_IS_ROW_DESTINATION, "QUEUE_ONE_OR_NONE", QC_MUST_BE_ROW,     \
             __VA_ARGS__)
/* Every row, as a NULL-terminated list (qc_count). */
#define QC_QUEUE_ALL(...)                                                                          \
    QC_QUEUE(qc_queue_all, QC_IS_LIST_DESTINATION, "QUEUE_ALL",                                    \
             ": the destination must be a pointer to a list of structs of the query", __VA_ARGS__)
/* Rows affected. The destination may be NULL: not interested. */
#define QC_QUEUE_EXEC(...)                                                                         \
    QC_QUEUE(qc_queue_exec, QC_IS_COUNT_DESTINATION, "QUEUE_EXEC",                                 \
             ": the destination must be a pointer to int64_t, or NULL", __VA_ARGS__)
/* One value, of exactly the C type that SCALAR gives. */
#define QC_QUEUE_SCALAR(...)                                                                       \
    QC_QUEUE_VALUE(qc_value, false, "QUEUE_SCALAR",                                                \
                   ": the destination must be a pointer to the C type of the value", __VA_ARGS__)
/* The same as an optional. */
#define QC_QUEUE_SCALAR_OR_NULL(...)                                                               \
    QC_QUEUE_VALUE(qc_nullable, true, "QUEUE_SCALAR_OR_NULL",                                      \
                   ": the destination must be a pointer to the optional type of the value",        \
                   __VA_ARGS__)

#define QC_MUST_BE_ROW ": the destination must be a pointer to a pointer to a struct of the query"
#define QC_IS_ROW_DESTINATION(H, D)                                                                \
    _Generic(D, __typeof__(&H.qc_row): 1, const __typeof__(*H.qc_row) **: 1, default: 0)
#define QC_IS_LIST_DESTINATION(H, D) _Generic(D, __typeof__(&H.qc_row) *: 1, default: 0)
#define QC_IS_COUNT_DESTINATION(H, D) _Generic(D, int64_t *: 1, void *: 1, default: 0)

#define QC_QUEUE(fn, is_good, word, sentence, ...)                                                 \
    QC_CAT(QC_QUEUE_, QC_QUERY_3(__VA_ARGS__))                                                     \
    (fn, is_good, word, sentence, QC_LOCAL, QC_LOCAL, QC_LOCAL, QC_LOCAL, __VA_ARGS__)
#define QC_QUEUE_1(fn, is_good, word, sentence, H, M, S, D, db, destination, chain, head, ...)     \
    __extension__({                                                                                \
        QC_SITE(S);                                                                                \
        const qc_mark M = qc_begin_query();                                                        \
        __auto_type H = head;                                                                      \
        __auto_type D = (destination);                                                             \
        _Static_assert(is_good(H, D), word sentence);                                              \
        fn(db, &S, M, QC_CHAIN_CLAUSES(H, __VA_ARGS__), (void *)D);                                \
    })
#define QC_QUEUE_0(fn, is_good, word, sentence, H, M, S, D, db, destination, ...)                  \
    QC_CAT(QC_QUEUE_0_, QC_IS_CHAIN(destination, ~))                                               \
    (fn, is_good, word, sentence, H, M, S, D, db, destination, __VA_ARGS__)
#define QC_QUEUE_0_0(fn, is_good, word, sentence, H, M, S, D, db, destination, q)                  \
    QC_QUEUE_1(fn, is_good, word, sentence, H, M, S, D, db, destination, , QC_KEPT(q), {)
#define QC_QUEUE_0_1(fn, is_good, word, ...) QC_QUEUE_MISSING(fn, is_good, word, ~)
#define QC_QUEUE_MISSING(fn, is_good, word, ...)                                                   \
    QC_MISUSED(word ": the arguments must be a qc_db *, a destination and a query, as in " word    \
                    "(db, &destination, ...)",                                                     \
               QC_NOT_QUEUED)

#define QC_QUEUE_VALUE(member, or_null, word, sentence, ...)                                       \
    QC_CAT(QC_QUEUE_VALUE_, QC_QUERY_3(__VA_ARGS__))                                               \
    (member, or_null, word, sentence, QC_LOCAL, QC_LOCAL, QC_LOCAL, QC_LOCAL, __VA_ARGS__)
#define QC_QUEUE_VALUE_1(member, or_null, word, sentence, H, M, S, D, db, destination, chain,      \
                         head, ...)                                                                \
    __extension__({                                                                                \
        QC_SITE(S);                                                                                \
        const qc_mark M = qc_begin_query();                                                        \
        __auto_type H = head;                                                                      \
        __auto_type D = (destination);                                                             \
        QC_ASSERT_SCALAR(word, __typeof__(H));                                                     \
        _Static_assert(_Generic(D, __typeof__(H.member): 1, default: 0), word sentence);           \
        qc_queue_scalar(db, &S, M, QC_CHAIN_CLAUSES(H, __VA_ARGS__), D, sizeof(*H.member),         \
                        or_null);                                                                  \
    })
#define QC_QUEUE_VALUE_0(member, or_null, word, sentence, H, M, S, D, db, destination, ...)        \
    QC_CAT(QC_QUEUE_VALUE_0_, QC_IS_CHAIN(destination, ~))                                         \
    (member, or_null, word, sentence, H, M, S, D, db, destination, __VA_ARGS__)
#define QC_QUEUE_VALUE_0_0(member, or_null, word, sentence, H, M, S, D, db, destination, q)        \
    QC_QUEUE_VALUE_1(member, or_null, word, sentence, H, M, S, D, db, destination, , QC_KEPT(q), {)
#define QC_QUEUE_VALUE_0_1(member, or_null, word, ...) QC_QUEUE_MISSING(member, or_null, word, ~)
#define QC_QUEUE_VALUE_MISSING(member, or_null, word, ...)                                         \
    QC_QUEUE_MISSING(member, or_null, word, ~)

/* Ends a unit inside the block without waiting for its answers: what was queued before stays done
 * whatever happens after. False, and nothing is ended, when no pipeline is open; false as well when
 * something in the unit is known to have failed, or the connection is lost. */
#define qc_pipeline_sync(db) qc_pipeline_sync_at(db, QC_HERE)
bool qc_pipeline_sync_at(qc_db *db, const qc_site *site);

/* The error of a statement of the open pipeline or, until the next begins, of the last one: code
 * QC_ERROR_OK when it was acknowledged, or is not answered yet. Those that were not run, or undone,
 * have the code of the statement that failed and say where that was queued. Valid until the next
 * call for this connection, but for this one with the same number behind the block. */
const struct qc_error *qc_pipeline_error(qc_db *db, size_t number);
/* How many statements were queued in it. */
size_t qc_pipeline_count(const qc_db *db);

/* ---- What the words call, for code that builds its queries itself. ----
 * `site` must stay until the next pipeline begins; `mark` is where the current arena stood before
 * the query was built (qc_begin_query), and is released to. */

/* False, with an error, when the connection cannot be used now; then qc_pipeline_end is due all
 * the same, and what is queued before it is refused. */
bool qc_pipeline_begin(qc_db *db, const qc_site *site);
/* Waits for every answer and fills the destinations; false when a statement failed: the error is
 * that of the first one. */
bool qc_pipeline_end(qc_db *db);
/* As a block that is left early. */
void qc_pipeline_abandon(qc_db *db);

/* `destination` is a struct T **. */
size_t qc_queue_first(qc_db *db, const qc_site *site, qc_mark mark, const qc_clause *clauses,
                      void *destination);
size_t qc_queue_one(qc_db *db, const qc_site *site, qc_mark mark, const qc_clause *clauses,
                    void *destination);
size_t qc_queue_one_or_none(qc_db *db, const qc_site *site, qc_mark mark,
                            const qc_clause *clauses, void *destination);
/* `destination` is a struct T ***. */
size_t qc_queue_all(qc_db *db, const qc_site *site, qc_mark mark, const qc_clause *clauses,
                    void *destination);
/* `destination` is a value, or an optional of it, of `size` bytes. */
size_t qc_queue_scalar(qc_db *db, const qc_site *site, qc_mark mark, const qc_clause *clauses,
                       void *destination, size_t size, bool nullable);
/* `destination` may be NULL. */
size_t qc_queue_exec(qc_db *db, const qc_site *site, qc_mark mark, const qc_clause *clauses,
                     int64_t *destination);

typedef struct qc_pipeline_scope {
    qc_db *db;
    bool open;
} qc_pipeline_scope;
static inline qc_pipeline_scope qc_pipeline_enter(qc_db *db, const qc_site *site)
{
    qc_pipeline_begin(db, site);
    return (qc_pipeline_scope){db, true};
}
void qc_pipeline_finish(qc_pipeline_scope *scope);
void qc_pipeline_leave(qc_pipeline_scope *scope);

#endif
