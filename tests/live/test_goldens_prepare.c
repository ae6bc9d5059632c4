/* Does every query of the goldens make sense to a database that has its tables? It is prepared,
 * with the types of its binds, on both. */
#include "../databases.h"
#include "../render/cases.h"

#include "compile/normalize.h"
#include "compile/statement.h"
#include "driver/sqlite.h"
#include "engine/db.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

SCHEMA(golden, User, Profile, Order, Item, Note, Role, UserRole, Odd, Keyword, Sample)

static PGconn *postgresql;
static qc_db *sqlite;
static int database, prepared, refused;
static qc_strbuf complaints;

/* FUNC, OP and RAW write what the program says, and in the goldens it speaks PostgreSQL. */
static bool is_excused(const char *name)
{
    return database == SQLITE_DATABASE &&
           (strncmp(name, "FUNC", 4) == 0 || strncmp(name, "OP", 2) == 0 ||
            strncmp(name, "RAW", 3) == 0);
}

static void complain(const char *name, const char *sql, const char *message)
{
    if (is_excused(name))
        return;
    refused++;
    qc_strbuf_printf(&complaints, "%s: %s: %s\n", name, message, sql);
}

static void prepare_on_postgresql(const char *name, const qc_statement *statement)
{
    PGresult *result = PQprepare(postgresql, "", statement->sql, (int)statement->bind_count,
                                 statement->bind_oids);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        complain(name, statement->sql, PQresultErrorMessage(result));
    PQclear(result);
}

/* On the driver's own connection, which has the library's functions. */
static void prepare_on_sqlite(const char *name, const qc_statement *statement)
{
    sqlite3 *connection = sqlite->connection->db;
    sqlite3_stmt *made = NULL;
    const char *rest = NULL;
    if (sqlite3_prepare_v2(connection, statement->sql, -1, &made, &rest) != SQLITE_OK)
        complain(name, statement->sql, sqlite3_errmsg(connection));
    else if (*rest)
        complain(name, statement->sql, "there is more than one statement");
    sqlite3_finalize(made);
}

static const qc_clause *complete(const qc_clause *clauses)
{
    qc_arena *arena = qc_current_arena();
    size_t count;
    clauses = qc_flatten(arena, clauses);
    for (const qc_clause *clause = clauses; clause->kind; clause++)
        if (clause->kind == QC_CLAUSE_ROWS && clause->count)
            return qc_normalize(arena, qc_expand_rows(arena, clauses, 0, 100, &count));
    return qc_normalize(arena, clauses);
}

/* A case that one of the databases has no words for does not compile for it. */
static void see(const char *name, const qc_clause *clauses)
{
    const char *dialect = database == SQLITE_DATABASE ? "sqlite" : "postgresql";
    qc_error_record error = {0};
    qc_compile_options options = {.dialect = qc_dialect_find(dialect)};
    qc_key key;
    clauses = complete(clauses);
    qc_fingerprint(qc_current_arena(), clauses, 0, &key);
    qc_statement *statement = qc_compile(clauses, &key, &options, &error);
    if (!statement && error.error.code != QC_ERROR_UNSUPPORTED)
        complain(name, "", error.error.message);
    if (statement && database == SQLITE_DATABASE)
        prepare_on_sqlite(name, statement);
    else if (statement)
        prepare_on_postgresql(name, statement);
    prepared += statement != NULL;
    qc_statement_free(statement);
    qc_error_free(&error);
}

static void see_all(void)
{
    see_queries(see);
    see_expressions(see);
    see_writes(see);
}

START_TEST(every_golden_prepares)
{
    database = _i;
    qc_db *db = database_open(database);
    if (!qc_create_all(db, &golden))
        database_fail(db, "create");
    sqlite = db;
    postgresql = database == SQLITE_DATABASE ? NULL : PQconnectdb(database_url(database));
    see_all();
    printf("# %s: %d statements prepared\n", qc_dialect_name(db), prepared);
    fflush(stdout);
    ck_assert_msg(refused == 0, "%d refused:\n%.3000s", refused, complaints.text);
    ck_assert_int_gt(prepared, 100);
    qc_strbuf_free(&complaints);
    PQfinish(postgresql);
    qc_close(db);
}
END_TEST

Suite *goldens_prepare_suite(void)
{
    Suite *suite = suite_create("goldens prepare");
    TCase *prepare = tcase_create("prepare");
    tcase_set_timeout(prepare, 30);
    tcase_add_unchecked_fixture(prepare, databases_begin, databases_end);
    tcase_add_loop_test(prepare, every_golden_prepares, 0, DATABASE_COUNT);
    suite_add_tcase(suite, prepare);
    return suite;
}
