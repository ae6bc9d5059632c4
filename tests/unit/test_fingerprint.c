/* The fingerprint: keys are equal exactly when structures are; binds come once, in order. */
#include "ast_models.h"
#include "ast/recipe.h"
#include "base/arena_inline.h"

#include <check.h>
#include <string.h>

static qc_key key_of(const qc_clause *clauses)
{
    qc_key key;
    qc_fingerprint(qc_current_arena(), clauses, 0, &key);
    ck_assert(!key.nomem);
    qc_hash_key(&key);
    return key;
}

static bool same(const qc_key *a, const qc_key *b)
{
    bool equal = a->count == b->count && memcmp(a->words, b->words, a->count * 8) == 0;
    ck_assert(!equal || a->hash == b->hash);
    return equal;
}

static void equal(const qc_clause *a, const qc_clause *b)
{
    qc_key of_a = key_of(a), of_b = key_of(b);
    ck_assert_ptr_null(of_a.poison);
    ck_assert(same(&of_a, &of_b));
}

/* A query with its recipe. */
typedef struct recorded {
    const qc_clause *clauses;
    qc_key key;
    const qc_recipe *recipe;
} recorded;

static recorded record(const qc_clause *clauses)
{
    qc_key key = key_of(clauses);
    return (recorded){clauses, key, qc_recipe_of(qc_current_arena(), clauses, 0, &key)};
}

/* Whether the second is like the first's recipe: only if it has its key, and with its own binds. */
static bool alike(const recorded *a, const recorded *b)
{
    const qc_node *const *binds = qc_recipe_match(a->recipe, qc_current_arena(), b->clauses, 0);
    if (!binds)
        return false;
    ck_assert(same(&a->key, &b->key));
    for (size_t i = 0; i < b->key.bind_count; i++)
        ck_assert_ptr_eq(binds[i], b->key.binds[i]);
    ck_assert_ptr_null(qc_recipe_match(a->recipe, qc_current_arena(), b->clauses, 1));
    return true;
}

#define Q QC_CLAUSES_OF
#define WHERE_IS(predicate) Q(SELECT(Fellow).WHERE(predicate))

static const qc_clause *where(qc_bool predicate)
{
    return qc_query_node(WHERE_IS(predicate))->u.clauses;
}

START_TEST(values_are_left_out)
{
    const char *none = NULL;
    equal(where(EQ(Fellow_id, 1)), where(EQ(Fellow_id, 2)));
    equal(where(EQ(Fellow_name, "x")), where(EQ(Fellow_name, "another")));
    equal(where(LIKE(Fellow_nick, "x")), where(LIKE(Fellow_nick, none)));
    equal(where(LT(Fellow_boss_id, ((qc_opt_bigint){0}))),
          where(LT(Fellow_boss_id, ((qc_opt_bigint){true, 3}))));
    const int64_t ids[] = {1, 2, 3};
    equal(where(IN_ARRAY(Fellow_id, ids, 1)), where(IN_ARRAY(Fellow_id, ids, 3)));
    equal(Q(SELECT(Fellow).LIMIT(1).OFFSET(2)), Q(SELECT(Fellow).LIMIT(10).OFFSET(20)));
}
END_TEST

