/* What happens to queries that are too deep, too long or too many? Each is built and run in a
 * thread with a small stack: it works, or is refused by a limit that has a name. */
#include "../databases.h"

#include <limits.h>
#include <pthread.h>
#include <string.h>

MODEL(Leaf, "leaves",
    COLUMN(id, BIGINT, PRIMARY_KEY),
    COLUMN(label, TEXT),
    COLUMN(data, NULLABLE(BYTEA)))

SCHEMA(tree, Leaf)

/* Without optimization, or with a sanitizer, frames are several times as large. */
#if defined(__SANITIZE_ADDRESS__) || !defined(__OPTIMIZE__)
enum { STACK = 2048 * 1024 };
#else
enum { STACK = 256 * 1024 };
#endif
enum { DEEP = 100000 };

/* ---- Shapes: a predicate of `levels` levels. ---- */

static qc_bool is_leaf(void)
{
    return EQ(Leaf_id, 1);
}

static qc_bool nots(int levels)
{
    qc_bool x = is_leaf();
    while (levels--)
        x = NOT(x);
    return x;
}

static qc_bool sums(int levels)
{
    qc_bigint x = Leaf_id;
    while (levels--)
        x = ADD(x, Leaf_id);
    return GT(x, 0);
}

static qc_bool sums_to_the_right(int levels)
{
    qc_bigint x = Leaf_id;
    while (levels--)
        x = SUB(Leaf_id, x);
    return GT(x, 0);
}

static qc_bool negations(int levels)
{
    qc_bigint x = Leaf_id;
    while (levels--)
        x = NEG(x);
    return NE(x, 0);
}

static qc_bool ands(int levels)
{
    qc_bool leaf = is_leaf(), x = leaf;
    while (levels--)
        x = AND(x, leaf);
    return x;
}

static qc_bool ors_to_the_right(int levels)
{
    qc_bool leaf = is_leaf(), x = leaf;
    while (levels--)
        x = OR(leaf, x);
    return x;
}

static qc_bool ands_of_ors(int levels)
{
    qc_bool leaf = is_leaf(), x = leaf;
    while (levels--)
        x = AND(leaf, OR(leaf, x));
    return x;
}

static qc_bool cases(int levels)
{
    qc_bool leaf = is_leaf();
    qc_bigint x = Leaf_id;
    while (levels--)
        x = CASE(WHEN(leaf, x), ELSE(Leaf_id));
    return GT(x, 0);
}

static qc_bool coalesces(int levels)
{
    qc_text x = Leaf_label;
    while (levels--)
        x = COALESCE(x, Leaf_label);
    return NE(x, "x");
}

static qc_bool concats(int levels)
{
    qc_text x = Leaf_label;
    while (levels--)
        x = CONCAT(x, Leaf_label);
    return NE(x, "x");
}

static qc_bool functions(int levels)
{
    qc_text x = Leaf_label;
    while (levels--)
        x = LOWER(FUNC("trim", TEXT, x));
    return NE(x, "x");
}

static qc_bool casts(int levels)
{
    qc_bigint x = Leaf_id;
    while (levels--)
        x = CAST(x, BIGINT);
    return GT(x, 0);
}

static qc_bool hatches(int levels)
{
    qc_bool x = is_leaf();
    while (levels--)
        x = RAW(BOOLEAN, "? AND true", x);
    return x;
}

static qc_bool existing(int levels)
{
    qc_bool x = is_leaf();
    while (levels--)
        x = EXISTS(SELECT(Leaf_id).WHERE(x));
    return x;
}

static qc_bool in_queries(int levels)
{
    qc_bool x = is_leaf();
    while (levels--)
        x = IN(Leaf_id, SELECT(Leaf_id).WHERE(x));
    return x;
}

static qc_bool scalar_queries(int levels)
{
    qc_bigint x = Leaf_id;
    while (levels--)
        x = SUBQUERY(SELECT(MAX(Leaf_id)).WHERE(GE(Leaf_id, x)));
    return GT(x, 0);
}

static qc_bool unions(int levels)
{
    QUERY_OF(Leaf) query = QUERY(SELECT(Leaf).WHERE(is_leaf()));
    while (levels--)
        query = QUERY(SELECT(Leaf).UNION(query));
    return EXISTS(query);
}

