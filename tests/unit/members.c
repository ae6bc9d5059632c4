/* See members.h. */
#include "members.h"

#include "engine/db.h"

#include <string.h>

qc_db *db;

static void begin(void)
{
    mock_reset();
    db = qc_open_with(&mock_postgresql_driver, NULL, "mock:");
    qc_set_trace(db, false);
}

static void end(void)
{
    qc_close(db);
    mock_reset();
}

const char *const two_people[8] = {"1", "a@x", NULL, NULL, "2", "b@x", "bob", "2024-01-31"};

void expect_error(enum qc_code code, const char *message, int line)
{
    const struct qc_error *error = qc_error(db);
    ck_assert_msg(error->code == code, "%s: %s", qc_code_name(error->code), error->message);
    ck_assert_msg(strstr(error->message, message), "%s", error->message);
    if (!line)
        return;
    ck_assert_int_eq(error->line, line);
    ck_assert_ptr_nonnull(strstr(error->file, "test_engine"));
    ck_assert_ptr_nonnull(error->function);
}

void expect_log(const char *const *expected)
{
    size_t i = 0;
    for (; expected[i]; i++) {
        ck_assert_msg(i < mock.count, "expected: %s", expected[i]);
        ck_assert_msg(strncmp(mock.log[i], expected[i], strlen(expected[i])) == 0,
                      "statement %zu is: %s", i, mock.log[i]);
    }
    ck_assert_msg(i == mock.count, "more was sent: %s", mock.log[i]);
}

struct Member *make_people(size_t count)
{
    static struct Member people[2500];
    memset(people, 0, sizeof(people));
    for (size_t i = 0; i < count; i++)
        people[i].email = i % 2 ? "odd" : "even";
    return people;
}

void add_tests(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *group = tcase_create(name);
    tcase_add_checked_fixture(group, begin, end);
    for (; *tests; tests++)
        tcase_add_test(group, *tests);
    suite_add_tcase(suite, group);
}
