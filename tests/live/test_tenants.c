/* Tenants on both databases: whatever a statement is, it has to do with one tenant's rows only. */
#include "clubs.h"

#include <stdio.h>
#include <string.h>

MODEL(Plan, "plans", COLUMN(id, BIGINT, PRIMARY_KEY), TENANT(owner, TEXT), COLUMN(title, TEXT))
MODEL(Seat, "seats", TENANT(place, UUID, PRIMARY_KEY), COLUMN(number, INTEGER, PRIMARY_KEY),
      COLUMN(taken, NULLABLE(BOOLEAN)))
SCHEMA(others, Plan, Seat)

/* In one table and in two. */
#define ASSET                                                                                      \
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY), COLUMN(kind, TEXT, DISCRIMINATOR),                  \
        TENANT(org_id, BIGINT), COLUMN(name, TEXT), SOFT_DELETE
MODEL(Asset, "assets", ASSET, POLYMORPHIC("asset", Van, House))
MODEL(Van, "assets", IS_A(Asset, "van", ASSET), COLUMN(wheels, NULLABLE(INTEGER)))
MODEL(House, "houses", IS_A(Asset, "house", ASSET), COLUMN(rooms, INTEGER))
SCHEMA(assets, House, Van, Asset)

/* What tenant 2 has, which no test may change. */
#define OF_2 "yew | eve 4 | 4-1 4-3"
static void expect_untouched(void)
{
    ck_assert_str_eq(clubs_dump(2), OF_2);
}

/* ---- Reading. ---- */

IN_CLUBS(no_query_finds_anothers_rows)
{
    ALIAS(Club, c);
    ALIAS(Member, m);
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Club)), 2);
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Club).WHERE(OR(EQ(Club_id, 4), EQ(Club_id, 1)))), 1);
    expect_int(SCALAR(db, SELECT(COUNT(c.id)).WHERE(EQ(c.id, 4))), 0);
    expect_int(SCALAR(db, SELECT(COUNT(c.id)).WHERE(RAW(BOOLEAN, "1 = 1 OR 1 = 1"))), 2);
    expect_rows(ALL(db, SELECT(Club_name, m.name)
                            .FROM(Club)
                            .CROSS_JOIN(m)
                            .WHERE(EQ(Club_id, 1))
                            .ORDER_BY(m.id)),
                "oak|ann, oak|cyd, oak|dan");
    expect_rows(ALL(db, SELECT(Badge_word, ClubBadge_club_id)
                            .FROM(Badge)
                            .LEFT_JOIN(ClubBadge, EQ(ClubBadge_badge_id, Badge_id))
                            .ORDER_BY(Badge_id)),
                "gold|1, iron|NULL");
    expect_int(
        SCALAR(db, SELECT(COUNT()).FROM(Badge).WHERE(IN(Badge_id, SELECT(ClubBadge_badge_id)))), 1);
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Badge).WHERE(
                              EXISTS(SELECT(Member).WHERE(EQ(Member_name, "eve"))))),
               0);
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Badge).WHERE(
                              NOT(EXISTS(SELECT(Member).WHERE(EQ(Member_name, "eve")))))),
               2);
    expect_rows(ALL(db, SELECT(Club_name).UNION_ALL(SELECT(Member_name)).ORDER_BY(Club_name)),
                "ann, ash, cyd, dan, oak");
    expect_int(
        SCALAR(db, SELECT(SUBQUERY(SELECT(COUNT(Member_id)))).FROM(Badge).WHERE(EQ(Badge_id, 1))),
        3);
}

