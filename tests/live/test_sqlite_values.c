/* The SQLite driver alone: values in and out, and what is refused. */
#include "live/sqlite_fixture.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

MODEL(Thing, "things", COLUMN(id, BIGINT, PRIMARY_KEY), COLUMN(flag, BOOLEAN),
      COLUMN(small, SMALLINT), COLUMN(whole, INTEGER), COLUMN(big, BIGINT), COLUMN(single, REAL),
      COLUMN(real, DOUBLE), COLUMN(exact, NUMERIC), COLUMN(words, TEXT), COLUMN(bytes, BYTEA),
      COLUMN(day, DATE), COLUMN(moment, TIME), COLUMN(at, TIMESTAMP), COLUMN(zoned, TIMESTAMPTZ),
      COLUMN(code, UUID), COLUMN(document, JSONB))
MODEL(Maybe, "things", COLUMN(id, BIGINT, PRIMARY_KEY), COLUMN(flag, NULLABLE(BOOLEAN)),
      COLUMN(small, NULLABLE(SMALLINT)), COLUMN(whole, NULLABLE(INTEGER)),
      COLUMN(big, NULLABLE(BIGINT)), COLUMN(single, NULLABLE(REAL)), COLUMN(real, NULLABLE(DOUBLE)),
      COLUMN(exact, NULLABLE(NUMERIC)), COLUMN(words, NULLABLE(TEXT)),
      COLUMN(bytes, NULLABLE(BYTEA)), COLUMN(day, NULLABLE(DATE)), COLUMN(moment, NULLABLE(TIME)),
      COLUMN(at, NULLABLE(TIMESTAMP)), COLUMN(zoned, NULLABLE(TIMESTAMPTZ)),
      COLUMN(code, NULLABLE(UUID)), COLUMN(document, NULLABLE(JSONB)))
RECORD(OneNumber, COLUMN(n, BIGINT))

static const char THINGS[] =
    "CREATE TABLE things (id BIGINT PRIMARY KEY, flag BOOLEAN, small SMALLINT, whole INTEGER, "
    "big BIGINT, single REAL, real DOUBLE, exact DECIMAL_TEXT COLLATE quercus_numeric, words TEXT, "
    "bytes BLOB, day DATE_TEXT, moment TIME_TEXT, at TIMESTAMP_TEXT, zoned TIMESTAMP_TEXT, "
    "code UUID_TEXT, document JSON_TEXT)";

static sqlite_db db;

static void open_memory(void)
{
    ck_assert(sqlite_open(&db, "sqlite::memory:"));
    ck_assert_int_eq(sqlite_run(&db, THINGS), QC_ERROR_OK);
}

static void close_memory(void)
{
    sqlite_close(&db);
}

static void must_run(sqlite_db *on, const char *sql)
{
    if (sqlite_run(on, sql) != QC_ERROR_OK)
        ck_abort_msg("%s: %s", sql, on->error.error.message);
}

static int64_t number(sqlite_db *on, const char *sql, const qc_node *const *binds)
{
    struct OneNumber **rows = sqlite_rows(on, sql, &qc_table_OneNumber, binds);
    if (!rows)
        ck_abort_msg("%s: %s", sql, on->error.error.message);
    ck_assert_uint_eq(qc_count(rows), 1);
    return rows[0]->n;
}

static void expect_error(enum qc_code code, const char *sqlstate, const char *part)
{
    const struct qc_error *error = &db.error.error;
    if (error->code != code || strcmp(error->sqlstate, sqlstate) != 0 ||
        !strstr(error->message, part))
        ck_abort_msg("expected %s [%s] …%s…, got %s [%s] %s", qc_code_name(code), sqlstate, part,
                     qc_code_name(error->code), error->sqlstate, error->message);
}

static enum qc_code insert(const qc_table *table, const void *const *rows, size_t count)
{
    const qc_column *columns[32];
    for (uint32_t i = 0; i < table->column_count; i++)
        columns[i] = &table->columns[i];
    qc_bulk bulk = {table, columns, table->column_count, rows, count};
    qc_error_clear(&db.error);
    return qc_bulk_insert(&qc_sqlite_driver, db.connection, &bulk);
}

/* ---- Values. ---- */

