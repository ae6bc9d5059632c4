/* INSERT of structs.
 *
 * Rows go in VALUES lists of at most BATCH rows, so that their texts stay short and are found in
 * the cache again; one statement ends where rows leave other columns to their defaults. More than
 * one statement runs in a transaction, or in a savepoint of the one that is open. From BULK_FROM
 * rows on, when nothing is returned and every row writes the same columns, the driver's bulk way
 * is faster than any INSERT.
 */
#include "engine/insert.h"

#include "engine/prepare.h"
#include "engine/trace.h"

enum { BATCH = 128, BULK_FROM = 100 };

/* Only an INSERT, or a kept query that is extended, can hold structs: all others pass untouched. */
static bool may_insert(const qc_clause *clauses)
{
    return clauses[1].kind == QC_CLAUSE_INSERT ||
           (clauses->node && clauses->node->kind == QC_NODE_QUERY);
}

void qc_insert_find(const qc_clause *clauses, qc_insert *ret)
{
    *ret = (qc_insert){clauses, NULL};
    if (!may_insert(clauses))
        return;
    qc_arena *arena = qc_current_arena();
    const qc_clause *clause = ret->clauses = arena ? qc_flatten(arena, clauses) : NULL;
    for (; clause && clause->kind != QC_CLAUSE_END; clause++)
        if (clause->kind == QC_CLAUSE_ROWS)
            ret->rows = clause;
}

static bool has_clause(const qc_insert *insert, uint32_t kind)
{
    const qc_clause *clause = insert->clauses;
    while (clause->kind != QC_CLAUSE_END && clause->kind != kind)
        clause++;
    return clause->kind == kind;
}

bool qc_insert_returns(const qc_insert *insert)
{
    return has_clause(insert, QC_CLAUSE_RETURNING);
}

static bool nomem(qc_db *db, const qc_site *site)
{
    qc_fail(db, site, QC_ERROR_NOMEM, "out of memory");
    return false;
}

static const qc_table *table_of(const qc_insert *insert)
{
    const qc_node *head = insert->clauses->node;
    return head && head->kind == QC_NODE_TABLE ? head->u.table : NULL;
}

/* ---- Statements. ---- */

/* The most rows one statement takes. */
static size_t batch_size(const qc_dialect *dialect, const qc_insert *insert)
{
    const qc_table *table = table_of(insert);
    const size_t columns = table && table->column_count ? table->column_count : 1;
    const size_t most = dialect->max_binds / columns;
    return most < 1 ? 1 : most < BATCH ? most : BATCH;
}

const qc_clause *qc_insert_first(const qc_dialect *dialect, const qc_clause *clauses)
{
    qc_insert insert;
    size_t count;
    qc_insert_find(clauses, &insert);
    if (!insert.rows)
        return insert.clauses;
    return qc_expand_rows(qc_current_arena(), insert.clauses, 0, batch_size(dialect, &insert),
                          &count);
}

/* The rows that statements returned, one piece a statement. */
typedef struct piece {
    void **list;
    size_t count;
    struct piece *next;
} piece;

