/* What a session writes, beside libpq by hand: 10,000 new objects, each book with its author, one
 * prepared INSERT after the other and as binary COPY; 10,000 objects with one changed column beside
 * prepared UPDATEs, each by itself and all in one transaction; and the memory of identity map and
 * copies. On the server of QUERCUS_TEST_PG. */
#include <arpa/inet.h>
#include <endian.h>
#include <libpq-fe.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#include <quercus/quercus.h>

enum { AUTHORS = 1000, BOOKS = 9000, CHANGED = 10000, KEPT = 100000 };

MODEL(Author, "bench_authors", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY), COLUMN(name, TEXT),
      COLUMN(email, TEXT), HAS_MANY(books, Book, author_id, BACK(author)))

MODEL(Book, "bench_books", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY), COLUMN(author_id, BIGINT),
      COLUMN(title, TEXT), COLUMN(pages, INTEGER), COLUMN(price, DOUBLE),
      BELONGS_TO(author, Author, author_id, BACK(books)))

SCHEMA(library, Author, Book)

typedef struct setup {
    PGconn *raw;
    qc_db *ours;
    char names[AUTHORS][32], emails[AUTHORS][32], titles[BOOKS][32];
    int64_t ids[AUTHORS];
    struct Book **books; /* of a session */
    int round;
} setup;

