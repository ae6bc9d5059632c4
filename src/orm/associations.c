/* Rows of associations: what ADD_TO and REMOVE_FROM said of a pair of objects comes to one row that
 * is inserted, or deleted, or to nothing. */
#include "orm/build.h"
#include "orm/flush.h"

#include <string.h>

/* The ties of one relationship and of the one at its other end, oldest first, and their rows. */
typedef struct pairs {
    const qc_flush *flush;
    const qc_table *through;
    qc_key_fields key;                       /* both ends */
    const qc_node *columns[QC_KEY_MOST + 1]; /* the same; ends with NULL */
    qc_tie **ties;
    void **rows;
    size_t count;
} pairs;

/* What becomes of one row. */
typedef struct fate {
    bool seen, was, may_be, is;
} fate;

/* Rows of what another has taken the place of have gone already. */
static bool is_void(const qc_tie *tie)
{
    return qc_tie_is_void(tie) || tie->owner->state == QC_STATE_DELETED ||
           tie->member->state == QC_STATE_DELETED;
}

static bool is_of(const qc_tie *tie, const qc_relation *relation, const qc_relation *back)
{
    return !tie->done && !is_void(tie) && (tie->relation == relation || tie->relation == back);
}

static void set_end(const qc_end *end, char *row, const qc_end *of, const char *object)
{
    for (unsigned i = 0; i < end->count; i++)
        qc_key_set(end->columns[i], row, of->columns[i]->type, object + of->columns[i]->offset);
}

/* A new row of the association between the two, with its defaults. */
static void *row_of(const qc_tie *tie, const qc_ends *ends)
{
    const qc_table *through = tie->relation->through;
    const qc_column *version = qc_version_of(through);
    char *row = qc_arena_alloc(qc_current_arena(), through->size);
    if (!row)
        return NULL;
    memset(row, 0, through->size);
    set_end(&ends->child, row, &ends->parent, tie->owner->object);
    set_end(&ends->onward, row, &ends->target, tie->member->object);
    qc_set_defaults(through, row);
    if (version)
        qc_version_begin(version, row);
    return row;
}

static bool add_end(pairs *to, const qc_end *end)
{
    for (unsigned i = 0; i < end->count; i++) {
        const qc_node *column = qc_build_column(end->columns[i], to->through->range);
        if (!column)
            return false;
        to->columns[to->key.count] = column;
        qc_key_add_column(&to->key, end->columns[i]);
    }
    return true;
}

/* False, with an error. */
static bool add_pair(pairs *to, qc_tie *tie)
{
    const qc_ends *ends = qc_flush_ends(to->flush, tie->relation);
    if (!ends)
        return false;
    if (ends->child.count + ends->onward.count > QC_KEY_MOST) {
        qc_fail(to->flush->session->db, to->flush->site, QC_ERROR_TOO_MANY,
                "the keys of %s.%s have more than %d columns together",
                tie->relation->parent->model, tie->relation->name, QC_KEY_MOST);
        return false;
    }
    void *row = row_of(tie, ends);
    if (!row || (to->count == 0 && !(add_end(to, &ends->child) && add_end(to, &ends->onward))))
        return qc_flush_nomem(to->flush);
    tie->done = true;
    to->ties[to->count] = tie;
    to->rows[to->count++] = row;
    return true;
}

static bool gather(const qc_flush *flush, qc_tie *first, pairs *ret)
{
    const qc_relation *relation = first->relation, *back = qc_back_of(relation);
    size_t most = 0;
    for (const qc_tie *tie = first; tie; tie = tie->next)
        most += is_of(tie, relation, back);
    *ret = (pairs){.flush = flush,
                   .through = relation->through,
                   .ties = qc_arena_alloc(qc_current_arena(), (most + 1) * sizeof(qc_tie *)),
                   .rows = qc_arena_alloc(qc_current_arena(), (most + 1) * sizeof(void *))};
    if (!ret->ties || !ret->rows)
        return qc_flush_nomem(flush);
    for (qc_tie *tie = first; tie; tie = tie->next)
        if (is_of(tie, relation, back) && !add_pair(ret, tie))
            return false;
    return true;
}

/* ---- Statements. ---- */

static bool delete_rows(const pairs *of, void *const *rows, size_t count)
{
    const qc_clause clauses[] = {{.kind = QC_CLAUSE_HEAD, .node = of->through->range},
                                 {.kind = QC_CLAUSE_DELETE},
                                 qc_build_rows(rows, count),
                                 {.kind = QC_CLAUSE_COLUMNS, .list = of->columns},
                                 {.kind = QC_CLAUSE_WITH_DELETED},
                                 {.kind = QC_CLAUSE_END}};
    return !count || qc_exec_plain(of->flush->session->db, of->flush->site, clauses) >= 0;
}

static bool insert_rows(const pairs *of, void *const *rows, size_t count)
{
    const qc_clause clauses[] = {{.kind = QC_CLAUSE_HEAD, .node = of->through->range},
                                 {.kind = QC_CLAUSE_INSERT},
                                 qc_build_rows(rows, count),
                                 {.kind = QC_CLAUSE_END}};
    return !count || qc_exec_plain(of->flush->session->db, of->flush->site, clauses) >= 0;
}

/* ---- What comes of them. ---- */

static void tell(fate *row, const qc_tie *tie)
{
    if (!row->seen)
        *row = (fate){.seen = true, .was = tie->known};
    row->may_be |= tie->removed;
    row->is = !tie->removed;
}

/* What one row gains from its ties: a place among those that come, or go, or both. */
static bool write_rows(const pairs *of)
{
    qc_groups groups;
    fate *fates = qc_arena_alloc(qc_current_arena(), (of->count + 1) * sizeof(*fates));
    void **come = qc_arena_alloc(qc_current_arena(), 2 * (of->count + 1) * sizeof(*come));
    void **go = come ? come + of->count + 1 : NULL;
    size_t coming = 0, going = 0;
    if (!fates || !come ||
        !qc_groups_make(qc_current_arena(), &of->key, of->rows, of->count, &groups))
        return qc_flush_nomem(of->flush);
    memset(fates, 0, of->count * sizeof(*fates));
    for (size_t i = 0; i < of->count; i++)
        if (groups.of_row[i] != QC_NO_GROUP)
            tell(&fates[groups.of_row[i]], of->ties[i]);
        else if (!of->ties[i]->removed)
            come[coming++] = of->rows[i];
    for (uint32_t g = 0; g < groups.count; g++) {
        const fate *row = &fates[g];
        if (row->was && row->is)
            continue;
        if (row->was || row->may_be)
            go[going++] = of->rows[groups.first[g]];
        if (row->is)
            come[coming++] = of->rows[groups.first[g]];
    }
    return delete_rows(of, go, going) && insert_rows(of, come, coming);
}

bool qc_flush_associations(const qc_flush *flush)
{
    for (qc_tie *tie = flush->session->ties; tie; tie = tie->next)
        tie->done = tie->relation->kind != QC_MANY_TO_MANY_KIND;
    for (qc_tie *tie = flush->session->ties; tie; tie = tie->next) {
        pairs of;
        if (tie->done || is_void(tie))
            continue;
        if (!gather(flush, tie, &of) || !write_rows(&of))
            return false;
    }
    return true;
}
