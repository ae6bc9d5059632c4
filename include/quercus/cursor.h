/* Cursors on the server: a query read in pieces, back and forth, while other statements run
 * (PostgreSQL manual, DECLARE and FETCH).
 *
 *     CURSOR(cursor, db, SELECT(User).ORDER_BY(User_id)) {
 *         struct User **users;
 *         while ((users = qc_cursor_next(cursor, 100)))
 *             EACH(struct User, user, users) { … }
 *         struct User *last = qc_cursor_absolute(cursor, -1);
 *     }
 *
 * A cursor lives in a transaction. Where none is open the block is one, READ ONLY: to write inside,
 * put TRANSACTION(db) around it. CURSOR_WITH_HOLD needs none: the server keeps the whole result when
 * the statement, or the transaction it stands in, ends.
 * SQLite steps through the query: forward only, and a ROLLBACK inside ends it.
 */
#ifndef QUERCUS_CURSOR_H
#define QUERCUS_CURSOR_H

#include <quercus/engine.h>

typedef struct qc_cursor qc_cursor;

/* Entered when the cursor is open; closes it however the block is left. */
#define QC_CURSOR(...) QC_CURSOR_BLOCK("CURSOR", false, __VA_ARGS__)
#define QC_CURSOR_WITH_HOLD(...) QC_CURSOR_BLOCK("CURSOR_WITH_HOLD", true, __VA_ARGS__)
#define QC_CURSOR_BLOCK(word, hold, ...)                                                           \
    QC_CAT(QC_CURSOR_, QC_QUERY_3(__VA_ARGS__))                                                    \
    (word, hold, QC_LOCAL, QC_LOCAL, QC_LOCAL, __VA_ARGS__)
#define QC_CURSOR_1(word, hold, H, M, S, name, db, chain, head, ...)                               \
    for (union {                                                                                   \
             qc_cursor *qc_cursor;                                                                 \
             __typeof__(&*head.qc_row) qc_row;                                                     \
         } name __attribute__((cleanup(qc_cursor_leave))) = {__extension__({                       \
             QC_SITE(S);                                                                           \
             const qc_mark M = qc_begin_query();                                                   \
             __auto_type H = head;                                                                 \
             qc_cursor_open(db, &S, M, QC_CHAIN_CLAUSES(H, __VA_ARGS__), hold);                    \
         })};                                                                                      \
         name.qc_cursor; qc_cursor_end(&name.qc_cursor))
#define QC_CURSOR_0(word, hold, H, M, S, name, db, ...)                                            \
    QC_CAT(QC_CURSOR_0_, QC_IS_CHAIN(db, ~))(word, hold, H, M, S, name, db, __VA_ARGS__)
#define QC_CURSOR_0_0(word, hold, H, M, S, name, db, q)                                            \
    QC_CURSOR_1(word, hold, H, M, S, name, db, , QC_KEPT(q), {)
#define QC_CURSOR_0_1(word, ...) QC_CURSOR_MISSING(word, ~)
#define QC_CURSOR_MISSING(word, ...)                                                               \
    _Static_assert(0, word ": the arguments must be a name for the cursor, a qc_db * and a "       \
                           "query, as in " word "(cursor, db, SELECT(...))");

/* The next rows, or those before in descending order, at most `n`: a list as ALL gives (qc_count),
 * valid until the next call for this cursor. NULL when there are none, and on error. */
#define qc_cursor_next(cursor, n)                                                                  \
    ((__typeof__((cursor).qc_row) *)qc_cursor_fetch((cursor).qc_cursor, QC_HERE, false, n))
#define qc_cursor_prior(cursor, n)                                                                 \
    ((__typeof__((cursor).qc_row) *)qc_cursor_fetch((cursor).qc_cursor, QC_HERE, true, n))
/* The row of a number: from 1, or from the end with -1. NULL when there is none, and on error. */
#define qc_cursor_absolute(cursor, number)                                                         \
    ((__typeof__((cursor).qc_row))qc_cursor_row((cursor).qc_cursor, QC_HERE, number))
/* Moves over `n` rows, back when it is negative; how many there were, or -1 on error. */
#define qc_cursor_move(cursor, n) qc_cursor_skip((cursor).qc_cursor, QC_HERE, n)

/* What the words call; `n` is 1 to INT32_MAX. */
qc_cursor *qc_cursor_open(qc_db *db, const qc_site *site, qc_mark mark, const qc_clause *clauses,
                          bool hold);
void *qc_cursor_fetch(qc_cursor *cursor, const qc_site *site, bool back, int64_t n);
void *qc_cursor_row(qc_cursor *cursor, const qc_site *site, int64_t number);
int64_t qc_cursor_skip(qc_cursor *cursor, const qc_site *site, int64_t n);
void qc_cursor_end(qc_cursor **cursor);
/* Takes a pointer to the variable of the block. */
void qc_cursor_leave(void *variable);

#endif
