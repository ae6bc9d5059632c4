/* Every strategy loads the same: random data, random strategies at each level, compared by all that
 * was loaded. */
#include "databases.h"

#include "ast/ast.h"
#include "base/strbuf.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct Tree_columns;
static qc_bool is_tall(const struct Tree_columns *tree);

MODEL(Owner, "owners", COLUMN(id, UUID, PRIMARY_KEY), COLUMN(name, TEXT),
      HAS_MANY(groves, Grove, owner_id), HAS_MANY(samples, Sample, owner_id))

MODEL(Sample, "samples", COLUMN(id, BIGINT, PRIMARY_KEY), COLUMN(owner_id, UUID),
      COLUMN(flag, NULLABLE(BOOLEAN)), COLUMN(small, SMALLINT), COLUMN(number, NUMERIC),
      COLUMN(single, REAL), COLUMN(wide, NULLABLE(DOUBLE)), COLUMN(text, TEXT),
      COLUMN(bytes, BYTEA), COLUMN(day, DATE), COLUMN(hour, TIME), COLUMN(local, TIMESTAMP),
      COLUMN(moment, NULLABLE(TIMESTAMPTZ)), COLUMN(document, JSONB))

MODEL(Grove, "groves", COLUMN(id, BIGINT, PRIMARY_KEY), COLUMN(place, NULLABLE(TEXT)),
      COLUMN(rank, INTEGER), COLUMN(owner_id, NULLABLE(UUID)), BELONGS_TO(owner, Owner, owner_id),
      HAS_MANY(trees, Tree, grove_id),
      HAS_MANY(tall_trees, Tree, grove_id, FILTERED(is_tall), ORDERED_BY(DESC(id))))

MODEL(Tree, "trees", COLUMN(id, INTEGER, PRIMARY_KEY), COLUMN(grove_id, NULLABLE(BIGINT)),
      COLUMN(height, INTEGER), BELONGS_TO(grove, Grove, grove_id),
      HAS_MANY(branches, Branch, tree_id), HAS_ONE(label, Label, tree_id),
      HAS_ONE(first_branch, Branch, tree_id, ORDERED_BY(id)),
      MANY_TO_MANY(birds, Bird, TreeBird, tree_id, bird_id),
      MANY_TO_MANY(visitors, Bird, Visit, tree_id, bird_id))

MODEL(Branch, "branches", COLUMN(id, BIGINT, PRIMARY_KEY), COLUMN(tree_id, NULLABLE(INTEGER)),
      COLUMN(parent_id, NULLABLE(BIGINT)), COLUMN(bark, NULLABLE(BYTEA)),
      BELONGS_TO(parent, Branch, parent_id), HAS_MANY(twigs, Branch, parent_id))

MODEL(Label, "labels", COLUMN(tree_id, INTEGER, PRIMARY_KEY), COLUMN(price, NUMERIC(30, 6)),
      COLUMN(text, VARCHAR(40)))

MODEL(Bird, "birds", COLUMN(id, SMALLINT, PRIMARY_KEY), COLUMN(seen_at, TIMESTAMPTZ),
      COLUMN(weight, DOUBLE), MANY_TO_MANY(trees, Tree, TreeBird, bird_id, tree_id))

MODEL(TreeBird, "tree_birds", COLUMN(tree_id, INTEGER, PRIMARY_KEY),
      COLUMN(bird_id, SMALLINT, PRIMARY_KEY))

/* A pair may be there twice. */
MODEL(Visit, "visits", COLUMN(tree_id, INTEGER), COLUMN(bird_id, SMALLINT))

MODEL(Plot, "plots", COLUMN(x, BIGINT, PRIMARY_KEY), COLUMN(y, TEXT, PRIMARY_KEY),
      HAS_MANY(stones, Stone, KEY(x, y)))

MODEL(Stone, "stones", COLUMN(id, BIGINT, PRIMARY_KEY), COLUMN(x, NULLABLE(BIGINT)),
      COLUMN(y, NULLABLE(TEXT)), BELONGS_TO(plot, Plot, KEY(x, y)))

SCHEMA(wood, Owner, Sample, Grove, Tree, Branch, Label, Bird, TreeBird, Visit, Plot, Stone)

