/* The PostgreSQL driver alone: values in and out, and what cannot be held. */
#include "live/pg_fixture.h"
#include "live/pg_records.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pg_db db;

static void open_db(void)
{
    pg_open(&db);
    pg_must(&db, "SET TIME ZONE 'UTC'");
}

static void close_db(void)
{
    pg_close(&db);
}

/* Sends a value and gets it back in a plain field, an optional and as the server's text. */
static void *round_trip(const char *type, const qc_table *table, const qc_node *bind)
{
    const char *sql = qc_arena_printf(db.arena, "SELECT $1, $2, $1::%s::text", type);
    void **rows = pg_rows(&db, sql, table, PARAMETERS(bind, bind));
    if (!rows)
        ck_abort_msg("%s: %s", sql, db.error.error.message);
    ck_assert_uint_eq(qc_count(rows), 1);
    return rows[0];
}

static uint64_t random_64(void)
{
    static uint64_t state = 88172645463325252u;
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

/* Random, with all lengths. */
static int64_t random_integer(void)
{
    return (int64_t)random_64() >> (random_64() % 64);
}

/* ---- Whole numbers. ---- */

#define CHECK_INTEGER(name, word, from)                                                            \
    do {                                                                                           \
        const int64_t sent = (from);                                                               \
        const struct One_##name *row =                                                             \
            round_trip(word, &qc_table_One_##name, bind_integer(&db, QC_TYPE_##name, sent));       \
        ck_assert_int_eq(row->plain, sent);                                                        \
        ck_assert(row->maybe.set);                                                                 \
        ck_assert_int_eq(row->maybe.value, sent);                                                  \
        ck_assert_int_eq(strtoll(row->text, NULL, 10), sent);                                      \
    } while (0)

START_TEST(whole_numbers)
{
    static const int64_t small[] = {0, 1, -1, INT16_MIN, INT16_MAX};
    static const int64_t whole[] = {0, 1, -1, INT32_MIN, INT32_MAX};
    static const int64_t big[] = {0, 1, -1, INT64_MIN, INT64_MAX, INT64_C(1) << 53};
    for (size_t i = 0; i < 5; i++)
        CHECK_INTEGER(smallint, "smallint", small[i]);
    for (size_t i = 0; i < 5; i++)
        CHECK_INTEGER(int, "integer", whole[i]);
    for (size_t i = 0; i < 6; i++)
        CHECK_INTEGER(bigint, "bigint", big[i]);
    for (int i = 0; i < 200; i++) {
        CHECK_INTEGER(smallint, "smallint", (int16_t)random_integer());
        CHECK_INTEGER(int, "integer", (int32_t)random_integer());
        CHECK_INTEGER(bigint, "bigint", random_integer());
    }
}
END_TEST

START_TEST(booleans)
{
    for (int64_t value = 0; value <= 1; value++) {
        const struct One_bool *row =
            round_trip("boolean", &qc_table_One_bool, bind_integer(&db, QC_TYPE_bool, value));
        ck_assert_int_eq(row->plain, value);
        ck_assert(row->maybe.set);
        ck_assert_int_eq(row->maybe.value, value);
        ck_assert_str_eq(row->text, value ? "true" : "false");
    }
}
END_TEST

/* ---- Floating numbers: every bit but those of a NaN. ---- */

static void check_double(double value)
{
    const struct One_double *row =
        round_trip("double precision", &qc_table_One_double, bind_real(&db, QC_TYPE_double, value));
    ck_assert(row->maybe.set);
    if (isnan(value)) {
        ck_assert(isnan(row->plain) && isnan(row->maybe.value));
        return;
    }
    ck_assert(memcmp(&row->plain, &value, sizeof(value)) == 0);
    ck_assert(memcmp(&row->maybe.value, &value, sizeof(value)) == 0);
}

static void check_real(float value)
{
    const struct One_real *row =
        round_trip("real", &qc_table_One_real, bind_real(&db, QC_TYPE_real, (double)value));
    ck_assert(row->maybe.set);
    if (isnan(value)) {
        ck_assert(isnan(row->plain));
        return;
    }
    ck_assert(memcmp(&row->plain, &value, sizeof(value)) == 0);
    ck_assert(memcmp(&row->maybe.value, &value, sizeof(value)) == 0);
}

START_TEST(floating_numbers)
{
    static const double values[] = {0, -0.0, 1.5, -1e300, DBL_MIN, DBL_MAX, 5e-324, 0.1};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        check_double(values[i]);
    check_double((double)INFINITY);
    check_double(-(double)INFINITY);
    check_double((double)NAN);
    check_real(FLT_MAX);
    check_real(FLT_MIN);
    check_real(-0.0f);
    check_real(INFINITY);
    check_real(NAN);
    for (int i = 0; i < 200; i++) {
        const uint64_t bits = random_64();
        const uint32_t half = (uint32_t)(bits >> 32);
        double value;
        float single;
        memcpy(&value, &bits, sizeof(value));
        memcpy(&single, &half, sizeof(single));
        check_double(value);
        if (!isnan(single))
            check_real(single);
    }
}
END_TEST

/* ---- NUMERIC: the text we make is the text the server makes. ---- */

/* The server reads the text itself. */
static void check_numeric(const char *text)
{
    const struct One_numeric **rows = pg_rows(
        &db, "SELECT $1, NULL::numeric, ($2::text)::numeric::text", &qc_table_One_numeric,
        PARAMETERS(bind_text(&db, QC_TYPE_numeric, text), bind_text(&db, QC_TYPE_text, text)));
    if (!rows)
        ck_abort_msg("%.60s: %s", text, db.error.error.message);
    ck_assert_str_eq(rows[0]->plain.text, rows[0]->text);
    ck_assert_ptr_null(rows[0]->maybe.text);
}

static void random_digits(char *out, size_t count)
{
    const bool zeros = random_64() % 3 == 0;
    for (size_t i = 0; i < count; i++)
        out[i] = (char)('0' + (zeros && random_64() % 4 ? 0 : random_64() % 10));
}

START_TEST(numerics)
{
    static const char *const values[] = {"0",
                                         "-0",
                                         "0.00",
                                         "1",
                                         "-1",
                                         "12",
                                         "123",
                                         "1234",
                                         "12345",
                                         "10000",
                                         "100000000",
                                         "0.1",
                                         "0.0001",
                                         "0.00001",
                                         "0.000012345",
                                         "-12.340",
                                         "9999.9999",
                                         "10000.0001",
                                         "1.10000",
                                         ".5",
                                         "5.",
                                         "NaN",
                                         "Infinity",
                                         "-Infinity",
                                         "99999999999999999999.99999999999999999999",
                                         "0.9999",
                                         "00012.50"};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        check_numeric(values[i]);
    for (int i = 0; i < 1000; i++) {
        char text[128];
        const size_t whole = 1 + random_64() % 30, fraction = random_64() % 30;
        text[0] = '-';
        random_digits(text + 1, whole);
        text[1 + whole] = '.';
        random_digits(text + 2 + whole, fraction);
        text[2 + whole + fraction] = '\0';
        check_numeric(text + random_64() % 2);
    }
}
END_TEST

START_TEST(the_longest_numeric)
{
    enum { WHOLE = 131072, FRACTION = 16383 };
    char *text = malloc(WHOLE + FRACTION + 2);
    for (int i = 0; i < 3; i++) {
        memset(text, '9' - i, WHOLE + FRACTION + 1);
        text[WHOLE] = '.';
        text[WHOLE + FRACTION + 1] = '\0';
        check_numeric(text);
    }
    memset(text, '9', WHOLE + 1);
    text[WHOLE + 1] = '\0';
    ck_assert_ptr_null(pg_rows(&db, "SELECT $1, $1, ''", &qc_table_One_numeric,
                               PARAMETERS(bind_text(&db, QC_TYPE_numeric, text))));
    pg_expect(&db, QC_ERROR_VALUE, "", "parameter 1");
    free(text);
}
END_TEST

START_TEST(no_numeric)
{
    static const char *const values[] = {"", "-", ".", "1.2.3", "1x", "nan", "1e9999999", " 1"};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        ck_assert_ptr_null(pg_rows(&db, "SELECT $1, $1, ''", &qc_table_One_numeric,
                                   PARAMETERS(bind_text(&db, QC_TYPE_numeric, values[i]))));
        pg_expect(&db, QC_ERROR_VALUE, "", "parameter 1 is no NUMERIC");
    }
    pg_expect_clean(&db);
}
END_TEST

/* ---- Texts and bytes. ---- */

START_TEST(texts)
{
    static const char *const values[] = {"",
                                         "a",
                                         "'; DROP TABLE users; --",
                                         "\\",
                                         "$1",
                                         "\xF0\x9F\x8C\xB3",
                                         "\x01\x7F\n\r\t",
                                         "\xE2\x80\xAE",
                                         "\"",
                                         "%_%"};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        const struct One_text *row =
            round_trip("text", &qc_table_One_text, bind_text(&db, QC_TYPE_text, values[i]));
        ck_assert_str_eq(row->plain, values[i]);
        ck_assert_str_eq(row->maybe, values[i]);
        ck_assert_str_eq(row->text, values[i]);
    }
}
END_TEST

