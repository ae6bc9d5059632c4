/* C arrays as JSON texts, for `IN (SELECT value FROM json_each(?1))`: every element in its stored
 * form, so that it compares as the column's values do. */
#include "driver/sqlite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that JSON cannot hold as they are: quotes, backslashes, controls. */
static bool is_plain(char byte)
{
    return (unsigned char)byte >= 0x20 && byte != '"' && byte != '\\';
}

static void put_text(qc_strbuf *out, const char *text, size_t size)
{
    qc_strbuf_putc(out, '"');
    for (size_t i = 0; i < size;) {
        size_t start = i;
        while (i < size && is_plain(text[i]))
            i++;
        qc_strbuf_append(out, text + start, i - start);
        if (i < size)
            qc_strbuf_printf(out, "\\u%04x", (unsigned)(unsigned char)text[i++]);
    }
    qc_strbuf_putc(out, '"');
}

/* JSON has no infinity; a number too large for a double is read as one. */
static void put_real(qc_strbuf *out, double value)
{
    char text[QC_SQLITE_REAL_SIZE];
    if (isinf(value))
        qc_strbuf_puts(out, value < 0 ? "-9e999" : "9e999");
    else
        qc_strbuf_append(out, text, (size_t)qc_sqlite_print_real(value, text));
}

static void put_value(qc_strbuf *out, const qc_sqlite_value *value)
{
    char text[QC_SQLITE_TEXT_SIZE];
    if (value->null) {
        qc_strbuf_puts(out, "null");
        return;
    }
    switch (value->type) {
    case QC_TYPE_bool:
    case QC_TYPE_smallint:
    case QC_TYPE_int:
    case QC_TYPE_bigint:
        qc_strbuf_integer(out, value->integer);
        break;
    case QC_TYPE_real:
    case QC_TYPE_double:
        put_real(out, value->real);
        break;
    case QC_TYPE_numeric:
    case QC_TYPE_text:
    case QC_TYPE_json:
        put_text(out, value->data, value->size);
        break;
    default:
        put_text(out, text, qc_sqlite_stored_text(value, text));
    }
}

static enum qc_code put_elements(qc_connection *c, qc_strbuf *out, const qc_node *array,
                                 const qc_sqlite_place *place)
{
    const char *element = array->u.data;
    size_t step = qc_type_infos[array->type].size, count = qc_bind_size(array);
    qc_strbuf_putc(out, '[');
    for (size_t i = 0; i < count; i++, element += step) {
        qc_sqlite_value value;
        qc_sqlite_load(&value, array->type, false, element);
        enum qc_code code = value.null ? QC_ERROR_OK : qc_sqlite_check(c, &value, place);
        if (code != QC_ERROR_OK)
            return code;
        if (i)
            qc_strbuf_putc(out, ',');
        put_value(out, &value);
    }
    qc_strbuf_putc(out, ']');
    return out->failed ? qc_sqlite_nomem(c) : QC_ERROR_OK;
}

enum qc_code qc_sqlite_bind_array(qc_connection *c, sqlite3_stmt *stmt, const qc_node *array,
                                  const qc_sqlite_place *place)
{
    if (array->type == QC_TYPE_bytea)
        return qc_sqlite_refuse(c, QC_ERROR_UNSUPPORTED, place,
                                "SQLite cannot take an array of BYTEA");
    qc_strbuf text = {0};
    enum qc_code code = put_elements(c, &text, array, place);
    if (code == QC_ERROR_OK && text.length > (size_t)sqlite3_limit(c->db, SQLITE_LIMIT_LENGTH, -1))
        code = qc_sqlite_refuse(c, QC_ERROR_TOO_BIG, place,
                                "the array is over SQLite's limit of a value's length");
    if (code != QC_ERROR_OK) {
        qc_strbuf_free(&text);
        return code;
    }
    int rc =
        sqlite3_bind_text64(stmt, (int)place->index, text.text, text.length, free, SQLITE_UTF8);
    return rc == SQLITE_OK ? QC_ERROR_OK : qc_sqlite_fail(c, rc, NULL);
}
