/* What NEW puts into fields that it was not given, on both databases: DEFAULT_BY of every type, and
 * how it tells what was given. */
#include "shop.h"

#include "ast/ast.h"
#include "base/strbuf.h"

#include <string.h>

/* Each type: field, type, and a value. */
#define VALUES(X)                                                                                  \
    X(a_bool, BOOLEAN, bool, bool, true)                                                           \
    X(a_smallint, SMALLINT, int16_t, smallint, -7)                                                 \
    X(an_int, INTEGER, int32_t, int, -70000)                                                       \
    X(a_bigint, BIGINT, int64_t, bigint, INT64_C(1) << 40)                                         \
    X(a_real, REAL, float, real, 0.5f)                                                             \
    X(a_double, DOUBLE, double, double, -0.25)                                                     \
    X(a_date, DATE, qc_date_value, date, {.days = -1})                                             \
    X(a_time, TIME, qc_time_value, time, {.microseconds = 86399000001})                            \
    X(a_timestamp, TIMESTAMP, qc_timestamp_value, timestamp, {.microseconds = -5})                 \
    X(a_timestamptz, TIMESTAMPTZ, qc_timestamp_value, timestamp, {.microseconds = 1000001})        \
    X(a_uuid, UUID, qc_uuid_value, uuid, {{1, 2, 3}})
/* NULL has no place of its own in these. */
#define POINTERS(X)                                                                                \
    X(a_numeric, NUMERIC, qc_numeric_value, , {"-12.50"})                                          \
    X(a_text, TEXT, const char *, , "made")                                                        \
    X(a_bytea, BYTEA, qc_bytea_value, , {"\0x", 2})                                                \
    X(a_json, JSONB, const char *, , "{\"a\": 1}")

#define DECLARE(field, word, type, optional, ...) type make_##field(void);
#define DECLARE_MAYBE(field, word, type, optional, ...) qc_opt_##optional maybe_##field(void);
VALUES(DECLARE)
POINTERS(DECLARE)
VALUES(DECLARE_MAYBE)

MODEL(Made, "omitted_made", COLUMN(id, INTEGER, PRIMARY_KEY),
      COLUMN(a_bool, BOOLEAN, DEFAULT_BY(make_a_bool)),
      COLUMN(a_smallint, SMALLINT, DEFAULT_BY(make_a_smallint)),
      COLUMN(an_int, INTEGER, DEFAULT_BY(make_an_int)),
      COLUMN(a_bigint, BIGINT, DEFAULT_BY(make_a_bigint)),
      COLUMN(a_real, REAL, DEFAULT_BY(make_a_real)),
      COLUMN(a_double, DOUBLE, DEFAULT_BY(make_a_double)),
      COLUMN(a_date, DATE, DEFAULT_BY(make_a_date)), COLUMN(a_time, TIME, DEFAULT_BY(make_a_time)),
      COLUMN(a_timestamp, TIMESTAMP, DEFAULT_BY(make_a_timestamp)),
      COLUMN(a_timestamptz, TIMESTAMPTZ, DEFAULT_BY(make_a_timestamptz)),
      COLUMN(a_uuid, UUID, DEFAULT_BY(make_a_uuid)),
      COLUMN(a_numeric, NUMERIC, DEFAULT_BY(make_a_numeric)),
      COLUMN(a_text, TEXT, DEFAULT_BY(make_a_text)),
      COLUMN(a_bytea, BYTEA, DEFAULT_BY(make_a_bytea)),
      COLUMN(a_json, JSONB, DEFAULT_BY(make_a_json)))

