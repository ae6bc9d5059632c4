/* A driver: a small table of functions. It sees statements and binds, never an AST's structure.
 *
 * To add a database: a file here with such a table, a file in dialect/, a row in drivers.c.
 */
#ifndef QC_DRIVER_DRIVER_H
#define QC_DRIVER_DRIVER_H

#include <quercus/transaction.h>

#include "base/base.h"
#include "base/task.h"
#include "compile/statement.h"
#include "driver/pipeline.h"

struct qc_notification; /* quercus/listen.h */
typedef struct qc_driver_cursor qc_driver_cursor; /* each driver's own */

enum qc_step_kind { QC_STEP_FORWARD, QC_STEP_BACKWARD, QC_STEP_ABSOLUTE };
typedef struct qc_step {
    enum qc_step_kind kind;
    int64_t count; /* fits 32 bits */
} qc_step;

typedef struct qc_connection qc_connection; /* each driver's own */

enum { QC_CANCEL_TIMEOUT_MS = 200 }; /* unless told otherwise */

typedef struct qc_driver_options {
    int timeout_ms;        /* of every wait; 0: none */
    int cancel_timeout_ms; /* of what a late statement has to end */
    int64_t limit;         /* of all waits, in qc_about_now_us; 0: none */
    bool undoing;          /* what is run now must run even when the limit has passed */
    bool named_statements; /* prepare under names */
    bool pooled;           /* when it is opened: others will use the same database */
    const char *application_name; /* when it is opened; NULL: the URL's, or "quercus" */
    /* What the server tells beside its answers; NULL: nobody listens. `severity` is "NOTICE",
     * "WARNING" … as the server spells it. */
    void (*notice)(void *data, const char *severity, const char *text);
    void *notice_data;
} qc_driver_options;

/* Until when a call that begins now may wait; 0: for ever. */
int64_t qc_call_deadline(const qc_driver_options *options);
/* QC_ERROR_TIMEOUT when the limit has passed before the call. */
enum qc_code qc_check_limit(const qc_driver_options *options, qc_error_record *error);

/* What is known of a connection's link to its database. */
enum qc_link {
    QC_LINK_GOOD,
    QC_LINK_LOST,
    QC_LINK_DEMOTED /* it refused a write because it is a standby now, or read-only */
};

/* Rows on their way into structs. */
typedef struct qc_fetch {
    const qc_shape *shape;
    const qc_row_item *items; /* of a generic row */
    qc_arena *arena; /* results are made here */
    size_t limit;    /* stop after so many rows; 0: all */
    size_t count;
    void *rows;      /* driver/fetch.c */
} qc_fetch;

/* A bulk insert: `count` structs of `table`, of whose columns `columns` are written. */
typedef struct qc_bulk {
    const qc_table *table;
    const qc_column *const *columns;
    size_t column_count;
    const void *const *rows; /* pointers to the structs */
    size_t count;
} qc_bulk;

/* Names a transaction for other sessions; the texts are the driver's own. */
typedef struct qc_tx_identity {
    bool known;  /* the database was asked */
    char id[24]; /* "": it has written nothing */
    char session[16], history[16], position[24], recovered[24];
} qc_tx_identity;

enum qc_two_phase { QC_PREPARE_TRANSACTION, QC_COMMIT_PREPARED, QC_ROLLBACK_PREPARED };
enum { QC_BEGIN_SIZE = 80 };

