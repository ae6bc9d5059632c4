/* The reference of the random test of two sessions at once: what each of them sees of the rows, and
 * what each has in memory. */
#ifndef TESTS_LIVE_PAIR_WORLD_H
#define TESTS_LIVE_PAIR_WORLD_H

#include "rivals.h"

/* Keys are never given twice: SQLite gives those of deleted rows again. */
MODEL(Clerk, "pair_clerks", COLUMN(id, BIGINT, PRIMARY_KEY), COLUMN(a, INTEGER), COLUMN(b, INTEGER),
      COLUMN(boss_id, NULLABLE(BIGINT), REFERENCES(Clerk, id)), COLUMN(version, INTEGER, VERSION),
      BELONGS_TO(boss, Clerk, boss_id, BACK(staff)), HAS_MANY(staff, Clerk, boss_id, BACK(boss)),
      HAS_MANY(dossiers, Dossier, clerk_id, BACK(clerk), CASCADE(DELETE)))
MODEL(Dossier, "pair_dossiers", COLUMN(drawer, INTEGER, PRIMARY_KEY),
      COLUMN(number, INTEGER, PRIMARY_KEY), COLUMN(a, INTEGER), COLUMN(b, INTEGER),
      COLUMN(clerk_id, NULLABLE(BIGINT), REFERENCES(Clerk, id)), COLUMN(version, INTEGER, VERSION),
      BELONGS_TO(clerk, Clerk, clerk_id, BACK(dossiers)))
MODEL(Slip, "pair_slips", COLUMN(id, BIGINT, PRIMARY_KEY), COLUMN(a, INTEGER), COLUMN(b, INTEGER))
SCHEMA(pair_model, Clerk, Dossier, Slip)

enum { PLACES = 40, LEVELS = 3, NOBODY = -1, DRAWER = 1 };
enum kind { NO_ROW, A_CLERK, A_DOSSIER, A_SLIP };

/* A row; slips have no version. */
typedef struct stored {
    enum kind kind;
    int tag; /* its key */
    int values[2];
    int parent; /* tag; 0: none */
    int version;
} stored;

/* An object: what it says, and what was read or flushed last. */
typedef struct memory {
    void *object; /* NULL: the session has none */
    enum qc_state state;
    stored now, base;
    const void *pointer, *base_pointer; /* to the parent's object */
} memory;

/* A session at a time. */
typedef struct moment {
    stored rows[PLACES]; /* that it sees */
    memory objects[PLACES];
    bool wrote[PLACES], shares[PLACES]; /* its open transaction: itself, as others' parent */
} moment;

typedef struct side {
    qc_db *db;
    moment now, begun[LEVELS];
    int depth;
} side;

typedef struct pair_world {
    side sides[2];
    int database, next_tag;
    uint64_t seed, random;
    long step, waits;
} pair_world;

void pair_open(pair_world *w, int which, uint64_t seed);
void pair_close(pair_world *w);
void pair_fail(const pair_world *w, const side *s, const char *format, ...)
    __attribute__((format(printf, 3, 4), noreturn));
#define pair_check(w, s, condition, ...)                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            pair_fail(w, s, __VA_ARGS__);                                                          \
    } while (0)
int pair_random(pair_world *w, int below);
side *pair_other(pair_world *w, const side *s);
/* A place that nobody has anything at; NOBODY: there is none. */
int pair_free_place(const pair_world *w);
int pair_find(const stored *rows, int tag);

/* What a flush of the session will do. */
typedef struct forecast {
    bool works, fails, lacks_parent;
    bool stale[PLACES];
    bool wrote[PLACES], shares[PLACES];
    moment after;
} forecast;
void pair_forecast(const side *s, forecast *ret);
/* Whether the other has locked rows that the flush would touch, and whether it would surely wait.
 */
bool pair_conflicts(const pair_world *w, const side *s, const side *other, const forecast *f,
                    bool *ret_waits);

/* Fields of an object. */
typedef struct fields {
    int32_t *values[2], *version;
    const qc_opt_bigint *key;
    void **pointer;
} fields;
fields pair_fields(enum kind kind, void *object);
/* "Clerk 7" */
const char *pair_name(const stored *r, char text[64]);

/* Objects of the session, and the rows that both see, are as the reference says. */
void pair_check_objects(const pair_world *w, const side *s);
void pair_compare(const pair_world *w);

#endif
