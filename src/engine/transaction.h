/* Transactions from the inside: a stack of what is open on a connection. */
#ifndef QC_ENGINE_TRANSACTION_H
#define QC_ENGINE_TRANSACTION_H

#include <quercus/transaction.h>

#include "driver/driver.h"

/* A transaction or, when `savepoint`, a part of one. */
typedef struct qc_tx_frame {
    qc_site site; /* where it was begun */
    unsigned serial;
    bool block; /* a block ends it, not a call */
    bool savepoint;
    bool own; /* the library's, for what it reads: what a session has to write is none of it */
    bool failed;
    qc_error_record error; /* what failed it */
} qc_tx_frame;

/* Advisory locks to release when the failed transaction around them is rolled back. */
typedef struct qc_due_lock {
    qc_site site;
    int64_t key;
    bool shared;
} qc_due_lock;

typedef struct qc_tx_state {
    qc_tx_frame *frames;
    size_t depth, capacity;
    unsigned serials;
    bool failed;  /* the innermost frame has: nothing is run until it is rolled back */
    bool settled; /* the connection's error is that of something rolled back */
    bool wrote, read_only;
    bool unresolved; /* qc_set_resolve_commits is off */
    int attempt;
    uint64_t random; /* state of the generator of retry.c */
    qc_site begun_at, ended_at; /* of the last one that was ended */
    enum qc_outcome outcome;
    qc_tx_identity identity; /* of the one whose outcome is unknown */
    qc_due_lock *due;
    size_t due_count, due_capacity;
    size_t held; /* locks of open blocks, each with room to become due */
} qc_tx_state;

/* ---- transaction.c. ---- */

/* Whether the connection's error fails the open transaction, which is found out when it is about to
 * be cleared: it does, unless it is about rows only, or a page's cursor. */
bool qc_tx_is_failing(const qc_db *db);
/* Moves such an error to the transaction. */
void qc_tx_note(qc_db *db);
/* The error of a call that is refused because the innermost transaction has failed. */
void qc_tx_refuse(qc_db *db, const qc_site *site);
/* SQL text of the program is about to be run: false and an error when it may not touch the
 * transaction that is open here. */
bool qc_tx_allows(qc_db *db, const qc_site *site, const char *sql);
/* It was run: false and an error when it has ended that transaction (as `ended` says). Of one that
 * the text has begun instead nothing lasts. */
bool qc_tx_survived(qc_db *db, const qc_site *site, const char *sql, enum qc_outcome ended);
/* Forgets all, also what is open, which the driver rolls back. */
void qc_tx_abandon(qc_db *db);
void qc_tx_free(qc_tx_state *tx);

/* The outermost one, without a frame. */
bool qc_tx_start(qc_db *db, const qc_site *site, const qc_tx_options *options);

/* ---- outcome.c. ---- */

/* Commits the outermost one; when the answer is lost, asks what became of it. */
bool qc_tx_commit(qc_db *db, const qc_site *site);
bool qc_tx_rollback(qc_db *db, const qc_site *site);

/* ---- two_phase.c. ---- */

bool qc_tx_prepare(qc_db *db, const qc_site *site, const char *id);

/* ---- advisory.c. ---- */

/* Releases what could not be released while the transaction had failed. */
void qc_unlock_due(qc_db *db);

#endif
