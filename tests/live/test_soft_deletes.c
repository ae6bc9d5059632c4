/* Soft-deleted rows on both databases: left out of everything, seen on request, brought back. */
#include "clubs.h"

#include <string.h>

/* ---- Queries. ---- */

IN_CLUBS(queries_leave_them_out)
{
    expect_rows(ALL(db, SELECT(Club_name, Club_id).ORDER_BY(Club_id)), "oak|1, ash|3");
    expect_rows(ALL(db, SELECT(Club_name, Club_id).WITH_DELETED.ORDER_BY(Club_id)),
                "oak|1, elm|2, ash|3");
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Badge)), 2);
    const struct Badge *silver = FIRST(db, SELECT(Badge).WHERE(EQ(Badge_id, 2)));
    expect_ok();
    ck_assert_ptr_null(silver);
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Badge).WHERE(OR(EQ(Badge_id, 2), EQ(Badge_id, 3)))),
               1);
}

IN_CLUBS(joins_leave_them_out_and_keep_outer_rows)
{
    expect_rows(
        ALL(db, SELECT(Club_name, Member_name).FROM(Club).JOIN(Club_members).ORDER_BY(Member_id)),
        "oak|ann, ash|dan");
    expect_int(EXEC(db, SOFT_DELETE_FROM(Member).WHERE(EQ(Member_name, "dan"))), 1);
    expect_rows(ALL(db, SELECT(Club_name, Member_name)
                            .FROM(Club)
                            .LEFT_JOIN(Club_members)
                            .ORDER_BY(Club_id, Member_id)),
                "oak|ann, ash|NULL");
    expect_rows(ALL(db, SELECT(Club_name, Badge_word)
                            .FROM(Club)
                            .LEFT_JOIN(Club_badges)
                            .ORDER_BY(Club_id, Badge_id)),
                "oak|gold, ash|NULL");
    expect_rows(ALL(db, SELECT(Member_name, Club_name)
                            .FROM(Member)
                            .LEFT_JOIN(Member_club)
                            .WHERE(NE(Member_name, "dan"))
                            .ORDER_BY(Member_id)),
                "ann|oak, cyd|NULL");
    expect_rows(ALL(db, SELECT(Badge_word, Club_name)
                            .FROM(Badge)
                            .CROSS_JOIN(Club)
                            .WHERE(EQ(Club_id, 1))
                            .ORDER_BY(Badge_id)),
                "gold|oak, iron|oak");
    expect_rows(ALL(db, SELECT(Club_name, Badge_word)
                            .FROM(Club)
                            .LEFT_JOIN(Club_badges)
                            .WITH_DELETED.ORDER_BY(Club_id, Badge_id)),
                "oak|gold, oak|silver, elm|NULL, ash|silver");
}

/* A deleted row on either side of a RIGHT or FULL JOIN does not take one of the other along. */
IN_CLUBS(outer_joins_to_the_right_keep_the_other_side)
{
    qc_row **rows = ALL(
        db, SELECT(Member_name, Club_name).FROM(Club).RIGHT_JOIN(Club_members).ORDER_BY(Member_id));
    if (!qc_ok(db) && qc_error(db)->code == QC_ERROR_UNSUPPORTED)
        return;
    expect_rows(rows, "ann|oak, cyd|NULL, dan|ash");
    expect_int(EXEC(db, SOFT_DELETE_FROM(Member).WHERE(EQ(Member_name, "dan"))), 1);
    expect_rows(ALL(db, SELECT(Club_name, Member_name)
                            .FROM(Club)
                            .FULL_JOIN(Club_members)
                            .ORDER_BY(NULLS_LAST(Club_id), Member_id)),
                "oak|ann, ash|NULL, NULL|cyd");
}

IN_CLUBS(nested_queries_leave_them_out)
{
    expect_rows(ALL(db, SELECT(Club_name, Club_id)
                            .WHERE(EXISTS(SELECT(ClubBadge)
                                              .FROM(ClubBadge)
                                              .JOIN(Badge, EQ(Badge_id, ClubBadge_badge_id))
                                              .WHERE(EQ(ClubBadge_club_id, Club_id))))),
                "oak|1");
    expect_int(
        SCALAR(db, SELECT(COUNT()).FROM(ClubBadge).WHERE(IN(ClubBadge_badge_id, SELECT(Badge_id)))),
        1);
    expect_rows(ALL(db, SELECT(Club_name).UNION(SELECT(Badge_word)).ORDER_BY(Club_name)),
                "ash, gold, iron, oak");
    expect_rows(ALL(db, SELECT(Badge_word, Badge_id)
                            .EXCEPT(SELECT(Badge_word, Badge_id).WHERE(EQ(Badge_id, 1)))),
                "iron|3");
    expect_int(
        SCALAR(db, SELECT(SUBQUERY(SELECT(COUNT(Member_id)).WHERE(EQ(Member_club_id, Club_id))))
                       .FROM(Club)
                       .WHERE(EQ(Club_id, 1))),
        1);
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Club).WHERE(ANY_OF(Club_badges))), 1);
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Club).WHERE(ANY_OF(Club_badges)).WITH_DELETED), 2);
}

