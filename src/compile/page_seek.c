/* The query of a page: a condition for the rows behind a position, and the order to walk them in.
 */
#include "compile/page.h"

#include "ast/make.h"
#include "compile/query.h"

#include <string.h>

/* ---- One key. Walking backward turns everything round. ---- */

static bool is_null(const qc_node *value)
{
    return value->flags & QC_NODE_NULL_VALUE;
}

static bool descends(const qc_page_key *key, const qc_page_position *position)
{
    return key->descending != position->backward;
}

static bool nulls_follow(const qc_page_key *key, const qc_page_position *position)
{
    return key->nullable && key->nulls_last != position->backward;
}

static qc_bool compare(int op, const qc_node *a, const qc_node *b)
{
    return (qc_bool){qc_compare(op, QC_OPERAND_HANDLE | QC_OPERAND_HANDLE << 8, &a, &b)};
}

static qc_bool null_test(int op, const qc_node *x)
{
    return (qc_bool){qc_unary(op, QC_TYPE_bool, x)};
}

/* The key of a row comes behind that of the position. */
static qc_bool behind(const qc_page_key *key, const qc_node *value,
                      const qc_page_position *position)
{
    const bool follow = nulls_follow(key, position);
    if (is_null(value))
        return follow ? qc_or_array(NULL, 0) : null_test(QC_OP_IS_NOT_NULL, key->value);
    const qc_bool test = compare(descends(key, position) ? QC_OP_LT : QC_OP_GT, key->value, value);
    return follow ? qc_or_array((const qc_bool[]){test, null_test(QC_OP_IS_NULL, key->value)}, 2)
                  : test;
}

/* EQ of a NULL value is IS NULL. */
static qc_bool same(const qc_page_key *key, const qc_node *value)
{
    return compare(QC_OP_EQ, key->value, value);
}

/* ---- All keys. ---- */

/* Whether (a, b) > ($1, $2) says it, which a database finds in an index: all in one direction, and
 * NULLs, of which no comparison is true, come before. */
static bool compares_as_tuple(const qc_page_plan *plan, const qc_page_position *position)
{
    for (size_t i = 0; i < plan->count; i++) {
        const qc_page_key *key = &plan->keys[i];
        if (key->descending != plan->keys[0].descending || is_null(position->values[i]) ||
            nulls_follow(key, position))
            return false;
    }
    return true;
}

static qc_bool compare_tuples(const qc_page_plan *plan, const qc_page_position *position)
{
    const bool descending = descends(&plan->keys[0], position);
    const int op = position->at ? descending ? QC_OP_LE : QC_OP_GE
                   : descending ? QC_OP_LT
                                : QC_OP_GT;
    if (plan->count == 1)
        return compare(op, plan->keys[0].value, position->values[0]);
    const qc_node **sides = qc_take(2 * plan->count * sizeof(*sides));
    if (!sides)
        return (qc_bool){&qc_nomem_node};
    for (size_t i = 0; i < plan->count; i++) {
        sides[i] = plan->keys[i].value;
        sides[plan->count + i] = position->values[i];
    }
    return compare(op, qc_make((qc_node){.kind = QC_NODE_TUPLE}, sides, plan->count),
                   qc_make((qc_node){.kind = QC_NODE_TUPLE}, sides + plan->count, plan->count));
}

/* a > $1 OR (a = $1 AND (b < $2 OR (b = $2 AND …))), from the last key to the first. */
static qc_bool compare_one_by_one(const qc_page_plan *plan, const qc_page_position *position)
{
    qc_bool rest = {NULL};
    for (size_t i = plan->count; i-- > 0;) {
        const qc_page_key *key = &plan->keys[i];
        const qc_node *value = position->values[i];
        const qc_bool next = behind(key, value, position), equal = same(key, value);
        if (rest.node)
            rest = qc_or_array(
                (const qc_bool[]){next, qc_and_array((const qc_bool[]){equal, rest}, 2)}, 2);
        else
            rest = position->at ? qc_or_array((const qc_bool[]){next, equal}, 2) : next;
    }
    return rest;
}

/* a >= $1, which an index can begin at; where NULLs are not in the way. */
static qc_bool begin_of(const qc_page_plan *plan, const qc_page_position *position)
{
    const qc_page_key *first = &plan->keys[0];
    if (plan->count == 1 || is_null(position->values[0]) || nulls_follow(first, position))
        return (qc_bool){&qc_absent};
    return compare(descends(first, position) ? QC_OP_LE : QC_OP_GE, first->value,
                   position->values[0]);
}

/* ---- The clauses. ---- */

static const qc_node *walked(const qc_page_key *key, bool backward)
{
    int flags = key->flags;
    if (backward) {
        const int nulls = flags & (QC_ORDER_NULLS_FIRST | QC_ORDER_NULLS_LAST);
        flags = (flags ^ QC_ORDER_DESC) & QC_ORDER_DESC;
        flags |= nulls ? nulls ^ (QC_ORDER_NULLS_FIRST | QC_ORDER_NULLS_LAST) : 0;
    }
    return flags ? qc_order_by(key->order, flags) : key->order;
}

/* What every page has, whatever its position: the order, and the values of the keys. */
static bool put_order(const qc_page_plan *plan, bool backward, qc_clause *ret)
{
    const qc_node **lists = qc_take(2 * (plan->count + 1) * sizeof(*lists));
    const qc_node **values = lists + plan->count + 1;
    if (!lists)
        return false;
    for (size_t i = 0; i < plan->count; i++) {
        lists[i] = walked(&plan->keys[i], backward);
        values[i] = plan->keys[i].value;
    }
    lists[plan->count] = values[plan->count] = NULL;
    ret[0] = (qc_clause){.kind = QC_CLAUSE_ORDER_BY, .list = lists};
    ret[1] = (qc_clause){.kind = QC_CLAUSE_KEYS, .list = values};
    return true;
}

static void put_position(const qc_page_plan *plan, const qc_page_position *position, qc_clause *ret)
{
    const uint32_t kind = plan->grouped ? QC_CLAUSE_HAVING : QC_CLAUSE_WHERE;
    const bool tuple = compares_as_tuple(plan, position);
    ret[0] = (qc_clause){.kind = kind, .node = tuple ? &qc_absent : begin_of(plan, position).node};
    ret[1] = (qc_clause){
        .kind = kind,
        .node = (tuple ? compare_tuples(plan, position) : compare_one_by_one(plan, position)).node};
}

const qc_clause *qc_page_clauses(const qc_page_plan *plan, const qc_clause *clauses,
                                 const qc_page_position *position, int64_t limit)
{
    size_t count = 0, kept = 0;
    while (clauses[count].kind != QC_CLAUSE_END)
        count++;
    qc_clause *made = qc_take((count + 6) * sizeof(*made));
    if (!made)
        return NULL;
    for (size_t i = 0; i < count; i++)
        if (clauses[i].kind != QC_CLAUSE_ORDER_BY)
            made[kept++] = clauses[i];
    if (position->values) {
        put_position(plan, position, &made[kept]);
        kept += 2;
    }
    if (!put_order(plan, position->backward, &made[kept]))
        return NULL;
    kept += 2;
    made[kept++] = (qc_clause){.kind = QC_CLAUSE_LIMIT, .node = qc_limit(limit)};
    made[kept] = (qc_clause){.kind = QC_CLAUSE_END};
    return made;
}
