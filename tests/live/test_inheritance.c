/* Inheritance on both databases: hierarchies in one table and in several, with and without a
 * session. */
#include "expect.h"
#include "live/staff.h"

#include <stdio.h>
#include <string.h>

static void begin(int database)
{
    models_open(database, &staff);
    ck_assert(qc_session_start(db, NULL));
}

static void end(void)
{
    qc_session_stop(db);
    models_close(&staff);
}

static void flush(void)
{
    if (!qc_flush(db))
        database_fail(db, "flush");
}

static void expect_rows(int64_t affected, int64_t expected)
{
    if (affected != expected)
        ck_abort_msg("%d rows: %s", (int)affected, qc_ok(db) ? "" : qc_error(db)->message);
}

static void expect_none(const void *row)
{
    ck_assert_ptr_null(row);
}

/* A session that knows nothing yet. */
static void forget(void)
{
    flush();
    qc_session_stop(db);
    ck_assert(qc_session_start(db, NULL));
}

#define IN_STAFF(name) TEST_WITHIN(name, in_staff, begin, end)

/* One of each, in the order of their ids from 1 on. */
static void hire(void)
{
    struct Company *company = NEW(db, Company, .name = "oak");
    NEW(db, Employee, .name = "ann", .company = company);
    flush();
    NEW(db, Manager, .name = "bob", .reports = {true, 3}, .room = "12", .company = company);
    flush();
    NEW(db, Executive, .name = "cy", .room = "1");
    flush();
    NEW(db, Engineer, .name = "dee", .language = "C", .stars = {true, 5}, .company = company);
    flush();
    NEW(db, Senior, .name = "eve", .language = "Ada", .grade = 2);
    flush();
    NEW(db, Chief, .name = "fay", .language = "Forth", .motto = "simple");
    forget();
}

IN_STAFF(rows_come_as_what_they_are)
{
    hire();
    struct Employee **all = ALL(db, SELECT(Employee).ORDER_BY(Employee_id));
    expect_ok();
    ck_assert_uint_eq(qc_count(all), 6);
    ck_assert_str_eq(all[0]->kind, "employee");
    ck_assert_ptr_null(AS_A(Manager, all[0]));
    struct Manager *bob = AS_A(Manager, all[1]);
    ck_assert_ptr_eq(bob, all[1]);
    ck_assert_str_eq(bob->name, "bob");
    ck_assert_int_eq(bob->reports.value, 3);
    ck_assert_str_eq(bob->room, "12");
    ck_assert_ptr_null(AS_A(Executive, bob));
    struct Executive *cy = AS_A(Executive, all[2]);
    ck_assert_ptr_eq(AS_A(Manager, all[2]), cy);
    ck_assert(!cy->reports.set);
    ck_assert_str_eq(cy->bonus.text, "1.50");
    struct Engineer *dee = AS_A(Engineer, all[3]);
    ck_assert_str_eq(dee->language, "C");
    ck_assert_int_eq(dee->stars.value, 5);
    ck_assert_int_eq(AS_A(Senior, all[4])->grade, 2);
    ck_assert_str_eq(AS_A(Engineer, all[4])->language, "Ada");
    ck_assert_str_eq(AS_A(Chief, all[5])->motto, "simple");
    ck_assert(!AS_A(Chief, all[5])->stars.set);
    ck_assert_ptr_null(AS_A(Chief, all[4]));
    ck_assert_ptr_null(AS_A(Chief, (struct Employee *)NULL));
}