IN_CLUBS(any_number_of_conditions_follows)
{
    QUERY_OF(Badge) query = QUERY(SELECT(Badge));
    for (int i = 0; i < 900; i++)
        query = QUERY(EXTEND(query).WHERE(GE(Badge_id, 0)));
    struct Badge **badges = ALL(db, query);
    expect_ok();
    ck_assert_uint_eq(qc_count(badges), 2);
}

/* ---- Writing. ---- */

IN_CLUBS(writes_leave_them_out)
{
    expect_int(EXEC(db, UPDATE(Badge).SET(Badge_word, "x").WHERE(EQ(Badge_id, 2))), 0);
    expect_int(EXEC(db, UPDATE(Badge).SET(Badge_word, "x").WHERE(EQ(Badge_id, 2)).WITH_DELETED), 1);
    struct Badge badges[] = {{.id = 1, .word = "a"}, {.id = 2, .word = "b"}};
    expect_int(EXEC(db, UPDATE_ROWS(Badge, badges, 2).COLUMNS(Badge_word)), 1);
    expect_int(EXEC(db, DELETE_ROWS(Badge, badges, 2)), 1);
    expect_int(EXEC(db, DELETE(Badge).ALL_ROWS), 1);
    expect_rows(ALL(db, SELECT(Badge_word, Badge_id).WITH_DELETED), "x|2");
    expect_int(EXEC(db, DELETE(Badge).ALL_ROWS.WITH_DELETED), 1);
}

IN_CLUBS(rows_are_deleted_and_brought_back)
{
    expect_int(EXEC(db, SOFT_DELETE_FROM(Club).WHERE(EQ(Club_id, 3))), 1);
    expect_int(EXEC(db, SOFT_DELETE_FROM(Club).WHERE(EQ(Club_id, 3))), 0);
    expect_rows(ALL(db, SELECT(Club_name, Club_id)), "oak|1");
    struct Club *ash = FIRST(db, SELECT(Club).WHERE(EQ(Club_id, 3)).WITH_DELETED);
    ck_assert_ptr_nonnull(ash);
    ck_assert(ash->deleted_at.set && ash->updated_at.set);
    expect_int(EXEC(db, RESTORE(Club).WHERE(EQ(Club_id, 3))), 1);
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Club)), 2);
}

/* The unique key knows rows that no query sees. */
IN_CLUBS(an_upsert_leaves_a_deleted_row)
{
    expect_int(EXEC(db, INSERT(Badge)
                            .SET(Badge_id, 2)
                            .SET(Badge_word, "new")
                            .ON_CONFLICT(Badge_id)
                            .DO_UPDATE()),
               0);
    expect_int(EXEC(db, INSERT(Badge)
                            .SET(Badge_id, 2)
                            .SET(Badge_word, "new")
                            .WITH_DELETED.ON_CONFLICT(Badge_id)
                            .DO_UPDATE()
                            .SET(Badge_deleted_at, NULL)),
               1);
    expect_text(SCALAR(db, SELECT(Badge_word).WHERE(EQ(Badge_id, 2))), "new");
}

IN_CLUBS(timestamps_are_kept)
{
    struct Club *oak = FIRST(db, SELECT(Club).WHERE(EQ(Club_id, 1)));
    ck_assert_int_ne(oak->created_at.microseconds, 0);
    ck_assert(!oak->updated_at.set);
    expect_int(EXEC(db, UPDATE(Club).SET(Club_name, "Oak").WHERE(EQ(Club_id, 1))), 1);
    oak = FIRST(db, SELECT(Club).WHERE(EQ(Club_id, 1)));
    ck_assert(oak->updated_at.set);
    ck_assert(qc_session_start(db, NULL));
    struct Club *ash = GET(db, Club, 3);
    ash->name = "Ash";
    ck_assert(qc_flush(db));
    ck_assert(ash->updated_at.set);
    struct Club *fir = NEW(db, Club, .name = "fir");
    ck_assert(qc_flush(db));
    ck_assert_int_ne(fir->created_at.microseconds, 0);
    ck_assert(!fir->updated_at.set);
}

/* ---- Loaders. ---- */

static void expect_loaded(struct Club *oak, size_t members, size_t badges)
{
    expect_ok();
    ck_assert_ptr_nonnull(oak);
    ck_assert_uint_eq(qc_count(oak->members), members);
    ck_assert_uint_eq(qc_count(oak->badges), badges);
}

