/* CREATE and DROP of tables and indexes. The names have been checked; see validate.c. */
#include "schema/schema.h"

#include "model/index_text.h"

static void put(qc_script *script, const char *text)
{
    qc_strbuf_puts(&script->text, text);
}

static void put_name(qc_script *script, const char *name)
{
    qc_identifier(&script->text, script->dialect, name);
}

/* ---- Columns. ---- */

/* "SET_NULL" as it is written in C, "SET NULL" in SQL. */
static void put_action(qc_script *script, const char *action)
{
    put(script, " ON DELETE ");
    for (; *action; action++)
        qc_strbuf_putc(&script->text, *action == '_' ? ' ' : *action);
}

static void put_reference(qc_script *script, const qc_column *column)
{
    put(script, " REFERENCES ");
    put_name(script, column->references->name);
    put(script, " (");
    put_name(script, column->references_column);
    put(script, ")");
    if (column->on_delete)
        put_action(script, column->on_delete);
}

/* A database without an IDENTITY clause numbers its INTEGER PRIMARY KEY; never twice alike, where
 * it is told to (SQLite manual, Autoincrement). */
static void put_own_identity(qc_script *script, const qc_column *column)
{
    put_name(script, column->name);
    put(script, " INTEGER PRIMARY KEY AUTOINCREMENT");
}

static void put_column(qc_script *script, const qc_column *column)
{
    const bool only_key = qc_is_whole_key(column);
    const qc_dialect *dialect = script->dialect;
    put_name(script, column->name);
    put(script, " ");
    dialect->type_name(&script->text, column->type, column->form, column->modifier);
    if (column->type == QC_TYPE_numeric)
        put(script, dialect->numeric_collation);
    if (column->identity)
        put(script, dialect->identity);
    if (!column->nullable)
        put(script, " NOT NULL");
    if (only_key)
        put(script, " PRIMARY KEY");
    if (column->unique && !only_key)
        put(script, " UNIQUE");
    if (column->server_default)
        qc_strbuf_printf(&script->text, " DEFAULT (%s)",
                         dialect->default_text(column->server_default, column->type));
    dialect->checks(&script->text, column);
}

/* A key of several columns; that of one stands at the column. */
static void put_key(qc_script *script, const qc_table *table)
{
    const char *before = ", PRIMARY KEY (", *after = "";
    for (uint32_t i = 0; i < table->column_count; i++)
        if (table->columns[i].primary_key && !qc_is_whole_key(&table->columns[i])) {
            put(script, before);
            put_name(script, table->columns[i].name);
            before = ", ";
            after = ")";
        }
    put(script, after);
}

/* ---- Tables. ---- */

static void write_table(qc_script *script, const qc_table *const *order, size_t count,
                        const qc_table *table)
{
    put(script, "CREATE TABLE IF NOT EXISTS ");
    put_name(script, table->name);
    const char *before = " (";
    for (qc_column_walk walk = {.table = table}; qc_next_column(&walk); before = ", ") {
        const qc_column *column = &walk.column;
        put(script, before);
        if (column->identity && !*script->dialect->identity)
            put_own_identity(script, column);
        else
            put_column(script, column);
        if (column->references &&
            !(script->dialect->late_keys && qc_key_is_late(order, count, column)))
            put_reference(script, column);
    }
    put_key(script, table);
    put(script, ")");
    qc_script_end(script, false);
}

/* ---- Foreign keys of a cycle. ---- */

/* Appends `text` inside of a string constant E'…'. */
static void put_escaped(qc_strbuf *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            qc_strbuf_putc(out, *text);
        qc_strbuf_putc(out, *text);
    }
}

static void put_literal(qc_strbuf *out, const char *text)
{
    qc_strbuf_puts(out, "E'");
    put_escaped(out, text);
    qc_strbuf_putc(out, '\'');
}

static void put_adding(qc_script *script, const qc_column *column, const char *name)
{
    put(script, "ALTER TABLE ");
    put_name(script, column->table->name);
    put(script, " ADD CONSTRAINT ");
    put_name(script, name);
    put(script, " FOREIGN KEY (");
    put_name(script, column->name);
    put(script, ")");
    put_reference(script, column);
}

