/* qc_add: structs of the program's become objects, with what they lead to. */
#include "shop.h"

#include <string.h>

MODEL(Rack, "racks",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(place, TEXT),
    COLUMN(above_id, NULLABLE(BIGINT), REFERENCES(Rack, id)),
    COLUMN(keeper_id, NULLABLE(BIGINT), REFERENCES(Keeper, id)),
    BELONGS_TO(above, Rack, above_id),
    BELONGS_TO(keeper, Keeper, keeper_id, CASCADE(NONE)),
    HAS_MANY(boxes, Box, rack_id, BACK(rack)),
    HAS_ONE(sticker, Sticker, rack_id))

MODEL(Keeper, "keepers",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(name, TEXT))

MODEL(Box, "boxes",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(rack_id, BIGINT, REFERENCES(Rack, id)),
    COLUMN(size, INTEGER, DEFAULT(3)),
    BELONGS_TO(rack, Rack, rack_id, BACK(boxes)))

MODEL(Sticker, "stickers",
    COLUMN(rack_id, BIGINT, PRIMARY_KEY, REFERENCES(Rack, id)),
    COLUMN(words, TEXT))

SCHEMA(store, Rack, Keeper, Box, Sticker)

#define IN_STORE(name)                                                                             \
    static void name##_in_store(void);                                                             \
    IN_SHOP(name)                                                                                  \
    {                                                                                              \
        ck_assert(qc_drop_all(db, &store) && qc_create_all(db, &store));                           \
        ck_assert(qc_session_start(db, NULL));                                                     \
        name##_in_store();                                                                         \
        qc_session_stop(db);                                                                       \
        ck_assert(qc_drop_all(db, &store));                                                        \
    }                                                                                              \
    static void name##_in_store(void)

IN_STORE(what_a_struct_leads_to_is_added_with_it)
{
    char place[] = "upper";
    struct Rack top = {.place = place}, rack = {.place = "lower", .above = &top};
    struct Sticker sticker = {.words = "fragile"};
    struct Box box = {.rack = &rack, .size = 5};
    rack.sticker = &sticker;
    ck_assert(qc_add(db, Box, &box));
    ck_assert_int_eq(qc_state(db, &top), QC_STATE_PENDING);
    ck_assert_int_eq(qc_state(db, &sticker), QC_STATE_PENDING);
    ck_assert(qc_flush(db));
    ck_assert_int_gt(top.id, 0);
    ck_assert_int_eq(rack.above_id.value, top.id);
    ck_assert_int_eq(box.rack_id, rack.id);
    ck_assert_int_eq(sticker.rack_id, rack.id);
    strcpy(place, "other");
    ck_assert_str_eq(top.place, "upper");
    ck_assert_ptr_eq(GET(db, Box, box.id), &box);
    box.size = 6;
    ck_assert(qc_flush(db));
    expect_rows(ALL(db, SELECT(Box_size)), "6");
    expect_rows(ALL(db, SELECT(Rack_place).ORDER_BY(Rack_place)), "lower, upper");
}

IN_STORE(what_is_of_the_session_is_left_alone)
{
    struct Rack *rack = NEW(db, Rack, .place = "mine");
    struct Box box = {.rack = rack};
    ck_assert(qc_add(db, Box, &box));
    ck_assert(qc_add(db, Box, &box));
    ck_assert(qc_flush(db));
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Box)), 1);
    ck_assert(qc_delete(db, &box));
    ck_assert(qc_flush(db));
    expect_int(SCALAR(db, SELECT(COUNT()).FROM(Box)), 0);
}

IN_STORE(collections_are_added_as_well)
{
    struct Box first = {.size = 1}, second = {.size = 2};
    qc_session_stop(db);
    ck_assert(qc_session_start(db, NULL));
    struct Rack *owner = NEW(db, Rack, .place = "owner");
    struct Box *inner = NEW(db, Box, .size = 7);
    ADD_TO(db, owner, Rack_boxes, inner);
    struct Rack rack = {.place = "list", .boxes = owner->boxes};
    first.rack = second.rack = &rack;
    ck_assert(qc_add(db, Box, &first));
    ck_assert(qc_add(db, Box, &second));
    ck_assert(qc_flush(db));
    expect_rows(ALL(db, SELECT(Box_size).WHERE(EQ(Box_rack_id, rack.id)).ORDER_BY(Box_size)),
                "1, 2, 7");
    ck_assert_ptr_eq(inner->rack, &rack);
}

IN_STORE(cascade_none_is_not_followed)
{
    struct Keeper keeper = {.name = "kim"};
    struct Rack rack = {.place = "kept", .keeper = &keeper};
    ck_assert(qc_add(db, Rack, &rack));
    ck_assert_int_eq(qc_state(db, &keeper), QC_STATE_TRANSIENT);
    ck_assert(!qc_flush(db));
    expect_failure(QC_ERROR_MISUSE,
                   "Rack.keeper points to an object of no session, and says CASCADE(NONE)", 0);
    ck_assert(qc_add(db, Keeper, &keeper));
    ck_assert(qc_flush(db));
    ck_assert_int_eq(rack.keeper_id.value, keeper.id);
}

IN_STORE(nothing_cannot_be_added)
{
    ck_assert(!qc_add(db, Rack, (struct Rack *)NULL));
    expect_failure(QC_ERROR_MISUSE, "qc_add: the object is NULL", 0);
}

IN_STORE(what_was_deleted_cannot_be_added)
{
    struct Keeper *keeper = NEW(db, Keeper, .name = "ann");
    ck_assert(qc_flush(db) && qc_delete(db, keeper) && qc_flush(db));
    ck_assert(!qc_add(db, Keeper, keeper));
    expect_failure(QC_ERROR_MISUSE, "qc_add: the object was deleted", __LINE__ - 1);
}

Suite *add_suite(void);
Suite *add_suite(void)
{
    Suite *suite = suite_create("add");
    TCase *tests = shop_case(suite);
    ADD_IN_SHOP(tests, what_a_struct_leads_to_is_added_with_it);
    ADD_IN_SHOP(tests, what_is_of_the_session_is_left_alone);
    ADD_IN_SHOP(tests, collections_are_added_as_well);
    ADD_IN_SHOP(tests, cascade_none_is_not_followed);
    ADD_IN_SHOP(tests, nothing_cannot_be_added);
    ADD_IN_SHOP(tests, what_was_deleted_cannot_be_added);
    return suite;
}
