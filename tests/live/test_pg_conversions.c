/* Every pair of a type that PostgreSQL sends and a field that takes it: a value, its NULL, and what
 * does not fit; of one row and of several, which are read in different ways. */
#include "live/pg_fixture.h"
#include "live/pg_records.h"

#include "model/type_info.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

typedef struct conversion {
    const qc_table *table;
    const char *sql;  /* a value of the type that is sent */
    const char *text; /* of the field then; NULL: it cannot hold it */
} conversion;

static const conversion conversions[] = {
    {&qc_table_One_bool, "true", "1"},
    {&qc_table_One_smallint, "'-32768'::smallint", "-32768"},
    {&qc_table_One_smallint, "32767::int", "32767"},
    {&qc_table_One_smallint, "-32768::int", "-32768"},
    {&qc_table_One_smallint, "32768::int", NULL},
    {&qc_table_One_smallint, "-32769::int", NULL},
    {&qc_table_One_smallint, "32767::bigint", "32767"},
    {&qc_table_One_smallint, "-32768::bigint", "-32768"},
    {&qc_table_One_smallint, "32768::bigint", NULL},
    {&qc_table_One_smallint, "65536::bigint", NULL},
    {&qc_table_One_smallint, "-4294967297::bigint", NULL},
    {&qc_table_One_smallint, "-32768.00::numeric", "-32768"},
    {&qc_table_One_smallint, "32768::numeric", NULL},
    {&qc_table_One_smallint, "-32769::numeric", NULL},
    {&qc_table_One_smallint, "1e30::numeric", NULL},
    {&qc_table_One_smallint, "0.5::numeric", NULL},
    {&qc_table_One_int, "'-2147483648'::int", "-2147483648"},
    {&qc_table_One_int, "'-32768'::smallint", "-32768"},
    {&qc_table_One_int, "2147483647::bigint", "2147483647"},
    {&qc_table_One_int, "'-2147483648'::bigint", "-2147483648"},
    {&qc_table_One_int, "2147483648::bigint", NULL},
    {&qc_table_One_int, "'-2147483649'::bigint", NULL},
    {&qc_table_One_int, "4294967296::bigint", NULL},
    {&qc_table_One_int, "5.00::numeric", "5"},
    {&qc_table_One_int, "2147483648::numeric", NULL},
    {&qc_table_One_int, "-2147483649::numeric", NULL},
    {&qc_table_One_int, "'Infinity'::numeric", NULL},
    {&qc_table_One_bigint, "'-9223372036854775808'::bigint", "-9223372036854775808"},
    {&qc_table_One_bigint, "'-7'::smallint", "-7"},
    {&qc_table_One_bigint, "'-2147483648'::int", "-2147483648"},
    {&qc_table_One_bigint, "9223372036854775807::numeric", "9223372036854775807"},
    {&qc_table_One_bigint, "-9223372036854775808::numeric", "-9223372036854775808"},
    {&qc_table_One_bigint, "9223372036854775808::numeric", NULL},
    {&qc_table_One_bigint, "-9223372036854775809::numeric", NULL},
    {&qc_table_One_bigint, "1.5::numeric", NULL},
    {&qc_table_One_bigint, "'NaN'::numeric", NULL},
    {&qc_table_One_numeric, "-1.50::numeric", "-1.50"},
    {&qc_table_One_numeric, "'-32768'::smallint", "-32768"},
    {&qc_table_One_numeric, "'-2147483648'::int", "-2147483648"},
    {&qc_table_One_numeric, "'-9223372036854775808'::bigint", "-9223372036854775808"},
    {&qc_table_One_real, "-0.5::real", "-0.5"},
    {&qc_table_One_real, "1.5::double precision", "1.5"},
    {&qc_table_One_real, "'-Infinity'::double precision", "-inf"},
    {&qc_table_One_real, "'NaN'::double precision", "nan"},
    {&qc_table_One_real, "0.1::double precision", NULL},
    {&qc_table_One_real, "1e300::double precision", NULL},
    {&qc_table_One_real, "'-32768'::smallint", "-32768"},
    {&qc_table_One_real, "16777216::int", "16777216"},
    {&qc_table_One_real, "-16777216::int", "-16777216"},
    {&qc_table_One_real, "16777217::int", NULL},
    {&qc_table_One_real, "-16777217::int", NULL},
    {&qc_table_One_real, "16777216::bigint", "16777216"},
    {&qc_table_One_real, "16777217::bigint", NULL},
    {&qc_table_One_real, "-16777217::bigint", NULL},
    {&qc_table_One_double, "-1e300::double precision", "-1.0000000000000001e+300"},
    {&qc_table_One_double, "1.5::real", "1.5"},
    {&qc_table_One_double, "'Infinity'::real", "inf"},
    {&qc_table_One_double, "'-32768'::smallint", "-32768"},
    {&qc_table_One_double, "'-2147483648'::int", "-2147483648"},
    {&qc_table_One_double, "9007199254740992::bigint", "9007199254740992"},
    {&qc_table_One_double, "-9007199254740992::bigint", "-9007199254740992"},
    {&qc_table_One_double, "9007199254740993::bigint", NULL},
    {&qc_table_One_double, "-9007199254740993::bigint", NULL},
    {&qc_table_One_text, "'x'::text", "x"},
    {&qc_table_One_text, "''::text", ""},
    {&qc_table_One_text, "'x'::varchar(3)", "x"},
    {&qc_table_One_text, "'x'::char(3)", "x  "},
    {&qc_table_One_text, "'x'::name", "x"},
    {&qc_table_One_text, "'c'::\"char\"", "c"},
    {&qc_table_One_text, "''::\"char\"", ""},
    {&qc_table_One_text, "'{ }'::json", "{ }"},
    {&qc_table_One_bytea, "'\\x610062'::bytea", "3 bytes"},
    {&qc_table_One_bytea, "''::bytea", "0 bytes"},
    {&qc_table_One_date, "'2024-02-29'::date", "2024-02-29"},
    {&qc_table_One_time, "'24:00'::time", "24:00:00"},
    {&qc_table_One_timestamp, "'2024-02-29 01:02:03'::timestamp", "2024-02-29 01:02:03"},
    {&qc_table_One_timestamp, "'1999-12-31'::date", "1999-12-31 00:00:00"},
    {&qc_table_One_timestamp, "'infinity'::date", "infinity"},
    {&qc_table_One_timestamp, "'-infinity'::date", "-infinity"},
    {&qc_table_One_timestamp, "'300000-01-01'::date", NULL},
    {&qc_table_One_timestamptz, "'2024-02-29 01:02:03+00'::timestamptz", "2024-02-29 01:02:03"},
    {&qc_table_One_uuid, "'00010203-0405-0607-0809-0a0b0c0d0e0f'::uuid",
     "00010203-0405-0607-0809-0a0b0c0d0e0f"},
    {&qc_table_One_json, "'{ \"a\":1}'::jsonb", "{\"a\": 1}"},
    {&qc_table_One_json, "'{ \"a\":1}'::json", "{ \"a\":1}"},
};

