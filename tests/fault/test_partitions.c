/* Does a table whose partitions lie on two servers (postgres_fdw) serve like any other? What the
 * guide says of it in docs/guide/scaling.md is run here. */
#include "fault/servers.h"

#include <quercus/quercus.h>

#include <check.h>
#include <stdio.h>
#include <string.h>

MODEL(Sale, "sales", COLUMN(region, TEXT, PRIMARY_KEY), COLUMN(id, BIGINT, PRIMARY_KEY),
      COLUMN(amount, NUMERIC(10, 2)))

RECORD(RegionTotal, COLUMN(region, TEXT), COLUMN(total, NULLABLE(NUMERIC)))

static qc_db *db;

static void must(qc_db *on, const char *sql)
{
    ck_assert_msg(qc_execute(on, sql), "%s: %s", sql, qc_error(on)->message);
}

/* "one" holds the west, and asks "two" for the east. */
static void make_table(const char *folder)
{
    char sql[512];
    must(db, "CREATE EXTENSION postgres_fdw");
    snprintf(sql, sizeof(sql),
             "CREATE SERVER two FOREIGN DATA WRAPPER postgres_fdw OPTIONS "
             "(host '%s', dbname 'postgres', batch_size '100')",
             folder);
    must(db, sql);
    must(db, "CREATE USER MAPPING FOR quercus SERVER two OPTIONS (user 'quercus', "
             "password_required 'false')");
    must(db, "CREATE TABLE sales (region text NOT NULL, id bigint NOT NULL, amount numeric(10,2) "
             "NOT NULL) PARTITION BY LIST (region)");
    must(db, "CREATE TABLE sales_west PARTITION OF sales (PRIMARY KEY (region, id)) "
             "FOR VALUES IN ('west')");
    must(db,
         "CREATE FOREIGN TABLE sales_east PARTITION OF sales FOR VALUES IN ('east') SERVER two");
}

static void begin(void)
{
    servers_begin();
    servers_start("one", "");
    servers_copy("two");
    servers_start("two", "");
    servers_promote("two");
    qc_db *two = qc_open(servers_url("two", ""));
    must(two, "CREATE TABLE sales_east (region text NOT NULL CHECK (region = 'east'), "
              "id bigint NOT NULL, amount numeric(10,2) NOT NULL, PRIMARY KEY (region, id))");
    qc_close(two);
    db = qc_open(servers_url("one", ""));
    make_table(strstr(servers_url("two", ""), "host=") + strlen("host="));
}

static void end(void)
{
    qc_close(db);
    servers_end();
}

static int64_t stored_on(const char *server)
{
    qc_db *there = qc_open(servers_url(server, ""));
    int64_t count = SCALAR(there, SELECT(RAW(BIGINT, "(SELECT count(*) FROM sales_east)")));
    qc_close(there);
    return count;
}

START_TEST(one_table_on_two_servers)
{
    enum { ROWS = 1000 };
    static struct Sale sales[ROWS];
    for (int i = 0; i < ROWS; i++)
        sales[i] = (struct Sale){.region = i % 2 ? "east" : "west", .id = i, .amount = {"2.50"}};
    int64_t stored = EXEC(db, INSERT_ROWS(Sale, sales, ROWS));
    ck_assert_msg(stored == ROWS, "%s", qc_error(db)->message);
    ck_assert_int_eq(stored_on("two"), ROWS / 2);
    struct RegionTotal **totals = ALL(db, SELECT_AS(RegionTotal, Sale_region, SUM(Sale_amount))
                                              .FROM(Sale)
                                              .GROUP_BY(Sale_region)
                                              .ORDER_BY(Sale_region));
    ck_assert_uint_eq(qc_count(totals), 2);
    ck_assert_str_eq(totals[0]->region, "east");
    ck_assert_str_eq(totals[0]->total.text, "1250.00");
    struct Sale *sale = ONE(db, UPDATE(Sale)
                                    .SET(Sale_amount, ADD(Sale_amount, 1))
                                    .WHERE(AND(EQ(Sale_region, "east"), EQ(Sale_id, 1)))
                                    .RETURNING());
    ck_assert_msg(sale, "%s", qc_error(db)->message);
    ck_assert_str_eq(sale->amount.text, "3.50");
    int64_t moved = EXEC(db, UPDATE(Sale).SET(Sale_region, "west").WHERE(EQ(Sale_id, 1)));
    ck_assert_int_eq(moved, -1); /* a row does not leave a foreign partition */
    int64_t gone = EXEC(db, DELETE(Sale).WHERE(EQ(Sale_region, "east")));
    ck_assert_msg(gone == ROWS / 2, "%s", qc_error(db)->message);
}
END_TEST

START_TEST(a_transaction_over_both_is_undone_on_both)
{
    TRANSACTION(db)
    {
        EXEC(db, INSERT(Sale).SET(Sale_region, "east").SET(Sale_id, 1).SET(Sale_amount, 1));
        EXEC(db, INSERT(Sale).SET(Sale_region, "west").SET(Sale_id, 1).SET(Sale_amount, 1));
        ck_assert_msg(qc_ok(db), "%s", qc_error(db)->message);
        break;
    }
    int64_t left = SCALAR(db, SELECT(COUNT()).FROM(Sale));
    ck_assert_int_eq(left, 0);
    servers_kill("two"); /* the west goes on without the east */
    EXEC(db, INSERT(Sale).SET(Sale_region, "west").SET(Sale_id, 2).SET(Sale_amount, 1));
    ck_assert_msg(qc_ok(db), "%s", qc_error(db)->message);
    left = SCALAR(db, SELECT(COUNT()).FROM(Sale).WHERE(EQ(Sale_region, "west")));
    ck_assert_int_eq(left, 1);
    EXEC(db, INSERT(Sale).SET(Sale_region, "east").SET(Sale_id, 2).SET(Sale_amount, 1));
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_SERVER);
    ck_assert_str_eq(qc_error(db)->sqlstate, "08001");
}
END_TEST

Suite *partitions_suite(void)
{
    Suite *suite = suite_create("partitions");
    TCase *tests = tcase_create("partitions");
    tcase_set_timeout(tests, 120);
    tcase_add_unchecked_fixture(tests, servers_open, servers_close);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, one_table_on_two_servers);
    tcase_add_test(tests, a_transaction_over_both_is_undone_on_both);
    suite_add_tcase(suite, tests);
    return suite;
}
