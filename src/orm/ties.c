/* ADD_TO and REMOVE_FROM: collections change at once, in memory and on both sides; keys and rows of
 * associations when the session is flushed. */
#include "orm/build.h"
#include "orm/flush.h"

#include <string.h>

static void *field_of(const char *row, const qc_relation *relation)
{
    void *field;
    memcpy(&field, row + relation->offset, sizeof(field));
    return field;
}

static void set_field(char *row, const qc_relation *relation, const void *value)
{
    memcpy(row + relation->offset, &value, sizeof(value));
}

static bool is_list(const qc_relation *relation)
{
    return relation->kind == QC_HAS_MANY_KIND || relation->kind == QC_MANY_TO_MANY_KIND;
}

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

/* The list with an object more, or less, in the session's arena; NULL: out of memory. */
static void **changed_list(qc_session *session, void *const *old, void *object, bool removed)
{
    const size_t count = qc_count(old);
    size_t kept = 0, others = 0;
    for (size_t i = 0; i < count; i++)
        others += old[i] != object;
    void **list = qc_fetch_list(session->arena, others + !removed);
    for (size_t i = 0; list && i < count; i++)
        if (old[i] != object)
            list[kept++] = old[i];
    if (list && !removed)
        list[kept] = object;
    return list;
}

/* A collection that was not loaded stays so; that of a new object is what was added. What the field
 * says is not a change by itself: ties are. */
static bool change_list(qc_session *session, qc_entity *owner, const qc_relation *relation,
                        void *object, bool removed)
{
    void **old = field_of(owner->object, relation);
    if (!old && owner->state != QC_STATE_PENDING)
        return true;
    void **list = changed_list(session, old, object, removed);
    if (list)
        set_field(owner->object, relation, list);
    return list != NULL;
}

/* One side. A pointer to another object than the one that is removed is left alone; one to what the
 * session has forgotten is not. */
static bool change_side(qc_session *session, qc_entity *owner, const qc_relation *relation,
                        void *object, bool removed)
{
    if (is_list(relation))
        return change_list(session, owner, relation, object, removed);
    const void *field = field_of(owner->object, relation);
    if (!removed)
        set_field(owner->object, relation, object);
    else if (field == object || !qc_entity_at(session, field))
        set_field(owner->object, relation, NULL);
    return true;
}

/* The member leaves the collection of the owner it had. */
static bool leave_former(qc_session *session, const qc_relation *relation, const qc_relation *back,
                         qc_entity *owner, qc_entity *member)
{
    void *former = back && back->kind == QC_BELONGS_TO_KIND ? field_of(member->object, back) : NULL;
    qc_entity *of = former && former != owner->object ? qc_entity_at(session, former) : NULL;
    return !of || change_side(session, of, relation, member->object, true);
}

/* The member's pointer to its owner, where it has one. */
static const void *pointer_of(const qc_relation *relation, const qc_entity *member)
{
    const qc_relation *back = qc_back_of(relation);
    return back && back->kind == QC_BELONGS_TO_KIND ? field_of(member->object, back) : NULL;
}

static bool add_tie(qc_session *session, const qc_relation *relation, qc_entity *owner,
                    qc_entity *member, bool removed)
{
    qc_tie *made = qc_arena_alloc(session->arena, sizeof(*made));
    if (!made)
        return false;
    *made = (qc_tie){.relation = relation,
                     .owner = owner,
                     .member = member,
                     .pointer = pointer_of(relation, member),
                     .removed = removed};
    qc_tie **end = &session->ties;
    while (*end)
        end = &(*end)->next;
    *end = made;
    member->tied = true;
    return true;
}

static bool change(qc_session *session, const qc_relation *relation, qc_entity *owner,
                   qc_entity *member, bool removed)
{
    const qc_relation *back = qc_back_of(relation);
    return leave_former(session, relation, back, owner, member) &&
           change_side(session, owner, relation, member->object, removed) &&
           (!back || change_side(session, member, back, owner->object, removed)) &&
           add_tie(session, relation, owner, member, removed);
}