static qc_bool is_tall(const struct Tree_columns *tree)
{
    return GT(tree->height, 4);
}

static qc_db *db;
static uint64_t seed;

static int below(int limit)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int)((seed >> 33) % (uint64_t)limit);
}

/* ---- The wood. ---- */

enum { OWNERS = 4, GROVES = 9, TREES = 24, BRANCHES = 60, BIRDS = 6, PLOTS = 5, STONES = 14 };

static qc_uuid_value owner_key(int i)
{
    return (qc_uuid_value){{1, 2, 3, (uint8_t)i}};
}

static void stored(int64_t rows)
{
    if (rows < 0)
        database_fail(db, "insert");
}

#define STORE(model, ...)                                                                          \
    do {                                                                                           \
        const struct model row = {__VA_ARGS__};                                                    \
        stored(EXEC(db, INSERT_ROW(model, &row)));                                                 \
    } while (0)

static void plant_trees(void)
{
    for (int i = 1; i <= OWNERS; i++)
        STORE(Owner, .id = owner_key(i), .name = "o");
    for (int i = 1; i <= GROVES; i++)
        STORE(Grove, .id = INT64_C(9007199254740993) + i, .rank = below(3),
              .place = below(3) ? "a \"place\"\n\x01" : NULL,
              .owner_id = {below(4) > 0, owner_key(1 + below(OWNERS))});
    for (int i = 1; i <= TREES; i++) {
        STORE(Tree, .id = i, .height = below(9),
              .grove_id = {below(6) > 0, INT64_C(9007199254740994) + below(GROVES - 2)});
        if (below(2))
            STORE(Label, .tree_id = i, .price = {"123456789012345678.900001"}, .text = "'\\ü");
    }
}

static void plant_branches(void)
{
    for (int i = 1; i <= BRANCHES; i++)
        STORE(Branch, .id = i, .tree_id = {below(4) > 0, 1 + below(TREES)},
              .parent_id = {below(3) > 0, 1 + below(i)},
              .bark = below(2) ? (qc_bytea_value){"\0\xff\"", 3} : (qc_bytea_value){NULL, 0});
    for (int i = 1; i <= BIRDS; i++) {
        STORE(Bird, .id = (int16_t)i, .seen_at = {-(INT64_C(1) << below(50))},
              .weight = 0.1 * below(100) / 3);
        for (int tree = 1; tree <= TREES; tree++)
            if (!below(4))
                STORE(TreeBird, .tree_id = tree, .bird_id = (int16_t)i);
    }
    for (int i = 0; i < PLOTS; i++)
        STORE(Plot, .x = i / 2, .y = i % 2 ? "odd" : "even");
    for (int i = 1; i <= STONES; i++)
        STORE(Stone, .id = i, .x = {below(5) > 0, below(3)},
              .y = below(5) ? (below(2) ? "odd" : "even") : NULL);
}

/* Values that a text or a double between here and there would change. */
static void take_samples(bool infinite)
{
    STORE(Sample, .id = INT64_MIN, .owner_id = owner_key(1), .flag = {true, false}, .small = -32768,
          .number = {"-12345678901234567890123456789.000000000100"}, .single = 0.1f,
          .wide = {true, 0.1 + 0.2}, .text = "\x01\x1f\"\\\n,{}()NULL ü", .bytes = {"\0\xff\0", 3},
          .day = qc_date_of(1, 1, 1), .hour = {1}, .local = {-1}, .moment = {true, {INT64_C(1) << 50}},
          .document = "{\"a\": [1.50, \"\\u00e9\"]}");
    STORE(Sample, .id = INT64_MAX, .owner_id = owner_key(1), .number = {"0.00"}, .single = 1e-45f,
          .wide = {true, 5e-324}, .text = "", .bytes = {"", 0}, .day = qc_date_of(2024, 2, 29),
          .local = {1}, .document = "null");
    if (infinite)
        STORE(Sample, .id = 0, .owner_id = owner_key(1), .number = {"NaN"}, .single = -INFINITY,
              .wide = {true, NAN}, .text = "NULL", .bytes = {"x", 1}, .day = {INT32_MAX},
              .local = {INT64_MIN}, .moment = {true, {INT64_MAX}}, .document = "1");
}

