/* LISTEN and NOTIFY between connections; SQLite says that it has none. */
#include "busy.h"
#include "databases.h"

#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static qc_db *listener, *sender;

static void begin(void)
{
    listener = database_open(POSTGRESQL_DATABASE);
    sender = database_open(POSTGRESQL_DATABASE);
}

static void end(void)
{
    qc_close(listener);
    qc_close(sender);
}

static void must(qc_db *db, bool good)
{
    if (!good)
        database_fail(db, "the call");
}

static void expect_told(const char *channel, const char *payload)
{
    const struct qc_notification *told = qc_wait_notification(listener, 5000);
    if (!told)
        database_fail(listener, payload);
    ck_assert_str_eq(told->channel, channel);
    ck_assert_str_eq(told->payload, payload);
}

static void expect_silence(int milliseconds)
{
    const int64_t began = qc_now_us();
    const struct qc_notification *told = qc_wait_notification(listener, milliseconds);
    ck_assert_msg(!told, "told %s", told ? told->payload : "");
    ck_assert_msg(qc_ok(listener), "%s", qc_error(listener)->message);
    ck_assert_int_ge(qc_now_us() - began, ((int64_t)milliseconds - 10) * 1000);
    ck_assert_int_lt(qc_now_us() - began, ((int64_t)milliseconds + BUSY_MS) * 1000);
}

static void expect_refusal(qc_db *db, bool good, enum qc_code code, const char *part, int line)
{
    const struct qc_error *error = qc_error(db);
    ck_assert(!good);
    ck_assert_int_eq(error->code, code);
    ck_assert_ptr_nonnull(strstr(error->message, part));
    ck_assert_int_eq(error->line, line);
}

/* ---- Telling and hearing. ---- */

START_TEST(notifications_arrive_in_order)
{
    must(listener, qc_listen(listener, "orders"));
    expect_silence(0);
    expect_silence(50);
    must(sender, qc_notify(sender, "orders", "1"));
    must(sender, qc_notify(sender, "orders", "it's \"two\"; $1 \xE2\x82\xAC"));
    must(sender, qc_notify(sender, "others", "not heard"));
    must(sender, qc_notify(sender, "orders", NULL));
    expect_told("orders", "1");
    expect_told("orders", "it's \"two\"; $1 \xE2\x82\xAC");
    expect_told("orders", "");
    expect_silence(20);
    must(listener, qc_notify(listener, "orders", "own"));
    const struct qc_notification *told = qc_wait_notification(listener, 5000);
    ck_assert_str_eq(told->payload, "own");
    ck_assert_uint_eq(told->missed, 0);
    const int64_t self = SCALAR(listener, SELECT(FUNC("pg_backend_pid", INTEGER)));
    ck_assert_int_eq(told->sender, self);
}
END_TEST

START_TEST(channels_are_names_as_they_are_written)
{
    static const char *const names[] = {"Orders", "orders", "two words", "a\"; DROP TABLE x; --",
                                        "select", "\xC3\xA9t\xC3\xA9", "'"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        must(listener, qc_listen(listener, names[i]));
        must(sender, qc_notify(sender, names[i], "here"));
        expect_told(names[i], "here");
        for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++)
            if (j != i)
                must(sender, qc_notify(sender, names[j], "elsewhere"));
        expect_silence(0);
        must(listener, qc_unlisten(listener, names[i]));
        must(sender, qc_notify(sender, names[i], "gone"));
        expect_silence(0);
    }
    char longest[65];
    memset(longest, 'x', 64);
    longest[63] = '\0';
    must(listener, qc_listen(listener, longest));
    must(sender, qc_notify(sender, longest, "long"));
    expect_told(longest, "long");
    longest[63] = 'x';
    longest[64] = '\0';
    const char *const bad[] = {longest, "", NULL, "\xFF"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        bool good = qc_listen(listener, bad[i]);
        expect_refusal(listener, good, QC_ERROR_VALUE, "1 to 63 bytes", __LINE__ - 1);
        good = qc_notify(sender, bad[i], "x");
        expect_refusal(sender, good, QC_ERROR_VALUE, "1 to 63 bytes", __LINE__ - 1);
    }
}
END_TEST

