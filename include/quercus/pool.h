/* The engine: a pool of connections to one database, shared by threads.
 *
 *     qc_engine *engine = qc_engine_open(url, QC_ENGINE_OPTIONS(.max_size = 8, .pre_ping = true));
 *     CHECKOUT(db, engine) {
 *         struct User *user = FIRST(db, SELECT(User).WHERE(EQ(User_id, 7)));
 *     }
 *     qc_engine_close(engine);
 *
 * Model: SQLAlchemy's Engine and QueuePool (docs.sqlalchemy.org, "Connection Pooling"). A SQLite
 * file has one writer and many readers (WAL), who wait for each other until their deadline; a
 * database in memory is its one connection, which all share one after the other.
 */
#ifndef QUERCUS_POOL_H
#define QUERCUS_POOL_H

#include <quercus/engine.h>

typedef struct qc_engine qc_engine;

/* How a connection that comes back is made as new: role, settings, search_path, temporary tables,
 * locks, cursors, LISTENs. An open transaction is rolled back in any case. What cannot be made as
 * new is closed. */
enum qc_reset {
    QC_RESET_WHEN_NEEDED, /* only after what may have changed the session: text of the caller's own,
                             FUNC, RAW, OP; it costs a round trip then */
    QC_RESET_ALWAYS,
    QC_RESET_NEVER
};

enum { QC_ENGINE_OPTIONS_VERSION = 1 };

/* Zero means the default, in parentheses. Texts are copied. */
typedef struct qc_engine_options {
    int version;              /* QC_ENGINE_OPTIONS_VERSION */
    int min_size;             /* connections opened at once, and kept when idle (0) */
    int max_size;             /* connections kept for reuse (5) */
    int overflow;             /* more when all are taken, closed when nobody wants them (0) */
    int checkout_timeout_ms;  /* wait for a free connection (30,000); -1: refuse at once */
    int connect_timeout_ms;   /* of opening one, over all attempts (10,000) */
    int statement_timeout_ms; /* qc_set_timeout of every connection (30,000); -1: none */
    int cancel_timeout_ms;    /* qc_set_cancel_timeout of every connection (200) */
    int recycle_s;            /* connections older than this are replaced (0: never) */
    int idle_s;               /* those above min_size unused for this long are closed as others
                                 come back (0: never) */
    bool pre_ping;            /* ask whether it is alive before handing one out */
    bool unnamed_statements;  /* for poolers that cannot keep prepared statements */
    enum qc_reset reset;
    const char *application_name;  /* (the URL's, or quercus) */
    const char *const *replicas;   /* URLs of read-only standbys, ends with NULL (none) */
    bool replicas_only;            /* READ_ONLY fails rather than read from the primary */
    qc_hook *hook;                 /* of every connection, from its CONNECT on; any thread calls */
    unsigned hook_mask;            /* (every event) */
    void *hook_data;
    const char *cursor_key; /* qc_set_cursor_key of every connection, a text (the process' own) */
} qc_engine_options;
#define QC_ENGINE_OPTIONS(...)                                                                     \
    (&(const qc_engine_options){.version = QC_ENGINE_OPTIONS_VERSION, __VA_ARGS__})

/* Opens min_size connections. NULL only when memory is out; otherwise look at
 * qc_engine_error(engine)->code. `options` may be NULL. What could not be reached is tried again by
 * each checkout. Any thread may use an engine, but only one may close it. (url, options) */
#define qc_engine_open(...) qc_engine_open_at(QC_HERE, __VA_ARGS__)
qc_engine *qc_engine_open_at(const qc_site *site, const char *url,
                             const qc_engine_options *options);
/* Waits for no one: connections still checked out are closed when they come back, and the last of
 * them frees the engine. In a child of fork it closes only copies of sockets. */
void qc_engine_close(qc_engine *engine);
/* Of qc_engine_open. */
const struct qc_error *qc_engine_error(const qc_engine *engine);

/* A connection for one thread (or task), first come, first served. As qc_open, never NULL but when
 * memory is out: look at qc_error(db)->code (TIMEOUT: none became free; CONNECT; MISUSE: all are
 * held by those who wait themselves, or this is a child of fork). Give it back with qc_checkin
 * (qc_close does the same) in every case; its results are freed, and what was set on it by qc_set_…
 * is as before. */
#define qc_checkout(engine) qc_checkout_at(engine, QC_HERE)
qc_db *qc_checkout_at(qc_engine *engine, const qc_site *site);
#define qc_checkin(db) qc_checkin_at(db, QC_HERE)
void qc_checkin_at(qc_db *db, const qc_site *site);

/* CHECKOUT(db, engine) { … }: `db` is given back at the end, however the block is left. */
#define QC_CHECKOUT(db, engine) QC_CHECKOUT_(db, engine, QC_LOCAL)
#define QC_CHECKOUT_(db, engine, at) QC_CHECKOUT__(db, engine, at)
#define QC_CHECKOUT__(db, engine, at)                                                              \
    for (qc_db *at __attribute__((cleanup(qc_checkin_scope))) = qc_checkout(engine), *db = at; db; \
         db = NULL)
void qc_checkin_scope(qc_db **db);

#endif
