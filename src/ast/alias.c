/* ALIAS: a model's columns under another range-variable name. */
#include "ast/make.h"

/* The range, its columns, its relationships; handles of them lie in the caller's struct. */
typedef struct alias {
    qc_node_1 range;
    qc_node_1 members[];
} alias;

static size_t relation_count(const qc_table *table)
{
    size_t count = 0;
    while (table->relations[count])
        count++;
    return count;
}

/* Where the handle of a member stands. */
static size_t place_of(const qc_table *table, size_t i)
{
    const size_t columns = table->column_count;
    return 1 + (i < columns ? i : columns + (i - columns) * QC_WIDTH);
}

/* The members of `range`, and handles of all. */
static void fill(const qc_node **columns, const qc_table *table, const qc_node *range,
                 qc_node_1 *members)
{
    const size_t column_count = table->column_count, count = column_count + relation_count(table);
    columns[0] = range;
    for (size_t i = 0; i < count; i++) {
        members[i] = i < column_count
                         ? qc_column_node(&table->columns[i], range)
                         : qc_relation_node(table->relations[i - column_count], range);
        columns[place_of(table, i)] = &members[i].base;
    }
}

void qc_alias_init(const qc_node **columns, const qc_table *table, const char *name)
{
    const size_t count = table->column_count + relation_count(table);
    alias *made = qc_take(sizeof(*made) + count * sizeof(made->members[0]));
    if (!made) {
        columns[0] = &qc_nomem_node;
        for (size_t i = 0; i < count; i++)
            columns[place_of(table, i)] = &qc_nomem_node;
        return;
    }
    made->range = (qc_node_1){{.kind = QC_NODE_ALIAS, .count = 1, .u.text = name}, table->range};
    fill(columns, table, &made->range.base, made->members);
}

const void *qc_columns_over(const qc_table *table, const qc_node *range)
{
    const size_t count = table->column_count + relation_count(table);
    const qc_node **columns = qc_take(place_of(table, count) * sizeof(*columns));
    qc_node_1 *members = qc_take((count + 1) * sizeof(*members));
    if (!columns || !members)
        return NULL;
    fill(columns, table, range, members);
    return columns;
}

/* The association of a MANY_TO_MANY gets a name of its own as well. */
static const qc_node *association(const qc_relation *relation, const qc_node *alias)
{
    const char *name =
        qc_arena_printf(qc_own_arena(), "%s_%s", alias->u.text, relation->through->name);
    qc_node_1 *made = name ? qc_take(sizeof(*made)) : NULL;
    if (!made)
        return &qc_nomem_node;
    *made = (qc_node_1){{.kind = QC_NODE_ALIAS, .count = 1, .u.text = name},
                        relation->through->range};
    return &made->base;
}

const qc_node *qc_relation_to(const qc_node *relation, const qc_node *alias)
{
    if (!qc_usable(relation))
        return qc_refusal(relation);
    if (!qc_usable(alias))
        return qc_refusal(alias);
    const qc_relation *of = relation->u.relation;
    const qc_node *kids[] = {qc_kid(relation, 0), alias,
                             of->through ? association(of, alias) : NULL};
    return qc_make((qc_node){.kind = QC_NODE_RELATION, .u.relation = of}, kids,
                   of->through ? 3 : 2);
}
