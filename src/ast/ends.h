/* The columns that a relationship makes equal. */
#ifndef QC_AST_ENDS_H
#define QC_AST_ENDS_H

#include "ast/ast.h"

/* The most columns a key may have. */
enum { QC_KEY_MOST = 16 };

/* Columns of one row, in the order of the other's. */
typedef struct qc_end {
    const qc_column *columns[QC_KEY_MOST];
    unsigned count;
} qc_end;

typedef struct qc_ends {
    qc_end parent; /* of the parent … */
    qc_end child;  /* … equal to these of the target, or of the association */
    qc_end onward; /* MANY_TO_MANY: of the association … */
    qc_end target; /* … equal to these of the target */
} qc_ends;

/* Poison that says what is wrong with the relationship, with its line; NULL when *ret is made. */
const qc_node *qc_ends_of(const qc_relation *relation, qc_ends *ret);
/* Columns of one end, read from its range, equal those of the other. */
qc_bool qc_equal_ends(const qc_end *a, const qc_node *range_a, const qc_end *b,
                      const qc_node *range_b);
/* The column of a table by name; NULL: none. */
const qc_column *qc_find_column(const qc_table *table, const char *name);

#endif
