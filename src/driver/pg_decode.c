/* Binary results straight into structs.
 *
 * For each column of a result the pair of its type and the server's chooses a function, once; the
 * function then writes the column of a batch of rows, which is small enough to stay in the cache.
 * Types that differ are converted where that is exact. Nothing the server sends is trusted: every
 * length is checked, and a value that does not fit is QC_ERROR_DECODE, never another value.
 */
#include "driver/pg_get.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 64 };
enum { ANY_WIDTH = -1 };
enum { RECORDS_OID = 2287 }; /* record[], as it is: for qc_pg_unpack */
static const uint32_t NO_FLAG = UINT32_MAX;

typedef enum qc_code decode(const batch *b, const qc_pg_column *column);

struct qc_pg_column {
    decode *decode;
    get *one;  /* the same of one value */
    uint32_t oid; /* of the type that is sent */
    int width; /* bytes that `one` takes, or ANY_WIDTH */
    uint32_t place; /* of the value, from the row */
    uint32_t flag;  /* of the optional's `set`; NO_FLAG */
    int index;
    bool takes_null;
    bool points; /* the value may be a pointer to what was sent */
};

/* ---- A column of a batch. ---- */

static const char *type_name(uint32_t oid, char buffer[32])
{
    static const struct {
        uint32_t oid;
        const char *name;
    } others[] = {{18, "\"char\""}, {19, "name"},      {26, "oid"},       {114, "json"},
                  {142, "xml"},     {600, "point"},    {650, "cidr"},     {790, "money"},
                  {869, "inet"},    {1042, "char(n)"}, {1043, "varchar"}, {1186, "interval"},
                  {1266, "timetz"}, {1560, "bit"},     {2249, "record"},  {2278, "void"}};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (others[i].oid == oid)
            return others[i].name;
    for (int type = QC_TYPE_none + 1; type < QC_TYPE_COUNT; type++) {
        if (qc_type_infos[type].oid == oid)
            return qc_type_infos[type].pg_name;
        if (qc_type_infos[type].array_oid == oid) {
            snprintf(buffer, 32, "%s[]", qc_type_infos[type].pg_name);
            return buffer;
        }
    }
    snprintf(buffer, 32, "the type with OID %lu", (unsigned long)oid);
    return buffer;
}

static enum qc_code name_column(qc_connection *c, const qc_result_column *column)
{
    c->error->error.column = qc_error_text(c->error, column->name);
    return c->error->error.code;
}

static enum qc_code fail_sent(qc_connection *c, const qc_result_column *column, uint32_t oid,
                              enum qc_code code)
{
    char buffer[32];
    if (code == QC_ERROR_NOMEM)
        return qc_pg_nomem(c);
    if (code == QC_ERROR_VALUE)
        return qc_fetch_refuse_text(column, c->error);
    qc_error_set(c->error, QC_ERROR_DECODE,
                 "%s: the database sent a value of %s that %s cannot hold", column->name,
                 type_name(oid, buffer), qc_type_infos[column->type].word);
    return name_column(c, column);
}

static enum qc_code fail_value(const batch *b, int index, enum qc_code code)
{
    return fail_sent(b->c, &b->shape->columns[index], PQftype(b->result, index), code);
}

/* A value that has not the length of its type: NULL, or an error. */
static enum qc_code take_odd(const batch *b, const qc_pg_column *column, int row)
{
    if (!PQgetisnull(b->result, row, column->index))
        return fail_value(b, column->index, QC_ERROR_DECODE);
    return column->takes_null
               ? QC_ERROR_OK
               : qc_fetch_refuse_null(&b->shape->columns[column->index], b->c->error);
}

/* Inlined in each of the functions below, with `width` and `one` constant. The rows are zeroed. */
static inline __attribute__((always_inline)) enum qc_code
decode_column(const batch *b, const qc_pg_column *column, int width, get *one)
{
    char *row = b->rows;
    for (int i = b->first; i < b->first + b->count; i++, row += b->stride) {
        const int length = PQgetlength(b->result, i, column->index);
        enum qc_code code = QC_ERROR_OK;
        if (width == ANY_WIDTH ? length == 0 && PQgetisnull(b->result, i, column->index)
                               : length != width) {
            code = take_odd(b, column, i);
            if (code != QC_ERROR_OK)
                return code;
            continue;
        }
        code = one(b, PQgetvalue(b->result, i, column->index), length, row + column->place);
        if (code != QC_ERROR_OK)
            return fail_value(b, column->index, code);
        if (column->flag != NO_FLAG)
            *(bool *)(row + column->flag) = true;
    }
    return QC_ERROR_OK;
}

