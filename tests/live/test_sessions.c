/* Sessions on both databases: identity, the unit of work, states. */
#include "shop.h"

#include <stdio.h>
#include <string.h>

static void begin(void)
{
    ck_assert(qc_session_start(db, NULL));
}

IN_SHOP(one_row_is_one_object)
{
    begin();
    struct Customer *ann = FIRST(db, SELECT(Customer).WHERE(EQ(Customer_name, "ann")));
    struct Customer **all = ALL(db, SELECT(Customer).ORDER_BY(Customer_id));
    expect_ok();
    ck_assert_ptr_eq(ann, all[0]);
    ck_assert_ptr_eq(GET(db, Customer, 1), ann);
    qc_release(db);
    ck_assert_str_eq(ann->name, "ann");
    ck_assert_int_eq(qc_state(db, ann), QC_STATE_PERSISTENT);
    ck_assert(!qc_is_dirty(db, ann));
}

IN_SHOP(get_asks_the_database_once)
{
    begin();
    struct Customer *bob = GET(db, Customer, 2);
    expect_ok();
    ck_assert_str_eq(bob->name, "bob");
    ck_assert_ptr_eq(GET(db, Customer, 2), bob);
    ck_assert_ptr_null(GET(db, Customer, 99));
    expect_ok();
}

IN_SHOP(new_objects_are_inserted_with_their_keys)
{
    begin();
    struct Customer *eve = NEW(db, Customer, .name = "eve", .active = true);
    struct Sale *first =
        NEW(db, Sale, .customer = eve, .qty = 1, .sold_at = qc_timestamp_of(2024, 5, 1, 0, 0, 0));
    struct Sale *second =
        NEW(db, Sale, .customer = eve, .qty = 2, .sold_at = qc_timestamp_of(2024, 5, 2, 0, 0, 0));
    expect_ok();
    ck_assert_int_eq(qc_state(db, eve), QC_STATE_PENDING);
    ck_assert(qc_flush(db));
    ck_assert_int_gt(eve->id, 4);
    ck_assert_int_eq(first->customer_id, eve->id);
    ck_assert_int_eq(second->customer_id, eve->id);
    ck_assert_int_ne(first->id, second->id);
    ck_assert_str_eq(first->price.text, "0.00");
    ck_assert_int_ne(eve->joined.microseconds, 0);
    ck_assert_int_eq(qc_state(db, first), QC_STATE_PERSISTENT);
    ck_assert_ptr_eq(GET(db, Customer, eve->id), eve);
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Sale).WHERE(EQ(Sale_customer_id, eve->id))), 2);
}

MODEL(Knob, "knobs", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY), COLUMN(word, TEXT, DEFAULT("w")),
      COLUMN(on, BOOLEAN, DEFAULT(true)), COLUMN(low, SMALLINT, DEFAULT(-3)),
      COLUMN(size, INTEGER, DEFAULT(7)), COLUMN(wide, BIGINT, DEFAULT(1LL << 40)),
      COLUMN(ratio, DOUBLE, DEFAULT(0.25)), COLUMN(part, REAL, DEFAULT(2)))
SCHEMA(knobs, Knob)

static void expect_knob(struct Knob *knob, const char *fields)
{
    char text[160];
    expect_ok();
    ck_assert(qc_flush(db));
    snprintf(text, sizeof(text), "%s %d %d %d %lld %g %g", knob->word, knob->on, knob->low,
             (int)knob->size, (long long)knob->wide, knob->ratio, (double)knob->part);
    ck_assert_str_eq(text, fields);
}

IN_SHOP(what_new_does_not_name_has_its_default)
{
    ck_assert(qc_drop_all(db, &knobs) && qc_create_all(db, &knobs));
    begin();
    const struct Knob other = {.on = true};
    expect_knob(NEW(db, Knob), "w 1 -3 7 1099511627776 0.25 2");
    expect_knob(NEW(db, Knob, .on = false, .low = 0, .size = 0, .wide = 0, .ratio = 0, .part = 0),
                "w 0 0 0 0 0 0");
    expect_knob(NEW(db, Knob, .word = ", .on = 1, \\\", .size = 0"), /* in a literal */
                ", .on = 1, \\\", .size = 0 1 -3 7 1099511627776 0.25 2");
    expect_knob(NEW(db, Knob, .size = (int32_t)(struct Knob){.on = true, .low = 1}.low, .part = 0),
                "w 1 -3 1 1099511627776 0.25 0");
    expect_knob(NEW(db, Knob, .on = !other.on, .low = other.low), "w 0 0 7 1099511627776 0.25 2");
    expect_knob(NEW(db, Knob, .on = false, .size = '"', .low = 0), "w 0 0 34 1099511627776 0.25 2");
    qc_session_stop(db);
    ck_assert(qc_drop_all(db, &knobs));
}

