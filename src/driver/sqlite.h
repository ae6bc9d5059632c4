/* The SQLite driver's inside: its connection, and what its files do for each other.
 *
 * How values are stored (SQLite "Datatypes": INTEGER, REAL, TEXT and BLOB are all there is):
 *   BOOLEAN                0 or 1
 *   SMALLINT … BIGINT      INTEGER
 *   REAL, DOUBLE           REAL. SQLite has no NaN (refused) and no -0.0 (it becomes 0.0).
 *   NUMERIC                TEXT, exact, ordered by the collation quercus_numeric
 *   DATE, TIME             TEXT, "2024-01-31", "12:00:00.000000"
 *   TIMESTAMP(TZ)          TEXT, "2024-01-31 12:00:00.000000", UTC: the order of texts is that of
 * time. Infinities, BC and years over 9999 round-trip but are out of that order. UUID, TEXT, JSON
 * TEXT BYTEA                  BLOB
 */
#ifndef QC_DRIVER_SQLITE_H
#define QC_DRIVER_SQLITE_H

#include "driver/driver.h"
#include "model/decimal.h"

#include <sqlite3.h>
#include <stdatomic.h>

/* ---- Prepared statements, by text; sqlite_cache.c. ---- */

enum { QC_SQLITE_CACHE_SIZE = 256, QC_SQLITE_BUCKETS = 512 };

typedef struct qc_sqlite_prepared {
    sqlite3_stmt *stmt;
    uint64_t hash;
    struct qc_sqlite_prepared *next;          /* in the bucket */
    struct qc_sqlite_prepared *newer, *older; /* by last use */
    bool busy;                                /* taken: by the call that runs or by a stream */
    bool cached;                              /* in the cache; else it ends when it is given back */
} qc_sqlite_prepared;

typedef struct qc_sqlite_cache {
    qc_sqlite_prepared *buckets[QC_SQLITE_BUCKETS];
    qc_sqlite_prepared *newest, *oldest;
    size_t count;
} qc_sqlite_cache;

/* An idle statement of exactly this text, or NULL. */
qc_sqlite_prepared *qc_sqlite_find(qc_sqlite_cache *cache, uint64_t hash, const char *sql,
                                   size_t length);
/* Takes `stmt` over in every case; NULL: out of memory. The result is busy. */
qc_sqlite_prepared *qc_sqlite_keep(qc_sqlite_cache *cache, uint64_t hash, sqlite3_stmt *stmt);
/* Resets the statement and makes it idle. */
void qc_sqlite_return(qc_sqlite_prepared *prepared);
/* Ends every idle statement; busy ones end when they are given back. */
void qc_sqlite_forget(qc_sqlite_cache *cache);

/* ---- The connection; sqlite.c. ---- */

/* An open COPY; sqlite_bulk.c. */
typedef struct qc_sqlite_copy {
    qc_sqlite_prepared *prepared; /* NULL: none is open */
    const qc_column **columns;
    size_t column_count, stride, rows;
    bool was_open; /* the transaction */
} qc_sqlite_copy;

struct qc_connection {
    sqlite3 *db;
    const qc_driver_options *options;
    qc_error_record *error;
    int64_t deadline; /* of this call, in qc_about_now_us; 0: none */
    bool timed_out;   /* it passed */
    qc_inside inside; /* who waits in a call */
    atomic_uint_least64_t number; /* of the statement; odd while one runs */
    atomic_uint_least64_t asked;  /* the one that another thread would stop */
    bool changed;     /* its user changed what reset cannot undo: see sqlite_session.c */
    int process;      /* qc_process of the process that opened it */
    bool lost;        /* SQLite itself rolled the transaction back; it is over for SQLite only */
    bool commits;     /* the last BEGIN, COMMIT or ROLLBACK that was prepared is a COMMIT */
    bool restores;    /* query_only is on for this transaction */
    qc_sqlite_cache prepared;
    qc_sqlite_prepared *stream;
    int stream_most;  /* rows a call */
    bool stream_done; /* another step would begin again */
    qc_sqlite_copy copy;
    bool *nulls; /* of a row's columns */
    size_t nulls_capacity;
    char *text_next, *text_end; /* room for texts in the arena of the fetch */
    size_t text_room;           /* the size of its last piece; 0: none yet */
};

