/* See copy_defaults.h. */
#include "engine/copy_defaults.h"

#include "ast/make.h"
#include "engine/tenant.h"
#include "model/type_info.h"

#include <string.h>

typedef union c_value {
    bool boolean;
    int16_t two;
    int32_t four;
    int64_t eight;
    float real;
    double floating;
    const char *text;
    qc_bytea_value bytes;
    qc_uuid_value uuid;
} c_value;

static c_value whole_value(int type, int64_t value)
{
    switch (type) {
    case QC_TYPE_bool:
        return (c_value){.boolean = value != 0};
    case QC_TYPE_smallint:
        return (c_value){.two = (int16_t)value};
    case QC_TYPE_int:
    case QC_TYPE_date:
        return (c_value){.four = (int32_t)value};
    default:
        return (c_value){.eight = value};
    }
}

/* The other way of qc_bind_of. */
static c_value value_of(const qc_node *bind)
{
    c_value value;
    switch (bind->type) {
    case QC_TYPE_real:
        return (c_value){.real = (float)bind->u.real};
    case QC_TYPE_double:
        return (c_value){.floating = bind->u.real};
    case QC_TYPE_text:
    case QC_TYPE_json:
    case QC_TYPE_numeric:
        return (c_value){.text = bind->u.text};
    case QC_TYPE_bytea:
        return (c_value){.bytes = {bind->u.data, qc_bind_size(bind)}};
    case QC_TYPE_uuid:
        memcpy(&value.uuid, bind->u.data, sizeof(value.uuid));
        return value;
    default:
        return whole_value(bind->type, bind->u.integer);
    }
}

static bool find_one(qc_db *db, const qc_site *site, qc_arena *arena, const qc_column *column,
                     qc_copy_defaults *ret)
{
    memset(ret->row, 0, ret->size);
    if (!qc_field_takes_default(column, ret->row)) /* DEFAULT(false): zero is a value */
        return true;
    const qc_node *bind = qc_field_node(arena, column, ret->row);
    c_value *value = qc_arena_alloc(arena, sizeof(*value));
    if (!value || bind->kind == QC_NODE_POISON) {
        qc_fail(db, site, value ? (enum qc_code)bind->op : QC_ERROR_NOMEM, "%s",
                value ? bind->u.text : "out of memory");
        return false;
    }
    *value = value_of(bind);
    ret->list[ret->count++] = (qc_copy_default){column, value};
    return true;
}

bool qc_copy_defaults_find(qc_db *db, const qc_site *site, qc_arena *arena,
                           const qc_column *const *columns, size_t count, qc_copy_defaults *ret)
{
    *ret = (qc_copy_defaults){.list = qc_arena_alloc(arena, (count + 1) * sizeof(*ret->list)),
                              .size = columns[0]->table->size,
                              .row = qc_arena_alloc(arena, columns[0]->table->size)};
    if (!ret->list || !ret->row) {
        qc_fail(db, site, QC_ERROR_NOMEM, "out of memory");
        return false;
    }
    for (size_t i = 0; i < count; i++)
        if (columns[i]->value.set && !find_one(db, site, arena, columns[i], ret))
            return false;
    return true;
}

bool qc_copy_tenant(qc_copy_defaults *defaults, qc_arena *arena, const qc_column *column,
                    const qc_node *tenant)
{
    c_value *value = qc_arena_alloc(arena, sizeof(*value));
    qc_bind *bind = qc_arena_alloc(arena, sizeof(*bind));
    if (!value || !bind)
        return false;
    *value = value_of(tenant);
    *bind = (qc_bind){*tenant, qc_type_infos[tenant->type].pointer ? qc_bind_size(tenant) : 0};
    defaults->list[defaults->count++] = (qc_copy_default){column, value};
    defaults->tenant = &bind->base;
    return true;
}

static bool takes_default(const qc_column *column, const void *row)
{
    return column->mark == QC_MARK_TENANT ? qc_tenant_is_unset(column, row)
                                          : qc_field_takes_default(column, row);
}

static void set_field(char *row, const qc_column *column, const void *value)
{
    const qc_type_info *info = &qc_type_infos[column->type];
    char *field = row + column->offset;
    if (column->nullable && info->value_offset) {
        *(bool *)field = true;
        field += info->value_offset;
    }
    memcpy(field, value, info->size);
}

const void *qc_copy_defaults_fill(const qc_copy_defaults *defaults, const void *row)
{
    bool copied = false;
    for (size_t i = 0; i < defaults->count; i++) {
        const qc_copy_default *one = &defaults->list[i];
        if (!takes_default(one->column, row))
            continue;
        if (!copied)
            memcpy(defaults->row, row, defaults->size);
        copied = true;
        set_field(defaults->row, one->column, one->value);
    }
    return copied ? defaults->row : row;
}
