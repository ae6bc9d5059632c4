/* See clubs.h. */
#include "clubs.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void insert_clubs(void)
{
    const qc_opt_timestamp gone = {true, qc_timestamp_of(2024, 1, 1, 0, 0, 0)};
    struct Club all[] = {{.org_id = 1, .name = "oak"},
                         {.org_id = 1, .name = "elm", .deleted_at = gone},
                         {.org_id = 1, .name = "ash"},
                         {.org_id = 2, .name = "yew"}};
    struct Member members[] = {
        {.org_id = 1, .club_id = {true, 1}, .name = "ann"},
        {.org_id = 1, .club_id = {true, 1}, .name = "bob", .deleted_at = gone},
        {.org_id = 1, .club_id = {true, 2}, .name = "cyd"},
        {.org_id = 1, .club_id = {true, 3}, .name = "dan"},
        {.org_id = 2, .club_id = {true, 4}, .name = "eve"}};
    struct Due dues[] = {{.member_id = 1, .amount = 10},
                         {.member_id = 1, .amount = 20, .deleted_at = gone}};
    struct Badge badges[] = {{.id = 1, .word = "gold"},
                             {.id = 2, .word = "silver", .deleted_at = gone},
                             {.id = 3, .word = "iron"}};
    struct ClubBadge given[] = {{1, 1, 1}, {1, 1, 2}, {1, 3, 2}, {2, 4, 1}, {2, 4, 3}};
    expect_int(EXEC(db, INSERT_ROWS(Club, all, 4).ALL_TENANTS), 4);
    expect_int(EXEC(db, INSERT_ROWS(Member, members, 5).ALL_TENANTS), 5);
    expect_int(EXEC(db, INSERT_ROWS(Due, dues, 2)), 2);
    expect_int(EXEC(db, INSERT_ROWS(Badge, badges, 3)), 3);
    expect_int(EXEC(db, INSERT_ROWS(ClubBadge, given, 5).ALL_TENANTS), 5);
}

void clubs_open(int which)
{
    database = which;
    db = database_open(which);
    if (!qc_drop_all(db, &clubs) || !qc_create_all(db, &clubs))
        database_fail(db, "the clubs");
    insert_clubs();
    ck_assert(SET_TENANT(db, Club_org_id, 1));
}

void clubs_close(void)
{
    if (!qc_drop_all(db, &clubs))
        database_fail(db, "drop the clubs");
    qc_close(db);
}

static char dump[4096];

static void put(const char *format, ...)
{
    const size_t used = strlen(dump);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(dump + used, sizeof(dump) - used, format, arguments);
    va_end(arguments);
}

const char *clubs_dump(int tenant)
{
    *dump = '\0';
    EACH (
        struct Club, club,
        ALL(db,
            SELECT(Club).WITH_DELETED.ALL_TENANTS.WHERE(EQ(Club_org_id, tenant)).ORDER_BY(Club_id)))
        put("%s%s ", club->name, club->deleted_at.set ? "*" : "");
    put("| ");
    EACH (struct Member, member,
          ALL(db, SELECT(Member)
                      .WITH_DELETED.ALL_TENANTS.WHERE(EQ(Member_org_id, tenant))
                      .ORDER_BY(Member_id)))
        put("%s%s %d ", member->name, member->deleted_at.set ? "*" : "",
            (int)member->club_id.value);
    put("|");
    EACH (struct ClubBadge, given,
          ALL(db, SELECT(ClubBadge)
                      .ALL_TENANTS.WHERE(EQ(ClubBadge_org_id, tenant))
                      .ORDER_BY(ClubBadge_club_id, ClubBadge_badge_id)))
        put(" %d-%d", (int)given->club_id, (int)given->badge_id);
    expect_ok();
    return dump;
}
