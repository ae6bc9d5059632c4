/* See bad_values.h. */
#include "bad_values.h"

#include "naughty.h"

#include <stdlib.h>
#include <string.h>

MODEL(BadNote, "bad_notes",
    COLUMN(id, BIGINT, PRIMARY_KEY),
    COLUMN(body, TEXT),
    COLUMN(spare, NULLABLE(TEXT)),
    COLUMN(data, NULLABLE(BYTEA)),
    COLUMN(document, NULLABLE(JSONB)))

MODEL(BadCanary, "canary", COLUMN(id, BIGINT, PRIMARY_KEY), COLUMN(song, TEXT))

SCHEMA(cage, BadNote, BadCanary)

enum { ROWS = 150, FIRST_NEW = 10 };

bool values_create(qc_db *db)
{
    return qc_drop_all(db, &cage) && qc_create_all(db, &cage) &&
           EXEC(db, INSERT(BadCanary).SET(BadCanary_id, 1).SET(BadCanary_song, "tweet")) == 1 &&
           EXEC(db, INSERT(BadNote).SET(BadNote_id, 1).SET(BadNote_body, "")) == 1;
}

bool values_store(qc_db *db, const char *text)
{
    return EXEC(db, UPDATE(BadNote).SET(BadNote_body, text).WHERE(EQ(BadNote_id, 1))) == 1;
}

bool values_clean(qc_db *db)
{
    return EXEC(db, DELETE(BadNote).WHERE(GE(BadNote_id, FIRST_NEW))) >= 0;
}

bool values_canary_lives(qc_db *db)
{
    struct BadCanary *canary = ONE(db, SELECT(BadCanary));
    return canary && strcmp(canary->song, "tweet") == 0;
}

/* ---- In a predicate that is true of the row. ---- */

#define TRUE_OF_ROW(name, predicate)                                                               \
    static bool name(qc_db *db, const char *text)                                                  \
    {                                                                                              \
        return SCALAR(db, SELECT(COUNT(BadNote_id)).WHERE(EQ(BadNote_id, 1)).WHERE(predicate)) ==  \
               1;                                                                                  \
    }
TRUE_OF_ROW(equal, EQ(BadNote_body, text))
TRUE_OF_ROW(equal_to_left, EQ(text, BadNote_body))
TRUE_OF_ROW(not_unequal, NOT(NE(BadNote_body, text)))
TRUE_OF_ROW(at_least, GE(BadNote_body, text))
TRUE_OF_ROW(at_most, LE(BadNote_body, text))
TRUE_OF_ROW(not_less, NOT(LT(BadNote_body, text)))
TRUE_OF_ROW(not_greater, NOT(GT(BadNote_body, text)))
TRUE_OF_ROW(not_distinct, IS_NOT_DISTINCT_FROM(BadNote_body, text))
TRUE_OF_ROW(distinct_from_null, IS_DISTINCT_FROM(BadNote_spare, text))
TRUE_OF_ROW(in_list, IN(BadNote_body, "a", text, "b"))
TRUE_OF_ROW(not_not_in_list, NOT(NOT_IN(BadNote_body, text)))
TRUE_OF_ROW(in_array, IN_ARRAY(BadNote_body, ((const char *[]){"a", text, "b"}), 3))
TRUE_OF_ROW(not_not_in_array, NOT(NOT_IN_ARRAY(BadNote_body, (&text), 1)))
TRUE_OF_ROW(between, BETWEEN(BadNote_body, text, text))
TRUE_OF_ROW(not_not_between, NOT(NOT_BETWEEN(BadNote_body, text, text)))
TRUE_OF_ROW(contained, CONTAINS(BadNote_body, text))
TRUE_OF_ROW(contained_inside, CONTAINS(CONCAT("<", BadNote_body, ">"), text))
TRUE_OF_ROW(starting, STARTS_WITH(CONCAT(BadNote_body, "tail"), text))
TRUE_OF_ROW(ending, ENDS_WITH(CONCAT("head", BadNote_body), text))
TRUE_OF_ROW(pattern, OR(LIKE(BadNote_body, text), EQ(BadNote_id, 1)))
TRUE_OF_ROW(caseless_pattern, OR(ILIKE(BadNote_body, text), EQ(BadNote_id, 1)))
TRUE_OF_ROW(in_query, IN(BadNote_id, SELECT(BadNote_id).WHERE(EQ(BadNote_body, text))))
TRUE_OF_ROW(exists, EXISTS(SELECT(BadCanary).WHERE(EQ(VALUE(text), BadNote_body))))
TRUE_OF_ROW(only_if, ONLY_IF(BadNote_id.node != NULL, EQ(BadNote_body, text)))
TRUE_OF_ROW(raw_predicate, RAW(BOOLEAN, "? = ?", BadNote_body, text))
TRUE_OF_ROW(lengths, EQ(LENGTH(BadNote_body), LENGTH(VALUE(text))))

