/* Random steps of two sessions at once, on two connections, beside a reference: what the one
 * commits is seen by the other as READ COMMITTED says, objects stay as they were read, what is
 * based on an older version is refused with the name of its row. After each flush, commit and
 * rollback the rows that both see, and the objects of both, are the reference's. They take turns:
 * where one would wait for a lock the other ends its transaction first, or, now and then, the wait
 * is seen to end at the deadline. Seeds and steps as in test_session_model.c. */
#include "pair_world.h"
#include "random_run.h"

#include <stdio.h>
#include <string.h>

enum { PATIENCE_MS = 60000, SHORT_MS = 40, STEPS_PER_WAIT = 250 };

/* ---- Ends of transactions. ---- */

static void propagate(pair_world *w, const side *from, const bool *wrote)
{
    side *to = pair_other(w, from);
    for (int i = 0; i < PLACES; i++) {
        if (!wrote[i])
            continue;
        to->now.rows[i] = from->now.rows[i];
        for (int d = 0; d < to->depth; d++)
            to->begun[d].rows[i] = from->now.rows[i];
    }
}

/* What is new is forgotten, what was changed is as it was read or flushed last. */
static void revert(moment *to)
{
    for (int i = 0; i < PLACES; i++) {
        memory *m = &to->objects[i];
        if (m->object && m->state == QC_STATE_PENDING)
            *m = (memory){0};
        if (!m->object)
            continue;
        m->now = m->base;
        m->pointer = m->base_pointer;
        m->state = QC_STATE_PERSISTENT;
    }
}

static void roll_back(pair_world *w, side *s)
{
    pair_check(w, s, qc_rollback(s->db), "qc_rollback failed");
    if (s->depth)
        s->now = s->begun[--s->depth];
    revert(&s->now);
    pair_compare(w);
}

static bool is_clean(const side *s)
{
    forecast f;
    pair_forecast(s, &f);
    return !f.works;
}

/* Of a session that has nothing to flush. */
static void commit(pair_world *w, side *s)
{
    pair_check(w, s, qc_commit(s->db), "qc_commit failed");
    if (s->depth && --s->depth == 0) {
        propagate(w, s, s->now.wrote);
        memset(s->now.wrote, 0, sizeof s->now.wrote);
        memset(s->now.shares, 0, sizeof s->now.shares);
    }
    pair_compare(w);
}

static void end_transaction(pair_world *w, side *s)
{
    while (s->depth)
        if (is_clean(s) && pair_random(w, 3))
            commit(w, s);
        else
            roll_back(w, s);
}

/* ---- Flushes. ---- */

/* The session forgets the object, in what it may be rolled back to as well. */
static void forget(pair_world *w, side *s, int place)
{
    const void *object = s->now.objects[place].object;
    pair_check(w, s, qc_expunge(s->db, s->now.objects[place].object), "qc_expunge failed");
    s->now.objects[place] = (memory){0};
    for (int d = 0; d < s->depth; d++)
        if (s->begun[d].objects[place].object == object)
            s->begun[d].objects[place] = (memory){0};
}

static bool has_object(const side *s, const void *object)
{
    for (int i = 0; i < PLACES; i++)
        if (object && s->now.objects[i].object == object)
            return true;
    return false;
}

/* The pointer stays where it is still the parent's. */
static void refresh(pair_world *w, side *s, int place)
{
    memory *m = &s->now.objects[place];
    const stored *r = &s->now.rows[place];
    if (!r->kind && s->depth)
        return; /* an error would be the end of the transaction */
    pair_check(w, s, qc_refresh(s->db, m->object) == !!r->kind, "qc_refresh fails, or does not");
    if (!r->kind) {
        pair_check(w, s, qc_error(s->db)->code == QC_ERROR_STALE, "a row that is gone");
        return;
    }
    if (m->base.parent != r->parent || !has_object(s, m->base_pointer))
        m->base_pointer = NULL;
    m->pointer = m->base_pointer;
    m->now = m->base = *r;
}

static void expect_refused(pair_world *w, side *s, const forecast *f)
{
    const struct qc_error *error = qc_error(s->db);
    bool named = f->lacks_parent && strcmp(error->sqlstate, "23503") == 0;
    for (int i = 0; i < PLACES && error->code == QC_ERROR_STALE; i++) {
        char name[64];
        named |= f->stale[i] && strstr(error->message, pair_name(&s->now.objects[i].now, name));
    }
    pair_check(w, s, named, "the error is another");
    pair_check_objects(w, s);
    roll_back(w, s);
    for (int i = 0; i < PLACES; i++)
        if (f->stale[i] && s->now.objects[i].object && s->now.objects[i].now.kind) {
            if (s->now.rows[i].kind && pair_random(w, 2))
                refresh(w, s, i);
            else
                forget(w, s, i);
        }
}

