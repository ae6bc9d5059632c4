/* Transactions that tell the truth.
 *
 *     TRANSACTION(db) {                                   commits at its end; any other way out
 *         EXEC(db, UPDATE(Account).SET(…).WHERE(…));      (break, return, goto, a failed
 *         TRANSACTION(db) { … }                           statement) rolls back. Nested: a savepoint.
 *     }
 *     if (!qc_ok(db)) …
 *
 * `continue` ends the block early and commits. A statement that is refused, by the database or by
 * the library, fails its transaction, on every database: what follows is refused (25P02) until it,
 * or the savepoint around it, is rolled back; the block then ends with the error of that statement.
 * What is only about the rows that were found (QC_ERROR_NOT_FOUND, NOT_UNIQUE, NULL_RESULT, DECODE)
 * fails nothing. An inner block that was rolled back fails no outer one: look at qc_ok(db) after it.
 * Results stay valid as ever, also those of what was rolled back.
 * PostgreSQL manual 13.2 (isolation), 3.4 and SAVEPOINT; SQL:2016 part 2, 17.
 */
#ifndef QUERCUS_TRANSACTION_H
#define QUERCUS_TRANSACTION_H

#include <quercus/engine.h>

enum qc_isolation {
    QC_ISOLATION_DEFAULT,
    QC_READ_COMMITTED,
    QC_REPEATABLE_READ,
    QC_SERIALIZABLE
};

/* What became of the connection's last transaction. */
enum qc_outcome {
    QC_OUTCOME_NONE,        /* there was none, or it is open */
    QC_OUTCOME_COMMITTED,   /* the server said so, or pg_xact_status did */
    QC_OUTCOME_ROLLED_BACK, /* nothing of it lasts */
    QC_OUTCOME_PREPARED,    /* for qc_commit_prepared or qc_rollback_prepared */
    QC_OUTCOME_UNKNOWN      /* COMMIT, or a text that may hold one, was sent and not answered, and
                               could not be resolved yet */
};

enum { QC_TX_OPTIONS_VERSION = 1 };

/* SQLite knows one level, serializable, which satisfies every other; its transactions take the
 * writer's lock at once unless read_only. Zero is the default. */
typedef struct qc_tx_options {
    int version; /* the macros set it */
    const struct qc_options_must_be_named *unnamed; /* none: (db, 3) is refused */
    enum qc_isolation isolation;
    bool read_only;  /* writes are refused (25006) */
    bool deferrable; /* SERIALIZABLE, read_only: waits for a safe snapshot; SQLite's always is */
    int attempts;    /* of TRANSACTION_RETRY, which sets it */
} qc_tx_options;

/* ---- As a block: TRANSACTION(db) { … }, TRANSACTION(db, .isolation = QC_SERIALIZABLE) { … }. ---- */

/* When BEGIN fails the body is skipped, and qc_error(db) says why. Options are for the outermost
 * one only. */
#define QC_TRANSACTION(...) QC_TX_BLOCK(QC_LOCAL, __VA_ARGS__, )
#define QC_TX_BLOCK(T, db, ...)                                                                    \
    for (qc_tx T __attribute__((cleanup(qc_tx_leave))) =                                           \
             qc_tx_begin(db, QC_HERE, &(const qc_tx_options){.version = 1, __VA_ARGS__});          \
         T.open; qc_tx_end(&T))
typedef struct qc_tx {
    qc_db *db;
    unsigned serial;
    bool open;
} qc_tx;
qc_tx qc_tx_begin(qc_db *db, const qc_site *site, const qc_tx_options *options);
/* Commits, or rolls back what has failed. */
void qc_tx_end(qc_tx *tx);
/* Rolls back what is still open. */
void qc_tx_leave(qc_tx *tx);

/* ---- By hand. ---- */

/* Each is false and sets the error when the database refuses, or QC_ERROR_MISUSE with both C lines:
 * ending a transaction that a block will end, one whose inner one is open, one that has ended.
 * qc_begin inside an open transaction is a savepoint, which qc_commit releases and qc_rollback
 * undoes. qc_commit of a failed one rolls it back and is false, with the error that failed it.
 * (db), or (db, .isolation = QC_SERIALIZABLE, …) */
#define qc_begin(...) QC_TX_BEGIN(__VA_ARGS__, )
#define QC_TX_BEGIN(db, ...)                                                                       \
    qc_begin_at(db, QC_HERE, &(const qc_tx_options){.version = 1, __VA_ARGS__})
