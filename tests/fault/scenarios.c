/* See scenarios.h. */
#include "scenarios.h"

#include "../databases.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

MODEL(Owner, "owners",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(name, VARCHAR(60), UNIQUE),
    COLUMN(note, NULLABLE(TEXT)),
    COLUMN(amount, NUMERIC(10, 2), DEFAULT("0.00")),
    COLUMN(made, TIMESTAMPTZ, SERVER_DEFAULT("now()")),
    HAS_MANY(things, Thing, owner_id))

MODEL(Thing, "things",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(owner_id, BIGINT, REFERENCES(Owner, id)),
    COLUMN(label, TEXT),
    COLUMN(size, INTEGER),
    COLUMN(data, NULLABLE(BYTEA)),
    COLUMN(document, NULLABLE(JSONB)),
    COLUMN(uid, NULLABLE(UUID)),
    INDEX(ix_thing_label, label, DESC(size)))

/* Things that bring their owners, with all these have. */
MODEL(Piece, "things",
    COLUMN(id, BIGINT, PRIMARY_KEY),
    COLUMN(owner_id, BIGINT),
    BELONGS_TO(owner, Owner, owner_id, LOAD_BY(SELECTIN)),
    HAS_MANY(fellows, Thing, owner_id, LOAD_BY(SELECTIN)))

/* Of tenants, and soft-deleted with their parts. */
MODEL(Ticket, "tickets",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    TENANT(org, TEXT),
    COLUMN(label, TEXT),
    COLUMN(parent_id, NULLABLE(BIGINT)),
    SOFT_DELETE,
    HAS_MANY(parts, Ticket, parent_id, CASCADE(DELETE)))

/* With a version and functions. */
struct Seat;
bool seat_is_labelled(const struct Seat *seat, qc_invalid *why);
void seat_counts(struct Seat *seat, void *context);
const char *seat_row(void);

MODEL(Seat, "seats",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(label, TEXT),
    COLUMN(row, TEXT, DEFAULT_BY(seat_row)),
    COLUMN(writes, INTEGER),
    COLUMN(version, INTEGER, VERSION),
    COLUMN(beside_id, NULLABLE(BIGINT)),
    BELONGS_TO(beside, Seat, beside_id),
    VALIDATE(seat_is_labelled),
    BEFORE(INSERT, seat_counts),
    BEFORE(UPDATE, seat_counts),
    AFTER(LOAD, seat_counts))

/* Some of which lie in a table of their own beside this one. */
#define ANIMAL                                                                                     \
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY), COLUMN(kind, TEXT, DISCRIMINATOR), COLUMN(name, TEXT)
MODEL(Animal, "animals", ANIMAL, POLYMORPHIC("animal", Cat, Bird))
MODEL(Cat, "animals", IS_A(Animal, "cat", ANIMAL), COLUMN(lives, INTEGER))
MODEL(Bird, "birds", IS_A(Animal, "bird", ANIMAL), COLUMN(song, TEXT))

RECORD(Total, COLUMN(name, TEXT), COLUMN(count, BIGINT), COLUMN(size, NULLABLE(BIGINT)),
       ENTITY(owner, Owner))

SCHEMA(store, Owner, Thing, Ticket, Seat, Animal, Cat, Bird)

/* Ids that no identity column comes to. */
enum { ADA = 1000001, BOB, EVE, MANY = 500 };

__attribute__((format(printf, 2, 3))) static void see(trial *t, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t room = sizeof(t->seen) - t->length;
    int length = vsnprintf(t->seen + t->length, room, format, arguments);
    va_end(arguments);
    t->length += (size_t)length < room ? (size_t)length : room - 1;
}

static void see_text(trial *t, const char *text)
{
    see(t, "%s;", text ? text : "NULL");
}

/* ---- The database every scenario begins with. ---- */

bool scenario_create(qc_db *db)
{
    return qc_create_all(db, &store);
}

bool scenario_drop(qc_db *db)
{
    return qc_drop_all(db, &store);
}

