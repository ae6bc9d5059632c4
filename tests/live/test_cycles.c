/* Objects of several tables that need each other's keys: sessions insert and delete them. */
#include "expect.h"

/* A player has a team; a team may have one of its players as captain. */
MODEL(Team, "cycle_teams", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY), COLUMN(name, TEXT),
      COLUMN(captain_id, NULLABLE(BIGINT), REFERENCES(Player, id)),
      COLUMN(version, INTEGER, VERSION), BELONGS_TO(captain, Player, captain_id),
      HAS_MANY(players, Player, team_id, BACK(team), CASCADE(DELETE)))

MODEL(Player, "cycle_players", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
      COLUMN(team_id, BIGINT, REFERENCES(Team, id)), BELONGS_TO(team, Team, team_id, BACK(players)))

MODEL(Rooter, "cycle_rooters", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
      COLUMN(player_id, BIGINT, REFERENCES(Player, id)), BELONGS_TO(player, Player, player_id))

/* Only the last link of the ring may be open. */
MODEL(Rock, "cycle_rocks", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
      COLUMN(paper_id, BIGINT, REFERENCES(Sheet, id)), BELONGS_TO(paper, Sheet, paper_id))
MODEL(Sheet, "cycle_sheets", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
      COLUMN(shears_id, BIGINT, REFERENCES(Shears, id)), BELONGS_TO(shears, Shears, shears_id))
MODEL(Shears, "cycle_shears", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
      COLUMN(rock_id, NULLABLE(BIGINT), REFERENCES(Rock, id)), BELONGS_TO(rock, Rock, rock_id))

/* What names a machine may name a crane, which needs a permit. */
#define MACHINE                                                                                    \
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY), COLUMN(kind, TEXT, DISCRIMINATOR),                  \
        HAS_MANY(repairs, Repair, machine_id, CASCADE(DELETE))
MODEL(Machine, "cycle_machines", MACHINE, POLYMORPHIC("machine", Crane))
MODEL(Crane, "cycle_cranes", IS_A(Machine, "crane", MACHINE),
      COLUMN(permit_id, BIGINT, REFERENCES(Permit, id)), BELONGS_TO(permit, Permit, permit_id))
MODEL(Permit, "cycle_permits", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
      COLUMN(office_id, BIGINT, REFERENCES(Office, id)), BELONGS_TO(office, Office, office_id))
MODEL(Office, "cycle_offices", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY))
MODEL(Repair, "cycle_repairs", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
      COLUMN(machine_id, BIGINT, REFERENCES(Machine, id)))
MODEL(Bough, "cycle_boughs", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(parent_id, NULLABLE(BIGINT), REFERENCES(Bough, id)), COLUMN(version, INTEGER, VERSION),
    BELONGS_TO(parent, Bough, parent_id, BACK(twigs)),
    HAS_MANY(twigs, Bough, parent_id, BACK(parent), CASCADE(DELETE)))

SCHEMA(cycles, Team, Player, Rooter, Rock, Sheet, Shears, Machine, Crane, Permit, Office, Repair,
    Bough)

static void begin(int database)
{
    models_open(database, &cycles);
    ck_assert(qc_session_start(db, NULL));
}

static void end(void)
{
    qc_session_stop(db);
    models_close(&cycles);
}

#define IN_CYCLES(name) TEST_WITHIN(name, in_cycles, begin, end)

static void count_statement(const qc_event *event, void *data)
{
    (void)event;
    ++*(int *)data;
}

/* Whichever comes first, and whoever hangs on them. */
IN_CYCLES(who_must_not_be_without_waits_for_who_may)
{
    enum { TEAMS = 20 };
    struct Team *teams[TEAMS];
    int statements = 0;
    for (int i = 0; i < TEAMS; i++) {
        struct Rooter *rooter = NEW(db, Rooter);
        struct Player *captain = NEW(db, Player);
        teams[i] = NEW(db, Team, .name = "t", .captain = captain);
        rooter->player = captain;
        if (i % 2)
            captain->team = teams[i];
        else
            ck_assert(ADD_TO(db, teams[i], Team_players, captain));
    }
    qc_set_hook(db, QC_ON(STATEMENT), count_statement, &statements);
    ck_assert(qc_flush(db));
    expect_ok();
    qc_set_hook(db, 0, NULL, NULL);
    ck_assert_int_lt(statements, 2 * TEAMS);
    for (int i = 0; i < TEAMS; i++) {
        ck_assert_int_eq(teams[i]->captain_id.value, teams[i]->captain->id);
        ck_assert_int_eq(teams[i]->captain->team_id, teams[i]->id);
        ck_assert(!qc_is_dirty(db, teams[i]));
    }
    int64_t right = SCALAR(
        db, SELECT(COUNT()).FROM(Team).JOIN(Team_captain).WHERE(EQ(Player_team_id, Team_id)));
    ck_assert_int_eq(right, TEAMS);
    ck_assert_int_eq(COUNT_OF(Rooter), TEAMS);
}

