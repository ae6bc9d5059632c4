/* BUDGET and DETECT_N_PLUS_ONE on both databases. */
#include "shop.h"

#include <stdio.h>
#include <string.h>

/* The sentence with both lines. */
static void expect_refused(int64_t limit, const char *what, int budget, int line)
{
    char sentence[256];
    snprintf(sentence, sizeof(sentence), "test_budgets.c:%d goes beyond the %lld %s that the BUDGET",
             line, (long long)limit, what);
    expect_failure(QC_ERROR_BUDGET, sentence, line);
    snprintf(sentence, sizeof(sentence), "test_budgets.c:%d allows", budget);
    expect_failure(QC_ERROR_BUDGET, sentence, line);
}

/* Statements the database got. */
static void count_statement(const qc_event *event, void *data)
{
    if (event->rows >= 0)
        ++*(int *)data;
}

IN_SHOP(statements_beyond_are_not_sent)
{
    static int sent;
    sent = 0;
    qc_set_hook(db, QC_ON(STATEMENT), count_statement, &sent);
    const int line = __LINE__ + 1;
    BUDGET(db, .statements = 2) {
        for (int i = 0; i < 2; i++) {
            ALL(db, SELECT(Customer));
            expect_ok();
        }
        ck_assert_ptr_null(ALL(db, SELECT(Customer)));
        expect_refused(2, "statements", line, __LINE__ - 1);
        ck_assert_int_eq(EXEC(db, DELETE(Sale).ALL_ROWS), -1);
        expect_refused(2, "statements", line, __LINE__ - 1);
    }
    ck_assert_int_eq(sent, 2);
    expect_int(SCALAR(db, SELECT(COUNT(Sale_id))), 4);
}

IN_SHOP(every_way_of_a_statement_counts)
{
    struct Sale *sale = NULL;
    struct Tag tag = {.id = 7, .word = "x"};
    const int line = __LINE__ + 1;
    BUDGET(db, .statements = 6) {
        EXEC(db, UPDATE(Sale).SET(Sale_qty, 9).WHERE(EQ(Sale_id, 1)));
        expect_int(SCALAR(db, SELECT(COUNT(Sale_id))), 4);
        PIPELINE(db) QUEUE_FIRST(db, &sale, SELECT(Sale).WHERE(EQ(Sale_id, 1)));
        STREAM (each, db, SELECT(Tag))
            ck_assert_int_gt(each->id, 0);
        EXEC(db, INSERT_ROW(Tag, &tag));
        ck_assert(qc_execute(db, "DELETE FROM tags WHERE id = 7"));
        expect_ok();
        PIPELINE(db) QUEUE_FIRST(db, &sale, SELECT(Sale));
        expect_refused(6, "statements", line, __LINE__ - 1);
        ck_assert_ptr_null(sale);
        ck_assert(!qc_execute(db, "DELETE FROM tags"));
        expect_failure(QC_ERROR_BUDGET, "goes beyond the 6 statements", 0);
    }
    expect_int(SCALAR(db, SELECT(COUNT(Tag_id))), 2);
}

IN_SHOP(rows_beyond_are_not_given)
{
    const int line = __LINE__ + 1;
    BUDGET(db, .rows = 5) {
        ck_assert_uint_eq(qc_count(ALL(db, SELECT(Customer))), 4);
        FIRST(db, SELECT(Sale));
        expect_ok();
        ck_assert_ptr_null(ALL(db, SELECT(Sale)));
        expect_refused(5, "rows", line, __LINE__ - 1);
    }
    BUDGET(db, .rows = 2) {
        struct Sale **sales = NULL;
        PIPELINE(db) QUEUE_ALL(db, &sales, SELECT(Sale));
        expect_refused(2, "rows", line + 7, __LINE__ - 1);
        ck_assert_ptr_null(sales);
    }
    int seen = 0;
    BUDGET(db, .rows = 2)
        STREAM (sale, db, SELECT(Sale))
            seen += sale->id > 0;
    expect_failure(QC_ERROR_BUDGET, "goes beyond the 2 rows", 0);
    ck_assert_int_eq(seen, 2);
}

