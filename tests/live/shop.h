/* A little shop on both databases, and ways to look at what comes back from it. */
#ifndef TESTS_LIVE_SHOP_H
#define TESTS_LIVE_SHOP_H

#include "expect.h"

MODEL(Customer, "customers",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(name, VARCHAR(40), UNIQUE),
    COLUMN(city, NULLABLE(TEXT), INDEXED),
    COLUMN(active, BOOLEAN, DEFAULT(true)),
    COLUMN(born, NULLABLE(DATE)),
    COLUMN(joined, TIMESTAMPTZ, SERVER_DEFAULT("now()")),
    HAS_MANY(sales, Sale, customer_id, BACK(customer)),
    HAS_ONE(card, Card, customer_id),
    MANY_TO_MANY(tags, Tag, CustomerTag, customer_id, tag_id),
    INDEX(ix_customers_city_name, city, DESC(name)))

MODEL(Sale, "sales",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(customer_id, BIGINT, REFERENCES(Customer, id), ON_DELETE(CASCADE)),
    COLUMN(qty, INTEGER),
    COLUMN(price, NUMERIC(10, 2), DEFAULT("0.00")),
    COLUMN(note, NULLABLE(TEXT)),
    COLUMN(sold_at, TIMESTAMP),
    COLUMN(changed_at, NULLABLE(TIMESTAMPTZ), ON_UPDATE("now()")),
    BELONGS_TO(customer, Customer, customer_id, BACK(sales)))

MODEL(Card, "cards",
    COLUMN(customer_id, BIGINT, PRIMARY_KEY, REFERENCES(Customer, id)),
    COLUMN(points, SMALLINT))

MODEL(Tag, "tags",
    COLUMN(id, INTEGER, PRIMARY_KEY),
    COLUMN(word, TEXT))

MODEL(CustomerTag, "customer_tags",
    COLUMN(customer_id, BIGINT, PRIMARY_KEY, REFERENCES(Customer, id)),
    COLUMN(tag_id, INTEGER, PRIMARY_KEY, REFERENCES(Tag, id)))

SCHEMA(shop, CustomerTag, Sale, Card, Customer, Tag)

/* The shop holds:
 *
 *     customers  1 ann Rome 1990-05-01   2 bob Rome, inactive   3 cyd   4 dan Oslo 2001-12-31
 *     sales      1 ann 1 x 10.00 'red' 2024-01-15 10:00:00     2 ann 3 x 2.50 2024-02-20 11:30:00
 *                3 bob 2 x 7.25 'blue' 2024-02-21 23:59:59     4 cyd 5 x 1.00 '100%_x' 2024-03-01
 *     cards      ann 100, cyd -5
 *     tags       1 new, 2 loyal; ann has both, bob is new
 *
 * IN_SHOP(name) { … } is a test that runs in it on each database, over the connection `db`;
 * ADD_IN_SHOP(tests, name) adds it to a test case, which shop_case makes. */
extern int database; /* of enum in databases.h */
void shop_open(int which);
void shop_close(void);
#define IN_SHOP(name) TEST_WITHIN(name, in_shop, shop_open, shop_close)
#define ADD_IN_SHOP(tests, name)                                                                   \
    tcase_add_loop_test(tests, name##_in_shop, SQLITE_DATABASE, DATABASE_COUNT)
TCase *shop_case(Suite *suite);

/* The names in order, "ann bob". */
void expect_names(struct Customer **customers, const char *expected);
/* Generic rows as text: items between "|", rows between ", "; NULL and {} for an entity. */
void expect_rows(qc_row **rows, const char *expected);

#endif
