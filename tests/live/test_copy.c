/* COPY_IN and COPY_OUT on both databases: every type there and back, all or nothing, and what makes
 * them fail. */
#include "shop.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

MODEL(Every, "every_type",
    COLUMN(id, BIGINT, PRIMARY_KEY),
    COLUMN(yes, BOOLEAN),
    COLUMN(small, SMALLINT),
    COLUMN(medium, NULLABLE(INTEGER)),
    COLUMN(exact, NUMERIC(20, 6)),
    COLUMN(single, REAL),
    COLUMN(floating, NULLABLE(DOUBLE)),
    COLUMN(word, NULLABLE(TEXT)),
    COLUMN(bytes, NULLABLE(BYTEA)),
    COLUMN(day, NULLABLE(DATE)),
    COLUMN(hour, NULLABLE(TIME)),
    COLUMN(at, TIMESTAMP),
    COLUMN(zoned, NULLABLE(TIMESTAMPTZ)),
    COLUMN(code, NULLABLE(UUID)),
    COLUMN(document, NULLABLE(JSONB)))

MODEL(Item, "copied_items",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(name, VARCHAR(40), UNIQUE),
    COLUMN(amount, NUMERIC(10, 2), DEFAULT("1.50")),
    COLUMN(size, NULLABLE(INTEGER), DEFAULT(7)),
    COLUMN(ratio, NULLABLE(DOUBLE), DEFAULT(0.25)),
    COLUMN(day, NULLABLE(DATE), DEFAULT("2024-01-31")),
    COLUMN(code, NULLABLE(UUID), DEFAULT("00112233-4455-6677-8899-aabbccddeeff")),
    COLUMN(made, TIMESTAMPTZ, SERVER_DEFAULT("now()")))

SCHEMA(copied, Every, Item)

static void begin_copies(void)
{
    ck_assert(qc_drop_all(db, &copied) && qc_create_all(db, &copied));
}

static void end_copies(void)
{
    ck_assert(qc_drop_all(db, &copied));
}

static int64_t items(void)
{
    const int64_t count = SCALAR(db, SELECT(COUNT(Item_id)));
    if (!qc_ok(db))
        database_fail(db, "count");
    return count;
}

/* ---- There and back. ---- */

static const struct Every samples[] = {
    {.id = 1,
     .yes = true,
     .small = INT16_MIN,
     .medium = {true, INT32_MAX},
     .exact = {"12345678901234.567891"},
     .single = FLT_MAX,
     .floating = {true, -DBL_MIN},
     .word = "\xE2\x82\xAC \"quoted\" \\N \t",
     .bytes = {"\0\1\377", 3},
     .day = {true, {INT32_MAX}},
     .hour = {true, {INT64_C(86399999999)}},
     .at = {INT64_C(-63113904000000000)},
     .zoned = {true, {INT64_MIN}},
     .code = {true, {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 255}}},
     .document = "{\"a\": [1, null]}"},
    {.id = INT64_MIN, .exact = {"0.000000"}, .word = "", .bytes = {"", 0}},
    {.id = INT64_MAX, .small = -1, .exact = {"-0.500000"}},
};
enum { SAMPLES = sizeof(samples) / sizeof(samples[0]) };

static void expect_text_or_null(const char *got, const char *expected)
{
    if (expected)
        ck_assert_str_eq(got, expected);
    else
        ck_assert_ptr_null(got);
}

static void expect_every(const struct Every *got, const struct Every *sent)
{
    ck_assert_int_eq(got->id, sent->id);
    ck_assert(got->yes == sent->yes && got->small == sent->small);
    ck_assert(got->medium.set == sent->medium.set && got->medium.value == sent->medium.value);
    ck_assert_str_eq(got->exact.text, sent->exact.text);
    ck_assert(memcmp(&got->single, &sent->single, sizeof(float)) == 0);
    ck_assert(got->floating.set == sent->floating.set);
    ck_assert(memcmp(&got->floating.value, &sent->floating.value, sizeof(double)) == 0);
    expect_text_or_null(got->word, sent->word);
    ck_assert_uint_eq(got->bytes.size, sent->bytes.size);
    ck_assert(!got->bytes.data == !sent->bytes.data);
    ck_assert(!sent->bytes.size || !memcmp(got->bytes.data, sent->bytes.data, sent->bytes.size));
    ck_assert(got->day.set == sent->day.set && got->day.value.days == sent->day.value.days);
    ck_assert(got->hour.value.microseconds == sent->hour.value.microseconds);
    ck_assert(got->at.microseconds == sent->at.microseconds);
    ck_assert(got->zoned.value.microseconds == sent->zoned.value.microseconds);
    ck_assert(got->code.set == sent->code.set);
    ck_assert(memcmp(&got->code.value, &sent->code.value, 16) == 0);
    expect_text_or_null(got->document, sent->document);
}

