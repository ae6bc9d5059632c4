/* What happens when memory runs out? Every scenario is run with its k-th allocation failing, once
 * and for ever, for each k, from the thread's first use of the library on. Whatever it says must be
 * true: success only with the same rows seen and the same state stored as when nothing failed;
 * failure with a code that says why; either way the connection is usable, and nothing leaks. */
#include "failing.h"
#include "scenarios.h"

#include "../databases.h"

#include "driver/sqlite.h"
#include "engine/db.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

/* One scenario on one database. */
typedef struct sweep {
    const scenario *scenario;
    int database;
    trial healthy;
    char before[SCENARIO_STATE], after[SCENARIO_STATE]; /* the state stored */
    size_t allocations;
    long points, failures;
    long undelivered; /* failures after which the statement had run all the same */
} sweep;

typedef struct point {
    const scenario *scenario;
    trial *trial;
    size_t k;
    bool for_ever, success;
    size_t allocations;
    enum qc_code code; /* of the connection, when the scenario ended */
} point;

static void *run_point(void *data)
{
    point *p = data;
    failing_begin(p->k, p->for_ever);
    p->success = p->scenario->run(p->trial);
    p->allocations = failing_end();
    p->code = p->trial->code ? p->trial->code : qc_error(p->trial->db)->code;
    return NULL;
}

/* In a thread of its own, so that the current arena is new as well. Meanwhile this one does
 * nothing: Check allocates memory too. */
static void run_in_thread(point *p)
{
    pthread_t thread;
    p->trial->length = 0;
    p->trial->seen[0] = '\0';
    if (pthread_create(&thread, NULL, run_point, p) != 0 || pthread_join(thread, NULL) != 0)
        ck_abort_msg("no thread");
}

/* ---- Before and after. ---- */

/* What every trial on SQLite begins with a copy of. */
static qc_db *filled;

static void fill(qc_db *db)
{
    if (!scenario_create(db) || !scenario_fill(db))
        database_fail(db, "fill");
}

static void copy_filled(qc_db *to)
{
    if (!filled)
        fill(filled = database_open(SQLITE_DATABASE));
    sqlite3_backup *copy =
        sqlite3_backup_init(to->connection->db, "main", filled->connection->db, "main");
    if (!copy || sqlite3_backup_step(copy, -1) != SQLITE_DONE ||
        sqlite3_backup_finish(copy) != SQLITE_OK)
        ck_abort_msg("no copy");
}

static void prepare(const sweep *s, trial *t)
{
    *t = (trial){.database = s->database};
    if (s->scenario->opens)
        return;
    t->db = database_open(s->database);
    if (s->scenario->creates) {
        if (!scenario_drop(t->db))
            database_fail(t->db, "drop");
    } else if (s->database == SQLITE_DATABASE) {
        copy_filled(t->db);
    } else {
        fill(t->db);
    }
}

static void read_state(const sweep *s, trial *t, char state[SCENARIO_STATE])
{
    snprintf(state, SCENARIO_STATE, "no tables");
    if (s->scenario->opens)
        return;
    if (!scenario_state(t->db, state) && strcmp(qc_error(t->db)->sqlstate, "42P01") == 0)
        snprintf(state, SCENARIO_STATE, "no tables");
    else if (!qc_ok(t->db))
        database_fail(t->db, "the connection is not usable afterwards");
}

static void measure(sweep *s)
{
    prepare(s, &s->healthy);
    if (!s->scenario->opens)
        read_state(s, &s->healthy, s->before);
    point p = {.scenario = s->scenario, .trial = &s->healthy};
    failing_note_places();
    run_in_thread(&p);
    if (!p.success)
        database_fail(s->healthy.db, s->scenario->name);
    s->allocations = p.allocations;
    read_state(s, &s->healthy, s->after);
    qc_close(s->healthy.db);
    s->healthy.db = NULL;
}

/* ---- Judging. ---- */

static bool is_memory_code(const point *p)
{
    const struct qc_error *error = qc_error(p->trial->db);
    return p->code == QC_ERROR_NOMEM ||
           (error->message && strstr(error->message, "memory") != NULL) ||
           strcmp(error->sqlstate, "53200") == 0;
}

static void blame(const sweep *s, const point *p, const char *what)
{
    const struct qc_error *error = qc_error(p->trial->db);
    ck_abort_msg("%s on %s, allocation %zu of %zu%s: %s; seen \"%s\"; error %s: %s",
                 s->scenario->name, s->database == SQLITE_DATABASE ? "SQLite" : "PostgreSQL", p->k,
                 s->allocations, p->for_ever ? " and all after it" : "", what, p->trial->seen,
                 qc_code_name(p->code), error->message ? error->message : "none");
}

