/* Dates, times, timestamps and UUIDs from and to text, with PostgreSQL's ranges.
 *
 * Days and microseconds count from 2000-01-01. The calendar is the proleptic Gregorian one; years
 * here are astronomical (0 is 1 BC) and, inside the calculation, begin in March, so that the leap
 * day is the last of its year.
 */
#include <quercus/types.h>

#include <string.h>
#include <time.h>

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
/* PostgreSQL's range: from 4714-11-24 BC to the end of the year 5874897 or 294276. */
static const int64_t FIRST_DAY = -2451545, LAST_DAY = 2145031948, LAST_TIMESTAMP_DAY = 106751982;
/* 2000-01-01 from 1970-01-01 in seconds, and from 1 March of year 0 in days. */
enum { UNIX_EPOCH_SECONDS = 946684800, ZERO_MARCH = 730425 };

/* ---- The calendar. ---- */

/* Rounded down; `by` is positive. */
static int64_t divide(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

/* What divide() leaves, 0 to `by` - 1. */
static int64_t modulo(int64_t value, int64_t by)
{
    return value % by + (value % by < 0 ? by : 0);
}

/* From 1 March of year 0 to 1 March of `year`. */
static int64_t days_before_year(int64_t year)
{
    return 365 * year + divide(year, 4) - divide(year, 100) + divide(year, 400);
}

/* From 1 March to the first of the month `month` (0: March). */
static int64_t days_before_month(int64_t month)
{
    return (153 * month + 2) / 5;
}

static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    int64_t months = year * 12 + month - 3;
    return days_before_year(divide(months, 12)) + days_before_month(modulo(months, 12)) + day - 1 -
           ZERO_MARCH;
}

typedef struct civil_day {
    int64_t year;
    int month, day;
} civil_day;

static civil_day civil_of(int64_t days)
{
    int64_t since = days + ZERO_MARCH;
    int64_t year = divide(since * 400, 146097);
    while (days_before_year(year) > since)
        year--;
    while (days_before_year(year + 1) <= since)
        year++;
    int64_t day = since - days_before_year(year);
    int64_t month = (5 * day + 2) / 153;
    return (civil_day){year + (month >= 10), (int)(month < 10 ? month + 3 : month - 9),
                       (int)(day - days_before_month(month) + 1)};
}

static qc_date_value date_of_days(int64_t days)
{
    return (qc_date_value){days < FIRST_DAY  ? INT32_MIN
                           : days > LAST_DAY ? INT32_MAX
                                             : (int32_t)days};
}

/* `microseconds` may be more than a day, or negative. */
static qc_timestamp_value timestamp_at(int64_t days, int64_t microseconds)
{
    days += divide(microseconds, DAY);
    microseconds = modulo(microseconds, DAY);
    if (days < FIRST_DAY)
        return (qc_timestamp_value){INT64_MIN};
    if (days > LAST_TIMESTAMP_DAY)
        return (qc_timestamp_value){INT64_MAX};
    return (qc_timestamp_value){days * DAY + microseconds};
}

static bool is_finite_time(qc_timestamp_value value)
{
    return value.microseconds != INT64_MIN && value.microseconds != INT64_MAX;
}

qc_date_value qc_date_of(int year, int month, int day)
{
    return date_of_days(days_of(year, month, day));
}

/* A second beyond the limit leaves the range of timestamps whatever the other parts are. */
qc_timestamp_value qc_timestamp_of(int year, int month, int day, int hour, int minute,
                                   double second)
{
    const double limit = 1e18;
    if (!(second > -limit))
        return (qc_timestamp_value){INT64_MIN};
    if (second > limit)
        return (qc_timestamp_value){INT64_MAX};
    int64_t whole = (int64_t)second;
    whole -= (double)whole > second;
    int64_t fraction = (int64_t)((second - (double)whole) * 1e6 + 0.5);
    whole += (int64_t)hour * 3600 + (int64_t)minute * 60;
    int64_t days = days_of(year, month, day) + divide(whole, 86400);
    return timestamp_at(days, modulo(whole, 86400) * SECOND + fraction);
}

qc_timestamp_value qc_timestamp_from_unix(int64_t seconds, int32_t microseconds)
{
    int64_t days = divide(seconds, 86400) - UNIX_EPOCH_SECONDS / 86400;
    return timestamp_at(days, modulo(seconds, 86400) * SECOND + microseconds);
}

int64_t qc_timestamp_to_unix(qc_timestamp_value value)
{
    if (!is_finite_time(value))
        return value.microseconds;
    return divide(value.microseconds, SECOND) + UNIX_EPOCH_SECONDS;
}

qc_timestamp_value qc_timestamp_now(void)
{
    struct timespec now = {0};
    timespec_get(&now, TIME_UTC);
    return qc_timestamp_from_unix(now.tv_sec, (int32_t)(now.tv_nsec / 1000));
}

