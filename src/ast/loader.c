/* Loaders: what .LOAD() asks for. */
#include "ast/make.h"

#include <quercus/load.h>

const qc_node *qc_load(enum qc_strategy strategy, const qc_node *relation,
                       const qc_node *const *parts)
{
    if (!qc_usable(relation))
        return qc_refusal(relation);
    return qc_make_list((qc_node){.kind = QC_NODE_LOADER,
                                  .op = (uint8_t)strategy,
                                  .u.relation = relation->u.relation},
                        relation, parts);
}
