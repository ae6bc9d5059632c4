/* What happens when memory runs out while a query is written, or compiled? The queries of the
 * goldens are written and compiled again and again, each time with another allocation of each
 * failing: it must give the statement, the recipe and the query of a page that it gives otherwise,
 * or say that memory is out. */
#include "failing.h"

#include "../render/cases.h"

#include "ast/ast.h"
#include "ast/fingerprint.h"
#include "ast/recipe.h"
#include "compile/normalize.h"
#include "compile/page.h"
#include "compile/statement.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CASES = 1024 };

/* What a case gave, and how many allocations it took. Without an error `text` is the statement and
 * that of a page. */
typedef struct outcome {
    enum qc_code code;
    qc_strbuf text;
    size_t allocations;
} outcome;

static outcome healthy[MOST_CASES];
static size_t at;      /* the case */
static size_t failing; /* which of its allocations; 0: none */
static long points, failures;
static const qc_dialect *dialect;
static void (*cases)(see_case *see);

/* ---- One case. ---- */

/* As the engine does it. */
static const qc_clause *prepare(const qc_clause *clauses)
{
    size_t rows;
    qc_arena *arena = qc_current_arena();
    const qc_clause *flat = clauses ? qc_flatten(arena, clauses) : NULL, *rows_at = flat;
    while (rows_at && rows_at->kind && rows_at->kind != QC_CLAUSE_ROWS)
        rows_at++;
    if (rows_at && rows_at->kind && rows_at->count)
        flat = qc_expand_rows(arena, flat, 0, 100, &rows);
    return flat ? qc_normalize(arena, flat) : NULL;
}

static void compile(const qc_clause *clauses, const qc_key *key, outcome *got)
{
    qc_error_record error = {0};
    const qc_compile_options options = {.dialect = dialect};
    qc_page_plan plan;
    qc_statement *statement = qc_compile(clauses, key, &options, &error);
    got->code = error.error.code;
    if (statement) {
        qc_strbuf_puts(&got->text, statement->sql);
        for (uint32_t i = 0; i < statement->bind_count; i++)
            qc_strbuf_printf(&got->text, " %lu", (unsigned long)statement->bind_order[i]);
    }
    if (statement && !statement->writes &&
        qc_page_plan_make(clauses, statement, dialect, &error, &plan)) {
        const qc_page_outline *outline = qc_page_outline_of(qc_current_arena(), &plan, clauses);
        const bool filled = outline && qc_page_plan_fill(outline, clauses, &plan);
        const qc_clause *page =
            filled ? qc_page_clauses(&plan, clauses, &(qc_page_position){0}, 10) : NULL;
        qc_statement *of_page =
            page ? qc_compile_in(qc_current_arena(), page, NULL, &options, &error, NULL) : NULL;
        if (of_page)
            qc_strbuf_printf(&got->text, "\n%s", of_page->sql);
        else
            got->code = error.error.code ? error.error.code : QC_ERROR_NOMEM;
    } else if (statement && error.error.code == QC_ERROR_NOMEM) {
        got->code = QC_ERROR_NOMEM;
    }
    qc_statement_free(statement);
    qc_error_free(&error);
}

/* A recipe that memory allowed for matches its own query, or has no memory left for that. */
static bool matches(const qc_clause *clauses, const qc_key *key)
{
    qc_arena *arena = qc_current_arena();
    const qc_recipe *recipe = qc_recipe_of(arena, clauses, 0, key);
    const qc_node *const *binds = qc_recipe_match(recipe, arena, clauses, 0);
    for (size_t i = 0; binds && i < key->bind_count; i++)
        if (binds[i] != key->binds[i])
            return false;
    return true;
}

