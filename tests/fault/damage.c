/* See damage.h. The layouts are the manual's, "Message Formats". */
#include "damage.h"

#include <stdbool.h>
#include <string.h>

enum { HEAD = 5, COPY_HEADER = 19 };

typedef struct message {
    uint8_t *at;
    size_t size, room;
    uint64_t random;
} message;

const char *damage_name(enum damage_kind kind)
{
    static const char *const names[DAMAGE_KINDS] = {
        "nothing",    "bytes",       "type",      "length",      "shorten",   "lengthen",
        "drop",       "twice",       "interrupt", "copy",        "flood",     "fields",
        "value size", "value claim", "value",     "description", "first byte", "value byte"};
    return names[kind];
}

/* ---- Chance (xorshift64*). ---- */

static uint32_t chance(message *m, uint32_t count)
{
    m->random ^= m->random >> 12;
    m->random ^= m->random << 25;
    m->random ^= m->random >> 27;
    return (uint32_t)((m->random * UINT64_C(0x2545F4914F6CDD1D)) >> 33) % count;
}

#define ONE_OF(m, list) (list)[chance(m, (uint32_t)(sizeof(list) / sizeof((list)[0])))]

static const uint32_t odd_lengths[] = {
    0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 255, ~0u, ~1u, 0x7fffffff, 0x80000000, 0x3fffffff, 30001};

/* ---- Bytes. ---- */

static uint32_t get_32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void put_32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void put_16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void set_length(message *m)
{
    put_32(m->at + 1, (uint32_t)m->size - 1);
}

/* Puts `count` random bytes in the place of `old` at an offset. False when there is no room. */
static bool replace(message *m, size_t offset, size_t old, size_t count)
{
    if (m->size - old + count > m->room)
        return false;
    memmove(m->at + offset + count, m->at + offset + old, m->size - offset - old);
    for (size_t i = 0; i < count; i++)
        m->at[offset + i] = (uint8_t)chance(m, 256);
    m->size += count - old;
    return true;
}

static void change_bytes(message *m)
{
    if (m->size <= HEAD) {
        m->at[0] = (uint8_t)chance(m, 256);
        return;
    }
    for (uint32_t i = chance(m, 3) + 1; i; i--)
        m->at[HEAD + chance(m, (uint32_t)m->size - HEAD)] ^= (uint8_t)(1 + chance(m, 255));
}

/* ---- Whole messages. ---- */

static void change_type(message *m)
{
    static const char types[] = "123ACDEIKNRSTVZcdnstv?";
    m->at[0] = (uint8_t)types[chance(m, sizeof(types) - 1)];
}

static void change_length(message *m)
{
    const uint32_t size = get_32(m->at + 1), near[] = {size - 1, size + 1, size + 5, size / 2};
    put_32(m->at + 1, chance(m, 2) ? ONE_OF(m, near) : ONE_OF(m, odd_lengths));
}

static void shorten(message *m)
{
    if (m->size > HEAD)
        m->size -= 1 + chance(m, (uint32_t)m->size - HEAD);
    set_length(m);
}

static void lengthen(message *m)
{
    replace(m, m->size, 0, 1 + chance(m, 40));
    set_length(m);
}

static void repeat(message *m)
{
    const size_t size = m->size;
    if (replace(m, size, 0, size))
        memcpy(m->at + size, m->at, size);
}

/* ---- Messages that do not belong there. ---- */

typedef struct sample {
    uint8_t size;
    const char *bytes;
} sample;

/* Message of a type and a body. */
#define SAMPLE(type, length, body)                                                                 \
    {                                                                                              \
        sizeof(type "\0\0\0" length body) - 1, type "\0\0\0" length body                           \
    }
