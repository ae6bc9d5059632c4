/* SQLite's keywords ("SQLite Keywords"). */
#include "dialect/dialect.h"

const qc_keywords qc_sqlite_keywords[26] = {
    ['a' - 'a'] = {
        [2] = "as", [3] = "add all and asc", [5] = "abort after alter",
        [6] = "action always attach", [7] = "analyze", [13] = "autoincrement"},
    ['b' - 'a'] = {[2] = "by", [5] = "begin", [6] = "before", [7] = "between"},
    ['c' - 'a'] = {
        [4] = "case cast", [5] = "check cross", [6] = "column commit create",
        [7] = "cascade collate current", [8] = "conflict", [10] = "constraint",
        [12] = "current_date current_time", [17] = "current_timestamp"},
    ['d' - 'a'] = {
        [2] = "do", [4] = "desc drop", [6] = "delete detach", [7] = "default",
        [8] = "database deferred distinct", [10] = "deferrable"},
    ['e' - 'a'] = {
        [3] = "end", [4] = "each else", [6] = "escape except exists", [7] = "exclude explain",
        [9] = "exclusive"},
    ['f' - 'a'] = {
        [3] = "for", [4] = "fail from full", [5] = "first", [6] = "filter", [7] = "foreign",
        [9] = "following"},
    ['g' - 'a'] = {[4] = "glob", [5] = "group", [6] = "groups", [9] = "generated"},
    ['h' - 'a'] = {[6] = "having"},
    ['i' - 'a'] = {
        [2] = "if in is", [4] = "into", [5] = "index inner", [6] = "ignore insert isnull",
        [7] = "indexed instead", [9] = "immediate initially intersect"},
    ['j' - 'a'] = {[4] = "join"},
    ['k' - 'a'] = {[3] = "key"},
    ['l' - 'a'] = {[4] = "last left like", [5] = "limit"},
    ['m' - 'a'] = {[5] = "match", [12] = "materialized"},
    ['n' - 'a'] = {
        [2] = "no", [3] = "not", [4] = "null", [5] = "nulls", [7] = "natural nothing notnull"},
    ['o' - 'a'] = {[2] = "of on or", [4] = "over", [5] = "order outer", [6] = "offset others"},
    ['p' - 'a'] = {[4] = "plan", [6] = "pragma", [7] = "primary", [9] = "partition preceding"},
    ['q' - 'a'] = {[5] = "query"},
    ['r' - 'a'] = {
        [3] = "row", [4] = "rows", [5] = "raise range right", [6] = "regexp rename",
        [7] = "reindex release replace", [8] = "restrict rollback", [9] = "recursive returning",
        [10] = "references"},
    ['s' - 'a'] = {[3] = "set", [6] = "select", [9] = "savepoint"},
    ['t' - 'a'] = {
        [2] = "to", [4] = "temp then ties", [5] = "table", [7] = "trigger", [9] = "temporary",
        [11] = "transaction"},
    ['u' - 'a'] = {[5] = "union using", [6] = "unique update", [9] = "unbounded"},
    ['v' - 'a'] = {[4] = "view", [6] = "vacuum values", [7] = "virtual"},
    ['w' - 'a'] = {[4] = "when with", [5] = "where", [6] = "window", [7] = "without"},
};
