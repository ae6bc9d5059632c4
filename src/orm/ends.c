/* The columns that a relationship makes equal. */
#include "orm/ends.h"

#include <string.h>

static const qc_column *find(const qc_table *table, const char *name)
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
    return qc_poison(QC_ERROR_MISUSE,
                     "%s has no column %s, which the relationship %s_%s names "
                     "(%s:%d)",
                     table->model, name, parent->model, relation->name, parent->file, parent->line);
}

static const qc_node *wrong_count(const qc_relation *relation, const qc_table *table)
{
    const qc_table *parent = relation->parent;
    return qc_poison(QC_ERROR_MISUSE,
                     "the key of the relationship %s_%s has not as many columns as the primary key "
                     "of %s; write KEY(a, b) (%s:%d)",
                     parent->model, relation->name, table->model, parent->file, parent->line);
}

/* The columns `names` of `table`. */
static const qc_node *take_names(const qc_relation *relation, const qc_table *table,
                                 const char *const *names, qc_end *ret)
{
    for (ret->count = 0; names[ret->count]; ret->count++) {
        const qc_column *column = find(table, names[ret->count]);
        if (!column)
            return wrong_key(relation, table, names[ret->count]);
        if (ret->count == QC_KEY_MOST)
            return wrong_count(relation, table);
        ret->columns[ret->count] = column;
    }
    return NULL;
}

/* The primary key of `table`, of as many columns as `other`. */
static const qc_node *take_primary(const qc_relation *relation, const qc_table *table,
                                   const qc_end *other, qc_end *ret)
{
    ret->count = 0;
    for (uint32_t i = 0; i < table->column_count; i++) {
        if (!table->columns[i].primary_key)
            continue;
        if (ret->count == other->count)
            return wrong_count(relation, table);
        ret->columns[ret->count++] = &table->columns[i];
    }
    return ret->count == other->count ? NULL : wrong_count(relation, table);
}

const qc_node *qc_ends_of(const qc_relation *relation, qc_ends *ret)
{
    const qc_table *parent = relation->parent, *target = relation->target;
    const qc_node *wrong;
    if (relation->kind == QC_BELONGS_TO_KIND) {
        wrong = take_names(relation, parent, relation->key, &ret->parent);
        return wrong ? wrong : take_primary(relation, target, &ret->parent, &ret->child);
    }
    const qc_table *near = relation->through ? relation->through : target;
    wrong = take_names(relation, near, relation->key, &ret->child);
    if (!wrong)
        wrong = take_primary(relation, parent, &ret->child, &ret->parent);
    if (wrong || !relation->through)
        return wrong;
    wrong = take_names(relation, near, relation->other_key, &ret->onward);
    return wrong ? wrong : take_primary(relation, target, &ret->onward, &ret->target);
}

qc_key_fields qc_end_fields(const qc_end *end)
{
    qc_key_fields key = {.count = 0};
    for (unsigned i = 0; i < end->count; i++)
        qc_key_add_column(&key, end->columns[i]);
    return key;
}
