/* Objects that need each other: new ones are inserted with a NULL key, which an update fills in;
 * from doomed ones such a key is taken before they are deleted. */
#include "orm/build.h"
#include "orm/flush.h"

#include "model/lineage.h"

/* ---- New objects. ---- */

bool qc_flush_is_firm(const qc_end *key)
{
    bool named = false;
    for (unsigned i = 0; i < key->count; i++) {
        if (key->columns[i]->nullable)
            return false;
        named |= key->columns[i]->references != NULL;
    }
    return named;
}

/* *ret: the new object that a pointer of this one waits for, one it cannot be without before
 * others; NULL: none. False, with an error. */
static bool find_pointer(const qc_flush *flush, const qc_entity *entity, qc_awaited *ret)
{
    for (const qc_relation *const *each = entity->table->relations; *each && !ret->firm; each++) {
        const void *pointer = qc_related(entity->object, *each);
        qc_entity *of = (*each)->kind == QC_BELONGS_TO_KIND && pointer
                            ? qc_entity_at(flush->session, pointer)
                            : NULL;
        if (!of || of->state != QC_STATE_PENDING)
            continue;
        const qc_ends *ends = qc_flush_ends(flush, *each);
        if (!ends)
            return false;
        *ret = (qc_awaited){of, qc_flush_is_firm(&ends->parent)};
    }
    return true;
}

/* The same of pointers and ties. */
static bool find_awaited(const qc_flush *flush, qc_entity *entity, qc_awaited *ret)
{
    *ret = (qc_awaited){NULL, false};
    return find_pointer(flush, entity, ret) && (ret->firm || qc_tie_awaited(flush, entity, ret));
}

/* On the way from object to object that leads round in the end, the first that can be without what
 * it waits for. There may be none: then the database has the last word about one of them. */
static bool find_cut(const qc_flush *flush, qc_entity *entity, size_t steps, qc_entity **ret)
{
    qc_awaited next;
    for (; steps > 0 && entity; steps--, entity = next.entity)
        if (!find_awaited(flush, entity, &next))
            return false;
    *ret = entity;
    do {
        if (!find_awaited(flush, entity, &next))
            return false;
        if (!next.firm)
            *ret = entity;
        entity = next.entity;
    } while (next.firm && entity != *ret);
    return true;
}

/* What an inserted object points to is looked at again by the updates. */
static void forget_pointers(const qc_entity *entity)
{
    for (const qc_relation *const *each = entity->table->relations; *each; each++)
        if ((*each)->kind == QC_BELONGS_TO_KIND)
            qc_set_related(entity->snapshot, *each, NULL);
}

bool qc_flush_cut(const qc_flush *flush, qc_entity *const *entities, size_t count,
                  size_t *ret_count)
{
    qc_entity *first = NULL;
    size_t i = 0;
    while (entities[i]->state != QC_STATE_PENDING)
        i++;
    if (!find_cut(flush, entities[i], count, &first))
        return false;
    qc_batch batch = {.table = first->table,
                      .entities = qc_arena_alloc(qc_current_arena(), count * sizeof(qc_entity *))};
    if (!batch.entities)
        return qc_flush_nomem(flush);
    for (i = 0; i < count; i++) {
        qc_awaited next = {NULL, false};
        if (entities[i]->table != first->table || entities[i]->state != QC_STATE_PENDING)
            continue;
        if (entities[i] != first && !find_awaited(flush, entities[i], &next))
            return false;
        if (!next.firm)
            batch.entities[batch.count++] = entities[i];
    }
    if (!qc_flush_insert(flush, &batch))
        return false;
    for (i = 0; i < batch.count; i++)
        forget_pointers(batch.entities[i]);
    *ret_count = batch.count;
    return true;
}

/* ---- Doomed objects. ---- */

/* Each key is a bind, or several. */
enum { ROWS_MOST = 500 };

static bool clear(const qc_flush *flush, const qc_column *column, qc_entity *const *entities,
                  size_t count)
{
    const qc_table *table = column->table;
    const void *null = NULL;
    const qc_node *node = qc_build_column(column, table->range);
    qc_bool *tests = qc_arena_alloc(qc_current_arena(), count * sizeof(*tests));
    for (size_t i = 0; tests && i < count; i++)
        if (!(tests[i].node = qc_build_key(table, entities[i]->snapshot)))
            return qc_flush_nomem(flush);
    if (!node || !tests)
        return qc_flush_nomem(flush);
    const qc_clause clauses[] = {
        {.kind = QC_CLAUSE_HEAD, .node = table->range},
        {.kind = QC_CLAUSE_UPDATE},
        {.kind = QC_CLAUSE_SET,
         .node = qc_assign(node, qc_operand(column->type, QC_OPERAND_NULL, &null))},
        {.kind = QC_CLAUSE_WHERE, .node = qc_or_array(tests, count).node},
        {.kind = QC_CLAUSE_WITH_DELETED},
        {.kind = qc_is_joined(table) ? QC_CLAUSE_OWN_TABLE : QC_CLAUSE_END},
        {.kind = QC_CLAUSE_END}};
    return qc_exec_plain(flush->session->db, flush->site, clauses) >= 0;
}

/* Of objects of one table: those that have the key. */
static bool clear_all(const qc_flush *flush, const qc_column *column, qc_entity *const *entities,
                      size_t count)
{
    qc_entity **having = qc_arena_alloc(qc_current_arena(), count * sizeof(*having));
    qc_key_fields key = {.count = 0};
    size_t all = 0;
    if (!having)
        return qc_flush_nomem(flush);
    qc_key_add_column(&key, column);
    for (size_t i = 0; i < count; i++)
        if (!qc_key_is_null(&key, entities[i]->snapshot))
            having[all++] = entities[i];
    for (size_t begin = 0; begin < all; begin += ROWS_MOST)
        if (!clear(flush, qc_home_column(column), having + begin,
                   all - begin < ROWS_MOST ? all - begin : ROWS_MOST))
            return false;
    return true;
}

static bool may_name_own(const qc_table *table, const qc_column *column)
{
    return column->nullable && column->references &&
           qc_root_of(column->references) == qc_root_of(table);
}

/* Whether rows of the model may name, by the column, rows of others that go before them. */
static bool may_be_in_the_way(const qc_table *table, const qc_column *column)
{
    return qc_flush_is_loose(column) || (qc_inherits(table) && may_name_own(table, column));
}

/* Whether one that is not of the table itself is a row that the column may name. */
static bool is_named(const qc_column *column, qc_entity *const *entities, size_t count,
                     const qc_table *table)
{
    for (size_t i = 0; i < count; i++)
        if (entities[i]->table != table && qc_is_a(entities[i]->table, column->references))
            return true;
    return false;
}

bool qc_flush_untie(const qc_flush *flush, qc_entity *const *entities, size_t count)
{
    for (size_t begin = 0, end; begin < count; begin = end) {
        const qc_table *table = entities[begin]->table;
        for (end = begin + 1; end < count && entities[end]->table == table;)
            end++;
        const bool alone = end - begin == count, one = qc_flush_is_one_delete(table, end - begin);
        for (uint32_t i = 0; !(alone && one) && i < table->column_count; i++) {
            const qc_column *column = &table->columns[i];
            const bool named = (!one && may_name_own(table, column)) ||
                               (!alone && may_be_in_the_way(table, column) &&
                                is_named(column, entities, count, table));
            if (named && !clear_all(flush, column, entities + begin, end - begin))
                return false;
        }
    }
    return true;
}
