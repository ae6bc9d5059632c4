/* Calls that block, in a thread of their own. */
#ifndef QC_BASE_ASIDE_H
#define QC_BASE_ASIDE_H

#include <stdbool.h>
#include <stdint.h>

/* Runs call(data) in another thread and waits for its end, inside a task without blocking the loop.
 * False when the deadline passed first: the thread goes on and has `data` to itself, which it gives
 * to abandon(data) at the end. Also when no thread could be had: then `data` is abandoned at once.
 */
bool qc_aside(void (*call)(void *data), void (*abandon)(void *data), void *data, int64_t deadline);

#endif
