/* Dates, times, timestamps and UUIDs. Expected texts are PostgreSQL 15's. */
#include "random.h"

#include "driver/sqlite.h"

#include <check.h>
#include <math.h>
#include <quercus/types.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Dates. ---- */

static const int64_t FIRST_DAY = -2451545, LAST_DAY = 2145031948;

static void expect_date(int32_t days, const char *text)
{
    char buffer[QC_DATE_SIZE];
    qc_date_value date = {1};
    ck_assert_uint_eq(qc_date_print((qc_date_value){days}, buffer, sizeof(buffer)), strlen(text));
    ck_assert_str_eq(buffer, text);
    ck_assert_msg(qc_date_parse(text, &date), "%s", text);
    ck_assert_int_eq(date.days, days);
}

START_TEST(dates_known)
{
    expect_date(0, "2000-01-01");
    expect_date(-1, "1999-12-31");
    expect_date(59, "2000-02-29");
    expect_date(-10957, "1970-01-01");
    expect_date((int32_t)FIRST_DAY, "4714-11-24 BC");
    expect_date((int32_t)LAST_DAY, "5874897-12-31");
    expect_date(-730119, "0001-01-01");
    expect_date(-730120, "0001-12-31 BC");
    expect_date(INT32_MAX, "infinity");
    expect_date(INT32_MIN, "-infinity");
}
END_TEST

START_TEST(dates_round_trip)
{
    char buffer[QC_DATE_SIZE];
    for (int64_t days = FIRST_DAY; days <= LAST_DAY; days += random_between(1, 20000)) {
        qc_date_value date = {(int32_t)days}, back = {1};
        bool fits = qc_date_print(date, buffer, sizeof(buffer)) < sizeof(buffer);
        if (!fits || !qc_date_parse(buffer, &back) || back.days != date.days)
            ck_abort_msg("%s", buffer);
    }
}
END_TEST

/* Walks 1200 years day by day with a calendar of its own. */
START_TEST(dates_follow_the_calendar)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int32_t days = qc_date_of(-399, 1, 1).days;
    for (int year = -399; year <= 800; year++) {
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        for (int month = 1; month <= 12; month++)
            for (int day = 1; day <= lengths[month - 1] + (leap && month == 2); day++)
                if (qc_date_of(year, month, day).days != days++)
                    ck_abort_msg("%d-%d-%d", year, month, day);
    }
}
END_TEST

START_TEST(dates_carry_over)
{
    ck_assert_int_eq(qc_date_of(2023, 2, 29).days, qc_date_of(2023, 3, 1).days);
    ck_assert_int_eq(qc_date_of(2023, 13, 1).days, qc_date_of(2024, 1, 1).days);
    ck_assert_int_eq(qc_date_of(2023, 0, 0).days, qc_date_of(2022, 11, 30).days);
    ck_assert_int_eq(qc_date_of(5874898, 1, 1).days, INT32_MAX);
    ck_assert_int_eq(qc_date_of(INT32_MAX, INT32_MAX, INT32_MAX).days, INT32_MAX);
    ck_assert_int_eq(qc_date_of(INT32_MIN, INT32_MIN, INT32_MIN).days, INT32_MIN);
}
END_TEST

START_TEST(dates_malformed)
{
    const char *const bad[] = {
        "",           "x",           "2024",          "2024-01",       "2024-1-01",
        "2024-01-1",  "2024-13-01",  "2024-00-10",    "2024-01-00",    "2024-01-32",
        "2023-02-29", "1900-02-29",  "2024-04-31",    "0000-01-01",    "-2024-01-01",
        "24-01-01",   "2024-01-01 ", " 2024-01-01",   "2024/01/01",    "2024-01-01 AD",
        "5874898-01-01", "4714-11-23 BC", "2024-01-01 bc", "+infinity", "Infinity ",
        "99999999-01-01", "2024-01-01 BCE", "2024-01-01T00:00:00", "2024-01-0\xC2\xB2",
    };
    for (size_t i = 0; i < LENGTH(bad); i++) {
        qc_date_value date = {77};
        ck_assert_msg(!qc_date_parse(bad[i], &date), "%s", bad[i]);
        ck_assert_int_eq(date.days, 77);
    }
}
END_TEST

/* ---- Times. ---- */

static void expect_time(int64_t microseconds, const char *text)
{
    char buffer[QC_TIME_SIZE];
    qc_time_value time = {1};
    ck_assert_uint_eq(qc_time_print((qc_time_value){microseconds}, buffer, sizeof(buffer)),
                      strlen(text));
    ck_assert_str_eq(buffer, text);
    ck_assert_msg(qc_time_parse(text, &time), "%s", text);
    ck_assert_int_eq(time.microseconds, microseconds);
}

