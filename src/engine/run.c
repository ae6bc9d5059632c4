/* Statements that are plain text, and several statements as one. */
#include "engine/budget.h"
#include "engine/trace.h"

static bool run(qc_db *db, const qc_site *site, const char *sql, enum qc_outcome *ret_ended)
{
    qc_report_of report = {.site = site, .sql = sql};
    const qc_timing timing = qc_report_begin(db, &report);
    const bool good = db->driver->run(db->connection, sql, ret_ended) == QC_ERROR_OK;
    if (!good)
        qc_blame(db, site, sql);
    report.rows = good ? 0 : -1;
    qc_report(db, &report, timing);
    return good;
}

bool qc_run_text(qc_db *db, const qc_site *site, const char *sql)
{
    return run(db, site, sql, NULL);
}

bool qc_execute_at(qc_db *db, const qc_site *site, const char *sql)
{
    if (!qc_enter(db, site))
        return false;
    if (!sql) {
        qc_fail(db, site, QC_ERROR_MISUSE, "qc_execute needs a text");
        return false;
    }
    if (!qc_may_write(db, site) || !qc_tx_allows(db, site, sql) || !qc_may_send(db, site))
        return false;
    db->touched = true;
    db->tx.wrote = true;
    enum qc_outcome ended = QC_OUTCOME_NONE;
    const bool good = run(db, site, sql, &ended);
    return qc_tx_survived(db, site, sql, ended) && good;
}

bool qc_run_undoing(qc_db *db, const qc_site *site, const char *sql)
{
    db->options.undoing = true;
    const bool good = qc_run_text(db, site, sql);
    db->options.undoing = false;
    return good;
}

void qc_run_quietly(qc_db *db, const char *sql)
{
    qc_error_record saved = db->error;
    db->error = (qc_error_record){0};
    qc_run_undoing(db, NULL, sql);
    qc_error_free(&db->error);
    db->error = saved;
}

/* ---- Several statements as one. ---- */

bool qc_atomic_begin(qc_db *db, const qc_site *site, qc_atomic *ret)
{
    ret->savepoint = db->driver->in_transaction(db->connection);
    ret->begun = ret->savepoint ? qc_run_text(db, site, "SAVEPOINT quercus")
                                : qc_tx_start(db, site, &(const qc_tx_options){.version = 1});
    return ret->begun;
}

static void undo(qc_db *db, const qc_site *site, bool savepoint)
{
    qc_error_record saved = db->error;
    db->error = (qc_error_record){0};
    if (savepoint)
        qc_run_undoing(db, site, "ROLLBACK TO SAVEPOINT quercus; RELEASE SAVEPOINT quercus");
    else
        qc_tx_rollback(db, site);
    qc_error_free(&db->error);
    db->error = saved;
}

bool qc_atomic_end(qc_db *db, const qc_site *site, const qc_atomic *atomic, bool good)
{
    if (!atomic->begun)
        return good;
    if (good && atomic->savepoint)
        return qc_run_text(db, site, "RELEASE SAVEPOINT quercus");
    if (good && qc_tx_commit(db, site))
        return true;
    if (db->driver->in_transaction(db->connection))
        undo(db, site, atomic->savepoint);
    return false;
}
