/* Trees as indented text for people. */
#include "ast/make.h"
#include "model/type_info.h"

#include <quercus/engine.h>

/* What the payload of a node kind is, from the list of kinds. */
enum payload {
    PAYLOAD_NONE,
    PAYLOAD_TEXT,
    PAYLOAD_TABLE,
    PAYLOAD_RELATION,
    PAYLOAD_COLUMN,
    PAYLOAD_VALUE,
    PAYLOAD_ARRAY,
    PAYLOAD_FIELD,
    PAYLOAD_MODIFIER,
    PAYLOAD_CLAUSES
};

static const uint8_t payloads[] = {
#define QC_ROW(name, text, payload) PAYLOAD_##payload,
    QC_NODE_KINDS(QC_ROW)
#undef QC_ROW
};

static const char *const clause_names[] = {
#define QC_ROW(name, text) #name,
    QC_CLAUSES(QC_ROW)
#undef QC_ROW
};

/* Where a dump goes and how far in it is. */
typedef struct dump {
    qc_strbuf *out;
    int indent;
} dump;

static void begin_line(const dump *to)
{
    for (int i = 0; i < to->indent; i++)
        qc_strbuf_puts(to->out, "  ");
}

static void print_column(qc_strbuf *out, const qc_node *column)
{
    const qc_node *range = qc_kid(column, 0);
    qc_strbuf_printf(out, " %s.%s",
                     range->kind == QC_NODE_ALIAS ? range->u.text : range->u.table->model,
                     column->u.column->name);
}

static void print_payload(qc_strbuf *out, const qc_node *node)
{
    switch (payloads[node->kind]) {
    case PAYLOAD_TEXT:
        qc_strbuf_printf(out, " %s", node->u.text);
        break;
    case PAYLOAD_TABLE:
        qc_strbuf_printf(out, " %s", node->u.table->model);
        break;
    case PAYLOAD_RELATION:
        qc_strbuf_printf(out, " %s.%s", node->u.relation->parent->model, node->u.relation->name);
        break;
    case PAYLOAD_COLUMN:
        print_column(out, node);
        break;
    case PAYLOAD_VALUE:
    case PAYLOAD_ARRAY:
        qc_strbuf_putc(out, ' ');
        qc_print_value(out, node);
        break;
    case PAYLOAD_FIELD:
        qc_strbuf_printf(out, " %s", qc_functions[node->op].name);
        if (node->op == QC_FUNCTION_EXTRACT || node->op == QC_FUNCTION_DATE_TRUNC)
            qc_strbuf_printf(out, " %s", qc_date_field_texts[node->u.integer]);
        break;
    case PAYLOAD_MODIFIER:
        if (node->u.integer)
            qc_strbuf_printf(out, " (%lld, %lld)", (long long)node->u.integer / 65536,
                             (long long)node->u.integer % 65536);
        break;
    }
}

static void print_operator(qc_strbuf *out, const qc_node *node)
{
    static const char *const nulls[] = {"", " NULLS FIRST", " NULLS LAST", " NULLS LAST"};
    switch (node->kind) {
    case QC_NODE_UNARY:
    case QC_NODE_BINARY:
    case QC_NODE_BETWEEN:
    case QC_NODE_LOGIC:
    case QC_NODE_IN:
        qc_strbuf_printf(out, " %s", qc_op_texts[node->op]);
        break;
    case QC_NODE_ORDER:
        qc_strbuf_printf(out, " %s%s", node->op & QC_ORDER_DESC ? "DESC" : "ASC",
                         nulls[node->op / QC_ORDER_NULLS_FIRST & 3]);
        break;
    }
}

static void print_type(qc_strbuf *out, const qc_node *node)
{
    if (!node->type)
        return;
    qc_strbuf_printf(out, ": %s", qc_type_infos[node->type].word);
    if (node->flags & QC_NODE_NULLABLE)
        qc_strbuf_puts(out, " or NULL");
}

static void dump_clauses(const dump *to, const qc_clause *clauses);

static bool dump_node(void *data, const qc_node *node)
{
    const dump *to = data;
    dump inner = {to->out, to->indent + 1};
    begin_line(to);
    qc_strbuf_puts(to->out, qc_node_names[node->kind]);
    print_operator(to->out, node);
    print_payload(to->out, node);
    print_type(to->out, node);
    qc_strbuf_putc(to->out, '\n');
    if (node->kind == QC_NODE_QUERY)
        dump_clauses(&inner, node->u.clauses);
    bool has_its_range = node->kind == QC_NODE_COLUMN || node->kind == QC_NODE_RELATION;
    for (size_t i = 0; i < node->count && !has_its_range; i++)
        dump_node(&inner, qc_kid(node, i));
    return true;
}

static void dump_clauses(const dump *to, const qc_clause *clauses)
{
    dump inner = {to->out, to->indent + 1};
    for (; clauses->kind != QC_CLAUSE_END; clauses++) {
        begin_line(to);
        qc_strbuf_puts(to->out, clause_names[clauses->kind]);
        if (clauses->kind == QC_CLAUSE_ROWS)
            qc_strbuf_printf(to->out, " %lu", (unsigned long)clauses->count);
        qc_strbuf_putc(to->out, '\n');
        qc_clause_nodes(clauses, dump_node, &inner);
    }
}

void qc_dump_clauses(qc_strbuf *out, const qc_clause *clauses)
{
    qc_arena *arena = qc_current_arena();
    const qc_clause *flat = arena ? qc_flatten(arena, clauses) : NULL;
    if (flat)
        dump_clauses(&(dump){out, 0}, flat);
    else
        out->failed = true;
}

const char *qc_tree(const qc_clause *clauses)
{
    qc_strbuf tree = {0};
    qc_dump_clauses(&tree, clauses);
    const char *text = NULL;
    if (!tree.failed)
        text = qc_arena_copy(qc_current_arena(), tree.text ? tree.text : "", tree.length);
    qc_strbuf_free(&tree);
    return text ? text : "-- out of memory";
}
