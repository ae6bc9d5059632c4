/* The AST node and the constant descriptors that models are made of.
 *
 * Public because MODEL fills them in as constant data; programs do not touch them.
 */
#ifndef QUERCUS_DETAIL_NODE_H
#define QUERCUS_DETAIL_NODE_H

#include <quercus/types.h>

/* The one list of node kinds: kind, name in dumps, meaning of the payload. */
#define QC_NODE_KINDS(X)                                                                           \
    X(POISON, "poison", TEXT)       /* an error found while building: text, op is its qc_code */   \
    X(TABLE, "table", TABLE)        /* a model as a range variable */                              \
    X(ALIAS, "alias", TEXT)         /* kid: TABLE; text is the alias; op: see below */             \
    X(RECORD, "record", TABLE)      /* the shape of a result */                                    \
    X(RELATION, "relation", RELATION) /* kid: the parent's range */                                \
    X(LOADER, "loader", RELATION) /* op: enum qc_strategy; kids: RELATION, then conditions,        \
                                       ORDERs and LOADERs */                                       \
    X(COLUMN, "column", COLUMN)     /* kid: the range it is read from */                           \
    X(BIND, "bind", VALUE)          /* a value; never part of the text */                          \
    X(UNARY, "unary", NONE)         /* op; kid */                                                  \
    X(BINARY, "binary", NONE)       /* op; two kids, CONCAT two or more */                         \
    X(BETWEEN, "between", NONE)     /* kids: value, low, high */                                   \
    X(LOGIC, "logic", NONE)         /* op AND/OR; kids; none: TRUE of AND, FALSE of OR */          \
    X(IN, "in", NONE)               /* op IN/NOT_IN; kids: value, then values, an ARRAY or a QUERY */ \
    X(ARRAY, "array", ARRAY)        /* a C array as one bind; type: of its elements */             \
    X(CALL, "call", FIELD)          /* op: enum qc_function_id; kids: arguments; integer: the enum \
                                       qc_date_field of EXTRACT and DATE_TRUNC */                  \
    X(FUNC, "func", TEXT)           /* an escape hatch: a function by name */                      \
    X(OP, "op", TEXT)               /* an escape hatch: an operator by text; kids */               \
    X(RAW, "raw", TEXT)             /* an escape hatch: SQL with ? for each kid */                 \
    X(CAST, "cast", MODIFIER)       /* kid; the node's type and form flag; integer: the modifier */ \
    X(CASE, "case", NONE)           /* kids: WHEN …, at most one ELSE, last */                     \
    X(WHEN, "when", NONE)           /* kids: condition, value */                                   \
    X(ELSE, "else", NONE)           /* kid */                                                      \
    X(DISTINCT, "distinct", NONE)   /* kid, inside an aggregate */                                 \
    X(FILTER, "filter", NONE)       /* kids: aggregate, condition */                               \
    X(LABEL, "label", TEXT)         /* kid AS text */                                              \
    X(ORDER, "order", NONE)         /* op: QC_ORDER_* flags; kid */                                \
    X(TUPLE, "tuple", NONE)         /* kids: values that are compared as one row */                \
    X(EXISTS, "exists", NONE)       /* kid: QUERY */                                               \
    X(SUBQUERY, "subquery", NONE)   /* kid: QUERY, as a scalar */                                  \
    X(ASSIGN, "assign", NONE)       /* kids: COLUMN, value; op: see below */                       \
    X(QUERY, "query", CLAUSES)      /* a kept or nested query: an array of clauses */              \
    X(ABSENT, "absent", NONE)       /* ONLY_IF(false, …): left out of its list */

enum qc_node_kind {
#define QC_ROW(name, ...) QC_NODE_##name,
    QC_NODE_KINDS(QC_ROW)
#undef QC_ROW
        QC_NODE_KIND_COUNT
};

typedef struct qc_node qc_node;
struct qc_column;
struct qc_table;
struct qc_relation;
struct qc_clause;

/* A node is this header and, right behind it in memory, `count` pointers to its kids. No tree is
 * deeper than QC_MAX_DEPTH: a constructor that would make one returns a poison node instead, so
 * every pass over a tree may recurse. */
