/* Streams on both databases: by chunks, in bounded memory, left early, and broken in the middle. */
#include "shop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* A table of the numbers 1 to `count`. */
MODEL(Number, "numbers",
    COLUMN(n, BIGINT, PRIMARY_KEY),
    COLUMN(word, TEXT))
SCHEMA(numbers, Number)

static void make_numbers(int count)
{
    struct Number *rows = calloc((size_t)count, sizeof(*rows));
    for (int i = 0; i < count; i++)
        rows[i] = (struct Number){i + 1, i % 2 ? "even" : "odd"};
    ck_assert(qc_drop_all(db, &numbers) && qc_create_all(db, &numbers));
    expect_int(EXEC(db, INSERT_ROWS(Number, rows, (size_t)count)), count);
    free(rows);
}

static void drop_numbers(void)
{
    ck_assert(qc_drop_all(db, &numbers));
}

/* ---- Chunks. ---- */

IN_SHOP(chunks_hold_up_to_so_many_rows)
{
    static const size_t sizes[] = {1, 2, 63, 64, 65, 700, 1000, 5000};
    make_numbers(1000);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        const size_t most = sizes[i];
        size_t count = 0, chunks = 0;
        STREAM_CHUNKS(rows, db, most, SELECT(Number).ORDER_BY(Number_n)) {
            const size_t left = 1000 - count;
            ck_assert_uint_eq(qc_count(rows), left < most ? left : most);
            EACH(struct Number, row, rows) {
                ck_assert_int_eq(row->n, ++count);
                ck_assert_str_eq(row->word, count % 2 ? "odd" : "even");
            }
            chunks++;
        }
        expect_ok();
        ck_assert_uint_eq(count, 1000);
        ck_assert_uint_eq(chunks, (1000 + most - 1) / most);
    }
    drop_numbers();
}

IN_SHOP(chunks_of_other_rows)
{
    int chunks = 0;
    STREAM_CHUNKS(rows, db, 3, SELECT(Customer_name, Customer_city).ORDER_BY(Customer_id))
        expect_rows(rows, chunks++ ? "dan|Oslo" : "ann|Rome, bob|Rome, cyd|NULL");
    ck_assert_int_eq(chunks, 2);
    STREAM_CHUNKS(rows, db, 3, SELECT(Customer).WHERE(EQ(Customer_id, 99)))
        ck_abort_msg("%s", rows[0]->name);
    expect_ok();
    QUERY_OF(Customer) kept = QUERY(SELECT(Customer).ORDER_BY(Customer_id));
    STREAM_CHUNKS(rows, db, 10, kept)
        expect_names(rows, "ann bob cyd dan");
    STREAM_CHUNKS(rows, db, 0, kept)
        ck_abort_msg("%s", rows[0]->name);
    expect_failure(QC_ERROR_MISUSE, "STREAM_CHUNKS takes 1", __LINE__ - 2);
    STREAM_CHUNKS(rows, db, (size_t)-1, kept)
        ck_abort_msg("%s", rows[0]->name);
    expect_failure(QC_ERROR_MISUSE, "STREAM_CHUNKS takes 1", __LINE__ - 2);
}

/* ---- Ends. ---- */

static int64_t first_chunks(int count)
{
    STREAM_CHUNKS(rows, db, 7, SELECT(Number).ORDER_BY(Number_n)) {
        if (--count == 0)
            return rows[6]->n;
    }
    return 0;
}

IN_SHOP(chunks_left_early)
{
    make_numbers(1000);
    ck_assert_int_eq(first_chunks(3), 21);
    expect_int(SCALAR(db, SELECT(COUNT(Number_n))), 1000);
    ck_assert(qc_begin(db));
    expect_int(EXEC(db, DELETE(Number).WHERE(GT(Number_n, 900))), 100);
    ck_assert_int_eq(first_chunks(2), 14);
    ck_assert(qc_commit(db));
    expect_int(SCALAR(db, SELECT(COUNT(Number_n))), 900);
    drop_numbers();
}

