/* Connections and sinks over the mock driver: what is sent, what comes back, what is said. */
#include "mock_driver.h"

#include "engine/db.h"
#include "engine/prepare.h"

#include <check.h>
#include <quercus/quercus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

MODEL(Member, "members",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(email, TEXT),
    COLUMN(nick, NULLABLE(TEXT)),
    COLUMN(stamp, NULLABLE(TIMESTAMPTZ), SERVER_DEFAULT("now()")))

#define MEMBER_COLUMNS "members.id, members.email, members.nick, members.stamp"

/* Over Check's own, these do not spell a whole query in their messages. */
#define expect_none(x)                                                                             \
    do {                                                                                           \
        const void *got = (x);                                                                     \
        ck_assert_ptr_null(got);                                                                   \
    } while (0)
#define expect_some(x)                                                                             \
    do {                                                                                           \
        const void *got = (x);                                                                     \
        ck_assert_ptr_nonnull(got);                                                                \
    } while (0)
#define expect_int(x, expected)                                                                    \
    do {                                                                                           \
        int64_t got = (x);                                                                         \
        ck_assert_int_eq(got, expected);                                                           \
    } while (0)
#define expect_text(x, expected)                                                                   \
    do {                                                                                           \
        const char *got = (x);                                                                     \
        ck_assert_str_eq(got, expected);                                                           \
    } while (0)

static qc_db *db;

static void begin(void)
{
    mock_reset();
    db = qc_open_with(&mock_postgresql_driver, "mock:");
    qc_set_trace(db, false);
}

static void end(void)
{
    qc_close(db);
    mock_reset();
}

static const char *const two_people[] = {"1", "a@x", NULL, NULL, "2", "b@x", "bob", "2024-01-31"};

static void expect_error(enum qc_code code, const char *message, int line)
{
    const struct qc_error *error = qc_error(db);
    ck_assert_msg(error->code == code, "%s: %s", qc_code_name(error->code), error->message);
    ck_assert_msg(strstr(error->message, message), "%s", error->message);
    if (!line)
        return;
    ck_assert_int_eq(error->line, line);
    ck_assert_ptr_nonnull(strstr(error->file, "test_engine.c"));
    ck_assert_ptr_nonnull(error->function);
}

static void expect_log(const char *const *expected)
{
    size_t i = 0;
    for (; expected[i]; i++) {
        ck_assert_msg(i < mock.count, "expected: %s", expected[i]);
        ck_assert_msg(strncmp(mock.log[i], expected[i], strlen(expected[i])) == 0,
                      "statement %zu is: %s", i, mock.log[i]);
    }
    ck_assert_msg(i == mock.count, "more was sent: %s", mock.log[i]);
}

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

static struct Member *make_people(size_t count)
{
    static struct Member people[1000];
    memset(people, 0, sizeof(people));
    for (size_t i = 0; i < count; i++)
        people[i].email = i % 2 ? "odd" : "even";
    return people;
}

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

START_TEST(many_rows_that_return_go_in_batches)
{
    static const char *cells[300 * 4];
    for (size_t i = 0; i < 300; i++)
        memcpy(&cells[i * 4], (const char *const[]){"9", i % 2 ? "odd" : "even", NULL, NULL},
               4 * sizeof(*cells));
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
                                     "ROLLBACK TO SAVEPOINT quercus",
                                     "RELEASE SAVEPOINT quercus", NULL});
    expect_error(QC_ERROR_SERVER, "refuses statement", __LINE__ - 5);
}
END_TEST

/* ---- Transactions. ---- */

