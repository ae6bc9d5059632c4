/* What happens when the link is cut? Every scenario is run with its connection cut at message k, of
 * the client or of the server, before, within and after it, by an end, by a reset and by silence,
 * for each k. Whatever it says must be true: done only with the same values read and all rows
 * stored; failed with none; unknown with all or none. Every call returns within its deadline and a
 * quarter of a second, with a documented code, and neither descriptors nor backends stay. */
#include "cut_scenarios.h"
#include "proxy.h"

#include "../databases.h"

#include <dirent.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLACES = 3, MANNERS = 3, GRACE_US = 250 * 1000 };
/* Where there is nothing to wait for but the deadline; elsewhere; opening_url's connect_timeout. */
enum { BRIEF_MS = 100, PATIENT_MS = 3000, OPENING_MS = 1000 };

typedef struct tally {
    long points, reached, done, failed, unknown, late, wrong;
    int64_t slowest_us; /* where there was no deadline to wait for */
} tally;

static proxy *between;
static PGconn *direct;
static char url[1200], opening_url[1300];

/* ---- The server as it is. ---- */

static int number(const char *sql)
{
    PGresult *result = PQexec(direct, sql);
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        ck_abort_msg("%s: %s", sql, PQerrorMessage(direct));
    const int value = atoi(PQgetvalue(result, 0, 0));
    PQclear(result);
    return value;
}

/* What a backend does goes on for a moment after its client is gone. */
static void await_backends(const char *name)
{
    for (int i = 0; i < 1000; i++) {
        if (!number("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'cut'"))
            return;
        poll(NULL, 0, 2 + i / 4);
    }
    ck_abort_msg("%s: a backend stays", name);
}

static int stored(qc_uuid_value id)
{
    char hex[33], sql[128];
    for (int i = 0; i < 16; i++)
        snprintf(hex + i * 2, 3, "%02x", id.bytes[i]);
    snprintf(sql, sizeof(sql), "SELECT count(*) FROM cut_entries WHERE run = '%s'", hex);
    return number(sql);
}

static int open_files(void)
{
    int count = 0;
    DIR *directory = opendir("/proc/self/fd");
    while (directory && readdir(directory))
        count++;
    closedir(directory);
    return count;
}

/* ---- One run. ---- */

static qc_uuid_value new_id(void)
{
    static uint32_t count;
    qc_uuid_value id = {{0}};
    count++;
    memcpy(id.bytes, &count, sizeof(count));
    return id;
}

static void prepare(const cut_scenario *s, cut_trial *t, int timeout_ms)
{
    *t = (cut_trial){.url = opening_url, .id = new_id(), .timeout_ms = OPENING_MS};
    if (s->opens)
        return;
    t->timeout_ms = timeout_ms;
    t->db = qc_open(url);
    qc_set_named_statements(t->db, !s->unnamed);
    if (!qc_ok(t->db) || (s->prepare && !s->prepare(t)))
        database_fail(t->db, s->name);
    t->seen[0] = '\0';
    qc_set_timeout(t->db, timeout_ms);
}

/* A lost connection says so at once, and has no outcome of what did not begin. */
static void use_again(cut_trial *t)
{
    const bool begun = qc_begin(t->db);
    if (!begun && qc_outcome(t->db) == QC_OUTCOME_COMMITTED)
        snprintf(t->seen, sizeof(t->seen), "wrong: the outcome is that of an earlier transaction");
    cut_step(t, begun || t->code == QC_ERROR_OK);
}

static enum cut_result run(const cut_scenario *s, cut_trial *t, const proxy_cut *cut)
{
    proxy_set_cut(between, cut);
    cut_step(t, true);
    const enum cut_result result = s->run(t);
    use_again(t);
    qc_close(t->db);
    t->db = NULL;
    return result;
}

/* ---- Judging. ---- */

static bool is_documented(enum qc_code code)
{
    return code == QC_ERROR_DISCONNECTED || code == QC_ERROR_TIMEOUT || code == QC_ERROR_CONNECT;
}

static const char *judge(const cut_scenario *s, const cut_trial *t, const cut_trial *healthy,
                         enum cut_result result)
{
    const int rows = stored(t->id);
    if (rows != 0 && rows != s->stores)
        return "part of it is stored";
    if (result == CUT_DONE && rows != s->stores)
        return "it said success and stored nothing";
    if (result == CUT_DONE && strcmp(t->seen, healthy->seen) != 0)
        return "it said success and read something else";
    if (result == CUT_FAILED && rows != 0)
        return "it said failure and stored everything";
    if (strstr(t->seen, "wrong"))
        return "it read what is not there";
    if (result != CUT_DONE && !is_documented(t->code))
        return "its code is not that of a lost connection";
    return NULL;
}

static void complain(const cut_scenario *s, const proxy_cut *cut, const cut_trial *t,
                     const char *what)
{
    static const char *const places[] = {"before", "within", "after"}, *const manners[] = {
                                                                           "an end", "a reset",
                                                                           "silence"};
    printf("# %s, cut %s message %d of the %s by %s: %s; %s: %s; seen \"%s\", %lld ms\n", s->name,
           places[cut->place], cut->nth, cut->side == PROXY_CLIENT ? "client" : "server",
           manners[cut->manner], what, qc_code_name(t->code), t->message, t->seen,
           (long long)(t->slowest_us / 1000));
}

static bool is_late(const cut_trial *t)
{
    return t->slowest_us > (int64_t)t->timeout_ms * 1000 + GRACE_US;
}

