/* Is a commit that was reported there, once, and one that failed not, whatever happens meanwhile?
 * Workers commit through two engines, one of them behind PgBouncer, while links are cut and fall
 * silent, backends and the server are killed, tables change and a standby takes over. In the end
 * the workers' logs are compared with what is stored.
 *
 * QUERCUS_TEST_SEED repeats a run's choices; QUERCUS_TEST_SOAK is its length in seconds. */
#include "chaos.h"
#include "soak_work.h"

#include "../databases.h"

#include <libpq-fe.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORKERS = 8, RECOVERY_MS = 2000, PATIENCE_MS = 10000, MOST_SAMPLES = 200000 };

/* By how much resident memory may grow. Sanitizers keep what is freed. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { MOST_GROWTH_KIB = 4 * 1024 * 1024 };
#else
enum { MOST_GROWTH_KIB = 16 * 1024 };
#endif

typedef struct soak_run {
    chaos chaos;
    qc_engine *engines[2]; /* without and with PgBouncer */
    char urls[2][1100];
    soak_worker workers[WORKERS];
    pthread_t threads[WORKERS];
    atomic_bool stop;
    int *recoveries; /* ms, of a worker after a fault */
    int samples;
    long kib_early, kib_late;
} soak_run;

static long setting(const char *name, long otherwise)
{
    const char *text = getenv(name);
    return text && *text ? strtol(text, NULL, 10) : otherwise;
}

/* ---- Beginning. ---- */

static void open_engine(soak_run *s, int i)
{
    const proxy *through = i ? s->chaos.pooled : s->chaos.direct;
    snprintf(s->urls[i], sizeof(s->urls[i]), "%s&application_name=soak", proxy_url(through));
    s->engines[i] = qc_engine_open(
        s->urls[i], QC_ENGINE_OPTIONS(.max_size = WORKERS / 2, .checkout_timeout_ms = 2000,
                                      .connect_timeout_ms = 1000, .statement_timeout_ms = 1000,
                                      .unnamed_statements = i));
    if (qc_engine_error(s->engines[i])->code != QC_ERROR_OK)
        ck_abort_msg("engine: %s", qc_engine_error(s->engines[i])->message);
}

static void begin(soak_run *s, uint64_t seed)
{
    if (!chaos_begin(&s->chaos, seed))
        ck_abort_msg("%s", s->chaos.broken);
    qc_db *db = qc_open(server_url(s->chaos.primary));
    if (!qc_ok(db) || !soak_create(db))
        database_fail(db, "create");
    qc_close(db);
    s->recoveries = malloc(MOST_SAMPLES * sizeof(*s->recoveries));
    ck_assert_ptr_nonnull(s->recoveries);
    for (int i = 0; i < 2; i++)
        open_engine(s, i);
}

static void start_workers(soak_run *s, const char *folder)
{
    for (int i = 0; i < WORKERS; i++) {
        soak_worker *w = &s->workers[i];
        w->engine = s->engines[i % 2];
        w->folder = folder;
        w->number = i;
        w->stop = &s->stop;
        ck_assert_int_eq(pthread_create(&s->threads[i], NULL, soak_work, w), 0);
    }
}

/* ---- Meanwhile. ---- */

static long resident_kib(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file && fscanf(file, "%*d %ld", &pages) != 1)
        pages = 0;
    if (file)
        fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* Until every worker has committed something that began after the fault ended. */
static void await_recovery(soak_run *s, const char *after)
{
    const int64_t ended = soak_now_ms();
    bool back[WORKERS] = {false};
    int left = WORKERS;
    while (left > 0 && soak_now_ms() - ended < PATIENCE_MS) {
        poll(NULL, 0, 2);
        for (int i = 0; i < WORKERS; i++) {
            if (back[i] || atomic_load(&s->workers[i].began_ms) < ended)
                continue;
            back[i] = true;
            left--;
            if (s->samples < MOST_SAMPLES)
                s->recoveries[s->samples++] = (int)(soak_now_ms() - ended);
        }
    }
    const long took = (long)(soak_now_ms() - ended);
    if (took > RECOVERY_MS)
        printf("# %s: %ld ms until everybody commits\n", after, took);
    if (left > 0 && s->samples < MOST_SAMPLES)
        s->recoveries[s->samples++] = PATIENCE_MS;
}

static void make_chaos(soak_run *s, int64_t seconds)
{
    const int64_t began = soak_now_ms(), end = began + seconds * 1000;
    const int64_t every = seconds * 1000 < 120000 ? seconds * 1000 / 2 : 60000;
    int64_t failover = began + every;
    while (soak_now_ms() < end && !*s->chaos.broken) {
        const bool its_time = soak_now_ms() >= failover;
        if (its_time) {
            chaos_fail_over(&s->chaos);
            failover += every;
        }
        await_recovery(s, its_time ? "failover" : chaos_names[chaos_do(&s->chaos)]);
        if (!s->kib_early && soak_now_ms() - began > seconds * 300)
            s->kib_early = resident_kib();
    }
    s->kib_late = resident_kib();
    atomic_store(&s->stop, true);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(s->threads[i], NULL);
}

/* ---- The ledger. ---- */

typedef struct ledger {
    long transactions, committed, failed, unknown, lost, phantom, duplicated, torn;
} ledger;

/* How often each part of each transaction is stored, in the order of the ids. */
static PGresult *read_ledger(const soak_run *s)
{
    PGconn *link = PQconnectdb(server_url(s->chaos.primary));
    PGresult *result = PQexec(link, "SELECT tx, sum((part = 1)::int), sum((part = 2)::int) "
                                    "FROM soak_entries GROUP BY tx ORDER BY tx");
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        ck_abort_msg("the ledger: %s", PQerrorMessage(link));
    PQfinish(link);
    return result;
}

