/* gitlog: the history of a git repository in a database, and questions to it. */
#ifndef GITLOG_GITLOG_H
#define GITLOG_GITLOG_H

#include "models.h"

/* import.c: reads the history of the repository at `path` into empty tables, in one transaction.
 * False when git or the database fails; then *ret_message says why (static, or the db's). */
bool import_history(qc_db *db, const char *path, const char **ret_message);

/* reports.c: prints every report to stdout; false when a query fails. */
bool print_reports(qc_db *db, const char *author, const char *path_pattern);

/* table.c: text tables. A cell is aligned right when its column's name starts with '>'. */
typedef struct table table;
table *table_new(const char *title, size_t columns, const char *const *names);
/* Adds `columns` cells, which are copied. */
void table_row(table *t, const char *const *cells);
/* Prints and frees it. */
void table_print(table *t);

#endif
