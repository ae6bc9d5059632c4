/* Prepared statements of a SQLite connection: found by hash and text, the least recently used one
 * ends when there are too many. */
#include "driver/sqlite.h"

#include <stdlib.h>
#include <string.h>

static qc_sqlite_prepared **bucket_of(qc_sqlite_cache *cache, uint64_t hash)
{
    return &cache->buckets[hash % QC_SQLITE_BUCKETS];
}

static void unlink_by_use(qc_sqlite_cache *cache, qc_sqlite_prepared *prepared)
{
    *(prepared->newer ? &prepared->newer->older : &cache->newest) = prepared->older;
    *(prepared->older ? &prepared->older->newer : &cache->oldest) = prepared->newer;
}

static void link_newest(qc_sqlite_cache *cache, qc_sqlite_prepared *prepared)
{
    prepared->newer = NULL;
    prepared->older = cache->newest;
    *(cache->newest ? &cache->newest->newer : &cache->oldest) = prepared;
    cache->newest = prepared;
}

static void end(qc_sqlite_prepared *prepared)
{
    sqlite3_finalize(prepared->stmt);
    free(prepared);
}

static void take_out(qc_sqlite_cache *cache, qc_sqlite_prepared *prepared)
{
    qc_sqlite_prepared **at = bucket_of(cache, prepared->hash);
    while (*at != prepared)
        at = &(*at)->next;
    *at = prepared->next;
    unlink_by_use(cache, prepared);
    cache->count--;
    prepared->cached = false;
    if (!prepared->busy)
        end(prepared);
}

static bool is_text(sqlite3_stmt *stmt, const char *sql, size_t length)
{
    const char *text = sqlite3_sql(stmt);
    return strncmp(text, sql, length) == 0 && text[length] == '\0';
}

qc_sqlite_prepared *qc_sqlite_find(qc_sqlite_cache *cache, uint64_t hash, const char *sql,
                                   size_t length)
{
    qc_sqlite_prepared *found = *bucket_of(cache, hash);
    while (found && (found->hash != hash || found->busy || !is_text(found->stmt, sql, length)))
        found = found->next;
    if (!found)
        return NULL;
    if (found != cache->newest) {
        unlink_by_use(cache, found);
        link_newest(cache, found);
    }
    found->busy = true;
    return found;
}

qc_sqlite_prepared *qc_sqlite_keep(qc_sqlite_cache *cache, uint64_t hash, sqlite3_stmt *stmt)
{
    qc_sqlite_prepared *added = malloc(sizeof(*added));
    if (!added) {
        sqlite3_finalize(stmt);
        return NULL;
    }
    if (cache->count == QC_SQLITE_CACHE_SIZE)
        take_out(cache, cache->oldest);
    qc_sqlite_prepared **bucket = bucket_of(cache, hash);
    *added = (qc_sqlite_prepared){
        .stmt = stmt, .hash = hash, .next = *bucket, .busy = true, .cached = true};
    *bucket = added;
    link_newest(cache, added);
    cache->count++;
    return added;
}

void qc_sqlite_return(qc_sqlite_prepared *prepared)
{
    sqlite3_reset(prepared->stmt);
    prepared->busy = false;
    if (!prepared->cached)
        end(prepared);
}

void qc_sqlite_forget(qc_sqlite_cache *cache)
{
    while (cache->newest)
        take_out(cache, cache->newest);
}
