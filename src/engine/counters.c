/* The bounds of all histograms, and sums. */
#include "engine/counters.h"

const int64_t qc_bounds[QC_BOUND_COUNT] = {
#define QC_ROW(bound) bound,
    QC_BOUNDS(QC_ROW)
#undef QC_ROW
};

void qc_counters_add(qc_counters *to, const qc_counters *from)
{
    qc_count_up(&to->errors, qc_counted(&from->errors));
    qc_count_up(&to->commits, qc_counted(&from->commits));
    qc_count_up(&to->rollbacks, qc_counted(&from->rollbacks));
    qc_count_up(&to->microseconds, qc_counted(&from->microseconds));
    for (int i = 0; i <= QC_BOUND_COUNT; i++)
        qc_count_up(&to->statements[i], qc_counted(&from->statements[i]));
}
