/* Errors of PostgreSQL and libpq as error records. What the link's state says comes before the
 * SQLSTATE, and that before any text; no message holds a password. */
#include "driver/pg.h"

#include "base/strbuf.h"

#include <stdlib.h>
#include <string.h>

enum qc_code qc_pg_nomem(qc_connection *c)
{
    return qc_error_set(c->error, QC_ERROR_NOMEM, "out of memory");
}

/* ---- Failed results. ---- */

static bool is(const char *text, const char *other)
{
    return text && strcmp(text, other) == 0;
}

/* By the SQLSTATE, and for "cached plan must not change result type", which shares its SQLSTATE
 * with others, by the place in the server: its text is translated. */
static enum qc_pg_stale stale_of(const PGresult *result, const char *sqlstate)
{
    if (is(sqlstate, "26000"))
        return QC_PG_GONE;
    if (is(sqlstate, "42P05"))
        return QC_PG_EXISTS;
    if (is(sqlstate, "0A000") &&
        is(PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION), "RevalidateCachedQuery"))
        return QC_PG_CHANGED;
    return QC_PG_FRESH;
}

/* libpq has no message, or says so, when its memory ran out. */
static bool is_memory(const char *text)
{
    return !text || !*text || strstr(text, "memory") || strstr(text, "Memory");
}

/* Without an SQLSTATE the error is libpq's own. */
static enum qc_code code_of(qc_connection *c, const char *sqlstate, const char *text)
{
    if (PQstatus(c->link) != CONNECTION_OK)
        return QC_ERROR_DISCONNECTED;
    if (is(sqlstate, "57014"))
        return !c->late && qc_pg_was_cancelled(c) ? QC_ERROR_CANCELLED : QC_ERROR_TIMEOUT;
    if (sqlstate && *sqlstate)
        return QC_ERROR_SERVER;
    return is_memory(text) ? QC_ERROR_NOMEM : QC_ERROR_SERVER;
}

/* libpq ends its own messages with a newline, and adds advice after the first. */
static int first_line(const char *text)
{
    return (int)strcspn(text, "\n");
}

static const char *field(qc_connection *c, const PGresult *result, int code)
{
    return qc_error_text(c->error, PQresultErrorField(result, code));
}

enum qc_code qc_pg_fail_result(qc_connection *c, const PGresult *result)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (!text)
        text = PQresultErrorMessage(result);
    const enum qc_code code = code_of(c, sqlstate, text);
    const int length = sqlstate ? (int)strlen(text) : first_line(text);
    if (c->late && is(sqlstate, "57014"))
        qc_pg_tell_late(c);
    else
        qc_error_set(c->error, code, "%.*s", length, text);
    c->stale = stale_of(result, sqlstate);
    c->misnamed += c->stale == QC_PG_EXISTS ? QC_PG_POOLED : c->stale == QC_PG_GONE;
    qc_pg_note_refusal(c, sqlstate);

    struct qc_error *error = &c->error->error;
    if (sqlstate && strlen(sqlstate) < sizeof(error->sqlstate))
        memcpy(error->sqlstate, sqlstate, strlen(sqlstate) + 1);
    error->detail = field(c, result, PG_DIAG_MESSAGE_DETAIL);
    error->hint = field(c, result, PG_DIAG_MESSAGE_HINT);
    error->constraint = field(c, result, PG_DIAG_CONSTRAINT_NAME);
    error->schema = field(c, result, PG_DIAG_SCHEMA_NAME);
    error->table = field(c, result, PG_DIAG_TABLE_NAME);
    error->column = field(c, result, PG_DIAG_COLUMN_NAME);
    const char *position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
    error->position = position ? atoi(position) : 0;
    qc_error_hint(c->error);
    return code;
}

enum qc_code qc_pg_fail_link(qc_connection *c)
{
    const char *text = PQerrorMessage(c->link);
    if (!*text)
        text = "the connection was lost";
    c->stale = QC_PG_FRESH;
    return qc_error_set(c->error, code_of(c, NULL, text), "%.*s", first_line(text), text);
}

/* ---- Connections that could not be opened. ---- */