IN_SHOP(a_write_is_done_and_counts)
{
    BUDGET(db, .rows = 2) {
        struct Sale **sales = ALL(db, UPDATE(Sale).SET(Sale_qty, 3).ALL_ROWS.RETURNING());
        expect_ok();
        ck_assert_uint_eq(qc_count(sales), 4);
        ck_assert_ptr_null(FIRST(db, SELECT(Sale)));
        expect_failure(QC_ERROR_BUDGET, "goes beyond the 2 rows", __LINE__ - 1);
    }
}

/* A struct and "new", and a struct and "loyal", whatever the driver does with its texts. */
IN_SHOP(bytes_are_those_of_structs_and_texts)
{
    const int64_t size = 2 * (int64_t)sizeof(struct Tag) + 8;
    BUDGET(db, .bytes = size) {
        ck_assert_uint_eq(qc_count(ALL(db, SELECT(Tag))), 2);
        expect_ok();
    }
    const int line = __LINE__ + 1;
    BUDGET(db, .bytes = size - 1) {
        ck_assert_ptr_null(ALL(db, SELECT(Tag)));
        expect_refused(size - 1, "bytes of rows", line, __LINE__ - 1);
    }
}

IN_SHOP(budgets_nest)
{
    const int line = __LINE__ + 1;
    BUDGET(db, .statements = 3) {
        BUDGET(db, .statements = 1) {
            FIRST(db, SELECT(Tag));
            expect_ok();
            ck_assert_ptr_null(FIRST(db, SELECT(Tag)));
            expect_refused(1, "statement", line + 1, __LINE__ - 1);
        }
        for (int i = 0; i < 2; i++)
            BUDGET(db, .statements = 9, .rows = 9) {
                FIRST(db, SELECT(Tag));
                expect_ok();
                continue;
            }
        ck_assert_ptr_null(FIRST(db, SELECT(Tag)));
        expect_refused(3, "statements", line, __LINE__ - 1);
    }
    FIRST(db, SELECT(Tag));
    expect_ok();
}

static int leave_early(void)
{
    BUDGET(db, .statements = 1)
        return 1;
    return 0;
}

IN_SHOP(a_budget_ends_however_it_is_left)
{
    ck_assert_int_eq(leave_early(), 1);
    for (int i = 0; i < 3; i++) {
        BUDGET(db, .statements = 1) {
            FIRST(db, SELECT(Tag));
            expect_ok();
            break;
        }
    }
    FIRST(db, SELECT(Tag));
    expect_ok();
}

IN_SHOP(a_refused_statement_fails_its_transaction)
{
    BUDGET(db, .statements = 1)
        TRANSACTION(db) {
            EXEC(db, DELETE(Sale).ALL_ROWS);
            expect_ok();
            EXEC(db, DELETE(Card).ALL_ROWS);
        }
    expect_failure(QC_ERROR_BUDGET, "goes beyond the 1 statement that", 0);
    expect_int(SCALAR(db, SELECT(COUNT(Sale_id))), 4);
}

IN_SHOP(a_connection_may_be_closed_inside)
{
    qc_engine *engine = qc_engine_open(database_url(database), NULL);
    ck_assert_ptr_nonnull(engine);
    qc_db *other = qc_checkout(engine);
    ck_assert_ptr_nonnull(other);
    BUDGET(other, .statements = 1, .alike = 1) {
        ck_assert(qc_execute(other, "SELECT 1"));
        qc_checkin(other);
        other = qc_checkout(engine);
        ck_assert(qc_execute(other, "SELECT 1"));
        ck_assert(qc_execute(other, "SELECT 1"));
    }
    qc_close(other);
    qc_engine_close(engine);
}

IN_SHOP(loaders_and_flushes_count)
{
    ck_assert(qc_session_start(db, NULL));
    BUDGET(db, .statements = 2) {
        ck_assert_ptr_nonnull(ALL(db, SELECT(Customer).LOAD(SELECTIN(Customer_sales))));
        struct Customer *ann = GET(db, Customer, 1);
        ann->city = "Pisa";
        ck_assert(!qc_flush(db));
        expect_failure(QC_ERROR_BUDGET, "goes beyond the 2 statements", __LINE__ - 1);
        ck_assert(qc_is_dirty(db, ann));
    }
    ck_assert(qc_flush(db));
    BUDGET(db, .statements = 2) {
        struct Customer **all =
            ALL(db, SELECT(Customer).LOAD(SELECTIN(Customer_tags), SELECTIN(Customer_card)));
        ck_assert_ptr_null(all);
        expect_failure(QC_ERROR_BUDGET, "goes beyond the 2 statements", __LINE__ - 2);
    }
    qc_session_stop(db);
}

