/* New objects with the key of one that the same flush deletes: they take over its row. */
#include "shop.h"

#include <stdio.h>
#include <string.h>

struct Folio;
void folio_fresh(struct Folio *page, void *context);
void folio_inserted(struct Folio *page, void *context);
void folio_updated(struct Folio *page, void *context);
void folio_going(struct Folio *page, void *context);
void folio_gone(struct Folio *page, void *context);

MODEL(Folio, "switch_pages", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY), COLUMN(title, TEXT),
      COLUMN(rank, NUMERIC(6, 2), DEFAULT("1.50")),
      COLUMN(origin, TEXT, SERVER_DEFAULT("'server'")), COLUMN(note, NULLABLE(TEXT)),
      COLUMN(version, INTEGER, VERSION),
      HAS_MANY(lines, FolioLine, page_id, BACK(page), CASCADE(DELETE)),
      HAS_MANY(remarks, FolioRemark, page_id, BACK(page)),
      MANY_TO_MANY(tags, Tag, FolioTag, page_id, tag_id), BEFORE(INSERT, folio_fresh),
      BEFORE(UPDATE, folio_updated), AFTER(INSERT, folio_inserted), AFTER(UPDATE, folio_updated),
      BEFORE(DELETE, folio_going), AFTER(DELETE, folio_gone))
MODEL(FolioLine, "switch_lines", COLUMN(page_id, BIGINT, PRIMARY_KEY, REFERENCES(Folio, id)),
      COLUMN(number, INTEGER, PRIMARY_KEY), COLUMN(words, TEXT),
      BELONGS_TO(page, Folio, page_id, BACK(lines)))
MODEL(FolioRemark, "switch_remarks", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
      COLUMN(page_id, NULLABLE(BIGINT), REFERENCES(Folio, id)), COLUMN(words, TEXT),
      BELONGS_TO(page, Folio, page_id, BACK(remarks)))
MODEL(FolioTag, "switch_tags", COLUMN(page_id, BIGINT, PRIMARY_KEY, REFERENCES(Folio, id)),
      COLUMN(tag_id, INTEGER, PRIMARY_KEY))
MODEL(FolioSlip, "switch_slips", COLUMN(id, INTEGER, PRIMARY_KEY), COLUMN(words, NULLABLE(TEXT)),
      COLUMN(changed_at, NULLABLE(TIMESTAMPTZ), ON_UPDATE("now()")), SOFT_DELETE)
MODEL(FolioKnot, "switch_knots", COLUMN(id, INTEGER, PRIMARY_KEY),
      COLUMN(tied_id, NULLABLE(INTEGER), REFERENCES(FolioKnot, id)),
      BELONGS_TO(tied, FolioKnot, tied_id))
#define ANIMAL COLUMN(id, INTEGER, PRIMARY_KEY), COLUMN(kind, TEXT, DISCRIMINATOR)
MODEL(Beast, "switch_animals", ANIMAL, POLYMORPHIC("animal", Kitten))
MODEL(Kitten, "switch_cats", IS_A(Beast, "cat", ANIMAL), COLUMN(lives, NULLABLE(INTEGER)))

SCHEMA(switched, Kitten, Beast, Folio, FolioLine, FolioRemark, FolioTag, FolioSlip, FolioKnot)

static char happened[256];

static void note(void *context, const char *what, const struct Folio *page)
{
    char *log = context;
    snprintf(log + strlen(log), sizeof(happened) - strlen(log), "%s %s; ", what, page->title);
}

void folio_fresh(struct Folio *page, void *context)
{
    note(context, "new", page);
}

void folio_inserted(struct Folio *page, void *context)
{
    note(context, "inserted", page);
}

void folio_updated(struct Folio *page, void *context)
{
    note(context, "updated", page);
}

void folio_going(struct Folio *page, void *context)
{
    note(context, "going", page);
}

void folio_gone(struct Folio *page, void *context)
{
    note(context, "gone", page);
}

