/* The short words. Each is one line over its QC_ form, with its contract where editors show it.
 * Define QUERCUS_NO_SHORT_WORDS before including quercus.h to do without them. */
#ifndef QUERCUS_WORDS_H
#define QUERCUS_WORDS_H

#include <quercus/budget.h>
#include <quercus/copy.h>
#include <quercus/cursor.h>
#include <quercus/engine.h>
#include <quercus/pool.h>
#include <quercus/inherit.h>
#include <quercus/replicas.h>
#include <quercus/load.h>
#include <quercus/mixins.h>
#include <quercus/page.h>
#include <quercus/pipeline.h>
#include <quercus/session.h>

/* ---- Models. ---- */

#define MODEL(model, name, ...) /* a table: struct, typed columns, relationships */ QC_MODEL(model, name, __VA_ARGS__)
#define RECORD(record, ...) /* the shape of a result */ QC_RECORD(record, __VA_ARGS__)
#define ALIAS(model, name) /* the model's columns under another name: name.id */ QC_ALIAS(model, name)
#define SCHEMA(name, ...) /* a set of models */ QC_SCHEMA(name, __VA_ARGS__)
#define COLUMN(...) /* name, type, options */ QC_COLUMN(__VA_ARGS__)
#define ENTITY(name, model) /* a whole model inside a RECORD */ QC_ENTITY(name, model)
#define HAS_MANY(...) /* field, model, its foreign key */ QC_HAS_MANY(__VA_ARGS__)
#define HAS_ONE(...) /* field, model, its foreign key */ QC_HAS_ONE(__VA_ARGS__)
#define BELONGS_TO(...) /* field, model, our foreign key */ QC_BELONGS_TO(__VA_ARGS__)
#define MANY_TO_MANY(...) /* field, model, association model, key to us, key to it */ QC_MANY_TO_MANY(__VA_ARGS__)
#define POLYMORPHIC(value, ...) /* the root of a hierarchy: its DISCRIMINATOR's value, the models below */ QC_POLYMORPHIC(value, __VA_ARGS__)
#define IS_A(base, value, ...) /* first in a sub-model: its DISCRIMINATOR's value, the base's entries */ QC_IS_A(base, value, __VA_ARGS__)
#define AS_A(model, object) /* the object as a sub-model, or NULL */ QC_AS_A(model, object)
#define ORDERED_BY(...) /* of a relationship: its order, as in INDEX */ QC_ORDERED_BY(#__VA_ARGS__)
#define TO(relation, alias) /* in JOIN: a relationship to an alias */ QC_TO(relation, alias)
#define INDEX(name, ...) /* an index; DESC(column) descends */ (INDEX, #name, #__VA_ARGS__, false)
#define UNIQUE_INDEX(name, ...) /* a unique index */ (INDEX, #name, #__VA_ARGS__, true)
#define TIMESTAMPS /* created_at, and updated_at, which every UPDATE sets */ QC_TIMESTAMPS
#define SOFT_DELETE /* deleted_at: rows where it is set are left out */ QC_SOFT_DELETE
#define TENANT(...) /* column, type, options: rows of other tenants are out of reach */ QC_TENANT(__VA_ARGS__)
#define VALIDATE(fn) /* in MODEL: bool fn(const struct M *object, qc_invalid *why) before it is written */ QC_VALIDATE(fn)
#define BEFORE(event, fn) /* in MODEL: INSERT, UPDATE, DELETE; void fn(struct M *object, void *context) */ QC_BEFORE(event, fn)
#define AFTER(event, fn) /* in MODEL: the same, and LOAD */ QC_AFTER(event, fn)
#define QUERY_OF(model) /* the type of a kept query */ QC_QUERY_OF(model)

/* ---- Statements. ---- */

