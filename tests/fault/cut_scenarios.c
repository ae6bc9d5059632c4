/* See cut_scenarios.h. Tables are cut_entries, which is written, and cut_items, which is read. */
#include "cut_scenarios.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

MODEL(Entry, "cut_entries",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(run, UUID),
    COLUMN(part, INTEGER),
    COLUMN(note, NULLABLE(TEXT)))

MODEL(Item, "cut_items",
    COLUMN(id, BIGINT, PRIMARY_KEY),
    COLUMN(name, VARCHAR(40)),
    COLUMN(price, NUMERIC(10, 2)))

SCHEMA(cuts, Entry, Item)

enum { ITEMS = 100, FEW = 20, MANY = 3000, BATCHES = 300 };

bool cut_create(qc_db *db)
{
    return qc_create_all(db, &cuts) &&
           qc_execute(db, "INSERT INTO cut_items SELECT n, 'item ' || n, n * 1.5 "
                          "FROM generate_series(1, 100) n");
}

bool cut_drop(qc_db *db)
{
    return qc_drop_all(db, &cuts);
}

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

bool cut_step(cut_trial *t, bool good)
{
    const int64_t now = now_us(), took = now - t->last_us;
    if (t->last_us && took > t->slowest_us)
        t->slowest_us = took;
    t->last_us = now;
    if (!good && t->code == QC_ERROR_OK) {
        const struct qc_error *error = qc_error(t->db);
        t->code = error->code;
        snprintf(t->message, sizeof(t->message), "%s", error->message ? error->message : "");
    }
    return good;
}

/* A statement that is a transaction of its own, lost on its way, may have been done. */
static enum cut_result alone(cut_trial *t, bool good)
{
    return cut_step(t, good) ? CUT_DONE : CUT_UNKNOWN;
}

/* A statement that stores nothing. */
static enum cut_result read_only(cut_trial *t, bool good)
{
    return cut_step(t, good) ? CUT_DONE : CUT_FAILED;
}

/* ---- Reading. ---- */

static enum cut_result open_one(cut_trial *t)
{
    t->db = qc_open(t->url);
    qc_set_timeout(t->db, t->timeout_ms);
    return read_only(t, qc_ok(t->db));
}

static bool select_price(cut_trial *t)
{
    qc_numeric_value price = SCALAR(t->db, SELECT(Item_price).WHERE(EQ(Item_id, 7)));
    if (qc_ok(t->db))
        snprintf(t->seen, sizeof(t->seen), "%s", price.text);
    return qc_ok(t->db);
}

static enum cut_result select_point(cut_trial *t)
{
    return read_only(t, select_price(t));
}

static enum cut_result select_twice(cut_trial *t)
{
    return cut_step(t, select_price(t)) ? read_only(t, select_price(t)) : CUT_FAILED;
}

static enum cut_result select_all(cut_trial *t)
{
    struct Item **items = ALL(t->db, SELECT(Item).ORDER_BY(Item_id));
    int64_t sum = 0;
    EACH(struct Item, item, items)
        sum += item->id;
    snprintf(t->seen, sizeof(t->seen), "%zu rows, %lld", qc_count(items), (long long)sum);
    return read_only(t, items != NULL);
}

/* Rows that were seen were right, even when an error follows. */
static enum cut_result stream(cut_trial *t, int limit)
{
    int64_t expected = 1;
    bool right = true;
    STREAM(item, t->db, SELECT(Item).ORDER_BY(Item_id)) {
        cut_step(t, true);
        right = right && item->id == expected++;
        if (expected > limit)
            break;
    }
    snprintf(t->seen, sizeof(t->seen), "%d rows, %s", (int)expected - 1, right ? "right" : "wrong");
    return read_only(t, qc_ok(t->db));
}

static enum cut_result stream_all(cut_trial *t)
{
    return stream(t, ITEMS + 1);
}

static enum cut_result stream_some(cut_trial *t)
{
    const enum cut_result begun = stream(t, 5);
    if (begun != CUT_DONE)
        return begun;
    return read_only(t, select_price(t));
}

/* ---- Writing. ---- */

static enum cut_result insert_one(cut_trial *t)
{
    int64_t rows =
        EXEC(t->db, INSERT(Entry).SET(Entry_run, t->id).SET(Entry_part, 1).SET(Entry_note, "one"));
    return alone(t, rows == 1);
}

static enum cut_result insert_long(cut_trial *t)
{
    enum { SIZE = 200 * 1000 };
    char *note = malloc(SIZE + 1);
    if (!note)
        return CUT_FAILED;
    memset(note, 'n', SIZE);
    note[SIZE] = '\0';
    int64_t rows =
        EXEC(t->db, INSERT(Entry).SET(Entry_run, t->id).SET(Entry_part, 1).SET(Entry_note, note));
    free(note);
    return alone(t, rows == 1);
}

