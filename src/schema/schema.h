/* Schemas from the inside: the order of tables, what is wrong with them, what makes them. */
#ifndef QC_SCHEMA_SCHEMA_H
#define QC_SCHEMA_SCHEMA_H

#include <quercus/schema.h>

#include "base/base.h"
#include "dialect/dialect.h"
#include "model/lineage.h"

/* ---- validate.c ---- */

/* Whether the models can be tables of the dialect. Else false and an error that names the model
 * and where it stands. */
bool qc_schema_check(const qc_schema *schema, const qc_dialect *dialect, qc_error_record *error);
const qc_column *qc_table_column(const qc_table *table, const char *name, size_t length);
/* Whether the column alone is its table's primary key. */
bool qc_is_whole_key(const qc_column *column);
/* Whether INDEXED makes an index: what is UNIQUE or the whole key has one already. */
bool qc_has_own_index(const qc_column *column);

/* ---- columns.c ---- */

/* The columns of a model's table: its own, and those of the models that lie in it, which are NULL in
 * others' rows. Begin with `table`, a model that lies in no other's. */
typedef struct qc_column_walk {
    const qc_table *table;
    const qc_table *model; /* whose column it is; NULL: none yet */
    size_t at;
    uint32_t place;
    qc_column column; /* as the table has it */
} qc_column_walk;
bool qc_next_column(qc_column_walk *walk);
/* The next of the models that lie in the table; begin with `table` itself and *at 0. */
const qc_table *qc_next_in_table(const qc_table *table, size_t *at);
/* Whether the model does not repeat the index from a base. */
bool qc_is_own_index(const qc_table *table, const qc_index *index);

/* ---- order.c ---- */

/* The tables so that what is referenced comes first, save in a cycle. In `arena`; NULL when memory
 * is out. */
const qc_table **qc_schema_order(qc_arena *arena, const qc_schema *schema, size_t *ret_count);
/* Whether the column references a table that comes after its own. */
bool qc_key_is_late(const qc_table *const *order, size_t count, const qc_column *column);

/* ---- index.c ---- */

/* "ix_orders_user_id": a name from parts, cut and made distinct by a hash where it is too long. */
enum { QC_NAME_SIZE = 64 };
void qc_made_name(char ret[QC_NAME_SIZE], const char *prefix, const qc_column *column);

/* ---- script.c ---- */

/* Statements in the order they are run. Zeroed but for `arena` and `dialect` it is empty. */
typedef struct qc_script_line {
    const char *sql;
    bool outside; /* of the transaction */
    struct qc_script_line *next;
} qc_script_line;
typedef struct qc_script {
    qc_arena *arena;
    const qc_dialect *dialect;
    qc_strbuf text; /* of the statement being written */
    qc_script_line *first, *last;
    bool failed; /* memory ran out */
} qc_script;
/* Ends the statement being written. */
void qc_script_end(qc_script *script, bool outside);
/* The whole, one statement a line; malloc'd, NULL: no memory. */
char *qc_script_text(const qc_script *script);

/* ---- ddl.c ---- */

void qc_write_create(qc_script *script, const qc_table *const *order, size_t count);
void qc_write_drop(qc_script *script, const qc_table *const *order, size_t count);

#endif
