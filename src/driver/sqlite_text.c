/* The stored form of dates, times, timestamps, uuids and real numbers: to text and back. */
#include "driver/sqlite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Pads the fraction of a time of which `whole` characters come before the point. */
static size_t pad_fraction(char *text, size_t length, size_t whole)
{
    if (length == whole)
        text[length++] = '.';
    while (length < whole + 7)
        text[length++] = '0';
    text[length] = '\0';
    return length;
}

size_t qc_sqlite_stored_text(const qc_sqlite_value *value, char text[QC_SQLITE_TEXT_SIZE])
{
    enum { SIZE = QC_SQLITE_TEXT_SIZE, WHOLE_TIME = 8, WHOLE_TIMESTAMP = 19 };
    qc_uuid_value uuid;
    size_t length;
    switch (value->type) {
    case QC_TYPE_date:
        return qc_date_print((qc_date_value){(int32_t)value->integer}, text, SIZE);
    case QC_TYPE_time:
        length = qc_time_print((qc_time_value){value->integer}, text, SIZE);
        return pad_fraction(text, length, WHOLE_TIME);
    case QC_TYPE_uuid:
        memcpy(&uuid, value->data, sizeof(uuid));
        return qc_uuid_print(uuid, text, SIZE);
    default:
        length = qc_timestamp_print((qc_timestamp_value){value->integer}, text, SIZE);
        bool year_of_four = length >= WHOLE_TIMESTAMP && text[4] == '-' && text[length - 1] != 'C';
        return year_of_four ? pad_fraction(text, length, WHOLE_TIMESTAMP) : length;
    }
}

int qc_sqlite_print_real(double value, char text[QC_SQLITE_REAL_SIZE])
{
    int digits = 15, length;
    do
        length = snprintf(text, QC_SQLITE_REAL_SIZE, "%.*g", digits++, value);
    while (digits <= 17 && strtod(text, NULL) != value);
    size_t locales_point = strspn(text, "-0123456789e+");
    if (text[locales_point])
        text[locales_point] = '.';
    return length;
}

/* The number of `count` digits at `text`; negative when one is none. */
static int read_digits(const char *text, int count)
{
    int number = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

/* The stored form in most of its cases; what it does not take may still be a timestamp. */
static bool read_usual(const char *text, qc_timestamp_value *ret)
{
    int year = read_digits(text, 4), month = read_digits(text + 5, 2);
    int day = read_digits(text + 8, 2), hour = read_digits(text + 11, 2);
    int minute = read_digits(text + 14, 2), second = read_digits(text + 17, 2);
    int microsecond = read_digits(text + 20, 6);
    if (text[4] != '-' || text[7] != '-' || text[10] != ' ' || text[13] != ':' || text[16] != ':' ||
        text[19] != '.')
        return false;
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > 28 || hour < 0 || hour > 23 ||
        minute < 0 || minute > 59 || second < 0 || second > 59 || microsecond < 0)
        return false;
    int64_t seconds =
        (int64_t)qc_date_of(year, month, day).days * 86400 + hour * 3600 + minute * 60 + second;
    ret->microseconds = seconds * 1000000 + microsecond;
    return true;
}

bool qc_sqlite_read_timestamp(const char *text, size_t size, qc_timestamp_value *ret)
{
    enum { USUAL_SIZE = 26 };
    return (size == USUAL_SIZE && read_usual(text, ret)) || qc_timestamp_parse(text, ret);
}
