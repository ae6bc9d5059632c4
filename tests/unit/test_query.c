/* Queries as nodes: keeping, extending, nesting, walking; structs as rows; trees as text. */
#include "ast_models.h"
#include "ast/ast.h"

#include <check.h>
#include <string.h>

MODEL(Logbook, "logbooks",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(level, SMALLINT),
    COLUMN(text, TEXT, DEFAULT("none")),
    COLUMN(cost, NUMERIC(10, 2), DEFAULT(1.5)),
    COLUMN(at, TIMESTAMPTZ, SERVER_DEFAULT("now()")),
    COLUMN(day, DATE, DEFAULT("2000-01-03")),
    COLUMN(seen, NULLABLE(BOOLEAN), SERVER_DEFAULT("false")),
    COLUMN(ratio, NULLABLE(DOUBLE)),
    COLUMN(uid, NULLABLE(UUID)))

static void is_poison(const qc_node *node, enum qc_code code, const char *message)
{
    ck_assert_int_eq(node->kind, QC_NODE_POISON);
    ck_assert_int_eq(node->op, code);
    ck_assert_str_eq(node->u.text, message);
}

/* The clauses' kinds, a letter each, E for END. */
static void kinds_are(const qc_clause *clauses, const char *expected)
{
    static const char letters[QC_CLAUSE_KIND_COUNT] = {
        [QC_CLAUSE_END] = 'E', [QC_CLAUSE_HEAD] = 'H', [QC_CLAUSE_WHERE] = 'w',
        [QC_CLAUSE_LIMIT] = 'l', [QC_CLAUSE_UNION] = 'u', [QC_CLAUSE_INSERT] = 'i',
        [QC_CLAUSE_VALUES] = 'v', [QC_CLAUSE_RETURNING] = 'r', [QC_CLAUSE_ORDER_BY] = 'o'};
    char kinds[64] = "";
    for (size_t i = 0;; i++) {
        kinds[i] = letters[clauses[i].kind] ? letters[clauses[i].kind] : '?';
        if (clauses[i].kind == QC_CLAUSE_END)
            break;
    }
    ck_assert_str_eq(kinds, expected);
}

static const qc_clause *flat(const qc_clause *clauses)
{
    const qc_clause *made = qc_flatten(qc_current_arena(), clauses);
    ck_assert_ptr_nonnull(made);
    return made;
}

/* ---- Keeping and extending. ---- */

START_TEST(kept_queries_outlive_their_block)
{
    QUERY_OF(Fellow) q;
    {
        qc_bigint order[] = {Fellow_id};
        q = QUERY(SELECT(Fellow).WHERE(EQ(Fellow_id, 1)).ORDER_BY(order[0], DESC(Fellow_name)));
    }
    ck_assert_int_eq(q.node->kind, QC_NODE_QUERY);
    const qc_clause *clauses = q.node->u.clauses;
    kinds_are(clauses, "HwoE");
    ck_assert_ptr_eq(clauses[2].list[0], Fellow_id.node);
    ck_assert_int_eq(clauses[2].list[1]->kind, QC_NODE_ORDER);
    ck_assert_ptr_null(clauses[2].list[2]);
    ck_assert_ptr_eq(flat(clauses), clauses);
}
END_TEST

START_TEST(extending_adds_clauses)
{
    QUERY_OF(Fellow) q = QUERY(SELECT(Fellow).WHERE(Fellow_is_active));
    QUERY_OF(Fellow) longer = QUERY(EXTEND(q).WHERE(EQ(Fellow_id, 1)).LIMIT(3));
    kinds_are(q.node->u.clauses, "HwE");
    kinds_are(flat(longer.node->u.clauses), "HwwlE");
    kinds_are(flat(QC_CLAUSES_OF(EXTEND(longer).ORDER_BY(Fellow_id))), "HwwloE");
    ck_assert_ptr_eq(flat(longer.node->u.clauses)->node, Fellow.node);
}
END_TEST

START_TEST(extending_in_a_loop_is_cheap)
{
    QUERY_OF(Fellow) q = QUERY(SELECT(Fellow));
    size_t before = qc_arena_bytes(qc_current_arena());
    for (int i = 0; i < 100000; i++)
        q = QUERY(EXTEND(q).WHERE(EQ(Fellow_id, i)));
    ck_assert_int_eq(q.node->kind, QC_NODE_QUERY);
    ck_assert_uint_lt(q.node->depth, 5);
    ck_assert_uint_lt(qc_arena_bytes(qc_current_arena()) - before, 64u * 1024 * 1024);
    const qc_clause *clauses = flat(q.node->u.clauses);
    ck_assert_int_eq(qc_kid(clauses[1].node, 1)->u.integer, 0);
    ck_assert_int_eq(qc_kid(clauses[100000].node, 1)->u.integer, 99999);
    ck_assert_int_eq(clauses[100001].kind, QC_CLAUSE_END);
    ck_assert_int_eq(EXISTS(q).node->kind, QC_NODE_EXISTS);
}
END_TEST

