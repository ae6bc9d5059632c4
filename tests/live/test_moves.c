/* Members that move, keys that move with them, and graphs that are saved as they are, on both
 * databases: what users of other mappers count on. */
#include "expect.h"

#include <string.h>

MODEL(Villa, "villas", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY), COLUMN(street, TEXT),
      HAS_MANY(guests, Lodger, home_id, BACK(home), ORDERED_BY(id)),
      HAS_MANY(cooks, Lodger, work_id, BACK(work), ORDERED_BY(id)))
MODEL(Lodger, "lodgers", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
      COLUMN(home_id, NULLABLE(BIGINT), REFERENCES(Villa, id)),
      COLUMN(work_id, NULLABLE(BIGINT), REFERENCES(Villa, id)),
      BELONGS_TO(home, Villa, home_id, BACK(guests)), BELONGS_TO(work, Villa, work_id, BACK(cooks)))

/* The key of each is its owner's, at last the villa's. */
MODEL(Gate, "gates", COLUMN(villa_id, BIGINT, PRIMARY_KEY, REFERENCES(Villa, id)),
      BELONGS_TO(villa, Villa, villa_id),
      HAS_MANY(bolts, Bolt, villa_id, BACK(gate), CASCADE(DELETE_ORPHAN)))
MODEL(Bolt, "bolts", COLUMN(villa_id, BIGINT, PRIMARY_KEY, REFERENCES(Gate, villa_id)),
      COLUMN(n, INTEGER, PRIMARY_KEY), BELONGS_TO(gate, Gate, villa_id, BACK(bolts)))

MODEL(Codex, "codices", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
      HAS_MANY(parts, Canto, tome_id, BACK(tome), CASCADE(DELETE_ORPHAN), ORDERED_BY(pos)))
MODEL(Canto, "cantos", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
      COLUMN(tome_id, BIGINT, REFERENCES(Codex, id)), COLUMN(pos, INTEGER),
      COLUMN(version, INTEGER, VERSION), BELONGS_TO(tome, Codex, tome_id, BACK(parts)),
      HAS_MANY(lines, Stanza, part_id, BACK(part), CASCADE(DELETE_ORPHAN)))
MODEL(Stanza, "stanzas", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
      COLUMN(part_id, BIGINT, REFERENCES(Canto, id)), COLUMN(text, VARCHAR(8), UNIQUE),
      BELONGS_TO(part, Canto, part_id, BACK(lines)))

MODEL(Shoot, "shoots", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
      COLUMN(stem_id, NULLABLE(BIGINT), REFERENCES(Shoot, id)),
      BELONGS_TO(stem, Shoot, stem_id, BACK(twigs)),
      HAS_MANY(twigs, Shoot, stem_id, BACK(stem), CASCADE(DELETE_ORPHAN), ORDERED_BY(id)),
      MANY_TO_MANY(shades, Shoot, Shade, above_id, below_id, BACK(shaded_by), ORDERED_BY(id)),
      MANY_TO_MANY(shaded_by, Shoot, Shade, below_id, above_id, BACK(shades), ORDERED_BY(id)))
MODEL(Shade, "shades", COLUMN(above_id, BIGINT, PRIMARY_KEY, REFERENCES(Shoot, id)),
      COLUMN(below_id, BIGINT, PRIMARY_KEY, REFERENCES(Shoot, id)))

/* Two keys of two columns; a part of what points to them may be NULL. */
MODEL(Square, "squares", COLUMN(a, INTEGER, PRIMARY_KEY), COLUMN(b, TEXT, PRIMARY_KEY),
      HAS_MANY(pieces, Pawn, KEY(a, b), BACK(square)))
MODEL(Pawn, "pawns", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY), COLUMN(a, NULLABLE(INTEGER)),
      COLUMN(b, NULLABLE(TEXT)), BELONGS_TO(square, Square, KEY(a, b), BACK(pieces)))

SCHEMA(estate, Villa, Lodger, Gate, Bolt, Codex, Canto, Stanza, Shoot, Shade, Square, Pawn)

static int statements;

static void count_statement(const qc_event *event, void *data)
{
    (void)event;
    (void)data;
    statements++;
}

static void begin(int database)
{
    models_open(database, &estate);
    ck_assert(qc_session_start(db, NULL));
    qc_set_hook(db, QC_ON(STATEMENT), count_statement, NULL);
}

