/* Every sink on both databases: rows, values, writing, transactions, streams, scopes, errors. */
#include "shop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Rows. ---- */

IN_SHOP(first)
{
    struct Customer *customer = FIRST(db, SELECT(Customer).ORDER_BY(DESC(Customer_id)));
    expect_ok();
    ck_assert_int_eq(customer->id, 4);
    ck_assert_str_eq(customer->name, "dan");
    ck_assert_str_eq(customer->city, "Oslo");
    ck_assert(customer->active);
    ck_assert(customer->born.set);
    ck_assert_int_eq(customer->born.value.days, qc_date_of(2001, 12, 31).days);
    ck_assert_ptr_null(customer->sales);
    customer = FIRST(db, SELECT(Customer).WHERE(EQ(Customer_id, 99)));
    ck_assert_ptr_null(customer);
    expect_ok();
}

IN_SHOP(one_and_one_or_none)
{
    struct Customer *customer = ONE(db, SELECT(Customer).WHERE(EQ(Customer_name, "bob")));
    expect_ok();
    ck_assert(!customer->active && !customer->born.set);
    customer = ONE(db, SELECT(Customer).WHERE(EQ(Customer_name, "eve")));
    expect_failure(QC_ERROR_NOT_FOUND, "no row", __LINE__ - 1);
    customer = ONE(db, SELECT(Customer).WHERE(EQ(Customer_city, "Rome")));
    ck_assert_ptr_null(customer);
    expect_failure(QC_ERROR_NOT_UNIQUE, "more than one", __LINE__ - 2);
    customer = ONE_OR_NONE(db, SELECT(Customer).WHERE(EQ(Customer_name, "eve")));
    ck_assert_ptr_null(customer);
    expect_ok();
    customer = ONE_OR_NONE(db, SELECT(Customer));
    ck_assert_ptr_null(customer);
    expect_failure(QC_ERROR_NOT_UNIQUE, "more than one", __LINE__ - 2);
    customer = ONE_OR_NONE(db, SELECT(Customer).WHERE(EQ(Customer_id, 1)));
    ck_assert_str_eq(customer->name, "ann");
}

IN_SHOP(all)
{
    expect_names(ALL(db, SELECT(Customer).ORDER_BY(Customer_id)), "ann bob cyd dan");
    struct Customer **none = ALL(db, SELECT(Customer).WHERE(EQ(Customer_id, 99)));
    ck_assert_ptr_nonnull(none);
    ck_assert_uint_eq(qc_count(none), 0);
    ck_assert_ptr_null(none[0]);
}

IN_SHOP(scalar)
{
    expect_int(SCALAR(db, SELECT(COUNT(Customer_id))), 4);
    expect_int(SCALAR(db, SELECT(SUM(Sale_qty))), 11);
    expect_text(SCALAR(db, SELECT(Customer_name).ORDER_BY(Customer_id)), "ann");
    expect_text(SCALAR(db, SELECT(Sale_price).WHERE(EQ(Sale_id, 2))).text, "2.50");
    bool active = SCALAR(db, SELECT(Customer_active).WHERE(EQ(Customer_id, 1)));
    ck_assert(active);
    const char *city = SCALAR(db, SELECT(Customer_city).WHERE(EQ(Customer_id, 3)));
    ck_assert_ptr_null(city);
    expect_failure(QC_ERROR_NULL_RESULT, "SCALAR_OR_NULL", __LINE__ - 2);
    city = SCALAR_OR_NULL(db, SELECT(Customer_city).WHERE(EQ(Customer_id, 3)));
    ck_assert_ptr_null(city);
    expect_ok();
    qc_opt_bigint most = SCALAR_OR_NULL(db, SELECT(MAX(Customer_id)).WHERE(GT(Customer_id, 9)));
    ck_assert(!most.set);
    expect_ok();
    qc_opt_int qty = SCALAR_OR_NULL(db, SELECT(MAX(Sale_qty)));
    ck_assert(qty.set && qty.value == 5);
}

