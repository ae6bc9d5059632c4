/* The figures of an engine: gathered from its pool and its connections, and written for
 * Prometheus (prometheus.io, "Exposition formats", text 0.0.4). */
#include <quercus/stats.h>

#include "base/strbuf.h"
#include "engine/pool.h"

_Static_assert(QC_BUCKETS == QC_BOUND_COUNT + 1, "the buckets of stats.h and counters.h");

const double qc_bucket_bounds[QC_BUCKETS - 1] = {
#define QC_ROW(bound) (bound) / 1e6,
    QC_BOUNDS(QC_ROW)
#undef QC_ROW
};

/* ---- As a struct. ---- */

static void gather(const qc_engine *engine, qc_stats *ret, qc_counters *ret_counters)
{
    const qc_pool_counts *counts = &engine->counts;
    qc_counters_add(ret_counters, &engine->gone);
    for (size_t i = 0; i < engine->all_count; i++)
        qc_counters_add(ret_counters, &engine->all[i]->pool.counters);
    *ret = (qc_stats){.version = QC_STATS_VERSION,
                      .open = engine->total - engine->opening,
                      .idle = engine->idle_count,
                      .in_use = engine->out,
                      .waiting = engine->waiting,
                      .checkouts = counts->checkouts,
                      .waits = counts->waits,
                      .timeouts = counts->timeouts,
                      .connects = counts->connects,
                      .connect_failures = counts->failures,
                      .discarded = counts->discarded,
                      .recycled = counts->recycled,
                      .resets = counts->resets};
    ret->waits_of_checkout.count = counts->checkouts;
    ret->waits_of_checkout.seconds = (double)counts->waited / 1e6;
    for (int i = 0; i < QC_BUCKETS; i++)
        ret->waits_of_checkout.buckets[i] = counts->by_wait[i];
}

bool qc_engine_stats(qc_engine *engine, qc_stats *ret)
{
    if (!engine || ret->version != QC_STATS_VERSION)
        return false;
    qc_counters counters = {0};
    pthread_mutex_lock(&engine->lock);
    gather(engine, ret, &counters);
    pthread_mutex_unlock(&engine->lock);
    ret->errors = qc_counted(&counters.errors);
    ret->commits = qc_counted(&counters.commits);
    ret->rollbacks = qc_counted(&counters.rollbacks);
    ret->statements.seconds = (double)qc_counted(&counters.microseconds) / 1e6;
    for (int i = 0; i < QC_BUCKETS; i++) {
        ret->statements.buckets[i] = qc_counted(&counters.statements[i]);
        ret->statements.count += ret->statements.buckets[i];
    }
    return true;
}

/* ---- As text. ---- */

static void put_head(qc_strbuf *out, const char *name, const char *unit, const char *kind,
                     const char *help)
{
    qc_strbuf_printf(out, "# HELP quercus_%s%s %s.\n# TYPE quercus_%s%s %s\n", name, unit, help,
                     name, unit, kind);
}

static void put_figure(qc_strbuf *out, const char *label, const char *name, bool counts,
                       const char *help, uint64_t value)
{
    const char *unit = counts ? "_total" : "";
    put_head(out, name, unit, counts ? "counter" : "gauge", help);
    qc_strbuf_printf(out, "quercus_%s%s{engine=\"%s\"} %llu\n", name, unit, label,
                     (unsigned long long)value);
}

/* Not as a locale would write it. */
static void put_seconds(qc_strbuf *out, uint64_t microseconds)
{
    qc_strbuf_printf(out, "%llu.%06llu", (unsigned long long)(microseconds / 1000000),
                     (unsigned long long)(microseconds % 1000000));
}

static void put_histogram(qc_strbuf *out, const char *label, const char *name, const char *help,
                          const qc_histogram *histogram)
{
    uint64_t sum = 0;
    put_head(out, name, "_seconds", "histogram", help);
    for (int i = 0; i < QC_BUCKETS; i++) {
        sum += histogram->buckets[i];
        qc_strbuf_printf(out, "quercus_%s_seconds_bucket{engine=\"%s\",le=\"", name, label);
        if (i < QC_BOUND_COUNT)
            put_seconds(out, (uint64_t)qc_bounds[i]);
        else
            qc_strbuf_puts(out, "+Inf");
        qc_strbuf_printf(out, "\"} %llu\n", (unsigned long long)sum);
    }
    qc_strbuf_printf(out, "quercus_%s_seconds_sum{engine=\"%s\"} ", name, label);
    put_seconds(out, (uint64_t)(histogram->seconds * 1e6 + 0.5));
    qc_strbuf_printf(out, "\nquercus_%s_seconds_count{engine=\"%s\"} %llu\n", name, label,
                     (unsigned long long)sum);
}

/* In a label \, " and the newline are escaped. */
static void put_label(qc_strbuf *out, const char *name)
{
    for (; *name; name++) {
        if (*name == '\\' || *name == '"')
            qc_strbuf_putc(out, '\\');
        if (*name == '\n')
            qc_strbuf_puts(out, "\\n");
        else
            qc_strbuf_putc(out, *name);
    }
    qc_strbuf_puts(out, "");
}

enum { gauge, counter }; /* as QC_STATS writes them */

char *qc_engine_metrics(qc_engine *engine, const char *name)
{
    qc_stats stats = {.version = QC_STATS_VERSION};
    qc_strbuf out = {0}, label = {0};
    if (!qc_engine_stats(engine, &stats))
        return NULL;
    put_label(&label, name ? name : "quercus");
    if (label.failed)
        return NULL;
#define QC_ROW(figure, kind, help)                                                                 \
    put_figure(&out, label.text, #figure, kind == counter, help, stats.figure);
    QC_STATS(QC_ROW)
#undef QC_ROW
    put_histogram(&out, label.text, "statement", "Time of statements", &stats.statements);
    put_histogram(&out, label.text, "checkout_wait", "Time waited for a connection",
                  &stats.waits_of_checkout);
    qc_strbuf_free(&label);
    if (!out.failed)
        return out.text;
    qc_strbuf_free(&out);
    return NULL;
}
