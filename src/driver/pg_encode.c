/* Values into PostgreSQL's binary forms (the send and receive functions of its types).
 *
 * A statement's parameters take one block of memory: the arrays libpq wants, then the bytes of
 * those values that are not sent from where they are. Texts, BYTEA and UUIDs are.
 */
#include "driver/pg.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { JSONB_VERSION = 1, ARRAY_HEADER = 20, LENGTH = 4, MOST_PARAMETERS = 65535 };

static void put_64(char *out, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        out[i] = (char)(value >> (56 - 8 * i));
}

/* ---- A C value of a type. ---- */

/* The length in binary; 0 for types whose values differ in length. */
static const uint8_t sizes[QC_TYPE_COUNT] = {
    [QC_TYPE_bool] = 1,      [QC_TYPE_smallint] = 2,    [QC_TYPE_int] = 4,   [QC_TYPE_bigint] = 8,
    [QC_TYPE_real] = 4,      [QC_TYPE_double] = 8,      [QC_TYPE_date] = 4,  [QC_TYPE_time] = 8,
    [QC_TYPE_timestamp] = 8, [QC_TYPE_timestamptz] = 8, [QC_TYPE_uuid] = 16,
};

static int64_t put_fixed(size_t size, char *out, const void *value)
{
    uint16_t two;
    uint32_t four;
    uint64_t eight;
    switch (size) {
    case 2:
        memcpy(&two, value, 2);
        qc_pg_put_16(out, two);
        break;
    case 4:
        memcpy(&four, value, 4);
        qc_pg_put_32(out, four);
        break;
    case 8:
        memcpy(&eight, value, 8);
        put_64(out, eight);
        break;
    default: /* bool and uuid are bytes */
        memcpy(out, value, size);
    }
    return (int64_t)size;
}

/* The bytes of a value of a type without a fixed size; data is NULL for NULL. */
static qc_bytea_value bytes_of(int type, const void *value)
{
    qc_bytea_value bytes;
    if (type == QC_TYPE_bytea) {
        memcpy(&bytes, value, sizeof(bytes));
        return bytes;
    }
    const char *text; /* the only member of a qc_numeric_value, too */
    memcpy(&text, value, sizeof(text));
    return (qc_bytea_value){text, text ? strlen(text) : 0};
}

static size_t bytes_room(int type, size_t size)
{
    if (type == QC_TYPE_numeric)
        return qc_pg_numeric_room(size);
    return type == QC_TYPE_json ? size + 1 : size;
}

static int64_t put_bytes(int type, char *out, const void *data, size_t size)
{
    if (type == QC_TYPE_numeric) {
        const size_t length = qc_pg_put_numeric(out, data, size);
        return length ? (int64_t)length : QC_PG_INVALID;
    }
    const size_t before = type == QC_TYPE_json;
    if (before)
        *out = JSONB_VERSION;
    if (size)
        memcpy(out + before, data, size);
    return (int64_t)(before + size);
}

size_t qc_pg_value_room(int type, const void *value)
{
    return sizes[type] ? sizes[type] : bytes_room(type, bytes_of(type, value).size);
}

int64_t qc_pg_put_value(int type, char *out, const void *value)
{
    if (sizes[type])
        return put_fixed(sizes[type], out, value);
    const qc_bytea_value bytes = bytes_of(type, value);
    return bytes.data ? put_bytes(type, out, bytes.data, bytes.size) : QC_PG_NULL;
}

/* ---- ARRAY nodes. ---- */

static const char *element(const qc_node *array, size_t i)
{
    return (const char *)array->u.data + i * qc_type_infos[array->type].size;
}

static size_t array_room(const qc_node *array)
{
    const size_t count = qc_bind_size(array);
    if (count > QC_PG_MOST_BYTES / LENGTH)
        return SIZE_MAX;
    if (array->flags & QC_NODE_FIELDS)
        return ARRAY_HEADER + qc_pg_fields_room((const qc_field_array *)array);
    if (sizes[array->type])
        return ARRAY_HEADER + count * (LENGTH + sizes[array->type]);
    size_t room = ARRAY_HEADER;
    for (size_t i = 0; i < count; i++) {
        const size_t one = qc_pg_value_room(array->type, element(array, i));
        if (one > QC_PG_MOST_BYTES || room > QC_PG_MOST_BYTES)
            return SIZE_MAX;
        room += LENGTH + one;
    }
    return room;
}

