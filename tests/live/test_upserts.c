/* ON_CONFLICT on both databases: what is left, what is changed, what comes back. */
#include "shop.h"

#include <string.h>

IN_SHOP(conflicts_are_left)
{
    expect_int(EXEC(db, INSERT(Tag).SET(Tag_id, 1).SET(Tag_word, "old")
                            .ON_CONFLICT(Tag_id).DO_NOTHING), 0);
    expect_int(EXEC(db, INSERT(Tag).SET(Tag_id, 3).SET(Tag_word, "vip")
                            .ON_CONFLICT().DO_NOTHING), 1);
    struct CustomerTag links[] = {{1, 1}, {3, 1}, {1, 2}};
    struct CustomerTag **made = ALL(db, INSERT_ROWS(CustomerTag, links, 3)
        .ON_CONFLICT(CustomerTag_customer_id, CustomerTag_tag_id).DO_NOTHING.RETURNING());
    expect_ok();
    ck_assert_uint_eq(qc_count(made), 1);
    ck_assert_int_eq(made[0]->customer_id, 3);
    expect_rows(ALL(db, SELECT(Tag_id, Tag_word).ORDER_BY(Tag_id)), "1|new, 2|loyal, 3|vip");
}

IN_SHOP(conflicts_take_what_was_inserted)
{
    expect_int(EXEC(db, INSERT(Customer).SET(Customer_name, "bob").SET(Customer_city, "Bern")
                            .ON_CONFLICT(Customer_name).DO_UPDATE(Customer_city)), 1);
    expect_rows(ALL(db, SELECT(Customer_id, Customer_city, Customer_active)
                            .WHERE(EQ(Customer_name, "bob"))), "2|Bern|false");
    expect_int(EXEC(db, INSERT(Customer).SET(Customer_name, "bob").SET(Customer_city, "Basel")
                            .ON_CONFLICT(Customer_name).DO_UPDATE()), 1);
    expect_rows(ALL(db, SELECT(Customer_id, Customer_city, Customer_active)
                            .WHERE(EQ(Customer_name, "bob"))), "2|Basel|false");
    struct Customer twin = {.name = "bob", .active = true};
    struct Customer *stored =
        ONE(db, INSERT_ROW(Customer, &twin).ON_CONFLICT(Customer_name).DO_UPDATE().RETURNING());
    expect_ok();
    ck_assert_int_eq(stored->id, 2);
    ck_assert(stored->active && !stored->city);
}

IN_SHOP(conflicts_are_combined)
{
    struct Card cards[] = {{1, 5}, {2, 7}, {3, -1}};
    expect_int(EXEC(db, INSERT_ROWS(Card, cards, 3).ON_CONFLICT(Card_customer_id)
                            .SET(Card_points, ADD(Card_points, EXCLUDED(Card_points)))
                            .WHERE(GT(EXCLUDED(Card_points), 0))), 2);
    expect_rows(ALL(db, SELECT(Card_customer_id, Card_points).ORDER_BY(Card_customer_id)),
                "1|105, 2|7, 3|-5");
}

IN_SHOP(conflicts_set_on_update_columns)
{
    struct Sale sale = {.id = 1, .customer_id = 1, .qty = 9, .price = {"1.25"}, .note = "red"};
    expect_int(EXEC(db, INSERT_ROW(Sale, &sale).ON_CONFLICT(Sale_id).DO_UPDATE(Sale_qty)), 1);
    expect_rows(ALL(db, SELECT(Sale_qty, Sale_price, IS_NOT_NULL(Sale_changed_at))
                            .WHERE(EQ(Sale_id, 1))), "9|10.00|true");
    expect_int(EXEC(db, INSERT_ROW(Sale, &sale).ON_CONFLICT(Sale_id)
                            .DO_UPDATE(Sale_price, Sale_changed_at)), 1);
    expect_rows(ALL(db, SELECT(Sale_price, IS_NULL(Sale_changed_at)).WHERE(EQ(Sale_id, 1))),
                "1.25|true");
}

IN_SHOP(conflicts_of_rows_from_a_query)
{
    expect_int(EXEC(db, INSERT(Card).COLUMNS(Card_customer_id, Card_points)
                            .FROM_QUERY(SELECT(Customer_id, CAST(VALUE(50), SMALLINT)))
                            .ON_CONFLICT(Card_customer_id).DO_UPDATE()), 4);
    expect_int(EXEC(db, INSERT(Card).COLUMNS(Card_customer_id, Card_points)
                            .FROM_QUERY(SELECT(Customer_id, CAST(VALUE(9), SMALLINT)).LIMIT(1)
                                            .UNION_ALL(SELECT(Sale_id, CAST(VALUE(8), SMALLINT))
                                                           .WHERE(EQ(Sale_id, 2))))
                            .ON_CONFLICT(Card_customer_id)
                            .SET(Card_points, EXCLUDED(Card_points))), 1);
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Card).WHERE(EQ(Card_points, 50))), 3);
}

IN_SHOP(conflicts_under_an_alias)
{
    ALIAS(Tag, t);
    expect_int(EXEC(db, INSERT(t).SET(t.id, 1).SET(t.word, "er").ON_CONFLICT(t.id)
                            .SET(t.word, CONCAT(t.word, EXCLUDED(t.word)))), 1);
    expect_rows(ALL(db, SELECT(Tag_word).WHERE(EQ(Tag_id, 1))), "newer");
}

IN_SHOP(columns_that_are_no_key)
{
    EXEC(db, INSERT(Tag).SET(Tag_id, 1).SET(Tag_word, "x").ON_CONFLICT(Tag_word).DO_NOTHING);
    const struct qc_error *error = qc_error(db);
    ck_assert_int_eq(error->code, QC_ERROR_SERVER);
    ck_assert_str_eq(error->sqlstate, "42P10");
    ck_assert_ptr_nonnull(error->hint);
    ck_assert_ptr_nonnull(strstr(error->hint, "unique key"));
}

Suite *upserts_suite(void);
Suite *upserts_suite(void)
{
    Suite *suite = suite_create("upserts");
    TCase *tests = shop_case(suite);
    ADD_IN_SHOP(tests, conflicts_are_left);
    ADD_IN_SHOP(tests, conflicts_take_what_was_inserted);
    ADD_IN_SHOP(tests, conflicts_are_combined);
    ADD_IN_SHOP(tests, conflicts_set_on_update_columns);
    ADD_IN_SHOP(tests, conflicts_of_rows_from_a_query);
    ADD_IN_SHOP(tests, conflicts_under_an_alias);
    ADD_IN_SHOP(tests, columns_that_are_no_key);
    return suite;
}
