/* See probes.h: names, values and numbers. */
#include "probes.h"

#include "hostile_table.h"
#include "naughty.h"

#include <stdlib.h>
#include <string.h>

MODEL(Probe, "probes",
    COLUMN(id, BIGINT, PRIMARY_KEY),
    COLUMN(body, TEXT),
    COLUMN(document, NULLABLE(JSONB)),
    COLUMN(data, NULLABLE(BYTEA)),
    COLUMN(number, NULLABLE(NUMERIC)))

SCHEMA(probing, Probe)

static bool is(const char *got, const char *text)
{
    return got && strcmp(got, text) == 0;
}

static bool is_postgresql(const qc_db *db)
{
    return strcmp(qc_dialect_name(db), "postgresql") == 0;
}

/* A table of one row: id 1 and the text. */
static bool begin(qc_db *db, const char *text)
{
    return qc_create_all(db, &probing) && EXEC(db, DELETE(Probe).ALL_ROWS) >= 0 &&
           EXEC(db, INSERT(Probe).SET(Probe_id, 1).SET(Probe_body, text)) == 1;
}

/* ---- Names. ---- */

static bool use(qc_db *db, const hostile_table *h)
{
    bool good = qc_create_all(db, &h->schema) && hostile_insert(db, h, "x") == 1 &&
                is(hostile_find(db, h, "x"), "x") && hostile_delete(db, h, "x") == 1;
    return qc_drop_all(db, &h->schema) && good;
}

bool as_table(qc_db *db, const char *input)
{
    static hostile_table h;
    hostile_table_init(&h, input, "text", NULL);
    return use(db, &h);
}

bool as_column(qc_db *db, const char *input)
{
    static hostile_table h;
    hostile_table_init(&h, "hostile", input, NULL);
    return use(db, &h);
}

bool as_index(qc_db *db, const char *input)
{
    static hostile_table h;
    hostile_table_init(&h, "hostile", "text", input);
    return use(db, &h);
}

bool as_label(qc_db *db, const char *input)
{
    qc_row *row = FIRST(db, SELECT(QC_LABELLED(VALUE("x"), input), VALUE("y")));
    return row && is(qc_row_name(row, 0), input) && is(qc_row_text(row, 0), "x");
}

bool as_alias(qc_db *db, const char *input)
{
    struct Probe_columns other;
    qc_alias_init(&other.qc_head, &qc_table_Probe, input);
    return begin(db, "x") && is(SCALAR(db, SELECT(other.body).WHERE(EQ(other.id, 1))), "x");
}

bool as_function_of_site(qc_db *db, const char *input)
{
    const qc_site site = {input, input, -1};
    const qc_mark mark = qc_begin_query();
    qc_text x = VALUE("x");
    const qc_clause clauses[] = {{.kind = QC_CLAUSE_HEAD, .node = x.node}, {.kind = QC_CLAUSE_END}};
    const char *got = NULL;
    qc_set_site_comments(db, true);
    bool good = qc_scalar(db, &site, mark, clauses, &got, false);
    qc_set_site_comments(db, false);
    return good && is(got, "x");
}

/* ---- Values. ---- */

bool as_value(qc_db *db, const char *input)
{
    return begin(db, input) &&
           is(SCALAR(db, SELECT(Probe_body).WHERE(EQ(Probe_body, input))), input) &&
           SCALAR(db, SELECT(COUNT(Probe_id)).WHERE(NE(Probe_body, input))) == 0 && qc_ok(db);
}

static bool store_document(qc_db *db, const char *key, const char *text)
{
    char *name = naughty_json(key), *value = naughty_json(text);
    char *whole = malloc(strlen(name) + strlen(value) + 4);
    strcat(strcat(strcat(strcat(strcpy(whole, "{"), name), ":"), value), "}");
    bool good = begin(db, "x") &&
                EXEC(db, UPDATE(Probe).SET(Probe_document, whole).WHERE(EQ(Probe_id, 1))) == 1;
    free(name);
    free(value);
    free(whole);
    return good;
}

