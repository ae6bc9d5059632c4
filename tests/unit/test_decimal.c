/* NUMERIC and decimal arithmetic. Expected texts are PostgreSQL 15's. */
#include "model/decimal.h"
#include "random.h"

#include <check.h>
#include <math.h>
#include <quercus/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* ---- NUMERIC to C numbers. ---- */

/* "1" and `digits` - 1 zeros before the point, `scale` zeros behind. Freed by the caller. */
static char *long_number(size_t digits, size_t scale)
{
    char *text = malloc(digits + scale + 2);
    memset(text, '0', digits + scale + 1);
    text[0] = '1';
    text[digits] = scale ? '.' : '\0';
    text[digits + scale + 1] = '\0';
    return text;
}

START_TEST(numeric_validity)
{
    const char *const good[] = {"0", "-0", "12.340", ".5", "5.", "-.5", "007", "NaN", "Infinity",
                                "-Infinity", "99999999999999999999999999.99999999999999999999"};
    const char *const bad[] = {"",    "-",   ".",    "-.",  "1e5",  "+1",       "1.2.3", " 1",
                               "1 ",  "1,5", "0x10", "nan", "-NaN", "infinity", "Inf",   "--1",
                               "1-1", "1a",  "NaN ", "\xD9\xA1"};
    for (size_t i = 0; i < LENGTH(good); i++)
        ck_assert_msg(qc_numeric_valid(good[i]), "%s", good[i]);
    for (size_t i = 0; i < LENGTH(bad); i++)
        ck_assert_msg(!qc_numeric_valid(bad[i]), "%s", bad[i]);
    ck_assert(!qc_numeric_valid(NULL));
    const struct {
        size_t digits, scale;
        bool valid;
    } limits[] = {{131072, 0, true}, {131073, 0, false}, {1, 16383, true}, {1, 16384, false}};
    for (size_t i = 0; i < LENGTH(limits); i++) {
        char *text = long_number(limits[i].digits, limits[i].scale);
        ck_assert_int_eq(qc_numeric_valid(text), limits[i].valid);
        free(text);
    }
}
END_TEST

START_TEST(numeric_to_double)
{
    char text[1200];
    const char *const known[] = {"0", "-0.0", "0.1", "-123.456", "9007199254740993",
                                 "179769313486231570000000000000000000000", ".000000123", "5."};
    for (size_t i = 0; i < LENGTH(known); i++)
        ck_assert_double_eq(qc_numeric_to_double(qc_numeric_of(known[i])), strtod(known[i], NULL));
    for (int i = 0; i < 20000; i++) {
        snprintf(text, sizeof(text), "%s%llu.%0*llu", i % 2 ? "-" : "",
                 (unsigned long long)(random_bits() >> i % 64), i % 40 + 1,
                 (unsigned long long)(random_bits() >> (i / 64) % 64));
        ck_assert_double_eq(qc_numeric_to_double(qc_numeric_of(text)), strtod(text, NULL));
    }
    ck_assert(isnan(qc_numeric_to_double(qc_numeric_of(NULL))));
    ck_assert(isnan(qc_numeric_to_double(qc_numeric_of("NaN"))));
    ck_assert(isnan(qc_numeric_to_double(qc_numeric_of("x"))));
    ck_assert_double_eq(qc_numeric_to_double(qc_numeric_of("-Infinity")), -(double)INFINITY);
    /* Halfway between 1 and the next double, and the smallest step over it, 1000 digits behind. */
    strcpy(text, "1.00000000000000011102230246251565404236316680908203125");
    ck_assert_double_eq(qc_numeric_to_double(qc_numeric_of(text)), 1.0);
    size_t length = strlen(text);
    memset(text + length, '0', 1000);
    strcpy(text + length + 1000, "1");
    ck_assert_double_gt(qc_numeric_to_double(qc_numeric_of(text)), 1.0);
    char *huge = long_number(131072, 0);
    ck_assert(isinf(qc_numeric_to_double(qc_numeric_of(huge))));
    free(huge);
}
END_TEST