IN_SHOP(changed_columns_only_are_written)
{
    begin();
    struct Customer *ann = GET(db, Customer, 1);
    expect_int(EXEC(db, UPDATE(Customer).SET(Customer_city, "Bari").WHERE(EQ(Customer_id, 1))), 1);
    ann->name = "anna";
    ck_assert(qc_is_dirty(db, ann));
    ck_assert(qc_flush(db));
    ck_assert(!qc_is_dirty(db, ann));
    expect_rows(ALL(db, SELECT(Customer_name, Customer_city).WHERE(EQ(Customer_id, 1))),
                "anna|Bari");
    ck_assert_str_eq(ann->city, "Rome");
    ck_assert(qc_refresh(db, ann));
    ck_assert_str_eq(ann->city, "Bari");
}

IN_SHOP(objects_changed_alike_go_together)
{
    begin();
    struct Sale **sales = ALL(db, SELECT(Sale).ORDER_BY(Sale_id));
    expect_ok();
    EACH (struct Sale, sale, sales)
        sale->qty += 10;
    sales[3]->note = "new";
    ck_assert(qc_flush(db));
    expect_rows(ALL(db, SELECT(Sale_qty, Sale_note).ORDER_BY(Sale_id)),
                "11|red, 13|NULL, 12|blue, 15|new");
    ck_assert(sales[0]->changed_at.set);
    ck_assert(sales[3]->changed_at.set);
    ck_assert(!qc_is_dirty(db, sales[0]));
}

IN_SHOP(a_changed_key_is_written)
{
    begin();
    struct Tag *tag = NEW(db, Tag, .id = 7, .word = "x");
    ck_assert(qc_flush(db));
    tag->id = 8;
    ck_assert(qc_flush(db));
    ck_assert_ptr_eq(GET(db, Tag, 8), tag);
    ck_assert_ptr_null(GET(db, Tag, 7));
}

IN_SHOP(queries_flush_first)
{
    begin();
    struct Customer *ann = GET(db, Customer, 1);
    ann->city = "Oslo";
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Customer).WHERE(EQ(Customer_city, "Oslo"))), 2);
}

IN_SHOP(a_relationship_moves_a_row)
{
    begin();
    struct Customer *bob = GET(db, Customer, 2);
    struct Sale *sale = GET(db, Sale, 1);
    sale->customer = bob;
    ck_assert(qc_flush(db));
    ck_assert_int_eq(sale->customer_id, 2);
    expect_int(SCALAR(db, SELECT(Sale_customer_id).WHERE(EQ(Sale_id, 1))), 2);
}

IN_SHOP(doomed_objects_are_deleted)
{
    begin();
    struct Sale *sale = GET(db, Sale, 1);
    ck_assert(qc_delete(db, sale));
    ck_assert_int_eq(qc_state(db, sale), QC_STATE_DOOMED);
    ck_assert(qc_flush(db));
    ck_assert_int_eq(qc_state(db, sale), QC_STATE_DELETED);
    ck_assert_ptr_null(GET(db, Sale, 1));
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Sale)), 3);
}

IN_SHOP(a_failed_flush_leaves_objects_as_they_were)
{
    begin();
    struct Customer *eve = NEW(db, Customer, .name = "eve");
    struct Customer *ann = NEW(db, Customer, .name = "ann");
    ck_assert(!qc_flush(db));
    ck_assert_str_eq(qc_error(db)->sqlstate, "23505");
    ck_assert_int_eq(qc_state(db, eve), QC_STATE_PENDING);
    ck_assert_int_eq(eve->id, 0);
    ann->name = "other";
    ck_assert(qc_flush(db));
    ck_assert_int_gt(eve->id, 0);
}

IN_SHOP(a_row_that_is_gone_is_stale)
{
    begin();
    struct Sale *sale = GET(db, Sale, 1);
    expect_int(EXEC(db, DELETE(Sale).WHERE(EQ(Sale_id, 1))), 1);
    sale->qty = 9;
    ck_assert(!qc_flush(db));
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_STALE);
}

