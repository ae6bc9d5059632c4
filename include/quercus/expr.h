/* Expressions: typed handles around AST nodes (detail/handle.h), and the words that test, name and
 * order them. Words that compute values are in functions.h.
 *
 * Constructors take memory from the current arena and never fail: an error becomes a poison node,
 * which the sink reports with the line of the query. Text and bytes given as values are copied.
 */
#ifndef QUERCUS_EXPR_H
#define QUERCUS_EXPR_H

#include <quercus/detail/handle.h>

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
    X(DATE_TRUNC, "date_trunc", false)                                                             \
    X(ROW, "row", false)     /* values as one; of the session's own queries, as is */              \
    X(ARRAY, "array", false) /* the rows of a subquery as one value */

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
/* Over a relationship, or anything else that COUNT takes; `conditions` ends with NULL. */
const qc_node *qc_any_of(const qc_node *relation, const qc_node *const *conditions);
const qc_node *qc_count_any(const qc_node *counted, const qc_node *const *conditions);
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

/* An item of a list that ends with NULL: a zeroed handle is an error and not its end. */
extern const qc_node qc_zeroed_node;
static inline const qc_node *qc_listed(const qc_node *item)
{
    return item ? item : &qc_zeroed_node;
}

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

#define QC_COMPARISON(op, word, a, b, A, B, T, U)                                                  \
    __extension__({                                                                                \
        __auto_type A = (a);                                                                       \
        QC_TYPED(A, T)                                                                             \
        __auto_type B = (b);                                                                       \
        QC_TYPED(B, U)                                                                             \
        _Static_assert(!QC_IS_LITERAL(T) || !QC_IS_LITERAL(U),                                     \
                       word ": neither side is a column or an expression");                        \
        _Static_assert(QC_COMPARABLE(T, U),                                                        \
                       word ": the two sides have different types; convert one with CAST");        \
        (qc_bool){qc_compare(op, QC_PAIR(T, U), &A, &B)};                                          \
    })
#define QC_EQ(a, b) QC_COMPARISON(QC_OP_EQ, "EQ", a, b, QC_LOCAL, QC_LOCAL, QC_LOCAL, QC_LOCAL)
#define QC_NE(a, b) QC_COMPARISON(QC_OP_NE, "NE", a, b, QC_LOCAL, QC_LOCAL, QC_LOCAL, QC_LOCAL)
#define QC_LT(a, b) QC_COMPARISON(QC_OP_LT, "LT", a, b, QC_LOCAL, QC_LOCAL, QC_LOCAL, QC_LOCAL)
#define QC_LE(a, b) QC_COMPARISON(QC_OP_LE, "LE", a, b, QC_LOCAL, QC_LOCAL, QC_LOCAL, QC_LOCAL)
#define QC_GT(a, b) QC_COMPARISON(QC_OP_GT, "GT", a, b, QC_LOCAL, QC_LOCAL, QC_LOCAL, QC_LOCAL)
#define QC_GE(a, b) QC_COMPARISON(QC_OP_GE, "GE", a, b, QC_LOCAL, QC_LOCAL, QC_LOCAL, QC_LOCAL)
#define QC_IS_DISTINCT_FROM(a, b)                                                                  \
    QC_COMPARISON(QC_OP_IS_DISTINCT_FROM, "IS_DISTINCT_FROM", a, b, QC_LOCAL, QC_LOCAL, QC_LOCAL,  \
                  QC_LOCAL)
#define QC_IS_NOT_DISTINCT_FROM(a, b)                                                              \
    QC_COMPARISON(QC_OP_IS_NOT_DISTINCT_FROM, "IS_NOT_DISTINCT_FROM", a, b, QC_LOCAL, QC_LOCAL,    \
                  QC_LOCAL, QC_LOCAL)

#define QC_LIKE_WORD(op, word, a, b, A, B, T, U)                                                   \
    __extension__({                                                                                \
        __auto_type A = (a);                                                                       \
        QC_TYPED(A, T)                                                                             \
        __auto_type B = (b);                                                                       \
        QC_TYPED(B, U)                                                                             \
        _Static_assert((QC_KIND(T) & QC_KINDS_TEXT) != 0 && (QC_KIND(U) & QC_KINDS_TEXT) != 0,     \
                       word ": both the value and the pattern must be text");                      \
        (qc_bool){qc_compare(op, QC_PAIR(T, U), &A, &B)};                                          \
    })