START_TEST(payloads_have_a_limit)
{
    char payload[8001];
    memset(payload, 'p', 8000);
    payload[8000] = '\0';
    must(listener, qc_listen(listener, "limits"));
    bool good = qc_notify(sender, "limits", payload);
    expect_refusal(sender, good, QC_ERROR_SERVER, "payload", __LINE__ - 1);
    good = qc_notify(sender, "limits", "\xC0\xA7");
    ck_assert(!good && qc_error(sender)->code == QC_ERROR_VALUE);
    payload[7999] = '\0';
    must(sender, qc_notify(sender, "limits", payload));
    expect_told("limits", payload);
}
END_TEST

START_TEST(transactions_tell_when_they_commit)
{
    must(listener, qc_listen(listener, "orders"));
    must(sender, qc_begin(sender));
    must(sender, qc_notify(sender, "orders", "rolled back"));
    must(sender, qc_rollback(sender));
    must(sender, qc_begin(sender));
    must(sender, qc_notify(sender, "orders", "committed"));
    expect_silence(30);
    must(sender, qc_commit(sender));
    expect_told("orders", "committed");
    must(listener, qc_begin(listener));
    const bool told = qc_wait_notification(listener, 1000);
    expect_refusal(listener, told, QC_ERROR_MISUSE, "inside of a transaction", __LINE__ - 1);
    must(listener, qc_rollback(listener));
}
END_TEST

/* ---- Kept, and dropped. ---- */

START_TEST(those_that_come_during_other_statements_are_kept)
{
    char payload[16];
    must(listener, qc_listen(listener, "many"));
    for (int i = 0; i < 300; i++) {
        snprintf(payload, sizeof(payload), "%d", i);
        must(sender, qc_notify(sender, "many", payload));
        if (i % 3 == 0)
            must(listener, qc_execute(listener, "SELECT 1"));
        if (i % 50 == 0)
            STREAM(row, listener, SELECT(FUNC("generate_series", INTEGER, 1, 10)))
                ck_assert_int_gt(qc_row_int(row, 0), 0);
    }
    for (int i = 0; i < 300; i++) {
        snprintf(payload, sizeof(payload), "%d", i);
        expect_told("many", payload);
    }
    expect_silence(0);
}
END_TEST

START_TEST(more_than_are_kept)
{
    enum { MORE = 25 };
    must(listener, qc_listen(listener, "many"));
    must(sender, qc_execute(sender, "DO $$ BEGIN FOR i IN 1 .. 10025 LOOP "
                                    "PERFORM pg_notify('many', i::text); END LOOP; END $$"));
    must(listener, qc_execute(listener, "SELECT pg_sleep(0.1)"));
    must(listener, qc_execute(listener, "SELECT 1"));
    const struct qc_notification *told = qc_wait_notification(listener, 1000);
    ck_assert_ptr_nonnull(told);
    ck_assert_uint_eq(told->missed, MORE);
    ck_assert_int_eq(atoi(told->payload), MORE + 1);
    for (int i = MORE + 2; i <= QC_NOTIFICATIONS_MOST + MORE; i++) {
        told = qc_wait_notification(listener, 1000);
        ck_assert_ptr_nonnull(told);
        ck_assert_uint_eq(told->missed, 0);
        ck_assert_int_eq(atoi(told->payload), i);
    }
    expect_silence(0);
}
END_TEST

START_TEST(unlistening_to_all_drops_what_is_kept)
{
    must(listener, qc_listen(listener, "a"));
    must(listener, qc_listen(listener, "b"));
    must(sender, qc_notify(sender, "a", "1"));
    must(listener, qc_execute(listener, "SELECT 1"));
    must(listener, qc_unlisten_all(listener));
    must(sender, qc_notify(sender, "b", "2"));
    expect_silence(20);
}
END_TEST