/* SQLite reads a key as a path; then it may find nothing. */
bool as_json_key(qc_db *db, const char *input)
{
    if (!store_document(db, input, "found"))
        return false;
    const char *got = SCALAR_OR_NULL(db, SELECT(OP("->>", TEXT, Probe_document, VALUE(input))));
    return is(got, "found") || (!is_postgresql(db) && !got);
}

bool as_json_text(qc_db *db, const char *input)
{
    return store_document(db, "key", input) &&
           is(SCALAR(db, SELECT(OP("->>", TEXT, Probe_document, VALUE("key")))), input);
}

bool as_cast(qc_db *db, const char *input)
{
    return is(SCALAR(db, SELECT(CAST(VALUE(input), TEXT))), input);
}

bool as_argument(qc_db *db, const char *input)
{
    return is(SCALAR(db, SELECT(FUNC("coalesce", TEXT, VALUE(input), "no"))), input) &&
           is(SCALAR(db, SELECT(OP("||", TEXT, VALUE(input), VALUE("")))), input) &&
           is(SCALAR(db, SELECT(RAW(TEXT, "coalesce(?, '?')", VALUE(input)))), input);
}

bool as_subquery(qc_db *db, const char *input)
{
    if (!begin(db, input))
        return false;
    qc_text nested = SUBQUERY(SELECT(MAX(Probe_body)).WHERE(EQ(Probe_body, input)));
    struct Probe *row = FIRST(db, UPDATE(Probe).SET(Probe_body, input)
        .WHERE(IN(Probe_body, SELECT(Probe_body).WHERE(EQ(Probe_body, input)))).RETURNING());
    return row && is(row->body, input) && is(SCALAR(db, SELECT(nested)), input) &&
           is(SCALAR(db,
                     SELECT(Probe_body).ORDER_BY(CASE(WHEN(EQ(Probe_body, input), 1), ELSE(2)))),
              input);
}

bool as_row(qc_db *db, const char *input)
{
    struct Probe rows[120] = {{0}};
    for (int i = 0; i < 120; i++)
        rows[i] = (struct Probe){.id = 10 + i, .body = input, .data = {input, strlen(input)}};
    return begin(db, "x") && EXEC(db, INSERT_ROWS(Probe, rows, 120)) == 120 &&
           SCALAR(db, SELECT(COUNT(Probe_id)).WHERE(EQ(Probe_body, input))) == 120;
}

/* DEFAULT(text) of a model. */
bool as_default(qc_db *db, const char *input)
{
    static hostile_table h;
    hostile_table_init(&h, "hostile", "text", NULL);
    h.columns[1].value = (qc_default){.set = true, .text = input};
    const qc_clause clauses[] = {
        {.kind = QC_CLAUSE_HEAD, .node = &h.range},
        {.kind = QC_CLAUSE_INSERT},
        {.kind = QC_CLAUSE_SET, .node = qc_assign(hostile_id(&h).node, VALUE((int64_t)1).node)},
        {.kind = QC_CLAUSE_END}};
    static const qc_site site = {__FILE__, "as_default", 1};
    bool good = qc_create_all(db, &h.schema) &&
                qc_exec(db, &site, qc_begin_query(), clauses) == 1 &&
                is(hostile_find(db, &h, input), input);
    return qc_drop_all(db, &h.schema) && good;
}

/* What was stored once is used again, as a value and as a name. */
bool as_second_order(qc_db *db, const char *input)
{
    if (!begin(db, input))
        return false;
    const char *stored = SCALAR(db, SELECT(Probe_body));
    return is(stored, input) &&
           is(SCALAR(db, SELECT(Probe_body).WHERE(IN_ARRAY(Probe_body, &stored, 1))), input) &&
           as_label(db, stored);
}

bool as_like(qc_db *db, const char *input)
{
    return begin(db, input) &&
           SCALAR(db, SELECT(COUNT(Probe_id)).WHERE(CONTAINS(Probe_body, input))) == 1 &&
           EXEC(db, UPDATE(Probe).SET(Probe_body, "something else").WHERE(EQ(Probe_id, 1))) == 1 &&
           SCALAR(db, SELECT(COUNT(Probe_id)).WHERE(CONTAINS(Probe_body, input))) == 0 && qc_ok(db);
}

