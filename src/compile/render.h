/* The renderer's pen: text and binds of one statement in the making. */
#ifndef QC_COMPILE_RENDER_H
#define QC_COMPILE_RENDER_H

#include "compile/query.h"

#include <string.h>

typedef struct qc_render {
    char *next, *end, *start; /* the text, in the scratch arena */
    qc_compiler *compiler;
    const qc_dialect *dialect;
    const qc_query *query; /* whose expressions are written */
    bool parenthesize;     /* every expression, needed or not */
    bool full;             /* memory ran out: what follows is lost */
    bool foreign;          /* FUNC, OP or RAW was written */
    const qc_column *tenant;  /* one that was written; NULL: none */
    uint32_t *tenant_numbers; /* by type: the n of $n of the tenant; 0: not met. NULL: none is */
    const qc_node **tenant_binds; /* without a key: what stands for it, by type */
    const qc_node *const *binds; /* by place; the key's, or those met so far */
    const qc_node **met;         /* NULL when the key gave them */
    uintptr_t highest;           /* address of those met: a bind above it is new */
    uint32_t bind_count, met_capacity;
    uint32_t expected; /* the place of the bind that comes next when they come in order */
    uint32_t *numbers; /* by place: the n of $n; 0: not met yet. NULL without a key */
    uint32_t *order;   /* by n - 1: place. Without a key the binds are met in that order */
    uint32_t number_count;
    uint32_t *given; /* places of binds that must be the tenant */
    uint32_t given_count, given_room;
    uint32_t *table;   /* places + 1 by hash of the node, once there are many */
    uint32_t table_size;
} qc_render;

/* Makes room for `size` more bytes; false when memory is out. */
bool qc_render_grow(qc_render *render, size_t size);

/* Most texts are short: two moves that may overlap copy them without a call. */
static inline void qc_copy_short(char *to, const char *text, size_t length)
{
    if (length > 16) {
        memcpy(to, text, length);
    } else if (length >= 8) {
        uint64_t first, last;
        memcpy(&first, text, 8);
        memcpy(&last, text + length - 8, 8);
        memcpy(to, &first, 8);
        memcpy(to + length - 8, &last, 8);
    } else if (length >= 4) {
        uint32_t first, last;
        memcpy(&first, text, 4);
        memcpy(&last, text + length - 4, 4);
        memcpy(to, &first, 4);
        memcpy(to + length - 4, &last, 4);
    } else {
        for (size_t i = 0; i < length; i++)
            to[i] = text[i];
    }
}
/* Where there is no room yet. */
void qc_put_slowly(qc_render *render, const char *text, size_t length) __attribute__((cold));
static inline bool qc_has_room(const qc_render *render, size_t size)
{
    return (size_t)(render->end - render->next) >= size;
}
static inline void qc_put(qc_render *render, const char *text, size_t length)
{
    if (!qc_has_room(render, length)) {
        qc_put_slowly(render, text, length);
        return;
    }
    qc_copy_short(render->next, text, length);
    render->next += length;
}
static inline void qc_put_char(qc_render *render, char c)
{
    if (qc_has_room(render, 1))
        *render->next++ = c;
    else
        qc_put_slowly(render, (const char[]){c}, 1);
}
static inline void qc_put_text(qc_render *render, const char *text)
{
    qc_put(render, text, strlen(text));
}
/* A text of a table. All of its room is copied, since that takes no branch. */
typedef struct qc_word {
    char text[24];
    size_t length;
} qc_word;
#define QC_WORD(literal) {"" literal, sizeof(literal) - 1}
static inline void qc_put_word(qc_render *render, const qc_word *word)
{
    if (!qc_has_room(render, sizeof(word->text))) {
        qc_put_slowly(render, word->text, word->length);
        return;
    }
    memcpy(render->next, word->text, sizeof(word->text));
    render->next += word->length;
}
/* Of a string literal. */
#define QC_PUT(render, literal) qc_put(render, "" literal, sizeof(literal) - 1)

void qc_put_large_number(qc_render *render, uint64_t number);
static inline void qc_put_number(qc_render *render, uint64_t number)
{
    if (number < 10)
        qc_put_char(render, (char)('0' + number));
    else
        qc_put_large_number(render, number);
}
/* An identifier, quoted where it must be. One that no database can hold is an error. */
void qc_put_name(qc_render *render, const char *name);
/* The same in the scratch arena. */
void qc_quote_name(qc_render *render, const char *name, const char **ret_text, size_t *ret_length);
/* $n of a BIND or ARRAY node; a node that is met again keeps its number. */
void qc_put_bind(qc_render *render, const qc_node *bind);
/* The place of a bind of the key, without a number; UINT32_MAX: it is not there. */
uint32_t qc_bind_place(qc_render *render, const qc_node *bind);
/* Notes that a bind is given for the tenant, which is written in its place. */
void qc_note_given(qc_render *render, const qc_node *bind);

