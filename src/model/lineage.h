/* Hierarchies of models: who is what, and in which table a column lies. */
#ifndef QC_MODEL_LINEAGE_H
#define QC_MODEL_LINEAGE_H

#include <quercus/inherit.h>

/* Whether the model is of a hierarchy. */
static inline bool qc_inherits(const qc_table *table)
{
    return table->lineage && table->lineage->identity;
}
static inline const qc_table *qc_base_of(const qc_table *table)
{
    return table->lineage ? table->lineage->base : NULL;
}
/* Itself for a model of no hierarchy. */
const qc_table *qc_root_of(const qc_table *table);
/* Whether a row of `table` is a row of `above` too; every model is itself. */
bool qc_is_a(const qc_table *table, const qc_table *above);
/* The models below `table`, one after another: begin with *at 0; NULL ends them. */
const qc_table *qc_next_submodel(const qc_table *table, size_t *at);
/* The model with that identity, `table` or one below it; NULL: none. */
const qc_table *qc_model_of(const qc_table *table, const char *identity);
/* The column that says which model a row is; NULL: of no hierarchy. */
const qc_column *qc_discriminator(const qc_table *table);
/* What it says of a row. */
const char *qc_identity_in(const qc_table *table, const void *row);
/* The size of the largest struct a row of `table` may be. */
size_t qc_largest_size(const qc_table *table);

/* Whether the model lies in the table of its base, beside other models' rows. */
bool qc_is_within_base(const qc_table *table);
/* The model whose table it lies in: itself, or the base it lies in. */
const qc_table *qc_table_owner(const qc_table *table);
/* Whether the model's rows lie in more than one table. */
bool qc_is_joined(const qc_table *table);
/* The name of the table that holds the column; that of a key is the model's own. */
const char *qc_home_of(const qc_column *column);
/* Whether the column lies in the table of its model's name. */
static inline bool qc_is_stored(const qc_column *column)
{
    return !qc_inherits(column->table) || qc_home_of(column) == column->table->name;
}
/* The same column of the model that has it first. */
const qc_column *qc_home_column(const qc_column *column);
/* The next model above `table` that lies in another table; NULL: none. */
const qc_table *qc_table_above(const qc_table *table);
/* The models in whose tables a row of `table` lies, the most basic first: begin with NULL, which
 * ends them too. */
const qc_table *qc_next_part(const qc_table *table, const qc_table *part);

#endif