/* The row of number 500 cannot be had. In the order of the table: a sort would find out first. */
#define BROKEN_AT_500                                                                              \
    SELECT(Number_n, FUNC("abs", BIGINT, CASE(WHEN(EQ(Number_n, 500), INT64_MIN), ELSE(1))))

IN_SHOP(rows_before_an_error_are_handed_out)
{
    static const size_t sizes[] = {1, 100, 499, 500, 5000};
    make_numbers(1000);
    int64_t count = 0;
    STREAM(row, db, BROKEN_AT_500)
        ck_assert_int_eq(qc_row_int(row, 0), ++count);
    expect_failure(QC_ERROR_SERVER, "", __LINE__ - 2);
    ck_assert_int_eq(count, 499);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        count = 0;
        STREAM_CHUNKS(rows, db, sizes[i], BROKEN_AT_500)
            EACH(qc_row, row, rows)
                ck_assert_int_eq(qc_row_int(row, 0), ++count);
        expect_failure(QC_ERROR_SERVER, "", __LINE__ - 3);
        ck_assert_int_eq(count, 499);
        expect_int(SCALAR(db, SELECT(COUNT(Number_n))), 1000);
    }
    STREAM_CHUNKS(rows, db, 5000, BROKEN_AT_500) {
        ck_assert_uint_eq(qc_count(rows), 499);
        break;
    }
    drop_numbers();
}

IN_SHOP(rows_handled_before_an_error_stay_handled)
{
    qc_db *other = database == SQLITE_DATABASE ? NULL : database_open(database);
    make_numbers(600);
    int64_t handled = 0;
    STREAM(row, db, BROKEN_AT_500) {
        if (other)
            handled += EXEC(other, DELETE(Number).WHERE(EQ(Number_n, qc_row_int(row, 0))));
        else
            handled++;
    }
    expect_failure(QC_ERROR_SERVER, "", __LINE__ - 6);
    ck_assert_int_eq(handled, 499);
    const int64_t left = other ? SCALAR(other, SELECT(COUNT(Number_n))) : 101;
    ck_assert_int_eq(left, 101);
    qc_close(other);
    drop_numbers();
}

/* ---- Cursors. ---- */

IN_SHOP(a_cursor_reads_in_pieces)
{
    int64_t count = 0;
    make_numbers(1000);
    CURSOR(cursor, db, SELECT(Number).WHERE(GT(Number_n, 10)).ORDER_BY(Number_n)) {
        struct Number **rows;
        while ((rows = qc_cursor_next(cursor, 300))) {
            ck_assert_uint_eq(qc_count(rows), count == 900 ? 90 : 300);
            EACH(struct Number, row, rows)
                ck_assert_int_eq(row->n, ++count + 10);
            expect_int(SCALAR(db, SELECT(COUNT(Number_n))), 1000);
        }
        expect_ok();
    }
    expect_ok();
    ck_assert_int_eq(count, 990);
    ck_assert_int_eq(qc_depth(db), 0);
    drop_numbers();
}