bool as_broken(qc_db *db, const char *input)
{
    SCALAR(db, SELECT(VALUE(input)));
    return qc_error(db)->code == QC_ERROR_VALUE;
}

/* With the server reading backslashes in strings, as it once did. */
bool as_old_strings(qc_db *db, const char *input)
{
    return (!is_postgresql(db) || qc_execute(db, "SET standard_conforming_strings = off")) &&
           as_value(db, input) && as_argument(db, input) && as_like(db, input);
}

bool as_numeric(qc_db *db, const char *input)
{
    qc_numeric_value value = qc_numeric_of(input);
    bool valid = qc_numeric_valid(input);
    bool taken = begin(db, "x") &&
                 EXEC(db, UPDATE(Probe).SET(Probe_number, value).WHERE(EQ(Probe_id, 1))) == 1;
    if (!valid)
        return !taken && qc_error(db)->code == QC_ERROR_VALUE;
    qc_numeric_value stored = SCALAR_OR_NULL(db, SELECT(Probe_number));
    return taken && stored.text && is(stored.text, input);
}

bool as_many_arguments(qc_db *db, const char *input)
{
    qc_text x = VALUE(input);
    const char *got = SCALAR(db, SELECT(CONCAT(x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x)));
    bool good = got && strlen(got) == 17 * strlen(input);
    return good &&
           is(SCALAR(db, SELECT(COALESCE(x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x))),
              input);
}

/* ---- Numbers. ---- */

/* Beside a minus: "- -1" must not become a comment. */
bool as_arithmetic(qc_db *db, const char *input)
{
    int64_t n = strtoll(input, NULL, 10);
    if (!begin(db, "x"))
        return false;
    return SCALAR(db, SELECT(SUB(Probe_id, n))) == 1 - n &&
           SCALAR(db, SELECT(SUB(Probe_id, NEG(VALUE(n))))) == 1 + n &&
           SCALAR(db, SELECT(NEG(NEG(NEG(VALUE(n)))))) == -n &&
           SCALAR(db, SELECT(SUB(NEG(Probe_id), NEG(NEG(VALUE(n)))))) == -1 - n &&
           SCALAR(db, SELECT(MUL(NEG(Probe_id), SUB(Probe_id, n)))) == n - 1 && qc_ok(db);
}

bool as_limit(qc_db *db, const char *input)
{
    int64_t n = strtoll(input, NULL, 10);
    if (!begin(db, "x"))
        return false;
    size_t found = qc_count(ALL(db, SELECT(Probe).LIMIT(n)));
    if (n < 0 && qc_ok(db))
        return false;
    return found == (n > 0) && (n < 0 || qc_ok(db));
}

/* A value, an array and a list of rows of so many bytes, elements, structs that are not there. */
bool as_size(qc_db *db, const char *input)
{
    size_t size = (size_t)strtoull(input, NULL, 10);
    qc_bytea_value bytes = {"few", size};
    int64_t ids[2] = {1, 2};
    struct Probe rows[2] = {{.id = 5, .body = "x"}, {.id = 6, .body = "y"}};
    if (!begin(db, "x"))
        return false;
    bool refused = EXEC(db, UPDATE(Probe).SET(Probe_data, bytes).ALL_ROWS) < 0 &&
                   qc_error(db)->code == QC_ERROR_TOO_BIG;
    ALL(db, SELECT(Probe).WHERE(IN_ARRAY(Probe_id, ids, size)));
    refused &= qc_error(db)->code == QC_ERROR_TOO_BIG;
    EXEC(db, INSERT_ROWS(Probe, rows, size));
    refused &= qc_error(db)->code == QC_ERROR_TOO_MANY;
    return refused && SCALAR(db, SELECT(COUNT(Probe_id))) == 1;
}
