/* UPDATE of what changed in persistent objects. */
#include "orm/build.h"
#include "orm/flush.h"
#include "orm/hooks.h"

#include "model/lineage.h"

#include <stdlib.h>
#include <string.h>

static bool has_on_update(const qc_table *table)
{
    for (uint32_t i = 0; i < table->column_count; i++)
        if (qc_is_stored(&table->columns[i]) && table->columns[i].on_update)
            return true;
    return false;
}

/* The columns ON_UPDATE sets, and with them, or where a version is compared, the key of many rows,
 * so that one tells whose they are: to be read back. NULL: there are none, or *ret_good is false
 * and memory is out. */
static const qc_node *const *made_columns(const qc_table *table, bool many, bool *ret_good)
{
    const qc_node **list =
        qc_arena_alloc(qc_current_arena(), (table->column_count + 1) * sizeof(*list));
    const bool keyed = many && (qc_version_of(table) || has_on_update(table));
    size_t count = 0;
    *ret_good = list != NULL;
    for (uint32_t i = 0; *ret_good && i < table->column_count; i++) {
        const qc_column *column = &table->columns[i];
        if (qc_is_stored(column) && (column->on_update || (keyed && column->primary_key)))
            *ret_good = (list[count++] = qc_build_column(column, table->range)) != NULL;
    }
    if (!*ret_good || !count)
        return NULL;
    list[count] = NULL;
    return list;
}

/* What came back goes into the objects. */
static bool take_made(const qc_flush *flush, const qc_batch *batch, const qc_row_list *rows)
{
    const qc_table *table = batch->table;
    const qc_key_fields key = qc_primary_key(table);
    for (size_t i = 0; i < rows->count; i++) {
        qc_entity *entity = batch->count == 1
                                ? batch->entities[0]
                                : qc_entity_keyed(flush->session, table, &key, rows->list[i]);
        for (uint32_t c = 0; entity && c < table->column_count; c++)
            if (table->columns[c].on_update && qc_is_stored(&table->columns[c]) &&
                !qc_entity_take(flush->session, entity, &table->columns[c], rows->list[i]))
                return qc_flush_nomem(flush);
    }
    return true;
}

/* Runs an UPDATE that ends with room for RETURNING. */
static bool run_update(const qc_flush *flush, const qc_batch *batch, qc_clause *clauses,
                       qc_clause *end)
{
    qc_db *db = flush->session->db;
    bool good;
    const qc_node *const *made = made_columns(batch->table, batch->count > 1, &good);
    if (!good)
        return qc_flush_nomem(flush);
    if (qc_is_joined(batch->table))
        *end++ = (qc_clause){.kind = QC_CLAUSE_OWN_TABLE};
    end[0] = (qc_clause){.kind = made ? QC_CLAUSE_RETURNING : QC_CLAUSE_END, .list = made};
    end[1] = (qc_clause){.kind = QC_CLAUSE_END};
    if (!made) {
        const int64_t affected = qc_exec_plain(db, flush->site, clauses);
        return affected >= 0 && ((size_t)affected >= batch->count ||
                                 qc_flush_stale_among(flush, batch, NULL, "written"));
    }
    qc_row_list rows;
    if (!qc_fetch_plain(db, flush->site, clauses, (qc_wanted){0}, &rows))
        return false;
    return rows.count < batch->count ? qc_flush_stale_among(flush, batch, &rows, "written")
                                     : take_made(flush, batch, &rows);
}

static bool is_all_key(const qc_table *table)
{
    uint32_t i = 0;
    while (i < table->column_count && table->columns[i].primary_key)
        i++;
    return i == table->column_count;
}

/* Of a row that was taken over nothing stays but what nobody may write; and something is written,
 * so that a row which is not there any more is noticed. */
static bool is_rewritten(const qc_column *column)
{
    return !column->on_update && column->mark != QC_MARK_TENANT &&
           (!column->primary_key || is_all_key(column->table));
}

/* Whether an UPDATE sets the column to what the object has. */
static bool is_set(const qc_entity *entity, const qc_column *column)
{
    return !column->version &&
           (qc_entity_changed(entity, column) || (entity->switched && is_rewritten(column)));
}

/* Whether the table of the model `column` is of has it; a key that several have is the first's. */
static bool is_own(const qc_column *column)
{
    return qc_is_stored(column) && !(column->primary_key && qc_is_joined(column->table));
}

