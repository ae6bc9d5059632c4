/* The fingerprint: one walk that writes the key's words and gathers the binds.
 *
 * A node is an odd word with its kind, type, operator, form and number of kids, then what its
 * payload says, then its kids. A column, table or relationship read from a plain table is its
 * address alone, which is even and says all of that. A bind is an odd word with its place among
 * the binds, so a node met twice is the same word twice. A text is its length and its bytes. A
 * clause is a word with its kind and the number of its items. So a key can be read in one way
 * only, and equal keys mean equal structure.
 *
 * Left out: values and whether they are NULL, absent nodes and clauses of nothing else.
 */
#include "ast/fingerprint.h"
#include "ast/make.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum {
    FIRST_WORDS = 128,
    MOST_A_NODE = 4, /* words of a node or clause without its texts and kids */
    FIRST_BINDS = 64,
    SCANNED_BINDS = 64 /* more are looked up in a hash set */
};

typedef struct walk {
    uint64_t *next, *end, *words;
    const qc_node **binds;
    size_t bind_count, bind_room;
    uintptr_t highest; /* address of a bind: one above it is new */
    uint32_t *set;     /* places of binds, from 1, by the hash of their address; 0: none */
    size_t set_size;   /* a power of two */
    size_t set_count;  /* binds in it: the first so many */
    const qc_node *poison;
    bool nomem;
    qc_arena *arena;
} walk;

/* ---- Words. ---- */

static __attribute__((cold)) bool grow_words(walk *to, size_t count)
{
    size_t used = (size_t)(to->next - to->words);
    size_t room = 2 * (size_t)(to->end - to->words) + count;
    uint64_t *words = qc_arena_alloc(to->arena, room * sizeof(*words));
    if (!words) {
        to->nomem = true;
        return false;
    }
    memcpy(words, to->words, used * sizeof(*words));
    to->words = words;
    to->next = words + used;
    to->end = words + room;
    return true;
}

static inline bool reserve(walk *to, size_t count)
{
    return (size_t)(to->end - to->next) >= count || grow_words(to, count);
}

/* A text, and room behind it for the rest of a node. */
static bool put_text(walk *to, const char *text)
{
    size_t length = strlen(text), words = (length + 7) / 8;
    if (!reserve(to, words + MOST_A_NODE))
        return false;
    *to->next++ = length;
    if (words) {
        to->next[words - 1] = 0;
        memcpy(to->next, text, length);
        to->next += words;
    }
    return true;
}

static inline void put_address(walk *to, const void *address)
{
    *to->next++ = (uintptr_t)address;
}

/* The parts of a node's header that are structure, as a word. */
static inline uint64_t header(const qc_node *node)
{
    static const qc_node structure = {.kind = 0xFF,
                                      .type = 0xFF,
                                      .op = 0xFF,
                                      .flags = QC_NODE_VARCHAR | QC_NODE_CHAR,
                                      .count = QC_MAX_KIDS - 1};
    uint64_t word, mask;
    memcpy(&word, node, sizeof(word));
    memcpy(&mask, &structure, sizeof(mask));
    return (word & mask) << 1 | 1;
}
_Static_assert(offsetof(qc_node, u) == sizeof(uint64_t), "a node's header is a word");

/* ---- Binds. ---- */

static size_t slot_of(const walk *to, const qc_node *bind)
{
    uint64_t mixed = (uint64_t)((uintptr_t)bind >> 3) * 0x9E3779B97F4A7C15u;
    size_t at = (size_t)(mixed >> 32) & (to->set_size - 1);
    while (to->set[at] && to->binds[to->set[at] - 1] != bind)
        at = (at + 1) & (to->set_size - 1);
    return at;
}

