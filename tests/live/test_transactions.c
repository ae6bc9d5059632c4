/* Does a transaction commit all of its statements or none, however its block is left, and say why? */
#include "shop.h"

#include <stdio.h>
#include <string.h>

static int64_t cards(void)
{
    return SCALAR(db, SELECT(COUNT(Card_points)));
}

/* One more card, for a customer who has none: 2 or 4. */
static bool add_card(int64_t customer)
{
    return EXEC(db, INSERT(Card).SET(Card_customer_id, customer).SET(Card_points, 1)) == 1;
}

static void expect_state(const char *sqlstate)
{
    ck_assert_str_eq(qc_error(db)->sqlstate, sqlstate);
}

static void expect_outcome(enum qc_outcome outcome, int64_t count)
{
    ck_assert_int_eq(qc_outcome(db), outcome);
    ck_assert_int_eq(qc_depth(db), 0);
    expect_int(cards(), count);
}

/* ---- Ways out of a block. ---- */

IN_SHOP(the_end_commits)
{
    TRANSACTION(db) {
        ck_assert_int_eq(qc_depth(db), 1);
        ck_assert_int_eq(qc_outcome(db), QC_OUTCOME_NONE);
        ck_assert(add_card(2));
    }
    expect_ok();
    expect_outcome(QC_OUTCOME_COMMITTED, 3);
}

IN_SHOP(continue_commits)
{
    TRANSACTION(db) {
        ck_assert(add_card(2));
        if (qc_ok(db))
            continue;
        ck_abort_msg("continue went on");
    }
    expect_ok();
    expect_outcome(QC_OUTCOME_COMMITTED, 3);
}

IN_SHOP(break_rolls_back)
{
    TRANSACTION(db) {
        ck_assert(add_card(2));
        break;
    }
    expect_ok();
    expect_outcome(QC_OUTCOME_ROLLED_BACK, 2);
}

static bool returns(void)
{
    TRANSACTION(db) {
        TRANSACTION(db) {
            ck_assert(add_card(2));
            return qc_ok(db);
        }
    }
    return false;
}

IN_SHOP(return_rolls_back)
{
    ck_assert(returns());
    expect_ok();
    expect_outcome(QC_OUTCOME_ROLLED_BACK, 2);
}

IN_SHOP(goto_rolls_back)
{
    TRANSACTION(db) {
        ck_assert(add_card(2));
        goto out;
    }
out:
    expect_ok();
    expect_outcome(QC_OUTCOME_ROLLED_BACK, 2);
}

IN_SHOP(a_failed_statement_rolls_back)
{
    int line = 0;
    TRANSACTION(db) {
        ck_assert(add_card(2));
        line = __LINE__ + 1;
        EXEC(db, INSERT(Card).SET(Card_customer_id, 2).SET(Card_points, 7));
        expect_failure(QC_ERROR_SERVER, "", line);
        ck_assert(!add_card(4));
        expect_state("25P02");
        expect_failure(QC_ERROR_SERVER, "test_transactions.c", 0);
        ck_assert_int_eq(cards(), 0);
        expect_state("25P02");
    }
    expect_failure(QC_ERROR_SERVER, "", line);
    expect_state("23505");
    ck_assert_ptr_nonnull(strstr(qc_error(db)->sql, "INSERT INTO"));
    ck_assert_str_eq(qc_error(db)->constraint, "cards_pkey");
    expect_outcome(QC_OUTCOME_ROLLED_BACK, 2);
}

/* Half of a transaction is not committed for a statement that was never sent, either. */
IN_SHOP(a_refused_value_rolls_back)
{
    int line = 0;
    TRANSACTION(db) {
        ck_assert(add_card(2));
        line = __LINE__ + 1;
        EXEC(db, UPDATE(Customer).SET(Customer_name, "a\xff").WHERE(EQ(Customer_id, 1)));
        ck_assert(!add_card(4));
        expect_state("25P02");
    }
    ck_assert_int_eq(qc_error(db)->line, line);
    expect_outcome(QC_OUTCOME_ROLLED_BACK, 2);
}