enum { QC_MAX_DEPTH = 1000, QC_MAX_KIDS = 1 << 20 };
struct qc_node {
    uint8_t kind;  /* enum qc_node_kind */
    uint8_t type;  /* enum qc_type of its value; 0 where it has none */
    uint8_t op;    /* enum qc_op, or what its kind says */
    uint8_t flags; /* QC_NODE_* */
    uint32_t count : 21;
    uint32_t depth : 11; /* 0 for a node without kids */
    union {
        int64_t integer; /* BIND of bool, integers, date, time, timestamp; see CALL and CAST */
        double real;     /* BIND of REAL and DOUBLE */
        const char *text; /* names; BIND of TEXT, JSON, NUMERIC; their length is in `size` */
        const void *data; /* BIND of BYTEA (length in `size`) and UUID (16 bytes) */
        const struct qc_column *column;
        const struct qc_table *table;
        const struct qc_relation *relation;
        const struct qc_clause *clauses;
    } u;
};

/* A BIND is followed by the length of its text or bytes instead of kids, an ARRAY (u.data: the
 * elements, as C values of its type) by their number. */
typedef struct qc_bind {
    qc_node base;
    size_t size;
} qc_bind;

enum { QC_ALIAS_EXCLUDED = 1 };  /* op of an ALIAS */
enum { QC_ASSIGN_DEFAULT = 1 };  /* op of an ASSIGN */

enum {
    QC_NODE_NULLABLE = 1,  /* may be NULL in a result */
    QC_NODE_NULL_VALUE = 2, /* BIND: the value is NULL */
    QC_NODE_AGGREGATE = 4, /* an aggregate stands in it, not counting nested queries */
    QC_NODE_VARCHAR = 8,   /* CAST: the type is written VARCHAR(n) */
    QC_NODE_CHAR = 16,     /* CAST: the type is written CHAR(n) */
    QC_NODE_CONSTANT = 32, /* a constant of the program: its address says all about it */
    QC_NODE_FIELDS = 64,   /* ARRAY: its elements are fields of structs (qc_field_array) */
    QC_NODE_IMPLIED = 128  /* LOADER: LOAD_BY of the relationship, not the query, asks for it */
};

/* ---- Descriptors: constant data in the program, one copy a model. ---- */

/* A client-side default, DEFAULT(x). */
typedef struct qc_default {
    bool set;
    const char *text;
    int64_t integer;
    double real;
} qc_default;

/* What a column is for, beside its values. */
enum qc_column_mark {
    QC_MARK_NONE,
    QC_MARK_DELETION, /* SOFT_DELETE: set, the row counts as deleted */
    QC_MARK_TENANT    /* TENANT: whose the row is */
};

typedef struct qc_column {
    const char *name;
    const struct qc_table *table;
    uint32_t offset;   /* of the field in the struct, in bytes */
    int32_t modifier;  /* precision * 65536 + scale; 0: none */
    uint8_t type;      /* enum qc_type */
    uint8_t form;      /* enum qc_type_form */
    uint8_t mark;      /* enum qc_column_mark */
    bool nullable, primary_key, identity, unique, indexed;
    bool version; /* counts the writes of a session */
    bool discriminator; /* says which model of a hierarchy a row is; its default: the identity */
    const char *server_default; /* SQL of SERVER_DEFAULT; NULL: none */
    const char *on_update;      /* SQL of ON_UPDATE; NULL: none */
    qc_default value;
    void (*default_by)(void); /* T (*)(void) of the field's type T; NULL: none */
    const struct qc_table *references; /* NULL: no foreign key */
    const char *references_column;
    const char *on_delete; /* "CASCADE", "SET NULL" …; NULL: none */
    const struct qc_table *entity; /* of a RECORD's ENTITY: the model; the field is a pointer */
} qc_column;

enum qc_relation_kind { QC_HAS_MANY_KIND, QC_HAS_ONE_KIND, QC_BELONGS_TO_KIND, QC_MANY_TO_MANY_KIND };

/* What a session does to related objects with their owner. By default what is reached from a new
 * object is saved with it, and what belonged to a deleted one stays, its key set NULL. */
enum {
    QC_CASCADE_DELETE = 1, /* deleted with it */
    QC_CASCADE_ORPHAN = 2, /* deleted when it leaves it */
    QC_CASCADE_NONE = 4    /* qc_add does not follow it */
};

