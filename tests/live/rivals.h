/* Two connections to one database, whose transactions meet; a test for each of both databases. */
#ifndef TESTS_LIVE_RIVALS_H
#define TESTS_LIVE_RIVALS_H

#include "databases.h"

MODEL(Tally, "tallies",
    COLUMN(id, BIGINT, PRIMARY_KEY),
    COLUMN(n, BIGINT))

/* Unchecked fixtures. */
void rivals_begin(void);
void rivals_end(void);
/* A connection to the database of the test; SQLite's is a file. */
qc_db *open_one(void);
/* Opens `db` and `other`; tallies 1, 2 and 3 stand at 0. */
extern qc_db *db, *other;
extern int database; /* of enum in databases.h */
void open_both(int which);
void close_both(void);

/* Fails the test with the connection's error unless `good`. */
void must(qc_db *on, bool good, const char *what);
int64_t value_of(qc_db *on, int64_t id);
bool add(qc_db *on, int64_t id, int64_t n);
void sleep_ms(int milliseconds);
/* Of the last call on `db`. */
void expect_state(const char *sqlstate);
void expect_code(enum qc_code code, const char *part);

#endif
