/* Is every query rendered as the goldens say, and does PostgreSQL's parser read it as it was meant?
 *
 * QC_BLESS=1 in the environment writes the goldens instead of comparing with them; look at the
 * difference before you commit it.
 */
#include "cases.h"
#include "trees.h"

#include "compile/normalize.h"
#include "compile/statement.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CASES = 1024 };

/* What a case gave: the golden's text, and SQL (PostgreSQL's) without and with all parentheses. */
typedef struct outcome {
    const char *name;
    char *text, *sql, *parenthesized;
} outcome;

typedef struct collection {
    const char *file;    /* of the golden */
    const char *dialect;
    bool wrong;          /* an error is expected */
    void (*cases[6])(see_case *see);
    qc_known_columns known;
    outcome all[MOST_CASES];
    size_t count;
    char *golden;
} collection;

static collection collections[] = {
    {.file = "postgresql.txt",
     .dialect = "postgresql",
     .cases = {see_queries, see_expressions, see_writes, see_arrays, see_mixins, see_hierarchies}},
    {.file = "sqlite.txt",
     .dialect = "sqlite",
     .cases = {see_queries, see_expressions, see_writes, see_mixins, see_hierarchies}},
    {.file = "errors.txt", .dialect = "postgresql", .wrong = true, .cases = {see_errors, see_limits}}};
enum { COLLECTIONS = sizeof(collections) / sizeof(*collections) };

/* ---- Compiling the cases. ---- */

static collection *collecting;

static const qc_clause *prepare(const qc_clause *clauses)
{
    size_t count;
    qc_arena *arena = qc_current_arena();
    clauses = qc_flatten(arena, clauses);
    for (const qc_clause *clause = clauses; clause->kind; clause++)
        if (clause->kind == QC_CLAUSE_ROWS && clause->count)
            return qc_normalize(arena, qc_expand_rows(arena, clauses, 0, 100, &count));
    return qc_normalize(arena, clauses);
}

static void print_statement(qc_strbuf *out, const qc_statement *statement, const qc_key *key,
                            char placeholder)
{
    qc_strbuf_puts(out, statement->sql);
    qc_strbuf_putc(out, '\n');
    for (uint32_t i = 0; i < statement->bind_count; i++) {
        qc_strbuf_printf(out, "%s%c%u = ", i ? ", " : "  ", placeholder, (unsigned)i + 1);
        if (statement->bind_order[i] >= QC_TENANT_BIND)
            qc_strbuf_puts(out, "the tenant");
        else
            qc_print_value(out, key->binds[statement->bind_order[i]]);
    }
    if (statement->bind_count)
        qc_strbuf_putc(out, '\n');
    if (statement->warning)
        qc_strbuf_printf(out, "  warning: %s\n", statement->warning);
}

/* Without the folders of a source file's name, which differ from build to build. */
static void print_error(qc_strbuf *out, const struct qc_error *error)
{
    const char *message = error->message, *file = strstr(message, "errors.c");
    const char *open = file ? strchr(message, '(') : NULL;
    qc_strbuf_printf(out, "%s: ", qc_code_name(error->code));
    if (open && open < file)
        qc_strbuf_printf(out, "%.*s%s", (int)(open - message + 1), message, file);
    else
        qc_strbuf_puts(out, message);
    qc_strbuf_putc(out, '\n');
}

/* The text by the other way in: no key, everything in one arena, and columns that are known. */
static char *render_without_key(const qc_clause *clauses, bool parenthesize)
{
    qc_error_record error = {0};
    qc_compile_options options = {.dialect = qc_dialect_find(collecting->dialect),
                                  .known = &collecting->known,
                                  .parenthesize = parenthesize};
    qc_statement *statement =
        qc_compile_in(qc_current_arena(), clauses, NULL, &options, &error, NULL);
    char *sql = strdup(statement ? statement->sql : error.error.message);
    qc_error_free(&error);
    return sql;
}

static void see(const char *name, const qc_clause *clauses)
{
    outcome *got = &collecting->all[collecting->count++];
    qc_error_record error = {0};
    qc_key key;
    qc_strbuf text = {0};
    qc_compile_options options = {.dialect = qc_dialect_find(collecting->dialect)};
    clauses = prepare(clauses);
    qc_fingerprint(qc_current_arena(), clauses, 0, &key);
    qc_statement *statement = qc_compile(clauses, &key, &options, &error);
    if (statement)
        print_statement(&text, statement, &key, options.dialect->placeholder);
    else
        print_error(&text, &error.error);
    *got = (outcome){name, text.text, strdup(statement ? statement->sql : ""),
                     render_without_key(clauses, true)};
    char *again = render_without_key(clauses, false);
    if (statement && strcmp(again, statement->sql) != 0) {
        free(got->text);
        got->text = strdup("differs without a key\n");
    }
    free(again);
    qc_statement_free(statement);
    qc_error_free(&error);
}

static void collect(collection *to)
{
    collecting = to;
    for (size_t i = 0; i < sizeof(to->cases) / sizeof(*to->cases); i++)
        if (to->cases[i])
            to->cases[i](see);
}

/* ---- Goldens: "-- name", then the text. ---- */

static const char *folder(void)
{
    const char *path = getenv("QC_GOLDENS");
    return path ? path : "tests/render/goldens";
}

static FILE *open_golden(const collection *of, const char *mode)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", folder(), of->file);
    return fopen(path, mode);
}

