/* UPDATE of what changed in persistent objects, DELETE of doomed ones. */
#include "orm/flush.h"

#include "model/type_info.h"

#include <string.h>

static const qc_node *column_of(const qc_column *column)
{
    qc_node_1 *made = qc_arena_alloc(qc_current_arena(), sizeof(*made));
    if (!made)
        return NULL;
    *made = qc_column_node(column, column->table->range);
    return &made->base;
}

/* key = value, as the row has it in the database. */
static const qc_node *key_test(const qc_entity *entity)
{
    qc_bool tests[QC_KEY_MOST];
    size_t count = 0;
    for (uint32_t i = 0; i < entity->table->column_count; i++) {
        const qc_column *column = &entity->table->columns[i];
        if (!column->primary_key)
            continue;
        const qc_node *sides[] = {column_of(column), qc_field_value(column, entity->snapshot)};
        if (!sides[0])
            return NULL;
        tests[count++].node =
            qc_compare(QC_OP_EQ, QC_OPERAND_HANDLE | QC_OPERAND_HANDLE << 8, &sides[0], &sides[1]);
    }
    return qc_and_array(tests, count).node;
}

static bool refuse_stale(const qc_flush *flush, const qc_entity *entity, const char *verb)
{
    const qc_key_fields key = qc_primary_key(entity->table);
    const void *value = qc_key_value(&key, 0, entity->snapshot);
    const qc_bind bind = qc_bind_of(key.fields[0].type, value);
    qc_strbuf text = {0};
    qc_print_value(&text, &bind.base);
    qc_fail(flush->session->db, flush->site, QC_ERROR_STALE,
            "the row of %s %s, or of another one beside it, is not there any more: it was deleted, "
            "or its key changed, since it was loaded; nothing was %s",
            entity->table->model, text.text ? text.text : "", verb);
    qc_strbuf_free(&text);
    return false;
}

/* ---- UPDATE. ---- */

/* One row: HEAD, UPDATE, a SET a changed column, WHERE, END. */
static const qc_clause *update_of(const qc_entity *entity)
{
    const qc_table *table = entity->table;
    qc_clause *clauses =
        qc_arena_alloc(qc_current_arena(), (table->column_count + 4) * sizeof(*clauses));
    size_t count = 0;
    if (!clauses)
        return NULL;
    clauses[count++] = (qc_clause){.kind = QC_CLAUSE_HEAD, .node = table->range};
    clauses[count++] = (qc_clause){.kind = QC_CLAUSE_UPDATE};
    for (uint32_t i = 0; i < table->column_count; i++) {
        const qc_column *column = &table->columns[i];
        if (!qc_entity_changed(entity, column))
            continue;
        const qc_node *node = column_of(column);
        if (!node)
            return NULL;
        clauses[count++] = (qc_clause){
            .kind = QC_CLAUSE_SET, .node = qc_assign(node, qc_field_value(column, entity->object))};
    }
    const qc_node *where = key_test(entity);
    clauses[count++] = (qc_clause){.kind = QC_CLAUSE_WHERE, .node = where};
    clauses[count] = (qc_clause){.kind = QC_CLAUSE_END};
    return where ? clauses : NULL;
}

bool qc_flush_update(const qc_flush *flush, const qc_batch *batch)
{
    qc_session *session = flush->session;
    for (size_t i = 0; i < batch->count; i++) {
        qc_entity *entity = batch->entities[i];
        if (!qc_entity_dirty(entity)) { /* a relationship changed, and its key did not */
            memcpy(entity->snapshot, entity->object, entity->table->size);
            continue;
        }
        const qc_clause *clauses = update_of(entity);
        if (!clauses)
            return qc_flush_nomem(flush);
        const int64_t affected = qc_exec_plain(session->db, flush->site, clauses);
        if (affected < 0)
            return false;
        if (affected == 0)
            return refuse_stale(flush, entity, "written");
        qc_entity_leave(session, entity);
        if (!qc_entity_settle(session, entity) || !qc_entity_enter(session, entity))
            return qc_flush_nomem(flush);
    }
    return true;
}

/* ---- DELETE. ---- */

/* How many rows of a composite key one statement names: each part is a bind. */
enum { COMPOSITE_MOST = 500 };

/* key IN (array) of the entities from `begin` to `end`; of a composite key, OR of its tests. */
static const qc_node *keys_test(const qc_batch *batch, const qc_key_fields *key, size_t begin,
                                size_t end)
{
    qc_arena *arena = qc_current_arena();
    const size_t count = end - begin;
    if (key->count > 1) {
        qc_bool *tests = qc_arena_alloc(arena, count * sizeof(*tests));
        for (size_t i = 0; tests && i < count; i++)
            if (!(tests[i].node = key_test(batch->entities[begin + i])))
                return NULL;
        return tests ? qc_or_array(tests, count).node : NULL;
    }
    const qc_column *column = batch->table->columns;
    while (!column->primary_key)
        column++;
    const size_t size = qc_type_infos[column->type].size;
    char *values = qc_arena_alloc(arena, count * size);
    const qc_node *node = column_of(column);
    for (size_t i = 0; values && i < count; i++)
        memcpy(values + i * size, qc_key_value(key, 0, batch->entities[begin + i]->snapshot), size);
    return values && node ? qc_in_array(QC_OP_IN, node, column->type, values, count) : NULL;
}

/* One statement, so that rows of a tree may refer to each other. */
static bool delete_rows(const qc_flush *flush, const qc_batch *batch, const qc_key_fields *key,
                        size_t begin, size_t end)
{
    const qc_clause clauses[] = {
        {.kind = QC_CLAUSE_HEAD, .node = batch->table->range},
        {.kind = QC_CLAUSE_DELETE},
        {.kind = QC_CLAUSE_WHERE, .node = keys_test(batch, key, begin, end)},
        {.kind = QC_CLAUSE_END}};
    if (!clauses[2].node)
        return qc_flush_nomem(flush);
    const int64_t affected = qc_exec_plain(flush->session->db, flush->site, clauses);
    if (affected >= 0 && (size_t)affected < end - begin)
        return refuse_stale(flush, batch->entities[begin], "deleted");
    return affected >= 0;
}

bool qc_flush_delete(const qc_flush *flush, const qc_batch *batch)
{
    const qc_key_fields key = qc_primary_key(batch->table);
    const size_t most = key.count > 1 ? COMPOSITE_MOST : batch->count;
    for (size_t begin = 0; begin < batch->count; begin += most) {
        const size_t end = batch->count - begin < most ? batch->count : begin + most;
        if (!delete_rows(flush, batch, &key, begin, end))
            return false;
    }
    for (size_t i = 0; i < batch->count; i++) {
        qc_entity_leave(flush->session, batch->entities[i]);
        batch->entities[i]->state = QC_STATE_DELETED;
    }
    return true;
}
