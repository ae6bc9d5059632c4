/* Do reads go to replicas, and writes nowhere, inside READ_ONLY? A second way to the same server
 * stands for a replica here, told by its application_name; tests/fault/test_failover.c has real
 * ones. */
#include "databases.h"

#include <stdio.h>
#include <string.h>

MODEL(Note, "notes",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(body, TEXT))
SCHEMA(replica_models, Note)

static char replica_url[1100];

static qc_engine *open_engine(const char *const *replicas, bool only)
{
    const char *url = database_url(POSTGRESQL_DATABASE);
    snprintf(replica_url, sizeof(replica_url), "%s%sapplication_name=a_replica", url,
             strstr(url, "://") ? "&" : " ");
    qc_engine *engine = qc_engine_open(
        url, QC_ENGINE_OPTIONS(.replicas = replicas, .replicas_only = only, .max_size = 2));
    ck_assert_int_eq(qc_engine_error(engine)->code, QC_ERROR_OK);
    CHECKOUT(db, engine) {
        if (!qc_create_all(db, &replica_models))
            database_fail(db, "create");
    }
    return engine;
}

static void close_engine(qc_engine *engine)
{
    CHECKOUT(db, engine) {
        ck_assert(qc_drop_all(db, &replica_models));
    }
    qc_engine_close(engine);
}

static const char *const replicas[] = {replica_url, NULL};
static const char *const dead_and_alive[] = {"host=/nowhere", replica_url, NULL};
static const char *const dead[] = {"host=/nowhere", NULL};

static const char *name_of(qc_db *db)
{
    return SCALAR(db, SELECT(RAW(TEXT, "current_setting('application_name')")));
}

static int64_t add(qc_db *db, const char *body)
{
    return EXEC(db, INSERT(Note).SET(Note_body, body));
}

static int64_t count(qc_db *db)
{
    return SCALAR(db, SELECT(COUNT()).FROM(Note));
}

START_TEST(reads_go_to_a_replica_and_come_back)
{
    qc_engine *engine = open_engine(_i ? dead_and_alive : replicas, false);
    for (int round = 0; round < 4; round++) {
        CHECKOUT(db, engine) {
            ck_assert_str_eq(name_of(db), "quercus");
            const char *kept = NULL;
            READ_ONLY(db) {
                kept = name_of(db);
                ck_assert_str_eq(kept, "a_replica");
                ck_assert(qc_on_replica(db));
                READ_ONLY(db) {
                    ck_assert_str_eq(name_of(db), "a_replica");
                }
                ck_assert_str_eq(name_of(db), "a_replica");
                TRANSACTION(db) {
                    ck_assert_str_eq(name_of(db), "a_replica");
                }
                ck_assert(qc_ok(db));
                STREAM(note, db, SELECT(Note)) {
                    break;
                }
                SCALAR(db, SELECT(RAW(INTEGER, "1 / 0")));
            }
            ck_assert_str_eq(qc_error(db)->sqlstate, "22012");
            ck_assert_str_eq(kept, "a_replica"); /* results are the connection's as ever */
            ck_assert(!qc_on_replica(db));
            ck_assert_str_eq(name_of(db), "quercus");
            ck_assert(add(db, "written") == 1);
        }
    }
    close_engine(engine);
}
END_TEST

START_TEST(writes_are_refused_wherever_it_reads)
{
    qc_engine *engine = open_engine(_i ? replicas : NULL, false);
    CHECKOUT(db, engine) {
        int line = 0;
        READ_ONLY(db) {
            line = __LINE__ - 1;
            char place[64];
            snprintf(place, sizeof(place), "test_replicas.c:%d takes no writes", line);
            ck_assert_int_eq(add(db, "x"), -1);
            ck_assert_int_eq(qc_error(db)->code, QC_ERROR_MISUSE);
            ck_assert_ptr_nonnull(strstr(qc_error(db)->message, place));
            ck_assert_ptr_nonnull(qc_error(db)->file);
            ck_assert(EXEC(db, DELETE(Note).ALL_ROWS) == -1);
            ck_assert(!qc_execute(db, "DELETE FROM notes"));
            ck_assert_int_eq(qc_error(db)->code, QC_ERROR_MISUSE);
            ck_assert(!qc_drop_all(db, &replica_models));
            struct Note many[200] = {{0}};
            ck_assert(EXEC(db, INSERT_ROWS(Note, many, 200)) == -1);
            TRANSACTION(db) {
                ck_assert(add(db, "x") == -1);
            }
            ck_assert(!qc_ok(db));
            COPY_IN(db, Note, writer) {
                ck_abort_msg("COPY_IN is a write");
            }
            ck_assert_int_eq(qc_error(db)->code, QC_ERROR_MISUSE);
            struct Note *told = NULL;
            PIPELINE(db) {
                QUEUE_FIRST(db, &told, INSERT(Note).SET(Note_body, "x").RETURNING());
            }
            ck_assert_int_eq(qc_error(db)->code, QC_ERROR_MISUSE);
            ck_assert_int_eq(count(db), 0);
        }
        ck_assert(add(db, "now") == 1);
        ck_assert_int_eq(count(db), 1);
    }
    close_engine(engine);
}
END_TEST

