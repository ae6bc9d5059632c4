/* Is there a word for whatever stands where it must not? Every kind of node is put into every
 * clause of every statement: what comes of it is an error in a sentence, or SQL that PostgreSQL's
 * parser reads. */
#include "models.h"
#include "trees.h"

#include "ast/make.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

RECORD(Couple, COLUMN(id, BIGINT), COLUMN(role, TEXT))

enum { MOST = 64 };
static const qc_node *nodes[MOST];
static size_t node_count;

static void add(const qc_node *node)
{
    ck_assert_uint_lt(node_count, MOST);
    nodes[node_count++] = node;
}

static void make_names(void)
{
    ALIAS(User, boss);
    add(NULL);
    add(EQ(User_role, "\xC0").node);
    add(ONLY_IF(false, EQ(User_id, 1)).node);
    add(User.node);
    add(Profile.node);
    add(boss.qc_head);
    add(Couple.node);
    add(User_orders.node);
    add(User_roles.node);
    add(Order_user.node);
    add(User_id.node);
    add(User_nick.node);
    add(Order_user_id.node);
    add(boss.email.node);
    add(EXCLUDED(User_role).node);
    add(AS(User_id, number).node);
    add(DESC(User_id).node);
    add(SELECTIN(User_orders).node);
}

static void make_values(void)
{
    add(VALUE(1).node);
    add(VALUE("x").node);
    add(VALUE(true).node);
    add(ADD(User_id, 1).node);
    add(CONCAT(User_role, "!").node);
    add(CAST(User_id, TEXT).node);
    add(LOWER(User_role).node);
    add(COUNT().node);
    add(SUM(Order_qty).node);
    add(COUNT(User_orders).node);
    add(FILTER(COUNT(User_id), EQ(User_role, "x")).node);
    add(FUNC("left", TEXT, User_role, 1).node);
    add(RAW(BIGINT, "? + 1", User_id).node);
    add(CASE(WHEN(EQ(User_id, 1), "one"), ELSE("other")).node);
    add(SUBQUERY(SELECT(MAX(Order_id))).node);
}

static void make_tests(void)
{
    static const int64_t ids[] = {1, 2};
    add(EQ(User_id, 1).node);
    add(AND(EQ(User_id, 1), IS_NULL(User_nick)).node);
    add(NOT(EQ(User_id, 1)).node);
    add(BETWEEN(User_id, 1, 2).node);
    add(IN(User_id, 1, 2).node);
    add(IN(User_id, SELECT(Order_user_id)).node);
    add(IN_ARRAY(User_id, ids, 2).node);
    add(EXISTS(SELECT(Order).WHERE(EQ(Order_user_id, User_id))).node);
    add(ANY_OF(User_orders, GT(Order_qty, 1)).node);
    add(qc_assign(User_role.node, VALUE("x").node));
    add(qc_query_node(QC_CLAUSES_OF(SELECT(Order_id))));
    add(qc_query_node(QC_CLAUSES_OF(SELECT(User))));
}

/* ---- A statement with one more clause. ---- */

static void judge(const char *name, const qc_clause *clauses, int kind, size_t node)
{
    static const qc_site site = {__FILE__, __func__, __LINE__};
    const char *sql = qc_sql("postgresql", &site, clauses),
               *other = qc_sql("sqlite", &site, clauses);
    char *tree = strncmp(sql, "-- ", 3) != 0 ? tree_of(sql) : NULL;
    if ((tree && strncmp(tree, "error: ", 7) == 0) || strstr(sql, "(null)") ||
        strstr(sql, "memory") || strlen(sql) < 20 || strstr(other, "(null)") || !*qc_tree(clauses))
        ck_abort_msg("%s with node %zu in %s: %s\n%s", name, node, qc_clause_texts[kind], sql,
                     tree ? tree : "");
    free(tree);
}

