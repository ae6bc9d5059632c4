/* A session, for those who meet one for the first time: an author is loaded, renamed, merged with
 * another, and all of it is undone. Objects are plain structs; a flush writes what changed in them, a
 * rollback brings them back.
 *
 * Begin with print_session, at the end. `scripts/demo --sql` shows every statement with its line. */
#include "gitlog.h"

enum { GUEST_COMMITS = 3 };

/* The author of the most commits, with these commits: two statements, however many there are. NULL
 * where there is none, or on error. */
static struct Author *find_busiest(qc_db *db)
{
    return FIRST(db, SELECT(Author)
        .ORDER_BY(DESC(COUNT(Author_commits)), Author_id)
        .LOAD(SELECTIN(Author_commits, DESC(Commit_id))));
}

/* The author of the fewest, other than `but`. */
static struct Author *find_idlest(qc_db *db, const struct Author *but)
{
    return FIRST(db, SELECT(Author)
        .WHERE(NE(Author_id, but->id))
        .ORDER_BY(COUNT(Author_commits), Author_id)
        .LOAD(SELECTIN(Author_commits, DESC(Commit_id))));
}

/* NEW makes an object that has no row yet; ADD_TO moves commits out of one collection into another.
 * The flush inserts the row first, then writes the keys of the commits. NULL on error. */
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

/* Many a history has one author only: then a guest takes a few of the commits. */
static struct Author *find_other(qc_db *db, const struct Author *author)
{
    struct Author *other = find_idlest(db, author);
    return other || !qc_ok(db) ? other : invite_guest(db, author);
}

/* A field is assigned. Nothing is sent before the flush, and then this one column. */
static bool rename_author(qc_db *db, struct Author *author, session_report *report)
{
    author->name = "A. Nonymous";
    return report_step(report, "renamed, not flushed") &&
           qc_flush(db) &&
           report_step(report, "renamed");
}

/* All commits go to the author who is kept; the other is deleted. The flush writes the keys of the
 * commits first, then deletes the row. */
static bool merge_authors(qc_db *db, struct Author *kept, struct Author *other)
{
    EACH(struct Commit, commit, other->commits) {
        if (!ADD_TO(db, kept, Author_commits, commit))
            return false;
    }
    return qc_delete(db, other) && qc_flush(db);
}

/* A TRANSACTION inside another is a savepoint. To leave it by `break` takes back what was done in it,
 * in the database and in the objects, and nothing else: the new name stays. */
static bool merge_and_undo(qc_db *db, struct Author *kept, session_report *report)
{
    bool done = false;
    struct Author *other = find_other(db, kept);
    report->other = other;
    if (!other || !report_step(report, "found another"))
        return false;
    TRANSACTION(db) {
        done = merge_authors(db, kept, other) && report_step(report, "merged");
        break;
    }
    return done && report_step(report, "merging undone");
}

/* The whole of it is one transaction, which is left by `break` as well: the database stays as it was. */
static bool change_and_undo(qc_db *db, struct Author *author, session_report *report)
{
    bool done = false;
    TRANSACTION(db) {
        done = rename_author(db, author, report) && merge_and_undo(db, author, report);
        break;
    }
    return done && report_step(report, "all undone");
}

bool print_session(qc_db *db, qc_hook *also)
{
    /* Queries would flush first. Here they do not, so that the report can show the moment before. */
    if (!qc_session_start(db, QC_SESSION_OPTIONS(.no_autoflush = true)))
        return false;
    session_report report;
    struct Author *author = find_busiest(db);
    bool done = qc_ok(db); /* an empty repository has no author, and no report */
    if (author) {
        report_begin(&report, db, author, also);
        done = report_step(&report, "loaded") && change_and_undo(db, author, &report);
        report_end(&report);
    }
    qc_session_stop(db);
    return done;
}
