/* Pipelines over the mock driver: the order of what is sent and answered, and what each reply means
 * for every statement. */
#include "members.h"

#include "engine/db.h"

#include <stdlib.h>
#include <string.h>

static const char *const number[] = {"42"};

static void open_piped(void)
{
    qc_close(db);
    mock_reset();
    db = qc_open_with(mock_piped_driver(), NULL, "mock:");
    qc_set_trace(db, false);
}

static void expect_number(size_t at, enum qc_code code, const char *message)
{
    const struct qc_error *error = qc_pipeline_error(db, at);
    ck_assert_msg(error->code == code, "%zu: %s: %s", at, qc_code_name(error->code),
                  error->message);
    ck_assert_msg(!*message || strstr(error->message, message), "%s", error->message);
}

/* Three changes of which the mock refuses one, or loses the connection with it. */
static int64_t changed[3];
static int lines[3];

static void change_three(void)
{
    PIPELINE(db)
        for (int i = 0; i < 3; i++) {
            lines[i] = __LINE__ + 1;
            QUEUE_EXEC(db, &changed[i], UPDATE(Member).SET(Member_nick, "x").WHERE(EQ(Member_id, i)));
        }
}

START_TEST(statements_are_sent_before_any_is_answered)
{
    struct Member *first, **all;
    int64_t count, affected;
    open_piped();
    mock_play(two_people, 1);
    mock_play(two_people, 2);
    mock_play(number, 1);
    mock_affect(7);
    PIPELINE(db) {
        QUEUE_FIRST(db, &first, SELECT(Member));
        QUEUE_ALL(db, &all, SELECT(Member));
        QUEUE_SCALAR(db, &count, SELECT(COUNT(Member_id)));
        QUEUE_EXEC(db, &affected, DELETE(Member).ALL_ROWS);
        ck_assert_uint_eq(mock.answered, 0);
        ck_assert_uint_eq(mock.count, 5);
    }
    ck_assert(qc_ok(db));
    ck_assert_str_eq(first->email, "a@x");
    ck_assert_uint_eq(qc_count(all), 2);
    ck_assert_int_eq(count, 42);
    ck_assert_int_eq(affected, 7);
    expect_log((const char *const[]){"begin pipeline", "SELECT " MEMBER_COLUMNS " FROM members LIMIT",
                                     "SELECT " MEMBER_COLUMNS " FROM members", "SELECT count",
                                     "DELETE", "sync", "end pipeline", NULL});
}
END_TEST

START_TEST(what_is_answered_early_is_seen_late)
{
    struct Member *first;
    open_piped();
    mock.eager = true;
    mock_play(two_people, 1);
    PIPELINE(db) {
        QUEUE_FIRST(db, &first, SELECT(Member));
        ck_assert_uint_eq(mock.answered, 1);
        ck_assert_ptr_null(first);
        ck_assert(qc_pipeline_sync(db));
        ck_assert_ptr_null(first);
    }
    ck_assert(qc_ok(db));
    ck_assert_str_eq(first->email, "a@x");
}
END_TEST

START_TEST(the_values_are_those_of_the_call)
{
    char text[] = "first";
    open_piped();
    PIPELINE(db) {
        QUEUE_EXEC(db, NULL, UPDATE(Member).SET(Member_nick, (const char *)text).ALL_ROWS);
        strcpy(text, "later");
        QUEUE_EXEC(db, NULL, UPDATE(Member).SET(Member_nick, (const char *)text).ALL_ROWS);
    }
    ck_assert(qc_ok(db));
    ck_assert_str_eq(mock.binds[1], "$1 = 'first'");
    ck_assert_str_eq(mock.binds[2], "$1 = 'later'");
}
END_TEST

