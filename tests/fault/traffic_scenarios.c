/* See scenarios.h: connections, transactions, pipelines, streams and what watches them. */
#include "store.h"

#include "../databases.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool open_and_ask(trial *t)
{
    t->db = qc_open(database_url(t->database));
    return qc_ok(t->db);
}

static bool ask_seven(trial *t, qc_db *db)
{
    int64_t seven = SCALAR(db, SELECT(RAW(BIGINT, "7")));
    t->code = qc_error(db)->code;
    see(t, "%lld ", (long long)seven);
    return qc_ok(db);
}

static bool share_engine(trial *t)
{
    const char *const url = database_url(t->database), *const replicas[] = {url, NULL};
    qc_engine *engine = qc_engine_open(
        url, QC_ENGINE_OPTIONS(.min_size = 1, .max_size = 2, .replicas = replicas,
                               .application_name = "sweep", .checkout_timeout_ms = 1000));
    t->code = qc_engine_error(engine)->code;
    bool good = t->code == QC_ERROR_OK;
    for (int round = 0; good && round < 2; round++) {
        good = false;
        CHECKOUT(db, engine) {
            good = ask_seven(t, db);
            if (!good)
                break;
            good = false;
            READ_ONLY(db) {
                good = ask_seven(t, db);
            }
            if (!good)
                t->code = qc_error(db)->code;
        }
    }
    char *metrics = good ? qc_engine_metrics(engine, NULL) : NULL;
    if (good && !metrics)
        t->code = QC_ERROR_NOMEM;
    good &= metrics != NULL;
    free(metrics);
    qc_engine_close(engine);
    return good;
}

static bool create_tables(trial *t)
{
    return qc_create_all(t->db, &store);
}

static bool drop_tables(trial *t)
{
    return qc_drop_all(t->db, &store);
}

static bool commit_two(trial *t)
{
    if (!qc_begin(t->db))
        return false;
    if (EXEC(t->db, INSERT(Owner).SET(Owner_name, "tom")) == 1 &&
        EXEC(t->db, INSERT(Owner).SET(Owner_name, "tim")) == 1)
        return qc_commit(t->db);
    t->code = qc_error(t->db)->code;
    qc_rollback(t->db);
    return false;
}

static bool pipe_writes(trial *t)
{
    struct Thing things[3] = {{0}};
    int64_t counts[3] = {0};
    for (int i = 0; i < 3; i++)
        things[i] = (struct Thing){.owner_id = ADA, .label = "piped", .size = i};
    PIPELINE(t->db) {
        QUEUE_EXEC(t->db, &counts[0], INSERT(Owner).SET(Owner_name, "pip"));
        QUEUE_EXEC(t->db, &counts[1], INSERT_ROWS(Thing, things, 3));
        QUEUE_EXEC(t->db, &counts[2], UPDATE(Thing).SET(Thing_size, 5).WHERE(EQ(Thing_size, 1)));
    }
    const bool good = qc_ok(t->db);
    for (int i = 0; i < 3; i++)
        see(t, "%lld ", (long long)counts[i]);
    return good;
}

static bool pipe_rows(trial *t)
{
    struct Owner *owner, **owners;
    struct Thing **things;
    qc_row **rows;
    int64_t count;
    const char *name;
    PIPELINE(t->db) {
        QUEUE_FIRST(t->db, &owner, SELECT(Owner).ORDER_BY(Owner_id));
        QUEUE_ALL(t->db, &owners, UPDATE(Owner).SET(Owner_note, "seen").WHERE(EQ(Owner_id, BOB))
                                      .RETURNING(Owner_name));
        qc_pipeline_sync(t->db);
        QUEUE_ALL(t->db, &things, SELECT(Thing).ORDER_BY(Thing_id));
        QUEUE_ALL(t->db, &rows, SELECT(Thing_label, Thing_size).ORDER_BY(Thing_id));
        QUEUE_SCALAR(t->db, &count, SELECT(COUNT(Thing_id)));
        QUEUE_SCALAR(t->db, &name, SELECT(Owner_name).WHERE(EQ(Owner_id, EVE)));
    }
    if (!qc_ok(t->db))
        return false;
    see(t, "%s %s %lld %s;", owner->name, owners[0]->name, (long long)count, name);
    EACH(struct Thing, thing, things)
        see_text(t, thing->label);
    EACH(qc_row, row, rows)
        see(t, "%s %lld;", qc_row_text(row, 0), (long long)qc_row_int(row, 1));
    return true;
}

