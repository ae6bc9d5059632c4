/* ADD_TO and REMOVE_FROM: collections change at once, in memory and on both sides; keys and rows of
 * associations when the session is flushed (associations.c). */
#include "orm/lists.h"

#include "model/lineage.h"

#include <stdlib.h>
#include <string.h>

const qc_relation *qc_back_of(const qc_relation *relation)
{
    if (!relation->back)
        return NULL;
    for (const qc_relation *const *each = relation->target->relations; *each; each++)
        if (strcmp((*each)->name, relation->back) == 0)
            return *each;
    return NULL;
}

/* ---- In memory. ---- */

/* One side. A pointer to another object than the one that is removed is left alone; one to what the
 * session has forgotten is not. */
static bool change_side(qc_session *session, qc_entity *owner, const qc_relation *relation,
                        void *object, bool removed)
{
    if (qc_is_collection(relation))
        return qc_list_change(session, owner, relation, object, removed);
    const void *field = qc_related(owner->object, relation);
    if (relation->kind == QC_HAS_ONE_KIND)
        *qc_entity_marks(owner, relation) |= QC_MARK_TIED;
    if (!removed)
        qc_set_related(owner->object, relation, object);
    else if (field == object || !qc_entity_at(session, field))
        qc_set_related(owner->object, relation, NULL);
    return true;
}

/* The member's pointer to its owner, where it has one. */
static const void *pointer_of(const qc_relation *relation, const qc_entity *member)
{
    const qc_relation *back = qc_back_of(relation);
    return back && back->kind == QC_BELONGS_TO_KIND ? qc_related(member->object, back) : NULL;
}

/* The columns of the member that are its owner's primary key, in the order of that; count 0: none.
 */
static qc_key_fields key_to_owner(const qc_relation *relation)
{
    qc_key_fields key = {.count = 0};
    qc_ends ends;
    if (relation->kind == QC_MANY_TO_MANY_KIND || qc_ends_of(relation, &ends))
        return key;
    const qc_key_fields owner = qc_primary_key(relation->parent);
    for (unsigned i = 0; i < owner.count; i++)
        for (unsigned k = 0; k < ends.parent.count; k++)
            if (ends.parent.columns[k]->offset == owner.fields[i].offset)
                qc_key_add_column(&key, ends.child.columns[k]);
    return key.count == owner.count ? key : (qc_key_fields){.count = 0};
}

/* The owner whose key the member's row has. */
static qc_entity *owner_by_key(const qc_session *session, const qc_relation *relation,
                               const qc_entity *member)
{
    const qc_key_fields key = key_to_owner(relation);
    if (key.count == 0 || qc_key_is_null(&key, member->snapshot))
        return NULL;
    qc_entity *owner = qc_entity_keyed(session, relation->parent, &key, member->snapshot);
    return owner && qc_is_a(owner->table, relation->parent) ? owner : NULL;
}

/* The owner that the member has: it points to it, or, where that is not loaded, or points to what
 * the session has forgotten, has its key. */
static qc_entity *former_owner(const qc_session *session, const qc_relation *relation,
                               const qc_entity *member)
{
    const void *pointer = pointer_of(relation, member);
    qc_entity *at = pointer ? qc_entity_at(session, pointer) : NULL;
    return at || member->state != QC_STATE_PERSISTENT ? at
                                                      : owner_by_key(session, relation, member);
}

/* The member leaves the collection of the owner it had. */
static bool leave_former(qc_session *session, const qc_relation *relation, const qc_entity *owner,
                         const qc_entity *member)
{
    qc_entity *former = former_owner(session, relation, member);
    return !former || former == owner ||
           change_side(session, former, relation, member->object, true);
}

static bool is_known(const qc_relation *relation, const qc_entity *owner, const qc_entity *member)
{
    const qc_relation *back = qc_back_of(relation);
    return relation->kind == QC_MANY_TO_MANY_KIND &&
           (qc_list_has(owner, relation, member->object) ||
            (back && back->kind == QC_MANY_TO_MANY_KIND &&
             qc_list_has(member, back, owner->object)));
}

