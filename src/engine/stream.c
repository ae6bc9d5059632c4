/* STREAM, STREAM_CHUNKS and COPY_OUT: rows piece by piece in bounded memory. They lie in an arena of the
 * stream, which is emptied before each piece; the connection serves nothing else until the stream is
 * closed. */
#include "engine/budget.h"
#include "engine/orm.h"
#include "engine/write.h"
#include "engine/prepare.h"
#include "engine/trace.h"

#include <limits.h>
#include <quercus/copy.h>
#include <stdlib.h>

struct qc_stream {
    qc_db *db; /* NULL: the connection was closed */
    const qc_site *site;
    qc_cached *cached;
    qc_statement statement; /* of `cached`, with the text that was sent */
    const char *binds;      /* as text, when someone watches */
    qc_arena *own, *rows;
    int most;             /* rows of a piece */
    bool copies;          /* by way of COPY */
    qc_error_record held; /* an error that came behind rows: for the next call */
    int64_t count;        /* -1: it failed */
    qc_timing began;
};

static void free_stream(qc_stream *stream)
{
    qc_cached_release(stream->cached);
    qc_arena_free(stream->rows);
    qc_arena_free(stream->own);
    qc_error_free(&stream->held);
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

static bool begin(qc_stream *stream, const qc_node *const *binds)
{
    const qc_db *db = stream->db;
    const qc_driver *driver = db->driver;
    const qc_statement *statement = &stream->statement;
    if (stream->copies && statement->bind_count) {
        qc_fail(stream->db, stream->site, QC_ERROR_QUERY,
                "COPY takes no values, and this query has %lu; use STREAM",
                (unsigned long)statement->bind_count);
        return false;
    }
    const enum qc_code code =
        stream->copies && driver->copy_out_begin
            ? driver->copy_out_begin(db->connection, statement)
            : driver->stream_begin(db->connection, statement, binds, stream->most);
    if (code != QC_ERROR_OK)
        qc_blame(stream->db, stream->site, statement->sql);
    return code == QC_ERROR_OK;
}

static bool start(qc_stream *stream, const qc_clause *clauses)
{
    qc_db *db = stream->db;
    qc_prepared prepared;
    qc_write write;
    qc_write_find(clauses, &write);
    if (!write.clauses)
        return nomem(stream);
    if (write.rows) {
        qc_fail(db, stream->site, QC_ERROR_QUERY, "a write of structs cannot be streamed; use ALL");
        return false;
    }
    if (!qc_prepare(db, stream->site, write.clauses, false, &prepared))
        return false;
    stream->cached = prepared.cached;
    stream->statement = *prepared.statement;
    if (!stream->statement.returns_rows) {
        qc_fail(db, stream->site, QC_ERROR_QUERY, "%s", qc_no_rows);
        return false;
    }
    return keep_texts(stream, &prepared) && begin(stream, prepared.binds);
}

static void end_stream(void *holder);

/* `way` has what kind of stream it is. */
static qc_stream *open_stream(qc_db *db, const qc_site *site, const qc_stream *way,
                              const qc_clause *clauses)
{
    qc_stream *stream = new_stream(db, site);
    if (!stream) {
        qc_fail(db, site, QC_ERROR_NOMEM, "out of memory");
        return NULL;
    }
    stream->most = way->most;
    stream->copies = way->copies;
    if (!start(stream, clauses)) {
        free_stream(stream);
        return NULL;
    }
    db->busy = (qc_busy){way->copies ? "COPY_OUT" : "STREAM", site, end_stream, stream};
    return stream;
}

qc_stream *qc_stream_open(qc_db *db, const qc_site *site, qc_mark mark, const qc_clause *clauses)
{
    const qc_stream way = {.most = 1};
    qc_stream *stream = qc_enter_flushed(db, site) ? open_stream(db, site, &way, clauses) : NULL;
    qc_arena_release(qc_current_arena(), mark);
    return stream;
}

qc_stream *qc_stream_open_chunks(qc_db *db, size_t most, const qc_site *site, qc_mark mark,
                                 const qc_clause *clauses)
{
    qc_stream *stream = NULL;
    const bool entered = qc_enter_flushed(db, site), good = most > 0 && most <= INT_MAX;
    const qc_stream way = {.most = good ? (int)most : 0};
    if (entered && !good)
        qc_fail(db, site, QC_ERROR_MISUSE, "STREAM_CHUNKS takes 1 to %d rows at a time", INT_MAX);
    else if (entered)
        stream = open_stream(db, site, &way, clauses);
    qc_arena_release(qc_current_arena(), mark);
    return stream;
}

qc_stream *qc_copy_out_open(qc_db *db, const qc_site *site, qc_mark mark, const qc_clause *clauses)
{
    const qc_stream way = {.most = 1, .copies = true};
    qc_stream *stream = qc_enter_flushed(db, site) ? open_stream(db, site, &way, clauses) : NULL;
    qc_arena_release(qc_current_arena(), mark);
    return stream;
}

/* ---- Rows. ---- */

static void *fail_rows(qc_stream *stream)
{
    stream->count = -1;
    qc_blame(stream->db, stream->site, stream->statement.sql);
    return NULL;
}

/* The first row of the next piece, which is in `fetch`. */
static void *next_piece(qc_stream *stream, qc_fetch *fetch)
{
    if (!stream || !stream->db || stream->count < 0)
        return NULL;
    qc_db *db = stream->db;
    if (stream->held.error.code != QC_ERROR_OK) {
        qc_error_free(&db->error);
        db->error = stream->held;
        stream->held = (qc_error_record){0};
        return fail_rows(stream);
    }
    if (db->error.error.code != QC_ERROR_OK)
        qc_clear(db);
    qc_arena_reset(stream->rows);
    *fetch = (qc_fetch){.shape = &stream->statement.shape,
                        .items = stream->statement.items,
                        .arena = stream->rows};
    void *row = NULL;
    const enum qc_code code = db->driver->stream_next(db->connection, fetch, &row);
    if (code != QC_ERROR_OK && !row)
        return fail_rows(stream);
    if (code != QC_ERROR_OK) {
        stream->held = db->error;
        db->error = (qc_error_record){0};
    }
    stream->count += row ? (int64_t)fetch->count : 0;
    if (row && !qc_may_keep(db, stream->site, &stream->statement, fetch))
        return fail_rows(stream);
    return row;
}

void *qc_stream_next(qc_stream *stream)
{
    qc_fetch fetch;
    return next_piece(stream, &fetch);
}

void *qc_stream_next_chunk(qc_stream *stream)
{
    qc_fetch fetch;
    if (!next_piece(stream, &fetch))
        return NULL;
    void **list = qc_fetch_finish(&fetch);
    if (list)
        return list;
    nomem(stream);
    return fail_rows(stream);
}

/* ---- Closing. ---- */

/* Of the connection; the handle is freed by qc_stream_close. */
static void end_stream(void *holder)
{
    qc_stream *stream = holder;
    qc_db *db = stream->db;
    db->options.undoing = true;
    db->driver->stream_end(db->connection);
    db->options.undoing = false;
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
        qc_end_busy(stream->db);
    free_stream(stream);
}
