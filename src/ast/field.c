/* Fields of structs as binds, and which of them are left to a default. */
#include "ast/make.h"
#include "model/type_info.h"

#include <string.h>

/* ---- One field. ---- */

/* The C value of a field; NULL when it is an optional that is not set. */
static const void *field_value(const qc_column *column, const void *row)
{
    const char *field = (const char *)row + column->offset;
    size_t offset = column->nullable ? qc_type_infos[column->type].value_offset : 0;
    if (offset && !*(const bool *)field)
        return NULL;
    return field + offset;
}

#define VALUE(ctype) (*(const ctype *)value)

/* A bind of what the value points to, which is not copied. */
static qc_bind pointing(int type, const void *data, size_t size)
{
    return (qc_bind){{.kind = QC_NODE_BIND,
                      .type = (uint8_t)type,
                      .flags = data ? 0 : QC_NODE_NULLABLE | QC_NODE_NULL_VALUE,
                      .u.data = data},
                     size};
}

static int64_t integer_value(int type, const void *value)
{
    switch (type) {
    case QC_TYPE_bool:
        return VALUE(bool);
    case QC_TYPE_smallint:
        return VALUE(int16_t);
    case QC_TYPE_int:
        return VALUE(int32_t);
    case QC_TYPE_date:
        return VALUE(qc_date_value).days;
    case QC_TYPE_time:
        return VALUE(qc_time_value).microseconds;
    case QC_TYPE_timestamp:
    case QC_TYPE_timestamptz:
        return VALUE(qc_timestamp_value).microseconds;
    default:
        return VALUE(int64_t);
    }
}

qc_bind qc_bind_of(int type, const void *value)
{
    qc_bind bind = {{.kind = QC_NODE_BIND, .type = (uint8_t)type}, 0};
    switch (type) {
    case QC_TYPE_text:
    case QC_TYPE_json:
    case QC_TYPE_numeric: /* a struct of one text */
        return pointing(type, VALUE(char *), VALUE(char *) ? strlen(VALUE(char *)) : 0);
    case QC_TYPE_bytea:
        return pointing(type, VALUE(qc_bytea_value).data, VALUE(qc_bytea_value).size);
    case QC_TYPE_uuid:
        return pointing(type, value, sizeof(qc_uuid_value));
    case QC_TYPE_real:
        bind.base.u.real = (double)VALUE(float);
        return bind;
    case QC_TYPE_double:
        bind.base.u.real = VALUE(double);
        return bind;
    default:
        bind.base.u.integer = integer_value(type, value);
        return bind;
    }
}

/* ---- Defaults. ---- */

static bool is_zero(const void *value, size_t size)
{
    static const char zeros[sizeof(qc_uuid_value)];
    return memcmp(value, zeros, size) == 0;
}

static bool is_unset(int type, const void *value)
{
    if (!value)
        return true;
    switch (type) {
    case QC_TYPE_text:
    case QC_TYPE_json:
    case QC_TYPE_numeric:
        return !VALUE(char *);
    case QC_TYPE_bytea:
        return !VALUE(qc_bytea_value).data;
    case QC_TYPE_date:
    case QC_TYPE_timestamp:
    case QC_TYPE_timestamptz:
    case QC_TYPE_uuid:
        return is_zero(value, qc_type_infos[type].size);
    default:
        return false;
    }
}

static bool is_whole(int type)
{
    return type == QC_TYPE_smallint || type == QC_TYPE_int || type == QC_TYPE_bigint;
}

bool qc_field_is_default(const qc_column *column, const void *row)
{
    const void *value = field_value(column, row);
    if (column->identity)
        return !value || (is_whole(column->type) && integer_value(column->type, value) == 0);
    return column->server_default && is_unset(column->type, value);
}

bool qc_field_takes_default(const qc_column *column, const void *row)
{
    return column->value.set && is_unset(column->type, field_value(column, row));
}

