/* Where the work of a session begins and ends: what is written before other calls read, what a
 * cursor's own transaction leaves alone, and what a rollback leaves of new objects. */
#include "shop.h"

#include <stddef.h>
#include <string.h>

static void begin(const qc_session_options *options)
{
    ck_assert(qc_session_start(db, options));
}

static struct Customer *add_customer(const char *name)
{
    struct Customer *made = NEW(db, Customer, .name = name, .city = "Bergen");
    expect_ok();
    return made;
}

IN_SHOP(whatever_reads_flushes_first)
{
    int64_t count = 0, rows = 0;
    begin(NULL);
    add_customer("eve");
    STREAM (customer, db, SELECT(Customer))
        count++;
    ck_assert_int_eq(count, 5);
    add_customer("fay");
    STREAM_CHUNKS(chunk, db, 10, SELECT(Customer))
    rows += (int64_t)qc_count(chunk);
    ck_assert_int_eq(rows, 6);
    add_customer("gil");
    PIPELINE(db)
    {
        QUEUE_SCALAR(db, &count, SELECT(COUNT(Customer_id)));
    }
    ck_assert_int_eq(count, 7);
    add_customer("hal");
    rows = 0;
    COPY_OUT(customer, db, SELECT(Customer))
    rows++;
    ck_assert_int_eq(rows, 8);
    add_customer("ian");
    CURSOR(cursor, db, SELECT(Customer))
    {
        ck_assert_uint_eq(qc_count(qc_cursor_next(cursor, 20)), 9);
    }
    expect_ok();
}

IN_SHOP(what_is_copied_in_may_refer_to_what_is_new)
{
    begin(NULL);
    struct Customer *eve = add_customer("eve");
    COPY_IN(db, Sale, writer)
    {
        qc_copy_put(writer, &(const struct Sale){.customer_id = 5, .qty = 1});
    }
    expect_ok();
    ck_assert_int_eq(eve->id, 5);
    ck_assert_int_eq(qc_state(db, eve), QC_STATE_PERSISTENT);
}

IN_SHOP(without_autoflush_nothing_flushes_first)
{
    int64_t count = 0;
    begin(QC_SESSION_OPTIONS(.no_autoflush = true));
    const struct Customer *eve = add_customer("eve");
    STREAM (customer, db, SELECT(Customer))
        count++;
    ck_assert_int_eq(count, 4);
    ck_assert_int_eq(qc_state(db, eve), QC_STATE_PENDING);
}

/* It only reads, so what changed meanwhile waits for a transaction that may write. */
IN_SHOP(a_cursors_own_transaction_leaves_changes_alone)
{
    begin(QC_SESSION_OPTIONS(.no_autoflush = true));
    struct Customer *ann = GET(db, Customer, 1);
    const struct Customer *eve = add_customer("eve");
    CURSOR(cursor, db, SELECT(Customer))
    {
        ck_assert_uint_eq(qc_count(qc_cursor_next(cursor, 20)), 4);
        ann->city = "Oslo";
    }
    expect_ok();
    ck_assert_int_eq(qc_state(db, eve), QC_STATE_PENDING);
    CURSOR(cursor, db, SELECT(Customer))
    {
        break;
    }
    expect_ok();
    ck_assert_str_eq(ann->city, "Oslo");
    ck_assert(qc_flush(db));
    expect_names(
        ALL(db,
            SELECT(Customer).WHERE(IN(Customer_city, "Oslo", "Bergen")).ORDER_BY(Customer_name)),
        "ann dan eve");
}

