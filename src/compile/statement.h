/* The compiled statement: text, binds and result shape. Immutable, shared, cached. */
#ifndef QC_COMPILE_STATEMENT_H
#define QC_COMPILE_STATEMENT_H

#include "ast/fingerprint.h"
#include "dialect/dialect.h"
#include "model/type_info.h"

/* Where a result column goes. A row is made of parts: part 0 is the struct the caller gets, the
 * others are entities it points to. */
typedef struct qc_result_column {
    const char *name;  /* for errors: "users.email" */
    uint8_t type;      /* enum qc_type */
    bool nullable;     /* the field is an optional (or a pointer that may be NULL) */
    uint16_t part;
    uint32_t offset;   /* of the field in the part's struct */
} qc_result_column;

typedef struct qc_result_part {
    uint32_t size;     /* of the struct */
    uint32_t pointer;  /* where part 0 points to it: offset of a pointer field; part 0: unused */
    bool optional;     /* of an outer join: all columns NULL make the pointer NULL */
    bool submodel;     /* what rows that are `model` have beside the columns of part `of`, to which
                          it is moved; nothing points to it */
    uint16_t of;
    const qc_table *model; /* of a submodel, and of a part that has some; NULL: none */
} qc_result_part;

typedef struct qc_shape {
    const qc_result_column *columns;
    const qc_result_part *parts;
    uint16_t column_count;
    uint16_t part_count; /* 0: the statement returns no rows */
    bool generic;        /* part 0 is a struct qc_row, see qc_row_layout */
    bool pointers;       /* a column's value points elsewhere */
    uint16_t hidden;     /* cells behind the struct of part 0, for keys that are not selected */
    uint16_t key_count;  /* of a page */
    const uint16_t *keys; /* the columns that hold them, from 0 */
} qc_shape;

/* A generic row: header, then one cell a column, each an optional of the column's type (or, for a
 * type with a null of its own, the value). Entities are pointers in cells. Item `i` of the select
 * list is cell `i`. */
enum { QC_CELL_SIZE = 32, QC_ROW_ALIGN = 8 };
struct qc_row {
    const struct qc_row_item *items;
    size_t count;
    /* cells follow */
};
typedef struct qc_row_item {
    const char *name;
    uint8_t type;  /* enum qc_type; 0: an entity, the cell holds a pointer */
} qc_row_item;

typedef struct qc_statement {
    const char *sql;
    size_t sql_length;
    uint64_t hash;             /* XXH3 of the text: names the prepared statement */
    uint64_t serial;           /* statements of one number have one text; 0: it has none */
    const uint32_t *bind_order; /* $n is the key's bind bind_order[n - 1], or the tenant */
    const uint32_t *bind_oids;  /* PostgreSQL type OIDs of $n */
    uint32_t bind_count;
    bool returns_rows;
    bool writes;                /* INSERT, UPDATE, DELETE */
    bool foreign;               /* FUNC, OP or RAW: what it does beside its rows is not known */
    qc_shape shape;
    const qc_row_item *items;   /* of a generic row */
    const char *warning;        /* of the check, or NULL */
    const qc_table *table;      /* of INSERT, UPDATE, DELETE */
    const qc_column *tenant;    /* a column it compares with the tenant, or fills; NULL: none */
    const uint32_t *given_tenants; /* the key's binds that must be the tenant */
    uint32_t given_count;
    qc_arena *arena;            /* owns all of it */
} qc_statement;

/* In bind_order: the tenant as a value of the type `order - QC_TENANT_BIND`. */
#define QC_TENANT_BIND (UINT32_MAX - QC_TYPE_COUNT)

/* Columns that the program's constants describe, as they were written in statements: users.email.
 * What they are called and how that is quoted never changes. Zeroed is empty. Of one dialect, and
 * used by one compilation at a time. */
enum { QC_KNOWN_COLUMNS = 128, QC_KNOWN_LENGTH = 39 };
typedef struct qc_known_column {
    const qc_column *column;
    char text[QC_KNOWN_LENGTH];
    uint8_t length;
} qc_known_column;
typedef struct qc_known_columns {
    qc_known_column places[QC_KNOWN_COLUMNS];
} qc_known_columns;

typedef struct qc_compile_options {
    const qc_dialect *dialect;
    qc_known_columns *known; /* NULL: none */
    bool first; /* FIRST: add LIMIT 1 where the query has no LIMIT */
    bool parenthesize; /* for tests: write every parenthesis that may stand */
} qc_compile_options;

/* Checks and renders. NULL and an error (code and message; QC_ERROR_QUERY, …) on failure. `key` is
 * the fingerprint of `clauses`. The caller frees the statement with qc_statement_free. */
qc_statement *qc_compile(const qc_clause *clauses, const qc_key *key,
                         const qc_compile_options *options, qc_error_record *error);
void qc_statement_free(qc_statement *statement);
/* The same with everything, the statement too, in `arena`, which stays its owner. Without a key
 * (NULL) it is for its text: it has no hash and no shape, and the binds of $1, $2 … are
 * (*ret_binds)[bind_order[n - 1]]; ret_binds may be NULL. */
qc_statement *qc_compile_in(qc_arena *arena, const qc_clause *clauses, const qc_key *key,
                            const qc_compile_options *options, qc_error_record *error,
                            const qc_node *const **ret_binds);

#endif
