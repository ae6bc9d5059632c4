/* Rows that a statement leaves out: of other tenants, soft-deleted ones, and those of other models
 * that lie in the same table. */
#include "compile/render.h"

/* ---- The tenant. ---- */

/* Its number by the key; the value comes when the statement is run. */
static uint32_t number_of(qc_render *render, int type)
{
    uint32_t *numbers = render->tenant_numbers;
    if (!numbers[type]) {
        render->order[render->number_count++] = QC_TENANT_BIND + (uint32_t)type;
        numbers[type] = render->number_count;
    }
    return numbers[type];
}

/* Without a key a NULL stands for it. */
static void put_placeholder(qc_render *render, int type)
{
    if (!render->tenant_binds[type]) {
        qc_bind *bind = qc_scratch(render->compiler, sizeof(*bind));
        if (!bind)
            return;
        *bind = (qc_bind){{.kind = QC_NODE_BIND,
                           .type = (uint8_t)type,
                           .flags = QC_NODE_NULLABLE | QC_NODE_NULL_VALUE},
                          0};
        render->tenant_binds[type] = &bind->base;
    }
    qc_put_bind(render, render->tenant_binds[type]);
}

/* Room by type; most statements need none. */
static bool make_room(qc_render *render)
{
    const size_t size = render->numbers ? sizeof(uint32_t) : sizeof(const qc_node *);
    void *room = qc_scratch(render->compiler, QC_TYPE_COUNT * size);
    if (!room)
        return false;
    memset(room, 0, QC_TYPE_COUNT * size);
    if (render->numbers)
        render->tenant_numbers = room;
    else
        render->tenant_binds = room;
    return true;
}

void qc_put_tenant(qc_render *render, const qc_column *column)
{
    if (!render->tenant && !make_room(render))
        return;
    render->tenant = column;
    if (!render->numbers) {
        put_placeholder(render, column->type);
        return;
    }
    qc_put_char(render, render->dialect->placeholder);
    qc_put_number(render, number_of(render, column->type));
}

void qc_note_given(qc_render *render, const qc_node *bind)
{
    if (!render->numbers)
        return;
    if (render->given_count == render->given_room) {
        const uint32_t room = render->given_room ? render->given_room * 2 : 4;
        uint32_t *given = qc_scratch(render->compiler, room * sizeof(*given));
        if (!given)
            return;
        if (render->given_count)
            memcpy(given, render->given, render->given_count * sizeof(*given));
        render->given = given;
        render->given_room = room;
    }
    const uint32_t place = qc_bind_place(render, bind);
    if (place == UINT32_MAX)
        qc_refuse(render->compiler, QC_ERROR_MISUSE, "the key is of another query");
    render->given[render->given_count++] = place;
}

/* ---- Predicates. ---- */

static void begin(qc_render *render, const char *first, bool *follows)
{
    qc_put_text(render, *follows ? " AND " : first);
    *follows = true;
}

/* A constant of the program, as SERVER_DEFAULT is. */
static void put_identity(qc_render *render, const qc_table *table)
{
    qc_put_char(render, '\'');
    for (const char *c = table->lineage->identity; *c; c++) {
        if (*c == '\'')
            qc_put_char(render, '\'');
        qc_put_char(render, *c);
    }
    qc_put_char(render, '\'');
}

/* The model's, and those of the models below it. */
static void put_identities(qc_render *render, const qc_table *table)
{
    size_t at = 0;
    const qc_table *below = qc_next_submodel(table, &at);
    const bool several = below != NULL;
    qc_put_text(render, several ? " IN (" : " = ");
    put_identity(render, table);
    for (; below; below = qc_next_submodel(table, &at)) {
        QC_PUT(render, ", ");
        put_identity(render, below);
    }
    if (several)
        qc_put_char(render, ')');
}

static void filter(qc_render *render, const qc_range *range, const char *first, bool *follows)
{
    if (range->tenant) {
        begin(render, first, follows);
        qc_put_key(render, range, range->tenant);
        QC_PUT(render, " = ");
        qc_put_tenant(render, range->tenant);
    }
    if (range->deletion) {
        begin(render, first, follows);
        qc_put_key(render, range, range->deletion);
        QC_PUT(render, " IS NULL");
    }
    if (range->discriminator) {
        begin(render, first, follows);
        qc_put_key(render, range, range->discriminator);
        put_identities(render, range->table);
    }
}

void qc_render_filter(qc_render *render, const qc_range *range, bool *follows)
{
    filter(render, range, "", follows);
}

/* DO UPDATE names the row that was to be inserted, which is the statement's own. */
static bool is_filtered_here(const qc_query *query, uint32_t place)
{
    const qc_range *range = &query->ranges[place];
    if (query->kind != QC_SELECTS)
        return place == 0;
    return !qc_is_derived(query, range) &&
           (place < query->from_count || range->join->kind == QC_CLAUSE_CROSS_JOIN);
}

void qc_render_where_filters(qc_render *render, const qc_query *query, bool *follows)
{
    for (uint32_t i = 0; i < query->range_count; i++)
        if (is_filtered_here(query, i))
            filter(render, &query->ranges[i], " WHERE ", follows);
}