typedef struct batches {
    qc_db *db;
    const qc_site *site;
    const qc_insert *insert;
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
        return nomem(b->db, b->site);
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

const qc_clause *qc_insert_batch(const qc_dialect *dialect, const qc_insert *insert, size_t from,
                                 size_t *ret_count)
{
    return qc_expand_rows(qc_current_arena(), insert->clauses, from, batch_size(dialect, insert),
                          ret_count);
}

static bool run_batch(batches *b)
{
    qc_arena *arena = qc_current_arena();
    const qc_mark mark = qc_arena_mark(arena);
    size_t count = 0;
    const qc_clause *clauses = qc_insert_batch(b->db->driver->dialect, b->insert, b->done, &count);
    bool good = clauses ? true : nomem(b->db, b->site);
    b->done = count ? b->done + count : b->insert->rows->count;
    if (good && b->done < b->insert->rows->count && !b->atomic.begun)
        good = qc_atomic_begin(b->db, b->site, &b->atomic);
    good = good && run_statement(b, clauses);
    qc_arena_release(arena, mark);
    return good;
}

static bool run_batches(batches *b)
{
    bool good = true;
    b->last = &b->first;
    while (good && b->done < b->insert->rows->count)
        good = run_batch(b);
    return qc_atomic_end(b->db, b->site, &b->atomic, good);
}

/* ---- The bulk way. ---- */

static bool is_plain_insert(const qc_insert *insert)
{
    for (const qc_clause *clause = insert->clauses; clause->kind != QC_CLAUSE_END; clause++)
        if (clause->kind != QC_CLAUSE_HEAD && clause->kind != QC_CLAUSE_INSERT &&
            clause != insert->rows)
            return false;
    return table_of(insert) && insert->rows->rows;
}

static const void *row_at(const qc_insert *insert, size_t i)
{
    if (insert->rows->list)
        return ((const void *const *)insert->rows->rows)[i];
    return (const char *)insert->rows->rows + i * table_of(insert)->size;
}

/* Whether every row has a value for the column, or none has; a DEFAULT of the model is no value. */
static bool is_uniform(const qc_insert *insert, const qc_column *column)
{
    if (!column->identity && !column->server_default && !column->value.set)
        return true;
    const bool expected = qc_field_is_default(column, row_at(insert, 0));
    for (size_t i = 0; i < insert->rows->count; i++) {
        const void *row = row_at(insert, i);
        if (qc_field_is_default(column, row) != expected ||
            (!expected && qc_field_takes_default(column, row)))
            return false;
    }
    return true;
}

/* The columns to write; *ret_count is 0 when rows differ in them or none is left. */
static const qc_column **bulk_columns(const qc_insert *insert, size_t *ret_count)
{
    const qc_table *table = table_of(insert);
    const qc_column **columns =
        qc_arena_alloc(qc_current_arena(), (table->column_count + 1) * sizeof(*columns));
    *ret_count = 0;
    for (uint32_t i = 0; columns && i < table->column_count; i++) {
        const qc_column *column = &table->columns[i];
        if (!is_uniform(insert, column)) {
            *ret_count = 0;
            return columns;
        }
        if (!qc_field_is_default(column, row_at(insert, 0)))
            columns[(*ret_count)++] = column;
    }
    return columns;
}

static const void *const *bulk_rows(const qc_insert *insert)
{
    if (insert->rows->list)
        return insert->rows->rows;
    const void **rows =
        qc_arena_alloc(qc_current_arena(), insert->rows->count * sizeof(*rows));
    for (size_t i = 0; rows && i < insert->rows->count; i++)
        rows[i] = row_at(insert, i);
    return rows;
}

static bool run_bulk(qc_db *db, const qc_site *site, const qc_bulk *bulk)
{
    if (!qc_may_write(db, site))
        return false;
    const char *text =
        qc_arena_printf(qc_current_arena(), "bulk insert into %s", bulk->table->name);
    if (!text)
        return nomem(db, site);
    qc_report_of report = {.site = site, .sql = text};
    const qc_timing timing = qc_report_begin(db, &report);
    db->tx.wrote = true;
    const bool good = db->driver->bulk_insert(db->connection, bulk) == QC_ERROR_OK;
    if (!good)
        qc_blame(db, site, NULL);
    report.rows = good ? (int64_t)bulk->count : -1;
    qc_report(db, &report, timing);
    return good;
}

/* False, with *ret_good untouched, when the rows must go as statements. */
static bool try_bulk(qc_db *db, const qc_site *site, const qc_insert *insert, bool *ret_good)
{
    if (insert->rows->count < BULK_FROM || !db->driver->bulk_insert || !is_plain_insert(insert))
        return false;
    qc_bulk bulk = {.table = table_of(insert), .count = insert->rows->count};
    bulk.columns = bulk_columns(insert, &bulk.column_count);
    if (bulk.columns && bulk.column_count == 0)
        return false;
    bulk.rows = bulk.columns ? bulk_rows(insert) : NULL;
    *ret_good = bulk.rows ? run_bulk(db, site, &bulk) : nomem(db, site);
    return true;
}

/* ---- Entry. ---- */

bool qc_insert_countable(qc_db *db, const qc_site *site, const qc_insert *insert)
{
    if (insert->rows->count <= QC_MAX_ROWS)
        return true;
    qc_fail(db, site, QC_ERROR_TOO_MANY, "INSERT_ROWS takes at most %u structs",
            (unsigned)QC_MAX_ROWS);
    return false;
}

bool qc_insert_run(qc_db *db, const qc_site *site, const qc_insert *insert, int64_t *ret_affected)
{
    bool good;
    if (!qc_insert_countable(db, site, insert))
        return false;
    if (try_bulk(db, site, insert, &good)) {
        *ret_affected = insert->rows->count;
        return good;
    }
    batches b = {.db = db, .site = site, .insert = insert};
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

bool qc_insert_fetch(qc_db *db, const qc_site *site, const qc_insert *insert, void ***ret_list,
                     size_t *ret_count)
{
    batches b = {.db = db, .site = site, .insert = insert, .returning = true};
    if (!qc_insert_countable(db, site, insert) || !run_batches(&b))
        return false;
    *ret_list = join_pieces(&b);
    *ret_count = b.returned;
    return *ret_list ? true : nomem(db, site);
}