/* A value larger than socket buffers, both ways; its text is not copied. */
START_TEST(large_text)
{
    const size_t size = 20 * 1000 * 1000;
    char *text = malloc(size + 1);
    memset(text, 'q', size);
    text[size] = '\0';
    const struct One_text *row =
        round_trip("text", &qc_table_One_text, bind_text(&db, QC_TYPE_text, text));
    ck_assert_uint_eq(strlen(row->plain), size);
    ck_assert(memcmp(row->maybe, text, size) == 0);
    ck_assert_uint_lt(qc_arena_bytes(db.arena), size);
    free(text);
}
END_TEST

START_TEST(bytes)
{
    unsigned char data[256];
    for (int i = 0; i < 256; i++)
        data[i] = (unsigned char)i;
    for (size_t size = 0; size <= 256; size += 64) {
        const struct One_bytea *row =
            round_trip("bytea", &qc_table_One_bytea, bind_bytes(&db, QC_TYPE_bytea, data, size));
        ck_assert_uint_eq(row->plain.size, size);
        ck_assert_ptr_nonnull(row->plain.data);
        ck_assert(memcmp(row->plain.data, data, size) == 0);
        ck_assert_uint_eq(row->maybe.size, size);
        ck_assert(memcmp(row->maybe.data, data, size) == 0);
    }
}
END_TEST

