/* Every clause on both databases: joins, groups, sets, kept queries, writes, records. */
#include "shop.h"

#include <string.h>

/* ---- Joins. ---- */

IN_SHOP(joins_by_relationship)
{
    expect_rows(ALL(db, SELECT(Customer_name, Sale_id).JOIN(Customer_sales).ORDER_BY(Sale_id)),
                "ann|1, ann|2, bob|3, cyd|4");
    expect_rows(ALL(db, SELECT(Sale_id, Customer_name).JOIN(Sale_customer).ORDER_BY(DESC(Sale_id))),
                "4|cyd, 3|bob, 2|ann, 1|ann");
    expect_rows(ALL(db, SELECT(Customer_name, Tag_word).JOIN(Customer_tags)
                            .ORDER_BY(Customer_name, Tag_id)),
                "ann|new, ann|loyal, bob|new");
    expect_rows(ALL(db, SELECT(Customer_name,
            Card_points).JOIN(Customer_card).ORDER_BY(Customer_id)),
                "ann|100, cyd|-5");
    expect_rows(ALL(db, SELECT(Customer_name, Sale_id).LEFT_JOIN(Customer_sales)
                            .WHERE(GE(Customer_id, 3)).ORDER_BY(Customer_id)),
                "cyd|4, dan|NULL");
    expect_rows(ALL(db, SELECT(Customer_name, Tag_word, COUNT(Sale_id))
                            .LEFT_JOIN(Customer_tags).LEFT_JOIN(Customer_sales)
                            .GROUP_BY(Customer_name, Tag_word).ORDER_BY(Customer_name,
                            NULLS_LAST(Tag_word))),
                "ann|loyal|2, ann|new|2, bob|new|1, cyd|NULL|1, dan|NULL|0");
}

IN_SHOP(joins_by_condition)
{
    expect_rows(ALL(db, SELECT(Customer_name, Sale_id)
                            .JOIN(Sale, AND(EQ(Sale_customer_id, Customer_id), GT(Sale_qty, 2)))
                            .ORDER_BY(Sale_id)),
                "ann|2, cyd|4");
    expect_rows(ALL(db, SELECT(Customer_name, Card_points)
                            .LEFT_JOIN(Card, EQ(Card_customer_id,
                            Customer_id)).ORDER_BY(Customer_id)),
                "ann|100, bob|NULL, cyd|-5, dan|NULL");
    expect_rows(ALL(db, SELECT(Card_points, Customer_name).FROM(Card)
                            .RIGHT_JOIN(Customer, EQ(Card_customer_id, Customer_id))
                            .ORDER_BY(Customer_id)),
                "100|ann, NULL|bob, -5|cyd, NULL|dan");
    expect_rows(ALL(db, SELECT(Tag_word, Customer_name).FROM(Tag)
                            .FULL_JOIN(Customer, EQ(Tag_id, Customer_id))
                            .ORDER_BY(NULLS_LAST(Customer_name))),
                "new|ann, loyal|bob, NULL|cyd, NULL|dan");
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Customer).CROSS_JOIN(Tag)), 8);
}

IN_SHOP(self_joins)
{
    ALIAS(Customer, other);
    expect_rows(ALL(db, SELECT(Customer_name, other.name)
                            .JOIN(other, AND(EQ(other.city, Customer_city), LT(Customer_id,
                            other.id)))),
                "ann|bob");
    expect_rows(ALL(db, SELECT(other.name).FROM(other).WHERE(EQ(other.id, 2))), "bob");
    struct Customer *found = FIRST(db, SELECT(other).WHERE(EQ(other.name, "dan")));
    expect_ok();
    ck_assert_int_eq(found->id, 4);
}

/* ---- Entities in rows. ---- */

RECORD(SaleOf, COLUMN(note, NULLABLE(TEXT)), ENTITY(customer, Customer), COLUMN(total, NUMERIC),
       ENTITY(card, Card))

IN_SHOP(entities_of_outer_joins_are_null)
{
    qc_row **rows = ALL(db, SELECT(Customer, Sale).LEFT_JOIN(Customer_sales)
                                .WHERE(GE(Customer_id, 3)).ORDER_BY(Customer_id));
    expect_rows(rows, "{}|{}, {}|NULL");
    const struct Customer *cyd = qc_row_entity(rows[0], 0), *dan = qc_row_entity(rows[1], 0);
    const struct Sale *sale = qc_row_entity(rows[0], 1);
    ck_assert_str_eq(cyd->name, "cyd");
    ck_assert_str_eq(dan->city, "Oslo");
    ck_assert_str_eq(sale->note, "100%_x");
    ck_assert_str_eq(sale->price.text, "1.00");
    ck_assert_ptr_null(qc_row_entity(rows[1], 1));
}

