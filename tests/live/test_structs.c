/* Many structs at once on both databases: inserted, updated and deleted, in order, all or none, and
 * every type of value with its NULLs. */
#include "shop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

MODEL(Part, "parts",
    COLUMN(shelf, INTEGER, PRIMARY_KEY),
    COLUMN(code, TEXT, PRIMARY_KEY),
    COLUMN(weight, DOUBLE),
    COLUMN(price, NULLABLE(NUMERIC(8, 2))),
    COLUMN(label, NULLABLE(VARCHAR(40)), UNIQUE),
    COLUMN(changed, NULLABLE(TIMESTAMPTZ), ON_UPDATE("now()")))

MODEL(Value, "all_values",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(a_bool, NULLABLE(BOOLEAN)),
    COLUMN(a_smallint, NULLABLE(SMALLINT)),
    COLUMN(an_int, NULLABLE(INTEGER)),
    COLUMN(a_numeric, NULLABLE(NUMERIC)),
    COLUMN(a_real, NULLABLE(REAL)),
    COLUMN(a_double, DOUBLE),
    COLUMN(a_text, NULLABLE(TEXT)),
    COLUMN(a_bytea, NULLABLE(BYTEA)),
    COLUMN(a_date, NULLABLE(DATE)),
    COLUMN(a_time, NULLABLE(TIME)),
    COLUMN(a_timestamp, TIMESTAMP),
    COLUMN(a_timestamptz, NULLABLE(TIMESTAMPTZ)),
    COLUMN(a_uuid, NULLABLE(UUID)),
    COLUMN(a_json, NULLABLE(JSONB)),
    COLUMN(made, TIMESTAMPTZ, SERVER_DEFAULT("now()")),
    COLUMN(kind, TEXT, DEFAULT("plain")),
    COLUMN(grade, NULLABLE(SMALLINT), DEFAULT(3)))

MODEL(Keyless, "keyless_rows",
    COLUMN(word, TEXT))

SCHEMA(stock, Part, Value, Keyless)

enum { MANY = 2500 };

static void begin(void)
{
    qc_drop_all(db, &stock);
    ck_assert(qc_create_all(db, &stock));
}

static void end(void)
{
    qc_drop_all(db, &stock);
}

static const char *number_text(const char *format, int number)
{
    static char texts[4 * MANY][16];
    static int next;
    char *text = texts[next++ % (4 * MANY)];
    snprintf(text, sizeof(texts[0]), format, number);
    return text;
}

static struct Part *make_parts(int count)
{
    struct Part *parts = calloc((size_t)count, sizeof(*parts));
    for (int i = 0; i < count; i++)
        parts[i] = (struct Part){.shelf = i / 10,
                                 .code = number_text("c%d", i),
                                 .weight = i,
                                 .price = {i % 3 ? "1.50" : NULL},
                                 .label = i % 2 ? number_text("l%d", i) : NULL};
    return parts;
}

/* ---- INSERT. ---- */

static struct Value value_of(int i)
{
    struct Value value = {.a_double = i / 3.0, .a_timestamp = {i * 1000000LL}};
    if (i % 3 == 0)
        return value;
    value.a_bool = (qc_opt_bool){true, i % 2};
    value.a_smallint = (qc_opt_smallint){true, (int16_t)-i};
    value.an_int = (qc_opt_int){true, i * 100000};
    value.a_numeric = qc_numeric_of(i % 2 ? "-12345678901234567890.0625" : "NaN");
    value.a_real = (qc_opt_real){true, 0.25f};
    value.a_text = i % 2 ? "" : "it's \"{NULL},\" \\ \xC3\xA9";
    value.a_bytea = (qc_bytea_value){"\0\1\xFF", 3};
    value.a_date = (qc_opt_date){true, {-i}};
    value.a_time = (qc_opt_time){true, {i}};
    value.a_timestamptz = (qc_opt_timestamp){true, {-i}};
    value.a_uuid = (qc_opt_uuid){true, {{1, 2, (uint8_t)i}}};
    value.a_json = "{\"a\": [1, null]}";
    if (i % 3 == 1)
        return value;
    value.kind = "own";
    value.grade = (qc_opt_smallint){true, 9};
    return value;
}

