/* See scenarios.h: sessions and loaders. */
#include "store.h"

static bool write_in_session(trial *t)
{
    if (!qc_session_start(t->db, NULL))
        return false;
    struct Owner *owner = NEW(t->db, Owner, .name = "sam");
    struct Thing *thing = owner ? NEW(t->db, Thing, .label = "new", .size = 3) : NULL;
    struct Owner *ada = thing ? GET(t->db, Owner, ADA) : NULL;
    bool good = ada && ADD_TO(t->db, owner, Owner_things, thing);
    if (good)
        ada->note = "changed";
    good = good && qc_flush(t->db);
    t->code = good ? QC_ERROR_OK : qc_error(t->db)->code;
    if (good)
        see(t, "%s;%d;", ada->note, thing->owner_id == owner->id);
    qc_session_stop(t->db);
    return good;
}

/* The second flush is refused for the version, unless memory is out. */
static bool write_versions(trial *t)
{
    struct Seat left = {.label = "a"}, right = {.label = "b", .beside = &left};
    if (!qc_session_start(t->db, NULL))
        return false;
    bool good = qc_add(t->db, Seat, &right) && qc_flush(t->db);
    left.label = right.label = "c";
    good = good && qc_flush(t->db) &&
           EXEC(t->db, UPDATE(Seat).SET(Seat_version, 9).WHERE(EQ(Seat_id, left.id))) == 1;
    t->code = good ? QC_ERROR_OK : qc_error(t->db)->code;
    left.label = right.label = "d";
    if (good && !qc_flush(t->db)) {
        t->code = qc_error(t->db)->code;
        good = t->code == QC_ERROR_STALE;
    }
    if (good)
        see(t, "%s %s %d %d;", left.row, right.label, left.writes, right.version);
    good = good && qc_refresh(t->db, &left);
    if (t->code == QC_ERROR_STALE || t->code == QC_ERROR_OK)
        t->code = good ? QC_ERROR_OK : qc_error(t->db)->code;
    qc_session_stop(t->db);
    return good;
}

static bool delete_in_session(trial *t)
{
    if (!qc_session_start(t->db, NULL))
        return false;
    struct Thing *thing = FIRST(t->db, SELECT(Thing).ORDER_BY(Thing_id));
    const bool good = thing && qc_delete(t->db, thing) && qc_flush(t->db);
    t->code = good ? QC_ERROR_OK : qc_error(t->db)->code;
    qc_session_stop(t->db);
    return good;
}

/* A new ship has the row of the old one, whose crew goes. */
static bool take_over_a_row(trial *t)
{
    if (!qc_session_start(t->db, NULL))
        return false;
    struct Ship *old = NEW(t->db, Ship, .name = "old");
    bool good =
        old && NEW(t->db, Sailor, .name = "sam", .ship = old) && qc_begin(t->db) && qc_flush(t->db);
    struct Ship *new = good ? NEW(t->db, Ship, .id = old->id, .name = "new") : NULL;
    good = new &&qc_delete(t->db, old) && qc_commit(t->db);
    t->code = good ? QC_ERROR_OK : qc_error(t->db)->code;
    if (good)
        see(t, "%s %s;", qc_state_name(qc_state(t->db, old)), qc_state_name(qc_state(t->db, new)));
    qc_session_stop(t->db);
    return good;
}

static bool merge_in_session(trial *t)
{
    if (!qc_session_start(t->db, NULL))
        return false;
    struct Thing nail = {.id = 1000001, .owner_id = ADA, .label = "nail", .size = 2};
    struct Thing saw = {.id = 1000002, .owner_id = ADA, .label = "saw", .size = 20};
    struct Thing pin = {.label = "pin", .size = 1};
    struct {
        size_t count;
        struct Thing *list[4];
    } things = {3, {&nail, &saw, &pin, NULL}};
    struct Owner given = {.id = ADA, .name = "ada", .note = "merged", .things = things.list};
    struct Owner *ada = qc_merge(t->db, Owner, &given);
    const bool good = ada && qc_flush(t->db);
    t->code = good ? QC_ERROR_OK : qc_error(t->db)->code;
    if (good)
        see(t, "%s;%zu;", ada->note, qc_count(ada->things));
    qc_session_stop(t->db);
    return good;
}

static bool soft_delete_in_session(trial *t)
{
    if (!SET_TENANT(t->db, Ticket_org, "acme") || !qc_session_start(t->db, NULL))
        return false;
    struct Ticket *whole = GET(t->db, Ticket, ADA);
    struct Ticket *new = whole ? NEW(t->db, Ticket, .label = "new") : NULL;
    bool good = new &&qc_soft_delete(t->db, whole) && qc_flush(t->db);
    t->code = good ? QC_ERROR_OK : qc_error(t->db)->code;
    qc_session_stop(t->db);
    struct Ticket **left = good ? ALL(t->db, SELECT(Ticket)) : NULL;
    if (good && !left)
        t->code = qc_error(t->db)->code;
    see(t, "%zu;", qc_count(left));
    return left != NULL;
}

