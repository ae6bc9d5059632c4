/* Binary results straight into structs.
 *
 * For each column of a result the pair of its type and the server's chooses a function, once; the
 * function then writes the column of a batch of rows, which is small enough to stay in the cache.
 * Types that differ are converted where that is exact. Nothing the server sends is trusted: every
 * length is checked, and a value that does not fit is QC_ERROR_DECODE, never another value.
 */
#include "driver/pg.h"

#include "base/arena_inline.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 64 };
static const uint32_t NO_FLAG = UINT32_MAX;

typedef struct batch {
    qc_connection *c;
    const qc_shape *shape;
    const PGresult *result;
    qc_arena *arena;
    bool borrow;
    int first, count; /* rows of the result */
    char *rows;
    size_t stride;
} batch;

typedef enum qc_code decode(const batch *b, const qc_pg_column *column);

struct qc_pg_column {
    decode *decode;
    uint32_t place; /* of the value, from the row */
    uint32_t flag;  /* of the optional's `set`; NO_FLAG */
    int index;
    bool takes_null;
};

/* ---- One value: writes *field; DECODE when it does not fit. ---- */

typedef enum qc_code get(const batch *b, const char *data, int length, void *field);

static inline uint16_t load_16(const char *data)
{
    const unsigned char *byte = (const unsigned char *)data;
    return (uint16_t)(byte[0] << 8 | byte[1]);
}

static inline uint32_t load_32(const char *data)
{
    const unsigned char *byte = (const unsigned char *)data;
    return (uint32_t)byte[0] << 24 | (uint32_t)byte[1] << 16 | (uint32_t)byte[2] << 8 | byte[3];
}

static inline uint64_t load_64(const char *data)
{
    return (uint64_t)load_32(data) << 32 | load_32(data + 4);
}

static inline enum qc_code get_bool(const batch *b, const char *data, int length, void *field)
{
    (void)b, (void)length;
    *(bool *)field = *data != 0;
    return QC_ERROR_OK;
}

static inline enum qc_code get_16(const batch *b, const char *data, int length, void *field)
{
    (void)b, (void)length;
    const uint16_t value = load_16(data);
    memcpy(field, &value, sizeof(value));
    return QC_ERROR_OK;
}

static inline enum qc_code get_32(const batch *b, const char *data, int length, void *field)
{
    (void)b, (void)length;
    const uint32_t value = load_32(data);
    memcpy(field, &value, sizeof(value));
    return QC_ERROR_OK;
}

static inline enum qc_code get_64(const batch *b, const char *data, int length, void *field)
{
    (void)b, (void)length;
    const uint64_t value = load_64(data);
    memcpy(field, &value, sizeof(value));
    return QC_ERROR_OK;
}

static inline enum qc_code get_time(const batch *b, const char *data, int length, void *field)
{
    const uint64_t day = UINT64_C(86400000000);
    return load_64(data) <= day ? get_64(b, data, length, field) : QC_ERROR_DECODE;
}

static inline enum qc_code get_uuid(const batch *b, const char *data, int length, void *field)
{
    (void)b, (void)length;
    memcpy(field, data, sizeof(qc_uuid_value));
    return QC_ERROR_OK;
}

/* libpq ends every value with a NUL. */
static inline enum qc_code get_text(const batch *b, const char *data, int length, void *field)
{
    const char *text = b->borrow ? data : qc_arena_copy(b->arena, data, (size_t)length);
    memcpy(field, &text, sizeof(text));
    return text ? QC_ERROR_OK : QC_ERROR_NOMEM;
}

static inline enum qc_code get_bytea(const batch *b, const char *data, int length, void *field)
{
    const qc_bytea_value value = {b->borrow ? data : qc_arena_copy(b->arena, data, (size_t)length),
                                  (size_t)length};
    memcpy(field, &value, sizeof(value));
    return value.data ? QC_ERROR_OK : QC_ERROR_NOMEM;
}

/* One byte, the version of the format, stands before the text. */
static inline enum qc_code get_jsonb(const batch *b, const char *data, int length, void *field)
{
    if (length < 2 || *data != 1)
        return QC_ERROR_DECODE;
    return get_text(b, data + 1, length - 1, field);
}

static inline enum qc_code get_numeric(const batch *b, const char *data, int length, void *field)
{
    return qc_pg_get_numeric(b->arena, data, length, &((qc_numeric_value *)field)->text);
}

/* ---- Conversions, where they are exact. ---- */

