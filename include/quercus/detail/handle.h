/* Typed handles: what the compiler knows about an operand.
 *
 * A handle is a one-pointer union around an AST node. Only `node` is ever stored; the other members
 * are phantoms that carry types for the compiler. Sets of kinds are array lengths, so that a rule
 * about types is one `&` of two constants: an operand of U fits a column of T when
 * QC_TAKES(T) & QC_KIND(U).
 */
#ifndef QUERCUS_DETAIL_HANDLE_H
#define QUERCUS_DETAIL_HANDLE_H

#include <quercus/detail/node.h>
#include <quercus/detail/pp.h>

/* ---- C values as operands. ----
 * The one list of C types a value may have: name, C type, class, SQL type when nothing says more. */
#define QC_LITERALS(X) QC_PLAIN_LITERALS(X) QC_STRUCT_LITERALS(X)
#define QC_PLAIN_LITERALS(X)                                                                       \
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
    X(NULL, void *, ANY, text)
#define QC_STRUCT_LITERALS(X)                                                                      \
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

/* ---- Kinds: one bit each. Bits 1 to 15 are expressions (and C values of just that type), in the
 * order of enum qc_type. ---- */

enum {
    QC_KIND_NOTHING = 1,    /* what cannot be an operand */
    QC_KIND_NULL = 1 << 16,
    QC_KIND_INT = 1 << 17,  /* `true` is an int in C11, so an int may stand for a bool */
    QC_KIND_WHOLE = 1 << 18, /* the other C integers; the server gets them only if they fit */
    QC_KIND_REAL = 1 << 19, /* float and double values */
    QC_KIND_TEXT = 1 << 20, /* C strings; they may stand for JSON */
    QC_KIND_MODEL = 1 << 21,
    QC_KIND_RECORD = 1 << 22,
    QC_KIND_RELATION = 1 << 23,
    QC_KIND_QUERY = 1 << 24,   /* a kept query of rows */
    QC_KIND_SCALARS = 1 << 25, /* a kept query of one expression */
    QC_KIND_ORDER = 1 << 26,
    QC_KIND_NEVER = 1 << 27, /* what nothing is */
    /* Sets of them. */
    QC_KINDS_EXPRESSION = (1 << QC_TYPE_COUNT) - 2,
    QC_KINDS_NUMBER = (2 << QC_TYPE_double) - (1 << QC_TYPE_smallint) + QC_KIND_INT +
                      QC_KIND_WHOLE + QC_KIND_REAL,
    QC_KINDS_TEXT = 1 << QC_TYPE_text | QC_KIND_TEXT,
    QC_KINDS_TIMESTAMP = 1 << QC_TYPE_timestamp | 1 << QC_TYPE_timestamptz,
    QC_KINDS_TEMPORAL = 1 << QC_TYPE_date | 1 << QC_TYPE_time | QC_KINDS_TIMESTAMP,
    QC_KINDS_ORDERED = QC_KINDS_NUMBER | QC_KINDS_TEXT | QC_KINDS_TEMPORAL,
    QC_KINDS_ORDERING = QC_KINDS_EXPRESSION | QC_KIND_ORDER,
    QC_KINDS_SELECTED = QC_KINDS_EXPRESSION | QC_KIND_MODEL,
    QC_KINDS_JOINED = QC_KIND_MODEL | QC_KIND_RELATION,
    QC_KINDS_SHAPE = QC_KIND_MODEL | QC_KIND_RECORD,
    QC_KINDS_KEPT = QC_KIND_QUERY | QC_KIND_SCALARS,
    QC_KINDS_SCALAR = QC_KINDS_EXPRESSION | QC_KIND_SCALARS
};
_Static_assert(QC_KIND_NULL > QC_KINDS_EXPRESSION, "expressions have bits of their own");