bool scenario_fill(qc_db *db)
{
    static const char *const statements[] = {
        "DELETE FROM things",
        "DELETE FROM owners",
        "DELETE FROM tickets",
        "DELETE FROM animals",
        ("INSERT INTO animals (id, kind, name, lives) VALUES (1000001, 'cat', 'tom', 9), "
         "(1000002, 'bird', 'wren', NULL)"),
        "INSERT INTO birds (id, song) VALUES (1000002, 'tweet')",
        ("INSERT INTO tickets (id, org, label, parent_id) VALUES (1000001, 'acme', 'whole', NULL), "
         "(1000002, 'acme', 'part', 1000001), (1000003, 'other', 'x', NULL)"),
        ("INSERT INTO owners (id, name, note, amount, made) VALUES (1000001, 'ada', 'x', '1.50', "
         "'2024-01-01 00:00:00')"),
        ("INSERT INTO owners (id, name, note, amount, made) VALUES (1000002, 'bob', NULL, '2.25', "
         "'2024-01-02 00:00:00')"),
        ("INSERT INTO owners (id, name, note, amount, made) VALUES (1000003, 'eve', 'y', '0.00', "
         "'2024-01-03 00:00:00')"),
        ("INSERT INTO things (id, owner_id, label, size) VALUES (1000001, 1000001, 'nail', 1), "
         "(1000002, 1000001, 'saw', 20)"),
        ("INSERT INTO things (id, owner_id, label, size) VALUES (1000003, 1000002, 'cup', 300), "
         "(1000004, 1000002, 'pen', 4000)"),
        ("INSERT INTO things (id, owner_id, label, size) VALUES (1000005, 1000003, 'key', 50000)"),
    };
    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
        if (!qc_execute(db, statements[i]))
            return false;
    return true;
}

bool scenario_state(qc_db *db, char text[128])
{
    int64_t owners = SCALAR(db, SELECT(COUNT(Owner_id)));
    bool good = qc_ok(db);
    qc_opt_bigint names = SCALAR_OR_NULL(db, SELECT(SUM(LENGTH(Owner_name))));
    good = good && qc_ok(db);
    int64_t things = SCALAR(db, SELECT(COUNT(Thing_id)));
    good = good && qc_ok(db);
    qc_opt_bigint sizes = SCALAR_OR_NULL(db, SELECT(SUM(Thing_size)));
    good = good && qc_ok(db);
    const int64_t tickets = SCALAR(db, SELECT(COUNT(Ticket_id)).ALL_TENANTS);
    good = good && qc_ok(db);
    const int64_t animals = SCALAR(db, SELECT(COUNT(Animal_id)));
    good = good && qc_ok(db);
    const int64_t birds = SCALAR(db, SELECT(COUNT(Bird_id)));
    good = good && qc_ok(db);
    snprintf(text, 128, "%lld owners (%lld), %lld things (%lld), %lld tickets, %lld (%lld) animals",
             (long long)owners, (long long)names.value, (long long)things, (long long)sizes.value,
             (long long)tickets, (long long)animals, (long long)birds);
    return good;
}

/* ---- Scenarios. ---- */

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

static bool insert_values(trial *t)
{
    int64_t rows = EXEC(t->db, INSERT(Owner).SET(Owner_name, "zoe").SET(Owner_note, "new"));
    see(t, "%lld", (long long)rows);
    return rows >= 0;
}

static bool insert_one_struct(trial *t)
{
    struct Owner owner = {.name = "yan", .amount = {"12.34"}};
    int64_t rows = EXEC(t->db, INSERT_ROW(Owner, &owner));
    see(t, "%lld", (long long)rows);
    return rows >= 0;
}

