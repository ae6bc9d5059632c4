/* Conditions of loaders that have queries in them, on both databases: whatever the strategy, the
 * same is loaded. And keys of several columns in more than one statement. */
#include "shop.h"

#include "base/strbuf.h"

#include <stdlib.h>
#include <string.h>

MODEL(Field, "filter_fields", COLUMN(x, INTEGER, PRIMARY_KEY), COLUMN(y, INTEGER, PRIMARY_KEY),
      HAS_MANY(crops, Crop, KEY(x, y)))

MODEL(Crop, "filter_crops", COLUMN(id, INTEGER, PRIMARY_KEY), COLUMN(x, INTEGER),
      COLUMN(y, INTEGER), BELONGS_TO(field, Field, KEY(x, y)))

SCHEMA(farm, Field, Crop)

/* Each customer's sales by number, "ann 1 2, bob". */
static void expect_sales(enum qc_strategy strategy, struct Customer **customers,
                         const char *expected)
{
    qc_strbuf text = {0};
    if (!customers)
        database_fail(db, "the query");
    for (struct Customer **each = customers; *each; each++) {
        qc_strbuf_printf(&text, "%s%s", each == customers ? "" : ", ", (*each)->name);
        for (struct Sale **sale = (*each)->sales; *sale; sale++)
            qc_strbuf_printf(&text, " %d", (int)(*sale)->id);
    }
    ck_assert_msg(strcmp(text.text, expected) == 0, "on %s, strategy %d: %s, not %s",
                  qc_dialect_name(db), (int)strategy, text.text, expected);
    qc_strbuf_free(&text);
}

static const enum qc_strategy strategies[] = {QC_STRATEGY_SELECTIN, QC_STRATEGY_SUBQUERY,
                                              QC_STRATEGY_JOINED, QC_STRATEGY_NESTED};

/* The sales of all customers that the conditions leave, with every strategy. */
#define LOADS(expected, ...)                                                                       \
    do {                                                                                           \
        for (int i = 0; i < 4; i++)                                                                \
            QC_SCOPE (db)                                                                          \
                expect_sales(strategies[i],                                                        \
                             ALL(db, SELECT(Customer)                                              \
                                         .ORDER_BY(Customer_id)                                    \
                                         .LOAD(QC_LOADER("WITH", strategies[i], Customer_sales,    \
                                                         __VA_ARGS__, ASC(Sale_id)))),             \
                             expected);                                                            \
    } while (0)

IN_SHOP(queries_about_the_loaded_row)
{
    ALIAS(Sale, other);
    LOADS("ann 1 2, bob 3, cyd, dan",
          EXISTS(SELECT(CustomerTag).WHERE(EQ(CustomerTag_customer_id, Sale_customer_id))));
    LOADS("ann, bob, cyd 4, dan",
          NOT(EXISTS(SELECT(CustomerTag)
                         .WHERE(AND(EQ(CustomerTag_customer_id, Sale_customer_id),
                                    LT(CustomerTag_tag_id, Sale_id))))),
          GT(Sale_id, 2));
    LOADS("ann 2, bob 3, cyd 4, dan",
          EQ(Sale_qty,
             SUBQUERY(SELECT(MAX(other.qty)).WHERE(EQ(other.customer_id, Sale_customer_id)))));
    LOADS("ann 1, bob 3, cyd 4, dan",
          EQ(Sale_id, SUBQUERY(SELECT(other.id)
                                   .WHERE(EQ(other.customer_id, Sale_customer_id))
                                   .ORDER_BY(other.qty, other.id)
                                   .LIMIT(1))));
}

