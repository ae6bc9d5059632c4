/* Plans of pages are kept: what a query like one before it costs, and whose values it has. */
#include "members.h"

#include "engine/db.h"

/* The number of the statement that was compiled last. */
static uint64_t last_serial(void)
{
    return db->cache.ring[db->cache.count - 1]->statement->serial;
}

static void play_pages(int count)
{
    for (int i = 0; i < count; i++)
        mock_play(two_people, 2);
}

START_TEST(pages_of_a_query_are_planned_once)
{
    qc_page page = {.size = 1};
    play_pages(8);
    expect_some(ALL(db, SELECT(Member)));
    const uint64_t before = last_serial();
    for (int i = 0; i < 7; i++) {
        expect_some(PAGE(db, &page, SELECT(Member).ORDER_BY(Member_email)));
        page.cursor = i < 5 ? page.next : page.previous;
    }
    ck_assert_uint_eq(db->cache.count, 5); /* with the query itself, and the page before */
    expect_some(ALL(db, SELECT(Member_email)));
    ck_assert_uint_eq(last_serial(), before + 5);
}
END_TEST

START_TEST(other_directions_are_other_plans)
{
    qc_page page = {.size = 1};
    play_pages(3);
    expect_some(PAGE(db, &page, SELECT(Member).ORDER_BY(Member_email)));
    expect_some(PAGE(db, &page, SELECT(Member).ORDER_BY(DESC(Member_email))));
    expect_some(PAGE(db, &page, SELECT(Member).ORDER_BY(DESC(Member_email), Member_id)));
    ck_assert_uint_eq(db->cache.count, 5); /* the last two differ in their plans only */
}
END_TEST

/* ---- Nodes of the query that is run. ---- */

START_TEST(a_kept_plan_has_the_values_of_its_query)
{
    qc_page page = {.size = 5};
    for (int i = 1; i <= 3; i++)
        (void)PAGE(db, &page,
                   SELECT(Member_id)
                       .WHERE(GT(Member_id, 10 * i))
                       .ORDER_BY(ONLY_IF(false, Member_nick), DESC(ADD(Member_id, i))));
    ck_assert_uint_eq(db->cache.count, 2);
    ck_assert_str_eq(mock.log[2],
                     "SELECT members.id, members.id + $1 FROM members "
                     "WHERE members.id > $2 ORDER BY members.id + $1 DESC, members.id LIMIT $3");
    ck_assert_str_eq(mock.binds[1], "$1 = 2, $2 = 20, $3 = 6");
    ck_assert_str_eq(mock.binds[2], "$1 = 3, $2 = 30, $3 = 6");
}
END_TEST

START_TEST(a_kept_plan_outlives_aliases)
{
    qc_page page = {.size = 5};
    for (int i = 0; i < 3; i++) {
        ALIAS(Member, boss);
        (void)PAGE(db, &page, SELECT(boss).ORDER_BY(boss.email));
    }
    ck_assert_uint_eq(db->cache.count, 2);
    ck_assert_str_eq(mock.log[0], mock.log[2]);
}
END_TEST

START_TEST(a_kept_plan_finds_groups_and_items)
{
    qc_page page = {.size = 5};
    for (int i = 1; i <= 3; i++) {
        qc_bigint rest = MOD(Member_id, i);
        (void)PAGE(db, &page,
                   SELECT(AS(rest, remainder), COUNT()).GROUP_BY(rest).ORDER_BY(COUNT()));
        (void)PAGE(db, &page, SELECT(Member_nick, AS(rest, remainder)).DISTINCT());
    }
    ck_assert_uint_eq(db->cache.count, 4);
    for (int i = 0; i < 2; i++)
        ck_assert_str_eq(mock.log[i], mock.log[i + 4]);
    ck_assert_str_eq(mock.binds[4], "$1 = 3, $2 = 6");
    ck_assert_str_eq(mock.binds[5], "$1 = 3, $2 = 6");
}
END_TEST

START_TEST(pages_need_no_room_in_the_cache)
{
    qc_page page = {.size = 1};
    qc_set_cache_size(db, 0);
    play_pages(3);
    for (int i = 0; i < 3; i++) {
        expect_some(PAGE(db, &page, SELECT(Member).ORDER_BY(Member_email)));
        page.cursor = page.next;
    }
    ck_assert_ptr_nonnull(page.previous);
}
END_TEST

Suite *page_plans_suite(void);
Suite *page_plans_suite(void)
{
    Suite *suite = suite_create("page_plans");
    const TTest *const keeping[] = {pages_of_a_query_are_planned_once,
                                    other_directions_are_other_plans,
                                    pages_need_no_room_in_the_cache, NULL};
    const TTest *const nodes[] = {a_kept_plan_has_the_values_of_its_query,
                                  a_kept_plan_outlives_aliases, a_kept_plan_finds_groups_and_items,
                                  NULL};
    add_tests(suite, "keeping", keeping);
    add_tests(suite, "nodes", nodes);
    return suite;
}
