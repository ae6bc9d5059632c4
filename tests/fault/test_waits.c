/* Does every wait end at its deadline? The peer is silent, slow, or cannot even be found. The name
 * server is ours: getaddrinfo of this program, which libpq calls as well. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* RTLD_NEXT */
#endif
#include "proxy.h"

#include "../busy.h"
#include "../databases.h"
#include "base/base.h"

#include <dlfcn.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static proxy *between;

static void begin(void)
{
    databases_begin();
    between = proxy_start(database_url(POSTGRESQL_DATABASE));
    ck_assert_ptr_nonnull(between);
}

static void end(void)
{
    proxy_stop(between);
    databases_end();
}

static qc_db *open_through(const char *url)
{
    qc_db *db = qc_open(url);
    if (!qc_ok(db))
        database_fail(db, "open");
    return db;
}

static int elapsed_ms(int64_t began)
{
    return (int)((qc_now_us() - began) / 1000);
}

/* ---- A silent peer. ---- */

/* _i: whether the server also refuses to hear a cancel. */
START_TEST(silence_ends_with_the_deadline)
{
    qc_db *db = open_through(proxy_url(between));
    qc_set_timeout(db, 150);
    proxy_set_cut(between, &(proxy_cut){.side = PROXY_SERVER,
                                        .nth = 1,
                                        .place = PROXY_BEFORE,
                                        .manner = PROXY_SILENCE,
                                        .down = _i});
    int64_t began = qc_now_us();
    ck_assert(!qc_execute(db, "SELECT 1"));
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_TIMEOUT);
    ck_assert_ptr_nonnull(strstr(qc_error(db)->message, "given up"));
    ck_assert_int_ge(elapsed_ms(began), 145);
    ck_assert_int_lt(elapsed_ms(began), 150 + BUSY_MS);
    began = qc_now_us();
    ck_assert(!qc_execute(db, "SELECT 1"));
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_DISCONNECTED);
    qc_close(db);
    ck_assert_int_lt(elapsed_ms(began), BUSY_MS);
    proxy_heal(between);
}
END_TEST

START_TEST(a_slow_link_is_drained)
{
    qc_db *db = open_through(proxy_url(between));
    qc_set_timeout(db, 150);
    qc_set_cancel_timeout(db, BUSY_MS);
    proxy_set_delay(between, 10);
    const int64_t began = qc_now_us();
    ck_assert(!qc_execute(db, "SELECT pg_sleep(60)"));
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_TIMEOUT);
    ck_assert_str_eq(qc_error(db)->sqlstate, "57014");
    ck_assert_int_lt(elapsed_ms(began), 150 + BUSY_MS);
    if (!qc_execute(db, "SELECT 1"))
        database_fail(db, "after the drain");
    qc_close(db);
    proxy_heal(between);
}
END_TEST

/* In a task others go on meanwhile. */
static void wait_for_nothing(void *data)
{
    qc_db *db = data;
    ck_assert(!qc_execute(db, "SELECT 1"));
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_TIMEOUT);
}

static bool counting;

static void count_turns(void *data)
{
    while (counting) {
        qc_task_sleep(5);
        ++*(int *)data;
    }
}

static void end_count(qc_task_fn *fn, void *data)
{
    int turns = 0;
    qc_loop *loop = qc_loop_new();
    counting = true;
    ck_assert(qc_loop_start(loop, count_turns, &turns));
    ck_assert(qc_loop_start(loop, fn, data));
    const int64_t began = qc_now_us();
    while (qc_advance(loop) > 1)
        ck_assert_int_lt(elapsed_ms(began), 4 * BUSY_MS);
    counting = false;
    ck_assert(qc_loop_run(loop, 1000));
    ck_assert_int_gt(turns, 10);
    ck_assert(qc_loop_free(loop));
}

START_TEST(silence_in_a_task_does_not_stop_others)
{
    qc_db *db = open_through(proxy_url(between));
    qc_set_timeout(db, 150);
    proxy_set_cut(between, &(proxy_cut){.side = PROXY_SERVER,
                                        .nth = 1,
                                        .place = PROXY_BEFORE,
                                        .manner = PROXY_SILENCE,
                                        .down = true});
    end_count(wait_for_nothing, db);
    qc_close(db);
    proxy_heal(between);
}
END_TEST

/* ---- Names. ---- */

static atomic_int lookups;

typedef int lookup_fn(const char *, const char *, const struct addrinfo *, struct addrinfo **);

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **ret)
{
    void *symbol = dlsym(RTLD_NEXT, "getaddrinfo");
    lookup_fn *lookup;
    memcpy(&lookup, &symbol, sizeof(lookup));
    if (node && strcmp(node, "lost.test") == 0) {
        lookups++;
        sleep(4);
        return EAI_AGAIN;
    }
    if (node && strcmp(node, "near.test") == 0) {
        lookups++;
        node = "127.0.0.1";
    }
    return lookup(node, service, hints, ret);
}

/* The proxy's URL with another host. */
static const char *named_url(const char *host, const char *options)
{
    static char url[1024];
    const char *parts = strstr(proxy_url(between), "127.0.0.1");
    ck_assert_ptr_nonnull(parts);
    snprintf(url, sizeof(url), "%.*s%s%s%s", (int)(parts - proxy_url(between)), proxy_url(between),
             host, parts + strlen("127.0.0.1"), options);
    return url;
}

static void fail_to_open(void *data)
{
    const int64_t began = qc_now_us();
    qc_db *db = qc_open(data);
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_TIMEOUT);
    ck_assert_int_lt(elapsed_ms(began), 1000 + BUSY_MS);
    qc_close(db);
}

START_TEST(a_silent_name_server_ends_with_the_deadline)
{
    char url[1024];
    snprintf(url, sizeof(url), "%s%cconnect_timeout=1", named_url("lost.test", ""),
             strchr(proxy_url(between), '?') ? '&' : '?');
    fail_to_open(url);
    end_count(fail_to_open, url);
    ck_assert_int_eq(lookups, 2);
    sleep(4); /* what was left behind cleans up */
}
END_TEST

static void use_name(void *data)
{
    qc_db *db = open_through(data);
    if (!qc_execute(db, "SELECT 1"))
        database_fail(db, "by name");
    qc_close(db);
}

START_TEST(names_are_found)
{
    char url[1024];
    ck_assert_int_eq(setenv("PGSSLMODE", "disable", 1), 0); /* the server has no certificate */
    snprintf(url, sizeof(url), "%s", named_url("near.test", ""));
    use_name(url);
    qc_loop *loop = qc_loop_new();
    ck_assert(qc_loop_start(loop, use_name, url));
    ck_assert(qc_loop_run(loop, 10000) && qc_loop_free(loop));
    ck_assert_int_ge(lookups, 2);
}
END_TEST

Suite *waits_suite(void);
Suite *waits_suite(void)
{
    Suite *suite = suite_create("waits");
    TCase *tests = tcase_create("waits");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_set_timeout(tests, 30);
    tcase_add_loop_test(tests, silence_ends_with_the_deadline, 0, 2);
    tcase_add_test(tests, a_slow_link_is_drained);
    tcase_add_test(tests, silence_in_a_task_does_not_stop_others);
    tcase_add_test(tests, a_silent_name_server_ends_with_the_deadline);
    tcase_add_test(tests, names_are_found);
    suite_add_tcase(suite, tests);
    return suite;
}