static void expect_value(const struct Value *got, int i)
{
    const struct Value sent = value_of(i);
    const bool null = i % 3 == 0;
    ck_assert_int_eq(got->a_bool.set, !null);
    ck_assert_int_eq(got->a_bool.value, sent.a_bool.value);
    ck_assert_int_eq(got->a_smallint.value, sent.a_smallint.value);
    ck_assert_int_eq(got->an_int.set, !null);
    ck_assert_int_eq(got->an_int.value, sent.an_int.value);
    ck_assert_pstr_eq(got->a_numeric.text, sent.a_numeric.text);
    ck_assert(got->a_real.set == !null && got->a_real.value == sent.a_real.value);
    ck_assert(got->a_double == sent.a_double);
    ck_assert_pstr_eq(got->a_text, sent.a_text);
    ck_assert_uint_eq(got->a_bytea.size, sent.a_bytea.size);
    ck_assert(null || memcmp(got->a_bytea.data, sent.a_bytea.data, 3) == 0);
    ck_assert_int_eq(got->a_date.value.days, sent.a_date.value.days);
    ck_assert_int_eq(got->a_time.value.microseconds, sent.a_time.value.microseconds);
    ck_assert_int_eq(got->a_timestamp.microseconds, sent.a_timestamp.microseconds);
    ck_assert_int_eq(got->a_timestamptz.value.microseconds,
                     sent.a_timestamptz.value.microseconds);
    ck_assert_int_eq(got->a_uuid.set, !null);
    ck_assert_mem_eq(&got->a_uuid.value, &sent.a_uuid.value, 16);
    ck_assert_pstr_eq(got->a_json, sent.a_json);
    ck_assert_int_ne(got->made.microseconds, 0);
    ck_assert_str_eq(got->kind, i % 3 == 2 ? "own" : "plain");
    ck_assert_int_eq(got->grade.value, i % 3 == 2 ? 9 : 3);
}

IN_SHOP(values_of_every_type_come_back)
{
    static struct Value values[MANY];
    begin();
    for (int i = 0; i < MANY; i++)
        values[i] = value_of(i);
    struct Value **stored = ALL(db, INSERT_ROWS(Value, values, MANY).RETURNING());
    expect_ok();
    ck_assert_uint_eq(qc_count(stored), MANY);
    for (int i = 0; i < MANY; i++) {
        ck_assert_int_gt(stored[i]->id, i ? stored[i - 1]->id : 0);
        expect_value(stored[i], i);
    }
    end();
}

IN_SHOP(defaults_that_come_and_go_keep_the_order)
{
    static struct Value values[MANY];
    begin();
    for (int i = 0; i < MANY; i++) {
        values[i] = value_of(i);
        values[i].id = i % 100 < 20 && i % 2 ? 10000 + i : 0;
    }
    struct Value **stored = ALL(db, INSERT_ROWS(Value, values, MANY).RETURNING());
    expect_ok();
    ck_assert_uint_eq(qc_count(stored), MANY);
    for (int i = 0; i < MANY; i++) {
        ck_assert(values[i].id == 0 || values[i].id == stored[i]->id);
        expect_value(stored[i], i);
    }
    end();
}

IN_SHOP(rows_of_defaults_only)
{
    struct Customer none[20] = {{0}};
    struct Value values[20];
    begin();
    for (int i = 0; i < 20; i++) {
        values[i] = value_of(0);
        none[i].name = number_text("n%d", i);
    }
    struct Customer **made = ALL(db, INSERT_ROWS(Customer, none, 20).RETURNING(Customer_id));
    expect_ok();
    ck_assert_uint_eq(qc_count(made), 20);
    expect_int(EXEC(db, INSERT_ROWS(Value, values, 20)), 20);
    end();
}

IN_SHOP(upserts_of_many)
{
    begin();
    struct Part *parts = make_parts(MANY);
    expect_int(EXEC(db, INSERT_ROWS(Part, parts, MANY / 2)), MANY / 2);
    expect_int(EXEC(db, INSERT_ROWS(Part, parts, MANY).ON_CONFLICT().DO_NOTHING), MANY / 2);
    for (int i = 0; i < MANY; i++)
        parts[i].weight = 2 * i;
    struct Part **stored = ALL(db, INSERT_ROWS(Part, parts, MANY)
        .ON_CONFLICT(Part_shelf, Part_code).DO_UPDATE(Part_weight)
        .WHERE(NE(Part_weight, EXCLUDED(Part_weight))).RETURNING());
    expect_ok();
    ck_assert_uint_eq(qc_count(stored), MANY - 1);
    for (int i = 1; i < MANY; i++) {
        ck_assert_str_eq(stored[i - 1]->code, parts[i].code);
        ck_assert(stored[i - 1]->weight == 2 * i && stored[i - 1]->changed.set);
    }
    free(parts);
    end();
}

