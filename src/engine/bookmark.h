/* The text of a page's position: opaque, URL-safe, signed. */
#ifndef QC_ENGINE_BOOKMARK_H
#define QC_ENGINE_BOOKMARK_H

#include "ast/make.h"
#include "base/mac.h"
#include "compile/page.h"

/* What a cursor says, and of which query. */
typedef struct qc_bookmark {
    uint64_t shape;
    bool backward, at;
    const qc_bind *values; /* one a key; of their types */
    size_t count;
} qc_bookmark;

/* Who signs. */
typedef struct qc_signer {
    qc_mac *mac;
    const unsigned char *key; /* QC_MAC_SIZE bytes */
} qc_signer;

/* Made in `arena`; NULL when memory is out. */
const char *qc_bookmark_write(qc_arena *arena, const qc_signer *signer,
                              const qc_bookmark *bookmark);
/* Reads a cursor of the plan's query; the values are made in the current arena. NULL when it is
 * one; else what is wrong with it, "" when memory is out. */
const char *qc_bookmark_read(const qc_signer *signer, const char *text, const qc_page_plan *plan,
                             qc_page_position *ret);

#endif
