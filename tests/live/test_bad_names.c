/* Do hostile names stay names? Tables, columns, indexes, labels and aliases whose names were made
 * to break out of their quotes are quoted, or refused by name; names that differ stay different. */
#include "bad_values.h"
#include "hostile_table.h"

#include "../databases.h"

#include <pg_query.h>
#include <stdio.h>
#include <string.h>

#define TEN "0123456789"
#define SIXTY TEN TEN TEN TEN TEN TEN

/* Q: quoted and works. R: refused before it is sent. L: too
 * long for PostgreSQL. */
static const struct {
    const char *name;
    char what;
} names[] = {
    {"plain", 'Q'},
    {"Upper", 'Q'},
    {"two words", 'Q'},
    {" lead and trail ", 'Q'},
    {"a\"b", 'Q'},
    {"\"", 'Q'},
    {"\"\"", 'Q'},
    {"\"quoted\"", 'Q'},
    {"a'b", 'Q'},
    {"''", 'Q'},
    {"`back`", 'Q'},
    {"[bracket]", 'Q'},
    {"a\\b", 'Q'},
    {"a.b", 'Q'},
    {"a;b", 'Q'},
    {";", 'Q'},
    {"a,b", 'Q'},
    {"(", 'Q'},
    {"*", 'Q'},
    {"--", 'Q'},
    {"a--b", 'Q'},
    {"/*", 'Q'},
    {"*/", 'Q'},
    {"$1", 'Q'},
    {"$$", 'Q'},
    {"?", 'Q'},
    {":name", 'Q'},
    {"{0}", 'Q'},
    {"%s%n", 'Q'},
    {"1", 'Q'},
    {"1abc", 'Q'},
    {"-1", 'Q'},
    {"a\nb", 'Q'},
    {"\n", 'Q'},
    {"a\r\nb", 'Q'},
    {"a\tb", 'Q'},
    {"\001", 'Q'},
    {"\033[2J", 'Q'},
    {"select", 'Q'},
    {"SELECT", 'Q'},
    {"user", 'Q'},
    {"order", 'Q'},
    {"group", 'Q'},
    {"table", 'Q'},
    {"default", 'Q'},
    {"null", 'Q'},
    {"true", 'Q'},
    {"current_user", 'Q'},
    {"values", 'Q'},
    {"returning", 'Q'},
    {"excluded", 'Q'},
    {"x\" FROM pg_shadow;--", 'Q'},
    {"x\"; SET ROLE postgres;--", 'Q'},
    {"x\"; DROP TABLE canary; --", 'Q'},
    {"x\") VALUES (1); DROP TABLE canary; --", 'Q'},
    {"1 FROM t; SELECT pg_sleep(9);--", 'Q'},
    {"pg_sleep(9),now", 'Q'},
    {"*/ system(\"x\");/*", 'Q'},
    {"int) OR 1=1--", 'Q'},
    {"\xC3\xA9", 'Q'},
    {"e\xCC\x81", 'Q'},
    {"\xD0\xB8\xD0\xBC\xD1\x8F", 'Q'},
    {"\xE8\xA1\xA8", 'Q'},
    {"\xF0\x9F\x98\x80", 'Q'},
    {"\xE2\x80\xAE" "elbat", 'Q'},
    {"\xEF\xBC\x82", 'Q'},
    {"\xEF\xBB\xBF", 'Q'},
    {SIXTY "abc", 'Q'},
    {SIXTY "abd", 'Q'},
    {"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"", 'Q'},
    {SIXTY "abcd", 'L'},
    {SIXTY "abce", 'L'},
    {SIXTY SIXTY SIXTY SIXTY, 'L'},
    {SIXTY "ab\xC3\xA9", 'L'},
    {"", 'R'},
    {"\x80", 'R'},
    {"\xC0\xA7", 'R'},
    {"\xED\xA0\x80", 'R'},
    {"a\xC3", 'R'},
};
enum { NAME_COUNT = sizeof(names) / sizeof(names[0]) };

static bool is_refused(qc_db *db, int i)
{
    bool is_short = strcmp(qc_dialect_name(db), "postgresql") == 0;
    return names[i].what == 'R' || (names[i].what == 'L' && is_short);
}

static void blame(qc_db *db, int i, const char *what)
{
    const struct qc_error *error = qc_error(db);
    ck_abort_msg("name %d <%.40s> on %s: %s (%s, %s: %s)", i, names[i].name, qc_dialect_name(db),
                 what, qc_code_name(error->code), error->sqlstate,
                 error->message ? error->message : "no error");
}

static void expect_refusal(qc_db *db, int i, const char *what)
{
    enum qc_code code = qc_error(db)->code;
    if (code == QC_ERROR_OK || code == QC_ERROR_SERVER)
        blame(db, i, what);
}

/* ---- Tables, columns, indexes. ---- */

static void use_table(qc_db *db, int i, const hostile_table *h)
{
    if (is_refused(db, i)) {
        if (qc_create_all(db, &h->schema))
            blame(db, i, "a table was made");
        expect_refusal(db, i, "it is not refused");
        return;
    }
    if (!qc_create_all(db, &h->schema))
        blame(db, i, "create");
    if (hostile_insert(db, h, "x'") != 1)
        blame(db, i, "insert");
    const char *found = hostile_find(db, h, "x'");
    if (!found || strcmp(found, "x'") != 0)
        blame(db, i, "find");
    if (hostile_delete(db, h, "x'") != 1)
        blame(db, i, "delete");
    if (!qc_drop_all(db, &h->schema))
        blame(db, i, "drop");
}

static qc_db *open_cage(int database)
{
    qc_db *db = database_open(database);
    qc_set_cache_size(db, 0); /* it knows tables by their addresses */
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

START_TEST(schema_objects)
{
    static hostile_table h;
    qc_db *db = open_cage(_i);
    for (int i = 0; i < NAME_COUNT; i++) {
        hostile_table_init(&h, names[i].name, "text", NULL);
        use_table(db, i, &h);
        hostile_table_init(&h, "hostile", names[i].name, NULL);
        use_table(db, i, &h);
        hostile_table_init(&h, "hostile", "text", names[i].name);
        use_table(db, i, &h);
    }
    close_cage(db);
}
END_TEST

/* Each of two names that differ only in their last byte is a table of its own. */
START_TEST(twins_stay_apart)
{
    static hostile_table twins[2];
    qc_db *db = open_cage(_i);
    hostile_table_init(&twins[0], SIXTY "abc", SIXTY "xyz", NULL);
    hostile_table_init(&twins[1], SIXTY "abd", SIXTY "xyw", NULL);
    for (int i = 0; i < 2; i++)
        if (!qc_create_all(db, &twins[i].schema) ||
            hostile_insert(db, &twins[i], i ? "one" : "zero") != 1)
            database_fail(db, "twins");
    ck_assert_str_eq(hostile_find(db, &twins[0], "zero"), "zero");
    ck_assert_ptr_null(hostile_find(db, &twins[0], "one"));
    ck_assert_str_eq(hostile_find(db, &twins[1], "one"), "one");
    ck_assert(qc_drop_all(db, &twins[0].schema) && qc_drop_all(db, &twins[1].schema));
    close_cage(db);
}
END_TEST

/* ---- Labels and aliases. ---- */

static const char *label_text(const char *label)
{
    return SQL(SELECT(QC_LABELLED(VALUE("x"), label), VALUE("y")));
}

/* The tree without what only says where a word stood. */
static void expect_same_tree(const char *sql, const char *benign, int i)
{
    PgQueryFingerprintResult a = pg_query_fingerprint(sql), b = pg_query_fingerprint(benign);
    ck_assert_msg(!a.error && !b.error, "name %d: %s", i, sql);
    ck_assert_msg(a.fingerprint == b.fingerprint, "name %d makes another tree: %s", i, sql);
    pg_query_free_fingerprint_result(a);
    pg_query_free_fingerprint_result(b);
    PgQuerySplitResult split = pg_query_split_with_parser(sql);
    ck_assert_msg(!split.error && split.n_stmts == 1, "name %d: %s", i, sql);
    pg_query_free_split_result(split);
}

static void use_label(qc_db *db, int i)
{
    qc_row *row = FIRST(db, SELECT(QC_LABELLED(VALUE("x"), names[i].name), VALUE("y")));
    if (is_refused(db, i)) {
        expect_refusal(db, i, "as a label");
        return;
    }
    if (!row)
        blame(db, i, "as a label");
    ck_assert_str_eq(qc_row_name(row, 0), names[i].name);
    ck_assert_str_eq(qc_row_text(row, 0), "x");
    if (names[i].what != 'L')
        expect_same_tree(label_text(names[i].name), label_text("plain"), i);
}

START_TEST(labels)
{
    qc_db *db = open_cage(_i);
    for (int i = 0; i < NAME_COUNT; i++) {
        qc_release(db);
        use_label(db, i);
    }
    close_cage(db);
}
END_TEST

/* A label that an ORDER BY and a nested query meet again. */
/* A cage with a table of one row, "here". */
static qc_db *open_one_row(int database, hostile_table *h)
{
    qc_db *db = open_cage(database);
    hostile_table_init(h, "hostile", "text", NULL);
    if (!qc_create_all(db, &h->schema) || hostile_insert(db, h, "here") != 1)
        database_fail(db, "hostile table");
    return db;
}

START_TEST(labels_met_again)
{
    static hostile_table h;
    qc_db *db = open_one_row(_i, &h);
    for (int i = 0; i < NAME_COUNT; i++) {
        qc_text labelled = QC_LABELLED(CONCAT(hostile_column(&h), "!"), names[i].name);
        const char *found = SCALAR(db, SELECT(labelled).ORDER_BY(DESC(labelled)));
        if (is_refused(db, i))
            expect_refusal(db, i, "as an ordered label");
        else if (!found || strcmp(found, "here!") != 0)
            blame(db, i, "as an ordered label");
    }
    ck_assert(qc_drop_all(db, &h.schema));
    close_cage(db);
}
END_TEST

typedef struct alias {
    const qc_node *range;
    qc_bigint id;
    qc_text text;
} alias;

START_TEST(aliases)
{
    static hostile_table h;
    qc_db *db = open_one_row(_i, &h);
    for (int i = 0; i < NAME_COUNT; i++) {
        alias other;
        qc_alias_init(&other.range, &h.table, names[i].name);
        const char *found = SCALAR(db, SELECT(other.text).WHERE(EQ(other.text, "here"))
            .WHERE(EXISTS(SELECT(hostile_id(&h)).WHERE(EQ(hostile_id(&h), other.id)))));
        if (is_refused(db, i))
            expect_refusal(db, i, "as an alias");
        else if (!found || strcmp(found, "here") != 0)
            blame(db, i, "as an alias");
    }
    ck_assert(qc_drop_all(db, &h.schema));
    close_cage(db);
}
END_TEST

Suite *bad_names_suite(void)
{
    Suite *suite = suite_create("bad names");
    TCase *all = tcase_create("names");
    tcase_set_timeout(all, 30);
    tcase_add_unchecked_fixture(all, databases_begin, databases_end);
    tcase_add_loop_test(all, schema_objects, 0, DATABASE_COUNT);
    tcase_add_loop_test(all, twins_stay_apart, 0, DATABASE_COUNT);
    tcase_add_loop_test(all, labels, 0, DATABASE_COUNT);
    tcase_add_loop_test(all, labels_met_again, 0, DATABASE_COUNT);
    tcase_add_loop_test(all, aliases, 0, DATABASE_COUNT);
    suite_add_tcase(suite, all);
    return suite;
}
