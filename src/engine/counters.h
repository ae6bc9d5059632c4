/* What a connection of an engine counts. Its one user writes, anyone reads: no lock, no order. */
#ifndef QC_ENGINE_COUNTERS_H
#define QC_ENGINE_COUNTERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Upper bounds of the buckets of a histogram, in microseconds; one more bucket is for the rest. */
#define QC_BOUNDS(X)                                                                               \
    X(100)                                                                                         \
    X(250) X(500) X(1000) X(2500) X(5000) X(10000) X(25000) X(50000) X(100000) X(250000) X(500000) \
        X(1000000) X(2500000) X(5000000) X(10000000)
enum {
#define QC_ROW(bound) +1
    QC_BOUND_COUNT = 0 QC_BOUNDS(QC_ROW)
#undef QC_ROW
};
extern const int64_t qc_bounds[QC_BOUND_COUNT];

static inline int qc_bucket_of(int64_t microseconds)
{
    int bucket = 0;
    while (bucket < QC_BOUND_COUNT && microseconds > qc_bounds[bucket])
        bucket++;
    return bucket;
}

typedef _Atomic uint64_t qc_counter;

typedef struct qc_counters {
    qc_counter errors, commits, rollbacks;
    qc_counter microseconds;                   /* of all statements */
    qc_counter statements[QC_BOUND_COUNT + 1]; /* by time */
} qc_counters;

static inline uint64_t qc_counted(const qc_counter *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static inline void qc_count_up(qc_counter *counter, uint64_t by)
{
    atomic_store_explicit(counter, qc_counted(counter) + by, memory_order_relaxed);
}

void qc_counters_add(qc_counters *to, const qc_counters *from);

static inline void qc_count_statement(qc_counters *counters, int64_t microseconds, bool good)
{
    qc_count_up(&counters->statements[qc_bucket_of(microseconds)], 1);
    qc_count_up(&counters->microseconds, (uint64_t)microseconds);
    if (!good)
        qc_count_up(&counters->errors, 1);
}

#endif
