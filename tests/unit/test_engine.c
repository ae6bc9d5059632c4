/* Connections and sinks over the mock driver: what is sent, what comes back, what is said. */
#include "members.h"

#include "engine/db.h"

#include <string.h>

/* ---- Rows. ---- */

START_TEST(first_takes_one_row)
{
    mock_play(two_people, 2);
    struct Member *person = FIRST(db, SELECT(Member));
    ck_assert(qc_ok(db));
    ck_assert_int_eq(person->id, 1);
    ck_assert_str_eq(person->email, "a@x");
    ck_assert_ptr_null(person->nick);
    ck_assert(!person->stamp.set);
    ck_assert_str_eq(mock.log[0], "SELECT " MEMBER_COLUMNS " FROM members LIMIT 1");
    expect_none(FIRST(db, SELECT(Member)));
    ck_assert(qc_ok(db));
}
END_TEST

START_TEST(all_takes_every_row)
{
    mock_play(two_people, 2);
    struct Member **people = ALL(db, SELECT(Member).WHERE(GT(Member_id, 0)));
    ck_assert_uint_eq(qc_count(people), 2);
    ck_assert_ptr_null(people[2]);
    ck_assert_str_eq(people[1]->nick, "bob");
    ck_assert(people[1]->stamp.set);
    int64_t sum = 0;
    EACH(struct Member, person, people)
        sum += person->id;
    ck_assert_int_eq(sum, 3);
    people = ALL(db, SELECT(Member));
    ck_assert_ptr_nonnull(people);
    ck_assert_uint_eq(qc_count(people), 0);
    ck_assert_uint_eq(qc_count(NULL), 0);
}
END_TEST

START_TEST(one_is_one)
{
    mock_play(two_people, 1);
    expect_some(ONE(db, SELECT(Member)));
    expect_none(ONE(db, SELECT(Member)));
    expect_error(QC_ERROR_NOT_FOUND, "no row", __LINE__ - 1);
    ck_assert_str_eq(qc_error(db)->sql, mock.log[1]);
    mock.answered = mock.answer_count;
    mock_play(two_people, 2);
    expect_none(ONE(db, SELECT(Member)));
    expect_error(QC_ERROR_NOT_UNIQUE, "more than one row", __LINE__ - 1);
}
END_TEST

START_TEST(one_or_none_is_at_most_one)
{
    mock_play(two_people, 1);
    expect_some(ONE_OR_NONE(db, SELECT(Member)));
    expect_none(ONE_OR_NONE(db, SELECT(Member)));
    ck_assert(qc_ok(db));
    mock.answered = mock.answer_count;
    mock_play(two_people, 2);
    expect_none(ONE_OR_NONE(db, SELECT(Member)));
    expect_error(QC_ERROR_NOT_UNIQUE, "more than one row", __LINE__ - 1);
}
END_TEST

START_TEST(a_null_without_a_place_is_an_error)
{
    static const char *const cells[] = {"1", NULL, NULL, NULL};
    mock_play(cells, 1);
    expect_none(ALL(db, SELECT(Member)));
    expect_error(QC_ERROR_NULL_RESULT, "members.email", __LINE__ - 1);
}
END_TEST

/* ---- Values. ---- */

START_TEST(scalars)
{
    static const char *const number[] = {"42"}, *const text[] = {"hello"}, *const null[] = {NULL};
    mock_play(number, 1);
    int64_t count = SCALAR(db, SELECT(COUNT(Member_id)));
    ck_assert_int_eq(count, 42);
    ck_assert_str_eq(mock.log[0], "SELECT count(members.id) FROM members");
    mock_play(text, 1);
    const char *email = SCALAR(db, SELECT(Member_email));
    ck_assert_str_eq(email, "hello");
    ck_assert_str_eq(mock.log[1], "SELECT members.email FROM members LIMIT 1");
    mock_play(null, 1);
    expect_int(SCALAR(db, SELECT(MAX(Member_id))), 0);
    expect_error(QC_ERROR_NULL_RESULT, "SCALAR_OR_NULL", __LINE__ - 1);
    expect_none(SCALAR(db, SELECT(Member_email)));
    expect_error(QC_ERROR_NOT_FOUND, "no row", __LINE__ - 1);
}
END_TEST

