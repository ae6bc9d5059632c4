/* What the statements in the guide's ```c check blocks may use. */
#include <quercus/quercus.h>
#include <stdio.h>
#include <stdlib.h>

MODEL(User, "users",
    COLUMN(id,         BIGINT,       PRIMARY_KEY, IDENTITY),
    COLUMN(email,      VARCHAR(255), UNIQUE),
    COLUMN(role,       TEXT),
    COLUMN(nickname,   NULLABLE(TEXT)),
    COLUMN(age,        NULLABLE(INTEGER)),
    COLUMN(is_active,  BOOLEAN,      DEFAULT(true)),
    COLUMN(manager_id, NULLABLE(BIGINT), REFERENCES(User, id)),
    COLUMN(created_at, TIMESTAMPTZ,  SERVER_DEFAULT("now()")),
    COLUMN(updated_at, NULLABLE(TIMESTAMPTZ), ON_UPDATE("now()")),
    HAS_MANY(orders, Order, user_id, BACK(user)))

MODEL(Order, "orders",
    COLUMN(id,      BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(user_id, BIGINT, REFERENCES(User, id)),
    COLUMN(amount,  NUMERIC(10, 2)),
    COLUMN(quantity, INTEGER),
    BELONGS_TO(user, User, user_id, BACK(orders)))

MODEL(Invoice, "invoices",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    TENANT(account_id, BIGINT, INDEXED),
    COLUMN(number, TEXT),
    SOFT_DELETE, TIMESTAMPS,
    HAS_MANY(lines, Line, invoice_id, CASCADE(DELETE)))

MODEL(Line, "lines",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(invoice_id, BIGINT, REFERENCES(Invoice, id)),
    SOFT_DELETE)

RECORD(RoleTotal, COLUMN(role, TEXT), COLUMN(total, NULLABLE(NUMERIC)))
RECORD(Pair, COLUMN(email, TEXT), COLUMN(boss, NULLABLE(TEXT)))
RECORD(WithOrder, ENTITY(user, User), ENTITY(order, Order))

SCHEMA(shop, User, Order)

/* What a block finds in its surroundings. */
extern qc_db *db;
extern qc_engine *engine;
extern const char *email, *name;
extern int64_t id;
extern qc_timestamp_value from, to;