enum { CONVERSIONS = sizeof(conversions) / sizeof(conversions[0]), TEXT_SIZE = 80 };

static pg_db db;

static void open_db(void)
{
    pg_open(&db);
}

static void close_db(void)
{
    pg_close(&db);
}

static void print(int type, const void *value, char *text)
{
    switch (type) {
    case QC_TYPE_bool:
        snprintf(text, TEXT_SIZE, "%d", *(const bool *)value);
        break;
    case QC_TYPE_smallint:
        snprintf(text, TEXT_SIZE, "%d", *(const int16_t *)value);
        break;
    case QC_TYPE_int:
        snprintf(text, TEXT_SIZE, "%d", (int)*(const int32_t *)value);
        break;
    case QC_TYPE_bigint:
        snprintf(text, TEXT_SIZE, "%lld", (long long)*(const int64_t *)value);
        break;
    case QC_TYPE_real:
        snprintf(text, TEXT_SIZE, "%.17g", (double)*(const float *)value);
        break;
    case QC_TYPE_double:
        snprintf(text, TEXT_SIZE, "%.17g", *(const double *)value);
        break;
    case QC_TYPE_numeric:
        snprintf(text, TEXT_SIZE, "%s", ((const qc_numeric_value *)value)->text);
        break;
    case QC_TYPE_bytea:
        snprintf(text, TEXT_SIZE, "%zu bytes", ((const qc_bytea_value *)value)->size);
        break;
    case QC_TYPE_date:
        qc_date_print(*(const qc_date_value *)value, text, TEXT_SIZE);
        break;
    case QC_TYPE_time:
        qc_time_print(*(const qc_time_value *)value, text, TEXT_SIZE);
        break;
    case QC_TYPE_timestamp:
    case QC_TYPE_timestamptz:
        qc_timestamp_print(*(const qc_timestamp_value *)value, text, TEXT_SIZE);
        break;
    case QC_TYPE_uuid:
        qc_uuid_print(*(const qc_uuid_value *)value, text, TEXT_SIZE);
        break;
    default:
        snprintf(text, TEXT_SIZE, "%s", *(const char *const *)value);
        break;
    }
}