static struct Thing thing(int64_t id)
{
    return (struct Thing){
        .id = id, .exact = {"0"}, .words = "", .bytes = {"", 0}, .document = "null"};
}

static struct Thing largest(void)
{
    return (struct Thing){INT64_MAX,
                          true,
                          INT16_MAX,
                          INT32_MAX,
                          INT64_MAX,
                          3.40282347e+38f,
                          1.7976931348623157e308,
                          {"99999999999999999999999999999999999999.00000000000000000001"},
                          "naïve \xF0\x9F\x8C\xB3 \"'; DROP TABLE things; --",
                          {"\0\xFF\0", 3},
                          {2921939},
                          {86400000000},
                          {252455615999999999},
                          {INT64_MAX},
                          {{255, 1, 2, 3}},
                          "{\"a\": [1, \"\\ud83c\\udf33\"]}"};
}

static struct Thing smallest(void)
{
    return (struct Thing){INT64_MIN,
                          false,
                          INT16_MIN,
                          INT32_MIN,
                          INT64_MIN,
                          -1e-45f,
                          -5e-324,
                          {"-Infinity"},
                          "",
                          {"", 0},
                          {-730119},
                          {0},
                          {-63082281600000000},
                          {INT64_MIN},
                          {{0}},
                          "[]"};
}

static void expect_same(const struct Thing *a, const struct Thing *b)
{
    ck_assert_int_eq(a->id, b->id);
    ck_assert_int_eq(a->flag, b->flag);
    ck_assert_int_eq(a->small, b->small);
    ck_assert_int_eq(a->whole, b->whole);
    ck_assert_int_eq(a->big, b->big);
    ck_assert_mem_eq(&a->single, &b->single, sizeof(a->single));
    ck_assert_mem_eq(&a->real, &b->real, sizeof(a->real));
    ck_assert_str_eq(a->exact.text, b->exact.text);
    ck_assert_str_eq(a->words, b->words);
    ck_assert_uint_eq(a->bytes.size, b->bytes.size);
    ck_assert_ptr_nonnull(a->bytes.data);
    ck_assert_mem_eq(a->bytes.data, b->bytes.data, b->bytes.size);
    ck_assert_int_eq(a->day.days, b->day.days);
    ck_assert_int_eq(a->moment.microseconds, b->moment.microseconds);
    ck_assert_int_eq(a->at.microseconds, b->at.microseconds);
    ck_assert_int_eq(a->zoned.microseconds, b->zoned.microseconds);
    ck_assert_mem_eq(&a->code, &b->code, sizeof(a->code));
    ck_assert_str_eq(a->document, b->document);
}

START_TEST(every_type_round_trips)
{
    struct Thing things[] = {smallest(), thing(0), largest(), thing(1)};
    enum { COUNT = sizeof(things) / sizeof(things[0]) };
    things[1].single = INFINITY;
    things[1].real = -INFINITY;
    things[1].day.days = INT32_MAX;
    things[1].at.microseconds = -211813488000000000; /* 4714-11-24 BC */
    things[1].zoned.microseconds = 9223371331199999999;
    things[3].real = 0.1;
    things[3].single = 0.1f;
    things[3].exact.text = "NaN";
    things[3].day.days = -2451545;
    const void *rows[COUNT];
    for (int i = 0; i < COUNT; i++)
        rows[i] = &things[i];
    ck_assert_int_eq(insert(&qc_table_Thing, rows, COUNT), QC_ERROR_OK);
    struct Thing **read = sqlite_rows(&db, "SELECT * FROM things ORDER BY id = 1, id",
                                      &qc_table_Thing, NO_PARAMETERS);
    ck_assert_uint_eq(qc_count(read), COUNT);
    for (int i = 0; i < COUNT; i++)
        expect_same(read[i], &things[i]);
}
END_TEST

