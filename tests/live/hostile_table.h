/* A table whose names are made at run time: two columns, a number and a text. */
#ifndef TESTS_HOSTILE_TABLE_H
#define TESTS_HOSTILE_TABLE_H

#include <quercus/quercus.h>

typedef struct hostile_table {
    qc_table table;
    qc_column columns[2];
    qc_node range;
    qc_node_1 nodes[2];
    qc_index indexes[2];
    const qc_table *tables[2];
    qc_schema schema;
} hostile_table;

struct hostile_row {
    int64_t id;
    const char *text;
};

/* Must not be moved afterwards. `index` may be NULL: none. */
void hostile_table_init(hostile_table *h, const char *table, const char *column, const char *index);
qc_text hostile_column(const hostile_table *h);
qc_bigint hostile_id(const hostile_table *h);

/* INSERT of one row; SELECT of the text of the row with it; DELETE of it. */
int64_t hostile_insert(qc_db *db, const hostile_table *h, const char *text);
const char *hostile_find(qc_db *db, const hostile_table *h, const char *text);
int64_t hostile_delete(qc_db *db, const hostile_table *h, const char *text);

#endif
