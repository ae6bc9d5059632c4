/* What a rollback brings back. */
#include "orm/session.h"

#include <stdlib.h>
#include <string.h>

/* Two copies, of `size` from `offset`, lie behind the entry. NULL: no memory. */
static qc_undo *note(qc_session *session, qc_entity *entity, size_t offset, size_t size)
{
    qc_undo *made = malloc(sizeof(*made) + 2 * size);
    if (!made)
        return NULL;
    *made = (qc_undo){.next = session->undo,
                      .entity = entity,
                      .depth = qc_depth(session->db),
                      .state = (uint8_t)entity->state,
                      .object = (char *)(made + 1),
                      .snapshot = (char *)(made + 1) + size};
    memcpy(made->object, entity->object + offset, size);
    memcpy(made->snapshot, entity->snapshot + offset, size);
    return session->undo = made;
}

bool qc_undo_note(qc_session *session, qc_entity *entity)
{
    return note(session, entity, 0, entity->table->size) != NULL;
}

bool qc_undo_note_load(qc_session *session, qc_entity *entity, const qc_relation *relation)
{
    if (qc_depth(session->db) == 0)
        return true;
    qc_undo *made = note(session, entity, relation->offset, sizeof(void *));
    if (!made)
        return false;
    made->relation = relation;
    made->marks = *qc_entity_marks(entity, relation);
    return true;
}

static void pop(qc_session *session)
{
    qc_undo *undo = session->undo;
    session->undo = undo->next;
    free(undo);
}

/* The field is as it was before it was loaded. */
static void unload(const qc_undo *undo)
{
    const qc_relation *relation = undo->relation;
    memcpy(undo->entity->snapshot + relation->offset, undo->snapshot, sizeof(void *));
    *qc_entity_marks(undo->entity, relation) = undo->marks;
}

/* What its key was is found again; a removed place in the map is always free for it. What the
 * session has forgotten since stays so. */
static void bring_back(qc_session *session, const qc_undo *undo, bool failed)
{
    qc_entity *entity = undo->entity;
    if (undo->forgotten && failed)
        qc_entity_restore(session, entity);
    if (entity->state == QC_STATE_TRANSIENT)
        return;
    if (undo->adopted && (failed || undo->unseen)) {
        qc_entity_remove(session, entity);
        return;
    }
    if (undo->relation) {
        unload(undo);
        return;
    }
    qc_entity_leave(session, entity);
    if (undo->state == QC_STATE_PENDING)
        qc_entity_renew(entity, undo->object);
    else
        memcpy(entity->object, undo->snapshot, entity->table->size);
    memcpy(entity->snapshot, undo->snapshot, entity->table->size);
    entity->state = undo->state;
    if (undo->state == QC_STATE_PERSISTENT || undo->state == QC_STATE_DOOMED)
        qc_entity_enter(session, entity);
}

/* The object is as the caller had it, who had not assigned collections: the flush would not have begun. */
static void leave_as_it_was(const qc_undo *undo)
{
    qc_entity *entity = undo->entity;
    memcpy(entity->object, undo->object, entity->table->size);
    for (const qc_relation *const *each = entity->table->relations; *each; each++)
        if (!qc_entity_is_settled(entity, *each))
            *qc_entity_marks(entity, *each) |= QC_MARK_TIED;
}

void qc_undo_flush(qc_session *session, const qc_undo *until)
{
    while (session->undo != until) {
        const qc_undo *undo = session->undo;
        bring_back(session, undo, true);
        if (!undo->relation && undo->entity->state != QC_STATE_TRANSIENT)
            leave_as_it_was(undo);
        pop(session);
    }
}

void qc_undo_forget(qc_session *session, const qc_undo *until)
{
    while (session->undo != until)
        pop(session);
}

void qc_undo_keep(qc_session *session, int depth)
{
    for (qc_undo *undo = session->undo; undo && undo->depth >= depth; undo = undo->next)
        undo->depth = depth - 1;
}

void qc_undo_transaction(qc_session *session, int depth)
{
    while (session->undo && session->undo->depth >= depth) {
        bring_back(session, session->undo, false);
        pop(session);
    }
    qc_ties_forget(session);
    for (size_t i = 0; i < session->count; i++) {
        qc_entity *entity = qc_entity_listed(session, i);
        if (!entity)
            continue;
        if (entity->state == QC_STATE_PENDING) {
            qc_entity_remove(session, entity);
            continue;
        }
        if (entity->state == QC_STATE_DOOMED)
            entity->state = QC_STATE_PERSISTENT;
        entity->tied = false;
        qc_entity_revert(entity);
    }
}
