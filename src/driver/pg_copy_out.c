/* Rows out: COPY (query) TO STDOUT in the binary format (PostgreSQL manual, COPY, "Binary Format").
 *
 * It does not say what its values are, so the query is described first. A transaction around both
 * sees to it that no DDL comes between: one of our own, READ ONLY, where none is open. libpq hands
 * out a message a row; the values in it are ended with NULs where the next value's length stood.
 */
#include "driver/pg.h"

#include "base/strbuf.h"

#include <stdlib.h>
#include <string.h>

enum { SIGNATURE = 11, FLAGS = 4, LENGTH = 4, TRAILER = -1 };

struct qc_pg_copy_out {
    PGresult *description; /* the types of the columns */
    qc_pg_field *fields;
    int count;
    char *data;           /* of the row handed out */
    bool own_transaction;
    bool begun;           /* the header has been read */
    bool ended;           /* so has the trailer */
};

static enum qc_code fail_format(qc_connection *c)
{
    return qc_error_set(c->error, QC_ERROR_DECODE, "the database sent what is no binary COPY");
}

/* ---- Beginning. ---- */

/* A command that was only half written leaves the link useless. */
static enum qc_code fail_send(qc_connection *c)
{
    c->broken = true;
    return qc_pg_fail_link(c);
}

static enum qc_code describe(qc_connection *c, const qc_statement *statement)
{
    qc_pg_copy_out *copy = c->stream.copy;
    const bool prepared = PQsendPrepare(c->link, "", statement->sql, 0, NULL);
    enum qc_code code = prepared ? qc_pg_collect(c, NULL) : fail_send(c);
    if (code == QC_ERROR_OK)
        code = qc_pg_statement_begin(c);
    if (code == QC_ERROR_OK)
        code = PQsendDescribePrepared(c->link, "") ? qc_pg_collect(c, &copy->description)
                                                   : fail_send(c);
    if (code != QC_ERROR_OK)
        return code;
    c->current = NULL;
    copy->count = PQnfields(copy->description);
    copy->fields = malloc(((size_t)copy->count + 1) * sizeof(*copy->fields));
    return copy->fields ? qc_pg_plan_result(c, copy->description, &statement->shape)
                        : qc_pg_nomem(c);
}

static enum qc_code send_copy(qc_connection *c, const qc_statement *statement)
{
    qc_strbuf sql = {0};
    qc_strbuf_puts(&sql, "COPY (");
    qc_strbuf_append(&sql, statement->sql, statement->sql_length);
    qc_strbuf_puts(&sql, ") TO STDOUT (FORMAT binary)");
    enum qc_code code = sql.failed ? qc_pg_nomem(c) : QC_ERROR_OK;
    if (code == QC_ERROR_OK)
        code = qc_pg_statement_begin(c);
    if (code == QC_ERROR_OK && !PQsendQuery(c->link, sql.text))
        code = fail_send(c);
    qc_strbuf_free(&sql);
    return code;
}

static enum qc_code start(qc_connection *c, const qc_statement *statement)
{
    enum qc_code code = describe(c, statement);
    if (code == QC_ERROR_OK)
        code = send_copy(c, statement);
    return code == QC_ERROR_OK ? qc_pg_await_copy(c, PGRES_COPY_OUT) : code;
}

enum qc_code qc_pg_copy_out_begin(qc_connection *c, const qc_statement *statement)
{
    enum qc_code code = qc_pg_enter(c);
    if (code != QC_ERROR_OK)
        return code;
    const bool idle = PQtransactionStatus(c->link) == PQTRANS_IDLE;
    c->stream = (qc_pg_stream){.copy = calloc(1, sizeof(*c->stream.copy))};
    if (!c->stream.copy)
        return qc_pg_nomem(c);
    if (idle)
        code = qc_pg_run(c, "BEGIN READ ONLY", NULL);
    c->stream.copy->own_transaction = idle && code == QC_ERROR_OK;
    if (idle && code == QC_ERROR_OK)
        code = qc_pg_statement_begin(c);
    if (code == QC_ERROR_OK)
        code = start(c, statement);
    if (code != QC_ERROR_OK) {
        qc_pg_copy_out_end(c);
        return code;
    }
    c->stream.open = true;
    c->stream.may_cancel = idle;
    return QC_ERROR_OK;
}

