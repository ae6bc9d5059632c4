/* The statement cache: a hash table with chains, and a ring that the clock's hand walks. In front of
 * the table lies what each line found last: a line nearly always finds the same again. */
#include "engine/cache.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 64 };

static qc_cached **bucket_of(const qc_cache *cache, uint64_t hash)
{
    return &cache->buckets[hash & (cache->room - 1)];
}

bool qc_cached_has_key(const qc_cached *cached, const qc_key *key)
{
    return cached->count == key->count &&
           memcmp(cached->words, key->words, key->count * sizeof(*key->words)) == 0;
}

qc_cached *qc_cache_find(qc_cache *cache, const qc_key *key)
{
    if (cache->count == 0)
        return NULL;
    for (qc_cached *cached = *bucket_of(cache, key->hash); cached; cached = cached->next)
        if (cached->hash == key->hash && qc_cached_has_key(cached, key))
            return qc_cached_use(cached);
    return NULL;
}

/* ---- By line. ---- */

static size_t place_of(const qc_site *site)
{
    return (uintptr_t)site / sizeof(*site) % QC_CACHE_RECENT;
}

qc_cached *qc_cache_recall(const qc_cache *cache, const qc_site *site)
{
    return cache->recent[place_of(site)];
}

void qc_cache_note(qc_cache *cache, const qc_site *site, qc_cached *cached)
{
    cache->recent[place_of(site)] = cached;
}

static void forget(qc_cache *cache, const qc_cached *cached)
{
    for (size_t i = 0; i < QC_CACHE_RECENT; i++)
        if (cache->recent[i] == cached)
            cache->recent[i] = NULL;
}

void qc_cached_release(void *entry)
{
    qc_cached *cached = entry;
    if (!cached || --cached->references > 0)
        return;
    qc_statement_free(cached->statement);
    free(cached);
}

/* ---- Room. ---- */

static void link_entry(qc_cache *cache, qc_cached *cached)
{
    qc_cached **bucket = bucket_of(cache, cached->hash);
    cached->next = *bucket;
    *bucket = cached;
}

static void unlink_entry(qc_cache *cache, qc_cached *cached)
{
    qc_cached **link = bucket_of(cache, cached->hash);
    while (*link != cached)
        link = &(*link)->next;
    *link = cached->next;
}

/* Doubles the ring and the buckets. */
static bool grow(qc_cache *cache)
{
    size_t room = cache->room ? cache->room * 2 : FIRST_ROOM;
    if (room > SIZE_MAX / sizeof(qc_cached *) / 2)
        return false;
    qc_cached **ring = calloc(room * 2, sizeof(*ring));
    if (!ring)
        return false;
    if (cache->count)
        memcpy(ring, cache->ring, cache->count * sizeof(*ring));
    free(cache->ring);
    cache->ring = ring;
    cache->buckets = ring + room;
    cache->room = room;
    for (size_t i = 0; i < cache->count; i++)
        link_entry(cache, ring[i]);
    return true;
}

static void drop(qc_cache *cache, size_t place)
{
    qc_cached *cached = cache->ring[place];
    unlink_entry(cache, cached);
    forget(cache, cached);
    cache->ring[place] = cache->ring[--cache->count];
    qc_cached_release(cached);
}

/* The place of the entry that was not used for longest, about. */
static size_t find_victim(qc_cache *cache)
{
    for (;; cache->hand++) {
        if (cache->hand >= cache->count)
            cache->hand = 0;
        qc_cached *cached = cache->ring[cache->hand];
        if (!cached->used)
            return cache->hand;
        cached->used = false;
    }
}

/* ---- Adding. ---- */

static bool in_key_order(const qc_statement *statement, const qc_key *key)
{
    if (statement->bind_count != key->bind_count)
        return false;
    for (uint32_t i = 0; i < statement->bind_count; i++)
        if (statement->bind_order[i] != i)
            return false;
    return true;
}

static qc_cached *new_entry(const qc_key *key, qc_statement *statement)
{
    size_t size = key->count * sizeof(*key->words);
    qc_cached *cached = malloc(sizeof(*cached) + size);
    if (!cached)
        return NULL;
    *cached = (qc_cached){.statement = statement,
                          .references = 1,
                          .key_order = in_key_order(statement, key),
                          .hash = key->hash,
                          .count = key->count};
    if (size)
        memcpy(cached->words, key->words, size);
    return cached;
}

/* A place in the ring for one more entry; false when there is none. */
static bool make_place(qc_cache *cache, size_t *ret)
{
    if (cache->limit == 0)
        return false;
    if (cache->count < cache->limit) {
        *ret = cache->count;
        return cache->count < cache->room || grow(cache);
    }
    *ret = find_victim(cache);
    cache->hand = *ret + 1;
    drop(cache, *ret);
    return true;
}

qc_cached *qc_cache_add(qc_cache *cache, const qc_key *key, qc_statement *statement)
{
    size_t place;
    qc_cached *cached = new_entry(key, statement);
    if (!cached) {
        qc_statement_free(statement);
        return NULL;
    }
    if (!make_place(cache, &place))
        return cached;
    cache->ring[cache->count++] = cache->ring[place];
    cache->ring[place] = cached;
    cached->references++;
    link_entry(cache, cached);
    return cached;
}

void qc_cache_resize(qc_cache *cache, size_t limit)
{
    cache->limit = limit;
    while (cache->count > limit)
        drop(cache, find_victim(cache));
}

void qc_cache_free(qc_cache *cache)
{
    qc_cache_resize(cache, 0);
    free(cache->ring);
    *cache = (qc_cache){0};
}
