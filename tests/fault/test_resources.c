/* What happens when the system has no descriptor, thread, lock, page or random number more? Each
 * scenario is run with its k-th request for one refused, for each k: it succeeds all the same, or
 * says why it did not; no descriptor stays open, and the next run is as the first. */
#include "../databases.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <time.h>

/* ---- Requests that are refused. ---- */

static atomic_int seen, failing_at; /* 0: none */

static bool fails(void)
{
    return atomic_fetch_add(&seen, 1) + 1 == atomic_load(&failing_at);
}

/* A function that is `value`, with this errno, when it is refused. */
#define REFUSED(type, name, parameters, arguments, value, error)                                   \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        if (!fails())                                                                              \
            return __real_##name arguments;                                                        \
        errno = error;                                                                             \
        return value;                                                                              \
    }

REFUSED(int, epoll_create1, (int flags), (flags), -1, EMFILE)
REFUSED(int, epoll_ctl, (int epoll, int op, int fd, struct epoll_event *event),
        (epoll, op, fd, event), -1, ENOSPC)
REFUSED(int, eventfd, (unsigned value, int flags), (value, flags), -1, EMFILE)
REFUSED(int, timerfd_create, (int clock, int flags), (clock, flags), -1, EMFILE)
REFUSED(int, timerfd_settime,
        (int fd, int flags, const struct itimerspec *at, struct itimerspec *old),
        (fd, flags, at, old), -1, EINVAL)
REFUSED(int, mprotect, (void *memory, size_t size, int what), (memory, size, what), -1, ENOMEM)
REFUSED(void *, mmap, (void *at, size_t size, int what, int flags, int fd, off_t offset),
        (at, size, what, flags, fd, offset), MAP_FAILED, ENOMEM)
REFUSED(int, pthread_create,
        (pthread_t * thread, const pthread_attr_t *how, void *(*run)(void *), void *data),
        (thread, how, run, data), EAGAIN, EAGAIN)
REFUSED(int, pthread_condattr_init, (pthread_condattr_t * how), (how), ENOMEM, ENOMEM)
REFUSED(int, pthread_condattr_setclock, (pthread_condattr_t * how, clockid_t clock), (how, clock),
        EINVAL, EINVAL)
REFUSED(int, pthread_cond_init, (pthread_cond_t * condition, const pthread_condattr_t *how),
        (condition, how), ENOMEM, ENOMEM)
REFUSED(int, pthread_mutex_init, (pthread_mutex_t * lock, const pthread_mutexattr_t *how),
        (lock, how), ENOMEM, ENOMEM)
REFUSED(int, RAND_bytes, (unsigned char *ret, int size), (ret, size), 0, 0)
REFUSED(int, EVP_Digest,
        (const void *data, size_t size, unsigned char *ret, unsigned *ret_size, const EVP_MD *how,
         ENGINE *engine),
        (data, size, ret, ret_size, how, engine), 0, 0)
REFUSED(EVP_MAC *, EVP_MAC_fetch, (OSSL_LIB_CTX * library, const char *name, const char *how),
        (library, name, how), NULL, 0)
REFUSED(EVP_MAC_CTX *, EVP_MAC_CTX_new, (EVP_MAC * mac), (mac), NULL, 0)
REFUSED(int, EVP_MAC_CTX_set_params, (EVP_MAC_CTX * mac, const OSSL_PARAM *how), (mac, how), 0, 0)
REFUSED(int, EVP_MAC_init,
        (EVP_MAC_CTX * mac, const unsigned char *key, size_t size, const OSSL_PARAM *how),
        (mac, key, size, how), 0, 0)
REFUSED(int, EVP_MAC_update, (EVP_MAC_CTX * mac, const unsigned char *data, size_t size),
        (mac, data, size), 0, 0)
REFUSED(int, EVP_MAC_final, (EVP_MAC_CTX * mac, unsigned char *ret, size_t *ret_size, size_t room),
        (mac, ret, ret_size, room), 0, 0)

/* ---- Scenarios: whether all went well; if not, `code` says why. ---- */

MODEL(Leaf, "resource_leaves", COLUMN(id, BIGINT, PRIMARY_KEY), COLUMN(name, TEXT))
SCHEMA(leaves, Leaf)

static enum qc_code code;

static bool ask(qc_db *db)
{
    const int64_t seven = SCALAR(db, SELECT(RAW(BIGINT, "7")));
    code = qc_error(db)->code;
    ck_assert(code != QC_ERROR_OK || seven == 7);
    return code == QC_ERROR_OK;
}

static bool open_and_ask(void)
{
    qc_db *db = qc_open(database_url(POSTGRESQL_DATABASE));
    const bool good = ask(db);
    qc_close(db);
    return good;
}

/* Both pages, with a key of the program's and with the process' own. */
static bool read_pages_of(qc_db *db)
{
    struct Leaf rows[] = {{1, "a"}, {2, "b"}, {3, "c"}};
    qc_page page = {.size = 2};
    if (!qc_create_all(db, &leaves) || EXEC(db, INSERT_ROWS(Leaf, rows, 3)) != 3)
        return false;
    struct Leaf **first = PAGE(db, &page, SELECT(Leaf).ORDER_BY(Leaf_name));
    if (!first)
        return false;
    ck_assert_uint_eq(qc_count(first), 2);
    page.cursor = page.next;
    struct Leaf **second = PAGE(db, &page, SELECT(Leaf).ORDER_BY(Leaf_name));
    ck_assert(!second || (qc_count(second) == 1 && second[0]->id == 3));
    return second != NULL;
}