static void print_id(qc_uuid_value id, char text[37])
{
    char *at = text;
    for (int i = 0; i < 16; i++)
        at +=
            snprintf(at, 4, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", id.bytes[i]);
}

static void compare(ledger *sum, enum soak_outcome told, int first, int second)
{
    const bool whole = first == 1 && second == 1, none = !first && !second;
    sum->transactions++;
    sum->committed += told == SOAK_COMMITTED;
    sum->failed += told == SOAK_FAILED;
    sum->unknown += told == SOAK_UNKNOWN;
    sum->lost += told == SOAK_COMMITTED && none;
    sum->phantom += told == SOAK_FAILED && !none;
    sum->duplicated += first > 1 || second > 1;
    sum->torn += !whole && !none;
}

/* Both are in the same order; what is stored without a log is of nobody. */
static ledger check_ledger(const soak_run *s)
{
    ledger sum = {0};
    PGresult *rows = read_ledger(s);
    int row = 0;
    for (int w = 0; w < WORKERS; w++) {
        char *outcomes = soak_read_log(&s->workers[w]);
        ck_assert_ptr_nonnull(outcomes);
        for (uint32_t i = 0; i < s->workers[w].count; i++) {
            char id[37];
            print_id(soak_id(w, i), id);
            const bool there = row < PQntuples(rows) && strcmp(PQgetvalue(rows, row, 0), id) == 0;
            compare(&sum, (enum soak_outcome)outcomes[i],
                    there ? atoi(PQgetvalue(rows, row, 1)) : 0,
                    there ? atoi(PQgetvalue(rows, row, 2)) : 0);
            row += there;
        }
        free(outcomes);
    }
    ck_assert_int_eq(row, PQntuples(rows));
    PQclear(rows);
    return sum;
}

/* ---- The end. ---- */

static int by_size(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static int percentile(soak_run *s, int percent)
{
    qsort(s->recoveries, (size_t)s->samples, sizeof(*s->recoveries), by_size);
    return s->samples ? s->recoveries[(s->samples - 1) * percent / 100] : 0;
}

static void report(soak_run *s, const ledger *sum)
{
    long reads = 0, refused = 0, faults = 0;
    for (int i = 0; i < WORKERS; i++) {
        reads += s->workers[i].reads;
        refused += s->workers[i].no_connection;
    }
    printf("# soak:");
    for (int i = 0; i < CHAOS_KINDS; i++) {
        printf(" %ld %s,", s->chaos.counts[i], chaos_names[i]);
        faults += s->chaos.counts[i];
    }
    printf(
        " %ld faults\n# soak: %ld transactions, %ld commits, %ld failed, %ld unresolved; %ld lost, "
        "%ld phantom, %ld duplicated, %ld torn; %ld reads, %ld refused checkouts\n",
        faults, sum->transactions, sum->committed, sum->failed, sum->unknown, sum->lost,
        sum->phantom, sum->duplicated, sum->torn, reads, refused);
    printf("# soak: recovery p50 %d ms, p99 %d ms, worst %d ms; resident memory %ld -> %ld KiB\n",
           percentile(s, 50), percentile(s, 99), percentile(s, 100), s->kib_early, s->kib_late);
    fflush(stdout);
}

/* Neither backends nor links stay. */
static void close_engines(soak_run *s)
{
    for (int i = 0; i < 2; i++)
        qc_engine_close(s->engines[i]);
    server_kill_pooler(s->chaos.primary);
    int backends = -1, links = -1;
    for (int i = 0; i < 300 && (backends || links); i++) {
        poll(NULL, 0, 10);
        backends = chaos_backends(&s->chaos);
        links = proxy_count(s->chaos.direct).open + proxy_count(s->chaos.pooled).open;
    }
    ck_assert_int_eq(backends, 0);
    ck_assert_int_eq(links, 0);
}

static void judge(soak_run *s, const ledger *sum)
{
    ck_assert_str_eq(s->chaos.broken, "");
    for (int i = 0; i < WORKERS; i++)
        ck_assert_str_eq(s->workers[i].complaint, "");
    ck_assert_int_eq(sum->lost + sum->phantom + sum->duplicated + sum->torn, 0);
    ck_assert_int_eq(sum->unknown, 0);
    ck_assert_int_gt(sum->committed, 0);
    ck_assert_int_le(percentile(s, 99), RECOVERY_MS);
    ck_assert_int_le(s->kib_late, s->kib_early + MOST_GROWTH_KIB);
}

START_TEST(commits_are_true)
{
    static soak_run s;
    const long seconds = setting("QUERCUS_TEST_SOAK", long_tests() ? 900 : 60);
    const uint64_t seed = (uint64_t)setting("QUERCUS_TEST_SEED", (long)soak_now_ms());
    printf("# soak: QUERCUS_TEST_SEED=%llu, %ld s\n", (unsigned long long)seed, seconds);
    fflush(stdout);
    char folder[] = "/tmp/quercus-soak.XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(folder));
    begin(&s, seed);
    start_workers(&s, folder);
    make_chaos(&s, seconds);
    const ledger sum = check_ledger(&s);
    report(&s, &sum);
    close_engines(&s);
    chaos_end(&s.chaos);
    judge(&s, &sum);
    for (int i = 0; i < WORKERS; i++) {
        char path[128];
        snprintf(path, sizeof(path), "%s/ledger.%d", folder, i);
        unlink(path);
    }
    rmdir(folder);
    free(s.recoveries);
}
END_TEST

Suite *soak_suite(void)
{
    Suite *suite = suite_create("soak");
    TCase *tests = tcase_create("soak");
    tcase_set_timeout(tests, 1800);
    tcase_add_test(tests, commits_are_true);
    suite_add_tcase(suite, tests);
    return suite;
}
