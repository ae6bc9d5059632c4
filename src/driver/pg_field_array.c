/* Arrays whose elements are fields of structs, encoded from where they are. */
#include "driver/pg.h"

enum { LENGTH = 4 };

static size_t room_of(const qc_bind *value)
{
    return value->base.flags & QC_NODE_NULL_VALUE ? 0 : qc_pg_bind_room(&value->base);
}

/* What all but texts and bytes take differs from what it is in a struct. */
size_t qc_pg_fields_room(const qc_field_array *array)
{
    const int type = array->column->type;
    const size_t count = array->structs.count;
    if (!array->unset && (type == QC_TYPE_text || type == QC_TYPE_bytea))
        return array->bytes + count * LENGTH;
    if (!qc_type_infos[type].pointer)
        return count * (LENGTH + qc_pg_value_room(type, NULL));
    size_t room = 0;
    for (size_t i = 0; i < count && room <= QC_PG_MOST_BYTES; i++) {
        const qc_bind value = qc_field_array_at(array, i);
        room += LENGTH + room_of(&value);
    }
    return room;
}

static int64_t put_one(char *out, const qc_field_array *array, size_t i)
{
    const qc_bind value = qc_field_array_at(array, i);
    return value.base.flags & QC_NODE_NULL_VALUE
               ? QC_PG_NULL
               : qc_pg_put_bind(value.base.type, out, &value.base);
}

/* Values that always are there. */
static int64_t put_plain(char *out, const qc_field_array *array, size_t i)
{
    return qc_pg_put_value(array->column->type, out,
                           (const char *)qc_struct_at(&array->structs, i) + array->column->offset);
}

int64_t qc_pg_put_fields(char *out, const qc_field_array *array, bool *has_null)
{
    const qc_column *column = array->column;
    const bool plain =
        !array->unset && (!column->nullable || qc_type_infos[column->type].pointer);
    char *at = out;
    for (size_t i = 0; i < array->structs.count; i++) {
        const int64_t length = (plain ? put_plain : put_one)(at + LENGTH, array, i);
        if (length == QC_PG_INVALID)
            return QC_PG_INVALID;
        qc_pg_put_32(at, (uint32_t)length);
        at += LENGTH + (length < 0 ? 0 : length);
        *has_null |= length == QC_PG_NULL;
    }
    return at - out;
}