START_TEST(scalars_that_may_be_null)
{
    static const char *const number[] = {"42"}, *const null[] = {NULL};
    mock_play(number, 1);
    mock_play(null, 1);
    qc_opt_bigint value = SCALAR_OR_NULL(db, SELECT(MAX(Member_id)));
    ck_assert(value.set);
    ck_assert_int_eq(value.value, 42);
    value = SCALAR_OR_NULL(db, SELECT(MAX(Member_id)));
    ck_assert(!value.set && qc_ok(db));
    expect_none(SCALAR_OR_NULL(db, SELECT(Member_nick)));
    ck_assert(qc_ok(db));
}
END_TEST

START_TEST(generic_rows)
{
    static const char *const cells[] = {"7", "a@x", "12.50", "2024-01-31 12:00:00"};
    mock_play(cells, 1);
    qc_row **rows = ALL(db, SELECT(Member_id, Member_email, AS(SUM(Member_id), total), Member_stamp)
                                .GROUP_BY(Member_id));
    ck_assert_uint_eq(qc_count(rows), 1);
    ck_assert_uint_eq(qc_row_size(rows[0]), 4);
    ck_assert_str_eq(qc_row_name(rows[0], 0), "id");
    ck_assert_str_eq(qc_row_name(rows[0], 2), "total");
    ck_assert_int_eq(qc_row_type(rows[0], 0), QC_TYPE_bigint);
    ck_assert_int_eq(qc_row_int(rows[0], 0), 7);
    ck_assert_str_eq(qc_row_text(rows[0], 1), "a@x");
    ck_assert_str_eq(qc_row_text(rows[0], 2), "12.50");
    ck_assert_int_ne(qc_row_timestamp(rows[0], 3).microseconds, 0);
    ck_assert_int_eq(qc_row_int(rows[0], 1), 0);
    ck_assert_ptr_null(qc_row_text(rows[0], 0));
    ck_assert(qc_row_is_null(rows[0], 4));
    ck_assert_ptr_null(qc_row_name(rows[0], 4));
    ck_assert_ptr_null(qc_row_entity(rows[0], 0));
    ck_assert_uint_eq(qc_row_size(NULL), 0);
}
END_TEST

START_TEST(generic_rows_outlive_their_statement)
{
    static const char *const cells[] = {"7", "a@x"};
    mock_play(cells, 1);
    qc_row **rows = ALL(db, SELECT(Member_id, Member_email));
    qc_set_cache_size(db, 0);
    ck_assert_str_eq(qc_row_name(rows[0], 1), "email");
    ck_assert_int_eq(qc_row_int(rows[0], 0), 7);
}
END_TEST

/* ---- Writing. ---- */

START_TEST(exec_counts_rows)
{
    mock_affect(3);
    expect_int(EXEC(db, UPDATE(Member).SET(Member_nick, "x").WHERE(EQ(Member_id, 7))), 3);
    ck_assert_str_eq(mock.binds[0], "$1 = 'x', $2 = 7");
    mock_play(two_people, 2);
    expect_int(EXEC(db, SELECT(Member)), 2);
    expect_int(EXEC(db, DELETE(Member)), -1);
    expect_error(QC_ERROR_QUERY, "ALL_ROWS", __LINE__ - 1);
}
END_TEST

