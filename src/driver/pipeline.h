/* What a driver does for pipelines: statements sent without waiting for their answers, which come
 * back in order. A driver without this table has each statement run as it is queued. */
#ifndef QC_DRIVER_PIPELINE_H
#define QC_DRIVER_PIPELINE_H

#include "compile/statement.h"

struct qc_connection;
struct qc_fetch;

enum qc_reply_kind {
    QC_REPLY_NONE,       /* nothing has come, or nothing is due */
    QC_REPLY_DONE,       /* the oldest statement ran; its rows are in the fetch */
    QC_REPLY_UNREADABLE, /* it ran, the error is in its rows */
    QC_REPLY_FAILED,     /* it failed, with an error */
    QC_REPLY_SKIPPED,    /* it was not run: one before it in its unit failed */
    QC_REPLY_REFUSED,    /* the unit failed at its end, with an error; its SYNCED follows */
    QC_REPLY_SYNCED,     /* the end of the oldest unit: what was not skipped or failed is done */
    QC_REPLY_AGAIN,      /* the unit failed for stale statements and is run again from its first */
    QC_REPLY_LOST        /* the connection is lost or was given up; nothing more will come */
};

typedef struct qc_reply {
    enum qc_reply_kind kind;
    bool again; /* of FAILED: AGAIN may follow, so the rest of the unit should be sent */
    int64_t affected;
} qc_reply;

/* Every function that returns a code has set the connection's error record when it is not OK. */
typedef struct qc_pipeline_driver {
    /* From here to `end` nothing else is called. */
    enum qc_code (*begin)(struct qc_connection *connection);
    /* Begins a call of the program, whose deadline is that of all that follows. */
    void (*start)(struct qc_connection *connection);
    /* Sends and does not wait. The binds are copied; the statement stays until its unit is
     * SYNCED. */
    enum qc_code (*send)(struct qc_connection *connection, const qc_statement *statement,
                         const qc_node *const *binds);
    /* Ends a unit. `undo`: what was sent of it is taken back; in an open transaction, it fails. */
    enum qc_code (*sync)(struct qc_connection *connection, bool undo);
    /* The next reply; the oldest statement's rows go to `fetch` (NULL: it has none, or nobody waits
     * for it). Without `wait`, waits only as long as statements cannot be sent for lack of room. */
    void (*receive)(struct qc_connection *connection, bool wait, struct qc_fetch *fetch,
                    qc_reply *ret);
    /* After everything was received, or LOST. */
    void (*end)(struct qc_connection *connection);
} qc_pipeline_driver;

#endif
