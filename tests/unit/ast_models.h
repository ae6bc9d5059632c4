/* The models that the tests of the AST speak of. */
#ifndef AST_MODELS_H
#define AST_MODELS_H

#include <quercus/quercus.h>

MODEL(Fellow, "fellows",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(name, TEXT),
    COLUMN(nick, NULLABLE(TEXT)),
    COLUMN(is_active, BOOLEAN),
    COLUMN(boss_id, NULLABLE(BIGINT), REFERENCES(Fellow, id)),
    COLUMN(made, TIMESTAMPTZ, SERVER_DEFAULT("now()")),
    HAS_MANY(gadgets, Gadget, fellow_id))

MODEL(Gadget, "gadgets",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(fellow_id, BIGINT, REFERENCES(Fellow, id)),
    COLUMN(amount, NUMERIC(10, 2)),
    COLUMN(size, NULLABLE(INTEGER)))

MODEL(Every, "every",
    COLUMN(a_bool, BOOLEAN),
    COLUMN(a_small, SMALLINT),
    COLUMN(an_int, INTEGER),
    COLUMN(a_big, BIGINT),
    COLUMN(a_numeric, NUMERIC),
    COLUMN(a_real, REAL),
    COLUMN(a_double, DOUBLE),
    COLUMN(a_text, TEXT),
    COLUMN(a_bytea, BYTEA),
    COLUMN(a_date, DATE),
    COLUMN(a_time, TIME),
    COLUMN(a_timestamp, TIMESTAMP),
    COLUMN(a_timestamptz, TIMESTAMPTZ),
    COLUMN(a_uuid, UUID),
    COLUMN(a_json, JSONB))

#endif
