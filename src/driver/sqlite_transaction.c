/* The SQLite driver: text as it is, and transactions. A transaction that may write takes the writer's
 * lock when it begins, so that it waits then and never fails for the lock later. */
#include "driver/sqlite.h"

#include <stdio.h>
#include <string.h>

/* ---- Text as it is. ---- */

/* Whether `sql` is `word` alone, maybe with TRANSACTION or WORK behind it, in capitals or not. */
static bool is_command(const char *sql, const char *word)
{
    static const char *const fillers[] = {"", "transaction", "work"};
    char text[40];
    size_t length = strspn(sql, " \t\r\n"), end = strlen(sql);
    while (end > length && strchr("; \t\r\n", sql[end - 1]))
        end--;
    if (end - length >= sizeof(text))
        return false;
    for (size_t i = 0; i < sizeof(fillers) / sizeof(fillers[0]); i++) {
        sqlite3_snprintf(sizeof(text), text, *fillers[i] ? "%s %s" : "%s", word, fillers[i]);
        if (strlen(text) == end - length &&
            sqlite3_strnicmp(text, sql + length, (int)(end - length)) == 0)
            return true;
    }
    return false;
}

/* Runs the first statement of *sql and moves behind it. */
static enum qc_code run_next(qc_connection *c, const char **sql)
{
    sqlite3_stmt *stmt = NULL;
    const char *tail = *sql + strlen(*sql);
    int rc = sqlite3_prepare_v3(c->db, *sql, -1, 0, &stmt, &tail);
    if (rc != SQLITE_OK)
        return qc_sqlite_fail(c, rc, *sql);
    *sql = tail;
    while (stmt && (rc = qc_sqlite_step(c, stmt)) == SQLITE_ROW) {
    }
    sqlite3_finalize(stmt);
    return !stmt || rc == SQLITE_DONE ? QC_ERROR_OK : c->error->error.code;
}

/* Between two transactions there is a statement behind which none is open. */
enum qc_code qc_sqlite_run(qc_connection *c, const char *sql, enum qc_outcome *ret_ended)
{
    bool was_open = !sqlite3_get_autocommit(c->db);
    if (is_command(sql, "rollback") && !was_open) {
        c->lost = false;
        return QC_ERROR_OK;
    }
    enum qc_code code = qc_sqlite_enter(c);
    while (code == QC_ERROR_OK && *sql) {
        code = run_next(c, &sql);
        if (code != QC_ERROR_OK || !was_open || !sqlite3_get_autocommit(c->db))
            continue;
        was_open = false;
        if (ret_ended)
            *ret_ended = c->commits ? QC_OUTCOME_COMMITTED : QC_OUTCOME_ROLLED_BACK;
    }
    return qc_sqlite_statement_end(c, code);
}

/* ---- Transactions. ---- */

bool qc_sqlite_in_transaction(qc_connection *c)
{
    return c->lost || !sqlite3_get_autocommit(c->db);
}

static int read_flag(void *flag, int count, char **values, char **names)
{
    (void)names;
    *(bool *)flag = count == 1 && values[0] && strcmp(values[0], "0") != 0;
    return SQLITE_OK;
}

/* Runs text of our own, which does not count as a change that the program made. */
static int run_own(qc_connection *c, const char *sql, bool *ret_flag)
{
    const bool changed = c->changed;
    const int rc = sqlite3_exec(c->db, sql, ret_flag ? read_flag : NULL, ret_flag, NULL);
    c->changed = changed;
    return rc;
}

/* Writes are refused in a read-only transaction only: the setting is the connection's. */
static enum qc_code begin_reading(qc_connection *c)
{
    bool already = false;
    int rc = run_own(c, "PRAGMA query_only", &already);
    if (rc == SQLITE_OK && !already)
        rc = run_own(c, "PRAGMA query_only = ON", NULL);
    c->restores = rc == SQLITE_OK && !already;
    return rc == SQLITE_OK ? QC_ERROR_OK : qc_sqlite_fail(c, rc, NULL);
}

void qc_sqlite_end_reading(qc_connection *c)
{
    if (!c->restores)
        return;
    c->restores = false;
    run_own(c, "PRAGMA query_only = OFF", NULL);
}

enum qc_code qc_sqlite_begin(qc_connection *c, const qc_tx_options *options,
                             char text[QC_BEGIN_SIZE])
{
    snprintf(text, QC_BEGIN_SIZE, options->read_only ? "BEGIN" : "BEGIN IMMEDIATE");
    enum qc_code code = options->read_only ? begin_reading(c) : QC_ERROR_OK;
    if (code == QC_ERROR_OK)
        code = qc_sqlite_run(c, text, NULL);
    if (code != QC_ERROR_OK)
        qc_sqlite_end_reading(c);
    return code;
}

enum qc_code qc_sqlite_rollback(qc_connection *c)
{
    c->lost = false;
    const enum qc_code code =
        sqlite3_get_autocommit(c->db) ? QC_ERROR_OK : qc_sqlite_run(c, "ROLLBACK", NULL);
    qc_sqlite_end_reading(c);
    return code;
}

/* As in PostgreSQL a refused COMMIT ends the transaction, save that one which only waited in vain
 * for a lock can be tried again. */
enum qc_code qc_sqlite_commit(qc_connection *c, bool *ret_unknown)
{
    *ret_unknown = false;
    enum qc_code code = qc_sqlite_enter(c);
    const char *sql = "COMMIT";
    if (code == QC_ERROR_OK)
        code = run_next(c, &sql);
    c->lost = false;
    if (code != QC_ERROR_OK && (sqlite3_errcode(c->db) & 0xFF) != SQLITE_BUSY &&
        !sqlite3_get_autocommit(c->db))
        sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
    if (sqlite3_get_autocommit(c->db))
        qc_sqlite_end_reading(c);
    return qc_sqlite_statement_end(c, code);
}
