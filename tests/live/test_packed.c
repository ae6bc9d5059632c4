/* Rows inside a value (qc_driver.unpack), as the database packs them and damaged: cut short
 * anywhere, longer, and with each byte changed, they are refused, or are rows. */
#include "live/expect.h"
#include "live/pg_fixture.h"
#include "live/sqlite_fixture.h"

#include <check.h>
#include <string.h>

RECORD(PackedRow, COLUMN(n, INTEGER), COLUMN(maybe, NULLABLE(DOUBLE)), COLUMN(word, TEXT),
       COLUMN(raw, BYTEA), COLUMN(price, NUMERIC))
RECORD(Packed, COLUMN(rows, BYTEA))

static const qc_driver *driver;
static raw_db raw;
static qc_bytea_value packed; /* as it came */
static char *bytes;           /* a copy, which unpacking may write into */

static void pack(const qc_driver *by, const char *sql)
{
    static const qc_table *const table = &qc_table_Packed;
    driver = by;
    struct Packed **rows = NULL;
    if (by == &qc_sqlite_driver) {
        ck_assert(sqlite_open(&raw, "sqlite::memory:"));
        rows = sqlite_rows(&raw, sql, table, NO_PARAMETERS);
    } else {
        pg_open(&raw);
        rows = pg_rows(&raw, sql, table, NO_PARAMETERS);
    }
    ck_assert_msg(rows && rows[0], "%s", raw.error.error.message);
    packed = rows[0]->rows;
    bytes = qc_arena_alloc(raw.arena, packed.size + 64);
}

/* The rows of `size` bytes of the copy, or why they are none. */
static enum qc_code unpack(size_t size, size_t *ret_rows)
{
    qc_shape shape = shape_of(&raw, &qc_table_PackedRow);
    qc_fetch fetch = {.shape = &shape, .arena = raw.arena};
    ck_assert(qc_fetch_begin(&fetch, 0));
    qc_error_clear(&raw.error);
    const enum qc_code code = driver->unpack(raw.connection, (qc_bytea_value){bytes, size}, &fetch);
    ck_assert_int_eq(raw.error.error.code, code);
    *ret_rows = fetch.count;
    return code;
}

static void fresh(void)
{
    memset(bytes, 0, packed.size + 64);
    memcpy(bytes, packed.data, packed.size);
}

static void damage(size_t rows, bool row_by_row)
{
    size_t count, refused = 0;
    fresh();
    ck_assert_int_eq(unpack(packed.size, &count), QC_ERROR_OK);
    ck_assert_uint_eq(count, rows);
    for (size_t size = 0; size < packed.size; size++) {
        fresh();
        const enum qc_code code = unpack(size, &count);
        ck_assert_msg(code == QC_ERROR_DECODE || (row_by_row && count < rows), "%d of %d bytes",
                      (int)size, (int)packed.size);
    }
    for (size_t more = 1; more < 10; more++) {
        fresh();
        ck_assert_int_eq(unpack(packed.size + more, &count), QC_ERROR_DECODE);
    }
    static const unsigned char others[] = {0x00, 0x01, 0x02, 0x7F, 0x80, 0xFF};
    for (size_t i = 0; i < packed.size; i++)
        for (size_t k = 0; k < sizeof(others); k++) {
            fresh();
            bytes[i] = (char)others[k];
            const enum qc_code code = unpack(packed.size, &count);
            ck_assert_msg(code == QC_ERROR_OK || code == QC_ERROR_DECODE ||
                              code == QC_ERROR_VALUE || code == QC_ERROR_NULL_RESULT,
                          "byte %d: %s", (int)i, qc_code_name(code));
            refused += code != QC_ERROR_OK;
        }
    ck_assert_uint_gt(refused, packed.size);
}

START_TEST(postgresql_rows)
{
    pack(&qc_postgresql_driver,
         "SELECT array(SELECT row(n::int, CASE WHEN n > 1 THEN 0.5::float8 END, 'w' || n, "
         "'\\x00ff'::bytea, n::numeric(9, 2) / 4) FROM generate_series(1, 3) n)");
    damage(3, false);
    pg_close(&raw);
}
END_TEST

START_TEST(postgresql_no_rows)
{
    size_t count;
    pack(&qc_postgresql_driver, "SELECT array(SELECT row(1) WHERE false)");
    fresh();
    ck_assert_int_eq(unpack(packed.size, &count), QC_ERROR_OK);
    ck_assert_uint_eq(count, 0);
    ck_assert_int_eq(unpack(packed.size + 1, &count), QC_ERROR_DECODE);
    pg_close(&raw);
}
END_TEST

START_TEST(sqlite_rows_of_all_storages)
{
    pack(&qc_sqlite_driver,
         "SELECT quercus_array(v) FROM (SELECT quercus_row(n, m, w, b, p) AS v FROM "
         "(SELECT 1 AS n, NULL AS m, 'w1' AS w, x'00ff' AS b, '0.25' AS p UNION ALL "
         "SELECT 2, 0.5, 'w2', x'', 0.5 UNION ALL SELECT 3, 7, '', x'01', 3))");
    damage(3, true);
    sqlite_close(&raw);
}
END_TEST

Suite *packed_suite(void)
{
    Suite *suite = suite_create("packed");
    TCase *rows = tcase_create("rows");
    tcase_add_test(rows, postgresql_rows);
    tcase_add_test(rows, postgresql_no_rows);
    tcase_add_test(rows, sqlite_rows_of_all_storages);
    suite_add_tcase(suite, rows);
    return suite;
}