IN_SHOP(a_rollback_brings_everything_back)
{
    begin();
    struct Customer *ann = GET(db, Customer, 1);
    struct Sale *doomed = GET(db, Sale, 4);
    struct Customer *eve = NULL;
    TRANSACTION(db)
    {
        ann->name = "anna";
        eve = NEW(db, Customer, .name = "eve");
        qc_delete(db, doomed);
        ck_assert(qc_flush(db));
        ck_assert_int_gt(eve->id, 0);
        ann->city = "Oslo";
        break;
    }
    ck_assert_str_eq(ann->name, "ann");
    ck_assert_str_eq(ann->city, "Rome");
    ck_assert_int_eq(qc_state(db, eve), QC_STATE_TRANSIENT);
    ck_assert_int_eq(qc_state(db, doomed), QC_STATE_PERSISTENT);
    ck_assert_ptr_eq(GET(db, Sale, 4), doomed);
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Customer)), 4);
}

/* Objects are as the database has them, not as they were before. */
IN_SHOP(what_a_text_commits_stays)
{
    begin();
    struct Customer *ann = GET(db, Customer, 1), *eve = NULL;
    TRANSACTION(db)
    {
        ann->name = "anna";
        eve = NEW(db, Customer, .name = "eve");
        ck_assert(qc_flush(db));
        ann->city = "Oslo";
        ck_assert(!qc_execute(db, "SELECT 1; COMMIT; BEGIN"));
    }
    ck_assert_str_eq(ann->name, "anna");
    ck_assert_str_eq(ann->city, "Rome");
    ck_assert_int_eq(qc_state(db, eve), QC_STATE_PERSISTENT);
    ck_assert_ptr_eq(GET(db, Customer, eve->id), eve);
    ck_assert(qc_begin(db));
    ann->city = "Bari";
    ck_assert(qc_flush(db));
    ck_assert(!qc_execute(db, "SELECT 1; ROLLBACK; BEGIN"));
    ck_assert(!qc_commit(db));
    ck_assert_str_eq(ann->city, "Rome");
    expect_rows(ALL(db, SELECT(Customer_name, Customer_city).WHERE(EQ(Customer_id, 1))),
                "anna|Rome");
}

IN_SHOP(a_commit_writes_what_changed)
{
    begin();
    struct Customer *ann = GET(db, Customer, 1);
    TRANSACTION(db)
    {
        ann->name = "anna";
    }
    expect_ok();
    ann->city = "Oslo";
    ck_assert(qc_commit(db));
    ann->city = "Bari";
    ck_assert(qc_rollback(db));
    ck_assert_str_eq(ann->city, "Oslo");
    ann->id = 2;
    ck_assert(!qc_flush(db));
    ck_assert(qc_rollback(db));
    expect_ok();
    expect_rows(ALL(db, SELECT(Customer_name, Customer_city).WHERE(EQ(Customer_id, 1))),
                "anna|Oslo");
}

IN_SHOP(a_savepoint_is_undone_alone)
{
    begin();
    struct Customer *ann = GET(db, Customer, 1);
    TRANSACTION(db)
    {
        ann->name = "anna";
        TRANSACTION(db)
        {
            ann->name = "annika";
            ck_assert(qc_flush(db));
            break;
        }
        ck_assert_str_eq(ann->name, "anna");
    }
    expect_ok();
    expect_text(ONE(db, SELECT(Customer).WHERE(EQ(Customer_id, 1)))->name, "anna");
}

IN_SHOP(a_commit_that_cannot_flush_rolls_back)
{
    begin();
    struct Customer *ann = GET(db, Customer, 1);
    TRANSACTION(db)
    {
        ann->city = "Oslo";
        ck_assert(qc_flush(db));
        ann->name = "bob";
    }
    ck_assert_str_eq(qc_error(db)->sqlstate, "23505");
    ck_assert_str_eq(ann->name, "ann");
    ck_assert_str_eq(ann->city, "Rome");
}

IN_SHOP(loaders_give_objects)
{
    begin();
    struct Customer **customers =
        ALL(db, SELECT(Customer)
                    .ORDER_BY(Customer_id)
                    .LOAD(SELECTIN(Customer_sales, ASC(Sale_id)), SELECTIN(Customer_tags)));
    expect_ok();
    ck_assert_ptr_eq(customers[0]->sales[0], GET(db, Sale, 1));
    struct Sale *sale = ONE(db, SELECT(Sale).WHERE(EQ(Sale_id, 2)).LOAD(SELECTIN(Sale_customer)));
    ck_assert_ptr_eq(sale, customers[0]->sales[1]);
    ck_assert_ptr_eq(sale->customer, customers[0]);
    ck_assert(!qc_is_dirty(db, sale));
    ck_assert_ptr_eq(customers[0]->tags[0], customers[1]->tags[0]);
}