IN_SHOP(a_cursor_goes_back_and_forth)
{
    make_numbers(100);
    CURSOR(cursor, db, SELECT(Number).ORDER_BY(Number_n)) {
        ck_assert_int_eq(qc_cursor_move(cursor, 10), 10);
        ck_assert_int_eq(qc_cursor_next(cursor, 1)[0]->n, 11);
        struct Number **rows = qc_cursor_prior(cursor, 3);
        if (database == SQLITE_DATABASE) {
            ck_assert_ptr_null(rows);
            expect_failure(QC_ERROR_UNSUPPORTED, "forward only", __LINE__ - 3);
            break;
        }
        ck_assert_uint_eq(qc_count(rows), 3);
        ck_assert(rows[0]->n == 10 && rows[2]->n == 8);
        struct Number *last = qc_cursor_absolute(cursor, -1);
        ck_assert_int_eq(last->n, 100);
        struct Number *other = qc_cursor_absolute(cursor, 42);
        ck_assert_int_eq(other->n, 42);
        other = qc_cursor_absolute(cursor, 101);
        ck_assert_ptr_null(other);
        expect_ok();
        ck_assert_int_eq(qc_cursor_move(cursor, -1000), 100);
        rows = qc_cursor_next(cursor, INT32_MAX);
        ck_assert_uint_eq(qc_count(rows), 100);
        ck_assert_ptr_null(qc_cursor_next(cursor, 1));
        expect_ok();
        rows = qc_cursor_next(cursor, 0);
        expect_failure(QC_ERROR_VALUE, "1 row or more", __LINE__ - 1);
    }
    ck_assert_int_eq(qc_depth(db), 0);
    CURSOR(cursor, db, SELECT(Number)) {
        struct Number **rows = qc_cursor_next(cursor, INT64_C(1) << 40);
        ck_assert_ptr_null(rows);
        expect_failure(QC_ERROR_VALUE, "at most", __LINE__ - 2);
    }
    drop_numbers();
}

static int64_t second_of_cursor(void)
{
    CURSOR(cursor, db, SELECT(Number_n, Number_word).ORDER_BY(Number_n)) {
        qc_row **rows = qc_cursor_next(cursor, 2);
        return qc_row_int(rows[1], 0);
    }
    return 0;
}

IN_SHOP(cursors_and_transactions)
{
    make_numbers(100);
    ck_assert_int_eq(second_of_cursor(), 2);
    ck_assert_int_eq(qc_depth(db), 0);
    CURSOR(cursor, db, SELECT(Number)) {
        (void)cursor;
        int64_t count = EXEC(db, DELETE(Number).ALL_ROWS);
        ck_assert_int_eq(count, -1); /* it is READ ONLY */
    }
    expect_int(SCALAR(db, SELECT(COUNT(Number_n))), 100);
    TRANSACTION(db) {
        CURSOR(outer, db, SELECT(Number).ORDER_BY(Number_n)) {
            ck_assert_int_eq(qc_cursor_next(outer, 5)[4]->n, 5);
            CURSOR(inner, db, SELECT(Number).ORDER_BY(DESC(Number_n)))
                ck_assert_int_eq(qc_cursor_next(inner, 5)[4]->n, 96);
            expect_int(EXEC(db, DELETE(Number).WHERE(EQ(Number_n, 1))), 1);
            ck_assert_int_eq(qc_cursor_next(outer, 5)[4]->n, 10);
        }
    }
    expect_ok();
    expect_int(SCALAR(db, SELECT(COUNT(Number_n))), 99);
    CURSOR(cursor, db, DELETE(Number).ALL_ROWS)
        ck_abort_msg("%p", (void *)cursor.qc_cursor);
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_QUERY);
    drop_numbers();
}

/* What a savepoint took along must not be closed: that would fail the transaction around it. */
IN_SHOP(a_cursor_whose_savepoint_was_rolled_back)
{
    make_numbers(10);
    ck_assert(qc_begin(db));
    expect_int(EXEC(db, DELETE(Number).WHERE(EQ(Number_n, 1))), 1);
    ck_assert(qc_begin(db));
    CURSOR(cursor, db, SELECT(Number)) {
        ck_assert_ptr_nonnull(qc_cursor_next(cursor, 1));
        ck_assert(qc_rollback(db));
    }
    ck_assert(qc_commit(db));
    expect_int(SCALAR(db, SELECT(COUNT(Number_n))), 9);
    drop_numbers();
}

