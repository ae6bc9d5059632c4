/* The queries of the goldens. */
#ifndef TESTS_RENDER_CASES_H
#define TESTS_RENDER_CASES_H

#include "models.h"

/* Called with every case, in order; the clauses live during the call. NULL: memory is out. */
typedef void see_case(const char *name, const qc_clause *clauses);

void see_queries(see_case *see);     /* cases.c: SELECT and what it is made of */
void see_expressions(see_case *see); /* expressions.c */
void see_writes(see_case *see);      /* writes.c */
void see_arrays(see_case *see);      /* writes.c: where rows travel as arrays */
void see_mixins(see_case *see);      /* mixins.c: SOFT_DELETE and TENANT */
void see_hierarchies(see_case *see); /* hierarchies.c */
void see_errors(see_case *see);      /* errors.c: wrong ones */
void see_limits(see_case *see);      /* errors.c: huge ones */

#endif
