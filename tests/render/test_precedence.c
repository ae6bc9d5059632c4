/* Do random expressions mean the same with the parentheses the renderer writes and with all there
 * could be? PostgreSQL's parser must read the same tree, SQLite find the same rows. And are more
 * conditions than SQLite chains grouped rightly? */
#include "cases.h"
#include "trees.h"

#include "compile/statement.h"

#include <check.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH = 5, EXPRESSIONS = 250, ROUNDS = 8 };

/* ---- Random expressions over the columns of users. ---- */

static uint64_t state;

static unsigned pick(unsigned count)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(state >> 33) % count;
}

static qc_bool predicate(int depth);
static qc_text text(int depth);

static qc_bigint number(int depth)
{
    qc_bigint a = User_id;
    switch (depth <= 0 ? 10 + pick(2) : pick(12)) {
    case 0: return ADD(number(depth - 1), number(depth - 1));
    case 1: return SUB(number(depth - 1), number(depth - 1));
    case 2: return MUL(number(depth - 1), number(depth - 1));
    case 3: return DIV(number(depth - 1), number(depth - 1));
    case 4: return MOD(number(depth - 1), number(depth - 1));
    case 5: return NEG(number(depth - 1));
    case 6: return ABS(number(depth - 1));
    case 7: return COALESCE(number(depth - 1), number(depth - 1));
    case 8: return CASE(WHEN(predicate(depth - 1), number(depth - 1)), ELSE(number(depth - 1)));
    case 9: return CAST(LENGTH(text(depth - 1)), BIGINT);
    case 10: return ADD(a, (int)pick(9));
    default: return User_manager_id;
    }
}

static qc_text text(int depth)
{
    switch (depth <= 0 ? 3 + pick(2) : pick(5)) {
    case 0: return CONCAT(text(depth - 1), text(depth - 1));
    case 1: return LOWER(text(depth - 1));
    case 2: return CAST(number(depth - 1), TEXT);
    case 3: return User_email;
    default: return User_role;
    }
}

static qc_bool comparison(int depth)
{
    switch (pick(12)) {
    case 0: return EQ(number(depth), number(depth));
    case 1: return LT(text(depth), text(depth));
    case 2: return GE(number(depth), (int)pick(5));
    case 3: return EQ(predicate(depth), predicate(depth));
    case 4: return IS_DISTINCT_FROM(number(depth), number(depth));
    case 5: return IS_NULL(number(depth));
    case 6: return IS_NOT_NULL(predicate(depth));
    case 7: return BETWEEN(number(depth), number(depth), number(depth));
    case 8: return NOT_BETWEEN(text(depth), text(depth), text(depth));
    case 9: return IN(number(depth), number(depth), 1, 2);
    case 10: return LIKE(text(depth), text(depth));
    default: return NE(predicate(depth), predicate(depth));
    }
}

static qc_bool predicate(int depth)
{
    if (depth <= 0)
        return User_is_active;
    switch (pick(6)) {
    case 0: return AND(predicate(depth - 1), predicate(depth - 1));
    case 1: return OR(predicate(depth - 1), predicate(depth - 1), predicate(depth - 1));
    case 2: return NOT(predicate(depth - 1));
    default: return comparison(depth - 1);
    }
}

/* ---- Both texts of one. ---- */

static const char *text_of(const qc_clause *clauses, const qc_dialect *dialect, bool parenthesize)
{
    qc_error_record error = {0};
    qc_compile_options options = {.dialect = dialect, .parenthesize = parenthesize};
    qc_statement *statement =
        qc_compile_in(qc_current_arena(), clauses, NULL, &options, &error, NULL);
    ck_assert_msg(statement != NULL, "%s", error.error.message);
    return statement->sql;
}

START_TEST(postgresql_reads_the_same_tree)
{
    state = (uint64_t)_i;
    for (int i = 0; i < EXPRESSIONS; i++) {
        const qc_mark mark = qc_arena_mark(qc_current_arena());
        const qc_clause *query =
            QC_CLAUSES_OF(SELECT(number(DEPTH), text(DEPTH)).WHERE(predicate(DEPTH)));
        const char *plain = text_of(query, &qc_postgresql_dialect, false);
        const char *all = text_of(query, &qc_postgresql_dialect, true);
        char *plain_tree = tree_of(plain), *all_tree = tree_of(all);
        ck_assert_msg(strcmp(plain_tree, all_tree) == 0, "%s\n%s", plain, all);
        ck_assert_msg(strncmp(plain_tree, "error: ", 7) != 0, "%s\n%s", plain_tree, plain);
        free(plain_tree);
        free(all_tree);
        qc_arena_release(qc_current_arena(), mark);
    }
}
END_TEST

