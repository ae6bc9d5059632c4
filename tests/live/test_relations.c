/* Relationships of sessions on both databases: collections, trees, associations, cascades. */
#include "library.h"

IN_LIBRARY(both_sides_of_a_collection_are_in_step)
{
    struct Writer *writer = two_books();
    ck_assert_uint_eq(qc_count(writer->books), 2);
    ck_assert_ptr_eq(writer->books[0]->writer, writer);
    ck_assert_int_eq(writer->books[1]->writer_id.value, writer->id);
    ck_assert(!qc_is_dirty(db, writer->books[0]));
    ck_assert_int_eq(COUNT_OF(Book), 2);
}

IN_LIBRARY(an_orphan_is_deleted)
{
    struct Writer *writer = two_books();
    struct Book *book = writer->books[0];
    ck_assert(REMOVE_FROM(db, writer, Writer_books, book));
    ck_assert_uint_eq(qc_count(writer->books), 1);
    ck_assert(qc_flush(db));
    ck_assert_int_eq(qc_state(db, book), QC_STATE_DELETED);
    ck_assert_int_eq(COUNT_OF(Book), 1);
}

IN_LIBRARY(a_new_orphan_is_not_inserted)
{
    struct Writer *writer = NEW(db, Writer, .name = "ann");
    struct Book *book = NEW(db, Book, .title = "draft");
    ADD_TO(db, writer, Writer_books, book);
    ck_assert(REMOVE_FROM(db, writer, Writer_books, book));
    ck_assert_ptr_null(book->writer);
    ck_assert(qc_flush(db));
    ck_assert_int_eq(qc_state(db, book), QC_STATE_TRANSIENT);
    expect_int(SCALAR(db, SELECT(COUNT(Book_id))), 0);
}

IN_LIBRARY(a_new_orphan_finds_another_owner)
{
    struct Writer *ann = NEW(db, Writer, .name = "ann"), *bob = NEW(db, Writer, .name = "bob");
    struct Book *books[2];
    for (int i = 0; i < 2; i++) {
        books[i] = NEW(db, Book, .title = "draft");
        ADD_TO(db, ann, Writer_books, books[i]);
        ck_assert(REMOVE_FROM(db, ann, Writer_books, books[i]));
    }
    ck_assert(ADD_TO(db, bob, Writer_books, books[0]));
    books[1]->writer = bob;
    ck_assert(qc_flush(db));
    ck_assert_int_eq(books[0]->writer_id.value, bob->id);
    ck_assert_int_eq(books[1]->writer_id.value, bob->id);
    ck_assert_uint_eq(qc_count(ann->books), 0);
}

/* A flush that fails leaves it as it was. */
IN_LIBRARY(a_new_orphan_of_a_failed_flush_may_find_another_owner)
{
    struct Writer *ann = NEW(db, Writer, .name = "ann");
    struct Book *book = NEW(db, Book, .title = "draft");
    struct Cover *cover = NEW(db, Cover, .picture = "p", .book = book);
    ADD_TO(db, ann, Writer_books, book);
    REMOVE_FROM(db, ann, Writer_books, book);
    ck_assert(!qc_flush(db));
    expect_failure(QC_ERROR_MISUSE, "Cover.book points to an object of no session", __LINE__ - 1);
    ck_assert_int_eq(qc_state(db, book), QC_STATE_PENDING);
    ADD_TO(db, ann, Writer_books, book);
    ck_assert(qc_flush(db));
    ck_assert_int_eq(cover->book_id.value, book->id);
    ck_assert_int_eq(book->writer_id.value, ann->id);
}

IN_LIBRARY(an_orphan_finds_another_owner)
{
    struct Writer *ann = two_books(), *bob = NEW(db, Writer, .name = "bob");
    struct Book *book = ann->books[0];
    ck_assert(REMOVE_FROM(db, ann, Writer_books, book));
    ck_assert(ADD_TO(db, bob, Writer_books, book));
    ck_assert_int_eq(qc_state(db, book), QC_STATE_PERSISTENT);
    ck_assert(qc_flush(db));
    ck_assert_int_eq(book->writer_id.value, bob->id);
    ck_assert_ptr_eq(book->writer, bob);
    ck_assert_int_eq(COUNT_OF(Book), 2);
}

