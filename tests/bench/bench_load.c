/* 1,000 users with 10 orders each, loaded by SELECTIN and by JOINED, beside libpq by hand: two
 * statements and grouping, or one join, on the server of QUERCUS_TEST_PG. `--only selectin 100`
 * and `--only joined 100` load and do nothing else, for counting instructions. */
#include <arpa/inet.h>
#include <endian.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "models.h"

enum { USERS = 1000, EACH = 10, ORDERS = USERS * EACH, INT8_ARRAY = 1016, MOST_NS = 120 };

typedef struct setup {
    PGconn *raw;
    qc_db *ours;
} setup;

/* ---- By hand. ---- */

/* What was loaded: structs and lists in one block each, texts in the results. */
typedef struct loaded {
    struct User *users;
    struct Order *orders, **lists, **at;
    PGresult *results[2];
} loaded;

static uint64_t read_64(const char *data)
{
    uint64_t value;
    memcpy(&value, data, sizeof value);
    return be64toh(value);
}

static void decode_user(const PGresult *result, int row, struct User *user)
{
    const uint64_t bits = read_64(PQgetvalue(result, row, 4));
    user->id = (int64_t)read_64(PQgetvalue(result, row, 0));
    user->email = PQgetvalue(result, row, 1);
    user->role = PQgetvalue(result, row, 2);
    user->is_active = *PQgetvalue(result, row, 3) != 0;
    memcpy(&user->score, &bits, sizeof bits);
    user->created_at.microseconds = (int64_t)read_64(PQgetvalue(result, row, 5));
    user->orders = NULL;
}

/* The amount arrives as text: that is what the struct has. */
static void decode_order(const PGresult *result, int row, int column, struct Order *order)
{
    order->id = (int64_t)read_64(PQgetvalue(result, row, column));
    order->user_id = (int64_t)read_64(PQgetvalue(result, row, column + 1));
    order->amount.text = PQgetvalue(result, row, column + 2);
    order->user = NULL;
}

static bool begin_loaded(loaded *l)
{
    l->users = malloc(USERS * sizeof *l->users);
    l->orders = malloc(ORDERS * sizeof *l->orders);
    l->lists = l->at = malloc((ORDERS + USERS) * sizeof(void *));
    l->results[0] = l->results[1] = NULL;
    return l->users && l->orders && l->lists;
}

static bool end_loaded(loaded *l, bool good)
{
    for (int i = 0; i < USERS && good; i++)
        good = l->users[i].orders && l->users[i].orders[EACH - 1] && !l->users[i].orders[EACH];
    free(l->users);
    free(l->orders);
    free(l->lists);
    PQclear(l->results[0]);
    PQclear(l->results[1]);
    return good;
}

/* Ids to places, by open addressing. */
enum { SLOTS = 4 * USERS };
static unsigned slot_of(const struct User *users, const int *slots, int64_t id)
{
    unsigned at = (unsigned)((uint64_t)id * UINT64_C(0x9e3779b97f4a7c15) >> 32) % SLOTS;
    while (slots[at] && users[slots[at] - 1].id != id)
        at = (at + 1) % SLOTS;
    return at;
}

/* The array of ids as the server wants it. */
static char *write_ids(const struct User *users, size_t *ret_size)
{
    const uint32_t header[] = {htonl(1), 0, htonl(20), htonl(USERS), htonl(1)}, eight = htonl(8);
    char *array = malloc(sizeof header + USERS * 12), *at = array + sizeof header;
    if (!array)
        return NULL;
    memcpy(array, header, sizeof header);
    for (int i = 0; i < USERS; i++) {
        const uint64_t id = htobe64((uint64_t)users[i].id);
        memcpy(at, &eight, 4);
        memcpy(at + 4, &id, 8);
        at += 12;
    }
    *ret_size = (size_t)(at - array);
    return array;
}

static bool ask_orders(const setup *s, loaded *l)
{
    size_t size = 0;
    char *ids = write_ids(l->users, &size);
    l->results[1] = PQexecPrepared(s->raw, "orders", 1, (const char *const[]){ids},
                                   (int[]){(int)size}, (int[]){1}, 1);
    free(ids);
    return ids && PQntuples(l->results[1]) == ORDERS;
}