START_TEST(numeric_to_int64)
{
    const struct {
        const char *text;
        int64_t value;
    } whole[] = {{"0", 0},
                 {"-0.00", 0},
                 {"42.000", 42},
                 {"000123", 123},
                 {"-9223372036854775808", INT64_MIN},
                 {"9223372036854775807.0", INT64_MAX},
                 {"0000000000000000000000009223372036854775807", INT64_MAX},
                 {"100", 100}};
    const char *const not[] = {"0.5", "-1.01", "9223372036854775808", "-9223372036854775809", "NaN",
                               "Infinity", "18446744073709551616", "99999999999999999999", "1e3",
                               ".001", "", "0.0000000000000000000000000000000001"};
    int64_t value;
    for (size_t i = 0; i < LENGTH(whole); i++) {
        ck_assert_msg(qc_numeric_to_int64(qc_numeric_of(whole[i].text), &value), "%s",
                      whole[i].text);
        ck_assert_int_eq(value, whole[i].value);
    }
    value = 77;
    for (size_t i = 0; i < LENGTH(not); i++)
        ck_assert_msg(!qc_numeric_to_int64(qc_numeric_of(not[i]), &value), "%s", not[i]);
    ck_assert(!qc_numeric_to_int64(qc_numeric_of(NULL), &value));
    ck_assert_int_eq(value, 77);
}
END_TEST

/* ---- Decimal arithmetic. ---- */

static qc_decimal decimal(const char *text)
{
    qc_decimal number;
    ck_assert_msg(qc_decimal_read(text, strlen(text), &number), "%s", text);
    return number;
}

/* The result's text, or one letter for an error; valid for the next seven calls. */
static const char *calculate(const char *a, char operation, const char *b)
{
    static qc_strbuf results[8];
    static unsigned turn;
    qc_strbuf *result = &results[turn++ % 8];
    qc_decimal x = decimal(a), y = operation == 'r' ? decimal("0") : decimal(b);
    qc_strbuf_free(result);
    enum qc_decimal_status status = QC_DECIMAL_OK;
    switch (operation) {
    case '+': status = qc_decimal_add(&x, &y, result); break;
    case '-': status = qc_decimal_subtract(&x, &y, result); break;
    case '*': status = qc_decimal_multiply(&x, &y, result); break;
    case '/': status = qc_decimal_divide(&x, &y, result); break;
    case '%': status = qc_decimal_remainder(&x, &y, result); break;
    case 'r': status = qc_decimal_round(&x, atoi(b), result); break;
    default: qc_strbuf_integer(result, qc_decimal_compare(&x, &y)); break;
    }
    if (status == QC_DECIMAL_OK)
        return result->text;
    ck_assert_uint_eq(result->length, 0);
    return status == QC_DECIMAL_OVERFLOW ? "O" : status == QC_DECIMAL_NOMEM ? "M" : "Z";
}

START_TEST(decimal_known)
{
    static const struct {
        const char *a;
        char operation;
        const char *b, *result;
    } known[] = {
        {"1", '+', "2", "3"},
        {"0.1", '+', "0.20", "0.30"},
        {"99999999", '+', "1", "100000000"},
        {"-5", '+', "5.00", "0.00"},
        {"1", '-', "100000000.00000001", "-99999999.00000001"},
        {"1.5", '*', "-2.25", "-3.375"},
        {"-0.0", '*', "5", "0.0"},
        {"99999999", '*', "99999999", "9999999800000001"},
        {"1", '/', "3", "0.33333333333333333333"},
        {"10", '/', "3", "3.3333333333333333"},
        {"-2", '/', "3", "-0.66666666666666666667"},
        {"1", '/', "1", "1.00000000000000000000"},
        {"6", '/', "2", "3.0000000000000000"},
        {"0", '/', "7", "0.00000000000000000000"},
        {"123456789", '/', "0.001", "123456789000.00000000"},
        {"1", '/', "0", "Z"},
        {"0", '/', "0.00", "Z"},
        {"-7.5", '%', "2", "-1.5"},
        {"7.5", '%', "-2.00", "1.50"},
        {"3", '%', "100000000000000000000", "3"},
        {"123456789012345678901234567890", '%', "9876543210987654321", "925925941327160484"},
        {"1", '%', "0", "Z"},
        {"1234.5", 'r', "-2", "1200"},
        {"1250", 'r', "-2", "1300"},
        {"-0.5", 'r', "0", "-1"},
        {"0.4999999999", 'r', "0", "0"},
        {"-0.04", 'r', "1", "0.0"},
        {"99999999.5", 'r', "0", "100000000"},
        {"0.05", 'r', "4", "0.0500"},
        {"499", 'r', "-3", "0"},
        {"500", 'r', "-3", "1000"},
        {"1", 'r', "-2147483648", "0"},
        {"NaN", '+', "1", "NaN"},
        {"Infinity", '-', "Infinity", "NaN"},
        {"Infinity", '-', "-Infinity", "Infinity"},
        {"5", '-', "Infinity", "-Infinity"},
        {"5", '-', "NaN", "NaN"},
        {"Infinity", '*', "0", "NaN"},
        {"Infinity", '*', "-2", "-Infinity"},
        {"Infinity", '/', "-Infinity", "NaN"},
        {"5", '/', "-Infinity", "0"},
        {"-Infinity", '/', "0", "Z"},
        {"NaN", '/', "0", "NaN"},
        {"-Infinity", '/', "-2", "Infinity"},
        {"Infinity", '%', "5", "NaN"},
        {"5.50", '%', "Infinity", "5.50"},
        {"-Infinity", 'r', "2", "-Infinity"},
        {"1.5e-7", '+', "0", "0.00000015"},
        {"+1.25e3", '+', "0", "1250"},
        {"1e131071", '+', "0e-16384", "O"},
        {"9e131071", '+', "9e131071", "O"},
        {"1e131072", '*', "0", "O"},
        {"1e65536", '*', "1e65536", "O"},
        {"1e131071", '/', "0.1", "O"},
    };
    for (size_t i = 0; i < LENGTH(known); i++) {
        const char *result = calculate(known[i].a, known[i].operation, known[i].b);
        ck_assert_msg(strcmp(result, known[i].result) == 0, "%s %c %s = %s, not %s", known[i].a,
                      known[i].operation, known[i].b, result, known[i].result);
    }
}
END_TEST