/* One object: a SET a changed column. */
static bool update_one(const qc_flush *flush, const qc_batch *batch)
{
    qc_entity *entity = batch->entities[0];
    const qc_table *table = batch->table;
    qc_clause *clauses =
        qc_arena_alloc(qc_current_arena(), (table->column_count + 6) * sizeof(*clauses));
    size_t count = 2;
    const qc_node *where = qc_flush_row(table, entity);
    if (!clauses || !where)
        return qc_flush_nomem(flush);
    clauses[0] = (qc_clause){.kind = QC_CLAUSE_HEAD, .node = table->range};
    clauses[1] = (qc_clause){.kind = QC_CLAUSE_UPDATE};
    for (uint32_t i = 0; i < table->column_count; i++) {
        const qc_column *column = &table->columns[i];
        if (!is_own(column) || (!column->version && !is_set(entity, column)))
            continue;
        const qc_node *node = qc_build_column(column, table->range);
        if (!node)
            return qc_flush_nomem(flush);
        clauses[count++] = (qc_clause){
            .kind = QC_CLAUSE_SET,
            .node = column->version ? qc_build_next(column, table->range)
                                    : qc_assign(node, qc_field_value(column, entity->object))};
        if (!clauses[count - 1].node)
            return qc_flush_nomem(flush);
    }
    clauses[count++] = (qc_clause){.kind = QC_CLAUSE_WHERE, .node = where};
    clauses[count++] = (qc_clause){.kind = QC_CLAUSE_WITH_DELETED};
    return run_update(flush, batch, clauses, &clauses[count]);
}

/* The columns that are sent for objects changed alike: a version to be compared. NULL: no memory.
 */
static const qc_node *const *sent_columns(const qc_table *table, const qc_entity *entity)
{
    const qc_node **columns =
        qc_arena_alloc(qc_current_arena(), (table->column_count + 1) * sizeof(*columns));
    size_t count = 0;
    for (uint32_t i = 0; columns && i < table->column_count; i++) {
        const qc_column *column = &table->columns[i];
        if (is_own(column) && (column->version || is_set(entity, column)) &&
            !(columns[count++] = qc_build_column(column, table->range)))
            return NULL;
    }
    if (columns)
        columns[count] = NULL;
    return columns;
}

/* Objects with the same changed columns, none of their keys: one call. */
static bool update_alike(const qc_flush *flush, const qc_batch *batch)
{
    const qc_table *table = batch->table;
    const qc_column *version = qc_stored_version(table);
    const qc_clause rows = qc_flush_rows(batch);
    const qc_node *const *columns = sent_columns(table, batch->entities[0]);
    const qc_node *next = version ? qc_build_next(version, table->range) : NULL;
    size_t count = 5;
    if (!rows.rows || !columns || (version && !next))
        return qc_flush_nomem(flush);
    qc_clause clauses[8] = {{.kind = QC_CLAUSE_HEAD, .node = table->range},
                            {.kind = QC_CLAUSE_UPDATE},
                            rows,
                            {.kind = QC_CLAUSE_COLUMNS, .list = columns},
                            {.kind = QC_CLAUSE_WITH_DELETED}};
    if (next)
        clauses[count++] = (qc_clause){.kind = QC_CLAUSE_SET, .node = next};
    return run_update(flush, batch, clauses, &clauses[count]);
}

/* ---- Who is alike. ---- */

enum { MASK_BITS = 64 };

/* Whether a column changed. The mask has a bit for each that is set; 0: the object goes alone, for
 * its key changed, or it has too many columns. */
static bool find_changes(const qc_entity *entity, uint64_t *ret_mask)
{
    bool any = false, alone = false;
    uint64_t mask = 0;
    for (uint32_t i = 0; i < entity->table->column_count; i++) {
        const qc_column *column = &entity->table->columns[i];
        if (!qc_entity_changed(entity, column) && !(entity->switched && is_set(entity, column)))
            continue;
        any = true;
        alone |= i >= MASK_BITS || column->primary_key;
        mask |= column->version ? 0 : UINT64_C(1) << i % MASK_BITS;
    }
    *ret_mask = alone ? 0 : mask;
    return any;
}

typedef struct masked {
    qc_entity *entity;
    uint64_t mask;
    size_t place; /* in its batch */
} masked;

static int by_mask(const void *a, const void *b)
{
    const masked *left = a, *right = b;
    if (left->mask != right->mask)
        return left->mask < right->mask ? -1 : 1;
    return left->place < right->place ? -1 : 1;
}

/* Whether objects of this mask may have other keys of the relationship than they had. */
static bool is_of_key(const qc_ends *ends, uint64_t mask)
{
    for (unsigned i = 0; mask && i < ends->parent.count; i++) {
        const qc_column *column = ends->parent.columns[i];
        if (mask >> (column - column->table->columns) % MASK_BITS & 1)
            return true;
    }
    return !mask;
}

/* A key that was written, and not by its pointer, may name another object than that points to: the
 * pointer stays as it is, and LOAD asks again. */
