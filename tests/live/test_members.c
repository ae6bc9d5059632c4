/* What is said of relationships, by NEW, by ADD_TO and REMOVE_FROM, by assignment, and what of it
 * holds, on both databases. */
#include "expect.h"

#include <string.h>

MODEL(Poet, "poets", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY), COLUMN(name, TEXT),
      HAS_MANY(poems, Poem, poet_id, BACK(poet), CASCADE(DELETE_ORPHAN), ORDERED_BY(id)),
      HAS_MANY(fees, Fee, poet_id, ORDERED_BY(id)), HAS_ONE(desk, Desk, poet_id, BACK(poet)),
      MANY_TO_MANY(prizes, Prize, PoetPrize, poet_id, prize_id, BACK(winners)))

MODEL(Poem, "poems", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
      COLUMN(poet_id, NULLABLE(BIGINT), REFERENCES(Poet, id)), COLUMN(title, TEXT),
      BELONGS_TO(poet, Poet, poet_id, BACK(poems)))

MODEL(Fee, "fees", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
      COLUMN(poet_id, NULLABLE(BIGINT), REFERENCES(Poet, id)), COLUMN(amount, INTEGER))

MODEL(Desk, "desks", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
      COLUMN(poet_id, NULLABLE(BIGINT), REFERENCES(Poet, id)),
      BELONGS_TO(poet, Poet, poet_id, BACK(desk)))

MODEL(Prize, "prizes", COLUMN(id, INTEGER, PRIMARY_KEY), COLUMN(name, TEXT),
      MANY_TO_MANY(winners, Poet, PoetPrize, prize_id, poet_id, BACK(prizes)))

MODEL(PoetPrize, "poet_prizes", COLUMN(poet_id, BIGINT, PRIMARY_KEY, REFERENCES(Poet, id)),
      COLUMN(prize_id, INTEGER, PRIMARY_KEY, REFERENCES(Prize, id)))

SCHEMA(salon, Poet, Poem, Fee, Desk, Prize, PoetPrize)

static void begin(int database)
{
    models_open(database, &salon);
    ck_assert(qc_session_start(db, NULL));
}

static void end(void)
{
    qc_session_stop(db);
    models_close(&salon);
}

#define IN_SALON(name) TEST_WITHIN(name, in_salon, begin, end)

static void begin_again(bool no_autoflush)
{
    qc_session_stop(db);
    ck_assert(qc_session_start(db, QC_SESSION_OPTIONS(.no_autoflush = no_autoflush)));
}

/* ann with poems 1 and 2, bob with 3; flushed. */
static struct Poet *ann, *bob;
static void seat(void)
{
    struct Poem *three[3];
    for (int i = 0; i < 3; i++)
        three[i] = NEW(db, Poem, .title = "p");
    ann = NEW(db, Poet, .name = "ann", .poems = (struct Poem *[]){three[0], three[1], NULL});
    bob = NEW(db, Poet, .name = "bob", .poems = (struct Poem *[]){three[2], NULL});
    ck_assert(qc_flush(db));
    expect_ok();
}

IN_SALON(a_new_object_has_the_members_it_was_given)
{
    struct Prize *prize = NEW(db, Prize, .id = 7, .name = "laurel");
    struct Desk *desk = NEW(db, Desk);
    seat();
    struct Poet *eve =
        NEW(db, Poet, .name = "eve", .desk = desk, .prizes = (struct Prize *[]){prize, prize, NULL},
            .poems = (struct Poem *[]){ann->poems[0], NULL});
    expect_ok();
    ck_assert_uint_eq(qc_count(ann->poems), 1);
    ck_assert(qc_flush(db));
    expect_ok();
    ck_assert_int_eq(desk->poet_id.value, eve->id);
    ck_assert_ptr_eq(desk->poet, eve);
    ck_assert_int_eq(eve->poems[0]->poet_id.value, eve->id);
    ck_assert_ptr_eq(LOAD(db, prize, Prize_winners)[0], eve);
    expect_int(COUNT_OF(PoetPrize), 1);
    struct Poem stray = {.title = "stray"};
    struct Poet *none = NEW(db, Poet, .name = "fay", .poems = (struct Poem *[]){&stray, NULL});
    ck_assert_ptr_null(none);
    expect_failure(QC_ERROR_MISUSE, "the object is not of this session", __LINE__ - 2);
    ck_assert(qc_flush(db));
    expect_int(COUNT_OF(Poet), 3);
}

