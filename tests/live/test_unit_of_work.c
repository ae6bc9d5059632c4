/* The unit of work beyond plain writes: versions. */
#include "shop.h"

#include <stdio.h>
#include <string.h>

MODEL(Account, "accounts",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(holder, TEXT),
    COLUMN(balance, INTEGER),
    COLUMN(parent_id, NULLABLE(BIGINT), REFERENCES(Account, id)),
    COLUMN(version, INTEGER, VERSION),
    COLUMN(changed_at, NULLABLE(TIMESTAMPTZ), ON_UPDATE("now()")),
    HAS_MANY(children, Account, parent_id),
    HAS_MANY(entries, Entry, account_id, BACK(account), CASCADE(DELETE)))

MODEL(Entry, "entries",
    COLUMN(account_id, BIGINT, PRIMARY_KEY, REFERENCES(Account, id)),
    COLUMN(line, SMALLINT, PRIMARY_KEY),
    COLUMN(amount, INTEGER),
    COLUMN(revision, BIGINT, VERSION),
    BELONGS_TO(account, Account, account_id, BACK(entries)))

SCHEMA(bank, Account, Entry)

/* Accounts 1 ann, 2 bob, 3 cyd, of version 1. */
static struct Account *accounts[3];

static void open_bank(void)
{
    static const char *const holders[] = {"ann", "bob", "cyd"};
    if (!qc_drop_all(db, &bank) || !qc_create_all(db, &bank))
        database_fail(db, "the bank");
    ck_assert(qc_session_start(db, NULL));
    for (int i = 0; i < 3; i++)
        accounts[i] = NEW(db, Account, .holder = holders[i], .balance = 100 * i);
    ck_assert(qc_flush(db));
}

#define IN_BANK(name)                                                                              \
    static void name##_in_bank(void);                                                              \
    IN_SHOP(name)                                                                                  \
    {                                                                                              \
        open_bank();                                                                               \
        name##_in_bank();                                                                          \
        qc_session_stop(db);                                                                       \
        ck_assert(qc_drop_all(db, &bank));                                                         \
    }                                                                                              \
    static void name##_in_bank(void)

static void expect_versions(const char *expected)
{
    expect_rows(ALL(db, SELECT(Account_version).ORDER_BY(Account_id)), expected);
}

/* What another session does. */
static void rival_changes(int64_t id)
{
    expect_int(EXEC(db, UPDATE(Account)
                            .SET(Account_version, ADD(Account_version, 1))
                            .WHERE(EQ(Account_id, id))),
               1);
}

IN_BANK(versions_count_what_is_written)
{
    ck_assert_int_eq(accounts[0]->version, 1);
    expect_versions("1, 1, 1");
    accounts[0]->balance = 5;
    ck_assert(qc_flush(db));
    ck_assert_int_eq(accounts[0]->version, 2);
    ck_assert(accounts[0]->changed_at.set);
    ck_assert(!qc_is_dirty(db, accounts[0]));
    for (int i = 0; i < 3; i++)
        accounts[i]->balance++;
    ck_assert(qc_flush(db));
    ck_assert_int_eq(accounts[0]->version, 3);
    ck_assert_int_eq(accounts[1]->version, 2);
    expect_versions("3, 2, 2");
}

IN_BANK(a_stale_write_names_the_row)
{
    rival_changes(2);
    accounts[1]->balance = 7;
    const int line = __LINE__ + 1;
    ck_assert(!qc_flush(db));
    expect_failure(QC_ERROR_STALE,
                   "the row of Account 2 was changed by somebody else: it has the version 2, and "
                   "the object, which the session has since ",
                   line);
    expect_failure(QC_ERROR_STALE, ", the version 1; nothing was written", line);
    ck_assert_int_eq(accounts[1]->version, 1);
    ck_assert_int_eq(accounts[1]->balance, 7);
    ck_assert(qc_refresh(db, accounts[1]));
    ck_assert_int_eq(accounts[1]->version, 2);
    accounts[1]->balance = 8;
    ck_assert(qc_flush(db));
    expect_versions("1, 3, 1");
}

IN_BANK(the_stale_one_of_many_is_named)
{
    rival_changes(2);
    for (int i = 0; i < 3; i++)
        accounts[i]->balance = 1;
    ck_assert(!qc_flush(db));
    expect_failure(QC_ERROR_STALE, "the row of Account 2 was changed", 0);
    ck_assert_int_eq(accounts[0]->version, 1);
    for (int i = 0; i < 3; i++)
        ck_assert(qc_refresh(db, accounts[i]));
    expect_versions("1, 2, 1");
}

IN_BANK(the_missing_one_of_many_is_named)
{
    expect_int(EXEC(db, DELETE(Account).WHERE(EQ(Account_id, 3))), 1);
    for (int i = 0; i < 3; i++)
        accounts[i]->balance = 1;
    ck_assert(!qc_flush(db));
    expect_failure(QC_ERROR_STALE, "the row of Account 3 is not there any more", 0);
}

