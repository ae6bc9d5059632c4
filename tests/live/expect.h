/* The connection of a live test, and what is expected of the calls over it. */
#ifndef TESTS_LIVE_EXPECT_H
#define TESTS_LIVE_EXPECT_H

#include "databases.h"

extern qc_db *db;
/* Opens it to a database that has the tables of these models, empty; drops them and closes it. */
void models_open(int database, const qc_schema *models);
void models_close(const qc_schema *models);

/* Fails the test unless the last call succeeded. */
void expect_ok(void);
/* The last call failed with this code, at this line (0: any), saying this. */
void expect_failure(enum qc_code code, const char *message, int line);

/* The number of rows of a model; the test fails when they cannot be counted. */
#define COUNT_OF(...) expect_counted(SCALAR(db, SELECT(COUNT()).FROM(__VA_ARGS__)))
int64_t expect_counted(int64_t count);

/* Over Check's own, these do not spell a whole query in their messages. */
#define expect_int(x, expected)                                                                    \
    do {                                                                                           \
        int64_t got = (x);                                                                         \
        expect_ok();                                                                               \
        ck_assert_int_eq(got, expected);                                                           \
    } while (0)
#define expect_text(x, expected)                                                                   \
    do {                                                                                           \
        const char *got = (x);                                                                     \
        expect_ok();                                                                               \
        ck_assert_ptr_nonnull(got);                                                                \
        ck_assert_str_eq(got, expected);                                                           \
    } while (0)

#endif
