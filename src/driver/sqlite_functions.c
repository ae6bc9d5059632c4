/* SQL functions that SQLite lacks: exact decimal arithmetic with PostgreSQL's results, whole
 * division that fails where PostgreSQL's does, rows inside values, and the collation that orders
 * decimal texts. */
#include "driver/sqlite.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Arguments and results. ---- */

static void fail(sqlite3_context *context, enum qc_decimal_status status)
{
    if (status == QC_DECIMAL_NOMEM)
        sqlite3_result_error_nomem(context);
    else
        sqlite3_result_error(context,
                             status == QC_DECIMAL_OVERFLOW ? "value overflows numeric format"
                                                           : "division by zero",
                             -1);
}

/* Gives `text` away or frees it. */
static void answer(sqlite3_context *context, enum qc_decimal_status status, qc_strbuf *text)
{
    if (status == QC_DECIMAL_OK && text->failed)
        status = QC_DECIMAL_NOMEM;
    if (status == QC_DECIMAL_OK) {
        sqlite3_result_text64(context, text->text, text->length, free, SQLITE_UTF8);
        return;
    }
    qc_strbuf_free(text);
    fail(context, status);
}

/* Reads a number; `buffer` holds the digits of a REAL. False when there is no number: the result is
 * then NULL or an error. */
static bool read_number(sqlite3_context *context, sqlite3_value *value, qc_decimal *ret,
                        char buffer[QC_SQLITE_REAL_SIZE])
{
    int type = sqlite3_value_type(value);
    if (type == SQLITE_NULL)
        return false;
    const char *text = buffer;
    size_t length;
    if (type == SQLITE_FLOAT && isfinite(sqlite3_value_double(value))) {
        length = (size_t)qc_sqlite_print_real(sqlite3_value_double(value), buffer);
    } else if (type == SQLITE_FLOAT) {
        text = sqlite3_value_double(value) < 0 ? "-Infinity" : "Infinity";
        length = strlen(text);
    } else {
        text = (const char *)sqlite3_value_text(value);
        length = (size_t)sqlite3_value_bytes(value);
    }
    if (!text) {
        sqlite3_result_error_nomem(context);
        return false;
    }
    if (type != SQLITE_BLOB && qc_decimal_read(text, length, ret) && qc_decimal_fits(ret))
        return true;
    sqlite3_result_error(context, "invalid input syntax for type numeric", -1);
    return false;
}

/* ---- Scalars. ---- */

typedef struct operation {
    enum qc_decimal_status (*run)(const qc_decimal *a, const qc_decimal *b, qc_strbuf *ret);
} operation;

static const operation add = {qc_decimal_add}, subtract = {qc_decimal_subtract},
                       multiply = {qc_decimal_multiply}, divide = {qc_decimal_divide},
                       take_remainder = {qc_decimal_remainder};

static void binary(sqlite3_context *context, int count, sqlite3_value **arguments)
{
    const operation *operation = sqlite3_user_data(context);
    char buffers[2][QC_SQLITE_REAL_SIZE];
    qc_decimal a, b;
    qc_strbuf text = {0};
    (void)count;
    if (read_number(context, arguments[0], &a, buffers[0]) &&
        read_number(context, arguments[1], &b, buffers[1]))
        answer(context, operation->run(&a, &b, &text), &text);
}

static bool is_zero(const qc_decimal *number)
{
    return number->kind == QC_DECIMAL_FINITE && number->digits == number->end;
}

static void negate(sqlite3_context *context, int count, sqlite3_value **arguments)
{
    char buffer[QC_SQLITE_REAL_SIZE];
    qc_decimal number;
    qc_strbuf text = {0};
    (void)count;
    if (!read_number(context, arguments[0], &number, buffer))
        return;
    if (!is_zero(&number) && number.kind != QC_DECIMAL_NAN)
        number.negative = !number.negative;
    answer(context, qc_decimal_print(&number, &text), &text);
}

