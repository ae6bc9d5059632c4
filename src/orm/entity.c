/* What an entity has: its object, the copy of its row, marks, and what differs. */
#include "orm/session.h"

#include "model/lineage.h"
#include "model/type_info.h"

#include <string.h>

/* ---- Its model. ---- */

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

/* ---- Marks. ---- */

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

/* ---- Object and snapshot. ---- */

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

/* The object, its snapshot, marks and texts are one piece. */
bool qc_entity_copy(qc_session *session, qc_entity *entity, const void *row)
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

bool qc_entity_hold(qc_session *session, qc_entity *entity, void *object)
{
    const size_t size = entity->table->size + count_marks(entity->table);
    entity->object = object;
    entity->snapshot = qc_arena_alloc(session->arena, size);
    if (entity->snapshot)
        memset(entity->snapshot, 0, size);
    return entity->snapshot != NULL;
}

/* ---- Fields. ---- */

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

/* Texts the caller pointed the object to become the session's; those of qc_entity_copy are. */
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

qc_strbuf qc_entity_name(const qc_entity *entity)
{
    qc_strbuf name = {0};
    if (entity->state == QC_STATE_PENDING) {
        qc_strbuf_printf(&name, "a new %s", entity->table->model);
    } else {
        qc_strbuf_printf(&name, "%s ", entity->table->model);
        qc_entity_print_key(&name, entity);
    }
    return name;
}
