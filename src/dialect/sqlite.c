/* SQLite 3.39 and later.
 *
 * It has no exact numbers, dates or uuids: they are stored as text that sorts and compares right,
 * NUMERIC by the collation quercus_numeric. Arithmetic on them is done by functions the driver
 * registers: quercus_add, quercus_sum, quercus_extract …
 */
#include "dialect/dialect.h"
#include "dialect/sqlite_checks.h"

#include <string.h>

#define NOW "strftime('%Y-%m-%d %H:%M:%f000', 'now')"

#define EXTRACT_OF(name, text) [QC_DATE_FIELD_##name] = "quercus_extract('" text "', ?)",
static const char *const extracts[QC_DATE_FIELD_COUNT] = {QC_DATE_FIELDS(EXTRACT_OF)};
#define TRUNC_OF(name, text) [QC_DATE_FIELD_##name] = "quercus_date_trunc('" text "', ?)",
static const char *const truncs[QC_DATE_FIELD_COUNT] = {QC_DATE_FIELDS(TRUNC_OF)};

static const qc_template plain = {NULL, 0, 0};

static qc_template call_like(const char *text)
{
    return (qc_template){text, QC_TIGHT, QC_LOOSE};
}

static qc_template predicate_like(const char *text)
{
    return (qc_template){text, QC_PREDICATE, QC_CONCATENATED};
}

static void type_name(qc_strbuf *out, int type, int form, int modifier)
{
    (void)form;
    (void)modifier;
    qc_strbuf_puts(out, qc_type_infos[type].sqlite_name);
}

static bool is_whole(int type)
{
    return type == QC_TYPE_smallint || type == QC_TYPE_int || type == QC_TYPE_bigint;
}

static qc_template call_template(const qc_node *call)
{
    bool numeric = call->type == QC_TYPE_numeric;
    switch (call->op) {
    case QC_FUNCTION_COUNT: return call_like(call->count ? NULL : "count(*)");
    case QC_FUNCTION_SUM: return call_like(numeric ? "quercus_sum(?)" : NULL);
    case QC_FUNCTION_AVG: return call_like(numeric ? "quercus_avg(?)" : NULL);
    case QC_FUNCTION_ABS: return call_like(numeric ? "quercus_abs(?)" : NULL);
    case QC_FUNCTION_ROUND:
        if (numeric)
            return call_like(call->count > 1 ? "quercus_round(?, ?)" : "quercus_round(?, 0)");
        return is_whole(call->type) ? (qc_template){"?", QC_TIGHT, QC_TIGHT} : plain;
    case QC_FUNCTION_NOW: return call_like(NOW);
    case QC_FUNCTION_ROW: return call_like("quercus_row@ AS v");
    case QC_FUNCTION_ARRAY: return call_like("(SELECT quercus_array(v) FROM ?)");
    case QC_FUNCTION_EXTRACT: return call_like(extracts[call->u.integer]);
    case QC_FUNCTION_DATE_TRUNC: return call_like(truncs[call->u.integer]);
    default: return plain;
    }
}

static qc_template arithmetic_template(const qc_node *node)
{
    switch (node->op) {
    case QC_OP_ADD: return call_like("quercus_add(?, ?)");
    case QC_OP_SUB: return call_like("quercus_sub(?, ?)");
    case QC_OP_MUL: return call_like("quercus_mul(?, ?)");
    case QC_OP_DIV: return call_like("quercus_div(?, ?)");
    case QC_OP_MOD: return call_like("quercus_mod(?, ?)");
    case QC_OP_NEG: return call_like("quercus_neg(?)");
    default: return plain;
    }
}

/* Of whole numbers: an error for a divisor of zero, where SQLite's own operators give NULL. */
static qc_template division_template(const qc_node *node)
{
    if (!is_whole(node->type))
        return plain;
    return call_like(node->op == QC_OP_DIV ? "quercus_idiv(?, ?)" : "quercus_imod(?, ?)");
}

static qc_template operator_template(const qc_node *node)
{
    if (node->type == QC_TYPE_numeric)
        return arithmetic_template(node);
    switch (node->op) {
    case QC_OP_DIV:
    case QC_OP_MOD: return division_template(node);
    case QC_OP_ILIKE: return predicate_like("lower(?) LIKE lower(?) ESCAPE '\\'");
    case QC_OP_NOT_ILIKE: return predicate_like("lower(?) NOT LIKE lower(?) ESCAPE '\\'");
    case QC_OP_IS_DISTINCT_FROM: return predicate_like("? IS NOT ?");
    case QC_OP_IS_NOT_DISTINCT_FROM: return predicate_like("? IS ?");
    default: return plain;
    }
}

static qc_template cast_to_number(const qc_node *cast, int from)
{
    if (cast->type == QC_TYPE_numeric)
        return call_like(cast->u.integer ? "quercus_round(?, &)" : NULL);
    if (!is_whole(cast->type))
        return plain;
    if (from == QC_TYPE_numeric)
        return call_like("CAST(quercus_round(?, 0) AS INTEGER)");
    if (from == QC_TYPE_real || from == QC_TYPE_double)
        return call_like("CAST(round(?) AS INTEGER)");
    return plain;
}

