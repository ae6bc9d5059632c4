/* Rows inside a value: quercus_row packs one, quercus_array the rows of a group, in their order.
 *
 * A row is the number of its values, then of each its storage class and its bytes as they are:
 * eight of a number; the length, the bytes and a NUL of a text or blob. Rows lie one after another.
 */
#include "driver/sqlite.h"

#include <stdlib.h>
#include <string.h>

/* ---- Packing. ---- */

static void put_bytes(qc_strbuf *to, const void *data, size_t size)
{
    const uint64_t length = size;
    qc_strbuf_append(to, (const char *)&length, sizeof(length));
    if (size)
        qc_strbuf_append(to, data, size);
    qc_strbuf_putc(to, '\0');
    to->failed |= !data && size;
}

static void put_value(qc_strbuf *to, sqlite3_value *value)
{
    const int storage = sqlite3_value_type(value);
    qc_strbuf_putc(to, (char)storage);
    if (storage == SQLITE_INTEGER) {
        const int64_t integer = sqlite3_value_int64(value);
        qc_strbuf_append(to, (const char *)&integer, sizeof(integer));
    } else if (storage == SQLITE_FLOAT) {
        const double real = sqlite3_value_double(value);
        qc_strbuf_append(to, (const char *)&real, sizeof(real));
    } else if (storage == SQLITE_TEXT) {
        const void *text = sqlite3_value_text(value);
        to->failed |= !text;
        put_bytes(to, text, (size_t)sqlite3_value_bytes(value));
    } else if (storage == SQLITE_BLOB) {
        const void *blob = sqlite3_value_blob(value);
        put_bytes(to, blob, (size_t)sqlite3_value_bytes(value));
    }
}

/* Gives the bytes away. */
static void answer(sqlite3_context *context, qc_strbuf *packed)
{
    if (!packed->failed) {
        sqlite3_result_blob64(context, packed->text, packed->length, free);
        return;
    }
    qc_strbuf_free(packed);
    sqlite3_result_error_nomem(context);
}

void qc_sqlite_pack_row(sqlite3_context *context, int count, sqlite3_value **values)
{
    qc_strbuf packed = {0};
    qc_strbuf_putc(&packed, (char)count);
    for (int i = 0; i < count; i++)
        put_value(&packed, values[i]);
    answer(context, &packed);
}

void qc_sqlite_pack_step(sqlite3_context *context, int count, sqlite3_value **values)
{
    qc_strbuf *packed = sqlite3_aggregate_context(context, sizeof(*packed));
    (void)count;
    if (!packed) {
        sqlite3_result_error_nomem(context);
        return;
    }
    const char *row = sqlite3_value_blob(values[0]);
    if (row)
        qc_strbuf_append(packed, row, (size_t)sqlite3_value_bytes(values[0]));
}

/* NULL when there was no row. */
void qc_sqlite_pack_end(sqlite3_context *context)
{
    qc_strbuf *packed = sqlite3_aggregate_context(context, 0);
    if (packed)
        answer(context, packed);
}

/* ---- Unpacking. ---- */

typedef struct unpacking {
    const char *at, *end;
} unpacking;

static bool take(unpacking *from, void *ret, size_t size)
{
    if ((size_t)(from->end - from->at) < size)
        return false;
    memcpy(ret, from->at, size);
    from->at += size;
    return true;
}

static bool take_bytes(unpacking *from, qc_sqlite_packed *ret)
{
    uint64_t length;
    if (!take(from, &length, sizeof(length)) || (uint64_t)(from->end - from->at) <= length)
        return false;
    ret->data = from->at;
    ret->size = (size_t)length;
    from->at += length + 1;
    return true;
}

static bool take_value(unpacking *from, qc_sqlite_packed *ret)
{
    unsigned char storage;
    if (!take(from, &storage, sizeof(storage)))
        return false;
    ret->storage = storage;
    switch (storage) {
    case SQLITE_INTEGER:
        return take(from, &ret->integer, sizeof(ret->integer));
    case SQLITE_FLOAT:
        return take(from, &ret->real, sizeof(ret->real));
    case SQLITE_TEXT:
    case SQLITE_BLOB:
        return take_bytes(from, ret);
    default:
        return storage == SQLITE_NULL;
    }
}

static bool take_row(unpacking *from, unsigned count, qc_sqlite_packed *ret)
{
    unsigned char values;
    if (!take(from, &values, sizeof(values)) || values != count)
        return false;
    for (unsigned i = 0; i < count; i++)
        if (!take_value(from, &ret[i]))
            return false;
    return true;
}

enum qc_code qc_sqlite_unpack(qc_connection *c, qc_bytea_value packed, qc_fetch *fetch)
{
    qc_sqlite_packed values[QC_SQLITE_PACKED_MOST];
    const char *data = packed.data;
    unpacking from = {data, data + packed.size};
    enum qc_code code = QC_ERROR_OK;
    qc_sqlite_decode_begin(c);
    while (from.at < from.end && code == QC_ERROR_OK) {
        if (fetch->shape->column_count > QC_SQLITE_PACKED_MOST ||
            !take_row(&from, fetch->shape->column_count, values))
            return qc_error_set(c->error, QC_ERROR_DECODE,
                                "the database sent an array of rows that is none");
        void *row = qc_fetch_row(fetch);
        code = row ? qc_sqlite_decode_packed(c, values, fetch->shape, fetch->arena, row)
                   : qc_sqlite_nomem(c);
    }
    return code;
}
