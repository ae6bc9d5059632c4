/* Foreign keys from relationships. */
#include "orm/flush.h"

#include "model/lineage.h"

static enum qc_readiness refuse(const qc_flush *flush, const qc_relation *relation,
                                const char *what)
{
    qc_fail(flush->session->db, flush->site, QC_ERROR_MISUSE, "%s.%s points to an object %s",
            relation->parent->model, relation->name, what);
    return QC_BROKEN;
}

bool qc_flush_may_leave(const qc_flush *flush, const qc_entity *entity, const qc_end *key,
                        const qc_relation *relation)
{
    unsigned i = 0;
    while (i < key->count && key->columns[i]->nullable)
        i++;
    if (i == key->count)
        return true;
    qc_strbuf name = qc_entity_name(entity);
    if (name.text)
        qc_fail(flush->session->db, flush->site, QC_ERROR_MISUSE,
                "%s %s %s.%s, but its %s is not NULLABLE; delete it with qc_delete, or give it to "
                "another",
                name.text, relation->kind == QC_BELONGS_TO_KIND ? "points to none by" : "left",
                relation->parent->model, relation->name, key->columns[i]->name);
    else
        qc_flush_nomem(flush);
    qc_strbuf_free(&name);
    return false;
}

const qc_ends *qc_flush_ends(const qc_flush *flush, const qc_relation *relation)
{
    const qc_met_ends *met = *flush->met;
    while (met && met->relation != relation)
        met = met->next;
    if (met)
        return &met->ends;
    qc_met_ends *made = qc_arena_alloc(qc_current_arena(), sizeof(*made));
    if (!made) {
        qc_flush_nomem(flush);
        return NULL;
    }
    const qc_node *wrong = qc_ends_of(relation, &made->ends);
    if (wrong) {
        qc_fail_poison(flush->session->db, flush->site, wrong);
        return NULL;
    }
    made->relation = relation;
    made->next = *flush->met;
    *flush->met = made;
    return &made->ends;
}

static enum qc_readiness take_key(const qc_flush *flush, qc_entity *entity,
                                  const qc_relation *relation)
{
    const void *owner = qc_related(entity->object, relation);
    const qc_entity *of = owner ? qc_entity_at(flush->session, owner) : NULL;
    const qc_ends *ends = qc_flush_ends(flush, relation);
    if (!ends)
        return QC_BROKEN;
    if (owner && !of)
        return refuse(flush, relation,
                      relation->cascade & QC_CASCADE_NONE
                          ? "of no session, and says CASCADE(NONE): it is not added with the one "
                            "that points to it; add it yourself"
                          : "of no session; make it with NEW, or load it here");
    if (of && !qc_is_a(of->table, relation->target))
        return refuse(flush, relation, "of another model");
    if (of && of->state == QC_STATE_DELETED)
        return refuse(flush, relation, "that was deleted");
    if (of && of->state == QC_STATE_PENDING)
        return QC_WAITS;
    if (!owner && !qc_flush_may_leave(flush, entity, &ends->parent, relation))
        return QC_BROKEN;
    for (unsigned i = 0; i < ends->parent.count; i++) {
        const qc_column *from = ends->child.columns[i];
        qc_key_set(ends->parent.columns[i], entity->object, from->type,
                   owner ? (const char *)owner + from->offset : NULL);
    }
    return QC_READY;
}

enum qc_readiness qc_flush_keys(const qc_flush *flush, qc_entity *entity)
{
    enum qc_readiness all = qc_flush_ties(flush, entity);
    if (all == QC_BROKEN)
        return all;
    for (const qc_relation *const *each = entity->table->relations; *each; each++) {
        const qc_relation *relation = *each;
        if (relation->kind != QC_BELONGS_TO_KIND || qc_entity_is_settled(entity, relation))
            continue;
        const enum qc_readiness one = take_key(flush, entity, relation);
        if (one == QC_BROKEN)
            return QC_BROKEN;
        all = one == QC_WAITS ? QC_WAITS : all;
    }
    return all;
}