START_TEST(values_are_stored_in_their_form)
{
    struct Thing row = largest();
    const void *rows[] = {&row};
    ck_assert_int_eq(insert(&qc_table_Thing, rows, 1), QC_ERROR_OK);
    static const char *const forms[][2] = {
        {"flag", "integer 1"},
        {"whole", "integer 2147483647"},
        {"words", "text "},
        {"day", "text 9999-12-31"},
        {"moment", "text 24:00:00.000000"},
        {"at", "text 9999-12-31 23:59:59.999999"},
        {"zoned", "text infinity"},
        {"code", "text ff010203-0000-0000-0000-000000000000"},
        {"document", "text {\"a\": [1, \"\\ud83c\\udf33\"]}"},
        {"hex(bytes)", "text 00FF00"},
    };
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        char sql[200];
        snprintf(sql, sizeof(sql), "SELECT typeof(%s) || ' ' || %s FROM things", forms[i][0],
                 forms[i][0]);
        ck_assert_int_eq(strncmp(sqlite_text(&db, sql), forms[i][1], strlen(forms[i][1])), 0);
    }
    ck_assert_str_eq(sqlite_text(&db, "SELECT typeof(real) || typeof(bytes) FROM things"),
                     "realblob");
}
END_TEST

START_TEST(nulls_round_trip)
{
    struct Maybe none = {.id = 1}, some = {.id = 2, .flag = {true, false}, .small = {true, -7}};
    some.code.set = some.day.set = some.real.set = true;
    some.words = "x";
    some.bytes.data = "y";
    const void *rows[] = {&none, &some};
    ck_assert_int_eq(insert(&qc_table_Maybe, rows, 2), QC_ERROR_OK);
    struct Maybe **read =
        sqlite_rows(&db, "SELECT * FROM things ORDER BY id", &qc_table_Maybe, NO_PARAMETERS);
    ck_assert_uint_eq(qc_count(read), 2);
    ck_assert(!read[0]->flag.set && !read[0]->code.set && !read[0]->words && !read[0]->bytes.data &&
              !read[0]->exact.text && !read[0]->document && !read[0]->zoned.set);
    ck_assert(read[1]->flag.set && !read[1]->flag.value && read[1]->small.value == -7);
    ck_assert(read[1]->code.set && read[1]->day.set && read[1]->real.set && !read[1]->at.set);
    ck_assert(read[1]->bytes.data && !read[1]->bytes.size);
    ck_assert_str_eq(read[1]->words, "x");
    ck_assert_ptr_null(
        sqlite_rows(&db, "SELECT * FROM things ORDER BY id", &qc_table_Thing, NO_PARAMETERS));
    expect_error(QC_ERROR_NULL_RESULT, "", "things.flag is NULL");
}
END_TEST

START_TEST(parameters_are_bound)
{
    qc_uuid_value code = {{0xAB}};
    struct Maybe **read = sqlite_rows(
        &db, "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16",
        &qc_table_Maybe,
        PARAMETERS(bind_integer(&db, QC_TYPE_bigint, INT64_MIN), bind_integer(&db, QC_TYPE_bool, 1),
                   bind_integer(&db, QC_TYPE_smallint, -2), bind_integer(&db, QC_TYPE_int, 3),
                   bind_null(&db, QC_TYPE_bigint), bind_real(&db, QC_TYPE_real, (double)0.1f),
                   bind_real(&db, QC_TYPE_double, 1e300), bind_text(&db, QC_TYPE_numeric, "1.50"),
                   bind_text(&db, QC_TYPE_text, "\xC3\xA9"),
                   bind_bytes(&db, QC_TYPE_bytea, "\0a", 2), bind_integer(&db, QC_TYPE_date, 1),
                   bind_integer(&db, QC_TYPE_time, 1), bind_integer(&db, QC_TYPE_timestamp, -1),
                   bind_integer(&db, QC_TYPE_timestamptz, 1000),
                   bind_bytes(&db, QC_TYPE_uuid, &code, sizeof(code)),
                   bind_text(&db, QC_TYPE_json, "{}")));
    ck_assert_uint_eq(qc_count(read), 1);
    const struct Maybe *row = read[0];
    ck_assert(row->id == INT64_MIN && row->flag.value && row->small.value == -2);
    ck_assert(row->whole.value == 3 && !row->big.set && row->single.value == 0.1f);
    ck_assert(row->real.value == 1e300 && row->day.value.days == 1);
    ck_assert_str_eq(row->exact.text, "1.50");
    ck_assert_str_eq(row->words, "\xC3\xA9");
    ck_assert(row->bytes.size == 2 && row->moment.value.microseconds == 1);
    ck_assert(row->at.value.microseconds == -1 && row->zoned.value.microseconds == 1000);
    ck_assert_uint_eq(row->code.value.bytes[0], 0xAB);
    ck_assert_str_eq(row->document, "{}");
}
END_TEST

