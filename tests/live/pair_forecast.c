/* See pair_world.h: what a flush will do. */
#include "pair_world.h"

#include <string.h>

static bool has_version(const stored *r)
{
    return r->kind != A_SLIP;
}

static bool is_dirty(const memory *m)
{
    return m->now.values[0] != m->base.values[0] || m->now.values[1] != m->base.values[1] ||
           m->now.parent != m->base.parent;
}

/* Whether the row is not as the object has read it. */
static bool is_stale(const stored *r, const memory *m)
{
    return !r->kind || (has_version(r) && r->version != m->base.version);
}

static void share(forecast *f, int parent)
{
    const int place = pair_find(f->after.rows, parent);
    f->lacks_parent |= parent && place == NOBODY;
    if (place != NOBODY)
        f->shares[place] = true;
}

static void settle(memory *m)
{
    m->now.version = has_version(&m->now) ? m->base.version + 1 : 0;
    m->base = m->now;
    m->base_pointer = m->pointer;
    m->state = QC_STATE_PERSISTENT;
}

static void insert(forecast *f)
{
    for (int i = 0; i < PLACES; i++) {
        memory *m = &f->after.objects[i];
        if (!m->object || m->state != QC_STATE_PENDING)
            continue;
        settle(m);
        f->after.rows[i] = m->now;
        f->works = f->wrote[i] = true;
    }
    for (int i = 0; i < PLACES; i++)
        if (f->wrote[i])
            share(f, f->after.rows[i].parent);
}

/* Only what changed is written. */
static void update(forecast *f)
{
    for (int i = 0; i < PLACES; i++) {
        memory *m = &f->after.objects[i];
        stored *r = &f->after.rows[i];
        if (!m->object || m->state != QC_STATE_PERSISTENT)
            continue;
        f->works |= m->pointer != m->base_pointer;
        if (!is_dirty(m)) {
            m->base_pointer = m->pointer;
            continue;
        }
        f->works = f->wrote[i] = true;
        if ((f->stale[i] = is_stale(r, m)))
            continue;
        for (int v = 0; v < 2; v++)
            if (m->now.values[v] != m->base.values[v])
                r->values[v] = m->now.values[v];
        if (m->now.parent != m->base.parent) {
            r->parent = m->now.parent;
            share(f, r->parent);
        }
        settle(m);
        r->version = m->now.version;
    }
}

/* Dossiers go with their clerk; staff has no boss any more, also in memory, where that is not
 * stale. */
static void cascade_from(forecast *f, int tag)
{
    for (int i = 0; i < PLACES; i++) {
        stored *r = &f->after.rows[i];
        memory *m = &f->after.objects[i];
        if (!r->kind || r->parent != tag)
            continue;
        f->wrote[i] = true;
        if (r->kind == A_DOSSIER) {
            if (!m->object)
                *m = (memory){.base = *r, .now = *r};
            m->state = QC_STATE_DOOMED;
            continue;
        }
        const bool was_stale = is_stale(r, m);
        r->parent = 0;
        r->version++;
        if (m->object && !was_stale) {
            m->base.parent = m->now.parent = 0;
            m->base.version = m->now.version = r->version;
            m->pointer = m->base_pointer = NULL;
        }
    }
}

static void delete (forecast *f)
{
    for (int i = 0; i < PLACES; i++)
        if (f->after.objects[i].state == QC_STATE_DOOMED && f->after.objects[i].now.kind == A_CLERK)
            cascade_from(f, f->after.objects[i].now.tag);
    for (int i = 0; i < PLACES; i++) {
        memory *m = &f->after.objects[i];
        if (m->state != QC_STATE_DOOMED)
            continue;
        f->works = f->wrote[i] = true;
        if ((f->stale[i] = f->stale[i] || is_stale(&f->after.rows[i], m)))
            continue;
        f->after.rows[i] = (stored){0};
        *m = (memory){0};
    }
}

void pair_forecast(const side *s, forecast *ret)
{
    memset(ret, 0, sizeof *ret);
    ret->after = s->now;
    insert(ret);
    update(ret);
    delete (ret);
    ret->fails = ret->lacks_parent;
    for (int i = 0; i < PLACES; i++)
        ret->fails |= ret->stale[i];
}

bool pair_conflicts(const pair_world *w, const side *s, const side *other, const forecast *f,
                    bool *ret_waits)
{
    bool conflicts = false;
    *ret_waits = false;
    if (w->database == SQLITE_DATABASE) {
        *ret_waits = f->works && other->depth > 0 && s->depth == 0;
        return f->works && other->depth > 0;
    }
    for (int i = 0; i < PLACES; i++) {
        conflicts |= (f->wrote[i] || f->shares[i]) && (other->now.wrote[i] || other->now.shares[i]);
        *ret_waits |= f->wrote[i] && other->now.wrote[i] && s->now.rows[i].kind;
    }
    *ret_waits = *ret_waits && !f->fails && s->depth == 0;
    return conflicts;
}
