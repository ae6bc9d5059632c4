/* Bulk inserts: COPY … FROM STDIN in PostgreSQL's binary format (the manual, COPY, "Binary
 * Format"), in chunks. The deadline is of each chunk: a long insert may take longer. */
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

typedef struct copying {
    qc_connection *c;
    const qc_bulk *bulk;
    source *sources;
    char *bytes;
    size_t used, capacity;
} copying;

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
    if (code != QC_ERROR_OK)
        return code;
    PGresult *result = qc_pg_next(c);
    if (PQresultStatus(result) == PGRES_COPY_IN) {
        PQclear(result);
        return QC_ERROR_OK;
    }
    qc_pg_answer answer = {0};
    for (; result; result = qc_pg_next(c))
        qc_pg_take(c, &answer, result);
    code = qc_pg_settle(c, &answer, NULL);
    return code != QC_ERROR_OK ? code
                               : qc_error_set(c->error, QC_ERROR_SERVER, "COPY was not accepted");
}

/* Ends the copy, with `complaint` unless it is NULL. The server answers either way, also when it
 * has done so before, and libpq refuses. */
static enum qc_code end_copy(qc_connection *c, const char *complaint, PGresult **ret)
{
    while (PQputCopyEnd(c->link, complaint) == 0)
        if (!qc_pg_flush(c))
            return c->error->error.code;
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

/* libpq refuses data once the server has answered with an error, which the end then finds. */
static bool send_chunk(copying *copy, bool *ret_refused)
{
    qc_connection *c = copy->c;
    int sent;
    qc_pg_start_clock(c);
    while ((sent = PQputCopyData(c->link, copy->bytes, (int)copy->used)) == 0)
        if (!qc_pg_flush(c))
            return false;
    copy->used = 0;
    *ret_refused = sent < 0;
    return *ret_refused || qc_pg_flush(c);
}

static bool reserve(copying *copy, size_t size)
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

static enum qc_code fail_field(const copying *copy, enum qc_code code, const qc_column *column,
                               size_t row)
{
    const char *what = code == QC_ERROR_TOO_BIG ? "is larger than 1 GiB"
                                                : "is no value that the database can hold";
    qc_error_set(copy->c->error, code, "%s.%s of row %zu %s", copy->bulk->table->name, column->name,
                 row + 1, what);
    copy->c->error->error.column = qc_error_text(copy->c->error, column->name);
    return code;
}

/* Whether a text is UTF-8; nothing else has to be. */
static bool is_readable(int type, const void *value)
{
    if (type != QC_TYPE_text && type != QC_TYPE_json)
        return true;
    const char *text = *(const char *const *)value;
    return !text || qc_utf8_valid(text, strlen(text));
}

static enum qc_code put_field(copying *copy, const source *from, size_t row)
{
    const int type = from->column->type;
    const char *data = copy->bulk->rows[row];
    const char *value = data + from->value;
    const bool unset = from->optional && !*(const bool *)(data + from->column->offset);
    const size_t room = unset ? 0 : qc_pg_value_room(type, value);
    if (room > QC_PG_MOST_BYTES)
        return fail_field(copy, QC_ERROR_TOO_BIG, from->column, row);
    if (!is_readable(type, value))
        return fail_field(copy, QC_ERROR_VALUE, from->column, row);
    if (!reserve(copy, LENGTH + room))
        return qc_pg_nomem(copy->c);
    char *out = copy->bytes + copy->used;
    const int64_t length = unset ? QC_PG_NULL : qc_pg_put_value(type, out + LENGTH, value);
    if (length == QC_PG_INVALID)
        return fail_field(copy, QC_ERROR_VALUE, from->column, row);
    qc_pg_put_32(out, (uint32_t)length);
    copy->used += LENGTH + (length < 0 ? 0 : (size_t)length);
    return QC_ERROR_OK;
}

static enum qc_code put_row(copying *copy, size_t row)
{
    if (!reserve(copy, 2))
        return qc_pg_nomem(copy->c);
    qc_pg_put_16(copy->bytes + copy->used, (uint16_t)copy->bulk->column_count);
    copy->used += 2;
    enum qc_code code = QC_ERROR_OK;
    for (size_t i = 0; i < copy->bulk->column_count && code == QC_ERROR_OK; i++)
        code = put_field(copy, &copy->sources[i], row);
    return code;
}

/* The header, every row, the trailer; stops early when the server has refused. */
static enum qc_code send_rows(copying *copy)
{
    static const char header[19] = "PGCOPY\n\377\r\n";
    bool refused = false;
    memcpy(copy->bytes, header, sizeof(header));
    copy->used = sizeof(header);
    for (size_t i = 0; i < copy->bulk->count && !refused; i++) {
        const enum qc_code code = put_row(copy, i);
        if (code != QC_ERROR_OK)
            return code;
        if (copy->used >= CHUNK && !send_chunk(copy, &refused))
            return copy->c->error->error.code;
    }
    if (refused)
        return QC_ERROR_OK;
    if (!reserve(copy, 2))
        return qc_pg_nomem(copy->c);
    qc_pg_put_16(copy->bytes + copy->used, UINT16_MAX);
    copy->used += 2;
    return send_chunk(copy, &refused) ? QC_ERROR_OK : copy->c->error->error.code;
}

/* ---- The whole. ---- */

static bool begin(copying *copy)
{
    const qc_bulk *bulk = copy->bulk;
    copy->capacity = CHUNK + CHUNK / 4;
    copy->bytes = malloc(copy->capacity);
    copy->sources = malloc((bulk->column_count + 1) * sizeof(*copy->sources));
    if (!copy->bytes || !copy->sources)
        return false;
    for (size_t i = 0; i < bulk->column_count; i++) {
        const qc_column *column = bulk->columns[i];
        const uint32_t inside = column->nullable ? qc_type_infos[column->type].value_offset : 0;
        copy->sources[i] = (source){column, column->offset + inside, inside != 0};
    }
    return true;
}

/* Success is what the server counted. */
static enum qc_code check_count(qc_connection *c, PGresult *result, size_t count)
{
    const bool good = strncmp(PQcmdStatus(result), "COPY ", 5) == 0 &&
                      strtoull(PQcmdTuples(result), NULL, 10) == count;
    if (!good)
        qc_error_set(c->error, QC_ERROR_SERVER, "COPY of %zu rows was answered with \"%s\"", count,
                     PQcmdStatus(result));
    PQclear(result);
    return good ? QC_ERROR_OK : QC_ERROR_SERVER;
}

static enum qc_code run_copy(copying *copy)
{
    qc_connection *c = copy->c;
    enum qc_code code = begin_copy(c, copy->bulk);
    if (code != QC_ERROR_OK)
        return code;
    code = send_rows(copy);
    if (code != QC_ERROR_OK) {
        abandon_copy(c);
        return code;
    }
    PGresult *result;
    qc_pg_start_clock(c);
    code = end_copy(c, NULL, &result);
    return code == QC_ERROR_OK ? check_count(c, result, copy->bulk->count) : code;
}

enum qc_code qc_pg_bulk_insert(qc_connection *c, const qc_bulk *bulk)
{
    enum qc_code code = qc_pg_enter(c);
    if (code != QC_ERROR_OK)
        return code;
    if (bulk->column_count == 0 || bulk->column_count > INT16_MAX)
        return qc_error_set(c->error, QC_ERROR_TOO_MANY, "a bulk insert writes 1 to 32767 columns");
    copying made = {.c = c, .bulk = bulk};
    code = begin(&made) ? run_copy(&made) : qc_pg_nomem(c);
    free(made.bytes);
    free(made.sources);
    return code;
}