#define qc_commit(db) qc_commit_at(db, QC_HERE)
#define qc_rollback(db) qc_rollback_at(db, QC_HERE)
bool qc_begin_at(qc_db *db, const qc_site *site, const qc_tx_options *options);
bool qc_commit_at(qc_db *db, const qc_site *site);
bool qc_rollback_at(qc_db *db, const qc_site *site);
/* Open transactions and savepoints; 0: none. */
int qc_depth(const qc_db *db);

/* ---- Outcomes. ---- */

/* Of the last finished transaction. UNKNOWN is asked again on a new connection (pg_xact_status),
 * at most for the timeout; when it turns out to be committed, the error is cleared. */
enum qc_outcome qc_outcome(qc_db *db);
/* Whether a transaction that wrote is asked for its number before COMMIT, which takes one round
 * trip, so that a lost COMMIT can be resolved. Default true (PostgreSQL 13 and newer). */
void qc_set_resolve_commits(qc_db *db, bool on);

/* ---- TRANSACTION_RETRY(db, attempts) { … } ---- */

/* Repeats the whole block, at most `attempts` times in all, when the database gave it up in favour
 * of another transaction: 40001 and 40P01, also at COMMIT; on SQLite when the file was busy. Pauses
 * grow from 2 ms to 1 s, with jitter. A failed attempt is rolled back, and what was fetched and
 * built in it is freed. `continue` ends an attempt early; break and return roll back and do not
 * repeat. Not inside an open transaction. Variables that the body changes keep their values. */
#define QC_TRANSACTION_RETRY(...)                                                                  \
    QC_CAT(QC_RETRY_, QC_IS_ONE(__VA_ARGS__))(QC_LOCAL, __VA_ARGS__, )
#define QC_RETRY_0(...) QC_RETRY_BLOCK(__VA_ARGS__)
#define QC_RETRY_1(R, db, none)                                                                    \
    _Static_assert(0, "TRANSACTION_RETRY: the second argument is the number of attempts");
#define QC_RETRY_BLOCK(R, db, most, ...)                                                           \
    for (qc_retry R __attribute__((cleanup(qc_retry_leave))) = qc_retry_begin(                     \
             db, QC_HERE,                                                                          \
             &(const qc_tx_options){.attempts = (most), .version = 1, __VA_ARGS__});               \
         R.tx.open; qc_retry_end(&R))
typedef struct qc_retry {
    qc_tx tx;
    qc_tx_options options;
    qc_site site;
    int attempt;
    qc_scope results;
    qc_arena *arena; /* the current one, and where it stood */
    qc_mark mark;
} qc_retry;
qc_retry qc_retry_begin(qc_db *db, const qc_site *site, const qc_tx_options *options);
void qc_retry_end(qc_retry *retry);
void qc_retry_leave(qc_retry *retry);
/* Number of the running attempt, or of the last one's, from 1; 0: there was none. */
int qc_attempt(const qc_db *db);

/* ---- Two-phase commit. PostgreSQL, with max_prepared_transactions > 0 (manual, PREPARE
 * TRANSACTION); elsewhere QC_ERROR_UNSUPPORTED. ---- */

/* Ends the open transaction, begun by hand, so that it can be committed later, by any connection
 * to the database, even after a crash. `id`: at most 199 bytes of UTF-8, not empty. */
#define qc_prepare_transaction(db, id) qc_prepare_transaction_at(db, QC_HERE, id)
bool qc_prepare_transaction_at(qc_db *db, const qc_site *site, const char *id);
/* Outside of transactions. The id is unknown: 42704. */
#define qc_commit_prepared(db, id) qc_commit_prepared_at(db, QC_HERE, id)
#define qc_rollback_prepared(db, id) qc_rollback_prepared_at(db, QC_HERE, id)
bool qc_commit_prepared_at(qc_db *db, const qc_site *site, const char *id);
bool qc_rollback_prepared_at(qc_db *db, const qc_site *site, const char *id);
/* Ids of the database's prepared transactions, oldest first, with qc_count; valid as results are.
 * NULL on error. */
#define qc_prepared_transactions(db) qc_prepared_transactions_at(db, QC_HERE)
const char **qc_prepared_transactions_at(qc_db *db, const qc_site *site);

#endif
