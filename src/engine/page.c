/* PAGE: plans the query, reads the cursor, fetches one row more than the page has, and says where
 * its neighbours begin. */
#include "engine/page.h"

#include "engine/bookmark.h"
#include "engine/db.h"
#include "engine/prepare.h"

#include <string.h>

bool qc_set_cursor_key(qc_db *db, const void *key, size_t length)
{
    if (!db || !qc_enter(db, NULL))
        return false;
    if (!key || length < QC_CURSOR_KEY_LEAST) {
        qc_error_set(&db->error, QC_ERROR_MISUSE,
                     "the key of cursors has %zu bytes; take at least %d that nobody can guess",
                     key ? length : 0, QC_CURSOR_KEY_LEAST);
        return false;
    }
    db->has_cursor_key = qc_mac_key(key, length, db->cursor_key);
    if (!db->has_cursor_key)
        qc_error_set(&db->error, QC_ERROR_NOMEM, "out of memory");
    return db->has_cursor_key;
}

/* ---- Values of a row. ---- */

static bool is_null(const qc_result_column *column, bool nullable, const char *field)
{
    const void *pointer;
    if (!nullable)
        return false;
    if (qc_type_infos[column->type].value_offset > 0)
        return !*(const bool *)field;
    memcpy(&pointer, field, sizeof(pointer));
    return pointer == NULL;
}

static qc_bind value_of(const qc_shape *shape, unsigned at, void *row)
{
    const qc_result_column *column = &shape->columns[at];
    const char *part = qc_fetch_part(shape, row, column->part);
    const bool nullable = qc_fetch_nullable(shape, at);
    if (!part || is_null(column, nullable, part + column->offset))
        return (qc_bind){{.kind = QC_NODE_BIND, .type = column->type, .flags = QC_NODE_NULL_VALUE},
                         0};
    const size_t inside = nullable ? qc_type_infos[column->type].value_offset : 0;
    return qc_bind_of(column->type, part + column->offset + inside);
}

/* The cursor of what lies behind a row, or before it. NULL: memory is out. */
static const char *cursor_at(const qc_page_walk *walk, qc_arena *results, const qc_shape *shape,
                             void *row, bool backward)
{
    qc_bind *values = qc_take(shape->key_count * sizeof(*values));
    for (unsigned i = 0; values && i < shape->key_count; i++)
        values[i] = value_of(shape, shape->keys[i], row);
    const qc_bookmark mark = {.shape = walk->plan->shape,
                              .backward = backward,
                              .values = values,
                              .count = shape->key_count};
    return values ? qc_bookmark_write(results, &walk->signer, &mark) : NULL;
}

/* Of an empty page: back from the position it began at, with the row that was there. */
static const char *cursor_back(const qc_page_walk *walk, qc_arena *results)
{
    const qc_page_position *from = &walk->position;
    qc_bind *values = qc_take(walk->plan->count * sizeof(*values));
    for (size_t i = 0; values && i < walk->plan->count; i++)
        values[i] = *(const qc_bind *)from->values[i];
    const qc_bookmark mark = {.shape = walk->plan->shape,
                              .backward = !from->backward,
                              .at = !from->at,
                              .values = values,
                              .count = walk->plan->count};
    return values ? qc_bookmark_write(results, &walk->signer, &mark) : NULL;
}

/* ---- The rows. ---- */

static void turn_round(void **list, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        void *row = list[i];
        list[i] = list[count - 1 - i];
        list[count - 1 - i] = row;
    }
}

/* The length stands in front of the list. */
static void shorten(qc_row_list *rows, size_t count)
{
    rows->list[count] = NULL;
    ((size_t *)(void *)rows->list)[-1] = count;
    rows->count = count;
}

/* The cursors beside a page; whether there are more rows is known in the direction of the walk
 * only, and where it came from there were some. */
static bool make_cursors(const qc_page_walk *walk, qc_arena *results, const qc_shape *shape,
                         const qc_row_list *rows, bool more)
{
    const bool backward = walk->position.backward, began = walk->position.values != NULL;
    const bool has_next = backward || more, has_previous = backward ? more : began;
    qc_page *page = walk->page;
    if (!rows->count) {
        const char **back = backward ? &page->next : &page->previous;
        *back = began ? cursor_back(walk, results) : NULL;
        return !began || *back;
    }
    if (has_next)
        page->next = cursor_at(walk, results, shape, rows->list[rows->count - 1], false);
    if (has_previous)
        page->previous = cursor_at(walk, results, shape, rows->list[0], true);
    return (!has_next || page->next) && (!has_previous || page->previous);
}

bool qc_page_take(const qc_page_walk *walk, qc_arena *results, const qc_shape *shape,
                  qc_row_list *rows)
{
    const bool more = rows->count > walk->page->size;
    if (more)
        shorten(rows, walk->page->size);
    if (walk->position.backward)
        turn_round(rows->list, rows->count);
    return make_cursors(walk, results, shape, rows, more);
}

/* ---- The query. ---- */

static bool no_memory(qc_db *db, const qc_site *site)
{
    qc_fail(db, site, QC_ERROR_NOMEM, "out of memory");
    return false;
}