START_TEST(structure_is_not)
{
    const char *none = NULL;
    ALIAS(Fellow, boss);
    ALIAS(Fellow, friend);
    const qc_clause *const queries[] = {
        Q(SELECT(Fellow)), Q(SELECT(Gadget)), Q(SELECT(Fellow, Gadget)), Q(SELECT(Gadget, Fellow)),
        Q(SELECT(Fellow_id)), Q(SELECT(Fellow_id, Fellow_name)), Q(SELECT(Fellow).DISTINCT()),
        Q(DELETE(Fellow).ALL_ROWS), Q(DELETE(Fellow)), Q(SELECT(boss)), Q(SELECT(friend)),
        Q(SELECT(boss.id)), Q(SELECT(friend.id)), Q(SELECT(AS(Fellow_id, x))),
        Q(SELECT(AS(Fellow_id, y))), Q(SELECT(AS(Fellow_id, x_is_a_longer_name))),
        Q(SELECT(Fellow).JOIN(Fellow_gadgets)), Q(SELECT(Fellow).LEFT_JOIN(Fellow_gadgets)),
        Q(SELECT(Fellow).JOIN(Gadget, EQ(Gadget_fellow_id, Fellow_id))),
        Q(SELECT(Fellow).LIMIT(1)), Q(SELECT(Fellow).OFFSET(1)),
        Q(SELECT(Fellow).LIMIT(1).OFFSET(1)),
        Q(SELECT(Fellow).ORDER_BY(Fellow_id)), Q(SELECT(Fellow).ORDER_BY(DESC(Fellow_id))),
        Q(SELECT(Fellow).ORDER_BY(NULLS_LAST(DESC(Fellow_id)))),
        Q(SELECT(Fellow).GROUP_BY(Fellow_id)), Q(INSERT(Fellow).SET(Fellow_id, 1)),
        Q(INSERT(Fellow).SET(Fellow_id, 1).RETURNING()),
        Q(INSERT(Fellow).SET(Fellow_id, 1).RETURNING(Fellow_id)),
        where(EQ(Fellow_id, 1)), where(NE(Fellow_id, 1)), where(EQ(Fellow_boss_id, 1)),
        where(EQ(1, Fellow_id)), where(EQ(Fellow_nick, "x")), where(EQ(Fellow_nick, none)),
        where(NE(Fellow_nick, none)), where(IN(Fellow_id, 1)), where(IN(Fellow_id, 1, 2)),
        where(NOT_IN(Fellow_id, 1, 2)), where(IN(Fellow_id, SELECT(Gadget_id))),
        where(EQ(CAST(Fellow_id, TEXT), "x")), where(EQ(CAST(Fellow_id, VARCHAR(3)), "x")),
        where(EQ(CAST(Fellow_id, VARCHAR(4)), "x")), where(EQ(CAST(Fellow_id, CHAR(3)), "x")),
        where(EQ(EXTRACT(DAY, Fellow_made), 1)), where(EQ(EXTRACT(MONTH, Fellow_made), 1)),
        where(EQ(DATE_TRUNC(DAY, Fellow_made), Fellow_made)),
        where(EQ(FUNC("f", TEXT, Fellow_name), "x")), where(EQ(FUNC("g", TEXT, Fellow_name), "x")),
        where(RAW(BOOLEAN, "? > ?", Fellow_id, 1)), where(RAW(BOOLEAN, "? < ?", Fellow_id, 1)),
        where(EQ(Gadget_size, 1)), where(EQ(Gadget_size, 3000000000)), where(EQ(Gadget_size, 1.5)),
        where(AND(Fellow_is_active, EQ(Fellow_id, 1))),
        where(OR(Fellow_is_active, EQ(Fellow_id, 1))),
        where(qc_and_array(NULL, 0)), where(qc_or_array(NULL, 0)), where(NOT(Fellow_is_active)),
        where(EXISTS(SELECT(Gadget))), where(EXISTS(SELECT(Gadget).LIMIT(1))),
        Q(SELECT(Fellow).UNION(SELECT(Fellow))), Q(SELECT(Fellow).UNION_ALL(SELECT(Fellow)))};
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
        for (size_t j = 0; j < sizeof(queries) / sizeof(queries[0]); j++) {
            qc_key a = key_of(queries[i]), b = key_of(queries[j]);
            ck_assert_msg(same(&a, &b) == (i == j), "queries %zu and %zu", i, j);
            recorded first = record(queries[i]), second = record(queries[j]);
            ck_assert_msg(alike(&first, &second) == (i == j), "recipes %zu and %zu", i, j);
        }
}
END_TEST

START_TEST(texts_count_by_content)
{
    char first[] = "same_name", second[] = "same_name";
    equal(Q(SELECT(QC_LABELLED(Fellow_id, first))), Q(SELECT(QC_LABELLED(Fellow_id, second))));
    struct Fellow_columns a, b;
    qc_alias_init(&a.qc_head, &qc_table_Fellow, first);
    qc_alias_init(&b.qc_head, &qc_table_Fellow, second);
    equal(Q(SELECT(a.id)), Q(SELECT(b.id)));
}
END_TEST

