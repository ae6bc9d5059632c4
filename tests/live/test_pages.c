/* Pages by position, on both databases: whatever the order, walking them there and back is the whole
 * result. */
#include "expect.h"
#include "live/stacks.h"
#include "unit/random.h"

#include <stdio.h>
#include <string.h>

enum { TOMES = 60, SHELVES = 4, LOANS = 50 };

static void add_tome(int i)
{
    static const char *const titles[] = {"", "A", "a", "b c", "\xC3\xA4", "zz", NULL};
    static const char *const prices[] = {"0.00", "-1.50", "9.99", "10.00", "100.25"};
    static const char *const codes[] = {"a", "ab", "abcd", "b"};
    char isbn[16];
    snprintf(isbn, sizeof(isbn), "x%03d", i * 7 % 1000);
    const struct Tome tome = {
        .year = {random_between(0, 3) > 0, (int32_t)random_between(1998, 2002)},
        .title = titles[random_between(0, 6)],
        .price = {prices[random_between(0, 4)]},
        .rare = {random_between(0, 2) > 0, random_between(0, 1)},
        .weight = (double)random_between(-2, 2) / 3,
        .bought = {random_between(0, 3) > 0, {random_between(0, 2) * 1000001}},
        .code = codes[random_between(0, 3)],
        .isbn = isbn,
        .shelf_id = {random_between(0, 4) > 0, (int32_t)random_between(1, SHELVES)}};
    if (EXEC(db, INSERT_ROW(Tome, &tome)) != 1)
        database_fail(db, "tome");
}

static void begin(int database)
{
    models_open(database, &stacks);
    TRANSACTION(db) {
        for (int i = 0; i < TOMES; i++)
            add_tome(i);
        for (int i = 1; i <= SHELVES; i++)
            EXEC(db, INSERT_ROW(Shelf, &((struct Shelf){i, i > 2 ? "high" : NULL, NULL})));
        for (int i = 0; i < LOANS; i++)
            EXEC(db, INSERT(Loan)
                         .SET(Loan_tome_id, random_between(1, TOMES))
                         .SET(Loan_days, random_between(1, 3)));
    }
    ck_assert(qc_ok(db));
}

static void end(void)
{
    models_close(&stacks);
}

#define IN_STACKS(name) TEST_WITHIN(name, in_stacks, begin, end)

/* ---- Walking. ---- */

enum { SEEN_MOST = 512 };
typedef struct seen {
    int64_t ids[SEEN_MOST];
    size_t count;
} seen;

static void see(seen *to, int64_t id)
{
    ck_assert_uint_lt(to->count, SEEN_MOST);
    to->ids[to->count++] = id;
}

static void expect_same(const seen *a, const seen *b, const char *what)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++)
        same = a->ids[i] == b->ids[i];
    if (!same)
        ck_abort_msg("%s: %zu rows, not the %zu of ALL", what, a->count, b->count);
}

/* What a test walks: rows as numbers. */
typedef void take_page(qc_page *page, const void *query, seen *to);

/* All pages there, and from the last one back. */
static void walk(take_page *take, const void *query, const seen *all, size_t size)
{
    seen there = {.count = 0}, back = {.count = 0}, last = {.count = 0};
    qc_page page = {.size = size};
    size_t pages = 0;
    do {
        last.count = 0;
        take(&page, query, &last);
        for (size_t i = 0; i < last.count; i++)
            see(&there, last.ids[i]);
        ck_assert_int_eq(page.next != NULL, there.count < all->count);
        ck_assert_int_eq(page.previous != NULL, pages > 0);
        page.cursor = page.next;
        pages++;
    } while (page.next);
    expect_same(&there, all, "there");
    for (size_t i = last.count; i-- > 0;)
        see(&back, last.ids[i]);
    while (page.previous) {
        page.cursor = page.previous;
        last.count = 0;
        take(&page, query, &last);
        ck_assert_ptr_nonnull(page.next);
        for (size_t i = last.count; i-- > 0;)
            see(&back, last.ids[i]);
    }
    for (size_t i = 0; i < back.count / 2; i++) {
        const int64_t id = back.ids[i];
        back.ids[i] = back.ids[back.count - 1 - i];
        back.ids[back.count - 1 - i] = id;
    }
    expect_same(&back, all, "back");
}

