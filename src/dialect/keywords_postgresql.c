/* PostgreSQL's keywords that quote_ident() quotes: all but the non-reserved ones (manual,
 * appendix C). */
#include "dialect/dialect.h"

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

const char *const *const qc_postgresql_keywords[26] = {
    ['a' - 'a'] = WORDS(
        "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric",
        "authorization"),
    ['b' - 'a'] = WORDS("between", "bigint", "binary", "bit", "boolean", "both"),
    ['c' - 'a'] = WORDS(
        "case", "cast", "char", "character", "check", "coalesce", "collate", "collation", "column",
        "concurrently", "constraint", "create", "cross", "current_catalog", "current_date",
        "current_role", "current_schema", "current_time", "current_timestamp", "current_user"),
    ['d' - 'a'] = WORDS("dec", "decimal", "default", "deferrable", "desc", "distinct", "do"),
    ['e' - 'a'] = WORDS("else", "end", "except", "exists", "extract"),
    ['f' - 'a'] = WORDS("false", "fetch", "float", "for", "foreign", "freeze", "from", "full"),
    ['g' - 'a'] = WORDS("grant", "greatest", "group", "grouping"),
    ['h' - 'a'] = WORDS("having"),
    ['i' - 'a'] = WORDS(
        "ilike", "in", "initially", "inner", "inout", "int", "integer", "intersect", "interval",
        "into", "is", "isnull"),
    ['j' - 'a'] = WORDS(
        "join", "json", "json_array", "json_arrayagg", "json_exists", "json_object",
        "json_objectagg", "json_query", "json_scalar", "json_serialize", "json_table",
        "json_value"),
    ['k' - 'a'] = WORDS(NULL),
    ['l' - 'a'] = WORDS(
        "lateral", "leading", "least", "left", "like", "limit", "localtime", "localtimestamp"),
    ['m' - 'a'] = WORDS("merge_action"),
    ['n' - 'a'] = WORDS(
        "national", "natural", "nchar", "none", "normalize", "not", "notnull", "null", "nullif",
        "numeric"),
    ['o' - 'a'] = WORDS(
        "offset", "on", "only", "or", "order", "out", "outer", "overlaps", "overlay"),
    ['p' - 'a'] = WORDS("placing", "position", "precision", "primary"),
    ['q' - 'a'] = WORDS(NULL),
    ['r' - 'a'] = WORDS("real", "references", "returning", "right", "row"),
    ['s' - 'a'] = WORDS(
        "select", "session_user", "setof", "similar", "smallint", "some", "substring", "symmetric",
        "system_user"),
    ['t' - 'a'] = WORDS(
        "table", "tablesample", "then", "time", "timestamp", "to", "trailing", "treat", "trim",
        "true"),
    ['u' - 'a'] = WORDS("union", "unique", "user", "using"),
    ['v' - 'a'] = WORDS("values", "varchar", "variadic", "verbose"),
    ['w' - 'a'] = WORDS("when", "where", "window", "with"),
    ['x' - 'a'] = WORDS(
        "xmlattributes", "xmlconcat", "xmlelement", "xmlexists", "xmlforest", "xmlnamespaces",
        "xmlparse", "xmlpi", "xmlroot", "xmlserialize", "xmltable"),
    ['y' - 'a'] = WORDS(NULL),
    ['z' - 'a'] = WORDS(NULL),
};
