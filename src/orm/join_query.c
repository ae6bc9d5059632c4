/* JOINED: the query that fetches parents together with what belongs to them. */
#include "orm/build.h"
#include "orm/joined.h"

#include <string.h>

/* Longer names stay within every database's limit without the table's. */
enum { NAME_MOST = 48 };

const qc_node *qc_join_range(char mark, uint32_t level, const qc_table *table)
{
    qc_arena *arena = qc_current_arena();
    const char *name = qc_arena_printf(arena, "%u%c%s", (unsigned)level, mark,
                                       strlen(table->name) > NAME_MOST ? "" : table->name);
    qc_node_1 *made = qc_arena_alloc(arena, sizeof(*made));
    if (!name || !made)
        return NULL;
    *made = (qc_node_1){{.kind = QC_NODE_ALIAS, .count = 1, .u.text = name}, table->range};
    return &made->base;
}

/* ---- ON. ---- */

/* The keys, FILTERED, and the loader's conditions; NULL: memory is out. */
static qc_bool on_of(const qc_joined_level *level, qc_bool keys)
{
    const qc_node *loader = level->job.loader;
    const qc_relation *relation = level->job.relation;
    qc_bool *tests = qc_arena_alloc(qc_current_arena(), (loader->count + 2) * sizeof(*tests));
    const void *columns = relation->filter ? qc_columns_over(level->table, level->range) : NULL;
    size_t count = 0;
    if (!tests || (relation->filter && !columns))
        return (qc_bool){NULL};
    tests[count++] = keys;
    if (relation->filter)
        tests[count++].node = relation->filter(columns);
    for (size_t i = 1; i < loader->count; i++) {
        const qc_node *part = qc_kid(loader, i);
        if (part->kind != QC_NODE_LOADER && part->kind != QC_NODE_ORDER)
            tests[count++].node = qc_rebase(part, level->table, level->range);
    }
    return qc_and_array(tests, count);
}

static qc_clause left_join(const qc_node *range, qc_bool on)
{
    return (qc_clause){.kind = QC_CLAUSE_LEFT_JOIN, .node = range, .on = on};
}

size_t qc_join_clauses(const qc_joined *joined, const qc_joined_level *level, qc_clause *ret)
{
    const qc_table *through = level->job.relation->through;
    const qc_ends *ends = &level->job.ends;
    const qc_node *near = joined->levels[level->parent].range;
    const qc_end *far = &ends->parent, *own = &ends->child;
    size_t count = 0;
    if (through) {
        const qc_node *between = qc_join_range('~', (uint32_t)(level - joined->levels), through);
        if (!between)
            return 0;
        ret[count++] = left_join(between, qc_equal_ends(far, near, own, between));
        near = between;
        far = &ends->onward;
        own = &ends->target;
    }
    const qc_bool on = on_of(level, qc_equal_ends(far, near, own, level->range));
    ret[count++] = left_join(level->range, on);
    return on.node ? count : 0;
}

/* ---- ORDER BY. ---- */

const qc_node *const *qc_join_order(const qc_joined_level *level)
{
    const qc_node *loader = level->job.loader;
    const qc_node *const *own = qc_build_order(level->job.relation);
    size_t count = 0, owned = 0;
    while (own && own[owned])
        owned++;
    const qc_node **list =
        qc_arena_alloc(qc_current_arena(), (loader->count + owned + 1) * sizeof(*list));
    if (!own || !list)
        return NULL;
    for (size_t i = 1; i < loader->count; i++)
        if (qc_kid(loader, i)->kind == QC_NODE_ORDER)
            list[count++] = qc_rebase(qc_kid(loader, i), level->table, level->range);
    for (size_t i = 0; i < owned; i++)
        list[count++] = qc_rebase(own[i], level->table, level->range);
    list[count] = NULL;
    return list;
}

/* ---- The query. ---- */

/* Entities first, then the arrays of what is nested in them. */
static bool put_items(qc_joined *joined, qc_chain *to)
{
    const qc_node **items =
        qc_arena_alloc(qc_current_arena(), (joined->count + 1) * sizeof(*items));
    uint32_t count = 0;
    if (!items)
        return false;
    for (uint32_t i = 0; i < joined->count; i++)
        if (!joined->levels[i].nested) {
            joined->levels[i].cell = count;
            items[count++] = joined->levels[i].range;
        }
    for (uint32_t i = 1; i < joined->count; i++) {
        qc_joined_level *level = &joined->levels[i];
        if (!level->nested || joined->levels[level->parent].nested)
            continue;
        level->cell = count;
        if (!(items[count++] = qc_nested_item(joined, i)))
            return false;
    }
    items[count] = NULL;
    qc_chain_put(to, (qc_clause){.kind = QC_CLAUSE_HEAD});
    qc_chain_put(to, (qc_clause){.kind = QC_CLAUSE_ITEMS, .list = items});
    return true;
}

