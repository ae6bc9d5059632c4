/* LOAD: a relationship that was not loaded, for an object and its siblings at once. */
#include "engine/budget.h"
#include "model/lineage.h"
#include "orm/load.h"
#include "orm/session.h"

#include <stdio.h>

/* Why RAISE forbids it, and what to write instead. */
static const char *put_raised(const qc_siblings *siblings, const qc_relation *relation, char *text,
                              size_t size)
{
    static const qc_site nowhere = {"?", "", 0};
    const qc_site *from = siblings ? &siblings->site : &nowhere;
    const char *model = relation->parent->model, *name = relation->name;
    if (relation->strategy == QC_STRATEGY_RAISE)
        snprintf(text, size,
                 "%s.%s may not be loaded here: the model says LOAD_BY(RAISE) (%s:%d); add "
                 ".LOAD(SELECTIN(%s_%s)) to the query at %s:%d",
                 model, name, relation->parent->file, relation->parent->line, model, name,
                 from->file, from->line);
    else
        snprintf(text, size, "%s.%s may not be loaded here: the query at %s:%d says RAISE(%s_%s)",
                 model, name, from->file, from->line, model, name);
    return text;
}

/* What a strict session wants instead, at which line. */
static const char *put_strict(const qc_siblings *from, const qc_relation *relation, char *text,
                              size_t size)
{
    const char *model = relation->parent->model, *name = relation->name;
    if (!from)
        snprintf(text, size,
                 "%s.%s is not loaded, no query found the object, and the session is strict; find "
                 "it with ONE(db, SELECT(%s).WHERE(…).LOAD(SELECTIN(%s_%s)))",
                 model, name, model, model, name);
    else if (from->got)
        snprintf(text, size,
                 "%s.%s was not loaded by the GET at %s:%d; write ONE(db, SELECT(%s).WHERE(…)"
                 ".LOAD(SELECTIN(%s_%s))) there",
                 model, name, from->site.file, from->site.line, model, model, name);
    else if (from->by)
        snprintf(text, size,
                 "%s.%s was not loaded by the query at %s:%d; write SELECTIN(%s_%s, "
                 "SELECTIN(%s_%s)) there",
                 model, name, from->site.file, from->site.line, from->by->parent->model,
                 from->by->name, model, name);
    else
        snprintf(text, size,
                 "%s.%s was not loaded by the query at %s:%d; add .LOAD(SELECTIN(%s_%s)) there",
                 model, name, from->site.file, from->site.line, model, name);
    return text;
}

static bool is_allowed(const qc_session *session, const qc_site *site, const qc_entity *entity,
                       const qc_relation *relation)
{
    const bool raises = *qc_entity_marks(entity, relation) & QC_MARK_REFUSED;
    char text[1024];
    if (!raises && !session->options.strict)
        return true;
    qc_fail(session->db, site, QC_ERROR_MISUSE, "%s",
            (raises ? put_raised : put_strict)(qc_siblings_of(session, entity), relation, text,
                                               sizeof(text)));
    return false;
}

/* Points the object at what its key says, where the session has that. False: no memory. */
static bool point_at_known(const qc_load_job *job, char *object, bool *ret_done)
{
    qc_session *session = job->db->session;
    const qc_table *target = job->relation->target;
    const qc_key_fields key = qc_end_fields(&job->ends.parent);
    const qc_entity *known = key.count && !job->relation->filter && !qc_key_is_null(&key, object)
                                 ? qc_entity_keyed(session, target, &key, object)
                                 : NULL;
    *ret_done = known && known->state == QC_STATE_PERSISTENT && qc_is_a(known->table, target) &&
                qc_mixins_show(session, job->site, known);
    return !*ret_done || qc_load_set(job, object, known->object);
}

/* Leaves out the objects that need no statement. False: no memory. */
static bool leave_out_known(const qc_load_job *job, void **objects, size_t *count)
{
    size_t left = 0;
    bool done = false, good = true;
    for (size_t i = 0; i < *count && good; i++) {
        good = point_at_known(job, objects[i], &done);
        if (!done)
            objects[left++] = objects[i];
    }
    *count = left;
    return good;
}

bool qc_load_now(qc_session *session, const qc_site *site, qc_entity *entity,
                 const qc_node *relation)
{
    const qc_siblings *siblings = qc_siblings_of(session, entity);
    const size_t most = siblings ? siblings->count : 1;
    void **objects = qc_arena_alloc(qc_current_arena(), (most + 1) * sizeof(*objects));
    const qc_node *loader =
        qc_loader_complete(qc_load(QC_STRATEGY_SELECTIN, relation, (const qc_node *const[]){NULL}));
    qc_level level = {.table = relation->u.relation->parent, .rows = objects};
    if (!objects || !loader)
        return qc_fail_nomem(session->db, site);
    for (size_t i = 0; siblings && i < most; i++) {
        const qc_entity *one = qc_entity_listed(session, siblings->places[i]);
        if (one && qc_entity_lacks(one, relation->u.relation))
            objects[level.count++] = one->object;
    }
    if (!siblings)
        objects[level.count++] = entity->object;
    qc_load_job job = {.db = session->db, .site = site, .relation = relation->u.relation};
    if (job.relation->kind == QC_BELONGS_TO_KIND && !qc_ends_of(job.relation, &job.ends) &&
        !leave_out_known(&job, objects, &level.count))
        return qc_fail_nomem(session->db, site);
    if (!level.count)
        return true;
    if (session->db->budget)
        qc_alike_note_load(session->db, site, job.relation, siblings ? &siblings->site : NULL);
    return qc_load_level(session->db, site, level, (const qc_node *const[]){loader, NULL});
}

/* Whether it is to be loaded: it lacks it, or has it by another key than was assigned since. */
static bool is_wanted(const qc_entity *entity, const qc_relation *relation)
{
    qc_ends ends;
    if (relation->kind == QC_BELONGS_TO_KIND && entity->state == QC_STATE_PERSISTENT &&
        qc_is_a(entity->table, relation->parent) && !qc_ends_of(relation, &ends) &&
        qc_entity_lost_key(entity, relation, &ends))
        *qc_entity_marks(entity, relation) &= (uint8_t)~QC_MARK_LOADED;
    return qc_entity_lacks(entity, relation);
}

void *qc_load_lazily(qc_db *db, const qc_site *site, void *object, const qc_node *relation)
{
    qc_session *session = qc_session_of(db, site);
    qc_entity *entity = session ? qc_session_entity(session, site, object) : NULL;
    qc_meantime meantime;
    if (!entity)
        return NULL;
    if (!is_wanted(entity, relation->u.relation))
        return qc_related(object, relation->u.relation);
    if (!qc_meantime_begin(session, site, &meantime))
        return NULL;
    const bool good = is_allowed(session, site, entity, relation->u.relation) &&
                      qc_autoflush(session, site) && qc_load_now(session, site, entity, relation);
    qc_meantime_end(session, &meantime);
    return good ? qc_related(object, relation->u.relation) : NULL;
}
