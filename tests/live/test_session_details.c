/* Sessions on both databases, looked at closely: aliases, keys that come back, groups of changes,
 * memory that is given back. */
#include "engine/db.h"
#include "shop.h"

static void begin(void)
{
    ck_assert(qc_session_start(db, NULL));
}

IN_SHOP(an_alias_gives_the_same_objects)
{
    begin();
    const struct Sale *sale = GET(db, Sale, 1);
    ALIAS(Sale, sold);
    struct Sale *found = FIRST(db, SELECT(sold).ORDER_BY(sold.id));
    expect_ok();
    ck_assert(found == sale);
}

IN_SHOP(a_key_that_came_back_is_forgotten_with_its_object)
{
    begin();
    struct Tag *tag = NEW(db, Tag, .id = 7, .word = "x");
    ck_assert(qc_flush(db));
    for (int id = 8; id >= 7; id--) {
        tag->id = id;
        ck_assert(qc_flush(db));
    }
    ck_assert(qc_expunge(db, tag));
    struct Tag *found = GET(db, Tag, 7);
    expect_ok();
    ck_assert_int_eq(qc_state(db, found), QC_STATE_PERSISTENT);
    ck_assert(found != tag);
}

IN_SHOP(rows_that_did_not_come_into_being_are_missed)
{
    begin();
    if (database == SQLITE_DATABASE) {
        database_run(db, "CREATE TRIGGER swallow BEFORE INSERT ON customers "
                         "BEGIN SELECT RAISE(IGNORE); END");
    } else {
        database_run(db, "CREATE OR REPLACE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS "
                         "'BEGIN RETURN NULL; END'");
        database_run(db, "CREATE TRIGGER swallow BEFORE INSERT ON customers FOR EACH ROW "
                         "EXECUTE FUNCTION swallow()");
    }
    struct Customer *eve = NEW(db, Customer, .name = "eve");
    ck_assert(!qc_flush(db));
    ck_assert_str_eq(qc_error(db)->message,
                     "1 objects of Customer were inserted, but 0 rows came back");
    ck_assert_int_eq(qc_state(db, eve), QC_STATE_PENDING);
}

#define FOUR(n)                                                                                    \
    COLUMN(a##n, INTEGER), COLUMN(b##n, INTEGER), COLUMN(c##n, INTEGER), COLUMN(d##n, INTEGER)
MODEL(Ledger, "ledgers", COLUMN(first, INTEGER), COLUMN(id, BIGINT, PRIMARY_KEY), FOUR(1), FOUR(2),
      FOUR(3), FOUR(4), FOUR(5), FOUR(6), FOUR(7), FOUR(8), FOUR(9), FOUR(10), FOUR(11), FOUR(12),
      FOUR(13), FOUR(14), FOUR(15), COLUMN(c62, INTEGER), COLUMN(c63, INTEGER),
      COLUMN(c64, INTEGER))
SCHEMA(ledgers, Ledger)

IN_SHOP(any_of_many_columns_may_change)
{
    ck_assert(qc_drop_all(db, &ledgers) && qc_create_all(db, &ledgers));
    begin();
    struct Ledger *ledger[2] = {NEW(db, Ledger, .id = 1), NEW(db, Ledger, .id = 2)};
    ck_assert(qc_flush(db));
    ledger[0]->first = 5;
    ledger[1]->c64 = 6;
    ck_assert(qc_flush(db));
    expect_rows(ALL(db, SELECT(Ledger_first, Ledger_c64).ORDER_BY(Ledger_id)), "5|0, 0|6");
    ledger[0]->c64 = 7;
    ledger[1]->first = 8;
    ck_assert(qc_flush(db));
    expect_rows(ALL(db, SELECT(Ledger_first, Ledger_c64).ORDER_BY(Ledger_id)), "5|7, 8|6");
    qc_session_stop(db);
    ck_assert(qc_drop_all(db, &ledgers));
}

static void count_statement(const qc_event *event, void *data)
{
    (void)event;
    ++*(int *)data;
}

IN_SHOP(each_set_of_changed_columns_is_one_statement)
{
    begin();
    struct Sale **sales = ALL(db, SELECT(Sale).ORDER_BY(Sale_id));
    expect_ok();
    sales[0]->qty = sales[2]->qty = sales[3]->qty = 10;
    sales[1]->note = sales[2]->note = "new";
    int statements = 0;
    qc_set_hook(db, QC_ON(STATEMENT), count_statement, &statements);
    ck_assert(qc_flush(db));
    /* Of a transaction; SQLite has a savepoint and two for what is one on PostgreSQL. */
    qc_set_hook(db, 0, NULL, NULL);
    ck_assert_int_eq(statements, database == POSTGRESQL_DATABASE ? 5 : 8);
    expect_rows(ALL(db, SELECT(Sale_qty, Sale_note).ORDER_BY(Sale_id)),
                "10|red, 3|new, 10|new, 10|100%_x");
}

/* Whatever a session asks for itself lies in memory that it gives back. */
IN_SHOP(what_a_session_asks_for_leaves_nothing_behind)
{
    begin();
    size_t before = 0, queries = 0;
    for (int i = 0; i < 60; i++) {
        struct Customer *ann = GET(db, Customer, 1);
        const struct Customer given = *ann;
        ck_assert_uint_eq(qc_count(LOAD(db, ann, Customer_sales)), 2);
        ann->city = i % 2 ? "Rome" : "Oslo";
        ck_assert(qc_flush(db) && qc_refresh(db, ann));
        for (int k = 0; k < 20; k++)
            ck_assert(qc_merge(db, Customer, &given) == ann);
        ck_assert(qc_expunge(db, ann));
        if (i == 9) {
            before = qc_arena_bytes(db->results);
            queries = qc_arena_bytes(qc_current_arena());
        }
    }
    ck_assert_uint_eq(qc_arena_bytes(db->results), before);
    ck_assert_uint_eq(qc_arena_bytes(qc_current_arena()), queries);
}

Suite *session_details_suite(void);
Suite *session_details_suite(void)
{
    Suite *suite = suite_create("session_details");
    TCase *tests = shop_case(suite);
    ADD_IN_SHOP(tests, an_alias_gives_the_same_objects);
    ADD_IN_SHOP(tests, a_key_that_came_back_is_forgotten_with_its_object);
    ADD_IN_SHOP(tests, rows_that_did_not_come_into_being_are_missed);
    ADD_IN_SHOP(tests, any_of_many_columns_may_change);
    ADD_IN_SHOP(tests, each_set_of_changed_columns_is_one_statement);
    ADD_IN_SHOP(tests, what_a_session_asks_for_leaves_nothing_behind);
    return suite;
}