static void expect_one_wrong(int wrong)
{
    expect_error(QC_ERROR_SERVER, "the mock refuses", lines[wrong]);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(changed[i], -1);
        expect_number((size_t)i, QC_ERROR_SERVER,
                      i < wrong    ? "undone: the statement queued at"
                      : i == wrong ? "the mock refuses"
                                   : "not run: the statement queued at");
        ck_assert_int_eq(qc_pipeline_error(db, (size_t)i)->line, lines[i]);
        ck_assert_str_eq(qc_pipeline_error(db, (size_t)i)->sqlstate, "23505");
    }
    ck_assert_str_eq(qc_pipeline_error(db, (size_t)wrong)->constraint, "mock_constraint");
}

START_TEST(one_that_fails_takes_the_unit_with_it)
{
    for (int wrong = 0; wrong < 3; wrong++) {
        open_piped();
        mock.fail_at = 2 + wrong;
        change_three();
        expect_one_wrong(wrong);
        expect_number(3, QC_ERROR_MISUSE, "number");
    }
}
END_TEST

START_TEST(nothing_is_sent_behind_a_failure_that_is_known)
{
    open_piped();
    mock.eager = true;
    mock.fail_at = 2;
    change_three();
    expect_one_wrong(0);
    expect_log((const char *const[]){"begin pipeline", "UPDATE", "sync", "end pipeline", NULL});
}
END_TEST

START_TEST(one_that_cannot_be_sent_takes_the_unit_back)
{
    open_piped();
    mock.refuse_send = 3;
    change_three();
    expect_error(QC_ERROR_TOO_BIG, "so big", lines[1]);
    expect_number(0, QC_ERROR_TOO_BIG, "undone: the statement queued at");
    expect_number(2, QC_ERROR_TOO_BIG, "not run: the statement queued at");
    expect_log((const char *const[]){"begin pipeline", "UPDATE", "undo, sync", "end pipeline", NULL});
}
END_TEST

START_TEST(a_lost_connection_acknowledges_nothing)
{
    for (int wrong = 0; wrong < 3; wrong++) {
        open_piped();
        mock.lose_at = 2 + wrong;
        change_three();
        expect_error(QC_ERROR_DISCONNECTED, "gone", 0);
        for (size_t i = 0; i < 3; i++) {
            ck_assert_int_eq(changed[i], -1);
            expect_number(i, QC_ERROR_DISCONNECTED, "not acknowledged");
        }
    }
}
END_TEST

START_TEST(what_was_acknowledged_stays_so)
{
    int64_t first = 0, second = 0, third = 0;
    open_piped();
    mock.eager = true;
    mock.lose_at = 4;
    mock_affect(5);
    PIPELINE(db) {
        QUEUE_EXEC(db, &first, DELETE(Member).ALL_ROWS);
        ck_assert(qc_pipeline_sync(db));
        QUEUE_EXEC(db, &second, DELETE(Member).ALL_ROWS);
        ck_assert_int_eq(qc_error(db)->code, QC_ERROR_DISCONNECTED);
        ck_assert(!qc_pipeline_sync(db));
        QUEUE_EXEC(db, &third, DELETE(Member).ALL_ROWS);
    }
    expect_error(QC_ERROR_DISCONNECTED, "gone", 0);
    ck_assert_int_eq(first, 5);
    ck_assert_int_eq(second, -1);
    ck_assert_int_eq(third, -1);
    expect_number(0, QC_ERROR_OK, "");
    expect_number(1, QC_ERROR_DISCONNECTED, "");
    expect_number(2, QC_ERROR_DISCONNECTED, "");
}
END_TEST

START_TEST(a_stale_unit_is_answered_twice_and_told_once)
{
    struct Member **all;
    for (int eager = 0; eager < 2; eager++) {
        open_piped();
        mock.eager = eager;
        mock.stale_at = 4;
        mock_play(two_people, 2);
        mock_affect(3);
        mock_play(two_people, 2);
        mock_affect(3);
        mock_affect(4);
        PIPELINE(db) {
            QUEUE_ALL(db, &all, SELECT(Member));
            QUEUE_EXEC(db, &changed[0], UPDATE(Member).SET(Member_nick, "x").ALL_ROWS);
            QUEUE_EXEC(db, &changed[1], DELETE(Member).ALL_ROWS);
        }
        ck_assert(qc_ok(db));
        ck_assert_uint_eq(qc_count(all), 2);
        ck_assert_int_eq(changed[0], 3);
        ck_assert_int_eq(changed[1], 4);
    }
}
END_TEST

