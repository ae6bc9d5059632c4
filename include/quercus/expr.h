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
        const qc_node *query_node;                                                                 \
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