static void take_tomes(qc_page *page, const void *query, seen *to)
{
    QC_SCOPE(db) {
        static char next[4096], previous[4096];
        struct Tome **tomes = PAGE(db, page, *(const QUERY_OF(Tome) *)query);
        expect_ok();
        EACH (struct Tome, tome, tomes)
            see(to, tome->id);
        if (page->next)
            page->next = strcpy(next, page->next);
        if (page->previous)
            page->previous = strcpy(previous, page->previous);
    }
}

/* ---- Random orders. ---- */

enum { COLUMNS = 14 };
static qc_order column_order(int column)
{
    switch (column) {
    case 0: return ASC(Tome_year);
    case 1: return ASC(Tome_title);
    case 2: return ASC(Tome_price);
    case 3: return ASC(Tome_rare);
    case 4: return ASC(Tome_weight);
    case 5: return ASC(Tome_bought);
    case 6: return ASC(Tome_code);
    case 7: return ASC(Tome_isbn);
    case 8: return ASC(Tome_id);
    case 9: return ASC(ADD(Tome_year, Tome_shelf_id));
    case 10: return ASC(COUNT(Tome_loans, GT(Loan_days, 1)));
    case 11: return ASC(MUL(Tome_price, Tome_price));
    case 12: return ASC(AS(Tome_code, label));
    default: return ASC(CASE(WHEN(EQ(Tome_year, 2000), "now"), ELSE(Tome_title)));
    }
}

static qc_order random_order(void)
{
    qc_order order = column_order((int)random_between(0, COLUMNS - 1));
    if (random_between(0, 1))
        order = DESC(order);
    const int64_t nulls = random_between(0, 3);
    return nulls == 0 ? NULLS_FIRST(order) : nulls == 1 ? NULLS_LAST(order) : order;
}

static QUERY_OF(Tome) random_query(void)
{
    QUERY_OF(Tome) query = QUERY(SELECT(Tome));
    if (random_between(0, 2) == 0)
        query = QUERY(EXTEND(query).WHERE(OR(IS_NULL(Tome_year), LT(Tome_year, 2002))));
    for (int64_t keys = random_between(0, 3); keys > 0; keys--)
        query = QUERY(EXTEND(query).ORDER_BY(random_order()));
    return query;
}

static void see_all(QUERY_OF(Tome) query, seen *to)
{
    QC_SCOPE(db) {
        struct Tome **tomes = ALL(db, EXTEND(query).ORDER_BY(Tome_id));
        expect_ok();
        EACH (struct Tome, tome, tomes)
            see(to, tome->id);
    }
}

IN_STACKS(pages_there_and_back_are_the_whole_result)
{
    for (int rounds = long_tests() ? 400 : 15; rounds > 0; rounds--) {
        const qc_mark mark = qc_begin_query();
        QUERY_OF(Tome) query = random_query();
        seen all = {.count = 0};
        see_all(query, &all);
        walk(take_tomes, &query, &all, (size_t)random_between(1, 25));
        qc_arena_release(qc_current_arena(), mark);
    }
}

IN_STACKS(pages_follow_every_column)
{
    for (int i = 0; i < 2 * COLUMNS; i++) {
        const qc_mark mark = qc_begin_query();
        const qc_order order = column_order(i / 2);
        QUERY_OF(Tome) query = QUERY(SELECT(Tome).ORDER_BY(i % 2 ? DESC(order) : order));
        seen all = {.count = 0};
        see_all(query, &all);
        walk(take_tomes, &query, &all, 7);
        qc_arena_release(qc_current_arena(), mark);
    }
}

static bool holds(const seen *in, int64_t id)
{
    for (size_t i = 0; i < in->count; i++)
        if (in->ids[i] == id)
            return true;
    return false;
}

