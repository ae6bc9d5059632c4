/* Host names. libpq looks them up with getaddrinfo, which blocks for as long as name servers are
 * silent: steps of connecting that may do so run in a thread of their own. */
#include "driver/pg.h"

#include "base/aside.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- Is there anything to look up? ---- */

static bool is_set(const char *value)
{
    return value && *value;
}

const PQconninfoOption *qc_pg_find_option(const PQconninfoOption *options, const char *keyword)
{
    for (const PQconninfoOption *o = options; o && o->keyword; o++)
        if (strcmp(o->keyword, keyword) == 0)
            return o;
    return NULL;
}

char *qc_pg_option(const PQconninfoOption *options, const char *keyword)
{
    const PQconninfoOption *found = qc_pg_find_option(options, keyword);
    return found && is_set(found->val) ? found->val : NULL;
}

/* An IPv4 address of 127.0.0.0/8 (RFC 1122), or ::1 (RFC 4291). */
static enum qc_pg_host_kind kind_of_address(const char *text)
{
    unsigned char bytes[sizeof(struct in6_addr)];
    if (inet_pton(AF_INET, text, bytes) == 1)
        return bytes[0] == 127 ? QC_PG_HOST_HERE : QC_PG_HOST_ADDRESS;
    if (inet_pton(AF_INET6, text, bytes) == 1)
        return memcmp(bytes, &in6addr_loopback, sizeof(bytes)) == 0 ? QC_PG_HOST_HERE
                                                                    : QC_PG_HOST_ADDRESS;
    return strcasecmp(text, "localhost") == 0 ? QC_PG_HOST_LOCALHOST : QC_PG_HOST_NAME;
}

static enum qc_pg_host_kind kind_of(const char *host, size_t length)
{
    char text[INET6_ADDRSTRLEN];
    if (length == 0 || *host == '/' || *host == '@')
        return QC_PG_HOST_HERE;
    if (length >= sizeof(text))
        return QC_PG_HOST_NAME;
    memcpy(text, host, length);
    text[length] = '\0';
    return kind_of_address(text);
}

unsigned qc_pg_host_kinds(const char *hosts)
{
    unsigned kinds = 0;
    while (hosts) {
        const size_t length = strcspn(hosts, ",");
        kinds |= kind_of(hosts, length);
        hosts = hosts[length] ? hosts + length + 1 : NULL;
    }
    return kinds;
}

bool qc_pg_has_names(const char *url, long *ret_timeout)
{
    char *complaint = NULL;
    PQconninfoOption *options = PQconninfoParse(url, &complaint);
    const char *host = qc_pg_option(options, "host");
    const unsigned kinds = qc_pg_host_kinds(host ? host : getenv("PGHOST"));
    bool named = kinds & (QC_PG_HOST_LOCALHOST | QC_PG_HOST_NAME);
    if (qc_pg_option(options, "hostaddr") || is_set(getenv("PGHOSTADDR")))
        named = false;
    if (qc_pg_option(options, "service") || is_set(getenv("PGSERVICE")))
        named = true;
    const char *timeout = qc_pg_option(options, "connect_timeout");
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