static void expect_deadline(pair_world *w, side *s)
{
    qc_set_timeout(s->db, SHORT_MS);
    pair_check(w, s, !qc_flush(s->db) && qc_error(s->db)->code == QC_ERROR_TIMEOUT,
               "the wait for a lock does not end at the deadline");
    qc_set_timeout(s->db, PATIENCE_MS);
    pair_check_objects(w, s);
    w->waits++;
}

/* False: it was refused. */
static bool flush(pair_world *w, side *s)
{
    static forecast f;
    bool waits;
    pair_forecast(s, &f);
    if (pair_conflicts(w, s, pair_other(w, s), &f, &waits)) {
        if (waits && w->waits * STEPS_PER_WAIT < w->step)
            expect_deadline(w, s);
        end_transaction(w, pair_other(w, s));
        pair_forecast(s, &f);
    }
    pair_check(w, s, qc_flush(s->db) == !f.fails, "the flush %s",
               f.fails ? "should be refused" : "failed");
    if (f.fails) {
        expect_refused(w, s, &f);
        return false;
    }
    s->now = f.after;
    for (int i = 0; i < PLACES && s->depth; i++) {
        s->now.wrote[i] |= f.wrote[i];
        s->now.shares[i] |= f.shares[i];
    }
    if (!s->depth)
        propagate(w, s, f.wrote);
    pair_compare(w);
    return true;
}

static void begin(pair_world *w, side *s)
{
    if (s->depth == LEVELS || !flush(w, s))
        return;
    if (w->database == SQLITE_DATABASE)
        end_transaction(w, pair_other(w, s));
    pair_check(w, s, qc_begin(s->db), "qc_begin failed");
    s->begun[s->depth++] = s->now;
}

/* ---- Objects. ---- */

static void meet(pair_world *w, side *s, int place, void *object)
{
    memory *m = &s->now.objects[place];
    const stored *r = &s->now.rows[place];
    pair_check(w, s, object, "the row with the key %d is not found", r->tag);
    pair_check(w, s, !m->object || m->object == object, "the key %d has two objects", r->tag);
    if (m->object)
        return;
    *m = (memory){.object = object, .state = QC_STATE_PERSISTENT, .now = *r, .base = *r};
    for (int d = 0; d < s->depth; d++)
        if (!s->begun[d].objects[place].object)
            s->begun[d].objects[place] = *m;
}

/* Also of a row that is gone, or that the other has changed: the object there is. */
static void load(pair_world *w, side *s)
{
    const int place = pair_random(w, PLACES);
    const stored *r = &s->now.rows[place];
    if (!r->kind || s->now.objects[place].state == QC_STATE_DOOMED)
        return;
    meet(w, s, place,
         r->kind == A_CLERK     ? (void *)GET(s->db, Clerk, r->tag)
         : r->kind == A_DOSSIER ? (void *)GET(s->db, Dossier, DRAWER, r->tag)
                                : (void *)GET(s->db, Slip, r->tag));
}

static void query(pair_world *w, side *s)
{
    size_t count = 0;
    QC_SCOPE (s->db) {
        EACH (struct Clerk, clerk, ALL(s->db, SELECT(Clerk))) {
            const int place = pair_find(s->now.rows, (int)clerk->id);
            pair_check(w, s, place != NOBODY, "a clerk is found whom nobody sees");
            meet(w, s, place, clerk);
            count++;
        }
    }
    for (int i = 0; i < PLACES; i++)
        count -= s->now.rows[i].kind == A_CLERK;
    pair_check(w, s, count == 0, "a clerk is not found");
}

/* An object that lasts; a kind, or any. */
static int pick(pair_world *w, const side *s, enum kind kind)
{
    const int first = pair_random(w, PLACES);
    for (int i = 0; i < PLACES; i++) {
        const memory *m = &s->now.objects[(first + i) % PLACES];
        if (m->object && m->state != QC_STATE_DOOMED && (!kind || m->now.kind == kind))
            return (first + i) % PLACES;
    }
    return NOBODY;
}

static void make(pair_world *w, side *s)
{
    const int place = pair_free_place(w);
    if (place == NOBODY)
        return;
    const int clerk = pair_random(w, 3) ? pick(w, s, A_CLERK) : NOBODY;
    memory *m = &s->now.objects[place];
    *m = (memory){.state = QC_STATE_PENDING,
                  .now = {.kind = (enum kind)(1 + pair_random(w, 3)),
                          .tag = ++w->next_tag,
                          .values = {pair_random(w, 100), pair_random(w, 100)}}};
    stored *r = &m->now;
    if (r->kind != A_SLIP && clerk != NOBODY) {
        m->pointer = s->now.objects[clerk].object;
        r->parent = s->now.objects[clerk].now.tag;
    }
    void *of = (void *)(uintptr_t)m->pointer;
    m->object = r->kind == A_CLERK ? (void *)NEW(s->db, Clerk, .id = r->tag, .a = r->values[0],
                                                 .b = r->values[1], .boss = of)
                : r->kind == A_DOSSIER
                    ? (void *)NEW(s->db, Dossier, .drawer = DRAWER, .number = r->tag,
                                  .a = r->values[0], .b = r->values[1], .clerk = of)
                    : (void *)NEW(s->db, Slip, .id = r->tag, .a = r->values[0], .b = r->values[1]);
    pair_check(w, s, m->object, "NEW failed");
}

