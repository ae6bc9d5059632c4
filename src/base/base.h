/* The base room: memory of the library, texts in arenas, error records, time. */
#ifndef QC_BASE_BASE_H
#define QC_BASE_BASE_H

#include <quercus/arena.h>
#include <quercus/error.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Copies in an arena, NUL-terminated; NULL when memory is out. */
char *qc_arena_copy(qc_arena *arena, const char *text, size_t length);
char *qc_arena_printf(qc_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *qc_arena_vprintf(qc_arena *arena, const char *format, va_list arguments);

/* Has the arena run `free_it(object)` when it is reset, released past this point, or freed.
 * False when memory is out (free_it is then not called). */
bool qc_arena_defer(qc_arena *arena, void (*free_it)(void *), void *object);

/* An error and the memory of its texts. Zeroed is "no error". Setting one never fails: when memory
 * runs out the code stays, for it says what happened, and the message is the code's meaning. */
typedef struct qc_error_record {
    struct qc_error error;
    qc_arena *texts; /* made on first use */
} qc_error_record;

void qc_error_clear(qc_error_record *record);
void qc_error_free(qc_error_record *record);
/* Sets code and message, clearing all else; returns `code`. The arguments may be the record's own
 * texts. */
enum qc_code qc_error_set(qc_error_record *record, enum qc_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4), cold));
/* Copies `text` into the record's memory for one of its other fields. NULL stays NULL, and
 * is also the answer when memory is out. */
const char *qc_error_text(qc_error_record *record, const char *text);
/* Gives an error with a SQLSTATE a hint where the database has none and we know better. */
void qc_error_hint(qc_error_record *record);
/* The record for out of memory, which needs none. */
extern const struct qc_error qc_error_nomem;

/* Whether the first `length` bytes are UTF-8 without NUL, surrogates or overlong forms (RFC
 * 3629). */
bool qc_utf8_valid(const char *text, size_t length);

/* Counts the forks that led to this process, once qc_watch_forks was true: cheaper to ask than
 * getpid. */
extern volatile sig_atomic_t qc_process __attribute__((visibility("hidden")));
bool qc_watch_forks(void);

/* Monotonic time in microseconds. */
int64_t qc_now_us(void);
/* The same, some milliseconds late and much cheaper: for deadlines. */
int64_t qc_about_now_us(void);

#endif
