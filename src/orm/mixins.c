/* Objects of models with TENANT and SOFT_DELETE: whose they are, and who sees them. */
#include "engine/tenant.h"
#include "orm/session.h"

#include "model/type_info.h"

bool qc_mixins_allow(qc_session *session, const qc_site *site, const qc_table *table,
                     const void *fields)
{
    const qc_column *column = qc_tenant_column(table);
    if (!column)
        return true;
    const qc_node *value = qc_tenant_value(session->db, site, column);
    if (!value)
        return false;
    return qc_tenant_is_unset(column, fields) || qc_tenant_has(column, fields, value) ||
           qc_tenant_refuse(session->db, site, column);
}

bool qc_mixins_fill(qc_session *session, qc_entity *entity)
{
    const qc_column *column = qc_tenant_column(entity->table);
    if (!column || !qc_tenant_is_unset(column, entity->object))
        return true;
    qc_arena *arena = qc_current_arena();
    if (!arena)
        return false;
    const qc_mark mark = qc_arena_mark(arena);
    char *row = qc_arena_alloc(arena, entity->table->size);
    const bool good = row && qc_key_store(column, row, &session->db->tenant->base) &&
                      qc_entity_take(session, entity, column, row);
    qc_arena_release(arena, mark);
    return good;
}

bool qc_mixins_own(qc_session *session, const qc_site *site, qc_entity *const *entities,
                   size_t count)
{
    const qc_column *column = qc_tenant_column(entities[0]->table);
    const qc_node *value = column ? qc_tenant_value(session->db, site, column) : NULL;
    for (size_t i = 0; value && i < count; i++) {
        if (qc_tenant_has(column, entities[i]->snapshot, value))
            continue;
        qc_fail(session->db, site, QC_ERROR_MISUSE,
                "the session changed a %s that is not of the connection's tenant; write it with a "
                "statement that says .ALL_TENANTS, and forget it with qc_expunge",
                column->table->model);
        return false;
    }
    return !column || value;
}

bool qc_mixins_meet(qc_session *session, const qc_site *site, const qc_entity *entity)
{
    const qc_column *column = qc_tenant_column(entity->table);
    const qc_node *value = column ? qc_tenant_value(session->db, site, column) : NULL;
    if (!column || (value && qc_tenant_has(column, entity->object, value)))
        return true;
    if (value)
        qc_fail(session->db, site, QC_ERROR_MISUSE,
                "the row of this key is a %s that is not of the connection's tenant",
                entity->table->model);
    return false;
}

static bool is_deleted(const qc_entity *entity)
{
    for (uint32_t i = 0; i < entity->table->column_count; i++) {
        const qc_column *column = &entity->table->columns[i];
        if (column->mark == QC_MARK_DELETION)
            return *(const bool *)(entity->object + column->offset);
    }
    return false;
}

bool qc_mixins_show(qc_session *session, const qc_site *site, const qc_entity *entity)
{
    const qc_column *column = qc_tenant_column(entity->table);
    const qc_node *value = column ? qc_tenant_value(session->db, site, column) : NULL;
    if (column && (!value || !qc_tenant_has(column, entity->object, value)))
        return false;
    return !is_deleted(entity);
}

/* Objects stay valid, so none of another tenant may be found by a key, or written, later. */
bool qc_mixins_change_tenant(qc_db *db, const qc_site *site, const qc_bind *value)
{
    const qc_session *session = db->session;
    for (size_t i = 0; session && i < session->count; i++) {
        const qc_entity *entity = qc_entity_listed(session, i);
        const qc_column *column = entity ? qc_tenant_column(entity->table) : NULL;
        if (!column || qc_type_infos[column->type].cls != qc_type_infos[value->base.type].cls ||
            qc_tenant_has(column, entity->object, &value->base))
            continue;
        qc_fail(db, site, QC_ERROR_MISUSE,
                "the session holds objects of another tenant, such as a %s; end it with "
                "qc_session_stop(db), and begin a new one",
                entity->table->model);
        return false;
    }
    return true;
}
