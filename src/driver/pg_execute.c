/* Running statements: all rows at once, or row by row. */
#include "driver/pg.h"

#include <stdlib.h>
#include <string.h>

/* ---- All rows at once. ---- */

/* Results up to this size are copied, larger ones kept: their texts stay where libpq put them. */
enum { SMALL_RESULT = 8 * 1024 };

static void clear_result(void *result)
{
    PQclear(result);
}

/* Takes the result over. */
static enum qc_code decode_result(qc_connection *c, PGresult *result, qc_fetch *fetch)
{
    enum qc_code code = qc_pg_plan_result(c, result, fetch->shape);
    const bool keep =
        code == QC_ERROR_OK && c->plan->borrows && PQresultMemorySize(result) > SMALL_RESULT;
    if (keep && !qc_arena_defer(fetch->arena, clear_result, result)) {
        PQclear(result);
        return qc_pg_nomem(c);
    }
    if (code == QC_ERROR_OK)
        code = qc_pg_decode(c, result, fetch, keep, NULL);
    if (!keep)
        PQclear(result);
    return code;
}

enum qc_code qc_pg_execute(qc_connection *c, const qc_statement *statement,
                           const qc_node *const *binds, qc_fetch *fetch, int64_t *ret_affected)
{
    PGresult *result;
    enum qc_code code = qc_pg_enter(c);
    if (code == QC_ERROR_OK)
        code = qc_pg_bind(c, statement, binds);
    if (code == QC_ERROR_OK)
        code = qc_pg_query(c, statement, &result);
    if (code != QC_ERROR_OK)
        return code;
    const bool counts = fetch && !statement->writes;
    const int64_t affected = counts ? 0 : strtoll(PQcmdTuples(result), NULL, 10);
    if (fetch)
        code = decode_result(c, result, fetch);
    else
        PQclear(result);
    if (code == QC_ERROR_OK)
        *ret_affected = counts ? (int64_t)fetch->count : affected;
    return code;
}

/* ---- Row by row. ---- */

/* Takes the first result and the others of a command that failed. */
static enum qc_code fail_stream(qc_connection *c, PGresult *first)
{
    qc_pg_answer answer = {0};
    if (first)
        qc_pg_take(c, &answer, first);
    while ((first = qc_pg_next(c)))
        qc_pg_take(c, &answer, first);
    return qc_pg_settle(c, &answer, NULL);
}

static bool has_rows(const PGresult *result)
{
    return PQresultStatus(result) == PGRES_SINGLE_TUPLE ||
           PQresultStatus(result) == PGRES_TUPLES_OK;
}

enum qc_code qc_pg_stream_begin(qc_connection *c, const qc_statement *statement,
                                const qc_node *const *binds)
{
    enum qc_code code = qc_pg_enter(c);
    if (code == QC_ERROR_OK)
        code = qc_pg_bind(c, statement, binds);
    if (code != QC_ERROR_OK)
        return code;
    const bool may_cancel = PQtransactionStatus(c->link) == PQTRANS_IDLE;
    for (int attempt = 0;; attempt++) {
        code = qc_pg_send_stream(c, statement, attempt);
        PGresult *first = code == QC_ERROR_OK ? qc_pg_next(c) : NULL;
        if (has_rows(first)) {
            c->stream = (qc_pg_stream){.open = true, .may_cancel = may_cancel, .next = first};
            return QC_ERROR_OK;
        }
        if (code == QC_ERROR_OK)
            code = fail_stream(c, first);
        if (code == QC_ERROR_OK)
            return qc_error_set(c->error, QC_ERROR_MISUSE, "a stream needs a statement with rows");
        if (!qc_pg_may_retry(c, attempt))
            return code;
        qc_error_clear(c->error);
    }
}

static enum qc_code decode_row(qc_connection *c, qc_fetch *fetch, void **ret_row)
{
    qc_pg_stream *stream = &c->stream;
    enum qc_code code = QC_ERROR_OK;
    if (!stream->planned)
        code = qc_pg_plan_result(c, stream->row, fetch->shape);
    stream->planned = code == QC_ERROR_OK;
    return stream->planned ? qc_pg_decode(c, stream->row, fetch, true, ret_row) : code;
}

enum qc_code qc_pg_stream_next(qc_connection *c, qc_fetch *fetch, void **ret_row)
{
    qc_pg_stream *stream = &c->stream;
    *ret_row = NULL;
    PQclear(stream->row);
    stream->row = NULL;
    if (!stream->open)
        return qc_error_set(c->error, QC_ERROR_MISUSE, "no stream is open");
    if (stream->done)
        return QC_ERROR_OK;
    qc_pg_start_clock(c);
    PGresult *result = stream->next ? stream->next : qc_pg_next(c);
    stream->next = NULL;
    if (PQresultStatus(result) == PGRES_SINGLE_TUPLE) {
        stream->row = result;
        return decode_row(c, fetch, ret_row);
    }
    stream->done = true;
    return fail_stream(c, result);
}

/* ---- Leaving a stream before its end. ---- */

/* What is received already may hold the end. */
static bool has_ended(qc_connection *c)
{
    while (!PQisBusy(c->link)) {
        PGresult *result = PQgetResult(c->link);
        if (!result)
            return true;
        PQclear(result);
    }
    return false;
}

/* Whether the end was the answer to our cancel. */
static bool read_to_end(qc_connection *c)
{
    PGresult *result;
    bool cancelled = false;
    while ((result = qc_pg_next(c))) {
        const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
        cancelled |= sqlstate && strcmp(sqlstate, "57014") == 0;
        PQclear(result);
    }
    return cancelled;
}

/* A cancel that came too late for its statement must not hit the next: an empty one takes it. */
static void leave_statement(qc_connection *c)
{
    enum { FOREVER_US = 10 * 1000 * 1000 };
    const int64_t left = c->deadline ? c->deadline - qc_about_now_us() : FOREVER_US;
    if (c->stream.may_cancel && !qc_pg_cancel(c, left))
        c->broken = true;
    if (!read_to_end(c) && c->stream.may_cancel && !c->broken) {
        if (!PQsendQuery(c->link, ""))
            c->broken = true;
        read_to_end(c);
    }
}

/* The error of the stream stays in the record. */
void qc_pg_stream_end(qc_connection *c)
{
    qc_pg_stream *stream = &c->stream;
    if (!stream->open)
        return;
    PQclear(stream->next);
    PQclear(stream->row);
    if (!stream->done && !c->broken) {
        qc_error_record unheard = {0}, *record = c->error;
        c->error = &unheard;
        qc_pg_start_clock(c);
        if (!has_ended(c))
            leave_statement(c);
        c->error = record;
        qc_error_free(&unheard);
    }
    *stream = (qc_pg_stream){0};
}
