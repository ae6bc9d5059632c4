/* What an engine has counted: as a struct, and as text for Prometheus. */
#ifndef QUERCUS_STATS_H
#define QUERCUS_STATS_H

#include <quercus/pool.h>

/* The one list of figures: name, kind, meaning. A gauge is as it is now, a counter since the engine
 * was opened. */
#define QC_STATS(X)                                                                                \
    X(open, gauge, "Connections that are open")                                                    \
    X(idle, gauge, "Connections that wait to be used")                                             \
    X(in_use, gauge, "Connections that are checked out")                                           \
    X(waiting, gauge, "Checkouts that wait for a connection")                                      \
    X(checkouts, counter, "Connections handed out")                                                \
    X(waits, counter, "Checkouts that had to wait")                                                \
    X(timeouts, counter, "Checkouts that waited in vain")                                          \
    X(connects, counter, "Connections opened")                                                     \
    X(connect_failures, counter, "Attempts to connect that failed")                                \
    X(discarded, counter, "Connections closed by the engine")                                      \
    X(recycled, counter, "Connections closed for their age")                                       \
    X(resets, counter, "Sessions made as new")                                                     \
    X(errors, counter, "Statements that failed")                                                   \
    X(commits, counter, "Transactions committed")                                                  \
    X(rollbacks, counter, "Transactions rolled back")

/* Upper bounds of the buckets, in seconds: those of bucket i took at most qc_bucket_bounds[i]; the
 * last bucket is for the rest. */
enum { QC_BUCKETS = 17 };
extern const double qc_bucket_bounds[QC_BUCKETS - 1];
typedef struct qc_histogram {
    uint64_t count;
    double seconds; /* the sum */
    uint64_t buckets[QC_BUCKETS]; /* each without those before it */
} qc_histogram;

enum { QC_STATS_VERSION = 1 };
typedef struct qc_stats {
    int version; /* QC_STATS_VERSION; set by the caller */
#define QC_ROW(name, ...) uint64_t name;
    QC_STATS(QC_ROW)
#undef QC_ROW
    qc_histogram statements; /* how long they took */
    qc_histogram waits_of_checkout;
} qc_stats;

/* Fills *ret; false (and nothing filled) when its version is not known, or engine is NULL. */
bool qc_engine_stats(qc_engine *engine, qc_stats *ret);
/* The same in Prometheus' text format 0.0.4, every line with the label engine="<name>" (NULL:
 * "quercus"). Free it with free(); NULL: out of memory. */
char *qc_engine_metrics(qc_engine *engine, const char *name);

#endif
