/* See hostile_scenarios.h. Things have a column of each type, their parts the same, nullable. */
#include "hostile_scenarios.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

MODEL(Thing, "hostile_things", COLUMN(id, BIGINT, PRIMARY_KEY), COLUMN(flag, BOOLEAN),
      COLUMN(small, SMALLINT), COLUMN(whole, INTEGER), COLUMN(ratio, REAL), COLUMN(weight, DOUBLE),
      COLUMN(day, DATE), COLUMN(hour, TIME), COLUMN(made, TIMESTAMP), COLUMN(told, TIMESTAMPTZ),
      COLUMN(uid, UUID), COLUMN(name, TEXT), COLUMN(price, NUMERIC), COLUMN(data, BYTEA),
      COLUMN(doc, JSONB), HAS_MANY(parts, Part, thing_id, ORDERED_BY(id)))

MODEL(Part, "hostile_parts", COLUMN(id, BIGINT, PRIMARY_KEY),
      COLUMN(thing_id, BIGINT, REFERENCES(Thing, id)), COLUMN(flag, NULLABLE(BOOLEAN)),
      COLUMN(small, NULLABLE(SMALLINT)), COLUMN(whole, NULLABLE(INTEGER)),
      COLUMN(ratio, NULLABLE(REAL)), COLUMN(weight, NULLABLE(DOUBLE)), COLUMN(day, NULLABLE(DATE)),
      COLUMN(hour, NULLABLE(TIME)), COLUMN(made, NULLABLE(TIMESTAMP)),
      COLUMN(told, NULLABLE(TIMESTAMPTZ)), COLUMN(uid, NULLABLE(UUID)),
      COLUMN(name, NULLABLE(TEXT)), COLUMN(price, NULLABLE(NUMERIC)), COLUMN(data, NULLABLE(BYTEA)),
      COLUMN(doc, NULLABLE(JSONB)))

MODEL(Note, "hostile_notes", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY), COLUMN(text, TEXT))

SCHEMA(hostile, Note, Part, Thing)

bool hostile_create(qc_db *db)
{
    return qc_create_all(db, &hostile) &&
           qc_execute(db, "INSERT INTO hostile_things SELECT n, n % 2 = 0, n, n, n, n / 8.0, "
                          "date '2020-01-01' + n, '12:00', '2020-01-01', '2020-01-01', "
                          "md5(n::text)::uuid, 'thing ' || n, n * 1.125, '\\xdeadbeef', "
                          "'{\"a\": [1, 2]}' FROM generate_series(1, 5) n") &&
           qc_execute(db, "INSERT INTO hostile_parts SELECT n * 2, id, flag, small, whole, ratio, "
                          "weight, day, hour, made, told, uid, name, price, data, doc "
                          "FROM hostile_things, generate_series(id, id + 4, 5) n") &&
           qc_execute(db, "INSERT INTO hostile_parts (id, thing_id) VALUES (1, 1), (3, 5)");
}

/* ---- Every byte of a row. ---- */

static void see(hostile_trial *t, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; i++)
        t->seen = (t->seen ^ bytes[i]) * UINT64_C(1099511628211);
}

static void see_text(hostile_trial *t, const char *text)
{
    see(t, text ? text : "-", text ? strlen(text) + 1 : 1);
}

static void see_bytes(hostile_trial *t, qc_bytea_value value)
{
    see(t, &value.size, sizeof(value.size));
    see(t, value.data, value.data ? value.size : 0);
}

#define SEE(field) see(t, &(field), sizeof(field))
#define SEE_OPTIONAL(field) ((field).set ? SEE((field).value) : see_text(t, NULL))

static void see_thing(hostile_trial *t, const struct Thing *thing)
{
    SEE(thing->id);
    SEE(thing->flag);
    SEE(thing->small);
    SEE(thing->whole);
    SEE(thing->ratio);
    SEE(thing->weight);
    SEE(thing->day);
    SEE(thing->hour);
    SEE(thing->made);
    SEE(thing->told);
    SEE(thing->uid);
    see_text(t, thing->name);
    see_text(t, thing->price.text);
    see_bytes(t, thing->data);
    see_text(t, thing->doc);
}

static void see_part(hostile_trial *t, const struct Part *part)
{
    SEE(part->id);
    SEE(part->thing_id);
    SEE_OPTIONAL(part->flag);
    SEE_OPTIONAL(part->small);
    SEE_OPTIONAL(part->whole);
    SEE_OPTIONAL(part->ratio);
    SEE_OPTIONAL(part->weight);
    SEE_OPTIONAL(part->day);
    SEE_OPTIONAL(part->hour);
    SEE_OPTIONAL(part->made);
    SEE_OPTIONAL(part->told);
    SEE_OPTIONAL(part->uid);
    see_text(t, part->name);
    see_text(t, part->price.text);
    see_bytes(t, part->data);
    see_text(t, part->doc);
}