static bool run(PGconn *raw, const char *sql)
{
    PGresult *result = PQexec(raw, sql);
    const ExecStatusType status = PQresultStatus(result);
    PQclear(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_IN;
}

/* ---- One prepared INSERT after the other. ---- */

static bool insert_author(const setup *s, int i, uint64_t *ret_id)
{
    const char *values[] = {s->names[i], s->emails[i]};
    PGresult *result = PQexecPrepared(s->raw, "author", 2, values, NULL, NULL, 1);
    const bool good = PQresultStatus(result) == PGRES_TUPLES_OK;
    if (good)
        memcpy(ret_id, PQgetvalue(result, 0, 0), 8); /* as it travels again */
    PQclear(result);
    return good;
}

static uint64_t real_bits(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return htobe64(bits);
}

static bool insert_book(const setup *s, int i, uint64_t author)
{
    const uint32_t pages = htonl((uint32_t)(100 + i));
    const uint64_t price = real_bits(i / 7.0);
    const char *values[] = {(const char *)&author, s->titles[i], (const char *)&pages,
                            (const char *)&price};
    const int lengths[] = {8, (int)strlen(s->titles[i]), 4, 8}, formats[] = {1, 1, 1, 1};
    PGresult *result = PQexecPrepared(s->raw, "book", 4, values, lengths, formats, 1);
    const bool good = PQresultStatus(result) == PGRES_TUPLES_OK;
    PQclear(result);
    return good;
}

static bool raw_insert(void *data)
{
    static uint64_t ids[AUTHORS];
    const setup *s = data;
    bool good = run(s->raw, "BEGIN");
    for (int i = 0; i < AUTHORS && good; i++)
        good = insert_author(s, i, &ids[i]);
    for (int i = 0; i < BOOKS && good; i++)
        good = insert_book(s, i, ids[i % AUTHORS]);
    return good && run(s->raw, "ROLLBACK");
}

/* ---- Binary COPY. ---- */

static char *put_field(char *at, const void *data, uint32_t size)
{
    const uint32_t length = htonl(size);
    memcpy(at, &length, 4);
    memcpy(at + 4, data, size);
    return at + 4 + size;
}

static char *put_text(char *at, const char *text)
{
    return put_field(at, text, (uint32_t)strlen(text));
}

static char *put_64(char *at, uint64_t value)
{
    return put_field(at, &value, 8);
}

static char *begin_row(char *at, uint16_t fields)
{
    fields = htons(fields);
    memcpy(at, &fields, 2);
    return at + 2;
}

static bool reserve_ids(const setup *s, uint64_t *ids)
{
    PGresult *result = PQexecPrepared(s->raw, "ids", 0, NULL, NULL, NULL, 1);
    const bool good = PQntuples(result) == AUTHORS;
    for (int i = 0; good && i < AUTHORS; i++)
        memcpy(&ids[i], PQgetvalue(result, i, 0), 8);
    PQclear(result);
    return good;
}

/* Sends what is in the buffer when it is full, or when `last`. */
static bool send_copy(const setup *s, char *buffer, char **at, bool last)
{
    enum { FULL = 60000 };
    if (*at - buffer < FULL && !last)
        return true;
    const bool good = PQputCopyData(s->raw, buffer, (int)(*at - buffer)) == 1;
    *at = buffer;
    return good;
}

static bool end_copy(const setup *s, char *buffer, char *at)
{
    memcpy(at, "\377\377", 2);
    at += 2;
    bool good = send_copy(s, buffer, &at, true) && PQputCopyEnd(s->raw, NULL) == 1;
    PGresult *result;
    while ((result = PQgetResult(s->raw))) {
        good = good && PQresultStatus(result) == PGRES_COMMAND_OK;
        PQclear(result);
    }
    return good;
}

static char *begin_copy(char *buffer)
{
    enum { HEADER = 19 };
    memcpy(buffer, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", HEADER);
    return buffer + HEADER;
}

static bool copy_authors(const setup *s, char *buffer, const uint64_t *ids)
{
    bool good = run(s->raw, "COPY bench_authors (id, name, email) FROM STDIN (FORMAT binary)");
    char *at = begin_copy(buffer);
    for (int i = 0; i < AUTHORS && good; i++) {
        at = put_64(begin_row(at, 3), ids[i]);
        at = put_text(put_text(at, s->names[i]), s->emails[i]);
        good = send_copy(s, buffer, &at, false);
    }
    return good && end_copy(s, buffer, at);
}

static bool copy_books(const setup *s, char *buffer, const uint64_t *ids)
{
    bool good = run(s->raw, "COPY bench_books (author_id, title, pages, price) FROM STDIN "
                            "(FORMAT binary)");
    char *at = begin_copy(buffer);
    for (int i = 0; i < BOOKS && good; i++) {
        const uint32_t pages = htonl((uint32_t)(100 + i));
        at = put_64(begin_row(at, 4), ids[i % AUTHORS]);
        at = put_field(put_text(at, s->titles[i]), &pages, 4);
        at = put_64(at, real_bits(i / 7.0));
        good = send_copy(s, buffer, &at, false);
    }
    return good && end_copy(s, buffer, at);
}

static bool raw_copy(void *data)
{
    static uint64_t ids[AUTHORS];
    static char buffer[1 << 16];
    const setup *s = data;
    return run(s->raw, "BEGIN") && reserve_ids(s, ids) && copy_authors(s, buffer, ids) &&
           copy_books(s, buffer, ids) && run(s->raw, "ROLLBACK");
}

/* ---- The session. ---- */

static bool make_objects(const setup *s)
{
    static struct Author *authors[AUTHORS];
    bool good = true;
    for (int i = 0; i < AUTHORS && good; i++)
        good = (authors[i] = NEW(s->ours, Author, .name = s->names[i], .email = s->emails[i]));
    for (int i = 0; i < BOOKS && good; i++)
        good = NEW(s->ours, Book, .author = authors[i % AUTHORS], .title = s->titles[i],
                   .pages = 100 + i, .price = i / 7.0);
    return good;
}

static bool our_insert(void *data)
{
    const setup *s = data;
    const bool good = qc_session_start(s->ours, NULL) && qc_begin(s->ours) && make_objects(s) &&
                      qc_flush(s->ours);
    qc_session_stop(s->ours);
    return qc_rollback(s->ours) && good;
}

/* ---- Changes. ---- */

static bool update_one_by_one(setup *s)
{
    bool good = true;
    s->round++;
    for (int i = 0; i < CHANGED && good; i++) {
        const uint32_t pages = htonl((uint32_t)(s->round + i));
        const uint64_t id = htobe64((uint64_t)i + 1);
        const char *values[] = {(const char *)&pages, (const char *)&id};
        const int lengths[] = {4, 8}, formats[] = {1, 1};
        PGresult *result = PQexecPrepared(s->raw, "change", 2, values, lengths, formats, 1);
        good = PQresultStatus(result) == PGRES_COMMAND_OK;
        PQclear(result);
    }
    return good;
}

static bool raw_update(void *data)
{
    return update_one_by_one(data);
}

static bool raw_update_in_transaction(void *data)
{
    setup *s = data;
    return run(s->raw, "BEGIN") && update_one_by_one(s) && run(s->raw, "COMMIT");
}

static bool our_update(void *data)
{
    setup *s = data;
    s->round++;
    for (int i = 0; i < CHANGED; i++)
        s->books[i]->pages = s->round + i;
    return qc_flush(s->ours);
}

/* ---- Memory. ---- */

static size_t plain_size(struct Book **books)
{
    size_t size = 0;
    EACH (struct Book, book, books)
        size += sizeof(*book) + strlen(book->title) + 1;
    return size;
}

static size_t allocated(void)
{
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* The second time: by then what a query needs meanwhile, and its results, is there. */
static bool measure_memory(setup *s)
{
    size_t plain = 0, whole = 0;
    for (int i = 0; i < 2; i++) {
        const size_t before = allocated();
        struct Book **books = qc_session_start(s->ours, NULL) ? ALL(s->ours, SELECT(Book)) : NULL;
        plain = books ? plain_size(books) : 0;
        qc_release(s->ours);
        whole = allocated() - before;
        qc_session_stop(s->ours);
    }
    bench_cost("identity map and copies of 100,000 objects, beside the structs", (double)plain,
               (double)(whole - plain), "bytes", 1.6);
    return plain > 0 && (double)(whole - plain) <= 1.6 * (double)plain;
}

/* ---- The whole. ---- */

static bool prepare_statements(const setup *s)
{
    static const char *const statements[][2] = {
        {"author", "INSERT INTO bench_authors (name, email) VALUES ($1, $2) RETURNING id"},
        {"book", "INSERT INTO bench_books (author_id, title, pages, price) "
                 "VALUES ($1, $2, $3, $4) RETURNING id"},
        {"ids", "SELECT nextval(pg_get_serial_sequence('bench_authors', 'id')) "
                "FROM generate_series(1, 1000)"},
        {"change", "UPDATE bench_books SET pages = $1 WHERE id = $2"},
    };
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        PGresult *result = PQprepare(s->raw, statements[i][0], statements[i][1], 0, NULL);
        const bool good = PQresultStatus(result) == PGRES_COMMAND_OK;
        PQclear(result);
        if (!good)
            return false;
    }
    return true;
}

static bool prepare(setup *s, const char *url)
{
    s->raw = PQconnectdb(url);
    s->ours = qc_open(url);
    for (int i = 0; i < AUTHORS; i++) {
        snprintf(s->names[i], sizeof s->names[i], "Author %d", i);
        snprintf(s->emails[i], sizeof s->emails[i], "author%d@example.org", i);
    }
    for (int i = 0; i < BOOKS; i++)
        snprintf(s->titles[i], sizeof s->titles[i], "The book of number %d", i);
    return PQstatus(s->raw) == CONNECTION_OK && qc_ok(s->ours) && qc_drop_all(s->ours, &library) &&
           qc_create_all(s->ours, &library) && prepare_statements(s);
}

/* Rows 1 to `rows`, whatever was rolled back; pages are filled to `percent`. */
static bool fill(setup *s, int rows, int percent)
{
    char sql[256], room[64];
    snprintf(room, sizeof room, "ALTER TABLE bench_books SET (fillfactor = %d)", percent);
    snprintf(sql, sizeof sql,
             "INSERT INTO bench_books (author_id, title, pages, price) SELECT 1, "
             "'The book of number ' || i, i, i / 7.0 FROM generate_series(1, %d) i",
             rows);
    return qc_execute(s->ours, "TRUNCATE bench_books, bench_authors RESTART IDENTITY") &&
           qc_execute(s->ours, room) &&
           qc_execute(s->ours, "INSERT INTO bench_authors (name, email) VALUES ('A', 'a')") &&
           qc_execute(s->ours, sql) && qc_execute(s->ours, "VACUUM ANALYZE bench_books");
}

static int fail(const setup *s)
{
    fprintf(stderr, "bench_flush: needs QUERCUS_TEST_PG: %s\n",
            s->ours ? qc_error(s->ours)->message : "not set");
    return 1;
}

/* What autovacuum does in life: a round does not meet the dead rows of those before. */
static bool tidy(void *data)
{
    const setup *s = data;
    return run(s->raw, "VACUUM bench_authors, bench_books");
}

static bool measure(const char *what, int rounds, bool (*raw)(void *), bool (*ours)(void *),
                    double reach, setup *s)
{
    const bench_pair pair = bench_run_tidied(what, rounds, 1, tidy, raw, ours, s);
    bench_speed(what, &pair, reach);
    return pair.raw.wall / pair.ours.wall >= reach;
}

/* With room on the pages a row stays where it is, and no index is written (PostgreSQL, Heap-Only
 * Tuples); without it, what the server does for a row is most of either side's time. */
static bool load_books(setup *s, int percent)
{
    return fill(s, CHANGED, percent) && qc_session_start(s->ours, NULL) &&
           (s->books = ALL(s->ours, SELECT(Book).ORDER_BY(Book_id)));
}

static bool measure_changes(setup *s)
{
    if (!load_books(s, 100))
        return false;
    bool good = measure("10,000 objects with a changed column, beside UPDATEs", 15, raw_update,
                        our_update, 5, s);
    measure("the same beside UPDATEs in one transaction", 15, raw_update_in_transaction, our_update,
            0, s);
    qc_session_stop(s->ours);
    if (!load_books(s, 50))
        return false;
    good = measure("the same with room on the pages, fillfactor 50", 15, raw_update_in_transaction,
                   our_update, 5, s) &&
           good;
    qc_session_stop(s->ours);
    return good;
}

int main(void)
{
    static setup s;
    const char *url = getenv("QUERCUS_TEST_PG");
    if (!url || !prepare(&s, url))
        return fail(&s);
    bench_title("Flush, PostgreSQL, Unix socket");
    bool good =
        measure("10,000 new objects, beside INSERTs one by one", 25, raw_insert, our_insert, 5, &s);
    good = measure("the same beside binary COPY", 15, raw_copy, our_insert, 0.4, &s) && good;
    good = measure_changes(&s) && good;
    good = fill(&s, KEPT, 100) && measure_memory(&s) && good;
    if (!qc_ok(s.ours))
        return fail(&s);
    qc_drop_all(s.ours, &library);
    qc_close(s.ours);
    PQfinish(s.raw);
    return good ? 0 : 1;
}