IN_SALON(an_assigned_collection_is_refused)
{
    seat();
    struct Poem **before = ann->poems;
    struct Poem *mine[] = {before[0], NULL};
    ann->poems = mine;
    ck_assert(!qc_flush(db));
    expect_failure(QC_ERROR_MISUSE, "Poet.poems was assigned; say ADD_TO(db, object, Poet_poems",
                   0);
    ann->poems = before;
    struct Desk *desk = NEW(db, Desk);
    bob->desk = desk;
    ck_assert(!qc_flush(db));
    expect_failure(QC_ERROR_MISUSE, "Poet.desk was assigned", __LINE__ - 1);
    bob->desk = NULL;
    struct Poet *eve = NEW(db, Poet, .name = "eve");
    eve->poems = mine;
    ck_assert(!qc_flush(db));
    expect_failure(QC_ERROR_MISUSE, "Poet.poems was assigned", __LINE__ - 1);
    eve->poems = NULL;
    ck_assert(ADD_TO(db, bob, Poet_desk, desk) && qc_flush(db));
    expect_ok();
    ck_assert_int_eq(desk->poet_id.value, bob->id);
}

/* It was its own owner's that lost it. */
IN_SALON(what_is_anothers_does_not_leave_it)
{
    seat();
    struct Poem *poem = ann->poems[0];
    ck_assert(REMOVE_FROM(db, bob, Poet_poems, poem));
    ck_assert_int_eq(qc_state(db, poem), QC_STATE_PERSISTENT);
    ck_assert_ptr_eq(poem->poet, ann);
    ck_assert_uint_eq(qc_count(ann->poems), 2);
    struct Fee *fee = NEW(db, Fee, .poet_id = {true, ann->id});
    ck_assert(qc_flush(db) && REMOVE_FROM(db, bob, Poet_fees, fee) && qc_flush(db));
    ck_assert(fee->poet_id.set);
    ck_assert(REMOVE_FROM(db, ann, Poet_fees, fee) && qc_flush(db));
    ck_assert(!fee->poet_id.set);
    const int64_t bobs = bob->id, poems = poem->id;
    begin_again(false);
    bob = GET(db, Poet, bobs);
    poem = GET(db, Poem, poems);
    ck_assert(REMOVE_FROM(db, bob, Poet_poems, poem) && qc_flush(db));
    expect_int(COUNT_OF(Poem), 3);
    ck_assert(ADD_TO(db, bob, Poet_poems, poem) && REMOVE_FROM(db, bob, Poet_poems, poem));
    ck_assert(qc_flush(db));
    expect_int(COUNT_OF(Poem), 2);
}

IN_SALON(whose_key_was_assigned_may_let_go)
{
    seat();
    struct Fee *fee = NEW(db, Fee, .poet_id = {true, ann->id});
    ck_assert(qc_flush(db));
    fee->poet_id.value = bob->id;
    ck_assert(REMOVE_FROM(db, ann, Poet_fees, fee) && qc_flush(db));
    ck_assert(fee->poet_id.set && fee->poet_id.value == bob->id);
    fee->poet_id.value = ann->id;
    ck_assert(REMOVE_FROM(db, ann, Poet_fees, fee) && qc_flush(db));
    ck_assert(!fee->poet_id.set);
}

IN_SALON(what_is_added_is_not_deleted)
{
    seat();
    struct Fee *fee = NEW(db, Fee, .amount = 1);
    ck_assert(ADD_TO(db, ann, Poet_fees, fee) && qc_flush(db));
    ck_assert(qc_delete(db, fee) && ADD_TO(db, bob, Poet_fees, fee));
    ck_assert_int_eq(qc_state(db, fee), QC_STATE_PERSISTENT);
    ck_assert(qc_flush(db));
    ck_assert_int_eq(fee->poet_id.value, bob->id);
}

IN_SALON(a_pair_that_could_not_be_inserted_is_taken_back)
{
    seat();
    struct Prize *prize = NEW(db, Prize, .id = 7, .name = "laurel");
    ck_assert(ADD_TO(db, ann, Poet_prizes, prize) && qc_flush(db));
    begin_again(false);
    ann = GET(db, Poet, 1);
    prize = GET(db, Prize, 7);
    ck_assert(ADD_TO(db, ann, Poet_prizes, prize));
    ck_assert(!qc_flush(db));
    ck_assert_str_eq(qc_error(db)->sqlstate, "23505");
    ck_assert(REMOVE_FROM(db, ann, Poet_prizes, prize) && qc_flush(db));
    expect_int(COUNT_OF(PoetPrize), 0);
}

