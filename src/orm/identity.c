/* Identity: within a session one row is one object, found by its key or by its address. */
#include "orm/hooks.h"

#include "model/lineage.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 128, FREE = 0, REMOVED = 1, TAGGED = 128 };

static const uint32_t NOWHERE = UINT32_MAX;

/* ---- The list. ---- */

static qc_entity *in_list(const qc_session *session, size_t place)
{
    return &session->chunks[place / CHUNK][place % CHUNK];
}

qc_entity *qc_entity_listed(const qc_session *session, size_t i)
{
    qc_entity *entity = in_list(session, i);
    return entity->state == QC_STATE_TRANSIENT ? NULL : entity;
}

static bool add_chunk(qc_session *session)
{
    const size_t count = session->chunk_count;
    if ((count & (count - 1)) == 0) { /* as many as there is room for */
        qc_entity **chunks = realloc(session->chunks, (count ? 2 * count : 1) * sizeof(*chunks));
        if (!chunks)
            return false;
        session->chunks = chunks;
    }
    session->chunks[count] = qc_arena_alloc(session->arena, CHUNK * sizeof(qc_entity));
    session->chunk_count += session->chunks[count] != NULL;
    return session->chunks[count] != NULL;
}

/* The place behind the last, zeroed; NULL: no memory. */
static qc_entity *next_entity(qc_session *session)
{
    if (session->count >= NOWHERE ||
        (session->count == session->chunk_count * CHUNK && !add_chunk(session)))
        return NULL;
    qc_entity *entity = in_list(session, session->count);
    memset(entity, 0, sizeof(*entity));
    return entity;
}

/* ---- Maps. ---- */

/* Multiplied hashes are best in their high bits. */
static uint32_t hash_address(const void *address)
{
    const uint64_t bits = (uintptr_t)address;
    return (uint32_t)((bits >> 3) * UINT64_C(0x9E3779B97F4A7C15) >> 32);
}

static uint32_t hash_in(const qc_entity_map *map, const qc_session *session,
                        const qc_entity *entity)
{
    return map == &session->by_key ? entity->hash : hash_address(entity->object);
}

static uint8_t tag_of(uint32_t hash)
{
    return (uint8_t)(TAGGED | hash >> 25);
}

/* The next slot from `at` that may have the hash, or the free one that ends the search. */
static size_t find_slot(const qc_entity_map *map, uint32_t hash, size_t at)
{
    const uint8_t tag = tag_of(hash);
    at &= map->mask;
    while (map->tags[at] != tag && map->tags[at] != FREE)
        at = (at + 1) & map->mask;
    return at;
}

static void put(qc_entity_map *map, uint32_t hash, uint32_t place)
{
    size_t at = hash & map->mask;
    while (map->tags[at] >= TAGGED)
        at = (at + 1) & map->mask;
    map->used += map->tags[at] == FREE;
    map->tags[at] = tag_of(hash);
    map->places[at] = place;
    map->count++;
}

/* Gives the map so many slots, or leaves it as it is: false. */
static bool resize(const qc_session *session, qc_entity_map *map, size_t slots)
{
    qc_entity_map grown = {.mask = slots - 1};
    grown.places = malloc(slots * (sizeof(*grown.places) + sizeof(*grown.tags)));
    if (!grown.places)
        return false;
    grown.tags = (uint8_t *)(grown.places + grown.mask + 1);
    memset(grown.tags, FREE, grown.mask + 1);
    for (size_t i = 0; map->places && i <= map->mask; i++)
        if (map->tags[i] >= TAGGED)
            put(&grown, hash_in(map, session, in_list(session, map->places[i])), map->places[i]);
    free(map->places);
    *map = grown;
    return true;
}

enum { SLOTS_LEAST = 64 };

/* Room for one more beside a free slot, which ends searches; without memory until that is all. */
static bool grow(const qc_session *session, qc_entity_map *map)
{
    if (map->places && (map->used + 1) * 8 <= (map->mask + 1) * 7)
        return true;
    size_t slots = SLOTS_LEAST;
    while (slots * 7 < (map->count + 1) * 12)
        slots *= 2;
    return resize(session, map, slots) || (map->places && map->used < map->mask);
}

/* Only for many more than there are: they may be here already. */
static void expect_in(const qc_session *session, qc_entity_map *map, size_t count)
{
    size_t slots = SLOTS_LEAST;
    while (slots * 7 < (map->count + count) * 8)
        slots *= 2;
    if (count > map->count && (!map->places || slots > map->mask + 1))
        resize(session, map, slots);
}

void qc_entity_expect(qc_session *session, size_t count)
{
    expect_in(session, &session->by_key, count);
    expect_in(session, &session->by_address, count);
}

static void take_out(const qc_session *session, qc_entity_map *map, uint32_t hash,
                     const qc_entity *entity)
{
    if (!map->places)
        return;
    size_t at = find_slot(map, hash, hash);
    while (map->tags[at] != FREE && in_list(session, map->places[at]) != entity)
        at = find_slot(map, hash, at + 1);
    if (map->tags[at] == FREE)
        return;
    map->tags[at] = REMOVED;
    map->count--;
}

uint32_t qc_entity_place(const qc_session *session, const void *object)
{
    const qc_entity_map *map = &session->by_address;
    const uint32_t hash = hash_address(object);
    if (!map->places)
        return NOWHERE;
    size_t at = find_slot(map, hash, hash);
    while (map->tags[at] != FREE && in_list(session, map->places[at])->object != object)
        at = find_slot(map, hash, at + 1);
    return map->tags[at] == FREE ? NOWHERE : map->places[at];
}

