/* Cursors (PostgreSQL manual, DECLARE, FETCH, MOVE, CLOSE). Their names are ours, their parameters go
 * with DECLARE; numbers of rows are part of the grammar, and printed as such. */
#include "driver/pg.h"

#include "base/strbuf.h"

#include <stdio.h>
#include <stdlib.h>

struct qc_driver_cursor {
    unsigned number;
};

enum { BINARY = 1, TEXT_SIZE = 80 };

static enum qc_code send(qc_connection *c, const char *sql, PGresult **ret)
{
    c->current = NULL;
    if (PQsendQueryParams(c->link, sql, 0, NULL, NULL, NULL, NULL, BINARY))
        return qc_pg_collect(c, ret);
    c->broken = true;
    return qc_pg_fail_link(c);
}

/* ---- Opening. ---- */

static enum qc_code declare(qc_connection *c, const qc_statement *s, const char *sql)
{
    const qc_pg_parameters *p = &c->parameters;
    c->current = NULL;
    if (PQsendQueryParams(c->link, sql, p->count, s->bind_oids, p->values, p->lengths, p->formats,
                          BINARY))
        return qc_pg_collect(c, NULL);
    c->broken = true;
    return qc_pg_fail_link(c);
}

enum qc_code qc_pg_cursor_open(qc_connection *c, const qc_statement *statement,
                               const qc_node *const *binds, bool hold, qc_driver_cursor **ret)
{
    enum qc_code code = qc_pg_enter(c);
    if (code == QC_ERROR_OK)
        code = qc_pg_bind(c, statement, binds);
    if (code != QC_ERROR_OK)
        return code;
    qc_driver_cursor *cursor = malloc(sizeof(*cursor));
    qc_strbuf sql = {0};
    qc_strbuf_printf(&sql, "DECLARE quercus_%u SCROLL CURSOR %sFOR ", ++c->cursors,
                     hold ? "WITH HOLD " : "");
    qc_strbuf_append(&sql, statement->sql, statement->sql_length);
    code = !cursor || sql.failed ? qc_pg_nomem(c) : declare(c, statement, sql.text);
    qc_strbuf_free(&sql);
    if (code != QC_ERROR_OK) {
        free(cursor);
        return code;
    }
    cursor->number = c->cursors;
    *ret = cursor;
    return QC_ERROR_OK;
}

/* ---- Steps. ---- */

static const char *const directions[] = {
    [QC_STEP_FORWARD] = "FORWARD", [QC_STEP_BACKWARD] = "BACKWARD", [QC_STEP_ABSOLUTE] = "ABSOLUTE"};

enum qc_code qc_pg_cursor_step(qc_connection *c, qc_driver_cursor *cursor,
                               const qc_statement *statement, qc_step step, qc_fetch *fetch,
                               int64_t *ret_rows)
{
    char sql[TEXT_SIZE];
    PGresult *result;
    enum qc_code code = qc_pg_enter(c);
    if (code != QC_ERROR_OK)
        return code;
    snprintf(sql, sizeof(sql), "%s %s %ld FROM quercus_%u", fetch ? "FETCH" : "MOVE",
             directions[step.kind], (long)step.count, cursor->number);
    code = send(c, sql, &result);
    return code == QC_ERROR_OK ? qc_pg_take_rows(c, statement, result, fetch, ret_rows) : code;
}

/* ---- Closing. ---- */

/* In a failed transaction nothing can be said, and its end closes the cursor. */
void qc_pg_cursor_close(qc_connection *c, qc_driver_cursor *cursor, bool gone)
{
    char sql[TEXT_SIZE];
    const PGTransactionStatusType status = PQtransactionStatus(c->link);
    snprintf(sql, sizeof(sql), "CLOSE quercus_%u", cursor->number);
    free(cursor);
    if (gone || c->broken || (status != PQTRANS_IDLE && status != PQTRANS_INTRANS))
        return;
    qc_error_record unheard = {0}, *record = c->error;
    c->error = &unheard;
    qc_pg_run(c, sql, NULL);
    c->error = record;
    qc_error_free(&unheard);
}