/* Makes the set hold all binds, with room for another. */
static bool complete_set(walk *to)
{
    size_t size = to->set_size ? to->set_size : 2 * SCANNED_BINDS;
    while (size < 2 * (to->bind_count + 1))
        size *= 2;
    if (size > to->set_size) {
        to->set = qc_arena_alloc(to->arena, size * sizeof(*to->set));
        if (!to->set)
            return false;
        memset(to->set, 0, size * sizeof(*to->set));
        to->set_size = size;
        to->set_count = 0;
    }
    while (to->set_count < to->bind_count) {
        size_t slot = slot_of(to, to->binds[to->set_count]);
        to->set[slot] = (uint32_t)++to->set_count;
    }
    return true;
}

static bool grow_binds(walk *to)
{
    size_t room = 2 * to->bind_room;
    const qc_node **binds = qc_arena_alloc(to->arena, room * sizeof(*binds));
    if (!binds)
        return false;
    memcpy(binds, to->binds, to->bind_count * sizeof(*binds));
    to->binds = binds;
    to->bind_room = room;
    return true;
}

static size_t add_bind(walk *to, const qc_node *bind)
{
    if (to->bind_count == to->bind_room && !grow_binds(to)) {
        to->nomem = true;
        return 0;
    }
    to->binds[to->bind_count] = bind;
    return to->bind_count++;
}

static size_t hashed_place(walk *to, const qc_node *bind)
{
    if (!complete_set(to)) {
        to->nomem = true;
        return 0;
    }
    uint32_t known = to->set[slot_of(to, bind)];
    return known ? known - 1 : add_bind(to, bind);
}

static inline size_t place_of(walk *to, const qc_node *bind)
{
    if ((uintptr_t)bind > to->highest) {
        to->highest = (uintptr_t)bind;
        return add_bind(to, bind);
    }
    if (to->bind_count > SCANNED_BINDS)
        return hashed_place(to, bind);
    for (size_t i = 0; i < to->bind_count; i++)
        if (to->binds[i] == bind)
            return i;
    return add_bind(to, bind);
}

static inline void put_bind(walk *to, const qc_node *bind)
{
    uint64_t place = place_of(to, bind);
    *to->next++ = place << 17 | (uint64_t)bind->type << 9 | (uint64_t)bind->kind << 1 | 1;
}

/* ---- Nodes and clauses. ---- */

static void put_clauses(walk *to, const qc_clause *clauses);

static void put(walk *to, const qc_node *node)
{
    if (!reserve(to, MOST_A_NODE))
        return;
    switch (node->kind) {
    case QC_NODE_POISON:
        to->poison = to->poison ? to->poison : node;
        return;
    case QC_NODE_BIND:
    case QC_NODE_ARRAY:
        put_bind(to, node);
        return;
    case QC_NODE_COLUMN:
    case QC_NODE_RELATION:
        if (qc_kid(node, 0)->kind != QC_NODE_TABLE) {
            *to->next++ = header(node);
            put(to, qc_kid(node, 0));
            if (!reserve(to, MOST_A_NODE))
                return;
        }
        put_address(to, node->u.column);
        return;
    case QC_NODE_TABLE:
    case QC_NODE_RECORD:
        put_address(to, node->u.table);
        return;
    case QC_NODE_QUERY:
        *to->next++ = header(node);
        put_clauses(to, node->u.clauses);
        return;
    case QC_NODE_ALIAS:
    case QC_NODE_LABEL:
    case QC_NODE_FUNC:
    case QC_NODE_OP:
    case QC_NODE_RAW:
        *to->next++ = header(node);
        if (!put_text(to, node->u.text))
            return;
        break;
    case QC_NODE_CALL:
        *to->next++ = header(node);
        if (node->op == QC_FUNCTION_EXTRACT || node->op == QC_FUNCTION_DATE_TRUNC)
            *to->next++ = (uint64_t)node->u.integer;
        break;
    case QC_NODE_CAST:
        *to->next++ = header(node);
        *to->next++ = (uint64_t)node->u.integer;
        break;
    default:
        *to->next++ = header(node);
    }
    for (size_t i = 0; i < node->count; i++)
        put(to, qc_kid(node, i));
}

