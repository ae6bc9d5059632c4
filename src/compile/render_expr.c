/* Expressions as text: one function a kind, parentheses from the precedence table. */
#include "compile/render.h"

/* The operand `i` of a node. */
static inline void operand(qc_render *render, const qc_node *node, size_t i, int least)
{
    const qc_node *kid = qc_kid(node, i);
    if (kid->kind == QC_NODE_BIND)
        qc_put_bind(render, kid);
    else if (kid->kind == QC_NODE_COLUMN)
        qc_put_column(render, kid);
    else
        qc_render_expression(render, kid, least);
}

/* A column whose range is another node, or one of a query around this one. */
static __attribute__((noinline)) void column_of_other(qc_render *render, const qc_node *range,
                                                      const qc_column *column)
{
    for (const qc_query *query = render->query; query; query = query->outer) {
        const int place = qc_find_range(query, range);
        if (place >= 0) {
            qc_put_key(render, &query->ranges[place], column);
            return;
        }
    }
    qc_put_name(render, column->name);
}

void qc_render_column(qc_render *render, const qc_node *node, const qc_column *column)
{
    const qc_range *range = render->query->ranges, *end = range + render->query->range_count;
    while (range < end && range->node != node)
        range++;
    if (range < end)
        qc_put_key(render, range, column);
    else
        column_of_other(render, node, column);
}

void qc_put_column(qc_render *render, const qc_node *node)
{
    qc_render_column(render, qc_kid(node, 0), node->u.column);
}

static void nested(qc_render *render, const qc_node *node, enum qc_select_mode mode)
{
    const qc_query *query = qc_query_opened(render->query, render->query, node);
    if (!query)
        return;
    qc_put_char(render, '(');
    qc_render_select(render, query, mode);
    qc_put_char(render, ')');
}

static void list(qc_render *render, const qc_node *node, size_t first)
{
    qc_put_char(render, '(');
    for (size_t i = first; i < node->count; i++) {
        if (i > first)
            QC_PUT(render, ", ");
        operand(render, node, i, QC_LOOSE);
    }
    qc_put_char(render, ')');
}

/* ---- Numbers that are text. ---- */

/* Only a column brings the collation of NUMERIC with it. */
static bool needs_collation(const qc_render *render, const qc_node *node)
{
    return render->dialect->numeric_collation[0] && node->type == QC_TYPE_numeric &&
           qc_unlabelled(node)->kind != QC_NODE_COLUMN;
}

void qc_render_compared(qc_render *render, const qc_node *node, int least)
{
    bool collated = needs_collation(render, node);
    qc_render_expression(render, node, collated ? QC_TIGHT : least);
    if (collated)
        qc_put_text(render, render->dialect->numeric_collation);
}

/* Whether a predicate compares NUMERIC with a number of another type. */
static bool is_mixed(const qc_node *node)
{
    size_t numerics = 0, others = 0;
    for (size_t i = 0; i < node->count; i++) {
        int type = qc_kid(node, i)->type;
        if (qc_type_infos[type].cls == QC_CLASS_NUMBER)
            type == QC_TYPE_numeric ? numerics++ : others++;
    }
    return numerics && others;
}

/* Where NUMERIC is text, so must be what it is compared with, and the first operand says how. */
static void compared_number(qc_render *render, const qc_node *node, size_t i)
{
    const qc_node *kid = qc_kid(node, i);
    bool cast = is_mixed(node) && kid->type != QC_TYPE_numeric;
    bool numeric = cast || kid->type == QC_TYPE_numeric;
    bool collated = numeric && i == 0 && (cast || (qc_unlabelled(kid)->kind != QC_NODE_COLUMN));
    if (cast)
        QC_PUT(render, "CAST(");
    qc_render_expression(render, kid, cast ? QC_LOOSE : collated ? QC_TIGHT : QC_CONCATENATED);
    if (cast)
        QC_PUT(render, " AS TEXT)");
    if (collated)
        qc_put_text(render, render->dialect->numeric_collation);
}

/* An operand of a predicate. */
static inline void compared(qc_render *render, const qc_node *node, size_t i)
{
    if (render->dialect->numeric_collation[0] &&
        qc_type_infos[qc_kid(node, i)->type].cls == QC_CLASS_NUMBER)
        compared_number(render, node, i);
    else
        operand(render, node, i, QC_CONCATENATED);
}

