/* PostgreSQL's keywords that quote_ident() quotes: all but the non-reserved ones (manual,
 * appendix C). */
#include "dialect/dialect.h"

const qc_keywords qc_postgresql_keywords[26] = {
    ['a' - 'a'] = {
        [2] = "as", [3] = "all and any asc", [5] = "array", [7] = "analyse analyze",
        [10] = "asymmetric", [13] = "authorization"},
    ['b' - 'a'] = {[3] = "bit", [4] = "both", [6] = "bigint binary", [7] = "between boolean"},
    ['c' - 'a'] = {
        [4] = "case cast char", [5] = "check cross", [6] = "column create", [7] = "collate",
        [8] = "coalesce", [9] = "character collation", [10] = "constraint",
        [12] = "concurrently current_date current_role current_time current_user",
        [14] = "current_schema", [15] = "current_catalog", [17] = "current_timestamp"},
    ['d' - 'a'] = {
        [2] = "do", [3] = "dec", [4] = "desc", [7] = "decimal default", [8] = "distinct",
        [10] = "deferrable"},
    ['e' - 'a'] = {[3] = "end", [4] = "else", [6] = "except exists", [7] = "extract"},
    ['f' - 'a'] = {
        [3] = "for", [4] = "from full", [5] = "false fetch float", [6] = "freeze", [7] = "foreign"},
    ['g' - 'a'] = {[5] = "grant group", [8] = "greatest grouping"},
    ['h' - 'a'] = {[6] = "having"},
    ['i' - 'a'] = {
        [2] = "in is", [3] = "int", [4] = "into", [5] = "ilike inner inout", [6] = "isnull",
        [7] = "integer", [8] = "interval", [9] = "initially intersect"},
    ['j' - 'a'] = {
        [4] = "join json", [10] = "json_array json_query json_table json_value",
        [11] = "json_exists json_object json_scalar", [13] = "json_arrayagg",
        [14] = "json_objectagg json_serialize"},
    ['l' - 'a'] = {
        [4] = "left like", [5] = "least limit", [7] = "lateral leading", [9] = "localtime",
        [14] = "localtimestamp"},
    ['m' - 'a'] = {[12] = "merge_action"},
    ['n' - 'a'] = {
        [3] = "not", [4] = "none null", [5] = "nchar", [6] = "nullif",
        [7] = "natural notnull numeric", [8] = "national", [9] = "normalize"},
    ['o' - 'a'] = {
        [2] = "on or", [3] = "out", [4] = "only", [5] = "order outer", [6] = "offset",
        [7] = "overlay", [8] = "overlaps"},
    ['p' - 'a'] = {[7] = "placing primary", [8] = "position", [9] = "precision"},
    ['r' - 'a'] = {
        [3] = "row", [4] = "real", [5] = "right", [9] = "returning", [10] = "references"},
    ['s' - 'a'] = {
        [4] = "some", [5] = "setof", [6] = "select", [7] = "similar", [8] = "smallint",
        [9] = "substring symmetric", [11] = "system_user", [12] = "session_user"},
    ['t' - 'a'] = {
        [2] = "to", [4] = "then time trim true", [5] = "table treat", [8] = "trailing",
        [9] = "timestamp", [11] = "tablesample"},
    ['u' - 'a'] = {[4] = "user", [5] = "union using", [6] = "unique"},
    ['v' - 'a'] = {[6] = "values", [7] = "varchar verbose", [8] = "variadic"},
    ['w' - 'a'] = {[4] = "when with", [5] = "where", [6] = "window"},
    ['x' - 'a'] = {
        [5] = "xmlpi", [7] = "xmlroot", [8] = "xmlparse xmltable",
        [9] = "xmlconcat xmlexists xmlforest", [10] = "xmlelement", [12] = "xmlserialize",
        [13] = "xmlattributes xmlnamespaces"},
};
