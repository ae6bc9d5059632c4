/* The pen: text that grows, names, numbers and binds. */
#include "compile/render.h"

enum { FIRST_ROOM = 512, MANY_BINDS = 24 };

bool qc_render_grow(qc_render *render, size_t size)
{
    size_t used = (size_t)(render->next - render->start);
    size_t room = (used + size) * 2 + FIRST_ROOM;
    char *text = render->full ? NULL : qc_scratch(render->compiler, room);
    if (!text) {
        render->full = true;
        return false;
    }
    if (used)
        memcpy(text, render->start, used);
    render->start = text;
    render->next = text + used;
    render->end = text + room;
    return true;
}

void qc_put_slowly(qc_render *render, const char *text, size_t length)
{
    if (!qc_render_grow(render, length))
        return;
    memcpy(render->next, text, length);
    render->next += length;
}

void qc_put_large_number(qc_render *render, uint64_t number)
{
    char digits[24];
    char *first = digits + sizeof(digits);
    do {
        *--first = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    qc_put(render, first, (size_t)(digits + sizeof(digits) - first));
}

/* ---- Names. ---- */

static void put_quoted(qc_render *render, const char *name)
{
    qc_put_char(render, '"');
    for (; *name; name++) {
        if (*name == '"')
            qc_put_char(render, '"');
        qc_put_char(render, *name);
    }
    qc_put_char(render, '"');
}

static void refuse_name(qc_render *render, const char *name, size_t length)
{
    const qc_dialect *dialect = render->dialect;
    if (!length)
        qc_refuse(render->compiler, QC_ERROR_QUERY, "a name is empty");
    else if (dialect->max_identifier && length > dialect->max_identifier)
        qc_refuse(render->compiler, QC_ERROR_QUERY,
                  "the name \"%s\" has %zu bytes; %s keeps %u of a name", name, length,
                  dialect->title, (unsigned)dialect->max_identifier);
    else
        qc_refuse(render->compiler, QC_ERROR_QUERY, "a name is not valid UTF-8");
}

static __attribute__((noinline)) void put_other_name(qc_render *render, const char *name)
{
    size_t length = strlen(name);
    if (qc_valid_identifier(render->dialect, name, length))
        put_quoted(render, name);
    else
        refuse_name(render, name, length);
}

void qc_put_name(qc_render *render, const char *name)
{
    size_t length = qc_plain_identifier(render->dialect, name);
    if (length)
        qc_put(render, name, length);
    else
        put_other_name(render, name);
}

void qc_quote_name(qc_render *render, const char *name, const char **ret_text, size_t *ret_length)
{
    *ret_text = name;
    *ret_length = qc_plain_identifier(render->dialect, name);
    if (*ret_length)
        return;
    size_t before = (size_t)(render->next - render->start);
    qc_put_name(render, name);
    size_t length = (size_t)(render->next - render->start) - before;
    char *copy = qc_scratch(render->compiler, length + 1);
    if (copy)
        memcpy(copy, render->start + before, length);
    render->next = render->start + before;
    *ret_text = copy ? copy : "";
    *ret_length = copy ? length : 0;
}

/* ---- Binds. ---- */

static uint32_t slot_of(const qc_render *render, const qc_node *bind)
{
    uint64_t hash = ((uint64_t)(uintptr_t)bind >> 4) * UINT64_C(0x9E3779B97F4A7C15);
    return (uint32_t)(hash >> 32) & (render->table_size - 1);
}

static void put_in_table(qc_render *render, uint32_t place)
{
    uint32_t slot = slot_of(render, render->binds[place]);
    while (render->table[slot])
        slot = (slot + 1) & (render->table_size - 1);
    render->table[slot] = place + 1;
}

/* A table of all places, of at most half its size. */
static bool make_table(qc_render *render)
{
    uint32_t size = 64;
    while (size < render->bind_count * 4)
        size *= 2;
    uint32_t *table = qc_scratch(render->compiler, size * sizeof(*table));
    if (!table)
        return false;
    render->table = memset(table, 0, size * sizeof(*table));
    render->table_size = size;
    for (uint32_t i = 0; i < render->bind_count; i++)
        put_in_table(render, i);
    return true;
}

#define NOT_FOUND UINT32_MAX

static uint32_t find_bind(qc_render *render, const qc_node *bind)
{
    if (render->bind_count <= MANY_BINDS) {
        for (uint32_t i = 0; i < render->bind_count; i++)
            if (render->binds[i] == bind)
                return i;
        return NOT_FOUND;
    }
    if (render->table_size < render->bind_count * 2 && !make_table(render))
        return NOT_FOUND;
    for (uint32_t slot = slot_of(render, bind); render->table[slot];
         slot = (slot + 1) & (render->table_size - 1))
        if (render->binds[render->table[slot] - 1] == bind)
            return render->table[slot] - 1;
    return NOT_FOUND;
}

uint32_t qc_bind_place(qc_render *render, const qc_node *bind)
{
    return find_bind(render, bind);
}

static bool more_room_for_binds(qc_render *render)
{
    uint32_t count = render->bind_count, capacity = count ? count * 2 : 16;
    const qc_node **met = qc_scratch(render->compiler, capacity * sizeof(*met));
    if (!met)
        return false;
    if (count)
        memcpy(met, render->met, count * sizeof(*met));
    render->binds = render->met = met;
    render->met_capacity = capacity;
    return true;
}

/* Without a key the binds are listed, and numbered, as they are met. */
static inline uint32_t add_bind(qc_render *render, const qc_node *bind)
{
    render->highest = (uintptr_t)bind;
    render->met[render->bind_count] = bind;
    return render->number_count = ++render->bind_count;
}

static __attribute__((noinline)) uint32_t number_slowly(qc_render *render, const qc_node *bind)
{
    const uintptr_t highest = render->highest;
    uint32_t place = (uintptr_t)bind > highest ? NOT_FOUND : find_bind(render, bind);
    if (place != NOT_FOUND)
        return place + 1;
    if (render->bind_count == render->met_capacity && !more_room_for_binds(render))
        return 0;
    uint32_t number = add_bind(render, bind);
    if (highest > render->highest)
        render->highest = highest;
    if (render->table && render->table_size >= render->bind_count * 2)
        put_in_table(render, number - 1);
    return number;
}

/* They mostly lie in the order in which they are met. */
static inline uint32_t number_without_key(qc_render *render, const qc_node *bind)
{
    return (uintptr_t)bind > render->highest && render->bind_count < render->met_capacity &&
                   !render->table
               ? add_bind(render, bind)
               : number_slowly(render, bind);
}

/* The binds of a key mostly come in its order. */
static __attribute__((noinline)) uint32_t number_by_key(qc_render *render, const qc_node *bind)
{
    uint32_t place = render->expected;
    if (place >= render->bind_count || render->binds[place] != bind)
        place = find_bind(render, bind);
    if (place == NOT_FOUND) {
        qc_refuse(render->compiler, QC_ERROR_MISUSE, "the key is of another query");
        return 0;
    }
    if (!render->numbers[place]) {
        render->order[render->number_count++] = place;
        render->numbers[place] = render->number_count;
        render->expected = place + 1;
    }
    return render->numbers[place];
}

void qc_put_bind(qc_render *render, const qc_node *bind)
{
    const uint32_t number =
        render->numbers ? number_by_key(render, bind) : number_without_key(render, bind);
    const char text[] = {render->dialect->placeholder, (char)('0' + number)};
    if (number < 10) {
        qc_put(render, text, sizeof(text));
        return;
    }
    qc_put_char(render, render->dialect->placeholder);
    qc_put_large_number(render, number);
}

/* ---- The statement. ---- */

void qc_render_statement(qc_render *render, const qc_query *query, bool first)
{
    switch (query->kind) {
    case QC_INSERTS: qc_render_insert(render, query); break;
    case QC_UPDATES: qc_render_update(render, query); break;
    case QC_DELETES: qc_render_delete(render, query); break;
    default:
        qc_render_select(render, query, first ? QC_SELECT_FIRST : QC_SELECT_AS_IT_IS);
        break;
    }
    qc_put_char(render, '\0');
}
