/* What differs between databases in SQL text: data, and a few hooks. */
#ifndef QC_DIALECT_DIALECT_H
#define QC_DIALECT_DIALECT_H

#include "ast/ast.h"
#include "base/strbuf.h"
#include "model/type_info.h"

/* How tightly the parts of an expression hold together, loosest first: one table that is right for
 * every database, for it puts on one level, never chained, what they order differently
 * (PostgreSQL manual, 4.1.6; SQLite "SQL Language Expressions", 2). */
enum qc_precedence {
    QC_LOOSE,      /* stands alone: between parentheses or commas */
    QC_OR,
    QC_AND,
    QC_NOT,
    QC_PREDICATE,  /* comparisons, LIKE, IN, BETWEEN, IS */
    QC_CONCATENATED, /* || */
    QC_SUM_TERM,   /* + - */
    QC_FACTOR,     /* * / % */
    QC_SIGNED,     /* - of one operand */
    QC_TIGHT       /* names, binds, calls, parentheses */
};

/* The text of an expression: ? stands for each of its kids in order, @ for all of them in parentheses,
 * # for the first and & for the second number of its type modifier. */
typedef struct qc_template {
    const char *text;   /* NULL: the plain form */
    uint8_t precedence; /* of the whole */
    uint8_t argument;   /* what a kid must at least hold together like */
} qc_template;

/* What EXPLAIN is called and answers: which column is the line of text and, where lines are nodes of
 * a tree, which say who they are and under whom they stand. */
typedef struct qc_explain_form {
    const char *prefix;
    uint16_t columns, id, parent, text;
    bool tree;
} qc_explain_form;

/* The words of one first letter that cannot be names, by their length; NULL: there are none. */
enum { QC_LONGEST_KEYWORD = 17 };
typedef const char *qc_keywords[QC_LONGEST_KEYWORD + 1];

#define QC_BIT(place) (UINT64_C(1) << (place))

typedef struct qc_dialect qc_dialect;
struct qc_dialect {
    const char *name;        /* "postgresql", "sqlite" */
    const char *title;       /* "PostgreSQL", "SQLite" */
    char placeholder;        /* '$' or '?', followed by a number */
    uint32_t max_binds;      /* of one statement */
    uint32_t max_columns;    /* of one result */
    uint32_t max_row;        /* columns of a row inside a value */
    uint32_t max_parser_stack; /* symbols its parser keeps at once; 0: no limit */
    uint32_t max_chain;      /* AND or OR of more is written as a tree; 0: no limit */
    uint32_t max_identifier; /* bytes; 0: no limit */
    bool full_join;          /* RIGHT and FULL JOIN */
    bool nulls_largest;      /* ascending, NULLs come last */
    bool intersect_first;    /* INTERSECT holds together more than UNION and EXCEPT */
    uint32_t unnest_from;    /* so many rows go as arrays, a bind a column; 0: it has no unnest */
    const char *like_escape; /* appended to LIKE: "" or " ESCAPE '\'" */
    const char *true_text, *false_text;
    const char *no_limit;    /* stands for LIMIT where only OFFSET is given: "" or " LIMIT -1" */
    const char *part_open;   /* of a part of a UNION that needs parentheses; closed by ")" */
    const char *numeric_collation; /* makes NUMERIC compare as a number; "": not needed */
    /* Opens what rounds a value to the p and s of a NUMERIC(p, s) column; "": the database does. */
    const char *numeric_fit;
    const qc_keywords *keywords; /* by first letter */
    /* A column type in DDL or CAST, with its modifier. */
    void (*type_name)(qc_strbuf *out, int type, int form, int modifier);
    /* The text of a node whose plain form is not right for this database: a CAST, or one of these
     * operators (bits of enum qc_op) and functions (bits of enum qc_function_id). */
    qc_template (*template)(const qc_node *node);
    uint64_t own_operators, own_functions;
    /* DDL: what follows the type of an IDENTITY column; SERVER_DEFAULT's and ON_UPDATE's text. */
    const char *identity;
    const char *(*default_text)(const char *sql, int type);
    /* DDL: the CHECK constraints that make a column refuse what is not of its type. */
    void (*checks)(qc_strbuf *out, const qc_column *column);
    bool late_keys; /* DDL: the foreign keys of a cycle are added when all its tables are there */
    qc_explain_form explain;
};

extern const qc_dialect qc_postgresql_dialect;
extern const qc_dialect qc_sqlite_dialect;
extern const qc_keywords qc_postgresql_keywords[26];
extern const qc_keywords qc_sqlite_keywords[26];

/* By name; NULL when there is none. */
const qc_dialect *qc_dialect_find(const char *name);

/* Appends an identifier, quoted where the dialect needs it ("order", "two words"). False, and
 * nothing appended, for one that no database can hold: empty, NUL is impossible, too long. */
bool qc_identifier(qc_strbuf *out, const qc_dialect *dialect, const char *name);
/* The length of a name that needs no quotes; 0 for any other. */
size_t qc_plain_identifier(const qc_dialect *dialect, const char *name);
/* Whether the dialect can hold the name at all. */
bool qc_valid_identifier(const qc_dialect *dialect, const char *name, size_t length);

#endif