IN_CLUBS(no_sink_finds_anothers_rows)
{
    int count = 0;
    STREAM (row, db, SELECT(Club).WITH_DELETED)
        count += row->org_id == 1;
    expect_ok();
    ck_assert_int_eq(count, 3);
    struct Club **piped = NULL;
    int64_t members = 0;
    PIPELINE(db)
    {
        QUEUE_ALL(db, &piped, SELECT(Club));
        QUEUE_SCALAR(db, &members, SELECT(COUNT()).FROM(Member));
    }
    expect_ok();
    ck_assert_uint_eq(qc_count(piped), 2);
    ck_assert_int_eq(members, 3);
    const char *plan = EXPLAIN(db, SELECT(Club));
    expect_ok();
    ck_assert_ptr_nonnull(plan);
    TRANSACTION(db)
    CURSOR(cursor, db, SELECT(Club).WITH_DELETED)
    {
        struct Club **some = qc_cursor_next(cursor, 10);
        ck_assert_uint_eq(qc_count(some), 3);
    }
    count = 0;
    COPY_OUT(row, db, SELECT(Club))
    count++;
    ck_assert(!qc_ok(db) || count == 2);
}

/* A row of tenant 1 may name one of tenant 2: the key is no way to it. */
IN_CLUBS(no_relationship_leads_to_anothers_rows)
{
    expect_int(EXEC(db, UPDATE(Member).SET(Member_club_id, 4).WHERE(EQ(Member_id, 1))), 1);
    expect_rows(ALL(db, SELECT(Member_name, Club_name)
                            .FROM(Member)
                            .LEFT_JOIN(Member_club)
                            .WHERE(EQ(Member_id, 1))),
                "ann|NULL");
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Member).JOIN(Member_club)), 1);
    struct Member *ann =
        FIRST(db, SELECT(Member).WHERE(EQ(Member_id, 1)).LOAD(SELECTIN(Member_club)));
    ck_assert_ptr_null(ann->club);
    struct Club **all = ALL(db, SELECT(Club).ALL_TENANTS.ORDER_BY(Club_id).LOAD(
                                    SELECTIN(Club_members), BY_SUBQUERY(Club_badges)));
    expect_ok();
    ck_assert_uint_eq(qc_count(all), 3);
    ck_assert_uint_eq(qc_count(all[2]->members), 2);
    ck_assert_uint_eq(qc_count(all[2]->badges), 2);
    ck_assert(qc_session_start(db, NULL));
    struct Member *lazy = GET(db, Member, 1);
    ck_assert_ptr_null(LOAD(db, lazy, Member_club));
    struct Club *yew = FIRST(db, SELECT(Club).WHERE(EQ(Club_id, 4)).ALL_TENANTS);
    ck_assert_uint_eq(qc_count(LOAD(db, yew, Club_badges)), 0);
    expect_ok();
}

static int64_t count_clubs(void)
{
    return SCALAR(db, SELECT(COUNT()).FROM(Club));
}

IN_CLUBS(a_compiled_statement_has_no_tenant_of_its_own)
{
    for (int i = 0; i < 3; i++) {
        ck_assert(SET_TENANT(db, Club_org_id, 1));
        expect_int(count_clubs(), 2);
        ck_assert(SET_TENANT(db, Member_org_id, 2));
        expect_int(count_clubs(), 1);
        ck_assert(SET_TENANT(db, Club_org_id, 3));
        expect_int(count_clubs(), 0);
        ck_assert(qc_reset_tenant(db));
        count_clubs();
        ck_assert_int_eq(qc_error(db)->code, QC_ERROR_MISUSE);
    }
}

static void expect_refused(bool changed, int cursor, int line)
{
    char place[60];
    snprintf(place, sizeof(place), "the CURSOR of %s:%d", __FILE__, cursor);
    ck_assert(!changed);
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_MISUSE);
    ck_assert_ptr_nonnull(strstr(qc_error(db)->message, place));
    ck_assert_int_eq(qc_error(db)->line, line);
}

/* Its rows would be one tenant's, what is done with them another's. */
IN_CLUBS(a_cursor_keeps_the_tenant)
{
    CURSOR(cursor, db, SELECT(Club)) {
        const int line = __LINE__ - 1;
        ck_assert(SET_TENANT(db, Member_org_id, 1));
        expect_refused(SET_TENANT(db, Club_org_id, 2), line, __LINE__);
    }
    CURSOR(cursor, db, SELECT(Club)) {
        expect_refused(qc_reset_tenant(db), __LINE__ - 1, __LINE__);
    }
    CURSOR(cursor, db, SELECT(Club).ALL_TENANTS)
        ck_assert(SET_TENANT(db, Club_org_id, 2));
    expect_int(count_clubs(), 1);
}

