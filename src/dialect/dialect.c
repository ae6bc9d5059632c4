/* Finding a dialect; identifiers and the quotes they need. */
#include "dialect/dialect.h"

#include <string.h>

static const qc_dialect *const dialects[] = {&qc_postgresql_dialect, &qc_sqlite_dialect};

const qc_dialect *qc_dialect_find(const char *name)
{
    for (size_t i = 0; name && i < sizeof(dialects) / sizeof(*dialects); i++)
        if (strcmp(dialects[i]->name, name) == 0)
            return dialects[i];
    return NULL;
}

enum { STARTS = 1, GOES_ON = 2 };

/* What may stand in a name without quotes: [a-z_][a-z0-9_$]*. Upper case would be folded. */
static const unsigned char classes[256] = {
    ['_'] = 3, ['$'] = 2, ['0'] = 2, ['1'] = 2, ['2'] = 2, ['3'] = 2, ['4'] = 2, ['5'] = 2,
    ['6'] = 2, ['7'] = 2, ['8'] = 2, ['9'] = 2, ['a'] = 3, ['b'] = 3, ['c'] = 3, ['d'] = 3,
    ['e'] = 3, ['f'] = 3, ['g'] = 3, ['h'] = 3, ['i'] = 3, ['j'] = 3, ['k'] = 3, ['l'] = 3,
    ['m'] = 3, ['n'] = 3, ['o'] = 3, ['p'] = 3, ['q'] = 3, ['r'] = 3, ['s'] = 3, ['t'] = 3,
    ['u'] = 3, ['v'] = 3, ['w'] = 3, ['x'] = 3, ['y'] = 3, ['z'] = 3};

static bool is_keyword(const qc_dialect *dialect, const char *name, size_t length)
{
    if (name[0] == '_' || length > QC_LONGEST_KEYWORD)
        return false;
    const char *word = dialect->keywords[name[0] - 'a'][length];
    for (; word; word = word[length] ? word + length + 1 : NULL) {
        size_t same = 1;
        while (same < length && word[same] == name[same])
            same++;
        if (same == length)
            return true;
    }
    return false;
}

size_t qc_plain_identifier(const qc_dialect *dialect, const char *name)
{
    const unsigned char *at = (const unsigned char *)name;
    if (!(classes[*at] & STARTS))
        return 0;
    while (classes[*at] & GOES_ON)
        at++;
    size_t length = (size_t)((const char *)at - name);
    bool too_long = dialect->max_identifier && length > dialect->max_identifier;
    return *at || too_long || is_keyword(dialect, name, length) ? 0 : length;
}

bool qc_valid_identifier(const qc_dialect *dialect, const char *name, size_t length)
{
    return length && (!dialect->max_identifier || length <= dialect->max_identifier) &&
           qc_utf8_valid(name, length);
}

static void append_quoted(qc_strbuf *out, const char *name)
{
    qc_strbuf_putc(out, '"');
    for (; *name; name++) {
        if (*name == '"')
            qc_strbuf_putc(out, '"');
        qc_strbuf_putc(out, *name);
    }
    qc_strbuf_putc(out, '"');
}

bool qc_identifier(qc_strbuf *out, const qc_dialect *dialect, const char *name)
{
    size_t length = name ? strlen(name) : 0;
    if (!qc_valid_identifier(dialect, name, length))
        return false;
    if (qc_plain_identifier(dialect, name))
        qc_strbuf_append(out, name, length);
    else
        append_quoted(out, name);
    return true;
}
