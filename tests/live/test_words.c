/* Every word of expressions on both databases, each with the rows it must find. */
#include "shop.h"

#include <string.h>

/* The customers that a predicate leaves. */
#define MATCH(expected, predicate)                                                                 \
    expect_names(ALL(db, SELECT(Customer).WHERE(predicate).ORDER_BY(Customer_id)), expected)
/* What expressions give for the sale `sale`. */
#define GIVES(expected, sale, ...)                                                                 \
    expect_rows(ALL(db, SELECT(__VA_ARGS__, Sale_id).WHERE(EQ(Sale_id, sale))), expected "|" #sale)

/* ---- Predicates. ---- */

IN_SHOP(comparisons)
{
    MATCH("bob", EQ(Customer_name, "bob"));
    MATCH("ann cyd dan", NE(Customer_name, "bob"));
    MATCH("ann", LT(Customer_id, 2));
    MATCH("ann bob", LE(Customer_id, 2));
    MATCH("dan", GT(Customer_id, 3));
    MATCH("cyd dan", GE(Customer_id, 3));
    MATCH("bob", EQ(Customer_active, false));
    MATCH("ann cyd dan", EQ(Customer_active, true));
    MATCH("dan", GT(Customer_born, qc_date_of(2000, 1, 1)));
    MATCH("ann bob cyd dan", LE(Customer_joined, NOW()));
}

IN_SHOP(comparisons_with_null)
{
    const char *nothing = NULL;
    MATCH("cyd", EQ(Customer_city, nothing));
    MATCH("ann bob dan", NE(Customer_city, nothing));
    MATCH("cyd", EQ(Customer_city, NULL));
    MATCH("cyd", IS_NULL(Customer_city));
    MATCH("ann bob dan", IS_NOT_NULL(Customer_city));
    MATCH("dan", NE(Customer_city, "Rome"));
    MATCH("cyd dan", IS_DISTINCT_FROM(Customer_city, "Rome"));
    MATCH("ann bob", IS_NOT_DISTINCT_FROM(Customer_city, "Rome"));
    MATCH("cyd", IS_NOT_DISTINCT_FROM(Customer_city, nothing));
}

IN_SHOP(patterns)
{
    MATCH("ann dan", LIKE(Customer_name, "%an%"));
    MATCH("bob cyd", NOT_LIKE(Customer_name, "%an%"));
    MATCH("", LIKE(Customer_name, "ANN"));
    MATCH("ann", ILIKE(Customer_name, "ANN"));
    MATCH("bob cyd", NOT_ILIKE(Customer_name, "%AN%"));
    MATCH("bob", LIKE(Customer_name, "_o_"));
    MATCH("ann dan", CONTAINS(Customer_name, "an"));
    MATCH("dan", STARTS_WITH(Customer_name, "da"));
    MATCH("ann dan", ENDS_WITH(Customer_name, "n"));
    MATCH("", CONTAINS(Customer_name, "%"));
    expect_int(SCALAR(db, SELECT(COUNT(Sale_id)).WHERE(CONTAINS(Sale_note, "0%_"))), 1);
    expect_int(SCALAR(db, SELECT(COUNT(Sale_id)).WHERE(STARTS_WITH(Sale_note, "%"))), 0);
    expect_int(SCALAR(db, SELECT(COUNT(Sale_id)).WHERE(LIKE(Sale_note, "100\\%\\_x"))), 1);
}

IN_SHOP(lists)
{
    const int64_t ids[] = {1, 4, 9};
    const char *const names[] = {"ann", "cyd"};
    MATCH("ann cyd", IN(Customer_id, 1, 3, 7));
    MATCH("bob dan", NOT_IN(Customer_id, 1, 3));
    MATCH("ann cyd", IN(Customer_name, "cyd", "ann", "ann"));
    MATCH("ann dan", IN_ARRAY(Customer_id, ids, 3));
    MATCH("bob cyd", NOT_IN_ARRAY(Customer_id, ids, 3));
    MATCH("ann cyd", IN_ARRAY(Customer_name, names, 2));
    MATCH("", IN_ARRAY(Customer_id, ids, 0));
    MATCH("ann bob cyd dan", NOT_IN_ARRAY(Customer_id, ids, 0));
    MATCH("ann bob", IN(Customer_id, SELECT(CustomerTag_customer_id)));
    MATCH("cyd dan", NOT_IN(Customer_id, SELECT(CustomerTag_customer_id)));
    MATCH("bob cyd", BETWEEN(Customer_id, 2, 3));
    MATCH("ann dan", NOT_BETWEEN(Customer_id, 2, 3));
    MATCH("ann", BETWEEN(Customer_born, qc_date_of(1990, 1, 1), qc_date_of(1990, 12, 31)));
}

IN_SHOP(logic)
{
    MATCH("ann", AND(EQ(Customer_city, "Rome"), EQ(Customer_active, true)));
    MATCH("ann bob dan", OR(EQ(Customer_city, "Rome"), EQ(Customer_city, "Oslo")));
    MATCH("cyd dan", NOT(LE(Customer_id, 2)));
    MATCH("bob dan", AND(IN(Customer_id, 2, 3, 4), OR(EQ(Customer_name, "bob"),
                                                      NOT(IS_NULL(Customer_city)))));
    MATCH("ann bob cyd", EXISTS(SELECT(Sale).WHERE(EQ(Sale_customer_id, Customer_id))));
    MATCH("dan", NOT(EXISTS(SELECT(Sale).WHERE(EQ(Sale_customer_id, Customer_id)))));
    qc_bool any[] = {EQ(Customer_id, 1), EQ(Customer_id, 4)};
    MATCH("ann dan", qc_or_array(any, 2));
    MATCH("", qc_and_array(any, 2));
    MATCH("ann bob cyd dan", qc_and_array(any, 0));
    MATCH("", qc_or_array(any, 0));
    MATCH("ann cyd dan", Customer_active);
}

IN_SHOP(only_if)
{
    for (int on = 0; on < 2; on++) {
        MATCH(on ? "ann" : "ann bob cyd dan", ONLY_IF(on, EQ(Customer_id, 1)));
        MATCH(on ? "ann" : "ann bob", AND(ONLY_IF(on, EQ(Customer_id, 1)), LE(Customer_id, 2)));
        MATCH(on ? "ann bob" : "bob", OR(ONLY_IF(on, EQ(Customer_id, 1)), EQ(Customer_id, 2)));
        expect_names(ALL(db, SELECT(Customer).ORDER_BY(ONLY_IF(on, DESC(Customer_id)),
                Customer_name)),
                     on ? "dan cyd bob ann" : "ann bob cyd dan");
        expect_int(EXEC(db, UPDATE(Customer).SET(Customer_city, "Bern")
                                .SET(Customer_name, ONLY_IF(on, "eve"))
                                .WHERE(EQ(Customer_id, 4))), 1);
        MATCH(on ? "eve" : "dan", EQ(Customer_city, "Bern"));
    }
}

/* ---- Numbers. ---- */

IN_SHOP(arithmetic)
{
    GIVES("6|-4|5|0|1|-1", 1, ADD(Sale_qty, 5), SUB(Sale_qty, 5), MUL(Sale_qty, 5), DIV(Sale_qty,
            5),
          MOD(Sale_qty, 5), NEG(Sale_qty));
    GIVES("12.50|-7.50|7.50|-2.50", 2, ADD(Sale_price, 10), SUB(Sale_price, 10),
          MUL(Sale_price, Sale_qty), NEG(Sale_price));
    GIVES("5|5", 4, ABS(NEG(Sale_qty)), ABS(Sale_qty));
    GIVES("7.3|7|10", 3, ROUND(Sale_price, 1), ROUND(Sale_price), ROUND(ADD(Sale_price, 3), 0));
    GIVES("-7|3", 3, SUB(SUB(Sale_qty, 4), 5), SUB(Sale_qty, SUB(1, Sale_qty)));
    expect_rows(ALL(db, SELECT(Card_points, ADD(Card_points, 1)).ORDER_BY(Card_customer_id)),
                "100|101, -5|-4");
}

/* ---- Texts. ---- */

IN_SHOP(texts)
{
    GIVES("red|RED|red!|3", 1, LOWER(Sale_note), UPPER(Sale_note), CONCAT(Sale_note, "!"),
          LENGTH(Sale_note));
    GIVES("NULL|NULL", 2, CONCAT(Sale_note, "!"), LENGTH(Sale_note));
    GIVES("none|NULL", 2, COALESCE(Sale_note, "none"), NULLIF(Sale_note, "x"));
    GIVES("red|NULL|red", 1, COALESCE(Sale_note, "none"), NULLIF(Sale_note, "red"),
          NULLIF(Sale_note, "blue"));
    GIVES("-red-blue-", 1, CONCAT("-", Sale_note, "-", "blue", "-"));
    expect_rows(ALL(db, SELECT(LENGTH(Customer_name), UPPER(Customer_name)).WHERE(EQ(Customer_id,
            1))),
                "3|ANN");
}

IN_SHOP(choices)
{
    expect_rows(ALL(db, SELECT(Sale_id, CASE(WHEN(GT(Sale_qty, 2), "many"))).ORDER_BY(Sale_id)),
                "1|NULL, 2|many, 3|NULL, 4|many");
    expect_int(SCALAR(db, SELECT(SUM(CASE(WHEN(GT(Sale_qty, 2), 1))))), 2);
    expect_rows(ALL(db, SELECT(Sale_id, CASE(WHEN(GT(Sale_qty, 4), "many"),
                                             WHEN(GT(Sale_qty, 2), "some"), ELSE("few")))
                            .ORDER_BY(Sale_id)),
                "1|few, 2|some, 3|few, 4|many");
    expect_rows(ALL(db, SELECT(Sale_id, CASE(WHEN(EQ(Sale_qty, 1), Sale_note), WHEN(EQ(Sale_qty,
            2), "two"))).ORDER_BY(Sale_id)),
                "1|red, 2|NULL, 3|two, 4|NULL");
}

IN_SHOP(casts_and_values)
{
    GIVES("1|1|1", 1, CAST(Sale_qty, TEXT), CAST(Sale_qty, BIGINT), CAST(Sale_qty, SMALLINT));
    GIVES("10.0|10", 1, CAST(Sale_price, NUMERIC(10, 1)), CAST(Sale_price, INTEGER));
    GIVES("2.5|re", 2, CAST(Sale_price, DOUBLE), CAST(VALUE("red"), VARCHAR(2)));
    GIVES("42|x|true|2.5", 1, VALUE(42), VALUE("x"), VALUE((bool)true), VALUE(2.5));
    GIVES("2024-01-15", 1, CAST(Sale_sold_at, DATE));
    expect_int(SCALAR(db, SELECT(CAST(CAST(Sale_id, TEXT), BIGINT)).WHERE(EQ(Sale_id, 3))), 3);
}

/* Between a moment and what has no zone lies UTC, whatever the session's zone. */
IN_SHOP(casts_of_times)
{
    if (database == POSTGRESQL_DATABASE)
        database_run(db, "SET TIME ZONE 'Asia/Tokyo'");
    expect_int(EXEC(db, UPDATE(Sale)
                            .SET(Sale_sold_at, qc_timestamp_of(2024, 2, 20, 23, 30, 15.25))
                            .SET(Sale_changed_at, qc_timestamp_of(2024, 2, 20, 23, 30, 15.25))
                            .WHERE(EQ(Sale_id, 2))),
               1);
    GIVES("2024-02-20|2024-02-20", 2, CAST(Sale_sold_at, DATE), CAST(Sale_changed_at, DATE));
    GIVES("23:30:15.25|23:30:15.25", 2, CAST(Sale_sold_at, TIME), CAST(Sale_changed_at, TIME));
    GIVES("2024-02-20 23:30:15.25|2024-02-20 23:30:15.25", 2, CAST(Sale_changed_at, TIMESTAMP),
          CAST(Sale_sold_at, TIMESTAMPTZ));
    GIVES("2024-02-20 00:00:00|2024-02-20 00:00:00", 2, CAST(CAST(Sale_sold_at, DATE), TIMESTAMP),
          CAST(CAST(Sale_changed_at, DATE), TIMESTAMPTZ));
    GIVES("2024-02-20 23:30:15.25", 2, CAST(CAST(Sale_changed_at, TIMESTAMP), TIMESTAMPTZ));
    GIVES("23|2024-02-20 00:00:00", 2, CAST(EXTRACT(HOUR, Sale_changed_at), INTEGER),
          DATE_TRUNC(DAY, Sale_changed_at));
    GIVES("true|false", 2, CAST(Sale_qty, BOOLEAN), CAST(SUB(Sale_qty, 3), BOOLEAN));
}

/* REAL stays REAL, and a whole number whole. */
IN_SHOP(types_that_words_keep)
{
    qc_real half = CAST(VALUE(0.5), REAL);
    GIVES("3.5|-2.5|1.5|6", 2, ADD(half, Sale_qty), SUB(half, Sale_qty), MUL(half, Sale_qty),
          DIV(Sale_qty, half));
    GIVES("0.5|0.1", 2, ADD(half, 0), MUL(CAST(VALUE(0.1), REAL), 1));
    GIVES("3|3|3", 2, ROUND(CAST(Sale_qty, SMALLINT)), ROUND(Sale_qty), ROUND(CAST(Sale_qty, BIGINT)));
    GIVES("8|-3", 2, MUL(ROUND(ADD(Sale_qty, 1)), 2), NEG(ROUND(Sale_qty)));
    expect_int(SCALAR(db, SELECT(ROUND(ADD(Sale_id, INT64_C(1) << 53))).WHERE(EQ(Sale_id, 1))),
               (INT64_C(1) << 53) + 1);
}

/* ---- Time. ---- */

IN_SHOP(time)
{
    GIVES("2024|2|20", 2, CAST(EXTRACT(YEAR, Sale_sold_at), INTEGER),
          CAST(EXTRACT(MONTH, Sale_sold_at), INTEGER), CAST(EXTRACT(DAY, Sale_sold_at), INTEGER));
    GIVES("11|30|0|2|51|1", 2, CAST(EXTRACT(HOUR, Sale_sold_at), INTEGER),
          CAST(EXTRACT(MINUTE, Sale_sold_at), INTEGER), CAST(EXTRACT(SECOND, Sale_sold_at),
          INTEGER),
          CAST(EXTRACT(DOW, Sale_sold_at), INTEGER), CAST(EXTRACT(DOY, Sale_sold_at), INTEGER),
          CAST(EXTRACT(QUARTER, Sale_sold_at), INTEGER));
    GIVES("1708428600|8", 2, CAST(EXTRACT(EPOCH, Sale_sold_at), BIGINT),
          CAST(EXTRACT(WEEK, Sale_sold_at), INTEGER));
    GIVES("2024-02-01 00:00:00|2024-01-01 00:00:00|2024-02-20 00:00:00", 2,
          DATE_TRUNC(MONTH, Sale_sold_at), DATE_TRUNC(YEAR, Sale_sold_at),
          DATE_TRUNC(DAY, Sale_sold_at));
    GIVES("2024-02-20 11:00:00|2024-02-19 00:00:00", 2, DATE_TRUNC(HOUR, Sale_sold_at),
          DATE_TRUNC(WEEK, Sale_sold_at));
    qc_timestamp_value now = SCALAR(db, SELECT(NOW()));
    expect_ok();
    const int64_t distance = now.microseconds - qc_timestamp_now().microseconds;
    ck_assert_int_lt(distance < 0 ? -distance : distance, 60 * 1000000);
}

/* ---- Aggregates. ---- */

IN_SHOP(aggregates)
{
    expect_rows(ALL(db, SELECT(COUNT(), COUNT(Sale_note), SUM(Sale_qty), MIN(Sale_qty),
            MAX(Sale_qty),
                               MIN(Sale_note), MAX(Sale_sold_at))
                            .FROM(Sale)),
                "4|3|11|1|5|100%_x|2024-03-01 00:00:00");
    expect_rows(ALL(db, SELECT(SUM(Sale_price), MIN(Sale_price), MAX(Sale_price))),
                "20.75|1.00|10.00");
    expect_rows(ALL(db, SELECT(ROUND(AVG(Sale_qty), 2), ROUND(AVG(Sale_price), 3))), "2.75|5.188");
    expect_rows(ALL(db, SELECT(COUNT(DISTINCT(Customer_city)), COUNT(Customer_city))), "2|3");
    expect_rows(ALL(db, SELECT(FILTER(COUNT(), GT(Sale_qty, 1)), FILTER(SUM(Sale_qty),
            IS_NULL(Sale_note)))
                            .FROM(Sale)),
                "3|3");
    expect_rows(ALL(db, SELECT(SUM(Sale_id), SUM(Card_points)).CROSS_JOIN(Card).WHERE(EQ(Sale_id,
            1))),
                "2|95");
    qc_numeric_value sum = SCALAR(db, SELECT(SUM(MUL(Sale_price, Sale_qty))));
    expect_ok();
    ck_assert_str_eq(sum.text, "37.00");
}

/* ---- Queries as values, escape hatches. ---- */

IN_SHOP(subqueries)
{
    expect_rows(ALL(db, SELECT(Customer_name,
                               SUBQUERY(SELECT(COUNT(Sale_id)).WHERE(EQ(Sale_customer_id,
                               Customer_id))))
                            .ORDER_BY(Customer_id)),
                "ann|2, bob|1, cyd|1, dan|0");
    expect_int(SCALAR(db, SELECT(COUNT(Sale_id))
                              .WHERE(GT(Sale_qty, SUBQUERY(SELECT(MIN(Sale_qty)))))), 3);
}

IN_SHOP(escape_hatches)
{
    expect_text(SCALAR(db, SELECT(FUNC("replace", TEXT, Customer_name, "n", "m"))
                               .WHERE(EQ(Customer_id, 1))), "amm");
    expect_int(SCALAR(db, SELECT(FUNC("length", INTEGER, Customer_name)).WHERE(EQ(Customer_id,
            1))), 3);
    expect_text(SCALAR(db, SELECT(OP("||", TEXT, Customer_name, "!"))
            .WHERE(EQ(Customer_id, 1))), "ann!");
    expect_int(SCALAR(db, SELECT(RAW(BIGINT, "? + 10 * ?", Customer_id, Customer_id))
                              .WHERE(EQ(Customer_id, 2))), 22);
    MATCH("bob", RAW(BOOLEAN, "? = ?", Customer_name, "bob"));
}

IN_SHOP(orders)
{
    expect_names(ALL(db, SELECT(Customer).ORDER_BY(ASC(Customer_name))), "ann bob cyd dan");
    expect_names(ALL(db, SELECT(Customer).ORDER_BY(DESC(Customer_name))), "dan cyd bob ann");
    expect_names(ALL(db, SELECT(Customer).ORDER_BY(NULLS_FIRST(Customer_city), DESC(Customer_id))),
                 "cyd dan bob ann");
    expect_names(ALL(db, SELECT(Customer).ORDER_BY(NULLS_LAST(Customer_city), Customer_id)),
                 "dan ann bob cyd");
    expect_names(ALL(db, SELECT(Customer).ORDER_BY(NULLS_LAST(DESC(Customer_city)), Customer_id)),
                 "ann bob dan cyd");
    expect_names(ALL(db, SELECT(Customer).ORDER_BY(NEG(Customer_id))), "dan cyd bob ann");
}

Suite *words_suite(void);
Suite *words_suite(void)
{
    Suite *suite = suite_create("words");
    TCase *tests = shop_case(suite);
    ADD_IN_SHOP(tests, comparisons);
    ADD_IN_SHOP(tests, comparisons_with_null);
    ADD_IN_SHOP(tests, patterns);
    ADD_IN_SHOP(tests, lists);
    ADD_IN_SHOP(tests, logic);
    ADD_IN_SHOP(tests, only_if);
    ADD_IN_SHOP(tests, arithmetic);
    ADD_IN_SHOP(tests, texts);
    ADD_IN_SHOP(tests, choices);
    ADD_IN_SHOP(tests, casts_and_values);
    ADD_IN_SHOP(tests, casts_of_times);
    ADD_IN_SHOP(tests, types_that_words_keep);
    ADD_IN_SHOP(tests, time);
    ADD_IN_SHOP(tests, aggregates);
    ADD_IN_SHOP(tests, subqueries);
    ADD_IN_SHOP(tests, escape_hatches);
    ADD_IN_SHOP(tests, orders);
    return suite;
}
