/* Is everything that happens to an engine's connections told, counted, and written for Prometheus? */
#include "databases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

MODEL(Step, "steps",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(name, TEXT))
SCHEMA(event_models, Step)

typedef struct log {
    char text[2048];
    char notice[256];
    bool errors[QC_EVENT_KIND_COUNT];
    int counts[QC_EVENT_KIND_COUNT];
    qc_site checkout;
} event_log;

static void write_down(const qc_event *event, void *data)
{
    event_log *log = data;
    strcat(log->text, qc_event_name(event->kind));
    strcat(log->text, " ");
    log->counts[event->kind]++;
    log->errors[event->kind] |= event->error != NULL;
    if (event->kind == QC_EVENT_CHECKOUT)
        log->checkout = *event->site;
    if (event->kind == QC_EVENT_NOTICE)
        snprintf(log->notice, sizeof(log->notice), "%s", event->notice);
    ck_assert_ptr_nonnull(event->sql);
    ck_assert_ptr_nonnull(event->binds);
    ck_assert(!qc_execute(event->db, "SELECT 1")); /* not from a hook */
}

static int64_t add(qc_db *db)
{
    return EXEC(db, INSERT(Step).SET(Step_name, "x"));
}

static int64_t count(qc_db *db)
{
    return SCALAR(db, SELECT(COUNT()).FROM(Step));
}

START_TEST(one_hook_hears_everything)
{
    event_log log = {.text = ""};
    qc_engine *engine = qc_engine_open(
        database_url(_i), QC_ENGINE_OPTIONS(.hook = write_down, .hook_data = &log));
    CHECKOUT(db, engine) {
        count(db); /* there is no such table */
        qc_set_hook(db, 0, NULL, NULL);
        ck_assert(qc_create_all(db, &event_models));
    }
    ck_assert_str_eq(log.text, "connect checkout before statement checkin ");
    ck_assert(log.errors[QC_EVENT_STATEMENT]);
    ck_assert_ptr_nonnull(strstr(log.checkout.file, "test_pool_events.c"));
    log = (event_log){.text = ""};
    CHECKOUT(db, engine) { /* what was set on it is as before */
        TRANSACTION(db) {
            ck_assert(add(db) == 1);
        }
        TRANSACTION(db) {
            ck_assert(add(db) == 1);
            break;
        }
    }
    ck_assert_msg(strstr(log.text, "checkout before statement"), "%s", log.text);
    ck_assert_int_eq(log.counts[QC_EVENT_COMMIT], 1);
    ck_assert_int_eq(log.counts[QC_EVENT_ROLLBACK], 1);
    ck_assert_int_eq(log.counts[QC_EVENT_CHECKIN], 1);
    ck_assert_int_eq(log.counts[QC_EVENT_BEFORE], log.counts[QC_EVENT_STATEMENT]);
    ck_assert(!log.errors[QC_EVENT_COMMIT]);
    CHECKOUT(db, engine) {
        qc_set_hook(db, 0, NULL, NULL);
        ck_assert(qc_drop_all(db, &event_models));
    }
    log = (event_log){.text = ""};
    qc_engine_close(engine);
    ck_assert_str_eq(log.text, "close ");
}
END_TEST

START_TEST(a_mask_chooses)
{
    event_log log = {.text = ""};
    qc_db *db = database_open(_i);
    qc_set_hook(db, QC_ON(BEFORE), write_down, &log);
    int64_t seven = SCALAR(db, SELECT(RAW(BIGINT, "7")));
    ck_assert_int_eq(seven, 7);
    ck_assert_str_eq(log.text, "before ");
    qc_set_hook(db, QC_ON(COMMIT) | QC_ON(ROLLBACK), write_down, &log);
    ck_assert(qc_begin(db));
    ck_assert(qc_rollback(db));
    ck_assert_str_eq(log.text, "before rollback ");
    qc_close(db);
}
END_TEST

START_TEST(a_connection_that_failed_is_told)
{
    event_log log = {.text = ""};
    qc_engine *engine = qc_engine_open(
        "host=/nowhere", QC_ENGINE_OPTIONS(.min_size = 1, .hook = write_down, .hook_data = &log));
    ck_assert_str_eq(log.text, "connect ");
    ck_assert(log.errors[QC_EVENT_CONNECT]);
    qc_engine_close(engine);
}
END_TEST

/* A notice may hold whatever a table holds: no byte of it may reach a terminal as a command. */
START_TEST(notices_are_told_in_one_clean_line)
{
    event_log log = {.text = ""};
    qc_db *db = database_open(POSTGRESQL_DATABASE);
    qc_set_hook(db, QC_ON(NOTICE), write_down, &log);
    database_run(db, "DO $$ BEGIN RAISE NOTICE '%', E'%n%s\\n\\x1b[2J\\u0085 forged'; END $$");
    ck_assert_str_eq(log.notice, "NOTICE: %n%s\\x0a\\x1b[2J\\xc2\\x85 forged");
    database_run(db, "DO $$ BEGIN RAISE WARNING 'careful'; END $$");
    ck_assert_str_eq(log.notice, "WARNING: careful");
    ck_assert_int_eq(log.counts[QC_EVENT_NOTICE], 2);
    qc_set_hook(db, 0, NULL, NULL);
    database_run(db, "DO $$ BEGIN RAISE WARNING 'unheard'; END $$");
    qc_close(db);
}
END_TEST

