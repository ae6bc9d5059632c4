/* Loaders over rows of several entities: each fills the entities that its relationship is of. */
#include "shop.h"

#include "ast/ast.h"

#include <stdio.h>
#include <string.h>

RECORD(Bought, ENTITY(sale, Sale), COLUMN(size, INTEGER), ENTITY(buyer, Customer))
RECORD(Holder, ENTITY(customer, Customer), ENTITY(card, Card))
RECORD(Rivals, ENTITY(one, Customer), ENTITY(other, Customer))

#define WITH(...) QC_LOADER("WITH", strategies[way], __VA_ARGS__)
static const enum qc_strategy strategies[] = {QC_STRATEGY_SELECTIN, QC_STRATEGY_SUBQUERY,
                                              QC_STRATEGY_JOINED, QC_STRATEGY_NESTED};
enum { WAYS = sizeof strategies / sizeof *strategies };

static int statements;
static void count_statement(const qc_event *event, void *data)
{
    (void)data;
    statements += event->kind == QC_EVENT_STATEMENT;
}

typedef struct text {
    char text[512];
    size_t length;
} text;

#define put(to, ...)                                                                               \
    ((to)->length +=                                                                               \
     (size_t)snprintf((to)->text + (to)->length, sizeof((to)->text) - (to)->length, __VA_ARGS__))

/* " ann(1 2)", or " none". */
static void put_customer(text *to, const struct Customer *customer)
{
    put(to, customer ? " %s(" : " none", customer ? customer->name : "");
    if (!customer)
        return;
    ck_assert_ptr_nonnull(customer->sales);
    EACH (struct Sale, sale, customer->sales)
        put(to, " %lld", (long long)sale->id);
    put(to, ")");
}

IN_SHOP(generic_rows_are_filled)
{
    for (int way = 0; way < WAYS; way++)
        QC_SCOPE (db) {
            qc_row **rows = ALL(db, SELECT(Sale, Customer, Sale_qty)
                                        .JOIN(Sale_customer)
                                        .ORDER_BY(Sale_id)
                                        .LOAD(WITH(Customer_sales, GE(Sale_qty, 2), DESC(Sale_id)),
                                              WITH(Sale_customer, WITH(Customer_card))));
            text got = {.length = 0};
            expect_ok();
            EACH (qc_row, row, rows) {
                const struct Sale *sale = qc_row_entity(row, 0);
                put(&got, "%s%d", got.length ? ", " : "",
                    sale->customer->card ? sale->customer->card->points : 0);
                put_customer(&got, qc_row_entity(row, 1));
            }
            ck_assert_str_eq(got.text, "100 ann( 2), 100 ann( 2), 0 bob( 3), -5 cyd( 4)");
        }
}

IN_SHOP(records_are_filled)
{
    for (int way = 0; way < WAYS; way++)
        QC_SCOPE (db) {
            struct Bought **all = ALL(db, SELECT_AS(Bought, Sale, Sale_qty, Customer)
                                              .JOIN(Sale_customer)
                                              .ORDER_BY(DESC(Sale_id))
                                              .LIMIT(3)
                                              .LOAD(WITH(Customer_tags, ASC(Tag_id)))
                                              .LOAD(WITH(Customer_sales, ASC(Sale_id))));
            text got = {.length = 0};
            expect_ok();
            EACH (struct Bought, each, all) {
                put(&got, " %d %zu", each->size, qc_count(each->buyer->tags));
                put_customer(&got, each->buyer);
                ck_assert_ptr_null(each->sale->customer);
            }
            ck_assert_str_eq(got.text, " 5 0 cyd( 4) 2 1 bob( 3) 3 2 ann( 1 2)");
        }
}

IN_SHOP(what_an_outer_join_does_not_find_stays_null)
{
    for (int way = 0; way < WAYS; way++)
        QC_SCOPE (db) {
            struct Holder **all = ALL(
                db,
                SELECT_AS(Holder, Customer, Card)
                    .RIGHT_JOIN(Card, AND(EQ(Card_points, 100), EQ(Card_customer_id, Customer_id)))
                    .ORDER_BY(Card_customer_id)
                    .LOAD(WITH(Customer_sales, ASC(Sale_id))));
            text got = {.length = 0};
            expect_ok();
            EACH (struct Holder, each, all)
                put_customer(&got, each->customer);
            ck_assert_str_eq(got.text, " ann( 1 2) none");
            all = ALL(db, SELECT_AS(Holder, Customer, Card)
                              .LEFT_JOIN(Customer_card)
                              .WHERE(LT(Customer_id, 0))
                              .LOAD(WITH(Customer_sales)));
            expect_ok();
            ck_assert_uint_eq(qc_count(all), 0);
        }
}

IN_SHOP(an_alias_is_told_apart)
{
    ALIAS(Customer, rival);
    for (int way = 0; way < WAYS; way++)
        QC_SCOPE (db) {
            struct Rivals **all = ALL(
                db, SELECT_AS(Rivals, Customer, rival)
                        .JOIN(rival, AND(EQ(rival.city, Customer_city), GT(rival.id, Customer_id)))
                        .LOAD(WITH(rival.sales), WITH(Customer_card)));
            text got = {.length = 0};
            expect_ok();
            ck_assert_uint_eq(qc_count(all), 1);
            put_customer(&got, all[0]->other);
            ck_assert_str_eq(got.text, " bob( 3)");
            ck_assert_ptr_null(all[0]->one->sales);
            ck_assert_int_eq(all[0]->one->card->points, 100);
            ck_assert_ptr_null(all[0]->other->card);
        }
    qc_row **rows = ALL(db, SELECT(Sale, rival)
                                .JOIN(rival, EQ(rival.id, Sale_customer_id))
                                .ORDER_BY(Sale_id)
                                .LOAD(SELECTIN(Customer_card)));
    expect_ok();
    ck_assert_int_eq(((const struct Customer *)qc_row_entity(rows[0], 1))->card->points, 100);
}