IN_STAFF(a_sub_model_reads_its_rows_only)
{
    hire();
    struct Manager **managers =
        ALL(db, SELECT(Manager).WHERE(NE(Manager_name, "x")).ORDER_BY(Manager_id));
    expect_ok();
    ck_assert_uint_eq(qc_count(managers), 2);
    ck_assert_ptr_nonnull(AS_A(Executive, managers[1]));
    struct Engineer **engineers =
        ALL(db, SELECT(Engineer).WHERE(LIKE(Engineer_name, "%e%")).ORDER_BY(DESC(Engineer_name)));
    expect_ok();
    ck_assert_uint_eq(qc_count(engineers), 2);
    ck_assert_int_eq(AS_A(Senior, engineers[0])->grade, 2);
    ck_assert_str_eq(engineers[1]->name, "dee");
    struct Senior **seniors = ALL(db, SELECT(Senior));
    struct Executive **executives = ALL(db, SELECT(Executive));
    ck_assert_uint_eq(qc_count(seniors), 1);
    ck_assert_uint_eq(qc_count(executives), 1);
    struct Chief *fay =
        FIRST(db, SELECT(Chief).WHERE(AND(EQ(Chief_name, "fay"), EQ(Chief_language, "Forth"),
                                          EQ(Chief_motto, "simple"))));
    expect_ok();
    ck_assert_int_eq(fay->id, 6);
    ck_assert_int_eq(COUNT_OF(Manager), 2);
    ck_assert_int_eq(COUNT_OF(Engineer), 3);
    ck_assert_int_eq(COUNT_OF(Senior), 1);
    ck_assert_int_eq(COUNT_OF(Chief), 1);
}

IN_STAFF(one_row_is_one_object)
{
    hire();
    struct Manager *bob = GET(db, Manager, 2);
    ck_assert_ptr_eq(GET(db, Employee, 2), bob);
    struct Employee *again = FIRST(db, SELECT(Employee).WHERE(EQ(Employee_id, 2)));
    ck_assert_ptr_eq(again, bob);
    ck_assert_ptr_null(GET(db, Engineer, 2));
    ck_assert_ptr_null(GET(db, Executive, 2));
    expect_ok();
    struct Engineer *eve = (struct Engineer *)GET(db, Employee, 5);
    ck_assert_ptr_eq(AS_A(Senior, eve), eve);
    ck_assert_ptr_eq(GET(db, Senior, 5), eve);
    ck_assert_ptr_null(GET(db, Employee, 77));
}

IN_STAFF(only_tables_that_changed_are_written)
{
    hire();
    struct Chief *fay = GET(db, Chief, 6);
    fay->motto = "done";
    flush();
    fay->name = "faye";
    fay->language = "Lua";
    fay->stars = (qc_opt_int){true, 4};
    ck_assert(qc_is_dirty(db, fay));
    forget();
    fay = GET(db, Chief, 6);
    ck_assert_str_eq(fay->name, "faye");
    ck_assert_str_eq(fay->language, "Lua");
    ck_assert_int_eq(fay->stars.value, 4);
    ck_assert_str_eq(fay->motto, "done");
    fay->name = "fay";
    ck_assert(qc_refresh(db, fay));
    ck_assert_str_eq(fay->name, "faye");
}

/* Many at once go other ways than one. */
IN_STAFF(many_are_written_at_once)
{
    enum { MANY = 150 };
    struct Senior *seniors[MANY];
    for (int i = 0; i < MANY; i++)
        seniors[i] = NEW(db, Senior, .name = "n", .language = "C", .grade = i);
    flush();
    for (int i = 0; i < MANY; i++) {
        ck_assert_int_eq(seniors[i]->id, i + 1);
        seniors[i]->grade = -i;
        seniors[i]->name = "m";
    }
    forget();
    struct Employee **all = ALL(db, SELECT(Employee).ORDER_BY(Employee_id));
    ck_assert_uint_eq(qc_count(all), MANY);
    for (int i = 0; i < MANY; i++) {
        ck_assert_int_eq(AS_A(Senior, all[i])->grade, -i);
        ck_assert_str_eq(all[i]->name, "m");
        ck_assert(qc_delete(db, all[i]));
    }
    flush();
    ck_assert_int_eq(COUNT_OF(Employee), 0);
    ck_assert_int_eq(COUNT_OF(Engineer), 0);
}

/* The table without what stands above it. */
MODEL(ChiefAlone, "chiefs", COLUMN(id, BIGINT, PRIMARY_KEY), COLUMN(motto, NULLABLE(TEXT)))

