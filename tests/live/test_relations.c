/* Relationships of sessions on both databases: collections, trees, associations, cascades. */
#include "expect.h"

#include <stdio.h>
#include <string.h>

struct Letter_columns;
static qc_bool is_short(const struct Letter_columns *letter);

MODEL(Writer, "writers", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY), COLUMN(name, TEXT),
      HAS_MANY(books, Book, writer_id, BACK(writer), CASCADE(DELETE_ORPHAN)),
      HAS_MANY(letters, Letter, writer_id, ORDERED_BY(DESC(text), id)),
      HAS_MANY(short_letters, Letter, writer_id, FILTERED(is_short)))

MODEL(Book, "books", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
      COLUMN(writer_id, NULLABLE(BIGINT), REFERENCES(Writer, id)), COLUMN(title, TEXT),
      BELONGS_TO(writer, Writer, writer_id, BACK(books)),
      HAS_ONE(cover, Cover, book_id, BACK(book), CASCADE(DELETE_ORPHAN)),
      MANY_TO_MANY(topics, Topic, BookTopic, book_id, topic_id, BACK(books)))

MODEL(Cover, "covers", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
      COLUMN(book_id, NULLABLE(BIGINT), REFERENCES(Book, id)), COLUMN(picture, TEXT),
      BELONGS_TO(book, Book, book_id, BACK(cover)))

MODEL(Letter, "letters", COLUMN(id, INTEGER, PRIMARY_KEY, IDENTITY),
      COLUMN(writer_id, NULLABLE(BIGINT), REFERENCES(Writer, id)),
      COLUMN(folder_id, NULLABLE(BIGINT), REFERENCES(Folder, id)), COLUMN(text, TEXT))

MODEL(Topic, "topics", COLUMN(id, INTEGER, PRIMARY_KEY, IDENTITY), COLUMN(word, TEXT),
      MANY_TO_MANY(books, Book, BookTopic, topic_id, book_id, BACK(topics)))

MODEL(BookTopic, "book_topics", COLUMN(book_id, BIGINT, PRIMARY_KEY, REFERENCES(Book, id)),
      COLUMN(topic_id, INTEGER, PRIMARY_KEY, REFERENCES(Topic, id)),
      COLUMN(weight, INTEGER, DEFAULT(10)), COLUMN(version, INTEGER, VERSION))

MODEL(Folder, "folders", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
      COLUMN(parent_id, NULLABLE(BIGINT), REFERENCES(Folder, id)), COLUMN(name, TEXT),
      BELONGS_TO(parent, Folder, parent_id, BACK(folders)),
      HAS_MANY(folders, Folder, parent_id, BACK(parent), CASCADE(DELETE)),
      HAS_MANY(letters, Letter, folder_id))

MODEL(Page, "pages", COLUMN(book, BIGINT, PRIMARY_KEY), COLUMN(number, INTEGER, PRIMARY_KEY),
      HAS_MANY(lines, Line, KEY(book, page), BACK(of)))

MODEL(Line, "lines", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY), COLUMN(book, BIGINT),
      COLUMN(page, INTEGER), COLUMN(text, TEXT), BELONGS_TO(of, Page, KEY(book, page), BACK(lines)))

MODEL(Tray, "trays", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY), COLUMN(label, TEXT),
      HAS_MANY(papers, Paper, tray_id, BACK(tray)), HAS_MANY(sheaves, Sheaf, tray_id))

MODEL(Paper, "papers", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
      COLUMN(tray_id, BIGINT, REFERENCES(Tray, id)), BELONGS_TO(tray, Tray, tray_id, BACK(papers)))

MODEL(Sheaf, "sheaves", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
      COLUMN(tray_id, BIGINT, REFERENCES(Tray, id)))

SCHEMA(library, Writer, Book, Cover, Letter, Topic, BookTopic, Folder, Page, Line, Tray, Paper,
       Sheaf)

