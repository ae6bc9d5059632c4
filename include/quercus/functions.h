/* Values made of values: arithmetic, text, dates, CASE, CAST, aggregates, what is related, and the
 * database's own functions and operators (FUNC, OP, RAW).
 */
#ifndef QUERCUS_FUNCTIONS_H
#define QUERCUS_FUNCTIONS_H

#include <quercus/expr.h>

/* The wider of two number types; its handle. */
#define QC_WIDER(T, U) (QC_TYPE(T) > QC_TYPE(U) ? QC_TYPE(T) : QC_TYPE(U))
#define QC_NUMBER_HANDLE(type_id)                                                                  \
    __typeof__(_Generic((char(*)[type_id])0, char(*)[QC_TYPE_smallint]: (qc_smallint){0},          \
                        char(*)[QC_TYPE_int]: (qc_int){0},                                         \
                        char(*)[QC_TYPE_bigint]: (qc_bigint){0},                                   \
                        char(*)[QC_TYPE_numeric]: (qc_numeric){0},                                 \
                        char(*)[QC_TYPE_real]: (qc_real){0}, default: (qc_double){0}))
/* A C value takes the type of the column beside it where that can hold it. */
#define QC_ARITHMETIC_TYPE(T, U)                                                                   \
    (QC_IS_LITERAL(T) && QC_FITS(U, T)   ? QC_TYPE(U)                                              \
     : QC_IS_LITERAL(U) && QC_FITS(T, U) ? QC_TYPE(T)                                              \
                                         : QC_WIDER(T, U))
#define QC_ARITHMETIC(op, word, a, b, A, B, T, U, R)                                               \
    __extension__({                                                                                \
        __auto_type A = (a);                                                                       \
        QC_TYPED(A, T)                                                                             \
        __auto_type B = (b);                                                                       \
        QC_TYPED(B, U)                                                                             \
        enum { R = QC_ARITHMETIC_TYPE(T, U) };                                                     \
        _Static_assert(QC_IS_NUMBER(T) && QC_IS_NUMBER(U), word ": both sides must be numbers");   \
        _Static_assert(!QC_IS_LITERAL(T) || !QC_IS_LITERAL(U),                                     \
                       word ": neither side is a column or an expression");                        \
        (QC_NUMBER_HANDLE(R)){qc_arithmetic(op, R, QC_PAIR(T, U), &A, &B)};                        \
    })
#define QC_ADD(a, b)                                                                               \
    QC_ARITHMETIC(QC_OP_ADD, "ADD", a, b, QC_LOCAL, QC_LOCAL, QC_LOCAL, QC_LOCAL, QC_LOCAL)
#define QC_SUB(a, b)                                                                               \
    QC_ARITHMETIC(QC_OP_SUB, "SUB", a, b, QC_LOCAL, QC_LOCAL, QC_LOCAL, QC_LOCAL, QC_LOCAL)
#define QC_MUL(a, b)                                                                               \
    QC_ARITHMETIC(QC_OP_MUL, "MUL", a, b, QC_LOCAL, QC_LOCAL, QC_LOCAL, QC_LOCAL, QC_LOCAL)
#define QC_DIV(a, b)                                                                               \
    QC_ARITHMETIC(QC_OP_DIV, "DIV", a, b, QC_LOCAL, QC_LOCAL, QC_LOCAL, QC_LOCAL, QC_LOCAL)
#define QC_MOD(a, b)                                                                               \
    QC_ARITHMETIC(QC_OP_MOD, "MOD", a, b, QC_LOCAL, QC_LOCAL, QC_LOCAL, QC_LOCAL, QC_LOCAL)

/* A function of one number that keeps its type. */
#define QC_NUMBER_WORD(word, x, make, X, T)                                                        \
    __extension__({                                                                                \
        __auto_type X = (x);                                                                       \
        QC_TYPED(X, T)                                                                             \
        _Static_assert(QC_IS_NUMBER(T) && !QC_IS_LITERAL(T),                                       \
                       word ": the argument must be a column or an expression of numbers");        \
        (QC_SELF(T)){make(X, T)};                                                                  \
    })