IN_SALON(loaders_do_not_take_back_what_was_not_flushed)
{
    seat();
    begin_again(true);
    struct Poet **both = ALL(db, SELECT(Poet).ORDER_BY(Poet_id).LOAD(SELECTIN(Poet_poems)));
    struct Poem *first = both[0]->poems[0], *new = NEW(db, Poem, .title = "new");
    struct Poem *last = ONE(db, SELECT(Poem).WHERE(EQ(Poem_id, 3)).LOAD(JOINED(Poem_poet)));
    ck_assert(ADD_TO(db, both[1], Poet_poems, first) && ADD_TO(db, both[0], Poet_poems, new));
    last->poet = both[0];
    for (int round = 0; round < 2; round++) {
        ALL(db, SELECT(Poet).LOAD(SELECTIN(Poet_poems, SELECTIN(Poem_poet))));
        ALL(db, SELECT(Poet).LOAD(JOINED(Poet_poems, JOINED(Poem_poet))));
        expect_ok();
        ck_assert_uint_eq(qc_count(both[0]->poems), round ? 3 : 2);
        ck_assert_uint_eq(qc_count(both[1]->poems), round ? 1 : 2);
        ck_assert_ptr_eq(last->poet, both[0]);
        ck_assert_ptr_eq(first->poet, both[1]);
        ck_assert(qc_flush(db));
    }
    ck_assert_int_eq(last->poet_id.value, both[0]->id);
}

IN_SALON(what_is_loaded_late_has_what_was_added_before)
{
    seat();
    struct Prize *prize = NEW(db, Prize, .id = 7, .name = "laurel");
    ck_assert(qc_flush(db));
    begin_again(true);
    ann = GET(db, Poet, 1);
    bob = GET(db, Poet, 2);
    prize = GET(db, Prize, 7);
    struct Poem *new = NEW(db, Poem, .title = "new"), *first = GET(db, Poem, 1);
    ck_assert(ADD_TO(db, ann, Poet_poems, new) && ADD_TO(db, bob, Poet_poems, first));
    ck_assert(ADD_TO(db, ann, Poet_prizes, prize));
    ck_assert_ptr_null(ann->poems);
    for (int flushed = 0; flushed < 2; flushed++) {
        ck_assert_uint_eq(qc_count(LOAD(db, ann, Poet_poems)), 2);
        ck_assert_ptr_eq(ann->poems[1], new);
        ck_assert_uint_eq(qc_count(LOAD(db, bob, Poet_poems)), 2);
        ck_assert_uint_eq(qc_count(LOAD(db, prize, Prize_winners)), 1);
        ck_assert(qc_flush(db));
    }
}

IN_SALON(a_key_that_was_assigned_is_followed)
{
    seat();
    begin_again(false);
    struct Poem *poem = ONE(db, SELECT(Poem).WHERE(EQ(Poem_id, 1)).LOAD(JOINED(Poem_poet)));
    struct Poet *before = poem->poet;
    poem->poet_id.value = 2;
    ck_assert(qc_flush(db));
    ck_assert_ptr_eq(poem->poet, before);
    ck_assert_int_eq(LOAD(db, poem, Poem_poet)->id, 2);
    ck_assert(!qc_is_dirty(db, poem));
    poem->poet_id.set = false;
    ck_assert_ptr_null(LOAD(db, poem, Poem_poet));
    expect_ok();
    poem->poet_id.set = true;
    poem->poet_id.value = 1;
    ck_assert_ptr_eq(LOAD(db, poem, Poem_poet), before);
}

Suite *members_suite(void);
Suite *members_suite(void)
{
    Suite *suite = suite_create("members");
    TCase *tests = tcase_create("members");
    tcase_add_unchecked_fixture(tests, databases_begin, databases_end);
#define ADD_CASE(name) tcase_add_loop_test(tests, name##_in_salon, 0, DATABASE_COUNT)
    ADD_CASE(a_new_object_has_the_members_it_was_given);
    ADD_CASE(an_assigned_collection_is_refused);
    ADD_CASE(what_is_anothers_does_not_leave_it);
    ADD_CASE(whose_key_was_assigned_may_let_go);
    ADD_CASE(what_is_added_is_not_deleted);
    ADD_CASE(a_pair_that_could_not_be_inserted_is_taken_back);
    ADD_CASE(loaders_do_not_take_back_what_was_not_flushed);
    ADD_CASE(what_is_loaded_late_has_what_was_added_before);
    ADD_CASE(a_key_that_was_assigned_is_followed);
    suite_add_tcase(suite, tests);
    return suite;
}
