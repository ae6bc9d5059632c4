/* Identity: within a session one row is one object, found by its key or by its address. */
#include "orm/hooks.h"

#include "model/lineage.h"
#include "model/type_info.h"

#include <stdlib.h>
#include <string.h>

static qc_entity removed_place;

/* ---- Maps. ---- */

static uint64_t hash_address(const void *address)
{
    const uint64_t bits = (uintptr_t)address;
    return (bits >> 4) * UINT64_C(0x9E3779B97F4A7C15);
}

static uint64_t hash_in(const qc_entity_map *map, const qc_session *session,
                        const qc_entity *entity)
{
    return map == &session->by_key ? entity->hash : hash_address(entity->object);
}

/* Multiplied hashes are best in their high bits. */
static size_t place_of(const qc_entity_map *map, uint64_t hash)
{
    return (size_t)(hash ^ hash >> 32) & map->mask;
}

static void put(qc_entity_map *map, uint64_t hash, qc_entity *entity)
{
    size_t at = place_of(map, hash);
    while (map->slots[at] && map->slots[at] != &removed_place)
        at = (at + 1) & map->mask;
    map->used += !map->slots[at];
    map->slots[at] = entity;
    map->count++;
}

static bool grow(const qc_session *session, qc_entity_map *map)
{
    if (map->slots && (map->used + 1) * 4 < (map->mask + 1) * 3)
        return true;
    qc_entity_map grown = {.mask = 63};
    while (grown.mask + 1 < (map->count + 1) * 2)
        grown.mask = grown.mask * 2 + 1;
    grown.slots = calloc(grown.mask + 1, sizeof(*grown.slots));
    if (!grown.slots)
        return false;
    for (size_t i = 0; map->slots && i <= map->mask; i++)
        if (map->slots[i] && map->slots[i] != &removed_place)
            put(&grown, hash_in(map, session, map->slots[i]), map->slots[i]);
    free(map->slots);
    *map = grown;
    return true;
}

static void take_out(qc_entity_map *map, uint64_t hash, const qc_entity *entity)
{
    size_t at = place_of(map, hash);
    while (map->slots && map->slots[at] && map->slots[at] != entity)
        at = (at + 1) & map->mask;
    if (!map->slots || !map->slots[at])
        return;
    map->slots[at] = &removed_place;
    map->count--;
}

qc_entity *qc_entity_at(const qc_session *session, const void *object)
{
    const qc_entity_map *map = &session->by_address;
    size_t at = place_of(map, hash_address(object));
    for (; map->slots && map->slots[at]; at = (at + 1) & map->mask)
        if (map->slots[at]->object == object)
            return map->slots[at];
    return NULL;
}

static uint64_t hash_key(const qc_table *table, const qc_key_fields *key, const void *row)
{
    return qc_key_hash(key, row) ^ hash_address(qc_root_of(table));
}

qc_entity *qc_entity_keyed(const qc_session *session, const qc_table *table,
                           const qc_key_fields *key, const void *row)
{
    const qc_entity_map *map = &session->by_key;
    const qc_key_fields own = qc_primary_key(table);
    const uint64_t hash = hash_key(table, key, row);
    const qc_table *root = qc_root_of(table);
    size_t at = place_of(map, hash);
    for (; map->slots && map->slots[at]; at = (at + 1) & map->mask) {
        qc_entity *entity = map->slots[at];
        if (entity->hash == hash && qc_root_of(entity->table) == root &&
            qc_key_equal(&own, entity->snapshot, key, row))
            return entity;
    }
    return NULL;
}

/* ---- Entities. ---- */

static bool make_room(qc_session *session)
{
    if (session->count < session->capacity)
        return true;
    const size_t capacity = session->capacity ? session->capacity * 2 : 64;
    qc_entity **all = realloc(session->all, capacity * sizeof(*all));
    if (!all)
        return false;
    session->all = all;
    session->capacity = capacity;
    return true;
}

static size_t aligned(size_t size)
{
    return (size + sizeof(void *) - 1) & ~(sizeof(void *) - 1);
}

