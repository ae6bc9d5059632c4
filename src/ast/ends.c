/* Which columns a relationship makes equal: those it names and the primary key they refer to. */
#include "ast/ends.h"
#include "ast/make.h"

const qc_column *qc_find_column(const qc_table *table, const char *name)
{
    for (uint32_t i = 0; i < table->column_count; i++)
        if (strcmp(table->columns[i].name, name) == 0)
            return &table->columns[i];
    return NULL;
}

static const qc_node *wrong_key(const qc_relation *relation, const qc_table *table,
                                const char *name)
{
    const qc_table *parent = relation->parent;
    return qc_poison(QC_ERROR_QUERY,
                     "%s has no column %s, which the relationship %s_%s names (%s:%d)",
                     table->model, name, parent->model, relation->name, parent->file, parent->line);
}

static const qc_node *wrong_count(const qc_relation *relation, const qc_table *table, unsigned keys,
                                  unsigned primary)
{
    const qc_table *parent = relation->parent;
    if (!primary)
        return qc_poison(QC_ERROR_QUERY,
                         "the relationship %s_%s cannot say how it joins: %s has no PRIMARY_KEY; "
                         "write .JOIN(model, condition)",
                         parent->model, relation->name, table->model);
    if (keys == primary)
        return qc_poison(QC_ERROR_QUERY,
                         "the key of the relationship %s_%s has %u columns, more than the %d a key "
                         "may have (%s:%d)",
                         parent->model, relation->name, keys, QC_KEY_MOST, parent->file,
                         parent->line);
    return qc_poison(QC_ERROR_QUERY,
                     "the relationship %s_%s cannot say how it joins: its key has %u columns, and "
                     "the primary key of %s has %u; write KEY(a, b) in the relationship (%s:%d)",
                     parent->model, relation->name, keys, table->model, primary, parent->file,
                     parent->line);
}

/* The columns `names` of `referring`, and the primary key of `referred`, which has as many. */
static const qc_node *pair(const qc_relation *relation, const qc_table *referring,
                           const char *const *names, qc_end *ret, const qc_table *referred,
                           qc_end *ret_primary)
{
    unsigned count = 0, primary = 0;
    while (names[count])
        count++;
    for (uint32_t i = 0; i < referred->column_count; i++)
        if (referred->columns[i].primary_key && primary++ < QC_KEY_MOST)
            ret_primary->columns[primary - 1] = &referred->columns[i];
    if (count != primary || count > QC_KEY_MOST)
        return wrong_count(relation, referred, count, primary);
    for (unsigned i = 0; i < count; i++)
        if (!(ret->columns[i] = qc_find_column(referring, names[i])))
            return wrong_key(relation, referring, names[i]);
    ret->count = ret_primary->count = count;
    return NULL;
}

const qc_node *qc_ends_of(const qc_relation *relation, qc_ends *ret)
{
    const qc_table *parent = relation->parent, *target = relation->target;
    if (relation->kind == QC_BELONGS_TO_KIND)
        return pair(relation, parent, relation->key, &ret->parent, target, &ret->child);
    const qc_table *near = relation->through ? relation->through : target;
    const qc_node *wrong = pair(relation, near, relation->key, &ret->child, parent, &ret->parent);
    if (wrong || !relation->through)
        return wrong;
    return pair(relation, near, relation->other_key, &ret->onward, target, &ret->target);
}

qc_bool qc_equal_ends(const qc_end *a, const qc_node *range_a, const qc_end *b,
                      const qc_node *range_b)
{
    qc_bool tests[QC_KEY_MOST];
    for (unsigned i = 0; i < a->count; i++) {
        qc_node_1 *sides = qc_take(2 * sizeof(*sides));
        if (!sides)
            return (qc_bool){&qc_nomem_node};
        sides[0] = qc_column_node(a->columns[i], range_a);
        sides[1] = qc_column_node(b->columns[i], range_b);
        const qc_node *x = &sides[0].base, *y = &sides[1].base;
        tests[i].node = qc_compare(QC_OP_EQ, QC_OPERAND_HANDLE | QC_OPERAND_HANDLE << 8, &x, &y);
    }
    return qc_and_array(tests, a->count);
}