static qc_bool is_short(const struct Letter_columns *letter)
{
    return LT(LENGTH(letter->text), 4);
}


static void begin(int database)
{
    models_open(database, &library);
    ck_assert(qc_session_start(db, NULL));
}

static void end(void)
{
    qc_session_stop(db);
    models_close(&library);
}

#define IN_LIBRARY(name) TEST_WITHIN(name, in_library, begin, end)

/* A writer with two books, flushed. */
static struct Writer *two_books(void)
{
    struct Writer *writer = NEW(db, Writer, .name = "ann");
    ck_assert(ADD_TO(db, writer, Writer_books, NEW(db, Book, .title = "one")));
    ck_assert(ADD_TO(db, writer, Writer_books, NEW(db, Book, .title = "two")));
    ck_assert(qc_flush(db));
    return writer;
}

IN_LIBRARY(both_sides_of_a_collection_are_in_step)
{
    struct Writer *writer = two_books();
    ck_assert_uint_eq(qc_count(writer->books), 2);
    ck_assert_ptr_eq(writer->books[0]->writer, writer);
    ck_assert_int_eq(writer->books[1]->writer_id.value, writer->id);
    ck_assert(!qc_is_dirty(db, writer->books[0]));
    ck_assert_int_eq(COUNT_OF(Book), 2);
}

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
    TCase *tests = tcase_create("library");
    tcase_add_unchecked_fixture(tests, databases_begin, databases_end);
    tcase_set_timeout(tests, 60);
#define ADD_TEST(name)                                                                             \
    tcase_add_loop_test(tests, name##_in_library, SQLITE_DATABASE, DATABASE_COUNT)
    ADD_TEST(both_sides_of_a_collection_are_in_step);
    ADD_TEST(a_member_moves_between_collections);
    ADD_TEST(a_loaded_member_leaves_the_collection_it_was_in);
    ADD_TEST(a_member_of_a_composite_key_leaves_the_collection_it_was_in);
    ADD_TEST(an_orphan_is_deleted);
    ADD_TEST(an_orphan_finds_another_owner);
    ADD_TEST(one_takes_the_place_of_another);
    ADD_TEST(what_is_left_behind_loses_its_key);
    ADD_TEST(children_are_deleted_with_their_owner);
    ADD_TEST(rows_of_associations_come_and_go);
    ADD_TEST(trees_are_inserted_from_the_root_and_deleted_from_the_leaves);
    ADD_TEST(objects_that_need_each_other_are_inserted);
    ADD_TEST(composite_keys_tie_rows);
    ADD_TEST(a_relationship_has_its_order_and_its_filter);
    ADD_TEST(a_failed_flush_can_be_mended);
    ADD_TEST(a_rollback_leaves_collections_as_they_were_flushed);
    ADD_TEST(a_rollback_forgets_what_was_loaded_since);
    ADD_TEST(a_row_of_an_association_takes_its_defaults);
    ADD_TEST(a_pair_is_one_row_whatever_is_said_of_it);
    ADD_TEST(structs_that_name_each_other_are_tied_once);
    ADD_TEST(many_rows_of_an_association_are_one_statement);
    ADD_TEST(a_member_of_two_collections_waits_for_both_owners);
    ADD_TEST(what_must_have_an_owner_does_not_lose_it);
    ADD_TEST(what_is_new_is_called_so);
    ADD_TEST(the_last_of_two_owners_counts);
    ADD_TEST(what_was_said_before_a_flush_is_not_said_again);
    ADD_TEST(a_pointer_that_was_taken_back_takes_the_key_along);
    ADD_TEST(a_refresh_forgets_a_pointer_of_another_key);
    ADD_TEST(the_database_decides_about_what_must_have_an_owner);
    ADD_TEST(an_owner_stays_when_what_goes_with_it_cannot);
    suite_add_tcase(suite, tests);
    return suite;
}
