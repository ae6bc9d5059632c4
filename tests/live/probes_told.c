/* See probes.h: what people are told, and what is not there. */
#include "probes.h"

#include "../databases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

MODEL(Told, "told", COLUMN(id, BIGINT, PRIMARY_KEY), COLUMN(body, TEXT, UNIQUE))

SCHEMA(telling, Told)

static bool begin(qc_db *db)
{
    return qc_create_all(db, &telling) && EXEC(db, DELETE(Told).ALL_ROWS) >= 0;
}

/* In the text of a constraint's violation. */
bool as_message(qc_db *db, const char *input)
{
    if (!begin(db) || EXEC(db, INSERT(Told).SET(Told_id, 1).SET(Told_body, input)) != 1)
        return false;
    EXEC(db, INSERT(Told).SET(Told_id, 2).SET(Told_body, input));
    const struct qc_error *error = qc_error(db);
    bool named = error->constraint && strcmp(error->constraint, "told_body_key") == 0;
    return error->code == QC_ERROR_SERVER && strcmp(error->sqlstate, "23505") == 0 && named &&
           error->message[0] != '\0';
}

/* Whether no byte of the file could move a terminal or begin a line of its own. */
static bool is_clean(FILE *file, int lines)
{
    rewind(file);
    for (int c, before = 0; (c = getc(file)) != EOF; before = c) {
        if (c == '\n')
            lines--;
        else if (c < 0x20 || c == 0x7F || (before == 0xC2 && c >= 0x80 && c < 0xA0))
            return false;
    }
    return lines == 0;
}

/* In a traced statement and in a traced error: each has a line for its place, text, binds, error.
 */
bool as_trace(qc_db *db, const char *input)
{
    FILE *file = tmpfile();
    fflush(stderr);
    int kept = dup(STDERR_FILENO);
    if (!file || kept < 0 || !begin(db))
        return false;
    dup2(fileno(file), STDERR_FILENO);
    qc_set_trace(db, true);
    bool good = EXEC(db, INSERT(Told).SET(Told_id, 1).SET(Told_body, input)) == 1 &&
                EXEC(db, INSERT(Told).SET(Told_id, 1).SET(Told_body, input)) == -1;
    qc_set_trace(db, false);
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    good = good && is_clean(file, 7);
    fclose(file);
    return good;
}

/* A URL that cannot be opened; "canary" in it is a secret. */
bool as_url(qc_db *db, const char *input)
{
    (void)db;
    qc_db *other = qc_open(input);
    const struct qc_error *error = qc_error(other);
    bool good = error->code == QC_ERROR_CONNECT && error->message &&
                !strstr(error->message, "canary") &&
                !(error->detail && strstr(error->detail, "canary")) && !qc_begin(other) &&
                EXEC(other, DELETE(Told).ALL_ROWS) == -1;
    qc_close(other);
    return good;
}

/* ---- Handles of nothing. ---- */