#define SELECT(...) /* models, columns, expressions */ QC_SELECT(__VA_ARGS__)
#define SELECT_AS(...) /* a RECORD, then items that fill it, in its order */ QC_SELECT_AS(__VA_ARGS__)
#define INSERT(model) /* then .SET(column, value) or .COLUMNS(..).FROM_QUERY(..) */ QC_INSERT(model)
#define INSERT_ROW(model, row) /* one struct */ QC_INSERT_ROW(model, row)
#define INSERT_ROWS(model, rows, n) /* n structs, or pointers to them */ QC_INSERT_ROWS(model, rows, n)
#define UPDATE_ROWS(model, rows, n) /* each struct's row, by its primary key */ QC_UPDATE_ROWS(model, rows, n)
#define DELETE_ROWS(model, rows, n) /* each struct's row, by its primary key */ QC_DELETE_ROWS(model, rows, n)
#define UPDATE(model) /* then .SET(column, value), .WHERE(..) or .ALL_ROWS */ QC_UPDATE(model)
#define DELETE(model) /* then .WHERE(..) or .ALL_ROWS */ QC_DELETE(model)
#define SOFT_DELETE_FROM(model) /* then .WHERE(..) or .ALL_ROWS */ QC_SOFT_DELETE_FROM(model)
#define RESTORE(model) /* takes a soft deletion back; then .WHERE(..) or .ALL_ROWS */ QC_RESTORE(model)
#define EXTEND(query) /* goes on with a kept query */ QC_EXTEND(query)
#define QUERY(...) /* keeps a query as long as the current arena */ QC_QUERY(__VA_ARGS__)

/* ---- Clauses, behind a dot. ---- */

#define FROM(...) /* models, when the select list does not name them */ QC_FROM(__VA_ARGS__)
#define JOIN(...) /* a relationship, or a model and a condition */ QC_JOIN(__VA_ARGS__)
#define LEFT_JOIN(...) /* as JOIN */ QC_LEFT_JOIN(__VA_ARGS__)
#define RIGHT_JOIN(...) /* as JOIN */ QC_RIGHT_JOIN(__VA_ARGS__)
#define FULL_JOIN(...) /* as JOIN */ QC_FULL_JOIN(__VA_ARGS__)
#define CROSS_JOIN(x) /* every pair */ QC_CROSS_JOIN(x)
#define WHERE(...) /* a condition; several WHERE are ANDed */ QC_WHERE(__VA_ARGS__)
#define GROUP_BY(...) /* expressions */ QC_GROUP_BY(__VA_ARGS__)
#define HAVING(...) /* a condition; several HAVING are ANDed */ QC_HAVING(__VA_ARGS__)
#define ORDER_BY(...) /* expressions, DESC(x), NULLS_LAST(x) */ QC_ORDER_BY(__VA_ARGS__)
#define LIMIT(n) /* a number of rows */ QC_LIMIT(n)
#define OFFSET(n) /* a number of rows */ QC_OFFSET(n)
#define SET(column, x) /* column = x */ QC_SET(column, x)
#define COLUMNS(...) /* the columns FROM_QUERY fills, or UPDATE_ROWS sets */ QC_COLUMNS_CLAUSE(__VA_ARGS__)
#define FROM_QUERY(...) /* inserts what a query selects */ QC_FROM_QUERY(__VA_ARGS__)
#define RETURNING(...) /* the struct as stored; or only some columns of it */ QC_RETURNING(__VA_ARGS__)
#define ON_CONFLICT(...) /* columns of a unique key; none: any conflict */ QC_ON_CONFLICT(__VA_ARGS__)
#define DO_NOTHING /* leaves the row that is there */ QC_DO_NOTHING
#define DO_UPDATE(...) /* columns that take the inserted values; none: all */ QC_DO_UPDATE(__VA_ARGS__)
#define ALL_ROWS /* UPDATE and DELETE without WHERE */ QC_ALL_ROWS
#define WITH_DELETED /* rows that are soft-deleted too */ QC_WITH_DELETED
#define ALL_TENANTS /* rows of every tenant */ QC_ALL_TENANTS
#define UNION(...) /* rows of either query, once */ QC_UNION(__VA_ARGS__)
#define UNION_ALL(...) /* rows of both queries */ QC_UNION_ALL(__VA_ARGS__)
#define INTERSECT(...) /* rows in both */ QC_INTERSECT(__VA_ARGS__)
#define EXCEPT(...) /* rows not in the other */ QC_EXCEPT(__VA_ARGS__)

#define BUDGET(...) /* a connection; .statements, .rows, .bytes: what the block may use */ QC_BUDGET(__VA_ARGS__)
#define DETECT_N_PLUS_ONE(db, least) /* tells the hook of so many like statements of a line */ QC_DETECT_N_PLUS_ONE(db, least)

#define LOAD(...) /* loaders of relationships; or a session, an object, its relationship */ QC_LOAD(__VA_ARGS__)

/* ---- Loaders: a relationship, then conditions, orderings and loaders of what it loads. ---- */

