/* The PostgreSQL driver's inside: its connection, and what its files do for each other.
 *
 * Everything that waits goes through pg_wait.c, where each wait ends at the call's deadline. A
 * connection whose state is not known any more (a deadline passed, a command was half sent) is
 * `broken` and answers QC_ERROR_DISCONNECTED from then on. The socket is in libpq's non-blocking
 * mode, so no send of libpq waits by itself.
 */
#ifndef QC_DRIVER_PG_H
#define QC_DRIVER_PG_H

#include "base/waiter.h"
#include "driver/driver.h"

#include "base/wait.h"

#include <libpq-fe.h>
#include <quercus/listen.h>
#include <stdatomic.h>

typedef struct qc_pg_column qc_pg_column; /* pg_decode.c */

/* How the columns of a result go into a shape: kept with a prepared statement, whose result types
 * cannot change, and used again for an equal shape. Zeroed is none. */
typedef struct qc_pg_plan {
    void *memory; /* of the arrays */
    qc_pg_column *columns;
    qc_result_column *shape; /* a copy */
    uint16_t count;
    uint64_t serial; /* of a statement of that shape; 0: not known */
    bool ready, generic;
    bool borrows; /* values may point into the result */
} qc_pg_plan;

/* ---- Prepared statements of a connection; pg_prepare.c. ---- */

enum { QC_PG_PREPARED_MOST = 512, QC_PG_PREPARED_BUCKETS = 512, QC_PG_NAME_SIZE = 24 };

typedef struct qc_pg_prepared {
    struct qc_pg_prepared *next; /* in the bucket */
    uint64_t key;
    uint64_t serial; /* of the statement that was compared with it last */
    uint64_t used;   /* when, in statements of the connection */
    size_t length;
    uint32_t oid_count;
    char name[QC_PG_NAME_SIZE];
    char *sql; /* not NUL-terminated */
    uint32_t *oids;
    qc_pg_plan plan;
    uint64_t unit; /* of a pipeline, in which it is being prepared; 0: it is */
    bool gone;     /* it did not serve, and leaves the cache at the end of the pipeline */
} qc_pg_prepared;

typedef struct qc_pg_cache {
    qc_pg_prepared *buckets[QC_PG_PREPARED_BUCKETS];
    size_t count;
    uint64_t clock;
} qc_pg_cache;

/* ---- The parameters of a statement; pg_encode.c. ---- */

typedef struct qc_pg_parameters {
    char *memory; /* holds all of it */
    size_t capacity;
    int count;
    const char **values;
    int *lengths, *formats;
} qc_pg_parameters;

/* ---- The connection; postgresql.c. ---- */

/* Why a prepared statement did not serve: it must be prepared again. */
enum qc_pg_stale {
    QC_PG_FRESH,
    QC_PG_GONE,   /* the server has no such statement: DISCARD ALL, or a pooler */
    QC_PG_EXISTS, /* the server has it already: a pooler */
    QC_PG_CHANGED /* its result type changed by DDL */
};
/* Nobody but another client of a pooler makes a name before us; one may be gone for other reasons,
 * but hardly twice. */
enum { QC_PG_POOLED = 2 };

/* Whether the server can name its transactions. */
enum qc_pg_identifies { QC_PG_UNTRIED, QC_PG_IDENTIFIES, QC_PG_CANNOT_IDENTIFY };

typedef struct qc_pg_pipeline qc_pg_pipeline; /* pg_pipeline.h */
typedef struct qc_pg_copy_out qc_pg_copy_out;

typedef struct qc_pg_stream {
    bool open;
    bool done;       /* the server has nothing more to say */
    bool planned;    /* c->plan serves its rows */
    bool may_cancel; /* no transaction would suffer from it */
    int most;        /* rows a call */
    PGresult *next;  /* received, not yet handed out */
    PGresult *kept;  /* what the rows handed out point to */
    qc_pg_copy_out *copy; /* it is a COPY; pg_copy_out.c */
} qc_pg_stream;

/* ---- What runs, and who would stop it; pg_cancel.c. ---- */

typedef struct qc_pg_canceller qc_pg_canceller; /* what a cancel request needs */

