/* Keys: the columns that tie rows together, their values, and rows found by them. */
#ifndef QC_ORM_KEYS_H
#define QC_ORM_KEYS_H

#include "ast/ends.h"
#include "ast/make.h"

/* Where a row has the parts of a key: a struct, or the cells of a generic row. */
typedef struct qc_key_field {
    uint8_t type;  /* enum qc_type */
    bool optional; /* a `set` flag comes first */
    uint32_t offset;
} qc_key_field;

typedef struct qc_key_fields {
    qc_key_field fields[QC_KEY_MOST];
    unsigned count;
} qc_key_fields;

/* The primary key of a table; count 0: it has none, or one of more than QC_KEY_MOST columns. */
qc_key_fields qc_primary_key(const qc_table *table);
/* The columns of one side of a relationship. */
qc_key_fields qc_end_fields(const qc_end *end);
void qc_key_add_column(qc_key_fields *key, const qc_column *column);
/* The cell of a generic row's item. */
void qc_key_add_cell(qc_key_fields *key, int type, size_t item);

/* The C value of part `i`, or NULL when it is NULL. */
const void *qc_key_value(const qc_key_fields *key, unsigned i, const void *row);
/* A value of a type that qc_is_integer. */
static inline int64_t qc_integer_at(int type, const void *value)
{
    switch (type) {
    case QC_TYPE_smallint:
        return *(const int16_t *)value;
    case QC_TYPE_int:
        return *(const int32_t *)value;
    default:
        return *(const int64_t *)value;
    }
}
static inline bool qc_is_integer(int type)
{
    return type >= QC_TYPE_smallint && type <= QC_TYPE_bigint;
}
/* Whether a part is NULL: such a row is tied to none. */
bool qc_key_is_null(const qc_key_fields *key, const void *row);
/* Writes a value of `type` (NULL: NULL) into a field; whole numbers fit any width. */
void qc_key_set(const qc_column *column, char *row, int type, const void *value);
/* Writes the value of a BIND node; false when it is of another class, or NULL. */
bool qc_key_store(const qc_column *column, char *row, const qc_node *bind);
/* Whole numbers of every width hash and compare as one type. */
uint64_t qc_key_hash(const qc_key_fields *key, const void *row);
bool qc_key_equal(const qc_key_fields *a, const void *row_a, const qc_key_fields *b,
                  const void *row_b);

/* ---- Rows grouped by their key. ---- */

/* Numbers of rows, from 0; QC_NO_GROUP is none. */
#define QC_NO_GROUP (UINT32_MAX - 1)

typedef struct qc_groups {
    const qc_key_fields *key;
    void *const *rows;
    uint32_t *slots; /* a group + 1, by hash */
    size_t mask;
    uint32_t *of_row; /* the group of each row, or QC_NO_GROUP */
    uint32_t *first;  /* the first row of each group */
    uint32_t count;   /* of groups */
} qc_groups;

/* Groups `count` rows, in `arena`. False when memory is out. */
bool qc_groups_make(qc_arena *arena, const qc_key_fields *key, void *const *rows, size_t count,
                    qc_groups *ret);
/* The group whose key equals that of `row`, or QC_NO_GROUP. */
uint32_t qc_groups_find(const qc_groups *groups, const qc_key_fields *key, const void *row);

#endif
