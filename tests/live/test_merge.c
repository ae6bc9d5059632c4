/* qc_merge on both databases. */
#include "shop.h"

#include <string.h>

static void begin(void)
{
    ck_assert(qc_session_start(db, NULL));
}

IN_SHOP(a_struct_goes_onto_the_object_of_its_row)
{
    struct Customer given = {.id = 1, .name = "anna", .city = "Pisa", .active = false};
    begin();
    struct Customer *ann = GET(db, Customer, 1);
    const qc_timestamp_value joined = ann->joined;
    ck_assert_ptr_eq(qc_merge(db, Customer, &given), ann);
    expect_ok();
    ck_assert_str_eq(ann->name, "anna");
    ck_assert_ptr_ne(ann->name, given.name);
    ck_assert(!ann->active && !ann->born.set);
    ck_assert(memcmp(&ann->joined, &joined, sizeof(joined)) == 0);
    ck_assert(qc_is_dirty(db, ann));
    ck_assert(qc_flush(db));
    qc_session_stop(db);
    expect_int(SCALAR(db, SELECT(COUNT(Customer_id)).WHERE(EQ(Customer_name, "anna"))), 1);
}

IN_SHOP(a_row_that_is_not_here_is_loaded)
{
    const struct Tag given = {.id = 2, .word = "true"};
    begin();
    struct Tag *tag = qc_merge(db, Tag, &given);
    expect_ok();
    ck_assert_int_eq(qc_state(db, tag), QC_STATE_PERSISTENT);
    ck_assert_ptr_eq(GET(db, Tag, 2), tag);
    ck_assert(qc_flush(db));
    qc_session_stop(db);
    expect_int(SCALAR(db, SELECT(COUNT(Tag_id)).WHERE(EQ(Tag_word, "true"))), 1);
}

IN_SHOP(a_row_that_is_nowhere_is_new)
{
    const struct Tag given = {.id = 9, .word = "odd"};
    const struct Customer nobody = {.name = "eve", .active = true};
    begin();
    struct Tag *tag = qc_merge(db, Tag, &given);
    expect_ok();
    ck_assert_int_eq(qc_state(db, tag), QC_STATE_PENDING);
    struct Customer *eve = qc_merge(db, Customer, &nobody);
    expect_ok();
    ck_assert_int_eq(qc_state(db, tag), QC_STATE_PERSISTENT);
    ck_assert_int_eq(qc_state(db, eve), QC_STATE_PENDING);
    ck_assert(qc_flush(db));
    ck_assert(eve->id > 4 && eve->active);
    ck_assert_ptr_eq(qc_merge(db, Tag, tag), tag);
    qc_session_stop(db);
    expect_int(SCALAR(db, SELECT(COUNT(Tag_id)).WHERE(EQ(Tag_word, "odd"))), 1);
}

/* A session's objects, read without it: a detached graph comes back. */
IN_SHOP(a_struct_without_a_key_is_new)
{
    database_run(db, "INSERT INTO customers (id, name, active) VALUES (0, 'nil', true)");
    const struct Customer given = {.name = "eve"};
    ck_assert(qc_session_start(db, NULL));
    struct Customer *eve = qc_merge(db, Customer, &given);
    expect_ok();
    ck_assert_int_eq(qc_state(db, eve), QC_STATE_PENDING);
    qc_session_stop(db);
}

IN_SHOP(what_relationships_hold_is_merged_too)
{
    struct Customer *ann = ONE(db, SELECT(Customer)
                                       .WHERE(EQ(Customer_id, 1))
                                       .LOAD(SELECTIN(Customer_sales, SELECTIN(Sale_customer)),
                                             SELECTIN(Customer_card), SELECTIN(Customer_tags)));
    struct Sale sale = {.qty = 7, .price = {"3.00"}, .sold_at = ann->sales[0]->sold_at};
    struct Sale *sales[] = {ann->sales[0], &sale, NULL};
    expect_ok();
    ann->sales[0]->qty = 99;
    ann->card->points = 12;
    begin();
    struct Customer given = *ann;
    given.sales = sales;
    given.tags = NULL;
    struct Customer *merged = qc_merge(db, Customer, &given);
    expect_ok();
    ck_assert_uint_eq(qc_count(merged->sales), 2);
    ck_assert_int_eq(merged->sales[0]->qty, 99);
    ck_assert_ptr_eq(merged->sales[1]->customer, merged);
    ck_assert_int_eq(merged->card->points, 12);
    ck_assert_ptr_null(merged->tags);
    qc_session_stop(db);
}

IN_SHOP(a_collection_becomes_what_was_given)
{
    struct Tag third = {.id = 3, .word = "third"};
    struct Tag *tags[] = {&third, NULL};
    struct Customer given = {.id = 1, .name = "ann", .active = true, .tags = tags};
    begin();
    struct Customer *ann = qc_merge(db, Customer, &given);
    expect_ok();
    ck_assert_uint_eq(qc_count(ann->tags), 1);
    ck_assert_str_eq(ann->tags[0]->word, "third");
    ck_assert(qc_flush(db));
    qc_session_stop(db);
    expect_int(SCALAR(db, SELECT(COUNT(CustomerTag_tag_id)).WHERE(EQ(CustomerTag_customer_id, 1))),
               1);
    expect_int(SCALAR(db, SELECT(COUNT(Tag_id))), 3);
}

