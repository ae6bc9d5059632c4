/* What is stored in a column with DEFAULT that nobody gave a value? The same, of every type and by
 * every way in. */
#include "live/expect.h"

#include "ast/ast.h"

#include <check.h>
#include <string.h>

#define SETTING(wrap)                                                                              \
    COLUMN(id, BIGINT, PRIMARY_KEY), COLUMN(a_bool, NULLABLE(BOOLEAN), DEFAULT(true)),             \
        COLUMN(a_smallint, NULLABLE(SMALLINT), DEFAULT(-3)),                                       \
        COLUMN(an_int, NULLABLE(INTEGER), DEFAULT(70000)),                                         \
        COLUMN(a_bigint, NULLABLE(BIGINT), DEFAULT(5000000000)),                                   \
        COLUMN(a_real, NULLABLE(REAL), DEFAULT(0.5)),                                              \
        COLUMN(a_double, NULLABLE(DOUBLE), DEFAULT(-2.25)),                                        \
        COLUMN(a_whole, NULLABLE(DOUBLE), DEFAULT(7)),                                             \
        COLUMN(a_numeric, NULLABLE(NUMERIC(8, 2)), DEFAULT("1.25")),                               \
        COLUMN(a_whole_numeric, NULLABLE(NUMERIC(8, 0)), DEFAULT(12)),                             \
        COLUMN(a_text, wrap(TEXT), DEFAULT("it's")),                                               \
        COLUMN(a_date, wrap(DATE), DEFAULT("2024-02-29")),                                         \
        COLUMN(a_time, NULLABLE(TIME), DEFAULT("12:34:56.5")),                                     \
        COLUMN(a_timestamp, wrap(TIMESTAMP), DEFAULT("2024-02-29 12:34:56")),                      \
        COLUMN(a_timestamptz, wrap(TIMESTAMPTZ), DEFAULT("2024-02-29 12:34:56")),                  \
        COLUMN(a_uuid, wrap(UUID), DEFAULT("00112233-4455-6677-8899-aabbccddeeff")),               \
        COLUMN(a_json, wrap(JSONB), DEFAULT("[1]"))
#define AS_IT_IS(type) type
MODEL(Setting, "unset_settings", SETTING(NULLABLE))
MODEL(Firm, "unset_firm_settings", SETTING(AS_IT_IS))
SCHEMA(settings, Setting, Firm)

static const char *const expected[] = {"true",
                                       "-3",
                                       "70000",
                                       "5000000000",
                                       "0.5",
                                       "-2.25",
                                       "7",
                                       "1.25",
                                       "12",
                                       "'it''s'",
                                       "'2024-02-29'",
                                       "'12:34:56.5'",
                                       "'2024-02-29 12:34:56'",
                                       "'2024-02-29 12:34:56'",
                                       "'00112233-4455-6677-8899-aabbccddeeff'",
                                       "'[1]'"};

static void compare(const qc_table *table, const void *row, int64_t id)
{
    for (uint32_t i = 1; i < table->column_count; i++) {
        qc_strbuf text = {0};
        qc_print_value(&text, qc_field_value(&table->columns[i], row));
        ck_assert_msg(strcmp(text.text, expected[i - 1]) == 0, "%s of row %d on %s: %s and not %s",
                      table->columns[i].name, (int)id, qc_dialect_name(db), text.text,
                      expected[i - 1]);
        qc_strbuf_free(&text);
    }
}

enum { FEW = 3, MANY = 300 };

/* Rows 1 to 5, 11 to 13 and 1001 to 1300. */
#define STORE_ALL(Model)                                                                           \
    static void store_all_##Model(void)                                                            \
    {                                                                                              \
        static struct Model many[MANY];                                                            \
        struct Model few[FEW] = {{.id = 11}, {.id = 12}, {.id = 13}}, two = {.id = 2},             \
                     three = {.id = 3}, four = {.id = 4};                                          \
        for (int i = 0; i < MANY; i++)                                                             \
            many[i] = (struct Model){.id = 1001 + i};                                              \
        expect_int(EXEC(db, INSERT(Model).SET(Model##_id, 1)), 1);                                 \
        expect_int(EXEC(db, INSERT_ROW(Model, &two)), 1);                                          \
        COPY_IN(db, Model, writer)                                                                 \
        qc_copy_put(writer, &three);                                                               \
        expect_ok();                                                                               \
        expect_int(EXEC(db, INSERT_ROWS(Model, few, FEW)), FEW);                                   \
        expect_int(EXEC(db, INSERT_ROWS(Model, many, MANY)), MANY);                                \
        ck_assert(qc_session_start(db, NULL));                                                     \
        ck_assert(qc_add(db, Model, &four));                                                       \
        ck_assert_ptr_nonnull(NEW(db, Model, .id = 5));                                            \
        if (!qc_flush(db))                                                                         \
            database_fail(db, "flush");                                                            \
        qc_session_stop(db);                                                                       \
        struct Model **rows = ALL(db, SELECT(Model).ORDER_BY(Model##_id));                         \
        expect_ok();                                                                               \
        ck_assert_uint_eq(qc_count(rows), 5 + FEW + MANY);                                         \
        EACH (struct Model, row, rows)                                                             \
            compare(&qc_table_##Model, row, row->id);                                              \
    }
STORE_ALL(Setting)
STORE_ALL(Firm)

START_TEST(defaults_are_the_same_by_every_way)
{
    models_open(_i, &settings);
    store_all_Setting();
    models_close(&settings);
}
END_TEST

START_TEST(defaults_of_columns_that_are_not_null)
{
    models_open(_i, &settings);
    store_all_Firm();
    models_close(&settings);
}
END_TEST

Suite *unset_suite(void)
{
    Suite *suite = suite_create("unset");
    TCase *fields = tcase_create("fields");
    tcase_add_unchecked_fixture(fields, databases_begin, databases_end);
    tcase_add_loop_test(fields, defaults_are_the_same_by_every_way, 0, DATABASE_COUNT);
    tcase_add_loop_test(fields, defaults_of_columns_that_are_not_null, 0, DATABASE_COUNT);
    suite_add_tcase(suite, fields);
    return suite;
}
