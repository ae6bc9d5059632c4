/* Are names quoted where they must be, so that any name a database can hold comes through? */
#include "trees.h"

#include "base/strbuf.h"
#include "dialect/dialect.h"

#include <check.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const qc_dialect *const dialects[] = {&qc_postgresql_dialect, &qc_sqlite_dialect};

static const char *const hostile[] = {
    "a b",  "A",   "1a",     "a-b",          "a.b",         "a\"b",   "\"",      "\"\"",
    "a;b",  "a\n", "--",     "/*",           "a'b",         "\\",     "$1",      "?",
    "été",  "名",  "select", "a\"; DROP--",  "x\" FROM y;", "\t",     "\x01",    "%s",
    "_",    "a$1", "user",   "current_user", "order",       "😀",     "{0}",     " ",
    "x AS", ":n",  "@",      "NULL",         "null",        "a/**/b", "a\\\"b", "authorization"};

static char *quoted(const qc_dialect *dialect, const char *name)
{
    qc_strbuf text = {0};
    if (!qc_identifier(&text, dialect, name))
        ck_assert_ptr_null(text.text);
    return text.text;
}

/* Reads back as the name, alone and behind a dot. */
/* Calls `check` with each keyword. */
static void each_keyword(const qc_keywords *keywords, void (*check)(const char *word))
{
    for (int letter = 'a'; letter <= 'z'; letter++)
        for (size_t length = 1; length <= QC_LONGEST_KEYWORD; length++) {
            const char *words = keywords[letter - 'a'][length];
            for (size_t at = 0; words && at < strlen(words); at += length + 1) {
                char word[QC_LONGEST_KEYWORD + 1] = "";
                memcpy(word, words + at, length);
                ck_assert_msg(word[0] == letter, "%s", words);
                ck_assert_msg(strcspn(words + at, " ") == length, "%s", words);
                check(word);
            }
        }
}

static void check_postgresql(const char *name)
{
    qc_strbuf sql = {0}, expected = {0};
    char *text = quoted(&qc_postgresql_dialect, name);
    qc_strbuf_printf(&sql, "SELECT %s.%s AS %s FROM %s ORDER BY %s", text, text, text, text, text);
    char *tree = tree_of(sql.text);
    ck_assert_msg(strncmp(tree, "error: ", 7) != 0, "%s: %s", sql.text, tree);
    ck_assert_msg(strstr(tree, "\"stmts\":[{") && !strstr(tree, "},{\"stmt\""), "%s", sql.text);
    qc_strbuf_printf(&expected, "\"relname\":\"%s\"", name);
    if (!strpbrk(name, "\"\\\n\t\x01"))
        ck_assert_msg(strstr(tree, expected.text) != NULL, "%s: %s", name, tree);
    free(tree);
    free(text);
    qc_strbuf_free(&sql);
    qc_strbuf_free(&expected);
}

START_TEST(postgresql_reads_every_name)
{
    for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++)
        check_postgresql(hostile[i]);
    each_keyword(qc_postgresql_keywords, check_postgresql);
    each_keyword(qc_sqlite_keywords, check_postgresql);
}
END_TEST

static void check_sqlite(sqlite3 *db, const char *name)
{
    qc_strbuf sql = {0};
    sqlite3_stmt *statement = NULL;
    char *text = quoted(&qc_sqlite_dialect, name);
    qc_strbuf_printf(&sql, "SELECT %s.%s AS %s FROM (SELECT 1 AS %s) AS %s ORDER BY %s", text, text,
                     text, text, text, text);
    ck_assert_msg(sqlite3_prepare_v2(db, sql.text, -1, &statement, NULL) == SQLITE_OK, "%s: %s",
                  sql.text, sqlite3_errmsg(db));
    ck_assert_str_eq(sqlite3_column_name(statement, 0), name);
    sqlite3_finalize(statement);
    free(text);
    qc_strbuf_free(&sql);
}

START_TEST(sqlite_reads_every_name)
{
    sqlite3 *db = NULL;
    ck_assert_int_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
    for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++)
        check_sqlite(db, hostile[i]);
    for (int i = 0; i < sqlite3_keyword_count(); i++) {
        const char *word;
        char name[64] = "";
        int length;
        sqlite3_keyword_name(i, &word, &length);
        for (int k = 0; k < length; k++)
            name[k] = word[k] >= 'A' && word[k] <= 'Z' ? (char)(word[k] + ('a' - 'A')) : word[k];
        check_sqlite(db, name);
    }
    sqlite3_close(db);
}
END_TEST

START_TEST(plain_names_stay_plain)
{
    static const char *const plain[] = {"users", "email", "a", "_x", "a1", "a$b", "created_at",
                                        "selec", "selects", "orde", "orders", "sel_ct"};
    for (size_t d = 0; d < 2; d++)
        for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++) {
            char *text = quoted(dialects[d], plain[i]);
            ck_assert_str_eq(text, plain[i]);
            free(text);
        }
}
END_TEST

static void check_quoted(const qc_dialect *dialect, const char *word)
{
    char *text = quoted(dialect, word), expected[QC_LONGEST_KEYWORD + 3];
    snprintf(expected, sizeof expected, "\"%s\"", word);
    ck_assert_str_eq(text, expected);
    free(text);
}

static void check_quoted_by_postgresql(const char *word)
{
    check_quoted(&qc_postgresql_dialect, word);
}

static void check_quoted_by_sqlite(const char *word)
{
    check_quoted(&qc_sqlite_dialect, word);
}

START_TEST(every_keyword_is_quoted)
{
    each_keyword(qc_postgresql_keywords, check_quoted_by_postgresql);
    each_keyword(qc_sqlite_keywords, check_quoted_by_sqlite);
}
END_TEST

START_TEST(names_no_database_can_hold)
{
    char longest[65];
    memset(longest, 'x', 64);
    longest[64] = '\0';
    ck_assert_ptr_null(quoted(&qc_postgresql_dialect, longest));
    longest[63] = '\0';
    char *text = quoted(&qc_postgresql_dialect, longest);
    ck_assert_str_eq(text, longest);
    free(text);
    for (size_t d = 0; d < 2; d++) {
        ck_assert_ptr_null(quoted(dialects[d], ""));
        ck_assert_ptr_null(quoted(dialects[d], NULL));
        ck_assert_ptr_null(quoted(dialects[d], "\xC0\xA7"));
        ck_assert_ptr_null(quoted(dialects[d], "a\xFF"));
    }
}
END_TEST

Suite *identifiers_suite(void)
{
    Suite *suite = suite_create("identifiers");
    TCase *names = tcase_create("names");
    tcase_add_test(names, postgresql_reads_every_name);
    tcase_add_test(names, sqlite_reads_every_name);
    tcase_add_test(names, plain_names_stay_plain);
    tcase_add_test(names, every_keyword_is_quoted);
    tcase_add_test(names, names_no_database_can_hold);
    suite_add_tcase(suite, names);
    return suite;
}
