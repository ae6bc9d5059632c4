/* The unit of work: what changed goes to the database in an order its keys allow.
 *
 * Pending objects are inserted in rounds: all that wait for no other, table by table, behind those
 * their REFERENCES name; then those that waited for them. Objects that wait for each other are
 * inserted with a NULL key, which the updates that follow fill in. Then doomed objects are deleted,
 * in the opposite order of tables. All of it is one transaction, or a savepoint inside of one; when
 * it fails, objects are as the caller left them.
 */
#include "orm/flush.h"

#include <stdlib.h>
#include <string.h>

bool qc_flush_nomem(const qc_flush *flush)
{
    return qc_session_nomem(flush->session, flush->site);
}

/* ---- What there is to write. ---- */

typedef struct item {
    qc_entity *entity;
    size_t rank;  /* of its table */
    size_t place; /* in the session's list */
} item;

/* Entities of one table stand together, tables by rank. */
typedef struct work {
    item *items;
    size_t count;
} work;

static bool points_elsewhere(const qc_entity *entity)
{
    for (const qc_relation *const *each = entity->table->relations; *each; each++)
        if ((*each)->kind == QC_BELONGS_TO_KIND &&
            memcmp(entity->object + (*each)->offset, entity->snapshot + (*each)->offset,
                   sizeof(void *)) != 0)
            return true;
    return false;
}

static bool is_wanted(const qc_entity *entity, enum qc_state state)
{
    return entity && entity->state == state &&
           (state != QC_STATE_PERSISTENT || points_elsewhere(entity) || entity->tied ||
            qc_entity_dirty(entity));
}

static int by_table(const void *a, const void *b)
{
    const item *left = a, *right = b;
    const uintptr_t x = (uintptr_t)left->entity->table, y = (uintptr_t)right->entity->table;
    if (left->rank != right->rank)
        return left->rank < right->rank ? -1 : 1;
    if (x != y)
        return x < y ? -1 : 1;
    return left->place < right->place ? -1 : 1;
}

/* Mostly what is new is all of one table. */
static bool is_sorted(const work *todo)
{
    for (size_t i = 1; i < todo->count; i++)
        if (by_table(&todo->items[i - 1], &todo->items[i]) > 0)
            return false;
    return true;
}

/* In the current arena. */
static bool collect(const qc_flush *flush, enum qc_state state, work *ret)
{
    const qc_session *session = flush->session;
    size_t count = 0;
    for (size_t i = 0; i < session->count; i++)
        count += is_wanted(qc_entity_listed(session, i), state);
    *ret = (work){qc_arena_alloc(qc_current_arena(), (count + 1) * sizeof(item)), 0};
    if (!ret->items)
        return qc_flush_nomem(flush);
    for (size_t i = 0; i < session->count; i++) {
        qc_entity *entity = qc_entity_listed(session, i);
        if (!is_wanted(entity, state))
            continue;
        const bool again = ret->count && ret->items[ret->count - 1].entity->table == entity->table;
        const size_t rank = again ? ret->items[ret->count - 1].rank : qc_flush_rank(entity->table);
        ret->items[ret->count++] = (item){entity, rank, i};
    }
    if (!is_sorted(ret))
        qsort(ret->items, ret->count, sizeof(item), by_table);
    return true;
}

static bool note_all(const qc_flush *flush, const work *todo)
{
    for (size_t i = 0; i < todo->count; i++)
        if (!qc_undo_note(flush->session, todo->items[i].entity))
            return qc_flush_nomem(flush);
    return true;
}

/* The items of the table at `begin`. */
static size_t end_of_table(const work *todo, size_t begin)
{
    size_t end = begin;
    while (end < todo->count && todo->items[end].entity->table == todo->items[begin].entity->table)
        end++;
    return end;
}

/* ---- Inserting. ---- */

/* Inserts those of a table that wait for no other; *ret_count says how many. */
static bool insert_ready(const qc_flush *flush, const work *todo, size_t begin, size_t end,
                         size_t *ret_count)
{
    qc_batch batch = {.table = todo->items[begin].entity->table,
                      .entities =
                          qc_arena_alloc(qc_current_arena(), (end - begin) * sizeof(qc_entity *))};
    if (!batch.entities)
        return qc_flush_nomem(flush);
    for (size_t i = begin; i < end; i++) {
        qc_entity *entity = todo->items[i].entity;
        if (entity->state != QC_STATE_PENDING)
            continue;
        const enum qc_readiness ready = qc_flush_keys(flush, entity);
        if (ready == QC_BROKEN)
            return false;
        if (ready == QC_READY)
            batch.entities[batch.count++] = entity;
    }
    *ret_count = batch.count;
    return batch.count == 0 || qc_flush_insert(flush, &batch);
}

