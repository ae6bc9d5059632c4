/* What constructors share: refusing bad operands, and nodes of one, two or many kids.
 *
 * Every constructor hands a poison operand on, so poison is only ever the root of an expression.
 */
#ifndef QC_AST_MAKE_H
#define QC_AST_MAKE_H

#include "ast/ast.h"
#include "base/arena_inline.h"

#include <string.h>

/* Flags a node has when a kid has them. */
enum { QC_INHERITED = QC_NODE_NULLABLE | QC_NODE_AGGREGATE };

/* Poison without memory. */
extern const qc_node qc_nomem_node, qc_zeroed_node, qc_too_deep_node;

/* Neither POISON, the first kind, nor ABSENT, the last. */
static inline bool qc_usable(const qc_node *x)
{
    return x && x->kind - 1u < QC_NODE_ABSENT - 1u;
}
_Static_assert(QC_NODE_POISON == 0 && QC_NODE_ABSENT == QC_NODE_KIND_COUNT - 1,
               "qc_usable looks between them");
/* What a constructor returns for an operand that is not usable. */
const qc_node *qc_refusal(const qc_node *x) __attribute__((cold));

static inline bool qc_is_absent(const qc_node *x)
{
    return x && x->kind == QC_NODE_ABSENT;
}
static inline bool qc_is_null(const qc_node *x)
{
    return x->kind == QC_NODE_BIND && x->flags & QC_NODE_NULL_VALUE;
}

/* A node like `base` over its kids, with those of their flags that are in `inherited`. */
static inline const qc_node *qc_make_1_of(qc_node base, const qc_node *a, unsigned inherited)
{
    if (!qc_usable(a))
        return qc_refusal(a);
    if (a->depth >= QC_MAX_DEPTH)
        return &qc_too_deep_node;
    qc_node_1 *made = qc_take(sizeof(*made));
    if (!made)
        return &qc_nomem_node;
    base.count = 1;
    base.depth = a->depth + 1u;
    base.flags |= a->flags & inherited;
    made->base = base;
    made->kid = a;
    return &made->base;
}
static inline const qc_node *qc_make_1(qc_node base, const qc_node *a)
{
    return qc_make_1_of(base, a, QC_INHERITED);
}

/* What of a node's header is structure, as a word. */
static inline uint64_t qc_structure_of(const qc_node *node)
{
    const qc_node mask = {.kind = 0xFF,
                          .type = 0xFF,
                          .op = 0xFF,
                          .flags = QC_NODE_VARCHAR | QC_NODE_CHAR,
                          .count = QC_MAX_KIDS - 1};
    uint64_t word, kept;
    memcpy(&word, node, sizeof(word));
    memcpy(&kept, &mask, sizeof(kept));
    return word & kept;
}
_Static_assert(offsetof(qc_node, u) == sizeof(uint64_t), "a node's header is a word");

static inline qc_node_1 qc_column_node(const qc_column *column, const qc_node *range)
{
    return (qc_node_1){{.kind = QC_NODE_COLUMN,
                        .type = column->type,
                        .flags = column->nullable ? QC_NODE_NULLABLE : 0,
                        .count = 1,
                        .u.column = column},
                       range};
}

static inline qc_node_1 qc_relation_node(const qc_relation *relation, const qc_node *range)
{
    return (qc_node_1){{.kind = QC_NODE_RELATION, .count = 1, .u.relation = relation}, range};
}

typedef struct qc_node_2 {
    qc_node base;
    const qc_node *a, *b;
} qc_node_2;
/* Of nodes that were found usable. */
static inline const qc_node *qc_make_2_usable(qc_node base, const qc_node *a, const qc_node *b)
{
    unsigned depth = a->depth > b->depth ? a->depth : b->depth;
    if (depth >= QC_MAX_DEPTH)
        return &qc_too_deep_node;
    qc_node_2 *made = qc_take(sizeof(*made));
    if (!made)
        return &qc_nomem_node;
    base.count = 2;
    base.depth = depth + 1;
    base.flags |= (a->flags | b->flags) & QC_INHERITED;
    made->base = base;
    made->a = a;
    made->b = b;
    return &made->base;
}
static inline const qc_node *qc_make_2(qc_node base, const qc_node *a, const qc_node *b)
{
    if (!qc_usable(a))
        return qc_refusal(a);
    return qc_usable(b) ? qc_make_2_usable(base, a, b) : qc_refusal(b);
}
/* Absent kids are left out. */
const qc_node *qc_make(qc_node base, const qc_node *const *kids, size_t count);
/* Of a list that ends with NULL, behind `first` when that is not NULL. */
const qc_node *qc_make_list(qc_node base, const qc_node *first, const qc_node *const *items);

/* A LABEL: its text lies behind it in words, the last padded with zeros. */
typedef struct qc_label_node {
    qc_node_1 base;
    size_t count; /* of words */
    uint64_t words[];
} qc_label_node;

/* The BIND node of a C value that is no handle: see qc_operand. */
const qc_node *qc_literal(int type, int operand, const void *value);
static inline const qc_node *qc_operand_node(int type, int operand, const void *value)
{
    return operand == QC_OPERAND_HANDLE ? *(const qc_node *const *)value
                                        : qc_literal(type, operand, value);
}
/* A BIND of `length` bytes of text, copied when it is UTF-8. */
const qc_node *qc_text_bind(int type, const char *text, size_t length);

/* A bind of a C value of `type`, borrowing what it points to. */
qc_bind qc_bind_of(int type, const void *value);
/* qc_field_value in an arena. */
const qc_node *qc_field_node(qc_arena *arena, const qc_column *column, const void *row);
/* The same without the DEFAULT of the model. */
const qc_node *qc_field_as_it_is(qc_arena *arena, const qc_column *column, const void *row);
/* The BIND node of a column's DEFAULT. */
const qc_node *qc_default_node(qc_arena *arena, const qc_column *column);
/* A field's value, borrowed; unset is NULL. */
qc_bind qc_field_bind(const qc_column *column, const void *row);
/* Why no database can hold a field's value, as poison; NULL: it can. */
const qc_node *qc_field_problem(const qc_column *column, const qc_bind *value);

/* Whether a query continues a kept one; its first clause then holds that. */
static inline bool qc_extends(const qc_clause *clauses)
{
    return clauses->kind == QC_CLAUSE_HEAD && clauses->node &&
           clauses->node->kind == QC_NODE_QUERY;
}
/* A QUERY node that may be nested: one that extends no other. Poison for other kinds. */
const qc_node *qc_nested(qc_arena *arena, const qc_node *query);

/* Decimal texts of numbers, exact: the shortest that reads back as the same double. */
enum { QC_NUMBER_SIZE = 352 };
void qc_integer_text(int64_t value, char text[QC_NUMBER_SIZE]);
void qc_double_text(double value, char text[QC_NUMBER_SIZE]);
void qc_float_text(float value, char text[QC_NUMBER_SIZE]);

#endif