IN_SHOP(exec_and_explain)
{
    expect_int(EXEC(db, UPDATE(Customer).SET(Customer_city, "Bern").WHERE(LE(Customer_id, 2))), 2);
    expect_int(EXEC(db, SELECT(Customer)), 4);
    expect_int(EXEC(db, DELETE(CustomerTag).ALL_ROWS), 3);
    expect_int(EXEC(db, DELETE(CustomerTag).ALL_ROWS), 0);
    const char *plan = EXPLAIN(db, SELECT(Customer).WHERE(EQ(Customer_id, 1)));
    expect_ok();
    ck_assert_ptr_nonnull(strstr(plan, "customers"));
    plan = EXPLAIN(db, UPDATE(Customer).SET(Customer_city, NULL).WHERE(EQ(Customer_id, 1)));
    expect_ok();
    plan = EXPLAIN(db, DELETE(Customer).WHERE(EQ(Customer_id, 1)));
    expect_ok();
    expect_int(SCALAR(db, SELECT(COUNT(Customer_city))), 3);
}

/* ---- INSERT of structs. ---- */

MODEL(Bulk, "bulk_rows",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(number, INTEGER),
    COLUMN(label, NULLABLE(TEXT), SERVER_DEFAULT("'none'")),
    COLUMN(amount, NUMERIC(12, 4), DEFAULT("1.5")),
    COLUMN(made, TIMESTAMPTZ, SERVER_DEFAULT("now()")))
SCHEMA(bulk, Bulk)

static struct Bulk *make_rows(size_t count)
{
    struct Bulk *rows = calloc(count ? count : 1, sizeof(*rows));
    for (size_t i = 0; i < count; i++)
        rows[i].number = (int32_t)i;
    return rows;
}

static void begin_bulk(void)
{
    if (!qc_drop_all(db, &bulk) || !qc_create_all(db, &bulk))
        database_fail(db, "the table");
}

static void end_bulk(void)
{
    if (!qc_drop_all(db, &bulk))
        database_fail(db, "the table");
}

IN_SHOP(rows_of_any_number)
{
    static const size_t counts[] = {0, 1, 2, 10, 99, 100, 101, 1000, 10000};
    begin_bulk();
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        const size_t count = counts[i];
        struct Bulk *rows = make_rows(count);
        expect_int(EXEC(db, INSERT_ROWS(Bulk, rows, (uint32_t)count)), (int64_t)count);
        expect_int(SCALAR(db, SELECT(COUNT(Bulk_id))), (int64_t)count);
        expect_int(SCALAR(db, SELECT(COUNT(DISTINCT(Bulk_number)))), (int64_t)count);
        expect_int(SCALAR(db, SELECT(COUNT(Bulk_id)).WHERE(AND(EQ(Bulk_label, "none"),
                                                               EQ(Bulk_amount, 1.5),
                                                               IS_NOT_NULL(Bulk_made)))),
                   (int64_t)count);
        EXEC(db, DELETE(Bulk).ALL_ROWS);
        free(rows);
    }
    end_bulk();
}

IN_SHOP(returned_rows_are_complete_and_in_order)
{
    static const size_t counts[] = {0, 1, 10, 128, 129, 1000};
    begin_bulk();
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct Bulk *rows = make_rows(counts[i]);
        struct Bulk **made = ALL(db, INSERT_ROWS(Bulk, rows, (uint32_t)counts[i]).RETURNING());
        expect_ok();
        ck_assert_uint_eq(qc_count(made), counts[i]);
        for (size_t n = 0; n < counts[i]; n++) {
            ck_assert_int_eq(made[n]->number, (int32_t)n);
            ck_assert_int_gt(made[n]->id, n ? made[n - 1]->id : 0);
            ck_assert_str_eq(made[n]->label, "none");
            ck_assert_int_ne(made[n]->made.microseconds, 0);
        }
        free(rows);
    }
    struct Bulk row = {.number = 77, .label = "own", .amount = {"2.25"}};
    struct Bulk *made = ONE(db, INSERT_ROW(Bulk, &row).RETURNING());
    expect_ok();
    ck_assert_str_eq(made->label, "own");
    ck_assert_int_eq(made->number, 77);
    made = FIRST(db, INSERT_ROW(Bulk, &row).RETURNING(Bulk_id));
    expect_ok();
    ck_assert_int_gt(made->id, 0);
    ck_assert_ptr_null(made->label);
    end_bulk();
}

