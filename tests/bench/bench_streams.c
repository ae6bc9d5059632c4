/* Structs in by COPY_IN, beside binary COPY written by hand, and five million rows out by STREAM,
 * beside libpq's single-row mode, on the server of QUERCUS_TEST_PG. */
#include <arpa/inet.h>
#include <endian.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "models.h"

enum { INSERTED = 100000, STREAMED = 5000000, MOST_KIB = 64 * 1024 };

typedef struct setup {
    PGconn *raw;
    qc_db *ours;
    struct User *structs;
    int64_t sum; /* of the ids streamed last */
} setup;

static bool finish(PGconn *raw, ExecStatusType expected)
{
    bool good = true;
    PGresult *result;
    while ((result = PQgetResult(raw))) {
        good = good && PQresultStatus(result) == expected;
        PQclear(result);
    }
    return good;
}

/* ---- Structs in. ---- */

static char *put_field(char *at, const void *data, uint32_t size)
{
    const uint32_t length = htonl(size);
    memcpy(at, &length, 4);
    memcpy(at + 4, data, size);
    return at + 4 + size;
}

static char *put_64(char *at, uint64_t value)
{
    value = htobe64(value);
    return put_field(at, &value, 8);
}

static char *put_user(char *at, const struct User *user)
{
    uint16_t fields = htons(6);
    uint64_t bits;
    memcpy(at, &fields, 2);
    memcpy(&bits, &user->score, 8);
    at = put_64(at + 2, (uint64_t)user->id);
    at = put_field(at, user->email, (uint32_t)strlen(user->email));
    at = put_field(at, user->role, (uint32_t)strlen(user->role));
    at = put_field(at, &user->is_active, 1);
    at = put_64(at, bits);
    return put_64(at, (uint64_t)user->created_at.microseconds);
}

static bool raw_begin(PGconn *raw)
{
    PGresult *emptied = PQexec(raw, "TRUNCATE users");
    PGresult *begun = PQexec(raw, "COPY users (id, email, role, is_active, score, created_at) "
                                  "FROM STDIN (FORMAT binary)");
    const bool good = PQresultStatus(emptied) == PGRES_COMMAND_OK &&
                      PQresultStatus(begun) == PGRES_COPY_IN;
    PQclear(emptied);
    PQclear(begun);
    return good;
}