/* A number of up to `digits` digits on either side of the point, often of 0s and 9s. */
static void random_number(char *text, int digits)
{
    char *at = text;
    if (random_bits() % 2)
        *at++ = '-';
    for (int64_t part = 0; part < 2; part++) {
        const char *choice = random_bits() % 2 ? "0123456789" : "0099999999";
        for (int64_t i = random_between(1, digits); i > 0; i--)
            *at++ = choice[random_bits() % 10];
        if (part == 0 && random_bits() % 4)
            *at++ = '.';
        else
            break;
    }
    *at = '\0';
}

static bool same(const char *a, const char *b)
{
    return qc_decimal_compare_texts(a, strlen(a), b, strlen(b)) == 0;
}

/* a + b - b = a; a * b / b = a; a = (a - a % b) / b * b + a % b. */
START_TEST(decimal_laws)
{
    char a[256], b[256];
    for (int i = 0; i < 20000; i++) {
        random_number(a, i % 60 + 1);
        random_number(b, i % 37 + 1);
        const char *sum = calculate(a, '+', b);
        ck_assert_msg(same(calculate(sum, '-', b), a), "%s + %s", a, b);
        ck_assert_msg(same(calculate(b, '+', a), sum), "%s + %s", a, b);
        if (same(b, "0"))
            continue;
        const char *product = calculate(a, '*', b);
        ck_assert_msg(same(product, calculate(b, '*', a)), "%s * %s", a, b);
        ck_assert_msg(same(calculate(product, '/', b), a), "%s * %s / %s", a, b, b);
        const char *rest = calculate(a, '%', b);
        const char *quotient = calculate(calculate(a, '-', rest), '/', b);
        ck_assert_msg(same(quotient, calculate(quotient, 'r', "0")), "%s %% %s", a, b);
        ck_assert_msg(same(calculate(calculate(quotient, '*', b), '+', rest), a), "%s %% %s", a, b);
    }
}
END_TEST

START_TEST(decimal_agrees_with_int64)
{
    char a[24], b[24], expected[24];
    for (int i = 0; i < 20000; i++) {
        int64_t x = (int64_t)random_bits() >> random_between(32, 63);
        int64_t y = (int64_t)random_bits() >> random_between(32, 63);
        qc_decimal m = qc_decimal_of_integer(x, a), n = qc_decimal_of_integer(y, b);
        ck_assert_int_eq(qc_decimal_compare(&m, &n), (x > y) - (x < y));
        snprintf(expected, sizeof(expected), "%lld", (long long)(x + y));
        ck_assert_str_eq(calculate(a, '+', b), expected);
        snprintf(expected, sizeof(expected), "%lld", (long long)(x * y));
        ck_assert_str_eq(calculate(a, '*', b), expected);
        snprintf(expected, sizeof(expected), "%lld", y ? (long long)(x % y) : 0);
        ck_assert_str_eq(y ? calculate(a, '%', b) : "0", expected);
    }
    qc_decimal_of_integer(INT64_MIN, a);
    ck_assert_str_eq(a, "-9223372036854775808");
}
END_TEST