static const sample copies[] = {
    SAMPLE("G", "\x09", "\1\0\1\0\1"),
    SAMPLE("H", "\x09", "\1\0\1\0\1"),
    SAMPLE("W", "\x09", "\1\0\1\0\1"),
};
static const sample samples[] = {
    SAMPLE("Z", "\x05", "I"),
    SAMPLE("Z", "\x05", "E"),
    SAMPLE("1", "\x04", ""),
    SAMPLE("2", "\x04", ""),
    SAMPLE("3", "\x04", ""),
    SAMPLE("I", "\x04", ""),
    SAMPLE("n", "\x04", ""),
    SAMPLE("s", "\x04", ""),
    SAMPLE("c", "\x04", ""),
    SAMPLE("d", "\x08", "abcd"),
    SAMPLE("C", "\x0d", "SELECT 7\0"),
    SAMPLE("C", "\x0d", "ROLLBACK\0"),
    SAMPLE("D", "\x06", "\0\0"),
    SAMPLE("D", "\x0b", "\0\1\0\0\0\1x"),
    SAMPLE("T", "\x06", "\0\0"),
    SAMPLE("T", "\x1a", "\0\1x\0\0\0\0\0\0\0\0\0\0\x17\0\4\xff\xff\xff\xff\0\1"),
    SAMPLE("t", "\x06", "\0\0"),
    SAMPLE("V", "\x08", "\xff\xff\xff\xff"),
    SAMPLE("R", "\x08", "\0\0\0\3"),
    SAMPLE("K", "\x0c", "\0\0\0\1\0\0\0\1"),
    SAMPLE("S", "\x19", "client_encoding\0SJIS\0"),
    SAMPLE("S", "\x24", "standard_conforming_strings\0off\0"),
    SAMPLE("A", "\x0f", "\0\0\0\1news\0x\0"),
    SAMPLE("A", "\x08", "\0\0\0\1"),
    SAMPLE("N", "\x0f", "SNOTICE\0Mx\0\0"),
    SAMPLE("N", "\x05", "\0"),
    SAMPLE("E", "\x14", "SERROR\0C22012\0\0"),
    SAMPLE("E", "\x14", "SERROR\0C0A000\0\0"),
    SAMPLE("E", "\x14", "SERROR\0C26000\0\0"),
    SAMPLE("E", "\x05", "\0"),
    SAMPLE("?", "\x04", ""),
};

static bool put_before(message *m, const sample *sample)
{
    if (!replace(m, 0, 0, sample->size))
        return false;
    memcpy(m->at, sample->bytes, sample->size);
    return true;
}

static void interrupt(message *m)
{
    put_before(m, &ONE_OF(m, samples));
}

static void begin_copy(message *m)
{
    put_before(m, &ONE_OF(m, copies));
}

static void flood(message *m)
{
    static const sample some[] = {SAMPLE("N", "\x0f", "SNOTICE\0Mx\0\0"),
                                  SAMPLE("S", "\x10", "a_setting\0x\0"),
                                  SAMPLE("A", "\x0f", "\0\0\0\1news\0x\0")};
    const sample *one = &ONE_OF(m, some);
    while (put_before(m, one))
        continue;
}

/* ---- Rows. ---- */

typedef struct place {
    size_t offset; /* of its length */
    uint32_t length;
} place;

static bool has_values(const message *m)
{
    return m->at[0] == 'D' || m->at[0] == 'd';
}

/* Where the number of fields stands: behind the header, in the first message of a binary COPY. */
static size_t fields_at(const message *m)
{
    const bool header =
        m->at[0] == 'd' && m->size > HEAD + 6 && memcmp(m->at + HEAD, "PGCOPY", 6) == 0;
    return HEAD + (header ? COPY_HEADER : 0);
}

static bool find_value(message *m, int wanted, place *ret)
{
    size_t offset = fields_at(m);
    if (!has_values(m) || offset + 2 > m->size)
        return false;
    const uint32_t count = (uint32_t)m->at[offset] << 8 | m->at[offset + 1];
    if (!count || count > 1000)
        return false;
    const uint32_t chosen = wanted < 0 ? chance(m, count) : (uint32_t)wanted;
    offset += 2;
    for (uint32_t i = 0; i < count && offset + 4 <= m->size; i++) {
        const uint32_t said = get_32(m->at + offset), length = said == ~0u ? 0 : said;
        if (length > m->size - offset - 4)
            return false;
        *ret = (place){offset, length};
        if (i == chosen)
            return true;
        offset += 4 + length;
    }
    return false;
}

static bool change_field_count(message *m)
{
    const size_t offset = fields_at(m);
    if ((!has_values(m) && m->at[0] != 'T') || offset + 2 > m->size)
        return false;
    const uint32_t count = (uint32_t)m->at[offset] << 8 | m->at[offset + 1];
    const uint32_t others[] = {0, 1, count - 1, count + 1, 0x7fff, 0x8000, 0xffff};
    put_16(m->at + offset, ONE_OF(m, others));
    return true;
}

