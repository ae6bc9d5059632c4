/* Predicates: comparisons, BETWEEN, LIKE, IN, EXISTS, tests for NULL. */
#include "ast/make.h"
#include "model/type_info.h"

#include <string.h>

static inline qc_node predicate(int kind, int op)
{
    return (qc_node){.kind = (uint8_t)kind, .type = QC_TYPE_bool, .op = (uint8_t)op};
}

/* ---- Two sides. ---- */

/* EQ and NE of a NULL value. */
static __attribute__((cold)) const qc_node *null_test(int op, const qc_node *a, const qc_node *b)
{
    int test = op == QC_OP_EQ ? QC_OP_IS_NULL : QC_OP_IS_NOT_NULL;
    return qc_unary(test, QC_TYPE_bool, qc_is_null(b) ? a : b);
}

const qc_node *qc_compare(int op, int operands, const void *a, const void *b)
{
    int left = operands & 0xFF, right = operands >> 8;
    const qc_node *x, *y;
    if (left == QC_OPERAND_HANDLE) {
        x = *(const qc_node *const *)a;
        y = x ? qc_operand_node(x->type, right, b) : &qc_zeroed_node;
    } else {
        y = *(const qc_node *const *)b;
        x = y ? qc_operand_node(y->type, left, a) : &qc_zeroed_node;
    }
    if (!qc_usable(x) || !qc_usable(y))
        return qc_refusal(qc_usable(x) ? y : x);
    if ((x->flags | y->flags) & QC_NODE_NULL_VALUE && (op == QC_OP_EQ || op == QC_OP_NE))
        return null_test(op, x, y);
    return qc_make_2_usable(predicate(QC_NODE_BINARY, op), x, y);
}

const qc_node *qc_between(int op, const qc_node *value, const qc_node *low, const qc_node *high)
{
    return qc_make(predicate(QC_NODE_BETWEEN, op), (const qc_node *const[]){value, low, high}, 3);
}

/* A copy of `text` with % _ \ behind backslashes and % around it; NULL when memory is out. */
static char *pattern(const char *text, size_t length, int where)
{
    char *made = qc_take(2 * length + 3), *at = made;
    if (!made)
        return NULL;
    if (where & 1)
        *at++ = '%';
    for (; *text; text++) {
        if (*text == '%' || *text == '_' || *text == '\\')
            *at++ = '\\';
        *at++ = *text;
    }
    if (where & 2)
        *at++ = '%';
    *at = '\0';
    return made;
}

const qc_node *qc_like_escaped(qc_text x, const char *text, int where)
{
    size_t length = text ? strlen(text) : 0;
    if (length > SIZE_MAX / 4)
        return qc_poison(QC_ERROR_TOO_BIG, "a text value is longer than 1 GiB");
    const char *escaped = text ? pattern(text, length, where) : NULL;
    if (text && !escaped)
        return &qc_nomem_node;
    return qc_compare(QC_OP_LIKE, QC_OPERAND_HANDLE | QC_OPERAND_TEXT << 8, &x, &escaped);
}

const qc_node *qc_exists(const qc_node *query)
{
    return qc_make_1(predicate(QC_NODE_EXISTS, 0), qc_nested(qc_current_arena(), query));
}

/* ---- IN. ---- */

const qc_node *qc_in_list(int op, const qc_node *value, const qc_node *const *items)
{
    if (!qc_usable(value))
        return qc_refusal(value);
    const qc_node *in = qc_make_list(predicate(QC_NODE_IN, op), value, items);
    if (in->kind == QC_NODE_IN && in->count == 1)
        return (op == QC_OP_IN ? qc_or_array(NULL, 0) : qc_and_array(NULL, 0)).node;
    return in;
}

const qc_node *qc_in_query(int op, const qc_node *value, const qc_node *query)
{
    return qc_make_2(predicate(QC_NODE_IN, op), value, qc_nested(qc_current_arena(), query));
}

/* What elements point to, copied into the arena; the poison of the first that is no value. */
static const qc_node *copy_elements(int type, void *elements, size_t count)
{
    const qc_node *poison = NULL;
    const char **texts = elements;
    qc_numeric_value *numbers = elements;
    qc_bytea_value *bytes = elements;
    for (size_t i = 0; i < count && !poison; i++) {
        const qc_node *bind;
        switch (type) {
        case QC_TYPE_numeric:
            bind = qc_operand(type, QC_OPERAND_NUMERIC, &numbers[i]);
            numbers[i].text = bind->u.text;
            break;
        case QC_TYPE_bytea:
            bind = qc_operand(type, QC_OPERAND_BYTEA, &bytes[i]);
            bytes[i].data = bind->u.data;
            break;
        default:
            bind = qc_operand(type, QC_OPERAND_TEXT, &texts[i]);
            texts[i] = bind->u.text;
        }
        poison = bind->kind == QC_NODE_POISON ? bind : NULL;
    }
    return poison;
}

/* An ARRAY node of copies of `count` C values of `type`. */
static const qc_node *array(int type, const void *values, size_t count)
{
    size_t size = qc_type_infos[type].size;
    if (!values && count)
        return qc_poison(QC_ERROR_MISUSE, "the array of IN_ARRAY is NULL, but its count is %zu",
                         count);
    if (count >= QC_MAX_KIDS * (size_t)64)
        return qc_poison(QC_ERROR_TOO_BIG, "the array of IN_ARRAY has %zu values", count);
    qc_bind *made = qc_take(sizeof(*made) + count * size);
    if (!made)
        return &qc_nomem_node;
    if (count)
        memcpy(made + 1, values, count * size);
    const qc_node *poison =
        qc_type_infos[type].pointer ? copy_elements(type, made + 1, count) : NULL;
    if (poison)
        return poison;
    made->base =
        (qc_node){.kind = QC_NODE_ARRAY, .type = (uint8_t)type, .u.data = made + 1};
    made->size = count;
    return &made->base;
}

const qc_node *qc_in_array(int op, const qc_node *value, int type, const void *values, size_t count)
{
    return qc_make_2(predicate(QC_NODE_IN, op), value, array(type, values, count));
}