START_TEST(sharing_counts)
{
    qc_bigint shared = VALUE((int64_t)1), one = VALUE((int64_t)1), other = VALUE((int64_t)1);
    const qc_clause *once = where(AND(EQ(Fellow_id, shared), EQ(Fellow_boss_id, shared)));
    const qc_clause *twice = where(AND(EQ(Fellow_id, one), EQ(Fellow_boss_id, other)));
    const qc_clause *again = where(AND(EQ(Fellow_id, one), EQ(Fellow_boss_id, one)));
    qc_key a = key_of(once), b = key_of(twice);
    ck_assert(!same(&a, &b));
    ck_assert_uint_eq(a.bind_count, 1);
    ck_assert_uint_eq(b.bind_count, 2);
    ck_assert_ptr_eq(b.binds[0], one.node);
    ck_assert_ptr_eq(b.binds[1], other.node);
    equal(once, again);
    recorded of_once = record(once), of_twice = record(twice), of_again = record(again);
    ck_assert(alike(&of_once, &of_again) && alike(&of_again, &of_once));
    ck_assert(!alike(&of_once, &of_twice) && !alike(&of_twice, &of_once));
}
END_TEST

/* Binds lie in any order, and texts count by content. */
START_TEST(recipes_match_the_next_of_their_kind)
{
    char first[] = "a_name_of_a_label", second[] = "a_name_of_a_label", other[] = "a_name_of_a_table";
    qc_bigint late[] = {VALUE((int64_t)1), VALUE((int64_t)2), VALUE((int64_t)3)};
    recorded a = record(where(AND(EQ(Fellow_id, late[2]), IN(Fellow_id, late[1], late[0]))));
    recorded b = record(where(AND(EQ(Fellow_id, 1), IN(Fellow_id, 2, 3))));
    ck_assert(alike(&a, &b) && alike(&b, &a));
    a = record(Q(SELECT(QC_LABELLED(Fellow_id, first))));
    b = record(Q(SELECT(QC_LABELLED(Fellow_id, second))));
    recorded c = record(Q(SELECT(QC_LABELLED(Fellow_id, other))));
    ck_assert(alike(&a, &b) && !alike(&a, &c));
    struct Fellow_columns x, y, z;
    qc_alias_init(&x.qc_head, &qc_table_Fellow, first);
    qc_alias_init(&y.qc_head, &qc_table_Fellow, second);
    qc_alias_init(&z.qc_head, &qc_table_Fellow, other);
    a = record(Q(SELECT(x.id)));
    b = record(Q(SELECT(y.id)));
    c = record(Q(SELECT(z.id)));
    ck_assert(alike(&a, &b) && !alike(&a, &c));
    ck_assert_ptr_null(qc_recipe_match(NULL, qc_current_arena(), a.clauses, 0));
}
END_TEST

START_TEST(what_is_absent_is_left_out)
{
    qc_bool none = ONLY_IF(false, EQ(Fellow_id, 1)), some = EQ(Fellow_id, 1);
    qc_bool both = AND(Fellow_is_active, some);
    equal(Q(SELECT(Fellow)), Q(SELECT(Fellow).WHERE(none)));
    equal(Q(SELECT(Fellow)), Q(SELECT(Fellow).WHERE(AND(none, none)).HAVING(none)));
    equal(Q(SELECT(Fellow).WHERE(both)),
          Q(SELECT(Fellow).WHERE(AND(Fellow_is_active, none, some))));
    equal(Q(SELECT(Fellow).ORDER_BY(Fellow_id)),
          Q(SELECT(Fellow).ORDER_BY(DESC(ONLY_IF(false, Fellow_name)), Fellow_id)));
    equal(Q(SELECT(Fellow)), Q(SELECT(Fellow).ORDER_BY(ONLY_IF(false, Fellow_name))));
    equal(Q(UPDATE(Fellow).SET(Fellow_id, 1).ALL_ROWS),
          Q(UPDATE(Fellow)
                .SET(Fellow_name, ONLY_IF(false, Fellow_nick))
                .SET(Fellow_id, 1)
                .ALL_ROWS));
    equal(Q(SELECT(Fellow).JOIN(Gadget)), Q(SELECT(Fellow).JOIN(Gadget, none)));
}
END_TEST

START_TEST(extended_queries_are_flat)
{
    QUERY_OF(Fellow) q = QUERY(SELECT(Fellow).WHERE(EQ(Fellow_id, 1)));
    QUERY_OF(Fellow) longer = QUERY(EXTEND(q).LIMIT(2));
    const qc_clause *direct = Q(SELECT(Fellow).WHERE(EQ(Fellow_id, 5)).LIMIT(6));
    equal(direct, Q(EXTEND(q).LIMIT(2)));
    equal(direct, longer.node->u.clauses);
    equal(where(EXISTS(longer)), where(EXISTS(SELECT(Fellow).WHERE(EQ(Fellow_id, 5)).LIMIT(6))));
    equal(Q(SELECT(Fellow).UNION(longer)),
          Q(SELECT(Fellow).UNION(SELECT(Fellow).WHERE(EQ(Fellow_id, 5)).LIMIT(6))));
    qc_key key = key_of(longer.node->u.clauses);
    ck_assert_uint_eq(key.bind_count, 2);
    ck_assert_int_eq(key.binds[1]->u.integer, 2);
}
END_TEST

