/* The statement cache: verified hits, collisions, eviction, references. */
#include "engine/cache.h"

#include <check.h>
#include <stdlib.h>

/* Statements that need no compiling: each in an arena of its own, like a compiled one. */
static qc_statement *make_statement(void)
{
    qc_arena *arena = qc_arena_new();
    qc_statement *statement = qc_arena_alloc(arena, sizeof(*statement));
    *statement = (qc_statement){.sql = "SELECT 1", .sql_length = 8, .arena = arena};
    return statement;
}

static qc_key key_of(uint64_t hash, const uint64_t *words, size_t count)
{
    return (qc_key){.hash = hash, .words = words, .count = count};
}

static qc_cached *add(qc_cache *cache, const qc_key *key)
{
    return qc_cache_add(cache, key, make_statement());
}

START_TEST(a_key_finds_its_statement)
{
    qc_cache cache = {.limit = 8};
    const uint64_t words[] = {1, 2, 3};
    const qc_key key = key_of(77, words, 3);
    ck_assert_ptr_null(qc_cache_find(&cache, &key));
    qc_cached *added = add(&cache, &key);
    qc_cached *found = qc_cache_find(&cache, &key);
    ck_assert_ptr_eq(found, added);
    ck_assert_uint_eq(found->references, 3);
    qc_cached_release(found);
    qc_cached_release(added);
    qc_cache_free(&cache);
}
END_TEST

START_TEST(equal_hashes_are_not_equal_keys)
{
    qc_cache cache = {.limit = 8};
    const uint64_t words[][3] = {{1, 2, 3}, {1, 2, 4}, {9, 9, 9}};
    qc_cached *added[4];
    for (int i = 0; i < 3; i++) {
        const qc_key key = key_of(5, words[i], 3);
        ck_assert_ptr_null(qc_cache_find(&cache, &key));
        added[i] = add(&cache, &key);
    }
    const qc_key shorter = key_of(5, words[0], 2);
    ck_assert_ptr_null(qc_cache_find(&cache, &shorter));
    added[3] = add(&cache, &shorter);
    for (int i = 0; i < 4; i++) {
        const qc_key key = i < 3 ? key_of(5, words[i], 3) : shorter;
        qc_cached *found = qc_cache_find(&cache, &key);
        ck_assert_ptr_eq(found, added[i]);
        qc_cached_release(found);
        qc_cached_release(added[i]);
    }
    qc_cache_free(&cache);
}
END_TEST

START_TEST(a_line_recalls_what_it_found)
{
    qc_cache cache = {.limit = 1};
    const qc_site site = {"a.c", "f", 1};
    const uint64_t words[] = {1, 2}, others[] = {1, 3};
    const qc_key key = key_of(1, words, 2), other = key_of(2, others, 2);
    qc_cached *added = add(&cache, &key);
    ck_assert_ptr_null(qc_cache_recall(&cache, &site));
    qc_cache_note(&cache, &site, added);
    ck_assert_ptr_eq(qc_cache_recall(&cache, &site), added);
    ck_assert(qc_cached_has_key(added, &key) && !qc_cached_has_key(added, &other));
    ck_assert_uint_eq(added->references, 2);
    ck_assert_ptr_eq(qc_cached_use(added), added);
    ck_assert_uint_eq(added->references, 3);
    qc_cached_release(added);
    qc_cached_release(added);
    qc_cached_release(add(&cache, &other));
    ck_assert_ptr_null(qc_cache_recall(&cache, &site));
    qc_cache_free(&cache);
}
END_TEST

