/* COPY_IN: structs into a table, one after another; all are stored, or none. */
#include "engine/budget.h"
#include "ast/ast.h"
#include "ast/make.h"
#include "engine/copy_defaults.h"
#include "engine/db.h"
#include "engine/orm.h"
#include "engine/tenant.h"
#include "engine/trace.h"
#include "model/lineage.h"

#include <quercus/copy.h>
#include <stdlib.h>
#include <string.h>

struct qc_copy {
    qc_db *db; /* NULL: the connection was closed */
    const qc_site *site;
    const qc_table *table;
    const qc_column **columns; /* NULL: not chosen yet */
    size_t column_count;
    bool listed; /* by the caller */
    bool varies; /* else: some columns may be left unset, by every row the same */
    bool begun;  /* at the database: with the first row */
    const qc_column *tenant; /* is filled in; NULL: the model has none */
    bool failed;
    int64_t rows;
    qc_copy_defaults defaults;
    qc_arena *own;
    const char *text; /* for hooks */
    const char *why;  /* it failed */
    enum qc_code code;
    qc_timing began;
};

static void free_copy(qc_copy *copy)
{
    qc_arena_free(copy->own);
    free(copy);
}

static bool nomem(const qc_copy *copy)
{
    qc_fail(copy->db, copy->site, QC_ERROR_NOMEM, "out of memory");
    return false;
}

/* ---- Columns. ---- */

static bool add_listed(qc_copy *copy, const qc_node *node)
{
    const qc_column *column = node->kind == QC_NODE_COLUMN ? node->u.column : NULL;
    if (!column || column->table != copy->table) {
        qc_fail(copy->db, copy->site, QC_ERROR_QUERY, "COPY_IN lists what is no column of %s",
                copy->table->model);
        return false;
    }
    for (size_t i = 0; i < copy->column_count; i++)
        if (copy->columns[i] == column) {
            qc_fail(copy->db, copy->site, QC_ERROR_QUERY, "COPY_IN lists %s.%s twice",
                    copy->table->name, column->name);
            return false;
        }
    copy->columns[copy->column_count++] = column;
    return true;
}

static bool list_columns(qc_copy *copy, const qc_node *const *nodes)
{
    for (; *nodes; nodes++) {
        if (copy->column_count == copy->table->column_count) {
            qc_fail(copy->db, copy->site, QC_ERROR_QUERY, "COPY_IN lists a column twice");
            return false;
        }
        if (!add_listed(copy, *nodes))
            return false;
    }
    return true;
}

static void choose_columns(qc_copy *copy, const void *row)
{
    for (uint32_t i = 0; i < copy->table->column_count; i++) {
        const qc_column *column = &copy->table->columns[i];
        copy->varies |= column->identity || column->server_default;
        if (!qc_field_is_default(column, row))
            copy->columns[copy->column_count++] = column;
    }
}

/* The tenant is written whether it is listed or not. */
static bool take_tenant(qc_copy *copy)
{
    const qc_node *value = qc_tenant_value(copy->db, copy->site, copy->tenant);
    bool listed = false;
    for (size_t i = 0; i < copy->column_count; i++)
        listed |= copy->columns[i] == copy->tenant;
    if (!listed)
        copy->columns[copy->column_count++] = copy->tenant;
    return value &&
           (qc_copy_tenant(&copy->defaults, copy->own, copy->tenant, value) || nomem(copy));
}

static bool is_of_tenant(const qc_copy *copy, const void *row)
{
    return !copy->tenant || qc_tenant_is_unset(copy->tenant, row) ||
           qc_tenant_has(copy->tenant, row, copy->defaults.tenant) ||
           qc_tenant_refuse(copy->db, copy->site, copy->tenant);
}

/* Whether the row leaves those columns unset that the first one did. */
static bool is_like_the_first(const qc_copy *copy, const void *row)
{
    size_t written = 0;
    for (uint32_t i = 0; i < copy->table->column_count; i++) {
        const qc_column *column = &copy->table->columns[i];
        const bool expected =
            written < copy->column_count && copy->columns[written] == column;
        written += expected;
        if ((column->identity || column->server_default) &&
            qc_field_is_default(column, row) == expected) {
            qc_fail(copy->db, copy->site, QC_ERROR_VALUE,
                    "%s.%s is %s in row %lld, unlike in the first row: list the columns that "
                    "COPY_IN writes",
                    copy->table->name, column->name, expected ? "unset" : "set",
                    (long long)copy->rows + 1);
            return false;
        }
    }
    return true;
}

/* ---- Opening. ---- */

static void end_copy(void *holder);

static bool start(qc_copy *copy, const qc_node *model, const qc_node *const *columns)
{
    copy->own = qc_arena_new();
    if (!copy->own)
        return nomem(copy);
    if (!copy->db->driver->copy_begin) {
        qc_fail(copy->db, copy->site, QC_ERROR_UNSUPPORTED, "this database has no COPY");
        return false;
    }
    if (!model || model->kind != QC_NODE_TABLE) {
        qc_fail(copy->db, copy->site, QC_ERROR_QUERY, "COPY_IN takes a model, not an alias");
        return false;
    }
    copy->table = model->u.table;
    copy->tenant = qc_tenant_column(copy->table);
    if (qc_is_joined(copy->table)) {
        qc_fail(copy->db, copy->site, QC_ERROR_QUERY,
                "the rows of %s lie in the tables %s and %s, and COPY_IN writes one; write them in "
                "a session: NEW, qc_flush",
                copy->table->model, copy->table->name, qc_table_above(copy->table)->name);
        return false;
    }
    copy->columns = qc_arena_alloc(copy->own, copy->table->column_count * sizeof(*copy->columns));
    copy->text = qc_arena_printf(copy->own, "COPY %s FROM structs", copy->table->name);
    if (!copy->columns || !copy->text)
        return nomem(copy);
    copy->listed = columns != NULL;
    return !columns || list_columns(copy, columns);
}