static int64_t put_elements(char *out, const qc_node *array, bool *has_null)
{
    const size_t count = qc_bind_size(array);
    char *at = out;
    for (size_t i = 0; i < count; i++) {
        const int64_t length = qc_pg_put_value(array->type, at + LENGTH, element(array, i));
        if (length == QC_PG_INVALID)
            return QC_PG_INVALID;
        qc_pg_put_32(at, (uint32_t)length);
        at += LENGTH + (length < 0 ? 0 : length);
        *has_null |= length == QC_PG_NULL;
    }
    return at - out;
}

/* One dimension that begins at 1, or none when there are no elements. */
static int64_t put_array(char *out, const qc_node *array)
{
    const size_t count = qc_bind_size(array), header = count ? ARRAY_HEADER : ARRAY_HEADER - 8;
    bool has_null = false;
    const int64_t length =
        array->flags & QC_NODE_FIELDS
            ? qc_pg_put_fields(out + header, (const qc_field_array *)array, &has_null)
            : put_elements(out + header, array, &has_null);
    if (length < 0)
        return length;
    qc_pg_put_32(out, count ? 1 : 0);
    qc_pg_put_32(out + 4, has_null);
    qc_pg_put_32(out + 8, qc_type_infos[array->type].oid);
    if (count) {
        qc_pg_put_32(out + 12, (uint32_t)count);
        qc_pg_put_32(out + 16, 1);
    }
    return (int64_t)header + length;
}

/* ---- BIND nodes. ---- */

static bool is_whole(int type)
{
    return type == QC_TYPE_smallint || type == QC_TYPE_int || type == QC_TYPE_bigint;
}

/* The type a bind is sent as: its own, or the parameter's where both are whole numbers, or both
 * floating; 0 when the two do not fit. */
static int sent_type(const qc_node *bind, uint32_t oid)
{
    const qc_type_info *own = &qc_type_infos[bind->type];
    if (bind->kind == QC_NODE_ARRAY)
        return own->array_oid == oid ? bind->type : QC_TYPE_none;
    if (own->oid == oid)
        return bind->type;
    for (int type = QC_TYPE_none + 1; type < QC_TYPE_COUNT; type++) {
        if (qc_type_infos[type].oid != oid)
            continue;
        const bool floats = (type == QC_TYPE_double || type == QC_TYPE_real) &&
                            (bind->type == QC_TYPE_double || bind->type == QC_TYPE_real);
        return floats || (is_whole(type) && is_whole(bind->type)) ? type : QC_TYPE_none;
    }
    return QC_TYPE_none;
}

static int64_t put_whole(int type, char *out, int64_t value)
{
    if (type == QC_TYPE_smallint && value >= INT16_MIN && value <= INT16_MAX)
        qc_pg_put_16(out, (uint16_t)value);
    else if (type == QC_TYPE_int && value >= INT32_MIN && value <= INT32_MAX)
        qc_pg_put_32(out, (uint32_t)value);
    else if (type == QC_TYPE_bigint)
        put_64(out, (uint64_t)value);
    else
        return QC_PG_INVALID;
    return sizes[type];
}

static int64_t put_floating(int type, char *out, double value)
{
    const float single = (float)value;
    return type == QC_TYPE_real ? put_fixed(4, out, &single) : put_fixed(8, out, &value);
}

int64_t qc_pg_put_bind(int type, char *out, const qc_node *bind)
{
    switch (type) {
    case QC_TYPE_bool:
        *out = bind->u.integer != 0;
        return 1;
    case QC_TYPE_smallint:
    case QC_TYPE_int:
    case QC_TYPE_bigint:
        return put_whole(type, out, bind->u.integer);
    case QC_TYPE_real:
    case QC_TYPE_double:
        return put_floating(type, out, bind->u.real);
    case QC_TYPE_date:
        return put_whole(QC_TYPE_int, out, bind->u.integer);
    case QC_TYPE_time:
    case QC_TYPE_timestamp:
    case QC_TYPE_timestamptz:
        return put_whole(QC_TYPE_bigint, out, bind->u.integer);
    default:
        return put_bytes(type, out, bind->u.data, qc_bind_size(bind));
    }
}

/* Sent from where it is. */
static bool is_direct(const qc_node *bind)
{
    return bind->kind == QC_NODE_BIND &&
           (bind->type == QC_TYPE_text || bind->type == QC_TYPE_bytea ||
            bind->type == QC_TYPE_uuid);
}

static bool is_null(const qc_node *bind)
{
    return bind->flags & QC_NODE_NULL_VALUE;
}

size_t qc_pg_bind_room(const qc_node *bind)
{
    if (bind->kind == QC_NODE_ARRAY)
        return array_room(bind);
    if (sizes[bind->type])
        return sizes[bind->type] < 8 ? 8 : sizes[bind->type];
    const size_t size = qc_bind_size(bind);
    return size > QC_PG_MOST_BYTES ? size : bytes_room(bind->type, size);
}

