/* Creating and dropping schemas on both databases. */
#include "expect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static void expect_state(const char *sqlstate, const char *what)
{
    ck_assert_msg(qc_error(db)->code == QC_ERROR_SERVER, "%s on %s: %s", what, qc_dialect_name(db),
                  qc_error(db)->message);
    ck_assert_msg(strcmp(qc_error(db)->sqlstate, sqlstate) == 0, "%s on %s: %s: %s", what,
                  qc_dialect_name(db), qc_error(db)->sqlstate, qc_error(db)->message);
}

/* ---- Order, idempotence, keys. ---- */

MODEL(Twig, "twigs", COLUMN(id, INTEGER, PRIMARY_KEY, IDENTITY),
    COLUMN(limb_id, BIGINT, REFERENCES(Limb, id), ON_DELETE(CASCADE)),
    COLUMN(parent_id, NULLABLE(INTEGER), REFERENCES(Twig, id), ON_DELETE(SET_NULL)))
MODEL(Limb, "limbs", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(oak_id, SMALLINT, REFERENCES(Oak, id), ON_DELETE(RESTRICT)),
    COLUMN(width, NUMERIC(5, 2), SERVER_DEFAULT("1.25")),
    COLUMN(code, CHAR(3), UNIQUE, SERVER_DEFAULT("'abc'")),
    UNIQUE_INDEX(ux_limbs_width, oak_id, DESC(width)))
MODEL(Oak, "oaks", COLUMN(id, SMALLINT, PRIMARY_KEY, IDENTITY), COLUMN(planted, DATE,
        SERVER_DEFAULT("now()")),
    COLUMN(key, UUID, SERVER_DEFAULT("gen_random_uuid()")))
SCHEMA(oaks, Twig, Limb, Oak)

START_TEST(a_schema_is_created_and_dropped)
{
    db = database_open(_i);
    for (int round = 0; round < 3; round++) {
        ck_assert(qc_create_all(db, &oaks));
        ck_assert(qc_create_all(db, &oaks));
        EXEC(db, INSERT(Oak).SET(Oak_planted, qc_date_of(1800, 1, 1)));
        expect_ok();
        struct Oak *oak = FIRST(db, SELECT(Oak));
        ck_assert_int_eq(oak->id, 1);
        ck_assert(qc_drop_all(db, &oaks));
        ck_assert(qc_drop_all(db, &oaks));
        oak = FIRST(db, SELECT(Oak));
        expect_state("42P01", "select");
    }
    qc_close(db);
}
END_TEST

START_TEST(the_number_of_a_row_is_never_given_again)
{
    db = database_open(_i);
    ck_assert(qc_create_all(db, &oaks));
    const struct Oak zero = {0};
    const struct Oak *first = FIRST(db, INSERT_ROW(Oak, &zero).RETURNING());
    expect_ok();
    EXEC(db, DELETE(Oak).ALL_ROWS);
    expect_ok();
    const struct Oak *second = FIRST(db, INSERT_ROW(Oak, &zero).RETURNING());
    expect_ok();
    ck_assert_int_gt(second->id, first->id);
    ck_assert(qc_drop_all(db, &oaks));
    qc_close(db);
}
END_TEST

