/* Do the databases take every golden, and does PostgreSQL give its columns the types that the
 * result is decoded by? */
#include "../databases.h"
#include "cases.h"

#include "compile/normalize.h"
#include "compile/statement.h"

#include <check.h>
#include <libpq-fe.h>
#include <string.h>

SCHEMA(everything, User, Profile, Order, Item, Remark, Note, Role, UserRole, Odd, Keyword, Sample)

static qc_db *db;
static PGconn *postgresql;
static int seen;

static const qc_clause *with_values(const qc_clause *clauses)
{
    size_t count;
    clauses = qc_flatten(qc_current_arena(), clauses);
    for (const qc_clause *clause = clauses; clause->kind; clause++)
        if (clause->kind == QC_CLAUSE_ROWS)
            return qc_expand_rows(qc_current_arena(), clauses, 0, 100, &count);
    return clauses;
}

/* ---- PostgreSQL. ---- */

/* VARCHAR(n) and CHAR(n) are other types than TEXT, and are decoded alike. */
static bool is_decodable(unsigned oid, int type)
{
    enum { BPCHAR = 1042, VARCHAR = 1043 };
    return oid == qc_type_infos[type].oid ||
           (type == QC_TYPE_text && (oid == BPCHAR || oid == VARCHAR));
}

static void check_types(const char *name, const qc_statement *statement)
{
    PGresult *described = PQdescribePrepared(postgresql, "");
    ck_assert_msg(PQnfields(described) == statement->shape.column_count, "%s: %s", name,
                  statement->sql);
    for (int i = 0; i < PQnfields(described); i++)
        ck_assert_msg(is_decodable(PQftype(described, i), statement->shape.columns[i].type),
                      "%s: column %d is of type %u: %s", name, i + 1, PQftype(described, i),
                      statement->sql);
    PQclear(described);
}

static void see_postgresql(const char *name, const qc_clause *clauses)
{
    qc_error_record error = {0};
    qc_compile_options options = {.dialect = &qc_postgresql_dialect};
    clauses = qc_normalize(qc_current_arena(), with_values(clauses));
    qc_key key;
    qc_fingerprint(qc_current_arena(), clauses, 0, &key);
    const qc_statement *statement =
        qc_compile_in(qc_current_arena(), clauses, &key, &options, &error, NULL);
    ck_assert_msg(statement != NULL, "%s: %s", name, error.error.message);
    PGresult *prepared = PQprepare(postgresql, "", statement->sql, (int)statement->bind_count,
                                   statement->bind_oids);
    ck_assert_msg(PQresultStatus(prepared) == PGRES_COMMAND_OK, "%s: %s%s", name,
                  PQerrorMessage(postgresql), statement->sql);
    PQclear(prepared);
    check_types(name, statement);
    seen++;
}

/* ---- SQLite. ---- */

/* What only PostgreSQL has. */
static bool is_foreign(const char *name)
{
    static const char *const foreign[] = {
        "FUNC", "FUNC that aggregates, and a column", "OP", "OP in AND", "OP of expressions", "RAW",
        "RAW in OR", "RAW with a question mark"};
    for (size_t i = 0; i < sizeof(foreign) / sizeof(*foreign); i++)
        if (strcmp(foreign[i], name) == 0)
            return true;
    return false;
}

static void see_sqlite(const char *name, const qc_clause *clauses)
{
    static const qc_site site = {__FILE__, __func__, __LINE__};
    const qc_mark mark = qc_arena_mark(qc_current_arena());
    if (!is_foreign(name) && !qc_explain(db, &site, mark, with_values(clauses)))
        database_fail(db, name);
    seen++;
}

/* ---- Both. ---- */

static void see_all(see_case *see)
{
    seen = 0;
    see_queries(see);
    see_expressions(see);
    see_writes(see);
    ck_assert_int_gt(seen, 200);
}

static void open_with_tables(int database)
{
    db = database_open(database);
    if (!qc_create_all(db, &everything))
        database_fail(db, "create");
}

START_TEST(postgresql_prepares_every_golden)
{
    open_with_tables(POSTGRESQL_DATABASE);
    postgresql = PQconnectdb(database_url(POSTGRESQL_DATABASE));
    see_all(see_postgresql);
    see_arrays(see_postgresql);
    PQfinish(postgresql);
    qc_drop_all(db, &everything);
    qc_close(db);
}
END_TEST

START_TEST(sqlite_prepares_every_golden)
{
    open_with_tables(SQLITE_DATABASE);
    see_all(see_sqlite);
    qc_close(db);
}
END_TEST

Suite *prepare_suite(void)
{
    Suite *suite = suite_create("prepare");
    TCase *goldens = tcase_create("goldens");
    tcase_add_unchecked_fixture(goldens, databases_begin, databases_end);
    tcase_add_test(goldens, postgresql_prepares_every_golden);
    tcase_add_test(goldens, sqlite_prepares_every_golden);
    suite_add_tcase(suite, goldens);
    return suite;
}
