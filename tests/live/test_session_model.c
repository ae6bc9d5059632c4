/* Random steps of a session beside a reference in memory: after each step collections, after each
 * flush objects, after each commit the database's rows are what the reference says. 2,000 steps on
 * each database, 100,000 with QUERCUS_TEST_LONG, from the seed in QUERCUS_TEST_SEED. */
#include "random_run.h"
#include "session_world.h"

#include <stdio.h>
#include <string.h>

static void flush(session_world *w)
{
    world_check(w, qc_flush(w->db), "the flush failed");
    world_flushed(w);
}

/* ---- New rows. ---- */

static row *new_row(session_world *w, int place, enum kind kind)
{
    row *r = &w->now.rows[place];
    *r = (row){.kind = kind,
               .state = QC_STATE_PENDING,
               .tag = ++w->next_tag,
               .parent = NOBODY,
               .score = world_random(w, 100)};
    if (world_random(w, 4))
        snprintf(r->name, sizeof r->name, "name %d", world_random(w, 1000));
    return r;
}

static enum kind parent_kind(enum kind kind)
{
    return kind == A_NOTE ? A_TASK : A_PERSON;
}

static void make_object(session_world *w, row *r, void *of)
{
    const char *name = r->name[0] ? r->name : NULL;
    r->pointer = of;
    if (r->kind == A_PERSON)
        r->object = NEW(w->db, Person, .tag = r->tag, .name = name, .score = r->score, .boss = of);
    else if (r->kind == A_NOTE)
        r->object =
            NEW(w->db, Footnote, .tag = r->tag, .name = name, .score = r->score, .task = of);
    else
        r->object = NEW(w->db, Task, .tag = r->tag, .name = name, .score = r->score, .person = of,
                        .project = r->project, .number = r->number);
    world_check(w, r->object, "NEW failed");
}

static int pick_parent(session_world *w, enum kind kind)
{
    return world_random(w, 3) ? world_pick(w, parent_kind(kind)) : NOBODY;
}

static void make(session_world *w, enum kind kind)
{
    const int place = world_place(w);
    if (place == NOBODY)
        return;
    const int parent = pick_parent(w, kind);
    void *of = parent == NOBODY ? NULL : world_object(w, parent);
    row *r = new_row(w, place, kind);
    r->parent = parent;
    if (kind == A_TASK) {
        r->project = 1 + r->tag % 3;
        r->number = r->tag;
    }
    make_object(w, r, of);
}

/* ---- Changes. ---- */

static int pick_any(session_world *w)
{
    return world_pick(w, (enum kind)(1 + world_random(w, 3)));
}

static void change_fields(session_world *w)
{
    const int place = pick_any(w);
    if (place == NOBODY)
        return;
    world_object(w, place);
    row *r = &w->now.rows[place];
    char text[16];
    if (world_random(w, 2)) {
        *world_score(r) = r->score = world_random(w, 100);
        return;
    }
    snprintf(text, sizeof text, "name %d", world_random(w, 1000));
    snprintf(r->name, sizeof r->name, "%s", world_random(w, 4) ? text : "");
    *world_name(r) = r->name[0] ? r->name : NULL;
}

/* Whether `place` is the parent of `of`, or of one of its parents. */
static bool is_above(const session_world *w, int place, int of)
{
    for (int steps = 0; of != NOBODY && steps < ROWS; steps++, of = w->now.rows[of].parent)
        if (of == place)
            return true;
    return false;
}

/* By assigning the pointer: to another one, or to none. */
static void assign_parent(session_world *w)
{
    const int place = pick_any(w);
    if (place == NOBODY)
        return;
    row *r = &w->now.rows[place];
    const int parent = world_random(w, 4) ? world_pick(w, parent_kind(r->kind)) : NOBODY;
    world_object(w, place);
    void *of = parent == NOBODY ? NULL : world_object(w, parent);
    if (*world_parent(r) == of || (r->kind == A_PERSON && parent == place))
        return; /* what is NULL may not be loaded: that is no change */
    if (!of && !w->flushed.rows[place].pointer && r->state == QC_STATE_PERSISTENT)
        return; /* nor is what is NULL again */
    *world_parent(r) = of;
    r->pointer = of;
    r->parent = parent;
}

