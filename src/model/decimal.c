/* Exact decimal arithmetic.
 *
 * A number is an array of limbs of eight decimal digits, the least significant first, of which
 * `fraction` are after the point. Eight divides evenly into PostgreSQL's groups of four digits, by
 * which it chooses the scale of a quotient.
 */
#include "model/decimal.h"

#include <stdlib.h>
#include <string.h>

enum { BASE = 100000000, DIGITS = 8, SMALL = 24 };

static const uint32_t POWERS[DIGITS + 1] = {1,      10,      100,      1000,     10000,
                                            100000, 1000000, 10000000, 100000000};

typedef struct number {
    uint32_t *limbs;
    size_t count, fraction;
    bool negative;
    uint32_t small[SMALL]; /* `limbs` when they are few */
} number;

/* Zero; false when memory is out. */
static bool make(number *n, size_t whole, size_t fraction)
{
    n->count = whole + fraction;
    n->fraction = fraction;
    n->negative = false;
    n->limbs = n->count <= SMALL ? n->small : malloc(n->count * sizeof(uint32_t));
    if (!n->limbs)
        return false;
    memset(n->limbs, 0, n->count * sizeof(uint32_t));
    return true;
}

static void drop(number *n)
{
    if (n->limbs != n->small)
        free(n->limbs);
}

static size_t whole_limbs(const qc_decimal *d)
{
    return d->magnitude < 0 ? 0 : (size_t)d->magnitude / DIGITS + 1;
}

