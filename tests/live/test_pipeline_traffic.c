/* Pipelines on both databases: prepared statements, large traffic, and random pipelines. */
#include "shop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Prepared statements. ---- */

IN_SHOP(a_statement_is_prepared_once)
{
    int64_t counts[6];
    for (int round = 0; round < 3; round++) {
        PIPELINE(db)
            for (int i = 0; i < 6; i++) {
                QUEUE_SCALAR(db, &counts[i],
                             SELECT(COUNT(Customer_id)).WHERE(GT(Customer_id, i)));
                if (i % 2)
                    qc_pipeline_sync(db);
            }
        expect_ok();
        for (int i = 0; i < 6; i++)
            ck_assert_int_eq(counts[i], i < 4 ? 4 - i : 0);
    }
    if (database != POSTGRESQL_DATABASE)
        return;
    expect_int(SCALAR(db, SELECT(RAW(BIGINT, "(SELECT count(*) FROM pg_prepared_statements WHERE "
                                             "statement LIKE '%count(customers.id)%id > $1')"))
                              .FROM(Customer).LIMIT(1)),
               1);
}

IN_SHOP(an_aborted_parse_is_not_remembered)
{
    struct Customer **rows;
    int64_t count, last;
    for (int round = 0; round < 2; round++) {
        PIPELINE(db) {
            QUEUE_EXEC(db, &count, INSERT(Customer).SET(Customer_name, "ann"));
            QUEUE_ALL(db, &rows, SELECT(Customer).WHERE(GT(Customer_id, 2)));
            qc_pipeline_sync(db);
            QUEUE_ALL(db, &rows, SELECT(Customer).WHERE(GT(Customer_id, 2)));
            qc_pipeline_sync(db);
            QUEUE_EXEC(db, &last, UPDATE(Tag).SET(Tag_word, "last").ALL_ROWS);
        }
        expect_failure(QC_ERROR_SERVER, "", __LINE__ - 7);
        ck_assert_uint_eq(qc_count(rows), 2);
        ck_assert_int_eq(last, 2);
    }
    ck_assert(qc_begin(db));
    rows = ALL(db, SELECT(Customer).WHERE(GT(Customer_id, 2)));
    expect_ok();
    ck_assert_uint_eq(qc_count(rows), 2);
    ck_assert(qc_commit(db));
}

static void ask_twice(const char *between)
{
    struct Customer **rows;
    int64_t inserted;
    for (int round = 0; round < 2; round++) {
        PIPELINE(db) {
            QUEUE_EXEC(db, &inserted, INSERT(Customer).SET(Customer_name, round ? "fay" : "eve"));
            QUEUE_ALL(db, &rows, SELECT(Customer).ORDER_BY(Customer_id));
        }
        expect_ok();
        ck_assert_int_eq(inserted, 1);
        ck_assert_uint_eq(qc_count(rows), 5 + (size_t)round);
        ck_assert_str_eq(rows[4 + round]->name, round ? "fay" : "eve");
        if (!round)
            database_run(db, between);
    }
    rows = ALL(db, SELECT(Customer).ORDER_BY(Customer_id));
    expect_ok();
    ck_assert_uint_eq(qc_count(rows), 6);
}

IN_SHOP(a_table_changes_between)
{
    ask_twice(database == POSTGRESQL_DATABASE ? "ALTER TABLE customers ALTER city TYPE VARCHAR(90)"
                                              : "ALTER TABLE customers ADD COLUMN more TEXT");
}

IN_SHOP(statements_are_gone)
{
    if (database == POSTGRESQL_DATABASE)
        ask_twice("DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$");
}