IN_SHOP(absent_rows_fail_nothing)
{
    TRANSACTION(db) {
        ck_assert(add_card(2));
        const struct Customer *zoe = ONE(db, SELECT(Customer).WHERE(EQ(Customer_name, "zoe")));
        expect_failure(QC_ERROR_NOT_FOUND, "", __LINE__ - 1);
        ck_assert_ptr_null(zoe);
    }
    expect_ok();
    expect_outcome(QC_OUTCOME_COMMITTED, 3);
    TRANSACTION(db) {
        ck_assert(add_card(4));
        if (!ONE(db, SELECT(Customer).WHERE(EQ(Customer_name, "zoe"))))
            break;
    }
    expect_failure(QC_ERROR_NOT_FOUND, "", __LINE__ - 3);
    expect_outcome(QC_OUTCOME_ROLLED_BACK, 3);
}

IN_SHOP(streams_inside)
{
    TRANSACTION(db) {
        ck_assert(add_card(2));
        STREAM(customer, db, SELECT(Customer).ORDER_BY(Customer_id)) {
            TRANSACTION(db)
                ck_abort_msg("a block inside a stream");
            expect_failure(QC_ERROR_MISUSE, "busy", __LINE__ - 2);
            ck_assert_ptr_nonnull(customer);
        }
    }
    expect_failure(QC_ERROR_MISUSE, "busy", 0);
    expect_outcome(QC_OUTCOME_ROLLED_BACK, 2);
    TRANSACTION(db) {
        ck_assert(add_card(2));
        STREAM(customer, db, SELECT(Customer).ORDER_BY(Customer_id)) {
            ck_assert_ptr_nonnull(customer);
            break;
        }
    }
    expect_ok();
    expect_outcome(QC_OUTCOME_COMMITTED, 3);
}

IN_SHOP(results_outlive_a_rollback)
{
    struct Customer *ann = NULL;
    TRANSACTION(db) {
        ann = FIRST(db, SELECT(Customer).WHERE(EQ(Customer_id, 1)));
        break;
    }
    ck_assert_str_eq(ann->name, "ann");
}

/* ---- Nesting. ---- */

IN_SHOP(three_deep)
{
    TRANSACTION(db) {
        ck_assert(add_card(2));
        TRANSACTION(db) {
            EXEC(db, UPDATE(Card).SET(Card_points, 50).WHERE(EQ(Card_customer_id, 2)));
            TRANSACTION(db) {
                ck_assert_int_eq(qc_depth(db), 3);
                ck_assert(add_card(4));
                break;
            }
            expect_ok();
            expect_int(cards(), 3);
        }
        ck_assert_int_eq(qc_depth(db), 1);
    }
    expect_outcome(QC_OUTCOME_COMMITTED, 3);
    expect_int(SCALAR(db, SELECT(Card_points).WHERE(EQ(Card_customer_id, 2))), 50);
}

IN_SHOP(the_outer_one_recovers_from_an_inner_error)
{
    int line = 0;
    TRANSACTION(db) {
        ck_assert(add_card(2));
        TRANSACTION(db) {
            ck_assert(add_card(4));
            line = __LINE__ + 1;
            ck_assert(!add_card(4));
            ck_assert(!add_card(4));
        }
        expect_failure(QC_ERROR_SERVER, "", 0);
        expect_state("23505");
        ck_assert_int_eq(qc_depth(db), 1);
        expect_int(cards(), 3);
        TRANSACTION(db)
            ck_assert(add_card(4));
    }
    ck_assert_int_gt(line, 0);
    expect_ok();
    expect_outcome(QC_OUTCOME_COMMITTED, 4);
}

/* An inner failure that nobody follows up leaves the outer one as it is. */
IN_SHOP(an_inner_error_at_the_end)
{
    TRANSACTION(db) {
        ck_assert(add_card(2));
        TRANSACTION(db)
            ck_assert(!add_card(1));
    }
    expect_ok();
    expect_outcome(QC_OUTCOME_COMMITTED, 3);
}

IN_SHOP(options_are_for_the_outermost)
{
    int line = 0;
    TRANSACTION(db) {
        ck_assert(add_card(2));
        line = __LINE__ + 1;
        TRANSACTION(db, .isolation = QC_SERIALIZABLE)
            ck_abort_msg("the body was run");
        expect_failure(QC_ERROR_MISUSE, "outermost", line);
    }
    expect_failure(QC_ERROR_MISUSE, "outermost", line);
    expect_outcome(QC_OUTCOME_ROLLED_BACK, 2);
}

/* ---- By hand. ---- */