static void add(tally *sum, const proxy_cut *cut, const cut_trial *t, enum cut_result result)
{
    sum->points++;
    sum->reached += proxy_has_cut(between);
    sum->done += result == CUT_DONE;
    sum->failed += result == CUT_FAILED;
    sum->unknown += result == CUT_UNKNOWN;
    if (cut->manner != PROXY_SILENCE && !cut->down && t->slowest_us > sum->slowest_us)
        sum->slowest_us = t->slowest_us;
}

/* A machine that is busy with something else may be late once, not three times. */
static void try_point(const cut_scenario *s, const cut_trial *healthy, const proxy_cut *cut,
                      tally *sum)
{
    cut_trial t;
    const char *what = NULL;
    bool late = true;
    for (int attempt = 0; attempt < 3 && late && !what; attempt++) {
        prepare(s, &t, cut->manner == PROXY_SILENCE || cut->down ? BRIEF_MS : PATIENT_MS);
        const enum cut_result result = run(s, &t, cut);
        late = is_late(&t);
        if (attempt == 0)
            add(sum, cut, &t, result);
        proxy_heal(between);
        await_backends(s->name);
        what = judge(s, &t, healthy, result);
    }
    sum->late += late;
    sum->wrong += what != NULL;
    if (late || what)
        complain(s, cut, &t, what ? what : "it is late");
}

/* ---- The sweep. ---- */

/* Every k where there are few; the first, the last and some between where there are many. */
static int next_k(int k, int last, int few)
{
    const int step = last > 2 * few ? (last - 2 * few) / few + 1 : 1;
    return k < few || k >= last - few ? k + 1 : k + step > last - few ? last - few : k + step;
}

/* In a short run silence, which takes its time, comes at every seventeenth point, and of the other
 * two manners one. */
static bool is_chosen(long point, int manner)
{
    if (long_tests())
        return true;
    return manner == PROXY_SILENCE ? point % 17 == 0 : point % 2 == manner;
}

static void sweep(const cut_scenario *s, const cut_trial *healthy, const proxy_counts *counts,
                  tally *sum)
{
    const int few = long_tests() ? 20 : 2;
    for (int side = 0; side < PROXY_SIDES; side++) {
        const int last = (int)counts->messages[side];
        for (int k = 1; k <= last; k = next_k(k, last, few)) {
            for (int i = 0; i < PLACES * MANNERS; i++) {
                static long point;
                const proxy_cut cut = {.side = (enum proxy_side)side,
                                       .nth = k,
                                       .place = (enum proxy_place)(i / MANNERS),
                                       .manner = (enum proxy_manner)(i % MANNERS),
                                       .down = point / 3 % 5 == 0};
                if (is_chosen(point++ / MANNERS, i % MANNERS))
                    try_point(s, healthy, &cut, sum);
            }
        }
    }
}

static void try_scenario(const cut_scenario *s, tally *all)
{
    cut_trial healthy;
    const int files = open_files();
    prepare(s, &healthy, PATIENT_MS);
    if (run(s, &healthy, NULL) != CUT_DONE)
        ck_abort_msg("%s: %s", s->name, healthy.message);
    const proxy_counts counts = proxy_count(between);
    ck_assert_int_eq(stored(healthy.id), s->stores);
    tally sum = {0};
    sweep(s, &healthy, &counts, &sum);
    printf("# %-34s %3ld + %3ld messages, %4ld points: %4ld done, %4ld failed, %3ld unknown\n",
           s->name, counts.messages[PROXY_CLIENT], counts.messages[PROXY_SERVER], sum.points,
           sum.done, sum.failed, sum.unknown);
    fflush(stdout);
    for (int i = 0; i < 500 && proxy_count(between).open; i++)
        poll(NULL, 0, 10);
    ck_assert_int_eq(open_files(), files);
    long *into = (long *)all;
    for (size_t i = 0; i < offsetof(tally, slowest_us) / sizeof(long); i++)
        into[i] += ((long *)&sum)[i];
    if (sum.slowest_us > all->slowest_us)
        all->slowest_us = sum.slowest_us;
}

START_TEST(links_are_cut)
{
    tally all = {0};
    for (int i = 0; i < cut_scenario_count; i++)
        try_scenario(&cut_scenarios[i], &all);
    printf("# cuts: %ld points, %ld reached, %ld done, %ld failed, %ld unknown; %ld hang, "
           "%ld wrong; slowest without a deadline %.1f ms\n",
           all.points, all.reached, all.done, all.failed, all.unknown, all.late, all.wrong,
           (double)all.slowest_us / 1000);
    fflush(stdout);
    ck_assert_int_eq(all.late, 0);
    ck_assert_int_eq(all.wrong, 0);
    ck_assert_int_ge(all.points, long_tests() ? 4000 : 250);
}
END_TEST

static void begin(void)
{
    between = proxy_start(database_url(POSTGRESQL_DATABASE));
    ck_assert_ptr_nonnull(between);
    snprintf(url, sizeof(url), "%s&application_name=cut", proxy_url(between));
    snprintf(opening_url, sizeof(opening_url), "%s&connect_timeout=1", url);
    direct = PQconnectdb(database_url(POSTGRESQL_DATABASE));
    qc_db *db = database_open(POSTGRESQL_DATABASE);
    if (!cut_create(db))
        database_fail(db, "create");
    qc_close(db);
}

static void end(void)
{
    PQfinish(direct);
    proxy_stop(between);
}

Suite *cuts_suite(void)
{
    Suite *suite = suite_create("cuts");
    TCase *tests = tcase_create("cuts");
    tcase_set_timeout(tests, long_tests() ? 3600 : 120);
    tcase_add_unchecked_fixture(tests, databases_begin, databases_end);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, links_are_cut);
    suite_add_tcase(suite, tests);
    return suite;
}
