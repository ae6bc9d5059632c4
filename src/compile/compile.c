/* From clauses to a statement: take apart, check, shape, render. */
#include "compile/render.h"

#include <stdatomic.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

bool qc_refuse(qc_compiler *compiler, enum qc_code code, const char *format, ...)
{
    if (compiler->failed)
        return false;
    compiler->failed = true;
    va_list arguments;
    va_start(arguments, format);
    const char *text = qc_arena_vprintf(compiler->scratch, format, arguments);
    va_end(arguments);
    qc_error_set(compiler->error, code, "%s", text ? text : format);
    return false;
}

void *qc_no_scratch(qc_compiler *compiler)
{
    qc_refuse(compiler, QC_ERROR_NOMEM, "out of memory");
    return NULL;
}

/* ---- The renderer's result as the statement's. ---- */

static bool keep_text(qc_compiler *compiler, const qc_render *render, qc_statement *statement)
{
    size_t length = (size_t)(render->next - render->start) - 1;
    if (compiler->results == compiler->scratch)
        statement->sql = render->start;
    else
        statement->sql = qc_arena_copy(compiler->results, render->start, length);
    if (!statement->sql)
        return qc_refuse(compiler, QC_ERROR_NOMEM, "out of memory");
    statement->sql_length = length;
    return true;
}

static uint32_t oid_of(const qc_node *const *binds, uint32_t place)
{
    if (place >= QC_TENANT_BIND)
        return qc_type_infos[place - QC_TENANT_BIND].oid;
    const qc_node *bind = binds[place];
    const qc_type_info *info = &qc_type_infos[bind->type];
    return bind->kind == QC_NODE_ARRAY ? info->array_oid : info->oid;
}

static bool keep_binds(qc_compiler *compiler, const qc_render *render, qc_statement *statement)
{
    uint32_t count = render->number_count;
    if (count > compiler->dialect->max_binds)
        return qc_refuse(compiler, QC_ERROR_TOO_MANY,
                         "the query has %u binds; a statement of %s can have %u", (unsigned)count,
                         compiler->dialect->title, (unsigned)compiler->dialect->max_binds);
    uint32_t *numbers = qc_arena_take(compiler->results, 2 * count * sizeof(*numbers));
    if (!numbers)
        return qc_refuse(compiler, QC_ERROR_NOMEM, "out of memory");
    const qc_node *const *binds = render->binds;
    const uint32_t *order = render->order;
    uint32_t *oids = numbers + count;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t place = order ? order[i] : i;
        numbers[i] = place;
        oids[i] = oid_of(binds, place);
    }
    statement->bind_order = numbers;
    statement->bind_oids = oids;
    statement->bind_count = count;
    return true;
}

/* What the program gives for a tenant's column is compared with the tenant at each run. */
static bool keep_given(qc_compiler *compiler, const qc_render *render, qc_statement *statement)
{
    const size_t size = render->given_count * sizeof(*render->given);
    uint32_t *kept = qc_arena_take(compiler->results, size);
    if (!kept)
        return qc_refuse(compiler, QC_ERROR_NOMEM, "out of memory");
    memcpy(kept, render->given, size);
    statement->given_tenants = kept;
    statement->given_count = render->given_count;
    return true;
}

/* Room for the numbers of the key's binds; without a key they are listed as they are met. */
static bool begin_binds(qc_compiler *compiler, qc_render *render, const qc_key *key)
{
    if (!key)
        return true;
    if (key->bind_count >= UINT32_MAX / 8)
        return qc_refuse(compiler, QC_ERROR_TOO_MANY, "the query has too many binds");
    render->binds = key->binds;
    render->bind_count = (uint32_t)key->bind_count;
    render->numbers = qc_scratch(compiler, (2 * key->bind_count + QC_TYPE_COUNT) * sizeof(uint32_t));
    if (!render->numbers)
        return false;
    render->order = render->numbers + key->bind_count;
    memset(render->numbers, 0, key->bind_count * sizeof(uint32_t));
    return true;
}

/* ---- One compilation. ---- */

