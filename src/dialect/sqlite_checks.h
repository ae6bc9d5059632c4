/* The hook `checks` of the SQLite dialect. */
#ifndef QC_DIALECT_SQLITE_CHECKS_H
#define QC_DIALECT_SQLITE_CHECKS_H

#include "dialect/dialect.h"

void qc_sqlite_checks(qc_strbuf *out, const qc_column *column);

#endif