/* ---- Operators. ---- */

static void unary(qc_render *render, const qc_node *node)
{
    switch (node->op) {
    case QC_OP_NOT:
        QC_PUT(render, "NOT ");
        operand(render, node, 0, QC_NOT);
        break;
    case QC_OP_NEG:
        qc_put_char(render, '-');
        operand(render, node, 0, QC_TIGHT);
        break;
    default:
        operand(render, node, 0, QC_CONCATENATED);
        qc_put_char(render, ' ');
        qc_put_text(render, qc_op_texts[node->op]);
        break;
    }
}

static const qc_word spaced[QC_OP_COUNT] = {
#define QC_ROW(name, text) [QC_OP_##name] = QC_WORD(" " text " "),
    QC_OPERATORS(QC_ROW)
#undef QC_ROW
};

static inline void operator_between(qc_render *render, const qc_node *node)
{
    qc_put_word(render, &spaced[node->op]);
}

static void predicate(qc_render *render, const qc_node *node)
{
    compared(render, node, 0);
    operator_between(render, node);
    compared(render, node, 1);
    if (node->op == QC_OP_LIKE || node->op == QC_OP_NOT_LIKE)
        qc_put_text(render, render->dialect->like_escape);
}

/* + - * / % || go from left to right. */
static void binary(qc_render *render, const qc_node *node)
{
    int own = qc_operator_precedence[node->op];
    if (own == QC_PREDICATE) {
        predicate(render, node);
        return;
    }
    operand(render, node, 0, own);
    for (size_t i = 1; i < node->count; i++) {
        operator_between(render, node);
        operand(render, node, i, own + 1);
    }
}

static void between(qc_render *render, const qc_node *node)
{
    compared(render, node, 0);
    operator_between(render, node);
    compared(render, node, 1);
    QC_PUT(render, " AND ");
    compared(render, node, 2);
}

/* Operands of AND or OR. A database that nests them by the one before takes many only as a tree. */
static void chain(qc_render *render, const qc_node *node, size_t first, size_t count)
{
    size_t most = render->dialect->max_chain, half = count / 2;
    bool is_tree = most && count > most;
    if (is_tree) {
        qc_put_char(render, '(');
        chain(render, node, first, half);
        qc_put_char(render, ')');
        operator_between(render, node);
        qc_put_char(render, '(');
        chain(render, node, first + half, count - half);
        qc_put_char(render, ')');
    }
    for (size_t i = 0; i < count && !is_tree; i++) {
        if (i)
            operator_between(render, node);
        operand(render, node, first + i, qc_operator_precedence[node->op]);
    }
}

static void logic(qc_render *render, const qc_node *node)
{
    if (!node->count)
        qc_put_text(render, node->op == QC_OP_AND ? render->dialect->true_text
                                                  : render->dialect->false_text);
    else if (node->count == 1)
        operand(render, node, 0, QC_LOOSE);
    else
        chain(render, node, 0, node->count);
}

/* Of no value IN is FALSE. */
static void in(qc_render *render, const qc_node *node)
{
    if (node->count == 1) {
        qc_put_text(render, node->op == QC_OP_IN ? render->dialect->false_text
                                                 : render->dialect->true_text);
        return;
    }
    compared(render, node, 0);
    operator_between(render, node);
    if (qc_kid(node, 1)->kind == QC_NODE_QUERY) {
        nested(render, qc_kid(node, 1), QC_SELECT_AS_IT_IS);
        return;
    }
    qc_put_char(render, '(');
    for (size_t i = 1; i < node->count; i++) {
        if (i > 1)
            QC_PUT(render, ", ");
        operand(render, node, i, QC_LOOSE);
    }
    qc_put_char(render, ')');
}

static void tuple(qc_render *render, const qc_node *node)
{
    for (size_t i = 0; i < node->count; i++) {
        const qc_node *kid = qc_kid(node, i);
        qc_put_text(render, i ? ", " : "(");
        if (kid->kind == QC_NODE_BIND)
            qc_put_bind(render, kid);
        else
            qc_render_compared(render, kid, QC_LOOSE);
    }
    qc_put_char(render, ')');
}