/* `number`, `cancels` and `asked` are for any thread. */
typedef struct qc_pg_activity {
    qc_pg_canceller *canceller;
    atomic_uint_least64_t number; /* of the statement; odd while one runs */
    atomic_uint cancels;          /* requests of other threads under way */
    atomic_uint_least64_t asked;  /* the statement that such a request was for */
    atomic_bool uncertain;        /* one did not end: it may hit anything from now on */
    qc_parking no_cancels;        /* told when the last has ended */
} qc_pg_activity;

typedef struct qc_pg_copy qc_pg_copy; /* pg_copy.c */

/* Notifications received and not handed out; pg_notify.c. */
typedef struct qc_pg_inbox {
    PGnotify **ring;
    size_t capacity, first, count;
    unsigned missed; /* dropped since the last was handed out */
    PGnotify *given;
    struct qc_notification told;
    bool listens; /* to anything, once */
} qc_pg_inbox;

struct qc_connection {
    PGconn *link;
    qc_waiter waiter; /* for the link's socket, once that is open */
    const qc_driver_options *options;
    qc_error_record *error;
    int64_t deadline; /* of this call, in qc_about_now_us; 0: none */
    int process;      /* qc_process of the process that opened it */
    bool broken;
    bool late;    /* the deadline has passed: the statement is cancelled, its answer is awaited */
    int64_t given_up_at; /* where it is late: until when */
    bool limited; /* that deadline was options->limit */
    qc_inside inside; /* who waits in a call */
    bool forget; /* all prepared statements go before the next statement */
    bool encrypted;
    bool verifies;  /* the server's certificate, since nobody said whether to */
    bool handshake; /* connecting has come to that of TLS */
    char application_name[64]; /* when it was opened (NAMEDATALEN) */
    bool refused; /* a write, because it was read-only: see QC_LINK_DEMOTED */
    enum qc_pg_identifies identifies;
    enum qc_pg_stale stale; /* of the last failure */
    int misnamed; /* names that did not serve; no name is used from QC_PG_POOLED on */
    qc_pg_cache prepared;
    qc_pg_parameters parameters;
    qc_pg_prepared *current; /* what was run last; NULL: it has no name */
    qc_pg_plan own_plan;     /* of a result without a prepared statement */
    const qc_pg_plan *plan;  /* of the result at hand */
    qc_pg_stream stream;
    qc_pg_activity activity;
    qc_pg_pipeline *pipeline; /* of the last one; NULL: there was none */
    qc_pg_copy *copy; /* the open one */
    qc_pg_inbox inbox;
    unsigned cursors; /* opened so far */
};

/* Begins a call: its deadline; refuses it when the connection cannot be used, or the time is up. */
enum qc_code qc_pg_enter(qc_connection *c);
/* The same for what must run whatever is prepared, as ROLLBACK in a failed transaction. */
enum qc_code qc_pg_enter_text(qc_connection *c);
/* pg_text.c; see qc_driver. */
enum qc_code qc_pg_run(qc_connection *c, const char *sql, enum qc_outcome *ret_ended);
/* Whether a call may be made now; an error when not. */
enum qc_code qc_pg_check_usable(qc_connection *c);
/* Sends SQL text within a call. */
enum qc_code qc_pg_send_text(qc_connection *c, const char *sql);
/* Runs it; *ret is its last result (NULL: nobody wants it). */
enum qc_code qc_pg_run_text(qc_connection *c, const char *sql, PGresult **ret);

/* pg_connect.c. */
enum { QC_PG_KEYWORDS = 10 }; /* that a connection is opened with, at most */
qc_connection *qc_pg_open(const char *url, const qc_driver_options *options,
                          qc_error_record *error);
void qc_pg_close(qc_connection *c);
qc_task *qc_pg_interrupt(qc_connection *c);
/* pg_names.c: whether connecting looks up names of hosts; and the connect_timeout that is known
 * before, in seconds (0: none). Then these serve instead of
 * PQconnectStartParams and PQconnectPoll: when the deadline passes first, c->late is set, and the
 * link is not c's any more. */
