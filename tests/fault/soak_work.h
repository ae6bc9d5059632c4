/* The soak's workers: threads that commit for as long as they may, and know what they were told. */
#ifndef TESTS_SOAK_WORK_H
#define TESTS_SOAK_WORK_H

#include <quercus/quercus.h>

#include <stdatomic.h>

/* What a worker was told about a transaction, as its log says. */
enum soak_outcome { SOAK_NOTHING, SOAK_COMMITTED, SOAK_FAILED, SOAK_UNKNOWN };

typedef struct soak_worker {
    qc_engine *engine;
    const char *folder; /* of the log */
    int number;
    atomic_bool *stop;
    atomic_long began_ms; /* when the last transaction that was committed began */
    /* The worker's own until it has ended. */
    int log;
    uint32_t count; /* of transactions */
    long committed, failed, unknown, no_connection, reads;
    enum qc_code worst; /* a code that no fault explains */
    char complaint[256];
} soak_worker;

bool soak_create(qc_db *db);
/* For pthread_create. */
void *soak_work(void *worker);
/* What the log says about every transaction, a byte each; free it. NULL: it cannot be read. */
char *soak_read_log(const soak_worker *w);
/* The ledger's counterpart of a transaction. */
qc_uuid_value soak_id(int worker, uint32_t i);

int64_t soak_now_ms(void);

#endif