static bool doubt_pointers(const qc_flush *flush, const masked *all, size_t begin, size_t end)
{
    const qc_relation *const *each = all[begin].entity->table->relations;
    for (; *each; each++) {
        const qc_ends *ends = NULL;
        if ((*each)->kind != QC_BELONGS_TO_KIND)
            continue;
        if (!(ends = qc_flush_ends(flush, *each)))
            return false;
        for (size_t i = begin; i < end && is_of_key(ends, all[begin].mask); i++)
            if (qc_entity_lost_key(all[i].entity, *each, ends))
                *qc_entity_marks(all[i].entity, *each) &= (uint8_t)~QC_MARK_LOADED;
    }
    return true;
}

static bool settle(const qc_flush *flush, const qc_column *version, const masked *written)
{
    const bool same_key = written->mask != 0;
    qc_entity *entity = written->entity;
    if (version)
        qc_version_next(version, entity->object);
    if (!same_key && !qc_flush_follow(flush, entity))
        return false;
    if (!same_key)
        qc_entity_leave(flush->session, entity);
    return (qc_entity_settle(flush->session, entity) &&
            (same_key || qc_entity_enter(flush->session, entity))) ||
           qc_flush_nomem(flush);
}

/* Whether the table of `part` has something that is written. */
static bool is_touched(const qc_table *part, const qc_entity *entity)
{
    for (uint32_t i = 0; i < part->column_count; i++)
        if (is_own(&part->columns[i]) &&
            (part->columns[i].version || is_set(entity, &part->columns[i])))
            return true;
    return false;
}

/* Objects that are changed alike, in every table they lie in. */
static bool update_parts(const qc_flush *flush, const qc_table *table, qc_entity **entities,
                         size_t count)
{
    for (const qc_table *part = NULL; (part = qc_next_part(table, part));) {
        const qc_batch batch = {part, entities, count};
        if (is_touched(part, entities[0]) &&
            !(count == 1 ? update_one : update_alike)(flush, &batch))
            return false;
    }
    return true;
}

/* Those of one mask, from `begin`. */
static bool update_group(const qc_flush *flush, const masked *all, size_t begin, size_t end)
{
    const qc_table *table = all[begin].entity->table;
    const qc_column *version = qc_version_of(table);
    qc_entity **entities = qc_arena_alloc(qc_current_arena(), (end - begin) * sizeof(*entities));
    if (!entities)
        return qc_flush_nomem(flush);
    for (size_t i = begin; i < end; i++)
        entities[i - begin] = all[i].entity;
    const bool good =
        update_parts(flush, table, entities, end - begin) && doubt_pointers(flush, all, begin, end);
    for (size_t i = begin; good && i < end; i++)
        if (!settle(flush, version, &all[i]))
            return false;
    return good &&
           qc_hooks_after(flush->session, flush->site, entities, end - begin, QC_HOOK_AFTER_UPDATE);
}

/* A row stays of the model that it was made as. */
static bool keeps_model(const qc_flush *flush, const qc_entity *entity)
{
    const qc_column *kind = qc_discriminator(entity->table);
    if (!kind || !qc_entity_changed(entity, kind))
        return true;
    qc_fail(flush->session->db, flush->site, QC_ERROR_MISUSE,
            "%s.%s says which model a row is, and cannot be changed; delete the object, and make "
            "another with NEW",
            entity->table->model, kind->name);
    return false;
}

/* The mask as it is once BEFORE functions have run; false, with *ret_failed, when one refused. */
static bool is_dirty(const qc_flush *flush, masked *of, bool *ret_failed)
{
    if (!find_changes(of->entity, &of->mask))
        return false;
    if (of->entity->switched)
        return true;
    if (qc_has_hooks(of->entity->table)) {
        *ret_failed =
            !qc_hooks_before(flush->session, flush->site, &of->entity, 1, QC_HOOK_BEFORE_UPDATE);
        if (*ret_failed || !find_changes(of->entity, &of->mask))
            return false;
    }
    *ret_failed = !keeps_model(flush, of->entity);
    return !*ret_failed;
}

bool qc_flush_update(const qc_flush *flush, const qc_batch *batch)
{
    masked *all = qc_arena_alloc(qc_current_arena(), (batch->count + 1) * sizeof(*all));
    size_t count = 0;
    if (!all)
        return qc_flush_nomem(flush);
    bool failed = false, alike = true;
    for (size_t i = 0; i < batch->count && !failed; i++) {
        masked *next = &all[count];
        *next = (masked){.entity = batch->entities[i], .place = i};
        if (is_dirty(flush, next, &failed)) {
            alike &= next->mask == all[0].mask;
            count++;
        } else if (!failed) { /* a relationship changed, and its key did not */
            memcpy(next->entity->snapshot, next->entity->object, batch->table->size);
        }
    }
    if (failed)
        return false;
    if (!alike)
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
