/* The one list of SQL types.
 *
 * A row names, in this order:
 *   expression   suffix of the expression type (qc_text) and of the codecs
 *   ctype        C type of a non-nullable field
 *   optional     C type of a nullable field
 *   class        what it may be compared and combined with (enum qc_class)
 *   sum, avg     expression type of SUM and AVG over it (`none`: not a number)
 *   oid, array   PostgreSQL type OIDs, of the type and of its array (pg_type.dat)
 *   pg, sqlite   the type's SQL name in DDL and CAST
 * SQLite names choose the affinity (SQLite "Datatypes", 3.1): exact numbers, dates and uuids are
 * stored as TEXT, so nothing is rounded. To add a type: a row here, its codecs in the two drivers.
 */
#ifndef QUERCUS_DETAIL_TYPE_LIST_H
#define QUERCUS_DETAIL_TYPE_LIST_H

/* One row per expression type. */
#define QC_TYPES(X)                                                                                                         \
    X(bool, bool, qc_opt_bool, BOOL, none, none, 16, 1000, "boolean", "BOOLEAN")                                            \
    X(smallint, int16_t, qc_opt_smallint, NUMBER, bigint, numeric, 21, 1005, "smallint", "SMALLINT")                        \
    X(int, int32_t, qc_opt_int, NUMBER, bigint, numeric, 23, 1007, "integer", "INTEGER")                                    \
    X(bigint, int64_t, qc_opt_bigint, NUMBER, numeric, numeric, 20, 1016, "bigint", "BIGINT")                               \
    X(numeric, qc_numeric_value, qc_numeric_value, NUMBER, numeric, numeric, 1700, 1231, "numeric", "DECIMAL_TEXT")         \
    X(real, float, qc_opt_real, NUMBER, real, double, 700, 1021, "real", "REAL")                                            \
    X(double, double, qc_opt_double, NUMBER, double, double, 701, 1022, "double precision", "DOUBLE")                       \
    X(text, const char *, const char *, TEXT, none, none, 25, 1009, "text", "TEXT")                                         \
    X(bytea, qc_bytea_value, qc_bytea_value, BYTEA, none, none, 17, 1001, "bytea", "BLOB")                                  \
    X(date, qc_date_value, qc_opt_date, DATE, none, none, 1082, 1182, "date", "DATE_TEXT")                                  \
    X(time, qc_time_value, qc_opt_time, TIME, none, none, 1083, 1183, "time", "TIME_TEXT")                                  \
    X(timestamp, qc_timestamp_value, qc_opt_timestamp, TIMESTAMP, none, none, 1114, 1115, "timestamp", "TIMESTAMP_TEXT")    \
    X(timestamptz, qc_timestamp_value, qc_opt_timestamp, TIMESTAMP, none, none, 1184, 1185, "timestamptz", "TIMESTAMP_TEXT")\
    X(uuid, qc_uuid_value, qc_opt_uuid, UUID, none, none, 2950, 2951, "uuid", "UUID_TEXT")                                  \
    X(json, const char *, const char *, JSON, none, none, 3802, 3807, "jsonb", "JSON_TEXT")

/* The words of COLUMN, CAST and FUNC. `QC_SQL_TYPE_<word>` is: expression type, C type, optional
 * C type, form, modifier. QC_MODIFIER is 0 as it stands and takes the arguments a word may have:
 * VARCHAR(255), NUMERIC(10, 2). */
#define QC_SQL_TYPE_BOOLEAN qc_bool, bool, qc_opt_bool, PLAIN, QC_MODIFIER
#define QC_SQL_TYPE_SMALLINT qc_smallint, int16_t, qc_opt_smallint, PLAIN, QC_MODIFIER
#define QC_SQL_TYPE_INTEGER qc_int, int32_t, qc_opt_int, PLAIN, QC_MODIFIER
#define QC_SQL_TYPE_BIGINT qc_bigint, int64_t, qc_opt_bigint, PLAIN, QC_MODIFIER
#define QC_SQL_TYPE_REAL qc_real, float, qc_opt_real, PLAIN, QC_MODIFIER
#define QC_SQL_TYPE_DOUBLE qc_double, double, qc_opt_double, PLAIN, QC_MODIFIER
#define QC_SQL_TYPE_NUMERIC qc_numeric, qc_numeric_value, qc_numeric_value, PLAIN, QC_MODIFIER
#define QC_SQL_TYPE_TEXT qc_text, const char *, const char *, PLAIN, QC_MODIFIER
#define QC_SQL_TYPE_VARCHAR qc_text, const char *, const char *, VARCHAR, QC_MODIFIER
#define QC_SQL_TYPE_CHAR qc_text, const char *, const char *, CHAR, QC_MODIFIER
#define QC_SQL_TYPE_BYTEA qc_bytea, qc_bytea_value, qc_bytea_value, PLAIN, QC_MODIFIER
#define QC_SQL_TYPE_DATE qc_date, qc_date_value, qc_opt_date, PLAIN, QC_MODIFIER
#define QC_SQL_TYPE_TIME qc_time, qc_time_value, qc_opt_time, PLAIN, QC_MODIFIER
#define QC_SQL_TYPE_TIMESTAMP qc_timestamp, qc_timestamp_value, qc_opt_timestamp, PLAIN, QC_MODIFIER
#define QC_SQL_TYPE_TIMESTAMPTZ qc_timestamptz, qc_timestamp_value, qc_opt_timestamp, PLAIN, QC_MODIFIER
#define QC_SQL_TYPE_UUID qc_uuid, qc_uuid_value, qc_opt_uuid, PLAIN, QC_MODIFIER
#define QC_SQL_TYPE_JSONB qc_json, const char *, const char *, PLAIN, QC_MODIFIER

enum { QC_MODIFIER = 0 };
#define QC_MODIFIER(...) QC_MODIFIER_(__VA_ARGS__, 0, ~)
#define QC_MODIFIER_(precision, scale, ...) ((precision) * 65536 + (scale))

#endif
