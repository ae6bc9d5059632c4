/* See mock_driver.h. */
#include "mock_driver.h"

#include "engine/trace.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mock mock;

struct qc_connection {
    const qc_driver_options *options;
    qc_error_record *error;
};

void mock_reset(void)
{
    for (size_t i = 0; i < mock.count; i++) {
        free(mock.log[i]);
        free(mock.binds[i]);
    }
    mock = (struct mock){0};
}

void mock_play(const char *const *cells, size_t rows)
{
    mock.answers[mock.answer_count++] = (mock_answer){cells, rows, 0};
}

void mock_affect(int64_t rows)
{
    mock.answers[mock.answer_count++] = (mock_answer){NULL, 0, rows};
}

/* ---- The record. ---- */

static char *copy(const char *text)
{
    char *made = malloc(strlen(text) + 1);
    return made ? strcpy(made, text) : NULL;
}

static enum qc_code refuse(qc_connection *c, int number)
{
    qc_error_set(c->error, QC_ERROR_SERVER, "the mock refuses statement %d", number);
    strcpy(c->error->error.sqlstate, "23505");
    c->error->error.constraint = qc_error_text(c->error, "mock_constraint");
    c->error->error.detail = qc_error_text(c->error, "Key (email)=(secret) already exists.");
    return QC_ERROR_SERVER;
}


static enum qc_code record(qc_connection *c, const char *text, const char *binds)
{
    ck_assert_uint_lt(mock.count, MOCK_MOST);
    mock.log[mock.count] = copy(text);
    mock.binds[mock.count++] = copy(binds);
    return mock.fail_at == (int)mock.count ? refuse(c, mock.fail_at) : QC_ERROR_OK;
}

static enum qc_code record_statement(qc_connection *c, const qc_statement *statement,
                                     const qc_node *const *binds)
{
    qc_strbuf text = {0};
    qc_strbuf_puts(&text, "");
    qc_print_binds(&text, '$', binds, statement->bind_count);
    enum qc_code code = record(c, statement->sql, text.failed ? "" : text.text);
    qc_strbuf_free(&text);
    return code;
}

static mock_answer next_answer(void)
{
    return mock.answered < mock.answer_count ? mock.answers[mock.answered++] : (mock_answer){0};
}

/* ---- Rows. ---- */

static void write_value(char *at, int type, const char *text)
{
    switch (type) {
    case QC_TYPE_bool: *(bool *)at = *text == 't'; break;
    case QC_TYPE_smallint: *(int16_t *)(void *)at = (int16_t)atoi(text); break;
    case QC_TYPE_int: *(int32_t *)(void *)at = atoi(text); break;
    case QC_TYPE_bigint: *(int64_t *)(void *)at = atoll(text); break;
    case QC_TYPE_real: *(float *)(void *)at = (float)atof(text); break;
    case QC_TYPE_double: *(double *)(void *)at = atof(text); break;
    case QC_TYPE_bytea: *(qc_bytea_value *)(void *)at = (qc_bytea_value){text, strlen(text)}; break;
    case QC_TYPE_date: qc_date_parse(text, (qc_date_value *)(void *)at); break;
    case QC_TYPE_time: qc_time_parse(text, (qc_time_value *)(void *)at); break;
    case QC_TYPE_timestamp:
    case QC_TYPE_timestamptz: qc_timestamp_parse(text, (qc_timestamp_value *)(void *)at); break;
    case QC_TYPE_uuid: qc_uuid_parse(text, (qc_uuid_value *)(void *)at); break;
    default: *(const char **)(void *)at = text; break;
    }
}

static enum qc_code write_cell(qc_connection *c, const qc_shape *shape, unsigned i, void *row,
                               const char *text)
{
    const qc_result_column *column = &shape->columns[i];
    if (!text) {
        if (qc_fetch_null(shape, i, row))
            return QC_ERROR_OK;
        return qc_error_set(c->error, QC_ERROR_NULL_RESULT, "%s is NULL", column->name);
    }
    char *at = (char *)qc_fetch_part(shape, row, column->part) + column->offset;
    if (qc_fetch_nullable(shape, i) && qc_type_infos[column->type].value_offset) {
        *(bool *)at = true;
        at += qc_type_infos[column->type].value_offset;
    }
    write_value(at, column->type, text);
    return QC_ERROR_OK;
}

