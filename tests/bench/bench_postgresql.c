/* Quercus beside hand-written libpq, on the server of QUERCUS_TEST_PG. `--only raw 1000` and
 * `--only ours 1000` select points and do nothing else, for counting instructions. */
#include <arpa/inet.h>
#include <endian.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "models.h"

enum { ROWS = 200000, INSERTED = 100000, SELECTS = 2000 };

typedef struct setup {
    PGconn *raw;
    qc_db *ours;
    int64_t next_id;
    struct User *structs;
} setup;

static uint64_t read_64(const char *data)
{
    uint64_t value;
    memcpy(&value, data, sizeof value);
    return be64toh(value);
}

static double read_double(const char *data)
{
    uint64_t bits = read_64(data);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* What a careful programmer writes: texts are copied, since the PGresult goes away. */
static void decode(PGresult *result, int row, struct User *user)
{
    user->id = (int64_t)read_64(PQgetvalue(result, row, 0));
    user->email = strdup(PQgetvalue(result, row, 1));
    user->role = strdup(PQgetvalue(result, row, 2));
    user->is_active = *PQgetvalue(result, row, 3) != 0;
    user->score = read_double(PQgetvalue(result, row, 4));
    user->created_at.microseconds = (int64_t)read_64(PQgetvalue(result, row, 5));
}

/* ---- One row by its key. ---- */

static bool raw_point(void *data)
{
    setup *s = data;
    uint64_t key = htobe64((uint64_t)(s->next_id++ % ROWS + 1));
    const char *values[] = {(const char *)&key};
    PGresult *result = PQexecPrepared(s->raw, "point", 1, values, (int[]){8}, (int[]){1}, 1);
    if (PQntuples(result) != 1)
        return false;
    struct User user;
    decode(result, 0, &user);
    PQclear(result);
    free((char *)user.email);
    free((char *)user.role);
    return user.id > 0;
}

static bool our_point(void *data)
{
    setup *s = data;
    bool found = false;
    QC_SCOPE(s->ours) {
        struct User *user = ONE(s->ours, SELECT(User).WHERE(EQ(User_id, s->next_id++ % ROWS + 1)));
        found = user && user->id > 0;
    }
    return found;
}

/* ---- Many rows into structs. ---- */

static const char *const all_sql =
    "SELECT users.id, users.email, users.role, users.is_active, users.score, users.created_at "
    "FROM users";

/* Text is copied into one buffer, as a programmer who measures would do. */
static bool raw_rows(void *data)
{
    setup *s = data;
    PGresult *result = PQexecPrepared(s->raw, "rows", 0, NULL, NULL, NULL, 1);
    int count = PQntuples(result);
    if (count != ROWS)
        return false;
    size_t bytes = 0;
    for (int i = 0; i < count; i++)
        bytes += (size_t)PQgetlength(result, i, 1) + (size_t)PQgetlength(result, i, 2) + 2;
    struct User *users = malloc((size_t)count * sizeof *users);
    char *texts = malloc(bytes), *text = texts;
    if (!users || !texts)
        return false;
    for (int i = 0; i < count; i++) {
        struct User *user = &users[i];
        user->id = (int64_t)read_64(PQgetvalue(result, i, 0));
        size_t size = (size_t)PQgetlength(result, i, 1) + 1;
        user->email = memcpy(text, PQgetvalue(result, i, 1), size);
        text += size;
        size = (size_t)PQgetlength(result, i, 2) + 1;
        user->role = memcpy(text, PQgetvalue(result, i, 2), size);
        text += size;
        user->is_active = *PQgetvalue(result, i, 3) != 0;
        user->score = read_double(PQgetvalue(result, i, 4));
        user->created_at.microseconds = (int64_t)read_64(PQgetvalue(result, i, 5));
        user->orders = NULL;
    }
    PQclear(result);
    bool ok = users[ROWS - 1].id > 0;
    free(texts);
    free(users);
    return ok;
}

static bool our_rows(void *data)
{
    setup *s = data;
    bool ok = false;
    QC_SCOPE(s->ours) {
        struct User **users = ALL(s->ours, SELECT(User));
        ok = qc_count(users) == ROWS && users[ROWS - 1]->id > 0;
    }
    return ok;
}

/* ---- Many structs in. ---- */

static bool run_raw(PGconn *raw, const char *sql)
{
    PGresult *result = PQexec(raw, sql);
    ExecStatusType status = PQresultStatus(result);
    PQclear(result);
    return status == PGRES_COMMAND_OK || status == PGRES_COPY_IN;
}

static char *put_field(char *at, const void *data, uint32_t size)
{
    uint32_t length = htonl(size);
    memcpy(at, &length, 4);
    memcpy(at + 4, data, size);
    return at + 4 + size;
}

static char *put_64(char *at, uint64_t value)
{
    value = htobe64(value);
    return put_field(at, &value, 8);
}

static bool raw_copy(void *data)
{
    setup *s = data;
    if (!run_raw(s->raw, "TRUNCATE users") ||
        !run_raw(s->raw, "COPY users (id, email, role, is_active, score, created_at) FROM STDIN "
                         "(FORMAT binary)"))
        return false;
    static char buffer[1 << 16];
    memcpy(buffer, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
    char *at = buffer + 19;
    for (int i = 0; i < INSERTED; i++) {
        const struct User *user = &s->structs[i];
        uint16_t fields = htons(6);
        memcpy(at, &fields, 2);
        at = put_64(at + 2, (uint64_t)user->id);
        at = put_field(at, user->email, (uint32_t)strlen(user->email));
        at = put_field(at, user->role, (uint32_t)strlen(user->role));
        at = put_field(at, &user->is_active, 1);
        uint64_t bits;
        memcpy(&bits, &user->score, 8);
        at = put_64(at, bits);
        at = put_64(at, (uint64_t)user->created_at.microseconds);
        if (at - buffer > (1 << 16) - 1024) {
            if (PQputCopyData(s->raw, buffer, (int)(at - buffer)) != 1)
                return false;
            at = buffer;
        }
    }
    memcpy(at, "\377\377", 2);
    if (PQputCopyData(s->raw, buffer, (int)(at + 2 - buffer)) != 1 ||
        PQputCopyEnd(s->raw, NULL) != 1)
        return false;
    bool ok = true;
    PGresult *result;
    while ((result = PQgetResult(s->raw))) {
        ok = ok && PQresultStatus(result) == PGRES_COMMAND_OK;
        PQclear(result);
    }
    return ok;
}

static bool our_insert(void *data)
{
    setup *s = data;
    return qc_execute(s->ours, "TRUNCATE users") &&
           EXEC(s->ours, INSERT_ROWS(User, s->structs, INSERTED)) == INSERTED;
}

static bool our_insert_returning(void *data)
{
    setup *s = data;
    bool good = qc_execute(s->ours, "TRUNCATE users");
    QC_SCOPE(s->ours) {
        struct User **users = ALL(s->ours, INSERT_ROWS(User, s->structs, INSERTED).RETURNING());
        good = good && qc_count(users) == INSERTED && users[INSERTED - 1]->id == INSERTED;
    }
    return good;
}

/* ---- ---- */

static bool prepare(setup *s, const char *url)
{
    s->raw = PQconnectdb(url);
    s->ours = qc_open(url);
    s->structs = bench_users(ROWS);
    return PQstatus(s->raw) == CONNECTION_OK && qc_ok(s->ours) && s->structs &&
           qc_drop_all(s->ours, &bench) && qc_create_all(s->ours, &bench) &&
           EXEC(s->ours, INSERT_ROWS(User, s->structs, ROWS)) == ROWS &&
           qc_execute(s->ours, "ANALYZE users") &&
           PQresultStatus(PQprepare(s->raw, "rows", all_sql, 0, NULL)) == PGRES_COMMAND_OK &&
           PQresultStatus(PQprepare(s->raw, "point",
                                    "SELECT id, email, role, is_active, score, created_at FROM "
                                    "users WHERE id = $1",
                                    1, (Oid[]){20})) == PGRES_COMMAND_OK;
}

static long peak_of(bool (*work)(void *), void *data)
{
    bench_peak_reset();
    long before = bench_peak_kib();
    work(data);
    return bench_peak_kib() - before;
}

static int repeat(bool (*work)(void *), setup *s, int times)
{
    bool ok = true;
    for (int i = 0; ok && i < times; i++)
        ok = work(s);
    return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
    const char *url = getenv("QUERCUS_TEST_PG");
    setup s = {0};
    if (!url || !prepare(&s, url)) {
        fprintf(stderr, "bench_postgresql: needs QUERCUS_TEST_PG: %s\n",
                s.ours ? qc_error(s.ours)->message : "not set");
        return 1;
    }
    if (argc == 4 && strcmp(argv[1], "--only") == 0)
        return repeat(strcmp(argv[2], "raw") == 0 ? raw_point : our_point, &s, atoi(argv[3]));
    bench_title("PostgreSQL, Unix socket");
    bench_pair pair = bench_run("point", 41, SELECTS, raw_point, our_point, &s);
    bench_speed("point select by primary key", &pair, 0.97);
    bench_cost("  client CPU", pair.raw.cpu, pair.ours.cpu, "ns", 1.1);

    long raw_peak = peak_of(raw_rows, &s), our_peak = peak_of(our_rows, &s);
    pair = bench_run("rows", 15, 1, raw_rows, our_rows, &s);
    bench_speed("200,000 rows of 6 columns into structs", &pair, 1.0);
    bench_cost("  client CPU", pair.raw.cpu, pair.ours.cpu, "ns", 1.0);
    bench_cost("  peak memory", (double)raw_peak, (double)our_peak, "KiB", 1.2);

    pair = bench_run("insert", 9, 1, raw_copy, our_insert, &s);
    bench_speed("100,000 structs in one call, beside binary COPY", &pair, 0.95);
    pair = bench_run("insert returning", 9, 1, raw_copy, our_insert_returning, &s);
    bench_speed("the same with RETURNING, beside binary COPY", &pair, 0.5);

    qc_drop_all(s.ours, &bench);
    qc_close(s.ours);
    PQfinish(s.raw);
    return 0;
}
