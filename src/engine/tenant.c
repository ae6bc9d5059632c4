/* TENANT: whose rows the statements of a connection have to do with. The value is no part of a
 * compiled statement: it is put among its binds each time it is run. */
#include "engine/tenant.h"

#include "ast/make.h"
#include "engine/cursor.h"
#include "engine/orm.h"
#include "model/type_info.h"

#include <quercus/mixins.h>
#include <stdlib.h>
#include <string.h>

/* ---- Values. ---- */

/* Of one class. */
static bool is_same(const qc_node *a, const qc_node *b)
{
    if ((a->flags | b->flags) & QC_NODE_NULL_VALUE)
        return false;
    switch (qc_type_infos[a->type].cls) {
    case QC_CLASS_UUID:
        return memcmp(a->u.data, b->u.data, sizeof(qc_uuid_value)) == 0;
    case QC_CLASS_TEXT:
        return qc_bind_size(a) == qc_bind_size(b) &&
               memcmp(a->u.text, b->u.text, qc_bind_size(a)) == 0;
    default:
        return a->u.integer == b->u.integer;
    }
}

bool qc_tenant_has(const qc_column *column, const void *row, const qc_node *value)
{
    const qc_bind field = qc_bind_of(column->type, (const char *)row + column->offset);
    return is_same(&field.base, value);
}

bool qc_tenant_is_unset(const qc_column *column, const void *row)
{
    static const char zeros[sizeof(qc_uuid_value)];
    return memcmp((const char *)row + column->offset, zeros, qc_type_infos[column->type].size) == 0;
}

const qc_column *qc_tenant_column(const qc_table *table)
{
    for (uint32_t i = 0; i < table->column_count; i++)
        if (table->columns[i].mark == QC_MARK_TENANT)
            return &table->columns[i];
    return NULL;
}

/* ---- The tenant as a value of a type. ---- */

static bool refuse_without(qc_db *db, const qc_site *site, const qc_column *column)
{
    const char *model = column->table->model;
    qc_fail(
        db, site, QC_ERROR_MISUSE,
        "rows of %s are a tenant's, and the connection has none; call SET_TENANT(db, %s_%s, …), "
        "or add .ALL_TENANTS to the query",
        model, model, column->name);
    return false;
}

bool qc_tenant_refuse(qc_db *db, const qc_site *site, const qc_column *column)
{
    qc_fail(db, site, QC_ERROR_MISUSE,
            "%s.%s is not the connection's tenant; leave it unset, and it is filled in, or add "
            ".ALL_TENANTS",
            column->table->name, column->name);
    return false;
}

static bool is_of_width(int type, int64_t value)
{
    return type == QC_TYPE_smallint ? value == (int16_t)value
           : type == QC_TYPE_int    ? value == (int32_t)value
                                    : type == QC_TYPE_bigint;
}

static const qc_node *of_type(qc_db *db, const qc_site *site, const qc_column *column, int type)
{
    const qc_node *tenant = db->tenant ? &db->tenant->base : NULL;
    if (!tenant) {
        refuse_without(db, site, column);
        return NULL;
    }
    if (tenant->type == type)
        return tenant;
    if (qc_type_infos[tenant->type].cls == qc_type_infos[type].cls &&
        is_of_width(type, tenant->u.integer)) {
        const qc_node *made = qc_operand(type, QC_OPERAND_LLONG, &(long long){tenant->u.integer});
        if (made->kind == QC_NODE_BIND)
            return made;
        qc_fail(db, site, QC_ERROR_NOMEM, "out of memory");
        return NULL;
    }
    qc_fail(db, site, QC_ERROR_MISUSE,
            "the connection's tenant has another type than %s.%s; TENANT columns are of one type",
            column->table->name, column->name);
    return NULL;
}

const qc_node *qc_tenant_value(qc_db *db, const qc_site *site, const qc_column *column)
{
    return of_type(db, site, column, column->type);
}

bool qc_tenant_binds(qc_db *db, const qc_site *site, const qc_statement *statement,
                     const qc_node *const *of_key, const qc_node **ret)
{
    for (uint32_t i = 0; i < statement->bind_count; i++) {
        const uint32_t place = statement->bind_order[i];
        if (place < QC_TENANT_BIND)
            ret[i] = of_key[place];
        else if (!(ret[i] = of_type(db, site, statement->tenant, (int)(place - QC_TENANT_BIND))))
            return false;
    }
    for (uint32_t i = 0; i < statement->given_count; i++) {
        const qc_node *given = of_key[statement->given_tenants[i]];
        const qc_node *tenant = of_type(db, site, statement->tenant, given->type);
        if (!tenant)
            return false;
        if (!is_same(given, tenant))
            return qc_tenant_refuse(db, site, statement->tenant);
    }
    return true;
}