/* ---- Writing. ---- */

IN_CLUBS(no_statement_changes_anothers_rows)
{
    struct Club yew = {.id = 4, .name = "mine"};
    struct ClubBadge given = {.club_id = 4, .badge_id = 1};
    expect_int(EXEC(db, UPDATE(Club).SET(Club_name, CONCAT(Club_name, "!")).ALL_ROWS), 2);
    expect_int(
        EXEC(db,
             UPDATE(Member).SET(Member_name, "x").WHERE(OR(EQ(Member_id, 5), EQ(Member_id, 5)))),
        0);
    expect_int(EXEC(db, UPDATE_ROWS(Club, &yew, 1).COLUMNS(Club_name)), 0);
    struct Club two[] = {yew, {.id = 3, .name = "larch"}};
    expect_int(EXEC(db, UPDATE_ROWS(Club, two, 2).COLUMNS(Club_name)), 1);
    expect_int(EXEC(db, DELETE_ROWS(ClubBadge, &given, 1)), 0);
    expect_int(EXEC(db, SOFT_DELETE_FROM(Member).ALL_ROWS), 3);
    expect_int(EXEC(db, DELETE(ClubBadge).ALL_ROWS), 3);
    expect_int(
        EXEC(db, INSERT(Club).SET(Club_id, 4).SET(Club_name, "x").ON_CONFLICT(Club_id).DO_UPDATE()),
        0);
    struct Club taken = {.name = "mine"};
    expect_int(EXEC(db, INSERT_ROW(Club, &taken).ON_CONFLICT(Club_name).DO_UPDATE()), 1);
    taken.name = "yew";
    struct Club **back = ALL(
        db, INSERT_ROW(Club, &taken).ON_CONFLICT(Club_name).DO_UPDATE(Club_deleted_at).RETURNING());
    expect_ok();
    ck_assert_uint_eq(qc_count(back), 0);
    expect_int(EXEC(db, DELETE(Due).ALL_ROWS.WITH_DELETED), 2);
    expect_int(EXEC(db, DELETE(Member).ALL_ROWS.WITH_DELETED), 4);
    expect_untouched();
}

IN_CLUBS(what_is_inserted_is_the_tenants)
{
    struct Club many[150];
    static char names[150][16];
    for (int i = 0; i < 150; i++) {
        snprintf(names[i], sizeof(names[i]), "c%d", i);
        many[i] = (struct Club){.name = names[i], .org_id = i % 2};
    }
    expect_int(EXEC(db, INSERT(Club).SET(Club_name, "a")), 1);
    expect_int(EXEC(db, INSERT(Club).SET(Club_name, "b").SET(Club_org_id, 1)), 1);
    expect_int(EXEC(db, INSERT_ROWS(Club, many, 150)), 150);
    expect_int(EXEC(db, INSERT(Member)
                            .COLUMNS(Member_name)
                            .FROM_QUERY(SELECT(Member_name).ALL_TENANTS.UNION(SELECT(Badge_word)))),
               6);
    expect_int(
        EXEC(db, INSERT(Member)
                     .COLUMNS(Member_org_id, Member_name)
                     .FROM_QUERY(SELECT(Member_org_id, Member_name).WHERE(EQ(Member_name, "ann")))),
        2);
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Club)), 154);
    expect_untouched();
}

#define REFUSED(...)                                                                               \
    do {                                                                                           \
        const int line = __LINE__;                                                                 \
        const int64_t got = EXEC(db, __VA_ARGS__);                                                 \
        ck_assert_int_eq(got, -1);                                                                 \
        expect_failure(QC_ERROR_MISUSE, "not the connection's tenant", line);                      \
    } while (0)