START_TEST(unstorable_values_are_refused)
{
    const struct {
        const qc_node *bind;
        enum qc_code code;
        const char *part;
    } cases[] = {
        {bind_real(&db, QC_TYPE_double, NAN), QC_ERROR_VALUE,
         "parameter 1: SQLite cannot store NaN"},
        {bind_real(&db, QC_TYPE_real, 1e300), QC_ERROR_VALUE, "out of the range of REAL"},
        {bind_bytes(&db, QC_TYPE_text, "admin\0x", 7), QC_ERROR_VALUE, "zero byte"},
        {bind_text(&db, QC_TYPE_text, "\xC0\xA7"), QC_ERROR_VALUE, "not UTF-8"},
        {bind_text(&db, QC_TYPE_text, "\xED\xA0\x80"), QC_ERROR_VALUE, "not UTF-8"},
        {bind_text(&db, QC_TYPE_numeric, "1e5"), QC_ERROR_VALUE, "not a NUMERIC"},
        {bind_text(&db, QC_TYPE_numeric, "12; DROP"), QC_ERROR_VALUE, "not a NUMERIC"},
        {bind_text(&db, QC_TYPE_numeric, ""), QC_ERROR_VALUE, "not a NUMERIC"},
        {bind_text(&db, QC_TYPE_json, "{\"a\":}"), QC_ERROR_VALUE, "not JSON"},
        {bind_text(&db, QC_TYPE_json, "{'a':1}"), QC_ERROR_VALUE, "not JSON"},
        {bind_integer(&db, QC_TYPE_date, INT32_MAX - 1), QC_ERROR_VALUE, "date is out of range"},
        {bind_integer(&db, QC_TYPE_time, -1), QC_ERROR_VALUE, "time is out of range"},
        {bind_integer(&db, QC_TYPE_time, 86400000001), QC_ERROR_VALUE, "time is out of range"},
        {bind_integer(&db, QC_TYPE_timestamp, INT64_MAX - 1), QC_ERROR_VALUE, "timestamp is out"},
        {bind_bytes(&db, QC_TYPE_bytea, "", (size_t)1 << 31), QC_ERROR_TOO_BIG, "limit"},
        {bind_bytes(&db, QC_TYPE_text, "", ((size_t)1 << 32) + 5), QC_ERROR_TOO_BIG, "limit"},
        {bind_array(&db, QC_TYPE_bytea, NULL, 0), QC_ERROR_UNSUPPORTED, "BYTEA"},
    };
    int64_t affected = -7;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        sqlite_exec(&db, "INSERT INTO things (words) VALUES (?1)", PARAMETERS(cases[i].bind),
                    &affected);
        expect_error(cases[i].code, "", cases[i].part);
        ck_assert_ptr_nonnull(db.error.error.sql);
    }
    ck_assert_int_eq(affected, -7);
    ck_assert_int_eq(number(&db, "SELECT count(*) FROM things", NO_PARAMETERS), 0);
    struct Thing bad = thing(1);
    bad.words = "\xFF";
    const void *rows[] = {&bad};
    insert(&qc_table_Thing, rows, 1);
    expect_error(QC_ERROR_VALUE, "", "things.words in row 1: the text is not UTF-8");
}
END_TEST

static void expect_in(const char *column, int type, const void *elements, size_t count,
                      int64_t found)
{
    char sql[120];
    snprintf(sql, sizeof(sql),
             "SELECT count(*) FROM things WHERE %s IN (SELECT value FROM json_each(?1))", column);
    ck_assert_int_eq(number(&db, sql, PARAMETERS(bind_array(&db, type, elements, count))), found);
}