/* ---- Rows. ---- */

/* Finds the values of a row in its message: false when that is not what it says. */
static bool split(const qc_pg_copy_out *copy, char *at, const char *end)
{
    for (int i = 0; i < copy->count; i++) {
        if (end - at < LENGTH)
            return false;
        const int32_t length = (int32_t)load_32(at);
        *at = '\0';
        at += LENGTH;
        if (length < -1 || (length > 0 && end - at < length))
            return false;
        copy->fields[i] = (qc_pg_field){at, length};
        at += length > 0 ? length : 0;
    }
    return at == end;
}

/* Moves behind the header of the first message. */
static bool skip_header(char **at, const char *end)
{
    if (end - *at < SIGNATURE + FLAGS + LENGTH ||
        memcmp(*at, "PGCOPY\n\377\r\n", SIGNATURE) != 0)
        return false;
    const char *flags = *at + SIGNATURE;
    const uint32_t critical = load_32(flags) >> 16, extension = load_32(flags + FLAGS);
    *at += SIGNATURE + FLAGS + LENGTH;
    if (critical || extension > (size_t)(end - *at))
        return false;
    *at += extension;
    return true;
}

static enum qc_code read_message(qc_connection *c, char *at, const char *end, qc_fetch *fetch,
                                 void **ret_row)
{
    qc_pg_copy_out *copy = c->stream.copy;
    if (copy->ended || (!copy->begun && !skip_header(&at, end)))
        return fail_format(c);
    copy->begun = true;
    if (at == end)
        return QC_ERROR_OK;
    const int count = end - at < 2 ? 0 : (int16_t)load_16(at);
    if (count == TRAILER && end - at == 2) {
        copy->ended = true;
        return QC_ERROR_OK;
    }
    if (end - at < 2 || count != copy->count || !split(copy, at + 2, end))
        return fail_format(c);
    return qc_pg_decode_fields(c, copy->description, copy->fields, fetch, ret_row);
}

/* Success is what the server says behind the data. */
static enum qc_code finish(qc_connection *c)
{
    c->stream.done = true;
    const enum qc_code code = qc_pg_collect(c, NULL);
    return code == QC_ERROR_OK && !c->stream.copy->ended ? fail_format(c) : code;
}

enum qc_code qc_pg_copy_out_next(qc_connection *c, qc_fetch *fetch, void **ret_row)
{
    qc_pg_copy_out *copy = c->stream.copy;
    enum qc_code code = QC_ERROR_OK;
    while (code == QC_ERROR_OK && !*ret_row) {
        PQfreemem(copy->data);
        const int length = qc_pg_next_data(c, &copy->data);
        if (length < 0)
            return finish(c);
        code = read_message(c, copy->data, copy->data + length, fetch, ret_row);
    }
    return code;
}

/* ---- The end. ---- */

void qc_pg_copy_out_free(qc_connection *c)
{
    qc_pg_copy_out *copy = c->stream.copy;
    if (!copy)
        return;
    PQclear(copy->description);
    PQfreemem(copy->data);
    free(copy->fields);
    free(copy);
    c->stream.copy = NULL;
}

/* The transaction has read only: COMMIT and ROLLBACK are the same, and what it says changes
 * nothing. */
void qc_pg_copy_out_end(qc_connection *c)
{
    if (!c->stream.copy)
        return;
    const bool own = c->stream.copy->own_transaction;
    qc_pg_copy_out_free(c);
    c->stream.open = false;
    if (!own || c->broken)
        return;
    qc_error_record unheard = {0}, *record = c->error;
    c->error = &unheard;
    qc_pg_run(c, "ROLLBACK", NULL);
    c->error = record;
    qc_error_free(&unheard);
}
