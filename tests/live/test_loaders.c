/* Loaders on both databases: each strategy fills the same fields. */
#include "shop.h"

#include <stdio.h>
#include <string.h>

/* "ann(1 2) bob(3)": names with what belongs to them. */
static void expect_sales(struct Customer **customers, const char *expected)
{
    char text[512] = "";
    size_t used = 0;
    expect_ok();
    EACH (struct Customer, customer, customers) {
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s(", used ? " " : "",
                                 customer->name);
        ck_assert_ptr_nonnull(customer->sales);
        EACH (struct Sale, sale, customer->sales)
            used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%lld",
                                     text[used - 1] == '(' ? "" : " ", (long long)sale->id);
        used += (size_t)snprintf(text + used, sizeof(text) - used, ")");
    }
    ck_assert_str_eq(text, expected);
}

IN_SHOP(collections_are_filled)
{
    expect_sales(
        ALL(db,
            SELECT(Customer).ORDER_BY(Customer_id).LOAD(SELECTIN(Customer_sales, ASC(Sale_id)))),
        "ann(1 2) bob(3) cyd(4) dan()");
}

IN_SHOP(conditions_and_orderings_choose_what_is_loaded)
{
    expect_sales(ALL(db, SELECT(Customer)
                             .ORDER_BY(Customer_id)
                             .LOAD(SELECTIN(Customer_sales, GE(Sale_qty, 2), DESC(Sale_id)))),
                 "ann(2) bob(3) cyd(4) dan()");
    expect_sales(ALL(db, SELECT(Customer)
                             .WHERE(EQ(Customer_id, 1))
                             .LOAD(SELECTIN(Customer_sales, DESC(Sale_id)))),
                 "ann(2 1)");
}

IN_SHOP(keys_come_from_the_query_itself)
{
    expect_sales(ALL(db, SELECT(Customer)
                             .WHERE(EQ(Customer_city, "Rome"))
                             .ORDER_BY(Customer_id)
                             .LOAD(BY_SUBQUERY(Customer_sales, ASC(Sale_id)))),
                 "ann(1 2) bob(3)");
    expect_sales(ALL(db, SELECT(Customer)
                             .ORDER_BY(DESC(Customer_id))
                             .LIMIT(2)
                             .LOAD(BY_SUBQUERY(Customer_sales))),
                 "dan() cyd(4)");
    struct Sale **sales = ALL(db, SELECT(Sale).ORDER_BY(Sale_id).LOAD(BY_SUBQUERY(
                                      Sale_customer, BY_SUBQUERY(Customer_tags, DESC(Tag_id)))));
    expect_ok();
    ck_assert_str_eq(sales[0]->customer->tags[0]->word, "loyal");
}

IN_SHOP(a_limit_is_of_the_parents)
{
    expect_sales(ALL(db, SELECT(Customer)
                             .ORDER_BY(DESC(Customer_id))
                             .LIMIT(2)
                             .OFFSET(1)
                             .LOAD(SELECTIN(Customer_sales))),
                 "cyd(4) bob(3)");
}

IN_SHOP(single_rows_are_filled)
{
    struct Customer **customers =
        ALL(db, SELECT(Customer).ORDER_BY(Customer_id).LOAD(SELECTIN(Customer_card)));
    expect_ok();
    ck_assert_int_eq(customers[0]->card->points, 100);
    ck_assert_ptr_null(customers[1]->card);
    ck_assert_int_eq(customers[2]->card->points, -5);
}

IN_SHOP(the_other_side_is_shared)
{
    struct Sale **sales = ALL(db, SELECT(Sale).ORDER_BY(Sale_id).LOAD(SELECTIN(Sale_customer)));
    expect_ok();
    ck_assert_str_eq(sales[0]->customer->name, "ann");
    ck_assert_ptr_eq(sales[0]->customer, sales[1]->customer);
    ck_assert_str_eq(sales[2]->customer->name, "bob");
}

IN_SHOP(an_association_is_crossed)
{
    struct Customer **customers =
        ALL(db, SELECT(Customer).ORDER_BY(Customer_id).LOAD(SELECTIN(Customer_tags, DESC(Tag_id))));
    expect_ok();
    ck_assert_uint_eq(qc_count(customers[0]->tags), 2);
    ck_assert_str_eq(customers[0]->tags[0]->word, "loyal");
    ck_assert_uint_eq(qc_count(customers[1]->tags), 1);
    ck_assert_uint_eq(qc_count(customers[2]->tags), 0);
}

IN_SHOP(levels_nest)
{
    struct Sale **sales = ALL(db, SELECT(Sale).ORDER_BY(Sale_id).LOAD(
                                      SELECTIN(Sale_customer, SELECTIN(Customer_tags, ASC(Tag_id)),
                                               SELECTIN(Customer_sales, ASC(Sale_id)))));
    expect_ok();
    ck_assert_str_eq(sales[0]->customer->tags[0]->word, "new");
    expect_sales((struct Customer *[]){sales[3]->customer, NULL}, "cyd(4)");
}

