/* Several queries at once, for whoever stands above: in a pipeline, where the driver has one, else
 * one after the other. */
#include "engine/orm.h"
#include "engine/pipeline.h"

static bool fetch_in_turn(qc_db *db, const qc_site *site, const qc_clause *const *queries,
                          size_t count, qc_row_list *ret)
{
    for (size_t i = 0; i < count; i++)
        if (!qc_fetch_plain(db, site, queries[i], (qc_wanted){0}, &ret[i]))
            return false;
    return true;
}

/* The program is not to see this pipeline as its last one. */
static void forget(qc_db *db)
{
    if (db->pipeline)
        db->pipeline->count = 0;
}

static bool fetch_piped(qc_db *db, const qc_site *site, const qc_clause *const *queries,
                        size_t count, qc_row_list *ret)
{
    qc_pipeline_begin_inside(db, site);
    for (size_t i = 0; i < count; i++)
        qc_queue_all(db, site, qc_begin_query(), queries[i], &ret[i].list);
    const bool good = qc_pipeline_end(db);
    for (size_t i = 0; good && i < count; i++) {
        ret[i].count = qc_count(ret[i].list);
        ret[i].items = NULL;
    }
    forget(db);
    return good;
}

bool qc_fetch_together(qc_db *db, const qc_site *site, const qc_clause *const *queries,
                       size_t count, qc_row_list *ret)
{
    const bool piped = count > 1 && db->driver->pipeline;
    const bool within = db->as_one;
    db->as_one = true;
    const bool good = (piped ? fetch_piped : fetch_in_turn)(db, site, queries, count, ret);
    db->as_one = within;
    return good;
}
