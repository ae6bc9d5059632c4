/* Values as text for people, never for SQL: quoted, control characters escaped, cut when long. */
#include "ast/make.h"
#include "model/type_info.h"

#include <string.h>

enum { MOST_BYTES_SHOWN = 1024, MOST_ELEMENTS_SHOWN = 20 };

/* ---- Values. ---- */

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The length of the character at `text` when it may be printed; 0 for control characters (also
 * U+0080 to U+009F) and for what is not UTF-8. */
static size_t printable_length(const unsigned char *text, size_t left)
{
    if (text[0] < 0x20 || text[0] == 0x7F || (text[0] == 0xC2 && left > 1 && text[1] < 0xA0))
        return 0;
    for (size_t length = 1; length <= smaller(left, 4); length++)
        if (qc_utf8_valid((const char *)text, length))
            return length;
    return 0;
}

static void print_text(qc_strbuf *out, const char *text, size_t size)
{
    const unsigned char *at = (const unsigned char *)text;
    const unsigned char *end = at + size, *last = at + smaller(size, MOST_BYTES_SHOWN);
    qc_strbuf_putc(out, '\'');
    while (at < last) {
        size_t length = printable_length(at, (size_t)(end - at));
        if (!length)
            qc_strbuf_printf(out, "\\x%02x", *at);
        else if (*at == '\'' || *at == '\\')
            qc_strbuf_printf(out, "%c%c", *at, *at);
        else
            qc_strbuf_append(out, (const char *)at, length);
        at += length ? length : 1;
    }
    qc_strbuf_putc(out, '\'');
    if (at < end)
        qc_strbuf_printf(out, "… (%zu bytes)", size);
}

static void print_bytes(qc_strbuf *out, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    size_t shown = smaller(size, MOST_BYTES_SHOWN / 2);
    qc_strbuf_puts(out, "'\\x");
    for (size_t i = 0; i < shown; i++)
        qc_strbuf_printf(out, "%02x", bytes[i]);
    qc_strbuf_putc(out, '\'');
    if (shown < size)
        qc_strbuf_printf(out, "… (%zu bytes)", size);
}

static void print_temporal(qc_strbuf *out, int type, int64_t value)
{
    char text[QC_TIMESTAMP_SIZE] = "";
    if (type == QC_TYPE_date)
        qc_date_print((qc_date_value){(int32_t)value}, text, sizeof(text));
    else if (type == QC_TYPE_time)
        qc_time_print((qc_time_value){value}, text, sizeof(text));
    else
        qc_timestamp_print((qc_timestamp_value){value}, text, sizeof(text));
    qc_strbuf_printf(out, "'%s'", text);
}

static void print_real(qc_strbuf *out, int type, double value)
{
    char text[QC_NUMBER_SIZE];
    if (type == QC_TYPE_real)
        qc_float_text((float)value, text);
    else
        qc_double_text(value, text);
    qc_strbuf_puts(out, text);
}

static void print_uuid(qc_strbuf *out, const void *bytes)
{
    qc_uuid_value value;
    char text[QC_UUID_SIZE];
    memcpy(&value, bytes, sizeof(value));
    qc_uuid_print(value, text, sizeof(text));
    qc_strbuf_printf(out, "'%s'", text);
}

/* A value that is not NULL. */
static void print_value(qc_strbuf *out, const qc_node *bind)
{
    switch (bind->type) {
    case QC_TYPE_bool:
        qc_strbuf_puts(out, bind->u.integer ? "true" : "false");
        break;
    case QC_TYPE_real:
    case QC_TYPE_double:
        print_real(out, bind->type, bind->u.real);
        break;
    case QC_TYPE_numeric:
        qc_strbuf_append(out, bind->u.text, smaller(qc_bind_size(bind), MOST_BYTES_SHOWN));
        break;
    case QC_TYPE_text:
    case QC_TYPE_json:
        print_text(out, bind->u.text, qc_bind_size(bind));
        break;
    case QC_TYPE_bytea:
        print_bytes(out, bind->u.data, qc_bind_size(bind));
        break;
    case QC_TYPE_uuid:
        print_uuid(out, bind->u.data);
        break;
    case QC_TYPE_date:
    case QC_TYPE_time:
    case QC_TYPE_timestamp:
    case QC_TYPE_timestamptz:
        print_temporal(out, bind->type, bind->u.integer);
        break;
    default:
        qc_strbuf_integer(out, bind->u.integer);
    }
}

static void print_array(qc_strbuf *out, const qc_node *array)
{
    size_t count = qc_bind_size(array), size = qc_type_infos[array->type].size;
    const char *elements = array->u.data;
    bool of_fields = array->flags & QC_NODE_FIELDS;
    qc_strbuf_putc(out, '{');
    for (size_t i = 0; i < smaller(count, MOST_ELEMENTS_SHOWN); i++) {
        qc_bind element = of_fields ? qc_field_array_at((const qc_field_array *)array, i)
                                    : qc_bind_of(array->type, elements + i * size);
        qc_strbuf_puts(out, i ? ", " : "");
        qc_print_value(out, &element.base);
    }
    qc_strbuf_putc(out, '}');
    if (count > MOST_ELEMENTS_SHOWN)
        qc_strbuf_printf(out, "… (%zu values)", count);
}

void qc_print_value(qc_strbuf *out, const qc_node *bind)
{
    if (bind->flags & QC_NODE_NULL_VALUE)
        qc_strbuf_puts(out, "NULL");
    else if (bind->kind == QC_NODE_ARRAY)
        print_array(out, bind);
    else
        print_value(out, bind);
}
