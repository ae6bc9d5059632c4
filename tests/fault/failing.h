/* Allocations that fail: those of the library's objects (the linker's --wrap) and SQLite's. */
#ifndef TESTS_FAILING_H
#define TESTS_FAILING_H

#include <stdbool.h>
#include <stddef.h>

/* Makes SQLite take its memory through here; before its first use in the process. */
void failing_install(void);
/* From here on allocations are counted, and the k-th of them fails; `for_ever`: and all after it.
 * k is counted from 1; 0 fails none. */
void failing_begin(size_t k, bool for_ever);
/* From now until failing_end, notes where in the program each allocation is made. */
void failing_note_places(void);
/* Whether the k-th noted allocation is the first from its place: the calls that led to it. */
bool failing_is_first(size_t k);
/* No more failures. How many allocations there were. */
size_t failing_end(void);
/* How many of the allocations are not freed. */
long failing_live(void);

#endif