START_TEST(nesting_flattens)
{
    QUERY_OF(Fellow) q = QUERY(SELECT(Fellow).WHERE(Fellow_is_active));
    QUERY_OF(Fellow) longer = QUERY(EXTEND(q).LIMIT(3));
    kinds_are(qc_kid(EXISTS(longer).node, 0)->u.clauses, "HwlE");
    const qc_clause *outer = flat(QC_CLAUSES_OF(SELECT(Fellow).UNION(longer)));
    kinds_are(outer, "HuE");
    kinds_are(outer[1].node->u.clauses, "HwlE");
    QUERY_OF(Fellow) united = QUERY(SELECT(Fellow).UNION(longer));
    kinds_are(united.node->u.clauses[1].node->u.clauses, "HwlE");
    is_poison(qc_exists(Fellow.node), QC_ERROR_MISUSE,
              "an expression stands where a query is needed");
}
END_TEST

START_TEST(poison_inside_a_query_is_the_query)
{
    QUERY_OF(Fellow) q = QUERY(SELECT(Fellow).WHERE(EQ(Fellow_is_active, 3)));
    is_poison(q.node, QC_ERROR_VALUE, "3 was used as BOOLEAN, which is 0 or 1");
    ck_assert_ptr_eq(QUERY(EXTEND(q).LIMIT(1)).node, q.node);
    qc_bool zeroed = {NULL};
    is_poison(QUERY(SELECT(Fellow).WHERE(zeroed)).node, QC_ERROR_MISUSE,
              "a zeroed handle was used as an expression");
    is_poison(QUERY(SELECT(Fellow).LIMIT(-3)).node, QC_ERROR_VALUE,
              "LIMIT or OFFSET is -3; a number of rows cannot be negative");
}
END_TEST

/* ---- Walking. ---- */

static bool count_node(void *data, const qc_node *node)
{
    size_t *counts = data;
    counts[node->kind]++;
    return node->kind != QC_NODE_LOGIC;
}

START_TEST(walks_see_every_node)
{
    size_t counts[QC_NODE_KIND_COUNT] = {0};
    QUERY_OF(Fellow) q = QUERY(SELECT(Fellow).WHERE(EQ(Fellow_id, 1)));
    q = QUERY(EXTEND(q).JOIN(Fellow_gadgets).WHERE(IN(Fellow_id, SELECT(Gadget_id).LIMIT(2))));
    ck_assert(qc_walk(q.node, count_node, counts));
    ck_assert_uint_eq(counts[QC_NODE_QUERY], 3);
    ck_assert_uint_eq(counts[QC_NODE_BIND], 2);
    ck_assert_uint_eq(counts[QC_NODE_COLUMN], 3);
    ck_assert_uint_eq(counts[QC_NODE_TABLE], 5);
    ck_assert_uint_eq(counts[QC_NODE_RELATION], 1);
    qc_bool stop = AND(Fellow_is_active, Fellow_is_active);
    ck_assert(!qc_walk(NOT(stop).node, count_node, counts));
    ck_assert_uint_eq(counts[QC_NODE_COLUMN], 3);
}
END_TEST

/* ---- Rows. ---- */

static const qc_column *column(size_t place)
{
    return &qc_table_Logbook.columns[place];
}

static void field_is(const struct Logbook *row, size_t place, int type, const char *expected)
{
    qc_strbuf text = {0};
    const qc_node *value = qc_field_value(column(place), row);
    ck_assert_int_eq(value->type, type);
    qc_print_value(&text, value);
    ck_assert_str_eq(text.text, expected);
    qc_strbuf_free(&text);
}

START_TEST(fields_are_binds)
{
    struct Logbook row = {.id = 7, .level = -2, .text = "it's", .cost = {"2.50"}, .at = {1},
                      .day = {366}, .seen = {true, true}, .ratio = {true, 0.5},
                      .uid = {true, {{0xAB}}}};
    field_is(&row, qc_place_Logbook_id, QC_TYPE_bigint, "7");
    field_is(&row, qc_place_Logbook_level, QC_TYPE_smallint, "-2");
    field_is(&row, qc_place_Logbook_text, QC_TYPE_text, "'it''s'");
    field_is(&row, qc_place_Logbook_cost, QC_TYPE_numeric, "2.50");
    field_is(&row, qc_place_Logbook_day, QC_TYPE_date, "'2001-01-01'");
    field_is(&row, qc_place_Logbook_seen, QC_TYPE_bool, "true");
    field_is(&row, qc_place_Logbook_ratio, QC_TYPE_double, "0.5");
    field_is(&row, qc_place_Logbook_uid, QC_TYPE_uuid, "'ab000000-0000-0000-0000-000000000000'");
    for (size_t i = 0; i < qc_table_Logbook.column_count; i++)
        ck_assert(!qc_field_is_default(column(i), &row));
    ck_assert_ptr_eq(qc_field_value(column(qc_place_Logbook_text), &row)->u.text, row.text);
    row.text = "\xff";
    is_poison(qc_field_value(column(qc_place_Logbook_text), &row), QC_ERROR_VALUE,
              "the value of logbooks.text is not valid UTF-8");
}
END_TEST

