/* A library on both databases. */
#include "library.h"

qc_bool is_short_letter(const struct Letter_columns *letter)
{
    return LT(LENGTH(letter->text), 4);
}

void library_open(int database)
{
    models_open(database, &library);
    ck_assert(qc_session_start(db, NULL));
}

void library_close(void)
{
    qc_session_stop(db);
    models_close(&library);
}

TCase *library_case(Suite *suite)
{
    TCase *tests = tcase_create("library");
    tcase_add_unchecked_fixture(tests, databases_begin, databases_end);
    tcase_set_timeout(tests, 60);
    suite_add_tcase(suite, tests);
    return tests;
}

struct Writer *two_books(void)
{
    struct Writer *writer = NEW(db, Writer, .name = "ann");
    ck_assert(ADD_TO(db, writer, Writer_books, NEW(db, Book, .title = "one")));
    ck_assert(ADD_TO(db, writer, Writer_books, NEW(db, Book, .title = "two")));
    ck_assert(qc_flush(db));
    return writer;
}