START_TEST(transactions)
{
    ck_assert(!qc_commit(db));
    expect_error(QC_ERROR_MISUSE, "no transaction is open", 0);
    ck_assert(!qc_rollback(db));
    ck_assert(qc_begin(db));
    ck_assert(!qc_begin(db));
    expect_error(QC_ERROR_MISUSE, "already open", 0);
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
    db = qc_open_with(&mock_postgresql_driver, "mock:nowhere");
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
    qc_set_hook(NULL, NULL, NULL);
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

/* ---- Streams. ---- */

START_TEST(a_stream_goes_row_by_row)
{
    int64_t sum = 0;
    mock_play(two_people, 2);
    STREAM(person, db, SELECT(Member)) {
        ck_assert_uint_eq(mock.open_streams, 1);
        sum += person->id;
    }
    ck_assert_int_eq(sum, 3);
    ck_assert(qc_ok(db));
    ck_assert_uint_eq(mock.open_streams, 0);
    mock_play(two_people, 2);
    STREAM(person, db, SELECT(Member))
        break;
    ck_assert_uint_eq(mock.open_streams, 0);
    ck_assert_uint_eq(mock.next_row, 1);
}
END_TEST

static int64_t leave_early(void)
{
    STREAM(person, db, SELECT(Member))
        return person->id;
    return 0;
}

START_TEST(a_stream_is_closed_by_return)
{
    mock_play(two_people, 2);
    ck_assert_int_eq(leave_early(), 1);
    ck_assert_uint_eq(mock.open_streams, 0);
    expect_none(FIRST(db, SELECT(Member)));
    ck_assert(qc_ok(db));
}
END_TEST

START_TEST(a_connection_with_a_stream_is_busy)
{
    mock_play(two_people, 2);
    int line = __LINE__ + 2, rows = 0;
    char place[64];
    STREAM(person, db, SELECT(Member)) {
        snprintf(place, sizeof(place), "test_engine.c:%d;", line);
        expect_none(FIRST(db, SELECT(Member)));
        expect_error(QC_ERROR_MISUSE, place, __LINE__ - 1);
        ck_assert(!qc_commit(db));
        STREAM(other, db, SELECT(Member))
            ck_abort_msg("%s", other->email);
        expect_error(QC_ERROR_MISUSE, place, __LINE__ - 2);
        ck_assert_str_eq(person->email, rows++ ? "b@x" : "a@x");
    }
    ck_assert_int_eq(rows, 2);
    ck_assert(qc_ok(db));
}
END_TEST

START_TEST(a_failing_stream_ends)
{
    int rows = 0;
    mock_play(two_people, 2);
    mock.fail_row = 2;
    STREAM(person, db, SELECT(Member))
        rows += person->id > 0;
    ck_assert_int_eq(rows, 1);
    expect_error(QC_ERROR_SERVER, "refuses row 2", __LINE__ - 3);
    mock.fail_at = 2;
    STREAM(person, db, SELECT(Member))
        ck_abort_msg("%s", person->email);
    expect_error(QC_ERROR_SERVER, "refuses statement 2", __LINE__ - 2);
    ck_assert_uint_eq(mock.open_streams, 0);
}
END_TEST

START_TEST(a_stream_keeps_its_statement)
{
    mock_play(two_people, 2);
    qc_set_site_comments(db, true);
    STREAM(person, db, SELECT(Member)) {
        qc_set_cache_size(db, 0);
        ck_assert_ptr_nonnull(strstr(mock.streamed->sql, "/* test_engine.c:"));
        ck_assert_int_gt(person->id, 0);
    }
    ck_assert(qc_ok(db));
}
END_TEST

START_TEST(closing_ends_a_stream)
{
    mock_play(two_people, 2);
    STREAM(person, db, SELECT(Member)) {
        ck_assert_int_eq(person->id, 1);
        qc_close(db);
        ck_assert_uint_eq(mock.open_streams, 0);
    }
    db = NULL;
}
END_TEST

START_TEST(structs_are_not_streamed)
{
    STREAM(person, db, INSERT_ROWS(Member, make_people(1), 1).RETURNING())
        ck_abort_msg("%s", person->email);
    expect_error(QC_ERROR_QUERY, "cannot be streamed", __LINE__ - 2);
}
END_TEST

/* ---- Seeing what happens. ---- */

static struct seen {
    size_t count, warnings;
    char sql[512], binds[256], warning[512], file[256];
    int line;
    int64_t rows;
    enum qc_code code;
    bool used_connection;
} seen;

static void look(const qc_event *event, void *data)
{
    ck_assert_ptr_eq(data, &seen);
    ck_assert_ptr_eq(event->db, db);
    seen.count++;
    seen.warnings += event->warning != NULL;
    snprintf(seen.sql, sizeof(seen.sql), "%s", event->sql);
    snprintf(seen.binds, sizeof(seen.binds), "%s", event->binds);
    if (event->warning)
        snprintf(seen.warning, sizeof(seen.warning), "%s", event->warning);
    snprintf(seen.file, sizeof(seen.file), "%s", event->site->file);
    seen.line = event->site->line;
    seen.rows = event->rows;
    seen.code = event->error ? event->error->code : QC_ERROR_OK;
    ck_assert_int_ge(event->microseconds, 0);
}

static void look_and_use(const qc_event *event, void *data)
{
    (void)data;
    seen.used_connection = FIRST(event->db, SELECT(Member)) != NULL;
}

START_TEST(the_hook_sees_every_statement)
{
    memset(&seen, 0, sizeof(seen));
    qc_set_hook(db, look, &seen);
    mock_play(two_people, 2);
    ALL(db, SELECT(Member).WHERE(EQ(Member_email, "o'x")));
    ck_assert_uint_eq(seen.count, 1);
    ck_assert_int_eq(seen.rows, 2);
    ck_assert_int_eq(seen.line, __LINE__ - 3);
    ck_assert_str_eq(seen.sql, mock.log[0]);
    ck_assert_str_eq(seen.binds, "$1 = 'o''x'");
    qc_set_redact(db, true);
    mock.fail_at = 2;
    ALL(db, SELECT(Member).WHERE(EQ(Member_email, "secret")));
    ck_assert_str_eq(seen.binds, "(redacted)");
    ck_assert_int_eq(seen.rows, -1);
    ck_assert_int_eq(seen.code, QC_ERROR_SERVER);
    qc_begin(db);
    ck_assert_str_eq(seen.sql, "BEGIN");
    ck_assert_str_eq(seen.file, "");
    ck_assert_str_eq(seen.binds, "");
    ck_assert_uint_eq(seen.count, 3);
    qc_set_hook(db, NULL, NULL);
    qc_rollback(db);
    ck_assert_uint_eq(seen.count, 3);
}
END_TEST

START_TEST(the_hook_sees_streams)
{
    memset(&seen, 0, sizeof(seen));
    qc_set_hook(db, look, &seen);
    mock_play(two_people, 2);
    STREAM(person, db, SELECT(Member).WHERE(EQ(Member_email, "x")))
        ck_assert_int_gt(person->id, 0);
    ck_assert_uint_eq(seen.count, 1);
    ck_assert_int_eq(seen.rows, 2);
    ck_assert_str_eq(seen.binds, "$1 = 'x'");
}
END_TEST

START_TEST(a_warning_comes_once)
{
    memset(&seen, 0, sizeof(seen));
    qc_set_hook(db, look, &seen);
    ALIAS(Member, other);
    for (int i = 0; i < 3; i++)
        ALL(db, SELECT(Member).FROM(Member, other));
    ck_assert_uint_eq(seen.warnings, 1);
    ck_assert_uint_eq(seen.count, 4);
    ck_assert_ptr_nonnull(strstr(seen.warning, "other"));
}
END_TEST

START_TEST(a_hook_may_not_use_its_connection)
{
    qc_set_hook(db, look_and_use, NULL);
    seen.used_connection = true;
    FIRST(db, SELECT(Member));
    ck_assert(!seen.used_connection);
    ck_assert_uint_eq(mock.count, 1);
}
END_TEST

static size_t traced(char *text, size_t size, void (*act)(void))
{
    char name[] = "/tmp/quercus_trace_XXXXXX";
    int file = mkstemp(name), saved = dup(STDERR_FILENO);
    fflush(stderr);
    dup2(file, STDERR_FILENO);
    act();
    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
    ssize_t length = pread(file, text, size - 1, 0);
    text[length > 0 ? length : 0] = '\0';
    close(file);
    unlink(name);
    return length > 0 ? (size_t)length : 0;
}

static void act(void)
{
    mock_play(two_people, 2);
    ALL(db, SELECT(Member).WHERE(EQ(Member_email, "a\n-- forged\x1b[31m")));
    mock.fail_at = 2;
    FIRST(db, SELECT(Member));
}

START_TEST(the_trace_is_clean)
{
    char text[4096];
    qc_set_trace(db, true);
    ck_assert_uint_gt(traced(text, sizeof(text), act), 0);
    ck_assert_ptr_nonnull(strstr(text, "test_engine.c:"));
    ck_assert_ptr_nonnull(strstr(text, " act: 2 rows, "));
    ck_assert_ptr_nonnull(strstr(text, "\n   SELECT " MEMBER_COLUMNS " FROM members WHERE"));
    ck_assert_ptr_nonnull(strstr(text, "error: the mock refuses statement 2"));
    ck_assert_ptr_null(strstr(text, "\x1b"));
    ck_assert_ptr_null(strstr(text, "\n-- forged"));
    mock_reset();
    qc_set_redact(db, true);
    traced(text, sizeof(text), act);
    ck_assert_ptr_null(strstr(text, "forged"));
    ck_assert_ptr_nonnull(strstr(text, "(redacted)"));
}
END_TEST

static void open_and_act(void)
{
    qc_close(db);
    db = qc_open_with(&mock_postgresql_driver, "mock:");
    act();
}

START_TEST(the_environment_turns_the_trace_on)
{
    char text[4096];
    setenv("QC_TRACE", "1", 1);
    ck_assert_uint_gt(traced(text, sizeof(text), open_and_act), 0);
    mock_reset();
    setenv("QC_TRACE", "0", 1);
    ck_assert_uint_eq(traced(text, sizeof(text), open_and_act), 0);
}
END_TEST

/* ---- Site comments. ---- */

START_TEST(the_site_is_a_comment)
{
    qc_set_site_comments(db, true);
    FIRST(db, SELECT(Member).WHERE(EQ(Member_id, 1)));
    char expected[128];
    snprintf(expected, sizeof(expected), " /* test_engine.c:%d the_site_is_a_comment", __LINE__ - 2);
    ck_assert_msg(strstr(mock.log[0], expected), "%s", mock.log[0]);
    ck_assert_str_eq(mock.log[0] + strlen(mock.log[0]) - 3, " */");
    FIRST(db, SELECT(Member).WHERE(EQ(Member_id, 2)));
    ck_assert_uint_eq(db->cache.count, 1);
    ck_assert_str_ne(mock.log[0], mock.log[1]);
}
END_TEST

START_TEST(a_site_cannot_leave_its_comment)
{
    const qc_site site = {"dir/a*/ b\n\x01/*$.c", "f */ ; DROP TABLE members; --", 7};
    qc_set_site_comments(db, true);
    qc_first(db, &site, qc_begin_query(),
             (const qc_clause[]){{.kind = QC_CLAUSE_HEAD, .node = Member.node}, {0}});
    const char *comment = strstr(mock.log[0], " /*");
    ck_assert_str_eq(comment, " /* __.c:7 f______DROP_TABLE_members__-- */");
    ck_assert_ptr_eq(strstr(mock.log[0], "*/"), comment + strlen(comment) - 2);
}
END_TEST

/* ---- EXPLAIN, SQL, BINDS. ---- */

START_TEST(explain_joins_the_plan)
{
    static const char *const plan[] = {"Seq Scan on members", "  Filter: (id = 1)"};
    mock_play(plan, 2);
    expect_text(EXPLAIN(db, SELECT(Member).WHERE(EQ(Member_id, 1))),
                     "Seq Scan on members\n  Filter: (id = 1)");
    ck_assert_str_eq(mock.log[0],
                     "EXPLAIN SELECT " MEMBER_COLUMNS " FROM members WHERE members.id = $1");
    ck_assert_str_eq(mock.binds[0], "$1 = 1");
    expect_some(EXPLAIN(db, INSERT_ROWS(Member, make_people(2), 2)));
    expect_none(EXPLAIN(db, SELECT(Member).WHERE(GT(COUNT(), 1))));
}
END_TEST

START_TEST(explain_draws_a_tree)
{
    static const char *const plan[] = {"2", "0", "0", "SCAN members", "5", "0", "0", "LIST SUBQUERY",
                                       "8", "5", "0", "SEARCH orders", "9", "8", "0", "LEAF"};
    qc_close(db);
    db = qc_open_with(&mock_sqlite_driver, "mock:");
    mock_play(plan, 4);
    expect_text(EXPLAIN(db, SELECT(Member)),
                     "SCAN members\nLIST SUBQUERY\n  SEARCH orders\n    LEAF");
    ck_assert_str_eq(mock.log[0], "EXPLAIN QUERY PLAN SELECT " MEMBER_COLUMNS " FROM members");
}
END_TEST

START_TEST(queries_as_text)
{
    expect_text(SQL(SELECT(Member).WHERE(EQ(Member_email, "x")).LIMIT(3)),
                     "SELECT " MEMBER_COLUMNS " FROM members WHERE members.email = $1 LIMIT $2");
    expect_text(BINDS(SELECT(Member).WHERE(EQ(Member_email, "x")).LIMIT(3)),
                     "$1 = 'x', $2 = 3");
    expect_text(BINDS(SELECT(Member)), "");
    expect_some(strstr(SQL_FOR("sqlite", SELECT(Member).WHERE(EQ(Member_id, 1))), "?1"));
    expect_text(SQL(INSERT_ROWS(Member, make_people(1), 1)),
                     "INSERT INTO members (email, nick) VALUES ($1, $2)");
    QUERY_OF(Member) kept = QUERY(SELECT(Member).WHERE(EQ(Member_id, 1)));
    expect_text(SQL(kept), "SELECT " MEMBER_COLUMNS " FROM members WHERE members.id = $1");
    expect_some(strstr(TREE(SELECT(Member)), "table Member"));
    const char *wrong = SQL(SELECT(Member).WHERE(GT(COUNT(), 1)));
    ck_assert_ptr_eq(strstr(wrong, "-- "), wrong);
    ck_assert_ptr_nonnull(strstr(wrong, "test_engine.c:"));
    expect_some(strstr(SQL_FOR("oracle", SELECT(Member)), "no such dialect"));
}
END_TEST

START_TEST(preparing_gives_ordered_binds)
{
    QC_SITE(site);
    qc_prepared prepared;
    const qc_node *id = qc_operand(QC_TYPE_bigint, QC_OPERAND_INT, &(int){7});
    (void)id;
    const qc_clause clauses[] = {{.kind = QC_CLAUSE_HEAD, .node = Member.node},
                                 {.kind = QC_CLAUSE_LIMIT, .node = qc_limit(5)},
                                 {.kind = QC_CLAUSE_WHERE, .where = EQ(Member_id, 7)},
                                 {.kind = QC_CLAUSE_END}};
    ck_assert(qc_prepare(db, &site, clauses, false, &prepared));
    ck_assert_uint_eq(prepared.statement->bind_count, 2);
    ck_assert_int_eq(prepared.binds[0]->u.integer, 7);
    ck_assert_int_eq(prepared.binds[1]->u.integer, 5);
    qc_prepared_end(&prepared);
}
END_TEST

/* ---- The suite. ---- */

enum { MOST_TESTS = 10 };
typedef struct group {
    const char *name;
    const TTest *tests[MOST_TESTS];
} group;

static void add_groups(Suite *suite, const group *groups, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        TCase *tests = tcase_create(groups[i].name);
        tcase_add_checked_fixture(tests, begin, end);
        for (size_t t = 0; groups[i].tests[t]; t++)
            tcase_add_test(tests, groups[i].tests[t]);
        suite_add_tcase(suite, tests);
    }
}

