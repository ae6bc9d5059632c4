/* Streams and looking on, over the mock driver: hook, trace, site comments, queries as text. */
#include "members.h"

#include "engine/db.h"
#include "engine/prepare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

START_TEST(what_a_database_cannot_is_said)
{
    const qc_driver *whole = db->driver;
    qc_driver without = *whole;
    without.copy_begin = NULL;
    db->driver = &without;
    COPY_IN(db, Member, writer)
    ck_abort_msg("the driver has no COPY");
    expect_error(QC_ERROR_UNSUPPORTED, "no COPY", __LINE__ - 2);
    ck_assert_int_eq(qc_copy_rows(db), -1);
    db->driver = whole;
    CURSOR(cursor, db, SELECT(Member))
        ck_abort_msg("the mock has no cursors");
    expect_error(QC_ERROR_UNSUPPORTED, "no cursors", __LINE__ - 2);
    ck_assert(!qc_listen(db, "members"));
    expect_error(QC_ERROR_UNSUPPORTED, "no LISTEN", __LINE__ - 1);
    ck_assert_uint_eq(mock.count, 0);
}
END_TEST

START_TEST(a_connection_with_a_stream_is_busy)
{
    mock_play(two_people, 2);
    int line = __LINE__ + 2, rows = 0;
    char place[64];
    STREAM(person, db, SELECT(Member)) {
        snprintf(place, sizeof(place), "test_engine_watch.c:%d;", line);
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
        ck_assert_ptr_nonnull(strstr(mock.streamed->sql, "/* test_engine_watch.c:"));
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
    bool used_connection, told_detail;
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
    seen.told_detail = event->error && event->error->detail && strstr(event->error->detail, "secret");
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
    qc_set_hook(db, QC_ON(STATEMENT) | QC_ON(WARNING), look, &seen);
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
    ck_assert(!seen.told_detail);
    ck_assert_ptr_nonnull(strstr(qc_error(db)->detail, "secret"));
    qc_begin(db);
    ck_assert_str_eq(seen.sql, "BEGIN");
    ck_assert_str_eq(seen.file, __FILE__);
    ck_assert_str_eq(seen.binds, "");
    ck_assert_uint_eq(seen.count, 3);
    qc_set_hook(db, 0, NULL, NULL);
    qc_rollback(db);
    ck_assert_uint_eq(seen.count, 3);
}
END_TEST

START_TEST(the_hook_sees_streams)
{
    memset(&seen, 0, sizeof(seen));
    qc_set_hook(db, QC_ON(STATEMENT) | QC_ON(WARNING), look, &seen);
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
    qc_set_hook(db, QC_ON(STATEMENT) | QC_ON(WARNING), look, &seen);
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
    qc_set_hook(db, QC_ON(STATEMENT) | QC_ON(WARNING), look_and_use, NULL);
    seen.used_connection = true;
    FIRST(db, SELECT(Member));
    ck_assert(qc_ok(db)); /* what the hook was refused is not the statement's error */
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
    ck_assert_ptr_nonnull(strstr(text, "test_engine_watch.c:"));
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
    db = qc_open_with(&mock_postgresql_driver, NULL, "mock:");
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
    snprintf(expected, sizeof(expected), " /* test_engine_watch.c:%d the_site_is_a_comment",
            __LINE__ - 3);
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
    static const char *const plan[] = {"2", "0", "0", "SCAN members", "5", "0", "0",
            "LIST SUBQUERY",
                                       "8", "5", "0", "SEARCH orders", "9", "8", "0", "LEAF"};
    qc_close(db);
    db = qc_open_with(&mock_sqlite_driver, NULL, "mock:");
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
    ck_assert_ptr_nonnull(strstr(wrong, "test_engine_watch.c:"));
    expect_some(strstr(SQL_FOR("oracle", SELECT(Member)), "no such dialect"));
}
END_TEST

START_TEST(preparing_gives_ordered_binds)
{
    QC_SITE(site);
    qc_prepared prepared;
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

Suite *engine_watch_suite(void);
Suite *engine_watch_suite(void)
{
    Suite *suite = suite_create("engine_watch");
    const TTest *const streams[] = {a_stream_goes_row_by_row, a_stream_is_closed_by_return,
        a_connection_with_a_stream_is_busy, a_failing_stream_ends, a_stream_keeps_its_statement,
        closing_ends_a_stream, structs_are_not_streamed, what_a_database_cannot_is_said, NULL};
    const TTest *const seeing[] = {the_hook_sees_every_statement, the_hook_sees_streams,
        a_warning_comes_once, a_hook_may_not_use_its_connection, the_trace_is_clean,
        the_environment_turns_the_trace_on, the_site_is_a_comment,
        a_site_cannot_leave_its_comment, NULL};
    const TTest *const texts[] = {explain_joins_the_plan, explain_draws_a_tree, queries_as_text,
        preparing_gives_ordered_binds, NULL};
    add_tests(suite, "streams", streams);
    add_tests(suite, "seeing", seeing);
    add_tests(suite, "texts", texts);
    return suite;
}