/* Of the caller's object, or, where that is NULL, of one of its own. */
static qc_entity *new_entity(qc_session *session, const qc_table *table, void *object)
{
    const size_t size = aligned(table->size);
    const size_t whole = aligned(sizeof(qc_entity)) + (object ? size : 2 * size);
    char *memory = qc_arena_alloc(session->arena, whole);
    if (!memory)
        return NULL;
    memset(memory, 0, whole);
    qc_entity *entity = (qc_entity *)(void *)memory;
    entity->table = table;
    entity->snapshot = memory + aligned(sizeof(*entity));
    entity->object = object ? object : entity->snapshot + size;
    return entity;
}

static size_t field_size(const qc_column *column)
{
    const qc_type_info *info = &qc_type_infos[column->type];
    return column->nullable ? info->optional_size : info->size;
}

/* Copies a field; what it points to goes into the session's arena. */
static bool copy_field(qc_session *session, const qc_column *column, char *to, const char *from)
{
    memmove(to + column->offset, from + column->offset, field_size(column));
    if (!qc_type_infos[column->type].pointer)
        return true;
    const void *value = from + column->offset;
    const qc_bind bind = qc_bind_of(column->type, value);
    if (!bind.base.u.data)
        return true;
    const char *copy = qc_arena_copy(session->arena, bind.base.u.data, bind.size);
    if (copy)
        memcpy(to + column->offset, &copy, sizeof(copy));
    return copy != NULL;
}

static bool copy_fields(qc_session *session, const qc_table *table, char *to, const char *from)
{
    for (uint32_t i = 0; i < table->column_count; i++)
        if (!copy_field(session, &table->columns[i], to, from))
            return false;
    return true;
}

static bool enter_new(qc_session *session, qc_entity *entity)
{
    const qc_key_fields key = qc_primary_key(entity->table);
    if (!key.count || qc_key_is_null(&key, entity->object))
        return true;
    if (!grow(session, &session->by_key))
        return false;
    entity->hash = hash_key(entity->table, &key, entity->object);
    entity->keyed = true;
    put(&session->by_key, entity->hash, entity);
    return true;
}

bool qc_entity_enter(qc_session *session, qc_entity *entity)
{
    const qc_key_fields key = qc_primary_key(entity->table);
    qc_entity *former = qc_entity_keyed(session, entity->table, &key, entity->object);
    if (former && former != entity)
        qc_entity_remove(session, former);
    return enter_new(session, entity);
}

void qc_entity_leave(qc_session *session, qc_entity *entity)
{
    if (entity->keyed)
        take_out(&session->by_key, entity->hash, entity);
    entity->keyed = false;
}

/* There is room in the list and by address. */
static void list(qc_session *session, qc_entity *entity)
{
    put(&session->by_address, hash_address(entity->object), entity);
    entity->place = session->count;
    session->all[session->count++] = entity;
}

qc_entity *qc_entity_add(qc_session *session, const qc_table *table, const void *row,
                         enum qc_state state)
{
    qc_entity *entity = new_entity(session, table, NULL);
    if (!entity || !make_room(session) || !grow(session, &session->by_address) ||
        !copy_fields(session, table, entity->object, row))
        return NULL;
    entity->state = (uint8_t)state;
    if (state == QC_STATE_PERSISTENT) {
        memcpy(entity->snapshot, entity->object, table->size);
        if (!enter_new(session, entity))
            return NULL;
    }
    list(session, entity);
    return entity;
}

qc_entity *qc_entity_attach(qc_session *session, const qc_table *table, void *object)
{
    qc_entity *entity = new_entity(session, table, object);
    if (!entity || !make_room(session) || !grow(session, &session->by_address))
        return NULL;
    entity->state = QC_STATE_PENDING;
    list(session, entity);
    return entity;
}

void qc_entity_remove(qc_session *session, qc_entity *entity)
{
    qc_entity_leave(session, entity);
    take_out(&session->by_address, hash_address(entity->object), entity);
    session->all[entity->place] = NULL;
    entity->state = QC_STATE_TRANSIENT;
}

uint64_t qc_relation_bit(const qc_relation *relation)
{
    unsigned place = 0;
    while (relation->parent->relations[place] != relation)
        place++;
    return place < 64 ? UINT64_C(1) << place : 0;
}

