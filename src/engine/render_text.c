/* Queries as text for people: SQL and BINDS. Everything stays in the current arena; what
 * went wrong takes the place of the text, behind "-- ". */
#include <quercus/engine.h>

#include "compile/normalize.h"
#include "engine/write.h"
#include "engine/trace.h"

static const char no_memory[] = "-- out of memory";

typedef struct compiled {
    const char *failure; /* instead of all else */
    qc_key key;
    qc_statement *statement;
    const qc_dialect *dialect;
} compiled;

static const char *complain(const qc_site *site, const char *message)
{
    const char *text = qc_arena_printf(qc_current_arena(), "-- %s (%s:%d)", message, site->file,
                                       site->line);
    return text ? text : no_memory;
}

static void compile_for(const char *dialect, const qc_site *site, const qc_clause *clauses,
                        compiled *ret)
{
    qc_arena *arena = qc_current_arena();
    *ret = (compiled){.failure = no_memory, .dialect = qc_dialect_find(dialect)};
    if (!ret->dialect) {
        ret->failure = complain(site, "there is no such dialect; say \"postgresql\" or \"sqlite\"");
        return;
    }
    clauses = arena ? qc_write_first(ret->dialect, clauses) : NULL;
    if (clauses)
        clauses = qc_normalize(arena, clauses);
    if (!clauses)
        return;
    qc_fingerprint(arena, clauses, 0, &ret->key);
    if (ret->key.nomem)
        return;
    if (ret->key.poison) {
        ret->failure = complain(site, ret->key.poison->u.text);
        return;
    }
    qc_error_record error = {0};
    const qc_compile_options options = {.dialect = ret->dialect};
    ret->statement = qc_compile(clauses, &ret->key, &options, &error);
    ret->failure = ret->statement ? NULL : complain(site, error.error.message);
    qc_error_free(&error);
}

static const char *keep(const char *text, size_t length)
{
    const char *kept = text ? qc_arena_copy(qc_current_arena(), text, length) : NULL;
    return kept ? kept : no_memory;
}

const char *qc_sql(const char *dialect, const qc_site *site, const qc_clause *clauses)
{
    compiled made;
    compile_for(dialect, site, clauses, &made);
    if (made.failure)
        return made.failure;
    const char *text = keep(made.statement->sql, made.statement->sql_length);
    qc_statement_free(made.statement);
    return text;
}

static const char *print_binds(const compiled *made)
{
    const qc_statement *statement = made->statement;
    qc_strbuf text = {0};
    qc_strbuf_puts(&text, "");
    for (uint32_t i = 0; i < statement->bind_count; i++) {
        qc_strbuf_printf(&text, "%s%c%u = ", i ? ", " : "", made->dialect->placeholder, i + 1);
        if (statement->bind_order[i] >= QC_TENANT_BIND)
            qc_strbuf_puts(&text, "the tenant");
        else
            qc_print_value(&text, made->key.binds[statement->bind_order[i]]);
    }
    const char *kept = text.failed ? no_memory : keep(text.text, text.length);
    qc_strbuf_free(&text);
    return kept;
}

const char *qc_binds(const char *dialect, const qc_site *site, const qc_clause *clauses)
{
    compiled made;
    compile_for(dialect, site, clauses, &made);
    if (made.failure)
        return made.failure;
    const char *text = print_binds(&made);
    qc_statement_free(made.statement);
    return text;
}