static bool read_pages(void)
{
    qc_db *db = qc_open("sqlite::memory:");
    const bool good = qc_ok(db) && read_pages_of(db);
    code = qc_error(db)->code;
    qc_close(db);
    return good;
}

static bool read_pages_with_key(void)
{
    static const char key[] = "0123456789abcdef0123456789abcdef";
    qc_db *db = qc_open("sqlite::memory:");
    const bool good = qc_ok(db) && qc_set_cursor_key(db, key, sizeof(key) - 1) && read_pages_of(db);
    code = qc_error(db)->code;
    qc_close(db);
    return good;
}

static bool in_task;

static void open_and_ask_inside(void *unused)
{
    (void)unused;
    in_task = open_and_ask();
}

static bool ask_in_a_task(void)
{
    in_task = false;
    code = QC_ERROR_NOMEM;
    qc_loop *loop = qc_loop_new();
    const bool good =
        loop && qc_loop_start(loop, open_and_ask_inside, NULL) && qc_loop_run(loop, 60000);
    return qc_loop_free(loop) && good && in_task;
}

/* Stops a statement, from a task: in a thread of its own. */
static void wait_too_long(void *unused)
{
    (void)unused;
    qc_db *db = qc_open(database_url(POSTGRESQL_DATABASE));
    if (qc_ok(db)) {
        qc_set_timeout(db, 20);
        in_task = !qc_execute(db, "SELECT pg_sleep(30)");
        ck_assert(in_task);
    }
    code = qc_error(db)->code;
    qc_close(db);
}

static bool cancel_in_a_task(void)
{
    in_task = false;
    code = QC_ERROR_NOMEM;
    qc_loop *loop = qc_loop_new();
    const bool good = loop && qc_loop_start(loop, wait_too_long, NULL) && qc_loop_run(loop, 60000);
    return qc_loop_free(loop) && good && in_task;
}

/* Two tasks on one connection: one waits for the other. */
static enum qc_code refusal;

static void check_out(void *data)
{
    qc_db *db = qc_checkout(data);
    if (!ask(db) || !qc_execute(db, "SELECT pg_sleep(0.01)"))
        refusal = qc_error(db)->code;
    qc_checkin(db);
}

static bool share_a_connection(void)
{
    refusal = QC_ERROR_OK;
    qc_engine *engine =
        qc_engine_open(database_url(POSTGRESQL_DATABASE),
                       QC_ENGINE_OPTIONS(.max_size = 1, .checkout_timeout_ms = 2000));
    code = qc_engine_error(engine)->code;
    const bool open = code == QC_ERROR_OK;
    qc_loop *loop = open ? qc_loop_new() : NULL;
    const bool good = loop && qc_loop_start(loop, check_out, engine) &&
                      qc_loop_start(loop, check_out, engine) && qc_loop_run(loop, 60000);
    if (loop && !good)
        qc_loop_run(loop, 60000);
    if (loop)
        qc_loop_free(loop);
    qc_engine_close(engine);
    if (open)
        code = good ? refusal : QC_ERROR_NOMEM;
    return good && code == QC_ERROR_OK;
}

static const struct {
    const char *name;
    bool (*run)(void);
} scenarios[] = {
    {"open", open_and_ask},
    {"pages", read_pages},
    {"pages with a key", read_pages_with_key},
    {"task", ask_in_a_task},
    {"cancel in a task", cancel_in_a_task},
    {"share a connection", share_a_connection},
};

/* ---- Sweeps. ---- */

static int descriptors(void)
{
    DIR *all = opendir("/proc/self/fd");
    int count = 0;
    ck_assert_ptr_nonnull(all);
    while (readdir(all))
        count++;
    closedir(all);
    return count;
}

/* What was given up in a thread of its own ends there, soon. */
static bool comes_back_to(int count)
{
    for (int i = 0; i < 2000; i++) {
        if (descriptors() == count)
            return true;
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    return false;
}

static bool run(bool (*scenario)(void), int k)
{
    atomic_store(&seen, 0);
    atomic_store(&failing_at, k);
    const bool good = scenario();
    atomic_store(&failing_at, 0);
    return good;
}

START_TEST(requests_are_refused)
{
    const char *name = scenarios[_i].name;
    ck_assert_msg(run(scenarios[_i].run, 0), "%s", name);
    const int before = descriptors();
    ck_assert_msg(run(scenarios[_i].run, 0), "%s", name);
    const int most = atomic_load(&seen);
    int failures = 0;
    ck_assert_int_gt(most, 0);
    for (int k = 1; k <= most; k++) {
        const bool good = run(scenarios[_i].run, k);
        failures += !good;
        ck_assert_msg(good || code != QC_ERROR_OK, "%s, request %d of %d: it says nothing", name, k,
                      most);
        ck_assert_msg(comes_back_to(before), "%s, request %d of %d: it leaks", name, k, most);
    }
    printf("# %s: %d requests, %d failures\n", name, most, failures);
    fflush(stdout);
    ck_assert_msg(run(scenarios[_i].run, 0), "%s", name);
}
END_TEST

Suite *resources_suite(void)
{
    Suite *suite = suite_create("resources");
    TCase *sweeps = tcase_create("sweeps");
    tcase_set_timeout(sweeps, 60);
    tcase_add_unchecked_fixture(sweeps, databases_begin, databases_end);
    tcase_add_loop_test(sweeps, requests_are_refused, 0, sizeof(scenarios) / sizeof(scenarios[0]));
    suite_add_tcase(suite, sweeps);
    return suite;
}