IN_SHOP(one_item_twice_is_filled_twice)
{
    struct Rivals *both = FIRST(
        db,
        SELECT_AS(Rivals, Customer, Customer).ORDER_BY(Customer_id).LOAD(SELECTIN(Customer_card)));
    expect_ok();
    ck_assert_int_eq(both->one->card->points, 100);
    ck_assert_int_eq(both->other->card->points, 100);
}

/* One statement for the rows, one for each relationship, however many items and rows there are. */
IN_SHOP(statements_are_one_a_relationship)
{
    qc_set_hook(db, QC_ON(STATEMENT), count_statement, NULL);
    statements = 0;
    ALL(db, SELECT(Sale, Customer)
                .JOIN(Sale_customer)
                .LOAD(SELECTIN(Customer_sales), JOINED(Sale_customer, JOINED(Customer_card))));
    expect_ok();
    ck_assert_int_eq(statements, 3);
}

IN_SHOP(objects_of_the_session_are_filled)
{
    ck_assert(qc_session_start(db, NULL));
    struct Customer *ann = GET(db, Customer, 1);
    qc_row **rows = ALL(db, SELECT(Customer, Sale)
                                .LEFT_JOIN(Customer_sales)
                                .ORDER_BY(Customer_id, Sale_id)
                                .LOAD(SELECTIN(Customer_sales, ASC(Sale_id)), RAISE(Customer_card),
                                      SELECTIN(Sale_customer)));
    expect_ok();
    ck_assert_ptr_eq(qc_row_entity(rows[0], 0), ann);
    ck_assert_ptr_eq(qc_row_entity(rows[1], 0), ann);
    ck_assert_ptr_eq(qc_row_entity(rows[1], 1), ann->sales[1]);
    ck_assert_ptr_eq(ann->sales[0]->customer, ann);
    ck_assert(!qc_is_dirty(db, ann));
    ck_assert_ptr_null(qc_row_entity(rows[4], 1));
    qc_set_hook(db, QC_ON(STATEMENT), count_statement, NULL);
    statements = 0;
    ck_assert_uint_eq(qc_count(LOAD(db, ann, Customer_sales)), 2);
    ck_assert_int_eq(statements, 0);
    ck_assert_ptr_null(LOAD(db, ann, Customer_card));
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_MISUSE);
    qc_session_stop(db);
}

IN_SHOP(lazy_allows_what_raise_refused)
{
    ck_assert(qc_session_start(db, NULL));
    struct Customer *ann =
        ONE(db, SELECT(Customer).WHERE(EQ(Customer_id, 1)).LOAD(RAISE(Customer_card)));
    ALL(db, SELECT(Customer, Sale).JOIN(Customer_sales).LOAD(LAZY(Customer_card)));
    expect_ok();
    struct Card *card = LOAD(db, ann, Customer_card);
    expect_ok();
    ck_assert_int_eq(card->points, 100);
    qc_session_stop(db);
}

IN_SHOP(misuse_is_named)
{
    ALIAS(Customer, one);
    ALIAS(Customer, other);
    const void *got = ALL(db, SELECT(Sale, Sale_qty).LOAD(SELECTIN(Customer_tags)));
    ck_assert_ptr_null(got);
    expect_failure(QC_ERROR_QUERY,
                   "Customer_tags is a relationship of Customer, but the query selects no Customer",
                   __LINE__ - 4);
    got = ALL(db, SELECT(Customer, Sale).JOIN(Customer_sales).LOAD(SELECTIN(one.tags)));
    ck_assert_ptr_null(got);
    expect_failure(QC_ERROR_QUERY,
                   "one.tags is a relationship of the alias one, which the query does not select",
                   __LINE__ - 4);
    got =
        ALL(db, SELECT(one, other).JOIN(other, EQ(one.id, other.id)).LOAD(SELECTIN(Customer_tags)));
    ck_assert_ptr_null(got);
    expect_failure(QC_ERROR_QUERY,
                   "Customer_tags could be loaded for two items of the query, one and other; say "
                   "which, as one.tags",
                   __LINE__ - 5);
}

Suite *load_rows_suite(void);
Suite *load_rows_suite(void)
{
    Suite *suite = suite_create("load_rows");
    TCase *tests = shop_case(suite);
    ADD_IN_SHOP(tests, generic_rows_are_filled);
    ADD_IN_SHOP(tests, records_are_filled);
    ADD_IN_SHOP(tests, what_an_outer_join_does_not_find_stays_null);
    ADD_IN_SHOP(tests, an_alias_is_told_apart);
    ADD_IN_SHOP(tests, one_item_twice_is_filled_twice);
    ADD_IN_SHOP(tests, statements_are_one_a_relationship);
    ADD_IN_SHOP(tests, objects_of_the_session_are_filled);
    ADD_IN_SHOP(tests, lazy_allows_what_raise_refused);
    ADD_IN_SHOP(tests, misuse_is_named);
    return suite;
}
