/* Streams: the rows of a statement piece by piece, each as it comes from the server. */
#include "driver/pg.h"

#include <string.h>

/* ---- Beginning. ---- */

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
    return qc_pg_is_piece(result) || PQresultStatus(result) == PGRES_TUPLES_OK;
}

enum qc_code qc_pg_stream_begin(qc_connection *c, const qc_statement *statement,
                                const qc_node *const *binds, int most)
{
    enum qc_code code = qc_pg_enter(c);
    if (code == QC_ERROR_OK)
        code = qc_pg_bind(c, statement, binds);
    if (code != QC_ERROR_OK)
        return code;
    const bool may_cancel = PQtransactionStatus(c->link) == PQTRANS_IDLE;
    for (int attempt = 0;; attempt++) {
        code = qc_pg_send_stream(c, statement, most, attempt);
        PGresult *first = code == QC_ERROR_OK ? qc_pg_next(c) : NULL;
        if (has_rows(first)) {
            c->stream = (qc_pg_stream){
                .open = true, .may_cancel = may_cancel, .most = most, .next = first};
            return QC_ERROR_OK;
        }
        if (code == QC_ERROR_OK)
            code = fail_stream(c, first);
        if (code == QC_ERROR_OK)
            return qc_error_set(c->error, QC_ERROR_MISUSE, "a stream needs a statement with rows");
        if (!qc_pg_may_retry(c, attempt))
            return code;
        qc_error_clear(c->error);
        code = qc_pg_statement_begin(c);
        if (code != QC_ERROR_OK)
            return code;
    }
}

/* ---- Rows. ---- */

/* The columns of one command stay the same; a second command would be none of ours. */
static enum qc_code plan(qc_connection *c, const PGresult *result, const qc_fetch *fetch)
{
    const bool planned = c->stream.planned && PQnfields(result) == c->plan->count;
    const enum qc_code code = planned ? QC_ERROR_OK : qc_pg_plan_result(c, result, fetch->shape);
    c->stream.planned = code == QC_ERROR_OK;
    return code;
}

/* Adds the rows of a result, which is taken over. Where it holds a whole piece it is kept, and they
 * point into it; a result for each of many rows would take more memory than the rows. */
static enum qc_code add_rows(qc_connection *c, PGresult *result, qc_fetch *fetch, void **ret_first)
{
    qc_pg_stream *stream = &c->stream;
    const bool keep = PQresultStatus(result) != PGRES_SINGLE_TUPLE;
    enum qc_code code = plan(c, result, fetch);
    if (code == QC_ERROR_OK)
        code = qc_pg_decode_more(c, result, (size_t)stream->most, fetch, keep, ret_first);
    if (keep)
        stream->kept = result;
    else
        PQclear(result);
    return code;
}

/* A row that is there already waits for nothing, so it needs no look at the clock. */
static PGresult *next_result(qc_connection *c)
{
    PGresult *result = c->stream.next;
    c->stream.next = NULL;
    if (result || (!c->broken && !PQisBusy(c->link)))
        return result ? result : PQgetResult(c->link);
    if (c->stream.most == 1)
        qc_pg_start_clock(c);
    return qc_pg_next(c);
}

static enum qc_code end_of_rows(qc_connection *c, PGresult *last)
{
    c->stream.done = true;
    return fail_stream(c, last);
}

/* The row points into its result. */
static enum qc_code fetch_row(qc_connection *c, qc_fetch *fetch, void **ret_row)
{
    PGresult *result = next_result(c);
    if (!qc_pg_is_piece(result))
        return end_of_rows(c, result);
    c->stream.kept = result;
    const enum qc_code code = plan(c, result, fetch);
    return code == QC_ERROR_OK ? qc_pg_decode_row(c, result, fetch, true, ret_row) : code;
}

