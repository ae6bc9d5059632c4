/* Preparing and running. The way of a repeated query is: flatten and complete its clauses where
 * they need it, see that they are like those of the statement that their line found before, put its
 * binds in order. Where they are not, their key finds the statement, or it is compiled. */
#include "engine/prepare.h"

#include "ast/make.h"
#include "base/arena_inline.h"
#include "compile/normalize.h"
#include "engine/budget.h"
#include "engine/site_comment.h"
#include "engine/tenant.h"
#include "engine/trace.h"

const char qc_no_rows[] =
    "this statement returns no rows; add .RETURNING(), or run it with EXEC";

static qc_cached *compile(qc_db *db, const qc_site *site, const qc_clause *clauses,
                          const qc_key *key, bool first)
{
    const qc_compile_options options = {
        .dialect = db->driver->dialect, .known = &db->known, .first = first};
    const qc_clause *flat = qc_flatten(qc_own_arena(), clauses);
    if (!flat) {
        qc_fail(db, site, QC_ERROR_NOMEM, "out of memory");
        return NULL;
    }
    qc_statement *statement = qc_compile(flat, key, &options, &db->error);
    if (!statement) {
        qc_blame(db, site, NULL);
        return NULL;
    }
    const qc_recipe *recipe = qc_recipe_of(statement->arena, flat, first, key);
    qc_cached *cached = qc_cache_add(&db->cache, key, statement);
    if (!cached) {
        qc_fail(db, site, QC_ERROR_NOMEM, "out of memory");
        return NULL;
    }
    cached->recipe = recipe;
    if (statement->warning)
        qc_warn(db, site, statement);
    return cached;
}

/* What the line found last time, or something else. */
static qc_cached *find(qc_db *db, const qc_site *site, const qc_clause *clauses, qc_key *key,
                       bool first)
{
    qc_cached *cached = qc_cache_recall(&db->cache, site);
    if (cached && qc_cached_has_key(cached, key))
        return qc_cached_use(cached);
    qc_hash_key(key);
    cached = qc_cache_find(&db->cache, key);
    if (!cached)
        return compile(db, site, clauses, key, first);
    qc_cache_note(&db->cache, site, cached);
    return cached;
}

/* The binds of $1, $2 … from those of the key: the list itself where that is in order. NULL and an
 * error when memory is out, or the tenant is not known. */
static const qc_node *const *order_binds(qc_db *db, const qc_site *site, const qc_cached *cached,
                                         const qc_node *const *of_key)
{
    const qc_statement *statement = cached->statement;
    if (cached->key_order)
        return of_key;
    const qc_node **binds =
        qc_arena_alloc(qc_own_arena(), (statement->bind_count + 1) * sizeof(*binds));
    if (!binds) {
        qc_fail(db, site, QC_ERROR_NOMEM, "out of memory");
        return NULL;
    }
    if (statement->tenant)
        return qc_tenant_binds(db, site, statement, of_key, binds) ? binds : NULL;
    for (uint32_t i = 0; i < statement->bind_count; i++)
        binds[i] = of_key[statement->bind_order[i]];
    return binds;
}

static bool may_read(qc_db *db, const qc_site *site, const qc_statement *statement)
{
    return statement->writes ? qc_refuse_write(db, site)
                             : qc_guard_reading(db, site, statement->foreign);
}

static bool gather(qc_db *db, const qc_site *site, const qc_clause *clauses,
                   const qc_node *const *binds, qc_cached *cached, qc_prepared *ret)
{
    qc_arena *arena = qc_own_arena();
    qc_prepared made = {cached->statement, order_binds(db, site, cached, binds), cached};
    if (db->site_comments && site)
        made.statement = qc_with_site(arena, cached->statement, site);
    if (!made.statement)
        qc_fail(db, site, QC_ERROR_NOMEM, "out of memory");
    const bool complete = made.statement && (made.binds || cached->key_order);
    if (complete && (!db->reading.depth || may_read(db, site, made.statement)) &&
        qc_may_send(db, site)) {
        db->touched |= made.statement->foreign;
        qc_alike_statement(db, site, cached->statement, clauses);
        *ret = made;
        return true;
    }
    qc_cached_release(cached);
    return false;
}

