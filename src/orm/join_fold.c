/* JOINED: rows of parents and children side by side, folded into each once, and shared out. */
#include "orm/joined.h"

#include "compile/statement.h"
#include "model/type_info.h"
#include "orm/session.h"

#include <string.h>

/* ---- Instances. ---- */

/* Whether the parents' field points to one of it. */
static bool is_pointer(const qc_joined_level *level)
{
    const qc_relation *relation = level->job.relation;
    return relation && !qc_is_collection(relation);
}

/* Whether the key is one whole number, so that its word says all about it. */
static bool is_word(const qc_joined_level *level)
{
    return level->key.count == 1 && !level->key.fields[0].optional &&
           qc_is_integer(level->key.fields[0].type);
}

static inline uint64_t word_of(const qc_joined_level *level, const char *row, bool is_number)
{
    const qc_key_field *field = &level->key.fields[0];
    if (!is_number)
        return qc_key_hash(&level->key, row);
    return (uint64_t)qc_integer_at(field->type, row + field->offset);
}

static bool make_room(qc_joined_level *level, size_t rows, size_t parents)
{
    qc_arena *arena = qc_current_arena();
    size_t room = 16;
    while (room < rows * 2)
        room *= 2;
    level->last = QC_NO_INSTANCE;
    level->rows = qc_arena_alloc(arena, (rows + 1) * sizeof(*level->rows));
    level->origins = qc_arena_alloc(arena, (rows + 1) * sizeof(*level->origins));
    level->words = qc_arena_alloc(arena, (rows + 1) * sizeof(*level->words));
    level->parents = qc_arena_alloc(arena, (rows + 1) * sizeof(*level->parents));
    const bool pointer = is_pointer(level);
    level->of_parent =
        pointer ? qc_arena_alloc(arena, (parents + 1) * sizeof(*level->of_parent)) : NULL;
    level->slots = level->unique ? NULL : qc_arena_alloc(arena, room * sizeof(*level->slots));
    level->mask = room - 1;
    if (level->of_parent)
        memset(level->of_parent, 0xff, (parents + 1) * sizeof(*level->of_parent));
    if (level->slots)
        memset(level->slots, 0, room * sizeof(*level->slots));
    return level->rows && level->origins && level->words && level->parents &&
           (!pointer || level->of_parent) && (level->unique || level->slots);
}

/* What is fetched with one row. */
typedef struct found {
    char *row;
    uint64_t word;
    uint32_t parent; /* QC_NO_INSTANCE where it does not matter */
    bool is_number;
} found;

static inline bool is_same(const qc_joined_level *level, uint32_t instance, const found *x)
{
    return level->words[instance] == x->word &&
           (x->parent == QC_NO_INSTANCE || level->parents[instance] == x->parent) &&
           (x->is_number || qc_key_equal(&level->key, level->rows[instance], &level->key, x->row));
}

static inline size_t slot_of(const qc_joined_level *level, const found *x)
{
    const uint64_t mixed =
        (x->word ^ x->parent * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xff51afd7ed558ccd);
    size_t at = (mixed >> 32) & level->mask;
    while (level->slots[at] && !is_same(level, level->slots[at] - 1, x))
        at = (at + 1) & level->mask;
    return at;
}

/* The instance of a row, which may be a new one. */
static uint32_t instance_of(qc_joined_level *level, void *origin, char *row, uint32_t parent,
                            bool is_number)
{
    const found x = {row, word_of(level, row, is_number), level->shared ? QC_NO_INSTANCE : parent,
                     is_number};
    if (!level->unique && level->last != QC_NO_INSTANCE && is_same(level, level->last, &x))
        return level->last;
    uint32_t *slot = level->unique ? NULL : &level->slots[slot_of(level, &x)];
    if (slot && *slot)
        return *slot - 1;
    const uint32_t made = level->count++;
    level->rows[made] = row;
    level->origins[made] = origin;
    level->words[made] = x.word;
    level->parents[made] = parent;
    if (slot)
        *slot = made + 1;
    return made;
}

/* ---- Folding. ---- */

static char *entity_at(const void *row, uint32_t item)
{
    char *entity;
    memcpy(&entity, (const char *)row + sizeof(struct qc_row) + item * QC_CELL_SIZE,
           sizeof(entity));
    return entity;
}

/* Finds the instances of one level in all rows: `at` says which the level above has in each, and
 * then which this one has. */