START_TEST(the_server_knows_the_application)
{
    qc_engine *engine =
        qc_engine_open(database_url(POSTGRESQL_DATABASE),
                       QC_ENGINE_OPTIONS(.application_name = "shop's \"front\" = 1"));
    CHECKOUT(db, engine) {
        const char *name = SCALAR(db, SELECT(RAW(TEXT, "current_setting('application_name')")));
        ck_assert_str_eq(name, "shop's \"front\" = 1");
    }
    qc_engine_close(engine);
}
END_TEST

/* ---- Figures. ---- */

START_TEST(figures_are_what_happened)
{
    qc_stats stats = {.version = QC_STATS_VERSION};
    qc_engine *engine = qc_engine_open(database_url(_i), QC_ENGINE_OPTIONS(.max_size = 2));
    CHECKOUT(db, engine) {
        count(db); /* fails */
        TRANSACTION(db) {
            SCALAR(db, SELECT(RAW(BIGINT, "7")));
        }
        ck_assert(qc_begin(db)); /* and is left open */
        ck_assert(qc_engine_stats(engine, &stats));
        ck_assert_uint_eq(stats.in_use, 1);
        ck_assert_uint_eq(stats.commits, 1);
    }
    ck_assert(qc_engine_stats(engine, &stats));
    ck_assert_uint_eq(stats.open, 1);
    ck_assert_uint_eq(stats.idle, 1);
    ck_assert_uint_eq(stats.in_use, 0);
    ck_assert_uint_eq(stats.checkouts, 1);
    ck_assert_uint_eq(stats.connects, 1);
    ck_assert_uint_eq(stats.resets, 1);
    ck_assert_uint_eq(stats.errors, 1);
    ck_assert_uint_eq(stats.rollbacks, 1);
    ck_assert_uint_eq(stats.statements.count, 5);
    ck_assert(stats.statements.seconds > 0 && stats.statements.seconds < 10);
    ck_assert_uint_eq(stats.waits_of_checkout.count, 1);
    ck_assert(!qc_engine_stats(engine, &(qc_stats){.version = 99}));
    ck_assert(!qc_engine_stats(NULL, &stats));
    qc_engine_close(engine);
}
END_TEST

static void expect_line(const char *text, const char *line)
{
    const char *found = strstr(text, line);
    ck_assert_msg(found && (found == text || found[-1] == '\n'), "no '%s' in\n%s", line, text);
}

START_TEST(prometheus_can_read_it)
{
    qc_engine *engine = qc_engine_open(database_url(_i), NULL);
    CHECKOUT(db, engine) {
        SCALAR(db, SELECT(RAW(BIGINT, "7")));
    }
    char *text = qc_engine_metrics(engine, "a \"b\"\\\n");
    expect_line(text, "# HELP quercus_open Connections that are open.\n"
                      "# TYPE quercus_open gauge\n"
                      "quercus_open{engine=\"a \\\"b\\\"\\\\\\n\"} 1\n");
    expect_line(text, "# TYPE quercus_checkouts_total counter\n");
    expect_line(text, "# TYPE quercus_statement_seconds histogram\n");
    free(text);
    text = qc_engine_metrics(engine, NULL);
    expect_line(text, "quercus_statement_seconds_bucket{engine=\"quercus\",le=\"+Inf\"} 1\n");
    expect_line(text, "quercus_statement_seconds_bucket{engine=\"quercus\",le=\"10.000000\"} 1\n");
    expect_line(text, "quercus_statement_seconds_count{engine=\"quercus\"} 1\n");
    for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
        char name[128], value[64];
        if (*line == '#')
            continue;
        ck_assert_msg(sscanf(line, "quercus_%100[a-z_]{engine=\"quercus\"%*[^}]} %60s", name,
                             value) == 2 ||
                          sscanf(line, "quercus_%100[a-z_]{engine=\"quercus\"} %60s", name,
                                 value) == 2,
                      "%.80s", line);
        ck_assert_uint_eq(strspn(value, "0123456789."), strlen(value));
    }
    free(text);
    ck_assert_ptr_null(qc_engine_metrics(NULL, NULL));
    qc_engine_close(engine);
}
END_TEST

Suite *pool_events_suite(void)
{
    Suite *suite = suite_create("pool_events");
    TCase *tests = tcase_create("pool_events");
    const int databases = database_pooler() == TRANSACTION_POOLER ? 1 : DATABASE_COUNT;
    tcase_set_timeout(tests, 60);
    tcase_add_unchecked_fixture(tests, databases_begin, databases_end);
    tcase_add_loop_test(tests, one_hook_hears_everything, 0, databases);
    tcase_add_loop_test(tests, a_mask_chooses, 0, databases);
    tcase_add_test(tests, a_connection_that_failed_is_told);
    tcase_add_test(tests, notices_are_told_in_one_clean_line);
    tcase_add_test(tests, the_server_knows_the_application);
    tcase_add_loop_test(tests, figures_are_what_happened, 0, databases);
    tcase_add_loop_test(tests, prometheus_can_read_it, 0, databases);
    suite_add_tcase(suite, tests);
    return suite;
}