/* ---- All parameters of a statement. ---- */

static enum qc_code fail_too_big(qc_connection *c)
{
    return qc_error_set(c->error, QC_ERROR_TOO_BIG,
                        "the values of the statement take more than 1 GiB; nothing was sent");
}

/* The bytes that are made, and a check of those that travel. */
static enum qc_code measure(qc_connection *c, const qc_statement *s, const qc_node *const *binds,
                            size_t *ret_made)
{
    size_t made = 0, total = s->sql_length;
    for (uint32_t i = 0; i < s->bind_count; i++) {
        if (is_null(binds[i]))
            continue;
        const bool direct = is_direct(binds[i]);
        const size_t size = qc_pg_bind_room(binds[i]);
        if (size > QC_PG_MOST_BYTES || total > QC_PG_MOST_BYTES - size)
            return fail_too_big(c);
        total += size + 2 * LENGTH;
        made += direct ? 0 : size;
    }
    *ret_made = made;
    return total > QC_PG_MOST_BYTES ? fail_too_big(c) : QC_ERROR_OK;
}

/* A block with room for the arrays and `bytes` behind them, which *ret_bytes points to. */
static bool reserve(qc_pg_parameters *p, size_t count, size_t bytes, char **ret_bytes)
{
    enum { KEPT_MOST = 1024 * 1024 };
    const size_t arrays = count * (sizeof(*p->values) + sizeof(*p->lengths) + sizeof(*p->formats));
    const size_t size = arrays + bytes + 1;
    if (p->capacity < size || (p->capacity > KEPT_MOST && size < KEPT_MOST)) {
        free(p->memory);
        p->memory = malloc(size < 1024 ? 1024 : size);
        p->capacity = p->memory ? (size < 1024 ? 1024 : size) : 0;
    }
    if (!p->memory)
        return false;
    p->count = (int)count;
    p->values = (const char **)(void *)p->memory;
    p->lengths = (int *)(void *)(p->values + count);
    p->formats = p->lengths + count;
    *ret_bytes = p->memory + arrays;
    return true;
}

static enum qc_code fail_type(qc_connection *c, uint32_t i, const qc_node *bind)
{
    return qc_error_set(c->error, QC_ERROR_MISUSE,
                        "parameter %u is %s, which the statement does not take", (unsigned)i + 1,
                        qc_type_infos[bind->type].word);
}

static enum qc_code fail_value(qc_connection *c, uint32_t i, const qc_node *bind)
{
    return qc_error_set(c->error, QC_ERROR_VALUE,
                        "parameter %u is no %s that the database can hold", (unsigned)i + 1,
                        qc_type_infos[bind->type].word);
}

static enum qc_code put_parameter(qc_connection *c, const qc_statement *s, uint32_t i,
                                  const qc_node *bind, char **at)
{
    qc_pg_parameters *p = &c->parameters;
    p->formats[i] = 1;
    p->lengths[i] = 0;
    p->values[i] = NULL;
    if (is_null(bind))
        return QC_ERROR_OK;
    const int type = sent_type(bind, s->bind_oids[i]);
    if (!type)
        return fail_type(c, i, bind);
    if (is_direct(bind)) {
        p->lengths[i] = type == QC_TYPE_uuid ? sizes[QC_TYPE_uuid] : (int)qc_bind_size(bind);
        p->values[i] = bind->u.data ? bind->u.data : "";
        return QC_ERROR_OK;
    }
    const int64_t length =
        bind->kind == QC_NODE_ARRAY ? put_array(*at, bind) : qc_pg_put_bind(type, *at, bind);
    if (length < 0)
        return fail_value(c, i, bind);
    p->values[i] = *at;
    p->lengths[i] = (int)length;
    *at += length;
    return QC_ERROR_OK;
}

enum qc_code qc_pg_bind(qc_connection *c, const qc_statement *statement,
                        const qc_node *const *binds)
{
    if (statement->bind_count > MOST_PARAMETERS)
        return qc_error_set(c->error, QC_ERROR_TOO_MANY,
                            "a statement has %lu parameters; PostgreSQL takes 65535",
                            (unsigned long)statement->bind_count);
    size_t made = 0;
    char *at;
    enum qc_code code = measure(c, statement, binds, &made);
    if (code != QC_ERROR_OK)
        return code;
    if (!reserve(&c->parameters, statement->bind_count, made, &at))
        return qc_pg_nomem(c);
    for (uint32_t i = 0; i < statement->bind_count && code == QC_ERROR_OK; i++)
        code = put_parameter(c, statement, i, binds[i], &at);
    return code;
}