static void absolute(sqlite3_context *context, int count, sqlite3_value **arguments)
{
    char buffer[QC_SQLITE_REAL_SIZE];
    qc_decimal number;
    qc_strbuf text = {0};
    (void)count;
    if (!read_number(context, arguments[0], &number, buffer))
        return;
    number.negative = false;
    answer(context, qc_decimal_print(&number, &text), &text);
}

static void round_number(sqlite3_context *context, int count, sqlite3_value **arguments)
{
    char buffer[QC_SQLITE_REAL_SIZE];
    qc_decimal number;
    qc_strbuf text = {0};
    if (count > 1 && sqlite3_value_type(arguments[1]) == SQLITE_NULL)
        return;
    int digits = count > 1 ? sqlite3_value_int(arguments[1]) : 0;
    if (read_number(context, arguments[0], &number, buffer))
        answer(context, qc_decimal_round(&number, digits, &text), &text);
}

enum qc_decimal_status qc_sqlite_fit(const qc_decimal *number, int precision, int scale,
                                     qc_strbuf *ret)
{
    qc_decimal rounded;
    size_t before = ret->length;
    if (number->kind == QC_DECIMAL_INFINITE)
        return QC_DECIMAL_OVERFLOW;
    enum qc_decimal_status status = qc_decimal_round(number, scale, ret);
    if (status != QC_DECIMAL_OK || ret->failed)
        return status;
    bool read = qc_decimal_read(ret->text + before, ret->length - before, &rounded);
    return read && (is_zero(&rounded) || rounded.magnitude < precision - scale)
               ? QC_DECIMAL_OK
               : QC_DECIMAL_OVERFLOW;
}

static void fit(sqlite3_context *context, int count, sqlite3_value **arguments)
{
    char buffer[QC_SQLITE_REAL_SIZE];
    qc_decimal number;
    qc_strbuf text = {0};
    (void)count;
    if (!read_number(context, arguments[0], &number, buffer))
        return;
    enum qc_decimal_status status = qc_sqlite_fit(&number, sqlite3_value_int(arguments[1]),
                                                  sqlite3_value_int(arguments[2]), &text);
    if (status == QC_DECIMAL_OVERFLOW) {
        qc_strbuf_free(&text);
        sqlite3_result_error(context, "numeric field overflow", -1);
        return;
    }
    answer(context, status, &text);
}

/* Both whole numbers of a division; false when the result is NULL or an error. */
static bool read_whole(sqlite3_context *context, sqlite3_value **arguments, int64_t *a, int64_t *b)
{
    int types[] = {sqlite3_value_type(arguments[0]), sqlite3_value_type(arguments[1])};
    if (types[0] == SQLITE_NULL || types[1] == SQLITE_NULL)
        return false;
    *a = sqlite3_value_int64(arguments[0]);
    *b = sqlite3_value_int64(arguments[1]);
    if (types[0] != SQLITE_INTEGER || types[1] != SQLITE_INTEGER)
        sqlite3_result_error(context, "bigint out of range", -1);
    else if (*b == 0)
        fail(context, QC_DECIMAL_DIVISION_BY_ZERO);
    else
        return true;
    return false;
}

static void whole_quotient(sqlite3_context *context, int count, sqlite3_value **arguments)
{
    int64_t a, b;
    (void)count;
    if (!read_whole(context, arguments, &a, &b))
        return;
    if (a == INT64_MIN && b == -1)
        sqlite3_result_error(context, "bigint out of range", -1);
    else
        sqlite3_result_int64(context, a / b);
}

static void whole_remainder(sqlite3_context *context, int count, sqlite3_value **arguments)
{
    int64_t a, b;
    (void)count;
    if (read_whole(context, arguments, &a, &b))
        sqlite3_result_int64(context, b == -1 ? 0 : a % b);
}

/* ---- Sums. ---- */

