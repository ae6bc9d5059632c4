/* Recipes.
 *
 * The words are the variant, the clauses, and then the nodes that do not say all by themselves, in
 * the order in which they were met. A clause is its kind and parts and then its nodes, a list up to
 * its NULL. A node is its header, its payload, and its kids. Where a node stands, there is a word:
 * the address of a constant (or NULL), QUEUED for a node whose own words follow later, or an odd
 * one: a bind, or AGAIN the node of a slot. Slots are the binds in the key's order, then what was
 * queued.
 */
#include "ast/recipe.h"
#include "ast/make.h"

#include <string.h>

enum { MOST_WORDS = 512, MOST_NODES = 256, MOST_BINDS = 64 };

struct qc_recipe {
    uint32_t node_count; /* of those that are queued */
    uint32_t bind_count;
    uint64_t words[];
};

/* Of a node's place; SLOT and AGAIN are odd. A new bind has its kind and type above. */
enum { QUEUED = 2, SLOT = 1, AGAIN = 2, SLOT_SHIFT = 2, TYPE_SHIFT = 32 };

static inline uint64_t kind_and_type(const qc_node *node)
{
    uint16_t both;
    _Static_assert(offsetof(qc_node, kind) == 0 && offsetof(qc_node, type) == 1, "they are first");
    memcpy(&both, node, sizeof(both));
    return both;
}

/* Kinds that may be queued. Others have no recipe. */
#define BIT(kind) ((uint64_t)1 << QC_NODE_##kind)
#define NAMED (BIT(ALIAS) | BIT(FUNC) | BIT(OP) | BIT(RAW))
#define WITH_PAYLOAD                                                                               \
    (NAMED | BIT(LABEL) | BIT(CALL) | BIT(CAST) | BIT(QUERY) | BIT(COLUMN) | BIT(RELATION))
#define WITHOUT_PAYLOAD                                                                            \
    (BIT(UNARY) | BIT(BINARY) | BIT(BETWEEN) | BIT(LOGIC) | BIT(IN) | BIT(CASE) | BIT(WHEN) |      \
     BIT(ELSE) | BIT(TUPLE) | BIT(DISTINCT) | BIT(FILTER) | BIT(ORDER) | BIT(EXISTS) |             \
     BIT(SUBQUERY) | BIT(ASSIGN))
#define IS_IN(kinds, node) (((kinds) >> (node)->kind & 1) != 0)
_Static_assert(QC_NODE_KIND_COUNT <= 64, "a set of kinds is a word");

/* Of a clause: its kind, and above it the parts it has. */
enum { PARTS_SHIFT = 8, PART_NO_LIST = 8 };

static unsigned parts_of(const qc_clause *clause)
{
    const unsigned parts = qc_clause_parts[clause->kind];
    return parts & QC_PART_LIST && !clause->list ? parts - QC_PART_LIST + PART_NO_LIST : parts;
}

/* ---- Writing. ---- */

typedef struct writing {
    const qc_key *key;
    bool met[MOST_BINDS];
    const qc_node *nodes[MOST_NODES];
    size_t node_count;
    uint64_t words[MOST_WORDS];
    size_t word_count;
    bool failed; /* it is too large, or holds what recipes do not */
} writing;

static void put(writing *to, uint64_t word)
{
    if (to->word_count < MOST_WORDS)
        to->words[to->word_count++] = word;
    else
        to->failed = true;
}

static __attribute__((noinline)) size_t find(const qc_node *const *nodes, size_t count,
                                             const qc_node *node)
{
    size_t place = 0;
    while (place < count && nodes[place] != node)
        place++;
    return place;
}

static void put_bind(writing *to, const qc_node *bind)
{
    const size_t place = find(to->key->binds, to->key->bind_count, bind);
    if (place == to->key->bind_count) {
        to->failed = true;
        return;
    }
    put(to, place << SLOT_SHIFT | SLOT |
                (to->met[place] ? AGAIN : kind_and_type(bind) << TYPE_SHIFT));
    to->met[place] = true;
}

