/* What is sent for a transaction, and what is said when the answer to COMMIT is lost? */
#include "members.h"
#include "engine/db.h"
#include "mock_driver.h"

#include <check.h>
#include <string.h>

static bool insert_one(void)
{
    return EXEC(db, INSERT(Member).SET(Member_email, "a")) >= 0;
}

START_TEST(what_a_block_sends)
{
    TRANSACTION(db) {
        insert_one();
        TRANSACTION(db)
            insert_one();
        TRANSACTION(db) {
            insert_one();
            break;
        }
    }
    TRANSACTION(db, .read_only = true)
        break;
    expect_log((const char *const[]){
        "BEGIN", "INSERT", "SAVEPOINT quercus", "INSERT", "RELEASE SAVEPOINT quercus",
        "SAVEPOINT quercus", "INSERT",
        "ROLLBACK TO SAVEPOINT quercus; RELEASE SAVEPOINT quercus", "COMMIT", "BEGIN READ ONLY",
        "ROLLBACK", NULL});
}
END_TEST

/* After the first failure nothing is sent but the end. */
START_TEST(what_a_failed_block_sends)
{
    mock.fail_at = 2;
    TRANSACTION(db) {
        ck_assert(!insert_one());
        ck_assert(!insert_one());
        ck_assert(!qc_begin(db));
        TRANSACTION(db)
            ck_abort_msg("the body was run");
        ck_assert(!qc_execute(db, "x"));
    }
    ck_assert_str_eq(qc_error(db)->constraint, "mock_constraint");
    expect_log((const char *const[]){"BEGIN", "INSERT", "ROLLBACK", NULL});
}
END_TEST

START_TEST(a_block_that_cannot_begin)
{
    mock.fail_at = 1;
    TRANSACTION(db)
        ck_abort_msg("the body was run");
    ck_assert_str_eq(qc_error(db)->sql, "BEGIN");
    ck_assert_int_eq(qc_error(db)->line, __LINE__ - 3);
    ck_assert_int_eq(qc_depth(db), 0);
    expect_log((const char *const[]){"BEGIN", NULL});
}
END_TEST

START_TEST(a_release_that_fails_fails_the_outer_one)
{
    mock.fail_at = 4;
    TRANSACTION(db) {
        TRANSACTION(db)
            insert_one();
        ck_assert(!qc_ok(db));
    }
    ck_assert_int_eq(qc_depth(db), 0);
    expect_log((const char *const[]){
        "BEGIN", "SAVEPOINT quercus", "INSERT", "RELEASE SAVEPOINT quercus",
        "ROLLBACK TO SAVEPOINT quercus; RELEASE SAVEPOINT quercus", "COMMIT", NULL});
}
END_TEST

START_TEST(an_undo_that_fails_fails_the_outer_one)
{
    mock.fail_at = 4;
    TRANSACTION(db) {
        TRANSACTION(db) {
            insert_one();
            break;
        }
        ck_assert(!insert_one());
    }
    ck_assert(!qc_ok(db));
    expect_log((const char *const[]){
        "BEGIN", "SAVEPOINT quercus", "INSERT",
        "ROLLBACK TO SAVEPOINT quercus; RELEASE SAVEPOINT quercus", "ROLLBACK", NULL});
}
END_TEST

/* ---- Lost answers. ---- */

static void lose_commit(enum qc_outcome outcome)
{
    qc_set_timeout(db, 60);
    mock.lose_commit = true;
    mock.outcome = outcome;
    TRANSACTION(db)
        insert_one();
}

START_TEST(it_was_committed)
{
    lose_commit(QC_OUTCOME_COMMITTED);
    ck_assert(qc_ok(db));
    ck_assert_int_eq(qc_outcome(db), QC_OUTCOME_COMMITTED);
    expect_log((const char *const[]){"BEGIN", "INSERT", "COMMIT", "resolve", NULL});
    ck_assert_str_eq(mock.binds[3], "77");
}
END_TEST

START_TEST(it_was_rolled_back)
{
    lose_commit(QC_OUTCOME_ROLLED_BACK);
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_DISCONNECTED);
    ck_assert_ptr_nonnull(strstr(qc_error(db)->detail, "rolled back"));
    ck_assert_str_eq(qc_error(db)->sql, "COMMIT");
    ck_assert_int_eq(qc_outcome(db), QC_OUTCOME_ROLLED_BACK);
}
END_TEST

START_TEST(it_is_known_later)
{
    lose_commit(QC_OUTCOME_UNKNOWN);
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_DISCONNECTED);
    ck_assert_int_eq(qc_outcome(db), QC_OUTCOME_UNKNOWN);
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_DISCONNECTED);
    mock.outcome = QC_OUTCOME_COMMITTED;
    ck_assert_int_eq(qc_outcome(db), QC_OUTCOME_COMMITTED);
    ck_assert(qc_ok(db));
    const size_t asked = mock.count;
    ck_assert_int_eq(qc_outcome(db), QC_OUTCOME_COMMITTED);
    ck_assert_uint_eq(mock.count, asked);
}
END_TEST

START_TEST(it_is_not_asked)
{
    qc_set_resolve_commits(db, false);
    lose_commit(QC_OUTCOME_COMMITTED);
    ck_assert(!qc_ok(db));
    ck_assert_int_eq(qc_outcome(db), QC_OUTCOME_UNKNOWN);
    expect_log((const char *const[]){"BEGIN", "INSERT", "COMMIT", NULL});
}
END_TEST

START_TEST(what_only_reads_is_not_asked_about)
{
    qc_set_timeout(db, 60);
    mock.lose_commit = true;
    TRANSACTION(db, .read_only = true)
        FIRST(db, SELECT(Member));
    ck_assert(!qc_ok(db));
    ck_assert_int_eq(qc_outcome(db), QC_OUTCOME_ROLLED_BACK);
    expect_log((const char *const[]){"BEGIN READ ONLY", "SELECT", "COMMIT", NULL});
}
END_TEST

START_TEST(many_nested_ones)
{
    enum { DEEP = 300 };
    for (int i = 0; i < DEEP; i++)
        ck_assert(qc_begin(db));
    ck_assert_int_eq(qc_depth(db), DEEP);
    mock.fail_at = 0;
    for (int i = 0; i < 100; i++)
        ck_assert(qc_commit(db));
    qc_close(db);
    db = qc_open_with(&mock_postgresql_driver, NULL, "mock:");
}
END_TEST

Suite *engine_transactions_suite(void)
{
    Suite *suite = suite_create("engine_transactions");
    add_tests(suite, "blocks",
              (const TTest *const[]){what_a_block_sends, what_a_failed_block_sends,
                                     a_block_that_cannot_begin,
                                     a_release_that_fails_fails_the_outer_one,
                                     an_undo_that_fails_fails_the_outer_one, many_nested_ones,
                                     NULL});
    add_tests(suite, "outcomes",
              (const TTest *const[]){it_was_committed, it_was_rolled_back, it_is_known_later,
                                     it_is_not_asked, what_only_reads_is_not_asked_about, NULL});
    return suite;
}