static bool insert_few_structs(trial *t)
{
    struct Thing things[20] = {{0}};
    for (int i = 0; i < 20; i++)
        things[i] = (struct Thing){.owner_id = ADA, .label = "few", .size = i};
    things[7].data = (qc_bytea_value){"\0\1", 2};
    things[8].document = "{\"a\": [1, 2]}";
    things[9].uid = (qc_opt_uuid){true, {{1, 2, 3}}};
    int64_t rows = EXEC(t->db, INSERT_ROWS(Thing, things, 20));
    see(t, "%lld", (long long)rows);
    return rows >= 0;
}

static bool insert_many_structs(trial *t)
{
    static struct Thing things[MANY];
    for (int i = 0; i < MANY; i++)
        things[i] = (struct Thing){.owner_id = BOB, .label = "many", .size = i};
    int64_t rows = EXEC(t->db, INSERT_ROWS(Thing, things, MANY));
    see(t, "%lld", (long long)rows);
    return rows >= 0;
}

static bool upsert_structs(trial *t)
{
    struct Owner owners[] = {{.name = "ada", .note = "again"}, {.name = "zoe", .note = "new"}};
    int64_t rows = EXEC(t->db, INSERT_ROWS(Owner, owners, 2).ON_CONFLICT(Owner_name)
        .DO_UPDATE(Owner_note).SET(Owner_amount, ADD(Owner_amount, EXCLUDED(Owner_amount)))
        .WHERE(IS_DISTINCT_FROM(Owner_note, EXCLUDED(Owner_note))));
    see(t, "%lld", (long long)rows);
    return rows >= 0;
}

static bool insert_many_returning(trial *t)
{
    struct Thing things[40] = {{0}};
    for (int i = 0; i < 40; i++)
        things[i] = (struct Thing){.owner_id = ADA, .label = "array", .size = i};
    things[7].data = (qc_bytea_value){"\0\1", 2};
    things[9].uid = (qc_opt_uuid){true, {{1, 2, 3}}};
    struct Thing **stored = ALL(t->db, INSERT_ROWS(Thing, things, 40).RETURNING(Thing_size));
    EACH(struct Thing, thing, stored)
        see(t, "%d;", (int)thing->size);
    return stored != NULL;
}

static bool update_structs(trial *t)
{
    struct Thing things[] = {{.id = ADA, .label = "a", .size = 7}, {.id = BOB, .label = "b"},
                             {.id = EVE, .size = 9}};
    int64_t rows = EXEC(t->db, UPDATE_ROWS(Thing, things, 3).COLUMNS(Thing_size, Thing_data));
    see(t, "%lld", (long long)rows);
    return rows >= 0;
}

static bool delete_structs(trial *t)
{
    struct Thing things[] = {{.id = ADA}, {.id = BOB}};
    int64_t rows = EXEC(t->db, DELETE_ROWS(Thing, things, 2));
    see(t, "%lld", (long long)rows);
    return rows >= 0;
}

static bool select_entities(trial *t)
{
    struct Thing **things = ALL(t->db, SELECT(Thing)
        .WHERE(GT(Thing_size, 1)).WHERE(IN(Thing_label, "saw", "cup", "pen"))
        .ORDER_BY(DESC(Thing_size)).LIMIT(10));
    EACH(struct Thing, thing, things)
        see(t, "%s %d;", thing->label, (int)thing->size);
    return things != NULL;
}

static bool select_first(trial *t)
{
    const char *name = "ada";
    struct Owner *owner = FIRST(t->db, SELECT(Owner).WHERE(EQ(Owner_name, name)));
    if (owner)
        see(t, "%s %s", owner->name, owner->amount.text);
    else if (qc_ok(t->db))
        see(t, "no such row");
    return qc_ok(t->db);
}

static bool select_record(trial *t)
{
    ALIAS(Thing, other);
    struct Total **totals = ALL(t->db, SELECT_AS(Total, Owner_name, COUNT(Thing_id),
                                                 SUM(Thing_size), Owner)
        .JOIN(Owner_things)
        .WHERE(EXISTS(SELECT(other.id).WHERE(EQ(other.owner_id, Owner_id))))
        .WHERE(OR(IN(Owner_id, SELECT(other.owner_id).WHERE(GT(other.size, 5))),
                  CONTAINS(Owner_name, "%")))
        .GROUP_BY(Owner_id, Owner_name, Owner_note, Owner_amount, Owner_made)
        .HAVING(GT(COUNT(), 0))
        .ORDER_BY(Owner_name));
    EACH(struct Total, total, totals)
        see(t, "%s %lld %lld %s;", total->name, (long long)total->count,
            (long long)total->size.value, total->owner ? total->owner->name : "nobody");
    return totals != NULL;
}