#define QC_LIKE(a, b) QC_LIKE_WORD(QC_OP_LIKE, "LIKE", a, b, QC_LOCAL, QC_LOCAL, QC_LOCAL, QC_LOCAL)
#define QC_NOT_LIKE(a, b)                                                                          \
    QC_LIKE_WORD(QC_OP_NOT_LIKE, "NOT_LIKE", a, b, QC_LOCAL, QC_LOCAL, QC_LOCAL, QC_LOCAL)
#define QC_ILIKE(a, b)                                                                             \
    QC_LIKE_WORD(QC_OP_ILIKE, "ILIKE", a, b, QC_LOCAL, QC_LOCAL, QC_LOCAL, QC_LOCAL)
#define QC_NOT_ILIKE(a, b)                                                                         \
    QC_LIKE_WORD(QC_OP_NOT_ILIKE, "NOT_ILIKE", a, b, QC_LOCAL, QC_LOCAL, QC_LOCAL, QC_LOCAL)
#define QC_LIKE_ESCAPED(word, x, s, where, S)                                                      \
    __extension__({                                                                                \
        __auto_type S = (s);                                                                       \
        _Static_assert(_Generic(S, char *: 1, const char *: 1, default: 0),                        \
                       word ": the text to look for must be a C string");                          \
        (qc_bool){qc_like_escaped(QC_TEXT_ONLY(word, x), S, where)};                               \
    })
#define QC_CONTAINS(x, s) QC_LIKE_ESCAPED("CONTAINS", x, s, 3, QC_LOCAL)
#define QC_STARTS_WITH(x, s) QC_LIKE_ESCAPED("STARTS_WITH", x, s, 2, QC_LOCAL)
#define QC_ENDS_WITH(x, s) QC_LIKE_ESCAPED("ENDS_WITH", x, s, 1, QC_LOCAL)
#define QC_TEXT_ONLY(word, x)                                                                      \
    ((qc_text){QC_EXPRESSION(1 << QC_TYPE_text,                                                    \
                             word ": the argument must be a text column or expression",            \
                             QC_OR_NOTHING(x), QC_LOCAL, QC_LOCAL)})

/* The node of `x` as an operand that must fit the type T. */
#define QC_FITTED(T, sentence, x, X, U)                                                            \
    __extension__({                                                                                \
        __auto_type X = (x);                                                                       \
        QC_TYPED(X, U)                                                                             \
        _Static_assert(QC_FITS(T, U), sentence);                                                   \
        qc_operand(QC_TYPE(T), QC_OPERAND(U), &X);                                                 \
    })
/* The node of `x`, a C value by its own type. */
#define QC_NODE(word, x, X, U)                                                                     \
    __extension__({                                                                                \
        __auto_type X = (x);                                                                       \
        QC_TYPED(X, U)                                                                             \
        _Static_assert(QC_IS_OPERAND(U),                                                           \
                       word ": an argument is neither a column, an expression nor a C value");     \
        qc_operand(0, QC_OPERAND(U), &X);                                                          \
    })
#define QC_NODE_ITEM(word, x) QC_NODE(word, x, QC_LOCAL, QC_LOCAL),
/* An array of nodes that ends with NULL. */
#define QC_NODES_OF(word, ...)                                                                     \
    ((const qc_node *const[]){QC_LIST(QC_NODE_ITEM, word, __VA_ARGS__) NULL})

#define QC_RANGE_TEST(op, word, x, low, high, X, T)                                                \
    __extension__({                                                                                \
        __auto_type X = (x);                                                                       \
        QC_TYPED(X, T)                                                                             \
        (qc_bool){qc_between(op, qc_operand(0, QC_OPERAND(T), &X),                                 \
                             QC_BOUND(T, word ": a bound has" QC_OTHER_TYPE, low, QC_LOCAL,        \
                                      QC_LOCAL),                                                   \
                             QC_BOUND(T, word ": a bound has" QC_OTHER_TYPE, high, QC_LOCAL,       \
                                      QC_LOCAL))};                                                 \
    })
#define QC_OTHER_TYPE " another type than the value; convert it with CAST"
#define QC_BOUND(T, sentence, x, X, U)                                                             \
    __extension__({                                                                                \
        __auto_type X = (x);                                                                       \
        QC_TYPED(X, U)                                                                             \
        _Static_assert(QC_COMPARABLE(T, U), sentence);                                             \
        qc_operand(QC_TYPE(T), QC_OPERAND(U), &X);                                                 \
    })