#define QC_NEG(x) QC_NUMBER_WORD("NEG", x, QC_NEG_OF, QC_LOCAL, QC_LOCAL)
#define QC_NEG_OF(X, T) qc_unary(QC_OP_NEG, QC_TYPE(T), QC_NODE_IN(X, T))
#define QC_ABS(x) QC_NUMBER_WORD("ABS", x, QC_ABS_OF, QC_LOCAL, QC_LOCAL)
#define QC_ABS_OF(X, T)                                                                            \
    qc_call(QC_FUNCTION_ABS, QC_TYPE(T), (const qc_node *const[]){QC_NODE_IN(X, T), NULL})
/* ROUND(x) and ROUND(x, digits) of NUMERIC; of DOUBLE without digits (PostgreSQL manual, 9.3). */
#define QC_ROUND(...) QC_CAT(QC_ROUND_, QC_IS_ONE(__VA_ARGS__))(__VA_ARGS__)
#define QC_ROUND_1(x) QC_NUMBER_WORD("ROUND", x, QC_ROUND_OF, QC_LOCAL, QC_LOCAL)
#define QC_ROUND_OF(X, T)                                                                          \
    qc_call(QC_FUNCTION_ROUND, QC_TYPE(T), (const qc_node *const[]){QC_NODE_IN(X, T), NULL})
#define QC_ROUND_0(x, digits)                                                                      \
    ((qc_numeric){qc_call(                                                                         \
        QC_FUNCTION_ROUND, QC_TYPE_numeric,                                                        \
        (const qc_node *const[]){                                                                  \
            QC_EXPRESSION(1 << QC_TYPE_numeric,                                                    \
                          "ROUND: only NUMERIC is rounded to digits; convert it with CAST", x,     \
                          QC_LOCAL, QC_LOCAL),                                                     \
            qc_operand(QC_TYPE_int, QC_OPERAND_INT, &(int){digits}), NULL})})

#define QC_CONCAT(...)                                                                             \
    ((qc_text){qc_concat((const qc_node *const[]){QC_LIST(QC_CONCAT_ITEM, ~, __VA_ARGS__) NULL})})
#define QC_CONCAT_ITEM(c, x)                                                                       \
    QC_FITTED(qc_text, "CONCAT: every part must be text; convert it with CAST(x, TEXT)", x,        \
              QC_LOCAL, QC_LOCAL),

#define QC_SAME_TYPE(id, sentence, A, T, a, ...)                                                   \
    __extension__({                                                                                \
        __auto_type A = (a);                                                                       \
        QC_TYPED(A, T)                                                                             \
        (QC_SELF(T)){qc_call(id, QC_TYPE(T),                                                       \
                             (const qc_node *const[]){                                             \
                                 qc_operand(0, QC_OPERAND(T), &A),                                 \
                                 QC_LIST(QC_SAME_ITEM, (T, sentence), __VA_ARGS__) NULL})};        \
    })
#define QC_SAME_ITEM(c, x) QC_FITTED(QC_FIRST_OF c, QC_SECOND_OF c, x, QC_LOCAL, QC_LOCAL),
#define QC_COALESCE(...) QC_CAT(QC_COALESCE_, QC_QUERY_2(__VA_ARGS__))(__VA_ARGS__)
#define QC_COALESCE_0(a, ...)                                                                      \
    QC_SAME_TYPE(QC_FUNCTION_COALESCE,                                                             \
                 "COALESCE: an argument has another type than the first", QC_LOCAL, QC_LOCAL, a,   \
                 __VA_ARGS__)
#define QC_COALESCE_MISSING(...)                                                                   \
    QC_MISUSED("COALESCE: at least two arguments are needed, as in COALESCE(User_name, \"none\")", \
               (qc_none){0})
#define QC_NULLIF(a, b)                                                                            \
    QC_SAME_TYPE(QC_FUNCTION_NULLIF, "NULLIF: the two arguments have different types", QC_LOCAL,   \
                 QC_LOCAL, a, b)

