/* SELECTIN: one statement for the relationship of all parents, whose keys travel as an array; of a
 * composite key, as a list of pairs. */
#include "orm/build.h"
#include "orm/joined.h"

#include "model/type_info.h"

#include <string.h>

/* How many composite keys one statement takes: each part is a bind. */
enum { COMPOSITE_MOST = 1024 };

typedef struct selectin {
    const qc_load_job *job;
    const qc_node *keyed; /* the range that holds the keys: the target, or the association */
    qc_groups groups;     /* of the parents, by key */
    qc_key_fields parent_key;
} selectin;

/* ---- The keys. ---- */

/* key = ANY(array): the values of every group, side by side. */
static const qc_node *in_array(const selectin *s)
{
    const int type = s->parent_key.fields[0].type;
    const size_t size = qc_type_infos[type].size;
    char *values = qc_arena_alloc(qc_current_arena(), s->groups.count * size + 1);
    const qc_node *column = qc_build_column(s->job->ends.child.columns[0], s->keyed);
    if (!values || !column)
        return NULL;
    for (uint32_t g = 0; g < s->groups.count; g++) {
        const void *row = s->groups.rows[s->groups.first[g]];
        memcpy(values + g * size, qc_key_value(&s->parent_key, 0, row), size);
    }
    return qc_in_array(QC_OP_IN, column, type, values, s->groups.count);
}

/* a = 1 AND b = 2 */
static qc_bool equal_parts(const selectin *s, const void *row)
{
    qc_bool parts[QC_KEY_MOST];
    for (unsigned i = 0; i < s->parent_key.count; i++) {
        parts[i] = qc_build_equal(s->job->ends.child.columns[i], s->keyed,
                                  s->job->ends.parent.columns[i], row);
        if (!parts[i].node)
            return (qc_bool){NULL};
    }
    return qc_and_array(parts, s->parent_key.count);
}

/* Groups `from` … of COMPOSITE_MOST; the last is repeated up to a power of two, so that few
 * different statements are prepared. */
static const qc_node *in_pairs(const selectin *s, uint32_t from)
{
    const uint32_t left = s->groups.count - from;
    const uint32_t count = left < COMPOSITE_MOST ? left : COMPOSITE_MOST;
    uint32_t padded = 1;
    while (padded < count)
        padded *= 2;
    qc_bool *tests = qc_arena_alloc(qc_current_arena(), padded * sizeof(*tests));
    for (uint32_t i = 0; tests && i < padded; i++) {
        const uint32_t group = from + (i < count ? i : count - 1);
        tests[i] = equal_parts(s, s->groups.rows[s->groups.first[group]]);
        if (!tests[i].node)
            return NULL;
    }
    return tests ? qc_or_array(tests, padded).node : NULL;
}

/* key IN (the parents' key, of their own query). */
static const qc_node *in_source(const selectin *s)
{
    const qc_clause *source = s->job->parents.source;
    const qc_node *key = qc_build_column(s->job->ends.parent.columns[0], source->node);
    const qc_node *child = qc_build_column(s->job->ends.child.columns[0], s->keyed);
    size_t count = 0;
    while (source[count].kind != QC_CLAUSE_END)
        count++;
    qc_clause *clauses = qc_arena_alloc(qc_current_arena(), (count + 1) * sizeof(*clauses));
    if (!key || !child || !clauses)
        return NULL;
    memcpy(clauses, source, (count + 1) * sizeof(*clauses));
    clauses[0].node = key;
    return qc_in_query(QC_OP_IN, child, qc_query_node(clauses));
}

/* Whether the parents' query says all about them: only what it selects is changed. */
static bool asks_source(const selectin *s)
{
    return s->job->loader->op == QC_STRATEGY_SUBQUERY && s->job->parents.source &&
           s->parent_key.count == 1;
}

/* ---- The query. ---- */

