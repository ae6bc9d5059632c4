/* Queries: a chain of clauses is an initializer list.
 *
 *     FIRST(db, SELECT(User).WHERE(EQ(User_id, 7)).LIMIT(1))
 *
 * SELECT(x) expands to `x, {`, what follows its dot to
 * `node = e, …, .kind = QC_CLAUSE_WHERE }, {`, and the sink puts `(const qc_clause[]){` before and
 * `.kind = QC_CLAUSE_END } }` behind. So any clause may stand any number of times, a misspelt one
 * is "no member named", and there is nothing to free.
 */
#ifndef QUERCUS_QUERY_H
#define QUERCUS_QUERY_H

#include <quercus/expr.h>
#include <quercus/functions.h>
#include <quercus/model.h>

/* The one list of clauses: name, SQL words. */
#define QC_CLAUSES(X)                                                                              \
    X(END, "")                                                                                     \
    X(HEAD, "")            /* node: what SELECT … was given first; a QUERY: it is extended */      \
    X(ITEMS, "SELECT")     /* list: the select list, when it is not just the head */               \
    X(INSERT, "INSERT")    /* the statement inserts into the head */                               \
    X(UPDATE, "UPDATE")                                                                            \
    X(DELETE, "DELETE")                                                                            \
    X(ROWS, "VALUES")      /* rows, count: structs to insert */                                    \
    X(VALUES, "VALUES")    /* list: the ASSIGN nodes of one row, made from a struct of ROWS */     \
    X(COLUMNS, "")         /* list: columns of INSERT from a query */                              \
    X(SOURCE, "SELECT")    /* node: the QUERY of INSERT from a query */                            \
    X(SET, "SET")          /* node: ASSIGN */                                                      \
    X(DISTINCT, "DISTINCT")                                                                        \
    X(FROM, "FROM")        /* list: ranges */                                                      \
    X(JOIN, "JOIN")        /* node: range or relationship; on */                                   \
    X(LEFT_JOIN, "LEFT JOIN")                                                                      \
    X(RIGHT_JOIN, "RIGHT JOIN")                                                                    \
    X(FULL_JOIN, "FULL JOIN")                                                                      \
    X(CROSS_JOIN, "CROSS JOIN")                                                                    \
    X(WHERE, "WHERE")      /* where */                                                             \
    X(GROUP_BY, "GROUP BY") /* list */                                                             \
    X(HAVING, "HAVING")    /* having */                                                            \
    X(UNION, "UNION")      /* node: QUERY */                                                       \
    X(UNION_ALL, "UNION ALL")                                                                      \
    X(INTERSECT, "INTERSECT")                                                                      \
    X(EXCEPT, "EXCEPT")                                                                            \
    X(ORDER_BY, "ORDER BY") /* list */                                                             \
    X(LIMIT, "LIMIT")      /* node: BIND */                                                        \
    X(OFFSET, "OFFSET")                                                                            \
    X(RETURNING, "RETURNING") /* list; NULL: every column */                                       \
    X(LOAD, "LOAD")        /* list: LOADER nodes; the engine takes it out */                       \
    X(KEYS, "")            /* list: what else a page's rows say, beside what is selected */        \
    X(ALL_ROWS, "")        /* UPDATE or DELETE without WHERE is meant */                           \
    X(ON_CONFLICT, "ON CONFLICT") /* list: columns of a unique key; NULL: any. SET and WHERE       \
                                     behind it are those of DO UPDATE */                           \
    X(DO_NOTHING, "DO NOTHING")                                                                    \
    X(DO_UPDATE, "DO UPDATE") /* list: columns that take the proposed values; NULL: all that are   \
                                 inserted, but for the key's */                                    \
    X(ARRAYS, "ROWS")      /* list: ASSIGN nodes of columns and ARRAYs, made from ROWS */          \
    X(WITH_DELETED, "")    /* rows that SOFT_DELETE leaves out are there too */                    \
    X(ALL_TENANTS, "")     /* rows of every TENANT */                                              \
    X(OWN_TABLE, "")       /* of a model in several tables, only its own is written; by sessions */

enum qc_clause_kind {
#define QC_ROW(name, text) QC_CLAUSE_##name,
    QC_CLAUSES(QC_ROW)
#undef QC_ROW
        QC_CLAUSE_KIND_COUNT
};

