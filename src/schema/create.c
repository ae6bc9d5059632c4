/* Creating and dropping a schema: the script, and running it as one transaction. */
#include "engine/db.h"
#include "schema/schema.h"

typedef void write_script(qc_script *script, const qc_table *const *order, size_t count);

/* Checks the schema and writes its script into `arena`. */
static bool make_script(const qc_schema *schema, const qc_dialect *dialect, write_script *write,
                        qc_arena *arena, qc_script *ret, qc_error_record *error)
{
    *ret = (qc_script){.arena = arena, .dialect = dialect};
    if (!schema) {
        qc_error_set(error, QC_ERROR_MISUSE, "there is no schema");
        return false;
    }
    if (!qc_schema_check(schema, dialect, error))
        return false;
    size_t count;
    const qc_table **order = qc_schema_order(arena, schema, &count);
    if (order)
        write(ret, order, count);
    qc_strbuf_free(&ret->text);
    if (order && !ret->failed)
        return true;
    qc_error_set(error, QC_ERROR_NOMEM, "out of memory");
    return false;
}

/* ---- On a database. ---- */

static bool run_lines(qc_db *db, const qc_site *site, const qc_script_line *line)
{
    bool good = true;
    for (; line && good; line = line->next)
        if (!line->outside)
            good = qc_run_text(db, site, line->sql);
    return good;
}

/* The lines that stand outside of the transaction come in pairs: the first, and the last, which
 * takes it back whatever happened. */
static bool run_outside(qc_db *db, const qc_site *site, const qc_script_line *line, bool good)
{
    if (!line || !line->outside)
        return good;
    if (good)
        return qc_run_text(db, site, line->sql);
    qc_run_quietly(db, line->sql);
    return false;
}

static bool run_script(qc_db *db, const qc_site *site, const qc_script *script)
{
    qc_atomic atomic = {false, false};
    bool good = run_outside(db, site, script->first, true) && qc_atomic_begin(db, site, &atomic) &&
                run_lines(db, site, script->first);
    good = qc_atomic_end(db, site, &atomic, good);
    good = run_outside(db, site, script->last, good);
    db->driver->forget(db->connection);
    return good;
}

static bool run_schema(qc_db *db, const qc_site *site, const qc_schema *schema, write_script *write)
{
    if (!qc_enter(db, site) || !qc_may_write(db, site))
        return false;
    qc_arena *arena = qc_arena_new();
    qc_script script;
    if (!arena) {
        qc_fail(db, site, QC_ERROR_NOMEM, "out of memory");
        return false;
    }
    const bool good = make_script(schema, db->driver->dialect, write, arena, &script, &db->error) &&
                      run_script(db, site, &script);
    qc_arena_free(arena);
    if (!good)
        qc_blame(db, site, NULL);
    return good;
}

bool qc_create_all_at(qc_db *db, const qc_site *site, const qc_schema *schema)
{
    return run_schema(db, site, schema, qc_write_create);
}

bool qc_drop_all_at(qc_db *db, const qc_site *site, const qc_schema *schema)
{
    return run_schema(db, site, schema, qc_write_drop);
}

/* ---- As text. ---- */

static char *error_text(const struct qc_error *error)
{
    qc_strbuf text = {0};
    qc_strbuf_puts(&text, error->message);
    if (error->file)
        qc_strbuf_printf(&text, " (%s:%d)", error->file, error->line);
    if (!text.failed)
        return text.text;
    qc_strbuf_free(&text);
    return NULL;
}

static char *make_text(const qc_schema *schema, const qc_dialect *dialect, write_script *write,
                       qc_arena *arena, qc_error_record *error)
{
    qc_script script;
    if (!make_script(schema, dialect, write, arena, &script, error))
        return NULL;
    char *text = qc_script_text(&script);
    if (!text)
        qc_error_set(error, QC_ERROR_NOMEM, "out of memory");
    return text;
}

static char *schema_text(const qc_schema *schema, const char *name, write_script *write,
                         char **ret_error)
{
    const qc_dialect *dialect = qc_dialect_find(name);
    qc_error_record error = {0};
    char *text = NULL;
    qc_arena *arena = qc_arena_new();
    if (!arena)
        qc_error_set(&error, QC_ERROR_NOMEM, "out of memory");
    else if (!dialect)
        qc_error_set(&error, QC_ERROR_MISUSE, "there is no dialect \"%s\"", name ? name : "");
    else
        text = make_text(schema, dialect, write, arena, &error);
    if (!text && ret_error)
        *ret_error = error_text(&error.error);
    qc_arena_free(arena);
    qc_error_free(&error);
    return text;
}

char *qc_create_all_sql(const qc_schema *schema, const char *dialect, char **ret_error)
{
    return schema_text(schema, dialect, qc_write_create, ret_error);
}

char *qc_drop_all_sql(const qc_schema *schema, const char *dialect, char **ret_error)
{
    return schema_text(schema, dialect, qc_write_drop, ret_error);
}
