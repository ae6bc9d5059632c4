/* Pages of hierarchies, and relationships to them in expressions, on both databases. */
#include "expect.h"
#include "live/staff.h"

#include <string.h>

/* ann, bob (a manager) and dee (an engineer in C) work for oak, eve (a senior in Ada) for elm. */
static void begin(int database)
{
    models_open(database, &staff);
    ck_assert(qc_session_start(db, NULL));
    struct Company *oak = NEW(db, Company, .name = "oak");
    struct Company *elm = NEW(db, Company, .name = "elm");
    ck_assert(qc_flush(db));
    NEW(db, Employee, .name = "ann", .company = oak);
    NEW(db, Manager, .name = "bob", .room = "12", .company = oak);
    NEW(db, Engineer, .name = "dee", .language = "C", .company = oak);
    NEW(db, Senior, .name = "eve", .language = "Ada", .grade = 2, .company = elm);
    NEW(db, Company, .name = "ash");
    if (!qc_flush(db))
        database_fail(db, "no employees");
    qc_session_stop(db);
}

static void end(void)
{
    models_close(&staff);
}

#define IN_STAFF(name) TEST_WITHIN(name, in_staff, begin, end)

static void expect_names(const char *const *expected, struct Company **companies)
{
    if (!qc_ok(db))
        database_fail(db, "companies");
    for (size_t i = 0; i < qc_count(companies); i++) {
        ck_assert_ptr_nonnull(expected[i]);
        ck_assert_str_eq(companies[i]->name, expected[i]);
    }
    ck_assert_ptr_null(expected[qc_count(companies)]);
}
#define EXPECT(condition, ...)                                                                     \
    expect_names((const char *const[]){__VA_ARGS__, NULL},                                         \
                 ALL(db, SELECT(Company).WHERE(condition).ORDER_BY(Company_name)))

IN_STAFF(relationships_lead_to_hierarchies)
{
    EXPECT(ANY_OF(Company_staff), "elm", "oak");
    EXPECT(NOT(ANY_OF(Company_staff)), "ash");
    EXPECT(ANY_OF(Company_staff, EQ(Employee_name, "bob")), "oak");
    EXPECT(ANY_OF(Company_engineers), "elm", "oak");
    EXPECT(ANY_OF(Company_engineers, EQ(Engineer_language, "C")), "oak");
    EXPECT(ANY_OF(Company_engineers, EQ(Engineer_name, "eve")), "elm");
    EXPECT(EQ(COUNT(Company_staff), 3), "oak");
    EXPECT(EQ(COUNT(Company_engineers), 1), "elm", "oak");
}

/* Walks by a key that is not selected. */
static void walk_employees(void)
{
    static const char *const names[] = {"bob", "eve", "ann", "dee"};
    qc_page page = {.size = 1};
    for (size_t i = 0; i < 4; i++) {
        qc_int rank =
            CASE(WHEN(EQ(Employee_name, "bob"), 1), WHEN(EQ(Employee_name, "eve"), 2), ELSE(3));
        struct Employee **one = PAGE(db, &page, SELECT(Employee).ORDER_BY(rank, Employee_name));
        if (!qc_ok(db))
            database_fail(db, "page");
        ck_assert_uint_eq(qc_count(one), 1);
        ck_assert_str_eq(one[0]->name, names[i]);
        struct Senior *eve = AS_A(Senior, one[0]);
        ck_assert_int_eq(eve != NULL, i == 1);
        if (eve)
            ck_assert_int_eq(eve->grade, 2);
        page.cursor = page.next;
    }
    ck_assert_ptr_null(page.next);
}

IN_STAFF(hierarchies_have_pages)
{
    walk_employees();
    ck_assert(qc_session_start(db, NULL));
    walk_employees();
    qc_session_stop(db);
}

IN_STAFF(submodels_have_pages)
{
    qc_page page = {.size = 1};
    struct Engineer **one = PAGE(db, &page, SELECT(Engineer).ORDER_BY(Engineer_language));
    if (!qc_ok(db))
        database_fail(db, "first");
    ck_assert_str_eq(one[0]->name, "eve");
    page.cursor = page.next;
    one = PAGE(db, &page, SELECT(Engineer).ORDER_BY(Engineer_language));
    if (!qc_ok(db))
        database_fail(db, "second");
    ck_assert_str_eq(one[0]->name, "dee");
    ck_assert_ptr_null(page.next);
    ck_assert_ptr_nonnull(page.previous);
}

Suite *hierarchy_reach_suite(void);
Suite *hierarchy_reach_suite(void)
{
    Suite *suite = suite_create("hierarchy_reach");
    TCase *tests = tcase_create("hierarchy_reach");
    tcase_add_unchecked_fixture(tests, databases_begin, databases_end);
    tcase_add_loop_test(tests, relationships_lead_to_hierarchies_in_staff, 0, DATABASE_COUNT);
    tcase_add_loop_test(tests, hierarchies_have_pages_in_staff, 0, DATABASE_COUNT);
    tcase_add_loop_test(tests, submodels_have_pages_in_staff, 0, DATABASE_COUNT);
    suite_add_tcase(suite, tests);
    return suite;
}
