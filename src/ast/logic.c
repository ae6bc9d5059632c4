/* AND, OR and NOT.
 *
 * An AND inside an AND is taken apart while it is small, so that `f = AND(f, g)` in a loop makes
 * neither a deep tree nor much garbage: a level for every MOST_SPLICED predicates.
 */
#include "ast/make.h"

enum { MOST_SPLICED = 512 };

static const qc_node always = {.kind = QC_NODE_LOGIC, .type = QC_TYPE_bool, .op = QC_OP_AND};
static const qc_node never = {.kind = QC_NODE_LOGIC, .type = QC_TYPE_bool, .op = QC_OP_OR};

/* What the items come to. */
typedef struct sum {
    size_t kids, present;
    unsigned depth, flags;
    const qc_node *last; /* present */
    const qc_node *bad;
} sum;

static inline bool is_spliced(const qc_node *x, int op, size_t kids)
{
    return x->kind == QC_NODE_LOGIC && x->op == op && kids + x->count < MOST_SPLICED;
}

static inline sum add_up(int op, const qc_bool *items, size_t count)
{
    sum all = {0};
    for (size_t i = 0; i < count; i++) {
        const qc_node *x = items[i].node;
        if (qc_is_absent(x))
            continue;
        if (!qc_usable(x)) {
            all.bad = x ? x : &qc_zeroed_node;
            return all;
        }
        bool spliced = is_spliced(x, op, all.kids);
        unsigned depth = x->depth + !spliced;
        all.kids += spliced ? x->count : 1;
        all.depth = depth > all.depth ? depth : all.depth;
        all.flags |= x->flags;
        all.present++;
        all.last = x;
    }
    return all;
}

static const qc_node *refused(const sum *all)
{
    if (all->bad)
        return all->bad;
    if (all->depth > QC_MAX_DEPTH)
        return &qc_too_deep_node;
    return qc_poison(QC_ERROR_TOO_MANY, "AND or OR of more than %d predicates", QC_MAX_KIDS - 1);
}

static const qc_node *logic(int op, const qc_bool *items, size_t count)
{
    sum all = add_up(op, items, count);
    if (all.bad || all.depth > QC_MAX_DEPTH || all.kids >= QC_MAX_KIDS)
        return refused(&all);
    if (all.present == 1)
        return all.last;
    if (all.present == 0)
        return count ? &qc_absent : op == QC_OP_AND ? &always : &never;
    qc_node *node = qc_take(sizeof(*node) + all.kids * sizeof(node));
    if (!node)
        return &qc_nomem_node;
    *node = (qc_node){.kind = QC_NODE_LOGIC,
                      .type = QC_TYPE_bool,
                      .op = (uint8_t)op,
                      .flags = all.flags & QC_INHERITED,
                      .count = (uint32_t)all.kids,
                      .depth = all.depth};
    const qc_node **kids = (const qc_node **)(node + 1);
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        const qc_node *x = items[i].node;
        if (x->kind == QC_NODE_ABSENT)
            continue;
        if (!is_spliced(x, op, used)) {
            kids[used++] = x;
            continue;
        }
        for (size_t k = 0; k < x->count; k++)
            kids[used++] = qc_kid(x, k);
    }
    return node;
}

static size_t length(const qc_bool *items)
{
    size_t count = 0;
    while (items[count].node != &qc_list_end)
        count++;
    return count;
}

qc_bool qc_and(const qc_bool *items)
{
    return (qc_bool){logic(QC_OP_AND, items, length(items))};
}

qc_bool qc_or(const qc_bool *items)
{
    return (qc_bool){logic(QC_OP_OR, items, length(items))};
}

qc_bool qc_and_array(const qc_bool *items, size_t count)
{
    return (qc_bool){logic(QC_OP_AND, items, count)};
}

qc_bool qc_or_array(const qc_bool *items, size_t count)
{
    return (qc_bool){logic(QC_OP_OR, items, count)};
}

qc_bool qc_not(qc_bool x)
{
    if (qc_is_absent(x.node))
        return x;
    return (qc_bool){qc_unary(QC_OP_NOT, QC_TYPE_bool, x.node)};
}
