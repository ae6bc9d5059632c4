/* Loaders: which strategy runs, and where what it fetched goes. */
#include "orm/load.h"
#include "orm/session.h"

#include <string.h>

bool qc_load_nomem(const qc_load_job *job)
{
    qc_fail(job->db, job->site, QC_ERROR_NOMEM, "out of memory");
    return false;
}

bool qc_load_track(const qc_load_job *job, const qc_level *level)
{
    qc_session *session = job->db->session;
    if (!session || !qc_primary_key(level->table).count)
        return true;
    for (size_t i = 0; i < level->count; i++)
        if (!(level->rows[i] = qc_entity_adopt(session, level->table, level->rows[i])))
            return qc_load_nomem(job);
    return qc_track_siblings(session, job->site, level->rows, level->count) || qc_load_nomem(job);
}

/* ---- Sharing children out. ---- */

static bool is_list(const qc_relation *relation)
{
    return relation->kind == QC_HAS_MANY_KIND || relation->kind == QC_MANY_TO_MANY_KIND;
}

/* What a session loads is not a change. */
static void set_field(const qc_load_job *job, void *parent, void *value)
{
    const size_t offset = job->relation->offset;
    memcpy((char *)parent + offset, &value, sizeof(value));
    qc_entity *entity = job->db->session ? qc_entity_at(job->db->session, parent) : NULL;
    if (!entity)
        return;
    memcpy(entity->snapshot + offset, &value, sizeof(value));
    entity->loaded |= qc_relation_bit(job->relation);
}

/* Children of a group lie one after another in `children`, from `ends[g - 1]` to `ends[g]`. */
typedef struct sharing {
    const qc_load_job *job;
    qc_groups groups;
    uint32_t *ends;
    void **children;
} sharing;

/* Sorts the children by their parents' group, in their order. */
static bool sort_children(sharing *to, const qc_key_fields *key, void *const *carriers,
                          void *const *children, size_t count)
{
    qc_arena *arena = qc_current_arena();
    const uint32_t groups = to->groups.count;
    uint32_t *group_of = qc_arena_alloc(arena, (count + 1) * sizeof(*group_of));
    to->ends = qc_arena_alloc(arena, (groups + 1) * sizeof(*to->ends));
    to->children = qc_arena_alloc(arena, (count + 1) * sizeof(void *));
    if (!group_of || !to->ends || !to->children)
        return false;
    memset(to->ends, 0, (groups + 1) * sizeof(*to->ends));
    for (size_t i = 0; i < count; i++) {
        group_of[i] = qc_groups_find(&to->groups, key, carriers[i]);
        if (group_of[i] != QC_NO_GROUP)
            to->ends[group_of[i] + 1]++;
    }
    for (uint32_t g = 1; g <= groups; g++)
        to->ends[g] += to->ends[g - 1];
    /* Each end moves from the start of its group to its end. */
    for (size_t i = 0; i < count; i++)
        if (group_of[i] != QC_NO_GROUP)
            to->children[to->ends[group_of[i]]++] = children[i];
    return true;
}

static bool fill_lists(const sharing *to)
{
    const qc_session *session = to->job->db->session;
    qc_arena *arena = session ? session->arena : to->job->db->results;
    const qc_level *parents = &to->job->parents;
    for (size_t i = 0; i < parents->count; i++) {
        const uint32_t group = to->groups.of_row[i];
        const uint32_t begin = group == QC_NO_GROUP || group == 0 ? 0 : to->ends[group - 1];
        const uint32_t count = group == QC_NO_GROUP ? 0 : to->ends[group] - begin;
        void **list = qc_fetch_list(arena, count);
        if (!list)
            return false;
        memcpy(list, to->children + begin, count * sizeof(*list));
        set_field(to->job, parents->rows[i], list);
    }
    return true;
}

