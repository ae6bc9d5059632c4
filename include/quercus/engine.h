/* Connections and sinks: where a query is run and its rows come back as structs.
 *
 * Results are owned by the connection's result arena: valid until QC_SCOPE(db) that surrounds the
 * call ends, qc_release(db), or qc_close(db). A connection belongs to one thread at a time.
 */
#ifndef QUERCUS_ENGINE_H
#define QUERCUS_ENGINE_H

#include <quercus/arena.h>
#include <quercus/error.h>
#include <quercus/events.h>
#include <quercus/query.h>

typedef struct qc_db qc_db;

/* Opens "sqlite::memory:", "sqlite:path", or any libpq URL or conninfo ("postgresql://…",
 * "host=… dbname=…"). A server that is not on this machine is verified (sslmode=verify-full) unless
 * URL, environment or service file say another sslmode. Never NULL but when memory is out; look at
 * qc_error(db)->code. Close with qc_close in every case. */
#define qc_open(url) qc_open_at(url, QC_HERE)
qc_db *qc_open_at(const char *url, const qc_site *site);
/* Where a call of another task waits on it, that call fails with MISUSE, which names this line, and
 * the connection is closed at the end of that task. */
#define qc_close(db) qc_close_at(db, QC_HERE)
void qc_close_at(qc_db *db, const qc_site *site);
/* The last call's error; code QC_ERROR_OK when it succeeded. For NULL: out of memory. */
const struct qc_error *qc_error(const qc_db *db);
bool qc_ok(const qc_db *db);
/* "postgresql" or "sqlite". */
const char *qc_dialect_name(const qc_db *db);
/* Milliseconds any call may wait for the database; 0: for ever. Default 30,000. */
void qc_set_timeout(qc_db *db, int milliseconds);
/* Milliseconds a statement that passed its deadline has to end, once cancelled, before the
 * connection is given up: more for distant servers. Default 200. */
void qc_set_cancel_timeout(qc_db *db, int milliseconds);
/* Whether statements are prepared under names (default true; PostgreSQL). Poolers that hand every
 * transaction another server connection may need false. */
void qc_set_named_statements(qc_db *db, bool on);
/* Statements kept compiled; 0 turns the cache off. Default 512. */
void qc_set_cache_size(qc_db *db, size_t statements);

/* Runs SQL text without binds, as it is: for the DDL and settings no word covers. BEGIN, COMMIT,
 * SAVEPOINT … are for a connection without an open transaction of transaction.h: inside one they
 * are QC_ERROR_MISUSE. */
#define qc_execute(db, sql) qc_execute_at(db, QC_HERE, sql)
bool qc_execute_at(qc_db *db, const qc_site *site, const char *sql);

/* Frees all results of the connection. */
void qc_release(qc_db *db);
/* QC_SCOPE(db) { … }: results fetched inside are freed at its end, however it is left. */
#define QC_SCOPE(db) QC_SCOPE_(db, QC_LOCAL)
#define QC_SCOPE_(db, S) QC_SCOPE__(db, S)
#define QC_SCOPE__(db, S)                                                                          \
    for (qc_scope S __attribute__((cleanup(qc_scope_end))) = qc_scope_begin(db); S.open;           \
         qc_scope_end(&S))
typedef struct qc_scope {
    qc_db *db;
    qc_mark mark;
    size_t releases; /* of the connection when it began: qc_release inside leaves it nothing */
    bool open;
} qc_scope;
qc_scope qc_scope_begin(qc_db *db);
void qc_scope_end(qc_scope *scope);

/* Length of a list returned by ALL; 0 for NULL. */
size_t qc_count(const void *list);
/* EACH(struct User, user, users) { … }. What is inside may take `user` out of the list. */
#define QC_EACH_ROW(type, name, list) QC_EACH_ROW_(type, name, list, QC_LOCAL, QC_LOCAL)
#define QC_EACH_ROW_(type, name, list, at, now) QC_EACH_ROW__(type, name, list, at, now)
#define QC_EACH_ROW__(type, name, list, at, now)                                                   \
    for (type *const *at = (list), *name, *now; at && (name = now = *at) != NULL; at += *at == now)