/* ---- Calls and the like. ---- */

static const qc_word names[QC_FUNCTION_ID_COUNT] = {
#define QC_ROW(id, name, ...) [QC_FUNCTION_##id] = QC_WORD(name),
    QC_FUNCTIONS(QC_ROW)
#undef QC_ROW
};

static bool compares_its_argument(const qc_node *call)
{
    return call->op == QC_FUNCTION_MIN || call->op == QC_FUNCTION_MAX ||
           call->op == QC_FUNCTION_NULLIF ||
           (call->op == QC_FUNCTION_COUNT && call->count &&
            qc_kid(call, 0)->kind == QC_NODE_DISTINCT);
}

static void call(qc_render *render, const qc_node *node)
{
    qc_put_word(render, &names[node->op]);
    if (!node->count || !compares_its_argument(node) || !needs_collation(render, qc_kid(node, 0))) {
        list(render, node, 0);
        return;
    }
    const qc_node *argument = qc_kid(node, 0);
    qc_put_char(render, '(');
    if (argument->kind == QC_NODE_DISTINCT) {
        QC_PUT(render, "DISTINCT ");
        argument = qc_kid(argument, 0);
    }
    qc_render_compared(render, argument, QC_LOOSE);
    for (size_t i = 1; i < node->count; i++) {
        QC_PUT(render, ", ");
        operand(render, node, i, QC_LOOSE);
    }
    qc_put_char(render, ')');
}

static void cast(qc_render *render, const qc_node *node)
{
    qc_strbuf name = {0};
    int form = node->flags & QC_NODE_VARCHAR ? QC_FORM_VARCHAR
               : node->flags & QC_NODE_CHAR  ? QC_FORM_CHAR
                                             : QC_FORM_PLAIN;
    QC_PUT(render, "CAST(");
    operand(render, node, 0, QC_LOOSE);
    QC_PUT(render, " AS ");
    render->dialect->type_name(&name, node->type, form, (int)node->u.integer);
    if (name.failed || !name.text)
        render->full = true;
    else
        qc_put(render, name.text, name.length);
    qc_strbuf_free(&name);
    qc_put_char(render, ')');
}

static void case_of(qc_render *render, const qc_node *node)
{
    QC_PUT(render, "CASE");
    for (size_t i = 0; i < node->count; i++) {
        const qc_node *arm = qc_kid(node, i);
        if (arm->kind == QC_NODE_WHEN) {
            QC_PUT(render, " WHEN ");
            operand(render, arm, 0, QC_LOOSE);
            QC_PUT(render, " THEN ");
            operand(render, arm, 1, QC_LOOSE);
        } else {
            QC_PUT(render, " ELSE ");
            operand(render, arm, 0, QC_LOOSE);
        }
    }
    QC_PUT(render, " END");
}

static void distinct(qc_render *render, const qc_node *node)
{
    QC_PUT(render, "DISTINCT ");
    operand(render, node, 0, QC_LOOSE);
}

static void exists(qc_render *render, const qc_node *node)
{
    QC_PUT(render, "EXISTS ");
    nested(render, qc_kid(node, 0), QC_SELECT_TEST);
}

static void subquery(qc_render *render, const qc_node *node)
{
    nested(render, qc_kid(node, 0), QC_SELECT_AS_IT_IS);
}

static void filter(qc_render *render, const qc_node *node)
{
    operand(render, node, 0, QC_TIGHT);
    QC_PUT(render, " FILTER (WHERE ");
    operand(render, node, 1, QC_LOOSE);
    qc_put_char(render, ')');
}

/* ---- Escape hatches. ---- */

static void custom_call(qc_render *render, const qc_node *node)
{
    render->foreign = true;
    qc_put_text(render, node->u.text);
    list(render, node, 0);
}

static void custom_operator(qc_render *render, const qc_node *node)
{
    render->foreign = true;
    operand(render, node, 0, QC_TIGHT);
    qc_put_char(render, ' ');
    qc_put_text(render, node->u.text);
    qc_put_char(render, ' ');
    operand(render, node, 1, QC_TIGHT);
}

