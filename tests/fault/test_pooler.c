/* Does a pooler that hands every transaction another server connection mix up statements? Eight
 * clients behind a PgBouncer in transaction mode with two connections to the server read the right
 * rows: without names always, with names (hashes of the statements' texts) after at most an error
 * of a transaction that says why, and its repetition. */
#include "../databases.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

MODEL(PoolerItem, "pooler_items",
    COLUMN(id, BIGINT, PRIMARY_KEY),
    COLUMN(name, TEXT))

SCHEMA(pooler, PoolerItem)

enum { CLIENTS = 8, ROUNDS = 60, QUERIES = 8, ATTEMPTS = 20 };

typedef struct client {
    pthread_t thread;
    char url[1024];
    bool named;
    int number;
    long queries, refused; /* transactions that failed for a statement's sake */
    char problem[256];
} client;

/* Query number `i`, and what it must answer. */
static int64_t ask(qc_db *db, int i)
{
    switch (i) {
    case 0:
        return SCALAR(db, SELECT(COUNT(PoolerItem_id)).WHERE(LE(PoolerItem_id, 11)));
    case 1:
        return SCALAR(db, SELECT(COUNT(PoolerItem_id)).WHERE(GT(PoolerItem_id, 12)));
    case 2:
        return SCALAR(db, SELECT(MAX(PoolerItem_id)).WHERE(LT(PoolerItem_id, 13)));
    case 3:
        return SCALAR(db, SELECT(MIN(PoolerItem_id)).WHERE(GE(PoolerItem_id, 14)));
    case 4:
        return SCALAR(db, SELECT(PoolerItem_id).WHERE(EQ(PoolerItem_name, "item 15")));
    case 5:
        return SCALAR(db, SELECT(PoolerItem_id).WHERE(EQ(PoolerItem_id, 16)));
    case 6:
        return SCALAR(db, SELECT(ADD(PoolerItem_id, 1)).WHERE(EQ(PoolerItem_id, 17)));
    default:
        return SCALAR(db, SELECT(MUL(PoolerItem_id, 2)).WHERE(EQ(PoolerItem_id, 18)));
    }
}

static const int64_t answers[QUERIES] = {11, 88, 12, 14, 15, 16, 18, 36};

static bool note(client *c, const qc_db *db, const char *what)
{
    const struct qc_error *error = qc_error(db);
    snprintf(c->problem, sizeof(c->problem), "%s: %s (%s)", what,
             error->message ? error->message : "no error", error->sqlstate);
    return false;
}

static bool check(client *c, qc_db *db, int i)
{
    const int64_t answer = ask(db, i);
    c->queries++;
    if (!qc_ok(db))
        return false;
    if (answer == answers[i])
        return true;
    snprintf(c->problem, sizeof(c->problem), "query %d answered %lld", i, (long long)answer);
    return false;
}

/* Whether the error is the one that names can cause. */
static bool is_of_names(const client *c, const qc_db *db)
{
    const char *sqlstate = qc_error(db)->sqlstate;
    return c->named && !*c->problem &&
           (strcmp(sqlstate, "26000") == 0 || strcmp(sqlstate, "42P05") == 0);
}

/* A statement of each kind in one transaction; repeated as a whole when a name was in the way. */
static bool read_in_transaction(client *c, qc_db *db, int round)
{
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        bool good = qc_begin(db);
        for (int i = 0; good && i < QUERIES; i++)
            good = check(c, db, (round + i) % QUERIES);
        if (good)
            return qc_commit(db) || note(c, db, "commit");
        if (!is_of_names(c, db))
            return note(c, db, "in a transaction");
        c->refused++;
        if (!qc_rollback(db))
            return note(c, db, "roll back");
    }
    return note(c, db, "every attempt");
}

static void *run(void *data)
{
    client *c = data;
    qc_db *db = qc_open(c->url);
    bool good = qc_ok(db) || note(c, db, "open");
    qc_set_named_statements(db, c->named);
    for (int round = 0; good && round < ROUNDS; round++) {
        for (int i = 0; good && i < QUERIES; i++)
            good = check(c, db, (round * c->number + i) % QUERIES) || note(c, db, "alone");
        good = good && read_in_transaction(c, db, round);
        qc_release(db);
    }
    qc_close(db);
    return NULL;
}

START_TEST(clients_get_their_own_rows)
{
    client clients[CLIENTS] = {{0}};
    long queries = 0, refused = 0;
    for (int i = 0; i < CLIENTS; i++) {
        clients[i].named = _i;
        clients[i].number = i;
        snprintf(clients[i].url, sizeof(clients[i].url), "%s&dbname=two",
                 getenv("QUERCUS_TEST_PGBOUNCER_TRANSACTION"));
        ck_assert_int_eq(pthread_create(&clients[i].thread, NULL, run, &clients[i]), 0);
    }
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(clients[i].thread, NULL);
    for (int i = 0; i < CLIENTS; i++) {
        ck_assert_str_eq(clients[i].problem, "");
        queries += clients[i].queries;
        refused += clients[i].refused;
    }
    printf("# %d clients, two server connections, names %s: %ld queries, %ld transactions "
           "repeated\n",
           CLIENTS, _i ? "on" : "off", queries, refused);
    fflush(stdout);
    if (!_i)
        ck_assert_int_eq(refused, 0);
}
END_TEST

static qc_db *open_server(void)
{
    qc_db *db = qc_open(getenv("QUERCUS_TEST_PG"));
    if (!qc_ok(db))
        database_fail(db, "open");
    return db;
}

static void begin(void)
{
    if (!getenv("QUERCUS_TEST_PGBOUNCER_TRANSACTION"))
        ck_abort_msg("QUERCUS_TEST_PGBOUNCER_TRANSACTION is not set: run scripts/test");
    qc_db *db = open_server();
    database_run(db, "DROP TABLE IF EXISTS pooler_items");
    if (!qc_create_all(db, &pooler))
        database_fail(db, "create");
    database_run(db, "INSERT INTO pooler_items SELECT n, 'item ' || n FROM generate_series(1, 100) n");
    qc_close(db);
}

static void end(void)
{
    qc_db *db = open_server();
    qc_drop_all(db, &pooler);
    qc_close(db);
}

Suite *pooler_suite(void)
{
    Suite *suite = suite_create("pooler");
    TCase *tests = tcase_create("pooler");
    tcase_set_timeout(tests, 60);
    tcase_add_unchecked_fixture(tests, begin, end);
    tcase_add_loop_test(tests, clients_get_their_own_rows, 0, 2);
    suite_add_tcase(suite, tests);
    return suite;
}
