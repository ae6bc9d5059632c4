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

const qc_node *qc_flush_belongs(const qc_ends *ends, const qc_entity *owner)
{
    qc_bool tests[QC_KEY_MOST];
    for (unsigned i = 0; i < ends->child.count; i++) {
        const qc_column *column = ends->child.columns[i];
        tests[i] = qc_build_equal(column, column->table->range, ends->parent.columns[i],
                                  owner->snapshot);
        if (!tests[i].node)
            return NULL;
    }
    return qc_and_array(tests, ends->child.count).node;
}

static const qc_node *belongs(const cascade *c)
{
    return qc_flush_belongs(&c->ends, c->owner);
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
        void *object = qc_entity_adopt(session, c->relation->target, rows.list[i]);
        if (!object)
            return qc_flush_nomem(c->flush);
        qc_entity *entity = qc_entity_at(session, object);
        if (entity->state != QC_STATE_PERSISTENT)
            continue;
        if (!qc_undo_note(session, entity))
            return qc_flush_nomem(c->flush);
        entity->state = QC_STATE_DOOMED;
    }
    return true;
}

/* The pointer back to the owner, where the child has one. */
static void forget_pointer(const qc_relation *back, char *child)
{
    if (back && back->kind == QC_BELONGS_TO_KIND)
        memset(child + back->offset, 0, sizeof(void *));
}

/* Objects of the session lose the key as their rows do. */
static bool forget_owner(const cascade *c)
{
    qc_session *session = c->flush->session;
    const qc_key_fields key = qc_end_fields(&c->ends.child);
    const qc_key_fields owners = qc_end_fields(&c->ends.parent);
    const qc_column *version = qc_version_of(c->relation->target);
    const qc_relation *back = qc_back_of(c->relation);
    for (size_t i = 0; i < session->count; i++) {
        qc_entity *entity = qc_entity_listed(session, i);
        if (!entity || !qc_is_a(entity->table, c->relation->target) ||
            (entity->state != QC_STATE_PERSISTENT && entity->state != QC_STATE_DOOMED) || qc_key_is_null(&key, entity->snapshot) ||
            !qc_key_equal(&key, entity->snapshot, &owners, c->owner->snapshot))
            continue;
        if (!qc_undo_note(session, entity))
            return qc_flush_nomem(c->flush);
        for (unsigned k = 0; k < c->ends.child.count; k++) {
            const qc_column *column = c->ends.child.columns[k];
            qc_key_set(column, entity->object, column->type, NULL);
            qc_key_set(column, entity->snapshot, column->type, NULL);
        }
        forget_pointer(back, entity->object);
        forget_pointer(back, entity->snapshot);
        if (version) {
            qc_version_next(version, entity->object);
            qc_version_next(version, entity->snapshot);
        }
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

static bool forget_key(const cascade *c)
{
    const qc_table *table = c->ends.child.columns[0]->table;
    const qc_column *version = qc_stored_version(table);
    qc_clause clauses[QC_KEY_MOST + 7] = {{.kind = QC_CLAUSE_HEAD, .node = table->range},
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
    if (!clauses[count].node)
        return qc_flush_nomem(c->flush);
    clauses[count + 1] = (qc_clause){.kind = QC_CLAUSE_WITH_DELETED};
    clauses[count + 2] = (qc_clause){.kind = QC_CLAUSE_END};
    return qc_exec_plain(c->flush->session->db, c->flush->site, clauses) >= 0;
}

/* Where the key may not be NULL, the database decides: ON_DELETE, or an error. */
static bool orphan_children(const cascade *c)
{
    const cascade home = at_home(c);
    return !is_nullable(&c->ends.child) || (forget_key(&home) && forget_owner(c));
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

static bool cascade_from(const qc_flush *flush, const qc_entity *owner)
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

/* Objects doomed on the way stand behind, or before: until a round dooms no more. */
bool qc_flush_cascade(const qc_flush *flush)
{
    qc_session *session = flush->session;
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < session->count; i++) {
            qc_entity *entity = qc_entity_listed(session, i);
            if (!entity || entity->state != QC_STATE_DOOMED || entity->cascaded)
                continue;
            entity->cascaded = again = true;
            if (!cascade_from(flush, entity))
                return false;
        }
    }
    return true;
}