static qc_copy *open_copy(qc_db *db, const qc_site *site, const qc_node *model,
                          const qc_node *const *columns)
{
    qc_copy *copy = calloc(1, sizeof(*copy));
    if (!copy) {
        qc_fail(db, site, QC_ERROR_NOMEM, "out of memory");
        return NULL;
    }
    *copy = (qc_copy){.db = db, .site = site};
    if (!start(copy, model, columns)) {
        free_copy(copy);
        return NULL;
    }
    db->busy = (qc_busy){"COPY_IN", site, end_copy, copy};
    db->copied = 0;
    return copy;
}

qc_copy *qc_copy_open(qc_db *db, const qc_site *site, qc_mark mark, const qc_node *model,
                      const qc_node *const *columns)
{
    const bool may = qc_enter_flushed(db, site) && qc_may_write(db, site) && qc_may_send(db, site);
    qc_copy *copy = may ? open_copy(db, site, model, columns) : NULL;
    if (db && !copy)
        db->copied = -1;
    qc_arena_release(qc_current_arena(), mark);
    return copy;
}

/* ---- Rows. ---- */

/* Keeps why: other calls may come before the block's end. */
static bool fail_copy(qc_copy *copy)
{
    const struct qc_error *error = &copy->db->error.error;
    copy->failed = true;
    copy->code = error->code;
    copy->why = qc_arena_copy(copy->own, error->message, strlen(error->message));
    qc_blame(copy->db, copy->site, copy->text);
    return false;
}

static bool begin_rows(qc_copy *copy, const void *row)
{
    qc_db *db = copy->db;
    if (!copy->listed)
        choose_columns(copy, row);
    if (!copy->column_count) {
        qc_fail(db, copy->site, QC_ERROR_QUERY,
                "COPY_IN has no column to write: the first row leaves all of %s unset",
                copy->table->model);
        return false;
    }
    if (!qc_copy_defaults_find(db, copy->site, copy->own, copy->columns, copy->column_count,
                               &copy->defaults) ||
        (copy->tenant && !take_tenant(copy)))
        return false;
    if (!qc_may_write(db, copy->site))
        return false;
    db->tx.wrote = true;
    const qc_report_of report = {.site = copy->site, .sql = copy->text};
    const qc_bulk bulk = {
        .table = copy->table, .columns = copy->columns, .column_count = copy->column_count};
    copy->began = qc_report_begin(db, &report);
    copy->begun = db->driver->copy_begin(db->connection, &bulk) == QC_ERROR_OK;
    return copy->begun;
}

static bool put_row(qc_copy *copy, const char *row)
{
    qc_db *db = copy->db;
    if ((copy->varies && !is_like_the_first(copy, row)) || !is_of_tenant(copy, row))
        return false;
    const void *complete = qc_copy_defaults_fill(&copy->defaults, row);
    if (db->driver->copy_put(db->connection, complete, 1) != QC_ERROR_OK)
        return false;
    db->copied = ++copy->rows;
    return true;
}

bool qc_copy_put_rows(qc_copy *copy, const void *rows, size_t count)
{
    const char *row = rows;
    if (!copy || !copy->db || copy->failed)
        return false;
    if (count && !row) {
        qc_fail(copy->db, copy->site, QC_ERROR_MISUSE, "qc_copy_put: the row is NULL");
        return fail_copy(copy);
    }
    if (count && !copy->begun && !begin_rows(copy, row))
        return fail_copy(copy);
    for (size_t i = 0; i < count; i++)
        if (!put_row(copy, row + i * copy->table->size))
            return fail_copy(copy);
    return true;
}

int64_t qc_copy_rows(const qc_db *db)
{
    return db ? db->copied : -1;
}

/* ---- The end. ---- */

/* What failed it, if the caller's other calls have hidden that. */
static void tell_failure(const qc_copy *copy)
{
    if (copy->db->error.error.code == QC_ERROR_OK)
        qc_fail(copy->db, copy->site, copy->code, "%s", copy->why ? copy->why : "out of memory");
}

static void tell_left(const qc_copy *copy)
{
    if (copy->db->error.error.code == QC_ERROR_OK)
        qc_fail(copy->db, copy->site, QC_ERROR_SERVER,
                "COPY_IN was left before its end: nothing was stored");
}

static void close_copy(qc_copy *copy, bool keep)
{
    qc_db *db = copy->db;
    int64_t rows = 0;
    bool good = keep && !copy->failed;
    db->busy = (qc_busy){0};
    if (good)
        qc_clear(db);
    if (copy->begun)
        good = db->driver->copy_end(db->connection, good, &rows) == QC_ERROR_OK && good;
    if (copy->failed)
        tell_failure(copy);
    else if (!keep)
        tell_left(copy);
    else if (keep && !good)
        qc_blame(db, copy->site, copy->text);
    db->copied = good ? rows : -1;
    if (copy->begun)
        qc_report(db, &(qc_report_of){.site = copy->site, .sql = copy->text, .rows = db->copied},
                  copy->began);
    copy->db = NULL;
}

static void end_copy(void *holder)
{
    close_copy(holder, false);
}

void qc_copy_finish(qc_copy **handle)
{
    qc_copy *copy = *handle;
    *handle = NULL;
    if (copy->db)
        close_copy(copy, true);
    free_copy(copy);
}

void qc_copy_abandon(void *writer)
{
    qc_copy **handle = writer;
    qc_copy *copy = *handle;
    *handle = NULL;
    if (!copy)
        return;
    if (copy->db)
        close_copy(copy, false);
    free_copy(copy);
}
