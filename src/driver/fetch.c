/* Memory of rows, the same for every driver.
 *
 * Rows lie in chunks of the fetch's arena, one after another; a row is its parts, one after
 * another: part 0, then the entities it points to. The list of pointers is made at the end, when
 * the number of rows is known, with that number before its first element.
 */
#include "driver/driver.h"

#include "base/arena_inline.h"
#include "model/type_info.h"

#include <quercus/engine.h>
#include <string.h>

/* With QC_DEBUG_ARENA every row is an allocation of its own. */
#ifdef QC_DEBUG_ARENA
enum { FIRST_CHUNK = 1, LARGEST_CHUNK = 1 };
#else
enum { FIRST_CHUNK = 16, LARGEST_CHUNK = 1 << 26 };
#endif

typedef struct chunk {
    struct chunk *next;
    size_t used, capacity; /* in rows */
    char *rows;
} chunk;

typedef struct fetch_rows {
    chunk *first, *last;
    size_t stride;
    size_t expected;
} fetch_rows;

/* ---- The layout of a row. ---- */

/* For whatever a field or a cell may hold. */
static size_t aligned(size_t size)
{
    const size_t align = _Alignof(union {
        int64_t integer;
        double real;
        void *pointer;
    });
    return (size + align - 1) & ~(align - 1);
}

size_t qc_fetch_part_offset(const qc_shape *shape, unsigned part)
{
    size_t offset = 0;
    for (unsigned i = 0; i < part; i++)
        offset += aligned(shape->parts[i].size);
    return offset;
}

size_t qc_fetch_stride(const qc_shape *shape)
{
    if (shape->part_count == 1)
        return aligned(shape->parts[0].size);
    return qc_fetch_part_offset(shape, shape->part_count);
}

static void **part_pointer(const qc_shape *shape, void *row, unsigned part)
{
    return (void **)((char *)row + shape->parts[part].pointer);
}

void *qc_fetch_part(const qc_shape *shape, void *row, unsigned part)
{
    if (shape->parts[part].submodel)
        return (char *)row + qc_fetch_part_offset(shape, part);
    return part == 0 ? row : *part_pointer(shape, row, part);
}

/* ---- Making rows. ---- */

bool qc_fetch_begin(qc_fetch *fetch, size_t expected)
{
    fetch_rows *rows = qc_arena_take(fetch->arena, sizeof(*rows));
    if (!rows)
        return false;
    *rows = (fetch_rows){.stride = qc_fetch_stride(fetch->shape), .expected = expected};
    fetch->rows = rows;
    fetch->count = 0;
    return true;
}

static size_t next_capacity(const fetch_rows *rows, size_t count)
{
    size_t capacity = rows->last ? rows->last->capacity * 2 : FIRST_CHUNK;
    if (rows->expected > count)
        capacity = rows->expected - count;
    return capacity < LARGEST_CHUNK ? capacity : LARGEST_CHUNK;
}

static chunk *add_chunk(qc_fetch *fetch, fetch_rows *rows)
{
    size_t capacity = next_capacity(rows, fetch->count);
    if (rows->stride && capacity > (size_t)PTRDIFF_MAX / rows->stride)
        return NULL;
    chunk *made = qc_arena_take(fetch->arena, sizeof(*made));
    char *room = made ? qc_arena_take(fetch->arena, capacity * rows->stride) : NULL;
    if (!room)
        return NULL;
    *made = (chunk){.capacity = capacity, .rows = room};
    if (rows->last)
        rows->last->next = made;
    else
        rows->first = made;
    return rows->last = made;
}

/* A generic row's cells are of one size, so their number follows from that of the struct. */
static void begin_generic(const qc_fetch *fetch, char *row)
{
    struct qc_row *generic = (struct qc_row *)row;
    generic->items = fetch->items;
    generic->count =
        (fetch->shape->parts[0].size - sizeof(*generic)) / QC_CELL_SIZE - fetch->shape->hidden;
}

static void begin_rows(const qc_fetch *fetch, char *row, size_t count, size_t stride)
{
    const qc_shape *shape = fetch->shape;
    memset(row, 0, count * stride);
    if (!shape->generic && shape->part_count <= 1)
        return;
    for (; count; count--, row += stride) {
        char *part = row;
        if (shape->generic)
            begin_generic(fetch, row);
        for (unsigned i = 1; i < shape->part_count; i++) {
            part += aligned(shape->parts[i - 1].size);
            if (!shape->parts[i].submodel)
                *part_pointer(shape, row, i) = part;
        }
    }
}

void *qc_fetch_rows(qc_fetch *fetch, size_t most, size_t *ret_count)
{
    fetch_rows *rows = fetch->rows;
    chunk *last = rows->last;
    if (!last || last->used == last->capacity)
        last = add_chunk(fetch, rows);
    if (!last)
        return NULL;
    size_t room = last->capacity - last->used, count = most < room ? most : room;
    char *row = last->rows + last->used * rows->stride;
    begin_rows(fetch, row, count, rows->stride);
    last->used += count;
    fetch->count += count;
    *ret_count = count;
    return row;
}

void *qc_fetch_row(qc_fetch *fetch)
{
    size_t count;
    return qc_fetch_rows(fetch, 1, &count);
}

typedef struct only_row {
    fetch_rows rows;
    chunk chunk;
} only_row;

