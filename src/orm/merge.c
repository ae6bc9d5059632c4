/* qc_merge: the state of a struct of no session goes to the session's object of the same row, and
 * so does what its relationships hold. */
#include "engine/tenant.h"
#include "model/lineage.h"
#include "orm/build.h"
#include "orm/flush.h"
#include "orm/lists.h"
#include "orm/load.h"

enum { BUCKETS = 256 };

/* A struct that was given, and the object it became. */
typedef struct merged {
    struct merged *next;
    const void *given;
    void *object;
} merged;

typedef struct merge {
    qc_session *session;
    const qc_site *site;
    merged *done[BUCKETS];
    int depth;
} merge;

static void *nomem(const merge *m)
{
    qc_fail_nomem(m->session->db, m->site);
    return NULL;
}

/* ---- What was merged already: objects may lead back to each other. ---- */

static merged **bucket_of(merge *m, const void *given)
{
    return &m->done[((uintptr_t)given >> 4) % BUCKETS];
}

static void *object_of(merge *m, const void *given)
{
    const merged *each = *bucket_of(m, given);
    while (each && each->given != given)
        each = each->next;
    return each ? each->object : NULL;
}

static bool note(merge *m, const void *given, void *object)
{
    merged **bucket = bucket_of(m, given);
    merged *made = qc_arena_alloc(qc_current_arena(), sizeof(*made));
    if (!made)
        return false;
    *made = (merged){*bucket, given, object};
    *bucket = made;
    return true;
}

/* ---- The object. ---- */

/* Whether the struct says which row it is of. */
static bool has_key(const qc_table *table, const void *given)
{
    const qc_key_fields key = qc_primary_key(table);
    for (uint32_t i = 0; i < table->column_count; i++)
        if (table->columns[i].primary_key && qc_field_is_default(&table->columns[i], given))
            return false;
    return !qc_key_is_null(&key, given);
}

/* A row of another model has no place for what the struct says. */
static bool is_of(const merge *m, const qc_table *table, const qc_entity *entity)
{
    if (qc_is_a(entity->table, table))
        return true;
    qc_fail(m->session->db, m->site, QC_ERROR_MISUSE,
            "the row of this key is of %s, and the struct that is merged of %s", entity->table->model,
            table->model);
    return false;
}

/* The session's entity of the row, from the database if need be; *ret NULL: there is none. */
static bool find(const merge *m, const qc_table *table, const void *given, qc_entity **ret)
{
    const qc_key_fields key = qc_primary_key(table);
    void *row = NULL;
    *ret = qc_entity_keyed(m->session, table, &key, given);
    if (*ret && (*ret)->state != QC_STATE_DOOMED)
        return is_of(m, table, *ret) && qc_mixins_meet(m->session, m->site, *ret);
    if (*ret) {
        qc_fail(m->session->db, m->site, QC_ERROR_MISUSE,
                "the %s of this key is to be deleted; flush first, or merge before qc_delete",
                table->model);
        return false;
    }
    if (!qc_fetch_by_key(m->session->db, m->site, table, given, true, &row))
        return false;
    void *object = row ? qc_entity_adopt(m->session, table, row) : NULL;
    if (row && !object)
        return qc_fail_nomem(m->session->db, m->site);
    *ret = object ? qc_entity_at(m->session, object) : NULL;
    return true;
}

static qc_entity *make(const merge *m, const qc_table *table, const void *given)
{
    if (!qc_mixins_allow(m->session, m->site, table, given))
        return NULL;
    qc_entity *entity = qc_entity_add(m->session, table, given);
    if (!entity || !qc_mixins_fill(m->session, entity))
        return nomem(m);
    qc_entity_identify(entity);
    return entity;
}

/* Whether the field holds a value: what the database makes is unset in a struct that was never
 * stored, a version or a tenant in one that does not know it. */
static bool says(const qc_column *column, const void *given)
{
    if (column->primary_key || column->discriminator || qc_field_is_default(column, given))
        return false;
    if (column->version)
        return qc_bind_of(column->type, (const char *)given + column->offset).base.u.integer != 0;
    return column->mark != QC_MARK_TENANT || !qc_tenant_is_unset(column, given);
}

static bool copy_fields(const merge *m, const qc_table *table, qc_entity *entity, const void *given)
{
    for (uint32_t i = 0; i < table->column_count; i++) {
        const qc_column *column = &table->columns[i];
        if (says(column, given) && !qc_entity_take(m->session, entity, column, given))
            return qc_fail_nomem(m->session->db, m->site);
    }
    return true;
}

/* ---- Its relationships. ---- */

static void *merge_struct(merge *m, const qc_table *table, const void *given);