static void change(pair_world *w, side *s)
{
    const int place = pick(w, s, NO_ROW), v = pair_random(w, 2);
    if (place == NOBODY)
        return;
    memory *m = &s->now.objects[place];
    *pair_fields(m->now.kind, m->object).values[v] = m->now.values[v] = pair_random(w, 100);
}

/* To a clerk who is older, so that no circle comes about; what is NULL may not be loaded. */
static void assign(pair_world *w, side *s)
{
    const int place = pick(w, s, NO_ROW), clerk = pick(w, s, A_CLERK);
    if (place == NOBODY || clerk == NOBODY)
        return;
    memory *m = &s->now.objects[place];
    const memory *to = &s->now.objects[clerk];
    if (m->now.kind == A_SLIP || m->now.tag <= to->now.tag)
        return;
    const bool leaves = m->base_pointer && pair_random(w, 3) == 0;
    *pair_fields(m->now.kind, m->object).pointer = leaves ? NULL : to->object;
    m->pointer = leaves ? NULL : to->object;
    m->now.parent = m->pointer == m->base_pointer ? m->base.parent : leaves ? 0 : to->now.tag;
}

static bool has_new_children(const side *s, int tag)
{
    for (int i = 0; i < PLACES; i++)
        if (s->now.objects[i].object && s->now.objects[i].now.parent == tag &&
            s->now.objects[i].pointer != s->now.objects[i].base_pointer)
            return true;
    return false;
}

/* Who is new, or has just been pointed to, stays. */
static void delete_one(pair_world *w, side *s)
{
    const int place = pick(w, s, NO_ROW);
    memory *m = place == NOBODY ? NULL : &s->now.objects[place];
    if (!m || m->state == QC_STATE_PENDING || has_new_children(s, m->now.tag))
        return;
    pair_check(w, s, qc_delete(s->db, m->object), "qc_delete failed");
    m->state = QC_STATE_DOOMED;
}

static void refresh_one(pair_world *w, side *s)
{
    const int place = pick(w, s, NO_ROW);
    if (place != NOBODY && s->now.objects[place].state == QC_STATE_PERSISTENT)
        refresh(w, s, place);
}

static void forget_one(pair_world *w, side *s)
{
    const int place = pick(w, s, NO_ROW);
    if (place != NOBODY && s->now.objects[place].state == QC_STATE_PERSISTENT &&
        !has_new_children(s, s->now.objects[place].now.tag))
        forget(w, s, place);
}

static void step(void *world)
{
    pair_world *w = world;
    side *s = &w->sides[pair_random(w, 2)];
    const int dice = pair_random(w, 100);
    if (dice < 12)
        make(w, s);
    else if (dice < 34)
        change(w, s);
    else if (dice < 42)
        assign(w, s);
    else if (dice < 47)
        delete_one(w, s);
    else if (dice < 58)
        load(w, s);
    else if (dice < 60)
        query(w, s);
    else if (dice < 64)
        refresh_one(w, s);
    else if (dice < 66)
        forget_one(w, s);
    else if (dice < 82)
        flush(w, s);
    else if (dice < 89)
        begin(w, s);
    else if (dice < 93)
        roll_back(w, s);
    else if (flush(w, s))
        commit(w, s);
    pair_check_objects(w, s);
}

START_TEST(two_sessions_do_what_the_reference_says)
{
    static pair_world w;
    pair_open(&w, _i, random_run_seed("session_pair"));
    random_run(&w, &w.step, step);
    for (int i = 0; i < 2; i++)
        end_transaction(&w, &w.sides[i]);
    printf("# session_pair: %ld waits for locks ended at their deadline\n", w.waits);
    fflush(stdout);
    pair_close(&w);
}
END_TEST

Suite *session_pair_suite(void);
Suite *session_pair_suite(void)
{
    Suite *suite = suite_create("session_pair");
    TCase *tests = tcase_create("session_pair");
    tcase_add_unchecked_fixture(tests, rivals_begin, rivals_end);
    tcase_set_timeout(tests, long_tests() ? 3600 : 60);
    tcase_add_loop_test(tests, two_sessions_do_what_the_reference_says, SQLITE_DATABASE,
                        DATABASE_COUNT);
    suite_add_tcase(suite, tests);
    return suite;
}