MODEL(Omitted, "omitted_maybe", COLUMN(id, INTEGER, PRIMARY_KEY),
      COLUMN(a_bool, NULLABLE(BOOLEAN), DEFAULT_BY(maybe_a_bool)),
      COLUMN(a_smallint, NULLABLE(SMALLINT), DEFAULT_BY(maybe_a_smallint)),
      COLUMN(an_int, NULLABLE(INTEGER), DEFAULT_BY(maybe_an_int)),
      COLUMN(a_bigint, NULLABLE(BIGINT), DEFAULT_BY(maybe_a_bigint)),
      COLUMN(a_real, NULLABLE(REAL), DEFAULT_BY(maybe_a_real)),
      COLUMN(a_double, NULLABLE(DOUBLE), DEFAULT_BY(maybe_a_double)),
      COLUMN(a_date, NULLABLE(DATE), DEFAULT_BY(maybe_a_date)),
      COLUMN(a_time, NULLABLE(TIME), DEFAULT_BY(maybe_a_time)),
      COLUMN(a_timestamp, NULLABLE(TIMESTAMP), DEFAULT_BY(maybe_a_timestamp)),
      COLUMN(a_timestamptz, NULLABLE(TIMESTAMPTZ), DEFAULT_BY(maybe_a_timestamptz)),
      COLUMN(a_uuid, NULLABLE(UUID), DEFAULT_BY(maybe_a_uuid)),
      COLUMN(a_numeric, NULLABLE(NUMERIC), DEFAULT_BY(make_a_numeric)),
      COLUMN(a_text, NULLABLE(TEXT), DEFAULT_BY(make_a_text)),
      COLUMN(a_bytea, NULLABLE(BYTEA), DEFAULT_BY(make_a_bytea)),
      COLUMN(a_json, NULLABLE(JSONB), DEFAULT_BY(make_a_json)))

MODEL(Stated, "omitted_stated", COLUMN(id, INTEGER, PRIMARY_KEY), COLUMN(n, INTEGER, DEFAULT(5)),
      COLUMN(n_2, INTEGER, DEFAULT(6)), COLUMN(word, TEXT, DEFAULT("word")),
      COLUMN(on, BOOLEAN, DEFAULT(true)), COLUMN(small, SMALLINT, DEFAULT(-3)),
      COLUMN(big, BIGINT, DEFAULT(5000000000)), COLUMN(single, REAL, DEFAULT(1.5)),
      COLUMN(wide, DOUBLE, DEFAULT(7)), COLUMN(maybe, NULLABLE(INTEGER), DEFAULT(8)))

MODEL(Written, "omitted_written", COLUMN(id, INTEGER, PRIMARY_KEY),
      COLUMN(day, DATE, DEFAULT("2024-02-29")), COLUMN(hour, TIME, DEFAULT("23:59:59.5")),
      COLUMN(local, TIMESTAMP, DEFAULT("2024-02-29 01:02:03")),
      COLUMN(moment, TIMESTAMPTZ, DEFAULT("2024-02-29 01:02:03+02")),
      COLUMN(code, UUID, DEFAULT("00010203-0405-0607-0809-0a0b0c0d0e0f")),
      COLUMN(price, NUMERIC(6, 2), DEFAULT("1.50")), COLUMN(half, DOUBLE, DEFAULT(0.5)),
      COLUMN(none, DOUBLE, DEFAULT(0.0)), COLUMN(off, BOOLEAN, DEFAULT(false)),
      COLUMN(document, JSONB, DEFAULT("{}")))

MODEL(Garbled, "omitted_garbled", COLUMN(id, INTEGER, PRIMARY_KEY),
      COLUMN(day, DATE, DEFAULT("31.1.2024")))

SCHEMA(omitted, Made, Omitted, Stated, Written)

#define DEFINE(field, word, type, optional, ...)                                                   \
    type make_##field(void)                                                                        \
    {                                                                                              \
        type value = __VA_ARGS__;                                                                  \
        return value;                                                                              \
    }
