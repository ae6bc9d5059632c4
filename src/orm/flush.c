/* The unit of work: what changed goes to the database in an order its keys allow.
 *
 * Pending objects are inserted in rounds: all that wait for no other, table by table, behind those
 * their REFERENCES name; then those that waited for them. Of objects that wait for each other some
 * are inserted with a NULL key, which the updates that follow fill in (flush_cycles.c). One with
 * the key of a doomed one takes over its row (row_switch.c). Then doomed objects are deleted, in
 * the opposite order of tables. All of it is one transaction, or a savepoint inside of one; when it
 * fails, objects are as the caller left them.
 */
#include "orm/build.h"
#include "orm/flush.h"

#include <stdlib.h>
#include <string.h>

bool qc_flush_nomem(const qc_flush *flush)
{
    return qc_fail_nomem(flush->session->db, flush->site);
}

qc_clause qc_flush_rows(const qc_batch *batch)
{
    const void **objects = qc_arena_alloc(qc_current_arena(), batch->count * sizeof(*objects));
    for (size_t i = 0; objects && i < batch->count; i++)
        objects[i] = batch->entities[i]->object;
    return qc_build_rows(objects, batch->count);
}

/* ---- What there is to write. ---- */

/* Entities of one table stand together, in the order they came; tables by rank. */
typedef struct work {
    qc_entity **entities;
    size_t count;
} work;

/* A table with work; tables are linked in their order. */
typedef struct station {
    struct station *next;
    const qc_table *table;
    size_t rank;
    size_t count; /* of its entities; then the place of the next of them */
} station;

/* A collection, or a HAS_ONE, that ADD_TO and REMOVE_FROM did not change. */
static bool is_assigned(const qc_entity *entity, const qc_relation *relation)
{
    return relation->kind != QC_BELONGS_TO_KIND && !qc_entity_is_settled(entity, relation) &&
           !(*qc_entity_marks(entity, relation) & QC_MARK_TIED);
}

/* By assignment, which may be one that is refused. */
static bool points_elsewhere(const qc_entity *entity)
{
    for (const qc_relation *const *each = entity->table->relations; *each; each++)
        if ((*each)->kind == QC_BELONGS_TO_KIND ? !qc_entity_is_settled(entity, *each)
                                                : is_assigned(entity, *each))
            return true;
    return false;
}

static bool is_changed(const qc_entity *entity)
{
    const bool told = entity->tied || entity->switched;
    if (memcmp(entity->object, entity->snapshot, entity->table->size) == 0)
        return told;
    return told || points_elsewhere(entity) || qc_entity_dirty(entity);
}

bool qc_flush_has(const qc_entity *entity)
{
    return entity->state == QC_STATE_PERSISTENT
               ? is_changed(entity)
               : entity->state == QC_STATE_PENDING || entity->state == QC_STATE_DOOMED;
}

static bool is_wanted(const qc_entity *entity, enum qc_state state)
{
    return entity && entity->state == state && qc_flush_has(entity);
}

/* Behind those of lower rank, and those of the same that came before. NULL: no memory. */
static station *add_station(station **first, const qc_table *table)
{
    station *made = qc_arena_alloc(qc_current_arena(), sizeof(*made));
    if (!made)
        return NULL;
    *made = (station){.table = table, .rank = qc_flush_rank(table)};
    while (*first && (*first)->rank <= made->rank)
        first = &(*first)->next;
    made->next = *first;
    return *first = made;
}

/* Mostly that of the last; NULL: there is none. */
static station *station_of(station *first, station *last, const qc_table *table)
{
    if (last && last->table == table)
        return last;
    while (first && first->table != table)
        first = first->next;
    return first;
}

/* A field would not tell which of its members came or went. */
static bool refuse_assigned(const qc_flush *flush, const qc_entity *entity)
{
    for (const qc_relation *const *each = entity->table->relations; *each; each++) {
        const char *model = (*each)->parent->model, *name = (*each)->name;
        if (!is_assigned(entity, *each))
            continue;
        qc_fail(flush->session->db, flush->site, QC_ERROR_MISUSE,
                "%s.%s was assigned; say ADD_TO(db, object, %s_%s, member), and REMOVE_FROM, "
                "instead",
                model, name, model, name);
        return false;
    }
    return true;
}