START_TEST(only_json_is_json)
{
    static const char *const good[] = {
        "0",
        " -1.5e+10 ",
        "\"\"",
        "true",
        "false",
        "null",
        "[]",
        "{}",
        "[[],{}]",
        "[1,[2,{\"a\":[3]}],4]",
        "{\"a\":1,\"a\":{\"b\":[]}}",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"",
        "\"\\uD83C\\uDF33\"",
        "\"\xC3\xA9\"",
        "\t[\r\n1 , 2 ]",
    };
    static const char *const bad[] = {
        "",
        " ",
        "nul",
        "01",
        "1.",
        ".5",
        "+1",
        "-",
        "1e",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[",
        "]",
        "{",
        "{\"a\"}",
        "{\"a\":}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":1,}",
        "[1}",
        "{\"a\":1]",
        "\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u0000\"",
        "\"\\uD83C\"",
        "\"\\uDF33\"",
        "\"\\uD83C\\u0041\"",
        "\"\n\"",
        "1 2",
        "NaN",
        "Infinity",
        "/**/1",
        "tru",
        "[] []",
    };
    int64_t affected;
    static char deep[2001];
    memset(deep, '[', 1000);
    memset(deep + 1000, ']', 1000);
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]) + 1; i++) {
        const char *text = i < sizeof(good) / sizeof(good[0]) ? good[i] : deep;
        if (sqlite_exec(&db, "INSERT INTO things (document) SELECT ?1 WHERE json_valid(?1)",
                        PARAMETERS(bind_text(&db, QC_TYPE_json, text)), &affected) ||
            affected != 1)
            ck_abort_msg("%s was refused", text);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]) + 1; i++) {
        memset(deep, '[', 2000);
        const char *text = i < sizeof(bad) / sizeof(bad[0]) ? bad[i] : deep;
        if (sqlite_exec(&db, "INSERT INTO things (document) VALUES (?1)",
                        PARAMETERS(bind_text(&db, QC_TYPE_json, text)),
                        &affected) != QC_ERROR_VALUE)
            ck_abort_msg("%s was taken", text);
    }
}
END_TEST

START_TEST(arrays_compare_as_values_do)
{
    struct Thing a = largest(), b = smallest(), c = thing(3);
    c.real = 0.1;
    c.exact.text = "1.50";
    c.words = "a\\\"\n\x7F,'é";
    const void *rows[] = {&a, &b, &c};
    ck_assert_int_eq(insert(&qc_table_Thing, rows, 3), QC_ERROR_OK);
    expect_in("id", QC_TYPE_bigint, (int64_t[]){INT64_MAX, INT64_MIN, 4}, 3, 2);
    expect_in("small", QC_TYPE_smallint, (int16_t[]){INT16_MIN, 0}, 2, 2);
    expect_in("whole", QC_TYPE_int, (int32_t[]){INT32_MAX}, 1, 1);
    expect_in("flag", QC_TYPE_bool, (bool[]){true}, 1, 1);
    expect_in("single", QC_TYPE_real, (float[]){a.single, b.single, 5}, 3, 2);
    expect_in("real", QC_TYPE_double, (double[]){a.real, b.real, c.real, INFINITY}, 4, 3);
    expect_in("exact", QC_TYPE_numeric, (qc_numeric_value[]){{"1.5"}, a.exact, {"-Infinity"}}, 3,
              3);
    expect_in("words", QC_TYPE_text, (const char *[]){a.words, NULL, c.words}, 3, 2);
    expect_in("day", QC_TYPE_date, (qc_date_value[]){a.day, c.day}, 2, 2);
    expect_in("moment", QC_TYPE_time, (qc_time_value[]){a.moment}, 1, 1);
    expect_in("at", QC_TYPE_timestamp, (qc_timestamp_value[]){b.at, a.at}, 2, 2);
    expect_in("zoned", QC_TYPE_timestamptz, (qc_timestamp_value[]){b.zoned}, 1, 1);
    expect_in("code", QC_TYPE_uuid, (qc_uuid_value[]){a.code, c.code}, 2, 3);
    expect_in("document", QC_TYPE_json, (const char *[]){a.document}, 1, 1);
    expect_in("id", QC_TYPE_bigint, NULL, 0, 0);
}
END_TEST

START_TEST(texts_of_times_are_in_order)
{
    struct Thing rows[4] = {thing(1), thing(2), thing(3), thing(4)};
    const int64_t times[] = {-63082281600000000, -1, 0, 252455615999999999};
    const void *pointers[4];
    for (int i = 0; i < 4; i++) {
        rows[i].at.microseconds = times[i];
        pointers[i] = &rows[i];
    }
    ck_assert_int_eq(insert(&qc_table_Thing, pointers, 4), QC_ERROR_OK);
    ck_assert_str_eq(
        sqlite_text(&db, "SELECT group_concat(id) FROM (SELECT id FROM things ORDER BY at)"),
        "1,2,3,4");
}
END_TEST