static size_t fraction_limbs(int32_t scale)
{
    return ((size_t)scale + DIGITS - 1) / DIGITS;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static bool is_zero(const qc_decimal *d)
{
    return d->kind == QC_DECIMAL_FINITE && d->digits == d->end;
}

/* The digit position `power` (0: units): which limb, and the power of ten inside it. */
static ptrdiff_t limb_at(int32_t power, size_t fraction)
{
    return (ptrdiff_t)fraction + (power >= 0 ? power / DIGITS : -((-power + DIGITS - 1) / DIGITS));
}

static uint32_t unit_at(int32_t power)
{
    int32_t within = power % DIGITS;
    return POWERS[within < 0 ? within + DIGITS : within];
}

/* `whole` and `fraction` must have room for all digits of `d`. */
static bool load(number *n, const qc_decimal *d, size_t whole, size_t fraction)
{
    if (!make(n, whole, fraction))
        return false;
    n->negative = d->negative;
    if (is_zero(d))
        return true;
    uint32_t *limb = n->limbs + limb_at(d->magnitude, fraction);
    uint32_t unit = unit_at(d->magnitude);
    for (const char *at = d->digits; at < d->end; at++) {
        if (*at == '.')
            continue;
        if (unit == 0) {
            unit = POWERS[DIGITS - 1];
            limb--;
        }
        *limb += (uint32_t)(*at - '0') * unit;
        unit /= 10;
    }
    return true;
}

static size_t used_limbs(const number *n)
{
    size_t used = n->count;
    while (used && n->limbs[used - 1] == 0)
        used--;
    return used;
}

/* ---- Results. ---- */

static size_t digits_of(uint32_t limb)
{
    size_t digits = 0;
    while (digits < DIGITS && limb >= POWERS[digits])
        digits++;
    return digits;
}

static void append_limb(qc_strbuf *ret, uint32_t limb, size_t digits)
{
    char text[DIGITS];
    for (size_t i = DIGITS; i > 0; i--, limb /= 10)
        text[i - 1] = (char)('0' + limb % 10);
    qc_strbuf_append(ret, text + DIGITS - digits, digits);
}

static void append_whole(qc_strbuf *ret, const number *n, size_t used)
{
    if (used <= n->fraction) {
        qc_strbuf_putc(ret, '0');
        return;
    }
    append_limb(ret, n->limbs[used - 1], digits_of(n->limbs[used - 1]));
    for (size_t i = used - 1; i > n->fraction; i--)
        append_limb(ret, n->limbs[i - 1], DIGITS);
}

static void append_fraction(qc_strbuf *ret, const number *n, size_t scale)
{
    if (scale)
        qc_strbuf_putc(ret, '.');
    for (size_t i = n->fraction; scale > 0; i -= i > 0) {
        uint32_t limb = i > 0 ? n->limbs[i - 1] : 0;
        size_t digits = scale < DIGITS ? scale : DIGITS;
        append_limb(ret, limb / POWERS[DIGITS - digits], digits);
        scale -= digits;
    }
}

/* Takes back what came since `start` when memory ran out. */
static enum qc_decimal_status finish(qc_strbuf *ret, size_t start)
{
    if (!ret->failed)
        return QC_DECIMAL_OK;
    ret->length = start;
    if (ret->text)
        ret->text[start] = '\0';
    return QC_DECIMAL_NOMEM;
}

/* What is behind `scale` digits must be 0. */
static enum qc_decimal_status print(const number *n, int32_t scale, qc_strbuf *ret)
{
    size_t start = ret->length, used = used_limbs(n);
    if (used > n->fraction && (used - n->fraction - 1) * DIGITS + digits_of(n->limbs[used - 1]) >
                                  QC_DECIMAL_MOST_WHOLE)
        return QC_DECIMAL_OVERFLOW;
    if (n->negative && used)
        qc_strbuf_putc(ret, '-');
    append_whole(ret, n, used);
    append_fraction(ret, n, (size_t)scale);
    return finish(ret, start);
}

static enum qc_decimal_status print_text(const char *text, qc_strbuf *ret)
{
    size_t start = ret->length;
    qc_strbuf_puts(ret, text);
    return finish(ret, start);
}

static enum qc_decimal_status print_nan(qc_strbuf *ret)
{
    return print_text("NaN", ret);
}

static enum qc_decimal_status print_infinity(bool negative, qc_strbuf *ret)
{
    return print_text(negative ? "-Infinity" : "Infinity", ret);
}

/* ---- Limbs. ---- */

/* Adds to limb `from`; the sum must fit. */
static void add_at(number *a, size_t from, uint32_t amount)
{
    uint32_t carry = amount;
    for (size_t i = from; carry && i < a->count; i++) {
        uint32_t sum = a->limbs[i] + carry;
        carry = sum >= BASE;
        a->limbs[i] = carry ? sum - BASE : sum;
    }
}

/* a += b, of the same layout. */
static void add_limbs(number *a, const number *b)
{
    uint32_t carry = 0;
    for (size_t i = 0; i < a->count; i++) {
        uint32_t sum = a->limbs[i] + b->limbs[i] + carry;
        carry = sum >= BASE;
        a->limbs[i] = carry ? sum - BASE : sum;
    }
}

/* a -= b, of the same layout and not larger. */
static void subtract_limbs(number *a, const number *b)
{
    uint32_t borrow = 0;
    for (size_t i = 0; i < a->count; i++) {
        uint32_t less = b->limbs[i] + borrow;
        borrow = a->limbs[i] < less;
        a->limbs[i] += (borrow ? BASE : 0) - less;
    }
}

static void multiply_limbs(number *product, const number *a, const number *b)
{
    for (size_t i = 0; i < a->count; i++) {
        uint64_t carry = 0;
        if (a->limbs[i] == 0)
            continue;
        for (size_t j = 0; j < b->count; j++) {
            uint64_t sum = (uint64_t)a->limbs[i] * b->limbs[j] + product->limbs[i + j] + carry;
            product->limbs[i + j] = (uint32_t)(sum % BASE);
            carry = sum / BASE;
        }
        product->limbs[i + b->count] = (uint32_t)carry;
    }
}

/* Multiplies in place; the product must fit. */
static void scale_up(uint32_t *limbs, size_t count, uint32_t by)
{
    uint64_t carry = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t product = (uint64_t)limbs[i] * by + carry;
        limbs[i] = (uint32_t)(product % BASE);
        carry = product / BASE;
    }
}

/* Divides in place and returns the remainder. */
static uint32_t scale_down(uint32_t *limbs, size_t count, uint32_t by)
{
    uint64_t rest = 0;
    for (size_t i = count; i > 0; i--) {
        rest = rest * BASE + limbs[i - 1];
        limbs[i - 1] = (uint32_t)(rest / by);
        rest %= by;
    }
    return (uint32_t)rest;
}

/* The next limb of the quotient of the `n` + 1 limbs `u` by `v`, at most one too large: estimated
 * from the two leading limbs of `v`, of which the first is at least half of BASE. */