START_TEST(unset_fields_have_defaults)
{
    struct Logbook row = {0};
    for (size_t i = 0; i < qc_table_Logbook.column_count; i++)
        ck_assert_int_eq(qc_field_is_default(column(i), &row),
                         i == qc_place_Logbook_id || i == qc_place_Logbook_at ||
                             i == qc_place_Logbook_seen);
    field_is(&row, qc_place_Logbook_level, QC_TYPE_smallint, "0");
    field_is(&row, qc_place_Logbook_text, QC_TYPE_text, "'none'");
    field_is(&row, qc_place_Logbook_cost, QC_TYPE_numeric, "1.5");
    field_is(&row, qc_place_Logbook_day, QC_TYPE_date, "'2000-01-03'");
    field_is(&row, qc_place_Logbook_ratio, QC_TYPE_double, "NULL");
    field_is(&row, qc_place_Logbook_uid, QC_TYPE_uuid, "NULL");
}
END_TEST

START_TEST(rows_become_values)
{
    struct Logbook rows[5] = {{.level = 1}, {.level = 2}, {.level = 3, .at = {9}}, {.level = 4}};
    const qc_clause *clauses = QC_CLAUSES_OF(INSERT_ROWS(Logbook, rows, 5).RETURNING());
    const qc_clause *made;
    qc_arena *arena = qc_current_arena();
    size_t count;
    made = qc_expand_rows(arena, clauses, 0, 100, &count);
    kinds_are(made, "HivvrE");
    ck_assert_uint_eq(count, 2);
    ck_assert_ptr_eq(qc_kid(made[3].list[0], 0)->u.column, column(qc_place_Logbook_level));
    ck_assert_int_eq(qc_kid(made[3].list[0], 1)->u.integer, 2);
    ck_assert_ptr_nonnull(made[3].list[5]);
    ck_assert_ptr_null(made[3].list[6]);
    kinds_are(qc_expand_rows(arena, clauses, 2, 100, &count), "HivrE");
    kinds_are(qc_expand_rows(arena, clauses, 3, 1, &count), "HivrE");
    kinds_are(qc_expand_rows(arena, clauses, 5, 9, &count), "HirE");
    ck_assert_uint_eq(count, 0);
    const void *pointers[] = {&rows[3], &rows[0]};
    const qc_clause by_pointer[] = {
        {.kind = QC_CLAUSE_HEAD, .node = Logbook.node},
        {.kind = QC_CLAUSE_ROWS, .count = 2, .rows = pointers, .list = (void *)pointers},
        {.kind = QC_CLAUSE_END}};
    made = qc_expand_rows(arena, by_pointer, 0, 9, &count);
    kinds_are(made, "HvvE");
    ck_assert_int_eq(qc_kid(made[1].list[0], 1)->u.integer, 4);
}
END_TEST

START_TEST(a_null_row_is_poison)
{
    struct Logbook *none = NULL;
    size_t count;
    const qc_clause *made = qc_expand_rows(
        qc_current_arena(), QC_CLAUSES_OF(INSERT_ROW(Logbook, none)), 0, 1, &count);
    ck_assert_uint_eq(count, 1);
    is_poison(made[2].list[0], QC_ERROR_MISUSE, "INSERT was given a NULL instead of a struct");
}
END_TEST

/* ---- Text for people. ---- */

static void tree_is(const char *tree, const char *expected)
{
    ck_assert_str_eq(tree, expected);
}

