/* Sessions: begin and end, new objects, states. */
#include "orm/build.h"
#include "orm/session.h"

#include "orm/flush.h"

#include <stdlib.h>

qc_session *qc_session_of(qc_db *db, const qc_site *site)
{
    if (!qc_enter(db, site))
        return NULL;
    if (!db->session)
        qc_fail(db, site, QC_ERROR_MISUSE,
                "the connection is no session; begin one with qc_session_start(db, NULL)");
    return db->session;
}

bool qc_session_start_at(qc_db *db, const qc_site *site, const qc_session_options *options)
{
    if (!qc_enter(db, site))
        return false;
    const char *problem = NULL;
    if (db->session)
        problem = "the connection is a session already";
    else if (options && options->version != QC_SESSION_OPTIONS_VERSION)
        problem = "the options must have .version = QC_SESSION_OPTIONS_VERSION, as "
                  "QC_SESSION_OPTIONS(...) gives them";
    if (problem) {
        qc_fail(db, site, QC_ERROR_MISUSE, "%s", problem);
        return false;
    }
    qc_session *made = calloc(1, sizeof(*made));
    if (made && !(made->arena = qc_arena_new())) {
        free(made);
        made = NULL;
    }
    if (!made)
        return qc_fail_nomem(db, site);
    made->db = db;
    if (options)
        made->options = *options;
    db->session = made;
    return true;
}

void qc_session_stop(qc_db *db)
{
    qc_session *session = db ? db->session : NULL;
    if (!session)
        return;
    db->session = NULL;
    qc_undo_forget(session, NULL);
    free(session->chunks);
    free(session->siblings);
    free(session->last_ties);
    free(session->by_key.places);
    free(session->by_address.places);
    qc_arena_free(session->arena);
    free(session);
}

bool qc_autoflush(qc_session *session, const qc_site *site)
{
    return session->options.no_autoflush || qc_flush_at(session->db, site);
}

bool qc_meantime_begin(qc_session *session, const qc_site *site, qc_meantime *ret)
{
    ret->arena = qc_current_arena();
    if (!ret->arena)
        return qc_fail_nomem(session->db, site);
    ret->nodes = qc_arena_mark(ret->arena);
    ret->rows = qc_arena_mark(session->db->results);
    return true;
}

void qc_meantime_end(qc_session *session, const qc_meantime *meantime)
{
    qc_arena_release(session->db->results, meantime->rows);
    qc_arena_release(meantime->arena, meantime->nodes);
}

/* ---- Objects. ---- */

const qc_table *qc_session_table(qc_session *session, const qc_site *site, const qc_node *model)
{
    const qc_table *table = session ? qc_table_of(model) : NULL;
    if (!table || qc_primary_key(table).count)
        return table;
    qc_fail(session->db, site, QC_ERROR_MISUSE,
            "%s has no PRIMARY_KEY, and a session knows objects by their keys", table->model);
    return NULL;
}

/* Relationship fields of a new object are what the caller said. */
static void copy_relations(const qc_entity *entity, const void *fields)
{
    for (const qc_relation *const *each = entity->table->relations; *each; each++)
        qc_set_related(entity->object, *each, qc_related(fields, *each));
}

/* The members that a field of a new object gives, in `ret`; the field becomes NULL. */
static size_t take_members(const qc_entity *entity, const qc_relation *relation, void *ret_one[2],
                           void *const **ret)
{
    void *field = qc_related(entity->object, relation);
    size_t count = 0;
    qc_set_related(entity->object, relation, NULL);
    ret_one[0] = field;
    ret_one[1] = NULL;
    *ret = relation->kind == QC_HAS_ONE_KIND || !field ? ret_one : field;
    while ((*ret)[count])
        count++;
    return count;
}

static bool add_members(qc_session *session, const qc_site *site, const qc_entity *entity,
                        const qc_relation *relation, void *const *members, size_t count)
{
    qc_arena *arena = qc_current_arena();
    const qc_mark mark = arena ? qc_arena_mark(arena) : (qc_mark){0};
    const qc_node *node = arena ? qc_build_relation(relation) : NULL;
    bool good = node != NULL || qc_fail_nomem(session->db, site);
    for (size_t i = 0; good && i < count; i++)
        good = qc_add_to(session->db, site, entity->object, node, members[i]);
    if (arena)
        qc_arena_release(arena, mark);
    return good;
}

/* What collections and HAS_ONEs of a new object hold is added to it. */
static bool add_all_members(qc_session *session, const qc_site *site, const qc_entity *entity)
{
    for (const qc_relation *const *each = entity->table->relations; *each; each++) {
        void *one[2], *const *members;
        if ((*each)->kind == QC_BELONGS_TO_KIND)
            continue;
        const size_t count = take_members(entity, *each, one, &members);
        if (count && !add_members(session, site, entity, *each, members, count))
            return false;
    }
    return true;
}

void *qc_new(qc_db *db, const qc_site *site, const qc_node *model, const void *fields,
             const char *initializers)
{
    qc_session *session = qc_session_of(db, site);
    const qc_table *table = qc_session_table(session, site, model);
    if (!table || !qc_mixins_allow(session, site, table, fields))
        return NULL;
    qc_entity *entity = qc_entity_add(session, table, fields);
    if (!entity || !qc_mixins_fill(session, entity) ||
        !qc_set_omitted(session, entity, initializers)) {
        qc_fail_nomem(session->db, site);
        return NULL;
    }
    copy_relations(entity, fields);
    qc_entity_identify(entity);
    const bool good = add_all_members(session, site, entity);
    if (!good)
        qc_entity_remove(session, entity);
    return good ? entity->object : NULL;
}

qc_entity *qc_session_entity(qc_session *session, const qc_site *site, const void *object)
{
    qc_entity *entity = object ? qc_entity_at(session, object) : NULL;
    if (!entity || entity->state == QC_STATE_DELETED) {
        qc_fail(session->db, site, QC_ERROR_MISUSE, "%s",
                !object  ? "the object is NULL"
                : entity ? "the object was deleted"
                         : "the object is not of this session; load it here, or make it with NEW");
        return NULL;
    }
    return entity;
}

bool qc_delete_at(qc_db *db, const qc_site *site, void *object)
{
    qc_session *session = qc_session_of(db, site);
    qc_entity *entity = session ? qc_session_entity(session, site, object) : NULL;
    if (!entity)
        return false;
    if (entity->state == QC_STATE_PENDING) {
        qc_entity_remove(session, entity);
        return true;
    }
    entity->state = QC_STATE_DOOMED;
    session->doomed = true;
    return true;
}

bool qc_expunge_at(qc_db *db, const qc_site *site, void *object)
{
    qc_session *session = qc_session_of(db, site);
    qc_entity *entity = session ? qc_session_entity(session, site, object) : NULL;
    if (entity)
        qc_entity_remove(session, entity);
    return entity != NULL;
}

enum qc_state qc_state(const qc_db *db, const void *object)
{
    const qc_entity *entity = db && db->session ? qc_entity_at(db->session, object) : NULL;
    return entity ? (enum qc_state)entity->state : QC_STATE_TRANSIENT;
}

const char *qc_state_name(enum qc_state state)
{
    static const char *const names[] = {
#define QC_ROW(name, text) text,
        QC_STATES(QC_ROW)
#undef QC_ROW
    };
    return state < QC_STATE_COUNT ? names[state] : "";
}

bool qc_is_dirty(const qc_db *db, const void *object)
{
    const qc_entity *entity = db && db->session ? qc_entity_at(db->session, object) : NULL;
    return entity && qc_flush_has(entity);
}
