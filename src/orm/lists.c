/* Collections of a session's objects: how they gain and lose members. What a snapshot has is never
 * changed, so that a rollback finds it: the first change after a flush makes a copy, which then
 * grows and shrinks in place. EACH knows when what it is at has left. */
#include "orm/lists.h"

#include <string.h>

static void **list_of(const qc_entity *owner, const qc_relation *relation)
{
    return qc_related(owner->object, relation);
}

size_t qc_list_length(void *const *list)
{
    size_t count = 0;
    while (list && list[count])
        count++;
    return count;
}

bool qc_list_has(const qc_entity *owner, const qc_relation *relation, const void *object)
{
    void *const *list = list_of(owner, relation);
    while (list && *list && *list != object)
        list++;
    return list && *list;
}

static qc_grown *grown_at(qc_session *session, void *const *list)
{
    const uint64_t hash = ((uintptr_t)list >> 4) * UINT64_C(0x9E3779B97F4A7C15);
    return &session->grown[(hash >> 32) & (QC_GROWN_MOST - 1)];
}

static void set_count(void **list, size_t count)
{
    ((size_t *)(void *)list)[-1] = count;
}

/* Short lists have no room to spare. */
static size_t capacity_for(size_t count)
{
    size_t capacity = 4;
    while (capacity < count)
        capacity *= 2;
    return count < 4 ? count : capacity;
}

/* The owner's list of `count` members, to be changed in place, with room for `wanted`. NULL: no
 * memory. */
static void **own_list(qc_session *session, qc_entity *owner, const qc_relation *relation,
                       size_t count, size_t wanted)
{
    void **list = list_of(owner, relation);
    const qc_grown *grown = grown_at(session, list);
    if (list && !qc_entity_is_settled(owner, relation) && grown->list == list &&
        grown->capacity >= wanted)
        return list;
    const size_t capacity = capacity_for(wanted);
    void **copy = qc_fetch_list(session->arena, capacity);
    if (!copy)
        return NULL;
    if (count)
        memcpy(copy, list, count * sizeof(*list));
    *grown_at(session, copy) = (qc_grown){copy, capacity};
    qc_set_related(owner->object, relation, copy);
    *qc_entity_marks(owner, relation) |= QC_MARK_TIED;
    return copy;
}

static bool append(qc_session *session, qc_entity *owner, const qc_relation *relation, void *object)
{
    const size_t count = qc_list_length(list_of(owner, relation));
    void **list = own_list(session, owner, relation, count, count + 1);
    if (!list)
        return false;
    list[count] = object;
    set_count(list, count + 1);
    return true;
}

static bool leave(qc_session *session, qc_entity *owner, const qc_relation *relation,
                  const void *object)
{
    const size_t count = qc_list_length(list_of(owner, relation));
    void **list = own_list(session, owner, relation, count, count);
    size_t kept = 0;
    if (!list)
        return false;
    for (size_t i = 0; i < count; i++)
        if (list[i] != object)
            list[kept++] = list[i];
    memset(&list[kept], 0, (count - kept) * sizeof(*list));
    set_count(list, kept);
    return true;
}

bool qc_list_change(qc_session *session, qc_entity *owner, const qc_relation *relation,
                    void *object, bool removed)
{
    if (!list_of(owner, relation) && owner->state != QC_STATE_PENDING)
        return true;
    if (qc_list_has(owner, relation, object) != removed)
        return true;
    return removed ? leave(session, owner, relation, object)
                   : append(session, owner, relation, object);
}

/* ---- What was flushed is what a rollback brings back. ---- */

static bool settle(qc_session *session, qc_entity *entity, bool *noted)
{
    for (const qc_relation *const *each = entity->table->relations; *each; each++) {
        if ((*each)->kind == QC_BELONGS_TO_KIND || qc_entity_is_settled(entity, *each))
            continue;
        if (!*noted && !qc_undo_note(session, entity))
            return false;
        *noted = true;
        qc_set_related(entity->snapshot, *each, qc_related(entity->object, *each));
        *qc_entity_marks(entity, *each) &= (uint8_t)~QC_MARK_TIED;
    }
    return true;
}

bool qc_flush_lists(const qc_flush *flush)
{
    qc_session *session = flush->session;
    for (size_t i = 0; session->ties && i < session->count; i++) {
        qc_entity *entity = qc_entity_listed(session, i);
        bool noted = false;
        if (entity && entity->state == QC_STATE_PERSISTENT && !settle(session, entity, &noted))
            return qc_flush_nomem(flush);
    }
    return true;
}
