/* The questions: each report is one inline query and a loop over its structs. */
#include <inttypes.h>
#include <stdio.h>

#include "gitlog.h"

enum { TOP = 10, LATEST = 5, LARGE_COMMIT = 50 };

#define NUMBER(buffer, n) (snprintf(buffer, sizeof buffer, "%" PRId64, (int64_t)(n)), buffer)
typedef char number[24];

static const char *day_of(qc_timestamp_value time, char *buffer, size_t size)
{
    qc_timestamp_print(time, buffer, size);
    buffer[10] = '\0';
    return buffer;
}

static bool print_totals(qc_db *db)
{
    struct Totals *totals = ONE(db, SELECT_AS(Totals,
        SUBQUERY(SELECT(COUNT(Author_id))),
        SUBQUERY(SELECT(COUNT(Commit_id))),
        SUBQUERY(SELECT(COUNT(File_id))),
        COALESCE(SUM(Change_added), 0),
        COALESCE(SUM(Change_removed), 0)));
    if (!totals)
        return false;
    table *t = table_new("Totals", 5, (const char *[]){">authors", ">commits", ">files",
                                                       ">lines added", ">lines removed"});
    number a, b, c, d, e;
    table_row(t, (const char *[]){NUMBER(a, totals->authors), NUMBER(b, totals->commits),
                                  NUMBER(c, totals->files), NUMBER(d, totals->added),
                                  NUMBER(e, totals->removed)});
    table_print(t);
    return true;
}

static void print_activity(const char *title, struct Activity **rows)
{
    table *t = table_new(title, 4, (const char *[]){"author", ">commits", ">added", ">removed"});
    EACH(struct Activity, row, rows) {
        number a, b, c;
        table_row(t, (const char *[]){row->name, NUMBER(a, row->commits), NUMBER(b, row->added),
                                      NUMBER(c, row->removed)});
    }
    table_print(t);
}

static bool print_most_active(qc_db *db)
{
    qc_bigint commits = AS(COUNT(DISTINCT(Commit_id)), commits);
    struct Activity **rows = ALL(db, SELECT_AS(Activity,
            Author_name, commits, SUM(Change_added), SUM(Change_removed))
        .JOIN(Author_commits)
        .JOIN(Commit_changes)
        .GROUP_BY(Author_id, Author_name)
        .HAVING(GT(SUM(Change_added), 0))
        .ORDER_BY(DESC(commits), Author_id)
        .LIMIT(TOP));
    if (!rows)
        return false;
    print_activity("Most active authors", rows);
    return true;
}

/* The author with the most commits; NULL of an empty repository or on error. */
static const char *busiest_author(qc_db *db)
{
    struct Author *author = FIRST(db, SELECT(Author)
        .JOIN(Author_commits)
        .GROUP_BY(Author_id)
        .ORDER_BY(DESC(COUNT(Commit_id)), Author_id));
    return author ? author->name : NULL;
}

static bool print_latest(qc_db *db, const char *author)
{
    struct Commit **commits = ALL(db, SELECT(Commit)
        .JOIN(Commit_author)
        .WHERE(EQ(Author_name, author))
        .ORDER_BY(DESC(Commit_authored_at), DESC(Commit_id))
        .LIMIT(LATEST));
    if (!commits)
        return false;
    char title[200];
    snprintf(title, sizeof title, "Latest commits of %s", author);
    table *t = table_new(title, 3, (const char *[]){"commit", "day", "subject"});
    EACH(struct Commit, commit, commits) {
        char hash[11], day[QC_TIMESTAMP_SIZE];
        snprintf(hash, sizeof hash, "%.10s", commit->hash);
        table_row(t, (const char *[]){hash, day_of(commit->authored_at, day, sizeof day),
                                      commit->subject});
    }
    table_print(t);
    return true;
}

/* Commits of many files say little about which belong together, and pair up by the square. */
static bool print_together(qc_db *db)
{
    ALIAS(Change, partner);
    ALIAS(File, other);
    qc_bigint commits = AS(COUNT(), commits);
    struct Together **pairs = ALL(db, SELECT_AS(Together, File_path, other.path, commits)
        .FROM(Change)
        .JOIN(partner, AND(EQ(partner.commit_id, Change_commit_id),
                           GT(partner.file_id, Change_file_id)))
        .JOIN(File, EQ(File_id, Change_file_id))
        .JOIN(other, EQ(other.id, partner.file_id))
        .WHERE(IN(Change_commit_id, SELECT(Change_commit_id)
                                        .GROUP_BY(Change_commit_id)
                                        .HAVING(LE(COUNT(), LARGE_COMMIT))))
        .GROUP_BY(File_id, File_path, other.id, other.path)
        .ORDER_BY(DESC(commits), File_id, other.id)
        .LIMIT(TOP));
    if (!pairs)
        return false;
    table *t = table_new("Files that change together", 3,
                         (const char *[]){">commits", "file", "with"});
    EACH(struct Together, pair, pairs) {
        number n;
        table_row(t, (const char *[]){NUMBER(n, pair->commits), pair->one, pair->other});
    }
    table_print(t);
    return true;
}

static bool print_authors_of_path(qc_db *db, const char *pattern)
{
    qc_bigint commits = AS(COUNT(DISTINCT(Commit_id)), commits);
    struct Activity **rows = ALL(db, SELECT_AS(Activity,
            Author_name, commits, SUM(Change_added), SUM(Change_removed))
        .JOIN(Author_commits)
        .JOIN(Commit_changes)
        .JOIN(Change_file)
        .WHERE(LIKE(File_path, pattern))
        .GROUP_BY(Author_id, Author_name)
        .ORDER_BY(DESC(commits), Author_id)
        .LIMIT(TOP));
    if (!rows)
        return false;
    char title[200];
    snprintf(title, sizeof title, "Authors of %s", pattern);
    print_activity(title, rows);
    return true;
}

static bool print_months(qc_db *db)
{
    qc_timestamptz month = AS(DATE_TRUNC(MONTH, Commit_authored_at), month);
    struct Month **months = ALL(db, SELECT_AS(Month,
            month, COUNT(Commit_id), COUNT(DISTINCT(Commit_author_id)))
        .GROUP_BY(month)
        .ORDER_BY(DESC(month))
        .LIMIT(12));
    if (!months)
        return false;
    table *t = table_new("Months", 3, (const char *[]){"month", ">commits", ">authors"});
    EACH(struct Month, row, months) {
        char start[QC_TIMESTAMP_SIZE];
        number a, b;
        day_of(row->start, start, sizeof start);
        start[7] = '\0';
        table_row(t, (const char *[]){start, NUMBER(a, row->commits), NUMBER(b, row->authors)});
    }
    table_print(t);
    return true;
}

bool print_reports(qc_db *db, const char *author, const char *path_pattern)
{
    bool ok = false;
    QC_SCOPE(db) {
        if (!author)
            author = busiest_author(db);
        ok = qc_ok(db) && print_totals(db) && print_most_active(db) &&
             (!author || print_latest(db, author)) && print_together(db) &&
             print_authors_of_path(db, path_pattern) && print_months(db);
    }
    return ok;
}