static bool render(qc_compiler *compiler, const qc_query *query, const qc_key *key,
                   const qc_compile_options *options, qc_statement *statement,
                   const qc_node *const **ret_binds)
{
    qc_render pen = {.compiler = compiler,
                     .dialect = compiler->dialect,
                     .parenthesize = options->parenthesize};
    if (!begin_binds(compiler, &pen, key) || !qc_render_grow(&pen, 0))
        return false;
    qc_render_statement(&pen, query, options->first);
    if (pen.full)
        qc_refuse(compiler, QC_ERROR_NOMEM, "out of memory");
    if (compiler->failed || !keep_text(compiler, &pen, statement) ||
        !keep_binds(compiler, &pen, statement))
        return false;
    statement->foreign = pen.foreign;
    statement->tenant = pen.tenant;
    if (pen.given_count && !keep_given(compiler, &pen, statement))
        return false;
    if (ret_binds)
        *ret_binds = pen.binds;
    return true;
}

/* By its number a statement is known again without being compared. */
static uint64_t next_serial(void)
{
    static atomic_uint_fast64_t last;
    return atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
}

static bool compile(qc_compiler *compiler, const qc_clause *clauses, const qc_key *key,
                    const qc_compile_options *options, qc_statement *statement,
                    const qc_node *const **ret_binds)
{
    if (key && key->nomem)
        return qc_refuse(compiler, QC_ERROR_NOMEM, "out of memory");
    if (key && key->poison)
        return qc_refuse(compiler, key->poison->op, "%s", key->poison->u.text);
    qc_query *query = qc_query_open(compiler, NULL, NULL, NULL, clauses);
    if (!query || !qc_check_query(compiler, query) ||
        !render(compiler, query, key, options, statement, ret_binds))
        return false;
    if (key && !qc_make_shape(compiler, query, statement))
        return false;
    if (key)
        statement->hash = XXH3_64bits(statement->sql, statement->sql_length);
    if (key)
        statement->serial = next_serial();
    if (query->kind != QC_SELECTS) {
        statement->writes = true;
        statement->table = query->ranges[0].table;
    }
    if (compiler->warning)
        statement->warning =
            qc_arena_copy(compiler->results, compiler->warning, strlen(compiler->warning));
    return true;
}

qc_statement *qc_compile_in(qc_arena *arena, const qc_clause *clauses, const qc_key *key,
                            const qc_compile_options *options, qc_error_record *error,
                            const qc_node *const **ret_binds)
{
    qc_compiler compiler = {.results = arena,
                            .scratch = arena,
                            .dialect = options->dialect,
                            .known = options->known,
                            .error = error};
    qc_statement *statement = arena ? qc_arena_take(arena, sizeof(*statement)) : NULL;
    if (!statement) {
        qc_error_set(error, QC_ERROR_NOMEM, "out of memory");
        return NULL;
    }
    *statement = (qc_statement){0};
    return compile(&compiler, clauses, key, options, statement, ret_binds) ? statement : NULL;
}

qc_statement *qc_compile(const qc_clause *clauses, const qc_key *key,
                         const qc_compile_options *options, qc_error_record *error)
{
    qc_arena *scratch = qc_current_arena(), *arena = qc_arena_new();
    qc_mark mark = qc_arena_mark(scratch);
    if (arena)
        arena->next_size = 2048;
    qc_statement *statement = arena ? qc_arena_take(arena, sizeof(*statement)) : NULL;
    if (!scratch || !statement) {
        qc_arena_free(arena);
        qc_error_set(error, QC_ERROR_NOMEM, "out of memory");
        return NULL;
    }
    *statement = (qc_statement){.arena = arena};
    qc_compiler compiler = {.results = arena,
                            .scratch = scratch,
                            .dialect = options->dialect,
                            .known = options->known,
                            .error = error};
    bool good = compile(&compiler, clauses, key, options, statement, NULL);
    qc_arena_release(scratch, mark);
    if (good)
        return statement;
    qc_arena_free(arena);
    return NULL;
}

void qc_statement_free(qc_statement *statement)
{
    if (statement)
        qc_arena_free(statement->arena);
}
