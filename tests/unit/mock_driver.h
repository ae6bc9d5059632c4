/* A driver without a database: it records what it is asked, and plays rows and errors. */
#ifndef TESTS_UNIT_MOCK_DRIVER_H
#define TESTS_UNIT_MOCK_DRIVER_H

#include "driver/driver.h"

/* The same driver under the two dialects. */
extern const qc_driver mock_postgresql_driver, mock_sqlite_driver;
/* And with pipelines. */
const qc_driver *mock_piped_driver(void);

enum { MOCK_MOST = 512 };

/* What the next statement that returns rows answers: `rows` rows of text cells, one after another;
 * a NULL cell is NULL. `affected` is for those that return none. */
typedef struct mock_answer {
    const char *const *cells;
    size_t rows;
    int64_t affected;
} mock_answer;

extern struct mock {
    char *log[MOCK_MOST]; /* SQL texts, "COMMIT", "bulk 100 users: id, email", "forget" … */
    char *binds[MOCK_MOST];
    size_t count;
    mock_answer answers[MOCK_MOST];
    size_t answer_count, answered;
    int fail_at;          /* the statement of this number (from 1) fails; 0: none */
    size_t fail_row;      /* a stream fails at this row (from 1); 0: at none */
    int refuse_send;      /* the statement of this number cannot be sent in a pipeline; 0: none */
    int lose_at;          /* the connection is lost before its answer; 0: never */
    int stale_at;         /* it fails once in a pipeline that is then run again; 0: none */
    bool eager;           /* pipelines are answered at once */
    bool in_transaction;
    uint64_t running, cancelled; /* numbers of statements */
    bool lose_commit;        /* COMMIT is not answered */
    enum qc_outcome outcome; /* what another connection says about it */
    bool fail_open;
    enum qc_link link;
    size_t open_streams;
    size_t next_row;      /* of the open stream */
    int piece;            /* rows that it hands out at a time */
    const qc_statement *streamed;
} mock;

/* Forgets everything. */
void mock_reset(void);
/* Queues an answer. */
void mock_play(const char *const *cells, size_t rows);
void mock_affect(int64_t rows);

#endif
