/* DELETE of doomed objects. */
#include "orm/build.h"
#include "orm/flush.h"
#include "orm/hooks.h"

#include "model/lineage.h"
#include "model/type_info.h"

#include <string.h>

/* How a statement names its rows: by an array of keys, by arrays of all that is compared, or by a
 * test for each row, of which there are not too many, since each has its own binds. */
enum how { BY_KEY, BY_ARRAYS, BY_TESTS };
enum { TESTS_MOST = 500 };

/* OR of the tests of each row. */
static const qc_node *rows_test(const qc_batch *batch)
{
    qc_bool *tests = qc_arena_alloc(qc_current_arena(), batch->count * sizeof(*tests));
    for (size_t i = 0; tests && i < batch->count; i++)
        if (!(tests[i].node = qc_flush_row(batch->table, batch->entities[i])))
            return NULL;
    return tests ? qc_or_array(tests, batch->count).node : NULL;
}

/* key IN (array). */
static const qc_node *keys_test(const qc_batch *batch, const qc_key_fields *key)
{
    qc_arena *arena = qc_current_arena();
    const size_t count = batch->count;
    const qc_column *column = batch->table->columns;
    while (!column->primary_key)
        column++;
    const size_t size = qc_type_infos[column->type].size;
    char *values = qc_arena_alloc(arena, count * size);
    const qc_node *node = qc_build_column(column, batch->table->range);
    for (size_t i = 0; values && i < count; i++)
        memcpy(values + i * size, qc_key_value(key, 0, batch->entities[i]->snapshot), size);
    return values && node ? qc_in_array(QC_OP_IN, node, column->type, values, count) : NULL;
}

const qc_node *const *qc_flush_key_columns(const qc_table *table, const qc_column *also)
{
    const qc_node **list = qc_arena_alloc(qc_current_arena(), (QC_KEY_MOST + 2) * sizeof(*list));
    size_t count = 0;
    for (uint32_t i = 0; list && i < table->column_count; i++)
        if ((table->columns[i].primary_key || &table->columns[i] == also) &&
            !(list[count++] = qc_build_column(&table->columns[i], table->range)))
            return NULL;
    if (list)
        list[count] = NULL;
    return list;
}

/* Structs with the keys, as they are in the database, and the versions of the objects. */
static const void **structs_of(const qc_batch *batch, const qc_column *version)
{
    qc_arena *arena = qc_current_arena();
    const void **rows = qc_arena_alloc(arena, batch->count * sizeof(*rows));
    for (size_t i = 0; rows && i < batch->count; i++) {
        const qc_entity *entity = batch->entities[i];
        rows[i] = entity->snapshot;
        if (!version || !qc_entity_changed(entity, version))
            continue;
        char *copy = qc_arena_alloc(arena, batch->table->size);
        if (!copy)
            return NULL;
        memcpy(copy, entity->snapshot, batch->table->size);
        const int64_t asked = qc_version_in(version, entity->object);
        qc_key_set(version, copy, QC_TYPE_bigint, &asked);
        rows[i] = copy;
    }
    return rows;
}

/* What says which rows are meant: a test, or structs that go as arrays. False: no memory. */
static bool put_rows(qc_chain *to, const qc_batch *batch, const qc_key_fields *key, enum how how)
{
    const qc_column *version = qc_stored_version(batch->table);
    qc_clause made = {.kind = QC_CLAUSE_WHERE};
    if (how != BY_ARRAYS) {
        made.node = how == BY_KEY ? keys_test(batch, key) : rows_test(batch);
        qc_chain_put(to, made);
        return made.node != NULL;
    }
    made = qc_build_rows(structs_of(batch, version), batch->count);
    qc_chain_put(to, made);
    qc_chain_put(to, (qc_clause){.kind = QC_CLAUSE_COLUMNS,
                                 .list = qc_flush_key_columns(batch->table, version)});
    return made.rows && to->clauses[to->count - 1].list;
}

/* One statement, so that rows of a tree may refer to each other. */
static bool delete_rows(const qc_flush *flush, const qc_batch *batch, const qc_key_fields *key,
                        enum how how)
{
    qc_clause clauses[8] = {
        {.kind = QC_CLAUSE_HEAD, .node = batch->table->range},
        {.kind = QC_CLAUSE_DELETE},
        {.kind = QC_CLAUSE_RETURNING, .list = qc_flush_key_columns(batch->table, NULL)},
        {.kind = QC_CLAUSE_WITH_DELETED}};
    qc_chain chain = {clauses, 4};
    qc_row_list rows;
    if (!clauses[2].list || !put_rows(&chain, batch, key, how))
        return qc_flush_nomem(flush);
    if (qc_is_joined(batch->table))
        qc_chain_put(&chain, (qc_clause){.kind = QC_CLAUSE_OWN_TABLE});
    qc_chain_put(&chain, (qc_clause){.kind = QC_CLAUSE_END});
    if (!qc_fetch_plain(flush->session->db, flush->site, clauses, (qc_wanted){0}, &rows))
        return false;
    return rows.count == batch->count || qc_flush_stale_among(flush, batch, &rows, "deleted");
}

static bool is_by_key(const qc_table *table)
{
    return qc_primary_key(table).count == 1 && !qc_stored_version(table);
}

bool qc_flush_is_one_delete(const qc_table *table, size_t count)
{
    while (table && is_by_key(table))
        table = qc_table_above(table);
    return !table || count <= TESTS_MOST;
}

static enum how how_to_name(const qc_db *db, const qc_batch *batch)
{
    if (is_by_key(batch->table))
        return BY_KEY;
    return db->driver->dialect->unnest_from && batch->count > 1 ? BY_ARRAYS : BY_TESTS;
}

/* The rows in one of the tables. */
static bool delete_from(const qc_flush *flush, const qc_batch *batch)
{
    const qc_key_fields key = qc_primary_key(batch->table);
    const enum how how = how_to_name(flush->session->db, batch);
    const size_t most = how == BY_TESTS ? TESTS_MOST : batch->count;
    for (size_t begin = 0; begin < batch->count; begin += most) {
        const size_t count = batch->count - begin < most ? batch->count - begin : most;
        const qc_batch part = {batch->table, batch->entities + begin, count};
        if (!delete_rows(flush, &part, &key, how))
            return false;
    }
    return true;
}

bool qc_flush_delete(const qc_flush *flush, const qc_batch *batch)
{
    if (!qc_hooks_before(flush->session, flush->site, batch->entities, batch->count,
                         QC_HOOK_BEFORE_DELETE))
        return false;
    for (const qc_table *part = batch->table; part; part = qc_table_above(part))
        if (!delete_from(flush, &(const qc_batch){part, batch->entities, batch->count}))
            return false;
    for (size_t i = 0; i < batch->count; i++) {
        qc_entity_leave(flush->session, batch->entities[i]);
        batch->entities[i]->state = QC_STATE_DELETED;
    }
    return qc_hooks_after(flush->session, flush->site, batch->entities, batch->count,
                          QC_HOOK_AFTER_DELETE);
}
