/* Which ranges a query reads: FROM is what the select list names and no JOIN brings. */
#include "compile/query.h"

#include "ast/ends.h"

#include <string.h>

bool qc_same_range(const qc_node *a, const qc_node *b)
{
    if (a == b)
        return true;
    if (a->kind != b->kind || a->op != b->op || qc_range_table(a) != qc_range_table(b))
        return false;
    return a->kind == QC_NODE_TABLE || strcmp(a->u.text, b->u.text) == 0;
}

int qc_find_range(const qc_query *query, const qc_node *range)
{
    for (uint32_t i = 0; i < query->range_count; i++)
        if (qc_same_range(query->ranges[i].node, range))
            return (int)i;
    return -1;
}

/* ---- Ranges. ---- */

/* What leaves rows of the range out of the query. */
static void filter_range(qc_query *query, qc_range *range)
{
    const qc_column *columns = range->table->columns;
    const bool of_base = qc_is_within_base(range->table);
    for (uint32_t i = 0; i < range->table->column_count; i++) {
        if ((columns[i].mark == QC_MARK_NONE && !(of_base && columns[i].discriminator)) ||
            (qc_has(query, QC_CLAUSE_OWN_TABLE) && !qc_is_stored(&columns[i])))
            continue;
        if (of_base && columns[i].discriminator)
            range->discriminator = &columns[i];
        if (columns[i].mark == QC_MARK_DELETION && !query->with_deleted)
            range->deletion = &columns[i];
        if (columns[i].mark == QC_MARK_TENANT && !query->all_tenants)
            range->tenant = &columns[i];
        query->filtered |= range->deletion || range->tenant || range->discriminator;
    }
}

static qc_range *add_range(qc_compiler *compiler, qc_query *query, const qc_node *node,
                           const qc_clause *join)
{
    if (query->range_count == query->range_capacity) {
        uint32_t capacity = query->range_capacity ? query->range_capacity * 2 : 4;
        qc_range *ranges = qc_scratch(compiler, capacity * sizeof(*ranges));
        if (!ranges)
            return NULL;
        if (query->range_count)
            memcpy(ranges, query->ranges, query->range_count * sizeof(*ranges));
        query->ranges = ranges;
        query->range_capacity = capacity;
    }
    const qc_table *table = qc_range_table(node);
    uint32_t place = query->range_count++;
    query->ranges[place] = (qc_range){
        .node = node,
        .table = table,
        .name = node->kind == QC_NODE_ALIAS ? node->u.text : table->name,
        .join = join,
        .constant = compiler->known && node->flags & QC_NODE_CONSTANT && !qc_inherits(table),
        .tied = place};
    filter_range(query, &query->ranges[place]);
    return &query->ranges[place];
}

static bool is_join(const qc_clause *clause)
{
    return clause->kind >= QC_CLAUSE_JOIN && clause->kind <= QC_CLAUSE_CROSS_JOIN;
}

static bool brings(const qc_clause *join, const qc_node *range)
{
    const qc_node *node = join->node;
    if (!node)
        return false;
    if (node->kind != QC_NODE_RELATION)
        return qc_is_range(node) && qc_same_range(node, range);
    if (qc_same_range(qc_kid(node, 0), range))
        return false;
    return qc_same_range(qc_relation_target(node), range) ||
           (node->u.relation->through && qc_same_range(qc_relation_through(node), range));
}

static bool is_joined(const qc_query *query, const qc_node *range)
{
    const qc_clause *clause = query->joins;
    for (uint32_t left = query->join_count; left; clause++) {
        if (!is_join(clause))
            continue;
        if (brings(clause, range))
            return true;
        left--;
    }
    return false;
}

static bool outer_has(const qc_query *query, const qc_node *range)
{
    for (const qc_query *outer = query->outer; outer; outer = outer->outer)
        if (qc_find_range(outer, range) >= 0)
            return true;
    return false;
}

static __attribute__((noinline)) bool read_range(qc_compiler *compiler, qc_query *query,
                                                 const qc_node *range)
{
    return qc_find_range(query, range) >= 0 || is_joined(query, range) ||
           add_range(compiler, query, range, NULL);
}

/* Adds the ranges an expression of the select list names; nested queries have their own. */
static bool add_named(qc_compiler *compiler, qc_query *query, const qc_node *node)
{
    if (node->kind == QC_NODE_COLUMN)
        node = qc_kid(node, 0);
    if (qc_is_range(node))
        return qc_find_range_node(query, node) >= 0 || read_range(compiler, query, node);
    if (node->kind == QC_NODE_BIND || node->kind == QC_NODE_ARRAY || node->kind == QC_NODE_RELATION)
        return true;
    for (size_t i = 0; i < node->count; i++)
        if (!add_named(compiler, query, qc_kid(node, i)))
            return false;
    return true;
}

