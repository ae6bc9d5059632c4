/* See failing.h. Scenarios run one after another, each in a thread of its own that is waited for,
 * so the counters need no lock. */
#include "failing.h"

#include <execinfo.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __wrap_free(void *memory);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t size);

static bool counting, lasting;
static size_t seen, failing_at;
static long live;

/* ---- Places. ---- */

enum { NOTED_MOST = 1 << 15, FRAMES = 16 };
static bool noting, first[NOTED_MOST];
static uint64_t places[2 * NOTED_MOST]; /* a hash table; 0: free */

/* Calls below FRAMES ones are one place: loops and recursion end. */
static void note_place(size_t k)
{
    void *frames[FRAMES];
    const int count = backtrace(frames, FRAMES);
    uint64_t hash = 0;
    for (int i = 0; i < count; i++)
        hash = (hash ^ (uintptr_t)frames[i]) * UINT64_C(0x9E3779B97F4A7C15);
    size_t at = (size_t)(hash >> 32) % (2 * NOTED_MOST);
    while (places[at] && places[at] != hash)
        at = (at + 1) % (2 * NOTED_MOST);
    first[k] = !places[at];
    places[at] = hash;
}

void failing_note_places(void)
{
    memset(places, 0, sizeof(places));
    noting = true;
}

bool failing_is_first(size_t k)
{
    return k < NOTED_MOST && first[k];
}

static bool fails(void)
{
    if (!counting)
        return false;
    seen++;
    if (noting && seen < NOTED_MOST)
        note_place(seen);
    return failing_at && (lasting ? seen >= failing_at : seen == failing_at);
}

void failing_begin(size_t k, bool for_ever)
{
    seen = 0;
    failing_at = k;
    lasting = for_ever;
    counting = true;
}

size_t failing_end(void)
{
    counting = noting = false;
    return seen;
}

long failing_live(void)
{
    return live;
}

/* ---- The library. ---- */

static void *counted(void *memory)
{
    live += memory != NULL;
    return memory;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *memory, size_t size)
{
    if (fails())
        return NULL;
    void *moved = __real_realloc(memory, size);
    live += !memory && moved;
    return moved;
}

void __wrap_free(void *memory)
{
    live -= memory != NULL;
    __real_free(memory);
}

char *__wrap_strndup(const char *text, size_t size)
{
    size_t length = strnlen(text, size);
    char *copy = __wrap_malloc(length + 1);
    if (!copy)
        return NULL;
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *__wrap_strdup(const char *text)
{
    return __wrap_strndup(text, SIZE_MAX);
}

/* ---- SQLite: blocks with their size before them. ---- */

enum { HEADER = 16 };

static void *sqlite_malloc(int size)
{
    char *memory = fails() ? NULL : __real_malloc((size_t)size + HEADER);
    if (!memory)
        return NULL;
    *(int *)(void *)memory = size;
    return memory + HEADER;
}

static int sqlite_size(void *memory)
{
    return memory ? *(int *)(void *)((char *)memory - HEADER) : 0;
}

static void sqlite_free(void *memory)
{
    if (memory)
        __real_free((char *)memory - HEADER);
}

static void *sqlite_realloc(void *memory, int size)
{
    char *moved =
        fails() ? NULL
                : __real_realloc(memory ? (char *)memory - HEADER : NULL, (size_t)size + HEADER);
    if (!moved)
        return NULL;
    *(int *)(void *)moved = size;
    return moved + HEADER;
}

static int sqlite_roundup(int size)
{
    return (size + 7) & ~7;
}

static int sqlite_init(void *data)
{
    (void)data;
    return SQLITE_OK;
}

static void sqlite_shutdown(void *data)
{
    (void)data;
}

void failing_install(void)
{
    static const sqlite3_mem_methods methods = {
        sqlite_malloc,  sqlite_free, sqlite_realloc,  sqlite_size,
        sqlite_roundup, sqlite_init, sqlite_shutdown, NULL};
    sqlite3_shutdown();
    sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
    /* No lookaside: every small allocation is one that can fail. */
    sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0);
    sqlite3_initialize();
}