IN_SHOP(records_hold_columns_and_entities)
{
    struct SaleOf **sales = ALL(db, SELECT_AS(SaleOf, Sale_note, Customer, MUL(Sale_price,
            Sale_qty), Card)
                                        .FROM(Sale).JOIN(Sale_customer)
                                        .LEFT_JOIN(Card, EQ(Card_customer_id, Customer_id))
                                        .ORDER_BY(Sale_id));
    expect_ok();
    ck_assert_uint_eq(qc_count(sales), 4);
    ck_assert_str_eq(sales[0]->note, "red");
    ck_assert_ptr_null(sales[1]->note);
    ck_assert_str_eq(sales[1]->customer->name, "ann");
    ck_assert_str_eq(sales[1]->total.text, "7.50");
    ck_assert_int_eq(sales[1]->card->points, 100);
    ck_assert_str_eq(sales[2]->customer->name, "bob");
    ck_assert_ptr_null(sales[2]->card);
    ck_assert_int_eq(sales[3]->card->points, -5);
}

/* ---- Groups and limits. ---- */

IN_SHOP(groups)
{
    expect_rows(ALL(db, SELECT(Customer_name, AS(COUNT(Sale_id), n), SUM(Sale_price))
                            .LEFT_JOIN(Customer_sales).GROUP_BY(Customer_id, Customer_name)
                            .HAVING(GT(COUNT(Sale_id), 0)).HAVING(LT(SUM(Sale_price), 10))
                            .ORDER_BY(Customer_name)),
                "bob|1|7.25, cyd|1|1.00");
    expect_rows(ALL(db, SELECT(DATE_TRUNC(MONTH, Sale_sold_at), COUNT())
                            .GROUP_BY(DATE_TRUNC(MONTH, Sale_sold_at))
                            .ORDER_BY(DATE_TRUNC(MONTH, Sale_sold_at))),
                "2024-01-01 00:00:00|1, 2024-02-01 00:00:00|2, 2024-03-01 00:00:00|1");
}

IN_SHOP(distinct_limit_offset)
{
    expect_rows(ALL(db, SELECT(Customer_active).DISTINCT().ORDER_BY(Customer_active)),
            "false, true");
    expect_names(ALL(db, SELECT(Customer).ORDER_BY(Customer_id).LIMIT(2)), "ann bob");
    expect_names(ALL(db, SELECT(Customer).ORDER_BY(Customer_id).LIMIT(2).OFFSET(1)), "bob cyd");
    expect_names(ALL(db, SELECT(Customer).ORDER_BY(Customer_id).OFFSET(3)), "dan");
    expect_names(ALL(db, SELECT(Customer).LIMIT(0)), "");
    struct Customer *second = FIRST(db, SELECT(Customer).ORDER_BY(Customer_id).OFFSET(1));
    expect_ok();
    ck_assert_str_eq(second->name, "bob");
    expect_names(ALL(db, SELECT(Customer).WHERE(GT(Customer_id, 1)).WHERE(LT(Customer_id, 4))
                             .ORDER_BY(Customer_id)), "bob cyd");
}

IN_SHOP(sets)
{
    expect_rows(ALL(db, SELECT(Customer_id).WHERE(LE(Customer_id, 2))
                            .UNION(SELECT(Sale_id).WHERE(BETWEEN(Sale_id, 2,
                            3))).ORDER_BY(Customer_id)),
                "1, 2, 3");
    expect_rows(ALL(db, SELECT(Customer_id).WHERE(LE(Customer_id, 2))
                            .UNION_ALL(SELECT(Sale_id).WHERE(BETWEEN(Sale_id, 2, 3)))
                            .ORDER_BY(Customer_id)),
                "1, 2, 2, 3");
    expect_rows(ALL(db, SELECT(Customer_id).INTERSECT(SELECT(Card_customer_id))
            .ORDER_BY(Customer_id)),
                "1, 3");
    expect_rows(ALL(db, SELECT(Customer_id).EXCEPT(SELECT(Card_customer_id)).ORDER_BY(Customer_id)),
                "2, 4");
}