START_TEST(a_write_without_returning_has_no_rows)
{
    expect_none(ALL(db, DELETE(Member).ALL_ROWS));
    expect_error(QC_ERROR_QUERY, "add .RETURNING()", __LINE__ - 1);
    struct Member person = {.email = "a"};
    expect_none(FIRST(db, INSERT_ROW(Member, &person)));
    expect_error(QC_ERROR_QUERY, "add .RETURNING()", __LINE__ - 1);
    STREAM(row, db, DELETE(Member).ALL_ROWS)
        ck_abort_msg("%s", row->email);
    expect_error(QC_ERROR_QUERY, "add .RETURNING()", __LINE__ - 2);
    ck_assert_uint_eq(mock.count, 0);
}
END_TEST

START_TEST(few_rows_are_one_statement)
{
    mock_affect(2);
    expect_int(EXEC(db, INSERT_ROWS(Member, make_people(2), 2)), 2);
    expect_log((const char *const[]){"INSERT INTO members (email, nick) VALUES ($1, $2), ($3, $4)",
                                     NULL});
    ck_assert_str_eq(mock.binds[0], "$1 = 'even', $2 = NULL, $3 = 'odd', $4 = NULL");
    expect_int(EXEC(db, INSERT_ROWS(Member, make_people(2), 0)), 0);
    ck_assert_uint_eq(mock.count, 1);
}
END_TEST

START_TEST(rows_with_other_defaults_are_other_statements)
{
    struct Member *people = make_people(4);
    people[1].id = 5;
    people[2].id = 6;
    for (int i = 0; i < 3; i++)
        mock_affect(i == 1 ? 2 : 1);
    expect_int(EXEC(db, INSERT_ROWS(Member, people, 4)), 4);
    expect_log((const char *const[]){
        "BEGIN", "INSERT INTO members (email, nick) VALUES ($1, $2)",
        "INSERT INTO members (id, email, nick) VALUES ($1, $2, $3), ($4, $5, $6)",
        "INSERT INTO members (email, nick) VALUES ($1, $2)", "COMMIT", NULL});
}
END_TEST

START_TEST(many_rows_go_in_bulk)
{
    expect_int(EXEC(db, INSERT_ROWS(Member, make_people(100), 100)), 100);
    expect_log((const char *const[]){"bulk 100 members: email, nick", NULL});
    ck_assert_str_eq(mock.binds[0], "'odd'");
    expect_int(EXEC(db, INSERT_ROWS(Member, make_people(99), 99)), 0);
    ck_assert_uint_eq(mock.count, 2);
    make_people(100)[50].id = 3;
    mock_reset();
    EXEC(db, INSERT_ROWS(Member, make_people(100), 100));
    ck_assert_uint_eq(mock.count, 1);
    struct Member *people = make_people(100);
    people[50].id = 3;
    EXEC(db, INSERT_ROWS(Member, people, 100));
    ck_assert_str_eq(mock.log[1], "BEGIN");
}
END_TEST

static const char *const *make_cells(void)
{
    static const char *cells[2500 * 4];
    for (size_t i = 0; i < 2500; i++)
        memcpy(&cells[i * 4], (const char *const[]){"9", i % 2 ? "odd" : "even", NULL, NULL},
               4 * sizeof(*cells));
    return cells;
}

START_TEST(many_rows_that_return_go_as_arrays)
{
    const char *const *cells = make_cells();
    mock_play(cells, 1000);
    mock_play(cells, 1000);
    mock_play(cells, 500);
    struct Member **people = ALL(db, INSERT_ROWS(Member, make_people(2500), 2500).RETURNING());
    ck_assert_uint_eq(qc_count(people), 2500);
    ck_assert_str_eq(people[2499]->email, "odd");
    expect_log((const char *const[]){"BEGIN",
                                     "INSERT INTO members (email, nick) SELECT unnest($1), "
                                     "unnest($2) RETURNING id, email, nick, stamp",
                                     "INSERT", "INSERT", "COMMIT", NULL});
    ck_assert_ptr_nonnull(strstr(mock.binds[1], "$1 = {'even', 'odd'"));
}
END_TEST