IN_CLUBS(nothing_is_inserted_for_another)
{
    struct Club rows[150] = {{.name = "mine"}};
    rows[149] = (struct Club){.name = "other", .org_id = 2};
    REFUSED(INSERT(Club).SET(Club_name, "a").SET(Club_org_id, 2));
    REFUSED(INSERT(Club).SET(Club_name, "a").SET(Club_org_id, 0));
    REFUSED(INSERT_ROW(Club, &rows[149]));
    REFUSED(INSERT_ROWS(Club, &rows[148], 2));
    REFUSED(INSERT_ROWS(Club, rows, 150));
    REFUSED(INSERT_ROW(Club, &rows[149]).ON_CONFLICT(Club_name).DO_UPDATE());
    REFUSED(UPDATE_ROWS(Club, &rows[149], 1).COLUMNS(Club_name));
    int64_t piped = 0;
    PIPELINE(db)
    QUEUE_EXEC(db, &piped, INSERT_ROW(Club, &rows[149]));
    ck_assert(!qc_ok(db));
    expect_int(EXEC(db, INSERT_ROW(Club, &rows[149]).ALL_TENANTS), 1);
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Club).ALL_TENANTS.WHERE(EQ(Club_org_id, 2))), 2);
}

IN_CLUBS(copies_are_the_tenants)
{
    struct Member rows[] = {
        {.name = "new"}, {.name = "mine", .org_id = 1}, {.name = "x", .org_id = 2}};
    COPY_IN(db, Member, writer)
    qc_copy_put_all(writer, rows, 2);
    if (qc_error(db)->code == QC_ERROR_UNSUPPORTED)
        return;
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Member)), 5);
    COPY_IN(db, Member, writer, Member_name)
    qc_copy_put(writer, &rows[0]);
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Member)), 6);
    COPY_IN(db, Member, writer)
    qc_copy_put_all(writer, rows, 3);
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_MISUSE);
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Member)), 6);
    ck_assert(qc_reset_tenant(db));
    COPY_IN(db, Member, writer)
    qc_copy_put(writer, &rows[0]);
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_MISUSE);
    ck_assert(SET_TENANT(db, Club_org_id, 1));
    expect_untouched();
}

/* ---- Without a tenant. ---- */

#define NEEDS_TENANT(...)                                                                          \
    do {                                                                                           \
        const int line = __LINE__;                                                                 \
        const int64_t got = EXEC(db, __VA_ARGS__);                                                 \
        ck_assert_int_eq(got, -1);                                                                 \
        expect_failure(QC_ERROR_MISUSE, "call SET_TENANT(db, ", line);                             \
    } while (0)

IN_CLUBS(no_statement_runs_without_a_tenant)
{
    struct Club row = {.name = "x", .org_id = 1};
    ck_assert(qc_reset_tenant(db));
    NEEDS_TENANT(SELECT(Club));
    NEEDS_TENANT(SELECT(Badge).JOIN(ClubBadge, EQ(ClubBadge_badge_id, Badge_id)));
    NEEDS_TENANT(SELECT(Badge).WHERE(EXISTS(SELECT(Club))));
    NEEDS_TENANT(SELECT(Badge_word).UNION(SELECT(Club_name)));
    NEEDS_TENANT(UPDATE(Badge).SET(Badge_word, SUBQUERY(SELECT(MAX(Club_name)))).ALL_ROWS);
    NEEDS_TENANT(UPDATE(Club).SET(Club_name, "x").ALL_ROWS);
    NEEDS_TENANT(DELETE(Club).ALL_ROWS);
    NEEDS_TENANT(INSERT(Club).SET(Club_name, "x").SET(Club_org_id, 1));
    NEEDS_TENANT(INSERT_ROW(Club, &row));
    NEEDS_TENANT(INSERT(Badge).COLUMNS(Badge_word).FROM_QUERY(SELECT(Club_name)));
    struct Badge **badges = ALL(db, SELECT(Badge));
    expect_ok();
    ck_assert_uint_eq(qc_count(badges), 2);
    STREAM (club, db, SELECT(Club))
        ck_abort_msg("a row of nobody: %s", club->name);
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_MISUSE);
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Club).ALL_TENANTS), 3);
    expect_int(EXEC(db, UPDATE(Club).SET(Club_name, "oak").WHERE(EQ(Club_id, 1)).ALL_TENANTS), 1);
    expect_untouched();
}