static inline enum qc_code put_smallint(const batch *b, int64_t value, void *field)
{
    (void)b;
    if (value < INT16_MIN || value > INT16_MAX)
        return QC_ERROR_DECODE;
    *(int16_t *)field = (int16_t)value;
    return QC_ERROR_OK;
}

static inline enum qc_code put_int(const batch *b, int64_t value, void *field)
{
    (void)b;
    if (value < INT32_MIN || value > INT32_MAX)
        return QC_ERROR_DECODE;
    *(int32_t *)field = (int32_t)value;
    return QC_ERROR_OK;
}

static inline enum qc_code put_bigint(const batch *b, int64_t value, void *field)
{
    (void)b;
    *(int64_t *)field = value;
    return QC_ERROR_OK;
}

static inline enum qc_code put_real(const batch *b, int64_t value, void *field)
{
    (void)b;
    const int64_t exact = (int64_t)1 << 24;
    *(float *)field = (float)value;
    return value >= -exact && value <= exact ? QC_ERROR_OK : QC_ERROR_DECODE;
}

static inline enum qc_code put_double(const batch *b, int64_t value, void *field)
{
    (void)b;
    const int64_t exact = (int64_t)1 << 53;
    *(double *)field = (double)value;
    return value >= -exact && value <= exact ? QC_ERROR_OK : QC_ERROR_DECODE;
}

static inline enum qc_code put_numeric(const batch *b, int64_t value, void *field)
{
    const char *text = qc_arena_printf(b->arena, "%lld", (long long)value);
    ((qc_numeric_value *)field)->text = text;
    return text ? QC_ERROR_OK : QC_ERROR_NOMEM;
}

static inline int64_t whole_2(const char *data)
{
    return (int16_t)load_16(data);
}

static inline int64_t whole_4(const char *data)
{
    return (int32_t)load_32(data);
}

static inline int64_t whole_8(const char *data)
{
    return (int64_t)load_64(data);
}

/* `to` from a whole number of `size` bytes. */
#define CONVERSION(to, size)                                                                       \
    static inline enum qc_code to##_of_##size(const batch *b, const char *data, int length,        \
                                              void *field)                                         \
    {                                                                                              \
        (void)length;                                                                              \
        return put_##to(b, whole_##size(data), field);                                             \
    }
CONVERSION(smallint, 4)
CONVERSION(smallint, 8)
CONVERSION(int, 2)
CONVERSION(int, 8)
CONVERSION(bigint, 2)
CONVERSION(bigint, 4)
CONVERSION(real, 2)
CONVERSION(real, 4)
CONVERSION(real, 8)
CONVERSION(double, 2)
CONVERSION(double, 4)
CONVERSION(double, 8)
CONVERSION(numeric, 2)
CONVERSION(numeric, 4)
CONVERSION(numeric, 8)

static enum qc_code whole_of_numeric(const batch *b, const char *data, int length, int64_t *ret)
{
    qc_numeric_value number;
    const qc_mark mark = qc_arena_mark(b->arena);
    enum qc_code code = qc_pg_get_numeric(b->arena, data, length, &number.text);
    if (code == QC_ERROR_OK && !qc_numeric_to_int64(number, ret))
        code = QC_ERROR_DECODE;
    qc_arena_release(b->arena, mark);
    return code;
}

/* `to` from a NUMERIC that is whole. */
#define NUMERIC_CONVERSION(to)                                                                     \
    static enum qc_code to##_of_numeric(const batch *b, const char *data, int length, void *field) \
    {                                                                                              \
        int64_t value;                                                                             \
        const enum qc_code code = whole_of_numeric(b, data, length, &value);                       \
        return code == QC_ERROR_OK ? put_##to(b, value, field) : code;                             \
    }
NUMERIC_CONVERSION(smallint)
NUMERIC_CONVERSION(int)
NUMERIC_CONVERSION(bigint)

static inline enum qc_code double_of_real(const batch *b, const char *data, int length, void *field)
{
    float value;
    get_32(b, data, length, &value);
    *(double *)field = (double)value;
    return QC_ERROR_OK;
}

static inline enum qc_code real_of_double(const batch *b, const char *data, int length, void *field)
{
    double value;
    get_64(b, data, length, &value);
    const float single = (float)value;
    *(float *)field = single;
    return isnan(value) || (double)single == value ? QC_ERROR_OK : QC_ERROR_DECODE;
}