static qc_bool extensions(int levels)
{
    qc_bool leaf = is_leaf();
    QUERY_OF(Leaf) query = QUERY(SELECT(Leaf).WHERE(leaf));
    while (levels--)
        query = QUERY(EXTEND(query).WHERE(leaf));
    return EXISTS(query);
}

/* Few nodes, but 2 to the power of `levels` ways through them. */
static qc_bool doubled_sums(int levels)
{
    qc_bigint x = Leaf_id;
    for (levels = levels < 200 ? levels : 200; levels > 0; levels--)
        x = ADD(x, x);
    return GT(x, 0);
}

static qc_bool doubled_queries(int levels)
{
    qc_bool x = is_leaf();
    for (levels = levels < 200 ? levels : 200; levels > 0; levels--)
        x = OR(EXISTS(SELECT(Leaf_id).WHERE(x)), EXISTS(SELECT(Leaf_id).WHERE(x)));
    return x;
}

static const struct {
    const char *name;
    qc_bool (*make)(int levels);
} shapes[] = {
    {"NOT", nots},
    {"+ to the left", sums},
    {"- to the right", sums_to_the_right},
    {"-", negations},
    {"AND to the left", ands},
    {"OR to the right", ors_to_the_right},
    {"AND of OR", ands_of_ors},
    {"CASE", cases},
    {"COALESCE", coalesces},
    {"CONCAT", concats},
    {"functions", functions},
    {"CAST", casts},
    {"RAW", hatches},
    {"EXISTS", existing},
    {"IN of queries", in_queries},
    {"scalar subqueries", scalar_queries},
    {"UNION", unions},
    {"EXTEND", extensions},
    {"doubled sums", doubled_sums},
    {"doubled queries", doubled_queries},
};
enum { SHAPE_COUNT = sizeof(shapes) / sizeof(shapes[0]) };

/* ---- Running one in a small stack. ---- */

typedef struct job {
    int database, shape, levels;
    enum qc_code code;
    char message[256];
} job;

static void *run_job(void *data)
{
    job *j = data;
    qc_db *db = qc_open(database_url(j->database));
    if (j->database == SQLITE_DATABASE)
        qc_create_all(db, &tree);
    SCALAR(db, SELECT(COUNT(Leaf_id)).WHERE(shapes[j->shape].make(j->levels)));
    const struct qc_error *error = qc_error(db);
    j->code = error->code;
    if (error->message) {
        strncpy(j->message, error->message, sizeof(j->message) - 1);
        if (error->code == QC_ERROR_SERVER)
            strcpy(j->message, error->sqlstate);
    }
    qc_close(db);
    return NULL;
}

static void run_small(void *(*run)(void *), void *data)
{
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    ck_assert_int_eq(pthread_attr_setstacksize(&attributes, STACK), 0);
    ck_assert_int_eq(pthread_create(&thread, &attributes, run, data), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&attributes);
}

static void try_shape(int database, int shape, int levels, bool must_work)
{
    job j = {.database = database, .shape = shape, .levels = levels};
    run_small(run_job, &j);
    bool works = j.code == QC_ERROR_OK;
    bool refused = j.code == QC_ERROR_TOO_DEEP || j.code == QC_ERROR_TOO_BIG ||
                   j.code == QC_ERROR_TOO_MANY;
    if (!works && (must_work || !refused))
        ck_abort_msg("%s, %d levels, on %s: %s: %s", shapes[shape].name, levels,
                     database == SQLITE_DATABASE ? "SQLite" : "PostgreSQL", qc_code_name(j.code),
                     j.message);
}

static int database_of(int i)
{
    return i / SHAPE_COUNT;
}

START_TEST(shallow_works)
{
    try_shape(database_of(_i), _i % SHAPE_COUNT, 6, true);
}
END_TEST

START_TEST(deep_works_or_is_refused)
{
    static const int levels[] = {90, 400, 998, 999, 1000, 1001, 3000, DEEP};
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
        try_shape(database_of(_i), _i % SHAPE_COUNT, levels[i], false);
}
END_TEST

/* ---- Too many. ---- */