IN_SHOP(by_hand)
{
    ck_assert(qc_begin(db));
    ck_assert(add_card(2));
    ck_assert(qc_begin(db));
    ck_assert_int_eq(qc_depth(db), 2);
    ck_assert(add_card(4));
    ck_assert(qc_rollback(db));
    expect_int(cards(), 3);
    ck_assert(qc_begin(db));
    ck_assert(add_card(4));
    ck_assert(qc_commit(db));
    ck_assert_int_eq(qc_outcome(db), QC_OUTCOME_NONE);
    ck_assert(qc_commit(db));
    expect_outcome(QC_OUTCOME_COMMITTED, 4);
}

IN_SHOP(a_failed_inner_one_by_hand)
{
    ck_assert(qc_begin(db));
    ck_assert(add_card(2));
    ck_assert(qc_begin(db));
    ck_assert(!add_card(2));
    ck_assert(!qc_begin(db));
    expect_state("25P02");
    ck_assert(!qc_commit(db));
    expect_state("23505");
    ck_assert_int_eq(qc_depth(db), 1);
    ck_assert(add_card(4));
    ck_assert(qc_begin(db));
    ck_assert(!add_card(2));
    ck_assert(qc_rollback(db));
    expect_ok();
    ck_assert(qc_commit(db));
    expect_outcome(QC_OUTCOME_COMMITTED, 4);
}

static void expect_misuse(const char *part, int line, const char *other)
{
    char place[64];
    expect_failure(QC_ERROR_MISUSE, part, 0);
    snprintf(place, sizeof(place), "test_transactions.c:%d", line);
    ck_assert_msg(strstr(qc_error(db)->message, place), "%s", qc_error(db)->message);
    ck_assert_msg(strstr(qc_error(db)->message, other), "%s", qc_error(db)->message);
}

IN_SHOP(misuse_names_both_lines)
{
    char other[64];
    int begun = 0;
    TRANSACTION(db) {
        begun = __LINE__ - 1;
        ck_assert(add_card(2));
        snprintf(other, sizeof(other), "test_transactions.c:%d", __LINE__ + 1);
        ck_assert(!qc_commit(db));
        expect_misuse("which its TRANSACTION block will end", begun, other);
    }
    expect_misuse("which its TRANSACTION block will end", begun, other);
    expect_outcome(QC_OUTCOME_ROLLED_BACK, 2);

    TRANSACTION(db) {
        begun = __LINE__ - 1;
        ck_assert(add_card(2));
        snprintf(other, sizeof(other), "test_transactions.c:%d", __LINE__ + 1);
        ck_assert(qc_begin(db));
    }
    expect_misuse("was open inside it", begun, other);
    expect_outcome(QC_OUTCOME_ROLLED_BACK, 2);

    ck_assert(qc_begin(db));
    begun = __LINE__ - 1;
    ck_assert(qc_commit(db));
    snprintf(other, sizeof(other), "test_transactions.c:%d", __LINE__ - 1);
    ck_assert(!qc_rollback(db));
    expect_misuse("no transaction is open", begun, other);
}

static void begin_elsewhere(void)
{
    ck_assert(qc_begin(db));
}

/* The line of a frame outlives the function it stands in. */
IN_SHOP(begun_in_another_function)
{
    begin_elsewhere();
    ck_assert(!add_card(1));
    ck_assert(!add_card(2));
    expect_failure(QC_ERROR_SERVER, "test_transactions.c", 0);
    ck_assert(qc_rollback(db));
}

/* ---- Text. ---- */

IN_SHOP(text_may_not_end_a_transaction)
{
    static const char *const texts[] = {"COMMIT", " rollback;", "savepoint x", "end", "BEGIN"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        ck_assert(qc_begin(db));
        ck_assert(!qc_execute(db, texts[i]));
        expect_failure(QC_ERROR_MISUSE, "as text", 0);
        ck_assert(qc_rollback(db));
    }
    int line = 0;
    TRANSACTION(db) {
        ck_assert(add_card(2));
        line = __LINE__ + 1;
        qc_execute(db, "SELECT 1; ROLLBACK");
        expect_failure(QC_ERROR_MISUSE, "ended by text", line);
        ck_assert(!add_card(4));
        expect_state("25P02");
        char place[40];
        snprintf(place, sizeof(place), "test_transactions.c:%d failed", line);
        ck_assert_ptr_nonnull(strstr(qc_error(db)->message, place));
    }
    expect_failure(QC_ERROR_MISUSE, "ended by text", line);
    expect_outcome(QC_OUTCOME_ROLLED_BACK, 2);
    TRANSACTION(db)
    {
        ck_assert(add_card(2));
        ck_assert(!qc_execute(db, "SELECT 1; COMMIT"));
    }
    expect_outcome(QC_OUTCOME_COMMITTED, 3);
    TRANSACTION(db)
    ck_assert(add_card(4));
    expect_outcome(QC_OUTCOME_COMMITTED, 4);
}

