/* See random_query.h. Ranges are a table and aliases of it, so that every expression can be made
 * over any of those in scope: a nested query sees its own and all around it. */
#include "random_query.h"

#include <stdlib.h>
#include <string.h>

MODEL(FuzzBox, "fuzz boxes",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(name, TEXT),
    COLUMN(note, NULLABLE(TEXT)),
    COLUMN(size, INTEGER),
    COLUMN(weight, DOUBLE),
    COLUMN(price, NUMERIC(10, 2)),
    COLUMN(select, BOOLEAN),
    COLUMN(made, TIMESTAMPTZ),
    COLUMN(day, NULLABLE(DATE)),
    COLUMN(parent_id, NULLABLE(BIGINT), REFERENCES(FuzzBox, id)),
    BELONGS_TO(parent, FuzzBox, parent_id))

static const qc_table *const fuzz_tables[] = {&qc_table_FuzzBox, NULL};
const qc_schema fuzz_schema = {"fuzz", fuzz_tables};
const char fuzz_canary[] = "canary";

enum { DEPTH = 4, MOST_RANGES = 8, MOST_CLAUSES = 24, MOST_ITEMS = 6 };

typedef struct FuzzBox_columns range;

static uint64_t structure, values;
static range scope[MOST_RANGES];
static int ranges, nesting, names;

static unsigned draw(uint64_t *state, unsigned count)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(*state >> 33) % count;
}

static unsigned pick(unsigned count)
{
    return draw(&structure, count);
}

/* ---- Values. ---- */

static const char *text_value(void)
{
    static const char *const texts[] = {
        "canary",           "canary' OR 1=1 --",  "$1 canary",
        "ca%na_ry\\canary", "canary\n\"canary\"", "\xF0\x9F\x98\x80 canary"};
    return texts[draw(&values, sizeof(texts) / sizeof(texts[0]))];
}

static int int_value(void)
{
    return (int)draw(&values, 2001) - 1000;
}

static const range *any(void)
{
    return &scope[pick((unsigned)ranges)];
}

/* ---- Expressions. ---- */

static qc_bigint number(int depth);
static qc_text text(int depth);
static qc_bool predicate(int depth);
static const qc_clause *nested_query(const qc_node *item, int depth);

static qc_bigint scalar_query(int depth);

static qc_bigint number(int depth)
{
    const int below = depth - 1;
    switch (depth <= 0 ? 14 + pick(4) : pick(18)) {
    case 0: return ADD(number(below), number(below));
    case 1: return SUB(number(below), number(below));
    case 2: return MUL(number(below), number(below));
    case 3: return DIV(number(below), number(below));
    case 4: return MOD(number(below), int_value());
    case 5: return NEG(number(below));
    case 6: return ABS(number(below));
    case 7: return COALESCE(number(below), number(below), int_value());
    case 8: return NULLIF(number(below), number(below));
    case 9: return CASE(WHEN(predicate(below), number(below)), WHEN(predicate(below), int_value()),
                        ELSE(number(below)));
    case 10: return CAST(LENGTH(text(below)), BIGINT);
    case 11: return SUB(NEG(number(below)), NEG(NEG(number(below))));
    case 12: return scalar_query(below);
    case 13: return CAST(EXTRACT(YEAR, any()->made), BIGINT);
    case 14: return CAST(any()->size, BIGINT);
    case 15: return VALUE((int64_t)int_value());
    case 16: return any()->parent_id;
    default: return any()->id;
    }
}

static qc_numeric decimal(int depth)
{
    switch (depth <= 0 ? 4 : pick(5)) {
    case 0: return ADD(decimal(depth - 1), number(depth - 1));
    case 1: return MUL(number(depth - 1), decimal(depth - 1));
    case 2: return ROUND(decimal(depth - 1), 1);
    case 3: return CAST(number(depth - 1), NUMERIC(12, 3));
    default: return any()->price;
    }
}