/* The one list of ways to load a relationship: word, what it does. */
#define QC_STRATEGIES(X)                                                                           \
    X(LAZY, "not with the query: when LOAD asks for it")                                           \
    X(RAISE, "never: asking for it is an error")                                                   \
    X(SELECTIN, "one statement a level: keys IN an array")                                         \
    X(SUBQUERY, "one statement a level: keys IN the parents' query")                               \
    X(JOINED, "the parents' statement, with an outer join")                                        \
    X(NESTED, "the parents' statement, as an array of rows in each of its own")
enum qc_strategy {
#define QC_ROW(name, text) QC_STRATEGY_##name,
    QC_STRATEGIES(QC_ROW)
#undef QC_ROW
        QC_STRATEGY_COUNT
};

typedef struct qc_relation {
    const char *name;
    const struct qc_table *parent;
    const struct qc_table *target;
    const struct qc_table *through; /* MANY_TO_MANY: the association model */
    /* Columns, in the order of the primary key they refer to; ends with NULL. HAS_*: of target;
     * BELONGS_TO: of parent; MANY_TO_MANY: of through, to parent. */
    const char *const *key;
    const char *const *other_key; /* MANY_TO_MANY: columns of through, to target */
    const char *back;      /* BACK(name): the relationship on the other side; NULL: none */
    const char *order;     /* ORDERED_BY(...) as written; NULL: none */
    const qc_node *(*filter)(const void *columns); /* FILTERED(f): of the target's columns; or NULL */
    uint32_t offset;       /* of the field in the parent's struct */
    uint8_t kind;          /* enum qc_relation_kind */
    uint8_t cascade;       /* QC_CASCADE_* */
    uint8_t strategy;      /* enum qc_strategy, of queries that do not say another: LOAD_BY */
    bool passive_deletes;  /* the database deletes or nullifies what belongs to a deleted row */
} qc_relation;

typedef struct qc_index {
    const char *name;    /* NULL ends an array of these */
    const char *columns; /* as written: "last_name, DESC(created_at)" */
    bool unique;
} qc_index;

/* Why an object is not valid. */
typedef struct qc_invalid {
    char message[256];
} qc_invalid;

enum qc_hook_moment {
    QC_HOOK_NONE, /* ends a list */
    QC_HOOK_VALIDATE,
    QC_HOOK_BEFORE_INSERT,
    QC_HOOK_BEFORE_UPDATE,
    QC_HOOK_BEFORE_DELETE,
    QC_HOOK_AFTER_INSERT,
    QC_HOOK_AFTER_UPDATE,
    QC_HOOK_AFTER_DELETE,
    QC_HOOK_AFTER_LOAD
};

/* A function of a model that sessions call; hooks.h. */
typedef struct qc_model_hook {
    uint8_t moment; /* enum qc_hook_moment */
    union {
        void (*call)(void *object, void *context);
        bool (*check)(const void *object, qc_invalid *why); /* VALIDATE */
    };
} qc_model_hook;

/* What a model is in a hierarchy; all zero: it is of none. */
typedef struct qc_lineage {
    const char *identity;        /* what the discriminator says of its rows */
    const struct qc_table *base; /* IS_A; NULL: the root */
    const struct qc_table *const *submodels; /* of the root: all below it; ends with NULL */
} qc_lineage;

typedef struct qc_table {
    const char *name;  /* in SQL; NULL for a RECORD */
    const char *model; /* in C */
    const qc_column *columns;
    const qc_node *range; /* the TABLE node: the model as its own range variable */
    const qc_relation *const *relations; /* ends with NULL */
    const qc_index *indexes;      /* ends with name == NULL */
    const qc_model_hook *hooks;   /* ends with QC_HOOK_NONE */
    const qc_lineage *lineage;    /* NULL for a RECORD */
    const char *file; /* where MODEL stands */
    uint32_t column_count;
    uint32_t size; /* of the struct, in bytes */
    int line;
    bool loads; /* a relationship has LOAD_BY */
} qc_table;

/* Nodes with one kid as constant data: a column with its range, a relationship with its parent. */
typedef struct qc_node_1 {
    qc_node base;
    const qc_node *kid;
} qc_node_1;

#endif