/* ---- Text that ends it and begins another. ---- */

typedef struct ending {
    const char *text; /* what it adds behind has 99 points */
    enum qc_outcome outcome;
    bool only_postgresql;
} ending;

#define MORE "INSERT INTO cards (customer_id, points) VALUES (4, 99)"

static void end_within(const ending *t)
{
    int line = 0;
    TRANSACTION(db)
    {
        ck_assert(add_card(2));
        TRANSACTION(db)
        {
            line = __LINE__ + 1;
            qc_execute(db, t->text);
            ck_assert_msg(!qc_ok(db), "%s: went on", t->text);
            expect_failure(QC_ERROR_MISUSE, "was ended by text", line);
        }
        ck_assert(!add_card(4));
        expect_state("25P02");
    }
    expect_failure(QC_ERROR_MISUSE, "was ended by text", line);
    ck_assert_msg(qc_outcome(db) == t->outcome, "%s: %d", t->text, qc_outcome(db));
    if (t->outcome == QC_OUTCOME_PREPARED)
        ck_assert(qc_rollback_prepared(db, "of a text"));
    expect_outcome(t->outcome, t->outcome == QC_OUTCOME_COMMITTED ? 3 : 2);
    expect_int(SCALAR(db, SELECT(COUNT(Card_points)).WHERE(EQ(Card_points, 99))), 0);
    EXEC(db, DELETE(Card).WHERE(EQ(Card_customer_id, 2)));
}

IN_SHOP(text_may_not_begin_another_transaction)
{
    static const ending endings[] = {
        {"SELECT 1; COMMIT; BEGIN; " MORE, QC_OUTCOME_COMMITTED, false},
        {"SELECT 1; END; BEGIN; SELECT nothing", QC_OUTCOME_COMMITTED, false},
        {"SELECT 1; ROLLBACK; BEGIN; " MORE, QC_OUTCOME_ROLLED_BACK, false},
        {"/* */ COMMIT; BEGIN; COMMIT; BEGIN", QC_OUTCOME_COMMITTED, false},
        {"SELECT 1; COMMIT AND CHAIN", QC_OUTCOME_COMMITTED, true},
        {"SELECT 1; ROLLBACK AND CHAIN; " MORE, QC_OUTCOME_ROLLED_BACK, true},
        {"SELECT 1; abort and/**/chain; SELECT nothing", QC_OUTCOME_ROLLED_BACK, true},
        {"SELECT 1; COMMIT; START TRANSACTION; " MORE, QC_OUTCOME_COMMITTED, true},
        {"SELECT 1; PREPARE TRANSACTION 'of a text'; BEGIN", QC_OUTCOME_PREPARED, true},
    };
    const bool all = strcmp(qc_dialect_name(db), "postgresql") == 0;
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
        if (all || !endings[i].only_postgresql)
            end_within(&endings[i]);
}

IN_SHOP(text_may_use_savepoints_of_its_own)
{
    TRANSACTION(db)
    {
        ck_assert(add_card(2));
        ck_assert(qc_execute(db, "SELECT 1; SAVEPOINT a; " MORE "; ROLLBACK TO SAVEPOINT a"));
        ck_assert(qc_execute(db, "SELECT 1; RELEASE SAVEPOINT a"));
        ck_assert(add_card(4));
    }
    expect_ok();
    expect_outcome(QC_OUTCOME_COMMITTED, 4);
}

/* The program's own SQL in a query cannot do it: a query is one statement. */
#define COMMITTING SELECT(RAW(INTEGER, "1; COMMIT; BEGIN; SELECT 1"))

static void try_sink(int which)
{
    int32_t queued = 0;
    switch (which) {
    case 0: SCALAR(db, COMMITTING); return;
    case 1: EXPLAIN(db, COMMITTING); return;
    case 2:
        STREAM(row, db, COMMITTING)
            ck_abort_msg("%p", (void *)row);
        return;
    case 3:
        CURSOR(cursor, db, COMMITTING)
            qc_cursor_next(cursor, 1);
        return;
    case 4:
        COPY_OUT(row, db, COMMITTING)
            ck_abort_msg("%p", (void *)row);
        return;
    default:
        PIPELINE(db)
            QUEUE_SCALAR(db, &queued, COMMITTING);
    }
}