/* Leaves to the enclosing query what it has, as long as something is left to read from here. */
static void correlate(qc_query *query)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < query->range_count; i++)
        kept += !outer_has(query, query->ranges[i].node);
    if (!query->outer || kept == query->range_count || (!kept && !qc_has(query, QC_CLAUSE_FROM)))
        return;
    kept = 0;
    for (uint32_t i = 0; i < query->range_count; i++)
        if (!outer_has(query, query->ranges[i].node)) {
            query->ranges[kept] = query->ranges[i];
            query->ranges[kept].tied = kept;
            kept++;
        }
    query->range_count = kept;
}

static bool add_from(qc_compiler *compiler, qc_query *query)
{
    for (const qc_clause *clause = query->clauses; clause->kind; clause++) {
        if (clause->kind != QC_CLAUSE_FROM)
            continue;
        for (const qc_node *const *range = clause->list; *range; range++) {
            if (!qc_is_range(*range))
                return qc_refuse(compiler, QC_ERROR_QUERY,
                                 "FROM takes models and aliases, and this is neither");
            if (qc_find_range(query, *range) < 0 && !add_range(compiler, query, *range, NULL))
                return false;
        }
    }
    return true;
}

/* ---- Joins. ---- */

/* The columns of an added range, and those they equal of range `to`. */
static bool pair_keys(qc_compiler *compiler, const qc_end *added, const qc_end *other, uint32_t to,
                      qc_key_pairs *ret)
{
    qc_key_pair *pairs = qc_scratch(compiler, added->count * sizeof(*pairs));
    for (unsigned i = 0; pairs && i < added->count; i++)
        pairs[i] = (qc_key_pair){added->columns[i], other->columns[i]};
    *ret = (qc_key_pairs){pairs, added->count, to};
    return pairs != NULL;
}

static bool join_keyed(qc_compiler *compiler, qc_query *query, const qc_clause *join,
                       const qc_node *range, qc_key_pairs keys)
{
    qc_range *added = add_range(compiler, query, range, join);
    if (!added)
        return false;
    added->keys = keys;
    return true;
}

/* The association first, then the target. */
static bool join_through(qc_compiler *compiler, qc_query *query, const qc_clause *join,
                         const qc_ends *ends, uint32_t parent)
{
    const uint32_t through = query->range_count;
    qc_key_pairs near, far;
    return pair_keys(compiler, &ends->child, &ends->parent, parent, &near) &&
           pair_keys(compiler, &ends->target, &ends->onward, through, &far) &&
           join_keyed(compiler, query, join, qc_relation_through(join->node), near) &&
           join_keyed(compiler, query, join, qc_relation_target(join->node), far);
}

static bool join_relation(qc_compiler *compiler, qc_query *query, const qc_clause *join)
{
    const qc_relation *relation = join->node->u.relation;
    const int parent = qc_find_range(query, qc_kid(join->node, 0));
    if (parent < 0)
        return qc_refuse(compiler, QC_ERROR_QUERY,
                         "%s joins to %s, which the query does not read before it; add .FROM(%s)",
                         qc_relation_word(compiler, relation), relation->parent->name,
                         relation->parent->model);
    qc_ends ends;
    const qc_node *wrong = qc_ends_of(relation, &ends);
    if (wrong)
        return qc_refuse(compiler, wrong->op, "%s", wrong->u.text);
    if (relation->through)
        return join_through(compiler, query, join, &ends, (uint32_t)parent);
    qc_key_pairs keys;
    return pair_keys(compiler, &ends.child, &ends.parent, (uint32_t)parent, &keys) &&
           join_keyed(compiler, query, join, qc_relation_target(join->node), keys);
}

static bool join_range(qc_compiler *compiler, qc_query *query, const qc_clause *join)
{
    const qc_node *node = join->node;
    const char *word = qc_clause_texts[join->kind];
    if (!qc_is_range(node))
        return qc_refuse(compiler, QC_ERROR_QUERY,
                         "%s takes a relationship, a model or an alias, and this is neither", word);
    if (join->kind != QC_CLAUSE_CROSS_JOIN && !qc_stands(join->on.node))
        return qc_refuse(compiler, QC_ERROR_QUERY,
                         "%s of %s has no condition; give one, or write .CROSS_JOIN(%s) for every "
                         "pair of rows",
                         word, qc_range_name(node), qc_range_word(node));
    return add_range(compiler, query, node, join);
}