/* CASE(WHEN(condition, value), …, ELSE(value)); the first value gives the type. */
#define QC_CASE(...) QC_CAT(QC_CASE_, QC_IS_ONE(__VA_ARGS__))(QC_LOCAL, QC_LOCAL, __VA_ARGS__)
#define QC_CASE_1(A, T, first) QC_CASE_OF(A, T, first, )
#define QC_CASE_0(A, T, first, ...) QC_CASE_OF(A, T, first, QC_LIST(QC_CASE_ARM, T, __VA_ARGS__))
#define QC_CASE_OF(A, T, first, arms)                                                              \
    __extension__({                                                                                \
        __auto_type A = (QC_OR_NOTHING(first));                                                    \
        QC_TYPED(A, T)                                                                             \
        _Static_assert(!QC_IS_LITERAL(T), "CASE: the first argument must be WHEN(condition, x)");  \
        (QC_SELF(T)){qc_case(QC_TYPE(T), (const qc_node *const[]){QC_NODE_IN(A, T), arms NULL})};  \
    })
#define QC_CASE_ARM(T, x)                                                                          \
    QC_FITTED(T, "CASE: an arm has another type than the first; put the widest first or CAST", x,  \
              QC_LOCAL, QC_LOCAL),
#define QC_WHEN(condition, x) QC_WHEN_(condition, x, QC_LOCAL, QC_LOCAL, QC_LOCAL)
#define QC_WHEN_(condition, x, X, T, P)                                                            \
    __extension__({                                                                                \
        __auto_type X = (x);                                                                       \
        QC_TYPED(X, T)                                                                             \
        (QC_SELF(T)){                                                                              \
            qc_when((qc_bool){QC_PREDICATE("WHEN", condition, P)}, QC_OPERAND(T), &X)};            \
    })
#define QC_ELSE(x) QC_ELSE_(x, QC_LOCAL, QC_LOCAL)
#define QC_ELSE_(x, X, T)                                                                          \
    __extension__({                                                                                \
        __auto_type X = (x);                                                                       \
        QC_TYPED(X, T)                                                                             \
        (QC_SELF(T)){qc_else(QC_OPERAND(T), &X)};                                                  \
    })

/* A C value as an expression of its own type: VALUE(42) is INTEGER, VALUE("x") TEXT. */
#define QC_VALUE(x) QC_VALUE_OF("VALUE: no SQL type holds this C type", x, QC_LOCAL, QC_LOCAL)
#define QC_VALUE_OF(sentence, x, X, T)                                                             \
    __extension__({                                                                                \
        __auto_type X = (x);                                                                       \
        QC_TYPED(X, T)                                                                             \
        _Static_assert(QC_IS_OPERAND(T), sentence);                                                \
        (QC_SELF(T)){qc_operand(0, QC_OPERAND(T), &X)};                                            \
    })

#define QC_CAST(x, type) QC_CAST_(x, #type, QC_SQL_TYPE(type))
#define QC_CAST_(x, word, parts)                                                                   \
    __extension__({                                                                                \
        _Static_assert(QC_TYPE_KNOWN parts, "CAST: " word " is not a SQL type");                   \
        (QC_TYPE_EXPRESSION parts){qc_cast(QC_NODE("CAST", x, QC_LOCAL, QC_LOCAL),                 \
                                           QC_TYPE_ID parts, QC_TYPE_FORM parts,                   \
                                           QC_TYPE_MODIFIER parts)};                               \
    })

#define QC_LOWER(x) qc_lower(QC_TEXT_ONLY("LOWER", x))
#define QC_UPPER(x) qc_upper(QC_TEXT_ONLY("UPPER", x))
#define QC_LENGTH(x) qc_length(QC_TEXT_ONLY("LENGTH", x))
#define QC_NOW() qc_now()
/* EXTRACT(YEAR, x) is NUMERIC; DATE_TRUNC(MONTH, x) has the type of x (PostgreSQL manual, 9.9). */
#define QC_EXTRACT(field, x)                                                                       \
    ((qc_numeric){qc_extract(                                                                      \
        QC_DATE_FIELD_##field,                                                                     \
        QC_EXPRESSION(QC_KINDS_TEMPORAL,                                                           \
                      "EXTRACT: the argument must be a date, time or timestamp", x,                \
                      QC_LOCAL, QC_LOCAL))})
