/* What ADD_TO, REMOVE_FROM and pointers say of one member, in whatever order: the last word counts.
 */
#include "library.h"

IN_LIBRARY(a_member_moves_between_collections)
{
    struct Writer *ann = two_books();
    struct Writer *bob = NEW(db, Writer, .name = "bob");
    struct Book *book = ann->books[0];
    ck_assert(ADD_TO(db, bob, Writer_books, book));
    ck_assert_uint_eq(qc_count(ann->books), 1);
    ck_assert(qc_flush(db));
    ck_assert_int_eq(book->writer_id.value, bob->id);
    ck_assert_int_eq(COUNT_OF(Book), 2);
}

/* Its pointer back was not loaded, or there is none: its key says whose it is. */
IN_LIBRARY(a_loaded_member_leaves_the_collection_it_was_in)
{
    for (int id = 1; id <= 2; id++)
        NEW(db, Writer, .name = "w");
    ck_assert(qc_flush(db));
    for (int id = 1; id <= 2; id++) {
        NEW(db, Book, .writer_id = {true, id}, .title = "b");
        NEW(db, Letter, .writer_id = {true, id}, .text = "dear");
    }
    ck_assert(qc_flush(db));
    qc_session_stop(db);
    ck_assert(qc_session_start(db, NULL));
    struct Writer **both = ALL(db, SELECT(Writer).ORDER_BY(Writer_id).LOAD(
                                       SELECTIN(Writer_books), SELECTIN(Writer_letters)));
    struct Book *book = both[1]->books[0];
    struct Letter *letter = both[1]->letters[0];
    ck_assert_ptr_null(book->writer);
    ck_assert(ADD_TO(db, both[0], Writer_books, book));
    ck_assert(ADD_TO(db, both[0], Writer_letters, letter));
    for (int flushed = 0; flushed < 2; flushed++) {
        ck_assert_uint_eq(qc_count(both[0]->books), 2);
        ck_assert_uint_eq(qc_count(both[0]->letters), 2);
        ck_assert_uint_eq(qc_count(both[1]->books), 0);
        ck_assert_uint_eq(qc_count(both[1]->letters), 0);
        ck_assert(qc_flush(db));
    }
    ck_assert_int_eq(book->writer_id.value, both[0]->id);
    ck_assert(qc_delete(db, both[1]));
    ck_assert(qc_flush(db));
    ck_assert_int_eq(COUNT_OF(Book), 2);
}

IN_LIBRARY(a_member_of_a_composite_key_leaves_the_collection_it_was_in)
{
    NEW(db, Page, .book = 1, .number = 2);
    NEW(db, Page, .book = 1, .number = 3);
    NEW(db, Line, .book = 1, .page = 2, .text = "x");
    ck_assert(qc_flush(db));
    qc_session_stop(db);
    ck_assert(qc_session_start(db, NULL));
    struct Page **pages = ALL(db, SELECT(Page).ORDER_BY(Page_number).LOAD(SELECTIN(Page_lines)));
    ck_assert(ADD_TO(db, pages[1], Page_lines, pages[0]->lines[0]));
    ck_assert_uint_eq(qc_count(pages[0]->lines), 0);
    ck_assert_uint_eq(qc_count(pages[1]->lines), 1);
}

IN_LIBRARY(a_member_of_two_collections_waits_for_both_owners)
{
    struct Folder *top = NEW(db, Folder, .name = "top");
    struct Folder *below = NEW(db, Folder, .name = "below", .parent = top);
    struct Writer *writer = NEW(db, Writer, .name = "ann");
    struct Letter *letter = NEW(db, Letter, .text = "hello");
    ck_assert(ADD_TO(db, below, Folder_letters, letter));
    ck_assert(ADD_TO(db, writer, Writer_letters, letter));
    ck_assert(qc_flush(db));
    expect_ok();
    ck_assert(letter->folder_id.set && letter->folder_id.value == below->id);
    ck_assert_int_eq(letter->writer_id.value, writer->id);
}

