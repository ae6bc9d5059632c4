/* Keys: the columns that tie rows together, their values, and rows found by them. */
#include "orm/keys.h"

#include "compile/statement.h"
#include "model/type_info.h"

#include <string.h>
#include <xxhash.h>

void qc_key_add_column(qc_key_fields *key, const qc_column *column)
{
    const bool optional = column->nullable && qc_type_infos[column->type].value_offset > 0;
    key->fields[key->count++] = (qc_key_field){column->type, optional, column->offset};
}

void qc_key_add_cell(qc_key_fields *key, int type, size_t item)
{
    const bool optional = qc_type_infos[type].value_offset > 0;
    const size_t offset = sizeof(struct qc_row) + item * QC_CELL_SIZE;
    key->fields[key->count++] = (qc_key_field){(uint8_t)type, optional, (uint32_t)offset};
}

qc_key_fields qc_primary_key(const qc_table *table)
{
    qc_key_fields key; /* what lies behind its count is left as it is */
    key.count = 0;
    for (uint32_t i = 0; i < table->column_count; i++) {
        if (!table->columns[i].primary_key)
            continue;
        if (key.count == QC_KEY_MOST) {
            key.count = 0;
            break;
        }
        qc_key_add_column(&key, &table->columns[i]);
    }
    return key;
}

qc_key_fields qc_end_fields(const qc_end *end)
{
    qc_key_fields key = {.count = 0};
    for (unsigned i = 0; i < end->count; i++)
        qc_key_add_column(&key, end->columns[i]);
    return key;
}

/* ---- Values. ---- */

const void *qc_key_value(const qc_key_fields *key, unsigned i, const void *row)
{
    const qc_key_field *field = &key->fields[i];
    const qc_type_info *info = &qc_type_infos[field->type];
    const char *at = (const char *)row + field->offset;
    if (field->optional)
        return *(const bool *)at ? at + info->value_offset : NULL;
    return info->pointer && !*(const void *const *)(const void *)at ? NULL : at;
}

bool qc_key_is_null(const qc_key_fields *key, const void *row)
{
    for (unsigned i = 0; i < key->count; i++)
        if (!qc_key_value(key, i, row))
            return true;
    return false;
}

/* Writes a whole number into a field of any width. */
static bool set_integer(int type, char *at, int64_t number)
{
    switch (type) {
    case QC_TYPE_smallint:
        *(int16_t *)(void *)at = (int16_t)number;
        return true;
    case QC_TYPE_int:
        *(int32_t *)(void *)at = (int32_t)number;
        return true;
    case QC_TYPE_bigint:
        *(int64_t *)(void *)at = number;
        return true;
    default:
        return false;
    }
}

static bool set_real(int type, char *at, double number)
{
    if (type == QC_TYPE_real)
        *(float *)(void *)at = (float)number;
    else if (type == QC_TYPE_double)
        *(double *)(void *)at = number;
    return type == QC_TYPE_real || type == QC_TYPE_double;
}

/* Where the value goes, behind the flag of an optional, which is set. */
static char *place_in(const qc_column *column, char *row, bool null)
{
    const size_t offset = column->nullable ? qc_type_infos[column->type].value_offset : 0;
    char *at = row + column->offset;
    if (offset)
        *(bool *)at = !null;
    return at + offset;
}

void qc_key_set(const qc_column *column, char *row, int type, const void *value)
{
    char *at = place_in(column, row, !value);
    const size_t size = qc_type_infos[column->type].size;
    if (!value)
        memset(at, 0, size);
    else if (!set_integer(column->type, at, qc_bind_of(type, value).base.u.integer))
        memcpy(at, value, size);
}

/* Whether the column's field holds the value as it is: a key cut short is another row's. */
static bool is_held(const qc_column *column, const qc_node *bind)
{
    const int64_t n = bind->u.integer;
    const bool whole = qc_is_integer(bind->type);
    switch (column->type) {
    case QC_TYPE_smallint:
        return whole && n >= INT16_MIN && n <= INT16_MAX;
    case QC_TYPE_int:
        return whole && n >= INT32_MIN && n <= INT32_MAX;
    case QC_TYPE_bigint:
        return whole;
    case QC_TYPE_real:
    case QC_TYPE_double:
        return bind->type == QC_TYPE_real || bind->type == QC_TYPE_double;
    case QC_TYPE_numeric:
        return bind->type == QC_TYPE_numeric;
    default:
        return qc_type_infos[bind->type].cls == qc_type_infos[column->type].cls;
    }
}

