/* LOAD_BY on both databases: what queries load without being asked. */
#include "counting_driver.h"
#include "databases.h"
#include "engine/db.h"

#include <stdio.h>
#include <string.h>

MODEL(Band, "d_bands",
    COLUMN(id, BIGINT, PRIMARY_KEY),
    COLUMN(name, TEXT),
    HAS_MANY(albums, Album, band_id, BACK(band), LOAD_BY(SELECTIN), ORDERED_BY(id)),
    HAS_MANY(tours, Tour, band_id, LOAD_BY(BY_SUBQUERY), ORDERED_BY(id)),
    HAS_MANY(fans, Fan, band_id, LOAD_BY(RAISE)),
    HAS_MANY(shirts, Shirt, band_id))

MODEL(Album, "d_albums",
    COLUMN(id, BIGINT, PRIMARY_KEY),
    COLUMN(band_id, BIGINT, REFERENCES(Band, id)),
    COLUMN(title, TEXT),
    BELONGS_TO(band, Band, band_id, BACK(albums), LOAD_BY(SELECTIN)),
    HAS_MANY(songs, Song, album_id, LOAD_BY(SELECTIN), ORDERED_BY(id)))

MODEL(Song, "d_songs",
    COLUMN(id, BIGINT, PRIMARY_KEY),
    COLUMN(album_id, BIGINT, REFERENCES(Album, id)),
    BELONGS_TO(album, Album, album_id, LOAD_BY(LAZY)))

MODEL(Tour, "d_tours",
    COLUMN(id, BIGINT, PRIMARY_KEY),
    COLUMN(band_id, BIGINT, REFERENCES(Band, id)))

MODEL(Fan, "d_fans",
    COLUMN(id, BIGINT, PRIMARY_KEY),
    COLUMN(band_id, BIGINT, REFERENCES(Band, id)))

MODEL(Shirt, "d_shirts",
    COLUMN(id, BIGINT, PRIMARY_KEY),
    COLUMN(band_id, BIGINT, REFERENCES(Band, id)),
    BELONGS_TO(band, Band, band_id))

SCHEMA(stage, Band, Album, Song, Tour, Fan, Shirt)

static qc_db *db;
static int database;

static void fill(void)
{
    struct Band bands[] = {{.id = 1, .name = "oak"}, {.id = 2, .name = "elm"}};
    struct Album albums[] = {
        {.id = 1, .band_id = 1, .title = "a"},
        {.id = 2, .band_id = 1, .title = "b"},
        {.id = 3, .band_id = 2, .title = "c"}};
    struct Song songs[] = {{.id = 1, .album_id = 1}, {.id = 2, .album_id = 1}, {.id = 3, .album_id = 3}};
    struct Tour tours[] = {{.id = 1, .band_id = 1}, {.id = 2, .band_id = 2}};
    struct Fan fan = {.id = 1, .band_id = 1};
    struct Shirt shirt = {.id = 1, .band_id = 1};
    ck_assert_int_eq(EXEC(db, INSERT_ROWS(Band, bands, 2)), 2);
    ck_assert_int_eq(EXEC(db, INSERT_ROWS(Album, albums, 3)), 3);
    ck_assert_int_eq(EXEC(db, INSERT_ROWS(Song, songs, 3)), 3);
    ck_assert_int_eq(EXEC(db, INSERT_ROWS(Tour, tours, 2)), 2);
    ck_assert_int_eq(EXEC(db, INSERT_ROW(Fan, &fan)), 1);
    ck_assert_int_eq(EXEC(db, INSERT_ROW(Shirt, &shirt)), 1);
}

static void open_stage(int which)
{
    database = which;
    db = database_open(which);
    if (!qc_drop_all(db, &stage) || !qc_create_all(db, &stage))
        database_fail(db, "the stage");
    fill();
}

static void close_stage(void)
{
    qc_session_stop(db);
    if (!qc_drop_all(db, &stage))
        database_fail(db, "drop the stage");
    qc_close(db);
}

#define ON_STAGE(name) TEST_WITHIN(name, on_stage, open_stage, close_stage)

static void count_statement(const qc_event *event, void *data)
{
    (void)event;
    ++*(int *)data;
}

/* Over Check's own, which spell a whole query in their messages. */
static void expect_count(const void *list, size_t count)
{
    if (!qc_ok(db))
        database_fail(db, "the call");
    ck_assert_uint_eq(qc_count(list), count);
}

