/* Reading from replicas.
 *
 *     READ_ONLY(db) {                              reads go to one of the engine's .replicas
 *         struct User **users = ALL(db, SELECT(User));
 *     }
 *
 * The block has one replica for itself, so that what it reads agrees in age; `db`, its results and
 * its errors are the same as outside. Replicas take turns. One that cannot be reached is set aside
 * for a while, and the next one serves; when none does, or the engine has none, the block reads from
 * the primary, unless the engine was opened with .replicas_only: then the body is skipped, and
 * qc_error(db) says why. A replica lags behind: what was just written may not be there yet.
 *
 * Writes are refused with QC_ERROR_MISUSE, wherever the block reads from; so is qc_execute, whose
 * text is not known. What FUNC, OP and RAW would write, the database refuses (25006). Inside an open
 * transaction the block stays on its connection. qc_cancel from another thread may miss a statement
 * of the block.
 */
#ifndef QUERCUS_REPLICAS_H
#define QUERCUS_REPLICAS_H

#include <quercus/pool.h>

#define QC_READ_ONLY(db) QC_READ_ONLY_(db, QC_LOCAL)
#define QC_READ_ONLY_(db, R) QC_READ_ONLY__(db, R)
#define QC_READ_ONLY__(db, R)                                                                      \
    for (qc_read_only R __attribute__((cleanup(qc_read_only_end))) =                               \
             qc_read_only_begin(db, QC_HERE);                                                      \
         R.open; qc_read_only_end(&R))
typedef struct qc_read_only {
    qc_db *db;
    bool open;
} qc_read_only;
qc_read_only qc_read_only_begin(qc_db *db, const qc_site *site);
void qc_read_only_end(qc_read_only *block);
/* Whether a replica serves it now. */
bool qc_on_replica(const qc_db *db);

#endif
