/* Whether a text is JSON as PostgreSQL's jsonb takes it (RFC 8259): SQLite's json_valid does not
 * tell a malformed text from a lack of memory, and takes more in later versions. */
#include "driver/sqlite.h"

#include <string.h>

/* No deeper, as SQLite's own functions. */
enum { MOST_DEPTH = 1000 };

typedef struct reader {
    const char *at, *end;
    size_t depth;
    bool is_object[MOST_DEPTH];
} reader;

static bool take(reader *r, char c)
{
    bool is = r->at < r->end && *r->at == c;
    r->at += is;
    return is;
}

static void skip_space(reader *r)
{
    while (r->at < r->end && memchr(" \t\r\n", *r->at, 4))
        r->at++;
}

static bool take_word(reader *r, const char *word)
{
    size_t length = strlen(word);
    if ((size_t)(r->end - r->at) < length || memcmp(r->at, word, length) != 0)
        return false;
    r->at += length;
    return true;
}

static bool take_digits(reader *r)
{
    const char *first = r->at;
    while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
        r->at++;
    return r->at > first;
}

static bool take_number(reader *r)
{
    take(r, '-');
    if (!take(r, '0') && !take_digits(r))
        return false;
    if (take(r, '.') && !take_digits(r))
        return false;
    if (!take(r, 'e') && !take(r, 'E'))
        return true;
    if (!take(r, '+'))
        take(r, '-');
    return take_digits(r);
}

/* The four digits behind "\u"; negative when they are not there. */
static int take_hex(reader *r)
{
    int unit = 0;
    for (int i = 0; i < 4; i++) {
        char c = r->at < r->end ? *r->at++ : '\0';
        if (c >= '0' && c <= '9')
            unit = unit * 16 + (c - '0');
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            unit = unit * 16 + ((c | 32) - 'a' + 10);
        else
            return -1;
    }
    return unit;
}

/* What follows a backslash. Surrogates come in pairs, and there is no character 0. */
static bool take_escape(reader *r)
{
    if (!take(r, 'u')) {
        bool known = r->at < r->end && memchr("\"\\/bfnrt", *r->at, 8);
        r->at += known;
        return known;
    }
    int unit = take_hex(r);
    if (unit >= 0xD800 && unit < 0xDC00) {
        int low = take(r, '\\') && take(r, 'u') ? take_hex(r) : -1;
        return low >= 0xDC00 && low <= 0xDFFF;
    }
    return unit > 0 && (unit < 0xDC00 || unit > 0xDFFF);
}

static bool take_string(reader *r)
{
    if (!take(r, '"'))
        return false;
    while (r->at < r->end && *r->at != '"') {
        if ((unsigned char)*r->at < 0x20)
            return false;
        if (*r->at++ == '\\' && !take_escape(r))
            return false;
    }
    return take(r, '"');
}

static bool take_key(reader *r)
{
    skip_space(r);
    if (!take_string(r))
        return false;
    skip_space(r);
    return take(r, ':');
}

static bool take_scalar(reader *r)
{
    return take_string(r) || take_word(r, "true") || take_word(r, "false") ||
           take_word(r, "null") || take_number(r);
}

/* A scalar, or an object or array up to its first value. *ret_done: the value has ended. */
static bool begin_value(reader *r, bool *ret_done)
{
    skip_space(r);
    bool is_object = take(r, '{');
    if (!is_object && !take(r, '[')) {
        *ret_done = true;
        return take_scalar(r);
    }
    skip_space(r);
    *ret_done = take(r, is_object ? '}' : ']');
    if (*ret_done)
        return true;
    if (r->depth == MOST_DEPTH)
        return false;
    r->is_object[r->depth++] = is_object;
    return !is_object || take_key(r);
}

/* What follows a value inside an object or array. *ret_done: that has ended as well. */
static bool go_on(reader *r, bool *ret_done)
{
    bool is_object = r->is_object[r->depth - 1];
    skip_space(r);
    *ret_done = !take(r, ',');
    if (!*ret_done)
        return !is_object || take_key(r);
    r->depth--;
    return take(r, is_object ? '}' : ']');
}

bool qc_sqlite_is_json(const char *text, size_t size)
{
    reader r;
    bool done = false, good = true;
    r.at = text;
    r.end = text + size;
    r.depth = 0;
    while (good && !(done && r.depth == 0))
        good = done ? go_on(&r, &done) : begin_value(&r, &done);
    skip_space(&r);
    return good && r.at == r.end;
}