IN_STAFF(deleting_takes_every_row)
{
    /* Made by somebody else, without ON DELETE CASCADE. */
    database_run(db, "DROP TABLE chiefs");
    database_run(db, "CREATE TABLE chiefs (id BIGINT PRIMARY KEY, motto TEXT)");
    hire();
    ck_assert_int_eq(COUNT_OF(ChiefAlone), 1);
    struct Employee **all = ALL(db, SELECT(Employee));
    for (size_t i = 0; i < qc_count(all); i++)
        ck_assert(qc_delete(db, all[i]));
    flush();
    ck_assert_int_eq(COUNT_OF(Employee), 0);
    ck_assert_int_eq(COUNT_OF(ChiefAlone), 0);
    database_run(
        db, "INSERT INTO employees (id, kind, name, active) VALUES (4, 'engineer', 'x', true)");
    /* Had its rows been left behind, they would be there again. */
    expect_none(FIRST(db, SELECT(Engineer)));
    expect_none(ALL(db, SELECT(Employee)));
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_NULL_RESULT);
}

IN_STAFF(relationships_are_polymorphic)
{
    hire();
    struct Employee *dee = GET(db, Employee, 4);
    struct Manager *bob = GET(db, Manager, 2);
    NEW(db, Chore, .text = "compile", .owner = dee);
    NEW(db, Chore, .text = "link", .owner = (struct Employee *)bob);
    NEW(db, Car, .plate = "Q 1", .manager = bob);
    forget();
    struct Company **companies =
        ALL(db, SELECT(Company).LOAD(
                    SELECTIN(Company_staff, SELECTIN(Employee_chores), SELECTIN(Manager_cars)),
                    SELECTIN(Company_engineers, SELECTIN(Engineer_chores))));
    expect_ok();
    struct Employee **all = companies[0]->staff;
    ck_assert_uint_eq(qc_count(all), 3);
    bob = AS_A(Manager, all[1]);
    ck_assert_str_eq(bob->cars[0]->plate, "Q 1");
    ck_assert_str_eq(bob->chores[0]->text, "link");
    ck_assert_str_eq(AS_A(Engineer, all[2])->language, "C");
    ck_assert_uint_eq(qc_count(companies[0]->engineers), 1);
    ck_assert_ptr_eq(companies[0]->engineers[0], all[2]);
    ck_assert_uint_eq(qc_count(all[0]->chores), 0);
    struct Chore **chores = ALL(db, SELECT(Chore).ORDER_BY(Chore_id).LOAD(SELECTIN(Chore_owner)));
    ck_assert_ptr_eq(AS_A(Engineer, chores[0]->owner), all[2]);
    ck_assert_ptr_eq(chores[1]->owner, bob);
    forget();
    companies = ALL(db, SELECT(Company).LOAD(JOINED(Company_staff, JOINED(Employee_chores))));
    expect_ok();
    ck_assert_str_eq(AS_A(Engineer, companies[0]->staff[2])->chores[0]->text, "compile");
    forget();
    chores = ALL(db, SELECT(Chore).ORDER_BY(Chore_id).LIMIT(1).LOAD(JOINED(Chore_owner)));
    expect_ok();
    ck_assert_str_eq(AS_A(Engineer, chores[0]->owner)->language, "C");
    forget();
    companies = ALL(db, SELECT(Company).LOAD(NESTED(Company_staff, NESTED(Employee_chores))));
    expect_ok();
    ck_assert_str_eq(AS_A(Engineer, companies[0]->staff[2])->chores[0]->text, "compile");
    forget();
    struct Engineer **engineers = ALL(
        db, SELECT(Engineer).ORDER_BY(Engineer_name).LIMIT(2).LOAD(JOINED(Engineer_chores)));
    expect_ok();
    ck_assert_str_eq(engineers[0]->chores[0]->text, "compile");
    ck_assert_int_eq(AS_A(Senior, engineers[1])->grade, 2);
    forget();
    companies = ALL(db, SELECT(Company).LOAD(NESTED(Company_staff, NESTED(Employee_chores))));
    expect_ok();
    ck_assert_str_eq(AS_A(Engineer, companies[0]->staff[2])->chores[0]->text, "compile");
    companies = ALL(db, SELECT(Company).LOAD(BY_SUBQUERY(Company_staff,
                                                         BY_SUBQUERY(Employee_chores))));
    expect_ok();
    ck_assert_str_eq(companies[0]->staff[2]->chores[0]->text, "compile");
}

