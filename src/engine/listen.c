/* LISTEN, NOTIFY, and waiting for notifications. */
#include "engine/db.h"
#include "engine/trace.h"

#include <quercus/listen.h>
#include <string.h>

static bool enter(qc_db *db, const qc_site *site)
{
    if (!qc_enter(db, site))
        return false;
    if (db->driver->listen)
        return true;
    qc_fail(db, site, QC_ERROR_UNSUPPORTED, "%s has no LISTEN and NOTIFY",
            db->driver->dialect->title);
    return false;
}

static bool is_channel(qc_db *db, const qc_site *site, const char *channel)
{
    const size_t length = channel ? strlen(channel) : 0;
    if (length && qc_valid_identifier(db->driver->dialect, channel, length) &&
        qc_utf8_valid(channel, length))
        return true;
    qc_fail(db, site, QC_ERROR_VALUE, "the name of a channel is UTF-8 of 1 to %u bytes",
            (unsigned)db->driver->dialect->max_identifier);
    return false;
}

static bool listen(qc_db *db, const qc_site *site, const char *channel, bool on)
{
    const qc_report_of report = {.site = site, .sql = on ? "LISTEN" : "UNLISTEN"};
    const qc_timing began = qc_report_begin(db, &report);
    db->touched = true;
    const bool good = db->driver->listen(db->connection, channel, on) == QC_ERROR_OK;
    if (!good)
        qc_blame(db, site, report.sql);
    qc_report(db, &(qc_report_of){.site = site, .sql = report.sql, .rows = good ? 0 : -1}, began);
    return good;
}

bool qc_listen_at(qc_db *db, const qc_site *site, const char *channel)
{
    return enter(db, site) && is_channel(db, site, channel) && listen(db, site, channel, true);
}

bool qc_unlisten_at(qc_db *db, const qc_site *site, const char *channel)
{
    return enter(db, site) && (!channel || is_channel(db, site, channel)) &&
           listen(db, site, channel, false);
}

bool qc_notify_at(qc_db *db, const qc_site *site, const char *channel, const char *payload)
{
    if (!enter(db, site) || !is_channel(db, site, channel))
        return false;
    const qc_mark mark = qc_begin_query();
    const qc_text call = QC_FUNC("pg_notify", TEXT, channel, payload ? payload : "");
    return qc_exec(db, site, mark,
                   (const qc_clause[]){{.kind = QC_CLAUSE_HEAD, .node = call.node},
                                       {.kind = QC_CLAUSE_END}}) >= 0;
}

const struct qc_notification *qc_wait_notification_at(qc_db *db, const qc_site *site,
                                                      int milliseconds)
{
    const struct qc_notification *next = NULL;
    if (!enter(db, site))
        return NULL;
    if (db->driver->notification(db->connection, milliseconds, &next) != QC_ERROR_OK)
        qc_blame(db, site, NULL);
    return next;
}
