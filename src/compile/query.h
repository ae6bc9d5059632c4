/* A query taken apart: what the check and the renderer both work on.
 *
 * The clauses of a statement, and of each query nested in it, become a qc_query once: which ranges
 * (tables under a name) it reads and how they are joined. A nested query points to the one around
 * it, whose ranges its expressions may name as well.
 */
#ifndef QC_COMPILE_QUERY_H
#define QC_COMPILE_QUERY_H

#include "base/arena_inline.h"
#include "compile/statement.h"
#include "model/lineage.h"

/* One compilation. The first error stays; nothing after it matters. */
typedef struct qc_compiler {
    qc_arena *results; /* what the statement keeps */
    qc_arena *scratch;
    const qc_dialect *dialect;
    qc_known_columns *known;
    qc_error_record *error;
    const char *warning;
    bool failed;
} qc_compiler;

enum qc_statement_kind { QC_SELECTS, QC_INSERTS, QC_UPDATES, QC_DELETES };

/* Two columns that a relationship makes equal. */
typedef struct qc_key_pair {
    const qc_column *column, *other;
} qc_key_pair;

/* All of them: each `column` of a range, each `other` of range `to`. */
typedef struct qc_key_pairs {
    const qc_key_pair *pairs;
    uint32_t count; /* 0: none */
    uint32_t to;
} qc_key_pairs;

/* A table under a name. */
typedef struct qc_range {
    const qc_node *node; /* TABLE or ALIAS */
    const qc_table *table;
    const char *name;      /* the alias, or the table's name */
    const char *text;      /* the same as it stands in SQL */
    size_t text_length;
    const qc_clause *join; /* the clause that brings it; NULL: FROM, or the statement's head */
    qc_key_pairs keys;     /* of a relationship */
    bool conditional;      /* the clause's own condition stands at this range */
    bool optional;         /* an outer join may leave it without a row */
    bool constant;         /* its columns are always written alike, and may be known */
    bool whole;            /* its rows are selected with what its submodels have */
    uint32_t tied;         /* to this range by a predicate; itself: to none before it */
    /* What leaves rows of it out; NULL: nothing does. The discriminator: those that are not of its
     * model, which lie in the same table. */
    const qc_column *tenant, *deletion, *discriminator;
} qc_range;

typedef struct qc_query qc_query;
struct qc_query {
    const qc_node *node; /* QUERY; NULL: the statement itself */
    qc_query *outer;     /* whose ranges may be named too */
    qc_query *children;  /* queries nested in this one's expressions and parts, newest first */
    qc_query *next;      /* the next child of the same query */
    const qc_clause *clauses;
    uint64_t present, repeated; /* a bit for each kind of clause there is, there is twice */
    uint8_t kind;               /* enum qc_statement_kind */
    bool grouped;               /* has GROUP BY, HAVING or an aggregate */
    bool checked;
    bool with_deleted, all_tenants; /* its clauses, or those of the query it is nested in */
    bool filtered;                  /* something leaves rows of a range out */
    const qc_column *filled;        /* of INSERT, it and its source: the tenant column it adds */
    uint32_t where_count, having_count; /* conditions that ONLY_IF left */
    const qc_node *limit, *offset;
    const qc_clause *joins, *where, *group_by, *having, *order_by; /* the first of each */
    uint32_t join_count;
    const qc_clause *conflict; /* ON_CONFLICT: SET and WHERE behind it are those of DO UPDATE */
    const qc_node *head;
    const qc_table *record; /* of SELECT_AS */
    const qc_node *const *items; /* the select list, or RETURNING's; ends with NULL */
    const qc_node *single[2];    /* the list of one item */
    uint32_t item_count;
    const qc_node *const *keys; /* of a page; ends with NULL; NULL: none */
    qc_range *ranges; /* FROM, then JOIN by JOIN */
    uint32_t range_count, range_capacity;
    uint32_t from_count;
    const qc_node **groups; /* the items of GROUP BY, without labels */
    uint32_t group_count;
    uint64_t group_kinds; /* a bit for each kind of node among them */
    uint32_t tied_outside; /* a range that a predicate ties to an outer query's, + 1; 0: none */
    uint64_t met; /* QC_MET bits of the ranges named since it was last emptied */
};

/* Ranges by place, as far as there are bits. */
#define QC_MET(place) (UINT64_C(1) << ((place) < 62 ? (place) : 63))
#define QC_MET_OUTSIDE (UINT64_C(1) << 62)
#define QC_MET_LATE (UINT64_C(1) << 63)

static inline bool qc_has(const qc_query *query, enum qc_clause_kind kind)
{
    return query->present >> kind & 1;
}
_Static_assert(QC_CLAUSE_KIND_COUNT <= 64, "a clause kind is a bit of `present`");
_Static_assert(QC_NODE_KIND_COUNT <= 64, "a node kind is a bit of `group_kinds`");

