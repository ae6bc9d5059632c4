/* Expressions: typed handles around AST nodes, and the words that combine them.
 *
 * A handle is a one-pointer union. Only `node` is ever stored; the other members are phantoms that
 * carry types for the compiler: `value` the C type of a result, `type` and `cls` the SQL type and
 * its class as array lengths, `sum` and `avg` the result of an aggregate.
 *
 * Constructors take memory from the current arena and never fail: an error becomes a poison node,
 * which the sink reports with the line of the query. Text and bytes given as values are copied.
 */
#ifndef QUERCUS_EXPR_H
#define QUERCUS_EXPR_H

#include <quercus/detail/node.h>
#include <quercus/detail/pp.h>

struct qc_row;

#define QC_ROW(name, ctype, optional, class_, sum_, avg_, ...)                                     \
    typedef union qc_query_##name {                                                                \
        const qc_node *node;                                                                 \
        struct qc_row *row;                                                                        \
        ctype *value;                                                                              \
        optional *nullable;                                                                        \
        union qc_query_##name *query;                                                              \
    } qc_query_##name;                                                                             \
    typedef union qc_##name {                                                                      \
        const qc_node *node;                                                                       \
        struct qc_row *row;                                                                        \
        ctype *value;                                                                              \
        optional *nullable;                                                                        \
        char (*type)[QC_TYPE_##name];                                                              \
        char (*cls)[QC_CLASS_##class_];                                                            \
        char (*operand)[QC_OPERAND_HANDLE];                                                        \
        union qc_##sum_ *sum;                                                                      \
        union qc_##avg_ *avg;                                                                      \
        union qc_##name *self;                                                                     \
        union qc_query_##name *query;                                                              \
    } qc_##name;

/* ---- C values as operands. ----
 * The one list of C types a value may have: name, C type, class, SQL type when nothing says more. */
#define QC_LITERALS(X)                                                                             \
    X(BOOL, _Bool, BOOL, bool)                                                                     \
    X(SCHAR, signed char, NUMBER, int)                                                             \
    X(UCHAR, unsigned char, NUMBER, int)                                                           \
    X(SHORT, short, NUMBER, int)                                                                   \
    X(USHORT, unsigned short, NUMBER, int)                                                         \
    X(INT, int, NUMBER, int)                                                                       \
    X(UINT, unsigned int, NUMBER, bigint)                                                          \
    X(LONG, long, NUMBER, bigint)                                                                  \
    X(ULONG, unsigned long, NUMBER, bigint)                                                        \
    X(LLONG, long long, NUMBER, bigint)                                                            \
    X(ULLONG, unsigned long long, NUMBER, bigint)                                                  \
    X(FLOAT, float, NUMBER, real)                                                                  \
    X(DOUBLE, double, NUMBER, double)                                                              \
    X(TEXT, const char *, TEXT, text)                                                              \
    X(MUTABLE_TEXT, char *, TEXT, text)                                                            \
    X(NULL, void *, ANY, text)                                                                    \
    X(NUMERIC, qc_numeric_value, NUMBER, numeric)                                                  \
    X(BYTEA, qc_bytea_value, BYTEA, bytea)                                                         \
    X(DATE, qc_date_value, DATE, date)                                                             \
    X(TIME, qc_time_value, TIME, time)                                                             \
    X(TIMESTAMP, qc_timestamp_value, TIMESTAMP, timestamptz)                                       \
    X(UUID, qc_uuid_value, UUID, uuid)                                                             \
    X(OPT_BOOL, qc_opt_bool, BOOL, bool)                                                           \
    X(OPT_SMALLINT, qc_opt_smallint, NUMBER, smallint)                                             \
    X(OPT_INT, qc_opt_int, NUMBER, int)                                                            \
    X(OPT_BIGINT, qc_opt_bigint, NUMBER, bigint)                                                   \
    X(OPT_REAL, qc_opt_real, NUMBER, real)                                                         \
    X(OPT_DOUBLE, qc_opt_double, NUMBER, double)                                                   \
    X(OPT_DATE, qc_opt_date, DATE, date)                                                           \
    X(OPT_TIME, qc_opt_time, TIME, time)                                                           \
    X(OPT_TIMESTAMP, qc_opt_timestamp, TIMESTAMP, timestamptz)                                     \
    X(OPT_UUID, qc_opt_uuid, UUID, uuid)

/* How an operand reaches a constructor: a handle, or a value of one of the C types above. */
enum qc_operand_kind {
    QC_OPERAND_NONE,
    QC_OPERAND_HANDLE,
#define QC_LITERAL(name, ...) QC_OPERAND_##name,
    QC_LITERALS(QC_LITERAL)
#undef QC_LITERAL
        QC_OPERAND_COUNT
};

QC_TYPES(QC_ROW)
#undef QC_ROW

/* The phantom handles of C values: QC_HANDLE_TYPE(42) is the type of qc_literal_INT. */
#define QC_LITERAL(name, ctype, class_, sql)                                                       \
    extern const union qc_literal_##name {                                                         \
        const qc_node *node;                                                                       \
        char (*type)[QC_TYPE_##sql];                                                               \
        char (*cls)[QC_CLASS_##class_];                     \
        char (*operand)[QC_OPERAND_##name];                                                        \
        union qc_##sql *self;                                                                      \
    } qc_literal_##name;
QC_LITERALS(QC_LITERAL)
#undef QC_LITERAL

/* Decided at compile time about the type T of an operand's handle. */
#define QC_LITERAL_ROW(name, ctype, ...) ctype: qc_literal_##name,
#define QC_HANDLE(x) _Generic((x), QC_LITERALS(QC_LITERAL_ROW) default: (x))
#define QC_TYPE(T) (int)sizeof(*((T *)0)->type)
#define QC_CLASS(T) (int)sizeof(*((T *)0)->cls)
#define QC_OPERAND(T) (int)sizeof(*((T *)0)->operand)
#define QC_SELF(T) __typeof__(*((T *)0)->self)
#define QC_IS_LITERAL(T) (QC_OPERAND(T) != QC_OPERAND_HANDLE)
#define QC_IS_WHOLE(T) (QC_OPERAND(T) >= QC_OPERAND_SCHAR && QC_OPERAND(T) <= QC_OPERAND_ULLONG)
#define QC_IS_NUMBER(T) (QC_CLASS(T) == QC_CLASS_NUMBER)

/* `true` is an int in C11, so an int may stand for a bool; text may stand for JSON; NULL for all. */
#define QC_STANDS_FOR(T, U)                                                                        \
    (QC_CLASS(U) == QC_CLASS_ANY ||                                                                \
     (QC_CLASS(T) == QC_CLASS_BOOL && QC_OPERAND(U) == QC_OPERAND_INT) ||                          \
     (QC_CLASS(T) == QC_CLASS_JSON && QC_CLASS(U) == QC_CLASS_TEXT && QC_IS_LITERAL(U)))
#define QC_COMPARABLE(T, U)                                                                        \
    (QC_CLASS(T) == QC_CLASS(U) || QC_STANDS_FOR(T, U) || QC_STANDS_FOR(U, T))
/* A value of U can be stored as T without losing anything but digits after the point. */
#define QC_FITS(T, U)                                                                              \
    (QC_STANDS_FOR(T, U) ||                                                                        \
     (QC_CLASS(T) == QC_CLASS(U) &&                                                                \
      (!QC_IS_NUMBER(T) || QC_IS_WHOLE(U) || QC_TYPE(U) <= QC_TYPE(T) ||                           \
       (QC_IS_LITERAL(U) && QC_TYPE(T) >= QC_TYPE_numeric))))

/* A name for a local that no nested word shadows. */
#define QC_LOCAL QC_CAT(qc_local_, __COUNTER__)

/* ---- Operators and functions: one list each. ---- */

/* name, PostgreSQL and SQLite text (NULL: the dialect renders it its own way) */
#define QC_OPERATORS(X)                                                                            \
    X(EQ, "=")                                                                                     \
    X(NE, "<>")                                                                                    \
    X(LT, "<")                                                                                     \
    X(LE, "<=")                                                                                    \
    X(GT, ">")                                                                                     \
    X(GE, ">=")                                                                                    \
    X(LIKE, "LIKE")                                                                                \
    X(NOT_LIKE, "NOT LIKE")                                                                        \
    X(ILIKE, "ILIKE")                                                                              \
    X(NOT_ILIKE, "NOT ILIKE")                                                                      \
    X(IS_DISTINCT_FROM, "IS DISTINCT FROM")                                                        \
    X(IS_NOT_DISTINCT_FROM, "IS NOT DISTINCT FROM")                                                \
    X(IN, "IN")                                                                                    \
    X(NOT_IN, "NOT IN")                                                                            \
    X(IS_NULL, "IS NULL")                                                                          \
    X(IS_NOT_NULL, "IS NOT NULL")                                                                  \
    X(BETWEEN, "BETWEEN")                                                                          \
    X(NOT_BETWEEN, "NOT BETWEEN")                                                                  \
    X(ADD, "+")                                                                                    \
    X(SUB, "-")                                                                                    \
    X(MUL, "*")                                                                                    \
    X(DIV, "/")                                                                                    \
    X(MOD, "%")                                                                                    \
    X(NEG, "-")                                                                                    \
    X(CONCAT, "||")                                                                                \
    X(NOT, "NOT")                                                                                  \
    X(AND, "AND")                                                                                  \
    X(OR, "OR")

enum qc_op {
#define QC_ROW(name, text) QC_OP_##name,
    QC_OPERATORS(QC_ROW)
#undef QC_ROW
        QC_OP_COUNT
};

/* Functions: name, SQL name, whether it is an aggregate. */
#define QC_FUNCTIONS(X)                                                                            \
    X(COUNT, "count", true)                                                                        \
    X(SUM, "sum", true)                                                                            \
    X(AVG, "avg", true)                                                                            \
    X(MIN, "min", true)                                                                            \
    X(MAX, "max", true)                                                                            \
    X(COALESCE, "coalesce", false)                                                                 \
    X(NULLIF, "nullif", false)                                                                     \
    X(LOWER, "lower", false)                                                                       \
    X(UPPER, "upper", false)                                                                       \
    X(LENGTH, "length", false)                                                                     \
    X(ABS, "abs", false)                                                                           \
    X(ROUND, "round", false)                                                                       \
    X(NOW, "now", false)                                                                           \
    X(EXTRACT, "extract", false)                                                                   \
    X(DATE_TRUNC, "date_trunc", false)

enum qc_function_id {
#define QC_ROW(name, text, aggregate) QC_FUNCTION_##name,
    QC_FUNCTIONS(QC_ROW)
#undef QC_ROW
        QC_FUNCTION_ID_COUNT
};

/* The fields of EXTRACT and DATE_TRUNC. */
#define QC_DATE_FIELDS(X)                                                                          \
    X(YEAR, "year")                                                                                \
    X(QUARTER, "quarter")                                                                          \
    X(MONTH, "month")                                                                              \
    X(WEEK, "week")                                                                                \
    X(DAY, "day")                                                                                  \
    X(HOUR, "hour")                                                                                \
    X(MINUTE, "minute")                                                                            \
    X(SECOND, "second")                                                                            \
    X(DOW, "dow")                                                                                  \
    X(DOY, "doy")                                                                                  \
    X(EPOCH, "epoch")

enum qc_date_field {
#define QC_ROW(name, text) QC_DATE_FIELD_##name,
    QC_DATE_FIELDS(QC_ROW)
#undef QC_ROW
        QC_DATE_FIELD_COUNT
};

/* An item of ORDER BY. */
typedef union qc_order {
    const qc_node *node;
    char (*type)[99];
    char (*cls)[99];
    char (*operand)[QC_OPERAND_HANDLE];
    union qc_order *self;
} qc_order;
enum { QC_ORDER_DESC = 1, QC_ORDER_NULLS_FIRST = 2, QC_ORDER_NULLS_LAST = 4 };

/* ---- Constructors the words call. An operand is (enum qc_operand_kind, pointer to it). ---- */

#define QC_PAIR(T, U) (QC_OPERAND(T) | QC_OPERAND(U) << 8)

/* The node of one operand; `type` (enum qc_type, or 0) is what a literal should become. */
const qc_node *qc_operand(int type, int operand, const void *value);
/* op | result type << 8; operands as QC_PAIR */
const qc_node *qc_compare(int op, int operands, const void *a, const void *b);
const qc_node *qc_arithmetic(int op, int type, int operands, const void *a, const void *b);
const qc_node *qc_between(int op, const qc_node *value, const qc_node *low, const qc_node *high);
/* `items` ends with NULL. */
const qc_node *qc_in_list(int op, const qc_node *value, const qc_node *const *items);
/* `count` values of C type of `type`, copied; one bind whatever their number. */
const qc_node *qc_in_array(int op, const qc_node *value, int type, const void *values, size_t count);
const qc_node *qc_in_query(int op, const qc_node *value, const qc_node *query);
const qc_node *qc_unary(int op, int type, const qc_node *x);
const qc_node *qc_concat(const qc_node *const *items);
/* LIKE with the wildcards of `text` escaped; where: 1 anything before, 2 anything after, 3 both. */
const qc_node *qc_like_escaped(qc_text x, const char *text, int where);
/* The function `id` of `type` over items that end with NULL; aggregates too. */
const qc_node *qc_call(int id, int type, const qc_node *const *items);
const qc_node *qc_cast(const qc_node *x, int type, int form, int modifier);
const qc_node *qc_case(int type, const qc_node *const *arms);
const qc_node *qc_when(qc_bool condition, int operand, const void *value);
const qc_node *qc_else(int operand, const void *value);
const qc_node *qc_label(const qc_node *x, const char *name);
const qc_node *qc_distinct(const qc_node *x);
const qc_node *qc_filter(const qc_node *aggregate, qc_bool condition);
const qc_node *qc_only_if(bool condition, const qc_node *x);
const qc_node *qc_func(const char *name, int type, const qc_node *const *items);
const qc_node *qc_custom_op(const char *text, int type, const qc_node *a, const qc_node *b);
const qc_node *qc_raw(int type, const char *sql, const qc_node *const *items);
const qc_node *qc_order_by(const qc_node *x, int flags);
const qc_node *qc_extract(int field, const qc_node *x);
const qc_node *qc_date_trunc(int field, const qc_node *x);

/* Ends the lists of AND and OR, so that a zeroed handle in one does not; stands where an optional
 * argument is not given. */
extern const qc_node qc_list_end, qc_absent;

/* Plain typed functions. Lists end with {&qc_list_end}. */
qc_bool qc_and(const qc_bool *items);
qc_bool qc_or(const qc_bool *items);
qc_bool qc_not(qc_bool x);
qc_text qc_lower(qc_text x);
qc_text qc_upper(qc_text x);
qc_int qc_length(qc_text x);
qc_timestamptz qc_now(void);
qc_bigint qc_count_all(void);
/* AND and OR of `count` predicates made at run time; of none: TRUE and FALSE. */
qc_bool qc_and_array(const qc_bool *items, size_t count);
qc_bool qc_or_array(const qc_bool *items, size_t count);

/* ---- Words. Each names its operands once, so that an expansion is linear in its source. ---- */

#define QC_WITH(a, A, T)                                                                           \
    __auto_type A = (a);                                                                           \
    typedef __typeof__(QC_HANDLE(A)) T;

#define QC_COMPARISON(op, word, a, b)                                                              \
    QC_COMPARISON_(op, word, a, b, QC_LOCAL, QC_LOCAL, QC_LOCAL, QC_LOCAL)
#define QC_COMPARISON_(op, word, a, b, A, B, T, U)                                                 \
    __extension__({                                                                                \
        QC_WITH(a, A, T)                                                                           \
        QC_WITH(b, B, U)                                                                           \
        _Static_assert(QC_COMPARABLE(T, U),                                                        \
                       word ": the two sides have different types; convert one with CAST");        \
        _Static_assert(!QC_IS_LITERAL(T) || !QC_IS_LITERAL(U),                                     \
                       word ": both sides are C values; one must be a column or an expression");   \
        (qc_bool){qc_compare(op, QC_PAIR(T, U), &A, &B)};                                          \
    })
#define QC_EQ(a, b) QC_COMPARISON(QC_OP_EQ, "EQ", a, b)
#define QC_NE(a, b) QC_COMPARISON(QC_OP_NE, "NE", a, b)
#define QC_LT(a, b) QC_COMPARISON(QC_OP_LT, "LT", a, b)
#define QC_LE(a, b) QC_COMPARISON(QC_OP_LE, "LE", a, b)
#define QC_GT(a, b) QC_COMPARISON(QC_OP_GT, "GT", a, b)
#define QC_GE(a, b) QC_COMPARISON(QC_OP_GE, "GE", a, b)
#define QC_IS_DISTINCT_FROM(a, b) QC_COMPARISON(QC_OP_IS_DISTINCT_FROM, "IS_DISTINCT_FROM", a, b)
#define QC_IS_NOT_DISTINCT_FROM(a, b)                                                              \
    QC_COMPARISON(QC_OP_IS_NOT_DISTINCT_FROM, "IS_NOT_DISTINCT_FROM", a, b)

#define QC_LIKE_WORD(op, word, a, b)                                                               \
    QC_LIKE_WORD_(op, word, a, b, QC_LOCAL, QC_LOCAL, QC_LOCAL, QC_LOCAL)
#define QC_LIKE_WORD_(op, word, a, b, A, B, T, U)                                                  \
    __extension__({                                                                                \
        QC_WITH(a, A, T)                                                                           \
        QC_WITH(b, B, U)                                                                           \
        _Static_assert(QC_CLASS(T) == QC_CLASS_TEXT && QC_CLASS(U) == QC_CLASS_TEXT,               \
                       word ": both the value and the pattern must be text");                      \
        (qc_bool){qc_compare(op, QC_PAIR(T, U), &A, &B)};                                          \
    })
#define QC_LIKE(a, b) QC_LIKE_WORD(QC_OP_LIKE, "LIKE", a, b)
#define QC_NOT_LIKE(a, b) QC_LIKE_WORD(QC_OP_NOT_LIKE, "NOT_LIKE", a, b)
#define QC_ILIKE(a, b) QC_LIKE_WORD(QC_OP_ILIKE, "ILIKE", a, b)
#define QC_NOT_ILIKE(a, b) QC_LIKE_WORD(QC_OP_NOT_ILIKE, "NOT_ILIKE", a, b)
#define QC_CONTAINS(x, s) ((qc_bool){qc_like_escaped(x, s, 3)})
#define QC_STARTS_WITH(x, s) ((qc_bool){qc_like_escaped(x, s, 2)})
#define QC_ENDS_WITH(x, s) ((qc_bool){qc_like_escaped(x, s, 1)})

/* The node of `x` as an operand that must fit the type T. */
#define QC_FITTED(T, sentence, x) QC_FITTED_(T, sentence, x, QC_LOCAL, QC_LOCAL)
#define QC_FITTED_(T, sentence, x, X, U)                                                           \
    __extension__({                                                                                \
        QC_WITH(x, X, U)                                                                           \
        _Static_assert(QC_FITS(T, U), sentence);                                                   \
        qc_operand(QC_TYPE(T), QC_OPERAND(U), &X);                                                 \
    })
/* The node of `x`, a C value by its own type. */
#define QC_NODE(x) QC_NODE_(x, QC_LOCAL, QC_LOCAL)
#define QC_NODE_(x, X, U)                                                                          \
    __extension__({                                                                                \
        QC_WITH(x, X, U)                                                                           \
        qc_operand(0, QC_OPERAND(U), &X);                                                          \
    })
#define QC_NODE_ITEM(c, x) QC_NODE(x),
/* An array of nodes that ends with NULL; QC_NODES_OF(~) and the like cannot be empty. */
#define QC_NODES_OF(...) ((const qc_node *const[]){QC_LIST(QC_NODE_ITEM, ~, __VA_ARGS__) NULL})

#define QC_RANGE_TEST(op, word, x, low, high)                                                      \
    QC_RANGE_TEST_(op, word, x, low, high, QC_LOCAL, QC_LOCAL)
#define QC_RANGE_TEST_(op, word, x, low, high, X, T)                                               \
    __extension__({                                                                                \
        QC_WITH(x, X, T)                                                                           \
        (qc_bool){qc_between(op, qc_operand(0, QC_OPERAND(T), &X),                                 \
                             QC_BOUND(T, word, low), QC_BOUND(T, word, high))};                    \
    })
#define QC_BOUND(T, word, x) QC_BOUND_(T, word, x, QC_LOCAL, QC_LOCAL)
#define QC_BOUND_(T, word, x, X, U)                                                                \
    __extension__({                                                                                \
        QC_WITH(x, X, U)                                                                           \
        _Static_assert(QC_COMPARABLE(T, U),                                                        \
                       word ": a bound has another type than the value; convert it with CAST");    \
        qc_operand(QC_TYPE(T), QC_OPERAND(U), &X);                                                 \
    })
#define QC_BETWEEN(x, low, high) QC_RANGE_TEST(QC_OP_BETWEEN, "BETWEEN", x, low, high)
#define QC_NOT_BETWEEN(x, low, high) QC_RANGE_TEST(QC_OP_NOT_BETWEEN, "NOT_BETWEEN", x, low, high)

/* IN(x, 1, 2, 3) and IN(x, SELECT(…)…) */
#define QC_IN(x, ...) QC_CAT(QC_IN_, QC_IS_CHAIN(__VA_ARGS__))(QC_OP_IN, "IN", x, __VA_ARGS__)
#define QC_NOT_IN(x, ...)                                                                          \
    QC_CAT(QC_IN_, QC_IS_CHAIN(__VA_ARGS__))(QC_OP_NOT_IN, "NOT_IN", x, __VA_ARGS__)
#define QC_IN_0(op, word, x, ...) QC_IN_VALUES(op, word, x, QC_LOCAL, QC_LOCAL, __VA_ARGS__)
#define QC_IN_VALUES(op, word, x, X, T, ...)                                                       \
    __extension__({                                                                                \
        QC_WITH(x, X, T)                                                                           \
        (qc_bool){qc_in_list(op, qc_operand(0, QC_OPERAND(T), &X),                                 \
                             (const qc_node *const[]){                                             \
                                 QC_LIST(QC_IN_ITEM, (T, word), __VA_ARGS__) NULL})};              \
    })
#define QC_IN_ITEM(c, x) QC_BOUND(QC_FIRST_OF c, QC_SECOND_OF c, x),
#define QC_IN_1(op, word, x, chain, head, ...)                                                     \
    QC_IN_CHAIN(op, word, x, QC_LOCAL, QC_LOCAL, QC_LOCAL, QC_LOCAL, head, __VA_ARGS__)
#define QC_IN_CHAIN(op, word, x, X, H, T, U, head, ...)                                            \
    __extension__({                                                                                \
        QC_WITH(x, X, T)                                                                           \
        QC_WITH(head, H, U)                                                                        \
        _Static_assert(QC_COMPARABLE(T, U),                                                        \
                       word ": the query selects another type than the value it is tested with");  \
        (qc_bool){qc_in_query(op, qc_operand(0, QC_OPERAND(T), &X), QC_CHAIN_NODE(H, __VA_ARGS__))}; \
    })
/* IN_ARRAY(x, values, count): a C array at run time, of x's C type. */
#define QC_IN_ARRAY(x, values, count) QC_ARRAY_TEST(QC_OP_IN, x, values, count, QC_LOCAL)
#define QC_NOT_IN_ARRAY(x, values, count) QC_ARRAY_TEST(QC_OP_NOT_IN, x, values, count, QC_LOCAL)
#define QC_ARRAY_TEST(op, x, values, n, X) QC_ARRAY_TEST_(op, x, values, n, X)
#define QC_ARRAY_TEST_(op, x, values, n, X)                                                        \
    __extension__({                                                                                \
        __auto_type X = (x);                                                                       \
        const __typeof__(*X.value) *const X##_values = (values);                                   \
        (qc_bool){qc_in_array(op, X.node, QC_TYPE(__typeof__(X)), X##_values, n)};                 \
    })

/* IS_NULL of anything typed. */
#define QC_IS_NULL(x) ((qc_bool){qc_unary(QC_OP_IS_NULL, QC_TYPE_bool, (x).node)})
#define QC_IS_NOT_NULL(x) ((qc_bool){qc_unary(QC_OP_IS_NOT_NULL, QC_TYPE_bool, (x).node)})

#define QC_AND(...) qc_and((const qc_bool[]){__VA_ARGS__, {&qc_list_end}})
#define QC_OR(...) qc_or((const qc_bool[]){__VA_ARGS__, {&qc_list_end}})
#define QC_NOT(x) qc_not(x)

/* The wider of two number types; its handle. */
#define QC_WIDER(T, U) (QC_TYPE(T) > QC_TYPE(U) ? QC_TYPE(T) : QC_TYPE(U))
#define QC_NUMBER_HANDLE(type_id)                                                                  \
    __typeof__(_Generic((char(*)[type_id])0, char(*)[QC_TYPE_smallint]: (qc_smallint){0},          \
                        char(*)[QC_TYPE_int]: (qc_int){0}, char(*)[QC_TYPE_bigint]: (qc_bigint){0}, \
                        char(*)[QC_TYPE_numeric]: (qc_numeric){0},                                 \
                        char(*)[QC_TYPE_real]: (qc_real){0}, default: (qc_double){0}))
/* A C value takes the type of the column beside it where that can hold it. */
#define QC_ARITHMETIC_TYPE(T, U)                                                                   \
    (QC_IS_LITERAL(T) && QC_FITS(U, T)   ? QC_TYPE(U)                                              \
     : QC_IS_LITERAL(U) && QC_FITS(T, U) ? QC_TYPE(T)                                              \
                                         : QC_WIDER(T, U))
#define QC_ARITHMETIC(op, word, a, b)                                                              \
    QC_ARITHMETIC_(op, word, a, b, QC_LOCAL, QC_LOCAL, QC_LOCAL, QC_LOCAL)
#define QC_ARITHMETIC_(op, word, a, b, A, B, T, U)                                                 \
    __extension__({                                                                                \
        QC_WITH(a, A, T)                                                                           \
        QC_WITH(b, B, U)                                                                           \
        _Static_assert(QC_IS_NUMBER(T) && QC_IS_NUMBER(U), word ": both sides must be numbers");   \
        _Static_assert(!QC_IS_LITERAL(T) || !QC_IS_LITERAL(U),                                     \
                       word ": both sides are C values; one must be a column or an expression");   \
        (QC_NUMBER_HANDLE(QC_ARITHMETIC_TYPE(T, U))){                                              \
            qc_arithmetic(op, QC_ARITHMETIC_TYPE(T, U), QC_PAIR(T, U), &A, &B)};                   \
    })
#define QC_ADD(a, b) QC_ARITHMETIC(QC_OP_ADD, "ADD", a, b)
#define QC_SUB(a, b) QC_ARITHMETIC(QC_OP_SUB, "SUB", a, b)
#define QC_MUL(a, b) QC_ARITHMETIC(QC_OP_MUL, "MUL", a, b)
#define QC_DIV(a, b) QC_ARITHMETIC(QC_OP_DIV, "DIV", a, b)
#define QC_MOD(a, b) QC_ARITHMETIC(QC_OP_MOD, "MOD", a, b)

/* A function of one number that keeps its type. */
#define QC_NUMBER_WORD(word, x, make) QC_NUMBER_WORD_(word, x, make, QC_LOCAL)
#define QC_NUMBER_WORD_(word, x, make, X)                                                          \
    __extension__({                                                                                \
        __auto_type X = (x);                                                                       \
        _Static_assert(QC_IS_NUMBER(__typeof__(X)), word ": the argument must be a number");       \
        (__typeof__(X)){make(X)};                                                                  \
    })
#define QC_NEG(x) QC_NUMBER_WORD("NEG", x, QC_NEG_OF)
#define QC_NEG_OF(X) qc_unary(QC_OP_NEG, QC_TYPE(__typeof__(X)), X.node)
#define QC_ABS(x) QC_NUMBER_WORD("ABS", x, QC_ABS_OF)
#define QC_ABS_OF(X)                                                                               \
    qc_call(QC_FUNCTION_ABS, QC_TYPE(__typeof__(X)), (const qc_node *const[]){X.node, NULL})
/* ROUND(x) and ROUND(x, digits) of NUMERIC; of DOUBLE without digits (PostgreSQL manual, 9.3). */
#define QC_ROUND(...) QC_CAT(QC_ROUND_, QC_IS_ONE(__VA_ARGS__))(__VA_ARGS__)
#define QC_ROUND_1(x) QC_NUMBER_WORD("ROUND", x, QC_ROUND_OF)
#define QC_ROUND_OF(X)                                                                             \
    qc_call(QC_FUNCTION_ROUND, QC_TYPE(__typeof__(X)), (const qc_node *const[]){X.node, NULL})
#define QC_ROUND_0(x, digits)                                                                      \
    ((qc_numeric){qc_call(QC_FUNCTION_ROUND, QC_TYPE_numeric,                                      \
                          (const qc_node *const[]){qc_keep_numeric(x),                             \
                                                   qc_operand(QC_TYPE_int, QC_OPERAND_INT,         \
                                                              &(int){digits}),                     \
                                                   NULL})})
static inline const qc_node *qc_keep_numeric(qc_numeric x)
{
    return x.node;
}

#define QC_CONCAT(...)                                                                             \
    ((qc_text){qc_concat((const qc_node *const[]){QC_LIST(QC_CONCAT_ITEM, ~, __VA_ARGS__) NULL})})
#define QC_CONCAT_ITEM(c, x)                                                                       \
    QC_FITTED(qc_text, "CONCAT: every part must be text; convert it with CAST(x, TEXT)", x),

#define QC_SAME_TYPE(id, sentence, a, ...)                                                         \
    QC_SAME_TYPE_(id, sentence, QC_LOCAL, QC_LOCAL, a, __VA_ARGS__)
#define QC_SAME_TYPE_(id, sentence, A, T, a, ...)                                                  \
    __extension__({                                                                                \
        QC_WITH(a, A, T)                                                                           \
        (QC_SELF(T)){qc_call(id, QC_TYPE(T),                                                       \
                             (const qc_node *const[]){                                             \
                                 qc_operand(0, QC_OPERAND(T), &A),                                 \
                                 QC_LIST(QC_SAME_ITEM, (T, sentence), __VA_ARGS__) NULL})};        \
    })
#define QC_SAME_ITEM(c, x) QC_FITTED(QC_FIRST_OF c, QC_SECOND_OF c, x),
#define QC_COALESCE(a, ...)                                                                        \
    QC_SAME_TYPE(QC_FUNCTION_COALESCE,                                                             \
                 "COALESCE: an argument has another type than the first", a, __VA_ARGS__)
#define QC_NULLIF(a, b)                                                                            \
    QC_SAME_TYPE(QC_FUNCTION_NULLIF, "NULLIF: the two arguments have different types", a, b)

/* CASE(WHEN(condition, value), …, ELSE(value)); the first value gives the type. */
#define QC_CASE(first, ...) QC_CASE_(QC_LOCAL, QC_LOCAL, first, __VA_ARGS__)
#define QC_CASE_(A, T, first, ...)                                                                 \
    __extension__({                                                                                \
        QC_WITH(first, A, T)                                                                       \
        (T){qc_case(QC_TYPE(T), (const qc_node *const[]){                                          \
                                    A.node, QC_LIST(QC_CASE_ARM, T, __VA_ARGS__) NULL})};          \
    })
#define QC_CASE_ARM(T, x)                                                                          \
    QC_FITTED(T, "CASE: an arm has another type than the first; put the widest first or CAST", x),
#define QC_WHEN(condition, x) QC_WHEN_(condition, x, QC_LOCAL, QC_LOCAL)
#define QC_WHEN_(condition, x, X, T)                                                               \
    __extension__({                                                                                \
        QC_WITH(x, X, T)                                                                           \
        (QC_SELF(T)){qc_when(condition, QC_OPERAND(T), &X)};                                       \
    })
#define QC_ELSE(x) QC_ELSE_(x, QC_LOCAL, QC_LOCAL)
#define QC_ELSE_(x, X, T)                                                                          \
    __extension__({                                                                                \
        QC_WITH(x, X, T)                                                                           \
        (QC_SELF(T)){qc_else(QC_OPERAND(T), &X)};                                                  \
    })

/* A C value as an expression of its own type: VALUE(42) is INTEGER, VALUE("x") TEXT. */
#define QC_VALUE(x) QC_VALUE_(x, QC_LOCAL, QC_LOCAL)
#define QC_VALUE_(x, X, T)                                                                         \
    __extension__({                                                                                \
        QC_WITH(x, X, T)                                                                           \
        (QC_SELF(T)){qc_operand(0, QC_OPERAND(T), &X)};                                            \
    })

#define QC_CAST(x, type) QC_CAST_(x, QC_SQL_TYPE_##type)
#define QC_CAST_(x, ...)                                                                           \
    ((QC_TYPE_EXPRESSION(__VA_ARGS__)){qc_cast(QC_NODE(x), QC_TYPE_ID(__VA_ARGS__),                \
                                               QC_TYPE_FORM(__VA_ARGS__),                          \
                                               QC_TYPE_MODIFIER(__VA_ARGS__))})

#define QC_LOWER(x) qc_lower(x)
#define QC_UPPER(x) qc_upper(x)
#define QC_LENGTH(x) qc_length(x)
#define QC_NOW() qc_now()
/* EXTRACT(YEAR, x) is NUMERIC; DATE_TRUNC(MONTH, x) has the type of x (PostgreSQL manual, 9.9). */
#define QC_EXTRACT(field, x) QC_EXTRACT_(QC_DATE_FIELD_##field, x, QC_LOCAL)
#define QC_EXTRACT_(field, x, X)                                                                   \
    __extension__({                                                                                \
        __auto_type X = (x);                                                                       \
        QC_ASSERT_TEMPORAL("EXTRACT", __typeof__(X));                                              \
        (qc_numeric){qc_extract(field, X.node)};                                                   \
    })
#define QC_DATE_TRUNC(field, x) QC_DATE_TRUNC_(QC_DATE_FIELD_##field, x, QC_LOCAL)
#define QC_DATE_TRUNC_(field, x, X)                                                                \
    __extension__({                                                                                \
        __auto_type X = (x);                                                                       \
        _Static_assert(QC_CLASS(__typeof__(X)) == QC_CLASS_TIMESTAMP,                              \
                       "DATE_TRUNC: the argument must be a TIMESTAMP or TIMESTAMPTZ");             \
        (__typeof__(X)){qc_date_trunc(field, X.node)};                                             \
    })
#define QC_ASSERT_TEMPORAL(word, T)                                                                \
    _Static_assert(QC_CLASS(T) == QC_CLASS_DATE || QC_CLASS(T) == QC_CLASS_TIME ||                 \
                       QC_CLASS(T) == QC_CLASS_TIMESTAMP,                                          \
                   word ": the argument must be a date, time or timestamp")

/* Aggregates. COUNT(), COUNT(x), SUM(DISTINCT(x)), FILTER(SUM(x), condition). */
#define QC_COUNT_OF(...) QC_CAT(QC_COUNT_OF_, QC_IS_EMPTY(__VA_ARGS__))(__VA_ARGS__)
#define QC_COUNT_OF_1() qc_count_all()
#define QC_COUNT_OF_0(x)                                                                           \
    ((qc_bigint){qc_call(QC_FUNCTION_COUNT, QC_TYPE_bigint, (const qc_node *const[]){(x).node, NULL})})
#define QC_AGGREGATE(id, word, x, result, X) QC_AGGREGATE_(id, word, x, result, X)
#define QC_AGGREGATE_(id, word, x, result, X)                                                      \
    __extension__({                                                                                \
        __auto_type X = (x);                                                                       \
        _Static_assert(QC_IS_NUMBER(__typeof__(X)), word ": the argument must be a number");       \
        (__typeof__(*X.result)){qc_call(id, QC_TYPE(__typeof__(*X.result)),                        \
                                        (const qc_node *const[]){X.node, NULL})};                  \
    })
#define QC_SUM(x) QC_AGGREGATE(QC_FUNCTION_SUM, "SUM", x, sum, QC_LOCAL)
#define QC_AVG(x) QC_AGGREGATE(QC_FUNCTION_AVG, "AVG", x, avg, QC_LOCAL)
#define QC_EXTREME(id, word, x, X) QC_EXTREME_(id, word, x, X)
#define QC_EXTREME_(id, word, x, X)                                                                \
    __extension__({                                                                                \
        __auto_type X = (x);                                                                       \
        _Static_assert(QC_CLASS(__typeof__(X)) != QC_CLASS_BOOL &&                                 \
                           QC_CLASS(__typeof__(X)) != QC_CLASS_JSON &&                             \
                           QC_CLASS(__typeof__(X)) != QC_CLASS_UUID &&                             \
                           QC_CLASS(__typeof__(X)) != QC_CLASS_BYTEA,                              \
                       word ": the argument's type has no order in every database");               \
        (__typeof__(X)){qc_call(id, QC_TYPE(__typeof__(X)),                                        \
                                (const qc_node *const[]){X.node, NULL})};                          \
    })
#define QC_MIN(x) QC_EXTREME(QC_FUNCTION_MIN, "MIN", x, QC_LOCAL)
#define QC_MAX(x) QC_EXTREME(QC_FUNCTION_MAX, "MAX", x, QC_LOCAL)

/* Wrappers that keep the type of what they wrap. */
#define QC_KEEP_TYPE(x, X, ...) QC_KEEP_TYPE_(x, X, __VA_ARGS__)
#define QC_KEEP_TYPE_(x, X, make, ...)                                                             \
    __extension__({                                                                                \
        __auto_type X = (x);                                                                       \
        (__typeof__(X)){make(X.node, __VA_ARGS__)};                                                \
    })
#define QC_DISTINCT_OF(x) QC_DISTINCT_OF_(x, QC_LOCAL)
#define QC_DISTINCT_OF_(x, X)                                                                      \
    __extension__({                                                                                \
        __auto_type X = (x);                                                                       \
        (__typeof__(X)){qc_distinct(X.node)};                                                      \
    })
#define QC_FILTER(x, condition) QC_KEEP_TYPE(x, QC_LOCAL, qc_filter, condition)
#define QC_AS(x, name) QC_KEEP_TYPE(x, QC_LOCAL, qc_label, #name)
/* The same with a name made at run time. */
#define QC_LABELLED(x, name) QC_KEEP_TYPE(x, QC_LOCAL, qc_label, name)

/* ONLY_IF(condition, x): x, or nothing at all in the list where it stands. */
#define QC_ONLY_IF(condition, x) QC_ONLY_IF_(condition, x, QC_LOCAL, QC_LOCAL)
#define QC_ONLY_IF_(condition, x, X, T)                                                            \
    __extension__({                                                                                \
        QC_WITH(x, X, T)                                                                           \
        (QC_SELF(T)){qc_only_if(condition, qc_operand(0, QC_OPERAND(T), &X))};                     \
    })

#define QC_ASC(x) ((qc_order){qc_order_by((x).node, 0)})
#define QC_DESC(x) ((qc_order){qc_order_by((x).node, QC_ORDER_DESC)})
#define QC_NULLS_FIRST(x) ((qc_order){qc_order_by((x).node, QC_ORDER_NULLS_FIRST)})
#define QC_NULLS_LAST(x) ((qc_order){qc_order_by((x).node, QC_ORDER_NULLS_LAST)})

/* Escape hatches. The texts are constants of the program: "" refuses a variable. */
#define QC_FUNC(name, ...) QC_FUNC_(name, __VA_ARGS__, QC_NO_ITEM)
#define QC_FUNC_(name, type, ...)                                                                  \
    ((QC_TYPE_EXPRESSION(QC_SQL_TYPE_##type)){                                                     \
        qc_func("" name, QC_TYPE_ID(QC_SQL_TYPE_##type), QC_NODES_OF(__VA_ARGS__))})
#define QC_OP(text, type, a, b)                                                                    \
    ((QC_TYPE_EXPRESSION(QC_SQL_TYPE_##type)){                                                     \
        qc_custom_op("" text, QC_TYPE_ID(QC_SQL_TYPE_##type), QC_NODE(a), QC_NODE(b))})
#define QC_RAW(...) QC_RAW_(__VA_ARGS__, QC_NO_ITEM)
#define QC_RAW_(type, sql, ...)                                                                    \
    ((QC_TYPE_EXPRESSION(QC_SQL_TYPE_##type)){                                                     \
        qc_raw(QC_TYPE_ID(QC_SQL_TYPE_##type), "" sql, QC_NODES_OF(__VA_ARGS__))})
#define QC_NO_ITEM ((qc_text){&qc_absent})

#endif
