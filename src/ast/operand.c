/* Operands: C values become BIND nodes of the SQL type that is wanted, where it can hold them. */
#include "ast/make.h"
#include "model/type_info.h"

#include <math.h>
#include <string.h>

/* Without its NUL a text is below 1 GiB, as in PostgreSQL (manual, 8.3). */
enum { MOST_BYTES = 1024 * 1024 * 1024 - 1 };

static const struct {
    uint8_t cls, type; /* type: when nothing says more */
} literals[QC_OPERAND_COUNT] = {
#define QC_LITERAL(name, ctype, class_, sql)                                                       \
    [QC_OPERAND_##name] = {QC_CLASS_##class_, QC_TYPE_##sql},
    QC_LITERALS(QC_LITERAL)
#undef QC_LITERAL
};

/* ---- Binds. ----
 * What makes them is not inlined, so that qc_literal has no registers to save on the way there. */

static const qc_node *bind(qc_node base, size_t size)
{
    qc_bind *made = qc_take(sizeof(*made));
    if (!made)
        return &qc_nomem_node;
    base.kind = QC_NODE_BIND;
    made->base = base;
    made->size = size;
    return &made->base;
}

static __attribute__((noinline)) const qc_node *null_bind(int type)
{
    return bind(
        (qc_node){.type = (uint8_t)type, .flags = QC_NODE_NULLABLE | QC_NODE_NULL_VALUE}, 0);
}

static __attribute__((noinline)) const qc_node *integer_bind(int type, int64_t value)
{
    return bind((qc_node){.type = (uint8_t)type, .u.integer = value}, 0);
}

static const qc_node *real_bind(int type, double value)
{
    return bind((qc_node){.type = (uint8_t)type, .u.real = value}, 0);
}

/* A bind and `room` bytes behind it. */
static qc_bind *bind_with_room(int type, size_t room, size_t size)
{
    qc_bind *made = qc_take(sizeof(*made) + room);
    if (made)
        *made = (qc_bind){{.kind = QC_NODE_BIND, .type = (uint8_t)type, .u.data = made + 1}, size};
    return made;
}

/* ---- Text and bytes. ---- */

static const qc_node *not_utf8(const char *text, size_t length)
{
    size_t at = 0, step = 1;
    while (step <= 4 && at + step <= length) {
        bool whole = qc_utf8_valid(text + at, step);
        at += whole ? step : 0;
        step = whole ? 1 : step + 1;
    }
    return qc_poison(QC_ERROR_VALUE, "a text value is not valid UTF-8 (byte %zu)", at + 1);
}

/* Copies a word; what it adds to `all`, the bits of what was copied. */
#define COPY_WORD(type, to, from)                                                                  \
    do {                                                                                           \
        type word;                                                                                 \
        memcpy(&word, from, sizeof(word));                                                         \
        memcpy(to, &word, sizeof(word));                                                           \
        all |= word;                                                                               \
    } while (0)

/* Copies a text and ends it with NUL; whether it has bytes over 127. The last word overlaps the one
 * before where they do not come out even. */
static inline bool copy_text(char *to, const char *from, size_t length)
{
    uint64_t all = 0;
    if (length >= sizeof(uint64_t)) {
        const size_t last = length - sizeof(uint64_t);
        for (size_t at = 0; at < last; at += sizeof(uint64_t))
            COPY_WORD(uint64_t, to + at, from + at);
        COPY_WORD(uint64_t, to + last, from + last);
    } else if (length >= sizeof(uint32_t)) {
        COPY_WORD(uint32_t, to, from);
        COPY_WORD(uint32_t, to + length - sizeof(uint32_t), from + length - sizeof(uint32_t));
    } else {
        for (size_t at = 0; at < length; at++)
            COPY_WORD(uint8_t, to + at, from + at);
    }
    to[length] = '\0';
    return (all & 0x8080808080808080) != 0;
}

const qc_node *qc_text_bind(int type, const char *text, size_t length)
{
    if (length > MOST_BYTES)
        return qc_poison(QC_ERROR_TOO_BIG, "a text value is longer than 1 GiB");
    qc_bind *made = bind_with_room(type, length + 1, length);
    if (!made)
        return &qc_nomem_node;
    char *copy = (char *)(made + 1);
    if (copy_text(copy, text, length) && !qc_utf8_valid(copy, length))
        return not_utf8(copy, length);
    return &made->base;
}

static __attribute__((noinline)) const qc_node *text_operand(int type, const char *text)
{
    return text ? qc_text_bind(type, text, strlen(text)) : null_bind(type);
}

static __attribute__((noinline)) const qc_node *bytes_bind(int type, const void *data, size_t size)
{
    if (size > MOST_BYTES)
        return qc_poison(QC_ERROR_TOO_BIG, "a BYTEA value is longer than 1 GiB");
    qc_bind *made = bind_with_room(type, size, size);
    if (!made)
        return &qc_nomem_node;
    if (size)
        memcpy(made + 1, data, size);
    return &made->base;
}

static __attribute__((noinline)) const qc_node *bytea_operand(int type, qc_bytea_value value)
{
    return value.data ? bytes_bind(type, value.data, value.size) : null_bind(type);
}

/* ---- Numbers. ---- */

static const qc_node *numeric_bind(const char *text)
{
    return qc_text_bind(QC_TYPE_numeric, text, strlen(text));
}

/* Stays what it is beside whole numbers. */
static const qc_node *double_operand(int type, double value)
{
    if (type == QC_TYPE_numeric) {
        char text[QC_NUMBER_SIZE];
        qc_double_text(value, text);
        return numeric_bind(text);
    }
    if (type == QC_TYPE_real && (!isinf((float)value) || isinf(value)))
        return real_bind(type, (double)(float)value);
    return real_bind(QC_TYPE_double, value);
}

/* The same; as NUMERIC it keeps its own few digits. */
static const qc_node *float_operand(int type, float value)
{
    if (type == QC_TYPE_numeric) {
        char text[QC_NUMBER_SIZE];
        qc_float_text(value, text);
        return numeric_bind(text);
    }
    return real_bind(type == QC_TYPE_double ? QC_TYPE_double : QC_TYPE_real, (double)value);
}

/* A whole number for a column of another kind, or one that its column cannot hold. */
static const qc_node *whole_as(int type, int64_t value)
{
    char text[QC_NUMBER_SIZE];
    switch (type) {
    case QC_TYPE_numeric:
        qc_integer_text(value, text);
        return numeric_bind(text);
    case QC_TYPE_real:
        if (value < -(1 << 24) || value > 1 << 24)
            type = QC_TYPE_double;
        return real_bind(type, (double)value);
    case QC_TYPE_double:
        return real_bind(type, (double)value);
    case QC_TYPE_bool:
        return qc_poison(QC_ERROR_VALUE, "%lld was used as BOOLEAN, which is 0 or 1",
                         (long long)value);
    default:
        return integer_bind(value == (int32_t)value ? QC_TYPE_int : QC_TYPE_bigint, value);
    }
}

static const qc_node *whole_operand(int type, int64_t value)
{
    bool fits = type == QC_TYPE_bigint || (type == QC_TYPE_int && value == (int32_t)value) ||
                (type == QC_TYPE_smallint && value == (int16_t)value) ||
                (type == QC_TYPE_bool && (value & ~(int64_t)1) == 0);
    return fits ? integer_bind(type, value) : whole_as(type, value);
}

static const qc_node *unsigned_operand(int type, uint64_t value)
{
    if (value > INT64_MAX)
        return qc_poison(QC_ERROR_VALUE, "%llu is greater than any BIGINT",
                         (unsigned long long)value);
    return whole_operand(type, (int64_t)value);
}

/* Stays NUMERIC beside whole numbers. */
static const qc_node *numeric_operand(int type, qc_numeric_value value)
{
    if (type < QC_TYPE_numeric)
        type = QC_TYPE_numeric;
    if (!value.text)
        return null_bind(type);
    if (!qc_numeric_valid(value.text))
        return qc_poison(QC_ERROR_VALUE, "a NUMERIC value is not a decimal number");
    return type == QC_TYPE_numeric ? numeric_bind(value.text)
                                   : double_operand(type, qc_numeric_to_double(value));
}

/* ---- All of them. ---- */

/* The NULL of an unset optional has the type that a value would have. */
static const qc_node *unset(int type, int operand)
{
    if (type < QC_TYPE_numeric && operand == QC_OPERAND_OPT_DOUBLE)
        type = QC_TYPE_double;
    if (type < QC_TYPE_numeric && operand == QC_OPERAND_OPT_REAL)
        type = QC_TYPE_real;
    return null_bind(type);
}

#define VALUE(ctype) (*(const ctype *)value)

/* Every optional starts with `set`. */
static __attribute__((noinline)) const qc_node *optional(int type, int operand, const void *value)
{
    if (!VALUE(bool))
        return unset(type, operand);
    switch (operand) {
    case QC_OPERAND_OPT_BOOL:
        return integer_bind(type, VALUE(qc_opt_bool).value);
    case QC_OPERAND_OPT_SMALLINT:
        return whole_operand(type, VALUE(qc_opt_smallint).value);
    case QC_OPERAND_OPT_INT:
        return whole_operand(type, VALUE(qc_opt_int).value);
    case QC_OPERAND_OPT_BIGINT:
        return whole_operand(type, VALUE(qc_opt_bigint).value);
    case QC_OPERAND_OPT_REAL:
        return float_operand(type, VALUE(qc_opt_real).value);
    case QC_OPERAND_OPT_DOUBLE:
        return double_operand(type, VALUE(qc_opt_double).value);
    case QC_OPERAND_OPT_DATE:
        return integer_bind(type, VALUE(qc_opt_date).value.days);
    case QC_OPERAND_OPT_TIME:
        return integer_bind(type, VALUE(qc_opt_time).value.microseconds);
    case QC_OPERAND_OPT_TIMESTAMP:
        return integer_bind(type, VALUE(qc_opt_timestamp).value.microseconds);
    default:
        return bytes_bind(type, VALUE(qc_opt_uuid).value.bytes, sizeof(qc_uuid_value));
    }
}

/* The less frequent numbers. */
static __attribute__((noinline)) const qc_node *number(int type, int operand, const void *value)
{
    switch (operand) {
    case QC_OPERAND_SCHAR:
        return whole_operand(type, VALUE(signed char));
    case QC_OPERAND_UCHAR:
        return whole_operand(type, VALUE(unsigned char));
    case QC_OPERAND_SHORT:
        return whole_operand(type, VALUE(short));
    case QC_OPERAND_USHORT:
        return whole_operand(type, VALUE(unsigned short));
    case QC_OPERAND_ULONG:
        return unsigned_operand(type, VALUE(unsigned long));
    case QC_OPERAND_ULLONG:
        return unsigned_operand(type, VALUE(unsigned long long));
    case QC_OPERAND_FLOAT:
        return float_operand(type, VALUE(float));
    case QC_OPERAND_DOUBLE:
        return double_operand(type, VALUE(double));
    default:
        return numeric_operand(type, VALUE(qc_numeric_value));
    }
}

static __attribute__((noinline)) const qc_node *null_operand(int type, const void *pointer)
{
    if (pointer)
        return qc_poison(QC_ERROR_MISUSE, "a void pointer that is not NULL is not a value");
    return null_bind(type);
}

static __attribute__((cold)) const qc_node *not_of_kind(int type)
{
    return qc_poison(QC_ERROR_MISUSE, "a C value of another kind was used as %s",
                     qc_type_infos[type].word);
}

/* What a header's assertions let through: QC_STANDS_FOR. */
static bool may_become(int type, int operand)
{
    int cls = qc_type_infos[type].cls, of_value = literals[operand].cls;
    return cls == of_value || of_value == QC_CLASS_ANY ||
           (cls == QC_CLASS_BOOL && operand == QC_OPERAND_INT) ||
           (cls == QC_CLASS_JSON && of_value == QC_CLASS_TEXT);
}

const qc_node *qc_literal(int type, int operand, const void *value)
{
    if (!type)
        type = literals[operand].type;
    if (!may_become(type, operand))
        return not_of_kind(type);
    if (operand >= QC_OPERAND_OPT_BOOL)
        return optional(type, operand, value);
    switch (operand) {
    case QC_OPERAND_TEXT:
    case QC_OPERAND_MUTABLE_TEXT:
        return text_operand(type, VALUE(char *));
    case QC_OPERAND_NULL:
        return null_operand(type, VALUE(void *));
    case QC_OPERAND_BYTEA:
        return bytea_operand(type, VALUE(qc_bytea_value));
    case QC_OPERAND_DATE:
        return integer_bind(type, VALUE(qc_date_value).days);
    case QC_OPERAND_TIME:
        return integer_bind(type, VALUE(qc_time_value).microseconds);
    case QC_OPERAND_TIMESTAMP:
        return integer_bind(type, VALUE(qc_timestamp_value).microseconds);
    case QC_OPERAND_BOOL:
        return integer_bind(type, VALUE(bool));
    case QC_OPERAND_INT:
        return whole_operand(type, VALUE(int));
    case QC_OPERAND_UINT:
        return whole_operand(type, VALUE(unsigned));
    case QC_OPERAND_LONG:
        return whole_operand(type, VALUE(long));
    case QC_OPERAND_LLONG:
        return whole_operand(type, VALUE(long long));
    case QC_OPERAND_UUID:
        return bytes_bind(type, value, sizeof(qc_uuid_value));
    default:
        return number(type, operand, value);
    }
}

const qc_node *qc_operand(int type, int operand, const void *value)
{
    const qc_node *node = qc_operand_node(type, operand, value);
    return node ? node : &qc_zeroed_node;
}
