/* TRANSACTION_RETRY: the whole block again when the database gave the transaction up in favour of
 * another one. */
#include "base/wait.h"
#include "engine/trace.h"
#include "engine/transaction.h"

#include <string.h>

enum { FIRST_PAUSE_US = 2000, LONGEST_PAUSE_US = 1000 * 1000 };

int qc_attempt(const qc_db *db)
{
    return db ? db->tx.attempt : 0;
}

/* ---- Pauses. ---- */

/* xorshift64* (Vigna, "An experimental exploration of Marsaglia's xorshift generators"). */
static uint64_t next_random(qc_db *db)
{
    uint64_t x = db->tx.random;
    if (!x)
        x = ((uint64_t)qc_now_us() ^ (uint64_t)(uintptr_t)db) | 1;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    db->tx.random = x;
    return x * UINT64_C(0x2545f4914f6cdd1d);
}

/* Anywhere up to a bound that doubles: those who met must not meet again. */
static void pause_after(qc_db *db, int attempt)
{
    int64_t most = FIRST_PAUSE_US;
    for (int i = 1; i < attempt && most < LONGEST_PAUSE_US; i++)
        most *= 2;
    if (most > LONGEST_PAUSE_US)
        most = LONGEST_PAUSE_US;
    qc_inside_begin(&db->inside);
    qc_wait_until(qc_now_us() + (int64_t)(next_random(db) % (uint64_t)most));
    qc_inside_end(&db->inside);
}

/* ---- Attempts. ---- */

static bool is_conflict(const qc_db *db)
{
    const char *const *state = db->driver->conflicts;
    while (*state && strcmp(*state, db->error.error.sqlstate) != 0)
        state++;
    return *state != NULL;
}

static void attempt(qc_retry *retry, qc_db *db)
{
    db->tx.attempt = ++retry->attempt;
    retry->tx = qc_tx_begin(db, &retry->site, &retry->options);
}

/* Also BEGIN may meet a conflict, with a database that locks then. */
static void go_on(qc_retry *retry, qc_db *db)
{
    while (!retry->tx.open && retry->attempt < retry->options.attempts && is_conflict(db)) {
        pause_after(db, retry->attempt);
        attempt(retry, db);
    }
}

static bool may_begin(qc_db *db, const qc_site *site, const qc_tx_options *options)
{
    if (!qc_enter(db, site))
        return false;
    if (options->attempts < 1) {
        qc_fail(db, site, QC_ERROR_MISUSE, "TRANSACTION_RETRY takes at least one attempt");
        return false;
    }
    if (!db->driver->in_transaction(db->connection))
        return true;
    const qc_site *outer = db->tx.depth ? &db->tx.frames[db->tx.depth - 1].site : NULL;
    qc_fail(db, site, QC_ERROR_MISUSE,
            "TRANSACTION_RETRY at %s:%d stands inside the transaction of %s:%d, which it cannot "
            "repeat",
            site->file, site->line, outer ? outer->file : "text", outer ? outer->line : 0);
    return false;
}

qc_retry qc_retry_begin(qc_db *db, const qc_site *site, const qc_tx_options *options)
{
    qc_retry retry = {.site = *site, .options = *options};
    if (!may_begin(db, site, options))
        return retry;
    retry.results = qc_scope_begin(db);
    retry.arena = qc_current_arena();
    retry.mark = qc_arena_mark(retry.arena);
    attempt(&retry, db);
    go_on(&retry, db);
    return retry;
}

/* Frees what the failed attempt fetched and built. */
static void rewind_memory(qc_retry *retry, qc_db *db)
{
    qc_scope_end(&retry->results);
    retry->results = qc_scope_begin(db);
    qc_arena_release(retry->arena, retry->mark);
}

void qc_retry_end(qc_retry *retry)
{
    qc_db *db = retry->tx.db;
    qc_tx_end(&retry->tx);
    if (qc_ok(db) || retry->attempt >= retry->options.attempts || !is_conflict(db))
        return;
    rewind_memory(retry, db);
    go_on(retry, db);
}

void qc_retry_leave(qc_retry *retry)
{
    qc_tx_leave(&retry->tx);
}
