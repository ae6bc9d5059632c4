/* EXPLAIN: the database's plan of a query, as text. */
#include "engine/write.h"
#include "engine/prepare.h"
#include "engine/site_comment.h"

#include <string.h>

enum { MOST_COLUMNS = 4, MOST_DEPTH = 64 };

/* ---- The statement. ---- */

typedef struct explanation {
    const qc_explain_form *form;
    qc_row_item items[MOST_COLUMNS];
    qc_result_column columns[MOST_COLUMNS];
    qc_result_part part;
    qc_statement statement;
} explanation;

static bool make_statement(qc_arena *arena, const qc_statement *explained, explanation *made)
{
    const qc_explain_form *form = made->form;
    for (uint16_t i = 0; i < form->columns; i++) {
        const uint8_t type = i == form->text ? QC_TYPE_text : QC_TYPE_bigint;
        made->items[i] = (qc_row_item){"plan", type};
        made->columns[i] = (qc_result_column){
            .name = "plan",
            .type = type,
            .nullable = true,
            .offset = (uint32_t)(sizeof(struct qc_row) + (size_t)i * QC_CELL_SIZE)};
    }
    made->part.size = (uint32_t)(sizeof(struct qc_row) + (size_t)form->columns * QC_CELL_SIZE);
    qc_statement *statement = &made->statement;
    *statement = *explained;
    statement->sql = qc_arena_printf(arena, "%s%s", form->prefix, explained->sql);
    if (!statement->sql)
        return false;
    statement->sql_length = strlen(statement->sql);
    statement->serial = 0;
    statement->hash = qc_hash_text(statement->sql, statement->sql_length);
    statement->returns_rows = true;
    statement->writes = false;
    statement->items = made->items;
    statement->shape = (qc_shape){.columns = made->columns,
                                  .parts = &made->part,
                                  .column_count = form->columns,
                                  .part_count = 1,
                                  .generic = true,
                                  .pointers = true};
    return true;
}

/* ---- The text. ---- */

/* How deep a node of the plan stands; rows come after the rows they stand under. */
static size_t depth_of(void *const *rows, size_t count, const qc_explain_form *form, int64_t parent)
{
    size_t depth = 0;
    for (size_t i = count; i-- > 0 && depth < MOST_DEPTH;)
        if (qc_row_int(rows[i], form->id) == parent) {
            depth++;
            parent = qc_row_int(rows[i], form->parent);
        }
    return depth;
}

static const char *plan_text(qc_db *db, const qc_explain_form *form, void *const *rows, size_t count)
{
    qc_strbuf text = {0};
    qc_strbuf_puts(&text, "");
    for (size_t i = 0; i < count; i++) {
        size_t depth = 0;
        if (form->tree)
            depth = depth_of(rows, i, form, qc_row_int(rows[i], form->parent));
        const char *line = qc_row_text(rows[i], form->text);
        qc_strbuf_printf(&text, "%s%*s%s", i ? "\n" : "", (int)depth * 2, "", line ? line : "");
    }
    const char *kept = text.failed ? NULL : qc_arena_copy(db->results, text.text, text.length);
    qc_strbuf_free(&text);
    return kept;
}

/* The rows lie in an arena of their own; only the text goes to the results. */
static const char *run(qc_db *db, const qc_site *site, const qc_prepared *prepared,
                       explanation *made, qc_arena *rows)
{
    if (!rows || !make_statement(rows, prepared->statement, made)) {
        qc_fail(db, site, QC_ERROR_NOMEM, "out of memory");
        return NULL;
    }
    qc_fetch fetch = {.arena = rows};
    const qc_prepared explain = {&made->statement, prepared->binds, prepared->cached};
    int64_t affected;
    if (!qc_run_prepared(db, site, &explain, &fetch, &affected))
        return NULL;
    void **list = qc_fetch_finish(&fetch);
    const char *text = list ? plan_text(db, made->form, list, fetch.count) : NULL;
    if (!text)
        qc_fail(db, site, QC_ERROR_NOMEM, "out of memory");
    return text;
}

static const char *explain(qc_db *db, const qc_site *site, const qc_clause *clauses)
{
    qc_prepared prepared;
    if (!clauses) {
        qc_fail(db, site, QC_ERROR_NOMEM, "out of memory");
        return NULL;
    }
    if (!qc_prepare(db, site, clauses, false, &prepared))
        return NULL;
    explanation made = {.form = &db->driver->dialect->explain};
    qc_arena *rows = qc_arena_new();
    const char *text = run(db, site, &prepared, &made, rows);
    qc_arena_free(rows);
    qc_prepared_end(&prepared);
    return text;
}

const char *qc_explain(qc_db *db, const qc_site *site, qc_mark mark, const qc_clause *clauses)
{
    const char *text = NULL;
    if (qc_enter(db, site)) {
        const qc_dialect *dialect = db->driver->dialect;
        text = explain(db, site, qc_write_first(dialect, clauses));
    }
    qc_arena_release(qc_current_arena(), mark);
    return text;
}