/* ---- What repeats. ---- */

typedef struct heard {
    int count, line;
    int64_t rows;
    char text[512], sql[512];
} heard;

static void hear(const qc_event *event, void *data)
{
    heard *to = data;
    to->count++;
    to->line = event->site->line;
    to->rows = event->rows;
    snprintf(to->text, sizeof(to->text), "%s", event->warning);
    snprintf(to->sql, sizeof(to->sql), "%s", event->sql);
}

static heard last;

static void listen(void)
{
    last = (heard){.count = 0};
    qc_set_hook(db, QC_ON(N_PLUS_ONE), hear, &last);
}

static void expect_heard(int count, int line, const char *advice)
{
    char text[512];
    ck_assert_int_eq(last.count, 1);
    ck_assert_int_eq(last.line, line);
    ck_assert_int_eq(last.rows, count);
    snprintf(text, sizeof(text), "test_budgets.c:%d; %s", line, advice);
    ck_assert_msg(strstr(last.text, text), "%s", last.text);
    snprintf(text, sizeof(text), "%d statements alike from ", count);
    ck_assert_msg(strncmp(last.text, text, strlen(text)) == 0, "%s", last.text);
}

IN_SHOP(a_loop_of_queries_is_told)
{
    listen();
    struct Customer **customers = ALL(db, SELECT(Customer));
    const int line = __LINE__ + 3;
    DETECT_N_PLUS_ONE(db, 4)
        EACH (struct Customer, customer, customers)
            ALL(db, SELECT(Sale).WHERE(EQ(Sale_customer_id, customer->id)));
    expect_heard(4, line, "add .LOAD(SELECTIN(Customer_sales))");
    ck_assert_ptr_nonnull(strstr(last.sql, "FROM sales"));
    DETECT_N_PLUS_ONE(db, 5)
        EACH (struct Customer, customer, customers)
            ALL(db, SELECT(Sale).WHERE(EQ(Sale_customer_id, customer->id)));
    ck_assert_int_eq(last.count, 1);
}

IN_SHOP(the_other_side_is_named)
{
    listen();
    int line = 0;
    DETECT_N_PLUS_ONE(db, 3) {
        struct Sale **sales = ALL(db, SELECT(Sale));
        line = __LINE__ + 2;
        EACH (struct Sale, sale, sales)
            ONE(db, SELECT(Customer).WHERE(EQ(Customer_id, sale->customer_id)));
    }
    expect_heard(4, line, "add .LOAD(SELECTIN(Sale_customer))");
    DETECT_N_PLUS_ONE(db, 3) {
        struct Customer **customers = ALL(db, SELECT(Customer));
        line = __LINE__ + 2;
        EACH (struct Customer, customer, customers)
            FIRST(db, SELECT(Card).WHERE(EQ(Card_customer_id, customer->id)));
    }
    last.count = 1;
    expect_heard(4, line, "add .LOAD(SELECTIN(Customer_card))");
    DETECT_N_PLUS_ONE(db, 3) {
        struct Customer **customers = ALL(db, SELECT(Customer));
        EACH (struct Customer, customer, customers) {
            qc_bool tied = EQ(CustomerTag_tag_id, Tag_id);
            qc_bool of_customer = EQ(CustomerTag_customer_id, customer->id);
            line = __LINE__ + 1; /* of a query in several lines gcc and clang count another one */
            ALL(db, SELECT(Tag).JOIN(CustomerTag, tied).WHERE(of_customer));
        }
    }
    last.count = 1;
    expect_heard(4, line, "add .LOAD(SELECTIN(Customer_tags))");
}

