/* Events: who looks is told, and engines count. */
#include "engine/trace.h"

const char *qc_event_name(enum qc_event_kind kind)
{
    static const char *const names[] = {
#define QC_ROW(name, word, when) [QC_EVENT_##name] = word,
        QC_EVENTS(QC_ROW)
#undef QC_ROW
    };
    return (unsigned)kind < QC_EVENT_KIND_COUNT ? names[kind] : "";
}

void qc_set_hook(qc_db *db, unsigned mask, qc_hook *hook, void *data)
{
    if (!db)
        return;
    db->hook = hook;
    db->hook_mask = hook ? mask : 0;
    db->hook_data = data;
}

static const qc_site nowhere = {"", "", 0};

static qc_event event_of(qc_db *db, enum qc_event_kind kind, const qc_site *site)
{
    return (qc_event){
        .kind = kind, .db = db, .site = site ? site : &nowhere, .sql = "", .binds = ""};
}

static bool is_wanted(const qc_db *db, enum qc_event_kind kind)
{
    return (db->trace || db->hook_mask & 1u << kind) && !db->in_hook;
}

static void tell(qc_db *db, const qc_event *event)
{
    if (db->trace)
        qc_print_event(event);
    if (!(db->hook_mask & 1u << event->kind))
        return;
    qc_error_record before = db->error; /* a call that is refused in the hook leaves no trace */
    qc_event told = *event;
    if (event->error == &db->error.error)
        told.error = &before.error;
    db->error = (qc_error_record){0};
    db->in_hook = true;
    db->hook(&told, db->hook_data);
    db->in_hook = false;
    qc_error_free(&db->error);
    db->error = before;
}

/* ---- Statements. ---- */

void qc_print_binds(qc_strbuf *out, char placeholder, const qc_node *const *binds, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        qc_strbuf_printf(out, "%s%c%zu = ", i ? ", " : "", placeholder, i + 1);
        qc_print_value(out, binds[i]);
    }
}

/* `own` holds the text where it is made here. */
static const char *text_of_binds(const qc_db *db, const qc_report_of *report, qc_strbuf *own)
{
    if (report->bind_count == 0)
        return "";
    if (db->redact)
        return "(redacted)";
    if (report->printed || !report->binds)
        return report->printed ? report->printed : "(redacted)";
    qc_print_binds(own, db->driver->dialect->placeholder, report->binds, report->bind_count);
    return own->failed ? "(out of memory)" : own->text;
}

void qc_tell_before(qc_db *db, const qc_report_of *report)
{
    if (!is_wanted(db, QC_EVENT_BEFORE))
        return;
    qc_strbuf binds = {0};
    qc_event event = event_of(db, QC_EVENT_BEFORE, report->site);
    event.sql = report->sql;
    event.binds = text_of_binds(db, report, &binds);
    tell(db, &event);
    qc_strbuf_free(&binds);
}

void qc_report(qc_db *db, const qc_report_of *report, qc_timing began)
{
    const int64_t took = began ? qc_now_us() - began : 0;
    if (db->counters)
        qc_count_statement(db->counters, took, report->rows >= 0);
    if (!is_wanted(db, QC_EVENT_STATEMENT))
        return;
    qc_strbuf binds = {0};
    qc_event event = event_of(db, QC_EVENT_STATEMENT, report->site);
    event.sql = report->sql;
    event.binds = text_of_binds(db, report, &binds);
    event.rows = report->rows;
    event.microseconds = took;
    event.error = report->rows < 0 ? &db->error.error : NULL;
    struct qc_error redacted;
    if (event.error && db->redact && event.error->detail) {
        redacted = *event.error; /* "Key (email)=(…) already exists." */
        redacted.detail = "(redacted)";
        event.error = &redacted;
    }
    tell(db, &event);
    qc_strbuf_free(&binds);
}

void qc_warn(qc_db *db, const qc_site *site, const qc_statement *statement)
{
    if (!is_wanted(db, QC_EVENT_WARNING))
        return;
    qc_event event = event_of(db, QC_EVENT_WARNING, site);
    event.sql = statement->sql;
    event.warning = statement->warning;
    tell(db, &event);
}

void qc_tell_alike(qc_db *db, const qc_site *site, const char *sql, int64_t count,
                   const char *text)
{
    if (!is_wanted(db, QC_EVENT_N_PLUS_ONE))
        return;
    qc_event event = event_of(db, QC_EVENT_N_PLUS_ONE, site);
    event.sql = sql;
    event.rows = count;
    event.warning = text;
    tell(db, &event);
}

/* ---- Transactions, connections, notices. ---- */

void qc_tell_outcome(qc_db *db, const qc_site *site, enum qc_event_kind kind, bool good)
{
    if (db->counters && kind == QC_EVENT_COMMIT && good)
        qc_count_up(&db->counters->commits, 1);
    if (db->counters && kind == QC_EVENT_ROLLBACK && good)
        qc_count_up(&db->counters->rollbacks, 1);
    if (!is_wanted(db, kind))
        return;
    qc_event event = event_of(db, kind, site);
    event.rows = good ? 0 : -1;
    event.error = good ? NULL : &db->error.error;
    tell(db, &event);
}

void qc_tell_of_connection(qc_db *db, const qc_site *site, enum qc_event_kind kind,
                           int64_t microseconds)
{
    if (!is_wanted(db, kind))
        return;
    qc_event event = event_of(db, kind, site);
    event.microseconds = microseconds;
    event.error = db->error.error.code != QC_ERROR_OK ? &db->error.error : NULL;
    tell(db, &event);
}

/* A server's text may hold anything: neither a value nor a name can forge a line of a log. */
void qc_tell_notice(void *data, const char *severity, const char *text)
{
    qc_db *db = data;
    if (!is_wanted(db, QC_EVENT_NOTICE))
        return;
    qc_strbuf clean = {0};
    qc_put_clean(&clean, severity);
    qc_strbuf_puts(&clean, ": ");
    qc_put_clean(&clean, text);
    qc_event event = event_of(db, QC_EVENT_NOTICE, NULL);
    event.notice = clean.failed ? "(out of memory)" : clean.text;
    tell(db, &event);
    qc_strbuf_free(&clean);
}
