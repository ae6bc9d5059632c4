/* The inside of a pipeline on PostgreSQL. */
#ifndef QC_DRIVER_PG_PIPELINE_H
#define QC_DRIVER_PG_PIPELINE_H

#include "driver/pg.h"

enum qc_pg_sent_kind { QC_PG_SENT_PREPARE, QC_PG_SENT_EXECUTE, QC_PG_SENT_UNDO, QC_PG_SENT_SYNC };

/* A command that was sent and is not answered. */
typedef struct qc_pg_sent {
    enum qc_pg_sent_kind kind;
    qc_pg_prepared *entry; /* NULL: it has no name */
    const qc_statement *statement;
} qc_pg_sent;

/* What a unit would be sent again from: for each statement a head, the lengths of its parameters
 * (QC_PG_NULL: NULL) and their bytes. */
typedef struct qc_pg_kept {
    char *bytes;
    size_t used, room;
    size_t texts; /* bytes of the statements themselves */
    bool over;    /* it was too much, or the unit cannot be sent again */
} qc_pg_kept;

struct qc_pg_pipeline {
    qc_pg_sent *queue; /* from `head` to `count` */
    size_t head, count, room;
    uint64_t unit;      /* that is being sent, from 1 */
    uint64_t answering; /* that is being answered */
    bool alone;         /* no transaction is open around it */
    bool fresh;         /* nothing of the unit was sent yet */
    bool swallow;       /* the oldest statement was answered with its Parse */
    bool stale;         /* the answering unit met a prepared statement that was */
    bool repeated;      /* it was sent again */
    bool unsettled;     /* the cache holds entries that are not known to serve */
    bool look;          /* something may have arrived, or cannot be sent */
    size_t unlooked;    /* bytes sent since */
    size_t unflushed;   /* commands sent since the server was last asked for all answers */
    qc_pg_kept kept;
};

#endif
