/* See scenarios.h: statements, and texts of them; also in a task. */
#include "store.h"

#include <string.h>

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

/* What SQLite has no functions for. */
static bool compute(trial *t)
{
    qc_numeric bent = DIV(ADD(MUL(Owner_amount, Owner_amount), Owner_amount),
                          SUB(Owner_amount, CAST("9.5", NUMERIC(9, 2))));
    qc_row **rows = ALL(t->db, SELECT(Owner_name, AS(ROUND(bent, 2), odd),
                                      AS(ABS(NEG(Owner_amount)), same), AS(MOD(Owner_id, 7), rest),
                                      AS(EXTRACT(YEAR, Owner_made), year),
                                      AS(DATE_TRUNC(MONTH, Owner_made), month))
                                   .ORDER_BY(Owner_amount));
    EACH (qc_row, row, rows)
        see(t, "%s %s %s %lld;", qc_row_text(row, 0), qc_row_text(row, 1), qc_row_text(row, 2),
            (long long)qc_row_int(row, 3));
    if (!rows)
        return false;
    qc_numeric huge = MUL(Owner_amount, CAST("1000000000000000000", NUMERIC(30, 0)));
    qc_row *sums = FIRST(t->db, SELECT(AS(SUM(Owner_amount), total), AS(AVG(Owner_amount), middle),
                                       AS(SUM(huge), large)));
    if (sums)
        see(t, "%s %s %s", qc_row_text(sums, 0), qc_row_text(sums, 1), qc_row_text(sums, 2));
    return sums != NULL;
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

static bool load_a_hierarchy(trial *t)
{
    struct Animal **animals =
        ALL(t->db, SELECT(Animal).WHERE(NE(Animal_name, "x")).ORDER_BY(Animal_id));
    EACH (struct Animal, animal, animals)
        see_text(t, AS_A(Bird, animal) ? AS_A(Bird, animal)->song : animal->kind);
    return animals != NULL;
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

const scenario query_scenarios[] = {
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
    {.name = "extend a kept query", .run = extend_query},
    {.name = "filter from an array", .run = filter_from_array},
    {.name = "insert returning", .run = insert_returning, .returns = true},
    {.name = "insert structs returning", .run = insert_structs_returning,
     .returns = true},
    {.name = "violate a constraint", .run = violate_constraint},
    {.name = "texts", .run = show_texts, .silent = true},
    {.name = "tree", .run = show_tree, .silent = true},
    {.name = "explain", .run = explain_query},
    {.name = "write as a tenant", .run = write_as_a_tenant, .returns = true},
    {.name = "load a hierarchy", .run = load_a_hierarchy},
    {.name = "compute", .run = compute},
    {.name = "count what is related", .run = count_related},
    {.name = "page there and back", .run = page_there_and_back},
    {.name = "work in a task", .run = work_in_a_task, .returns = true},
    {0},
};
