/* One query of nine binds, from C to text and values: built from the cache, compiled anew, and
 * written by hand. No database is asked. `--only cached 1000` does nothing else, for counting instructions. */
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "engine/prepare.h"
#include "models.h"

typedef struct values {
    bool is_active;
    qc_timestamp_value from, to;
    const char *role, *other_role, *pattern;
    int64_t least, limit, offset;
    qc_db *db;
    const qc_dialect *dialect;
    /* What a connection has. */
    qc_known_columns known;
    qc_error_record error;
    unsigned long sum; /* so that nothing is optimized away */
} values;

/* ---- By hand. ---- */

/* What C programs build text with: a growing buffer, appended to by a call a piece. */
typedef struct buffer {
    char *text;
    size_t length, capacity;
    char binds[256];
    size_t bind_length;
    const char *bind_at[9];
    int bind_size[9], bind_count;
} buffer;

static __attribute__((noinline)) void put(buffer *b, const char *text, size_t length)
{
    if (b->length + length >= b->capacity) {
        b->capacity = 2 * b->capacity + length + 64;
        b->text = realloc(b->text, b->capacity);
        if (!b->text)
            abort();
    }
    memcpy(b->text + b->length, text, length);
    b->length += length;
}
#define PUT(b, text) put(b, text, strlen(text))

static __attribute__((noinline)) void put_bind(buffer *b, const void *data, size_t size)
{
    if (b->bind_length + size > sizeof b->binds)
        abort();
    char number[2] = {'$', (char)('1' + b->bind_count)};
    put(b, number, 2);
    b->bind_at[b->bind_count] = memcpy(b->binds + b->bind_length, data, size);
    b->bind_size[b->bind_count++] = (int)size;
    b->bind_length += size;
}

static void put_64(buffer *b, int64_t value)
{
    uint64_t swapped = htobe64((uint64_t)value);
    put_bind(b, &swapped, 8);
}

static void put_text(buffer *b, const char *text)
{
    put_bind(b, text, strlen(text));
}

static bool by_hand(void *data)
{
    values *v = data;
    static buffer b;
    b.length = b.bind_length = 0;
    b.bind_count = 0;
    PUT(&b, "SELECT u.id, u.email, count(o.id) AS n, sum(o.amount) AS total");
    PUT(&b, " FROM users u");
    PUT(&b, " LEFT JOIN orders o ON o.user_id = u.id");
    PUT(&b, " WHERE u.is_active = ");
    put_bind(&b, &v->is_active, 1);
    PUT(&b, " AND u.created_at BETWEEN ");
    put_64(&b, v->from.microseconds);
    PUT(&b, " AND ");
    put_64(&b, v->to.microseconds);
    PUT(&b, " AND (u.role = ");
    put_text(&b, v->role);
    PUT(&b, " OR u.role = ");
    put_text(&b, v->other_role);
    PUT(&b, ") AND u.email ILIKE ");
    put_text(&b, v->pattern);
    PUT(&b, " GROUP BY u.id, u.email");
    PUT(&b, " HAVING count(o.id) > ");
    put_64(&b, v->least);
    PUT(&b, " ORDER BY total DESC");
    PUT(&b, " LIMIT ");
    put_64(&b, v->limit);
    PUT(&b, " OFFSET ");
    put_64(&b, v->offset);
    b.text[b.length] = '\0';
    v->sum += b.length + (unsigned char)b.binds[3];
    return true;
}

/* A moment as SQL text has it. */
static struct tm moment(qc_timestamp_value value)
{
    time_t seconds = (time_t)qc_timestamp_to_unix(value);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    return parts;
}
#define MOMENT(m) (m).tm_year + 1900, (m).tm_mon + 1, (m).tm_mday, (m).tm_hour, (m).tm_min, (m).tm_sec

static bool by_snprintf(void *data)
{
    values *v = data;
    static char text[1024];
    const struct tm from = moment(v->from), to = moment(v->to);
    int length = snprintf(
        text, sizeof text,
        "SELECT u.id, u.email, count(o.id) AS n, sum(o.amount) AS total FROM users u "
        "LEFT JOIN orders o ON o.user_id = u.id WHERE u.is_active = %s AND u.created_at "
        "BETWEEN '%04d-%02d-%02d %02d:%02d:%02d' AND '%04d-%02d-%02d %02d:%02d:%02d' "
        "AND (u.role = '%s' OR u.role = '%s') AND u.email ILIKE '%s' GROUP BY u.id, u.email "
        "HAVING count(o.id) > %lld ORDER BY total DESC LIMIT %lld OFFSET %lld",
        v->is_active ? "true" : "false", MOMENT(from), MOMENT(to), v->role, v->other_role,
        v->pattern, (long long)v->least, (long long)v->limit, (long long)v->offset);
    v->sum += (unsigned long)length;
    return true;
}

