/* The fingerprint: one walk that writes the key's words and gathers the binds.
 *
 * A node is an odd word with its kind, type, operator, form and number of kids, then what its
 * payload says, then its kids. A column, table or relationship read from a plain table is its
 * address alone, which is even and says all of that. A bind is an odd word with its place among
 * the binds, so a node met twice is the same word twice. A text is the number of its words and those, the last padded with zeros. A
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
    MOST_WORDS = 1 << 20, /* few nodes may stand in a tree very often */
    MOST_A_NODE = 4, /* words of a node or clause without its texts and kids */
    FIRST_BINDS = 64,
    SCANNED_BINDS = 64 /* more are looked up in a hash set */
};

/* Where the next word goes is handed from call to call, as `next`. */
typedef struct walk {
    uint64_t *words, *end;
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

static const qc_node too_big_node = {
    .kind = QC_NODE_POISON,
    .op = QC_ERROR_TOO_BIG,
    .u.text = "the query has too many parts; does an expression stand in itself many times over?"};

/* When memory is out, or the key too long, it is void: what there is of it is written over, and the
 * walk goes no deeper. */
static __attribute__((cold)) uint64_t *grow_words(walk *to, uint64_t *next, size_t count)
{
    size_t used = (size_t)(next - to->words);
    size_t room = 2 * (size_t)(to->end - to->words) + count;
    bool is_too_long = used > MOST_WORDS;
    uint64_t *words = is_too_long ? NULL : qc_arena_alloc(to->arena, room * sizeof(*words));
    if (is_too_long && !to->poison)
        to->poison = &too_big_node;
    if (!words) {
        to->nomem = true;
        return to->words;
    }
    memcpy(words, to->words, used * sizeof(*words));
    to->words = words;
    to->end = words + room;
    return words + used;
}

static inline uint64_t *reserve(walk *to, uint64_t *next, size_t count)
{
    return (size_t)(to->end - next) >= count ? next : grow_words(to, next, count);
}

/* A text, and room behind it for the rest of a node. */
static __attribute__((noinline)) uint64_t *put_text(walk *to, uint64_t *next, const char *text)
{
    size_t length = strlen(text), count = length / sizeof(*next) + 1;
    next = reserve(to, next, count + 1 + MOST_A_NODE);
    if (to->nomem)
        return next;
    *next++ = count;
    next[count - 1] = 0;
    memcpy(next, text, length);
    return next + count;
}

/* The same of a label, whose text is words already. */
static inline uint64_t *put_label(walk *to, uint64_t *next, const qc_label_node *label)
{
    next = reserve(to, next, label->count + 1 + MOST_A_NODE);
    if (to->nomem)
        return next;
    *next++ = label->count;
    for (size_t i = 0; i < label->count; i++)
        next[i] = label->words[i];
    return next + label->count;
}

/* The structure of a node, as an odd word. */
static inline uint64_t header(const qc_node *node)
{
    return qc_structure_of(node) << 1 | 1;
}

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

static __attribute__((cold)) bool grow_binds(walk *to)
{
    size_t room = 2 * to->bind_room;
    const qc_node **binds = qc_arena_alloc(to->arena, room * sizeof(*binds));
    if (!binds) {
        to->nomem = true;
        return false;
    }
    memcpy(binds, to->binds, to->bind_count * sizeof(*binds));
    to->binds = binds;
    to->bind_room = room;
    return true;
}

static inline size_t add_bind(walk *to, const qc_node *bind)
{
    if (to->bind_count == to->bind_room && !grow_binds(to))
        return 0;
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

/* The place of a bind that may have been met. */
static __attribute__((noinline)) size_t find_place(walk *to, const qc_node *bind)
{
    if (to->bind_count > SCANNED_BINDS)
        return hashed_place(to, bind);
    for (size_t i = 0; i < to->bind_count; i++)
        if (to->binds[i] == bind)
            return i;
    return add_bind(to, bind);
}

static inline size_t place_of(walk *to, const qc_node *bind)
{
    if ((uintptr_t)bind <= to->highest)
        return find_place(to, bind);
    to->highest = (uintptr_t)bind;
    return add_bind(to, bind);
}

static inline uint64_t *put_bind(walk *to, uint64_t *next, const qc_node *bind)
{
    uint64_t place = place_of(to, bind);
    *next = place << 17 | (uint64_t)bind->type << 9 | (uint64_t)bind->kind << 1 | 1;
    return next + 1;
}

/* ---- Nodes and clauses. ---- */

static uint64_t *put_clauses(walk *to, uint64_t *next, const qc_clause *clauses);
static inline uint64_t *put(walk *to, uint64_t *next, const qc_node *node);

static __attribute__((noinline)) uint64_t *put_query(walk *to, uint64_t *next, const qc_node *node)
{
    const qc_clause *clauses = qc_flatten(to->arena, node->u.clauses);
    to->nomem |= !clauses;
    return clauses ? put_clauses(to, next, clauses) : next;
}

/* A column or relationship of a table or of an alias. */
static __attribute__((noinline)) uint64_t *put_ranged(walk *to, uint64_t *next, const qc_node *node)
{
    const qc_node *range = qc_kid(node, 0);
    const bool is_plain = range->kind == QC_NODE_TABLE && node->count == 1;
    if (!is_plain)
        *next++ = header(node);
    *next++ = (uintptr_t)node->u.column;
    if (is_plain)
        return next;
    for (size_t i = 0; i < node->count; i++)
        next = put(to, next, qc_kid(node, i));
    return next;
}

/* Any node but the most frequent. */
static uint64_t *put_other(walk *to, uint64_t *next, const qc_node *node)
{
    if (to->nomem)
        return next;
    switch (node->kind) {
    case QC_NODE_POISON:
        to->poison = to->poison ? to->poison : node;
        return next;
    case QC_NODE_ARRAY:
        return put_bind(to, next, node);
    case QC_NODE_COLUMN:
    case QC_NODE_RELATION:
        return put_ranged(to, next, node);
    case QC_NODE_TABLE:
    case QC_NODE_RECORD:
        *next = (uintptr_t)node->u.table;
        return next + 1;
    case QC_NODE_QUERY:
        *next++ = header(node);
        return put_query(to, next, node);
    case QC_NODE_LABEL:
        *next++ = header(node);
        next = put_label(to, next, (const qc_label_node *)node);
        break;
    case QC_NODE_ALIAS:
    case QC_NODE_FUNC:
    case QC_NODE_OP:
    case QC_NODE_RAW:
        *next++ = header(node);
        next = put_text(to, next, node->u.text);
        break;
    case QC_NODE_CALL:
        *next++ = header(node);
        if (node->op == QC_FUNCTION_EXTRACT || node->op == QC_FUNCTION_DATE_TRUNC)
            *next++ = (uint64_t)node->u.integer;
        break;
    case QC_NODE_CAST:
        *next++ = header(node);
        *next++ = (uint64_t)node->u.integer;
        break;
    default:
        *next++ = header(node);
    }
    for (size_t i = 0; i < node->count; i++)
        next = put(to, next, qc_kid(node, i));
    return next;
}

static inline uint64_t *put(walk *to, uint64_t *next, const qc_node *node)
{
    next = reserve(to, next, MOST_A_NODE);
    if (node->kind == QC_NODE_BIND)
        return put_bind(to, next, node);
    if (node->kind != QC_NODE_COLUMN || qc_kid(node, 0)->kind != QC_NODE_TABLE)
        return put_other(to, next, node);
    *next = (uintptr_t)node->u.column;
    return next + 1;
}

/* Notes that something is missing where it must stand. */
static __attribute__((cold)) void note_zeroed(walk *to)
{
    if (!to->poison)
        to->poison = &qc_zeroed_node;
}

enum { HAS_NODE = 1 << 8, HAS_ON = 1 << 9, HAS_LIST = 1 << 10, COUNT_SHIFT = 32 };

/* Whether a clause with a list of nothing is one all the same. */
static bool stands_without_items(uint32_t kind)
{
    return kind == QC_CLAUSE_VALUES || kind == QC_CLAUSE_ON_CONFLICT || kind == QC_CLAUSE_DO_UPDATE;
}

/* The word of a clause, then its list; nothing for most lists of nothing. */
static uint64_t *put_list_clause(walk *to, uint64_t *next, const qc_clause *clause)
{
    size_t at = (size_t)(next++ - to->words), count = 0;
    for (const qc_node *const *item = clause->list; *item; item++) {
        if ((*item)->kind == QC_NODE_ABSENT)
            continue;
        next = put(to, next, *item);
        count++;
    }
    if (!count && !stands_without_items(clause->kind))
        return to->words + at;
    to->words[at] = clause->kind | HAS_LIST | (uint64_t)count << COUNT_SHIFT;
    return next;
}

static uint64_t *put_node_clause(walk *to, uint64_t *next, const qc_clause *clause)
{
    const qc_node *node = clause->node;
    if (node && node->kind == QC_NODE_ABSENT)
        return next;
    *next++ = clause->kind | (node ? HAS_NODE : 0);
    if (node)
        return put(to, next, node);
    if (clause->kind != QC_CLAUSE_HEAD || clause[1].kind != QC_CLAUSE_ITEMS)
        note_zeroed(to);
    return next;
}

static uint64_t *put_join(walk *to, uint64_t *next, const qc_clause *clause)
{
    const qc_node *on = qc_is_absent(clause->on.node) ? NULL : clause->on.node;
    *next++ = clause->kind | HAS_NODE | (on ? HAS_ON : 0);
    if (clause->node)
        next = put(to, next, clause->node);
    else
        note_zeroed(to);
    return on ? put(to, next, on) : next;
}

static uint64_t *put_clauses(walk *to, uint64_t *next, const qc_clause *clause)
{
    for (; clause->kind != QC_CLAUSE_END; clause++) {
        unsigned parts = qc_clause_parts[clause->kind];
        next = reserve(to, next, MOST_A_NODE);
        if (parts & QC_PART_LIST && clause->list)
            next = put_list_clause(to, next, clause);
        else if (parts & QC_PART_ON)
            next = put_join(to, next, clause);
        else if (parts & QC_PART_NODE)
            next = put_node_clause(to, next, clause);
        else
            *next++ = clause->kind;
    }
    next = reserve(to, next, MOST_A_NODE);
    *next = QC_CLAUSE_END;
    return next + 1;
}

void qc_fingerprint(qc_arena *arena, const qc_clause *clauses, uint64_t variant, qc_key *ret)
{
    typedef struct room {
        const qc_node *binds[FIRST_BINDS];
        uint64_t words[FIRST_WORDS];
    } room;
    room *first = qc_arena_alloc(arena, sizeof(*first));
    if (first && qc_extends(clauses))
        clauses = qc_flatten(arena, clauses);
    if (!first || !clauses) {
        *ret = (qc_key){.nomem = true};
        return;
    }
    walk to = {.words = first->words,
               .end = first->words + FIRST_WORDS,
               .binds = first->binds,
               .bind_room = FIRST_BINDS,
               .arena = arena};
    first->words[0] = variant;
    uint64_t *end = put_clauses(&to, first->words + 1, clauses);
    size_t count = (size_t)(end - to.words);
    *ret = (qc_key){.words = to.words,
                    .count = count,
                    .binds = to.binds,
                    .bind_count = to.bind_count,
                    .poison = to.poison,
                    .nomem = to.nomem && !to.poison};
}

void qc_hash_key(qc_key *key)
{
    key->hash = XXH3_64bits(key->words, key->count * sizeof(*key->words));
}
