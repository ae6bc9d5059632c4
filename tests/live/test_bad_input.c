/* Do hostile values stay values? Every naughty text is put in every position a value may have, on
 * both databases: it comes back byte for byte, by the very statements that a benign value makes;
 * what is no UTF-8 is refused before anything is sent. */
#include "bad_values.h"
#include "naughty.h"

#include "../databases.h"

#include <pg_query.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The statements a position made. */
typedef struct script {
    char *text;
    size_t length, statements;
} script;

static void record(const qc_event *event, void *data)
{
    script *s = data;
    if (event->warning)
        return;
    size_t more = strlen(event->sql) + 1;
    s->text = realloc(s->text, s->length + more + 1);
    ck_assert_ptr_nonnull(s->text);
    memcpy(s->text + s->length, event->sql, more);
    s->length += more;
    s->text[s->length - 1] = '\n';
    s->text[s->length] = '\0';
    s->statements++;
}

static bool run_recorded(qc_db *db, const position *p, const char *text, script *s)
{
    s->length = s->statements = 0;
    qc_set_hook(db, QC_ON(STATEMENT) | QC_ON(WARNING), record, s);
    bool holds = p->holds(db, text);
    qc_set_hook(db, 0, NULL, NULL);
    return holds;
}

static char *in_sight(const char *text)
{
    static char shown[200];
    size_t used = 0;
    for (; *text && used < sizeof(shown) - 5; text++)
        used += (size_t)sprintf(shown + used, *text < 32 || *text > 126 ? "\\x%02X" : "%c",
                                (unsigned char)*text);
    shown[used] = '\0';
    return shown;
}

static void complain(qc_db *db, const position *p, const char *text, const char *what)
{
    const struct qc_error *error = qc_error(db);
    ck_abort_msg("%s on %s with <%s>: %s (%s, %s: %s)", p->name, qc_dialect_name(db),
                 in_sight(text), what, qc_code_name(error->code), error->sqlstate,
                 error->message ? error->message : "no error");
}

static void make_ready(qc_db *db, const char *text)
{
    qc_release(db);
    if (!values_store(db, text) || !values_clean(db))
        database_fail(db, in_sight(text));
}

/* ---- Valid texts. ---- */

