/* Advisory locks. lock_timeout, set for the statement alone, has the server give up the wait by
 * itself: then the lock is certainly not held, which no cancelling from here could promise. */
#include "driver/pg.h"

#include <stdio.h>
#include <string.h>

typedef struct lock_text {
    const char *wait, *attempt, *release;
} lock_text;

#define QC_PG_WAIT_FOR(lock)                                                                       \
    "WITH before AS MATERIALIZED (SELECT current_setting('lock_timeout') AS was, "                 \
    "set_config('lock_timeout', $2, true)), taken AS MATERIALIZED (SELECT was, " lock              \
    "($1::bigint) FROM before) SELECT set_config('lock_timeout', was, true) FROM taken"

static const lock_text exclusive = {QC_PG_WAIT_FOR("pg_advisory_lock"),
                                    "SELECT pg_try_advisory_lock($1::bigint)",
                                    "SELECT pg_advisory_unlock($1::bigint)"};
static const lock_text shared_one = {QC_PG_WAIT_FOR("pg_advisory_lock_shared"),
                                     "SELECT pg_try_advisory_lock_shared($1::bigint)",
                                     "SELECT pg_advisory_unlock_shared($1::bigint)"};

enum { NUMBER_SIZE = 24 };

static const lock_text *text_of(bool shared)
{
    return shared ? &shared_one : &exclusive;
}

/* *ret: whether the answer is true. */
static enum qc_code run(qc_connection *c, const char *sql, int count, const char *const *values,
                        bool *ret)
{
    PGresult *result;
    const enum qc_code code = qc_pg_ask(c, sql, count, values, &result);
    if (code != QC_ERROR_OK)
        return code;
    *ret = strcmp(qc_pg_text_at(result, 0, 0), "t") == 0;
    PQclear(result);
    return code;
}

/* Before our own deadline, which would cost the connection. */
static int server_timeout(const qc_connection *c)
{
    const int timeout = c->options->timeout_ms;
    return timeout ? timeout - timeout / 8 : 0;
}

enum qc_code qc_pg_lock(qc_connection *c, int64_t key, bool shared, bool only_try, bool *ret_got)
{
    char number[NUMBER_SIZE], timeout[NUMBER_SIZE];
    const char *values[] = {number, timeout};
    bool answer = false;
    snprintf(number, sizeof(number), "%lld", (long long)key);
    snprintf(timeout, sizeof(timeout), "%d", server_timeout(c));
    enum qc_code code = qc_pg_enter(c);
    if (code != QC_ERROR_OK)
        return code;
    if (only_try)
        code = run(c, text_of(shared)->attempt, 1, values, &answer);
    else
        code = run(c, text_of(shared)->wait, 2, values, &answer);
    *ret_got = code == QC_ERROR_OK && (answer || !only_try);
    return code;
}

enum qc_code qc_pg_unlock(qc_connection *c, int64_t key, bool shared)
{
    char number[NUMBER_SIZE];
    const char *values[] = {number};
    bool held = false;
    snprintf(number, sizeof(number), "%lld", (long long)key);
    enum qc_code code = qc_pg_enter(c);
    if (code == QC_ERROR_OK)
        code = run(c, text_of(shared)->release, 1, values, &held);
    if (code == QC_ERROR_OK && !held)
        code = qc_error_set(c->error, QC_ERROR_SERVER,
                            "the advisory lock was released by someone else on this connection");
    return code;
}