IN_CLUBS(loaders_leave_them_out)
{
    expect_loaded(
        FIRST(
            db,
            SELECT(Club).LOAD(SELECTIN(Club_members), SELECTIN(Club_badges)).WHERE(EQ(Club_id, 1))),
        1, 1);
    expect_loaded(ALL(db, SELECT(Club)
                              .LOAD(BY_SUBQUERY(Club_members), BY_SUBQUERY(Club_badges))
                              .ORDER_BY(Club_id))[0],
                  1, 1);
    expect_loaded(
        FIRST(db,
              SELECT(Club).LOAD(JOINED(Club_members), JOINED(Club_badges)).WHERE(EQ(Club_id, 1))),
        1, 1);
    expect_loaded(
        FIRST(db, SELECT(Club)
                      .WITH_DELETED.WHERE(EQ(Club_id, 1))
                      .LOAD(JOINED(Club_members, JOINED(Member_dues)), JOINED(Club_badges))),
        2, 2);
    struct Club **all =
        ALL(db, SELECT(Club).WITH_DELETED.ORDER_BY(Club_id).LOAD(
                    SELECTIN(Club_members, SELECTIN(Member_dues)), BY_SUBQUERY(Club_badges)));
    expect_loaded(all[0], 2, 2);
    ck_assert_uint_eq(qc_count(all[0]->members[0]->dues), 2);
    expect_loaded(all[1], 1, 0);
    struct Member *cyd =
        FIRST(db, SELECT(Member).WHERE(EQ(Member_id, 3)).LOAD(SELECTIN(Member_club)));
    ck_assert_ptr_null(cyd->club);
    ck_assert(qc_session_start(db, NULL));
    struct Club *oak = GET(db, Club, 1);
    struct Member **members = LOAD(db, oak, Club_members);
    ck_assert_uint_eq(qc_count(members), 1);
}

/* ---- Objects. ---- */

IN_CLUBS(objects_are_deleted_with_what_belongs_to_them)
{
    ck_assert(qc_session_start(db, NULL));
    struct Club *oak = GET(db, Club, 1);
    struct Member *ann = GET(db, Member, 1);
    ck_assert(qc_soft_delete(db, oak));
    ck_assert(oak->deleted_at.set);
    ck_assert(!ann->deleted_at.set);
    ck_assert(qc_flush(db));
    ck_assert(ann->deleted_at.set);
    ck_assert_int_eq(ann->deleted_at.value.microseconds, oak->deleted_at.value.microseconds);
    ck_assert_int_eq(qc_state(db, oak), QC_STATE_PERSISTENT);
    ck_assert_str_eq(clubs_dump(1), "oak* elm* ash | ann* 1 bob* 1 cyd 2 dan 3 | 1-1 1-2 3-2");
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Due)), 0);
    ck_assert_ptr_null(GET(db, Club, 1));
    ck_assert_ptr_null(GET(db, Club, 2));
    expect_ok();
    ck_assert(qc_refresh(db, oak));
    ck_assert(oak->deleted_at.set);
    oak->name = "Oak";
    ck_assert(qc_flush(db));
    ck_assert(qc_restore(db, oak));
    ck_assert(qc_flush(db));
    ck_assert(!ann->deleted_at.set);
    ck_assert_str_eq(clubs_dump(1), "Oak elm* ash | ann 1 bob* 1 cyd 2 dan 3 | 1-1 1-2 3-2");
    expect_rows(ALL(db, SELECT(Due_amount, Due_id)), "10|1");
    ck_assert(qc_soft_delete(db, oak));
    ck_assert(qc_flush(db));
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Due)), 0);
}

IN_CLUBS(a_child_that_was_deleted_at_another_time_is_not_restored)
{
    ck_assert(qc_session_start(db, NULL));
    struct Club *oak = GET(db, Club, 1);
    struct Member *ann = GET(db, Member, 1);
    ck_assert(qc_soft_delete(db, oak) && qc_flush(db));
    ann->deleted_at.value.microseconds++;
    ck_assert(qc_restore(db, oak) && qc_flush(db));
    ck_assert(ann->deleted_at.set);
    ck_assert_str_eq(clubs_dump(1), "oak elm* ash | ann* 1 bob* 1 cyd 2 dan 3 | 1-1 1-2 3-2");
}

MODEL(Cellar, "cellars", COLUMN(id, BIGINT, PRIMARY_KEY), SOFT_DELETE,
      HAS_MANY(casks, Cask, cellar_id))
MODEL(Cask, "casks", COLUMN(id, BIGINT, PRIMARY_KEY),
      COLUMN(cellar_id, BIGINT, REFERENCES(Cellar, id)), SOFT_DELETE)
SCHEMA(cellars, Cask, Cellar)

