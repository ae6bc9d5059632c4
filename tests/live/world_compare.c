/* See session_world.h: the database beside the reference. */
#include "session_world.h"

#include <string.h>

static const row *row_with(const session_world *w, enum kind kind, int64_t tag)
{
    for (int i = 0; i < ROWS; i++)
        if (w->now.rows[i].kind == kind && w->now.rows[i].tag == tag)
            return &w->now.rows[i];
    world_fail(w, "the database has a row with tag %d", (int)tag);
}

static size_t count(const session_world *w, enum kind kind)
{
    size_t found = 0;
    for (int i = 0; i < ROWS; i++)
        found += w->now.rows[i].kind == kind;
    return found;
}

static void compare_plain(const session_world *w, const row *r, const qc_row *stored)
{
    const char *name = qc_row_is_null(stored, 1) ? "" : qc_row_text(stored, 1);
    world_check(w, strcmp(name, r->name) == 0, "tag %d is stored as %s, not %s", r->tag, name,
                r->name);
    world_check(w, qc_row_int(stored, 2) == r->score, "tag %d is stored with the score %d", r->tag,
                (int)qc_row_int(stored, 2));
}

/* Items from `at` are the key to the parent: of `first` and, unless negative, `second`. */
static void compare_key(const session_world *w, const row *r, const qc_row *stored, size_t at,
                        int64_t first, int64_t second)
{
    const bool none = r->parent == NOBODY;
    world_check(w, qc_row_is_null(stored, at) == none, "tag %d is stored %s a parent", r->tag,
                none ? "with" : "without");
    world_check(w, none || qc_row_int(stored, at) == first, "tag %d has another parent", r->tag);
    world_check(w, none || second < 0 || qc_row_int(stored, at + 1) == second,
                "tag %d has another parent", r->tag);
}

static const row *parent_of(const session_world *w, const row *r)
{
    static const row none;
    return r->parent == NOBODY ? &none : &w->now.rows[r->parent];
}

static void compare_people(session_world *w)
{
    qc_row **people = ALL(w->db, SELECT(Person_tag, Person_name, Person_score, Person_boss_id,
                                        Person_version, Person_id));
    world_check(w, qc_count(people) == count(w, A_PERSON), "%zu people are stored",
                qc_count(people));
    EACH (qc_row, stored, people) {
        const row *r = row_with(w, A_PERSON, qc_row_int(stored, 0));
        compare_plain(w, r, stored);
        compare_key(w, r, stored, 3, parent_of(w, r)->id, -1);
        world_check(w, !r->object || qc_row_int(stored, 4) == r->version,
                    "tag %d is stored with another version", r->tag);
        world_check(w, qc_row_int(stored, 5) == r->id, "tag %d has another id", r->tag);
    }
}

static void compare_tasks(session_world *w)
{
    qc_row **tasks = ALL(w->db, SELECT(Task_tag, Task_name, Task_score, Task_person_id,
                                       Task_project, Task_number));
    world_check(w, qc_count(tasks) == count(w, A_TASK), "%zu tasks are stored", qc_count(tasks));
    EACH (qc_row, stored, tasks) {
        const row *r = row_with(w, A_TASK, qc_row_int(stored, 0));
        compare_plain(w, r, stored);
        compare_key(w, r, stored, 3, parent_of(w, r)->id, -1);
        world_check(w, qc_row_int(stored, 4) == r->project && qc_row_int(stored, 5) == r->number,
                    "tag %d has another key", r->tag);
    }
}

static void compare_notes(session_world *w)
{
    qc_row **notes =
        ALL(w->db, SELECT(Footnote_tag, Footnote_name, Footnote_score, Footnote_project, Footnote_number));
    world_check(w, qc_count(notes) == count(w, A_NOTE), "%zu notes are stored", qc_count(notes));
    EACH (qc_row, stored, notes) {
        const row *r = row_with(w, A_NOTE, qc_row_int(stored, 0));
        compare_plain(w, r, stored);
        compare_key(w, r, stored, 3, parent_of(w, r)->project, parent_of(w, r)->number);
    }
}

static void compare_badges(session_world *w)
{
    qc_row **links = ALL(w->db, SELECT(Person_tag, PersonMedal_badge_id)
                                    .FROM(PersonMedal)
                                    .JOIN(Person, EQ(Person_id, PersonMedal_person_id)));
    size_t expected = 0;
    for (int i = 0; i < ROWS; i++)
        for (int b = 0; w->now.rows[i].kind == A_PERSON && b < BADGES; b++)
            expected += w->now.rows[i].badges[b];
    world_check(w, qc_count(links) == expected, "%zu badges are stored, not %zu", qc_count(links),
                expected);
    EACH (qc_row, link, links)
        world_check(w, row_with(w, A_PERSON, qc_row_int(link, 0))->badges[qc_row_int(link, 1) - 1],
                    "tag %d has a badge", (int)qc_row_int(link, 0));
}

void world_compare(session_world *w)
{
    QC_SCOPE(w->db)
    {
        compare_people(w);
        compare_tasks(w);
        compare_notes(w);
        compare_badges(w);
    }
    world_check(w, qc_ok(w->db), "the rows cannot be read");
}