static qc_template cast_to_time(int to, int from)
{
    switch (to) {
    case QC_CLASS_DATE: return call_like(from == QC_CLASS_TIMESTAMP ? "substr(?, 1, 10)" : NULL);
    case QC_CLASS_TIME: return call_like(from == QC_CLASS_TIMESTAMP ? "substr(?, 12)" : NULL);
    default: break;
    }
    if (from == QC_CLASS_DATE)
        return (qc_template){"? || ' 00:00:00.000000'", QC_CONCATENATED, QC_CONCATENATED};
    return call_like(from == QC_CLASS_TEXT ? "strftime('%Y-%m-%d %H:%M:%f000', ?)" : NULL);
}

static qc_template cast_to_text(const qc_node *cast, int from)
{
    if (from == QC_CLASS_BOOL)
        return call_like("CASE ? WHEN 1 THEN 'true' WHEN 0 THEN 'false' END");
    return call_like(cast->u.integer ? "substr(CAST(? AS TEXT), 1, #)" : NULL);
}

static qc_template cast_template(const qc_node *cast)
{
    int from = qc_kid(cast, 0)->type;
    switch (qc_type_infos[cast->type].cls) {
    case QC_CLASS_NUMBER: return cast_to_number(cast, from);
    case QC_CLASS_BOOL:
        return qc_type_infos[from].cls == QC_CLASS_NUMBER ? predicate_like("? <> 0") : plain;
    case QC_CLASS_TEXT: return cast_to_text(cast, qc_type_infos[from].cls);
    case QC_CLASS_DATE:
    case QC_CLASS_TIME:
    case QC_CLASS_TIMESTAMP:
        return cast_to_time(qc_type_infos[cast->type].cls, qc_type_infos[from].cls);
    default: return plain;
    }
}

static qc_template template_of(const qc_node *node)
{
    switch (node->kind) {
    case QC_NODE_CALL: return call_template(node);
    case QC_NODE_UNARY:
    case QC_NODE_BINARY: return operator_template(node);
    case QC_NODE_CAST: return cast_template(node);
    case QC_NODE_IN:
        if (node->count == 2 && qc_kid(node, 1)->kind == QC_NODE_ARRAY)
            return predicate_like(node->op == QC_OP_IN
                                      ? "? IN (SELECT value FROM json_each(?))"
                                      : "? NOT IN (SELECT value FROM json_each(?))");
        return plain;
    default: return plain;
    }
}

/* What SERVER_DEFAULT and ON_UPDATE of PostgreSQL are here, where that can be said. */
static const char *default_text(const char *sql, int type)
{
    if (strcmp(sql, "now()") == 0 || strcmp(sql, "CURRENT_TIMESTAMP") == 0)
        return type == QC_TYPE_date   ? "date('now')"
               : type == QC_TYPE_time ? "strftime('%H:%M:%f000', 'now')"
                                      : NOW;
    if (strcmp(sql, "CURRENT_DATE") == 0)
        return "date('now')";
    if (strcmp(sql, "gen_random_uuid()") == 0)
        return "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || "
               "substr(hex(randomblob(2)), 2) || '-a' || substr(hex(randomblob(2)), 2) || '-' || "
               "hex(randomblob(6)))";
    return sql;
}

const qc_dialect qc_sqlite_dialect = {
    .name = "sqlite",
    .title = "SQLite",
    .placeholder = '?',
    .max_binds = 32766,
    .max_columns = 2000,
    .max_row = 127,
    .max_parser_stack = 100,
    .max_chain = 400,
    .max_identifier = 0,
    .full_join = true,
    .intersect_first = false,
    .like_escape = " ESCAPE '\\'",
    .true_text = "TRUE",
    .false_text = "FALSE",
    .no_limit = " LIMIT -1",
    .part_open = "SELECT * FROM (",
    .numeric_collation = " COLLATE quercus_numeric",
    .numeric_fit = "quercus_fit(",
    .keywords = qc_sqlite_keywords,
    .type_name = type_name,
    .template = template_of,
    .own_operators = QC_BIT(QC_OP_ADD) | QC_BIT(QC_OP_SUB) | QC_BIT(QC_OP_MUL) | QC_BIT(QC_OP_DIV) |
                     QC_BIT(QC_OP_MOD) | QC_BIT(QC_OP_NEG) | QC_BIT(QC_OP_ILIKE) |
                     QC_BIT(QC_OP_NOT_ILIKE) | QC_BIT(QC_OP_IS_DISTINCT_FROM) |
                     QC_BIT(QC_OP_IS_NOT_DISTINCT_FROM) | QC_BIT(QC_OP_IN) | QC_BIT(QC_OP_NOT_IN),
    .own_functions = QC_BIT(QC_FUNCTION_COUNT) | QC_BIT(QC_FUNCTION_SUM) |
                     QC_BIT(QC_FUNCTION_AVG) | QC_BIT(QC_FUNCTION_ABS) |
                     QC_BIT(QC_FUNCTION_ROUND) | QC_BIT(QC_FUNCTION_NOW) |
                     QC_BIT(QC_FUNCTION_EXTRACT) | QC_BIT(QC_FUNCTION_DATE_TRUNC) |
                     QC_BIT(QC_FUNCTION_ROW) | QC_BIT(QC_FUNCTION_ARRAY),
    .identity = "",
    .default_text = default_text,
    .checks = qc_sqlite_checks,
    .late_keys = false,
    .explain = {.prefix = "EXPLAIN QUERY PLAN ",
                .columns = 4,
                .id = 0,
                .parent = 1,
                .text = 3,
                .tree = true}};
