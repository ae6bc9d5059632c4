/* What goes with a doomed object: children are deleted with it or lose their key, rows of
 * associations are deleted. */
#include "orm/build.h"
#include "orm/flush.h"

#include "model/lineage.h"

#include <string.h>

/* One relationship of one doomed object. */
typedef struct cascade {
    const qc_flush *flush;
    const qc_relation *relation;
    const qc_entity *owner;
    qc_ends ends;
} cascade;

const qc_node *qc_flush_belongs(const qc_end *theirs, const qc_end *owners, const char *owner)
{
    qc_bool tests[QC_KEY_MOST];
    for (unsigned i = 0; i < theirs->count; i++) {
        const qc_column *column = theirs->columns[i];
        tests[i] = qc_build_equal(column, column->table->range, owners->columns[i], owner);
        if (!tests[i].node)
            return NULL;
    }
    return qc_and_array(tests, theirs->count).node;
}

static const qc_node *belongs(const cascade *c)
{
    return qc_flush_belongs(&c->ends.child, &c->ends.parent, c->owner->snapshot);
}

qc_entity *qc_flush_adopt(const qc_flush *flush, const qc_table *table, const void *row,
                          bool deleted)
{
    qc_session *session = flush->session;
    const size_t known = session->count;
    const void *object = qc_entity_adopt(session, table, row);
    qc_entity *entity = object ? qc_entity_at(session, object) : NULL;
    if (entity && session->count > known) {
        if (qc_undo_note(session, entity)) {
            session->undo->adopted = true;
            session->undo->unseen = deleted;
        } else {
            qc_entity_remove(session, entity);
            entity = NULL;
        }
    }
    if (!entity)
        qc_flush_nomem(flush);
    return entity;
}

/* Whether the program has given the child another owner, or none, which is not written yet. */
static bool has_moved(const cascade *c, const qc_entity *child)
{
    const qc_relation *back = qc_back_of(c->relation);
    const qc_key_fields key = qc_end_fields(&c->ends.child);
    return child->switched || !qc_key_equal(&key, child->object, &key, child->snapshot) ||
           (back && back->kind == QC_BELONGS_TO_KIND &&
            memcmp(child->object + back->offset, child->snapshot + back->offset, sizeof(void *))) ||
           qc_tie_moves(c->flush->session, c->relation, child);
}

/* Children become objects of the session, and doomed. */
static bool doom_children(const cascade *c)
{
    qc_session *session = c->flush->session;
    const qc_clause clauses[] = {{.kind = QC_CLAUSE_HEAD, .node = c->relation->target->range},
                                 {.kind = QC_CLAUSE_WHERE, .node = belongs(c)},
                                 {.kind = QC_CLAUSE_WITH_DELETED},
                                 {.kind = QC_CLAUSE_END}};
    qc_row_list rows;
    if (!clauses[1].node)
        return qc_flush_nomem(c->flush);
    if (!qc_fetch_plain(session->db, c->flush->site, clauses, (qc_wanted){0}, &rows))
        return false;
    for (size_t i = 0; i < rows.count; i++) {
        qc_entity *entity = qc_flush_adopt(c->flush, c->relation->target, rows.list[i], true);
        if (!entity)
            return false;
        if (entity->state != QC_STATE_PERSISTENT || has_moved(c, entity))
            continue;
        if (!qc_undo_note(session, entity))
            return qc_flush_nomem(c->flush);
        entity->state = QC_STATE_DOOMED;
    }
    return true;
}

/* The key, and the pointer back to the owner, where the child has one. */
static void forget_ends(const cascade *c, const qc_relation *back, char *child)
{
    for (unsigned k = 0; k < c->ends.child.count; k++)
        qc_key_set(c->ends.child.columns[k], child, c->ends.child.columns[k]->type, NULL);
    if (back && back->kind == QC_BELONGS_TO_KIND)
        qc_set_related(child, back, NULL);
}

/* Rows that have lost the key; `version` counts in them, or is NULL. */
typedef struct orphans {
    qc_row_list rows;
    const qc_column *version;
    qc_groups by_key;
} orphans;

/* Whether the row of the object is one of them, and was as the object has read it: else the next
 * write of the object is to be refused. */
static bool is_orphan(const orphans *all, const qc_entity *entity)
{
    const qc_key_fields own = qc_primary_key(entity->table);
    const uint32_t group = qc_groups_find(&all->by_key, &own, entity->snapshot);
    return group != QC_NO_GROUP &&
           (!all->version ||
            qc_version_in(all->version, all->by_key.rows[all->by_key.first[group]]) ==
                qc_version_in(all->version, entity->snapshot) + 1);
}

static bool forget_owner_of(const cascade *c, const orphans *all, qc_entity *entity)
{
    const qc_relation *back = qc_back_of(c->relation);
    if (!qc_undo_note(c->flush->session, entity))
        return qc_flush_nomem(c->flush);
    if (!has_moved(c, entity))
        forget_ends(c, back, entity->object);
    forget_ends(c, back, entity->snapshot);
    if (all->version) {
        qc_version_next(all->version, entity->object);
        qc_version_next(all->version, entity->snapshot);
    }
    return true;
}