static qc_text text(int depth)
{
    const int below = depth - 1;
    switch (depth <= 0 ? 8 + pick(3) : pick(11)) {
    case 0: return CONCAT(text(below), text(below));
    case 1: return CONCAT("-", text(below), text_value());
    case 2: return LOWER(text(below));
    case 3: return UPPER(CONCAT(text(below), text(below)));
    case 4: return CAST(number(below), TEXT);
    case 5: return COALESCE(any()->note, text(below));
    case 6: return CASE(WHEN(predicate(below), text(below)), ELSE(text_value()));
    case 7: return FUNC("replace", TEXT, text(below), text_value(), "x");
    case 8: return VALUE(text_value());
    case 9: return any()->note;
    default: return any()->name;
    }
}

static qc_bool pattern(int depth)
{
    switch (pick(5)) {
    case 0: return LIKE(text(depth), text(depth));
    case 1: return NOT_LIKE(text(depth), text_value());
    case 2: return ILIKE(text(depth), text_value());
    case 3: return CONTAINS(text(depth), text_value());
    default: return STARTS_WITH(text(depth), text_value());
    }
}

static qc_bool membership(int depth)
{
    const int64_t ids[] = {int_value(), int_value(), int_value()};
    const char *texts[] = {text_value(), text_value()};
    switch (pick(6)) {
    case 0: return IN(number(depth), 1, number(depth), int_value());
    case 1: return NOT_IN(text(depth), text_value(), text(depth));
    case 2: return IN_ARRAY(number(depth), ids, 3);
    case 3: return NOT_IN_ARRAY(text(depth), texts, 2);
    case 4: return BETWEEN(number(depth), number(depth), number(depth));
    default: return NOT_BETWEEN(decimal(depth), number(depth), int_value());
    }
}

static qc_bool exists(int depth)
{
    if (nesting > 2 || ranges + 1 >= MOST_RANGES)
        return any()->select;
    const qc_clause *query = nested_query(NULL, depth);
    return (qc_bool){qc_exists(qc_query_node(query))};
}

static qc_bool comparison(int depth)
{
    switch (pick(14)) {
    case 0: return EQ(number(depth), number(depth));
    case 1: return NE(text(depth), text(depth));
    case 2: return LT(text(depth), text_value());
    case 3: return LE(number(depth), int_value());
    case 4: return GT(decimal(depth), number(depth));
    case 5: return GE(any()->weight, 1.5);
    case 6: return EQ(predicate(depth), predicate(depth));
    case 7: return IS_DISTINCT_FROM(number(depth), number(depth));
    case 8: return IS_NOT_DISTINCT_FROM(text(depth), text_value());
    case 9: return IS_NULL(number(depth));
    case 10: return IS_NOT_NULL(text(depth));
    case 11: return LT(any()->made, DATE_TRUNC(MONTH, any()->made));
    case 12: return exists(depth);
    default: return pick(2) ? pattern(depth) : membership(depth);
    }
}

static qc_bool predicate(int depth)
{
    if (depth <= 0)
        return any()->select;
    switch (pick(8)) {
    case 0: return AND(predicate(depth - 1), predicate(depth - 1));
    case 1: return OR(predicate(depth - 1), predicate(depth - 1), predicate(depth - 1));
    case 2: return NOT(predicate(depth - 1));
    case 3: return OR(NOT(predicate(depth - 1)), ONLY_IF(pick(2), predicate(depth - 1)));
    case 4: return RAW(BOOLEAN, "(? > ? OR ?)", number(depth - 1), number(depth - 1),
                       predicate(depth - 1));
    default: return comparison(depth - 1);
    }
}

static qc_bigint aggregate(int depth)
{
    qc_bigint x = COUNT();
    switch (pick(6)) {
    case 0: return COUNT(text(depth));
    case 1: return COUNT(DISTINCT(number(depth)));
    case 2: return CAST(SUM(number(depth)), BIGINT);
    case 3: return FILTER(MAX(number(depth)), predicate(depth));
    case 4: return COALESCE(MIN(number(depth)), 0);
    default: return ADD(x, int_value());
    }
}

/* ---- Queries. ---- */

typedef struct chain {
    qc_clause clauses[MOST_CLAUSES];
    int count;
} chain;

static void add(chain *c, qc_clause clause)
{
    if (c->count < MOST_CLAUSES)
        c->clauses[c->count++] = clause;
}

static const qc_node *const *list_of(const qc_node *const *items, int count)
{
    const qc_node **list = qc_arena_alloc(qc_current_arena(), ((size_t)count + 1) * sizeof(*list));
    if (!list)
        return NULL;
    memcpy(list, items, (size_t)count * sizeof(*list));
    list[count] = NULL;
    return list;
}

