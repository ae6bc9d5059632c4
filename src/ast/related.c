/* Expressions over a relationship: ANY_OF is EXISTS, COUNT a query of one number. Both read the
 * target in a nested query, tied by the keys to the parent's row of the query around it. */
#include "ast/ends.h"
#include "ast/make.h"

/* The clauses in the making, with room for all there may be. */
typedef struct nesting {
    const qc_node *relation;
    const qc_node *target, *through; /* ranges; NULL: no association */
    qc_ends ends;
    qc_clause *clauses;
    size_t count;
    bool nomem;
} nesting;

static void put(nesting *to, qc_clause clause)
{
    to->clauses[to->count++] = clause;
}

static void put_ranges(nesting *to)
{
    const qc_node **list = qc_take(2 * sizeof(const qc_node *));
    if (!list) {
        to->nomem = true;
        return;
    }
    list[0] = to->target;
    list[1] = NULL;
    put(to, (qc_clause){.kind = QC_CLAUSE_FROM, .list = list});
    if (to->through)
        put(to, (qc_clause){.kind = QC_CLAUSE_JOIN,
                            .node = to->through,
                            .on = qc_equal_ends(&to->ends.onward, to->through, &to->ends.target,
                                                to->target)});
}

static void put_where(nesting *to, const qc_node *condition)
{
    put(to, (qc_clause){.kind = QC_CLAUSE_WHERE, .node = condition});
}

static void put_conditions(nesting *to, const qc_node *const *conditions)
{
    const qc_relation *relation = to->relation->u.relation;
    const qc_node *keyed = to->through ? to->through : to->target;
    put_where(
        to, qc_equal_ends(&to->ends.child, keyed, &to->ends.parent, qc_kid(to->relation, 0)).node);
    if (relation->filter) {
        const void *columns = qc_columns_over(relation->target, to->target);
        put_where(to, columns ? relation->filter(columns) : &qc_nomem_node);
    }
    for (; *conditions; conditions++)
        put_where(to, *conditions);
}

/* Inside, the parent's columns must not be taken for those of the rows they lead to. */
static const qc_node *refuse_own(const nesting *to, const char *word)
{
    const qc_relation *relation = to->relation->u.relation;
    const char *model = relation->parent->model, *name = relation->name;
    if (to->target != qc_kid(to->relation, 0) && to->through != qc_kid(to->relation, 0))
        return NULL;
    return qc_poison(QC_ERROR_QUERY,
                     "%s(%s_%s) leads from %s to %s again, and conditions could mean either; name "
                     "the rows it leads to: ALIAS(%s, other) and %s(TO(%s_%s, other), …)",
                     word, model, name, relation->parent->name, relation->parent->name, model, word,
                     model, name);
}

/* The QUERY of `head` over what the relationship leads to; NULL: of the target itself. */
static const qc_node *nest(const char *word, const qc_node *relation, const qc_node *head,
                           const qc_node *const *conditions)
{
    nesting to = {.relation = relation, .target = qc_relation_target(relation)};
    size_t most = 6;
    while (conditions[most - 6])
        most++;
    if (relation->u.relation->through)
        to.through = qc_relation_through(relation);
    const qc_node *wrong = qc_ends_of(relation->u.relation, &to.ends);
    if (!wrong)
        wrong = refuse_own(&to, word);
    if (wrong)
        return wrong;
    to.clauses = qc_take(most * sizeof(*to.clauses));
    if (!to.clauses)
        return &qc_nomem_node;
    put(&to, (qc_clause){.kind = QC_CLAUSE_HEAD, .node = head ? head : to.target});
    put_ranges(&to);
    put_conditions(&to, conditions);
    put(&to, (qc_clause){.kind = QC_CLAUSE_END});
    return to.nomem ? &qc_nomem_node : qc_query_node(to.clauses);
}

const qc_node *qc_any_of(const qc_node *relation, const qc_node *const *conditions)
{
    if (!qc_usable(relation))
        return qc_refusal(relation);
    return qc_exists(nest("ANY_OF", relation, NULL, conditions));
}

const qc_node *qc_count_any(const qc_node *counted, const qc_node *const *conditions)
{
    if (!qc_usable(counted))
        return qc_refusal(counted);
    if (counted->kind != QC_NODE_RELATION)
        return qc_call(QC_FUNCTION_COUNT, QC_TYPE_bigint, (const qc_node *const[]){counted, NULL});
    const qc_node *query = nest("COUNT", counted, qc_count_all().node, conditions);
    return qc_make_1((qc_node){.kind = QC_NODE_SUBQUERY, .type = QC_TYPE_bigint}, query);
}