/* ---- In an expression that gives it back. ---- */

static bool is(const char *got, const char *text)
{
    return got && strcmp(got, text) == 0;
}

#define GIVES_BACK(name, expression)                                                               \
    static bool name(qc_db *db, const char *text)                                                  \
    {                                                                                              \
        return is(SCALAR(db, SELECT(expression).FROM(BadNote).WHERE(EQ(BadNote_id, 1))), text);    \
    }
GIVES_BACK(value, VALUE(text))
GIVES_BACK(labelled, AS(VALUE(text), given))
GIVES_BACK(when, CASE(WHEN(EQ(BadNote_id, 1), text), ELSE("no")))
GIVES_BACK(condition_and_else, CASE(WHEN(NE(BadNote_body, text), "no"), ELSE(text)))
GIVES_BACK(coalesced, COALESCE(BadNote_spare, text))
GIVES_BACK(nullified, COALESCE(NULLIF(BadNote_body, text), text))
GIVES_BACK(concatenated, CONCAT("", text))
GIVES_BACK(cast, CAST(VALUE(text), TEXT))
GIVES_BACK(function_argument, FUNC("coalesce", TEXT, BadNote_spare, text))
GIVES_BACK(operator_argument, OP("||", TEXT, VALUE(text), VALUE("")))
GIVES_BACK(raw_argument, RAW(TEXT, "coalesce(?, ?)", BadNote_spare, text))
GIVES_BACK(largest, MAX(VALUE(text)))
GIVES_BACK(filtered, FILTER(MIN(BadNote_body), EQ(BadNote_body, text)))
GIVES_BACK(subquery, SUBQUERY(SELECT(MAX(BadNote_body)).WHERE(EQ(BadNote_body, text))))

static bool ordered(qc_db *db, const char *text)
{
    return is(SCALAR(db, SELECT(BadNote_body).WHERE(EQ(BadNote_id, 1))
        .ORDER_BY(CASE(WHEN(EQ(BadNote_body, text), 0), ELSE(1)))), text);
}

static bool grouped(qc_db *db, const char *text)
{
    qc_text both = CONCAT(BadNote_body, text);
    return SCALAR(db, SELECT(COUNT()).FROM(BadNote).WHERE(EQ(BadNote_id, 1)).GROUP_BY(both)) == 1;
}

static bool having(qc_db *db, const char *text)
{
    return is(SCALAR(db, SELECT(MAX(BadNote_body)).WHERE(EQ(BadNote_id, 1))
        .GROUP_BY(BadNote_id).HAVING(EQ(MAX(BadNote_body), text))), text);
}

static bool joined(qc_db *db, const char *text)
{
    ALIAS(BadNote, other);
    return is(SCALAR(db, SELECT(other.body).FROM(BadCanary).JOIN(other, EQ(other.body, text))
        .WHERE(EQ(other.id, 1))), text);
}

static bool united(qc_db *db, const char *text)
{
    return is(SCALAR(db, SELECT(VALUE(text)).UNION(SELECT(VALUE(text)))), text);
}

static bool generic_row(qc_db *db, const char *text)
{
    qc_row *row = FIRST(db, SELECT(BadNote_id, BadNote_body, VALUE(text)).WHERE(EQ(BadNote_id, 1)));
    return row && is(qc_row_text(row, 1), text) && is(qc_row_text(row, 2), text);
}

static bool streamed(qc_db *db, const char *text)
{
    bool found = false;
    STREAM(note, db, SELECT(BadNote).WHERE(EQ(BadNote_body, text)))
        found = is(note->body, text);
    return found;
}

static bool kept(qc_db *db, const char *text)
{
    QUERY_OF(BadNote) query = QUERY(SELECT(BadNote).WHERE(EQ(BadNote_id, 1)));
    query = QUERY(EXTEND(query).WHERE(EQ(BadNote_body, text)));
    struct BadNote *note = ONE(db, query);
    return note && is(note->body, text);
}

/* ---- Written and read again. ---- */

static bool inserted(qc_db *db, const char *text)
{
    struct BadNote *note = FIRST(db, INSERT(BadNote)
        .SET(BadNote_id, FIRST_NEW).SET(BadNote_body, text).SET(BadNote_spare, text).RETURNING());
    return note && is(note->body, text) && is(note->spare, text);
}

static bool updated(qc_db *db, const char *text)
{
    struct BadNote *note = FIRST(db, UPDATE(BadNote)
        .SET(BadNote_body, text).WHERE(EQ(BadNote_id, 1)).RETURNING(BadNote_body));
    return note && is(note->body, text);
}

static bool deleted(qc_db *db, const char *text)
{
    return EXEC(db, INSERT(BadNote).SET(BadNote_id, FIRST_NEW).SET(BadNote_body, text)) == 1 &&
           EXEC(db,
                DELETE(BadNote).WHERE(EQ(BadNote_body, text)).WHERE(EQ(BadNote_id, FIRST_NEW))) ==
               1;
}

