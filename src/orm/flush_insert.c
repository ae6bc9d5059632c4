/* INSERT of pending objects: one call a table, with what the database made brought back. */
#include "orm/build.h"
#include "orm/flush.h"
#include "orm/hooks.h"

#include "model/lineage.h"

/* The columns the database, or a DEFAULT, fills in one of the objects; ends with NULL. */
static const qc_node *const *made_columns(const qc_batch *batch, size_t *ret_count)
{
    const qc_table *table = batch->table;
    const qc_node **list =
        qc_arena_alloc(qc_current_arena(), (table->column_count + 1) * sizeof(*list));
    *ret_count = 0;
    for (uint32_t c = 0; list && c < table->column_count; c++) {
        const qc_column *column = &table->columns[c];
        bool made = false;
        for (size_t i = 0; qc_is_stored(column) && i < batch->count && !made; i++)
            made = qc_field_is_default(column, batch->entities[i]->object) ||
                   qc_field_takes_default(column, batch->entities[i]->object);
        if (!made)
            continue;
        if (!(list[(*ret_count)++] = qc_build_column(column, table->range)))
            return NULL;
    }
    if (list)
        list[*ret_count] = NULL;
    return list;
}

/* What came back goes into the objects. */
static bool fill(const qc_flush *flush, const qc_batch *batch, const qc_node *const *columns,
                 const qc_row_list *rows)
{
    if (rows->count != batch->count) {
        qc_fail(flush->session->db, flush->site, QC_ERROR_SERVER,
                "%zu objects of %s were inserted, but %zu rows came back", batch->count,
                batch->table->model, rows->count);
        return false;
    }
    for (size_t i = 0; i < rows->count; i++)
        for (const qc_node *const *column = columns; *column; column++)
            if (!qc_entity_take(flush->session, batch->entities[i], (*column)->u.column,
                                rows->list[i]))
                return qc_flush_nomem(flush);
    return true;
}

static bool run(const qc_flush *flush, const qc_batch *batch)
{
    size_t made;
    const qc_node *const *columns = made_columns(batch, &made);
    const qc_clause rows = qc_flush_rows(batch);
    if (!columns || !rows.rows)
        return qc_flush_nomem(flush);
    qc_clause clauses[6] = {
        {.kind = QC_CLAUSE_HEAD, .node = batch->table->range}, {.kind = QC_CLAUSE_INSERT}, rows};
    size_t count = 3;
    if (qc_is_joined(batch->table))
        clauses[count++] = (qc_clause){.kind = QC_CLAUSE_OWN_TABLE};
    if (made)
        clauses[count++] = (qc_clause){.kind = QC_CLAUSE_RETURNING, .list = columns};
    clauses[count] = (qc_clause){.kind = QC_CLAUSE_END};
    qc_db *db = flush->session->db;
    if (!made)
        return qc_exec_plain(db, flush->site, clauses) >= 0;
    qc_row_list filled;
    return qc_fetch_plain(db, flush->site, clauses, (qc_wanted){0}, &filled) &&
           fill(flush, batch, columns, &filled);
}

bool qc_flush_insert(const qc_flush *flush, const qc_batch *batch)
{
    qc_session *session = flush->session;
    const qc_column *version = qc_version_of(batch->table);
    for (size_t i = 0; version && i < batch->count; i++)
        qc_version_begin(version, batch->entities[i]->object);
    if (!qc_hooks_before(session, flush->site, batch->entities, batch->count,
                         QC_HOOK_BEFORE_INSERT))
        return false;
    for (const qc_table *part = NULL; (part = qc_next_part(batch->table, part));)
        if (!run(flush, &(const qc_batch){part, batch->entities, batch->count}))
            return false;
    for (size_t i = 0; i < batch->count; i++) {
        qc_entity *entity = batch->entities[i];
        entity->state = QC_STATE_PERSISTENT;
        if (!qc_entity_settle(session, entity) || !qc_entity_enter(session, entity))
            return qc_flush_nomem(flush);
    }
    return qc_hooks_after(session, flush->site, batch->entities, batch->count,
                          QC_HOOK_AFTER_INSERT);
}
