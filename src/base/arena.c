/* Arenas: blocks, marks, deferred clean-up, and the thread's current arena. */
#include "base/arena_inline.h"
#include "base/base.h"
#include "base/task.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BLOCK = 16 * 1024, LARGEST_BLOCK = 1024 * 1024 };

#ifdef QC_DEBUG_ARENA
enum { EACH_ALONE = 1 };
#else
enum { EACH_ALONE = 0 };
#endif

typedef struct qc_deferred {
    struct qc_deferred *next;
    void (*free_it)(void *);
    void *object;
    size_t place; /* of the block this record is in */
} qc_deferred;

static char *block_data(const qc_block *block)
{
    return (char *)(block + 1);
}

static void use_block(qc_arena *arena, qc_block *block, size_t used)
{
    arena->current = block;
    arena->next = block_data(block) + used;
    arena->end = block_data(block) + block->size;
}

/* The first block lies behind the arena, so that one that was emptied does not look for room. */
qc_arena *qc_arena_new(void)
{
    const size_t total = EACH_ALONE ? sizeof(qc_arena) : FIRST_BLOCK;
    qc_arena *arena = malloc(total);
    if (!arena)
        return NULL;
    *arena = (qc_arena){.next_size = EACH_ALONE ? FIRST_BLOCK : 2 * FIRST_BLOCK,
                        .bytes = total,
                        .mallocs = 1,
                        .head.size = total - sizeof(*arena)};
    use_block(arena, &arena->head, 0);
    return arena;
}

static void free_blocks_after(qc_arena *arena, qc_block *last)
{
    qc_block *block = last->next;
    last->next = NULL;
    while (block) {
        qc_block *next = block->next;
        arena->bytes -= sizeof(*block) + block->size;
        free(block);
        block = next;
    }
}

void qc_arena_free(qc_arena *arena)
{
    if (!arena)
        return;
    qc_arena_reset(arena);
    free_blocks_after(arena, &arena->head);
    free(arena);
}

/* ---- Blocks. ---- */

/* Takes the first free block with room for `size` out of the chain. */
static qc_block *unlink_free_block(qc_arena *arena, size_t size)
{
    for (qc_block **link = &arena->current->next; *link; link = &(*link)->next) {
        qc_block *block = *link;
        if (block->size >= size) {
            *link = block->next;
            return block;
        }
    }
    return NULL;
}

/* The size with header of a new block that has room for `size`; 0 when there is no such size. */
static size_t new_block_size(qc_arena *arena, size_t size)
{
    if (size > (size_t)PTRDIFF_MAX - sizeof(qc_block) - QC_ARENA_ALIGN)
        return 0;
    if (EACH_ALONE)
        return sizeof(qc_block) + size;
    size_t rounded = (size + QC_ARENA_ALIGN - 1) & ~(size_t)(QC_ARENA_ALIGN - 1);
    size_t total = sizeof(qc_block) + rounded;
    return total > arena->next_size ? total : arena->next_size;
}

static qc_block *new_block(qc_arena *arena, size_t size)
{
    size_t total = new_block_size(arena, size);
    qc_block *block = total ? malloc(total) : NULL;
    if (!block)
        return NULL;
    block->size = total - sizeof(*block);
    arena->mallocs++;
    arena->bytes += total;
    if (total == arena->next_size && total < LARGEST_BLOCK)
        arena->next_size = total * 2;
    return block;
}

void *qc_arena_take_slow(qc_arena *arena, size_t size)
{
    qc_block *block = unlink_free_block(arena, size);
    if (!block)
        block = new_block(arena, size);
    if (!block)
        return NULL;
    block->place = arena->current->place + 1;
    block->next = arena->current->next;
    arena->current->next = block;
    use_block(arena, block, 0);
    if (!EACH_ALONE)
        return qc_arena_take(arena, size);
    arena->next = arena->end;
    return block_data(block);
}

void *qc_arena_alloc(qc_arena *arena, size_t size)
{
    return arena ? qc_arena_take(arena, size) : NULL;
}

