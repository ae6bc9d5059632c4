/* Every column type on both databases: the same value comes back by every way in and out. */
#include "expect.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

MODEL(Full, "full_rows", COLUMN(id, BIGINT, PRIMARY_KEY),
    COLUMN(flag, BOOLEAN), COLUMN(small, SMALLINT), COLUMN(whole, INTEGER), COLUMN(big, BIGINT),
    COLUMN(exact, NUMERIC), COLUMN(money, NUMERIC(12, 3)), COLUMN(single, REAL),
    COLUMN(twice, DOUBLE), COLUMN(words, TEXT), COLUMN(some, VARCHAR(20)), COLUMN(bytes, BYTEA),
    COLUMN(day, DATE), COLUMN(hour, TIME), COLUMN(moment, TIMESTAMP),
    COLUMN(instant, TIMESTAMPTZ), COLUMN(key, UUID), COLUMN(tree, JSONB))

MODEL(Loose, "loose_rows", COLUMN(id, BIGINT, PRIMARY_KEY),
    COLUMN(flag, NULLABLE(BOOLEAN)), COLUMN(small, NULLABLE(SMALLINT)),
    COLUMN(whole, NULLABLE(INTEGER)), COLUMN(big, NULLABLE(BIGINT)),
    COLUMN(exact, NULLABLE(NUMERIC)), COLUMN(money, NULLABLE(NUMERIC(12, 3))),
    COLUMN(single, NULLABLE(REAL)), COLUMN(twice, NULLABLE(DOUBLE)),
    COLUMN(words, NULLABLE(TEXT)), COLUMN(some, NULLABLE(VARCHAR(20))),
    COLUMN(bytes, NULLABLE(BYTEA)), COLUMN(day, NULLABLE(DATE)), COLUMN(hour, NULLABLE(TIME)),
    COLUMN(moment, NULLABLE(TIMESTAMP)), COLUMN(instant, NULLABLE(TIMESTAMPTZ)),
    COLUMN(key, NULLABLE(UUID)), COLUMN(tree, NULLABLE(JSONB)))

SCHEMA(typed, Full, Loose)


static void begin(int database)
{
    db = database_open(database);
    if (!qc_drop_all(db, &typed) || !qc_create_all(db, &typed))
        database_fail(db, "the tables");
}

static void end(void)
{
    if (!qc_drop_all(db, &typed))
        database_fail(db, "drop");
    qc_close(db);
}

/* ---- Values at the ends of their types. ---- */

static const struct Full samples[] = {
    {.id = 1, .exact = {"0"}, .money = {"0.000"}, .words = "", .some = "", .bytes = {"", 0},
     .tree = "null"},
    {.id = 2, .flag = true, .small = 32767, .whole = INT32_MAX, .big = INT64_MAX,
     .exact = {"123456789012345678901234567890.000000000000000000001"}, .money = {"999999999.999"},
     .single = FLT_MAX, .twice = DBL_MAX,
     .words = "h\xc3\xa4 'x' \"y\" \\ %_$1?; --\n\t\xf0\x9f\x8c\xb3",
     .some = "12345678901234567890", .bytes = {"\0\xff'\\", 4}, .day = {2932896},
     .hour = {86399999999}, .moment = {252455615999999999}, .instant = {252455615999999999},
     .key = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff}},
     .tree = "{\"a\": [1, 2.5, \"x\", null, true]}"},
    {.id = 3, .small = -32768, .whole = INT32_MIN, .big = INT64_MIN,
     .exact = {"-0.00000000000000000000000000000001"}, .money = {"-999999999.999"},
     .single = -FLT_MIN, .twice = -DBL_MIN, .words = "plain", .some = "x", .bytes = {"\0", 1},
     .day = {-730119}, .hour = {1}, .moment = {-1}, .instant = {-1},
     .key = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}}, .tree = "\"text\""},
    {.id = 4, .exact = {"NaN"}, .money = {"1.500"}, .single = 0.1f, .twice = 0.1, .words = " ",
     .some = " x ", .bytes = {"z", 1}, .day = {INT32_MAX}, .moment = {INT64_MAX},
     .instant = {INT64_MIN}, .tree = "[]"},
};
enum { SAMPLES = sizeof(samples) / sizeof(samples[0]) };