/* Objects that wait for each other: one goes first, and its pointers are looked at again by the
 * updates. */
static bool cut_cycle(const qc_flush *flush, const work *todo)
{
    size_t i = 0;
    while (todo->items[i].entity->state != QC_STATE_PENDING)
        i++;
    qc_entity *entity = todo->items[i].entity;
    if (!qc_flush_insert(flush, &(qc_batch){entity->table, &entity, 1}))
        return false;
    for (const qc_relation *const *each = entity->table->relations; *each; each++)
        if ((*each)->kind == QC_BELONGS_TO_KIND)
            memset(entity->snapshot + (*each)->offset, 0, sizeof(void *));
    return true;
}

static bool insert_all(const qc_flush *flush, const work *todo)
{
    for (size_t left = todo->count; left > 0;) {
        size_t inserted = 0;
        for (size_t begin = 0; begin < todo->count;) {
            const size_t end = end_of_table(todo, begin);
            size_t count = 0;
            if (!insert_ready(flush, todo, begin, end, &count))
                return false;
            inserted += count;
            begin = end;
        }
        if (!inserted && !cut_cycle(flush, todo))
            return false;
        left -= inserted ? inserted : 1;
    }
    return true;
}

/* ---- Changing. ---- */

typedef bool change_fn(const qc_flush *flush, const qc_batch *batch);

static bool change_table(const qc_flush *flush, const work *todo, size_t begin, size_t end,
                         change_fn *change)
{
    qc_batch batch = {.table = todo->items[begin].entity->table,
                      .entities =
                          qc_arena_alloc(qc_current_arena(), (end - begin) * sizeof(qc_entity *))};
    if (!batch.entities)
        return qc_flush_nomem(flush);
    for (size_t i = begin; i < end; i++)
        batch.entities[batch.count++] = todo->items[i].entity;
    return qc_mixins_own(flush->session, flush->site, batch.entities, batch.count) &&
           change(flush, &batch);
}

static bool update_all(const qc_flush *flush, const work *todo)
{
    for (size_t i = 0; i < todo->count; i++)
        if (qc_flush_keys(flush, todo->items[i].entity) == QC_BROKEN)
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
        while (begin > 0 &&
               todo->items[begin - 1].entity->table == todo->items[end - 1].entity->table)
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
    return collect(flush, QC_STATE_PENDING, &new) && note_all(flush, &new) &&
           insert_all(flush, &new);
}

static bool update_changed(const qc_flush *flush)
{
    work changed;
    return collect(flush, QC_STATE_PERSISTENT, &changed) && note_all(flush, &changed) &&
           update_all(flush, &changed);
}

static bool delete_doomed(const qc_flush *flush)
{
    work doomed;
    return qc_flush_cascade(flush) && collect(flush, QC_STATE_DOOMED, &doomed) &&
           note_all(flush, &doomed) && delete_all(flush, &doomed);
}

static bool in_one(const qc_flush *flush)
{
    qc_session *session = flush->session;
    qc_db *db = session->db;
    const qc_undo *before = session->undo;
    qc_atomic atomic = {0};
    const bool good = qc_atomic_begin(db, flush->site, &atomic) &&
                      qc_flush_soft_deletions(flush) && insert_new(flush) &&
                      update_changed(flush) && qc_flush_associations(flush) &&
                      delete_doomed(flush) && qc_flush_lists(flush);
    if (!qc_atomic_end(db, flush->site, &atomic, good)) {
        qc_undo_flush(session, before);
        for (const qc_tie *tie = session->ties; tie; tie = tie->next)
            tie->member->tied = true;
        return false;
    }
    qc_ties_forget(session);
    if (qc_depth(db) == 0)
        qc_undo_forget(session, before);
    return true;
}

static bool has_work(const qc_session *session)
{
    for (size_t i = 0; i < session->count; i++)
        for (int state = QC_STATE_PENDING; state <= QC_STATE_DOOMED; state++)
            if (is_wanted(qc_entity_listed(session, i), (enum qc_state)state))
                return true;
    return session->ties != NULL;
}

bool qc_flush_at(qc_db *db, const qc_site *site)
{
    qc_session *session = qc_session_of(db, site);
    qc_arena *arena = session ? qc_current_arena() : NULL;
    if (!arena)
        return session && qc_session_nomem(session, site);
    if (!has_work(session))
        return true;
    const qc_mark mark = qc_arena_mark(arena), results = qc_arena_mark(db->results);
    db->as_one = true;
    const bool good = in_one(&(const qc_flush){session, site});
    db->as_one = false;
    qc_arena_release(db->results, results);
    qc_arena_release(arena, mark);
    return good;
}
