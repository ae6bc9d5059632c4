/* What the passes and drivers need to know of a SQL type, from the one list of types. */
#ifndef QC_MODEL_TYPE_INFO_H
#define QC_MODEL_TYPE_INFO_H

#include <quercus/types.h>

typedef struct qc_type_info {
    const char *name;        /* of the expression type: "text" for qc_text */
    const char *word;        /* for people: "TEXT" */
    const char *pg_name;     /* in PostgreSQL's DDL and CAST */
    const char *sqlite_name; /* in SQLite's */
    uint32_t oid;            /* PostgreSQL's pg_type.oid */
    uint32_t array_oid;      /* and of its array type */
    uint16_t size;           /* of the C type of a non-nullable field, in bytes */
    uint16_t optional_size;  /* of a nullable field's */
    uint16_t value_offset;   /* of `value` in the optional; 0 where NULL is a NULL pointer */
    uint8_t cls;             /* enum qc_class */
    bool pointer;            /* the value points elsewhere: text, JSON, NUMERIC, BYTEA */
} qc_type_info;

/* By enum qc_type; index 0 is "no type". */
extern const qc_type_info qc_type_infos[QC_TYPE_COUNT];

#endif