/* Nothing was fetched before: the columns themselves say what they belong to. */
IN_SHOP(advice_fits_what_is_compared)
{
    static const char sales[] = "add .LOAD(SELECTIN(Customer_sales))",
                      one[] = "one query for all of them would do";
    ALIAS(Sale, other);
    listen();
#define ADVISED(advice, ...)                                                                       \
    do {                                                                                           \
        last.count = 0;                                                                            \
        DETECT_N_PLUS_ONE(db, 3)                                                                   \
        for (int i = 1; i <= 3; i++)                                                               \
            ALL(db, __VA_ARGS__);                                                                  \
        expect_heard(3, __LINE__, advice);                                                         \
    } while (0)
    ADVISED(sales, SELECT(Sale).WHERE(EQ(Sale_customer_id, i)));
    ADVISED(sales, SELECT(Sale).WHERE(EQ(VALUE(i), Sale_customer_id)));
    ADVISED(sales, SELECT(Sale).WHERE(AND(GT(Sale_qty, 0), EQ(Sale_customer_id, i))));
    ADVISED(sales, SELECT(Sale).WHERE(GT(Sale_qty, 0)).WHERE(EQ(Sale_customer_id, i)));
    ADVISED(sales, SELECT(other).WHERE(EQ(other.customer_id, i)));
    ADVISED(one, SELECT(Sale).WHERE(OR(EQ(Sale_customer_id, i), EQ(Sale_customer_id, 7))));
    ADVISED(one, SELECT(Sale).WHERE(EQ(Sale_qty, i)));
    ADVISED(one, SELECT(Sale).WHERE(NE(Sale_customer_id, i)));
    ADVISED(one, SELECT(Sale).WHERE(EQ(Sale_customer_id, ADD(Sale_id, i))));
    ADVISED(one, SELECT(Sale).WHERE(ONLY_IF(false, EQ(Sale_customer_id, i))));
    ADVISED(one, SELECT(Tag).WHERE(EQ(Tag_id, i)));
    ADVISED(one, SELECT(CustomerTag).WHERE(EQ(CustomerTag_customer_id, i)));
    ADVISED("add .LOAD(SELECTIN(Customer_card))", SELECT(Card).WHERE(EQ(Card_customer_id, i)));
    ADVISED("add .LOAD(SELECTIN(Sale_customer))", SELECT(Customer).WHERE(EQ(Customer_id, i)));
#undef ADVISED
}

IN_SHOP(what_is_known_is_said)
{
    listen();
    const int line = __LINE__ + 3;
    DETECT_N_PLUS_ONE(db, 3)
        for (int i = 0; i < 3; i++)
            SCALAR(db, SELECT(COUNT(Sale_id)).WHERE(GT(Sale_qty, i)));
    expect_heard(3, line, "one query for all of them would do");
    last.count = 0;
    DETECT_N_PLUS_ONE(db, 3)
        for (int i = 0; i < 3; i++)
            EXEC(db, UPDATE(Sale).SET(Sale_qty, i).WHERE(EQ(Sale_id, i)));
    expect_heard(3, line + 5, "write the structs at once");
}

IN_SHOP(loops_of_streams_and_of_queued_queries_are_told)
{
    struct Customer **customers = ALL(db, SELECT(Customer));
    struct Sale **sales[4], ***next = sales;
    listen();
    int line = __LINE__ + 3;
    DETECT_N_PLUS_ONE(db, 4)
        EACH (struct Customer, customer, customers)
            STREAM (sale, db, SELECT(Sale).WHERE(EQ(Sale_customer_id, customer->id)))
                ck_assert_int_eq(sale->customer_id, customer->id);
    expect_heard(4, line, "add .LOAD(SELECTIN(Customer_sales))");
    listen();
    line = __LINE__ + 4;
    DETECT_N_PLUS_ONE(db, 4)
        PIPELINE(db)
            EACH (struct Customer, customer, customers)
                QUEUE_ALL(db, next++, SELECT(Sale).WHERE(EQ(Sale_customer_id, customer->id)));
    expect_heard(4, line, "add .LOAD(SELECTIN(Customer_sales))");
}

/* One call is one, however many statements it takes; queued writes are what the advice was. */
IN_SHOP(writes_are_told_by_their_calls)
{
    struct Tag tags[3] = {{.id = 7, .word = "x"}, {.id = 8, .word = "y"}, {.id = 9, .word = "z"}};
    listen();
    int line = __LINE__ + 3;
    DETECT_N_PLUS_ONE(db, 3)
        for (int i = 0; i < 3; i++)
            EXEC(db, INSERT_ROW(Tag, &tags[i]));
    expect_heard(3, line, "write the structs at once");
    listen();
    DETECT_N_PLUS_ONE(db, 2) {
        expect_int(EXEC(db, UPDATE_ROWS(Tag, tags, 3)), 3);
        PIPELINE(db)
            for (int i = 0; i < 3; i++)
                QUEUE_EXEC(db, NULL, DELETE(Tag).WHERE(EQ(Tag_id, tags[i].id)));
        ck_assert(qc_session_start(db, NULL));
        EACH (struct Customer, customer, ALL(db, SELECT(Customer)))
            customer->city = customer->id % 2 ? "Pisa" : NULL;
        ck_assert(qc_flush(db));
        qc_session_stop(db);
    }
    ck_assert_int_eq(last.count, 0);
}