static uint64_t estimate_limb(const uint32_t *u, const uint32_t *v, size_t n)
{
    uint64_t lead = (uint64_t)u[n] * BASE + u[n - 1];
    uint64_t limb = lead / v[n - 1], rest = lead % v[n - 1];
    while (limb >= BASE || limb * v[n - 2] > rest * BASE + u[n - 2]) {
        limb--;
        rest += v[n - 1];
        if (rest >= BASE)
            break;
    }
    return limb;
}

/* u -= v * limb over `n` + 1 limbs; true when that went below zero. */
static bool subtract_product(uint32_t *u, const uint32_t *v, size_t n, uint64_t limb)
{
    uint64_t carry = 0;
    uint32_t borrow = 0;
    for (size_t i = 0; i <= n; i++) {
        uint64_t product = (i < n ? v[i] * limb : 0) + carry;
        uint32_t less = (uint32_t)(product % BASE) + borrow;
        carry = product / BASE;
        borrow = u[i] < less;
        u[i] += (borrow ? BASE : 0) - less;
    }
    return borrow;
}

static void add_back(uint32_t *u, const uint32_t *v, size_t n)
{
    uint32_t carry = 0;
    for (size_t i = 0; i <= n; i++) {
        uint32_t sum = u[i] + (i < n ? v[i] : 0) + carry;
        carry = sum >= BASE;
        u[i] = carry ? sum - BASE : sum;
    }
}

/* Long division (Knuth, The Art of Computer Programming 2, 4.3.1, algorithm D): the quotient of
 * `u` by `v` to `quotient` (if not NULL), the remainder to `u`. The highest limb of `u` must be 0;
 * `v` is not 0 and is used up. */
static void divide_limbs(number *u, number *v, number *quotient)
{
    size_t n = used_limbs(v), m = used_limbs(u) + 1;
    if (n == 1) {
        uint32_t by = v->limbs[0];
        for (size_t i = 0; quotient && i + 1 < m; i++)
            quotient->limbs[i] = u->limbs[i];
        uint32_t rest = scale_down(quotient ? quotient->limbs : u->limbs, m - 1, by);
        memset(u->limbs, 0, u->count * sizeof(uint32_t));
        u->limbs[0] = rest;
        return;
    }
    uint32_t factor = BASE / (v->limbs[n - 1] + 1);
    scale_up(u->limbs, m, factor);
    scale_up(v->limbs, n, factor);
    for (size_t j = m > n ? m - n : 0; j > 0; j--) {
        uint32_t *part = u->limbs + j - 1;
        uint64_t limb = estimate_limb(part, v->limbs, n);
        if (subtract_product(part, v->limbs, n, limb)) {
            add_back(part, v->limbs, n);
            limb--;
        }
        if (quotient)
            quotient->limbs[j - 1] = (uint32_t)limb;
    }
    scale_down(u->limbs, m, factor);
}

/* Rounds to `scale` digits after the point, half away from zero: adds half a unit, then cuts. */
static void round_limbs(number *n, int32_t scale)
{
    int32_t power = -scale - 1;
    ptrdiff_t at = limb_at(power, n->fraction);
    if (at < 0)
        return;
    if ((size_t)at >= n->count) {
        memset(n->limbs, 0, n->count * sizeof(uint32_t));
        return;
    }
    uint32_t unit = unit_at(power);
    add_at(n, (size_t)at, 5 * unit);
    memset(n->limbs, 0, (size_t)at * sizeof(uint32_t));
    n->limbs[at] -= n->limbs[at] % (unit * 10);
}

/* ---- Operations. ---- */

static bool both_finite(const qc_decimal *a, const qc_decimal *b)
{
    return a->kind == QC_DECIMAL_FINITE && b->kind == QC_DECIMAL_FINITE;
}

static bool either_nan(const qc_decimal *a, const qc_decimal *b)
{
    return a->kind == QC_DECIMAL_NAN || b->kind == QC_DECIMAL_NAN;
}

static bool both_fit(const qc_decimal *a, const qc_decimal *b)
{
    return qc_decimal_fits(a) && qc_decimal_fits(b);
}

static enum qc_decimal_status add_special(const qc_decimal *a, const qc_decimal *b, qc_strbuf *ret)
{
    bool opposed = a->kind == b->kind && a->negative != b->negative;
    if (either_nan(a, b) || opposed)
        return print_nan(ret);
    return print_infinity(a->kind == QC_DECIMAL_INFINITE ? a->negative : b->negative, ret);
}

