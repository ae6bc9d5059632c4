/* A pipeline from the inside.
 *
 * The program numbers its statements; one of them may be several for the database (INSERT_ROWS).
 * `list` is the program's view, `sent` the database's, of units that are not settled yet. A unit is
 * settled when its end was answered; until the pipeline ends, nothing of it is seen outside.
 */
#ifndef QC_ENGINE_PIPELINE_H
#define QC_ENGINE_PIPELINE_H

#include <quercus/pipeline.h>

#include "engine/db.h"
#include "engine/prepare.h"
#include "engine/trace.h"

/* What made a unit fail, or a statement's own error. */
typedef struct qc_fault {
    struct qc_fault *next;
    qc_error_record record;
    const char *what; /* "the statement queued": stands before its place in messages */
    size_t number;    /* of the statement; SIZE_MAX: of none */
    size_t at;        /* statements from this number on were not run */
} qc_fault;

enum qc_queued_kind {
    QC_QUEUED_FIRST,
    QC_QUEUED_ONE,
    QC_QUEUED_ONE_OR_NONE,
    QC_QUEUED_ALL,
    QC_QUEUED_SCALAR,
    QC_QUEUED_SCALAR_OR_NULL,
    QC_QUEUED_EXEC
};

/* What became of a statement. Behind DONE: why its destination stays empty. */
enum qc_queued_state {
    QC_QUEUED_WAITING,
    QC_QUEUED_DONE,
    QC_QUEUED_FAILED,  /* with its own fault */
    QC_QUEUED_NOT_RUN,
    QC_QUEUED_UNDONE,
    QC_QUEUED_LOST,    /* nothing acknowledges it */
    QC_QUEUED_NO_ROW,
    QC_QUEUED_NOT_UNIQUE,
    QC_QUEUED_NULL,
    QC_QUEUED_NO_MEMORY
};

/* The rows of one statement of the database. */
typedef struct qc_piece {
    struct qc_piece *next;
    void **list;
    size_t count;
} qc_piece;

typedef struct qc_queued {
    const qc_site *site; /* NULL: that of its fault */
    void *destination;
    const qc_fault *fault; /* of the last one of a unit: what is known to make the unit fail */
    union {
        int64_t affected;
        qc_piece *rows; /* newest first */
    } got;
    uint8_t kind;  /* enum qc_queued_kind */
    uint8_t state; /* enum qc_queued_state */
    uint8_t type;  /* of a value, enum qc_type */
    bool ends_unit;
} qc_queued;

/* For who watches. */
typedef struct qc_watched {
    qc_timing began;
    const char *binds;
    int64_t rows;
} qc_watched;

typedef struct qc_sent {
    const qc_statement *statement;
    qc_cached *cached; /* a reference */
    qc_watched *watched; /* NULL: nobody does */
    size_t number;
} qc_sent;

typedef struct qc_pipeline {
    bool open;
    bool remote;   /* statements are sent; else each is run as it is queued */
    bool inside;   /* a transaction is open around it */
    bool lost;     /* nothing is sent any more: the connection was lost, or refused to begin */
    bool refused;
    bool leaving;  /* rows are not wanted any more */
    qc_site site;
    qc_queued *list;
    size_t count, room;
    size_t unit;   /* the first statement of the unit being answered */
    size_t queued; /* the first of the unit being queued */
    qc_sent *sent; /* from `settled` on not settled, from `answered` on not answered */
    size_t sent_count, sent_room, settled, answered;
    qc_fault *faults; /* all there were */
    const qc_fault *failing;   /* of the unit being queued: nothing more of it is sent */
    const qc_fault *answering; /* of the unit being answered */
    const qc_fault *orphan;    /* of no statement */
    qc_fault nomem; /* when there is no memory for another */
    qc_arena *rows;  /* results, which the connection's take over at the end */
    qc_arena *notes; /* what lives as long as the pipeline */
    qc_atomic atomic;
    qc_error_record asked; /* what qc_pipeline_error returned last */
    size_t asked_number;   /* of which statement, from 1, when that is final; 0: none */
} qc_pipeline;

/* ---- pipeline_error.c ---- */

/* Keeps a copy of the connection's error, to which place and text are added. */
const qc_fault *qc_fault_keep(qc_db *db, const qc_site *site, const char *sql, size_t number,
                              size_t at);
void qc_fault_tell(const qc_fault *fault, qc_error_record *ret);
/* The error of a statement; OK where it has none. */
void qc_queued_error(const qc_pipeline *p, size_t number, qc_error_record *ret);
/* That of the first which has one becomes the connection's; false when there is one. */
bool qc_pipeline_judge(qc_db *db);
void qc_faults_free(qc_pipeline *p);

/* ---- pipeline_answer.c ---- */

enum { QC_PIPELINE_MOST = 1024 }; /* statements on their way */

/* Takes what has come in; waits when it must for more to be sent. */
void qc_pipeline_flow(qc_db *db);
/* Waits for the answers to every unit that was ended. */
void qc_pipeline_drain(qc_db *db);
/* The reply to the oldest statement, whose rows are in `fetch`. */
void qc_pipeline_take(qc_db *db, const qc_reply *reply, qc_fetch *fetch);
/* What to fetch the rows of a statement into; false: it has none that are wanted. */
bool qc_pipeline_fetch(const qc_pipeline *p, const qc_sent *sent, qc_fetch *ret);
/* Everything that is not settled is lost to the connection's error. */
void qc_pipeline_lose(qc_db *db, enum qc_queued_state state);

/* ---- pipeline_fill.c ---- */

/* Whether the rows are what was asked for. */
enum qc_queued_state qc_queued_check(const qc_queued *queued);
/* Empties a destination of `size` bytes. */
void qc_queued_empty(enum qc_queued_kind kind, void *destination, size_t size);
/* Hands the rows over to the connection, and fills every destination that is due. */
void qc_pipeline_fill(qc_db *db);

/* ---- pipeline.c ---- */

/* As qc_pipeline_begin, within a call: what a session has to write is left alone. */
bool qc_pipeline_begin_inside(qc_db *db, const qc_site *site);

void qc_pipeline_free(qc_db *db);

#endif