/* Objects of the session lose the key as their rows did. */
static bool forget_owner(const cascade *c, orphans *all)
{
    qc_session *session = c->flush->session;
    const qc_key_fields key = qc_primary_key(c->relation->target);
    if (!qc_groups_make(qc_current_arena(), &key, all->rows.list, all->rows.count, &all->by_key))
        return qc_flush_nomem(c->flush);
    for (size_t i = 0; all->rows.count && i < session->count; i++) {
        qc_entity *entity = qc_entity_listed(session, i);
        if (entity && qc_is_a(entity->table, c->relation->target) &&
            (entity->state == QC_STATE_PERSISTENT || entity->state == QC_STATE_DOOMED) &&
            is_orphan(all, entity) && !forget_owner_of(c, all, entity))
            return false;
    }
    return true;
}

static bool is_nullable(const qc_end *end)
{
    for (unsigned i = 0; i < end->count; i++)
        if (!end->columns[i]->nullable)
            return false;
    return true;
}

/* The same, its key in the model that has it first: whose table is written. */
static cascade at_home(const cascade *c)
{
    cascade home = *c;
    for (unsigned i = 0; i < c->ends.child.count; i++)
        home.ends.child.columns[i] = qc_home_column(c->ends.child.columns[i]);
    return home;
}

/* *ret: the rows it was of. */
static bool forget_key(const cascade *c, orphans *ret)
{
    const qc_table *table = c->ends.child.columns[0]->table;
    const qc_column *version = qc_stored_version(table);
    qc_clause clauses[QC_KEY_MOST + 8] = {{.kind = QC_CLAUSE_HEAD, .node = table->range},
                                          {.kind = QC_CLAUSE_UPDATE}};
    size_t count = 2;
    if (qc_is_joined(table))
        clauses[count++] = (qc_clause){.kind = QC_CLAUSE_OWN_TABLE};
    for (unsigned i = 0; i < c->ends.child.count; i++) {
        const qc_column *column = c->ends.child.columns[i];
        const qc_node *node = qc_build_column(column, column->table->range);
        const void *null = NULL;
        if (!node)
            return qc_flush_nomem(c->flush);
        clauses[count++] =
            (qc_clause){.kind = QC_CLAUSE_SET,
                        .node = qc_assign(node, qc_operand(column->type, QC_OPERAND_NULL, &null))};
    }
    if (version)
        clauses[count++] = (qc_clause){.kind = QC_CLAUSE_SET,
                                       .node = qc_build_next(version, version->table->range)};
    if (!clauses[count - 1].node)
        return qc_flush_nomem(c->flush);
    clauses[count] = (qc_clause){.kind = QC_CLAUSE_WHERE, .node = belongs(c)};
    clauses[count + 1] = (qc_clause){.kind = QC_CLAUSE_WITH_DELETED};
    clauses[count + 2] =
        (qc_clause){.kind = QC_CLAUSE_RETURNING, .list = qc_flush_key_columns(table, version)};
    clauses[count + 3] = (qc_clause){.kind = QC_CLAUSE_END};
    if (!clauses[count].node || !clauses[count + 2].list)
        return qc_flush_nomem(c->flush);
    ret->version = version;
    return qc_fetch_plain(c->flush->session->db, c->flush->site, clauses, (qc_wanted){0},
                          &ret->rows);
}

/* Where the key may not be NULL, the database decides: ON_DELETE, or an error. */
static bool orphan_children(const cascade *c)
{
    const cascade home = at_home(c);
    orphans all;
    return !is_nullable(&c->ends.child) || (forget_key(&home, &all) && forget_owner(c, &all));
}

static bool leave_association(const cascade *c)
{
    const qc_clause clauses[] = {{.kind = QC_CLAUSE_HEAD, .node = c->relation->through->range},
                                 {.kind = QC_CLAUSE_DELETE},
                                 {.kind = QC_CLAUSE_WHERE, .node = belongs(c)},
                                 {.kind = QC_CLAUSE_WITH_DELETED},
                                 {.kind = QC_CLAUSE_END}};
    if (!clauses[2].node)
        return qc_flush_nomem(c->flush);
    return qc_exec_plain(c->flush->session->db, c->flush->site, clauses) >= 0;
}

static bool run(const cascade *c)
{
    if (c->relation->passive_deletes)
        return true;
    if (c->relation->kind == QC_MANY_TO_MANY_KIND)
        return leave_association(c);
    return c->relation->cascade & QC_CASCADE_DELETE ? doom_children(c) : orphan_children(c);
}

bool qc_flush_cascade_from(const qc_flush *flush, const qc_entity *owner)
{
    for (const qc_relation *const *each = owner->table->relations; *each; each++) {
        cascade c = {.flush = flush, .relation = *each, .owner = owner};
        if (c.relation->kind == QC_BELONGS_TO_KIND)
            continue;
        const qc_ends *ends = qc_flush_ends(flush, c.relation);
        if (!ends)
            return false;
        c.ends = *ends;
        if (!run(&c))
            return false;
    }
    return true;
}

/* Those of a flush that failed are to be done again. */
static void forget_cascades(const qc_session *session)
{
    for (size_t i = 0; i < session->count; i++) {
        qc_entity *entity = qc_entity_listed(session, i);
        if (entity)
            entity->cascaded = false;
    }
}

/* Objects doomed on the way stand behind, or before: until a round dooms no more. */
bool qc_flush_cascade(const qc_flush *flush)
{
    qc_session *session = flush->session;
    forget_cascades(session);
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < session->count; i++) {
            qc_entity *entity = qc_entity_listed(session, i);
            if (!entity || entity->state != QC_STATE_DOOMED || entity->cascaded)
                continue;
            entity->cascaded = again = true;
            if (!qc_flush_cascade_from(flush, entity))
                return false;
        }
    }
    return true;
}