static bool inserted_from_query(qc_db *db, const char *text)
{
    return EXEC(db, INSERT(BadNote).COLUMNS(BadNote_id, BadNote_body)
                    .FROM_QUERY(SELECT(VALUE((int64_t)FIRST_NEW), VALUE(text)))) == 1 &&
           is(SCALAR(db, SELECT(BadNote_body).WHERE(EQ(BadNote_id, FIRST_NEW))), text);
}

static bool insert_structs(qc_db *db, const char *text, int count)
{
    struct BadNote notes[ROWS] = {{0}};
    for (int i = 0; i < count; i++)
        notes[i] = (struct BadNote){.id = FIRST_NEW + i, .body = text, .spare = text,
                                    .data = {text, strlen(text)}};
    if (EXEC(db, INSERT_ROWS(BadNote, notes, count)) != count)
        return false;
    struct BadNote **stored = ALL(db, SELECT(BadNote).WHERE(GE(BadNote_id, FIRST_NEW)));
    bool good = qc_count(stored) == (size_t)count;
    EACH(struct BadNote, note, stored)
        good = good && is(note->body, text) && is(note->spare, text) &&
               note->data.size == strlen(text) &&
               memcmp(note->data.data, text, note->data.size) == 0;
    return good;
}

static bool one_struct(qc_db *db, const char *text)
{
    return insert_structs(db, text, 1);
}

static bool some_structs(qc_db *db, const char *text)
{
    return insert_structs(db, text, 7);
}

static bool many_structs(qc_db *db, const char *text)
{
    return insert_structs(db, text, ROWS);
}

/* As a member of a JSON document, which is read back as text. */
static bool document(qc_db *db, const char *text)
{
    char *json = naughty_json(text);
    char *whole = malloc(strlen(json) + 20);
    strcat(strcat(strcpy(whole, "{\"member\": "), json), "}");
    bool good =
        EXEC(db, UPDATE(BadNote).SET(BadNote_document, whole).WHERE(EQ(BadNote_id, 1))) == 1 &&
        is(SCALAR(db, SELECT(OP("->>", TEXT, BadNote_document, VALUE("member")))
                          .WHERE(EQ(BadNote_id, 1))), text);
    free(whole);
    free(json);
    return good;
}

const position positions[] = {
    {"EQ", equal, false},
    {"EQ to the left", equal_to_left, false},
    {"NE", not_unequal, false},
    {"GE", at_least, false},
    {"LE", at_most, false},
    {"LT", not_less, false},
    {"GT", not_greater, false},
    {"IS_NOT_DISTINCT_FROM", not_distinct, false},
    {"IS_DISTINCT_FROM", distinct_from_null, false},
    {"IN", in_list, false},
    {"NOT_IN", not_not_in_list, false},
    {"IN_ARRAY", in_array, false},
    {"NOT_IN_ARRAY", not_not_in_array, false},
    {"BETWEEN", between, false},
    {"NOT_BETWEEN", not_not_between, false},
    {"CONTAINS", contained, false},
    {"CONTAINS inside", contained_inside, false},
    {"STARTS_WITH", starting, false},
    {"ENDS_WITH", ending, false},
    {"LIKE", pattern, true},
    {"ILIKE", caseless_pattern, true},
    {"IN of a query", in_query, false},
    {"EXISTS", exists, false},
    {"ONLY_IF", only_if, false},
    {"RAW predicate", raw_predicate, false},
    {"LENGTH", lengths, false},
    {"VALUE", value, false},
    {"AS", labelled, false},
    {"WHEN", when, false},
    {"ELSE", condition_and_else, false},
    {"COALESCE", coalesced, false},
    {"NULLIF", nullified, false},
    {"CONCAT", concatenated, false},
    {"CAST", cast, false},
    {"FUNC", function_argument, false},
    {"OP", operator_argument, false},
    {"RAW", raw_argument, false},
    {"MAX", largest, false},
    {"FILTER", filtered, false},
    {"SUBQUERY", subquery, false},
    {"ORDER_BY", ordered, false},
    {"GROUP_BY", grouped, false},
    {"HAVING", having, false},
    {"JOIN", joined, false},
    {"UNION", united, false},
    {"generic rows", generic_row, false},
    {"STREAM", streamed, false},
    {"a kept query", kept, false},
    {"INSERT", inserted, false},
    {"UPDATE", updated, false},
    {"DELETE", deleted, false},
    {"FROM_QUERY", inserted_from_query, false},
    {"INSERT_ROW", one_struct, false},
    {"INSERT_ROWS", some_structs, false},
    {"INSERT_ROWS in bulk", many_structs, false},
    {"JSONB", document, false},
};
const int position_count = sizeof(positions) / sizeof(positions[0]);
