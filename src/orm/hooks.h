/* Functions of a model that a session calls. */
#ifndef QC_ORM_HOOKS_H
#define QC_ORM_HOOKS_H

#include "orm/session.h"

static inline bool qc_has_hooks(const qc_table *table)
{
    return table->hooks[0].moment != 0;
}
/* Runs the functions of a moment, and the checks behind those of INSERT and UPDATE, for objects of
 * one table. False and an error when one refuses its object, or used the connection. */
bool qc_hooks_before(qc_session *session, const qc_site *site, qc_entity *const *entities,
                     size_t count, enum qc_hook_moment moment);
/* The same of a moment after; what they change is taken for what the database has. To what has
 * taken over a row, AFTER UPDATE is AFTER INSERT. */
bool qc_hooks_after(qc_session *session, const qc_site *site, qc_entity *const *entities,
                    size_t count, enum qc_hook_moment moment);

#endif
