/* DELETE of doomed objects; and what is said of rows that are gone. */
#include "orm/build.h"
#include "orm/flush.h"

#include "model/type_info.h"

#include <string.h>

bool qc_flush_stale(const qc_flush *flush, const qc_entity *entity, const char *verb)
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
            if (!(tests[i].node = qc_build_key(batch->table, batch->entities[begin + i]->snapshot)))
                return NULL;
        return tests ? qc_or_array(tests, count).node : NULL;
    }
    const qc_column *column = batch->table->columns;
    while (!column->primary_key)
        column++;
    const size_t size = qc_type_infos[column->type].size;
    char *values = qc_arena_alloc(arena, count * size);
    const qc_node *node = qc_build_column(column, batch->table->range);
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
        return qc_flush_stale(flush, batch->entities[begin], "deleted");
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