/* Another alias in scope. Its name lives as long as the query. */
static const range *push_range(void)
{
    char *name = qc_arena_alloc(qc_current_arena(), 8);
    memcpy(name, "alias a", 8);
    name[6] = (char)('a' + names++ % 26);
    qc_alias_init(&scope[ranges].qc_head, &qc_table_FuzzBox, name);
    return &scope[ranges++];
}

static void add_joins(chain *c)
{
    static const uint32_t kinds[] = {QC_CLAUSE_JOIN, QC_CLAUSE_LEFT_JOIN, QC_CLAUSE_RIGHT_JOIN,
                                     QC_CLAUSE_FULL_JOIN};
    for (unsigned n = pick(3); n && ranges + 2 < MOST_RANGES; n--) {
        uint32_t kind = kinds[pick(4)];
        const range *from = &scope[ranges - 1], *to = push_range();
        qc_bool on = EQ(to->id, from->parent_id);
        if (kind != QC_CLAUSE_FULL_JOIN && pick(2))
            on = AND(on, predicate(2));
        add(c, (qc_clause){.kind = kind, .node = to->qc_head, .on = on});
    }
}

static void add_wheres(chain *c, int depth)
{
    for (unsigned n = pick(3); n; n--)
        add(c, (qc_clause){.kind = QC_CLAUSE_WHERE, .where = predicate(depth)});
}

static void add_end(chain *c)
{
    qc_numeric by = decimal(2);
    const qc_node *orders[] = {DESC(number(2)).node, NULLS_LAST(ASC(text(2))).node, by.node};
    if (pick(2))
        add(c, (qc_clause){.kind = QC_CLAUSE_ORDER_BY, .list = list_of(orders, 1 + (int)pick(3))});
    if (pick(3) == 0)
        add(c, (qc_clause){.kind = QC_CLAUSE_LIMIT, .node = qc_limit(abs(int_value()))});
    if (pick(4) == 0)
        add(c, (qc_clause){.kind = QC_CLAUSE_OFFSET, .node = qc_limit(abs(int_value()))});
}

static const qc_clause *finish(chain *c)
{
    size_t size = ((size_t)c->count + 1) * sizeof(qc_clause);
    add(c, (qc_clause){.kind = QC_CLAUSE_END});
    qc_clause *clauses = qc_arena_alloc(qc_current_arena(), size);
    return clauses ? memcpy(clauses, c->clauses, size) : NULL;
}

static void head(chain *c, const qc_node *const *items, int count)
{
    c->count = 0;
    if (count == 1) {
        add(c, (qc_clause){.kind = QC_CLAUSE_HEAD, .node = items[0]});
        return;
    }
    add(c, (qc_clause){.kind = QC_CLAUSE_HEAD});
    add(c, (qc_clause){.kind = QC_CLAUSE_ITEMS, .list = list_of(items, count)});
}

/* A query over a range of its own; of `item`, or of some number. */
static const qc_clause *nested_query(const qc_node *item, int depth)
{
    const int outside = ranges;
    nesting++;
    chain c;
    const range *own = push_range();
    const qc_node *selected = item ? item : pick(2) ? MAX(own->id).node : own->id.node;
    const qc_node *const from[] = {own->qc_head};
    head(&c, &selected, 1);
    add(&c, (qc_clause){.kind = QC_CLAUSE_FROM, .list = list_of(from, 1)});
    add(&c, (qc_clause){.kind = QC_CLAUSE_WHERE, .where = predicate(depth)});
    nesting--;
    ranges = outside;
    return finish(&c);
}

static qc_bigint scalar_query(int depth)
{
    if (nesting > 2 || ranges + 1 >= MOST_RANGES)
        return any()->id;
    qc_bigint all = COUNT();
    const qc_clause *query = nested_query(all.node, depth);
    return (qc_bigint){qc_subquery(qc_query_node(query), QC_TYPE_bigint)};
}