/* An outer join makes one side optional: the new ranges, those before them, or both. */
static void mark_optional(qc_query *query, const qc_clause *join, uint32_t first)
{
    if (join->kind == QC_CLAUSE_RIGHT_JOIN || join->kind == QC_CLAUSE_FULL_JOIN)
        for (uint32_t i = 0; i < first; i++)
            query->ranges[i].optional = true;
    if (join->kind == QC_CLAUSE_LEFT_JOIN || join->kind == QC_CLAUSE_FULL_JOIN)
        for (uint32_t i = first; i < query->range_count; i++)
            query->ranges[i].optional = true;
}

static bool add_joins(qc_compiler *compiler, qc_query *query)
{
    const qc_clause *clause = query->joins;
    for (uint32_t left = query->join_count; left; clause++) {
        if (!is_join(clause))
            continue;
        left--;
        const uint32_t first = query->range_count;
        bool related = clause->node && clause->node->kind == QC_NODE_RELATION;
        if (!(related && clause->kind != QC_CLAUSE_CROSS_JOIN
                  ? join_relation(compiler, query, clause)
                  : join_range(compiler, query, clause)))
            return false;
        query->ranges[query->range_count - 1].conditional =
            clause->kind != QC_CLAUSE_CROSS_JOIN && qc_stands(clause->on.node);
        mark_optional(query, clause, first);
    }
    return true;
}

/* ---- The query. ---- */

static void take_clauses(qc_query *query)
{
    uint64_t present = 0, repeated = 0;
    for (const qc_clause *clause = query->clauses; clause->kind; clause++) {
        const uint64_t bit = UINT64_C(1) << clause->kind;
        const bool first = !(present & bit);
        repeated |= present & bit;
        present |= bit;
        switch (clause->kind) {
        case QC_CLAUSE_HEAD: query->head = clause->node; break;
        case QC_CLAUSE_KEYS: query->keys = clause->list; break;
        case QC_CLAUSE_ON_CONFLICT: query->conflict = clause; break;
        case QC_CLAUSE_ITEMS:
        case QC_CLAUSE_RETURNING: query->items = clause->list; break;
        case QC_CLAUSE_JOIN:
        case QC_CLAUSE_LEFT_JOIN:
        case QC_CLAUSE_RIGHT_JOIN:
        case QC_CLAUSE_FULL_JOIN:
        case QC_CLAUSE_CROSS_JOIN:
            query->joins = query->join_count++ ? query->joins : clause;
            break;
        case QC_CLAUSE_WHERE:
            query->where = first ? clause : query->where;
            query->where_count += qc_stands(clause->node);
            break;
        case QC_CLAUSE_HAVING:
            query->having = first ? clause : query->having;
            query->having_count += qc_stands(clause->node);
            break;
        case QC_CLAUSE_LIMIT: query->limit = clause->node; break;
        case QC_CLAUSE_OFFSET: query->offset = clause->node; break;
        case QC_CLAUSE_GROUP_BY: query->group_by = first ? clause : query->group_by; break;
        case QC_CLAUSE_ORDER_BY: query->order_by = first ? clause : query->order_by; break;
        default: break;
        }
    }
    query->present = present;
    query->repeated = repeated;
    query->kind = qc_has(query, QC_CLAUSE_INSERT)   ? QC_INSERTS
                  : qc_has(query, QC_CLAUSE_UPDATE) ? QC_UPDATES
                  : qc_has(query, QC_CLAUSE_DELETE) ? QC_DELETES
                                                    : QC_SELECTS;
}

static bool take_items(qc_compiler *compiler, qc_query *query)
{
    const qc_node *head = query->head;
    if (query->kind != QC_SELECTS && !qc_is_range(head))
        return qc_refuse(compiler, QC_ERROR_QUERY,
                         "INSERT, UPDATE and DELETE take a model, and this is none");
    if (qc_has(query, QC_CLAUSE_ITEMS) && head && head->kind == QC_NODE_RECORD)
        query->record = head->u.table;
    if (query->kind == QC_SELECTS ? !qc_has(query, QC_CLAUSE_ITEMS) : !query->items) {
        if (!head)
            return qc_refuse(compiler, QC_ERROR_MISUSE, "a zeroed handle was used as a query");
        query->single[0] = head;
        query->items = query->single;
    }
    while (query->items[query->item_count]) {
        const qc_node *item = query->items[query->item_count++];
        if (item->kind == QC_NODE_POISON)
            return qc_refuse(compiler, item->op, "%s", item->u.text);
    }
    return true;
}

/* The row that was to be inserted, as DO UPDATE may name it. */
static bool add_excluded(qc_compiler *compiler, qc_query *query)
{
    qc_node_1 *range = qc_scratch(compiler, sizeof(*range));
    if (!range)
        return false;
    *range = (qc_node_1){{.kind = QC_NODE_ALIAS,
                          .op = QC_ALIAS_EXCLUDED,
                          .count = 1,
                          .u.text = "excluded"},
                         qc_range_table(query->head)->range};
    return add_range(compiler, query, &range->base, NULL);
}