#define QC_BETWEEN(x, low, high)                                                                   \
    QC_RANGE_TEST(QC_OP_BETWEEN, "BETWEEN", x, low, high, QC_LOCAL, QC_LOCAL)
#define QC_NOT_BETWEEN(x, low, high)                                                               \
    QC_RANGE_TEST(QC_OP_NOT_BETWEEN, "NOT_BETWEEN", x, low, high, QC_LOCAL, QC_LOCAL)

/* IN(x, 1, 2, 3) and IN(x, SELECT(…)…) */
#define QC_IN(...) QC_CAT(QC_IN_, QC_QUERY_2(__VA_ARGS__))(QC_OP_IN, "IN", __VA_ARGS__)
#define QC_NOT_IN(...) QC_CAT(QC_IN_, QC_QUERY_2(__VA_ARGS__))(QC_OP_NOT_IN, "NOT_IN", __VA_ARGS__)
#define QC_IN_MISSING(op, word, ...)                                                               \
    QC_MISUSED(word ": the arguments must be a column or an expression, and then values or a "     \
                    "query, as in " word "(User_id, 1, 2, 3)",                                     \
               (qc_bool){0})
#define QC_IN_0(op, word, x, ...) QC_IN_VALUES(op, word, x, QC_LOCAL, QC_LOCAL, __VA_ARGS__)
#define QC_IN_VALUES(op, word, x, X, T, ...)                                                       \
    __extension__({                                                                                \
        __auto_type X = (x);                                                                       \
        QC_TYPED(X, T)                                                                             \
        (qc_bool){qc_in_list(op, qc_operand(0, QC_OPERAND(T), &X),                                 \
                             (const qc_node *const[]){                                             \
                                 QC_LIST(QC_IN_ITEM, (T, word), __VA_ARGS__) NULL})};              \
    })
#define QC_IN_ITEM(c, x)                                                                           \
    QC_BOUND(QC_FIRST_OF c, QC_SECOND_OF c ": an item has" QC_OTHER_TYPE, x, QC_LOCAL, QC_LOCAL),
#define QC_IN_1(op, word, x, chain, head, ...)                                                     \
    QC_IN_CHAIN(op, word, x, QC_LOCAL, QC_LOCAL, QC_LOCAL, QC_LOCAL, head, __VA_ARGS__)
#define QC_IN_CHAIN(op, word, x, X, H, T, U, head, ...)                                            \
    __extension__({                                                                                \
        __auto_type X = (x);                                                                       \
        QC_TYPED(X, T)                                                                             \
        __auto_type H = (head);                                                                    \
        QC_TYPED(H, U)                                                                             \
        _Static_assert(QC_COMPARABLE(T, U),                                                        \
                       word ": the query selects another type than the value it is tested with");  \
        (qc_bool){qc_in_query(op, qc_operand(0, QC_OPERAND(T), &X),                                \
                              QC_CHAIN_NODE(H, __VA_ARGS__))};                                     \
    })
/* IN_ARRAY(x, values, count): a C array at run time, of x's C type. */
#define QC_IN_ARRAY(x, values, count)                                                              \
    QC_ARRAY_TEST(QC_OP_IN, "IN_ARRAY", x, values, count, QC_LOCAL, QC_LOCAL)
#define QC_NOT_IN_ARRAY(x, values, count)                                                          \
    QC_ARRAY_TEST(QC_OP_NOT_IN, "NOT_IN_ARRAY", x, values, count, QC_LOCAL, QC_LOCAL)
#define QC_ARRAY_TEST(op, word, x, values, n, X, V)                                                \
    __extension__({                                                                                \
        __auto_type X = (x);                                                                       \
        __auto_type V = (values);                                                                  \
        _Static_assert(_Generic(V, __typeof__(&*X.qc_value): 1,                                    \
                                const __typeof__(*X.qc_value) *: 1, default: 0),                   \
                       word ": the elements of the array have another C type than the column");    \
        (qc_bool){qc_in_array(op, X.node, QC_TYPE(__typeof__(X)), V, n)};                          \
    })

/* IS_NULL of anything typed. */
#define QC_IS_NULL(x)                                                                              \
    ((qc_bool){qc_unary(QC_OP_IS_NULL, QC_TYPE_bool, QC_NULL_TESTED("IS_NULL", x))})