static int statements;
static void count_statement(const qc_event *event, void *data)
{
    (void)data;
    statements += event->kind == QC_EVENT_STATEMENT;
}

IN_SHOP(a_relationship_is_loaded_for_all_siblings_at_once)
{
    begin();
    struct Customer **customers = ALL(db, SELECT(Customer).ORDER_BY(Customer_id));
    qc_set_hook(db, QC_ON(STATEMENT), count_statement, NULL);
    statements = 0;
    size_t sales = 0;
    EACH (struct Customer, customer, customers)
        sales += qc_count(LOAD(db, customer, Customer_sales));
    ck_assert_uint_eq(sales, 4);
    ck_assert_int_eq(statements, 1);
    ck_assert_ptr_null(LOAD(db, customers[1], Customer_card));
    expect_ok();
    ck_assert_int_eq(LOAD(db, customers[0], Customer_card)->points, 100);
    ck_assert_int_eq(statements, 2);
    struct Sale *sale = customers[0]->sales[0];
    ck_assert_ptr_eq(LOAD(db, sale, Sale_customer), customers[0]);
    ck_assert_int_eq(statements, 2); /* the session has them */
}

IN_SHOP(a_session_starts_once_and_with_options_of_this_version)
{
    const qc_session_options unversioned = {.strict = true};
    ck_assert(!qc_session_start(db, &unversioned));
    const int line = __LINE__ - 1;
    ck_assert_str_eq(qc_error(db)->message,
                     "the options must have .version = QC_SESSION_OPTIONS_VERSION, as "
                     "QC_SESSION_OPTIONS(...) gives them");
    ck_assert_int_eq(qc_error(db)->line, line);
    ck_assert(qc_session_start(db, QC_SESSION_OPTIONS(.strict = true, .no_autoflush = true)));
    ck_assert(!qc_session_start(db, NULL));
    ck_assert_str_eq(qc_error(db)->message, "the connection is a session already");
}

IN_SHOP(a_strict_session_names_the_query_to_change)
{
    ck_assert(qc_session_start(db, QC_SESSION_OPTIONS(.strict = true)));
    const int line = __LINE__ + 1;
    struct Customer *ann = FIRST(db, SELECT(Customer).ORDER_BY(Customer_id));
    ck_assert_ptr_null(LOAD(db, ann, Customer_sales));
    char expected[200];
    snprintf(expected, sizeof(expected),
             "Customer.sales was not loaded by the query at %s:%d; add "
             ".LOAD(SELECTIN(Customer_sales)) there",
             __FILE__, line);
    ck_assert_str_eq(qc_error(db)->message, expected);
    ann = FIRST(db, SELECT(Customer).ORDER_BY(Customer_id).LOAD(SELECTIN(Customer_sales)));
    ck_assert_uint_eq(qc_count(LOAD(db, ann, Customer_sales)), 2);
    expect_ok();
}

IN_SHOP(a_strict_session_says_what_to_write)
{
    char expected[256];
    ck_assert(qc_session_start(db, QC_SESSION_OPTIONS(.strict = true)));
    const int get = __LINE__ + 1;
    struct Customer *bob = GET(db, Customer, 2);
    ck_assert_ptr_null(LOAD(db, bob, Customer_sales));
    snprintf(expected, sizeof(expected), "test_sessions.c:%d; write ONE(db, SELECT(Customer)", get);
    expect_failure(QC_ERROR_MISUSE, expected, __LINE__ - 2);
    const int query = __LINE__ + 1;
    struct Sale *sale = FIRST(db, SELECT(Sale).ORDER_BY(Sale_id).LOAD(SELECTIN(Sale_customer)));
    ck_assert_ptr_null(LOAD(db, sale->customer, Customer_tags));
    snprintf(expected, sizeof(expected),
             "test_sessions.c:%d; write SELECTIN(Sale_customer, SELECTIN(Customer_tags)) there",
             query);
    expect_failure(QC_ERROR_MISUSE, expected, query + 1);
    struct Customer *eve = NEW(db, Customer, .name = "eve");
    ck_assert(qc_flush(db));
    ck_assert_ptr_null(LOAD(db, eve, Customer_card));
    expect_failure(QC_ERROR_MISUSE,
                   "no query found the object, and the session is strict; find it with ONE(db, "
                   "SELECT(Customer).WHERE(…).LOAD(SELECTIN(Customer_card)))",
                   __LINE__ - 4);
    qc_session_stop(db);
}