IN_SHOP(every_type_there_and_back)
{
    begin_copies();
    COPY_IN(db, Every, writer)
        for (int i = 0; i < SAMPLES; i++)
            ck_assert(qc_copy_put(writer, &samples[i]));
    expect_ok();
    ck_assert_int_eq(qc_copy_rows(db), SAMPLES);
    static const int order[] = {1, 0, 2};
    int count = 0;
    COPY_OUT(row, db, SELECT(Every).ORDER_BY(Every_id))
        expect_every(row, &samples[order[count++]]);
    expect_ok();
    ck_assert_int_eq(count, SAMPLES);
    end_copies();
}

/* Several chunks. */
IN_SHOP(many_rows)
{
    enum { MANY = 30000 };
    char names[MANY][24];
    struct Item *rows = calloc(MANY, sizeof(*rows));
    begin_copies();
    for (int i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof(names[i]), "item %d", i);
        rows[i].name = names[i];
    }
    COPY_IN(db, Item, writer) {
        ck_assert(qc_copy_put_all(writer, rows, MANY / 2));
        ck_assert_int_eq(qc_copy_rows(db), MANY / 2);
        ck_assert(qc_copy_put_all(writer, rows + MANY / 2, MANY - MANY / 2));
    }
    expect_ok();
    ck_assert_int_eq(qc_copy_rows(db), MANY);
    int64_t count = 0;
    COPY_OUT(row, db, SELECT(Item_id, Item_name).ORDER_BY(Item_id)) {
        ck_assert_str_eq(qc_row_text(row, 1), names[count]);
        ck_assert_int_eq(qc_row_int(row, 0), ++count);
    }
    expect_ok();
    ck_assert_int_eq(count, MANY);
    free(rows);
    end_copies();
}

/* ---- Columns. ---- */

static void expect_default_item(const struct Item *item)
{
    ck_assert_str_eq(item->amount.text, "1.50");
    ck_assert(item->size.set && item->size.value == 7);
    ck_assert(item->ratio.set && item->ratio.value == 0.25);
    ck_assert(item->day.set && item->day.value.days == qc_date_of(2024, 1, 31).days);
    ck_assert(item->code.set && item->code.value.bytes[15] == 0xFF);
    ck_assert_int_gt(item->made.microseconds, qc_timestamp_of(2024, 1, 1, 0, 0, 0).microseconds);
}

IN_SHOP(what_is_unset_takes_its_default)
{
    begin_copies();
    COPY_IN(db, Item, writer) {
        qc_copy_put(writer, &(struct Item){.id = 0, .name = "plain"});
        qc_copy_put(writer, &(struct Item){.name = "own", .size = {true, 9}, .amount = {"3"}});
    }
    expect_ok();
    expect_default_item(ONE(db, SELECT(Item).WHERE(EQ(Item_name, "plain"))));
    struct Item *own = ONE(db, SELECT(Item).WHERE(EQ(Item_name, "own")));
    ck_assert_str_eq(own->amount.text, "3.00");
    ck_assert(own->size.value == 9 && own->ratio.value == 0.25);
    ck_assert_int_eq(own->id, 2);
    COPY_IN(db, Item, writer)
        qc_copy_put(writer, (&(struct Item){.id = 77, .name = "numbered"}));
    expect_int(SCALAR(db, SELECT(Item_id).WHERE(EQ(Item_name, "numbered"))), 77);
    end_copies();
}

