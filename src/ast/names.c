/* The texts of the lists: node kinds, operators, clauses, date fields, functions. */
#include "ast/ast.h"

#define LENGTH(table) (sizeof(table) / sizeof((table)[0]))

const char *const qc_node_names[] = {
#define QC_ROW(name, text, payload) text,
    QC_NODE_KINDS(QC_ROW)
#undef QC_ROW
};
_Static_assert(LENGTH(qc_node_names) == QC_NODE_KIND_COUNT, "one name a node kind");

const char *const qc_op_texts[] = {
#define QC_ROW(name, text) text,
    QC_OPERATORS(QC_ROW)
#undef QC_ROW
};
_Static_assert(LENGTH(qc_op_texts) == QC_OP_COUNT, "one text an operator");

const char *const qc_clause_texts[] = {
#define QC_ROW(name, text) text,
    QC_CLAUSES(QC_ROW)
#undef QC_ROW
};
_Static_assert(LENGTH(qc_clause_texts) == QC_CLAUSE_KIND_COUNT, "one text a clause");

/* Of kinds that are not named here: nothing. */
const uint8_t qc_clause_parts[QC_CLAUSE_KIND_COUNT] = {
    [QC_CLAUSE_HEAD] = QC_PART_NODE,
    [QC_CLAUSE_ITEMS] = QC_PART_LIST,
    [QC_CLAUSE_VALUES] = QC_PART_LIST,
    [QC_CLAUSE_COLUMNS] = QC_PART_LIST,
    [QC_CLAUSE_SOURCE] = QC_PART_NODE,
    [QC_CLAUSE_SET] = QC_PART_NODE,
    [QC_CLAUSE_FROM] = QC_PART_LIST,
    [QC_CLAUSE_JOIN] = QC_PART_NODE | QC_PART_ON,
    [QC_CLAUSE_LEFT_JOIN] = QC_PART_NODE | QC_PART_ON,
    [QC_CLAUSE_RIGHT_JOIN] = QC_PART_NODE | QC_PART_ON,
    [QC_CLAUSE_FULL_JOIN] = QC_PART_NODE | QC_PART_ON,
    [QC_CLAUSE_CROSS_JOIN] = QC_PART_NODE,
    [QC_CLAUSE_WHERE] = QC_PART_NODE,
    [QC_CLAUSE_GROUP_BY] = QC_PART_LIST,
    [QC_CLAUSE_HAVING] = QC_PART_NODE,
    [QC_CLAUSE_UNION] = QC_PART_NODE,
    [QC_CLAUSE_UNION_ALL] = QC_PART_NODE,
    [QC_CLAUSE_INTERSECT] = QC_PART_NODE,
    [QC_CLAUSE_EXCEPT] = QC_PART_NODE,
    [QC_CLAUSE_ORDER_BY] = QC_PART_LIST,
    [QC_CLAUSE_LIMIT] = QC_PART_NODE,
    [QC_CLAUSE_OFFSET] = QC_PART_NODE,
    [QC_CLAUSE_RETURNING] = QC_PART_LIST,
    [QC_CLAUSE_LOAD] = QC_PART_LIST,
    [QC_CLAUSE_KEYS] = QC_PART_LIST,
    [QC_CLAUSE_ON_CONFLICT] = QC_PART_LIST,
    [QC_CLAUSE_DO_UPDATE] = QC_PART_LIST,
    [QC_CLAUSE_ARRAYS] = QC_PART_LIST,
};

const char *const qc_date_field_texts[] = {
#define QC_ROW(name, text) text,
    QC_DATE_FIELDS(QC_ROW)
#undef QC_ROW
};
_Static_assert(LENGTH(qc_date_field_texts) == QC_DATE_FIELD_COUNT, "one text a date field");

const qc_function_info qc_functions[] = {
#define QC_ROW(word, name, aggregate) {#word, name, aggregate},
    QC_FUNCTIONS(QC_ROW)
#undef QC_ROW
};
_Static_assert(LENGTH(qc_functions) == QC_FUNCTION_ID_COUNT, "one row a function");