/* What was added up so far: `total` (empty: 0) and quick / 10^scale, where numbers of up to 18
 * digits gather as long as they fit. */
typedef struct sum {
    int64_t count;
    int64_t quick;
    int scale;
    qc_strbuf total;
} sum;

enum { QUICK_DIGITS = 18 };

/* "-12.50" as -1250 and 2. */
static bool read_quick(sqlite3_value *value, int64_t *ret, int *ret_scale)
{
    *ret_scale = 0;
    if (sqlite3_value_type(value) == SQLITE_INTEGER) {
        *ret = sqlite3_value_int64(value);
        return true;
    }
    if (sqlite3_value_type(value) != SQLITE_TEXT)
        return false;
    const char *text = (const char *)sqlite3_value_text(value);
    int length = sqlite3_value_bytes(value), at = text && *text == '-', point = -1;
    int64_t number = 0;
    if (!text || length <= at || length - at > QUICK_DIGITS)
        return false;
    for (int i = at; i < length; i++) {
        if (text[i] == '.' && point < 0)
            point = i;
        else if (text[i] < '0' || text[i] > '9')
            return false;
        else
            number = number * 10 + (text[i] - '0');
    }
    *ret_scale = point < 0 ? 0 : length - point - 1;
    *ret = at ? -number : number;
    return point < 0 || length - at > 1;
}

/* value * 10^digits, if it fits. */
static bool scale_up(int64_t *value, int digits)
{
    int64_t scaled = *value;
    for (; digits > 0; digits--) {
        if (scaled > INT64_MAX / 10 || scaled < INT64_MIN / 10)
            return false;
        scaled *= 10;
    }
    *value = scaled;
    return true;
}

static bool add_quick(sum *s, int64_t number, int scale)
{
    int64_t quick = s->quick;
    int common = scale > s->scale ? scale : s->scale;
    if (!scale_up(&quick, common - s->scale) || !scale_up(&number, common - scale))
        return false;
    if (number > 0 ? quick > INT64_MAX - number : quick < INT64_MIN - number)
        return false;
    s->quick = quick + number;
    s->scale = common;
    return true;
}

/* total += number */
static enum qc_decimal_status add_slowly(sum *s, const qc_decimal *number)
{
    qc_decimal before;
    qc_strbuf after = {0};
    if (!s->total.length)
        qc_strbuf_puts(&s->total, "0");
    if (s->total.failed || !qc_decimal_read(s->total.text, s->total.length, &before))
        return QC_DECIMAL_NOMEM;
    enum qc_decimal_status status = qc_decimal_add(&before, number, &after);
    if (status == QC_DECIMAL_OK && after.failed)
        status = QC_DECIMAL_NOMEM;
    if (status != QC_DECIMAL_OK) {
        qc_strbuf_free(&after);
        return status;
    }
    qc_strbuf_free(&s->total);
    s->total = after;
    return status;
}

/* Moves what gathered quickly to the total. */
static enum qc_decimal_status settle(sum *s)
{
    char text[40];
    qc_decimal number;
    int length = snprintf(text, sizeof(text), "%llde-%d", (long long)s->quick, s->scale);
    if (!qc_decimal_read(text, (size_t)length, &number))
        return QC_DECIMAL_NOMEM;
    s->quick = 0;
    return add_slowly(s, &number);
}

static void sum_step(sqlite3_context *context, int count, sqlite3_value **arguments)
{
    char buffer[QC_SQLITE_REAL_SIZE];
    qc_decimal number;
    int64_t quick;
    int scale;
    (void)count;
    if (sqlite3_value_type(arguments[0]) == SQLITE_NULL)
        return;
    sum *s = sqlite3_aggregate_context(context, sizeof(*s));
    if (!s) {
        sqlite3_result_error_nomem(context);
        return;
    }
    s->count++;
    if (read_quick(arguments[0], &quick, &scale) && add_quick(s, quick, scale))
        return;
    if (!read_number(context, arguments[0], &number, buffer))
        return;
    enum qc_decimal_status status = add_slowly(s, &number);
    if (status != QC_DECIMAL_OK)
        fail(context, status);
}

