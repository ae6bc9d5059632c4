/* A connection from the inside: what the files of this room share. */
#ifndef QC_ENGINE_DB_H
#define QC_ENGINE_DB_H

#include <quercus/engine.h>

#include "base/mac.h"
#include "driver/driver.h"
#include "engine/cache.h"
#include "engine/counters.h"
#include "engine/replicas.h"
#include "engine/transaction.h"

/* Bytes of a key that signs cursors of pages. */
enum { QC_CURSOR_KEY_LEAST = 16 };

/* What has the connection to itself: a STREAM, a COPY, a PIPELINE. */
typedef struct qc_busy {
    const char *word; /* "STREAM"; NULL: nothing */
    const qc_site *site;
    void (*end)(void *holder); /* the connection is about to go away, or to be used again */
    void *holder;
} qc_busy;

/* A connection's place in its engine; what `engine` is NULL for is of no pool. */
typedef struct qc_pooled {
    struct qc_engine *engine;
    size_t place;         /* in the engine's list */
    bool out;             /* handed out */
    const void *holder;   /* qc_wait_self() of who checked it out */
    qc_site site;         /* where */
    int64_t opened, idle; /* since when, in qc_about_now_us */
    uint64_t generation;
    bool suspect, condemned; /* when it was handed out: see engine/pool.h */
    qc_counters counters;
} qc_pooled;

struct qc_db {
    const qc_driver *driver;
    qc_connection *connection; /* NULL: qc_open failed, and its error stays */
    qc_driver_options options; /* the driver reads them at every call */
    qc_error_record error;
    qc_arena *results;
    size_t releases; /* how often `results` was emptied */
    qc_cache cache;
    qc_known_columns known;
    qc_busy busy;
    qc_tx_state tx;
    char *url; /* for other connections to the same database */
    struct qc_pipeline *pipeline; /* the open or the last one; NULL: there was none */
    int refused_pipelines;        /* begun, not ended, and not open */
    int64_t copied; /* qc_copy_rows */
    struct qc_cursor *cursors; /* the open ones */
    qc_hook *hook;
    unsigned hook_mask; /* 0 without a hook */
    void *hook_data;
    qc_counters *counters; /* of an engine's connection; NULL: nobody counts */
    bool in_hook;
    bool trace, colour, redact, site_comments;
    bool touched; /* text or calls of the user's own may have changed the session */
    qc_pooled pool;
    struct qc_budget *budget;   /* the innermost BUDGET; NULL: none is open */
    bool as_one;                /* what is sent is a part of what was counted: it repeats nothing */
    struct qc_session *session; /* NULL: none; the room orm/ */
    qc_bind *tenant; /* whose rows statements have to do with, text and all; NULL: nobody's */
    qc_reading reading;
    qc_inside inside; /* who waits in a call, but for waits of the driver */
    qc_site closed; /* where it was closed, while a task's call was waiting on it; file NULL: not */
    qc_task_end end; /* of that task: then it is closed */
    bool has_cursor_key; /* else the process' */
    unsigned char cursor_key[QC_MAC_SIZE];
    qc_mac *mac; /* NULL until a cursor is signed */
};

/* qc_open with a driver of the caller's choice. */
qc_db *qc_open_with(const qc_driver *driver, const qc_site *site, const char *url);
/* Without a connection yet; NULL: out of memory. */
qc_db *qc_db_new(const qc_driver *driver);
/* Opens its connection; false with the error set. `site` may be NULL. */
bool qc_db_connect(qc_db *db, const qc_site *site, const char *url);
/* Closes and frees it, whoever it belongs to. */
void qc_db_end(qc_db *db);

/* Every call begins here: clears the error; false and an error when the connection cannot be used
 * now. `site` may be NULL. */
bool qc_enter(qc_db *db, const qc_site *site);
/* The same where a failed transaction does not matter. */
bool qc_enter_failed(qc_db *db, const qc_site *site);
/* Clears the error, which fails the open transaction if qc_tx_is_failing. */
void qc_clear(qc_db *db);
/* Whether a write may be sent; else the error says why not. */
static inline bool qc_may_write(qc_db *db, const qc_site *site)
{
    return db->reading.depth == 0 || qc_refuse_write(db, site);
}
/* Ends what has the connection to itself, if anything does. */
void qc_end_busy(qc_db *db);
/* Says where the current error came from, and what was sent; `sql` and `site` may be NULL. */
void qc_blame(qc_db *db, const qc_site *site, const char *sql) __attribute__((cold));
/* The place alone, of an error that has none yet. */
void qc_place_error(qc_error_record *record, const qc_site *site);
/* Sets the error of a query with its line. */
void qc_fail(qc_db *db, const qc_site *site, enum qc_code code, const char *format, ...)
    __attribute__((format(printf, 4, 5), cold));
/* Says that memory is out, unless the call has said something else. False. */
bool qc_fail_nomem(qc_db *db, const qc_site *site) __attribute__((cold));
/* Says what a poison node says. False. */
bool qc_fail_poison(qc_db *db, const qc_site *site, const qc_node *poison) __attribute__((cold));

/* Runs SQL text as it is, with trace and hook; the caller has entered. */
bool qc_run_text(qc_db *db, const qc_site *site, const char *sql);

/* The same, also when the time is up. */
bool qc_run_undoing(qc_db *db, const qc_site *site, const char *sql);
/* The same, to undo something: the error that made it necessary stays. */
void qc_run_quietly(qc_db *db, const char *sql);

/* Several statements as one: a transaction, or a savepoint inside of one. */
typedef struct qc_atomic {
    bool begun, savepoint;
} qc_atomic;
bool qc_atomic_begin(qc_db *db, const qc_site *site, qc_atomic *ret);
/* Makes it last when `good`, else undoes it, keeping the error. True when it lasts. */
bool qc_atomic_end(qc_db *db, const qc_site *site, const qc_atomic *atomic, bool good);

#endif
