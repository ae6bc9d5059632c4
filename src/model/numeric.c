/* NUMERIC texts: reading them, comparing them, and converting them to C numbers. */
#include "model/decimal.h"

#include <quercus/types.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_text(const char *text, size_t length, const char *word)
{
    return length == strlen(word) && memcmp(text, word, length) == 0;
}

/* "e+7" up to `end`; an empty text is 0. */
static bool read_exponent(const char *at, const char *end, int32_t *ret)
{
    int32_t exponent = 0;
    *ret = 0;
    if (at == end)
        return true;
    if (*at != 'e' && *at != 'E')
        return false;
    at++;
    bool negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    if (at == end || end - at > 6)
        return false;
    for (; at < end; at++) {
        if (!is_digit(*at))
            return false;
        exponent = exponent * 10 + (*at - '0');
    }
    *ret = negative ? -exponent : exponent;
    return true;
}

/* The digits and the point that begin at `at`, then the exponent. */
static bool read_finite(const char *at, const char *end, qc_decimal *ret)
{
    int32_t whole = 0, zeros = 0, exponent = 0;
    bool has_point = false;
    const char *first = NULL;
    if (end - at > INT32_MAX / 4)
        return false;
    for (; at < end && (is_digit(*at) || (*at == '.' && !has_point)); at++) {
        if (*at == '.') {
            has_point = true;
            continue;
        }
        if (!first && *at != '0')
            first = at;
        zeros += !first;
        whole += !has_point;
        ret->scale += has_point;
    }
    if (whole + ret->scale == 0 || !read_exponent(at, end, &exponent))
        return false;
    ret->end = at;
    ret->digits = first ? first : at;
    ret->negative = ret->negative && first;
    ret->plain = ret->plain && at == end;
    ret->magnitude = first ? whole - 1 - zeros + exponent : 0;
    ret->scale = ret->scale > exponent ? ret->scale - exponent : 0;
    return true;
}

bool qc_decimal_read(const char *text, size_t length, qc_decimal *ret)
{
    const char *at = text, *end = text + length;
    qc_decimal number = {.plain = true};
    if (length && (*at == '-' || *at == '+')) {
        number.negative = *at == '-';
        number.plain = *at == '-';
        at++;
    }
    if (is_text(text, length, "NaN"))
        number.kind = QC_DECIMAL_NAN;
    else if (number.plain && is_text(at, (size_t)(end - at), "Infinity"))
        number.kind = QC_DECIMAL_INFINITE;
    else if (!read_finite(at, end, &number))
        return false;
    *ret = number;
    return true;
}

qc_decimal qc_decimal_of_integer(int64_t value, char buffer[24])
{
    qc_decimal number = {0};
    int length = snprintf(buffer, 24, "%lld", (long long)value);
    qc_decimal_read(buffer, (size_t)length, &number);
    return number;
}

bool qc_decimal_fits(const qc_decimal *number)
{
    return number->magnitude < QC_DECIMAL_MOST_WHOLE && number->scale <= QC_DECIMAL_MOST_SCALE;
}

/* ---- Comparing. ---- */

/* The next digit, 0 at the end. */
static char next_digit(const char **at, const char *end)
{
    if (*at < end && **at == '.')
        ++*at;
    return *at < end ? *(*at)++ : '0';
}

static int compare_magnitudes(const qc_decimal *a, const qc_decimal *b)
{
    const char *x = a->digits, *y = b->digits;
    if (x == a->end || y == b->end)
        return (x != a->end) - (y != b->end);
    if (a->magnitude != b->magnitude)
        return a->magnitude < b->magnitude ? -1 : 1;
    while (x < a->end || y < b->end) {
        char m = next_digit(&x, a->end), n = next_digit(&y, b->end);
        if (m != n)
            return m < n ? -1 : 1;
    }
    return 0;
}

int qc_decimal_compare(const qc_decimal *a, const qc_decimal *b)
{
    if (a->kind == QC_DECIMAL_NAN || b->kind == QC_DECIMAL_NAN)
        return (a->kind == QC_DECIMAL_NAN) - (b->kind == QC_DECIMAL_NAN);
    if (a->negative != b->negative)
        return a->negative ? -1 : 1;
    int order = a->kind == b->kind ? 0 : a->kind == QC_DECIMAL_INFINITE ? 1 : -1;
    if (order == 0 && a->kind == QC_DECIMAL_FINITE)
        order = compare_magnitudes(a, b);
    return a->negative ? -order : order;
}

int qc_decimal_compare_texts(const char *a, size_t a_length, const char *b, size_t b_length)
{
    qc_decimal x, y;
    bool x_is = qc_decimal_read(a, a_length, &x), y_is = qc_decimal_read(b, b_length, &y);
    if (x_is && y_is)
        return qc_decimal_compare(&x, &y);
    if (x_is || y_is)
        return x_is ? -1 : 1;
    size_t common = a_length < b_length ? a_length : b_length;
    int order = common ? memcmp(a, b, common) : 0;
    return order ? order : (a_length > b_length) - (a_length < b_length);
}

/* ---- The public conversions. ---- */

static bool read_value(const char *text, qc_decimal *ret)
{
    return text && qc_decimal_read(text, strlen(text), ret) && ret->plain && qc_decimal_fits(ret);
}

bool qc_numeric_valid(const char *text)
{
    qc_decimal number;
    return read_value(text, &number);
}

/* More digits than these cannot change the nearest double, save by not being 0: that is kept as a
 * last digit 1. Without a point the text reads the same in every locale. */
enum { ENOUGH_DIGITS = 800 };

static double to_double(const qc_decimal *number)
{
    char text[ENOUGH_DIGITS + 32];
    int length = 0;
    const char *at = number->digits;
    while (at < number->end && length < ENOUGH_DIGITS)
        text[length++] = next_digit(&at, number->end);
    bool more = false;
    while (at < number->end && !more)
        more = next_digit(&at, number->end) != '0';
    if (more)
        text[length++] = '1';
    if (!length)
        return 0;
    int exponent = (int)number->magnitude - length + 1;
    snprintf(text + length, sizeof(text) - (size_t)length, "e%d", exponent);
    return strtod(text, NULL);
}

double qc_numeric_to_double(qc_numeric_value value)
{
    qc_decimal number;
    if (!read_value(value.text, &number) || number.kind == QC_DECIMAL_NAN)
        return (double)NAN;
    double magnitude = number.kind == QC_DECIMAL_INFINITE ? (double)INFINITY : to_double(&number);
    return number.negative ? -magnitude : magnitude;
}

bool qc_numeric_to_int64(qc_numeric_value value, int64_t *ret)
{
    qc_decimal number;
    if (!read_value(value.text, &number) || number.kind != QC_DECIMAL_FINITE ||
        number.magnitude > 18)
        return false;
    const char *at = number.digits;
    uint64_t whole = 0;
    for (int32_t power = number.magnitude; power >= 0; power--)
        whole = whole * 10 + (uint64_t)(next_digit(&at, number.end) - '0');
    while (at < number.end)
        if (next_digit(&at, number.end) != '0')
            return false;
    if (whole > (uint64_t)INT64_MAX + number.negative)
        return false;
    *ret = number.negative ? -(int64_t)(whole - 1) - 1 : (int64_t)whole;
    return true;
}
