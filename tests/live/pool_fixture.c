/* See pool_fixture.h. */
#include "live/pool_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static char folder[64];
static char file_url[128];

void pool_begin(void)
{
    databases_begin();
    strcpy(folder, "/tmp/quercus_pool.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(file_url, sizeof(file_url), "sqlite:%s/file.db", folder);
}

void pool_end(void)
{
    char path[128];
    static const char *const names[] = {"file.db", "file.db-wal", "file.db-shm"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
    databases_end();
}

const char *url_of(int database)
{
    return database == SQLITE_DATABASE ? file_url : database_url(database);
}

qc_engine *open_engine(int database, const qc_engine_options *options)
{
    qc_engine *engine = qc_engine_open(url_of(database), options);
    ck_assert_msg(qc_engine_error(engine)->code == QC_ERROR_OK, "%s",
                  qc_engine_error(engine)->message);
    return engine;
}

qc_db *take(qc_engine *engine)
{
    qc_db *db = qc_checkout(engine);
    if (!qc_ok(db))
        database_fail(db, "checkout");
    return db;
}

qc_stats stats_of(qc_engine *engine)
{
    qc_stats stats = {.version = QC_STATS_VERSION};
    ck_assert(qc_engine_stats(engine, &stats));
    return stats;
}

int64_t clock_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void pause_ms(int milliseconds)
{
    nanosleep(&(struct timespec){milliseconds / 1000, milliseconds % 1000 * 1000000L}, NULL);
}

void expect_error(const qc_db *db, enum qc_code code, const char *part)
{
    const struct qc_error *error = qc_error(db);
    ck_assert_msg(error->code == code, "%s: %s", qc_code_name(error->code), error->message);
    ck_assert_msg(strstr(error->message, part), "'%s' has no '%s'", error->message, part);
}
