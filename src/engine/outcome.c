/* COMMIT has three outcomes: it was carried out, it was not, or its answer was lost. The last is
 * resolved by asking another connection what became of the transaction. */
#include "engine/transaction.h"

#include "base/wait.h"
#include "engine/trace.h"

/* MOST_MS: of asking, where the connection has no deadline. */
enum { FIRST_PAUSE_US = 20 * 1000, LONGEST_PAUSE_US = 500 * 1000, MOST_MS = 30000 };

/* ---- Asking. ---- */

/* One try: UNKNOWN when the database cannot be reached or does not know yet. */
static enum qc_outcome ask(const qc_db *db, int64_t deadline)
{
    enum qc_outcome outcome = QC_OUTCOME_UNKNOWN;
    const int64_t left = (deadline - qc_about_now_us()) / 1000;
    qc_driver_options options = db->options;
    qc_error_record error = {0};
    options.named_statements = false;
    options.notice = NULL;
    options.timeout_ms = left > 1 ? (int)left : 1;
    qc_connection *other = db->driver->open(db->url, &options, &error);
    if (other) {
        db->driver->resolve(other, &db->tx.identity, &outcome);
        db->driver->close(other);
    }
    qc_error_free(&error);
    return outcome;
}

static bool is_resolvable(const qc_db *db)
{
    return db->tx.outcome == QC_OUTCOME_UNKNOWN && db->driver->resolve && *db->tx.identity.id;
}

static void ask_until(qc_db *db, int64_t deadline)
{
    int64_t pause = FIRST_PAUSE_US;
    while (is_resolvable(db)) {
        db->tx.outcome = ask(db, deadline);
        const int64_t next = qc_about_now_us() + pause;
        if (db->tx.outcome != QC_OUTCOME_UNKNOWN || next >= deadline)
            return;
        qc_wait_until(next);
        pause = pause < LONGEST_PAUSE_US ? 2 * pause : LONGEST_PAUSE_US;
    }
}

static void resolve(qc_db *db, int64_t deadline)
{
    qc_inside_begin(&db->inside);
    ask_until(db, deadline);
    qc_inside_end(&db->inside);
}

static int64_t deadline_of(const qc_db *db, int64_t began)
{
    const int timeout = db->options.timeout_ms;
    return began + (int64_t)(timeout ? timeout : MOST_MS) * 1000;
}

enum qc_outcome qc_outcome(qc_db *db)
{
    if (!db)
        return QC_OUTCOME_NONE;
    if (!is_resolvable(db))
        return db->tx.outcome;
    resolve(db, deadline_of(db, qc_about_now_us()));
    if (db->tx.outcome == QC_OUTCOME_COMMITTED)
        qc_error_clear(&db->error);
    return db->tx.outcome;
}

void qc_set_resolve_commits(qc_db *db, bool on)
{
    if (db)
        db->tx.unresolved = !on;
}

/* ---- COMMIT. ---- */

static bool identify(qc_db *db, const qc_site *site)
{
    qc_tx_identity *identity = &db->tx.identity;
    *identity = (qc_tx_identity){.known = false};
    if (!db->driver->identify || db->tx.unresolved || !db->tx.wrote || db->tx.read_only)
        return true;
    if (db->driver->identify(db->connection, identity) == QC_ERROR_OK)
        return true;
    qc_blame(db, site, "COMMIT");
    return false;
}

/* The answer is lost. True when the transaction was committed after all. */
static bool settle(qc_db *db, const qc_site *site, int64_t began)
{
    const bool wrote_nothing = db->tx.read_only || (db->tx.identity.known && !*db->tx.identity.id);
    db->tx.outcome = wrote_nothing ? QC_OUTCOME_ROLLED_BACK : QC_OUTCOME_UNKNOWN;
    resolve(db, deadline_of(db, began));
    if (db->tx.outcome == QC_OUTCOME_COMMITTED) {
        qc_error_clear(&db->error);
        return true;
    }
    qc_blame(db, site, "COMMIT");
    if (db->tx.outcome == QC_OUTCOME_ROLLED_BACK)
        db->error.error.detail =
            wrote_nothing ? "the transaction wrote nothing"
                          : "asked again, the database says that it was rolled back";
    return false;
}

bool qc_tx_commit(qc_db *db, const qc_site *site)
{
    const int64_t began = qc_about_now_us();
    bool unknown = false;
    bool good = identify(db, site);
    qc_report_of report = {.site = site, .sql = "COMMIT"};
    const qc_timing timing = qc_report_begin(db, &report);
    if (good)
        good = db->driver->commit(db->connection, &unknown) == QC_ERROR_OK;
    db->tx.outcome = good ? QC_OUTCOME_COMMITTED : QC_OUTCOME_ROLLED_BACK;
    if (unknown)
        good = settle(db, site, began);
    else if (!good)
        qc_blame(db, site, "COMMIT");
    report.rows = good ? 0 : -1;
    qc_report(db, &report, timing);
    qc_tell_outcome(db, site, QC_EVENT_COMMIT, good);
    return good;
}

/* What is not committed does not last, also when the answer to ROLLBACK is lost. Of one that a text
 * has ended the outcome is known already. */
bool qc_tx_rollback(qc_db *db, const qc_site *site)
{
    if (db->tx.outcome == QC_OUTCOME_NONE)
        db->tx.outcome = QC_OUTCOME_ROLLED_BACK;
    qc_report_of report = {.site = site, .sql = "ROLLBACK"};
    const qc_timing timing = qc_report_begin(db, &report);
    db->options.undoing = true;
    const bool good = db->driver->rollback(db->connection) == QC_ERROR_OK;
    db->options.undoing = false;
    if (!good)
        qc_blame(db, site, "ROLLBACK");
    report.rows = good ? 0 : -1;
    qc_report(db, &report, timing);
    qc_tell_outcome(db, site, QC_EVENT_ROLLBACK, good);
    return good;
}