START_TEST(many_rows_that_return_go_in_batches)
{
    const char *const *cells = make_cells();
    qc_close(db);
    db = qc_open_with(&mock_sqlite_driver, NULL, "");
    mock_play(cells, 128);
    mock_play(cells, 128);
    mock_play(cells, 44);
    struct Member **people = ALL(db, INSERT_ROWS(Member, make_people(300), 300).RETURNING());
    ck_assert_uint_eq(qc_count(people), 300);
    ck_assert_ptr_null(people[300]);
    ck_assert_str_eq(people[299]->email, "odd");
    expect_log((const char *const[]){"BEGIN", "INSERT", "INSERT", "INSERT", "COMMIT", NULL});
    people = ALL(db, INSERT_ROWS(Member, make_people(1), 0).RETURNING());
    ck_assert_ptr_nonnull(people);
    ck_assert_uint_eq(qc_count(people), 0);
}
END_TEST

START_TEST(a_failing_batch_undoes_all)
{
    struct Member *people = make_people(3);
    people[1].id = 5;
    mock.fail_at = 3;
    expect_int(EXEC(db, INSERT_ROWS(Member, people, 3)), -1);
    expect_error(QC_ERROR_SERVER, "refuses statement 3", __LINE__ - 1);
    ck_assert_str_eq(qc_error(db)->constraint, "mock_constraint");
    expect_log((const char *const[]){"BEGIN", "INSERT", "INSERT", "ROLLBACK", NULL});
    ck_assert(qc_begin(db));
    mock.fail_at = (int)mock.count + 3;
    expect_int(EXEC(db, INSERT_ROWS(Member, people, 3)), -1);
    expect_log((const char *const[]){"BEGIN", "INSERT", "INSERT", "ROLLBACK", "BEGIN",
                                     "SAVEPOINT quercus", "INSERT", "INSERT",
                                     "ROLLBACK TO SAVEPOINT quercus; RELEASE SAVEPOINT quercus",
                                     NULL});
    expect_error(QC_ERROR_SERVER, "refuses statement", __LINE__ - 5);
}
END_TEST

/* ---- Transactions. ---- */

START_TEST(transactions)
{
    ck_assert(!qc_commit(db));
    expect_error(QC_ERROR_MISUSE, "no transaction is open", __LINE__ - 1);
    ck_assert(!qc_rollback(db));
    ck_assert(qc_begin(db));
    ck_assert(qc_commit(db));
    ck_assert(qc_begin(db) && qc_rollback(db));
    ck_assert(qc_execute(db, "SET x = 1"));
    ck_assert(!qc_execute(db, NULL));
    expect_log((const char *const[]){"BEGIN", "COMMIT", "BEGIN", "ROLLBACK", "SET x = 1", NULL});
    mock.fail_at = 6;
    ck_assert(!qc_execute(db, "nonsense"));
    ck_assert_str_eq(qc_error(db)->sql, "nonsense");
}
END_TEST

/* ---- Errors. ---- */

START_TEST(an_error_says_all_and_then_goes)
{
    mock.fail_at = 1;
    expect_none(FIRST(db, SELECT(Member)));
    expect_error(QC_ERROR_SERVER, "the mock refuses", __LINE__ - 1);
    ck_assert_str_eq(qc_error(db)->sqlstate, "23505");
    ck_assert_str_eq(qc_error(db)->sql, mock.log[0]);
    ck_assert_str_eq(qc_error(db)->function, __func__);
    ck_assert(!qc_ok(db));
    FIRST(db, SELECT(Member));
    ck_assert(qc_ok(db));
    ck_assert_ptr_null(qc_error(db)->sql);
}
END_TEST

START_TEST(a_wrong_query_is_not_sent)
{
    expect_none(ALL(db, SELECT(Member).WHERE(EQ(Member_email, "a\xff"))));
    ck_assert_int_ne(qc_error(db)->code, QC_ERROR_OK);
    ck_assert_int_eq(qc_error(db)->line, __LINE__ - 2);
    expect_none(ALL(db, SELECT(Member).WHERE(GT(COUNT(), 1))));
    expect_error(QC_ERROR_QUERY, "", __LINE__ - 1);
    ck_assert_uint_eq(mock.count, 0);
}
END_TEST

