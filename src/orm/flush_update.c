/* UPDATE of what changed in persistent objects. */
#include "orm/build.h"
#include "orm/flush.h"

#include <stdlib.h>
#include <string.h>

/* The key and the columns ON_UPDATE sets, to be read back; NULL: there are none, or *ret_good is
 * false and memory is out. */
static const qc_node *const *made_columns(const qc_table *table, bool *ret_good)
{
    const qc_node **list =
        qc_arena_alloc(qc_current_arena(), (table->column_count + 1) * sizeof(*list));
    size_t count = 0, made = 0;
    *ret_good = list != NULL;
    for (uint32_t i = 0; *ret_good && i < table->column_count; i++) {
        const qc_column *column = &table->columns[i];
        if (!column->primary_key && !column->on_update)
            continue;
        made += column->on_update != NULL;
        *ret_good = (list[count++] = qc_build_column(column, table->range)) != NULL;
    }
    if (!*ret_good || !made)
        return NULL;
    list[count] = NULL;
    return list;
}

/* What came back goes into the objects. */
static bool take_made(const qc_flush *flush, const qc_table *table, const qc_row_list *rows)
{
    const qc_key_fields key = qc_primary_key(table);
    for (size_t i = 0; i < rows->count; i++) {
        qc_entity *entity = qc_entity_keyed(flush->session, table, &key, rows->list[i]);
        for (uint32_t c = 0; entity && c < table->column_count; c++)
            if (table->columns[c].on_update &&
                !qc_entity_take(flush->session, entity, &table->columns[c], rows->list[i]))
                return qc_flush_nomem(flush);
    }
    return true;
}

/* Runs an UPDATE that ends with room for RETURNING; *ret_affected rows. */
static bool run_update(const qc_flush *flush, const qc_table *table, qc_clause *clauses,
                       qc_clause *end, size_t *ret_affected)
{
    qc_db *db = flush->session->db;
    bool good;
    const qc_node *const *made = made_columns(table, &good);
    if (!good)
        return qc_flush_nomem(flush);
    end[0] = (qc_clause){.kind = made ? QC_CLAUSE_RETURNING : QC_CLAUSE_END, .list = made};
    end[1] = (qc_clause){.kind = QC_CLAUSE_END};
    if (!made) {
        const int64_t affected = qc_exec_plain(db, flush->site, clauses);
        *ret_affected = affected < 0 ? 0 : (size_t)affected;
        return affected >= 0;
    }
    qc_row_list rows;
    if (!qc_fetch_plain(db, flush->site, clauses, (qc_wanted){0}, &rows))
        return false;
    *ret_affected = rows.count;
    return take_made(flush, table, &rows);
}

/* One object: a SET a changed column, the key as it was. */
static bool update_one(const qc_flush *flush, const qc_entity *entity)
{
    const qc_table *table = entity->table;
    qc_clause *clauses =
        qc_arena_alloc(qc_current_arena(), (table->column_count + 5) * sizeof(*clauses));
    size_t count = 2, affected;
    const qc_node *where = qc_build_key(table, entity->snapshot);
    if (!clauses || !where)
        return qc_flush_nomem(flush);
    clauses[0] = (qc_clause){.kind = QC_CLAUSE_HEAD, .node = table->range};
    clauses[1] = (qc_clause){.kind = QC_CLAUSE_UPDATE};
    for (uint32_t i = 0; i < table->column_count; i++) {
        const qc_column *column = &table->columns[i];
        if (!qc_entity_changed(entity, column))
            continue;
        const qc_node *node = qc_build_column(column, table->range);
        if (!node)
            return qc_flush_nomem(flush);
        clauses[count++] = (qc_clause){
            .kind = QC_CLAUSE_SET, .node = qc_assign(node, qc_field_value(column, entity->object))};
    }
    clauses[count++] = (qc_clause){.kind = QC_CLAUSE_WHERE, .node = where};
    if (!run_update(flush, table, clauses, &clauses[count], &affected))
        return false;
    return affected > 0 || qc_flush_stale(flush, entity, "written");
}

