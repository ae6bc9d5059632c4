/* MODEL, RECORD, ALIAS, SCHEMA: tables as C structs.
 *
 * MODEL(User, "users", COLUMN(id, BIGINT, PRIMARY_KEY), HAS_MANY(orders, Order, user_id)) gives
 *
 *     struct User { int64_t id; struct Order **orders; };
 *     extern const qc_table qc_table_User;          the description, one copy in the program
 *     static const union qc_entity_User User;       the table, for SELECT(User), JOIN(User, …)
 *     static const qc_bigint User_id;               a typed column
 *     static const union … User_orders;             a typed relationship, for JOIN(User_orders)
 *     struct User_columns { … qc_bigint id; };       the columns of an ALIAS: boss.id
 *
 * and may be included in any number of source files. Its entries (COLUMN, HAS_MANY … INDEX) are
 * tuples tagged with their word, which detail/passes.h maps to all of this.
 */
#ifndef QUERCUS_MODEL_H
#define QUERCUS_MODEL_H

#include <quercus/detail/passes.h>

/* ---- Entries. ---- */

#define QC_COLUMN(...) QC_CAT(QC_ENTRY_OF_, QC_IS_ONE(__VA_ARGS__))(__VA_ARGS__, QC_NO_OPTION)
#define QC_ENTRY_OF_0(name, type, ...)                                                             \
    (COLUMN, name, #type " is not a SQL type", QC_SQL_TYPE(type), __VA_ARGS__)
#define QC_ENTRY_OF_1(name, ...)                                                                   \
    (COLUMN, name, #name " has no type, as in COLUMN(" #name ", BIGINT)", QC_TYPE_PARTS_1(~),      \
     QC_NO_OPTION)
/* Mixins: entries that more than one model has. Each is one or more columns. */
#define QC_TIMESTAMPS                                                                              \
    QC_COLUMN(created_at, TIMESTAMPTZ, SERVER_DEFAULT("now()")),                                   \
        QC_COLUMN(updated_at, NULLABLE(TIMESTAMPTZ), ON_UPDATE("now()"))
/* Rows whose deleted_at is set are left out of every statement without .WITH_DELETED. */
#define QC_SOFT_DELETE QC_COLUMN(deleted_at, NULLABLE(TIMESTAMPTZ), QC_DELETION_MARK)
/* The column that says whose a row is: every statement without .ALL_TENANTS has to do with the rows
 * of the connection's tenant only (mixins.h), and is refused when it has none. */
#define QC_TENANT(...) QC_CAT(QC_TENANT_, QC_IS_ONE(__VA_ARGS__))(__VA_ARGS__)
#define QC_TENANT_0(...) QC_COLUMN(__VA_ARGS__, QC_TENANT_MARK)
#define QC_TENANT_1(name) QC_COLUMN(name)
/* Relationships: the struct's field, the model it leads to, the foreign key (of MANY_TO_MANY the
 * association's model, its key to us, its key to the other), options. A key is a column, or
 * KEY(a, b) in the order of a composite primary key. The field is a list as of ALL (HAS_MANY,
 * MANY_TO_MANY) or a pointer; NULL until a loader or a session fills it. A model that does not
 * exist does not link; a column that the other model does not have is QC_ERROR_QUERY where the
 * relationship is first used, with the line of this MODEL. */
#define QC_HAS_MANY(...) (HAS_MANY, __VA_ARGS__, QC_NO_OPTION, QC_NO_OPTION)
#define QC_HAS_ONE(...) (HAS_ONE, __VA_ARGS__, QC_NO_OPTION, QC_NO_OPTION)
#define QC_BELONGS_TO(...) (BELONGS_TO, __VA_ARGS__, QC_NO_OPTION, QC_NO_OPTION)
#define QC_MANY_TO_MANY(...) (MANY_TO_MANY, __VA_ARGS__, QC_NO_OPTION, QC_NO_OPTION)
#define QC_INDEX(name, ...) (INDEX, #name, #__VA_ARGS__, false)
#define QC_UNIQUE_INDEX(name, ...) (INDEX, #name, #__VA_ARGS__, true)
#define QC_ENTITY(...) (ENTITY, __VA_ARGS__)

/* ---- Options of a column, each one or more members of its descriptor. ----
 *
 *     PRIMARY_KEY             of several columns together, where several have it
 *     IDENTITY                the database numbers the rows
 *     UNIQUE, INDEXED         a constraint, an index
 *     DEFAULT(x)              set by the library where an INSERT, a COPY_IN or NEW does not name it
 *     DEFAULT_BY(f)           what `T f(void)` returns, set by NEW and qc_add; texts are copied
 *     SERVER_DEFAULT("sql")   set by the database
 *     ON_UPDATE("sql")        set by every UPDATE that does not set the column itself
 *     VERSION                 counts what sessions write: session.h, QC_ERROR_STALE
 *     DISCRIMINATOR           which model of a hierarchy a row is: inherit.h
 *     REFERENCES(Model, id)   a foreign key; ON_DELETE(CASCADE), SET_NULL, SET_DEFAULT, RESTRICT,
 *                             NO_ACTION: what the database does to the row */

#define QC_OPTION(c, option) QC_OPTION_##option
#define QC_OPTION_QC_NO_OPTION
#define QC_OPTION_PRIMARY_KEY .primary_key = true,
#define QC_OPTION_IDENTITY .identity = true,
#define QC_OPTION_UNIQUE .unique = true,
#define QC_OPTION_INDEXED .indexed = true,
#define QC_OPTION_DISCRIMINATOR .discriminator = true, .value = {.set = true},
#define QC_OPTION_SERVER_DEFAULT(sql) .server_default = "" sql,
#define QC_OPTION_ON_UPDATE(sql) .on_update = "" sql,
#define QC_OPTION_QC_DELETION_MARK .mark = QC_MARK_DELETION,
#define QC_OPTION_QC_TENANT_MARK .mark = QC_MARK_TENANT,
#define QC_OPTION_REFERENCES(model, column) .references = &qc_table_##model, .references_column = #column,
#define QC_OPTION_ON_DELETE(action) .on_delete = #action,
#define QC_OPTION_DEFAULT_BY(fn) .default_by = (void (*)(void))(fn),
#define QC_OPTION_VERSION .version = true, .value = {.set = true, .integer = 1},
#define QC_OPTION_DEFAULT(x)                                                                       \
    .value = {true, _Generic((x), char *: (x), const char *: (x), default: (const char *)0),       \
              _Generic((x), char *: 0, const char *: 0, float: 0, double: 0, default: (x)),        \
              _Generic((x), float: (x), double: (x), default: 0)},

/* ---- Options of a relationship: nothing, 1, what to do with its member, the member. ----
 *
 *     BACK(user)              the other side of it, which ADD_TO and REMOVE_FROM change as well
 *     ORDERED_BY(DESC(id))    the order of the collection
 *     FILTERED(f)             only rows for which qc_bool f(const struct Order_columns *) holds
 *     LOAD_BY(SELECTIN)       what a query does that names no loader for it: load.h
 *     CASCADE(DELETE)         what belongs to a deleted object is deleted with it; without this its
 *                             key becomes NULL where it may, and else the database decides
 *     CASCADE(DELETE_ORPHAN)  the same, and what leaves the relationship is deleted
 *     CASCADE(NONE)           qc_add does not follow it
 *     PASSIVE_DELETES         of a deletion, what belongs to the object is left to ON_DELETE
 *
 * `thunk` is the function that FILTERED makes.
 * Model: the cascades of SQLAlchemy's relationships (docs.sqlalchemy.org, "Cascades"). */

#define QC_RELATION_OPTION(thunk, option)                                                          \
    QC_RELATION_MEMBER(thunk, QC_RELATION_OPTION_##option, 0, QC_MEMBER_NONE, ~, ~)
#define QC_RELATION_MEMBER(...) QC_RELATION_MEMBER_(__VA_ARGS__)
#define QC_RELATION_MEMBER_(thunk, unknown, known, action, member, ...) action(thunk, member)
#define QC_MEMBER_NONE(thunk, member)
#define QC_MEMBER_FILTER(thunk, member) .filter = thunk,
#define QC_MEMBER(thunk, member) QC_UNTUPLE member,
#define QC_RELATION_OPTION_QC_NO_OPTION , 1, QC_MEMBER_NONE, ~
#define QC_RELATION_OPTION_BACK(name) , 1, QC_MEMBER, (.back = #name)
#define QC_RELATION_OPTION_QC_ORDERED_BY(text) , 1, QC_MEMBER, (.order = text)
#define QC_RELATION_OPTION_CASCADE(what) , 1, QC_MEMBER, (.cascade = QC_SECOND_OF(QC_CASCADES_##what, 0))
#define QC_RELATION_OPTION_PASSIVE_DELETES , 1, QC_MEMBER, (.passive_deletes = true)
#define QC_RELATION_OPTION_FILTERED(f) , 1, QC_MEMBER_FILTER, ~
#define QC_RELATION_OPTION_LOAD_BY(how)                                                            \
    , 1, QC_MEMBER, (.strategy = QC_SECOND_OF(QC_LOADS_BY_##how, QC_STRATEGY_LAZY))
#define QC_LOADS_BY_LAZY , QC_STRATEGY_LAZY
#define QC_LOADS_BY_SELECTIN , QC_STRATEGY_SELECTIN
#define QC_LOADS_BY_BY_SUBQUERY , QC_STRATEGY_SUBQUERY
#define QC_LOADS_BY_JOINED , QC_STRATEGY_JOINED
#define QC_LOADS_BY_NESTED , QC_STRATEGY_NESTED
#define QC_LOADS_BY_RAISE , QC_STRATEGY_RAISE
#define QC_CASCADES_DELETE , QC_CASCADE_DELETE
#define QC_CASCADES_DELETE_ORPHAN , (QC_CASCADE_DELETE | QC_CASCADE_ORPHAN)
#define QC_CASCADES_NONE , QC_CASCADE_NONE
#define QC_RELATION_KNOWN(option) QC_SECOND_OF(QC_RELATION_OPTION_##option, 0)

/* Keys: a column, or KEY(a, b) where the primary key is composite. */
#define QC_KEY_COLUMNS(key) QC_KEY_UNPACKED(QC_SECOND_OF(QC_KEY_LIST_##key, (key)))
#define QC_KEY_UNPACKED(tuple) QC_UNTUPLE tuple
#define QC_KEY_LIST_KEY(...) , (__VA_ARGS__)
#define QC_KEY(key)                                                                                \
    ((const char *const[]){QC_LIST(QC_KEY_NAME, ~, QC_KEY_COLUMNS(key)) NULL})
#define QC_KEY_NAME(c, column) #column,
/* Whether a key is written. */
#define QC_IS_GIVEN(key) QC_SECOND_OF(QC_GIVEN_##key, 1)
#define QC_GIVEN_QC_NO_OPTION , 0

/* ---- The declarations. ---- */

/* What a model and a record have in common: the struct, and the type of a kept query. */
#define QC_DECLARED(Model, ...)                                                                    \
    struct Model {                                                                                 \
        QC_MAP(QC_FIELDS, Model, __VA_ARGS__)                                                      \
    };                                                                                             \
    typedef union qc_query_##Model {                                                               \
        const qc_node *node;                                                                       \
        QC_HEAD_MEMBERS(QC_KIND_QUERY, struct Model, int, int, union qc_query_##Model)             \
        QC_NAMED_MEMBERS(struct qc_row, void *, union qc_no_writer)                                \
    } qc_query_##Model;                                                                            \
    extern const qc_table qc_table_##Model;                                                        \
    extern const qc_node qc_range_##Model;                                                         \
    QC_MAP(QC_MENTIONS, Model, __VA_ARGS__)                                                        \
    enum { QC_MAP(QC_PLACES, Model, __VA_ARGS__) qc_place_count_##Model };                         \
    extern const qc_column qc_columns_##Model[qc_place_count_##Model];                             \
    QC_WEAK const qc_column qc_columns_##Model[qc_place_count_##Model] = {                         \
        QC_MAP(QC_COLUMNS, Model, __VA_ARGS__)};

#define QC_MODEL(Model, sql_name, ...)                                                             \
    _Static_assert(_Generic((sql_name), char *: 1, default: 0),                                    \
                   "MODEL: the name of the table must be a string literal");                       \
    QC_DECLARED(Model, __VA_ARGS__)                                                                \
    extern const qc_node_1 qc_nodes_##Model[qc_place_count_##Model];                               \
    QC_WEAK const qc_node_1 qc_nodes_##Model[qc_place_count_##Model] = {                           \
        QC_MAP(QC_NODES, Model, __VA_ARGS__)};                                                     \
    extern const qc_lineage qc_lineage_##Model;                                                    \
    QC_WEAK const qc_lineage qc_lineage_##Model;                                                   \
    QC_MAP(QC_HANDLES, Model, __VA_ARGS__)                                                         \
    QC_WEAK const qc_node qc_range_##Model = {.kind = QC_NODE_TABLE, .flags = QC_NODE_CONSTANT,    \
                                              .u.table = &qc_table_##Model};                       \
    QC_WEAK const qc_table qc_table_##Model = {                                                    \
        .name = "" sql_name,                                                                       \
        .model = #Model,                                                                           \
        .columns = qc_columns_##Model,                                                             \
        .range = &qc_range_##Model,                                                                \
        .relations = (const qc_relation *const[]){QC_MAP(QC_RELATIONS, Model, __VA_ARGS__) NULL},  \
        .indexes = (const qc_index[]){QC_MAP(QC_INDEXES, Model, __VA_ARGS__){0}},                  \
        .hooks = (const qc_model_hook[]){QC_MAP(QC_HOOKS, Model, __VA_ARGS__){0}},                 \
        .lineage = &qc_lineage_##Model,                                                            \
        .file = __FILE__,                                                                          \
        .column_count = qc_place_count_##Model,                                                    \
        .size = sizeof(struct Model),                                                              \
        .line = __LINE__,                                                                          \
        .loads = false QC_MAP(QC_LOADS, Model, __VA_ARGS__)};                                      \
    union qc_writer_##Model {                                                                      \
        struct qc_copy *qc_copy;                                                                   \
        struct Model *qc_row;                                                                      \
    };                                                                                             \
    struct Model##_columns {                                                                       \
        union {                                                                                    \
            QC_HEAD_MEMBERS(QC_KIND_MODEL, struct Model, int, int, union qc_query_##Model)         \
        };                                                                                         \
        QC_MAP(QC_MEMBERS, Model, __VA_ARGS__)                                                     \
        QC_MAP(QC_WAYS, Model, __VA_ARGS__)                                                        \
    };                                                                                             \
    QC_UNUSED static const union qc_entity_##Model {                                               \
        const qc_node *node;                                                                       \
        QC_HEAD_MEMBERS(QC_KIND_MODEL, struct Model, int, int, union qc_query_##Model)             \
        QC_NAMED_MEMBERS(struct qc_row, void *, union qc_writer_##Model)                           \
    } Model = {&qc_range_##Model};

#define QC_RECORD(Model, ...)                                                                      \
    QC_DECLARED(Model, __VA_ARGS__)                                                                \
    QC_MAP(QC_STRANGERS, Model, __VA_ARGS__)                                                       \
    QC_WEAK const qc_node qc_range_##Model = {.kind = QC_NODE_RECORD, .flags = QC_NODE_CONSTANT,   \
                                              .u.table = &qc_table_##Model};                       \
    QC_WEAK const qc_table qc_table_##Model = {.model = #Model,                                    \
                                               .columns = qc_columns_##Model,                      \
                                               .range = &qc_range_##Model,                         \
                                               .file = __FILE__,                                   \
                                               .column_count = qc_place_count_##Model,             \
                                               .size = sizeof(struct Model),                       \
                                               .line = __LINE__};                                  \
    QC_UNUSED static const union qc_record_##Model {                                               \
        const qc_node *node;                                                                       \
        QC_HEAD_MEMBERS(QC_KIND_RECORD, struct Model, int, int, union qc_query_##Model)            \
        QC_NAMED_MEMBERS(struct qc_row, void *, union qc_no_writer)                                \
    } Model = {&qc_range_##Model};

/* ALIAS(User, boss): in a function, another range variable over the same table: boss.id,
 * JOIN(boss, …). It lives as long as the current arena. */
#define QC_ALIAS(model, name)                                                                      \
    struct model##_columns name;                                                                   \
    qc_alias_init(&name.qc_head, &qc_table_##model, #name)
/* Fills the handle at `columns` and, behind it, one handle a column of `table` and one, QC_WIDTH
 * pointers wide, a relationship. */
void qc_alias_init(const qc_node **columns, const qc_table *table, const char *name);

/* TO(User_manager, boss): a relationship to an alias of its target, for JOIN: the ON comes from the
 * keys, and the rows are the alias'. Needed where the target is read twice, as in a tree. */
#define QC_TO(relation, alias)                                                                     \
    __extension__({                                                                                \
        _Static_assert(QC_KIND(__typeof__(QC_NAMED(relation))) == QC_KIND_RELATION,                \
                       "TO: the first argument must be a relationship");                           \
        _Static_assert(_Generic((alias).qc_row, __typeof__(&*(relation).qc_row): 1, default: 0),   \
                       "TO: the alias must be of the model the relationship leads to");            \
        (__typeof__(relation)){qc_relation_to((relation).qc_head, (alias).qc_head)};               \
    })
const qc_node *qc_relation_to(const qc_node *relation, const qc_node *alias);

/* SCHEMA(shop, User, Order): a set of models, for qc_create_all(db, &shop). */
typedef struct qc_schema {
    const char *name;
    const qc_table *const *tables; /* ends with NULL */
} qc_schema;
#define QC_SCHEMA(schema, ...)                                                                     \
    QC_MAP(QC_SCHEMA_MODEL, ~, __VA_ARGS__)                                                        \
    QC_UNUSED static const qc_schema schema = {                                                    \
        #schema, (const qc_table *const[]){QC_MAP(QC_SCHEMA_TABLE, ~, __VA_ARGS__) NULL}};
#define QC_SCHEMA_MODEL(c, model)                                                                  \
    _Static_assert(QC_KIND(__typeof__(QC_NAMED(model))) == QC_KIND_MODEL,                          \
                   "SCHEMA: " #model " is not a model");
#define QC_SCHEMA_TABLE(c, model) &qc_table_##model,

/* The type of a kept query over a model or record: QUERY_OF(User) q = QUERY(SELECT(User)); */
#define QC_QUERY_OF(model) union qc_query_##model

#endif