IN_SHOP(one_row_is_filled_too)
{
    struct Customer *ann =
        ONE(db, SELECT(Customer).WHERE(EQ(Customer_name, "ann")).LOAD(SELECTIN(Customer_sales)));
    expect_ok();
    ck_assert_uint_eq(qc_count(ann->sales), 2);
}

IN_SHOP(misuse_is_named)
{
    const int line = __LINE__ + 1;
    ck_assert_ptr_null(ALL(db, SELECT(Sale).LOAD(SELECTIN(Customer_tags))));
    expect_failure(QC_ERROR_QUERY,
                   "Customer_tags is a relationship of Customer, but the rows it would be loaded "
                   "for are of Sale",
                   line);
    ck_assert_ptr_null(ALL(db, SELECT(Sale_id, Sale_qty).LOAD(SELECTIN(Sale_customer))));
    expect_failure(QC_ERROR_QUERY,
                   "LOAD fills the relationships of whole structs; select a model, as SELECT(User)",
                   line + 5);
}

#define EXPECT_STRANGER(strategy)                                                                  \
    do {                                                                                           \
        const void *none =                                                                         \
            ALL(db, SELECT(Customer).LOAD(strategy(Customer_sales, EQ(Customer_name, "ann"))));    \
        ck_assert_ptr_null(none);                                                                  \
        expect_failure(QC_ERROR_QUERY,                                                             \
                       "customers.name is used in the loader of Customer_sales, which reads only " \
                       "sales; ask for rows of other tables with ANY_OF or EXISTS",                \
                       __LINE__);                                                                  \
    } while (0)

IN_SHOP(a_loader_reads_what_it_loads)
{
    EXPECT_STRANGER(SELECTIN);
    EXPECT_STRANGER(BY_SUBQUERY);
    EXPECT_STRANGER(JOINED);
    EXPECT_STRANGER(NESTED);
    expect_sales(ALL(db, SELECT(Customer)
                             .WHERE(LE(Customer_id, 2))
                             .ORDER_BY(Customer_id)
                             .LOAD(JOINED(Customer_sales, ASC(Sale_id),
                                          ANY_OF(Sale_customer, EQ(Customer_name, "ann"))))),
                 "ann(1 2) bob()");
}

#define EXPECT_TAG_BY_LINK(strategy)                                                               \
    do {                                                                                           \
        struct Customer *ann =                                                                     \
            FIRST(db, SELECT(Customer).ORDER_BY(Customer_id)                                       \
                          .LOAD(strategy(Customer_tags, GT(CustomerTag_tag_id, 0),                 \
                                         DESC(CustomerTag_tag_id))));                              \
        expect_ok();                                                                               \
        ck_assert_uint_eq(qc_count(ann->tags), 2);                                                 \
        ck_assert_int_eq(ann->tags[0]->id, 2);                                                     \
    } while (0)

IN_SHOP(conditions_may_be_of_the_association)
{
    EXPECT_TAG_BY_LINK(SELECTIN);
    EXPECT_TAG_BY_LINK(BY_SUBQUERY);
    EXPECT_TAG_BY_LINK(JOINED);
    EXPECT_TAG_BY_LINK(NESTED);
}

/* Of the table of Customer, and of no SCHEMA. */
MODEL(Payer, "customers",
    COLUMN(id, BIGINT, PRIMARY_KEY),
    HAS_MANY(sales, Sale, customer_id, ORDERED_BY(id, NULLS_LAST(qty))))

IN_SHOP(an_order_that_is_none_is_refused)
{
    ck_assert_ptr_null(ALL(db, SELECT(Payer).LOAD(SELECTIN(Payer_sales))));
    expect_failure(QC_ERROR_MISUSE, "ORDERED_BY of Payer_sales takes columns and DESC(column)",
                   __LINE__ - 2);
    ck_assert_ptr_null(ALL(db, SELECT(Payer).LOAD(JOINED(Payer_sales))));
    expect_failure(QC_ERROR_MISUSE, "this is neither: NULLS_LAST(qty)", __LINE__ - 1);
}

Suite *loaders_suite(void);
Suite *loaders_suite(void)
{
    Suite *suite = suite_create("loaders");
    TCase *tests = shop_case(suite);
    ADD_IN_SHOP(tests, collections_are_filled);
    ADD_IN_SHOP(tests, conditions_and_orderings_choose_what_is_loaded);
    ADD_IN_SHOP(tests, keys_come_from_the_query_itself);
    ADD_IN_SHOP(tests, a_limit_is_of_the_parents);
    ADD_IN_SHOP(tests, single_rows_are_filled);
    ADD_IN_SHOP(tests, the_other_side_is_shared);
    ADD_IN_SHOP(tests, an_association_is_crossed);
    ADD_IN_SHOP(tests, levels_nest);
    ADD_IN_SHOP(tests, one_row_is_filled_too);
    ADD_IN_SHOP(tests, misuse_is_named);
    ADD_IN_SHOP(tests, a_loader_reads_what_it_loads);
    ADD_IN_SHOP(tests, conditions_may_be_of_the_association);
    ADD_IN_SHOP(tests, an_order_that_is_none_is_refused);
    return suite;
}
