/* Keys that change by hand: what the objects say that are tied by them. */
#include "shop.h"

#include <stdio.h>
#include <string.h>

MODEL(Thicket, "moved_groves", COLUMN(id, BIGINT, PRIMARY_KEY), COLUMN(name, TEXT),
      HAS_MANY(stems, Stem, grove_id))
MODEL(Stem, "moved_stems", COLUMN(grove_id, NULLABLE(BIGINT)), COLUMN(id, BIGINT, PRIMARY_KEY),
      COLUMN(words, NULLABLE(TEXT)), BELONGS_TO(grove, Thicket, grove_id))
MODEL(YearRing, "moved_rings", COLUMN(grove_id, BIGINT, PRIMARY_KEY),
      COLUMN(number, BIGINT, PRIMARY_KEY), COLUMN(words, NULLABLE(TEXT)),
      BELONGS_TO(grove, Thicket, grove_id))

SCHEMA(moved, Thicket, Stem, YearRing)

/* Groves 1 and 2; stem 1 in grove 1, stem 2 in none, ring 5 of grove 1. */
static struct Thicket *groves[2];
static struct Stem *stems[2];
static struct YearRing *ring;

/* Tables that somebody else has made; `action` is what they do when a key changes. */
static void plant(const char *action)
{
    char sql[400];
    if (!qc_drop_all(db, &moved))
        database_fail(db, "the old groves");
    database_run(db, "CREATE TABLE moved_groves (id bigint PRIMARY KEY, name text NOT NULL)");
    snprintf(sql, sizeof(sql),
             "CREATE TABLE moved_stems (grove_id bigint %s, id bigint PRIMARY KEY, words text)",
             action);
    database_run(db, sql);
    snprintf(sql, sizeof(sql),
             "CREATE TABLE moved_rings (grove_id bigint %s, number bigint, words text, PRIMARY KEY "
             "(grove_id, number))",
             action);
    database_run(db, sql);
    ck_assert(qc_session_start(db, NULL));
    for (int i = 0; i < 2; i++)
        groves[i] = NEW(db, Thicket, .id = i + 1, .name = i ? "two" : "one");
    stems[0] = NEW(db, Stem, .id = 1, .grove = groves[0]);
    stems[1] = NEW(db, Stem, .id = 2);
    ring = NEW(db, YearRing, .grove = groves[0], .number = 5);
    ck_assert(qc_flush(db));
}

static void fell(void)
{
    qc_session_stop(db);
    ck_assert(qc_drop_all(db, &moved));
}

/* Over Check's own, which spell a whole call in their messages. */
static void expect_grove(const struct Thicket *found, const struct Thicket *expected)
{
    expect_ok();
    ck_assert_ptr_eq(found, expected);
}

IN_SHOP(a_key_that_was_assigned_is_what_is_loaded)
{
    plant("");
    expect_grove(LOAD(db, stems[1], Stem_grove), NULL);
    stems[1]->grove_id = (qc_opt_bigint){true, 2};
    expect_grove(LOAD(db, stems[1], Stem_grove), groves[1]); /* it flushes */
    ck_assert_ptr_eq(stems[1]->grove, groves[1]);
    stems[1]->grove_id.value = 1;
    ck_assert(qc_flush(db));
    ck_assert_ptr_eq(stems[1]->grove, groves[1]); /* no field changes but by LOAD */
    expect_grove(LOAD(db, stems[1], Stem_grove), groves[0]);
    stems[1]->grove_id.set = false;
    ck_assert(qc_flush(db));
    expect_grove(LOAD(db, stems[1], Stem_grove), NULL);
    ck_assert_ptr_null(stems[1]->grove);
    ring->grove_id = 2;
    ck_assert(qc_flush(db));
    expect_grove(LOAD(db, ring, YearRing_grove), groves[1]);
    fell();
}

IN_SHOP(a_key_that_was_assigned_and_not_flushed_is_loaded_too)
{
    plant("");
    qc_session_stop(db);
    ck_assert(qc_session_start(db, QC_SESSION_OPTIONS(.no_autoflush = true)));
    struct Stem *stem = ONE(db, SELECT(Stem).WHERE(EQ(Stem_id, 1)).LOAD(SELECTIN(Stem_grove)));
    ck_assert_int_eq(stem->grove->id, 1);
    stem->grove_id.value = 2;
    const struct Thicket *grove = LOAD(db, stem, Stem_grove);
    expect_ok();
    ck_assert_int_eq(grove->id, 2);
    struct Thicket *new = NEW(db, Thicket, .id = 9, .name = "nine");
    stem->grove = new;
    expect_grove(LOAD(db, stem, Stem_grove), new); /* what is assigned counts */
    fell();
}

/* It tells of no change that nobody made. */
IN_SHOP(a_key_that_is_as_it_was_is_not_loaded_again)
{
    plant("");
    expect_grove(LOAD(db, stems[0], Stem_grove), groves[0]);
    expect_grove(LOAD(db, stems[1], Stem_grove), NULL);
    stems[0]->words = stems[1]->words = "changed";
    ck_assert(qc_flush(db));
    BUDGET(db, .statements = 1)
    {
        expect_grove(LOAD(db, stems[0], Stem_grove), groves[0]);
        expect_grove(LOAD(db, stems[1], Stem_grove), NULL);
    }
    fell();
}

#define MOVING "REFERENCES moved_groves (id) ON UPDATE CASCADE"

