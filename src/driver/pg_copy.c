/* Structs in: COPY … FROM STDIN in PostgreSQL's binary format (the manual, COPY, "Binary Format"),
 * in chunks, each sent before the next is made. The deadline is of each chunk: a long COPY may take
 * longer. */
#include "driver/pg.h"

#include "base/strbuf.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 256 * 1024, LENGTH = 4 };

/* A column of the structs. */
typedef struct source {
    const qc_column *column;
    uint32_t value; /* offset of the value in the struct */
    bool optional;  /* the field begins with `set` */
} source;

struct qc_pg_copy {
    const qc_table *table;
    source *sources;
    size_t source_count;
    char *bytes; /* not yet sent */
    size_t used, capacity;
    size_t rows;
    bool over; /* the server has ended it */
};

/* ---- The command. ---- */

static bool append_names(qc_strbuf *sql, const qc_bulk *bulk)
{
    bool good = true;
    qc_strbuf_puts(sql, "COPY ");
    good &= qc_identifier(sql, &qc_postgresql_dialect, bulk->table->name);
    for (size_t i = 0; i < bulk->column_count; i++) {
        qc_strbuf_puts(sql, i ? ", " : " (");
        good &= qc_identifier(sql, &qc_postgresql_dialect, bulk->columns[i]->name);
    }
    qc_strbuf_puts(sql, ") FROM STDIN (FORMAT binary)");
    return good;
}

enum qc_code qc_pg_await_copy(qc_connection *c, ExecStatusType wanted)
{
    PGresult *result = qc_pg_next(c);
    if (PQresultStatus(result) == wanted) {
        PQclear(result);
        return QC_ERROR_OK;
    }
    qc_pg_answer answer = {0};
    for (; result; result = qc_pg_next(c))
        qc_pg_take(c, &answer, result);
    const enum qc_code code = qc_pg_settle(c, &answer, NULL);
    return code != QC_ERROR_OK ? code
                               : qc_error_set(c->error, QC_ERROR_SERVER, "COPY was not accepted");
}

static enum qc_code begin_copy(qc_connection *c, const qc_bulk *bulk)
{
    qc_strbuf sql = {0};
    enum qc_code code = QC_ERROR_OK;
    const bool named = append_names(&sql, bulk);
    if (sql.failed)
        code = qc_pg_nomem(c);
    else if (!named)
        code = qc_error_set(c->error, QC_ERROR_QUERY,
                            "%s or one of its columns has a name that PostgreSQL cannot hold",
                            bulk->table->model);
    else if (!PQsendQuery(c->link, sql.text)) {
        c->broken = true;
        code = qc_pg_fail_link(c);
    }
    qc_strbuf_free(&sql);
    return code == QC_ERROR_OK ? qc_pg_await_copy(c, PGRES_COPY_IN) : code;
}

/* Ends the copy, with `complaint` unless it is NULL. The server answers either way, also when it
 * has done so before, and libpq refuses. */
static enum qc_code end_copy(qc_connection *c, const char *complaint, PGresult **ret)
{
    while (PQputCopyEnd(c->link, complaint) == 0 && qc_pg_flush(c)) {
    }
    return qc_pg_collect(c, ret);
}

/* An error of ours, in the record: the server is told, and what it says to that is not heard. */
static void abandon_copy(qc_connection *c)
{
    if (c->broken)
        return;
    qc_error_record unheard = {0}, *record = c->error;
    c->error = &unheard;
    end_copy(c, "the client gave up", NULL);
    c->error = record;
    qc_error_free(&unheard);
}

/* ---- Rows. ---- */

/* libpq does not look at what the server says while data goes to it, but sees that the link is lost;
 * the end then finds why. */
static bool send_chunk(qc_connection *c, bool *ret_refused)
{
    qc_pg_copy *copy = c->copy;
    int sent;
    bool good = true;
    qc_pg_start_clock(c);
    while (good && (sent = PQputCopyData(c->link, copy->bytes, (int)copy->used)) == 0)
        good = qc_pg_flush(c);
    copy->used = 0;
    good = good && sent > 0 && qc_pg_flush(c) && PQconsumeInput(c->link);
    *ret_refused = !good || c->late;
    return !c->broken;
}