IN_CLUBS(children_stay_where_no_cascade_takes_them)
{
    ck_assert(qc_drop_all(db, &cellars) && qc_create_all(db, &cellars));
    ck_assert(qc_session_start(db, NULL));
    struct Cellar *cellar = NEW(db, Cellar, .id = 1);
    struct Cask *cask = NEW(db, Cask, .id = 2, .cellar_id = 1);
    ck_assert(qc_flush(db));
    ck_assert(qc_soft_delete(db, cellar) && qc_flush(db));
    ck_assert(!cask->deleted_at.set);
    expect_int(COUNT_OF(Cask), 1);
    qc_session_stop(db);
    ck_assert(qc_drop_all(db, &cellars));
}

IN_CLUBS(what_is_deleted_or_restored_already_stays_so)
{
    ck_assert(qc_session_start(db, NULL));
    struct Club *oak = GET(db, Club, 1);
    ck_assert(qc_restore(db, oak));
    ck_assert(!qc_is_dirty(db, oak));
    struct Club *elm = FIRST(db, SELECT(Club).WHERE(EQ(Club_id, 2)).WITH_DELETED);
    ck_assert(qc_soft_delete(db, elm));
    ck_assert(!qc_is_dirty(db, elm));
}

IN_CLUBS(a_rollback_takes_a_deletion_back)
{
    ck_assert(qc_session_start(db, NULL));
    struct Club *oak = GET(db, Club, 1);
    struct Member *ann = GET(db, Member, 1);
    TRANSACTION(db)
    {
        ck_assert(qc_soft_delete(db, oak));
        ck_assert(qc_flush(db));
        ck_assert(ann->deleted_at.set);
        qc_rollback(db);
    }
    ck_assert(!ann->deleted_at.set);
    ck_assert(!oak->deleted_at.set);
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Club)), 2);
}

IN_CLUBS(a_deletion_for_good_takes_deleted_children_along)
{
    ck_assert(qc_session_start(db, NULL));
    expect_int(EXEC(db, DELETE(Due).ALL_ROWS.WITH_DELETED), 2);
    struct Club *oak = GET(db, Club, 1);
    ck_assert(qc_delete(db, oak));
    ck_assert(qc_flush(db));
    ck_assert_str_eq(clubs_dump(1), "elm* ash | cyd 2 dan 3 | 3-2");
    struct Club *elm = FIRST(db, SELECT(Club).WHERE(EQ(Club_id, 2)).WITH_DELETED);
    ck_assert(qc_delete(db, elm));
    ck_assert(qc_flush(db));
    ck_assert_str_eq(clubs_dump(1), "ash | dan 3 | 3-2");
}

IN_CLUBS(only_models_with_the_mixin_can)
{
    ck_assert(qc_session_start(db, NULL));
    struct ClubBadge *given = FIRST(db, SELECT(ClubBadge));
    ck_assert_ptr_nonnull(given);
    ck_assert(!qc_soft_delete(db, given));
    const int line = __LINE__ - 1;
    expect_failure(QC_ERROR_MISUSE, "ClubBadge has no SOFT_DELETE", line);
}

Suite *soft_deletes_suite(void)
{
    Suite *suite = suite_create("soft_deletes");
    TCase *tests = shop_case(suite);
    ADD_IN_CLUBS(tests, queries_leave_them_out);
    ADD_IN_CLUBS(tests, joins_leave_them_out_and_keep_outer_rows);
    ADD_IN_CLUBS(tests, outer_joins_to_the_right_keep_the_other_side);
    ADD_IN_CLUBS(tests, nested_queries_leave_them_out);
    ADD_IN_CLUBS(tests, any_number_of_conditions_follows);
    ADD_IN_CLUBS(tests, writes_leave_them_out);
    ADD_IN_CLUBS(tests, rows_are_deleted_and_brought_back);
    ADD_IN_CLUBS(tests, an_upsert_leaves_a_deleted_row);
    ADD_IN_CLUBS(tests, timestamps_are_kept);
    ADD_IN_CLUBS(tests, loaders_leave_them_out);
    ADD_IN_CLUBS(tests, objects_are_deleted_with_what_belongs_to_them);
    ADD_IN_CLUBS(tests, a_child_that_was_deleted_at_another_time_is_not_restored);
    ADD_IN_CLUBS(tests, children_stay_where_no_cascade_takes_them);
    ADD_IN_CLUBS(tests, what_is_deleted_or_restored_already_stays_so);
    ADD_IN_CLUBS(tests, a_rollback_takes_a_deletion_back);
    ADD_IN_CLUBS(tests, a_deletion_for_good_takes_deleted_children_along);
    ADD_IN_CLUBS(tests, only_models_with_the_mixin_can);
    return suite;
}
