/* What does a column of each type say of each value that the database may send? A row that is
 * selected and one that came within its owner's (NESTED) say the same: this value, or the same
 * error. */
#include "live/expect.h"

#include "ast/ast.h"

#include <check.h>
#include <string.h>

#define MISFIT(name, type)                                                                         \
    MODEL(Odd##name, "misfit_odds", COLUMN(id, BIGINT, PRIMARY_KEY), COLUMN(home_id, BIGINT),      \
          COLUMN(v, type))                                                                         \
    MODEL(Home##name, "misfit_homes", COLUMN(id, BIGINT, PRIMARY_KEY),                             \
          HAS_MANY(odds, Odd##name, home_id))
MISFIT(Bool, BOOLEAN)
MISFIT(Smallint, SMALLINT)
MISFIT(Int, INTEGER)
MISFIT(Bigint, BIGINT)
MISFIT(Numeric, NUMERIC)
MISFIT(Real, REAL)
MISFIT(Double, DOUBLE)
MISFIT(Text, TEXT)
MISFIT(Bytea, BYTEA)
MISFIT(Date, DATE)
MISFIT(Time, TIME)
MISFIT(Timestamp, TIMESTAMP)
MISFIT(Timestamptz, TIMESTAMPTZ)
MISFIT(Uuid, UUID)
MISFIT(Json, JSONB)
MISFIT(Maybe, NULLABLE(INTEGER))
#define EACH_MISFIT(X)                                                                             \
    X(Bool)                                                                                        \
    X(Smallint)                                                                                    \
    X(Int)                                                                                         \
    X(Bigint)                                                                                      \
    X(Numeric)                                                                                     \
    X(Real)                                                                                        \
    X(Double)                                                                                      \
    X(Text)                                                                                        \
    X(Bytea)                                                                                       \
    X(Date)                                                                                        \
    X(Time)                                                                                        \
    X(Timestamp)                                                                                   \
    X(Timestamptz)                                                                                 \
    X(Uuid)                                                                                        \
    X(Json)                                                                                        \
    X(Maybe)

/* The value as text, or the error. */
typedef struct verdict {
    enum qc_code code;
    qc_strbuf text;
} verdict;

static void look(verdict *ret, const qc_table *table, const void *row)
{
    *ret = (verdict){.code = qc_error(db)->code};
    if (row)
        qc_print_value(&ret->text, qc_field_value(&table->columns[2], row));
    else
        qc_strbuf_puts(&ret->text, qc_error(db)->message ? qc_error(db)->message : "no row");
}

static const char *value; /* for messages */

static long taken, refused;

static void compare(const char *type, verdict *plain, verdict *nested)
{
    if (plain->code != nested->code ||
        (plain->code == QC_ERROR_OK && strcmp(plain->text.text, nested->text.text) != 0))
        ck_abort_msg("%s as %s: %s %s, but within another row %s %s", value, type,
                     qc_code_name(plain->code), plain->text.text, qc_code_name(nested->code),
                     nested->text.text);
    taken += plain->code == QC_ERROR_OK;
    refused += plain->code != QC_ERROR_OK;
    ck_assert_msg(plain->code == QC_ERROR_OK || plain->code == QC_ERROR_DECODE ||
                      plain->code == QC_ERROR_NULL_RESULT,
                  "%s as %s: %s", value, type, plain->text.text);
    qc_strbuf_free(&plain->text);
    qc_strbuf_free(&nested->text);
}

/* The one row as every type. */
static void read_as_all(void)
{
    verdict plain, nested;
#define READ(name)                                                                                 \
    do {                                                                                           \
        const struct Odd##name *odd = FIRST(db, SELECT(Odd##name));                                \
        look(&plain, &qc_table_Odd##name, odd);                                                    \
        struct Home##name *home = FIRST(db, SELECT(Home##name).LOAD(NESTED(Home##name##_odds)));   \
        look(&nested, &qc_table_Odd##name, home ? home->odds[0] : NULL);                           \
        compare(#name, &plain, &nested);                                                           \
    } while (0);
    EACH_MISFIT(READ)
#undef READ
}

static void begin(int database)
{
    db = database_open(database);
    database_run(db, "DROP TABLE IF EXISTS misfit_homes");
    database_run(db, "CREATE TABLE misfit_homes (id BIGINT PRIMARY KEY)");
    database_run(db, "INSERT INTO misfit_homes VALUES (1)");
    taken = refused = 0;
}

static void end(void)
{
    database_run(db, "DROP TABLE misfit_homes");
    database_run(db, "DROP TABLE misfit_odds");
    ck_assert_int_gt(taken, 30);
    ck_assert_int_gt(refused, 100);
    qc_close(db);
}

static void try_value(const char *type, const char *literal)
{
    value = literal;
    database_run(db, "DROP TABLE IF EXISTS misfit_odds");
    database_run(db, qc_arena_printf(qc_current_arena(),
                                     "CREATE TABLE misfit_odds (id BIGINT PRIMARY KEY, "
                                     "home_id BIGINT, v %s)",
                                     type));
    database_run(db, qc_arena_printf(qc_current_arena(),
                                     "INSERT INTO misfit_odds VALUES (1, 1, %s)", literal));
    read_as_all();
}

START_TEST(sqlite_stores_anything)
{
    static const char *const literals[] = {
        "NULL",
        "0",
        "1",
        "2",
        "-1",
        "40000",
        "3000000000",
        "9007199254740993",
        "-9223372036854775807",
        "0.5",
        "1e300",
        "-1e300",
        "9e999",
        "-9e999",
        "1e20",
        "''",
        "'1'",
        "'1.50'",
        "'1e5'",
        "'NaN'",
        "'x'",
        "'true'",
        "'{\"a\": 1}'",
        "'[1'",
        "'2024-02-29'",
        "'2023-02-29'",
        "'12:34:56.000000'",
        "'24:00:00'",
        "'25:00:00'",
        "'2024-02-29 12:34:56.000000'",
        "'2024-02-31 12:34:56.000000'",
        "'infinity'",
        "'00112233-4455-6677-8899-aabbccddeeff'",
        "'00112233-4455-6677-8899-aabbccddeefg'",
        "x''",
        "x'00'",
        "x'31'",
        "CAST(x'FF41' AS TEXT)",
        "CAST(x'410042' AS TEXT)",
        "CAST(x'01C3' AS TEXT)",
        "'\t0123456789012345678901234567890123456789'",
        "'012345678901234567890123456789012345678\u00e4\u00e4\u00e4'",
        "CAST(x'3230323400' AS TEXT)"};
    for (size_t i = 0; i < sizeof(literals) / sizeof(*literals); i++)
        try_value("", literals[i]);
}
END_TEST

START_TEST(postgresql_has_columns_of_other_types)
{
    static const char *const columns[][2] = {{"BOOLEAN", "true"},
                                             {"SMALLINT", "-7"},
                                             {"INTEGER", "70000"},
                                             {"INTEGER", "NULL"},
                                             {"BIGINT", "5000000000"},
                                             {"BIGINT", "7"},
                                             {"NUMERIC", "12.50"},
                                             {"NUMERIC", "3"},
                                             {"NUMERIC", "'NaN'"},
                                             {"NUMERIC", "1e40"},
                                             {"REAL", "0.5"},
                                             {"DOUBLE PRECISION", "0.1"},
                                             {"DOUBLE PRECISION", "0.5"},
                                             {"TEXT", "'x'"},
                                             {"TEXT", "''"},
                                             {"VARCHAR(9)", "'v'"},
                                             {"CHAR(3)", "'c'"},
                                             {"NAME", "'n'"},
                                             {"\"char\"", "'c'"},
                                             {"\"char\"", "''"},
                                             {"JSON", "'[1]'"},
                                             {"BYTEA", "'\\x00ff'"},
                                             {"BYTEA", "''"},
                                             {"DATE", "'2024-02-29'"},
                                             {"DATE", "'infinity'"},
                                             {"DATE", "'-infinity'"},
                                             {"DATE", "'5874897-12-31'"},
                                             {"TIME", "'24:00:00'"},
                                             {"TIMESTAMP", "'2024-02-29 12:34:56'"},
                                             {"TIMESTAMPTZ", "'2024-02-29 12:34:56+00'"},
                                             {"UUID", "gen_random_uuid()"},
                                             {"JSONB", "'{\"a\": 1}'"},
                                             {"INTERVAL", "'1 day'"},
                                             {"INTEGER[]", "'{1,2}'"},
                                             {"OID", "7"},
                                             {"MONEY", "'1'"}};
    for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++)
        try_value(columns[i][0], columns[i][1]);
}
END_TEST

static void begin_sqlite(void)
{
    begin(SQLITE_DATABASE);
}

static void begin_postgresql(void)
{
    begin(POSTGRESQL_DATABASE);
}

static void add_case(Suite *suite, const char *name, void (*begins)(void), const TTest *test)
{
    TCase *one = tcase_create(name);
    tcase_add_unchecked_fixture(one, databases_begin, databases_end);
    tcase_add_checked_fixture(one, begins, end);
    tcase_add_test(one, test);
    suite_add_tcase(suite, one);
}

Suite *misfits_suite(void)
{
    Suite *suite = suite_create("misfits");
    add_case(suite, "sqlite", begin_sqlite, sqlite_stores_anything);
    add_case(suite, "postgresql", begin_postgresql, postgresql_has_columns_of_other_types);
    return suite;
}