/* Each object came from a query of its own: it has no siblings. */
IN_SHOP(a_loop_of_lazy_loads_is_told)
{
    struct Customer *customers[3];
    char advice[256];
    const int query = __LINE__ + 4;
    listen();
    ck_assert(qc_session_start(db, NULL));
    for (int i = 0; i < 3; i++)
        customers[i] = ONE(db, SELECT(Customer).WHERE(EQ(Customer_id, i + 1)));
    const int line = __LINE__ + 3;
    DETECT_N_PLUS_ONE(db, 3)
        for (int i = 0; i < 3; i++)
            LOAD(db, customers[i], Customer_sales);
    snprintf(advice, sizeof(advice), "add .LOAD(SELECTIN(Customer_sales)) to the query at %s:%d",
             __FILE__, query);
    expect_heard(3, line, advice);
    qc_session_stop(db);
}

/* The statements of a flush are one; those that follow it are not. */
IN_SHOP(a_loop_behind_a_flush_is_told)
{
    listen();
    ck_assert(qc_session_start(db, NULL));
    NEW(db, Tag, .id = 9, .word = "late");
    ck_assert(qc_flush(db));
    const int line = __LINE__ + 3;
    DETECT_N_PLUS_ONE(db, 3)
    for (int i = 0; i < 3; i++)
        SCALAR(db, SELECT(COUNT(Sale_id)).WHERE(GT(Sale_qty, i)));
    expect_heard(3, line, "one query for all of them would do");
    qc_session_stop(db);
}

IN_SHOP(siblings_repeat_nothing)
{
    listen();
    ck_assert(qc_session_start(db, NULL));
    DETECT_N_PLUS_ONE(db, 2) {
        EACH (struct Customer, customer, ALL(db, SELECT(Customer)))
            LOAD(db, customer, Customer_sales);
        ALL(db, SELECT(Sale).LOAD(SELECTIN(Sale_customer, SELECTIN(Customer_tags))));
    }
    ck_assert_int_eq(last.count, 0);
    qc_session_stop(db);
}

Suite *budgets_suite(void);
Suite *budgets_suite(void)
{
    Suite *suite = suite_create("budgets");
    TCase *tests = shop_case(suite);
    ADD_IN_SHOP(tests, statements_beyond_are_not_sent);
    ADD_IN_SHOP(tests, every_way_of_a_statement_counts);
    ADD_IN_SHOP(tests, rows_beyond_are_not_given);
    ADD_IN_SHOP(tests, a_write_is_done_and_counts);
    ADD_IN_SHOP(tests, bytes_are_those_of_structs_and_texts);
    ADD_IN_SHOP(tests, budgets_nest);
    ADD_IN_SHOP(tests, a_budget_ends_however_it_is_left);
    ADD_IN_SHOP(tests, a_refused_statement_fails_its_transaction);
    ADD_IN_SHOP(tests, a_connection_may_be_closed_inside);
    ADD_IN_SHOP(tests, loaders_and_flushes_count);
    ADD_IN_SHOP(tests, a_loop_of_queries_is_told);
    ADD_IN_SHOP(tests, the_other_side_is_named);
    ADD_IN_SHOP(tests, advice_fits_what_is_compared);
    ADD_IN_SHOP(tests, what_is_known_is_said);
    ADD_IN_SHOP(tests, loops_of_streams_and_of_queued_queries_are_told);
    ADD_IN_SHOP(tests, writes_are_told_by_their_calls);
    ADD_IN_SHOP(tests, a_loop_of_lazy_loads_is_told);
    ADD_IN_SHOP(tests, a_loop_behind_a_flush_is_told);
    ADD_IN_SHOP(tests, siblings_repeat_nothing);
    return suite;
}
