/* The unit of work beyond plain writes: versions, hooks of models, defaults made by functions. */
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

/* ---- A model with hooks: what happened is written into the log that is their context. ---- */

struct Memo;
bool memo_has_words(const struct Memo *memo, qc_invalid *why);
void memo_stamps(struct Memo *memo, void *context);
void memo_counts(struct Memo *memo, void *context);
void memo_inserted(struct Memo *memo, void *context);
void memo_updated(struct Memo *memo, void *context);
void memo_going(struct Memo *memo, void *context);
void memo_gone(struct Memo *memo, void *context);
void memo_loaded(struct Memo *memo, void *context);
int64_t next_memo(void);
const char *first_words(void);

MODEL(Memo, "memos",
    COLUMN(id, BIGINT, PRIMARY_KEY, DEFAULT_BY(next_memo)),
    COLUMN(words, TEXT, DEFAULT_BY(first_words)),
    COLUMN(stamp, NULLABLE(TEXT)),
    COLUMN(writes, INTEGER),
    VALIDATE(memo_has_words),
    BEFORE(INSERT, memo_stamps),
    BEFORE(INSERT, memo_counts),
    BEFORE(UPDATE, memo_counts),
    AFTER(INSERT, memo_inserted),
    AFTER(UPDATE, memo_updated),
    BEFORE(DELETE, memo_going),
    AFTER(DELETE, memo_gone),
    AFTER(LOAD, memo_loaded))

SCHEMA(bank, Account, Entry, Memo)

static char happened[256];
static bool misuses, misuses_late; /* a hook before, or behind, uses the connection */
static bool checks_badly;          /* so does the check */
static bool undoes;                /* a hook takes the change back */

static void note(void *context, const char *what, const struct Memo *memo)
{
    char *log = context;
    snprintf(log + strlen(log), sizeof(happened) - strlen(log), "%s %s; ", what, memo->words);
}

bool memo_has_words(const struct Memo *memo, qc_invalid *why)
{
    if (checks_badly)
        qc_flush(db);
    return memo->words[0] || qc_invalid_because(why, "memo %d is empty", (int)memo->id);
}

void memo_stamps(struct Memo *memo, void *context)
{
    static char stamp[8];
    (void)context;
    memo->stamp = strcpy(stamp, "stamped");
}

void memo_counts(struct Memo *memo, void *context)
{
    (void)context;
    if (undoes)
        memo->words = first_words();
    else
        memo->writes++;
    if (misuses)
        qc_flush(db);
}

void memo_inserted(struct Memo *memo, void *context)
{
    note(context, "inserted", memo);
    if (misuses_late)
        qc_flush(db);
}

void memo_updated(struct Memo *memo, void *context)
{
    note(context, "updated", memo);
}

void memo_going(struct Memo *memo, void *context)
{
    note(context, "going", memo);
}

void memo_gone(struct Memo *memo, void *context)
{
    note(context, "gone", memo);
}

void memo_loaded(struct Memo *memo, void *context)
{
    note(context, "loaded", memo);
    memo->stamp = "seen";
}

int64_t next_memo(void)
{
    static int64_t last = 100;
    return ++last;
}

const char *first_words(void)
{
    return "Dear friend";
}

/* Accounts 1 ann, 2 bob, 3 cyd, of version 1. */
static struct Account *accounts[3];

static void open_bank(void)
{
    static const char *const holders[] = {"ann", "bob", "cyd"};
    if (!qc_drop_all(db, &bank) || !qc_create_all(db, &bank))
        database_fail(db, "the bank");
    ck_assert(qc_session_start(db, QC_SESSION_OPTIONS(.context = happened)));
    happened[0] = 0;
    misuses = misuses_late = checks_badly = undoes = false;
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
    char since[32];
    snprintf(since, sizeof(since), ".c:%d, the version 1;", __LINE__ + 1);
    ck_assert_uint_eq(qc_count(ALL(db, SELECT(Account).ORDER_BY(Account_id))), 3);
    rival_changes(2);
    accounts[1]->balance = 7;
    const int line = __LINE__ + 1;
    ck_assert(!qc_flush(db));
    expect_failure(QC_ERROR_STALE,
                   "the row of Account 2 was changed by somebody else: it has the version 2, and "
                   "the object, which the session has since ",
                   line);
    expect_failure(QC_ERROR_STALE, since, line);
    expect_failure(QC_ERROR_STALE, ", the version 1; nothing was written", line);
    ck_assert_int_eq(accounts[1]->version, 1);
    ck_assert_int_eq(accounts[1]->balance, 7);
    ck_assert(qc_refresh(db, accounts[1]));
    ck_assert_int_eq(accounts[1]->version, 2);
    accounts[1]->balance = 8;
    ck_assert(qc_flush(db));
    expect_versions("1, 3, 1");
}