static void put_queued(writing *to, const qc_node *node)
{
    const size_t place = find(to->nodes, to->node_count, node);
    if (place < to->node_count) {
        put(to, (to->key->bind_count + place) << SLOT_SHIFT | AGAIN | SLOT);
        return;
    }
    put(to, QUEUED);
    to->failed |= place == MOST_NODES;
    if (!to->failed)
        to->nodes[to->node_count++] = node;
}

static void put_place(writing *to, const qc_node *node)
{
    if (!node || node->flags & QC_NODE_CONSTANT)
        put(to, (uintptr_t)node);
    else if (node->kind == QC_NODE_BIND || node->kind == QC_NODE_ARRAY)
        put_bind(to, node);
    else
        put_queued(to, node);
}

static void put_clauses(writing *to, const qc_clause *clause)
{
    for (; clause->kind != QC_CLAUSE_END; clause++) {
        const unsigned parts = parts_of(clause);
        put(to, clause->kind | parts << PARTS_SHIFT);
        to->failed |= clause->kind == QC_CLAUSE_ROWS || qc_extends(clause);
        if (parts & QC_PART_NODE)
            put_place(to, clause->node);
        if (parts & QC_PART_ON)
            put_place(to, clause->on.node);
        for (size_t i = 0; parts & QC_PART_LIST && clause->list[i]; i++)
            put_place(to, clause->list[i]);
        if (parts & QC_PART_LIST)
            put(to, 0);
    }
    put(to, QC_CLAUSE_END);
}

/* A text as its length and words, the last padded with zeros. */
static void put_text(writing *to, const char *text)
{
    const size_t length = strlen(text);
    put(to, length);
    for (size_t at = 0; at < length && !to->failed; at += sizeof(uint64_t)) {
        const size_t left = length - at;
        uint64_t word = 0;
        memcpy(&word, text + at, left < sizeof(word) ? left : sizeof(word));
        put(to, word);
    }
}

static void put_payload(writing *to, const qc_node *node)
{
    const qc_label_node *label = (const qc_label_node *)node;
    switch (node->kind) {
    case QC_NODE_LABEL:
        put(to, label->count);
        for (size_t i = 0; i < label->count; i++)
            put(to, label->words[i]);
        break;
    case QC_NODE_ALIAS:
    case QC_NODE_FUNC:
    case QC_NODE_OP:
    case QC_NODE_RAW: put_text(to, node->u.text); break;
    case QC_NODE_QUERY: put_clauses(to, node->u.clauses); break;
    default: put(to, (uint64_t)node->u.integer); break;
    }
}

static void put_node(writing *to, const qc_node *node)
{
    put(to, qc_structure_of(node));
    if (IS_IN(WITH_PAYLOAD, node))
        put_payload(to, node);
    else if (!IS_IN(WITHOUT_PAYLOAD, node))
        to->failed = true;
    for (size_t i = 0; i < node->count; i++)
        put_place(to, qc_kid(node, i));
}

const qc_recipe *qc_recipe_of(qc_arena *arena, const qc_clause *clauses, uint64_t variant,
                              const qc_key *key)
{
    writing to = {.key = key, .failed = key->bind_count > MOST_BINDS};
    if (to.failed)
        return NULL;
    put(&to, variant);
    put_clauses(&to, clauses);
    for (size_t i = 0; i < to.node_count && !to.failed; i++)
        put_node(&to, to.nodes[i]);
    for (size_t i = 0; i < key->bind_count; i++)
        to.failed |= !to.met[i];
    const size_t size = to.word_count * sizeof(to.words[0]);
    qc_recipe *made = to.failed ? NULL : qc_arena_alloc(arena, sizeof(*made) + size);
    if (!made)
        return NULL;
    made->node_count = (uint32_t)to.node_count;
    made->bind_count = (uint32_t)key->bind_count;
    memcpy(made->words, to.words, size);
    return made;
}

/* ---- Matching. ---- */

typedef struct matching {
    const uint64_t *next;
    const qc_node **slots;
    const qc_node **tail; /* of those that are queued */
} matching;