/* Whether it is missing where something must stand; then the query is poison. */
static bool is_zeroed(walk *to, const void *what)
{
    if (!what && !to->poison)
        to->poison = &qc_zeroed_node;
    return !what;
}

/* The items that are not absent; their number. */
static size_t put_list(walk *to, const qc_node *const *list)
{
    size_t count = 0;
    for (; *list; list++) {
        if ((*list)->kind == QC_NODE_ABSENT)
            continue;
        put(to, *list);
        count++;
    }
    return count;
}

enum { HAS_NODE = 1 << 8, HAS_ON = 1 << 9, HAS_LIST = 1 << 10, LIST_COUNT_SHIFT = 32 };

/* The word of a clause with a list, then the list; nothing for a list of nothing, but that of a
 * row without values. */
static void put_list_clause(walk *to, const qc_clause *clause)
{
    size_t at = (size_t)(to->next - to->words);
    to->next++;
    size_t count = put_list(to, clause->list);
    if (count || clause->kind == QC_CLAUSE_VALUES)
        to->words[at] = clause->kind | HAS_LIST | (uint64_t)count << LIST_COUNT_SHIFT;
    else if (!to->poison && !to->nomem)
        to->next = to->words + at;
}

static void put_node_clause(walk *to, const qc_clause *clause)
{
    bool is_generic = clause->kind == QC_CLAUSE_HEAD && clause[1].kind == QC_CLAUSE_ITEMS;
    if (!clause->node && is_generic)
        *to->next++ = clause->kind;
    else if (!is_zeroed(to, clause->node) && clause->node->kind != QC_NODE_ABSENT) {
        *to->next++ = clause->kind | HAS_NODE;
        put(to, clause->node);
    }
}

static void put_join(walk *to, const qc_clause *clause)
{
    const qc_node *on = qc_is_absent(clause->on.node) ? NULL : clause->on.node;
    if (is_zeroed(to, clause->node))
        return;
    *to->next++ = clause->kind | HAS_NODE | (on ? HAS_ON : 0);
    put(to, clause->node);
    if (on)
        put(to, on);
}

static void put_clauses(walk *to, const qc_clause *clause)
{
    for (; clause->kind != QC_CLAUSE_END; clause++) {
        if (!reserve(to, MOST_A_NODE))
            return;
        unsigned parts = qc_clause_parts[clause->kind];
        if (parts & QC_PART_LIST && clause->list)
            put_list_clause(to, clause);
        else if (parts & QC_PART_ON)
            put_join(to, clause);
        else if (parts & QC_PART_NODE)
            put_node_clause(to, clause);
        else
            *to->next++ = clause->kind;
    }
    if (reserve(to, MOST_A_NODE))
        *to->next++ = QC_CLAUSE_END;
}

void qc_fingerprint(qc_arena *arena, const qc_clause *clauses, uint64_t variant, qc_key *ret)
{
    typedef struct room {
        const qc_node *binds[FIRST_BINDS];
        uint64_t words[FIRST_WORDS];
    } room;
    room *first = qc_arena_alloc(arena, sizeof(*first));
    const qc_clause *flat = first ? qc_flatten(arena, clauses) : NULL;
    if (!flat) {
        *ret = (qc_key){.nomem = true};
        return;
    }
    walk to = {.next = first->words,
               .end = first->words + FIRST_WORDS,
               .words = first->words,
               .binds = first->binds,
               .bind_room = FIRST_BINDS,
               .arena = arena};
    *to.next++ = variant;
    put_clauses(&to, flat);
    size_t count = (size_t)(to.next - to.words);
    *ret = (qc_key){.hash = XXH3_64bits(to.words, count * sizeof(*to.words)),
                    .words = to.words,
                    .count = count,
                    .binds = to.binds,
                    .bind_count = to.bind_count,
                    .poison = to.poison,
                    .nomem = to.nomem};
}
