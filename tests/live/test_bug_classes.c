/* Are we free of the bugs that other libraries had? Each row is an input of a class of bugs that
 * really happened (CVE numbers where there are any), handed in the way that was wrong there, on
 * both databases. A canary table lives through all of it. */
#include "bad_values.h"
#include "probes.h"

#include "../databases.h"

#include <stdio.h>

static const struct {
    const char *class;
    probe *probe;
    const char *input;
} inputs[] = {
    {"alias quoting: CVE-2026-39356", as_alias, "x\" FROM pg_shadow;--"},
    {"alias quoting: CVE-2026-39356", as_alias, "x\"\"; DROP TABLE canary; --"},
    {"alias quoting: CVE-2025-57833", as_label, "x\" FROM pg_shadow;--"},
    {"alias quoting: CVE-2025-57833", as_label, "a\" AS b, (SELECT 1) AS \"c"},
    {"alias quoting: CVE-2025-57833", as_label, "percent %s sign"},
    {"column quoting: CVE-2022-31197", as_column, "1 FROM t; SELECT pg_sleep(9);--"},
    {"column quoting: CVE-2022-31197", as_column, "x\"=1; DROP TABLE canary; --"},
    {"column quoting", as_column, "*"},
    {"column quoting", as_column, "a, b"},
    {"table quoting", as_table, "x\"; DROP TABLE canary; --"},
    {"table quoting", as_table, "canary WHERE 1=1 --"},
    {"table quoting", as_table, "pg_catalog.pg_shadow"},
    {"index quoting", as_index, "i\" ON canary (id); DROP TABLE canary; --"},
    {"JSON key: GHSA-2598", as_json_key, "a')=1 OR 1=1--"},
    {"JSON key: GHSA-2598", as_json_key, "a'->>'b"},
    {"JSON key", as_json_key, "a.b"},
    {"JSON key", as_json_key, "*"},
    {"JSON key", as_json_key, "a\"b"},
    {"JSON key", as_json_key, "$.a"},
    {"JSON key", as_json_key, "[0]"},
    {"JSON text", as_json_text, "a')=1 OR 1=1--"},
    {"JSON text", as_json_text, "\"}; DROP TABLE canary; --"},
    {"JSON text", as_json_text, "\\\"\\\\"},
    {"cast: CVE-2026-30951", as_cast, "int) OR 1=1--"},
    {"cast: CVE-2026-30951", as_cast, "1::int; DROP TABLE canary"},
    {"cast", as_cast, "'1'::regclass"},
    {"operator and connector: CVE-2025-64459", as_argument, "OR 1=1 OR"},
    {"operator and connector: CVE-2025-64459", as_argument, "_connector=OR"},
    {"function: CVE-2026-121009", as_argument, "pg_sleep(9),now"},
    {"function", as_argument, "?"},
    {"function", as_argument, "? OR ?"},
    {"nested query: CVE-2026-121007", as_subquery, "1 OR 1=1"},
    {"nested query: CVE-2026-121007", as_subquery, ") OR (1=1"},
    {"nested query", as_subquery, "(SELECT song FROM canary)"},
    {"forged handle: CVE-2026-121265", as_zeroed, "0"},
    {"forged handle: CVE-2026-121265", as_zeroed, "1"},
    {"forged handle: CVE-2026-121265", as_zeroed, "2"},
    {"forged handle: CVE-2026-34220", as_zeroed, "3"},
    {"forged handle: CVE-2026-34220", as_zeroed, "4"},
    {"forged handle: CVE-2026-34220", as_zeroed, "5"},
    {"forged handle: CVE-2016-20018", as_zeroed, "6"},
    {"forged handle: CVE-2016-20018", as_zeroed, "7"},
    {"forged handle: CVE-2016-20018", as_zeroed, "8"},
    {"forged handle: CVE-2022-33171", as_zeroed, "9"},
    {"forged handle: CVE-2022-33171", as_zeroed, "10"},
    {"forged handle", as_zeroed, "11"},
    {"forged handle", as_zeroed, "12"},
    {"forged handle", as_zeroed, "13"},
    {"forged handle", as_zeroed, "14"},
    {"forged handle", as_zeroed, "15"},
    {"forged handle", as_zeroed, "16"},
    {"forged handle", as_zeroed, "17"},
    {"forged handle", as_zeroed, "18"},
    {"forged handle", as_zeroed, "19"},
    {"forged handle", as_zeroed, "20"},
    {"forged handle", as_zeroed, "21"},
    {"forged handle", as_zeroed, "22"},
    {"forged handle", as_zeroed, "23"},
    {"forged handle", as_zeroed, "24"},
    {"forged handle", as_zeroed, "25"},
    {"LIMIT: CVE-2019-7164", as_limit, "-1"},
    {"LIMIT: CVE-2019-7164", as_limit, "-9223372036854775808"},
    {"LIMIT: CVE-2021-43608", as_limit, "9223372036854775807"},
    {"LIMIT", as_limit, "4294967296"},
    {"LIMIT", as_limit, "0"},
    {"ORDER BY", as_label, "1;--"},
    {"ORDER BY", as_label, "(SELECT 1)"},
    {"adjacent tokens: CVE-2024-1597", as_arithmetic, "-1"},
    {"adjacent tokens: CVE-2024-1597", as_arithmetic, "1"},
    {"adjacent tokens: CVE-2024-27289", as_arithmetic, "-2147483648"},
    {"adjacent tokens: CVE-2024-27289", as_arithmetic, "-4294967297"},
    {"adjacent tokens: CVE-2024-1597", as_value, "\n;DROP TABLE canary"},
    {"adjacent tokens: CVE-2024-1597", as_value, "-1"},
    {"two passes: CVE-2023-25813", as_value, "$1"},
    {"two passes: CVE-2023-25813", as_value, "$2$1"},
    {"two passes: CVE-2023-25813", as_value, "?"},
    {"two passes: CVE-2023-25813", as_value, ":name"},
    {"two passes: CVE-2023-25813", as_value, "{0}"},
    {"two passes: CVE-2023-25813", as_value, ":replacements '$1'"},
    {"inlined literals: CVE-2019-14900", as_old_strings, "\\'"},
    {"inlined literals: CVE-2019-14900", as_old_strings, "\\' OR 1=1 --"},
    {"inlined literals", as_old_strings, "E'\\'"},
    {"inlined literals", as_old_strings, "$$"},
    {"inlined literals", as_old_strings, "\\"},
    {"inlined literals", as_old_strings, "2024-01-01' OR '1'='1"},
    {"comments: CVE-2020-25638", as_function_of_site, "*/ ; DROP TABLE canary; --"},
    {"comments: CVE-2020-25638", as_function_of_site, "/* /* nested"},
    {"comments: CVE-2023-22794", as_function_of_site, "*/*/"},
    {"comments: CVE-2023-22794", as_function_of_site, "*\\/"},
    {"comments", as_function_of_site, "\n; DROP TABLE canary; --"},
    {"comments", as_function_of_site, "\xC0\xA7"},
    {"comments", as_function_of_site, ""},
    {"session commands", as_table, "x\"; SET ROLE postgres;--"},
    {"session commands", as_column, "x\"; SET search_path = pg_temp;--"},
    {"session commands", as_label, "x\"; COPY canary TO PROGRAM 'id';--"},
    {"COPY options", as_row, "'"},
    {"COPY options", as_row, "\\.\n"},
    {"COPY options", as_row, "\t\\N\t"},
    {"COPY options", as_row, "PGCOPY\n\r\n"},
    {"defaults", as_default, "{\"a\":\"'); DROP TABLE canary;--\"}"},
    {"defaults", as_default, "'); DROP TABLE canary; --"},
    {"defaults", as_default, "nextval('x')"},
    {"second order: CVE-2026-0603", as_second_order, "1) OR (1=1"},
    {"second order: CVE-2026-0603", as_second_order, "x\" FROM pg_shadow;--"},
    {"second order: CVE-2026-0603", as_second_order, "'; DROP TABLE canary; --"},
    {"LIKE", as_like, "%"},
    {"LIKE", as_like, "_"},
    {"LIKE", as_like, "a\\"},
    {"LIKE", as_like, "\\%"},
    {"LIKE", as_like, "%_\\%_\\"},
    {"encoding: CVE-2025-1094", as_broken, "\xC0'"},
    {"encoding: CVE-2025-1094", as_broken, "\xC0\xA7"},
    {"encoding: CVE-2025-1094", as_broken, "\xE0\x80'; DROP TABLE canary; --"},
    {"encoding: CVE-2006-2314", as_broken, "\x83\\'"},
    {"encoding: CVE-2006-2314", as_broken, "\xBF' OR 1=1 --"},
    {"encoding", as_broken, "\xED\xA0\x80"},
    {"length: CVE-2024-27304", as_size, "2147483648"},
    {"length: CVE-2024-27304", as_size, "4294967301"},
    {"length: RUSTSEC-2024-0365", as_size, "18446744073709551615"},
    {"length: CVE-2025-12818", as_size, "9223372036854775807"},
    {"length: CVE-2022-35737", as_size, "2305843009213693952"},
    {"buffers: CVE-2026-78183", as_numeric, "Infinity"},
    {"buffers: CVE-2026-78183", as_numeric, "-Infinity"},
    {"buffers: CVE-2026-78183", as_numeric, "NaN"},
    {"buffers", as_numeric, "infinity' OR 1=1 --"},
    {"buffers", as_numeric, "1e999999999"},
    {"buffers", as_numeric, "1;DROP"},
    {"buffers", as_numeric, ""},
    {"buffers: CVE-2026-120061", as_many_arguments, "'"},
    {"buffers: CVE-2026-120061", as_many_arguments,
     "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\""},
    {"buffers", as_label,
     "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\""},
    {"format strings: CVE-2012-1151", as_message, "%n%n%n%n%n"},
    {"format strings: CVE-2012-1151", as_message, "%s%s%s%s%s%s"},
    {"format strings: CVE-2012-1151", as_message, "%99999999d"},
    {"logs: RUSTSEC-2025-0055", as_trace, "%n"},
    {"logs: CVE-2025-55193", as_trace, "one\r\ntwo\nthree"},
    {"logs: CVE-2025-55193", as_trace, "\033[2J\033[31mred\007"},
    {"logs: CVE-2025-55193", as_trace,
     "\xC2\x9B"
     "2J"},
    {"logs: CVE-2025-55193", as_trace, "\177\b\b\b"},
    {"generated text: CVE-2026-73651", as_table, "*/ system(\"x\");/*"},
    {"generated text: CVE-2025-8715", as_table, "x\n\\! id\n"},
    {"generated text: CVE-2025-8715", as_column, "x\n; DROP TABLE canary; --"},
    {"generated text", as_column,
     "?"
     "?/"},
    {"generated text", as_column, "int"},
    {"secrets", as_url, "postgresql://user:s3cr%zzcanary@/x"},
    {"secrets", as_url, "postgresql://user:canary@/x?host=/nowhere"},
    {"secrets", as_url, "password=canary nonsense"},
    {"secrets", as_url, "password=canary host=/nowhere"},
    {"secrets", as_url, "password='canary"},
    {"URLs", as_url, "sqlite"},
    {"URLs", as_url, "sqlite:"},
    {"URLs", as_url, "sqlite:/nowhere/at/all.db"},
    {"URLs", as_url, "mysql://x"},
    {"URLs", as_url, "%n%s"},
    {"lifetime: RUSTSEC-2026-0172", as_lifetime, "0"},
    {"lifetime: RUSTSEC-2026-0172", as_lifetime, "1"},
    {"lifetime: RUSTSEC-2026-0172", as_lifetime, "2"},
    {"lifetime: RUSTSEC-2026-0172", as_lifetime, "3"},
};
enum { INPUT_COUNT = sizeof(inputs) / sizeof(inputs[0]) };
_Static_assert(INPUT_COUNT >= 150, "at least so many inputs");

START_TEST(inputs_stay_what_they_are)
{
    const int input = _i / DATABASE_COUNT;
    qc_db *db = database_open(_i % DATABASE_COUNT);
    qc_set_cache_size(db, 0);
    if (!values_create(db))
        database_fail(db, "create");
    if (!inputs[input].probe(db, inputs[input].input)) {
        const struct qc_error *error = qc_error(db);
        ck_abort_msg("%s, input %d <%s> on %s: %s: %s", inputs[input].class, input,
                     inputs[input].input, qc_dialect_name(db), qc_code_name(error->code),
                     error->message ? error->message : "no error");
    }
    if (!values_canary_lives(db))
        database_fail(db, "the canary is gone");
    qc_close(db);
}
END_TEST

Suite *bug_classes_suite(void)
{
    Suite *suite = suite_create("bug classes");
    TCase *all = tcase_create("inputs");
    tcase_add_unchecked_fixture(all, databases_begin, databases_end);
    tcase_add_loop_test(all, inputs_stay_what_they_are, 0, INPUT_COUNT * DATABASE_COUNT);
    suite_add_tcase(suite, all);
    return suite;
}