static void expect_message(const char *message)
{
    ck_assert_msg(!qc_ok(db) && strstr(qc_error(db)->message, message), "%s",
                  qc_error(db)->message);
}

ON_STAGE(queries_heed_it_to_any_depth)
{
    struct Band **bands = ALL(db, SELECT(Band).ORDER_BY(Band_id));
    expect_count(bands, 2);
    expect_count(bands[0]->albums, 2);
    expect_count(bands[0]->albums[0]->songs, 2);
    expect_count(bands[0]->tours, 1);
    ck_assert_ptr_null(bands[0]->fans);
    ck_assert_ptr_null(bands[0]->shirts);
    expect_count(bands[1]->albums[0]->songs, 1);
}

ON_STAGE(every_sink_heeds_it)
{
    QUERY_OF(Band) kept = QUERY(SELECT(Band).WHERE(EQ(Band_id, 1)));
    expect_count(FIRST(db, SELECT(Band).ORDER_BY(Band_id))->albums, 2);
    expect_count(ONE(db, SELECT(Band).WHERE(EQ(Band_id, 1)))->tours, 1);
    expect_count(ONE_OR_NONE(db, kept)->albums, 2);
    expect_count(FIRST(db, EXTEND(kept).LIMIT(1))->albums, 2);
    ALIAS(Band, other);
    expect_count(FIRST(db, SELECT(other).WHERE(EQ(other.id, 1)))->albums, 2);
}

ON_STAGE(a_cycle_ends)
{
    struct Album *album = ONE(db, SELECT(Album).WHERE(EQ(Album_id, 1)));
    ck_assert_str_eq(album->band->name, "oak");
    expect_count(album->songs, 2);
    expect_count(album->band->tours, 1);
    ck_assert_ptr_null(album->band->albums);
}

ON_STAGE(a_query_says_otherwise)
{
    struct Band *band = ONE(db, SELECT(Band)
                                    .WHERE(EQ(Band_id, 1))
                                    .LOAD(LAZY(Band_tours),
                                          SELECTIN(Band_albums, EQ(Album_title, "b"),
                                                   LAZY(Album_songs)),
                                          SELECTIN(Band_fans)));
    ck_assert_ptr_null(band->tours);
    expect_count(band->albums, 1);
    ck_assert_str_eq(band->albums[0]->title, "b");
    ck_assert_ptr_null(band->albums[0]->songs);
    expect_count(band->fans, 1);
}

ON_STAGE(models_without_it_ask_no_more)
{
    static int statements;
    statements = 0;
    qc_set_hook(db, QC_ON(STATEMENT), count_statement, &statements);
    const struct Song *song = ONE(db, SELECT(Song).WHERE(EQ(Song_id, 1)));
    ck_assert_ptr_null(song->album);
    ck_assert_int_eq(statements, 1);
    expect_count(ALL(db, SELECT(Band_id, Band_name)), 2);
    ck_assert_int_eq(statements, 2);
    expect_count(ALL(db, UPDATE(Band).SET(Band_name, "ash").ALL_ROWS.RETURNING()), 2);
    ck_assert_int_eq(statements, 3);
}

ON_STAGE(a_session_heeds_it_once)
{
    static int statements;
    statements = 0;
    ck_assert(qc_session_start(db, NULL));
    struct Band *band = GET(db, Band, 1);
    expect_count(band->albums, 2);
    expect_count(band->albums[0]->songs, 2);
    ck_assert_ptr_eq(GET(db, Album, 1), band->albums[0]);
    struct Album **albums = band->albums;
    qc_set_hook(db, QC_ON(STATEMENT), count_statement, &statements);
    const struct Band *again = ONE(db, SELECT(Band).WHERE(EQ(Band_id, 1)));
    ck_assert_ptr_eq(again, band);
    ck_assert_ptr_eq(band->albums, albums);
    ck_assert_int_eq(statements, 1);
}

ON_STAGE(what_is_loaded_late_heeds_it)
{
    ck_assert(qc_session_start(db, NULL));
    struct Song *song = GET(db, Song, 3);
    struct Album *album = LOAD(db, song, Song_album);
    ck_assert_str_eq(album->band->name, "elm");
    expect_count(album->band->tours, 1);
}