START_TEST(documents)
{
    static const char *const values[] = {"{}", "[1, 2, {\"a\": null}]", "\"x\"", "null", "1.50"};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        const struct One_json *row =
            round_trip("jsonb", &qc_table_One_json, bind_text(&db, QC_TYPE_json, values[i]));
        ck_assert_str_eq(row->plain, values[i]);
        ck_assert_str_eq(row->maybe, values[i]);
    }
    struct One_json **rows =
        pg_rows(&db, "SELECT '{ }'::json, NULL::json, ''", &qc_table_One_json, NO_PARAMETERS);
    ck_assert_str_eq(rows[0]->plain, "{ }");
    ck_assert_ptr_null(rows[0]->maybe);
}
END_TEST

START_TEST(uuids)
{
    for (int i = 0; i < 50; i++) {
        qc_uuid_value value;
        const uint64_t halves[2] = {random_64(), random_64()};
        memcpy(value.bytes, halves, sizeof(value));
        char text[QC_UUID_SIZE];
        qc_uuid_print(value, text, sizeof(text));
        const struct One_uuid *row =
            round_trip("uuid", &qc_table_One_uuid, bind_bytes(&db, QC_TYPE_uuid, value.bytes, 16));
        ck_assert(memcmp(&row->plain, &value, sizeof(value)) == 0);
        ck_assert(row->maybe.set);
        ck_assert(memcmp(&row->maybe.value, &value, sizeof(value)) == 0);
        ck_assert_str_eq(row->text, text);
    }
}
END_TEST

/* ---- Dates and times. ---- */

START_TEST(dates)
{
    static const char *const values[] = {"2000-01-01",    "1999-12-31",    "4714-11-24 BC",
                                         "5874897-12-31", "0001-12-31 BC", "infinity",
                                         "-infinity",     "2024-02-29"};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        qc_date_value value;
        ck_assert(qc_date_parse(values[i], &value));
        const struct One_date *row =
            round_trip("date", &qc_table_One_date, bind_integer(&db, QC_TYPE_date, value.days));
        ck_assert_int_eq(row->plain.days, value.days);
        ck_assert(row->maybe.set);
        ck_assert_int_eq(row->maybe.value.days, value.days);
        ck_assert_str_eq(row->text, values[i]);
    }
}
END_TEST

START_TEST(times)
{
    static const char *const values[] = {"00:00:00", "23:59:59.999999", "24:00:00",
                                         "12:34:56.000001"};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        qc_time_value value;
        ck_assert(qc_time_parse(values[i], &value));
        const struct One_time *row = round_trip(
            "time", &qc_table_One_time, bind_integer(&db, QC_TYPE_time, value.microseconds));
        ck_assert_int_eq(row->plain.microseconds, value.microseconds);
        ck_assert_int_eq(row->maybe.value.microseconds, value.microseconds);
        ck_assert_str_eq(row->text, values[i]);
    }
}
END_TEST

START_TEST(timestamps)
{
    static const char *const values[] = {"2000-01-01 00:00:00",
                                         "1999-12-31 23:59:59.999999",
                                         "4714-11-24 00:00:00 BC",
                                         "294276-12-31 23:59:59.999999",
                                         "infinity",
                                         "-infinity"};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        qc_timestamp_value value;
        ck_assert(qc_timestamp_parse(values[i], &value));
        const struct One_timestamp *row =
            round_trip("timestamp", &qc_table_One_timestamp,
                       bind_integer(&db, QC_TYPE_timestamp, value.microseconds));
        ck_assert_int_eq(row->plain.microseconds, value.microseconds);
        ck_assert_int_eq(row->maybe.value.microseconds, value.microseconds);
        ck_assert_str_eq(row->text, values[i]);
        const struct One_timestamptz *zoned =
            round_trip("timestamptz", &qc_table_One_timestamptz,
                       bind_integer(&db, QC_TYPE_timestamptz, value.microseconds));
        ck_assert_int_eq(zoned->plain.microseconds, value.microseconds);
        ck_assert_int_eq(zoned->maybe.value.microseconds, value.microseconds);
    }
}
END_TEST

