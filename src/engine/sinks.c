/* The sinks FIRST, ONE, ONE_OR_NONE, ALL, SCALAR and EXEC. Each prepares its query, runs it, and
 * gives back the memory that building it took, whatever happened. */
#include "ast/make.h"
#include "base/arena_inline.h"
#include "engine/write.h"
#include "engine/orm.h"
#include "engine/page.h"
#include "engine/prepare.h"

#include <string.h>

/* One call of a sink. */
typedef struct call {
    qc_db *db;
    const qc_site *site;
    const qc_clause *clauses;
    bool first;         /* LIMIT 1 will do */
    size_t limit;       /* rows wanted; 0: all */
    const qc_page_walk *page;
    qc_mark results;    /* where the result arena stood: failures leave nothing in it */
    qc_prepared prepared;
} call;

static bool refuse_write(const call *c)
{
    qc_fail(c->db, c->site, QC_ERROR_QUERY, "%s", qc_no_rows);
    return false;
}

static bool fetch_query(call *c, qc_row_list *ret)
{
    if (!qc_prepare(c->db, c->site, c->clauses, c->first, &c->prepared))
        return false;
    const qc_statement *statement = c->prepared.statement;
    if (!statement->returns_rows)
        return refuse_write(c);
    qc_fetch fetch = {.arena = c->db->results, .limit = c->limit};
    int64_t affected;
    if (!qc_run_prepared(c->db, c->site, &c->prepared, &fetch, &affected))
        return false;
    *ret = (qc_row_list){qc_fetch_finish(&fetch), fetch.count, statement->items};
    const bool good = ret->list && (!c->page || qc_page_take(c->page, c->db->results,
                                                             &statement->shape, ret));
    if (!good)
        qc_fail(c->db, c->site, QC_ERROR_NOMEM, "out of memory");
    return good;
}

static bool fetch_written(const call *c, const qc_write *write, qc_row_list *ret)
{
    ret->items = NULL;
    if (!qc_write_returns(write))
        return refuse_write(c);
    return qc_write_fetch(c->db, c->site, write, &ret->list, &ret->count);
}

/* Whether there are structs to write; false when memory is out. */
static bool find_write(call *c, qc_write *ret)
{
    qc_write_find(c->clauses, ret);
    c->clauses = ret->clauses;
    if (!c->clauses)
        qc_fail(c->db, c->site, QC_ERROR_NOMEM, "out of memory");
    return c->clauses != NULL;
}

static bool fetch_statement(call *c, qc_row_list *ret)
{
    qc_write write;
    if (!find_write(c, &write))
        return false;
    return write.rows ? fetch_written(c, &write, ret) : fetch_query(c, ret);
}

bool qc_fetch_plain(qc_db *db, const qc_site *site, const qc_clause *clauses, qc_wanted wanted,
                    qc_row_list *ret)
{
    call c = {.db = db,
              .site = site,
              .clauses = clauses,
              .first = wanted.first,
              .limit = wanted.limit,
              .page = wanted.page};
    const bool good = fetch_statement(&c, ret);
    qc_prepared_end(&c.prepared);
    return good;
}

/* Whether the model has LOAD_BY. */
static bool has_defaults(const qc_node *head)
{
    const qc_table *table = qc_table_of(head);
    return table && table->loads;
}

bool qc_has_loaders(const qc_clause *clauses)
{
    const qc_clause *kept;
    do {
        if (has_defaults(clauses->node))
            return true;
        kept = qc_extends(clauses) ? clauses->node->u.clauses : NULL;
        for (; clauses->kind != QC_CLAUSE_END; clauses++)
            if (clauses->kind == QC_CLAUSE_LOAD)
                return true;
        clauses = kept;
    } while (kept);
    return false;
}

static bool fetch(call *c, qc_row_list *ret)
{
    const qc_wanted wanted = {.first = c->first, .limit = c->limit};
    c->results = qc_arena_mark(c->db->results);
    const bool good = c->db->session || qc_has_loaders(c->clauses)
                          ? qc_orm_hooks.fetch(c->db, c->site, c->clauses, wanted, ret)
                          : fetch_statement(c, ret);
    if (!good)
        qc_arena_release(c->db->results, c->results);
    return good;
}

static void *no_row(const call *c, enum qc_code code, const char *message)
{
    qc_arena_release(c->db->results, c->results);
    if (code != QC_ERROR_OK) {
        qc_fail(c->db, c->site, code, "%s", message);
        qc_blame(c->db, c->site, c->prepared.statement ? c->prepared.statement->sql : NULL);
    }
    return NULL;
}

/* Gives back what the query and the call took. */
static void leave(const call *c, qc_mark mark)
{
    qc_prepared_end(&c->prepared);
    qc_arena_release(qc_own_arena(), mark);
}

/* ---- Rows. ---- */

void *qc_first(qc_db *db, const qc_site *site, qc_mark mark, const qc_clause *clauses)
{
    call c = {.db = db, .site = site, .clauses = clauses, .first = true, .limit = 1};
    qc_row_list found;
    void *row = NULL;
    if (qc_enter(db, site) && fetch(&c, &found))
        row = found.count > 0 ? found.list[0] : no_row(&c, QC_ERROR_OK, NULL);
    leave(&c, mark);
    return row;
}

