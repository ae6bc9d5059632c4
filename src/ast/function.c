/* Functions and aggregates of the list; the escape hatches FUNC, OP and RAW. */
#include "ast/make.h"

/* Flags of a call whatever its arguments are, and which of theirs it takes over. */
typedef struct rule {
    uint8_t own, inherited;
} rule;

enum { AGGREGATE = QC_NODE_AGGREGATE, NULLABLE = QC_NODE_NULLABLE };

static const rule rules[] = {
    [QC_FUNCTION_COUNT] = {AGGREGATE, AGGREGATE},
    [QC_FUNCTION_SUM] = {AGGREGATE | NULLABLE, AGGREGATE},
    [QC_FUNCTION_AVG] = {AGGREGATE | NULLABLE, AGGREGATE},
    [QC_FUNCTION_MIN] = {AGGREGATE | NULLABLE, AGGREGATE},
    [QC_FUNCTION_MAX] = {AGGREGATE | NULLABLE, AGGREGATE},
    [QC_FUNCTION_COALESCE] = {0, QC_INHERITED},
    [QC_FUNCTION_NULLIF] = {NULLABLE, AGGREGATE},
    [QC_FUNCTION_LOWER] = {0, QC_INHERITED},
    [QC_FUNCTION_UPPER] = {0, QC_INHERITED},
    [QC_FUNCTION_LENGTH] = {0, QC_INHERITED},
    [QC_FUNCTION_ABS] = {0, QC_INHERITED},
    [QC_FUNCTION_ROUND] = {0, QC_INHERITED},
    [QC_FUNCTION_NOW] = {0, 0},
    [QC_FUNCTION_EXTRACT] = {0, QC_INHERITED},
    [QC_FUNCTION_DATE_TRUNC] = {0, QC_INHERITED},
    [QC_FUNCTION_ROW] = {0, 0},
    [QC_FUNCTION_ARRAY] = {0, 0},
};
_Static_assert(sizeof(rules) / sizeof(rules[0]) == QC_FUNCTION_ID_COUNT, "one rule a function");

static inline qc_node call_base(int id, int type)
{
    return (qc_node){.kind = QC_NODE_CALL,
                     .type = (uint8_t)type,
                     .op = (uint8_t)id,
                     .flags = rules[id].own};
}

/* COALESCE is NULL only when every argument is. */
static void settle_coalesce(qc_node *call)
{
    for (size_t i = 0; i < call->count; i++)
        if (!(qc_kid(call, i)->flags & QC_NODE_NULLABLE))
            call->flags &= (uint8_t)~QC_NODE_NULLABLE;
}

const qc_node *qc_call(int id, int type, const qc_node *const *items)
{
    qc_node base = call_base(id, type);
    if (!items[0])
        return &qc_zeroed_node;
    if (!items[1])
        return qc_make_1_of(base, items[0], rules[id].inherited);
    const qc_node *made = qc_make_list(base, NULL, items);
    if (made->kind == QC_NODE_CALL && !made->count)
        return qc_refusal(&qc_absent);
    if (id == QC_FUNCTION_COALESCE && made->kind == QC_NODE_CALL)
        settle_coalesce((qc_node *)made);
    return made;
}

/* A function without arguments. */
static const qc_node *bare_call(int id, int type)
{
    qc_node *call = qc_take(sizeof(*call));
    if (!call)
        return &qc_nomem_node;
    *call = call_base(id, type);
    return call;
}

qc_timestamptz qc_now(void)
{
    return (qc_timestamptz){bare_call(QC_FUNCTION_NOW, QC_TYPE_timestamptz)};
}

qc_bigint qc_count_all(void)
{
    return (qc_bigint){bare_call(QC_FUNCTION_COUNT, QC_TYPE_bigint)};
}

static const qc_node *text_function(int id, int type, qc_text x)
{
    return qc_make_1(call_base(id, type), x.node);
}

qc_text qc_lower(qc_text x)
{
    return (qc_text){text_function(QC_FUNCTION_LOWER, QC_TYPE_text, x)};
}

qc_text qc_upper(qc_text x)
{
    return (qc_text){text_function(QC_FUNCTION_UPPER, QC_TYPE_text, x)};
}

qc_int qc_length(qc_text x)
{
    return (qc_int){text_function(QC_FUNCTION_LENGTH, QC_TYPE_int, x)};
}

static const qc_node *date_function(int id, int type, int field, const qc_node *x)
{
    qc_node base = call_base(id, type);
    base.u.integer = field;
    return qc_make_1(base, x);
}

const qc_node *qc_extract(int field, const qc_node *x)
{
    return date_function(QC_FUNCTION_EXTRACT, QC_TYPE_numeric, field, x);
}

const qc_node *qc_date_trunc(int field, const qc_node *x)
{
    return date_function(QC_FUNCTION_DATE_TRUNC, x ? x->type : 0, field, x);
}

/* ---- Escape hatches. Their texts are constants of the program. ---- */

const qc_node *qc_func(const char *name, int type, const qc_node *const *items)
{
    return qc_make_list((qc_node){.kind = QC_NODE_FUNC,
                                  .type = (uint8_t)type,
                                  .flags = QC_NODE_NULLABLE,
                                  .u.text = name},
                        NULL, items);
}

const qc_node *qc_custom_op(const char *text, int type, const qc_node *a, const qc_node *b)
{
    return qc_make_2((qc_node){.kind = QC_NODE_OP, .type = (uint8_t)type, .u.text = text}, a, b);
}

const qc_node *qc_raw(int type, const char *sql, const qc_node *const *items)
{
    return qc_make_list((qc_node){.kind = QC_NODE_RAW,
                                  .type = (uint8_t)type,
                                  .flags = QC_NODE_NULLABLE,
                                  .u.text = sql},
                        NULL, items);
}