IN_LIBRARY(what_must_have_an_owner_does_not_lose_it)
{
    struct Tray *trays[2] = {NEW(db, Tray, .label = "in"), NEW(db, Tray, .label = "out")};
    struct Paper *paper = NEW(db, Paper, .tray = trays[0]);
    ck_assert(qc_flush(db));
    ck_assert(REMOVE_FROM(db, trays[0], Tray_papers, paper));
    ck_assert(!qc_flush(db));
    ck_assert_str_eq(qc_error(db)->message,
                     "Paper 1 left Tray.papers, but its tray_id is not NULLABLE; delete it with "
                     "qc_delete, or give it to another");
    ck_assert(ADD_TO(db, trays[1], Tray_papers, paper) && qc_flush(db));
    expect_ok();
    ck_assert_int_eq(paper->tray_id, trays[1]->id);
    paper->tray = NULL;
    ck_assert(!qc_flush(db));
    ck_assert_str_eq(qc_error(db)->message,
                     "Paper 1 points to none by Paper.tray, but its tray_id is not NULLABLE; "
                     "delete it with qc_delete, or give it to another");
    ck_assert(qc_delete(db, paper) && qc_flush(db));
    expect_ok();
}

IN_LIBRARY(what_is_new_is_called_so)
{
    struct Tray *tray = NEW(db, Tray, .label = "in");
    struct Paper *paper = NEW(db, Paper);
    ck_assert(ADD_TO(db, tray, Tray_papers, paper) && REMOVE_FROM(db, tray, Tray_papers, paper));
    ck_assert(!qc_flush(db));
    ck_assert_str_eq(qc_error(db)->message,
                     "a new Paper left Tray.papers, but its tray_id is not NULLABLE; delete it "
                     "with qc_delete, or give it to another");
}

/* No pointer of the member says which of the two holds. */
IN_LIBRARY(the_last_of_two_owners_counts)
{
    struct Tray *trays[2] = {NEW(db, Tray, .label = "in"), NEW(db, Tray, .label = "out")};
    struct Sheaf *sheaf = NEW(db, Sheaf);
    ck_assert(ADD_TO(db, trays[0], Tray_sheaves, sheaf) && qc_flush(db));
    ck_assert(REMOVE_FROM(db, trays[0], Tray_sheaves, sheaf));
    ck_assert(ADD_TO(db, trays[1], Tray_sheaves, sheaf) && qc_flush(db));
    expect_ok();
    ck_assert_int_eq(sheaf->tray_id, trays[1]->id);
    ck_assert(REMOVE_FROM(db, trays[1], Tray_sheaves, sheaf));
    ck_assert(ADD_TO(db, trays[0], Tray_bundles, sheaf) && qc_flush(db));
    expect_ok();
    ck_assert_int_eq(sheaf->tray_id, trays[0]->id);
}

IN_LIBRARY(what_was_said_before_a_flush_is_not_said_again)
{
    struct Writer *writer = NEW(db, Writer, .name = "ann");
    struct Folder *folder = NEW(db, Folder, .name = "post");
    struct Letter *letter = NEW(db, Letter, .text = "dear");
    ck_assert(ADD_TO(db, writer, Writer_letters, letter) && qc_flush(db));
    letter->writer_id.set = false;
    ck_assert(ADD_TO(db, folder, Folder_letters, letter) && qc_flush(db));
    ck_assert_int_eq(letter->folder_id.value, folder->id);
    ck_assert(!letter->writer_id.set);
}

IN_LIBRARY(a_pointer_that_was_taken_back_takes_the_key_along)
{
    const int64_t id = two_books()->id;
    qc_session_stop(db);
    ck_assert(qc_session_start(db, NULL));
    struct Book *book = ONE(db, SELECT(Book).WHERE(EQ(Book_title, "one")));
    struct Writer *bob = NEW(db, Writer, .name = "bob");
    ck_assert_int_eq(book->writer_id.value, id);
    ck_assert(ADD_TO(db, bob, Writer_books, book));
    book->writer = NULL;
    ck_assert(qc_flush(db));
    ck_assert(!book->writer_id.set);
}