/* Room for the last ties of all that are in the list. */
static bool make_room(qc_session *session)
{
    const size_t old = session->last_ties_count, count = session->count + session->count / 2;
    if (session->count <= old)
        return true;
    qc_tie **grown = realloc(session->last_ties, count * sizeof(qc_tie *));
    if (!grown)
        return false;
    memset(grown + old, 0, (count - old) * sizeof(*grown));
    session->last_ties = grown;
    session->last_ties_count = count;
    return true;
}

/* Puts it behind the others, of all and of its member. */
static void link_tie(qc_session *session, qc_tie *tie)
{
    qc_tie **last = &session->last_ties[qc_entity_place(session, tie->member->object)];
    tie->next_of_member = *last ? (*last)->next_of_member : tie;
    if (*last)
        (*last)->next_of_member = tie;
    *last = tie;
    if (session->ties)
        session->last_tie->next = tie;
    else
        session->ties = tie;
    session->last_tie = tie;
}

void qc_ties_forget(qc_session *session)
{
    if (session->ties)
        memset(session->last_ties, 0, session->last_ties_count * sizeof(qc_tie *));
    session->ties = session->last_tie = NULL;
}

static bool add_tie(qc_session *session, const qc_relation *relation, qc_entity *owner,
                    qc_entity *member, bool removed, bool known)
{
    qc_tie *made = qc_arena_alloc(session->arena, sizeof(*made));
    if (!made || !make_room(session))
        return false;
    *made = (qc_tie){.relation = relation,
                     .owner = owner,
                     .member = member,
                     .pointer = pointer_of(relation, member),
                     .removed = removed,
                     .known = known};
    link_tie(session, made);
    member->tied = true;
    return true;
}

static bool change(qc_session *session, const qc_relation *relation, qc_entity *owner,
                   qc_entity *member, bool removed)
{
    const qc_relation *back = qc_back_of(relation);
    const bool known = is_known(relation, owner, member);
    return leave_former(session, relation, owner, member) &&
           change_side(session, owner, relation, member->object, removed) &&
           (!back || change_side(session, member, back, owner->object, removed)) &&
           add_tie(session, relation, owner, member, removed, known);
}

bool qc_tie_reached(qc_session *session, const qc_relation *relation, qc_entity *owner,
                    qc_entity *member)
{
    const qc_relation *back = qc_back_of(relation);
    if (back && back->kind == QC_BELONGS_TO_KIND)
        qc_set_related(member->object, back, owner->object);
    return add_tie(session, relation, owner, member, false, false);
}

/* What a HAS_ONE held makes room for the member. */
static bool make_place(qc_db *db, const qc_site *site, const qc_entity *owner, const qc_node *node,
                       const qc_entity *member)
{
    const qc_relation *relation = node->u.relation;
    void *held = relation->kind == QC_HAS_ONE_KIND ? qc_related(owner->object, relation) : NULL;
    const qc_entity *at = held && held != member->object ? qc_entity_at(db->session, held) : NULL;
    return !at || at->state == QC_STATE_DELETED ||
           qc_remove_from(db, site, owner->object, node, held);
}

/* Whether an object that is to leave the owner is known to be of another, or of none. */
static bool is_anothers(const qc_session *session, const qc_relation *relation,
                        const qc_entity *owner, const qc_entity *member)
{
    const void *pointer = pointer_of(relation, member);
    const qc_key_fields key = key_to_owner(relation), own = qc_primary_key(relation->parent);
    if (relation->kind == QC_MANY_TO_MANY_KIND)
        return false;
    if (pointer && qc_entity_at(session, pointer))
        return pointer != owner->object;
    return !member->tied && key.count && member->state == QC_STATE_PERSISTENT &&
           !(qc_is_collection(relation) ? qc_list_has(owner, relation, member->object)
                               : qc_related(owner->object, relation) == member->object) &&
           !qc_key_equal(&key, member->object, &own, owner->snapshot);
}