bool qc_tie_reached(qc_session *session, const qc_relation *relation, qc_entity *owner,
                    qc_entity *member)
{
    const qc_relation *back = qc_back_of(relation);
    if (back && back->kind == QC_BELONGS_TO_KIND)
        set_field(member->object, back, owner->object);
    return add_tie(session, relation, owner, member, false);
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
    if (!change(session, relation, from, to, removed))
        return qc_session_nomem(session, site);
    if (removed && relation->cascade & QC_CASCADE_ORPHAN)
        return qc_delete_at(db, site, member);
    return true;
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

/* ---- Keys. ---- */

static enum qc_readiness broken(const qc_flush *flush, const qc_node *wrong)
{
    qc_fail(flush->session->db, flush->site, (enum qc_code)wrong->op, "%s", wrong->u.text);
    return QC_BROKEN;
}

/* Whether one of the two was forgotten since. */
static bool is_void(const qc_tie *tie)
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
    qc_ends ends;
    const qc_node *wrong = qc_ends_of(tie->relation, &ends);
    if (wrong)
        return broken(flush, wrong);
    const bool removed = is_removed(tie);
    if (!removed && tie->owner->state == QC_STATE_PENDING)
        return QC_WAITS;
    for (unsigned i = 0; i < ends.child.count; i++) {
        const qc_column *from = ends.parent.columns[i];
        qc_key_set(ends.child.columns[i], tie->member->object, from->type,
                   removed ? NULL : tie->owner->object + from->offset);
    }
    return QC_READY;
}

enum qc_readiness qc_flush_ties(const qc_flush *flush, qc_entity *entity)
{
    if (!entity->tied)
        return QC_READY;
    enum qc_readiness all = QC_READY;
    for (const qc_tie *tie = flush->session->ties; tie; tie = tie->next) {
        if (tie->member != entity || tie->relation->kind == QC_MANY_TO_MANY_KIND ||
            is_void(tie) || is_outdated(tie))
            continue;
        const enum qc_readiness one = follow(flush, tie);
        if (one == QC_BROKEN)
            return one;
        all = one;
    }
    entity->tied = all == QC_WAITS;
    return all;
}

/* ---- Associations. ---- */

/* A row of the association between the two. */
static void *row_of(const qc_tie *tie, const qc_ends *ends)
{
    const qc_relation *relation = tie->relation;
    char *row = qc_arena_alloc(qc_current_arena(), relation->through->size);
    if (!row)
        return NULL;
    memset(row, 0, relation->through->size);
    for (unsigned i = 0; i < ends->child.count; i++) {
        const qc_column *from = ends->parent.columns[i];
        qc_key_set(ends->child.columns[i], row, from->type, tie->owner->object + from->offset);
    }
    for (unsigned i = 0; i < ends->onward.count; i++) {
        const qc_column *from = ends->target.columns[i];
        qc_key_set(ends->onward.columns[i], row, from->type, tie->member->object + from->offset);
    }
    return row;
}

static qc_bool equal(const qc_column *column, const void *row)
{
    return qc_build_equal(column, column->table->range, column, row);
}

static bool write_row(const qc_flush *flush, const qc_tie *tie, const qc_ends *ends, void *row)
{
    qc_bool tests[2 * QC_KEY_MOST];
    size_t count = 0;
    for (unsigned i = 0; i < ends->child.count; i++)
        tests[count++] = equal(ends->child.columns[i], row);
    for (unsigned i = 0; i < ends->onward.count; i++)
        tests[count++] = equal(ends->onward.columns[i], row);
    const qc_node *range = tie->relation->through->range;
    const qc_clause insertion[] = {{.kind = QC_CLAUSE_HEAD, .node = range},
                                   {.kind = QC_CLAUSE_INSERT},
                                   {.kind = QC_CLAUSE_ROWS, .count = 1, .rows = row},
                                   {.kind = QC_CLAUSE_END}};
    const qc_clause deletion[] = {
        {.kind = QC_CLAUSE_HEAD, .node = range},
        {.kind = QC_CLAUSE_DELETE},
        {.kind = QC_CLAUSE_WITH_DELETED},
        {.kind = QC_CLAUSE_WHERE, .node = qc_and_array(tests, count).node},
        {.kind = QC_CLAUSE_END}};
    return qc_exec_plain(flush->session->db, flush->site, tie->removed ? deletion : insertion) >= 0;
}

bool qc_flush_associations(const qc_flush *flush)
{
    for (const qc_tie *tie = flush->session->ties; tie; tie = tie->next) {
        qc_ends ends;
        if (tie->relation->kind != QC_MANY_TO_MANY_KIND || is_void(tie))
            continue;
        const qc_node *wrong = qc_ends_of(tie->relation, &ends);
        if (wrong)
            return broken(flush, wrong) == QC_READY;
        void *row = row_of(tie, &ends);
        if (!row)
            return qc_flush_nomem(flush);
        if (!write_row(flush, tie, &ends, row))
            return false;
        tie->member->tied = false;
    }
    return true;
}
