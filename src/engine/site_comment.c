/* Site comments: SELECT … (slash-star) users.c:12 find_user (star-slash). Only letters, digits and
 * a few marks get into one, so nothing can end it early, begin another, or break a line in a
 * log. */
#include "engine/site_comment.h"

#include <stdio.h>
#include <string.h>
#include <xxhash.h>

enum { MOST = 100 }; /* of a name in the comment */

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '.' || c == '-';
}

static void copy_plain(char *to, const char *name)
{
    size_t length = 0;
    for (; name[length] && length < MOST; length++)
        to[length] = is_plain(name[length]) ? name[length] : '_';
    to[length] = '\0';
}

uint64_t qc_hash_text(const char *text, size_t length)
{
    return XXH3_64bits(text, length);
}

const qc_statement *qc_with_site(qc_arena *arena, const qc_statement *statement,
                                 const qc_site *site)
{
    char file[MOST + 1], function[MOST + 1];
    const char *slash = strrchr(site->file, '/');
    copy_plain(file, slash ? slash + 1 : site->file);
    copy_plain(function, site->function);
    char *sql = qc_arena_printf(arena, "%s /* %s:%d %s */", statement->sql, file, site->line,
                                function);
    qc_statement *copy = qc_arena_alloc(arena, sizeof(*copy));
    if (!sql || !copy)
        return NULL;
    *copy = *statement;
    copy->sql = sql;
    copy->sql_length = strlen(sql);
    copy->serial = 0;
    copy->hash = qc_hash_text(sql, copy->sql_length);
    return copy;
}