static bool reserve(qc_pg_copy *copy, size_t size)
{
    if (size <= copy->capacity - copy->used)
        return true;
    const size_t capacity = (copy->used + size) * 3 / 2;
    char *bytes = realloc(copy->bytes, capacity);
    if (!bytes)
        return false;
    copy->bytes = bytes;
    copy->capacity = capacity;
    return true;
}

static enum qc_code fail_field(qc_connection *c, enum qc_code code, const source *from,
                               const char *what)
{
    return qc_refuse_field(c->error, code, from->column, c->copy->rows, what);
}

static const char too_big[] = "the value is larger than 1 GiB";

/* Texts that are none, which the server would find too late. NULL: nothing is wrong. */
static const char *wrong_json(int type, const void *value)
{
    const char *text = type == QC_TYPE_json ? *(const char *const *)value : NULL;
    return text ? qc_wrong_text(text, strlen(text)) : NULL;
}

static enum qc_code fail_number(qc_connection *c, const source *from, const char *text)
{
    return fail_field(c, QC_ERROR_VALUE, from, qc_wrong_numeric(text, strlen(text)));
}

/* The most frequent of all, measured once. */
static enum qc_code put_text(qc_connection *c, const source *from, const char *text)
{
    qc_pg_copy *copy = c->copy;
    const size_t length = text ? strlen(text) : 0;
    if (length > QC_PG_MOST_BYTES)
        return fail_field(c, QC_ERROR_TOO_BIG, from, too_big);
    if (!qc_utf8_valid(text, length))
        return fail_field(c, QC_ERROR_VALUE, from, qc_wrong_text(text, length));
    if (!reserve(copy, LENGTH + length))
        return qc_pg_nomem(c);
    qc_pg_put_32(copy->bytes + copy->used, text ? (uint32_t)length : UINT32_MAX);
    if (length)
        memcpy(copy->bytes + copy->used + LENGTH, text, length);
    copy->used += LENGTH + length;
    return QC_ERROR_OK;
}

static enum qc_code put_field(qc_connection *c, const source *from, const char *row)
{
    qc_pg_copy *copy = c->copy;
    const int type = from->column->type;
    const char *value = row + from->value;
    if (type == QC_TYPE_text)
        return put_text(c, from, *(const char *const *)(const void *)value);
    const bool unset = from->optional && !*(const bool *)(row + from->column->offset);
    const size_t room = unset ? 0 : qc_pg_value_room(type, value);
    if (room > QC_PG_MOST_BYTES)
        return fail_field(c, QC_ERROR_TOO_BIG, from, too_big);
    const char *wrong = wrong_json(type, value);
    if (wrong)
        return fail_field(c, QC_ERROR_VALUE, from, wrong);
    if (!reserve(copy, LENGTH + room))
        return qc_pg_nomem(c);
    char *out = copy->bytes + copy->used;
    const int64_t length = unset ? QC_PG_NULL : qc_pg_put_value(type, out + LENGTH, value);
    if (length == QC_PG_INVALID)
        return fail_number(c, from, *(const char *const *)(const void *)value);
    qc_pg_put_32(out, (uint32_t)length);
    copy->used += LENGTH + (length < 0 ? 0 : (size_t)length);
    return QC_ERROR_OK;
}

static enum qc_code put_row(qc_connection *c, const char *row)
{
    qc_pg_copy *copy = c->copy;
    if (!reserve(copy, 2))
        return qc_pg_nomem(c);
    qc_pg_put_16(copy->bytes + copy->used, (uint16_t)copy->source_count);
    copy->used += 2;
    for (size_t i = 0; i < copy->source_count; i++) {
        const enum qc_code code = put_field(c, &copy->sources[i], row);
        if (code != QC_ERROR_OK)
            return code;
    }
    copy->rows++;
    return QC_ERROR_OK;
}

/* Sends what is there. What the server has said in the meantime can only be a refusal. */
static enum qc_code send_rows(qc_connection *c)
{
    bool refused;
    if (!send_chunk(c, &refused))
        return c->error->error.code;
    if (!refused)
        return QC_ERROR_OK;
    c->copy->over = true;
    const enum qc_code code = end_copy(c, NULL, NULL);
    return code != QC_ERROR_OK
               ? code
               : qc_error_set(c->error, QC_ERROR_SERVER, "the database ended the COPY by itself");
}