/* The association's key first, then the target: generic rows. */
static bool put_items(const selectin *s, qc_chain *to)
{
    const qc_relation *relation = s->job->relation;
    const qc_end *child = &s->job->ends.child;
    const qc_node **items = qc_arena_alloc(qc_current_arena(), (child->count + 2) * sizeof(*items));
    if (!items)
        return false;
    for (unsigned i = 0; i < child->count; i++)
        if (!(items[i] = qc_build_column(child->columns[i], s->keyed)))
            return false;
    items[child->count] = relation->target->range;
    items[child->count + 1] = NULL;
    qc_chain_put(to, (qc_clause){.kind = QC_CLAUSE_HEAD});
    qc_chain_put(to, (qc_clause){.kind = QC_CLAUSE_ITEMS, .list = items});
    return true;
}

/* The association joined to the target. */
static bool put_through(const selectin *s, qc_chain *to)
{
    const qc_ends *ends = &s->job->ends;
    const qc_node *target = s->job->relation->target->range;
    const qc_node *const *from = qc_build_list(s->keyed);
    if (!from)
        return false;
    qc_chain_put(to, (qc_clause){.kind = QC_CLAUSE_FROM, .list = from});
    qc_chain_put(to,
                 (qc_clause){.kind = QC_CLAUSE_JOIN,
                             .node = target,
                             .on = qc_equal_ends(&ends->onward, s->keyed, &ends->target, target)});
    return true;
}

/* What the relationship itself says: FILTERED, ORDERED_BY. */
static bool put_own(const selectin *s, qc_chain *to)
{
    const qc_relation *relation = s->job->relation;
    const qc_table *target = relation->target;
    if (relation->filter) {
        const void *columns = qc_columns_over(target, target->range);
        if (!columns)
            return false;
        qc_chain_put(to, (qc_clause){.kind = QC_CLAUSE_WHERE, .node = relation->filter(columns)});
    }
    const qc_node *const *order = qc_build_order(relation);
    if (!order)
        return false;
    if (order[0])
        qc_chain_put(to, (qc_clause){.kind = QC_CLAUSE_ORDER_BY, .list = order});
    return true;
}

/* Conditions and orderings of the loader. */
static bool put_parts(const selectin *s, qc_chain *to)
{
    const qc_node *loader = s->job->loader;
    for (size_t i = 1; i < loader->count; i++) {
        const qc_node *part = qc_kid(loader, i);
        if (part->kind == QC_NODE_LOADER)
            continue;
        if (part->kind != QC_NODE_ORDER) {
            qc_chain_put(to, (qc_clause){.kind = QC_CLAUSE_WHERE, .node = part});
            continue;
        }
        const qc_node *const *list = qc_build_list(part);
        if (!list)
            return false;
        qc_chain_put(to, (qc_clause){.kind = QC_CLAUSE_ORDER_BY, .list = list});
    }
    return true;
}

static const qc_clause *query(const selectin *s, const qc_node *keys)
{
    qc_chain to = {.clauses = qc_arena_alloc(qc_current_arena(),
                                             (s->job->loader->count + 12) * sizeof(qc_clause))};
    if (!to.clauses || !keys)
        return NULL;
    if (s->job->relation->through) {
        if (!put_items(s, &to) || !put_through(s, &to))
            return NULL;
    } else {
        qc_chain_put(&to, (qc_clause){.kind = QC_CLAUSE_HEAD, .node = s->keyed});
    }
    qc_chain_put(&to, (qc_clause){.kind = QC_CLAUSE_WHERE, .node = keys});
    if (!put_parts(s, &to) || !put_own(s, &to))
        return NULL;
    if (s->job->parents.with_deleted)
        qc_chain_put(&to, (qc_clause){.kind = QC_CLAUSE_WITH_DELETED});
    if (s->job->parents.all_tenants)
        qc_chain_put(&to, (qc_clause){.kind = QC_CLAUSE_ALL_TENANTS});
    qc_chain_put(&to, (qc_clause){.kind = QC_CLAUSE_END});
    return to.clauses;
}

/* ---- Running it. ---- */

/* The targets of generic rows. */
static void **targets_of(void *const *rows, size_t count, size_t item)
{
    void **targets = qc_arena_alloc(qc_current_arena(), (count + 1) * sizeof(*targets));
    for (size_t i = 0; targets && i < count; i++) {
        const void *target = qc_row_entity(rows[i], item);
        memcpy(&targets[i], &target, sizeof(target));
    }
    return targets;
}