static void end(void)
{
    qc_session_stop(db);
    models_close(&estate);
}

#define IN_ESTATE(name) TEST_WITHIN(name, in_estate, begin, end)

static void begin_again(void)
{
    ck_assert(qc_flush(db));
    qc_session_stop(db);
    ck_assert(qc_session_start(db, NULL));
}

static void flush(void)
{
    if (!qc_flush(db))
        database_fail(db, "the flush");
}

static void expect_no_writes(void)
{
    statements = 0;
    flush();
    ck_assert_int_eq(statements, 0);
}

IN_ESTATE(two_relationships_lead_to_one_model)
{
    struct Villa *a = NEW(db, Villa, .street = "a"), *b = NEW(db, Villa, .street = "b");
    struct Lodger *eve = NEW(db, Lodger, .home = a), *fay = NEW(db, Lodger);
    ck_assert(ADD_TO(db, b, Villa_cooks, eve) && ADD_TO(db, a, Villa_cooks, fay));
    ck_assert(ADD_TO(db, a, Villa_guests, fay));
    begin_again();
    struct Villa **both =
        ALL(db, SELECT(Villa).ORDER_BY(Villa_id).LOAD(JOINED(Villa_guests), JOINED(Villa_cooks)));
    struct Lodger **guests =
        ALL(db, SELECT(Lodger).ORDER_BY(Lodger_id).LOAD(JOINED(Lodger_home), JOINED(Lodger_work)));
    ck_assert_uint_eq(qc_count(both[0]->guests), 2);
    ck_assert_uint_eq(qc_count(both[0]->cooks), 1);
    ck_assert_uint_eq(qc_count(both[1]->guests), 0);
    ck_assert(guests[0]->home == both[0] && guests[0]->work == both[1]);
    ck_assert_ptr_eq(guests[1]->home, guests[1]->work);
    ck_assert(REMOVE_FROM(db, both[0], Villa_cooks, guests[1]));
    flush();
    ck_assert(!guests[1]->work_id.set && guests[1]->home_id.set);
    ck_assert(qc_delete(db, both[0]));
    flush();
    ck_assert(!guests[0]->home_id.set && guests[0]->work_id.set);
}

static struct Bolt *found(int64_t villa_id)
{
    return GET(db, Bolt, villa_id, 1);
}

IN_ESTATE(a_key_is_handed_down_through_three_tables)
{
    struct Bolt *bolt = NEW(db, Bolt, .n = 1);
    struct Gate *gate = NEW(db, Gate, .bolts = (struct Bolt *[]){bolt, NULL});
    struct Villa *villa = NEW(db, Villa, .street = "s");
    gate->villa = villa;
    flush();
    ck_assert_int_eq(bolt->villa_id, villa->id);
    ck_assert_ptr_eq(found(villa->id), bolt);
    struct Gate *other = NEW(db, Gate, .villa = NEW(db, Villa, .street = "t"));
    ck_assert(ADD_TO(db, other, Gate_bolts, bolt));
    flush();
    ck_assert_int_eq(bolt->villa_id, other->villa_id);
    ck_assert_ptr_eq(found(other->villa_id), bolt);
    ck_assert_ptr_null(found(villa->id));
    TRANSACTION(db)
    {
        bolt->gate = gate;
        flush();
        ck_assert_int_eq(bolt->villa_id, villa->id);
        break;
    }
    ck_assert_ptr_eq(bolt->gate, other);
    ck_assert_ptr_eq(found(other->villa_id), bolt);
    expect_no_writes();
    ck_assert(qc_delete(db, gate) && qc_delete(db, other));
    flush();
    expect_int(COUNT_OF(Bolt), 0);
}

