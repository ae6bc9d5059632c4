/* The pool from the inside.
 *
 * `lock` guards what stands behind it and is never held while anything waits. A connection is idle
 * (in `idle`, the last to come back on top), out, or being opened; all three are counted in
 * `total`. A checkout that finds neither an idle connection nor room for one waits in a queue: what
 * comes back goes straight to the oldest waiter, and when there is room the oldest is told to look.
 *
 * When a connection is found broken, all that were opened before then are suspects: the generation
 * goes up, and those of an older one are pinged before they are handed out again. When a ping is
 * not even answered, or the server takes no writes any more, they are closed unasked (`condemned`).
 *
 * When the server refuses, the gate closes: nobody connects until `not_before`, then one at a time.
 */
#ifndef QC_ENGINE_POOL_H
#define QC_ENGINE_POOL_H

#include <quercus/pool.h>

#include "base/wait.h"
#include "engine/db.h"

/* One who waits; it lies on the waiter's stack. */
typedef struct qc_waiter {
    struct qc_waiter *next, *previous;
    qc_parking parking;
    const void *self;
    const qc_site *site;
    qc_db *given; /* then it is not in the queue any more */
} qc_waiter;

/* What a pool counts, under its lock. */
typedef struct qc_pool_counts {
    uint64_t checkouts, waits, timeouts, connects, failures, discarded, recycled, resets;
    uint64_t waited;                      /* microseconds */
    uint64_t by_wait[QC_BOUND_COUNT + 1]; /* checkouts */
} qc_pool_counts;

struct qc_engine {
    qc_engine_options options; /* without zeros; texts are in `texts` */
    const qc_driver *driver;
    const char *url;
    qc_arena *texts;
    qc_error_record error;
    qc_driver_options session; /* of every connection */
    bool has_cursor_key;
    unsigned char cursor_key[QC_MAC_SIZE];
    int process;               /* qc_process of the process that opened it */
    size_t most;               /* connections, with overflow */

    pthread_mutex_t lock;
    bool closed;
    bool refuses; /* its options are wrong */
    size_t total, idle_count, out, opening, waiting;
    qc_db **idle; /* the last to come back is on top */
    qc_db **all;  /* in any order, without those being opened */
    size_t all_count;
    qc_waiter *first, *last;
    qc_pool_counts counts;
    qc_counters gone;               /* of connections that are closed */
    uint64_t generation, condemned; /* those of generations below `condemned` are closed unasked */

    qc_replicas replicas;

    /* The gate. */
    int failures;       /* of connecting, in a row; 0: it is open */
    bool probing;       /* one tries */
    bool was_connected; /* ever */
    int64_t not_before; /* the next attempt, in qc_now_us */
    uint64_t random;
    qc_error_record refusal; /* of the last attempt */
};

/* A checkout that needs more than an idle connection. */
typedef struct qc_request {
    const qc_site *site;
    int64_t deadline;         /* of waiting, in qc_now_us */
    int64_t connect_deadline; /* of opening */
    int64_t waited;           /* microseconds */
    bool senior;              /* it was served already, with what turned out to be of no use */
    qc_error_record error;
} qc_request;

enum qc_taken { QC_TAKEN_NOTHING, QC_TAKEN_DB, QC_TAKEN_ROOM };

/* ---- pool_wait.c; the caller holds the lock, unless said otherwise. ---- */

/* An idle connection, which is out then, or NULL. */
qc_db *qc_pool_pop(qc_engine *engine, const qc_site *site, const void *self);
/* Waits, without the caller's holding the lock: for a connection (*ret), or for room to open one.
 * NOTHING: request->error says why. */
enum qc_taken qc_pool_take(qc_engine *engine, qc_request *request, qc_db **ret);
/* Whether a waiter takes the connection. */
bool qc_pool_hand_over(qc_engine *engine, qc_db *db);
/* Something changed: has the oldest waiter look. */
void qc_pool_stir(qc_engine *engine);
/* Unlocks, and frees an engine that is closed and used by no one. */
void qc_pool_leave(qc_engine *engine);
/* pool.c. */
void qc_pool_free(qc_engine *engine);

/* ---- pool_open.c; the caller does not hold the lock. ---- */

/* Opens a connection where there is room for one; NULL: request->error. *ret_again: it is worth
 * waiting for another attempt. */
qc_db *qc_pool_open(qc_engine *engine, qc_request *request, bool *ret_again);
/* Closes a connection that is out, and makes room for another. */
void qc_pool_discard(qc_engine *engine, qc_db *db);
/* Takes it out of the list, under the lock. */
void qc_pool_delist(qc_engine *engine, qc_db *db);
/* Whether someone may connect now; the caller holds the lock. */
bool qc_pool_may_open(const qc_engine *engine);

/* ---- pool_reset.c; the caller does not hold the lock. ---- */

/* Whether a connection that was idle until `now` is good to be handed out. */
bool qc_pool_is_fit(qc_engine *engine, qc_db *db, int64_t now);
/* Makes it as new for the next; false: it must be closed. */
bool qc_pool_renew(qc_engine *engine, qc_db *db);
/* Takes what engines give their connections: hook, timeouts, switches. */
void qc_pool_dress(const qc_engine *engine, qc_db *db);

#endif