static bool raw_copy(void *data)
{
    enum { HEADER = 19, SIZE = 1 << 16, MOST_ROW = 1024 };
    static char buffer[SIZE];
    const setup *s = data;
    bool good = raw_begin(s->raw);
    memcpy(buffer, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", HEADER);
    char *at = buffer + HEADER;
    for (int i = 0; i < INSERTED && good; i++) {
        at = put_user(at, &s->structs[i]);
        if (at - buffer > SIZE - MOST_ROW) {
            good = PQputCopyData(s->raw, buffer, (int)(at - buffer)) == 1;
            at = buffer;
        }
    }
    memcpy(at, "\377\377", 2);
    return good && PQputCopyData(s->raw, buffer, (int)(at + 2 - buffer)) == 1 &&
           PQputCopyEnd(s->raw, NULL) == 1 && finish(s->raw, PGRES_COMMAND_OK);
}

static bool our_copy(void *data)
{
    const setup *s = data;
    if (!qc_execute(s->ours, "TRUNCATE users"))
        return false;
    COPY_IN(s->ours, User, writer)
        for (int i = 0; i < INSERTED; i++)
            qc_copy_put(writer, &s->structs[i]);
    return qc_copy_rows(s->ours) == INSERTED;
}

/* ---- Rows out. ---- */

static uint64_t read_64(const char *data)
{
    uint64_t value;
    memcpy(&value, data, sizeof value);
    return be64toh(value);
}

/* The texts point into the result, which is there as long as the row. */
static void decode(const PGresult *result, struct User *user)
{
    const uint64_t bits = read_64(PQgetvalue(result, 0, 4));
    user->id = (int64_t)read_64(PQgetvalue(result, 0, 0));
    user->email = PQgetvalue(result, 0, 1);
    user->role = PQgetvalue(result, 0, 2);
    user->is_active = *PQgetvalue(result, 0, 3) != 0;
    memcpy(&user->score, &bits, sizeof bits);
    user->created_at.microseconds = (int64_t)read_64(PQgetvalue(result, 0, 5));
}

static bool use(setup *s, const struct User *user)
{
    s->sum += user->id;
    return user->email[0] && user->role[0];
}

static bool raw_stream(void *data)
{
    setup *s = data;
    PGresult *result = NULL;
    struct User user;
    s->sum = 0;
    bool good = PQsendQueryPrepared(s->raw, "rows", 0, NULL, NULL, NULL, 1) &&
                PQsetSingleRowMode(s->raw);
    while (good && (result = PQgetResult(s->raw)) &&
           PQresultStatus(result) == PGRES_SINGLE_TUPLE) {
        decode(result, &user);
        good = use(s, &user);
        PQclear(result);
    }
    good = good && PQresultStatus(result) == PGRES_TUPLES_OK;
    PQclear(result);
    return finish(s->raw, PGRES_TUPLES_OK) && good;
}

static bool our_stream(void *data)
{
    setup *s = data;
    bool good = true;
    s->sum = 0;
    STREAM(user, s->ours, SELECT(User))
        good = use(s, user) && good;
    return qc_ok(s->ours) && good;
}

static bool our_chunks(void *data)
{
    setup *s = data;
    bool good = true;
    s->sum = 0;
    STREAM_CHUNKS(users, s->ours, 1000, SELECT(User))
        EACH(struct User, user, users)
            good = use(s, user) && good;
    return qc_ok(s->ours) && good;
}

static bool our_copy_out(void *data)
{
    setup *s = data;
    bool good = true;
    s->sum = 0;
    COPY_OUT(user, s->ours, SELECT(User))
        good = use(s, user) && good;
    return qc_ok(s->ours) && good;
}

/* The whole of the process: what it had before counts as well. */
static bool measure_stream(const char *what, bool (*ours)(void *), double reach, setup *s)
{
    const int64_t sum = (int64_t)STREAMED * (STREAMED + 1) / 2;
    const bench_pair pair = bench_run(what, 3, 1, raw_stream, ours, s);
    bench_speed(what, &pair, reach);
    bench_peak_reset();
    const bool good = ours(s) && s->sum == sum;
    const long peak = bench_peak_kib();
    bench_number("  resident memory (to reach: <= 65536)", (double)peak, "KiB");
    return good && peak <= MOST_KIB;
}

/* ---- The whole. ---- */

static bool prepare(setup *s, const char *url)
{
    s->raw = PQconnectdb(url);
    s->ours = qc_open(url);
    s->structs = bench_users(INSERTED);
    return PQstatus(s->raw) == CONNECTION_OK && qc_ok(s->ours) && s->structs &&
           qc_drop_all(s->ours, &bench) && qc_create_all(s->ours, &bench);
}

static bool fill(setup *s)
{
    const char *sql = "SELECT users.id, users.email, users.role, users.is_active, users.score, "
                      "users.created_at FROM users";
    PGresult *prepared = PQprepare(s->raw, "rows", sql, 0, NULL);
    const bool good =
        PQresultStatus(prepared) == PGRES_COMMAND_OK &&
        qc_execute(s->ours, "TRUNCATE users") &&
        qc_execute(s->ours, "INSERT INTO users (id, email, role, is_active, score, created_at) "
                            "SELECT i, 'user' || i || '@example.org', 'member', true, i / 7.0, "
                            "now() FROM generate_series(1, 5000000) i") &&
        qc_execute(s->ours, "VACUUM ANALYZE users");
    PQclear(prepared);
    return good;
}

static int fail(const setup *s)
{
    fprintf(stderr, "bench_streams: needs QUERCUS_TEST_PG: %s\n",
            s->ours ? qc_error(s->ours)->message : "not set");
    return 1;
}

int main(void)
{
    const char *url = getenv("QUERCUS_TEST_PG");
    setup s = {0};
    if (!url || !prepare(&s, url))
        return fail(&s);
    bench_title("COPY and streams, PostgreSQL, Unix socket");
    const bench_pair copy = bench_run("COPY_IN", 15, 1, raw_copy, our_copy, &s);
    bench_speed("100,000 structs by COPY_IN, beside binary COPY", &copy, 0.95);
    if (!fill(&s))
        return fail(&s);
    bool good = measure_stream("5,000,000 rows by STREAM, beside single-row mode", our_stream,
                               0.95, &s);
    good = measure_stream("the same by STREAM_CHUNKS of 1,000", our_chunks, 0.95, &s) && good;
    good = measure_stream("the same by COPY_OUT", our_copy_out, 0.95, &s) && good;
    qc_drop_all(s.ours, &bench);
    qc_close(s.ours);
    PQfinish(s.raw);
    free(s.structs);
    return good ? 0 : 1;
}