IN_SHOP(a_value_that_cannot_be_stored)
{
    begin();
    struct Part *parts = make_parts(MANY);
    parts[MANY - 1].code = "\xC0\xA7";
    struct Part **stored = ALL(db, INSERT_ROWS(Part, parts, MANY).RETURNING());
    ck_assert_ptr_null(stored);
    expect_failure(QC_ERROR_VALUE, "parts.code is not valid UTF-8", __LINE__ - 2);
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Part)), 0);
    free(parts);
    end();
}

/* ---- UPDATE. ---- */

IN_SHOP(structs_are_updated)
{
    static const int counts[] = {1, 2, 7, 1000, MANY};
    for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
        begin();
        struct Part *parts = make_parts(MANY);
        expect_int(EXEC(db, INSERT_ROWS(Part, parts, MANY)), MANY);
        for (int i = 0; i < MANY; i++) {
            parts[i].weight = -i;
            parts[i].price = qc_numeric_of(i % 2 ? "2.25" : NULL);
            parts[i].label = i % 5 ? number_text("new %d", i) : NULL;
        }
        expect_int(EXEC(db, UPDATE_ROWS(Part, parts, counts[c])), counts[c]);
        struct Part **stored = ALL(db, SELECT(Part).ORDER_BY(ABS(Part_weight)));
        expect_ok();
        for (int i = 0; i < MANY; i++) {
            const bool changed = i < counts[c];
            ck_assert_str_eq(stored[i]->code, parts[i].code);
            ck_assert_int_eq(stored[i]->changed.set, changed);
            ck_assert(stored[i]->weight == (changed ? -i : i));
            if (changed)
                ck_assert_pstr_eq(stored[i]->price.text, parts[i].price.text);
            if (changed)
                ck_assert_pstr_eq(stored[i]->label, parts[i].label);
        }
        free(parts);
        end();
    }
}

IN_SHOP(some_columns_are_updated)
{
    begin();
    struct Part *parts = make_parts(10);
    expect_int(EXEC(db, INSERT_ROWS(Part, parts, 10)), 10);
    for (int i = 0; i < 10; i++)
        parts[i] = (struct Part){.shelf = parts[i].shelf, .code = parts[i].code, .weight = 7};
    expect_int(EXEC(db, UPDATE_ROWS(Part, parts, 10).COLUMNS(Part_weight)), 10);
    expect_int(SCALAR(db, SELECT(COUNT(Part_label)).WHERE(EQ(Part_weight, 7))), 5);
    expect_int(EXEC(db, UPDATE_ROWS(Part, parts, 10).COLUMNS(Part_label)
                            .SET(Part_weight, ADD(Part_weight, 1)).WHERE(NE(Part_code, "c3"))), 9);
    expect_int(SCALAR(db, SELECT(COUNT(Part_label)).WHERE(EQ(Part_weight, 7))), 1);
    expect_int(EXEC(db, UPDATE_ROWS(Part, parts, 10).SET(Part_weight, 5)), 10);
    expect_int(SCALAR(db, SELECT(COUNT(Part_label)).WHERE(EQ(Part_weight, 5))), 0);
    struct Part **stored =
        ALL(db, UPDATE_ROWS(Part, parts, 10).COLUMNS(Part_weight).RETURNING(Part_code, Part_weight));
    expect_ok();
    ck_assert_uint_eq(qc_count(stored), 10);
    EACH(struct Part, part, stored)
        ck_assert(part->weight == 7 && part->code[0] == 'c' && !part->label);
    free(parts);
    end();
}

IN_SHOP(rows_that_are_gone_are_not_counted)
{
    begin();
    struct Part *parts = make_parts(20);
    expect_int(EXEC(db, INSERT_ROWS(Part, parts, 10)), 10);
    expect_int(EXEC(db, UPDATE_ROWS(Part, parts, 20)), 10);
    expect_int(EXEC(db, UPDATE_ROWS(Part, parts, 0)), 0);
    expect_int(EXEC(db, DELETE_ROWS(Part, parts + 5, 15)), 5);
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Part)), 5);
    free(parts);
    end();
}