/* Midnight of the day; the infinities stay. */
static inline enum qc_code timestamp_of_date(const batch *b, const char *data, int length,
                                             void *field)
{
    const int64_t day = INT64_C(86400000000), days = whole_4(data);
    (void)b, (void)length;
    if (days != INT32_MIN && days != INT32_MAX &&
        (days > INT64_MAX / day || days < INT64_MIN / day))
        return QC_ERROR_DECODE;
    *(int64_t *)field = days == INT32_MIN ? INT64_MIN : days == INT32_MAX ? INT64_MAX : days * day;
    return QC_ERROR_OK;
}

/* ---- A column of a batch. ---- */

static const char *type_name(uint32_t oid, char buffer[32])
{
    static const struct {
        uint32_t oid;
        const char *name;
    } others[] = {{18, "\"char\""}, {19, "name"},      {26, "oid"},       {114, "json"},
                  {142, "xml"},     {600, "point"},    {650, "cidr"},     {790, "money"},
                  {869, "inet"},    {1042, "char(n)"}, {1043, "varchar"}, {1186, "interval"},
                  {1266, "timetz"}, {1560, "bit"},     {2249, "record"},  {2278, "void"}};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (others[i].oid == oid)
            return others[i].name;
    for (int type = QC_TYPE_none + 1; type < QC_TYPE_COUNT; type++) {
        if (qc_type_infos[type].oid == oid)
            return qc_type_infos[type].pg_name;
        if (qc_type_infos[type].array_oid == oid) {
            snprintf(buffer, 32, "%s[]", qc_type_infos[type].pg_name);
            return buffer;
        }
    }
    snprintf(buffer, 32, "the type with OID %lu", (unsigned long)oid);
    return buffer;
}

static enum qc_code name_column(qc_connection *c, const qc_result_column *column)
{
    c->error->error.column = qc_error_text(c->error, column->name);
    return c->error->error.code;
}

static enum qc_code fail_null(qc_connection *c, const qc_result_column *column)
{
    qc_error_set(c->error, QC_ERROR_NULL_RESULT,
                 "%s is NULL, and its field has no place for that: make it NULLABLE(%s), or use "
                 "COALESCE",
                 column->name, qc_type_infos[column->type].word);
    return name_column(c, column);
}

static enum qc_code fail_value(const batch *b, int index, enum qc_code code)
{
    const qc_result_column *column = &b->shape->columns[index];
    char buffer[32];
    if (code == QC_ERROR_NOMEM)
        return qc_pg_nomem(b->c);
    qc_error_set(b->c->error, QC_ERROR_DECODE,
                 "%s: the database sent a value of %s that %s cannot hold", column->name,
                 type_name(PQftype(b->result, index), buffer), qc_type_infos[column->type].word);
    return name_column(b->c, column);
}

/* A value that has not the length of its type: NULL, or an error. */
static enum qc_code take_odd(const batch *b, const qc_pg_column *column, int row)
{
    if (!PQgetisnull(b->result, row, column->index))
        return fail_value(b, column->index, QC_ERROR_DECODE);
    return column->takes_null ? QC_ERROR_OK : fail_null(b->c, &b->shape->columns[column->index]);
}

enum { ANY_WIDTH = -1 };

/* Inlined in each of the functions below, with `width` and `one` constant. The rows are zeroed. */
static inline __attribute__((always_inline)) enum qc_code
decode_column(const batch *b, const qc_pg_column *column, int width, get *one)
{
    char *row = b->rows;
    for (int i = b->first; i < b->first + b->count; i++, row += b->stride) {
        const int length = PQgetlength(b->result, i, column->index);
        enum qc_code code = QC_ERROR_OK;
        if (width == ANY_WIDTH ? length == 0 && PQgetisnull(b->result, i, column->index)
                               : length != width) {
            code = take_odd(b, column, i);
            if (code != QC_ERROR_OK)
                return code;
            continue;
        }
        code = one(b, PQgetvalue(b->result, i, column->index), length, row + column->place);
        if (code != QC_ERROR_OK)
            return fail_value(b, column->index, code);
        if (column->flag != NO_FLAG)
            *(bool *)(row + column->flag) = true;
    }
    return QC_ERROR_OK;
}