static enum qc_code write_row(qc_connection *c, qc_fetch *fetch, const char *const *cells,
                              void **ret_row)
{
    const qc_shape *shape = fetch->shape;
    bool nulls[64] = {false};
    void *row = qc_fetch_row(fetch);
    if (!row)
        return qc_error_set(c->error, QC_ERROR_NOMEM, "out of memory");
    for (unsigned i = 0; i < shape->column_count; i++) {
        enum qc_code code = write_cell(c, shape, i, row, cells[i]);
        if (code != QC_ERROR_OK)
            return code;
        nulls[i] = !cells[i];
    }
    if (shape->part_count > 1)
        qc_fetch_settle(shape, row, nulls);
    *ret_row = row;
    return QC_ERROR_OK;
}

static enum qc_code play(qc_connection *c, const qc_statement *statement, qc_fetch *fetch,
                         int64_t *ret_affected)
{
    enum qc_code code = QC_ERROR_OK;
    const mock_answer answer = next_answer();
    if (fetch && !qc_fetch_begin(fetch, answer.rows))
        return qc_error_set(c->error, QC_ERROR_NOMEM, "out of memory");
    *ret_affected = statement->returns_rows ? (int64_t)answer.rows : answer.affected;
    void *row;
    for (size_t i = 0; i < answer.rows && code == QC_ERROR_OK && fetch; i++) {
        if (fetch->limit && fetch->count == fetch->limit)
            break;
        code = write_row(c, fetch, answer.cells + i * statement->shape.column_count, &row);
    }
    return code;
}

static enum qc_code execute(qc_connection *c, const qc_statement *statement,
                            const qc_node *const *binds, qc_fetch *fetch, int64_t *ret_affected)
{
    enum qc_code code = record_statement(c, statement, binds);
    if (code == QC_ERROR_OK)
        return play(c, statement, fetch, ret_affected);
    next_answer();
    return code;
}

/* ---- Pipelines. ---- */

/* What was sent and is not answered; a NULL statement is a sync. */
static struct piped {
    const qc_statement *statement;
    int number; /* in the log */
} piped[MOCK_MOST];
static size_t piped_count, piped_next, piped_unit;
static bool piped_failed, piped_repeated;

static enum qc_code piped_begin(qc_connection *c)
{
    piped_count = piped_next = piped_unit = 0;
    piped_failed = piped_repeated = false;
    return record(c, "begin pipeline", "");
}

static void piped_start(qc_connection *c)
{
    (void)c;
}

static enum qc_code piped_send(qc_connection *c, const qc_statement *statement,
                               const qc_node *const *binds)
{
    if (mock.refuse_send == (int)mock.count + 1)
        return qc_error_set(c->error, QC_ERROR_TOO_BIG, "the mock sends nothing so big");
    if (record_statement(c, statement, binds) != QC_ERROR_OK)
        qc_error_clear(c->error);
    piped[piped_count++] = (struct piped){statement, (int)mock.count};
    return QC_ERROR_OK;
}

static enum qc_code piped_sync(qc_connection *c, bool undo)
{
    piped[piped_count++] = (struct piped){NULL, 0};
    return record(c, undo ? "undo, sync" : "sync", "");
}

static enum qc_reply_kind answer_sync(void)
{
    piped_next++;
    if (mock.stale_at && piped_failed && !piped_repeated) {
        piped_repeated = true;
        piped_failed = false;
        piped_next = piped_unit;
        return QC_REPLY_AGAIN;
    }
    piped_unit = piped_next;
    piped_failed = false;
    return QC_REPLY_SYNCED;
}

static enum qc_reply_kind answer_statement(qc_connection *c, const struct piped *sent,
                                           qc_fetch *fetch, qc_reply *ret)
{
    piped_next++;
    if (piped_failed)
        return QC_REPLY_SKIPPED;
    ret->again = mock.stale_at == sent->number && !piped_repeated;
    if (mock.fail_at == sent->number || ret->again) {
        piped_failed = true;
        refuse(c, sent->number);
        return QC_REPLY_FAILED;
    }
    return play(c, sent->statement, fetch, &ret->affected) == QC_ERROR_OK ? QC_REPLY_DONE
                                                                         : QC_REPLY_UNREADABLE;
}

