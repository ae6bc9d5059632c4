/* What differs between databases in SQL text: data, and a few hooks. */
#ifndef QC_DIALECT_DIALECT_H
#define QC_DIALECT_DIALECT_H

#include "ast/ast.h"
#include "base/strbuf.h"
#include "model/type_info.h"

typedef struct qc_dialect qc_dialect;
struct qc_render; /* compile/render.h */

struct qc_dialect {
    const char *name;        /* "postgresql", "sqlite" */
    char placeholder;        /* '$' or '?', followed by a number */
    uint32_t max_binds;      /* of one statement */
    uint32_t max_identifier; /* bytes; 0: no limit */
    bool array_binds;        /* = ANY($1); else IN (SELECT value FROM json_each(?1)) */
    bool default_in_values;  /* the DEFAULT keyword may stand in VALUES */
    bool distinct_from;      /* IS DISTINCT FROM; else IS NOT */
    bool ilike;              /* ILIKE; else lower(a) LIKE lower(b) */
    bool full_join;          /* RIGHT and FULL JOIN */
    const char *like_escape; /* appended to LIKE of an escaped pattern: "" or " ESCAPE '\'" */
    const char *true_text, *false_text;
    const char *now;         /* NOW() as an expression */
    /* A column type in DDL or CAST, with its modifier. */
    void (*type_name)(qc_strbuf *out, int type, int form, int modifier);
    /* A call whose text the function's own name does not give; false: render name(arguments). */
    bool (*call)(struct qc_render *render, const qc_node *call);
    /* DDL: what follows the type of an IDENTITY column; SERVER_DEFAULT's and ON_UPDATE's "now()". */
    const char *identity;
    const char *(*default_text)(const char *sql, int type);
};

extern const qc_dialect qc_postgresql_dialect;
extern const qc_dialect qc_sqlite_dialect;
/* By name; NULL when there is none. */
const qc_dialect *qc_dialect_find(const char *name);

/* Appends an identifier, quoted where the dialect needs it ("order", "two words"). False, and
 * nothing appended, for one that no database can hold: empty, NUL is impossible, too long. */
bool qc_identifier(qc_strbuf *out, const qc_dialect *dialect, const char *name);

#endif
