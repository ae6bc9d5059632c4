/* See chaos.h. */
#define _POSIX_C_SOURCE 200809L
#include "chaos.h"

#include <libpq-fe.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

enum { POOLER_SIZE = 3 };

const char *const chaos_names[CHAOS_KINDS] = {
#define CHAOS_ROW(name, weight) #name,
    CHAOS(CHAOS_ROW)
#undef CHAOS_ROW
};

static const int weights[CHAOS_KINDS] = {
#define CHAOS_ROW(name, weight) weight,
    CHAOS(CHAOS_ROW)
#undef CHAOS_ROW
};

/* splitmix64 */
uint64_t chaos_random(chaos *c, uint64_t below)
{
    uint64_t x = c->random += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return (x ^ x >> 31) % below;
}

static void pause_up_to(chaos *c, int milliseconds)
{
    poll(NULL, 0, (int)chaos_random(c, (uint64_t)milliseconds));
}

static proxy *any_proxy(chaos *c)
{
    return chaos_random(c, 2) ? c->direct : c->pooled;
}

/* ---- The server. ---- */

static void ignore_notice(void *data, const char *text)
{
    (void)data;
    (void)text;
}

/* The number a statement answers; -1 when it does not work. */
static int ask(const chaos *c, const char *sql)
{
    char url[400];
    snprintf(url, sizeof(url), "%s&application_name=chaos&connect_timeout=2",
             server_url(c->primary));
    PGconn *link = PQconnectdb(url);
    PQsetNoticeProcessor(link, ignore_notice, NULL);
    PGresult *result = PQexec(link, sql);
    const int number = PQntuples(result) == 1 ? atoi(PQgetvalue(result, 0, 0)) : -1;
    PQclear(result);
    PQfinish(link);
    return number;
}

#define OF_WORKERS                                                                                 \
    "FROM pg_stat_activity WHERE backend_type = 'client backend' AND application_name <> 'chaos' "

int chaos_backends(const chaos *c)
{
    return ask(c, "SELECT count(*) " OF_WORKERS);
}

static void terminate(chaos *c)
{
    const bool all = chaos_random(c, 4) == 0;
    ask(c, all ? "SELECT count(pg_terminate_backend(pid)) " OF_WORKERS
               : "SELECT pg_terminate_backend(pid) " OF_WORKERS "ORDER BY random() LIMIT 1");
}

static void kill_backend(chaos *c)
{
    const int pid = ask(c, "SELECT pid " OF_WORKERS "ORDER BY random() LIMIT 1");
    if (pid <= 0)
        return;
    kill(pid, SIGKILL);
    for (int i = 0; i < 100 && chaos_backends(c) < 0; i++)
        poll(NULL, 0, 20);
}

static void kill_postmaster(chaos *c)
{
    server_kill(c->primary);
    pause_up_to(c, 200);
    if (!server_restart(c->primary))
        snprintf(c->broken, sizeof(c->broken), "the server does not start again");
}

static bool start_pooler(chaos *c)
{
    if (server_start_pooler(c->primary, POOLER_SIZE))
        return true;
    snprintf(c->broken, sizeof(c->broken), "PgBouncer does not start");
    return false;
}

static void kill_pooler(chaos *c)
{
    server_kill_pooler(c->primary);
    pause_up_to(c, 200);
    start_pooler(c);
}

static void change_table(chaos *c)
{
    static const char *const statements[] = {
        "ALTER TABLE soak_entries ADD COLUMN IF NOT EXISTS more integer",
        "ALTER TABLE soak_entries DROP COLUMN IF EXISTS more",
        "ALTER TABLE soak_entries ALTER note TYPE varchar(41)",
        "ALTER TABLE soak_entries ALTER note TYPE varchar(42)",
        "CREATE INDEX IF NOT EXISTS ix_soak_part ON soak_entries (part) WHERE part > 2",
        "DROP INDEX IF EXISTS ix_soak_part",
    };
    char sql[200];
    const size_t i = chaos_random(c, sizeof(statements) / sizeof(statements[0]));
    snprintf(sql, sizeof(sql), "SET lock_timeout = 300; %s", statements[i]);
    ask(c, sql);
}

/* ---- Links. ---- */