#define DEFINE_MAYBE(field, word, type, optional, ...)                                             \
    qc_opt_##optional maybe_##field(void)                                                          \
    {                                                                                              \
        return (qc_opt_##optional){true, make_##field()};                                          \
    }
VALUES(DEFINE)
POINTERS(DEFINE)
VALUES(DEFINE_MAYBE)

static void begin(void)
{
    qc_drop_all(db, &omitted);
    ck_assert(qc_create_all(db, &omitted));
    ck_assert(qc_session_start(db, NULL));
}

static void end(void)
{
    qc_session_stop(db);
    ck_assert(qc_drop_all(db, &omitted));
}

static void expect_same(const qc_table *table, const void *row, const void *expected)
{
    if (!row)
        database_fail(db, table->model);
    for (uint32_t i = 0; i < table->column_count; i++) {
        const qc_column *column = &table->columns[i];
        qc_strbuf got = {0}, wanted = {0};
        qc_print_value(&got, qc_field_value(column, row));
        qc_print_value(&wanted, qc_field_value(column, expected));
        ck_assert_msg(strcmp(got.text, wanted.text) == 0, "%s.%s: %s, not %s", table->model,
                      column->name, got.text, wanted.text);
        qc_strbuf_free(&got);
        qc_strbuf_free(&wanted);
    }
}

#define FILL(field, word, type, optional, ...) .field = make_##field(),
#define FILL_MAYBE(field, word, type, optional, ...) .field = maybe_##field(),

IN_SHOP(functions_of_every_type)
{
    const struct Made made = {.id = 1, VALUES(FILL) POINTERS(FILL)};
    const struct Omitted maybe = {.id = 1, VALUES(FILL_MAYBE) POINTERS(FILL)};
    begin();
    expect_same(&qc_table_Made, NEW(db, Made, .id = 1), &made);
    expect_same(&qc_table_Omitted, NEW(db, Omitted, .id = 1), &maybe);
    ck_assert(qc_flush(db));
    qc_session_stop(db);
    expect_same(&qc_table_Made, ONE(db, SELECT(Made)), &made);
    expect_same(&qc_table_Omitted, ONE(db, SELECT(Omitted)), &maybe);
    end();
}

IN_SHOP(functions_leave_what_was_given)
{
    const struct Made zeros = {
        .id = 1, .a_numeric = {"0"}, .a_text = "", .a_bytea = {"", 0}, .a_json = "0"};
    const struct Omitted nulls = {.id = 1};
    begin();
    expect_same(&qc_table_Made,
                NEW(db, Made, .id = 1, .a_bool = false, .a_smallint = 0, .an_int = 0, .a_bigint = 0,
                    .a_real = 0, .a_double = 0, .a_date = {0}, .a_time = {0}, .a_timestamp = {0},
                    .a_timestamptz = {0}, .a_uuid = {{0}}, .a_numeric = {"0"}, .a_text = "",
                    .a_bytea = {"", 0}, .a_json = "0"),
                &zeros);
    expect_same(&qc_table_Omitted,
                NEW(db, Omitted, .id = 1, .a_bool = {0}, .a_smallint = {0}, .an_int = {0},
                    .a_bigint = {0}, .a_real = {0}, .a_double = {0}, .a_date = {0}, .a_time = {0},
                    .a_timestamp = {0}, .a_timestamptz = {0}, .a_uuid = {0}, .a_numeric = {NULL},
                    .a_text = NULL, .a_bytea = {NULL, 0}, .a_json = NULL),
                &nulls);
    end();
}

static int second(int a, int b)
{
    return a + b;
}

/* Only an initializer names a field: not what stands in a text, a character or brackets. */
IN_SHOP(what_was_given_is_told_from_the_initializers)
{
    begin();
#define EXPECT_NUMBERS(one, two, ...)                                                              \
    do {                                                                                           \
        struct Stated *stated = NEW(db, Stated, __VA_ARGS__);                                      \
        expect_ok();                                                                               \
        ck_assert_int_eq(stated->n, one);                                                          \
        ck_assert_int_eq(stated->n_2, two);                                                        \
    } while (0)
    EXPECT_NUMBERS(5, 6, .id = 1);
    EXPECT_NUMBERS(0, 6, .id = 2, .n = 0);
    EXPECT_NUMBERS(5, 0, .id = 3, .n_2 = 0);
    EXPECT_NUMBERS(0, 0, .n = 0, .id = 4, .n_2 = 0);
    EXPECT_NUMBERS(5, 6, .id = 5, .word = ", .n = 0, .n_2 = 0");
    EXPECT_NUMBERS(5, 6, .id = 6, .word = "\", .n = 0", .small = ',');
    EXPECT_NUMBERS(5, 0, .id = 7, .word = "\\", .n_2 = 0);
    EXPECT_NUMBERS(5, 0, .id = '"', .n_2 = 0);
    EXPECT_NUMBERS(5, 0, .id = '\'', .n_2 = 0);
    EXPECT_NUMBERS(5, 6, .id = second(0, 8));
    EXPECT_NUMBERS(5, 6, .id = (struct Stated){.id = 9, .n = 0}.id);
    EXPECT_NUMBERS(5, 0, .id = (int[]){10, 11}[0], .word = ("([{"), .n_2 = 0);
    end();
}

IN_SHOP(values_of_every_type_that_zero_belongs_to)
{
    begin();
    struct Stated *stated = NEW(db, Stated, .id = 1);
    expect_ok();
    ck_assert(stated->on && stated->small == -3 && stated->big == INT64_C(5000000000));
    ck_assert(stated->single == 1.5f && stated->wide == 7.0);
    ck_assert(qc_flush(db));
    NEW(db, Stated, .id = 2, .on = false, .small = 0, .big = 0, .single = 0, .wide = 0);
    ck_assert(qc_flush(db));
    qc_session_stop(db);
    expect_rows(ALL(db, SELECT(Stated_word, Stated_on, Stated_small, Stated_big, Stated_single,
                               Stated_wide, Stated_maybe)
                            .ORDER_BY(Stated_id)),
                "word|true|-3|5000000000|1.5|7|8, word|false|0|0|0|0|8");
    end();
}

/* An INSERT of SETs binds them. */
IN_SHOP(defaults_that_are_written_as_text)
{
    begin();
    struct Written *row = FIRST(db, INSERT(Written).SET(Written_id, 1).RETURNING());
    if (!row)
        database_fail(db, "the insert");
    ck_assert_int_eq(row->day.days, qc_date_of(2024, 2, 29).days);
    ck_assert_int_eq(row->hour.microseconds, INT64_C(86399500000));
    const int64_t local = qc_timestamp_of(2024, 2, 29, 1, 2, 3).microseconds;
    ck_assert_int_eq(row->local.microseconds, local);
    ck_assert_int_eq(row->moment.microseconds, local - INT64_C(7200000000));
    ck_assert_int_eq(row->code.bytes[15], 15);
    ck_assert_str_eq(row->price.text, "1.50");
    ck_assert(row->half == 0.5 && row->none == 0.0 && !row->off);
    ck_assert_str_eq(row->document, "{}");
    expect_int(EXEC(db, INSERT(Written).SET(Written_id, 2).SET(Written_half, 2.0)), 1);
    const int line = __LINE__ + 1;
    const int64_t count = EXEC(db, INSERT(Garbled).SET(Garbled_id, 1));
    ck_assert_int_eq(count, -1);
    expect_failure(QC_ERROR_VALUE, "DEFAULT(\"31.1.2024\") of Garbled.day is no DATE", line);
    end();
}

Suite *omitted_fields_suite(void);
Suite *omitted_fields_suite(void)
{
    Suite *suite = suite_create("omitted_fields");
    TCase *tests = shop_case(suite);
    ADD_IN_SHOP(tests, functions_of_every_type);
    ADD_IN_SHOP(tests, functions_leave_what_was_given);
    ADD_IN_SHOP(tests, what_was_given_is_told_from_the_initializers);
    ADD_IN_SHOP(tests, defaults_that_are_written_as_text);
    ADD_IN_SHOP(tests, values_of_every_type_that_zero_belongs_to);
    return suite;
}
