/* What repeats in a budget: like statements of one line are counted, and told at its end, with the
 * relationship that they look up one by one. */
#include "engine/budget.h"

#include "ast/ast.h"
#include "engine/pipeline.h"
#include "engine/trace.h"

#include <string.h>

enum { BUCKETS = 64, MODELS = 16, COMPARED = 16 };

/* Like statements of one line. */
typedef struct alike {
    struct alike *next, *chain; /* in the order they came; of one bucket */
    qc_site site;
    uint64_t hash; /* of the text, or of the relationship */
    const char *sql;
    const qc_relation *relation; /* that they look up; NULL: it is not known */
    qc_site from;                /* the query that found the objects; line 0: it is not known */
    bool writes;
    int64_t count;
} alike;

typedef struct qc_budget_notes {
    qc_arena *arena;
    alike *first, **last;
    alike *buckets[BUCKETS];
    const qc_table *models[MODELS]; /* whose rows were fetched */
    size_t model_count;
} notes;

/* NULL: nothing is watched, or memory is out, and it misses something. */
static notes *notes_of(qc_budget *budget)
{
    if (budget->notes || !budget->limits.alike)
        return budget->notes;
    qc_arena *arena = qc_arena_new();
    notes *made = arena ? qc_arena_alloc(arena, sizeof(*made)) : NULL;
    if (!made) {
        qc_arena_free(arena);
        return NULL;
    }
    memset(made, 0, sizeof(*made));
    made->arena = arena;
    made->last = &made->first;
    return budget->notes = made;
}

static bool is_at(const qc_site *a, const qc_site *b)
{
    return a->line == b->line && (a->file == b->file || strcmp(a->file, b->file) == 0);
}

/* Counts one; true when it is the first of its kind, whose *ret is to be filled. */
static bool count_in(notes *in, const qc_site *site, uint64_t hash, alike **ret)
{
    alike **bucket = &in->buckets[(hash ^ (uint64_t)site->line) % BUCKETS];
    alike *each = *bucket;
    while (each && !(each->hash == hash && is_at(&each->site, site)))
        each = each->chain;
    if (each) {
        each->count++;
        return false;
    }
    if (!(each = qc_arena_alloc(in->arena, sizeof(*each))))
        return false;
    *each = (alike){.chain = *bucket, .site = *site, .hash = hash, .sql = "", .count = 1};
    *in->last = *bucket = *ret = each;
    in->last = &each->next;
    return true;
}

/* ---- The relationship a query looks up. ---- */

/* The columns that a query wants to equal a value. */
typedef struct compared {
    const qc_column *columns[COMPARED];
    size_t count;
} compared;

static void add_compared(compared *to, const qc_node *a, const qc_node *b)
{
    if (a->kind == QC_NODE_COLUMN && b->kind == QC_NODE_BIND && to->count < COMPARED)
        to->columns[to->count++] = a->u.column;
}

static void find_compared(compared *to, const qc_node *test)
{
    if (test && test->kind == QC_NODE_LOGIC && test->op == QC_OP_AND)
        for (size_t i = 0; i < test->count; i++)
            find_compared(to, qc_kid(test, i));
    if (!test || test->kind != QC_NODE_BINARY || test->op != QC_OP_EQ)
        return;
    add_compared(to, qc_kid(test, 0), qc_kid(test, 1));
    add_compared(to, qc_kid(test, 1), qc_kid(test, 0));
}

static bool has_column(const compared *in, const qc_table *table, const char *name)
{
    for (size_t i = 0; i < in->count; i++)
        if (in->columns[i]->table == table && strcmp(in->columns[i]->name, name) == 0)
            return true;
    return false;
}

static bool has_primary_key(const compared *in, const qc_table *table)
{
    bool any = false;
    for (uint32_t i = 0; i < table->column_count; i++) {
        if (!table->columns[i].primary_key)
            continue;
        any = true;
        if (!has_column(in, table, table->columns[i].name))
            return false;
    }
    return any;
}

/* Whether the query reads, from the relationship's target, what belongs to one object. */
static bool looks_up(const compared *in, const qc_table *target, const qc_relation *relation)
{
    if (relation->target != target)
        return false;
    if (relation->kind == QC_BELONGS_TO_KIND)
        return has_primary_key(in, target);
    const qc_table *keyed = relation->through ? relation->through : target;
    for (const char *const *name = relation->key; *name; name++)
        if (!has_column(in, keyed, *name))
            return false;
    return relation->key[0] != NULL;
}

