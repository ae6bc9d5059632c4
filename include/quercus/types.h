/* SQL types as C types: the values rows hold and binds take.
 *
 * A non-nullable column is a bare C type. A nullable one is an optional (`{ bool set; T value; }`),
 * or, where the C type has a null of its own, that: text and JSON are NULL pointers, a
 * qc_numeric_value has a NULL `text`, a qc_bytea_value has NULL `data`.
 */
#ifndef QUERCUS_TYPES_H
#define QUERCUS_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <quercus/detail/type_list.h>

/* NUMERIC: exact decimal text such as "-12.340", "NaN", "Infinity" (PostgreSQL manual, 8.1.2). */
typedef struct qc_numeric_value {
    const char *text;
} qc_numeric_value;

/* BYTEA: `size` bytes at `data`. */
typedef struct qc_bytea_value {
    const void *data;
    size_t size;
} qc_bytea_value;

/* DATE: days since 2000-01-01; INT32_MIN and INT32_MAX are -infinity and infinity. */
typedef struct qc_date_value {
    int32_t days;
} qc_date_value;

/* TIME: microseconds since midnight, 0 to 86,400,000,000. */
typedef struct qc_time_value {
    int64_t microseconds;
} qc_time_value;

/* TIMESTAMP and TIMESTAMPTZ: microseconds since 2000-01-01 00:00:00 (UTC for TIMESTAMPTZ);
 * INT64_MIN and INT64_MAX are -infinity and infinity (PostgreSQL manual, 8.5). */
typedef struct qc_timestamp_value {
    int64_t microseconds;
} qc_timestamp_value;

/* UUID: 16 bytes in the order they are written (RFC 9562). */
typedef struct qc_uuid_value {
    uint8_t bytes[16];
} qc_uuid_value;

#define QC_OPTIONAL(name, type)                                                                    \
    typedef struct qc_opt_##name {                                                                 \
        bool set; /* false: the value is NULL */                                                   \
        type value;                                                                                \
    } qc_opt_##name
QC_OPTIONAL(bool, bool);
QC_OPTIONAL(smallint, int16_t);
QC_OPTIONAL(int, int32_t);
QC_OPTIONAL(bigint, int64_t);
QC_OPTIONAL(real, float);
QC_OPTIONAL(double, double);
QC_OPTIONAL(date, qc_date_value);
QC_OPTIONAL(time, qc_time_value);
QC_OPTIONAL(timestamp, qc_timestamp_value);
QC_OPTIONAL(uuid, qc_uuid_value);
#undef QC_OPTIONAL

/* QC_TYPE_bool, QC_TYPE_smallint … in the order of the list. 0 is "no type". */
enum qc_type {
    QC_TYPE_none,
#define QC_ROW(expression, ...) QC_TYPE_##expression,
    QC_TYPES(QC_ROW)
#undef QC_ROW
        QC_TYPE_COUNT
};

/* What may be compared with what: two operands must be of one class. */
enum qc_class {
    QC_CLASS_NONE,
    QC_CLASS_BOOL,
    QC_CLASS_NUMBER,
    QC_CLASS_TEXT,
    QC_CLASS_BYTEA,
    QC_CLASS_DATE,
    QC_CLASS_TIME,
    QC_CLASS_TIMESTAMP,
    QC_CLASS_UUID,
    QC_CLASS_JSON,
    QC_CLASS_ANY /* the NULL literal */
};

/* How a length is written in DDL: TEXT and the like, VARCHAR(n), CHAR(n). */
enum qc_type_form { QC_FORM_PLAIN, QC_FORM_VARCHAR, QC_FORM_CHAR };

/* ---- Values from and to text. Texts are ISO 8601 as PostgreSQL prints them. ---- */

/* Parsers return false and leave *ret untouched when the text is not a value of the type. */
bool qc_date_parse(const char *text, qc_date_value *ret);
bool qc_time_parse(const char *text, qc_time_value *ret);
/* "2024-01-31 12:00:00.5", with an optional offset ("Z", "+02", "-03:30"), which is applied. */
bool qc_timestamp_parse(const char *text, qc_timestamp_value *ret);
bool qc_uuid_parse(const char *text, qc_uuid_value *ret);
/* Whether `text` is "NaN", "Infinity", "-Infinity" or a decimal number, with "-" or no sign, digits
 * and a point at most: up to 131072 digits before it and 16383 after. NULL is not. */
bool qc_numeric_valid(const char *text);

/* Printers write at most `size` bytes with the NUL and return the length, like snprintf. */
enum { QC_DATE_SIZE = 24, QC_TIME_SIZE = 24, QC_TIMESTAMP_SIZE = 48, QC_UUID_SIZE = 37 };
size_t qc_date_print(qc_date_value value, char *buffer, size_t size);
size_t qc_time_print(qc_time_value value, char *buffer, size_t size);
size_t qc_timestamp_print(qc_timestamp_value value, char *buffer, size_t size);
size_t qc_uuid_print(qc_uuid_value value, char *buffer, size_t size);

/* Calendar and Unix time. Months are 1-12, days 1-31; year 0 is 1 BC. Other numbers carry over (32
 * January is 1 February); what is out of the type's range is infinity or -infinity. */
qc_date_value qc_date_of(int year, int month, int day);
qc_timestamp_value qc_timestamp_of(int year, int month, int day, int hour, int minute, double second);
qc_timestamp_value qc_timestamp_from_unix(int64_t seconds, int32_t microseconds);
/* Whole seconds since 1970-01-01, rounded down; INT64_MAX and INT64_MIN for the infinities. */
int64_t qc_timestamp_to_unix(qc_timestamp_value value);
qc_timestamp_value qc_timestamp_now(void);

/* A number wrapped as NUMERIC, qc_numeric_of("9.99"); the text is not copied. */
static inline qc_numeric_value qc_numeric_of(const char *text)
{
    return (qc_numeric_value){text};
}
/* The nearest double; NaN for a NULL or malformed text. */
double qc_numeric_to_double(qc_numeric_value value);
/* True and the exact value when it is whole and fits; false otherwise. */
bool qc_numeric_to_int64(qc_numeric_value value, int64_t *ret);

#endif
