/* Inheritance: models that are other models, in one table or in a table each.
 *
 *     #define EMPLOYEE COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),                                  \
 *                      COLUMN(kind, TEXT, DISCRIMINATOR), COLUMN(name, TEXT)
 *     MODEL(Employee, "employees", EMPLOYEE, POLYMORPHIC("employee", Manager, Engineer))
 *     MODEL(Manager, "employees", IS_A(Employee, "manager", EMPLOYEE), COLUMN(reports, INTEGER))
 *     MODEL(Engineer, "engineers", IS_A(Employee, "engineer", EMPLOYEE), COLUMN(language, TEXT))
 *
 * The struct of a sub-model begins with the fields of its base, so that a struct Manager * may be
 * used as a struct Employee *. A sub-model with the name of its base's table lies in that (its own
 * columns are NULL in the others' rows); one with another name has its own columns in a table of its
 * own, whose key is that of the base's row. Rows of the base come as what they are, whole:
 *
 *     EACH(struct Employee, employee, ALL(db, SELECT(Employee))) {
 *         struct Manager *manager = AS_A(Manager, employee);      NULL: it is no manager
 *
 * Model: SQLAlchemy's "Mapping Class Inheritance Hierarchies" (docs.sqlalchemy.org).
 */
#ifndef QUERCUS_INHERIT_H
#define QUERCUS_INHERIT_H

#include <quercus/model.h>

/* POLYMORPHIC(value, Manager, …): the root of a hierarchy; what its DISCRIMINATOR column says of
 * rows that are just this, and every model below it. They may be declared later. */
#define QC_POLYMORPHIC(value, ...) (POLYMORPHIC, value, (__VA_ARGS__))
/* IS_A(base, value, fields of the base …), the first entry of a sub-model. */
#define QC_IS_A(base, value, ...) (IS_A, base, value, (__VA_ARGS__)), __VA_ARGS__

#define QC_FIELD_POLYMORPHIC(...)
#define QC_FIELD_IS_A(...)
#define QC_MENTION_POLYMORPHIC(value, models, ...)                                                 \
    QC_LIST(QC_MENTION_SUBMODEL, ~, QC_UNTUPLE models)
#define QC_MENTION_SUBMODEL(c, model) extern const qc_table qc_table_##model;
#define QC_MENTION_IS_A(...)
#define QC_PLACE_POLYMORPHIC(...)
#define QC_PLACE_IS_A(...)
#define QC_COLUMN_POLYMORPHIC(...)
#define QC_COLUMN_IS_A(...)
#define QC_NODES_POLYMORPHIC(...)
#define QC_NODES_IS_A(...)
#define QC_RELATIONS_POLYMORPHIC(...)
#define QC_RELATIONS_IS_A(...)
#define QC_HOOKS_POLYMORPHIC(...)
#define QC_HOOKS_IS_A(...)
#define QC_LOADS_POLYMORPHIC(...)
#define QC_LOADS_IS_A(...)
#define QC_INDEXES_POLYMORPHIC(...)
#define QC_INDEXES_IS_A(...)
#define QC_MEMBER_POLYMORPHIC(...)
#define QC_MEMBER_IS_A(...)
#define QC_WAY_POLYMORPHIC(...)
#define QC_WAY_IS_A(...)
#define QC_STRANGER_POLYMORPHIC QC_STRANGER
#define QC_STRANGER_IS_A QC_STRANGER

#define QC_HANDLE_POLYMORPHIC(model, value, models, ...)                                           \
    QC_ASSERT_IDENTITY("POLYMORPHIC", value)                                                       \
    typedef struct model POLYMORPHIC_and_IS_A_are_missing_in_##model, qc_above_##model;                                     \
    enum { QC_LIST(QC_NAMED_SUBMODEL, ~, QC_UNTUPLE models) qc_submodels_of_##model };             \
    QC_WEAK const qc_lineage qc_lineage_##model = {                                                \
        .identity = value,                                                                         \
        .submodels =                                                                               \
            (const qc_table *const[]){QC_LIST(QC_SUBMODEL, ~, QC_UNTUPLE models) NULL}};
#define QC_NAMED_SUBMODEL(c, model) POLYMORPHIC_of_the_root_names_##model,
#define QC_SUBMODEL(c, model) &qc_table_##model,

