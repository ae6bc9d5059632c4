/* See session_world.h. */
#include "session_world.h"
#include "random_run.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void world_fail(const session_world *w, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    ck_abort_msg("%s, QUERCUS_TEST_SEED=%llu, step %ld: %s (%s)", qc_dialect_name(w->db),
                 (unsigned long long)w->seed, w->step, text,
                 qc_ok(w->db) ? "no error" : qc_error(w->db)->message);
}

int world_random(session_world *w, int below)
{
    return random_below(&w->random, below);
}

int world_pick(session_world *w, enum kind kind)
{
    const int first = world_random(w, ROWS);
    for (int i = 0; i < ROWS; i++) {
        const int place = (first + i) % ROWS;
        const row *r = &w->now.rows[place];
        if (r->kind == kind && r->state != QC_STATE_DOOMED)
            return place;
    }
    return NOBODY;
}

int world_place(const session_world *w)
{
    for (int i = 0; i < ROWS; i++)
        if (w->now.rows[i].kind == NO_ROW)
            return i;
    return NOBODY;
}

const char **world_name(const row *r)
{
    switch (r->kind) {
    case A_PERSON: return &((struct Person *)r->object)->name;
    case A_TASK: return &((struct Task *)r->object)->name;
    default: return &((struct Footnote *)r->object)->name;
    }
}

int32_t *world_score(const row *r)
{
    switch (r->kind) {
    case A_PERSON: return &((struct Person *)r->object)->score;
    case A_TASK: return &((struct Task *)r->object)->score;
    default: return &((struct Footnote *)r->object)->score;
    }
}

void **world_parent(const row *r)
{
    switch (r->kind) {
    case A_PERSON: return (void **)(void *)&((struct Person *)r->object)->boss;
    case A_TASK: return (void **)(void *)&((struct Task *)r->object)->person;
    default: return (void **)(void *)&((struct Footnote *)r->object)->task;
    }
}

int32_t world_tag(enum kind kind, const void *object)
{
    switch (kind) {
    case A_PERSON: return ((const struct Person *)object)->tag;
    case A_TASK: return ((const struct Task *)object)->tag;
    default: return ((const struct Footnote *)object)->tag;
    }
}

void *world_object(session_world *w, int place)
{
    row *r = &w->now.rows[place];
    void *before = r->object;
    if (r->state == QC_STATE_PENDING)
        return r->object;
    switch (r->kind) {
    case A_PERSON: r->object = GET(w->db, Person, r->id); break;
    case A_TASK: {
        /* Its key may wait to be changed. */
        const row *old = &w->flushed.rows[place];
        r->object = GET(w->db, Task, old->project, old->number);
        break;
    }
    default: r->object = GET(w->db, Footnote, r->id);
    }
    world_check(w, r->object, "the object with tag %d is not found", r->tag);
    world_check(w, !before || before == r->object, "the row with tag %d has two objects", r->tag);
    return r->object;
}

/* ---- Flushes. ---- */

enum { UNKNOWN = -1 }; /* a version while no object was there to tell it */

/* What goes with doomed rows is doomed, or loses its parent. */
static void cascade(world *now)
{
    for (bool again = true; again;) {
        again = false;
        for (int i = 0; i < ROWS; i++) {
            row *r = &now->rows[i];
            if (r->kind == NO_ROW || r->state == QC_STATE_DOOMED || r->parent == NOBODY ||
                now->rows[r->parent].state != QC_STATE_DOOMED)
                continue;
            if (r->kind == A_PERSON) {
                r->parent = NOBODY;
                r->pointer = NULL;
            } else
                r->state = QC_STATE_DOOMED;
            again = true;
        }
    }
}

static bool same_row(const row *a, const row *b)
{
    return a->score == b->score && strcmp(a->name, b->name) == 0 && a->parent == b->parent &&
           a->project == b->project && a->number == b->number;
}

static void check_version(session_world *w, const row *r, const row *before, int64_t version)
{
    if (before->kind == NO_ROW || before->tag != r->tag)
        world_check(w, version >= 1, "a new row has the version %lld", (long long)version);
    else if (before->version == UNKNOWN)
        return;
    else if (same_row(r, before))
        /* It may have had a doomed parent in between. */
        world_check(w, version >= before->version, "tag %d: the version is %lld, and was %lld",
                    r->tag, (long long)version, (long long)before->version);
    else
        world_check(w, version > before->version, "tag %d: the version stays %lld", r->tag,
                    (long long)version);
}

static void take_keys(session_world *w, row *r, const row *before)
{
    if (r->kind == A_NOTE) {
        r->id = ((struct Footnote *)r->object)->id;
        return;
    }
    if (r->kind == A_TASK) {
        const struct Task *task = r->object;
        world_check(w, task->project == r->project && task->number == r->number,
                    "task %d has another key", r->tag);
        check_version(w, r, before, task->version);
        r->version = task->version;
        return;
    }
    const struct Person *person = r->object;
    check_version(w, r, before, person->version);
    r->id = person->id;
    r->version = person->version;
}

