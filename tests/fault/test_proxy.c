/* Does the proxy break what it is told to, there and in that manner, and nothing else? Proven with
 * libpq alone. */
#include "proxy.h"

#include "../databases.h"

#include <dirent.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static proxy *between;
static PGconn *direct, *link;

static PGconn *must_connect(const char *url)
{
    PGconn *c = PQconnectdb(url);
    if (PQstatus(c) != CONNECTION_OK)
        ck_abort_msg("connect: %s", PQerrorMessage(c));
    return c;
}

static int number(PGconn *c, const char *sql)
{
    PGresult *result = PQexec(c, sql);
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        ck_abort_msg("%s: %s", sql, PQerrorMessage(c));
    const int value = atoi(PQgetvalue(result, 0, 0));
    PQclear(result);
    return value;
}

static ExecStatusType run(PGconn *c, const char *sql)
{
    PGresult *result = PQexec(c, sql);
    const ExecStatusType status = PQresultStatus(result);
    PQclear(result);
    return status;
}

static void must_run(PGconn *c, const char *sql)
{
    const ExecStatusType status = run(c, sql);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        ck_abort_msg("%s: %s", sql, PQerrorMessage(c));
}

/* Things of the other end become so within a second or two. */
static bool becomes(int (*what)(void), int wanted)
{
    for (int i = 0; i < 200 && what() != wanted; i++)
        poll(NULL, 0, 10);
    return what() == wanted;
}

static int open_links(void)
{
    return proxy_count(between).open;
}