IN_STAFF(relationships_load_lazily_and_change)
{
    hire();
    struct Manager *bob = GET(db, Manager, 2);
    struct Company *oak = GET(db, Company, 1);
    struct Employee **all = LOAD(db, oak, Company_staff);
    expect_ok();
    ck_assert_ptr_eq(all[1], bob);
    ck_assert_ptr_eq(LOAD(db, bob, Manager_company), oak);
    struct Chore *chore = NEW(db, Chore, .text = "plan");
    ck_assert(ADD_TO(db, bob, Manager_chores, chore));
    ck_assert_ptr_eq(chore->owner, bob);
    ck_assert(ADD_TO(db, oak, Company_staff,
                     (struct Employee *)NEW(db, Engineer, .name = "gus", .language = "Go")));
    flush();
    ck_assert_int_eq(chore->owner_id.value, bob->id);
    ck_assert_uint_eq(qc_count(oak->staff), 4);
    const int64_t engineers =
        SCALAR(db, SELECT(COUNT()).FROM(Engineer).WHERE(EQ(Engineer_company_id, oak->id)));
    ck_assert_int_eq(engineers, 2);
    ck_assert(qc_delete(db, oak));
    flush();
    ck_assert(!bob->company_id.set);
    ck_assert_int_eq(COUNT_OF(Company), 0);
    const int64_t free =
        SCALAR(db, SELECT(COUNT()).FROM(Employee).WHERE(EQ(Employee_company_id, NULL)));
    ck_assert_int_eq(free, 7);
}

IN_STAFF(queries_join_hierarchies)
{
    hire();
    struct Posting **pairs = ALL(db, SELECT_AS(Posting, Employee, Company_name)
                                         .LEFT_JOIN(Employee_company)
                                         .ORDER_BY(Employee_id));
    expect_ok();
    ck_assert_uint_eq(qc_count(pairs), 6);
    ck_assert_str_eq(AS_A(Engineer, pairs[3]->employee)->language, "C");
    ck_assert_str_eq(pairs[3]->company, "oak");
    ck_assert_ptr_null(pairs[4]->company);
    ALIAS(Engineer, peer);
    struct Engineer **found = ALL(db, SELECT(Engineer)
                                          .JOIN(peer, LT(peer.name, Engineer_name))
                                          .WHERE(EQ(peer.language, "C"))
                                          .ORDER_BY(Engineer_name));
    expect_ok();
    ck_assert_uint_eq(qc_count(found), 2);
    ck_assert_str_eq(found[0]->name, "eve");
    struct Company **companies =
        ALL(db, SELECT(Company).JOIN(Company_engineers).WHERE(EQ(Engineer_language, "C")));
    ck_assert_uint_eq(qc_count(companies), 1);
    companies = ALL(db, SELECT(Company).LEFT_JOIN(Manager, EQ(Manager_company_id, Company_id)));
    ck_assert_uint_eq(qc_count(companies), 1);
    const int64_t none = SCALAR(
        db,
        SELECT(COUNT(Manager_id)).FROM(Company).LEFT_JOIN(Manager, EQ(Manager_room, "nowhere")));
    ck_assert_int_eq(none, 0);
    companies = ALL(db, SELECT(Company).WHERE(IN(Company_id, SELECT(Senior_company_id))));
    ck_assert_uint_eq(qc_count(companies), 0);
    expect_ok();
}

IN_STAFF(outer_joins_keep_what_is_not_of_the_model)
{
    hire();
    /* Two managers, one of whom has the company; nobody else makes a row. */
    int64_t rows = SCALAR(
        db, SELECT(COUNT()).FROM(Company).RIGHT_JOIN(Manager, EQ(Manager_company_id, Company_id)));
    expect_ok();
    ck_assert_int_eq(rows, 2);
    rows = SCALAR(
        db, SELECT(COUNT()).FROM(Senior).FULL_JOIN(Company, EQ(Senior_company_id, Company_id)));
    expect_ok();
    ck_assert_int_eq(rows, 2);
}

