/* Generic rows: the items of a SELECT without a record, read by their place and type. */
#include <quercus/engine.h>

#include "compile/statement.h"

#include <string.h>

size_t qc_row_size(const qc_row *row)
{
    return row ? row->count : 0;
}

static const char *cell_at(const qc_row *row, size_t i)
{
    return (const char *)(row + 1) + i * QC_CELL_SIZE;
}

const char *qc_row_name(const qc_row *row, size_t i)
{
    return i < qc_row_size(row) ? row->items[i].name : NULL;
}

enum qc_type qc_row_type(const qc_row *row, size_t i)
{
    return i < qc_row_size(row) ? (enum qc_type)row->items[i].type : QC_TYPE_none;
}

/* An optional says whether it is set first of all; what has no optional begins with a pointer. */
static bool cell_is_null(const char *cell, enum qc_type type)
{
    if (type != QC_TYPE_none && qc_type_infos[type].value_offset > 0)
        return !*(const bool *)cell;
    const void *pointer;
    memcpy(&pointer, cell, sizeof(pointer));
    return pointer == NULL;
}

bool qc_row_is_null(const qc_row *row, size_t i)
{
    return i >= qc_row_size(row) || cell_is_null(cell_at(row, i), qc_row_type(row, i));
}

/* The value of item `i` when it is of the type and not NULL. */
static const void *value_at(const qc_row *row, size_t i, enum qc_type type)
{
    if (qc_row_type(row, i) != type || qc_row_is_null(row, i))
        return NULL;
    return cell_at(row, i) + qc_type_infos[type].value_offset;
}

bool qc_row_bool(const qc_row *row, size_t i)
{
    const bool *value = value_at(row, i, QC_TYPE_bool);
    return value && *value;
}

int64_t qc_row_int(const qc_row *row, size_t i)
{
    const int16_t *small = value_at(row, i, QC_TYPE_smallint);
    const int32_t *medium = value_at(row, i, QC_TYPE_int);
    const int64_t *big = value_at(row, i, QC_TYPE_bigint);
    return small ? *small : medium ? *medium : big ? *big : 0;
}

double qc_row_double(const qc_row *row, size_t i)
{
    const float *small = value_at(row, i, QC_TYPE_real);
    const double *big = value_at(row, i, QC_TYPE_double);
    return small ? (double)*small : big ? *big : 0;
}

const char *qc_row_text(const qc_row *row, size_t i)
{
    const char *const *text = value_at(row, i, QC_TYPE_text);
    const char *const *json = value_at(row, i, QC_TYPE_json);
    const qc_numeric_value *numeric = value_at(row, i, QC_TYPE_numeric);
    return text ? *text : json ? *json : numeric ? numeric->text : NULL;
}

qc_bytea_value qc_row_bytea(const qc_row *row, size_t i)
{
    const qc_bytea_value *value = value_at(row, i, QC_TYPE_bytea);
    return value ? *value : (qc_bytea_value){NULL, 0};
}

qc_date_value qc_row_date(const qc_row *row, size_t i)
{
    const qc_date_value *value = value_at(row, i, QC_TYPE_date);
    return value ? *value : (qc_date_value){0};
}

qc_time_value qc_row_time(const qc_row *row, size_t i)
{
    const qc_time_value *value = value_at(row, i, QC_TYPE_time);
    return value ? *value : (qc_time_value){0};
}

qc_timestamp_value qc_row_timestamp(const qc_row *row, size_t i)
{
    const qc_timestamp_value *plain = value_at(row, i, QC_TYPE_timestamp);
    const qc_timestamp_value *zoned = value_at(row, i, QC_TYPE_timestamptz);
    return plain ? *plain : zoned ? *zoned : (qc_timestamp_value){0};
}

qc_uuid_value qc_row_uuid(const qc_row *row, size_t i)
{
    const qc_uuid_value *value = value_at(row, i, QC_TYPE_uuid);
    return value ? *value : (qc_uuid_value){{0}};
}

const void *qc_row_entity(const qc_row *row, size_t i)
{
    if (i >= qc_row_size(row) || qc_row_type(row, i) != QC_TYPE_none)
        return NULL;
    const void *entity;
    memcpy(&entity, cell_at(row, i), sizeof(entity));
    return entity;
}
