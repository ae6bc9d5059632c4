/* A thousand independent point selects in one pipeline, beside a pipeline written by hand on libpq
 * and beside the same one by one, on the server of QUERCUS_TEST_PG. */
#include <endian.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "models.h"

enum { ROWS = 20000, SELECTS = 1000, STEP = 17 };

typedef struct setup {
    PGconn *raw;
    qc_db *ours;
    int64_t next_id;
} setup;

static int64_t next_key(setup *s)
{
    s->next_id = (s->next_id + STEP) % ROWS;
    return s->next_id + 1;
}

static uint64_t read_64(const char *data)
{
    uint64_t value;
    memcpy(&value, data, sizeof value);
    return be64toh(value);
}

/* What a careful programmer writes: texts are copied, since the PGresult goes away. */
static bool decode(const PGresult *result, struct User *user)
{
    if (PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) != 1)
        return false;
    uint64_t bits = read_64(PQgetvalue(result, 0, 4));
    user->id = (int64_t)read_64(PQgetvalue(result, 0, 0));
    user->email = strdup(PQgetvalue(result, 0, 1));
    user->role = strdup(PQgetvalue(result, 0, 2));
    user->is_active = *PQgetvalue(result, 0, 3) != 0;
    memcpy(&user->score, &bits, sizeof bits);
    user->created_at.microseconds = (int64_t)read_64(PQgetvalue(result, 0, 5));
    return true;
}

static bool raw_send(setup *s)
{
    uint64_t key = htobe64((uint64_t)next_key(s));
    const char *values[] = {(const char *)&key};
    return PQsendQueryPrepared(s->raw, "point", 1, values, (int[]){8}, (int[]){1}, 1);
}

/* libpq sends by itself what fills its buffer. */
static bool raw_pipeline(void *data)
{
    setup *s = data;
    static struct User users[SELECTS];
    bool good = PQenterPipelineMode(s->raw);
    for (int i = 0; i < SELECTS && good; i++)
        good = raw_send(s);
    good = good && PQpipelineSync(s->raw);
    for (int i = 0; i < SELECTS && good; i++) {
        PGresult *result = PQgetResult(s->raw);
        good = decode(result, &users[i]);
        PQclear(result);
        good = good && !PQgetResult(s->raw);
    }
    PGresult *end = PQgetResult(s->raw);
    good = good && PQresultStatus(end) == PGRES_PIPELINE_SYNC;
    PQclear(end);
    for (int i = 0; i < SELECTS && good; i++) {
        good = users[i].id > 0;
        free((char *)users[i].email);
        free((char *)users[i].role);
    }
    return PQexitPipelineMode(s->raw) && good;
}

static bool our_pipeline(void *data)
{
    setup *s = data;
    static struct User *users[SELECTS];
    bool good = true;
    QC_SCOPE(s->ours) {
        PIPELINE(s->ours)
            for (int i = 0; i < SELECTS; i++)
                QUEUE_ONE(s->ours, &users[i], SELECT(User).WHERE(EQ(User_id, next_key(s))));
        good = qc_ok(s->ours);
        for (int i = 0; i < SELECTS && good; i++)
            good = users[i]->id > 0;
    }
    return good;
}

static bool raw_one_by_one(void *data)
{
    setup *s = data;
    for (int i = 0; i < SELECTS; i++) {
        uint64_t key = htobe64((uint64_t)next_key(s));
        const char *values[] = {(const char *)&key};
        PGresult *result = PQexecPrepared(s->raw, "point", 1, values, (int[]){8}, (int[]){1}, 1);
        struct User user;
        if (!decode(result, &user))
            return false;
        PQclear(result);
        free((char *)user.email);
        free((char *)user.role);
    }
    return true;
}

static bool our_one_by_one(void *data)
{
    setup *s = data;
    bool good = true;
    QC_SCOPE(s->ours) {
        for (int i = 0; i < SELECTS && good; i++)
            good = ONE(s->ours, SELECT(User).WHERE(EQ(User_id, next_key(s)))) != NULL;
    }
    return good;
}

static bool prepare(setup *s, const char *url)
{
    static struct User users[ROWS];
    for (int i = 0; i < ROWS; i++)
        users[i] = (struct User){.id = i + 1, .email = "someone@example.org", .role = "member"};
    s->raw = PQconnectdb(url);
    s->ours = qc_open(url);
    return PQstatus(s->raw) == CONNECTION_OK && qc_ok(s->ours) && qc_drop_all(s->ours, &bench) &&
           qc_create_all(s->ours, &bench) &&
           EXEC(s->ours, INSERT_ROWS(User, users, ROWS)) == ROWS &&
           qc_execute(s->ours, "ANALYZE users") &&
           PQresultStatus(PQprepare(s->raw, "point",
                                    "SELECT id, email, role, is_active, score, created_at FROM "
                                    "users WHERE id = $1",
                                    1, (Oid[]){20})) == PGRES_COMMAND_OK;
}

int main(void)
{
    const char *url = getenv("QUERCUS_TEST_PG");
    setup s = {0};
    if (!url || !prepare(&s, url)) {
        fprintf(stderr, "bench_pipeline: needs QUERCUS_TEST_PG: %s\n",
                s.ours ? qc_error(s.ours)->message : "not set");
        return 1;
    }
    bench_title("Pipelines: 1,000 point selects");
    const bench_pair piped = bench_run("pipeline", 61, 1, raw_pipeline, our_pipeline, &s);
    bench_speed("in one pipeline", &piped, 0.9);
    bench_cost("  client CPU", piped.raw.cpu, piped.ours.cpu, "ns", 1.5);
    const bench_pair single = bench_run("one by one", 15, 1, raw_one_by_one, our_one_by_one, &s);
    bench_speed("one by one", &single, 0.9);
    printf("  the pipeline is faster by a factor of %32.2f %14.2f\n",
           single.raw.wall / piped.raw.wall, single.ours.wall / piped.ours.wall);
    qc_drop_all(s.ours, &bench);
    qc_close(s.ours);
    PQfinish(s.raw);
    return 0;
}
