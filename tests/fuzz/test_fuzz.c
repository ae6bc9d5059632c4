/* Do random queries hold what every query must? Its text is one statement; it says the same with
 * all parentheses there could be; it does not depend on the values of binds, nor does its key;
 * nothing of a value is in it; and both databases prepare it. Five seconds, or with
 * QUERCUS_TEST_LONG two minutes, from the seed in QUERCUS_FUZZ_SEED. */
#include "random_query.h"

#include "../databases.h"
#include "../render/trees.h"

#include "compile/normalize.h"
#include "compile/statement.h"
#include "driver/sqlite.h"
#include "engine/db.h"

#include <libpq-fe.h>
#include <pg_query.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct fuzz {
    qc_db *sqlite;
    PGconn *postgresql;
    uint64_t seed;
    long made, unsupported, prepared;
} fuzz;

/* ---- Texts of one query. ---- */

static const qc_clause *query_of(const fuzz *f, uint64_t values)
{
    const qc_clause *clauses = random_query(f->seed, values);
    return qc_normalize(qc_current_arena(), clauses);
}

/* NULL when the dialect has no such construct; anything else that is refused is an error. */
static qc_statement *compile(fuzz *f, const qc_clause *clauses, const qc_dialect *dialect,
                             bool parenthesize, qc_key *key)
{
    qc_error_record error = {0};
    const qc_compile_options options = {.dialect = dialect, .parenthesize = parenthesize};
    qc_fingerprint(qc_current_arena(), clauses, 0, key);
    ck_assert_msg(!key->poison && !key->nomem, "seed %llu: %s", (unsigned long long)f->seed,
                  key->poison ? key->poison->u.text : "out of memory");
    qc_statement *statement = qc_compile(clauses, key, &options, &error);
    ck_assert_msg(statement || error.error.code == QC_ERROR_UNSUPPORTED, "seed %llu: %s",
                  (unsigned long long)f->seed, error.error.message);
    qc_error_free(&error);
    f->unsupported += !statement;
    return statement;
}

static void expect_one_statement(const fuzz *f, const char *sql)
{
    PgQuerySplitResult split = pg_query_split_with_parser(sql);
    ck_assert_msg(!split.error && split.n_stmts == 1, "seed %llu: %s: %s",
                  (unsigned long long)f->seed, split.error ? split.error->message : "not one", sql);
    pg_query_free_split_result(split);
}

static void expect_same_tree(const fuzz *f, const char *sql, const char *parenthesized)
{
    char *tree = tree_of(sql), *other = tree_of(parenthesized);
    ck_assert_msg(strcmp(tree, other) == 0, "seed %llu:\n%.1500s\n%.1500s",
                  (unsigned long long)f->seed, sql, parenthesized);
    free(tree);
    free(other);
}

/* ---- What must hold. ---- */

static void try_values(fuzz *f, const qc_statement *statement, const qc_key *key)
{
    qc_key other;
    qc_statement *again =
        compile(f, query_of(f, f->seed + 1), &qc_postgresql_dialect, false, &other);
    ck_assert_msg(key->hash == other.hash && key->count == other.count &&
                      memcmp(key->words, other.words, key->count * sizeof(*key->words)) == 0,
                  "seed %llu: the key depends on values", (unsigned long long)f->seed);
    ck_assert_msg(strcmp(statement->sql, again->sql) == 0, "seed %llu: the text depends on values",
                  (unsigned long long)f->seed);
    ck_assert_msg(!strstr(statement->sql, fuzz_canary), "seed %llu: a value is in %.1500s",
                  (unsigned long long)f->seed, statement->sql);
    qc_statement_free(again);
}

static void prepare_on_postgresql(fuzz *f, const qc_statement *statement)
{
    PGresult *result = PQprepare(f->postgresql, "", statement->sql, (int)statement->bind_count,
                                 statement->bind_oids);
    ck_assert_msg(PQresultStatus(result) == PGRES_COMMAND_OK, "seed %llu: %s%.1500s",
                  (unsigned long long)f->seed, PQresultErrorMessage(result), statement->sql);
    PQclear(result);
    f->prepared++;
}

static void try_postgresql(fuzz *f)
{
    qc_key key, same;
    const qc_clause *clauses = query_of(f, f->seed);
    qc_statement *statement = compile(f, clauses, &qc_postgresql_dialect, false, &key);
    qc_statement *all = compile(f, clauses, &qc_postgresql_dialect, true, &same);
    ck_assert(statement && all);
    expect_one_statement(f, statement->sql);
    expect_same_tree(f, statement->sql, all->sql);
    try_values(f, statement, &key);
    if (f->seed % 4 == 0)
        prepare_on_postgresql(f, statement);
    qc_statement_free(statement);
    qc_statement_free(all);
}

/* SQLite's parser has a stack of its own: what is too deep for it is no error of ours. */
static void try_sqlite(fuzz *f)
{
    qc_key key;
    qc_statement *statement = compile(f, query_of(f, f->seed), &qc_sqlite_dialect, false, &key);
    if (!statement)
        return;
    sqlite3 *connection = f->sqlite->connection->db;
    sqlite3_stmt *made = NULL;
    const char *rest = "";
    int rc = sqlite3_prepare_v2(connection, statement->sql, -1, &made, &rest);
    bool too_deep = rc != SQLITE_OK && (strstr(sqlite3_errmsg(connection), "stack overflow") ||
                                        strstr(sqlite3_errmsg(connection), "maximum depth"));
    ck_assert_msg(too_deep || (rc == SQLITE_OK && !*rest), "seed %llu: %s: %.1500s",
                  (unsigned long long)f->seed, sqlite3_errmsg(connection), statement->sql);
    f->prepared += rc == SQLITE_OK;
    sqlite3_finalize(made);
    qc_statement_free(statement);
}

/* ---- Running. ---- */

static void begin_fuzz(fuzz *f)
{
    const char *seed = getenv("QUERCUS_FUZZ_SEED");
    f->seed = seed ? strtoull(seed, NULL, 10) : 0;
    qc_db *db = database_open(POSTGRESQL_DATABASE);
    f->sqlite = database_open(SQLITE_DATABASE);
    if (!qc_create_all(db, &fuzz_schema) || !qc_create_all(f->sqlite, &fuzz_schema))
        database_fail(qc_ok(db) ? f->sqlite : db, "create");
    qc_close(db);
    f->postgresql = PQconnectdb(database_url(POSTGRESQL_DATABASE));
    ck_assert_int_eq(PQstatus(f->postgresql), CONNECTION_OK);
}

START_TEST(random_queries)
{
    fuzz f = {0};
    begin_fuzz(&f);
    const int64_t end = qc_now_us() + (long_tests() ? 120 : 5) * INT64_C(1000000);
    for (; qc_now_us() < end; f.seed++, f.made++) {
        try_postgresql(&f);
        try_sqlite(&f);
        qc_arena_reset(qc_current_arena());
    }
    printf("# %ld queries, %ld prepared, %ld without words on SQLite\n", f.made, f.prepared,
           f.unsupported);
    fflush(stdout);
    ck_assert_int_gt(f.made, 20);
    PQfinish(f.postgresql);
    qc_close(f.sqlite);
}
END_TEST

Suite *fuzz_suite(void)
{
    Suite *suite = suite_create("fuzz");
    TCase *queries = tcase_create("queries");
    tcase_set_timeout(queries, 30);
    tcase_add_unchecked_fixture(queries, databases_begin, databases_end);
    tcase_add_test(queries, random_queries);
    suite_add_tcase(suite, queries);
    return suite;
}