static const qc_relation *relation_from(const compared *in, const qc_table *target,
                                        const qc_table *parent)
{
    const qc_relation *const *each = parent->relations;
    while (each && *each && !looks_up(in, target, *each))
        each++;
    return each ? *each : NULL;
}

/* Of models that were fetched before, the latest first; else of those the target names. */
static const qc_relation *find_relation(const notes *in, const qc_table *target,
                                        const compared *keys)
{
    const qc_relation *found = NULL;
    for (size_t i = in->model_count; !found && i > 0; i--)
        found = relation_from(keys, target, in->models[i - 1]);
    for (size_t i = 0; !found && i < keys->count; i++)
        if (keys->columns[i]->references)
            found = relation_from(keys, target, keys->columns[i]->references);
    for (size_t i = 0; !found && target->relations && target->relations[i]; i++)
        found = relation_from(keys, target, target->relations[i]->target);
    return found;
}

static void note_model(notes *in, const qc_table *model)
{
    for (size_t i = 0; i < in->model_count; i++)
        if (in->models[i] == model)
            return;
    if (model && in->model_count < MODELS)
        in->models[in->model_count++] = model;
}

/* ---- Counting. ---- */

static void describe(notes *in, alike *what, const qc_statement *statement,
                     const qc_clause *clauses)
{
    const char *sql = qc_arena_copy(in->arena, statement->sql, statement->sql_length);
    const qc_clause *flat = qc_flatten(in->arena, clauses);
    const qc_table *model = flat ? qc_table_of(flat->node) : NULL;
    compared keys = {.count = 0};
    if (sql)
        what->sql = sql;
    what->writes = statement->writes;
    for (const qc_clause *each = flat; model && each->kind != QC_CLAUSE_END; each++)
        if (each->kind == QC_CLAUSE_WHERE)
            find_compared(&keys, each->node);
    if (model && !statement->writes && keys.count)
        what->relation = find_relation(in, model, &keys);
    note_model(in, model);
}

/* Writes that are queued are what the advice was. */
void qc_alike_note_statement(qc_db *db, const qc_site *site, const qc_statement *statement,
                             const qc_clause *clauses)
{
    if (statement->writes && db->pipeline && db->pipeline->open)
        return;
    for (qc_budget *budget = db->budget; budget; budget = budget->outer) {
        notes *in = notes_of(budget);
        alike *made;
        if (in && count_in(in, site, statement->hash, &made))
            describe(in, made, statement, clauses);
    }
}

void qc_alike_note_load(qc_db *db, const qc_site *site, const qc_relation *relation,
                        const qc_site *from)
{
    for (qc_budget *budget = db->budget; budget; budget = budget->outer) {
        notes *in = notes_of(budget);
        alike *made;
        if (!in || !count_in(in, site, (uintptr_t)relation, &made))
            continue;
        made->relation = relation;
        if (from)
            made->from = *from;
    }
}

/* ---- Telling. ---- */

static void put_advice(qc_strbuf *out, const alike *what)
{
    const qc_relation *relation = what->relation;
    qc_strbuf_printf(out, "%lld statements alike from %s:%d; ", (long long)what->count,
                     what->site.file, what->site.line);
    if (what->writes)
        qc_strbuf_puts(out, "write the structs at once (INSERT_ROWS, UPDATE_ROWS, DELETE_ROWS), or "
                            "queue the statements in a PIPELINE");
    else if (!relation)
        qc_strbuf_puts(out, "one query for all of them would do, with IN, a JOIN or a loader");
    else
        qc_strbuf_printf(out, "add .LOAD(SELECTIN(%s_%s))", relation->parent->model,
                         relation->name);
    if (relation && what->from.line)
        qc_strbuf_printf(out, " to the query at %s:%d", what->from.file, what->from.line);
}

void qc_alike_end(qc_budget *budget)
{
    notes *in = budget->notes;
    budget->notes = NULL;
    if (!in)
        return;
    for (const alike *each = in->first; budget->db && each; each = each->next) {
        if (each->count < budget->limits.alike)
            continue;
        qc_strbuf text = {0};
        put_advice(&text, each);
        qc_tell_alike(budget->db, &each->site, each->sql, each->count,
                      text.failed ? "(out of memory)" : text.text);
        qc_strbuf_free(&text);
    }
    qc_arena_free(in->arena);
}
