/* Does a hostile server do any harm? A proxy damages one message of a server that is none, in every
 * way of damage.h, for every way that rows take. No damage may crash the program, make it read what
 * is not there (the sanitizers see that) or keep a call beyond its deadline; a value of a wrong
 * size is an error; and the next connection serves. The seed is printed, and QUERCUS_TEST_SEED
 * repeats it. */
#include "hostile_scenarios.h"
#include "proxy.h"

#include "../busy.h"
#include "../databases.h"
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TEXT_COLUMN = 11, JSONB_COLUMN = 14 }; /* of a thing */
enum { PATIENT_MS = 20000, BRIEF_MS = 30 };

static proxy *between;
static char url[1200], opening_url[1300];

/* ---- One run. ---- */

static void open_trial(const hostile_scenario *s, hostile_trial *t)
{
    *t = (hostile_trial){.url = opening_url, .timeout_ms = PATIENT_MS};
    if (s->opens)
        return;
    t->db = qc_open(url);
    qc_set_timeout(t->db, PATIENT_MS);
    qc_set_named_statements(t->db, !s->unnamed);
    if (!qc_ok(t->db) || (s->prepared && !s->run(t)))
        database_fail(t->db, s->name);
    t->seen = 0;
}

static void limit(hostile_trial *t, int timeout_ms)
{
    t->timeout_ms = timeout_ms;
    qc_set_timeout(t->db, timeout_ms);
    qc_set_cancel_timeout(t->db, timeout_ms);
}

/* What the scenario reads from a server that is not hostile, and how many messages that takes. */
static uint64_t run_healthy(const hostile_scenario *s, int *ret_messages)
{
    hostile_trial t;
    open_trial(s, &t);
    proxy_set_cut(between, NULL);
    if (!s->run(&t))
        database_fail(t.db, s->name);
    *ret_messages = (int)proxy_count(between).messages[PROXY_SERVER];
    qc_close(t.db);
    return t.seen;
}

/* ---- Values of another size, and what is no text. ---- */

static void send_odd(const hostile_scenario *s, hostile_trial *t, damage how)
{
    int width;
    const char *name = hostile_column(how.column, &width);
    const bool copies = strcmp(s->name, "COPY_OUT") == 0;
    proxy_set_cut(
        between,
        &(proxy_cut){.side = PROXY_SERVER, .type = copies ? 'd' : 'D', .nth = 1, .damage = how});
    const bool good = s->run(t);
    const struct qc_error *error = qc_error(t->db);
    if (good || error->code != QC_ERROR_DECODE || !error->column || !strstr(error->column, name))
        ck_abort_msg("%s: %s, %s, length %d, seed %llu: %s %s", s->name, name,
                     damage_name(how.kind), how.length, (unsigned long long)how.seed,
                     qc_code_name(error->code), error->message ? error->message : "success");
}

/* _i: of hostile_readers. The frames are whole, so the connection goes on. */
START_TEST(values_of_another_size_are_refused)
{
    hostile_trial t;
    open_trial(&hostile_readers[_i], &t);
    static const int lengths[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 17};
    for (int column = 0; column < hostile_columns(); column++) {
        int width;
        hostile_column(column, &width);
        for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]) && width; i++)
            if (lengths[i] != width)
                send_odd(&hostile_readers[_i], &t,
                         (damage){DAMAGE_VALUE_LENGTH, 1, column, lengths[i]});
    }
    if (!hostile_readers[_i].run(&t))
        database_fail(t.db, "afterwards");
    qc_close(t.db);
}
END_TEST

/* _i: of hostile_readers. A NUL byte, which would end the text, and what UTF-8 does not have. */
START_TEST(what_is_no_text_is_refused)
{
    static const uint8_t bytes[] = {0, 0x80, 0xc3, 0xff};
    static const int texts[] = {TEXT_COLUMN, JSONB_COLUMN};
    hostile_trial t;
    open_trial(&hostile_readers[_i], &t);
    for (size_t i = 0; i < sizeof(bytes); i++)
        for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++)
            send_odd(&hostile_readers[_i], &t, (damage){DAMAGE_VALUE_BYTE, bytes[i], texts[k], -1});
    ck_assert_ptr_nonnull(strstr(qc_error(t.db)->message, "not UTF-8"));
    if (!hostile_readers[_i].run(&t))
        database_fail(t.db, "afterwards");
    qc_close(t.db);
}
END_TEST

/* ---- Anything. ---- */

static uint64_t state;

static uint64_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

static void begin_random(void)
{
    const char *wanted = getenv("QUERCUS_TEST_SEED");
    state = wanted ? strtoull(wanted, NULL, 10) : (uint64_t)time(NULL) | 1;
    printf("# hostile: QUERCUS_TEST_SEED=%llu\n", (unsigned long long)state);
    fflush(stdout);
}

