/* Does everything work over TLS, and is what is not safe refused? On a server of the test's own,
 * with certificates of an authority of its own; between the two a proxy that may lie about TLS. */
#include "certificates.h"
#include "proxy.h"
#include "servers.h"
#include "tls_relay.h"

#include "../busy.h"
#include "base/base.h"

#include <arpa/inet.h>
#include <check.h>
#include <quercus/quercus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

MODEL(Long, "tls_longs", COLUMN(id, BIGINT, PRIMARY_KEY), COLUMN(text, TEXT))
SCHEMA(longs, Long)

enum { ROWS = 60, MORE = 300, HOUR_S = 3600 };

/* Behind url_of's: a server elsewhere, by its name or its address, which both lead here. */
#define BY_NAME "host=elsewhere.test"
#define BY_ADDRESS "hostaddr=0.0.0.0"

static int port;
static proxy *between;
static char urls[2][1024]; /* sslmode=require, verify-full */

/* ---- The server. ---- */

static int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert(fd >= 0 && bind(fd, (struct sockaddr *)&address, size) == 0 &&
              getsockname(fd, (struct sockaddr *)&address, &size) == 0);
    close(fd);
    return ntohs(address.sin_port);
}

static void start(const char *certificate)
{
    char options[512];
    snprintf(options, sizeof(options),
             "-c listen_addresses=127.0.0.1 -c port=%d -c ssl=%s -c ssl_cert_file=%s.crt "
             "-c ssl_key_file=%s.key",
             port, certificate ? "on" : "off", certificate ? certificate : "good",
             certificate ? certificate : "good");
    servers_start("one", options);
}

static const char *url_trusting(const char *authority, const char *more)
{
    static char url[1024];
    snprintf(url, sizeof(url),
             "user=quercus dbname=postgres host=localhost hostaddr=127.0.0.1 port=%d "
             "sslrootcert=%s/data/%s.crt %s",
             port, servers_folder("one"), authority, more);
    return url;
}

static const char *url_of(const char *more)
{
    return url_trusting("ours", more);
}

static void restart(const char *certificate)
{
    servers_kill("one");
    start(certificate);
}

static void begin(void)
{
    static const struct certificate hosts[] = {{"good", "localhost", -HOUR_S, HOUR_S},
                                               {"other", "elsewhere.test", -HOUR_S, HOUR_S},
                                               {"expired", "localhost", -2 * HOUR_S, -HOUR_S}};
    char data[300];
    servers_open();
    servers_begin();
    snprintf(data, sizeof(data), "%s/data", servers_folder("one"));
    certificates_make(data, "theirs", NULL, 0);
    certificates_make(data, "ours", hosts, 3);
    port = free_port();
    start("good");
    snprintf(urls[0], sizeof(urls[0]), "%s", url_of("sslmode=require"));
    snprintf(urls[1], sizeof(urls[1]), "%s", url_of("sslmode=verify-full"));
}

static qc_db *open_db(const char *url)
{
    qc_db *db = qc_open(url);
    if (!qc_ok(db))
        ck_abort_msg("%s: %s", url, qc_error(db)->message);
    qc_set_timeout(db, 4 * BUSY_MS);
    qc_set_cancel_timeout(db, BUSY_MS);
    return db;
}

static void must(qc_db *db, bool good, const char *what)
{
    if (!good || !qc_ok(db))
        ck_abort_msg("%s: %s", what, qc_error(db)->message ? qc_error(db)->message : "no error");
}

/* ---- Everything works. ---- */

/* Of 0 to 59 kB, so that rows end at every place of a record. */
static size_t length_of(int64_t id)
{
    return (size_t)(id * 997);
}

static void check_row(const struct Long *row, int64_t id)
{
    ck_assert_int_eq(row->id, id);
    ck_assert_uint_eq(strlen(row->text), length_of(id));
}

static void read_rows(qc_db *db)
{
    int64_t id = 0;
    struct Long **rows = ALL(db, SELECT(Long).ORDER_BY(Long_id));
    must(db, rows != NULL && qc_count(rows) == ROWS, "all");
    EACH (struct Long, row, rows)
        check_row(row, id++);
    id = 0;
    STREAM (row, db, SELECT(Long).ORDER_BY(Long_id))
        check_row(row, id++);
    must(db, id == ROWS, "stream");
    id = 0;
    COPY_OUT(row, db, SELECT(Long).ORDER_BY(Long_id))
    check_row(row, id++);
    must(db, id == ROWS, "COPY_OUT");
    STREAM (row, db, SELECT(Long).ORDER_BY(Long_id)) {
        if (row->id == 30)
            break;
    }
    must(db, true, "a stream that is left");
}