static enum cut_result insert_returning(cut_trial *t)
{
    struct Entry *entry =
        FIRST(t->db, INSERT(Entry).SET(Entry_run, t->id).SET(Entry_part, 4).RETURNING(Entry_part));
    snprintf(t->seen, sizeof(t->seen), "%d", entry ? (int)entry->part : 0);
    return alone(t, entry != NULL);
}

static enum cut_result insert_structs(cut_trial *t, int count, bool returning)
{
    static struct Entry entries[MANY];
    for (int i = 0; i < count; i++)
        entries[i] = (struct Entry){.run = t->id, .part = i, .note = "a note of some length"};
    if (!returning)
        return alone(t, EXEC(t->db, INSERT_ROWS(Entry, entries, count)) == count);
    struct Entry **stored = ALL(t->db, INSERT_ROWS(Entry, entries, count).RETURNING());
    snprintf(t->seen, sizeof(t->seen), "%zu rows", qc_count(stored));
    return alone(t, stored != NULL);
}

static enum cut_result insert_few(cut_trial *t)
{
    return insert_structs(t, FEW, false);
}

static enum cut_result copy_many(cut_trial *t)
{
    return insert_structs(t, MANY, false);
}

static enum cut_result insert_batches(cut_trial *t)
{
    return insert_structs(t, BATCHES, true);
}

/* ---- Transactions. ---- */

static bool insert_part(cut_trial *t, int part)
{
    int64_t rows = EXEC(t->db, INSERT(Entry).SET(Entry_run, t->id).SET(Entry_part, part));
    return cut_step(t, rows == 1);
}

/* The library asks what became of a COMMIT that was not answered, and tells what it knows. */
static enum cut_result outcome_of(cut_trial *t)
{
    const enum qc_outcome outcome = qc_outcome(t->db);
    cut_step(t, true);
    return outcome == QC_OUTCOME_COMMITTED ? CUT_DONE
           : outcome == QC_OUTCOME_UNKNOWN ? CUT_UNKNOWN
                                           : CUT_FAILED;
}

/* COMMIT that failed for the deadline may turn out to be carried out, when it is asked again. */
static enum cut_result commit(cut_trial *t)
{
    const bool good = cut_step(t, qc_commit(t->db));
    const enum cut_result result = outcome_of(t);
    if (good && result != CUT_DONE)
        snprintf(t->seen, sizeof(t->seen), "wrong: COMMIT succeeded, and its outcome is another");
    return result;
}

static enum cut_result commit_two(cut_trial *t)
{
    if (!cut_step(t, qc_begin(t->db)) || !insert_part(t, 1) || !insert_part(t, 2))
        return CUT_FAILED;
    return commit(t);
}

static enum cut_result roll_back(cut_trial *t)
{
    if (!cut_step(t, qc_begin(t->db)) || !insert_part(t, 1))
        return CUT_FAILED;
    return read_only(t, qc_rollback(t->db));
}

/* What was undone leaves the rest. */
static enum cut_result use_savepoint(cut_trial *t)
{
    if (!cut_step(t, qc_begin(t->db)) || !insert_part(t, 1) || !cut_step(t, qc_begin(t->db)) ||
        !insert_part(t, 2) || !cut_step(t, qc_rollback(t->db)) || !insert_part(t, 3))
        return CUT_FAILED;
    return commit(t);
}

static enum cut_result commit_block(cut_trial *t)
{
    TRANSACTION(t->db) {
        insert_part(t, 1);
        TRANSACTION(t->db) {
            insert_part(t, 2);
        }
        cut_step(t, qc_ok(t->db));
    }
    cut_step(t, qc_ok(t->db));
    return outcome_of(t);
}

/* The server refuses a statement, and then answers COMMIT with ROLLBACK. */
static enum cut_result commit_failed(cut_trial *t)
{
    if (!cut_step(t, qc_begin(t->db)) || !insert_part(t, 1))
        return CUT_FAILED;
    const bool refused = !qc_execute(t->db, "SELECT 1 / 0") &&
                         qc_error(t->db)->code == QC_ERROR_SERVER &&
                         strcmp(qc_error(t->db)->sqlstate, "22012") == 0;
    if (!cut_step(t, refused))
        return CUT_FAILED;
    if (qc_commit(t->db))
        return CUT_DONE;
    snprintf(t->seen, sizeof(t->seen), "refused");
    return read_only(t, qc_error(t->db)->code == QC_ERROR_SERVER);
}

/* ---- Pipelines, COPY, notifications. ---- */