static void expect_bytes(qc_bytea_value got, qc_bytea_value expected)
{
    ck_assert_uint_eq(got.size, expected.size);
    ck_assert_ptr_nonnull(got.data);
    ck_assert_int_eq(memcmp(got.data, expected.data, expected.size), 0);
}

static void expect_same(const struct Full *got, const struct Full *expected)
{
    ck_assert_int_eq(got->id, expected->id);
    ck_assert_int_eq(got->flag, expected->flag);
    ck_assert_int_eq(got->small, expected->small);
    ck_assert_int_eq(got->whole, expected->whole);
    ck_assert_int_eq(got->big, expected->big);
    ck_assert_str_eq(got->exact.text, expected->exact.text);
    ck_assert_str_eq(got->money.text, expected->money.text);
    ck_assert(memcmp(&got->single, &expected->single, sizeof(float)) == 0);
    ck_assert(memcmp(&got->twice, &expected->twice, sizeof(double)) == 0);
    ck_assert_str_eq(got->words, expected->words);
    ck_assert_str_eq(got->some, expected->some);
    expect_bytes(got->bytes, expected->bytes);
    ck_assert_int_eq(got->day.days, expected->day.days);
    ck_assert_int_eq(got->hour.microseconds, expected->hour.microseconds);
    ck_assert_int_eq(got->moment.microseconds, expected->moment.microseconds);
    ck_assert_int_eq(got->instant.microseconds, expected->instant.microseconds);
    ck_assert(memcmp(&got->key, &expected->key, sizeof(qc_uuid_value)) == 0);
    ck_assert_str_eq(got->tree, expected->tree);
}

static void expect_samples(void)
{
    struct Full **rows = ALL(db, SELECT(Full).ORDER_BY(Full_id));
    expect_ok();
    ck_assert_uint_eq(qc_count(rows), SAMPLES);
    for (size_t i = 0; i < SAMPLES; i++)
        expect_same(rows[i], &samples[i]);
}

START_TEST(structs_come_back)
{
    begin(_i);
    EXEC(db, INSERT_ROWS(Full, samples, SAMPLES));
    expect_ok();
    expect_samples();
    size_t i = 0;
    STREAM(row, db, SELECT(Full).ORDER_BY(Full_id))
        expect_same(row, &samples[i++]);
    ck_assert_uint_eq(i, SAMPLES);
    end();
}
END_TEST

START_TEST(structs_come_back_from_the_bulk_way)
{
    enum { COUNT = 400 };
    struct Full *many = calloc(COUNT, sizeof(*many));
    begin(_i);
    for (int64_t i = 0; i < COUNT; i++) {
        many[i] = samples[i % SAMPLES];
        many[i].id = i;
    }
    EXEC(db, INSERT_ROWS(Full, many, COUNT));
    expect_ok();
    struct Full **rows = ALL(db, SELECT(Full).ORDER_BY(Full_id));
    ck_assert_uint_eq(qc_count(rows), COUNT);
    for (size_t i = 0; i < COUNT; i++)
        expect_same(rows[i], &many[i]);
    free(many);
    end();
}
END_TEST

START_TEST(returned_structs_come_back)
{
    begin(_i);
    for (size_t i = 0; i < SAMPLES; i++) {
        struct Full *made = FIRST(db, INSERT_ROW(Full, &samples[i]).RETURNING());
        expect_ok();
        expect_same(made, &samples[i]);
    }
    end();
}
END_TEST

START_TEST(values_that_are_set_come_back)
{
    begin(_i);
    for (size_t i = 0; i < SAMPLES; i++) {
        const struct Full *s = &samples[i];
        EXEC(db, INSERT(Full).SET(Full_id, s->id).SET(Full_flag, s->flag).SET(Full_small, s->small)
                     .SET(Full_whole, s->whole).SET(Full_big, s->big).SET(Full_exact, s->exact)
                     .SET(Full_money, s->money).SET(Full_single, s->single)
                     .SET(Full_twice, s->twice).SET(Full_words, s->words).SET(Full_some, s->some)
                     .SET(Full_bytes, s->bytes).SET(Full_day, s->day).SET(Full_hour, s->hour)
                     .SET(Full_moment, s->moment).SET(Full_instant, s->instant)
                     .SET(Full_key, s->key).SET(Full_tree, s->tree));
        expect_ok();
    }
    expect_samples();
    end();
}
END_TEST

