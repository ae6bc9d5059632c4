/* Random queries that are right by construction, the same for the same seeds. */
#ifndef TESTS_RANDOM_QUERY_H
#define TESTS_RANDOM_QUERY_H

#include <quercus/quercus.h>

extern const qc_schema fuzz_schema;

/* The clauses of a query in the current arena. `structure` decides everything but the values of its
 * binds, which `values` decides. NULL when memory is out. */
const qc_clause *random_query(uint64_t structure, uint64_t values);
/* What is in the text of every bind of a text, and must not be in SQL. */
extern const char fuzz_canary[];

#endif
