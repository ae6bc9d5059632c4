/* See scenarios.h: a flush of all that a session writes, alone and within savepoints, and a graph that
 * is loaded by each strategy. */
#include "store.h"

/* New rows that need each other's keys, changed ones in one table and in two, rows of the association
 * that come and go, and a ship that goes with its crew. */
static bool change_all(qc_db *db)
{
    struct Ship *argo = GET(db, Ship, ADA), *beagle = argo ? GET(db, Ship, BOB) : NULL;
    struct Sailor *jason = beagle ? GET(db, Sailor, ADA) : NULL;
    struct Cook *tiphys = jason ? GET(db, Cook, BOB) : NULL;
    struct Skill *knots = tiphys ? GET(db, Skill, 1) : NULL, *songs = knots ? GET(db, Skill, 3) : NULL;
    struct Ship *pequod = songs ? NEW(db, Ship, .name = "pequod") : NULL;
    struct Sailor *ahab = pequod ? NEW(db, Sailor, .name = "ahab", .ship = pequod) : NULL;
    struct Cook *fleece = ahab ? NEW(db, Cook, .name = "fleece", .dish = "whale") : NULL;
    if (!fleece)
        return false;
    pequod->captain = ahab;
    argo->captain = ahab;
    jason->name = "medea";
    tiphys->name = "ancaeus";
    tiphys->dish = "bread";
    return ADD_TO(db, pequod, Ship_crew, (struct Sailor *)(void *)fleece) &&
           ADD_TO(db, jason, Sailor_skills, songs) && ADD_TO(db, songs, Skill_sailors, ahab) &&
           REMOVE_FROM(db, jason, Sailor_skills, knots) && qc_delete(db, beagle);
}

static void see_ships(trial *t, struct Ship **ships)
{
    EACH (struct Ship, ship, ships) {
        see(t, "%s of %s:", ship->name, ship->captain ? ship->captain->name : "nobody");
        EACH (struct Sailor, sailor, ship->crew) {
            see(t, " %s %d %d", sailor->name, sailor->writes, sailor->version);
            EACH (struct Skill, skill, sailor->skills)
                see(t, " %s", skill->name);
        }
        see(t, ";");
    }
}

/* In what the session has, with the session's end. */
static bool conclude(trial *t, bool good)
{
    struct Ship **ships =
        good ? ALL(t->db, SELECT(Ship).ORDER_BY(Ship_name).LOAD(
                              SELECTIN(Ship_captain),
                              SELECTIN(Ship_crew, ASC(Sailor_name),
                                       SELECTIN(Sailor_skills, ASC(Skill_id)))))
             : NULL;
    t->code = ships ? QC_ERROR_OK : qc_error(t->db)->code;
    if (ships)
        see_ships(t, ships);
    qc_session_stop(t->db);
    return ships != NULL;
}

static bool flush_all(trial *t)
{
    return qc_session_start(t->db, NULL) && conclude(t, change_all(t->db) && qc_flush(t->db));
}

/* One savepoint is kept, one is rolled back. */
static bool flush_in_savepoints(trial *t)
{
    qc_db *db = t->db;
    if (!qc_session_start(db, NULL))
        return false;
    struct Sailor *jason = GET(db, Sailor, ADA);
    bool good = jason && qc_begin(db) && qc_begin(db) && change_all(db) && qc_commit(db) &&
                qc_begin(db);
    if (good) {
        jason->name = "lost";
        good = NEW(db, Sailor, .name = "ishmael", .ship = jason->ship) && qc_flush(db) &&
               LOAD(db, jason, Sailor_skills) && qc_delete(db, jason) && qc_flush(db) &&
               qc_rollback(db) && qc_commit(db);
    }
    if (good)
        return conclude(t, true);
    t->code = qc_error(db)->code;
    while (qc_depth(db) > 0 && qc_rollback(db))
        ;
    qc_session_stop(db);
    return false;
}

static bool see_all(trial *t, struct Ship **ships)
{
    if (ships)
        see_ships(t, ships);
    else
        t->code = qc_error(t->db)->code;
    return ships != NULL;
}

static bool load_by_query(trial *t)
{
    return see_all(t, ALL(t->db, SELECT(Ship).ORDER_BY(Ship_id).LOAD(
                                     JOINED(Ship_captain),
                                     SELECTIN(Ship_crew, ASC(Sailor_id),
                                              JOINED(Sailor_skills, ASC(Skill_id)))))) &&
           see_all(t, ALL(t->db, SELECT(Ship).ORDER_BY(Ship_id).LOAD(
                                     SELECTIN(Ship_captain),
                                     BY_SUBQUERY(Ship_crew, ASC(Sailor_id),
                                                 BY_SUBQUERY(Sailor_skills, ASC(Skill_id)))))) &&
           see_all(t, ALL(t->db, SELECT(Ship).ORDER_BY(Ship_id).LOAD(
                                     NESTED(Ship_captain),
                                     NESTED(Ship_crew, ASC(Sailor_id),
                                            NESTED(Sailor_skills, ASC(Skill_id))))));
}

/* The same objects, whose fields are filled again; then what no query loaded. */
static bool load_by_query_in_session(trial *t)
{
    if (!qc_session_start(t->db, NULL))
        return false;
    bool good = load_by_query(t);
    struct Skill **skills = good ? ALL(t->db, SELECT(Skill).ORDER_BY(Skill_id)) : NULL;
    good = skills != NULL;
    EACH (struct Skill, skill, skills)
        if (good && (good = LOAD(t->db, skill, Skill_sailors) != NULL))
            see(t, "%zu;", qc_count(skill->sailors));
    t->code = good ? QC_ERROR_OK : qc_error(t->db)->code;
    qc_session_stop(t->db);
    return good;
}

const scenario graph_scenarios[] = {
    {.name = "flush all kinds", .run = flush_all, .returns = true},
    {.name = "flush all kinds in savepoints", .run = flush_in_savepoints, .returns = true},
    {.name = "load a graph", .run = load_by_query},
    {.name = "load a graph in a session", .run = load_by_query_in_session},
    {0},
};
