/* The structure of a query as a key, and its values as a list, in one pass.
 *
 * Two queries have equal keys exactly when they render to the same text and the same result shape:
 * the key holds kinds, operators, types, column and table addresses, names, and which binds are
 * one and the same node; it does not hold values.
 */
#ifndef QC_AST_FINGERPRINT_H
#define QC_AST_FINGERPRINT_H

#include "ast/ast.h"

typedef struct qc_key {
    uint64_t hash;        /* XXH3 of the words; by qc_hash_key */
    const uint64_t *words;
    size_t count;
    const qc_node *const *binds; /* BIND and ARRAY nodes, each once, in the order they were met */
    size_t bind_count;
    const qc_node *poison; /* the first poison node met, or NULL: then nothing else is valid */
    bool nomem;
} qc_key;

/* `variant` is whatever else decides the text (dialect, FIRST's LIMIT 1 …). The arrays lie in
 * `arena`. */
void qc_fingerprint(qc_arena *arena, const qc_clause *clauses, uint64_t variant, qc_key *ret);
void qc_hash_key(qc_key *key);

#endif