/* The members that the object has, a list even of one; NULL and an error. */
static void **members_of(const merge *m, qc_entity *entity, const qc_node *node)
{
    const qc_relation *relation = node->u.relation;
    if (qc_entity_lacks(entity, relation) && !qc_load_now(m->session, m->site, entity, node))
        return NULL;
    void *field = qc_related(entity->object, relation);
    void **list = field;
    if (relation->kind == QC_HAS_ONE_KIND) {
        list = qc_fetch_list(qc_current_arena(), field != NULL);
        if (list && field)
            list[0] = field;
    } else if (!field) {
        list = qc_fetch_list(qc_current_arena(), 0);
    }
    return list ? list : nomem(m);
}

static bool is_in(void *const *list, const void *object)
{
    while (*list && *list != object)
        list++;
    return *list != NULL;
}

/* Lists keep what was deleted, or forgotten, since they were loaded. */
static bool is_there(const qc_session *session, const void *object)
{
    const qc_entity *entity = qc_entity_at(session, object);
    return entity && entity->state != QC_STATE_DELETED;
}

static bool leave(const merge *m, qc_entity *entity, const qc_node *node, void *member)
{
    qc_session *session = m->session;
    return is_there(session, member)
               ? qc_remove_from(session->db, m->site, entity->object, node, member)
               : qc_list_change(session, entity, node->u.relation, member, true) || nomem(m);
}

/* The collection becomes what was given; what a HAS_ONE held has left when another was added. */
static bool merge_members(merge *m, qc_entity *entity, const qc_node *node, void *const *given,
                          size_t count)
{
    qc_db *db = m->session->db;
    void **before = members_of(m, entity, node);
    void **after = before ? qc_fetch_list(qc_current_arena(), count) : NULL;
    if (!after)
        return before && nomem(m);
    for (size_t i = 0; i < count; i++) {
        if (!(after[i] = merge_struct(m, node->u.relation->target, given[i])))
            return false;
        if (!is_in(before, after[i]) && !qc_add_to(db, m->site, entity->object, node, after[i]))
            return false;
    }
    if (node->u.relation->kind == QC_HAS_ONE_KIND)
        return true;
    for (; *before; before++)
        if (!is_in(after, *before) && !leave(m, entity, node, *before))
            return false;
    return true;
}

static bool merge_relation(merge *m, qc_entity *entity, const qc_relation *relation, void *given)
{
    if (relation->kind == QC_BELONGS_TO_KIND) {
        void *target = merge_struct(m, relation->target, given);
        qc_set_related(entity->object, relation, target);
        return target != NULL;
    }
    const qc_node *node = qc_build_relation(relation);
    if (!node)
        return nomem(m) != NULL;
    return relation->kind == QC_HAS_ONE_KIND
               ? merge_members(m, entity, node, &given, 1)
               : merge_members(m, entity, node, given, qc_list_length(given));
}

static bool merge_relations(merge *m, const qc_table *table, qc_entity *entity, const void *given)
{
    for (const qc_relation *const *each = table->relations; *each; each++) {
        void *value = qc_related(given, *each);
        if (value && !merge_relation(m, entity, *each, value))
            return false;
    }
    return true;
}

/* ---- One struct. ---- */

static void *merge_new(merge *m, const qc_table *table, const void *given)
{
    qc_entity *entity = NULL;
    if (has_key(table, given) && !find(m, table, given, &entity))
        return NULL;
    const bool exists = entity != NULL;
    if (!exists && !(entity = make(m, table, given)))
        return NULL;
    if (!note(m, given, entity->object))
        return nomem(m);
    if (exists && !copy_fields(m, table, entity, given))
        return NULL;
    return merge_relations(m, table, entity, given) ? entity->object : NULL;
}

static void *merge_struct(merge *m, const qc_table *table, const void *given)
{
    void *object = object_of(m, given);
    const qc_entity *own = object ? NULL : qc_entity_at(m->session, given);
    if (object || own)
        return object ? object : own->object;
    if (m->depth == QC_MAX_DEPTH) {
        qc_fail(m->session->db, m->site, QC_ERROR_TOO_DEEP,
                "qc_merge goes from object to object %d deep at most; merge them piece by piece",
                QC_MAX_DEPTH);
        return NULL;
    }
    m->depth++;
    object = merge_new(m, qc_entity_model(table, given), given);
    m->depth--;
    return object;
}

void *qc_merge_at(qc_db *db, const qc_site *site, const qc_node *model, const void *given)
{
    merge m = {.session = qc_session_of(db, site), .site = site};
    const qc_table *table = qc_session_table(m.session, site, model);
    qc_meantime meantime;
    if (!table)
        return NULL;
    if (!given) {
        qc_fail(db, site, QC_ERROR_MISUSE, "qc_merge: the object is NULL");
        return NULL;
    }
    if (!qc_autoflush(m.session, site) || !qc_meantime_begin(m.session, site, &meantime))
        return NULL;
    void *object = merge_struct(&m, table, given);
    qc_meantime_end(m.session, &meantime);
    return object;
}
