/* See session_world.h: collections, and pointers to parents. */
#include "session_world.h"

#include <string.h>

static void *const *field_of(const row *r, enum list list)
{
    const struct Person *person = r->object;
    if (r->kind == A_TASK)
        return (void *const *)((const struct Task *)r->object)->notes;
    return list == STAFF   ? (void *const *)person->staff
           : list == TASKS ? (void *const *)person->tasks
                           : (void *const *)person->badges;
}

/* How many collections a row of this kind has, and what they hold. */
static int lists_of(enum kind kind)
{
    return kind == A_PERSON ? LISTS : kind == A_TASK ? 1 : 0;
}

static enum kind member_kind(enum kind kind, enum list list)
{
    return kind == A_TASK ? A_NOTE : list == STAFF ? A_PERSON : list == TASKS ? A_TASK : NO_ROW;
}

static bool has(const held *list, const void *member)
{
    for (int i = 0; i < list->count; i++)
        if (list->members[i] == member)
            return true;
    return false;
}

static void add(const session_world *w, held *list, const void *member)
{
    world_check(w, list->count < HELD_MOST, "a collection has too many members");
    list->members[list->count++] = member;
}

static void leave(held *list, const void *member)
{
    int kept = 0;
    for (int i = 0; i < list->count; i++)
        if (list->members[i] != member)
            list->members[kept++] = list->members[i];
    list->count = kept;
}

static bool is_same(const held *list, void *const *field)
{
    if (!field || list->how == NOT_HELD)
        return !field && list->how == NOT_HELD;
    bool same = qc_count(field) == (size_t)list->count;
    for (; same && *field; field++)
        same = has(list, *field);
    return same;
}

/* ---- ADD_TO and REMOVE_FROM. ---- */

static void change(const session_world *w, held *list, bool owner_is_new, const void *member,
                   bool removed)
{
    if (list->how == NOT_HELD && (removed || !owner_is_new))
        return;
    if (list->how == NOT_HELD)
        list->how = BEGUN;
    if (removed)
        leave(list, member);
    else if (!has(list, member))
        add(w, list, member);
}

static held *siblings_at(session_world *w, const row *r, int parent)
{
    return &w->now.rows[parent].lists[r->kind == A_TASK ? TASKS : STAFF];
}

/* The pointer says it, or else the key that was flushed. */
static int former_parent(const session_world *w, int place)
{
    const row *r = &w->now.rows[place];
    if (r->pointer && r->pointer == w->now.rows[r->parent].object)
        return r->parent;
    return r->state == QC_STATE_PENDING ? NOBODY : w->flushed.rows[place].parent;
}

void world_tie(session_world *w, int place, int parent, bool removed)
{
    row *r = &w->now.rows[place];
    const row *of = &w->now.rows[parent];
    const int former = former_parent(w, place);
    if (former != NOBODY && former != parent && w->now.rows[former].object)
        leave(siblings_at(w, r, former), r->object);
    change(w, siblings_at(w, r, parent), of->state == QC_STATE_PENDING, r->object, removed);
    r->parent = removed ? NOBODY : parent;
    r->pointer = removed ? NULL : of->object;
}

void world_tie_badge(session_world *w, int place, int badge, bool removed)
{
    row *r = &w->now.rows[place];
    change(w, &r->lists[MEDALS], r->state == QC_STATE_PENDING, w->badges[badge], removed);
    change(w, &w->now.holders[badge], false, r->object, removed);
    r->badges[badge] = !removed;
}

/* ---- Loading. ---- */

/* A row of which nothing was in memory has an object now. */
static bool meet(session_world *w, enum kind kind, const void *object)
{
    row *r = w->now.rows;
    while (r < w->now.rows + ROWS &&
           (r->kind != kind || r->object == object || r->tag != world_tag(kind, object)))
        r++;
    if (r == w->now.rows + ROWS || r->object)
        return false;
    r->object = (void *)(uintptr_t)object;
    return true;
}

static enum kind parent_kind(enum kind kind)
{
    return kind == A_NOTE ? A_TASK : A_PERSON;
}

static bool meet_those_of(session_world *w, const row *r)
{
    const void *pointer = *world_parent(r);
    bool met = pointer && pointer != r->pointer && meet(w, parent_kind(r->kind), pointer);
    for (int list = 0; list < lists_of(r->kind); list++) {
        void *const *field = field_of(r, (enum list)list);
        const enum kind kind = member_kind(r->kind, (enum list)list);
        if (kind == NO_ROW || is_same(&r->lists[list], field))
            continue;
        for (; field && *field; field++)
            met |= meet(w, kind, *field);
    }
    return met;
}