IN_SHOP(rows_with_and_without_defaults)
{
    begin_bulk();
    struct Bulk *rows = make_rows(200);
    for (int i = 0; i < 200; i++) {
        if (i % 3 == 0)
            rows[i].label = "own";
        if (i % 50 == 0)
            rows[i].id = 1000 + i;
    }
    expect_int(EXEC(db, INSERT_ROWS(Bulk, rows, 200)), 200);
    expect_int(SCALAR(db, SELECT(COUNT(Bulk_id)).WHERE(EQ(Bulk_label, "own"))), 67);
    expect_int(SCALAR(db, SELECT(COUNT(Bulk_id)).WHERE(EQ(Bulk_label, "none"))), 133);
    expect_int(SCALAR(db, SELECT(COUNT(Bulk_id)).WHERE(IN(Bulk_id, 1000, 1050, 1100, 1150))), 4);
    free(rows);
    end_bulk();
}

IN_SHOP(rows_are_inserted_all_or_none)
{
    begin_bulk();
    for (int bulk_way = 0; bulk_way < 2; bulk_way++) {
        const uint32_t count = bulk_way ? 500 : 60;
        struct Bulk *rows = make_rows(count);
        for (uint32_t i = 0; i < count; i++)
            rows[i].id = bulk_way || i % 2 ? (int64_t)i + 100 : 0;
        rows[count - 1].id = rows[1].id;
        expect_int(EXEC(db, SELECT(Bulk)), 0);
        int64_t affected = EXEC(db, INSERT_ROWS(Bulk, rows, count));
        ck_assert_int_eq(affected, -1);
        expect_failure(QC_ERROR_SERVER, "", __LINE__ - 2);
        ck_assert_str_eq(qc_error(db)->sqlstate, "23505");
        expect_int(SCALAR(db, SELECT(COUNT(Bulk_id))), 0);
        qc_begin(db);
        EXEC(db, INSERT(Bulk).SET(Bulk_number, 1));
        affected = EXEC(db, INSERT_ROWS(Bulk, rows, count));
        ck_assert_int_eq(affected, -1);
        ck_assert_int_eq(EXEC(db, SELECT(Bulk)), -1);
        expect_failure(QC_ERROR_SERVER, "failed the transaction", __LINE__ - 1);
        ck_assert(qc_rollback(db));
        expect_int(SCALAR(db, SELECT(COUNT(Bulk_id))), 0);
        free(rows);
    }
    end_bulk();
}

/* ---- Transactions. ---- */

IN_SHOP(transactions)
{
    ck_assert(qc_begin(db));
    EXEC(db, DELETE(Card).ALL_ROWS);
    ck_assert(qc_rollback(db));
    expect_int(SCALAR(db, SELECT(COUNT(Card_points))), 2);
    ck_assert(qc_begin(db));
    EXEC(db, DELETE(Card).ALL_ROWS);
    ck_assert(qc_commit(db));
    expect_int(SCALAR(db, SELECT(COUNT(Card_points))), 0);
    ck_assert(!qc_commit(db));
    expect_failure(QC_ERROR_MISUSE, "no transaction", __LINE__ - 1);
}