/* What left the owner is not deleted with it; what stayed is, to the last level. */
IN_ESTATE(members_move_away_from_what_is_deleted)
{
    struct Stanza *moved = NEW(db, Stanza, .text = "m"), *stays = NEW(db, Stanza, .text = "s");
    struct Canto *one = NEW(db, Canto, .lines = (struct Stanza *[]){moved, stays, NULL});
    struct Canto *two = NEW(db, Canto, .pos = 2);
    struct Codex *a = NEW(db, Codex, .parts = (struct Canto *[]){one, NULL});
    struct Codex *b = NEW(db, Codex, .parts = (struct Canto *[]){two, NULL});
    flush();
    ck_assert(ADD_TO(db, two, Canto_lines, moved) && qc_delete(db, a));
    flush();
    ck_assert_int_eq(moved->part_id, two->id);
    ck_assert_int_eq(qc_state(db, stays), QC_STATE_DELETED);
    ck_assert_int_eq(qc_state(db, one), QC_STATE_DELETED);
    /* Its owner leaves, and it goes on to a new one of a new owner; the order of words is free. */
    struct Canto *three = NEW(db, Canto, .pos = 3);
    struct Codex *c = NEW(db, Codex);
    ck_assert(ADD_TO(db, c, Codex_parts, three) && REMOVE_FROM(db, b, Codex_parts, two));
    ck_assert(ADD_TO(db, three, Canto_lines, moved));
    flush();
    ck_assert_int_eq(moved->part_id, three->id);
    expect_int(COUNT_OF(Canto), 1);
    TRANSACTION(db)
    {
        ck_assert(qc_delete(db, c));
        flush();
        expect_int(COUNT_OF(Stanza), 0);
        break;
    }
    ck_assert(moved->part == three && three->tome == c);
    ck_assert_int_eq(qc_state(db, moved), QC_STATE_PERSISTENT);
    moved->text = "z";
    flush();
}

IN_ESTATE(savepoints_take_back_moves)
{
    struct Canto *x = NEW(db, Canto, .pos = 1), *y = NEW(db, Canto, .pos = 2);
    struct Codex *a = NEW(db, Codex, .parts = (struct Canto *[]){x, y, NULL}), *b = NEW(db, Codex);
    flush();
    LOAD(db, b, Codex_parts);
    TRANSACTION(db)
    {
        ck_assert(ADD_TO(db, b, Codex_parts, x));
        TRANSACTION(db)
        {
            ck_assert(ADD_TO(db, a, Codex_parts, x) && REMOVE_FROM(db, a, Codex_parts, y));
            flush();
            expect_int(COUNT_OF(Canto), 1);
            break;
        }
        ck_assert(x->tome == b && b->parts[0] == x && a->parts[0] == y);
        ck_assert_int_eq(qc_state(db, y), QC_STATE_PERSISTENT);
        break;
    }
    ck_assert_uint_eq(qc_count(a->parts), 2);
    ck_assert_uint_eq(qc_count(b->parts), 0);
    ck_assert_ptr_eq(x->tome, a);
    expect_no_writes();
}

IN_ESTATE(members_that_come_back_in_another_order_stay)
{
    struct Canto *parts[4];
    struct Codex *tome = NEW(db, Codex);
    for (int i = 0; i < 4; i++) {
        parts[i] = NEW(db, Canto, .pos = i);
        ck_assert(ADD_TO(db, tome, Codex_parts, parts[i]));
    }
    flush();
    for (int i = 3; i >= 0; i--) {
        ck_assert(REMOVE_FROM(db, tome, Codex_parts, parts[i]));
        ck_assert(ADD_TO(db, tome, Codex_parts, parts[i]));
        parts[i]->pos = 3 - i;
    }
    begin_again();
    tome = ONE(db, SELECT(Codex).LOAD(SELECTIN(Codex_parts)));
    ck_assert_uint_eq(qc_count(tome->parts), 4);
    ck_assert_int_eq(tome->parts[0]->id, 4);
}

IN_ESTATE(subtrees_move_and_go)
{
    struct Shoot *c = NEW(db, Shoot), *b = NEW(db, Shoot, .twigs = (struct Shoot *[]){c, NULL});
    struct Shoot *a = NEW(db, Shoot, .twigs = (struct Shoot *[]){b, NULL});
    struct Shoot *root = NEW(db, Shoot, .twigs = (struct Shoot *[]){a, NULL});
    flush();
    ck_assert(ADD_TO(db, root, Shoot_twigs, c) && REMOVE_FROM(db, root, Shoot_twigs, a));
    flush();
    ck_assert_int_eq(qc_state(db, b), QC_STATE_DELETED);
    ck_assert_ptr_eq(c->stem, root);
    struct Shoot *d = NEW(db, Shoot);
    ck_assert(ADD_TO(db, c, Shoot_twigs, d));
    flush();
    ck_assert(ADD_TO(db, root, Shoot_twigs, d) && ADD_TO(db, d, Shoot_twigs, c)); /* turned over */
    flush();
    ck_assert(c->stem == d && d->stem == root && c->stem_id.value == d->id);
    root->stem = root;
    flush();
    ck_assert_int_eq(root->stem_id.value, root->id);
    ck_assert(qc_delete(db, root));
    flush();
    expect_int(COUNT_OF(Shoot), 0);
}

