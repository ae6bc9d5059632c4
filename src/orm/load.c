/* Loaders: which strategy runs, level by level. */
#include "model/lineage.h"
#include "orm/joined.h"
#include "orm/session.h"

#include <string.h>

bool qc_load_track(const qc_load_job *job, const qc_level *level)
{
    qc_session *session = job->db->session;
    if (!session || !qc_primary_key(level->table).count)
        return true;
    qc_entity_expect(session, level->count);
    for (size_t i = 0; i < level->count; i++)
        if (!(level->rows[i] = qc_entity_adopt(session, level->table, level->rows[i])))
            return qc_fail_nomem(job->db, job->site);
    qc_siblings *made = qc_track_siblings(session, job->site, level->rows, level->count);
    if (!made)
        return qc_fail_nomem(job->db, job->site);
    made->by = job->relation;
    return true;
}

/* ---- Loaders. ---- */

/* What LOAD may do later; without a session nothing could. */
static void allow(const qc_load_job *job, bool allowed)
{
    const qc_session *session = job->db->session;
    for (size_t i = 0; session && i < job->parents.count; i++) {
        qc_entity *entity = qc_entity_at(session, job->parents.rows[i]);
        uint8_t *marks = entity ? qc_entity_marks(entity, job->relation) : NULL;
        if (marks)
            *marks = (uint8_t)(allowed ? *marks & ~QC_MARK_REFUSED : *marks | QC_MARK_REFUSED);
    }
}

/* Of a default: only for rows that the session has not loaded it for. False: no memory. */
static bool leave_out_loaded(qc_load_job *job)
{
    const qc_level *all = &job->parents;
    if (!job->db->session || !(job->loader->flags & QC_NODE_IMPLIED))
        return true;
    void **rows = qc_arena_alloc(qc_current_arena(), (all->count + 1) * sizeof(*rows));
    size_t count = 0;
    for (size_t i = 0; rows && i < all->count; i++)
        if (!qc_load_is_done(job, all->rows[i]))
            rows[count++] = all->rows[i];
    job->parents.rows = rows;
    job->parents.count = count;
    return rows != NULL;
}

/* A relationship of a submodel is loaded for the rows that are of it. False: no memory, or, with no
 * parents' table, it is none. */
static bool keep_submodel(qc_load_job *job)
{
    const qc_level *all = &job->parents;
    const qc_table *table = all->table, *parent = job->relation->parent;
    if (!qc_is_a(parent, table)) {
        job->parents.table = NULL;
        return false;
    }
    void **rows = qc_arena_alloc(qc_current_arena(), (all->count + 1) * sizeof(*rows));
    size_t count = 0;
    for (size_t i = 0; rows && i < all->count; i++)
        if (qc_as_a(parent, all->rows[i]))
            rows[count++] = all->rows[i];
    job->parents.table = parent;
    job->parents.rows = rows;
    job->parents.count = count;
    job->parents.source = NULL;
    return rows != NULL;
}

static bool refuse_relation(qc_db *db, const qc_site *site, const qc_table *table,
                            const qc_relation *relation)
{
    qc_fail(db, site, QC_ERROR_QUERY,
            "%s_%s is a relationship of %s, but the rows it would be loaded for are of %s",
            relation->parent->model, relation->name, relation->parent->model, table->model);
    return false;
}

const qc_node *qc_load_stranger(const qc_node *part, const qc_table *target,
                                const qc_table *through)
{
    if (part->kind == QC_NODE_COLUMN) {
        const qc_node *range = qc_kid(part, 0);
        return range->kind == QC_NODE_TABLE &&
                       (range->u.table == target || range->u.table == through)
                   ? NULL
                   : part;
    }
    const bool closed = part->kind == QC_NODE_QUERY || part->kind == QC_NODE_BIND ||
                        part->kind == QC_NODE_ARRAY || part->kind == QC_NODE_LOADER;
    const qc_node *found = NULL;
    for (size_t i = 0; !closed && !found && i < part->count; i++)
        found = qc_load_stranger(qc_kid(part, i), target, through);
    return found;
}

static bool refuse_strangers(const qc_load_job *job)
{
    const qc_relation *relation = job->relation;
    const qc_node *found = NULL;
    for (size_t i = 1; !found && i < job->loader->count; i++)
        found = qc_load_stranger(qc_kid(job->loader, i), relation->target, relation->through);
    if (!found)
        return true;
    qc_fail(
        job->db, job->site, QC_ERROR_QUERY,
        "%s.%s is used in the loader of %s_%s, which reads only %s; ask for rows of other tables "
        "with ANY_OF or EXISTS",
        qc_range_table(qc_kid(found, 0))->name, found->u.column->name, relation->parent->model,
        relation->name, relation->target->name);
    return false;
}

/* ---- Levels. ---- */