static void see_things(hostile_trial *t, struct Thing **things)
{
    EACH (struct Thing, thing, things)
        see_thing(t, thing);
}

static void see_parts(hostile_trial *t, struct Part **parts)
{
    EACH (struct Part, part, parts)
        see_part(t, part);
}

/* ---- Reading. ---- */

static bool open_one(hostile_trial *t)
{
    t->db = qc_open(t->url);
    qc_set_timeout(t->db, t->timeout_ms);
    return qc_ok(t->db);
}

static bool read_all(hostile_trial *t)
{
    struct Thing **things = ALL(t->db, SELECT(Thing).ORDER_BY(Thing_id));
    see_things(t, things);
    return things != NULL;
}

static bool read_one(hostile_trial *t)
{
    struct Thing *thing = FIRST(t->db, SELECT(Thing).WHERE(EQ(Thing_id, 3)));
    if (thing)
        see_thing(t, thing);
    return qc_ok(t->db);
}

static bool read_nullable(hostile_trial *t)
{
    struct Part **parts = ALL(t->db, SELECT(Part).ORDER_BY(Part_id));
    see_parts(t, parts);
    return parts != NULL;
}

static bool read_joined(hostile_trial *t)
{
    struct Thing **things = ALL(t->db, SELECT(Thing).ORDER_BY(Thing_id).LOAD(JOINED(Thing_parts)));
    EACH (struct Thing, thing, things) {
        see_thing(t, thing);
        see_parts(t, thing->parts);
    }
    return things != NULL;
}

static bool read_nested(hostile_trial *t)
{
    struct Thing **things = ALL(t->db, SELECT(Thing).ORDER_BY(Thing_id).LOAD(NESTED(Thing_parts)));
    EACH (struct Thing, thing, things) {
        see_thing(t, thing);
        see_parts(t, thing->parts);
    }
    return things != NULL;
}

static bool read_stream(hostile_trial *t)
{
    STREAM (thing, t->db, SELECT(Thing).ORDER_BY(Thing_id))
        see_thing(t, thing);
    return qc_ok(t->db);
}

static bool read_chunks(hostile_trial *t)
{
    STREAM_CHUNKS(parts, t->db, 3, SELECT(Part).ORDER_BY(Part_id))
    see_parts(t, parts);
    return qc_ok(t->db);
}

static bool read_thing_chunks(hostile_trial *t)
{
    STREAM_CHUNKS(things, t->db, 2, SELECT(Thing).ORDER_BY(Thing_id))
    see_things(t, things);
    return qc_ok(t->db);
}

static bool leave_stream(hostile_trial *t)
{
    STREAM (thing, t->db, SELECT(Thing).ORDER_BY(Thing_id)) {
        see_thing(t, thing);
        break;
    }
    return qc_ok(t->db);
}

static bool copy_out(hostile_trial *t)
{
    COPY_OUT(thing, t->db, SELECT(Thing).ORDER_BY(Thing_id))
    see_thing(t, thing);
    return qc_ok(t->db);
}

static bool copy_out_nullable(hostile_trial *t)
{
    COPY_OUT(part, t->db, SELECT(Part).ORDER_BY(Part_id))
    see_part(t, part);
    return qc_ok(t->db);
}

static bool read_cursor(hostile_trial *t)
{
    CURSOR(cursor, t->db, SELECT(Thing).ORDER_BY(Thing_id))
    {
        see_things(t, qc_cursor_next(cursor, 3));
        struct Thing *last = qc_cursor_absolute(cursor, -1);
        if (last)
            see_thing(t, last);
    }
    return qc_ok(t->db);
}

static bool read_pipeline(hostile_trial *t)
{
    struct Thing **things = NULL;
    struct Part *part = NULL;
    int64_t notes = 0;
    PIPELINE(t->db)
    {
        QUEUE_ALL(t->db, &things, SELECT(Thing).ORDER_BY(Thing_id));
        QUEUE_EXEC(t->db, &notes, INSERT(Note).SET(Note_text, "piped"));
        QUEUE_FIRST(t->db, &part, SELECT(Part).WHERE(EQ(Part_id, 2)));
    }
    const bool good = qc_ok(t->db);
    see_things(t, things);
    if (part)
        see_part(t, part);
    SEE(notes);
    return good;
}

/* ---- Writing, and the session. ---- */