static bool is_unset(const qc_column *maybe, const char *row)
{
    const qc_type_info *info = &qc_type_infos[maybe->type];
    const char *field = row + maybe->offset;
    return info->value_offset ? !*(const bool *)field : !*(const void *const *)field;
}

static void expect_text(const conversion *c, const char *value)
{
    char text[TEXT_SIZE];
    print(c->table->columns[0].type, value, text);
    ck_assert_msg(!strcmp(text + (c->text[0] == 'n' && text[0] == '-'), c->text),
                  "%s as %s: %s, not %s", c->sql, c->table->model, text, c->text);
}

/* `row` has the value in both fields. */
static void expect_row(const conversion *c, const char *row)
{
    const qc_column *maybe = &c->table->columns[1];
    ck_assert_msg(!is_unset(maybe, row), "%s: NULL", c->sql);
    expect_text(c, row + c->table->columns[0].offset);
    expect_text(c, row + maybe->offset + qc_type_infos[maybe->type].value_offset);
}

static char **rows_of(const conversion *c, const char *sql)
{
    return pg_rows(&db, sql, c->table, NO_PARAMETERS);
}

static char **must(const conversion *c, const char *sql)
{
    char **rows = rows_of(c, sql);
    if (!rows)
        ck_abort_msg("%s as %s: %s", sql, c->table->model, db.error.error.message);
    return rows;
}

#define TEXT_OF(...) qc_arena_printf(db.arena, __VA_ARGS__)
/* A NULL of the type of an expression. */
#define NULL_OF "CASE WHEN false THEN %s END"

static void check_value(const conversion *c)
{
    const char *one = TEXT_OF("SELECT %s, %s, ''::text", c->sql, c->sql);
    const char *two = TEXT_OF("%s UNION ALL SELECT %s, " NULL_OF ", ''", one, c->sql, c->sql);
    if (!c->text) {
        const char *const both[] = {one, two};
        for (int i = 0; i < 2; i++) {
            ck_assert_msg(!rows_of(c, both[i]), "%s is taken by %s", c->sql, c->table->model);
            pg_expect(&db, QC_ERROR_DECODE, "", "plain: the database sent a value of ");
        }
        return;
    }
    expect_row(c, must(c, one)[0]);
    char **rows = must(c, two);
    expect_row(c, rows[0]);
    expect_text(c, rows[1] + c->table->columns[0].offset);
    ck_assert_msg(is_unset(&c->table->columns[1], rows[1]), "%s: not NULL", c->sql);
}