static void judge_state(sweep *s, const point *p)
{
    char state[SCENARIO_STATE];
    qc_rollback(p->trial->db);
    read_state(s, p->trial, state);
    bool is_before = strcmp(state, s->before) == 0, is_after = strcmp(state, s->after) == 0;
    if (!is_before && !is_after)
        blame(s, p, state);
    if (p->success && !is_after)
        blame(s, p, "it said success and did not do it");
    if (!p->success && !is_before && !s->scenario->returns)
        blame(s, p, "it said failure and did it");
    s->undelivered += !p->success && !is_before;
}

static void judge(sweep *s, const point *p)
{
    if (p->success && strcmp(p->trial->seen, s->healthy.seen) != 0)
        blame(s, p, "it said success and saw something else");
    if (!p->success && !s->scenario->silent && !is_memory_code(p))
        blame(s, p, "it failed and did not say that memory was out");
    s->failures += !p->success;
    if (!s->scenario->opens && p->trial->db)
        judge_state(s, p);
}

static void try_point(sweep *s, size_t k, bool for_ever)
{
    trial t;
    long live = failing_live();
    sqlite3_int64 used = sqlite3_memory_used();
    prepare(s, &t);
    point p = {.scenario = s->scenario, .trial = &t, .k = k, .for_ever = for_ever};
    run_in_thread(&p);
    judge(s, &p);
    qc_close(t.db);
    t.db = NULL;
    if (failing_live() != live)
        blame(s, &p, "it leaks");
    if (sqlite3_memory_used() != used)
        blame(s, &p, "it leaks memory of SQLite");
    s->points++;
}

/* Every k, or, in a short run, the first of each place in the program, as far as there is time, and some
 * of the others. */
static void run_sweep(sweep *s)
{
    const bool fast = s->database == SQLITE_DATABASE;
    const size_t limit = fast ? 120 : 40, step = s->allocations / limit + 1;
    for (size_t k = 1; k <= s->allocations; k++)
        if (long_tests() || k % step == 0 || (fast && failing_is_first(k))) {
            try_point(s, k, false);
            try_point(s, k, true);
        }
}

static void sweep_group(const scenario *each, int database)
{
    long points = 0, failures = 0, undelivered = 0;
    for (; each->name; each++) {
        sweep s = {.scenario = each, .database = database};
        measure(&s);
        run_sweep(&s);
        points += s.points;
        failures += s.failures;
        undelivered += s.undelivered;
        printf("# %-42s %5zu allocations, %5ld points, %3ld undelivered\n", s.scenario->name,
               s.allocations, s.points, s.undelivered);
    }
    printf("# %s: %ld points, %ld failures, %ld of them of rows that could not be delivered\n",
           database == SQLITE_DATABASE ? "SQLite" : "PostgreSQL", points, failures, undelivered);
    fflush(stdout);
    qc_close(filled);
    ck_assert_int_gt(points, database == SQLITE_DATABASE ? 400 : 50);
    ck_assert_int_gt(failures, points / 4);
}

static void begin(void)
{
    databases_begin();
    failing_install();
}

/* Of one group on one database, so that each can be run alone. */
typedef struct group {
    const char *name;
    const scenario *scenarios;
    int database;
} group;

static const group groups[] = {
    {"traffic_sqlite", traffic_scenarios, SQLITE_DATABASE},
    {"traffic_postgresql", traffic_scenarios, POSTGRESQL_DATABASE},
    {"queries_sqlite", query_scenarios, SQLITE_DATABASE},
    {"queries_postgresql", query_scenarios, POSTGRESQL_DATABASE},
    {"sessions_sqlite", session_scenarios, SQLITE_DATABASE},
    {"sessions_postgresql", session_scenarios, POSTGRESQL_DATABASE},
    {"graphs_sqlite", graph_scenarios, SQLITE_DATABASE},
    {"graphs_postgresql", graph_scenarios, POSTGRESQL_DATABASE},
};
enum { GROUPS = sizeof(groups) / sizeof(groups[0]) };

START_TEST(memory_runs_out)
{
    sweep_group(groups[_i].scenarios, groups[_i].database);
}
END_TEST

Suite *allocations_suite(void)
{
    Suite *suite = suite_create("allocations");
    for (int i = 0; i < GROUPS; i++) {
        TCase *sweeps = tcase_create(groups[i].name);
        tcase_set_timeout(sweeps, 120);
        tcase_add_unchecked_fixture(sweeps, begin, databases_end);
        tcase_add_loop_test(sweeps, memory_runs_out, i, i + 1);
        suite_add_tcase(suite, sweeps);
    }
    return suite;
}