IN_LIBRARY(a_refresh_forgets_a_pointer_of_another_key)
{
    struct Writer *ann = NEW(db, Writer, .name = "ann");
    struct Book *book = NEW(db, Book, .title = "one");
    ck_assert(qc_flush(db));
    ck_assert_ptr_null(LOAD(db, book, Book_writer));
    EXEC(db, UPDATE(Book).SET(Book_writer_id, ann->id).ALL_ROWS);
    ck_assert(qc_refresh(db, book));
    ck_assert_ptr_eq(LOAD(db, book, Book_writer), ann);
}

IN_LIBRARY(a_pointer_to_another_stays)
{
    struct Folder *a = NEW(db, Folder, .name = "a"), *b = NEW(db, Folder, .name = "b");
    struct Folder *child = NEW(db, Folder, .name = "child", .parent = a);
    ck_assert(qc_flush(db));
    child->parent = b;
    ck_assert(REMOVE_FROM(db, a, Folder_folders, child));
    ck_assert_ptr_eq(child->parent, b);
    ck_assert(qc_flush(db));
    ck_assert_int_eq(child->parent_id.value, b->id);
}

IN_LIBRARY(what_was_said_holds_after_a_failed_flush)
{
    struct Writer *writer = NEW(db, Writer, .name = "ann");
    ck_assert(qc_flush(db));
    struct Letter *letter = NEW(db, Letter, .text = "dear");
    ck_assert(ADD_TO(db, writer, Writer_letters, letter));
    struct Paper *paper = NEW(db, Paper);
    ck_assert(!qc_flush(db));
    ck_assert(qc_expunge(db, paper) && qc_flush(db));
    ck_assert_int_eq(letter->writer_id.value, writer->id);
}

IN_LIBRARY(what_cannot_be_tied_is_named)
{
    struct Writer *writer = NEW(db, Writer, .name = "ann");
    struct Book foreign = {.title = "one"}, *book = NEW(db, Book, .title = "two");
    ck_assert(!ADD_TO(db, writer, Writer_books, &foreign));
    expect_failure(QC_ERROR_MISUSE, "the object is not of this session", __LINE__ - 1);
    ck_assert(!REMOVE_FROM(db, book, Book_writer, writer));
    expect_failure(QC_ERROR_MISUSE,
                   "Book_writer is one object of the other side; assign the field instead: "
                   "object->writer",
                   __LINE__ - 4);
    ck_assert_ptr_null(writer->books);
}

Suite *ties_suite(void);
Suite *ties_suite(void)
{
    Suite *suite = suite_create("ties");
    TCase *tests = library_case(suite);
    ADD_IN_LIBRARY(tests, a_member_moves_between_collections);
    ADD_IN_LIBRARY(tests, a_loaded_member_leaves_the_collection_it_was_in);
    ADD_IN_LIBRARY(tests, a_member_of_a_composite_key_leaves_the_collection_it_was_in);
    ADD_IN_LIBRARY(tests, a_member_of_two_collections_waits_for_both_owners);
    ADD_IN_LIBRARY(tests, what_must_have_an_owner_does_not_lose_it);
    ADD_IN_LIBRARY(tests, what_is_new_is_called_so);
    ADD_IN_LIBRARY(tests, the_last_of_two_owners_counts);
    ADD_IN_LIBRARY(tests, what_was_said_before_a_flush_is_not_said_again);
    ADD_IN_LIBRARY(tests, a_pointer_that_was_taken_back_takes_the_key_along);
    ADD_IN_LIBRARY(tests, a_refresh_forgets_a_pointer_of_another_key);
    ADD_IN_LIBRARY(tests, a_pointer_to_another_stays);
    ADD_IN_LIBRARY(tests, what_was_said_holds_after_a_failed_flush);
    ADD_IN_LIBRARY(tests, what_cannot_be_tied_is_named);
    return suite;
}
