/* Keys that are given to a session, on both databases: of every type, and those that no row can
 * have. */
#include "shop.h"

#include <string.h>

MODEL(Small, "key_smalls", COLUMN(id, SMALLINT, PRIMARY_KEY), COLUMN(word, TEXT))
MODEL(Whole, "key_wholes", COLUMN(id, INTEGER, PRIMARY_KEY), COLUMN(word, TEXT))
MODEL(Exact, "key_exacts", COLUMN(id, NUMERIC(10, 2), PRIMARY_KEY), COLUMN(word, TEXT))
MODEL(Single, "key_singles", COLUMN(id, REAL, PRIMARY_KEY), COLUMN(word, TEXT))
MODEL(Wide, "key_wides", COLUMN(id, DOUBLE, PRIMARY_KEY), COLUMN(word, TEXT))
MODEL(Day, "key_days", COLUMN(id, DATE, PRIMARY_KEY), COLUMN(word, TEXT))
MODEL(Blob, "key_blobs", COLUMN(id, BYTEA, PRIMARY_KEY), COLUMN(word, TEXT))
MODEL(Unkeyed, "key_loose", COLUMN(id, INTEGER), COLUMN(word, TEXT))

/* A town has keys of others: of bytes elsewhere, and of a number that is wider here. */
MODEL(Country, "key_countries", COLUMN(code, TEXT, PRIMARY_KEY),
      HAS_MANY(towns, Town, country_code, BACK(country)))
MODEL(Guild, "key_guilds", COLUMN(id, UUID, PRIMARY_KEY), HAS_MANY(towns, Town, guild_id))
MODEL(River, "key_rivers", COLUMN(id, SMALLINT, PRIMARY_KEY), COLUMN(mills, SMALLINT),
      HAS_MANY(towns, Town, river_id))
MODEL(Town, "key_towns", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
      COLUMN(country_code, NULLABLE(TEXT), REFERENCES(Country, code)),
      COLUMN(guild_id, NULLABLE(UUID), REFERENCES(Guild, id)), COLUMN(river_id, BIGINT),
      BELONGS_TO(country, Country, country_code, BACK(towns)))

SCHEMA(keyed, Town, Country, Guild, River, Small, Whole, Exact, Single, Wide, Day, Blob, Unkeyed)

static void begin(void)
{
    qc_drop_all(db, &keyed);
    ck_assert(qc_create_all(db, &keyed));
    ck_assert(qc_session_start(db, NULL));
}

static void end(void)
{
    qc_session_stop(db);
    ck_assert(qc_drop_all(db, &keyed));
}

/* Over Check's own, which spell a whole call in their messages. */
static void expect_none(const void *object)
{
    ck_assert_ptr_null(object);
}