bool as_zeroed(qc_db *db, const char *input)
{
    const qc_text text = {NULL};
    const qc_bool truth = {NULL};
    const qc_bigint number = {NULL};
    if (!begin(db))
        return false;
    switch (atoi(input)) {
    case 0: ALL(db, SELECT(Told).WHERE(truth)); break;
    case 1: ALL(db, SELECT(Told).WHERE(EQ(text, "x"))); break;
    case 2: ALL(db, SELECT(Told).WHERE(AND(EQ(Told_id, 1), truth))); break;
    case 3: ALL(db, SELECT(Told).WHERE(OR(truth, EQ(Told_id, 1)))); break;
    case 4: ALL(db, SELECT(Told).WHERE(NOT(truth))); break;
    case 5: ALL(db, SELECT(Told).WHERE(IN(number, 1, 2))); break;
    case 6: ALL(db, SELECT(Told).WHERE(BETWEEN(Told_id, number, 2))); break;
    case 7: ALL(db, SELECT(Told).WHERE(LIKE(text, Told_body))); break;
    case 8: ALL(db, SELECT(Told).ORDER_BY(DESC(number))); break;
    case 9: ALL(db, SELECT(number)); break;
    case 10: ALL(db, SELECT(CONCAT("x", text))); break;
    case 11: ALL(db, SELECT(COALESCE(Told_body, text))); break;
    case 12: ALL(db, SELECT(CASE(WHEN(truth, "a"), ELSE("b")))); break;
    case 13: ALL(db, SELECT(ADD(Told_id, number))); break;
    case 14: ALL(db, SELECT(LOWER(text))); break;
    case 15: ALL(db, SELECT(SUM(number))); break;
    case 16: ALL(db, SELECT(CAST(number, TEXT))); break;
    case 17: EXEC(db, UPDATE(Told).SET(Told_body, text).ALL_ROWS); break;
    case 18: EXEC(db, DELETE(Told).WHERE(truth)); break;
    case 19: ALL(db, SELECT(Told).WHERE(CONTAINS(text, "x"))); break;
    case 20: ALL(db, SELECT(AS(number, name))); break;
    case 21: ALL(db, SELECT(FUNC("abs", BIGINT, number))); break;
    case 22: ALL(db, SELECT(RAW(BIGINT, "? + 1", number))); break;
    case 23: ALL(db, SELECT(EXISTS(SELECT(Told).WHERE(truth)))); break;
    case 24: ALL(db, SELECT(Told_id, text)); break;
    case 25: ALL(db, SELECT(Told_id).GROUP_BY(text)); break;
    default: return false;
    }
    return qc_error(db)->code == QC_ERROR_MISUSE;
}

/* ---- The order in which things end. ---- */

static bool close_under_stream(qc_db *db)
{
    bool good = begin(db);
    qc_mark mark = qc_begin_query();
    static const qc_site site = {__FILE__, "as_lifetime", 1};
    const qc_clause clauses[] = {{.kind = QC_CLAUSE_HEAD, .node = Told.node},
                                 {.kind = QC_CLAUSE_END}};
    qc_stream *stream = qc_stream_open(db, &site, mark, clauses);
    good = good && stream && qc_stream_next(stream) == NULL && qc_ok(db);
    qc_close(db);
    qc_stream_close(&stream);
    return good && !stream;
}

static bool reset_between(qc_db *db)
{
    QUERY_OF(Told) query = QUERY(SELECT(Told).WHERE(EQ(Told_id, 1)));
    ALL(db, query);
    bool good = qc_ok(db);
    qc_arena_reset(qc_current_arena());
    ALL(db, SELECT(Told).WHERE(EQ(Told_id, 1)));
    good = good && qc_ok(db);
    qc_close(db);
    return good;
}

static bool release_in_scope(qc_db *db)
{
    bool good = true;
    QC_SCOPE(db) {
        ALL(db, SELECT(Told));
        qc_release(db);
        QC_SCOPE(db)
            ALL(db, SELECT(Told));
        qc_row *row = FIRST(db, SELECT(VALUE("kept"), VALUE(1)));
        qc_set_cache_size(db, 0);
        good =
            row && strcmp(qc_row_name(row, 0), "") >= 0 && strcmp(qc_row_text(row, 0), "kept") == 0;
    }
    qc_close(db);
    return good;
}

static bool leave_everything_open(qc_db *db)
{
    bool good = qc_begin(db);
    STREAM(row, db, SELECT(Told)) {
        good = row != NULL;
        break;
    }
    ALL(db, SELECT(Told));
    qc_close(db);
    return good;
}

bool as_lifetime(qc_db *db, const char *input)
{
    static bool (*const cases[])(qc_db *) = {close_under_stream, reset_between, release_in_scope,
                                             leave_everything_open};
    bool is_sqlite = strcmp(qc_dialect_name(db), "sqlite") == 0;
    qc_db *other = qc_open(database_url(is_sqlite ? SQLITE_DATABASE : POSTGRESQL_DATABASE));
    return qc_ok(other) && qc_create_all(other, &telling) && cases[atoi(input)](other);
}
