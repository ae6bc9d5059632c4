/* The models that are walked in pages: a table of everything to order by, and what belongs to it. */
#ifndef TESTS_LIVE_STACKS_H
#define TESTS_LIVE_STACKS_H

#include <quercus/quercus.h>

MODEL(Shelf, "shelves", COLUMN(id, INTEGER, PRIMARY_KEY), COLUMN(name, NULLABLE(TEXT)),
      HAS_MANY(tomes, Tome, shelf_id))

MODEL(Tome, "tomes", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY), COLUMN(year, NULLABLE(INTEGER)),
      COLUMN(title, NULLABLE(TEXT)), COLUMN(price, NUMERIC(8, 2)),
      COLUMN(rare, NULLABLE(BOOLEAN)), COLUMN(weight, DOUBLE),
      COLUMN(bought, NULLABLE(TIMESTAMPTZ)), COLUMN(code, CHAR(4)), COLUMN(isbn, TEXT, UNIQUE),
      COLUMN(shelf_id, NULLABLE(INTEGER)), BELONGS_TO(shelf, Shelf, shelf_id),
      HAS_MANY(loans, Loan, tome_id))

MODEL(Loan, "loans", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY), COLUMN(tome_id, BIGINT),
      COLUMN(days, INTEGER))

MODEL(Scrap, "scraps", COLUMN(text, TEXT))

RECORD(YearTotal, COLUMN(year, NULLABLE(INTEGER)), COLUMN(tomes, BIGINT))
RECORD(Kept, COLUMN(title, NULLABLE(TEXT)), ENTITY(shelf, Shelf))

SCHEMA(stacks, Shelf, Tome, Loan, Scrap)

#endif