/* Objects with the same changed columns, none of their keys: one call. */
static bool update_alike(const qc_flush *flush, qc_entity *const *entities, size_t count)
{
    const qc_table *table = entities[0]->table;
    qc_arena *arena = qc_current_arena();
    const void **objects = qc_arena_alloc(arena, count * sizeof(*objects));
    const qc_node **columns = qc_arena_alloc(arena, (table->column_count + 1) * sizeof(*columns));
    size_t changed = 0, affected;
    if (!objects || !columns)
        return qc_flush_nomem(flush);
    for (size_t i = 0; i < count; i++)
        objects[i] = entities[i]->object;
    for (uint32_t i = 0; i < table->column_count; i++)
        if (qc_entity_changed(entities[0], &table->columns[i]) &&
            !(columns[changed++] = qc_build_column(&table->columns[i], table->range)))
            return qc_flush_nomem(flush);
    columns[changed] = NULL;
    qc_clause clauses[6] = {{.kind = QC_CLAUSE_HEAD, .node = table->range},
                            {.kind = QC_CLAUSE_UPDATE},
                            {.kind = QC_CLAUSE_ROWS,
                             .count = qc_row_count(count),
                             .rows = objects,
                             .list = qc_row_pointers},
                            {.kind = QC_CLAUSE_COLUMNS, .list = columns}};
    if (!run_update(flush, table, clauses, &clauses[4], &affected))
        return false;
    return affected == count || qc_flush_stale(flush, entities[0], "written");
}

/* ---- Who is alike. ---- */

enum { MASK_BITS = 64 };

/* A bit a changed column; 0: the object goes alone, for its key changed, or it has too many
 * columns. */
static uint64_t mask_of(const qc_entity *entity)
{
    uint64_t mask = 0;
    for (uint32_t i = 0; i < entity->table->column_count; i++) {
        if (!qc_entity_changed(entity, &entity->table->columns[i]))
            continue;
        if (i >= MASK_BITS || entity->table->columns[i].primary_key)
            return 0;
        mask |= UINT64_C(1) << i;
    }
    return mask;
}

typedef struct masked {
    qc_entity *entity;
    uint64_t mask;
} masked;

static int by_mask(const void *a, const void *b)
{
    const masked *left = a, *right = b;
    if (left->mask != right->mask)
        return left->mask < right->mask ? -1 : 1;
    return left->entity->place < right->entity->place ? -1 : 1;
}

static bool settle(const qc_flush *flush, qc_entity *entity)
{
    qc_entity_leave(flush->session, entity);
    return (qc_entity_settle(flush->session, entity) && qc_entity_enter(flush->session, entity)) ||
           qc_flush_nomem(flush);
}

/* Those of one mask, from `begin`. */
static bool update_group(const qc_flush *flush, const masked *all, size_t begin, size_t end)
{
    qc_entity **entities = qc_arena_alloc(qc_current_arena(), (end - begin) * sizeof(*entities));
    if (!entities)
        return qc_flush_nomem(flush);
    for (size_t i = begin; i < end; i++)
        entities[i - begin] = all[i].entity;
    const bool good = end - begin == 1 ? update_one(flush, entities[0])
                                       : update_alike(flush, entities, end - begin);
    for (size_t i = begin; good && i < end; i++)
        if (!settle(flush, all[i].entity))
            return false;
    return good;
}

bool qc_flush_update(const qc_flush *flush, const qc_batch *batch)
{
    masked *all = qc_arena_alloc(qc_current_arena(), (batch->count + 1) * sizeof(*all));
    size_t count = 0;
    if (!all)
        return qc_flush_nomem(flush);
    for (size_t i = 0; i < batch->count; i++) {
        qc_entity *entity = batch->entities[i];
        if (qc_entity_dirty(entity))
            all[count++] = (masked){entity, mask_of(entity)};
        else /* a relationship changed, and its key did not */
            memcpy(entity->snapshot, entity->object, entity->table->size);
    }
    qsort(all, count, sizeof(*all), by_mask);
    for (size_t begin = 0, end; begin < count; begin = end) {
        end = begin + 1;
        while (all[begin].mask && end < count && all[end].mask == all[begin].mask)
            end++;
        if (!update_group(flush, all, begin, end))
            return false;
    }
    return true;
}
