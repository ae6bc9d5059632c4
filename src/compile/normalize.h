/* What is completed in a query before it is fingerprinted. */
#ifndef QC_COMPILE_NORMALIZE_H
#define QC_COMPILE_NORMALIZE_H

#include "ast/ast.h"

/* `clauses` with those of the queries it extends (qc_flatten), and, in an INSERT of SET clauses, a
 * SET for every column with a DEFAULT that has none. Made in `arena`, which must be the current
 * one; returned as they are when there is nothing to do. NULL when memory is out. */
const qc_clause *qc_normalize(qc_arena *arena, const qc_clause *clauses);

#endif