START_TEST(variants_differ)
{
    qc_key a, b;
    qc_fingerprint(qc_current_arena(), Q(SELECT(Fellow)), 1, &a);
    qc_fingerprint(qc_current_arena(), Q(SELECT(Fellow)), 2, &b);
    qc_hash_key(&a);
    qc_hash_key(&b);
    ck_assert(!same(&a, &b));
    ck_assert(a.hash != b.hash);
}
END_TEST

/* ---- Many. ---- */

/* AND of `count` tests, of whose binds every `each` neighbours are one. */
static qc_bool many(size_t count, size_t each)
{
    qc_bool *items = qc_arena_alloc(qc_current_arena(), count * sizeof(*items));
    qc_bigint value = VALUE((int64_t)0);
    for (size_t i = 0; i < count; i++) {
        if (i % each == 0)
            value = VALUE((int64_t)i);
        items[i] = EQ(Fellow_id, value);
    }
    return qc_and_array(items, count);
}

START_TEST(many_binds)
{
    for (size_t count = 1; count < 70000; count = count * 3 + 1) {
        qc_bool all = many(count, 1), reversed = many(count, 1);
        qc_key key = key_of(Q(SELECT(Fellow).WHERE(all).WHERE(all)));
        ck_assert_uint_eq(key.bind_count, count);
        for (size_t i = 0; i < count; i++)
            ck_assert_int_eq(key.binds[i]->u.integer, (int64_t)i);
        equal(Q(SELECT(Fellow).WHERE(all).WHERE(all)),
              Q(SELECT(Fellow).WHERE(reversed).WHERE(reversed)));
        ck_assert_uint_eq(key_of(Q(SELECT(Fellow).WHERE(all).WHERE(reversed))).bind_count,
                          2 * count);
        ck_assert_uint_eq(key_of(Q(SELECT(Fellow).WHERE(many(count, 5)))).bind_count,
                          (count + 4) / 5);
    }
}
END_TEST

START_TEST(long_texts)
{
    static char a[5000], b[5000];
    memset(a, 'x', sizeof(a) - 1);
    memcpy(b, a, sizeof(a));
    equal(Q(SELECT(QC_LABELLED(Fellow_id, a))), Q(SELECT(QC_LABELLED(Fellow_id, b))));
    b[4998] = 'y';
    qc_key of_a = key_of(Q(SELECT(QC_LABELLED(Fellow_id, a))));
    qc_key of_b = key_of(Q(SELECT(QC_LABELLED(Fellow_id, b))));
    ck_assert(!same(&of_a, &of_b));
}
END_TEST

/* ---- Random pairs: the tree dump is the other opinion. ---- */

static uint32_t state;

static unsigned pick(unsigned count)
{
    state = state * 1664525 + 1013904223;
    return (state >> 16) % count;
}

static qc_bigint random_number(int depth)
{
    switch (pick(depth ? 6 : 3)) {
    case 0:
        return Fellow_id;
    case 1:
        return Fellow_boss_id;
    case 2:
        return VALUE((int64_t)5);
    case 3:
        return ADD(random_number(depth - 1), random_number(depth - 1));
    case 4:
        return COALESCE(random_number(depth - 1), random_number(depth - 1));
    default:
        return AS(NEG(random_number(depth - 1)), x);
    }
}

static qc_bool random_predicate(int depth)
{
    switch (pick(depth ? 7 : 2)) {
    case 0:
        return Fellow_is_active;
    case 1:
        return EQ(Fellow_id, 1);
    case 2:
        return LT(random_number(depth - 1), random_number(depth - 1));
    case 3:
        return AND(random_predicate(depth - 1), random_predicate(depth - 1));
    case 4:
        return OR(random_predicate(depth - 1), random_predicate(depth - 1));
    case 5:
        return NOT(random_predicate(depth - 1));
    default:
        return EXISTS(SELECT(Fellow).WHERE(random_predicate(depth - 1)).LIMIT(1));
    }
}

