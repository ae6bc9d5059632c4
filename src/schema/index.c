/* Indexes: the columns as INDEX spells them, and names for those that have none of their own. */
#include "schema/schema.h"

#include <stdio.h>
#include <string.h>

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static const char *skip_spaces(const char *at)
{
    while (*at == ' ' || *at == '\t' || *at == '\n')
        at++;
    return at;
}

static const char *take_word(const char *at, qc_index_column *ret)
{
    ret->name = at = skip_spaces(at);
    while (is_word(*at))
        at++;
    ret->length = (size_t)(at - ret->name);
    return skip_spaces(at);
}

static bool is(const qc_index_column *word, const char *text)
{
    return word->length == strlen(text) && memcmp(word->name, text, word->length) == 0;
}

bool qc_index_next(const char **at, qc_index_column *ret)
{
    *ret = (qc_index_column){0};
    const char *end = take_word(*at, ret);
    if (*end == '(') {
        ret->descending = is(ret, "DESC") || is(ret, "QC_DESC");
        if (!ret->descending && !is(ret, "ASC") && !is(ret, "QC_ASC"))
            return false;
        end = take_word(end + 1, ret);
        if (*end != ')')
            return false;
        end = skip_spaces(end + 1);
    }
    if (ret->length == 0 || (*end && *end != ','))
        return false;
    *at = *end ? end + 1 : end;
    return true;
}

static uint32_t hash_on(uint32_t hash, const char *text)
{
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u; /* FNV-1a */
    return hash;
}

void qc_made_name(char ret[QC_NAME_SIZE], const char *prefix, const qc_column *column)
{
    enum { HASH_SIZE = 9 };
    const int length =
        snprintf(ret, QC_NAME_SIZE, "%s_%s_%s", prefix, column->table->name, column->name);
    if (length < QC_NAME_SIZE)
        return;
    uint32_t hash = hash_on(hash_on(2166136261u, column->table->name), ".");
    hash = hash_on(hash, column->name);
    size_t end = QC_NAME_SIZE - 1 - HASH_SIZE;
    while (end > 0 && ((unsigned char)ret[end] & 0xC0) == 0x80)
        end--; /* not inside of a character */
    snprintf(ret + end, HASH_SIZE + 1, "_%08x", (unsigned)hash);
}
