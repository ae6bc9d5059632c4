/* Outlines of plans. A key that the query's clauses hold is found again by its place among all that
 * they hold and that stands; a column that the plan has added is kept, with its range. */
#include "compile/page.h"

#include "ast/make.h"
#include "compile/query.h"

#include <string.h>

typedef struct outlined {
    qc_page_key key; /* its nodes are NULL; `order` is an added column */
    size_t place;    /* of one that is held */
    bool unlabelled; /* without the label it has there */
} outlined;

struct qc_page_outline {
    uint64_t shape;
    size_t count;
    bool grouped;
    outlined keys[];
};

/* ---- What clauses hold. ---- */

static const qc_node *without_order(const qc_node *node)
{
    while (node->kind == QC_NODE_ORDER)
        node = qc_kid(node, 0);
    return node;
}

typedef struct search {
    const qc_node *wanted; /* NULL: the one at `place` */
    size_t place, met;
    const qc_node *found; /* without its direction */
} search;

static bool look(void *data, const qc_node *node)
{
    search *in = data;
    if (!qc_stands(node))
        return true;
    const qc_node *held = without_order(node);
    if (in->wanted ? held == in->wanted || qc_unlabelled(held) == in->wanted : in->met == in->place)
        in->found = held;
    else
        in->met++;
    return !in->found;
}

static bool find(search *in, const qc_clause *clauses)
{
    while (clauses->kind != QC_CLAUSE_END && qc_clause_nodes(clauses, look, in))
        clauses++;
    return in->found;
}

/* ---- Keeping. ---- */

/* A range that outlives the query: a model's own does. */
static const qc_node *keep_range(qc_arena *arena, const qc_node *range)
{
    if (range->kind != QC_NODE_ALIAS)
        return range;
    qc_node_1 *made = qc_arena_alloc(arena, sizeof(*made));
    const char *name = qc_arena_copy(arena, range->u.text, strlen(range->u.text));
    if (!made || !name)
        return NULL;
    *made = (qc_node_1){*range, qc_kid(range, 0)};
    made->base.u.text = name;
    return &made->base;
}

static const qc_node *keep_column(qc_arena *arena, const qc_node *column)
{
    qc_node_1 *made = qc_arena_alloc(arena, sizeof(*made));
    const qc_node *range = made ? keep_range(arena, qc_kid(column, 0)) : NULL;
    if (!range)
        return NULL;
    *made = qc_column_node(column->u.column, range);
    return &made->base;
}

static bool outline(qc_arena *arena, const qc_page_key *key, const qc_clause *clauses,
                    outlined *ret)
{
    search in = {.wanted = key->order};
    const bool held = find(&in, clauses);
    *ret = (outlined){.key = *key, .place = in.met, .unlabelled = in.found != key->order};
    ret->key.value = NULL;
    ret->key.order = held ? NULL : keep_column(arena, key->order);
    return held || ret->key.order;
}

const qc_page_outline *qc_page_outline_of(qc_arena *arena, const qc_page_plan *plan,
                                          const qc_clause *clauses)
{
    qc_page_outline *made =
        qc_arena_alloc(arena, sizeof(*made) + plan->count * sizeof(made->keys[0]));
    if (!made)
        return NULL;
    *made = (qc_page_outline){plan->shape, plan->count, plan->grouped};
    for (size_t i = 0; i < plan->count; i++)
        if (!outline(arena, &plan->keys[i], clauses, &made->keys[i]))
            return NULL;
    return made;
}

/* ---- Filling. ---- */

bool qc_page_plan_fill(const qc_page_outline *outline, const qc_clause *clauses, qc_page_plan *ret)
{
    qc_page_key *keys = qc_take(outline->count * sizeof(*keys));
    if (!keys)
        return false;
    for (size_t i = 0; i < outline->count; i++) {
        const outlined *from = &outline->keys[i];
        search in = {.place = from->place};
        keys[i] = from->key;
        if (!keys[i].order && find(&in, clauses))
            keys[i].order = from->unlabelled ? qc_unlabelled(in.found) : in.found;
        keys[i].value = qc_page_value(keys[i].order);
        if (keys[i].value->kind == QC_NODE_POISON)
            return false;
    }
    *ret = (qc_page_plan){keys, outline->count, outline->grouped, outline->shape};
    return true;
}
