/* Prepared statements: a cache a connection, and the ways to send one.
 *
 * A statement's name is a hash of its text and of its parameters' types, so that behind a pooler
 * one name means one statement for all clients; the cache compares texts and types, the hash is not
 * trusted. The first execution sends Parse, Bind, Execute and Sync at once (a pipeline), which
 * costs one round trip and reaches one server session. A statement that turns out stale is prepared
 * again, once; after that it is sent without a name, which always serves. Where names turn out to be
 * shared with others, a pooler is between, and the connection uses none any more.
 */
#include "driver/pg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- The cache. ---- */

static uint64_t key_of(const qc_statement *s)
{
    uint64_t key = s->hash;
    for (uint32_t i = 0; i < s->bind_count; i++) {
        key = (key ^ s->bind_oids[i]) * UINT64_C(0x9e3779b97f4a7c15);
        key ^= key >> 29;
    }
    return key;
}

static qc_pg_prepared **bucket_of(qc_pg_cache *cache, uint64_t key)
{
    return &cache->buckets[key % QC_PG_PREPARED_BUCKETS];
}

static bool is_same(qc_pg_prepared *entry, const qc_statement *s)
{
    if (s->serial && entry->serial == s->serial)
        return true;
    const bool same =
        entry->length == s->sql_length && entry->oid_count == s->bind_count &&
        memcmp(entry->sql, s->sql, s->sql_length) == 0 &&
        (s->bind_count == 0 ||
         memcmp(entry->oids, s->bind_oids, s->bind_count * sizeof(*s->bind_oids)) == 0);
    if (same)
        entry->serial = s->serial;
    return same;
}

static qc_pg_prepared *find_key(qc_pg_cache *cache, uint64_t key)
{
    qc_pg_prepared *entry = *bucket_of(cache, key);
    while (entry && entry->key != key)
        entry = entry->next;
    return entry;
}

static void free_entry(qc_pg_prepared *entry)
{
    if (!entry)
        return;
    free(entry->sql);
    free(entry->oids);
    qc_pg_plan_clear(&entry->plan);
    free(entry);
}

static qc_pg_prepared *new_entry(const qc_statement *s, uint64_t key)
{
    const size_t oids_size = s->bind_count * sizeof(*s->bind_oids);
    qc_pg_prepared *entry = calloc(1, sizeof(*entry));
    if (!entry)
        return NULL;
    entry->sql = malloc(s->sql_length + 1);
    entry->oids = malloc(oids_size + 1);
    if (!entry->sql || !entry->oids) {
        free_entry(entry);
        return NULL;
    }
    memcpy(entry->sql, s->sql, s->sql_length);
    if (oids_size)
        memcpy(entry->oids, s->bind_oids, oids_size);
    entry->key = key;
    entry->length = s->sql_length;
    entry->oid_count = s->bind_count;
    snprintf(entry->name, sizeof(entry->name), "qc_%016llx", (unsigned long long)key);
    return entry;
}

static void insert(qc_pg_cache *cache, qc_pg_prepared *entry)
{
    qc_pg_prepared **bucket = bucket_of(cache, entry->key);
    entry->used = ++cache->clock;
    entry->next = *bucket;
    *bucket = entry;
    cache->count++;
}

static void drop_entry(qc_pg_cache *cache, uint64_t key)
{
    qc_pg_prepared **link = bucket_of(cache, key);
    while (*link && (*link)->key != key)
        link = &(*link)->next;
    qc_pg_prepared *entry = *link;
    if (!entry)
        return;
    *link = entry->next;
    free_entry(entry);
    cache->count--;
}

static const qc_pg_prepared *oldest(const qc_pg_cache *cache)
{
    const qc_pg_prepared *found = NULL;
    for (size_t i = 0; i < QC_PG_PREPARED_BUCKETS; i++)
        for (const qc_pg_prepared *entry = cache->buckets[i]; entry; entry = entry->next)
            if (!found || entry->used < found->used)
                found = entry;
    return found;
}

void qc_pg_cache_clear(qc_pg_cache *cache)
{
    for (size_t i = 0; i < QC_PG_PREPARED_BUCKETS; i++)
        while (cache->buckets[i])
            drop_entry(cache, cache->buckets[i]->key);
}

/* ---- Sending. ---- */

enum { BINARY = 1 };

/* A command that was only half written leaves the link useless. */
static enum qc_code fail_send(qc_connection *c)
{
    c->broken = true;
    return qc_pg_fail_link(c);
}

static bool send_named(qc_connection *c, const char *name)
{
    const qc_pg_parameters *p = &c->parameters;
    return PQsendQueryPrepared(c->link, name, p->count, p->values, p->lengths, p->formats, BINARY);
}

