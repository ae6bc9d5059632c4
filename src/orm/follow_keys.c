/* A primary key has changed: rows that refer to it were moved by the database (ON UPDATE CASCADE),
 * or it would have refused. Which of those that the session has were moved is read from it, for
 * nothing here knows what the tables say. */
#include "orm/build.h"
#include "orm/flush.h"

#include "model/lineage.h"

#include <string.h>

/* What refers to the object by one relationship: a BELONGS_TO of theirs, or one of the object's
 * own. */
typedef struct following {
    const qc_flush *flush;
    const qc_entity *owner; /* its snapshot has the former key */
    const qc_table *table;
    const qc_relation *pointer; /* of theirs; NULL: there is none */
    const qc_end *theirs, *owners;
} following;

static bool has_former_key(const following *to, const qc_entity *entity)
{
    const qc_key_fields their = qc_end_fields(to->theirs), own = qc_end_fields(to->owners);
    return entity && entity != to->owner && qc_is_a(entity->table, to->table) &&
           (entity->state == QC_STATE_PERSISTENT || entity->state == QC_STATE_DOOMED) &&
           qc_key_equal(&their, entity->snapshot, &own, to->owner->snapshot);
}

/* Writes the new key into the fields of a row. */
static void move(const following *to, char *row)
{
    for (unsigned i = 0; i < to->theirs->count; i++) {
        const qc_column *from = to->owners->columns[i];
        qc_key_set(to->theirs->columns[i], row, from->type, to->owner->object + from->offset);
    }
}

/* A key that the program has assigned stays so, and is written. */
static bool take_key(const following *to, qc_entity *entity)
{
    qc_session *session = to->flush->session;
    const qc_key_fields key = qc_end_fields(to->theirs);
    if (!qc_undo_note(session, entity))
        return qc_flush_nomem(to->flush);
    if (qc_key_equal(&key, entity->object, &key, entity->snapshot))
        move(to, entity->object);
    bool keyed = false;
    for (unsigned i = 0; i < to->theirs->count; i++)
        keyed |= to->theirs->columns[i]->primary_key;
    if (keyed)
        qc_entity_leave(session, entity);
    move(to, entity->snapshot);
    return !keyed || qc_entity_enter(session, entity) || qc_flush_nomem(to->flush);
}

/* Whether the row of the entity is among those that have the new key. */
static bool is_moved(const following *to, const qc_entity *entity, const qc_groups *moved,
                     char *row)
{
    const qc_key_fields key = qc_primary_key(entity->table);
    memcpy(row, entity->snapshot, entity->table->size);
    move(to, row);
    return qc_groups_find(moved, &key, row) != QC_NO_GROUP;
}

static bool follow_rows(const following *to, const qc_row_list *rows)
{
    const qc_session *session = to->flush->session;
    const qc_key_fields key = qc_primary_key(to->table);
    qc_groups moved;
    if (!qc_groups_make(qc_current_arena(), &key, rows->list, rows->count, &moved))
        return qc_flush_nomem(to->flush);
    for (size_t i = 0; i < session->count; i++) {
        qc_entity *entity = qc_entity_listed(session, i);
        if (!has_former_key(to, entity))
            continue;
        char *row = qc_arena_alloc(qc_current_arena(), entity->table->size);
        if (!row)
            return qc_flush_nomem(to->flush);
        if (!is_moved(to, entity, &moved, row)) {
            if (to->pointer)
                *qc_entity_marks(entity, to->pointer) &= (uint8_t)~QC_MARK_LOADED;
        } else if (!take_key(to, entity)) {
            return false;
        }
    }
    return true;
}

static bool follow(const following *to)
{
    const qc_session *session = to->flush->session;
    const qc_key_fields key = qc_end_fields(to->owners);
    size_t i = 0;
    while (i < session->count && !has_former_key(to, qc_entity_listed(session, i)))
        i++;
    if (i == session->count || qc_key_equal(&key, to->owner->object, &key, to->owner->snapshot))
        return true;
    const qc_clause clauses[] = {
        {.kind = QC_CLAUSE_HEAD, .node = to->table->range},
        {.kind = QC_CLAUSE_WHERE,
         .node = qc_flush_belongs(to->theirs, to->owners, to->owner->object)},
        {.kind = QC_CLAUSE_WITH_DELETED},
        {.kind = QC_CLAUSE_END}};
    qc_row_list rows;
    if (!clauses[1].node)
        return qc_flush_nomem(to->flush);
    return qc_fetch_plain(session->db, to->flush->site, clauses, (qc_wanted){0}, &rows) &&
           follow_rows(to, &rows);
}

/* By the object's own HAS_MANY and HAS_ONE. */
static bool follow_own(const qc_flush *flush, const qc_entity *owner)
{
    for (const qc_relation *const *each = owner->table->relations; *each; each++) {
        if ((*each)->kind == QC_BELONGS_TO_KIND || (*each)->kind == QC_MANY_TO_MANY_KIND)
            continue;
        const qc_ends *ends = qc_flush_ends(flush, *each);
        const qc_relation *back = qc_back_of(*each);
        if (!ends ||
            !follow(&(following){flush, owner, (*each)->target, back, &ends->child, &ends->parent}))
            return false;
    }
    return true;
}

/* By pointers of one model. */
static bool follow_pointers(const qc_flush *flush, const qc_entity *owner, const qc_table *table)
{
    for (const qc_relation *const *each = table->relations; *each; each++) {
        if ((*each)->kind != QC_BELONGS_TO_KIND || !qc_is_a(owner->table, (*each)->target))
            continue;
        const qc_ends *ends = qc_flush_ends(flush, *each);
        if (!ends || !follow(&(following){flush, owner, (*each)->parent, *each, &ends->parent,
                                          &ends->child}))
            return false;
    }
    return true;
}

bool qc_flush_follow(const qc_flush *flush, const qc_entity *owner)
{
    const qc_session *session = flush->session;
    const qc_table *last = NULL;
    const qc_key_fields key = qc_primary_key(owner->table);
    if (qc_key_equal(&key, owner->object, &key, owner->snapshot))
        return true;
    for (size_t i = 0; i < session->count; i++) {
        const qc_entity *entity = qc_entity_listed(session, i);
        if (!entity || entity->table == last)
            continue;
        last = entity->table;
        if (!follow_pointers(flush, owner, last))
            return false;
    }
    return follow_own(flush, owner);
}
