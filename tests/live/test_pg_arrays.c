/* The PostgreSQL driver alone: arrays as parameters. */
#include "live/pg_fixture.h"
#include "live/pg_records.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static pg_db db;

static void open_db(void)
{
    pg_open(&db);
}

static void close_db(void)
{
    pg_close(&db);
}

#define CHECK_ARRAY(name, ...)                                                                     \
    do {                                                                                           \
        const size_t sent = sizeof((__VA_ARGS__)) / sizeof((__VA_ARGS__)[0]);                      \
        struct One_##name **rows =                                                                 \
            pg_rows(&db, "SELECT x, x, '' FROM unnest($1) WITH ORDINALITY AS t(x, n) ORDER BY n",  \
                    &qc_table_One_##name,                                                          \
                    PARAMETERS(bind_array(&db, QC_TYPE_##name, (__VA_ARGS__), sent)));             \
        if (!rows)                                                                                 \
            ck_abort_msg("%s: %s", #name, db.error.error.message);                                 \
        ck_assert_uint_eq(qc_count(rows), sent);                                                   \
        for (size_t i = 0; i < sent; i++)                                                          \
            ck_assert(memcmp(&rows[i]->plain, &(__VA_ARGS__)[i], sizeof(rows[i]->plain)) == 0);    \
    } while (0)

START_TEST(arrays)
{
    CHECK_ARRAY(bool, (bool[]){true, false, true});
    CHECK_ARRAY(smallint, (int16_t[]){INT16_MIN, 0, INT16_MAX});
    CHECK_ARRAY(int, (int32_t[]){INT32_MIN, 0, INT32_MAX});
    CHECK_ARRAY(bigint, (int64_t[]){INT64_MIN, 0, INT64_MAX});
    CHECK_ARRAY(real, (float[]){-1.5f, 0.0f, 1e30f});
    CHECK_ARRAY(double, (double[]){-1.5, 0.1, 1e300});
    CHECK_ARRAY(date, (qc_date_value[]){{0}, {-1}, {INT32_MAX}});
    CHECK_ARRAY(time, (qc_time_value[]){{0}, {86400000000}});
    CHECK_ARRAY(timestamp, (qc_timestamp_value[]){{0}, {INT64_MIN}});
    CHECK_ARRAY(timestamptz, (qc_timestamp_value[]){{1}, {INT64_MAX}});
    CHECK_ARRAY(uuid, (qc_uuid_value[]){{{1, 2, 3}}, {{255}}});
}
END_TEST

START_TEST(arrays_of_texts)
{
    const char *texts[] = {"a", "", "{\"x\",NULL}", NULL, "NULL"};
    struct One_text **rows =
        pg_rows(&db, "SELECT '', x, '' FROM unnest($1) WITH ORDINALITY AS t(x, n) ORDER BY n",
                &qc_table_One_text, PARAMETERS(bind_array(&db, QC_TYPE_text, texts, 5)));
    ck_assert_uint_eq(qc_count(rows), 5);
    for (size_t i = 0; i < 5; i++)
        ck_assert(texts[i] ? strcmp(rows[i]->maybe, texts[i]) == 0 : !rows[i]->maybe);

    const qc_numeric_value numbers[] = {{"1.50"}, {"NaN"}, {"-123456789012345678901234567890"}};
    struct One_numeric **exact =
        pg_rows(&db, "SELECT x, x, '' FROM unnest($1) x", &qc_table_One_numeric,
                PARAMETERS(bind_array(&db, QC_TYPE_numeric, numbers, 3)));
    for (size_t i = 0; i < 3; i++)
        ck_assert_str_eq(exact[i]->plain.text, numbers[i].text);

    const qc_bytea_value data[] = {{"\0\1", 2}, {"", 0}};
    struct One_bytea **raw = pg_rows(&db, "SELECT x, x, '' FROM unnest($1) x", &qc_table_One_bytea,
                                     PARAMETERS(bind_array(&db, QC_TYPE_bytea, data, 2)));
    ck_assert_uint_eq(raw[0]->plain.size, 2);
    ck_assert_uint_eq(raw[1]->plain.size, 0);

    const char *json[] = {"{}", "[1]"};
    struct One_json **parsed = pg_rows(&db, "SELECT x, x, '' FROM unnest($1) x", &qc_table_One_json,
                                       PARAMETERS(bind_array(&db, QC_TYPE_json, json, 2)));
    ck_assert_str_eq(parsed[1]->plain, "[1]");
}
END_TEST

START_TEST(an_empty_array)
{
    struct One_int **rows = pg_rows(&db, "SELECT 1, 1, '' WHERE 1 = ANY($1)", &qc_table_One_int,
                                    PARAMETERS(bind_array(&db, QC_TYPE_int, NULL, 0)));
    ck_assert_uint_eq(qc_count(rows), 0);
}
END_TEST

START_TEST(a_large_array)
{
    enum { COUNT = 300000 };
    int64_t *numbers = malloc(COUNT * sizeof(*numbers));
    int64_t sum = 0;
    for (int i = 0; i < COUNT; i++)
        sum += numbers[i] = i * INT64_C(1000003);
    struct One_bigint **rows =
        pg_rows(&db, "SELECT sum(x)::bigint, count(*), '' FROM unnest($1) x", &qc_table_One_bigint,
                PARAMETERS(bind_array(&db, QC_TYPE_bigint, numbers, COUNT)));
    ck_assert_int_eq(rows[0]->plain, sum);
    ck_assert_int_eq(rows[0]->maybe.value, COUNT);
    free(numbers);
}
END_TEST

Suite *pg_arrays_suite(void)
{
    Suite *suite = suite_create("postgresql arrays");
    TCase *tcase = tcase_create("arrays");
    tcase_add_checked_fixture(tcase, open_db, close_db);
    tcase_add_test(tcase, arrays);
    tcase_add_test(tcase, arrays_of_texts);
    tcase_add_test(tcase, an_empty_array);
    tcase_add_test(tcase, a_large_array);
    suite_add_tcase(suite, tcase);
    return suite;
}