static void fold_level(qc_joined_level *level, const qc_row_list *rows, const uint32_t *above,
                       uint32_t *at)
{
    const bool is_number = is_word(level);
    for (size_t i = 0; i < rows->count; i++) {
        const uint32_t parent = above ? above[i] : 0;
        char *entity = parent == QC_NO_INSTANCE ? NULL : entity_at(rows->list[i], level->cell);
        at[i] = QC_NO_INSTANCE;
        if (!entity)
            continue;
        at[i] = level->last = instance_of(level, rows->list[i], entity, parent, is_number);
        if (level->of_parent && level->of_parent[parent] == QC_NO_INSTANCE)
            level->of_parent[parent] = at[i];
    }
}

static bool fold_levels(qc_joined *joined, const qc_row_list *rows)
{
    uint32_t *at[QC_JOINED_MOST];
    for (uint32_t i = 0; i < joined->count; i++) {
        qc_joined_level *level = &joined->levels[i];
        if (level->nested && !qc_nested_unpack(joined, i))
            return false;
        if (level->nested)
            continue;
        at[i] = qc_arena_alloc(qc_current_arena(), (rows->count + 1) * sizeof(*at[i]));
        if (!at[i] || !make_room(level, rows->count, i ? joined->levels[level->parent].count : 0))
            return qc_fail_nomem(joined->db, joined->site);
        fold_level(level, rows, i ? at[level->parent] : NULL, at[i]);
    }
    return true;
}

bool qc_join_fold(qc_joined *joined, qc_row_list *rows)
{
    qc_joined_level *root = &joined->levels[0];
    if (joined->count == 1)
        return true;
    if (!fold_levels(joined, rows))
        return false;
    void **list = qc_fetch_list(joined->db->results, root->count);
    if (!list)
        return qc_fail_nomem(joined->db, joined->site);
    memcpy(list, root->rows, root->count * sizeof(*list));
    root->rows = list;
    *rows = (qc_row_list){.list = list, .count = root->count};
    return true;
}

/* ---- Sharing out. ---- */

static bool share_lists(const qc_joined_level *level, const qc_joined_level *above)
{
    qc_shares shares;
    if (!qc_shares_make(level->parents, level->rows, level->count, above->count, &shares))
        return false;
    for (uint32_t p = 0; p < above->count; p++)
        if (!qc_load_is_done(&level->job, above->rows[p]) &&
            !qc_load_set_list(&level->job, above->rows[p], &shares, p))
            return false;
    return true;
}

static bool share_pointers(const qc_joined_level *level, const qc_joined_level *above)
{
    for (uint32_t p = 0; p < above->count; p++) {
        const uint32_t instance = level->of_parent[p];
        if (!qc_load_is_done(&level->job, above->rows[p]) &&
            !qc_load_set(&level->job, above->rows[p],
                         instance == QC_NO_INSTANCE ? NULL : level->rows[instance]))
            return false;
    }
    return true;
}

static bool share(const qc_joined_level *level, const qc_joined_level *above)
{
    return ((is_pointer(level) ? share_pointers : share_lists)(level, above) &&
            qc_load_tie(&level->job)) ||
           qc_fail_nomem(level->job.db, level->job.site);
}

bool qc_join_share(qc_joined *joined)
{
    for (uint32_t i = 1; i < joined->count; i++) {
        qc_joined_level *level = &joined->levels[i];
        const qc_level rows = {.table = level->table, .rows = level->rows, .count = level->count};
        if (!qc_load_track(&level->job, &rows) || !share(level, &joined->levels[level->parent]))
            return false;
    }
    return true;
}

bool qc_join_tasks(const qc_joined *joined, const qc_level *first, qc_load_task ***end)
{
    for (uint32_t i = 1; i < joined->count; i++) {
        const qc_joined_level *level = &joined->levels[i];
        if (!level->rest[0])
            continue;
        qc_load_task *task = qc_arena_alloc(qc_current_arena(), sizeof(*task));
        if (!task)
            return qc_fail_nomem(joined->db, joined->site);
        *task = (qc_load_task){.level = {.table = level->table,
                                         .rows = level->rows,
                                         .count = level->count,
                                         .with_deleted = first->with_deleted,
                                         .all_tenants = first->all_tenants},
                               .loaders = level->rest};
        **end = task;
        *end = &task->next;
    }
    return true;
}