static void meet_all(session_world *w)
{
    for (bool again = true; again;) {
        again = false;
        for (int i = 0; i < ROWS; i++)
            if (w->now.rows[i].kind != NO_ROW && w->now.rows[i].object)
                again |= meet_those_of(w, &w->now.rows[i]);
        for (int b = 0; b < BADGES; b++)
            if (!is_same(&w->now.holders[b], (void *const *)w->badges[b]->holders))
                EACH (struct Person, person, w->badges[b]->holders)
                    again |= meet(w, A_PERSON, person);
    }
}

/* What the rows say. */
static held truth(const session_world *w, int place, enum list list)
{
    const row *r = &w->now.rows[place];
    held said = {.how = HELD};
    for (int b = 0; r->kind == A_PERSON && list == MEDALS && b < BADGES; b++)
        if (r->badges[b])
            add(w, &said, w->badges[b]);
    for (int i = 0; i < ROWS; i++)
        if (w->now.rows[i].kind == member_kind(r->kind, list) && w->now.rows[i].kind != NO_ROW &&
            w->now.rows[i].parent == place)
            add(w, &said, w->now.rows[i].object);
    return said;
}

static held true_holders(const session_world *w, int badge)
{
    held said = {.how = HELD};
    for (int i = 0; i < ROWS; i++)
        if (w->now.rows[i].kind == A_PERSON && w->now.rows[i].badges[badge])
            add(w, &said, w->now.rows[i].object);
    return said;
}

static void take(const session_world *w, held *list, void *const *field, held said, int tag)
{
    if (is_same(&said, field))
        *list = said;
    else
        world_check(w, is_same(list, field),
                    "a collection of tag %d has %d members: neither %d as before (%d), nor %d as "
                    "the rows say",
                    tag, field ? (int)qc_count(field) : -1, list->count, list->how, said.count);
}

void world_loaded(session_world *w)
{
    meet_all(w);
    for (int i = 0; i < ROWS; i++) {
        row *r = &w->now.rows[i];
        if (r->kind == NO_ROW || !r->object)
            continue;
        for (int list = 0; list < lists_of(r->kind); list++)
            take(w, &r->lists[list], field_of(r, (enum list)list), truth(w, i, (enum list)list),
                 r->tag);
        if (r->parent != NOBODY && *world_parent(r) == w->now.rows[r->parent].object)
            r->pointer = w->now.rows[r->parent].object;
    }
    for (int b = 0; b < BADGES; b++)
        take(w, &w->now.holders[b], (void *const *)w->badges[b]->holders, true_holders(w, b), -b);
    world_check_lists(w);
    w->flushed = w->now;
}

void world_refreshed(session_world *w, int place)
{
    row *r = &w->now.rows[place];
    if (r->pointer && r->pointer != w->now.rows[r->parent].object)
        r->pointer = NULL;
}

void world_expect_loaded(session_world *w)
{
    for (int i = 0; i < ROWS; i++) {
        const row *r = &w->now.rows[i];
        for (int list = 0; r->kind == A_PERSON && list < LISTS; list++) {
            const held said = truth(w, i, (enum list)list);
            world_check(w, is_same(&said, field_of(r, (enum list)list)),
                        "collection %d of tag %d is not loaded", list, r->tag);
        }
        world_check(w, r->kind != A_PERSON || r->parent == NOBODY || r->pointer,
                    "the boss of tag %d is not loaded", r->tag);
    }
}

/* ---- Checks. ---- */

static void check_row(const session_world *w, const row *r)
{
    world_check(w, *world_parent(r) == r->pointer, "the pointer of tag %d is %s", r->tag,
                !*world_parent(r) ? "lost"
                : r->pointer      ? "another"
                                  : "there");
    for (int list = 0; list < lists_of(r->kind); list++) {
        void *const *field = field_of(r, (enum list)list);
        world_check(w, is_same(&r->lists[list], field),
                    "collection %d of tag %d has %d members, not %d (%d)", list, r->tag,
                    field ? (int)qc_count(field) : -1, r->lists[list].count, r->lists[list].how);
    }
}

void world_check_lists(const session_world *w)
{
    for (int i = 0; i < ROWS; i++)
        if (w->now.rows[i].kind != NO_ROW && w->now.rows[i].object)
            check_row(w, &w->now.rows[i]);
    for (int b = 0; b < BADGES; b++)
        world_check(w, is_same(&w->now.holders[b], (void *const *)w->badges[b]->holders),
                    "the holders of badge %d are %d, not %d", b + 1,
                    w->badges[b]->holders ? (int)qc_count(w->badges[b]->holders) : -1,
                    w->now.holders[b].how == NOT_HELD ? -1 : w->now.holders[b].count);
}
