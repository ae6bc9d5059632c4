/* Objects by their key: GET, and qc_refresh. */
#include "engine/orm.h"
#include "model/lineage.h"
#include "orm/build.h"
#include "orm/hooks.h"
#include "orm/load.h"

#include <string.h>

bool qc_fetch_by_key(qc_db *db, const qc_site *site, const qc_table *table, const void *row,
                     bool deleted, void **ret)
{
    const qc_node *where = qc_build_key(table, row);
    const qc_clause clauses[] = {{.kind = QC_CLAUSE_HEAD, .node = table->range},
                                 {.kind = QC_CLAUSE_WHERE, .node = where},
                                 {.kind = deleted ? QC_CLAUSE_WITH_DELETED : QC_CLAUSE_END},
                                 {.kind = QC_CLAUSE_END}};
    qc_row_list rows;
    if (!where)
        return qc_fail_nomem(db, site);
    if (!qc_fetch_plain(db, site, clauses, (qc_wanted){.limit = 1}, &rows))
        return false;
    *ret = rows.list[0];
    return true;
}

/* ---- GET. ---- */

/* Writes the values of `key` into the key fields of a struct of zeros. */
static bool key_row(qc_session *session, const qc_site *site, const qc_table *table,
                    const qc_node *const *key, char *row)
{
    size_t given = 0;
    for (uint32_t i = 0; i < table->column_count; i++) {
        const qc_column *column = &table->columns[i];
        if (!column->primary_key)
            continue;
        if (key[given] && key[given]->kind == QC_NODE_POISON)
            return qc_fail_poison(session->db, site, key[given]);
        if (!key[given] || !qc_key_store(column, row, key[given])) {
            qc_fail(session->db, site, QC_ERROR_MISUSE,
                    key[given] ? "GET: the value for %s.%s is not of its type"
                               : "GET: the value for %s.%s is missing",
                    table->model, column->name);
            return false;
        }
        given++;
    }
    if (key[given])
        qc_fail(session->db, site, QC_ERROR_MISUSE, "GET: %s has a primary key of %zu column%s",
                table->model, given, given == 1 ? "" : "s");
    return !key[given];
}

/* For messages: which GET found it. */
static bool track_found(qc_session *session, const qc_site *site, void *object)
{
    qc_siblings *alone = qc_track_siblings(session, site, &object, 1);
    if (!alone)
        return qc_fail_nomem(session->db, site);
    alone->got = true;
    return true;
}

/* What LOAD_BY asks for. */
static bool load_defaults(qc_session *session, const qc_site *site, const qc_table *table,
                          void *object)
{
    if (!table->loads)
        return true;
    const qc_node *const *loaders = qc_loaders_complete(table, (const qc_node *const[]){NULL});
    const qc_level level = {.table = table, .rows = &object, .count = 1};
    return loaders ? qc_load_level(session->db, site, level, loaders)
                   : qc_fail_nomem(session->db, site);
}

static void *get(qc_session *session, const qc_site *site, const qc_table *table,
                 const qc_node *const *key)
{
    char *row = qc_arena_alloc(qc_current_arena(), table->size);
    if (!row) {
        qc_fail_nomem(session->db, site);
        return NULL;
    }
    memset(row, 0, table->size);
    if (!key_row(session, site, table, key, row))
        return NULL;
    const qc_key_fields fields = qc_primary_key(table);
    const qc_entity *known = qc_entity_keyed(session, table, &fields, row);
    if (known)
        return known->state != QC_STATE_DOOMED && qc_is_a(known->table, table) &&
                       qc_mixins_show(session, site, known)
                   ? known->object
                   : NULL;
    void *found = NULL, *object = NULL;
    if (!qc_fetch_by_key(session->db, site, table, row, false, &found) || !found)
        return NULL;
    if (!(object = qc_entity_adopt(session, table, found)))
        qc_fail_nomem(session->db, site);
    return object && track_found(session, site, object) &&
                   load_defaults(session, site, table, object)
               ? object
               : NULL;
}

void *qc_get(qc_db *db, const qc_site *site, qc_mark mark, const qc_node *model,
             const qc_node *const *key)
{
    qc_session *session = qc_session_of(db, site);
    const qc_table *table = qc_session_table(session, site, model);
    void *object = NULL;
    if (table) {
        const qc_mark results = qc_arena_mark(db->results);
        object = get(session, site, table, key);
        qc_arena_release(db->results, results);
    }
    qc_arena_release(qc_current_arena(), mark);
    return object;
}

/* ---- qc_refresh. ---- */

/* Whether the row is of the model that the object is. */
static bool is_still(const qc_entity *entity, const void *row)
{
    const qc_table *table = entity->table;
    return !qc_inherits(table) || qc_model_of(table, qc_identity_in(table, row)) == table;
}

/* Whether what the object points to is what its key names. */
static bool points_by_key(const qc_session *session, const qc_entity *entity,
                          const qc_relation *relation)
{
    qc_ends ends;
    const void *pointer = qc_related(entity->snapshot, relation);
    const qc_entity *of = pointer ? qc_entity_at(session, pointer) : NULL;
    if (qc_ends_of(relation, &ends))
        return true;
    const qc_key_fields key = qc_end_fields(&ends.parent), target = qc_end_fields(&ends.child);
    if (!pointer)
        return qc_key_is_null(&key, entity->snapshot);
    return of && qc_key_equal(&key, entity->snapshot, &target, of->snapshot);
}

/* An assigned pointer is lost, and one that was loaded for another key is not loaded any more. */
static void refresh_pointers(const qc_session *session, qc_entity *entity)
{
    for (const qc_relation *const *each = entity->table->relations; *each; each++) {
        if ((*each)->kind != QC_BELONGS_TO_KIND)
            continue;
        if (!points_by_key(session, entity, *each)) {
            qc_set_related(entity->snapshot, *each, NULL);
            *qc_entity_marks(entity, *each) &= (uint8_t)~QC_MARK_LOADED;
        }
        qc_set_related(entity->object, *each, qc_related(entity->snapshot, *each));
    }
}

static bool refresh(qc_session *session, const qc_site *site, qc_entity *entity)
{
    void *row = NULL;
    if (!qc_fetch_by_key(session->db, site, entity->table, entity->snapshot, true, &row))
        return false;
    if (!row || !is_still(entity, row)) {
        qc_fail(session->db, site, QC_ERROR_STALE, "the row of this %s is not there any more",
                entity->table->model);
        return false;
    }
    if (qc_depth(session->db) > 0 && !qc_undo_note(session, entity))
        return qc_fail_nomem(session->db, site);
    if (!qc_entity_fill(session, entity, row))
        return qc_fail_nomem(session->db, site);
    refresh_pointers(session, entity);
    return qc_hooks_after(session, site, &entity, 1, QC_HOOK_AFTER_LOAD);
}

bool qc_refresh_at(qc_db *db, const qc_site *site, void *object)
{
    qc_session *session = qc_session_of(db, site);
    qc_entity *entity = session ? qc_session_entity(session, site, object) : NULL;
    qc_meantime meantime;
    if (!entity)
        return false;
    if (entity->state == QC_STATE_PENDING) {
        qc_fail(db, site, QC_ERROR_MISUSE, "the object is new and has no row yet; flush it first");
        return false;
    }
    if (!qc_meantime_begin(session, site, &meantime))
        return false;
    const bool good = refresh(session, site, entity);
    qc_meantime_end(session, &meantime);
    return good;
}
