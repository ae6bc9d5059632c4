/* What print_session tells: after each step, what the objects hold and what the database holds; in
 * the end, what the flushes wrote. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gitlog.h"

#define NUMBER(buffer, n) (snprintf(buffer, sizeof buffer, "%" PRId64, (int64_t)(n)), buffer)
typedef char number[24];

/* "UPDATE table SET column", without what differs from database to database; 0: it writes nothing. */
static size_t written_part(const char *sql)
{
    if (strncmp(sql, "INSERT", 6) != 0 && strncmp(sql, "UPDATE", 6) != 0 &&
        strncmp(sql, "DELETE", 6) != 0)
        return 0;
    size_t length = strlen(sql);
    const char *const ends[] = {" (", " = ", " WHERE "};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        const char *end = strstr(sql, ends[i]);
        if (end && (size_t)(end - sql) < length)
            length = (size_t)(end - sql);
    }
    return length;
}

/* Statements that differ in their values only are added up. */
static void add_write(session_report *report, const qc_event *event)
{
    char text[WRITE_SIZE];
    size_t length = written_part(event->sql), i = 0;
    if (length == 0 || event->error)
        return;
    snprintf(text, sizeof text, "%.*s", (int)length, event->sql);
    while (i < report->write_count && strcmp(report->writes[i].text, text) != 0)
        i++;
    if (i == WRITES_MOST)
        return;
    if (i == report->write_count)
        memcpy(report->writes[report->write_count++].text, text, sizeof text);
    report->writes[i].rows += event->rows;
}

static void hear(const qc_event *event, void *data)
{
    session_report *report = data;
    if (report->also)
        report->also(event, NULL);
    if (event->kind == QC_EVENT_STATEMENT)
        add_write(report, event);
}

void report_begin(session_report *report, qc_db *db, const struct Author *author, qc_hook *also)
{
    static const char *const columns[] = {"step", "name", "in the database", ">commits",
                                          ">in the database", "the other author is"};
    *report = (session_report){.db = db, .also = also, .author = author};
    report->steps = table_new("A session: an author is renamed, merged with another, and all is undone",
                              6, columns);
    qc_set_hook(db, QC_ON(STATEMENT) | QC_ON(WARNING), hear, report);
}

bool report_step(session_report *report, const char *step)
{
    const struct Author *author = report->author, *other = report->other;
    struct Standing *there = ONE(report->db,
        SELECT_AS(Standing, Author_name, COUNT(Author_commits)).WHERE(EQ(Author_id, author->id)));
    if (!there)
        return false;
    number a, b;
    table_row(report->steps, (const char *[]){
        step, author->name, there->name, NUMBER(a, qc_count(author->commits)),
        NUMBER(b, there->commits), other ? qc_state_name(qc_state(report->db, other)) : "-"});
    return true;
}

void report_end(session_report *report)
{
    qc_set_hook(report->db, 0, NULL, NULL);
    table_print(report->steps);
    table *t = table_new("What its flushes wrote", 2, (const char *[]){">rows", "statement"});
    for (size_t i = 0; i < report->write_count; i++) {
        number rows;
        table_row(t, (const char *[]){NUMBER(rows, report->writes[i].rows), report->writes[i].text});
    }
    table_print(t);
}