static int backends(void)
{
    return number(direct, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'cut'");
}

static void begin(void)
{
    between = proxy_start(database_url(POSTGRESQL_DATABASE));
    ck_assert_ptr_nonnull(between);
    direct = must_connect(database_url(POSTGRESQL_DATABASE));
    link = must_connect(proxy_url(between));
    must_run(link, "SET application_name = 'cut'");
    must_run(direct, "CREATE TABLE cut (id int)");
    proxy_set_cut(between, NULL);
}

/* Nothing stays, whatever was done. */
static void end(void)
{
    PQfinish(link);
    proxy_heal(between);
    ck_assert(becomes(open_links, 0));
    ck_assert(becomes(backends, 0));
    must_run(direct, "DROP TABLE cut");
    PQfinish(direct);
    proxy_stop(between);
}

/* ---- Nothing is broken. ---- */

START_TEST(messages_are_counted)
{
    ck_assert_int_eq(number(link, "SELECT 41 + 1"), 42);
    proxy_counts counts = proxy_count(between);
    ck_assert_int_eq(counts.messages[PROXY_CLIENT], 1); /* Query */
    ck_assert_int_eq(counts.messages[PROXY_SERVER], 4); /* T, D, C, Z */
    ck_assert_int_eq(counts.open, 1);
    ck_assert_int_eq(counts.accepted, 1);

    proxy_set_cut(between, NULL);
    PGresult *result = PQexecParams(link, "SELECT 1", 0, NULL, NULL, NULL, NULL, 0);
    ck_assert_int_eq(PQresultStatus(result), PGRES_TUPLES_OK);
    PQclear(result);
    counts = proxy_count(between);
    ck_assert_int_eq(counts.messages[PROXY_CLIENT], 5); /* Parse, Bind, Describe, Execute, Sync */
    ck_assert_int_eq(counts.messages[PROXY_SERVER], 6); /* 1, 2, T, D, C, Z */

    proxy_set_cut(between, NULL);
    PGconn *second = must_connect(proxy_url(between));
    counts = proxy_count(between);
    ck_assert_int_eq(counts.messages[PROXY_CLIENT], 2);  /* SSLRequest, startup */
    ck_assert_int_gt(counts.messages[PROXY_SERVER], 10); /* N, R, S …, K, Z */
    ck_assert_int_eq(counts.open, 2);
    ck_assert_int_eq(counts.accepted, 2);
    PQfinish(second);
    ck_assert(becomes(open_links, 1));
}
END_TEST

static void exchange_much(void)
{
    enum { SIZE = 3 * 1000 * 1000 };
    char *text = malloc(SIZE + 1);
    ck_assert_ptr_nonnull(text);
    for (int i = 0; i < SIZE; i++)
        text[i] = (char)('a' + i % 23);
    text[SIZE] = '\0';
    const char *values[] = {text};
    PGresult *result = PQexecParams(link, "SELECT $1 || $1", 1, NULL, values, NULL, NULL, 0);
    ck_assert_int_eq(PQresultStatus(result), PGRES_TUPLES_OK);
    ck_assert_int_eq(PQgetlength(result, 0, 0), 2 * SIZE);
    ck_assert_int_eq(strncmp(PQgetvalue(result, 0, 0), text, SIZE), 0);
    ck_assert_str_eq(PQgetvalue(result, 0, 0) + SIZE, text);
    PQclear(result);
    free(text);
}

START_TEST(large_messages_pass)
{
    exchange_much();
    ck_assert_int_eq(proxy_count(between).messages[PROXY_SERVER], 6);
}
END_TEST

START_TEST(one_byte_at_a_time)
{
    proxy_set_dribble(between, true);
    ck_assert_int_eq(number(link, "SELECT count(*) FROM repeat('x', 3000)"), 1);
    PGresult *result = PQexec(link, "SELECT n, repeat('y', n) FROM generate_series(1, 50) n");
    ck_assert_int_eq(PQntuples(result), 50);
    for (int i = 0; i < 50; i++)
        ck_assert_int_eq(PQgetlength(result, i, 1), i + 1);
    PQclear(result);
    PGconn *second = must_connect(proxy_url(between));
    ck_assert_int_eq(number(second, "SELECT 7"), 7);
    PQfinish(second);
}
END_TEST

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

START_TEST(delays)
{
    proxy_set_delay(between, 400);
    const int64_t began = now_ms();
    ck_assert_int_eq(number(link, "SELECT 5"), 5);
    ck_assert_int_ge(now_ms() - began, 798); /* both ways */
    proxy_set_delay(between, 0);
    const int64_t later = now_ms();
    ck_assert_int_eq(number(link, "SELECT 5"), 5);
    ck_assert_int_lt(now_ms() - later, 800);
}
END_TEST

START_TEST(cancels_pass)
{
    char text[256];
    PGcancel *cancel = PQgetCancel(link);
    ck_assert(PQsendQuery(link, "SELECT pg_sleep(30)"));
    poll(NULL, 0, 50);
    ck_assert(PQcancel(cancel, text, sizeof(text)));
    PQfreeCancel(cancel);
    PGresult *result = PQgetResult(link);
    ck_assert_str_eq(PQresultErrorField(result, PG_DIAG_SQLSTATE), "57014");
    PQclear(result);
    ck_assert_ptr_null(PQgetResult(link));
    ck_assert_int_eq(proxy_count(between).messages[PROXY_CLIENT], 2);
}
END_TEST

START_TEST(last_words_pass)
{
    char sql[100];
    snprintf(sql, sizeof(sql), "SELECT pg_terminate_backend(%d, 5000)", PQbackendPID(link));
    must_run(direct, sql);
    ck_assert(PQsendQuery(link, "SELECT 1"));
    PGresult *result = PQgetResult(link);
    ck_assert_str_eq(PQresultErrorField(result, PG_DIAG_SQLSTATE), "57P01");
    PQclear(result);
    ck_assert(becomes(backends, 0));
}
END_TEST

START_TEST(many_connections)
{
    enum { MANY = 25 };
    PGconn *links[MANY];
    for (int i = 0; i < MANY; i++)
        links[i] = must_connect(proxy_url(between));
    for (int i = 0; i < MANY; i++)
        ck_assert(PQsendQuery(links[i], "SELECT generate_series(1, 20000)"));
    ck_assert_int_eq(open_links(), MANY + 1);
    for (int i = 0; i < MANY; i++) {
        PGresult *result = PQgetResult(links[i]);
        ck_assert_int_eq(PQntuples(result), 20000);
        PQclear(result);
        PQfinish(links[i]);
    }
    ck_assert(becomes(open_links, 1));
}
END_TEST

/* ---- Cuts. ---- */

enum ending { WORKS, ENDS, IS_RESET, IS_SILENT };

/* How the answer to a statement ends. libpq says the same of an end and of a reset. */
static enum ending outcome(void)
{
    struct pollfd waiting = {.fd = PQsocket(link), .events = POLLIN};
    char byte;
    for (;;) {
        while (!PQisBusy(link)) {
            PGresult *result = PQgetResult(link);
            if (!result)
                return WORKS;
            PQclear(result);
        }
        if (poll(&waiting, 1, 150) == 0)
            return IS_SILENT;
        const ssize_t got = recv(waiting.fd, &byte, 1, MSG_PEEK);
        if (got <= 0)
            return got == 0 ? ENDS : IS_RESET;
        PQconsumeInput(link);
    }
}

/* What the server shall have done of "INSERT", and of "COMMIT", cut here. */
typedef struct cut_case {
    enum proxy_side side;
    char type;
    const char *text;
    bool commits[3]; /* cut before, within, after */
} cut_case;

static const cut_case cases[] = {
    {PROXY_CLIENT, 'Q', "COMMIT", {false, false, true}},
    {PROXY_SERVER, 'C', "COMMIT", {true, true, true}},
    {PROXY_CLIENT, 0, "INSERT", {false, false, false}},
    {PROXY_SERVER, 'C', "INSERT", {false, false, false}},
};
enum { CASES = sizeof(cases) / sizeof(cases[0]), PLACES = 3, MANNERS = 3 };

START_TEST(cuts)
{
    const cut_case *c = &cases[_i / PLACES / MANNERS];
    const int place = _i / MANNERS % PLACES, manner = _i % MANNERS;
    static const enum ending endings[] = {ENDS, IS_RESET, IS_SILENT};
    proxy_set_cut(between, &(proxy_cut){.side = c->side,
                                        .type = c->type,
                                        .text = c->text,
                                        .nth = 1,
                                        .place = (enum proxy_place)place,
                                        .manner = (enum proxy_manner)manner});
    enum ending seen = WORKS;
    const char *statements[] = {"BEGIN", "INSERT INTO cut VALUES (1)", "COMMIT"};
    for (int i = 0; i < 3 && seen == WORKS; i++) {
        ck_assert(!proxy_has_cut(between));
        ck_assert(PQsendQuery(link, statements[i]));
        seen = outcome();
        ck_assert_int_eq(proxy_has_cut(between), seen != WORKS);
    }
    ck_assert_int_eq(seen, endings[manner]);
    ck_assert_int_eq(proxy_count(between).silent, manner == PROXY_SILENCE);
    ck_assert(becomes(backends, manner == PROXY_SILENCE));
    ck_assert_int_eq(number(direct, "SELECT count(*) FROM cut"), c->commits[place]);
}
END_TEST

START_TEST(cuts_at_the_nth)
{
    for (int nth = 1; nth <= 4; nth++) {
        proxy_set_cut(between, &(proxy_cut){.side = PROXY_SERVER, .type = 'D', .nth = nth});
        must_run(direct, "TRUNCATE cut");
        ck_assert(PQsendQuery(link, "INSERT INTO cut VALUES (1), (2), (3) RETURNING id"));
        ck_assert(PQsetSingleRowMode(link));
        int rows = 0;
        PGresult *result;
        while ((result = PQgetResult(link))) {
            rows += PQresultStatus(result) == PGRES_SINGLE_TUPLE;
            PQclear(result);
        }
        ck_assert_int_eq(rows, nth <= 3 ? nth - 1 : 3);
        ck_assert_int_eq(PQstatus(link), nth <= 3 ? CONNECTION_BAD : CONNECTION_OK);
        PQfinish(link);
        link = must_connect(proxy_url(between));
        must_run(link, "SET application_name = 'cut'");
    }
}
END_TEST

START_TEST(cuts_while_connecting)
{
    static const proxy_cut at[] = {
        {.side = PROXY_CLIENT, .type = FRAME_SSL_REQUEST, .nth = 1},
        {.side = PROXY_SERVER, .type = FRAME_SSL_ANSWER, .nth = 1},
        {.side = PROXY_CLIENT, .type = FRAME_STARTUP, .nth = 1, .place = PROXY_WITHIN},
        {.side = PROXY_SERVER, .type = 'R', .nth = 1, .place = PROXY_AFTER},
        {.side = PROXY_SERVER, .type = 'K', .nth = 1, .place = PROXY_WITHIN},
        {.side = PROXY_SERVER, .type = 'Z', .nth = 1},
    };
    for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
        proxy_set_cut(between, &at[i]);
        PGconn *second = PQconnectdb(proxy_url(between));
        ck_assert_int_eq(PQstatus(second), CONNECTION_BAD);
        ck_assert(proxy_has_cut(between));
        PQfinish(second);
        ck_assert_int_eq(number(link, "SELECT 3"), 3);
    }
}
END_TEST