bool qc_pg_has_names(const char *url, long *ret_timeout);
/* The kinds among the hosts of a list ("a,b"; NULL: none), ORed together. */
enum qc_pg_host_kind {
    QC_PG_HOST_HERE = 1, /* a socket's directory, or an address of the loopback device */
    QC_PG_HOST_LOCALHOST = 2,
    QC_PG_HOST_ADDRESS = 4,
    QC_PG_HOST_NAME = 8
};
unsigned qc_pg_host_kinds(const char *hosts);
/* An option, and its value; NULL when it is not there, or not set. */
const PQconninfoOption *qc_pg_find_option(const PQconninfoOption *options, const char *keyword);
char *qc_pg_option(const PQconninfoOption *options, const char *keyword);
PGconn *qc_pg_start_aside(qc_connection *c, const char *const *keywords, const char *const *values);
PostgresPollingStatusType qc_pg_poll_aside(qc_connection *c);

/* ---- Several hosts in one URL; pg_hosts.c. ---- */

enum { QC_PG_HOST_ATTRIBUTES = 3, QC_PG_HOST_KEYWORDS };
extern const char *const qc_pg_host_keywords[QC_PG_HOST_KEYWORDS];
/* One of them: what stands in the place of the URL's own; NULL: nothing. */
typedef struct qc_pg_host {
    const char *values[QC_PG_HOST_KEYWORDS];
} qc_pg_host;
/* Connects c->link to the first host that serves, each with its share of the time. */
enum qc_code qc_pg_try_hosts(qc_connection *c, const char *url);
/* One attempt, until c->deadline; host NULL: as the URL says. pg_connect.c. */
enum qc_code qc_pg_try(qc_connection *c, const char *url, const qc_pg_host *host);
/* Begins an attempt; NULL: memory is out, or c->late. Also pg_connect.c. */
PGconn *qc_pg_start(qc_connection *c, const char *url, const qc_pg_host *host, bool aside);
enum qc_code qc_pg_fail_slow(qc_connection *c, int64_t began);

/* ---- TLS; pg_tls.c. ---- */

/* Sets c->verifies. */
enum qc_code qc_pg_choose_tls(qc_connection *c, const char *url);
/* Whether connecting failed for want of a root certificate that nobody named. */
bool qc_pg_lacks_root(const qc_connection *c, const char *message);
/* Whether TLS holds what was received and not read: the socket tells of it no more. */
bool qc_pg_holds_input(const qc_connection *c);
/* Says, of a failure to connect, that it is our default that asked for TLS. */
void qc_pg_hint_at_tls(qc_connection *c);

/* ---- The session, for pools; pg_session.c. ---- */

/* Once it is open. */
void qc_pg_begin_session(qc_connection *c);
/* Looks whether a write was refused because the server takes none. */
void qc_pg_note_refusal(qc_connection *c, const char *sqlstate);
enum qc_link qc_pg_link(qc_connection *c, bool look);
enum qc_code qc_pg_ping(qc_connection *c);
enum qc_code qc_pg_reset(qc_connection *c, bool thoroughly);
void qc_pg_attach(qc_connection *c, const qc_driver_options *options, qc_error_record *error);
enum qc_code qc_pg_set_read_only(qc_connection *c, bool on);

/* ---- Transactions; pg_transaction.c. ---- */

/* One statement with text parameters and results, within a call. */
enum qc_code qc_pg_ask(qc_connection *c, const char *sql, int count, const char *const *values,
                       PGresult **ret);
bool qc_pg_in_transaction(qc_connection *c);
enum qc_code qc_pg_begin(qc_connection *c, const qc_tx_options *options, char text[QC_BEGIN_SIZE]);
enum qc_code qc_pg_rollback(qc_connection *c);
enum qc_code qc_pg_commit(qc_connection *c, bool *ret_unknown);
enum qc_code qc_pg_two_phase(qc_connection *c, enum qc_two_phase what, const char *id,
                             bool *ret_unknown);
enum qc_code qc_pg_list_prepared(qc_connection *c, qc_arena *arena, const char ***ret);
enum qc_code qc_pg_identify(qc_connection *c, qc_tx_identity *ret);
enum qc_code qc_pg_resolve(qc_connection *c, const qc_tx_identity *identity, enum qc_outcome *ret);

