/* Decimal texts of numbers, the same in every locale. */
#include "ast/make.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void qc_integer_text(int64_t value, char text[QC_NUMBER_SIZE])
{
    snprintf(text, QC_NUMBER_SIZE, "%" PRId64, value);
}

/* "d.ddde-7" of any locale as digits without the point and the power of ten of the first. */
static int take_apart(const char *scientific, char *digits)
{
    const char *at = scientific;
    for (; *at != 'e'; at++)
        if (*at >= '0' && *at <= '9')
            *digits++ = *at;
    while (digits[-1] == '0')
        digits--;
    *digits = '\0';
    return (int)strtol(at + 1, NULL, 10);
}

/* Digits and the power of ten of the first as a plain number. */
static void put_together(const char *digits, int power, char *text)
{
    int length = (int)strlen(digits);
    if (power < 0) {
        *text++ = '0';
        *text++ = '.';
        for (int i = -1; i > power; i--)
            *text++ = '0';
    }
    for (int i = 0; i < length || i <= power; i++) {
        if (i == power + 1 && power >= 0)
            *text++ = '.';
        *text++ = i < length ? digits[i] : '0';
    }
    *text = '\0';
}

/* The text of a number with the least precision from which it reads back the same. */
static void shortest(double value, bool single, char text[QC_NUMBER_SIZE])
{
    if (isnan(value)) {
        strcpy(text, "NaN");
        return;
    }
    if (signbit(value) && value < 0) {
        *text++ = '-';
        value = -value;
    }
    if (isinf(value) || value <= 0) {
        strcpy(text, value > 0 ? "Infinity" : "0");
        return;
    }
    char scientific[64], digits[32];
    int most = single ? FLT_DECIMAL_DIG : DBL_DECIMAL_DIG;
    for (int precision = 0; precision < most; precision++) {
        snprintf(scientific, sizeof(scientific), "%.*e", precision, value);
        double back = single ? (double)strtof(scientific, NULL) : strtod(scientific, NULL);
        if (back >= value && back <= value)
            break;
    }
    int power = take_apart(scientific, digits);
    put_together(digits, power, text);
}

void qc_double_text(double value, char text[QC_NUMBER_SIZE])
{
    shortest(value, false, text);
}

void qc_float_text(float value, char text[QC_NUMBER_SIZE])
{
    shortest((double)value, true, text);
}