/* ---- The whole. ---- */

void qc_pg_copy_free(qc_connection *c)
{
    if (!c->copy)
        return;
    free(c->copy->bytes);
    free(c->copy->sources);
    free(c->copy);
    c->copy = NULL;
}

static bool make_copy(qc_connection *c, const qc_bulk *bulk)
{
    static const char header[19] = "PGCOPY\n\377\r\n";
    qc_pg_copy *copy = c->copy = malloc(sizeof(*copy));
    if (!copy)
        return false;
    *copy = (qc_pg_copy){.table = bulk->table,
                         .sources = malloc(bulk->column_count * sizeof(*copy->sources)),
                         .source_count = bulk->column_count,
                         .bytes = malloc(CHUNK + CHUNK / 4),
                         .used = sizeof(header),
                         .capacity = CHUNK + CHUNK / 4};
    if (!copy->bytes || !copy->sources)
        return false;
    memcpy(copy->bytes, header, sizeof(header));
    for (size_t i = 0; i < bulk->column_count; i++) {
        const qc_column *column = bulk->columns[i];
        const uint32_t inside = column->nullable ? qc_type_infos[column->type].value_offset : 0;
        copy->sources[i] = (source){column, column->offset + inside, inside != 0};
    }
    return true;
}

enum qc_code qc_pg_copy_begin(qc_connection *c, const qc_bulk *bulk)
{
    enum qc_code code = qc_pg_enter(c);
    if (code != QC_ERROR_OK)
        return code;
    if (bulk->column_count == 0 || bulk->column_count > INT16_MAX)
        return qc_error_set(c->error, QC_ERROR_TOO_MANY, "a COPY writes 1 to 32767 columns");
    code = make_copy(c, bulk) ? begin_copy(c, bulk) : qc_pg_nomem(c);
    if (code != QC_ERROR_OK)
        qc_pg_copy_free(c);
    return code;
}

enum qc_code qc_pg_copy_put(qc_connection *c, const void *rows, size_t count)
{
    const char *row = rows;
    enum qc_code code = QC_ERROR_OK;
    for (; count && code == QC_ERROR_OK; count--, row += c->copy->table->size) {
        code = put_row(c, row);
        if (code == QC_ERROR_OK && c->copy->used >= CHUNK)
            code = send_rows(c);
    }
    return code;
}

/* Success is what the server counted. */
static enum qc_code check_count(qc_connection *c, PGresult *result)
{
    const bool good = strncmp(PQcmdStatus(result), "COPY ", 5) == 0 &&
                      strtoull(PQcmdTuples(result), NULL, 10) == c->copy->rows;
    if (!good)
        qc_error_set(c->error, QC_ERROR_SERVER, "COPY of %zu rows was answered with \"%s\"",
                     c->copy->rows, PQcmdStatus(result));
    PQclear(result);
    return good ? QC_ERROR_OK : QC_ERROR_SERVER;
}

static enum qc_code finish_copy(qc_connection *c)
{
    PGresult *result;
    if (!reserve(c->copy, 2)) {
        abandon_copy(c);
        return qc_pg_nomem(c);
    }
    qc_pg_put_16(c->copy->bytes + c->copy->used, UINT16_MAX);
    c->copy->used += 2;
    enum qc_code code = send_rows(c);
    if (code == QC_ERROR_OK)
        code = end_copy(c, NULL, &result);
    return code == QC_ERROR_OK ? check_count(c, result) : code;
}

enum qc_code qc_pg_copy_end(qc_connection *c, bool keep, int64_t *ret_rows)
{
    enum qc_code code = QC_ERROR_OK;
    qc_pg_start_clock(c);
    if (keep)
        code = finish_copy(c);
    else if (!c->copy->over)
        abandon_copy(c);
    *ret_rows = keep && code == QC_ERROR_OK ? (int64_t)c->copy->rows : 0;
    qc_pg_copy_free(c);
    return code;
}
