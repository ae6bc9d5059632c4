/* JOINED and NESTED: which loaders one statement can serve. */
#include "orm/joined.h"

#include "model/lineage.h"

#include <string.h>

/* PostgreSQL's is the smaller limit on columns (manual, appendix K). */
enum { COLUMNS_MOST = 1600 };

static bool is_key(const qc_end *end, const char *name)
{
    for (unsigned i = 0; i < end->count; i++)
        if (strcmp(end->columns[i]->name, name) == 0)
            return true;
    return false;
}

/* Whether columns of one or two ends are all there is in the primary key. */
static bool hold_primary(const qc_table *table, const qc_end *a, const qc_end *b)
{
    bool found = false;
    for (uint32_t i = 0; i < table->column_count; i++) {
        if (!table->columns[i].primary_key)
            continue;
        found = true;
        if (!is_key(a, table->columns[i].name) && !(b && is_key(b, table->columns[i].name)))
            return false;
    }
    return found;
}

/* Whether no two rows of the relationship's target have one parent. */
static bool is_single(const qc_relation *relation)
{
    qc_ends ends;
    if (relation->kind == QC_BELONGS_TO_KIND)
        return true;
    if (relation->kind != QC_HAS_ONE_KIND || qc_ends_of(relation, &ends))
        return false;
    return (ends.child.count == 1 && ends.child.columns[0]->unique) ||
           hold_primary(relation->target, &ends.child, NULL);
}

/* ---- The query of the parents. ---- */

/* Whether one more to each row, or none, leaves its rows as they are. */
static bool is_extensible(const qc_clause *clauses)
{
    for (; clauses->kind != QC_CLAUSE_END; clauses++)
        switch (clauses->kind) {
        case QC_CLAUSE_HEAD:
        case QC_CLAUSE_WITH_DELETED:
        case QC_CLAUSE_ALL_TENANTS:
        case QC_CLAUSE_FROM:
        case QC_CLAUSE_JOIN:
        case QC_CLAUSE_LEFT_JOIN:
        case QC_CLAUSE_CROSS_JOIN:
        case QC_CLAUSE_WHERE:
        case QC_CLAUSE_ORDER_BY:
        case QC_CLAUSE_LIMIT:
        case QC_CLAUSE_OFFSET:
            break;
        default:
            return false;
        }
    return true;
}

/* Whether it joins each parent to one row at most. */
static bool joins_one(const qc_clause *join)
{
    return join->kind != QC_CLAUSE_FROM && join->kind != QC_CLAUSE_CROSS_JOIN && join->node &&
           join->node->kind == QC_NODE_RELATION && is_single(join->node->u.relation);
}

/* Whether an extensible query gives each parent once. */
static bool gives_each_once(const qc_clause *clauses)
{
    for (; clauses->kind != QC_CLAUSE_END; clauses++)
        if (clauses->kind >= QC_CLAUSE_FROM && clauses->kind <= QC_CLAUSE_CROSS_JOIN &&
            !joins_one(clauses))
            return false;
    return true;
}

/* ---- Levels. ---- */

typedef struct planning {
    qc_joined *joined;
    bool extensible, multiplies; /* what the query of the parents allows */
    size_t columns;
} planning;

static bool can_join(const planning *to, const qc_joined_level *level)
{
    const qc_table *through = level->job.relation->through;
    const qc_ends *ends = &level->job.ends;
    return level->key.count && (!level->many || to->multiplies) &&
           (!through || hold_primary(through, &ends->child, &ends->onward)) &&
           to->columns + level->table->column_count <= COLUMNS_MOST;
}

/* How deep the conditions on a level's rows are. */
static uint32_t depth_of(const qc_joined_level *level)
{
    const qc_node *loader = level->job.loader;
    const qc_relation *relation = level->job.relation;
    const void *columns =
        relation->filter ? qc_columns_over(level->table, level->table->range) : NULL;
    uint32_t depth = columns ? relation->filter(columns)->depth : 0;
    for (size_t i = 1; i < loader->count; i++)
        if (qc_kid(loader, i)->kind != QC_NODE_LOADER && qc_kid(loader, i)->depth > depth)
            depth = qc_kid(loader, i)->depth;
    return depth;
}

/* Whether the database's parser has room for one more array of rows: what it keeps at once of each
 * around it, and of the conditions. */
static bool can_parse(const qc_joined *joined, const qc_joined_level *level)
{
    enum { QUERY = 16, AROUND = 20, CALL = 5 };
    const uint32_t most = joined->db->driver->dialect->max_parser_stack;
    uint32_t arrays = 1;
    for (const qc_joined_level *at = level; joined->levels[at->parent].nested; arrays++)
        at = &joined->levels[at->parent];
    return !most || AROUND + arrays * QUERY + depth_of(level) * CALL <= most;
}

/* Whether its rows can travel in an array: all of one shape. */
static bool can_nest(const qc_joined *joined, const qc_joined_level *level)
{
    const qc_driver *driver = joined->db->driver;
    return driver->unpack && !qc_next_submodel(level->table, &(size_t){0}) &&
           level->table->column_count + QC_JOINED_MOST <= driver->dialect->max_row &&
           can_parse(joined, level);
}