/* Begins a call: its deadline; refuses it when the transaction is lost. */
enum qc_code qc_sqlite_enter(qc_connection *c);
/* sqlite_wait.c. Sets the deadline from now on. */
void qc_sqlite_start_clock(qc_connection *c);
/* Has SQLite call us while it waits and works. */
void qc_sqlite_watch(qc_connection *c);
/* Around each statement. */
void qc_sqlite_statement_begin(qc_connection *c);
enum qc_code qc_sqlite_statement_end(qc_connection *c, enum qc_code code); /* returns `code` */
/* Whether another thread wants this statement stopped. */
bool qc_sqlite_was_cancelled(qc_connection *c);
uint64_t qc_sqlite_running(qc_connection *c);
qc_task *qc_sqlite_interrupt(qc_connection *c);
bool qc_sqlite_cancel(qc_connection *c, uint64_t number);
/* Prepares, or finds prepared, exactly one statement. */
enum qc_code qc_sqlite_prepare(qc_connection *c, const char *sql, size_t length, uint64_t hash,
                               qc_sqlite_prepared **ret);
/* The next row or the end of it: SQLITE_ROW, SQLITE_DONE, or an error, which is then set. */
int qc_sqlite_step(qc_connection *c, sqlite3_stmt *stmt);
/* sqlite_transaction.c. */
enum qc_code qc_sqlite_run(qc_connection *c, const char *sql, enum qc_outcome *ret_ended);
bool qc_sqlite_in_transaction(qc_connection *c);
enum qc_code qc_sqlite_begin(qc_connection *c, const qc_tx_options *options,
                             char text[QC_BEGIN_SIZE]);
enum qc_code qc_sqlite_rollback(qc_connection *c);
enum qc_code qc_sqlite_commit(qc_connection *c, bool *ret_unknown);
/* A read-only transaction is over. */
void qc_sqlite_end_reading(qc_connection *c);
/* sqlite_open.c. */
qc_connection *qc_sqlite_open(const char *url, const qc_driver_options *options,
                              qc_error_record *error);
void qc_sqlite_close(qc_connection *c);
/* sqlite_session.c. */
void qc_sqlite_watch_session(qc_connection *c);
bool qc_sqlite_is_private(const char *url);
enum qc_link qc_sqlite_link(qc_connection *c, bool look);
enum qc_code qc_sqlite_ping(qc_connection *c);
enum qc_code qc_sqlite_reset(qc_connection *c, bool thoroughly);
void qc_sqlite_attach(qc_connection *c, const qc_driver_options *options, qc_error_record *error);
enum qc_code qc_sqlite_set_read_only(qc_connection *c, bool on);
/* Begins a statement: finds it prepared, or prepares it, and binds. */
enum qc_code qc_sqlite_start(qc_connection *c, const qc_statement *statement,
                             const qc_node *const *binds, sqlite3_destructor_type lifetime,
                             qc_sqlite_prepared **ret);
/* sqlite_cursor.c. */
enum qc_code qc_sqlite_cursor_open(qc_connection *c, const qc_statement *statement,
                                   const qc_node *const *binds, bool hold, qc_driver_cursor **ret);
enum qc_code qc_sqlite_cursor_step(qc_connection *c, qc_driver_cursor *cursor,
                                   const qc_statement *statement, qc_step step, qc_fetch *fetch,
                                   int64_t *ret_rows);
void qc_sqlite_cursor_close(qc_connection *c, qc_driver_cursor *cursor, bool gone);
/* sqlite_bulk.c. */
enum qc_code qc_sqlite_copy_begin(qc_connection *c, const qc_bulk *bulk);
enum qc_code qc_sqlite_copy_put(qc_connection *c, const void *rows, size_t count);
enum qc_code qc_sqlite_copy_end(qc_connection *c, bool keep, int64_t *ret_rows);
void qc_sqlite_copy_free(qc_connection *c);

/* ---- Values on their way in; sqlite_bind.c. ---- */

/* A value in its C form. */
typedef struct qc_sqlite_value {
    uint8_t type; /* enum qc_type */
    bool null;
    int64_t integer; /* bool, integers, date, time, timestamp */
    double real;
    const void *data; /* text, JSON, NUMERIC, BYTEA, UUID */
    size_t size;
} qc_sqlite_value;

/* For errors: parameter `index` of a statement, or `column` of row `row` (from 0). */
typedef struct qc_sqlite_place {
    uint32_t index;
    const qc_column *column;
    size_t row;
} qc_sqlite_place;

/* The value of a field. */
void qc_sqlite_load(qc_sqlite_value *value, int type, bool nullable, const void *field);
/* QC_ERROR_VALUE and the like when SQLite could not give the value back, or PostgreSQL would
 * refuse it. */
enum qc_code qc_sqlite_check(qc_connection *c, const qc_sqlite_value *value,
                             const qc_sqlite_place *place);