/* ---- Finding them. ---- */

START_TEST(values_are_found)
{
    begin(_i);
    EXEC(db, INSERT_ROWS(Full, samples, SAMPLES));
    expect_ok();
    for (size_t i = 1; i < SAMPLES; i++) {
        const struct Full *s = &samples[i];
        struct Full *found = ONE(db, SELECT(Full)
            .WHERE(EQ(Full_flag, s->flag)).WHERE(EQ(Full_small, s->small))
            .WHERE(EQ(Full_whole, s->whole)).WHERE(EQ(Full_big, s->big))
            .WHERE(EQ(Full_exact, s->exact)).WHERE(EQ(Full_money, s->money))
            .WHERE(EQ(Full_single, s->single)).WHERE(EQ(Full_twice, s->twice))
            .WHERE(EQ(Full_words, s->words)).WHERE(EQ(Full_some, s->some))
            .WHERE(EQ(Full_bytes, s->bytes)).WHERE(EQ(Full_day, s->day))
            .WHERE(EQ(Full_hour, s->hour)).WHERE(EQ(Full_moment, s->moment))
            .WHERE(EQ(Full_instant, s->instant)).WHERE(EQ(Full_key, s->key)));
        expect_ok();
        ck_assert_int_eq(found->id, s->id);
    }
    qc_date_value days[] = {samples[1].day, samples[3].day};
    qc_uuid_value keys[] = {samples[1].key, samples[2].key};
    qc_numeric_value numbers[] = {samples[2].exact, {"0.0"}};
    int64_t count = SCALAR(db, SELECT(COUNT(Full_id)).WHERE(IN_ARRAY(Full_day, days, 2)));
    ck_assert_int_eq(count, 2);
    count = SCALAR(db, SELECT(COUNT(Full_id)).WHERE(IN_ARRAY(Full_key, keys, 2)));
    ck_assert_int_eq(count, 2);
    count = SCALAR(db, SELECT(COUNT(Full_id)).WHERE(IN_ARRAY(Full_exact, numbers, 2)));
    expect_ok();
    ck_assert_int_eq(count, 2);
    end();
}
END_TEST

START_TEST(values_are_in_order)
{
    static const char *const expected[] = {"3142", "3124", "3142"};
    begin(_i);
    EXEC(db, INSERT_ROWS(Full, samples, SAMPLES));
    struct Full **by[] = {ALL(db, SELECT(Full).ORDER_BY(Full_money)),
                          ALL(db, SELECT(Full).ORDER_BY(Full_exact)),
                          ALL(db, SELECT(Full).ORDER_BY(Full_twice, Full_id))};
    expect_ok();
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < SAMPLES; i++)
            ck_assert_msg(by[k][i]->id == expected[k][i] - '0', "order %zu, place %zu: %d", k, i,
                          (int)by[k][i]->id);
    end();
}
END_TEST

/* ---- NULLs. ---- */

