/* NESTED: an array of rows in each row of the parents.
 *
 *     array((SELECT row(o.id, …, array((SELECT row(…) …))) FROM orders o WHERE o.user_id = u.id))
 *
 * PostgreSQL sends it in binary, each value in its own type, so that nothing is written as text and
 * read again: what JSON would lose (wide integers, NaN, bytes) needs no care.
 */
#include "orm/build.h"
#include "orm/joined.h"

#include "compile/statement.h"

#include <string.h>

/* ---- The item. ---- */

/* The levels right below one, numbered as cells behind the entity. */
static uint32_t number_cells(qc_joined *joined, uint32_t level)
{
    uint32_t cell = 1;
    for (uint32_t i = level + 1; i < joined->count; i++)
        if (joined->levels[i].parent == level)
            joined->levels[i].cell = cell++;
    return cell - 1;
}

/* row(column, …, array, …) */
static const qc_node *row_of(qc_joined *joined, uint32_t level)
{
    const qc_joined_level *own = &joined->levels[level];
    const qc_table *table = own->table;
    const size_t most = table->column_count + number_cells(joined, level);
    const qc_node **kids = qc_arena_alloc(qc_current_arena(), (most + 1) * sizeof(*kids));
    size_t count = 0;
    for (uint32_t i = 0; kids && i < table->column_count; i++)
        if (!(kids[count++] = qc_build_column(&table->columns[i], own->range)))
            return NULL;
    for (uint32_t i = level + 1; kids && i < joined->count; i++)
        if (joined->levels[i].parent == level && !(kids[count++] = qc_nested_item(joined, i)))
            return NULL;
    if (!kids)
        return NULL;
    kids[count] = NULL;
    return qc_call(QC_FUNCTION_ROW, QC_TYPE_bytea, kids);
}

/* What a LEFT JOIN of the level would say, said by a query of its own. */
const qc_node *qc_nested_item(qc_joined *joined, uint32_t level)
{
    const qc_joined_level *own = &joined->levels[level];
    const qc_node *row = row_of(joined, level);
    const qc_node *const *order = qc_join_order(own);
    qc_clause joins[2], clauses[6];
    const size_t count = qc_join_clauses(joined, own, joins);
    const qc_node *const *from = count ? qc_build_list(joins[0].node) : NULL;
    size_t used = 0;
    if (!row || !order || !from)
        return NULL;
    clauses[used++] = (qc_clause){.kind = QC_CLAUSE_HEAD, .node = row};
    clauses[used++] = (qc_clause){.kind = QC_CLAUSE_FROM, .list = from};
    if (count == 2) {
        joins[1].kind = QC_CLAUSE_JOIN;
        clauses[used++] = joins[1];
    }
    clauses[used++] = (qc_clause){.kind = QC_CLAUSE_WHERE, .where = joins[0].on};
    if (order[0])
        clauses[used++] = (qc_clause){.kind = QC_CLAUSE_ORDER_BY, .list = order};
    clauses[used++] = (qc_clause){.kind = QC_CLAUSE_END};
    const qc_node *rows = qc_subquery(qc_query_node(clauses), QC_TYPE_bytea);
    return qc_call(QC_FUNCTION_ARRAY, QC_TYPE_bytea, (const qc_node *const[]){rows, NULL});
}

/* ---- Its rows. ---- */

