/* Clubs of two tenants, some of them soft-deleted, on both databases. */
#ifndef TESTS_LIVE_CLUBS_H
#define TESTS_LIVE_CLUBS_H

#include "shop.h"

MODEL(Club, "clubs",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    TENANT(org_id, BIGINT, INDEXED),
    COLUMN(name, TEXT, UNIQUE),
    SOFT_DELETE, TIMESTAMPS,
    HAS_MANY(members, Member, club_id, BACK(club), CASCADE(DELETE), ORDERED_BY(id)),
    MANY_TO_MANY(badges, Badge, ClubBadge, club_id, badge_id, ORDERED_BY(id)))

MODEL(Member, "members",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    TENANT(org_id, BIGINT),
    COLUMN(club_id, NULLABLE(BIGINT), REFERENCES(Club, id)),
    COLUMN(name, TEXT),
    SOFT_DELETE,
    BELONGS_TO(club, Club, club_id, BACK(members)),
    HAS_MANY(dues, Due, member_id, CASCADE(DELETE)))

MODEL(Due, "dues",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(member_id, BIGINT, REFERENCES(Member, id)),
    COLUMN(amount, INTEGER),
    SOFT_DELETE)

MODEL(Badge, "badges",
    COLUMN(id, BIGINT, PRIMARY_KEY),
    COLUMN(word, TEXT),
    SOFT_DELETE)

MODEL(ClubBadge, "club_badges",
    TENANT(org_id, INTEGER),
    COLUMN(club_id, BIGINT, PRIMARY_KEY),
    COLUMN(badge_id, BIGINT, PRIMARY_KEY))

SCHEMA(clubs, ClubBadge, Due, Member, Club, Badge)

/* There are, * deleted:
 *
 *     of tenant 1   clubs 1 oak, 2 elm*, 3 ash; members 1 ann and 2 bob* of oak, 3 cyd of elm,
 *                   4 dan of ash; dues 10 and 20* of ann
 *     of tenant 2   club 4 yew with member 5 eve
 *     badges        1 gold, 2 silver*, 3 iron; oak has gold and silver, ash has silver, yew has
 *                   gold and iron
 *
 * IN_CLUBS(name) { … } is a test that runs with tenant 1 on each database, over `db`. */
void clubs_open(int which);
void clubs_close(void);
#define IN_CLUBS(name) TEST_WITHIN(name, in_clubs, clubs_open, clubs_close)
#define ADD_IN_CLUBS(tests, name)                                                                  \
    tcase_add_loop_test(tests, name##_in_clubs, SQLITE_DATABASE, DATABASE_COUNT)

/* Of all tenants: clubs, members, badges of clubs, with ids, tenants, names, whether they are
 * deleted. In the result arena. */
const char *clubs_dump(int tenant);

#endif
