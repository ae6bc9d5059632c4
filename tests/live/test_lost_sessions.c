/* What becomes of a transaction whose session is ended, or that is to outlast it? */
#include "rivals.h"

#include <string.h>

/* ---- Sessions that are ended. ---- */

static int backend_of(qc_db *on)
{
    return SCALAR(on, SELECT(FUNC("pg_backend_pid", INTEGER)));
}

static void end_session(int backend)
{
    const bool ended = SCALAR(other, SELECT(FUNC("pg_terminate_backend", BOOLEAN, backend)));
    must(other, ended, "terminate");
    sleep_ms(30);
}

/* The session ends before step `at` of: update, update, COMMIT. */
static void lose_at(int at, bool by_hand)
{
    const int backend = backend_of(db);
    must(db, qc_begin(db), "begin");
    for (int step = 0; step < 2; step++) {
        if (step == at)
            end_session(backend);
        add(db, 1, 1);
    }
    if (at == 2)
        end_session(backend);
    if (by_hand)
        ck_assert(!qc_commit(db));
    else
        ck_assert(!qc_rollback(db) || qc_ok(db));
}

START_TEST(a_session_is_ended_at_each_step)
{
    for (int at = 0; at < 3; at++) {
        open_both(POSTGRESQL_DATABASE);
        lose_at(at, true);
        expect_code(QC_ERROR_DISCONNECTED, "");
        ck_assert_int_eq(qc_outcome(db), QC_OUTCOME_ROLLED_BACK);
        ck_assert_int_eq(qc_depth(db), 0);
        ck_assert_int_eq(value_of(other, 1), 0);
        ck_assert(!qc_commit(db));
        expect_code(QC_ERROR_DISCONNECTED, "lost");
        close_both();
    }
}
END_TEST

START_TEST(a_session_is_ended_inside_a_block)
{
    for (int at = 0; at < 3; at++) {
        open_both(POSTGRESQL_DATABASE);
        const int backend = backend_of(db);
        TRANSACTION(db) {
            if (at == 0)
                end_session(backend);
            TRANSACTION(db) {
                add(db, 1, 1);
                if (at == 1)
                    end_session(backend);
                add(db, 1, 1);
            }
            if (at == 2)
                end_session(backend);
        }
        expect_code(QC_ERROR_DISCONNECTED, "");
        ck_assert_int_eq(qc_outcome(db), QC_OUTCOME_ROLLED_BACK);
        ck_assert_int_eq(value_of(other, 1), 0);
        close_both();
    }
}
END_TEST

START_TEST(a_session_is_ended_that_holds_a_lock)
{
    open_both(POSTGRESQL_DATABASE);
    const int line = __LINE__ + 1;
    ADVISORY_LOCK(db, 4713)
    {
        end_session(backend_of(db));
    }
    expect_code(QC_ERROR_DISCONNECTED, "");
    ck_assert_int_eq(qc_error(db)->line, line);
    close_both();
}
END_TEST

START_TEST(an_idle_transaction_is_ended)
{
    open_both(POSTGRESQL_DATABASE);
    database_run(db, "SET idle_in_transaction_session_timeout = 100");
    TRANSACTION(db) {
        ck_assert(add(db, 1, 1));
        sleep_ms(250);
    }
    expect_code(QC_ERROR_DISCONNECTED, "");
    ck_assert_int_eq(qc_outcome(db), QC_OUTCOME_ROLLED_BACK);
    ck_assert_int_eq(value_of(other, 1), 0);
    ck_assert_int_eq(EXEC(db, SELECT(Tally)), -1);
    expect_code(QC_ERROR_DISCONNECTED, "");
    close_both();
}
END_TEST

static void lose_in_text(const char *text, enum qc_outcome outcome)
{
    open_both(POSTGRESQL_DATABASE);
    TRANSACTION(db) {
        ck_assert(add(db, 1, 1));
        ck_assert(!qc_execute(db, text));
        expect_code(QC_ERROR_DISCONNECTED, "");
    }
    expect_code(QC_ERROR_DISCONNECTED, "");
    ck_assert_int_eq(qc_outcome(db), outcome);
    close_both();
}

#define END_OWN_SESSION "SELECT pg_terminate_backend(pg_backend_pid()), 'ending'"

/* Only a text without COMMIT has surely not committed. */
START_TEST(a_session_is_ended_in_a_text)
{
    lose_in_text(END_OWN_SESSION, QC_OUTCOME_ROLLED_BACK);
    lose_in_text(END_OWN_SESSION "; COMMIT; BEGIN", QC_OUTCOME_UNKNOWN);
    lose_in_text("SELECT 1; COMMIT; " END_OWN_SESSION, QC_OUTCOME_COMMITTED);
}
END_TEST

/* ---- Two-phase commit. ---- */

static const char hostile[] = "x'; DROP TABLE tallies; --\\ \"$1\" \n %s";

