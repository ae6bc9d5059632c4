/* Rows of a query become objects of the session. */
#include "orm/load.h"
#include "orm/session.h"

#include "compile/statement.h"
#include "engine/orm.h"

#include <stdlib.h>
#include <string.h>

static bool is_tracked(const qc_table *table)
{
    return table && qc_primary_key(table).count > 0;
}

/* Replaces the struct that the pointer at `place` leads to. */
static bool adopt_at(qc_session *session, const qc_table *table, char *place)
{
    void *row;
    memcpy(&row, place, sizeof(row));
    if (!row)
        return true;
    void *object = qc_entity_adopt(session, table, row);
    memcpy(place, &object, sizeof(object));
    return object != NULL;
}

/* The entities of item `i`, of which the rows have a pointer at `offset`. */
static bool adopt_item(qc_session *session, const qc_site *site, const qc_node *item,
                       size_t offset, const qc_row_list *rows)
{
    const qc_table *table = qc_table_of(item);
    void **objects = qc_arena_alloc(qc_current_arena(), (rows->count + 1) * sizeof(*objects));
    size_t count = 0;
    if (!is_tracked(table) || !objects)
        return objects != NULL;
    for (size_t i = 0; i < rows->count; i++) {
        char *place = (char *)rows->list[i] + offset;
        if (!adopt_at(session, table, place))
            return false;
        memcpy(&objects[count], place, sizeof(*objects));
        count += objects[count] != NULL;
    }
    return qc_track_siblings(session, site, objects, count) != NULL;
}

static bool adopt_items(qc_session *session, const qc_site *site, const qc_node *head,
                        const qc_node *const *items, const qc_row_list *rows)
{
    for (size_t i = 0; items[i]; i++)
        if (!adopt_item(session, site, items[i], qc_item_offset(head, i), rows))
            return false;
    return true;
}

/* So many numbers there are; the last one is given again and again. */
enum { SIBLINGS_MOST = (1 << 24) - 1 };

/* The number of new siblings; 0: no memory. */
static unsigned number_siblings(qc_session *session, qc_siblings *made)
{
    const size_t count = session->siblings_count;
    if (count < SIBLINGS_MOST && (count & (count - 1)) == 0) { /* as many as there is room for */
        qc_siblings **grown =
            realloc(session->siblings, (count ? 2 * count : 1) * sizeof(*session->siblings));
        if (!grown)
            return 0;
        session->siblings = grown;
    }
    session->siblings_count += count < SIBLINGS_MOST;
    session->siblings[session->siblings_count - 1] = made;
    return (unsigned)session->siblings_count;
}

qc_siblings *qc_track_siblings(qc_session *session, const qc_site *site, void *const *objects,
                               size_t count)
{
    qc_siblings *made =
        qc_arena_alloc(session->arena, sizeof(*made) + count * sizeof(made->places[0]));
    const unsigned number = made ? number_siblings(session, made) : 0;
    if (!number)
        return NULL;
    *made = (qc_siblings){.site = *site, .count = count};
    for (size_t i = 0; i < count; i++) {
        made->places[i] = qc_entity_place(session, objects[i]);
        qc_entity_listed(session, made->places[i])->siblings = number;
    }
    return made;
}

const qc_siblings *qc_siblings_of(const qc_session *session, const qc_entity *entity)
{
    return entity->siblings ? session->siblings[entity->siblings - 1] : NULL;
}

static bool adopt_rows(qc_session *session, const qc_site *site, const qc_table *table,
                       qc_row_list *rows)
{
    qc_entity_expect(session, rows->count);
    for (size_t i = 0; i < rows->count; i++)
        if (!(rows->list[i] = qc_entity_adopt(session, table, rows->list[i])))
            return false;
    return qc_track_siblings(session, site, rows->list, rows->count) != NULL;
}

bool qc_track_rows(qc_session *session, const qc_site *site, const qc_clause *clauses,
                   qc_row_list *rows)
{
    const qc_table *table = qc_table_of(clauses->node);
    const uint32_t kind = clauses[1].kind;
    bool good = true;
    if (kind == QC_CLAUSE_ITEMS)
        good = adopt_items(session, site, clauses->node, clauses[1].list, rows);
    else if (is_tracked(table) && kind != QC_CLAUSE_INSERT && kind != QC_CLAUSE_UPDATE &&
             kind != QC_CLAUSE_DELETE)
        good = adopt_rows(session, site, table, rows);
    return good || qc_fail_nomem(session->db, site);
}