IN_CYCLES(a_new_member_is_the_one_of_an_owner_that_is_there)
{
    struct Team *team = NEW(db, Team, .name = "t");
    ck_assert(qc_flush(db));
    struct Player *player = NEW(db, Player);
    ck_assert(ADD_TO(db, team, Team_players, player));
    team->captain = player;
    ck_assert(qc_flush(db));
    ck_assert_int_eq(team->captain_id.value, player->id);
}

IN_CYCLES(a_ring_is_opened_where_it_may_be)
{
    struct Rock *rock = NEW(db, Rock);
    struct Sheet *sheet = NEW(db, Sheet);
    struct Shears *shears = NEW(db, Shears, .rock = rock);
    rock->paper = sheet;
    sheet->shears = shears;
    ck_assert(qc_flush(db));
    expect_ok();
    ck_assert_int_eq(shears->rock_id.value, rock->id);
    ck_assert(qc_delete(db, rock) && qc_delete(db, sheet) && qc_delete(db, shears));
    ck_assert(qc_flush(db));
    expect_ok();
    expect_int(COUNT_OF(Rock) + COUNT_OF(Sheet) + COUNT_OF(Shears), 0);
}

/* The member goes by the cascade, its team's key would be in the way; loaded or not. */
IN_CYCLES(an_owner_is_deleted_with_the_member_it_points_to)
{
    for (int round = 0; round < 2; round++) {
        struct Player *player = NEW(db, Player), *other = NEW(db, Player);
        struct Team *team = NEW(db, Team, .name = "t", .captain = player);
        player->team = other->team = team;
        ck_assert(qc_flush(db));
        if (round == 1) {
            qc_session_stop(db);
            ck_assert(qc_session_start(db, NULL));
            team = ONE(db, SELECT(Team));
        }
        ck_assert(qc_begin(db) && qc_delete(db, team) && qc_flush(db));
        expect_ok();
        expect_int(COUNT_OF(Player) + COUNT_OF(Team), 0);
        ck_assert(qc_rollback(db));
        ck_assert_int_eq(COUNT_OF(Player), 2);
        ck_assert(team->captain_id.set && qc_delete(db, team) && qc_flush(db));
        expect_ok();
    }
}

IN_CYCLES(what_names_a_base_goes_before_its_models)
{
    struct Permit *permit = NEW(db, Permit, .office = NEW(db, Office));
    struct Crane *crane = NEW(db, Crane, .permit = permit);
    ck_assert(qc_flush(db));
    NEW(db, Repair, .machine_id = crane->id);
    ck_assert(qc_flush(db));
    ck_assert(qc_delete(db, crane) && qc_flush(db));
    expect_ok();
    expect_int(COUNT_OF(Repair) + COUNT_OF(Machine), 0);
}

/* More rows than a statement takes that compares versions. */
IN_CYCLES(a_tree_may_take_several_statements_to_delete)
{
    enum { TWIGS = 1200 };
    struct Bough *root = NEW(db, Bough), *inner = NEW(db, Bough, .parent = root);
    for (int i = 0; i < TWIGS; i++)
        NEW(db, Bough, .parent = i % 2 ? root : inner);
    ck_assert(qc_flush(db) && qc_delete(db, root) && qc_flush(db));
    ck_assert_int_eq(qc_state(db, inner), QC_STATE_DELETED);
    expect_int(COUNT_OF(Bough), 0);
}

Suite *cycles_suite(void);
Suite *cycles_suite(void)
{
    Suite *suite = suite_create("cycles");
    TCase *tests = tcase_create("cycles");
    tcase_add_unchecked_fixture(tests, databases_begin, databases_end);
#define ADD_CASE(name) tcase_add_loop_test(tests, name##_in_cycles, 0, DATABASE_COUNT)
    ADD_CASE(who_must_not_be_without_waits_for_who_may);
    ADD_CASE(a_new_member_is_the_one_of_an_owner_that_is_there);
    ADD_CASE(a_ring_is_opened_where_it_may_be);
    ADD_CASE(an_owner_is_deleted_with_the_member_it_points_to);
    ADD_CASE(what_names_a_base_goes_before_its_models);
    ADD_CASE(a_tree_may_take_several_statements_to_delete);
    suite_add_tcase(suite, tests);
    return suite;
}
