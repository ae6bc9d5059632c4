/* SOFT_DELETE and TENANT at work: soft-deleted objects of a session, the tenant of a connection.
 *
 *     MODEL(Invoice, "invoices",
 *         COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
 *         TENANT(account_id, BIGINT), SOFT_DELETE, TIMESTAMPS)
 *
 *     SET_TENANT(db, Invoice_account_id, 7);
 *     ALL(db, SELECT(Invoice));        … WHERE invoices.account_id = $1 AND invoices.deleted_at IS NULL
 *
 * The predicates are part of the statement: of every range of such a model, whatever brings it
 * (FROM, JOIN, a loader, a nested query). Text of RAW is the program's own business.
 */
#ifndef QUERCUS_MIXINS_H
#define QUERCUS_MIXINS_H

#include <quercus/session.h>

/* ---- Tenants. ---- */

/* SET_TENANT(db, Invoice_account_id, 7): from now on statements have to do with the rows of this
 * tenant, in every model with TENANT; the column only says which type the value has. It is copied.
 * What is inserted becomes the tenant's; another value is an error. Until qc_reset_tenant, or until
 * the connection is given back to its engine. False and an error: the value is NULL, the column is no
 * TENANT, a session holds objects of another tenant, a CURSOR over rows of another is open, or the connection
 * is busy. */
#define QC_SET_TENANT(db, column, x) QC_SET_TENANT_(db, column, x, QC_LOCAL, QC_LOCAL, QC_LOCAL)
#define QC_SET_TENANT_(db, column, x, M, C, T)                                                     \
    __extension__({                                                                                \
        const qc_mark M = qc_begin_query();                                                        \
        __auto_type C = (column);                                                                  \
        QC_TYPED(C, T)                                                                             \
        _Static_assert(!QC_IS_LITERAL(T), "SET_TENANT: the second argument must be a column");     \
        qc_set_tenant(db, QC_HERE, M, QC_NODE_IN(C, T),                                            \
                      QC_FITTED(T, "SET_TENANT: the value has another type than the column", x,    \
                                QC_LOCAL, QC_LOCAL));                                              \
    })
bool qc_set_tenant(qc_db *db, const qc_site *site, qc_mark mark, const qc_node *column,
                   const qc_node *value);
/* The connection has no tenant: statements on models with TENANT are refused, unless they say
 * .ALL_TENANTS. False when the connection is busy, or a CURSOR over rows of the tenant's is open. */
#define qc_reset_tenant(db) qc_reset_tenant_at(db, QC_HERE)
bool qc_reset_tenant_at(qc_db *db, const qc_site *site);

/* ---- Soft deletion. ---- */

/* Sets the object's deleted_at to this program's time, or clears it; the next flush writes it like
 * any change, and does the same to what a relationship with CASCADE(DELETE) leads to, where that has
 * SOFT_DELETE too. qc_restore brings back what was deleted with the object, not what had been before.
 * False and an error when the model has no SOFT_DELETE or the object is not of this session. */
#define qc_soft_delete(db, object) QC_OBJECT_CALL("qc_soft_delete", qc_soft_delete_at, db, object)
bool qc_soft_delete_at(qc_db *db, const qc_site *site, void *object);
#define qc_restore(db, object) QC_OBJECT_CALL("qc_restore", qc_restore_at, db, object)
bool qc_restore_at(qc_db *db, const qc_site *site, void *object);

#endif