/* Texts of every size around that of a record, in one answer each. */
static void read_sizes(qc_db *db)
{
    for (int size = 16 * 1024 - 120; size < 16 * 1024 + 20; size += 7) {
        const char *text = SCALAR(db, SELECT(FUNC("repeat", TEXT, "x", size)));
        must(db, text && (int)strlen(text) == size, "a record");
    }
}

static void write_rows(qc_db *db)
{
    static char text[997 * (ROWS - 1) + 1];
    memset(text, 't', sizeof(text) - 1);
    COPY_IN(db, Long, writer)
    {
        for (int64_t id = 0; id < ROWS; id++) {
            const struct Long row = {id, text + sizeof(text) - 1 - length_of(id)};
            qc_copy_put(writer, &row);
        }
    }
    must(db, qc_copy_rows(db) == ROWS, "COPY_IN");
    PIPELINE(db)
    for (int64_t id = ROWS; id < ROWS + MORE; id++)
        QUEUE_EXEC(db, NULL, INSERT(Long).SET(Long_id, id).SET(Long_text, text + 50000));
    must(db, true, "pipeline");
    struct Long **rows =
        ALL(db, UPDATE(Long).SET(Long_text, text).WHERE(GE(Long_id, ROWS)).RETURNING());
    must(db, qc_count(rows) == MORE, "a result of 17 MB");
    must(db, EXEC(db, DELETE(Long).WHERE(GE(Long_id, ROWS))) == MORE, "delete");
}

static void hear(qc_db *db)
{
    must(db, qc_listen(db, "tls") && qc_notify(db, "tls", "word"), "notify");
    const struct qc_notification *told = qc_wait_notification(db, 4 * BUSY_MS);
    must(db, told && strcmp(told->payload, "word") == 0, "notification");
}

static void be_late(qc_db *db)
{
    qc_set_timeout(db, 100);
    ck_assert(!qc_execute(db, "SELECT pg_sleep(60)"));
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_TIMEOUT);
    qc_set_timeout(db, 4 * BUSY_MS);
    must(db, qc_execute(db, "SELECT 1"), "after the deadline");
}

static void do_all(void *data)
{
    qc_db *db = open_db(data);
    must(db, qc_drop_all(db, &longs) && qc_create_all(db, &longs), "create");
    write_rows(db);
    read_rows(db);
    read_sizes(db);
    hear(db);
    be_late(db);
    qc_close(db);
}

/* _i: of urls. */
START_TEST(everything_works)
{
    do_all(urls[_i]);
}
END_TEST

START_TEST(tasks_work)
{
    qc_loop *loop = qc_loop_new();
    ck_assert(qc_loop_start(loop, do_all, urls[1]));
    ck_assert(qc_loop_run(loop, 60000) && qc_loop_free(loop));
}
END_TEST

static void read_long_records(const char *url, int64_t count)
{
    qc_db *db = open_db(url);
    struct Long **rows = ALL(db, SELECT(Long).LIMIT(count));
    must(db, (int64_t)qc_count(rows) == count, "long records");
    qc_close(db);
}

/* Rows of 1,015 bytes, in answers that end around the end of the second record of 16 KiB, by a
 * connection whose buffer has not grown: what libpq leaves of it the socket does not tell of. */
START_TEST(long_records_are_read_to_their_end)
{
    char file[300], url[1200];
    qc_db *db = open_db(urls[1]);
    must(db, qc_drop_all(db, &longs) && qc_create_all(db, &longs), "create");
    qc_execute(db,
               "INSERT INTO tls_longs SELECT n, repeat('x', 992) FROM generate_series(1, 50) n");
    must(db, true, "insert");
    qc_close(db);
    snprintf(file, sizeof(file), "%s/data/good", servers_folder("one"));
    snprintf(url, sizeof(url), "%s port=%d", urls[1], tls_relay_start(port, file));
    for (int64_t count = 37; count < 43; count++)
        read_long_records(url, count);
}
END_TEST