static bool select_rows(trial *t)
{
    qc_row **rows = ALL(t->db, SELECT(Owner_name, AS(CONCAT(Owner_name, "!"), loud),
                                      CASE(WHEN(EQ(Owner_id, ADA), "one"), ELSE("other")))
        .ORDER_BY(Owner_id));
    EACH(qc_row, row, rows)
        see(t, "%s %s %s;", qc_row_text(row, 0), qc_row_text(row, 1), qc_row_text(row, 2));
    return rows != NULL;
}

static bool select_scalar(trial *t)
{
    int64_t ids[] = {ADA, BOB, EVE, 4};
    qc_numeric_value total = SCALAR(t->db, SELECT(SUM(Thing_id)).WHERE(IN_ARRAY(Thing_id, ids, 4)));
    see(t, "%s", qc_ok(t->db) ? total.text : "none");
    return qc_ok(t->db);
}

static bool update_rows(trial *t)
{
    int64_t rows = EXEC(t->db, UPDATE(Thing)
                                   .SET(Thing_size, ADD(Thing_size, 7))
                                   .SET(Thing_label, "changed")
                                   .WHERE(EQ(Thing_owner_id, BOB)));
    see(t, "%lld", (long long)rows);
    return rows >= 0;
}

static bool delete_rows(trial *t)
{
    int64_t rows = EXEC(t->db, DELETE(Thing).WHERE(LT(Thing_size, 100)));
    see(t, "%lld", (long long)rows);
    return rows >= 0;
}

static bool stream_rows(trial *t)
{
    STREAM(thing, t->db, SELECT(Thing).ORDER_BY(Thing_id))
        see_text(t, thing->label);
    return qc_ok(t->db);
}

static bool extend_query(trial *t)
{
    QUERY_OF(Thing) query = QUERY(SELECT(Thing).WHERE(GE(Thing_size, 1)));
    for (int i = 0; i < 5; i++)
        query = QUERY(EXTEND(query).WHERE(NE(Thing_id, BOB + i)));
    struct Thing **things = ALL(t->db, EXTEND(query).ORDER_BY(Thing_id).LIMIT(3));
    EACH(struct Thing, thing, things)
        see_text(t, thing->label);
    return things != NULL;
}

static bool filter_from_array(trial *t)
{
    qc_bool parts[40];
    for (int i = 0; i < 40; i++)
        parts[i] = EQ(Thing_id, ADA - 20 + i);
    struct Thing **things =
        ALL(t->db, SELECT(Thing).WHERE(qc_or_array(parts, 40)).ORDER_BY(Thing_id));
    EACH(struct Thing, thing, things)
        see_text(t, thing->label);
    return things != NULL;
}

static bool insert_returning(trial *t)
{
    struct Owner *owner = FIRST(t->db, INSERT(Owner).SET(Owner_name, "kim").RETURNING(Owner_name));
    see_text(t, owner ? owner->name : NULL);
    return owner != NULL;
}

static bool insert_structs_returning(trial *t)
{
    struct Thing things[5] = {{0}};
    for (int i = 0; i < 5; i++)
        things[i] = (struct Thing){.owner_id = ADA, .label = "back", .size = i};
    struct Thing **stored = ALL(t->db, INSERT_ROWS(Thing, things, 5).RETURNING());
    EACH(struct Thing, thing, stored)
        see(t, "%s %d;", thing->label, (int)thing->size);
    return stored != NULL;
}