/* Leaves the sum in `x`. */
static void add_signed(number *x, number *y, int order)
{
    if (x->negative == y->negative) {
        add_limbs(x, y);
    } else if (order >= 0) {
        subtract_limbs(x, y);
    } else {
        subtract_limbs(y, x);
        memcpy(x->limbs, y->limbs, x->count * sizeof(uint32_t));
        x->negative = y->negative;
    }
}

static int32_t larger_scale(const qc_decimal *a, const qc_decimal *b)
{
    return a->scale > b->scale ? a->scale : b->scale;
}

enum qc_decimal_status qc_decimal_add(const qc_decimal *a, const qc_decimal *b, qc_strbuf *ret)
{
    if (!both_finite(a, b))
        return add_special(a, b, ret);
    if (!both_fit(a, b))
        return QC_DECIMAL_OVERFLOW;
    number x = {0}, y = {0};
    qc_decimal absolute_a = *a, absolute_b = *b;
    absolute_a.negative = absolute_b.negative = false;
    int32_t scale = larger_scale(a, b);
    size_t fraction = fraction_limbs(scale), whole = larger(whole_limbs(a), whole_limbs(b)) + 1;
    enum qc_decimal_status status = QC_DECIMAL_NOMEM;
    if (load(&x, a, whole, fraction) && load(&y, b, whole, fraction)) {
        add_signed(&x, &y, qc_decimal_compare(&absolute_a, &absolute_b));
        status = print(&x, scale, ret);
    }
    drop(&x);
    drop(&y);
    return status;
}

enum qc_decimal_status qc_decimal_subtract(const qc_decimal *a, const qc_decimal *b,
                                           qc_strbuf *ret)
{
    qc_decimal negated = *b;
    negated.negative = !b->negative && !is_zero(b) && b->kind != QC_DECIMAL_NAN;
    return qc_decimal_add(a, &negated, ret);
}

enum qc_decimal_status qc_decimal_multiply(const qc_decimal *a, const qc_decimal *b,
                                           qc_strbuf *ret)
{
    if (!both_finite(a, b)) {
        if (either_nan(a, b) || is_zero(a) || is_zero(b))
            return print_nan(ret);
        return print_infinity(a->negative != b->negative, ret);
    }
    bool zero = is_zero(a) || is_zero(b);
    if (!both_fit(a, b) || (!zero && a->magnitude + b->magnitude >= QC_DECIMAL_MOST_WHOLE))
        return QC_DECIMAL_OVERFLOW;
    number x = {0}, y = {0}, product = {0};
    int32_t scale = a->scale + b->scale;
    enum qc_decimal_status status = QC_DECIMAL_NOMEM;
    if (load(&x, a, whole_limbs(a), fraction_limbs(a->scale)) &&
        load(&y, b, whole_limbs(b), fraction_limbs(b->scale)) &&
        make(&product, x.count + y.count - x.fraction - y.fraction + 1, x.fraction + y.fraction)) {
        multiply_limbs(&product, &x, &y);
        product.negative = a->negative != b->negative;
        if (scale > QC_DECIMAL_MOST_SCALE) {
            scale = QC_DECIMAL_MOST_SCALE;
            round_limbs(&product, scale);
        }
        status = print(&product, scale, ret);
    }
    drop(&x);
    drop(&y);
    drop(&product);
    return status;
}

/* The power of 10000 of a number's first group of four digits, and the group. */
static int32_t first_group(const qc_decimal *d, int32_t *group)
{
    int32_t weight = d->magnitude >= 0 ? d->magnitude / 4 : -((-d->magnitude + 3) / 4);
    int32_t left = is_zero(d) ? 0 : d->magnitude - weight * 4 + 1;
    *group = 0;
    for (const char *at = d->digits; left > 0; at += at < d->end) {
        if (at < d->end && *at == '.')
            continue;
        *group = *group * 10 + (at < d->end ? *at - '0' : 0);
        left--;
    }
    return weight;
}

/* PostgreSQL's scale of a quotient: 16 significant digits by an estimate from the first groups, no
 * less than the operands show, at most 1000. */