static void hear(const qc_event *event, void *data)
{
    see_text(data, event->sql);
}

/* Sends stderr elsewhere and returns what it was. */
static int turn_stderr_away(void)
{
    int kept = dup(STDERR_FILENO), nothing = open("/dev/null", O_WRONLY);
    dup2(nothing, STDERR_FILENO);
    close(nothing);
    return kept;
}

static bool watch(trial *t)
{
    int stderr_was = turn_stderr_away();
    qc_set_hook(t->db, QC_ON(STATEMENT) | QC_ON(WARNING), hear, t);
    qc_set_trace(t->db, true);
    qc_set_site_comments(t->db, true);
    int64_t count = SCALAR(t->db, SELECT(COUNT()).FROM(Thing).WHERE(NE(Thing_label, "no'thing")));
    bool good = qc_ok(t->db);
    if (good)
        see(t, "%lld", (long long)count);
    qc_set_hook(t->db, 0, NULL, NULL);
    qc_set_trace(t->db, false);
    dup2(stderr_was, STDERR_FILENO);
    close(stderr_was);
    return good;
}

static void hear_nothing(const qc_event *event, void *data)
{
    (void)data;
    (void)(event->binds && *event->binds);
}

static bool ask_in_all_ways(trial *t)
{
    int64_t few = 0;
    struct Thing **all = NULL;
    STREAM (thing, t->db, SELECT(Thing).WHERE(NE(Thing_label, "x")).ORDER_BY(Thing_id))
        see_text(t, thing->label);
    if (!qc_ok(t->db))
        return false;
    CURSOR (cursor, t->db, SELECT(Thing).WHERE(NE(Thing_label, "y")).ORDER_BY(Thing_id))
        EACH (struct Thing, thing, qc_cursor_next(cursor, 9))
            see_text(t, thing->label);
    if (!qc_ok(t->db))
        return false;
    COPY_OUT (owner, t->db, SELECT(Owner).ORDER_BY(Owner_id))
        see_text(t, owner->name);
    if (!qc_ok(t->db))
        return false;
    PIPELINE (t->db) {
        QUEUE_SCALAR(t->db, &few, SELECT(COUNT(Thing_id)).WHERE(NE(Thing_label, "z")));
        QUEUE_ALL(t->db, &all, SELECT(Thing).WHERE(GT(Thing_size, 1)).ORDER_BY(Thing_id));
    }
    if (qc_ok(t->db))
        see(t, "%lld %zu", (long long)few, qc_count(all));
    return qc_ok(t->db);
}

/* With everything told, and the line in each statement's text. */
static bool ask_watched(trial *t)
{
    qc_set_hook(t->db, QC_ON_ALL, hear_nothing, NULL);
    qc_set_site_comments(t->db, true);
    const bool good = ask_in_all_ways(t);
    t->code = good ? QC_ERROR_OK : qc_error(t->db)->code;
    qc_set_hook(t->db, 0, NULL, NULL);
    qc_set_site_comments(t->db, false);
    return good;
}

/* The tenant and what the model gives are filled in. */
static bool copy_in_as_a_tenant(trial *t)
{
    if (!SET_TENANT(t->db, Ticket_org, "acme"))
        return false;
    COPY_IN (t->db, Ticket, writer) {
        qc_copy_put(writer, (&(struct Ticket){.label = "copied"}));
        qc_copy_put(writer, (&(struct Ticket){.label = "too", .org = "acme"}));
    }
    see(t, "%lld", (long long)qc_copy_rows(t->db));
    return qc_ok(t->db);
}

static bool run_text(trial *t)
{
    return qc_execute(t->db, "UPDATE things SET size = size + 1 WHERE id = 1000001");
}

static bool stream_rows(trial *t)
{
    STREAM(thing, t->db, SELECT(Thing).ORDER_BY(Thing_id))
        see_text(t, thing->label);
    return qc_ok(t->db);
}

static bool stream_chunks(trial *t)
{
    STREAM_CHUNKS(things, t->db, 2, SELECT(Thing).ORDER_BY(Thing_id))
        EACH(struct Thing, thing, things)
            see_text(t, thing->label);
    return qc_ok(t->db);
}

