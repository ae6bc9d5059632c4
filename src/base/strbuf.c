/* The string builder: grows by doubling, latches its first failure. */
#include "base/strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 256 };

/* Makes room for `extra` more bytes and the NUL. */
static bool reserve(qc_strbuf *buffer, size_t extra)
{
    if (buffer->failed)
        return false;
    if (extra < buffer->capacity - buffer->length)
        return true;
    size_t limit = (size_t)PTRDIFF_MAX;
    size_t capacity = buffer->capacity ? buffer->capacity : FIRST_CAPACITY;
    if (extra >= limit - buffer->length) {
        buffer->failed = true;
        return false;
    }
    while (capacity - buffer->length <= extra)
        capacity = capacity > limit / 2 ? limit : capacity * 2;
    char *text = realloc(buffer->text, capacity);
    buffer->failed = !text;
    if (!text)
        return false;
    buffer->text = text;
    buffer->capacity = capacity;
    return true;
}

void qc_strbuf_append(qc_strbuf *buffer, const char *text, size_t length)
{
    if (!reserve(buffer, length))
        return;
    if (length)
        memcpy(buffer->text + buffer->length, text, length);
    buffer->length += length;
    buffer->text[buffer->length] = '\0';
}

void qc_strbuf_puts(qc_strbuf *buffer, const char *text)
{
    qc_strbuf_append(buffer, text, strlen(text));
}

void qc_strbuf_putc(qc_strbuf *buffer, char c)
{
    qc_strbuf_append(buffer, &c, 1);
}

void qc_strbuf_integer(qc_strbuf *buffer, int64_t value)
{
    char digits[24];
    char *first = digits + sizeof(digits);
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        *--first = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0)
        *--first = '-';
    qc_strbuf_append(buffer, first, (size_t)(digits + sizeof(digits) - first));
}

static void append_formatted(qc_strbuf *buffer, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    if (length < 0)
        buffer->failed = true;
    else if (reserve(buffer, (size_t)length)) {
        vsnprintf(buffer->text + buffer->length, (size_t)length + 1, format, again);
        buffer->length += (size_t)length;
    }
    va_end(again);
}

void qc_strbuf_printf(qc_strbuf *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    append_formatted(buffer, format, arguments);
    va_end(arguments);
}

void qc_strbuf_clear(qc_strbuf *buffer)
{
    buffer->length = 0;
    buffer->failed = false;
    if (buffer->text)
        buffer->text[0] = '\0';
}

void qc_strbuf_free(qc_strbuf *buffer)
{
    free(buffer->text);
    *buffer = (qc_strbuf){0};
}
