/* PostgreSQL 13 and later. */
#include "dialect/dialect.h"

/* A date field and the text that names it, for each field. */
#define EXTRACT_OF(name, text) [QC_DATE_FIELD_##name] = "extract(" text " FROM ?)",
static const char *const extracts[QC_DATE_FIELD_COUNT] = {QC_DATE_FIELDS(EXTRACT_OF)};
#define TRUNC_OF(name, text) [QC_DATE_FIELD_##name] = "date_trunc('" text "', ?)",
static const char *const truncs[QC_DATE_FIELD_COUNT] = {QC_DATE_FIELDS(TRUNC_OF)};
/* A TIMESTAMPTZ is taken apart in UTC, whatever the session's zone (manual, 9.9.1 and 9.9.2). */
#define EXTRACT_UTC(name, text)                                                                    \
    [QC_DATE_FIELD_##name] = "extract(" text " FROM ? AT TIME ZONE 'UTC')",
static const char *const utc_extracts[QC_DATE_FIELD_COUNT] = {QC_DATE_FIELDS(EXTRACT_UTC)};
#define TRUNC_UTC(name, text) [QC_DATE_FIELD_##name] = "date_trunc('" text "', ?, 'UTC')",
static const char *const utc_truncs[QC_DATE_FIELD_COUNT] = {QC_DATE_FIELDS(TRUNC_UTC)};

static void type_name(qc_strbuf *out, int type, int form, int modifier)
{
    int first = modifier >> 16, second = modifier & 0xffff;
    if (form == QC_FORM_PLAIN)
        qc_strbuf_puts(out, qc_type_infos[type].pg_name);
    else
        qc_strbuf_puts(out, form == QC_FORM_VARCHAR ? "varchar" : "char");
    if (modifier && type == QC_TYPE_numeric)
        qc_strbuf_printf(out, "(%d,%d)", first, second);
    else if (modifier)
        qc_strbuf_printf(out, "(%d)", first);
}

/* round() of anything but NUMERIC is double precision, which does not hold every whole number; the
 * word keeps the type it was given. */
static const char *round_text(int type)
{
    switch (type) {
    case QC_TYPE_smallint:
    case QC_TYPE_int:
    case QC_TYPE_bigint: return "?";
    case QC_TYPE_real: return "CAST(round(?) AS real)";
    default: return NULL;
    }
}

static bool is_zoned(const qc_node *call)
{
    return call->count && qc_kid(call, 0)->type == QC_TYPE_timestamptz;
}

static const char *call_text(const qc_node *call)
{
    switch (call->op) {
    case QC_FUNCTION_COUNT: return call->count ? NULL : "count(*)";
    case QC_FUNCTION_EXTRACT:
        return (is_zoned(call) ? utc_extracts : extracts)[call->u.integer];
    case QC_FUNCTION_DATE_TRUNC: return (is_zoned(call) ? utc_truncs : truncs)[call->u.integer];
    case QC_FUNCTION_ROUND: return round_text(call->type);
    default: return NULL;
    }
}

/* REAL with another number is double precision; the words make it REAL. */
static const char *real_text(const qc_node *node)
{
    if (node->type != QC_TYPE_real || node->count != 2 ||
        (qc_kid(node, 0)->type == QC_TYPE_real && qc_kid(node, 1)->type == QC_TYPE_real))
        return NULL;
    switch (node->op) {
    case QC_OP_ADD: return "CAST(? + ? AS real)";
    case QC_OP_SUB: return "CAST(? - ? AS real)";
    case QC_OP_MUL: return "CAST(? * ? AS real)";
    case QC_OP_DIV: return "CAST(? / ? AS real)";
    default: return NULL;
    }
}

/* Between a TIMESTAMPTZ and what has no zone lies UTC, not the session's zone. */
static qc_template cast_template(const qc_node *cast)
{
    int from = qc_kid(cast, 0)->type;
    const char *text = NULL;
    if (from == QC_TYPE_timestamptz && cast->type == QC_TYPE_date)
        text = "CAST(? AT TIME ZONE 'UTC' AS date)";
    else if (from == QC_TYPE_timestamptz && cast->type == QC_TYPE_time)
        text = "CAST(? AT TIME ZONE 'UTC' AS time)";
    else if (from == QC_TYPE_timestamptz && cast->type == QC_TYPE_timestamp)
        text = "CAST(? AT TIME ZONE 'UTC' AS timestamp)";
    else if (cast->type == QC_TYPE_timestamptz &&
             (from == QC_TYPE_timestamp || from == QC_TYPE_date))
        text = "(CAST(? AS timestamp) AT TIME ZONE 'UTC')";
    return (qc_template){text, QC_TIGHT, QC_TIGHT};
}

/* What the arguments of a call hold together like in its text. */
static uint8_t argument_of(const qc_node *call)
{
    const bool bare = (call->op == QC_FUNCTION_EXTRACT && is_zoned(call)) ||
                      (call->op == QC_FUNCTION_ROUND && call->type != QC_TYPE_real);
    return bare ? QC_TIGHT : QC_LOOSE;
}

static qc_template template_of(const qc_node *node)
{
    switch (node->kind) {
    case QC_NODE_CAST: return cast_template(node);
    case QC_NODE_CALL: return (qc_template){call_text(node), QC_TIGHT, argument_of(node)};
    case QC_NODE_BINARY: return (qc_template){real_text(node), QC_TIGHT, QC_SIGNED};
    case QC_NODE_IN:
        if (node->count == 2 && qc_kid(node, 1)->kind == QC_NODE_ARRAY)
            return (qc_template){node->op == QC_OP_IN ? "? = ANY(?)" : "? <> ALL(?)",
                                 QC_PREDICATE, QC_CONCATENATED};
        break;
    default: break;
    }
    return (qc_template){NULL, 0, 0};
}

static const char *default_text(const char *sql, int type)
{
    (void)type;
    return sql;
}

/* The types are enough. */
static void no_checks(qc_strbuf *out, const qc_column *column)
{
    (void)out;
    (void)column;
}

const qc_dialect qc_postgresql_dialect = {
    .name = "postgresql",
    .title = "PostgreSQL",
    .placeholder = '$',
    .max_binds = 65535,
    .max_columns = 1664,
    .max_row = 1664,
    .max_identifier = 63,
    .full_join = true,
    .intersect_first = true,
    .unnest_from = 8,
    .like_escape = "",
    .true_text = "TRUE",
    .false_text = "FALSE",
    .no_limit = "",
    .part_open = "(",
    .nulls_largest = true,
    .numeric_collation = "",
    .numeric_fit = "",
    .keywords = qc_postgresql_keywords,
    .type_name = type_name,
    .template = template_of,
    .own_operators = QC_BIT(QC_OP_ADD) | QC_BIT(QC_OP_SUB) | QC_BIT(QC_OP_MUL) | QC_BIT(QC_OP_DIV) |
                     QC_BIT(QC_OP_IN) | QC_BIT(QC_OP_NOT_IN),
    .own_functions = QC_BIT(QC_FUNCTION_COUNT) | QC_BIT(QC_FUNCTION_EXTRACT) |
                     QC_BIT(QC_FUNCTION_DATE_TRUNC) | QC_BIT(QC_FUNCTION_ROUND),
    .identity = " GENERATED BY DEFAULT AS IDENTITY",
    .default_text = default_text,
    .checks = no_checks,
    .late_keys = true,
    .explain = {.prefix = "EXPLAIN ", .columns = 1, .text = 0}};
