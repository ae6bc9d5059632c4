/* Cursors of pages as text. In bytes: version, flags, the query's shape, a value a key, the first
 * half of a MAC over all of it; then in the URL-safe base64 of RFC 4648, 5, without padding.
 *
 * A value is 0 for NULL, or 1 and: a whole number as a zigzag varint, a real as its 8 bytes, a uuid
 * as its 16, a text or bytes behind their length. Nothing is read before the MAC was found right.
 */
#include "engine/bookmark.h"

#include "model/type_info.h"

#include <string.h>

enum { VERSION = 1, BACKWARD = 1, AT = 2, HEAD_SIZE = 10, SIGNATURE_SIZE = 16, VARINT_MOST = 10 };

/* ---- Base64. ---- */

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static size_t text_length(size_t size)
{
    return size / 3 * 4 + (size % 3 ? size % 3 + 1 : 0);
}

static void to_text(const unsigned char *bytes, size_t size, char *text)
{
    uint32_t bits = 0;
    int count = 0;
    for (size_t i = 0; i < size; i++) {
        bits = bits << 8 | bytes[i];
        for (count += 8; count >= 6; count -= 6)
            *text++ = digits[bits >> (count - 6) & 63];
    }
    if (count)
        *text++ = digits[bits << (6 - count) & 63];
    *text = '\0';
}

/* The bytes of a text; false when it is not what to_text makes of them. */
static bool to_bytes(const char *text, size_t length, unsigned char *bytes)
{
    uint32_t bits = 0;
    int count = 0;
    for (size_t i = 0; i < length; i++) {
        const char *digit = memchr(digits, text[i], sizeof(digits) - 1);
        if (!digit)
            return false;
        bits = bits << 6 | (uint32_t)(digit - digits);
        count += 6;
        if (count >= 8) {
            count -= 8;
            *bytes++ = (unsigned char)(bits >> count);
        }
    }
    return count < 6 && !(bits & ((1u << count) - 1));
}

/* ---- Writing. ---- */

static unsigned char *put_number(unsigned char *at, uint64_t number)
{
    for (; number >= 0x80; number >>= 7)
        *at++ = (unsigned char)(number | 0x80);
    *at++ = (unsigned char)number;
    return at;
}

static unsigned char *put_word(unsigned char *at, uint64_t word)
{
    for (int i = 0; i < 8; i++)
        *at++ = (unsigned char)(word >> (8 * i));
    return at;
}

static bool is_real(int type)
{
    return type == QC_TYPE_real || type == QC_TYPE_double;
}

static bool is_sized(int type)
{
    return qc_type_infos[type].pointer || type == QC_TYPE_uuid;
}

static unsigned char *put_value(unsigned char *at, const qc_bind *value)
{
    const int type = value->base.type;
    const bool null = value->base.flags & QC_NODE_NULL_VALUE;
    *at++ = !null;
    if (null)
        return at;
    if (is_sized(type)) {
        at = put_number(at, value->size);
        if (value->size)
            memcpy(at, value->base.u.data, value->size);
        return at + value->size;
    }
    if (!is_real(type)) {
        const uint64_t number = (uint64_t)value->base.u.integer;
        return put_number(at, number << 1 ^ (number >> 63 ? UINT64_MAX : 0));
    }
    uint64_t word;
    memcpy(&word, &value->base.u.real, sizeof(word));
    return put_word(at, word);
}

static size_t most_bytes(const qc_bookmark *bookmark)
{
    size_t size = HEAD_SIZE + SIGNATURE_SIZE;
    for (size_t i = 0; i < bookmark->count; i++)
        size += 1 + VARINT_MOST + bookmark->values[i].size;
    return size;
}

const char *qc_bookmark_write(qc_arena *arena, const qc_signer *signer, const qc_bookmark *bookmark)
{
    unsigned char *bytes = qc_arena_alloc(qc_current_arena(), most_bytes(bookmark)), *at = bytes;
    unsigned char signature[QC_MAC_SIZE];
    if (!bytes)
        return NULL;
    *at++ = VERSION;
    *at++ = (bookmark->backward ? BACKWARD : 0) | (bookmark->at ? AT : 0);
    at = put_word(at, bookmark->shape);
    for (size_t i = 0; i < bookmark->count; i++)
        at = put_value(at, &bookmark->values[i]);
    if (!qc_mac_make(signer->mac, signer->key, bytes, (size_t)(at - bytes), signature))
        return NULL;
    memcpy(at, signature, SIGNATURE_SIZE);
    at += SIGNATURE_SIZE;
    const size_t size = (size_t)(at - bytes);
    char *text = qc_arena_alloc(arena, text_length(size) + 1);
    if (text)
        to_text(bytes, size, text);
    return text;
}