/* The kinds that can be stored as `type` without losing anything but digits after the point. */
#define QC_TAKEN_BOOL(type) (1 << (type) | QC_KIND_INT | QC_KIND_NULL)
#define QC_TAKEN_NUMBER(type)                                                                      \
    (((2 << (type)) - (1 << QC_TYPE_smallint)) | QC_KIND_INT | QC_KIND_WHOLE | QC_KIND_NULL |      \
     ((type) >= QC_TYPE_numeric ? QC_KIND_REAL : 0))
#define QC_TAKEN_TEXT(type) (QC_KINDS_TEXT | QC_KIND_NULL)
#define QC_TAKEN_BYTEA(type) (1 << (type) | QC_KIND_NULL)
#define QC_TAKEN_DATE(type) (1 << (type) | QC_KIND_NULL)
#define QC_TAKEN_TIME(type) (1 << (type) | QC_KIND_NULL)
#define QC_TAKEN_TIMESTAMP(type) (QC_KINDS_TIMESTAMP | QC_KIND_NULL)
#define QC_TAKEN_UUID(type) (1 << (type) | QC_KIND_NULL)
#define QC_TAKEN_JSON(type) (1 << (type) | QC_KIND_TEXT | QC_KIND_NULL)
#define QC_TAKEN_ANY(type) QC_KIND_NULL

/* The kinds that an expression, or a C value, of a class may be compared with. */
#define QC_COMPARED_BOOL(type) QC_TAKEN_BOOL(type)
#define QC_COMPARED_NUMBER(type) (QC_KINDS_NUMBER | QC_KIND_NULL)
#define QC_COMPARED_TEXT(type) QC_TAKEN_TEXT(type)
#define QC_COMPARED_BYTEA(type) QC_TAKEN_BYTEA(type)
#define QC_COMPARED_DATE(type) QC_TAKEN_DATE(type)
#define QC_COMPARED_TIME(type) QC_TAKEN_TIME(type)
#define QC_COMPARED_TIMESTAMP(type) QC_TAKEN_TIMESTAMP(type)
#define QC_COMPARED_UUID(type) QC_TAKEN_UUID(type)
#define QC_COMPARED_JSON(type) QC_TAKEN_JSON(type)
#define QC_COMPARED_ANY(type) (QC_KINDS_EXPRESSION | (QC_KIND_MODEL - QC_KIND_NULL))
/* What a C value stands for beside its own class. */
#define QC_STANDS_FOR(operand, class_)                                                             \
    ((operand) == QC_OPERAND_INT        ? 1 << QC_TYPE_bool                                        \
     : (class_) == QC_CLASS_TEXT        ? 1 << QC_TYPE_json                                        \
                                        : 0)
#define QC_LITERAL_KIND(operand, class_, type)                                                     \
    ((operand) == QC_OPERAND_NULL                                       ? QC_KIND_NULL             \
     : (operand) == QC_OPERAND_INT                                      ? QC_KIND_INT              \
     : (operand) >= QC_OPERAND_SCHAR && (operand) <= QC_OPERAND_ULLONG  ? QC_KIND_WHOLE            \
     : (class_) == QC_CLASS_NUMBER && (type) >= QC_TYPE_real            ? QC_KIND_REAL             \
     : (class_) == QC_CLASS_TEXT                                        ? QC_KIND_TEXT             \
                                                                        : 1 << (type))

/* ---- Handles. ---- */

struct qc_row;

/* The members of whatever may head a query or be joined: what they say is its kind, what its rows
 * are in C, its value if it has just one, and the type of a kept query of it. */
#define QC_HEAD_MEMBERS(kind, rows, value, optional, query)                                        \
    const qc_node *qc_head;                                                                        \
    char (*qc_kind)[kind];                                                                         \
    rows *qc_row;                                                                                  \
    value *qc_value;                                                                               \
    optional *qc_nullable;                                                                         \
    query *qc_query;
/* What a program names (models, records, relationships, kept queries) is wider than a pointer, so that
 * a rule can tell it from one: QC_NAMED. A relationship says whose it is and the type of its field, a
 * model the type of a writer of COPY_IN. */
