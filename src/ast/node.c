/* Nodes: poison, kids, lists. */
#include "ast/make.h"

#include <string.h>

const qc_node qc_list_end = {.kind = QC_NODE_ABSENT, .flags = QC_NODE_CONSTANT};
const qc_node qc_absent = {.kind = QC_NODE_ABSENT, .flags = QC_NODE_CONSTANT};
const qc_node qc_nomem_node = {
    .kind = QC_NODE_POISON, .op = QC_ERROR_NOMEM, .u.text = "out of memory"};
const qc_node qc_zeroed_node = {.kind = QC_NODE_POISON,
                                .op = QC_ERROR_MISUSE,
                                .u.text = "a zeroed handle was used as an expression"};
const qc_node qc_too_deep_node = {.kind = QC_NODE_POISON,
                                  .op = QC_ERROR_TOO_DEEP,
                                  .u.text = "the query is nested deeper than 1000 levels"};
_Static_assert(QC_MAX_DEPTH == 1000, "the sentence of qc_too_deep_node names the limit");

static const qc_node misplaced_node = {
    .kind = QC_NODE_POISON,
    .op = QC_ERROR_MISUSE,
    .u.text = "ONLY_IF(false, …) stands where nothing can be left out; put it around the whole "
              "predicate, ordering or SET"};

const qc_node *qc_poison(enum qc_code code, const char *format, ...)
{
    qc_node *node = qc_take(sizeof(*node));
    va_list arguments;
    va_start(arguments, format);
    const char *text = node ? qc_arena_vprintf(qc_current_arena(), format, arguments) : NULL;
    va_end(arguments);
    if (!text)
        return &qc_nomem_node;
    *node = (qc_node){.kind = QC_NODE_POISON, .op = (uint8_t)code, .u.text = text};
    return node;
}

const qc_node *qc_refusal(const qc_node *x)
{
    if (!x)
        return &qc_zeroed_node;
    return x->kind == QC_NODE_POISON ? x : &misplaced_node;
}

static const qc_node *make(qc_node base, const qc_node *first, const qc_node *const *items,
                           size_t count)
{
    if (count >= QC_MAX_KIDS)
        return qc_poison(QC_ERROR_TOO_MANY, "a list has more than %d items", QC_MAX_KIDS - 1);
    if (first && !qc_usable(first))
        return qc_refusal(first);
    qc_node *node = qc_take(sizeof(*node) + (count + 1) * sizeof(node));
    if (!node)
        return &qc_nomem_node;
    const qc_node **kids = (const qc_node **)(node + 1), **next = kids;
    unsigned depth = first ? first->depth + 1u : 0, flags = first ? first->flags : 0;
    if (first)
        *next++ = first;
    for (const qc_node *const *item = items; item < items + count; item++) {
        if (!qc_usable(*item)) {
            if (qc_is_absent(*item))
                continue;
            return qc_refusal(*item);
        }
        depth = (*item)->depth >= depth ? (*item)->depth + 1u : depth;
        flags |= (*item)->flags;
        *next++ = *item;
    }
    if (depth > QC_MAX_DEPTH)
        return &qc_too_deep_node;
    base.flags |= flags & QC_INHERITED;
    base.count = (uint32_t)(next - kids);
    base.depth = depth;
    *node = base;
    return node;
}

const qc_node *qc_make(qc_node base, const qc_node *const *kids, size_t count)
{
    return make(base, NULL, kids, count);
}

const qc_node *qc_make_list(qc_node base, const qc_node *first, const qc_node *const *items)
{
    size_t count = 0;
    while (items[count])
        count++;
    return make(base, first, items, count);
}

const qc_node *const *qc_node_list(const void *handles, size_t count)
{
    static const qc_node *const nomem[] = {&qc_nomem_node, NULL};
    if (count >= QC_MAX_KIDS)
        return nomem;
    const qc_node **list = qc_take((count + 1) * sizeof(*list));
    if (!list)
        return nomem;
    if (count)
        memcpy(list, handles, count * sizeof(*list));
    for (size_t i = 0; i < count; i++)
        if (!list[i])
            list[i] = &qc_zeroed_node;
    list[count] = NULL;
    return list;
}