static bool has_limit(const qc_clause *clauses)
{
    while (clauses->kind != QC_CLAUSE_END && clauses->kind != QC_CLAUSE_LIMIT)
        clauses++;
    return clauses->kind == QC_CLAUSE_LIMIT;
}

/* The key is among those of the parents' own query, with its LIMIT. */
static bool put_chosen(const qc_joined *joined, const qc_clause *clauses, size_t count,
                       qc_chain *to)
{
    const qc_table *table = joined->levels[0].table;
    const qc_wanted *wanted = &joined->wanted;
    qc_chain inner = {.clauses =
                          qc_arena_alloc(qc_current_arena(), (count + 2) * sizeof(*inner.clauses))};
    const qc_column *primary = table->columns;
    while (!primary->primary_key)
        primary++;
    const qc_node *key = qc_build_column(primary, joined->levels[0].range);
    if (!inner.clauses || !key)
        return false;
    memcpy(inner.clauses, clauses, count * sizeof(*clauses));
    inner.clauses[0].node = key;
    inner.count = count;
    if (!has_limit(clauses) && (wanted->first || wanted->limit))
        qc_chain_put(&inner,
                     (qc_clause){.kind = QC_CLAUSE_LIMIT,
                                 .node = qc_limit(wanted->first ? 1 : (int64_t)wanted->limit)});
    qc_chain_put(&inner, (qc_clause){.kind = QC_CLAUSE_END});
    qc_chain_put(to, (qc_clause){.kind = QC_CLAUSE_WHERE,
                                 .node = qc_in_query(QC_OP_IN, key, qc_query_node(inner.clauses))});
    return true;
}

/* What the caller's query says, but for its limits when `chosen` say which parents these leave. */
static void put_own(const qc_clause *clauses, bool chosen, qc_chain *to)
{
    for (; clauses->kind != QC_CLAUSE_END; clauses++) {
        const bool chooses = clauses->kind == QC_CLAUSE_WHERE || clauses->kind == QC_CLAUSE_LIMIT ||
                             clauses->kind == QC_CLAUSE_OFFSET;
        if (clauses->kind != QC_CLAUSE_HEAD && !(chosen && chooses))
            qc_chain_put(to, *clauses);
    }
}

static bool put_levels(const qc_joined *joined, qc_chain *to)
{
    for (uint32_t i = 1; i < joined->count; i++) {
        const qc_joined_level *level = &joined->levels[i];
        if (level->nested)
            continue;
        const size_t joins = qc_join_clauses(joined, level, to->clauses + to->count);
        const qc_node *const *order = qc_join_order(level);
        to->count += joins;
        if (!joins || !order)
            return false;
        if (order[0])
            qc_chain_put(to, (qc_clause){.kind = QC_CLAUSE_ORDER_BY, .list = order});
    }
    return true;
}

bool qc_join_is_limited(const qc_clause *clauses, const qc_wanted *wanted)
{
    for (; clauses->kind != QC_CLAUSE_END; clauses++)
        if (clauses->kind == QC_CLAUSE_LIMIT || clauses->kind == QC_CLAUSE_OFFSET)
            return true;
    return wanted->first || wanted->limit;
}

bool qc_join_query(qc_joined *joined, const qc_clause *clauses)
{
    size_t count = 0;
    while (clauses[count].kind != QC_CLAUSE_END)
        count++;
    const bool chosen = joined->many && qc_join_is_limited(clauses, &joined->wanted);
    qc_chain to = {.clauses = qc_arena_alloc(qc_current_arena(), (count + joined->count * 3 + 4) *
                                                                     sizeof(*to.clauses))};
    if (!to.clauses || !put_items(joined, &to))
        return false;
    put_own(clauses, chosen, &to);
    if (!put_levels(joined, &to) || (chosen && !put_chosen(joined, clauses, count, &to)))
        return false;
    qc_chain_put(&to, (qc_clause){.kind = QC_CLAUSE_END});
    joined->clauses = to.clauses;
    if (chosen)
        joined->wanted = (qc_wanted){.limit = 0};
    return true;
}
