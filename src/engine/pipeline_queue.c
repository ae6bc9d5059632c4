/* QUEUE words: a statement on its way to the database. */
#include "engine/pipeline.h"

#include "engine/write.h"

#include <stdlib.h>
#include <string.h>

/* One call of a word. */
typedef struct request {
    qc_db *db;
    const qc_site *site;
    const qc_clause *clauses;
    enum qc_queued_kind kind;
    void *destination;
    size_t size; /* of it */
    bool first;  /* LIMIT 1 will do */
    size_t number;
} request;

static bool nomem(const request *r)
{
    qc_fail(r->db, r->site, QC_ERROR_NOMEM, "out of memory");
    return false;
}

/* ---- Room. ---- */

enum { FIRST_ROOM = 16 };

static qc_sent *reserve_sent(qc_pipeline *p)
{
    if (p->sent_count < p->sent_room)
        return &p->sent[p->sent_count];
    if (p->settled > p->sent_room / 2) {
        p->sent_count -= p->settled;
        p->answered -= p->settled;
        memmove(p->sent, p->sent + p->settled, p->sent_count * sizeof(*p->sent));
        p->settled = 0;
        return &p->sent[p->sent_count];
    }
    const size_t room = p->sent_room ? p->sent_room * 2 : FIRST_ROOM;
    qc_sent *sent = realloc(p->sent, room * sizeof(*sent));
    if (!sent)
        return NULL;
    p->sent = sent;
    p->sent_room = room;
    return &p->sent[p->sent_count];
}

static bool grow_list(qc_pipeline *p)
{
    if (p->count < p->room)
        return true;
    const size_t room = p->room ? p->room * 2 : FIRST_ROOM;
    qc_queued *list = realloc(p->list, room * sizeof(*list));
    if (!list)
        return false;
    p->list = list;
    p->room = room;
    return true;
}

/* ---- What must outlive the query. ---- */

static qc_arena *notes_of(qc_pipeline *p)
{
    if (!p->notes)
        p->notes = qc_arena_new();
    return p->notes;
}

/* A statement with the line of the query in it is of this query alone. */
static bool keep_statement(qc_pipeline *p, qc_sent *sent)
{
    if (sent->statement == sent->cached->statement)
        return true;
    qc_statement *copy = notes_of(p) ? qc_arena_alloc(p->notes, sizeof(*copy)) : NULL;
    if (!copy)
        return false;
    *copy = *sent->statement;
    copy->sql = qc_arena_copy(p->notes, copy->sql, copy->sql_length);
    sent->statement = copy;
    return copy->sql != NULL;
}

static const char *print_binds(const request *r, qc_arena *arena, const qc_prepared *prepared)
{
    qc_strbuf text = {0};
    qc_print_binds(&text, r->db->driver->dialect->placeholder, prepared->binds,
                   prepared->statement->bind_count);
    const char *copy =
        text.failed || !text.text ? NULL : qc_arena_copy(arena, text.text, text.length);
    qc_strbuf_free(&text);
    return copy;
}

static bool watch(const request *r, const qc_prepared *prepared, qc_sent *sent)
{
    qc_db *db = r->db;
    const qc_timing began =
        qc_report_begin(db, &(qc_report_of){.site = r->site,
                                            .sql = sent->statement->sql,
                                            .binds = prepared->binds,
                                            .bind_count = sent->statement->bind_count});
    if (!began)
        return true;
    qc_arena *notes = notes_of(db->pipeline);
    sent->watched = notes ? qc_arena_alloc(notes, sizeof(*sent->watched)) : NULL;
    if (!sent->watched)
        return false;
    *sent->watched = (qc_watched){.began = began};
    if (qc_is_watched(db) && !db->redact && sent->statement->bind_count)
        sent->watched->binds = print_binds(r, notes, prepared);
    return true;
}

/* ---- Running where nothing is sent ahead. ---- */

/* It ran, and what it found cannot be read. */
static bool is_about_rows(enum qc_code code)
{
    return code == QC_ERROR_NULL_RESULT || code == QC_ERROR_DECODE;
}

static void run_here(const request *r, const qc_node *const *binds)
{
    qc_db *db = r->db;
    qc_pipeline *p = db->pipeline;
    const qc_sent *sent = &p->sent[p->answered];
    qc_reply reply = {.kind = QC_REPLY_FAILED};
    qc_fetch fetch;
    const bool fetches = qc_pipeline_fetch(p, sent, &fetch);
    enum qc_code code = QC_ERROR_OK;
    if (!p->inside && !p->atomic.begun && !qc_atomic_begin(db, r->site, &p->atomic))
        code = db->error.error.code;
    else
        code = db->driver->execute(db->connection, sent->statement, binds, fetches ? &fetch : NULL,
                                   &reply.affected);
    if (code == QC_ERROR_OK)
        reply.kind = QC_REPLY_DONE;
    else if (is_about_rows(code))
        reply.kind = QC_REPLY_UNREADABLE;
    qc_pipeline_take(db, &reply, fetches ? &fetch : NULL);
}