START_TEST(a_connection_is_given_back_without_its_tenant)
{
    clubs_open(_i);
    qc_engine *engine = qc_engine_open(database_url(_i), QC_ENGINE_OPTIONS(.max_size = 1));
    ck_assert_ptr_nonnull(engine);
    for (int i = 0; i < 2; i++)
        CHECKOUT(pooled, engine)
        {
            if (_i == SQLITE_DATABASE && i == 0)
                ck_assert(qc_create_all(pooled, &clubs));
            EXEC(pooled, SELECT(Club));
            ck_assert_int_eq(qc_error(pooled)->code, QC_ERROR_MISUSE);
            ck_assert(SET_TENANT(pooled, Club_org_id, 1));
            EXEC(pooled, SELECT(Club));
            ck_assert(qc_ok(pooled));
        }
    qc_engine_close(engine);
    clubs_close();
}
END_TEST

/* ---- Sessions. ---- */

IN_CLUBS(a_session_has_one_tenant)
{
    ck_assert(qc_session_start(db, NULL));
    struct Club *yew = FIRST(db, SELECT(Club).WHERE(EQ(Club_id, 4)).ALL_TENANTS);
    ck_assert_ptr_nonnull(yew);
    ck_assert_ptr_null(GET(db, Club, 4));
    expect_ok();
    ck_assert_ptr_nonnull(GET(db, Badge, 1));
    ck_assert_ptr_nonnull(GET(db, Club, 1));
    ck_assert(!SET_TENANT(db, Club_org_id, 2));
    int line = __LINE__ - 1;
    expect_failure(QC_ERROR_MISUSE, "the session holds objects of another tenant", line);
    ck_assert(!qc_refresh(db, yew));
    yew->name = "mine";
    ck_assert(!qc_flush(db));
    line = __LINE__ - 1;
    expect_failure(QC_ERROR_MISUSE, "a Club that is not of the connection's tenant", line);
    qc_expunge(db, yew);
    yew = FIRST(db, SELECT(Club).WHERE(EQ(Club_id, 4)).ALL_TENANTS);
    ck_assert(qc_delete(db, yew));
    ck_assert(!qc_flush(db));
    qc_session_stop(db);
    ck_assert(SET_TENANT(db, Club_org_id, 2));
    ck_assert(qc_session_start(db, NULL));
    ck_assert_ptr_null(GET(db, Club, 1));
    ck_assert_ptr_nonnull(GET(db, Club, 4));
    ck_assert(qc_reset_tenant(db));
    ck_assert_ptr_null(GET(db, Club, 4));
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_MISUSE);
    expect_untouched();
}

IN_CLUBS(no_struct_of_another_is_added)
{
    struct Member mine = {.name = "mine"}, others = {.name = "other", .org_id = 2};
    struct Member *members[] = {&mine, &others, NULL};
    struct Club club = {.name = "new", .members = members};
    ck_assert(qc_session_start(db, NULL));
    ck_assert(!qc_add(db, Club, &club));
    expect_failure(QC_ERROR_MISUSE, "not the connection's tenant", __LINE__ - 1);
    ck_assert_int_eq(qc_state(db, &club), QC_STATE_TRANSIENT);
    ck_assert_int_eq(qc_state(db, &mine), QC_STATE_TRANSIENT);
    ck_assert(qc_flush(db));
    expect_untouched();
}

IN_CLUBS(no_struct_is_merged_onto_anothers_object)
{
    struct Club form = {.id = 4, .name = "mine"};
    struct Club deleted = {.id = 2, .name = "elm!"};
    ck_assert(qc_session_start(db, NULL));
    struct Club *yew = FIRST(db, SELECT(Club).WHERE(EQ(Club_id, 4)).ALL_TENANTS);
    struct Club *merged = qc_merge(db, Club, &form);
    const int line = __LINE__ - 1;
    ck_assert_ptr_null(merged);
    expect_failure(QC_ERROR_MISUSE, "a Club that is not of the connection's tenant", line);
    ck_assert_str_eq(yew->name, "yew");
    struct Club *elm = FIRST(db, SELECT(Club).WHERE(EQ(Club_id, 2)).ALL_TENANTS.WITH_DELETED);
    ck_assert_ptr_eq(qc_merge(db, Club, &deleted), elm);
    ck_assert(qc_flush(db));
    expect_untouched();
}

