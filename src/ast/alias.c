/* ALIAS: a model's columns under another range-variable name. */
#include "ast/make.h"

typedef struct alias {
    qc_node_1 range;
    qc_node_1 columns[];
} alias;

static qc_node_1 aliased(const qc_column *column, const qc_node *range)
{
    return (qc_node_1){{.kind = QC_NODE_COLUMN,
                        .type = column->type,
                        .flags = column->nullable ? QC_NODE_NULLABLE : 0,
                        .count = 1,
                        .u.column = column},
                       range};
}

void qc_alias_init(const qc_node **columns, const qc_table *table, const char *name)
{
    size_t count = table->column_count;
    alias *made = qc_take(sizeof(*made) + count * sizeof(made->columns[0]));
    if (!made) {
        for (size_t i = 0; i <= count; i++)
            columns[i] = &qc_nomem_node;
        return;
    }
    made->range = (qc_node_1){{.kind = QC_NODE_ALIAS, .count = 1, .u.text = name}, table->range};
    columns[0] = &made->range.base;
    for (size_t i = 0; i < count; i++) {
        made->columns[i] = aliased(&table->columns[i], &made->range.base);
        columns[i + 1] = &made->columns[i].base;
    }
}