static int64_t time_of(const char *text)
{
    qc_time_value time = {-1};
    ck_assert_msg(qc_time_parse(text, &time), "%s", text);
    return time.microseconds;
}

START_TEST(times)
{
    const int64_t day = INT64_C(86400000000);
    expect_time(0, "00:00:00");
    expect_time(1, "00:00:00.000001");
    expect_time(500000, "00:00:00.5");
    expect_time(day - 1, "23:59:59.999999");
    expect_time(day, "24:00:00");
    ck_assert_int_eq(time_of("12:30"), INT64_C(45000000000));
    ck_assert_int_eq(time_of("00:00:60"), 60000000);
    ck_assert_int_eq(time_of("00:00:00.1234567"), 123457);
    ck_assert_int_eq(time_of("00:00:00.1234565"), 123456);
    ck_assert_int_eq(time_of("00:00:00.12345650001"), 123457);
    ck_assert_int_eq(time_of("23:59:59.9999999"), day);
    for (int i = 0; i < 20000; i++) {
        char buffer[QC_TIME_SIZE];
        qc_time_value time = {random_between(0, day)};
        qc_time_print(time, buffer, sizeof(buffer));
        ck_assert_int_eq(time_of(buffer), time.microseconds);
    }
    const char *const bad[] = {"",         "1:00",      "12",       "12:",      "12:0",
                               "12:00:",   "12:00:0",   "25:00",    "24:00:01", "12:60:00",
                               "12:00:61", "12:00:00.", "-1:00:00", "12:00:00 ", "24:00:00.000001",
                               "12:00:00.5x"};
    for (size_t i = 0; i < LENGTH(bad); i++) {
        qc_time_value time = {77};
        ck_assert_msg(!qc_time_parse(bad[i], &time), "%s", bad[i]);
        ck_assert_int_eq(time.microseconds, 77);
    }
}
END_TEST

START_TEST(wrong_times_print_as_wrong_times)
{
    char buffer[QC_TIME_SIZE];
    qc_time_print((qc_time_value){-5000000}, buffer, sizeof(buffer));
    ck_assert_str_eq(buffer, "-00:00:05");
    ck_assert_uint_gt(qc_time_print((qc_time_value){INT64_MIN}, buffer, sizeof(buffer)), 20);
}
END_TEST

/* ---- Timestamps. ---- */

static const int64_t FIRST_TIMESTAMP = INT64_C(-211813488000000000);
static const int64_t LAST_TIMESTAMP = INT64_C(9223371331199999999);

static void expect_timestamp(int64_t microseconds, const char *text)
{
    char buffer[QC_TIMESTAMP_SIZE];
    qc_timestamp_value value = {microseconds}, back = {1};
    ck_assert_uint_eq(qc_timestamp_print(value, buffer, sizeof(buffer)), strlen(text));
    ck_assert_str_eq(buffer, text);
    ck_assert_msg(qc_timestamp_parse(text, &back), "%s", text);
    ck_assert_int_eq(back.microseconds, microseconds);
}

static int64_t timestamp_of(const char *text)
{
    qc_timestamp_value value = {-1};
    ck_assert_msg(qc_timestamp_parse(text, &value), "%s", text);
    return value.microseconds;
}

START_TEST(timestamps_known)
{
    expect_timestamp(0, "2000-01-01 00:00:00");
    expect_timestamp(-1, "1999-12-31 23:59:59.999999");
    expect_timestamp(FIRST_TIMESTAMP, "4714-11-24 00:00:00 BC");
    expect_timestamp(LAST_TIMESTAMP, "294276-12-31 23:59:59.999999");
    expect_timestamp(INT64_MAX, "infinity");
    expect_timestamp(INT64_MIN, "-infinity");
    const int64_t noon = timestamp_of("2024-01-31 12:00:00");
    const char *const same[] = {"2024-01-31T12:00:00",       "2024-01-31 12:00",
                                "2024-01-31 12:00:00Z",      "2024-01-31 14:00:00+02",
                                "2024-01-31 08:30:00-03:30", "2024-01-31 17:30:00+0530",
                                "2024-01-31 12:19:32+00:19:32", "2024-01-31 11:59:60"};
    for (size_t i = 0; i < LENGTH(same); i++)
        ck_assert_msg(timestamp_of(same[i]) == noon, "%s", same[i]);
    ck_assert_int_eq(timestamp_of("2024-01-31"), timestamp_of("2024-01-30 24:00:00"));
    ck_assert_int_eq(timestamp_of("0044-03-15 12:00:00.5+01:30 BC"),
                     timestamp_of("0044-03-15 10:30:00.5 BC"));
    ck_assert_int_eq(timestamp_of("0044-03-15 BC"), timestamp_of("0044-03-15 00:00:00 BC"));
}
END_TEST