/* Counts the orders of each user, then deals them out. */
static bool group_orders(loaded *l)
{
    int *slots = calloc(SLOTS, sizeof *slots), *of = malloc(ORDERS * sizeof *of);
    int *counts = calloc(USERS, sizeof *counts);
    for (int i = 0; i < USERS && slots; i++)
        slots[slot_of(l->users, slots, l->users[i].id)] = i + 1;
    for (int i = 0; i < ORDERS && of && counts && slots; i++) {
        decode_order(l->results[1], i, 0, &l->orders[i]);
        of[i] = slots[slot_of(l->users, slots, l->orders[i].user_id)] - 1;
        counts[of[i]]++;
    }
    for (int i = 0; i < USERS && of && counts && slots; i++) {
        l->users[i].orders = l->at;
        l->at += counts[i];
        *l->at++ = NULL;
        counts[i] = 0;
    }
    for (int i = 0; i < ORDERS && of && counts && slots; i++)
        l->users[of[i]].orders[counts[of[i]]++] = &l->orders[i];
    const bool good = slots && of && counts;
    free(slots);
    free(of);
    free(counts);
    return good;
}

static bool raw_selectin(void *data)
{
    const setup *s = data;
    loaded l;
    bool good = begin_loaded(&l);
    l.results[0] = PQexecPrepared(s->raw, "users", 0, NULL, NULL, NULL, 1);
    good = good && PQntuples(l.results[0]) == USERS;
    for (int i = 0; i < USERS && good; i++)
        decode_user(l.results[0], i, &l.users[i]);
    return end_loaded(&l, good && ask_orders(s, &l) && group_orders(&l));
}

/* The rows come by user, so that the last one is this one or another. */
static bool raw_joined(void *data)
{
    const setup *s = data;
    loaded l;
    bool good = begin_loaded(&l);
    struct User *user = l.users;
    l.results[0] = PQexecPrepared(s->raw, "join", 0, NULL, NULL, NULL, 1);
    good = good && PQntuples(l.results[0]) == ORDERS;
    for (int i = 0; i < ORDERS && good; i++) {
        const int64_t id = (int64_t)read_64(PQgetvalue(l.results[0], i, 0));
        if (i == 0 || user->id != id) {
            if (i > 0) {
                *l.at++ = NULL;
                user++;
            }
            decode_user(l.results[0], i, user);
            user->orders = l.at;
        }
        decode_order(l.results[0], i, 6, &l.orders[i]);
        *l.at++ = &l.orders[i];
    }
    if (good)
        *l.at = NULL;
    return end_loaded(&l, good);
}

/* ---- By a query. ---- */

static bool is_loaded(struct User **users)
{
    bool good = qc_count(users) == USERS;
    for (int i = 0; i < USERS && good; i++)
        good = qc_count(users[i]->orders) == EACH && users[i]->orders[EACH - 1];
    return good;
}

static bool our_selectin(void *data)
{
    const setup *s = data;
    bool good = false;
    QC_SCOPE(s->ours)
        good = is_loaded(ALL(s->ours, SELECT(User).LOAD(SELECTIN(User_orders))));
    return good;
}

static bool our_joined(void *data)
{
    const setup *s = data;
    bool good = false;
    QC_SCOPE(s->ours)
        good = is_loaded(ALL(s->ours, SELECT(User).ORDER_BY(User_id).LOAD(JOINED(User_orders))));
    return good;
}

static bool our_nested(void *data)
{
    const setup *s = data;
    bool good = false;
    QC_SCOPE(s->ours)
        good = is_loaded(ALL(s->ours, SELECT(User).ORDER_BY(User_id).LOAD(NESTED(User_orders))));
    return good;
}

/* The same statements without loaders: what loading them costs more is the loaders'. */
static bool fetch_two(void *data)
{
    const setup *s = data;
    bool good = false;
    QC_SCOPE(s->ours) {
        struct User **users = ALL(s->ours, SELECT(User));
        int64_t *ids = malloc(USERS * sizeof *ids);
        for (int i = 0; i < USERS && ids && users; i++)
            ids[i] = users[i]->id;
        good = qc_count(ALL(s->ours, SELECT(Order).WHERE(IN_ARRAY(Order_user_id, ids, USERS)))) ==
               ORDERS;
        free(ids);
    }
    return good;
}

static bool fetch_orders(void *data)
{
    const setup *s = data;
    bool good = false;
    QC_SCOPE(s->ours)
        good = qc_count(ALL(s->ours, SELECT(Order))) == ORDERS;
    return good;
}

/* The same as objects of a new session. */
static bool track_orders(void *data)
{
    const setup *s = data;
    const bool good = qc_session_start(s->ours, NULL) && fetch_orders(data);
    qc_session_stop(s->ours);
    return good;
}

static bool fetch_join(void *data)
{
    const setup *s = data;
    bool good = false;
    QC_SCOPE(s->ours)
        good = qc_count(ALL(s->ours, SELECT(User, Order)
                                         .FROM(User)
                                         .LEFT_JOIN(User_orders)
                                         .ORDER_BY(User_id))) == ORDERS;
    return good;
}

