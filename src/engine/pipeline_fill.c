/* The end of a pipeline: rows go to the program. */
#include "engine/pipeline.h"

#include "base/arena_inline.h"

#include <string.h>

/* ---- Emptying. ---- */

void qc_queued_empty(enum qc_queued_kind kind, void *destination, size_t size)
{
    static const int64_t none = -1;
    if (!destination)
        return;
    if (kind == QC_QUEUED_EXEC)
        memcpy(destination, &none, sizeof(none));
    else
        memset(destination, 0, size);
}

/* ---- Looking. ---- */

static bool is_null_value(const qc_queued *queued)
{
    return qc_row_is_null(queued->got.rows->list[0], 0);
}

enum qc_queued_state qc_queued_check(const qc_queued *queued)
{
    size_t count = 0;
    if (queued->kind == QC_QUEUED_EXEC)
        return QC_QUEUED_DONE;
    for (const qc_piece *piece = queued->got.rows; piece; piece = piece->next)
        count += piece->count;
    switch ((enum qc_queued_kind)queued->kind) {
    case QC_QUEUED_ONE:
        return count == 1 ? QC_QUEUED_DONE : count ? QC_QUEUED_NOT_UNIQUE : QC_QUEUED_NO_ROW;
    case QC_QUEUED_ONE_OR_NONE:
        return count > 1 ? QC_QUEUED_NOT_UNIQUE : QC_QUEUED_DONE;
    case QC_QUEUED_SCALAR:
        if (count == 0)
            return QC_QUEUED_NO_ROW;
        return is_null_value(queued) ? QC_QUEUED_NULL : QC_QUEUED_DONE;
    default:
        return QC_QUEUED_DONE;
    }
}

/* ---- Filling. ---- */

static void **join(qc_arena *arena, const qc_piece *newest)
{
    size_t count = 0;
    if (newest && !newest->next)
        return newest->list;
    for (const qc_piece *piece = newest; piece; piece = piece->next)
        count += piece->count;
    char *memory = qc_arena_alloc(arena, QC_ARENA_ALIGN + (count + 1) * sizeof(void *));
    if (!memory)
        return NULL;
    void **list = (void **)(void *)(memory + QC_ARENA_ALIGN);
    ((size_t *)(void *)list)[-1] = count;
    list[count] = NULL;
    for (const qc_piece *piece = newest; piece; piece = piece->next) {
        count -= piece->count;
        memcpy(list + count, piece->list, piece->count * sizeof(void *));
    }
    return list;
}

static void fill_value(const qc_queued *queued)
{
    const struct qc_row *row = queued->got.rows->count ? queued->got.rows->list[0] : NULL;
    if (!row || qc_row_is_null(row, 0))
        return;
    const qc_type_info *info = &qc_type_infos[queued->type];
    const char *cell = (const char *)(row + 1);
    if (queued->kind == QC_QUEUED_SCALAR_OR_NULL)
        memcpy(queued->destination, cell, info->optional_size);
    else
        memcpy(queued->destination, cell + info->value_offset, info->size);
}

static void fill_row(const qc_queued *queued)
{
    const qc_piece *oldest = queued->got.rows;
    while (oldest && oldest->next)
        oldest = oldest->next;
    void *row = oldest ? oldest->list[0] : NULL;
    memcpy(queued->destination, &row, sizeof(row));
}

static void fill(qc_arena *arena, qc_queued *queued)
{
    void **list;
    switch ((enum qc_queued_kind)queued->kind) {
    case QC_QUEUED_EXEC:
        if (queued->destination)
            memcpy(queued->destination, &queued->got.affected, sizeof(int64_t));
        break;
    case QC_QUEUED_ALL:
        list = join(arena, queued->got.rows);
        if (!list)
            queued->state = QC_QUEUED_NO_MEMORY;
        else
            memcpy(queued->destination, &list, sizeof(list));
        break;
    case QC_QUEUED_SCALAR:
    case QC_QUEUED_SCALAR_OR_NULL:
        fill_value(queued);
        break;
    default:
        fill_row(queued);
    }
}

static void free_rows(void *rows)
{
    qc_arena_free(rows);
}

void qc_pipeline_fill(qc_db *db)
{
    qc_pipeline *p = db->pipeline;
    const bool delivered = !p->rows || qc_arena_defer(db->results, free_rows, p->rows);
    for (size_t i = 0; i < p->count; i++) {
        qc_queued *queued = &p->list[i];
        if (queued->state != QC_QUEUED_DONE)
            continue;
        if (delivered || queued->kind == QC_QUEUED_EXEC)
            fill(p->rows, queued);
        else
            queued->state = QC_QUEUED_NO_MEMORY;
    }
    if (!delivered)
        qc_arena_free(p->rows);
    p->rows = NULL;
}
