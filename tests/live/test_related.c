/* ANY_OF and COUNT over relationships of every kind, on both databases: which rows they find. */
#include "databases.h"

#include <stdio.h>
#include <string.h>

struct Deed_columns;
static qc_bool is_bold(const struct Deed_columns *deed);

MODEL(Knight, "knights", COLUMN(id, BIGINT, PRIMARY_KEY), COLUMN(name, TEXT),
      COLUMN(lord_id, NULLABLE(BIGINT)), BELONGS_TO(lord, Knight, lord_id),
      HAS_MANY(squires, Knight, lord_id), HAS_MANY(deeds, Deed, KEY(knight_id)),
      HAS_MANY(bold_deeds, Deed, knight_id, FILTERED(is_bold)), HAS_ONE(horse, Horse, knight_id),
      MANY_TO_MANY(orders, Chivalry, Oath, knight_id, order_id))

MODEL(Deed, "deeds", COLUMN(id, BIGINT, PRIMARY_KEY), COLUMN(knight_id, BIGINT),
      COLUMN(fame, INTEGER), BELONGS_TO(knight, Knight, knight_id),
      HAS_MANY(songs, Ballad, deed_id))

MODEL(Ballad, "ballads", COLUMN(deed_id, BIGINT, PRIMARY_KEY), COLUMN(number, INTEGER, PRIMARY_KEY),
      HAS_MANY(verses, Verse, KEY(deed_id, song)))

MODEL(Verse, "verses", COLUMN(id, BIGINT, PRIMARY_KEY), COLUMN(deed_id, BIGINT),
      COLUMN(song, INTEGER), BELONGS_TO(of, Ballad, KEY(deed_id, song)))

MODEL(Horse, "horses", COLUMN(id, BIGINT, PRIMARY_KEY), COLUMN(knight_id, BIGINT),
      COLUMN(name, NULLABLE(TEXT)))

MODEL(Chivalry, "chivalries", COLUMN(id, BIGINT, PRIMARY_KEY), COLUMN(name, TEXT),
      MANY_TO_MANY(knights, Knight, Oath, order_id, knight_id))

MODEL(Oath, "oaths", COLUMN(knight_id, BIGINT, PRIMARY_KEY), COLUMN(order_id, BIGINT, PRIMARY_KEY))

SCHEMA(court, Knight, Deed, Ballad, Verse, Horse, Chivalry, Oath)

static qc_bool is_bold(const struct Deed_columns *deed)
{
    return GT(deed->fame, 5);
}

static qc_db *db;

/* 1 art (no lord; deeds 10, 2; a horse), 2 bors (of art; deed 7), 3 cai (of art; no deeds), 4 dag
 * (of bors; deed 1; a horse without a name). Orders: table (art, bors), grail (bors). */
static void begin(int database)
{
    db = database_open(database);
    qc_drop_all(db, &court);
    if (!qc_create_all(db, &court))
        database_fail(db, "no court");
    database_run(db, "INSERT INTO knights VALUES (1, 'art', NULL), (2, 'bors', 1), (3, 'cai', 1), "
                     "(4, 'dag', 2)");
    database_run(db, "INSERT INTO deeds VALUES (1, 1, 10), (2, 1, 2), (3, 2, 7), (4, 4, 1)");
    database_run(db, "INSERT INTO ballads VALUES (1, 1), (1, 2), (3, 1)");
    database_run(db, "INSERT INTO verses VALUES (1, 1, 2), (2, 3, 1)");
    database_run(db, "INSERT INTO horses VALUES (1, 1, 'white'), (2, 4, NULL)");
    database_run(db, "INSERT INTO chivalries VALUES (1, 'table'), (2, 'grail')");
    database_run(db, "INSERT INTO oaths VALUES (1, 1), (2, 1), (2, 2)");
}

static void end(void)
{
    ck_assert(qc_drop_all(db, &court));
    qc_close(db);
}

/* The knights have these names. */
static void expect(const char *expected, struct Knight **knights)
{
    char text[64] = "";
    if (!qc_ok(db))
        database_fail(db, expected);
    EACH (struct Knight, knight, knights)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s ", knight->name);
    ck_assert_str_eq(text, expected);
}
#define EXPECT(expected, condition)                                                                \
    expect(expected, ALL(db, SELECT(Knight).WHERE(condition).ORDER_BY(Knight_id)))

static void expect_number(int64_t expected, int64_t number)
{
    if (!qc_ok(db))
        database_fail(db, "unexpected");
    ck_assert_int_eq(number, expected);
}

#define AT_COURT(name) TEST_WITHIN(name, at_court, begin, end)

AT_COURT(any_of_finds_rows_with_related_ones)
{
    EXPECT("art bors dag ", ANY_OF(Knight_deeds));
    EXPECT("cai ", NOT(ANY_OF(Knight_deeds)));
    EXPECT("art bors ", ANY_OF(Knight_deeds, GT(Deed_fame, 5)));
    EXPECT("art ", ANY_OF(Knight_deeds, GT(Deed_fame, 5), LT(Deed_id, 3)));
    EXPECT("art bors dag ", ANY_OF(Knight_deeds, ONLY_IF(false, GT(Deed_fame, 5))));
    EXPECT("art dag ", ANY_OF(Knight_horse));
    EXPECT("dag ", ANY_OF(Knight_horse, IS_NULL(Horse_name)));
    EXPECT("art bors ", ANY_OF(Knight_orders));
    EXPECT("bors ", ANY_OF(Knight_orders, EQ(Chivalry_name, "grail")));
}