IN_BANK(a_stale_object_that_no_query_found_has_no_line)
{
    struct Account *account = NEW(db, Account, .holder = "dan", .balance = 1);
    ck_assert(qc_flush(db));
    rival_changes(account->id);
    account->balance = 7;
    ck_assert(!qc_flush(db));
    expect_failure(QC_ERROR_STALE,
                   "it has the version 2, and the object the version 1; nothing was written",
                   __LINE__ - 3);
    ck_assert(qc_refresh(db, account));
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

IN_BANK(a_missing_row_without_a_version_is_named_too)
{
    struct Tag *tags[3];
    for (int i = 0; i < 3; i++)
        tags[i] = NEW(db, Tag, .id = 70 + i, .word = "x");
    ck_assert(qc_flush(db));
    expect_int(EXEC(db, DELETE(Tag).WHERE(EQ(Tag_id, 71))), 1);
    for (int i = 0; i < 3; i++)
        tags[i]->word = "y";
    ck_assert(!qc_flush(db));
    expect_failure(QC_ERROR_STALE, "the row of Tag 71 is not there any more", 0);
    qc_expunge(db, tags[1]);
    ck_assert(qc_flush(db));
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Tag).WHERE(EQ(Tag_word, "y"))), 2);
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

/* Both rows are of version 1. */
IN_BANK(a_stale_object_does_not_meet_the_next_row)
{
    expect_int(EXEC(db, DELETE(Account).WHERE(EQ(Account_id, 3))), 1);
    const struct Account rival = {.holder = "dan", .balance = 7, .version = 1};
    expect_int(EXEC(db, INSERT_ROW(Account, &rival)), 1);
    accounts[2]->balance = 1;
    ck_assert(!qc_flush(db));
    expect_failure(QC_ERROR_STALE, "the row of Account 3 is not there any more", __LINE__ - 1);
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

IN_BANK(many_rows_of_a_composite_key_are_deleted_together)
{
    enum { COUNT = 600 };
    struct Entry *entries[COUNT];
    for (int i = 0; i < COUNT; i++)
        entries[i] = NEW(db, Entry, .account = accounts[0], .line = (int16_t)i, .amount = i);
    ck_assert(qc_flush(db));
    expect_int(EXEC(db, UPDATE(Entry).SET(Entry_revision, 9).WHERE(EQ(Entry_line, 555))), 1);
    for (int i = 0; i < COUNT; i++)
        ck_assert(qc_delete(db, entries[i]));
    ck_assert(!qc_flush(db));
    expect_failure(QC_ERROR_STALE, "the row of Entry (1, 555) was changed by somebody else: it has "
                                   "the version 9, and the object the version 1",
                   0);
    entries[555]->revision = 9; /* as a form said */
    BUDGET(db, .statements = database == SQLITE_DATABASE ? 2 : 1)
    {
        ck_assert(qc_flush(db));
    }
    expect_int(SCALAR(db, SELECT(COUNT(Entry_line))), 0);
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

/* ---- Hooks. ---- */

static struct Memo *write_memo(const char *words)
{
    struct Memo *memo = NEW(db, Memo, .words = words);
    expect_ok();
    ck_assert(qc_flush(db));
    return memo;
}

IN_BANK(functions_make_defaults)
{
    struct Memo *first = NEW(db, Memo);
    struct Memo *second = NEW(db, Memo, .words = "hello");
    ck_assert_int_eq(second->id, first->id + 1);
    ck_assert_str_eq(first->words, "Dear friend");
    ck_assert_ptr_ne(first->words, first_words());
    ck_assert_str_eq(second->words, "hello");
    struct Memo *third = NEW(db, Memo, .id = 7);
    ck_assert_int_eq(third->id, 7);
    ck_assert(qc_flush(db));
    expect_rows(ALL(db, SELECT(Memo_words).WHERE(EQ(Memo_id, first->id))), "Dear friend");
}

IN_BANK(hooks_run_at_their_moments)
{
    struct Memo *memo = write_memo("one");
    ck_assert_str_eq(memo->stamp, "stamped");
    ck_assert_int_eq(memo->writes, 1);
    memo->words = "two";
    ck_assert(qc_flush(db));
    ck_assert_int_eq(memo->writes, 2);
    expect_rows(ALL(db, SELECT(Memo_words, Memo_stamp, Memo_writes)), "two|stamped|2");
    ck_assert(qc_flush(db));
    ck_assert(qc_delete(db, memo));
    ck_assert(qc_flush(db));
    ck_assert_str_eq(happened, "inserted one; updated two; going two; gone two; ");
}

IN_BANK(what_a_hook_makes_of_a_loaded_object_is_no_change)
{
    struct Memo *memo = write_memo("one");
    const int64_t id = memo->id;
    ck_assert(qc_expunge(db, memo));
    happened[0] = 0;
    memo = GET(db, Memo, id);
    ck_assert_ptr_eq(ALL(db, SELECT(Memo))[0], memo);
    ck_assert_str_eq(happened, "loaded one; ");
    ck_assert_str_eq(memo->stamp, "seen");
    ck_assert(!qc_is_dirty(db, memo));
    ck_assert(qc_refresh(db, memo));
    ck_assert_str_eq(happened, "loaded one; loaded one; ");
    ck_assert_str_eq(memo->stamp, "seen");
    expect_rows(ALL(db, SELECT(Memo_stamp)), "stamped");
}

IN_BANK(what_is_not_valid_is_not_written)
{
    struct Memo *good = NEW(db, Memo, .words = "good");
    struct Memo *empty = NEW(db, Memo, .id = 9, .words = "");
    empty->words = "";
    const int line = __LINE__ + 1;
    ck_assert(!qc_flush(db));
    expect_failure(QC_ERROR_INVALID, "a new Memo is not valid: memo 9 is empty", line);
    ck_assert_int_eq(qc_state(db, good), QC_STATE_PENDING);
    ck_assert_int_eq(good->writes, 0);
    ck_assert_ptr_null(good->stamp);
    empty->words = "full";
    ck_assert(qc_flush(db));
    empty->words = "";
    ck_assert(!qc_flush(db));
    expect_failure(QC_ERROR_INVALID, "Memo 9 is not valid: memo 9 is empty", 0);
    ck_assert_int_eq(empty->writes, 1);
    empty->words = "full";
    expect_rows(ALL(db, SELECT(Memo_words).ORDER_BY(Memo_id)), "full, good");
}

IN_BANK(a_hook_may_not_use_the_connection)
{
    struct Memo *memo = NEW(db, Memo);
    misuses = true;
    ck_assert(!qc_flush(db));
    expect_failure(QC_ERROR_MISUSE, "a hook may not use the connection it was called for", 0);
    ck_assert_int_eq(qc_state(db, memo), QC_STATE_PENDING);
    misuses = false;
    misuses_late = true;
    ck_assert(!qc_flush(db));
    expect_failure(QC_ERROR_MISUSE, "a hook may not use the connection it was called for", 0);
    ck_assert_int_eq(qc_state(db, memo), QC_STATE_PENDING);
    misuses_late = false;
    checks_badly = true;
    ck_assert(!qc_flush(db));
    expect_failure(QC_ERROR_MISUSE, "a hook may not use the connection it was called for", 0);
    checks_badly = false;
    ck_assert(qc_flush(db));
}

IN_BANK(what_a_hook_takes_back_is_not_written)
{
    struct Memo *memo = NEW(db, Memo);
    ck_assert(qc_flush(db));
    happened[0] = 0;
    undoes = true;
    memo->words = "changed";
    ck_assert(qc_flush(db));
    expect_ok();
    ck_assert_str_eq(happened, "");
    ck_assert(!qc_is_dirty(db, memo));
    expect_rows(ALL(db, SELECT(Memo_words)), "Dear friend");
}

/* They are children of each other, and point to none. */
IN_BANK(objects_that_are_tied_in_a_ring_are_inserted)
{
    struct Account *a = NEW(db, Account, .holder = "a"), *b = NEW(db, Account, .holder = "b");
    struct Account *c = NEW(db, Account, .holder = "c");
    ck_assert(ADD_TO(db, a, Account_children, c) && ADD_TO(db, c, Account_children, b));
    ck_assert(REMOVE_FROM(db, c, Account_children, b) && ADD_TO(db, c, Account_children, b));
    ck_assert(ADD_TO(db, b, Account_children, a));
    ck_assert(qc_flush(db));
    ck_assert_int_eq(c->parent_id.value, a->id);
    ck_assert_int_eq(b->parent_id.value, c->id);
    ck_assert_int_eq(a->parent_id.value, b->id);
    expect_int(SCALAR(db, SELECT(COUNT(Account_parent_id))), 3);
}

/* ---- What the random test of sessions found. ---- */

IN_BANK(a_released_savepoint_is_not_undone_with_the_next_one)
{
    struct Account *dan = NULL;
    TRANSACTION(db)
    {
        TRANSACTION(db)
        {
            dan = NEW(db, Account, .holder = "dan");
            accounts[0]->balance = 1;
        }
        TRANSACTION(db)
        {
            accounts[0]->balance = 2;
            ck_assert(qc_flush(db));
            break;
        }
        ck_assert_int_eq(qc_state(db, dan), QC_STATE_PERSISTENT);
        ck_assert_int_eq(accounts[0]->balance, 1);
    }
    expect_ok();
    ck_assert_int_eq(qc_state(db, dan), QC_STATE_PERSISTENT);
}

IN_BANK(what_was_expunged_does_not_come_back_with_a_rollback)
{
    TRANSACTION(db)
    {
        accounts[0]->balance = 1;
        ck_assert(qc_flush(db));
        ck_assert(qc_expunge(db, accounts[0]));
        break;
    }
    struct Account *again = GET(db, Account, 1);
    ck_assert_ptr_ne(again, accounts[0]);
    ck_assert_int_eq(qc_state(db, again), QC_STATE_PERSISTENT);
    ck_assert_int_eq(qc_state(db, accounts[0]), QC_STATE_TRANSIENT);
}

IN_BANK(a_refresh_is_undone_with_its_transaction)
{
    TRANSACTION(db)
    {
        rival_changes(1);
        ck_assert(qc_refresh(db, accounts[0]));
        ck_assert_int_eq(accounts[0]->version, 2);
        break;
    }
    ck_assert_int_eq(accounts[0]->version, 1);
}

IN_BANK(the_last_word_about_an_owner_counts)
{
    struct Entry *entry = NEW(db, Entry, .account = accounts[0], .line = 1);
    ck_assert(qc_flush(db));
    ADD_TO(db, accounts[1], Account_entries, entry);
    entry->account = accounts[0];
    ck_assert(qc_flush(db));
    ck_assert_int_eq(entry->account_id, 1);
    ADD_TO(db, accounts[0], Account_children, accounts[1]);
    struct Account *gone = NEW(db, Account, .holder = "gone");
    ADD_TO(db, gone, Account_children, accounts[2]);
    ck_assert(qc_delete(db, gone));
    ck_assert(qc_flush(db));
    ck_assert(accounts[1]->parent_id.set);
    ck_assert(!accounts[2]->parent_id.set);
}

Suite *unit_of_work_suite(void);
Suite *unit_of_work_suite(void)
{
    Suite *suite = suite_create("unit_of_work");
    TCase *tests = shop_case(suite);
    ADD_IN_SHOP(tests, versions_count_what_is_written);
    ADD_IN_SHOP(tests, a_stale_write_names_the_row);
    ADD_IN_SHOP(tests, a_stale_object_that_no_query_found_has_no_line);
    ADD_IN_SHOP(tests, the_stale_one_of_many_is_named);
    ADD_IN_SHOP(tests, the_missing_one_of_many_is_named);
    ADD_IN_SHOP(tests, a_missing_row_without_a_version_is_named_too);
    ADD_IN_SHOP(tests, a_stale_delete_is_refused);
    ADD_IN_SHOP(tests, a_stale_object_does_not_meet_the_next_row);
    ADD_IN_SHOP(tests, a_version_of_the_callers_is_the_one_that_is_compared);
    ADD_IN_SHOP(tests, versions_of_composite_keys);
    ADD_IN_SHOP(tests, many_rows_of_a_composite_key_are_deleted_together);
    ADD_IN_SHOP(tests, a_rollback_brings_versions_back);
    ADD_IN_SHOP(tests, children_that_lose_their_parent_are_counted_too);
    ADD_IN_SHOP(tests, a_changed_key_takes_what_the_database_made);
    ADD_IN_SHOP(tests, functions_make_defaults);
    ADD_IN_SHOP(tests, hooks_run_at_their_moments);
    ADD_IN_SHOP(tests, what_a_hook_makes_of_a_loaded_object_is_no_change);
    ADD_IN_SHOP(tests, what_is_not_valid_is_not_written);
    ADD_IN_SHOP(tests, a_hook_may_not_use_the_connection);
    ADD_IN_SHOP(tests, what_a_hook_takes_back_is_not_written);
    ADD_IN_SHOP(tests, objects_that_are_tied_in_a_ring_are_inserted);
    ADD_IN_SHOP(tests, a_released_savepoint_is_not_undone_with_the_next_one);
    ADD_IN_SHOP(tests, what_was_expunged_does_not_come_back_with_a_rollback);
    ADD_IN_SHOP(tests, a_refresh_is_undone_with_its_transaction);
    ADD_IN_SHOP(tests, the_last_word_about_an_owner_counts);
    return suite;
}