START_TEST(timestamps_round_trip)
{
    char buffer[QC_TIMESTAMP_SIZE];
    for (int i = 0; i < 100000; i++) {
        qc_timestamp_value value = {random_between(FIRST_TIMESTAMP, LAST_TIMESTAMP)}, back = {1};
        if (i % 2)
            value.microseconds /= random_between(1, 1000000);
        bool fits = qc_timestamp_print(value, buffer, sizeof(buffer)) < sizeof(buffer);
        if (!fits || !qc_timestamp_parse(buffer, &back) || back.microseconds != value.microseconds)
            ck_abort_msg("%s", buffer);
    }
}
END_TEST

START_TEST(timestamps_malformed)
{
    const char *const bad[] = {
        "",
        "2024-01-31 ",
        "2024-01-31T",
        "2024-01-31 12",
        "2024-01-31  12:00:00",
        "2024-01-31 24:00:01",
        "2024-02-30 12:00:00",
        "2024-01-31 12:00:00+",
        "2024-01-31 12:00:00+2",
        "2024-01-31 12:00:00+16",
        "2024-01-31 12:00:00+02:60",
        "2024-01-31 12:00:00+02:",
        "2024-01-31 12:00:00 +02",
        "2024-01-31 12:00:00Z ",
        "2024-01-31 12:00:00 BC ",
        "294277-01-01 00:00:00",
        "294276-12-31 24:00:00",
        "294276-12-31 23:59:59.9999999",
        "294276-12-31 23:59:59-01",
        "4714-11-24 00:00:00+01 BC",
        "4714-11-23 BC",
        "0000-01-01 00:00:00",
    };
    for (size_t i = 0; i < LENGTH(bad); i++) {
        qc_timestamp_value value = {77};
        ck_assert_msg(!qc_timestamp_parse(bad[i], &value), "%s", bad[i]);
        ck_assert_int_eq(value.microseconds, 77);
    }
}
END_TEST

/* SQLite's stored form has a way of its own. */
START_TEST(stored_timestamps_are_read_as_all_are)
{
    static const char stored[] = "2024-02-28 13:14:15.678901", others[] = "0123456789x- :./";
    char text[sizeof(stored)];
    int read = 0;
    for (size_t i = 0; i < sizeof(stored) - 1; i++)
        for (size_t k = 0; k < sizeof(others) - 1; k++) {
            qc_timestamp_value mine = {0}, theirs = {0};
            memcpy(text, stored, sizeof(stored));
            text[i] = others[k];
            const bool good = qc_timestamp_parse(text, &theirs);
            ck_assert_msg(qc_sqlite_read_timestamp(text, strlen(text), &mine) == good, "%s", text);
            ck_assert_msg(!good || mine.microseconds == theirs.microseconds, "%s", text);
            read += good;
        }
    ck_assert_int_gt(read, 100);
}
END_TEST

START_TEST(timestamps_from_parts)
{
    ck_assert_int_eq(qc_timestamp_of(2024, 1, 31, 12, 0, 0.5).microseconds,
                     timestamp_of("2024-01-31 12:00:00.5"));
    ck_assert_int_eq(qc_timestamp_of(2024, 1, 31, 36, -90, -0.25).microseconds,
                     timestamp_of("2024-02-01 10:29:59.75"));
    ck_assert_int_eq(qc_timestamp_of(0, 3, 1, 0, 0, 59.999999).microseconds,
                     timestamp_of("0001-03-01 00:00:59.999999 BC"));
    ck_assert_int_eq(qc_timestamp_of(294277, 1, 1, 0, 0, 0).microseconds, INT64_MAX);
    ck_assert_int_eq(qc_timestamp_of(294277, 1, 1, 0, 0, -1e-6).microseconds, LAST_TIMESTAMP);
    ck_assert_int_eq(qc_timestamp_of(-5000, 1, 1, 0, 0, 0).microseconds, INT64_MIN);
    ck_assert_int_eq(qc_timestamp_of(2000, 1, 1, 0, 0, (double)INFINITY).microseconds, INT64_MAX);
    ck_assert_int_eq(qc_timestamp_of(2000, 1, 1, 0, 0, -1e300).microseconds, INT64_MIN);
    ck_assert_int_eq(qc_timestamp_of(INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX, 1e18)
                         .microseconds,
                     INT64_MAX);
}
END_TEST

