/* A string builder that latches its first failure, so appends need no checks. */
#ifndef QC_BASE_STRBUF_H
#define QC_BASE_STRBUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Owns `text` (malloc), always NUL-terminated once something was appended. Zeroed is empty. */
typedef struct qc_strbuf {
    char *text;
    size_t length, capacity;
    bool failed; /* memory ran out: later appends do nothing */
} qc_strbuf;

void qc_strbuf_append(qc_strbuf *buffer, const char *text, size_t length);
void qc_strbuf_puts(qc_strbuf *buffer, const char *text);
void qc_strbuf_putc(qc_strbuf *buffer, char c);
void qc_strbuf_integer(qc_strbuf *buffer, int64_t value);
void qc_strbuf_printf(qc_strbuf *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Empties it, keeping the memory. */
void qc_strbuf_clear(qc_strbuf *buffer);
void qc_strbuf_free(qc_strbuf *buffer);

#endif