/* Must fail; the texts of an error may be missing, its code not. */
static bool violate_constraint(trial *t)
{
    int64_t rows = EXEC(t->db, INSERT(Owner).SET(Owner_name, "ada"));
    const struct qc_error *error = qc_error(t->db);
    if (rows >= 0)
        see(t, "stored");
    see(t, "%s", error->sqlstate);
    return rows < 0 && error->code == QC_ERROR_SERVER;
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

typedef struct errand {
    trial *trial;
    bool good;
} errand;

static void do_errand(void *data)
{
    errand *errand = data;
    errand->good = update_rows(errand->trial) && select_entities(errand->trial);
}

static bool work_in_a_task(trial *t)
{
    errand errand = {.trial = t};
    qc_loop *loop = qc_loop_new();
    const bool started = loop && qc_loop_start(loop, do_errand, &errand);
    if (!started)
        t->code = QC_ERROR_NOMEM;
    const bool ended = started && qc_loop_run(loop, 60000);
    return qc_loop_free(loop) && ended && errand.good;
}

static bool is_text(trial *t, const char *text)
{
    bool good = text && strncmp(text, "-- ", 3) != 0 && !strstr(text, "poison");
    if (good)
        see_text(t, text);
    return good;
}

static bool show_texts(trial *t)
{
    bool good = is_text(t, SQL(SELECT(Thing).WHERE(EQ(Thing_label, "x")).ORDER_BY(Thing_id)));
    good &= is_text(t, SQL_FOR("sqlite", UPDATE(Thing).SET(Thing_size, 1).WHERE(EQ(Thing_id, 3))));
    good &= is_text(t, BINDS(SELECT(Thing).WHERE(IN(Thing_label, "x", "y")).LIMIT(5)));
    return good;
}

static bool show_tree(trial *t)
{
    return is_text(t, TREE(SELECT(Thing).WHERE(AND(EQ(Thing_label, "x"), NOT(EQ(Thing_id, 3))))));
}

static bool explain_query(trial *t)
{
    const char *plan = EXPLAIN(t->db, SELECT(Thing).WHERE(EQ(Thing_id, ADA)));
    see(t, "%s", plan && *plan ? "a plan" : "none");
    return plan != NULL;
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

static bool run_text(trial *t)
{
    return qc_execute(t->db, "UPDATE things SET size = size + 1 WHERE id = 1000001");
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

/* ---- Sessions. ---- */

static bool write_in_session(trial *t)
{
    if (!qc_session_start(t->db, NULL))
        return false;
    struct Owner *owner = NEW(t->db, Owner, .name = "sam");
    struct Thing *thing = owner ? NEW(t->db, Thing, .label = "new", .size = 3) : NULL;
    struct Owner *ada = thing ? GET(t->db, Owner, ADA) : NULL;
    bool good = ada && ADD_TO(t->db, owner, Owner_things, thing);
    if (good)
        ada->note = "changed";
    good = good && qc_flush(t->db);
    t->code = good ? QC_ERROR_OK : qc_error(t->db)->code;
    if (good)
        see(t, "%s;%d;", ada->note, thing->owner_id == owner->id);
    qc_session_stop(t->db);
    return good;
}

static bool delete_in_session(trial *t)
{
    if (!qc_session_start(t->db, NULL))
        return false;
    struct Thing *thing = FIRST(t->db, SELECT(Thing).ORDER_BY(Thing_id));
    const bool good = thing && qc_delete(t->db, thing) && qc_flush(t->db);
    t->code = good ? QC_ERROR_OK : qc_error(t->db)->code;
    qc_session_stop(t->db);
    return good;
}

bool seat_is_labelled(const struct Seat *seat, qc_invalid *why)
{
    return seat->label || qc_invalid_because(why, "it has no label");
}

void seat_counts(struct Seat *seat, void *context)
{
    (void)context;
    seat->writes++;
}

const char *seat_row(void)
{
    return "A";
}

/* The second flush is refused for the version, unless memory is out. */
static bool write_versions(trial *t)
{
    struct Seat left = {.label = "a"}, right = {.label = "b", .beside = &left};
    if (!qc_session_start(t->db, NULL))
        return false;
    bool good = qc_add(t->db, Seat, &right) && qc_flush(t->db);
    left.label = right.label = "c";
    good = good && qc_flush(t->db) &&
           EXEC(t->db, UPDATE(Seat).SET(Seat_version, 9).WHERE(EQ(Seat_id, left.id))) == 1;
    t->code = good ? QC_ERROR_OK : qc_error(t->db)->code;
    left.label = right.label = "d";
    if (good && !qc_flush(t->db)) {
        t->code = qc_error(t->db)->code;
        good = t->code == QC_ERROR_STALE;
    }
    if (good)
        see(t, "%s %s %d %d;", left.row, right.label, left.writes, right.version);
    good = good && qc_refresh(t->db, &left);
    if (t->code == QC_ERROR_STALE || t->code == QC_ERROR_OK)
        t->code = good ? QC_ERROR_OK : qc_error(t->db)->code;
    qc_session_stop(t->db);
    return good;
}

static bool load_by_join(trial *t)
{
    struct Piece **pieces = ALL(
        t->db, SELECT(Piece).ORDER_BY(Piece_id).LIMIT(3).LOAD(
                   JOINED(Piece_owner, JOINED(Owner_things, GE(Thing_size, 1), DESC(Thing_id)))));
    EACH (struct Piece, piece, pieces)
        see(t, "%zu;", qc_count(piece->owner->things));
    return pieces != NULL;
}

static bool load_rows(trial *t)
{
    qc_row **rows = ALL(t->db, SELECT(Piece, Owner)
                                   .JOIN(Piece_owner)
                                   .ORDER_BY(Piece_id)
                                   .LOAD(SELECTIN(Owner_things), RAISE(Piece_fellows)));
    EACH (qc_row, row, rows)
        see(t, "%zu;", qc_count(((const struct Owner *)qc_row_entity(row, 1))->things));
    return rows != NULL;
}

static bool load_nested(trial *t)
{
    struct Owner **owners =
        ALL(t->db, SELECT(Owner).ORDER_BY(Owner_id).LOAD(NESTED(Owner_things, DESC(Thing_id))));
    EACH (struct Owner, owner, owners)
        EACH (struct Thing, thing, owner->things)
            see_text(t, thing->label);
    return owners != NULL;
}

static bool load_in_session(trial *t)
{
    if (!qc_session_start(t->db, NULL))
        return false;
    struct Owner **owners = ALL(t->db, SELECT(Owner).ORDER_BY(Owner_id).LOAD(BY_SUBQUERY(
                                           Owner_things, GE(Thing_size, 1), DESC(Thing_id))));
    bool good = owners != NULL;
    EACH (struct Owner, owner, owners)
        see(t, "%zu;", qc_count(owner->things));
    t->code = good ? QC_ERROR_OK : qc_error(t->db)->code;
    qc_session_stop(t->db);
    good = good && qc_session_start(t->db, NULL);
    struct Owner *ada = good ? GET(t->db, Owner, ADA) : NULL;
    struct Thing **things = ada ? LOAD(t->db, ada, Owner_things) : NULL;
    see(t, "%zu;", qc_count(things));
    if (!things && t->code == QC_ERROR_OK)
        t->code = qc_error(t->db)->code;
    qc_session_stop(t->db);
    return things != NULL;
}

static bool load_by_default(trial *t)
{
    struct Piece **pieces = ALL(
        t->db, SELECT(Piece).ORDER_BY(Piece_id).LOAD(
                   SELECTIN(Piece_owner, SELECTIN(Owner_things), SELECTIN(Owner_things, ASC(Thing_id)))));
    EACH (struct Piece, piece, pieces)
        see(t, "%zu %zu;", qc_count(piece->owner->things), qc_count(piece->fellows));
    return pieces != NULL;
}

static bool write_as_a_tenant(trial *t)
{
    struct Ticket rows[] = {{.label = "a"}, {.label = "b", .org = "acme"}};
    if (!SET_TENANT(t->db, Ticket_org, "acme"))
        return false;
    if (EXEC(t->db, INSERT_ROWS(Ticket, rows, 2)) != 2)
        return false;
    struct Ticket **left = ALL(t->db, SELECT(Ticket).WHERE(NE(Ticket_label, "a")));
    see(t, "%zu;", qc_count(left));
    return left != NULL;
}

static bool soft_delete_in_session(trial *t)
{
    if (!SET_TENANT(t->db, Ticket_org, "acme") || !qc_session_start(t->db, NULL))
        return false;
    struct Ticket *whole = GET(t->db, Ticket, ADA);
    struct Ticket *new = whole ? NEW(t->db, Ticket, .label = "new") : NULL;
    bool good = new && qc_soft_delete(t->db, whole) && qc_flush(t->db);
    t->code = good ? QC_ERROR_OK : qc_error(t->db)->code;
    qc_session_stop(t->db);
    struct Ticket **left = good ? ALL(t->db, SELECT(Ticket)) : NULL;
    if (good && !left)
        t->code = qc_error(t->db)->code;
    see(t, "%zu;", qc_count(left));
    return left != NULL;
}

static bool load_a_hierarchy(trial *t)
{
    struct Animal **animals =
        ALL(t->db, SELECT(Animal).WHERE(NE(Animal_name, "x")).ORDER_BY(Animal_id));
    EACH (struct Animal, animal, animals)
        see_text(t, AS_A(Bird, animal) ? AS_A(Bird, animal)->song : animal->kind);
    return animals != NULL;
}

static bool write_a_hierarchy(trial *t)
{
    if (!qc_session_start(t->db, NULL))
        return false;
    struct Animal **animals = ALL(t->db, SELECT(Animal).ORDER_BY(Animal_id));
    struct Bird *bird = animals ? AS_A(Bird, animals[1]) : NULL;
    bool good = bird && NEW(t->db, Bird, .name = "owl", .song = "hoot") &&
                NEW(t->db, Cat, .name = "kit", .lives = 9) && qc_delete(t->db, animals[0]);
    if (good) {
        bird->name = "robin";
        bird->song = "trill";
    }
    good = good && qc_flush(t->db);
    t->code = good ? QC_ERROR_OK : qc_error(t->db)->code;
    qc_session_stop(t->db);
    return good;
}

static bool count_related(trial *t)
{
    qc_row **rows = ALL(t->db, SELECT(Owner_name, COUNT(Owner_things, GE(Thing_size, 1)))
                                   .WHERE(ANY_OF(Owner_things, NE(Thing_label, "none")))
                                   .ORDER_BY(Owner_id));
    EACH (qc_row, row, rows)
        see(t, "%s %lld;", qc_row_text(row, 0), (long long)qc_row_int(row, 1));
    return rows != NULL;
}

/* The second page, which begins with a text and a number, then back. */
static bool page_there_and_back(trial *t)
{
    qc_page page = {.size = 2};
    for (int i = 0; i < 3; i++) {
        struct Piece **pieces =
            PAGE(t->db, &page, SELECT(Piece).ORDER_BY(CONCAT("of ", CAST(Piece_owner_id, TEXT))));
        if (!pieces)
            return false;
        EACH (struct Piece, piece, pieces)
            see(t, "%lld %zu ", (long long)piece->id, qc_count(piece->fellows));
        see(t, "%d%d;", page.next != NULL, page.previous != NULL);
        page.cursor = i ? page.previous : page.next;
    }
    return true;
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

static bool merge_in_session(trial *t)
{
    if (!qc_session_start(t->db, NULL))
        return false;
    struct Thing nail = {.id = 1000001, .owner_id = ADA, .label = "nail", .size = 2};
    struct Thing saw = {.id = 1000002, .owner_id = ADA, .label = "saw", .size = 20};
    struct Thing pin = {.label = "pin", .size = 1};
    struct {
        size_t count;
        struct Thing *list[4];
    } things = {3, {&nail, &saw, &pin, NULL}};
    struct Owner given = {.id = ADA, .name = "ada", .note = "merged", .things = things.list};
    struct Owner *ada = qc_merge(t->db, Owner, &given);
    const bool good = ada && qc_flush(t->db);
    t->code = good ? QC_ERROR_OK : qc_error(t->db)->code;
    if (good)
        see(t, "%s;%zu;", ada->note, qc_count(ada->things));
    qc_session_stop(t->db);
    return good;
}

const scenario scenarios[] = {
    {.name = "open", .run = open_and_ask, .opens = true},
    {.name = "share an engine", .run = share_engine, .opens = true},
    {.name = "create the tables", .run = create_tables, .creates = true},
    {.name = "drop the tables", .run = drop_tables},
    {.name = "insert values", .run = insert_values},
    {.name = "insert a struct", .run = insert_one_struct},
    {.name = "insert 20 structs", .run = insert_few_structs},
    {.name = "insert 500 structs", .run = insert_many_structs},
    {.name = "upsert structs", .run = upsert_structs},
    {.name = "insert 40 structs returning", .run = insert_many_returning, .returns = true},
    {.name = "update structs", .run = update_structs},
    {.name = "delete structs", .run = delete_structs},
    {.name = "select entities", .run = select_entities},
    {.name = "select the first", .run = select_first},
    {.name = "select a record with joins and subqueries", .run = select_record},
    {.name = "select generic rows", .run = select_rows},
    {.name = "select a scalar by an array", .run = select_scalar},
    {.name = "update", .run = update_rows},
    {.name = "delete", .run = delete_rows},
    {.name = "stream", .run = stream_rows},
    {.name = "extend a kept query", .run = extend_query},
    {.name = "filter from an array", .run = filter_from_array},
    {.name = "insert returning", .run = insert_returning, .returns = true},
    {.name = "insert structs returning", .run = insert_structs_returning,
     .returns = true},
    {.name = "violate a constraint", .run = violate_constraint},
    {.name = "commit two inserts", .run = commit_two},
    {.name = "pipeline that writes", .run = pipe_writes},
    {.name = "pipeline of rows", .run = pipe_rows, .returns = true},
    {.name = "work in a task", .run = work_in_a_task, .returns = true},
    {.name = "texts", .run = show_texts, .silent = true},
    {.name = "tree", .run = show_tree, .silent = true},
    {.name = "explain", .run = explain_query},
    {.name = "trace and hook", .run = watch},
    {.name = "run text", .run = run_text},
    {.name = "stream chunks", .run = stream_chunks},
    {.name = "leave streams", .run = leave_streams},
    {.name = "copy in", .run = copy_in},
    {.name = "copy out", .run = copy_out},
    {.name = "cursor", .run = read_by_cursor},
    {.name = "notifications", .run = hear_notifications},
    {.name = "write in a session", .run = write_in_session},
    {.name = "versions and functions of a model", .run = write_versions},
    {.name = "delete in a session", .run = delete_in_session},
    {.name = "load in a session", .run = load_in_session},
    {.name = "load by default", .run = load_by_default},
    {.name = "keep to a budget", .run = keep_to_a_budget},
    {.name = "merge in a session", .run = merge_in_session},
    {.name = "write as a tenant", .run = write_as_a_tenant, .returns = true},
    {.name = "soft delete in a session", .run = soft_delete_in_session, .returns = true},
    {.name = "load a hierarchy", .run = load_a_hierarchy},
    {.name = "write a hierarchy in a session", .run = write_a_hierarchy},
    {.name = "load by a join", .run = load_by_join},
    {.name = "count what is related", .run = count_related},
    {.name = "page there and back", .run = page_there_and_back},
    {.name = "load nested", .run = load_nested},
    {.name = "load for rows of several entities", .run = load_rows},
};
const int scenario_count = sizeof(scenarios) / sizeof(scenarios[0]);
