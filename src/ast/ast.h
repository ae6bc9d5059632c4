/* The AST: nodes in the current arena, ways to make and to look at them. */
#ifndef QC_AST_AST_H
#define QC_AST_AST_H

#include <quercus/error.h>
#include <quercus/query.h>

#include "base/base.h"
#include "base/strbuf.h"

static inline const qc_node *const *qc_kids(const qc_node *node)
{
    return (const qc_node *const *)(node + 1);
}
static inline const qc_node *qc_kid(const qc_node *node, size_t i)
{
    return qc_kids(node)[i];
}
static inline size_t qc_bind_size(const qc_node *bind)
{
    return ((const qc_bind *)bind)->size;
}

/* Models, and aliases of them. */
static inline bool qc_is_range(const qc_node *node)
{
    return node && (node->kind == QC_NODE_TABLE || node->kind == QC_NODE_ALIAS);
}
static inline const qc_table *qc_range_table(const qc_node *range)
{
    return range->kind == QC_NODE_ALIAS ? qc_kid(range, 0)->u.table : range->u.table;
}
/* The same of any node; NULL: it is no range. */
static inline const qc_table *qc_table_of(const qc_node *node)
{
    return qc_is_range(node) ? qc_range_table(node) : NULL;
}

/* What a clause of a kind holds: its node (or condition), `on`, its list. */
enum { QC_PART_NODE = 1, QC_PART_ON = 2, QC_PART_LIST = 4 };
extern const uint8_t qc_clause_parts[QC_CLAUSE_KIND_COUNT];

/* A poison node: its code and message are reported by the check with the line of the query. */
const qc_node *qc_poison(enum qc_code code, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The clauses of a query with those of the kept queries it extends, HEAD first; made in `arena`,
 * ends with QC_CLAUSE_END. NULL when memory is out. A query that extends none is returned as is.
 * Nested queries need none of this: nesting flattens them. */
const qc_clause *qc_flatten(qc_arena *arena, const qc_clause *clauses);

/* The BIND node of a struct's field, borrowing its text; text may stay where the struct has it. An
 * unset field of a column with DEFAULT is that default. Unset are NULL, an optional that is not
 * set, and an all-zero date, timestamp or uuid. */
const qc_node *qc_field_value(const qc_column *column, const void *row);
/* Whether a field says "use the database's default": an IDENTITY column that is 0 or NULL, or a
 * column with SERVER_DEFAULT whose field is unset. */
bool qc_field_is_default(const qc_column *column, const void *row);
/* Whether a field says "use the DEFAULT of the model": it is unset and its column has one. */
bool qc_field_takes_default(const qc_column *column, const void *row);
/* Many structs: one behind another, or each behind a pointer. */
typedef struct qc_structs {
    const void *first;
    size_t stride; /* from one to the next, in bytes; 0: `first` are pointers to them */
    size_t count;
} qc_structs;
static inline const void *qc_struct_at(const qc_structs *structs, size_t i)
{
    return structs->stride ? (const char *)structs->first + i * structs->stride
                           : ((const void *const *)structs->first)[i];
}
/* Those of a ROWS clause from `from` on. */
qc_structs qc_structs_of(const qc_clause *rows, const qc_table *table, size_t from);
/* How many of the structs, at most `limit`, leave the same columns to their defaults as the first
 * does. */
size_t qc_uniform_structs(const qc_structs *structs, const qc_table *table, size_t limit);

/* An ARRAY with QC_NODE_FIELDS: one field of many structs, which are not copied. */
typedef struct qc_field_array {
    qc_bind array;
    const qc_column *column;
    qc_structs structs;
    const qc_node *unset; /* BIND: the DEFAULT of the model, for unset fields; NULL: none */
    size_t bytes;         /* of what the fields point to */
} qc_field_array;
/* Element `i` as a BIND, which borrows what the struct points to. */
qc_bind qc_field_array_at(const qc_field_array *array, size_t i);
/* A list of an ASSIGN node a column (`columns` ends with NULL) of the structs, of which the first
 * *ret_count are taken: as many as are a statement of good size. With `defaults`, unset fields are
 * the DEFAULT of the model. A value that no database can hold is poison. NULL: memory is out. */
const qc_node *const *qc_field_arrays(qc_arena *arena, const qc_column *const *columns,
                                      const qc_structs *structs, bool defaults, size_t *ret_count);
/* `clauses` with `count` clauses in the place of `replaced`; NULL: memory is out. */
const qc_clause *qc_replace_clause(qc_arena *arena, const qc_clause *clauses,
                                   const qc_clause *replaced, const qc_clause *with, size_t count);

/* `clauses` with the ROWS clause replaced by one VALUES clause for each of the structs from `first`
 * on, as long as they leave the same columns to their defaults, at most `limit`; *ret_count says
 * how many. Made in `arena`; NULL when memory is out. */
const qc_clause *qc_expand_rows(qc_arena *arena, const qc_clause *clauses, size_t first,
                                size_t limit, size_t *ret_count);

/* The nodes a clause holds, in order: its node (or condition), `on`, its list. Calls `visit` for
 * each; stops and returns false when that does. */
typedef bool qc_visit(void *data, const qc_node *node);
bool qc_clause_nodes(const qc_clause *clause, qc_visit *visit, void *data);
/* Every node under `node` and itself, parents first, nested queries included. */
bool qc_walk(const qc_node *node, qc_visit *visit, void *data);

/* The indented tree of QC_TREE. */
void qc_dump_clauses(qc_strbuf *out, const qc_clause *clauses);
/* A bind's value as text for people: 'x', 42, NULL, '\x00ff'. Never for SQL. */
void qc_print_value(qc_strbuf *out, const qc_node *bind);

extern const char *const qc_node_names[QC_NODE_KIND_COUNT];
extern const char *const qc_op_texts[QC_OP_COUNT];
extern const char *const qc_clause_texts[QC_CLAUSE_KIND_COUNT];
extern const char *const qc_date_field_texts[QC_DATE_FIELD_COUNT];
typedef struct qc_function_info {
    const char *word; /* "COUNT" */
    const char *name; /* "count" */
    bool aggregate;
} qc_function_info;
extern const qc_function_info qc_functions[QC_FUNCTION_ID_COUNT];

/* The struct of columns that ALIAS declares, over any range of the table: `struct User_columns`. In
 * the current arena; NULL when memory is out. */
const void *qc_columns_over(const qc_table *table, const qc_node *range);

/* `node`, a condition or an ordering, with `range` wherever it reads `table` itself; in the current
 * arena. NULL when a nested query reads the table too, so that it may be its own that is meant;
 * poison when memory is out. */
const qc_node *qc_rebase(const qc_node *node, const qc_table *table, const qc_node *range);

/* The ranges a RELATION node leads to: those of the models, or what TO(relation, alias) says. */
static inline const qc_node *qc_relation_target(const qc_node *node)
{
    return node->count > 1 ? qc_kid(node, 1) : node->u.relation->target->range;
}
static inline const qc_node *qc_relation_through(const qc_node *node)
{
    return node->count > 2 ? qc_kid(node, 2) : node->u.relation->through->range;
}

#endif