/* Binds a value as parameter place->index. `lifetime` is of its texts: SQLITE_STATIC or
 * SQLITE_TRANSIENT. */
enum qc_code qc_sqlite_bind(qc_connection *c, sqlite3_stmt *stmt, const qc_sqlite_value *value,
                            const qc_sqlite_place *place, sqlite3_destructor_type lifetime);
enum qc_code qc_sqlite_bind_all(qc_connection *c, sqlite3_stmt *stmt, const qc_statement *statement,
                                const qc_node *const *binds, sqlite3_destructor_type lifetime);
/* Sets an error about a value: "parameter 2: …", "users.email in row 7: …". */
enum qc_code qc_sqlite_refuse(qc_connection *c, enum qc_code code, const qc_sqlite_place *place,
                              const char *what);
/* sqlite_json.c. */
bool qc_sqlite_is_json(const char *text, size_t size);
/* sqlite_array.c: an ARRAY node as the JSON text that json_each reads. */
enum qc_code qc_sqlite_bind_array(qc_connection *c, sqlite3_stmt *stmt, const qc_node *array,
                                  const qc_sqlite_place *place);

/* ---- The stored form; sqlite_text.c. ---- */

/* The text a date, time, timestamp or uuid is stored as; returns its length. */
enum { QC_SQLITE_TEXT_SIZE = QC_TIMESTAMP_SIZE };
size_t qc_sqlite_stored_text(const qc_sqlite_value *value, char text[QC_SQLITE_TEXT_SIZE]);
/* The shortest decimal that reads as exactly `value`, which is finite. */
enum { QC_SQLITE_REAL_SIZE = 32 };
int qc_sqlite_print_real(double value, char text[QC_SQLITE_REAL_SIZE]);
/* As qc_timestamp_parse, faster for the stored form; the text ends with NUL. */
bool qc_sqlite_read_timestamp(const char *text, size_t size, qc_timestamp_value *ret);

/* ---- Values on their way out; sqlite_decode.c. ---- */

/* Forgets the room for texts, which lies in the arena of another fetch. */
void qc_sqlite_decode_begin(qc_connection *c);
enum qc_code qc_sqlite_decode_row(qc_connection *c, sqlite3_stmt *stmt, const qc_shape *shape,
                                  qc_arena *arena, void *row);

/* ---- Rows inside a value; sqlite_pack.c. ---- */

enum { QC_SQLITE_PACKED_MOST = 127 }; /* values of a row: SQLite's SQLITE_LIMIT_FUNCTION_ARG */

/* A value of such a row, as SQLite stores it. */
typedef struct qc_sqlite_packed {
    int storage; /* SQLITE_INTEGER … */
    int64_t integer;
    double real;
    const char *data; /* of a text or blob; a NUL follows */
    size_t size;
    char digits[QC_SQLITE_REAL_SIZE]; /* of a number that is read as a text */
} qc_sqlite_packed;

/* A row from one value a column; texts and blobs are not copied. sqlite_decode.c */
enum qc_code qc_sqlite_decode_packed(qc_connection *c, qc_sqlite_packed *values,
                                     const qc_shape *shape, qc_arena *arena, void *row);
/* See qc_driver. */
enum qc_code qc_sqlite_unpack(qc_connection *c, qc_bytea_value packed, qc_fetch *fetch);
void qc_sqlite_pack_row(sqlite3_context *context, int count, sqlite3_value **values);
void qc_sqlite_pack_step(sqlite3_context *context, int count, sqlite3_value **values);
void qc_sqlite_pack_end(sqlite3_context *context);

/* ---- Functions and the collation; sqlite_functions.c, sqlite_time.c. ---- */

/* SQLite's result code. */
int qc_sqlite_register(sqlite3 *db);
/* `number` as PostgreSQL's NUMERIC(precision, scale) takes it: rounded to the scale.
 * QC_DECIMAL_OVERFLOW when it then has too many digits before the point. */
enum qc_decimal_status qc_sqlite_fit(const qc_decimal *number, int precision, int scale,
                                     qc_strbuf *ret);
void qc_sqlite_extract(sqlite3_context *context, int count, sqlite3_value **arguments);
void qc_sqlite_date_trunc(sqlite3_context *context, int count, sqlite3_value **arguments);

/* ---- Errors; sqlite_error.c. ---- */

/* Sets the connection's error from SQLite's last one, whose code is `rc`; `sql` may be NULL. */
enum qc_code qc_sqlite_fail(qc_connection *c, int rc, const char *sql);
enum qc_code qc_sqlite_nomem(qc_connection *c);

#endif