IN_SHOP(a_query_may_not_end_a_transaction)
{
    for (int which = 0; which < 6; which++) {
        TRANSACTION(db) {
            ck_assert(add_card(2));
            try_sink(which);
            ck_assert_msg(!qc_ok(db), "sink %d", which);
            ck_assert(!add_card(4));
        }
        expect_outcome(QC_OUTCOME_ROLLED_BACK, 2);
    }
}

/* One call of a line fails: its error is the line's. */
#define EXPECT_PLACE(call)                                                                         \
    do {                                                                                           \
        ck_assert(!(call));                                                                        \
        ck_assert_int_eq(qc_error(db)->line, __LINE__);                                            \
        ck_assert_str_eq(qc_error(db)->function, __func__);                                        \
    } while (0)

IN_SHOP(every_call_names_its_line)
{
    EXPECT_PLACE(qc_execute(db, "no statement"));
    EXPECT_PLACE(qc_execute(db, NULL));
    EXPECT_PLACE(qc_pipeline_sync(db));
    EXPECT_PLACE(qc_commit_prepared(db, NULL));
    EXPECT_PLACE(qc_rollback_prepared(db, NULL));
    if (strcmp(qc_dialect_name(db), "sqlite") == 0)
        EXPECT_PLACE(qc_prepared_transactions(db));
    ck_assert(qc_begin(db));
    EXPECT_PLACE(qc_execute(db, "no statement"));
    EXPECT_PLACE(qc_execute(db, "SELECT 1"));
    EXPECT_PLACE(qc_create_all(db, &shop));
    EXPECT_PLACE(qc_drop_all(db, &shop));
    ck_assert(qc_rollback(db));
}

START_TEST(opening_names_its_line)
{
    static const char *const urls[] = {"sqlite:/nowhere/at/all", "host=/nowhere"};
    qc_db *lost = qc_open(urls[_i]);
    ck_assert_int_eq(qc_error(lost)->line, __LINE__ - 1);
    ck_assert_str_eq(qc_error(lost)->file, __FILE__);
    ck_assert_str_eq(qc_error(lost)->function, __func__);
    qc_close(lost);
    qc_engine *engine = qc_engine_open("", QC_ENGINE_OPTIONS(.max_size = -1));
    ck_assert_int_eq(qc_engine_error(engine)->line, __LINE__ - 1);
    qc_engine_close(engine);
}
END_TEST

IN_SHOP(a_transaction_begun_as_text)
{
    ck_assert(qc_execute(db, "BEGIN"));
    ck_assert(add_card(2));
    TRANSACTION(db) {
        ck_assert(add_card(4));
        break;
    }
    ck_assert(qc_commit(db));
    expect_outcome(QC_OUTCOME_COMMITTED, 3);
}

/* ---- Options. ---- */

IN_SHOP(read_only)
{
    int line = 0;
    TRANSACTION(db, .read_only = true) {
        expect_int(cards(), 2);
        line = __LINE__ + 1;
        EXEC(db, INSERT(Card).SET(Card_customer_id, 2).SET(Card_points, 1));
    }
    expect_failure(QC_ERROR_SERVER, "", line);
    expect_state("25006");
    ck_assert(add_card(2));
    TRANSACTION(db, .read_only = true)
        expect_int(cards(), 3);
    ck_assert(add_card(4));
    ck_assert(qc_begin(db, .read_only = true, .isolation = QC_SERIALIZABLE, .deferrable = true));
    expect_int(cards(), 4);
    ck_assert(qc_rollback(db));
    ck_assert_int_eq(EXEC(db, DELETE(Card).ALL_ROWS), 4);
}

IN_SHOP(isolation)
{
    static const char *const names[] = {"read committed", "read committed", "repeatable read",
                                        "serializable"};
    for (int level = QC_ISOLATION_DEFAULT; level <= QC_SERIALIZABLE; level++) {
        TRANSACTION(db, .isolation = (enum qc_isolation)level) {
            expect_int(cards(), 2);
            if (database == POSTGRESQL_DATABASE)
                expect_text(SCALAR(db, SELECT(FUNC("current_setting", TEXT,
                                                   "transaction_isolation"))),
                            names[level]);
        }
        expect_ok();
    }
    TRANSACTION(db, .isolation = (enum qc_isolation)17)
        ck_abort_msg("there is no such level");
    expect_failure(QC_ERROR_MISUSE, "isolation level 17", 0);
}

