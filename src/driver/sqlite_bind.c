/* Values on their way into SQLite: checked, put into the stored form, bound. */
#include "driver/sqlite.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const int64_t DAY = 86400 * (int64_t)1000000;
/* PostgreSQL's ranges: what is outside has no text that reads back. */
static const int64_t FIRST_DAY = -2451545, LAST_DAY = 2145031948, END_DAY_OF_TIMESTAMP = 106751983;

enum qc_code qc_sqlite_refuse(qc_connection *c, enum qc_code code, const qc_sqlite_place *place,
                              const char *what)
{
    if (place->column)
        return qc_refuse_field(c->error, code, place->column, place->row, what);
    return qc_error_set(c->error, code, "parameter %u: %s", (unsigned)place->index, what);
}

/* ---- From C. ---- */

static void load_text(qc_sqlite_value *value, const char *text)
{
    value->null = !text;
    value->data = text;
    value->size = text ? strlen(text) : 0;
}

static void load_bytes(qc_sqlite_value *value, const qc_bytea_value *bytes)
{
    value->null = !bytes->data;
    value->data = bytes->data;
    value->size = bytes->size;
}

void qc_sqlite_load(qc_sqlite_value *value, int type, bool nullable, const void *field)
{
    const qc_type_info *info = &qc_type_infos[type];
    const char *at = field;
    *value = (qc_sqlite_value){.type = (uint8_t)type};
    if (nullable && info->value_offset) {
        value->null = !*(const bool *)field;
        at += info->value_offset;
    }
    const void *from = at;
    switch (type) {
    case QC_TYPE_bool:
        value->integer = *(const bool *)from;
        break;
    case QC_TYPE_smallint:
        value->integer = *(const int16_t *)from;
        break;
    case QC_TYPE_int:
    case QC_TYPE_date:
        value->integer = *(const int32_t *)from;
        break;
    case QC_TYPE_bigint:
    case QC_TYPE_time:
    case QC_TYPE_timestamp:
    case QC_TYPE_timestamptz:
        value->integer = *(const int64_t *)from;
        break;
    case QC_TYPE_real:
        value->real = (double)*(const float *)from;
        break;
    case QC_TYPE_double:
        value->real = *(const double *)from;
        break;
    case QC_TYPE_uuid:
        value->data = from;
        value->size = sizeof(qc_uuid_value);
        break;
    case QC_TYPE_bytea:
        load_bytes(value, from);
        break;
    default:
        load_text(value, *(const char *const *)from);
    }
}

static void load_node(qc_sqlite_value *value, const qc_node *node)
{
    *value = (qc_sqlite_value){.type = node->type, .null = node->flags & QC_NODE_NULL_VALUE};
    switch (node->type) {
    case QC_TYPE_real:
    case QC_TYPE_double:
        value->real = node->u.real;
        break;
    case QC_TYPE_numeric:
    case QC_TYPE_text:
    case QC_TYPE_json:
    case QC_TYPE_bytea:
    case QC_TYPE_uuid:
        value->data = node->u.data;
        value->size = qc_bind_size(node);
        break;
    default:
        value->integer = node->u.integer;
    }
}

/* ---- Checks. ---- */

static const char *wrong_json(const char *text, size_t size)
{
    const char *wrong = qc_wrong_text(text, size);
    return wrong || qc_sqlite_is_json(text, size) ? wrong : "the text is not JSON";
}

static const char *wrong_integer(const qc_sqlite_value *value)
{
    int64_t n = value->integer;
    switch (value->type) {
    case QC_TYPE_date:
        return n == INT32_MIN || n == INT32_MAX || (n >= FIRST_DAY && n <= LAST_DAY)
                   ? NULL
                   : "the date is out of range";
    case QC_TYPE_time:
        return n >= 0 && n <= DAY ? NULL : "the time is out of range";
    case QC_TYPE_timestamp:
    case QC_TYPE_timestamptz:
        return n == INT64_MIN || n == INT64_MAX ||
                       (n >= FIRST_DAY * DAY && n < END_DAY_OF_TIMESTAMP * DAY)
                   ? NULL
                   : "the timestamp is out of range";
    default:
        return NULL;
    }
}

static const char *wrong_value(const qc_sqlite_value *value)
{
    switch (value->type) {
    case QC_TYPE_real:
        if (isfinite(value->real) && fabs(value->real) > FLT_MAX)
            return "the number is out of the range of REAL";
        return isnan(value->real) ? "SQLite cannot store NaN" : NULL;
    case QC_TYPE_double:
        return isnan(value->real) ? "SQLite cannot store NaN" : NULL;
    case QC_TYPE_numeric:
        return qc_wrong_numeric(value->data, value->size);
    case QC_TYPE_text:
        return qc_wrong_text(value->data, value->size);
    case QC_TYPE_json:
        return wrong_json(value->data, value->size);
    default:
        return wrong_integer(value);
    }
}

