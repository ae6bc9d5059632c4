/* A shortcut to the key: what a query looked like that had it.
 *
 * A line of a program makes nearly the same tree every time. A recipe holds one tree as flat words,
 * and looking whether another is like it is one pass without dispatch, which gathers the binds.
 * Every word is compared: what matches has the key. What does not may still have it.
 */
#ifndef QC_AST_RECIPE_H
#define QC_AST_RECIPE_H

#include "ast/fingerprint.h"

typedef struct qc_recipe qc_recipe;

/* The recipe of the clauses, whose key is `key` with `variant`, in `arena`. NULL for a query that is
 * large or rare, and when memory is out. */
const qc_recipe *qc_recipe_of(qc_arena *arena, const qc_clause *clauses, uint64_t variant,
                              const qc_key *key);
/* The key's binds in the key's order, in `arena`, when the clauses are like the recipe's; NULL when
 * they are not, or memory is out. `recipe` may be NULL. */
const qc_node *const *qc_recipe_match(const qc_recipe *recipe, qc_arena *arena,
                                      const qc_clause *clauses, uint64_t variant);

#endif