/* ---- Kept queries. ---- */

IN_SHOP(kept_queries)
{
    QUERY_OF(Customer) romans = QUERY(SELECT(Customer).WHERE(EQ(Customer_city, "Rome")));
    expect_names(ALL(db, EXTEND(romans).ORDER_BY(Customer_id)), "ann bob");
    expect_names(ALL(db, EXTEND(romans).WHERE(EQ(Customer_active, true))), "ann");
    struct Customer *one = ONE(db, EXTEND(romans).WHERE(EQ(Customer_active, false)));
    expect_ok();
    ck_assert_str_eq(one->name, "bob");
    expect_int(EXEC(db, romans), 2);
    expect_int(SCALAR(db, SELECT(COUNT(Sale_id))
                              .WHERE(IN(Sale_customer_id,
                              SELECT(Customer_id).WHERE(EQ(Customer_city, "Rome"))))),
               3);
}

IN_SHOP(queries_extended_in_a_loop)
{
    QUERY_OF(Customer) query = QUERY(SELECT(Customer));
    for (int64_t i = 1; i <= 3; i++)
        query = QUERY(EXTEND(query).WHERE(NE(Customer_id, i)));
    expect_names(ALL(db, query), "dan");
    query = QUERY(SELECT(Customer));
    for (int i = 0; i < 1200; i++) {
        char name[8] = {'x', (char)('a' + i % 26), 0};
        query = QUERY(EXTEND(query).WHERE(NE(Customer_name, name)));
    }
    expect_names(ALL(db, EXTEND(query).ORDER_BY(Customer_id).LIMIT(2)), "ann bob");
    STREAM(customer, db, EXTEND(query).ORDER_BY(DESC(Customer_id)).LIMIT(1))
        ck_assert_str_eq(customer->name, "dan");
    expect_ok();
}

static qc_bool filter_of(int kind)
{
    if (kind == 0) {
        char name[] = "ann";
        return EQ(Customer_name, name);
    }
    return GT(Customer_id, kind);
}

IN_SHOP(filters_outlive_their_block)
{
    qc_bool filters[3];
    for (int i = 0; i < 3; i++)
        filters[i] = filter_of(i);
    expect_names(ALL(db, SELECT(Customer).WHERE(filters[0])), "ann");
    expect_names(ALL(db, SELECT(Customer).WHERE(filters[2]).ORDER_BY(Customer_id)), "cyd dan");
    expect_names(ALL(db, SELECT(Customer).WHERE(OR(filters[0], filters[2])).ORDER_BY(Customer_id)),
                 "ann cyd dan");
}

/* ---- Writes. ---- */

IN_SHOP(inserts_of_values)
{
    expect_int(EXEC(db, INSERT(Customer).SET(Customer_name, "eve")), 1);
    struct Customer *eve = ONE(db, SELECT(Customer).WHERE(EQ(Customer_name, "eve")));
    expect_ok();
    ck_assert(eve->active);
    ck_assert_ptr_null(eve->city);
    ck_assert_int_ne(eve->joined.microseconds, 0);
    struct Sale *sale = FIRST(db, INSERT(Sale).SET(Sale_customer_id, eve->id).SET(Sale_qty, 7)
                                      .SET(Sale_sold_at, qc_timestamp_of(2024, 5, 6, 7, 8, 9))
                                      .RETURNING());
    expect_ok();
    ck_assert_str_eq(sale->price.text, "0.00");
    ck_assert_int_eq(sale->qty, 7);
    ck_assert(!sale->changed_at.set);
}

IN_SHOP(inserts_of_structs_made_in_place)
{
    int calls = 0;
    expect_int(EXEC(db, INSERT_ROW(Tag, (++calls, &(struct Tag){calls + 2, "vip"}))), 1);
    expect_int(EXEC(db, INSERT_ROWS(Tag, ((struct Tag[]){{4, "vat"}, {5, "vet"}}), 2)), 2);
    expect_rows(ALL(db, SELECT(Tag_id, Tag_word).WHERE(STARTS_WITH(Tag_word, "v")).ORDER_BY(Tag_id)),
                "3|vip, 4|vat, 5|vet");
    ck_assert_int_eq(calls, 1);
}