/* Of the types that the library knows; a number is that of another type of PostgreSQL's. */
enum {
#define QC_ROW(name, ctype, optional, class_, sum, avg, oid, ...) OID_##name = oid,
    QC_TYPES(QC_ROW)
#undef QC_ROW
};

/* What is sent and where it goes: name, expected type, OID sent, bytes, get. First each type's own.
 */
#define EXACT(X)                                                                                   \
    X(bool, bool, OID_bool, 1, get_bool)                                                           \
    X(smallint, smallint, OID_smallint, 2, get_16)                                                 \
    X(int, int, OID_int, 4, get_32)                                                                \
    X(bigint, bigint, OID_bigint, 8, get_64)                                                       \
    X(numeric, numeric, OID_numeric, ANY_WIDTH, get_numeric)                                       \
    X(real, real, OID_real, 4, get_32)                                                             \
    X(double, double, OID_double, 8, get_64)                                                       \
    X(text, text, OID_text, ANY_WIDTH, get_text)                                                   \
    X(bytea, bytea, OID_bytea, ANY_WIDTH, get_bytea)                                               \
    X(date, date, OID_date, 4, get_32)                                                             \
    X(time, time, OID_time, 8, get_time)                                                           \
    X(timestamp, timestamp, OID_timestamp, 8, get_64)                                              \
    X(timestamptz, timestamptz, OID_timestamptz, 8, get_64)                                        \
    X(uuid, uuid, OID_uuid, 16, get_uuid)                                                          \
    X(jsonb, json, OID_json, ANY_WIDTH, get_jsonb)
#define CONVERTED(X)                                                                               \
    X(smallint_int, smallint, OID_int, 4, smallint_of_4)                                           \
    X(smallint_bigint, smallint, OID_bigint, 8, smallint_of_8)                                     \
    X(smallint_numeric, smallint, OID_numeric, ANY_WIDTH, smallint_of_numeric)                     \
    X(int_smallint, int, OID_smallint, 2, int_of_2)                                                \
    X(int_bigint, int, OID_bigint, 8, int_of_8)                                                    \
    X(int_numeric, int, OID_numeric, ANY_WIDTH, int_of_numeric)                                    \
    X(bigint_smallint, bigint, OID_smallint, 2, bigint_of_2)                                       \
    X(bigint_int, bigint, OID_int, 4, bigint_of_4)                                                 \
    X(bigint_numeric, bigint, OID_numeric, ANY_WIDTH, bigint_of_numeric)                           \
    X(numeric_smallint, numeric, OID_smallint, 2, numeric_of_2)                                    \
    X(numeric_int, numeric, OID_int, 4, numeric_of_4)                                              \
    X(numeric_bigint, numeric, OID_bigint, 8, numeric_of_8)                                        \
    X(real_double, real, OID_double, 8, real_of_double)                                            \
    X(real_smallint, real, OID_smallint, 2, real_of_2)                                             \
    X(real_int, real, OID_int, 4, real_of_4)                                                       \
    X(real_bigint, real, OID_bigint, 8, real_of_8)                                                 \
    X(double_real, double, OID_real, 4, double_of_real)                                            \
    X(double_smallint, double, OID_smallint, 2, double_of_2)                                       \
    X(double_int, double, OID_int, 4, double_of_4)                                                 \
    X(double_bigint, double, OID_bigint, 8, double_of_8)                                           \
    X(timestamp_date, timestamp, OID_date, 4, timestamp_of_date)                                   \
    X(char, text, 18, 1, get_char)                                                                 \
    X(json, json, 114, ANY_WIDTH, get_text)

#define X(name, type, oid, width, one)                                                             \
    static enum qc_code decode_##name(const batch *b, const qc_pg_column *column)                  \
    {                                                                                              \
        return decode_column(b, column, width, one);                                               \
    }
EXACT(X)
CONVERTED(X)
#undef X

typedef struct decoder {
    uint8_t type;
    uint32_t oid;
    decode *decode;
    get *one;
    int width;
} decoder;