START_TEST(units_are_judged_one_by_one)
{
    open_piped();
    mock.fail_at = 4;
    PIPELINE(db)
        for (int i = 0; i < 3; i++) {
            QUEUE_EXEC(db, &changed[i], DELETE(Member).ALL_ROWS);
            qc_pipeline_sync(db);
        }
    expect_error(QC_ERROR_SERVER, "refuses", __LINE__ - 3);
    ck_assert_int_eq(changed[0], 0);
    ck_assert_int_eq(changed[1], -1);
    ck_assert_int_eq(changed[2], 0);
}
END_TEST

START_TEST(structs_are_several_statements)
{
    struct Member **made;
    int64_t count;
    struct Member *people = make_people(2300);
    open_piped();
    mock_affect(1000);
    mock_affect(1000);
    mock_affect(300);
    mock_play(two_people, 2);
    PIPELINE(db) {
        QUEUE_EXEC(db, &count, INSERT_ROWS(Member, people, 2300));
        QUEUE_ALL(db, &made, INSERT_ROWS(Member, people, 2).RETURNING());
    }
    ck_assert(qc_ok(db));
    ck_assert_int_eq(count, 2300);
    ck_assert_uint_eq(qc_count(made), 2);
    expect_log((const char *const[]){"begin pipeline", "INSERT", "INSERT", "INSERT", "INSERT",
                                     "sync", "end pipeline", NULL});
}
END_TEST

START_TEST(a_block_left_early_takes_its_unit_back)
{
    open_piped();
    PIPELINE(db) {
        QUEUE_EXEC(db, &changed[0], DELETE(Member).ALL_ROWS);
        break;
    }
    ck_assert_int_eq(changed[0], -1);
    expect_log((const char *const[]){"begin pipeline", "DELETE", "undo, sync", "end pipeline", NULL});
    ck_assert_uint_eq(mock.answered, mock.answer_count);
    expect_int(EXEC(db, DELETE(Member).ALL_ROWS), 0);
}
END_TEST

START_TEST(closing_ends_a_pipeline)
{
    open_piped();
    qc_pipeline_begin(db, QC_HERE);
    QUEUE_EXEC(db, &changed[0], DELETE(Member).ALL_ROWS);
    qc_close(db);
    ck_assert_str_eq(mock.log[mock.count - 1], "end pipeline");
    db = NULL;
}
END_TEST

/* ---- Without pipelines in the driver. ---- */

START_TEST(each_statement_is_run_at_once)
{
    mock_affect(1);
    mock_affect(2);
    PIPELINE(db) {
        QUEUE_EXEC(db, &changed[0], DELETE(Member).ALL_ROWS);
        QUEUE_EXEC(db, &changed[1], DELETE(Member).WHERE(EQ(Member_id, 1)));
        ck_assert_int_eq(changed[0], -1);
        qc_pipeline_sync(db);
        QUEUE_EXEC(db, &changed[2], DELETE(Member).ALL_ROWS);
    }
    ck_assert(qc_ok(db));
    ck_assert_int_eq(changed[0], 1);
    ck_assert_int_eq(changed[1], 2);
    expect_log((const char *const[]){"BEGIN", "DELETE", "DELETE", "COMMIT", "BEGIN", "DELETE",
                                     "COMMIT", NULL});
}
END_TEST

START_TEST(a_failure_rolls_the_unit_back)
{
    mock.fail_at = 3;
    change_three();
    expect_one_wrong(1);
    expect_log((const char *const[]){"BEGIN", "UPDATE", "UPDATE", "ROLLBACK", NULL});
}
END_TEST