static void check_null(const conversion *c)
{
    const char *one = TEXT_OF("SELECT " NULL_OF ", %s, ''::text", c->sql, c->sql);
    const char *const both[] = {one, TEXT_OF("%s UNION ALL %s", one, one)};
    for (int i = 0; i < 2; i++) {
        ck_assert_ptr_null(rows_of(c, both[i]));
        pg_expect(&db, QC_ERROR_NULL_RESULT, "", "plain is NULL");
    }
}

START_TEST(values)
{
    for (size_t i = 0; i < CONVERSIONS; i++)
        check_value(&conversions[i]);
}
END_TEST

START_TEST(nulls)
{
    for (size_t i = 0; i < CONVERSIONS; i++)
        check_null(&conversions[i]);
    pg_expect_clean(&db);
}
END_TEST

/* What is sent is of a type that the field never takes. */
START_TEST(other_types)
{
    static const struct {
        const qc_table *table;
        const char *sql, *sent;
    } cases[] = {
        {&qc_table_One_bigint, "'x'::text", "expects BIGINT, but the database sends text"},
        {&qc_table_One_text, "1", "sends integer"},
        {&qc_table_One_text, "'a'::xml", "sends xml"},
        {&qc_table_One_text, "point(1, 2)", "sends point"},
        {&qc_table_One_text, "1::oid", "sends oid"},
        {&qc_table_One_text, "ROW(1, 2)", "sends record"},
        {&qc_table_One_text, "'1 day'::interval", "sends interval"},
        {&qc_table_One_text, "'0/0'::pg_lsn", "sends the type with OID 3220"},
        {&qc_table_One_timestamptz, "now()::timestamp", "sends timestamp"},
        {&qc_table_One_int, "ARRAY[1, 2]", "sends integer[]"},
        {&qc_table_One_numeric, "1::money", "sends money"},
        {&qc_table_One_numeric, "1::real", "sends real"},
        {&qc_table_One_bool, "1", "sends integer"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *sql = TEXT_OF("SELECT %s, %s, ''::text", cases[i].sql, cases[i].sql);
        ck_assert_ptr_null(pg_rows(&db, sql, cases[i].table, NO_PARAMETERS));
        pg_expect(&db, QC_ERROR_DECODE, "", cases[i].sent);
    }
    ck_assert_ptr_null(pg_rows(&db, "SELECT 1", &qc_table_One_int, NO_PARAMETERS));
    pg_expect(&db, QC_ERROR_DECODE, "", "expects 3 columns, but the database sends 1");
    pg_expect_clean(&db);
}
END_TEST

/* A program may have set another encoding. */
START_TEST(other_encodings)
{
    const char *sql = "SELECT chr(233), chr(233), ''::text";
    pg_must(&db, "SET client_encoding = LATIN1");
    ck_assert_ptr_null(pg_rows(&db, sql, &qc_table_One_text, NO_PARAMETERS));
    pg_expect(&db, QC_ERROR_DECODE, "",
              "One_text.plain: the database sent a text that is not UTF-8");
    pg_must(&db, "SET client_encoding = UTF8");
    struct One_text **rows = pg_rows(&db, sql, &qc_table_One_text, NO_PARAMETERS);
    ck_assert_str_eq(rows[0]->plain, "\xC3\xA9");
}
END_TEST

Suite *pg_conversions_suite(void)
{
    Suite *suite = suite_create("postgresql conversions");
    TCase *tcase = tcase_create("conversions");
    tcase_add_checked_fixture(tcase, open_db, close_db);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, values);
    tcase_add_test(tcase, nulls);
    tcase_add_test(tcase, other_types);
    tcase_add_test(tcase, other_encodings);
    suite_add_tcase(suite, tcase);
    return suite;
}