IN_SHOP(a_rollback_leaves_new_objects_as_they_were_made)
{
    char name[] = "eve", word[] = "rare";
    struct Tag tag = {.id = 7, .word = word};
    begin(NULL);
    struct Customer *eve = add_customer(name);
    struct Sale *sale = NEW(db, Sale, .customer = eve, .qty = 2);
    ck_assert(qc_add(db, Tag, &tag));
    TRANSACTION(db)
    {
        ck_assert(qc_flush(db));
        ck_assert_int_eq(sale->customer_id, eve->id);
        memset(word, 'x', 4); /* the flush has copied it */
        eve->name = "lea";
        ck_assert(qc_flush(db));
        break;
    }
    ck_assert_int_eq(qc_state(db, eve), QC_STATE_TRANSIENT);
    ck_assert_int_eq(eve->id, 0);
    ck_assert_str_eq(eve->name, "eve");
    ck_assert_str_eq(eve->city, "Bergen");
    ck_assert(eve->active);
    ck_assert_int_eq(sale->customer_id, 0);
    ck_assert_ptr_eq(sale->customer, eve);
    ck_assert_int_eq(tag.id, 7);
    ck_assert_str_eq(tag.word, "rare");
    ck_assert(qc_add(db, Sale, sale) && qc_flush(db));
    expect_rows(
        ALL(db,
            SELECT(Customer_name, Sale_qty).JOIN(Sale_customer).WHERE(EQ(Customer_city, "Bergen"))),
        "eve|2");
}

IN_SHOP(dirty_is_what_a_flush_would_write)
{
    begin(NULL);
    struct Customer *ann = GET(db, Customer, 1), *bob = GET(db, Customer, 2);
    struct Sale *sale = GET(db, Sale, 1), *other = GET(db, Sale, 2);
    const struct Customer *eve = add_customer("eve");
    ck_assert(qc_is_dirty(db, eve));
    ck_assert(qc_flush(db));
    ck_assert(!qc_is_dirty(db, eve) && !qc_is_dirty(db, ann) && !qc_is_dirty(db, sale));
    ann->city = "Oslo";
    sale->customer = bob;
    ck_assert(ADD_TO(db, bob, Customer_sales, other));
    ck_assert(qc_is_dirty(db, ann) && qc_is_dirty(db, sale) && qc_is_dirty(db, other));
    ck_assert(!qc_is_dirty(db, bob));
    ck_assert(qc_flush(db));
    ck_assert(!qc_is_dirty(db, ann) && !qc_is_dirty(db, sale) && !qc_is_dirty(db, other));
    ck_assert(qc_delete(db, other));
    ck_assert(qc_is_dirty(db, other));
    ck_assert(qc_flush(db));
    ck_assert(!qc_is_dirty(db, other) && !qc_is_dirty(db, NULL) && !qc_is_dirty(NULL, ann));
}

/* Compilers leave bytes there as they were, which a flush would compare, and memory checkers tell
 * of. */
IN_SHOP(what_lies_between_columns_is_not_taken_over)
{
    const size_t between = offsetof(struct Customer, active) + sizeof(bool);
    struct Customer given = {.name = "eve", .active = true};
    ck_assert_uint_lt(between, offsetof(struct Customer, born));
    ((char *)&given)[between] = 0x55;
    begin(NULL);
    const char *made = qc_new(db, QC_HERE, Customer.node, &given, ".name, .active");
    ck_assert_ptr_nonnull(made);
    ck_assert_int_eq(made[between], 0);
    ck_assert_str_eq(((const struct Customer *)made)->name, "eve");
}

Suite *session_ends_suite(void);
Suite *session_ends_suite(void)
{
    Suite *suite = suite_create("session_ends");
    TCase *tests = shop_case(suite);
    ADD_IN_SHOP(tests, whatever_reads_flushes_first);
    ADD_IN_SHOP(tests, what_is_copied_in_may_refer_to_what_is_new);
    ADD_IN_SHOP(tests, without_autoflush_nothing_flushes_first);
    ADD_IN_SHOP(tests, a_cursors_own_transaction_leaves_changes_alone);
    ADD_IN_SHOP(tests, dirty_is_what_a_flush_would_write);
    ADD_IN_SHOP(tests, a_rollback_leaves_new_objects_as_they_were_made);
    ADD_IN_SHOP(tests, what_lies_between_columns_is_not_taken_over);
    return suite;
}
