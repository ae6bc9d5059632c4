/* The constructors: structure, flags, what is refused, depth, lists; memory that runs out. */
#include "ast_models.h"
#include "ast/ast.h"
#include "base/arena_inline.h"
#include "model/type_info.h"

#include <check.h>
#include <string.h>

static void is_poison(const qc_node *node, enum qc_code code, const char *message)
{
    ck_assert_int_eq(node->kind, QC_NODE_POISON);
    ck_assert_int_eq(node->op, code);
    ck_assert_str_eq(node->u.text, message);
}

static void is_node(const qc_node *node, int kind, int type, int op, unsigned count)
{
    ck_assert_msg(node->kind != QC_NODE_POISON, "%s", node->u.text);
    ck_assert_int_eq(node->kind, kind);
    ck_assert_int_eq(node->type, type);
    ck_assert_int_eq(node->op, op);
    ck_assert_uint_eq(node->count, count);
}

static void is_kind(int kind, const qc_node *node)
{
    ck_assert_int_eq(node->kind, kind);
}

static void is_same(const qc_node *node, const qc_node *expected)
{
    ck_assert_ptr_eq(node, expected);
}

static void nullable(const qc_node *node)
{
    ck_assert(node->flags & QC_NODE_NULLABLE);
}

static void not_nullable(const qc_node *node)
{
    ck_assert(!(node->flags & QC_NODE_NULLABLE));
}

static void aggregate(bool expected, const qc_node *node)
{
    ck_assert_int_eq((node->flags & QC_NODE_AGGREGATE) != 0, expected);
}

static const char zeroed[] = "a zeroed handle was used as an expression";
static const char misplaced[] =
    "ONLY_IF(false, …) stands where nothing can be left out; put it around the whole predicate, "
    "ordering or SET";

/* ---- Structure. ---- */

START_TEST(types_agree_with_the_list)
{
    ck_assert_str_eq(qc_type_infos[QC_TYPE_text].word, "TEXT");
    ck_assert_uint_eq(qc_type_infos[QC_TYPE_json].oid, 3802);
    ck_assert_uint_eq(qc_type_infos[QC_TYPE_bigint].array_oid, 1016);
    ck_assert_uint_eq(qc_type_infos[QC_TYPE_bigint].value_offset, 8);
    ck_assert_uint_eq(qc_type_infos[QC_TYPE_bigint].optional_size, 16);
    ck_assert_uint_eq(qc_type_infos[QC_TYPE_numeric].value_offset, 0);
    ck_assert(qc_type_infos[QC_TYPE_bytea].pointer && !qc_type_infos[QC_TYPE_uuid].pointer);
    ck_assert_str_eq(qc_type_infos[QC_TYPE_bool].name, "bool");
    ck_assert_str_eq(qc_version(), QUERCUS_VERSION);
}
END_TEST

START_TEST(predicates)
{
    const qc_node *x = EQ(Fellow_id, 7).node;
    is_node(x, QC_NODE_BINARY, QC_TYPE_bool, QC_OP_EQ, 2);
    ck_assert_ptr_eq(qc_kid(x, 0), Fellow_id.node);
    ck_assert_uint_eq(x->depth, 1);
    x = GT(7, Fellow_id).node;
    ck_assert_ptr_eq(qc_kid(x, 1), Fellow_id.node);
    is_node(BETWEEN(Fellow_id, 1, 2).node, QC_NODE_BETWEEN, QC_TYPE_bool, QC_OP_BETWEEN, 3);
    is_node(IS_NULL(Fellow_nick).node, QC_NODE_UNARY, QC_TYPE_bool, QC_OP_IS_NULL, 1);
    is_node(IN(Fellow_id, 1, 2, 3).node, QC_NODE_IN, QC_TYPE_bool, QC_OP_IN, 4);
    is_node(NOT_IN(Fellow_id, SELECT(Gadget_fellow_id)).node, QC_NODE_IN, QC_TYPE_bool,
            QC_OP_NOT_IN, 2);
    is_node(EXISTS(SELECT(Gadget)).node, QC_NODE_EXISTS, QC_TYPE_bool, 0, 1);
    is_node(IN(Fellow_id, ONLY_IF(false, VALUE(1l))).node, QC_NODE_LOGIC, QC_TYPE_bool,
            QC_OP_OR, 0);
}
END_TEST