/* ---- Generic rows, of a SELECT of several items without a record. ---- */

typedef struct qc_row qc_row;
size_t qc_row_size(const qc_row *row);
/* Name and type of item `i`; whether it is NULL. Out of range: NULL, QC_TYPE_none, true. */
const char *qc_row_name(const qc_row *row, size_t i);
enum qc_type qc_row_type(const qc_row *row, size_t i);
bool qc_row_is_null(const qc_row *row, size_t i);
/* Values; each is zero when the item is NULL or of another type. Whole numbers widen. */
bool qc_row_bool(const qc_row *row, size_t i);
int64_t qc_row_int(const qc_row *row, size_t i);
double qc_row_double(const qc_row *row, size_t i); /* REAL and DOUBLE */
const char *qc_row_text(const qc_row *row, size_t i); /* TEXT, JSON, NUMERIC */
qc_bytea_value qc_row_bytea(const qc_row *row, size_t i);
qc_date_value qc_row_date(const qc_row *row, size_t i);
qc_time_value qc_row_time(const qc_row *row, size_t i);
qc_timestamp_value qc_row_timestamp(const qc_row *row, size_t i);
qc_uuid_value qc_row_uuid(const qc_row *row, size_t i);
/* The struct of an entity item (SELECT(User, Order)), or NULL. */
const void *qc_row_entity(const qc_row *row, size_t i);

/* ---- Sinks. Every one records where it stands, and frees what building the query took. ---- */

/* What the sinks call; `mark` is where the current arena stood before the query was built. */
void *qc_first(qc_db *db, const qc_site *site, qc_mark mark, const qc_clause *clauses);
void *qc_one(qc_db *db, const qc_site *site, qc_mark mark, const qc_clause *clauses);
void *qc_one_or_none(qc_db *db, const qc_site *site, qc_mark mark, const qc_clause *clauses);
void *qc_all(qc_db *db, const qc_site *site, qc_mark mark, const qc_clause *clauses);
bool qc_scalar(qc_db *db, const qc_site *site, qc_mark mark, const qc_clause *clauses, void *ret,
               bool nullable);
int64_t qc_exec(qc_db *db, const qc_site *site, qc_mark mark, const qc_clause *clauses);
const char *qc_explain(qc_db *db, const qc_site *site, qc_mark mark, const qc_clause *clauses);
/* Rendered for `dialect`, "postgresql" or "sqlite". The text stays in the current arena. */
const char *qc_sql(const char *dialect, const qc_site *site, const qc_clause *clauses);
const char *qc_binds(const char *dialect, const qc_site *site, const qc_clause *clauses);
const char *qc_tree(const qc_clause *clauses);

typedef struct qc_stream qc_stream;
qc_stream *qc_stream_open(qc_db *db, const qc_site *site, qc_mark mark, const qc_clause *clauses);
/* The next row, valid until the next call; NULL at the end and on error (see qc_error). */
void *qc_stream_next(qc_stream *stream);
qc_stream *qc_stream_open_chunks(qc_db *db, size_t most, const qc_site *site, qc_mark mark,
                                 const qc_clause *clauses);
/* A list (qc_count) of the next rows, valid until the next call; NULL at the end and on error. */
void *qc_stream_next_chunk(qc_stream *stream);
void qc_stream_close(qc_stream **stream);

#define QC_SITE(S) static const qc_site S = {__FILE__, __func__, __LINE__}
static inline qc_mark qc_begin_query(void)
{
    return qc_arena_mark(qc_current_arena());
}

/* `db` is a connection. */
#define QC_ASSERT_DB(db, sentence)                                                                 \
    _Static_assert(_Generic((db), qc_db *: 1, default: 0), sentence)