#define SELECTIN(...) /* one statement: keys in an array */ QC_SELECTIN(__VA_ARGS__)
#define JOINED(...) /* the parents' statement, with an outer join */ QC_JOINED(__VA_ARGS__)
#define NESTED(...) /* the parents' statement, arrays of rows in its rows */ QC_NESTED(__VA_ARGS__)
#define BY_SUBQUERY(...) /* one statement: keys from the query itself */ QC_BY_SUBQUERY(__VA_ARGS__)
#define LAZY(...) /* not with this query, whatever LOAD_BY says */ QC_LAZY(__VA_ARGS__)
#define RAISE(...) /* never: asking for it is an error */ QC_RAISE(__VA_ARGS__)

/* ---- Sessions. ---- */

#define NEW(...) /* a new object: session, model, its fields */ QC_NEW(__VA_ARGS__)
#define ADD_TO(...) /* db, owner, relation, member: into a collection */ QC_ADD_TO(__VA_ARGS__)
#define REMOVE_FROM(...) /* db, owner, relation, member: out of it */ QC_REMOVE_FROM(__VA_ARGS__)
#define GET(...) /* db, model, key: the object with this primary key */ QC_GET(__VA_ARGS__)

#define SET_TENANT(db, column, x) /* whose rows statements have to do with */ QC_SET_TENANT(db, column, x)

/* ---- Predicates. ---- */

#define EQ(a, b) /* a = b; a NULL value renders IS NULL */ QC_EQ(a, b)
#define NE(a, b) /* a <> b; a NULL value renders IS NOT NULL */ QC_NE(a, b)
#define LT(a, b) /* a < b */ QC_LT(a, b)
#define LE(a, b) /* a <= b */ QC_LE(a, b)
#define GT(a, b) /* a > b */ QC_GT(a, b)
#define GE(a, b) /* a >= b */ QC_GE(a, b)
#define LIKE(a, b) /* a LIKE pattern */ QC_LIKE(a, b)
#define NOT_LIKE(a, b) /* a NOT LIKE pattern */ QC_NOT_LIKE(a, b)
#define ILIKE(a, b) /* LIKE without regard to case */ QC_ILIKE(a, b)
#define NOT_ILIKE(a, b) /* NOT LIKE without regard to case */ QC_NOT_ILIKE(a, b)
#define CONTAINS(x, s) /* s anywhere in x, wildcards escaped */ QC_CONTAINS(x, s)
#define STARTS_WITH(x, s) /* s at the start of x, wildcards escaped */ QC_STARTS_WITH(x, s)
#define ENDS_WITH(x, s) /* s at the end of x, wildcards escaped */ QC_ENDS_WITH(x, s)
#define IN(...) /* x, then values or a query */ QC_IN(__VA_ARGS__)
#define NOT_IN(...) /* x, then values or a query */ QC_NOT_IN(__VA_ARGS__)
#define IN_ARRAY(x, values, n) /* a C array at run time; of none: FALSE */ QC_IN_ARRAY(x, values, n)
#define NOT_IN_ARRAY(x, values, n) /* a C array at run time; of none: TRUE */ QC_NOT_IN_ARRAY(x, values, n)
#define BETWEEN(x, low, high) /* low <= x <= high */ QC_BETWEEN(x, low, high)
#define NOT_BETWEEN(x, low, high) /* x < low or x > high */ QC_NOT_BETWEEN(x, low, high)
#define IS_NULL(x) /* x IS NULL */ QC_IS_NULL(x)
#define IS_NOT_NULL(x) /* x IS NOT NULL */ QC_IS_NOT_NULL(x)
#define IS_DISTINCT_FROM(a, b) /* <> that takes NULL for a value */ QC_IS_DISTINCT_FROM(a, b)
#define IS_NOT_DISTINCT_FROM(a, b) /* = that takes NULL for a value */ QC_IS_NOT_DISTINCT_FROM(a, b)
#define AND(...) /* all of them */ QC_AND(__VA_ARGS__)
#define OR(...) /* any of them */ QC_OR(__VA_ARGS__)
#define NOT(x) /* not x */ QC_NOT(x)
#define ANY_OF(...) /* has a related row: relationship, conditions on it */ QC_ANY_OF(__VA_ARGS__)
#define EXISTS(...) /* the query has a row */ QC_EXISTS(__VA_ARGS__)
#define ONLY_IF(condition, x) /* x, or nothing in the list where it stands */ QC_ONLY_IF(condition, x)

/* ---- Expressions. ---- */