START_TEST(nulls_come_back)
{
    begin(_i);
    struct Loose nothing = {.id = 1};
    struct Loose full = {.id = 2, .flag = {true, false}, .small = {true, -1}, .whole = {true, 0},
                         .big = {true, 7}, .exact = {"1.50"}, .money = {"2.000"},
                         .single = {true, 1.5f}, .twice = {true, -2.5}, .words = "w", .some = "s",
                         .bytes = {"b", 1}, .day = {true, {0}}, .hour = {true, {0}},
                         .moment = {true, {0}}, .instant = {true, {0}}, .key = {true, {{7}}},
                         .tree = "{}"};
    EXEC(db, INSERT_ROW(Loose, &nothing));
    EXEC(db, INSERT_ROW(Loose, &full));
    expect_ok();
    struct Loose **rows = ALL(db, SELECT(Loose).ORDER_BY(Loose_id));
    expect_ok();
    struct Loose *none = rows[0], *some = rows[1];
    ck_assert(!none->flag.set && !none->small.set && !none->whole.set && !none->big.set);
    ck_assert(!none->single.set && !none->twice.set && !none->day.set && !none->hour.set);
    ck_assert(!none->moment.set && !none->instant.set && !none->key.set);
    ck_assert(!none->exact.text && !none->money.text && !none->words && !none->some);
    ck_assert(!none->bytes.data && !none->tree);
    ck_assert(some->flag.set && !some->flag.value && some->small.set && some->small.value == -1);
    ck_assert(some->whole.set && some->whole.value == 0 && some->big.set && some->big.value == 7);
    ck_assert(some->single.set && some->twice.set && some->day.set && some->hour.set);
    ck_assert(some->moment.set && some->instant.set && some->key.set);
    ck_assert_int_eq(some->key.value.bytes[0], 7);
    ck_assert_str_eq(some->exact.text, "1.50");
    ck_assert_str_eq(some->words, "w");
    ck_assert_str_eq(some->tree, "{}");
    expect_bytes(some->bytes, full.bytes);
    end();
}
END_TEST

/* ---- Generic rows and scalars. ---- */

START_TEST(generic_rows_hold_every_type)
{
    begin(_i);
    EXEC(db, INSERT_ROWS(Full, samples, SAMPLES));
    qc_row **rows = ALL(db, SELECT(Full_flag, Full_small, Full_whole, Full_big, Full_exact,
            Full_single,
                                   Full_twice, Full_words, Full_bytes, Full_day, Full_hour,
                                   Full_moment, Full_instant, Full_key, Full_tree)
                                .WHERE(EQ(Full_id, 2)));
    expect_ok();
    const struct Full *s = &samples[1];
    const qc_row *row = rows[0];
    ck_assert(qc_row_bool(row, 0));
    ck_assert_int_eq(qc_row_int(row, 1), s->small);
    ck_assert_int_eq(qc_row_int(row, 2), s->whole);
    ck_assert_int_eq(qc_row_int(row, 3), s->big);
    ck_assert_str_eq(qc_row_text(row, 4), s->exact.text);
    ck_assert_double_eq(qc_row_double(row, 5), (double)s->single);
    ck_assert_double_eq(qc_row_double(row, 6), s->twice);
    ck_assert_str_eq(qc_row_text(row, 7), s->words);
    expect_bytes(qc_row_bytea(row, 8), s->bytes);
    ck_assert_int_eq(qc_row_date(row, 9).days, s->day.days);
    ck_assert_int_eq(qc_row_time(row, 10).microseconds, s->hour.microseconds);
    ck_assert_int_eq(qc_row_timestamp(row, 11).microseconds, s->moment.microseconds);
    ck_assert_int_eq(qc_row_timestamp(row, 12).microseconds, s->instant.microseconds);
    const qc_uuid_value key = qc_row_uuid(row, 13);
    ck_assert_int_eq(memcmp(&key, &s->key, sizeof(key)), 0);
    ck_assert_str_eq(qc_row_text(row, 14), s->tree);
    for (size_t i = 0; i < qc_row_size(row); i++)
        ck_assert(!qc_row_is_null(row, i));
    end();
}
END_TEST

