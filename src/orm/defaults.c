/* LOAD_BY: loaders that models ask for are written into the query's own, so that whatever runs them
 * sees one tree that says all. */
#include "orm/build.h"
#include "orm/load.h"

/* The models on the way to a level. A default that would lead back to one of them is left out, or
 * there would be no end. */
typedef struct path {
    const struct path *above;
    const qc_table *table;
} path;

static bool is_on(const path *way, const qc_table *table)
{
    while (way && way->table != table)
        way = way->above;
    return way != NULL;
}

/* Whether it loads something that may have loaders of its own. */
static bool descends(const qc_node *node)
{
    return node->kind == QC_NODE_LOADER && node->op != QC_STRATEGY_LAZY &&
           node->op != QC_STRATEGY_RAISE;
}

static bool has_defaults(const qc_node *loader)
{
    if (!descends(loader))
        return false;
    if (loader->u.relation->target->loads)
        return true;
    for (size_t i = 1; i < loader->count; i++)
        if (has_defaults(qc_kid(loader, i)))
            return true;
    return false;
}

static bool is_complete(const qc_table *table, const qc_node *const *loaders)
{
    if (table->loads)
        return false;
    while (*loaders && !has_defaults(*loaders))
        loaders++;
    return !*loaders;
}

static size_t count_of(const qc_node *const *list)
{
    size_t count = 0;
    while (list[count])
        count++;
    return count;
}

static const qc_node **new_list(size_t most)
{
    return qc_arena_alloc(qc_current_arena(), (most + 1) * sizeof(const qc_node *));
}

/* ---- Writing them. ---- */

static const qc_node *const *complete(const path *way, const qc_node *const *loaders);

/* The loader with what its target asks for. */
static const qc_node *complete_loader(const path *way, const qc_node *loader)
{
    const path below = {way, loader->u.relation->target};
    const qc_node **nested = new_list(loader->count);
    size_t count = 0;
    for (size_t i = 1; nested && i < loader->count; i++)
        if (qc_kid(loader, i)->kind == QC_NODE_LOADER)
            nested[count++] = qc_kid(loader, i);
    if (!nested)
        return NULL;
    nested[count] = NULL;
    const qc_node *const *whole = complete(&below, nested);
    const qc_node **parts = whole ? new_list(loader->count + count_of(whole)) : NULL;
    if (!parts)
        return NULL;
    count = 0;
    for (size_t i = 1; i < loader->count; i++)
        if (qc_kid(loader, i)->kind != QC_NODE_LOADER)
            parts[count++] = qc_kid(loader, i);
    while (*whole)
        parts[count++] = *whole++;
    parts[count] = NULL;
    return qc_make_list((qc_node){.kind = QC_NODE_LOADER,
                                  .op = loader->op,
                                  .flags = loader->flags,
                                  .u.relation = loader->u.relation},
                        qc_kid(loader, 0), parts);
}

static const qc_node *default_loader(const qc_relation *relation)
{
    const qc_node *node = qc_build_relation(relation);
    if (!node)
        return NULL;
    return qc_make_list((qc_node){.kind = QC_NODE_LOADER,
                                  .op = relation->strategy,
                                  .flags = QC_NODE_IMPLIED,
                                  .u.relation = relation},
                        node, (const qc_node *const[]){NULL});
}

static bool is_named(const qc_relation *relation, const qc_node *const *loaders)
{
    while (*loaders &&
           ((*loaders)->kind != QC_NODE_LOADER || (*loaders)->u.relation != relation))
        loaders++;
    return *loaders != NULL;
}

static bool is_wanted(const path *way, const qc_relation *relation, const qc_node *const *loaders)
{
    return relation->strategy != QC_STRATEGY_LAZY && !is_named(relation, loaders) &&
           (relation->strategy == QC_STRATEGY_RAISE || !is_on(way, relation->target));
}

static const qc_node *const *complete(const path *way, const qc_node *const *loaders)
{
    const qc_relation *const *relations = way->table->relations;
    size_t most = count_of(loaders), count = 0;
    for (size_t i = 0; relations[i]; i++)
        most++;
    const qc_node **list = new_list(most);
    if (!list)
        return NULL;
    for (size_t i = 0; loaders[i]; i++)
        list[count++] = loaders[i];
    for (; way->table->loads && *relations; relations++)
        if (is_wanted(way, *relations, loaders) &&
            !(list[count++] = default_loader(*relations)))
            return NULL;
    list[count] = NULL;
    for (size_t i = 0; i < count; i++)
        if (descends(list[i]) && !(list[i] = complete_loader(way, list[i])))
            return NULL;
    return list;
}

const qc_node *const *qc_loaders_complete(const qc_table *table, const qc_node *const *loaders)
{
    const path way = {NULL, table};
    return is_complete(table, loaders) ? loaders : complete(&way, loaders);
}

const qc_node *qc_loader_complete(const qc_node *loader)
{
    const path way = {NULL, descends(loader) ? loader->u.relation->parent : NULL};
    return has_defaults(loader) ? complete_loader(&way, loader) : loader;
}
