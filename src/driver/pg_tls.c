/* Whom do we talk to? Unless somebody says otherwise (the URL, the environment, a service file), a
 * server that is not on this machine must prove by its certificate that it is the host of the URL:
 * libpq's own default, "prefer", takes any certificate, and a connection without TLS. */
#include "driver/pg.h"

#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

/* A link that libpq goes no further with than to put URL, environment and service together: there
 * is no such kind of server. */
static PGconn *start_nowhere(qc_connection *c, const char *url, bool aside)
{
    const qc_pg_host nowhere = {.values = {[QC_PG_HOST_ATTRIBUTES] = "none"}};
    return qc_pg_start(c, url, &nowhere, aside);
}

/* A tunnel's end may be here, but a name that is not of this machine is whom the program means. */
static bool is_remote(const PQconninfoOption *options)
{
    const unsigned kinds = qc_pg_host_kinds(qc_pg_option(options, "host")) |
                           qc_pg_host_kinds(qc_pg_option(options, "hostaddr"));
    return kinds & (QC_PG_HOST_ADDRESS | QC_PG_HOST_NAME);
}

/* A service file that says the same as libpq's default cannot be told from it. */
static bool is_unsaid(const PQconninfoOption *options, const char *url)
{
    const PQconninfoOption *mode = qc_pg_find_option(options, "sslmode");
    if (getenv("PGSSLMODE") || !mode || !mode->val || !mode->compiled ||
        strcmp(mode->val, mode->compiled) != 0)
        return false;
    PQconninfoOption *said = PQconninfoParse(url, NULL);
    const bool unsaid = !qc_pg_option(said, "sslmode");
    PQconninfoFree(said);
    return unsaid;
}

enum qc_code qc_pg_choose_tls(qc_connection *c, const char *url)
{
    const int64_t began = qc_now_us();
    long timeout;
    PGconn *link = start_nowhere(c, url, qc_pg_has_names(url, &timeout));
    if (!link)
        return c->late ? qc_pg_fail_slow(c, began) : qc_pg_nomem(c);
    PQconninfoOption *options = PQconninfo(link);
    PQfinish(link);
    if (!options)
        return qc_pg_nomem(c);
    c->verifies = is_remote(options) && is_unsaid(options, url);
    PQconninfoFree(options);
    return QC_ERROR_OK;
}

/* By the name of the file where libpq looks for it: what it says around that is translated. */
bool qc_pg_lacks_root(const qc_connection *c, const char *message)
{
    if (!strstr(message, "root.crt"))
        return false;
    PQconninfoOption *options = PQconninfo(c->link);
    const bool named = qc_pg_option(options, "sslrootcert");
    PQconninfoFree(options);
    return options && !named;
}

void qc_pg_hint_at_tls(qc_connection *c)
{
    if (c->verifies && c->handshake && !*c->error->error.sqlstate)
        c->error->error.hint = "sslmode=verify-full is the default for a server that is not on "
                               "this machine; the URL may say another sslmode";
}

/* OpenSSL decrypts records of up to 16 KiB (RFC 8446, 5.1), of which libpq takes what it has room
 * for; until 2026 it left the rest there. */
bool qc_pg_holds_input(const qc_connection *c)
{
    SSL *tls = c->encrypted ? PQsslStruct(c->link, "OpenSSL") : NULL;
    return tls && SSL_pending(tls) > 0;
}
