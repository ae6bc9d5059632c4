/* See rivals.h. */
#include "rivals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

SCHEMA(rivals, Tally)

static char folder[64], file_url[128];
qc_db *other;

void rivals_begin(void)
{
    databases_begin();
    strcpy(folder, "/tmp/quercus_rivals.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(file_url, sizeof(file_url), "sqlite:%s/file.db", folder);
}

void rivals_end(void)
{
    char path[128];
    static const char *const names[] = {"file.db", "file.db-journal"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
    databases_end();
}

qc_db *open_one(void)
{
    qc_db *made = qc_open(database == SQLITE_DATABASE ? file_url : database_url(database));
    if (!qc_ok(made))
        database_fail(made, "open");
    qc_set_named_statements(made, database_names_statements());
    return made;
}

void must(qc_db *on, bool good, const char *what)
{
    if (!good)
        database_fail(on, what);
}

void open_both(int which)
{
    static struct Tally tallies[] = {{1, 0}, {2, 0}, {3, 0}};
    database = which;
    db = open_one();
    other = open_one();
    must(db, qc_drop_all(db, &rivals) && qc_create_all(db, &rivals), "create");
    must(db, EXEC(db, INSERT_ROWS(Tally, tallies, 3)) == 3, "insert");
}

void close_both(void)
{
    must(other, qc_drop_all(other, &rivals), "drop");
    qc_close(db);
    qc_close(other);
}

int64_t value_of(qc_db *on, int64_t id)
{
    return SCALAR(on, SELECT(Tally_n).WHERE(EQ(Tally_id, id)));
}

bool add(qc_db *on, int64_t id, int64_t n)
{
    return EXEC(on, UPDATE(Tally).SET(Tally_n, ADD(Tally_n, n)).WHERE(EQ(Tally_id, id))) == 1;
}

void sleep_ms(int milliseconds)
{
    nanosleep(&(struct timespec){milliseconds / 1000, milliseconds % 1000 * 1000000L}, NULL);
}

void expect_state(const char *sqlstate)
{
    ck_assert_msg(strcmp(qc_error(db)->sqlstate, sqlstate) == 0, "%s: %s, not %s",
                  qc_error(db)->message, qc_error(db)->sqlstate, sqlstate);
}

void expect_code(enum qc_code code, const char *part)
{
    const struct qc_error *error = qc_error(db);
    ck_assert_msg(error->code == code && strstr(error->message, part), "%s: %s",
                  qc_code_name(error->code), error->message);
}