/* Rows as SELECT(model, array, …) would give them. */
static qc_shape *shape_of(const qc_joined *joined, uint32_t level, uint32_t arrays)
{
    const qc_table *table = joined->levels[level].table;
    const uint32_t count = table->column_count;
    struct {
        qc_shape shape;
        qc_result_part parts[2];
    } *made = qc_arena_alloc(qc_current_arena(), sizeof(*made));
    qc_result_column *columns =
        qc_arena_alloc(qc_current_arena(), (count + arrays) * sizeof(*columns));
    if (!made || !columns)
        return NULL;
    const size_t cells = sizeof(struct qc_row);
    made->parts[0] =
        (qc_result_part){.size = (uint32_t)(cells + (1 + arrays) * (size_t)QC_CELL_SIZE)};
    made->parts[1] = (qc_result_part){.size = table->size, .pointer = (uint32_t)cells};
    for (uint32_t i = 0; i < count; i++)
        columns[i] = (qc_result_column){.name = table->columns[i].name,
                                        .type = table->columns[i].type,
                                        .nullable = table->columns[i].nullable,
                                        .part = 1,
                                        .offset = table->columns[i].offset};
    for (uint32_t i = 0; i < arrays; i++)
        columns[count + i] =
            (qc_result_column){.name = "array",
                               .type = QC_TYPE_bytea,
                               .offset = (uint32_t)(cells + (1 + i) * (size_t)QC_CELL_SIZE)};
    made->shape = (qc_shape){.columns = columns,
                             .parts = made->parts,
                             .column_count = (uint16_t)(count + arrays),
                             .part_count = 2,
                             .generic = true,
                             .pointers = true};
    return &made->shape;
}

static qc_bytea_value array_in(const void *row, uint32_t cell)
{
    qc_bytea_value array;
    memcpy(&array, (const char *)row + sizeof(struct qc_row) + cell * (size_t)QC_CELL_SIZE,
           sizeof(array));
    return array;
}

/* Unpacks the arrays of all parents; ends[p] is where the rows of parent p end. */
static bool unpack(const qc_joined *joined, qc_joined_level *level, qc_fetch *fetch, uint32_t *ends)
{
    const qc_joined_level *above = &joined->levels[level->parent];
    for (uint32_t p = 0; p < above->count; p++) {
        const qc_bytea_value array = array_in(above->origins[p], level->cell);
        if (array.data && joined->db->driver->unpack(joined->db->connection, array, fetch)) {
            qc_blame(joined->db, joined->site, NULL);
            return false;
        }
        ends[p] = (uint32_t)fetch->count;
    }
    return true;
}

/* The first instance of a parent is what its pointer leads to. */
static bool enter(qc_joined_level *level, const uint32_t *ends, uint32_t parents, size_t count)
{
    qc_arena *arena = qc_current_arena();
    level->count = (uint32_t)count;
    level->rows = qc_arena_alloc(arena, (count + 1) * sizeof(*level->rows));
    level->parents = qc_arena_alloc(arena, (count + 1) * sizeof(*level->parents));
    level->of_parent = qc_arena_alloc(arena, (parents + 1) * sizeof(*level->of_parent));
    if (!level->rows || !level->parents || !level->of_parent)
        return false;
    for (uint32_t p = 0, i = 0; p < parents; p++) {
        level->of_parent[p] = i < ends[p] ? i : QC_NO_INSTANCE;
        for (; i < ends[p]; i++) {
            memcpy(&level->rows[i], (char *)level->origins[i] + sizeof(struct qc_row),
                   sizeof(void *));
            level->parents[i] = p;
        }
    }
    return true;
}

static uint32_t arrays_below(const qc_joined *joined, uint32_t level)
{
    uint32_t count = 0;
    for (uint32_t i = level + 1; i < joined->count; i++)
        count += joined->levels[i].parent == level;
    return count;
}

bool qc_nested_unpack(const qc_joined *joined, uint32_t place)
{
    qc_joined_level *level = &joined->levels[place];
    const uint32_t parents = joined->levels[level->parent].count;
    uint32_t *ends = qc_arena_alloc(qc_current_arena(), (parents + 1) * sizeof(*ends));
    qc_fetch fetch = {.arena = joined->db->results,
                      .shape = shape_of(joined, place, arrays_below(joined, place))};
    if (!ends || !fetch.shape || !qc_fetch_begin(&fetch, 0))
        return qc_fail_nomem(level->job.db, level->job.site);
    if (!unpack(joined, level, &fetch, ends))
        return false;
    level->origins = qc_fetch_finish(&fetch);
    return (level->origins && enter(level, ends, parents, fetch.count)) ||
           qc_fail_nomem(level->job.db, level->job.site);
}