#define ADD(a, b) /* a + b */ QC_ADD(a, b)
#define SUB(a, b) /* a - b */ QC_SUB(a, b)
#define MUL(a, b) /* a * b */ QC_MUL(a, b)
#define DIV(a, b) /* a / b; of whole numbers, whole */ QC_DIV(a, b)
#define MOD(a, b) /* remainder of a / b */ QC_MOD(a, b)
#define NEG(x) /* -x */ QC_NEG(x)
#define CONCAT(...) /* texts joined; NULL when one is */ QC_CONCAT(__VA_ARGS__)
#define COALESCE(...) /* the first that is not NULL */ QC_COALESCE(__VA_ARGS__)
#define NULLIF(a, b) /* NULL when a = b, else a */ QC_NULLIF(a, b)
#define CASE(...) /* WHEN(condition, x) …, ELSE(x); NULL without ELSE */ QC_CASE(__VA_ARGS__)
#define WHEN(condition, x) /* an arm of CASE */ QC_WHEN(condition, x)
#define ELSE(x) /* the last arm of CASE */ QC_ELSE(x)
#define CAST(x, type) /* x as a SQL type: CAST(x, NUMERIC(10, 2)) */ QC_CAST(x, type)
#define VALUE(x) /* a C value as an expression */ QC_VALUE(x)
#define LOWER(x) /* lower case */ QC_LOWER(x)
#define UPPER(x) /* upper case */ QC_UPPER(x)
#define LENGTH(x) /* characters in a text */ QC_LENGTH(x)
#define ABS(x) /* without its sign */ QC_ABS(x)
#define ROUND(...) /* x, or x to a number of digits */ QC_ROUND(__VA_ARGS__)
#define NOW() /* time of the transaction's start */ QC_NOW()
#define EXTRACT(field, x) /* YEAR, MONTH, DAY … of x, as NUMERIC */ QC_EXTRACT(field, x)
#define DATE_TRUNC(field, x) /* x down to its YEAR, MONTH, DAY … */ QC_DATE_TRUNC(field, x)
#define COUNT(...) /* rows; those where x is not NULL; related rows: relationship, conditions */ QC_COUNT_OF(__VA_ARGS__)
#define SUM(x) /* of whole numbers BIGINT or NUMERIC */ QC_SUM(x)
#define AVG(x) /* of whole numbers NUMERIC */ QC_AVG(x)
#define MIN(x) /* the least */ QC_MIN(x)
#define MAX(x) /* the greatest */ QC_MAX(x)
#define DISTINCT(...) /* .DISTINCT() of a SELECT; DISTINCT(x) in an aggregate */ QC_DISTINCT(__VA_ARGS__)
#define FILTER(x, condition) /* an aggregate over some rows */ QC_FILTER(x, condition)
#define AS(x, name) /* x under a name */ QC_AS_(x, #name, qc_name_##name)
#define EXCLUDED(column) /* what was to be inserted, behind ON_CONFLICT */ QC_EXCLUDED(column)
#define SUBQUERY(...) /* a query of one value as an expression */ QC_SUBQUERY(__VA_ARGS__)
#define ASC(x) /* ascending */ QC_ASC(x)
#define DESC(x) /* descending */ QC_DESC(x)
#define NULLS_FIRST(x) /* NULLs before all else */ QC_NULLS_FIRST(x)
#define NULLS_LAST(x) /* NULLs after all else */ QC_NULLS_LAST(x)
#define FUNC(name, ...) /* a function by name: result type, arguments */ QC_FUNC(name, __VA_ARGS__)
#define OP(text, type, a, b) /* an operator by its text */ QC_OP(text, type, a, b)
#define RAW(type, ...) /* SQL with ? for each argument */ QC_RAW(type, __VA_ARGS__)

/* ---- Engines. ---- */

#define CHECKOUT(db, engine) /* a connection for the block that follows */ QC_CHECKOUT(db, engine)
#define READ_ONLY(db) /* reads of the block go to a replica, writes are refused */ QC_READ_ONLY(db)

/* ---- Sinks. ---- */