void *qc_fetch_only_row(qc_fetch *fetch)
{
    if (LARGEST_CHUNK == 1)
        return qc_fetch_begin(fetch, 1) ? qc_fetch_row(fetch) : NULL;
    const size_t stride = qc_fetch_stride(fetch->shape);
    only_row *only = qc_arena_take(fetch->arena, sizeof(*only) + stride);
    if (!only)
        return NULL;
    char *row = (char *)(only + 1);
    only->chunk = (chunk){.used = 1, .capacity = 1, .rows = row};
    only->rows = (fetch_rows){&only->chunk, &only->chunk, .stride = stride};
    begin_rows(fetch, row, 1, stride);
    fetch->rows = &only->rows;
    fetch->count = 1;
    return row;
}

/* ---- NULLs. ---- */

bool qc_fetch_nullable(const qc_shape *shape, unsigned c)
{
    return shape->columns[c].nullable || (shape->generic && shape->columns[c].part == 0);
}

bool qc_fetch_null(const qc_shape *shape, unsigned c, void *row)
{
    const qc_result_column *column = &shape->columns[c];
    char *part = qc_fetch_part(shape, row, column->part);
    const qc_type_info *info = &qc_type_infos[column->type];
    if (qc_fetch_nullable(shape, c)) {
        if (part)
            memset(part + column->offset, 0, info->optional_size);
        return true;
    }
    return shape->parts[column->part].optional;
}

static bool all_null(const qc_shape *shape, unsigned part, const bool *nulls)
{
    for (unsigned c = 0; c < shape->column_count; c++)
        if (shape->columns[c].part == part && !nulls[c])
            return false;
    return true;
}

int qc_fetch_settle(const qc_shape *shape, void *row, const bool *nulls)
{
    bool submodels = false;
    for (unsigned part = 1; part < shape->part_count; part++) {
        submodels |= shape->parts[part].submodel;
        if (shape->parts[part].optional && !shape->parts[part].submodel &&
            all_null(shape, part, nulls))
            *part_pointer(shape, row, part) = NULL;
    }
    for (unsigned c = 0; c < shape->column_count; c++)
        if (nulls[c] && !qc_fetch_nullable(shape, c) &&
            !shape->parts[shape->columns[c].part].submodel &&
            qc_fetch_part(shape, row, shape->columns[c].part))
            return (int)c;
    return submodels ? qc_fetch_models(shape, row, nulls) : QC_FETCH_SETTLED;
}

enum qc_code qc_fetch_refuse_null(const qc_result_column *column, qc_error_record *error)
{
    qc_error_set(error, QC_ERROR_NULL_RESULT,
                 "%s is NULL, but its field has no place for that: make it NULLABLE(%s), or use "
                 "COALESCE",
                 column->name, qc_type_infos[column->type].word);
    error->error.column = qc_error_text(error, column->name);
    return QC_ERROR_NULL_RESULT;
}

/* ---- The list. ---- */

enum qc_code qc_fetch_refuse_text(const qc_result_column *column, qc_error_record *error)
{
    qc_error_set(error, QC_ERROR_DECODE,
                 "%s: the database sent a text that is not UTF-8, or has a NUL byte in it",
                 column->name);
    error->error.column = qc_error_text(error, column->name);
    return QC_ERROR_DECODE;
}

static void **new_list(qc_arena *arena, size_t count)
{
    enum { HEADER = QC_ARENA_ALIGN };
    if (count > (PTRDIFF_MAX - HEADER) / sizeof(void *) - 1)
        return NULL;
    char *memory = qc_arena_take(arena, HEADER + (count + 1) * sizeof(void *));
    if (!memory)
        return NULL;
    void **list = (void **)(memory + HEADER);
    ((size_t *)(void *)list)[-1] = count;
    return list;
}

void **qc_fetch_list(qc_arena *arena, size_t count)
{
    void **list = new_list(arena, count);
    for (size_t i = 0; list && i <= count; i++)
        list[i] = NULL;
    return list;
}

void **qc_fetch_finish(qc_fetch *fetch)
{
    const fetch_rows *rows = fetch->rows;
    void **list = new_list(fetch->arena, fetch->count), **at = list;
    if (!list)
        return NULL;
    for (const chunk *each = rows->first; each; each = each->next)
        for (size_t i = 0; i < each->used; i++)
            *at++ = each->rows + i * rows->stride;
    *at = NULL;
    return list;
}

/* ---- Their size. ---- */

/* Of a type whose values point to bytes, or to text. */
static size_t size_of_value(int type, const char *field)
{
    qc_bytea_value bytes;
    const char *text;
    if (type == QC_TYPE_bytea) {
        memcpy(&bytes, field, sizeof(bytes));
        return bytes.data ? bytes.size : 0;
    }
    memcpy(&text, field, sizeof(text));
    return text ? strlen(text) : 0;
}

static size_t size_of_row(const qc_shape *shape, void *row)
{
    size_t size = 0;
    for (unsigned part = 0; part < shape->part_count; part++)
        size += qc_fetch_part(shape, row, part) ? shape->parts[part].size : 0;
    for (unsigned c = 0; shape->pointers && c < shape->column_count; c++) {
        const qc_result_column *column = &shape->columns[c];
        const char *part = qc_fetch_part(shape, row, column->part);
        if (!part || !qc_type_infos[column->type].pointer)
            continue;
        size += size_of_value(column->type, part + column->offset);
    }
    return size;
}

size_t qc_fetch_size(const qc_fetch *fetch)
{
    const fetch_rows *rows = fetch->rows;
    size_t size = 0;
    for (const chunk *each = rows ? rows->first : NULL; each; each = each->next)
        for (size_t i = 0; i < each->used; i++)
            size += size_of_row(fetch->shape, each->rows + i * rows->stride);
    return size;
}

size_t qc_count(const void *list)
{
    return list ? ((const size_t *)list)[-1] : 0;
}