bool qc_key_store(const qc_column *column, char *row, const qc_node *bind)
{
    const bool bytes = column->type == QC_TYPE_bytea;
    if (bind->kind != QC_NODE_BIND || bind->flags & QC_NODE_NULL_VALUE || !is_held(column, bind))
        return false;
    char *at = place_in(column, row, false);
    if (set_integer(column->type, at, bind->u.integer) || set_real(column->type, at, bind->u.real))
        return true;
    if (bytes)
        *(qc_bytea_value *)(void *)at = (qc_bytea_value){bind->u.data, qc_bind_size(bind)};
    else if (column->type == QC_TYPE_uuid)
        memcpy(at, bind->u.data, sizeof(qc_uuid_value));
    else if (qc_type_infos[column->type].pointer)
        memcpy(at, &bind->u.text, sizeof(bind->u.text));
    else
        memcpy(at, &bind->u.integer, qc_type_infos[column->type].size);
    return true;
}

/* Text, bytes and UUIDs are `size` bytes elsewhere. */
static bool is_bytes(int type)
{
    return qc_type_infos[type].pointer || type == QC_TYPE_uuid;
}

/* The bits of what is no bytes; whole numbers, as most keys are, need no bind for that. */
static uint64_t bits_of(int type, const void *value)
{
    return (uint64_t)(qc_is_integer(type) ? qc_integer_at(type, value)
                                          : qc_bind_of(type, value).base.u.integer);
}

static uint64_t hash_bytes(int type, const void *value, uint64_t seed)
{
    const qc_bind bind = qc_bind_of(type, value);
    return XXH3_64bits_withSeed(bind.base.u.data, bind.size, seed);
}

/* A number's bits, each of which tells on every one of the hash. */
static uint64_t mixed(uint64_t bits)
{
    bits *= UINT64_C(0x9E3779B97F4A7C15);
    bits ^= bits >> 32;
    bits *= UINT64_C(0xD6E8FEB86659FD93);
    return bits ^ bits >> 32;
}

uint64_t qc_key_hash(const qc_key_fields *key, const void *row)
{
    uint64_t hash = 0;
    for (unsigned i = 0; i < key->count; i++) {
        const int type = key->fields[i].type;
        const void *value = qc_key_value(key, i, row);
        if (value && is_bytes(type))
            hash = hash_bytes(type, value, hash);
        else
            hash = mixed(hash ^ (value ? bits_of(type, value) : 0));
    }
    return hash;
}

/* NULL equals NULL. */
static bool equal_parts(int type_a, const void *a, int type_b, const void *b)
{
    if (!a || !b)
        return a == b;
    if (!is_bytes(type_a))
        return bits_of(type_a, a) == bits_of(type_b, b);
    const qc_bind left = qc_bind_of(type_a, a), right = qc_bind_of(type_b, b);
    return left.size == right.size && memcmp(left.base.u.data, right.base.u.data, left.size) == 0;
}

bool qc_key_equal(const qc_key_fields *a, const void *row_a, const qc_key_fields *b,
                  const void *row_b)
{
    for (unsigned i = 0; i < a->count; i++)
        if (!equal_parts(a->fields[i].type, qc_key_value(a, i, row_a), b->fields[i].type,
                         qc_key_value(b, i, row_b)))
            return false;
    return true;
}

/* ---- Groups. ---- */

static bool make_room(qc_arena *arena, size_t count, qc_groups *groups)
{
    size_t room = 16;
    while (room < count * 2)
        room *= 2;
    groups->mask = room - 1;
    groups->slots = qc_arena_alloc(arena, room * sizeof(*groups->slots));
    groups->of_row = qc_arena_alloc(arena, (count + 1) * sizeof(*groups->of_row));
    groups->first = qc_arena_alloc(arena, (count + 1) * sizeof(*groups->first));
    if (!groups->slots || !groups->of_row || !groups->first)
        return false;
    memset(groups->slots, 0, room * sizeof(*groups->slots));
    return true;
}

/* The slot of a key: its group's, or a free one. */
static uint32_t *slot_of(const qc_groups *groups, const qc_key_fields *key, const void *row)
{
    size_t at = qc_key_hash(key, row) & groups->mask;
    for (; groups->slots[at]; at = (at + 1) & groups->mask) {
        const void *other = groups->rows[groups->first[groups->slots[at] - 1]];
        if (qc_key_equal(groups->key, other, key, row))
            break;
    }
    return &groups->slots[at];
}

bool qc_groups_make(qc_arena *arena, const qc_key_fields *key, void *const *rows, size_t count,
                    qc_groups *ret)
{
    *ret = (qc_groups){.key = key, .rows = rows};
    if (count >= QC_NO_GROUP || !make_room(arena, count, ret))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        ret->of_row[i] = QC_NO_GROUP;
        if (qc_key_is_null(key, rows[i]))
            continue;
        uint32_t *slot = slot_of(ret, key, rows[i]);
        if (!*slot) {
            ret->first[ret->count] = i;
            *slot = ++ret->count;
        }
        ret->of_row[i] = *slot - 1;
    }
    return true;
}

uint32_t qc_groups_find(const qc_groups *groups, const qc_key_fields *key, const void *row)
{
    if (qc_key_is_null(key, row))
        return QC_NO_GROUP;
    const uint32_t slot = *slot_of(groups, key, row);
    return slot ? slot - 1 : QC_NO_GROUP;
}