#define QC_IS_NOT_NULL(x)                                                                          \
    ((qc_bool){qc_unary(QC_OP_IS_NOT_NULL, QC_TYPE_bool, QC_NULL_TESTED("IS_NOT_NULL", x))})
#define QC_WANTS_EXPRESSION ": the argument must be a column or an expression"
#define QC_NULL_TESTED(word, x)                                                                    \
    QC_EXPRESSION(QC_KINDS_EXPRESSION, word QC_WANTS_EXPRESSION, QC_OR_NOTHING(x),                 \
                  QC_LOCAL, QC_LOCAL)

#define QC_AND(...)                                                                                \
    qc_and((const qc_bool[]){QC_LIST(QC_PREDICATE_ITEM, "AND", __VA_ARGS__){&qc_list_end}})
#define QC_OR(...)                                                                                 \
    qc_or((const qc_bool[]){QC_LIST(QC_PREDICATE_ITEM, "OR", __VA_ARGS__){&qc_list_end}})
#define QC_PREDICATE_ITEM(word, x) {QC_PREDICATE(word, x, QC_LOCAL)},
#define QC_NOT(x) qc_not((qc_bool){QC_PREDICATE("NOT", QC_OR_NOTHING(x), QC_LOCAL)})

/* Wrappers that keep the type of what they wrap. */
#define QC_WRAPPED(word, x, make, X, T, ...)                                                       \
    __extension__({                                                                                \
        __auto_type X = (x);                                                                       \
        QC_TYPED(X, T)                                                                             \
        _Static_assert(!QC_IS_LITERAL(T), word QC_WANTS_EXPRESSION);                               \
        (QC_SELF(T)){make(QC_NODE_IN(X, T), __VA_ARGS__)};                                         \
    })
#define QC_DISTINCT_OF(x) QC_WRAPPED("DISTINCT", x, QC_DISTINCT_NODE, QC_LOCAL, QC_LOCAL, ~)
#define QC_DISTINCT_NODE(node, unused) qc_distinct(node)
#define QC_FILTER(x, condition)                                                                    \
    QC_WRAPPED("FILTER", x, qc_filter, QC_LOCAL, QC_LOCAL,                                         \
               (qc_bool){QC_PREDICATE("FILTER", condition, QC_LOCAL)})
/* AS(x, total): a name, not a string. */
#define QC_AS(x, name) QC_AS_(x, #name, qc_name_##name)
#define QC_AS_(x, text, pasted) QC_LABELLED(x, text)
/* The same with a name made at run time. */
#define QC_LABELLED(x, name) QC_WRAPPED("AS", x, qc_label, QC_LOCAL, QC_LOCAL, name)

/* ONLY_IF(condition, x): x, or nothing at all in the list where it stands. */
#define QC_ONLY_IF(condition, x) QC_ONLY_IF_(condition, x, QC_LOCAL, QC_LOCAL, QC_LOCAL)
#define QC_ONLY_IF_(condition, x, X, T, C)                                                         \
    __extension__({                                                                                \
        __auto_type C = (condition);                                                               \
        __auto_type X = (x);                                                                       \
        QC_TYPED(X, T)                                                                             \
        _Static_assert(_Generic(C, qc_bool: 0, default: 1),                                        \
                       "ONLY_IF: the first argument is a C condition, the second the predicate");  \
        _Static_assert(QC_IS_OPERAND(T), "ONLY_IF: the second argument must be an expression");    \
        (QC_SELF(T)){qc_only_if(C, qc_operand(0, QC_OPERAND(T), &X))};                             \
    })

#define QC_ASC(x) QC_ORDERED("ASC", x, 0)
#define QC_DESC(x) QC_ORDERED("DESC", x, QC_ORDER_DESC)
#define QC_NULLS_FIRST(x) QC_ORDERED("NULLS_FIRST", x, QC_ORDER_NULLS_FIRST)
#define QC_NULLS_LAST(x) QC_ORDERED("NULLS_LAST", x, QC_ORDER_NULLS_LAST)
#define QC_ORDERED(word, x, flags)                                                                 \
    ((qc_order){qc_order_by(QC_EXPRESSION(QC_KINDS_ORDERING,                                       \
                                          word QC_WANTS_EXPRESSION, QC_OR_NOTHING(x), QC_LOCAL,    \
                                          QC_LOCAL),                                               \
                            flags)})

#endif