/* Of more rows than are under way at once: the server is not done when the block is left. */
static bool leave_streams(trial *t)
{
    ALIAS(Thing, b);
    ALIAS(Thing, c);
    ALIAS(Thing, d);
    ALIAS(Thing, e);
    ALIAS(Thing, f);
    qc_query_rows all =
        QUERY(SELECT(Thing, b.label, c.label, d.label, e.label, f.label)
                  .CROSS_JOIN(b).CROSS_JOIN(c).CROSS_JOIN(d).CROSS_JOIN(e).CROSS_JOIN(f));
    STREAM(row, t->db, all) {
        see(t, "a row ");
        break;
    }
    if (!qc_ok(t->db))
        return false;
    COPY_OUT(row, t->db, all) {
        see(t, "a row ");
        break;
    }
    return qc_ok(t->db);
}

static bool copy_in(trial *t)
{
    COPY_IN(t->db, Owner, writer) {
        qc_copy_put(writer, (&(struct Owner){.name = "pam"}));
        qc_copy_put(writer, (&(struct Owner){.name = "pat", .amount = {"7.25"}, .note = "n"}));
    }
    see(t, "%lld", (long long)qc_copy_rows(t->db));
    return qc_ok(t->db);
}

static bool copy_out(trial *t)
{
    COPY_OUT(owner, t->db, SELECT(Owner).ORDER_BY(Owner_id))
        see(t, "%s %s;", owner->name, owner->amount.text);
    return qc_ok(t->db);
}

static bool read_by_cursor(trial *t)
{
    CURSOR(cursor, t->db, SELECT(Thing).WHERE(GT(Thing_size, 1)).ORDER_BY(Thing_id)) {
        struct Thing **things;
        while ((things = qc_cursor_next(cursor, 2)))
            EACH(struct Thing, thing, things)
                see_text(t, thing->label);
    }
    return qc_ok(t->db);
}

/* SQLite says that it has none. */
static bool hear_notifications(trial *t)
{
    if (!qc_listen(t->db, "things"))
        return qc_error(t->db)->code == QC_ERROR_UNSUPPORTED;
    bool good = qc_notify(t->db, "things", "one") && qc_notify(t->db, "things", "two");
    t->code = good ? QC_ERROR_OK : qc_error(t->db)->code;
    for (int i = 0; i < 2 && good; i++) {
        const struct qc_notification *told = qc_wait_notification(t->db, 1000);
        good = told != NULL;
        see_text(t, told ? told->payload : "none");
        t->code = good ? QC_ERROR_OK : qc_error(t->db)->code;
    }
    qc_unlisten_all(t->db);
    return good;
}

static bool keep_to_a_budget(trial *t)
{
    bool good = true;
    DETECT_N_PLUS_ONE(t->db, 2)
        BUDGET(t->db, .statements = 3, .rows = 100, .bytes = 1 << 20)
            for (int i = 0; i < 3; i++)
                good &= ALL(t->db, SELECT(Thing).WHERE(EQ(Thing_owner_id, ADA))) != NULL;
    see(t, "%d;", good);
    t->code = good ? QC_ERROR_OK : QC_ERROR_NOMEM;
    return good;
}

const scenario traffic_scenarios[] = {
    {.name = "open", .run = open_and_ask, .opens = true},
    {.name = "share an engine", .run = share_engine, .opens = true},
    {.name = "create the tables", .run = create_tables, .creates = true},
    {.name = "drop the tables", .run = drop_tables},
    {.name = "stream", .run = stream_rows},
    {.name = "commit two inserts", .run = commit_two},
    {.name = "pipeline that writes", .run = pipe_writes},
    {.name = "pipeline of rows", .run = pipe_rows, .returns = true},
    {.name = "trace and hook", .run = watch},
    {.name = "watched in all ways", .run = ask_watched},
    {.name = "copy in as a tenant", .run = copy_in_as_a_tenant, .returns = true},
    {.name = "run text", .run = run_text},
    {.name = "stream chunks", .run = stream_chunks},
    {.name = "leave streams", .run = leave_streams},
    {.name = "copy in", .run = copy_in},
    {.name = "copy out", .run = copy_out},
    {.name = "cursor", .run = read_by_cursor},
    {.name = "notifications", .run = hear_notifications},
    {.name = "keep to a budget", .run = keep_to_a_budget},
    {0},
};