IN_LIBRARY(one_takes_the_place_of_another)
{
    struct Book *book = two_books()->books[0];
    struct Cover *old = NEW(db, Cover, .picture = "oak"), *new = NULL;
    ck_assert(ADD_TO(db, book, Book_cover, old));
    ck_assert(qc_flush(db));
    new = NEW(db, Cover, .picture = "elm");
    ck_assert(ADD_TO(db, book, Book_cover, new));
    ck_assert_ptr_eq(book->cover, new);
    ck_assert_ptr_null(old->book);
    ck_assert(qc_flush(db));
    ck_assert_int_eq(qc_state(db, old), QC_STATE_DELETED);
    ck_assert_int_eq(new->book_id.value, book->id);
    ck_assert_int_eq(COUNT_OF(Cover), 1);
    const struct Cover third = {.picture = "ash"};
    struct Book given = *book;
    given.cover = (struct Cover *)&third;
    given.writer = NULL;
    ck_assert_ptr_eq(qc_merge(db, Book, &given), book);
    ck_assert_str_eq(book->cover->picture, "ash");
    ck_assert(qc_flush(db));
    ck_assert_int_eq(COUNT_OF(Cover), 1);
}

IN_LIBRARY(what_is_left_behind_loses_its_key)
{
    struct Writer *writer = NEW(db, Writer, .name = "ann");
    struct Letter *letter = NEW(db, Letter, .text = "dear");
    ck_assert(ADD_TO(db, writer, Writer_letters, letter));
    ck_assert(qc_flush(db));
    ck_assert_int_eq(letter->writer_id.value, writer->id);
    ck_assert(qc_delete(db, writer));
    ck_assert(qc_flush(db));
    ck_assert(!letter->writer_id.set);
    ck_assert_int_eq(COUNT_OF(Letter), 1);
    ck_assert_int_eq(COUNT_OF(Writer), 0);
}

IN_LIBRARY(children_are_deleted_with_their_owner)
{
    struct Writer *writer = two_books();
    struct Book *book = writer->books[0];
    ck_assert(qc_delete(db, writer));
    ck_assert(qc_flush(db));
    ck_assert_int_eq(qc_state(db, book), QC_STATE_DELETED);
    ck_assert_int_eq(COUNT_OF(Book), 0);
}

IN_LIBRARY(rows_of_associations_come_and_go)
{
    struct Writer *writer = two_books();
    struct Book *book = writer->books[0];
    struct Topic *oak = NEW(db, Topic, .word = "oak");
    struct Topic *elm = NEW(db, Topic, .word = "elm");
    ck_assert(ADD_TO(db, book, Book_topics, oak));
    ck_assert(ADD_TO(db, book, Book_topics, elm));
    ck_assert(qc_flush(db));
    ck_assert_int_eq(COUNT_OF(BookTopic), 2);
    ck_assert(REMOVE_FROM(db, book, Book_topics, oak));
    ck_assert(qc_flush(db));
    ck_assert_int_eq(COUNT_OF(BookTopic), 1);
    struct Book *found =
        ONE(db, SELECT(Book).WHERE(EQ(Book_title, "one")).LOAD(SELECTIN(Book_topics)));
    ck_assert_ptr_eq(found, book);
    ck_assert_uint_eq(qc_count(book->topics), 1);
    ck_assert_ptr_eq(book->topics[0], elm);
    ck_assert(qc_delete(db, elm));
    ck_assert(qc_flush(db));
    ck_assert_int_eq(COUNT_OF(BookTopic), 0);
}

IN_LIBRARY(trees_are_inserted_from_the_root_and_deleted_from_the_leaves)
{
    struct Folder *leaf = NEW(db, Folder, .name = "leaf");
    struct Folder *root = NEW(db, Folder, .name = "root");
    struct Folder *branch = NEW(db, Folder, .name = "branch", .parent = root);
    leaf->parent = branch;
    ck_assert(qc_flush(db));
    ck_assert_int_eq(leaf->parent_id.value, branch->id);
    ck_assert_int_eq(branch->parent_id.value, root->id);
    ck_assert(qc_delete(db, root));
    ck_assert(qc_flush(db));
    expect_ok();
    ck_assert_int_eq(COUNT_OF(Folder), 0);
}

