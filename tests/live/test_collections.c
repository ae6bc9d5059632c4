/* Collections that gain and lose many members, on both databases. */
#include "expect.h"
#include "orm/session.h"

#include <string.h>

MODEL(Bin, "bins", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY), COLUMN(name, TEXT),
      HAS_MANY(nuts, Nut, bin_id, BACK(bin)),
      MANY_TO_MANY(tacks, Tack, BinTack, bin_id, tack_id, BACK(bins)))

MODEL(Nut, "nuts", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY), COLUMN(bin_id, NULLABLE(BIGINT)),
      BELONGS_TO(bin, Bin, bin_id, BACK(nuts)))

MODEL(Tack, "tacks", COLUMN(id, INTEGER, PRIMARY_KEY), COLUMN(word, TEXT),
      MANY_TO_MANY(bins, Bin, BinTack, tack_id, bin_id, BACK(tacks)))

/* Its key is its own. */
MODEL(BinTack, "bin_tacks", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY), COLUMN(bin_id, BIGINT),
      COLUMN(tack_id, INTEGER))

SCHEMA(pantry, Bin, Nut, Tack, BinTack)

enum { TACKS = 300, NUTS = 2000 };
static bool is_postgresql;
static int deletes;

static void count_deletes(const qc_event *event, void *data)
{
    (void)data;
    deletes += strncmp(event->sql, "DELETE", 6) == 0;
}

static void begin(int database)
{
    models_open(database, &pantry);
    is_postgresql = database == POSTGRESQL_DATABASE;
    ck_assert(qc_session_start(db, NULL));
    qc_set_hook(db, QC_ON(STATEMENT), count_deletes, NULL);
}

static void end(void)
{
    qc_session_stop(db);
    models_close(&pantry);
}

#define IN_PANTRY(name) TEST_WITHIN(name, in_pantry, begin, end)

static struct Bin *tacked_bin(const char *name)
{
    struct Tack **tacks = ALL(db, SELECT(Tack).ORDER_BY(Tack_id));
    struct Bin *bin = NEW(db, Bin, .name = name);
    EACH (struct Tack, tack, tacks)
        ck_assert(ADD_TO(db, bin, Bin_tacks, tack));
    ck_assert(qc_flush(db));
    return bin;
}

IN_PANTRY(rows_of_an_association_go_together)
{
    for (int i = 1; i <= TACKS; i++)
        NEW(db, Tack, .id = i, .word = "sweet");
    ck_assert(qc_flush(db));
    struct Bin *bin = tacked_bin("a"), *other = tacked_bin("b");
    deletes = 0;
    EACH (struct Tack, tack, bin->tacks)
        if (tack->id > 3)
            ck_assert(REMOVE_FROM(db, tack, Tack_bins, bin));
    ck_assert_uint_eq(qc_count(bin->tacks), 3);
    ck_assert(REMOVE_FROM(db, other, Bin_tacks, other->tacks[0]));
    ck_assert(qc_flush(db));
    ck_assert_int_eq(COUNT_OF(BinTack), 3 + TACKS - 1);
    ck_assert(!is_postgresql || deletes == 1);
}

/* ---- Lists. ---- */

static struct Bin *bin_of_nuts(void)
{
    struct Bin *bin = NEW(db, Bin, .name = "nuts");
    for (int i = 0; i < NUTS; i++)
        ck_assert(ADD_TO(db, bin, Bin_nuts, NEW(db, Nut)));
    ck_assert(qc_flush(db));
    return bin;
}

IN_PANTRY(a_list_shrinks_in_place)
{
    struct Bin *bin = bin_of_nuts();
    struct Nut **settled = bin->nuts;
    const size_t before = qc_arena_bytes(db->session->arena);
    for (int i = NUTS; i > 0; i--)
        ck_assert(REMOVE_FROM(db, bin, Bin_nuts, bin->nuts[i % 2 ? 0 : i / 2]));
    ck_assert_uint_eq(qc_count(bin->nuts), 0);
    ck_assert_ptr_null(bin->nuts[0]);
    ck_assert_uint_lt(qc_arena_bytes(db->session->arena) - before, NUTS * 1000);
    ck_assert_uint_eq(qc_count(settled), NUTS);
    ck_assert(qc_flush(db) && COUNT_OF(BinTack) == 0);
}

/* Of the list as it was loaded, and of one that has changed since. */
IN_PANTRY(each_goes_on_when_what_it_is_at_leaves)
{
    struct Bin *bin = bin_of_nuts(), *other = NEW(db, Bin, .name = "other");
    for (int round = 0; round < 2; round++) {
        size_t seen = 0, count = qc_count(bin->nuts);
        EACH (struct Nut, nut, bin->nuts) {
            seen++;
            if (nut->id % 3 == round)
                ck_assert(REMOVE_FROM(db, bin, Bin_nuts, nut));
            else if (nut->id % 5 == round)
                ck_assert(ADD_TO(db, other, Bin_nuts, nut));
        }
        ck_assert_uint_eq(seen, count);
    }
    ck_assert(qc_flush(db));
    int64_t left = SCALAR(db, SELECT(COUNT(Nut_id)).WHERE(EQ(Nut_bin_id, bin->id)));
    ck_assert_uint_eq((size_t)left, qc_count(bin->nuts));
    EACH (struct Nut, nut, bin->nuts)
        ck_assert(nut->id % 3 == 2 && nut->id % 5 > 1);
}

Suite *collections_suite(void);
Suite *collections_suite(void)
{
    Suite *suite = suite_create("collections");
    TCase *tests = tcase_create("collections");
    tcase_add_unchecked_fixture(tests, databases_begin, databases_end);
#define ADD_CASE(name) tcase_add_loop_test(tests, name##_in_pantry, 0, DATABASE_COUNT)
    ADD_CASE(rows_of_an_association_go_together);
    ADD_CASE(a_list_shrinks_in_place);
    ADD_CASE(each_goes_on_when_what_it_is_at_leaves);
    suite_add_tcase(suite, tests);
    return suite;
}