#define X(name, expected, sent, width, one)                                                        \
    [QC_TYPE_##expected] = {QC_TYPE_##expected, sent, decode_##name, one, width},
static const decoder exact[QC_TYPE_COUNT] = {EXACT(X)};
#undef X
#define X(name, expected, sent, width, one)                                                        \
    {QC_TYPE_##expected, sent, decode_##name, one, width},
static const decoder converted[] = {CONVERTED(X)};
#undef X

/* ---- The plan. ---- */

/* Types whose binary form is their text: name, json, unknown, char(n), varchar; void's is
 * empty. */
static bool is_sent_as_text(uint32_t oid)
{
    return oid == 19 || oid == 114 || oid == 705 || oid == 1042 || oid == 1043 ||
           oid == 2278;
}

static const decoder *find_decoder(int type, uint32_t oid)
{
    if (exact[type].oid == oid || (type == QC_TYPE_text && is_sent_as_text(oid)) ||
        (type == QC_TYPE_bytea && oid == RECORDS_OID))
        return &exact[type];
    for (size_t i = 0; i < sizeof(converted) / sizeof(converted[0]); i++)
        if (converted[i].type == type && converted[i].oid == oid)
            return &converted[i];
    return NULL;
}

static enum qc_code fail_type(qc_connection *c, const qc_result_column *column, uint32_t oid)
{
    char buffer[32];
    const char *word = qc_type_infos[column->type].word;
    qc_error_set(c->error, QC_ERROR_DECODE,
                 "%s: the query expects %s, but the database sends %s; CAST(…, %s) makes it that",
                 column->name, word, type_name(oid, buffer), word);
    return name_column(c, column);
}

static enum qc_code plan_column(qc_connection *c, qc_pg_plan *plan, const PGresult *result,
                                const qc_shape *shape, int index)
{
    const qc_result_column *column = &shape->columns[index];
    const qc_type_info *info = &qc_type_infos[column->type];
    const uint32_t oid = PQftype(result, index);
    const decoder *found = find_decoder(column->type, oid);
    if (!found)
        return fail_type(c, column, oid);
    const bool nullable = qc_fetch_nullable(shape, (unsigned)index);
    const uint32_t value_offset = nullable ? info->value_offset : 0;
    const uint32_t offset = (uint32_t)qc_fetch_part_offset(shape, column->part) + column->offset;
    plan->borrows |= info->pointer && column->type != QC_TYPE_numeric;
    plan->columns[index] = (qc_pg_column){
        .decode = found->decode,
        .one = found->one,
        .oid = oid,
        .width = found->width,
        .place = offset + value_offset,
        .flag = value_offset ? offset : NO_FLAG,
        .index = index,
        .points = found->one == get_text && !value_offset,
        .takes_null = nullable || shape->parts[column->part].optional,
    };
    return QC_ERROR_OK;
}

void qc_pg_plan_clear(qc_pg_plan *plan)
{
    free(plan->memory);
    *plan = (qc_pg_plan){0};
}

static bool begin_plan(qc_pg_plan *plan, const qc_shape *shape)
{
    const size_t count = shape->column_count, own = count * sizeof(*plan->columns);
    qc_pg_plan_clear(plan);
    char *memory = malloc(own + count * sizeof(*plan->shape) + 1);
    if (!memory)
        return false;
    *plan = (qc_pg_plan){.memory = memory,
                         .columns = (qc_pg_column *)(void *)memory,
                         .shape = (qc_result_column *)(void *)(memory + own),
                         .count = shape->column_count,
                         .generic = shape->generic};
    if (count)
        memcpy(plan->shape, shape->columns, count * sizeof(*plan->shape));
    return true;
}

/* Rows of several parts are planned each time: their offsets depend on more than the columns. */
_Static_assert(sizeof(qc_result_column) == sizeof(void *) + 8, "no padding, so memcmp compares");
static bool serves(const qc_pg_plan *plan, const qc_shape *shape)
{
    return plan->ready && shape->part_count == 1 && plan->count == shape->column_count &&
           plan->generic == shape->generic &&
           memcmp(plan->shape, shape->columns, plan->count * sizeof(*plan->shape)) == 0;
}

bool qc_pg_plan_fits(const qc_pg_plan *plan, const PGresult *result)
{
    if (PQnfields(result) != plan->count)
        return false;
    for (int i = 0; i < plan->count; i++)
        if (PQftype(result, i) != plan->columns[i].oid)
            return false;
    return PQbinaryTuples(result) || !plan->count;
}

enum qc_code qc_pg_plan_result(qc_connection *c, const PGresult *result, const qc_shape *shape)
{
    qc_pg_plan *plan = c->current ? &c->current->plan : &c->own_plan;
    const int count = PQnfields(result);
    c->plan = plan;
    if (count != shape->column_count)
        return qc_error_set(c->error, QC_ERROR_DECODE,
                            "the query expects %d columns, but the database sends %d",
                            (int)shape->column_count, count);
    if (count && PQresultStatus(result) != PGRES_COMMAND_OK && !PQbinaryTuples(result))
        return qc_error_set(c->error, QC_ERROR_DECODE, "the database sends texts, not binary");
    if (c->current && serves(plan, shape) && qc_pg_plan_fits(plan, result))
        return QC_ERROR_OK;
    if (!begin_plan(plan, shape))
        return qc_pg_nomem(c);
    enum qc_code code = QC_ERROR_OK;
    for (int i = 0; i < count && code == QC_ERROR_OK; i++)
        code = plan_column(c, plan, result, shape, i);
    plan->ready = code == QC_ERROR_OK && shape->part_count == 1;
    return code;
}

/* ---- All rows. ---- */

static enum qc_code settle_row(const batch *b, void *row, const bool *nulls)
{
    const int bad = qc_fetch_settle(b->shape, row, nulls);
    if (bad < QC_FETCH_SETTLED)
        return qc_fetch_refuse(b->shape, row, bad, b->c->error);
    return bad < 0 ? QC_ERROR_OK : qc_fetch_refuse_null(&b->shape->columns[bad], b->c->error);
}

/* Optional entities whose columns are all NULL become NULL pointers. */
static enum qc_code settle(const batch *b)
{
    const unsigned columns = b->shape->column_count;
    bool *nulls = malloc(columns ? columns * sizeof(*nulls) : 1);
    if (!nulls)
        return qc_pg_nomem(b->c);
    enum qc_code code = QC_ERROR_OK;
    for (int i = 0; i < b->count && code == QC_ERROR_OK; i++) {
        for (unsigned c = 0; c < columns; c++)
            nulls[c] = PQgetisnull(b->result, b->first + i, (int)c);
        code = settle_row(b, b->rows + (size_t)i * b->stride, nulls);
    }
    free(nulls);
    return code;
}

static enum qc_code decode_batch(const batch *b)
{
    const qc_pg_column *columns = b->c->plan->columns;
    enum qc_code code = QC_ERROR_OK;
    for (unsigned i = 0; i < b->shape->column_count && code == QC_ERROR_OK; i++)
        code = columns[i].decode(b, &columns[i]);
    if (code == QC_ERROR_OK && b->shape->part_count > 1)
        code = settle(b);
    return code;
}

/* ---- One row. ---- */

static enum qc_code fail_field(const batch *b, const qc_pg_column *column, enum qc_code code)
{
    return code == QC_ERROR_NULL_RESULT
               ? qc_fetch_refuse_null(&b->shape->columns[column->index], b->c->error)
               : fail_value(b, column->index, code);
}

static inline __attribute__((always_inline)) enum qc_code
decode_field(const batch *b, const qc_pg_column *column, const char *data, int length)
{
    if (length < 0)
        return column->takes_null ? QC_ERROR_OK : fail_field(b, column, QC_ERROR_NULL_RESULT);
    if (column->width != length && column->width != ANY_WIDTH)
        return fail_field(b, column, QC_ERROR_DECODE);
    const enum qc_code code = column->one(b, data, length, b->rows + column->place);
    if (code != QC_ERROR_OK)
        return fail_field(b, column, code);
    if (column->flag != NO_FLAG)
        *(bool *)(b->rows + column->flag) = true;
    return QC_ERROR_OK;
}

/* A loop over its values is shorter than a loop over rows for each column. */
static enum qc_code decode_values(const batch *b)
{
    const PGresult *result = b->result;
    const qc_pg_column *column = b->c->plan->columns;
    const int count = b->shape->column_count;
    for (int i = 0; i < count; i++, column++) {
        const char *data = PQgetvalue(result, 0, i);
        int length = PQgetlength(result, 0, i);
        if (column->points && b->borrow && qc_utf8_plain(data, (size_t)length)) {
            memcpy(b->rows + column->place, &data, sizeof(data));
            continue;
        }
        if (length == 0 && PQgetisnull(result, 0, i))
            length = -1;
        const enum qc_code code = decode_field(b, column, data, length);
        if (code != QC_ERROR_OK)
            return code;
    }
    return b->shape->part_count > 1 ? settle(b) : QC_ERROR_OK;
}

enum qc_code qc_pg_decode_row(qc_connection *c, const PGresult *result, qc_fetch *fetch,
                              bool borrow, void **ret_row)
{
    const batch b = {.c = c,
                     .shape = fetch->shape,
                     .result = result,
                     .arena = fetch->arena,
                     .borrow = borrow,
                     .rows = qc_fetch_only_row(fetch),
                     .count = 1};
    const enum qc_code code = b.rows ? decode_values(&b) : qc_pg_nomem(c);
    *ret_row = code == QC_ERROR_OK ? b.rows : NULL;
    return code;
}

/* ---- Any number of rows. ---- */

enum qc_code qc_pg_decode_more(qc_connection *c, const PGresult *result, size_t most,
                               qc_fetch *fetch, bool borrow, void **ret_first)
{
    const size_t rows = (size_t)PQntuples(result), total = rows < most ? rows : most;
    batch b = {.c = c,
               .shape = fetch->shape,
               .result = result,
               .arena = fetch->arena,
               .borrow = borrow,
               .stride = qc_fetch_stride(fetch->shape)};
    *ret_first = NULL;
    for (size_t done = 0, count; done < total; done += count) {
        const size_t wanted = total - done < BATCH ? total - done : BATCH;
        b.rows = qc_fetch_rows(fetch, wanted, &count);
        if (!b.rows)
            return qc_pg_nomem(c);
        b.first = (int)done;
        b.count = (int)count;
        const enum qc_code code = total == 1 ? decode_values(&b) : decode_batch(&b);
        if (code != QC_ERROR_OK)
            return code;
        if (!done)
            *ret_first = b.rows;
    }
    return QC_ERROR_OK;
}

enum qc_code qc_pg_decode(qc_connection *c, const PGresult *result, qc_fetch *fetch, bool borrow)
{
    void *first;
    const size_t rows = (size_t)PQntuples(result);
    const size_t most = fetch->limit && fetch->limit < rows ? fetch->limit : rows;
    if (most == 1)
        return qc_pg_decode_row(c, result, fetch, borrow, &first);
    if (!qc_fetch_begin(fetch, most))
        return qc_pg_nomem(c);
    return qc_pg_decode_more(c, result, most, fetch, borrow, &first);
}

/* ---- A row of COPY. ---- */

static enum qc_code settle_fields(const batch *b, const qc_pg_field *fields)
{
    const unsigned columns = b->shape->column_count;
    bool *nulls = malloc(columns ? columns * sizeof(*nulls) : 1);
    if (!nulls)
        return qc_pg_nomem(b->c);
    for (unsigned i = 0; i < columns; i++)
        nulls[i] = fields[i].length < 0;
    const enum qc_code code = settle_row(b, b->rows, nulls);
    free(nulls);
    return code;
}

enum qc_code qc_pg_decode_fields(qc_connection *c, const PGresult *description,
                                 const qc_pg_field *fields, qc_fetch *fetch, void **ret_row)
{
    const qc_pg_column *columns = c->plan->columns;
    batch b = {.c = c,
               .shape = fetch->shape,
               .result = description,
               .arena = fetch->arena,
               .borrow = true,
               .rows = qc_fetch_only_row(fetch)};
    enum qc_code code = b.rows ? QC_ERROR_OK : qc_pg_nomem(c);
    for (unsigned i = 0; i < b.shape->column_count && code == QC_ERROR_OK; i++)
        code = decode_field(&b, &columns[i], fields[i].data, fields[i].length);
    if (code == QC_ERROR_OK && b.shape->part_count > 1)
        code = settle_fields(&b, fields);
    if (code == QC_ERROR_OK)
        *ret_row = b.rows;
    return code;
}

/* ---- One value. ---- */

enum qc_code qc_pg_decode_value(qc_connection *c, qc_arena *arena, const qc_shape *shape,
                                unsigned index, uint32_t oid, const qc_pg_field *field, char *part)
{
    const qc_result_column *column = &shape->columns[index];
    const decoder *found = find_decoder(column->type, oid);
    if (!found)
        return fail_type(c, column, oid);
    const bool nullable = qc_fetch_nullable(shape, index);
    if (field->length < 0)
        return nullable ? QC_ERROR_OK : qc_fetch_refuse_null(column, c->error);
    const uint16_t value_offset = nullable ? qc_type_infos[column->type].value_offset : 0;
    const batch b = {.c = c, .shape = shape, .arena = arena, .borrow = true};
    enum qc_code code = QC_ERROR_DECODE;
    if (found->width == ANY_WIDTH || found->width == field->length)
        code = found->one(&b, field->data, field->length, part + column->offset + value_offset);
    if (code != QC_ERROR_OK)
        return fail_sent(c, column, oid, code);
    if (value_offset)
        *(bool *)(part + column->offset) = true;
    return QC_ERROR_OK;
}
