/* Error records: an error and the memory of its texts. */
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *meaning;
} codes[] = {
#define QC_ROW(code, name, meaning) {name, meaning},
    QC_CODES(QC_ROW)
#undef QC_ROW
};
_Static_assert(sizeof(codes) / sizeof(codes[0]) == QC_CODE_COUNT, "one row a code");

const struct qc_error qc_error_nomem = {.code = QC_ERROR_NOMEM, .message = "out of memory"};

static bool is_code(enum qc_code code)
{
    return (unsigned)code < QC_CODE_COUNT;
}

const char *qc_code_name(enum qc_code code)
{
    return is_code(code) ? codes[code].name : "unknown error";
}

void qc_error_clear(qc_error_record *record)
{
    qc_arena_reset(record->texts);
    record->error = (struct qc_error){0};
}

void qc_error_free(qc_error_record *record)
{
    qc_arena_free(record->texts);
    *record = (qc_error_record){0};
}

const char *qc_error_text(qc_error_record *record, const char *text)
{
    if (!text)
        return NULL;
    if (!record->texts)
        record->texts = qc_arena_new();
    return qc_arena_copy(record->texts, text, strlen(text));
}

/* The arguments may be texts of the record itself, so they are read before it is cleared. */
enum qc_code qc_error_set(qc_error_record *record, enum qc_code code, const char *format, ...)
{
    char small[512];
    char *text = small;
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(small, sizeof(small), format, arguments);
    if (length >= (int)sizeof(small)) {
        text = malloc((size_t)length + 1);
        if (text)
            vsnprintf(text, (size_t)length + 1, format, again);
    }
    va_end(again);
    va_end(arguments);

    qc_error_clear(record);
    record->error.code = code;
    record->error.message = qc_error_text(record, length < 0 ? NULL : text);
    if (!record->error.message)
        record->error.message = is_code(code) ? codes[code].meaning : qc_code_name(code);
    if (text != small)
        free(text);
    return code;
}

void qc_error_hint(qc_error_record *record)
{
    struct qc_error *error = &record->error;
    if (!error->hint && strcmp(error->sqlstate, "42P10") == 0)
        error->hint = "ON_CONFLICT names the columns of a unique key: exactly those of one PRIMARY "
                      "KEY, UNIQUE column or UNIQUE_INDEX that the table has in the database";
}