/* ---- NULL. ---- */

#define CHECK_NULL(name, word, is_unset)                                                           \
    do {                                                                                           \
        const struct One_##name **rows =                                                           \
            pg_rows(&db, "SELECT COALESCE($1, " word "), $1, ''", &qc_table_One_##name,            \
                    PARAMETERS(bind_null(&db, QC_TYPE_##name)));                                   \
        if (!rows)                                                                                 \
            ck_abort_msg("%s: %s", #name, db.error.error.message);                                 \
        ck_assert(is_unset);                                                                       \
        ck_assert_ptr_null(pg_rows(&db, "SELECT $1, $1, ''", &qc_table_One_##name,                 \
                                   PARAMETERS(bind_null(&db, QC_TYPE_##name))));                   \
        pg_expect(&db, QC_ERROR_NULL_RESULT, "", "One_" #name ".plain is NULL");                   \
    } while (0)

START_TEST(nulls)
{
    CHECK_NULL(bool, "true", !rows[0]->maybe.set);
    CHECK_NULL(smallint, "1::smallint", !rows[0]->maybe.set);
    CHECK_NULL(int, "1", !rows[0]->maybe.set);
    CHECK_NULL(bigint, "1", !rows[0]->maybe.set);
    CHECK_NULL(real, "1::real", !rows[0]->maybe.set);
    CHECK_NULL(double, "1::double precision", !rows[0]->maybe.set);
    CHECK_NULL(numeric, "1", !rows[0]->maybe.text);
    CHECK_NULL(text, "'x'", !rows[0]->maybe);
    CHECK_NULL(bytea, "'x'", !rows[0]->maybe.data);
    CHECK_NULL(date, "'2000-01-01'", !rows[0]->maybe.set);
    CHECK_NULL(time, "'00:00'", !rows[0]->maybe.set);
    CHECK_NULL(timestamp, "'2000-01-01'", !rows[0]->maybe.set);
    CHECK_NULL(timestamptz, "'2000-01-01'", !rows[0]->maybe.set);
    CHECK_NULL(uuid, "'00000000-0000-0000-0000-000000000000'", !rows[0]->maybe.set);
    CHECK_NULL(json, "'{}'", !rows[0]->maybe);
    ck_assert_ptr_nonnull(db.error.error.column);
}
END_TEST

/* A bind may be of a wider type than its parameter. */
START_TEST(narrow_parameters)
{
    const qc_node *const *binds = PARAMETERS(bind_integer(&db, QC_TYPE_bigint, 70000));
    qc_statement statement =
        pg_statement(&db, "SELECT 1 WHERE $1 = 70000", &qc_table_One_int, binds);
    uint32_t oid = 21;
    statement.bind_oids = &oid;
    int64_t affected;
    ck_assert_int_eq(
        qc_postgresql_driver.execute(db.connection, &statement, binds, NULL, &affected),
        QC_ERROR_VALUE);
    oid = 701; /* a whole number for a floating one */
    ck_assert_int_eq(
        qc_postgresql_driver.execute(db.connection, &statement, binds, NULL, &affected),
        QC_ERROR_MISUSE);
    oid = 25;
    ck_assert_int_eq(
        qc_postgresql_driver.execute(db.connection, &statement, binds, NULL, &affected),
        QC_ERROR_MISUSE);
    pg_expect_clean(&db);
}
END_TEST

Suite *pg_values_suite(void)
{
    Suite *suite = suite_create("postgresql values");
    TCase *tcase = tcase_create("values");
    tcase_add_checked_fixture(tcase, open_db, close_db);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, whole_numbers);
    tcase_add_test(tcase, booleans);
    tcase_add_test(tcase, floating_numbers);
    tcase_add_test(tcase, numerics);
    tcase_add_test(tcase, the_longest_numeric);
    tcase_add_test(tcase, no_numeric);
    tcase_add_test(tcase, texts);
    tcase_add_test(tcase, large_text);
    tcase_add_test(tcase, bytes);
    tcase_add_test(tcase, documents);
    tcase_add_test(tcase, uuids);
    tcase_add_test(tcase, dates);
    tcase_add_test(tcase, times);
    tcase_add_test(tcase, timestamps);
    tcase_add_test(tcase, nulls);
    tcase_add_test(tcase, narrow_parameters);
    suite_add_tcase(suite, tcase);
    return suite;
}