/* ---- Reading. Each function moves *at over what it took; on false *at may be anywhere. ---- */

static bool take(const char **at, char c)
{
    if (**at != c)
        return false;
    ++*at;
    return true;
}

/* A number of `least` to `most` digits. */
static bool take_number(const char **at, int least, int most, int64_t *ret)
{
    int64_t number = 0;
    int digits = 0;
    for (; digits < most && **at >= '0' && **at <= '9'; digits++)
        number = number * 10 + (*(*at)++ - '0');
    *ret = number;
    return digits >= least;
}

static bool take_word(const char **at, const char *word)
{
    size_t length = strlen(word);
    if (strncmp(*at, word, length) != 0)
        return false;
    *at += length;
    return true;
}

/* The year is as written, from 1; take_era makes it astronomical. */
static bool take_day(const char **at, civil_day *ret)
{
    int64_t month, day;
    if (!take_number(at, 4, 7, &ret->year) || !take(at, '-') || !take_number(at, 2, 2, &month) ||
        !take(at, '-') || !take_number(at, 2, 2, &day))
        return false;
    ret->month = (int)month;
    ret->day = (int)day;
    return ret->year >= 1;
}

/* The end of a date: " BC" or nothing. */
static bool take_era(const char **at, civil_day *day)
{
    if (take_word(at, " BC"))
        day->year = 1 - day->year;
    return **at == '\0';
}

static bool is_day(civil_day day)
{
    if (day.month < 1 || day.month > 12 || day.day < 1)
        return false;
    return day.day <= days_of(day.year, day.month + 1, 1) - days_of(day.year, day.month, 1);
}

/* The digits after the point in microseconds; half goes to the even one. */
static bool take_fraction(const char **at, int64_t *ret)
{
    int64_t digits, next;
    const char *start = *at;
    if (!take_number(at, 1, 6, &digits))
        return false;
    for (int64_t taken = *at - start; taken < 6; taken++)
        digits *= 10;
    take_number(at, 0, 1, &next);
    bool more = false;
    for (; **at >= '0' && **at <= '9'; ++*at)
        more = more || **at != '0';
    *ret = digits + (next > 5 || (next == 5 && (more || digits % 2)));
    return true;
}

/* "12:00", "12:00:00", "12:00:00.5": 00:00 to 24:00, second 60 being the next minute. */
static bool take_time(const char **at, int64_t *ret)
{
    int64_t hour, minute, second = 0, fraction = 0;
    if (!take_number(at, 2, 2, &hour) || !take(at, ':') || !take_number(at, 2, 2, &minute))
        return false;
    if (take(at, ':')) {
        if (!take_number(at, 2, 2, &second) || (take(at, '.') && !take_fraction(at, &fraction)))
            return false;
    }
    if (minute > 59 || second > 60)
        return false;
    *ret = hour * HOUR + minute * MINUTE + second * SECOND + fraction;
    return *ret <= DAY;
}

/* "Z", "+02", "+02:30", "-0330", "+00:19:32" or nothing, in microseconds east of UTC. */
static bool take_offset(const char **at, int64_t *ret)
{
    int64_t hours, minutes = 0, seconds = 0;
    bool west = **at == '-';
    *ret = 0;
    if (take(at, 'Z') || (**at != '+' && **at != '-'))
        return true;
    ++*at;
    if (!take_number(at, 2, 2, &hours))
        return false;
    bool colon = take(at, ':');
    if ((colon || (**at >= '0' && **at <= '9')) && !take_number(at, 2, 2, &minutes))
        return false;
    if (colon && take(at, ':') && !take_number(at, 2, 2, &seconds))
        return false;
    if (hours > 15 || minutes > 59 || seconds > 59)
        return false;
    int64_t offset = hours * HOUR + minutes * MINUTE + seconds * SECOND;
    *ret = west ? -offset : offset;
    return true;
}

bool qc_date_parse(const char *text, qc_date_value *ret)
{
    civil_day day;
    bool negative = strcmp(text, "-infinity") == 0;
    if (negative || strcmp(text, "infinity") == 0) {
        ret->days = negative ? INT32_MIN : INT32_MAX;
        return true;
    }
    if (!take_day(&text, &day) || !take_era(&text, &day) || !is_day(day))
        return false;
    qc_date_value value = date_of_days(days_of(day.year, day.month, day.day));
    if (value.days == INT32_MIN || value.days == INT32_MAX)
        return false;
    *ret = value;
    return true;
}

bool qc_time_parse(const char *text, qc_time_value *ret)
{
    int64_t microseconds;
    if (!take_time(&text, &microseconds) || *text)
        return false;
    ret->microseconds = microseconds;
    return true;
}