static bool tie(session_world *w, row *r, void *owner, bool removed)
{
    switch (r->kind) {
    case A_PERSON:
        return removed ? REMOVE_FROM(w->db, (struct Person *)owner, Person_staff,
                                     (struct Person *)r->object)
                       : ADD_TO(w->db, (struct Person *)owner, Person_staff,
                                (struct Person *)r->object);
    case A_TASK:
        return removed
                   ? REMOVE_FROM(w->db, (struct Person *)owner, Person_tasks,
                                 (struct Task *)r->object)
                   : ADD_TO(w->db, (struct Person *)owner, Person_tasks, (struct Task *)r->object);
    default:
        return removed
                   ? REMOVE_FROM(w->db, (struct Task *)owner, Task_notes,
                                 (struct Footnote *)r->object)
                   : ADD_TO(w->db, (struct Task *)owner, Task_notes, (struct Footnote *)r->object);
    }
}

static void add_to(session_world *w)
{
    const int place = pick_any(w);
    row *r = place == NOBODY ? NULL : &w->now.rows[place];
    const int parent = r ? world_pick(w, parent_kind(r->kind)) : NOBODY;
    if (parent == NOBODY || (r->kind == A_PERSON && is_above(w, place, parent)))
        return;
    world_object(w, place);
    world_check(w, tie(w, r, world_object(w, parent), false), "ADD_TO failed");
    world_tie(w, place, parent, false);
}

static bool has_children(const session_world *w, int place)
{
    for (int i = 0; i < ROWS; i++)
        if (w->now.rows[i].kind != NO_ROW && w->now.rows[i].parent == place)
            return true;
    return false;
}

static void remove_row(session_world *w, int place)
{
    row *r = &w->now.rows[place];
    if (r->state == QC_STATE_PENDING)
        *r = (row){.kind = NO_ROW};
    else
        r->state = QC_STATE_DOOMED;
}

static void remove_from(session_world *w)
{
    const int place = pick_any(w);
    row *r = place == NOBODY ? NULL : &w->now.rows[place];
    if (!r || r->parent == NOBODY || w->now.rows[r->parent].state == QC_STATE_DOOMED)
        return;
    world_object(w, place);
    world_check(w, tie(w, r, world_object(w, r->parent), true), "REMOVE_FROM failed");
    world_tie(w, place, r->parent, true);
    if (r->kind == A_NOTE)
        remove_row(w, place);
}

static void change_badge(session_world *w)
{
    const int place = world_pick(w, A_PERSON), b = world_random(w, BADGES);
    if (place == NOBODY)
        return;
    struct Person *person = world_object(w, place);
    row *r = &w->now.rows[place];
    world_check(w,
                r->badges[b] ? REMOVE_FROM(w->db, person, Person_badges, w->badges[b])
                             : ADD_TO(w->db, person, Person_badges, w->badges[b]),
                "a badge cannot be changed");
    world_tie_badge(w, place, b, r->badges[b]);
}

static void delete_row(session_world *w)
{
    const int place = pick_any(w);
    if (place == NOBODY)
        return;
    row *r = &w->now.rows[place];
    if (r->state == QC_STATE_PENDING && has_children(w, place))
        return; /* they would point to what is no object any more */
    world_check(w, qc_delete(w->db, world_object(w, place)), "qc_delete failed");
    remove_row(w, place);
}

/* A new task with the key of one that is deleted. */
static void take_over(session_world *w)
{
    flush(w); /* what was added to an object that is taken over is refused */
    const int old = world_pick(w, A_TASK), place = world_place(w);
    if (old == NOBODY || place == NOBODY)
        return;
    world_check(w, qc_delete(w->db, world_object(w, old)), "qc_delete failed");
    remove_row(w, old);
    const int parent = pick_parent(w, A_TASK);
    void *of = parent == NOBODY ? NULL : world_object(w, parent);
    row *r = new_row(w, place, A_TASK);
    r->parent = parent;
    r->project = w->now.rows[old].project;
    r->number = w->now.rows[old].number;
    make_object(w, r, of);
}

/* The key of a task that has no notes. */
static void change_key(session_world *w)
{
    const int place = world_pick(w, A_TASK);
    if (place == NOBODY)
        return;
    flush(w);
    row *r = &w->now.rows[place];
    if (r->kind != A_TASK || has_children(w, place))
        return;
    struct Task *task = world_object(w, place);
    task->number = r->number = ++w->next_tag;
    flush(w);
}

