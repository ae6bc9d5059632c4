/* See shop.h. */
#include "shop.h"

#include <stdio.h>
#include <string.h>

int database;

static qc_timestamp_value at(int month, int day, int hour, int minute, int second)
{
    return qc_timestamp_of(2024, month, day, hour, minute, second);
}

static void insert_customers(void)
{
    struct Customer customers[] = {
        {.name = "ann", .city = "Rome", .active = true, .born = {true, qc_date_of(1990, 5, 1)}},
        {.name = "bob", .city = "Rome"},
        {.name = "cyd", .active = true},
        {.name = "dan", .city = "Oslo", .active = true, .born = {true, qc_date_of(2001, 12, 31)}},
    };
    expect_int(EXEC(db, INSERT_ROWS(Customer, customers, 4)), 4);
}

static void insert_sales(void)
{
    struct Sale sales[] = {
        {.customer_id = 1, .qty = 1, .price = {"10.00"}, .note = "red", .sold_at = at(1, 15, 10, 0,
                0)},
        {.customer_id = 1, .qty = 3, .price = {"2.50"}, .sold_at = at(2, 20, 11, 30, 0)},
        {.customer_id = 2, .qty = 2, .price = {"7.25"}, .note = "blue", .sold_at = at(2, 21, 23,
        59, 59)},
        {.customer_id = 3, .qty = 5, .price = {"1.00"}, .note = "100%_x", .sold_at = at(3, 1, 0, 0,
        0)},
    };
    struct Card cards[] = {{.customer_id = 1, .points = 100}, {.customer_id = 3, .points = -5}};
    struct Tag tags[] = {{.id = 1, .word = "new"}, {.id = 2, .word = "loyal"}};
    struct CustomerTag links[] = {{1, 1}, {1, 2}, {2, 1}};
    expect_int(EXEC(db, INSERT_ROWS(Sale, sales, 4)), 4);
    expect_int(EXEC(db, INSERT_ROWS(Card, cards, 2)), 2);
    expect_int(EXEC(db, INSERT_ROWS(Tag, tags, 2)), 2);
    expect_int(EXEC(db, INSERT_ROWS(CustomerTag, links, 3)), 3);
}

void shop_open(int which)
{
    database = which;
    models_open(which, &shop);
    insert_customers();
    insert_sales();
}

void shop_close(void)
{
    models_close(&shop);
}

TCase *shop_case(Suite *suite)
{
    TCase *tests = tcase_create("shop");
    tcase_add_unchecked_fixture(tests, databases_begin, databases_end);
    suite_add_tcase(suite, tests);
    return tests;
}

static void expect_printed(const char *printed, const char *expected)
{
    ck_assert_msg(strcmp(printed, expected) == 0, "on %s: expected %s, got %s",
                  qc_dialect_name(db), expected, printed);
}

void expect_names(struct Customer **customers, const char *expected)
{
    char text[1024] = "";
    expect_ok();
    EACH(struct Customer, customer, customers) {
        if (*text)
            strcat(text, " ");
        strncat(text, customer->name, 40);
    }
    expect_printed(text, expected);
}

/* ---- Generic rows. ---- */

static void print_item(const qc_row *row, size_t i, char *text, size_t size)
{
    char digits[64];
    switch (qc_row_type(row, i)) {
    case QC_TYPE_none: snprintf(text, size, qc_row_entity(row, i) ? "{}" : "NULL"); break;
    case QC_TYPE_bool: snprintf(text, size, qc_row_bool(row, i) ? "true" : "false"); break;
    case QC_TYPE_smallint:
    case QC_TYPE_int:
    case QC_TYPE_bigint: snprintf(text, size, "%lld", (long long)qc_row_int(row, i)); break;
    case QC_TYPE_real:
    case QC_TYPE_double: snprintf(text, size, "%g", qc_row_double(row, i)); break;
    case QC_TYPE_date:
        qc_date_print(qc_row_date(row, i), text, size);
        break;
    case QC_TYPE_time:
        qc_time_print(qc_row_time(row, i), text, size);
        break;
    case QC_TYPE_timestamp:
    case QC_TYPE_timestamptz:
        qc_timestamp_print(qc_row_timestamp(row, i), digits, sizeof(digits));
        snprintf(text, size, "%s", digits);
        break;
    default: snprintf(text, size, "%.200s", qc_row_text(row, i)); break;
    }
}

void expect_rows(qc_row **rows, const char *expected)
{
    char text[4096] = "", item[256];
    expect_ok();
    EACH(qc_row, row, rows) {
        for (size_t i = 0; i < qc_row_size(row); i++) {
            strcpy(item, "NULL");
            if (!qc_row_is_null(row, i))
                print_item(row, i, item, sizeof(item));
            strcat(text, i ? "|" : *text ? ", " : "");
            strcat(text, item);
        }
    }
    expect_printed(text, expected);
}