IN_ESTATE(a_model_is_tied_to_itself_both_ways)
{
    struct Shoot *t[3];
    for (int i = 0; i < 3; i++)
        t[i] = NEW(db, Shoot);
    flush();
    ck_assert(ADD_TO(db, t[0], Shoot_shades, t[1]) && ADD_TO(db, t[1], Shoot_shades, t[0]));
    ck_assert(ADD_TO(db, t[0], Shoot_shades, t[0]) && ADD_TO(db, t[2], Shoot_shaded_by, t[0]));
    ck_assert(ADD_TO(db, t[0], Shoot_shades, t[2]));
    flush();
    expect_int(COUNT_OF(Shade), 4);
    begin_again();
    struct Shoot **all = ALL(db, SELECT(Shoot)
                                     .ORDER_BY(DESC(Shoot_id))
                                     .LIMIT(2)
                                     .OFFSET(1)
                                     .LOAD(JOINED(Shoot_shades, SELECTIN(Shoot_shaded_by)),
                                           JOINED(Shoot_shaded_by), JOINED(Shoot_twigs)));
    ck_assert_uint_eq(qc_count(all), 2);
    ck_assert_uint_eq(qc_count(all[1]->shades), 3);
    ck_assert_uint_eq(qc_count(all[1]->shaded_by), 2);
    ck_assert_ptr_eq(all[0]->shades[0], all[1]);
    ck_assert(REMOVE_FROM(db, all[1], Shoot_shades, all[1]));
    ck_assert_uint_eq(qc_count(all[1]->shaded_by), 1);
    flush();
    expect_int(COUNT_OF(Shade), 3);
    ck_assert(qc_delete(db, all[1]));
    flush();
    expect_int(COUNT_OF(Shade), 0);
    expect_int(COUNT_OF(Shoot), 2);
}

IN_ESTATE(a_key_with_a_null_part_leads_nowhere)
{
    NEW(db, Square, .a = 1, .b = "x");
    NEW(db, Pawn, .a = {true, 1}, .b = "x");
    NEW(db, Pawn, .a = {true, 1});
    NEW(db, Pawn, .b = "x");
    NEW(db, Pawn, .a = {true, 1}, .b = "nowhere");
    for (int round = 0; round < 3; round++) {
        begin_again();
        struct Pawn **pieces =
            round == 0   ? ALL(db, SELECT(Pawn).ORDER_BY(Pawn_id).LOAD(
                                       SELECTIN(Pawn_square, SELECTIN(Square_pieces))))
            : round == 1 ? ALL(db, SELECT(Pawn).ORDER_BY(Pawn_id).LOAD(
                                       JOINED(Pawn_square, JOINED(Square_pieces))))
                         : ALL(db, SELECT(Pawn).ORDER_BY(Pawn_id));
        expect_ok();
        for (int i = 0; round == 2 && i < 4; i++)
            LOAD(db, pieces[i], Pawn_square);
        ck_assert_uint_eq(qc_count(LOAD(db, pieces[0]->square, Square_pieces)), 1);
        for (int i = 1; i < 4; i++)
            ck_assert_ptr_null(pieces[i]->square);
    }
}

IN_ESTATE(a_graph_that_fails_is_mended_and_flushed_again)
{
    struct Stanza *d = NEW(db, Stanza, .text = "x"), *e = NEW(db, Stanza, .text = "x");
    struct Canto *part = NEW(db, Canto, .lines = (struct Stanza *[]){d, e, NULL});
    struct Codex *tome = NEW(db, Codex, .parts = (struct Canto *[]){part, NULL});
    ck_assert(!qc_flush(db));
    ck_assert_str_eq(qc_error(db)->sqlstate, "23505");
    ck_assert_int_eq(tome->id + d->part_id, 0);
    ck_assert_int_eq(qc_state(db, tome), QC_STATE_PENDING);
    ck_assert_ptr_eq(part->tome, tome);
    e->text = "y";
    flush();
    ck_assert_int_eq(e->part_id, part->id);
    ck_assert_uint_eq(qc_count(part->lines), 2);
    TRANSACTION(db)
    {
        part->pos = 7;
        flush();
        TRANSACTION(db)
        {
            NEW(db, Stanza, .text = "x", .part = part);
            ck_assert(!qc_flush(db));
        }
        ck_assert_int_eq(part->pos, 7);
        ck_assert(ADD_TO(db, part, Canto_lines, NEW(db, Stanza, .text = "w")));
    }
    expect_ok();
    ck_assert_uint_eq(qc_count(part->lines), 3);
    expect_int(COUNT_OF(Stanza), 3);
    expect_no_writes();
}