bool qc_entity_lacks(const qc_entity *entity, const qc_relation *relation)
{
    return entity->state == QC_STATE_PERSISTENT && qc_is_a(entity->table, relation->parent) &&
           !(entity->loaded & qc_relation_bit(relation)) &&
           memcmp(entity->object + relation->offset, entity->snapshot + relation->offset,
                  sizeof(void *)) == 0;
}

void qc_entity_identify(const qc_entity *entity)
{
    const qc_column *column = qc_discriminator(entity->table);
    if (column)
        memcpy(entity->object + column->offset, &entity->table->lineage->identity,
               sizeof(entity->table->lineage->identity));
}

const qc_table *qc_entity_model(const qc_table *table, const void *row)
{
    const qc_table *model = qc_inherits(table) ? qc_model_of(table, qc_identity_in(table, row)) : NULL;
    return model ? model : table;
}

void *qc_entity_adopt(qc_session *session, const qc_table *table, const void *row)
{
    const qc_key_fields key = qc_primary_key(table);
    qc_entity *entity = key.count ? qc_entity_keyed(session, table, &key, row) : NULL;
    if (entity)
        return entity->object;
    entity = qc_entity_add(session, qc_entity_model(table, row), row, QC_STATE_PERSISTENT);
    return entity && qc_hooks_after(session, NULL, &entity, 1, QC_HOOK_AFTER_LOAD) ? entity->object
                                                                                   : NULL;
}

/* ---- Changes. ---- */

static bool same_value(const qc_column *column, const char *a, const char *b)
{
    const qc_type_info *info = &qc_type_infos[column->type];
    a += column->offset;
    b += column->offset;
    if (column->nullable && info->value_offset) {
        const bool set = *(const bool *)a;
        if (set != *(const bool *)b)
            return false;
        return !set || memcmp(a + info->value_offset, b + info->value_offset, info->size) == 0;
    }
    if (!info->pointer)
        return memcmp(a, b, info->size) == 0;
    const qc_bind left = qc_bind_of(column->type, a), right = qc_bind_of(column->type, b);
    if (left.base.u.data == right.base.u.data)
        return left.size == right.size;
    return left.base.u.data && right.base.u.data && left.size == right.size &&
           memcmp(left.base.u.data, right.base.u.data, left.size) == 0;
}

bool qc_entity_changed(const qc_entity *entity, const qc_column *column)
{
    return !same_value(column, entity->object, entity->snapshot);
}

bool qc_entity_dirty(const qc_entity *entity)
{
    for (uint32_t i = 0; i < entity->table->column_count; i++)
        if (qc_entity_changed(entity, &entity->table->columns[i]))
            return true;
    return false;
}

/* Texts the caller pointed the object to become the session's. */
bool qc_entity_settle(qc_session *session, qc_entity *entity)
{
    const qc_table *table = entity->table;
    for (uint32_t i = 0; i < table->column_count; i++) {
        const qc_column *column = &table->columns[i];
        if (qc_entity_changed(entity, column) &&
            !copy_field(session, column, entity->object, entity->object))
            return false;
    }
    memcpy(entity->snapshot, entity->object, table->size);
    return true;
}

bool qc_entity_take(qc_session *session, qc_entity *entity, const qc_column *column,
                    const void *row)
{
    return copy_field(session, column, entity->object, row);
}

bool qc_entity_fill(qc_session *session, qc_entity *entity, const void *row)
{
    if (!copy_fields(session, entity->table, entity->object, row))
        return false;
    for (uint32_t i = 0; i < entity->table->column_count; i++) {
        const qc_column *column = &entity->table->columns[i];
        memcpy(entity->snapshot + column->offset, entity->object + column->offset,
               field_size(column));
    }
    return true;
}

void qc_entity_revert(qc_entity *entity)
{
    memcpy(entity->object, entity->snapshot, entity->table->size);
}

void qc_entity_print_key(qc_strbuf *text, const qc_entity *entity)
{
    const qc_key_fields key = qc_primary_key(entity->table);
    if (key.count > 1)
        qc_strbuf_printf(text, "(");
    for (unsigned i = 0; i < key.count; i++) {
        const qc_bind bind =
            qc_bind_of(key.fields[i].type, qc_key_value(&key, i, entity->snapshot));
        if (i)
            qc_strbuf_printf(text, ", ");
        qc_print_value(text, &bind.base);
    }
    if (key.count > 1)
        qc_strbuf_printf(text, ")");
}