static int statements;
static void count_statement(const qc_event *event, void *data)
{
    (void)data, (void)event, statements++;
}

static void begin(int database)
{
    db = database_open(database);
    qc_drop_all(db, &wood);
    if (!qc_create_all(db, &wood))
        database_fail(db, "no wood");
    seed = 7;
    plant_trees();
    plant_branches();
    take_samples(database == POSTGRESQL_DATABASE);
    database_run(db, "ANALYZE"); /* an estimate of thousands of rows costs a compilation */
    qc_set_hook(db, QC_ON(STATEMENT), count_statement, NULL);
}

static void end(void)
{
    qc_session_stop(db);
    ck_assert(qc_drop_all(db, &wood));
    qc_close(db);
}

#define IN_WOOD(name) TEST_WITHIN(name, in_wood, begin, end)

#define ADD_IN_WOOD(name) tcase_add_loop_test(tests, name##_in_wood, SQLITE_DATABASE, DATABASE_COUNT)

/* ---- All that was loaded, as text. ---- */

static void print_rows(qc_strbuf *out, const qc_table *table, void *const *rows, int depth);

static void print_relation(qc_strbuf *out, const qc_relation *relation, const char *row, int depth)
{
    void *field;
    memcpy(&field, row + relation->offset, sizeof field);
    qc_strbuf_printf(out, " %s=", relation->name);
    if (relation->kind == QC_HAS_MANY_KIND || relation->kind == QC_MANY_TO_MANY_KIND)
        print_rows(out, relation->target, field, depth);
    else
        print_rows(out, relation->target, field ? (void *const[]){field, NULL} : NULL, depth);
}

static void print_rows(qc_strbuf *out, const qc_table *table, void *const *rows, int depth)
{
    if (!rows || depth == 0) {
        qc_strbuf_puts(out, rows ? "…" : "none");
        return;
    }
    qc_strbuf_puts(out, "[");
    for (; *rows; rows++) {
        qc_strbuf_printf(out, "\n%*s%s", 12 - 2 * depth, "", table->model);
        for (uint32_t i = 0; i < table->column_count; i++) {
            qc_strbuf_puts(out, " ");
            qc_print_value(out, qc_field_value(&table->columns[i], *rows));
        }
        for (size_t i = 0; table->relations[i]; i++)
            print_relation(out, table->relations[i], *rows, depth - 1);
    }
    qc_strbuf_puts(out, "]");
}

/* What a query found; freed by the caller. */
static char *printed(const qc_table *table, void *rows)
{
    qc_strbuf out = {0};
    if (!qc_ok(db))
        database_fail(db, "the query");
    print_rows(&out, table, rows, 6);
    ck_assert(!out.failed);
    return out.text;
}

/* ---- The same query with different strategies. ---- */

static const enum qc_strategy strategies[] = {QC_STRATEGY_SELECTIN, QC_STRATEGY_SUBQUERY,
                                              QC_STRATEGY_JOINED, QC_STRATEGY_NESTED};
enum { LOADERS = 8, STRATEGIES = 4 };
typedef struct trial {
    int strategies[LOADERS];
    int shape, height, rank, limit, offset;
} trial;

#define BY(i, ...) QC_LOADER("BY", (enum qc_strategy)t->strategies[i], __VA_ARGS__)

static qc_loader trees_of(const trial *t)
{
    return BY(0, Grove_trees, GE(Tree_height, t->height), NE(Tree_height, 8), DESC(Tree_height),
              ASC(Tree_id),
              BY(1, Tree_branches, ASC(Branch_id), BY(2, Branch_twigs, DESC(Branch_id))),
              BY(3, Tree_label), BY(4, Tree_birds, GT(Bird_weight, 0.5), DESC(Bird_id)));
}

static qc_loader owner_of(const trial *t)
{
    return BY(5, Grove_owner, BY(6, Owner_groves, ASC(Grove_id), BY(7, Grove_tall_trees)));
}