IN_SHOP(rows_that_set_other_columns_than_the_first)
{
    begin_copies();
    COPY_IN(db, Item, writer) {
        ck_assert(qc_copy_put(writer, (&(struct Item){.name = "a"})));
        ck_assert(!qc_copy_put(writer, (&(struct Item){.id = 5, .name = "b"})));
        expect_failure(QC_ERROR_VALUE, "copied_items.id is set in row 2", __LINE__ - 3);
    }
    expect_failure(QC_ERROR_VALUE, "copied_items.id is set in row 2", __LINE__ - 5);
    ck_assert_int_eq(qc_copy_rows(db), -1);
    ck_assert_int_eq(items(), 0);
    COPY_IN(db, Item, writer, Item_id, Item_name, Item_amount) {
        qc_copy_put(writer, (&(struct Item){.id = 4, .name = "a"}));
        qc_copy_put(writer, (&(struct Item){.id = 5, .name = "b"}));
    }
    ck_assert_int_eq(items(), 2);
    end_copies();
}

IN_SHOP(listed_columns_alone_are_written)
{
    begin_copies();
    COPY_IN(db, Item, writer, Item_name)
        qc_copy_put(writer, (&(struct Item){.id = 50, .name = "x", .amount = {"9"}}));
    if (database == POSTGRESQL_DATABASE)
        expect_failure(QC_ERROR_SERVER, "", __LINE__ - 3); /* amount is NOT NULL */
    COPY_IN(db, Item, writer, Item_name, Item_amount)
        qc_copy_put(writer, (&(struct Item){.id = 50, .name = "y", .amount = {"9"}}));
    expect_ok();
    struct Item *item = ONE(db, SELECT(Item).WHERE(EQ(Item_name, "y")));
    ck_assert_int_ne(item->id, 50);
    ck_assert(!item->size.set);
    COPY_IN(db, Item, writer, Item_name, Customer_name)
        ck_abort_msg("%p", (void *)writer.qc_copy);
    expect_failure(QC_ERROR_QUERY, "no column of Item", __LINE__ - 2);
    COPY_IN(db, Item, writer, Item_name, Item_name)
        ck_abort_msg("%p", (void *)writer.qc_copy);
    expect_failure(QC_ERROR_QUERY, "twice", __LINE__ - 2);
    end_copies();
}

static void expect_no_copy(const struct Item *item, const char *column, const char *words)
{
    COPY_IN(db, Item, writer, Item_name, Item_amount) {
        ck_assert(qc_copy_put(writer, (&(struct Item){.name = "good", .amount = {"1"}})));
        ck_assert(!qc_copy_put(writer, item));
        expect_failure(QC_ERROR_VALUE, words, __LINE__ - 3);
        ck_assert_str_eq(qc_error(db)->column, column);
    }
    ck_assert_int_eq(items(), 0);
}

IN_SHOP(what_is_no_value_is_named)
{
    char *long_number = malloc(140001);
    ck_assert_ptr_nonnull(long_number);
    memset(long_number, '9', 140000);
    long_number[140000] = '\0';
    begin_copies();
    expect_no_copy(&(struct Item){.name = "\xFF", .amount = {"1"}}, "name",
                   "copied_items.name in row 2: the text is not UTF-8");
    expect_no_copy(&(struct Item){.name = "n", .amount = {"one"}}, "amount",
                   "copied_items.amount in row 2: the text is not a NUMERIC");
    expect_no_copy(&(struct Item){.name = "n", .amount = {"1e5"}}, "amount",
                   "copied_items.amount in row 2: the text is not a NUMERIC");
    expect_no_copy(&(struct Item){.name = "n", .amount = {long_number}}, "amount",
                   "copied_items.amount in row 2: the number has more digits than NUMERIC holds");
    end_copies();
    free(long_number);
}

/* ---- All or nothing. ---- */

static void copy_and_return(int count)
{
    COPY_IN(db, Item, writer)
        for (int i = 0; i < 10; i++) {
            char name[16];
            snprintf(name, sizeof(name), "n%d", i);
            qc_copy_put(writer, (&(struct Item){.name = name}));
            if (i == count)
                return;
        }
}

