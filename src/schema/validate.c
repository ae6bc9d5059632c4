/* What is wrong with a schema, in the words of its models. */
#include "schema/schema.h"

#include "model/index_text.h"

#include <string.h>
#include <strings.h>

typedef struct checker {
    const qc_schema *schema;
    const qc_dialect *dialect;
    qc_error_record *error;
    const qc_table *table; /* being checked */
} checker;

const qc_column *qc_table_column(const qc_table *table, const char *name, size_t length)
{
    for (uint32_t i = 0; i < table->column_count; i++) {
        const char *own = table->columns[i].name;
        if (strncmp(own, name, length) == 0 && !own[length])
            return &table->columns[i];
    }
    return NULL;
}

bool qc_is_whole_key(const qc_column *column)
{
    size_t keys = 0;
    for (uint32_t i = 0; i < column->table->column_count; i++)
        keys += column->table->columns[i].primary_key;
    return column->primary_key && keys == 1;
}

bool qc_has_own_index(const qc_column *column)
{
    return column->indexed && !column->unique && !qc_is_whole_key(column);
}

static bool has_column(const qc_table *table, const char *name)
{
    return qc_table_column(table, name, strlen(name)) != NULL;
}

/* Sets an error that begins with the model and stands at its line; returns false. */
static bool wrong(const checker *c, enum qc_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static bool wrong(const checker *c, enum qc_code code, const char *format, ...)
{
    qc_arena *arena = qc_current_arena();
    const qc_mark mark = qc_arena_mark(arena);
    va_list arguments;
    va_start(arguments, format);
    const char *what = qc_arena_vprintf(arena, format, arguments);
    va_end(arguments);
    if (what)
        qc_error_set(c->error, code, "model %s: %s", c->table->model, what);
    else
        qc_error_set(c->error, QC_ERROR_NOMEM, "out of memory");
    c->error->error.file = c->table->file;
    c->error->error.line = c->table->line;
    qc_arena_release(arena, mark);
    return false;
}

/* ---- Names. ---- */

static bool check_name(const checker *c, const char *kind, const char *name)
{
    if (qc_valid_identifier(c->dialect, name, strlen(name)))
        return true;
    if (!*name)
        return wrong(c, QC_ERROR_MISUSE, "the %s has an empty name", kind);
    return wrong(c, QC_ERROR_MISUSE, "the name of the %s \"%s\" %s", kind, name,
                 qc_utf8_valid(name, strlen(name)) ? "is too long for the database"
                                                   : "is not UTF-8");
}

static bool check_table_name(const checker *c)
{
    if (!c->table->name)
        return wrong(c, QC_ERROR_MISUSE, "it is a RECORD; a schema is made of MODELs");
    for (size_t i = 0; c->schema->tables[i] != c->table; i++)
        if (strcasecmp(c->schema->tables[i]->name, c->table->name) == 0 &&
            qc_table_owner(c->schema->tables[i]) != qc_table_owner(c->table))
            return wrong(c, QC_ERROR_MISUSE, "its table \"%s\" is that of model %s (%s:%d) too",
                         c->table->name, c->schema->tables[i]->model, c->schema->tables[i]->file,
                         c->schema->tables[i]->line);
    return check_name(c, "table", c->table->name);
}

static bool check_twice(const checker *c, size_t place)
{
    for (size_t i = 0; i < place; i++)
        if (c->schema->tables[i] == c->table)
            return wrong(c, QC_ERROR_MISUSE, "it stands twice in SCHEMA(%s)", c->schema->name);
    return true;
}

/* ---- Hierarchies. ---- */

static bool stands_in_schema(const checker *c, const qc_table *table)
{
    const qc_table *const *each = c->schema->tables;
    while (*each && *each != table)
        each++;
    return *each != NULL;
}

/* Identities are distinct, and IS_A says the same as POLYMORPHIC. */
static bool check_submodels(const checker *c)
{
    const qc_table *const *all = c->table->lineage->submodels;
    for (size_t i = 0; all && all[i]; i++) {
        if (qc_root_of(all[i]) != c->table)
            return wrong(c, QC_ERROR_MISUSE, "POLYMORPHIC names %s, which no IS_A puts below it",
                         all[i]->model);
        const qc_table *same = qc_model_of(c->table, all[i]->lineage->identity);
        if (same != all[i])
            return wrong(c, QC_ERROR_MISUSE, "%s and %s have the same DISCRIMINATOR, \"%s\"",
                         same->model, all[i]->model, same->lineage->identity);
    }
    return true;
}

/* Columns of one name in one table are one column. */
static bool check_shared(const checker *c)
{
    size_t at = 0;
    const qc_table *owner = qc_table_owner(c->table);
    for (const qc_table *other = owner; other != c->table; other = qc_next_in_table(owner, &at))
        for (uint32_t i = 0; i < c->table->column_count; i++) {
            const qc_column *own = &c->table->columns[i];
            const qc_column *twin = qc_table_column(other, own->name, strlen(own->name));
            if (twin && twin->type != own->type)
                return wrong(
                    c, QC_ERROR_MISUSE,
                    "its column %s is %s, but that of %s, which lies in the same table, is "
                    "%s",
                    own->name, qc_type_infos[own->type].word, other->model,
                    qc_type_infos[twin->type].word);
        }
    return true;
}

static bool check_lineage(const checker *c)
{
    size_t marks = 0, keys = 0;
    for (uint32_t i = 0; i < c->table->column_count; i++) {
        marks += c->table->columns[i].discriminator;
        keys += c->table->columns[i].primary_key;
    }
    if (!qc_inherits(c->table))
        return !marks || wrong(c, QC_ERROR_MISUSE,
                               "it has a DISCRIMINATOR, but neither POLYMORPHIC nor IS_A");
    if (marks != 1)
        return wrong(c, QC_ERROR_MISUSE, "one of its columns must be the DISCRIMINATOR, not %zu",
                     marks);
    if (qc_is_joined(c->table) && keys != 1)
        return wrong(c, QC_ERROR_MISUSE,
                     "a model with a table of its own beside its base's needs a PRIMARY_KEY of one "
                     "column, not %zu",
                     keys);
    if (!stands_in_schema(c, qc_table_owner(c->table)))
        return wrong(c, QC_ERROR_MISUSE, "it lies in the table of %s, which is not in SCHEMA(%s)",
                     qc_table_owner(c->table)->model, c->schema->name);
    return check_submodels(c) && check_shared(c);
}

/* ---- Columns. ---- */

static bool check_identity(const checker *c, const qc_column *column)
{
    if (!column->identity)
        return true;
    if (column->type != QC_TYPE_smallint && column->type != QC_TYPE_int &&
        column->type != QC_TYPE_bigint)
        return wrong(c, QC_ERROR_MISUSE,
                     "column %s is an IDENTITY and must be SMALLINT, INTEGER or BIGINT",
                     column->name);
    if (column->nullable || column->server_default)
        return wrong(c, QC_ERROR_MISUSE, "column %s is an IDENTITY and cannot be %s", column->name,
                     column->nullable ? "NULLABLE" : "given a SERVER_DEFAULT");
    if (*c->dialect->identity || (qc_is_whole_key(column)))
        return true;
    return wrong(c, QC_ERROR_UNSUPPORTED,
                 "column %s is an IDENTITY, which in %s must be the single PRIMARY_KEY",
                 column->name, c->dialect->title);
}

static bool check_action(const checker *c, const qc_column *column)
{
    static const char *const actions[] = {"CASCADE", "SET_NULL", "SET_DEFAULT", "RESTRICT",
                                          "NO_ACTION"};
    if (!column->on_delete)
        return true;
    if (!column->references)
        return wrong(c, QC_ERROR_MISUSE, "column %s has ON_DELETE without REFERENCES",
                     column->name);
    bool known = false;
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
        known |= strcmp(actions[i], column->on_delete) == 0;
    if (!known)
        return wrong(c, QC_ERROR_MISUSE,
                     "column %s: ON_DELETE takes CASCADE, SET_NULL, SET_DEFAULT, RESTRICT or "
                     "NO_ACTION, not %s",
                     column->name, column->on_delete);
    if (!column->nullable && strcmp(column->on_delete, "SET_NULL") == 0)
        return wrong(c, QC_ERROR_MISUSE, "column %s has ON_DELETE(SET_NULL) and must be NULLABLE",
                     column->name);
    return true;
}

static bool check_reference(const checker *c, const qc_column *column)
{
    const qc_table *target = column->references;
    if (!target)
        return true;
    const char *name = column->references_column;
    const qc_column *other = qc_table_column(target, name, strlen(name));
    if (!other)
        return wrong(c, QC_ERROR_MISUSE, "column %s REFERENCES(%s, %s), but %s has no column %s",
                     column->name, target->model, name, target->model, name);
    if (other->type != column->type)
        return wrong(c, QC_ERROR_MISUSE, "column %s is %s but REFERENCES(%s, %s), which is %s",
                     column->name, qc_type_infos[column->type].word, target->model, name,
                     qc_type_infos[other->type].word);
    if (!other->unique && !qc_is_whole_key(other))
        return wrong(c, QC_ERROR_MISUSE,
                     "column %s REFERENCES(%s, %s), which must be the single PRIMARY_KEY or UNIQUE",
                     column->name, target->model, name);
    return true;
}

static bool check_modifier(const checker *c, const qc_column *column)
{
    const int first = column->modifier >> 16, second = column->modifier & 0xFFFF;
    if (column->form != QC_FORM_PLAIN && column->modifier && first < 1)
        return wrong(c, QC_ERROR_MISUSE, "column %s: the length of a text is at least 1",
                     column->name);
    if (column->type == QC_TYPE_numeric && column->modifier &&
        (first < 1 || first > 1000 || second > first))
        return wrong(c, QC_ERROR_MISUSE,
                     "column %s: NUMERIC(p, s) takes p from 1 to 1000 and s from 0 to p",
                     column->name);
    return true;
}

static bool check_twin(const checker *c, const qc_column *column)
{
    for (const qc_column *other = c->table->columns; other < column; other++)
        if (strcasecmp(other->name, column->name) == 0)
            return wrong(c, QC_ERROR_MISUSE, "columns %s and %s differ only in case", other->name,
                         column->name);
    return true;
}

/* A session compares one version, a statement one tenant. */
static bool check_only(const checker *c, const qc_column *column)
{
    for (const qc_column *other = c->table->columns; other < column; other++)
        if ((other->version && column->version) ||
            (other->mark == column->mark && column->mark == QC_MARK_TENANT))
            return wrong(c, QC_ERROR_MISUSE, "columns %s and %s are both its %s; a model has one",
                         other->name, column->name, column->version ? "VERSION" : "TENANT");
    return true;
}

static bool check_column(const checker *c, const qc_column *column)
{
    if (column->primary_key && column->nullable)
        return wrong(c, QC_ERROR_MISUSE, "column %s is a PRIMARY_KEY and cannot be NULLABLE",
                     column->name);
    return check_name(c, "column", column->name) && check_twin(c, column) &&
           check_only(c, column) && check_modifier(c, column) && check_identity(c, column) &&
           check_reference(c, column) && check_action(c, column);
}

/* ---- Relationships. ---- */

static const qc_relation *find_relation(const qc_table *table, const char *name)
{
    for (const qc_relation *const *each = table->relations; *each; each++)
        if (strcmp((*each)->name, name) == 0)
            return *each;
    return NULL;
}

static size_t key_size(const qc_table *table)
{
    size_t size = 0;
    for (uint32_t i = 0; i < table->column_count; i++)
        size += table->columns[i].primary_key;
    return size;
}

/* What cannot be compared leads nowhere. */
static bool check_key_types(const checker *c, const qc_relation *relation, const qc_table *owner,
                            const char *const *key, const qc_table *target)
{
    const qc_column *of_target = target->columns;
    for (size_t i = 0; key[i]; i++, of_target++) {
        while (!of_target->primary_key)
            of_target++;
        const qc_column *own = qc_table_column(owner, key[i], strlen(key[i]));
        if (qc_type_infos[own->type].cls != qc_type_infos[of_target->type].cls)
            return wrong(c, QC_ERROR_MISUSE,
                         "relationship %s has the key %s.%s, which is %s, but %s.%s is %s",
                         relation->name, owner->model, own->name, qc_type_infos[own->type].word,
                         target->model, of_target->name, qc_type_infos[of_target->type].word);
    }
    return true;
}

/* The columns of `owner` that refer to the primary key of `target`. */
static bool check_key(const checker *c, const qc_relation *relation, const qc_table *owner,
                      const char *const *key, const qc_table *target)
{
    size_t count = 0;
    for (; key[count]; count++)
        if (!has_column(owner, key[count]))
            return wrong(c, QC_ERROR_MISUSE,
                         "relationship %s names the column %s, which %s does not have",
                         relation->name, key[count], owner->model);
    if (count == key_size(target))
        return check_key_types(c, relation, owner, key, target);
    return wrong(c, QC_ERROR_MISUSE,
                 "relationship %s has a key of %zu columns, but the primary key of %s has %zu; "
                 "write KEY(a, b)",
                 relation->name, count, target->model, key_size(target));
}

static bool check_back(const checker *c, const qc_relation *relation)
{
    if (!relation->back)
        return true;
    const qc_relation *back = find_relation(relation->target, relation->back);
    if (!back)
        return wrong(c, QC_ERROR_MISUSE,
                     "relationship %s has BACK(%s), but %s has no relationship %s", relation->name,
                     relation->back, relation->target->model, relation->back);
    if (qc_is_a(c->table, back->target))
        return true;
    return wrong(c, QC_ERROR_MISUSE, "relationship %s has BACK(%s), but that leads to %s",
                 relation->name, relation->back, back->target->model);
}

static bool check_order(const checker *c, const qc_relation *relation)
{
    qc_index_column column;
    for (const char *at = relation->order; at && *at;) {
        if (!qc_index_next(&at, &column))
            return wrong(c, QC_ERROR_MISUSE,
                         "ORDERED_BY of relationship %s takes columns and DESC(column); this is "
                         "neither: %s",
                         relation->name, at);
        if (!qc_table_column(relation->target, column.name, column.length))
            return wrong(c, QC_ERROR_MISUSE,
                         "ORDERED_BY of relationship %s names the column %.*s, which %s does not "
                         "have",
                         relation->name, (int)column.length, column.name, relation->target->model);
    }
    return true;
}

static bool check_relation(const checker *c, const qc_relation *relation)
{
    const qc_table *target = relation->target, *through = relation->through;
    const bool keys = through ? check_key(c, relation, through, relation->key, c->table) &&
                                    check_key(c, relation, through, relation->other_key, target)
                      : relation->kind == QC_BELONGS_TO_KIND
                          ? check_key(c, relation, c->table, relation->key, target)
                          : check_key(c, relation, target, relation->key, c->table);
    return keys && check_back(c, relation) && check_order(c, relation);
}

/* ---- Indexes. ---- */

static bool check_index_columns(const checker *c, const qc_index *index)
{
    qc_index_column column;
    const char *at = index->columns;
    if (!*at)
        return wrong(c, QC_ERROR_MISUSE, "INDEX(%s) names no column", index->name);
    while (*at) {
        if (!qc_index_next(&at, &column))
            return wrong(c, QC_ERROR_MISUSE,
                         "INDEX(%s, …) takes columns and DESC(column); this is neither: %s",
                         index->name, at);
        if (!qc_table_column(c->table, column.name, column.length))
            return wrong(c, QC_ERROR_MISUSE,
                         "INDEX(%s, …) names the column %.*s, which %s does "
                         "not have",
                         index->name, (int)column.length, column.name, c->table->model);
    }
    return true;
}

static bool is_made_name(const qc_table *table, const char *name)
{
    char made[QC_NAME_SIZE];
    for (uint32_t i = 0; i < table->column_count; i++) {
        if (!qc_has_own_index(&table->columns[i]))
            continue;
        qc_made_name(made, "ix", &table->columns[i]);
        if (strcasecmp(made, name) == 0)
            return true;
    }
    return false;
}

/* Indexes share one space of names in a database. */
static bool check_index_name(const checker *c, const qc_index *index)
{
    bool met = false;
    for (const qc_table *const *table = c->schema->tables; *table; table++) {
        if (is_made_name(*table, index->name))
            return wrong(c, QC_ERROR_MISUSE,
                         "INDEX(%s, …) has the name that an INDEXED column of %s gives its index",
                         index->name, (*table)->model);
        for (const qc_index *other = (*table)->indexes; other && other->name; other++) {
            met |= other == index;
            if (!met && qc_is_own_index(*table, other) && strcasecmp(other->name, index->name) == 0)
                return wrong(c, QC_ERROR_MISUSE, "model %s has an index %s too", (*table)->model,
                             index->name);
        }
    }
    return check_name(c, "index", index->name);
}

/* ---- The whole. ---- */

static bool check_table(checker *c, const qc_table *table)
{
    c->table = table;
    if (!check_table_name(c) || !check_lineage(c))
        return false;
    for (uint32_t i = 0; i < table->column_count; i++)
        if (!check_column(c, &table->columns[i]))
            return false;
    for (const qc_relation *const *relation = table->relations; *relation; relation++)
        if (!check_relation(c, *relation))
            return false;
    for (const qc_index *index = table->indexes; index->name; index++)
        if (qc_is_own_index(table, index) &&
            (!check_index_columns(c, index) || !check_index_name(c, index)))
            return false;
    return true;
}

bool qc_schema_check(const qc_schema *schema, const qc_dialect *dialect, qc_error_record *error)
{
    checker c = {.schema = schema, .dialect = dialect, .error = error};
    for (size_t i = 0; schema->tables[i]; i++) {
        c.table = schema->tables[i];
        if (!check_twice(&c, i) || !check_table(&c, c.table))
            return false;
    }
    return true;
}