/* The object of a key, from the session and from the database. */
#define FINDS(model, key, ...)                                                                     \
    do {                                                                                           \
        struct model *made = NEW(db, model, .id = __VA_ARGS__, .word = #model);                    \
        ck_assert(qc_flush(db));                                                                   \
        const struct model *found = GET(db, model, key);                                           \
        ck_assert(found == made);                                                                  \
        ck_assert(qc_expunge(db, made));                                                           \
        found = GET(db, model, key);                                                               \
        expect_ok();                                                                               \
        ck_assert(found &&found != made && strcmp(found->word, #model) == 0);                      \
    } while (0)

IN_SHOP(keys_of_every_type)
{
    begin();
    FINDS(Small, -7, -7);
    FINDS(Whole, (int64_t)70000, 70000);
    FINDS(Exact, qc_numeric_of("1.50"), {"1.50"});
    FINDS(Single, 0.5f, 0.5f);
    FINDS(Wide, -0.25, -0.25);
    FINDS(Day, qc_date_of(1999, 12, 31), qc_date_of(1999, 12, 31));
    FINDS(Blob, ((qc_bytea_value){"\0x", 2}), {"\0x", 2});
    end();
}

IN_SHOP(keys_of_owners_of_every_type)
{
    const qc_uuid_value id = {{1, 2, 3}};
    begin();
    struct Country *italy = NEW(db, Country, .code = "it");
    ck_assert(NEW(db, Country, .code = "mt"));
    struct Guild *guild = NEW(db, Guild, .id = id);
    struct River *river = NEW(db, River, .id = 7, .mills = 5);
    struct Town *town = NEW(db, Town, .country = italy);
    ck_assert(ADD_TO(db, guild, Guild_towns, town) && ADD_TO(db, river, River_towns, town));
    ck_assert(qc_flush(db));
    expect_rows(ALL(db, SELECT(Town_country_code, Town_river_id).WHERE(EQ(Town_guild_id, id))),
                "it|7");
    qc_session_stop(db);
    ck_assert(qc_session_start(db, NULL));
    struct Country **both =
        ALL(db, SELECT(Country).ORDER_BY(Country_code).LOAD(SELECTIN(Country_towns)));
    ck_assert_uint_eq(qc_count(both[0]->towns), 1);
    ck_assert_uint_eq(qc_count(both[1]->towns), 0);
    town = both[0]->towns[0];
    ck_assert(ADD_TO(db, both[1], Country_towns, town));
    ck_assert_uint_eq(qc_count(both[0]->towns), 0);
    ck_assert(qc_flush(db));
    expect_text(SCALAR(db, SELECT(Town_country_code)), "mt");
    ck_assert(qc_delete(db, both[1]) && qc_flush(db));
    ck_assert_ptr_null(town->country_code);
    end();
}

/* What is cut would be the key of another row. */
IN_SHOP(keys_that_their_columns_cannot_hold)
{
    begin();
    NEW(db, Small, .id = 1, .word = "one");
    NEW(db, Whole, .id = 1, .word = "one");
    ck_assert(qc_flush(db));
#define REFUSES(model, key)                                                                        \
    do {                                                                                           \
        expect_none(GET(db, model, key));                                                          \
        expect_failure(QC_ERROR_MISUSE, "GET: the value for " #model ".id is not of its type",     \
                       __LINE__);                                                                  \
    } while (0)
    for (int side = 0; side < 2; side++) {
        expect_none(GET(db, Small, side ? INT16_MAX : INT16_MIN));
        expect_ok();
        expect_none(GET(db, Whole, side ? INT32_MAX : INT32_MIN));
        expect_ok();
    }
    REFUSES(Small, 65537);
    REFUSES(Small, -32769);
    REFUSES(Whole, INT64_C(4294967297));
    REFUSES(Whole, INT64_MIN);
    REFUSES(Whole, 1.0);
    REFUSES(Whole, "1");
    REFUSES(Exact, 7);
    REFUSES(Exact, 1.5);
    REFUSES(Wide, 1);
    REFUSES(Blob, "x");
    end();
}

IN_SHOP(keys_of_too_many_parts_and_of_none)
{
    begin();
    expect_none(GET(db, Whole, 1, 2));
    expect_failure(QC_ERROR_MISUSE, "GET: Whole has a primary key of 1 column", __LINE__ - 1);
    ck_assert_str_eq(qc_error(db)->message, "GET: Whole has a primary key of 1 column");
    expect_none(GET(db, CustomerTag, 1, 2, 3));
    ck_assert_str_eq(qc_error(db)->message, "GET: CustomerTag has a primary key of 2 columns");
    database_run(db, "INSERT INTO tags (id, word) VALUES (0, 'none')");
    database_run(db, "INSERT INTO customer_tags (customer_id, tag_id) VALUES (1, 0)");
    expect_none(GET(db, CustomerTag, 1));
    expect_failure(QC_ERROR_MISUSE, "GET: the value for CustomerTag.tag_id is missing",
                   __LINE__ - 2);
    expect_none(GET(db, Unkeyed, 1));
    expect_failure(QC_ERROR_MISUSE, "Unkeyed has no PRIMARY_KEY", __LINE__ - 1);
    expect_none(NEW(db, Unkeyed, .id = 1));
    expect_failure(QC_ERROR_MISUSE, "Unkeyed has no PRIMARY_KEY", __LINE__ - 1);
    const struct Unkeyed loose = {.id = 1};
    expect_none(qc_merge(db, Unkeyed, &loose));
    ck_assert_int_eq(qc_error(db)->code, QC_ERROR_MISUSE);
    end();
}

IN_SHOP(what_is_in_no_session_or_has_no_row)
{
    static const char *const names[] = {"transient", "pending", "persistent", "doomed", "deleted"};
    struct Whole foreign = {.id = 1};
    begin();
    ck_assert_int_eq(qc_state(NULL, &foreign), QC_STATE_TRANSIENT);
    ck_assert_int_eq(qc_state(db, &foreign), QC_STATE_TRANSIENT);
    ck_assert(!qc_is_dirty(NULL, &foreign) && !qc_is_dirty(db, &foreign));
    ck_assert(!qc_delete(db, &foreign));
    expect_failure(QC_ERROR_MISUSE, "the object is not of this session", __LINE__ - 1);
    ck_assert(!qc_expunge(db, &foreign));
    expect_failure(QC_ERROR_MISUSE, "the object is not of this session", __LINE__ - 1);
    ck_assert(!qc_delete(db, (struct Whole *)NULL));
    expect_failure(QC_ERROR_MISUSE, "the object is NULL", __LINE__ - 1);
    struct Whole *whole = NEW(db, Whole, .id = 1, .word = "one");
    ck_assert(!qc_refresh(db, whole));
    expect_failure(QC_ERROR_MISUSE, "the object is new and has no row yet", __LINE__ - 1);
    ck_assert_str_eq(qc_state_name(qc_state(db, whole)), "pending");
    ck_assert(qc_flush(db) && qc_delete(db, whole) && qc_is_dirty(db, whole));
    ck_assert_str_eq(qc_state_name(qc_state(db, whole)), "doomed");
    for (int i = 0; i < QC_STATE_COUNT; i++)
        ck_assert_str_eq(qc_state_name((enum qc_state)i), names[i]);
    ck_assert_str_eq(qc_state_name(QC_STATE_COUNT), "");
    end();
}

Suite *session_keys_suite(void);
Suite *session_keys_suite(void)
{
    Suite *suite = suite_create("session_keys");
    TCase *tests = shop_case(suite);
    ADD_IN_SHOP(tests, keys_of_every_type);
    ADD_IN_SHOP(tests, keys_of_owners_of_every_type);
    ADD_IN_SHOP(tests, keys_that_their_columns_cannot_hold);
    ADD_IN_SHOP(tests, keys_of_too_many_parts_and_of_none);
    ADD_IN_SHOP(tests, what_is_in_no_session_or_has_no_row);
    return suite;
}