typedef struct qc_clause {
    uint32_t kind;  /* enum qc_clause_kind */
    uint32_t count; /* ROWS */
    union {
        const qc_node *node; /* or the first of these */
        qc_bool where, having;
        const void *rows; /* ROWS: structs, or pointers to structs when `list` is not NULL */
    };
    union {
        const qc_node *const *list; /* ends with NULL */
        qc_bool on;
    };
} qc_clause;

/* Where a query stands in the program. */
typedef struct qc_site {
    const char *file;
    const char *function;
    int line;
} qc_site;
#define QC_HERE (&(const qc_site){__FILE__, __func__, __LINE__})

/* A QUERY node of clauses that end with QC_CLAUSE_END; copies them into the current arena. */
const qc_node *qc_query_node(const qc_clause *clauses);
const qc_node *qc_exists(const qc_node *query);
const qc_node *qc_subquery(const qc_node *query, int type);
const qc_node *qc_limit(int64_t rows);
const qc_node *qc_assign(const qc_node *column, const qc_node *value);
const qc_node *qc_excluded(const qc_node *column);
/* Clauses made at run time, for lists of any length: a filter, an ordering … of `count` items. */
const qc_node *const *qc_node_list(const void *handles, size_t count);
/* How many structs one INSERT takes; more, or a negative number, are refused. */
#define QC_MAX_ROWS (UINT32_MAX / 2)
static inline uint32_t qc_row_count(size_t count)
{
    return count <= QC_MAX_ROWS ? (uint32_t)count : UINT32_MAX;
}

/* ---- Heads. ---- */