static const qc_clause *plain_select(void)
{
    chain c, joins = {.count = 0};
    const qc_node *items[MOST_ITEMS];
    const int count = 1 + (int)pick(MOST_ITEMS);
    const qc_node *const from[] = {scope[0].qc_head};
    add_joins(&joins);
    for (int i = 0; i < count; i++)
        items[i] = pick(3) == 0   ? text(DEPTH).node
                   : pick(3) == 0 ? predicate(DEPTH).node
                   : pick(3) == 0 ? QC_LABELLED(decimal(DEPTH), "a \"label\"").node
                                  : number(DEPTH).node;
    head(&c, items, count);
    add(&c, (qc_clause){.kind = QC_CLAUSE_FROM, .list = list_of(from, 1)});
    for (int i = 0; i < joins.count; i++)
        add(&c, joins.clauses[i]);
    add_wheres(&c, DEPTH);
    add_end(&c);
    return finish(&c);
}

static const qc_clause *grouped_select(void)
{
    chain c;
    const qc_node *const from[] = {scope[0].qc_head};
    const qc_node *key = pick(2) ? text(2).node : number(2).node;
    const qc_node *const items[] = {key, aggregate(2).node, aggregate(2).node};
    head(&c, items, 3);
    add(&c, (qc_clause){.kind = QC_CLAUSE_FROM, .list = list_of(from, 1)});
    add_wheres(&c, 3);
    add(&c, (qc_clause){.kind = QC_CLAUSE_GROUP_BY, .list = list_of(items, 1)});
    if (pick(2))
        add(&c, (qc_clause){.kind = QC_CLAUSE_HAVING, .having = GT(aggregate(2), int_value())});
    if (pick(2)) {
        const qc_node *const order[] = {DESC(aggregate(1)).node};
        add(&c, (qc_clause){.kind = QC_CLAUSE_ORDER_BY, .list = list_of(order, 1)});
    }
    return finish(&c);
}

static const qc_clause *united_select(void)
{
    static const uint32_t kinds[] = {QC_CLAUSE_UNION, QC_CLAUSE_UNION_ALL, QC_CLAUSE_INTERSECT,
                                     QC_CLAUSE_EXCEPT};
    chain c;
    const qc_node *item = number(3).node;
    const qc_node *const from[] = {scope[0].qc_head};
    head(&c, &item, 1);
    add(&c, (qc_clause){.kind = QC_CLAUSE_FROM, .list = list_of(from, 1)});
    for (unsigned n = 1 + pick(3); n; n--) {
        ranges = 0;
        const qc_clause *part = nested_query(NULL, 2);
        add(&c, (qc_clause){.kind = kinds[pick(4)], .node = qc_query_node(part)});
    }
    return finish(&c);
}

static const qc_clause *write_query(void)
{
    chain c = {.count = 0};
    scope[0] = (range){.id = FuzzBox_id, .name = FuzzBox_name, .note = FuzzBox_note,
                       .size = FuzzBox_size, .weight = FuzzBox_weight, .price = FuzzBox_price,
                       .select = FuzzBox_select, .made = FuzzBox_made, .day = FuzzBox_day,
                       .parent_id = FuzzBox_parent_id};
    add(&c, (qc_clause){.kind = QC_CLAUSE_HEAD, .node = FuzzBox.qc_head});
    if (pick(3) == 0) {
        add(&c, (qc_clause){.kind = QC_CLAUSE_DELETE});
    } else {
        add(&c, (qc_clause){.kind = QC_CLAUSE_UPDATE});
        add(&c,
            (qc_clause){.kind = QC_CLAUSE_SET, .node = qc_assign(FuzzBox_note.node, text(3).node)});
        add(&c, (qc_clause){.kind = QC_CLAUSE_SET,
                            .node = qc_assign(FuzzBox_parent_id.node, number(3).node)});
    }
    add(&c, (qc_clause){.kind = QC_CLAUSE_WHERE, .where = predicate(DEPTH)});
    if (pick(2))
        add(&c, (qc_clause){.kind = QC_CLAUSE_RETURNING});
    return finish(&c);
}

const qc_clause *random_query(uint64_t structure_seed, uint64_t values_seed)
{
    structure = structure_seed * 2 + 1;
    values = values_seed;
    ranges = nesting = names = 0;
    push_range();
    switch (pick(8)) {
    case 0: return grouped_select();
    case 1: return united_select();
    case 2: return write_query();
    default: return plain_select();
    }
}
