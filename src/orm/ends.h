/* The columns that a relationship makes equal, as fields of rows. */
#ifndef QC_ORM_ENDS_H
#define QC_ORM_ENDS_H

#include "ast/ends.h"
#include "orm/keys.h"

qc_key_fields qc_end_fields(const qc_end *end);

#endif
