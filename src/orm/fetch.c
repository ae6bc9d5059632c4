/* Queries with loaders: the rows first, then level by level what belongs to them. */
#include "orm/joined.h"
#include "orm/session.h"

#include <string.h>

/* The query without its LOAD clauses, and the loaders of all of them. */
typedef struct parted {
    const qc_clause *clauses;
    const qc_node *const *loaders;
} parted;

static bool part(const qc_clause *clauses, parted *ret)
{
    qc_arena *arena = qc_current_arena();
    const qc_clause *flat = arena ? qc_flatten(arena, clauses) : NULL;
    size_t count = 0, loaders = 0;
    for (; flat && flat[count].kind != QC_CLAUSE_END; count++)
        for (size_t i = 0; flat[count].kind == QC_CLAUSE_LOAD && flat[count].list[i]; i++)
            loaders++;
    qc_clause *kept = flat ? qc_arena_alloc(arena, (count + 1) * sizeof(*kept)) : NULL;
    const qc_node **all = kept ? qc_arena_alloc(arena, (loaders + 1) * sizeof(*all)) : NULL;
    if (!all)
        return false;
    *ret = (parted){kept, all};
    for (const qc_clause *clause = flat; clause->kind != QC_CLAUSE_END; clause++) {
        if (clause->kind != QC_CLAUSE_LOAD)
            *kept++ = *clause;
        for (size_t i = 0; clause->kind == QC_CLAUSE_LOAD && clause->list[i]; i++)
            *all++ = clause->list[i];
    }
    *kept = flat[count];
    *all = NULL;
    return true;
}

/* The model whose structs the query gives, or NULL. */
static const qc_table *table_of(const qc_clause *clauses)
{
    return clauses[1].kind == QC_CLAUSE_ITEMS ? NULL : qc_table_of(clauses->node);
}

/* Rows that a write returns are loaded for only where it says so. */
static bool add_defaults(const qc_table *table, parted *query)
{
    const uint32_t kind = query->clauses[1].kind;
    if (table && (kind < QC_CLAUSE_INSERT || kind > QC_CLAUSE_DELETE))
        query->loaders = qc_loaders_complete(table, query->loaders);
    return query->loaders != NULL;
}

/* A query of its own, not of the flush it may need. */
static bool before(qc_db *db, const qc_site *site)
{
    return !db->session || qc_autoflush(db->session, site);
}

static bool has(const qc_clause *clauses, uint32_t kind)
{
    while (clauses->kind != QC_CLAUSE_END && clauses->kind != kind)
        clauses++;
    return clauses->kind == kind;
}

static bool track(qc_db *db, const qc_site *site, const qc_clause *clauses, qc_row_list *rows)
{
    return !db->session || qc_track_rows(db->session, site, clauses, rows);
}

/* What the query says of all that is loaded. */
static qc_level common_of(const parted *query)
{
    return (qc_level){.with_deleted = has(query->clauses, QC_CLAUSE_WITH_DELETED),
                      .all_tenants = has(query->clauses, QC_CLAUSE_ALL_TENANTS)};
}

static bool fetch_structs(qc_db *db, const qc_site *site, const parted *query,
                          const qc_table *table, qc_wanted wanted, qc_row_list *ret)
{
    qc_joined joined;
    if (!qc_join_plan(db, site, query->clauses, table, query->loaders, wanted, &joined) ||
        !qc_fetch_plain(db, site, joined.clauses, joined.wanted, ret) ||
        !qc_join_fold(&joined, ret) || !track(db, site, query->clauses, ret) ||
        !qc_join_share(&joined))
        return false;
    qc_level level = common_of(query);
    level.table = table;
    level.rows = ret->list;
    level.count = ret->count;
    level.source = wanted.first || wanted.page ? NULL : query->clauses;
    qc_load_task first = {.level = level, .loaders = joined.levels[0].rest}, **end = &first.next;
    return qc_join_tasks(&joined, &level, &end) && qc_load_tasks(db, site, &first);
}

static bool fetch_rows(qc_db *db, const qc_site *site, const parted *query, qc_wanted wanted,
                       qc_row_list *ret)
{
    return qc_fetch_plain(db, site, query->clauses, wanted, ret) &&
           track(db, site, query->clauses, ret) &&
           qc_load_rows(db, site, query->clauses, query->loaders, common_of(query), ret);
}

static bool fetch(qc_db *db, const qc_site *site, const qc_clause *clauses, qc_wanted wanted,
                  qc_row_list *ret)
{
    parted query;
    if (!part(clauses, &query))
        return qc_fail_nomem(db, site);
    const qc_table *table = table_of(query.clauses);
    if (!table && query.loaders[0] && !qc_holds_entities(query.clauses)) {
        qc_fail(db, site, QC_ERROR_QUERY,
                "LOAD fills the relationships of whole structs; select a model, as SELECT(User)");
        return false;
    }
    if (!add_defaults(table, &query))
        return qc_fail_nomem(db, site);
    return before(db, site) &&
           (table ? fetch_structs(db, site, &query, table, wanted, ret)
                  : fetch_rows(db, site, &query, wanted, ret));
}

static void ended(qc_db *db, int depth, bool lasts)
{
    qc_session *session = db->session;
    if (!session)
        return;
    if (!lasts)
        qc_undo_transaction(session, depth);
    else if (depth <= 1)
        qc_undo_forget(session, NULL);
    else
        qc_undo_keep(session, depth);
}

const qc_orm qc_orm_hooks = {.fetch = fetch,
                             .before = before,
                             .flush = qc_flush_at,
                             .ended = ended,
                             .tenant = qc_mixins_change_tenant,
                             .stop = qc_session_stop};
