/* gitlog [--db URL] [--sql] [--author NAME] [--path PATTERN] [REPOSITORY]
 *
 * Imports the history of a git repository (default: the current directory) into a database
 * (default: SQLite in memory), answers questions about it, and rewrites it in a session that takes
 * everything back.
 */
#include <stdio.h>
#include <string.h>

#include "gitlog.h"

typedef struct options {
    const char *url, *author, *path_pattern, *repository;
    bool sql;
} options;

static int usage(void)
{
    fputs("usage: gitlog [--db URL] [--sql] [--author NAME] [--path PATTERN] [REPOSITORY]\n"
          "  --db URL        sqlite::memory: (default), sqlite:file.db, postgresql://…\n"
          "  --sql           print each query with its binds, time and C line\n"
          "  --author NAME   whose latest commits to show (default: the busiest author)\n"
          "  --path PATTERN  a LIKE pattern for the authors of files (default: %.c)\n",
          stderr);
    return 2;
}

static bool parse(int argc, char **argv, options *ret)
{
    for (int i = 1; i < argc; i++) {
        const char **value = strcmp(argv[i], "--db") == 0       ? &ret->url
                             : strcmp(argv[i], "--author") == 0 ? &ret->author
                             : strcmp(argv[i], "--path") == 0   ? &ret->path_pattern
                                                                : NULL;
        if (value && i + 1 < argc)
            *value = argv[++i];
        else if (strcmp(argv[i], "--sql") == 0)
            ret->sql = true;
        else if (argv[i][0] != '-')
            ret->repository = argv[i];
        else
            return false;
    }
    return true;
}

static void print_statement(const qc_event *event, void *data)
{
    (void)data;
    if (event->warning) {
        printf("-- warning: %s\n", event->warning);
        return;
    }
    const char *file = strrchr(event->site->file, '/');
    printf("-- %s:%d  %lld rows  %.3f ms\n-- %s\n", file ? file + 1 : event->site->file,
           event->site->line, (long long)event->rows, (double)event->microseconds / 1000,
           event->sql);
    if (event->binds && *event->binds)
        printf("-- %s\n", event->binds);
}

static int fail(qc_db *db, const char *what)
{
    const struct qc_error *error = qc_error(db);
    fprintf(stderr, "gitlog: %s: %s\n", what, error->message);
    if (error->sql)
        fprintf(stderr, "  %s\n", error->sql);
    if (error->file)
        fprintf(stderr, "  at %s:%d\n", error->file, error->line);
    qc_close(db);
    return 1;
}

int main(int argc, char **argv)
{
    options chosen = {.url = "sqlite::memory:", .path_pattern = "%.c", .repository = "."};
    if (!parse(argc, argv, &chosen))
        return usage();

    qc_db *db = qc_open(chosen.url);
    if (!qc_ok(db))
        return fail(db, "cannot open the database");
    if (!qc_drop_all(db, &gitlog) || !qc_create_all(db, &gitlog))
        return fail(db, "cannot create the tables");

    const char *message;
    if (!import_history(db, chosen.repository, &message)) {
        fprintf(stderr, "gitlog: cannot import %s: %s\n", chosen.repository, message);
        qc_close(db);
        return 1;
    }
    if (chosen.sql)
        qc_set_hook(db, QC_ON(STATEMENT) | QC_ON(WARNING), print_statement, NULL);
    if (!print_reports(db, chosen.author, chosen.path_pattern))
        return fail(db, "a report failed");
    if (!print_session(db, chosen.sql ? print_statement : NULL))
        return fail(db, "the session failed");
    qc_close(db);
    return 0;
}