static inline bool match_place(matching *of, const qc_node *node)
{
    const uint64_t word = *of->next++;
    if (word == (uintptr_t)node)
        return true;
    if (word == QUEUED) {
        *of->tail++ = node;
        return node;
    }
    if (!(word & SLOT) || !node)
        return false;
    const qc_node **slot = &of->slots[(uint32_t)word >> SLOT_SHIFT];
    if (word & AGAIN)
        return *slot == node;
    *slot = node;
    return word >> TYPE_SHIFT == kind_and_type(node);
}

static inline bool match_list(matching *of, const qc_node *const *list)
{
    if (!list)
        return false;
    do
        if (!match_place(of, *list))
            return false;
    while (*list++);
    return true;
}

static inline bool match_clauses(matching *of, const qc_clause *clause)
{
    uint64_t word;
    for (; (word = *of->next++) != QC_CLAUSE_END; clause++) {
        const unsigned parts = (unsigned)word >> PARTS_SHIFT;
        if (clause->kind != (uint8_t)word ||
            (parts & QC_PART_NODE && !match_place(of, clause->node)))
            return false;
        if (parts <= QC_PART_NODE)
            continue;
        if ((parts & QC_PART_ON && !match_place(of, clause->on.node)) ||
            (parts & QC_PART_LIST && !match_list(of, clause->list)) ||
            (parts & PART_NO_LIST && clause->list))
            return false;
    }
    return clause->kind == QC_CLAUSE_END;
}

static bool match_nested(matching *of, const qc_clause *clauses)
{
    return match_clauses(of, clauses);
}

static bool match_text(matching *of, const char *text)
{
    const uint64_t *words = of->next + 1;
    const size_t length = of->next[0];
    of->next = words + (length + sizeof(*words) - 1) / sizeof(*words);
    return strncmp(text, (const char *)words, length) == 0 && !text[length];
}

static inline bool match_label(matching *of, const qc_label_node *label)
{
    const uint64_t *words = of->next + 1;
    if (of->next[0] != label->count)
        return false;
    for (size_t i = 0; i < label->count; i++)
        if (words[i] != label->words[i])
            return false;
    of->next = words + label->count;
    return true;
}

static inline bool match_payload(matching *of, const qc_node *node)
{
    if (node->kind == QC_NODE_LABEL)
        return match_label(of, (const qc_label_node *)node);
    if (node->kind == QC_NODE_QUERY)
        return match_nested(of, node->u.clauses);
    if (IS_IN(NAMED, node))
        return match_text(of, node->u.text);
    return *of->next++ == (uint64_t)node->u.integer;
}

static inline bool match_node(matching *of, const qc_node *node)
{
    if (*of->next++ != qc_structure_of(node) ||
        (IS_IN(WITH_PAYLOAD, node) && !match_payload(of, node)))
        return false;
    const qc_node *const *kid = qc_kids(node), *const *end = kid + node->count;
    for (; kid < end; kid++)
        if (!match_place(of, *kid))
            return false;
    return true;
}

/* Binds of different slots must not be one. A bind above all before it is none of them. */
static bool are_distinct(const qc_node *const *binds, size_t count)
{
    const qc_node *highest = NULL;
    for (size_t i = 0; i < count; i++) {
        if ((uintptr_t)binds[i] > (uintptr_t)highest)
            highest = binds[i];
        else if (find(binds, i, binds[i]) < i)
            return false;
    }
    return true;
}

const qc_node *const *qc_recipe_match(const qc_recipe *recipe, qc_arena *arena,
                                      const qc_clause *clauses, uint64_t variant)
{
    if (!recipe || recipe->words[0] != variant)
        return NULL;
    const size_t slots = recipe->bind_count + recipe->node_count + 1;
    const qc_node **binds = qc_arena_take(arena, slots * sizeof(*binds));
    if (!binds)
        return NULL;
    const qc_node **queue = binds + recipe->bind_count;
    matching of = {recipe->words + 1, binds, queue};
    if (!match_clauses(&of, clauses))
        return NULL;
    for (; queue < of.tail; queue++)
        if (!match_node(&of, *queue))
            return NULL;
    return are_distinct(binds, recipe->bind_count) ? binds : NULL;
}