IN_SHOP(a_stale_unit_is_not_repeated_behind_another)
{
    struct Customer **rows;
    int64_t inserted;
    if (database != POSTGRESQL_DATABASE)
        return;
    rows = ALL(db, SELECT(Customer).ORDER_BY(Customer_id));
    database_run(db, "ALTER TABLE customers ALTER city TYPE VARCHAR(90)");
    PIPELINE(db) {
        QUEUE_ALL(db, &rows, SELECT(Customer).ORDER_BY(Customer_id));
        qc_pipeline_sync(db);
        QUEUE_EXEC(db, &inserted, INSERT(Customer).SET(Customer_name, "eve"));
    }
    if (qc_ok(db))
        ck_assert_uint_eq(qc_count(rows), 4);
    else
        ck_assert_ptr_null(rows);
    ck_assert_int_eq(inserted, 1);
    PIPELINE(db)
        QUEUE_ALL(db, &rows, SELECT(Customer).ORDER_BY(Customer_id));
    expect_ok();
    ck_assert_uint_eq(qc_count(rows), 5);
}

IN_SHOP(without_names)
{
    int64_t counts[2];
    qc_set_named_statements(db, false);
    PIPELINE(db) {
        QUEUE_SCALAR(db, &counts[0], SELECT(COUNT(Customer_id)));
        QUEUE_SCALAR(db, &counts[1], SELECT(COUNT(Customer_id)));
    }
    expect_ok();
    ck_assert(counts[0] == 4 && counts[1] == 4);
}

/* ---- Large traffic. ---- */

IN_SHOP(large_in_both_directions)
{
    enum { STATEMENTS = 2000, SIZE = 100 * 1000 };
    static const char *answers[STATEMENTS];
    char *text = malloc(SIZE + 1);
    memset(text, 'x', SIZE);
    text[SIZE] = '\0';
    const int most = database == POSTGRESQL_DATABASE ? STATEMENTS : STATEMENTS / 10;
    PIPELINE(db)
        for (int i = 0; i < most; i++) {
            text[0] = (char)('a' + i % 26);
            QUEUE_SCALAR(db, &answers[i], SELECT(AS(VALUE((const char *)text), big))
                                              .FROM(Card).WHERE(EQ(Card_points, 100)));
        }
    expect_ok();
    for (int i = 0; i < most; i++) {
        ck_assert_uint_eq(strlen(answers[i]), SIZE);
        ck_assert_int_eq(answers[i][0], 'a' + i % 26);
    }
    free(text);
}

IN_SHOP(very_many)
{
    enum { STATEMENTS = 100000 };
    int64_t last = 0;
    PIPELINE(db) {
        for (int i = 1; i < STATEMENTS; i++)
            QUEUE_EXEC(db, NULL, INSERT(Tag).SET(Tag_id, 100 + i).SET(Tag_word, "many"));
        QUEUE_EXEC(db, &last,
                   UPDATE(Tag).SET(Tag_word, "last").WHERE(EQ(Tag_id, 99 + STATEMENTS)));
    }
    expect_ok();
    ck_assert_int_eq(last, 1);
    expect_int(SCALAR(db, SELECT(COUNT(Tag_id))), STATEMENTS + 1);
}

/* ---- Random pipelines, beside the same statements one by one. ---- */

enum { MOST = 120, ROUNDS = 40, KEYS = 30, TEXT = 6000 };

typedef struct step {
    int kind, key;
    bool ends_unit;
} step;

/* What a step found, as text. */
typedef struct found {
    int64_t count;
    struct Tag *row, **rows;
    qc_opt_int most;
    char text[160];
} found;

static step steps[MOST];
static found piped[MOST], single[MOST];
static int step_count;
static char words[KEYS][TEXT];
static uint64_t random_state;

static int pick(int most)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (int)(random_state % (uint64_t)most);
}

static void make_steps(void)
{
    step_count = 1 + pick(MOST);
    const int unit = 1 + pick(20), kinds = pick(3) ? 8 : 7; /* the last kind may fail */
    for (int i = 0; i < step_count; i++)
        steps[i] = (step){pick(kinds), pick(KEYS), pick(unit) == 0};
}

static void fill_tags(void)
{
    struct Tag tags[KEYS / 2];
    for (int i = 0; i < KEYS / 2; i++)
        tags[i] = (struct Tag){.id = 2 * i, .word = words[i]};
    EXEC(db, DELETE(CustomerTag).ALL_ROWS);
    EXEC(db, DELETE(Tag).ALL_ROWS);
    expect_int(EXEC(db, INSERT_ROWS(Tag, tags, KEYS / 2)), KEYS / 2);
}