static void judge(const char *name, outcome *got)
{
    const outcome *was = &healthy[at];
    const bool same = got->code == was->code &&
                      (got->code || (!got->text.failed && got->text.length == was->text.length &&
                                     strcmp(got->text.text, was->text.text) == 0));
    if (!same && got->code != QC_ERROR_NOMEM && !got->text.failed)
        ck_abort_msg("%s on %s, allocation %zu of %zu: %s \"%s\" and not %s \"%s\"", name,
                     dialect->name, failing, was->allocations, qc_code_name(got->code),
                     got->text.text ? got->text.text : "", qc_code_name(was->code),
                     was->text.text ? was->text.text : "");
    points++;
    failures += !same;
}

/* Ends with the failure that is due in the next case, which begins with its constructors. */
static void see(const char *name, const qc_clause *clauses)
{
    outcome got = {0};
    qc_key key;
    bool matched = true;
    if (!failing || healthy[at].allocations >= failing) {
        clauses = prepare(clauses);
        if (clauses) {
            qc_fingerprint(qc_current_arena(), clauses, 0, &key);
            compile(clauses, &key, &got);
            if (!key.nomem && !key.poison)
                matched = matches(clauses, &key);
        } else {
            got.code = QC_ERROR_NOMEM;
        }
    }
    got.allocations = failing_end();
    ck_assert_msg(matched, "%s: its recipe has other binds", name);
    if (!failing) {
        ck_assert_uint_lt(at, MOST_CASES);
        healthy[at] = got;
        ck_assert_msg(got.code || !got.text.failed, "%s", name);
    } else if (healthy[at].allocations >= failing) {
        judge(name, &got);
        qc_strbuf_free(&got.text);
    }
    at++;
    failing_begin(failing && healthy[at].allocations >= failing ? failing : 0, false);
}

/* ---- All of them. ---- */

static void *run_round(void *unused)
{
    at = 0;
    failing_begin(failing, false);
    cases(see);
    failing_end();
    return unused;
}

/* In a thread, whose arena ends with it. */
static void try_round(size_t k)
{
    pthread_t thread;
    failing = k;
    if (pthread_create(&thread, NULL, run_round, NULL) != 0 || pthread_join(thread, NULL) != 0)
        ck_abort_msg("no thread");
}

static void sweep(const char *name, void (*of)(see_case *see))
{
    size_t most = 0;
    dialect = qc_dialect_find(name);
    cases = of;
    memset(healthy, 0, sizeof(healthy));
    try_round(0);
    const size_t count = at;
    for (size_t i = 0; i < count; i++)
        most = healthy[i].allocations > most ? healthy[i].allocations : most;
    const long live = failing_live();
    for (size_t k = 1; k <= most; k++)
        try_round(k);
    ck_assert_int_eq(failing_live(), live);
    for (size_t i = 0; i < count; i++)
        qc_strbuf_free(&healthy[i].text);
}

static const struct {
    const char *dialect;
    void (*cases)(see_case *see);
} sweeps[] = {
    {"postgresql", see_queries}, {"postgresql", see_expressions}, {"postgresql", see_writes},
    {"postgresql", see_arrays},  {"postgresql", see_mixins},      {"postgresql", see_hierarchies},
    {"postgresql", see_errors},  {"sqlite", see_expressions},     {"sqlite", see_writes},
};

START_TEST(memory_runs_out)
{
    points = failures = 0;
    sweep(sweeps[_i].dialect, sweeps[_i].cases);
    printf("# %s, cases %d: %ld points, %ld failures\n", sweeps[_i].dialect, _i, points, failures);
    fflush(stdout);
    ck_assert_int_gt(points, 100);
    ck_assert_int_gt(failures, points / 2);
}
END_TEST

Suite *compiling_suite(void)
{
    Suite *suite = suite_create("compiling");
    TCase *all = tcase_create("cases");
    tcase_set_timeout(all, 120);
    tcase_add_loop_test(all, memory_runs_out, 0, sizeof(sweeps) / sizeof(*sweeps));
    suite_add_tcase(suite, all);
    return suite;
}
