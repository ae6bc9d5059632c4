/* What a session makes of rows that somebody else has changed, and of a flush that is repeated. */
#include "pair_world.h"

#include <string.h>

static void begin(int which)
{
    db = database_open(which);
    qc_drop_all(db, &pair_model);
    if (!qc_create_all(db, &pair_model) || !qc_session_start(db, NULL))
        database_fail(db, "no pairs");
    for (int id = 1; id <= 3; id++)
        NEW(db, Clerk, .id = id);
    must(db, qc_flush(db), "clerks");
}

static void end(void)
{
    qc_session_stop(db);
    must(db, qc_drop_all(db, &pair_model), "drop");
    qc_close(db);
}

#define WITH_CLERKS(name) TEST_WITHIN(name, with_clerks, begin, end)

static void begin_again(void)
{
    qc_session_stop(db);
    ck_assert(qc_session_start(db, NULL));
}

static void expect(int64_t expected, int64_t found)
{
    if (!qc_ok(db))
        database_fail(db, "a query");
    ck_assert_int_eq(found, expected);
}

/* The session knows a boss whom the clerk does not have any more. */
WITH_CLERKS(who_loses_a_boss_that_is_not_hers_stays_stale)
{
    struct Clerk *boss = GET(db, Clerk, 1), *clerk = GET(db, Clerk, 2);
    clerk->boss = boss;
    must(db, qc_flush(db), "the boss");
    const int version = clerk->version;
    expect(1, EXEC(db, UPDATE(Clerk)
                           .SET(Clerk_boss_id, NULL)
                           .SET(Clerk_a, 9)
                           .SET(Clerk_version, ADD(Clerk_version, 1))
                           .WHERE(EQ(Clerk_id, 2))));
    must(db, qc_delete(db, boss) && qc_flush(db), "the boss is gone");
    ck_assert_int_eq(clerk->version, version);
    clerk->a = 5;
    ck_assert(!qc_flush(db));
    expect_code(QC_ERROR_STALE, "the row of Clerk 2");
    qc_rollback(db);
    expect(9, SCALAR(db, SELECT(Clerk_a).WHERE(EQ(Clerk_id, 2))));
}

WITH_CLERKS(a_refresh_forgets_the_object_of_another_key)
{
    struct Clerk *two = GET(db, Clerk, 2), *three = GET(db, Clerk, 3);
    struct Dossier *dossier = NEW(db, Dossier, .drawer = 1, .number = 7, .clerk = two);
    must(db, qc_flush(db), "the dossier");
    must(db, qc_refresh(db, dossier), "as it is");
    ck_assert_ptr_eq(dossier->clerk, two);
    expect(1, EXEC(db, UPDATE(Dossier).SET(Dossier_clerk_id, 3).WHERE(EQ(Dossier_number, 7))));
    dossier->clerk = GET(db, Clerk, 1);
    must(db, qc_refresh(db, dossier), "as another has made it");
    ck_assert_ptr_null(dossier->clerk);
    ck_assert(!qc_is_dirty(db, dossier));
    const struct Clerk *loaded = LOAD(db, dossier, Dossier_clerk);
    ck_assert_ptr_eq(loaded, three);
    must(db, qc_flush(db), "nothing to write");
    expect(3, SCALAR_OR_NULL(db, SELECT(Dossier_clerk_id)).value);
}

static void add_family(void)
{
    struct Clerk *one = GET(db, Clerk, 1), *two = GET(db, Clerk, 2);
    two->boss = one;
    for (int i = 1; i <= 2; i++)
        NEW(db, Dossier, .drawer = 1, .number = i, .clerk = one);
    must(db, qc_flush(db), "the family");
    begin_again();
}

/* What a flush has loaded to delete it is nothing that the program could mend. */
WITH_CLERKS(a_failed_flush_forgets_what_it_has_loaded)
{
    add_family();
    struct Clerk *one = GET(db, Clerk, 1), *three = GET(db, Clerk, 3);
    EXEC(db, UPDATE(Clerk).SET(Clerk_version, 5).WHERE(EQ(Clerk_id, 3)));
    must(db, qc_delete(db, one) && qc_delete(db, three), "doom");
    ck_assert(!qc_flush(db));
    expect_code(QC_ERROR_STALE, "the row of Clerk 3");
    must(db, qc_rollback(db), "rollback");
    EXEC(db, UPDATE(Dossier).SET(Dossier_version, 5).WHERE(EQ(Dossier_number, 2)));
    must(db, qc_delete(db, one) && qc_flush(db), "again");
    expect(0, SCALAR(db, SELECT(COUNT(Dossier_number))));
}

WITH_CLERKS(a_rolled_back_flush_forgets_what_it_has_loaded)
{
    add_family();
    struct Clerk *one = GET(db, Clerk, 1);
    must(db, qc_begin(db) && qc_delete(db, one) && qc_flush(db) && qc_rollback(db), "undone");
    EXEC(db, UPDATE(Dossier).SET(Dossier_version, 5).WHERE(EQ(Dossier_number, 2)));
    must(db, qc_delete(db, one) && qc_flush(db), "again");
    expect(0, SCALAR(db, SELECT(COUNT(Dossier_number))));
}

/* Wherever it ended, what goes with a doomed object goes with it the next time. */
WITH_CLERKS(a_flush_is_repeated_until_it_may_send_all)
{
    add_family();
    must(db, qc_delete(db, GET(db, Clerk, 1)), "doom");
    bool done = false;
    int statements = 1;
    for (; !done && statements < 20; statements++)
        BUDGET(db, .statements = statements)
    done = qc_flush(db);
    ck_assert(done);
    ck_assert_int_gt(statements, 4);
    expect(0, SCALAR(db, SELECT(COUNT(Dossier_number))));
    expect(0, SCALAR(db, SELECT(COUNT(Clerk_boss_id))));
    expect(2, SCALAR(db, SELECT(COUNT(Clerk_id))));
}

Suite *session_others_suite(void);
Suite *session_others_suite(void)
{
    Suite *suite = suite_create("session_others");
    TCase *tests = tcase_create("clerks");
    tcase_add_unchecked_fixture(tests, databases_begin, databases_end);
    tcase_set_timeout(tests, 60);
#define ADD_TEST(name)                                                                             \
    tcase_add_loop_test(tests, name##_with_clerks, SQLITE_DATABASE, DATABASE_COUNT)
    ADD_TEST(who_loses_a_boss_that_is_not_hers_stays_stale);
    ADD_TEST(a_refresh_forgets_the_object_of_another_key);
    ADD_TEST(a_failed_flush_forgets_what_it_has_loaded);
    ADD_TEST(a_rolled_back_flush_forgets_what_it_has_loaded);
    ADD_TEST(a_flush_is_repeated_until_it_may_send_all);
    suite_add_tcase(suite, tests);
    return suite;
}