/* The next clause of the same kind; NULL: there is none. */
static inline const qc_clause *qc_next_alike(const qc_query *query, const qc_clause *clause)
{
    const uint32_t kind = clause->kind;
    if (!(query->repeated >> kind & 1))
        return NULL;
    do
        clause++;
    while (clause->kind && clause->kind != kind);
    return clause->kind ? clause : NULL;
}

/* Whether a clause's or list's node is there: not NULL, not dropped by ONLY_IF. */
static inline bool qc_stands(const qc_node *node)
{
    return node && node->kind != QC_NODE_ABSENT;
}
/* Without its label. */
static inline const qc_node *qc_unlabelled(const qc_node *node)
{
    while (node->kind == QC_NODE_LABEL)
        node = qc_kid(node, 0);
    return node;
}

/* Records the first error; returns false. */
bool qc_refuse(qc_compiler *compiler, enum qc_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4), cold));
void *qc_no_scratch(qc_compiler *compiler) __attribute__((cold));
/* Memory for the compilation; NULL and an error when it is out. */
static inline void *qc_scratch(qc_compiler *compiler, size_t size)
{
    void *memory = qc_arena_take(compiler->scratch, size);
    return memory ? memory : qc_no_scratch(compiler);
}

/* ---- scope.c ---- */

/* Takes `clauses` (flattened) apart. `owner` is the query it is nested in. NULL and an error when
 * they are no statement or a range cannot be made. */
qc_query *qc_query_open(qc_compiler *compiler, const qc_query *owner, qc_query *outer,
                        const qc_node *node, const qc_clause *clauses);
/* The nested query of a QUERY node, opened when it is met first. `outer` is where its expressions
 * may look for ranges; `owner` the query that keeps it. */
qc_query *qc_query_child(qc_compiler *compiler, qc_query *owner, qc_query *outer,
                         const qc_node *node);
/* The same, for one that has been opened. */
const qc_query *qc_query_opened(const qc_query *owner, const qc_query *outer, const qc_node *node);

bool qc_same_range(const qc_node *a, const qc_node *b);
/* The place of the range in the query; -1: it does not have it. */
int qc_find_range(const qc_query *query, const qc_node *range);
/* The same for this very node, as it mostly is. */
static inline int qc_find_range_node(const qc_query *query, const qc_node *range)
{
    for (uint32_t i = 0; i < query->range_count; i++)
        if (query->ranges[i].node == range)
            return (int)i;
    return -1;
}
/* Whether two expressions have the same text and value wherever they stand. */
bool qc_equal_nodes(const qc_node *a, const qc_node *b);
/* The same but for their binds. */
bool qc_alike_nodes(const qc_node *a, const qc_node *b);

/* ---- names.c: for messages; made in the scratch arena where they are put together. ---- */

const char *qc_range_name(const qc_node *range);                        /* users */
const char *qc_column_text(qc_compiler *compiler, const qc_node *node); /* users.email */
const char *qc_column_word(qc_compiler *compiler, const qc_node *node); /* User_email, boss.email */
const char *qc_range_word(const qc_node *range);                        /* User, boss */
const char *qc_relation_word(qc_compiler *compiler, const qc_relation *relation); /* User_orders */
/* "users", "users and orders", "users, orders and items" */
const char *qc_ranges_text(qc_compiler *compiler, const qc_query *query);
/* "s" behind a word that is counted, but for one */
static inline const char *qc_plural(size_t count)
{
    return count == 1 ? "" : "s";
}
/* What an expression is called: its label, column or function; "expression" otherwise. */
const char *qc_expression_name(const qc_node *node);

/* ---- check.c ---- */

bool qc_check_query(qc_compiler *compiler, qc_query *query);

/* ---- check_statement.c, check_conflict.c ---- */

/* Whether a SET clause that stands, or an array, sets the column; of DO UPDATE's, when `of_conflict`. */
bool qc_sets(const qc_query *query, const qc_column *column, bool of_conflict);

/* Whether a SET clause is one of DO UPDATE. */
static inline bool qc_is_of_conflict(const qc_query *query, const qc_clause *clause)
{
    return query->conflict && clause > query->conflict;
}
/* Whether DO_UPDATE gives the column its value that was to be inserted. */
bool qc_takes_excluded(const qc_query *query, const qc_column *column);

/* ---- shape.c ---- */

/* The columns that a range selects as a whole: those of the model, then what each submodel has beside
 * them. */
size_t qc_entity_width(const qc_table *table);

/* The number of result columns of the select list. */
size_t qc_column_count(const qc_query *query);
/* The place of an expression among them, from 1; 0: it is none of them. */
uint32_t qc_result_place(const qc_query *query, const qc_node *node);
/* Where the rows go; ret->part_count 0 when there are none. */
bool qc_make_shape(qc_compiler *compiler, const qc_query *query, qc_statement *statement);

#endif