/* The one list of what is sent and where it goes: name, expected type, OID sent, bytes, get. */
#define DECODERS(X)                                                                                \
    X(bool, bool, 16, 1, get_bool)                                                                 \
    X(smallint, smallint, 21, 2, get_16)                                                           \
    X(smallint_int, smallint, 23, 4, smallint_of_4)                                                \
    X(smallint_bigint, smallint, 20, 8, smallint_of_8)                                             \
    X(smallint_numeric, smallint, 1700, ANY_WIDTH, smallint_of_numeric)                            \
    X(int, int, 23, 4, get_32)                                                                     \
    X(int_smallint, int, 21, 2, int_of_2)                                                          \
    X(int_bigint, int, 20, 8, int_of_8)                                                            \
    X(int_numeric, int, 1700, ANY_WIDTH, int_of_numeric)                                           \
    X(bigint, bigint, 20, 8, get_64)                                                               \
    X(bigint_smallint, bigint, 21, 2, bigint_of_2)                                                 \
    X(bigint_int, bigint, 23, 4, bigint_of_4)                                                      \
    X(bigint_numeric, bigint, 1700, ANY_WIDTH, bigint_of_numeric)                                  \
    X(numeric, numeric, 1700, ANY_WIDTH, get_numeric)                                              \
    X(numeric_smallint, numeric, 21, 2, numeric_of_2)                                              \
    X(numeric_int, numeric, 23, 4, numeric_of_4)                                                   \
    X(numeric_bigint, numeric, 20, 8, numeric_of_8)                                                \
    X(real, real, 700, 4, get_32)                                                                  \
    X(real_double, real, 701, 8, real_of_double)                                                   \
    X(real_smallint, real, 21, 2, real_of_2)                                                       \
    X(real_int, real, 23, 4, real_of_4)                                                            \
    X(real_bigint, real, 20, 8, real_of_8)                                                         \
    X(double, double, 701, 8, get_64)                                                              \
    X(double_real, double, 700, 4, double_of_real)                                                 \
    X(double_smallint, double, 21, 2, double_of_2)                                                 \
    X(double_int, double, 23, 4, double_of_4)                                                      \
    X(double_bigint, double, 20, 8, double_of_8)                                                   \
    X(text, text, 25, ANY_WIDTH, get_text)                                                         \
    X(bytea, bytea, 17, ANY_WIDTH, get_bytea)                                                      \
    X(date, date, 1082, 4, get_32)                                                                 \
    X(time, time, 1083, 8, get_time)                                                               \
    X(timestamp, timestamp, 1114, 8, get_64)                                                       \
    X(timestamp_date, timestamp, 1082, 4, timestamp_of_date)                                       \
    X(timestamptz, timestamptz, 1184, 8, get_64)                                                   \
    X(uuid, uuid, 2950, 16, get_uuid)                                                              \
    X(jsonb, json, 3802, ANY_WIDTH, get_jsonb)                                                     \
    X(json, json, 114, ANY_WIDTH, get_text)

#define X(name, type, oid, width, one)                                                             \
    static enum qc_code decode_##name(const batch *b, const qc_pg_column *column)                  \
    {                                                                                              \
        return decode_column(b, column, width, one);                                               \
    }
DECODERS(X)
#undef X

static const struct {
    uint8_t type;
    uint32_t oid;
    decode *decode;
} decoders[] = {
#define X(name, expected, oid, width, one) {QC_TYPE_##expected, oid, decode_##name},
    DECODERS(X)
#undef X
};

/* ---- The plan. ---- */

/* Types whose binary form is their text: "char", name, json, unknown, char(n), varchar; void's is
 * empty. */
static bool is_sent_as_text(uint32_t oid)
{
    return oid == 18 || oid == 19 || oid == 114 || oid == 705 || oid == 1042 || oid == 1043 ||
           oid == 2278;
}

static decode *find_decoder(int type, uint32_t oid)
{
    if (type == QC_TYPE_text && is_sent_as_text(oid))
        return decode_text;
    for (size_t i = 0; i < sizeof(decoders) / sizeof(decoders[0]); i++)
        if (decoders[i].type == type && decoders[i].oid == oid)
            return decoders[i].decode;
    return NULL;
}

static enum qc_code fail_type(qc_connection *c, const qc_result_column *column, uint32_t oid)
{
    char buffer[32];
    const char *word = qc_type_infos[column->type].word;
    qc_error_set(c->error, QC_ERROR_DECODE,
                 "%s: the query expects %s, but the database sends %s; CAST(…, %s) makes it that",
                 column->name, word, type_name(oid, buffer), word);
    return name_column(c, column);
}

