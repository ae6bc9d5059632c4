/* What sessions write of hierarchies whose rows lie in several tables, on both databases. */
#include "expect.h"

#include <string.h>

struct Hound;
void hound_going(struct Hound *hound, void *context);

#define CREATURE                                                                                   \
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY), COLUMN(kind, TEXT, DISCRIMINATOR),                  \
        COLUMN(name, TEXT), COLUMN(version, INTEGER, VERSION),                                     \
        COLUMN(zoo_id, NULLABLE(BIGINT), REFERENCES(Zoo, id)),                                     \
        COLUMN(friend_id, NULLABLE(BIGINT), REFERENCES(Creature, id)),                             \
        BELONGS_TO(zoo, Zoo, zoo_id, BACK(beasts)), BELONGS_TO(friend, Creature, friend_id),       \
        HAS_MANY(meals, Meal, beast_id, BACK(beast), CASCADE(DELETE), ORDERED_BY(id))
#define HOUND CREATURE, COLUMN(tricks, INTEGER), HAS_MANY(toys, Toy, hound_id, BACK(hound))
MODEL(Zoo, "zoos", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY), COLUMN(name, TEXT),
      HAS_MANY(beasts, Creature, zoo_id, BACK(zoo), CASCADE(DELETE), ORDERED_BY(id)))
MODEL(Creature, "creatures", CREATURE, POLYMORPHIC("beast", Hound, Whelp, Tom))
MODEL(Hound, "hounds", IS_A(Creature, "hound", CREATURE), COLUMN(tricks, INTEGER),
      HAS_MANY(toys, Toy, hound_id, BACK(hound)), BEFORE(DELETE, hound_going))
MODEL(Whelp, "whelps", IS_A(Hound, "whelp", HOUND), COLUMN(weeks, INTEGER),
      COLUMN(mother_id, NULLABLE(BIGINT), REFERENCES(Hound, id)),
      BELONGS_TO(mother, Hound, mother_id))
MODEL(Tom, "creatures", IS_A(Creature, "tom", CREATURE), COLUMN(lives, NULLABLE(INTEGER)))
MODEL(Meal, "meals", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
      COLUMN(beast_id, BIGINT, REFERENCES(Creature, id)),
      BELONGS_TO(beast, Creature, beast_id, BACK(meals)))
MODEL(Toy, "toys", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
      COLUMN(hound_id, NULLABLE(BIGINT), REFERENCES(Hound, id)),
      BELONGS_TO(hound, Hound, hound_id, BACK(toys)))

SCHEMA(zoo, Zoo, Creature, Hound, Whelp, Tom, Meal, Toy)

static int going;

void hound_going(struct Hound *hound, void *context)
{
    (void)hound;
    (void)context;
    going++;
}

static void begin(int database)
{
    models_open(database, &zoo);
    ck_assert(qc_session_start(db, NULL));
    going = 0;
}

static void end(void)
{
    qc_session_stop(db);
    models_close(&zoo);
}

#define IN_ZOO(name) TEST_WITHIN(name, in_zoo, begin, end)

IN_ZOO(a_function_is_called_once_of_a_row_in_several_tables)
{
    struct Hound *rex = NEW(db, Hound, .name = "rex");
    ck_assert(qc_flush(db) && qc_delete(db, rex) && qc_flush(db));
    expect_ok();
    ck_assert_int_eq(going, 1);
}

IN_ZOO(a_version_is_of_the_whole_row)
{
    struct Whelp *whelp = NEW(db, Whelp, .name = "w");
    ck_assert(qc_flush(db));
    whelp->weeks = 3;
    ck_assert(qc_flush(db));
    ck_assert_int_eq(whelp->version, 2);
    EXEC(db, UPDATE(Creature).SET(Creature_version, 9).ALL_ROWS);
    whelp->weeks = 5;
    ck_assert(!qc_flush(db));
    expect_failure(QC_ERROR_STALE, "it has the version 9, and the object the version 2", 0);
    ck_assert(qc_refresh(db, whelp));
    ck_assert_int_eq(whelp->weeks, 3);
    EXEC(db, UPDATE(Creature).SET(Creature_version, 19).ALL_ROWS);
    ck_assert(qc_delete(db, whelp) && !qc_flush(db));
    expect_failure(QC_ERROR_STALE, "it has the version 19, and the object", 0);
    ck_assert(qc_refresh(db, whelp) && qc_flush(db));
    expect_int(COUNT_OF(Creature), 0);
}

