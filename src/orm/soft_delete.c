/* Soft deletion of objects: their deleted_at is a field like any other, and what a flush writes of
 * it goes on to what belongs to them. */
#include "orm/build.h"
#include "orm/flush.h"

#include <quercus/mixins.h>
#include <string.h>

static const qc_column *deletion_of(const qc_table *table)
{
    for (uint32_t i = 0; i < table->column_count; i++)
        if (table->columns[i].mark == QC_MARK_DELETION)
            return &table->columns[i];
    return NULL;
}

static qc_opt_timestamp read(const qc_column *column, const char *row)
{
    qc_opt_timestamp value;
    memcpy(&value, row + column->offset, sizeof(value));
    return value;
}

static bool same(qc_opt_timestamp a, qc_opt_timestamp b)
{
    return a.set == b.set && (!a.set || a.value.microseconds == b.value.microseconds);
}

/* ---- By hand. ---- */

static bool write(qc_db *db, const qc_site *site, void *object, bool deleted)
{
    qc_session *session = qc_session_of(db, site);
    qc_entity *entity = session ? qc_session_entity(session, site, object) : NULL;
    if (!entity)
        return false;
    const qc_column *column = deletion_of(entity->table);
    if (!column) {
        qc_fail(db, site, QC_ERROR_MISUSE, "%s has no SOFT_DELETE", entity->table->model);
        return false;
    }
    if (read(column, object).set == deleted)
        return true;
    const qc_opt_timestamp value = {
        .set = deleted, .value = deleted ? qc_timestamp_now() : (qc_timestamp_value){0}};
    memcpy((char *)object + column->offset, &value, sizeof(value));
    return true;
}

bool qc_soft_delete_at(qc_db *db, const qc_site *site, void *object)
{
    return write(db, site, object, true);
}

bool qc_restore_at(qc_db *db, const qc_site *site, void *object)
{
    return write(db, site, object, false);
}

/* ---- What goes with it. ---- */

/* One relationship of one object whose deleted_at changed. */
typedef struct following {
    const qc_flush *flush;
    const qc_entity *owner;
    const qc_relation *relation;
    const qc_column *of_owner, *of_child; /* deleted_at */
} following;

/* A child that was as the owner was becomes as the owner is. */
static bool follow(const following *to, const void *row)
{
    qc_session *session = to->flush->session;
    qc_entity *child = qc_flush_adopt(to->flush, to->relation->target, row, false);
    if (!child)
        return false;
    const qc_opt_timestamp before = read(to->of_owner, to->owner->snapshot);
    if (child->state != QC_STATE_PERSISTENT || !same(read(to->of_child, child->object), before))
        return true;
    if (!qc_undo_note(session, child))
        return qc_flush_nomem(to->flush);
    memcpy(child->object + to->of_child->offset, to->owner->object + to->of_owner->offset,
           sizeof(qc_opt_timestamp));
    return true;
}

static bool follow_all(const following *to, const qc_ends *ends)
{
    const qc_table *target = to->relation->target;
    const qc_clause clauses[] = {
        {.kind = QC_CLAUSE_HEAD, .node = target->range},
        {.kind = QC_CLAUSE_WHERE,
         .node = qc_flush_belongs(&ends->child, &ends->parent, to->owner->snapshot)},
        {.kind = QC_CLAUSE_WHERE,
         .where = qc_build_equal(to->of_child, target->range, to->of_owner, to->owner->snapshot)},
        {.kind = QC_CLAUSE_WITH_DELETED},
        {.kind = QC_CLAUSE_END}};
    qc_row_list rows;
    if (!clauses[1].node || !clauses[2].node)
        return qc_flush_nomem(to->flush);
    if (!qc_fetch_plain(to->flush->session->db, to->flush->site, clauses, (qc_wanted){0}, &rows))
        return false;
    for (size_t i = 0; i < rows.count; i++)
        if (!follow(to, rows.list[i]))
            return false;
    return true;
}

static bool follow_from(const qc_flush *flush, const qc_entity *owner, const qc_column *column)
{
    for (const qc_relation *const *each = owner->table->relations; *each; each++) {
        following to = {flush, owner, *each, column, deletion_of((*each)->target)};
        if (!(to.relation->cascade & QC_CASCADE_DELETE) || !to.of_child ||
            to.relation->kind == QC_BELONGS_TO_KIND || to.relation->kind == QC_MANY_TO_MANY_KIND)
            continue;
        const qc_ends *ends = qc_flush_ends(flush, to.relation);
        if (!ends || !follow_all(&to, ends))
            return false;
    }
    return true;
}

/* ---- All of it. ---- */

/* The deleted_at of an object, when a flush would write it; else NULL. `last` is the table looked
 * at before: objects of one table mostly stand together. */
typedef struct looked_at {
    const qc_table *table;
    const qc_column *column;
} looked_at;

static const qc_column *changed(const qc_entity *entity, looked_at *last)
{
    if (!entity || entity->state != QC_STATE_PERSISTENT)
        return NULL;
    if (entity->table != last->table)
        *last = (looked_at){entity->table, deletion_of(entity->table)};
    return last->column && qc_entity_changed(entity, last->column) ? last->column : NULL;
}

static bool begin(const qc_session *session)
{
    looked_at last = {0};
    bool any = false;
    for (size_t i = 0; i < session->count; i++) {
        qc_entity *entity = qc_entity_listed(session, i);
        if (entity)
            entity->softened = false;
        any = any || changed(entity, &last);
    }
    return any;
}

/* Objects that follow stand behind, or before: until a round finds no more. */
bool qc_flush_soft_deletions(const qc_flush *flush)
{
    qc_session *session = flush->session;
    looked_at last = {0};
    for (bool again = begin(session); again;) {
        again = false;
        for (size_t i = 0; i < session->count; i++) {
            qc_entity *entity = qc_entity_listed(session, i);
            const qc_column *column = changed(entity, &last);
            if (!column || entity->softened)
                continue;
            entity->softened = again = true;
            if (!follow_from(flush, entity, column))
                return false;
        }
    }
    return true;
}
