/* Advisory locks: a number that only one connection at a time holds, whatever it stands for.
 *
 *     ADVISORY_LOCK(db, 4711) { … }                  waits, at most for the connection's timeout
 *     TRY_ADVISORY_LOCK(db, 4711) { … }              skips the body when another holds it
 *
 * The lock is the session's, not a transaction's: it is released when the block is left, in any
 * way, or with the connection; inside a failed transaction as soon as that is rolled back. The body
 * is skipped when the lock was not got: qc_error(db) then says why (55P03: the time passed);
 * with TRY_ it is no error that another holds it. Locks of one connection do not exclude each other.
 * PostgreSQL manual 13.3.5; elsewhere QC_ERROR_UNSUPPORTED.
 */
#ifndef QUERCUS_ADVISORY_H
#define QUERCUS_ADVISORY_H

#include <quercus/engine.h>

enum { QC_LOCK_SHARED = 1, QC_LOCK_TRY = 2 };

#define QC_ADVISORY_LOCK(db, key, flags) QC_ADVISORY_BLOCK(QC_LOCAL, db, key, flags)
#define QC_ADVISORY_BLOCK(L, db, key, flags)                                                       \
    for (qc_lock L __attribute__((cleanup(qc_unlock))) = qc_lock_begin(db, QC_HERE, key, flags);   \
         L.open; qc_unlock(&L))
typedef struct qc_lock {
    qc_db *db;
    qc_site site;
    int64_t key;
    bool shared, open;
} qc_lock;
qc_lock qc_lock_begin(qc_db *db, const qc_site *site, int64_t key, int flags);
void qc_unlock(qc_lock *lock);

#endif