/* What stays is seen once, in order, whatever goes meanwhile. */
static void walk_while_rows_go(QUERY_OF(Tome) query, const seen *all)
{
    seen there = {.count = 0}, gone = {.count = 0};
    qc_page page = {.size = (size_t)random_between(1, 9)};
    do {
        take_tomes(&page, &query, &there);
        page.cursor = page.next;
        const int64_t id = random_between(1, TOMES);
        see(&gone, id);
        EXEC(db, DELETE(Tome).WHERE(EQ(Tome_id, id)));
        expect_ok();
    } while (page.next);
    size_t at = 0;
    for (size_t i = 0; i < all->count; i++) {
        if (at < there.count && there.ids[at] == all->ids[i])
            at++;
        else if (!holds(&gone, all->ids[i]))
            ck_abort_msg("%lld was passed over", (long long)all->ids[i]);
    }
    ck_assert_uint_eq(at, there.count);
}

IN_STACKS(rows_that_go_shift_nothing)
{
    for (int rounds = long_tests() ? 200 : 10; rounds > 0; rounds--) {
        const qc_mark mark = qc_begin_query();
        QUERY_OF(Tome) query = random_query();
        seen all = {.count = 0};
        see_all(query, &all);
        ck_assert(qc_begin(db));
        walk_while_rows_go(query, &all);
        ck_assert(qc_rollback(db));
        qc_arena_release(qc_current_arena(), mark);
    }
}

/* ---- Other shapes. ---- */

