/* The statement cache: compiled statements by the key of their query.
 *
 * The line of the query, or a hash, finds the candidates and the words of the key decide, so that
 * two queries are never taken for one. Entries are counted references: the cache holds one, and so does whoever uses the
 * statement or its result's names; what is evicted lives on until the last of them lets go. When
 * the cache is full, the clock's hand passes over entries that were used since its last visit.
 */
#ifndef QC_ENGINE_CACHE_H
#define QC_ENGINE_CACHE_H

#include "ast/recipe.h"
#include "compile/statement.h"

typedef struct qc_cached {
    struct qc_cached *next; /* in its bucket */
    qc_statement *statement;
    size_t references;
    const qc_recipe *recipe; /* of a query that had the key; NULL: none */
    const struct qc_page_outline *pages; /* of QC_VARIANT_PAGES; else NULL */
    bool used;          /* since the hand's last visit */
    bool key_order;     /* the statement's binds are the key's, in the same order */
    uint64_t hash;
    size_t count;
    uint64_t words[];   /* of the key */
} qc_cached;

enum { QC_CACHE_DEFAULT = 512, QC_CACHE_RECENT = 64 };

typedef struct qc_cache {
    qc_cached *recent[QC_CACHE_RECENT]; /* what a line of the program found last, or NULL */
    size_t limit;        /* 0: nothing is kept */
    size_t count, room;  /* entries, and places in `ring` and `buckets` (a power of two) */
    size_t hand;
    qc_cached **ring, **buckets;
} qc_cache;

/* The entry of a key with a reference for the caller, or NULL. */
qc_cached *qc_cache_find(qc_cache *cache, const qc_key *key);
/* What qc_cache_note was last told of the line, without a reference; or NULL. */
qc_cached *qc_cache_recall(const qc_cache *cache, const qc_site *site);
/* A reference for the caller, who has found that the entry is what is wanted. */
static inline qc_cached *qc_cached_use(qc_cached *cached)
{
    cached->used = true;
    cached->references++;
    return cached;
}
bool qc_cached_has_key(const qc_cached *cached, const qc_key *key);
/* Notes what qc_cache_find found for a line. */
void qc_cache_note(qc_cache *cache, const qc_site *site, qc_cached *cached);
/* An entry that owns `statement`, with a reference for the caller, kept where the cache has room
 * and memory for it. NULL when there is no memory for the entry: then the statement is freed. */
qc_cached *qc_cache_add(qc_cache *cache, const qc_key *key, qc_statement *statement);
/* Lets go of a reference; takes NULL. */
void qc_cached_release(void *cached);
/* Keeps at most `limit` entries from now on; drops what is too much. */
void qc_cache_resize(qc_cache *cache, size_t limit);
void qc_cache_free(qc_cache *cache);

#endif
