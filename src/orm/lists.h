/* Collections of objects of a session. */
#ifndef QC_ORM_LISTS_H
#define QC_ORM_LISTS_H

#include "orm/flush.h"

/* Of a collection, which may be an array of the caller's, with NULL at its end but no count before
 * it. */
size_t qc_list_length(void *const *list);
/* Whether the owner's collection is known to have the object. */
bool qc_list_has(const qc_entity *owner, const qc_relation *relation, const void *object);
/* Puts the object into the owner's collection, at the end, or takes it out. One that was not loaded
 * stays so; that of a new object is what was added. False: no memory. */
bool qc_list_change(qc_session *session, qc_entity *owner, const qc_relation *relation,
                    void *object, bool removed);

#endif