enum { QC_WIDTH = 2 };
#define QC_NAMED_MEMBERS(owner, field, writer)                                                     \
    const qc_node *qc_wide[QC_WIDTH];                                                              \
    owner *qc_owner;                                                                               \
    field *qc_field;                                                                               \
    writer *qc_writer;
/* The members of operands. */
#define QC_OPERAND_MEMBERS(sql_type, operand_kind, taken, compared)                                \
    char (*type)[sql_type];                                                                        \
    char (*operand)[operand_kind];                                                                 \
    char (*takes)[taken];                                                                          \
    char (*compares)[compared];

/* A handle an expression type, and the kept query of one such expression. */
#define QC_ROW(name, ctype, optional, class_, sum_, avg_, ...)                                     \
    typedef union qc_query_##name {                                                                \
        const qc_node *node;                                                                       \
        QC_HEAD_MEMBERS(QC_KIND_SCALARS, struct qc_row, ctype, optional, union qc_query_##name)    \
        char (*type)[QC_TYPE_##name];                                                              \
        union qc_##name *self;                                                                     \
        QC_NAMED_MEMBERS(struct qc_row, void *, union qc_no_writer)                                \
    } qc_query_##name;                                                                             \
    typedef union qc_##name {                                                                      \
        const qc_node *node;                                                                       \
        QC_HEAD_MEMBERS(1 << QC_TYPE_##name, struct qc_row, ctype, optional,                       \
                        union qc_query_##name)                                                     \
        QC_OPERAND_MEMBERS(QC_TYPE_##name, QC_OPERAND_HANDLE, QC_TAKEN_##class_(QC_TYPE_##name),   \
                           QC_COMPARED_##class_(QC_TYPE_##name))                                   \
        union qc_##sum_ *sum;                                                                      \
        union qc_##avg_ *avg;                                                                      \
        union qc_##name *self;                                                                     \
    } qc_##name;
QC_TYPES(QC_ROW)
#undef QC_ROW

/* What cannot be an operand, so that a wrong program gets one sentence and no more. */
typedef union qc_none {
    const qc_node *node;
    QC_HEAD_MEMBERS(QC_KIND_NOTHING, struct qc_row, int, int, union qc_none)
    QC_OPERAND_MEMBERS(QC_TYPE_COUNT, QC_OPERAND_COUNT, QC_KIND_NEVER, QC_KIND_NEVER)
    union qc_none *sum;
    union qc_none *avg;
    union qc_none *self;
    struct qc_row *qc_owner;
    void **qc_field;
    union qc_no_writer *qc_writer;
} qc_none;
extern const qc_none qc_no_operand;

/* An item of ORDER BY. */
typedef union qc_order {
    const qc_node *node;
    QC_HEAD_MEMBERS(QC_KIND_ORDER, struct qc_row, int, int, union qc_none)
    QC_OPERAND_MEMBERS(QC_TYPE_COUNT, QC_OPERAND_HANDLE, QC_KIND_NEVER, QC_KIND_NEVER)
    union qc_order *self;
} qc_order;

/* The phantom handles of C values: QC_HANDLE(42) has the type of qc_literal_INT. */
#define QC_LITERAL(name, ctype, class_, sql)                                                       \
    extern const union qc_literal_##name {                                                         \
        const qc_node *node;                                                                       \
        char (*qc_kind)[QC_LITERAL_KIND(QC_OPERAND_##name, QC_CLASS_##class_, QC_TYPE_##sql)];     \
        QC_OPERAND_MEMBERS(QC_TYPE_##sql, QC_OPERAND_##name, QC_TAKEN_##class_(QC_TYPE_##sql),     \
                           QC_COMPARED_##class_(QC_TYPE_##sql) |                                   \
                               QC_STANDS_FOR(QC_OPERAND_##name, QC_CLASS_##class_))                \
        union qc_none *sum;                                                                        \
        union qc_none *avg;                                                                        \
        union qc_##sql *self;                                                                      \
    } qc_literal_##name;
QC_LITERALS(QC_LITERAL)
#undef QC_LITERAL

/* ---- Decided at compile time about an operand, or the type T of its handle. ---- */

/* The handle of a local that holds an operand: a row a literal and a handle type, written out
 * because it stands for every operand of every query. Of anything else: qc_no_operand. */
#define QC_HANDLE(A)                                                                               \
    _Generic(A, _Bool: qc_literal_BOOL, signed char: qc_literal_SCHAR,                             \
             unsigned char: qc_literal_UCHAR, short: qc_literal_SHORT,                             \
             unsigned short: qc_literal_USHORT, int: qc_literal_INT,                               \
             unsigned int: qc_literal_UINT, long: qc_literal_LONG,                                 \
             unsigned long: qc_literal_ULONG, long long: qc_literal_LLONG,                         \
             unsigned long long: qc_literal_ULLONG, float: qc_literal_FLOAT,                       \
             double: qc_literal_DOUBLE, const char *: qc_literal_TEXT,                             \
             char *: qc_literal_MUTABLE_TEXT, void *: qc_literal_NULL,                             \
             qc_numeric_value: qc_literal_NUMERIC, qc_bytea_value: qc_literal_BYTEA,               \
             qc_date_value: qc_literal_DATE, qc_time_value: qc_literal_TIME,                       \
             qc_timestamp_value: qc_literal_TIMESTAMP, qc_uuid_value: qc_literal_UUID,             \
             qc_opt_bool: qc_literal_OPT_BOOL, qc_opt_smallint: qc_literal_OPT_SMALLINT,           \
             qc_opt_int: qc_literal_OPT_INT, qc_opt_bigint: qc_literal_OPT_BIGINT,                 \
             qc_opt_real: qc_literal_OPT_REAL, qc_opt_double: qc_literal_OPT_DOUBLE,               \
             qc_opt_date: qc_literal_OPT_DATE, qc_opt_time: qc_literal_OPT_TIME,                   \
             qc_opt_timestamp: qc_literal_OPT_TIMESTAMP, qc_opt_uuid: qc_literal_OPT_UUID,         \
             qc_bool: A, qc_smallint: A, qc_int: A, qc_bigint: A, qc_numeric: A, qc_real: A,       \
             qc_double: A, qc_text: A, qc_bytea: A, qc_date: A, qc_time: A, qc_timestamp: A,       \
             qc_timestamptz: A, qc_uuid: A, qc_json: A, qc_order: A, default: qc_no_operand)
/* The same for a model, an alias, a record, a relationship or a kept query. `x` may be no local. */
#define QC_NAMED(x)                                                                                \
    _Generic((char (*)[1 + (sizeof(x) > sizeof(void *))])0, char (*)[2]: (x), default: qc_no_operand)
/* The same for these and for expressions. */
#define QC_THING(A)                                                                                \
    _Generic(A, qc_bool: A, qc_smallint: A, qc_int: A, qc_bigint: A, qc_numeric: A, qc_real: A,    \
             qc_double: A, qc_text: A, qc_bytea: A, qc_date: A, qc_time: A, qc_timestamp: A,       \
             qc_timestamptz: A, qc_uuid: A, qc_json: A, default: QC_NAMED(A))

#define QC_IS_MODEL(x) (QC_KIND(__typeof__(QC_NAMED(x))) == QC_KIND_MODEL)
#define QC_IS_RELATION(x) (QC_KIND(__typeof__(QC_NAMED(x))) == QC_KIND_RELATION)
/* Whether `x` is of a type of the list `T: 1, …`, made from what `name` names; true where that names
 * nothing, as another assertion says. Nested: clang does not write all of it into its message. */
#define QC_OF_TYPE(x, name, ...)                                                                   \
    _Generic(QC_NAMED(name), qc_none: 1, default: _Generic((x), __VA_ARGS__, default: 0))
/* Whether `x` may point to an object: a pointer, but to no text, and no column or number. Written out,
 * since what asserts that a call succeeded may make a string literal of it (C11 5.2.4.1: 4095). */
#define QC_IS_OBJECT(x)                                                                            \
    _Generic((char (*)[sizeof(x)])0, char (*)[sizeof(void *)]: _Generic((x), char *: 0,            \
             const char *: 0, long: 0, unsigned long: 0, long long: 0, unsigned long long: 0,      \
             double: 0, qc_bool: 0, qc_smallint: 0, qc_int: 0, qc_bigint: 0, qc_numeric: 0,        \
             qc_real: 0, qc_double: 0, qc_text: 0, qc_bytea: 0, qc_date: 0, qc_time: 0,            \
             qc_timestamp: 0, qc_timestamptz: 0, qc_uuid: 0, qc_json: 0, default: 1), default: 0)

#define QC_TYPE(T) (int)sizeof(*((T *)0)->type)
#define QC_OPERAND(T) (int)sizeof(*((T *)0)->operand)
#define QC_KIND(T) sizeof(*((T *)0)->qc_kind)
#define QC_TAKES(T) sizeof(*((T *)0)->takes)
#define QC_COMPARES(T) sizeof(*((T *)0)->compares)
#define QC_SELF(T) __typeof__(*((T *)0)->self)
#define QC_IS_LITERAL(T) (QC_OPERAND(T) != QC_OPERAND_HANDLE)
#define QC_IS_OPERAND(T) (QC_OPERAND(T) != QC_OPERAND_COUNT)
#define QC_IS_NUMBER(T) ((QC_KIND(T) & QC_KINDS_NUMBER) != 0)
#define QC_COMPARABLE(T, U) ((QC_COMPARES(T) & QC_KIND(U)) != 0)
#define QC_FITS(T, U) ((QC_TAKES(T) & QC_KIND(U)) != 0)

/* A name for a local that no nested word shadows. */
#define QC_LOCAL QC_CAT(qc_local_, __COUNTER__)
/* T is the type of A's handle, or thing. Words name an operand once, by a local: __auto_type A = (a);
 * QC_TYPED(A, T). They take the locals as arguments, QC_LOCAL, since each macro on the way of an
 * operand costs time at every query. */
#define QC_TYPED(A, T) typedef __typeof__(QC_HANDLE(A)) T;
#define QC_TYPED_THING(A, T) typedef __typeof__(QC_THING(A)) T;
/* The node of A when a rule has made sure that it is a handle. */
#define QC_NODE_IN(A, T) ((const T *)&A)->node

/* What stands for a wrong call: `value`, which only keeps the compiler from saying more. */
#define QC_MISUSED(sentence, value)                                                                \
    __extension__({                                                                                \
        _Static_assert(0, sentence);                                                               \
        value;                                                                                     \
    })
/* `x`, a thing of one of `kinds`. */
#define QC_CHECKED(kinds, sentence, x, X, T)                                                       \
    __extension__({                                                                                \
        __auto_type X = (QC_OR_NOTHING(x));                                                        \
        QC_TYPED_THING(X, T)                                                                       \
        _Static_assert(QC_KIND(T) & kinds, sentence);                                              \
        *(const T *)&X;                                                                            \
    })
/* `x`, something of one of `kinds` that a program names. */
#define QC_CHECKED_NAME(kinds, sentence, x, X, T)                                                  \
    __extension__({                                                                                \
        __auto_type X = (QC_OR_NOTHING(x));                                                        \
        typedef __typeof__(QC_NAMED(X)) T;                                                         \
        _Static_assert(QC_KIND(T) & kinds, sentence);                                              \
        *(const T *)&X;                                                                            \
    })
/* The node of `x`, an expression or what else `kinds` says. */
#define QC_EXPRESSION(kinds, sentence, x, X, T)                                                    \
    __extension__({                                                                                \
        __auto_type X = (x);                                                                       \
        QC_TYPED(X, T)                                                                             \
        _Static_assert(!QC_IS_LITERAL(T) && QC_KIND(T) & kinds, sentence);                         \
        QC_NODE_IN(X, T);                                                                          \
    })
/* The node of `x`, a predicate. */
#define QC_PREDICATE(word, x, X)                                                                   \
    __extension__({                                                                                \
        __auto_type X = (x);                                                                       \
        _Static_assert(_Generic(X, qc_bool: 1, default: 0),                                        \
                       word ": the argument must be a condition such as EQ(a, b)");                \
        ((const qc_bool *)&X)->node;                                                               \
    })

/* The same for a clause of one predicate; `more` is what stands behind a comma. */
#define QC_ONE_PREDICATE(word, X, x, more, ...)                                                    \
    __extension__({                                                                                \
        __auto_type X = (QC_OR_NOTHING(x));                                                        \
        _Static_assert(_Generic(X, qc_bool: _Generic((char (*)[sizeof(#more)])0, char (*)[1]: 1,   \
                                                     default: 0), default: 0),                     \
                       word ": the argument must be a condition such as EQ(a, b), or several "     \
                            "in AND(a, b)");                                                       \
        ((const qc_bool *)&X)->node;                                                               \
    })

/* ---- SQL types by their words. ----
 * QC_SQL_TYPE(VARCHAR(255)) is a tuple: expression type, C type, optional C type, form, modifier,
 * whether the word is known. An unknown word counts as INTEGER, for the sake of one sentence. */
#define QC_SQL_TYPE(type) QC_TYPE_PARTS(QC_SQL_TYPE_##type)
#define QC_TYPE_PARTS(...) QC_CAT(QC_TYPE_PARTS_, QC_IS_ONE(__VA_ARGS__))(__VA_ARGS__)
#define QC_TYPE_PARTS_0(...) (__VA_ARGS__, 1)
#define QC_TYPE_PARTS_1(unknown) (qc_int, int32_t, qc_opt_int, PLAIN, 0, 0)
#define QC_SQL_TYPE_NULLABLE(type) QC_NULLABLE_PARTS(QC_SQL_TYPE_##type)
#define QC_NULLABLE_PARTS(...) QC_CAT(QC_NULLABLE_PARTS_, QC_IS_ONE(__VA_ARGS__))(__VA_ARGS__)
#define QC_NULLABLE_PARTS_0(expression, ctype, optional, form, modifier)                           \
    expression, optional, optional, NULLABLE_##form, modifier
#define QC_NULLABLE_PARTS_1(unknown) unknown
#define QC_NULLABLE_OF_PLAIN 0
#define QC_NULLABLE_OF_VARCHAR 0
#define QC_NULLABLE_OF_CHAR 0
#define QC_NULLABLE_OF_NULLABLE_PLAIN 1
#define QC_NULLABLE_OF_NULLABLE_VARCHAR 1
#define QC_NULLABLE_OF_NULLABLE_CHAR 1
#define QC_FORM_OF_PLAIN QC_FORM_PLAIN
#define QC_FORM_OF_VARCHAR QC_FORM_VARCHAR
#define QC_FORM_OF_CHAR QC_FORM_CHAR
#define QC_FORM_OF_NULLABLE_PLAIN QC_FORM_PLAIN
#define QC_FORM_OF_NULLABLE_VARCHAR QC_FORM_VARCHAR
#define QC_FORM_OF_NULLABLE_CHAR QC_FORM_CHAR

/* Parts of the tuple: QC_TYPE_CTYPE (qc_text, const char *, …). */
#define QC_TYPE_EXPRESSION(expression, ctype, optional, form, modifier, known) expression
#define QC_TYPE_CTYPE(expression, ctype, optional, form, modifier, known) ctype
#define QC_TYPE_FORM(expression, ctype, optional, form, modifier, known) QC_FORM_OF_##form
#define QC_TYPE_NULL(expression, ctype, optional, form, modifier, known) QC_NULLABLE_OF_##form
#define QC_TYPE_MODIFIER(expression, ctype, optional, form, modifier, known) modifier
#define QC_TYPE_KNOWN(expression, ctype, optional, form, modifier, known) known
#define QC_TYPE_ID(expression, ctype, optional, form, modifier, known)                             \
    sizeof(*((expression *)0)->type)

#endif