/* pg_lock.c. */
enum qc_code qc_pg_lock(qc_connection *c, int64_t key, bool shared, bool only_try, bool *ret_got);
enum qc_code qc_pg_unlock(qc_connection *c, int64_t key, bool shared);

/* ---- Waiting; pg_wait.c. ---- */

/* Begins a statement, with its deadline; refuses it when the time is up already. */
enum qc_code qc_pg_begin_call(qc_connection *c);
/* Sets the deadline of what goes on from now on, unless it is late. */
void qc_pg_start_clock(qc_connection *c);
/* The error of a statement that was cancelled when its deadline had passed. */
void qc_pg_tell_late(qc_connection *c);
/* Waits for the socket to be ready for `events`, and reads; false when the deadline passed or the
 * link is lost. */
bool qc_pg_wait(qc_connection *c, short events);
/* Sends what libpq holds; false when the deadline passed or the link is lost. */
bool qc_pg_flush(qc_connection *c);
/* The next result, or NULL at the end of a command and when the deadline passed (c->broken). */
PGresult *qc_pg_next(qc_connection *c);

/* The next message of COPY … TO STDOUT, to be freed with PQfreemem: its length; -1: the end, or an
 * error, which the result then tells; -2: the deadline passed (c->broken). */
int qc_pg_next_data(qc_connection *c, char **ret);
/* Reads and drops what is left of it. */
void qc_pg_drop_data(qc_connection *c);

/* What a command answered, over all its results. */
typedef struct qc_pg_answer {
    PGresult *result; /* the last good one */
    bool failed;      /* the first error is in the record */
} qc_pg_answer;
/* Takes a result over. */
void qc_pg_take(qc_connection *c, qc_pg_answer *answer, PGresult *result);
/* At the end of a command: its code. *ret is the last good result when it is OK; NULL: clear it. */
enum qc_code qc_pg_settle(qc_connection *c, qc_pg_answer *answer, PGresult **ret);
/* Takes every result of the command that was sent, and settles. */
enum qc_code qc_pg_collect(qc_connection *c, PGresult **ret);
/* A value of a result; "" when it is NULL, and when the server sent no such value. */
const char *qc_pg_text_at(const PGresult *result, int row, int column);

/* pg_cancel.c: asks the server to cancel the running statement; true when the server has taken
 * note within the time. False with *ret_ended: it was not asked, or would not; without, the request
 * goes on by itself. Where it has ended, what is sent from then on is not hit. */
bool qc_pg_cancel(qc_connection *c, int64_t microseconds, bool *ret_ended);
/* Around a connection's life; the first is false when memory is out. */
bool qc_pg_activity_begin(qc_connection *c);
void qc_pg_activity_end(qc_connection *c);
/* Around each statement. The first waits for cancels that other threads meant for the last one; when
 * they do not end in time the connection is broken. */
enum qc_code qc_pg_statement_begin(qc_connection *c);
void qc_pg_statement_end(qc_connection *c);
/* Whether another thread had this statement cancelled. */
bool qc_pg_was_cancelled(qc_connection *c);
uint64_t qc_pg_running(qc_connection *c);
bool qc_pg_cancel_statement(qc_connection *c, uint64_t number);

/* ---- Statements; pg_prepare.c, pg_execute.c. ---- */

/* Runs the statement with c->parameters; prepares it as needed. */
enum qc_code qc_pg_query(qc_connection *c, const qc_statement *statement, PGresult **ret);
/* Sends it for reading `most` rows at a time, or one where libpq cannot. `attempt` counts from 0,
 * one more each time that the last was stale. */
enum qc_code qc_pg_send_stream(qc_connection *c, const qc_statement *statement, int most,
                               int attempt);
/* Rows of a command that goes on. */
bool qc_pg_is_piece(const PGresult *result);
/* Whether the failed statement may be sent again: it was stale, and no transaction has failed. */
bool qc_pg_may_retry(const qc_connection *c, int attempt);
void qc_pg_cache_clear(qc_pg_cache *cache);

