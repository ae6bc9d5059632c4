/* Reads `git log --numstat` and inserts it in batches of structs.
 *
 * The program gives out the keys itself, so that a batch can be inserted without reading back. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gitlog.h"

enum { BATCH_COMMITS = 5000, MAP_START = 1024 };

/* A set of texts with the numbers they were given, from 1. */
typedef struct names {
    struct { char *text; int64_t id; } *slots;
    size_t capacity, count;
} names;

typedef struct batch {
    char *rows;
    size_t count, capacity, size;
} batch;

typedef struct import {
    qc_db *db;
    FILE *log;
    names authors, files;
    batch new_authors, new_files, commits, changes;
    qc_arena *texts; /* of the batches */
    int64_t commit_count, change_count;
    struct timespec start;
    char *field; /* of read_field */
    size_t field_size;
    const char *message;
} import;

/* ---- Small containers. ---- */

static uint64_t hash_text(const char *text)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return hash;
}

static bool names_grow(names *set)
{
    names bigger = {.capacity = set->capacity ? 2 * set->capacity : MAP_START, .count = set->count};
    bigger.slots = calloc(bigger.capacity, sizeof *bigger.slots);
    if (!bigger.slots)
        return false;
    for (size_t i = 0; i < set->capacity; i++) {
        if (!set->slots[i].text)
            continue;
        size_t at = hash_text(set->slots[i].text) % bigger.capacity;
        while (bigger.slots[at].text)
            at = (at + 1) % bigger.capacity;
        bigger.slots[at] = set->slots[i];
    }
    free(set->slots);
    *set = bigger;
    return true;
}

/* The number of `text`, *ret_new when it was just given; 0 when memory is out. */
static int64_t names_id(names *set, const char *text, bool *ret_new)
{
    if (2 * set->count >= set->capacity && !names_grow(set))
        return 0;
    size_t at = hash_text(text) % set->capacity;
    while (set->slots[at].text && strcmp(set->slots[at].text, text) != 0)
        at = (at + 1) % set->capacity;
    *ret_new = !set->slots[at].text;
    if (*ret_new) {
        size_t size = strlen(text) + 1;
        char *copy = malloc(size);
        if (!copy)
            return 0;
        set->slots[at].text = memcpy(copy, text, size);
        set->slots[at].id = (int64_t)++set->count;
    }
    return set->slots[at].id;
}

static void names_free(names *set)
{
    for (size_t i = 0; i < set->capacity; i++)
        free(set->slots[i].text);
    free(set->slots);
}

/* Room for one more struct at the end; NULL when memory is out. */
static void *batch_add(batch *b)
{
    if (b->count == b->capacity) {
        size_t capacity = b->capacity ? 2 * b->capacity : 1024;
        char *rows = realloc(b->rows, capacity * b->size);
        if (!rows)
            return NULL;
        b->rows = rows;
        b->capacity = capacity;
    }
    return memset(b->rows + b->count++ * b->size, 0, b->size);
}

static const char *keep(import *in, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = qc_arena_alloc(in->texts, size);
    return copy ? memcpy(copy, text, size) : NULL;
}

/* ---- Reading. ---- */

/* Bytes that are no UTF-8 become '?': git stores any bytes, a database text does not. */
static void make_utf8(char *text)
{
    for (unsigned char *p = (unsigned char *)text; *p;) {
        size_t more = *p < 0x80 ? 0 : *p >= 0xC2 && *p < 0xE0 ? 1 : (*p & 0xF0) == 0xE0 ? 2
                    : *p >= 0xF0 && *p < 0xF5 ? 3 : 9;
        bool good = more < 9;
        for (size_t i = 1; good && i <= more; i++)
            good = (p[i] & 0xC0) == 0x80;
        good = good && !(p[0] == 0xE0 && p[1] < 0xA0) && !(p[0] == 0xED && p[1] >= 0xA0) &&
               !(p[0] == 0xF0 && p[1] < 0x90) && !(p[0] == 0xF4 && p[1] >= 0x90);
        if (!good)
            *p = '?';
        p += good ? more + 1 : 1;
    }
}

/* The text up to the next NUL, valid until the next call; NULL at the end. */
static char *read_field(import *in)
{
    ssize_t length = getdelim(&in->field, &in->field_size, '\0', in->log);
    if (length < 0)
        return NULL;
    make_utf8(in->field);
    return in->field;
}

static bool read_author(import *in, struct Commit *commit)
{
    char *text = read_field(in);
    const char *name = text ? keep(in, text) : NULL;
    char *email = name ? read_field(in) : NULL;
    if (!email)
        return false;
    bool is_new;
    commit->author_id = names_id(&in->authors, email, &is_new);
    if (commit->author_id && is_new) {
        struct Author *author = batch_add(&in->new_authors);
        if (!author)
            return false;
        *author = (struct Author){.id = commit->author_id, .name = name, .email = keep(in, email)};
    }
    return commit->author_id != 0;
}