/* ---- What is not safe is refused. ---- */

static void expect_refusal(const char *url, const char *part)
{
    qc_db *db = qc_open(url);
    const struct qc_error *error = qc_error(db);
    if (error->code != QC_ERROR_CONNECT || !strstr(error->message, part))
        ck_abort_msg("%s: %s, not \"%s\"", url, error->message ? error->message : "success", part);
    qc_close(db);
}

static void expect_service(const char *url)
{
    qc_close(open_db(url));
}

START_TEST(an_unknown_authority_is_refused)
{
    expect_service(url_of("sslmode=verify-full"));
    expect_refusal(url_trusting("theirs", "sslmode=verify-full"), "certificate verify failed");
    expect_refusal(url_of("sslmode=verify-full host=elsewhere.test"), "does not match host name");
    expect_refusal(url_of("sslmode=verify-full sslrootcert=/nowhere.crt"), "does not exist");
}
END_TEST

START_TEST(a_certificate_of_another_host_is_refused)
{
    restart("other");
    expect_service(url_of("sslmode=verify-ca"));
    expect_refusal(url_of("sslmode=verify-full"), "does not match host name");
}
END_TEST

START_TEST(an_expired_certificate_is_refused)
{
    restart("expired");
    expect_refusal(url_of("sslmode=verify-full"), "certificate verify failed");
}
END_TEST

START_TEST(a_server_without_tls_is_refused)
{
    restart(NULL);
    expect_service(url_of("sslmode=disable"));
    expect_refusal(url_of("sslmode=require"), "does not support SSL");
    expect_refusal(url_of("sslmode=verify-full"), "does not support SSL");
}
END_TEST

static void lie(damage how)
{
    proxy_set_cut(
        between,
        &(proxy_cut){.side = PROXY_SERVER, .type = FRAME_SSL_ANSWER, .nth = 1, .damage = how});
}

/* _i: of modes. The server's byte that answers the request for TLS is another, or has a message
 * behind it, which would otherwise pass for one of the encrypted session. */
START_TEST(a_liar_between_is_refused)
{
    static const struct {
        damage how;
        const char *part;
    } lies[] = {{{DAMAGE_FIRST_BYTE, 'N', 0, 0}, "does not support SSL"},
                {{DAMAGE_FIRST_BYTE, 'x', 0, 0}, "invalid response"},
                {{DAMAGE_LENGTHEN, 1, 0, 0}, "unencrypted data"}};
    static const char *const modes[] = {"sslmode=verify-full", BY_ADDRESS};
    between = proxy_start(url_of("host=127.0.0.1"));
    ck_assert_ptr_nonnull(between);
    char url[1400];
    snprintf(url, sizeof(url), "%s host=localhost hostaddr=127.0.0.1 %s", proxy_url(between),
             modes[_i]);
    expect_service(url);
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        lie(lies[i].how);
        expect_refusal(url, lies[i].part);
    }
    proxy_stop(between);
}
END_TEST

/* ---- Of a server elsewhere this is so unless somebody says otherwise. ---- */

START_TEST(another_host_is_verified_by_default)
{
    char several[128];
    restart("good");
    expect_refusal(url_of(BY_NAME), "does not match host name");
    expect_refusal(url_of("host=0.0.0.0"), "does not match host name");
    expect_service(url_of(BY_ADDRESS));
    expect_refusal(url_trusting("theirs", BY_ADDRESS), "certificate verify failed");
    snprintf(several, sizeof(several),
             "host=localhost,elsewhere.test hostaddr=127.0.0.1,127.0.0.1 port=%d,%d", port, port);
    expect_refusal(url_trusting("theirs", several), "certificate verify failed");
    restart("other");
    expect_service(url_of(BY_NAME));
    restart("expired");
    expect_refusal(url_of(BY_ADDRESS), "certificate verify failed");
    restart(NULL);
    expect_refusal(url_of(BY_ADDRESS), "does not support SSL");
}
END_TEST

