/* A session, for those who meet one for the first time: objects are loaded, changed as any struct
 * is, written by a flush, and brought back by a rollback.
 *
 * All of it happens in one transaction that is not committed: the database stays as it was. */
#include "gitlog.h"

enum { GUEST_COMMITS = 3 };

/* The author of the most commits, or of the fewest, and these commits with them: two statements,
 * however many commits there are. NULL where there is none, or on error. */
static struct Author *find_busiest(qc_db *db)
{
    return FIRST(db, SELECT(Author)
        .ORDER_BY(DESC(COUNT(Author_commits)), Author_id)
        .LOAD(SELECTIN(Author_commits, DESC(Commit_id))));
}

static struct Author *find_idlest(qc_db *db, const struct Author *but)
{
    return FIRST(db, SELECT(Author)
        .WHERE(NE(Author_id, but->id))
        .ORDER_BY(COUNT(Author_commits), Author_id)
        .LOAD(SELECTIN(Author_commits, DESC(Commit_id))));
}

/* A field is assigned. Nothing is sent before the flush, which writes this one column. */
static bool rename_author(qc_db *db, struct Author *author, session_report *report)
{
    author->name = "A. Nonymous";
    return report_step(report, "renamed, not flushed") &&
           qc_flush(db) &&
           report_step(report, "renamed");
}

/* Where a history has one author only, NEW makes another: an object that has no row yet. ADD_TO
 * takes commits from one collection into the other; the flush inserts the row, then moves the keys. */
static struct Author *invite_guest(qc_db *db, const struct Author *only)
{
    struct Author *guest = NEW(db, Author, .id = only->id + 1, .name = "A guest",
                               .email = "guest@example.org");
    size_t moved = 0;
    EACH(struct Commit, commit, only->commits) {
        if (!guest || moved++ == GUEST_COMMITS || !ADD_TO(db, guest, Author_commits, commit))
            break;
    }
    return qc_ok(db) && qc_flush(db) ? guest : NULL;
}

/* Commits go from the one to the other, and whoever has none left is deleted: the flush writes the
 * keys first. */
static bool merge_authors(qc_db *db, struct Author *kept, struct Author *other)
{
    EACH(struct Commit, commit, other->commits) {
        if (!ADD_TO(db, kept, Author_commits, commit))
            return false;
    }
    return qc_delete(db, other) && qc_flush(db);
}

/* A transaction that is left by `break` is rolled back, and with it the objects. The inner one is a
 * savepoint: it takes back the merging, and not the new name. */
static bool change_and_undo(qc_db *db, struct Author *kept, session_report *report)
{
    bool done = false;
    TRANSACTION(db) {
        if (!rename_author(db, kept, report))
            break;
        struct Author *other = find_idlest(db, kept);
        if (!qc_ok(db) || !(other || (other = invite_guest(db, kept))))
            break;
        report->other = other;
        if (!report_step(report, "another one"))
            break;
        TRANSACTION(db) {
            done = merge_authors(db, kept, other) && report_step(report, "merged");
            break;
        }
        done = done && report_step(report, "merging undone");
        break;
    }
    return done && report_step(report, "all undone");
}

bool print_session(qc_db *db, qc_hook *also)
{
    /* Queries would flush first. Here they do not, so that the report can show the moment before. */
    if (!qc_session_start(db, QC_SESSION_OPTIONS(.no_autoflush = true)))
        return false;
    bool done = false;
    QC_SCOPE(db) {
        struct Author *author = find_busiest(db);
        if (author) {
            session_report report;
            report_begin(&report, db, author, also);
            done = report_step(&report, "loaded") && change_and_undo(db, author, &report);
            report_end(&report);
        } else {
            done = qc_ok(db); /* an empty repository */
        }
    }
    qc_session_stop(db);
    return done;
}
