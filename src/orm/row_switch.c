/* A new object with the key of one that the same flush deletes takes over its row: what goes with
 * the deleted one goes, and the row is updated. An INSERT would meet the key, for a flush inserts
 * before it deletes; and a DELETE before would take along, by ON_DELETE, what stays with the row.
 */
#include "orm/flush.h"
#include "orm/hooks.h"

#include "ast/make.h"

#include <string.h>

static qc_entity *doomed_of(const qc_flush *flush, const qc_entity *entity)
{
    const qc_key_fields key = qc_primary_key(entity->table);
    if (qc_key_is_null(&key, entity->object))
        return NULL;
    qc_entity *at = qc_entity_keyed(flush->session, entity->table, &key, entity->object);
    return at && at->state == QC_STATE_DOOMED ? at : NULL;
}

static bool set_default(const qc_flush *flush, qc_entity *entity, const qc_column *column)
{
    qc_arena *arena = qc_current_arena();
    char *row = qc_arena_alloc(arena, entity->table->size);
    const qc_node *value = qc_default_node(arena, column);
    if (value->kind == QC_NODE_POISON)
        return qc_fail_poison(flush->session->db, flush->site, value);
    return (row && qc_key_store(column, row, value) &&
            qc_entity_take(flush->session, entity, column, row)) ||
           qc_flush_nomem(flush);
}

/* What the database fills in, and nobody gave a value. */
static bool is_left_out(const qc_entity *new, const qc_column *column)
{
    return qc_field_is_default(column, new->object) ||
           (column->on_update && !qc_entity_changed(new, column));
}

/* What is left to the database stays as it is in the row; the version is the one to compare. */
static bool fill_in(const qc_flush *flush, qc_entity *new, const qc_entity *old)
{
    for (uint32_t i = 0; i < new->table->column_count; i++) {
        const qc_column *column = &new->table->columns[i];
        const bool kept = column->version || is_left_out(new, column);
        if (!kept && qc_field_takes_default(column, new->object) &&
            !set_default(flush, new, column))
            return false;
        if (kept && !qc_entity_take(flush->session, new, column,
                                    column->version ? old->object : old->snapshot))
            return qc_flush_nomem(flush);
    }
    return true;
}

/* The row of the old one is the new one's, as it is in the database. */
static void hand_over(qc_session *session, qc_entity *old, qc_entity *new)
{
    qc_entity_leave(session, old);
    old->state = QC_STATE_DELETED;
    memcpy(new->snapshot, old->snapshot, new->table->size);
    for (const qc_relation *const *each = new->table->relations; *each; each++)
        qc_set_related(new->snapshot, *each, NULL);
    new->state = QC_STATE_PERSISTENT;
    new->switched = true;
}

static bool refuse(const qc_flush *flush, const qc_entity *old, const qc_entity *new)
{
    qc_strbuf of = qc_entity_name(old), name = qc_entity_name(new);
    if (of.text && name.text)
        qc_fail(flush->session->db, flush->site, QC_ERROR_MISUSE,
                "%s has the key of %s, which this flush deletes, and a row does not become one of "
                "another model; flush between the two",
                name.text, of.text);
    else
        qc_flush_nomem(flush);
    qc_strbuf_free(&name);
    qc_strbuf_free(&of);
    return false;
}

static bool take_over(const qc_flush *flush, qc_entity *old, qc_entity *new)
{
    qc_session *session = flush->session;
    if (old->table != new->table)
        return refuse(flush, old, new);
    qc_switch *made = qc_arena_alloc(qc_current_arena(), sizeof(*made));
    if (!made || !qc_undo_note(session, old))
        return qc_flush_nomem(flush);
    if (!qc_mixins_own(session, flush->site, &old, 1) ||
        !qc_hooks_before(session, flush->site, &old, 1, QC_HOOK_BEFORE_DELETE) ||
        !qc_hooks_before(session, flush->site, &new, 1, QC_HOOK_BEFORE_INSERT) ||
        !fill_in(flush, new, old))
        return false;
    if (!qc_undo_note(session, new)) /* behind the other: to be undone first */
        return qc_flush_nomem(flush);
    hand_over(session, old, new);
    *made = (qc_switch){*flush->switches, old, new};
    *flush->switches = made;
    return qc_entity_enter(session, new) ? qc_flush_cascade_from(flush, old)
                                         : qc_flush_nomem(flush);
}

/* Whether its key is not another's that it waits for; then its pointers may wait for the update. */
static bool has_own_key(const qc_table *table)
{
    for (uint32_t i = 0; i < table->column_count; i++)
        if (table->columns[i].primary_key && table->columns[i].references)
            return false;
    return true;
}

static bool switch_ready(const qc_flush *flush, qc_entity *const *entities, size_t count,
                         size_t *ret_count)
{
    for (size_t i = 0; i < count; i++) {
        if (entities[i]->state != QC_STATE_PENDING)
            continue;
        const enum qc_readiness ready = qc_flush_keys(flush, entities[i]);
        if (ready == QC_BROKEN)
            return false;
        const bool known = ready == QC_READY || has_own_key(entities[i]->table);
        qc_entity *old = known ? doomed_of(flush, entities[i]) : NULL;
        if (old && !take_over(flush, old, entities[i]))
            return false;
        *ret_count += old != NULL;
    }
    return true;
}

/* Children of what was taken over may be doomed by that, and have rows to be taken over. */
bool qc_flush_switch(const qc_flush *flush, qc_entity *const *entities, size_t count,
                     size_t *ret_count)
{
    size_t before;
    do {
        before = *ret_count;
        if (flush->session->doomed && !switch_ready(flush, entities, count, ret_count))
            return false;
    } while (*ret_count > before);
    return true;
}

bool qc_flush_switched(const qc_flush *flush)
{
    for (const qc_switch *each = *flush->switches; each; each = each->next)
        if (!qc_hooks_after(flush->session, flush->site, &(qc_entity *){each->old}, 1,
                            QC_HOOK_AFTER_DELETE))
            return false;
    qc_flush_forget_switches(flush);
    return true;
}

void qc_flush_forget_switches(const qc_flush *flush)
{
    for (const qc_switch *each = *flush->switches; each; each = each->next)
        each->new->switched = false;
}
