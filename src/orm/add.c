/* qc_add: structs of the caller's become objects of the session, with all that relationships lead
 * to but those that say CASCADE(NONE). Objects that are reached stand behind in the session's list,
 * which is the queue of those to look at. */
#include "orm/flush.h"

static bool take_in(qc_session *session, const qc_site *site, const qc_table *table, void *object)
{
    if (qc_entity_at(session, object))
        return true;
    if (!qc_mixins_allow(session, site, table, object))
        return false;
    qc_entity *entity = qc_entity_attach(session, qc_entity_model(table, object), object);
    if (entity)
        qc_entity_identify(entity);
    return (entity && qc_mixins_fill(session, entity) && qc_set_omitted(session, entity, "")) ||
           qc_fail_nomem(session->db, site);
}

/* The object that a collection, or a HAS_ONE, leads to. */
static bool reach(qc_session *session, const qc_site *site, qc_entity *owner,
                  const qc_relation *relation, void *object)
{
    if (!take_in(session, site, relation->target, object))
        return false;
    return qc_tie_reached(session, relation, owner, qc_entity_at(session, object)) ||
           qc_fail_nomem(session->db, site);
}

static bool follow(qc_session *session, const qc_site *site, qc_entity *entity,
                   const qc_relation *relation)
{
    void *field = qc_related(entity->object, relation);
    if (field && relation->kind != QC_BELONGS_TO_KIND)
        *qc_entity_marks(entity, relation) |= QC_MARK_TIED;
    if (!field || relation->cascade & QC_CASCADE_NONE)
        return true;
    switch (relation->kind) {
    case QC_BELONGS_TO_KIND:
        return take_in(session, site, relation->target, field);
    case QC_HAS_ONE_KIND:
        return reach(session, site, entity, relation, field);
    default:
        for (void **each = field; *each; each++)
            if (!reach(session, site, entity, relation, *each))
                return false;
        return true;
    }
}

static bool add(qc_session *session, const qc_site *site, const qc_table *table, void *object)
{
    const size_t first = session->count;
    if (!take_in(session, site, table, object))
        return false;
    for (size_t i = first; i < session->count; i++) {
        qc_entity *entity = qc_entity_listed(session, i);
        for (const qc_relation *const *each = entity->table->relations; *each; each++)
            if (!follow(session, site, entity, *each))
                return false;
    }
    return true;
}

bool qc_add_at(qc_db *db, const qc_site *site, const qc_node *model, void *object)
{
    qc_session *session = qc_session_of(db, site);
    const qc_table *table = qc_session_table(session, site, model);
    if (!table)
        return false;
    const qc_entity *known = object ? qc_entity_at(session, object) : NULL;
    if (!object || (known && known->state == QC_STATE_DELETED)) {
        qc_fail(db, site, QC_ERROR_MISUSE, "qc_add: the object %s",
                object ? "was deleted; copy it into a struct of its own, and add that" : "is NULL");
        return false;
    }
    const size_t before = session->count;
    const bool good = add(session, site, table, object);
    for (size_t i = before; !good && i < session->count; i++)
        qc_entity_remove(session, qc_entity_listed(session, i));
    return good;
}
