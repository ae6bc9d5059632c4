/* Statements that are plain text: qc_execute, transactions, and what is made of them. */
#include "engine/db.h"
#include "engine/trace.h"

bool qc_run_text(qc_db *db, const qc_site *site, const char *sql)
{
    qc_report_of report = {.site = site, .sql = sql};
    const qc_timing timing = qc_report_begin(db, &report);
    const bool good = db->driver->run(db->connection, sql) == QC_ERROR_OK;
    if (!good)
        qc_blame(db, site, sql);
    report.rows = good ? 0 : -1;
    qc_report(db, &report, timing);
    return good;
}

bool qc_execute(qc_db *db, const char *sql)
{
    if (!qc_enter(db, NULL))
        return false;
    if (!sql) {
        qc_fail(db, NULL, QC_ERROR_MISUSE, "qc_execute needs a text");
        return false;
    }
    db->touched = true;
    return qc_run_text(db, NULL, sql);
}

/* ---- Transactions. ---- */

static bool in_transaction(const qc_db *db)
{
    return db->driver->in_transaction(db->connection);
}

void qc_run_quietly(qc_db *db, const char *sql)
{
    qc_error_record saved = db->error;
    db->error = (qc_error_record){0};
    db->options.undoing = true;
    qc_run_text(db, NULL, sql);
    db->options.undoing = false;
    qc_error_free(&db->error);
    db->error = saved;
}

static bool commit(qc_db *db, const qc_site *site)
{
    qc_report_of report = {.site = site, .sql = "COMMIT"};
    const qc_timing timing = qc_report_begin(db, &report);
    const bool good = db->driver->commit(db->connection) == QC_ERROR_OK;
    if (!good)
        qc_blame(db, site, "COMMIT");
    report.rows = good ? 0 : -1;
    qc_report(db, &report, timing);
    qc_tell_outcome(db, site, QC_EVENT_COMMIT, good);
    return good;
}

/* Enters for a call that needs a transaction to be open, or not to be. */
static bool enter(qc_db *db, bool open)
{
    if (!qc_enter(db, NULL))
        return false;
    if (in_transaction(db) == open)
        return true;
    qc_fail(db, NULL, QC_ERROR_MISUSE, "%s",
            open ? "no transaction is open" : "a transaction is already open");
    return false;
}

bool qc_begin(qc_db *db)
{
    return enter(db, false) && qc_run_text(db, NULL, "BEGIN");
}

bool qc_commit(qc_db *db)
{
    return enter(db, true) && commit(db, NULL);
}

bool qc_rollback(qc_db *db)
{
    if (!enter(db, true))
        return false;
    db->options.undoing = true;
    const bool good = qc_run_text(db, NULL, "ROLLBACK");
    db->options.undoing = false;
    qc_tell_outcome(db, NULL, QC_EVENT_ROLLBACK, good);
    return good;
}

/* ---- Several statements as one. ---- */

bool qc_atomic_begin(qc_db *db, const qc_site *site, qc_atomic *ret)
{
    ret->savepoint = in_transaction(db);
    ret->begun = qc_run_text(db, site, ret->savepoint ? "SAVEPOINT quercus" : "BEGIN");
    return ret->begun;
}

bool qc_atomic_end(qc_db *db, const qc_site *site, const qc_atomic *atomic, bool good)
{
    if (!atomic->begun)
        return good;
    if (good && atomic->savepoint)
        return qc_run_text(db, site, "RELEASE SAVEPOINT quercus");
    if (good && commit(db, site))
        return true;
    if (atomic->savepoint) {
        qc_run_quietly(db, "ROLLBACK TO SAVEPOINT quercus");
        qc_run_quietly(db, "RELEASE SAVEPOINT quercus");
    } else if (in_transaction(db)) {
        qc_run_quietly(db, "ROLLBACK");
    }
    return false;
}