static void piped_receive(qc_connection *c, bool wait, qc_fetch *fetch, qc_reply *ret)
{
    *ret = (qc_reply){.kind = QC_REPLY_NONE};
    if (piped_next == piped_count || (!wait && !mock.eager))
        return;
    const struct piped *sent = &piped[piped_next];
    if (sent->statement && mock.lose_at == sent->number) {
        qc_error_set(c->error, QC_ERROR_DISCONNECTED, "the mock is gone");
        ret->kind = QC_REPLY_LOST;
    } else {
        ret->kind = sent->statement ? answer_statement(c, sent, fetch, ret) : answer_sync();
    }
}

static void piped_end(qc_connection *c)
{
    record(c, "end pipeline", "");
}

static const qc_pipeline_driver piped_driver = {piped_begin, piped_start,   piped_send,
                                                piped_sync,  piped_receive, piped_end};

/* ---- Streams. ---- */

static mock_answer streaming;

static enum qc_code stream_begin(qc_connection *c, const qc_statement *statement,
                                 const qc_node *const *binds, int most)
{
    enum qc_code code = record_statement(c, statement, binds);
    if (code != QC_ERROR_OK)
        return code;
    mock.open_streams++;
    mock.next_row = 0;
    mock.piece = most;
    mock.streamed = statement;
    streaming = next_answer();
    return QC_ERROR_OK;
}

static enum qc_code stream_next(qc_connection *c, qc_fetch *fetch, void **ret_row)
{
    *ret_row = NULL;
    if (!qc_fetch_begin(fetch, 1))
        return qc_error_set(c->error, QC_ERROR_NOMEM, "out of memory");
    while (fetch->count < (size_t)mock.piece) {
        void *row;
        if (mock.fail_row && mock.next_row + 1 == mock.fail_row)
            return qc_error_set(c->error, QC_ERROR_SERVER, "the mock refuses row %zu",
                                mock.fail_row);
        if (mock.next_row == streaming.rows)
            return QC_ERROR_OK;
        const char *const *cells = streaming.cells + mock.next_row++ * fetch->shape->column_count;
        const enum qc_code code = write_row(c, fetch, cells, &row);
        if (code != QC_ERROR_OK)
            return code;
        *ret_row = *ret_row ? *ret_row : row;
    }
    return QC_ERROR_OK;
}

static void stream_end(qc_connection *c)
{
    (void)c;
    mock.open_streams--;
}

/* ---- The rest. ---- */

static enum qc_code run(qc_connection *c, const char *sql, enum qc_outcome *ret_ended)
{
    (void)ret_ended;
    enum qc_code code = record(c, sql, "");
    if (code != QC_ERROR_OK)
        return code;
    if (strcmp(sql, "BEGIN") == 0)
        mock.in_transaction = true;
    if (strcmp(sql, "ROLLBACK") == 0)
        mock.in_transaction = false;
    return QC_ERROR_OK;
}

static enum qc_code begin(qc_connection *c, const qc_tx_options *options, char text[QC_BEGIN_SIZE])
{
    snprintf(text, QC_BEGIN_SIZE, options->read_only ? "BEGIN READ ONLY" : "BEGIN");
    const enum qc_code code = record(c, text, "");
    mock.in_transaction |= code == QC_ERROR_OK;
    return code;
}

static enum qc_code rollback(qc_connection *c)
{
    mock.in_transaction = false;
    return record(c, "ROLLBACK", "");
}

static enum qc_code commit(qc_connection *c, bool *ret_unknown)
{
    mock.in_transaction = false;
    *ret_unknown = mock.lose_commit;
    const enum qc_code code = record(c, "COMMIT", "");
    if (!mock.lose_commit)
        return code;
    mock.link = QC_LINK_LOST;
    return qc_error_set(c->error, QC_ERROR_DISCONNECTED, "COMMIT was sent but not answered");
}

static enum qc_code identify(qc_connection *c, qc_tx_identity *ret)
{
    (void)c;
    *ret = (qc_tx_identity){.known = true, .id = "77"};
    return QC_ERROR_OK;
}