qc_entity *qc_entity_at(const qc_session *session, const void *object)
{
    const uint32_t place = qc_entity_place(session, object);
    return place == NOWHERE ? NULL : in_list(session, place);
}

static uint32_t hash_key(const qc_table *table, const qc_key_fields *key, const void *row)
{
    const uint64_t hash = qc_key_hash(key, row);
    return (uint32_t)(hash ^ hash >> 32) ^ hash_address(qc_root_of(table));
}

static bool has_key(const qc_entity *entity, const qc_key_fields *key, const void *row)
{
    const qc_key_fields own = qc_primary_key(entity->table);
    return qc_key_equal(&own, entity->snapshot, key, row);
}

static qc_entity *find_keyed(const qc_session *session, const qc_table *table,
                             const qc_key_fields *key, const void *row, uint32_t hash)
{
    const qc_entity_map *map = &session->by_key;
    const qc_table *root = qc_root_of(table);
    if (!map->places)
        return NULL;
    size_t at = find_slot(map, hash, hash);
    for (; map->tags[at] != FREE; at = find_slot(map, hash, at + 1)) {
        qc_entity *entity = in_list(session, map->places[at]);
        if (entity->hash == hash && qc_root_of(entity->table) == root && has_key(entity, key, row))
            return entity;
    }
    return NULL;
}

qc_entity *qc_entity_keyed(const qc_session *session, const qc_table *table,
                           const qc_key_fields *key, const void *row)
{
    return find_keyed(session, table, key, row, hash_key(table, key, row));
}

/* ---- Entities. ---- */

/* `hash`: of its key. */
static bool enter_new(qc_session *session, qc_entity *entity, const qc_key_fields *key,
                      uint32_t hash, size_t place)
{
    if (!key->count || qc_key_is_null(key, entity->object))
        return true;
    if (!grow(session, &session->by_key))
        return false;
    entity->hash = hash;
    entity->keyed = true;
    put(&session->by_key, hash, (uint32_t)place);
    return true;
}

bool qc_entity_enter(qc_session *session, qc_entity *entity)
{
    const qc_key_fields key = qc_primary_key(entity->table);
    const uint32_t hash = hash_key(entity->table, &key, entity->object);
    qc_entity *former = find_keyed(session, entity->table, &key, entity->object, hash);
    if (former && former != entity)
        qc_entity_remove(session, former);
    return enter_new(session, entity, &key, hash, qc_entity_place(session, entity->object));
}

void qc_entity_leave(qc_session *session, qc_entity *entity)
{
    if (entity->keyed)
        take_out(session, &session->by_key, entity->hash, entity);
    entity->keyed = false;
}

/* ---- New ones. ---- */

/* Its place was found by next_entity, and there is room by address. */
static void list(qc_session *session, const qc_entity *entity)
{
    put(&session->by_address, hash_address(entity->object), (uint32_t)session->count++);
}

/* Not listed yet, and without an object. */
static qc_entity *begin_entity(qc_session *session, const qc_table *table, enum qc_state state)
{
    qc_entity *entity = next_entity(session);
    if (!entity || !grow(session, &session->by_address))
        return NULL;
    entity->table = table;
    entity->state = state;
    return entity;
}

qc_entity *qc_entity_add(qc_session *session, const qc_table *table, const void *row)
{
    qc_entity *entity = begin_entity(session, table, QC_STATE_PENDING);
    if (!entity || !qc_entity_copy(session, entity, row))
        return NULL;
    list(session, entity);
    return entity;
}

/* The entity of a row that no other has; `hash`: of its key. */
static qc_entity *add_loaded(qc_session *session, const qc_table *table, const qc_key_fields *key,
                             uint32_t hash, const void *row)
{
    qc_entity *entity = begin_entity(session, table, QC_STATE_PERSISTENT);
    if (!entity || !qc_entity_copy(session, entity, row))
        return NULL;
    memcpy(entity->snapshot, entity->object, table->size);
    if (!enter_new(session, entity, key, hash, session->count))
        return NULL;
    list(session, entity);
    return entity;
}

qc_entity *qc_entity_attach(qc_session *session, const qc_table *table, void *object)
{
    qc_entity *entity = begin_entity(session, table, QC_STATE_PENDING);
    if (!entity || !qc_entity_hold(session, entity, object))
        return NULL;
    list(session, entity);
    return entity;
}

void qc_entity_remove(qc_session *session, qc_entity *entity)
{
    qc_entity_leave(session, entity);
    take_out(session, &session->by_address, hash_address(entity->object), entity);
    entity->state = QC_STATE_TRANSIENT;
}

void qc_entity_restore(qc_session *session, qc_entity *entity)
{
    uint32_t place = 0;
    while (in_list(session, place) != entity)
        place++;
    if (!grow(session, &session->by_address))
        return;
    put(&session->by_address, hash_address(entity->object), place);
    entity->state = QC_STATE_PENDING;
}

void *qc_entity_adopt(qc_session *session, const qc_table *table, const void *row)
{
    const qc_key_fields key = qc_primary_key(table);
    const uint32_t hash = hash_key(table, &key, row);
    qc_entity *entity = key.count ? find_keyed(session, table, &key, row, hash) : NULL;
    if (entity)
        return entity->object;
    entity = add_loaded(session, qc_entity_model(table, row), &key, hash, row);
    return entity && qc_hooks_after(session, NULL, &entity, 1, QC_HOOK_AFTER_LOAD) ? entity->object
                                                                                   : NULL;
}
