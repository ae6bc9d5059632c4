/* Engines for tests, on a SQLite file or on PostgreSQL. */
#ifndef TESTS_POOL_FIXTURE_H
#define TESTS_POOL_FIXTURE_H

#include "databases.h"

/* Unchecked fixtures: databases_begin and a file for SQLite. */
void pool_begin(void);
void pool_end(void);
const char *url_of(int database);
/* The test fails when they fail. */
qc_engine *open_engine(int database, const qc_engine_options *options);
qc_db *take(qc_engine *engine);
qc_stats stats_of(qc_engine *engine);
int64_t clock_ms(void);
void pause_ms(int milliseconds);
/* Fails the test unless the connection's error is this, and its message has `part`. */
void expect_error(const qc_db *db, enum qc_code code, const char *part);

#endif
