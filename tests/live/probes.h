/* Ways to hand a hostile input to the library, each as a real program once did. A probe says whether
 * all went well: the input stayed what it is, or was refused by name. */
#ifndef TESTS_PROBES_H
#define TESTS_PROBES_H

#include <quercus/quercus.h>

typedef bool probe(qc_db *db, const char *input);

/* As a name. */
probe as_table, as_column, as_index, as_label, as_alias, as_function_of_site;
/* As a value. */
probe as_value, as_json_key, as_json_text, as_cast, as_argument, as_subquery, as_row, as_default,
    as_second_order, as_like, as_broken, as_old_strings, as_numeric, as_many_arguments;
/* As a number. */
probe as_arithmetic, as_limit, as_size;
/* As something to be told. */
probe as_message, as_trace, as_url;
/* As nothing: the input is the number of a case. */
probe as_zeroed, as_lifetime;

#endif