START_TEST(scalars_hold_every_type)
{
    begin(_i);
    EXEC(db, INSERT_ROWS(Full, samples, SAMPLES));
    const struct Full *s = &samples[1];
    struct Full got = {
        .id = SCALAR(db, SELECT(Full_id).WHERE(EQ(Full_id, 2))),
        .flag = SCALAR(db, SELECT(Full_flag).WHERE(EQ(Full_id, 2))),
        .small = SCALAR(db, SELECT(Full_small).WHERE(EQ(Full_id, 2))),
        .whole = SCALAR(db, SELECT(Full_whole).WHERE(EQ(Full_id, 2))),
        .big = SCALAR(db, SELECT(Full_big).WHERE(EQ(Full_id, 2))),
        .exact = SCALAR(db, SELECT(Full_exact).WHERE(EQ(Full_id, 2))),
        .money = SCALAR(db, SELECT(Full_money).WHERE(EQ(Full_id, 2))),
        .single = SCALAR(db, SELECT(Full_single).WHERE(EQ(Full_id, 2))),
        .twice = SCALAR(db, SELECT(Full_twice).WHERE(EQ(Full_id, 2))),
        .words = SCALAR(db, SELECT(Full_words).WHERE(EQ(Full_id, 2))),
        .some = SCALAR(db, SELECT(Full_some).WHERE(EQ(Full_id, 2))),
        .bytes = SCALAR(db, SELECT(Full_bytes).WHERE(EQ(Full_id, 2))),
        .day = SCALAR(db, SELECT(Full_day).WHERE(EQ(Full_id, 2))),
        .hour = SCALAR(db, SELECT(Full_hour).WHERE(EQ(Full_id, 2))),
        .moment = SCALAR(db, SELECT(Full_moment).WHERE(EQ(Full_id, 2))),
        .instant = SCALAR(db, SELECT(Full_instant).WHERE(EQ(Full_id, 2))),
        .key = SCALAR(db, SELECT(Full_key).WHERE(EQ(Full_id, 2))),
        .tree = SCALAR(db, SELECT(Full_tree).WHERE(EQ(Full_id, 2))),
    };
    expect_ok();
    expect_same(&got, s);
    end();
}
END_TEST

/* ---- What a type cannot hold. ---- */

START_TEST(what_does_not_fit_is_refused)
{
    static const char *const wrong[] = {
        "INSERT INTO loose_rows (id, small) VALUES (1, 32768)",
        "INSERT INTO loose_rows (id, whole) VALUES (1, 2147483648)",
        "INSERT INTO loose_rows (id, big) VALUES (1, 9223372036854775808)",
        "INSERT INTO loose_rows (id, some) VALUES (1, '123456789012345678901')",
        "INSERT INTO full_rows (id) VALUES (1)",
    };
    begin(_i);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        ck_assert_msg(!qc_execute(db, wrong[i]), "%s: %s", qc_dialect_name(db), wrong[i]);
        ck_assert_int_eq(qc_error(db)->code, QC_ERROR_SERVER);
    }
    EXEC(db, INSERT(Loose).SET(Loose_id, 1).SET(Loose_exact, qc_numeric_of("twelve")));
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_VALUE);
    EXEC(db, INSERT(Loose).SET(Loose_id, 1).SET(Loose_tree, "{not json"));
    ck_assert_int_ne(qc_error(db)->code, QC_ERROR_OK);
    int64_t count = SCALAR(db, SELECT(COUNT(Loose_id)));
    ck_assert_int_eq(count, 0);
    end();
}
END_TEST

Suite *types_suite(void);
Suite *types_suite(void)
{
    Suite *suite = suite_create("types");
    TCase *tests = tcase_create("both");
    tcase_add_unchecked_fixture(tests, databases_begin, databases_end);
    tcase_add_loop_test(tests, structs_come_back, 0, DATABASE_COUNT);
    tcase_add_loop_test(tests, structs_come_back_from_the_bulk_way, 0, DATABASE_COUNT);
    tcase_add_loop_test(tests, returned_structs_come_back, 0, DATABASE_COUNT);
    tcase_add_loop_test(tests, values_that_are_set_come_back, 0, DATABASE_COUNT);
    tcase_add_loop_test(tests, values_are_found, 0, DATABASE_COUNT);
    tcase_add_loop_test(tests, values_are_in_order, 0, DATABASE_COUNT);
    tcase_add_loop_test(tests, nulls_come_back, 0, DATABASE_COUNT);
    tcase_add_loop_test(tests, generic_rows_hold_every_type, 0, DATABASE_COUNT);
    tcase_add_loop_test(tests, scalars_hold_every_type, 0, DATABASE_COUNT);
    tcase_add_loop_test(tests, what_does_not_fit_is_refused, 0, DATABASE_COUNT);
    suite_add_tcase(suite, tests);
    return suite;
}