/* Folio 1 "old" with two lines, a remark and a tag, version 2; page 2 "other". */
static struct Folio *old, *other;
static struct FolioLine *lines[2];
static struct FolioRemark *remark;
static struct Tag *tag;

static void open_pages(void)
{
    if (!qc_drop_all(db, &switched) || !qc_create_all(db, &switched))
        database_fail(db, "the pages");
    ck_assert(qc_session_start(db, QC_SESSION_OPTIONS(.context = happened)));
    tag = GET(db, Tag, 1);
    old = NEW(db, Folio, .title = "old", .rank = qc_numeric_of("9.00"), .origin = "ours",
              .note = "n");
    other = NEW(db, Folio, .title = "other");
    for (int i = 0; i < 2; i++) {
        lines[i] = NEW(db, FolioLine, .number = i, .words = "old line");
        ADD_TO(db, old, Folio_lines, lines[i]);
    }
    remark = NEW(db, FolioRemark, .page = old, .words = "hm");
    ADD_TO(db, old, Folio_tags, tag);
    ck_assert(qc_flush(db));
    old->note = "noted";
    ck_assert(qc_flush(db));
    happened[0] = 0;
}

#define IN_PAGES(name)                                                                             \
    static void name##_in_pages(void);                                                             \
    IN_SHOP(name)                                                                                  \
    {                                                                                              \
        open_pages();                                                                              \
        name##_in_pages();                                                                         \
        qc_session_stop(db);                                                                       \
        ck_assert(qc_drop_all(db, &switched));                                                     \
    }                                                                                              \
    static void name##_in_pages(void)

static void expect_pages(const char *expected)
{
    expect_rows(
        ALL(db, SELECT(Folio_id, Folio_title, Folio_rank, Folio_origin, Folio_note, Folio_version)
                    .ORDER_BY(Folio_id)),
        expected);
}

static void expect_lines(const char *expected)
{
    expect_rows(ALL(db, SELECT(FolioLine_page_id, FolioLine_number, FolioLine_words)
                            .ORDER_BY(FolioLine_page_id)
                            .ORDER_BY(FolioLine_number)),
                expected);
}

IN_PAGES(a_new_object_takes_over_the_row)
{
    ck_assert(qc_delete(db, old));
    struct Folio *new = NEW(db, Folio, .id = 1, .title = "new");
    ck_assert(qc_flush(db));
    ck_assert_ptr_eq(GET(db, Folio, 1), new);
    ck_assert_int_eq(qc_state(db, new), QC_STATE_PERSISTENT);
    ck_assert_int_eq(qc_state(db, old), QC_STATE_DELETED);
    ck_assert(!qc_is_dirty(db, new));
    ck_assert_int_eq(new->version, 3);
    ck_assert_str_eq(new->rank.text, "1.50");
    ck_assert_str_eq(new->origin, "ours");
    expect_pages("1|new|1.50|ours|NULL|3, 2|other|1.50|server|NULL|1");
    new->title = "newer";
    ck_assert(qc_flush(db));
    expect_pages("1|newer|1.50|ours|NULL|4, 2|other|1.50|server|NULL|1");
}

IN_PAGES(functions_hear_what_the_program_said)
{
    ck_assert(qc_delete(db, old));
    NEW(db, Folio, .id = 1, .title = "fresh");
    ck_assert(qc_flush(db));
    ck_assert_str_eq(happened, "going old; new fresh; inserted fresh; gone old; ");
    happened[0] = 0;
    other->title = "touched";
    ck_assert(qc_flush(db));
    ck_assert_str_eq(happened, "updated touched; updated touched; ");
}

IN_PAGES(what_belonged_to_the_deleted_one_does_not_belong_to_the_new_one)
{
    ck_assert(qc_delete(db, old));
    struct Folio *new = NEW(db, Folio, .id = 1, .title = "new");
    ck_assert(qc_flush(db));
    expect_lines("");
    ck_assert_int_eq(qc_state(db, lines[0]), QC_STATE_DELETED);
    ck_assert(!remark->page_id.set);
    ck_assert_ptr_null(remark->page);
    expect_int(SCALAR(db, SELECT(COUNT(FolioTag_page_id))), 0);
    ck_assert_uint_eq(qc_count(LOAD(db, new, Folio_lines)), 0);
    ck_assert_uint_eq(qc_count(LOAD(db, new, Folio_tags)), 0);
}