/* A ? outside quotes is the next kid, ?? a question mark. */
static void raw(qc_render *render, const qc_node *node)
{
    size_t next = 0;
    char quote = '\0';
    render->foreign = true;
    for (const char *at = node->u.text; *at; at++) {
        if (*at == '\'' || *at == '"')
            quote = !quote ? *at : quote == *at ? '\0' : quote;
        if (*at != '?' || quote) {
            qc_put_char(render, *at);
        } else if (at[1] == '?') {
            qc_put_char(render, '?');
            at++;
        } else if (next < node->count) {
            operand(render, node, next++, QC_TIGHT);
        }
    }
}

/* ---- Templates. ---- */

static void from_template(qc_render *render, const qc_node *node, const qc_template *template)
{
    size_t next = 0;
    bool predicates = template->precedence == QC_PREDICATE;
    for (const char *at = template->text; *at; at++) {
        if (*at == '?' && predicates && node->kind != QC_NODE_CAST)
            compared(render, node, next++);
        else if (*at == '?')
            operand(render, node, next++, template->argument);
        else if (*at == '@')
            list(render, node, 0);
        else if (*at == '#')
            qc_put_number(render, (uint64_t)node->u.integer >> 16);
        else if (*at == '&')
            qc_put_number(render, (uint64_t)node->u.integer & 0xffff);
        else
            qc_put_char(render, *at);
    }
}

static inline bool may_have_template(const qc_dialect *dialect, const qc_node *node)
{
    switch (node->kind) {
    case QC_NODE_UNARY:
    case QC_NODE_BINARY:
    case QC_NODE_IN:
        return dialect->own_operators >> node->op & 1;
    case QC_NODE_CALL:
        return dialect->own_functions >> node->op & 1;
    default:
        return node->kind == QC_NODE_CAST;
    }
}

/* ---- All of them. ---- */

static void (*const forms[QC_NODE_KIND_COUNT])(qc_render *render, const qc_node *node) = {
    [QC_NODE_UNARY] = unary,      [QC_NODE_BINARY] = binary,
    [QC_NODE_BETWEEN] = between,  [QC_NODE_LOGIC] = logic,       [QC_NODE_IN] = in,
    [QC_NODE_CALL] = call,        [QC_NODE_FUNC] = custom_call,  [QC_NODE_OP] = custom_operator,
    [QC_NODE_RAW] = raw,          [QC_NODE_CAST] = cast,         [QC_NODE_CASE] = case_of,
    [QC_NODE_TUPLE] = tuple,      [QC_NODE_DISTINCT] = distinct, [QC_NODE_FILTER] = filter,
    [QC_NODE_EXISTS] = exists,    [QC_NODE_SUBQUERY] = subquery, [QC_NODE_COLUMN] = qc_put_column,
    [QC_NODE_BIND] = qc_put_bind, [QC_NODE_ARRAY] = qc_put_bind};

/* Tests add every parenthesis that may stand: the tree must stay the same. */
static inline bool wants_parentheses(const qc_render *render, const qc_node *node, int own,
                                     int least)
{
    if (own < least)
        return true;
    return render->parenthesize && least > QC_LOOSE && own < QC_TIGHT &&
           !(node->kind == QC_NODE_LOGIC && own == least);
}

static __attribute__((noinline)) void in_parentheses(qc_render *render, const qc_node *node)
{
    qc_put_char(render, '(');
    forms[node->kind](render, node);
    qc_put_char(render, ')');
}

static __attribute__((noinline)) void maybe_from_template(qc_render *render, const qc_node *node,
                                                          int least)
{
    const qc_template template = render->dialect->template(node);
    const int own = template.text ? template.precedence : qc_precedence_of(node);
    const bool parentheses = wants_parentheses(render, node, own, least);
    if (parentheses)
        qc_put_char(render, '(');
    if (template.text)
        from_template(render, node, &template);
    else
        forms[node->kind](render, node);
    if (parentheses)
        qc_put_char(render, ')');
}

void qc_render_expression(qc_render *render, const qc_node *node, int least)
{
    node = qc_unlabelled(node);
    if (may_have_template(render->dialect, node))
        maybe_from_template(render, node, least);
    else if (least > QC_LOOSE && wants_parentheses(render, node, qc_precedence_of(node), least))
        in_parentheses(render, node);
    else
        forms[node->kind](render, node);
}
