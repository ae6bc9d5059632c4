/* UPDATE and DELETE of structs, each the row of its primary key, or a DELETE's of named columns:
 * together, as arrays that are joined to the table, where the database takes those; else a
 * statement a struct. Two structs of an UPDATE with one key are refused, for the database would
 * take either. */
#include "ast/make.h"
#include "engine/write.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static bool updates(const qc_write *write)
{
    return qc_write_has(write, QC_CLAUSE_UPDATE);
}

/* ---- Columns. ---- */

static bool names(const qc_clause *clauses, uint32_t kind, const qc_column *column)
{
    for (; clauses->kind != QC_CLAUSE_END; clauses++)
        if (clauses->kind == kind)
            for (const qc_node *const *item = clauses->list; *item; item++)
                if ((*item)->kind == QC_NODE_COLUMN && (*item)->u.column == column)
                    return true;
    return false;
}

static bool has_set(const qc_clause *clauses, const qc_column *column)
{
    for (; clauses->kind != QC_CLAUSE_END; clauses++)
        if (clauses->kind == QC_CLAUSE_SET && clauses->node &&
            clauses->node->kind == QC_NODE_ASSIGN && qc_kid(clauses->node, 0)->u.column == column)
            return true;
    return false;
}

/* The tenant is asked for, and never changed, by the statement itself: unless it is the whole key. */
static bool is_asked_for(const qc_write *write, const qc_column *column)
{
    unsigned keys = 0;
    if (column->mark != QC_MARK_TENANT || qc_write_has(write, QC_CLAUSE_ALL_TENANTS) ||
        names(write->clauses, QC_CLAUSE_COLUMNS, column))
        return false;
    for (uint32_t i = 0; i < column->table->column_count; i++)
        keys += column->table->columns[i].primary_key;
    return !column->primary_key || keys > 1;
}

/* Whether the structs' primary keys say which rows are meant. */
static bool is_by_primary_key(const qc_write *write)
{
    return updates(write) || !qc_write_has(write, QC_CLAUSE_COLUMNS);
}

/* Named ones, or, in an UPDATE, all but those that are set in another way. */
static bool is_sent(const qc_write *write, const qc_column *column)
{
    if (is_asked_for(write, column))
        return false;
    if (column->primary_key && is_by_primary_key(write))
        return true;
    if (qc_write_has(write, QC_CLAUSE_COLUMNS))
        return names(write->clauses, QC_CLAUSE_COLUMNS, column);
    return updates(write) && !column->on_update && !has_set(write->clauses, column);
}

/* Columns that are sent but not set say, as the key does, which row is meant. */
static bool is_compared(const qc_write *write, const qc_column *column)
{
    return column->primary_key || !updates(write) || has_set(write->clauses, column);
}

/* What COLUMNS names that no struct can be written to; NULL: nothing. */
static const qc_node *wrong_column(const qc_write *write, const qc_table *table)
{
    for (const qc_clause *clause = write->clauses; clause->kind != QC_CLAUSE_END; clause++) {
        if (clause->kind != QC_CLAUSE_COLUMNS)
            continue;
        for (const qc_node *const *item = clause->list; *item; item++) {
            if ((*item)->kind == QC_NODE_POISON)
                return *item;
            if ((*item)->kind == QC_NODE_ABSENT)
                continue;
            if ((*item)->kind != QC_NODE_COLUMN || qc_kid(*item, 0) != table->range)
                return qc_poison(QC_ERROR_QUERY, "COLUMNS of %s_ROWS takes columns of %s",
                                 updates(write) ? "UPDATE" : "DELETE", table->model);
            if ((*item)->u.column->primary_key && updates(write))
                return qc_poison(QC_ERROR_QUERY,
                                 "%s.%s is of the primary key, which says which row is meant; "
                                 "UPDATE_ROWS cannot change it",
                                 table->name, (*item)->u.column->name);
        }
    }
    return NULL;
}

/* ---- Keys. ---- */

static uint64_t hash_of(const qc_column *const *columns, const void *row)
{
    uint64_t hash = 0;
    for (; *columns; columns++) {
        if (!(*columns)->primary_key)
            continue;
        const qc_bind value = qc_field_bind(*columns, row);
        if (value.size)
            hash = XXH3_64bits_withSeed(value.base.u.data, value.size, hash);
        else
            hash = XXH3_64bits_withSeed(&value.base.u.integer, sizeof(int64_t), hash);
    }
    return hash;
}

