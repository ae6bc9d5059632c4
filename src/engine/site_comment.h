/* The C line of a query as a trailing comment of its SQL. */
#ifndef QC_ENGINE_SITE_COMMENT_H
#define QC_ENGINE_SITE_COMMENT_H

#include "compile/statement.h"

uint64_t qc_hash_text(const char *text, size_t length);
/* The statement with a text, and so a name, of its own, in `arena`; NULL when memory is out. */
const qc_statement *qc_with_site(qc_arena *arena, const qc_statement *statement,
                                 const qc_site *site);

#endif