#define FIRST(...) /* db, query: the first row or NULL */ QC_FIRST(__VA_ARGS__)
#define ONE(...) /* db, query: the only row; else an error */ QC_ONE(__VA_ARGS__)
#define ONE_OR_NONE(...) /* db, query: the only row or NULL; several are an error */ QC_ONE_OR_NONE(__VA_ARGS__)
#define ALL(...) /* db, query: every row, a NULL-terminated list */ QC_ALL(__VA_ARGS__)
#define PAGE(...) /* db, page, query: the rows of one page (qc_page), and cursors of those beside it */ QC_PAGE(__VA_ARGS__)
#define SCALAR(...) /* db, query: one value; NULL is an error */ QC_SCALAR(__VA_ARGS__)
#define SCALAR_OR_NULL(...) /* db, query: one value as an optional */ QC_SCALAR_OR_NULL(__VA_ARGS__)
#define EXEC(...) /* db, query: rows affected, -1 on error */ QC_EXEC(__VA_ARGS__)
#define DEADLINE(db, milliseconds) /* everything inside ends in this time */ QC_DEADLINE(db, milliseconds)
#define STREAM(...) /* name, db, query: row by row in bounded memory */ QC_STREAM(__VA_ARGS__)
#define STREAM_CHUNKS(...) /* name, db, n, query: lists of up to n rows in bounded memory */ QC_STREAM_CHUNKS(__VA_ARGS__)
#define PIPELINE(db) /* many statements on their way at once; only QUEUE words inside */ QC_PIPELINE(db)
#define QUEUE_FIRST(...) /* db, destination, query: the first row or NULL */ QC_QUEUE_FIRST(__VA_ARGS__)
#define QUEUE_ONE(...) /* db, destination, query: the only row; else an error */ QC_QUEUE_ONE(__VA_ARGS__)
#define QUEUE_ONE_OR_NONE(...) /* db, destination, query: the only row or NULL; several are an error */ QC_QUEUE_ONE_OR_NONE(__VA_ARGS__)
#define QUEUE_ALL(...) /* db, destination, query: every row, a NULL-terminated list */ QC_QUEUE_ALL(__VA_ARGS__)
#define QUEUE_SCALAR(...) /* db, destination, query: one value; NULL is an error */ QC_QUEUE_SCALAR(__VA_ARGS__)
#define QUEUE_SCALAR_OR_NULL(...) /* db, destination, query: one value as an optional */ QC_QUEUE_SCALAR_OR_NULL(__VA_ARGS__)
#define QUEUE_EXEC(...) /* db, destination, query: rows affected, -1 on error; NULL: not interested */ QC_QUEUE_EXEC(__VA_ARGS__)
#define CURSOR(...) /* name, db, query: read in pieces, back and forth, in a transaction */ QC_CURSOR(__VA_ARGS__)
#define CURSOR_WITH_HOLD(...) /* name, db, query: the same beyond its transaction */ QC_CURSOR_WITH_HOLD(__VA_ARGS__)
#define COPY_IN(...) /* db, model, a writer, and columns: structs into a table, all or none */ QC_COPY_IN(__VA_ARGS__)
#define COPY_OUT(...) /* name, db, query: as STREAM, through COPY; a query without values */ QC_COPY_OUT(__VA_ARGS__)
#define EXPLAIN(...) /* db, query: the database's plan */ QC_EXPLAIN(__VA_ARGS__)
#define SQL(...) /* the text, as PostgreSQL would get it */ QC_SQL(__VA_ARGS__)
#define SQL_FOR(dialect, ...) /* the text for a dialect */ QC_SQL_FOR(dialect, __VA_ARGS__)
#define BINDS(...) /* the binds, as text */ QC_BINDS(__VA_ARGS__)
#define TREE(...) /* the AST, as text */ QC_TREE(__VA_ARGS__)
#define EACH(type, name, list) /* walks a list */ QC_EACH_ROW(type, name, list)

/* ---- Transactions. ---- */

#define TRANSACTION(...) /* (db), (db, .read_only = true) …: commits at the block's end */ QC_TRANSACTION(__VA_ARGS__)
#define TRANSACTION_RETRY(...) /* (db, attempts): repeats on conflicts */ QC_TRANSACTION_RETRY(__VA_ARGS__)
#define ADVISORY_LOCK(db, key) /* waits for the lock, held in the block */ QC_ADVISORY_LOCK(db, key, 0)
#define ADVISORY_LOCK_SHARED(db, key) /* with others who share it */ QC_ADVISORY_LOCK(db, key, QC_LOCK_SHARED)
#define TRY_ADVISORY_LOCK(db, key) /* skips the block when it is held */ QC_ADVISORY_LOCK(db, key, QC_LOCK_TRY)
#define TRY_ADVISORY_LOCK_SHARED(db, key) /* the same, shared */ QC_ADVISORY_LOCK(db, key, QC_LOCK_TRY | QC_LOCK_SHARED)

#endif