static bool send_unnamed(qc_connection *c, const qc_statement *s)
{
    const qc_pg_parameters *p = &c->parameters;
    return PQsendQueryParams(c->link, s->sql, p->count, s->bind_oids, p->values, p->lengths,
                             p->formats, BINARY);
}

/* A statement on its way to be prepared. */
typedef struct preparation {
    qc_pg_prepared *entry;
    char dropped[QC_PG_NAME_SIZE]; /* to be deallocated before; "": none */
    bool execute;                  /* and run at once */
} preparation;

static bool send_preparation(qc_connection *c, const qc_statement *s, const preparation *p)
{
    char text[sizeof("DEALLOCATE ") + QC_PG_NAME_SIZE];
    snprintf(text, sizeof(text), "DEALLOCATE %s", p->dropped);
    return PQenterPipelineMode(c->link) &&
           (!*p->dropped || PQsendQueryParams(c->link, text, 0, NULL, NULL, NULL, NULL, BINARY)) &&
           PQsendPrepare(c->link, p->entry->name, s->sql, (int)s->bind_count, s->bind_oids) &&
           (!p->execute || send_named(c, p->entry->name)) && PQpipelineSync(c->link);
}

static void fail_protocol(qc_connection *c, const qc_pg_answer *answer)
{
    c->broken = true;
    if (answer->failed)
        c->error->error.code = QC_ERROR_DISCONNECTED;
    else
        qc_error_set(c->error, QC_ERROR_DISCONNECTED, "the database broke the protocol");
}

/* Reads the answers up to Sync; libpq puts a NULL after each command's results. */
static bool read_preparation(qc_connection *c, const preparation *p, qc_pg_answer *answer)
{
    const int prepare = *p->dropped ? 1 : 0, last = prepare + (p->execute ? 1 : 0);
    bool prepared = false;
    for (int command = 0; command <= last + 1;) {
        PGresult *result = qc_pg_next(c);
        if (!result) {
            if (c->broken || PQstatus(c->link) != CONNECTION_OK)
                return prepared;
            command++;
            continue;
        }
        const ExecStatusType status = PQresultStatus(result);
        prepared |= command == prepare && status == PGRES_COMMAND_OK;
        if (command < last && status == PGRES_COMMAND_OK)
            PQclear(result);
        else
            qc_pg_take(c, answer, result);
        if (status == PGRES_PIPELINE_SYNC && PQexitPipelineMode(c->link))
            return prepared;
    }
    fail_protocol(c, answer);
    return prepared;
}

/* Prepares under the entry's name. A statement stays prepared when its execution fails. */
static enum qc_code prepare(qc_connection *c, const qc_statement *s, uint64_t key, bool drop_same,
                            PGresult **ret)
{
    preparation p = {.entry = new_entry(s, key), .execute = ret != NULL};
    if (!p.entry)
        return qc_pg_nomem(c);
    if (drop_same) {
        memcpy(p.dropped, p.entry->name, sizeof(p.dropped));
    } else if (c->prepared.count >= QC_PG_PREPARED_MOST) {
        const qc_pg_prepared *old = oldest(&c->prepared);
        memcpy(p.dropped, old->name, sizeof(p.dropped));
        drop_entry(&c->prepared, old->key);
    }
    if (!send_preparation(c, s, &p)) {
        free_entry(p.entry);
        return fail_send(c);
    }
    qc_pg_answer answer = {0};
    if (read_preparation(c, &p, &answer)) {
        insert(&c->prepared, p.entry);
        c->current = p.entry;
    } else {
        free_entry(p.entry);
        if (!answer.failed && !c->broken && PQstatus(c->link) == CONNECTION_OK)
            fail_protocol(c, &answer);
    }
    return qc_pg_settle(c, &answer, ret);
}

/* ---- In a pipeline. ---- */

/* What this unit prepares will be there when it runs; what an earlier one does may not. */
static bool has_piped_name(qc_connection *c, const qc_statement *s, uint64_t unit, uint64_t key,
                           qc_pg_prepared **ret)
{
    *ret = NULL;
    if (!unit || !c->options->named_statements || c->misnamed >= QC_PG_POOLED)
        return false;
    qc_pg_prepared *entry = find_key(&c->prepared, key);
    if (!entry)
        return c->prepared.count < QC_PG_PREPARED_MOST;
    if (entry->gone || (entry->unit && entry->unit != unit) || !is_same(entry, s))
        return false;
    entry->used = ++c->prepared.clock;
    *ret = entry;
    return true;
}