IN_SHOP(rows_are_deleted_by_other_columns)
{
    begin();
    struct Part *parts = make_parts(20);
    for (int i = 0; i < 20; i++)
        parts[i].weight = i / 5;
    expect_int(EXEC(db, INSERT_ROWS(Part, parts, 20)), 20);
    parts[0].code = "none";
    expect_int(EXEC(db, DELETE_ROWS(Part, parts, 6).COLUMNS(Part_weight)), 10);
    expect_int(EXEC(db, DELETE_ROWS(Part, &parts[10], 1).COLUMNS(Part_code, Part_weight)), 1);
    int64_t affected = EXEC(db, DELETE_ROWS(Part, parts, 20).COLUMNS(ONLY_IF(false, Part_code)));
    ck_assert_int_eq(affected, -1);
    ck_assert_ptr_nonnull(strstr(qc_error(db)->message, "names no column"));
    affected = EXEC(db, DELETE_ROWS(Part, parts, 20).COLUMNS(Customer_id));
    ck_assert_int_eq(affected, -1);
    ck_assert_ptr_nonnull(strstr(qc_error(db)->message, "takes columns of Part"));
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Part)), 9);
    free(parts);
    end();
}

IN_SHOP(updates_of_structs_are_all_or_none)
{
    begin();
    struct Part *parts = make_parts(MANY);
    expect_int(EXEC(db, INSERT_ROWS(Part, parts, MANY)), MANY);
    for (int i = 0; i < MANY; i++)
        parts[i].weight = 7;
    parts[MANY - 2].label = parts[1].label;
    for (int inside = 0; inside < 2; inside++) {
        if (inside)
            ck_assert(qc_begin(db));
        int64_t affected = EXEC(db, UPDATE_ROWS(Part, parts, MANY));
        ck_assert_int_eq(affected, -1);
        ck_assert_str_eq(qc_error(db)->sqlstate, "23505");
        if (inside)
            ck_assert(qc_rollback(db));
        expect_int(SCALAR(db, SELECT(COUNT(Part_label)).WHERE(IS_NULL(Part_changed))), MANY / 2);
    }
    free(parts);
    end();
}

IN_SHOP(two_structs_with_one_key)
{
    begin();
    struct Part *parts = make_parts(30);
    expect_int(EXEC(db, INSERT_ROWS(Part, parts, 30)), 30);
    parts[25].shelf = parts[4].shelf;
    parts[25].code = "c4";
    int64_t affected = EXEC(db, UPDATE_ROWS(Part, parts, 30));
    ck_assert_int_eq(affected, -1);
    expect_failure(QC_ERROR_MISUSE, "structs 5 and 26 of UPDATE_ROWS(Part) have the same",
                   __LINE__ - 3);
    expect_int(EXEC(db, DELETE_ROWS(Part, parts, 30)), 29);
    free(parts);
    end();
}

IN_SHOP(updates_that_mean_no_row)
{
    struct Keyless loose = {"x"};
    struct CustomerTag pair = {1, 1};
    struct Part part = {.code = "c"};
    const struct Part *const nothing[] = {&part, NULL};
    int64_t affected = EXEC(db, UPDATE_ROWS(Keyless, &loose, 1));
    ck_assert_int_eq(affected, -1);
    expect_failure(QC_ERROR_QUERY, "Keyless has no PRIMARY_KEY", __LINE__ - 2);
    EXEC(db, DELETE_ROWS(Keyless, &loose, 1));
    expect_failure(QC_ERROR_QUERY, "Keyless has no PRIMARY_KEY", __LINE__ - 1);
    EXEC(db, UPDATE_ROWS(CustomerTag, &pair, 1));
    expect_failure(QC_ERROR_QUERY, "sets nothing but the primary key", __LINE__ - 1);
    EXEC(db, UPDATE_ROWS(Part, &part, 1).COLUMNS(Part_code));
    expect_failure(QC_ERROR_QUERY, "parts.code is of the primary key", __LINE__ - 1);
    EXEC(db, UPDATE_ROWS(Part, &part, 1).COLUMNS(Keyless_word));
    expect_failure(QC_ERROR_QUERY, "takes columns of Part", __LINE__ - 1);
    EXEC(db, UPDATE_ROWS(Part, nothing, 2));
    expect_failure(QC_ERROR_MISUSE, "struct 2 of UPDATE_ROWS(Part) is a NULL pointer", __LINE__ - 1);
}