START_TEST(keys_are_equal_exactly_when_trees_are)
{
    enum { QUERIES = 400 };
    static const char *trees[QUERIES];
    static recorded queries[QUERIES];
    size_t equals = 0, matches = 0;
    for (uint32_t i = 0; i < QUERIES; i++) {
        state = i * 2654435761u;
        const qc_clause *clauses = where(random_predicate((int)pick(5)));
        trees[i] = qc_tree(clauses);
        queries[i] = record(clauses);
        ck_assert(alike(&queries[i], &queries[i]));
        for (uint32_t j = 0; j < i; j++) {
            bool equal_trees = strcmp(trees[i], trees[j]) == 0;
            ck_assert_msg(same(&queries[i].key, &queries[j].key) == equal_trees, "%s\n%s", trees[i],
                          trees[j]);
            equals += equal_trees;
            matches += alike(&queries[j], &queries[i]);
        }
    }
    ck_assert_uint_gt(equals, 1000);
    ck_assert_uint_eq(matches, equals);
}
END_TEST

/* ---- What is refused. ---- */

START_TEST(poison_is_found)
{
    qc_bool wrong = EQ(Fellow_is_active, 5), zeroed = {NULL};
    QUERY_OF(Fellow) none = {NULL};
    ck_assert_ptr_eq(key_of(Q(SELECT(Fellow).WHERE(wrong))).poison, wrong.node);
    ck_assert_ptr_eq(key_of(Q(SELECT(Fellow).JOIN(Gadget, wrong))).poison, wrong.node);
    ck_assert_ptr_eq(key_of(Q(SELECT(Fellow_id, wrong))).poison, wrong.node);
    ck_assert_ptr_nonnull(key_of(Q(SELECT(Fellow).WHERE(zeroed))).poison);
    qc_text no_item = {NULL};
    qc_key key = key_of(Q(SELECT(Fellow).ORDER_BY(no_item, Fellow_id)));
    ck_assert_ptr_nonnull(key.poison);
    key = key_of(Q(SELECT(Fellow_id, no_item)));
    ck_assert_ptr_nonnull(key.poison);
    ck_assert_ptr_nonnull(key_of(Q(EXTEND(none).LIMIT(1))).poison);
    ck_assert_ptr_nonnull(key_of(Q(SELECT(Fellow).LIMIT(-1))).poison);
    QUERY_OF(Fellow) broken = QUERY(SELECT(Fellow).WHERE(wrong));
    ck_assert_ptr_eq(key_of(Q(EXTEND(broken).LIMIT(1))).poison, wrong.node);
}
END_TEST

#ifndef QC_DEBUG_ARENA
START_TEST(out_of_memory_is_told)
{
    enum { ENOUGH = 1000000 };
    const qc_clause *queries[] = {Q(SELECT(Fellow)), where(many(3000, 1)), where(many(3000, 2))};
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
        for (size_t room = 0; room <= ENOUGH; room += ENOUGH / 100) {
            qc_arena *arena = qc_arena_new();
            qc_key key;
            ck_assert_ptr_nonnull(qc_arena_alloc(arena, room));
            qc_arena_reset(arena);
            arena->next_size = PTRDIFF_MAX / 2;
            qc_fingerprint(arena, queries[i], 0, &key);
            ck_assert(key.nomem || key.bind_count == (i == 1 ? 3000 : i == 2 ? 1500 : 0));
            ck_assert(key.nomem ? room < ENOUGH : i == 0 || room > 0);
            qc_arena_free(arena);
        }
}
END_TEST
#endif

Suite *fingerprint_suite(void)
{
    Suite *suite = suite_create("fingerprint");
    TCase *all = tcase_create("fingerprint");
    tcase_add_test(all, values_are_left_out);
    tcase_add_test(all, structure_is_not);
    tcase_add_test(all, texts_count_by_content);
    tcase_add_test(all, sharing_counts);
    tcase_add_test(all, recipes_match_the_next_of_their_kind);
    tcase_add_test(all, what_is_absent_is_left_out);
    tcase_add_test(all, extended_queries_are_flat);
    tcase_add_test(all, variants_differ);
    tcase_add_test(all, many_binds);
    tcase_add_test(all, long_texts);
    tcase_add_test(all, keys_are_equal_exactly_when_trees_are);
    tcase_add_test(all, poison_is_found);
#ifndef QC_DEBUG_ARENA
    tcase_add_test(all, out_of_memory_is_told);
#endif
    suite_add_tcase(suite, all);
    return suite;
}