IN_ESTATE(what_changes_back_is_not_written)
{
    struct Villa *a = NEW(db, Villa, .street = "a"), *b = NEW(db, Villa, .street = "b");
    struct Lodger *guest = NEW(db, Lodger, .home = a);
    flush();
    guest->home = b;
    guest->home = a;
    a->street = "c";
    a->street = "a";
    expect_no_writes();
    guest->home = b;
    ck_assert(qc_rollback(db));
    ck_assert_ptr_eq(guest->home, a);
}

IN_ESTATE(a_loop_may_write_what_it_walks)
{
    for (int i = 0; i < 5; i++)
        NEW(db, Codex,
            .parts = (struct Canto *[]){NEW(db, Canto, .pos = 1), NEW(db, Canto, .pos = 2),
                                        NEW(db, Canto, .pos = 3), NULL});
    begin_again();
    int seen = 0;
    EACH (struct Codex, tome, ALL(db, SELECT(Codex).ORDER_BY(Codex_id))) {
        EACH (struct Canto, part, LOAD(db, tome, Codex_parts)) {
            part->pos += 100;
            expect_int(SCALAR(db, SELECT(COUNT()).FROM(Canto).WHERE(
                                      AND(EQ(Canto_id, part->id), GE(Canto_pos, 100)))),
                       1);
            if (part->pos == 102)
                ck_assert(qc_delete(db, part));
        }
        NEW(db, Codex);
        seen++;
    }
    ck_assert_int_eq(seen, 5);
    expect_int(COUNT_OF(Codex), 10);
    expect_int(COUNT_OF(Canto), 10);
}

IN_ESTATE(a_graph_with_cycles_is_merged_once)
{
    struct Shoot root = {.id = 0}, left = {.stem = &root}, right = {.stem = &root};
    struct Shoot *twigs[] = {&left, &right, &left, NULL}, *shades[] = {&right, &root, NULL};
    root.twigs = twigs;
    left.shades = shades;
    struct Shoot *merged = qc_merge(db, Shoot, &root);
    expect_ok();
    flush();
    ck_assert_uint_eq(qc_count(merged->twigs), 2);
    ck_assert_ptr_eq(merged->twigs[0]->stem, merged);
    expect_int(COUNT_OF(Shoot), 3);
    expect_int(COUNT_OF(Shade), 2);
    root.id = merged->id;
    left.id = merged->twigs[0]->id;
    right.id = merged->twigs[1]->id;
    begin_again();
    ck_assert_ptr_nonnull(qc_merge(db, Shoot, &root));
    flush();
    expect_int(COUNT_OF(Shoot), 3);
    expect_int(COUNT_OF(Shade), 2);
}

Suite *moves_suite(void);
Suite *moves_suite(void)
{
    Suite *suite = suite_create("moves");
    TCase *tests = tcase_create("moves");
    tcase_add_unchecked_fixture(tests, databases_begin, databases_end);
#define ADD_CASE(name) tcase_add_loop_test(tests, name##_in_estate, 0, DATABASE_COUNT)
    ADD_CASE(two_relationships_lead_to_one_model);
    ADD_CASE(a_key_is_handed_down_through_three_tables);
    ADD_CASE(members_move_away_from_what_is_deleted);
    ADD_CASE(savepoints_take_back_moves);
    ADD_CASE(members_that_come_back_in_another_order_stay);
    ADD_CASE(subtrees_move_and_go);
    ADD_CASE(a_model_is_tied_to_itself_both_ways);
    ADD_CASE(a_key_with_a_null_part_leads_nowhere);
    ADD_CASE(a_graph_that_fails_is_mended_and_flushed_again);
    ADD_CASE(what_changes_back_is_not_written);
    ADD_CASE(a_loop_may_write_what_it_walks);
    ADD_CASE(a_graph_with_cycles_is_merged_once);
    suite_add_tcase(suite, tests);
    return suite;
}