IN_SHOP(queries_with_tables_of_their_own)
{
    LOADS("ann 1 2, bob 3, cyd, dan", IN(Sale_customer_id, SELECT(CustomerTag_customer_id)));
    LOADS("ann 1 2, bob, cyd, dan",
          EXISTS(SELECT(Tag)
                     .JOIN(CustomerTag, AND(EQ(CustomerTag_tag_id, Tag_id),
                                            EQ(CustomerTag_customer_id, Sale_customer_id)))
                     .WHERE(EQ(Tag_word, "loyal"))));
    LOADS("ann 2, bob 3, cyd, dan",
          IN(Sale_qty, SELECT(ADD(Tag_id, 1)).UNION_ALL(SELECT(MUL(Tag_id, 2)))),
          IN(Sale_customer_id, SELECT(CustomerTag_customer_id).GROUP_BY(CustomerTag_customer_id)),
          OR(GT(Sale_qty, 2), EQ(Sale_id, 3)));
}

/* Which Sale is meant depends on the queries around, and each strategy means the same one. */
IN_SHOP(queries_that_read_the_loaded_table_again)
{
    ALIAS(Sale, other);
    LOADS("ann, bob, cyd 4, dan", EQ(Sale_qty, SUBQUERY(SELECT(MAX(other.qty)).FROM(other))));
    LOADS("ann 1 2, bob 3, cyd 4, dan", EXISTS(SELECT(COUNT()).FROM(Sale).HAVING(GT(COUNT(), 3))));
    LOADS("ann, bob, cyd, dan", EXISTS(SELECT(COUNT()).FROM(Sale).HAVING(GT(COUNT(), 4))));
    LOADS("ann 1 2, bob 3, cyd 4, dan",
          EXISTS(SELECT(Customer_id).JOIN(Customer_sales).WHERE(EQ(Customer_name, "bob"))));
    LOADS("ann, bob, cyd, dan",
          EXISTS(SELECT(Customer_id).JOIN(Customer_sales).WHERE(EQ(Customer_name, "dan"))));
    LOADS("ann 1 2, bob 3, cyd 4, dan",
          EXISTS(SELECT(Card_points).JOIN(Sale, EQ(Sale_customer_id, Card_customer_id))));
}

/* More pairs than one statement asks for. */
IN_SHOP(many_keys_of_several_columns)
{
    enum { FIELDS = 2500 };
    static struct Field fields[FIELDS];
    static struct Crop crops[FIELDS];
    qc_drop_all(db, &farm);
    ck_assert(qc_create_all(db, &farm));
    for (int i = 0; i < FIELDS; i++) {
        fields[i] = (struct Field){.x = i / 50, .y = i % 50};
        crops[i] = (struct Crop){.id = i, .x = (i / 2) / 50, .y = (i / 2) % 50};
    }
    expect_int(EXEC(db, INSERT_ROWS(Field, fields, FIELDS)), FIELDS);
    expect_int(EXEC(db, INSERT_ROWS(Crop, crops, FIELDS)), FIELDS);
    struct Field **found =
        ALL(db, SELECT(Field).ORDER_BY(Field_x, Field_y).LOAD(SELECTIN(Field_crops, ASC(Crop_id))));
    ck_assert_uint_eq(qc_count(found), FIELDS);
    for (int i = 0; i < FIELDS; i++) {
        struct Crop **own = found[i]->crops;
        ck_assert_uint_eq(qc_count(own), i < FIELDS / 2 ? 2 : 0);
        for (int k = 0; own[k]; k++)
            ck_assert_int_eq(own[k]->id, 2 * i + k);
    }
    struct Crop **back = ALL(db, SELECT(Crop).ORDER_BY(Crop_id).LOAD(SELECTIN(Crop_field)));
    ck_assert_uint_eq(qc_count(back), FIELDS);
    for (int i = 0; i < FIELDS; i++)
        ck_assert_int_eq(back[i]->field->x * 50 + back[i]->field->y, i / 2);
    ck_assert(qc_drop_all(db, &farm));
}

Suite *loader_filters_suite(void);
Suite *loader_filters_suite(void)
{
    Suite *suite = suite_create("loader_filters");
    TCase *tests = shop_case(suite);
    ADD_IN_SHOP(tests, queries_about_the_loaded_row);
    ADD_IN_SHOP(tests, queries_with_tables_of_their_own);
    ADD_IN_SHOP(tests, queries_that_read_the_loaded_table_again);
    ADD_IN_SHOP(tests, many_keys_of_several_columns);
    return suite;
}