IN_CLUBS(new_objects_are_the_tenants)
{
    ck_assert(qc_session_start(db, NULL));
    struct Club *fir = NEW(db, Club, .name = "fir");
    struct Badge *gold = FIRST(db, SELECT(Badge).WHERE(EQ(Badge_id, 1)));
    ck_assert_int_eq(fir->org_id, 1);
    ck_assert_ptr_null(NEW(db, Club, .name = "x", .org_id = 2));
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_MISUSE);
    ck_assert(ADD_TO(db, fir, Club_badges, gold));
    ck_assert(qc_flush(db));
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(ClubBadge).WHERE(EQ(ClubBadge_club_id, fir->id))),
               1);
    ck_assert(REMOVE_FROM(db, fir, Club_badges, gold));
    fir->name = "Fir";
    ck_assert(qc_flush(db));
    fir->org_id = 2;
    ck_assert(!qc_flush(db));
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_QUERY);
    qc_session_stop(db);
    ck_assert(qc_reset_tenant(db));
    ck_assert(qc_session_start(db, NULL));
    ck_assert_ptr_null(NEW(db, Club, .name = "x", .org_id = 1));
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_MISUSE);
    expect_untouched();
}

static void expect_assets(int all, int vans, int houses)
{
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Asset)), all);
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Van)), vans);
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(House)), houses);
}

IN_CLUBS(hierarchies_are_the_tenants)
{
    ck_assert(qc_drop_all(db, &assets) && qc_create_all(db, &assets));
    ck_assert(qc_session_start(db, NULL));
    struct House *house = NEW(db, House, .name = "home", .rooms = 3);
    NEW(db, Van, .name = "bus");
    ck_assert(qc_flush(db));
    const int64_t id = house->id;
    expect_assets(2, 1, 1);
    ck_assert(qc_soft_delete(db, house) && qc_flush(db));
    expect_assets(1, 1, 0);
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(House).WITH_DELETED), 1);
    ck_assert(qc_restore(db, house) && qc_flush(db));
    qc_session_stop(db);
    ck_assert(SET_TENANT(db, Asset_org_id, 2));
    expect_assets(0, 0, 0);
    ck_assert(qc_session_start(db, NULL));
    house = FIRST(db, SELECT(House).ALL_TENANTS);
    ck_assert_ptr_nonnull(house);
    ck_assert_ptr_null(GET(db, House, id));
    ck_assert_ptr_null(GET(db, Asset, id));
    expect_ok();
    house->rooms = 9;
    ck_assert(!qc_flush(db));
    qc_session_stop(db);
    expect_int(SCALAR(db, SELECT(House_rooms).ALL_TENANTS), 3);
    ck_assert(SET_TENANT(db, House_org_id, 1));
    expect_assets(2, 1, 1);
    ck_assert(qc_drop_all(db, &assets));
}

/* ---- Types, and misuse. ---- */

IN_CLUBS(tenants_are_of_any_type)
{
    qc_uuid_value here = {{1, 2, 3}}, there = {{3, 2, 1}};
    char name[] = "ann's";
    ck_assert(qc_drop_all(db, &others) && qc_create_all(db, &others));
    ck_assert(SET_TENANT(db, Plan_owner, name));
    name[0] = 'x';
    struct Plan plans[] = {{.id = 1, .title = "a"}, {.id = 2, .title = "b", .owner = "ann's"}};
    expect_int(EXEC(db, INSERT_ROWS(Plan, plans, 2)), 2);
    plans[1] = (struct Plan){.id = 3, .title = "c", .owner = "ann"};
    REFUSED(INSERT_ROWS(Plan, &plans[1], 1));
    REFUSED(INSERT(Plan).SET(Plan_id, 4).SET(Plan_owner, ""));
    expect_rows(ALL(db, SELECT(Plan_owner, Plan_title).ORDER_BY(Plan_id)), "ann's|a, ann's|b");
    ck_assert(qc_session_start(db, NULL));
    struct Plan *plan = NEW(db, Plan, .id = 7, .title = "d");
    ck_assert_str_eq(plan->owner, "ann's");
    ck_assert(qc_flush(db));
    qc_session_stop(db);
    ck_assert(SET_TENANT(db, Seat_place, here));
    struct Seat seats[] = {{.number = 1}, {.number = 2, .place = here}};
    expect_int(EXEC(db, INSERT_ROWS(Seat, seats, 2)), 2);
    expect_int(EXEC(db, UPDATE_ROWS(Seat, seats, 2)), 2);
    seats[1].place = there;
    REFUSED(DELETE_ROWS(Seat, seats, 2));
    ck_assert(SET_TENANT(db, Seat_place, there));
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Seat)), 0);
    expect_int(EXEC(db, DELETE_ROWS(Seat, seats, 1)), 0);
    ck_assert(SET_TENANT(db, Seat_place, here));
    expect_int(EXEC(db, DELETE_ROWS(Seat, seats, 1)), 1);
    ck_assert(qc_drop_all(db, &others));
}