static enum qc_code fetch_piece(qc_connection *c, qc_fetch *fetch, void **ret_row)
{
    qc_pg_stream *stream = &c->stream;
    void *first, *row;
    for (first = NULL; !stream->kept && fetch->count < (size_t)stream->most; *ret_row = first) {
        PGresult *result = next_result(c);
        if (!qc_pg_is_piece(result))
            return end_of_rows(c, result);
        const enum qc_code code = add_rows(c, result, fetch, &row);
        if (code != QC_ERROR_OK) {
            *ret_row = NULL;
            return code;
        }
        first = first ? first : row;
    }
    return QC_ERROR_OK;
}

enum qc_code qc_pg_stream_next(qc_connection *c, qc_fetch *fetch, void **ret_row)
{
    qc_pg_stream *stream = &c->stream;
    *ret_row = NULL;
    PQclear(stream->kept);
    stream->kept = NULL;
    if (!stream->open)
        return qc_error_set(c->error, QC_ERROR_MISUSE, "no stream is open");
    if (stream->done)
        return QC_ERROR_OK;
    if (stream->most > 1 || stream->copy)
        qc_pg_start_clock(c);
    if (stream->copy)
        return qc_pg_copy_out_next(c, fetch, ret_row);
    if (stream->most == 1)
        return fetch_row(c, fetch, ret_row);
    return qc_fetch_begin(fetch, 0) ? fetch_piece(c, fetch, ret_row) : qc_pg_nomem(c);
}

/* ---- Leaving a stream before its end. ---- */

/* Of a COPY that nobody asked for libpq gives the same result for ever. */
static void drop_result(qc_connection *c, PGresult *result)
{
    const ExecStatusType status = PQresultStatus(result);
    c->broken |= status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH;
    PQclear(result);
}

/* What is received already may hold the end. */
static bool has_ended(qc_connection *c)
{
    char *data = NULL;
    int length = -1;
    while (c->stream.copy && (length = PQgetCopyData(c->link, &data, 1)) > 0)
        PQfreemem(data);
    if (length == 0)
        return false;
    while (!c->broken && !PQisBusy(c->link)) {
        PGresult *result = PQgetResult(c->link);
        if (!result)
            return true;
        drop_result(c, result);
    }
    return c->broken;
}

/* After `end` the connection is given up; 0: there is none. */
static bool may_read(qc_connection *c, int64_t end)
{
    c->broken |= end && qc_about_now_us() >= end;
    return !c->broken;
}

static void read_to_end(qc_connection *c, int64_t end)
{
    char *data;
    PGresult *result;
    while (c->stream.copy && may_read(c, end) && qc_pg_next_data(c, &data) >= 0)
        PQfreemem(data);
    while (may_read(c, end) && (result = qc_pg_next(c)))
        drop_result(c, result);
}

/* Where the statement cannot be cancelled, for want of memory for instance, its rows are read, as
 * long as that does not take too long. */
static void leave_statement(qc_connection *c)
{
    enum { PATIENCE_US = 10 * 1000 * 1000 };
    const int64_t now = qc_about_now_us(), end = c->deadline ? c->deadline : now + PATIENCE_US;
    const bool cancels = c->stream.may_cancel && !c->late;
    bool ended = true;
    const bool cancelled = cancels && qc_pg_cancel(c, end - now, &ended);
    c->broken |= !ended;
    read_to_end(c, cancels && !cancelled ? end : 0);
}

/* The error of the stream stays in the record. */
void qc_pg_stream_end(qc_connection *c)
{
    qc_pg_stream *stream = &c->stream;
    if (!stream->open)
        return;
    PQclear(stream->next);
    PQclear(stream->kept);
    if (!stream->done && !c->broken) {
        qc_error_record unheard = {0}, *record = c->error;
        c->error = &unheard;
        qc_pg_start_clock(c);
        if (!has_ended(c))
            leave_statement(c);
        qc_pg_statement_end(c);
        c->error = record;
        qc_error_free(&unheard);
    }
    qc_pg_copy_out_end(c);
    *stream = (qc_pg_stream){0};
}
