/* Do values at the edges of their types come back bit by bit, or are refused by name, on both
 * databases and by each way in: SET, a bind, an array, a struct, structs in bulk? */
#include "naughty.h"

#include "../databases.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

MODEL(Edge, "edges",
    COLUMN(id, BIGINT, PRIMARY_KEY),
    COLUMN(a_bool, NULLABLE(BOOLEAN)),
    COLUMN(a_small, NULLABLE(SMALLINT)),
    COLUMN(an_int, NULLABLE(INTEGER)),
    COLUMN(a_big, NULLABLE(BIGINT)),
    COLUMN(a_real, NULLABLE(REAL)),
    COLUMN(a_double, NULLABLE(DOUBLE)),
    COLUMN(a_numeric, NULLABLE(NUMERIC)),
    COLUMN(a_bytea, NULLABLE(BYTEA)),
    COLUMN(a_date, NULLABLE(DATE)),
    COLUMN(a_time, NULLABLE(TIME)),
    COLUMN(a_timestamp, NULLABLE(TIMESTAMP)),
    COLUMN(a_timestamptz, NULLABLE(TIMESTAMPTZ)),
    COLUMN(a_uuid, NULLABLE(UUID)))

SCHEMA(edges, Edge)

enum { BULK = 120, DAY_2000_TO_4714_BC = 2451545 };

static qc_db *open_edges(int database)
{
    qc_db *db = database_open(database);
    if (!qc_drop_all(db, &edges) || !qc_create_all(db, &edges))
        database_fail(db, "create");
    return db;
}

/* ---- Every way in, for a column and a value of its optional type. ---- */

#define SAME(a, b) (memcmp(&(a), &(b), sizeof(a)) == 0)

