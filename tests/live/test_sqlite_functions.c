/* The SQLite driver's SQL functions, against what PostgreSQL answers to the same. */
#include "live/sqlite_fixture.h"

#include <check.h>
#include <string.h>

static sqlite_db db;

static void open_memory(void)
{
    ck_assert(sqlite_open(&db, "sqlite::memory:"));
}

static void close_memory(void)
{
    sqlite_close(&db);
}

/* The answer, or the SQLSTATE of the refusal. */
typedef struct answer {
    const char *expression, *expected;
} answer;

static void expect(const answer *answers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *sql = qc_arena_printf(db.arena, "SELECT %s", answers[i].expression);
        const char *text = sqlite_text(&db, sql);
        if (db.error.error.code)
            text = db.error.error.sqlstate;
        if (!text || strcmp(text, answers[i].expected) != 0)
            ck_abort_msg("%s: got %s, expected %s", sql, text ? text : "NULL", answers[i].expected);
    }
}
#define EXPECT(answers) expect(answers, sizeof(answers) / sizeof(answers[0]))

START_TEST(arithmetic_is_exact)
{
    static const answer answers[] = {
        {"quercus_add('0.1', '0.20')", "0.30"},
        {"quercus_add(9223372036854775807, 1)", "9223372036854775808"},
        {"quercus_sub('1', '1.00')", "0.00"},
        {"quercus_mul('2.50', '2.5')", "6.250"},
        {"quercus_div('7.0', 2)", "3.5000000000000000"},
        {"quercus_div(1, '3.0')", "0.33333333333333333333"},
        {"quercus_mod(10, '3.5')", "3.0"},
        {"quercus_mod('-10', 3)", "-1"},
        {"quercus_neg('1.20')", "-1.20"},
        {"quercus_neg('0.00')", "0.00"},
        {"quercus_neg('NaN')", "NaN"},
        {"quercus_neg(-9223372036854775807 - 1)", "9223372036854775808"},
        {"quercus_abs('-3.40')", "3.40"},
        {"quercus_abs('-Infinity')", "Infinity"},
        {"quercus_round('2.5')", "3"},
        {"quercus_round('-2.345', 2)", "-2.35"},
        {"quercus_round('1234.5', -2)", "1200"},
        {"quercus_fit('9.995', 4, 2)", "10.00"},
        {"quercus_fit(5, 3, 2)", "5.00"},
        {"quercus_fit('-0.001', 2, 2)", "0.00"},
        {"quercus_fit('NaN', 2, 1)", "NaN"},
        {"quercus_add('NaN', 1)", "NaN"},
        {"quercus_sub('Infinity', 1)", "Infinity"},
        {"quercus_add(0.5, 9e999)", "Infinity"},
        {"quercus_add(-9e999, 0.5)", "-Infinity"},
        {"quercus_neg('-0.5')", "0.5"},
        {"quercus_fit(9.5, 2, 0)", "10"},
        {"quercus_mul(1e-7, 1)", "0.0000001"},
        {"quercus_idiv(-7, 2)", "-3"},
        {"quercus_imod(-7, 2)", "-1"},
        {"quercus_imod(-9223372036854775807 - 1, -1)", "0"},
        {"coalesce(quercus_add(NULL, 1), quercus_round(1, NULL), quercus_idiv(1, NULL), 'null')",
         "null"},
    };
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        answer cast = {qc_arena_printf(db.arena, "CAST(%s AS TEXT)", answers[i].expression),
                       answers[i].expected};
        expect(&cast, 1);
    }
}
END_TEST

START_TEST(what_has_no_answer_is_refused)
{
    static const answer answers[] = {
        {"quercus_div(1, '0.0')", "22012"},
        {"quercus_mod(1, 0)", "22012"},
        {"quercus_idiv(1, 0)", "22012"},
        {"quercus_imod(1, 0)", "22012"},
        {"quercus_idiv(-9223372036854775807 - 1, -1)", "22003"},
        {"quercus_idiv(1.5, 1)", "22003"},
        {"quercus_fit('99.995', 4, 2)", "22003"},
        {"quercus_fit('Infinity', 4, 2)", "22003"},
        {"quercus_add('one', 1)", "22P02"},
        {"quercus_add(1, 'one')", "22P02"},
        {"quercus_add(x'31', 1)", "22P02"},
        {"quercus_neg('one')", "22P02"},
        {"quercus_abs('one')", "22P02"},
        {"quercus_round('one')", "22P02"},
        {"quercus_round('one', 1)", "22P02"},
        {"quercus_fit('one', 4, 2)", "22P02"},
        {"quercus_idiv(1, 1.5)", "22003"},
        {"coalesce(quercus_neg(NULL), quercus_abs(NULL), quercus_fit(NULL, 4, 2), "
         "quercus_round(NULL), quercus_imod(NULL, 1), 'null')",
         "null"},
        {"quercus_date_trunc('century', '2024-01-01')", "22023"},
        {"coalesce(quercus_extract(NULL, '2024-01-01'), 'null')", "null"},
        {"quercus_date_trunc('day', '5874897-12-31')", "22008"},
        {"quercus_date_trunc('day', 'now')", "22007"},
        {"quercus_add(x'31', 1)", "22P02"},
        {"quercus_extract('fortnight', '2024-01-01')", "22023"},
        {"quercus_extract('year', 'yesterday')", "22007"},
        {"quercus_extract('hour', '2024-01-01')", "0A000"},
        {"quercus_extract('day', '12:00:00')", "0A000"},
        {"quercus_date_trunc('dow', '2024-01-01')", "0A000"},
        {"quercus_date_trunc('hour', '12:00:00')", "0A000"},
        {"quercus_date_trunc('year', '4714-11-24 00:00:00 BC')", "22008"},
    };
    EXPECT(answers);
}
END_TEST