static enum qc_code code_of(qc_db *db)
{
    return qc_error(db)->code;
}

static void expect_refusal(qc_db *db, const char *what)
{
    enum qc_code code = code_of(db);
    if (code != QC_ERROR_TOO_BIG && code != QC_ERROR_TOO_MANY)
        ck_abort_msg("%s on %s: %s", what, qc_dialect_name(db), qc_code_name(code));
    ck_assert_int_eq(SCALAR(db, SELECT(COUNT(Leaf_id))), 0);
    ck_assert(qc_ok(db));
}

static int64_t count_among(qc_db *db, int values)
{
    static const qc_node *items[65600];
    for (int i = 0; i < values; i++) {
        int64_t value = i;
        items[i] = qc_operand(QC_TYPE_bigint, QC_OPERAND_LONG, &value);
    }
    items[values] = NULL;
    qc_bool in = {qc_in_list(QC_OP_IN, Leaf_id.node, items)};
    return SCALAR(db, SELECT(COUNT(Leaf_id)).WHERE(in));
}

static qc_db *open_tree(int database)
{
    qc_db *db = database_open(database);
    if (!qc_create_all(db, &tree))
        database_fail(db, "create");
    EXEC(db, DELETE(Leaf).ALL_ROWS);
    return db;
}

START_TEST(too_many_binds_are_refused)
{
    qc_db *db = open_tree(_i);
    int most = _i == SQLITE_DATABASE ? 32766 : 65535;
    ck_assert_int_eq(count_among(db, most), 0);
    if (!qc_ok(db))
        database_fail(db, "as many binds as there may be");
    count_among(db, most + 1);
    ck_assert_int_eq(code_of(db), QC_ERROR_TOO_MANY);
    count_among(db, 65536);
    ck_assert_int_eq(code_of(db), QC_ERROR_TOO_MANY);
    ck_assert_int_eq(count_among(db, 10), 0);
    ck_assert(qc_ok(db));
    qc_close(db);
}
END_TEST

START_TEST(rows_of_too_many_binds_are_split)
{
    enum { ROWS = 40000 };
    static struct Leaf leaves[ROWS];
    qc_db *db = open_tree(_i);
    for (int i = 0; i < ROWS; i++)
        leaves[i] = (struct Leaf){.id = i, .label = "leaf", .data = {"\0", 1}};
    ck_assert_int_eq(EXEC(db, INSERT_ROWS(Leaf, leaves, ROWS)), ROWS);
    ck_assert_int_eq(SCALAR(db, SELECT(COUNT(Leaf_id))), ROWS);
    leaves[ROWS - 1].id = 7;
    EXEC(db, DELETE(Leaf).ALL_ROWS);
    ck_assert_int_eq(EXEC(db, INSERT_ROWS(Leaf, leaves, ROWS)), -1);
    ck_assert_str_eq(qc_error(db)->sqlstate, "23505");
    ck_assert_int_eq(SCALAR(db, SELECT(COUNT(Leaf_id))), 0);
    qc_close(db);
}
END_TEST

static const size_t absurd[] = {(size_t)1 << 31,       ((size_t)1 << 32) + 5, (size_t)INT64_MAX,
                                SIZE_MAX / 8,          SIZE_MAX / 8 + 2,      SIZE_MAX - 1,
                                SIZE_MAX};
enum { ABSURD_COUNT = sizeof(absurd) / sizeof(absurd[0]) };

START_TEST(absurd_counts_are_refused)
{
    qc_db *db = open_tree(_i);
    struct Leaf leaves[8] = {{.id = 1, .label = "a"}, {.id = 2, .label = "b"}};
    int64_t ids[8] = {1, 2, 3};
    const char *texts[8] = {"a", "b"};
    for (int i = 0; i < ABSURD_COUNT; i++) {
        size_t count = absurd[i];
        SCALAR(db, SELECT(COUNT(Leaf_id)).WHERE(IN_ARRAY(Leaf_id, ids, count)));
        expect_refusal(db, "IN_ARRAY of numbers");
        SCALAR(db, SELECT(COUNT(Leaf_id)).WHERE(NOT_IN_ARRAY(Leaf_label, texts, count)));
        expect_refusal(db, "NOT_IN_ARRAY of texts");
        EXEC(db, INSERT_ROWS(Leaf, leaves, count));
        expect_refusal(db, "INSERT_ROWS");
    }
    int negative = -1;
    EXEC(db, INSERT_ROWS(Leaf, leaves, negative));
    expect_refusal(db, "INSERT_ROWS of -1");
    ck_assert_int_eq(EXEC(db, INSERT_ROWS(Leaf, leaves, 0)), 0);
    qc_close(db);
}
END_TEST