static void put(const char *name, const qc_clause *statement, int kind, size_t node)
{
    const qc_node *item = nodes[node] ? nodes[node] : &qc_zeroed_node; /* as in every list */
    const qc_node *list[] = {item, NULL}, *twice[] = {User_id.node, item, NULL};
    const uint8_t parts = qc_clause_parts[kind];
    qc_clause clauses[10];
    size_t end = 0;
    for (; statement[end].kind != QC_CLAUSE_END; end++)
        clauses[end] = statement[end];
    for (int way = 0; way < 2; way++) {
        qc_clause *more = &clauses[end];
        *more = (qc_clause){.kind = (uint32_t)kind};
        if (parts & QC_PART_NODE)
            more->node = nodes[node];
        if (parts & QC_PART_ON)
            more->on.node = way ? nodes[node] : NULL;
        if (parts & QC_PART_LIST)
            more->list = way ? twice : list;
        if (parts & QC_PART_ON && way)
            more->node = Profile.node;
        clauses[end + 1] = (qc_clause){.kind = QC_CLAUSE_END};
        judge(name, clauses, kind, node);
    }
}

/* Not those that programs cannot give a node: they take numbers or structs, or are the library's.
 */
static bool takes_nodes(int kind)
{
    return kind != QC_CLAUSE_END && kind != QC_CLAUSE_HEAD && kind != QC_CLAUSE_ITEMS &&
           kind != QC_CLAUSE_ROWS && kind != QC_CLAUSE_VALUES && kind != QC_CLAUSE_KEYS &&
           kind != QC_CLAUSE_ARRAYS && kind != QC_CLAUSE_OWN_TABLE && kind != QC_CLAUSE_INSERT &&
           kind != QC_CLAUSE_UPDATE && kind != QC_CLAUSE_DELETE && kind != QC_CLAUSE_LIMIT &&
           kind != QC_CLAUSE_OFFSET;
}

static void put_all(const char *name, const qc_clause *statement)
{
    for (int kind = 0; kind < QC_CLAUSE_KIND_COUNT; kind++)
        for (size_t node = 0; takes_nodes(kind) && node < node_count; node++)
            put(name, statement, kind, node);
}
#define PUT(name, ...) put_all(name, QC_CLAUSES_OF(__VA_ARGS__))

static void begin(void)
{
    make_names();
    make_values();
    make_tests();
}

START_TEST(any_node_in_any_clause_of_a_query)
{
    PUT("select", SELECT(User));
    PUT("select values", SELECT(User_role, COUNT()).GROUP_BY(User_role));
    PUT("select a record", SELECT_AS(Couple, User_id, User_role));
    PUT("distinct", SELECT(User_role).DISTINCT());
    PUT("union", SELECT(User_id).UNION(SELECT(Order_id)).ORDER_BY(User_id).LIMIT(1));
    PUT("join", SELECT(User).JOIN(User_orders).WHERE(GT(Order_qty, 1)));
}
END_TEST

START_TEST(any_node_in_any_clause_of_a_write)
{
    static const struct User user = {.email = "e", .role = "r"};
    PUT("insert", INSERT(User).SET(User_email, "x"));
    PUT("insert a struct", INSERT_ROW(User, &user));
    PUT("insert from a query", INSERT(Note).COLUMNS(Note_text).FROM_QUERY(SELECT(User_role)));
    PUT("upsert", INSERT(User).SET(User_email, "x").ON_CONFLICT(User_email).SET(User_role, "y"));
    PUT("upsert a struct", INSERT_ROW(User, &user).ON_CONFLICT(User_email).DO_UPDATE());
    PUT("update", UPDATE(User).SET(User_role, "x").WHERE(EQ(User_id, 1)));
    PUT("delete", DELETE(User).WHERE(EQ(User_id, 1)).RETURNING());
}
END_TEST

Suite *places_suite(void)
{
    Suite *suite = suite_create("places");
    TCase *all = tcase_create("nodes");
    tcase_add_checked_fixture(all, begin, NULL);
    tcase_add_test(all, any_node_in_any_clause_of_a_query);
    tcase_add_test(all, any_node_in_any_clause_of_a_write);
    suite_add_tcase(suite, all);
    return suite;
}