/* The key of the parent, where the pointer is not loaded. */
static void assign_key(session_world *w)
{
    flush(w);
    const int place = world_pick(w, A_TASK), parent = world_pick(w, A_PERSON);
    if (place == NOBODY || parent == NOBODY)
        return;
    struct Task *task = world_object(w, place);
    if (task->person)
        return;
    task->person_id = (qc_opt_bigint){true, w->now.rows[parent].id};
    w->now.rows[place].parent = parent;
}

/* ---- The session. ---- */

/* Each row is the object that the session has had for it. */
static void meet_people(session_world *w, struct Person **people)
{
    world_flushed(w);
    EACH (struct Person, person, people) {
        row *r = w->now.rows;
        while (r < w->now.rows + ROWS && (r->kind != A_PERSON || r->tag != person->tag))
            r++;
        world_check(w, r < w->now.rows + ROWS, "a row of tag %d is found", person->tag);
        world_check(w, !r->object || r->object == person, "tag %d has two objects", person->tag);
        r->object = person;
    }
    qc_release(w->db);
}

static void query(session_world *w)
{
    struct Person **people = ALL(w->db, SELECT(Person).ORDER_BY(Person_tag));
    world_check(w, qc_ok(w->db), "the query failed");
    meet_people(w, people);
}

/* A relationship of one object, and of those found with it. */
static void load_later(session_world *w)
{
    flush(w);
    const int place = pick_any(w), b = world_random(w, BADGES);
    if (place == NOBODY)
        return;
    void *object = world_object(w, place);
    switch (w->now.rows[place].kind) {
    case A_PERSON:
        switch (world_random(w, 5)) {
        case 0:
            LOAD(w->db, (struct Person *)object, Person_boss);
            break;
        case 1:
            LOAD(w->db, (struct Person *)object, Person_staff);
            break;
        case 2:
            LOAD(w->db, (struct Person *)object, Person_tasks);
            break;
        case 3:
            LOAD(w->db, (struct Person *)object, Person_badges);
            break;
        default:
            LOAD(w->db, w->badges[b], Medal_holders);
        }
        break;
    case A_TASK:
        if (world_random(w, 2))
            LOAD(w->db, (struct Task *)object, Task_person);
        else
            LOAD(w->db, (struct Task *)object, Task_notes);
        break;
    default:
        LOAD(w->db, (struct Footnote *)object, Footnote_task);
    }
    world_check(w, qc_ok(w->db), "LOAD failed");
    world_loaded(w);
}

/* By each strategy; what was loaded before is loaded again. */
static void load_with_query(session_world *w)
{
    const int strategy = world_random(w, 4);
    struct Person **people = NULL;
    if (strategy == 0)
        people = ALL(w->db, SELECT(Person).LOAD(SELECTIN(Person_boss), SELECTIN(Person_staff),
                                                SELECTIN(Person_tasks, SELECTIN(Task_notes)),
                                                SELECTIN(Person_badges)));
    else if (strategy == 1)
        people = ALL(w->db, SELECT(Person).LOAD(JOINED(Person_boss), JOINED(Person_staff),
                                                JOINED(Person_tasks, JOINED(Task_notes)),
                                                JOINED(Person_badges)));
    else if (strategy == 2)
        people =
            ALL(w->db,
                SELECT(Person).LOAD(NESTED(Person_boss), NESTED(Person_staff),
                                    NESTED(Person_tasks, NESTED(Task_notes, NESTED(Footnote_task))),
                                    NESTED(Person_badges)));
    else
        people =
            ALL(w->db, SELECT(Person).LOAD(BY_SUBQUERY(Person_boss), BY_SUBQUERY(Person_staff),
                                           BY_SUBQUERY(Person_tasks, BY_SUBQUERY(Task_notes)),
                                           BY_SUBQUERY(Person_badges, BY_SUBQUERY(Medal_holders))));
    world_check(w, qc_ok(w->db), "the query with loaders failed");
    meet_people(w, people);
    world_loaded(w);
    world_expect_loaded(w);
}

static void refresh(session_world *w)
{
    flush(w);
    const int place = pick_any(w);
    if (place == NOBODY)
        return;
    row *r = &w->now.rows[place];
    world_object(w, place);
    *world_score(r) = 1000;
    *world_name(r) = "lost";
    world_check(w, qc_refresh(w->db, r->object), "qc_refresh failed");
    world_refreshed(w, place);
    world_flushed(w);
}