IN_SHOP(a_failed_transaction_is_not_committed)
{
    ck_assert(qc_begin(db));
    EXEC(db, DELETE(Card).ALL_ROWS);
    struct Customer twin = {.name = "ann"};
    expect_int(SCALAR(db, SELECT(COUNT(Card_points))), 0);
    int64_t affected = EXEC(db, INSERT_ROW(Customer, &twin));
    ck_assert_int_eq(affected, -1);
    expect_failure(QC_ERROR_SERVER, "", __LINE__ - 2);
    ck_assert_str_eq(qc_error(db)->sqlstate, "23505");
    ck_assert_ptr_nonnull(qc_error(db)->sql);
    const int line = __LINE__ - 5;
    ck_assert(!qc_commit(db));
    expect_failure(QC_ERROR_SERVER, "", line);
    ck_assert_str_eq(qc_error(db)->sqlstate, "23505");
    expect_int(SCALAR(db, SELECT(COUNT(Card_points))), 2);
    ck_assert(qc_begin(db) && qc_rollback(db));
}

/* ---- Streams. ---- */

IN_SHOP(a_stream_of_many_rows)
{
    begin_bulk();
    struct Bulk *rows = make_rows(5000);
    expect_int(EXEC(db, INSERT_ROWS(Bulk, rows, 5000)), 5000);
    int64_t sum = 0, count = 0;
    STREAM(row, db, SELECT(Bulk).WHERE(GE(Bulk_number, 0)).ORDER_BY(Bulk_number)) {
        ck_assert_int_eq(row->number, count++);
        ck_assert_str_eq(row->label, "none");
        sum += row->number;
    }
    expect_ok();
    ck_assert_int_eq(sum, 5000 * 4999 / 2);
    STREAM(item, db, SELECT(Bulk_number, Bulk_label).ORDER_BY(Bulk_number).LIMIT(3))
        sum -= qc_row_int(item, 0);
    ck_assert_int_eq(sum, 5000 * 4999 / 2 - 3);
    free(rows);
    end_bulk();
}

static int64_t second_id(void)
{
    int64_t before = 0;
    STREAM(row, db, SELECT(Customer).ORDER_BY(Customer_id)) {
        if (before)
            return row->id;
        before = row->id;
    }
    return 0;
}

IN_SHOP(a_stream_left_early)
{
    ck_assert_int_eq(second_id(), 2);
    expect_int(SCALAR(db, SELECT(COUNT(Customer_id))), 4);
    STREAM(row, db, SELECT(Customer).ORDER_BY(Customer_id)) {
        struct Customer *other = FIRST(db, SELECT(Customer));
        ck_assert_ptr_null(other);
        expect_failure(QC_ERROR_MISUSE, "busy with the STREAM", __LINE__ - 2);
        ck_assert_str_eq(row->name, "ann");
        break;
    }
    expect_int(SCALAR(db, SELECT(COUNT(Customer_id))), 4);
    STREAM(row, db, SELECT(Customer).WHERE(EQ(Customer_id, 99)))
        ck_abort_msg("%s", row->name);
    expect_ok();
}

IN_SHOP(an_error_in_a_stream)
{
    int rows = 0;
    STREAM(row, db, SELECT(DIV(12, SUB(Sale_id, 3))).ORDER_BY(Sale_id))
        rows += qc_row_size(row) == 1;
    if (database == POSTGRESQL_DATABASE) {
        expect_failure(QC_ERROR_SERVER, "division by zero", __LINE__ - 3);
        ck_assert_str_eq(qc_error(db)->sqlstate, "22012");
    }
    ck_assert_int_le(rows, 4);
    expect_int(SCALAR(db, SELECT(COUNT(Customer_id))), 4);
}

/* ---- Scopes. ---- */

IN_SHOP(scopes)
{
    struct Customer *kept = FIRST(db, SELECT(Customer).ORDER_BY(Customer_id));
    for (int round = 0; round < 50; round++)
        QC_SCOPE(db) {
            struct Customer **outer = ALL(db, SELECT(Customer).ORDER_BY(Customer_id));
            QC_SCOPE(db) {
                struct Sale **sales = ALL(db, SELECT(Sale));
                ck_assert_uint_eq(qc_count(sales), 4);
                if (round % 2)
                    break;
            }
            ck_assert_str_eq(outer[3]->name, "dan");
        }
    ck_assert_str_eq(kept->name, "ann");
    qc_release(db);
    expect_names(ALL(db, SELECT(Customer).ORDER_BY(Customer_id)), "ann bob cyd dan");
}