static void queue_step(const step *s, found *to)
{
    const int32_t key = s->key;
    const char *word = words[key];
    switch (s->kind) {
    case 0: QUEUE_FIRST(db, &to->row, SELECT(Tag).WHERE(EQ(Tag_id, key))); break;
    case 1: QUEUE_ONE(db, &to->row, SELECT(Tag).WHERE(EQ(Tag_id, key))); break;
    case 2: QUEUE_ALL(db, &to->rows, SELECT(Tag).WHERE(GE(Tag_id, key)).ORDER_BY(Tag_id)); break;
    case 3:
        QUEUE_SCALAR(db, &to->count, SELECT(COUNT()).FROM(Tag).WHERE(EQ(Tag_word, word)));
        break;
    case 4: QUEUE_SCALAR_OR_NULL(db, &to->most, SELECT(MAX(Tag_id)).WHERE(LT(Tag_id, key))); break;
    case 5:
        QUEUE_EXEC(db, &to->count, UPDATE(Tag).SET(Tag_word, word).WHERE(LE(Tag_id, key)));
        break;
    case 6: QUEUE_EXEC(db, &to->count, DELETE(Tag).WHERE(EQ(Tag_id, key))); break;
    default: QUEUE_EXEC(db, &to->count, INSERT(Tag).SET(Tag_id, key).SET(Tag_word, word));
    }
}

static void run_step(const step *s, found *to)
{
    const int32_t key = s->key;
    const char *word = words[key];
    switch (s->kind) {
    case 0: to->row = FIRST(db, SELECT(Tag).WHERE(EQ(Tag_id, key))); break;
    case 1: to->row = ONE(db, SELECT(Tag).WHERE(EQ(Tag_id, key))); break;
    case 2: to->rows = ALL(db, SELECT(Tag).WHERE(GE(Tag_id, key)).ORDER_BY(Tag_id)); break;
    case 3: to->count = SCALAR(db, SELECT(COUNT()).FROM(Tag).WHERE(EQ(Tag_word, word))); break;
    case 4: to->most = SCALAR_OR_NULL(db, SELECT(MAX(Tag_id)).WHERE(LT(Tag_id, key))); break;
    case 5: to->count = EXEC(db, UPDATE(Tag).SET(Tag_word, word).WHERE(LE(Tag_id, key))); break;
    case 6: to->count = EXEC(db, DELETE(Tag).WHERE(EQ(Tag_id, key))); break;
    default: to->count = EXEC(db, INSERT(Tag).SET(Tag_id, key).SET(Tag_word, word)); break;
    }
}

static uint64_t hash_rows(struct Tag **rows)
{
    uint64_t hash = 5381;
    EACH(struct Tag, row, rows) {
        hash = hash * 33 + (uint64_t)row->id;
        for (const char *at = row->word; *at; at++)
            hash = hash * 33 + (unsigned char)*at;
    }
    return hash;
}

/* A statement that was refused, or undone or not run with another, has found nothing. */
static void print_found(found *f, int kind, enum qc_code code)
{
    if (code != QC_ERROR_OK)
        snprintf(f->text, sizeof(f->text), "%s", qc_code_name(code));
    else if (kind < 2)
        snprintf(f->text, sizeof(f->text), "%.100s", f->row ? f->row->word : "none");
    else if (kind == 2)
        snprintf(f->text, sizeof(f->text), "%zu rows, %llx", qc_count(f->rows),
                 (unsigned long long)hash_rows(f->rows));
    else if (kind == 4)
        snprintf(f->text, sizeof(f->text), "%d %d", f->most.set, (int)f->most.value);
    else
        snprintf(f->text, sizeof(f->text), "%lld", (long long)f->count);
}

static void run_piped(void)
{
    PIPELINE(db)
        for (int i = 0; i < step_count; i++) {
            queue_step(&steps[i], &piped[i]);
            if (steps[i].ends_unit)
                qc_pipeline_sync(db);
        }
    for (int i = 0; i < step_count; i++)
        print_found(&piped[i], steps[i].kind, qc_pipeline_error(db, (size_t)i)->code);
}

