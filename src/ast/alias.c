/* ALIAS: a model's columns under another range-variable name. */
#include "ast/make.h"

typedef struct alias {
    qc_node_1 range;
    qc_node_1 columns[];
} alias;

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
        made->columns[i] = qc_column_node(&table->columns[i], &made->range.base);
        columns[i + 1] = &made->columns[i].base;
    }
}