IN_STAFF(rows_come_without_a_session)
{
    hire();
    qc_session_stop(db);
    QC_SCOPE (db) {
        struct Employee **all = ALL(db, SELECT(Employee).ORDER_BY(Employee_id));
        ck_assert_int_eq(AS_A(Senior, all[4])->grade, 2);
        size_t count = 0;
        STREAM (employee, db, SELECT(Employee).ORDER_BY(Employee_id)) {
            count++;
            if (count == 6)
                ck_assert_str_eq(AS_A(Chief, employee)->motto, "simple");
        }
        ck_assert_uint_eq(count, 6);
        struct Manager manager = {.name = "gil", .room = "7"};
        expect_rows(EXEC(db, INSERT_ROW(Manager, &manager)), 1);
        expect_rows(EXEC(db, INSERT(Executive).SET(Executive_name, "hal").SET(Executive_room, "8")),
                    1);
        expect_ok();
        expect_rows(EXEC(db, UPDATE(Manager).SET(Manager_room, "9").ALL_ROWS), 4);
        expect_rows(EXEC(db, DELETE(Executive).WHERE(EQ(Executive_room, "9"))), 2);
        ck_assert_int_eq(COUNT_OF(Employee), 6);
        expect_rows(EXEC(db, DELETE(Employee).WHERE(EQ(Employee_name, "fay"))), 1);
        ck_assert_int_eq(COUNT_OF(Chief), 0);
        expect_ok();
    }
    ck_assert(qc_session_start(db, NULL));
}

IN_STAFF(structs_of_the_program_become_what_they_are)
{
    struct Engineer ida = {.name = "ida", .language = "C"};
    struct Senior joe = {.kind = "senior", .name = "joe", .language = "C", .grade = 3};
    struct Employee *all[] = {(struct Employee *)&ida, (struct Employee *)&joe, NULL};
    struct Company elm = {.name = "elm", .staff = all};
    ck_assert(qc_add(db, Engineer, &ida));
    ck_assert(qc_add(db, Company, &elm));
    ck_assert_str_eq(ida.kind, "engineer");
    forget();
    ck_assert_int_eq(COUNT_OF(Engineer), 2);
    struct Senior *senior = FIRST(db, SELECT(Senior).WHERE(EQ(Senior_grade, 3)));
    expect_ok();
    ck_assert_str_eq(senior->name, "joe");
    ck_assert_int_eq(senior->company_id.value, 1);
}

IN_STAFF(what_is_merged_stays_what_it_is)
{
    hire();
    struct Engineer dee = {.id = 4, .name = "dora", .language = "Go"}, bob = {.id = 2};
    struct Employee fay = {.id = 6, .kind = "employee", .name = "faye"};
    struct Engineer *engineer = qc_merge(db, Engineer, &dee);
    expect_ok();
    struct Chief *chief = AS_A(Chief, qc_merge(db, Employee, &fay));
    expect_ok();
    ck_assert_str_eq(chief->kind, "chief");
    struct Senior *joe = qc_merge(db, Senior, (&(struct Senior){.name = "joe", .language = "C"}));
    ck_assert_str_eq(joe->kind, "senior");
    ck_assert_ptr_nonnull(GET(db, Manager, 2));
    ck_assert_ptr_null(qc_merge(db, Engineer, &bob));
    ck_assert_str_eq(qc_error(db)->message,
                     "the row of this key is of Manager, and the struct that is merged of Engineer");
    forget();
    engineer = GET(db, Engineer, 4);
    ck_assert_str_eq(engineer->name, "dora");
    ck_assert_str_eq(engineer->language, "Go");
    chief = GET(db, Chief, 6);
    ck_assert_str_eq(chief->name, "faye");
    ck_assert_str_eq(chief->motto, "simple");
}