#define QC_DATE_TRUNC(field, x) QC_DATE_TRUNC_(QC_DATE_FIELD_##field, x, QC_LOCAL, QC_LOCAL)
#define QC_DATE_TRUNC_(field, x, X, T)                                                             \
    __extension__({                                                                                \
        __auto_type X = (x);                                                                       \
        QC_TYPED(X, T)                                                                             \
        _Static_assert(!QC_IS_LITERAL(T) && (QC_KIND(T) & QC_KINDS_TIMESTAMP) != 0,                \
                       "DATE_TRUNC: the argument must be a TIMESTAMP or TIMESTAMPTZ");             \
        (QC_SELF(T)){qc_date_trunc(field, QC_NODE_IN(X, T))};                                      \
    })

/* Aggregates. COUNT(), COUNT(x), but for a relationship; SUM(DISTINCT(x)), FILTER(SUM(x),
 * condition). */
#define QC_COUNT_OF(...) QC_CAT(QC_COUNT_OF_, QC_IS_EMPTY(__VA_ARGS__))(__VA_ARGS__)
#define QC_COUNT_OF_1() qc_count_all()
#define QC_COUNT_OF_0(...) QC_CAT(QC_COUNT_OF_ONE_, QC_IS_ONE(__VA_ARGS__))(__VA_ARGS__)
#define QC_COUNT_OF_ONE_1(x)                                                                       \
    QC_COUNTED(QC_KINDS_EXPRESSION | QC_KIND_RELATION,                                             \
               "COUNT: the argument must be a column, an expression or a relationship", x, )
/* COUNT(User_orders, condition, …): the number of related rows, 0 of none: a query of its own and
 * no aggregate, so it may stand wherever an expression may. Conditions and names as in ANY_OF. */
#define QC_COUNT_OF_ONE_0(x, ...)                                                                  \
    QC_COUNTED(QC_KIND_RELATION,                                                                   \
               "COUNT: conditions stand only behind a relationship; FILTER(COUNT(x), condition) "  \
               "counts some rows",                                                                 \
               x, QC_LIST(QC_CONDITION_ITEM, "COUNT", __VA_ARGS__))
#define QC_COUNTED(kinds, sentence, x, conditions)                                                 \
    ((qc_bigint){qc_count_any(QC_CHECKED((kinds), sentence, x, QC_LOCAL, QC_LOCAL).qc_head,        \
                              (const qc_node *const[]){conditions NULL})})
/* ANY_OF(User_orders, condition, …): the row has a related one for which all conditions hold: an
 * EXISTS that is tied by the relationship's keys. Conditions are made of the target's columns;
 * those of the query around may be named as well. Where both are of one table, name the related
 * rows: ANY_OF(TO(User_manager, boss), GT(boss.age, User_age)); else the query is
 * QC_ERROR_QUERY. */
#define QC_ANY_OF(...) QC_CAT(QC_ANY_OF_, QC_IS_ONE(__VA_ARGS__))(__VA_ARGS__)
#define QC_ANY_OF_1(relation) QC_ANY_OF_ALL(relation, )
#define QC_ANY_OF_0(relation, ...)                                                                 \
    QC_ANY_OF_ALL(relation, QC_LIST(QC_CONDITION_ITEM, "ANY_OF", __VA_ARGS__))
#define QC_ANY_OF_ALL(relation, conditions)                                                        \
    ((qc_bool){qc_any_of(QC_CHECKED_NAME(QC_KIND_RELATION,                                         \
                                         "ANY_OF: the first argument must be a relationship, as "  \
                                         "in ANY_OF(User_orders, EQ(Order_id, 7))",                \
                                         relation, QC_LOCAL, QC_LOCAL).qc_head,                    \
                         (const qc_node *const[]){conditions NULL})})
#define QC_CONDITION_ITEM(word, x) qc_listed(QC_PREDICATE(word, x, QC_LOCAL)),
#define QC_AGGREGATE(id, word, x, result, X, T)                                                    \
    __extension__({                                                                                \
        __auto_type X = (x);                                                                       \
        QC_TYPED(X, T)                                                                             \
        _Static_assert(QC_IS_NUMBER(T) && !QC_IS_LITERAL(T),                                       \
                       word ": the argument must be a column or an expression of numbers");        \
        (__typeof__(*((T *)0)->result)){                                                           \
            qc_call(id, QC_TYPE(__typeof__(*((T *)0)->result)),                                    \
                    (const qc_node *const[]){QC_NODE_IN(X, T), NULL})};                            \
    })