/* A level for the loader, or NULL: it is served otherwise. */
static qc_joined_level *add_level(planning *to, uint32_t parent, const qc_node *loader)
{
    qc_joined *joined = to->joined;
    const bool nested = loader->op == QC_STRATEGY_NESTED || joined->levels[parent].nested;
    if (loader->kind != QC_NODE_LOADER || !to->extensible || joined->count == QC_JOINED_MOST ||
        (loader->op != QC_STRATEGY_JOINED && loader->op != QC_STRATEGY_NESTED))
        return NULL;
    const qc_relation *relation = loader->u.relation;
    qc_joined_level *level = &joined->levels[joined->count];
    *level = (qc_joined_level){
        .job = {.db = joined->db, .site = joined->site, .loader = loader, .relation = relation},
        .table = relation->target,
        .key = qc_primary_key(relation->target),
        .parent = parent,
        .nested = nested,
        .many = !nested && !is_single(relation),
        .shared = !nested && relation->kind == QC_BELONGS_TO_KIND};
    const bool possible = relation->parent == joined->levels[parent].table &&
                          !qc_ends_of(relation, &level->job.ends) &&
                          (nested ? can_nest(joined, level) : can_join(to, level));
    return possible ? level : NULL;
}

static bool plan_loaders(planning *to, uint32_t parent, const qc_node *const *loaders);

static bool plan_nested(planning *to, qc_joined_level *level)
{
    const qc_node *const *loaders = qc_load_nested(level->job.loader);
    return loaders && plan_loaders(to, to->joined->count - 1, loaders);
}

/* Whether the loader's conditions and orderings can be said of the level's own range. */
static bool is_rebasable(const qc_joined_level *level)
{
    const qc_node *loader = level->job.loader;
    for (size_t i = 1; i < loader->count; i++) {
        const qc_node *part = qc_kid(loader, i);
        if (part->kind != QC_NODE_LOADER && (qc_load_stranger(part, level->table, NULL) ||
                                             !qc_rebase(part, level->table, level->range)))
            return false;
    }
    return true;
}

static bool plan_loaders(planning *to, uint32_t parent, const qc_node *const *loaders)
{
    size_t count = 0, left = 0;
    while (loaders[count])
        count++;
    const qc_node **rest = qc_arena_alloc(qc_current_arena(), (count + 1) * sizeof(*rest));
    if (!rest)
        return false;
    for (; *loaders; loaders++) {
        qc_joined_level *level = add_level(to, parent, *loaders);
        if (level && !(level->range = qc_join_range('#', to->joined->count, level->table)))
            return false;
        if (!level || !is_rebasable(level)) {
            rest[left++] = *loaders;
            continue;
        }
        to->columns += level->nested ? 1 : level->table->column_count;
        if (level->many)
            to->joined->last = to->joined->count;
        to->joined->many |= level->many;
        to->joined->count++;
        if (!plan_nested(to, level))
            return false;
    }
    rest[left] = NULL;
    to->joined->levels[parent].rest = rest;
    return true;
}

/* ---- The plan. ---- */

/* Whether `of` is the level, or holds it. */
static bool is_above(const qc_joined *joined, uint32_t of, uint32_t level)
{
    while (level > of)
        level = joined->levels[level].parent;
    return level == of;
}

/* Whether instances of the level, or what it hangs on, have several parents. */
static bool is_shared(const qc_joined *joined, uint32_t level)
{
    while (level && !joined->levels[level].shared)
        level = joined->levels[level].parent;
    return level > 0;
}

/* Rows differ in the last level that is many, when it hangs on all others that are. */
static void find_unique(qc_joined *joined)
{
    bool chain = true;
    for (uint32_t i = 0; i < joined->count; i++)
        if (joined->levels[i].many && !is_above(joined, i, joined->last))
            chain = false;
    for (uint32_t i = 0; i < joined->count; i++) {
        qc_joined_level *level = &joined->levels[i];
        const bool below = chain && is_above(joined, joined->last, i);
        level->unique = !is_shared(joined, i) && (!joined->many || below);
    }
}

static bool plan(qc_joined *joined, const qc_clause *clauses, const qc_node *const *loaders)
{
    const qc_table *table = joined->levels[0].table;
    const qc_key_fields *key = &joined->levels[0].key;
    planning to = {.joined = joined,
                   .extensible = !joined->wanted.page && is_extensible(clauses),
                   .multiplies = gives_each_once(clauses) && key->count >= 1 &&
                                 (key->count == 1 || !qc_join_is_limited(clauses, &joined->wanted)),
                   .columns = table->column_count};
    if (!plan_loaders(&to, 0, loaders))
        return false;
    find_unique(joined);
    return joined->count == 1 || qc_join_query(joined, clauses);
}

bool qc_join_plan(qc_db *db, const qc_site *site, const qc_clause *clauses, const qc_table *table,
                  const qc_node *const *loaders, qc_wanted wanted, qc_joined *ret)
{
    *ret = (qc_joined){.db = db, .site = site, .clauses = clauses, .wanted = wanted, .count = 1};
    ret->levels = qc_arena_alloc(qc_current_arena(), QC_JOINED_MOST * sizeof(*ret->levels));
    if (ret->levels)
        ret->levels[0] = (qc_joined_level){.job = {.db = db, .site = site},
                                           .table = table,
                                           .range = clauses[0].node,
                                           .key = qc_primary_key(table)};
    return (ret->levels && plan(ret, clauses, loaders)) || qc_fail_nomem(db, site);
}