static void *groves_of(const trial *t)
{
    const qc_loader trees = trees_of(t), owner = owner_of(t);
    switch (t->shape) {
    case 0: return ALL(db, SELECT(Grove).ORDER_BY(Grove_id).LOAD((trees), owner));
    case 1:
        return ALL(db, SELECT(Grove)
                           .WHERE(GE(Grove_rank, t->rank))
                           .ORDER_BY(DESC(Grove_rank), Grove_id)
                           .LIMIT(t->limit)
                           .OFFSET(t->offset)
                           .LOAD(owner)
                           .LOAD(trees));
    case 2:
        return ALL(db, SELECT(Grove)
                           .LEFT_JOIN(Grove_owner)
                           .WHERE(OR(IS_NULL(Owner_id), NE(Owner_id, owner_key(t->rank))))
                           .ORDER_BY(NULLS_FIRST(ASC(Owner_id)), Grove_id)
                           .LIMIT(t->limit)
                           .LOAD((trees), owner));
    case 3:
        return ALL(db, SELECT(Grove)
                           .JOIN(Grove_trees)
                           .ORDER_BY(Grove_id, Tree_id)
                           .OFFSET(t->offset)
                           .LOAD((trees), owner));
    default:
        return ALL(db, SELECT(Grove).DISTINCT().ORDER_BY(Grove_id).LIMIT(t->limit).LOAD(trees));
    }
}

static char *printed_groves(const trial *t)
{
    char *text = NULL;
    QC_SCOPE(db)
        text = printed(&qc_table_Grove, groves_of(t));
    return text;
}

static void choose(trial *t)
{
    for (int i = 0; i < LOADERS; i++)
        t->strategies[i] = strategies[below(STRATEGIES)];
}

static void compare(trial t)
{
    for (int i = 0; i < LOADERS; i++)
        t.strategies[i] = QC_STRATEGY_SELECTIN;
    char *expected = printed_groves(&t);
    for (int i = 0; i < 7; i++) {
        choose(&t);
        if (i < 2)
            for (int k = 0; k < LOADERS; k++)
                t.strategies[k] = i ? QC_STRATEGY_NESTED : QC_STRATEGY_JOINED;
        char *got = printed_groves(&t);
        ck_assert_msg(strcmp(got, expected) == 0,
                      "on %s, shape %d, strategies %d %d %d %d…: %.1500s\ninstead of %.1500s",
                      qc_dialect_name(db), t.shape, t.strategies[0], t.strategies[1],
                      t.strategies[2], t.strategies[3], got, expected);
        free(got);
    }
    free(expected);
}

IN_WOOD(all_strategies_load_the_same)
{
    for (int i = 0; i < 20; i++)
        compare((trial){.shape = i % 5,
                        .height = below(6),
                        .rank = below(3),
                        .limit = 1 + below(GROVES),
                        .offset = below(3)});
}

/* ---- One statement. ---- */

#define EXPECT_STATEMENTS(count, ...)                                                              \
    do {                                                                                           \
        statements = 0;                                                                            \
        const void *got = __VA_ARGS__;                                                             \
        if (!qc_ok(db) || !got)                                                                    \
            database_fail(db, "the query");                                                        \
        ck_assert_msg(statements == (count), "on %s: %d statements", qc_dialect_name(db),          \
                      statements);                                                                 \
    } while (0)

IN_WOOD(joined_takes_one_statement)
{
    EXPECT_STATEMENTS(1, ALL(db, SELECT(Grove).LOAD(
                                     JOINED(Grove_trees, JOINED(Tree_birds), JOINED(Tree_label),
                                            JOINED(Tree_branches, JOINED(Branch_twigs))),
                                     JOINED(Grove_owner, JOINED(Owner_groves)))));
    EXPECT_STATEMENTS(1, FIRST(db, SELECT(Grove).ORDER_BY(Grove_id).LOAD(JOINED(Grove_trees))));
    EXPECT_STATEMENTS(1, ONE(db, SELECT(Tree).WHERE(EQ(Tree_id, 3)).LOAD(JOINED(Tree_branches))));
    EXPECT_STATEMENTS(1, ALL(db, SELECT(Plot).LOAD(JOINED(Plot_stones))));
    EXPECT_STATEMENTS(2, ALL(db, SELECT(Grove).LOAD(SELECTIN(Grove_trees, JOINED(Tree_birds)))));
    EXPECT_STATEMENTS(2, ALL(db, SELECT(Grove).LOAD(JOINED(Grove_trees, SELECTIN(Tree_birds)))));
    EXPECT_STATEMENTS(1, ALL(db, SELECT(Tree).JOIN(Tree_branches).LOAD(JOINED(Tree_label))));
    EXPECT_STATEMENTS(1, ALL(db, SELECT(Grove).JOIN(Grove_trees).LOAD(JOINED(Grove_owner))));
    EXPECT_STATEMENTS(1, ALL(db, SELECT(Tree).JOIN(Tree_grove).LOAD(JOINED(Tree_branches))));
}

