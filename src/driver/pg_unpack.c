/* Rows inside a value: the binary form of record[] (src/backend/utils/adt/arrayfuncs.c array_send,
 * rowtypes.c record_send of PostgreSQL).
 *
 * Like libpq's own values, texts end where the next value's header begins, which was read by then
 * and gives its first byte to their NUL. */
#include "driver/pg.h"

enum { WORD = 4, RECORD_OID = 2249 };

typedef struct unpacking {
    qc_connection *c;
    char *at, *end;
    qc_fetch *fetch;
} unpacking;

static enum qc_code refuse(const unpacking *u)
{
    return qc_error_set(u->c->error, QC_ERROR_DECODE,
                        "the database sent an array of rows that is none");
}

/* The next word, whose first byte then ends the text before it. */
static bool take_word(unpacking *u, uint32_t *ret)
{
    if (u->end - u->at < WORD)
        return false;
    *ret = load_32(u->at);
    *u->at = '\0';
    u->at += WORD;
    return true;
}

/* The next value, behind its type. */
static bool take_value(unpacking *u, uint32_t *ret_oid, qc_pg_field *ret)
{
    uint32_t length;
    if (!take_word(u, ret_oid) || !take_word(u, &length))
        return false;
    *ret = (qc_pg_field){u->at, (int32_t)length};
    if (ret->length < -1 || (ret->length > 0 && u->end - u->at < ret->length))
        return false;
    u->at += ret->length > 0 ? ret->length : 0;
    return true;
}

static enum qc_code take_row(unpacking *u)
{
    const qc_shape *shape = u->fetch->shape;
    uint32_t size, count, oid;
    qc_pg_field field;
    if (!take_word(u, &size) || !take_word(u, &count) || count != shape->column_count)
        return refuse(u);
    const char *begin = u->at - WORD;
    void *row = qc_fetch_row(u->fetch);
    if (!row)
        return qc_pg_nomem(u->c);
    for (unsigned i = 0; i < count; i++) {
        if (!take_value(u, &oid, &field))
            return refuse(u);
        char *part = qc_fetch_part(shape, row, shape->columns[i].part);
        const enum qc_code code =
            qc_pg_decode_value(u->c, u->fetch->arena, shape, i, oid, &field, part);
        if (code != QC_ERROR_OK)
            return code;
    }
    return (size_t)(u->at - begin) == size ? QC_ERROR_OK : refuse(u);
}

enum qc_code qc_pg_unpack(qc_connection *c, qc_bytea_value packed, qc_fetch *fetch)
{
    char *data = (char *)(uintptr_t)packed.data;
    unpacking u = {.c = c, .at = data, .end = data + packed.size, .fetch = fetch};
    uint32_t dimensions, flags, oid, count, bound;
    if (!take_word(&u, &dimensions) || !take_word(&u, &flags) || !take_word(&u, &oid) ||
        oid != RECORD_OID || dimensions > 1)
        return refuse(&u);
    if (dimensions == 0)
        return u.at == u.end ? QC_ERROR_OK : refuse(&u);
    if (!take_word(&u, &count) || !take_word(&u, &bound))
        return refuse(&u);
    enum qc_code code = QC_ERROR_OK;
    while (count-- && code == QC_ERROR_OK)
        code = take_row(&u);
    return code == QC_ERROR_OK && u.at != u.end ? refuse(&u) : code;
}