/* Every function that returns a code has set the connection's error record when it is not OK. */
typedef struct qc_driver {
    const char *name;
    const qc_dialect *dialect;
    /* Whether the URL is this driver's. */
    bool (*accepts)(const char *url);
    /* NULL on failure, with *error set. The connection keeps both pointers. */
    qc_connection *(*open)(const char *url, const qc_driver_options *options,
                           qc_error_record *error);
    void (*close)(qc_connection *connection);
    /* Runs a statement; binds[n] is the BIND or ARRAY node of parameter n + 1. Rows go to `fetch`
     * (NULL: there are none), *ret_affected is the number of rows written, or fetched. */
    enum qc_code (*execute)(qc_connection *connection, const qc_statement *statement,
                            const qc_node *const *binds, qc_fetch *fetch, int64_t *ret_affected);
    /* The same piece by piece: begin, then next until *ret_row is NULL, then end (always). A piece
     * is the next `most` rows, or fewer at the end; *ret_row is part 0 of its first, valid until the
     * next call. When it fails *ret_row may be that of rows which came before. `fetch` is zeroed but for what the caller chooses at every
     * call; the caller releases its arena between calls. */
    enum qc_code (*stream_begin)(qc_connection *connection, const qc_statement *statement,
                                 const qc_node *const *binds, int most);
    enum qc_code (*stream_next)(qc_connection *connection, qc_fetch *fetch, void **ret_row);
    void (*stream_end)(qc_connection *connection);
    /* SQL text as it is: DDL, BEGIN … Where it has ended the transaction that was open before, or
     * may have when the link was lost, *ret_ended (NULL: nobody asks) is how; also when it fails. */
    enum qc_code (*run)(qc_connection *connection, const char *sql, enum qc_outcome *ret_ended);
    /* Whether a transaction is open, failed or not. */
    bool (*in_transaction)(qc_connection *connection);
    /* SQLSTATEs of failures that the same transaction may not meet again; ends with NULL. */
    const char *const *conflicts;
    /* Begins a transaction; `text` receives what was run. */
    enum qc_code (*begin)(qc_connection *connection, const qc_tx_options *options,
                          char text[QC_BEGIN_SIZE]);
    enum qc_code (*rollback)(qc_connection *connection);
    /* COMMIT, true to what the database answers; *ret_unknown: it was sent and not answered. */
    enum qc_code (*commit)(qc_connection *connection, bool *ret_unknown);
    /* NULL: there is no two-phase commit. */
    enum qc_code (*two_phase)(qc_connection *connection, enum qc_two_phase what, const char *id,
                              bool *ret_unknown);
    /* Ids of prepared transactions, a list as qc_fetch_list makes it. */
    enum qc_code (*list_prepared)(qc_connection *connection, qc_arena *arena, const char ***ret);
    /* The open transaction, for `resolve`. NULL: no COMMIT is ever unknown. */
    enum qc_code (*identify)(qc_connection *connection, qc_tx_identity *ret);
    /* Asked of another connection: what became of a transaction whose session is lost. UNKNOWN, and
     * OK: not yet known. */
    enum qc_code (*resolve)(qc_connection *connection, const qc_tx_identity *identity,
                            enum qc_outcome *ret);
    /* Advisory locks of the session; with `only_try` *ret_got is false when another holds it. NULL:
     * there are none. */
    enum qc_code (*lock)(qc_connection *connection, int64_t key, bool shared, bool only_try,
                         bool *ret_got);
    enum qc_code (*unlock)(qc_connection *connection, int64_t key, bool shared);
    /* NULL: the engine runs each statement of a pipeline as it is queued. */
    const qc_pipeline_driver *pipeline;
    /* COPY of structs: begin with the columns, put any number of structs any number of times, end
     * (always). All of them are stored, or none: none unless `keep`, or when anything failed, after
     * which there is no more put. NULL: the database has no COPY. */
    enum qc_code (*copy_begin)(qc_connection *connection, const qc_bulk *columns);
    enum qc_code (*copy_put)(qc_connection *connection, const void *rows, size_t count);
    enum qc_code (*copy_end)(qc_connection *connection, bool keep, int64_t *ret_rows);
    /* Cursors: a query read in pieces while other statements run. The driver owns the cursor until it
     * is closed. A step reads rows into `fetch`, or moves over them when that is NULL; *ret_rows is
     * how many. `gone`: the transaction has taken it along, or will. NULL: none. */
    enum qc_code (*cursor_open)(qc_connection *connection, const qc_statement *statement,
                                const qc_node *const *binds, bool hold, qc_driver_cursor **ret);
    enum qc_code (*cursor_step)(qc_connection *connection, qc_driver_cursor *cursor,
                                const qc_statement *statement, qc_step step, qc_fetch *fetch,
                                int64_t *ret_rows);
    void (*cursor_close)(qc_connection *connection, qc_driver_cursor *cursor, bool gone);
    /* LISTEN to a channel, or UNLISTEN (`channel` NULL: all). NULL: the database has none. */
    enum qc_code (*listen)(qc_connection *connection, const char *channel, bool on);
    /* The next notification, which the connection owns, or NULL when none came in time. */
    enum qc_code (*notification)(qc_connection *connection, int milliseconds,
                                 const struct qc_notification **ret);
    /* As stream_begin with 1 row at a time, for a statement without parameters, by way of COPY.
     * NULL: the database has no faster way than a stream. */
    enum qc_code (*copy_out_begin)(qc_connection *connection, const qc_statement *statement);
    /* Adds the rows inside a value of the function ARRAY to `fetch`, once: they may lie in the value,
     * which lives as long as they do. NULL: the database has no such values. */
    enum qc_code (*unpack)(qc_connection *connection, qc_bytea_value packed, qc_fetch *fetch);
    /* Forgets prepared statements, after DDL. */
    void (*forget)(qc_connection *connection);
    /* Whether every connection to the URL has a database of its own. */
    bool (*is_private)(const char *url);
    /* `look`: first takes in, without waiting, what the server sent meanwhile. */
    enum qc_link (*link)(qc_connection *connection, bool look);
    /* Asks the database for a sign of life. */
    enum qc_code (*ping)(qc_connection *connection);
    /* Rolls back an open transaction. `thoroughly`: and makes the session as it was when it was
     * opened, but for our prepared statements. Not OK: the connection must be closed. */
    enum qc_code (*reset)(qc_connection *connection, bool thoroughly);
    /* Serves another handle from now on. */
    void (*attach)(qc_connection *connection, const qc_driver_options *options,
                   qc_error_record *error);
    /* The number of the statement that runs, never used again on the connection; 0: none. From any
     * thread. */
    uint64_t (*running)(qc_connection *connection);
    /* Stops that statement, if it still runs; true when the database has taken note, or will. From
     * any thread; sets no error. Later statements are not touched. */
    bool (*cancel)(qc_connection *connection, uint64_t number);
    /* The task whose call waits on the connection, which then fails soon; NULL: none does. In the
     * thread of its loop. */
    qc_task *(*interrupt)(qc_connection *connection);
    /* Has the database refuse writes from the next transaction on, or no longer. */
    enum qc_code (*set_read_only)(qc_connection *connection, bool on);
} qc_driver;

