/* Two-phase commit: a transaction that is prepared outlasts its connection. */
#include "engine/trace.h"
#include "engine/transaction.h"

static const char *const words[] = {
    [QC_PREPARE_TRANSACTION] = "PREPARE TRANSACTION",
    [QC_COMMIT_PREPARED] = "COMMIT PREPARED",
    [QC_ROLLBACK_PREPARED] = "ROLLBACK PREPARED",
};

static bool has_two_phase(qc_db *db, const qc_site *site)
{
    if (db->driver->two_phase)
        return true;
    qc_fail(db, site, QC_ERROR_UNSUPPORTED, "this database has no two-phase commit");
    return false;
}

static bool run(qc_db *db, const qc_site *site, enum qc_two_phase what, const char *id,
                bool *ret_unknown)
{
    *ret_unknown = false;
    if (!has_two_phase(db, site))
        return false;
    if (!id) {
        qc_fail(db, site, QC_ERROR_MISUSE, "%s needs an id", words[what]);
        return false;
    }
    qc_report_of report = {.site = site, .sql = words[what]};
    const qc_timing timing = qc_report_begin(db, &report);
    const bool good = db->driver->two_phase(db->connection, what, id, ret_unknown) == QC_ERROR_OK;
    if (!good)
        qc_blame(db, site, words[what]);
    report.rows = good ? 0 : -1;
    qc_report(db, &report, timing);
    return good;
}

bool qc_tx_prepare(qc_db *db, const qc_site *site, const char *id)
{
    bool unknown;
    const bool good = run(db, site, QC_PREPARE_TRANSACTION, id, &unknown);
    db->tx.identity = (qc_tx_identity){.known = false};
    if (good)
        db->tx.outcome = QC_OUTCOME_PREPARED;
    else if (unknown)
        db->tx.outcome = QC_OUTCOME_UNKNOWN;
    else if (!db->driver->in_transaction(db->connection))
        db->tx.outcome = QC_OUTCOME_ROLLED_BACK;
    return good;
}

bool qc_commit_prepared_at(qc_db *db, const qc_site *site, const char *id)
{
    bool unknown;
    if (!qc_enter(db, site))
        return false;
    const bool good = run(db, site, QC_COMMIT_PREPARED, id, &unknown);
    if (good)
        qc_tell_outcome(db, site, QC_EVENT_COMMIT, true);
    return good;
}

bool qc_rollback_prepared_at(qc_db *db, const qc_site *site, const char *id)
{
    bool unknown;
    if (!qc_enter(db, site))
        return false;
    const bool good = run(db, site, QC_ROLLBACK_PREPARED, id, &unknown);
    if (good)
        qc_tell_outcome(db, site, QC_EVENT_ROLLBACK, true);
    return good;
}

const char **qc_prepared_transactions_at(qc_db *db, const qc_site *site)
{
    const char **list = NULL;
    if (!qc_enter(db, site) || !has_two_phase(db, site))
        return NULL;
    const qc_mark mark = qc_arena_mark(db->results);
    if (db->driver->list_prepared(db->connection, db->results, &list) == QC_ERROR_OK)
        return list;
    qc_arena_release(db->results, mark);
    qc_blame(db, site, NULL);
    return NULL;
}
