/* The tables of gitlog, and the shapes of its reports. */
#ifndef GITLOG_MODELS_H
#define GITLOG_MODELS_H

#include <quercus/quercus.h>

MODEL(Author, "gitlog_authors",
    COLUMN(id,    BIGINT, PRIMARY_KEY),
    COLUMN(name,  TEXT),
    COLUMN(email, TEXT, UNIQUE),
    HAS_MANY(commits, Commit, author_id, BACK(author)))

MODEL(Commit, "gitlog_commits",
    COLUMN(id,          BIGINT, PRIMARY_KEY),
    COLUMN(hash,        VARCHAR(64), UNIQUE),
    COLUMN(author_id,   BIGINT, REFERENCES(Author, id)),
    COLUMN(authored_at, TIMESTAMPTZ),
    COLUMN(subject,     TEXT),
    BELONGS_TO(author, Author, author_id, BACK(commits)),
    HAS_MANY(changes, Change, commit_id, BACK(commit)),
    INDEX(ix_gitlog_commit_author, author_id, DESC(authored_at)))

MODEL(File, "gitlog_files",
    COLUMN(id,   BIGINT, PRIMARY_KEY),
    COLUMN(path, TEXT, UNIQUE),
    HAS_MANY(changes, Change, file_id, BACK(file)))

/* The association of a commit with a file; lines are 0 for binary files. */
MODEL(Change, "gitlog_changes",
    COLUMN(commit_id, BIGINT, PRIMARY_KEY, REFERENCES(Commit, id)),
    COLUMN(file_id,   BIGINT, PRIMARY_KEY, REFERENCES(File, id), INDEXED),
    COLUMN(added,     INTEGER),
    COLUMN(removed,   INTEGER),
    BELONGS_TO(commit, Commit, commit_id, BACK(changes)),
    BELONGS_TO(file, File, file_id, BACK(changes)))

SCHEMA(gitlog, Author, Commit, File, Change)

RECORD(Totals,
    COLUMN(authors, BIGINT), COLUMN(commits, BIGINT), COLUMN(files, BIGINT),
    COLUMN(added, BIGINT), COLUMN(removed, BIGINT))

RECORD(Activity,
    COLUMN(name, TEXT), COLUMN(commits, BIGINT), COLUMN(added, BIGINT), COLUMN(removed, BIGINT))

RECORD(Together, COLUMN(one, TEXT), COLUMN(other, TEXT), COLUMN(commits, BIGINT))

RECORD(Standing, COLUMN(name, TEXT), COLUMN(commits, BIGINT))

RECORD(Month, COLUMN(start, TIMESTAMPTZ), COLUMN(commits, BIGINT), COLUMN(authors, BIGINT))

#endif