/* False, with an error. */
static bool count_work(const qc_flush *flush, enum qc_state state, station **ret_first)
{
    const qc_session *session = flush->session;
    station *last = NULL;
    for (size_t i = 0; i < session->count; i++) {
        const qc_entity *entity = qc_entity_listed(session, i);
        if (!is_wanted(entity, state))
            continue;
        if (state != QC_STATE_DOOMED && !refuse_assigned(flush, entity))
            return false;
        last = station_of(*ret_first, last, entity->table);
        if (!last && !(last = add_station(ret_first, entity->table)))
            return qc_flush_nomem(flush);
        last->count++;
    }
    return true;
}

/* From numbers of entities to the first place of each table; returns their sum. */
static size_t lay_out(station *first)
{
    size_t all = 0;
    for (; first; first = first->next) {
        const size_t count = first->count;
        first->count = all;
        all += count;
    }
    return all;
}

/* Those of a state, in the current arena; how they are now is noted. */
static bool collect(const qc_flush *flush, enum qc_state state, work *ret)
{
    qc_session *session = flush->session;
    station *first = NULL, *last = NULL;
    if (!count_work(flush, state, &first))
        return false;
    ret->count = lay_out(first);
    ret->entities = qc_arena_alloc(qc_current_arena(), (ret->count + 1) * sizeof(qc_entity *));
    if (!ret->entities)
        return qc_flush_nomem(flush);
    for (size_t i = 0; ret->count && i < session->count; i++) {
        qc_entity *entity = qc_entity_listed(session, i);
        if (!is_wanted(entity, state))
            continue;
        if (!qc_undo_note(session, entity))
            return qc_flush_nomem(flush);
        last = station_of(first, last, entity->table);
        ret->entities[last->count++] = entity;
    }
    return true;
}

/* Of those of the table at `begin`. */
static size_t end_of_table(const work *todo, size_t begin)
{
    size_t end = begin;
    while (end < todo->count && todo->entities[end]->table == todo->entities[begin]->table)
        end++;
    return end;
}

/* ---- Inserting. ---- */

/* Inserts those of a table that wait for no other, or have taken over a row; *ret_count says how
 * many. */
static bool insert_ready(const qc_flush *flush, const work *todo, size_t begin, size_t end,
                         size_t *ret_count)
{
    qc_batch batch = {.table = todo->entities[begin]->table,
                      .entities =
                          qc_arena_alloc(qc_current_arena(), (end - begin) * sizeof(qc_entity *))};
    if (!batch.entities)
        return qc_flush_nomem(flush);
    size_t switched = 0;
    if (!qc_flush_switch(flush, todo->entities + begin, end - begin, &switched))
        return false;
    for (size_t i = begin; i < end; i++) {
        qc_entity *entity = todo->entities[i];
        if (entity->state != QC_STATE_PENDING)
            continue;
        const enum qc_readiness ready = qc_flush_keys(flush, entity);
        if (ready == QC_BROKEN)
            return false;
        if (ready == QC_READY)
            batch.entities[batch.count++] = entity;
    }
    *ret_count = batch.count + switched;
    return batch.count == 0 || qc_flush_insert(flush, &batch);
}

static bool insert_all(const qc_flush *flush, const work *todo)
{
    size_t left = todo->count, switched = 0;
    if (!qc_flush_switch(flush, todo->entities, todo->count, &switched))
        return false;
    for (left -= switched; left > 0;) {
        size_t inserted = 0;
        for (size_t begin = 0; begin < todo->count;) {
            const size_t end = end_of_table(todo, begin);
            size_t count = 0;
            if (!insert_ready(flush, todo, begin, end, &count))
                return false;
            inserted += count;
            begin = end;
        }
        if (!inserted && !qc_flush_cut(flush, todo->entities, todo->count, &inserted))
            return false;
        left -= inserted;
    }
    return true;
}