static bool take_ranges(qc_compiler *compiler, qc_query *query)
{
    if (query->kind != QC_SELECTS) {
        query->from_count = query->conflict ? 2 : 1;
        return add_range(compiler, query, query->head, NULL) &&
               (!query->conflict || add_excluded(compiler, query));
    }
    for (uint32_t i = 0; i < query->item_count; i++)
        if (!add_named(compiler, query, query->items[i]))
            return false;
    correlate(query);
    if (qc_has(query, QC_CLAUSE_FROM) && !add_from(compiler, query))
        return false;
    query->from_count = query->range_count;
    if (!query->join_count)
        return true;
    if (!add_joins(compiler, query))
        return false;
    return query->from_count ||
           qc_refuse(compiler, QC_ERROR_QUERY,
                     "%s is joined to nothing: the select list names no other table; add .FROM() "
                     "with the table it is joined to",
                     query->ranges[0].name);
}

/* Rows of a base come with what their submodels have beside it. */
static void mark_whole(qc_query *query)
{
    for (uint32_t i = 0; query->kind == QC_SELECTS && i < query->item_count; i++) {
        const qc_node *item = query->items[i];
        const bool base = qc_is_range(item) && qc_inherits(qc_range_table(item));
        const int place = base ? qc_find_range(query, item) : -1;
        if (place >= 0)
            query->ranges[place].whole = true;
    }
}

qc_query *qc_query_open(qc_compiler *compiler, const qc_query *owner, qc_query *outer,
                        const qc_node *node, const qc_clause *clauses)
{
    qc_query *query = qc_scratch(compiler, sizeof(*query));
    if (!query)
        return NULL;
    *query = (qc_query){.node = node, .outer = outer, .clauses = clauses};
    take_clauses(query);
    query->with_deleted = qc_has(query, QC_CLAUSE_WITH_DELETED) || (owner && owner->with_deleted);
    query->all_tenants = qc_has(query, QC_CLAUSE_ALL_TENANTS) || (owner && owner->all_tenants);
    if (!take_items(compiler, query) || !take_ranges(compiler, query))
        return NULL;
    mark_whole(query);
    return query;
}

const qc_query *qc_query_opened(const qc_query *owner, const qc_query *outer, const qc_node *node)
{
    const qc_query *child = owner->children;
    while (child && (child->node != node || child->outer != outer))
        child = child->next;
    return child;
}

qc_query *qc_query_child(qc_compiler *compiler, qc_query *owner, qc_query *outer,
                         const qc_node *node)
{
    for (qc_query *child = owner->children; child; child = child->next)
        if (child->node == node && child->outer == outer)
            return child;
    const qc_clause *clauses = qc_flatten(compiler->scratch, node->u.clauses);
    if (!clauses) {
        qc_refuse(compiler, QC_ERROR_NOMEM, "out of memory");
        return NULL;
    }
    qc_query *child = qc_query_open(compiler, owner, outer, node, clauses);
    if (!child)
        return NULL;
    child->next = owner->children;
    owner->children = child;
    return child;
}

/* ---- Equality. ---- */

static bool equal_payload(const qc_node *a, const qc_node *b, bool any_value)
{
    switch (a->kind) {
    case QC_NODE_COLUMN: return a->u.column == b->u.column;
    case QC_NODE_TABLE:
    case QC_NODE_ALIAS: return qc_same_range(a, b);
    case QC_NODE_CALL:
    case QC_NODE_CAST: return a->u.integer == b->u.integer;
    case QC_NODE_FUNC:
    case QC_NODE_OP:
    case QC_NODE_RAW: return strcmp(a->u.text, b->u.text) == 0;
    case QC_NODE_BIND:
    case QC_NODE_ARRAY: return any_value;
    case QC_NODE_QUERY: return false;
    default: return true;
    }
}

static bool equal(const qc_node *a, const qc_node *b, bool any_value)
{
    a = qc_unlabelled(a);
    b = qc_unlabelled(b);
    if (a == b)
        return true;
    if (a->kind != b->kind || a->type != b->type || a->op != b->op || a->count != b->count ||
        !equal_payload(a, b, any_value))
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!equal(qc_kid(a, i), qc_kid(b, i), any_value))
            return false;
    return true;
}

bool qc_equal_nodes(const qc_node *a, const qc_node *b)
{
    return equal(a, b, false);
}

bool qc_alike_nodes(const qc_node *a, const qc_node *b)
{
    return equal(a, b, true);
}
