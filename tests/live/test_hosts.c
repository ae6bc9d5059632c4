/* Is a server found among several hosts, when others are silent, absent, or of the wrong kind? */
#include "busy.h"
#include "databases.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static char real_host[256], real_port[16], real_user[64], real_database[64];
static char silent[64];
static int listener;

static void find_server(void)
{
    PGconn *link = PQconnectdb(getenv("QUERCUS_TEST_PG"));
    ck_assert_int_eq(PQstatus(link), CONNECTION_OK);
    snprintf(real_host, sizeof(real_host), "%s", PQhost(link));
    snprintf(real_port, sizeof(real_port), "%s", PQport(link));
    snprintf(real_user, sizeof(real_user), "%s", PQuser(link));
    snprintf(real_database, sizeof(real_database), "%s", PQdb(link));
    PQfinish(link);
}

/* A server that takes connections and never says a word. */
static void begin(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    find_server();
    strcpy(silent, "/tmp/quercus_silent.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(silent));
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/.s.PGSQL.%s", silent, real_port);
    listener = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(listener, 16), 0);
}

static void end(void)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/.s.PGSQL.%s", silent, real_port);
    close(listener);
    unlink(path);
    rmdir(silent);
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

typedef struct attempt {
    struct qc_error error;
    char message[1024];
    int took_ms;
} attempt;

static attempt connect_to(const char *hosts, const char *attributes)
{
    char url[2048];
    attempt made = {0};
    snprintf(url, sizeof(url), "port=%s host=%s user=%s dbname=%s target_session_attrs=%s",
             real_port, hosts, real_user, real_database, attributes);
    const int64_t began = now_ms();
    qc_engine *engine =
        qc_engine_open(url, QC_ENGINE_OPTIONS(.min_size = 1, .connect_timeout_ms = 900));
    made.took_ms = (int)(now_ms() - began);
    made.error = *qc_engine_error(engine);
    if (made.error.message)
        snprintf(made.message, sizeof(made.message), "%s", made.error.message);
    qc_engine_close(engine);
    return made;
}

START_TEST(a_silent_host_takes_its_share_of_the_time)
{
    char hosts[1024];
    snprintf(hosts, sizeof(hosts), "%s,%s", silent, real_host);
    const attempt second = connect_to(hosts, "any");
    ck_assert_msg(second.error.code == QC_ERROR_OK, "%s", second.message);
    ck_assert_int_ge(second.took_ms, 400);
    ck_assert_int_le(second.took_ms, 450 + BUSY_MS);
    snprintf(hosts, sizeof(hosts), "/nowhere,%s,%s", silent, silent);
    const attempt none = connect_to(hosts, "any");
    ck_assert_int_eq(none.error.code, QC_ERROR_TIMEOUT);
    ck_assert_ptr_nonnull(strstr(none.message, "/nowhere"));
    ck_assert_ptr_nonnull(strstr(none.message, "did not answer"));
    ck_assert_int_ge(none.took_ms, 850);
    ck_assert_int_le(none.took_ms, 900 + BUSY_MS);
}
END_TEST

START_TEST(hosts_of_the_wrong_kind_are_passed_over)
{
    char hosts[1024];
    snprintf(hosts, sizeof(hosts), "/nowhere,%s", real_host);
    ck_assert_int_eq(connect_to(hosts, "read-write").error.code, QC_ERROR_OK);
    ck_assert_int_eq(connect_to(hosts, "prefer-standby").error.code, QC_ERROR_OK);
    const attempt standby = connect_to(hosts, "standby");
    ck_assert_int_eq(standby.error.code, QC_ERROR_CONNECT);
    ck_assert_msg(strstr(standby.message, "standby"), "%s", standby.message);
}
END_TEST

START_TEST(wrong_lists_are_told)
{
    char hosts[1024];
    snprintf(hosts, sizeof(hosts), "%s,%s,%s port=5432,5433", real_host, real_host, real_host);
    const attempt wrong = connect_to(hosts, "any");
    ck_assert_int_eq(wrong.error.code, QC_ERROR_CONNECT);
}
END_TEST

Suite *hosts_suite(void)
{
    Suite *suite = suite_create("hosts");
    TCase *tests = tcase_create("hosts");
    tcase_set_timeout(tests, 60);
    tcase_add_unchecked_fixture(tests, begin, end);
    tcase_add_test(tests, a_silent_host_takes_its_share_of_the_time);
    tcase_add_test(tests, hosts_of_the_wrong_kind_are_passed_over);
    tcase_add_test(tests, wrong_lists_are_told);
    suite_add_tcase(suite, tests);
    return suite;
}