START_TEST(trees)
{
    ALIAS(Fellow, boss);
    tree_is(TREE(SELECT(Fellow, AS(COUNT(), n))
                     .JOIN(Fellow_gadgets)
                     .LEFT_JOIN(boss, EQ(boss.id, Fellow_boss_id))
                     .WHERE(AND(NOT_IN(Fellow_id, 1, 2), CONTAINS(Fellow_name, "a'b")))
                     .ORDER_BY(NULLS_FIRST(DESC(EXTRACT(YEAR, Fellow_made))))
                     .LIMIT(5)),
            "HEAD\n"
            "ITEMS\n"
            "  table Fellow\n"
            "  label n: BIGINT\n"
            "    call count: BIGINT\n"
            "JOIN\n"
            "  relation Fellow.gadgets\n"
            "LEFT_JOIN\n"
            "  alias boss\n"
            "    table Fellow\n"
            "  binary =: BOOLEAN or NULL\n"
            "    column boss.id: BIGINT\n"
            "    column Fellow.boss_id: BIGINT or NULL\n"
            "WHERE\n"
            "  logic AND: BOOLEAN\n"
            "    in NOT IN: BOOLEAN\n"
            "      column Fellow.id: BIGINT\n"
            "      bind 1: BIGINT\n"
            "      bind 2: BIGINT\n"
            "    binary LIKE: BOOLEAN\n"
            "      column Fellow.name: TEXT\n"
            "      bind '%a''b%': TEXT\n"
            "ORDER_BY\n"
            "  order DESC NULLS FIRST\n"
            "    call extract year: NUMERIC\n"
            "      column Fellow.made: TIMESTAMPTZ\n"
            "LIMIT\n"
            "  bind 5: BIGINT\n");
}
END_TEST

START_TEST(trees_of_extended_and_nested_queries)
{
    QUERY_OF(Fellow) q = QUERY(SELECT(Fellow).WHERE(EXISTS(SELECT(Gadget))));
    q = QUERY(EXTEND(q).WHERE(EQ(CAST(Fellow_id, VARCHAR(20)), "7")));
    tree_is(TREE(q), "HEAD\n"
                     "  table Fellow\n"
                     "WHERE\n"
                     "  exists: BOOLEAN\n"
                     "    query\n"
                     "      HEAD\n"
                     "        table Gadget\n"
                     "WHERE\n"
                     "  binary =: BOOLEAN\n"
                     "    cast (20, 0): TEXT\n"
                     "      column Fellow.id: BIGINT\n"
                     "    bind '7': TEXT\n");
    qc_bool wrong = EQ(Fellow_is_active, 7);
    tree_is(TREE(DELETE(Fellow).WHERE(wrong)),
            "HEAD\n  table Fellow\nDELETE\nWHERE\n"
            "  poison 7 was used as BOOLEAN, which is 0 or 1\n");
}
END_TEST

static void prints(const qc_node *bind, const char *expected)
{
    qc_strbuf text = {0};
    qc_print_value(&text, bind);
    ck_assert_str_eq(text.text, expected);
    qc_strbuf_free(&text);
}

START_TEST(values_as_text)
{
    char longer[2000];
    memset(longer, 'x', 1999);
    longer[1999] = '\0';
    memcpy(longer + 1022, "世", 3);
    const char *none = NULL;
    const int32_t sizes[30] = {1, -2};
    prints(VALUE("a\tb\x1b[31m\\'é世\x7f\xc2\x9b").node,
           "'a\\x09b\\x1b[31m\\\\''é世\\x7f\\xc2\\x9b'");
    prints(VALUE(none).node, "NULL");
    prints(VALUE(1.5).node, "1.5");
    prints(VALUE(0.1f).node, "0.1");
    prints(VALUE((bool)true).node, "true");
    prints(VALUE(((qc_bytea_value){"\0\xff", 2})).node, "'\\x00ff'");
    prints(VALUE((qc_time_value){1500000}).node, "'00:00:01.5'");
    prints(VALUE(qc_numeric_of("1.50")).node, "1.50");
    prints(qc_kid(IN_ARRAY(Gadget_size, sizes, 2).node, 1), "{1, -2}");
    prints(qc_kid(IN_ARRAY(Gadget_size, sizes, 30).node, 1),
           "{1, -2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}… (30 values)");
    qc_strbuf text = {0};
    qc_print_value(&text, VALUE(longer).node);
    ck_assert_uint_eq(text.length, 1 + 1025 + 1 + strlen("… (1999 bytes)"));
    ck_assert(qc_utf8_valid(text.text, text.length));
    qc_strbuf_free(&text);
}
END_TEST

Suite *query_suite(void)
{
    Suite *suite = suite_create("query");
    TCase *all = tcase_create("query");
    tcase_add_test(all, kept_queries_outlive_their_block);
    tcase_add_test(all, extending_adds_clauses);
    tcase_add_test(all, extending_in_a_loop_is_cheap);
    tcase_add_test(all, nesting_flattens);
    tcase_add_test(all, poison_inside_a_query_is_the_query);
    tcase_add_test(all, walks_see_every_node);
    tcase_add_test(all, fields_are_binds);
    tcase_add_test(all, unset_fields_have_defaults);
    tcase_add_test(all, rows_become_values);
    tcase_add_test(all, a_null_row_is_poison);
    tcase_add_test(all, trees);
    tcase_add_test(all, trees_of_extended_and_nested_queries);
    tcase_add_test(all, values_as_text);
    suite_add_tcase(suite, all);
    return suite;
}