START_TEST(keys_hold)
{
    db = database_open(_i);
    ck_assert(qc_create_all(db, &oaks));
    struct Oak zero = {0}, *oak = FIRST(db, INSERT_ROW(Oak, &zero).RETURNING());
    expect_ok();
    ck_assert_int_ne(oak->planted.days, 0);
    ck_assert(memcmp(&oak->key, &zero.key, sizeof(zero.key)) != 0);
    ck_assert_int_eq(oak->key.bytes[6] >> 4, 4);
    struct Limb limb = {.oak_id = oak->id}, *made = FIRST(db, INSERT_ROW(Limb, &limb).RETURNING());
    expect_ok();
    ck_assert_str_eq(made->width.text, "1.25");
    ck_assert_str_eq(made->code, "abc");
    EXEC(db, INSERT_ROW(Limb, &limb));
    expect_state("23505", "unique");
    limb = (struct Limb){.oak_id = 99, .code = "xyz"};
    EXEC(db, INSERT_ROW(Limb, &limb));
    expect_state("23503", "foreign key");
    limb = (struct Limb){.oak_id = oak->id, .code = "xyz"};
    EXEC(db, INSERT_ROW(Limb, &limb));
    expect_state("23505", "unique index");
    struct Twig twig = {.limb_id = made->id};
    struct Twig *first = FIRST(db, INSERT_ROW(Twig, &twig).RETURNING());
    expect_ok();
    twig.parent_id = (qc_opt_int){true, first->id};
    struct Twig *second = FIRST(db, INSERT_ROW(Twig, &twig).RETURNING());
    expect_ok();
    EXEC(db, DELETE(Oak).ALL_ROWS);
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_SERVER);
    EXEC(db, DELETE(Twig).WHERE(EQ(Twig_id, first->id)));
    expect_ok();
    second = ONE(db, SELECT(Twig).WHERE(EQ(Twig_id, second->id)));
    ck_assert(!second->parent_id.set);
    EXEC(db, DELETE(Limb).ALL_ROWS);
    int64_t count = SCALAR(db, SELECT(COUNT(Twig_id)));
    expect_ok();
    ck_assert_int_eq(count, 0);
    ck_assert(qc_drop_all(db, &oaks));
    qc_close(db);
}
END_TEST

START_TEST(a_schema_inside_of_a_transaction)
{
    db = database_open(_i);
    ck_assert(qc_begin(db));
    ck_assert(qc_create_all(db, &oaks));
    int64_t count = SCALAR(db, SELECT(COUNT(Oak_id)));
    expect_ok();
    ck_assert_int_eq(count, 0);
    ck_assert(qc_rollback(db));
    count = SCALAR(db, SELECT(COUNT(Oak_id)));
    expect_state("42P01", "select");
    qc_close(db);
}
END_TEST

START_TEST(a_schema_is_created_whole_or_not_at_all)
{
    db = database_open(_i);
    database_run(db, "CREATE TABLE ux_limbs_width (a integer)");
    database_run(db, _i == SQLITE_DATABASE ? "CREATE VIEW limbs AS SELECT 1 AS x"
                                           : "CREATE SEQUENCE limbs");
    bool created = qc_create_all(db, &oaks);
    if (_i == POSTGRESQL_DATABASE)
        ck_assert(!created);
    if (!created) {
        int64_t count = SCALAR(db, SELECT(COUNT(Oak_id)));
        ck_assert_int_eq(count, 0);
        expect_state("42P01", "select");
    }
    database_run(db, _i == SQLITE_DATABASE ? "DROP VIEW limbs" : "DROP SEQUENCE limbs");
    database_run(db, "DROP TABLE ux_limbs_width");
    qc_drop_all(db, &oaks);
    qc_close(db);
}
END_TEST

/* ---- Cycles. ---- */

MODEL(Chick, "chicks", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(shell_id, NULLABLE(BIGINT), REFERENCES(Shell, id)))
MODEL(Shell, "sh'ells \"\\", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(chick_id, NULLABLE(BIGINT), REFERENCES(Chick, id)))
SCHEMA(nest, Chick, Shell)