IN_CLUBS(what_is_no_tenant_is_named)
{
    ck_assert(!SET_TENANT(db, Club_id, 1));
    int line = __LINE__ - 1;
    expect_failure(QC_ERROR_MISUSE, "the column is no TENANT", line);
    ck_assert(!SET_TENANT(db, Plan_owner, (const char *)NULL));
    line = __LINE__ - 1;
    expect_failure(QC_ERROR_MISUSE, "a tenant is a value, and not NULL", line);
    bool good = SET_TENANT(db, Club_org_id, Member_org_id);
    line = __LINE__ - 1;
    ck_assert(!good);
    expect_failure(QC_ERROR_MISUSE, "a tenant is a value, and not NULL", line);
    expect_int(count_clubs(), 2);
    ck_assert(SET_TENANT(db, Club_org_id, INT64_C(1) << 40));
    ck_assert_int_eq(EXEC(db, SELECT(ClubBadge)), -1);
    line = __LINE__ - 1;
    expect_failure(QC_ERROR_MISUSE, "another type than club_badges.org_id", line);
    ck_assert(SET_TENANT(db, Plan_owner, "x"));
    ck_assert_int_eq(EXEC(db, SELECT(Club)), -1);
    line = __LINE__ - 1;
    expect_failure(QC_ERROR_MISUSE, "another type than clubs.org_id", line);
}

Suite *tenants_suite(void)
{
    Suite *suite = suite_create("tenants");
    TCase *tests = shop_case(suite);
    ADD_IN_CLUBS(tests, no_query_finds_anothers_rows);
    ADD_IN_CLUBS(tests, no_sink_finds_anothers_rows);
    ADD_IN_CLUBS(tests, no_relationship_leads_to_anothers_rows);
    ADD_IN_CLUBS(tests, a_compiled_statement_has_no_tenant_of_its_own);
    ADD_IN_CLUBS(tests, a_cursor_keeps_the_tenant);
    ADD_IN_CLUBS(tests, no_statement_changes_anothers_rows);
    ADD_IN_CLUBS(tests, what_is_inserted_is_the_tenants);
    ADD_IN_CLUBS(tests, nothing_is_inserted_for_another);
    ADD_IN_CLUBS(tests, copies_are_the_tenants);
    ADD_IN_CLUBS(tests, no_statement_runs_without_a_tenant);
    ADD_IN_CLUBS(tests, a_session_has_one_tenant);
    ADD_IN_CLUBS(tests, no_struct_of_another_is_added);
    ADD_IN_CLUBS(tests, no_struct_is_merged_onto_anothers_object);
    ADD_IN_CLUBS(tests, new_objects_are_the_tenants);
    ADD_IN_CLUBS(tests, hierarchies_are_the_tenants);
    ADD_IN_CLUBS(tests, tenants_are_of_any_type);
    ADD_IN_CLUBS(tests, what_is_no_tenant_is_named);
    tcase_add_loop_test(tests, a_connection_is_given_back_without_its_tenant, SQLITE_DATABASE,
                        DATABASE_COUNT);
    return suite;
}
