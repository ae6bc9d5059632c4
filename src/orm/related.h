/* What a struct's fields of relationships hold: pointers. */
#ifndef QC_ORM_RELATED_H
#define QC_ORM_RELATED_H

#include "ast/ast.h"

#include <string.h>

static inline bool qc_is_collection(const qc_relation *relation)
{
    return relation->kind == QC_HAS_MANY_KIND || relation->kind == QC_MANY_TO_MANY_KIND;
}
static inline void *qc_related(const void *row, const qc_relation *relation)
{
    void *pointer;
    memcpy(&pointer, (const char *)row + relation->offset, sizeof(pointer));
    return pointer;
}
static inline void qc_set_related(void *row, const qc_relation *relation, const void *pointer)
{
    memcpy((char *)row + relation->offset, &pointer, sizeof(pointer));
}

#endif