static int32_t quotient_scale(const qc_decimal *a, const qc_decimal *b)
{
    int32_t group_a, group_b;
    int32_t weight = first_group(a, &group_a) - first_group(b, &group_b);
    if (group_a <= group_b)
        weight--;
    int32_t scale = 16 - weight * 4, shown = larger_scale(a, b);
    scale = scale > shown ? scale : shown;
    return scale < 1000 ? scale : 1000;
}

static enum qc_decimal_status divide_special(const qc_decimal *a, const qc_decimal *b,
                                             qc_strbuf *ret)
{
    if (either_nan(a, b) || (a->kind == QC_DECIMAL_INFINITE && b->kind == QC_DECIMAL_INFINITE))
        return print_nan(ret);
    if (is_zero(b))
        return QC_DECIMAL_DIVISION_BY_ZERO;
    if (b->kind == QC_DECIMAL_INFINITE)
        return print_text("0", ret);
    return print_infinity(a->negative != b->negative, ret);
}

/* With one digit more than the scale at least, so that the rest cannot change the rounding. */
enum qc_decimal_status qc_decimal_divide(const qc_decimal *a, const qc_decimal *b, qc_strbuf *ret)
{
    if (!both_finite(a, b))
        return divide_special(a, b, ret);
    if (is_zero(b))
        return QC_DECIMAL_DIVISION_BY_ZERO;
    if (!both_fit(a, b))
        return QC_DECIMAL_OVERFLOW;
    number x = {0}, y = {0}, quotient = {0};
    int32_t scale = quotient_scale(a, b);
    size_t y_fraction = fraction_limbs(b->scale);
    size_t fraction = larger(fraction_limbs(scale + 1), fraction_limbs(a->scale));
    enum qc_decimal_status status = QC_DECIMAL_NOMEM;
    if (load(&x, a, whole_limbs(a) + 1, fraction + y_fraction) &&
        load(&y, b, whole_limbs(b), y_fraction) && make(&quotient, x.count - fraction, fraction)) {
        divide_limbs(&x, &y, &quotient);
        quotient.negative = a->negative != b->negative;
        round_limbs(&quotient, scale);
        status = print(&quotient, scale, ret);
    }
    drop(&x);
    drop(&y);
    drop(&quotient);
    return status;
}

enum qc_decimal_status qc_decimal_remainder(const qc_decimal *a, const qc_decimal *b,
                                            qc_strbuf *ret)
{
    if (either_nan(a, b))
        return print_nan(ret);
    if (is_zero(b))
        return QC_DECIMAL_DIVISION_BY_ZERO;
    if (a->kind == QC_DECIMAL_INFINITE)
        return print_nan(ret);
    if (b->kind == QC_DECIMAL_INFINITE)
        return qc_decimal_print(a, ret);
    if (!both_fit(a, b))
        return QC_DECIMAL_OVERFLOW;
    number x = {0}, y = {0};
    int32_t scale = larger_scale(a, b);
    size_t fraction = fraction_limbs(scale);
    enum qc_decimal_status status = QC_DECIMAL_NOMEM;
    if (load(&x, a, whole_limbs(a) + 1, fraction) && load(&y, b, whole_limbs(b), fraction)) {
        divide_limbs(&x, &y, NULL);
        status = print(&x, scale, ret);
    }
    drop(&x);
    drop(&y);
    return status;
}

enum qc_decimal_status qc_decimal_round(const qc_decimal *a, int digits, qc_strbuf *ret)
{
    if (a->kind == QC_DECIMAL_NAN)
        return print_nan(ret);
    if (a->kind == QC_DECIMAL_INFINITE)
        return print_infinity(a->negative, ret);
    if (!qc_decimal_fits(a))
        return QC_DECIMAL_OVERFLOW;
    int32_t scale = digits > QC_DECIMAL_MOST_SCALE     ? QC_DECIMAL_MOST_SCALE
                    : digits < -QC_DECIMAL_MOST_WHOLE ? -QC_DECIMAL_MOST_WHOLE
                                                      : digits;
    number x = {0};
    if (!load(&x, a, whole_limbs(a) + 1, fraction_limbs(a->scale)))
        return QC_DECIMAL_NOMEM;
    round_limbs(&x, scale);
    enum qc_decimal_status status = print(&x, scale > 0 ? scale : 0, ret);
    drop(&x);
    return status;
}

enum qc_decimal_status qc_decimal_print(const qc_decimal *a, qc_strbuf *ret)
{
    return qc_decimal_round(a, a->scale, ret);
}