static void read_golden(collection *of)
{
    FILE *file = open_golden(of, "rb");
    qc_strbuf text = {0};
    char buffer[4096];
    for (size_t n; file && (n = fread(buffer, 1, sizeof(buffer), file)) > 0;)
        qc_strbuf_append(&text, buffer, n);
    if (file)
        fclose(file);
    of->golden = text.text ? text.text : strdup("");
}

static void bless(const collection *of)
{
    FILE *file = open_golden(of, "wb");
    for (size_t i = 0; file && i < of->count; i++)
        fprintf(file, "-- %s\n%s\n", of->all[i].name, of->all[i].text);
    if (file)
        fclose(file);
}

/* Whether the golden says the same of the case. */
static bool is_golden(const collection *of, const outcome *got)
{
    size_t length = strlen(got->name) + strlen(got->text) + 8;
    char *entry = malloc(length);
    snprintf(entry, length, "-- %s\n%s\n", got->name, got->text);
    const char *at = strstr(of->golden, entry);
    bool same = at && (at == of->golden || at[-1] == '\n');
    free(entry);
    return same;
}

static size_t entries(const char *golden)
{
    size_t count = 0;
    for (const char *at = golden; (at = strstr(at, "-- ")) != NULL; at += 3)
        count += at == golden || at[-1] == '\n';
    return count;
}

/* ---- Tests. Each looks at some cases, for a process a case would take long. ---- */

enum { CASES_A_TEST = 8 };
#define EACH_OF(of, got)                                                                           \
    for (const outcome *got = (of)->all + _i * CASES_A_TEST;                                       \
         got < (of)->all + (_i + 1) * CASES_A_TEST && got < (of)->all + (of)->count; got++)

static void compare(const collection *of, int _i)
{
    EACH_OF(of, got)
        ck_assert_msg(is_golden(of, got), "%s: the golden differs from\n-- %s\n%s", of->file,
                      got->name, got->text);
}

START_TEST(postgresql_golden)
{
    compare(&collections[0], _i);
}
END_TEST

START_TEST(sqlite_golden)
{
    compare(&collections[1], _i);
}
END_TEST

START_TEST(error_golden)
{
    compare(&collections[2], _i);
}
END_TEST

START_TEST(every_golden_has_its_case)
{
    const collection *of = &collections[_i];
    ck_assert_uint_eq(entries(of->golden), of->count);
}
END_TEST

START_TEST(right_is_compiled_and_wrong_is_not)
{
    for (size_t i = 0; i < collections[_i].count; i++)
        ck_assert_msg(!*collections[_i].all[i].sql == collections[_i].wrong, "%s: %s",
                      collections[_i].all[i].name, collections[_i].all[i].text);
}
END_TEST

START_TEST(postgresql_parses)
{
    EACH_OF(&collections[0], got) {
        char *tree = tree_of(got->sql);
        ck_assert_msg(strncmp(tree, "error: ", 7) != 0, "%s: %s\n%s", got->name, tree, got->sql);
        free(tree);
    }
}
END_TEST

START_TEST(parentheses_are_enough)
{
    EACH_OF(&collections[0], got) {
        char *plain = tree_of(got->sql), *all = tree_of(got->parenthesized);
        ck_assert_msg(strcmp(plain, all) == 0, "%s:\n%s\n%s", got->name, got->sql,
                      got->parenthesized);
        free(plain);
        free(all);
    }
}
END_TEST

static int tests_of(const collection *of)
{
    return (int)((of->count + CASES_A_TEST - 1) / CASES_A_TEST);
}

static TCase *loops(void)
{
    TCase *goldens = tcase_create("goldens");
    int count = tests_of(&collections[0]);
    tcase_add_loop_test(goldens, postgresql_golden, 0, count);
    tcase_add_loop_test(goldens, sqlite_golden, 0, tests_of(&collections[1]));
    tcase_add_loop_test(goldens, error_golden, 0, tests_of(&collections[2]));
    tcase_add_loop_test(goldens, every_golden_has_its_case, 0, COLLECTIONS);
    tcase_add_loop_test(goldens, right_is_compiled_and_wrong_is_not, 0, COLLECTIONS);
    tcase_add_loop_test(goldens, postgresql_parses, 0, count);
    tcase_add_loop_test(goldens, parentheses_are_enough, 0, count);
    return goldens;
}

static void forget(void)
{
    for (size_t c = 0; c < COLLECTIONS; c++) {
        for (size_t i = 0; i < collections[c].count; i++) {
            free(collections[c].all[i].text);
            free(collections[c].all[i].sql);
            free(collections[c].all[i].parenthesized);
        }
        free(collections[c].golden);
    }
}

/* In a thread of its own, whose arena ends with it: the tests fork, and need none of it. */
static void *collect_all(void *unused)
{
    for (size_t i = 0; i < COLLECTIONS; i++)
        collect(&collections[i]);
    return unused;
}

Suite *goldens_suite(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, collect_all, NULL) == 0)
        pthread_join(thread, NULL);
    for (size_t i = 0; i < COLLECTIONS; i++) {
        if (getenv("QC_BLESS"))
            bless(&collections[i]);
        read_golden(&collections[i]);
    }
    atexit(forget);
    Suite *suite = suite_create("goldens");
    suite_add_tcase(suite, loops());
    return suite;
}