/* QC_SINK(fn, result, word, db, chain or kept query) */
#define QC_SINK(fn, result, word, ...)                                                             \
    QC_CAT(QC_SINK_, QC_QUERY_2(__VA_ARGS__))                                                      \
    (fn, result, word, QC_LOCAL, QC_LOCAL, QC_LOCAL, __VA_ARGS__)
#define QC_SINK_1(fn, result, word, H, M, S, db, chain, head, ...)                                 \
    __extension__({                                                                                \
        QC_SITE(S);                                                                                \
        const qc_mark M = qc_begin_query();                                                        \
        __auto_type H = head;                                                                      \
        (result(H)) fn(db, &S, M, QC_CHAIN_CLAUSES(H, __VA_ARGS__));                               \
    })
#define QC_SINK_0(fn, result, word, H, M, S, db, ...)                                              \
    QC_CAT(QC_SINK_0_, QC_IS_CHAIN(db, ~))(fn, result, word, H, M, S, db, __VA_ARGS__)
#define QC_SINK_0_0(fn, result, word, H, M, S, db, q)                                              \
    QC_SINK_1(fn, result, word, H, M, S, db, , QC_KEPT(q), {)
#define QC_SINK_0_1(fn, result, word, ...) QC_SINK_MISSING(fn, result, word, ~)
#define QC_SINK_MISSING(fn, result, word, ...) QC_NO_##result(word)
#define QC_NO_QC_RESULT_ROW(word) QC_MISUSED(QC_WANTS_DB_AND(word, "SELECT(...)"), (void *)0)
#define QC_NO_QC_RESULT_LIST(word) QC_NO_QC_RESULT_ROW(word)
#define QC_NO_QC_RESULT_TEXT(word) QC_NO_QC_RESULT_ROW(word)
#define QC_NO_QC_RESULT_COUNT(word)                                                                \
    QC_MISUSED(QC_WANTS_DB_AND(word, "DELETE(...)..."), (int64_t)-1)
#define QC_WANTS_DB_AND(word, example)                                                             \
    word ": the arguments must be a qc_db * and a query, as in " word "(db, " example ")"
#define QC_RESULT_ROW(H) __typeof__(H.qc_row)
#define QC_RESULT_LIST(H) __typeof__(&H.qc_row)
#define QC_RESULT_COUNT(H) int64_t
#define QC_RESULT_TEXT(H) const char *

/* The first row, or NULL: no row is not an error. */
#define QC_FIRST(...) QC_SINK(qc_first, QC_RESULT_ROW, "FIRST", __VA_ARGS__)
/* The only row; none is QC_ERROR_NOT_FOUND, several QC_ERROR_NOT_UNIQUE. */
#define QC_ONE(...) QC_SINK(qc_one, QC_RESULT_ROW, "ONE", __VA_ARGS__)
/* The only row, or NULL; several are QC_ERROR_NOT_UNIQUE. */
#define QC_ONE_OR_NONE(...) QC_SINK(qc_one_or_none, QC_RESULT_ROW, "ONE_OR_NONE", __VA_ARGS__)
/* Every row, as a NULL-terminated list (qc_count); NULL on error. */
#define QC_ALL(...) QC_SINK(qc_all, QC_RESULT_LIST, "ALL", __VA_ARGS__)
/* Rows affected, or -1 on error. */
#define QC_EXEC(...) QC_SINK(qc_exec, QC_RESULT_COUNT, "EXEC", __VA_ARGS__)
/* The database's plan, as text; NULL on error. */
#define QC_EXPLAIN(...) QC_SINK(qc_explain, QC_RESULT_TEXT, "EXPLAIN", __VA_ARGS__)

/* The one value of the first row: of no row or NULL, zero and an error (NOT_FOUND, NULL_RESULT). */
#define QC_SCALAR(...)                                                                             \
    QC_CAT(QC_SCALAR_, QC_QUERY_2(__VA_ARGS__))                                                    \
    (qc_value, false, "SCALAR", QC_LOCAL, QC_LOCAL, QC_LOCAL, QC_LOCAL, __VA_ARGS__)
/* The same as an optional: no row and NULL are unset. */
#define QC_SCALAR_OR_NULL(...)                                                                     \
    QC_CAT(QC_SCALAR_, QC_QUERY_2(__VA_ARGS__))                                                    \
    (qc_nullable, true, "SCALAR_OR_NULL", QC_LOCAL, QC_LOCAL, QC_LOCAL, QC_LOCAL, __VA_ARGS__)
#define QC_SCALAR_1(member, or_null, word, H, M, S, R, db, chain, head, ...)                       \
    __extension__({                                                                                \
        QC_SITE(S);                                                                                \
        const qc_mark M = qc_begin_query();                                                        \
        __auto_type H = head;                                                                      \
        QC_ASSERT_SCALAR(word, __typeof__(H));                                                     \
        union {                                                                                    \
            __typeof__(*H.member) result;                                                          \
            char storage[sizeof(*H.member)];                                                       \
        } R = {.storage = {0}};                                                                    \
        qc_scalar(db, &S, M, QC_CHAIN_CLAUSES(H, __VA_ARGS__), &R.result, or_null);                \
        R.result;                                                                                  \
    })
#define QC_SCALAR_0(member, or_null, word, H, M, S, R, db, ...)                                    \
    QC_CAT(QC_SCALAR_0_, QC_IS_CHAIN(db, ~))                                                       \
    (member, or_null, word, H, M, S, R, db, __VA_ARGS__)
#define QC_SCALAR_0_0(member, or_null, word, H, M, S, R, db, q)                                    \
    QC_SCALAR_1(member, or_null, word, H, M, S, R, db, , QC_KEPT(q), {)
#define QC_SCALAR_0_1(member, or_null, word, ...) QC_SCALAR_MISSING(member, or_null, word, ~)
#define QC_SCALAR_MISSING(member, or_null, word, ...)                                              \
    QC_MISUSED(QC_WANTS_DB_AND(word, "SELECT(...)"), 0)

/* The rendered text, or the error's message behind "-- ". SQL(q) is PostgreSQL's. */
#define QC_SQL(...) QC_SQL_FOR("postgresql", __VA_ARGS__)
#define QC_SQL_FOR(dialect, ...) QC_TEXT_SINK(qc_sql, dialect, __VA_ARGS__)
/* The binds as text: "$1 = 'x', $2 = 7". */
#define QC_BINDS(...) QC_TEXT_SINK(qc_binds, "postgresql", __VA_ARGS__)
#define QC_TEXT_SINK(fn, dialect, ...)                                                             \
    QC_CAT(QC_TEXT_SINK_, QC_IS_CHAIN(__VA_ARGS__, ~))                                             \
    (fn, dialect, QC_LOCAL, QC_LOCAL, __VA_ARGS__)
#define QC_TEXT_SINK_1(fn, dialect, H, S, chain, head, ...)                                        \
    __extension__({                                                                                \
        QC_SITE(S);                                                                                \
        __auto_type H = head;                                                                      \
        fn(dialect, &S, QC_CHAIN_CLAUSES(H, __VA_ARGS__));                                         \
    })
#define QC_TEXT_SINK_0(fn, dialect, H, S, q) QC_TEXT_SINK_1(fn, dialect, H, S, , QC_KEPT(q), {)
/* The AST as an indented tree, for debugging. */
#define QC_TREE(...) qc_tree(QC_CLAUSES_OF(__VA_ARGS__))
#define QC_CLAUSES_OF(...) QC_CAT(QC_CLAUSES_OF_, QC_IS_CHAIN(__VA_ARGS__, ~))(__VA_ARGS__)
#define QC_CLAUSES_OF_1(chain, head, ...) QC_CHAIN_CLAUSES(head, __VA_ARGS__)
#define QC_CLAUSES_OF_0(q) QC_CHAIN_CLAUSES(QC_KEPT(q), {)

/* STREAM(user, db, SELECT(User)…) { … }: row by row in bounded memory. `user` is valid inside the
 * body; leaving it early (break, return, goto) leaves the connection clean. */
#define QC_STREAM(...)                                                                             \
    QC_CAT(QC_STREAM_, QC_QUERY_3(__VA_ARGS__))                                                    \
    (QC_LOCAL, QC_LOCAL, QC_LOCAL, QC_LOCAL, __VA_ARGS__)
#define QC_STREAM_1(stream, H, M, S, name, db, chain, head, ...)                                   \
    QC_STREAM_OPENED(stream, H, M, S, head, qc_stream_open(db, &S, M,                              \
                                                           QC_CHAIN_CLAUSES(H, __VA_ARGS__)))      \
        for (__typeof__(&*head.qc_row) name; (name = qc_stream_next(stream)) != NULL;)
#define QC_STREAM_0(stream, H, M, S, name, db, ...)                                                \
    QC_CAT(QC_STREAM_0_, QC_IS_CHAIN(db, ~))(stream, H, M, S, name, db, __VA_ARGS__)
#define QC_STREAM_0_0(stream, H, M, S, name, db, q)                                                \
    QC_STREAM_1(stream, H, M, S, name, db, , QC_KEPT(q), {)
#define QC_STREAM_0_1(...) QC_STREAM_MISSING(~)
#define QC_STREAM_MISSING(...)                                                                     \
    _Static_assert(0, "STREAM: the arguments must be a name for the row, a qc_db * and a query, "  \
                      "as in STREAM(row, db, SELECT(...))");
#define QC_STREAM_OPENED(stream, H, M, S, head, open)                                              \
    for (qc_stream *stream __attribute__((cleanup(qc_stream_close))) = __extension__({             \
             QC_SITE(S);                                                                           \
             const qc_mark M = qc_begin_query();                                                   \
             __auto_type H = head;                                                                 \
             open;                                                                                 \
         });                                                                                       \
         stream; qc_stream_close(&stream))

/* STREAM_CHUNKS(users, db, 1000, SELECT(User)…) { … }: the same by lists of up to so many rows;
 * `users` (struct User **, qc_count) is valid inside the body. */
#define QC_STREAM_CHUNKS(...)                                                                      \
    QC_CAT(QC_STREAM_CHUNKS_, QC_QUERY_4(__VA_ARGS__))                                             \
    (QC_LOCAL, QC_LOCAL, QC_LOCAL, QC_LOCAL, __VA_ARGS__)
#define QC_STREAM_CHUNKS_1(stream, H, M, S, name, db, most, chain, head, ...)                      \
    QC_STREAM_OPENED(stream, H, M, S, head,                                                        \
                     qc_stream_open_chunks(db, most, &S, M, QC_CHAIN_CLAUSES(H, __VA_ARGS__)))     \
        for (__typeof__(&*head.qc_row) *name; (name = qc_stream_next_chunk(stream)) != NULL;)
#define QC_STREAM_CHUNKS_0(stream, H, M, S, name, db, most, ...)                                   \
    QC_CAT(QC_STREAM_CHUNKS_0_, QC_IS_CHAIN(most, ~))(stream, H, M, S, name, db, most, __VA_ARGS__)
#define QC_STREAM_CHUNKS_0_0(stream, H, M, S, name, db, most, q)                                   \
    QC_STREAM_CHUNKS_1(stream, H, M, S, name, db, most, , QC_KEPT(q), {)
#define QC_STREAM_CHUNKS_0_1(...) QC_STREAM_CHUNKS_MISSING(~)
#define QC_STREAM_CHUNKS_MISSING(...)                                                              \
    _Static_assert(0, "STREAM_CHUNKS: the arguments must be a name for the rows, a qc_db *, how "  \
                      "many at most and a query, as in STREAM_CHUNKS(rows, db, 1000, SELECT(...))");

#endif