/* ---- Statements. ---- */

static bool check_rows(const request *r, const qc_statement *statement)
{
    if (r->kind == QC_QUEUED_EXEC || statement->returns_rows)
        return true;
    qc_fail(r->db, r->site, QC_ERROR_QUERY, "%s", qc_no_rows);
    return false;
}

static bool note_type(const request *r, const qc_statement *statement)
{
    if (r->kind != QC_QUEUED_SCALAR && r->kind != QC_QUEUED_SCALAR_OR_NULL)
        return true;
    const uint8_t type = statement->items ? statement->items[0].type : QC_TYPE_none;
    const qc_type_info *info = &qc_type_infos[type];
    r->db->pipeline->list[r->number].type = type;
    if (type != QC_TYPE_none &&
        r->size == (r->kind == QC_QUEUED_SCALAR ? info->size : info->optional_size))
        return true;
    qc_fail(r->db, r->site, QC_ERROR_MISUSE,
            "QUEUE_SCALAR takes a query that selects one value of the destination's type");
    return false;
}

static void tell_failure(const request *r, const qc_sent *sent)
{
    if (sent->watched)
        qc_report(r->db,
                  &(qc_report_of){.site = r->site,
                                  .sql = sent->statement->sql,
                                  .printed = sent->watched->binds,
                                  .bind_count = sent->statement->bind_count,
                                  .rows = -1},
                  sent->watched->began);
}

static bool send(const request *r, const qc_prepared *prepared)
{
    qc_db *db = r->db;
    qc_pipeline *p = db->pipeline;
    qc_sent *sent = reserve_sent(p);
    if (!sent)
        return nomem(r);
    *sent = (qc_sent){prepared->statement, prepared->cached, NULL, r->number};
    if (!keep_statement(p, sent) || !watch(r, prepared, sent))
        return nomem(r);
    if (p->remote && db->driver->pipeline->send(db->connection, sent->statement, prepared->binds) !=
                         QC_ERROR_OK) {
        qc_blame(db, r->site, sent->statement->sql);
        tell_failure(r, sent);
        return false;
    }
    p->sent_count++;
    sent->cached->references++;
    db->tx.wrote |= sent->statement->writes;
    db->touched |= sent->statement->foreign;
    if (!p->remote)
        run_here(r, prepared->binds);
    return true;
}

static bool queue_statement(const request *r, const qc_clause *clauses)
{
    qc_prepared prepared;
    if (!qc_prepare(r->db, r->site, clauses, r->first, &prepared))
        return false;
    const bool good =
        check_rows(r, prepared.statement) && note_type(r, prepared.statement) && send(r, &prepared);
    qc_prepared_end(&prepared);
    return good;
}

static bool queue_batches(const request *r, const qc_write *write)
{
    const qc_pipeline *p = r->db->pipeline;
    qc_arena *arena = qc_current_arena();
    if (r->kind != QC_QUEUED_EXEC && !qc_write_returns(write)) {
        qc_fail(r->db, r->site, QC_ERROR_QUERY, "%s", qc_no_rows);
        return false;
    }
    if (!qc_write_countable(r->db, r->site, write))
        return false;
    for (size_t done = 0, count; done < write->rows->count && !p->failing; done += count) {
        const qc_mark mark = qc_arena_mark(arena);
        const qc_clause *clauses = qc_write_next(r->db->driver->dialect, write, done, &count);
        const bool good = clauses && count ? queue_statement(r, clauses) : nomem(r);
        qc_arena_release(arena, mark);
        if (!good)
            return false;
        if (p->remote)
            qc_pipeline_flow(r->db);
    }
    return true;
}

/* ---- The words. ---- */

static bool has_pipeline(qc_db *db, const qc_site *site)
{
    if (db->refused_pipelines) {
        if (db->error.error.code == QC_ERROR_OK)
            qc_fail(db, site, QC_ERROR_MISUSE, "the PIPELINE around it could not begin");
        return false;
    }
    qc_clear(db);
    if (db->in_hook)
        qc_fail(db, site, QC_ERROR_MISUSE, "a hook may not use the connection it was called for");
    else if (!db->pipeline || !db->pipeline->open)
        qc_fail(db, site, QC_ERROR_MISUSE, "a QUEUE word needs a PIPELINE block around it");
    else
        return true;
    return false;
}

