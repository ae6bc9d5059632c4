/* Values on their way in that no database can hold: what is wrong with them, in the same words for
 * every driver. */
#include "driver/driver.h"

#include "model/decimal.h"

#include <string.h>

const char *qc_wrong_text(const char *text, size_t size)
{
    if (memchr(text, '\0', size))
        return "a text cannot hold a zero byte";
    return qc_utf8_valid(text, size) ? NULL : "the text is not UTF-8";
}

const char *qc_wrong_numeric(const char *text, size_t size)
{
    qc_decimal number;
    if (!qc_decimal_read(text, size, &number) || !number.plain)
        return "the text is not a NUMERIC";
    return qc_decimal_fits(&number) ? NULL : "the number has more digits than NUMERIC holds";
}

enum qc_code qc_refuse_field(qc_error_record *error, enum qc_code code, const qc_column *column,
                             size_t row, const char *what)
{
    qc_error_set(error, code, "%s.%s in row %zu: %s", column->table->name, column->name, row + 1,
                 what);
    error->error.column = qc_error_text(error, column->name);
    return code;
}
