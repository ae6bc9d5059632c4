/* A library on both databases: writers and their books, folders, trays, pages of many keys. */
#ifndef TESTS_LIVE_LIBRARY_H
#define TESTS_LIVE_LIBRARY_H

#include "expect.h"

struct Letter_columns;
qc_bool is_short_letter(const struct Letter_columns *letter);

MODEL(Writer, "writers", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY), COLUMN(name, TEXT),
      HAS_MANY(books, Book, writer_id, BACK(writer), CASCADE(DELETE_ORPHAN)),
      HAS_MANY(letters, Letter, writer_id, ORDERED_BY(DESC(text), id)),
      HAS_MANY(short_letters, Letter, writer_id, FILTERED(is_short_letter)))

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
      HAS_MANY(papers, Paper, tray_id, BACK(tray)), HAS_MANY(sheaves, Sheaf, tray_id),
      HAS_MANY(bundles, Sheaf, tray_id))

MODEL(Paper, "papers", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
      COLUMN(tray_id, BIGINT, REFERENCES(Tray, id)), BELONGS_TO(tray, Tray, tray_id, BACK(papers)))

MODEL(Sheaf, "sheaves", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
      COLUMN(tray_id, BIGINT, REFERENCES(Tray, id)))

SCHEMA(library, Writer, Book, Cover, Letter, Topic, BookTopic, Folder, Page, Line, Tray, Paper,
       Sheaf)

/* Empty, with a session on `db`. IN_LIBRARY(name) { … } is a test that runs in it on each database.
 */
void library_open(int database);
void library_close(void);
#define IN_LIBRARY(name) TEST_WITHIN(name, in_library, library_open, library_close)
#define ADD_IN_LIBRARY(tests, name)                                                                \
    tcase_add_loop_test(tests, name##_in_library, SQLITE_DATABASE, DATABASE_COUNT)
TCase *library_case(Suite *suite);

/* A writer with two books, flushed. */
struct Writer *two_books(void);

#endif
