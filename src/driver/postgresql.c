/* The PostgreSQL driver: its table, and how a call begins. */
#include "driver/pg.h"

#include <string.h>

static bool accepts(const char *url)
{
    return strncmp(url, "sqlite:", 7) != 0;
}

static bool is_private(const char *url)
{
    (void)url;
    return false;
}

/* The server may end a session at any time; what it said is found by the next command. */
enum qc_code qc_pg_check_usable(qc_connection *c)
{
    if (c->process != qc_process)
        return qc_error_set(c->error, QC_ERROR_MISUSE,
                            "the connection belongs to the process that opened it, before fork");
    if (c->inside.waits)
        return qc_error_set(c->error, QC_ERROR_MISUSE,
                            "the connection is in the middle of another task's call; a connection "
                            "is for one task at a time");
    if (c->stream.open)
        return qc_error_set(c->error, QC_ERROR_MISUSE, "a stream is open on the connection");
    if (c->copy)
        return qc_error_set(c->error, QC_ERROR_MISUSE, "a COPY is open on the connection");
    if (c->broken || PQstatus(c->link) != CONNECTION_OK)
        return qc_error_set(c->error, QC_ERROR_DISCONNECTED,
                            "the connection was lost earlier; nothing was sent");
    return QC_ERROR_OK;
}

enum qc_code qc_pg_send_text(qc_connection *c, const char *sql)
{
    if (!PQsendQuery(c->link, sql)) {
        c->broken = true;
        return qc_pg_fail_link(c);
    }
    qc_waiter_expect(&c->waiter);
    return QC_ERROR_OK;
}

enum qc_code qc_pg_run_text(qc_connection *c, const char *sql, PGresult **ret)
{
    const enum qc_code code = qc_pg_send_text(c, sql);
    return code == QC_ERROR_OK ? qc_pg_collect(c, ret) : code;
}

/* User-made prepared statements go as well; there is no way to name only ours in one command. */
static enum qc_code drop_prepared(qc_connection *c)
{
    qc_pg_cache_clear(&c->prepared);
    const enum qc_code code = qc_pg_run_text(c, "DEALLOCATE ALL", NULL);
    if (code != QC_ERROR_OK)
        return code;
    c->forget = false;
    return qc_pg_statement_begin(c);
}

enum qc_code qc_pg_enter_text(qc_connection *c)
{
    enum qc_code code = qc_pg_check_usable(c);
    if (code == QC_ERROR_OK)
        code = qc_pg_begin_call(c);
    return code;
}

enum qc_code qc_pg_enter(qc_connection *c)
{
    const enum qc_code code = qc_pg_enter_text(c);
    if (code != QC_ERROR_OK)
        return code;
    c->stale = QC_PG_FRESH;
    return c->forget ? drop_prepared(c) : QC_ERROR_OK;
}

static void forget(qc_connection *c)
{
    c->forget = c->forget || c->prepared.count > 0;
}

/* The same transaction may not meet these again: serialization failure, deadlock. */
static const char *const conflicts[] = {"40001", "40P01", NULL};

const qc_driver qc_postgresql_driver = {
    .name = "postgresql",
    .dialect = &qc_postgresql_dialect,
    .accepts = accepts,
    .open = qc_pg_open,
    .close = qc_pg_close,
    .execute = qc_pg_execute,
    .stream_begin = qc_pg_stream_begin,
    .stream_next = qc_pg_stream_next,
    .stream_end = qc_pg_stream_end,
    .run = qc_pg_run,
    .in_transaction = qc_pg_in_transaction,
    .conflicts = conflicts,
    .begin = qc_pg_begin,
    .rollback = qc_pg_rollback,
    .commit = qc_pg_commit,
    .two_phase = qc_pg_two_phase,
    .list_prepared = qc_pg_list_prepared,
    .identify = qc_pg_identify,
    .resolve = qc_pg_resolve,
    .lock = qc_pg_lock,
    .unlock = qc_pg_unlock,
    .pipeline = &qc_pg_pipeline_driver,
    .copy_begin = qc_pg_copy_begin,
    .copy_put = qc_pg_copy_put,
    .copy_end = qc_pg_copy_end,
    .copy_out_begin = qc_pg_copy_out_begin,
    .unpack = qc_pg_unpack,
    .cursor_open = qc_pg_cursor_open,
    .cursor_step = qc_pg_cursor_step,
    .cursor_close = qc_pg_cursor_close,
    .listen = qc_pg_listen,
    .notification = qc_pg_notification,
    .forget = forget,
    .is_private = is_private,
    .link = qc_pg_link,
    .ping = qc_pg_ping,
    .reset = qc_pg_reset,
    .attach = qc_pg_attach,
    .running = qc_pg_running,
    .cancel = qc_pg_cancel_statement,
    .interrupt = qc_pg_interrupt,
    .set_read_only = qc_pg_set_read_only,
};