static bool write_a_hierarchy(trial *t)
{
    if (!qc_session_start(t->db, NULL))
        return false;
    struct Animal **animals = ALL(t->db, SELECT(Animal).ORDER_BY(Animal_id));
    struct Bird *bird = animals ? AS_A(Bird, animals[1]) : NULL;
    bool good = bird && NEW(t->db, Bird, .name = "owl", .song = "hoot") &&
                NEW(t->db, Cat, .name = "kit", .lives = 9) && qc_delete(t->db, animals[0]);
    if (good) {
        bird->name = "robin";
        bird->song = "trill";
    }
    good = good && qc_flush(t->db);
    t->code = good ? QC_ERROR_OK : qc_error(t->db)->code;
    qc_session_stop(t->db);
    return good;
}

static bool load_in_session(trial *t)
{
    if (!qc_session_start(t->db, NULL))
        return false;
    struct Owner **owners = ALL(t->db, SELECT(Owner).ORDER_BY(Owner_id).LOAD(BY_SUBQUERY(
                                           Owner_things, GE(Thing_size, 1), DESC(Thing_id))));
    bool good = owners != NULL;
    EACH (struct Owner, owner, owners)
        see(t, "%zu;", qc_count(owner->things));
    t->code = good ? QC_ERROR_OK : qc_error(t->db)->code;
    qc_session_stop(t->db);
    good = good && qc_session_start(t->db, NULL);
    struct Owner *ada = good ? GET(t->db, Owner, ADA) : NULL;
    struct Thing **things = ada ? LOAD(t->db, ada, Owner_things) : NULL;
    see(t, "%zu;", qc_count(things));
    if (!things && t->code == QC_ERROR_OK)
        t->code = qc_error(t->db)->code;
    qc_session_stop(t->db);
    return things != NULL;
}

static bool load_by_default(trial *t)
{
    struct Piece **pieces = ALL(
        t->db, SELECT(Piece).ORDER_BY(Piece_id).LOAD(SELECTIN(
                   Piece_owner, SELECTIN(Owner_things), SELECTIN(Owner_things, ASC(Thing_id)))));
    EACH (struct Piece, piece, pieces)
        see(t, "%zu %zu;", qc_count(piece->owner->things), qc_count(piece->fellows));
    return pieces != NULL;
}

static bool load_by_join(trial *t)
{
    struct Piece **pieces =
        ALL(t->db, SELECT(Piece).ORDER_BY(Piece_id).LIMIT(3).LOAD(JOINED(
                       Piece_owner, JOINED(Owner_things, GE(Thing_size, 1), DESC(Thing_id)))));
    EACH (struct Piece, piece, pieces)
        see(t, "%zu;", qc_count(piece->owner->things));
    return pieces != NULL;
}

static bool load_nested(trial *t)
{
    struct Owner **owners =
        ALL(t->db, SELECT(Owner).ORDER_BY(Owner_id).LOAD(NESTED(Owner_things, DESC(Thing_id))));
    EACH (struct Owner, owner, owners)
        EACH (struct Thing, thing, owner->things)
            see_text(t, thing->label);
    return owners != NULL;
}

static bool load_rows(trial *t)
{
    qc_row **rows = ALL(t->db, SELECT(Piece, Owner)
                                   .JOIN(Piece_owner)
                                   .ORDER_BY(Piece_id)
                                   .LOAD(SELECTIN(Owner_things), RAISE(Piece_fellows)));
    EACH (qc_row, row, rows)
        see(t, "%zu;", qc_count(((const struct Owner *)qc_row_entity(row, 1))->things));
    return rows != NULL;
}

const scenario session_scenarios[] = {
    {.name = "write in a session", .run = write_in_session},
    {.name = "versions and functions of a model", .run = write_versions},
    {.name = "delete in a session", .run = delete_in_session},
    {.name = "take over a row in a session", .run = take_over_a_row},
    {.name = "load in a session", .run = load_in_session},
    {.name = "load by default", .run = load_by_default},
    {.name = "merge in a session", .run = merge_in_session},
    {.name = "soft delete in a session", .run = soft_delete_in_session, .returns = true},
    {.name = "write a hierarchy in a session", .run = write_a_hierarchy},
    {.name = "load by a join", .run = load_by_join},
    {.name = "load nested", .run = load_nested},
    {.name = "load for rows of several entities", .run = load_rows},
    {0},
};