IN_SHOP(a_cursor_with_hold)
{
    make_numbers(100);
    CURSOR_WITH_HOLD(cursor, db, SELECT(Number).WHERE(LE(Number_n, 50)).ORDER_BY(Number_n)) {
        ck_assert_int_eq(qc_depth(db), 0);
        ck_assert_int_eq(qc_cursor_next(cursor, 5)[4]->n, 5);
        TRANSACTION(db)
            expect_int(EXEC(db, DELETE(Number).WHERE(EQ(Number_n, 100))), 1);
        ck_assert_int_eq(qc_cursor_next(cursor, 5)[4]->n, 10);
    }
    expect_ok();
    expect_int(SCALAR(db, SELECT(COUNT(Number_n))), 99);
    drop_numbers();
}

/* ---- Memory. ---- */

enum { SIDE = 1000, KIB = 1024, MIB = 1024 * KIB };

static size_t resident(void)
{
    unsigned long pages = 0, kept = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%lu %lu", &pages, &kept), 2);
    fclose(file);
    return kept * 4 * KIB;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
/* A sanitizer keeps what was freed for a while. */
enum { MOST_GROWTH = INT32_MAX };

static void limit_memory(void)
{
}
#else
enum { MOST_GROWTH = 16 * MIB };

/* What this process may map, from now on, is 64 MiB more than now. */
static void limit_memory(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    ck_assert_int_eq(fscanf(file, "%lu", &pages), 1);
    fclose(file);
    const rlim_t most = pages * 4 * KIB + 64 * MIB;
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &(struct rlimit){most, most}), 0);
}
#endif

/* SIDE * SIDE rows, or 50 of that. */
IN_SHOP(a_huge_result_in_little_memory)
{
    ALIAS(Number, other);
    ALIAS(Number, third);
    const int64_t times = long_tests() ? 50 : 1;
    int64_t count = 0, sum = 0, chunks = 0;
    make_numbers(SIDE);
    const size_t before = resident();
    size_t most = before;
    limit_memory();
    STREAM(row, db, SELECT(Number_n, other.word, third.n).CROSS_JOIN(other)
                        .JOIN(third, LE(third.n, times))) {
        count++;
        sum += qc_row_int(row, 0);
        if (count % 100000 == 0 && resident() > most)
            most = resident();
    }
    expect_ok();
    ck_assert_int_eq(count, times * SIDE * SIDE);
    ck_assert_int_eq(sum, times * SIDE * (SIDE * (SIDE + 1) / 2));
    STREAM_CHUNKS(rows, db, 5000, SELECT(Number_n, other.word).CROSS_JOIN(other)) {
        count -= (int64_t)qc_count(rows) * times;
        if (++chunks % 20 == 0 && resident() > most)
            most = resident();
    }
    expect_ok();
    ck_assert_int_eq(count, 0);
    ck_assert_uint_lt(most - before, MOST_GROWTH);
    drop_numbers();
}

/* ---- The suite. ---- */

Suite *streams_suite(void);
Suite *streams_suite(void)
{
    Suite *suite = suite_create("streams");
    TCase *tests = shop_case(suite);
    tcase_set_timeout(tests, long_tests() ? 600 : 60);
    ADD_IN_SHOP(tests, chunks_hold_up_to_so_many_rows);
    ADD_IN_SHOP(tests, chunks_of_other_rows);
    ADD_IN_SHOP(tests, chunks_left_early);
    ADD_IN_SHOP(tests, rows_before_an_error_are_handed_out);
    ADD_IN_SHOP(tests, rows_handled_before_an_error_stay_handled);
    ADD_IN_SHOP(tests, a_cursor_reads_in_pieces);
    ADD_IN_SHOP(tests, a_cursor_goes_back_and_forth);
    ADD_IN_SHOP(tests, cursors_and_transactions);
    ADD_IN_SHOP(tests, a_cursor_whose_savepoint_was_rolled_back);
    ADD_IN_SHOP(tests, a_cursor_with_hold);
    ADD_IN_SHOP(tests, a_huge_result_in_little_memory);
    return suite;
}
