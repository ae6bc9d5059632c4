/* SQLite's keywords ("SQLite Keywords"). */
#include "dialect/dialect.h"

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

const char *const *const qc_sqlite_keywords[26] = {
    ['a' - 'a'] = WORDS(
        "abort", "action", "add", "after", "all", "alter", "always", "analyze", "and", "as", "asc",
        "attach", "autoincrement"),
    ['b' - 'a'] = WORDS("before", "begin", "between", "by"),
    ['c' - 'a'] = WORDS(
        "cascade", "case", "cast", "check", "collate", "column", "commit", "conflict", "constraint",
        "create", "cross", "current", "current_date", "current_time", "current_timestamp"),
    ['d' - 'a'] = WORDS(
        "database", "default", "deferrable", "deferred", "delete", "desc", "detach", "distinct",
        "do", "drop"),
    ['e' - 'a'] = WORDS(
        "each", "else", "end", "escape", "except", "exclude", "exclusive", "exists", "explain"),
    ['f' - 'a'] = WORDS("fail", "filter", "first", "following", "for", "foreign", "from", "full"),
    ['g' - 'a'] = WORDS("generated", "glob", "group", "groups"),
    ['h' - 'a'] = WORDS("having"),
    ['i' - 'a'] = WORDS(
        "if", "ignore", "immediate", "in", "index", "indexed", "initially", "inner", "insert",
        "instead", "intersect", "into", "is", "isnull"),
    ['j' - 'a'] = WORDS("join"),
    ['k' - 'a'] = WORDS("key"),
    ['l' - 'a'] = WORDS("last", "left", "like", "limit"),
    ['m' - 'a'] = WORDS("match", "materialized"),
    ['n' - 'a'] = WORDS("natural", "no", "not", "nothing", "notnull", "null", "nulls"),
    ['o' - 'a'] = WORDS("of", "offset", "on", "or", "order", "others", "outer", "over"),
    ['p' - 'a'] = WORDS("partition", "plan", "pragma", "preceding", "primary"),
    ['q' - 'a'] = WORDS("query"),
    ['r' - 'a'] = WORDS(
        "raise", "range", "recursive", "references", "regexp", "reindex", "release", "rename",
        "replace", "restrict", "returning", "right", "rollback", "row", "rows"),
    ['s' - 'a'] = WORDS("savepoint", "select", "set"),
    ['t' - 'a'] = WORDS(
        "table", "temp", "temporary", "then", "ties", "to", "transaction", "trigger"),
    ['u' - 'a'] = WORDS("unbounded", "union", "unique", "update", "using"),
    ['v' - 'a'] = WORDS("vacuum", "values", "view", "virtual"),
    ['w' - 'a'] = WORDS("when", "where", "window", "with", "without"),
    ['x' - 'a'] = WORDS(NULL),
    ['y' - 'a'] = WORDS(NULL),
    ['z' - 'a'] = WORDS(NULL),
};
