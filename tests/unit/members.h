/* A connection over the mock driver with members in it, and ways to look at what was sent. */
#ifndef TESTS_UNIT_MEMBERS_H
#define TESTS_UNIT_MEMBERS_H

#include "mock_driver.h"

#include <check.h>
#include <quercus/quercus.h>

MODEL(Member, "members",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(email, TEXT),
    COLUMN(nick, NULLABLE(TEXT)),
    COLUMN(stamp, NULLABLE(TIMESTAMPTZ), SERVER_DEFAULT("now()")))

#define MEMBER_COLUMNS "members.id, members.email, members.nick, members.stamp"

/* Over Check's own, these do not spell a whole query in their messages. */
#define expect_none(x)                                                                             \
    do {                                                                                           \
        const void *got = (x);                                                                     \
        ck_assert_ptr_null(got);                                                                   \
    } while (0)
#define expect_some(x)                                                                             \
    do {                                                                                           \
        const void *got = (x);                                                                     \
        ck_assert_ptr_nonnull(got);                                                                \
    } while (0)
#define expect_int(x, expected)                                                                    \
    do {                                                                                           \
        int64_t got = (x);                                                                         \
        ck_assert_int_eq(got, expected);                                                           \
    } while (0)
#define expect_text(x, expected)                                                                   \
    do {                                                                                           \
        const char *got = (x);                                                                     \
        ck_assert_str_eq(got, expected);                                                           \
    } while (0)

/* The connection of the test. */
extern qc_db *db;
extern const char *const two_people[8]; /* two rows of MEMBER_COLUMNS */
/* `count` members without id and nick, "even" and "odd" by turns; the same memory at every call. */
struct Member *make_people(size_t count);

/* The last call failed with this code, saying this, at this line of the test (0: of none). */
void expect_error(enum qc_code code, const char *message, int line);
/* These statements were sent, and no other; each is given by its beginning. Ends with NULL. */
void expect_log(const char *const *expected);

/* A test case of the suite; `tests` ends with NULL. */
void add_tests(Suite *suite, const char *name, const TTest *const *tests);

#endif