IN_SHOP(inserts_from_a_query)
{
    expect_int(EXEC(db, INSERT(Card).COLUMNS(Card_customer_id, Card_points)
                            .FROM_QUERY(SELECT(Customer_id, CAST(MUL(Customer_id, 2), SMALLINT))
                                            .WHERE(IN(Customer_id, 2, 4)))), 2);
    expect_rows(ALL(db, SELECT(Card_customer_id, Card_points).ORDER_BY(Card_customer_id)),
                "1|100, 2|4, 3|-5, 4|8");
}

IN_SHOP(updates)
{
    expect_int(EXEC(db, UPDATE(Sale).SET(Sale_qty, ADD(Sale_qty, 10)).SET(Sale_note, NULL)
                            .WHERE(EQ(Sale_id, 1))), 1);
    struct Sale *sale = ONE(db, SELECT(Sale).WHERE(EQ(Sale_id, 1)));
    expect_ok();
    ck_assert_int_eq(sale->qty, 11);
    ck_assert_ptr_null(sale->note);
    ck_assert(sale->changed_at.set);
    struct Sale **changed = ALL(db, UPDATE(Sale).SET(Sale_price,
            qc_numeric_of("3.33")).WHERE(GE(Sale_id, 3)).RETURNING());
    expect_ok();
    ck_assert_uint_eq(qc_count(changed), 2);
    ck_assert_str_eq(changed[1]->price.text, "3.33");
    int64_t affected = EXEC(db, UPDATE(Sale).SET(Sale_qty, 0));
    ck_assert_int_eq(affected, -1);
    expect_failure(QC_ERROR_QUERY, "ALL_ROWS", __LINE__ - 2);
    expect_int(EXEC(db, UPDATE(Sale).SET(Sale_qty, 0).ALL_ROWS), 4);
}

IN_SHOP(deletes)
{
    struct Sale **gone = ALL(db, DELETE(Sale).WHERE(EQ(Sale_customer_id, 1)).RETURNING());
    expect_ok();
    ck_assert_uint_eq(qc_count(gone), 2);
    expect_int(EXEC(db, DELETE(Sale).WHERE(IN(Sale_customer_id, SELECT(Customer_id)
                                                  .WHERE(EQ(Customer_name, "bob"))))), 1);
    expect_int(EXEC(db, DELETE(CustomerTag).ALL_ROWS), 3);
    expect_int(EXEC(db, DELETE(Card).ALL_ROWS), 2);
    expect_int(EXEC(db, DELETE(Customer).WHERE(EQ(Customer_id, 3))), 1);
    expect_int(SCALAR(db, SELECT(COUNT(Sale_id))), 0);
}

IN_SHOP(wrong_queries_are_not_sent)
{
    qc_row **rows = ALL(db, SELECT(Customer_name).WHERE(EQ(Sale_qty, 1)));
    ck_assert_ptr_null(rows);
    expect_failure(QC_ERROR_QUERY, "", __LINE__ - 2);
    rows = ALL(db, SELECT(Customer_name, COUNT()));
    expect_failure(QC_ERROR_QUERY, "GROUP_BY", __LINE__ - 1);
    ck_assert_ptr_null(qc_error(db)->sql);
}

Suite *clauses_suite(void);
Suite *clauses_suite(void)
{
    Suite *suite = suite_create("clauses");
    TCase *tests = shop_case(suite);
    ADD_IN_SHOP(tests, joins_by_relationship);
    ADD_IN_SHOP(tests, joins_by_condition);
    ADD_IN_SHOP(tests, self_joins);
    ADD_IN_SHOP(tests, entities_of_outer_joins_are_null);
    ADD_IN_SHOP(tests, records_hold_columns_and_entities);
    ADD_IN_SHOP(tests, groups);
    ADD_IN_SHOP(tests, distinct_limit_offset);
    ADD_IN_SHOP(tests, sets);
    ADD_IN_SHOP(tests, kept_queries);
    ADD_IN_SHOP(tests, queries_extended_in_a_loop);
    ADD_IN_SHOP(tests, filters_outlive_their_block);
    ADD_IN_SHOP(tests, inserts_of_values);
    ADD_IN_SHOP(tests, inserts_of_structs_made_in_place);
    ADD_IN_SHOP(tests, inserts_from_a_query);
    ADD_IN_SHOP(tests, updates);
    ADD_IN_SHOP(tests, deletes);
    ADD_IN_SHOP(tests, wrong_queries_are_not_sent);
    return suite;
}