#define QC_SUM(x) QC_AGGREGATE(QC_FUNCTION_SUM, "SUM", x, sum, QC_LOCAL, QC_LOCAL)
#define QC_AVG(x) QC_AGGREGATE(QC_FUNCTION_AVG, "AVG", x, avg, QC_LOCAL, QC_LOCAL)
#define QC_EXTREME(id, word, x, X, T)                                                              \
    __extension__({                                                                                \
        __auto_type X = (x);                                                                       \
        QC_TYPED(X, T)                                                                             \
        _Static_assert(!QC_IS_LITERAL(T) && (QC_KIND(T) & QC_KINDS_ORDERED) != 0,                  \
                       word ": the argument must be a column or an expression of numbers, text, "  \
                            "dates or times");                                                     \
        (QC_SELF(T)){qc_call(id, QC_TYPE(T), (const qc_node *const[]){QC_NODE_IN(X, T), NULL})};   \
    })
#define QC_MIN(x) QC_EXTREME(QC_FUNCTION_MIN, "MIN", x, QC_LOCAL, QC_LOCAL)
#define QC_MAX(x) QC_EXTREME(QC_FUNCTION_MAX, "MAX", x, QC_LOCAL, QC_LOCAL)

/* Escape hatches. The texts are constants of the program: "" refuses a variable. */
#define QC_FUNC(name, ...) QC_FUNC_(name, __VA_ARGS__, QC_NO_ITEM)
#define QC_FUNC_(name, type, ...) QC_FUNC__(name, #type, QC_SQL_TYPE(type), __VA_ARGS__)
#define QC_FUNC__(name, word, parts, ...)                                                          \
    __extension__({                                                                                \
        QC_ASSERT_CONSTANT("FUNC", name);                                                          \
        _Static_assert(QC_TYPE_KNOWN parts, "FUNC: " word " is not a SQL type");                   \
        (QC_TYPE_EXPRESSION parts){                                                                \
            qc_func("" name, QC_TYPE_ID parts, QC_NODES_OF("FUNC", __VA_ARGS__))};                 \
    })
#define QC_OP(text, type, a, b) QC_OP_(text, #type, QC_SQL_TYPE(type), a, b)
#define QC_OP_(text, word, parts, a, b)                                                            \
    __extension__({                                                                                \
        QC_ASSERT_CONSTANT("OP", text);                                                            \
        _Static_assert(QC_TYPE_KNOWN parts, "OP: " word " is not a SQL type");                     \
        (QC_TYPE_EXPRESSION parts){                                                                \
            qc_custom_op("" text, QC_TYPE_ID parts, QC_NODE("OP", a, QC_LOCAL, QC_LOCAL),          \
                         QC_NODE("OP", b, QC_LOCAL, QC_LOCAL))};                                   \
    })
#define QC_RAW(...) QC_RAW_(__VA_ARGS__, QC_NO_ITEM)
#define QC_RAW_(type, ...) QC_RAW__(#type, QC_SQL_TYPE(type), __VA_ARGS__)
#define QC_RAW__(word, parts, sql, ...)                                                            \
    __extension__({                                                                                \
        QC_ASSERT_CONSTANT("RAW", sql);                                                            \
        _Static_assert(QC_TYPE_KNOWN parts, "RAW: " word " is not a SQL type");                    \
        (QC_TYPE_EXPRESSION parts){                                                                \
            qc_raw(QC_TYPE_ID parts, "" sql, QC_NODES_OF("RAW", __VA_ARGS__))};                    \
    })
#define QC_NO_ITEM ((qc_text){&qc_absent})
#define QC_ASSERT_CONSTANT(word, text)                                                             \
    _Static_assert(_Generic((text), char *: 1, default: 0),                                        \
                   word ": the SQL text must be a string literal; pass values as arguments")

#endif