/* Nothing is in a destination before the server acknowledged all. */
static enum cut_result run_pipeline(cut_trial *t)
{
    int64_t first = 0, second = 0;
    struct Item *item = NULL;
    PIPELINE(t->db) {
        QUEUE_EXEC(t->db, &first, INSERT(Entry).SET(Entry_run, t->id).SET(Entry_part, 1));
        cut_step(t, true);
        QUEUE_FIRST(t->db, &item, SELECT(Item).WHERE(EQ(Item_id, 8)));
        cut_step(t, true);
        QUEUE_EXEC(t->db, &second, INSERT(Entry).SET(Entry_run, t->id).SET(Entry_part, 2));
        cut_step(t, true);
    }
    const bool good = qc_ok(t->db);
    if (good != (first == 1 && second == 1 && item && item->id == 8))
        snprintf(t->seen, sizeof(t->seen), "wrong: destinations and the error differ");
    return alone(t, good);
}

static enum cut_result copy_in(cut_trial *t)
{
    struct Entry entry = {.run = t->id, .note = "a note of some length"};
    COPY_IN(t->db, Entry, writer) {
        for (int i = 0; i < MANY; i++) {
            entry.part = i;
            if (!cut_step(t, qc_copy_put(writer, &entry)))
                break;
        }
    }
    return alone(t, qc_ok(t->db));
}

static enum cut_result copy_out(cut_trial *t)
{
    int64_t expected = 1;
    bool right = true;
    COPY_OUT(item, t->db, SELECT(Item).ORDER_BY(Item_id)) {
        cut_step(t, true);
        right = right && item->id == expected++;
    }
    snprintf(t->seen, sizeof(t->seen), "%d rows, %s", (int)expected - 1, right ? "right" : "wrong");
    return read_only(t, qc_ok(t->db));
}

/* None that came in time is no error of the call, and none of a lost link. */
static enum cut_result wait_for_word(cut_trial *t)
{
    if (!cut_step(t, qc_listen(t->db, "cuts")) || !cut_step(t, qc_notify(t->db, "cuts", "word")))
        return CUT_FAILED;
    const struct qc_notification *told = qc_wait_notification(t->db, t->timeout_ms);
    snprintf(t->seen, sizeof(t->seen), "%s", told ? told->payload : "");
    cut_step(t, qc_ok(t->db));
    if (!told && t->code == QC_ERROR_OK)
        t->code = QC_ERROR_TIMEOUT;
    return told ? CUT_DONE : CUT_FAILED;
}

/* ---- Prepared statements. ---- */

static bool drop_statements(cut_trial *t)
{
    return select_price(t) &&
           qc_execute(t->db, "DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$");
}

static bool change_table(cut_trial *t)
{
    return qc_execute(t->db, "CREATE TEMP TABLE cut_items (id bigint, name varchar(20), "
                             "price numeric(10, 2))") &&
           qc_execute(t->db, "INSERT INTO cut_items VALUES (7, 'seven', 10.50)") &&
           select_price(t) &&
           qc_execute(t->db, "ALTER TABLE cut_items ALTER price TYPE numeric(20, 2)");
}

static enum cut_result run_text(cut_trial *t)
{
    return read_only(t, qc_execute(t->db, "SELECT 1; SELECT generate_series(1, 5); SELECT 2"));
}

const cut_scenario cut_scenarios[] = {
    {.name = "connect", .run = open_one, .opens = true},
    {.name = "select, first time", .run = select_point},
    {.name = "select, prepared", .prepare = select_price, .run = select_twice},
    {.name = "select, unnamed", .run = select_twice, .unnamed = true},
    {.name = "select, dropped by the server", .prepare = drop_statements, .run = select_point},
    {.name = "select, changed by DDL", .prepare = change_table, .run = select_point},
    {.name = "all of 100 rows", .run = select_all},
    {.name = "stream", .run = stream_all},
    {.name = "stream, left early", .run = stream_some},
    {.name = "text of three statements", .run = run_text},
    {.name = "insert", .run = insert_one, .stores = 1},
    {.name = "insert 200 kB", .run = insert_long, .stores = 1},
    {.name = "insert returning", .run = insert_returning, .stores = 1},
    {.name = "insert 20 structs", .run = insert_few, .stores = FEW},
    {.name = "insert 300 structs returning", .run = insert_batches, .stores = BATCHES},
    {.name = "copy 3,000 structs", .run = copy_many, .stores = MANY},
    {.name = "pipeline", .run = run_pipeline, .stores = 2},
    {.name = "COPY_IN of 3,000 structs", .run = copy_in, .stores = MANY},
    {.name = "COPY_OUT", .run = copy_out},
    {.name = "LISTEN, NOTIFY", .run = wait_for_word},
    {.name = "commit two inserts", .run = commit_two, .stores = 2},
    {.name = "commit two inserts, unnamed", .run = commit_two, .stores = 2, .unnamed = true},
    {.name = "blocks, one inside the other", .run = commit_block, .stores = 2},
    {.name = "roll back", .run = roll_back},
    {.name = "roll back to a savepoint, commit", .run = use_savepoint, .stores = 2},
    {.name = "commit of a failed transaction", .run = commit_failed},
};
const int cut_scenario_count = sizeof(cut_scenarios) / sizeof(cut_scenarios[0]);
