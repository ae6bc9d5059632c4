/* The columns of INDEX and ORDERED_BY, as they are written. */
#include "model/index_text.h"

#include <string.h>

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || (unsigned char)c >= 0x80;
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
    *at = skip_spaces(*at);
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
