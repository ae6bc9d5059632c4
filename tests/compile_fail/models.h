/* The models and values the cases speak of. */
#ifndef QC_TEST_COMPILE_FAIL_MODELS_H
#define QC_TEST_COMPILE_FAIL_MODELS_H

#include <quercus/quercus.h>

MODEL(User, "users",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(email, VARCHAR(255), UNIQUE, INDEXED),
    COLUMN(role, TEXT),
    COLUMN(first_name, NULLABLE(TEXT)),
    COLUMN(is_active, BOOLEAN, DEFAULT(true)),
    COLUMN(manager_id, NULLABLE(BIGINT), REFERENCES(User, id), ON_DELETE(SET_NULL)),
    TIMESTAMPS,
    HAS_MANY(orders, Order, user_id, BACK(user)),
    HAS_ONE(profile, Profile, user_id, BACK(user)),
    MANY_TO_MANY(roles, Role, UserRole, user_id, role_id),
    INDEX(ix_user_name, first_name, DESC(email)))

MODEL(Profile, "profiles",
    COLUMN(user_id, BIGINT, PRIMARY_KEY, REFERENCES(User, id), ON_DELETE(CASCADE)),
    COLUMN(bio, NULLABLE(TEXT)),
    BELONGS_TO(user, User, user_id, BACK(profile)))

MODEL(Order, "orders",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(user_id, BIGINT, REFERENCES(User, id)),
    COLUMN(quantity, INTEGER),
    COLUMN(amount, NUMERIC(10, 2), DEFAULT("0.00")),
    BELONGS_TO(user, User, user_id, BACK(orders)),
    HAS_MANY(items, Item, order_id))

MODEL(Item, "items",
    COLUMN(order_id, BIGINT, PRIMARY_KEY, REFERENCES(Order, id)),
    COLUMN(position, SMALLINT, PRIMARY_KEY),
    COLUMN(price, NUMERIC(12, 4)),
    UNIQUE_INDEX(ux_item, order_id, position))

MODEL(Role, "roles",
    COLUMN(id, INTEGER, PRIMARY_KEY),
    COLUMN(name, TEXT, UNIQUE))

MODEL(Invoice, "invoices",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    TENANT(account_id, BIGINT, INDEXED),
    SOFT_DELETE)

MODEL(UserRole, "user_roles",
    COLUMN(user_id, BIGINT, PRIMARY_KEY, REFERENCES(User, id)),
    COLUMN(role_id, INTEGER, PRIMARY_KEY, REFERENCES(Role, id)))

MODEL(All, "all_types",
    COLUMN(a_bool, BOOLEAN), COLUMN(a_smallint, SMALLINT), COLUMN(an_int, INTEGER),
    COLUMN(a_bigint, BIGINT), COLUMN(a_real, REAL), COLUMN(a_double, DOUBLE),
    COLUMN(a_numeric, NUMERIC(20, 4)), COLUMN(a_text, TEXT), COLUMN(a_varchar, VARCHAR(20)),
    COLUMN(a_char, CHAR(3)), COLUMN(a_bytea, BYTEA), COLUMN(a_date, DATE), COLUMN(a_time, TIME),
    COLUMN(a_timestamp, TIMESTAMP), COLUMN(a_timestamptz, TIMESTAMPTZ), COLUMN(a_uuid, UUID),
    COLUMN(a_json, JSONB),
    COLUMN(n_bool, NULLABLE(BOOLEAN)), COLUMN(n_smallint, NULLABLE(SMALLINT)),
    COLUMN(n_int, NULLABLE(INTEGER)), COLUMN(n_bigint, NULLABLE(BIGINT)),
    COLUMN(n_real, NULLABLE(REAL)), COLUMN(n_double, NULLABLE(DOUBLE)),
    COLUMN(n_numeric, NULLABLE(NUMERIC(20, 4))), COLUMN(n_text, NULLABLE(TEXT)),
    COLUMN(n_bytea, NULLABLE(BYTEA)), COLUMN(n_date, NULLABLE(DATE)),
    COLUMN(n_time, NULLABLE(TIME)), COLUMN(n_timestamp, NULLABLE(TIMESTAMP)),
    COLUMN(n_timestamptz, NULLABLE(TIMESTAMPTZ)), COLUMN(n_uuid, NULLABLE(UUID)),
    COLUMN(n_json, NULLABLE(JSONB)))

RECORD(RoleTotal, COLUMN(role, TEXT), COLUMN(total, NUMERIC), ENTITY(user, User))
SCHEMA(shop, User, Profile, Order, Item, Role, UserRole, All)

extern qc_db *db;
extern int count;
extern int64_t number;
extern double real;
extern bool flag;
extern const char *text;
extern qc_date_value date;
extern qc_timestamp_value stamp;
extern qc_uuid_value uuid;
extern qc_bytea_value bytes;
extern qc_numeric_value decimal;
extern struct User *user, **users;
extern struct Order *order, **orders;
extern const int64_t *ids;
extern const char *const *names;
extern QUERY_OF(User) kept;
extern QUERY_OF(RoleTotal) kept_totals;

void use(const void *result);

#endif