/* The rows of all queries in one list. */
static bool join_answers(const qc_load_job *job, const qc_row_list *answers, qc_row_list *ret)
{
    size_t count = 0;
    *ret = answers[0];
    if (job->query_count == 1)
        return true;
    for (size_t i = 0; i < job->query_count; i++)
        count += answers[i].count;
    void **all = qc_arena_alloc(qc_current_arena(), (count + 1) * sizeof(*all));
    if (!all)
        return false;
    *ret = (qc_row_list){.list = all, .count = count};
    for (size_t i = 0; i < job->query_count; i++) {
        memcpy(all, answers[i].list, answers[i].count * sizeof(*all));
        all += answers[i].count;
    }
    return true;
}

/* Where the rows have the key of their parents. */
static qc_key_fields carried_key(const qc_load_job *job)
{
    const qc_end *child = &job->ends.child;
    if (!job->relation->through)
        return qc_end_fields(child);
    qc_key_fields key = {.count = 0};
    for (unsigned i = 0; i < child->count; i++)
        qc_key_add_cell(&key, child->columns[i]->type, i);
    return key;
}

/* What JOINED loaders below it ask for goes into a query that is the only one, and of structs. */
static bool join_loaders(qc_load_job *job)
{
    job->source = NULL;
    job->joined = NULL;
    if (job->query_count != 1 || job->relation->through)
        return true;
    const qc_node *const *loaders = qc_load_nested(job->loader);
    job->joined = qc_arena_alloc(qc_current_arena(), sizeof(*job->joined));
    job->source = job->queries[0];
    if (!loaders || !job->joined ||
        !qc_join_plan(job->db, job->site, job->source, job->relation->target, loaders,
                      (qc_wanted){0}, job->joined))
        return false;
    job->queries[0] = job->joined->clauses;
    return true;
}

bool qc_selectin_ask(qc_load_job *job)
{
    const qc_relation *relation = job->relation;
    selectin s = {.job = job,
                  .keyed = (relation->through ? relation->through : relation->target)->range,
                  .parent_key = qc_end_fields(&job->ends.parent)};
    qc_arena *arena = qc_current_arena();
    if (!qc_groups_make(arena, &s.parent_key, job->parents.rows, job->parents.count, &s.groups))
        return false;
    const bool composite = s.parent_key.count > 1;
    const size_t most = composite ? s.groups.count / COMPOSITE_MOST + 1 : 1;
    job->query_count = 0;
    job->queries = qc_arena_alloc(arena, most * sizeof(*job->queries));
    for (uint32_t from = 0; job->queries && from < s.groups.count; from += COMPOSITE_MOST) {
        const qc_clause *clauses = query(&s, asks_source(&s) ? in_source(&s)
                                             : composite     ? in_pairs(&s, from)
                                                             : in_array(&s));
        if (!clauses)
            return false;
        job->queries[job->query_count++] = clauses;
        if (!composite)
            break;
    }
    return job->queries && join_loaders(job);
}

bool qc_selectin_take(const qc_load_job *job, const qc_row_list *answers, qc_level *ret)
{
    static const qc_row_list none = {.count = 0};
    const qc_relation *relation = job->relation;
    const qc_key_fields key = carried_key(job);
    qc_row_list rows = none;
    if (job->query_count && !join_answers(job, answers, &rows))
        return qc_fail_nomem(job->db, job->site);
    if (job->joined && !qc_join_fold(job->joined, &rows))
        return false;
    void **children =
        relation->through ? targets_of(rows.list, rows.count, job->ends.child.count) : rows.list;
    if (!children && rows.count)
        return qc_fail_nomem(job->db, job->site);
    *ret = (qc_level){.table = relation->target,
                      .rows = children,
                      .count = rows.count,
                      .source = job->source,
                      .with_deleted = job->parents.with_deleted,
                      .all_tenants = job->parents.all_tenants};
    return qc_load_track(job, ret) &&
           qc_load_share(job, &key, rows.list, children, rows.count) &&
           (!job->joined || qc_join_share(job->joined));
}