/* One table's rows name another's, and the reverse; each is deleted by a statement. */
IN_ZOO(friends_of_other_models_go_together)
{
    struct Zoo *owner = NEW(db, Zoo, .name = "z");
    struct Whelp *whelp = NEW(db, Whelp, .name = "w");
    struct Hound *mother = NEW(db, Hound, .name = "m");
    struct Tom *tom = NEW(db, Tom, .name = "t");
    struct Creature *beasts[] = {(struct Creature *)whelp, (struct Creature *)mother,
                                 (struct Creature *)tom};
    whelp->mother = mother;
    whelp->friend = beasts[2];
    tom->friend = beasts[0];
    for (int i = 0; i < 3; i++)
        ck_assert(ADD_TO(db, owner, Zoo_beasts, beasts[i]));
    ck_assert(ADD_TO(db, (struct Hound *)whelp, Hound_toys, NEW(db, Toy)));
    ck_assert(ADD_TO(db, beasts[0], Creature_meals, NEW(db, Meal)));
    ck_assert(qc_flush(db));
    expect_ok();
    ck_assert_int_eq(whelp->friend_id.value, tom->id);
    ck_assert_int_eq(tom->friend_id.value, whelp->id);
    qc_session_stop(db);
    ck_assert(qc_session_start(db, NULL));
    owner =
        ONE(db, SELECT(Zoo).LOAD(JOINED(Zoo_beasts, JOINED(Creature_meals), JOINED(Creature_friend),
                                        SELECTIN(Hound_toys), SELECTIN(Whelp_mother))));
    expect_ok();
    EACH (struct Creature, beast, owner->beasts) {
        const bool young = AS_A(Whelp, beast) != NULL;
        ck_assert_uint_eq(qc_count(beast->meals), young);
        ck_assert(!beast->friend || beast->friend->friend == beast);
        ck_assert(!young || AS_A(Whelp, beast)->mother == AS_A(Hound, owner->beasts[0]) ||
                  AS_A(Whelp, beast)->mother == AS_A(Hound, owner->beasts[1]));
        ck_assert(!young || qc_count(AS_A(Hound, beast)->toys) == 1);
    }
    ck_assert(qc_delete(db, owner) && qc_flush(db));
    expect_ok();
    expect_int(COUNT_OF(Creature), 0);
    expect_int(COUNT_OF(Meal), 0);
    expect_int(COUNT_OF(Toy), 1);
}

IN_ZOO(pages_of_a_base_load_what_each_model_has)
{
    for (int i = 0; i < 6; i++) {
        struct Whelp *whelp = i % 2 ? NEW(db, Whelp, .name = "w", .weeks = i) : NULL;
        struct Creature *beast =
            i % 2 ? (struct Creature *)whelp : (struct Creature *)NEW(db, Tom, .name = "t");
        for (int k = 0; k < i; k++)
            ck_assert(ADD_TO(db, beast, Creature_meals, NEW(db, Meal)));
        ck_assert(qc_flush(db));
    }
    qc_session_stop(db);
    ck_assert(qc_session_start(db, NULL));
    struct Creature **some = ALL(db, SELECT(Creature)
                                         .ORDER_BY(DESC(Creature_id))
                                         .LIMIT(3)
                                         .OFFSET(1)
                                         .LOAD(JOINED(Creature_meals), SELECTIN(Hound_toys)));
    expect_ok();
    ck_assert_uint_eq(qc_count(some), 3);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_uint_eq(qc_count(some[i]->meals), 4 - i);
        const struct Whelp *whelp = AS_A(Whelp, some[i]);
        ck_assert(i % 2 ? whelp && whelp->weeks == (int)(4 - i) : !whelp);
    }
}

Suite *hierarchy_writes_suite(void);
Suite *hierarchy_writes_suite(void)
{
    Suite *suite = suite_create("hierarchy_writes");
    TCase *tests = tcase_create("hierarchy_writes");
    tcase_add_unchecked_fixture(tests, databases_begin, databases_end);
#define ADD_CASE(name) tcase_add_loop_test(tests, name##_in_zoo, 0, DATABASE_COUNT)
    ADD_CASE(a_function_is_called_once_of_a_row_in_several_tables);
    ADD_CASE(a_version_is_of_the_whole_row);
    ADD_CASE(friends_of_other_models_go_together);
    ADD_CASE(pages_of_a_base_load_what_each_model_has);
    suite_add_tcase(suite, tests);
    return suite;
}