IN_PAGES(what_moves_to_the_new_one_stays)
{
    struct Folio *new = NEW(db, Folio, .id = 1, .title = "new");
    ck_assert(qc_delete(db, old));
    remark->page = new;
    lines[1]->page = new;
    ADD_TO(db, new, Folio_tags, tag);
    ck_assert(qc_flush(db));
    expect_lines("1|1|old line");
    ck_assert_int_eq(remark->page_id.value, 1);
    ck_assert_ptr_eq(remark->page, new);
    expect_rows(ALL(db, SELECT(FolioRemark_id, FolioRemark_page_id)), "1|1");
    expect_rows(ALL(db, SELECT(FolioTag_page_id, FolioTag_tag_id)), "1|1");
}

IN_PAGES(what_moves_elsewhere_stays)
{
    ck_assert(qc_delete(db, old));
    NEW(db, Folio, .id = 1, .title = "new");
    ADD_TO(db, other, Folio_remarks, remark);
    lines[0]->page_id = 2;
    ck_assert(qc_flush(db));
    expect_lines("2|0|old line");
    expect_rows(ALL(db, SELECT(FolioRemark_page_id)), "2");
}

/* A whole tree is replaced by another of the same keys. */
IN_PAGES(rows_below_are_taken_over_too)
{
    struct FolioLine *first = NEW(db, FolioLine, .page_id = 1, .number = 0, .words = "by key");
    struct Folio *new = NEW(db, Folio, .id = 1, .title = "new");
    struct FolioLine *second = NEW(db, FolioLine, .page = new, .number = 1, .words = "by pointer");
    ck_assert(qc_delete(db, old));
    ck_assert(qc_flush(db));
    expect_lines("1|0|by key, 1|1|by pointer");
    const struct FolioLine *found[] = {GET(db, FolioLine, 1, 0), GET(db, FolioLine, 1, 1)};
    ck_assert(found[0] == first && found[1] == second);
    ck_assert_int_eq(qc_state(db, lines[0]), QC_STATE_DELETED);
}

/* Two that wait for each other. */
IN_PAGES(rows_in_a_cycle_are_taken_over)
{
    struct FolioKnot *left = NEW(db, FolioKnot, .id = 1);
    struct FolioKnot *right = NEW(db, FolioKnot, .id = 2, .tied = left);
    left->tied = right;
    ck_assert(qc_flush(db));
    ck_assert(qc_delete(db, left) && qc_delete(db, right));
    struct FolioKnot *new = NEW(db, FolioKnot, .id = 1);
    new->tied = NEW(db, FolioKnot, .id = 2, .tied = new);
    ck_assert(qc_flush(db));
    ck_assert_ptr_eq(GET(db, FolioKnot, 1), new);
    expect_rows(ALL(db, SELECT(FolioKnot_id, FolioKnot_tied_id).ORDER_BY(FolioKnot_id)),
                "1|2, 2|1");
}

IN_PAGES(a_stale_row_is_not_taken_over)
{
    expect_int(EXEC(db, UPDATE(Folio).SET(Folio_version, 9).WHERE(EQ(Folio_id, 1))), 1);
    ck_assert(qc_delete(db, old));
    struct Folio *new = NEW(db, Folio, .id = 1, .title = "new");
    ck_assert(!qc_flush(db));
    expect_failure(QC_ERROR_STALE,
                   "the row of Folio 1 was changed by somebody else: it has the version 9",
                   __LINE__ - 3);
    ck_assert_int_eq(qc_state(db, old), QC_STATE_DOOMED);
    ck_assert_int_eq(qc_state(db, new), QC_STATE_PENDING);
    ck_assert_int_eq(new->version, 0);
    ck_assert_ptr_null(new->origin);
    ck_assert_int_eq(qc_state(db, lines[0]), QC_STATE_PERSISTENT);
    ck_assert(qc_refresh(db, old));
    ck_assert(qc_flush(db));
    ck_assert_int_eq(new->version, 10);
}

