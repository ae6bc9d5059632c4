/* Identity: within a session one row is one object, found by its key or by its address. */
#include "orm/hooks.h"

#include "model/lineage.h"
#include "model/type_info.h"

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

static size_t count_relations(const qc_table *table)
{
    size_t count = 0;
    while (table->relations[count])
        count++;
    return count;
}

/* One byte a relationship; what a model inherits has the places it has there. */
static size_t count_marks(const qc_table *table)
{
    size_t most = 0;
    for (; table; table = qc_base_of(table)) {
        const size_t count = count_relations(table);
        most = count > most ? count : most;
    }
    return most;
}

uint8_t *qc_entity_marks(const qc_entity *entity, const qc_relation *relation)
{
    size_t place = 0;
    while (relation->parent->relations[place] != relation)
        place++;
    return (uint8_t *)entity->snapshot + entity->table->size + place;
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

/* A text of the field, as it is copied; NULL: it has none. */
static const char *text_in(const qc_column *column, const char *row, size_t *ret_size)
{
    if (!qc_type_infos[column->type].pointer)
        return NULL;
    const qc_bind bind = qc_bind_of(column->type, row + column->offset);
    *ret_size = bind.size;
    return bind.base.u.data;
}

static size_t size_of_texts(const qc_table *table, const char *row)
{
    size_t all = 0, size;
    for (uint32_t i = 0; i < table->column_count; i++)
        if (text_in(&table->columns[i], row, &size))
            all += size + 1;
    return all;
}

/* What the object points to is copied to `room`. */
static void place_texts(const qc_table *table, char *object, char *room)
{
    size_t size;
    for (uint32_t i = 0; i < table->column_count; i++) {
        const char *text = text_in(&table->columns[i], object, &size);
        if (!text)
            continue;
        if (size)
            memcpy(room, text, size);
        room[size] = '\0';
        memcpy(object + table->columns[i].offset, &room, sizeof(room));
        room += size + 1;
    }
}

static char *texts_behind(const qc_entity *entity)
{
    return entity->snapshot + entity->table->size + count_marks(entity->table);
}

/* The columns of a struct of the program's: what lies between them may never have been written, and
 * a flush compares whole structs. */
static void copy_columns(const qc_table *table, char *to, const char *row)
{
    memset(to, 0, table->size);
    for (uint32_t i = 0; i < table->column_count; i++) {
        const qc_column *column = &table->columns[i];
        const qc_type_info *info = &qc_type_infos[column->type];
        const size_t value = column->offset + (column->nullable ? info->value_offset : 0);
        if (value > column->offset)
            memcpy(to + column->offset, row + column->offset, sizeof(bool));
        memcpy(to + value, row + value, info->size);
    }
}

/* The object, its snapshot, marks and texts in one piece; relationships are NULL. */
static bool copy_row(qc_session *session, qc_entity *entity, const char *row)
{
    const qc_table *table = entity->table;
    const size_t size = table->size, marks = count_marks(table);
    entity->object = qc_arena_alloc(session->arena, 2 * size + marks + size_of_texts(table, row));
    if (!entity->object)
        return false;
    entity->snapshot = entity->object + size;
    if (entity->state == QC_STATE_PENDING)
        copy_columns(table, entity->object, row);
    else
        memcpy(entity->object, row, size);
    memset(entity->snapshot, 0, size + marks);
    for (const qc_relation *const *each = table->relations; *each; each++)
        qc_set_related(entity->object, *each, NULL);
    place_texts(table, entity->object, texts_behind(entity));
    return true;
}

/* Its place was found by next_entity, and there is room by address. */
static void list(qc_session *session, const qc_entity *entity)
{
    put(&session->by_address, hash_address(entity->object), (uint32_t)session->count++);
}

/* Not listed yet. */
static qc_entity *begin_entity(qc_session *session, const qc_table *table, const void *row,
                               enum qc_state state)
{
    qc_entity *entity = next_entity(session);
    if (!entity || !grow(session, &session->by_address))
        return NULL;
    entity->table = table;
    entity->state = state;
    return copy_row(session, entity, row) ? entity : NULL;
}

qc_entity *qc_entity_add(qc_session *session, const qc_table *table, const void *row)
{
    qc_entity *entity = begin_entity(session, table, row, QC_STATE_PENDING);
    if (entity)
        list(session, entity);
    return entity;
}

/* The entity of a row that no other has; `hash`: of its key. */
static qc_entity *add_loaded(qc_session *session, const qc_table *table, const qc_key_fields *key,
                             uint32_t hash, const void *row)
{
    qc_entity *entity = begin_entity(session, table, row, QC_STATE_PERSISTENT);
    if (!entity)
        return NULL;
    memcpy(entity->snapshot, entity->object, table->size);
    if (!enter_new(session, entity, key, hash, session->count))
        return NULL;
    list(session, entity);
    return entity;
}

qc_entity *qc_entity_attach(qc_session *session, const qc_table *table, void *object)
{
    const size_t size = table->size + count_marks(table);
    qc_entity *entity = next_entity(session);
    char *snapshot = qc_arena_alloc(session->arena, size);
    if (!entity || !snapshot || !grow(session, &session->by_address))
        return NULL;
    memset(snapshot, 0, size);
    *entity = (qc_entity){
        .table = table, .object = object, .snapshot = snapshot, .state = QC_STATE_PENDING};
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

bool qc_entity_lacks(const qc_entity *entity, const qc_relation *relation)
{
    return entity->state == QC_STATE_PERSISTENT && qc_is_a(entity->table, relation->parent) &&
           !(*qc_entity_marks(entity, relation) & QC_MARK_LOADED) &&
           qc_entity_is_settled(entity, relation);
}

bool qc_entity_lost_key(const qc_entity *entity, const qc_relation *relation, const qc_ends *ends)
{
    const qc_key_fields key = qc_end_fields(&ends->parent);
    return qc_entity_is_settled(entity, relation) &&
           !qc_key_equal(&key, entity->object, &key, entity->snapshot);
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
    const qc_table *model =
        qc_inherits(table) ? qc_model_of(table, qc_identity_in(table, row)) : NULL;
    return model ? model : table;
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

/* ---- Changes. ---- */

/* Most fields are of 8 or 4 bytes, for which a call costs more than the comparison. */
static bool same_bytes(const char *a, const char *b, size_t size)
{
    uint64_t x, y;
    uint32_t u, v;
    switch (size) {
    case sizeof(x):
        memcpy(&x, a, sizeof(x));
        memcpy(&y, b, sizeof(y));
        return x == y;
    case sizeof(u):
        memcpy(&u, a, sizeof(u));
        memcpy(&v, b, sizeof(v));
        return u == v;
    default:
        return memcmp(a, b, size) == 0;
    }
}

static bool same_value(const qc_column *column, const char *a, const char *b)
{
    const qc_type_info *info = &qc_type_infos[column->type];
    a += column->offset;
    b += column->offset;
    if (column->nullable && info->value_offset) {
        const bool set = *(const bool *)a;
        if (set != *(const bool *)b)
            return false;
        return !set || same_bytes(a + info->value_offset, b + info->value_offset, info->size);
    }
    if (same_bytes(a, b, info->size))
        return true;
    if (!info->pointer)
        return false;
    const qc_bind left = qc_bind_of(column->type, a), right = qc_bind_of(column->type, b);
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

/* Texts the caller pointed the object to become the session's; those of copy_row are. */
bool qc_entity_settle(qc_session *session, qc_entity *entity)
{
    const qc_table *table = entity->table;
    const char *placed = texts_behind(entity);
    for (uint32_t i = 0; i < table->column_count; i++) {
        const qc_column *column = &table->columns[i];
        size_t size;
        const char *text = text_in(column, entity->object, &size);
        if (!text)
            continue;
        if (text == placed)
            placed += size + 1;
        else if (qc_entity_changed(entity, column) &&
                 !copy_field(session, column, entity->object, entity->object))
            return false;
    }
    memcpy(entity->snapshot, entity->object, table->size);
    for (size_t i = 0; table->relations[i]; i++)
        ((uint8_t *)entity->snapshot)[table->size + i] &= (uint8_t)~QC_MARK_TIED;
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

void qc_entity_renew(qc_entity *entity, const char *before)
{
    size_t size;
    memcpy(entity->object, before, entity->table->size);
    for (uint32_t i = 0; i < entity->table->column_count; i++) {
        const qc_column *column = &entity->table->columns[i];
        if (text_in(column, before, &size))
            memcpy(entity->object + column->offset, entity->snapshot + column->offset,
                   field_size(column));
    }
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