/* A list keeps what was deleted since it was loaded. */
IN_SHOP(a_collection_loses_what_was_deleted)
{
    begin();
    struct Customer *ann = ONE(
        db, SELECT(Customer).WHERE(EQ(Customer_id, 1)).LOAD(SELECTIN(Customer_sales)));
    struct Sale *kept = ann->sales[0], *sales[] = {kept, NULL};
    ck_assert_uint_eq(qc_count(ann->sales), 2);
    ck_assert(qc_delete(db, ann->sales[1]));
    ck_assert(qc_flush(db));
    struct Customer given = *ann;
    given.sales = sales;
    ck_assert_ptr_eq(qc_merge(db, Customer, &given), ann);
    expect_ok();
    ck_assert_uint_eq(qc_count(ann->sales), 1);
    ck_assert_ptr_eq(ann->sales[0], kept);
    ck_assert(qc_flush(db));
    qc_session_stop(db);
}

/* One struct in two places, and around in a circle; what the row has and the struct has not goes. */
IN_SHOP(a_struct_that_is_met_again_is_one_object)
{
    struct Tag both = {.id = 3, .word = "both"};
    struct Tag *tags[] = {&both, &both, NULL};
    struct Card card = {.customer_id = 2, .points = 8};
    struct Customer given = {.id = 2, .name = "bob", .active = true, .tags = tags, .card = &card};
    struct Sale sale = {
        .id = 3, .customer_id = 2, .qty = 9, .price = {"1.00"}, .customer = &given};
    struct Sale *sales[] = {&sale, NULL};
    given.sales = sales;
    begin();
    struct Customer *bob = qc_merge(db, Customer, &given);
    expect_ok();
    ck_assert_ptr_eq(bob->sales[0]->customer, bob);
    ck_assert_int_eq(bob->card->points, 8);
    ck_assert(qc_flush(db));
    qc_session_stop(db);
    expect_rows(ALL(db, SELECT(CustomerTag_tag_id).WHERE(EQ(CustomerTag_customer_id, 2))), "3");
    expect_rows(ALL(db, SELECT(Card_points).WHERE(EQ(Card_customer_id, 2))), "8");
    expect_rows(ALL(db, SELECT(Sale_qty).WHERE(EQ(Sale_customer_id, 2))), "9");
}

IN_SHOP(what_may_not_be_merged_is_told)
{
    const struct Tag tag = {.id = 1, .word = "x"};
    const struct Tag *none = NULL;
    ck_assert_ptr_null(qc_merge(db, Tag, &tag));
    expect_failure(QC_ERROR_MISUSE, "the connection is no session", __LINE__ - 1);
    begin();
    ck_assert_ptr_null(qc_merge(db, Tag, none));
    expect_failure(QC_ERROR_MISUSE, "qc_merge: the object is NULL", __LINE__ - 1);
    struct Card *card = GET(db, Card, 1);
    const struct Card again = {.customer_id = 1, .points = 1};
    ck_assert(qc_begin(db));
    qc_delete(db, card);
    struct Card *merged = qc_merge(db, Card, &again);
    expect_ok();
    ck_assert_int_eq(qc_state(db, merged), QC_STATE_PENDING);
    ck_assert(qc_rollback(db));
    qc_session_stop(db);
    ck_assert(qc_session_start(db, QC_SESSION_OPTIONS(.no_autoflush = true)));
    ck_assert(qc_delete(db, GET(db, Card, 1)));
    ck_assert_ptr_null(qc_merge(db, Card, &again));
    expect_failure(QC_ERROR_MISUSE, "the Card of this key is to be deleted", __LINE__ - 1);
    qc_session_stop(db);
}

Suite *merge_suite(void);
Suite *merge_suite(void)
{
    Suite *suite = suite_create("merge");
    TCase *tests = shop_case(suite);
    ADD_IN_SHOP(tests, a_struct_goes_onto_the_object_of_its_row);
    ADD_IN_SHOP(tests, a_row_that_is_not_here_is_loaded);
    ADD_IN_SHOP(tests, a_row_that_is_nowhere_is_new);
    ADD_IN_SHOP(tests, a_struct_without_a_key_is_new);
    ADD_IN_SHOP(tests, what_relationships_hold_is_merged_too);
    ADD_IN_SHOP(tests, a_collection_becomes_what_was_given);
    ADD_IN_SHOP(tests, a_collection_loses_what_was_deleted);
    ADD_IN_SHOP(tests, a_struct_that_is_met_again_is_one_object);
    ADD_IN_SHOP(tests, what_may_not_be_merged_is_told);
    return suite;
}
