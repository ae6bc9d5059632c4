/* LISTEN and NOTIFY (PostgreSQL manual, NOTIFY): messages between the programs of a database.
 *
 *     qc_listen(db, "orders");
 *     const struct qc_notification *told;
 *     while ((told = qc_wait_notification(db, 60000)))
 *         printf("%s: %s\n", told->channel, told->payload);
 *     if (!qc_ok(db)) …                                   else: a minute without any
 *
 * SQLite has none: each call is QC_ERROR_UNSUPPORTED there.
 */
#ifndef QUERCUS_LISTEN_H
#define QUERCUS_LISTEN_H

#include <quercus/engine.h>

/* Each returns false and sets the error. A channel is any name of 1 to 63 bytes, as it is written:
 * "Orders" is not "orders". In a transaction it is its COMMIT that makes them happen; the end of the
 * connection, or its way back to a pool, ends them. */
#define qc_listen(db, channel) qc_listen_at(db, QC_HERE, channel)
#define qc_unlisten(db, channel) qc_unlisten_at(db, QC_HERE, channel)
/* Of all channels; what was received and not handed out is dropped. */
#define qc_unlisten_all(db) qc_unlisten_at(db, QC_HERE, NULL)
/* Tells those who listen, the connection itself too, when the transaction commits. `payload` is
 * UTF-8 of less than 8,000 bytes; NULL is "". Equal ones of a transaction may arrive as one. */
#define qc_notify(db, channel, payload) qc_notify_at(db, QC_HERE, channel, payload)
bool qc_listen_at(qc_db *db, const qc_site *site, const char *channel);
bool qc_unlisten_at(qc_db *db, const qc_site *site, const char *channel);
bool qc_notify_at(qc_db *db, const qc_site *site, const char *channel, const char *payload);

/* Notifications that arrive while other statements run are kept, in order: so many. When more come
 * the oldest go, and the next that is handed out says how many. */
enum { QC_NOTIFICATIONS_MOST = 10000 };

struct qc_notification {
    const char *channel, *payload;
    int sender;      /* the server's process of the connection that sent it (pg_backend_pid) */
    unsigned missed; /* how many before this one were dropped */
};

/* The next notification, in the order of their transactions' commits; valid until the next such call
 * or the end of the connection. Waits for it up to `milliseconds` (0: only looks, negative: for
 * ever). NULL without an error when none came; NULL and an error when the connection is lost, or
 * inside of a transaction, which receives none. Inside a task only the task waits. */
#define qc_wait_notification(db, milliseconds) qc_wait_notification_at(db, QC_HERE, milliseconds)
const struct qc_notification *qc_wait_notification_at(qc_db *db, const qc_site *site,
                                                      int milliseconds);

#endif