/* Otherwise parents would be lost, or there more often than the query says. */
IN_WOOD(what_one_statement_cannot_say_takes_another)
{
    EXPECT_STATEMENTS(2, ALL(db, SELECT(Grove).JOIN(Grove_trees).LOAD(JOINED(Grove_tall_trees))));
    EXPECT_STATEMENTS(2, ALL(db, SELECT(Grove).DISTINCT().LOAD(JOINED(Grove_trees))));
    EXPECT_STATEMENTS(2, ALL(db, SELECT(Tree).DISTINCT().LOAD(JOINED(Tree_label))));
    EXPECT_STATEMENTS(2, ALL(db, SELECT(Grove).DISTINCT().LOAD(NESTED(Grove_trees))));
    EXPECT_STATEMENTS(2, ALL(db, SELECT(Tree).LOAD(JOINED(Tree_visitors))));
    EXPECT_STATEMENTS(2, ALL(db, SELECT(Plot).LIMIT(2).LOAD(JOINED(Plot_stones))));
    EXPECT_STATEMENTS(2, ALL(db, SELECT(Tree).LOAD(JOINED(
                                     Tree_branches,
                                     EQ(Branch_id, SUBQUERY(SELECT(MAX(Branch_id))))))));
}

/* ---- Kinds of keys and rows. ---- */

#define EXPECT_SAME(model, ...)                                                                    \
    do {                                                                                           \
        char *found[STRATEGIES];                                                                   \
        for (int i = 0; i < STRATEGIES; i++) {                                                     \
            const enum qc_strategy each = strategies[i];                                           \
            QC_SCOPE(db)                                                                           \
                found[i] = printed(&qc_table_##model, __VA_ARGS__);                                \
        }                                                                                          \
        for (int i = STRATEGIES - 1; i >= 0; free(found[i--]))                                     \
            ck_assert_str_eq(found[0], found[i]);                                                  \
    } while (0)
#define WITH(...) QC_LOADER("WITH", each, __VA_ARGS__)

IN_WOOD(keys_of_several_columns_join)
{
    EXPECT_SAME(Plot, ALL(db, SELECT(Plot).ORDER_BY(Plot_x, Plot_y).LOAD(WITH(
                                  Plot_stones, ASC(Stone_id), WITH(Stone_plot)))));
    EXPECT_SAME(Stone, ALL(db, SELECT(Stone).ORDER_BY(Stone_id).LIMIT(9).LOAD(WITH(Stone_plot))));
}

IN_WOOD(a_table_joins_itself)
{
    EXPECT_SAME(Branch, ALL(db, SELECT(Branch)
                                    .WHERE(IS_NULL(Branch_parent_id))
                                    .ORDER_BY(Branch_id)
                                    .LOAD(WITH(Branch_twigs, GT(Branch_id, 5), ASC(Branch_id),
                                               WITH(Branch_parent),
                                               WITH(Branch_twigs, DESC(Branch_id))))));
    ALIAS(Branch, bough);
    EXPECT_SAME(Branch, ALL(db, SELECT(bough)
                                    .LEFT_JOIN(Branch, EQ(Branch_id, bough.parent_id))
                                    .ORDER_BY(bough.id, Branch_id)
                                    .LOAD(WITH(Branch_parent, GT(Branch_id, 9)))));
}

IN_WOOD(one_of_several_is_the_first)
{
    EXPECT_SAME(Tree, ALL(db, SELECT(Tree).ORDER_BY(Tree_id).LIMIT(9).LOAD(
                                  WITH(Tree_first_branch, WITH(Branch_twigs, ASC(Branch_id))))));
    EXPECT_SAME(Tree, ALL(db, SELECT(Tree).ORDER_BY(Tree_id).LOAD(WITH(Tree_first_branch))));
}

IN_WOOD(a_single_parent_is_chosen)
{
    struct Grove *grove =
        FIRST(db, SELECT(Grove).ORDER_BY(DESC(Grove_id)).LOAD(JOINED(Grove_trees)));
    ck_assert_int_eq(grove->id, INT64_C(9007199254740993) + GROVES);
    ck_assert_uint_eq(qc_count(grove->trees), 0);
    grove = ONE(db, SELECT(Grove).LOAD(JOINED(Grove_trees)));
    ck_assert_ptr_null(grove);
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_NOT_UNIQUE);
    grove = ONE_OR_NONE(
        db, SELECT(Grove).WHERE(LT(Grove_id, 0)).LOAD(JOINED(Grove_trees, ASC(Tree_id))));
    ck_assert_ptr_null(grove);
    ck_assert(qc_ok(db));
}