/* Whoever gets the connection next hears nothing of what the last one listened to. */
START_TEST(a_pool_hands_out_silence)
{
    qc_engine *engine =
        qc_engine_open(database_url(POSTGRESQL_DATABASE), QC_ENGINE_OPTIONS(.max_size = 1));
    qc_db *first = qc_checkout(engine);
    must(first, qc_listen(first, "orders"));
    must(sender, qc_notify(sender, "orders", "early"));
    must(first, qc_execute(first, "SELECT 1"));
    qc_checkin(first);
    qc_close(listener);
    listener = qc_checkout(engine);
    must(sender, qc_notify(sender, "orders", "late"));
    expect_silence(30);
    qc_checkin(listener);
    listener = NULL;
    qc_engine_close(engine);
}
END_TEST

/* ---- Faults. ---- */

START_TEST(lost_while_waiting)
{
    must(listener, qc_listen(listener, "orders"));
    must(sender, qc_execute(sender,
                            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                            "WHERE pid <> pg_backend_pid() AND query LIKE 'LISTEN%orders'"));
    const int64_t began = qc_now_us();
    const bool told = qc_wait_notification(listener, 20000);
    expect_refusal(listener, told, QC_ERROR_DISCONNECTED, "waiting for a notification",
                   __LINE__ - 2);
    ck_assert_int_lt(qc_now_us() - began, 5000000);
    const bool again = qc_wait_notification(listener, 20000);
    ck_assert(!again && qc_error(listener)->code == QC_ERROR_DISCONNECTED);
}
END_TEST

START_TEST(sqlite_has_none)
{
    qc_db *db = database_open(SQLITE_DATABASE);
    bool good = qc_listen(db, "orders");
    expect_refusal(db, good, QC_ERROR_UNSUPPORTED, "SQLite has no LISTEN", __LINE__ - 1);
    good = qc_notify(db, "orders", "x");
    expect_refusal(db, good, QC_ERROR_UNSUPPORTED, "SQLite has no LISTEN", __LINE__ - 1);
    good = qc_wait_notification(db, 10000);
    expect_refusal(db, good, QC_ERROR_UNSUPPORTED, "SQLite has no LISTEN", __LINE__ - 1);
    ck_assert(!qc_unlisten(db, "orders") && !qc_unlisten_all(db));
    qc_close(db);
    good = qc_listen(NULL, "orders") || qc_wait_notification(NULL, 1);
    ck_assert(!good);
}
END_TEST

/* ---- In a task. ---- */

static int heard;

static void hear(void *data)
{
    (void)data;
    must(listener, qc_listen(listener, "orders"));
    for (int i = 0; i < 3; i++) {
        expect_told("orders", "tick");
        heard++;
    }
}

static void tell(void *data)
{
    (void)data;
    for (int i = 0; i < 3; i++) {
        qc_task_sleep(30);
        must(sender, qc_notify(sender, "orders", "tick"));
        qc_task_sleep(30);
        ck_assert_int_eq(heard, i + 1);
    }
}

START_TEST(a_task_waits_alone)
{
    qc_loop *loop = qc_loop_new();
    ck_assert(qc_loop_start(loop, hear, NULL) && qc_loop_start(loop, tell, NULL));
    ck_assert(qc_loop_run(loop, 5000));
    ck_assert_int_eq(heard, 3);
    qc_loop_free(loop);
}
END_TEST

/* ---- The suite. ---- */

Suite *listen_suite(void);
/* Listening is of a session: behind a pooler of transactions there is none. */
Suite *listen_suite(void)
{
    Suite *suite = suite_create("listen");
    if (database_pooler() == TRANSACTION_POOLER)
        return suite;
    TCase *tests = tcase_create("listen");
    tcase_add_unchecked_fixture(tests, databases_begin, databases_end);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, notifications_arrive_in_order);
    tcase_add_test(tests, channels_are_names_as_they_are_written);
    tcase_add_test(tests, payloads_have_a_limit);
    tcase_add_test(tests, transactions_tell_when_they_commit);
    tcase_add_test(tests, those_that_come_during_other_statements_are_kept);
    tcase_add_test(tests, more_than_are_kept);
    tcase_add_test(tests, unlistening_to_all_drops_what_is_kept);
    tcase_add_test(tests, a_pool_hands_out_silence);
    tcase_add_test(tests, lost_while_waiting);
    tcase_add_test(tests, sqlite_has_none);
    tcase_add_test(tests, a_task_waits_alone);
    suite_add_tcase(suite, tests);
    return suite;
}