IN_PAGES(a_rollback_gives_the_row_back)
{
    struct Folio *new = NULL;
    TRANSACTION(db)
    {
        ck_assert(qc_delete(db, old));
        new = NEW(db, Folio, .id = 1, .title = "new");
        ck_assert(qc_flush(db));
        TRANSACTION(db)
        {
            ck_assert(qc_delete(db, new));
            NEW(db, Folio, .id = 1, .title = "newest");
            ck_assert(qc_flush(db));
            break;
        }
        ck_assert_ptr_eq(GET(db, Folio, 1), new);
        ck_assert_str_eq(new->title, "new");
        break;
    }
    ck_assert_int_eq(qc_state(db, new), QC_STATE_TRANSIENT);
    ck_assert_ptr_eq(GET(db, Folio, 1), old);
    ck_assert_int_eq(qc_state(db, lines[0]), QC_STATE_PERSISTENT);
    ck_assert_ptr_eq(remark->page, old);
    old->title = "still old";
    ck_assert(qc_flush(db));
    expect_pages("1|still old|9.00|ours|noted|3, 2|other|1.50|server|NULL|1");
    expect_lines("1|0|old line, 1|1|old line");
}

IN_PAGES(many_rows_are_one_statement)
{
    struct FolioSlip *slips[5];
    for (int i = 0; i < 5; i++)
        slips[i] = NEW(db, FolioSlip, .id = i, .words = "old");
    ck_assert(qc_flush(db));
    ck_assert(qc_soft_delete(db, slips[4]));
    ck_assert(qc_flush(db));
    for (int i = 0; i < 5; i++) {
        ck_assert(qc_delete(db, slips[i]));
        slips[i] = NEW(db, FolioSlip, .id = i, .words = i % 2 ? NULL : "new");
    }
    BUDGET(db, .statements = database == SQLITE_DATABASE ? 5 : 1)
    {
        ck_assert(qc_flush(db));
    }
    expect_rows(ALL(db, SELECT(FolioSlip_id, FolioSlip_words, IS_NULL(FolioSlip_changed_at))
                            .ORDER_BY(FolioSlip_id)),
                "0|new|false, 1|NULL|false, 2|new|false, 3|NULL|false, 4|new|false");
    ck_assert(slips[0]->changed_at.set);
}

/* Nothing differs, and still the row must be there. */
IN_PAGES(a_row_that_is_gone_is_not_taken_over)
{
    struct FolioTag *pair = GET(db, FolioTag, 1, 1);
    ck_assert(qc_delete(db, pair));
    struct FolioTag *again = NEW(db, FolioTag, .page_id = 1, .tag_id = 1);
    ck_assert(qc_flush(db));
    pair = GET(db, FolioTag, 1, 1);
    ck_assert_ptr_eq(pair, again);
    expect_int(SCALAR(db, SELECT(COUNT(FolioTag_page_id))), 1);
    expect_int(EXEC(db, DELETE(FolioTag).ALL_ROWS), 1);
    ck_assert(qc_delete(db, again));
    NEW(db, FolioTag, .page_id = 1, .tag_id = 1);
    ck_assert(!qc_flush(db));
    expect_failure(QC_ERROR_STALE, "the row of FolioTag (1, 1) is not there any more",
                   __LINE__ - 2);
}

IN_PAGES(a_row_does_not_become_one_of_another_model)
{
    struct Kitten *tom = NEW(db, Kitten, .id = 7, .lives = {true, 9});
    ck_assert(qc_flush(db));
    ck_assert(qc_delete(db, tom));
    struct Beast *rex = NEW(db, Beast, .id = 7);
    ck_assert(!qc_flush(db));
    expect_failure(
        QC_ERROR_MISUSE,
        "a new Beast has the key of Kitten 7, which this flush deletes, and a row does not "
        "become one of another model; flush between the two",
        __LINE__ - 5);
    ck_assert(qc_expunge(db, rex));
    NEW(db, Kitten, .id = 7);
    ck_assert(qc_flush(db));
    expect_rows(ALL(db, SELECT(Kitten_id, Kitten_lives)), "7|NULL");
}