static void *only_row(call *c, bool required)
{
    qc_row_list found;
    c->limit = 2;
    if (!qc_enter(c->db, c->site) || !fetch(c, &found))
        return NULL;
    if (found.count > 1)
        return no_row(c, QC_ERROR_NOT_UNIQUE, "the query found more than one row");
    if (found.count == 1)
        return found.list[0];
    return no_row(c, required ? QC_ERROR_NOT_FOUND : QC_ERROR_OK, "the query found no row");
}

void *qc_one(qc_db *db, const qc_site *site, qc_mark mark, const qc_clause *clauses)
{
    call c = {.db = db, .site = site, .clauses = clauses};
    void *row = only_row(&c, true);
    leave(&c, mark);
    return row;
}

void *qc_one_or_none(qc_db *db, const qc_site *site, qc_mark mark, const qc_clause *clauses)
{
    call c = {.db = db, .site = site, .clauses = clauses};
    void *row = only_row(&c, false);
    leave(&c, mark);
    return row;
}

void *qc_all(qc_db *db, const qc_site *site, qc_mark mark, const qc_clause *clauses)
{
    call c = {.db = db, .site = site, .clauses = clauses};
    qc_row_list found = {NULL, 0, NULL};
    if (!qc_enter(db, site) || !fetch(&c, &found))
        found.list = NULL;
    leave(&c, mark);
    return found.list;
}

/* ---- One value. ---- */

bool qc_is_one_row(const qc_clause *clauses)
{
    if (!clauses->node || !(clauses->node->flags & QC_NODE_AGGREGATE))
        return false;
    while (clauses->kind != QC_CLAUSE_END && clauses->kind != QC_CLAUSE_GROUP_BY)
        clauses++;
    return clauses->kind == QC_CLAUSE_END;
}

static bool copy_value(call *c, const qc_row_list *found, void *ret, bool nullable)
{
    const struct qc_row *row = found->count ? found->list[0] : NULL;
    const int type = found->items ? found->items[0].type : QC_TYPE_none;
    if (type == QC_TYPE_none) {
        no_row(c, QC_ERROR_MISUSE, "SCALAR takes a query that selects one value");
        return false;
    }
    const qc_type_info *info = &qc_type_infos[type];
    const char *cell = (const char *)(row + 1);
    const bool null = !row || qc_row_is_null(row, 0);
    if (null && !nullable) {
        no_row(c, row ? QC_ERROR_NULL_RESULT : QC_ERROR_NOT_FOUND,
               row ? "the value is NULL; take it with SCALAR_OR_NULL" : "the query found no row");
        return false;
    }
    if (!null && nullable)
        memcpy(ret, cell, info->optional_size);
    else if (!null)
        memcpy(ret, cell + info->value_offset, info->size);
    if (null || !info->pointer)
        qc_arena_release(c->db->results, c->results);
    return true;
}

bool qc_scalar(qc_db *db, const qc_site *site, qc_mark mark, const qc_clause *clauses, void *ret,
               bool nullable)
{
    call c = {.db = db, .site = site, .clauses = clauses, .limit = 1};
    qc_row_list found;
    bool good = qc_enter(db, site);
    if (good) {
        c.first = !qc_is_one_row(clauses);
        good = fetch(&c, &found) && copy_value(&c, &found, ret, nullable);
    }
    leave(&c, mark);
    return good;
}

/* ---- Without rows. ---- */

static bool execute(call *c, int64_t *ret_affected)
{
    if (!qc_prepare(c->db, c->site, c->clauses, false, &c->prepared))
        return false;
    qc_fetch fetch = {.arena = c->db->results};
    return qc_run_prepared(c->db, c->site, &c->prepared,
                           c->prepared.statement->returns_rows ? &fetch : NULL, ret_affected);
}

int64_t qc_exec_plain(qc_db *db, const qc_site *site, const qc_clause *clauses)
{
    call c = {.db = db, .site = site, .clauses = clauses, .results = qc_arena_mark(db->results)};
    int64_t affected;
    qc_write write;
    bool good = find_write(&c, &write);
    if (good && write.rows)
        good = qc_write_run(db, site, &write, &affected);
    else if (good)
        good = execute(&c, &affected);
    qc_arena_release(db->results, c.results);
    qc_prepared_end(&c.prepared);
    return good ? affected : -1;
}

bool qc_enter_flushed(qc_db *db, const qc_site *site)
{
    return qc_enter(db, site) && (!db->session || qc_orm_hooks.before(db, site));
}

int64_t qc_exec(qc_db *db, const qc_site *site, qc_mark mark, const qc_clause *clauses)
{
    const bool good = qc_enter_flushed(db, site);
    const int64_t affected = good ? qc_exec_plain(db, site, clauses) : -1;
    qc_arena_release(qc_own_arena(), mark);
    return affected;
}
