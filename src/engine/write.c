/* Structs in, in as many statements as it takes. More than one run in a transaction, or in a savepoint
 * of the one that is open. What they return is one list. */
#include "engine/write.h"

#include "engine/prepare.h"
#include "engine/tenant.h"

/* ---- Finding the structs. ---- */

/* Only a write, or a kept query that is extended, can hold structs: all others pass untouched. */
static bool may_write(const qc_clause *clauses)
{
    return (clauses[1].kind >= QC_CLAUSE_INSERT && clauses[1].kind <= QC_CLAUSE_DELETE) ||
           (clauses->node && clauses->node->kind == QC_NODE_QUERY);
}

void qc_write_find(const qc_clause *clauses, qc_write *ret)
{
    *ret = (qc_write){clauses, NULL, NULL};
    if (!may_write(clauses))
        return;
    qc_arena *arena = qc_current_arena();
    const qc_clause *clause = ret->clauses = arena ? qc_flatten(arena, clauses) : NULL;
    for (; clause && clause->kind != QC_CLAUSE_END; clause++)
        if (clause->kind == QC_CLAUSE_ROWS)
            ret->rows = clause;
    if (ret->rows && !qc_write_has(ret, QC_CLAUSE_INSERT))
        qc_by_key_open(ret);
}

bool qc_write_has(const qc_write *write, uint32_t kind)
{
    const qc_clause *clause = write->clauses;
    while (clause->kind != QC_CLAUSE_END && clause->kind != kind)
        clause++;
    return clause->kind == kind;
}

bool qc_write_returns(const qc_write *write)
{
    return qc_write_has(write, QC_CLAUSE_RETURNING);
}

const qc_table *qc_write_table(const qc_write *write)
{
    const qc_node *head = write->clauses->node;
    return head && head->kind == QC_NODE_TABLE ? head->u.table : NULL;
}

bool qc_write_nomem(qc_db *db, const qc_site *site)
{
    qc_fail(db, site, QC_ERROR_NOMEM, "out of memory");
    return false;
}

const qc_clause *qc_write_next(const qc_dialect *dialect, const qc_write *write, size_t first,
                               size_t *ret_count)
{
    const bool inserts = qc_write_has(write, QC_CLAUSE_INSERT);
    const qc_clause *clauses =
        (inserts ? qc_insert_next : qc_by_key_next)(dialect, write, first, ret_count);
    if (!*ret_count) /* they cannot be written, and preparing the clauses says why */
        *ret_count = write->rows->count - first;
    return clauses;
}

const qc_clause *qc_write_first(const qc_dialect *dialect, const qc_clause *clauses)
{
    qc_write write;
    size_t count;
    qc_write_find(clauses, &write);
    return write.rows ? qc_write_next(dialect, &write, 0, &count) : write.clauses;
}

/* ---- Statements. ---- */

/* The rows that statements returned, one piece a statement. */
typedef struct piece {
    void **list;
    size_t count;
    struct piece *next;
} piece;

typedef struct batches {
    qc_db *db;
    const qc_site *site;
    const qc_write *write;
    qc_atomic atomic;
    size_t done;
    int64_t affected;
    bool returning;
    piece *first, **last;
    size_t returned;
} batches;

/* Takes up the rows of a statement. They outlive this call, but not one that fails. */
static bool add_piece(batches *b, qc_fetch *fetch)
{
    piece *added = qc_arena_alloc(b->db->results, sizeof(*added));
    void **list = qc_fetch_finish(fetch);
    if (!added || !list)
        return qc_write_nomem(b->db, b->site);
    *added = (piece){list, fetch->count, NULL};
    *b->last = added;
    b->last = &added->next;
    b->returned += fetch->count;
    return true;
}

static bool run_statement(batches *b, const qc_clause *clauses)
{
    qc_prepared prepared;
    if (!qc_prepare(b->db, b->site, clauses, false, &prepared))
        return false;
    qc_fetch fetch = {.arena = b->db->results};
    int64_t affected = 0;
    bool good = qc_run_prepared(b->db, b->site, &prepared,
                                prepared.statement->returns_rows ? &fetch : NULL, &affected);
    if (good && b->returning)
        good = add_piece(b, &fetch);
    b->affected += affected;
    qc_prepared_end(&prepared);
    return good;
}

static bool run_batch(batches *b)
{
    qc_arena *arena = qc_current_arena();
    const qc_mark mark = qc_arena_mark(arena);
    size_t count = 0;
    const qc_clause *clauses =
        qc_write_next(b->db->driver->dialect, b->write, b->done, &count);
    bool good = clauses ? true : qc_write_nomem(b->db, b->site);
    b->done += count;
    if (good && b->done < b->write->rows->count && !b->atomic.begun)
        good = qc_atomic_begin(b->db, b->site, &b->atomic);
    good = good && run_statement(b, clauses);
    qc_arena_release(arena, mark);
    return good;
}

static bool run_batches(batches *b)
{
    const bool within = b->db->as_one;
    bool good = true;
    b->last = &b->first;
    for (; good && b->done < b->write->rows->count; b->db->as_one = true)
        good = run_batch(b);
    b->db->as_one = within;
    return qc_atomic_end(b->db, b->site, &b->atomic, good);
}

/* ---- Entry. ---- */

bool qc_write_countable(qc_db *db, const qc_site *site, const qc_write *write)
{
    if (write->rows->count <= QC_MAX_ROWS)
        return qc_tenant_may_write(db, site, write);
    qc_fail(db, site, QC_ERROR_TOO_MANY, "one call writes at most %u structs",
            (unsigned)QC_MAX_ROWS);
    return false;
}

bool qc_write_run(qc_db *db, const qc_site *site, const qc_write *write, int64_t *ret_affected)
{
    bool good;
    if (!qc_write_countable(db, site, write))
        return false;
    if (qc_insert_in_bulk(db, site, write, &good)) {
        *ret_affected = write->rows->count;
        return good;
    }
    batches b = {.db = db, .site = site, .write = write};
    good = run_batches(&b);
    *ret_affected = b.affected;
    return good;
}

/* A list with its length before it, as qc_count reads it. */
static void **new_list(qc_arena *arena, size_t count)
{
    enum { HEADER = 16 };
    char *memory = qc_arena_alloc(arena, HEADER + (count + 1) * sizeof(void *));
    if (!memory)
        return NULL;
    void **list = (void **)(void *)(memory + HEADER);
    ((size_t *)(void *)list)[-1] = count;
    list[count] = NULL;
    return list;
}

static void **join_pieces(const batches *b)
{
    if (b->first && !b->first->next)
        return b->first->list;
    void **list = new_list(b->db->results, b->returned);
    size_t at = 0;
    for (const piece *p = b->first; list && p; p = p->next)
        for (size_t i = 0; i < p->count; i++)
            list[at++] = p->list[i];
    return list;
}

bool qc_write_fetch(qc_db *db, const qc_site *site, const qc_write *write, void ***ret_list,
                    size_t *ret_count)
{
    batches b = {.db = db, .site = site, .write = write, .returning = true};
    if (!qc_write_countable(db, site, write) || !run_batches(&b))
        return false;
    *ret_list = join_pieces(&b);
    *ret_count = b.returned;
    return *ret_list ? true : qc_write_nomem(db, site);
}