/* Its rows only are fetched; a LIMIT of the query's own is enough. */
IN_WOOD(a_first_parent_is_fetched_alone)
{
    BUDGET(db, .rows = TREES / 2)
    {
        const struct Grove *grove =
            FIRST(db, SELECT(Grove).ORDER_BY(Grove_id).LOAD(JOINED(Grove_trees)));
        ck_assert(grove && qc_ok(db));
        ck_assert_int_eq(grove->id, INT64_C(9007199254740994));
    }
    BUDGET(db, .rows = TREES)
    {
        const struct Grove *grove =
            FIRST(db, SELECT(Grove).ORDER_BY(Grove_id).LIMIT(2).LOAD(JOINED(Grove_trees)));
        ck_assert(grove && qc_ok(db));
    }
}

IN_WOOD(what_several_point_to_is_one_struct)
{
    struct Tree **trees = ALL(db, SELECT(Tree).ORDER_BY(Tree_grove_id).LOAD(JOINED(Tree_grove)));
    ck_assert(qc_ok(db));
    for (int i = 1; i < TREES; i++)
        if (trees[i]->grove && trees[i - 1]->grove)
            ck_assert((trees[i]->grove == trees[i - 1]->grove) ==
                      (trees[i]->grove_id.value == trees[i - 1]->grove_id.value));
}

IN_WOOD(values_arrive_as_they_are)
{
    EXPECT_SAME(Owner, ALL(db, SELECT(Owner).ORDER_BY(Owner_id).LOAD(
                                   WITH(Owner_samples, ASC(Sample_id)),
                                   WITH(Owner_groves, ASC(Grove_id), WITH(Grove_owner)))));
}

IN_WOOD(nested_takes_one_statement)
{
    EXPECT_STATEMENTS(1, ALL(db, SELECT(Grove).LIMIT(3).LOAD(
                                     NESTED(Grove_trees, NESTED(Tree_birds), NESTED(Tree_label),
                                            JOINED(Tree_branches)),
                                     NESTED(Grove_owner))));
    EXPECT_STATEMENTS(1, FIRST(db, SELECT(Plot).LOAD(NESTED(Plot_stones))));
    EXPECT_STATEMENTS(1, ALL(db, SELECT(Grove).JOIN(Grove_trees).LOAD(NESTED(Grove_tall_trees))));
    EXPECT_STATEMENTS(2, ALL(db, SELECT(Grove).LOAD(NESTED(Grove_trees, SELECTIN(Tree_birds)))));
    EXPECT_STATEMENTS(1, ALL(db, SELECT(Grove).LOAD(JOINED(Grove_trees, NESTED(Tree_birds)))));
}

#define TWIGS(...) WITH(Branch_twigs, ASC(Branch_id), __VA_ARGS__)
#define ABS_6(x) ABS(ABS(ABS(ABS(ABS(ABS(x))))))