ON_STAGE(a_model_may_raise)
{
    ck_assert(qc_session_start(db, NULL));
    char expected[256];
    const int line = __LINE__ + 1;
    struct Band *band = ONE(db, SELECT(Band).WHERE(EQ(Band_id, 1)));
    ck_assert_ptr_null(LOAD(db, band, Band_fans));
    expect_message("Band.fans may not be loaded here: the model says LOAD_BY(RAISE) (");
    snprintf(expected, sizeof(expected),
             "; add .LOAD(SELECTIN(Band_fans)) to the query at %s:%d", __FILE__, line);
    expect_message(expected);
    ONE(db, SELECT(Band).WHERE(EQ(Band_id, 1)).LOAD(LAZY(Band_fans)));
    expect_count(LOAD(db, band, Band_fans), 1);
}

static void count_round_trips(void)
{
    db->driver = counting_driver(database_url(database));
    counting_reset();
}

/* Two levels below the bands: one round trip each, wherever statements can be sent ahead. */
ON_STAGE(a_level_is_one_round_trip)
{
    const bool piped = database == POSTGRESQL_DATABASE;
    count_round_trips();
    struct Band **bands =
        ALL(db, SELECT(Band).ORDER_BY(Band_id).LOAD(SELECTIN(Band_shirts), SELECTIN(Band_fans)));
    expect_count(bands, 2);
    expect_count(bands[0]->albums, 2);
    expect_count(bands[0]->tours, 1);
    expect_count(bands[0]->shirts, 1);
    expect_count(bands[0]->fans, 1);
    expect_count(bands[0]->albums[0]->songs, 2);
    ck_assert_int_eq(counted_now.alone, piped ? 2 : 6);
    ck_assert_int_eq(counted_now.pipelines, piped ? 1 : 0);
    ck_assert_int_eq(counted_now.piped, piped ? 4 : 0);
}

/* Below independent relationships there are independent relationships. */
ON_STAGE(the_level_below_is_one_round_trip_too)
{
    const bool piped = database == POSTGRESQL_DATABASE;
    count_round_trips();
    struct Band *band = ONE(
        db, SELECT(Band)
                .WHERE(EQ(Band_id, 1))
                .LOAD(SELECTIN(Band_albums, SELECTIN(Album_band, LAZY(Band_tours))), LAZY(Band_tours),
                      SELECTIN(Band_shirts,
                               SELECTIN(Shirt_band, LAZY(Band_albums), LAZY(Band_tours)))));
    expect_count(band->shirts, 1);
    ck_assert_str_eq(band->shirts[0]->band->name, "oak");
    ck_assert_str_eq(band->albums[1]->band->name, "oak");
    ck_assert_int_eq(counted_now.alone, piped ? 1 : 6);
    ck_assert_int_eq(counted_now.pipelines, piped ? 2 : 0);
    ck_assert_int_eq(counted_now.piped, piped ? 5 : 0);
}

ON_STAGE(a_failure_among_several_is_told)
{
    database_run(db, "DROP TABLE d_shirts");
    const int line = __LINE__ + 1;
    struct Band **bands = ALL(db, SELECT(Band).LOAD(SELECTIN(Band_shirts)));
    ck_assert_ptr_null(bands);
    expect_message("d_shirts");
    ck_assert_int_eq(qc_error(db)->line, line);
    ck_assert_uint_eq(qc_pipeline_count(db), 0);
    expect_count(ALL(db, SELECT(Band)), 2);
}

Suite *defaults_suite(void);
Suite *defaults_suite(void)
{
    Suite *suite = suite_create("defaults");
    TCase *tests = tcase_create("stage");
    tcase_add_unchecked_fixture(tests, databases_begin, databases_end);
#define ADD_ON_STAGE(name) tcase_add_loop_test(tests, name##_on_stage, SQLITE_DATABASE, DATABASE_COUNT)
    ADD_ON_STAGE(queries_heed_it_to_any_depth);
    ADD_ON_STAGE(every_sink_heeds_it);
    ADD_ON_STAGE(a_cycle_ends);
    ADD_ON_STAGE(a_query_says_otherwise);
    ADD_ON_STAGE(models_without_it_ask_no_more);
    ADD_ON_STAGE(a_session_heeds_it_once);
    ADD_ON_STAGE(what_is_loaded_late_heeds_it);
    ADD_ON_STAGE(a_model_may_raise);
    ADD_ON_STAGE(a_level_is_one_round_trip);
    ADD_ON_STAGE(the_level_below_is_one_round_trip_too);
    ADD_ON_STAGE(a_failure_among_several_is_told);
    suite_add_tcase(suite, tests);
    return suite;
}
