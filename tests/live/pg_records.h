/* A record for each type: the value in a plain field, in a nullable one, and as text. */
#ifndef TESTS_PG_RECORDS_H
#define TESTS_PG_RECORDS_H

#include <quercus/quercus.h>

RECORD(One_bool, COLUMN(plain, BOOLEAN), COLUMN(maybe, NULLABLE(BOOLEAN)), COLUMN(text, TEXT))
RECORD(One_smallint, COLUMN(plain, SMALLINT), COLUMN(maybe, NULLABLE(SMALLINT)), COLUMN(text, TEXT))
RECORD(One_int, COLUMN(plain, INTEGER), COLUMN(maybe, NULLABLE(INTEGER)), COLUMN(text, TEXT))
RECORD(One_bigint, COLUMN(plain, BIGINT), COLUMN(maybe, NULLABLE(BIGINT)), COLUMN(text, TEXT))
RECORD(One_real, COLUMN(plain, REAL), COLUMN(maybe, NULLABLE(REAL)), COLUMN(text, TEXT))
RECORD(One_double, COLUMN(plain, DOUBLE), COLUMN(maybe, NULLABLE(DOUBLE)), COLUMN(text, TEXT))
RECORD(One_numeric, COLUMN(plain, NUMERIC), COLUMN(maybe, NULLABLE(NUMERIC)), COLUMN(text, TEXT))
RECORD(One_text, COLUMN(plain, TEXT), COLUMN(maybe, NULLABLE(TEXT)), COLUMN(text, TEXT))
RECORD(One_bytea, COLUMN(plain, BYTEA), COLUMN(maybe, NULLABLE(BYTEA)), COLUMN(text, TEXT))
RECORD(One_date, COLUMN(plain, DATE), COLUMN(maybe, NULLABLE(DATE)), COLUMN(text, TEXT))
RECORD(One_time, COLUMN(plain, TIME), COLUMN(maybe, NULLABLE(TIME)), COLUMN(text, TEXT))
RECORD(One_timestamp, COLUMN(plain, TIMESTAMP), COLUMN(maybe, NULLABLE(TIMESTAMP)),
       COLUMN(text, TEXT))
RECORD(One_timestamptz, COLUMN(plain, TIMESTAMPTZ), COLUMN(maybe, NULLABLE(TIMESTAMPTZ)),
       COLUMN(text, TEXT))
RECORD(One_uuid, COLUMN(plain, UUID), COLUMN(maybe, NULLABLE(UUID)), COLUMN(text, TEXT))
RECORD(One_json, COLUMN(plain, JSONB), COLUMN(maybe, NULLABLE(JSONB)), COLUMN(text, TEXT))

#endif
