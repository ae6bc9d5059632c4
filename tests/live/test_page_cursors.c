/* Cursors of pages, on both databases: what is none, was changed, or is of another query or key, is
 * refused, and so are queries that have no pages. */
#include "expect.h"
#include "live/stacks.h"
#include "unit/random.h"

#include <stdio.h>
#include <string.h>

MODEL(Pier, "piers", COLUMN(id, BIGINT, PRIMARY_KEY), COLUMN(name, NULLABLE(TEXT)))

MODEL(Ferry, "ferries", COLUMN(id, BIGINT, PRIMARY_KEY), COLUMN(days, INTEGER))

MODEL(Cargo, "cargoes", COLUMN(id, INTEGER, PRIMARY_KEY), COLUMN(mass, NULLABLE(REAL)),
      COLUMN(small, NULLABLE(SMALLINT)), COLUMN(seal, NULLABLE(BYTEA)), COLUMN(tag, NULLABLE(UUID)),
      COLUMN(due, NULLABLE(DATE)), COLUMN(hour, NULLABLE(TIME)), COLUMN(sum, NULLABLE(NUMERIC)))

SCHEMA(quay, Pier, Ferry, Cargo)


static void begin(int database)
{
    models_open(database, &quay);
    for (int i = 1; i <= 9; i++)
        EXEC(db, INSERT_ROW(Ferry, &((struct Ferry){i, i / 3})));
    ck_assert(qc_ok(db));
}

static void end(void)
{
    models_close(&quay);
}

#define AT_THE_QUAY(name) TEST_WITHIN(name, at_the_quay, begin, end)

#define REFUSED(code, words, page, ...)                                                            \
    do {                                                                                           \
        const void *rows = PAGE(db, page, __VA_ARGS__);                                            \
        ck_assert_ptr_null(rows);                                                                  \
        expect_failure(code, words, 0);                                                            \
        ck_assert_ptr_nonnull(qc_error(db)->file);                                                 \
    } while (0)

static const char *next_of_ferries(void)
{
    qc_page page = {.size = 3};
    struct Ferry **ferries = PAGE(db, &page, SELECT(Ferry).ORDER_BY(Ferry_days));
    expect_ok();
    ck_assert_uint_eq(qc_count(ferries), 3);
    return page.next;
}

AT_THE_QUAY(cursors_of_others_are_refused)
{
    qc_page page = {.cursor = next_of_ferries(), .size = 3};
    REFUSED(QC_ERROR_CURSOR, "of another query", &page, SELECT(Ferry).ORDER_BY(DESC(Ferry_days)));
    REFUSED(QC_ERROR_CURSOR, "of another query", &page, SELECT(Pier).ORDER_BY(Pier_name));
    REFUSED(QC_ERROR_CURSOR, "of another query", &page,
            SELECT(Ferry).WHERE(GT(Ferry_id, 1)).ORDER_BY(Ferry_days));
    ck_assert(qc_set_cursor_key(db, "0123456789abcdef", 16));
    REFUSED(QC_ERROR_CURSOR, "another key", &page, SELECT(Ferry).ORDER_BY(Ferry_days));
    ck_assert(!qc_set_cursor_key(db, "0123456789abcde", 15));
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_MISUSE);
}

AT_THE_QUAY(a_page_that_is_null_is_refused)
{
    REFUSED(QC_ERROR_MISUSE, "the qc_page is NULL", (qc_page *)NULL, SELECT(Ferry));
}

static bool is_refused(const char *cursor)
{
    qc_page page = {.cursor = cursor, .size = 3};
    bool refused = false;
    QC_SCOPE(db) {
        refused = !PAGE(db, &page, SELECT(Ferry).ORDER_BY(Ferry_days)) &&
                  qc_error(db)->code == QC_ERROR_CURSOR && !page.next && !page.previous;
    }
    return refused;
}

