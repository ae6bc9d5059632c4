/* The price of an engine: beside a raw libpq connection that is held, on the server of
 * QUERCUS_TEST_PG. */
#include <endian.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "models.h"

enum { ROWS = 10000, SELECTS = 2000, TURNS = 200000 };

typedef struct setup {
    PGconn *raw;
    qc_engine *engine;
    int64_t next_id;
} setup;

static bool raw_point(void *data)
{
    setup *s = data;
    uint64_t key = htobe64((uint64_t)(s->next_id++ % ROWS + 1));
    const char *values[] = {(const char *)&key};
    PGresult *result = PQexecPrepared(s->raw, "point", 1, values, (int[]){8}, (int[]){1}, 1);
    if (PQntuples(result) != 1)
        return false;
    uint64_t id, score;
    memcpy(&id, PQgetvalue(result, 0, 0), 8);
    char *email = strdup(PQgetvalue(result, 0, 1)), *role = strdup(PQgetvalue(result, 0, 2));
    memcpy(&score, PQgetvalue(result, 0, 4), 8);
    PQclear(result);
    free(email);
    free(role);
    return be64toh(id) > 0;
}

static bool our_point(void *data)
{
    setup *s = data;
    bool found = false;
    CHECKOUT(db, s->engine) {
        struct User *user = ONE(db, SELECT(User).WHERE(EQ(User_id, s->next_id++ % ROWS + 1)));
        found = user && user->id > 0;
    }
    return found;
}

static bool nothing(void *data)
{
    return data != NULL;
}

static bool out_and_back(void *data)
{
    setup *s = data;
    qc_db *db = qc_checkout(s->engine);
    qc_checkin(db);
    return qc_ok(db);
}

static bool prepare(setup *s, const char *url)
{
    bool good = false;
    s->raw = PQconnectdb(url);
    s->engine = qc_engine_open(url, NULL);
    CHECKOUT(db, s->engine) {
        good = PQstatus(s->raw) == CONNECTION_OK && qc_ok(db) && qc_drop_all(db, &bench) &&
               qc_create_all(db, &bench) &&
               qc_execute(db, "INSERT INTO users (id, email, role, is_active, score, created_at) "
                              "SELECT i, 'user' || i, 'member', true, i, now() "
                              "FROM generate_series(1, 10000) i; ANALYZE users") &&
               PQresultStatus(PQprepare(s->raw, "point",
                                        "SELECT id, email, role, is_active, score, created_at "
                                        "FROM users WHERE id = $1",
                                        1, (Oid[]){20})) == PGRES_COMMAND_OK;
        if (!good)
            fprintf(stderr, "bench_pool: %s\n", qc_error(db)->message);
    }
    return good;
}

int main(void)
{
    const char *url = getenv("QUERCUS_TEST_PG");
    setup s = {0};
    if (!url || !prepare(&s, url)) {
        fprintf(stderr, "bench_pool: needs QUERCUS_TEST_PG\n");
        return 1;
    }
    bench_title("Engine, PostgreSQL, Unix socket");
    bench_pair pair = bench_run("pooled point", 41, SELECTS, raw_point, our_point, &s);
    bench_speed("checkout, point select, checkin; beside a held connection", &pair, 0.95);
    bench_cost("  client CPU", pair.raw.cpu, pair.ours.cpu, "ns", 1.1);
    pair = bench_run("checkout", 41, TURNS, nothing, out_and_back, &s);
    bench_number("checkout and checkin (to reach: <= 300)", pair.ours.wall, "ns");
    bench_number("  client CPU", pair.ours.cpu, "ns");

    CHECKOUT(db, s.engine) {
        qc_drop_all(db, &bench);
    }
    qc_engine_close(s.engine);
    PQfinish(s.raw);
    return 0;
}
