/* The reference of the random test of sessions: people, their tasks and their notes as plain rows in
 * memory, beside the session's objects. */
#ifndef TESTS_SESSION_WORLD_H
#define TESTS_SESSION_WORLD_H

#include "databases.h"

MODEL(Person, "model_people",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(tag, INTEGER),
    COLUMN(name, NULLABLE(TEXT)),
    COLUMN(score, INTEGER),
    COLUMN(boss_id, NULLABLE(BIGINT), REFERENCES(Person, id)),
    COLUMN(version, INTEGER, VERSION),
    BELONGS_TO(boss, Person, boss_id, BACK(staff)),
    HAS_MANY(staff, Person, boss_id, BACK(boss)),
    HAS_MANY(tasks, Task, person_id, BACK(person), CASCADE(DELETE)),
    MANY_TO_MANY(badges, Medal, PersonMedal, person_id, badge_id, BACK(holders)))

MODEL(Task, "model_tasks",
    COLUMN(project, INTEGER, PRIMARY_KEY),
    COLUMN(number, INTEGER, PRIMARY_KEY),
    COLUMN(tag, INTEGER),
    COLUMN(name, NULLABLE(TEXT)),
    COLUMN(score, INTEGER),
    COLUMN(person_id, NULLABLE(BIGINT), REFERENCES(Person, id)),
    COLUMN(version, BIGINT, VERSION),
    BELONGS_TO(person, Person, person_id, BACK(tasks)),
    HAS_MANY(notes, Footnote, KEY(project, number), BACK(task), CASCADE(DELETE_ORPHAN)))

MODEL(Footnote, "model_footnotes",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(tag, INTEGER),
    COLUMN(name, NULLABLE(TEXT)),
    COLUMN(score, INTEGER),
    COLUMN(project, NULLABLE(INTEGER)),
    COLUMN(number, NULLABLE(INTEGER)),
    BELONGS_TO(task, Task, KEY(project, number), BACK(notes)))

MODEL(Medal, "model_medals",
    COLUMN(id, INTEGER, PRIMARY_KEY),
    COLUMN(name, TEXT),
    MANY_TO_MANY(holders, Person, PersonMedal, badge_id, person_id, BACK(badges)))

MODEL(PersonMedal, "model_person_medals",
    COLUMN(person_id, BIGINT, PRIMARY_KEY, REFERENCES(Person, id)),
    COLUMN(badge_id, INTEGER, PRIMARY_KEY, REFERENCES(Medal, id)))

SCHEMA(session_model, Person, Task, Footnote, Medal, PersonMedal)

enum { ROWS = 48, BADGES = 3, LEVELS = 4, NOBODY = -1 };
enum kind { NO_ROW, A_PERSON, A_TASK, A_NOTE };

/* The collections of a person, of a task. */
enum list { STAFF, TASKS, MEDALS, NOTES = 0, LISTS = 3 };
/* What a collection's field is to hold, in no order. It changes by loading, ADD_TO, REMOVE_FROM and
 * rollbacks only: what was deleted, or made to point elsewhere, stays until it is loaded again. */
enum holding { NOT_HELD, BEGUN /* by ADD_TO, of a new owner */, HELD };
enum { HELD_MOST = 64 };
typedef struct held {
    enum holding how;
    int count;
    const void *members[HELD_MOST];
} held;

/* A row, as the program wants it. */
typedef struct row {
    enum kind kind;
    enum qc_state state; /* PENDING, PERSISTENT, DOOMED */
    void *object;        /* NULL: the session has none */
    int tag, score;
    char name[16]; /* "": NULL */
    int64_t id;    /* of a person or note; 0: not inserted yet */
    int project, number;
    int parent; /* the boss of a person, the person of a task, the task of a note: a place */
    bool badges[BADGES];
    int64_t version;     /* when it was last flushed */
    const void *pointer; /* what the object says of its parent; NULL: nothing */
    held lists[LISTS];
} row;

typedef struct world {
    row rows[ROWS];
    held holders[BADGES];
} world;

/* What is in memory, what was flushed last, and what was flushed at the beginning of each open
 * transaction or savepoint. */
typedef struct session_world {
    qc_db *db;
    struct Medal *badges[BADGES];
    world now, flushed, begun[LEVELS];
    int depth, next_tag;
    uint64_t seed, random;
    long step;
} session_world;

/* Begins with tables without people; ends with a check of all. */
void session_world_open(session_world *w, int database, uint64_t seed);
void session_world_close(session_world *w);

/* Fails the test with seed and step. */
void world_fail(const session_world *w, const char *format, ...)
    __attribute__((format(printf, 2, 3), noreturn));
#define world_check(w, condition, ...)                                                             \
    do {                                                                                           \
        if (!(condition))                                                                          \
            world_fail(w, __VA_ARGS__);                                                            \
    } while (0)

int world_random(session_world *w, int below);
/* A place of a row of this kind that is not doomed, of the session; NOBODY: there is none. */
int world_pick(session_world *w, enum kind kind);
/* A free place; NOBODY: none. */
int world_place(const session_world *w);
/* The object of the row, which is loaded if the session has none. */
void *world_object(session_world *w, int place);

/* The flush is done: the reference follows, and objects are compared with it. */
void world_flushed(session_world *w);
/* The database has what the reference says. */
void world_compare(session_world *w);
/* Back to the beginning of the innermost transaction, or to what was flushed last. */
void world_rolled_back(session_world *w);
/* The session has forgotten the row's object. */
void world_forget(session_world *w, int place);

/* Fields that people, tasks and notes share. */
const char **world_name(const row *r);
int32_t *world_score(const row *r);
/* The pointer to the parent. */
void **world_parent(const row *r);
int32_t world_tag(enum kind kind, const void *object);

/* ---- What is loaded; world_lists.c. ---- */

/* ADD_TO and REMOVE_FROM of a row and its parent, of a person and a badge. */
void world_tie(session_world *w, int place, int parent, bool removed);
void world_tie_badge(session_world *w, int place, int badge, bool removed);
/* Something was loaded, behind a flush: whatever collections and pointers say now is what the rows
 * say. */
void world_loaded(session_world *w);
/* The row's object was refreshed: it does not point to what the session has forgotten. */
void world_refreshed(session_world *w, int place);
/* What all people have is loaded. */
void world_expect_loaded(session_world *w);
/* Collections and pointers in memory are the reference's. */
void world_check_lists(const session_world *w);

#endif