/* ---- Changing. ---- */

typedef bool change_fn(const qc_flush *flush, const qc_batch *batch);

static bool change_table(const qc_flush *flush, const work *todo, size_t begin, size_t end,
                         change_fn *change)
{
    const qc_batch batch = {todo->entities[begin]->table, todo->entities + begin, end - begin};
    return qc_mixins_own(flush->session, flush->site, batch.entities, batch.count) &&
           change(flush, &batch);
}

static bool update_all(const qc_flush *flush, const work *todo)
{
    for (size_t i = 0; i < todo->count; i++)
        if (qc_flush_keys(flush, todo->entities[i]) == QC_BROKEN)
            return false;
    for (size_t begin = 0; begin < todo->count;) {
        const size_t end = end_of_table(todo, begin);
        if (!change_table(flush, todo, begin, end, qc_flush_update))
            return false;
        begin = end;
    }
    return true;
}

static bool delete_all(const qc_flush *flush, const work *todo)
{
    for (size_t end = todo->count; end > 0;) {
        size_t begin = end - 1;
        while (begin > 0 && todo->entities[begin - 1]->table == todo->entities[end - 1]->table)
            begin--;
        if (!change_table(flush, todo, begin, end, qc_flush_delete))
            return false;
        end = begin;
    }
    return true;
}

/* ---- All of it. ---- */

static bool insert_new(const qc_flush *flush)
{
    work new;
    return collect(flush, QC_STATE_PENDING, &new) && insert_all(flush, &new);
}

static bool update_changed(const qc_flush *flush)
{
    work changed;
    return collect(flush, QC_STATE_PERSISTENT, &changed) && update_all(flush, &changed);
}

static bool delete_doomed(const qc_flush *flush)
{
    work doomed;
    if (!flush->session->doomed)
        return true;
    return qc_flush_cascade(flush) && collect(flush, QC_STATE_DOOMED, &doomed) &&
           qc_flush_untie(flush, doomed.entities, doomed.count) && delete_all(flush, &doomed);
}

static bool in_one(const qc_flush *flush)
{
    qc_session *session = flush->session;
    qc_db *db = session->db;
    const qc_undo *before = session->undo;
    qc_atomic atomic = {0};
    const bool good = qc_atomic_begin(db, flush->site, &atomic) && qc_flush_forget_orphans(flush) &&
                      qc_flush_soft_deletions(flush) && insert_new(flush) &&
                      update_changed(flush) && qc_flush_switched(flush) &&
                      qc_flush_associations(flush) && delete_doomed(flush) && qc_flush_lists(flush);
    if (!good && strcmp(db->error.error.sqlstate, "23505") == 0)
        qc_flush_explain(flush);
    qc_flush_forget_switches(flush);
    if (!qc_atomic_end(db, flush->site, &atomic, good)) {
        qc_undo_flush(session, before);
        for (const qc_tie *tie = session->ties; tie; tie = tie->next)
            tie->member->tied = true;
        return false;
    }
    qc_ties_forget(session);
    session->doomed = false;
    if (qc_depth(db) == 0)
        qc_undo_forget(session, before);
    return true;
}

static bool has_work(const qc_session *session)
{
    for (size_t i = 0; i < session->count; i++) {
        const qc_entity *entity = qc_entity_listed(session, i);
        if (entity && qc_flush_has(entity))
            return true;
    }
    return session->ties != NULL;
}

bool qc_flush_at(qc_db *db, const qc_site *site)
{
    qc_session *session = qc_session_of(db, site);
    qc_meantime meantime;
    if (!session || !has_work(session))
        return session != NULL;
    if (!qc_meantime_begin(session, site, &meantime))
        return false;
    db->as_one = true;
    const bool good =
        in_one(&(const qc_flush){session, site, &(qc_met_ends *){NULL}, &(qc_switch *){NULL}});
    db->as_one = false;
    qc_meantime_end(session, &meantime);
    return good;
}