/* ---- The whole. ---- */

static bool run_raw(PGconn *raw, const char *name, const char *sql, Oid type)
{
    PGresult *result = PQprepare(raw, name, sql, type ? 1 : 0, &type);
    const bool good = PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
    return good;
}

static bool insert(qc_db *db)
{
    static char emails[USERS][32];
    struct User *users = calloc(USERS, sizeof *users);
    struct Order *orders = calloc(ORDERS, sizeof *orders);
    for (int i = 0; i < USERS && users; i++) {
        snprintf(emails[i], sizeof emails[i], "user%d@example.org", i);
        users[i] = (struct User){.id = i + 1, .email = emails[i], .role = "member", .score = i};
    }
    for (int i = 0; i < ORDERS && orders; i++)
        orders[i] = (struct Order){.id = i + 1, .user_id = i % USERS + 1, .amount = {"12.50"}};
    const bool good = users && orders && EXEC(db, INSERT_ROWS(User, users, USERS)) == USERS &&
                      EXEC(db, INSERT_ROWS(Order, orders, ORDERS)) == ORDERS &&
                      qc_execute(db, "CREATE INDEX ON orders (user_id)") &&
                      qc_execute(db, "ANALYZE users") && qc_execute(db, "ANALYZE orders");
    free(users);
    free(orders);
    return good;
}

static bool prepare(setup *s, const char *url)
{
    s->raw = PQconnectdb(url);
    s->ours = qc_open(url);
    return PQstatus(s->raw) == CONNECTION_OK && qc_ok(s->ours) && qc_drop_all(s->ours, &bench) &&
           qc_create_all(s->ours, &bench) && insert(s->ours) &&
           run_raw(s->raw, "users",
                   "SELECT id, email, role, is_active, score, created_at FROM users", 0) &&
           run_raw(s->raw, "orders",
                   "SELECT id, user_id, amount::text FROM orders WHERE user_id = ANY($1)",
                   INT8_ARRAY) &&
           run_raw(s->raw, "join",
                   "SELECT u.id, u.email, u.role, u.is_active, u.score, u.created_at, o.id, "
                   "o.user_id, o.amount::text FROM users u LEFT JOIN orders o ON o.user_id = u.id "
                   "ORDER BY u.id",
                   0);
}

static void print_over(const char *what, const bench_pair *pair, int rows)
{
    char text[80];
    snprintf(text, sizeof text, "%s (to reach: <= %d)", what, MOST_NS);
    bench_number(text, (pair->ours.cpu - pair->raw.cpu) / rows, "ns a loaded row");
}

static void measure(const char *what, bool (*raw)(void *), bool (*ours)(void *),
                    bool (*fetch)(void *), setup *s)
{
    bench_pair pair = bench_run(what, 41, 5, raw, ours, s);
    bench_speed(what, &pair, 0.9);
    pair = bench_run(what, 41, 5, fetch, ours, s);
    print_over("  over the fetch", &pair, USERS + ORDERS);
}

static int repeat(bool (*work)(void *), setup *s, int times)
{
    bool good = true;
    for (int i = 0; good && i < times; i++)
        good = work(s);
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    const char *url = getenv("QUERCUS_TEST_PG");
    setup s = {0};
    if (!url || !prepare(&s, url)) {
        fprintf(stderr, "bench_load: needs QUERCUS_TEST_PG: %s\n",
                s.ours ? qc_error(s.ours)->message : "not set");
        return 1;
    }
    if (argc == 4 && strcmp(argv[1], "--only") == 0)
        return repeat(strcmp(argv[2], "joined") == 0 ? our_joined : our_selectin, &s,
                      atoi(argv[3]));
    bench_title("1,000 users with 10 orders each");
    measure("SELECTIN, beside two statements and grouping by hand", raw_selectin, our_selectin,
            fetch_two, &s);
    measure("JOINED, beside a join by hand", raw_joined, our_joined, fetch_join, &s);
    bench_pair pair = bench_run("tracked", 41, 5, fetch_orders, track_orders, &s);
    print_over("Objects of a session, over the fetch", &pair, ORDERS);
    pair = bench_run("nested", 41, 5, raw_joined, our_nested, &s);
    bench_number("NESTED, of the speed of that join (no figure is set)",
                 100 * pair.raw.wall / pair.ours.wall, "%");
    qc_drop_all(s.ours, &bench);
    qc_close(s.ours);
    PQfinish(s.raw);
    return 0;
}
