/* What MODEL and RECORD make of their entries, pass by pass: each maps all of them through a macro of
 * its own for each tag, QC_<pass>_<tag>. The entries, as tuples, come from model.h.
 */
#ifndef QUERCUS_DETAIL_PASSES_H
#define QUERCUS_DETAIL_PASSES_H

#include <quercus/detail/node.h>
#include <quercus/detail/pp.h>
#include <quercus/expr.h>
#include <quercus/hooks.h>

#define QC_WEAK __attribute__((weak))
#define QC_UNUSED __attribute__((unused))

#define QC_UNTUPLE(...) __VA_ARGS__

/* Fields of the struct. */
#define QC_FIELDS(model, entry) QC_FIELDS_(model, QC_UNTUPLE entry)
#define QC_FIELDS_(...) QC_FIELDS__(__VA_ARGS__, QC_NO_OPTION)
#define QC_FIELDS__(model, tag, ...) QC_FIELD_##tag(__VA_ARGS__)
#define QC_FIELD_COLUMN(name, wrong, parts, ...)                                                   \
    _Static_assert(QC_TYPE_KNOWN parts, "COLUMN: " wrong);                                         \
    QC_TYPE_CTYPE parts name;
#define QC_FIELD_QC_UNTUPLE                                                                        \
    _Static_assert(0, "MODEL: an entry is none of COLUMN, HAS_MANY, HAS_ONE, BELONGS_TO, "         \
                      "MANY_TO_MANY, INDEX, UNIQUE_INDEX, TIMESTAMPS, SOFT_DELETE, TENANT, "       \
                      "POLYMORPHIC, IS_A, VALIDATE, BEFORE, AFTER; is a word misspelt?");
#define QC_FIELD_HAS_MANY(name, target, ...) struct target **name;
#define QC_FIELD_HAS_ONE(name, target, ...) struct target *name;
#define QC_FIELD_BELONGS_TO(name, target, ...) struct target *name;
#define QC_FIELD_MANY_TO_MANY(name, target, ...) struct target **name;
#define QC_FIELD_HOOK(...)
#define QC_FIELD_INDEX(...)
#define QC_FIELD_ENTITY(name, target, ...) struct target *name;