IN_SHOP(a_copy_left_early_stores_nothing)
{
    begin_copies();
    copy_and_return(5);
    expect_failure(QC_ERROR_SERVER, "left before its end", 0);
    ck_assert_int_eq(qc_copy_rows(db), -1);
    ck_assert_int_eq(items(), 0);
    COPY_IN(db, Item, writer) {
        qc_copy_put(writer, (&(struct Item){.name = "x"}));
        break;
    }
    ck_assert_int_eq(items(), 0);
    COPY_IN(db, Item, writer) {
        qc_copy_put(writer, (&(struct Item){.name = "x"}));
        goto out;
    }
out:
    ck_assert_int_eq(items(), 0);
    COPY_IN(db, Item, writer)
        (void)writer;
    expect_ok();
    ck_assert_int_eq(qc_copy_rows(db), 0);
    copy_and_return(50);
    expect_ok();
    ck_assert_int_eq(items(), 10);
    COPY_IN(db, Item, writer) {
        qc_copy_put(writer, (&(struct Item){.name = "continued"}));
        continue;
    }
    ck_assert_int_eq(items(), 11);
    end_copies();
}

static int64_t copy_with_bad(const struct Item *bad)
{
    COPY_IN(db, Item, writer) {
        ck_assert(qc_copy_put(writer, (&(struct Item){.name = "good"})));
        qc_copy_put(writer, bad);
        qc_copy_put(writer, (&(struct Item){.name = "late"}));
    }
    return qc_copy_rows(db);
}

IN_SHOP(a_bad_value_is_an_error_of_its_row)
{
    begin_copies();
    ck_assert_int_eq(copy_with_bad(&(struct Item){.name = "\xC0\xA7"}), -1);
    expect_failure(QC_ERROR_VALUE, "row 2", 0);
    ck_assert_ptr_nonnull(strstr(qc_error(db)->message, "UTF-8"));
    ck_assert_int_eq(copy_with_bad(NULL), -1);
    expect_failure(QC_ERROR_MISUSE, "the row is NULL", 0);
    ck_assert_int_eq(copy_with_bad(&(struct Item){.name = "n", .amount = {"1.2.3"}}), -1);
    expect_failure(QC_ERROR_VALUE, "row 2", 0);
    char digits[140000];
    memset(digits, '9', sizeof(digits));
    digits[sizeof(digits) - 1] = '\0';
    ck_assert_int_eq(copy_with_bad(&(struct Item){.name = "n", .amount = {digits}}), -1);
    expect_failure(QC_ERROR_VALUE, "row 2", 0);
    ck_assert_ptr_nonnull(strstr(qc_error(db)->file, "test_copy"));
    ck_assert_int_eq(items(), 0);
    end_copies();
}

IN_SHOP(a_refusal_of_the_database)
{
    begin_copies();
    ck_assert_int_eq(copy_with_bad(&(struct Item){.name = "good"}), -1);
    expect_failure(QC_ERROR_SERVER, "", 0);
    ck_assert_str_eq(qc_error(db)->sqlstate, "23505");
    ck_assert_int_eq(items(), 0);
    bool good = true;
    int64_t put = 0;
    COPY_IN(db, Item, writer)
        for (; good && put < 100000; put++)
            good = qc_copy_put(writer, (&(struct Item){.name = "same"}));
    ck_assert_str_eq(qc_error(db)->sqlstate, "23505");
    ck_assert_int_eq(items(), 0);
    database_run(db, "DROP TABLE copied_items");
    COPY_IN(db, Item, writer)
        ck_assert(!qc_copy_put(writer, (&(struct Item){.name = "x"})));
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_SERVER);
    end_copies();
}

IN_SHOP(a_copy_in_a_transaction)
{
    begin_copies();
    ck_assert(qc_begin(db));
    copy_and_return(50);
    ck_assert_int_eq(items(), 10);
    ck_assert(qc_rollback(db));
    ck_assert_int_eq(items(), 0);
    ck_assert(qc_begin(db));
    copy_and_return(50);
    ck_assert(qc_commit(db));
    ck_assert_int_eq(items(), 10);
    end_copies();
}