START_TEST(a_cycle_is_created_filled_and_dropped)
{
    db = database_open(_i);
    for (int round = 0; round < 2; round++) {
        ck_assert(qc_create_all(db, &nest));
        if (!qc_create_all(db, &nest))
            database_fail(db, "again");
        EXEC(db, INSERT(Chick).SET(Chick_id, 1));
        EXEC(db, INSERT(Shell).SET(Shell_id, 1).SET(Shell_chick_id, 1));
        EXEC(db, UPDATE(Chick).SET(Chick_shell_id, 1).ALL_ROWS);
        expect_ok();
        EXEC(db, UPDATE(Chick).SET(Chick_shell_id, 2).ALL_ROWS);
        expect_state("23503", "the late key");
        if (!qc_drop_all(db, &nest))
            database_fail(db, "drop");
    }
    EXEC(db, INSERT(Chick).SET(Chick_id, 1));
    expect_state("42P01", "insert");
    database_run(db, "CREATE TABLE parents (id integer PRIMARY KEY)");
    database_run(db, "CREATE TABLE children (parent integer REFERENCES parents (id))");
    ck_assert(!qc_execute(db, "INSERT INTO children VALUES (1)"));
    expect_state("23503", "foreign keys are on again");
    database_run(db, "DROP TABLE children");
    database_run(db, "DROP TABLE parents");
    qc_close(db);
}
END_TEST

/* ---- Hostile names. ---- */

MODEL(Strange, "x\"; DROP TABLE canary; --", COLUMN(select, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(user, TEXT, INDEXED), COLUMN(MixedCase, NULLABLE(TEXT)), COLUMN(group, BOOLEAN,
    DEFAULT(true)),
    INDEX(order, user, DESC(MixedCase)))
MODEL(Newline, "two\nlines\t'", COLUMN(id, BIGINT, PRIMARY_KEY, REFERENCES(Strange, select)))
MODEL(Longest, "abcdefghij_abcdefghij_abcdefghij_abcdefghij_abcdefghij_abcdefgh",
    COLUMN(id, BIGINT, PRIMARY_KEY), COLUMN(abcdefghij_abcdefghij, TEXT, INDEXED),
    COLUMN(abcdefghij_abcdefghik, TEXT, INDEXED))
SCHEMA(strange, Newline, Strange, Longest)

START_TEST(hostile_names)
{
    db = database_open(_i);
    database_run(db, "CREATE TABLE canary (id integer)");
    ck_assert(qc_drop_all(db, &strange));
    if (!qc_create_all(db, &strange))
        database_fail(db, "create");
    EXEC(db, INSERT(Strange).SET(Strange_user, "u").SET(Strange_MixedCase, "m"));
    expect_ok();
    struct Strange *row = FIRST(db, SELECT(Strange).WHERE(EQ(Strange_user,
            "u")).ORDER_BY(Strange_group));
    expect_ok();
    ck_assert_str_eq(row->MixedCase, "m");
    ck_assert(row->group);
    EXEC(db, INSERT(Newline).SET(Newline_id, row->select));
    expect_ok();
    ALIAS(Strange, group);
    row = FIRST(db, SELECT(group).JOIN(Newline, EQ(Newline_id, group.select)));
    expect_ok();
    ck_assert_str_eq(row->user, "u");
    if (!qc_drop_all(db, &strange))
        database_fail(db, "drop");
    database_run(db, "DROP TABLE canary");
    qc_close(db);
}
END_TEST

Suite *create_suite(void);
Suite *create_suite(void)
{
    Suite *suite = suite_create("create");
    TCase *tests = tcase_create("both");
    tcase_add_unchecked_fixture(tests, databases_begin, databases_end);
    tcase_add_loop_test(tests, a_schema_is_created_and_dropped, 0, DATABASE_COUNT);
    tcase_add_loop_test(tests, keys_hold, 0, DATABASE_COUNT);
    tcase_add_loop_test(tests, the_number_of_a_row_is_never_given_again, 0, DATABASE_COUNT);
    tcase_add_loop_test(tests, a_schema_inside_of_a_transaction, 0, DATABASE_COUNT);
    tcase_add_loop_test(tests, a_schema_is_created_whole_or_not_at_all, 0, DATABASE_COUNT);
    tcase_add_loop_test(tests, a_cycle_is_created_filled_and_dropped, 0, DATABASE_COUNT);
    tcase_add_loop_test(tests, hostile_names, 0, DATABASE_COUNT);
    suite_add_tcase(suite, tests);
    return suite;
}