/* Entities of generic rows have siblings as well. */
IN_SHOP(items_of_rows_are_loaded_at_once)
{
    ck_assert(qc_session_start(db, NULL));
    qc_row **rows = ALL(db, SELECT(Customer, Sale).JOIN(Customer_sales).ORDER_BY(Sale_id));
    BUDGET(db, .statements = 1)
        EACH (qc_row, row, rows) {
            const struct Customer *customer = qc_row_entity(row, 0);
            struct Customer *own = GET(db, Customer, customer->id);
            ck_assert_ptr_eq(own, customer);
            LOAD(db, own, Customer_tags);
            expect_ok();
        }
    qc_session_stop(db);
}

IN_SHOP(raise_forbids_to_load)
{
    begin();
    struct Customer *ann =
        FIRST(db, SELECT(Customer).ORDER_BY(Customer_id).LOAD(RAISE(Customer_sales)));
    ck_assert_ptr_null(LOAD(db, ann, Customer_sales));
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_MISUSE);
    ck_assert_ptr_nonnull(strstr(qc_error(db)->message, "RAISE(Customer_sales)"));
}

IN_SHOP(misuse_is_named)
{
    struct Customer plain = {.name = "x"};
    ck_assert_ptr_null(NEW(db, Customer, .name = "x"));
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_MISUSE);
    begin();
    ck_assert(!qc_delete(db, &plain));
    ck_assert_str_eq(qc_error(db)->message,
                     "the object is not of this session; load it here, or make it with NEW");
    ck_assert_ptr_null(GET(db, Customer, "one"));
    ck_assert_str_eq(qc_error(db)->message, "GET: the value for Customer.id is not of its type");
    struct Sale *sale = NEW(db, Sale, .customer = &plain);
    ck_assert(!qc_flush(db));
    ck_assert_str_eq(qc_error(db)->message, "Sale.customer points to an object of no session; make "
                                            "it with NEW, or load it here");
    ck_assert(qc_delete(db, sale));
    ck_assert(qc_flush(db));
}

Suite *sessions_suite(void);
Suite *sessions_suite(void)
{
    Suite *suite = suite_create("sessions");
    TCase *tests = shop_case(suite);
    ADD_IN_SHOP(tests, one_row_is_one_object);
    ADD_IN_SHOP(tests, get_asks_the_database_once);
    ADD_IN_SHOP(tests, new_objects_are_inserted_with_their_keys);
    ADD_IN_SHOP(tests, what_new_does_not_name_has_its_default);
    ADD_IN_SHOP(tests, changed_columns_only_are_written);
    ADD_IN_SHOP(tests, objects_changed_alike_go_together);
    ADD_IN_SHOP(tests, a_changed_key_is_written);
    ADD_IN_SHOP(tests, queries_flush_first);
    ADD_IN_SHOP(tests, a_relationship_moves_a_row);
    ADD_IN_SHOP(tests, doomed_objects_are_deleted);
    ADD_IN_SHOP(tests, a_failed_flush_leaves_objects_as_they_were);
    ADD_IN_SHOP(tests, a_row_that_is_gone_is_stale);
    ADD_IN_SHOP(tests, a_rollback_brings_everything_back);
    ADD_IN_SHOP(tests, what_a_text_commits_stays);
    ADD_IN_SHOP(tests, a_commit_writes_what_changed);
    ADD_IN_SHOP(tests, a_savepoint_is_undone_alone);
    ADD_IN_SHOP(tests, a_commit_that_cannot_flush_rolls_back);
    ADD_IN_SHOP(tests, loaders_give_objects);
    ADD_IN_SHOP(tests, a_relationship_is_loaded_for_all_siblings_at_once);
    ADD_IN_SHOP(tests, a_session_starts_once_and_with_options_of_this_version);
    ADD_IN_SHOP(tests, a_strict_session_names_the_query_to_change);
    ADD_IN_SHOP(tests, a_strict_session_says_what_to_write);
    ADD_IN_SHOP(tests, items_of_rows_are_loaded_at_once);
    ADD_IN_SHOP(tests, raise_forbids_to_load);
    ADD_IN_SHOP(tests, misuse_is_named);
    return suite;
}