IN_SHOP(a_copy_that_fails_fails_the_transaction_around_it)
{
    begin_copies();
    for (int way = 0; way < 3; way++) {
        ck_assert(qc_begin(db));
        expect_int(EXEC(db, INSERT(Item).SET(Item_name, "before")), 1);
        if (way == 0)
            copy_and_return(5);
        else
            copy_with_bad(&(struct Item){.name = way == 1 ? "\xC0" : "before"});
        ck_assert_int_eq(qc_copy_rows(db), -1);
        EXEC(db, INSERT(Item).SET(Item_name, "after"));
        ck_assert_str_eq(qc_error(db)->sqlstate, "25P02");
        ck_assert(!qc_commit(db));
        ck_assert_int_eq(items(), 0);
    }
    end_copies();
}

IN_SHOP(the_connection_is_busy_meanwhile)
{
    begin_copies();
    COPY_IN(db, Item, writer) {
        qc_copy_put(writer, (&(struct Item){.name = "x"}));
        struct Item *item = FIRST(db, SELECT(Item));
        ck_assert_ptr_null(item);
        expect_failure(QC_ERROR_MISUSE, "busy with the COPY_IN", __LINE__ - 2);
    }
    expect_ok();
    COPY_OUT(row, db, SELECT(Item)) {
        struct Item *item = FIRST(db, SELECT(Item));
        ck_assert_ptr_null(item);
        expect_failure(QC_ERROR_MISUSE, "busy with the COPY_OUT", __LINE__ - 2);
        ck_assert_str_eq(row->name, "x");
    }
    ck_assert_int_eq(items(), 1);
    end_copies();
    qc_db *kept = db;
    db = NULL;
    COPY_IN(db, Item, writer)
        ck_abort_msg("%p", (void *)writer.qc_copy);
    COPY_OUT(row, db, SELECT(Item))
        ck_abort_msg("%p", (void *)row);
    db = kept;
}

/* ---- Out. ---- */

RECORD(Summary, COLUMN(city, NULLABLE(TEXT)), COLUMN(count, BIGINT), ENTITY(card, Card))

static const char *first_name(void)
{
    static char name[41];
    COPY_OUT(row, db, SELECT(Customer).ORDER_BY(Customer_id))
        return strcpy(name, row->name);
    return NULL;
}

IN_SHOP(copy_out_of_records_and_expressions)
{
    int rows = 0;
    COPY_OUT(row, db, SELECT_AS(Summary, Customer_city, Customer_id, Card).LEFT_JOIN(Customer_card)
                          .ORDER_BY(Customer_id)) {
        ck_assert_int_eq(row->count, ++rows);
        ck_assert(!row->card == (rows % 2 == 0));
        ck_assert(!row->card || row->card->points == (rows == 1 ? 100 : -5));
        ck_assert(!row->city == (rows == 3));
    }
    expect_ok();
    ck_assert_int_eq(rows, 4);
    COPY_OUT(row, db, SELECT(COUNT(Customer_id)))
        ck_assert_int_eq(qc_row_int(row, 0), 4);
    COPY_OUT(row, db, SELECT(Customer).WHERE(IS_NULL(Customer_name)))
        ck_abort_msg("%s", row->name);
    expect_ok();
}

IN_SHOP(copy_out_left_early)
{
    for (int i = 0; i < 10; i++)
        ck_assert_str_eq(first_name(), "ann");
    ck_assert(qc_begin(db));
    expect_int(EXEC(db, DELETE(Card).ALL_ROWS), 2);
    ck_assert_str_eq(first_name(), "ann");
    ck_assert(qc_commit(db));
    expect_int(SCALAR(db, SELECT(COUNT(Card_points))), 0);
    ck_assert(!qc_commit(db)); /* the transaction of COPY_OUT is over */
}

IN_SHOP(copy_out_refuses)
{
    COPY_OUT(row, db, SELECT(Customer).WHERE(EQ(Customer_id, 7)))
        ck_abort_msg("%s", row->name);
    expect_failure(QC_ERROR_QUERY, "COPY takes no values, and this query has 1; use STREAM",
                   __LINE__ - 3);
    COPY_OUT(row, db, INSERT(Card).SET(Card_points, 1))
        ck_abort_msg("%d", row->points);
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_QUERY);
    int rows = 0;
    COPY_OUT(row, db, SELECT(DIV(Sale_qty, SUB(Sale_qty, Sale_qty))))
        rows += qc_row_size(row) == 1;
    if (database == POSTGRESQL_DATABASE) {
        ck_assert_int_eq(rows, 0);
        ck_assert_str_eq(qc_error(db)->sqlstate, "22012");
    }
    expect_int(SCALAR(db, SELECT(COUNT(Customer_id))), 4);
    ck_assert(qc_begin(db) && qc_rollback(db));
}