static bool tie_both(qc_db *db, const qc_site *site, void *owner, const qc_node *node, void *member,
                     bool removed)
{
    qc_session *session = qc_session_of(db, site);
    qc_entity *from = session ? qc_session_entity(session, site, owner) : NULL;
    qc_entity *to = from ? qc_session_entity(session, site, member) : NULL;
    const qc_relation *relation = node->u.relation;
    if (!to)
        return false;
    if (relation->kind == QC_BELONGS_TO_KIND) {
        qc_fail(db, site, QC_ERROR_MISUSE,
                "%s_%s is one object of the other side; assign the field instead: %s->%s = …",
                relation->parent->model, relation->name, "object", relation->name);
        return false;
    }
    if (removed && is_anothers(session, relation, from, to))
        return true;
    if (!removed && !make_place(db, site, from, node, to))
        return false;
    if (!change(session, relation, from, to, removed))
        return qc_fail_nomem(session->db, site);
    if (!removed && to->state == QC_STATE_DOOMED)
        to->state = QC_STATE_PERSISTENT; /* it has found an owner */
    const bool orphaned = removed && relation->cascade & QC_CASCADE_ORPHAN;
    if (!orphaned || (to->state == QC_STATE_PENDING && relation->kind != QC_MANY_TO_MANY_KIND))
        return true; /* a new one may find another owner; qc_flush_forget_orphans */
    return qc_delete_at(db, site, member);
}

bool qc_add_to(qc_db *db, const qc_site *site, void *owner, const qc_node *relation, void *member)
{
    return tie_both(db, site, owner, relation, member, false);
}

bool qc_remove_from(qc_db *db, const qc_site *site, void *owner, const qc_node *relation,
                    void *member)
{
    return tie_both(db, site, owner, relation, member, true);
}

bool qc_ties_reapply(qc_session *session, const qc_relation *relation)
{
    for (const qc_tie *tie = session->ties; tie; tie = tie->next) {
        void *member = tie->member->object, *owner = tie->owner->object;
        qc_entity *former = NULL;
        if (qc_tie_is_void(tie))
            continue;
        if (tie->relation == relation && qc_is_collection(relation)) {
            if (relation->kind == QC_HAS_MANY_KIND)
                former = owner_by_key(session, relation, tie->member);
            if (!qc_list_change(session, tie->owner, relation, member, tie->removed) ||
                (former && former != tie->owner &&
                 !qc_list_change(session, former, relation, member, true)))
                return false;
        }
        if (relation->kind == QC_MANY_TO_MANY_KIND && qc_back_of(tie->relation) == relation &&
            !qc_list_change(session, tie->member, relation, owner, tie->removed))
            return false;
    }
    return true;
}

/* ---- Keys. ---- */

bool qc_tie_is_void(const qc_tie *tie)
{
    return tie->owner->state == QC_STATE_TRANSIENT || tie->member->state == QC_STATE_TRANSIENT;
}

/* Whether the member was made to point to another object since, which says all then. */
static bool is_outdated(const qc_tie *tie)
{
    const void *pointer = pointer_of(tie->relation, tie->member);
    return pointer && pointer != tie->pointer;
}

/* Whether it was taken out, or made to point to none since. */
static bool is_removed(const qc_tie *tie)
{
    return tie->removed || (tie->pointer && !pointer_of(tie->relation, tie->member));
}