START_TEST(sums_and_averages_are_exact)
{
    static const answer answers[] = {
        {"quercus_sum(x) FROM (SELECT 9223372036854775807 AS x UNION ALL SELECT 1)",
         "9223372036854775808"},
        {"quercus_sum(x) FROM (SELECT '1.5' AS x UNION ALL SELECT '-0.25' UNION ALL SELECT NULL "
         "UNION ALL SELECT '1000000000000000000000')",
         "1000000000000000000001.25"},
        {"quercus_sum(x) FROM (SELECT '0.000000000000001' AS x UNION ALL SELECT 9000000000000000)",
         "9000000000000000.000000000000001"},
        {"quercus_sum(x) FROM (SELECT '1.10' AS x UNION ALL SELECT '-1.1')", "0.00"},
        {"quercus_sum(x) FROM (SELECT '1' AS x UNION ALL SELECT 'NaN')", "NaN"},
        {"quercus_sum(DISTINCT x COLLATE quercus_numeric) FROM (SELECT '1.0' AS x UNION ALL SELECT "
         "'1.00')",
         "1.0"},
        {"quercus_sum(x) FROM (SELECT 0.1 AS x UNION ALL SELECT 0.2)", "0.3"},
        {"coalesce(quercus_sum(x), quercus_avg(x), 'null') FROM (SELECT 1 AS x) WHERE x > 1",
         "null"},
        {"coalesce(quercus_sum(x), 'null') FROM (SELECT NULL AS x)", "null"},
        {"quercus_avg(x) FROM (SELECT 1 AS x UNION ALL SELECT 2 UNION ALL SELECT 2)",
         "1.6666666666666667"},
        {"quercus_avg(x) FROM (SELECT '1.10' AS x UNION ALL SELECT '2.2')", "1.6500000000000000"},
        {"quercus_sum(x) FROM (SELECT 999999999999999999 AS x UNION ALL SELECT '0.0000000001')",
         "999999999999999999.0000000001"},
        {"quercus_sum(x) FROM (SELECT '0.0000000001' AS x UNION ALL SELECT -999999999999999999)",
         "-999999999999999998.9999999999"},
        {"quercus_sum(x) FROM (SELECT -9223372036854775807 AS x UNION ALL SELECT -2)",
         "-9223372036854775809"},
        {"quercus_sum(x) FROM (SELECT '1234567890123456789.5' AS x UNION ALL SELECT '.5')",
         "1234567890123456790.0"},
        {"quercus_avg(x) FROM (SELECT 'Infinity' AS x UNION ALL SELECT 1)", "Infinity"},
        {"quercus_sum('-')", "22P02"},
        {"quercus_sum('.')", "22P02"},
        {"quercus_sum('')", "22P02"},
        {"quercus_sum('1.2.3')", "22P02"},
        {"quercus_sum('1/2')", "22P02"},
        {"quercus_sum(x'31')", "22P02"},
        {"quercus_avg('x')", "22P02"},
        {"quercus_sum(x) FROM (SELECT '9e131071' AS x UNION ALL SELECT '9e131071')", "22003"},
        {"quercus_sum('x')", "22P02"},
        {"quercus_sum(x) FROM (SELECT 1 AS x UNION ALL SELECT 'x')", "22P02"},
    };
    EXPECT(answers);
}
END_TEST

START_TEST(numerics_are_ordered_by_value)
{
    ck_assert_int_eq(sqlite_run(&db, "CREATE TABLE n (x DECIMAL_TEXT COLLATE quercus_numeric "
                                     "UNIQUE); INSERT INTO n VALUES ('10'), ('9.5'), ('-1'), "
                                     "('NaN'), ('-Infinity'), ('Infinity'), ('0.10')"),
                     QC_ERROR_OK);
    static const answer answers[] = {
        {"group_concat(x, ' ') FROM (SELECT x FROM n ORDER BY x)",
         "-Infinity -1 0.10 9.5 10 Infinity NaN"},
        {"max(x) FROM n WHERE x < '9.50000001'", "9.5"},
        {"x FROM n WHERE x = '0.1'", "0.10"},
        {"x FROM n WHERE x IN (SELECT value FROM json_each('[\"10.00\"]'))", "10"},
    };
    EXPECT(answers);
    ck_assert_int_ne(sqlite_run(&db, "INSERT INTO n VALUES ('10.0')"), QC_ERROR_OK);
    ck_assert_str_eq(db.error.error.sqlstate, "23505");
}
END_TEST