static void check_parent_key(const session_world *w, const row *r)
{
    const row *parent = r->parent == NOBODY ? NULL : &w->now.rows[r->parent];
    bool good = true;
    if (r->kind == A_NOTE) {
        const struct Footnote *note = r->object;
        good = note->project.set == !!parent && note->number.set == !!parent &&
               (!parent || (note->project.value == parent->project &&
                            note->number.value == parent->number));
    } else {
        const qc_opt_bigint key = r->kind == A_TASK ? ((struct Task *)r->object)->person_id
                                                    : ((struct Person *)r->object)->boss_id;
        good = key.set == !!parent && (!parent || key.value == parent->id);
    }
    world_check(w, good, "the key to the parent of tag %d is wrong", r->tag);
    const void *pointer = *world_parent(r);
    world_check(w,
                !pointer || (parent && world_tag(parent->kind, pointer) == parent->tag),
                "the pointer to the parent of tag %d is wrong", r->tag);
}

static void check_object(const session_world *w, const row *r)
{
    const char *name = *world_name(r);
    world_check(w, qc_state(w->db, r->object) == QC_STATE_PERSISTENT, "tag %d is %s", r->tag,
                qc_state_name(qc_state(w->db, r->object)));
    world_check(w, !qc_is_dirty(w->db, r->object), "tag %d is dirty", r->tag);
    world_check(w, world_tag(r->kind, r->object) == r->tag, "an object has a tag of another row");
    world_check(w, *world_score(r) == r->score, "tag %d has the score %d, not %d", r->tag,
                *world_score(r), r->score);
    world_check(w, strcmp(name ? name : "", r->name) == 0, "tag %d is called %s, not %s", r->tag,
                name ? name : "NULL", r->name);
    check_parent_key(w, r);
}

void world_flushed(session_world *w)
{
    cascade(&w->now);
    for (int i = 0; i < ROWS; i++) {
        row *r = &w->now.rows[i];
        if (r->kind == NO_ROW)
            continue;
        if (r->state == QC_STATE_DOOMED) {
            world_check(w, !r->object || qc_state(w->db, r->object) == QC_STATE_DELETED,
                        "tag %d is %s, not deleted", r->tag,
                        qc_state_name(qc_state(w->db, r->object)));
            *r = (row){.kind = NO_ROW};
            continue;
        }
        r->state = QC_STATE_PERSISTENT;
        if (r->object)
            take_keys(w, r, &w->flushed.rows[i]);
        else if (!same_row(r, &w->flushed.rows[i]))
            r->version = UNKNOWN;
    }
    for (int i = 0; i < ROWS; i++)
        if (w->now.rows[i].kind != NO_ROW && w->now.rows[i].object)
            check_object(w, &w->now.rows[i]);
    w->flushed = w->now;
}

/* ---- The other ways. ---- */

void world_rolled_back(session_world *w)
{
    if (w->depth > 0)
        w->flushed = w->begun[--w->depth];
    w->now = w->flushed;
    for (int i = 0; i < ROWS; i++) {
        row *r = &w->now.rows[i];
        if (r->kind == NO_ROW)
            continue;
        /* What was loaded in between is as it was read then. */
        if (!r->object)
            world_check(w, qc_refresh(w->db, world_object(w, i)), "qc_refresh failed");
        check_object(w, r);
    }
}

void world_forget(session_world *w, int place)
{
    const int tag = w->now.rows[place].tag;
    world *all[LEVELS + 2] = {&w->now, &w->flushed};
    for (int i = 0; i < w->depth; i++)
        all[i + 2] = &w->begun[i];
    for (int i = 0; i < w->depth + 2; i++)
        if (all[i]->rows[place].tag == tag) {
            all[i]->rows[place].object = NULL;
            all[i]->rows[place].pointer = NULL;
            memset(all[i]->rows[place].lists, 0, sizeof all[i]->rows[place].lists);
        }
}

/* ---- Begin and end. ---- */

void session_world_open(session_world *w, int database, uint64_t seed)
{
    *w = (session_world){.db = database_open(database), .seed = seed, .random = seed * 2 + 1};
    if (!qc_drop_all(w->db, &session_model) || !qc_create_all(w->db, &session_model) ||
        !qc_session_start(w->db, NULL))
        database_fail(w->db, "the tables");
    for (int i = 0; i < BADGES; i++)
        w->badges[i] = NEW(w->db, Medal, .id = i + 1, .name = "badge");
    world_check(w, qc_flush(w->db), "the badges cannot be flushed");
}

void session_world_close(session_world *w)
{
    world_compare(w);
    world_check(w, qc_drop_all(w->db, &session_model), "the tables cannot be dropped");
    qc_close(w->db);
}