START_TEST(patterns_are_escaped)
{
    const struct {
        qc_bool predicate;
        const char *pattern;
    } cases[] = {{CONTAINS(Fellow_name, "50%_\\x"), "%50\\%\\_\\\\x%"},
                 {STARTS_WITH(Fellow_name, "a"), "a%"},
                 {ENDS_WITH(Fellow_name, ""), "%"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        is_node(cases[i].predicate.node, QC_NODE_BINARY, QC_TYPE_bool, QC_OP_LIKE, 2);
        ck_assert_str_eq(qc_kid(cases[i].predicate.node, 1)->u.text, cases[i].pattern);
    }
    const char *nothing = NULL;
    nullable(qc_kid(CONTAINS(Fellow_name, nothing).node, 1));
}
END_TEST

START_TEST(arrays_are_copied_deep)
{
    char first[] = "x";
    const char *texts[] = {first, NULL, "z"};
    const qc_node *array = qc_kid(IN_ARRAY(Fellow_name, texts, 3).node, 1);
    is_node(array, QC_NODE_ARRAY, QC_TYPE_text, 0, 0);
    ck_assert_uint_eq(qc_bind_size(array), 3);
    first[0] = '!';
    const char *const *copies = array->u.data;
    ck_assert_str_eq(copies[0], "x");
    ck_assert_ptr_null(copies[1]);
    const int64_t ids[] = {1, 2};
    array = qc_kid(IN_ARRAY(Fellow_id, ids, 2).node, 1);
    ck_assert_mem_eq(array->u.data, ids, sizeof(ids));
    const int64_t *none = NULL;
    ck_assert_uint_eq(qc_bind_size(qc_kid(IN_ARRAY(Fellow_id, none, 0).node, 1)), 0);
    is_poison(IN_ARRAY(Fellow_id, none, 2).node, QC_ERROR_MISUSE,
              "the array of IN_ARRAY is NULL, but its count is 2");
    texts[1] = "\xff";
    is_poison(IN_ARRAY(Fellow_name, texts, 3).node, QC_ERROR_VALUE,
              "a text value is not valid UTF-8 (byte 1)");
}
END_TEST

START_TEST(numbers_beside_numbers)
{
    const qc_node *x = ADD(Gadget_size, 1).node;
    is_node(x, QC_NODE_BINARY, QC_TYPE_int, QC_OP_ADD, 2);
    ck_assert_int_eq(qc_kid(x, 1)->type, QC_TYPE_int);
    is_node(MUL(2, Gadget_amount).node, QC_NODE_BINARY, QC_TYPE_numeric, QC_OP_MUL, 2);
    is_node(NEG(Gadget_size).node, QC_NODE_UNARY, QC_TYPE_int, QC_OP_NEG, 1);
    is_poison(ADD(Gadget_size, 3000000000).node, QC_ERROR_VALUE,
              "a number does not fit the INTEGER beside it; CAST that");
}
END_TEST

START_TEST(functions)
{
    is_node(COUNT().node, QC_NODE_CALL, QC_TYPE_bigint, QC_FUNCTION_COUNT, 0);
    is_node(SUM(Gadget_size).node, QC_NODE_CALL, QC_TYPE_bigint, QC_FUNCTION_SUM, 1);
    is_node(SUM(DISTINCT(Fellow_id)).node, QC_NODE_CALL, QC_TYPE_numeric, QC_FUNCTION_SUM, 1);
    is_node(COALESCE(Fellow_nick, Fellow_name, "?").node, QC_NODE_CALL, QC_TYPE_text,
            QC_FUNCTION_COALESCE, 3);
    is_node(ROUND(Gadget_amount, 1).node, QC_NODE_CALL, QC_TYPE_numeric, QC_FUNCTION_ROUND, 2);
    is_node(NOW().node, QC_NODE_CALL, QC_TYPE_timestamptz, QC_FUNCTION_NOW, 0);
    const qc_node *x = EXTRACT(MONTH, Fellow_made).node;
    is_node(x, QC_NODE_CALL, QC_TYPE_numeric, QC_FUNCTION_EXTRACT, 1);
    ck_assert_int_eq(x->u.integer, QC_DATE_FIELD_MONTH);
    is_node(FUNC("random", DOUBLE).node, QC_NODE_FUNC, QC_TYPE_double, 0, 0);
    is_node(FUNC("left", TEXT, Fellow_name, 3).node, QC_NODE_FUNC, QC_TYPE_text, 0, 2);
    is_node(RAW(BOOLEAN, "? @> ?", Fellow_name, "x").node, QC_NODE_RAW, QC_TYPE_bool, 0, 2);
    is_node(OP("~", BOOLEAN, Fellow_name, "x").node, QC_NODE_OP, QC_TYPE_bool, 0, 2);
    is_node(CONCAT(Fellow_name, "-", Fellow_nick).node, QC_NODE_BINARY, QC_TYPE_text, QC_OP_CONCAT,
            3);
    is_same(CONCAT(Fellow_name).node, Fellow_name.node);
    x = CAST(Fellow_id, VARCHAR(20)).node;
    is_node(x, QC_NODE_CAST, QC_TYPE_text, 0, 1);
    ck_assert_int_eq(x->u.integer, 20 * 65536);
    ck_assert(x->flags & QC_NODE_VARCHAR);
}
END_TEST

START_TEST(cases)
{
    const qc_node *x = CASE(WHEN(EQ(Fellow_id, 1), "a"), ELSE("b")).node;
    is_node(x, QC_NODE_CASE, QC_TYPE_text, 0, 2);
    not_nullable(x);
    nullable(CASE(WHEN(EQ(Fellow_id, 1), "a"), WHEN(Fellow_is_active, "b")).node);
    is_node(CASE(WHEN(ONLY_IF(false, Fellow_is_active), 1), WHEN(Fellow_is_active, 2)).node,
            QC_NODE_CASE, QC_TYPE_int, 0, 1);
    is_poison(CASE(WHEN(Fellow_is_active, 1), ELSE(2), WHEN(Fellow_is_active, 3)).node,
              QC_ERROR_MISUSE,
              "CASE takes one WHEN or more, then at most one ELSE, which is the last");
    is_kind(QC_NODE_POISON, CASE(ELSE(2), ELSE(3)).node);
}
END_TEST

START_TEST(modifiers)
{
    const char *name = "total";
    const qc_node *x = QC_LABELLED(SUM(Gadget_size), name).node;
    is_node(x, QC_NODE_LABEL, QC_TYPE_bigint, 0, 1);
    ck_assert_str_eq(x->u.text, "total");
    ck_assert_ptr_ne(x->u.text, name);
    x = NULLS_LAST(DESC(Fellow_id)).node;
    is_node(x, QC_NODE_ORDER, 0, QC_ORDER_DESC | QC_ORDER_NULLS_LAST, 1);
    ck_assert_ptr_eq(qc_kid(x, 0), Fellow_id.node);
    x = FILTER(COUNT(), Fellow_is_active).node;
    is_node(x, QC_NODE_FILTER, QC_TYPE_bigint, 0, 2);
    is_kind(QC_NODE_CALL, FILTER(COUNT(), ONLY_IF(false, Fellow_is_active)).node);
    is_poison(FILTER(Fellow_id, Fellow_is_active).node, QC_ERROR_MISUSE,
              "FILTER stands around COUNT, SUM or another aggregate");
    is_node(qc_assign(Fellow_id.node, VALUE(1l).node), QC_NODE_ASSIGN, 0, 0, 2);
    is_poison(qc_limit(-1), QC_ERROR_VALUE,
              "LIMIT or OFFSET is -1; a number of rows cannot be negative");
    ck_assert_int_eq(qc_limit(5)->u.integer, 5);
}
END_TEST

START_TEST(flags_go_up)
{
    not_nullable(EQ(Fellow_id, 1).node);
    nullable(EQ(Fellow_nick, "x").node);
    nullable(NOT(EQ(Fellow_nick, "x")).node);
    nullable(AND(EQ(Fellow_id, 1), EQ(Fellow_nick, "x")).node);
    not_nullable(IS_NULL(Fellow_nick).node);
    not_nullable(COUNT(Fellow_nick).node);
    nullable(SUM(Fellow_id).node);
    nullable(MAX(Fellow_id).node);
    not_nullable(COALESCE(Fellow_nick, "x").node);
    nullable(COALESCE(Fellow_nick, Fellow_nick).node);
    nullable(NULLIF(Fellow_name, "x").node);
    nullable(SUBQUERY(SELECT(Fellow_id)).node);
    aggregate(false, EQ(Fellow_id, 1).node);
    aggregate(true, GT(COUNT(), 1).node);
    aggregate(true, IS_NULL(MAX(Fellow_id)).node);
    aggregate(false, EXISTS(SELECT(COUNT())).node);
    aggregate(false, EQ(Fellow_id, SUBQUERY(SELECT(MAX(Fellow_id)))).node);
}
END_TEST

START_TEST(aliases)
{
    ALIAS(Fellow, boss);
    is_node(boss.qc_head, QC_NODE_ALIAS, 0, 0, 1);
    ck_assert_str_eq(boss.qc_head->u.text, "boss");
    ck_assert_ptr_eq(qc_kid(boss.qc_head, 0), Fellow.node);
    is_node(boss.nick.node, QC_NODE_COLUMN, QC_TYPE_text, 0, 1);
    ck_assert_ptr_eq(qc_kid(boss.nick.node, 0), boss.qc_head);
    ck_assert_ptr_eq(boss.made.node->u.column, Fellow_made.node->u.column);
    nullable(boss.nick.node);
    not_nullable(boss.id.node);
}
END_TEST

/* ---- AND and OR. ---- */

START_TEST(logic_is_flat)
{
    qc_bool a = EQ(Fellow_id, 1), b = EQ(Fellow_id, 2), c = EQ(Fellow_id, 3);
    const qc_node *x = AND(AND(a, b), c).node;
    is_node(x, QC_NODE_LOGIC, QC_TYPE_bool, QC_OP_AND, 3);
    ck_assert_ptr_eq(qc_kid(x, 1), b.node);
    ck_assert_uint_eq(x->depth, 2);
    is_node(OR(AND(a, b), c).node, QC_NODE_LOGIC, QC_TYPE_bool, QC_OP_OR, 2);
    is_same(AND(a).node, a.node);
    is_same(AND(ONLY_IF(false, b), a).node, a.node);
    is_kind(QC_NODE_ABSENT, OR(ONLY_IF(false, b), ONLY_IF(false, a)).node);
    is_kind(QC_NODE_ABSENT, NOT(ONLY_IF(false, b)).node);
    is_node(qc_and_array(NULL, 0).node, QC_NODE_LOGIC, QC_TYPE_bool, QC_OP_AND, 0);
    is_node(qc_or_array(NULL, 0).node, QC_NODE_LOGIC, QC_TYPE_bool, QC_OP_OR, 0);
    is_node(AND(qc_and_array(NULL, 0), a, b).node, QC_NODE_LOGIC, QC_TYPE_bool, QC_OP_AND, 2);
}
END_TEST

START_TEST(logic_in_a_loop_stays_shallow)
{
    qc_bool filter = EQ(Fellow_id, 0);
    for (int i = 1; i < 20000; i++)
        filter = AND(filter, EQ(Fellow_id, i));
    is_kind(QC_NODE_LOGIC, filter.node);
    ck_assert_uint_lt(filter.node->depth, 60);
    size_t leaves = 0;
    for (const qc_node *at = filter.node; at->kind == QC_NODE_LOGIC; at = qc_kid(at, 0))
        leaves += at->count - (qc_kid(at, 0)->kind == QC_NODE_LOGIC);
    ck_assert_uint_eq(leaves, 20000);
}
END_TEST

START_TEST(logic_of_an_array)
{
    enum { COUNT_OF = 5000 };
    static qc_bool items[COUNT_OF];
    for (int i = 0; i < COUNT_OF; i++)
        items[i] = ONLY_IF(i % 2 == 0, EQ(Fellow_id, i));
    is_node(qc_or_array(items, COUNT_OF).node, QC_NODE_LOGIC, QC_TYPE_bool, QC_OP_OR,
            COUNT_OF / 2);
    items[77].node = NULL;
    is_poison(qc_or_array(items, COUNT_OF).node, QC_ERROR_MISUSE, zeroed);
}
END_TEST

/* ---- What is refused. ---- */

START_TEST(zeroed_handles_are_poison)
{
    qc_bigint id = {NULL};
    qc_text name = {NULL};
    qc_bool yes = {NULL};
    qc_numeric amount = {NULL};
    qc_timestamptz made = {NULL};
    const qc_node *made_of_them[] = {
        EQ(id, 1).node, EQ(1, id).node, EQ(id, id).node, EQ(Fellow_id, id).node,
        BETWEEN(id, 1, 2).node, BETWEEN(Fellow_id, id, 2).node, IN(id, 1).node,
        IN(Fellow_id, 1, id, 2).node, IN(id, SELECT(Gadget_id)).node, AND(yes, yes).node,
        AND(yes, Fellow_is_active).node, OR(Fellow_is_active, yes).node, NOT(yes).node,
        IS_NULL(name).node, CONTAINS(name, "x").node, LOWER(name).node, ADD(id, 1).node,
        ADD(Fellow_id, id).node, NEG(id).node, COUNT(id).node, SUM(id).node, MIN(id).node,
        COALESCE(name, "x").node, COALESCE(Fellow_nick, name).node, ROUND(amount, 1).node,
        CONCAT(Fellow_name, name, "x").node, CAST(id, TEXT).node, EXTRACT(DAY, made).node,
        DATE_TRUNC(DAY, made).node, AS(id, x).node, DESC(id).node, DISTINCT(id).node,
        FILTER(COUNT(), yes).node, FILTER(qc_count_all(), yes).node, VALUE(id).node,
        CASE(WHEN(yes, 1), ELSE(2)).node, CASE(WHEN(Fellow_is_active, id), ELSE(2l)).node,
        FUNC("f", TEXT, name).node, FUNC("f", TEXT, Fellow_name, name, Fellow_name).node,
        OP("~", TEXT, name, name).node, RAW(TEXT, "?", name).node,
        EXISTS((qc_query_Fellow){NULL}).node,
        qc_assign(NULL, Fellow_id.node), qc_assign(Fellow_id.node, NULL),
        qc_in_array(QC_OP_IN, NULL, QC_TYPE_bigint, NULL, 0), ONLY_IF(true, yes).node};
    for (size_t i = 0; i < sizeof(made_of_them) / sizeof(made_of_them[0]); i++) {
        ck_assert_msg(made_of_them[i]->kind == QC_NODE_POISON, "number %zu is no poison", i);
        ck_assert_str_eq(made_of_them[i]->u.text, zeroed);
    }
}
END_TEST

START_TEST(poison_is_handed_on)
{
    qc_bool bad = EQ(Every_a_bool, 2);
    is_same(AND(Fellow_is_active, NOT(OR(bad, Fellow_is_active))).node, bad.node);
    is_same(CASE(WHEN(bad, 1), ELSE(2)).node, bad.node);
    is_same(EXISTS(SELECT(Fellow).WHERE(bad)).node, bad.node);
    is_same(IN(Fellow_id, SELECT(Gadget_id).ORDER_BY(Gadget_id, DESC(bad))).node, bad.node);
}
END_TEST

START_TEST(absent_operands_are_refused_where_nothing_can_be_left_out)
{
    is_poison(EQ(Fellow_name, ONLY_IF(false, Fellow_nick)).node, QC_ERROR_MISUSE, misplaced);
    is_poison(COALESCE(ONLY_IF(false, Fellow_nick), ONLY_IF(false, Fellow_nick)).node,
              QC_ERROR_MISUSE, misplaced);
    is_kind(QC_NODE_ABSENT, DESC(ONLY_IF(false, Fellow_id)).node);
    is_kind(QC_NODE_ABSENT, AS(ONLY_IF(false, Fellow_id), x).node);
    is_kind(QC_NODE_ABSENT, qc_assign(Fellow_id.node, &qc_absent));
}
END_TEST

START_TEST(depth_is_limited)
{
    qc_bool x = Fellow_is_active;
    for (int i = 0; i < QC_MAX_DEPTH; i++)
        x = NOT(x);
    is_node(x.node, QC_NODE_UNARY, QC_TYPE_bool, QC_OP_NOT, 1);
    for (int i = 0; i < 100000; i++)
        x = NOT(x);
    is_poison(x.node, QC_ERROR_TOO_DEEP, "the query is nested deeper than 1000 levels");
    qc_bigint sum = Fellow_id;
    qc_bool exists = Fellow_is_active;
    qc_text label = Fellow_name;
    for (int i = 0; i < 2000; i++) {
        sum = ADD(sum, Fellow_id);
        exists = EXISTS(SELECT(Fellow).WHERE(exists));
        label = COALESCE(CONCAT(label, "x"), "y");
    }
    ck_assert_int_eq(sum.node->op, QC_ERROR_TOO_DEEP);
    ck_assert_int_eq(exists.node->op, QC_ERROR_TOO_DEEP);
    ck_assert_int_eq(label.node->op, QC_ERROR_TOO_DEEP);
}
END_TEST

#ifndef QC_DEBUG_ARENA
/* Debug arenas call malloc for every node; there tests/fault makes it fail. */
START_TEST(out_of_memory_is_poison)
{
    ck_assert_ptr_nonnull(VALUE(1).node);
    qc_arena *arena = qc_current_arena();
    const qc_arena before = *arena;
    arena->end = arena->next;
    arena->next_size = PTRDIFF_MAX / 2;
    ALIAS(Fellow, boss);
    const char *texts[] = {"x"};
    const qc_node *made[] = {VALUE(1).node, EQ(Fellow_id, 1).node, EQ(Fellow_name, "x").node,
                             IS_NULL(Fellow_id).node, AND(Fellow_is_active, Fellow_is_active).node,
                             COUNT().node, COALESCE(Fellow_nick, Fellow_name).node,
                             IN_ARRAY(Fellow_name, texts, 1).node, CONTAINS(Fellow_name, "x").node,
                             AS(Fellow_id, x).node, EXISTS(SELECT(Fellow)).node, boss.id.node,
                             boss.qc_head, EQ(Every_a_bool, 2).node, qc_node_list(NULL, 0)[0]};
    for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
        is_poison(made[i], QC_ERROR_NOMEM, "out of memory");
    ck_assert_str_eq(TREE(SELECT(Fellow)), "-- out of memory");
    arena->end = before.end;
    arena->next_size = before.next_size;
}
END_TEST
#endif

Suite *ast_suite(void)
{
    Suite *suite = suite_create("ast");
    TCase *all = tcase_create("ast");
    tcase_add_test(all, types_agree_with_the_list);
    tcase_add_test(all, predicates);
    tcase_add_test(all, patterns_are_escaped);
    tcase_add_test(all, arrays_are_copied_deep);
    tcase_add_test(all, numbers_beside_numbers);
    tcase_add_test(all, functions);
    tcase_add_test(all, cases);
    tcase_add_test(all, modifiers);
    tcase_add_test(all, flags_go_up);
    tcase_add_test(all, aliases);
    tcase_add_test(all, logic_is_flat);
    tcase_add_test(all, logic_in_a_loop_stays_shallow);
    tcase_add_test(all, logic_of_an_array);
    tcase_add_test(all, zeroed_handles_are_poison);
    tcase_add_test(all, poison_is_handed_on);
    tcase_add_test(all, absent_operands_are_refused_where_nothing_can_be_left_out);
    tcase_add_test(all, depth_is_limited);
#ifndef QC_DEBUG_ARENA
    tcase_add_test(all, out_of_memory_is_poison);
#endif
    suite_add_tcase(suite, all);
    return suite;
}
