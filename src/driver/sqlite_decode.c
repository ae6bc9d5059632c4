/* Rows on their way out: strict, since SQLite may hold anything in any column. A value of another
 * storage class than the type's, or out of its range, is an error that names the column. */
#include "driver/sqlite.h"

#include "base/arena_inline.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One value being read: of a statement's row, or of `values`. */
typedef struct cell {
    qc_connection *c;
    sqlite3_stmt *stmt;
    qc_sqlite_packed *values; /* NULL: the statement's */
    int index;
    int storage; /* SQLITE_INTEGER … */
    qc_arena *arena;
} cell;

typedef enum outcome { READ, MISFIT, NOMEM } outcome;

/* ---- The value as SQLite has it. ---- */

static int storage_of(const cell *at)
{
    return at->values ? at->values[at->index].storage : sqlite3_column_type(at->stmt, at->index);
}

static int64_t integer_of(const cell *at)
{
    return at->values ? at->values[at->index].integer : sqlite3_column_int64(at->stmt, at->index);
}

static double real_of(const cell *at)
{
    return at->values ? at->values[at->index].real : sqlite3_column_double(at->stmt, at->index);
}

/* A number in digits, anything else as it is. */
static const char *packed_text(qc_sqlite_packed *value, size_t *ret_size)
{
    if (value->storage == SQLITE_INTEGER)
        snprintf(value->digits, sizeof(value->digits), "%lld", (long long)value->integer);
    else if (value->storage == SQLITE_FLOAT)
        snprintf(value->digits, sizeof(value->digits), "%.15g", value->real);
    const bool number = value->storage == SQLITE_INTEGER || value->storage == SQLITE_FLOAT;
    *ret_size = number ? strlen(value->digits) : value->size;
    return number ? value->digits : value->data;
}

/* The text and its length; NULL when memory is out. */
static const char *text_of(const cell *at, size_t *ret_size)
{
    if (at->values)
        return packed_text(&at->values[at->index], ret_size);
    const char *text = (const char *)sqlite3_column_text(at->stmt, at->index);
    *ret_size = (size_t)sqlite3_column_bytes(at->stmt, at->index);
    return text;
}

/* The same of a blob; NULL as well for an empty one. */
static const void *blob_of(const cell *at, size_t *ret_size)
{
    if (at->values)
        return packed_text(&at->values[at->index], ret_size);
    const void *data = sqlite3_column_blob(at->stmt, at->index);
    *ret_size = (size_t)sqlite3_column_bytes(at->stmt, at->index);
    return data;
}

/* ---- What went wrong. ---- */

/* At most 40 characters of a text, for people: cut between characters, controls shown as '?'. */
static void shorten(char ret[48], const char *text)
{
    size_t length = 0;
    for (; text && text[length] && length < 40; length++)
        ret[length] =
            (unsigned char)text[length] < 0x20 || text[length] == 0x7F ? '?' : text[length];
    while (length && text[length] && ((unsigned char)text[length] & 0xC0) == 0x80)
        length--;
    ret[length] = '\0';
    if (!qc_utf8_valid(ret, length))
        ret[0] = '\0';
}

static enum qc_code refuse_misfit(const cell *at, const qc_result_column *column)
{
    static const char *const classes[] = {"", "INTEGER", "REAL", "TEXT", "BLOB", "NULL"};
    const char *word = qc_type_infos[column->type].word;
    char text[48] = "";
    size_t size;
    if (at->storage == SQLITE_TEXT &&
        (column->type == QC_TYPE_text || column->type == QC_TYPE_json))
        return qc_fetch_refuse_text(column, at->c->error);
    if (at->storage != SQLITE_BLOB)
        shorten(text, text_of(at, &size));
    enum qc_code code = qc_error_set(at->c->error, QC_ERROR_DECODE,
                                     "%s: %s cannot hold the %s \"%s\" of the database",
                                     column->name, word, classes[at->storage], text);
    at->c->error->error.column = qc_error_text(at->c->error, column->name);
    return code;
}

/* ---- Readers of one type each. ---- */

/* Texts lie one after another in pieces of the arena, the large ones alone. With QC_DEBUG_ARENA
 * each is an allocation of its own. */
#ifdef QC_DEBUG_ARENA
enum { FIRST_ROOM = 1, LARGEST_ROOM = 1 };
#else
enum { FIRST_ROOM = 256, LARGEST_ROOM = 1 << 16 };
#endif

void qc_sqlite_decode_begin(qc_connection *c)
{
    c->text_next = c->text_end = NULL;
    c->text_room = 0;
}