static bool reserve_columns(qc_connection *c, size_t count)
{
    if (count <= c->columns_capacity)
        return true;
    free(c->columns);
    c->columns = malloc(count * sizeof(*c->columns));
    c->columns_capacity = c->columns ? count : 0;
    return c->columns;
}

static enum qc_code plan_column(qc_connection *c, const PGresult *result, const qc_shape *shape,
                                int index)
{
    const qc_result_column *column = &shape->columns[index];
    const uint32_t oid = PQftype(result, index);
    decode *found = PQfformat(result, index) == 1 ? find_decoder(column->type, oid) : NULL;
    if (!found)
        return fail_type(c, column, oid);
    const bool nullable = qc_fetch_nullable(shape, (unsigned)index);
    const uint32_t offset = (uint32_t)qc_fetch_part_offset(shape, column->part) + column->offset;
    const uint32_t value_offset = nullable ? qc_type_infos[column->type].value_offset : 0;
    c->columns[index] = (qc_pg_column){
        .decode = found,
        .place = offset + value_offset,
        .flag = value_offset ? offset : NO_FLAG,
        .index = index,
        .takes_null = nullable || shape->parts[column->part].optional,
    };
    return QC_ERROR_OK;
}

enum qc_code qc_pg_plan(qc_connection *c, const PGresult *result, const qc_shape *shape)
{
    const int count = PQnfields(result);
    if (count != shape->column_count)
        return qc_error_set(c->error, QC_ERROR_DECODE,
                            "the query expects %d columns, but the database sends %d",
                            (int)shape->column_count, count);
    if (!reserve_columns(c, (size_t)count))
        return qc_pg_nomem(c);
    enum qc_code code = QC_ERROR_OK;
    for (int i = 0; i < count && code == QC_ERROR_OK; i++)
        code = plan_column(c, result, shape, i);
    return code;
}

/* NUMERIC is made anew in any case. */
bool qc_pg_borrows(const qc_shape *shape)
{
    for (unsigned c = 0; c < shape->column_count; c++)
        if (qc_type_infos[shape->columns[c].type].pointer &&
            shape->columns[c].type != QC_TYPE_numeric)
            return true;
    return false;
}

/* ---- All rows. ---- */

/* Optional entities whose columns are all NULL become NULL pointers. */
static enum qc_code settle(const batch *b)
{
    const unsigned columns = b->shape->column_count;
    bool *nulls = malloc(columns ? columns * sizeof(*nulls) : 1);
    if (!nulls)
        return qc_pg_nomem(b->c);
    int bad = -1;
    for (int i = 0; i < b->count && bad < 0; i++) {
        for (unsigned c = 0; c < columns; c++)
            nulls[c] = PQgetisnull(b->result, b->first + i, (int)c);
        bad = qc_fetch_settle(b->shape, b->rows + (size_t)i * b->stride, nulls);
    }
    free(nulls);
    return bad < 0 ? QC_ERROR_OK : fail_null(b->c, &b->shape->columns[bad]);
}

static enum qc_code decode_batch(const batch *b)
{
    enum qc_code code = QC_ERROR_OK;
    for (unsigned i = 0; i < b->shape->column_count && code == QC_ERROR_OK; i++)
        code = b->c->columns[i].decode(b, &b->c->columns[i]);
    if (code == QC_ERROR_OK && b->shape->part_count > 1)
        code = settle(b);
    return code;
}

enum qc_code qc_pg_decode(qc_connection *c, const PGresult *result, qc_fetch *fetch, bool borrow,
                          void **ret_first)
{
    size_t total = (size_t)PQntuples(result);
    if (fetch->limit && total > fetch->limit)
        total = fetch->limit;
    if (!qc_fetch_begin(fetch, total))
        return qc_pg_nomem(c);
    batch b = {.c = c,
               .shape = fetch->shape,
               .result = result,
               .arena = fetch->arena,
               .borrow = borrow,
               .stride = qc_fetch_stride(fetch->shape)};
    if (ret_first)
        *ret_first = NULL;
    for (size_t done = 0, count; done < total; done += count) {
        const size_t most = total - done < BATCH ? total - done : BATCH;
        b.rows = qc_fetch_rows(fetch, most, &count);
        if (!b.rows)
            return qc_pg_nomem(c);
        b.first = (int)done;
        b.count = (int)count;
        const enum qc_code code = decode_batch(&b);
        if (code != QC_ERROR_OK)
            return code;
        if (ret_first && !done)
            *ret_first = b.rows;
    }
    return QC_ERROR_OK;
}