START_TEST(malformed_stored_values_are_refused)
{
    static const char *const cases[][2] = {
        {"UPDATE things SET flag = 2", "things.flag: BOOLEAN cannot hold the INTEGER \"2\""},
        {"UPDATE things SET flag = 'yes'", "things.flag"},
        {"UPDATE things SET small = 32768", "things.small: SMALLINT cannot hold"},
        {"UPDATE things SET whole = -2147483649", "things.whole"},
        {"UPDATE things SET big = 9223372036854775808.0",
         "things.big: BIGINT cannot hold the REAL"},
        {"UPDATE things SET single = 1e39", "things.single"},
        {"UPDATE things SET real = 'x'", "things.real"},
        {"UPDATE things SET exact = 'twelve'",
         "things.exact: NUMERIC cannot hold the TEXT \"twelve\""},
        {"UPDATE things SET words = x'00'", "things.words: TEXT cannot hold the BLOB"},
        {"UPDATE things SET words = CAST(x'C0A7' AS TEXT)",
         "things.words: the database sent a text that is not UTF-8"},
        {"UPDATE things SET words = CAST(x'610062' AS TEXT)", "or has a NUL byte in it"},
        {"UPDATE things SET document = CAST(x'22C0A722' AS TEXT)", "things.document"},
        {"UPDATE things SET bytes = 'text'", "things.bytes: BYTEA cannot hold the TEXT"},
        {"UPDATE things SET day = '2024-02-31'",
         "things.day: DATE cannot hold the TEXT \"2024-02-31\""},
        {"UPDATE things SET moment = '25:00'", "things.moment"},
        {"UPDATE things SET at = 'now'", "things.at"},
        {"UPDATE things SET zoned = 7", "things.zoned"},
        {"UPDATE things SET code = 'ff'", "things.code: UUID cannot hold the TEXT \"ff\""},
        {"UPDATE things SET document = x'7B7D'", "things.document"},
    };
    struct Thing good = thing(1);
    const void *rows[] = {&good};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        must_run(&db, "DELETE FROM things");
        ck_assert_int_eq(insert(&qc_table_Thing, rows, 1), QC_ERROR_OK);
        must_run(&db, cases[i][0]);
        ck_assert_ptr_null(
            sqlite_rows(&db, "SELECT * FROM things", &qc_table_Thing, NO_PARAMETERS));
        expect_error(QC_ERROR_DECODE, "", cases[i][1]);
    }
}
END_TEST

RECORD(OneNumeric, COLUMN(n, NUMERIC))

START_TEST(numbers_of_any_storage_are_numerics)
{
    static const char *const cases[][2] = {
        {"SELECT 9223372036854775807", "9223372036854775807"},
        {"SELECT 0.1", "0.1"},
        {"SELECT 1e22", "10000000000000000000000"},
        {"SELECT -1.5e-7", "-0.00000015"},
        {"SELECT 9e999", "Infinity"},
        {"SELECT '1.10'", "1.10"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct OneNumeric **rows =
            sqlite_rows(&db, cases[i][0], &qc_table_OneNumeric, NO_PARAMETERS);
        ck_assert_uint_eq(qc_count(rows), 1);
        ck_assert_str_eq(rows[0]->n.text, cases[i][1]);
    }
}
END_TEST

Suite *sqlite_values_suite(void)
{
    Suite *suite = suite_create("sqlite: values");
    TCase *values = tcase_create("values");
    tcase_add_checked_fixture(values, open_memory, close_memory);
    tcase_add_test(values, every_type_round_trips);
    tcase_add_test(values, values_are_stored_in_their_form);
    tcase_add_test(values, nulls_round_trip);
    tcase_add_test(values, parameters_are_bound);
    tcase_add_test(values, unstorable_values_are_refused);
    tcase_add_test(values, only_json_is_json);
    tcase_add_test(values, arrays_compare_as_values_do);
    tcase_add_test(values, texts_of_times_are_in_order);
    tcase_add_test(values, malformed_stored_values_are_refused);
    tcase_add_test(values, numbers_of_any_storage_are_numerics);
    suite_add_tcase(suite, values);
    return suite;
}
