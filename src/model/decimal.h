/* Exact decimal arithmetic on decimal text, with the results of PostgreSQL's NUMERIC: up to 131072
 * digits before the point and 16383 after it, NaN and infinities (PostgreSQL manual, 8.1.2). */
#ifndef QC_MODEL_DECIMAL_H
#define QC_MODEL_DECIMAL_H

#include "base/strbuf.h"

enum { QC_DECIMAL_MOST_WHOLE = 131072, QC_DECIMAL_MOST_SCALE = 16383 };

enum qc_decimal_kind { QC_DECIMAL_FINITE, QC_DECIMAL_INFINITE, QC_DECIMAL_NAN };

/* A number as it stands in a text, which it borrows. */
typedef struct qc_decimal {
    enum qc_decimal_kind kind;
    bool negative; /* never for zero and NaN */
    bool plain;    /* written without "+" and exponent */
    const char *digits, *end; /* from the first digit that is not 0, maybe with a point; equal: 0 */
    int32_t magnitude;        /* the first digit counts 10^magnitude; 0 for zero */
    int32_t scale;            /* digits after the point */
} qc_decimal;

/* "12", "-1.50", ".5", "+2.", "1.5e-7", "NaN", "Infinity", "-Infinity". False for any other text
 * and for exponents of more than six digits. */
bool qc_decimal_read(const char *text, size_t length, qc_decimal *ret);
/* A number that is not in a text. */
qc_decimal qc_decimal_of_integer(int64_t value, char buffer[24]);
/* Whether PostgreSQL's NUMERIC can hold it. */
bool qc_decimal_fits(const qc_decimal *number);

/* Negative, 0 or positive: a total order, by value, with NaN above all. */
int qc_decimal_compare(const qc_decimal *a, const qc_decimal *b);
/* The same for texts, as a collation needs it: what is no number comes after all numbers, by
 * byte. */
int qc_decimal_compare_texts(const char *a, size_t a_length, const char *b, size_t b_length);

enum qc_decimal_status {
    QC_DECIMAL_OK,
    QC_DECIMAL_NOMEM,
    QC_DECIMAL_OVERFLOW,
    QC_DECIMAL_DIVISION_BY_ZERO
};

/* These append the result to `ret`, which must not hold the texts of the operands; on any other
 * status than QC_DECIMAL_OK `ret` keeps its text. */
enum qc_decimal_status qc_decimal_add(const qc_decimal *a, const qc_decimal *b, qc_strbuf *ret);
enum qc_decimal_status qc_decimal_subtract(const qc_decimal *a, const qc_decimal *b,
                                           qc_strbuf *ret);
enum qc_decimal_status qc_decimal_multiply(const qc_decimal *a, const qc_decimal *b,
                                           qc_strbuf *ret);
/* At least 16 significant digits, and as many after the point as either operand has. */
enum qc_decimal_status qc_decimal_divide(const qc_decimal *a, const qc_decimal *b, qc_strbuf *ret);
/* With the sign of `a`. */
enum qc_decimal_status qc_decimal_remainder(const qc_decimal *a, const qc_decimal *b,
                                            qc_strbuf *ret);
/* To `digits` after the point, or before it when negative; half goes away from zero. */
enum qc_decimal_status qc_decimal_round(const qc_decimal *a, int digits, qc_strbuf *ret);
/* As it is, without exponent and needless zeros before the point. */
enum qc_decimal_status qc_decimal_print(const qc_decimal *a, qc_strbuf *ret);

#endif