IN_PAGES(the_same_pair_leaves_and_comes_in_one_flush)
{
    REMOVE_FROM(db, old, Folio_tags, tag);
    ADD_TO(db, old, Folio_tags, tag);
    ck_assert(qc_flush(db));
    expect_rows(ALL(db, SELECT(FolioTag_page_id, FolioTag_tag_id)), "1|1");
    qc_session_stop(db);
    ck_assert(qc_session_start(db, QC_SESSION_OPTIONS(.context = happened)));
    struct Folio *page = GET(db, Folio, 1); /* its tags are not loaded */
    REMOVE_FROM(db, page, Folio_tags, GET(db, Tag, 1));
    ADD_TO(db, page, Folio_tags, GET(db, Tag, 1));
    ck_assert(qc_flush(db));
    expect_rows(ALL(db, SELECT(FolioTag_page_id, FolioTag_tag_id)), "1|1");
}

IN_PAGES(pairs_of_the_deleted_one_go_before_those_of_the_new_one)
{
    struct Tag *second = GET(db, Tag, 2);
    REMOVE_FROM(db, old, Folio_tags, tag);
    ADD_TO(db, old, Folio_tags, second);
    ck_assert(qc_delete(db, old));
    struct Folio *new = NEW(db, Folio, .id = 1, .title = "new");
    ADD_TO(db, new, Folio_tags, tag);
    ck_assert(qc_flush(db));
    expect_rows(ALL(db, SELECT(FolioTag_page_id, FolioTag_tag_id)), "1|1");
}

IN_PAGES(what_was_added_to_the_deleted_one_is_named)
{
    struct FolioRemark *late = NEW(db, FolioRemark, .words = "late");
    ADD_TO(db, old, Folio_remarks, late);
    late->page = NULL;
    ck_assert(qc_delete(db, old));
    NEW(db, Folio, .id = 1, .title = "new");
    late->page = old;
    ck_assert(!qc_flush(db));
    expect_failure(QC_ERROR_MISUSE, "deleted", __LINE__ - 1);
    late->page = other;
    ck_assert(qc_flush(db));
    expect_rows(ALL(db, SELECT(FolioRemark_page_id).WHERE(EQ(FolioRemark_words, "late"))), "2");
}

Suite *row_switches_suite(void);
Suite *row_switches_suite(void)
{
    Suite *suite = suite_create("row_switches");
    TCase *tests = shop_case(suite);
    ADD_IN_SHOP(tests, a_new_object_takes_over_the_row);
    ADD_IN_SHOP(tests, functions_hear_what_the_program_said);
    ADD_IN_SHOP(tests, what_belonged_to_the_deleted_one_does_not_belong_to_the_new_one);
    ADD_IN_SHOP(tests, what_moves_to_the_new_one_stays);
    ADD_IN_SHOP(tests, what_moves_elsewhere_stays);
    ADD_IN_SHOP(tests, rows_below_are_taken_over_too);
    ADD_IN_SHOP(tests, rows_in_a_cycle_are_taken_over);
    ADD_IN_SHOP(tests, a_stale_row_is_not_taken_over);
    ADD_IN_SHOP(tests, a_rollback_gives_the_row_back);
    ADD_IN_SHOP(tests, many_rows_are_one_statement);
    ADD_IN_SHOP(tests, a_row_that_is_gone_is_not_taken_over);
    ADD_IN_SHOP(tests, a_row_does_not_become_one_of_another_model);
    ADD_IN_SHOP(tests, the_same_pair_leaves_and_comes_in_one_flush);
    ADD_IN_SHOP(tests, pairs_of_the_deleted_one_go_before_those_of_the_new_one);
    ADD_IN_SHOP(tests, what_was_added_to_the_deleted_one_is_named);
    return suite;
}