IN_LIBRARY(objects_that_need_each_other_are_inserted)
{
    struct Folder *a = NEW(db, Folder, .name = "a");
    struct Folder *b = NEW(db, Folder, .name = "b", .parent = a);
    a->parent = b;
    ck_assert(qc_flush(db));
    expect_ok();
    ck_assert_int_eq(a->parent_id.value, b->id);
    ck_assert_int_eq(b->parent_id.value, a->id);
    ck_assert_int_eq(COUNT_OF(Folder), 2);
}

IN_LIBRARY(composite_keys_tie_rows)
{
    for (int number = 1; number <= 3; number++) {
        struct Page *page = NEW(db, Page, .book = 7, .number = number);
        for (int line = 0; line < number; line++)
            NEW(db, Line, .of = page, .text = "text");
    }
    ck_assert(qc_flush(db));
    qc_session_stop(db);
    struct Page **pages =
        ALL(db, SELECT(Page).ORDER_BY(Page_number).LOAD(SELECTIN(Page_lines, SELECTIN(Line_of))));
    expect_ok();
    for (int number = 1; number <= 3; number++) {
        ck_assert_uint_eq(qc_count(pages[number - 1]->lines), (size_t)number);
        ck_assert_int_eq(pages[number - 1]->lines[0]->of->number, number);
    }
}

IN_LIBRARY(a_relationship_has_its_order_and_its_filter)
{
    struct Writer *writer = NEW(db, Writer, .name = "ann");
    const char *const texts[] = {"a", "ccccc", "bb"};
    for (size_t i = 0; i < 3; i++)
        ck_assert(ADD_TO(db, writer, Writer_letters, NEW(db, Letter, .text = texts[i])));
    ck_assert(qc_flush(db));
    qc_session_stop(db);
    writer = ONE(db, SELECT(Writer).LOAD(SELECTIN(Writer_letters), SELECTIN(Writer_short_letters)));
    expect_ok();
    ck_assert_str_eq(writer->letters[0]->text, "ccccc");
    ck_assert_str_eq(writer->letters[2]->text, "a");
    ck_assert_uint_eq(qc_count(writer->short_letters), 2);
}

IN_LIBRARY(a_failed_flush_can_be_mended)
{
    struct Writer *writer = two_books();
    struct Book *book = writer->books[0];
    struct Topic *oak = NEW(db, Topic, .word = "oak");
    ck_assert(ADD_TO(db, book, Book_topics, oak));
    ck_assert(qc_flush(db));
    ck_assert(ADD_TO(db, book, Book_topics, NEW(db, Topic, .word = "elm")));
    ck_assert(NEW(db, BookTopic, .book_id = book->id, .topic_id = oak->id)); /* there already */
    ck_assert(!qc_flush(db));
    ck_assert_str_eq(qc_error(db)->sqlstate, "23505");
    ck_assert(qc_rollback(db));
    ck_assert_int_eq(COUNT_OF(BookTopic), 1);
    ck_assert_int_eq(COUNT_OF(Topic), 1);
}

IN_LIBRARY(a_rollback_leaves_collections_as_they_were_flushed)
{
    struct Writer *writer = two_books();
    struct Book *book = writer->books[0];
    struct Topic *oak = NEW(db, Topic, .word = "oak"), *elm = NEW(db, Topic, .word = "elm");
    ck_assert(ADD_TO(db, book, Book_topics, oak));
    ck_assert(qc_commit(db));
    ck_assert(LOAD(db, book, Book_topics) != NULL);
    ck_assert(ADD_TO(db, book, Book_topics, elm));
    ck_assert(REMOVE_FROM(db, book, Book_topics, oak));
    ck_assert(qc_commit(db));
    ck_assert(qc_begin(db) && ADD_TO(db, book, Book_topics, NEW(db, Topic, .word = "ash")));
    ck_assert(qc_begin(db) && ADD_TO(db, book, Book_topics, NEW(db, Topic, .word = "fir")));
    ck_assert(qc_flush(db));
    ck_assert_uint_eq(qc_count(book->topics), 3);
    ck_assert(qc_rollback(db));
    ck_assert_uint_eq(qc_count(book->topics), 2);
    ck_assert(qc_rollback(db));
    ck_assert_uint_eq(qc_count(book->topics), 1);
    ck_assert_ptr_eq(book->topics[0], elm);
    ck_assert_uint_eq(qc_count(oak->books), 0);
}

