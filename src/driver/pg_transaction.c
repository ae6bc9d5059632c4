/* Transactions: how they begin and end, and what became of one whose COMMIT was not answered.
 *
 * A transaction that wrote is named by its number (xid8) before COMMIT. Another session asks what
 * became of it, which is exact as long as the server has not lost that number: a server that crashed
 * or a standby that was promoted may have, and would give it to another transaction. So the name
 * holds the place in the log, behind all that the transaction wrote: if the last recovery came as
 * far as that, the number is known; if not, COMMIT, which stands behind it, is lost.
 */
#include "driver/pg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool qc_pg_in_transaction(qc_connection *c)
{
    const PGTransactionStatusType status = PQtransactionStatus(c->link);
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

/* ---- Beginning and ending. ---- */

enum qc_code qc_pg_begin(qc_connection *c, const qc_tx_options *options, char text[QC_BEGIN_SIZE])
{
    static const char *const levels[] = {
        [QC_ISOLATION_DEFAULT] = "",
        [QC_READ_COMMITTED] = " ISOLATION LEVEL READ COMMITTED",
        [QC_REPEATABLE_READ] = " ISOLATION LEVEL REPEATABLE READ",
        [QC_SERIALIZABLE] = " ISOLATION LEVEL SERIALIZABLE",
    };
    snprintf(text, QC_BEGIN_SIZE, "BEGIN%s%s%s", levels[options->isolation],
             options->read_only ? " READ ONLY" : "", options->deferrable ? " DEFERRABLE" : "");
    const enum qc_code code = qc_pg_enter_text(c);
    return code == QC_ERROR_OK ? qc_pg_run_text(c, text, NULL) : code;
}

enum qc_code qc_pg_rollback(qc_connection *c)
{
    const enum qc_code code = qc_pg_enter_text(c);
    return code == QC_ERROR_OK ? qc_pg_run_text(c, "ROLLBACK", NULL) : code;
}

static enum qc_code fail_unknown(qc_connection *c, enum qc_code code, const char *command)
{
    char sqlstate[sizeof(c->error->error.sqlstate)];
    memcpy(sqlstate, c->error->error.sqlstate, sizeof(sqlstate));
    qc_error_set(c->error, code,
                 "%s was sent but not answered (%s): whether it was carried out is unknown", command,
                 c->error->error.message);
    memcpy(c->error->error.sqlstate, sqlstate, sizeof(sqlstate));
    return code;
}

/* Runs what ends a transaction: `tag` is what the server answers when it does. */
static enum qc_code end(qc_connection *c, const char *sql, const char *tag, bool *ret_unknown)
{
    PGresult *result;
    *ret_unknown = false;
    enum qc_code code = qc_pg_enter_text(c);
    if (code != QC_ERROR_OK)
        return code;
    code = qc_pg_run_text(c, sql, &result);
    *ret_unknown = code == QC_ERROR_DISCONNECTED || (code != QC_ERROR_OK && c->broken);
    if (*ret_unknown)
        return fail_unknown(c, code, tag);
    if (code != QC_ERROR_OK)
        return code;
    const char *answer = PQcmdStatus(result);
    if (strcmp(answer, tag) != 0)
        code = qc_error_set(c->error, QC_ERROR_SERVER,
                            "%s was answered with %s: the transaction had failed", tag, answer);
    PQclear(result);
    return code;
}

enum qc_code qc_pg_commit(qc_connection *c, bool *ret_unknown)
{
    return end(c, "COMMIT", "COMMIT", ret_unknown);
}

/* ---- Two-phase commit. ---- */

/* The commands take a literal, no parameter. */
static enum qc_code two_phase_text(qc_connection *c, const char *command, const char *id,
                                   char **ret)
{
    enum { LONGEST = 199 }; /* GIDSIZE - 1 */
    const size_t length = strlen(id);
    if (length == 0 || length > LONGEST || !qc_utf8_valid(id, length))
        return qc_error_set(c->error, QC_ERROR_VALUE,
                            "the id of a prepared transaction is 1 to 199 bytes of UTF-8");
    char *literal = PQescapeLiteral(c->link, id, length);
    const size_t size = strlen(command) + 1 + (literal ? strlen(literal) : 0) + 1;
    *ret = literal ? malloc(size) : NULL;
    if (*ret)
        snprintf(*ret, size, "%s %s", command, literal);
    PQfreemem(literal);
    return *ret ? QC_ERROR_OK : qc_pg_nomem(c);
}

enum qc_code qc_pg_two_phase(qc_connection *c, enum qc_two_phase what, const char *id,
                             bool *ret_unknown)
{
    static const char *const commands[] = {
        [QC_PREPARE_TRANSACTION] = "PREPARE TRANSACTION",
        [QC_COMMIT_PREPARED] = "COMMIT PREPARED",
        [QC_ROLLBACK_PREPARED] = "ROLLBACK PREPARED",
    };
    char *sql;
    *ret_unknown = false;
    enum qc_code code = two_phase_text(c, commands[what], id, &sql);
    if (code != QC_ERROR_OK)
        return code;
    code = end(c, sql, commands[what], ret_unknown);
    free(sql);
    return code;
}

enum qc_code qc_pg_list_prepared(qc_connection *c, qc_arena *arena, const char ***ret)
{
    PGresult *result;
    enum qc_code code = qc_pg_enter(c);
    if (code == QC_ERROR_OK)
        code = qc_pg_run_text(c,
                              "SELECT gid FROM pg_prepared_xacts "
                              "WHERE database = current_database() ORDER BY prepared, gid",
                              &result);
    if (code != QC_ERROR_OK)
        return code;
    const int count = PQntuples(result);
    const char **list = (const char **)qc_fetch_list(arena, (size_t)count);
    for (int i = 0; list && i < count; i++) {
        const char *id = qc_pg_text_at(result, i, 0);
        list[i] = qc_arena_copy(arena, id, strlen(id));
        if (!list[i])
            list = NULL;
    }
    PQclear(result);
    *ret = list;
    return list ? QC_ERROR_OK : qc_pg_nomem(c);
}

/* ---- What became of it? ---- */

/* Copies field `i` of the first row; "" when it is NULL. */
static void copy_field(const PGresult *result, int i, char *out, size_t size)
{
    snprintf(out, size, "%s", qc_pg_text_at(result, 0, i));
}

/* Nothing is evaluated but the condition when there is no number, as always on a standby. */
#define QC_PG_IDENTIFY                                                                             \
    "SELECT pg_current_xact_id_if_assigned(), pg_backend_pid(), "                                  \
    "left(pg_walfile_name(pg_current_wal_lsn()), 8), pg_current_wal_insert_lsn(), "                \
    "pg_last_wal_replay_lsn() WHERE pg_current_xact_id_if_assigned() IS NOT NULL"

/* One more statement of the same call. */
static enum qc_code run_next(qc_connection *c, const char *sql, PGresult **ret)
{
    const enum qc_code code = qc_pg_statement_begin(c);
    return code == QC_ERROR_OK ? qc_pg_run_text(c, sql, ret) : code;
}

/* The first time in a savepoint: what only speaks the protocol of PostgreSQL, or an old server, may
 * not know these functions, and asking must not fail the transaction. */
static enum qc_code ask_first(qc_connection *c, PGresult **ret)
{
    enum qc_code code = qc_pg_run_text(c, "SAVEPOINT quercus_identify", NULL);
    if (code == QC_ERROR_OK)
        code = run_next(c, QC_PG_IDENTIFY, ret);
    else
        return code;
    if (code == QC_ERROR_OK || c->broken) {
        c->identifies = code == QC_ERROR_OK ? QC_PG_IDENTIFIES : QC_PG_UNTRIED;
        return code;
    }
    c->identifies = QC_PG_CANNOT_IDENTIFY;
    qc_error_clear(c->error);
    *ret = NULL;
    return run_next(c, "ROLLBACK TO SAVEPOINT quercus_identify", NULL);
}

enum qc_code qc_pg_identify(qc_connection *c, qc_tx_identity *ret)
{
    *ret = (qc_tx_identity){.known = false};
    if (c->identifies == QC_PG_CANNOT_IDENTIFY)
        return QC_ERROR_OK;
    PGresult *result = NULL;
    enum qc_code code = qc_pg_enter_text(c);
    if (code == QC_ERROR_OK)
        code = c->identifies == QC_PG_IDENTIFIES ? qc_pg_run_text(c, QC_PG_IDENTIFY, &result)
                                                 : ask_first(c, &result);
    if (code != QC_ERROR_OK || !result)
        return code;
    ret->known = true;
    if (PQntuples(result) == 1) {
        copy_field(result, 0, ret->id, sizeof(ret->id));
        copy_field(result, 1, ret->session, sizeof(ret->session));
        copy_field(result, 2, ret->history, sizeof(ret->history));
        copy_field(result, 3, ret->position, sizeof(ret->position));
        copy_field(result, 4, ret->recovered, sizeof(ret->recovered));
    }
    PQclear(result);
    return code;
}

enum qc_code qc_pg_ask(qc_connection *c, const char *sql, int count, const char *const *values,
                       PGresult **ret)
{
    if (!PQsendQueryParams(c->link, sql, count, NULL, values, NULL, NULL, 0)) {
        c->broken = true;
        return qc_pg_fail_link(c);
    }
    return qc_pg_collect(c, ret);
}

/* $1 number, $2 timeline, $3 place in the log, $4 where an earlier recovery had ended. A timeline
 * that follows is a promoted standby's. */
static const char status_of[] =
    "SELECT CASE "
    "WHEN steps = 0 AND (replayed IS NULL OR replayed = nullif($4, '')::pg_lsn) OR "
    "steps IN (0, 1) AND replayed >= $3::pg_lsn THEN pg_xact_status($1::xid8) "
    "WHEN steps IN (0, 1) AND replayed < $3::pg_lsn THEN 'aborted' END "
    "FROM (SELECT CASE WHEN NOT pg_is_in_recovery() THEN "
    "('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int - "
    "('x' || $2)::bit(32)::int END, pg_last_wal_replay_lsn()) AS history(steps, replayed)";

/* As long as the server takes the lost link for open it does not end the session; the number makes
 * sure that it is still this one. */
static enum qc_code end_session(qc_connection *c, const qc_tx_identity *identity)
{
    const char *values[] = {identity->id, identity->session};
    const enum qc_code code = qc_pg_statement_begin(c);
    if (code != QC_ERROR_OK)
        return code;
    return qc_pg_ask(c,
                     "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                     "WHERE pid = $2::int AND backend_xid = $1::xid8::xid",
                     2, values, NULL);
}

enum qc_code qc_pg_resolve(qc_connection *c, const qc_tx_identity *identity, enum qc_outcome *ret)
{
    *ret = QC_OUTCOME_UNKNOWN;
    const char *values[] = {identity->id, identity->history, identity->position,
                            identity->recovered};
    PGresult *result;
    enum qc_code code = qc_pg_enter_text(c);
    if (code == QC_ERROR_OK)
        code = qc_pg_ask(c, status_of, 4, values, &result);
    if (code != QC_ERROR_OK)
        return code;
    const char *status = qc_pg_text_at(result, 0, 0);
    const bool open = strcmp(status, "in progress") == 0;
    if (strcmp(status, "committed") == 0)
        *ret = QC_OUTCOME_COMMITTED;
    else if (strcmp(status, "aborted") == 0)
        *ret = QC_OUTCOME_ROLLED_BACK;
    PQclear(result);
    return open ? end_session(c, identity) : QC_ERROR_OK;
}