Suite *engine_suite(void);
Suite *engine_suite(void)
{
    const group groups[] = {
        {"rows", {first_takes_one_row, all_takes_every_row, one_is_one, one_or_none_is_at_most_one,
                  a_null_without_a_place_is_an_error}},
        {"values", {scalars, scalars_that_may_be_null, generic_rows,
                    generic_rows_outlive_their_statement}},
        {"writing", {exec_counts_rows, a_write_without_returning_has_no_rows,
                     few_rows_are_one_statement, rows_with_other_defaults_are_other_statements,
                     many_rows_go_in_bulk, many_rows_that_return_go_in_batches,
                     a_failing_batch_undoes_all, transactions}},
        {"errors", {an_error_says_all_and_then_goes, a_wrong_query_is_not_sent,
                    without_a_connection_everything_fails, no_connection_is_tolerated}},
        {"memory", {sinks_give_the_query_back, failures_leave_no_rows,
                    scopes_free_what_was_fetched_inside, a_repeated_query_is_compiled_once}},
        {"streams", {a_stream_goes_row_by_row, a_stream_is_closed_by_return,
                     a_connection_with_a_stream_is_busy, a_failing_stream_ends,
                     a_stream_keeps_its_statement, closing_ends_a_stream,
                     structs_are_not_streamed}},
        {"seeing", {the_hook_sees_every_statement, the_hook_sees_streams, a_warning_comes_once,
                    a_hook_may_not_use_its_connection, the_trace_is_clean,
                    the_environment_turns_the_trace_on, the_site_is_a_comment,
                    a_site_cannot_leave_its_comment}},
        {"texts", {explain_joins_the_plan, explain_draws_a_tree, queries_as_text,
                   preparing_gives_ordered_binds}},
    };
    Suite *suite = suite_create("engine");
    add_groups(suite, groups, sizeof(groups) / sizeof(groups[0]));
    return suite;
}