IN_LIBRARY(a_rollback_forgets_what_was_loaded_since)
{
    struct Writer *ann = NEW(db, Writer, .name = "ann");
    ck_assert(qc_flush(db) && qc_begin(db));
    struct Book *book = NEW(db, Book, .title = "lost", .writer = ann);
    ck_assert_uint_eq(qc_count(LOAD(db, ann, Writer_books)), 1);
    ck_assert_ptr_eq(ann->books[0], book);
    ck_assert(qc_rollback(db));
    ck_assert_ptr_null(ann->books);
    ck_assert_ptr_nonnull(LOAD(db, ann, Writer_books));
    ck_assert_uint_eq(qc_count(ann->books), 0);
}

IN_LIBRARY(a_row_of_an_association_takes_its_defaults)
{
    struct Book *book = two_books()->books[0];
    ck_assert(ADD_TO(db, book, Book_topics, NEW(db, Topic, .word = "oak")));
    ck_assert(qc_flush(db));
    struct BookTopic *row = ONE(db, SELECT(BookTopic));
    expect_ok();
    ck_assert_int_eq(row->weight, 10);
    ck_assert_int_eq(row->version, 1);
}

IN_LIBRARY(a_pair_is_one_row_whatever_is_said_of_it)
{
    struct Book *book = two_books()->books[0];
    struct Topic *oak = NEW(db, Topic, .word = "oak"), *elm = NEW(db, Topic, .word = "elm");
    ck_assert(ADD_TO(db, book, Book_topics, oak) && ADD_TO(db, oak, Topic_books, book));
    ck_assert(ADD_TO(db, book, Book_topics, elm) && REMOVE_FROM(db, elm, Topic_books, book));
    ck_assert(qc_flush(db));
    ck_assert_int_eq(COUNT_OF(BookTopic), 1);
    EXEC(db, UPDATE(BookTopic).SET(BookTopic_weight, 3).ALL_ROWS);
    ck_assert(LOAD(db, book, Book_topics) && ADD_TO(db, book, Book_topics, oak));
    ck_assert(qc_flush(db));
    ck_assert(REMOVE_FROM(db, book, Book_topics, oak) && ADD_TO(db, book, Book_topics, oak));
    ck_assert(qc_flush(db));
    expect_ok();
    const int weight = SCALAR(db, SELECT(BookTopic_weight));
    ck_assert_int_eq(weight, 3);
    ck_assert_uint_eq(qc_count(book->topics), 1);
    ck_assert(REMOVE_FROM(db, book, Book_topics, oak) && ADD_TO(db, book, Book_topics, oak));
    ck_assert(REMOVE_FROM(db, oak, Topic_books, book) && qc_flush(db));
    ck_assert_int_eq(COUNT_OF(BookTopic), 0);
}

IN_LIBRARY(structs_that_name_each_other_are_tied_once)
{
    struct Book book = {.title = "trees"};
    struct Topic topic = {.word = "oak"};
    struct Topic *topics[] = {&topic, NULL};
    struct Book *books[] = {&book, NULL};
    book.topics = topics;
    topic.books = books;
    ck_assert(qc_add(db, Book, &book));
    ck_assert(ADD_TO(db, &book, Book_topics, NEW(db, Topic, .word = "elm")));
    ck_assert(qc_flush(db));
    expect_ok();
    ck_assert_uint_eq(qc_count(book.topics), 2);
    ck_assert_int_eq(COUNT_OF(BookTopic), 2);
}

static void count_statement(const qc_event *event, void *data)
{
    (void)event;
    ++*(int *)data;
}

