/* The tables of the benchmarks. */
#ifndef BENCH_MODELS_H
#define BENCH_MODELS_H

#include <quercus/quercus.h>

MODEL(User, "users",
    COLUMN(id,         BIGINT, PRIMARY_KEY),
    COLUMN(email,      TEXT),
    COLUMN(role,       TEXT),
    COLUMN(is_active,  BOOLEAN),
    COLUMN(score,      DOUBLE),
    COLUMN(created_at, TIMESTAMPTZ),
    HAS_MANY(orders, Order, user_id))

MODEL(Order, "orders",
    COLUMN(id,      BIGINT, PRIMARY_KEY),
    COLUMN(user_id, BIGINT),
    COLUMN(amount,  NUMERIC(10, 2)),
    BELONGS_TO(user, User, user_id))

SCHEMA(bench, User, Order)
RECORD(UserTotal, COLUMN(id, BIGINT), COLUMN(email, TEXT), COLUMN(n, BIGINT),
    COLUMN(total, NULLABLE(NUMERIC)))

/* So many users with texts of their own; NULL: no memory. */
struct User *bench_users(int count);

#endif
