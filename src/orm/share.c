/* What loaders have fetched goes into the parents' fields. */
#include "orm/load.h"
#include "orm/session.h"

bool qc_load_is_done(const qc_load_job *job, const void *parent)
{
    const qc_session *session = job->db->session;
    const qc_entity *entity =
        session && job->loader->flags & QC_NODE_IMPLIED ? qc_entity_at(session, parent) : NULL;
    return entity && !qc_entity_lacks(entity, job->relation);
}

/* What a session loads is not a change, and does not take one back. */
bool qc_load_set(const qc_load_job *job, void *parent, void *value)
{
    qc_session *session = job->db->session;
    qc_entity *entity = session ? qc_entity_at(session, parent) : NULL;
    if (entity && !qc_entity_is_settled(entity, job->relation))
        return true;
    if (entity && !qc_undo_note_load(session, entity, job->relation))
        return false;
    qc_set_related(parent, job->relation, value);
    if (entity) {
        qc_set_related(entity->snapshot, job->relation, value);
        *qc_entity_marks(entity, job->relation) |= QC_MARK_LOADED;
    }
    return true;
}

/* ---- Lists. ---- */

bool qc_load_tie(const qc_load_job *job)
{
    qc_session *session = job->db->session;
    return !session || !session->ties || qc_ties_reapply(session, job->relation);
}

bool qc_shares_make(const uint32_t *group_of, void *const *children, size_t count, uint32_t groups,
                    qc_shares *ret)
{
    qc_arena *arena = qc_current_arena();
    uint32_t *ends = qc_arena_alloc(arena, (groups + 1) * sizeof(*ends));
    void **sorted = qc_arena_alloc(arena, (count + 1) * sizeof(*sorted));
    if (!ends || !sorted)
        return false;
    memset(ends, 0, (groups + 1) * sizeof(*ends));
    for (size_t i = 0; i < count; i++)
        if (group_of[i] != QC_NO_GROUP)
            ends[group_of[i] + 1]++;
    for (uint32_t g = 1; g <= groups; g++)
        ends[g] += ends[g - 1];
    /* Each end moves from the start of its group to its end. */
    for (size_t i = 0; i < count; i++)
        if (group_of[i] != QC_NO_GROUP)
            sorted[ends[group_of[i]]++] = children[i];
    *ret = (qc_shares){ends, sorted};
    return true;
}

/* The first of a group's children, and their number. */
static void *const *share_of(const qc_shares *shares, uint32_t group, size_t *ret_count)
{
    const uint32_t begin = group == QC_NO_GROUP || group == 0 ? 0 : shares->ends[group - 1];
    *ret_count = group == QC_NO_GROUP ? 0 : shares->ends[group] - begin;
    return shares->children + begin;
}

bool qc_load_set_list(const qc_load_job *job, void *parent, const qc_shares *shares, uint32_t group)
{
    const qc_session *session = job->db->session;
    size_t count;
    void *const *share = share_of(shares, group, &count);
    void **list = qc_fetch_list(session ? session->arena : job->db->results, count);
    if (!list)
        return false;
    memcpy(list, share, count * sizeof(*list));
    return qc_load_set(job, parent, list);
}

static bool set_first(const qc_load_job *job, void *parent, const qc_shares *shares, uint32_t group)
{
    size_t count;
    void *const *share = share_of(shares, group, &count);
    return qc_load_set(job, parent, count ? share[0] : NULL);
}

/* ---- By their keys. ---- */

static bool share(const qc_load_job *job, const qc_key_fields *child_key, void *const *carriers,
                  void *const *children, size_t count)
{
    const qc_level *parents = &job->parents;
    const qc_key_fields parent_key = qc_end_fields(&job->ends.parent);
    const bool many = qc_is_collection(job->relation);
    uint32_t *group_of = qc_arena_alloc(qc_current_arena(), (count + 1) * sizeof(*group_of));
    qc_groups groups;
    qc_shares shares;
    if (!group_of ||
        !qc_groups_make(qc_current_arena(), &parent_key, parents->rows, parents->count, &groups))
        return false;
    for (size_t i = 0; i < count; i++)
        group_of[i] = qc_groups_find(&groups, child_key, carriers[i]);
    if (!qc_shares_make(group_of, children, count, groups.count, &shares))
        return false;
    for (size_t i = 0; i < parents->count; i++)
        if (!(many ? qc_load_set_list : set_first)(job, parents->rows[i], &shares,
                                                   groups.of_row[i]))
            return false;
    return true;
}

bool qc_load_share(const qc_load_job *job, const qc_key_fields *child_key, void *const *carriers,
                   void *const *children, size_t count)
{
    return (share(job, child_key, carriers, children, count) && qc_load_tie(job)) ||
           qc_fail_nomem(job->db, job->site);
}
