/* Optimistic locking: the VERSION column counts what sessions write to a row, so that a write that
 * is based on an older state of it is noticed; and what is said of rows that are gone or changed.
 */
#include "orm/build.h"
#include "orm/flush.h"

#include "model/lineage.h"
#include "model/type_info.h"

const qc_column *qc_version_of(const qc_table *table)
{
    for (uint32_t i = 0; i < table->column_count; i++)
        if (table->columns[i].version)
            return &table->columns[i];
    return NULL;
}

const qc_column *qc_stored_version(const qc_table *table)
{
    const qc_column *version = qc_version_of(table);
    return version && qc_is_stored(version) ? version : NULL;
}

int64_t qc_version_in(const qc_column *column, const void *row)
{
    return qc_bind_of(column->type, (const char *)row + column->offset).base.u.integer;
}

void qc_version_begin(const qc_column *column, char *row)
{
    const int64_t first = 1;
    qc_key_set(column, row, QC_TYPE_bigint, &first);
}

void qc_version_next(const qc_column *column, char *row)
{
    const int64_t next = qc_version_in(column, row) + 1;
    qc_key_set(column, row, QC_TYPE_bigint, &next);
}

const qc_node *qc_flush_row(const qc_table *table, const qc_entity *entity)
{
    const qc_column *version = qc_stored_version(table);
    qc_bool tests[2] = {{qc_build_key(table, entity->snapshot)}};
    if (!version || !tests[0].node)
        return tests[0].node;
    tests[1] = qc_build_equal(version, table->range, version, entity->object);
    return tests[1].node ? qc_and_array(tests, 2).node : NULL;
}

/* ---- Stale writes. ---- */

/* What the table of this model has of the row now: its version, where that is in it; *ret NULL:
 * there is no row. */
static bool look(const qc_flush *flush, const qc_table *table, const qc_entity *entity,
                 void **ret)
{
    const qc_column *version = qc_stored_version(table);
    const qc_node *where = qc_build_key(table, entity->snapshot);
    const qc_clause clauses[] = {
        {.kind = QC_CLAUSE_HEAD,
         .node = version ? qc_build_column(version, table->range) : table->range},
        {.kind = QC_CLAUSE_WHERE, .node = where},
        {.kind = QC_CLAUSE_WITH_DELETED},
        {.kind = QC_CLAUSE_END}};
    qc_row_list rows;
    if (!where || !clauses[0].node)
        return qc_flush_nomem(flush);
    if (!qc_fetch_plain(flush->session->db, flush->site, clauses, (qc_wanted){.limit = 1}, &rows))
        return false;
    *ret = rows.list[0];
    return true;
}

/* `now`: holds the version; NULL: there is no row, or none with a version. */
static void tell(const qc_flush *flush, const qc_entity *entity, const char *key, const qc_row *now,
                 const char *verb)
{
    const qc_column *version = qc_version_of(entity->table);
    const long long wanted = version ? qc_version_in(version, entity->object) : 0;
    const long long found = now ? qc_row_int(now, 0) : 0;
    const char *model = entity->table->model;
    qc_db *db = flush->session->db;
    const qc_siblings *siblings = qc_siblings_of(flush->session, entity);
    if (now && siblings)
        qc_fail(db, flush->site, QC_ERROR_STALE,
                "the row of %s %s was changed by somebody else: it has the version %lld, and the "
                "object, which the session has since %s:%d, the version %lld; nothing was %s",
                model, key, found, siblings->site.file, siblings->site.line, wanted, verb);
    else if (now)
        qc_fail(db, flush->site, QC_ERROR_STALE,
                "the row of %s %s was changed by somebody else: it has the version %lld, and the "
                "object the version %lld; nothing was %s",
                model, key, found, wanted, verb);
    else
        qc_fail(db, flush->site, QC_ERROR_STALE,
                "the row of %s %s is not there any more: it was deleted, or its key changed, "
                "since it was loaded; nothing was %s",
                model, key, verb);
}

/* `table`: the model in whose table the row was looked for. What a deletion of rows in several
 * tables has deleted before it met the one that is stale is not looked for. */
static bool stale(const qc_flush *flush, const qc_table *table, const qc_entity *entity,
                  const char *verb)
{
    void *row = NULL;
    qc_strbuf key = {0};
    qc_entity_print_key(&key, entity);
    if (!key.text)
        qc_flush_nomem(flush);
    else if (look(flush, table, entity, &row))
        tell(flush, entity, key.text, qc_stored_version(table) ? row : NULL, verb);
    qc_strbuf_free(&key);
    return false;
}

/* The first that is not written; by asking for one after the other where nothing tells. */
static bool find_stale(const qc_flush *flush, const qc_batch *batch, const qc_row_list *written,
                       size_t *ret)
{
    const qc_key_fields key = qc_primary_key(batch->table);
    qc_groups groups;
    if (written && !qc_groups_make(qc_current_arena(), &key, written->list, written->count, &groups))
        return qc_flush_nomem(flush);
    for (*ret = 0; *ret + 1 < batch->count; ++*ret) {
        qc_entity *entity = batch->entities[*ret];
        void *row = entity;
        if (written && qc_groups_find(&groups, &key, entity->snapshot) == QC_NO_GROUP)
            return true;
        if (!written && !look(flush, batch->table, entity, &row))
            return false;
        if (!row)
            return true;
    }
    return true;
}

bool qc_flush_stale_among(const qc_flush *flush, const qc_batch *batch, const qc_row_list *written,
                          const char *verb)
{
    size_t i = 0;
    return find_stale(flush, batch, written, &i) &&
           stale(flush, batch->table, batch->entities[i], verb);
}