START_TEST(decimal_order_is_total)
{
    /* Ascending; `=` marks what equals the one before. */
    static const char *const ordered[] = {
        "-Infinity", "-1e20", "-100.5", "-100", "=-100.000", "=-1e2", "-99.9", "-1", "-0.001",
        "0",         "=-0",   "=0.000", "=.0",  "1e-10",     "0.001", "0.01",  "1",  "=01.0",
        "=1.",       "1.0001", "2",     "10",   "12345678901234567890", "Infinity", "NaN", "",
        "1x",        "abc",   "nan"};
    for (size_t i = 0; i < LENGTH(ordered); i++)
        for (size_t j = i, equal = 1; j < LENGTH(ordered); j++) {
            const char *a = ordered[i] + (*ordered[i] == '=');
            const char *b = ordered[j] + (*ordered[j] == '=');
            equal = equal && (j == i || *ordered[j] == '=');
            int order = qc_decimal_compare_texts(a, strlen(a), b, strlen(b));
            int back = qc_decimal_compare_texts(b, strlen(b), a, strlen(a));
            ck_assert_msg(equal ? order == 0 && back == 0 : order < 0 && back > 0, "%s, %s", a, b);
        }
}
END_TEST

START_TEST(decimal_reads_no_further_than_its_text)
{
    ck_assert_int_eq(qc_decimal_compare_texts("12345", 2, "12", 2), 0);
    ck_assert_int_lt(qc_decimal_compare_texts("1.9", 2, "19", 2), 0);
    qc_decimal number;
    const char *const bad[] = {"", "e5", "1e", "1e+", "1e1234567", ".", ".e1", "+Infinity", "+NaN"};
    for (size_t i = 0; i < LENGTH(bad); i++)
        ck_assert_msg(!qc_decimal_read(bad[i], strlen(bad[i]), &number), "%s", bad[i]);
}
END_TEST

START_TEST(decimal_at_the_limits)
{
    char *huge = long_number(131072, 0), *precise = long_number(1, 16383);
    ck_assert_str_eq(calculate(huge, '+', "0"), huge);
    ck_assert_str_eq(calculate(precise, 'r', "20000"), precise);
    ck_assert_uint_eq(strlen(calculate(precise, '*', precise)), 1 + 1 + 16383);
    ck_assert_str_eq(calculate(huge, '%', "7"), "3");
    ck_assert_str_eq(calculate(calculate(huge, '/', huge), 'r', "0"), "1");
    ck_assert_str_eq(calculate(huge, '*', "10"), "O");
    ck_assert_uint_eq(strlen(calculate(huge, '-', precise)), 131071 + 1 + 16383);
    free(huge);
    free(precise);
}
END_TEST

START_TEST(decimal_keeps_a_failed_buffer)
{
    qc_strbuf buffer = {0};
    qc_strbuf_puts(&buffer, "kept");
    buffer.failed = true;
    qc_decimal one = decimal("1");
    ck_assert_int_eq(qc_decimal_add(&one, &one, &buffer), QC_DECIMAL_NOMEM);
    ck_assert_str_eq(buffer.text, "kept");
    buffer.failed = false;
    ck_assert_int_eq(qc_decimal_print(&one, &buffer), QC_DECIMAL_OK);
    ck_assert_str_eq(buffer.text, "kept1");
    qc_strbuf_free(&buffer);
}
END_TEST

Suite *decimal_suite(void)
{
    Suite *suite = suite_create("decimal");
    TCase *numbers = tcase_create("numbers");
    tcase_set_timeout(numbers, 60);
    tcase_add_test(numbers, numeric_validity);
    tcase_add_test(numbers, numeric_to_double);
    tcase_add_test(numbers, numeric_to_int64);
    tcase_add_test(numbers, decimal_known);
    tcase_add_test(numbers, decimal_laws);
    tcase_add_test(numbers, decimal_agrees_with_int64);
    tcase_add_test(numbers, decimal_order_is_total);
    tcase_add_test(numbers, decimal_reads_no_further_than_its_text);
    tcase_add_test(numbers, decimal_at_the_limits);
    tcase_add_test(numbers, decimal_keeps_a_failed_buffer);
    suite_add_tcase(suite, numbers);
    return suite;
}
