/* gitlog: the history of a git repository in a database, questions to it, and a session. */
#ifndef GITLOG_GITLOG_H
#define GITLOG_GITLOG_H

#include "models.h"

/* import.c: reads the history of the repository at `path` into empty tables, in one transaction.
 * False when git or the database fails; then *ret_message says why (static, or the db's). */
bool import_history(qc_db *db, const char *path, const char **ret_message);

/* reports.c: prints every report to stdout; false when a query fails. */
bool print_reports(qc_db *db, const char *author, const char *path_pattern);

/* session.c: changes two authors in a session, prints what happens, and takes all of it back; false
 * when something fails. `also` is told of every statement as well; it may be NULL. */
bool print_session(qc_db *db, qc_hook *also);

/* table.c: text tables. A cell is aligned right when its column's name starts with '>'. */
typedef struct table table;
table *table_new(const char *title, size_t columns, const char *const *names);
/* Adds `columns` cells, which are copied. */
void table_row(table *t, const char *const *cells);
/* Prints and frees it. */
void table_print(table *t);

/* session_report.c: what print_session tells. */
enum { WRITES_MOST = 8, WRITE_SIZE = 60 };
typedef struct session_report {
    qc_db *db;
    qc_hook *also;
    const struct Author *author, *other; /* other: NULL until there is one */
    table *steps;
    struct { char text[WRITE_SIZE]; int64_t rows; } writes[WRITES_MOST];
    size_t write_count;
} session_report;
/* From here on what is written is noted. */
void report_begin(session_report *report, qc_db *db, const struct Author *author, qc_hook *also);
/* A line: what the objects hold now, and what the database holds. False when its query fails. */
bool report_step(session_report *report, const char *step);
/* Prints the lines, and which columns the flushes wrote. */
void report_end(session_report *report);

#endif