#define QC_HANDLE_IS_A(model, above, value, entries, ...)                                          \
    QC_ASSERT_IDENTITY("IS_A", value)                                                              \
    typedef POLYMORPHIC_and_IS_A_are_missing_in_##above POLYMORPHIC_and_IS_A_are_missing_in_##model;                                                 \
    typedef struct above qc_above_##model;                                                         \
    enum { qc_place_in_hierarchy_of_##model = POLYMORPHIC_of_the_root_names_##model };             \
    struct qc_base_of_##model {                                                                    \
        QC_LIST(QC_FIELDS, model, QC_UNTUPLE entries)                                              \
    };                                                                                             \
    _Static_assert(sizeof(struct qc_base_of_##model) == sizeof(struct above) &&                    \
                       0 QC_LIST(QC_HAS_COLUMN, ~, QC_UNTUPLE entries) == qc_place_count_##above,     \
                   QC_SAME_AS(above));                                                             \
    QC_LIST(QC_SAME, (model, above), QC_UNTUPLE entries)                                           \
    QC_WEAK const qc_lineage qc_lineage_##model = {.identity = value, .base = &qc_table_##above};
#define QC_ASSERT_IDENTITY(word, value)                                                            \
    _Static_assert(_Generic((value), char *: 1, default: 0) && sizeof(value) > 1,                  \
                   word ": the value of the DISCRIMINATOR must be a string literal, not empty");
#define QC_SAME_AS(base)                                                                           \
    "IS_A(" #base ", ...) stands first in its MODEL and repeats every column and relationship of "   \
    #base " in their order; write them as a macro that both models use"

/* Every column of the base. */
#define QC_HAS_COLUMN(c, entry) QC_HAS_COLUMN_(QC_UNTUPLE entry)
#define QC_HAS_COLUMN_(...) QC_HAS_COLUMN__(__VA_ARGS__, ~)
#define QC_HAS_COLUMN__(tag, ...) QC_HAS_COLUMN_##tag
#define QC_HAS_COLUMN_COLUMN +1
#define QC_HAS_COLUMN_HAS_MANY
#define QC_HAS_COLUMN_HAS_ONE
#define QC_HAS_COLUMN_BELONGS_TO
#define QC_HAS_COLUMN_MANY_TO_MANY
#define QC_HAS_COLUMN_INDEX
#define QC_HAS_COLUMN_IS_A
#define QC_HAS_COLUMN_HOOK
/* Each at its place. */
#define QC_SAME(models, entry) QC_SAME_(QC_UNTUPLE models, QC_UNTUPLE entry)
#define QC_SAME_(...) QC_SAME__(__VA_ARGS__, ~)
#define QC_SAME__(model, base, tag, ...) QC_SAME_##tag(model, base, __VA_ARGS__, ~)
#define QC_SAME_COLUMN(model, base, name, ...) QC_SAME_FIELD(model, base, name)
#define QC_SAME_HAS_MANY(model, base, name, ...) QC_SAME_FIELD(model, base, name)
#define QC_SAME_HAS_ONE(model, base, name, ...) QC_SAME_FIELD(model, base, name)
#define QC_SAME_BELONGS_TO(model, base, name, ...) QC_SAME_FIELD(model, base, name)
#define QC_SAME_MANY_TO_MANY(model, base, name, ...) QC_SAME_FIELD(model, base, name)
#define QC_SAME_INDEX(...)
#define QC_SAME_IS_A(...)
#define QC_SAME_HOOK(...)
#define QC_SAME_FIELD(model, base, name)                                                           \
    _Static_assert(offsetof(struct model, name) == offsetof(struct base, name) &&                  \
                       _Generic(&((struct model *)0)->name,                                        \
                           __typeof__(&((struct base *)0)->name): 1, default: 0),                  \
                   QC_SAME_AS(base));

/* AS_A(Manager, employee): the same object as a struct Manager *; NULL when it is none, or NULL. It
 * looks at the field of the DISCRIMINATOR, so the object must be one the library filled in: by a
 * query or by NEW. */
#define QC_AS_A(model, object) QC_AS_A_(model, object, QC_LOCAL)
#define QC_AS_A_(model, object, O)                                                                 \
    __extension__({                                                                                \
        __auto_type O = (object);                                                                  \
        _Static_assert(_Generic(O, struct model *: 1, default: 0) ||                               \
                           _Generic(O, POLYMORPHIC_and_IS_A_are_missing_in_##model *: 1, default: 0) ||                     \
                           _Generic(O, qc_above_##model *: 1, default: 0),                         \
                       "AS_A: the object must be of a model that " #model " is");                  \
        (struct model *)qc_as_a(&qc_table_##model, O);                                             \
    })
void *qc_as_a(const qc_table *table, void *object);

#endif