START_TEST(down)
{
    proxy_set_cut(between, &(proxy_cut){.type = 'Q', .nth = 1, .down = true, .manner = _i});
    ck_assert(PQsendQuery(link, "SELECT 1"));
    ck_assert(outcome() != WORKS);
    PGconn *second = PQconnectStart(proxy_url(between));
    struct pollfd waiting = {.fd = PQsocket(second), .events = POLLIN};
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    for (int i = 0; i < 5 && state == PGRES_POLLING_WRITING; i++)
        state = PQconnectPoll(second);
    if (state != PGRES_POLLING_FAILED)
        ck_assert_int_eq(poll(&waiting, 1, 100), _i == PROXY_SILENCE ? 0 : 1);
    PQfinish(second);
    proxy_heal(between);
    second = must_connect(proxy_url(between));
    ck_assert_int_eq(number(second, "SELECT 9"), 9);
    PQfinish(second);
}
END_TEST

START_TEST(cuts_at_once)
{
    ck_assert(PQsendQuery(link, "SELECT pg_sleep(0.2)"));
    poll(NULL, 0, 50);
    ck_assert(proxy_cut_now(between, 12345, _i));
    ck_assert(outcome() != WORKS);
    ck_assert(!proxy_cut_now(between, 0, _i));
}
END_TEST