#define LEAP "'2024-02-29 13:14:15.678901'"
#define CAESAR "'0044-03-15 00:00:00 BC'"
#define LAST "'294276-12-31 23:59:59.999999'"

START_TEST(fields_are_extracted)
{
    static const answer answers[] = {
        {"quercus_extract('year', " LEAP ")", "2024"},
        {"quercus_extract('quarter', " LEAP ")", "1"},
        {"quercus_extract('month', " LEAP ")", "2"},
        {"quercus_extract('week', " LEAP ")", "9"},
        {"quercus_extract('day', " LEAP ")", "29"},
        {"quercus_extract('hour', " LEAP ")", "13"},
        {"quercus_extract('minute', " LEAP ")", "14"},
        {"quercus_extract('second', " LEAP ")", "15.678901"},
        {"quercus_extract('dow', " LEAP ")", "4"},
        {"quercus_extract('doy', " LEAP ")", "60"},
        {"quercus_extract('epoch', " LEAP ")", "1709212455.678901"},
        {"quercus_extract('epoch', '1950-06-15 01:02:03.250000')", "-616892276.750000"},
        {"quercus_extract('epoch', '1969-12-31 23:59:59.500000')", "-0.500000"},
        {"quercus_extract('year', " CAESAR ")", "-44"},
        {"quercus_extract('dow', " CAESAR ")", "5"},
        {"quercus_extract('doy', " CAESAR ")", "74"},
        {"quercus_extract('week', '2021-01-03')", "53"},
        {"quercus_extract('epoch', '2021-01-03')", "1609632000"},
        {"quercus_extract('hour', '24:00:00.000000')", "24"},
        {"quercus_extract('epoch', '00:00:01.500000')", "1.500000"},
        {"quercus_extract('year', '-infinity')", "-Infinity"},
        {"quercus_extract('epoch', 'infinity')", "Infinity"},
        {"quercus_extract('doy', '1900-12-31')", "365"},
        {"quercus_extract('doy', '2000-12-31')", "366"},
        {"quercus_extract('doy', '2023-12-31')", "365"},
        {"quercus_extract('epoch', '1969-12-31 23:59:59.000000')", "-1.000000"},
        {"quercus_extract('minute', '01:02:03.000000')", "2"},
        {"quercus_extract('second', '01:02:03.000000')", "3.000000"},
        {"coalesce(quercus_extract('month', 'infinity'), 'null')", "null"},
        {"coalesce(quercus_extract('month', NULL), 'null')", "null"},
        {"quercus_extract('week', '4714-11-24 00:00:00 BC')", "48"},
        {"quercus_extract('doy', " LAST ")", "366"},
    };
    EXPECT(answers);
}
END_TEST

START_TEST(times_are_truncated)
{
    static const answer answers[] = {
        {"quercus_date_trunc('year', " LEAP ")", "2024-01-01 00:00:00.000000"},
        {"quercus_date_trunc('quarter', '2024-12-31 23:59:59.000000')",
         "2024-10-01 00:00:00.000000"},
        {"quercus_date_trunc('month', " LEAP ")", "2024-02-01 00:00:00.000000"},
        {"quercus_date_trunc('week', " LEAP ")", "2024-02-26 00:00:00.000000"},
        {"quercus_date_trunc('week', '2023-01-01 05:00:00.000000')", "2022-12-26 00:00:00.000000"},
        {"quercus_date_trunc('day', " LEAP ")", "2024-02-29 00:00:00.000000"},
        {"quercus_date_trunc('hour', " LEAP ")", "2024-02-29 13:00:00.000000"},
        {"quercus_date_trunc('minute', '1999-12-31 23:59:59.500000')",
         "1999-12-31 23:59:00.000000"},
        {"quercus_date_trunc('second', " LEAP ")", "2024-02-29 13:14:15.000000"},
        {"quercus_date_trunc('week', " CAESAR ")", "0044-03-11 00:00:00 BC"},
        {"quercus_date_trunc('year', " LAST ")", "294276-01-01 00:00:00"},
        {"quercus_date_trunc('day', 'infinity')", "infinity"},
        {"quercus_date_trunc('day', '-infinity')", "-infinity"},
        {"coalesce(quercus_date_trunc('day', NULL), 'null')", "null"},
    };
    EXPECT(answers);
}
END_TEST

Suite *sqlite_functions_suite(void)
{
    Suite *suite = suite_create("sqlite: functions");
    TCase *functions = tcase_create("functions");
    tcase_add_checked_fixture(functions, open_memory, close_memory);
    tcase_add_test(functions, arithmetic_is_exact);
    tcase_add_test(functions, what_has_no_answer_is_refused);
    tcase_add_test(functions, sums_and_averages_are_exact);
    tcase_add_test(functions, numerics_are_ordered_by_value);
    tcase_add_test(functions, fields_are_extracted);
    tcase_add_test(functions, times_are_truncated);
    suite_add_tcase(suite, functions);
    return suite;
}