/* More than SQLite's parser takes at once begins another statement. */
IN_WOOD(nests_are_deep)
{
    const bool sqlite = strcmp(qc_dialect_name(db), "sqlite") == 0;
    const qc_loader deep = NESTED(Branch_twigs, NESTED(Branch_twigs, NESTED(Branch_twigs)));
    const qc_loader deeper = NESTED(Branch_twigs, NESTED(Branch_twigs, deep));
    EXPECT_STATEMENTS(1, ALL(db, SELECT(Branch).LOAD(deep)));
    EXPECT_STATEMENTS(1 + sqlite, ALL(db, SELECT(Branch).LOAD(NESTED(Branch_twigs, deeper))));
    EXPECT_SAME(Branch, ALL(db, SELECT(Branch).ORDER_BY(Branch_id).LOAD(
                                    TWIGS(TWIGS(TWIGS(TWIGS(TWIGS(TWIGS(LT(Branch_id, 50))))))))));
    EXPECT_SAME(Branch, ALL(db, SELECT(Branch).ORDER_BY(Branch_id).LOAD(
                                    TWIGS(TWIGS(TWIGS(GT(ABS_6(ABS_6(ABS_6(Branch_id))), 7)))))));
}

/* ---- Sessions. ---- */

IN_WOOD(what_is_joined_are_the_objects_of_the_session)
{
    ck_assert(qc_session_start(db, NULL));
    struct Tree *tree = GET(db, Tree, 3);
    struct Grove **groves = ALL(db, SELECT(Grove).ORDER_BY(Grove_id).LOAD(
                                        JOINED(Grove_trees, JOINED(Tree_grove)), NESTED(Grove_owner)));
    bool found = false;
    EACH (struct Grove, grove, groves)
        EACH (struct Tree, each, grove->trees) {
            found |= each == tree;
            ck_assert_ptr_eq(each->grove, grove);
            ck_assert(!qc_is_dirty(db, each));
        }
    ck_assert(found || !tree->grove_id.set);
    EXPECT_STATEMENTS(0, LOAD(db, groves[0], Grove_trees));
    EXPECT_STATEMENTS(1, LOAD(db, groves[0], Grove_tall_trees));
}

static struct Tree **trees_of_groves(void)
{
    struct Tree **trees = ALL(db, SELECT(Tree).JOIN(Tree_grove).ORDER_BY(Tree_id));
    ck_assert_uint_gt(qc_count(trees), 1);
    return trees;
}

static void expect_groves(struct Tree **trees)
{
    EACH (struct Tree, tree, trees) {
        ck_assert_ptr_nonnull(tree->grove);
        ck_assert_int_eq(tree->grove->id, tree->grove_id.value);
        ck_assert(!qc_is_dirty(db, tree));
    }
}

IN_WOOD(what_the_session_has_is_not_asked_for)
{
    ck_assert(qc_session_start(db, NULL));
    struct Tree **trees = trees_of_groves();
    const int64_t grove = trees[0]->grove_id.value;
    ck_assert_ptr_nonnull(ALL(db, SELECT(Grove)));
    EXPECT_STATEMENTS(0, LOAD(db, trees[0], Tree_grove));
    expect_groves(trees);
    qc_session_stop(db);
    ck_assert(qc_session_start(db, NULL));
    const struct Grove *known = GET(db, Grove, grove);
    trees = trees_of_groves();
    EXPECT_STATEMENTS(1, LOAD(db, trees[0], Tree_grove)); /* the other groves */
    ck_assert_ptr_eq(trees[0]->grove, known);
    expect_groves(trees);
}

Suite *strategies_suite(void);
Suite *strategies_suite(void)
{
    Suite *suite = suite_create("strategies");
    TCase *tests = tcase_create("wood");
    tcase_add_unchecked_fixture(tests, databases_begin, databases_end);
    suite_add_tcase(suite, tests);
    ADD_IN_WOOD(all_strategies_load_the_same);
    ADD_IN_WOOD(joined_takes_one_statement);
    ADD_IN_WOOD(what_one_statement_cannot_say_takes_another);
    ADD_IN_WOOD(keys_of_several_columns_join);
    ADD_IN_WOOD(a_table_joins_itself);
    ADD_IN_WOOD(one_of_several_is_the_first);
    ADD_IN_WOOD(a_single_parent_is_chosen);
    ADD_IN_WOOD(a_first_parent_is_fetched_alone);
    ADD_IN_WOOD(what_several_point_to_is_one_struct);
    ADD_IN_WOOD(values_arrive_as_they_are);
    ADD_IN_WOOD(nested_takes_one_statement);
    ADD_IN_WOOD(nests_are_deep);
    ADD_IN_WOOD(what_is_joined_are_the_objects_of_the_session);
    ADD_IN_WOOD(what_the_session_has_is_not_asked_for);
    return suite;
}
