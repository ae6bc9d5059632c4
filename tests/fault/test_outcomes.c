/* What is said of a COMMIT whose answer is lost? The proxy cuts the link at COMMIT, in every way;
 * what the connection then says, at once or when it is asked again, is compared with what is stored.
 * Another connection asks through the same proxy. */
#include "../databases.h"
#include "proxy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

MODEL(Mark, "outcome_marks",
    COLUMN(id, BIGINT, PRIMARY_KEY),
    COLUMN(word, TEXT))
SCHEMA(outcomes, Mark)

static proxy *between;
static qc_db *direct; /* not through the proxy */

static void begin(void)
{
    between = proxy_start(database_url(POSTGRESQL_DATABASE));
    ck_assert_ptr_nonnull(between);
    direct = database_open(POSTGRESQL_DATABASE);
    if (!qc_create_all(direct, &outcomes))
        database_fail(direct, "create");
}

static void end(void)
{
    qc_close(direct);
    proxy_stop(between);
}

typedef struct cut_at {
    enum proxy_side side;
    char type;
    const char *text;
    enum proxy_place place;
    enum { NO, PERHAPS, YES } committed;
} cut_at;

/* A server that is busy may be asked before it has read the COMMIT it was sent; its session is ended
 * then. */
static const cut_at cuts[] = {
    {PROXY_CLIENT, 'Q', "COMMIT", PROXY_BEFORE, NO},
    {PROXY_CLIENT, 'Q', "COMMIT", PROXY_WITHIN, NO},
    {PROXY_CLIENT, 'Q', "COMMIT", PROXY_AFTER, PERHAPS},
    {PROXY_SERVER, 'C', "COMMIT", PROXY_BEFORE, YES},
    {PROXY_SERVER, 'C', "COMMIT", PROXY_WITHIN, YES},
};
enum { CUTS = sizeof(cuts) / sizeof(cuts[0]) };

static bool is_stored(int64_t id)
{
    const int64_t rows = SCALAR(direct, SELECT(COUNT(Mark_id)).WHERE(EQ(Mark_id, id)));
    if (!qc_ok(direct))
        database_fail(direct, "count");
    return rows == 1;
}

static qc_db *open_through(int timeout_ms)
{
    qc_db *db = qc_open(proxy_url(between));
    if (!qc_ok(db))
        database_fail(db, "open");
    qc_set_timeout(db, timeout_ms);
    return db;
}

static void lose(qc_db *db, const cut_at *at, enum proxy_manner manner, bool down, int64_t id)
{
    const proxy_cut cut = {.side = at->side,
                           .type = at->type,
                           .text = at->text,
                           .nth = 1,
                           .place = at->place,
                           .manner = manner,
                           .down = down};
    TRANSACTION(db) {
        EXEC(db, INSERT(Mark).SET(Mark_id, id).SET(Mark_word, "x"));
        proxy_set_cut(between, &cut);
    }
    ck_assert(proxy_has_cut(between));
}

static void expect_truth(qc_db *db, const cut_at *at, int64_t id)
{
    const enum qc_outcome outcome = qc_outcome(db);
    ck_assert_msg(outcome == QC_OUTCOME_COMMITTED || outcome == QC_OUTCOME_ROLLED_BACK,
                  "outcome %d: %s", (int)outcome, qc_error(db)->message);
    ck_assert_int_eq(outcome == QC_OUTCOME_COMMITTED, is_stored(id));
    ck_assert_int_eq(outcome == QC_OUTCOME_COMMITTED, qc_ok(db));
    if (at->committed != PERHAPS)
        ck_assert_int_eq(outcome == QC_OUTCOME_COMMITTED, at->committed == YES);
}

START_TEST(resolved_at_once)
{
    static const enum proxy_manner manners[] = {PROXY_FIN, PROXY_RST};
    const cut_at *at = &cuts[_i];
    for (int manner = 0; manner < 2; manner++) {
        const int64_t id = 10 * _i + manner + 1;
        qc_db *db = open_through(5000);
        lose(db, at, manners[manner], false, id);
        expect_truth(db, at, id);
        proxy_heal(between);
        qc_close(db);
    }
}
END_TEST

/* Nobody can be asked at first. */
START_TEST(resolved_later)
{
    const cut_at *at = &cuts[_i];
    const int64_t id = 1000 + _i;
    qc_db *db = open_through(300);
    lose(db, at, PROXY_RST, true, id);
    ck_assert(!qc_ok(db));
    ck_assert_int_eq(qc_outcome(db), QC_OUTCOME_UNKNOWN);
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_DISCONNECTED);
    proxy_heal(between);
    qc_set_timeout(db, 5000);
    expect_truth(db, at, id);
    qc_close(db);
}
END_TEST

/* The server still takes the link for open: its session is ended first. */
START_TEST(resolved_though_the_server_sees_no_end)
{
    const cut_at *at = &cuts[_i];
    const int64_t id = 2000 + _i;
    qc_db *db = open_through(300);
    lose(db, at, PROXY_SILENCE, false, id);
    qc_set_timeout(db, 5000);
    expect_truth(db, at, id);
    proxy_heal(between);
    qc_close(db);
}
END_TEST

Suite *outcomes_suite(void)
{
    Suite *suite = suite_create("outcomes");
    TCase *tests = tcase_create("outcomes");
    tcase_add_unchecked_fixture(tests, databases_begin, databases_end);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_set_timeout(tests, 30);
    tcase_add_loop_test(tests, resolved_at_once, 0, CUTS);
    tcase_add_loop_test(tests, resolved_later, 0, CUTS);
    tcase_add_loop_test(tests, resolved_though_the_server_sees_no_end, 0, CUTS);
    suite_add_tcase(suite, tests);
    return suite;
}