START_TEST(silence_is_healed)
{
    must_run(direct, "SET lock_timeout = 200");
    must_run(link, "BEGIN");
    must_run(link, "LOCK TABLE cut");
    ck_assert(proxy_cut_now(between, 0, PROXY_SILENCE));
    PQfinish(link);
    link = NULL;
    ck_assert_int_eq(run(direct, "LOCK TABLE cut"), PGRES_FATAL_ERROR);
    ck_assert_int_eq(proxy_count(between).open, 1); /* the server knows of nothing */
    proxy_heal(between);
    ck_assert(becomes(backends, 0));
    ck_assert(becomes(open_links, 0));
}
END_TEST

/* ---- Starting and stopping. ---- */

static int open_files(void)
{
    int count = 0;
    DIR *directory = opendir("/proc/self/fd");
    ck_assert_ptr_nonnull(directory);
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

START_TEST(nothing_leaks)
{
    const int before = open_files();
    for (int i = 0; i < 20; i++) {
        proxy *p = proxy_start(database_url(POSTGRESQL_DATABASE));
        PGconn *c = must_connect(proxy_url(p)), *idle = must_connect(proxy_url(p));
        if (i % 4 < 3)
            proxy_cut_now(p, 0, (enum proxy_manner)(i % 4));
        PQfinish(c);
        proxy_stop(p);
        PQfinish(idle);
    }
    ck_assert_int_eq(open_files(), before);
}
END_TEST

START_TEST(no_server)
{
    proxy *p = proxy_start("postgresql://x@/x?host=/nowhere");
    PGconn *c = PQconnectdb(proxy_url(p));
    ck_assert_int_eq(PQstatus(c), CONNECTION_BAD);
    PQfinish(c);
    proxy_stop(p);
    ck_assert_ptr_null(proxy_start("postgresql://x@not-a-number/x"));
    proxy_stop(NULL);
}
END_TEST

Suite *proxy_suite(void)
{
    Suite *suite = suite_create("proxy");
    TCase *tests = tcase_create("proxy");
    tcase_set_timeout(tests, 20);
    tcase_add_unchecked_fixture(tests, databases_begin, databases_end);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, messages_are_counted);
    tcase_add_test(tests, large_messages_pass);
    tcase_add_test(tests, one_byte_at_a_time);
    tcase_add_test(tests, delays);
    tcase_add_test(tests, cancels_pass);
    tcase_add_test(tests, last_words_pass);
    tcase_add_test(tests, many_connections);
    tcase_add_loop_test(tests, cuts, 0, CASES * PLACES * MANNERS);
    tcase_add_test(tests, cuts_at_the_nth);
    tcase_add_test(tests, cuts_while_connecting);
    tcase_add_loop_test(tests, down, 0, MANNERS);
    tcase_add_loop_test(tests, cuts_at_once, 0, MANNERS);
    tcase_add_test(tests, silence_is_healed);
    tcase_add_test(tests, nothing_leaks);
    tcase_add_test(tests, no_server);
    suite_add_tcase(suite, tests);
    return suite;
}
