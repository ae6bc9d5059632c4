/* Deadlines, and stopping a statement from outside.
 *
 * A statement that passes its deadline is cancelled, and once more where that does not help:
 * QC_ERROR_TIMEOUT, SQLSTATE 57014. When the database has said in time (qc_set_cancel_timeout) that
 * it is, the connection stays usable (a transaction has then failed, as by any error); else it is
 * given up. A statement that ended before it was cancelled has succeeded.
 */
#ifndef QUERCUS_DEADLINE_H
#define QUERCUS_DEADLINE_H

#include <quercus/engine.h>

/* DEADLINE(db, 200) { … }: everything inside ends within 200 ms in all, however much it is; what
 * would begin later is refused (QC_ERROR_TIMEOUT, 57014). Inside another one the sooner counts, as
 * does qc_set_timeout. Rolling back has another second. */
#define QC_DEADLINE(db, milliseconds) QC_DEADLINE_(db, milliseconds, QC_LOCAL)
#define QC_DEADLINE_(db, milliseconds, D) QC_DEADLINE__(db, milliseconds, D)
#define QC_DEADLINE__(db, milliseconds, D)                                                         \
    for (qc_deadline D __attribute__((cleanup(qc_deadline_end))) =                                 \
             qc_deadline_begin(db, milliseconds);                                                  \
         D.open; qc_deadline_end(&D))
typedef struct qc_deadline {
    qc_db *db;
    int64_t outer; /* of the block around it */
    bool open;
} qc_deadline;
qc_deadline qc_deadline_begin(qc_db *db, int milliseconds);
void qc_deadline_end(qc_deadline *deadline);

/* Stops the statement that runs on the connection: its call fails with QC_ERROR_CANCELLED, 57014.
 * True when the database has been told; false when nothing runs, or the database cannot be reached
 * within 5 s. For other threads and tasks, not for signal handlers; the connection must not be
 * closed meanwhile. A statement that comes later is never hit. */
bool qc_cancel(qc_db *db);
/* The number of the statement that runs, 0 when none does, and stopping only that one. A connection
 * gives no number twice. */
uint64_t qc_running(qc_db *db);
bool qc_cancel_only(qc_db *db, uint64_t statement);

#endif