#define WALKED(name, row, number, ...)                                                             \
    static void take_##name(qc_page *page, const void *unused, seen *to)                           \
    {                                                                                              \
        (void)unused;                                                                              \
        row **rows = PAGE(db, page, __VA_ARGS__);                                                  \
        expect_ok();                                                                          \
        EACH (row, each, rows)                                                                     \
            see(to, number);                                                                       \
    }                                                                                              \
    static void walk_##name(void)                                                                  \
    {                                                                                              \
        seen all = {.count = 0};                                                                   \
        row **rows = ALL(db, __VA_ARGS__);                                                         \
        expect_ok();                                                                          \
        EACH (row, each, rows)                                                                     \
            see(&all, number);                                                                     \
        ck_assert_uint_gt(all.count, 2);                                                           \
        for (size_t size = 1; size < 9; size += 3)                                                 \
            walk(take_##name, NULL, &all, size);                                                   \
    }

WALKED(joined, struct Loan, each->id,
       SELECT(Loan).JOIN(Tome, EQ(Tome_id, Loan_tome_id)).ORDER_BY(DESC(Tome_year), Loan_id))
WALKED(rows, qc_row, qc_row_int(each, 1) * 100 + qc_row_int(each, 2),
       SELECT(Tome_title, COALESCE(Shelf_id, 0), Tome_id).LEFT_JOIN(Tome_shelf)
           .ORDER_BY(NULLS_FIRST(Shelf_name), Shelf_id, Tome_id))
WALKED(record, struct Kept, each->shelf ? each->shelf->id : 0,
       SELECT_AS(Kept, Tome_title, Shelf).LEFT_JOIN(Tome_shelf)
           .ORDER_BY(DESC(Shelf_id), Tome_isbn))
WALKED(groups, struct YearTotal, each->year.value * 100 + each->tomes,
       SELECT_AS(YearTotal, Tome_year, COUNT()).GROUP_BY(Tome_year).ORDER_BY(COUNT(), Tome_year))
WALKED(labels, qc_row, qc_row_int(each, 0),
       SELECT(Tome_id, AS(UPPER(Tome_title), loud)).ORDER_BY(AS(UPPER(Tome_title), loud), Tome_id))
WALKED(distinct, qc_row, qc_row_int(each, 0) * 2 + qc_row_bool(each, 1),
       SELECT(Tome_year, Tome_rare).DISTINCT().ORDER_BY(DESC(Tome_year), Tome_rare))
WALKED(entities, qc_row, ((const struct Loan *)qc_row_entity(each, 1))->id,
       SELECT(Tome, Loan).JOIN(Tome_loans).ORDER_BY(Tome_price, Loan_days, Tome_id, Loan_id))

WALKED(groups_of_models, qc_row, ((const struct Shelf *)qc_row_entity(each, 0))->id,
       SELECT(Shelf, COUNT()).JOIN(Shelf_tomes).GROUP_BY(Shelf_id).ORDER_BY(DESC(COUNT()), Shelf_id))
WALKED(distinct_models, struct Tome, each->id,
       SELECT(Tome).DISTINCT().JOIN(Tome_loans).ORDER_BY(Tome_year, Tome_id))

IN_STACKS(every_kind_of_row_has_pages)
{
    walk_joined();
    walk_rows();
    walk_record();
    walk_groups();
    walk_labels();
    walk_distinct();
    walk_groups_of_models();
    walk_distinct_models();
    walk_entities();
}

IN_STACKS(hidden_values_do_not_show)
{
    qc_page page = {.size = 3};
    qc_row **rows = PAGE(db, &page, SELECT(Tome_title).ORDER_BY(Tome_price, Tome_bought));
    expect_ok();
    ck_assert_uint_eq(qc_count(rows), 3);
    ck_assert_uint_eq(qc_row_size(rows[0]), 1);
    ck_assert_ptr_null(qc_row_name(rows[0], 1));
    ck_assert_ptr_nonnull(page.next);
}

static void expect_loaded(QUERY_OF(Shelf) query)
{
    qc_session_start(db, NULL);
    qc_page page = {.size = 3};
    size_t tomes = 0;
    do {
        struct Shelf **shelves = PAGE(db, &page, query);
        expect_ok();
        EACH (struct Shelf, shelf, shelves) {
            ck_assert_int_eq(qc_state(db, shelf), QC_STATE_PERSISTENT);
            ck_assert_ptr_nonnull(shelf->tomes);
            tomes += qc_count(shelf->tomes);
        }
        page.cursor = page.next;
    } while (page.next);
    const int64_t shelved =
        SCALAR(db, SELECT(COUNT()).FROM(Tome).WHERE(IS_NOT_NULL(Tome_shelf_id)));
    ck_assert_int_eq((int64_t)tomes, shelved);
    qc_session_stop(db);
}

IN_STACKS(pages_are_loaded_and_tracked)
{
    QUERY_OF(Shelf) query = QUERY(SELECT(Shelf).ORDER_BY(Shelf_name));
    expect_loaded(QUERY(EXTEND(query).LOAD(SELECTIN(Shelf_tomes))));
    expect_loaded(QUERY(EXTEND(query).LOAD(BY_SUBQUERY(Shelf_tomes))));
    expect_loaded(QUERY(EXTEND(query).LOAD(JOINED(Shelf_tomes, DESC(Tome_id)))));
}

/* What a session holds of a row may differ from the database, by which pages are made. */
IN_STACKS(cursors_tell_what_the_database_has)
{
    ck_assert(qc_session_start(db, QC_SESSION_OPTIONS(.no_autoflush = true)));
    struct Tome **all = ALL(db, SELECT(Tome).ORDER_BY(Tome_isbn));
    all[1]->isbn = "zzz";
    qc_page page = {.size = 2};
    struct Tome **first = PAGE(db, &page, SELECT(Tome).ORDER_BY(Tome_isbn));
    expect_ok();
    ck_assert_ptr_eq(first[1], all[1]);
    page.cursor = page.next;
    struct Tome **second = PAGE(db, &page, SELECT(Tome).ORDER_BY(Tome_isbn));
    expect_ok();
    ck_assert_uint_eq(qc_count(second), 2);
    ck_assert_ptr_eq(second[0], all[2]);
    qc_session_stop(db);
}

IN_STACKS(an_empty_page_leads_back)
{
    qc_page page = {.size = TOMES - 1};
    struct Tome **tomes = PAGE(db, &page, SELECT(Tome).ORDER_BY(DESC(Tome_id)));
    expect_ok();
    EXEC(db, DELETE(Tome).WHERE(EQ(Tome_id, 1)));
    page.cursor = page.next;
    struct Tome **none = PAGE(db, &page, SELECT(Tome).ORDER_BY(DESC(Tome_id)));
    expect_ok();
    ck_assert_ptr_nonnull(none);
    ck_assert_uint_eq(qc_count(none), 0);
    ck_assert_ptr_null(page.next);
    page.cursor = page.previous;
    struct Tome **again = PAGE(db, &page, SELECT(Tome).ORDER_BY(DESC(Tome_id)));
    expect_ok();
    ck_assert_uint_eq(qc_count(again), TOMES - 1);
    ck_assert_int_eq(again[TOMES - 2]->id, tomes[TOMES - 2]->id);
    ck_assert_ptr_null(page.previous);
}

/* ---- The statements. ---- */

static char last_sql[2048];

static void note_sql(const qc_event *event, void *unused)
{
    (void)unused;
    snprintf(last_sql, sizeof(last_sql), "%s", event->sql);
}

/* From FROM on, with ?1 as $1. */
static void expect_sql(const char *expected)
{
    expect_ok();
    char *from = strstr(last_sql, " FROM ");
    ck_assert_ptr_nonnull(from);
    for (char *at = from; *at; at++)
        *at = *at == '?' ? '$' : *at;
    ck_assert_str_eq(from + 1, expected);
}

IN_STACKS(statements_let_indexes_be_used)
{
    qc_set_hook(db, QC_ON(STATEMENT), note_sql, NULL);
    qc_page page = {.size = 3};
    struct Loan **loans = PAGE(db, &page, SELECT(Loan).ORDER_BY(Loan_days));
    expect_sql("FROM loans ORDER BY loans.days, loans.id LIMIT $1");
    page.cursor = page.next;
    loans = PAGE(db, &page, SELECT(Loan).ORDER_BY(Loan_days));
    expect_sql("FROM loans WHERE (loans.days, loans.id) > ($1, $2) "
               "ORDER BY loans.days, loans.id LIMIT $3");
    page.cursor = page.previous;
    loans = PAGE(db, &page, SELECT(Loan).ORDER_BY(Loan_days));
    expect_sql("FROM loans WHERE (loans.days, loans.id) < ($1, $2) "
               "ORDER BY loans.days DESC, loans.id DESC LIMIT $3");
    page.cursor = NULL;
    loans = PAGE(db, &page, SELECT(Loan).ORDER_BY(DESC(Loan_days)));
    page.cursor = page.next;
    loans = PAGE(db, &page, SELECT(Loan).ORDER_BY(DESC(Loan_days)));
    expect_sql("FROM loans WHERE loans.days <= $1 AND (loans.days < $1 OR loans.days = $1 AND "
               "loans.id > $2) ORDER BY loans.days DESC, loans.id LIMIT $3");
    (void)loans;
}

IN_STACKS(what_is_unique_already_gets_no_key)
{
    qc_set_hook(db, QC_ON(STATEMENT), note_sql, NULL);
    qc_page page = {.size = 3};
    struct Tome **tomes = PAGE(db, &page, SELECT(Tome).ORDER_BY(Tome_isbn));
    expect_sql("FROM tomes ORDER BY tomes.isbn LIMIT $1");
    tomes = PAGE(db, &page, SELECT(Tome).JOIN(Tome_shelf).ORDER_BY(Shelf_name));
    expect_sql("FROM tomes JOIN shelves ON shelves.id = tomes.shelf_id "
               "ORDER BY shelves.name, tomes.id LIMIT $1");
    tomes = PAGE(db, &page, SELECT(Tome).JOIN(Tome_loans).ORDER_BY(Tome_id));
    expect_sql("FROM tomes JOIN loans ON loans.tome_id = tomes.id "
               "ORDER BY tomes.id, loans.id LIMIT $1");
    (void)tomes;
}

Suite *pages_suite(void);
Suite *pages_suite(void)
{
    Suite *suite = suite_create("pages");
    TCase *tests = tcase_create("pages");
    tcase_set_timeout(tests, long_tests() ? 300 : 30);
    tcase_add_unchecked_fixture(tests, databases_begin, databases_end);
#define ADD_CASE(name) tcase_add_loop_test(tests, name##_in_stacks, 0, DATABASE_COUNT)
    ADD_CASE(pages_there_and_back_are_the_whole_result);
    ADD_CASE(pages_follow_every_column);
    ADD_CASE(rows_that_go_shift_nothing);
    ADD_CASE(every_kind_of_row_has_pages);
    ADD_CASE(hidden_values_do_not_show);
    ADD_CASE(pages_are_loaded_and_tracked);
    ADD_CASE(cursors_tell_what_the_database_has);
    ADD_CASE(an_empty_page_leads_back);
    ADD_CASE(statements_let_indexes_be_used);
    ADD_CASE(what_is_unique_already_gets_no_key);
    suite_add_tcase(suite, tests);
    return suite;
}