/* ---- Pointers to structs. ---- */

IN_SHOP(structs_behind_pointers)
{
    struct Customer **customers = ALL(db, SELECT(Customer).ORDER_BY(Customer_id));
    EACH(struct Customer, customer, customers)
        customer->city = "Bern";
    expect_int(EXEC(db, UPDATE_ROWS(Customer, customers, qc_count(customers))), 4);
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Customer).WHERE(EQ(Customer_city, "Bern"))), 4);
    EACH(struct Customer, customer, customers) {
        customer->id = 0;
        customer->name = number_text("twin %d", customer->name[0]);
    }
    struct Customer **made =
        ALL(db, INSERT_ROWS(Customer, customers, qc_count(customers)).RETURNING());
    expect_ok();
    ck_assert_uint_eq(qc_count(made), 4);
    for (int i = 0; i < 4; i++)
        ck_assert_str_eq(made[i]->name, customers[i]->name);
    expect_int(EXEC(db, DELETE_ROWS(Customer, made, 4)), 4);
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Customer)), 4);
}

IN_SHOP(structs_of_a_table_known_late)
{
    static const qc_site site = {"somewhere.c", "late", 7};
    enum { COUNT = 40 };
    begin();
    struct Part *parts = make_parts(COUNT);
    const void *all[COUNT];
    for (int i = 0; i < COUNT; i++)
        all[i] = &parts[i];
    expect_int(qc_insert_structs(db, &site, &qc_table_Part, all, 20), 20);
    void **made = qc_insert_structs_returning(db, &site, &qc_table_Part, all + 20, 20);
    expect_ok();
    ck_assert_uint_eq(qc_count(made), 20);
    ck_assert_str_eq(((struct Part *)made[19])->code, parts[39].code);
    for (int i = 0; i < COUNT; i++)
        parts[i] = (struct Part){.shelf = parts[i].shelf, .code = parts[i].code, .weight = 7};
    const qc_column *const columns[] = {Part_weight.node->u.column, NULL};
    expect_int(qc_update_structs(db, &site, &qc_table_Part, all, COUNT, columns), COUNT);
    expect_int(SCALAR(db, SELECT(COUNT(Part_label)).WHERE(EQ(Part_weight, 7))), COUNT / 2);
    expect_int(qc_update_structs(db, &site, &qc_table_Part, all, COUNT, NULL), COUNT);
    expect_int(SCALAR(db, SELECT(COUNT(Part_label)).WHERE(EQ(Part_weight, 7))), 0);
    ck_assert_int_eq(qc_insert_structs(db, &site, &qc_table_Part, all, COUNT), -1);
    ck_assert_str_eq(qc_error(db)->file, "somewhere.c");
    ck_assert_int_eq(qc_insert_structs(db, NULL, &qc_table_Part, all, COUNT), -1);
    expect_int(qc_delete_structs(db, &site, &qc_table_Part, all, COUNT), COUNT);
    free(parts);
    end();
}

Suite *structs_suite(void);
Suite *structs_suite(void)
{
    Suite *suite = suite_create("structs");
    TCase *tests = shop_case(suite);
    ADD_IN_SHOP(tests, values_of_every_type_come_back);
    ADD_IN_SHOP(tests, defaults_that_come_and_go_keep_the_order);
    ADD_IN_SHOP(tests, rows_of_defaults_only);
    ADD_IN_SHOP(tests, upserts_of_many);
    ADD_IN_SHOP(tests, a_value_that_cannot_be_stored);
    ADD_IN_SHOP(tests, structs_are_updated);
    ADD_IN_SHOP(tests, some_columns_are_updated);
    ADD_IN_SHOP(tests, rows_that_are_gone_are_not_counted);
    ADD_IN_SHOP(tests, rows_are_deleted_by_other_columns);
    ADD_IN_SHOP(tests, updates_of_structs_are_all_or_none);
    ADD_IN_SHOP(tests, two_structs_with_one_key);
    ADD_IN_SHOP(tests, updates_that_mean_no_row);
    ADD_IN_SHOP(tests, structs_behind_pointers);
    ADD_IN_SHOP(tests, structs_of_a_table_known_late);
    return suite;
}
