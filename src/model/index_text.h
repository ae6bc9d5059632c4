/* The columns of INDEX and ORDERED_BY, as they are written: "city, DESC(name)". */
#ifndef QC_MODEL_INDEX_TEXT_H
#define QC_MODEL_INDEX_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* One column: name or DESC(name). */
typedef struct qc_index_column {
    const char *name; /* not NUL-terminated */
    size_t length;
    bool descending;
} qc_index_column;
/* Takes the next column from *at and moves on; false at the end and before what is none: *at is
 * then at its place. */
bool qc_index_next(const char **at, qc_index_column *ret);

#endif
