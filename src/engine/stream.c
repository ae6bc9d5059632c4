/* STREAM: row by row in bounded memory. The rows lie in an arena of the stream, which is emptied
 * before each; the connection serves nothing else until the stream is closed. */
#include "engine/stream.h"

#include "engine/insert.h"
#include "engine/prepare.h"
#include "engine/trace.h"

#include <stdlib.h>

struct qc_stream {
    qc_db *db; /* NULL: the connection was closed */
    const qc_site *site;
    qc_cached *cached;
    qc_statement statement; /* of `cached`, with the text that was sent */
    const char *binds;      /* as text, when someone watches */
    qc_arena *own, *rows;
    int64_t count; /* -1: it failed */
    qc_timing began;
};

const qc_site *qc_stream_site(const qc_stream *stream)
{
    return stream->site;
}

static void free_stream(qc_stream *stream)
{
    qc_cached_release(stream->cached);
    qc_arena_free(stream->rows);
    qc_arena_free(stream->own);
    free(stream);
}

/* ---- Opening. ---- */

static qc_stream *new_stream(qc_db *db, const qc_site *site)
{
    qc_stream *stream = calloc(1, sizeof(*stream));
    if (!stream)
        return NULL;
    *stream = (qc_stream){
        .db = db, .site = site, .own = qc_arena_new(), .rows = qc_arena_new()};
    if (stream->own && stream->rows)
        return stream;
    free_stream(stream);
    return NULL;
}

static bool nomem(qc_stream *stream)
{
    qc_fail(stream->db, stream->site, QC_ERROR_NOMEM, "out of memory");
    return false;
}

/* Keeps what the query's memory would take along. */
static bool keep_texts(qc_stream *stream, const qc_prepared *prepared)
{
    qc_statement *statement = &stream->statement;
    if (statement->sql != stream->cached->statement->sql)
        statement->sql = qc_arena_copy(stream->own, statement->sql, statement->sql_length);
    if (!statement->sql)
        return nomem(stream);
    stream->began = qc_report_begin(stream->db, &(qc_report_of){.site = stream->site,
                                                                .sql = statement->sql,
                                                                .binds = prepared->binds,
                                                                .bind_count =
                                                                    statement->bind_count});
    if (!qc_is_watched(stream->db) || stream->db->redact || !statement->bind_count)
        return true;
    qc_strbuf text = {0};
    qc_print_binds(&text, stream->db->driver->dialect->placeholder, prepared->binds,
                   statement->bind_count);
    stream->binds = text.failed ? NULL : qc_arena_copy(stream->own, text.text, text.length);
    qc_strbuf_free(&text);
    return stream->binds ? true : nomem(stream);
}

static bool start(qc_stream *stream, const qc_clause *clauses)
{
    qc_db *db = stream->db;
    qc_prepared prepared;
    qc_insert insert;
    qc_insert_find(clauses, &insert);
    if (!insert.clauses)
        return nomem(stream);
    if (insert.rows) {
        qc_fail(db, stream->site, QC_ERROR_QUERY, "INSERT_ROWS cannot be streamed; use ALL");
        return false;
    }
    if (!qc_prepare(db, stream->site, insert.clauses, false, &prepared))
        return false;
    stream->cached = prepared.cached;
    stream->statement = *prepared.statement;
    if (!stream->statement.returns_rows) {
        qc_fail(db, stream->site, QC_ERROR_QUERY, "%s", qc_no_rows);
        return false;
    }
    if (!keep_texts(stream, &prepared))
        return false;
    if (db->driver->stream_begin(db->connection, &stream->statement, prepared.binds) ==
        QC_ERROR_OK)
        return true;
    qc_blame(db, stream->site, stream->statement.sql);
    return false;
}

static qc_stream *open_stream(qc_db *db, const qc_site *site, const qc_clause *clauses)
{
    qc_stream *stream = new_stream(db, site);
    if (!stream) {
        qc_fail(db, site, QC_ERROR_NOMEM, "out of memory");
        return NULL;
    }
    if (!start(stream, clauses)) {
        free_stream(stream);
        return NULL;
    }
    db->stream = stream;
    return stream;
}

qc_stream *qc_stream_open(qc_db *db, const qc_site *site, qc_mark mark, const qc_clause *clauses)
{
    qc_stream *stream = qc_enter(db, site) ? open_stream(db, site, clauses) : NULL;
    qc_arena_release(qc_current_arena(), mark);
    return stream;
}

/* ---- Rows. ---- */

void *qc_stream_next(qc_stream *stream)
{
    if (!stream || !stream->db || stream->count < 0)
        return NULL;
    qc_db *db = stream->db;
    qc_error_clear(&db->error);
    qc_arena_reset(stream->rows);
    qc_fetch fetch = {.shape = &stream->statement.shape,
                      .items = stream->statement.items,
                      .arena = stream->rows};
    void *row = NULL;
    if (db->driver->stream_next(db->connection, &fetch, &row) == QC_ERROR_OK) {
        stream->count += row != NULL;
        return row;
    }
    stream->count = -1;
    qc_blame(db, stream->site, stream->statement.sql);
    return NULL;
}

/* ---- Closing. ---- */

void qc_stream_detach(qc_db *db)
{
    qc_stream *stream = db->stream;
    if (!stream)
        return;
    db->stream = NULL;
    db->driver->stream_end(db->connection);
    qc_report(db,
              &(qc_report_of){.site = stream->site,
                              .sql = stream->statement.sql,
                              .printed = stream->binds,
                              .bind_count = stream->statement.bind_count,
                              .rows = stream->count},
              stream->began);
    stream->db = NULL;
}

void qc_stream_close(qc_stream **handle)
{
    qc_stream *stream = *handle;
    *handle = NULL;
    if (!stream)
        return;
    if (stream->db)
        qc_stream_detach(stream->db);
    free_stream(stream);
}
