/* The tenant of a connection, as statements and structs meet it. */
#ifndef QC_ENGINE_TENANT_H
#define QC_ENGINE_TENANT_H

#include "engine/db.h"
#include "engine/write.h"

/* The binds of $1, $2 … of a statement that knows tenants, from those of the key, in the current
 * arena. False and an error: there is no tenant, or one of another type, or the program gives a row
 * to another one. */
bool qc_tenant_binds(qc_db *db, const qc_site *site, const qc_statement *statement,
                     const qc_node *const *of_key, const qc_node **ret);

/* The tenant's value for a column, in the current arena or longer; NULL and an error as above. */
const qc_node *qc_tenant_value(qc_db *db, const qc_site *site, const qc_column *column);
/* The column of TENANT; NULL: the model has none. */
const qc_column *qc_tenant_column(const qc_table *table);
/* Whether a field says nothing: 0, NULL, an all-zero uuid. */
bool qc_tenant_is_unset(const qc_column *column, const void *row);
/* Whether a field has the value of a BIND of its type. */
bool qc_tenant_has(const qc_column *column, const void *row, const qc_node *value);
/* Says that a row is another's; `what` it is for: "INSERT_ROWS". False. */
bool qc_tenant_refuse(qc_db *db, const qc_site *site, const qc_column *column);
/* Whether the structs to write leave the tenant unset, or are the connection's. */
bool qc_tenant_may_write(qc_db *db, const qc_site *site, const qc_write *write);

void qc_tenant_forget(qc_db *db);

#endif