/* ---- Errors. ---- */

IN_SHOP(a_unique_violation_says_what)
{
    struct Customer twin = {.name = "ann"};
    int64_t affected = EXEC(db, INSERT_ROW(Customer, &twin));
    ck_assert_int_eq(affected, -1);
    expect_failure(QC_ERROR_SERVER, "", __LINE__ - 2);
    const struct qc_error *error = qc_error(db);
    ck_assert_str_eq(error->sqlstate, "23505");
    ck_assert_str_eq(error->function, "a_unique_violation_says_what");
    ck_assert_ptr_eq(strstr(error->sql, "INSERT INTO customers"), error->sql);
    ck_assert_str_eq(error->table, "customers");
}

IN_SHOP(other_violations)
{
    struct Sale orphan = {.customer_id = 99, .qty = 1};
    EXEC(db, INSERT_ROW(Sale, &orphan));
    expect_failure(QC_ERROR_SERVER, "", __LINE__ - 1);
    ck_assert_str_eq(qc_error(db)->sqlstate, "23503");
    EXEC(db, UPDATE(Customer).SET(Customer_name, NULL).WHERE(EQ(Customer_id, 1)));
    expect_failure(QC_ERROR_SERVER, "", __LINE__ - 1);
    ck_assert_str_eq(qc_error(db)->sqlstate, "23502");
    EXEC(db, UPDATE(Customer).SET(Customer_name, "0123456789012345678901234567890123456789x")
                 .WHERE(EQ(Customer_id, 1)));
    ck_assert_int_ne(qc_error(db)->code, QC_ERROR_OK);
    ck_assert(!qc_execute(db, "SELEKT 1"));
    expect_failure(QC_ERROR_SERVER, "", 0);
    ck_assert_str_eq(qc_error(db)->sqlstate, "42601");
    expect_int(SCALAR(db, SELECT(COUNT(Customer_id)).WHERE(EQ(Customer_name, "ann"))), 1);
}

IN_SHOP(small_caches_and_no_names)
{
    qc_set_cache_size(db, 1);
    qc_set_named_statements(db, false);
    qc_set_site_comments(db, true);
    for (int round = 0; round < 20; round++) {
        expect_int(SCALAR(db, SELECT(COUNT(Customer_id)).WHERE(GT(Customer_id, round))),
                   round < 4 ? 4 - round : 0);
        expect_names(ALL(db, SELECT(Customer).WHERE(EQ(Customer_id, 1))), "ann");
        if (round == 10)
            qc_set_named_statements(db, true);
        if (round == 15)
            qc_set_cache_size(db, 0);
    }
}

/* ---- The suite. ---- */

Suite *sinks_suite(void);
Suite *sinks_suite(void)
{
    Suite *suite = suite_create("sinks");
    TCase *tests = shop_case(suite);
    ADD_IN_SHOP(tests, first);
    ADD_IN_SHOP(tests, one_and_one_or_none);
    ADD_IN_SHOP(tests, all);
    ADD_IN_SHOP(tests, scalar);
    ADD_IN_SHOP(tests, exec_and_explain);
    ADD_IN_SHOP(tests, rows_of_any_number);
    ADD_IN_SHOP(tests, returned_rows_are_complete_and_in_order);
    ADD_IN_SHOP(tests, rows_with_and_without_defaults);
    ADD_IN_SHOP(tests, rows_are_inserted_all_or_none);
    ADD_IN_SHOP(tests, transactions);
    ADD_IN_SHOP(tests, a_failed_transaction_is_not_committed);
    ADD_IN_SHOP(tests, a_stream_of_many_rows);
    ADD_IN_SHOP(tests, a_stream_left_early);
    ADD_IN_SHOP(tests, an_error_in_a_stream);
    ADD_IN_SHOP(tests, scopes);
    ADD_IN_SHOP(tests, a_unique_violation_says_what);
    ADD_IN_SHOP(tests, other_violations);
    ADD_IN_SHOP(tests, small_caches_and_no_names);
    return suite;
}