/* Columns of one model lie behind one another: none takes another's place. */
static inline qc_known_column *qc_known_place(qc_known_columns *known, const qc_column *column)
{
    return &known->places[(uintptr_t)column / sizeof(*column) % QC_KNOWN_COLUMNS];
}
/* Where it is not known; render_range.c. */
void qc_put_new_key(qc_render *render, const qc_range *range, const qc_column *column);
/* range.column */
static inline void qc_put_key(qc_render *render, const qc_range *range, const qc_column *column)
{
    if (range->constant) {
        const qc_known_column *known = qc_known_place(render->compiler->known, column);
        if (known->column == column && qc_has_room(render, sizeof(known->text))) {
            memcpy(render->next, known->text, sizeof(known->text));
            render->next += known->length;
            return;
        }
    }
    qc_put_new_key(render, range, column);
}
/* The same of a COLUMN node. */
void qc_put_column(qc_render *render, const qc_node *node);
/* An expression that must hold together at least like `least` (enum qc_precedence). */
void qc_render_expression(qc_render *render, const qc_node *node, int least);
/* A column under the name of its range. */
void qc_render_column(qc_render *render, const qc_node *node, const qc_column *column);
/* A range as FROM and JOIN name it, with the other tables its model lies in; `enclosed`: these in
 * parentheses. */
void qc_render_range(qc_render *render, const qc_query *query, const qc_range *range,
                     bool enclosed);
/* The expression with what makes NUMERIC compare as a number there. */
void qc_render_compared(qc_render *render, const qc_node *node, int least);

/* ---- What leaves rows out of a range; render_filter.c. ---- */

/* $n of the tenant; all columns of one type have the same. */
void qc_put_tenant(qc_render *render, const qc_column *column);
/* "range.tenant = $n AND range.deleted_at IS NULL", with AND before it when something stands there:
 * *follows, which is set then. */
void qc_render_filter(qc_render *render, const qc_range *range, bool *follows);
/* The same with " WHERE " or " AND " before it, of all ranges that no JOIN's condition filters. */
void qc_render_where_filters(qc_render *render, const qc_query *query, bool *follows);
static inline bool qc_is_filtered(const qc_range *range)
{
    return range->tenant || range->deletion || range->discriminator;
}
/* Whether the filter stands in the range itself. */
static inline bool qc_is_derived(const qc_query *query, const qc_range *range)
{
    return qc_is_filtered(range) &&
           (qc_has(query, QC_CLAUSE_RIGHT_JOIN) || qc_has(query, QC_CLAUSE_FULL_JOIN));
}

/* A SELECT with all its parts. */
enum qc_select_mode {
    QC_SELECT_AS_IT_IS,
    QC_SELECT_FIRST, /* LIMIT 1 where it has no LIMIT */
    QC_SELECT_TEST   /* of EXISTS: what it selects does not matter */
};
void qc_render_select(qc_render *render, const qc_query *query, enum qc_select_mode mode);
/* " WHERE …", the clauses of the kind joined by AND; nothing when there are none. */
void qc_render_conditions(qc_render *render, const qc_query *query, enum qc_clause_kind kind);
/* Rows that travel as arrays; render_arrays.c. */
void qc_render_arrays_insert(qc_render *render, const qc_query *query);
void qc_render_arrays_set(qc_render *render, const qc_query *query, size_t *written);
/* FROM or USING, and the condition that a row is the struct's: its WHERE clauses follow. */
void qc_render_arrays_join(qc_render *render, const qc_query *query, const char *word);
void qc_render_insert(qc_render *render, const qc_query *query);
void qc_render_update(qc_render *render, const qc_query *query);
void qc_render_delete(qc_render *render, const qc_query *query);

/* How tightly an expression's plain form holds together. */
int qc_precedence_of(const qc_node *node);
extern const uint8_t qc_operator_precedence[QC_OP_COUNT];

/* Renders the statement of a checked query; the text ends with NUL. */
void qc_render_statement(qc_render *render, const qc_query *query, bool first);

#endif