typedef struct tally {
    long trials, reached, good, other, failed, timeouts;
} tally;

static void count(tally *sum, const hostile_trial *t, bool good, uint64_t healthy)
{
    sum->trials++;
    sum->reached += proxy_has_cut(between);
    sum->good += good && t->seen == healthy;
    sum->other += good && t->seen != healthy;
    sum->failed += !good;
    sum->timeouts += !good && qc_error(t->db)->code == QC_ERROR_TIMEOUT;
}

/* A failure has a code and a sentence; each call ends. */
static void check_end(const hostile_scenario *s, const hostile_trial *t, const proxy_cut *cut,
                      bool good, int64_t began)
{
    const struct qc_error *error = qc_error(t->db);
    const int64_t took_ms = (qc_now_us() - began) / 1000;
    const bool silent = !good && error->code == QC_ERROR_OK && strcmp(s->name, "notification") != 0;
    if (silent || (error->code != QC_ERROR_OK && !error->message) || took_ms > 4 * BUSY_MS)
        ck_abort_msg("%s, message %d, %s, seed %llu: %s %s after %lld ms", s->name, cut->nth,
                     damage_name(cut->damage.kind), (unsigned long long)cut->damage.seed,
                     qc_code_name(error->code), error->message ? error->message : "",
                     (long long)took_ms);
}

/* libpq forgets the result at hand when what belongs to another begins in it, a COPY for instance:
 * such a leak is not ours. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:PQmakeEmptyPGresult\n";
}

static void try_one(const hostile_scenario *s, int messages, uint64_t healthy, tally *sum)
{
    hostile_trial t;
    const uint64_t chosen = next_random();
    const proxy_cut cut = {
        .side = PROXY_SERVER,
        .nth = 1 + (int)(chosen % (uint64_t)messages),
        .damage = {(enum damage_kind)(1 + (chosen >> 20) % (DAMAGE_FIRST_BYTE - 1)),
                   next_random() >> 8, -1, -1}};
    if (getenv("QUERCUS_TEST_VERBOSE")) {
        printf("# %s, message %d, %s, seed %llu\n", s->name, cut.nth, damage_name(cut.damage.kind),
               (unsigned long long)cut.damage.seed);
        fflush(stdout);
    }
    open_trial(s, &t);
    limit(&t, BRIEF_MS);
    proxy_set_cut(between, &cut);
    const int64_t began = qc_now_us();
    const bool good = s->run(&t);
    check_end(s, &t, &cut, good, began);
    count(sum, &t, good, healthy);
    if (!s->opens)
        s->run(&t); /* whatever it says now */
    qc_close(t.db);
    proxy_set_cut(between, NULL);
}

START_TEST(damaged_messages_do_no_harm)
{
    const int rounds = long_tests() ? 400 : 5;
    tally sum = {0};
    begin_random();
    for (int i = 0; i < hostile_scenario_count; i++) {
        const hostile_scenario *s = &hostile_scenarios[i];
        int messages;
        const uint64_t healthy = run_healthy(s, &messages);
        for (int round = 0; round < rounds; round++)
            try_one(s, messages, healthy, &sum);
        ck_assert_uint_eq(run_healthy(s, &messages), healthy);
    }
    printf("# hostile: %ld trials, %ld reached, %ld as if nothing were, %ld read something else, "
           "%ld failed, %ld of them for the deadline\n",
           sum.trials, sum.reached, sum.good, sum.other, sum.failed, sum.timeouts);
    fflush(stdout);
    ck_assert_int_ge(sum.reached, sum.trials / 2);
}
END_TEST

static void create(void)
{
    databases_begin();
    qc_db *db = database_open(POSTGRESQL_DATABASE);
    if (!hostile_create(db))
        database_fail(db, "create");
    qc_close(db);
}

static void begin(void)
{
    between = proxy_start(database_url(POSTGRESQL_DATABASE));
    ck_assert_ptr_nonnull(between);
    snprintf(url, sizeof(url), "%s", proxy_url(between));
    snprintf(opening_url, sizeof(opening_url), "%s%cconnect_timeout=1", url,
             strchr(url, '?') ? '&' : ' ');
}

static void end(void)
{
    proxy_stop(between);
}

Suite *hostile_suite(void)
{
    Suite *suite = suite_create("hostile");
    TCase *tests = tcase_create("hostile");
    tcase_set_timeout(tests, long_tests() ? 3600 : 120);
    tcase_add_unchecked_fixture(tests, create, databases_end);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_loop_test(tests, values_of_another_size_are_refused, 0, hostile_reader_count);
    tcase_add_loop_test(tests, what_is_no_text_is_refused, 0, hostile_reader_count);
    tcase_add_test(tests, damaged_messages_do_no_harm);
    suite_add_tcase(suite, tests);
    return suite;
}