/* The jobs of one level, and their statements side by side. */
typedef struct wave {
    qc_db *db;
    const qc_site *site;
    qc_load_job *jobs;
    size_t count, query_count;
    qc_load_task *next, **end; /* the level below */
} wave;

/* Adds what asks the database; the rest is done at once. */
static bool add_job(wave *w, const qc_level *level, const qc_node *loader)
{
    qc_load_job job = {.db = w->db,
                       .site = w->site,
                       .loader = loader,
                       .relation = loader->u.relation,
                       .parents = *level};
    if (loader->kind == QC_NODE_POISON)
        return qc_fail_poison(w->db, w->site, loader);
    if (!qc_is_a(level->table, job.relation->parent) && !keep_submodel(&job))
        return job.parents.table ? qc_fail_nomem(job.db, job.site)
                                 : refuse_relation(w->db, w->site, level->table, job.relation);
    const qc_node *wrong = qc_ends_of(job.relation, &job.ends);
    if (wrong)
        return qc_fail_poison(w->db, w->site, wrong);
    if (!refuse_strangers(&job))
        return false;
    if (!leave_out_loaded(&job))
        return qc_fail_nomem(job.db, job.site);
    if (loader->op == QC_STRATEGY_RAISE || loader->op == QC_STRATEGY_LAZY) {
        allow(&job, loader->op == QC_STRATEGY_LAZY);
        return true;
    }
    if (!job.parents.count)
        return true;
    if (!qc_selectin_ask(&job))
        return qc_fail_nomem(job.db, job.site);
    w->query_count += job.query_count;
    w->jobs[w->count++] = job;
    return true;
}

static bool add_jobs(wave *w, const qc_load_task *tasks)
{
    size_t most = 0;
    for (const qc_load_task *each = tasks; each; each = each->next)
        for (size_t i = 0; each->loaders[i]; i++)
            most++;
    w->jobs = qc_arena_alloc(qc_current_arena(), (most + 1) * sizeof(*w->jobs));
    if (!w->jobs)
        return qc_fail_nomem(w->db, w->site);
    for (const qc_load_task *each = tasks; each; each = each->next)
        for (size_t i = 0; each->loaders[i]; i++)
            if (!add_job(w, &each->level, each->loaders[i]))
                return false;
    return true;
}

const qc_node *const *qc_load_nested(const qc_node *loader)
{
    const qc_node **list = qc_arena_alloc(qc_current_arena(), (loader->count + 1) * sizeof(*list));
    size_t count = 0;
    for (size_t i = 1; list && i < loader->count; i++)
        if (qc_kid(loader, i)->kind == QC_NODE_LOADER)
            list[count++] = qc_kid(loader, i);
    if (list)
        list[count] = NULL;
    return list;
}

/* Shares out what a job has got, and notes what is below it. */
static bool take(wave *w, const qc_load_job *job, const qc_row_list *answers)
{
    qc_load_task *below = qc_arena_alloc(qc_current_arena(), sizeof(*below));
    const qc_node *const *loaders = !below        ? NULL
                                    : job->joined ? job->joined->levels[0].rest
                                                  : qc_load_nested(job->loader);
    if (!loaders)
        return qc_fail_nomem(job->db, job->site);
    *below = (qc_load_task){.loaders = loaders};
    *w->end = below;
    w->end = &below->next;
    return qc_selectin_take(job, answers, &below->level) &&
           (!job->joined || qc_join_tasks(job->joined, &below->level, &w->end));
}

static bool run(wave *w)
{
    qc_arena *arena = qc_current_arena();
    const qc_clause **queries = qc_arena_alloc(arena, (w->query_count + 1) * sizeof(*queries));
    qc_row_list *answers = qc_arena_alloc(arena, (w->query_count + 1) * sizeof(*answers));
    size_t at = 0;
    if (!queries || !answers)
        return qc_fail_nomem(w->db, w->site);
    for (size_t i = 0; i < w->count; i++)
        for (size_t q = 0; q < w->jobs[i].query_count; q++)
            queries[at++] = w->jobs[i].queries[q];
    if (!qc_fetch_together(w->db, w->site, queries, at, answers))
        return false;
    for (size_t i = 0; i < w->count; i++) {
        if (!take(w, &w->jobs[i], answers))
            return false;
        answers += w->jobs[i].query_count;
    }
    return true;
}

bool qc_load_tasks(qc_db *db, const qc_site *site, const qc_load_task *tasks)
{
    while (tasks) {
        wave w = {.db = db, .site = site, .end = &w.next};
        if (!add_jobs(&w, tasks) || (w.count && !run(&w)))
            return false;
        tasks = w.next;
    }
    return true;
}

bool qc_load_level(qc_db *db, const qc_site *site, qc_level level, const qc_node *const *loaders)
{
    return qc_load_tasks(db, site, &(qc_load_task){.level = level, .loaders = loaders});
}
