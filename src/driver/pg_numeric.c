/* NUMERIC between decimal text and PostgreSQL's binary form: four digits to a 16-bit group, the
 * number of groups, the weight of the first (its power of 10,000), the sign and the number of
 * digits after the point (numeric_send in PostgreSQL's numeric.c). */
#include "driver/pg.h"

#include "base/arena_inline.h"
#include "model/decimal.h"

#include <string.h>

enum { HEADER = 8, GROUP = 10000 };
enum {
    POSITIVE = 0,
    NEGATIVE = 0x4000,
    NOT_A_NUMBER = 0xC000,
    PLUS_INFINITY = 0xD000,
    MINUS_INFINITY = 0xF000
};

/* ---- To binary. ---- */

size_t qc_pg_numeric_room(size_t length)
{
    return HEADER + (length / 4 + 2) * 2;
}

static void put_header(char *out, size_t groups, int weight, int sign, int scale)
{
    qc_pg_put_16(out, (uint16_t)groups);
    qc_pg_put_16(out + 2, (uint16_t)weight);
    qc_pg_put_16(out + 4, (uint16_t)sign);
    qc_pg_put_16(out + 6, (uint16_t)scale);
}

/* The groups of the digits up to `end`, the first of which counts 10^magnitude; returns how many,
 * without zeros at the end. */
static size_t put_groups(char *out, const char *digit, const char *end, int magnitude)
{
    size_t count = 0, used = 0;
    unsigned group = 0;
    int place = magnitude & 3;
    while (digit < end || place != 3) {
        const char c = digit < end ? *digit++ : '0';
        if (c == '.')
            continue;
        group = group * 10 + (unsigned)(c - '0');
        if (place-- > 0)
            continue;
        qc_pg_put_16(out + count * 2, (uint16_t)group);
        count++;
        if (group)
            used = count;
        group = 0;
        place = 3;
    }
    return used;
}

static int weight_of(int magnitude)
{
    return (magnitude - (magnitude & 3)) / 4;
}

size_t qc_pg_put_numeric(char *out, const char *text, size_t length)
{
    qc_decimal number;
    if (!qc_decimal_read(text, length, &number) || !number.plain || !qc_decimal_fits(&number))
        return 0;
    if (number.kind != QC_DECIMAL_FINITE) {
        const int sign = number.kind == QC_DECIMAL_NAN ? NOT_A_NUMBER
                         : number.negative             ? MINUS_INFINITY
                                                       : PLUS_INFINITY;
        put_header(out, 0, 0, sign, 0);
        return HEADER;
    }
    size_t groups = 0;
    if (number.digits < number.end)
        groups = put_groups(out + HEADER, number.digits, number.end, number.magnitude);
    put_header(out, groups, groups ? weight_of(number.magnitude) : 0,
               number.negative ? NEGATIVE : POSITIVE, number.scale);
    return HEADER + groups * 2;
}

/* ---- To text. ---- */

typedef struct binary {
    const char *groups;
    int count, weight, sign, scale;
} binary;

static int get_16(const char *data)
{
    return (unsigned char)data[0] << 8 | (unsigned char)data[1];
}

/* The group that counts 10,000^power. */
static int group_at(const binary *b, int power)
{
    const int i = b->weight - power;
    return i >= 0 && i < b->count ? get_16(b->groups + 2 * i) : 0;
}

/* False for what PostgreSQL would not send. */
static bool read_binary(const char *data, int length, binary *ret)
{
    if (length < HEADER || length % 2)
        return false;
    *ret = (binary){data + HEADER, get_16(data), (int16_t)get_16(data + 2), get_16(data + 4),
                    get_16(data + 6)};
    if (ret->count != (length - HEADER) / 2 || ret->scale > QC_DECIMAL_MOST_SCALE)
        return false;
    const int behind = ret->count - 1 - ret->weight; /* groups behind the point */
    if (ret->count && behind * 4 >= ret->scale + 4)
        return false;
    for (int i = 0; i < ret->count; i++)
        if (get_16(ret->groups + 2 * i) >= GROUP)
            return false;
    return true;
}

static char *put_group(char *out, int group)
{
    out[0] = (char)('0' + group / 1000);
    out[1] = (char)('0' + group / 100 % 10);
    out[2] = (char)('0' + group / 10 % 10);
    out[3] = (char)('0' + group % 10);
    return out + 4;
}

/* The digits before the point, without zeros in front. */
static char *put_whole(char *out, const binary *b)
{
    if (b->weight < 0 || !b->count) {
        *out = '0';
        return out + 1;
    }
    char first[4];
    put_group(first, group_at(b, b->weight));
    int zeros = 0;
    while (zeros < 3 && first[zeros] == '0')
        zeros++;
    memcpy(out, first + zeros, (size_t)(4 - zeros));
    out += 4 - zeros;
    for (int power = b->weight - 1; power >= 0; power--)
        out = put_group(out, group_at(b, power));
    return out;
}

static char *put_fraction(char *out, const binary *b)
{
    if (!b->scale)
        return out;
    *out++ = '.';
    char *end = out + b->scale;
    for (int power = -1; end - out >= 4; power--)
        out = put_group(out, group_at(b, power));
    if (out < end) {
        char last[4];
        const int done = b->scale / 4;
        put_group(last, group_at(b, -1 - done));
        memcpy(out, last, (size_t)(end - out));
    }
    return end;
}

static enum qc_code get_special(qc_arena *arena, const binary *b, const char **ret)
{
    const char *text = b->sign == NOT_A_NUMBER     ? "NaN"
                       : b->sign == PLUS_INFINITY  ? "Infinity"
                       : b->sign == MINUS_INFINITY ? "-Infinity"
                                                   : NULL;
    if (!text)
        return QC_ERROR_DECODE;
    *ret = qc_arena_copy(arena, text, strlen(text));
    return *ret ? QC_ERROR_OK : QC_ERROR_NOMEM;
}

enum qc_code qc_pg_get_numeric(qc_arena *arena, const char *data, int length, const char **ret)
{
    binary b;
    if (!read_binary(data, length, &b))
        return QC_ERROR_DECODE;
    if (b.sign != POSITIVE && b.sign != NEGATIVE)
        return get_special(arena, &b, ret);
    const size_t whole = b.weight < 0 ? 1 : ((size_t)b.weight + 1) * 4;
    char *text = qc_arena_take(arena, 1 + whole + 1 + (size_t)b.scale + 1);
    if (!text)
        return QC_ERROR_NOMEM;
    char *at = text;
    if (b.sign == NEGATIVE)
        *at++ = '-';
    at = put_whole(at, &b);
    at = put_fraction(at, &b);
    *at = '\0';
    *ret = text;
    return QC_ERROR_OK;
}