static bool change_value_length(message *m, const damage *how)
{
    place value;
    if (!find_value(m, how->column, &value))
        return false;
    const uint32_t lengths[] = {0,
                                1,
                                value.length / 2,
                                value.length + 1,
                                value.length + 9,
                                value.length ? value.length - 1 : 1};
    const uint32_t length = how->length >= 0 ? (uint32_t)how->length : ONE_OF(m, lengths);
    if (!replace(m, value.offset + 4, value.length, length))
        return false;
    put_32(m->at + value.offset, length);
    set_length(m);
    return true;
}

static bool change_claim(message *m)
{
    place value;
    if (!find_value(m, -1, &value))
        return false;
    put_32(m->at + value.offset, ONE_OF(m, odd_lengths));
    return true;
}

static bool change_value(message *m)
{
    static const uint8_t hostile[] = {0, 0xff, 0xc0, 0xa7, 0xed, 0x80, 0x7f, '\'', '\\', '%'};
    place value;
    if (!find_value(m, -1, &value) || !value.length)
        return false;
    uint8_t *at = m->at + value.offset + 4;
    const bool first = chance(m, 2);
    for (uint32_t i = 0; i < value.length; i++)
        if (first ? i < 8 && chance(m, 2) : !chance(m, 3))
            at[i] = chance(m, 2) ? ONE_OF(m, hostile) : (uint8_t)chance(m, 256);
    return true;
}

static bool change_value_byte(message *m, const damage *how)
{
    place value;
    if (!find_value(m, how->column, &value) || !value.length)
        return false;
    m->at[value.offset + 4 + value.length / 2] = (uint8_t)how->seed;
    return true;
}

/* ---- Descriptions: a name, 6 bytes, type, size, modifier, format. ---- */

static bool change_description(message *m)
{
    static const uint16_t types[] = {0,    16,   17,   18,   20,   21,   23,   25,
                                     114,  700,  701,  705,  790,  1007, 1082, 1083,
                                     1114, 1184, 1700, 2249, 2287, 2950, 3802, 65000};
    enum { TYPE = 6, FORMAT = 16, ALL = 18 };
    if (m->at[0] != 'T' || m->size < HEAD + 2)
        return false;
    const uint32_t count = (uint32_t)m->at[HEAD] << 8 | m->at[HEAD + 1];
    const uint32_t chosen = chance(m, count ? count : 1);
    size_t offset = HEAD + 2;
    for (uint32_t i = 0; i < count; i++, offset += ALL) {
        const uint8_t *end = memchr(m->at + offset, 0, m->size - offset);
        if (!end || (size_t)(end + 1 - m->at) + ALL > m->size)
            return false;
        offset = (size_t)(end + 1 - m->at);
        if (i == chosen)
            break;
    }
    if (chance(m, 4))
        put_32(m->at + offset + TYPE, ONE_OF(m, types));
    else
        put_16(m->at + offset + FORMAT, chance(m, 3));
    return true;
}

/* ---- All of it. ---- */

static bool change_inside(message *m, const damage *how)
{
    switch (how->kind) {
    case DAMAGE_FIELD_COUNT:
        return change_field_count(m);
    case DAMAGE_VALUE_LENGTH:
        return change_value_length(m, how);
    case DAMAGE_VALUE_CLAIM:
        return change_claim(m);
    case DAMAGE_VALUE:
        return change_value(m);
    case DAMAGE_VALUE_BYTE:
        return change_value_byte(m, how);
    case DAMAGE_DESCRIPTION:
        return change_description(m);
    default:
        return false;
    }
}

size_t damage_message(const damage *how, uint8_t *at, size_t size, size_t room)
{
    static void (*const whole[DAMAGE_KINDS])(message *) = {
        [DAMAGE_BYTES] = change_bytes,   [DAMAGE_TYPE] = change_type,
        [DAMAGE_LENGTH] = change_length, [DAMAGE_SHORTEN] = shorten,
        [DAMAGE_LENGTHEN] = lengthen,    [DAMAGE_TWICE] = repeat,
        [DAMAGE_INTERRUPT] = interrupt,  [DAMAGE_COPY] = begin_copy,
        [DAMAGE_FLOOD] = flood};
    message m = {at, size, room, how->seed * 2 + 1};
    if (how->kind == DAMAGE_DROP)
        return 0;
    if (how->kind == DAMAGE_FIRST_BYTE) {
        *at = (uint8_t)how->seed;
        return size;
    }
    if (whole[how->kind])
        whole[how->kind](&m);
    else if (!change_inside(&m, how))
        change_bytes(&m);
    return m.size;
}