IN_LIBRARY(many_rows_of_an_association_are_one_statement)
{
    int statements = 0;
    struct Topic *oak = NEW(db, Topic, .word = "oak");
    for (int i = 0; i < 200; i++)
        ck_assert(ADD_TO(db, oak, Topic_books, NEW(db, Book, .title = "trees")));
    qc_set_hook(db, QC_ON(STATEMENT), count_statement, &statements);
    ck_assert(qc_flush(db));
    qc_set_hook(db, 0, NULL, NULL);
    ck_assert_int_lt(statements, 20);
    ck_assert_int_eq(COUNT_OF(BookTopic), 200);
    ck_assert_uint_eq(qc_count(oak->books), 200);
}

IN_LIBRARY(the_database_decides_about_what_must_have_an_owner)
{
    struct Tray *tray = NEW(db, Tray, .label = "in");
    struct Paper *paper = NEW(db, Paper, .tray = tray);
    ck_assert(qc_flush(db) && qc_delete(db, tray));
    ck_assert(!qc_flush(db));
    ck_assert_str_eq(qc_error(db)->sqlstate, "23503");
    ck_assert_int_eq(paper->tray_id, tray->id);
    ck_assert(qc_delete(db, paper) && qc_flush(db));
    expect_ok();
    ck_assert_int_eq(COUNT_OF(Tray), 0);
}

IN_LIBRARY(an_owner_stays_when_what_goes_with_it_cannot)
{
    struct Topic *oak = NEW(db, Topic, .word = "oak");
    ck_assert(qc_flush(db));
    database_run(db, "DROP TABLE book_topics");
    ck_assert(qc_delete(db, oak));
    ck_assert(!qc_flush(db));
    ck_assert_int_eq(qc_state(db, oak), QC_STATE_DOOMED);
    ck_assert(qc_rollback(db));
    ck_assert_int_eq(COUNT_OF(Topic), 1);
}

Suite *relations_suite(void);
Suite *relations_suite(void)
{
    Suite *suite = suite_create("relations");
    TCase *tests = library_case(suite);
    ADD_IN_LIBRARY(tests, both_sides_of_a_collection_are_in_step);
    ADD_IN_LIBRARY(tests, an_orphan_is_deleted);
    ADD_IN_LIBRARY(tests, an_orphan_finds_another_owner);
    ADD_IN_LIBRARY(tests, a_new_orphan_is_not_inserted);
    ADD_IN_LIBRARY(tests, a_new_orphan_finds_another_owner);
    ADD_IN_LIBRARY(tests, a_new_orphan_of_a_failed_flush_may_find_another_owner);
    ADD_IN_LIBRARY(tests, one_takes_the_place_of_another);
    ADD_IN_LIBRARY(tests, what_is_left_behind_loses_its_key);
    ADD_IN_LIBRARY(tests, children_are_deleted_with_their_owner);
    ADD_IN_LIBRARY(tests, rows_of_associations_come_and_go);
    ADD_IN_LIBRARY(tests, trees_are_inserted_from_the_root_and_deleted_from_the_leaves);
    ADD_IN_LIBRARY(tests, objects_that_need_each_other_are_inserted);
    ADD_IN_LIBRARY(tests, composite_keys_tie_rows);
    ADD_IN_LIBRARY(tests, a_relationship_has_its_order_and_its_filter);
    ADD_IN_LIBRARY(tests, a_failed_flush_can_be_mended);
    ADD_IN_LIBRARY(tests, a_rollback_leaves_collections_as_they_were_flushed);
    ADD_IN_LIBRARY(tests, a_rollback_forgets_what_was_loaded_since);
    ADD_IN_LIBRARY(tests, a_row_of_an_association_takes_its_defaults);
    ADD_IN_LIBRARY(tests, a_pair_is_one_row_whatever_is_said_of_it);
    ADD_IN_LIBRARY(tests, structs_that_name_each_other_are_tied_once);
    ADD_IN_LIBRARY(tests, many_rows_of_an_association_are_one_statement);
    ADD_IN_LIBRARY(tests, the_database_decides_about_what_must_have_an_owner);
    ADD_IN_LIBRARY(tests, an_owner_stays_when_what_goes_with_it_cannot);
    return suite;
}