static void fill_pointers(const sharing *to)
{
    const qc_level *parents = &to->job->parents;
    for (size_t i = 0; i < parents->count; i++) {
        const uint32_t group = to->groups.of_row[i];
        const uint32_t begin = group == QC_NO_GROUP || group == 0 ? 0 : to->ends[group - 1];
        const bool found = group != QC_NO_GROUP && to->ends[group] > begin;
        set_field(to->job, parents->rows[i], found ? to->children[begin] : NULL);
    }
}

bool qc_load_share(const qc_load_job *job, const qc_key_fields *child_key, void *const *carriers,
                   void *const *children, size_t count)
{
    sharing to = {.job = job};
    const qc_key_fields parent_key = qc_end_fields(&job->ends.parent);
    if (!qc_groups_make(qc_current_arena(), &parent_key, job->parents.rows, job->parents.count,
                        &to.groups) ||
        !sort_children(&to, child_key, carriers, children, count))
        return qc_load_nomem(job);
    if (!is_list(job->relation)) {
        fill_pointers(&to);
        return true;
    }
    return fill_lists(&to) || qc_load_nomem(job);
}

/* ---- A level. ---- */

/* What LOAD may do later; without a session nothing could. */
static void allow(const qc_load_job *job, bool allowed)
{
    const qc_session *session = job->db->session;
    const uint64_t bit = qc_relation_bit(job->relation);
    for (size_t i = 0; session && i < job->parents.count; i++) {
        qc_entity *entity = qc_entity_at(session, job->parents.rows[i]);
        if (entity)
            entity->refused = allowed ? entity->refused & ~bit : entity->refused | bit;
    }
}

static bool run(const qc_load_job *job)
{
    if (job->loader->op != QC_STRATEGY_RAISE && job->loader->op != QC_STRATEGY_LAZY)
        return qc_load_selectin(job);
    allow(job, job->loader->op == QC_STRATEGY_LAZY);
    return true;
}

/* Of a default: only for rows that the session has not loaded it for. False: no memory. */
static bool leave_out_loaded(qc_load_job *job)
{
    const qc_session *session = job->db->session;
    if (!session || !(job->loader->flags & QC_NODE_IMPLIED))
        return true;
    const qc_level *all = &job->parents;
    void **rows = qc_arena_alloc(qc_current_arena(), (all->count + 1) * sizeof(*rows));
    size_t count = 0;
    for (size_t i = 0; rows && i < all->count; i++) {
        const qc_entity *entity = qc_entity_at(session, all->rows[i]);
        if (!entity || qc_entity_lacks(entity, job->relation))
            rows[count++] = all->rows[i];
    }
    job->parents = (qc_level){all->table, rows, count, all->source};
    return rows != NULL;
}

static bool refuse_relation(qc_db *db, const qc_site *site, const qc_table *table,
                            const qc_relation *relation)
{
    qc_fail(db, site, QC_ERROR_QUERY,
            "%s_%s is a relationship of %s, but the rows it would be loaded for are of %s",
            relation->parent->model, relation->name, relation->parent->model, table->model);
    return false;
}

bool qc_load_level(qc_db *db, const qc_site *site, qc_level level, const qc_node *const *loaders)
{
    for (; *loaders; loaders++) {
        const qc_node *loader = *loaders;
        if (loader->kind == QC_NODE_POISON) {
            qc_fail(db, site, (enum qc_code)loader->op, "%s", loader->u.text);
            return false;
        }
        qc_load_job job = {.db = db,
                           .site = site,
                           .loader = loader,
                           .relation = loader->u.relation,
                           .parents = level};
        if (job.relation->parent != level.table)
            return refuse_relation(db, site, level.table, job.relation);
        const qc_node *wrong = qc_ends_of(job.relation, &job.ends);
        if (wrong) {
            qc_fail(db, site, (enum qc_code)wrong->op, "%s", wrong->u.text);
            return false;
        }
        if (!leave_out_loaded(&job))
            return qc_load_nomem(&job);
        if (job.parents.count && !run(&job))
            return false;
    }
    return true;
}