START_TEST(prepared_transactions)
{
    open_both(POSTGRESQL_DATABASE);
    must(db, qc_begin(db) && add(db, 1, 1), "begin");
    must(db, qc_prepare_transaction(db, hostile), "prepare (it needs max_prepared_transactions)");
    ck_assert_int_eq(qc_outcome(db), QC_OUTCOME_PREPARED);
    ck_assert_int_eq(qc_depth(db), 0);
    ck_assert_int_eq(value_of(db, 1), 0);
    must(db, qc_begin(db) && add(db, 2, 1) && qc_prepare_transaction(db, "second"), "prepare");
    const char **ids = qc_prepared_transactions(db);
    ck_assert_uint_eq(qc_count(ids), 2);
    ck_assert_str_eq(ids[0], hostile);
    ck_assert_str_eq(ids[1], "second");
    ck_assert_ptr_null(ids[2]);
    must(other, qc_commit_prepared(other, hostile), "commit");
    must(other, qc_rollback_prepared(other, "second"), "rollback");
    ck_assert_int_eq(value_of(db, 1), 1);
    ck_assert_int_eq(value_of(db, 2), 0);
    ids = qc_prepared_transactions(db);
    ck_assert(ids && qc_count(ids) == 0);
    ck_assert(!qc_commit_prepared(db, hostile));
    expect_state("42704");
    close_both();
}
END_TEST

START_TEST(transactions_that_cannot_be_prepared)
{
    char longest[201];
    memset(longest, 'x', sizeof(longest));
    longest[200] = '\0';
    const char *const ids[] = {"", longest, "\xff", NULL};
    open_both(POSTGRESQL_DATABASE);
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        must(db, qc_begin(db) && add(db, 1, 1), "begin");
        ck_assert(!qc_prepare_transaction(db, ids[i]));
        expect_code(ids[i] ? QC_ERROR_VALUE : QC_ERROR_MISUSE, "id");
        ck_assert(!qc_commit(db));
        ck_assert_int_eq(value_of(db, 1), 0);
    }
    must(db, qc_begin(db), "begin");
    EXEC(db, INSERT(Tally).SET(Tally_id, 1).SET(Tally_n, 1));
    expect_state("23505");
    ck_assert(!qc_prepare_transaction(db, "failed"));
    expect_state("23505");
    ck_assert_int_eq(qc_depth(db), 0);
    ck_assert(!qc_prepare_transaction(db, "none"));
    expect_code(QC_ERROR_MISUSE, "no transaction is open");
    TRANSACTION(db) {
        ck_assert(!qc_prepare_transaction(db, "block"));
        expect_code(QC_ERROR_MISUSE, "block");
    }
    must(db, qc_begin(db) && qc_begin(db), "begin");
    ck_assert(!qc_prepare_transaction(db, "inner"));
    expect_code(QC_ERROR_MISUSE, "inner one");
    ck_assert(qc_rollback(db) && qc_rollback(db));
    close_both();
}
END_TEST

/* A refused PREPARE ends the transaction. */
START_TEST(a_refused_prepare_rolls_back)
{
    open_both(POSTGRESQL_DATABASE);
    must(other, qc_begin(other) && add(other, 1, 1) && qc_prepare_transaction(other, "taken"),
         "prepare");
    must(db, qc_begin(db) && add(db, 2, 1), "begin");
    ck_assert(!qc_prepare_transaction(db, "taken"));
    expect_state("42710");
    ck_assert_int_eq(qc_outcome(db), QC_OUTCOME_ROLLED_BACK);
    ck_assert_int_eq(qc_depth(db), 0);
    must(db, qc_rollback_prepared(db, "taken"), "rollback");
    ck_assert_int_eq(value_of(db, 1) + value_of(db, 2), 0);
    ck_assert(!qc_rollback_prepared(db, "taken"));
    expect_state("42704");
    close_both();
}
END_TEST

START_TEST(a_transaction_begun_as_text_is_prepared)
{
    open_both(POSTGRESQL_DATABASE);
    must(db, qc_execute(db, "BEGIN") && add(db, 1, 1) && qc_prepare_transaction(db, "text"),
         "prepare");
    ck_assert_int_eq(qc_outcome(db), QC_OUTCOME_PREPARED);
    must(db, qc_commit_prepared(db, "text"), "commit");
    ck_assert_int_eq(value_of(db, 1), 1);
    must(db, qc_execute(db, "BEGIN") && add(db, 1, 1) && qc_rollback(db), "roll back");
    ck_assert_int_eq(qc_outcome(db), QC_OUTCOME_ROLLED_BACK);
    must(db, qc_execute(db, "BEGIN") && add(db, 1, 1) && qc_commit(db), "commit");
    ck_assert_int_eq(qc_outcome(db), QC_OUTCOME_COMMITTED);
    ck_assert_int_eq(value_of(db, 1), 2);
    close_both();
}
END_TEST

Suite *lost_sessions_suite(void)
{
    Suite *suite = suite_create("lost_sessions");
    TCase *tests = tcase_create("lost_sessions");
    tcase_add_unchecked_fixture(tests, rivals_begin, rivals_end);
    tcase_set_timeout(tests, 30);
    suite_add_tcase(suite, tests);
    tcase_add_test(tests, a_session_is_ended_at_each_step);
    tcase_add_test(tests, a_session_is_ended_inside_a_block);
    if (database_pooler() != TRANSACTION_POOLER) /* behind which a session is everybody's */
        tcase_add_test(tests, a_session_is_ended_that_holds_a_lock);
    tcase_add_test(tests, an_idle_transaction_is_ended);
    tcase_add_test(tests, a_session_is_ended_in_a_text);
    tcase_add_test(tests, prepared_transactions);
    tcase_add_test(tests, transactions_that_cannot_be_prepared);
    tcase_add_test(tests, a_refused_prepare_rolls_back);
    tcase_add_test(tests, a_transaction_begun_as_text_is_prepared);
    return suite;
}