/* In a pipeline, where `unit` is being sent: prepares on the way what is new, and says whether it
 * did. Unit 0: sends without a name. */
typedef struct qc_pg_piped {
    qc_pg_prepared *entry; /* NULL: it was sent without a name */
    bool prepares;
} qc_pg_piped;
enum qc_code qc_pg_send_piped(qc_connection *c, const qc_statement *statement, uint64_t unit,
                              qc_pg_piped *ret);
/* At the end of a pipeline: forgets what is not known to be prepared. */
void qc_pg_cache_settle(qc_pg_cache *cache);
void qc_pg_pipeline_free(qc_pg_pipeline *pipeline);
extern const qc_pipeline_driver qc_pg_pipeline_driver;

/* The rows and the count of a good result, which it takes over. */
enum qc_code qc_pg_take_rows(qc_connection *c, const qc_statement *statement, PGresult *result,
                             qc_fetch *fetch, int64_t *ret_affected);
enum qc_code qc_pg_execute(qc_connection *c, const qc_statement *statement,
                           const qc_node *const *binds, qc_fetch *fetch, int64_t *ret_affected);
enum qc_code qc_pg_stream_begin(qc_connection *c, const qc_statement *statement,
                                const qc_node *const *binds, int most);
enum qc_code qc_pg_stream_next(qc_connection *c, qc_fetch *fetch, void **ret_row);
void qc_pg_stream_end(qc_connection *c);

/* ---- Values; pg_encode.c, pg_numeric.c, pg_decode.c, pg_copy.c. ---- */

/* The limit of a message (PostgreSQL, MaxAllocSize - 1). */
enum { QC_PG_MOST_BYTES = 0x3ffffffe };

/* Fills c->parameters. */
enum qc_code qc_pg_bind(qc_connection *c, const qc_statement *statement,
                        const qc_node *const *binds);
/* A field's C value in binary: how many bytes it takes at most, and, with that much room at `out`,
 * how many it took, or one of these. `value` is not an optional. */
enum { QC_PG_NULL = -1, QC_PG_INVALID = -2 };
size_t qc_pg_value_room(int type, const void *value);
int64_t qc_pg_put_value(int type, char *out, const void *value);
/* The same of a BIND that is not NULL, as a value of `type`; its room. */
int64_t qc_pg_put_bind(int type, char *out, const qc_node *bind);
size_t qc_pg_bind_room(const qc_node *bind);
/* pg_field_array.c: elements behind the header of an array; *has_null is set when one is NULL. */
size_t qc_pg_fields_room(const qc_field_array *array);
int64_t qc_pg_put_fields(char *out, const qc_field_array *array, bool *has_null);
static inline void qc_pg_put_16(char *out, uint16_t value)
{
    out[0] = (char)(value >> 8);
    out[1] = (char)value;
}
static inline void qc_pg_put_32(char *out, uint32_t value)
{
    out[0] = (char)(value >> 24);
    out[1] = (char)(value >> 16);
    out[2] = (char)(value >> 8);
    out[3] = (char)value;
}

static inline uint16_t load_16(const char *data)
{
    const unsigned char *byte = (const unsigned char *)data;
    return (uint16_t)(byte[0] << 8 | byte[1]);
}

static inline uint32_t load_32(const char *data)
{
    const unsigned char *byte = (const unsigned char *)data;
    return (uint32_t)byte[0] << 24 | (uint32_t)byte[1] << 16 | (uint32_t)byte[2] << 8 | byte[3];
}

size_t qc_pg_numeric_room(size_t length);
/* 0 when the text is not a NUMERIC. */
size_t qc_pg_put_numeric(char *out, const char *text, size_t length);
/* The decimal text of a binary NUMERIC, made in `arena`. */
enum qc_code qc_pg_get_numeric(qc_arena *arena, const char *data, int length, const char **ret);

/* Looks at the types of the result's columns and sets c->plan for qc_pg_decode. */
enum qc_code qc_pg_plan_result(qc_connection *c, const PGresult *result, const qc_shape *shape);
/* Whether the plan is for columns of these types: behind a pooler another server process may have
 * prepared the statement of that name, before a table was altered or after. */