AT_THE_QUAY(changed_cursors_are_refused)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=% \n\x80\xFF";
    char text[256];
    snprintf(text, sizeof(text), "%s", next_of_ferries());
    const size_t length = strlen(text);
    ck_assert_uint_lt(length, 64);
    ck_assert_uint_eq(strspn(text, digits), length);
    ck_assert(!is_refused(text));
    for (size_t i = 0; i < length; i++) {
        const char was = text[i];
        text[i] = digits[random_between(0, (int64_t)sizeof(digits) - 2)];
        ck_assert(text[i] == was || is_refused(text));
        text[i] = '\0';
        ck_assert(i == 0 || is_refused(text));
        text[i] = was;
    }
    snprintf(text + length, sizeof(text) - length, "A");
    ck_assert(is_refused(text));
    for (int i = 0; i < 300; i++) {
        const size_t size = (size_t)random_between(1, 120);
        for (size_t k = 0; k < size; k++)
            text[k] = i % 2 ? (char)random_between(1, 255) : digits[random_between(0, 63)];
        text[size] = '\0';
        ck_assert(is_refused(text));
    }
}

/* As the message says, the first page may follow. */
AT_THE_QUAY(a_refused_cursor_fails_no_transaction)
{
    qc_page wrong = {.cursor = "of somebody", .size = 3}, nothing = {.size = 0};
    TRANSACTION(db) {
        expect_int(EXEC(db, DELETE(Ferry).WHERE(EQ(Ferry_id, 1))), 1);
        REFUSED(QC_ERROR_CURSOR, "no cursor", &wrong, SELECT(Ferry));
        next_of_ferries();
        REFUSED(QC_ERROR_CURSOR, "no cursor", &wrong, SELECT(Ferry));
    }
    expect_ok();
    ck_assert_int_eq(qc_outcome(db), QC_OUTCOME_COMMITTED);
    TRANSACTION(db)
        REFUSED(QC_ERROR_MISUSE, "set .size", &nothing, SELECT(Ferry));
    ck_assert_int_eq(qc_outcome(db), QC_OUTCOME_ROLLED_BACK);
}

AT_THE_QUAY(a_key_is_shared_by_connections)
{
    qc_engine *engine = qc_engine_open(
        "sqlite::memory:", QC_ENGINE_OPTIONS(.cursor_key = "a secret of 24 letters.."));
    char text[256] = "";
    for (int i = 0; i < 2; i++) {
        CHECKOUT(own, engine) {
            if (!i)
                ck_assert(qc_create_all(own, &quay) &&
                          qc_execute(own, "INSERT INTO ferries VALUES (1, 1), (2, 2)"));
            qc_page page = {.cursor = text, .size = 1};
            struct Ferry **ferries = PAGE(own, &page, SELECT(Ferry));
            ck_assert_uint_eq(qc_count(ferries), 1);
            ck_assert_int_eq(ferries[0]->id, i + 1);
            if (!i)
                snprintf(text, sizeof(text), "%s", page.next);
            ck_assert(qc_set_cursor_key(own, "another of the user's", 21));
        }
    }
    qc_engine_close(engine);
    engine = qc_engine_open("sqlite::memory:", QC_ENGINE_OPTIONS(.cursor_key = "short"));
    ck_assert_int_eq(qc_engine_error(engine)->code, QC_ERROR_MISUSE);
    qc_engine_close(engine);
}

AT_THE_QUAY(queries_without_pages_are_refused)
{
    qc_page page = {.size = 3}, none = {.size = 0};
    REFUSED(QC_ERROR_QUERY, "leave out LIMIT", &page, SELECT(Tome).LIMIT(3));
    REFUSED(QC_ERROR_QUERY, "leave out OFFSET", &page, SELECT(Tome).OFFSET(3));
    REFUSED(QC_ERROR_QUERY, "walk a UNION ALL", &page,
            SELECT(Tome).UNION_ALL(SELECT(Tome)).ORDER_BY(Tome_id));
    REFUSED(QC_ERROR_QUERY, "Scrap has no PRIMARY_KEY", &page, SELECT(Scrap));
    REFUSED(QC_ERROR_QUERY, "one row", &page, SELECT(COUNT()).FROM(Tome));
    REFUSED(QC_ERROR_QUERY, "takes a SELECT", &page, DELETE(Tome).ALL_ROWS.RETURNING());
    REFUSED(QC_ERROR_QUERY, "loans.id is used", &page, SELECT(Tome).ORDER_BY(Loan_id));
    REFUSED(QC_ERROR_MISUSE, "set .size", &none, SELECT(Tome));
}