START_TEST(timestamps_and_unix_time)
{
    ck_assert_int_eq(qc_timestamp_from_unix(0, 0).microseconds, timestamp_of("1970-01-01"));
    ck_assert_int_eq(qc_timestamp_from_unix(-1, 999999).microseconds,
                     timestamp_of("1969-12-31 23:59:59.999999"));
    ck_assert_int_eq(qc_timestamp_to_unix(qc_timestamp_from_unix(-1, 999999)), -1);
    ck_assert_int_eq(qc_timestamp_from_unix(INT64_MAX, INT32_MAX).microseconds, INT64_MAX);
    ck_assert_int_eq(qc_timestamp_from_unix(INT64_MIN, INT32_MIN).microseconds, INT64_MIN);
    ck_assert_int_eq(qc_timestamp_to_unix((qc_timestamp_value){INT64_MAX}), INT64_MAX);
    ck_assert_int_eq(qc_timestamp_to_unix((qc_timestamp_value){INT64_MIN}), INT64_MIN);
    for (int i = 0; i < 10000; i++) {
        int64_t seconds = random_between(-210000000000, 9000000000000);
        int32_t micros = (int32_t)random_between(0, 999999);
        ck_assert_int_eq(qc_timestamp_to_unix(qc_timestamp_from_unix(seconds, micros)), seconds);
    }
    int64_t now = qc_timestamp_to_unix(qc_timestamp_now());
    ck_assert_int_gt(now, 1700000000);
}
END_TEST

START_TEST(printing_into_too_little)
{
    char buffer[8] = "zzzzzzz";
    ck_assert_uint_eq(qc_timestamp_print((qc_timestamp_value){0}, buffer, 5), 19);
    ck_assert_str_eq(buffer, "2000");
    ck_assert_int_eq(buffer[5], 'z');
    ck_assert_uint_eq(qc_date_print((qc_date_value){0}, NULL, 0), 10);
    ck_assert_uint_eq(qc_time_print((qc_time_value){0}, buffer, 1), 8);
    ck_assert_uint_eq(qc_timestamp_print((qc_timestamp_value){INT64_MIN + 1}, NULL, 0), 31);
    ck_assert_str_eq(buffer, "");
}
END_TEST

/* ---- UUIDs. ---- */

START_TEST(uuids)
{
    const char *canonical = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";
    const char *const same[] = {canonical, "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
                                "{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}",
                                "a0eebc999c0b4ef8bb6d6bb9bd380a11",
                                "a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11"};
    char buffer[QC_UUID_SIZE];
    for (size_t i = 0; i < LENGTH(same); i++) {
        qc_uuid_value uuid;
        ck_assert_msg(qc_uuid_parse(same[i], &uuid), "%s", same[i]);
        ck_assert_uint_eq(qc_uuid_print(uuid, buffer, sizeof(buffer)), 36);
        ck_assert_str_eq(buffer, canonical);
    }
    const char *const bad[] = {"",
                               "a0eebc99",
                               "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1",
                               "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a111",
                               "g0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
                               "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
                               "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}",
                               "a0eebc99--9c0b-4ef8-bb6d-6bb9bd380a11",
                               "-a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
                               "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11-"};
    for (size_t i = 0; i < LENGTH(bad); i++) {
        qc_uuid_value uuid = {{77}};
        ck_assert_msg(!qc_uuid_parse(bad[i], &uuid), "%s", bad[i]);
        ck_assert_uint_eq(uuid.bytes[0], 77);
    }
}
END_TEST

START_TEST(uuids_round_trip)
{
    char buffer[QC_UUID_SIZE];
    for (int i = 0; i < 10000; i++) {
        qc_uuid_value uuid, back;
        for (int j = 0; j < 16; j++)
            uuid.bytes[j] = (uint8_t)random_bits();
        qc_uuid_print(uuid, buffer, sizeof(buffer));
        ck_assert(qc_uuid_parse(buffer, &back));
        ck_assert_mem_eq(back.bytes, uuid.bytes, 16);
    }
}
END_TEST

static TCase *dates_case(void)
{
    TCase *dates = tcase_create("dates");
    tcase_set_timeout(dates, 60);
    tcase_add_test(dates, dates_known);
    tcase_add_test(dates, dates_round_trip);
    tcase_add_test(dates, dates_follow_the_calendar);
    tcase_add_test(dates, dates_carry_over);
    tcase_add_test(dates, dates_malformed);
    tcase_add_test(dates, times);
    tcase_add_test(dates, wrong_times_print_as_wrong_times);
    tcase_add_test(dates, timestamps_known);
    tcase_add_test(dates, timestamps_round_trip);
    tcase_add_test(dates, timestamps_malformed);
    tcase_add_test(dates, stored_timestamps_are_read_as_all_are);
    tcase_add_test(dates, timestamps_from_parts);
    tcase_add_test(dates, timestamps_and_unix_time);
    tcase_add_test(dates, printing_into_too_little);
    return dates;
}

Suite *values_suite(void)
{
    Suite *suite = suite_create("values");
    TCase *uuid = tcase_create("uuid");
    tcase_add_test(uuid, uuids);
    tcase_add_test(uuid, uuids_round_trip);
    suite_add_tcase(suite, dates_case());
    suite_add_tcase(suite, uuid);
    return suite;
}