extern const qc_driver qc_postgresql_driver;
extern const qc_driver qc_sqlite_driver;
/* The driver of a URL; PostgreSQL's for whatever no other accepts. */
const qc_driver *qc_driver_find(const char *url);
/* Stores bulk->rows by COPY, which the driver has: all of them, or none and an error. */
enum qc_code qc_bulk_insert(const qc_driver *driver, qc_connection *connection,
                            const qc_bulk *bulk);

/* ---- driver/refuse.c: values that no database can hold, in the same words for every driver. ---- */

/* What is wrong with it; NULL: nothing. */
const char *qc_wrong_text(const char *text, size_t size);
const char *qc_wrong_numeric(const char *text, size_t size);
/* Says what is wrong with a column of row `row`, which counts from 0. */
enum qc_code qc_refuse_field(qc_error_record *error, enum qc_code code, const qc_column *column,
                             size_t row, const char *what);

/* ---- driver/fetch.c: memory of rows, the same for every driver. ---- */

/* Makes room for about `expected` rows (0: unknown). False when memory is out. */
bool qc_fetch_begin(qc_fetch *fetch, size_t expected);
/* Part 0 of the next row, zeroed, with its other parts made and pointed to; NULL: out of memory. */
void *qc_fetch_row(qc_fetch *fetch);
/* The same for up to `most` rows one after another, each qc_fetch_stride() bytes after the last;
 * *ret_count says how many, at least one. */
void *qc_fetch_rows(qc_fetch *fetch, size_t most, size_t *ret_count);
/* qc_fetch_begin and qc_fetch_row, for a fetch of one row. */
void *qc_fetch_only_row(qc_fetch *fetch);
size_t qc_fetch_stride(const qc_shape *shape);
/* Where a part begins, in bytes from the row. */
size_t qc_fetch_part_offset(const qc_shape *shape, unsigned part);
/* The struct of part `part` of `row`, or NULL when it was dropped. */
void *qc_fetch_part(const qc_shape *shape, void *row, unsigned part);
/* After a row's columns are written: drops the optional parts whose columns were all NULL, and makes
 * rows of submodels whole. `nulls[c]` tells whether column c was NULL. Only needed when
 * shape->part_count > 1. Returns QC_FETCH_SETTLED; or the first column that is NULL in a part that is
 * there but has no place for it (then the caller reports QC_ERROR_NULL_RESULT); or less than
 * QC_FETCH_SETTLED, for qc_fetch_refuse. */
enum { QC_FETCH_SETTLED = -1 };
int qc_fetch_settle(const qc_shape *shape, void *row, const bool *nulls);
/* Its work for submodels; fetch_models.c. */
int qc_fetch_models(const qc_shape *shape, void *row, const bool *nulls);
/* Says that a row is of no model that the program knows. */
enum qc_code qc_fetch_refuse(const qc_shape *shape, void *row, int misfit, qc_error_record *error);
/* Says that a column is NULL, which its field has no place for. */
enum qc_code qc_fetch_refuse_null(const qc_result_column *column, qc_error_record *error);
/* Says that the value of a column is no text. */
enum qc_code qc_fetch_refuse_text(const qc_result_column *column, qc_error_record *error);
/* The NULL-terminated list with its length before it (qc_count), valid with the arena; NULL: out
 * of memory. */
void **qc_fetch_finish(qc_fetch *fetch);
/* What the rows take as C has them: their structs, and the texts and bytes they point to. */
size_t qc_fetch_size(const qc_fetch *fetch);
/* Such a list of `count` places, all NULL. */
void **qc_fetch_list(qc_arena *arena, size_t count);
/* Whether column `c` is written as an optional of its type, or as a value with a null of its own. */
bool qc_fetch_nullable(const qc_shape *shape, unsigned c);
/* Writes NULL into column `c`: false when its field has no place for it (then the caller reports
 * QC_ERROR_NULL_RESULT with the column's name). Columns of an optional part always have. */
bool qc_fetch_null(const qc_shape *shape, unsigned c, void *row);

#endif