bool qc_pg_plan_fits(const qc_pg_plan *plan, const PGresult *result);
/* The rows, as far as fetch->limit goes. `borrow`: values may point into `result`. */
enum qc_code qc_pg_decode(qc_connection *c, const PGresult *result, qc_fetch *fetch, bool borrow);
/* Adds the rows, at most `most`, to a fetch that has begun; *ret_first is the first of them, or
 * NULL. */
enum qc_code qc_pg_decode_more(qc_connection *c, const PGresult *result, size_t most,
                               qc_fetch *fetch, bool borrow, void **ret_first);
/* A fetch of the result's first row only. */
enum qc_code qc_pg_decode_row(qc_connection *c, const PGresult *result, qc_fetch *fetch,
                              bool borrow, void **ret_row);
/* One row whose values were sent apart; its types are those of `description`. A value is followed by
 * a NUL, and the row points to it. */
typedef struct qc_pg_field {
    char *data;
    int length; /* -1: NULL */
} qc_pg_field;
enum qc_code qc_pg_decode_fields(qc_connection *c, const PGresult *description,
                                 const qc_pg_field *fields, qc_fetch *fetch, void **ret_row);
/* One value of a type, borrowed, into column `index` of a part whose fields are zeroed. */
enum qc_code qc_pg_decode_value(qc_connection *c, qc_arena *arena, const qc_shape *shape,
                                unsigned index, uint32_t oid, const qc_pg_field *field, char *part);
/* See qc_driver; pg_unpack.c. */
enum qc_code qc_pg_unpack(qc_connection *c, qc_bytea_value packed, qc_fetch *fetch);
void qc_pg_plan_clear(qc_pg_plan *plan);

/* The answer to a COPY that was sent: OK when the server takes, or gives, data from now on. */
enum qc_code qc_pg_await_copy(qc_connection *c, ExecStatusType wanted);
enum qc_code qc_pg_copy_begin(qc_connection *c, const qc_bulk *bulk);
enum qc_code qc_pg_copy_put(qc_connection *c, const void *rows, size_t count);
enum qc_code qc_pg_copy_end(qc_connection *c, bool keep, int64_t *ret_rows);
void qc_pg_copy_free(qc_connection *c);

/* pg_cursor.c */
enum qc_code qc_pg_cursor_open(qc_connection *c, const qc_statement *statement,
                               const qc_node *const *binds, bool hold, qc_driver_cursor **ret);
enum qc_code qc_pg_cursor_step(qc_connection *c, qc_driver_cursor *cursor,
                               const qc_statement *statement, qc_step step, qc_fetch *fetch,
                               int64_t *ret_rows);
void qc_pg_cursor_close(qc_connection *c, qc_driver_cursor *cursor, bool gone);

/* pg_notify.c */
bool qc_pg_take_notifications(qc_connection *c);
void qc_pg_drop_notifications(qc_connection *c);
enum qc_code qc_pg_listen(qc_connection *c, const char *channel, bool on);
enum qc_code qc_pg_notification(qc_connection *c, int milliseconds,
                                const struct qc_notification **ret);

/* pg_copy_out.c: a stream that is a COPY. */
enum qc_code qc_pg_copy_out_begin(qc_connection *c, const qc_statement *statement);
enum qc_code qc_pg_copy_out_next(qc_connection *c, qc_fetch *fetch, void **ret_row);
void qc_pg_copy_out_end(qc_connection *c);
void qc_pg_copy_out_free(qc_connection *c);

/* ---- Errors; pg_error.c. ---- */

enum qc_code qc_pg_nomem(qc_connection *c) __attribute__((cold));
/* From a failed result. */
enum qc_code qc_pg_fail_result(qc_connection *c, const PGresult *result) __attribute__((cold));
/* From the connection: a call of libpq failed. */
enum qc_code qc_pg_fail_link(qc_connection *c) __attribute__((cold));
/* A connection that could not be opened. */
enum qc_code qc_pg_fail_connect(qc_connection *c);
/* A URL that libpq would misread, or cannot read; QC_ERROR_OK when it is good. */
enum qc_code qc_pg_check_url(const char *url, qc_error_record *error);

#endif
