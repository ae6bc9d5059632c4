/* See expect.h. */
#include "expect.h"

#include <string.h>

qc_db *db;

void models_open(int database, const qc_schema *models)
{
    db = database_open(database);
    if (!qc_drop_all(db, models) || !qc_create_all(db, models))
        database_fail(db, "create the tables");
}

void models_close(const qc_schema *models)
{
    if (!qc_drop_all(db, models))
        database_fail(db, "drop the tables");
    qc_close(db);
}

void expect_ok(void)
{
    if (!qc_ok(db))
        database_fail(db, "the call");
}

void expect_failure(enum qc_code code, const char *message, int line)
{
    const struct qc_error *error = qc_error(db);
    ck_assert_msg(error->code == code, "on %s: %s: %s", qc_dialect_name(db),
                  qc_code_name(error->code), error->message);
    ck_assert_msg(strstr(error->message, message), "on %s: %s", qc_dialect_name(db),
                  error->message);
    if (!line)
        return;
    ck_assert_int_eq(error->line, line);
    ck_assert_ptr_nonnull(strstr(error->file, "test_"));
    ck_assert_ptr_nonnull(error->function);
}

int64_t expect_counted(int64_t count)
{
    expect_ok();
    return count;
}
