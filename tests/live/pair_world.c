/* See pair_world.h: objects and rows beside the reference. */
#include "pair_world.h"
#include "random_run.h"

#include "busy.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void pair_fail(const pair_world *w, const side *s, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    ck_abort_msg("%s, QUERCUS_TEST_SEED=%llu, step %ld, session %d: %s (%s)",
                 qc_dialect_name(s->db), (unsigned long long)w->seed, w->step, (int)(s - w->sides),
                 text, qc_ok(s->db) ? "no error" : qc_error(s->db)->message);
}

int pair_random(pair_world *w, int below)
{
    return random_below(&w->random, below);
}

side *pair_other(pair_world *w, const side *s)
{
    return s == &w->sides[0] ? &w->sides[1] : &w->sides[0];
}

static bool is_free(const side *s, int place)
{
    bool free = !s->now.rows[place].kind && !s->now.objects[place].object;
    for (int i = 0; i < s->depth; i++)
        free = free && !s->begun[i].rows[place].kind && !s->begun[i].objects[place].object;
    return free;
}

int pair_free_place(const pair_world *w)
{
    for (int i = 0; i < PLACES; i++)
        if (is_free(&w->sides[0], i) && is_free(&w->sides[1], i))
            return i;
    return NOBODY;
}

int pair_find(const stored *rows, int tag)
{
    for (int i = 0; tag && i < PLACES; i++)
        if (rows[i].kind && rows[i].tag == tag)
            return i;
    return NOBODY;
}

fields pair_fields(enum kind kind, void *object)
{
    struct Clerk *clerk = object;
    struct Dossier *dossier = object;
    struct Slip *slip = object;
    switch (kind) {
    case A_CLERK:
        return (fields){{&clerk->a, &clerk->b},
                        &clerk->version,
                        &clerk->boss_id,
                        (void **)(void *)&clerk->boss};
    case A_DOSSIER:
        return (fields){{&dossier->a, &dossier->b},
                        &dossier->version,
                        &dossier->clerk_id,
                        (void **)(void *)&dossier->clerk};
    default:
        return (fields){{&slip->a, &slip->b}, NULL, NULL, NULL};
    }
}

const char *pair_name(const stored *r, char text[64])
{
    snprintf(text, 64,
             r->kind == A_CLERK  ? "Clerk %d "
             : r->kind == A_SLIP ? "Slip %d "
                                 : "Dossier (1, %d) ",
             r->tag);
    return text;
}

/* ---- Objects. ---- */

/* The key follows the pointer with the flush. */
static void check_object(const pair_world *w, const side *s, const memory *m)
{
    const fields f = pair_fields(m->now.kind, m->object);
    char name[64];
    pair_name(&m->now, name);
    pair_check(w, s, qc_state(s->db, m->object) == m->state, "%sis %s, not %s", name,
               qc_state_name(qc_state(s->db, m->object)), qc_state_name(m->state));
    for (int i = 0; i < 2; i++)
        pair_check(w, s, *f.values[i] == m->now.values[i], "%shas the value %d, not %d", name,
                   *f.values[i], m->now.values[i]);
    if (!f.version)
        return;
    pair_check(w, s, *f.version == m->base.version, "%shas the version %d, not %d", name,
               *f.version, m->base.version);
    pair_check(w, s,
               f.key->set == !!m->base.parent && (!f.key->set || f.key->value == m->base.parent),
               "%shas the parent %lld, not %d", name, (long long)(f.key->set ? f.key->value : 0),
               m->base.parent);
    pair_check(w, s, *f.pointer == m->pointer, "the pointer of %sis %s", name,
               !*f.pointer  ? "lost"
               : m->pointer ? "another"
                            : "there");
}

void pair_check_objects(const pair_world *w, const side *s)
{
    for (int i = 0; i < PLACES; i++)
        if (s->now.objects[i].object)
            check_object(w, s, &s->now.objects[i]);
}

/* ---- Rows. ---- */

static void compare_row(const pair_world *w, const side *s, enum kind kind, const qc_row *found)
{
    const int tag = (int)qc_row_int(found, 0);
    const int place = pair_find(s->now.rows, tag);
    const stored *r = place == NOBODY ? NULL : &s->now.rows[place];
    pair_check(w, s, r && r->kind == kind, "a row of the key %d is stored", tag);
    char name[64];
    pair_name(r, name);
    for (size_t i = 0; i < 2; i++)
        pair_check(w, s, qc_row_int(found, 1 + i) == r->values[i], "%sis stored with %d, not %d",
                   name, (int)qc_row_int(found, 1 + i), r->values[i]);
    if (kind == A_SLIP)
        return;
    pair_check(w, s, qc_row_int(found, 3) == r->version, "%sis stored with the version %d, not %d",
               name, (int)qc_row_int(found, 3), r->version);
    const int parent = qc_row_is_null(found, 4) ? 0 : (int)qc_row_int(found, 4);
    pair_check(w, s, parent == r->parent, "%sis stored with the parent %d, not %d", name, parent,
               r->parent);
}

static void compare_kind(const pair_world *w, const side *s, enum kind kind, qc_row **found)
{
    size_t count = 0;
    for (int i = 0; i < PLACES; i++)
        count += s->now.rows[i].kind == kind;
    pair_check(w, s, qc_ok(s->db), "rows cannot be read");
    EACH (qc_row, row, found)
        compare_row(w, s, kind, row);
    pair_check(w, s, qc_count(found) == count, "%zu rows are stored, not %zu", qc_count(found),
               count);
}

void pair_compare(const pair_world *w)
{
    for (const side *s = w->sides; s < w->sides + 2; s++) {
        pair_check_objects(w, s);
        QC_SCOPE (s->db) {
            compare_kind(
                w, s, A_CLERK,
                ALL(s->db, SELECT(Clerk_id, Clerk_a, Clerk_b, Clerk_version, Clerk_boss_id)));
            compare_kind(w, s, A_DOSSIER,
                         ALL(s->db, SELECT(Dossier_number, Dossier_a, Dossier_b, Dossier_version,
                                           Dossier_clerk_id)));
            compare_kind(w, s, A_SLIP, ALL(s->db, SELECT(Slip_id, Slip_a, Slip_b)));
        }
    }
}

/* ---- Begin and end. ---- */

void pair_open(pair_world *w, int which, uint64_t seed)
{
    *w = (pair_world){.database = which, .seed = seed, .random = seed * 2 + 1};
    database = which;
    for (side *s = w->sides; s < w->sides + 2; s++) {
        s->db = open_one();
        qc_set_timeout(s->db, 60000);
        qc_set_cancel_timeout(s->db, BUSY_MS);
    }
    must(w->sides[0].db,
         qc_drop_all(w->sides[0].db, &pair_model) && qc_create_all(w->sides[0].db, &pair_model),
         "create");
    for (side *s = w->sides; s < w->sides + 2; s++)
        must(s->db,
             qc_session_start(s->db,
                              &(const qc_session_options){.version = QC_SESSION_OPTIONS_VERSION,
                                                          .no_autoflush = true}),
             "the session");
}

void pair_close(pair_world *w)
{
    pair_compare(w);
    for (side *s = w->sides; s < w->sides + 2; s++)
        qc_session_stop(s->db);
    must(w->sides[0].db, qc_drop_all(w->sides[0].db, &pair_model), "drop");
    for (side *s = w->sides; s < w->sides + 2; s++)
        qc_close(s->db);
}