START_TEST(the_cache_keeps_its_limit)
{
    qc_cache cache = {.limit = 100};
    for (uint64_t i = 0; i < 1000; i++) {
        const qc_key key = key_of(i * 0x9E3779B97F4A7C15u, &i, 1);
        qc_cached_release(add(&cache, &key));
        ck_assert_uint_le(cache.count, 100);
    }
    ck_assert_uint_eq(cache.count, 100);
    const uint64_t last = 999;
    const qc_key key = key_of(last * 0x9E3779B97F4A7C15u, &last, 1);
    qc_cached *found = qc_cache_find(&cache, &key);
    ck_assert_ptr_nonnull(found);
    qc_cached_release(found);
    qc_cache_resize(&cache, 10);
    ck_assert_uint_eq(cache.count, 10);
    qc_cache_free(&cache);
}
END_TEST

START_TEST(what_is_used_stays)
{
    qc_cache cache = {.limit = 8};
    const uint64_t favourite = 1000;
    const qc_key favourite_key = key_of(favourite, &favourite, 1);
    qc_cached_release(add(&cache, &favourite_key));
    for (uint64_t i = 0; i < 200; i++) {
        const qc_key key = key_of(i, &i, 1);
        qc_cached_release(add(&cache, &key));
        qc_cached *found = qc_cache_find(&cache, &favourite_key);
        ck_assert_msg(found, "evicted after %d others", (int)i);
        qc_cached_release(found);
    }
    qc_cache_free(&cache);
}
END_TEST

START_TEST(an_evicted_statement_lives_while_it_is_used)
{
    qc_cache cache = {.limit = 1};
    const uint64_t words[] = {1, 2};
    const qc_key first = key_of(1, &words[0], 1), second = key_of(2, &words[1], 1);
    qc_cached *used = add(&cache, &first);
    qc_cached_release(add(&cache, &second));
    ck_assert_ptr_null(qc_cache_find(&cache, &first));
    ck_assert_uint_eq(used->references, 1);
    ck_assert_str_eq(used->statement->sql, "SELECT 1");
    qc_cached_release(used);
    qc_cache_free(&cache);
}
END_TEST

START_TEST(without_a_cache_nothing_is_kept)
{
    qc_cache cache = {.limit = 0};
    const uint64_t word = 1;
    const qc_key key = key_of(1, &word, 1);
    qc_cached *used = add(&cache, &key);
    ck_assert_uint_eq(used->references, 1);
    ck_assert_uint_eq(cache.count, 0);
    ck_assert_ptr_null(qc_cache_find(&cache, &key));
    qc_cached_release(used);
    qc_cached_release(NULL);
    qc_cache_free(&cache);
}
END_TEST

START_TEST(an_entry_knows_whether_binds_are_in_order)
{
    static const uint32_t straight[] = {0, 1, 2}, crossed[] = {0, 2, 1};
    const uint64_t word = 1;
    qc_cache cache = {.limit = 0};
    qc_key key = key_of(1, &word, 1);
    key.bind_count = 3;
    for (int i = 0; i < 3; i++) {
        qc_statement *statement = make_statement();
        statement->bind_order = i == 1 ? crossed : straight;
        statement->bind_count = i == 2 ? 2 : 3;
        qc_cached *cached = qc_cache_add(&cache, &key, statement);
        ck_assert_int_eq(cached->key_order, i == 0);
        qc_cached_release(cached);
    }
    qc_cache_free(&cache);
}
END_TEST

Suite *cache_suite(void);
Suite *cache_suite(void)
{
    Suite *suite = suite_create("cache");
    TCase *all = tcase_create("statements");
    tcase_add_test(all, a_key_finds_its_statement);
    tcase_add_test(all, equal_hashes_are_not_equal_keys);
    tcase_add_test(all, a_line_recalls_what_it_found);
    tcase_add_test(all, the_cache_keeps_its_limit);
    tcase_add_test(all, what_is_used_stays);
    tcase_add_test(all, an_evicted_statement_lives_while_it_is_used);
    tcase_add_test(all, without_a_cache_nothing_is_kept);
    tcase_add_test(all, an_entry_knows_whether_binds_are_in_order);
    suite_add_tcase(suite, all);
    return suite;
}