static enum qc_readiness follow(const qc_flush *flush, const qc_tie *tie)
{
    const qc_ends *ends = qc_flush_ends(flush, tie->relation);
    if (!ends)
        return QC_BROKEN;
    const bool removed = is_removed(tie);
    if (!removed && tie->owner->state == QC_STATE_PENDING)
        return QC_WAITS;
    if (!removed && tie->owner->state == QC_STATE_DELETED) {
        qc_fail(
            flush->session->db, flush->site, QC_ERROR_MISUSE,
            "%s.%s of an object that was deleted has a member; add it to the new one of its key",
            tie->relation->parent->model, tie->relation->name);
        return QC_BROKEN;
    }
    if (removed && !qc_flush_may_leave(flush, tie->member, &ends->child, tie->relation))
        return QC_BROKEN;
    for (unsigned i = 0; i < ends->child.count; i++) {
        const qc_column *from = ends->parent.columns[i];
        qc_key_set(ends->child.columns[i], tie->member->object, from->type,
                   removed ? NULL : tie->owner->object + from->offset);
    }
    return QC_READY;
}

/* Whether it has a say in its member's keys. */
static bool is_effective(const qc_tie *tie)
{
    return tie->relation->kind != QC_MANY_TO_MANY_KIND && !qc_tie_is_void(tie) && !is_outdated(tie);
}

static bool of_one_key(const qc_relation *a, const qc_relation *b)
{
    return a == b || (a->target == b->target && strcmp(a->key[0], b->key[0]) == 0);
}

/* Whether a newer one says something else of the same key. */
static bool is_outdone(const qc_tie *tie, const qc_tie *last)
{
    for (const qc_tie *newer = tie; newer != last;) {
        newer = newer->next_of_member;
        if (is_effective(newer) && of_one_key(newer->relation, tie->relation))
            return true;
    }
    return false;
}

bool qc_flush_forget_orphans(const qc_flush *flush)
{
    qc_session *session = flush->session;
    for (const qc_tie *tie = session->ties; tie; tie = tie->next) {
        qc_entity *member = tie->member;
        if (!tie->removed || !(tie->relation->cascade & QC_CASCADE_ORPHAN) ||
            member->state != QC_STATE_PENDING || !is_effective(tie) ||
            is_outdone(tie, session->last_ties[qc_entity_place(session, member->object)]))
            continue;
        if (!qc_undo_note(session, member))
            return qc_flush_nomem(flush);
        session->undo->forgotten = true;
        qc_entity_remove(session, member);
    }
    return true;
}

bool qc_tie_moves(const qc_session *session, const qc_relation *relation, const qc_entity *member)
{
    if (!member->tied)
        return false;
    const qc_tie *last = session->last_ties[qc_entity_place(session, member->object)];
    const qc_tie *tie = last;
    do {
        tie = tie->next_of_member;
        if (is_effective(tie) && of_one_key(tie->relation, relation))
            return true;
    } while (tie != last);
    return false;
}

enum qc_readiness qc_flush_ties(const qc_flush *flush, qc_entity *entity)
{
    if (!entity->tied)
        return QC_READY;
    enum qc_readiness all = QC_READY;
    const qc_session *session = flush->session;
    const qc_tie *last = session->last_ties[qc_entity_place(session, entity->object)];
    const qc_tie *tie = last;
    do {
        tie = tie->next_of_member;
        if (!is_effective(tie) || is_outdone(tie, last))
            continue;
        const enum qc_readiness one = follow(flush, tie);
        if (one == QC_BROKEN)
            return one;
        all = one == QC_WAITS ? QC_WAITS : all;
    } while (tie != last);
    entity->tied = all == QC_WAITS;
    return all;
}

bool qc_tie_awaited(const qc_flush *flush, const qc_entity *member, qc_awaited *ret)
{
    const qc_session *session = flush->session;
    if (!member->tied)
        return true;
    const qc_tie *last = session->last_ties[qc_entity_place(session, member->object)], *tie = last;
    do {
        tie = tie->next_of_member;
        if (tie->owner->state != QC_STATE_PENDING || !is_effective(tie) || is_removed(tie) ||
            is_outdone(tie, last))
            continue;
        const qc_ends *ends = qc_flush_ends(flush, tie->relation);
        if (!ends)
            return false;
        if (!ret->entity || qc_flush_is_firm(&ends->child))
            *ret = (qc_awaited){tie->owner, qc_flush_is_firm(&ends->child)};
    } while (tie != last && !ret->firm);
    return true;
}
