/* UTF-8 validation. */
#include "base/utf8_inline.h"

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* The length of the character at `s`, of which `left` bytes are there; 0 when it is malformed.
 * The range of the second byte rules out overlong forms, surrogates and what is over U+10FFFF. */
static size_t character_length(const unsigned char *s, size_t left)
{
    if (s[0] < 0x80)
        return s[0] != 0;
    if (s[0] < 0xC2 || s[0] > 0xF4 || left < 2 || !is_continuation(s[1]))
        return 0;
    if (s[0] < 0xE0)
        return 2;
    if (left < 3 || !is_continuation(s[2]))
        return 0;
    if (s[0] < 0xF0)
        return (s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) ? 0 : 3;
    if (left < 4 || !is_continuation(s[3]))
        return 0;
    return (s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F) ? 0 : 4;
}

bool qc_utf8_valid(const char *text, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t at = 0;
    while (at < length) {
        if (length - at >= QC_UTF8_WORD &&
            qc_utf8_unmarked(qc_utf8_marks(qc_utf8_word(text + at)))) {
            at += QC_UTF8_WORD;
            continue;
        }
        size_t step = character_length(bytes + at, length - at);
        if (!step)
            return false;
        at += step;
    }
    return true;
}