static bool is_sqlstate(const char *text)
{
    return strspn(text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 5 && text[5] == ':';
}

/* Appends one line of libpq's verbose message, "…FATAL:  53300: sorry, …", without its SQLSTATE,
 * which libpq gives nowhere else; *sqlstate receives it. */
static void append_line(qc_strbuf *out, const char *line, size_t length, char sqlstate[6])
{
    if (length == 0 || strncmp(line, "LOCATION:", 9) == 0)
        return;
    if (out->length)
        qc_strbuf_putc(out, ' ');
    const char *end = line + length, *found = strstr(line, ":  ");
    if (found && found + 9 < end && is_sqlstate(found + 3)) {
        memcpy(sqlstate, found + 3, 5);
        qc_strbuf_append(out, line, (size_t)(found - line) + 2);
        line = found + 10 < end ? found + 10 : end;
    }
    qc_strbuf_append(out, line, (size_t)(end - line));
}

static void append_lines(qc_strbuf *out, const char *text, char sqlstate[6])
{
    while (*text) {
        const size_t length = strcspn(text, "\n");
        const size_t blanks = strspn(text, "\t ");
        if (blanks < length)
            append_line(out, text + blanks, length - blanks, sqlstate);
        text += length + (text[length] == '\n');
    }
}

/* Blots out a password that is long enough to be told from common words. */
static void blot_out(char *text, const char *secret)
{
    const size_t length = secret ? strlen(secret) : 0;
    if (length < 4)
        return;
    for (char *found = text; (found = strstr(found, secret)); found += length)
        memset(found, '*', length);
}

enum qc_code qc_pg_fail_connect(qc_connection *c)
{
    char sqlstate[6] = "";
    qc_strbuf text = {0};
    append_lines(&text, PQerrorMessage(c->link), sqlstate);
    if (text.failed || (!*sqlstate && is_memory(text.text))) {
        qc_strbuf_free(&text);
        return qc_pg_nomem(c);
    }
    blot_out(text.text, PQpass(c->link));
    if (qc_pg_lacks_root(c, text.text))
        qc_error_set(c->error, QC_ERROR_CONNECT,
                     "the certificate of %s cannot be checked without a root certificate: write "
                     "sslrootcert=FILE with that of who signed it%s, or sslmode=require to do "
                     "without the check",
                     PQhost(c->link),
                     PQlibVersion() >= 160000 ? " (sslrootcert=system: this machine's)" : "");
    else
        qc_error_set(c->error, QC_ERROR_CONNECT, "%s", text.text);
    memcpy(c->error->error.sqlstate, sqlstate, sizeof(sqlstate));
    qc_strbuf_free(&text);
    return QC_ERROR_CONNECT;
}

/* ---- URLs. ---- */

static bool has(const char *from, const char *to, char wanted)
{
    return from < to && memchr(from, wanted, (size_t)(to - from));
}

/* Whether "user:pass@word@host" or "user:pass/word@host" would put a piece of a password where a
 * host or a database belongs, and from there into messages. */
static bool is_ambiguous(const char *authority)
{
    const char *slash = authority + strcspn(authority, "/");
    const char *at = memchr(authority, '@', (size_t)(slash - authority));
    const char *host = at ? at + 1 : authority;
    const char *query = host + strcspn(host, "?");
    return has(host, query, '@');
}

/* libpq's complaint about a connection string quotes it: only what stands around is kept. */
static enum qc_code fail_parse(qc_error_record *error, const char *complaint)
{
    if (is_memory(complaint))
        return qc_error_set(error, QC_ERROR_NOMEM, "out of memory");
    const int before = (int)strcspn(complaint, "\""), length = first_line(complaint);
    const char *last = strrchr(complaint, '"');
    if (!last)
        return qc_error_set(error, QC_ERROR_CONNECT, "the connection string: %.*s", length,
                            complaint);
    const char *after = last + 1;
    return qc_error_set(error, QC_ERROR_CONNECT, "the connection string: %.*s\"...\"%.*s", before,
                        complaint, first_line(after), after);
}

enum qc_code qc_pg_check_url(const char *url, qc_error_record *error)
{
    const char *scheme = strstr(url, "://");
    const bool is_url =
        strncmp(url, "postgresql://", 13) == 0 || strncmp(url, "postgres://", 11) == 0;
    if (is_url && is_ambiguous(scheme + 3))
        return qc_error_set(error, QC_ERROR_CONNECT,
                            "the connection URL has a bare '@' behind the user's part: write '@', "
                            "'/' and ':' of names and passwords as %%40, %%2F and %%3A");
    if (scheme && !is_url && !memchr(url, '=', (size_t)(scheme - url)))
        return qc_error_set(error, QC_ERROR_CONNECT,
                            "the connection URL must begin with postgresql:// or sqlite:");
    if (!is_url && !strchr(url, '='))
        return QC_ERROR_OK;
    char *complaint = NULL;
    PQconninfoOption *options = PQconninfoParse(url, &complaint);
    const enum qc_code code = options ? QC_ERROR_OK : fail_parse(error, complaint);
    PQconninfoFree(options);
    PQfreemem(complaint);
    return code;
}