static char *take_room(qc_connection *c, qc_arena *arena, size_t size)
{
    if (size <= (size_t)(c->text_end - c->text_next)) {
        c->text_next += size;
        return c->text_next - size;
    }
    size_t room = c->text_room ? c->text_room * 2 : FIRST_ROOM;
    room = room < LARGEST_ROOM ? room : LARGEST_ROOM;
    if (size > room / 4)
        return qc_arena_take(arena, size);
    char *piece = qc_arena_take(arena, room);
    if (!piece)
        return NULL;
    c->text_room = room;
    c->text_next = piece + size;
    c->text_end = piece + room;
    return piece;
}

static outcome keep(const cell *at, const void *data, size_t size, const void **ret)
{
    char *copy = take_room(at->c, at->arena, size + 1);
    if (!copy)
        return NOMEM;
    if (size)
        memcpy(copy, data, size);
    copy[size] = '\0';
    *ret = copy;
    return READ;
}

/* The same of bytes as they are stored; packed ones live as long as the row. */
static outcome keep_stored(const cell *at, const void *data, size_t size, const void **ret)
{
    if (!at->values || at->storage == SQLITE_INTEGER)
        return keep(at, data, size, ret);
    *ret = data;
    return READ;
}

static outcome read_integer(const cell *at, int64_t least, int64_t most, int64_t *ret)
{
    if (at->storage != SQLITE_INTEGER)
        return MISFIT;
    *ret = integer_of(at);
    return *ret >= least && *ret <= most ? READ : MISFIT;
}

/* Whole numbers of 53 bits are what a double holds exactly. */
static outcome read_real(const cell *at, double *ret)
{
    static const int64_t EXACT = (int64_t)1 << 53;
    int64_t whole;
    if (at->storage == SQLITE_INTEGER) {
        outcome result = read_integer(at, -EXACT, EXACT, &whole);
        *ret = result == READ ? (double)whole : 0;
        return result;
    }
    *ret = real_of(at);
    return at->storage == SQLITE_FLOAT ? READ : MISFIT;
}

static outcome read_float(const cell *at, float *ret)
{
    double value;
    outcome result = read_real(at, &value);
    if (result != READ)
        return result;
    if (isfinite(value) && fabs(value) > (double)FLT_MAX)
        return MISFIT;
    *ret = (float)value;
    return READ;
}

static outcome read_text(const cell *at, const char **ret)
{
    size_t size;
    const void *kept;
    if (at->storage != SQLITE_TEXT)
        return MISFIT;
    const char *text = text_of(at, &size);
    if (!text)
        return NOMEM;
    if (!qc_utf8_valid(text, size))
        return MISFIT;
    outcome result = keep_stored(at, text, size, &kept);
    if (result == READ)
        *ret = kept;
    return result;
}

/* A number without exponent from a text that may have one. */
static outcome keep_plain(const cell *at, const qc_decimal *number, const void **ret)
{
    qc_strbuf text = {0};
    outcome result = NOMEM;
    if (qc_decimal_print(number, &text) == QC_DECIMAL_OK && !text.failed)
        result = keep(at, text.text, text.length, ret);
    qc_strbuf_free(&text);
    return result;
}

static outcome read_number_of_real(const cell *at, const void **ret)
{
    char text[QC_SQLITE_REAL_SIZE];
    qc_decimal number;
    const double value = real_of(at);
    if (isinf(value))
        return value < 0 ? keep(at, "-Infinity", 9, ret) : keep(at, "Infinity", 8, ret);
    int length = qc_sqlite_print_real(value, text);
    if (!qc_decimal_read(text, (size_t)length, &number))
        return MISFIT;
    return keep_plain(at, &number, ret);
}

static outcome read_numeric(const cell *at, qc_numeric_value *ret)
{
    outcome result = MISFIT;
    const void *kept = NULL;
    qc_decimal number;
    size_t size;
    if (at->storage == SQLITE_FLOAT) {
        result = read_number_of_real(at, &kept);
    } else if (at->storage != SQLITE_BLOB) {
        const char *text = text_of(at, &size);
        if (!text)
            return NOMEM;
        if (qc_decimal_read(text, size, &number) && number.plain && qc_decimal_fits(&number))
            result = keep_stored(at, text, size, &kept);
    }
    if (result == READ)
        ret->text = kept;
    return result;
}

static outcome read_bytea(const cell *at, qc_bytea_value *ret)
{
    if (at->storage != SQLITE_BLOB)
        return MISFIT;
    size_t size;
    const void *data = blob_of(at, &size);
    if (!data && size)
        return NOMEM;
    outcome result = keep_stored(at, data, size, &ret->data);
    ret->size = result == READ ? size : 0;
    return result;
}