static void expect_one_statement_each(const script *s)
{
    for (char *line = s->text, *end; (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        if (strncmp(line, "bulk ", 5) != 0) {
            PgQuerySplitResult split = pg_query_split_with_parser(line);
            ck_assert_msg(!split.error && split.n_stmts == 1, "%s: %s", line,
                          split.error ? split.error->message : "not one statement");
            pg_query_free_split_result(split);
        }
        *end = '\n';
    }
}

static void try_text(qc_db *db, const position *p, const char *text, const script *benign,
                     script *s)
{
    make_ready(db, text);
    bool holds = run_recorded(db, p, text, s);
    bool failed = !qc_ok(db);
    if (!holds && !(p->may_fail && failed && qc_error(db)->code == QC_ERROR_SERVER))
        complain(db, p, text, "it does not come back");
    if (s->length != benign->length || memcmp(s->text, benign->text, s->length) != 0)
        complain(db, p, text, "the SQL text depends on the value");
}

static qc_db *open_cage(int database)
{
    qc_db *db = database_open(database);
    if (!values_create(db))
        database_fail(db, "create");
    return db;
}

static void close_cage(qc_db *db)
{
    if (!values_canary_lives(db))
        database_fail(db, "the canary is gone");
    qc_close(db);
}

START_TEST(naughty_texts_come_back)
{
    qc_db *db = open_cage(_i);
    script benign = {0}, tried = {0};
    long count = 0;
    for (int i = 0; i < position_count; i++) {
        const position *p = &positions[i];
        make_ready(db, "benign");
        if (!run_recorded(db, p, "benign", &benign))
            complain(db, p, "benign", "it does not work");
        ck_assert_uint_gt(benign.statements, 0);
        if (_i == POSTGRESQL_DATABASE)
            expect_one_statement_each(&benign);
        for (int k = 0; k < naughty_count; k++, count++)
            try_text(db, p, naughty_texts[k], &benign, &tried);
    }
    printf("# %s: %ld naughty values in %d positions\n", qc_dialect_name(db), count,
           position_count);
    fflush(stdout);
    free(benign.text);
    free(tried.text);
    close_cage(db);
}
END_TEST

START_TEST(long_texts_come_back)
{
    static const char *const units[] = {"'",    "\"\\", "%_\\", "a line\r\n", "\xF0\x9F\x98\x80",
                                        "$1 ? "};
    qc_db *db = open_cage(_i);
    script benign = {0}, tried = {0};
    for (size_t k = 0; k < sizeof(units) / sizeof(units[0]); k++) {
        char *text = naughty_repeat(units[k], 3000);
        for (int i = 0; i < position_count; i++) {
            make_ready(db, "benign");
            run_recorded(db, &positions[i], "benign", &benign);
            if (strcmp(positions[i].name, "INSERT_ROWS in bulk") != 0)
                try_text(db, &positions[i], text, &benign, &tried);
        }
        free(text);
    }
    free(benign.text);
    free(tried.text);
    close_cage(db);
}
END_TEST

/* ---- Broken texts. ---- */

START_TEST(broken_texts_are_refused)
{
    qc_db *db = open_cage(_i);
    script sent = {0};
    for (int i = 0; i < position_count; i++)
        for (int k = 0; k < broken_count; k++) {
            make_ready(db, "benign");
            bool holds = run_recorded(db, &positions[i], broken_texts[k], &sent);
            if (holds || qc_ok(db))
                complain(db, &positions[i], broken_texts[k], "it was taken");
            if (qc_error(db)->code != QC_ERROR_VALUE)
                complain(db, &positions[i], broken_texts[k], "it is refused by another name");
        }
    free(sent.text);
    close_cage(db);
}
END_TEST

/* ---- Numbers of rows. ---- */

static size_t rows_under_limit(qc_db *db, int64_t n)
{
    return qc_count(ALL(db, SELECT(VALUE("x"), VALUE("y")).LIMIT(n)));
}

static size_t rows_past_offset(qc_db *db, int64_t n)
{
    return qc_count(ALL(db, SELECT(VALUE("x"), VALUE("y")).OFFSET(n)));
}

START_TEST(limits_are_numbers)
{
    static const int64_t good[] = {0, 1, INT32_MAX, (int64_t)INT32_MAX + 1, INT64_MAX};
    static const int64_t bad[] = {-1, -2, INT32_MIN, INT64_MIN};
    qc_db *db = open_cage(_i);
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        ck_assert_uint_eq(rows_under_limit(db, good[i]), good[i] > 0);
        ck_assert_msg(qc_ok(db), "LIMIT %lld: %s", (long long)good[i], qc_error(db)->message);
        ck_assert_uint_eq(rows_past_offset(db, good[i]), good[i] == 0);
        ck_assert_msg(qc_ok(db), "OFFSET %lld: %s", (long long)good[i], qc_error(db)->message);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        rows_under_limit(db, bad[i]);
        ck_assert_msg(!qc_ok(db), "LIMIT %lld is taken", (long long)bad[i]);
        rows_past_offset(db, bad[i]);
        ck_assert_msg(!qc_ok(db), "OFFSET %lld is taken", (long long)bad[i]);
    }
    close_cage(db);
}
END_TEST

Suite *bad_input_suite(void)
{
    Suite *suite = suite_create("bad input");
    TCase *values = tcase_create("values");
    tcase_set_timeout(values, 60);
    tcase_add_unchecked_fixture(values, databases_begin, databases_end);
    tcase_add_loop_test(values, naughty_texts_come_back, 0, DATABASE_COUNT);
    tcase_add_loop_test(values, long_texts_come_back, 0, DATABASE_COUNT);
    tcase_add_loop_test(values, broken_texts_are_refused, 0, DATABASE_COUNT);
    tcase_add_loop_test(values, limits_are_numbers, 0, DATABASE_COUNT);
    suite_add_tcase(suite, values);
    return suite;
}