START_TEST(a_transaction_that_cannot_begin_or_commit)
{
    mock.fail_at = 1;
    change_three();
    expect_one_wrong(0);
    mock_reset();
    mock.fail_at = 5;
    change_three();
    expect_error(QC_ERROR_SERVER, "refuses", 0);
    for (size_t i = 0; i < 3; i++)
        expect_number(i, QC_ERROR_SERVER, "undone: the PIPELINE at");
}
END_TEST

/* ---- Who watches. ---- */

static int events, failures;

static void hear(const qc_event *event, void *data)
{
    (void)data;
    events++;
    failures += event->error != NULL;
    ck_assert_ptr_nonnull(strstr(event->site->file, "test_engine"));
    ck_assert_ptr_nonnull(strstr(event->binds, "$1 = 'x'"));
}

START_TEST(the_hook_hears_of_each)
{
    open_piped();
    qc_set_hook(db, QC_ON(STATEMENT), hear, NULL);
    events = failures = 0;
    change_three();
    ck_assert(qc_ok(db));
    ck_assert(events == 3 && failures == 0);
    mock.fail_at = (int)mock.count + 3;
    change_three();
    expect_one_wrong(1);
    ck_assert(events == 6 && failures == 3);
}
END_TEST

START_TEST(the_line_travels_along)
{
    open_piped();
    qc_set_site_comments(db, true);
    change_three();
    ck_assert(qc_ok(db));
    for (size_t i = 1; i < 4; i++)
        ck_assert_ptr_nonnull(strstr(mock.log[i], "test_engine_pipeline.c:"));
}
END_TEST

START_TEST(nothing_works_without_a_connection)
{
    struct Member *row = make_people(1), **list = &row;
    int64_t count = 5;
    ck_assert_uint_eq(QUEUE_FIRST(NULL, &row, SELECT(Member)), QC_NOT_QUEUED);
    PIPELINE(NULL)
        QUEUE_ALL(NULL, &list, SELECT(Member));
    ck_assert(!row && !list);
    ck_assert(!qc_pipeline_end(NULL) && !qc_pipeline_sync(NULL));
    ck_assert_int_eq(qc_pipeline_error(NULL, 0)->code, QC_ERROR_NOMEM);
    mock.fail_open = true;
    qc_close(db);
    db = qc_open_with(mock_piped_driver(), NULL, "mock:");
    PIPELINE(db)
        QUEUE_EXEC(db, &count, DELETE(Member).ALL_ROWS);
    ck_assert_int_eq(count, -1);
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_CONNECT);
}
END_TEST

Suite *engine_pipeline_suite(void);
Suite *engine_pipeline_suite(void)
{
    Suite *suite = suite_create("engine_pipeline");
    const TTest *const sent[] = {statements_are_sent_before_any_is_answered,
        what_is_answered_early_is_seen_late, the_values_are_those_of_the_call,
        structs_are_several_statements, a_block_left_early_takes_its_unit_back,
        closing_ends_a_pipeline, NULL};
    const TTest *const errors[] = {one_that_fails_takes_the_unit_with_it,
        nothing_is_sent_behind_a_failure_that_is_known, one_that_cannot_be_sent_takes_the_unit_back,
        a_lost_connection_acknowledges_nothing, what_was_acknowledged_stays_so,
        a_stale_unit_is_answered_twice_and_told_once, units_are_judged_one_by_one,
        nothing_works_without_a_connection, NULL};
    const TTest *const at_once[] = {each_statement_is_run_at_once, a_failure_rolls_the_unit_back,
        a_transaction_that_cannot_begin_or_commit, NULL};
    const TTest *const watched[] = {the_hook_hears_of_each, the_line_travels_along, NULL};
    add_tests(suite, "sent", sent);
    add_tests(suite, "errors", errors);
    add_tests(suite, "at once", at_once);
    add_tests(suite, "watched", watched);
    return suite;
}
