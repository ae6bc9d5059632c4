/* Queries: a chain of clauses is an initializer list.
 *
 *     FIRST(db, SELECT(User).WHERE(EQ(User_id, 7)).LIMIT(1))
 *
 * SELECT(x) expands to `x, {`, what follows its dot to
 * `where = e, .kind = QC_CLAUSE_WHERE }, {`, and the sink puts `(const qc_clause[]){` before and
 * `.kind = QC_CLAUSE_END } }` behind. So any clause may stand any number of times, a misspelt one
 * is "no member named", and there is nothing to free.
 */
#ifndef QUERCUS_QUERY_H
#define QUERCUS_QUERY_H

#include <quercus/expr.h>
#include <quercus/model.h>

/* The one list of clauses: name, SQL words. */
#define QC_CLAUSES(X)                                                                              \
    X(END, "")                                                                                     \
    X(HEAD, "")            /* node: what SELECT, INSERT … was given first; a QUERY: it is extended */                       \
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
    X(ALL_ROWS, "")        /* UPDATE or DELETE without WHERE is meant */

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

/* A QUERY node of clauses that end with QC_CLAUSE_END; copies them into the current arena. */
const qc_node *qc_query_node(const qc_clause *clauses);
const qc_node *qc_exists(const qc_node *query);
const qc_node *qc_subquery(const qc_node *query, int type);
const qc_node *qc_limit(int64_t rows);
const qc_node *qc_assign(const qc_node *column, const qc_node *value);
/* Clauses made at run time, for lists of any length: a filter, an ordering … of `count` items. */
const qc_node *const *qc_node_list(const void *handles, size_t count);

/* ---- Heads. ---- */

