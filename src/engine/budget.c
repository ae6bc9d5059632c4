/* BUDGET blocks: counting, and refusing what goes beyond. */
#include "engine/budget.h"

qc_budget qc_budget_of(qc_db *db, const qc_site *site, const qc_limits *limits)
{
    return (qc_budget){.db = db, .limits = *limits, .site = *site};
}

qc_budget *qc_budget_begin(qc_budget *budget)
{
    if (budget->db) {
        budget->outer = budget->db->budget;
        budget->db->budget = budget;
    }
    return budget;
}

void qc_budget_end(qc_budget *budget)
{
    if (budget->db) {
        qc_budget **at = &budget->db->budget;
        while (*at && *at != budget)
            at = &(*at)->outer;
        if (*at)
            *at = budget->outer;
    }
    qc_alike_end(budget);
}

void qc_budgets_abandon(qc_db *db)
{
    for (; db->budget; db->budget = db->budget->outer)
        db->budget->db = NULL;
}

/* ---- Refusing. ---- */

static bool refuse(qc_db *db, const qc_site *site, const qc_budget *budget, int64_t limit,
                   const char *what)
{
    const qc_site nowhere = {"?", "", 0}, *from = site ? site : &nowhere;
    qc_fail(db, site, QC_ERROR_BUDGET,
            "the statement at %s:%d goes beyond the %lld %s that the BUDGET at %s:%d allows",
            from->file, from->line, (long long)limit, what, budget->site.file, budget->site.line);
    return false;
}

static bool is_over(int64_t used, int64_t limit)
{
    return limit > 0 && used > limit;
}

/* What of a budget is used up; NULL: nothing. */
static const char *exceeded(const qc_budget *budget, int64_t *ret_limit)
{
    const qc_limits *limits = &budget->limits;
    if (is_over(budget->statements, limits->statements)) {
        *ret_limit = limits->statements;
        return limits->statements == 1 ? "statement" : "statements";
    }
    if (is_over(budget->rows, limits->rows)) {
        *ret_limit = limits->rows;
        return limits->rows == 1 ? "row" : "rows";
    }
    if (is_over(budget->bytes, limits->bytes)) {
        *ret_limit = limits->bytes;
        return limits->bytes == 1 ? "byte of rows" : "bytes of rows";
    }
    return NULL;
}

static bool judge(qc_db *db, const qc_site *site)
{
    for (const qc_budget *budget = db->budget; budget; budget = budget->outer) {
        int64_t limit;
        const char *what = exceeded(budget, &limit);
        if (what)
            return refuse(db, site, budget, limit, what);
    }
    return true;
}

/* ---- Counting. ---- */

bool qc_budget_take_statement(qc_db *db, const qc_site *site)
{
    for (qc_budget *budget = db->budget; budget; budget = budget->outer)
        budget->statements++;
    if (judge(db, site))
        return true;
    for (qc_budget *budget = db->budget; budget; budget = budget->outer)
        budget->statements--;
    return false;
}

static bool counts_bytes(const qc_db *db)
{
    const qc_budget *budget = db->budget;
    while (budget && !budget->limits.bytes)
        budget = budget->outer;
    return budget != NULL;
}

bool qc_budget_take_rows(qc_db *db, const qc_site *site, const qc_fetch *fetch, bool may_fail)
{
    const int64_t bytes = counts_bytes(db) ? (int64_t)qc_fetch_size(fetch) : 0;
    for (qc_budget *budget = db->budget; budget; budget = budget->outer) {
        budget->rows += (int64_t)fetch->count;
        budget->bytes += bytes;
    }
    return !may_fail || judge(db, site);
}

/* One row more than is left shows that there are too many. */
size_t qc_budget_limit(const qc_db *db, size_t limit)
{
    for (const qc_budget *budget = db->budget; budget; budget = budget->outer) {
        const int64_t left = budget->limits.rows - budget->rows;
        if (budget->limits.rows > 0 && (!limit || left < (int64_t)limit))
            limit = (size_t)(left > 0 ? left : 0) + 1;
    }
    return limit;
}