START_TEST(without_a_connection_everything_fails)
{
    qc_close(db);
    mock.fail_open = true;
    db = qc_open_with(&mock_postgresql_driver, NULL, "mock:nowhere");
    ck_assert_ptr_nonnull(db);
    for (int i = 0; i < 2; i++) {
        expect_error(QC_ERROR_CONNECT, "mock:nowhere", 0);
        expect_none(FIRST(db, SELECT(Member)));
        expect_int(EXEC(db, DELETE(Member).ALL_ROWS), -1);
        ck_assert(!qc_begin(db) && !qc_execute(db, "x"));
    }
}
END_TEST

START_TEST(no_connection_is_tolerated)
{
    expect_none(FIRST(NULL, SELECT(Member)));
    expect_none(ONE(NULL, SELECT(Member)));
    expect_none(ONE_OR_NONE(NULL, SELECT(Member)));
    expect_none(ALL(NULL, SELECT(Member)));
    expect_none(EXPLAIN(NULL, SELECT(Member)));
    expect_int(EXEC(NULL, SELECT(Member)), -1);
    expect_int(SCALAR(NULL, SELECT(Member_id)), 0);
    STREAM(person, NULL, SELECT(Member))
        ck_abort_msg("%s", person->email);
    QC_SCOPE(NULL)
        qc_release(NULL);
    ck_assert(!qc_begin(NULL) && !qc_commit(NULL) && !qc_rollback(NULL) && !qc_execute(NULL, ""));
    qc_set_timeout(NULL, 1);
    qc_set_named_statements(NULL, true);
    qc_set_cache_size(NULL, 1);
    qc_set_hook(NULL, 0, NULL, NULL);
    qc_set_trace(NULL, true);
    qc_set_redact(NULL, true);
    qc_set_site_comments(NULL, true);
    ck_assert_str_eq(qc_dialect_name(NULL), "");
    ck_assert_int_eq(qc_error(NULL)->code, QC_ERROR_NOMEM);
    ck_assert(!qc_ok(NULL));
    qc_close(NULL);
}
END_TEST

/* ---- Memory. ---- */

static size_t used(const qc_arena *arena)
{
    qc_mark mark = qc_arena_mark(arena);
    return (size_t)(uintptr_t)mark.block + mark.used;
}

START_TEST(sinks_give_the_query_back)
{
    const size_t before = used(qc_current_arena());
    static const char *const number[] = {"42"};
    mock_play(two_people, 1);
    FIRST(db, SELECT(Member).WHERE(EQ(Member_email, "x")));
    ck_assert_uint_eq(used(qc_current_arena()), before);
    mock_play(number, 1);
    SCALAR(db, SELECT(COUNT(Member_id)).WHERE(EQ(Member_email, "x")));
    ALL(db, SELECT(Member).WHERE(GT(COUNT(), 1)));
    EXEC(db, INSERT_ROWS(Member, make_people(300), 300));
    ALL(db, INSERT_ROWS(Member, make_people(300), 300).RETURNING());
    EXPLAIN(db, SELECT(Member).WHERE(EQ(Member_email, "x")));
    STREAM(person, db, SELECT(Member).WHERE(EQ(Member_email, "x")))
        ck_abort_msg("%s", person->email);
    FIRST(NULL, SELECT(Member).WHERE(EQ(Member_email, "x")));
    ck_assert_uint_eq(used(qc_current_arena()), before);
}
END_TEST

