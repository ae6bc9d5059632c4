/* Replicas from the inside. A replica's connection is not a qc_db of its own: while a READ_ONLY
 * block has it, it serves the block's qc_db in place of the primary's, and is idle otherwise. */
#ifndef QC_ENGINE_REPLICAS_H
#define QC_ENGINE_REPLICAS_H

#include <quercus/replicas.h>

#include "driver/driver.h"

typedef struct qc_replica {
    const char *url;
    qc_connection **idle;
    size_t idle_count;
    int failures;       /* of connecting, in a row */
    bool probing;       /* one tries again */
    int64_t not_before; /* the next attempt, in qc_now_us */
} qc_replica;

/* Of an engine; guarded by its lock. */
typedef struct qc_replicas {
    qc_replica *list;
    size_t count, next;        /* whose turn it is */
    qc_driver_options options; /* of idle connections: nobody listens */
    qc_error_record error;
} qc_replicas;

/* Of a connection. */
typedef struct qc_reading {
    int depth; /* of READ_ONLY blocks; 0: none */
    qc_site site;
    qc_connection *primary; /* while a replica serves; else NULL */
    qc_replica *replica;
    bool touched; /* the primary's session */
    bool guarded; /* the primary refuses writes, too */
} qc_reading;

/* Copies the URLs; false when memory is out. */
bool qc_replicas_open(struct qc_engine *engine);
/* Closes idle connections. */
void qc_replicas_close(struct qc_engine *engine);
/* Ends all blocks of a connection. */
void qc_read_only_abandon(qc_db *db);

/* What a statement must pass inside READ_ONLY. False, and an error, when it may not run. */
bool qc_refuse_write(qc_db *db, const qc_site *site);
bool qc_guard_reading(qc_db *db, const qc_site *site, bool foreign);

#endif