/* What a function does is not known to the library: the server must refuse it. */
START_TEST(functions_cannot_write_on_the_primary_either)
{
    qc_engine *engine = open_engine(NULL, false);
    CHECKOUT(db, engine) {
        database_run(db, "CREATE SEQUENCE note_numbers");
        READ_ONLY(db) {
            int64_t one = SCALAR(db, SELECT(RAW(BIGINT, "1")));
            ck_assert_int_eq(one, 1);
            SCALAR(db, SELECT(RAW(BIGINT, "nextval('note_numbers')")));
            ck_assert_str_eq(qc_error(db)->sqlstate, "25006");
        }
        int64_t first = SCALAR(db, SELECT(RAW(BIGINT, "nextval('note_numbers')")));
        ck_assert_int_eq(first, 1);
        database_run(db, "DROP SEQUENCE note_numbers");
    }
    close_engine(engine);
}
END_TEST

START_TEST(inside_a_transaction_it_stays)
{
    qc_engine *engine = open_engine(replicas, false);
    CHECKOUT(db, engine) {
        TRANSACTION(db) {
            ck_assert(add(db, "mine") == 1);
            READ_ONLY(db) {
                ck_assert(!qc_on_replica(db));
                ck_assert_int_eq(count(db), 1);
            }
            ck_assert(add(db, "more") == 1);
        }
        ck_assert(qc_ok(db));
    }
    close_engine(engine);
}
END_TEST

START_TEST(without_a_replica_the_primary_reads_or_nobody)
{
    qc_engine *engine = open_engine(dead, _i);
    CHECKOUT(db, engine) {
        for (int round = 0; round < 3; round++) {
            bool entered = false;
            READ_ONLY(db) {
                entered = true;
                ck_assert_str_eq(name_of(db), "quercus");
            }
            ck_assert(entered == !_i);
            ck_assert_int_eq(qc_error(db)->code, _i ? QC_ERROR_CONNECT : QC_ERROR_OK);
        }
        ck_assert(add(db, "as ever") == 1);
    }
    close_engine(engine);
}
END_TEST

/* The block's own connection is lost: the next block has another, and the primary never minds. */
START_TEST(a_lost_replica_is_replaced)
{
    qc_engine *engine = open_engine(replicas, true);
    CHECKOUT(db, engine) {
        int32_t backend = 0;
        READ_ONLY(db) {
            backend = SCALAR(db, SELECT(RAW(INTEGER, "pg_backend_pid()")));
        }
        bool ended = SCALAR(db, SELECT(RAW(BOOLEAN, "pg_terminate_backend(?, 5000)", backend)));
        ck_assert(ended);
        READ_ONLY(db) {
            ck_assert_str_eq(name_of(db), "a_replica");
            backend = SCALAR(db, SELECT(RAW(INTEGER, "pg_backend_pid()")));
            CHECKOUT(other, engine) {
                ended = SCALAR(other, SELECT(RAW(BOOLEAN, "pg_terminate_backend(?, 5000)",
                                                 backend)));
                ck_assert(ended);
            }
            name_of(db);
            ck_assert_int_eq(qc_error(db)->code, QC_ERROR_DISCONNECTED);
        }
        READ_ONLY(db) {
            ck_assert_str_eq(name_of(db), "a_replica");
        }
        ck_assert_str_eq(name_of(db), "quercus");
    }
    close_engine(engine);
}
END_TEST

START_TEST(what_a_block_sets_does_not_leak)
{
    qc_engine *engine = open_engine(replicas, true);
    qc_db *handed = qc_checkout(engine);
    READ_ONLY(handed) {
        SCALAR(handed, SELECT(RAW(TEXT, "set_config('my.secret', 'x', false)")));
        ck_assert(qc_begin(handed)); /* and it is not ended */
    }
    ck_assert_int_eq(qc_depth(handed), 0);
    READ_ONLY(handed) {
        const char *left =
            SCALAR(handed, SELECT(RAW(TEXT, "coalesce(current_setting('my.secret', true), '')")));
        ck_assert_str_eq(left, "");
        ck_assert(qc_begin(handed));
        qc_checkin(handed);
    }
    CHECKOUT(db, engine) {
        ck_assert_str_eq(name_of(db), "quercus");
    }
    close_engine(engine);
}
END_TEST

START_TEST(sqlite_refuses_writes_as_well)
{
    qc_db *db = database_open(SQLITE_DATABASE);
    ck_assert(qc_create_all(db, &replica_models));
    READ_ONLY(db) {
        ck_assert(add(db, "x") == -1);
        ck_assert_int_eq(qc_error(db)->code, QC_ERROR_MISUSE);
        int64_t one = SCALAR(db, SELECT(RAW(BIGINT, "1")));
        ck_assert_int_eq(one, 1);
    }
    ck_assert(add(db, "x") == 1);
    READ_ONLY(NULL) {
        ck_abort_msg("no connection, no block");
    }
    qc_close(db);
}
END_TEST

Suite *replicas_suite(void)
{
    Suite *suite = suite_create("replicas");
    TCase *tests = tcase_create("replicas");
    tcase_set_timeout(tests, 60);
    tcase_add_unchecked_fixture(tests, databases_begin, databases_end);
    tcase_add_test(tests, sqlite_refuses_writes_as_well);
    if (database_pooler() != TRANSACTION_POOLER) {
        tcase_add_loop_test(tests, reads_go_to_a_replica_and_come_back, 0, 2);
        tcase_add_loop_test(tests, writes_are_refused_wherever_it_reads, 0, 2);
        tcase_add_test(tests, functions_cannot_write_on_the_primary_either);
        tcase_add_test(tests, inside_a_transaction_it_stays);
        tcase_add_loop_test(tests, without_a_replica_the_primary_reads_or_nobody, 0, 2);
        tcase_add_test(tests, a_lost_replica_is_replaced);
        tcase_add_test(tests, what_a_block_sets_does_not_leak);
    }
    suite_add_tcase(suite, tests);
    return suite;
}
