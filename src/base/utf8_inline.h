/* Whether a text is ASCII, as most texts are, where a call would cost more than the look at it. */
#ifndef QC_BASE_UTF8_INLINE_H
#define QC_BASE_UTF8_INLINE_H

#include "base/base.h"

#include <string.h>

enum { QC_UTF8_WORD = 8, QC_UTF8_HALF = 4 };

static inline uint64_t qc_utf8_word(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof(word));
    return word;
}

static inline uint64_t qc_utf8_two_halves(const char *one, const char *other)
{
    uint32_t halves[2];
    memcpy(&halves[0], one, sizeof(halves[0]));
    memcpy(&halves[1], other, sizeof(halves[1]));
    return (uint64_t)halves[0] << 32 | halves[1];
}

/* Sets the high bit of a byte of a word in which one is zero or none of ASCII: subtracting 1 sets
 * that of a zero byte, and an ASCII byte has none before. */
static inline uint64_t qc_utf8_marks(uint64_t word)
{
    return word | (word - UINT64_MAX / 255);
}

static inline bool qc_utf8_unmarked(uint64_t marks)
{
    return (marks & UINT64_MAX / 255 << 7) == 0;
}

/* False says nothing. The last word, or half, overlaps the one before it. */
static inline bool qc_utf8_plain(const char *text, size_t length)
{
    if (length < QC_UTF8_HALF)
        return false;
    if (length < QC_UTF8_WORD)
        return qc_utf8_unmarked(
            qc_utf8_marks(qc_utf8_two_halves(text, text + length - QC_UTF8_HALF)));
    const char *last = text + length - QC_UTF8_WORD;
    for (; text < last; text += QC_UTF8_WORD)
        if (!qc_utf8_unmarked(qc_utf8_marks(qc_utf8_word(text))))
            return false;
    return qc_utf8_unmarked(qc_utf8_marks(qc_utf8_word(last)));
}

static inline bool qc_utf8_fit(const char *text, size_t length)
{
    return qc_utf8_plain(text, length) || qc_utf8_valid(text, length);
}

#endif