bool qc_make_key(qc_db *db, const qc_site *site, const qc_clause *clauses, uint64_t variant,
                 qc_key *ret)
{
    qc_fingerprint(qc_own_arena(), clauses, variant, ret);
    if (ret->nomem)
        qc_fail(db, site, QC_ERROR_NOMEM, "out of memory");
    else if (ret->poison)
        qc_fail(db, site, (enum qc_code)ret->poison->op, "%s", ret->poison->u.text);
    return !ret->nomem && !ret->poison;
}

/* By the key of the clauses, which are complete. */
static bool prepare_by_key(qc_db *db, const qc_site *site, const qc_clause *clauses, bool first,
                           qc_prepared *ret)
{
    qc_key key;
    if (!qc_make_key(db, site, clauses, first, &key))
        return false;
    qc_cached *cached = find(db, site, clauses, &key, first);
    return cached && gather(db, site, clauses, key.binds, cached, ret);
}

/* Whether the key is that of the clauses as they are. Queries they hold are flattened for it, and
 * for good when it is new. */
static bool is_complete(const qc_clause *clauses)
{
    return clauses[1].kind != QC_CLAUSE_INSERT && !qc_extends(clauses);
}

bool qc_prepare(qc_db *db, const qc_site *site, const qc_clause *clauses, bool first,
                qc_prepared *ret)
{
    qc_arena *arena = qc_own_arena();
    if (arena && !is_complete(clauses))
        clauses = qc_normalize(arena, clauses);
    if (!arena || !clauses) {
        qc_fail(db, site, QC_ERROR_NOMEM, "out of memory");
        return false;
    }
    qc_cached *recent = qc_cache_recall(&db->cache, site);
    const qc_node *const *binds =
        recent ? qc_recipe_match(recent->recipe, arena, clauses, first) : NULL;
    return binds ? gather(db, site, clauses, binds, qc_cached_use(recent), ret)
                 : prepare_by_key(db, site, clauses, first, ret);
}

/* Generic rows name their items in the statement, which therefore stays as long as they do. */
static bool keep_names(qc_db *db, const qc_site *site, const qc_prepared *prepared, qc_arena *rows)
{
    if (!prepared->statement->shape.generic)
        return true;
    if (!qc_arena_defer(rows, qc_cached_release, prepared->cached)) {
        qc_fail(db, site, QC_ERROR_NOMEM, "out of memory");
        return false;
    }
    prepared->cached->references++;
    return true;
}

bool qc_run_prepared(qc_db *db, const qc_site *site, const qc_prepared *prepared,
                     qc_fetch *fetch, int64_t *ret_affected)
{
    const qc_statement *statement = prepared->statement;
    if (fetch) {
        fetch->shape = &statement->shape;
        fetch->items = statement->items;
        if (!keep_names(db, site, prepared, fetch->arena))
            return false;
        if (!statement->writes)
            fetch->limit = qc_rows_to_read(db, fetch->limit);
    }
    qc_report_of report = {.site = site,
                           .sql = statement->sql,
                           .binds = prepared->binds,
                           .bind_count = statement->bind_count};
    const qc_timing timing = qc_report_begin(db, &report);
    db->tx.wrote |= statement->writes;
    const bool good = db->driver->execute(db->connection, statement, prepared->binds, fetch,
                                          ret_affected) == QC_ERROR_OK &&
                      (!fetch || qc_may_keep(db, site, statement, fetch));
    if (!good)
        qc_blame(db, site, statement->sql);
    report.rows = good ? *ret_affected : -1;
    qc_report(db, &report, timing);
    return good;
}