static void cut_commit(chaos *c)
{
    static const proxy_cut cuts[] = {
        {.side = PROXY_CLIENT, .type = 'Q', .text = "COMMIT"},
        {.side = PROXY_SERVER, .type = 'C', .text = "COMMIT"},
    };
    proxy *p = any_proxy(c);
    proxy_cut cut = cuts[chaos_random(c, 2)];
    cut.nth = 1;
    cut.place = (enum proxy_place)chaos_random(c, 3);
    cut.manner = (enum proxy_manner)chaos_random(c, 3);
    proxy_set_cut(p, &cut);
    for (int i = 0; i < 50 && !proxy_has_cut(p); i++)
        poll(NULL, 0, 10);
    if (cut.manner == PROXY_SILENCE)
        pause_up_to(c, 1500);
    proxy_heal(p);
}

static void half_open(chaos *c)
{
    proxy *p = any_proxy(c);
    proxy_cut_now(p, (unsigned)chaos_random(c, 1000), PROXY_SILENCE);
    pause_up_to(c, 1500);
    proxy_heal(p);
}

static void outage(chaos *c)
{
    proxy *p = any_proxy(c);
    const enum proxy_manner manner = (enum proxy_manner)chaos_random(c, 3);
    proxy_set_down(p, true, manner);
    while (proxy_cut_now(p, 0, manner))
        continue;
    pause_up_to(c, 600);
    proxy_heal(p);
}

static void cut(chaos *c)
{
    proxy_cut_now(any_proxy(c), (unsigned)chaos_random(c, 1000),
                  (enum proxy_manner)chaos_random(c, 2));
}

/* ---- Anything. ---- */

static void redirect(chaos *c)
{
    if (!proxy_redirect(c->direct, server_url(c->primary)) ||
        !proxy_redirect(c->pooled, server_pooler_url(c->primary)))
        snprintf(c->broken, sizeof(c->broken), "the proxies have no server");
}

/* Every commit that was answered is on the standby: replication is synchronous. */
void chaos_fail_over(chaos *c)
{
    server *old = c->primary, *standby = server_start_standby(old, true);
    if (!standby) {
        snprintf(c->broken, sizeof(c->broken), "there is no standby");
        return;
    }
    pause_up_to(c, 1000);
    server_kill(old);
    server_kill_pooler(old);
    c->counts[CHAOS_failover]++;
    c->primary = standby;
    if (!server_promote(standby))
        snprintf(c->broken, sizeof(c->broken), "the standby cannot be promoted");
    else if (start_pooler(c))
        redirect(c);
    server_stop(old);
}

static enum chaos_kind choose(chaos *c)
{
    int sum = 0, kind = 0;
    for (int i = 0; i < CHAOS_KINDS; i++)
        sum += weights[i];
    int left = (int)chaos_random(c, (uint64_t)sum);
    while (left >= weights[kind])
        left -= weights[kind++];
    return (enum chaos_kind)kind;
}

enum chaos_kind chaos_do(chaos *c)
{
    static void (*const acts[CHAOS_KINDS])(chaos *) = {
        [CHAOS_terminate] = terminate,
        [CHAOS_cut] = cut,
        [CHAOS_cut_commit] = cut_commit,
        [CHAOS_half_open] = half_open,
        [CHAOS_outage] = outage,
        [CHAOS_kill_backend] = kill_backend,
        [CHAOS_kill_postmaster] = kill_postmaster,
        [CHAOS_kill_pooler] = kill_pooler,
        [CHAOS_ddl] = change_table,
    };
    const enum chaos_kind kind = choose(c);
    acts[kind](c);
    c->counts[kind]++;
    return kind;
}

bool chaos_begin(chaos *c, uint64_t seed)
{
    *c = (chaos){.random = seed, .primary = server_start()};
    if (!c->primary || !start_pooler(c)) {
        snprintf(c->broken, sizeof(c->broken), "the servers do not start");
        return false;
    }
    c->direct = proxy_start(server_url(c->primary));
    c->pooled = proxy_start(server_pooler_url(c->primary));
    return c->direct && c->pooled;
}

void chaos_end(chaos *c)
{
    proxy_stop(c->direct);
    proxy_stop(c->pooled);
    server_stop(c->primary);
}
