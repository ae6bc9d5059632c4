/* CHECK constraints for SQLite, which would store in a column what is not of its type. */
#include "dialect/sqlite_checks.h"

static void write_check(qc_strbuf *out, const qc_column *column, const char *before,
                        const char *after)
{
    qc_strbuf_printf(out, " CHECK (%s", before);
    qc_identifier(out, &qc_sqlite_dialect, column->name);
    qc_strbuf_printf(out, "%s)", after);
}

static void write_length_check(qc_strbuf *out, const qc_column *column)
{
    qc_strbuf_puts(out, " CHECK (length(");
    qc_identifier(out, &qc_sqlite_dialect, column->name);
    qc_strbuf_printf(out, ") <= %d)", (int)(column->modifier >> 16));
}

void qc_sqlite_checks(qc_strbuf *out, const qc_column *column)
{
    switch (column->type) {
    case QC_TYPE_bool:
        write_check(out, column, "", " IN (0, 1)");
        break;
    case QC_TYPE_smallint:
        write_check(out, column, "", " BETWEEN -32768 AND 32767");
        break;
    case QC_TYPE_int:
        write_check(out, column, "", " BETWEEN -2147483648 AND 2147483647");
        break;
    case QC_TYPE_bigint:
        write_check(out, column, "typeof(", ") <> 'real'");
        break;
    case QC_TYPE_text:
        if (column->form != QC_FORM_PLAIN && column->modifier)
            write_length_check(out, column);
        break;
    default:
        break;
    }
}