/* ---- Structs. ---- */

bool qc_tenant_may_write(qc_db *db, const qc_site *site, const qc_write *write)
{
    const qc_table *table = qc_write_table(write);
    const qc_column *column = table ? qc_tenant_column(table) : NULL;
    if (!column || !write->rows->rows || qc_write_has(write, QC_CLAUSE_ALL_TENANTS))
        return true;
    const qc_node *value = qc_tenant_value(db, site, column);
    const qc_structs structs = qc_structs_of(write->rows, table, 0);
    for (size_t i = 0; value && i < structs.count; i++) {
        const void *row = qc_struct_at(&structs, i);
        if (row && !qc_tenant_is_unset(column, row) && !qc_tenant_has(column, row, value))
            return qc_tenant_refuse(db, site, column);
    }
    return value != NULL;
}

/* ---- Setting it. ---- */

void qc_tenant_forget(qc_db *db)
{
    free(db->tenant);
    db->tenant = NULL;
}

/* A copy with its text behind it. NULL: out of memory. */
static qc_bind *copy_of(const qc_node *value)
{
    const int cls = qc_type_infos[value->type].cls;
    const size_t size = cls == QC_CLASS_UUID   ? sizeof(qc_uuid_value)
                        : cls == QC_CLASS_TEXT ? qc_bind_size(value)
                                               : 0;
    qc_bind *copy = malloc(sizeof(*copy) + size + 1);
    if (!copy)
        return NULL;
    *copy = (qc_bind){*value, size ? qc_bind_size(value) : 0};
    if (cls != QC_CLASS_UUID && cls != QC_CLASS_TEXT)
        return copy;
    char *data = (char *)(copy + 1);
    memcpy(data, value->u.data, size);
    data[size] = '\0';
    copy->base.u.data = data;
    return copy;
}

/* Poison, NULL, an expression, another column: what cannot be a tenant. */
static bool is_fit(qc_db *db, const qc_site *site, const qc_node *column, const qc_node *value)
{
    const qc_node *poison = column->kind == QC_NODE_POISON ? column : value;
    if (poison->kind == QC_NODE_POISON)
        qc_fail(db, site, (enum qc_code)poison->op, "%s", poison->u.text);
    else if (column->kind != QC_NODE_COLUMN || column->u.column->mark != QC_MARK_TENANT)
        qc_fail(db, site, QC_ERROR_MISUSE, "SET_TENANT: the column is no TENANT of its model");
    else if (value->kind != QC_NODE_BIND || value->flags & QC_NODE_NULL_VALUE)
        qc_fail(db, site, QC_ERROR_MISUSE, "SET_TENANT: a tenant is a value, and not NULL");
    else
        return true;
    return false;
}

static bool leaves_cursors(qc_db *db, const qc_site *site)
{
    const qc_site *open = qc_cursor_of_tenant(db);
    if (!open)
        return true;
    qc_fail(db, site, QC_ERROR_MISUSE,
            "the rows of the CURSOR of %s:%d are of the tenant that the connection has; leave its "
            "block before that changes",
            open->file, open->line);
    return false;
}

static bool is_set(const qc_db *db, const qc_node *value)
{
    const qc_node *now = db->tenant ? &db->tenant->base : NULL;
    return now && qc_type_infos[now->type].cls == qc_type_infos[value->type].cls &&
           is_same(now, value);
}

static bool set(qc_db *db, const qc_site *site, const qc_node *value)
{
    if (!is_set(db, value) && !leaves_cursors(db, site))
        return false;
    qc_bind *copy = copy_of(value);
    if (!copy) {
        qc_fail(db, site, QC_ERROR_NOMEM, "out of memory");
        return false;
    }
    if (!qc_orm_hooks.tenant(db, site, copy)) {
        free(copy);
        return false;
    }
    qc_tenant_forget(db);
    db->tenant = copy;
    return true;
}

bool qc_set_tenant(qc_db *db, const qc_site *site, qc_mark mark, const qc_node *column,
                   const qc_node *value)
{
    const bool good = qc_enter(db, site) && is_fit(db, site, qc_listed(column), qc_listed(value)) &&
                      set(db, site, value);
    qc_arena_release(qc_current_arena(), mark);
    return good;
}

bool qc_reset_tenant_at(qc_db *db, const qc_site *site)
{
    if (!qc_enter_failed(db, site) || !leaves_cursors(db, site))
        return false;
    qc_tenant_forget(db);
    return true;
}