IN_SHOP(rows_that_the_database_moves_are_followed)
{
    plant(MOVING);
    struct Stem *leaving = NEW(db, Stem, .id = 3, .grove_id = {true, 1});
    ck_assert(qc_flush(db));
    groves[0]->id = 40;
    leaving->grove_id.value = 2; /* is written, if later */
    ck_assert(qc_flush(db));
    ck_assert_int_eq(stems[0]->grove_id.value, 40);
    ck_assert_int_eq(ring->grove_id, 40);
    ck_assert_int_eq(leaving->grove_id.value, 2);
    ck_assert(!qc_is_dirty(db, stems[0]) && !qc_is_dirty(db, ring));
    const struct YearRing *found = GET(db, YearRing, 40, 5);
    ck_assert_ptr_eq(found, ring);
    found = GET(db, YearRing, 1, 5);
    ck_assert_ptr_null(found);
    ring->words = "written by its new key";
    ck_assert(qc_flush(db));
    expect_rows(ALL(db, SELECT(Stem_id, Stem_grove_id).ORDER_BY(Stem_id)), "1|40, 2|NULL, 3|2");
    expect_grove(LOAD(db, stems[0], Stem_grove), groves[0]);
    fell();
}

IN_SHOP(a_rollback_takes_moved_keys_back)
{
    plant(MOVING);
    TRANSACTION(db)
    {
        groves[0]->id = 40;
        ck_assert(qc_flush(db));
        break;
    }
    ck_assert_int_eq(stems[0]->grove_id.value, 1);
    ck_assert_int_eq(ring->grove_id, 1);
    const struct YearRing *found = GET(db, YearRing, 1, 5);
    ck_assert_ptr_eq(found, ring);
    ck_assert(!qc_is_dirty(db, ring));
    fell();
}

IN_SHOP(a_key_that_rows_refer_to_is_refused)
{
    plant("REFERENCES moved_groves (id)");
    groves[0]->id = 40;
    ck_assert(!qc_flush(db));
    expect_failure(QC_ERROR_SERVER, "", __LINE__ - 1);
    ck_assert_str_eq(qc_error(db)->sqlstate, "23503");
    ck_assert_int_eq(stems[0]->grove_id.value, 1);
    fell();
}

/* Nobody looks after the key: the objects say what the rows say. */
IN_SHOP(rows_that_stay_where_they_were_are_not_followed)
{
    plant("");
    groves[0]->id = 40;
    ck_assert(qc_flush(db));
    ck_assert_int_eq(stems[0]->grove_id.value, 1);
    ck_assert_int_eq(ring->grove_id, 1);
    expect_grove(LOAD(db, stems[0], Stem_grove), NULL);
    fell();
}

/* ---- UNIQUE values. ---- */

static void expect_clash(const char *why)
{
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_SERVER);
    ck_assert_str_eq(qc_error(db)->sqlstate, "23505");
    ck_assert_msg(strstr(qc_error(db)->message, why) != NULL, "%s", qc_error(db)->message);
    ck_assert_msg(strstr(qc_error(db)->message, "name") < strstr(qc_error(db)->message, why), "%s",
                  qc_error(db)->message);
}

IN_SHOP(values_that_two_rows_swap_are_told)
{
    ck_assert(qc_session_start(db, NULL));
    struct Customer *ann = GET(db, Customer, 1), *bob = GET(db, Customer, 2);
    ann->name = "bob";
    bob->name = "ann";
    ck_assert(!qc_flush(db));
    expect_clash(": Customer 1 is to have the name of Customer 2, which gets another later in this "
                 "flush; give one of the two a value in between, and flush twice");
    ann->name = "ann";
    bob->name = "between";
    ck_assert(qc_flush(db));
    ann->name = "bob";
    ck_assert(qc_flush(db));
    bob->name = "ann";
    ck_assert(qc_flush(db));
    qc_session_stop(db);
}

IN_SHOP(a_value_of_a_row_that_is_deleted_later_is_told)
{
    ck_assert(qc_session_start(db, NULL));
    struct Customer *dan = GET(db, Customer, 4);
    ck_assert(qc_delete(db, dan));
    NEW(db, Customer, .name = "dan");
    ck_assert(!qc_flush(db));
    expect_clash(
        ": a new Customer is to have the name of Customer 4, which is deleted later in this "
        "flush; flush between the two");
    qc_session_stop(db);
}

IN_SHOP(a_value_that_somebody_else_has_is_told_by_the_database)
{
    ck_assert(qc_session_start(db, NULL));
    struct Customer *ann = GET(db, Customer, 1);
    ann->name = "cyd";
    ck_assert(!qc_flush(db));
    ck_assert_str_eq(qc_error(db)->sqlstate, "23505");
    ck_assert_ptr_null(strstr(qc_error(db)->message, "Customer"));
    qc_session_stop(db);
}

Suite *changed_keys_suite(void);
Suite *changed_keys_suite(void)
{
    Suite *suite = suite_create("changed_keys");
    TCase *tests = shop_case(suite);
    ADD_IN_SHOP(tests, a_key_that_was_assigned_is_what_is_loaded);
    ADD_IN_SHOP(tests, a_key_that_was_assigned_and_not_flushed_is_loaded_too);
    ADD_IN_SHOP(tests, a_key_that_is_as_it_was_is_not_loaded_again);
    ADD_IN_SHOP(tests, rows_that_the_database_moves_are_followed);
    ADD_IN_SHOP(tests, a_rollback_takes_moved_keys_back);
    ADD_IN_SHOP(tests, a_key_that_rows_refer_to_is_refused);
    ADD_IN_SHOP(tests, rows_that_stay_where_they_were_are_not_followed);
    ADD_IN_SHOP(tests, values_that_two_rows_swap_are_told);
    ADD_IN_SHOP(tests, a_value_of_a_row_that_is_deleted_later_is_told);
    ADD_IN_SHOP(tests, a_value_that_somebody_else_has_is_told_by_the_database);
    return suite;
}
