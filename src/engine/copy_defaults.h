/* The DEFAULT values of a model's columns, put into copies of its structs. */
#ifndef QC_ENGINE_COPY_DEFAULTS_H
#define QC_ENGINE_COPY_DEFAULTS_H

#include "engine/db.h"

typedef struct qc_copy_default {
    const qc_column *column;
    const void *value; /* a C value of its type */
} qc_copy_default;

typedef struct qc_copy_defaults {
    qc_copy_default *list;
    size_t count;
    size_t size; /* of a struct */
    char *row;   /* room for one */
    const qc_node *tenant; /* of qc_copy_tenant; NULL: none */
} qc_copy_defaults;

/* Those of `columns`, in `arena`; false and an error when one is not of its type. */
bool qc_copy_defaults_find(qc_db *db, const qc_site *site, qc_arena *arena,
                           const qc_column *const *columns, size_t count, qc_copy_defaults *ret);
/* Adds the tenant, a BIND that stays, as what the column has when it is unset. False when memory is
 * out. */
bool qc_copy_tenant(qc_copy_defaults *defaults, qc_arena *arena, const qc_column *column,
                    const qc_node *tenant);
/* The struct, or until the next call a copy of it, with values for what it leaves unset. */
const void *qc_copy_defaults_fill(const qc_copy_defaults *defaults, const void *row);

#endif