/* From `first` to the end of its unit; all of it fails with one. Returns what follows. */
static int run_unit(int first)
{
    int last = first;
    enum qc_code failed = QC_ERROR_OK;
    while (last + 1 < step_count && !steps[last].ends_unit)
        last++;
    ck_assert(qc_begin(db));
    for (int i = first; i <= last && !failed; i++) {
        run_step(&steps[i], &single[i]);
        const enum qc_code code = qc_error(db)->code;
        print_found(&single[i], steps[i].kind, code);
        failed = code == QC_ERROR_SERVER ? code : QC_ERROR_OK;
    }
    for (int i = first; i <= last && failed; i++)
        print_found(&single[i], steps[i].kind, failed);
    ck_assert(failed ? qc_rollback(db) : qc_commit(db));
    return last + 1;
}

static void compare_round(int round)
{
    for (int i = 0; i < step_count; i++)
        ck_assert_msg(strcmp(piped[i].text, single[i].text) == 0,
                      "round %d on %s, statement %d of %d, kind %d: \"%s\" and one by one \"%s\"",
                      round, qc_dialect_name(db), i, step_count, steps[i].kind, piped[i].text,
                      single[i].text);
}

IN_SHOP(the_same_as_one_by_one)
{
    random_state = UINT64_C(0x9e3779b97f4a7c15);
    for (int i = 0; i < KEYS; i++)
        memset(words[i], 'a' + i % 26, (size_t)pick(TEXT - 1) + 1);
    for (int round = 0; round < (long_tests() ? 20 * ROUNDS : ROUNDS); round++)
        QC_SCOPE(db) {
            make_steps();
            fill_tags();
            run_piped();
            const uint64_t after = hash_rows(ALL(db, SELECT(Tag).ORDER_BY(Tag_id)));
            fill_tags();
            for (int next = 0; next < step_count;)
                next = run_unit(next);
            compare_round(round);
            ck_assert(after == hash_rows(ALL(db, SELECT(Tag).ORDER_BY(Tag_id))));
        }
}

/* Answers come while the program still queues: what is settled makes room for what follows. */
IN_SHOP(many_units)
{
    enum { UNITS = 4000 };
    static const char *notes[UNITS];
    static int64_t counts[UNITS];
    char *large = malloc(4001);
    memset(large, 'q', 4000);
    large[4000] = '\0';
    expect_int(EXEC(db, UPDATE(Sale).SET(Sale_note, large).WHERE(EQ(Sale_id, 2))), 1);
    PIPELINE(db)
        for (int i = 0; i < UNITS; i++) {
            QUEUE_SCALAR(db, &notes[i], SELECT(Sale_note).WHERE(EQ(Sale_id, 1 + i % 2)));
            QUEUE_EXEC(db, &counts[i], UPDATE(Sale).SET(Sale_qty, i).WHERE(EQ(Sale_id, 1 + i % 5)));
            qc_pipeline_sync(db);
        }
    expect_ok();
    for (int i = 0; i < UNITS; i++) {
        ck_assert_uint_eq(strlen(notes[i]), i % 2 ? 4000 : 3);
        ck_assert_int_eq(counts[i], i % 5 < 4);
    }
    free(large);
}

Suite *pipeline_traffic_suite(void);
Suite *pipeline_traffic_suite(void)
{
    Suite *suite = suite_create("pipeline_traffic");
    TCase *tests = shop_case(suite);
    tcase_set_timeout(tests, 60);
    if (database_names_statements())
        ADD_IN_SHOP(tests, a_statement_is_prepared_once);
    ADD_IN_SHOP(tests, an_aborted_parse_is_not_remembered);
    ADD_IN_SHOP(tests, a_table_changes_between);
    ADD_IN_SHOP(tests, statements_are_gone);
    ADD_IN_SHOP(tests, a_stale_unit_is_not_repeated_behind_another);
    ADD_IN_SHOP(tests, without_names);
    ADD_IN_SHOP(tests, large_in_both_directions);
    ADD_IN_SHOP(tests, very_many);
    ADD_IN_SHOP(tests, the_same_as_one_by_one);
    ADD_IN_SHOP(tests, many_units);
    return suite;
}