START_TEST(failures_leave_no_rows)
{
    const size_t before = used(db->results);
    static const char *const cells[] = {"1", "a", NULL, NULL, "1", NULL, NULL, NULL};
    mock_play(cells, 2);
    expect_none(ALL(db, SELECT(Member)));
    ck_assert_uint_eq(used(db->results), before);
    mock_play(two_people, 2);
    expect_none(ONE(db, SELECT(Member)));
    ck_assert_uint_eq(used(db->results), before);
    mock_play(two_people, 2);
    expect_int(EXEC(db, SELECT(Member)), 2);
    ck_assert_uint_eq(used(db->results), before);
    static const char *const number[] = {"42"};
    mock_play(number, 1);
    expect_int(SCALAR(db, SELECT(COUNT(Member_id))), 42);
    ck_assert_uint_eq(used(db->results), before);
}
END_TEST

START_TEST(scopes_free_what_was_fetched_inside)
{
    mock_play(two_people, 1);
    struct Member *kept = FIRST(db, SELECT(Member));
    const size_t outer = used(db->results);
    QC_SCOPE(db) {
        mock_play(two_people, 2);
        ALL(db, SELECT(Member));
        const size_t inner = used(db->results);
        ck_assert_uint_gt(inner, outer);
        QC_SCOPE(db) {
            mock_play(two_people, 2);
            ALL(db, SELECT(Member));
            break;
        }
        ck_assert_uint_eq(used(db->results), inner);
    }
    ck_assert_uint_eq(used(db->results), outer);
    ck_assert_str_eq(kept->email, "a@x");
    QC_SCOPE(db) {
        qc_release(db);
        mock_play(two_people, 2);
        kept = FIRST(db, SELECT(Member));
    }
    ck_assert_str_eq(kept->email, "a@x");
}
END_TEST

/* ---- The cache. ---- */

START_TEST(a_repeated_query_is_compiled_once)
{
    for (int i = 0; i < 5; i++)
        FIRST(db, SELECT(Member).WHERE(EQ(Member_id, i)));
    ck_assert_uint_eq(db->cache.count, 1);
    ck_assert_str_eq(mock.binds[4], "$1 = 4");
    FIRST(db, SELECT(Member).WHERE(NE(Member_id, 1)));
    ALL(db, SELECT(Member).WHERE(EQ(Member_id, 1)));
    ck_assert_uint_eq(db->cache.count, 3);
    qc_set_cache_size(db, 0);
    ck_assert_uint_eq(db->cache.count, 0);
    FIRST(db, SELECT(Member).WHERE(EQ(Member_id, 9)));
    ck_assert_uint_eq(db->cache.count, 0);
    ck_assert_str_eq(mock.binds[7], "$1 = 9");
}
END_TEST

/* ---- The suite. ---- */

Suite *engine_suite(void);
Suite *engine_suite(void)
{
    Suite *suite = suite_create("engine");
    const TTest *const rows[] = {first_takes_one_row, all_takes_every_row, one_is_one,
        one_or_none_is_at_most_one, a_null_without_a_place_is_an_error, NULL};
    const TTest *const values[] = {scalars, scalars_that_may_be_null, generic_rows,
        generic_rows_outlive_their_statement, NULL};
    const TTest *const writing[] = {exec_counts_rows, a_write_without_returning_has_no_rows,
        few_rows_are_one_statement, rows_with_other_defaults_are_other_statements,
        many_rows_go_in_bulk, many_rows_that_return_go_as_arrays,
        many_rows_that_return_go_in_batches, a_failing_batch_undoes_all,
        transactions, NULL};
    const TTest *const errors[] = {an_error_says_all_and_then_goes, a_wrong_query_is_not_sent,
        without_a_connection_everything_fails, no_connection_is_tolerated, NULL};
    const TTest *const memory[] = {sinks_give_the_query_back, failures_leave_no_rows,
        scopes_free_what_was_fetched_inside, a_repeated_query_is_compiled_once, NULL};
    add_tests(suite, "rows", rows);
    add_tests(suite, "values", values);
    add_tests(suite, "writing", writing);
    add_tests(suite, "errors", errors);
    add_tests(suite, "memory", memory);
    return suite;
}