enum qc_code qc_sqlite_check(qc_connection *c, const qc_sqlite_value *value,
                             const qc_sqlite_place *place)
{
    if (value->size > (size_t)sqlite3_limit(c->db, SQLITE_LIMIT_LENGTH, -1))
        return qc_sqlite_refuse(c, QC_ERROR_TOO_BIG, place,
                                "the value is over SQLite's limit of a value's length");
    const char *wrong = wrong_value(value);
    return wrong ? qc_sqlite_refuse(c, QC_ERROR_VALUE, place, wrong) : QC_ERROR_OK;
}

/* ---- To SQLite. ---- */

static int bind_checked(sqlite3_stmt *stmt, int index, const qc_sqlite_value *value,
                        sqlite3_destructor_type lifetime)
{
    char text[QC_SQLITE_TEXT_SIZE];
    switch (value->type) {
    case QC_TYPE_bool:
    case QC_TYPE_smallint:
    case QC_TYPE_int:
    case QC_TYPE_bigint:
        return sqlite3_bind_int64(stmt, index, value->integer);
    case QC_TYPE_real:
    case QC_TYPE_double:
        return sqlite3_bind_double(stmt, index, value->real);
    case QC_TYPE_bytea:
        return sqlite3_bind_blob64(stmt, index, value->size ? value->data : "", value->size,
                                   lifetime);
    case QC_TYPE_date:
    case QC_TYPE_time:
    case QC_TYPE_timestamp:
    case QC_TYPE_timestamptz:
    case QC_TYPE_uuid:
        return sqlite3_bind_text(stmt, index, text, (int)qc_sqlite_stored_text(value, text),
                                 SQLITE_TRANSIENT);
    default:
        return sqlite3_bind_text64(stmt, index, value->data, value->size, lifetime, SQLITE_UTF8);
    }
}

/* A checked number for a column NUMERIC(precision, scale). */
static enum qc_code bind_fitted(qc_connection *c, sqlite3_stmt *stmt, const qc_sqlite_value *value,
                                const qc_sqlite_place *place)
{
    int precision = place->column->modifier >> 16, scale = place->column->modifier & 0xFFFF;
    qc_decimal number;
    qc_strbuf text = {0};
    qc_decimal_read(value->data, value->size, &number);
    enum qc_decimal_status status = qc_sqlite_fit(&number, precision, scale, &text);
    if (status == QC_DECIMAL_OK && !text.failed) {
        int rc =
            sqlite3_bind_text64(stmt, (int)place->index, text.text, text.length, free, SQLITE_UTF8);
        return rc == SQLITE_OK ? QC_ERROR_OK : qc_sqlite_fail(c, rc, NULL);
    }
    qc_strbuf_free(&text);
    if (status != QC_DECIMAL_OVERFLOW)
        return qc_sqlite_nomem(c);
    return qc_sqlite_refuse(c, QC_ERROR_VALUE, place, "the number has too many digits");
}

enum qc_code qc_sqlite_bind(qc_connection *c, sqlite3_stmt *stmt, const qc_sqlite_value *value,
                            const qc_sqlite_place *place, sqlite3_destructor_type lifetime)
{
    int index = (int)place->index, rc;
    if (value->null) {
        rc = sqlite3_bind_null(stmt, index);
    } else {
        enum qc_code code = qc_sqlite_check(c, value, place);
        if (code != QC_ERROR_OK)
            return code;
        if (value->type == QC_TYPE_numeric && place->column && place->column->modifier)
            return bind_fitted(c, stmt, value, place);
        rc = bind_checked(stmt, index, value, lifetime);
    }
    return rc == SQLITE_OK ? QC_ERROR_OK : qc_sqlite_fail(c, rc, NULL);
}

enum qc_code qc_sqlite_bind_all(qc_connection *c, sqlite3_stmt *stmt, const qc_statement *statement,
                                const qc_node *const *binds, sqlite3_destructor_type lifetime)
{
    enum qc_code code = QC_ERROR_OK;
    for (uint32_t i = 0; i < statement->bind_count && code == QC_ERROR_OK; i++) {
        qc_sqlite_place place = {.index = i + 1};
        qc_sqlite_value value;
        if (binds[i]->kind == QC_NODE_ARRAY) {
            code = qc_sqlite_bind_array(c, stmt, binds[i], &place);
            continue;
        }
        load_node(&value, binds[i]);
        code = qc_sqlite_bind(c, stmt, &value, &place, lifetime);
    }
    if (code != QC_ERROR_OK)
        c->error->error.sql = qc_error_text(c->error, statement->sql);
    return code;
}