/* ---- Values of every type. ---- */

/* Extremes, and NULLs among them. */
static void fill_cargoes(void)
{
    const struct Cargo cargoes[] = {
        {1, {true, -1.5e30f}, {true, INT16_MIN}, {"\0\xFF", 2}, {true, {{0}}}, {true, {-100000}},
         {true, {0}}, {"-100000000000000000000"}},
        {2, {true, 0.1f}, {true, INT16_MAX}, {"", 0}, {true, {{255, 1}}}, {true, {0}},
         {true, {86399999999}}, {"0.000000000000000000001"}},
        {3, {0}, {0}, {NULL, 0}, {0}, {0}, {0}, {NULL}},
        {4, {true, 0.1f}, {true, 0}, {"\0\xFF", 2}, {true, {{255, 1}}}, {true, {0}}, {true, {1}},
         {"12345678901234567890.5"}},
        {5, {true, 3}, {true, 0}, {"x", 1}, {true, {{7}}}, {true, {36500}}, {true, {1}}, {"0.5"}}};
    if (EXEC(db, INSERT_ROWS(Cargo, cargoes, 5)) != 5)
        database_fail(db, "cargoes");
}

static qc_order cargo_order(int column)
{
    switch (column) {
    case 0: return ASC(Cargo_mass);
    case 1: return ASC(Cargo_small);
    case 2: return ASC(Cargo_seal);
    case 3: return ASC(Cargo_tag);
    case 4: return ASC(Cargo_due);
    case 5: return ASC(Cargo_hour);
    default: return ASC(Cargo_sum);
    }
}

AT_THE_QUAY(values_of_every_type_come_back_from_a_cursor)
{
    fill_cargoes();
    for (int i = 0; i < 14; i++) {
        qc_order order = i % 2 ? DESC(cargo_order(i / 2)) : cargo_order(i / 2);
        QUERY_OF(Cargo) query = QUERY(SELECT(Cargo).ORDER_BY(order, Cargo_id));
        struct Cargo **all = ALL(db, query);
        expect_ok();
        qc_page page = {.size = 1};
        for (size_t k = 0; k < 5; k++) {
            struct Cargo **one = PAGE(db, &page, query);
            expect_ok();
            ck_assert_uint_eq(qc_count(one), 1);
            ck_assert_int_eq(one[0]->id, all[k]->id);
            page.cursor = page.next;
        }
        ck_assert_ptr_null(page.next);
    }
}

Suite *page_cursors_suite(void);
Suite *page_cursors_suite(void)
{
    Suite *suite = suite_create("page_cursors");
    TCase *tests = tcase_create("page_cursors");
    tcase_add_unchecked_fixture(tests, databases_begin, databases_end);
#define ADD_CASE(name) tcase_add_loop_test(tests, name##_at_the_quay, 0, DATABASE_COUNT)
    ADD_CASE(queries_without_pages_are_refused);
    ADD_CASE(a_page_that_is_null_is_refused);
    ADD_CASE(cursors_of_others_are_refused);
    ADD_CASE(changed_cursors_are_refused);
    ADD_CASE(a_refused_cursor_fails_no_transaction);
    ADD_CASE(a_key_is_shared_by_connections);
    ADD_CASE(values_of_every_type_come_back_from_a_cursor);
    suite_add_tcase(suite, tests);
    return suite;
}
