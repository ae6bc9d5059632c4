/* Advisory locks as blocks. A failed transaction takes no statement that would release a lock: then
 * it is released when that is rolled back. */
#include <quercus/advisory.h>

#include "engine/trace.h"
#include "engine/transaction.h"

#include <stdlib.h>
#include <string.h>

static const char *word_of(int flags)
{
    static const char *const words[] = {"pg_advisory_lock", "pg_advisory_lock_shared",
                                        "pg_try_advisory_lock", "pg_try_advisory_lock_shared"};
    return words[flags & (QC_LOCK_SHARED | QC_LOCK_TRY)];
}

static bool take(qc_db *db, const qc_site *site, int64_t key, int flags)
{
    bool got = false;
    qc_report_of report = {.site = site, .sql = word_of(flags)};
    const qc_timing timing = qc_report_begin(db, &report);
    const bool good = db->driver->lock(db->connection, key, flags & QC_LOCK_SHARED,
                                       flags & QC_LOCK_TRY, &got) == QC_ERROR_OK;
    if (!good)
        qc_blame(db, site, word_of(flags));
    report.rows = good ? got : -1;
    qc_report(db, &report, timing);
    return got;
}

static void release(qc_db *db, const qc_site *site, int64_t key, bool shared)
{
    qc_report_of report = {.site = site,
                           .sql = shared ? "pg_advisory_unlock_shared" : "pg_advisory_unlock"};
    const qc_timing timing = qc_report_begin(db, &report);
    db->options.undoing = true;
    const bool good = db->driver->unlock(db->connection, key, shared) == QC_ERROR_OK;
    db->options.undoing = false;
    db->touched |= !good;
    if (!good)
        qc_blame(db, site, report.sql);
    report.rows = good ? 1 : -1;
    qc_report(db, &report, timing);
}

/* Room for the lock to become due, which must not fail later. */
static bool reserve(qc_db *db, const qc_site *site)
{
    qc_tx_state *tx = &db->tx;
    if (tx->held + tx->due_count < tx->due_capacity)
        return true;
    const size_t capacity = tx->due_capacity ? 2 * tx->due_capacity : 4;
    qc_due_lock *due = realloc(tx->due, capacity * sizeof(*due));
    if (!due) {
        qc_fail(db, site, QC_ERROR_NOMEM, "out of memory");
        return false;
    }
    tx->due = due;
    tx->due_capacity = capacity;
    return true;
}

qc_lock qc_lock_begin(qc_db *db, const qc_site *site, int64_t key, int flags)
{
    const qc_lock none = {.open = false};
    if (!qc_enter(db, site))
        return none;
    if (!db->driver->lock) {
        qc_fail(db, site, QC_ERROR_UNSUPPORTED, "this database has no advisory locks");
        return none;
    }
    if (!reserve(db, site) || !take(db, site, key, flags))
        return none;
    db->tx.held++;
    return (qc_lock){
        .db = db, .site = *site, .key = key, .shared = flags & QC_LOCK_SHARED, .open = true};
}

/* The error of what went before stays; of the release it is told when there was none. */
static void release_quietly(qc_db *db, const qc_site *site, int64_t key, bool shared)
{
    qc_error_record before = db->error;
    if (before.error.code != QC_ERROR_OK)
        db->error = (qc_error_record){0};
    release(db, site, key, shared);
    if (before.error.code == QC_ERROR_OK)
        return;
    qc_error_free(&db->error);
    db->error = before;
}

static bool is_due_later(const qc_db *db)
{
    return (db->tx.failed || qc_tx_is_failing(db)) && db->driver->in_transaction(db->connection);
}

void qc_unlock(qc_lock *lock)
{
    if (!lock->open)
        return;
    qc_db *db = lock->db;
    lock->open = false;
    db->tx.held--;
    qc_end_busy(db);
    if (is_due_later(db))
        db->tx.due[db->tx.due_count++] = (qc_due_lock){lock->site, lock->key, lock->shared};
    else
        release_quietly(db, &lock->site, lock->key, lock->shared);
}

void qc_unlock_due(qc_db *db)
{
    while (db->tx.due_count && !is_due_later(db)) {
        const qc_due_lock due = db->tx.due[--db->tx.due_count];
        release_quietly(db, &due.site, due.key, due.shared);
    }
}