/* ---- Links that break, and a server that is told. PostgreSQL alone. ---- */

static void kill_backend(int64_t pid)
{
    qc_db *other = database_open(POSTGRESQL_DATABASE);
    const bool killed = SCALAR(other, SELECT(FUNC("pg_terminate_backend", BOOLEAN, (int)pid)));
    ck_assert(killed);
    qc_close(other);
}

/* Wherever the link breaks, nothing is stored and nothing says so. */
START_TEST(lost_in_the_middle)
{
    shop_open(POSTGRESQL_DATABASE);
    begin_copies();
    qc_db *observer = database_open(POSTGRESQL_DATABASE);
    const int64_t pid = SCALAR(db, SELECT(FUNC("pg_backend_pid", INTEGER)));
    const int64_t at = _i * 5000;
    char name[32];
    bool good = true;
    int64_t i = 0;
    COPY_IN(db, Item, writer)
        for (; i < 30000 || (good && i < 10000000); i++) {
            snprintf(name, sizeof(name), "n%lld", (long long)i);
            good = qc_copy_put(writer, (&(struct Item){.name = name}));
            if (i == at)
                kill_backend(pid);
        }
    ck_assert(!good && i < 10000000);
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_DISCONNECTED);
    ck_assert_int_eq(qc_copy_rows(db), -1);
    const int64_t stored = SCALAR(observer, SELECT(COUNT(Item_id)));
    ck_assert_int_eq(stored, 0);
    qc_close(db);
    db = observer;
    end_copies();
    shop_close();
}
END_TEST

/* BIGINT and DOUBLE take eight bytes each. */
START_TEST(other_types_than_the_model_says)
{
    shop_open(POSTGRESQL_DATABASE);
    begin_copies();
    database_run(db, "ALTER TABLE every_type ALTER floating TYPE bigint");
    COPY_IN(db, Every, writer)
        qc_copy_put(writer, &samples[1]);
    COPY_OUT(row, db, SELECT(Every_id, Every_floating))
        ck_assert(qc_row_is_null(row, 1));
    expect_ok();
    database_run(db, "ALTER TABLE every_type ALTER floating TYPE text");
    COPY_OUT(row, db, SELECT(Every_id, Every_floating))
        ck_abort_msg("%p", (void *)row);
    expect_failure(QC_ERROR_DECODE, "floating", __LINE__ - 2);
    ck_assert(qc_begin(db) && qc_rollback(db));
    end_copies();
    shop_close();
}
END_TEST

/* ---- The suite. ---- */

Suite *copy_suite(void);
Suite *copy_suite(void)
{
    Suite *suite = suite_create("copy");
    TCase *tests = shop_case(suite);
    ADD_IN_SHOP(tests, every_type_there_and_back);
    ADD_IN_SHOP(tests, many_rows);
    ADD_IN_SHOP(tests, what_is_unset_takes_its_default);
    ADD_IN_SHOP(tests, rows_that_set_other_columns_than_the_first);
    ADD_IN_SHOP(tests, listed_columns_alone_are_written);
    ADD_IN_SHOP(tests, what_is_no_value_is_named);
    ADD_IN_SHOP(tests, a_copy_left_early_stores_nothing);
    ADD_IN_SHOP(tests, a_bad_value_is_an_error_of_its_row);
    ADD_IN_SHOP(tests, a_refusal_of_the_database);
    ADD_IN_SHOP(tests, a_copy_in_a_transaction);
    ADD_IN_SHOP(tests, a_copy_that_fails_fails_the_transaction_around_it);
    ADD_IN_SHOP(tests, the_connection_is_busy_meanwhile);
    ADD_IN_SHOP(tests, copy_out_of_records_and_expressions);
    ADD_IN_SHOP(tests, copy_out_left_early);
    ADD_IN_SHOP(tests, copy_out_refuses);
    tcase_add_loop_test(tests, lost_in_the_middle, 0, 5);
    tcase_add_test(tests, other_types_than_the_model_says);
    return suite;
}
