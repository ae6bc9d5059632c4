/* Host names. libpq looks them up with getaddrinfo, which blocks for as long as name servers are
 * silent: steps of connecting that may do so run in a thread of their own. */
#include "driver/pg.h"

#include "base/aside.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/* ---- Is there anything to look up? ---- */

static bool is_set(const char *value)
{
    return value && *value;
}

static const char *option(const PQconninfoOption *options, const char *keyword)
{
    for (const PQconninfoOption *o = options; o && o->keyword; o++)
        if (strcmp(o->keyword, keyword) == 0)
            return is_set(o->val) ? o->val : NULL;
    return NULL;
}

static bool is_name(const char *host, size_t length)
{
    char text[INET6_ADDRSTRLEN], address[sizeof(struct in6_addr)];
    if (length == 0 || *host == '/' || *host == '@')
        return false;
    if (length >= sizeof(text))
        return true;
    memcpy(text, host, length);
    text[length] = '\0';
    return inet_pton(AF_INET, text, address) != 1 && inet_pton(AF_INET6, text, address) != 1;
}

static bool is_any_name(const char *hosts)
{
    while (hosts) {
        const size_t length = strcspn(hosts, ",");
        if (is_name(hosts, length))
            return true;
        hosts = hosts[length] ? hosts + length + 1 : NULL;
    }
    return false;
}

bool qc_pg_has_names(const char *url, long *ret_timeout)
{
    char *complaint = NULL;
    PQconninfoOption *options = PQconninfoParse(url, &complaint);
    const char *host = option(options, "host");
    bool named = is_any_name(host ? host : getenv("PGHOST"));
    if (option(options, "hostaddr") || is_set(getenv("PGHOSTADDR")))
        named = false;
    if (option(options, "service") || is_set(getenv("PGSERVICE")))
        named = true;
    const char *timeout = option(options, "connect_timeout");
    timeout = timeout ? timeout : getenv("PGCONNECT_TIMEOUT");
    *ret_timeout = timeout ? strtol(timeout, NULL, 10) : 0;
    PQconninfoFree(options);
    PQfreemem(complaint);
    return named;
}

/* ---- A step, aside. ---- */

typedef struct step {
    char *values[QC_PG_KEYWORDS + 1];
    const char *keywords[QC_PG_KEYWORDS + 1]; /* literals */
    PGconn *link;
    PostgresPollingStatusType state;
} step;

static void start(void *data)
{
    step *step = data;
    step->link = PQconnectStartParams(step->keywords, (const char *const *)step->values, 1);
}

static void go_on(void *data)
{
    step *step = data;
    step->state = PQconnectPoll(step->link);
}

static void free_step(void *data)
{
    step *step = data;
    PQfinish(step->link);
    for (int i = 0; i < QC_PG_KEYWORDS; i++)
        free(step->values[i]);
    free(step);
}

static bool copy_values(step *step, const char *const *keywords, const char *const *values)
{
    for (int i = 0; keywords[i]; i++) {
        step->keywords[i] = keywords[i];
        step->values[i] = strdup(values[i]);
        if (!step->values[i])
            return false;
    }
    return true;
}

PGconn *qc_pg_start_aside(qc_connection *c, const char *const *keywords, const char *const *values)
{
    step *step = calloc(1, sizeof(*step));
    if (!step)
        return NULL;
    if (!copy_values(step, keywords, values)) {
        free_step(step);
        return NULL;
    }
    c->late = qc_aside(start, free_step, step, c->deadline) != QC_ASIDE_DONE;
    if (c->late)
        return NULL;
    PGconn *link = step->link;
    step->link = NULL;
    free_step(step);
    return link;
}

PostgresPollingStatusType qc_pg_poll_aside(qc_connection *c)
{
    step *step = calloc(1, sizeof(*step));
    if (!step)
        return PGRES_POLLING_FAILED;
    step->link = c->link;
    c->late = qc_aside(go_on, free_step, step, c->deadline) != QC_ASIDE_DONE;
    if (c->late) {
        c->link = NULL;
        return PGRES_POLLING_FAILED;
    }
    const PostgresPollingStatusType state = step->state;
    step->link = NULL;
    free_step(step);
    return state;
}