AT_COURT(any_of_nests)
{
    EXPECT("art bors ", ANY_OF(Knight_deeds, ANY_OF(Deed_songs, ANY_OF(Ballad_verses))));
    EXPECT("art ", ANY_OF(Knight_deeds, ANY_OF(Deed_songs, EQ(Ballad_number, 2))));
    EXPECT("art cai dag ", NOT(ANY_OF(Knight_orders, EQ(Chivalry_name, "grail"))));
    /* There and back: of the inner knights. */
    EXPECT("art ", ANY_OF(Knight_deeds, ANY_OF(Deed_knight, EQ(Knight_name, "art"))));
    EXPECT("art bors ", ANY_OF(Knight_orders, ANY_OF(Chivalry_knights, EQ(Knight_name, "art"))));
}

AT_COURT(any_of_walks_trees_by_aliases)
{
    ALIAS(Knight, lord);
    ALIAS(Knight, squire);
    EXPECT("bors cai ", ANY_OF(TO(Knight_lord, lord), EQ(lord.name, "art")));
    EXPECT("art bors ", ANY_OF(TO(Knight_squires, squire)));
    EXPECT("art ", ANY_OF(TO(Knight_squires, squire), NOT(ANY_OF(squire.deeds))));
    EXPECT("dag ", ANY_OF(TO(Knight_lord, lord), IS_NOT_NULL(lord.lord_id)));
    EXPECT("bors cai dag ", ANY_OF(TO(Knight_lord, lord), LT(lord.id, Knight_id)));
    expect_number(4, SCALAR(db, SELECT(squire.id).WHERE(
                                    ANY_OF(TO(squire.lord, lord), ANY_OF(lord.lord)))));
}

AT_COURT(any_of_heeds_the_filter_of_the_relationship)
{
    EXPECT("art bors ", ANY_OF(Knight_bold_deeds));
    EXPECT("bors ", ANY_OF(Knight_bold_deeds, LT(Deed_fame, 10)));
    EXPECT("cai dag ", EQ(COUNT(Knight_bold_deeds), 0));
}

AT_COURT(any_of_composite_keys)
{
    expect_number(2, SCALAR(db, SELECT(Ballad_number).WHERE(ANY_OF(Ballad_verses)).WHERE(
                                    EQ(Ballad_deed_id, 1))));
    expect_number(2, SCALAR(db, SELECT(COUNT()).FROM(Verse).WHERE(ANY_OF(Verse_of))));
    expect_number(1, SCALAR(db, SELECT(COUNT()).FROM(Ballad).WHERE(NOT(ANY_OF(Ballad_verses)))));
}

RECORD(Fame, COLUMN(name, TEXT), COLUMN(deeds, BIGINT), COLUMN(bold, BIGINT), COLUMN(oaths, BIGINT))

AT_COURT(count_is_an_expression)
{
    struct Fame **fames =
        ALL(db, SELECT_AS(Fame, Knight_name, COUNT(Knight_deeds),
                          COUNT(Knight_deeds, GT(Deed_fame, 5)), COUNT(Knight_orders))
                    .ORDER_BY(DESC(COUNT(Knight_deeds)), Knight_name));
    static const struct Fame expected[] = {
        {"art", 2, 1, 1}, {"bors", 1, 1, 2}, {"dag", 1, 0, 0}, {"cai", 0, 0, 0}};
    if (!qc_ok(db))
        database_fail(db, "counts");
    ck_assert_uint_eq(qc_count(fames), 4);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_str_eq(fames[i]->name, expected[i].name);
        ck_assert_int_eq(fames[i]->deeds, expected[i].deeds);
        ck_assert_int_eq(fames[i]->bold, expected[i].bold);
        ck_assert_int_eq(fames[i]->oaths, expected[i].oaths);
    }
    EXPECT("art ", GT(COUNT(Knight_deeds), 1));
    ALIAS(Knight, squire);
    EXPECT("art ", EQ(COUNT(TO(Knight_squires, squire), LT(squire.id, 4)), 2));
}

AT_COURT(changes_take_relationships_as_conditions)
{
    expect_number(2, EXEC(db, UPDATE(Knight).SET(Knight_name, "x").WHERE(ANY_OF(Knight_horse))));
    expect_number(1, EXEC(db, DELETE(Knight).WHERE(NOT(ANY_OF(Knight_deeds)))));
}

AT_COURT(a_tree_needs_an_alias)
{
    struct Knight **knights = ALL(db, SELECT(Knight).WHERE(ANY_OF(Knight_squires)));
    ck_assert_ptr_null(knights);
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_QUERY);
    ck_assert_ptr_nonnull(strstr(qc_error(db)->message, "TO(Knight_squires, other)"));
}

Suite *related_suite(void);
Suite *related_suite(void)
{
    Suite *suite = suite_create("related");
    TCase *tests = tcase_create("related");
    tcase_add_unchecked_fixture(tests, databases_begin, databases_end);
    tcase_add_loop_test(tests, any_of_finds_rows_with_related_ones_at_court, 0, DATABASE_COUNT);
    tcase_add_loop_test(tests, any_of_nests_at_court, 0, DATABASE_COUNT);
    tcase_add_loop_test(tests, any_of_walks_trees_by_aliases_at_court, 0, DATABASE_COUNT);
    tcase_add_loop_test(tests, any_of_heeds_the_filter_of_the_relationship_at_court, 0,
                        DATABASE_COUNT);
    tcase_add_loop_test(tests, any_of_composite_keys_at_court, 0, DATABASE_COUNT);
    tcase_add_loop_test(tests, count_is_an_expression_at_court, 0, DATABASE_COUNT);
    tcase_add_loop_test(tests, changes_take_relationships_as_conditions_at_court, 0,
                        DATABASE_COUNT);
    tcase_add_loop_test(tests, a_tree_needs_an_alias_at_court, 0, DATABASE_COUNT);
    suite_add_tcase(suite, tests);
    return suite;
}
