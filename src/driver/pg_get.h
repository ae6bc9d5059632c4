/* One binary value of PostgreSQL into a field, as it is or converted; inlined in pg_decode.c. */
#ifndef QC_DRIVER_PG_GET_H
#define QC_DRIVER_PG_GET_H

#include "base/arena_inline.h"
#include "base/utf8_inline.h"
#include "driver/pg.h"

#include <math.h>
#include <string.h>

/* Some rows of a result, and the structs they go to. */
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

/* Writes *field; QC_ERROR_DECODE when the value does not fit. */
typedef enum qc_code get(const batch *b, const char *data, int length, void *field);

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
static inline const char *kept(const batch *b, const char *data, int length)
{
    char *copy = b->borrow ? NULL : qc_arena_take(b->arena, (size_t)length + 1);
    return b->borrow ? data : copy ? memcpy(copy, data, (size_t)length + 1) : NULL;
}

/* QC_ERROR_VALUE: what was sent is no text. */
static inline enum qc_code get_text(const batch *b, const char *data, int length, void *field)
{
    if (!qc_utf8_fit(data, (size_t)length))
        return QC_ERROR_VALUE;
    const char *text = kept(b, data, length);
    memcpy(field, &text, sizeof(text));
    return text ? QC_ERROR_OK : QC_ERROR_NOMEM;
}

/* "char": a zero byte is its way to be empty. */
static inline enum qc_code get_char(const batch *b, const char *data, int length, void *field)
{
    return get_text(b, data, *data ? length : 0, field);
}

static inline enum qc_code get_bytea(const batch *b, const char *data, int length, void *field)
{
    const qc_bytea_value value = {kept(b, data, length), (size_t)length};
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

#endif
