/* See soak_work.h. A transaction writes two rows with one id, which the worker chose; the log holds
 * one byte a transaction, which is on the disk before the next begins. */
#include "soak_work.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

MODEL(SoakEntry, "soak_entries",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(tx, UUID, INDEXED),
    COLUMN(part, INTEGER),
    COLUMN(note, VARCHAR(40)))

SCHEMA(soak, SoakEntry)

bool soak_create(qc_db *db)
{
    return qc_create_all(db, &soak);
}

int64_t soak_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

qc_uuid_value soak_id(int worker, uint32_t i)
{
    qc_uuid_value id = {{0}};
    id.bytes[0] = (uint8_t)worker;
    for (int byte = 0; byte < 4; byte++)
        id.bytes[15 - byte] = (uint8_t)(i >> 8 * byte);
    return id;
}

/* ---- The log. ---- */

static void log_path(const soak_worker *w, char path[128])
{
    snprintf(path, 128, "%s/ledger.%d", w->folder, w->number);
}

static bool append(const soak_worker *w, enum soak_outcome outcome)
{
    const char byte = (char)outcome;
    return write(w->log, &byte, 1) == 1 && fdatasync(w->log) == 0;
}

char *soak_read_log(const soak_worker *w)
{
    char path[128];
    log_path(w, path);
    FILE *file = fopen(path, "rb");
    char *outcomes = calloc(w->count + 1, 1);
    if (!file || !outcomes || fread(outcomes, 1, w->count, file) != w->count) {
        free(outcomes);
        outcomes = NULL;
    }
    if (file)
        fclose(file);
    return outcomes;
}

/* ---- Work. ---- */

/* Errors of the program or of the library, which no fault may cause. */
static void judge_error(soak_worker *w, const qc_db *db, const char *what)
{
    const struct qc_error *error = qc_error(db);
    const bool explained = error->code == QC_ERROR_SERVER || error->code == QC_ERROR_TIMEOUT ||
                           error->code == QC_ERROR_DISCONNECTED || error->code == QC_ERROR_CONNECT;
    if (explained || w->worst != QC_ERROR_OK)
        return;
    w->worst = error->code;
    snprintf(w->complaint, sizeof(w->complaint), "%s: %s: %s (%s)", what,
             qc_code_name(error->code), error->message ? error->message : "no error",
             error->sqlstate);
}

static bool insert_part(soak_worker *w, qc_db *db, qc_uuid_value id, int part)
{
    int64_t rows = EXEC(db, INSERT(SoakEntry)
                                .SET(SoakEntry_tx, id)
                                .SET(SoakEntry_part, part)
                                .SET(SoakEntry_note, "soak"));
    if (rows != 1)
        judge_error(w, db, "insert");
    return rows == 1;
}

static void transact(soak_worker *w, qc_db *db, qc_uuid_value id)
{
    if (w->count % 2) {
        TRANSACTION(db) {
            insert_part(w, db, id, 1);
            insert_part(w, db, id, 2);
        }
        return;
    }
    if (qc_begin(db) && insert_part(w, db, id, 1) && insert_part(w, db, id, 2))
        qc_commit(db);
    else if (qc_depth(db) > 0)
        qc_rollback(db);
}

/* What is unknown is asked again when the server answers again. */
static enum qc_outcome resolve(qc_db *db)
{
    enum { MOST_MS = 15000 };
    const int64_t end = soak_now_ms() + MOST_MS;
    enum qc_outcome outcome = qc_outcome(db);
    while (outcome == QC_OUTCOME_UNKNOWN && soak_now_ms() < end) {
        poll(NULL, 0, 20);
        outcome = qc_outcome(db);
    }
    return outcome;
}

static enum soak_outcome outcome_of(soak_worker *w, qc_db *db)
{
    switch (resolve(db)) {
    case QC_OUTCOME_COMMITTED:
        w->committed++;
        return SOAK_COMMITTED;
    case QC_OUTCOME_UNKNOWN:
        w->unknown++;
        return SOAK_UNKNOWN;
    default:
        w->failed++;
        return SOAK_FAILED;
    }
}

/* Reads back what it wrote last, as a statement of its own. */
static void read_back(soak_worker *w, qc_db *db, qc_uuid_value id)
{
    struct SoakEntry **entries =
        ALL(db, SELECT(SoakEntry).WHERE(EQ(SoakEntry_tx, id)).ORDER_BY(SoakEntry_part));
    if (!entries)
        judge_error(w, db, "read");
    else if (qc_count(entries) != 2 && !*w->complaint)
        snprintf(w->complaint, sizeof(w->complaint), "%zu rows of a committed transaction",
                 qc_count(entries));
    w->reads += entries != NULL;
}

static bool work_once(soak_worker *w)
{
    const int64_t began = soak_now_ms();
    qc_db *db = qc_checkout(w->engine);
    if (!qc_ok(db)) {
        judge_error(w, db, "checkout");
        w->no_connection++;
        qc_checkin(db);
        poll(NULL, 0, 5);
        return true;
    }
    const qc_uuid_value id = soak_id(w->number, w->count);
    transact(w, db, id);
    const enum soak_outcome outcome = outcome_of(w, db);
    w->count++;
    const bool logged = append(w, outcome);
    if (outcome == SOAK_COMMITTED) {
        atomic_store(&w->began_ms, began);
        read_back(w, db, id);
    }
    qc_checkin(db);
    return logged;
}

void *soak_work(void *data)
{
    soak_worker *w = data;
    char path[128];
    log_path(w, path);
    w->log = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
    bool good = w->log >= 0;
    while (good && !atomic_load(w->stop))
        good = work_once(w);
    if (!good)
        snprintf(w->complaint, sizeof(w->complaint), "the log cannot be written");
    if (w->log >= 0)
        close(w->log);
    return NULL;
}
