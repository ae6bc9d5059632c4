/* Loaders of rows that hold several things: each is for the entities of one item. */
#include "orm/build.h"
#include "orm/load.h"

#include "compile/query.h"
#include "model/lineage.h"

#include <string.h>

/* Rows of a query of several items. */
typedef struct held {
    qc_db *db;
    const qc_site *site;
    const qc_clause *clauses;
    const qc_row_list *rows;
} held;

static const qc_node *const *items_of(const held *in)
{
    return in->clauses[1].list;
}

bool qc_holds_entities(const qc_clause *clauses)
{
    if (clauses[1].kind != QC_CLAUSE_ITEMS)
        return false;
    const qc_node *const *items = clauses[1].list;
    while (*items && !qc_is_range(*items))
        items++;
    return *items != NULL;
}

size_t qc_item_offset(const qc_node *head, size_t item)
{
    return head && head->kind == QC_NODE_RECORD ? head->u.table->columns[item].offset
                                                : sizeof(struct qc_row) + item * QC_CELL_SIZE;
}

/* ---- Which item is meant. ---- */

static bool selects(const held *in, const qc_node *range)
{
    const qc_node *const *items = items_of(in);
    while (*items && !(qc_is_range(*items) && qc_same_range(*items, range)))
        items++;
    return *items != NULL;
}

/* Whether objects of the item may have the relationship. */
static bool may_have(const qc_node *item, const qc_relation *relation)
{
    return qc_is_range(item) && (qc_is_a(qc_range_table(item), relation->parent) ||
                                 qc_is_a(relation->parent, qc_range_table(item)));
}

static const qc_node *refuse_strange(const held *in, const qc_node *range,
                                     const qc_relation *relation)
{
    const char *name = qc_range_word(range);
    if (range->kind == QC_NODE_ALIAS)
        qc_fail(in->db, in->site, QC_ERROR_QUERY,
                "%s.%s is a relationship of the alias %s, which the query does not select", name,
                relation->name, name);
    else
        qc_fail(in->db, in->site, QC_ERROR_QUERY,
                "%s_%s is a relationship of %s, but the query selects no %s", name, relation->name,
                name, name);
    return NULL;
}

static const qc_node *refuse_ambiguous(const held *in, const qc_relation *relation,
                                       const qc_node *a, const qc_node *b)
{
    qc_fail(in->db, in->site, QC_ERROR_QUERY,
            "%s_%s could be loaded for two items of the query, %s and %s; say which, as %s.%s",
            relation->parent->model, relation->name, qc_range_word(a), qc_range_word(b),
            qc_range_word(a->kind == QC_NODE_ALIAS ? a : b), relation->name);
    return NULL;
}

/* The range that the loader is for: the relationship's own, or the only one of its model. NULL and
 * an error: there is none. */
static const qc_node *range_of(const held *in, const qc_node *loader)
{
    const qc_relation *relation = loader->u.relation;
    const qc_node *own = qc_kid(qc_kid(loader, 0), 0), *found = NULL;
    if (selects(in, own))
        return own;
    if (own->kind == QC_NODE_ALIAS)
        return refuse_strange(in, own, relation);
    for (const qc_node *const *items = items_of(in); *items; items++) {
        if (!may_have(*items, relation))
            continue;
        if (found && !qc_same_range(found, *items))
            return refuse_ambiguous(in, relation, found, *items);
        found = *items;
    }
    return found ? found : refuse_strange(in, own, relation);
}

/* ---- Its entities. ---- */

static void *entity_in(const void *row, size_t offset)
{
    void *entity;
    memcpy(&entity, (const char *)row + offset, sizeof(entity));
    return entity;
}

/* Those of an item, without NULLs; one that stands in row after row is there once. */
static void gather_item(const held *in, size_t item, qc_level *level)
{
    const size_t offset = qc_item_offset(in->clauses->node, item);
    for (size_t i = 0; i < in->rows->count; i++) {
        void *entity = entity_in(in->rows->list[i], offset);
        if (entity && (!level->count || level->rows[level->count - 1] != entity))
            level->rows[level->count++] = entity;
    }
}

/* Adds to `level` what items of the range hold; false when memory is out. */
static bool gather(const held *in, const qc_node *range, qc_level *level)
{
    const qc_node *const *items = items_of(in);
    size_t count = 0;
    for (size_t i = 0; items[i]; i++)
        count += qc_is_range(items[i]) && qc_same_range(items[i], range);
    level->table = qc_range_table(range);
    level->rows =
        qc_arena_alloc(qc_current_arena(), (count * in->rows->count + 1) * sizeof(*level->rows));
    for (size_t i = 0; level->rows && items[i]; i++)
        if (qc_is_range(items[i]) && qc_same_range(items[i], range))
            gather_item(in, i, level);
    return level->rows != NULL;
}

/* ---- The tasks. ---- */

static bool make_task(const held *in, const qc_node *loader, qc_load_task *task)
{
    if (loader->kind == QC_NODE_POISON)
        return qc_fail_poison(in->db, in->site, loader);
    const qc_node *range = range_of(in, loader), *whole = qc_loader_complete(loader);
    if (!range)
        return false;
    if (!whole || !(task->loaders = qc_build_list(whole)) || !gather(in, range, &task->level))
        return qc_fail_nomem(in->db, in->site);
    return true;
}

bool qc_load_rows(qc_db *db, const qc_site *site, const qc_clause *clauses,
                  const qc_node *const *loaders, qc_level common, const qc_row_list *rows)
{
    const held in = {db, site, clauses, rows};
    qc_load_task *first = NULL, **end = &first;
    for (; *loaders; loaders++, end = &(*end)->next) {
        *end = qc_arena_alloc(qc_current_arena(), sizeof(**end));
        if (!*end)
            return qc_fail_nomem(db, site);
        **end = (qc_load_task){.level = common};
        if (!make_task(&in, *loaders, *end))
            return false;
    }
    return qc_load_tasks(db, site, first);
}