static void add(request *r)
{
    qc_pipeline *p = r->db->pipeline;
    r->number = p->count++;
    p->list[r->number] = (qc_queued){.site = r->site,
                                     .destination = r->destination,
                                     .kind = (uint8_t)r->kind,
                                     .state = QC_QUEUED_WAITING};
    if (p->lost) {
        p->list[r->number].state = p->refused ? QC_QUEUED_FAILED : QC_QUEUED_LOST;
        p->list[r->number].fault = p->failing;
        p->unit = p->queued = p->count;
    }
}

static bool send_all(const request *r)
{
    qc_pipeline *p = r->db->pipeline;
    qc_write write;
    if (r->db->tx.failed) {
        qc_tx_refuse(r->db, r->site);
        return false;
    }
    if (r->kind != QC_QUEUED_EXEC && !p->rows)
        p->rows = qc_arena_new();
    qc_write_find(r->clauses, &write);
    if (!write.clauses || (r->kind != QC_QUEUED_EXEC && !p->rows))
        return nomem(r);
    return write.rows ? queue_batches(r, &write) : queue_statement(r, write.clauses);
}

/* Without a number it can be said of the pipeline alone. */
static void starve(request *r)
{
    qc_pipeline *p = r->db->pipeline;
    nomem(r);
    p->orphan = qc_fault_keep(r->db, r->site, NULL, SIZE_MAX, p->count);
    if (!p->failing)
        p->failing = p->orphan;
}

static void queue_in(request *r)
{
    qc_pipeline *p = r->db->pipeline;
    if (!grow_list(p)) {
        starve(r);
        return;
    }
    add(r);
    if (p->failing)
        return;
    if (p->remote)
        r->db->driver->pipeline->start(r->db->connection);
    if (!send_all(r) && !p->failing)
        p->failing = qc_fault_keep(r->db, r->site, NULL, r->number, r->number);
    if (p->remote && !p->lost)
        qc_pipeline_flow(r->db);
}

static size_t queue(request *r, qc_mark mark)
{
    r->number = QC_NOT_QUEUED;
    qc_queued_empty(r->kind, r->destination, r->size);
    if (r->db && has_pipeline(r->db, r->site))
        queue_in(r);
    qc_arena_release(qc_current_arena(), mark);
    return r->number;
}

size_t qc_queue_first(qc_db *db, const qc_site *site, qc_mark mark, const qc_clause *clauses,
                      void *destination)
{
    return queue(&(request){.db = db,
                            .site = site,
                            .clauses = clauses,
                            .kind = QC_QUEUED_FIRST,
                            .destination = destination,
                            .size = sizeof(void *),
                            .first = true},
                 mark);
}

size_t qc_queue_one(qc_db *db, const qc_site *site, qc_mark mark, const qc_clause *clauses,
                    void *destination)
{
    return queue(&(request){.db = db,
                            .site = site,
                            .clauses = clauses,
                            .kind = QC_QUEUED_ONE,
                            .destination = destination,
                            .size = sizeof(void *)},
                 mark);
}

size_t qc_queue_one_or_none(qc_db *db, const qc_site *site, qc_mark mark, const qc_clause *clauses,
                            void *destination)
{
    return queue(&(request){.db = db,
                            .site = site,
                            .clauses = clauses,
                            .kind = QC_QUEUED_ONE_OR_NONE,
                            .destination = destination,
                            .size = sizeof(void *)},
                 mark);
}

size_t qc_queue_all(qc_db *db, const qc_site *site, qc_mark mark, const qc_clause *clauses,
                    void *destination)
{
    return queue(&(request){.db = db,
                            .site = site,
                            .clauses = clauses,
                            .kind = QC_QUEUED_ALL,
                            .destination = destination,
                            .size = sizeof(void *)},
                 mark);
}

size_t qc_queue_scalar(qc_db *db, const qc_site *site, qc_mark mark, const qc_clause *clauses,
                       void *destination, size_t size, bool nullable)
{
    return queue(&(request){.db = db,
                            .site = site,
                            .clauses = clauses,
                            .kind = nullable ? QC_QUEUED_SCALAR_OR_NULL : QC_QUEUED_SCALAR,
                            .destination = destination,
                            .size = size,
                            .first = !qc_is_one_row(clauses)},
                 mark);
}

size_t qc_queue_exec(qc_db *db, const qc_site *site, qc_mark mark, const qc_clause *clauses,
                     int64_t *destination)
{
    return queue(&(request){.db = db,
                            .site = site,
                            .clauses = clauses,
                            .kind = QC_QUEUED_EXEC,
                            .destination = destination},
                 mark);
}