enum qc_code qc_pg_send_piped(qc_connection *c, const qc_statement *s, uint64_t unit,
                              qc_pg_piped *ret)
{
    const uint64_t key = key_of(s);
    const bool named = has_piped_name(c, s, unit, key, &ret->entry);
    ret->prepares = named && !ret->entry;
    if (!named)
        return send_unnamed(c, s) ? QC_ERROR_OK : fail_send(c);
    if (ret->prepares) {
        qc_pg_prepared *made = ret->entry = new_entry(s, key);
        if (!made)
            return qc_pg_nomem(c);
        made->unit = unit;
        insert(&c->prepared, made);
        if (!PQsendPrepare(c->link, made->name, s->sql, (int)s->bind_count, s->bind_oids))
            return fail_send(c);
    }
    return send_named(c, ret->entry->name) ? QC_ERROR_OK : fail_send(c);
}

void qc_pg_cache_settle(qc_pg_cache *cache)
{
    for (size_t i = 0; i < QC_PG_PREPARED_BUCKETS; i++)
        for (qc_pg_prepared *entry = cache->buckets[i], *next; entry; entry = next) {
            next = entry->next;
            if (entry->unit || entry->gone)
                drop_entry(cache, entry->key);
        }
}

/* ---- Which way. ---- */

enum { LAST_ATTEMPT = 2 };

bool qc_pg_may_retry(const qc_connection *c, int attempt)
{
    return c->stale != QC_PG_FRESH && attempt < LAST_ATTEMPT && !c->broken && !c->late &&
           PQtransactionStatus(c->link) == PQTRANS_IDLE;
}

/* The name to send `s` by, or NULL when it must go without: names are off, or a pooler makes them
 * useless (misnamed), prepared statements did not serve, or another statement has the same hash. */
static bool has_name(qc_connection *c, const qc_statement *s, int attempt, uint64_t key,
                     qc_pg_prepared **ret)
{
    *ret = NULL;
    if (!c->options->named_statements || c->misnamed >= QC_PG_POOLED || attempt == LAST_ATTEMPT)
        return false;
    if (attempt > 0)
        drop_entry(&c->prepared, key);
    qc_pg_prepared *entry = find_key(&c->prepared, key);
    if (entry && !is_same(entry, s))
        return false;
    if (entry)
        entry->used = ++c->prepared.clock;
    *ret = entry;
    return true;
}

static enum qc_code query_once(qc_connection *c, const qc_statement *s, int attempt, PGresult **ret)
{
    const uint64_t key = key_of(s);
    const bool drop_same = c->stale == QC_PG_CHANGED;
    qc_pg_prepared *entry;
    const bool named = has_name(c, s, attempt, key, &entry);
    c->stale = QC_PG_FRESH;
    c->current = entry;
    if (named && !entry)
        return prepare(c, s, key, drop_same, ret);
    if (!(named ? send_named(c, entry->name) : send_unnamed(c, s)))
        return fail_send(c);
    qc_waiter_expect(&c->waiter);
    return qc_pg_collect(c, ret);
}

enum qc_code qc_pg_query(qc_connection *c, const qc_statement *statement, PGresult **ret)
{
    for (int attempt = 0;; attempt++) {
        enum qc_code code = query_once(c, statement, attempt, ret);
        if (code == QC_ERROR_OK || !qc_pg_may_retry(c, attempt))
            return code;
        qc_error_clear(c->error);
        code = qc_pg_statement_begin(c);
        if (code != QC_ERROR_OK)
            return code;
    }
}

/* The results of a stream: of many rows since libpq 17, before that of one. */
#ifdef LIBPQ_HAS_CHUNK_MODE
static bool ask_for_pieces(qc_connection *c, int most)
{
    return most > 1 ? PQsetChunkedRowsMode(c->link, most) : PQsetSingleRowMode(c->link);
}

bool qc_pg_is_piece(const PGresult *result)
{
    return PQresultStatus(result) == PGRES_SINGLE_TUPLE ||
           PQresultStatus(result) == PGRES_TUPLES_CHUNK;
}
#else
static bool ask_for_pieces(qc_connection *c, int most)
{
    (void)most;
    return PQsetSingleRowMode(c->link);
}

bool qc_pg_is_piece(const PGresult *result)
{
    return PQresultStatus(result) == PGRES_SINGLE_TUPLE;
}
#endif

enum qc_code qc_pg_send_stream(qc_connection *c, const qc_statement *statement, int most,
                               int attempt)
{
    const uint64_t key = key_of(statement);
    const bool drop_same = c->stale == QC_PG_CHANGED;
    qc_pg_prepared *entry;
    const bool named = has_name(c, statement, attempt, key, &entry);
    c->stale = QC_PG_FRESH;
    c->current = entry;
    if (named && !entry) {
        const enum qc_code code = prepare(c, statement, key, drop_same, NULL);
        if (code != QC_ERROR_OK)
            return code;
        entry = c->current;
    }
    const bool sent = named ? send_named(c, entry->name) : send_unnamed(c, statement);
    if (!sent || !ask_for_pieces(c, most))
        return fail_send(c);
    return QC_ERROR_OK;
}