#define QC_SELECT(...) QC_CAT(QC_SELECT_, QC_IS_ONE(__VA_ARGS__))(__VA_ARGS__)
#define QC_SELECT_1(x) QC_CHAIN, QC_SELECTED("SELECT", x), {
#define QC_SELECT_0(...)                                                                           \
    QC_CHAIN, qc_rows, {.list = QC_SELECT_ITEMS("SELECT", __VA_ARGS__), QC_LIST_CLAUSE(ITEMS)
#define QC_SELECT_AS(...) QC_CAT(QC_SELECT_AS_, QC_QUERY_2(__VA_ARGS__))(__VA_ARGS__)
#define QC_SELECT_AS_MISSING(record) QC_SELECT_AS_0(record, )
#define QC_SELECT_AS_0(record, ...)                                                                \
    QC_CHAIN, QC_CHECKED_NAME(QC_KINDS_SHAPE,                                                      \
                              "SELECT_AS: the first argument must be a RECORD", record, QC_LOCAL,  \
                              QC_LOCAL), {                                                         \
        .list = QC_SELECT_ITEMS("SELECT_AS", __VA_ARGS__), QC_LIST_CLAUSE(ITEMS)
#define QC_SELECT_ITEMS(word, ...)                                                                 \
    ((const qc_node *const[]){QC_LIST(QC_SELECT_ITEM, word, __VA_ARGS__) NULL})
#define QC_SELECT_ITEM(word, x) qc_listed(QC_SELECTED(word, x).qc_head),
#define QC_SELECTED(word, x)                                                                       \
    QC_CHECKED(QC_KINDS_SELECTED,                                                                  \
               word ": an item must be a model, a column or an expression; a C value is VALUE(x)", \
               x, QC_LOCAL, QC_LOCAL)
/* Continues a kept query: ALL(db, EXTEND(q).LIMIT(10)), q = QUERY(EXTEND(q).WHERE(…)). */
#define QC_EXTEND(q)                                                                               \
    QC_CHAIN, QC_CHECKED(QC_KINDS_KEPT, "EXTEND: the argument must be a kept query", q, QC_LOCAL,  \
                         QC_LOCAL), {
#define QC_INSERT(model) QC_CHAIN, QC_TARGET("INSERT", model), {.QC_BARE_CLAUSE(INSERT)
#define QC_UPDATE(model) QC_CHAIN, QC_TARGET("UPDATE", model), {.QC_BARE_CLAUSE(UPDATE)
#define QC_DELETE(model) QC_CHAIN, QC_TARGET("DELETE", model), {.QC_BARE_CLAUSE(DELETE)
/* For a model with SOFT_DELETE: UPDATEs that set its deleted_at, and that clear it. */
#define QC_SOFT_DELETE_FROM(model) QC_UPDATE(model).QC_SET(model##_deleted_at, QC_NOW())
#define QC_RESTORE(model) QC_UPDATE(model).QC_WITH_DELETED.QC_SET(model##_deleted_at, NULL)
#define QC_TARGET(word, model)                                                                     \
    QC_CHECKED_NAME(QC_KIND_MODEL, word ": the argument must be a model", model, QC_LOCAL, QC_LOCAL)
#define QC_MODEL_IN(sentence, model)                                                               \
    QC_CHECKED_NAME(QC_KIND_MODEL, sentence, model, QC_LOCAL, QC_LOCAL).qc_head
/* `n` structs (struct User *), or what `n` pointers (struct User **) point to: all columns, but those
 * with a default that are unset. */
#define QC_INSERT_ROWS(model, structs, n) QC_ROWS("INSERT_ROWS", INSERT, model, structs, n)
#define QC_INSERT_ROW(model, row) QC_ROWS("INSERT_ROW", INSERT, model, row, 1)
/* The row of each struct's primary key takes the struct's other columns, or those of .COLUMNS(…) only;
 * columns with ON_UPDATE and those of .SET(…) are set as UPDATE sets them. Two structs with the same
 * key are an error. */
#define QC_UPDATE_ROWS(model, structs, n) QC_ROWS("UPDATE_ROWS", UPDATE, model, structs, n)
/* Deletes the row of each struct's primary key, or all rows like a struct in .COLUMNS(…). */
#define QC_DELETE_ROWS(model, structs, n) QC_ROWS("DELETE_ROWS", DELETE, model, structs, n)
#define QC_ROWS(word, name, model, structs, n)                                                     \
    QC_CHAIN, QC_TARGET(word, model), {.QC_BARE_CLAUSE(name)                                       \
        .rows = QC_ROWS_OF(word, model, structs), .list = QC_ROWS_FORM(model, structs),            \
        .count = qc_row_count(n), .kind = QC_CLAUSE_ROWS }, {
/* The rows are no variable of a block of ours: a compound literal would end with it. */
#define QC_ROWS_OF(word, model, structs)                                                           \
    ((void)__extension__({                                                                         \
         _Static_assert(QC_ROWS_KIND(model, structs, 1, 1, 0),                                     \
                        word ": the rows must be a pointer to structs of the model, or to "        \
                             "pointers to them");                                                  \
         0;                                                                                        \
     }),                                                                                           \
     (structs))
#define QC_ROWS_FORM(model, structs)                                                               \
    QC_ROWS_KIND(model, structs, (const qc_node *const *)0, qc_row_pointers, (const qc_node *const *)0)
#define QC_ROWS_KIND(model, structs, array, pointers, other)                                       \
    _Generic((structs), __typeof__(&*(model).qc_row): array,                                       \
             const __typeof__(*(model).qc_row) *: array,                                           \
             __typeof__(&*(model).qc_row) *: pointers,                                             \
             __typeof__(&*(model).qc_row) const *: pointers,                                       \
             const __typeof__(*(model).qc_row) **: pointers,                                       \
             const __typeof__(*(model).qc_row) *const *: pointers, default: other)
/* The list of a ROWS clause whose rows are pointers to structs. */
extern const qc_node *const qc_row_pointers[];

/* The generic row, for several items without a record. */
typedef union qc_query_rows {
    const qc_node *node;
    QC_HEAD_MEMBERS(QC_KIND_QUERY, struct qc_row, int, int, union qc_query_rows)
    QC_NAMED_MEMBERS(struct qc_row, void *, union qc_no_writer)
} qc_query_rows;
static const qc_query_rows qc_rows __attribute__((unused)) = {NULL};

/* ---- Clauses: what stands behind a dot. ---- */

/* Every member is given: else gcc clears all of the array before it fills it. */
#define QC_CLAUSE(name) .kind = QC_CLAUSE_##name, .count = 0}, {
#define QC_NODE_CLAUSE(name) .list = NULL, .kind = QC_CLAUSE_##name, .count = 0}, {
#define QC_LIST_CLAUSE(name) .node = NULL, .kind = QC_CLAUSE_##name, .count = 0}, {
#define QC_BARE_CLAUSE(name) node = NULL, .list = NULL, .kind = QC_CLAUSE_##name, .count = 0}, {
#define QC_DISTINCT(...) QC_CAT(QC_DISTINCT_, QC_IS_EMPTY(__VA_ARGS__))(__VA_ARGS__)
#define QC_DISTINCT_1() QC_BARE_CLAUSE(DISTINCT)
#define QC_DISTINCT_0(x) QC_DISTINCT_OF(x)
#define QC_FROM(...) list = QC_SOURCES(__VA_ARGS__), QC_LIST_CLAUSE(FROM)
#define QC_SOURCES(...) ((const qc_node *const[]){QC_LIST(QC_SOURCE, ~, __VA_ARGS__) NULL})
#define QC_SOURCE(c, x)                                                                            \
    qc_listed(QC_CHECKED_NAME(QC_KIND_MODEL, "FROM: an item must be a model or an alias", x,       \
                              QC_LOCAL, QC_LOCAL).qc_head),
#define QC_JOIN(...) QC_JOIN_CLAUSE(JOIN, "JOIN", __VA_ARGS__)
#define QC_LEFT_JOIN(...) QC_JOIN_CLAUSE(LEFT_JOIN, "LEFT_JOIN", __VA_ARGS__)
#define QC_RIGHT_JOIN(...) QC_JOIN_CLAUSE(RIGHT_JOIN, "RIGHT_JOIN", __VA_ARGS__)
#define QC_FULL_JOIN(...) QC_JOIN_CLAUSE(FULL_JOIN, "FULL_JOIN", __VA_ARGS__)
#define QC_CROSS_JOIN(x) node = QC_JOIN_TARGET("CROSS_JOIN", x), QC_NODE_CLAUSE(CROSS_JOIN)
#define QC_NO_CONDITION ((qc_bool){NULL})
#define QC_JOIN_CLAUSE(name, word, ...)                                                            \
    QC_CAT(QC_JOIN_, QC_IS_ONE(__VA_ARGS__))(name, word, __VA_ARGS__)
#define QC_JOIN_1(name, word, x) QC_JOIN_0(name, word, x, QC_NO_CONDITION)
#define QC_JOIN_0(name, word, x, ...)                                                              \
    node = QC_JOIN_TARGET(word, x),                                                                \
    .on = {QC_ONE_PREDICATE(word " ON", QC_LOCAL, __VA_ARGS__, , ~)},                              \
    QC_CLAUSE(name)
#define QC_JOIN_TARGET(word, x)                                                                    \
    QC_CHECKED_NAME(QC_KINDS_JOINED,                                                               \
                    word ": the first argument must be a relationship, a model or an alias", x,    \
                    QC_LOCAL, QC_LOCAL).qc_head
#define QC_WHERE(...)                                                                              \
    node = QC_ONE_PREDICATE("WHERE", QC_LOCAL, __VA_ARGS__, , ~), QC_NODE_CLAUSE(WHERE)
#define QC_GROUP_BY(...)                                                                           \
    list = QC_EXPRESSIONS("GROUP_BY", QC_KINDS_EXPRESSION, __VA_ARGS__), QC_LIST_CLAUSE(GROUP_BY)
#define QC_HAVING(...)                                                                             \
    node = QC_ONE_PREDICATE("HAVING", QC_LOCAL, __VA_ARGS__, , ~), QC_NODE_CLAUSE(HAVING)
#define QC_ORDER_BY(...)                                                                           \
    list = QC_EXPRESSIONS("ORDER_BY", QC_KINDS_ORDERING, __VA_ARGS__),                             \
    QC_LIST_CLAUSE(ORDER_BY)
#define QC_EXPRESSIONS(word, kinds, ...)                                                           \
    ((const qc_node *const[]){QC_LIST(QC_EXPRESSION_ITEM, (kinds, word), __VA_ARGS__) NULL})
#define QC_EXPRESSION_ITEM(c, x)                                                                   \
    qc_listed(QC_EXPRESSION(QC_FIRST_OF c,                                                         \
                            QC_SECOND_OF c ": an item must be a column or an expression", x,       \
                            QC_LOCAL, QC_LOCAL)),
#define QC_LIMIT(n) node = QC_ROW_COUNT("LIMIT", QC_OR_NOTHING(n), QC_LOCAL), QC_NODE_CLAUSE(LIMIT)
#define QC_OFFSET(n) node = QC_ROW_COUNT("OFFSET", QC_OR_NOTHING(n), QC_LOCAL), QC_NODE_CLAUSE(OFFSET)
#define QC_ROW_COUNT(word, n, N)                                                                   \
    __extension__({                                                                                \
        __auto_type N = (n);                                                                       \
        _Static_assert(_Generic(N, int: 1, unsigned int: 1, long: 1, unsigned long: 1,             \
                                long long: 1, unsigned long long: 1, short: 1, unsigned short: 1,  \
                                signed char: 1, unsigned char: 1, default: 0),                     \
                       word ": the argument must be a whole number");                              \
        qc_limit(*(const __typeof__(_Generic(N, char *: 0, const char *: 0, default: N)) *)&N);    \
    })
#define QC_SET(column, x) node = QC_ASSIGNMENT(column, x, QC_LOCAL, QC_LOCAL), QC_NODE_CLAUSE(SET)
#define QC_ASSIGNMENT(column, x, C, T)                                                             \
    __extension__({                                                                                \
        __auto_type C = (column);                                                                  \
        QC_TYPED(C, T)                                                                             \
        _Static_assert(!QC_IS_LITERAL(T), "SET: the first argument must be a column");             \
        qc_assign(QC_NODE_IN(C, T),                                                                \
                  QC_FITTED(T, "SET: the value has another type than the column", x,               \
                            QC_LOCAL, QC_LOCAL));                                                  \
    })
#define QC_COLUMNS_CLAUSE(...)                                                                     \
    list = QC_EXPRESSIONS("COLUMNS", QC_KINDS_EXPRESSION, __VA_ARGS__), QC_LIST_CLAUSE(COLUMNS)
/* INSERT(User).COLUMNS(User_email).FROM_QUERY(SELECT(…)…) */
#define QC_FROM_QUERY(...) node = QC_QUERY_NODE(__VA_ARGS__), QC_NODE_CLAUSE(SOURCE)
/* RETURNING() fills the whole struct, RETURNING(User_id) those fields. */
#define QC_RETURNING(...) QC_CAT(QC_RETURNING_, QC_IS_EMPTY(__VA_ARGS__))(__VA_ARGS__)
#define QC_RETURNING_1() QC_BARE_CLAUSE(RETURNING)
#define QC_RETURNING_0(...)                                                                        \
    list = QC_EXPRESSIONS("RETURNING", QC_KINDS_EXPRESSION, __VA_ARGS__), QC_LIST_CLAUSE(RETURNING)
#define QC_ALL_ROWS QC_BARE_CLAUSE(ALL_ROWS)
/* Both are for the whole statement: queries inside it, its loaders. In a query that is nested in
 * another, for that one and what is in it. */
#define QC_WITH_DELETED QC_BARE_CLAUSE(WITH_DELETED)
#define QC_ALL_TENANTS QC_BARE_CLAUSE(ALL_TENANTS)
/* INSERT(User).SET(…).ON_CONFLICT(User_email).DO_UPDATE(User_name): a row that is there already is
 * left (DO_NOTHING) or changed: named columns take the values that were to be inserted, SET behind
 * ON_CONFLICT gives others, WHERE says which rows. ON_CONFLICT() is any conflict. */
#define QC_ON_CONFLICT(...) QC_CAT(QC_ON_CONFLICT_, QC_IS_EMPTY(__VA_ARGS__))(__VA_ARGS__)
#define QC_ON_CONFLICT_1() QC_BARE_CLAUSE(ON_CONFLICT)
#define QC_ON_CONFLICT_0(...)                                                                      \
    list = QC_EXPRESSIONS("ON_CONFLICT", QC_KINDS_EXPRESSION, __VA_ARGS__), QC_LIST_CLAUSE(ON_CONFLICT)
#define QC_DO_NOTHING QC_BARE_CLAUSE(DO_NOTHING)
#define QC_DO_UPDATE(...) QC_CAT(QC_DO_UPDATE_, QC_IS_EMPTY(__VA_ARGS__))(__VA_ARGS__)
#define QC_DO_UPDATE_1() QC_BARE_CLAUSE(DO_UPDATE)
#define QC_DO_UPDATE_0(...)                                                                        \
    list = QC_EXPRESSIONS("DO_UPDATE", QC_KINDS_EXPRESSION, __VA_ARGS__), QC_LIST_CLAUSE(DO_UPDATE)
/* The value of a column in the row that was to be inserted: SET(User_visits, ADD(User_visits,
 * EXCLUDED(User_visits))). */
#define QC_EXCLUDED(column)                                                                        \
    QC_WRAPPED("EXCLUDED", column, QC_EXCLUDED_NODE, QC_LOCAL, QC_LOCAL, ~)
#define QC_EXCLUDED_NODE(node, unused) qc_excluded(node)
#define QC_UNION(...) node = QC_QUERY_NODE(__VA_ARGS__), QC_NODE_CLAUSE(UNION)
#define QC_UNION_ALL(...) node = QC_QUERY_NODE(__VA_ARGS__), QC_NODE_CLAUSE(UNION_ALL)
#define QC_INTERSECT(...) node = QC_QUERY_NODE(__VA_ARGS__), QC_NODE_CLAUSE(INTERSECT)
#define QC_EXCEPT(...) node = QC_QUERY_NODE(__VA_ARGS__), QC_NODE_CLAUSE(EXCEPT)

/* ---- Queries inside queries. ---- */

/* The clauses of a chain whose head is already in a variable. */
#define QC_CHAIN_CLAUSES(H, ...)                                                                   \
    ((const qc_clause[]){                                                                          \
        {.node = H.qc_head, .list = NULL, .kind = QC_CLAUSE_HEAD, .count = 0},                     \
        __VA_ARGS__.node = NULL, .list = NULL, .kind = QC_CLAUSE_END, .count = 0}})
#define QC_CHAIN_NODE(H, ...) qc_query_node(QC_CHAIN_CLAUSES(H, __VA_ARGS__))
/* `q`, a query in a variable. */
#define QC_KEPT(q)                                                                                 \
    QC_CHECKED(QC_KINDS_KEPT,                                                                      \
               "a query is wanted here: SELECT(...), EXTEND(...) or a variable that keeps one", q, \
               QC_LOCAL, QC_LOCAL)
/* The QUERY node of a chain or of a kept query. */
#define QC_QUERY_NODE(...) QC_CAT(QC_QUERY_NODE_, QC_IS_CHAIN(__VA_ARGS__, ~))(__VA_ARGS__)
#define QC_QUERY_NODE_0(q) QC_KEPT(q).qc_head
#define QC_QUERY_NODE_1(chain, head, ...) QC_CHAIN_NODE(head, __VA_ARGS__)

#define QC_EXISTS(...) ((qc_bool){qc_exists(QC_QUERY_NODE(__VA_ARGS__))})
/* A query of one expression as an expression. */
#define QC_SUBQUERY(...)                                                                           \
    QC_CAT(QC_SUBQUERY_, QC_IS_CHAIN(__VA_ARGS__, ~))(QC_LOCAL, QC_LOCAL, __VA_ARGS__)
#define QC_SUBQUERY_0(H, T, q) QC_SUBQUERY_1(H, T, , QC_KEPT(q), {)
#define QC_SUBQUERY_1(H, T, chain, head, ...)                                                      \
    __extension__({                                                                                \
        __auto_type H = head;                                                                      \
        typedef __typeof__(H) T;                                                                   \
        QC_ASSERT_SCALAR("SUBQUERY", T);                                                           \
        (QC_SELF(T)){qc_subquery(QC_CHAIN_NODE(H, __VA_ARGS__), QC_TYPE(T))};                      \
    })
#define QC_ASSERT_SCALAR(word, T)                                                                  \
    _Static_assert(QC_KIND(T) & QC_KINDS_SCALAR,                                                   \
                   word ": the query must select one column or expression")
/* Keeps a query as long as the current arena: QUERY_OF(User) q = QUERY(SELECT(User)…). */
#define QC_QUERY(...) QC_CAT(QC_QUERY_, QC_IS_CHAIN(__VA_ARGS__, ~))(QC_LOCAL, __VA_ARGS__)
#define QC_QUERY_0(H, q) QC_KEPT(q)
#define QC_QUERY_1(H, chain, head, ...)                                                            \
    __extension__({                                                                                \
        __auto_type H = head;                                                                      \
        (__typeof__(*H.qc_query)){QC_CHAIN_NODE(H, __VA_ARGS__)};                                  \
    })

#endif
