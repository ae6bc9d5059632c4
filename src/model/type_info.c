/* The table of SQL types, from the one list. */
#include "model/type_info.h"

#include <stddef.h>

#define WORD_bool "BOOLEAN"
#define WORD_smallint "SMALLINT"
#define WORD_int "INTEGER"
#define WORD_bigint "BIGINT"
#define WORD_numeric "NUMERIC"
#define WORD_real "REAL"
#define WORD_double "DOUBLE"
#define WORD_text "TEXT"
#define WORD_bytea "BYTEA"
#define WORD_date "DATE"
#define WORD_time "TIME"
#define WORD_timestamp "TIMESTAMP"
#define WORD_timestamptz "TIMESTAMPTZ"
#define WORD_uuid "UUID"
#define WORD_json "JSONB"

/* Where an optional has its value; 0 for a C type with a null of its own. */
#define OFFSET_OF(optional) optional: offsetof(optional, value),
#define VALUE_OFFSET(field)                                                                        \
    _Generic(*(field *)0, OFFSET_OF(qc_opt_bool) OFFSET_OF(qc_opt_smallint) OFFSET_OF(qc_opt_int)   \
                 OFFSET_OF(qc_opt_bigint) OFFSET_OF(qc_opt_real) OFFSET_OF(qc_opt_double)          \
                     OFFSET_OF(qc_opt_date) OFFSET_OF(qc_opt_time) OFFSET_OF(qc_opt_timestamp)     \
                         OFFSET_OF(qc_opt_uuid) default: 0)

const qc_type_info qc_type_infos[] = {
    [QC_TYPE_none] = {.name = "none", .word = "no type", .pg_name = "", .sqlite_name = ""},
#define QC_ROW(expression, ctype, optional, class_, sum, avg, oid_, array, pg, sqlite)             \
    [QC_TYPE_##expression] = {.name = #expression,                                                 \
                              .word = WORD_##expression,                                           \
                              .pg_name = pg,                                                       \
                              .sqlite_name = sqlite,                                               \
                              .oid = oid_,                                                         \
                              .array_oid = array,                                                  \
                              .size = sizeof(ctype),                                               \
                              .optional_size = sizeof(optional),                                   \
                              .value_offset = VALUE_OFFSET(optional),                              \
                              .cls = QC_CLASS_##class_,                                            \
                              .pointer = VALUE_OFFSET(optional) == 0},
    QC_TYPES(QC_ROW)
#undef QC_ROW
};

_Static_assert(sizeof(qc_type_infos) / sizeof(qc_type_infos[0]) == QC_TYPE_COUNT,
               "one row a type");