/* Reads the text of a DEFAULT for a type that is not text. */
static bool read_default(int type, const char *text, int64_t *integer, qc_uuid_value *uuid)
{
    qc_date_value date = {0};
    qc_time_value time = {0};
    qc_timestamp_value timestamp = {0};
    bool valid = false;
    switch (type) {
    case QC_TYPE_date:
        valid = qc_date_parse(text, &date);
        *integer = date.days;
        break;
    case QC_TYPE_time:
        valid = qc_time_parse(text, &time);
        *integer = time.microseconds;
        break;
    case QC_TYPE_timestamp:
    case QC_TYPE_timestamptz:
        valid = qc_timestamp_parse(text, &timestamp);
        *integer = timestamp.microseconds;
        break;
    case QC_TYPE_uuid:
        valid = qc_uuid_parse(text, uuid);
        break;
    }
    return valid;
}

/* ---- Nodes in an arena. ---- */

static const qc_node *keep(qc_arena *arena, qc_bind bind)
{
    qc_bind *kept = qc_arena_take(arena, sizeof(*kept));
    if (!kept)
        return &qc_nomem_node;
    *kept = bind;
    return &kept->base;
}

/* The default of a type whose value is a text or bytes. */
static const qc_node *text_default(qc_arena *arena, const qc_column *column)
{
    const qc_default *value = &column->value;
    const char *own = column->discriminator ? column->table->lineage->identity : value->text;
    char number[QC_NUMBER_SIZE];
    if (own)
        return keep(arena, pointing(column->type, own, strlen(own)));
    if (value->integer)
        qc_integer_text(value->integer, number);
    else
        qc_double_text(value->real, number);
    const char *text = qc_arena_copy(arena, number, strlen(number));
    return text ? keep(arena, pointing(column->type, text, strlen(text))) : &qc_nomem_node;
}

const qc_node *qc_default_node(qc_arena *arena, const qc_column *column)
{
    const qc_default *value = &column->value;
    qc_bind bind = {{.kind = QC_NODE_BIND, .type = column->type, .u.integer = value->integer}, 0};
    if (qc_type_infos[column->type].pointer)
        return text_default(arena, column);
    if (value->text) {
        qc_uuid_value *uuid = qc_arena_alloc(arena, sizeof(*uuid));
        if (!uuid)
            return &qc_nomem_node;
        if (!read_default(column->type, value->text, &bind.base.u.integer, uuid))
            return qc_poison(QC_ERROR_VALUE, "the DEFAULT of %s.%s is not of its type",
                             column->table->name, column->name);
        if (column->type == QC_TYPE_uuid)
            bind = pointing(column->type, uuid, sizeof(*uuid));
    } else if (column->type == QC_TYPE_real || column->type == QC_TYPE_double) {
        bind.base.u.real = value->integer ? (double)value->integer : value->real;
    }
    return keep(arena, bind);
}

static const qc_node *wrong_value(const qc_column *column, const char *what)
{
    return qc_poison(QC_ERROR_VALUE, "the value of %s.%s is not %s", column->table->name,
                     column->name, what);
}

const qc_node *qc_field_problem(const qc_column *column, const qc_bind *value)
{
    const int type = column->type;
    const char *text = value->base.u.text;
    if (!qc_type_infos[type].pointer || !text)
        return NULL;
    if ((type == QC_TYPE_text || type == QC_TYPE_json) && !qc_utf8_valid(text, value->size))
        return wrong_value(column, "valid UTF-8");
    if (type == QC_TYPE_numeric && !qc_numeric_valid(text))
        return wrong_value(column, "a decimal number");
    return NULL;
}

qc_bind qc_field_bind(const qc_column *column, const void *row)
{
    const void *value = field_value(column, row);
    return value ? qc_bind_of(column->type, value) : pointing(column->type, NULL, 0);
}

const qc_node *qc_field_as_it_is(qc_arena *arena, const qc_column *column, const void *row)
{
    const qc_bind bind = qc_field_bind(column, row);
    const qc_node *problem = qc_field_problem(column, &bind);
    return problem ? problem : keep(arena, bind);
}

const qc_node *qc_field_node(qc_arena *arena, const qc_column *column, const void *row)
{
    return qc_field_takes_default(column, row) ? qc_default_node(arena, column)
                                               : qc_field_as_it_is(arena, column, row);
}

const qc_node *qc_field_value(const qc_column *column, const void *row)
{
    qc_arena *arena = qc_current_arena();
    return arena ? qc_field_node(arena, column, row) : &qc_nomem_node;
}