static outcome parse(const cell *at, int type, void *field)
{
    size_t size;
    if (at->storage != SQLITE_TEXT)
        return MISFIT;
    const char *text = text_of(at, &size);
    if (!text)
        return NOMEM;
    if (strlen(text) != size)
        return MISFIT;
    switch (type) {
    case QC_TYPE_date:
        return qc_date_parse(text, field) ? READ : MISFIT;
    case QC_TYPE_time:
        return qc_time_parse(text, field) ? READ : MISFIT;
    case QC_TYPE_uuid:
        return qc_uuid_parse(text, field) ? READ : MISFIT;
    default:
        return qc_sqlite_read_timestamp(text, size, field) ? READ : MISFIT;
    }
}

/* ---- Into the struct. ---- */

static outcome read_value(const cell *at, int type, void *field)
{
    int64_t integer = 0;
    outcome result;
    switch (type) {
    case QC_TYPE_bool:
        result = read_integer(at, 0, 1, &integer);
        *(bool *)field = integer == 1;
        return result;
    case QC_TYPE_smallint:
        result = read_integer(at, INT16_MIN, INT16_MAX, &integer);
        *(int16_t *)field = (int16_t)integer;
        return result;
    case QC_TYPE_int:
        result = read_integer(at, INT32_MIN, INT32_MAX, &integer);
        *(int32_t *)field = (int32_t)integer;
        return result;
    case QC_TYPE_bigint:
        return read_integer(at, INT64_MIN, INT64_MAX, field);
    case QC_TYPE_numeric:
        return read_numeric(at, field);
    case QC_TYPE_real:
        return read_float(at, field);
    case QC_TYPE_double:
        return read_real(at, field);
    case QC_TYPE_text:
    case QC_TYPE_json:
        return read_text(at, field);
    case QC_TYPE_bytea:
        return read_bytea(at, field);
    default:
        return parse(at, type, field);
    }
}

static enum qc_code decode_column(cell *at, const qc_shape *shape, void *part, void *row)
{
    const qc_result_column *column = &shape->columns[at->index];
    at->storage = storage_of(at);
    if (at->storage == SQLITE_NULL)
        return qc_fetch_null(shape, (unsigned)at->index, row)
                   ? QC_ERROR_OK
                   : qc_fetch_refuse_null(column, at->c->error);
    char *field = (char *)part + column->offset;
    uint16_t value_offset = qc_type_infos[column->type].value_offset;
    if (value_offset && qc_fetch_nullable(shape, (unsigned)at->index)) {
        *(bool *)field = true;
        field += value_offset;
    }
    outcome result = read_value(at, column->type, field);
    if (result == READ)
        return QC_ERROR_OK;
    return result == NOMEM ? qc_sqlite_nomem(at->c) : refuse_misfit(at, column);
}

static bool reserve_nulls(qc_connection *c, size_t count)
{
    if (count <= c->nulls_capacity)
        return true;
    bool *nulls = realloc(c->nulls, count * sizeof(*nulls));
    if (!nulls)
        return false;
    c->nulls = nulls;
    c->nulls_capacity = count;
    return true;
}

static enum qc_code decode_parts(cell *at, const qc_shape *shape, void *row)
{
    if (!reserve_nulls(at->c, shape->column_count))
        return qc_sqlite_nomem(at->c);
    for (; at->index < shape->column_count; at->index++) {
        void *part = qc_fetch_part(shape, row, shape->columns[at->index].part);
        enum qc_code code = decode_column(at, shape, part, row);
        if (code != QC_ERROR_OK)
            return code;
        at->c->nulls[at->index] = at->storage == SQLITE_NULL;
    }
    int misplaced = qc_fetch_settle(shape, row, at->c->nulls);
    if (misplaced < QC_FETCH_SETTLED)
        return qc_fetch_refuse(shape, row, misplaced, at->c->error);
    return misplaced < 0 ? QC_ERROR_OK
                         : qc_fetch_refuse_null(&shape->columns[misplaced], at->c->error);
}

static enum qc_code decode_row(cell *at, const qc_shape *shape, void *row)
{
    if (shape->part_count > 1)
        return decode_parts(at, shape, row);
    enum qc_code code = QC_ERROR_OK;
    for (; at->index < shape->column_count && code == QC_ERROR_OK; at->index++)
        code = decode_column(at, shape, row, row);
    return code;
}

enum qc_code qc_sqlite_decode_row(qc_connection *c, sqlite3_stmt *stmt, const qc_shape *shape,
                                  qc_arena *arena, void *row)
{
    return decode_row(&(cell){.c = c, .stmt = stmt, .arena = arena}, shape, row);
}

enum qc_code qc_sqlite_decode_packed(qc_connection *c, qc_sqlite_packed *values,
                                     const qc_shape *shape, qc_arena *arena, void *row)
{
    return decode_row(&(cell){.c = c, .values = values, .arena = arena}, shape, row);
}
