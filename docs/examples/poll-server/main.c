/* poll-server [--db URL]
 *
 * Answers questions in one thread, many at a time: each line of standard input is the number of a
 * city, each line of standard output what the database says of it. poll() waits for input and for
 * the database at once; every question is a task, and eight connections serve them all. At the end
 * standard error tells how many questions were open at the same time.
 */
#include <poll.h>
#include <quercus/quercus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

MODEL(City, "poll_server_cities",
    COLUMN(id,         BIGINT, PRIMARY_KEY),
    COLUMN(name,       TEXT),
    COLUMN(population, INTEGER))
SCHEMA(atlas, City)

enum { CITIES = 1000, CONNECTIONS = 8 };

static qc_engine *engine;
static int open_questions, most_open, answered;
static bool failed;

static void complain(const qc_db *db)
{
    fprintf(stderr, "poll-server: %s\n", qc_error(db)->message);
    failed = true;
}

/* ---- The data. ---- */

static void fill(void)
{
    static struct City cities[CITIES];
    static char names[CITIES][24];
    for (int i = 0; i < CITIES; i++) {
        snprintf(names[i], sizeof(names[i]), "City %d", i + 1);
        cities[i] = (struct City){i + 1, names[i], i * 37 % 1000};
    }
    CHECKOUT(db, engine) {
        if (!qc_drop_all(db, &atlas) || !qc_create_all(db, &atlas) ||
            EXEC(db, INSERT_ROWS(City, cities, CITIES)) != CITIES)
            complain(db);
    }
}

static void clear(void)
{
    CHECKOUT(db, engine) {
        if (!qc_drop_all(db, &atlas))
            complain(db);
    }
}

/* ---- A question is a task. It waits for a connection, then for the database. ---- */

static void answer(void *data)
{
    int64_t id = *(int64_t *)data;
    free(data);
    CHECKOUT(db, engine) {
        struct City *city = FIRST(db, SELECT(City).WHERE(EQ(City_id, id)));
        if (city)
            printf("%lld %s %d\n", (long long)id, city->name, (int)city->population);
        else if (qc_ok(db))
            printf("%lld unknown\n", (long long)id);
        else
            complain(db);
    }
    answered++;
    open_questions--;
}

static bool ask(qc_loop *loop, const char *line)
{
    int64_t *id = malloc(sizeof(*id));
    if (!id)
        return false;
    *id = strtoll(line, NULL, 10);
    if (!qc_loop_start(loop, answer, id)) {
        free(id);
        return false;
    }
    if (++open_questions > most_open)
        most_open = open_questions;
    return true;
}

/* ---- Input, without waiting. False at its end. ---- */

static bool take_input(qc_loop *loop)
{
    static char text[4096];
    static size_t length;
    const ssize_t count = read(STDIN_FILENO, text + length, sizeof(text) - 1 - length);
    if (count <= 0)
        return false;
    length += (size_t)count;
    text[length] = '\0';
    char *line = text, *end;
    for (; (end = strchr(line, '\n')) != NULL; line = end + 1)
        if (!ask(loop, line))
            return false;
    length -= (size_t)(line - text);
    memmove(text, line, length);
    return length < sizeof(text) - 1;
}

/* ---- The one loop of the program. ---- */

static void serve(qc_loop *loop)
{
    bool more_input = true;
    for (;;) {
        const size_t tasks = qc_advance(loop);
        if (tasks == 0 && !more_input)
            return;
        struct pollfd events[] = {
            {.fd = qc_poll_fd(loop), .events = qc_poll_events(loop)},
            {.fd = more_input ? STDIN_FILENO : -1, .events = POLLIN},
        };
        poll(events, 2, qc_poll_timeout(loop));
        if (events[1].revents)
            more_input = take_input(loop);
    }
}

int main(int argc, char **argv)
{
    const char *url = argc == 3 && strcmp(argv[1], "--db") == 0 ? argv[2] : "sqlite::memory:";
    engine = qc_engine_open(url, QC_ENGINE_OPTIONS(.max_size = CONNECTIONS));
    qc_loop *loop = qc_loop_new();
    if (!engine || !loop)
        return 1;
    fill();
    if (!failed)
        serve(loop);
    clear();
    qc_loop_free(loop);
    qc_engine_close(engine);
    fprintf(stderr, "%d answers, at most %d open at a time\n", answered, most_open);
    return failed;
}