static enum qc_code resolve(qc_connection *c, const qc_tx_identity *identity, enum qc_outcome *ret)
{
    *ret = mock.outcome;
    return record(c, "resolve", identity->id);
}

static const char *const conflicts[] = {"40001", NULL};

static bool in_transaction(qc_connection *c)
{
    (void)c;
    return mock.in_transaction;
}

static enum qc_code copy_begin(qc_connection *c, const qc_bulk *bulk)
{
    qc_strbuf text = {0};
    qc_strbuf_printf(&text, "bulk %zu %s:", bulk->count, bulk->table->name);
    for (size_t i = 0; i < bulk->column_count; i++)
        qc_strbuf_printf(&text, "%s %s", i ? "," : "", bulk->columns[i]->name);
    qc_strbuf first = {0};
    qc_print_value(&first, qc_field_value(bulk->columns[0], bulk->rows[bulk->count - 1]));
    enum qc_code code = record(c, text.text, first.text);
    qc_strbuf_free(&text);
    qc_strbuf_free(&first);
    return code;
}

static enum qc_code copy_put(qc_connection *c, const void *rows, size_t count)
{
    (void)c;
    (void)rows;
    (void)count;
    return QC_ERROR_OK;
}

static enum qc_code copy_end(qc_connection *c, bool keep, int64_t *ret_rows)
{
    (void)c;
    (void)keep;
    *ret_rows = 0;
    return QC_ERROR_OK;
}

static void forget(qc_connection *c)
{
    record(c, "forget", "");
}

static bool is_private(const char *url)
{
    (void)url;
    return false;
}

static enum qc_link look_at_link(qc_connection *c, bool look)
{
    (void)c, (void)look;
    return mock.link;
}

static enum qc_code ping(qc_connection *c)
{
    return record(c, "ping", "");
}

static enum qc_code reset(qc_connection *c, bool thoroughly)
{
    mock.in_transaction = false;
    return record(c, thoroughly ? "reset all" : "reset", "");
}

static void attach(qc_connection *c, const qc_driver_options *options, qc_error_record *error)
{
    *c = (qc_connection){options, error};
}

static enum qc_code set_read_only(qc_connection *c, bool on)
{
    return record(c, on ? "read only" : "read write", "");
}

static qc_task *interrupt(qc_connection *c)
{
    (void)c;
    return NULL;
}

static uint64_t running(qc_connection *c)
{
    (void)c;
    return mock.running;
}

static bool cancel(qc_connection *c, uint64_t number)
{
    (void)c;
    mock.cancelled = number;
    return number == mock.running;
}

static bool accepts(const char *url)
{
    return strncmp(url, "mock:", 5) == 0;
}

static qc_connection *open_mock(const char *url, const qc_driver_options *options,
                                qc_error_record *error)
{
    qc_connection *c = mock.fail_open ? NULL : malloc(sizeof(*c));
    if (c)
        *c = (qc_connection){options, error};
    else
        qc_error_set(error, QC_ERROR_CONNECT, "the mock cannot reach %s", url);
    return c;
}

static void close_mock(qc_connection *c)
{
    free(c);
}

#define MOCK(its_dialect)                                                                          \
    {                                                                                              \
        .name = "mock", .dialect = &(its_dialect), .accepts = accepts, .open = open_mock,          \
        .close = close_mock, .execute = execute, .stream_begin = stream_begin,                     \
        .stream_next = stream_next, .stream_end = stream_end, .run = run, .commit = commit,        \
        .begin = begin, .rollback = rollback, .conflicts = conflicts, .identify = identify,        \
        .resolve = resolve, .in_transaction = in_transaction, .copy_begin = copy_begin,            \
        .copy_put = copy_put, .copy_end = copy_end, .forget = forget, .is_private = is_private,    \
        .link = look_at_link, .ping = ping, .reset = reset, .attach = attach, .running = running,  \
        .cancel = cancel, .interrupt = interrupt, .set_read_only = set_read_only                   \
    }
const qc_driver mock_postgresql_driver = MOCK(qc_postgresql_dialect);
const qc_driver mock_sqlite_driver = MOCK(qc_sqlite_dialect);

const qc_driver *mock_piped_driver(void)
{
    static qc_driver driver;
    driver = mock_postgresql_driver;
    driver.pipeline = &piped_driver;
    return &driver;
}