/* hash, author name, author email, time, subject */
static bool read_commit(import *in, const char *hash)
{
    struct Commit *commit = batch_add(&in->commits);
    if (!commit)
        return false;
    commit->id = ++in->commit_count;
    commit->hash = keep(in, hash);
    if (!read_author(in, commit))
        return false;
    char *time = read_field(in);
    if (!time)
        return false;
    commit->authored_at = qc_timestamp_from_unix(strtoll(time, NULL, 10), 0);
    char *subject = read_field(in);
    commit->subject = subject ? keep(in, subject) : NULL;
    return commit->subject != NULL;
}

/* "added<TAB>removed<TAB>path"; "-" for binary files */
static bool read_change(import *in, char *line)
{
    char *removed = strchr(line, '\t');
    char *path = removed ? strchr(removed + 1, '\t') : NULL;
    if (!path)
        return false;
    bool is_new;
    int64_t file_id = names_id(&in->files, path + 1, &is_new);
    if (file_id && is_new) {
        struct File *file = batch_add(&in->new_files);
        if (!file)
            return false;
        *file = (struct File){.id = file_id, .path = keep(in, path + 1)};
    }
    struct Change *change = file_id ? batch_add(&in->changes) : NULL;
    if (!change)
        return false;
    *change = (struct Change){.commit_id = in->commit_count,
                              .file_id = file_id,
                              .added = (int32_t)strtol(line, NULL, 10),
                              .removed = (int32_t)strtol(removed + 1, NULL, 10)};
    in->change_count++;
    return true;
}

/* ---- Writing. ---- */

static void show_progress(const import *in, bool done)
{
    if (!isatty(STDERR_FILENO) && !done)
        return;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double seconds = (double)(now.tv_sec - in->start.tv_sec) +
                     (double)(now.tv_nsec - in->start.tv_nsec) / 1e9;
    fprintf(stderr, "%simported %lld commits, %lld changes of %zu files in %.1f s%s",
            isatty(STDERR_FILENO) ? "\r" : "", (long long)in->commit_count,
            (long long)in->change_count, in->files.count, seconds, done ? "\n" : "");
}

#define INSERT_BATCH(db, Model, batch)                                                             \
    ((batch).count == 0 ||                                                                         \
     EXEC(db, INSERT_ROWS(Model, (struct Model *)(void *)(batch).rows, (batch).count)) >= 0)

static bool flush(import *in)
{
    bool ok = INSERT_BATCH(in->db, Author, in->new_authors) &&
              INSERT_BATCH(in->db, File, in->new_files) &&
              INSERT_BATCH(in->db, Commit, in->commits) &&
              INSERT_BATCH(in->db, Change, in->changes);
    in->new_authors.count = in->new_files.count = in->commits.count = in->changes.count = 0;
    qc_arena_reset(in->texts);
    if (!ok)
        in->message = qc_error(in->db)->message;
    show_progress(in, false);
    return ok;
}

/* A record is "\001hash", four more fields, then its changes. With -z a line feed stands before the
 * first change. */
static bool read_log(import *in)
{
    char *field;
    while ((field = read_field(in))) {
        if (*field == '\n')
            field++;
        if (*field == '\001') {
            if (in->commits.count == BATCH_COMMITS && !flush(in))
                return false;
            if (!read_commit(in, field + 1)) {
                in->message = "git's output could not be read";
                return false;
            }
        } else if (*field && !read_change(in, field)) {
            in->message = "git's output could not be read";
            return false;
        }
    }
    return flush(in);
}

/* Starts git with its output in a pipe, without a shell between. */
static FILE *start_git(const char *path, pid_t *ret_pid)
{
    int ends[2];
    if (pipe(ends) != 0)
        return NULL;
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execlp("git", "git", "-C", path, "log", "--reverse", "--numstat", "--no-renames", "-z",
               "--format=%x01%H%x00%an%x00%ae%x00%at%x00%s", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return NULL;
    }
    *ret_pid = pid;
    return fdopen(ends[0], "rb");
}

static bool run_import(import *in, const char *path)
{
    pid_t pid;
    in->log = start_git(path, &pid);
    if (!in->log) {
        in->message = strerror(errno);
        return false;
    }
    bool ok = read_log(in);
    fclose(in->log);
    int status;
    waitpid(pid, &status, 0);
    if (ok && status != 0) {
        in->message = "git could not read the repository";
        ok = false;
    }
    return ok;
}

bool import_history(qc_db *db, const char *path, const char **ret_message)
{
    import in = {.db = db,
                 .texts = qc_arena_new(),
                 .new_authors.size = sizeof(struct Author),
                 .new_files.size = sizeof(struct File),
                 .commits.size = sizeof(struct Commit),
                 .changes.size = sizeof(struct Change),
                 .message = "out of memory"};
    clock_gettime(CLOCK_MONOTONIC, &in.start);
    bool ok = in.texts && qc_begin(db);
    if (ok) {
        ok = run_import(&in, path);
        if (!ok)
            qc_rollback(db);
        else if (!(ok = qc_commit(db)))
            in.message = qc_error(db)->message;
    }
    if (ok)
        show_progress(&in, true);
    names_free(&in.authors);
    names_free(&in.files);
    batch *batches[] = {&in.new_authors, &in.new_files, &in.commits, &in.changes};
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++)
        free(batches[i]->rows);
    free(in.field);
    qc_arena_free(in.texts);
    *ret_message = in.message;
    return ok;
}
