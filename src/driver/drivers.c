/* Which driver serves a URL, and until when its calls may wait. */
#include "driver/driver.h"

#include <string.h>

/* In the order they are asked. */
static const qc_driver *const drivers[] = {&qc_sqlite_driver, &qc_postgresql_driver};

const qc_driver *qc_driver_find(const char *url)
{
    for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
        if (drivers[i]->accepts(url))
            return drivers[i];
    return &qc_postgresql_driver;
}

enum qc_code qc_bulk_insert(const qc_driver *driver, qc_connection *connection, const qc_bulk *bulk)
{
    enum qc_code code = driver->copy_begin(connection, bulk);
    if (code != QC_ERROR_OK)
        return code;
    for (size_t i = 0; i < bulk->count && code == QC_ERROR_OK; i++)
        code = driver->copy_put(connection, bulk->rows[i], 1);
    int64_t rows;
    const enum qc_code ended = driver->copy_end(connection, code == QC_ERROR_OK, &rows);
    return code != QC_ERROR_OK ? code : ended;
}

static int64_t sooner(int64_t one, int64_t other)
{
    return one && (!other || one < other) ? one : other;
}

static int64_t own_deadline(const qc_driver_options *options)
{
    return options->timeout_ms > 0 ? qc_about_now_us() + (int64_t)options->timeout_ms * 1000 : 0;
}

/* What undoes has a while even when the limit has passed. */
int64_t qc_call_deadline(const qc_driver_options *options)
{
    enum { WHILE_US = 1000 * 1000 };
    int64_t limit = options->limit;
    if (limit && options->undoing) {
        const int64_t least = qc_about_now_us() + WHILE_US;
        limit = limit < least ? least : limit;
    }
    return sooner(own_deadline(options), limit);
}

enum qc_code qc_check_limit(const qc_driver_options *options, qc_error_record *error)
{
    if (!options->limit || options->undoing || options->limit > qc_about_now_us())
        return QC_ERROR_OK;
    qc_error_set(error, QC_ERROR_TIMEOUT,
                 "the DEADLINE around the statement has passed; nothing was sent");
    memcpy(error->error.sqlstate, "57014", 6);
    return QC_ERROR_TIMEOUT;
}
