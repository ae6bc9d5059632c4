/* Pages: what the fetch of a page's rows does beside. */
#ifndef QC_ENGINE_PAGE_H
#define QC_ENGINE_PAGE_H

#include <quercus/page.h>

#include "compile/page.h"
#include "engine/bookmark.h"
#include "engine/orm.h"

/* One page that is being fetched. */
typedef struct qc_page_walk {
    qc_page *page;
    const qc_page_plan *plan;
    qc_page_position position;
    qc_signer signer; /* of its cursors */
} qc_page_walk;

/* Takes the rows that were found, before a session exchanges them: those of the page stay, in the
 * order of the query, and the cursors of its neighbours are made. False when memory is out. */
bool qc_page_take(const qc_page_walk *walk, qc_arena *results, const qc_shape *shape,
                  qc_row_list *rows);

#endif
