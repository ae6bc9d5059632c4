/* Arenas: the only owners of memory.
 *
 * Expressions are built in the thread's current arena. It exists from the first use, grows in
 * blocks, keeps the blocks of what was released for the next query, and is freed at thread exit.
 * A one-shot sink (FIRST, ALL, …) releases what its query took; what is built outside a sink (a
 * filter in a variable, a QUERY) stays until the arena is reset, or until QC_ARENA_SCOPE ends.
 */
#ifndef QUERCUS_ARENA_H
#define QUERCUS_ARENA_H

#include <stddef.h>

typedef struct qc_arena qc_arena;

/* A new arena, or NULL when memory is out. Free it with qc_arena_free, which takes NULL. */
qc_arena *qc_arena_new(void);
void qc_arena_free(qc_arena *arena);

/* `size` bytes aligned for any type, valid until released; NULL when memory is out. */
void *qc_arena_alloc(qc_arena *arena, size_t size);
/* Frees everything in the arena, keeping its blocks for reuse. */
void qc_arena_reset(qc_arena *arena);

/* A point to release to: everything allocated after it is freed. */
typedef struct qc_mark {
    void *block;
    size_t used;
} qc_mark;
qc_mark qc_arena_mark(const qc_arena *arena);
void qc_arena_release(qc_arena *arena, qc_mark mark);

/* Bytes of all blocks, and how often malloc was called for them since the arena is. */
size_t qc_arena_bytes(const qc_arena *arena);
size_t qc_arena_mallocs(const qc_arena *arena);

/* The thread's current arena; NULL only when memory is out. */
qc_arena *qc_current_arena(void);

#endif
