/* A session from the outside, as a pool sees it: is it alive, may it be handed to someone else, and
 * what does the server say beside its answers. */
#include "driver/pg.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

/* ---- Notices. ---- */

static void take_notice(void *data, const PGresult *result)
{
    const qc_connection *c = data;
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (!c->options->notice)
        return;
    c->options->notice(c->options->notice_data, severity ? severity : "NOTICE",
                       text ? text : PQresultErrorMessage(result));
}

void qc_pg_begin_session(qc_connection *c)
{
    const char *name = PQparameterStatus(c->link, "application_name");
    strncat(c->application_name, name ? name : "", sizeof(c->application_name) - 1);
    PQsetNoticeReceiver(c->link, take_notice, c);
}

/* ---- Alive, and still taking writes? ---- */

static bool is_on(const qc_connection *c, const char *parameter)
{
    const char *value = PQparameterStatus(c->link, parameter);
    return value && strcmp(value, "on") == 0;
}

void qc_pg_note_refusal(qc_connection *c, const char *sqlstate)
{
    c->refused = c->refused || (sqlstate && strcmp(sqlstate, "25006") == 0);
}

/* 25006 is also what a READ ONLY transaction of the program answers. What the server tells about
 * itself may come behind the refusal; before version 14 it does not tell whether it is a standby.
 */
static bool takes_no_writes(const qc_connection *c)
{
    return is_on(c, "in_hot_standby") || is_on(c, "default_transaction_read_only") ||
           PQserverVersion(c->link) < 140000;
}

/* What the server says when it ends a session lies in the socket until someone reads it. */
static void take_in(qc_connection *c)
{
    struct pollfd link = {.fd = PQsocket(c->link), .events = POLLIN};
    for (int reads = 0; reads < 4 && poll(&link, 1, 0) > 0; reads++) {
        if (!PQconsumeInput(c->link))
            return;
        PQisBusy(c->link); /* has libpq look at what it read */
    }
}

enum qc_link qc_pg_link(qc_connection *c, bool look)
{
    if (look && !c->broken && PQstatus(c->link) == CONNECTION_OK)
        take_in(c);
    if (c->broken || PQstatus(c->link) != CONNECTION_OK)
        return QC_LINK_LOST;
    return c->refused && takes_no_writes(c) ? QC_LINK_DEMOTED : QC_LINK_GOOD;
}

enum qc_code qc_pg_ping(qc_connection *c)
{
    const enum qc_code code = qc_pg_enter(c);
    return code == QC_ERROR_OK ? qc_pg_run_text(c, "", NULL) : code;
}

/* ---- As new. ---- */

/* What DISCARD ALL does (PostgreSQL manual), but for our prepared statements and their plans; those
 * that the program made with PREPARE are counted. */
static const char as_new[] = "CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ROLE; RESET ALL; "
                             "UNLISTEN *; SELECT pg_advisory_unlock_all(); DISCARD TEMP; "
                             "DISCARD SEQUENCES; "
                             "SELECT count(*) FROM pg_prepared_statements WHERE from_sql";

static enum qc_code run_reset(qc_connection *c, const char *rollback)
{
    char sql[sizeof("ROLLBACK; ") + sizeof(as_new)] = "";
    strcat(strcat(sql, rollback), as_new);
    PGresult *result;
    const enum qc_code code = qc_pg_run_text(c, sql, &result);
    if (code != QC_ERROR_OK)
        return code;
    c->forget = c->forget || atoi(qc_pg_text_at(result, 0, 0)) > 0;
    PQclear(result);
    return code;
}

/* Behind a pooler RESET ALL does not know what we began with. */
static enum qc_code restore(qc_connection *c, const char *parameter, const char *value)
{
    const char *values[] = {parameter, value}, *now = PQparameterStatus(c->link, parameter);
    if (!now || strcmp(now, value) == 0)
        return QC_ERROR_OK;
    if (!PQsendQueryParams(c->link, "SELECT set_config($1, $2, false)", 2, NULL, values, NULL, NULL,
                           0)) {
        c->broken = true;
        return qc_pg_fail_link(c);
    }
    return qc_pg_collect(c, NULL);
}

enum qc_code qc_pg_reset(qc_connection *c, bool thoroughly)
{
    const bool open = PQtransactionStatus(c->link) != PQTRANS_IDLE;
    enum qc_code code = qc_pg_enter(c);
    if (code == QC_ERROR_OK && thoroughly)
        code = run_reset(c, open ? "ROLLBACK; " : "");
    else if (code == QC_ERROR_OK && open)
        code = qc_pg_run_text(c, "ROLLBACK", NULL);
    if (code == QC_ERROR_OK && thoroughly)
        code = restore(c, "client_encoding", "UTF8");
    if (code == QC_ERROR_OK && thoroughly)
        code = restore(c, "application_name", c->application_name);
    if (code == QC_ERROR_OK && c->forget)
        code = qc_pg_enter(c);
    if (code == QC_ERROR_OK) /* those of the last user are not for the next */
        qc_pg_drop_notifications(c);
    return code;
}

/* ---- Replicas. ---- */

void qc_pg_attach(qc_connection *c, const qc_driver_options *options, qc_error_record *error)
{
    c->options = options;
    c->error = error;
}

enum qc_code qc_pg_set_read_only(qc_connection *c, bool on)
{
    const enum qc_code code = qc_pg_enter(c);
    if (code != QC_ERROR_OK)
        return code;
    return qc_pg_run_text(c,
                          on ? "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"
                             : "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
                          NULL);
}
