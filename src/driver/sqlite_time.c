/* quercus_extract and quercus_date_trunc: PostgreSQL's EXTRACT and date_trunc on stored texts. */
#include "driver/sqlite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t SECOND = 1000000, MINUTE = 60 * 1000000, HOUR = 3600 * (int64_t)1000000,
                     DAY = 86400 * (int64_t)1000000;
enum { UNIX_EPOCH = 946684800 }; /* 2000-01-01 in Unix time */
enum { LEAST_TIMESTAMP = 16 };   /* characters: no date has more, no timestamp fewer */

typedef enum kind { DATE, TIME, TIMESTAMP } kind;

/* What a stored text says: days since 2000-01-01 and microseconds of the day. */
typedef struct moment {
    kind kind;
    int infinite; /* -1, 0, 1 */
    int64_t days, time;
} moment;

typedef struct civil {
    int year, month, day; /* year 0 is 1 BC */
} civil;

static int64_t divide_down(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

/* ---- Arguments. ---- */

static bool read_moment(const char *text, size_t size, moment *ret)
{
    qc_timestamp_value timestamp;
    qc_date_value date;
    qc_time_value time;
    *ret = (moment){.kind = TIMESTAMP};
    if (size < LEAST_TIMESTAMP && qc_date_parse(text, &date)) {
        ret->kind = DATE;
        ret->days = date.days;
        ret->infinite = (date.days == INT32_MAX) - (date.days == INT32_MIN);
    } else if (qc_sqlite_read_timestamp(text, size, &timestamp)) {
        ret->days = divide_down(timestamp.microseconds, DAY);
        ret->time = timestamp.microseconds - ret->days * DAY;
    } else if (qc_time_parse(text, &time)) {
        ret->kind = TIME;
        ret->time = time.microseconds;
    } else {
        return false;
    }
    return true;
}

static void refuse(sqlite3_context *context, const char *format, const char *word)
{
    char text[128];
    snprintf(text, sizeof(text), format, word);
    sqlite3_result_error(context, text, -1);
}

/* False when the result is NULL or an error. */
static bool read_arguments(sqlite3_context *context, sqlite3_value **arguments, int *ret_field,
                           moment *ret)
{
    if (sqlite3_value_type(arguments[0]) == SQLITE_NULL ||
        sqlite3_value_type(arguments[1]) == SQLITE_NULL)
        return false;
    const char *name = (const char *)sqlite3_value_text(arguments[0]);
    const char *text = (const char *)sqlite3_value_text(arguments[1]);
    size_t size = (size_t)sqlite3_value_bytes(arguments[1]);
    if (!name || !text) {
        sqlite3_result_error_nomem(context);
        return false;
    }
    int field = 0;
    while (field < QC_DATE_FIELD_COUNT && strcmp(name, qc_date_field_texts[field]) != 0)
        field++;
    if (field == QC_DATE_FIELD_COUNT)
        refuse(context, "unit \"%.40s\" not recognized", name);
    else if (!read_moment(text, size, ret))
        refuse(context, "invalid input syntax for type timestamp: \"%.60s\"", text);
    else
        *ret_field = field;
    return field < QC_DATE_FIELD_COUNT && *ret_field == field;
}

/* ---- The calendar. ---- */

static civil civil_of(int64_t days)
{
    char text[QC_DATE_SIZE], *at;
    qc_date_print((qc_date_value){(int32_t)days}, text, sizeof(text));
    civil day = {0};
    day.year = (int)strtol(text, &at, 10);
    day.month = (int)strtol(at + 1, &at, 10);
    day.day = (int)strtol(at + 1, &at, 10);
    if (*at)
        day.year = 1 - day.year;
    return day;
}

/* 1 to 366, counted in a year that is surely in range. */
static int day_of_year(civil day)
{
    bool leap = day.year % 4 == 0 && (day.year % 100 != 0 || day.year % 400 == 0);
    int year = leap ? 2000 : 2001;
    return qc_date_of(year, day.month, day.day).days - qc_date_of(year, 1, 1).days + 1;
}

/* 0 for Monday; 2000-01-01 was a Saturday. */
static int64_t days_since_monday(int64_t days)
{
    return days + 5 - divide_down(days + 5, 7) * 7;
}

/* ISO 8601: the week belongs to the year of its Thursday. */
static int week_of(int64_t days)
{
    int64_t thursday = days - days_since_monday(days) + 3;
    return (day_of_year(civil_of(thursday)) - 1) / 7 + 1;
}

/* ---- EXTRACT. ---- */

static bool is_of_time(int field)
{
    return field == QC_DATE_FIELD_HOUR || field == QC_DATE_FIELD_MINUTE ||
           field == QC_DATE_FIELD_SECOND;
}

static bool has_field(kind kind, int field)
{
    if (field == QC_DATE_FIELD_EPOCH || kind == TIMESTAMP)
        return true;
    return is_of_time(field) == (kind == TIME);
}

static int extract_of_day(int field, int64_t days)
{
    civil day = civil_of(days);
    switch (field) {
    case QC_DATE_FIELD_YEAR:
        return day.year > 0 ? day.year : day.year - 1;
    case QC_DATE_FIELD_QUARTER:
        return (day.month + 2) / 3;
    case QC_DATE_FIELD_MONTH:
        return day.month;
    case QC_DATE_FIELD_WEEK:
        return week_of(days);
    case QC_DATE_FIELD_DAY:
        return day.day;
    case QC_DATE_FIELD_DOW:
        return (int)((days_since_monday(days) + 1) % 7);
    default:
        return day_of_year(day);
    }
}

static int print_seconds(char text[40], int64_t seconds, int64_t microseconds)
{
    bool negative = seconds < 0;
    if (negative && microseconds) {
        seconds++;
        microseconds = SECOND - microseconds;
    }
    return snprintf(text, 40, "%s%lld.%06lld", negative ? "-" : "",
                    (long long)(negative ? -seconds : seconds), (long long)microseconds);
}

static int extract(char text[40], int field, const moment *at)
{
    int64_t epoch = at->kind == TIME ? 0 : at->days * 86400 + UNIX_EPOCH;
    switch (field) {
    case QC_DATE_FIELD_HOUR:
        return snprintf(text, 40, "%d", (int)(at->time / HOUR));
    case QC_DATE_FIELD_MINUTE:
        return snprintf(text, 40, "%d", (int)(at->time % HOUR / MINUTE));
    case QC_DATE_FIELD_SECOND:
        return print_seconds(text, at->time % MINUTE / SECOND, at->time % SECOND);
    case QC_DATE_FIELD_EPOCH:
        if (at->kind == DATE)
            return snprintf(text, 40, "%lld", (long long)epoch);
        return print_seconds(text, epoch + at->time / SECOND, at->time % SECOND);
    default:
        return snprintf(text, 40, "%d", extract_of_day(field, at->days));
    }
}

/* Of infinity, what grows with time is infinite and what comes round is NULL. */
static void extract_infinite(sqlite3_context *context, int field, int infinite)
{
    if (field == QC_DATE_FIELD_YEAR || field == QC_DATE_FIELD_EPOCH)
        sqlite3_result_text(context, infinite < 0 ? "-Infinity" : "Infinity", -1, SQLITE_STATIC);
}

void qc_sqlite_extract(sqlite3_context *context, int count, sqlite3_value **arguments)
{
    static const char *const formats[] = {"unit \"%s\" not supported for type date",
                                          "unit \"%s\" not supported for type time"};
    int field = QC_DATE_FIELD_COUNT;
    moment at;
    char text[40];
    (void)count;
    if (!read_arguments(context, arguments, &field, &at))
        return;
    if (!has_field(at.kind, field) && !at.infinite)
        refuse(context, formats[at.kind], qc_date_field_texts[field]);
    else if (at.infinite)
        extract_infinite(context, field, at.infinite);
    else
        sqlite3_result_text(context, text, extract(text, field, &at), SQLITE_TRANSIENT);
}

/* ---- DATE_TRUNC. ---- */

static qc_date_value first_day(int field, int64_t days)
{
    civil day = civil_of(days);
    switch (field) {
    case QC_DATE_FIELD_YEAR:
        return qc_date_of(day.year, 1, 1);
    case QC_DATE_FIELD_QUARTER:
        return qc_date_of(day.year, (day.month - 1) / 3 * 3 + 1, 1);
    case QC_DATE_FIELD_MONTH:
        return qc_date_of(day.year, day.month, 1);
    case QC_DATE_FIELD_WEEK:
        return qc_date_of(day.year, day.month, day.day - (int)days_since_monday(days));
    default:
        return (qc_date_value){(int32_t)days};
    }
}

/* The microseconds of the day that stay. */
static int64_t truncate_time(int field, int64_t time)
{
    int64_t unit = field == QC_DATE_FIELD_HOUR     ? HOUR
                   : field == QC_DATE_FIELD_MINUTE ? MINUTE
                   : field == QC_DATE_FIELD_SECOND ? SECOND
                                                   : DAY;
    return time - time % unit;
}

void qc_sqlite_date_trunc(sqlite3_context *context, int count, sqlite3_value **arguments)
{
    static const int64_t END_DAY = 106751983;
    int field = QC_DATE_FIELD_COUNT;
    moment at;
    char text[QC_SQLITE_TEXT_SIZE];
    (void)count;
    if (!read_arguments(context, arguments, &field, &at))
        return;
    if (field > QC_DATE_FIELD_SECOND || at.kind == TIME) {
        refuse(context, "unit \"%s\" not supported for date_trunc", qc_date_field_texts[field]);
        return;
    }
    qc_sqlite_value value = {.type = QC_TYPE_timestamp};
    if (at.infinite) {
        value.integer = at.infinite < 0 ? INT64_MIN : INT64_MAX;
    } else {
        int64_t days = first_day(field, at.days).days;
        if (days == INT32_MIN || days >= END_DAY) {
            sqlite3_result_error(context, "timestamp out of range", -1);
            return;
        }
        value.integer = days * DAY + truncate_time(field, at.time);
    }
    sqlite3_result_text(context, text, (int)qc_sqlite_stored_text(&value, text), SQLITE_TRANSIENT);
}