START_TEST(what_was_not_asked_for_is_explained)
{
    qc_db *db = qc_open(url_of(BY_NAME));
    ck_assert_ptr_nonnull(strstr(qc_error(db)->hint, "sslmode=verify-full is the default"));
    qc_close(db);
    ck_assert_int_eq(setenv("HOME", servers_folder("one"), 1), 0);
    db = qc_open(url_of(BY_ADDRESS " sslrootcert=''"));
    ck_assert_ptr_nonnull(strstr(qc_error(db)->message, "write sslrootcert="));
    ck_assert_ptr_null(strstr(qc_error(db)->message, "Either"));
    ck_assert_ptr_nonnull(qc_error(db)->hint);
    qc_close(db);
}
END_TEST

START_TEST(this_machine_is_as_libpq_has_it)
{
    static const char *const hosts[] = {"", "host=LOCALHOST", "host=127.1.2.3", "host=::1"};
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
        expect_service(url_of(hosts[i]));
}
END_TEST

static void write_service(const char *mode)
{
    static char path[300];
    snprintf(path, sizeof(path), "%s/services", servers_folder("one"));
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fprintf(file, "[elsewhere]\nhost=elsewhere.test\n%s\n", mode);
    fclose(file);
    ck_assert_int_eq(setenv("PGSERVICEFILE", path, 1), 0);
}

START_TEST(whoever_says_otherwise_is_heard)
{
    char url[300];
    expect_service(url_of(BY_NAME " sslmode=prefer"));
    ck_assert_int_eq(setenv("PGSSLMODE", "prefer", 1), 0);
    expect_service(url_of(BY_NAME));
    unsetenv("PGSSLMODE");
    snprintf(url, sizeof(url),
             "service=elsewhere user=quercus dbname=postgres hostaddr=127.0.0.1 port=%d "
             "sslrootcert=%s/data/ours.crt",
             port, servers_folder("one"));
    write_service("");
    expect_refusal(url, "does not match host name");
    write_service("sslmode=require");
    expect_service(url);
}
END_TEST

/* ---- A pool's next connection is opened as the first was. ---- */

static void check_session(qc_db *db)
{
    must(db, true, "checkout");
    const char *name = SCALAR(db, SELECT(FUNC("current_setting", TEXT, "application_name")));
    must(db, name && strcmp(name, "kept") == 0, "application_name");
    const bool encrypted = SCALAR(
        db, SELECT(RAW(BOOLEAN, "(SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid())")));
    must(db, encrypted, "ssl");
}

static void lose_session(qc_engine *engine)
{
    CHECKOUT(db, engine)
    {
        check_session(db);
        ck_assert(!qc_execute(db, "SELECT pg_terminate_backend(pg_backend_pid())"));
    }
}

START_TEST(a_connection_opened_again_keeps_the_settings)
{
    char url[1400];
    between = proxy_start(url_of("host=127.0.0.1"));
    ck_assert_ptr_nonnull(between);
    snprintf(url, sizeof(url), "%s host=localhost hostaddr=127.0.0.1 %s application_name=kept",
             proxy_url(between), BY_ADDRESS);
    qc_engine *engine = qc_engine_open(url, NULL);
    lose_session(engine);
    lose_session(engine);
    lie((damage){DAMAGE_FIRST_BYTE, 'N', 0, 0});
    lose_session(engine); /* the pool tries again */
    ck_assert(proxy_has_cut(between));
    qc_engine_close(engine);
    proxy_stop(between);
}
END_TEST

Suite *tls_suite(void);
Suite *tls_suite(void)
{
    Suite *suite = suite_create("tls");
    TCase *tests = tcase_create("tls");
    tcase_add_unchecked_fixture(tests, begin, servers_close);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, everything_works, 0, 2);
    tcase_add_test(tests, tasks_work);
    tcase_add_test(tests, long_records_are_read_to_their_end);
    tcase_add_test(tests, an_unknown_authority_is_refused);
    tcase_add_loop_test(tests, a_liar_between_is_refused, 0, 2);
    tcase_add_test(tests, what_was_not_asked_for_is_explained);
    tcase_add_test(tests, whoever_says_otherwise_is_heard);
    tcase_add_test(tests, a_connection_opened_again_keeps_the_settings);
    tcase_add_test(tests, a_certificate_of_another_host_is_refused);
    tcase_add_test(tests, an_expired_certificate_is_refused);
    tcase_add_test(tests, a_server_without_tls_is_refused);
    tcase_add_test(tests, another_host_is_verified_by_default);
    tcase_add_test(tests, this_machine_is_as_libpq_has_it);
    suite_add_tcase(suite, tests);
    return suite;
}