/* ---- COMMIT. ---- */

IN_SHOP(a_deferred_constraint_fails_commit)
{
    database_run(db, database == SQLITE_DATABASE
                         ? "CREATE TABLE late (customer_id BIGINT REFERENCES customers(id) "
                           "DEFERRABLE INITIALLY DEFERRED)"
                         : "CREATE TEMP TABLE parents (id BIGINT PRIMARY KEY); "
                           "CREATE TEMP TABLE late (customer_id BIGINT REFERENCES parents(id) "
                           "DEFERRABLE INITIALLY DEFERRED)");
    TRANSACTION(db) {
        ck_assert(add_card(2));
        ck_assert(qc_execute(db, "INSERT INTO late VALUES (77)"));
    }
    expect_failure(QC_ERROR_SERVER, "", 0);
    expect_state("23503");
    ck_assert_str_eq(qc_error(db)->sql, "COMMIT");
    expect_outcome(QC_OUTCOME_ROLLED_BACK, 2);
    database_run(db, "DROP TABLE late");
}

/* ---- Without a connection. ---- */

START_TEST(nothing_to_do_without_a_connection)
{
    qc_db *none = qc_open("sqlite:/nowhere/at/all");
    TRANSACTION(none)
        ck_abort_msg("the body was run");
    ck_assert_int_eq(qc_error(none)->code, QC_ERROR_CONNECT);
    TRANSACTION_RETRY(none, 3)
        ck_abort_msg("the body was run");
    qc_close(none);
    TRANSACTION(NULL)
        ck_abort_msg("the body was run");
    TRANSACTION_RETRY(NULL, 3)
        ck_abort_msg("the body was run");
    ADVISORY_LOCK(NULL, 1)
        ck_abort_msg("the body was run");
    ck_assert(!qc_begin(NULL) && !qc_commit(NULL) && !qc_rollback(NULL));
    ck_assert(qc_depth(NULL) == 0 && qc_outcome(NULL) == QC_OUTCOME_NONE && qc_attempt(NULL) == 0);
    ck_assert(!qc_prepare_transaction(NULL, "x") && !qc_commit_prepared(NULL, "x"));
    ck_assert_ptr_null(qc_prepared_transactions(NULL));
}
END_TEST

Suite *transactions_suite(void)
{
    Suite *suite = suite_create("transactions");
    TCase *tests = shop_case(suite);
    ADD_IN_SHOP(tests, the_end_commits);
    ADD_IN_SHOP(tests, continue_commits);
    ADD_IN_SHOP(tests, break_rolls_back);
    ADD_IN_SHOP(tests, return_rolls_back);
    ADD_IN_SHOP(tests, goto_rolls_back);
    ADD_IN_SHOP(tests, a_failed_statement_rolls_back);
    ADD_IN_SHOP(tests, a_refused_value_rolls_back);
    ADD_IN_SHOP(tests, absent_rows_fail_nothing);
    ADD_IN_SHOP(tests, streams_inside);
    ADD_IN_SHOP(tests, results_outlive_a_rollback);
    ADD_IN_SHOP(tests, three_deep);
    ADD_IN_SHOP(tests, the_outer_one_recovers_from_an_inner_error);
    ADD_IN_SHOP(tests, an_inner_error_at_the_end);
    ADD_IN_SHOP(tests, options_are_for_the_outermost);
    ADD_IN_SHOP(tests, by_hand);
    ADD_IN_SHOP(tests, a_failed_inner_one_by_hand);
    ADD_IN_SHOP(tests, misuse_names_both_lines);
    ADD_IN_SHOP(tests, begun_in_another_function);
    ADD_IN_SHOP(tests, text_may_not_end_a_transaction);
    ADD_IN_SHOP(tests, text_may_not_begin_another_transaction);
    ADD_IN_SHOP(tests, text_may_use_savepoints_of_its_own);
    ADD_IN_SHOP(tests, a_query_may_not_end_a_transaction);
    ADD_IN_SHOP(tests, every_call_names_its_line);
    tcase_add_loop_test(tests, opening_names_its_line, 0, 2);
    ADD_IN_SHOP(tests, a_transaction_begun_as_text);
    ADD_IN_SHOP(tests, read_only);
    ADD_IN_SHOP(tests, isolation);
    ADD_IN_SHOP(tests, a_deferred_constraint_fails_commit);
    tcase_add_test(tests, nothing_to_do_without_a_connection);
    return suite;
}