START_TEST(absurd_sizes_are_refused)
{
    qc_db *db = open_tree(_i);
    static const char little[16];
    for (int i = 0; i < ABSURD_COUNT; i++) {
        qc_bytea_value value = {little, absurd[i]};
        struct Leaf leaf = {.id = 1, .label = "a", .data = value};
        SCALAR(db, SELECT(COUNT(Leaf_id)).WHERE(EQ(Leaf_data, value)));
        expect_refusal(db, "a BYTEA to compare with");
        SCALAR(db, SELECT(COUNT(Leaf_id)).WHERE(IN_ARRAY(Leaf_data, &value, 1)));
        expect_refusal(db, "a BYTEA in an array");
        EXEC(db, INSERT(Leaf).SET(Leaf_id, 1).SET(Leaf_label, "a").SET(Leaf_data, value));
        expect_refusal(db, "a BYTEA to set");
        EXEC(db, INSERT_ROW(Leaf, &leaf));
        expect_refusal(db, "a BYTEA in a struct");
    }
    ck_assert_ptr_null(qc_arena_alloc(qc_current_arena(), SIZE_MAX));
    ck_assert_uint_eq(qc_count(NULL), 0);
    qc_close(db);
}
END_TEST

/* AND of many predicates at run time is one flat list, whatever the database's own depth. */
START_TEST(long_lists_work)
{
    qc_db *db = open_tree(_i);
    static qc_bool parts[3000];
    qc_bool leaf = GE(Leaf_id, 0);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        parts[i] = leaf;
    EXEC(db, INSERT(Leaf).SET(Leaf_id, 1).SET(Leaf_label, "a"));
    static const size_t counts[] = {999, 1000, 1001, 3000};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        int64_t all = SCALAR(db, SELECT(COUNT(Leaf_id)).WHERE(qc_and_array(parts, counts[i])));
        if (!qc_ok(db))
            database_fail(db, "AND of many");
        ck_assert_int_eq(all, 1);
        int64_t any = SCALAR(db, SELECT(COUNT(Leaf_id)).WHERE(qc_or_array(parts, counts[i])));
        if (!qc_ok(db))
            database_fail(db, "OR of many");
        ck_assert_int_eq(any, 1);
    }
    qc_close(db);
}
END_TEST

static void begin(void)
{
    databases_begin();
    qc_close(open_tree(POSTGRESQL_DATABASE));
}

Suite *depth_suite(void)
{
    Suite *suite = suite_create("depth");
    TCase *shape = tcase_create("shapes");
    tcase_set_timeout(shape, 20);
    tcase_add_unchecked_fixture(shape, begin, databases_end);
    tcase_add_loop_test(shape, shallow_works, 0, DATABASE_COUNT * SHAPE_COUNT);
    tcase_add_loop_test(shape, deep_works_or_is_refused, 0, DATABASE_COUNT * SHAPE_COUNT);
    suite_add_tcase(suite, shape);

    TCase *counts = tcase_create("counts");
    tcase_set_timeout(counts, 30);
    tcase_add_unchecked_fixture(counts, begin, databases_end);
    tcase_add_loop_test(counts, too_many_binds_are_refused, 0, DATABASE_COUNT);
    tcase_add_loop_test(counts, rows_of_too_many_binds_are_split, 0, DATABASE_COUNT);
    tcase_add_loop_test(counts, absurd_counts_are_refused, 0, DATABASE_COUNT);
    tcase_add_loop_test(counts, absurd_sizes_are_refused, 0, DATABASE_COUNT);
    tcase_add_loop_test(counts, long_lists_work, 0, DATABASE_COUNT);
    suite_add_tcase(suite, counts);
    return suite;
}
