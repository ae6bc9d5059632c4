/* The arena's layout and its fast path, for code that allocates node by node.
 *
 * An arena is a chain of blocks: those up to `current` are in use, those after it are free and wait
 * for reuse. `place` numbers the blocks in use, so that two points of an arena can be ordered.
 * With QC_DEBUG_ARENA every allocation is a block of its own and release frees it, so that
 * sanitizers see what reads or writes outside it or after its end.
 */
#ifndef QC_BASE_ARENA_INLINE_H
#define QC_BASE_ARENA_INLINE_H

#include <quercus/arena.h>
#include <stdint.h>

enum { QC_ARENA_ALIGN = 16 };

typedef struct qc_block {
    _Alignas(QC_ARENA_ALIGN) struct qc_block *next;
    size_t size; /* bytes behind this header */
    size_t place;
} qc_block;

struct qc_arena {
    char *next, *end; /* the room left in the current block */
    qc_block *current;
    struct qc_deferred *deferred; /* newest first */
    size_t bytes, mallocs;
    size_t next_size; /* of the next new block, with its header */
    qc_block head;    /* always in use; its room lies behind the arena */
};

/* The thread's arena, which qc_current_arena() makes; before that qc_no_arena, which has no room. */
extern qc_arena qc_no_arena __attribute__((visibility("hidden")));
extern _Thread_local qc_arena *qc_thread_arena
    __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* What qc_arena_take does when the current block is full. */
void *qc_arena_take_slow(qc_arena *arena, size_t size) __attribute__((cold));

/* qc_arena_alloc, inlined. `next` and `end` are always aligned (save in debug builds, where the
 * room is always nothing), so what fits also fits when rounded up. */
static inline void *qc_arena_take(qc_arena *arena, size_t size)
{
    char *taken = arena->next;
    if (size > (size_t)(arena->end - taken))
        return qc_arena_take_slow(arena, size);
    arena->next = taken + ((size + QC_ARENA_ALIGN - 1) & ~(size_t)(QC_ARENA_ALIGN - 1));
    return taken;
}

/* qc_current_arena, inlined. */
static inline qc_arena *qc_own_arena(void)
{
    return qc_thread_arena != &qc_no_arena ? qc_thread_arena : qc_current_arena();
}

/* What qc_take does when there is no room, or no arena. */
void *qc_take_slow(size_t size) __attribute__((cold));

/* qc_arena_take from the thread's current arena. */
static inline void *qc_take(size_t size)
{
    qc_arena *arena = qc_thread_arena;
    char *taken = arena->next;
    if (size >= (size_t)(arena->end - taken))
        return qc_take_slow(size);
    arena->next = taken + ((size + QC_ARENA_ALIGN - 1) & ~(size_t)(QC_ARENA_ALIGN - 1));
    return taken;
}

#endif