/* ADD CONSTRAINT has no IF NOT EXISTS, so a block looks first. */
static void write_late_key(qc_script *script, const qc_column *column)
{
    char name[QC_NAME_SIZE];
    qc_made_name(name, "fk", column);
    qc_script body = {.dialect = script->dialect};
    qc_strbuf table = {0};
    qc_identifier(&table, script->dialect, column->table->name);
    put(&body, "BEGIN IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = ");
    put_literal(&body.text, name);
    put(&body, " AND conrelid = ");
    put_literal(&body.text, table.failed ? "" : table.text);
    put(&body, "::regclass) THEN ");
    put_adding(&body, column, name);
    put(&body, "; END IF; END");
    put(script, "DO ");
    put_literal(&script->text, body.text.failed ? "" : body.text.text);
    script->failed |= body.text.failed || table.failed;
    qc_strbuf_free(&body.text);
    qc_strbuf_free(&table);
    qc_script_end(script, false);
}

static void write_dropped_key(qc_script *script, const qc_column *column)
{
    char name[QC_NAME_SIZE];
    qc_made_name(name, "fk", column);
    put(script, "ALTER TABLE IF EXISTS ");
    put_name(script, column->table->name);
    put(script, " DROP CONSTRAINT IF EXISTS ");
    put_name(script, name);
    qc_script_end(script, false);
}

typedef void write_key(qc_script *script, const qc_column *column);

static void for_late_keys(qc_script *script, const qc_table *const *order, size_t count,
                          write_key *write)
{
    for (size_t i = 0; i < count; i++)
        for (qc_column_walk walk = {.table = order[i]}; qc_next_column(&walk);)
            if (qc_key_is_late(order, count, &walk.column))
                write(script, &walk.column);
}

/* ---- Indexes. ---- */

static void begin_index(qc_script *script, const qc_table *table, const char *name, bool unique)
{
    put(script, unique ? "CREATE UNIQUE INDEX IF NOT EXISTS " : "CREATE INDEX IF NOT EXISTS ");
    put_name(script, name);
    put(script, " ON ");
    put_name(script, table->name);
}

static void write_column_index(qc_script *script, const qc_column *column)
{
    char name[QC_NAME_SIZE];
    qc_made_name(name, "ix", column);
    begin_index(script, column->table, name, false);
    put(script, " (");
    put_name(script, column->name);
    put(script, ")");
    qc_script_end(script, false);
}

static void write_index(qc_script *script, const qc_table *table, const qc_index *index)
{
    qc_index_column column;
    const char *before = " (";
    begin_index(script, table, index->name, index->unique);
    for (const char *at = index->columns; *at && qc_index_next(&at, &column); before = ", ") {
        put(script, before);
        put_name(script, qc_table_column(table, column.name, column.length)->name);
        if (column.descending)
            put(script, " DESC");
    }
    put(script, ")");
    qc_script_end(script, false);
}

static void write_indexes(qc_script *script, const qc_table *table)
{
    for (qc_column_walk walk = {.table = table}; qc_next_column(&walk);)
        if (qc_has_own_index(&walk.column))
            write_column_index(script, &walk.column);
    size_t at = 0;
    for (const qc_table *model = table; model; model = qc_next_in_table(table, &at))
        for (const qc_index *index = model->indexes; index->name; index++)
            if (qc_is_own_index(model, index))
                write_index(script, model, index);
}

/* ---- The whole. ---- */

void qc_write_create(qc_script *script, const qc_table *const *order, size_t count)
{
    for (size_t i = 0; i < count; i++)
        write_table(script, order, count, order[i]);
    if (script->dialect->late_keys)
        for_late_keys(script, order, count, write_late_key);
    for (size_t i = 0; i < count; i++)
        write_indexes(script, order[i]);
}

/* Dropping a table deletes its rows first, which a key of a cycle, or RESTRICT to the table itself,
 * would forbid. */
static bool must_free_keys(const qc_table *const *order, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (qc_column_walk walk = {.table = order[i]}; qc_next_column(&walk);)
            if (qc_key_is_late(order, count, &walk.column) ||
                walk.column.references == walk.column.table)
                return true;
    return false;
}

void qc_write_drop(qc_script *script, const qc_table *const *order, size_t count)
{
    const bool later = script->dialect->late_keys;
    const bool free_keys = !later && must_free_keys(order, count);
    if (later)
        for_late_keys(script, order, count, write_dropped_key);
    if (free_keys) {
        put(script, "PRAGMA foreign_keys = OFF");
        qc_script_end(script, true);
    }
    for (size_t i = count; i-- > 0;) {
        put(script, "DROP TABLE IF EXISTS ");
        put_name(script, order[i]->name);
        qc_script_end(script, false);
    }
    if (free_keys) {
        put(script, "PRAGMA foreign_keys = ON");
        qc_script_end(script, true);
    }
}