/* Without LOAD clauses, which are no part of the statement. NULL: memory is out. */
static const qc_clause *without_loaders(const qc_clause *clauses)
{
    size_t count = 0, kept = 0;
    while (clauses[count].kind != QC_CLAUSE_END)
        count++;
    qc_clause *made = qc_take((count + 1) * sizeof(*made));
    for (size_t i = 0; made && i <= count; i++)
        if (clauses[i].kind != QC_CLAUSE_LOAD)
            made[kept++] = clauses[i];
    return made;
}

static bool read_cursor(qc_db *db, const qc_site *site, qc_page_walk *walk)
{
    const char *cursor = walk->page->cursor;
    if (!cursor || !*cursor)
        return true;
    const char *problem = qc_bookmark_read(&walk->signer, cursor, walk->plan, &walk->position);
    if (problem && *problem)
        qc_fail(db, site, QC_ERROR_CURSOR, "%s", problem);
    else if (problem)
        no_memory(db, site);
    return !problem;
}

/* The query's own statement, whose text is in its cursors, with its outline. NULL and an error. */
static qc_cached *plan_anew(qc_db *db, const qc_site *site, const qc_clause *clauses,
                            const qc_key *key)
{
    const qc_dialect *dialect = db->driver->dialect;
    const qc_compile_options options = {.dialect = dialect, .known = &db->known};
    qc_page_plan made;
    qc_statement *statement = qc_compile(clauses, key, &options, &db->error);
    if (!statement || !qc_page_plan_make(clauses, statement, dialect, &db->error, &made)) {
        qc_statement_free(statement);
        qc_blame(db, site, NULL);
        return NULL;
    }
    const qc_page_outline *pages = qc_page_outline_of(statement->arena, &made, clauses);
    if (!pages)
        qc_statement_free(statement);
    qc_cached *cached = pages ? qc_cache_add(&db->cache, key, statement) : NULL;
    if (cached)
        cached->pages = pages;
    else
        no_memory(db, site);
    return cached;
}

/* *ret_cached holds what the plan needs. */
static bool plan(qc_db *db, const qc_site *site, const qc_clause *clauses, qc_page_plan *ret,
                 qc_cached **ret_cached)
{
    qc_key key;
    const qc_clause *selected = clauses ? without_loaders(clauses) : NULL;
    if (!selected)
        return no_memory(db, site);
    if (!qc_make_key(db, site, selected, QC_VARIANT_PAGES, &key))
        return false;
    qc_hash_key(&key);
    qc_cached *cached = qc_cache_find(&db->cache, &key);
    if (!cached && !(cached = plan_anew(db, site, selected, &key)))
        return false;
    *ret_cached = cached;
    return qc_page_plan_fill(cached->pages, selected, ret) || no_memory(db, site);
}

static bool fetch(qc_db *db, const qc_site *site, const qc_clause *clauses,
                  const qc_page_walk *walk, qc_row_list *ret)
{
    const size_t limit = walk->page->size + 1;
    const qc_clause *made = qc_page_clauses(walk->plan, clauses, &walk->position, (int64_t)limit);
    if (!made)
        return no_memory(db, site);
    const qc_wanted wanted = {.limit = limit, .page = walk};
    return db->session || qc_has_loaders(made) ? qc_orm_hooks.fetch(db, site, made, wanted, ret)
                                               : qc_fetch_plain(db, site, made, wanted, ret);
}

static qc_signer signer_of(qc_db *db)
{
    if (!db->mac)
        db->mac = qc_mac_new();
    return (qc_signer){db->mac, db->has_cursor_key ? db->cursor_key : qc_mac_process_key()};
}

static bool is_possible(qc_db *db, const qc_site *site, const qc_page_walk *walk)
{
    if (!walk->page) {
        qc_fail(db, site, QC_ERROR_MISUSE, "PAGE: the qc_page is NULL");
        return false;
    }
    if (!walk->page->size || walk->page->size >= INT32_MAX) {
        qc_fail(db, site, QC_ERROR_MISUSE, "a page of %zu rows: set .size to how many it has",
                walk->page->size);
        return false;
    }
    if (!walk->signer.key)
        qc_fail(db, site, QC_ERROR_NOMEM, "there is no randomness for a key of cursors");
    else if (!walk->signer.mac)
        no_memory(db, site);
    return walk->signer.key && walk->signer.mac;
}

void *qc_page_rows(qc_db *db, const qc_site *site, qc_mark mark, const qc_clause *clauses,
                   qc_page *page)
{
    if (page)
        page->next = page->previous = NULL;
    if (!qc_enter(db, site)) {
        qc_arena_release(qc_own_arena(), mark);
        return NULL;
    }
    qc_page_plan made;
    qc_cached *planned = NULL;
    qc_page_walk walk = {.page = page, .plan = &made, .signer = signer_of(db)};
    qc_row_list rows = {NULL, 0, NULL};
    const qc_mark results = qc_arena_mark(db->results);
    const qc_clause *flat = qc_own_arena() ? qc_flatten(qc_own_arena(), clauses) : NULL;
    if (!is_possible(db, site, &walk) || !plan(db, site, flat, &made, &planned) ||
        !read_cursor(db, site, &walk) || !fetch(db, site, flat, &walk, &rows)) {
        qc_arena_release(db->results, results);
        if (page)
            page->next = page->previous = NULL;
        rows.list = NULL;
    }
    qc_cached_release(planned);
    qc_arena_release(qc_own_arena(), mark);
    return rows.list;
}