static void expunge(session_world *w)
{
    flush(w);
    const int place = pick_any(w);
    if (place == NOBODY)
        return;
    world_check(w, qc_expunge(w->db, world_object(w, place)), "qc_expunge failed");
    world_forget(w, place);
}

/* Somebody else changes the row: a flush that writes it fails, and nothing is written. Inside a
 * transaction that would be its end. */
static void rival(session_world *w)
{
    if (w->depth)
        return;
    flush(w);
    const int place = world_pick(w, A_PERSON), other = pick_any(w);
    if (place == NOBODY)
        return;
    struct Person *person = world_object(w, place);
    row *r = &w->now.rows[place];
    r->score = 500 + world_random(w, 10);
    world_check(w,
                EXEC(w->db, UPDATE(Person)
                                .SET(Person_score, r->score)
                                .SET(Person_version, ADD(Person_version, 1))
                                .WHERE(EQ(Person_id, r->id))) == 1,
                "the rival fails");
    if (other != place && other != NOBODY) {
        world_object(w, other);
        *world_score(&w->now.rows[other]) = w->now.rows[other].score = 7;
    }
    person->name = "stale";
    world_check(w,
                !qc_flush(w->db) && qc_error(w->db)->code == QC_ERROR_STALE &&
                    strstr(qc_error(w->db)->message, "the row of Person"),
                "a stale write is not noticed");
    world_check(w, qc_refresh(w->db, person), "qc_refresh failed");
    world_refreshed(w, place);
    r->version = person->version - 1;
    w->flushed.rows[place] = *r;
    w->flushed.rows[place].version = person->version;
    flush(w);
}

static void begin(session_world *w)
{
    flush(w);
    if (w->depth == LEVELS)
        return;
    world_check(w, qc_begin(w->db), "qc_begin failed");
    w->begun[w->depth++] = w->now;
}

static void roll_back(session_world *w)
{
    world_check(w, qc_rollback(w->db), "qc_rollback failed");
    world_rolled_back(w);
}

static void commit(session_world *w)
{
    world_check(w, qc_commit(w->db), "qc_commit failed");
    world_flushed(w);
    w->depth -= w->depth > 0;
    world_compare(w);
}

static void choose(session_world *w)
{
    const int dice = world_random(w, 100);
    if (dice < 8)
        make(w, A_PERSON);
    else if (dice < 16)
        make(w, A_TASK);
    else if (dice < 24)
        make(w, A_NOTE);
    else if (dice < 36)
        change_fields(w);
    else if (dice < 46)
        assign_parent(w);
    else if (dice < 54)
        add_to(w);
    else if (dice < 58)
        remove_from(w);
    else if (dice < 63)
        change_badge(w);
    else if (dice < 70)
        delete_row(w);
    else if (dice < 73)
        take_over(w);
    else if (dice < 78)
        flush(w);
    else if (dice < 79)
        query(w);
    else if (dice < 80)
        load_with_query(w);
    else if (dice < 81)
        load_later(w);
    else if (dice < 83)
        refresh(w);
    else if (dice < 85)
        expunge(w);
    else if (dice < 86)
        change_key(w);
    else if (dice < 87)
        assign_key(w);
    else if (dice < 88)
        rival(w);
    else if (dice < 92)
        begin(w);
    else if (dice < 95)
        roll_back(w);
    else
        commit(w);
}

static void step(void *world)
{
    session_world *w = world;
    choose(w);
    world_check_lists(w);
}

START_TEST(a_session_does_what_the_reference_says)
{
    static session_world w;
    session_world_open(&w, _i, random_run_seed("session_model"));
    random_run(&w, &w.step, step);
    while (w.depth)
        commit(&w);
    flush(&w);
    session_world_close(&w);
}
END_TEST

Suite *session_model_suite(void);
Suite *session_model_suite(void)
{
    Suite *suite = suite_create("session_model");
    TCase *tests = tcase_create("session_model");
    tcase_add_unchecked_fixture(tests, databases_begin, databases_end);
    tcase_set_timeout(tests, long_tests() ? 3600 : 60);
    tcase_add_loop_test(tests, a_session_does_what_the_reference_says, SQLITE_DATABASE,
                        DATABASE_COUNT);
    suite_add_tcase(suite, tests);
    return suite;
}