bool qc_timestamp_parse(const char *text, qc_timestamp_value *ret)
{
    civil_day day;
    int64_t time = 0, offset = 0;
    bool negative = strcmp(text, "-infinity") == 0;
    if (negative || strcmp(text, "infinity") == 0) {
        ret->microseconds = negative ? INT64_MIN : INT64_MAX;
        return true;
    }
    if (!take_day(&text, &day))
        return false;
    bool has_time = *text == 'T' || (*text == ' ' && text[1] != 'B');
    if (has_time) {
        ++text;
        if (!take_time(&text, &time) || !take_offset(&text, &offset))
            return false;
    }
    if (!take_era(&text, &day) || !is_day(day))
        return false;
    qc_timestamp_value value = timestamp_at(days_of(day.year, day.month, day.day), time - offset);
    if (!is_finite_time(value))
        return false;
    *ret = value;
    return true;
}

/* ---- Printing. ---- */

typedef struct printer {
    char *buffer;
    size_t size, length;
} printer;

static void print_char(printer *out, char c)
{
    if (out->length + 1 < out->size)
        out->buffer[out->length] = c;
    out->length++;
}

static void print_text(printer *out, const char *text)
{
    for (; *text; text++)
        print_char(out, *text);
}

static void print_number(printer *out, uint64_t number, int width)
{
    char digits[20];
    int count = 0;
    for (; number || count < width; number /= 10)
        digits[count++] = (char)('0' + number % 10);
    while (count)
        print_char(out, digits[--count]);
}

static void print_day(printer *out, civil_day day)
{
    print_number(out, (uint64_t)(day.year > 0 ? day.year : 1 - day.year), 4);
    print_char(out, '-');
    print_number(out, (uint64_t)day.month, 2);
    print_char(out, '-');
    print_number(out, (uint64_t)day.day, 2);
}

static void print_time(printer *out, uint64_t time)
{
    print_number(out, time / HOUR, 2);
    print_char(out, ':');
    print_number(out, time % HOUR / MINUTE, 2);
    print_char(out, ':');
    print_number(out, time % MINUTE / SECOND, 2);
    uint64_t fraction = time % SECOND;
    if (!fraction)
        return;
    int width = 6;
    for (; fraction % 10 == 0; fraction /= 10)
        width--;
    print_char(out, '.');
    print_number(out, fraction, width);
}

static size_t print_end(printer *out)
{
    if (out->size)
        out->buffer[out->length < out->size ? out->length : out->size - 1] = '\0';
    return out->length;
}

size_t qc_date_print(qc_date_value value, char *buffer, size_t size)
{
    printer out = {buffer, size, 0};
    if (value.days == INT32_MIN || value.days == INT32_MAX) {
        print_text(&out, value.days < 0 ? "-infinity" : "infinity");
        return print_end(&out);
    }
    civil_day day = civil_of(value.days);
    print_day(&out, day);
    if (day.year <= 0)
        print_text(&out, " BC");
    return print_end(&out);
}

size_t qc_time_print(qc_time_value value, char *buffer, size_t size)
{
    printer out = {buffer, size, 0};
    bool negative = value.microseconds < 0;
    if (negative)
        print_char(&out, '-');
    print_time(&out, negative ? 0 - (uint64_t)value.microseconds : (uint64_t)value.microseconds);
    return print_end(&out);
}

size_t qc_timestamp_print(qc_timestamp_value value, char *buffer, size_t size)
{
    printer out = {buffer, size, 0};
    if (!is_finite_time(value)) {
        print_text(&out, value.microseconds < 0 ? "-infinity" : "infinity");
        return print_end(&out);
    }
    civil_day day = civil_of(divide(value.microseconds, DAY));
    print_day(&out, day);
    print_char(&out, ' ');
    print_time(&out, (uint64_t)modulo(value.microseconds, DAY));
    if (day.year <= 0)
        print_text(&out, " BC");
    return print_end(&out);
}

/* ---- UUIDs. ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* As PostgreSQL: in braces or not, and a hyphen may follow every fourth digit. */
bool qc_uuid_parse(const char *text, qc_uuid_value *ret)
{
    qc_uuid_value value;
    bool braces = take(&text, '{');
    for (int i = 0; i < 16; i++) {
        int high = hex_digit(text[0]);
        int low = high < 0 ? -1 : hex_digit(text[1]);
        if (low < 0)
            return false;
        value.bytes[i] = (uint8_t)(high * 16 + low);
        text += 2;
        if (i % 2 == 1 && i < 15)
            take(&text, '-');
    }
    if ((braces && !take(&text, '}')) || *text)
        return false;
    *ret = value;
    return true;
}

size_t qc_uuid_print(qc_uuid_value value, char *buffer, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    printer out = {buffer, size, 0};
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            print_char(&out, '-');
        print_char(&out, digits[value.bytes[i] >> 4]);
        print_char(&out, digits[value.bytes[i] & 15]);
    }
    return print_end(&out);
}
