/* Running statements, all rows at once. */
#include "driver/pg.h"

#include <stdlib.h>

/* ---- All rows at once. ---- */

/* Results up to this size are copied, larger ones kept: their texts stay where libpq put them. */
enum { SMALL_RESULT = 8 * 1024 };

static void clear_result(void *result)
{
    PQclear(result);
}

/* The plan that served the statement before still does. */
static enum qc_code plan(qc_connection *c, const qc_statement *statement, const PGresult *result,
                         const qc_shape *shape)
{
    qc_pg_plan *last = c->current ? &c->current->plan : NULL;
    if (last && last->serial && last->serial == statement->serial &&
        qc_pg_plan_fits(last, result)) {
        c->plan = last;
        return QC_ERROR_OK;
    }
    const enum qc_code code = qc_pg_plan_result(c, result, shape);
    if (code == QC_ERROR_OK && last && last->ready)
        last->serial = statement->serial;
    return code;
}

/* Takes the result over. */
static enum qc_code decode_result(qc_connection *c, const qc_statement *statement, PGresult *result,
                                  qc_fetch *fetch)
{
    enum qc_code code = plan(c, statement, result, fetch->shape);
    const bool keep =
        code == QC_ERROR_OK && c->plan->borrows && PQresultMemorySize(result) > SMALL_RESULT;
    if (keep && !qc_arena_defer(fetch->arena, clear_result, result)) {
        PQclear(result);
        return qc_pg_nomem(c);
    }
    if (code == QC_ERROR_OK)
        code = qc_pg_decode(c, result, fetch, keep);
    if (!keep)
        PQclear(result);
    return code;
}

enum qc_code qc_pg_take_rows(qc_connection *c, const qc_statement *statement, PGresult *result,
                             qc_fetch *fetch, int64_t *ret_affected)
{
    enum qc_code code = QC_ERROR_OK;
    const bool counts = fetch && !statement->writes;
    const int64_t affected = counts ? 0 : strtoll(PQcmdTuples(result), NULL, 10);
    if (fetch)
        code = decode_result(c, statement, result, fetch);
    else
        PQclear(result);
    if (code == QC_ERROR_OK)
        *ret_affected = counts ? (int64_t)fetch->count : affected;
    return code;
}

enum qc_code qc_pg_execute(qc_connection *c, const qc_statement *statement,
                           const qc_node *const *binds, qc_fetch *fetch, int64_t *ret_affected)
{
    PGresult *result;
    enum qc_code code = qc_pg_enter(c);
    if (code == QC_ERROR_OK)
        code = qc_pg_bind(c, statement, binds);
    if (code == QC_ERROR_OK)
        code = qc_pg_query(c, statement, &result);
    return code == QC_ERROR_OK ? qc_pg_take_rows(c, statement, result, fetch, ret_affected) : code;
}