static const char table[] =
    "CREATE TABLE users (id BIGINT, email TEXT, role TEXT, nick TEXT, is_active BOOLEAN, "
    "manager_id BIGINT, created_at TEXT, updated_at TEXT);"
    "INSERT INTO users (id, email, role, is_active, manager_id) VALUES "
    "(1, 'ab', 'b', 1, 2), (2, 'a', 'ab', 0, 1), (-3, 'c', 'c', 1, NULL), (4, '%', 'A', 0, -2)";

/* The first column of every row, joined. */
static char *rows_of(sqlite3 *db, const char *sql)
{
    qc_strbuf rows = {0};
    sqlite3_stmt *statement = NULL;
    ck_assert_msg(sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK, "%s\n%s",
                  sqlite3_errmsg(db), sql);
    for (int n = sqlite3_bind_parameter_count(statement); n; n--)
        sqlite3_bind_int(statement, n, n % 4);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        const char *value = (const char *)sqlite3_column_text(statement, 0);
        qc_strbuf_printf(&rows, "%s;", value ? value : "NULL");
    }
    sqlite3_finalize(statement);
    return rows.text ? rows.text : strdup("");
}

/* Stands for the driver's whole division: any function of two numbers does. */
static void difference(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    sqlite3_result_int64(context, sqlite3_value_int64(values[0]) / 2 -
                                      sqlite3_value_int64(values[1]) / 2);
}

START_TEST(sqlite_finds_the_same_rows)
{
    sqlite3 *db = NULL;
    ck_assert_int_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
    sqlite3_create_function(db, "quercus_idiv", 2, SQLITE_UTF8, NULL, difference, NULL, NULL);
    sqlite3_create_function(db, "quercus_imod", 2, SQLITE_UTF8, NULL, difference, NULL, NULL);
    ck_assert_int_eq(sqlite3_exec(db, table, NULL, NULL, NULL), SQLITE_OK);
    state = (uint64_t)_i;
    for (int i = 0; i < EXPRESSIONS; i++) {
        const qc_mark mark = qc_arena_mark(qc_current_arena());
        const qc_clause *query = i % 2 ? QC_CLAUSES_OF(SELECT(number(DEPTH)).FROM(User))
                                       : QC_CLAUSES_OF(SELECT(predicate(DEPTH)).FROM(User));
        const char *plain = text_of(query, &qc_sqlite_dialect, false);
        const char *all = text_of(query, &qc_sqlite_dialect, true);
        char *plain_rows = rows_of(db, plain), *all_rows = rows_of(db, all);
        ck_assert_msg(strcmp(plain_rows, all_rows) == 0, "%s\n%s\n%s\n%s", plain, all, plain_rows,
                      all_rows);
        free(plain_rows);
        free(all_rows);
        qc_arena_release(qc_current_arena(), mark);
    }
    sqlite3_close(db);
}
END_TEST

/* ---- Many conditions. ---- */

START_TEST(groups_stand_behind_a_filter)
{
    enum { GROUP = 400, COUNT = 2 * GROUP + 1 };
    qc_strbuf expected = {0};
    qc_strbuf_puts(&expected, "SELECT teams.id FROM teams WHERE teams.org_id = ?1 AND "
                              "teams.deleted_at IS NULL AND (");
    for (int i = 0; i < COUNT; i++) {
        if (i)
            qc_strbuf_puts(&expected, i % GROUP ? " AND " : ") AND (");
        qc_strbuf_printf(&expected, "teams.id = ?%d", i + 2);
    }
    qc_strbuf_puts(&expected, ")");
    __extension__ __auto_type query = QUERY(SELECT(Team_id));
    for (int i = 0; i < COUNT; i++)
        query = QUERY(EXTEND(query).WHERE(EQ(Team_id, i)));
    const qc_clause *clauses = qc_flatten(qc_current_arena(), QC_CLAUSES_OF(EXTEND(query)));
    const char *text = text_of(clauses, &qc_sqlite_dialect, false);
    ck_assert_msg(strcmp(text, expected.text) == 0, "%.200s", text);
    qc_strbuf_free(&expected);
}
END_TEST

Suite *precedence_suite(void)
{
    Suite *suite = suite_create("precedence");
    TCase *random = tcase_create("random");
    tcase_add_loop_test(random, postgresql_reads_the_same_tree, 0, ROUNDS);
    tcase_add_loop_test(random, sqlite_finds_the_same_rows, 0, ROUNDS);
    suite_add_tcase(suite, random);
    TCase *many = tcase_create("many conditions");
    tcase_add_test(many, groups_stand_behind_a_filter);
    suite_add_tcase(suite, many);
    return suite;
}