static bool write_rows(hostile_trial *t)
{
    struct Note notes[] = {{.text = "one"}, {.text = "two"}};
    TRANSACTION(t->db)
    {
        struct Note **stored = ALL(t->db, INSERT_ROWS(Note, notes, 2).RETURNING(Note_text));
        EACH (struct Note, note, stored)
            see_text(t, note->text);
    }
    return qc_ok(t->db);
}

static bool copy_in(hostile_trial *t)
{
    COPY_IN(t->db, Note, writer)
    for (int i = 0; i < 20; i++)
        qc_copy_put(writer, &(struct Note){.text = "copied"});
    return qc_ok(t->db);
}

static bool run_text(hostile_trial *t)
{
    return qc_execute(t->db, "SELECT 1; SELECT generate_series(1, 5); SELECT 2");
}

/* A key of its own each time: the server may still end an earlier session. */
static bool try_lock(hostile_trial *t)
{
    static int64_t count;
    bool held = false;
    TRY_ADVISORY_LOCK(t->db, (int64_t)getpid() << 32 | count++)
    held = true;
    SEE(held);
    return qc_ok(t->db);
}

static bool hear(hostile_trial *t)
{
    if (!qc_listen(t->db, "hostile") || !qc_notify(t->db, "hostile", "word"))
        return false;
    const struct qc_notification *told = qc_wait_notification(t->db, t->timeout_ms);
    see_text(t, told ? told->channel : NULL);
    see_text(t, told ? told->payload : NULL);
    return told != NULL;
}

static bool commit(hostile_trial *t)
{
    if (!qc_begin(t->db) || EXEC(t->db, INSERT(Note).SET(Note_text, "kept")) < 0)
        return false;
    return qc_commit(t->db) && qc_outcome(t->db) == QC_OUTCOME_COMMITTED;
}

static bool list_prepared(hostile_trial *t)
{
    const char **ids = qc_prepared_transactions(t->db);
    const bool good = ids != NULL;
    for (; ids && *ids; ids++)
        see_text(t, *ids);
    return good;
}

const hostile_scenario hostile_scenarios[] = {
    {.name = "connect", .run = open_one, .opens = true},
    {.name = "all", .run = read_all},
    {.name = "all, prepared", .run = read_all, .prepared = true},
    {.name = "all, unnamed", .run = read_all, .unnamed = true},
    {.name = "one, prepared", .run = read_one, .prepared = true},
    {.name = "nullable, prepared", .run = read_nullable, .prepared = true},
    {.name = "joined", .run = read_joined},
    {.name = "nested", .run = read_nested, .prepared = true},
    {.name = "stream", .run = read_stream},
    {.name = "stream, prepared", .run = read_stream, .prepared = true},
    {.name = "stream of chunks", .run = read_chunks, .prepared = true},
    {.name = "stream that is left", .run = leave_stream},
    {.name = "COPY_OUT", .run = copy_out},
    {.name = "COPY_OUT, nullable", .run = copy_out_nullable},
    {.name = "cursor", .run = read_cursor},
    {.name = "pipeline", .run = read_pipeline},
    {.name = "pipeline, prepared", .run = read_pipeline, .prepared = true},
    {.name = "rows written", .run = write_rows},
    {.name = "COPY_IN", .run = copy_in},
    {.name = "text", .run = run_text},
    {.name = "lock", .run = try_lock},
    {.name = "notification", .run = hear},
    {.name = "commit", .run = commit},
    {.name = "prepared transactions", .run = list_prepared},
};
const int hostile_scenario_count = sizeof(hostile_scenarios) / sizeof(hostile_scenarios[0]);

/* ---- One row, column by column. ---- */

static const struct {
    const char *name;
    int width;
} columns[] = {{"id", 8},     {"flag", 1}, {"small", 2}, {"whole", 4}, {"ratio", 4},
               {"weight", 8}, {"day", 4},  {"hour", 8},  {"made", 8},  {"told", 8},
               {"uid", 16},   {"name", 0}, {"price", 0}, {"data", 0},  {"doc", 0}};

int hostile_columns(void)
{
    return sizeof(columns) / sizeof(columns[0]);
}

const char *hostile_column(int column, int *ret_width)
{
    *ret_width = columns[column].width;
    return columns[column].name;
}

const hostile_scenario hostile_readers[] = {
    {.name = "one", .run = read_one, .prepared = true},
    {.name = "all", .run = read_all, .prepared = true},
    {.name = "stream", .run = read_stream, .prepared = true},
    {.name = "stream of chunks", .run = read_thing_chunks, .prepared = true},
    {.name = "COPY_OUT", .run = copy_out},
    {.name = "pipeline", .run = read_pipeline, .prepared = true},
};
const int hostile_reader_count = sizeof(hostile_readers) / sizeof(hostile_readers[0]);
