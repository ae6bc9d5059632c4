/* DEADLINE, and stopping statements from other threads. */
#include "engine/db.h"

#include <quercus/deadline.h>

qc_deadline qc_deadline_begin(qc_db *db, int milliseconds)
{
    if (!db)
        return (qc_deadline){.open = true};
    const int64_t outer = db->options.limit;
    const int64_t limit = qc_about_now_us() + (int64_t)milliseconds * 1000;
    if (!outer || limit < outer)
        db->options.limit = limit;
    return (qc_deadline){db, outer, true};
}

void qc_deadline_end(qc_deadline *deadline)
{
    if (deadline->open && deadline->db)
        deadline->db->options.limit = deadline->outer;
    deadline->open = false;
}

uint64_t qc_running(qc_db *db)
{
    return db && db->connection ? db->driver->running(db->connection) : 0;
}

bool qc_cancel_only(qc_db *db, uint64_t statement)
{
    return db && db->connection && statement && db->driver->cancel(db->connection, statement);
}

bool qc_cancel(qc_db *db)
{
    return qc_cancel_only(db, qc_running(db));
}