IN_BANK(a_stale_delete_is_refused)
{
    rival_changes(3);
    for (int i = 0; i < 3; i++)
        ck_assert(qc_delete(db, accounts[i]));
    ck_assert(!qc_flush(db));
    expect_failure(QC_ERROR_STALE, "the row of Account 3 was changed", 0);
    expect_failure(QC_ERROR_STALE, "nothing was deleted", 0);
    ck_assert_int_eq(qc_state(db, accounts[0]), QC_STATE_DOOMED);
    ck_assert(qc_refresh(db, accounts[2]));
    ck_assert(qc_flush(db));
    expect_versions("");
}

IN_BANK(a_version_of_the_callers_is_the_one_that_is_compared)
{
    accounts[0]->balance = 9;
    accounts[0]->version = 4; /* as a form said */
    ck_assert(!qc_flush(db));
    expect_failure(QC_ERROR_STALE, "it has the version 1", 0);
    accounts[0]->version = 1;
    ck_assert(qc_flush(db));
    ck_assert_int_eq(accounts[0]->version, 2);
}

IN_BANK(versions_of_composite_keys)
{
    struct Entry *entries[2];
    for (int i = 0; i < 2; i++)
        entries[i] = NEW(db, Entry, .account = accounts[i], .line = 4, .amount = i);
    ck_assert(qc_flush(db));
    for (int i = 0; i < 2; i++)
        entries[i]->amount = 10;
    ck_assert(qc_flush(db));
    ck_assert_int_eq(entries[1]->revision, 2);
    expect_int(EXEC(db, UPDATE(Entry).SET(Entry_revision, 9).WHERE(EQ(Entry_account_id, 2))), 1);
    for (int i = 0; i < 2; i++)
        ck_assert(qc_delete(db, entries[i]));
    ck_assert(!qc_flush(db));
    expect_failure(QC_ERROR_STALE, "the row of Entry (2, 4) was changed by somebody else", 0);
    expect_failure(QC_ERROR_STALE, "it has the version 9", 0);
    ck_assert(qc_refresh(db, entries[1]));
    ck_assert(qc_flush(db));
}

IN_BANK(a_rollback_brings_versions_back)
{
    TRANSACTION(db)
    {
        accounts[0]->balance = 1;
        accounts[1]->balance = 1;
        ck_assert(qc_flush(db));
        ck_assert_int_eq(accounts[0]->version, 2);
        break;
    }
    ck_assert_int_eq(accounts[0]->version, 1);
    accounts[0]->balance = 2;
    ck_assert(qc_flush(db));
    expect_versions("2, 1, 1");
}

IN_BANK(children_that_lose_their_parent_are_counted_too)
{
    ADD_TO(db, accounts[0], Account_children, accounts[1]);
    ADD_TO(db, accounts[0], Account_children, accounts[2]);
    ck_assert(qc_flush(db));
    expect_versions("1, 2, 2");
    ck_assert(qc_delete(db, accounts[0]));
    ck_assert(qc_delete(db, accounts[2]));
    ck_assert(qc_flush(db));
    ck_assert(!accounts[1]->parent_id.set);
    ck_assert_int_eq(accounts[1]->version, 3);
    accounts[1]->balance = 3;
    ck_assert(qc_flush(db));
    expect_versions("4");
}

IN_BANK(a_changed_key_takes_what_the_database_made)
{
    accounts[0]->id = 40;
    accounts[0]->changed_at.set = false;
    ck_assert(qc_flush(db));
    ck_assert(accounts[0]->changed_at.set);
    ck_assert_int_eq(accounts[0]->version, 2);
    ck_assert_ptr_eq(GET(db, Account, 40), accounts[0]);
}

Suite *unit_of_work_suite(void);
Suite *unit_of_work_suite(void)
{
    Suite *suite = suite_create("unit_of_work");
    TCase *tests = shop_case(suite);
    ADD_IN_SHOP(tests, versions_count_what_is_written);
    ADD_IN_SHOP(tests, a_stale_write_names_the_row);
    ADD_IN_SHOP(tests, the_stale_one_of_many_is_named);
    ADD_IN_SHOP(tests, the_missing_one_of_many_is_named);
    ADD_IN_SHOP(tests, a_stale_delete_is_refused);
    ADD_IN_SHOP(tests, a_version_of_the_callers_is_the_one_that_is_compared);
    ADD_IN_SHOP(tests, versions_of_composite_keys);
    ADD_IN_SHOP(tests, a_rollback_brings_versions_back);
    ADD_IN_SHOP(tests, children_that_lose_their_parent_are_counted_too);
    ADD_IN_SHOP(tests, a_changed_key_takes_what_the_database_made);
    return suite;
}