static bool same_value(const qc_bind *a, const qc_bind *b)
{
    if ((a->base.flags | b->base.flags) & QC_NODE_NULL_VALUE || a->size != b->size)
        return false;
    return a->size ? memcmp(a->base.u.data, b->base.u.data, a->size) == 0
                   : a->base.u.integer == b->base.u.integer;
}

static bool same_key(const qc_column *const *columns, const void *a, const void *b)
{
    for (; *columns; columns++) {
        if (!(*columns)->primary_key)
            continue;
        const qc_bind left = qc_field_bind(*columns, a), right = qc_field_bind(*columns, b);
        if (!same_value(&left, &right))
            return false;
    }
    return true;
}

static const qc_node *refuse_twins(const qc_table *table, size_t first, size_t second)
{
    return qc_poison(QC_ERROR_MISUSE,
                     "structs %zu and %zu of UPDATE_ROWS(%s) have the same primary key", first + 1,
                     second + 1, table->model);
}

/* A poison for the first two structs with one key, or a NULL among them; else NULL. */
static const qc_node *find_twins(const qc_column *const *columns, const qc_table *table,
                                 const qc_structs *structs)
{
    size_t size = 16;
    while (size < 2 * structs->count)
        size *= 2;
    uint32_t *places = qc_arena_alloc(qc_current_arena(), size * sizeof(*places)); /* + 1 */
    if (!places)
        return &qc_nomem_node;
    memset(places, 0, size * sizeof(*places));
    for (size_t i = 0; i < structs->count; i++) {
        const void *row = qc_struct_at(structs, i);
        if (!row)
            return qc_poison(QC_ERROR_MISUSE, "struct %zu of UPDATE_ROWS(%s) is a NULL pointer",
                             i + 1, table->model);
        size_t at = (size_t)hash_of(columns, row) & (size - 1);
        for (; places[at]; at = (at + 1) & (size - 1))
            if (same_key(columns, qc_struct_at(structs, places[at] - 1), row))
                return refuse_twins(table, places[at] - 1, i);
        places[at] = (uint32_t)i + 1;
    }
    return NULL;
}

/* ---- Opening. ---- */

static const qc_node *check_table(const qc_write *write, const qc_table *table)
{
    if (!table)
        return qc_poison(QC_ERROR_QUERY,
                         "UPDATE_ROWS and DELETE_ROWS take a model, and this is none");
    for (uint32_t i = 0; i < table->column_count; i++)
        if (table->columns[i].primary_key || !is_by_primary_key(write))
            return write->rows->rows || !write->rows->count
                       ? NULL
                       : qc_poison(QC_ERROR_MISUSE, "the structs to write are a NULL pointer");
    return qc_poison(QC_ERROR_QUERY,
                     "%s has no PRIMARY_KEY, so no struct says which row is meant; write WHERE",
                     table->model);
}

static const qc_node *take_columns(qc_write *write, const qc_table *table)
{
    const qc_column **columns =
        qc_arena_alloc(qc_current_arena(), (table->column_count + 1) * sizeof(*columns));
    size_t used = 0, keys = 0;
    if (!columns)
        return &qc_nomem_node;
    for (uint32_t i = 0; i < table->column_count; i++)
        if (is_sent(write, &table->columns[i])) {
            keys += table->columns[i].primary_key;
            columns[used++] = &table->columns[i];
        }
    columns[used] = NULL;
    write->columns = columns;
    if (!used)
        return qc_poison(QC_ERROR_QUERY,
                         "COLUMNS of DELETE_ROWS(%s) names no column that says which "
                         "rows are meant",
                         table->model);
    if (!updates(write) || used > keys || qc_write_has(write, QC_CLAUSE_SET))
        return NULL;
    return qc_poison(QC_ERROR_QUERY, "UPDATE_ROWS(%s) sets nothing but the primary key",
                     table->model);
}

static const qc_node *open_write(qc_write *write)
{
    const qc_table *table = qc_write_table(write);
    const qc_node *problem = check_table(write, table);
    if (!problem)
        problem = wrong_column(write, table);
    if (!problem)
        problem = take_columns(write, table);
    if (problem || !updates(write) || write->rows->count > QC_MAX_ROWS)
        return problem;
    const qc_structs structs = qc_structs_of(write->rows, table, 0);
    return find_twins(write->columns, table, &structs);
}

