/* Opening and closing connections to PostgreSQL. */
#include "driver/pg.h"

#include "base/wait.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What stands before the URL is a default, which the URL overrides. Without GSS encryption libpq
 * leaves libgssapi alone, which does not survive a failed malloc. */
PGconn *qc_pg_start(qc_connection *c, const char *url, const qc_pg_host *host, bool aside)
{
    const char *keywords[QC_PG_KEYWORDS + 1] = {"client_encoding", "fallback_application_name"};
    const char *values[QC_PG_KEYWORDS + 1] = {"UTF8", "quercus"};
    int count = 2;
    if (!getenv("PGGSSENCMODE")) {
        keywords[count] = "gssencmode";
        values[count++] = "disable";
    }
    if (c->verifies) {
        keywords[count] = "sslmode";
        values[count++] = "verify-full";
    }
    keywords[count] = "dbname";
    values[count++] = url;
    if (c->options->application_name) {
        keywords[count] = "application_name";
        values[count++] = c->options->application_name;
    }
    for (int i = 0; host && i < QC_PG_HOST_KEYWORDS; i++) {
        if (!host->values[i])
            continue;
        keywords[count] = qc_pg_host_keywords[i];
        values[count++] = host->values[i];
    }
    return aside ? qc_pg_start_aside(c, keywords, values)
                 : PQconnectStartParams(keywords, values, 1);
}

/* The smaller of our deadline and the user's connect_timeout, which libpq leaves to its blocking
 * calls. */
static void limit_to(qc_connection *c, long seconds)
{
    const int64_t end = qc_now_us() + (int64_t)seconds * 1000000;
    if (seconds > 0 && seconds < 1000000 && (!c->deadline || end < c->deadline))
        c->deadline = end;
}

static bool set_deadline(qc_connection *c)
{
    PQconninfoOption *options = PQconninfo(c->link);
    if (!options)
        return false;
    const char *timeout = qc_pg_option(options, "connect_timeout");
    if (timeout)
        limit_to(c, strtol(timeout, NULL, 10));
    PQconninfoFree(options);
    return true;
}

enum qc_code qc_pg_fail_slow(qc_connection *c, int64_t began)
{
    return qc_error_set(c->error, QC_ERROR_TIMEOUT, "the database did not answer within %d ms",
                        (int)((qc_now_us() - began) / 1000));
}

/* libpq would print them. */
static void drop_notice(void *data, const PGresult *result)
{
    (void)data, (void)result;
}

static enum qc_code connect_link(qc_connection *c, int64_t began, bool aside)
{
    PQsetErrorVerbosity(c->link, PQERRORS_VERBOSE);
    PQsetNoticeReceiver(c->link, drop_notice, NULL);
    if (PQstatus(c->link) == CONNECTION_BAD)
        return qc_pg_fail_connect(c);
    if (!set_deadline(c))
        return qc_pg_nomem(c);
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    while (state != PGRES_POLLING_OK) {
        const short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
        c->handshake |= PQstatus(c->link) == CONNECTION_SSL_STARTUP;
        const int ready = qc_wait_fd(PQsocket(c->link), events, c->deadline);
        if (ready == 0)
            return qc_pg_fail_slow(c, began);
        if (ready < 0)
            return qc_pg_fail_connect(c);
        state = aside ? qc_pg_poll_aside(c) : PQconnectPoll(c->link);
        if (c->late)
            return qc_pg_fail_slow(c, began);
        if (state == PGRES_POLLING_FAILED)
            return qc_pg_fail_connect(c);
    }
    return QC_ERROR_OK;
}

enum qc_code qc_pg_try(qc_connection *c, const char *url, const qc_pg_host *host)
{
    const int64_t began = qc_now_us();
    long timeout;
    const bool aside = qc_pg_has_names(url, &timeout);
    limit_to(c, timeout);
    c->link = qc_pg_start(c, url, host, aside);
    if (!c->link)
        return c->late ? qc_pg_fail_slow(c, began) : qc_pg_nomem(c);
    return connect_link(c, began, aside);
}

static enum qc_code open_link(qc_connection *c, const char *url)
{
    qc_pg_start_clock(c);
    enum qc_code code = qc_pg_choose_tls(c, url);
    if (code == QC_ERROR_OK)
        code = qc_pg_try_hosts(c, url);
    if (code != QC_ERROR_OK) {
        qc_pg_hint_at_tls(c);
        return code;
    }
    PQsetErrorVerbosity(c->link, PQERRORS_DEFAULT);
    qc_pg_begin_session(c);
    if (!qc_pg_activity_begin(c))
        return qc_pg_nomem(c);
    c->encrypted = PQsslInUse(c->link) || PQgssEncInUse(c->link);
    return PQsetnonblocking(c->link, 1) == 0 ? QC_ERROR_OK : qc_pg_fail_connect(c);
}

qc_connection *qc_pg_open(const char *url, const qc_driver_options *options, qc_error_record *error)
{
    if (qc_pg_check_url(url, error) != QC_ERROR_OK)
        return NULL;
    qc_connection *c = qc_watch_forks() ? calloc(1, sizeof(*c)) : NULL;
    if (!c) {
        qc_error_set(error, QC_ERROR_NOMEM, "out of memory");
        return NULL;
    }
    c->options = options;
    c->error = error;
    c->process = qc_process;
    if (open_link(c, url) == QC_ERROR_OK)
        return c;
    qc_pg_close(c);
    return NULL;
}

/* It sees the end of the connection. */
qc_task *qc_pg_interrupt(qc_connection *c)
{
    if (c->inside.task)
        shutdown(PQsocket(c->link), SHUT_RDWR);
    return c->inside.task;
}

/* In a child of the process that opened it only the copy of the socket is closed: PQfinish would
 * end the parent's session. */
void qc_pg_close(qc_connection *c)
{
    if (!c)
        return;
    PQclear(c->stream.next);
    PQclear(c->stream.kept);
    qc_pg_activity_end(c);
    qc_pg_copy_free(c);
    qc_pg_copy_out_free(c);
    qc_pg_drop_notifications(c);
    qc_waiter_close(&c->waiter);
    if (c->process == qc_process)
        PQfinish(c->link);
    else if (PQsocket(c->link) >= 0)
        close(PQsocket(c->link));
    qc_pg_cache_clear(&c->prepared);
    qc_pg_pipeline_free(c->pipeline);
    free(c->parameters.memory);
    qc_pg_plan_clear(&c->own_plan);
    free(c);
}