/* Tables that are mentioned before they are described. */
#define QC_MENTIONS(model, entry) QC_MENTIONS_(model, QC_UNTUPLE entry)
#define QC_MENTIONS_(...) QC_MENTIONS__(__VA_ARGS__, QC_NO_OPTION)
#define QC_MENTIONS__(model, tag, ...) QC_MENTION_##tag(__VA_ARGS__)
#define QC_MENTION_COLUMN(name, word, parts, ...) QC_EACH(QC_MENTION_OPTION, parts, __VA_ARGS__)
/* A known option is: nothing, then what to do, with what. */
#define QC_MENTION_OPTION(parts, option)                                                           \
    QC_MENTION_OPTION_(parts, QC_MENTION_OPTION_##option, QC_MENTION_UNKNOWN, #option, ~)
#define QC_MENTION_OPTION_(...) QC_MENTION_OPTION__(__VA_ARGS__)
#define QC_MENTION_OPTION__(parts, known, action, argument, ...) action(parts, argument)
#define QC_MENTION_OPTION_QC_NO_OPTION , QC_MENTION_NOTHING, ~
#define QC_MENTION_OPTION_PRIMARY_KEY , QC_MENTION_NOTHING, ~
#define QC_MENTION_OPTION_IDENTITY , QC_MENTION_NOTHING, ~
#define QC_MENTION_OPTION_UNIQUE , QC_MENTION_NOTHING, ~
#define QC_MENTION_OPTION_INDEXED , QC_MENTION_NOTHING, ~
#define QC_MENTION_OPTION_DISCRIMINATOR , QC_MENTION_DISCRIMINATOR, ~
#define QC_MENTION_OPTION_SERVER_DEFAULT(sql) , QC_MENTION_CONSTANT, sql
#define QC_MENTION_OPTION_ON_UPDATE(sql) , QC_MENTION_CONSTANT, sql
#define QC_MENTION_OPTION_ON_DELETE(action) , QC_MENTION_ACTION, action
#define QC_MENTION_OPTION_DEFAULT(x) , QC_MENTION_DEFAULT, x
#define QC_MENTION_OPTION_DEFAULT_BY(fn) , QC_MENTION_DEFAULT_BY, fn
#define QC_MENTION_OPTION_VERSION , QC_MENTION_VERSION, ~
#define QC_MENTION_OPTION_REFERENCES(model, column) , QC_MENTION_TABLE, model
#define QC_MENTION_OPTION_NULLABLE , QC_MENTION_NULLABLE, ~
#define QC_MENTION_OPTION_NOT_NULL , QC_MENTION_NOT_NULL, ~
#define QC_MENTION_OPTION_QC_DELETION_MARK , QC_MENTION_NOTHING, ~
#define QC_MENTION_OPTION_QC_TENANT_MARK , QC_MENTION_TENANT, ~
#define QC_MENTION_NOTHING(parts, argument)
#define QC_MENTION_TABLE(parts, model) extern const qc_table qc_table_##model;
#define QC_MENTION_DEFAULT_BY(parts, fn)                                                           \
    _Static_assert(_Generic(&(fn), QC_TYPE_CTYPE parts (*)(void): 1, default: 0),                  \
                   "DEFAULT_BY: " #fn " must be a function of (void) that returns what the field " \
                   "holds, declared before the MODEL");
#define QC_MENTION_VERSION(parts, argument)                                                        \
    _Static_assert(!QC_TYPE_NULL parts && QC_TYPE_ID parts >= QC_TYPE_smallint &&                  \
                       QC_TYPE_ID parts <= QC_TYPE_bigint,                                         \
                   "VERSION: the column must be SMALLINT, INTEGER or BIGINT, and not nullable");
#define QC_MENTION_CONSTANT(parts, sql)                                                            \
    _Static_assert(_Generic((sql), char *: 1, default: 0),                                         \
                   "COLUMN: the SQL of SERVER_DEFAULT and ON_UPDATE must be a string literal");
#define QC_MENTION_ACTION(parts, action)                                                           \
    _Static_assert(QC_SECOND_OF(QC_ACTION_##action, 0),                                            \
                   "ON_DELETE: " #action " is none of CASCADE, SET_NULL, SET_DEFAULT, RESTRICT, "  \
                   "NO_ACTION");
#define QC_MENTION_DISCRIMINATOR(parts, argument)                                                  \
    _Static_assert(QC_TYPE_ID parts == QC_TYPE_text && !(QC_TYPE_NULL parts),                      \
                   "DISCRIMINATOR: the column must be TEXT or VARCHAR, not NULLABLE");
#define QC_ACTION_CASCADE , 1
#define QC_ACTION_SET_NULL , 1
#define QC_ACTION_SET_DEFAULT , 1
#define QC_ACTION_RESTRICT , 1
#define QC_ACTION_NO_ACTION , 1
#define QC_MENTION_TENANT(parts, argument)                                                         \
    _Static_assert(!QC_TYPE_NULL parts &&                                                          \
                       QC_KIND(QC_TYPE_EXPRESSION parts) &                                         \
                           (1 << QC_TYPE_smallint | 1 << QC_TYPE_int | 1 << QC_TYPE_bigint |       \
                            1 << QC_TYPE_text | 1 << QC_TYPE_uuid),                                \
                   "TENANT: the column must be a whole number, text or UUID, and not NULLABLE");
#define QC_MENTION_NULLABLE(parts, argument)                                                       \
    _Static_assert(0, "COLUMN: NULLABLE stands around the type, as in COLUMN(name, NULLABLE(TEXT))");
#define QC_MENTION_NOT_NULL(parts, argument)                                                       \
    _Static_assert(0, "COLUMN: leave NOT_NULL out; a column is NOT NULL unless its type is "       \
                      "NULLABLE(type)");
#define QC_MENTION_UNKNOWN(parts, word)                                                            \
    _Static_assert(0, "COLUMN: " word " is not an option of a column");
#define QC_MENTION_DEFAULT(parts, x)                                                               \
    _Static_assert(QC_DEFAULT_FITS(QC_TYPE_EXPRESSION parts, __typeof__(QC_HANDLE(x))),            \
                   "DEFAULT: the value has another type than the column");
/* Types C has no literals of take text: DEFAULT("0.00"), DEFAULT("2024-01-31"). */
#define QC_DEFAULT_FITS(T, U)                                                                      \
    (QC_FITS(T, U) ||                                                                              \
     (QC_KIND(U) == QC_KIND_TEXT &&                                                                \
      QC_KIND(T) & (1 << QC_TYPE_numeric | QC_KINDS_TEMPORAL | 1 << QC_TYPE_uuid)))
#define QC_MENTION_HAS_MANY(name, target, ...) extern const qc_table qc_table_##target;
#define QC_MENTION_HAS_ONE(name, target, ...) extern const qc_table qc_table_##target;
#define QC_MENTION_BELONGS_TO(name, target, ...) extern const qc_table qc_table_##target;
#define QC_MENTION_MANY_TO_MANY(name, target, through, ...)                                        \
    extern const qc_table qc_table_##target, qc_table_##through;
#define QC_MENTION_HOOK(...)
#define QC_MENTION_INDEX(...)
#define QC_MENTION_ENTITY(name, target, ...) extern const qc_table qc_table_##target;

/* Places of columns and relationships in their arrays. */
#define QC_PLACES(model, entry) QC_PLACES_(model, QC_UNTUPLE entry)
#define QC_PLACES_(...) QC_PLACES__(__VA_ARGS__, QC_NO_OPTION)
#define QC_PLACES__(model, tag, ...) QC_PLACE_##tag(model, __VA_ARGS__)
#define QC_PLACE_COLUMN(model, name, ...) qc_place_##model##_##name,
#define QC_PLACE_ENTITY(model, name, ...) qc_place_##model##_##name,
#define QC_PLACE_HAS_MANY(...)
#define QC_PLACE_HAS_ONE(...)
#define QC_PLACE_BELONGS_TO(...)
#define QC_PLACE_MANY_TO_MANY(...)
#define QC_PLACE_HOOK(...)
#define QC_PLACE_INDEX(...)

/* Descriptors of the columns. */
#define QC_COLUMNS(model, entry) QC_COLUMNS_(model, QC_UNTUPLE entry)
#define QC_COLUMNS_(...) QC_COLUMNS__(__VA_ARGS__, QC_NO_OPTION)
#define QC_COLUMNS__(model, tag, ...) QC_COLUMN_##tag(model, __VA_ARGS__)
#define QC_COLUMN_COLUMN(model, column, word, parts, ...)                                          \
    {.name = #column,                                                                              \
     .table = &qc_table_##model,                                                                   \
     .offset = offsetof(struct model, column),                                                     \
     .type = QC_TYPE_ID parts,                                                                     \
     .form = QC_TYPE_FORM parts,                                                                   \
     .nullable = QC_TYPE_NULL parts,                                                               \
     .modifier = QC_TYPE_MODIFIER parts,                                                           \
     QC_EACH(QC_OPTION, ~, __VA_ARGS__)},
#define QC_COLUMN_ENTITY(model, field, target, ...)                                                \
    {.name = #field,                                                                               \
     .table = &qc_table_##model,                                                                   \
     .offset = offsetof(struct model, field),                                                      \
     .entity = &qc_table_##target},
#define QC_COLUMN_HAS_MANY(...)
#define QC_COLUMN_HAS_ONE(...)
#define QC_COLUMN_BELONGS_TO(...)
#define QC_COLUMN_MANY_TO_MANY(...)
#define QC_COLUMN_HOOK(...)
#define QC_COLUMN_INDEX(...)

/* Column nodes. */
#define QC_NODES(model, entry) QC_NODES_(model, QC_UNTUPLE entry)
#define QC_NODES_(...) QC_NODES__(__VA_ARGS__, QC_NO_OPTION)
#define QC_NODES__(model, tag, ...) QC_NODES_##tag(model, __VA_ARGS__)
#define QC_NODES_COLUMN(model, name, word, parts, ...)                                             \
    {{.kind = QC_NODE_COLUMN,                                                                      \
      .type = QC_TYPE_ID parts,                                                                    \
      .flags = QC_TYPE_NULL parts | QC_NODE_CONSTANT,                                              \
      .count = 1,                                                                                  \
      .u.column = &qc_columns_##model[qc_place_##model##_##name]},                                 \
     &qc_range_##model},
#define QC_NODES_ENTITY(...) {{.kind = QC_NODE_POISON}, NULL},
#define QC_NODES_HAS_MANY(...)
#define QC_NODES_HAS_ONE(...)
#define QC_NODES_BELONGS_TO(...)
#define QC_NODES_MANY_TO_MANY(...)
#define QC_NODES_HOOK(...)
#define QC_NODES_INDEX(...)

/* Typed handles: columns and relationships. */
#define QC_HANDLES(model, entry) QC_HANDLES_(model, QC_UNTUPLE entry)
#define QC_HANDLES_(...) QC_HANDLES__(__VA_ARGS__, QC_NO_OPTION)
#define QC_HANDLES__(model, tag, ...) QC_HANDLE_##tag(model, __VA_ARGS__)
#define QC_HANDLE_COLUMN(model, name, word, parts, ...)                                            \
    QC_UNUSED static const QC_TYPE_EXPRESSION parts                                                \
        model##_##name = {&qc_nodes_##model[qc_place_##model##_##name].base};
#define QC_HANDLE_ENTITY(...) _Static_assert(0, "MODEL: ENTITY stands in a RECORD only");
#define QC_HANDLE_HOOK(model, moment, fn, ...) QC_HOOK_THUNK(model, moment, fn)
#define QC_HANDLE_INDEX(...)
#define QC_HANDLE_HAS_MANY(model, name, target, foreign, ...)                                      \
    QC_ASSERT_RELATION("HAS_MANY", "orders, Order, user_id", foreign, __VA_ARGS__)                 \
    QC_RELATION(model, name, target, QC_HAS_MANY_KIND, (.key = QC_KEY(foreign), ), __VA_ARGS__)
#define QC_HANDLE_HAS_ONE(model, name, target, foreign, ...)                                       \
    QC_ASSERT_RELATION("HAS_ONE", "profile, Profile, user_id", foreign, __VA_ARGS__)               \
    QC_RELATION(model, name, target, QC_HAS_ONE_KIND, (.key = QC_KEY(foreign), ), __VA_ARGS__)
#define QC_HANDLE_BELONGS_TO(model, name, target, own, ...)                                        \
    QC_ASSERT_RELATION("BELONGS_TO", "user, User, user_id", own, __VA_ARGS__)                      \
    QC_LIST(QC_ASSERT_OWN, model, QC_KEY_COLUMNS(own))                                             \
    QC_RELATION(model, name, target, QC_BELONGS_TO_KIND, (.key = QC_KEY(own), ), __VA_ARGS__)
#define QC_HANDLE_MANY_TO_MANY(model, name, target, via, own, other, ...)                          \
    QC_ASSERT_RELATION("MANY_TO_MANY", "roles, Role, UserRole, user_id, role_id", other, __VA_ARGS__)                                         \
    QC_RELATION(                                                                                   \
        model, name, target, QC_MANY_TO_MANY_KIND,                                                 \
        (.through = &qc_table_##via, .key = QC_KEY(own), .other_key = QC_KEY(other), ),            \
        __VA_ARGS__)
#define QC_ASSERT_RELATION(word, example, last_key, ...)                                           \
    _Static_assert(QC_IS_GIVEN(last_key),                                                          \
                   word ": a model or a key is missing, as in " word "(" example ")");             \
    QC_EACH(QC_ASSERT_OPTION, word, __VA_ARGS__)
#define QC_ASSERT_OPTION(word, option)                                                             \
    _Static_assert(QC_RELATION_KNOWN(option), word ": " #option " is not an option of a relationship");
#define QC_ASSERT_OWN(model, column)                                                               \
    _Static_assert(sizeof(((struct model *)0)->column), "the model has the column of BELONGS_TO");
#define QC_RELATION(model, field, model_of_target, relation_kind, members, ...)                    \
    QC_EACH(QC_RELATION_NEEDS, (qc_filter_of_##model##_##field, model_of_target), __VA_ARGS__)     \
    extern const qc_relation qc_relation_##model##_##field;                                        \
    QC_WEAK const qc_relation qc_relation_##model##_##field = {                                    \
        .name = #field,                                                                            \
        .parent = &qc_table_##model,                                                               \
        .target = &qc_table_##model_of_target,                                                     \
        .offset = offsetof(struct model, field),                                                   \
        .kind = relation_kind,                                                                     \
        QC_UNTUPLE members QC_EACH(QC_RELATION_OPTION, qc_filter_of_##model##_##field,             \
                                   __VA_ARGS__)};                                                  \
    extern const qc_node_1 qc_relation_node_##model##_##field;                                     \
    QC_WEAK const qc_node_1 qc_relation_node_##model##_##field = {                                 \
        {.kind = QC_NODE_RELATION, .flags = QC_NODE_CONSTANT, .count = 1,                          \
         .u.relation = &qc_relation_##model##_##field},                                            \
        &qc_range_##model};                                                                        \
    QC_UNUSED static const union qc_relation_to_##model##_##field {                                \
        const qc_node *node;                                                                       \
        QC_HEAD_MEMBERS(QC_KIND_RELATION, struct model_of_target, int, int, union qc_none)         \
        QC_NAMED_MEMBERS(struct model, __typeof__(((struct model *)0)->field), union qc_no_writer) \
    } model##_##field = {&qc_relation_node_##model##_##field.base};
/* FILTERED(f): `qc_bool f(const struct Order_columns *order)`, declared before the MODEL. */
#define QC_RELATION_NEEDS(thunk, option) QC_RELATION_NEED(thunk, QC_NEEDS_##option, QC_NEED_NONE, ~, ~)
#define QC_RELATION_NEED(...) QC_RELATION_NEED_(__VA_ARGS__)
#define QC_RELATION_NEED_(thunk, option, action, argument, ...) action(thunk, argument)
#define QC_NEEDS_FILTERED(f) , QC_NEED_FILTER, f
#define QC_NEEDS_LOAD_BY(how) , QC_NEED_STRATEGY, how
#define QC_NEEDS_CASCADE(what) , QC_NEED_CASCADE, what
#define QC_NEED_NONE(thunk, argument)
#define QC_NEED_CASCADE(thunk, what)                                                               \
    _Static_assert(QC_SECOND_OF(QC_CASCADES_##what, 0),                                            \
                   "CASCADE: " #what " is none of DELETE, DELETE_ORPHAN, NONE");
#define QC_NEED_FILTER(thunk, f) QC_NEED_FILTER_(QC_UNTUPLE thunk, f)
#define QC_NEED_FILTER_(...) QC_NEED_FILTER__(__VA_ARGS__)
#define QC_NEED_FILTER__(thunk, target, f)                                                         \
    QC_UNUSED static const qc_node *thunk(const void *columns)                                     \
    {                                                                                              \
        _Static_assert(_Generic((f), qc_bool (*)(const struct target##_columns *): 1, default: 0), \
                       "FILTERED: the argument must be a function qc_bool f(const struct " #target \
                       "_columns *), declared before the MODEL");                                  \
        const struct target##_columns *own = columns;                                              \
        return f(own).node;                                                                        \
    }
#define QC_NEED_STRATEGY(thunk, how)                                                               \
    _Static_assert(QC_SECOND_OF(QC_LOADS_BY_##how, -1) >= 0,                                       \
                   "LOAD_BY: " #how " is none of LAZY, SELECTIN, BY_SUBQUERY, JOINED, NESTED, RAISE");

/* Whether a relationship has LOAD_BY. */
#define QC_LOADS(model, entry) QC_LOADS_(model, QC_UNTUPLE entry)
#define QC_LOADS_(...) QC_LOADS__(__VA_ARGS__, QC_NO_OPTION)
#define QC_LOADS__(model, tag, ...) QC_LOADS_##tag(__VA_ARGS__)
#define QC_LOADS_COLUMN(...)
#define QC_LOADS_HOOK(...)
#define QC_LOADS_INDEX(...)
#define QC_LOADS_HAS_MANY(name, target, foreign, ...) QC_EACH(QC_LOADS_OPTION, ~, __VA_ARGS__)
#define QC_LOADS_HAS_ONE(name, target, foreign, ...) QC_EACH(QC_LOADS_OPTION, ~, __VA_ARGS__)
#define QC_LOADS_BELONGS_TO(name, target, own, ...)                                                \
    QC_EACH(QC_LOADS_OPTION, ~, __VA_ARGS__)
#define QC_LOADS_MANY_TO_MANY(name, target, via, own, other, ...)                                  \
    QC_EACH(QC_LOADS_OPTION, ~, __VA_ARGS__)
#define QC_LOADS_OPTION(c, option) QC_SECOND_OF(QC_LOADS_OPTION_##option, )
#define QC_LOADS_OPTION_LOAD_BY(how) , || true

/* Relationships and indexes of the table. */
#define QC_RELATIONS(model, entry) QC_RELATIONS_(model, QC_UNTUPLE entry)
#define QC_RELATIONS_(...) QC_RELATIONS__(__VA_ARGS__, QC_NO_OPTION)
#define QC_RELATIONS__(model, tag, ...) QC_RELATIONS_##tag(model, __VA_ARGS__)
#define QC_RELATIONS_COLUMN(...)
#define QC_RELATIONS_ENTITY(...)
#define QC_RELATIONS_HOOK(...)
#define QC_RELATIONS_INDEX(...)
#define QC_RELATIONS_HAS_MANY(model, name, ...) &qc_relation_##model##_##name,
#define QC_RELATIONS_HAS_ONE(model, name, ...) &qc_relation_##model##_##name,
#define QC_RELATIONS_BELONGS_TO(model, name, ...) &qc_relation_##model##_##name,
#define QC_RELATIONS_MANY_TO_MANY(model, name, ...) &qc_relation_##model##_##name,

#define QC_INDEXES(model, entry) QC_INDEXES_(model, QC_UNTUPLE entry)
#define QC_INDEXES_(...) QC_INDEXES__(__VA_ARGS__, QC_NO_OPTION)
#define QC_INDEXES__(model, tag, ...) QC_INDEXES_##tag(__VA_ARGS__)
#define QC_INDEXES_COLUMN(...)
#define QC_INDEXES_ENTITY(...)
#define QC_INDEXES_HAS_MANY(...)
#define QC_INDEXES_HAS_ONE(...)
#define QC_INDEXES_BELONGS_TO(...)
#define QC_INDEXES_MANY_TO_MANY(...)
#define QC_INDEXES_HOOK(...)
#define QC_INDEXES_INDEX(name, columns, unique, ...) {name, columns, unique},

/* Functions that sessions call. */
#define QC_HOOKS(model, entry) QC_HOOKS_(model, QC_UNTUPLE entry)
#define QC_HOOKS_(...) QC_HOOKS__(__VA_ARGS__, QC_NO_OPTION)
#define QC_HOOKS__(model, tag, ...) QC_HOOKS_##tag(model, __VA_ARGS__)
#define QC_HOOKS_COLUMN(...)
#define QC_HOOKS_ENTITY(...)
#define QC_HOOKS_INDEX(...)
#define QC_HOOKS_HAS_MANY(...)
#define QC_HOOKS_HAS_ONE(...)
#define QC_HOOKS_BELONGS_TO(...)
#define QC_HOOKS_MANY_TO_MANY(...)
#define QC_HOOKS_HOOK(model, moment, fn, ...) QC_HOOK_ROW(model, moment, fn)

/* The typed columns of an alias. */
#define QC_MEMBERS(model, entry) QC_MEMBERS_(model, QC_UNTUPLE entry)
#define QC_MEMBERS_(...) QC_MEMBERS__(__VA_ARGS__, QC_NO_OPTION)
#define QC_MEMBERS__(model, tag, ...) QC_MEMBER_##tag(__VA_ARGS__)
#define QC_MEMBER_COLUMN(name, word, parts, ...) QC_TYPE_EXPRESSION parts name;
#define QC_MEMBER_ENTITY(...)
#define QC_MEMBER_HAS_MANY(...)
#define QC_MEMBER_HAS_ONE(...)
#define QC_MEMBER_BELONGS_TO(...)
#define QC_MEMBER_MANY_TO_MANY(...)
#define QC_MEMBER_HOOK(...)
#define QC_MEMBER_INDEX(...)

/* Its relationships. */
#define QC_WAYS(model, entry) QC_WAYS_(model, QC_UNTUPLE entry)
#define QC_WAYS_(...) QC_WAYS__(__VA_ARGS__, QC_NO_OPTION)
#define QC_WAYS__(model, tag, ...) QC_WAY_##tag(model, __VA_ARGS__)
#define QC_WAY_COLUMN(...)
#define QC_WAY_ENTITY(...)
#define QC_WAY_HOOK(...)
#define QC_WAY_INDEX(...)
#define QC_WAY_HAS_MANY(model, name, ...) union qc_relation_to_##model##_##name name;
#define QC_WAY_HAS_ONE(model, name, ...) union qc_relation_to_##model##_##name name;
#define QC_WAY_BELONGS_TO(model, name, ...) union qc_relation_to_##model##_##name name;
#define QC_WAY_MANY_TO_MANY(model, name, ...) union qc_relation_to_##model##_##name name;

/* What does not stand in a record. */
#define QC_STRANGERS(model, entry) QC_STRANGERS_(model, QC_UNTUPLE entry)
#define QC_STRANGERS_(...) QC_STRANGERS__(__VA_ARGS__, QC_NO_OPTION)
#define QC_STRANGERS__(model, tag, ...) QC_STRANGER_##tag
#define QC_STRANGER_COLUMN
#define QC_STRANGER_ENTITY
#define QC_STRANGER_HAS_MANY QC_STRANGER
#define QC_STRANGER_HAS_ONE QC_STRANGER
#define QC_STRANGER_BELONGS_TO QC_STRANGER
#define QC_STRANGER_MANY_TO_MANY QC_STRANGER
#define QC_STRANGER_INDEX QC_STRANGER
#define QC_STRANGER_HOOK QC_STRANGER
#define QC_STRANGER _Static_assert(0, "RECORD: only COLUMN and ENTITY stand in a RECORD");

#endif
