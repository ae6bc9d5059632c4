/* A UNIQUE value that passes from one object to another within a flush: the database refuses it,
 * for it looks at each row as it is written. Its error is told with both objects. */
#include "orm/flush.h"

/* Those that give up what they have of a column. */
typedef struct givers {
    const qc_column *column;
    qc_key_fields key;
    qc_entity **entities;
    void **rows; /* as they are in the database */
    size_t count;
} givers;

static bool gives(const qc_entity *entity, const qc_column *column)
{
    return entity->state == QC_STATE_DOOMED ||
           (entity->state == QC_STATE_PERSISTENT && qc_entity_changed(entity, column));
}

static bool takes(const qc_entity *entity, const qc_column *column)
{
    return entity->state == QC_STATE_PENDING ||
           (entity->state == QC_STATE_PERSISTENT && qc_entity_changed(entity, column));
}

static void tell(const qc_flush *flush, const qc_entity *taker, const qc_entity *giver,
                 const qc_column *column)
{
    qc_error_record *record = &flush->session->db->error;
    qc_strbuf to = qc_entity_name(taker), from = qc_entity_name(giver), text = {0};
    const bool doomed = giver->state == QC_STATE_DOOMED;
    if (to.text && from.text)
        qc_strbuf_printf(&text, "%s: %s is to have the %s of %s, which %s later in this flush; %s",
                         record->error.message, to.text, column->name, from.text,
                         doomed ? "is deleted" : "gets another",
                         doomed ? "flush between the two"
                                : "give one of the two a value in between, and flush twice");
    const char *message = text.text ? qc_error_text(record, text.text) : NULL;
    if (message)
        record->error.message = message;
    qc_strbuf_free(&text);
    qc_strbuf_free(&from);
    qc_strbuf_free(&to);
}

/* False: memory is out. */
static bool gather(const qc_session *session, const qc_table *table, givers *to)
{
    qc_arena *arena = qc_current_arena();
    to->entities = qc_arena_alloc(arena, (session->count + 1) * sizeof(qc_entity *));
    to->rows = qc_arena_alloc(arena, (session->count + 1) * sizeof(void *));
    qc_key_add_column(&to->key, to->column);
    for (size_t i = 0; to->entities && to->rows && i < session->count; i++) {
        qc_entity *entity = qc_entity_listed(session, i);
        if (!entity || entity->table != table || !gives(entity, to->column))
            continue;
        to->entities[to->count] = entity;
        to->rows[to->count++] = entity->snapshot;
    }
    return to->entities && to->rows;
}

/* Whether it has found the two. */
static bool explain(const qc_flush *flush, const qc_table *table, const qc_column *column)
{
    const qc_session *session = flush->session;
    givers all = {.column = column};
    qc_groups values;
    if (!gather(session, table, &all) || !all.count ||
        !qc_groups_make(qc_current_arena(), &all.key, all.rows, all.count, &values))
        return false;
    for (size_t i = 0; i < session->count; i++) {
        const qc_entity *entity = qc_entity_listed(session, i);
        if (!entity || entity->table != table || !takes(entity, column))
            continue;
        const uint32_t group = qc_groups_find(&values, &all.key, entity->object);
        if (group == QC_NO_GROUP || all.entities[values.first[group]] == entity)
            continue;
        tell(flush, entity, all.entities[values.first[group]], column);
        return true;
    }
    return false;
}

void qc_flush_explain(const qc_flush *flush)
{
    const qc_session *session = flush->session;
    const qc_table *last = NULL;
    for (size_t i = 0; i < session->count; i++) {
        const qc_entity *entity = qc_entity_listed(session, i);
        if (!entity || entity->table == last)
            continue;
        last = entity->table;
        for (uint32_t c = 0; c < last->column_count; c++)
            if (last->columns[c].unique && explain(flush, last, &last->columns[c]))
                return;
    }
}