/* Stores `x` by SET, as one struct and as many, and finds it by EQ and IN_ARRAY. */
#define ROUND_TRIP(name, column, ctype)                                                            \
    static bool name(qc_db *db, ctype x)                                                           \
    {                                                                                              \
        struct Edge rows[BULK] = {{0}};                                                            \
        for (int i = 0; i < BULK; i++)                                                             \
            rows[i] = (struct Edge){.id = i + 2, .column = {true, x}};                             \
        EXEC(db, DELETE(Edge).ALL_ROWS);                                                           \
        if (EXEC(db, INSERT(Edge).SET(Edge_id, 0).SET(Edge_##column, x)) != 1 ||                   \
            EXEC(db, INSERT_ROWS(Edge, rows, BULK)) != BULK)                                       \
            return false;                                                                          \
        rows[0].id = 1;                                                                            \
        if (EXEC(db, INSERT_ROW(Edge, rows)) != 1)                                                 \
            return false;                                                                          \
        struct Edge **all = ALL(db, SELECT(Edge));                                                 \
        bool same = qc_count(all) == BULK + 2;                                                     \
        EACH (struct Edge, edge, all)                                                              \
            same = same && edge->column.set && SAME(edge->column.value, x);                        \
        return same &&                                                                             \
               SCALAR(db, SELECT(COUNT(Edge_id)).WHERE(EQ(Edge_##column, x))) == BULK + 2 &&       \
               SCALAR(db, SELECT(COUNT(Edge_id)).WHERE(IN_ARRAY(Edge_##column, &x, 1))) ==         \
                   BULK + 2;                                                                       \
    }
ROUND_TRIP(bool_returns, a_bool, bool)
ROUND_TRIP(small_returns, a_small, int16_t)
ROUND_TRIP(int_returns, an_int, int32_t)
ROUND_TRIP(big_returns, a_big, int64_t)
ROUND_TRIP(real_returns, a_real, float)
ROUND_TRIP(double_returns, a_double, double)
ROUND_TRIP(date_returns, a_date, qc_date_value)
ROUND_TRIP(time_returns, a_time, qc_time_value)
ROUND_TRIP(timestamp_returns, a_timestamp, qc_timestamp_value)
ROUND_TRIP(timestamptz_returns, a_timestamptz, qc_timestamp_value)
ROUND_TRIP(uuid_returns, a_uuid, qc_uuid_value)

static void expect(qc_db *db, bool returns, const char *what, double x)
{
    const struct qc_error *error = qc_error(db);
    ck_assert_msg(returns, "%s %.17g on %s: %s: %s", what, x, qc_dialect_name(db),
                  qc_code_name(error->code), error->message ? error->message : "no error");
    qc_release(db);
}

static void expect_value_error(qc_db *db, bool returns, const char *what)
{
    ck_assert_msg(!returns && qc_error(db)->code == QC_ERROR_VALUE, "%s on %s: %s", what,
                  qc_dialect_name(db), qc_code_name(qc_error(db)->code));
}

START_TEST(whole_numbers)
{
    static const int64_t all[] = {0, 1, -1, INT8_MAX, INT16_MIN, INT16_MAX, INT32_MIN, INT32_MAX,
                                  -(INT64_C(1) << 53) - 1, (INT64_C(1) << 53) + 1, INT64_MIN,
                                  INT64_MIN + 1, INT64_MAX - 1, INT64_MAX};
    qc_db *db = open_edges(_i);
    expect(db, bool_returns(db, true), "bool", 1);
    expect(db, bool_returns(db, false), "bool", 0);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        int64_t x = all[i];
        expect(db, big_returns(db, x), "bigint", (double)x);
        if (x >= INT32_MIN && x <= INT32_MAX)
            expect(db, int_returns(db, (int32_t)x), "integer", (double)x);
        if (x >= INT16_MIN && x <= INT16_MAX)
            expect(db, small_returns(db, (int16_t)x), "smallint", (double)x);
    }
    qc_close(db);
}
END_TEST

/* A wide number beside a narrow column never wraps. */
START_TEST(wide_numbers_do_not_wrap)
{
    static const int64_t wide[] = {INT64_C(1) << 16, (INT64_C(1) << 16) + 7, INT64_C(1) << 32,
                                   (INT64_C(1) << 32) + 7, INT64_MIN, INT64_MAX};
    qc_db *db = open_edges(_i);
    EXEC(db, INSERT(Edge).SET(Edge_id, 1).SET(Edge_a_small, 7).SET(Edge_an_int, 7));
    for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
        int64_t x = wide[i];
        int64_t stored = EXEC(db, UPDATE(Edge).SET(Edge_a_small, x).ALL_ROWS);
        ck_assert_msg(stored == -1 && !qc_ok(db), "%lld went into a SMALLINT", (long long)x);
        int64_t found = SCALAR(db, SELECT(COUNT(Edge_id)).WHERE(EQ(Edge_a_small, x)));
        ck_assert_int_eq(found, 0);
        if (x > INT32_MAX || x < INT32_MIN) {
            stored = EXEC(db, UPDATE(Edge).SET(Edge_an_int, x).ALL_ROWS);
            ck_assert_msg(stored == -1 && !qc_ok(db), "%lld went into an INTEGER", (long long)x);
            found = SCALAR(db, SELECT(COUNT(Edge_id)).WHERE(EQ(Edge_an_int, x)));
            ck_assert_int_eq(found, 0);
        }
    }
    unsigned long long huge = UINT64_MAX;
    int64_t taken = EXEC(db, UPDATE(Edge).SET(Edge_a_big, huge).ALL_ROWS);
    ck_assert_int_eq(taken, -1);
    struct Edge *edge = ONE(db, SELECT(Edge));
    ck_assert(edge->a_small.value == 7 && edge->an_int.value == 7 && !edge->a_big.set);
    qc_close(db);
}
END_TEST

START_TEST(sums_do_not_wrap)
{
    qc_db *db = open_edges(_i);
    EXEC(db, INSERT(Edge).SET(Edge_id, 1).SET(Edge_a_big, INT64_MAX).SET(Edge_an_int, INT32_MAX));
    EXEC(db, INSERT(Edge).SET(Edge_id, 2).SET(Edge_a_big, INT64_MAX).SET(Edge_an_int, INT32_MAX));
    qc_numeric_value sum = SCALAR(db, SELECT(SUM(Edge_a_big)));
    ck_assert_msg(qc_ok(db), "%s", qc_error(db)->message);
    ck_assert_str_eq(sum.text, "18446744073709551614");
    int64_t narrow = SCALAR(db, SELECT(SUM(Edge_an_int)));
    ck_assert_int_eq(narrow, INT64_C(4294967294));
    int64_t more = SCALAR(db, SELECT(ADD(Edge_a_big, 1)).WHERE(EQ(Edge_id, 1)));
    ck_assert_msg(!qc_ok(db) && more == 0, "INT64_MAX + 1 is %lld", (long long)more);
    qc_close(db);
}
END_TEST

START_TEST(floating_numbers)
{
    static const double all[] = {0.0, 1.0, -1.5, 0.1, DBL_MAX, -DBL_MAX, DBL_MIN, DBL_TRUE_MIN,
                                 DBL_EPSILON, 1e308, 9007199254740993.0, 1.0 / 3, (double)INFINITY,
                                 (double)-INFINITY};
    static const float small[] = {0.0f, 0.1f, -1.5f, FLT_MAX, -FLT_MAX, FLT_MIN, FLT_TRUE_MIN,
                                  16777217.0f, INFINITY, -INFINITY};
    qc_db *db = open_edges(_i);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        expect(db, double_returns(db, all[i]), "double", all[i]);
    for (size_t i = 0; i < sizeof(small) / sizeof(small[0]); i++)
        expect(db, real_returns(db, small[i]), "real", (double)small[i]);
    qc_close(db);
}
END_TEST

/* SQLite has neither: it refuses NaN, and -0.0 is 0.0 there. */
START_TEST(nan_and_minus_zero)
{
    qc_db *db = open_edges(_i);
    bool is_sqlite = _i == SQLITE_DATABASE;
    int64_t stored = EXEC(db, INSERT(Edge).SET(Edge_id, 1).SET(Edge_a_double, (double)NAN));
    if (is_sqlite)
        expect_value_error(db, stored == 1, "NaN");
    else
        ck_assert(isnan(SCALAR_OR_NULL(db, SELECT(Edge_a_double)).value));
    EXEC(db, DELETE(Edge).ALL_ROWS);
    struct Edge edge = {.id = 2, .a_real = {true, -0.0f}, .a_double = {true, -0.0}};
    ck_assert_int_eq(EXEC(db, INSERT_ROW(Edge, &edge)), 1);
    struct Edge *got = ONE(db, SELECT(Edge));
    ck_assert(got && got->a_double.value == 0 && got->a_real.value == 0);
    ck_assert_int_eq(!signbit(got->a_double.value), is_sqlite);
    ck_assert_int_eq(!signbit(got->a_real.value), is_sqlite);
    qc_close(db);
}
END_TEST

/* ---- Days and times. ---- */

START_TEST(dates)
{
    static const int32_t all[] = {0, -1, 1, INT32_MIN, INT32_MAX, -DAY_2000_TO_4714_BC, -730120,
                                  2921939, 2145031948};
    static const int32_t bad[] = {-DAY_2000_TO_4714_BC - 1, 2145031949, INT32_MIN + 1,
                                  INT32_MAX - 1};
    qc_db *db = open_edges(_i);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        expect(db, date_returns(db, (qc_date_value){all[i]}), "date", all[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        date_returns(db, (qc_date_value){bad[i]});
        ck_assert_msg(!qc_ok(db), "date %d was taken", bad[i]);
    }
    qc_close(db);
}
END_TEST

START_TEST(times)
{
    static const int64_t all[] = {0, 1, 999999, INT64_C(86399999999), INT64_C(86400000000)};
    static const int64_t bad[] = {-1, INT64_C(86400000001), INT64_MIN, INT64_MAX};
    qc_db *db = open_edges(_i);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        expect(db, time_returns(db, (qc_time_value){all[i]}), "time", (double)all[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        time_returns(db, (qc_time_value){bad[i]});
        ck_assert_msg(!qc_ok(db), "time %lld was taken", (long long)bad[i]);
    }
    qc_close(db);
}
END_TEST

START_TEST(timestamps)
{
    static const int64_t day = INT64_C(86400000000);
    const int64_t all[] = {0, 1, -1, INT64_MIN, INT64_MAX, -DAY_2000_TO_4714_BC * day,
                           106751983 * day - 1, qc_timestamp_of(1, 1, 1, 0, 0, 0).microseconds,
                           qc_timestamp_of(0, 12, 31, 23, 59, 59.999999).microseconds,
                           qc_timestamp_of(-4712, 1, 1, 0, 0, 0).microseconds,
                           qc_timestamp_of(9999, 12, 31, 23, 59, 59.5).microseconds,
                           qc_timestamp_of(294276, 12, 31, 23, 59, 59).microseconds};
    const int64_t bad[] = {-DAY_2000_TO_4714_BC * day - 1, 106751983 * day, INT64_MIN + 1,
                           INT64_MAX - 1};
    qc_db *db = open_edges(_i);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        qc_timestamp_value x = {all[i]};
        expect(db, timestamp_returns(db, x), "timestamp", (double)all[i]);
        expect(db, timestamptz_returns(db, x), "timestamptz", (double)all[i]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        timestamp_returns(db, (qc_timestamp_value){bad[i]});
        ck_assert_msg(!qc_ok(db), "timestamp %lld was taken", (long long)bad[i]);
        timestamptz_returns(db, (qc_timestamp_value){bad[i]});
        ck_assert_msg(!qc_ok(db), "timestamptz %lld was taken", (long long)bad[i]);
    }
    qc_close(db);
}
END_TEST

/* ---- Bytes. ---- */

START_TEST(uuids_and_bytes)
{
    static const qc_uuid_value uuids[] = {{{0}}, {{255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
                                                   255, 255, 255, 255, 255, 255}},
                                          {{0, 1, 2, 39, 92, 0, 255}}};
    static unsigned char bytes[256 * 300];
    qc_db *db = open_edges(_i);
    for (size_t i = 0; i < 3; i++)
        expect(db, uuid_returns(db, uuids[i]), "uuid", (double)i);
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(i ^ i >> 8);
    static const size_t sizes[] = {0, 1, 255, 256, 257, sizeof(bytes)};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        qc_bytea_value x = {bytes, sizes[i]};
        EXEC(db, DELETE(Edge).ALL_ROWS);
        int64_t stored = EXEC(db, INSERT(Edge).SET(Edge_id, 1).SET(Edge_a_bytea, x));
        ck_assert_int_eq(stored, 1);
        qc_bytea_value got = SCALAR_OR_NULL(db, SELECT(Edge_a_bytea).WHERE(EQ(Edge_a_bytea, x)));
        ck_assert(got.data && got.size == x.size && memcmp(got.data, bytes, x.size) == 0);
    }
    qc_close(db);
}
END_TEST

/* ---- NUMERIC. ---- */

static bool numeric_returns(qc_db *db, const char *text)
{
    static struct Edge rows[BULK];
    qc_numeric_value x = qc_numeric_of(text);
    for (int i = 0; i < BULK; i++)
        rows[i] = (struct Edge){.id = i, .a_numeric = x};
    EXEC(db, DELETE(Edge).ALL_ROWS);
    if (EXEC(db, INSERT_ROWS(Edge, rows, BULK)) != BULK ||
        EXEC(db, INSERT(Edge).SET(Edge_id, BULK).SET(Edge_a_numeric, x)) != 1)
        return false;
    if (SCALAR(db, SELECT(COUNT(Edge_id)).WHERE(EQ(Edge_a_numeric, x))) != BULK + 1)
        return false;
    struct Edge *one = FIRST(db, SELECT(Edge).ORDER_BY(DESC(Edge_id)));
    struct Edge *other = FIRST(db, SELECT(Edge).ORDER_BY(Edge_id));
    return one && other && strcmp(one->a_numeric.text, text) == 0 &&
           strcmp(other->a_numeric.text, text) == 0;
}

START_TEST(numerics)
{
    static const char *const all[] = {"0",
                                      "1",
                                      "-1",
                                      "0.1",
                                      "-0.10",
                                      "0.000000",
                                      "123456789.987654321",
                                      "10000",
                                      "99999999",
                                      "0.0001",
                                      "-0.00009999",
                                      "1000000000000",
                                      "79228162514264337593543950336",
                                      "NaN",
                                      "Infinity",
                                      "-Infinity",
                                      "9223372036854775808",
                                      "0.30000000000000004"};
    static const char *const bad[] = {"",    "-",      ".",   "1e5",      "0x10", "1_000",
                                      " 1",  "1 ",     "--1", "1-",       "1..2", "inf",
                                      "nan", "1;DROP", "'1'", "\xD9\xA1", "1\n"};
    qc_db *db = open_edges(_i);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        expect(db, numeric_returns(db, all[i]), all[i], 0);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        expect_value_error(db, numeric_returns(db, bad[i]), bad[i]);
    qc_close(db);
}
END_TEST

static char *digits(int before, int after)
{
    char *whole = naughty_repeat("7", before), *rest = naughty_repeat("3", after);
    char *text = malloc((size_t)before + (size_t)after + 2);
    strcpy(text, whole);
    if (after)
        strcat(strcat(text, "."), rest);
    free(whole);
    free(rest);
    return text;
}

START_TEST(long_numerics)
{
    static const struct {
        int before, after;
        bool good;
    } lengths[] = {{1000, 0, true},        {131072, 0, true},  {131073, 0, false}, {1, 16383, true},
                   {1, 16384, false},      {131072, 16383, true}, {131072, 16384, false},
                   {300000, 0, false}};
    qc_db *db = open_edges(_i);
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        char *text = digits(lengths[i].before, lengths[i].after);
        bool returns = numeric_returns(db, text);
        if (lengths[i].good)
            expect(db, returns, "digits", lengths[i].before);
        else
            expect_value_error(db, returns, "too many digits");
        free(text);
    }
    qc_close(db);
}
END_TEST

Suite *extremes_suite(void)
{
    Suite *suite = suite_create("extremes");
    TCase *values = tcase_create("values");
    tcase_set_timeout(values, 20);
    tcase_add_unchecked_fixture(values, databases_begin, databases_end);
    tcase_add_loop_test(values, whole_numbers, 0, DATABASE_COUNT);
    tcase_add_loop_test(values, wide_numbers_do_not_wrap, 0, DATABASE_COUNT);
    tcase_add_loop_test(values, sums_do_not_wrap, 0, DATABASE_COUNT);
    tcase_add_loop_test(values, floating_numbers, 0, DATABASE_COUNT);
    tcase_add_loop_test(values, nan_and_minus_zero, 0, DATABASE_COUNT);
    tcase_add_loop_test(values, dates, 0, DATABASE_COUNT);
    tcase_add_loop_test(values, times, 0, DATABASE_COUNT);
    tcase_add_loop_test(values, timestamps, 0, DATABASE_COUNT);
    tcase_add_loop_test(values, uuids_and_bytes, 0, DATABASE_COUNT);
    tcase_add_loop_test(values, numerics, 0, DATABASE_COUNT);
    tcase_add_loop_test(values, long_numerics, 0, DATABASE_COUNT);
    suite_add_tcase(suite, values);
    return suite;
}