/* ---- Reading. ---- */

typedef struct reading {
    const unsigned char *next, *end;
    bool failed; /* or `nomem` */
    bool nomem;
} reading;

static unsigned char take_byte(reading *from)
{
    from->failed |= from->next == from->end;
    return from->failed ? 0 : *from->next++;
}

static uint64_t take_number(reading *from)
{
    uint64_t number = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const unsigned char byte = take_byte(from);
        number |= (uint64_t)(byte & 0x7F) << shift;
        if (!(byte & 0x80))
            return number;
    }
    from->failed = true;
    return 0;
}

static uint64_t take_word(reading *from)
{
    uint64_t word = 0;
    for (int i = 0; i < 8; i++)
        word |= (uint64_t)take_byte(from) << (8 * i);
    return word;
}

/* A text ends with NUL, which the bytes here do not. */
static void take_sized(reading *from, qc_bind *ret)
{
    const uint64_t size = take_number(from);
    from->failed |= size > (uint64_t)(from->end - from->next);
    if (from->failed)
        return;
    ret->size = (size_t)size;
    ret->base.u.text = qc_arena_copy(qc_current_arena(), (const char *)from->next, ret->size);
    from->nomem |= !ret->base.u.text;
    from->failed |= ret->base.type == QC_TYPE_uuid && size != sizeof(qc_uuid_value);
    from->next += size;
}

static qc_bind take_value(reading *from, int type)
{
    qc_bind value = {.base = {.kind = QC_NODE_BIND, .type = (uint8_t)type}};
    if (!take_byte(from)) {
        value.base.flags = QC_NODE_NULL_VALUE;
    } else if (is_sized(type)) {
        take_sized(from, &value);
    } else if (is_real(type)) {
        const uint64_t word = take_word(from);
        memcpy(&value.base.u.real, &word, sizeof(word));
    } else {
        const uint64_t number = take_number(from);
        value.base.u.integer = (int64_t)(number >> 1 ^ (number & 1 ? UINT64_MAX : 0));
    }
    return value;
}

static bool take_values(reading *from, const qc_page_plan *plan, qc_page_position *ret)
{
    const qc_node **list = qc_take(plan->count * sizeof(*list));
    qc_bind *values = qc_take(plan->count * sizeof(*values));
    from->nomem = !list || !values;
    for (size_t i = 0; i < plan->count && !from->nomem; i++) {
        values[i] = take_value(from, plan->keys[i].value->type);
        list[i] = &values[i].base;
    }
    ret->values = list;
    return !from->failed && !from->nomem && from->next == from->end;
}

static const char no_cursor[] = "this text is no cursor of a page; begin with the first page";

const char *qc_bookmark_read(const qc_signer *signer, const char *text, const qc_page_plan *plan,
                             qc_page_position *ret)
{
    const size_t length = strlen(text), size = length / 4 * 3 + (length % 4 ? length % 4 - 1 : 0);
    unsigned char *bytes = qc_take(size + 1), signature[QC_MAC_SIZE];
    if (!bytes)
        return "";
    if (!to_bytes(text, length, bytes) || size < HEAD_SIZE + SIGNATURE_SIZE || bytes[0] != VERSION)
        return no_cursor;
    if (!qc_mac_make(signer->mac, signer->key, bytes, size - SIGNATURE_SIZE, signature))
        return "";
    if (!qc_mac_equal(signature, bytes + size - SIGNATURE_SIZE, SIGNATURE_SIZE))
        return "this cursor was changed on its way, or made with another key (without "
               "qc_set_cursor_key every process has its own); begin with the first page";
    reading from = {.next = bytes + 2, .end = bytes + size - SIGNATURE_SIZE};
    if (take_word(&from) != plan->shape)
        return "this cursor is of another query; begin with the first page";
    ret->backward = bytes[1] & BACKWARD;
    ret->at = bytes[1] & AT;
    if (take_values(&from, plan, ret))
        return NULL;
    return from.nomem ? "" : no_cursor;
}