/* The total of a finished sum, or NULL: then the result is set. */
static sum *finish(sqlite3_context *context)
{
    sum *s = sqlite3_aggregate_context(context, 0);
    if (!s)
        return NULL;
    enum qc_decimal_status status = s->count ? settle(s) : QC_DECIMAL_OK;
    if (status == QC_DECIMAL_OK && s->count)
        return s;
    qc_strbuf_free(&s->total);
    if (status != QC_DECIMAL_OK)
        fail(context, status);
    return NULL;
}

static void sum_end(sqlite3_context *context)
{
    sum *s = finish(context);
    if (s)
        answer(context, QC_DECIMAL_OK, &s->total);
}

static void average_end(sqlite3_context *context)
{
    char digits[24];
    qc_decimal total, number;
    qc_strbuf text = {0};
    sum *s = finish(context);
    if (!s)
        return;
    number = qc_decimal_of_integer(s->count, digits);
    enum qc_decimal_status status = QC_DECIMAL_NOMEM;
    if (qc_decimal_read(s->total.text, s->total.length, &total))
        status = qc_decimal_divide(&total, &number, &text);
    qc_strbuf_free(&s->total);
    answer(context, status, &text);
}

/* ---- Registration. ---- */

static int compare(void *data, int a_size, const void *a, int b_size, const void *b)
{
    (void)data;
    return qc_decimal_compare_texts(a, (size_t)a_size, b, (size_t)b_size);
}

typedef void scalar(sqlite3_context *context, int count, sqlite3_value **arguments);

static const struct {
    const char *name;
    int arguments;
    const operation *operation;
    scalar *call, *step;
    void (*end)(sqlite3_context *context);
} functions[] = {
    {"quercus_add", 2, &add, binary, NULL, NULL},
    {"quercus_sub", 2, &subtract, binary, NULL, NULL},
    {"quercus_mul", 2, &multiply, binary, NULL, NULL},
    {"quercus_div", 2, &divide, binary, NULL, NULL},
    {"quercus_mod", 2, &take_remainder, binary, NULL, NULL},
    {"quercus_neg", 1, NULL, negate, NULL, NULL},
    {"quercus_abs", 1, NULL, absolute, NULL, NULL},
    {"quercus_round", 1, NULL, round_number, NULL, NULL},
    {"quercus_round", 2, NULL, round_number, NULL, NULL},
    {"quercus_fit", 3, NULL, fit, NULL, NULL},
    {"quercus_idiv", 2, NULL, whole_quotient, NULL, NULL},
    {"quercus_imod", 2, NULL, whole_remainder, NULL, NULL},
    {"quercus_extract", 2, NULL, qc_sqlite_extract, NULL, NULL},
    {"quercus_date_trunc", 2, NULL, qc_sqlite_date_trunc, NULL, NULL},
    {"quercus_row", -1, NULL, qc_sqlite_pack_row, NULL, NULL},
    {"quercus_array", 1, NULL, NULL, qc_sqlite_pack_step, qc_sqlite_pack_end},
    {"quercus_sum", 1, NULL, NULL, sum_step, sum_end},
    {"quercus_avg", 1, NULL, NULL, sum_step, average_end},
};

int qc_sqlite_register(sqlite3 *db)
{
    enum { FLAGS = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS };
    int rc = sqlite3_create_collation_v2(db, "quercus_numeric", SQLITE_UTF8, NULL, compare, NULL);
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]) && rc == SQLITE_OK; i++)
        rc = sqlite3_create_function_v2(db, functions[i].name, functions[i].arguments, FLAGS,
                                        (void *)functions[i].operation, functions[i].call,
                                        functions[i].step, functions[i].end, NULL);
    return rc;
}
