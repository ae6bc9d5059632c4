/* The bounds of all histograms. */
#include "engine/counters.h"

const int64_t qc_bounds[QC_BOUND_COUNT] = {
#define QC_ROW(bound) bound,
    QC_BOUNDS(QC_ROW)
#undef QC_ROW
};
