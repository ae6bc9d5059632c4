/* Loading strategies: how the relationships of a query's rows are filled.
 *
 *     ALL(db, SELECT(User).LOAD(SELECTIN(User_orders, SELECTIN(Order_items)), SELECTIN(User_roles)))
 *
 * A loader takes a relationship, then any of: conditions on what is loaded, orderings of it, and
 * loaders of its own relationships, to any depth:
 *
 *     SELECTIN(User_orders, EQ(Order_status, "open"), DESC(Order_id), SELECTIN(Order_items))
 *
 * In a query of several things, as SELECT(User, Order), a loader is for the entities of the item
 * that its relationship is of, which may be an alias: SELECTIN(boss.orders).
 *
 * A field that no loader named stays NULL; a collection that was loaded and has no members is an
 * empty list. What is loaded lives as long as the rows, in a session as long as that. A loader of a
 * relationship that the rows do not have makes the query fail with QC_ERROR_QUERY; when a loader
 * fails the query does, and gives no rows.
 *
 * LOAD_BY(SELECTIN), an option of a relationship in MODEL, says what a query does that names no
 * loader for it: LAZY (nothing; the default), SELECTIN, BY_SUBQUERY, JOINED, NESTED or RAISE. It is
 * heeded by FIRST, ONE, ONE_OR_NONE, ALL and PAGE of whole structs, by GET, and for what loaders
 * load, to any depth; where it leads back to a model it came from, it ends. Objects of a session
 * keep what was loaded for them before.
 *
 * Model: SQLAlchemy's relationship loading techniques (docs.sqlalchemy.org, "Relationship Loading
 * Techniques").
 */
#ifndef QUERCUS_LOAD_H
#define QUERCUS_LOAD_H

#include <quercus/query.h>

typedef struct qc_loader {
    const qc_node *node;
} qc_loader;

/* One statement for all rows: their keys travel as one array. On PostgreSQL the statements of one
 * level, of whatever relationships, travel in one pipeline. */
#define QC_SELECTIN(...) QC_LOADER("SELECTIN", QC_STRATEGY_SELECTIN, __VA_ARGS__)
/* One statement for all rows: the keys are those of the rows' own query, run once more inside. */
#define QC_BY_SUBQUERY(...) QC_LOADER("BY_SUBQUERY", QC_STRATEGY_SUBQUERY, __VA_ARGS__)
/* Not with this query, whatever LOAD_BY says. */
#define QC_LAZY(...) QC_LOADER("LAZY", QC_STRATEGY_LAZY, __VA_ARGS__)
/* No statement of its own: the parents' has an outer join, and what it repeats is folded. Where
 * that would change which parents come back it is loaded as by SELECTIN: docs/guide/sessions.md
 * says when. */
#define QC_JOINED(...) QC_LOADER("JOINED", QC_STRATEGY_JOINED, __VA_ARGS__)
/* No statement of its own: each row of the parents' has an array of the rows that belong to it, so
 * nothing is repeated. Where JOINED would not be served because of the parents' query, and where
 * the database takes no more of it in one statement, it is loaded as by SELECTIN. */
#define QC_NESTED(...) QC_LOADER("NESTED", QC_STRATEGY_NESTED, __VA_ARGS__)
/* To ask for it with LOAD(session, object, relationship) is an error. */
#define QC_RAISE(...) QC_LOADER("RAISE", QC_STRATEGY_RAISE, __VA_ARGS__)

#define QC_LOADER(word, strategy, ...)                                                             \
    QC_CAT(QC_LOADER_, QC_IS_ONE(__VA_ARGS__))(word, strategy, __VA_ARGS__)
#define QC_LOADER_1(word, strategy, relation)                                                      \
    ((qc_loader){qc_load(strategy, QC_LOADED(word, relation), (const qc_node *const[]){NULL})})
#define QC_LOADER_0(word, strategy, relation, ...)                                                 \
    ((qc_loader){qc_load(strategy, QC_LOADED(word, relation),                                      \
                         (const qc_node *const[]){                                                 \
                             QC_LIST(QC_LOADER_ITEM, word, __VA_ARGS__) NULL})})
#define QC_LOADED(word, relation)                                                                  \
    QC_CHECKED_NAME(                                                                               \
        QC_KIND_RELATION,                                                                          \
        word ": the first argument must be a relationship, as in " word "(User_orders)", relation, \
        QC_LOCAL, QC_LOCAL).qc_head
#define QC_LOADER_ITEM(word, x) qc_listed(QC_LOADER_PART(word, x, QC_LOCAL)),
#define QC_LOADER_PART(word, x, X)                                                                 \
    __extension__({                                                                                \
        __auto_type X = (x);                                                                       \
        _Static_assert(_Generic(X, qc_loader: 1, qc_bool: 1, qc_order: 1, default: 0),             \
                       word ": after the relationship come conditions such as EQ(a, b), "          \
                            "orderings such as ASC(x), and loaders such as SELECTIN(x)");          \
        *(const qc_node *const *)&X;                                                               \
    })
/* A LOADER node; `parts` ends with NULL. */
const qc_node *qc_load(enum qc_strategy strategy, const qc_node *relation,
                       const qc_node *const *parts);

/* Two words of one name: the clause .LOAD(loader, …), in FIRST, ONE, ONE_OR_NONE and ALL; and the
 * call LOAD(session, object, relationship) of session.h. A loader begins with a parenthesis. */
#define QC_LOAD(...) QC_CAT(QC_LOAD_, QC_BEGINS_PARENTHESIS(__VA_ARGS__, ~))(__VA_ARGS__)
#define QC_LOAD_1(...)                                                                             \
    list = ((const qc_node *const[]){QC_LIST(QC_LOAD_ITEM, ~, __VA_ARGS__) NULL}),                 \
    QC_LIST_CLAUSE(LOAD)
#define QC_LOAD_0(...) QC_CAT(QC_LOAD_0_, QC_IS_ONE(__VA_ARGS__))(__VA_ARGS__)
#define QC_LOAD_0_1(loader) QC_LOAD_1(loader)
#define QC_LOAD_0_0(...) QC_CAT(QC_LOAD_CALL_, QC_QUERY_3(__VA_ARGS__))(__VA_ARGS__)
#define QC_LOAD_CALL_0(session, object, relation) QC_LOAD_LAZILY(session, object, relation)
#define QC_LOAD_CALL_MISSING(...) QC_MISUSED(QC_WANTED_OF_LOAD, (void *)0)
#define QC_WANTED_OF_LOAD                                                                          \
    "LOAD: the arguments must be a qc_db *, an object and its relationship, as in "                \
    "LOAD(db, user, User_orders)"
#define QC_BEGINS_PARENTHESIS(first, ...) QC_SECOND_OF(QC_PARENTHESIS_PROBE first, 0)
#define QC_PARENTHESIS_PROBE(...) ~, 1,
#define QC_LOAD_ITEM(c, x) qc_listed(QC_LOAD_PART(x, QC_LOCAL)),
#define QC_LOAD_PART(x, X)                                                                         \
    __extension__({                                                                                \
        __auto_type X = (x);                                                                       \
        _Static_assert(_Generic(X, qc_loader: 1, default: 0),                                      \
                       "LOAD: an item must be a loader such as SELECTIN(User_orders)");            \
        *(const qc_node *const *)&X;                                                               \
    })

#endif
