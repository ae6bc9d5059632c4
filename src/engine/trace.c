/* The trace. What goes to stderr is written in one piece, with control bytes escaped:
 * neither a value nor a name can forge a line of it. */
#include "engine/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_on(const char *variable)
{
    const char *value = getenv(variable);
    return value && *value && strcmp(value, "0") != 0;
}

static bool takes_colour(void)
{
    const char *refused = getenv("NO_COLOR"); /* no-color.org */
    return isatty(STDERR_FILENO) && !(refused && *refused);
}

void qc_trace_begin(qc_db *db)
{
    db->trace = is_on("QC_TRACE");
    db->colour = takes_colour();
}

void qc_set_trace(qc_db *db, bool on)
{
    if (db)
        db->trace = on;
}

void qc_set_redact(qc_db *db, bool on)
{
    if (db)
        db->redact = on;
}

/* ---- The trace. ---- */

enum colour { PLACE, STATEMENT, BINDS, WRONG };
static const char *const colours[] = {"\033[2m", "\033[1m", "\033[36m", "\033[31m"};

/* Of a control character that begins here, in bytes: of ASCII, or U+0080 to U+009F. */
static int control_length(const char *text)
{
    const unsigned char c = (unsigned char)text[0], next = c ? (unsigned char)text[1] : 0;
    return c < 0x20 || c == 0x7F ? 1 : c == 0xC2 && next >= 0x80 && next < 0xA0 ? 2 : 0;
}

void qc_put_clean(qc_strbuf *out, const char *text)
{
    while (*text) {
        int length = control_length(text);
        if (!length)
            qc_strbuf_putc(out, *text++);
        for (; length; length--)
            qc_strbuf_printf(out, "\\x%02x", (unsigned char)*text++);
    }
}

static void put_line(qc_strbuf *out, const qc_db *db, enum colour colour, const char *before,
                     const char *text)
{
    if (db->colour)
        qc_strbuf_puts(out, colours[colour]);
    qc_strbuf_puts(out, before);
    qc_put_clean(out, text);
    qc_strbuf_puts(out, db->colour ? "\033[0m\n" : "\n");
}

static void put_place(qc_strbuf *out, const qc_event *event)
{
    char text[512];
    const qc_site *site = event->site;
    int length = 0;
    if (*site->file)
        length = snprintf(text, sizeof(text), "%.200s:%d %.200s: ", site->file, site->line,
                          site->function);
    if (event->kind == QC_EVENT_STATEMENT)
        snprintf(text + length, sizeof(text) - (size_t)length, "%lld rows, %.3f ms",
                 (long long)(event->rows < 0 ? 0 : event->rows),
                 (double)event->microseconds / 1000);
    else
        snprintf(text + length, sizeof(text) - (size_t)length, "%s", qc_event_name(event->kind));
    put_line(out, event->db, PLACE, "-- ", text);
}

static bool is_printed(const qc_event *event)
{
    switch (event->kind) {
    case QC_EVENT_STATEMENT:
    case QC_EVENT_WARNING:
    case QC_EVENT_N_PLUS_ONE:
    case QC_EVENT_NOTICE: return true;
    default: return false;
    }
}

void qc_print_event(const qc_event *event)
{
    qc_strbuf out = {0};
    if (!is_printed(event))
        return;
    put_place(&out, event);
    if (*event->sql)
        put_line(&out, event->db, STATEMENT, "   ", event->sql);
    if (*event->binds)
        put_line(&out, event->db, BINDS, "   ", event->binds);
    if (event->warning)
        put_line(&out, event->db, WRONG, "   warning: ", event->warning);
    if (event->notice)
        put_line(&out, event->db, WRONG, "   ", event->notice);
    if (event->error)
        put_line(&out, event->db, WRONG, "   error: ", event->error->message);
    if (!out.failed)
        fwrite(out.text, 1, out.length, stderr);
    qc_strbuf_free(&out);
}