#define QC_SELECT(...) QC_CAT(QC_SELECT_, QC_IS_ONE(__VA_ARGS__))(__VA_ARGS__)
#define QC_SELECT_1(x) QC_CHAIN, x, {
#define QC_SELECT_0(...)                                                                           \
    QC_CHAIN, qc_rows, {.list = QC_SELECT_ITEMS(__VA_ARGS__), .kind = QC_CLAUSE_ITEMS}, {
#define QC_SELECT_AS(record, ...)                                                                  \
    QC_CHAIN, record, {.list = QC_SELECT_ITEMS(__VA_ARGS__), .kind = QC_CLAUSE_ITEMS}, {
#define QC_SELECT_ITEMS(...) ((const qc_node *const[]){QC_LIST(QC_ITEM, ~, __VA_ARGS__) NULL})
#define QC_ITEM(c, x) (x).node,
/* Continues a kept query: ALL(db, EXTEND(q).LIMIT(10)), q = QUERY(EXTEND(q).WHERE(…)). */
#define QC_EXTEND(q) QC_CHAIN, q, {
#define QC_INSERT(model) QC_CHAIN, model, {.kind = QC_CLAUSE_INSERT}, {
#define QC_UPDATE(model) QC_CHAIN, model, {.kind = QC_CLAUSE_UPDATE}, {
#define QC_DELETE(model) QC_CHAIN, model, {.kind = QC_CLAUSE_DELETE}, {
/* `n` structs from `rows` (struct User *): all columns, but those with a default that are unset. */
#define QC_INSERT_ROWS(model, structs, n)                                                          \
    QC_CHAIN, model, {.kind = QC_CLAUSE_INSERT}, {                                                 \
        .rows = QC_ROWS_OF(model, structs), .count = (n), .kind = QC_CLAUSE_ROWS }, {
#define QC_INSERT_ROW(model, row) QC_INSERT_ROWS(model, row, 1)
#define QC_ROWS_OF(model, structs) (1 ? (structs) : (model).row)

/* The generic row, for several items without a record. */
static const union qc_rows_handle {
    const qc_node *node;
    struct qc_row *row;
    union qc_query_rows *query;
} qc_rows __attribute__((unused)) = {NULL};
typedef union qc_query_rows {
    const qc_node *node;
    struct qc_row *row;
    union qc_query_rows *query;
} qc_query_rows;

/* ---- Clauses: what stands behind a dot. ---- */

#define QC_CLAUSE(name) .kind = QC_CLAUSE_##name}, {
#define QC_DISTINCT(...) QC_CAT(QC_DISTINCT_, QC_IS_EMPTY(__VA_ARGS__))(__VA_ARGS__)
#define QC_DISTINCT_1() kind = QC_CLAUSE_DISTINCT}, {
#define QC_DISTINCT_0(x) QC_DISTINCT_OF(x)
#define QC_FROM(...) list = QC_SOURCES(__VA_ARGS__), QC_CLAUSE(FROM)
#define QC_SOURCES(...) ((const qc_node *const[]){QC_LIST(QC_SOURCE, ~, __VA_ARGS__) NULL})
#define QC_SOURCE(c, x) (x).source,
#define QC_JOIN(...) QC_JOIN_CLAUSE(JOIN, __VA_ARGS__, (qc_bool){NULL}, ~)
#define QC_LEFT_JOIN(...) QC_JOIN_CLAUSE(LEFT_JOIN, __VA_ARGS__, (qc_bool){NULL}, ~)
#define QC_RIGHT_JOIN(...) QC_JOIN_CLAUSE(RIGHT_JOIN, __VA_ARGS__, (qc_bool){NULL}, ~)
#define QC_FULL_JOIN(...) QC_JOIN_CLAUSE(FULL_JOIN, __VA_ARGS__, (qc_bool){NULL}, ~)
#define QC_CROSS_JOIN(x) node = (x).source, QC_CLAUSE(CROSS_JOIN)
#define QC_JOIN_CLAUSE(name, x, condition, ...)                                                    \
    node = (x).source, .on = condition, QC_CLAUSE(name)
#define QC_WHERE(x) where = x, QC_CLAUSE(WHERE)
#define QC_GROUP_BY(...) list = QC_SELECT_ITEMS(__VA_ARGS__), QC_CLAUSE(GROUP_BY)
#define QC_HAVING(x) having = x, QC_CLAUSE(HAVING)
#define QC_ORDER_BY(...) list = QC_SELECT_ITEMS(__VA_ARGS__), QC_CLAUSE(ORDER_BY)
#define QC_LIMIT(n) node = qc_limit(n), QC_CLAUSE(LIMIT)
#define QC_OFFSET(n) node = qc_limit(n), QC_CLAUSE(OFFSET)
#define QC_SET(column, x) node = QC_ASSIGNMENT(column, x, QC_LOCAL, QC_LOCAL), QC_CLAUSE(SET)
#define QC_ASSIGNMENT(column, x, C, T) QC_ASSIGNMENT_(column, x, C, T)
#define QC_ASSIGNMENT_(column, x, C, T)                                                            \
    __extension__({                                                                                \
        QC_WITH(column, C, T)                                                                      \
        qc_assign(C.node, QC_FITTED(T, "SET: the value has another type than the column", x));     \
    })
#define QC_COLUMNS_CLAUSE(...) list = QC_SELECT_ITEMS(__VA_ARGS__), QC_CLAUSE(COLUMNS)
/* INSERT(User).COLUMNS(User_email).FROM_QUERY(SELECT(…)…) */
#define QC_FROM_QUERY(...) node = QC_QUERY_NODE(__VA_ARGS__), QC_CLAUSE(SOURCE)
/* RETURNING() fills the whole struct, RETURNING(User_id) those fields. */
#define QC_RETURNING(...) QC_CAT(QC_RETURNING_, QC_IS_EMPTY(__VA_ARGS__))(__VA_ARGS__)
#define QC_RETURNING_1() kind = QC_CLAUSE_RETURNING}, {
#define QC_RETURNING_0(...) list = QC_SELECT_ITEMS(__VA_ARGS__), QC_CLAUSE(RETURNING)
#define QC_ALL_ROWS kind = QC_CLAUSE_ALL_ROWS}, {
#define QC_UNION(...) node = QC_QUERY_NODE(__VA_ARGS__), QC_CLAUSE(UNION)
#define QC_UNION_ALL(...) node = QC_QUERY_NODE(__VA_ARGS__), QC_CLAUSE(UNION_ALL)
#define QC_INTERSECT(...) node = QC_QUERY_NODE(__VA_ARGS__), QC_CLAUSE(INTERSECT)
#define QC_EXCEPT(...) node = QC_QUERY_NODE(__VA_ARGS__), QC_CLAUSE(EXCEPT)

/* ---- Queries inside queries. ---- */

/* The clauses of a chain whose head is already in a variable. */
#define QC_CHAIN_CLAUSES(H, ...)                                                                   \
    ((const qc_clause[]){{.kind = QC_CLAUSE_HEAD, .node = H.node}, __VA_ARGS__.kind = QC_CLAUSE_END}})
#define QC_CHAIN_NODE(H, ...) qc_query_node(QC_CHAIN_CLAUSES(H, __VA_ARGS__))
/* The QUERY node of a chain or of a kept query. */
#define QC_QUERY_NODE(...) QC_CAT(QC_QUERY_NODE_, QC_IS_CHAIN(__VA_ARGS__))(__VA_ARGS__)
#define QC_QUERY_NODE_0(q) (q).node
#define QC_QUERY_NODE_1(chain, head, ...) QC_CHAIN_NODE((head), __VA_ARGS__)

#define QC_EXISTS(...) ((qc_bool){qc_exists(QC_QUERY_NODE(__VA_ARGS__))})
/* A query of one expression as an expression. */
#define QC_SUBQUERY(...) QC_CAT(QC_SUBQUERY_, QC_IS_CHAIN(__VA_ARGS__))(__VA_ARGS__)
#define QC_SUBQUERY_1(chain, head, ...) QC_SUBQUERY_2(QC_LOCAL, head, __VA_ARGS__)
#define QC_SUBQUERY_2(H, head, ...) QC_SUBQUERY_3(H, head, __VA_ARGS__)
#define QC_SUBQUERY_3(H, head, ...)                                                                \
    __extension__({                                                                                \
        __auto_type H = (head);                                                                    \
        (QC_SELF(__typeof__(H))){                                                                  \
            qc_subquery(QC_CHAIN_NODE(H, __VA_ARGS__), QC_TYPE(__typeof__(H)))};                   \
    })
/* Keeps a query as long as the current arena: QUERY_OF(User) q = QUERY(SELECT(User)…). */
#define QC_QUERY(...) QC_QUERY_(QC_LOCAL, __VA_ARGS__)
#define QC_QUERY_(H, ...) QC_QUERY__(H, __VA_ARGS__)
#define QC_QUERY__(H, chain, head, ...)                                                            \
    __extension__({                                                                                \
        __auto_type H = (head);                                                                    \
        (__typeof__(*H.query)){QC_CHAIN_NODE(H, __VA_ARGS__)};                                     \
    })

#endif