/* The clauses without COLUMNS, and with a WHERE of the problem, if there is one. */
static const qc_clause *without_columns(const qc_write *write, const qc_node *problem)
{
    size_t count = 0, used = 0;
    while (write->clauses[count].kind != QC_CLAUSE_END)
        count++;
    qc_clause *made = qc_arena_alloc(qc_current_arena(), (count + 2) * sizeof(*made));
    for (size_t i = 0; made && i < count; i++)
        if (write->clauses[i].kind != QC_CLAUSE_COLUMNS)
            made[used++] = write->clauses[i];
    if (made && problem)
        made[used++] = (qc_clause){.kind = QC_CLAUSE_WHERE, .node = problem};
    if (made)
        made[used] = (qc_clause){.kind = QC_CLAUSE_END};
    return made;
}

void qc_by_key_open(qc_write *write)
{
    const qc_node *problem = open_write(write);
    const qc_clause *clause = write->clauses = without_columns(write, problem);
    write->rows = NULL;
    for (; clause && clause->kind != QC_CLAUSE_END; clause++)
        if (clause->kind == QC_CLAUSE_ROWS)
            write->rows = clause;
    if (problem)
        write->columns = NULL;
}

/* ---- Statements. ---- */

static qc_clause condition_of(qc_arena *arena, const qc_column *column, const void *row)
{
    qc_node_1 *target = qc_arena_alloc(arena, sizeof(*target));
    if (!target)
        return (qc_clause){.kind = QC_CLAUSE_WHERE, .node = &qc_nomem_node};
    *target = qc_column_node(column, column->table->range);
    const qc_node base = {.kind = QC_NODE_BINARY, .type = QC_TYPE_bool, .op = QC_OP_EQ};
    return (qc_clause){.kind = QC_CLAUSE_WHERE,
                       .node = qc_make_2(base, &target->base,
                                         qc_field_as_it_is(arena, column, row))};
}

static qc_clause set_of(qc_arena *arena, const qc_column *column, const void *row)
{
    qc_node_1 *target = qc_arena_alloc(arena, sizeof(*target));
    if (!target)
        return (qc_clause){.kind = QC_CLAUSE_SET, .node = &qc_nomem_node};
    *target = qc_column_node(column, column->table->range);
    return (qc_clause){.kind = QC_CLAUSE_SET,
                       .node = qc_assign(&target->base, qc_field_as_it_is(arena, column, row))};
}

static const qc_clause *one_struct(const qc_write *write, const void *row)
{
    qc_arena *arena = qc_current_arena();
    size_t count = 0;
    while (write->columns[count])
        count++;
    qc_clause *made = qc_arena_alloc(arena, (count + 1) * sizeof(*made));
    if (!made)
        return NULL;
    for (size_t i = 0; i < count; i++)
        made[i] = (is_compared(write, write->columns[i]) ? condition_of : set_of)(
            arena, write->columns[i], row);
    return qc_replace_clause(arena, write->clauses, write->rows, made, count);
}

static const qc_clause *arrays(const qc_write *write, qc_structs structs, size_t *ret_count)
{
    qc_arena *arena = qc_current_arena();
    qc_clause made = {.kind = QC_CLAUSE_ARRAYS};
    structs.count = structs.count < QC_ARRAY_ROWS ? structs.count : QC_ARRAY_ROWS;
    made.list = qc_field_arrays(arena, write->columns, &structs, false, ret_count);
    return made.list ? qc_replace_clause(arena, write->clauses, write->rows, &made, 1) : NULL;
}

const qc_clause *qc_by_key_next(const qc_dialect *dialect, const qc_write *write, size_t first,
                                size_t *ret_count)
{
    *ret_count = 0;
    if (!write->columns)
        return write->clauses; /* which hold what is wrong */
    const qc_structs structs = qc_structs_of(write->rows, qc_write_table(write), first);
    if (dialect->unnest_from && structs.count > 1)
        return arrays(write, structs, ret_count);
    const void *row = structs.count ? qc_struct_at(&structs, 0) : NULL;
    *ret_count = 1;
    return row ? one_struct(write, row) : write->clauses;
}