size_t qc_arena_bytes(const qc_arena *arena)
{
    return arena->bytes;
}

size_t qc_arena_mallocs(const qc_arena *arena)
{
    return arena->mallocs;
}

/* ---- Marks and deferred clean-up. ---- */

bool qc_arena_defer(qc_arena *arena, void (*free_it)(void *), void *object)
{
    qc_deferred *deferred = qc_arena_alloc(arena, sizeof(*deferred));
    if (!deferred)
        return false;
    *deferred = (qc_deferred){arena->deferred, free_it, object, arena->current->place};
    arena->deferred = deferred;
    return true;
}

static bool taken_after(const qc_deferred *deferred, qc_mark mark)
{
    const qc_block *block = mark.block;
    if (deferred->place != block->place)
        return deferred->place > block->place;
    return (const char *)deferred >= block_data(block) + mark.used;
}

qc_mark qc_arena_mark(const qc_arena *arena)
{
    if (!arena)
        return (qc_mark){NULL, 0};
    return (qc_mark){arena->current, (size_t)(arena->next - block_data(arena->current))};
}

void qc_arena_release(qc_arena *arena, qc_mark mark)
{
    if (!arena || !mark.block)
        return;
    while (arena->deferred && taken_after(arena->deferred, mark)) {
        qc_deferred *deferred = arena->deferred;
        arena->deferred = deferred->next;
        deferred->free_it(deferred->object);
    }
    use_block(arena, mark.block, mark.used);
    if (EACH_ALONE)
        free_blocks_after(arena, mark.block);
}

void qc_arena_reset(qc_arena *arena)
{
    if (arena)
        qc_arena_release(arena, (qc_mark){&arena->head, 0});
}

/* ---- Texts. ---- */

char *qc_arena_copy(qc_arena *arena, const char *text, size_t length)
{
    char *copy = length < SIZE_MAX ? qc_arena_alloc(arena, length + 1) : NULL;
    if (!copy)
        return NULL;
    if (length)
        memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *qc_arena_printf(qc_arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = qc_arena_vprintf(arena, format, arguments);
    va_end(arguments);
    return text;
}

/* Prints into the room that is left, and again if that was not enough. */
char *qc_arena_vprintf(qc_arena *arena, const char *format, va_list arguments)
{
    if (!arena)
        return NULL;
    va_list again;
    va_copy(again, arguments);
    char *room = arena->next;
    int length = vsnprintf(room, (size_t)(arena->end - room), format, arguments);
    char *text = length < 0 ? NULL : qc_arena_alloc(arena, (size_t)length + 1);
    if (text && text != room)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

/* ---- The current arena of the thread, or of the task that runs in it. ---- */

qc_arena qc_no_arena;
_Thread_local qc_arena *qc_thread_arena = &qc_no_arena;

void *qc_take_slow(size_t size)
{
    return qc_arena_alloc(qc_current_arena(), size);
}

static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static bool has_key;

static void free_thread_arena(void *arena)
{
    qc_thread_arena = &qc_no_arena;
    qc_arena_free(arena);
}

static void make_key(void)
{
    has_key = pthread_key_create(&key, free_thread_arena) == 0;
}

/* Keys are not destroyed for the thread that ends the process or unloads the library. */
__attribute__((destructor)) static void free_last_arena(void)
{
    if (qc_thread_arena != &qc_no_arena)
        free_thread_arena(qc_thread_arena);
    if (has_key)
        pthread_key_delete(key);
    has_key = false;
}

qc_arena *qc_current_arena(void)
{
    if (qc_thread_arena != &qc_no_arena)
        return qc_thread_arena;
    pthread_once(&key_once, make_key);
    qc_arena *arena = has_key ? qc_arena_new() : NULL;
    if (arena && qc_this_task)
        return qc_thread_arena = arena;
    if (!arena || pthread_setspecific(key, arena) != 0) {
        qc_arena_free(arena);
        return NULL;
    }
    return qc_thread_arena = arena;
}