/* ---- Ours. ---- */

/* The sinks of this benchmark: what every sink does before it asks the database. */
static int64_t prepare_only(values *v, const qc_site *site, qc_mark mark, const qc_clause *clauses)
{
    qc_prepared prepared;
    if (!qc_prepare(v->db, site, clauses, false, &prepared))
        return 0;
    v->sum += prepared.statement->sql_length + prepared.binds[3]->kind;
    qc_prepared_end(&prepared);
    qc_arena_release(qc_current_arena(), mark);
    return 1;
}

static int64_t compile_only(values *v, const qc_site *site, qc_mark mark, const qc_clause *clauses)
{
    (void)site;
    qc_arena *arena = qc_current_arena();
    const qc_compile_options options = {.dialect = v->dialect, .known = &v->known};
    const qc_statement *statement = qc_compile_in(arena, clauses, NULL, &options, &v->error, NULL);
    if (!statement)
        return 0;
    v->sum += statement->sql_length;
    qc_arena_release(arena, mark);
    return 1;
}

#define MEASURED(sink, v)                                                                          \
    qc_bigint n = AS(COUNT(Order_id), n);                                                          \
    qc_numeric total = AS(SUM(Order_amount), total);                                               \
    return QC_SINK(sink, QC_RESULT_COUNT, "MEASURED", v,                                           \
                   SELECT_AS(UserTotal, User_id, User_email, n, total)                             \
        .LEFT_JOIN(User_orders)                                                                    \
        .WHERE(EQ(User_is_active, v->is_active))                                                   \
        .WHERE(BETWEEN(User_created_at, v->from, v->to))                                           \
        .WHERE(OR(EQ(User_role, v->role), EQ(User_role, v->other_role)))                           \
        .WHERE(ILIKE(User_email, v->pattern))                                                      \
        .GROUP_BY(User_id, User_email)                                                             \
        .HAVING(GT(n, v->least))                                                                   \
        .ORDER_BY(DESC(total))                                                                     \
        .LIMIT(v->limit).OFFSET(v->offset)) == 1

static bool build_and_compile(values *v)
{
    MEASURED(compile_only, v);
}

static bool build_from_cache(values *v)
{
    MEASURED(prepare_only, v);
}

/* The labels are built outside of the sink, so their memory is given back here. */
static bool scoped(bool (*work)(values *), values *v)
{
    qc_mark mark = qc_arena_mark(qc_current_arena());
    bool ok = work(v);
    qc_arena_release(qc_current_arena(), mark);
    return ok;
}

static bool ours_cached(void *data)
{
    return scoped(build_from_cache, data);
}

static bool ours_compiled(void *data)
{
    return scoped(build_and_compile, data);
}

static int repeat(bool (*work)(void *), values *v, int times)
{
    bool ok = true;
    for (int i = 0; ok && i < times; i++)
        ok = work(v);
    qc_close(v->db);
    return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
    values v = {.is_active = true,
                .from = qc_timestamp_of(2024, 1, 1, 0, 0, 0),
                .to = qc_timestamp_of(2025, 1, 1, 0, 0, 0),
                .role = "admin",
                .other_role = "moderator",
                .pattern = "%@gmail.com",
                .least = 3,
                .limit = 10,
                .offset = 20,
                .db = qc_open("sqlite::memory:"),
                .dialect = qc_dialect_find("postgresql")};
    if (argc == 4 && strcmp(argv[1], "--only") == 0)
        return repeat(strcmp(argv[2], "cached") == 0 ? ours_cached : ours_compiled, &v,
                      atoi(argv[3]));
    bench_title("One query of nine binds, no database");
    bench_pair pair = bench_run("cached", 31, 20000, by_hand, ours_cached, &v);
    bench_cost("build + fingerprint + cache hit + binds, beside an appender", pair.raw.wall,
               pair.ours.wall, "ns", 2.0);
    size_t mallocs = qc_arena_mallocs(qc_current_arena());
    pair = bench_run("compiled", 31, 10000, by_snprintf, ours_compiled, &v);
    bench_cost("build + check + render without a cache, beside snprintf", pair.raw.wall,
               pair.ours.wall, "ns", 1.5);
    bench_number("malloc calls of the arena in the warm runs",
                 (double)(qc_arena_mallocs(qc_current_arena()) - mallocs), "");
    qc_close(v.db);
    return v.sum == 0;
}
