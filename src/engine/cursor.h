/* What the rest of the room asks of open cursors. */
#ifndef QC_ENGINE_CURSOR_H
#define QC_ENGINE_CURSOR_H

#include "engine/db.h"

/* Closes those of a connection that is about to go away. */
void qc_cursors_end(qc_db *db);
/* Where one was opened whose rows are the tenant's; NULL: none is open. */
const qc_site *qc_cursor_of_tenant(const qc_db *db);

#endif