static void expect_error(enum qc_code code, const char *part)
{
    ck_assert_int_eq(qc_error(db)->code, code);
    if (!strstr(qc_error(db)->message, part))
        ck_abort_msg("%s", qc_error(db)->message);
}

IN_STAFF(misuse_is_named)
{
    hire();
    struct Engineer engineer = {.name = "x"};
    expect_rows(EXEC(db, INSERT_ROW(Engineer, &engineer)), -1);
    expect_error(QC_ERROR_QUERY, "the rows of Engineer lie in the tables engineers and employees, "
                                 "and INSERT writes one");
    expect_rows(EXEC(db, DELETE(Chief).ALL_ROWS), -1);
    expect_error(QC_ERROR_QUERY, "and DELETE writes one");
    expect_none(ALL(db, UPDATE(Employee).SET(Employee_name, "x").ALL_ROWS.RETURNING()));
    expect_error(QC_ERROR_QUERY, "rows of Employee may be of models below it");
    database_run(db, "UPDATE employees SET kind = 'pilot' WHERE id = 2");
    expect_none(ALL(db, SELECT(Employee)));
    expect_error(QC_ERROR_DECODE, "the row of employees whose id is 2 is a \"pilot\"");
    struct Car *car = NEW(db, Car, .plate = "Q 2");
    memcpy(&car->manager, &(void *){GET(db, Engineer, 4)}, sizeof(void *));
    ck_assert(!qc_flush(db));
    expect_error(QC_ERROR_MISUSE, "of another model");
}

IN_STAFF(a_row_stays_of_its_model)
{
    hire();
    struct Engineer *engineer = GET(db, Engineer, 4);
    const char *kind = engineer->kind;
    engineer->kind = "manager";
    ck_assert(!qc_flush(db));
    expect_error(QC_ERROR_MISUSE, "Engineer.kind says which model a row is, and cannot be changed");
    engineer->kind = kind;
    flush();
}

IN_STAFF(a_rollback_brings_back_the_models)
{
    hire();
    struct Chief *fay = GET(db, Chief, 6);
    ck_assert(qc_begin(db));
    fay->language = "Lua";
    fay->name = "faye";
    struct Engineer *new = NEW(db, Engineer, .name = "gus", .language = "Go");
    flush();
    ck_assert_int_gt(new->id, 6);
    ck_assert(qc_rollback(db));
    ck_assert_str_eq(fay->language, "Forth");
    ck_assert_str_eq(fay->name, "fay");
    ck_assert_int_eq(qc_state(db, new), QC_STATE_TRANSIENT);
    ck_assert_int_eq(COUNT_OF(Employee), 6);
}

Suite *inheritance_suite(void);
Suite *inheritance_suite(void)
{
    Suite *suite = suite_create("inheritance");
    TCase *tests = tcase_create("staff");
    tcase_add_unchecked_fixture(tests, databases_begin, databases_end);
    tcase_set_timeout(tests, 60);
#define ADD_TEST(name) tcase_add_loop_test(tests, name##_in_staff, SQLITE_DATABASE, DATABASE_COUNT)
    ADD_TEST(rows_come_as_what_they_are);
    ADD_TEST(a_sub_model_reads_its_rows_only);
    ADD_TEST(one_row_is_one_object);
    ADD_TEST(only_tables_that_changed_are_written);
    ADD_TEST(many_are_written_at_once);
    ADD_TEST(deleting_takes_every_row);
    ADD_TEST(relationships_are_polymorphic);
    ADD_TEST(relationships_load_lazily_and_change);
    ADD_TEST(queries_join_hierarchies);
    ADD_TEST(outer_joins_keep_what_is_not_of_the_model);
    ADD_TEST(rows_come_without_a_session);
    ADD_TEST(structs_of_the_program_become_what_they_are);
    ADD_TEST(what_is_merged_stays_what_it_is);
    ADD_TEST(misuse_is_named);
    ADD_TEST(a_row_stays_of_its_model);
    ADD_TEST(a_rollback_brings_back_the_models);
    suite_add_tcase(suite, tests);
    return suite;
}
